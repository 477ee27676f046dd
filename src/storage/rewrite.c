/* rewrite.c -- views of a stored table for statements that write some of its files anew. */
#include "storage/rewrite.h"

#include <string.h>

#include "data/type.h"
#include "storage/h5layout.h"
#include "storage/uri.h"

brasa_status brasa__rewrite_open(brasa_arena *arena, const char *uri, brasa_table **table, brasa_rewrite *out, brasa_error *err)
{
    brasa_read_spec       spec = {.uri = uri};
    brasa_uri             at;
    const brasa_h5_table *l;

    BRASA_TRY(brasa__uri_parse(arena, uri, &at, err));
    if (at.is_glob || at.is_dir)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s stands for several files; UPDATE, DELETE and MERGE are for one HDF5 table", uri);
    BRASA_TRY(brasa__io_stat(at.path, &out->file, err)); /* before the table is read: who comes between is found at the commit */
    BRASA_TRY(brasa__table_open(arena, &spec, table, err));
    l = (*table)->layout;
    if ((*table)->format != BRASA_FORMAT_HDF5 || l->foreign != NULL)
        return brasa__fail(err, BRASA_UNSUPPORTED,
                           "%s is no HDF5 table written by Brasa, so its rows cannot be changed; read it and write a new table", uri);
    out->nfiles = l->nparts;
    out->stays = NULL;
    return BRASA_OK;
}

bool brasa__rewrite_changed(brasa_arena *arena, const char *uri, const brasa_rewrite *r)
{
    brasa_uri  at;
    brasa_stat now;

    return brasa__uri_parse(arena, uri, &at, NULL) != BRASA_OK || brasa__io_stat(at.path, &now, NULL) != BRASA_OK ||
           now.inode != r->file.inode || now.mtime_ns != r->file.mtime_ns || now.bytes != r->file.bytes;
}

brasa_status brasa__rewrite_lost(const char *uri, brasa_error *err)
{
    return brasa__fail(err, BRASA_EXISTS, "%s was changed by someone else while this statement ran; nothing is written: run it again", uri);
}

brasa_table *brasa__table_numbered(brasa_arena *arena, const brasa_table *t, const char *column)
{
    brasa_table    *out = brasa__arena_copy(arena, t, sizeof *t);
    brasa_h5_table *l = brasa__arena_copy(arena, t->layout, sizeof *l);
    brasa_field    *cols = BRASA_NEWS(arena, brasa_field, t->schema.ncols + 1);

    memcpy(cols, t->schema.cols, sizeof *cols * (size_t)t->schema.ncols);
    cols[t->schema.ncols] = (brasa_field) {.name = brasa__arena_strdup(arena, column), .type = brasa__type(BRASA_KIND_INT32)};
    out->schema = (brasa_schema) {.ncols = t->schema.ncols + 1, .cols = cols};
    out->stats = BRASA_NEWS(arena, brasa_column_stats, out->schema.ncols + 1);
    memcpy(out->stats, t->stats, sizeof *t->stats * (size_t)t->schema.ncols);
    l->numbered = true;
    out->layout = l;
    return out;
}

brasa_table *brasa__table_only(brasa_arena *arena, const brasa_table *t, const bool *only)
{
    const brasa_h5_table *l = t->layout;
    brasa_h5_part        *parts = BRASA_NEWS(arena, brasa_h5_part, l->nparts + 1);
    brasa_table          *out = BRASA_NEW(arena, brasa_table);
    int32_t               n = 0;

    for (int32_t p = 0; p < l->nparts; p++)
        if (only[p]) parts[n++] = l->parts[p];
    *out = (brasa_table) {.format = t->format, .uri = t->uri};
    brasa__h5_own_describe(arena, out, parts, n);
    return out;
}

const char *brasa__table_codec(const brasa_table *t, int32_t *chunk_rows)
{
    const brasa_h5_table *l = t->layout;
    const brasa_h5_node  *n = &l->parts[0].index->cols[0];

    while (n->nchildren > 0 && n->values.path == NULL) n = &n->children[0];
    *chunk_rows = l->parts[0].index->chunk_rows;
    return brasa__h5_codec_name(n->values.path != NULL ? n->values.codec : n->codes.codec);
}
