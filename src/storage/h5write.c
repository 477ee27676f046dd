/* h5write.c -- a task's part: rows to a file of its own, which carries an index of itself.
 *
 * Rows are gathered into blocks of a chunk's rows, and each block goes column by column into datasets.  The part is a whole table: if it stays
 * the only one, a rename makes it the result.
 */
#include <string.h>

#include "base/fault.h"
#include "base/io.h"
#include "data/type.h"
#include "storage/h5column.h"
#include "storage/h5layout.h"
#include "storage/h5type.h"

enum { CHUNK_ROWS = 16384, LEAST_CHUNK_ROWS = 256, MOST_CHUNK_ROWS = 1 << 20, CHUNK_BYTES = 16 << 20 };

typedef struct {
    brasa_h5_dest    *dest;
    brasa_appender   *rows;
    brasa_blocks      full;
    brasa_h5_column **cols;
    const char      **links;
} part_state;

static size_t row_width(brasa_type t)
{
    size_t n = 0;

    if (t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY) return 32;
    for (int32_t i = 0; i < t.nfields; i++) n += row_width(t.fields[i].type) * (brasa__type_has_span(t) ? 4 : 1);
    return n + brasa__type_width(t);
}

static int32_t chunk_rows_for(const brasa_write_spec *spec, brasa_schema schema)
{
    size_t  width = 1;
    int32_t rows = CHUNK_ROWS;

    if (spec->chunk_rows > 0) return spec->chunk_rows < MOST_CHUNK_ROWS ? (spec->chunk_rows + 63) / 64 * 64 : MOST_CHUNK_ROWS;
    for (int32_t c = 0; c < schema.ncols; c++) width += row_width(schema.cols[c].type);
    while (rows > LEAST_CHUNK_ROWS && width * (size_t)rows > CHUNK_BYTES) rows /= 2;
    return rows;
}

static void free_rows(void *arg)
{
    part_state *s = arg;

    brasa__blocks_clear(&s->full);
    if (s->rows != NULL) brasa__appender_free(s->rows);
}

brasa_status brasa__h5_writer_open(brasa_writer *w, brasa_error *err)
{
    part_state    *s = BRASA_NEW(w->arena, part_state);
    const char    *path = brasa__write_part_path(w->arena, &w->spec, &w->target, w->part, ".h5");
    brasa_h5_codec codec;
    int32_t        rows = chunk_rows_for(&w->spec, w->schema);

    BRASA_TRY(brasa__h5_codec_parse(w->spec.codec, &codec, err));
    BRASA_TRY(brasa__h5_dest_create(w->arena, path, w->target.inner, codec, rows, &s->dest, err));
    brasa__arena_defer(w->arena, free_rows, s);
    s->rows = brasa__appender_new(w->schema, rows);
    s->cols = BRASA_NEWS(w->arena, brasa_h5_column *, w->schema.ncols + 1);
    s->links = BRASA_NEWS(w->arena, const char *, w->schema.ncols + 1);
    for (int32_t c = 0; c < w->schema.ncols; c++) {
        s->links[c] = brasa__h5_link_name(w->arena, w->schema.cols[c].name);
        s->cols[c] = brasa__h5_column_new(s->dest, w->schema.cols[c].type, s->links[c], s->links[c], true);
    }
    w->state = s;
    return BRASA_OK;
}

static brasa_status put_block(brasa_writer *w, const brasa_block *b, brasa_arena *scratch, brasa_error *err)
{
    part_state *s = w->state;

    for (int32_t c = 0; c < b->ncols; c++) {
        brasa_column flat;
        brasa__arena_reset(scratch);
        brasa__h5_flatten(scratch, &b->cols[c], b->rows, &flat);
        BRASA_TRY(brasa__h5_column_push(s->cols[c], &flat, b->rows, err));
    }
    return BRASA_OK;
}

static brasa_status put_full(brasa_writer *w, brasa_error *err)
{
    part_state  *s = w->state;
    brasa_arena *scratch;
    brasa_status status = BRASA_OK;

    if (s->full.count == 0) return BRASA_OK;
    scratch = brasa__arena_new(w->arena, "block");
    for (int32_t i = 0; i < s->full.count && status == BRASA_OK; i++) status = put_block(w, s->full.items[i], scratch, err);
    brasa__blocks_clear(&s->full);
    brasa__arena_free(scratch);
    return status;
}

brasa_status brasa__h5_writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err)
{
    part_state *s = w->state;

    brasa__appender_push(s->rows, in, brasa__blocks_sink, &s->full);
    return put_full(w, err);
}

/* --- the end: attributes, index, check */
typedef struct {
    brasa_writer   *w;
    brasa_h5_index *index;
    brasa_h5_dest  *dest;
    size_t          bytes;
    uint64_t        self;
} end_call;

static brasa_status put_attributes(brasa_h5 *h, void *arg, brasa_error *err)
{
    end_call   *e = arg;
    part_state *s = e->w->state;

    BRASA_TRY(brasa__h5_describe_table(h, e->dest, e->w->schema, e->index->rows, err));
    for (int32_t c = 0; c < e->w->schema.ncols; c++) {
        const brasa_field *f = &e->w->schema.cols[c];
        hid_t              obj = BRASA_H5(h, H5Oopen(e->dest->group, s->links[c], H5P_DEFAULT));
        if (obj < 0) return brasa__h5_file_fail(&e->dest->file, err, BRASA_IO, "cannot open column %s again", f->name);
        BRASA_TRY(brasa__h5_describe(h, obj, f->type, c, f->name, s->links[c], err));
        if (e->index->cols[c].valid.path != NULL) BRASA_TRY(brasa__h5_put_text(h, obj, "valid", e->index->cols[c].valid.path, err));
        brasa__h5_close(h, obj);
    }
    return BRASA_OK;
}

brasa_status brasa__h5_place_index(brasa_h5 *h, hid_t group, size_t bytes, uint64_t *self, brasa_error *err)
{
    hsize_t dims = (hsize_t)bytes;
    hid_t   space = BRASA_H5(h, H5Screate_simple(1, &dims, NULL));
    hid_t   dcpl = BRASA_H5(h, H5Pcreate(H5P_DATASET_CREATE));
    hid_t   lcpl = BRASA_H5(h, H5Pcreate(H5P_LINK_CREATE));
    hid_t   dset;
    haddr_t at;

    H5Pset_alloc_time(dcpl, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(dcpl, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(dcpl, false);
    H5Pset_create_intermediate_group(lcpl, 1);
    dset = BRASA_H5(h, H5Dcreate2(group, BRASA_H5_HIDDEN "/index", H5T_STD_U8LE, space, lcpl, dcpl, H5P_DEFAULT));
    at = dset < 0 ? HADDR_UNDEF : H5Dget_offset(dset);
    if (at == HADDR_UNDEF) return brasa__h5_fail(err, BRASA_IO, "cannot create the index of a table");
    *self = at;
    return BRASA_OK;
}

static brasa_status place_own_index(brasa_h5 *h, void *arg, brasa_error *err)
{
    end_call *e = arg;

    return brasa__h5_place_index(h, e->dest->group, e->bytes, &e->self, err);
}

static brasa_status put_index(brasa_writer *w, end_call *e, brasa_error *err)
{
    brasa_h5_part part = {.index = e->index};
    brasa_wire    wire;

    brasa__wire_init(&wire, w->arena);
    brasa__h5_index_put(&wire, 0, &part, 1); /* for its length */
    e->bytes = wire.len;
    BRASA_TRY(brasa__h5_dest_reserve(e->dest, (int64_t)e->bytes, err));
    BRASA_TRY(brasa__h5_run(place_own_index, e, err));
    brasa__wire_init(&wire, w->arena);
    brasa__h5_index_put(&wire, e->self, &part, 1);
    if (e->dest->file.status != BRASA_OK) return brasa__h5_file_fail(&e->dest->file, err, BRASA_IO, "cannot write %s", e->dest->file.path);
    return brasa__io_pwrite(e->dest->file.fd, wire.data, wire.len, (int64_t)e->self, e->dest->file.path, err);
}

typedef struct {
    brasa_arena         *arena;
    const char          *path, *inner;
    int64_t              rows;
    const brasa_h5_part *part;
} check_call;

static brasa_status reopen(brasa_h5 *h, void *arg, brasa_error *err)
{
    check_call    *c = arg;
    hid_t          file;
    bool           found;
    brasa_h5_part *parts;
    int32_t        n;

    BRASA_TRY(brasa__h5_open_read(h, c->path, false, &file, err));
    BRASA_TRY(brasa__h5_own_read(h, c->arena, file, c->path, c->inner, &found, &parts, &n, err));
    if (!found || n != 1 || parts[0].index->rows != c->rows)
        return brasa__fail(err, BRASA_CORRUPT, "%s does not read back as it was written; check the disk", c->path);
    c->part = &parts[0];
    return BRASA_OK;
}

static brasa_status check_part(brasa_writer *w, const char *path, int64_t rows, brasa_error *err)
{
    check_call c = {.arena = w->arena, .path = path, .inner = w->target.inner, .rows = rows};
    int64_t    chunks = 0, bytes = 0;

    BRASA_TRY(brasa__h5_run(reopen, &c, err));
    return brasa__h5_part_verify(w->arena, c.part, &chunks, &bytes, err);
}

static brasa_schema final_schema(brasa_writer *w, const brasa_h5_index *x)
{
    brasa_field *fields = brasa__arena_copy(w->arena, w->schema.cols, sizeof *fields * (size_t)w->schema.ncols);

    for (int32_t c = 0; c < w->schema.ncols; c++)
        if (x->cols[c].valid.path != NULL) fields[c].nullable = true;
    return (brasa_schema) {.ncols = w->schema.ncols, .cols = fields};
}

brasa_status brasa__h5_writer_close(brasa_writer *w, brasa_part_info *out, brasa_error *err)
{
    part_state    *s = w->state;
    brasa_h5_index index = {.rows = w->rows, .chunk_rows = s->dest->chunk_rows};
    end_call       e = {.w = w, .index = &index, .dest = s->dest};

    brasa__appender_finish(s->rows, brasa__blocks_sink, &s->full);
    BRASA_TRY(put_full(w, err));
    index.cols = BRASA_NEWS(w->arena, brasa_h5_node, w->schema.ncols + 1);
    for (int32_t c = 0; c < w->schema.ncols; c++) BRASA_TRY(brasa__h5_column_finish(s->cols[c], &index.cols[c], err));
    index.schema = final_schema(w, &index);
    BRASA_TRY(brasa__h5_dest_reserve(s->dest, (int64_t)w->schema.ncols << 10, err)); /* attributes */
    BRASA_TRY(brasa__h5_run(put_attributes, &e, err));
    BRASA_TRY(put_index(w, &e, err));
    BRASA_TRY(brasa__h5_dest_close(s->dest, &out->bytes, err));
    return check_part(w, s->dest->file.path, w->rows, err);
}
