/* stored.c -- tables on disk, for tests. */
#include "support/stored.h"

#include <stdlib.h>

static brasa_status push(brasa_writer *w, const brasa_batch *b, int32_t step, brasa_error *err)
{
    brasa_batch part = *b;

    if (step == 0 || b->sel != NULL || b->rows == 0) return brasa__writer_push(w, b, err);
    for (int32_t at = 0; at < b->rows; at += step) {
        brasa_column cols[64];
        int32_t      rows = b->rows - at < step ? b->rows - at : step;

        if (b->ncols > 64 || step % 64 != 0) abort();
        for (int32_t c = 0; c < b->ncols; c++) brasa__column_slice(&b->cols[c], at, &cols[c]);
        part.cols = cols;
        part.rows = part.nsel = rows;
        BRASA_TRY(brasa__writer_push(w, &part, err));
    }
    return BRASA_OK;
}

static brasa_status write_parts(const brasa_write_spec *spec, brasa_schema schema, const brasa_batch *batches, int32_t n, int32_t step,
                                brasa_part_info *parts, brasa_error *err)
{
    for (int32_t i = 0; i < n; i++) {
        brasa_writer *w;
        brasa_status  status;

        BRASA_TRY(brasa__writer_open(spec, schema, i, &w, err));
        status = push(w, &batches[i], step, err);
        if (status != BRASA_OK) {
            brasa__writer_abort(w);
            return status;
        }
        BRASA_TRY(brasa__writer_close(w, &parts[i], err));
    }
    return BRASA_OK;
}

brasa_status stored_write(brasa_arena *arena, brasa_write_spec spec, brasa_schema schema, const brasa_batch *batches, int32_t n,
                          int32_t step, brasa_error *err)
{
    brasa_part_info *parts = BRASA_NEWS(arena, brasa_part_info, n + 1);
    bool             skip;
    brasa_status     status = brasa__write_prepare(arena, &spec, schema, &skip, err);

    if (status != BRASA_OK || skip) {
        if (status != BRASA_OK) brasa__write_rollback(&spec);
        return status;
    }
    status = write_parts(&spec, schema, batches, n, step, parts, err);
    if (status == BRASA_OK) status = brasa__write_commit(&spec, schema, parts, n, err);
    if (status != BRASA_OK) brasa__write_rollback(&spec);
    return status;
}

static brasa_status through_wire(brasa_arena *arena, const brasa_table *t, brasa_table **out)
{
    brasa_wire   w;
    brasa_reader r;

    brasa__wire_init(&w, arena);
    brasa__table_put(&w, t);
    r = brasa__reader(w.data, w.len);
    *out = brasa__table_get(&r, arena);
    if (r.bad || r.pos != r.len) abort();
    return BRASA_OK;
}

static void close_scan(void *arg)
{
    brasa_scan **slot = arg;

    brasa__scan_close(*slot);
}

static brasa_status scan_partition(brasa_arena *parent, brasa_scan_shared *shared, int32_t p, brasa_blocks *out, brasa_error *err)
{
    brasa_arena *arena = brasa__arena_new(parent, "scan"); /* closes the scan also when something throws */
    brasa_scan **slot = BRASA_NEW(arena, brasa_scan *), *scan;
    brasa_block *block = NULL;
    brasa_status status;

    brasa__arena_defer(arena, close_scan, slot);
    BRASA_TRY(brasa__scan_open(shared, p, slot, err));
    scan = *slot;
    do {
        status = brasa__scan_next(scan, &block, err);
        if (status == BRASA_OK && block != NULL) brasa__blocks_add(out, block);
    } while (status == BRASA_OK && block != NULL);
    brasa__arena_free(arena);
    return status;
}

static void clear(void *arg)
{
    brasa__blocks_clear(arg);
}

brasa_status stored_scan(brasa_arena *arena, const brasa_read_spec *spec, const int32_t *cols, int32_t ncols, const brasa_scan_test *tests,
                         int32_t ntests, stored_read *out, brasa_error *err)
{
    brasa_scan_shared *shared;
    brasa_table       *opened;
    brasa_blocks      *blocks = BRASA_NEW(arena, brasa_blocks);
    brasa_status       status = BRASA_OK;

    *out = (stored_read) {0};
    BRASA_TRY(brasa__table_open(arena, spec, &opened, err));
    BRASA_TRY(through_wire(arena, opened, &out->table));
    if (cols == NULL) {
        int32_t *all = BRASA_NEWS(arena, int32_t, opened->schema.ncols + 1);
        ncols = opened->schema.ncols;
        for (int32_t c = 0; c < ncols; c++) all[c] = c;
        cols = all;
    }
    brasa__arena_defer(arena, clear, blocks);
    BRASA_TRY(brasa__scan_shared_open(arena, out->table, cols, ncols, tests, ntests, &shared, err));
    for (int32_t p = 0; p < out->table->nparts && status == BRASA_OK; p++) status = scan_partition(arena, shared, p, blocks, err);
    out->stats = brasa__scan_shared_stats(shared);
    brasa__scan_shared_close(shared);
    out->blocks = *blocks;
    return status;
}
