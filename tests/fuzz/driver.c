/* driver.c -- runs a fuzz target without libFuzzer: its corpus, then mutations of it by a fixed seed.
 *
 * usage: fuzz_NAME CORPUS_DIRECTORY [RUNS [SEED]], or fuzz_NAME FILE to repeat one input.
 * Every input has a block of its own, so that the address sanitizer sees a read past its end.  A run depends only on SEED and
 * its number: the same arguments repeat a crash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "support/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS = 10000, LONGEST = 1 << 16 };

typedef struct corpus {
    char  **data;
    size_t *bytes;
    int32_t count;
} corpus;

static void run_one(const uint8_t *data, size_t size)
{
    uint8_t *block = malloc(size ? size : 1);

    if (!block) abort();
    if (size) memcpy(block, data, size);
    LLVMFuzzerTestOneInput(block, size);
    free(block);
}

static brasa_status load(brasa_arena *arena, const char *path, corpus *c, brasa_error *err)
{
    brasa_stat st;
    char     **names;

    *c = (corpus) {0};
    if (!brasa__io_exists(path)) return BRASA_OK;
    BRASA_TRY(brasa__io_stat(path, &st, err));
    if (!st.is_dir) {
        c->data = BRASA_NEW(arena, char *);
        c->bytes = BRASA_NEW(arena, size_t);
        c->count = 1;
        return brasa__io_slurp(arena, path, &c->data[0], &c->bytes[0], err);
    }
    BRASA_TRY(brasa__io_list(arena, path, &names, &c->count, err));
    c->data = BRASA_NEWS(arena, char *, c->count);
    c->bytes = BRASA_NEWS(arena, size_t, c->count);
    for (int32_t i = 0; i < c->count; i++) {
        BRASA_TRY(brasa__io_slurp(arena, brasa__arena_printf(arena, "%s/%s", path, names[i]), &c->data[i], &c->bytes[i], err));
    }
    return BRASA_OK;
}

/* One of: flip a bit, set a byte, put in bytes, take out bytes, repeat bytes, set an integer to an extreme, cut short. */
static size_t mutate(unit_random *r, uint8_t *data, size_t size)
{
    static const uint64_t extremes[] = {0,         1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, (uint64_t)INT64_MIN,
                                        UINT64_MAX};
    size_t                at = size ? unit_next(r) % size : 0, n = 1 + unit_next(r) % 8;

    switch (unit_next(r) % 7) {
    case 0:
        if (size) data[at] ^= (uint8_t)(1u << (unit_next(r) % 8));
        return size;
    case 1:
        if (size) data[at] = (uint8_t)unit_next(r);
        return size;
    case 2:
        if (size + n > LONGEST) return size;
        memmove(data + at + n, data + at, size - at);
        for (size_t i = 0; i < n; i++) data[at + i] = (uint8_t)unit_next(r);
        return size + n;
    case 3:
        if (at + n > size) return size;
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    case 4:
        if (at + n > size || size + n > LONGEST) return size;
        memmove(data + at + n, data + at, size - at);
        return size + n;
    case 5: {
        uint64_t v = extremes[unit_next(r) % (sizeof extremes / sizeof extremes[0])];
        if (at + n <= size) memcpy(data + at, &v, n);
        return size;
    }
    default: return at;
    }
}

static void run_mutations(const corpus *c, long runs, uint64_t seed)
{
    uint8_t *data = malloc(LONGEST + 16);

    if (!data) abort();
    for (long run = 0; run < runs; run++) {
        unit_random r = {seed + (uint64_t)run * 0x9e3779b97f4a7c15u};
        size_t      size = 0;
        if (c->count > 0) {
            int32_t i = (int32_t)unit_between(&r, 0, c->count - 1);
            size = c->bytes[i] < LONGEST ? c->bytes[i] : LONGEST;
            memcpy(data, c->data[i], size);
        }
        for (int64_t steps = unit_between(&r, 1, c->count > 0 ? 8 : 64); steps > 0; steps--) size = mutate(&r, data, size);
        run_one(data, size);
    }
    free(data);
}

int main(int argc, char **argv)
{
    brasa_arena *arena = brasa__arena_new(NULL, "fuzz");
    long         runs = argc > 2 ? strtol(argv[2], NULL, 10) : RUNS;
    uint64_t     seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    brasa_error  err;
    corpus       c;

    brasa__error_clear(&err);
    if (argc < 2 || load(arena, argv[1], &c, &err) != BRASA_OK) {
        fprintf(stderr, "usage: %s CORPUS [RUNS [SEED]] %s\n", argv[0], err.text);
        return 2;
    }
    for (int32_t i = 0; i < c.count; i++) run_one((const uint8_t *)c.data[i], c.bytes[i]);
    run_mutations(&c, runs, seed);
    printf("%d inputs of the corpus and %ld mutations: none crashed\n", (int)c.count, runs);
    brasa__arena_free(arena);
    return 0;
}
