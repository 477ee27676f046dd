/* Parts written, and partitions scanned, by several threads at once: HDF5's one lock and the shared dictionaries. */
#include "support/unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/config.h"
#include "support/data.h"
#include "support/stored.h"

enum { THREADS = 4, PARTS = 12, ROWS = 500 };

typedef struct {
    brasa_ctx         *ctx;
    brasa_schema       schema;
    brasa_batch        batches[PARTS];
    brasa_part_info    parts[PARTS];
    brasa_write_spec   spec;
    brasa_scan_shared *shared;
    int32_t            npartitions;
    brasa_blocks       found[PARTS * 2];
    atomic_int         next, failed;
} work;

static brasa_status write_part(void *arg, brasa_error *err)
{
    work *w = arg;

    for (int i; (i = atomic_fetch_add(&w->next, 1)) < PARTS;) {
        brasa_writer *writer;
        BRASA_TRY(brasa__writer_open(&w->spec, w->schema, i, &writer, err));
        BRASA_TRY(brasa__writer_push(writer, &w->batches[i], err));
        BRASA_TRY(brasa__writer_close(writer, &w->parts[i], err));
    }
    return BRASA_OK;
}

static brasa_status scan_partition(void *arg, brasa_error *err)
{
    work *w = arg;

    for (int i; (i = atomic_fetch_add(&w->next, 1)) < w->npartitions * 8;) { /* each several times, so that threads meet */
        int32_t      p = i % w->npartitions;
        brasa_scan  *scan;
        brasa_block *block = NULL;
        int64_t      rows = 0;
        BRASA_TRY(brasa__scan_open(w->shared, p, &scan, err));
        do {
            BRASA_TRY(brasa__scan_next(scan, &block, err));
            if (block != NULL) rows += block->rows;
            if (block != NULL && i < w->npartitions)
                brasa__blocks_add(&w->found[p], block);
            else
                brasa__block_unref(block);
        } while (block != NULL);
        brasa__scan_close(scan);
        if (rows == 0) return brasa__fail(err, BRASA_INTERNAL, "partition %d is empty", (int)p);
    }
    return BRASA_OK;
}

typedef struct {
    work *w;
    brasa_status (*fn)(void *, brasa_error *);
} start;

static void *run(void *arg)
{
    start      *s = arg;
    brasa_error err;

    brasa__ctx_set(s->w->ctx);
    brasa__error_clear(&err);
    if (brasa__guarded(s->fn, s->w, &err) != BRASA_OK) {
        print_message("%s\n", err.text);
        atomic_fetch_add(&s->w->failed, 1);
    }
    return NULL;
}

static void in_threads(work *w, brasa_status (*fn)(void *, brasa_error *))
{
    pthread_t threads[THREADS];
    start     s = {.w = w, .fn = fn};

    atomic_store(&w->next, 0);
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, run, &s), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&w->failed), 0);
}

static void threads_write_parts_and_scan_partitions(void **state)
{
    unit_state *u = *state;
    unit_random r = {.state = 41};
    work       *w = BRASA_NEW(u->arena, work);
    const char *codecs[] = {NULL, "zstd"};
    bool        skip;

    assert_ok(brasa__config_set(u->ctx->config, "merge-bytes", "0", &u->err), u->err);
    for (int round = 0; round < 2; round++) {
        brasa_read_spec read = {0};
        brasa_table    *t;
        int32_t         part = 0;

        w->ctx = u->ctx;
        w->schema = data_schema(u->arena);
        w->spec = (brasa_write_spec) {
            .uri = brasa__arena_printf(u->arena, "%s/t.h5:/t", unit_tmpdir(u->arena)), .chunk_rows = 128, .codec = codecs[round]};
        for (int i = 0; i < PARTS; i++)
            w->batches[i] = data_random_batch(u->arena, &r, w->schema, ROWS, (data_options) {.nulls = 0.1, .few = true});
        assert_ok(brasa__write_prepare(u->arena, &w->spec, w->schema, &skip, &u->err), u->err);
        in_threads(w, write_part);
        assert_ok(brasa__write_commit(&w->spec, w->schema, w->parts, PARTS, &u->err), u->err);
        read.uri = w->spec.uri;
        assert_ok(brasa__table_open(u->arena, &read, &t, &u->err), u->err);
        assert_int_equal(t->rows, PARTS * ROWS);
        int32_t *cols = BRASA_NEWS(u->arena, int32_t, t->schema.ncols);
        for (int32_t c = 0; c < t->schema.ncols; c++) cols[c] = c;
        assert_ok(brasa__scan_shared_open(u->arena, t, cols, t->schema.ncols, NULL, 0, &w->shared, &u->err), u->err);
        w->npartitions = t->nparts;
        in_threads(w, scan_partition);
        brasa__scan_shared_close(w->shared); /* the blocks hold what they need */
        for (int32_t p = 0; p < w->npartitions; p++) {
            int32_t at = 0;
            while (at < w->found[p].count) {
                brasa_blocks one = {.items = w->found[p].items + at};
                while (one.rows < ROWS) one.rows += w->found[p].items[at++]->rows, one.count++;
                data_assert_blocks(&one, &w->batches[part++], "part");
            }
            brasa__blocks_clear(&w->found[p]);
        }
        assert_int_equal(part, PARTS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(threads_write_parts_and_scan_partitions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
