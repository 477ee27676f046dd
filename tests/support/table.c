/* table.c -- whole tables as text, for tests. */
#include "support/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/type.h"
#include "data/value.h"

char *table_file(brasa_arena *arena, const char *dir, const char *name, const char *bytes, size_t n)
{
    char *path = brasa__arena_printf(arena, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) abort();
    return path;
}

const char *table_schema_text(brasa_arena *arena, brasa_schema schema)
{
    brasa_text t;

    brasa__text_init(&t, arena);
    for (int32_t i = 0; i < schema.ncols; i++) {
        brasa__text_addf(&t, "%s%s ", i == 0 ? "" : ", ", schema.cols[i].name);
        brasa__type_text(schema.cols[i].type, &t);
    }
    return t.s;
}

static brasa_status add_partition(brasa_arena *arena, brasa_scan *scan, brasa_text *out, brasa_error *err)
{
    for (;;) {
        brasa_block *block;

        BRASA_TRY(brasa__scan_next(scan, &block, err));
        if (block == NULL) return BRASA_OK;
        for (int32_t i = 0; i < block->rows; i++) {
            for (int32_t c = 0; c < block->ncols; c++) {
                brasa_value v = brasa__column_value(&block->cols[c], i, arena);

                if (c != 0) brasa__text_add(out, "|");
                if (v.null) {
                    brasa__text_add(out, "NULL");
                } else {
                    brasa__value_text(&v, out);
                }
            }
            brasa__text_add(out, "\n");
        }
        brasa__block_unref(block);
    }
}

static const brasa_table *through_wire(brasa_arena *arena, const brasa_table *t)
{
    brasa_wire         w;
    brasa_reader       r;
    const brasa_table *copy;

    brasa__wire_init(&w, arena);
    brasa__table_put(&w, t);
    r = brasa__reader(w.data, w.len);
    copy = brasa__table_get(&r, arena);
    if (r.bad || r.pos != r.len) abort();
    return copy;
}

brasa_status table_read(brasa_arena *arena, const brasa_read_spec *spec, const int32_t *cols, int32_t ncols, const char **out,
                        brasa_error *err)
{
    brasa_table       *opened;
    const brasa_table *t;
    brasa_scan_shared *shared;
    brasa_text         text;
    brasa_status       status = BRASA_OK;

    BRASA_TRY(brasa__table_open(arena, spec, &opened, err));
    t = through_wire(arena, opened);
    if (cols == NULL) {
        int32_t *all = BRASA_NEWS(arena, int32_t, t->schema.ncols + 1);

        for (int32_t i = 0; i < t->schema.ncols; i++) all[i] = i;
        cols = all;
        ncols = t->schema.ncols;
    }
    BRASA_TRY(brasa__scan_shared_open(arena, t, cols, ncols, NULL, 0, &shared, err));
    brasa__text_init(&text, arena);
    for (int32_t p = 0; p < t->nparts && status == BRASA_OK; p++) {
        brasa_scan *scan;

        status = brasa__scan_open(shared, p, &scan, err);
        if (status != BRASA_OK) break;
        status = add_partition(arena, scan, &text, err);
        brasa__scan_close(scan);
    }
    brasa__scan_shared_close(shared);
    *out = text.s;
    return status;
}

/* What a copy holds: released also after a throw. */
typedef struct {
    brasa_scan_shared *shared;
    brasa_scan        *scan;
    brasa_writer      *writer;
    brasa_block       *block;
} held;

static void release_part(held *h)
{
    brasa__block_unref(h->block);
    brasa__writer_abort(h->writer);
    if (h->scan != NULL) brasa__scan_close(h->scan);
    h->block = NULL;
    h->writer = NULL;
    h->scan = NULL;
}

static void release(held *h)
{
    release_part(h);
    if (h->shared != NULL) brasa__scan_shared_close(h->shared);
    h->shared = NULL;
}

static brasa_status push_block(brasa_arena *arena, const held *h, brasa_error *err)
{
    brasa_column *cols = BRASA_NEWS(arena, brasa_column, h->block->ncols + 1);

    for (int32_t at = 0; at < h->block->rows; at += BRASA_BATCH_ROWS) {
        brasa_batch batch;

        brasa__block_slice(h->block, at, h->block->rows - at < BRASA_BATCH_ROWS ? h->block->rows - at : BRASA_BATCH_ROWS, cols, &batch);
        BRASA_TRY(brasa__writer_push(h->writer, &batch, err));
    }
    return BRASA_OK;
}

static brasa_status copy_part(brasa_arena *arena, held *h, int32_t p, const brasa_write_spec *to, brasa_schema schema,
                              brasa_part_info *info, brasa_error *err)
{
    brasa_writer *w;

    BRASA_TRY(brasa__scan_open(h->shared, p, &h->scan, err));
    BRASA_TRY(brasa__writer_open(to, schema, p, &h->writer, err));
    for (;;) {
        BRASA_TRY(brasa__scan_next(h->scan, &h->block, err));
        if (h->block == NULL) break;
        BRASA_TRY(push_block(arena, h, err));
        brasa__block_unref(h->block);
        h->block = NULL;
    }
    w = h->writer;
    h->writer = NULL;
    return brasa__writer_close(w, info, err);
}

typedef struct {
    brasa_arena           *parent, *arena;
    const brasa_read_spec *from;
    brasa_write_spec      *to;
    bool                   prepared;
    held                   held;
} copying;

static brasa_status copy(void *arg, brasa_error *err)
{
    copying         *c = arg;
    held            *h = &c->held;
    brasa_table     *t;
    brasa_part_info *parts;
    int32_t         *all, n = 0;
    bool             skip;

    c->arena = brasa__arena_new(c->parent, "copy");
    BRASA_TRY(brasa__table_open(c->arena, c->from, &t, err));
    c->prepared = true;
    BRASA_TRY(brasa__write_prepare(c->arena, c->to, t->schema, &skip, err));
    if (skip) return BRASA_OK;
    all = BRASA_NEWS(c->arena, int32_t, t->schema.ncols + 1);
    parts = BRASA_NEWS(c->arena, brasa_part_info, t->nparts + 1);
    for (int32_t i = 0; i < t->schema.ncols; i++) all[i] = i;
    BRASA_TRY(brasa__scan_shared_open(c->arena, t, all, t->schema.ncols, NULL, 0, &h->shared, err));
    for (int32_t p = 0; p < t->nparts; p++) {
        BRASA_TRY(copy_part(c->arena, h, p, c->to, t->schema, &parts[n], err));
        release_part(h);
        if (parts[n].rows > 0) n++;
    }
    return brasa__write_commit(c->to, t->schema, parts, n, err);
}

brasa_status table_copy(brasa_arena *arena, const brasa_read_spec *from, brasa_write_spec *to, brasa_error *err)
{
    copying      c = {.parent = arena, .from = from, .to = to};
    brasa_status status = brasa__guarded(copy, &c, err);

    release(&c.held);
    brasa__arena_free(c.arena);
    if (status != BRASA_OK && c.prepared && to->format != BRASA_FORMAT_AUTO && to->job != 0) brasa__write_rollback(to);
    return status;
}
