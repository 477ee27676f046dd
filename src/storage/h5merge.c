/* h5merge.c -- small tables are one file: their parts, and what is appended to, are read and written again as one part. */
#include "base/config.h"
#include "base/io.h"
#include "storage/h5commit.h"

static int64_t bytes_of(const char *path)
{
    brasa_stat st;

    return brasa__io_stat(path, &st, NULL) == BRASA_OK ? st.bytes : INT32_MAX;
}

static void close_scan(void *arg)
{
    brasa__scan_close(*(brasa_scan **)arg);
}

static void abort_writer(void *arg)
{
    brasa__writer_abort(*(brasa_writer **)arg);
}

static void unref_block(void *arg)
{
    brasa__block_unref(*(brasa_block **)arg);
}

static brasa_status copy_partition(brasa_arena *parent, brasa_scan_shared *shared, int32_t p, brasa_writer *w, brasa_error *err)
{
    brasa_arena  *arena = brasa__arena_new(parent, "copy");
    brasa_scan  **scan = BRASA_NEW(arena, brasa_scan *);
    brasa_column *cols = BRASA_NEWS(arena, brasa_column, w->schema.ncols + 1);
    brasa_block **block = BRASA_NEW(arena, brasa_block *); /* in the arena: a writer without memory throws */
    brasa_status  status;

    brasa__arena_defer(arena, close_scan, scan);
    brasa__arena_defer(arena, unref_block, block);
    BRASA_TRY(brasa__scan_open(shared, p, scan, err));
    do {
        brasa_batch batch;

        status = brasa__scan_next(*scan, block, err);
        if (status != BRASA_OK || *block == NULL) break;
        brasa__block_slice(*block, 0, (*block)->rows, cols, &batch);
        status = brasa__writer_push(w, &batch, err);
        brasa__block_unref(*block);
        *block = NULL;
    } while (status == BRASA_OK);
    brasa__arena_free(arena);
    return status;
}

static brasa_status copy_rows(const brasa_h5_commit_state *c, const brasa_table *t, brasa_part_info *out, brasa_error *err)
{
    int32_t           *all = BRASA_NEWS(c->arena, int32_t, t->schema.ncols + 1);
    brasa_writer     **w = BRASA_NEW(c->arena, brasa_writer *), *done;
    brasa_scan_shared *shared; /* of an arena below: released with it */

    for (int32_t i = 0; i < t->schema.ncols; i++) all[i] = i;
    brasa__arena_defer(c->arena, abort_writer, w);
    BRASA_TRY(brasa__scan_shared_open(c->arena, t, all, t->schema.ncols, NULL, 0, &shared, err));
    BRASA_TRY(brasa__writer_open(c->spec, c->schema, out->part, w, err));
    for (int32_t p = 0; p < t->nparts; p++) BRASA_TRY(copy_partition(c->arena, shared, p, *w, err));
    brasa__scan_shared_close(shared);
    done = *w;
    *w = NULL;
    return brasa__writer_close(done, out, err);
}

brasa_status brasa__h5_merge(brasa_h5_commit_state *c, const brasa_part_info **parts, int32_t *n, brasa_error *err)
{
    int32_t          before = c->nstay, count = before + *n;
    brasa_h5_part   *all = BRASA_NEWS(c->arena, brasa_h5_part, count + 1);
    brasa_part_info *one = BRASA_NEW(c->arena, brasa_part_info);
    brasa_table      t = {.format = BRASA_FORMAT_HDF5, .uri = c->spec->uri};
    int64_t          total = 0;

    if (count < 2) return BRASA_OK;
    for (int32_t i = 0; i < before; i++) total += bytes_of(c->stay[i].file);
    for (int32_t i = 0; i < *n; i++) total += bytes_of(brasa__write_part_path(c->arena, c->spec, c->target, (*parts)[i].part, ".h5"));
    if (total > brasa__setting_int(BRASA_SET_MERGE_BYTES)) return BRASA_OK;
    for (int32_t i = 0; i < before; i++) all[i] = c->stay[i];
    BRASA_TRY(brasa__h5_load_parts(c, *parts, *n, all + before, err));
    for (int32_t i = 0; i < *n; i++) all[before + i].file = brasa__write_part_path(c->arena, c->spec, c->target, (*parts)[i].part, ".h5");
    brasa__h5_own_describe(c->arena, &t, all, count);
    one->part = *n == 0 ? 0 : (*parts)[*n - 1].part + 1;
    BRASA_TRY(copy_rows(c, &t, one, err));
    for (int32_t i = 0; i < *n; i++) BRASA_TRY(brasa__io_unlink(all[before + i].file, err));
    *parts = one;
    *n = 1;
    c->nstay = 0;
    return BRASA_OK;
}
