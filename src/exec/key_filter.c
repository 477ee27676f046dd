/* key_filter.c -- measured, made and filled by all threads; see key_filter.h.
 *
 * Threads set bits of one array with relaxed atomics: most bits are there already when keys repeat, so they are looked at first.
 */
#include "exec/key_filter.h"

#include <stdatomic.h>
#include <string.h>

#include "data/block.h"
#include "data/type.h"
#include "kernel/clones.h"

/* Bits per key of a Bloom filter; a range is narrow when it needs no more than SPARSE bits per key, or little in all. */
enum { BLOOM_BITS = 16, SPARSE_BITS = 32, SMALL_RANGE = 1 << 19, LEAST_WORDS = 8 };

bool brasa__key_filter_possible(brasa_type t)
{
    brasa_phys p = brasa__type_phys(t);

    return !brasa__type_is_nested(t) && p != BRASA_PHYS_INTERVAL && p != BRASA_PHYS_NULL;
}

static bool is_integer(brasa_type t)
{
    brasa_phys p = brasa__type_phys(t);

    return p == BRASA_PHYS_BOOL || p == BRASA_PHYS_I8 || p == BRASA_PHYS_I16 || p == BRASA_PHYS_I32 || p == BRASA_PHYS_I64;
}

/* ---- over the blocks of the build side ---- */

typedef struct walk {
    brasa_run          *run;
    brasa_key_filter   *filter;
    brasa_block       **blocks;
    int32_t             n, col, stride;
    brasa_arena       **arenas; /* [TASKS] */
    atomic_int_fast64_t least, most;
} walk;

enum { TASKS = 16 };

/* Keys of one block, a batch at a time. */
static brasa_status each_batch(walk *w, const brasa_block *block, brasa_agg_scratch *scratch, uint64_t *hash,
                               void (*fn)(walk *w, const brasa_agg_col *keys, int32_t n, uint64_t *hash), brasa_error *err)
{
    for (int32_t from = 0; from < block->rows; from += BRASA_BATCH_ROWS) {
        int32_t      left = block->rows - from, n = left < BRASA_BATCH_ROWS ? left : BRASA_BATCH_ROWS;
        brasa_column part;

        brasa__column_slice(&block->cols[w->col], from, &part);
        brasa_agg_col keys = brasa__agg_dense(&part, NULL, n, true, scratch);
        fn(w, &keys, n, hash);
    }
    return brasa_run_check(w->run, err);
}

/* Task i: every stride-th block from i on. */
static brasa_status some_blocks(walk *w, int32_t i, void (*fn)(walk *w, const brasa_agg_col *keys, int32_t n, uint64_t *hash),
                                brasa_error *err)
{
    uint64_t         *hash = BRASA_NEWS(w->arenas[i], uint64_t, BRASA_BATCH_ROWS);
    brasa_agg_scratch scratch;

    brasa__agg_scratch_init(w->arenas[i], w->filter->type, &scratch);
    for (int32_t b = i; b < w->n; b += w->stride) BRASA_TRY(each_batch(w, w->blocks[b], &scratch, hash, fn, err));
    return BRASA_OK;
}

static bool is_null(const brasa_agg_col *keys, int32_t k)
{
    return keys->valid != NULL && (keys->valid[k >> 6] >> (k & 63) & 1) == 0;
}

static int64_t integer(const brasa_agg_col *keys, brasa_phys phys, int32_t k)
{
    if (phys == BRASA_PHYS_I64) return ((const int64_t *)keys->v)[k];
    if (phys == BRASA_PHYS_I32) return ((const int32_t *)keys->v)[k];
    if (phys == BRASA_PHYS_I16) return ((const int16_t *)keys->v)[k];
    return ((const int8_t *)keys->v)[k];
}

static void measure_batch(walk *w, const brasa_agg_col *keys, int32_t n, uint64_t *hash)
{
    brasa_phys phys = brasa__type_phys(keys->type);
    int64_t    least = INT64_MAX, most = INT64_MIN;

    (void)hash;
    for (int32_t k = 0; k < n; k++) {
        int64_t v = integer(keys, phys, k);

        if (is_null(keys, k)) continue;
        least = v < least ? v : least;
        most = v > most ? v : most;
    }
    for (int64_t old = atomic_load(&w->least); least < old && !atomic_compare_exchange_weak(&w->least, &old, least);) {}
    for (int64_t old = atomic_load(&w->most); most > old && !atomic_compare_exchange_weak(&w->most, &old, most);) {}
}

static void set_bit(uint64_t *word, uint64_t bits)
{
    if ((__atomic_load_n(word, __ATOMIC_RELAXED) & bits) != bits) __atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
}

static inline uint64_t bloom_bits(uint64_t hash)
{
    return (uint64_t)1 << (hash & 63) | (uint64_t)1 << (hash >> 6 & 63) | (uint64_t)1 << (hash >> 12 & 63) |
           (uint64_t)1 << (hash >> 18 & 63);
}

static void fill_batch(walk *w, const brasa_agg_col *keys, int32_t n, uint64_t *hash)
{
    brasa_key_filter *f = w->filter;
    brasa_phys        phys = brasa__type_phys(keys->type);

    if (f->kind == BRASA_KEYS_BLOOM) brasa__agg_hash(keys, 1, n, hash);
    for (int32_t k = 0; k < n; k++) {
        if (is_null(keys, k)) continue;
        if (f->kind == BRASA_KEYS_BLOOM) {
            set_bit(&f->words[hash[k] >> 32 & (f->nwords - 1)], bloom_bits(hash[k]));
        } else {
            uint64_t at = (uint64_t)integer(keys, phys, k) - (uint64_t)f->least;

            set_bit(&f->words[at >> 6], (uint64_t)1 << (at & 63));
        }
    }
}

static brasa_status measure_some(void *arg, int32_t i, brasa_error *err)
{
    return some_blocks(arg, i, measure_batch, err);
}

static brasa_status fill_some(void *arg, int32_t i, brasa_error *err)
{
    return some_blocks(arg, i, fill_batch, err);
}

static void list_blocks(walk *w, brasa_arena *arena, const brasa_partitions *input)
{
    int32_t n = 0;

    for (int32_t p = 0; p < input->count; p++) n += input->items[p].blocks.count;
    w->blocks = BRASA_NEWS(arena, brasa_block *, n + 1);
    for (int32_t p = 0; p < input->count; p++) {
        for (int32_t b = 0; b < input->items[p].blocks.count; b++) w->blocks[w->n++] = input->items[p].blocks.items[b];
    }
}

static brasa_status each_block(walk *w, brasa_arena *parent, const brasa_partitions *input,
                               brasa_status (*fn)(void *arg, int32_t i, brasa_error *err), brasa_error *err)
{
    brasa_arena *arena = brasa__arena_new(parent, "key filter");
    int32_t      tasks = input->rows < BRASA_BATCH_ROWS ? 1 : TASKS;

    list_blocks(w, arena, input);
    w->arenas = BRASA_NEWS(arena, brasa_arena *, TASKS);
    for (int32_t i = 0; i < tasks; i++) w->arenas[i] = brasa__arena_new(arena, "keys");
    w->stride = tasks;
    BRASA_TRY(brasa_run_parallel(w->run, tasks, fn, w, err));
    brasa__arena_free(arena);
    return BRASA_OK;
}

brasa_status brasa__key_filter_measure(brasa_run *run, brasa_arena *arena, const brasa_partitions *input, int32_t col, brasa_type type,
                                       brasa_key_filter *out, brasa_error *err)
{
    walk w = {.run = run, .filter = out, .col = col};

    *out = (brasa_key_filter) {.type = type, .rows = input->rows, .least = INT64_MAX, .most = INT64_MIN};
    if (!is_integer(type)) return BRASA_OK;
    atomic_init(&w.least, INT64_MAX);
    atomic_init(&w.most, INT64_MIN);
    BRASA_TRY(each_block(&w, arena, input, measure_some, err));
    out->least = atomic_load(&w.least);
    out->most = atomic_load(&w.most);
    return BRASA_OK;
}

static uint64_t bloom_words(int64_t rows)
{
    uint64_t n = LEAST_WORDS;

    while (n * 64 < (uint64_t)rows * BLOOM_BITS) n *= 2;
    return n;
}

void brasa__key_filter_choose(brasa_key_filter *f, int64_t most_keys)
{
    uint64_t range = (uint64_t)f->most - (uint64_t)f->least;
    bool     integers = is_integer(f->type);

    if (f->rows > most_keys) {
        f->kind = BRASA_KEYS_ALL;
        return;
    }
    if (f->rows == 0 || (integers && f->least > f->most)) {
        f->kind = BRASA_KEYS_NONE;
        return;
    }
    if (integers && (range < SMALL_RANGE || range / SPARSE_BITS < (uint64_t)f->rows)) {
        f->kind = BRASA_KEYS_BITS;
        f->nwords = range / 64 + 1;
    } else {
        f->kind = BRASA_KEYS_BLOOM;
        f->nwords = bloom_words(f->rows);
    }
    f->buf = brasa__buf_new(f->nwords * 8);
    f->words = f->buf->data;
    memset(f->words, 0, f->nwords * 8);
}

brasa_status brasa__key_filter_fill(brasa_run *run, brasa_arena *arena, const brasa_partitions *input, int32_t col, brasa_key_filter *f,
                                    brasa_error *err)
{
    walk w = {.run = run, .filter = f, .col = col};

    return f->words == NULL ? BRASA_OK : each_block(&w, arena, input, fill_some, err);
}

int64_t brasa__key_filter_words(const brasa_key_filter *f)
{
    return f->words == NULL ? 0 : (int64_t)f->nwords;
}

void brasa__key_filter_free(brasa_key_filter *f)
{
    brasa__buf_unref(f->buf);
    f->buf = NULL;
    f->words = NULL;
}

/* ---- tests ---- */

#define T    int8_t
#define NAME test_i8
#include "exec/key_filter.tmpl.h"
#define T    int16_t
#define NAME test_i16
#include "exec/key_filter.tmpl.h"
#define T    int32_t
#define NAME test_i32
#include "exec/key_filter.tmpl.h"
#define T    int64_t
#define NAME test_i64
#include "exec/key_filter.tmpl.h"

BRASA_CLONES static int32_t test_bloom(const brasa_key_filter *f, const uint64_t *restrict hash, int32_t n, int32_t *restrict out)
{
    const uint64_t *restrict words = f->words;
    uint64_t mask = f->nwords - 1;
    int32_t  m = 0;

    for (int32_t k = 0; k < n; k++) {
        uint64_t bits = bloom_bits(hash[k]);

        out[m] = k;
        m += (words[hash[k] >> 32 & mask] & bits) == bits;
    }
    return m;
}

static int32_t test_bits(const brasa_key_filter *f, const void *v, int32_t n, int32_t *out)
{
    switch (brasa__type_width(f->type)) {
    case 8: return test_i64(f, v, n, out);
    case 4: return test_i32(f, v, n, out);
    case 2: return test_i16(f, v, n, out);
    default: return test_i8(f, v, n, out);
    }
}

int32_t brasa__key_filter_test(const brasa_key_filter *f, const brasa_agg_col *keys, int32_t n, uint64_t *hash, int32_t *out)
{
    int32_t m = 0, valid = 0;

    if (f->kind == BRASA_KEYS_NONE) return 0;
    if (f->kind == BRASA_KEYS_BLOOM) {
        brasa__agg_hash(keys, 1, n, hash);
        m = test_bloom(f, hash, n, out);
    } else {
        m = test_bits(f, keys->v, n, out);
    }
    if (keys->valid == NULL) return m;
    for (int32_t i = 0; i < m; i++) {
        int32_t k = out[i];

        out[valid] = k;
        valid += !is_null(keys, k);
    }
    return valid;
}
