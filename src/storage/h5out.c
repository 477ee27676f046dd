/* h5out.c -- files and datasets while they are written. */
#include "storage/h5out.h"

#include <string.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/io.h"
#include "storage/h5layout.h"
#include "storage/h5type.h"

/* --- the file */
static void dest_free(void *arg)
{
    brasa_h5_dest *d = arg;

    if (d->file.status == BRASA_OK) d->file.status = BRASA_CANCELLED; /* nobody wants what closing would still write */
    brasa__h5_release(d->h5);
    if (d->file.fd >= 0) brasa__io_close(d->file.fd, d->file.path, NULL);
    brasa__buf_unref(d->stage);
    brasa__buf_unref(d->scratch);
}

static brasa_status make_group(brasa_h5 *h, brasa_h5_dest *d, brasa_error *err)
{
    hid_t lcpl = BRASA_H5(h, H5Pcreate(H5P_LINK_CREATE));
    hid_t gcpl = BRASA_H5(h, H5Pcreate(H5P_GROUP_CREATE));

    H5Pset_create_intermediate_group(lcpl, 1);
    H5Pset_char_encoding(lcpl, H5T_CSET_UTF8);
    H5Pset_link_creation_order(gcpl, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    d->group =
        strcmp(d->group_path, "/") == 0 ? H5Gopen2(d->h5, "/", H5P_DEFAULT) : H5Gcreate2(d->h5, d->group_path, lcpl, gcpl, H5P_DEFAULT);
    if (d->group < 0) return brasa__h5_file_fail(&d->file, err, BRASA_IO, "cannot create group %s in %s", d->group_path, d->file.path);
    return BRASA_OK;
}

static brasa_status create_file(brasa_h5 *h, void *arg, brasa_error *err)
{
    brasa_h5_dest *d = arg;
    hid_t          fcpl = BRASA_H5(h, H5Pcreate(H5P_FILE_CREATE));
    hid_t          fapl = brasa__h5_access(h, &d->file);

    H5Pset_link_creation_order(fcpl, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    d->h5 = H5Fcreate(d->file.path, H5F_ACC_TRUNC, fcpl, fapl);
    if (d->h5 < 0) return brasa__h5_file_fail(&d->file, err, BRASA_IO, "cannot create %s", d->file.path);
    return make_group(h, d, err);
}

brasa_status brasa__h5_dest_create(brasa_arena *arena, const char *path, const char *group_path, brasa_h5_codec codec, int32_t chunk_rows,
                                   brasa_h5_dest **out, brasa_error *err)
{
    brasa_h5_dest *d = BRASA_NEW(arena, brasa_h5_dest);

    d->arena = arena;
    d->file.fd = -1;
    d->file.path = brasa__arena_strdup(arena, path);
    d->file.writing = true;
    d->group_path = brasa__arena_strdup(arena, group_path);
    d->codec = codec;
    d->chunk_rows = chunk_rows;
    brasa__arena_defer(arena, dest_free, d);
    if (brasa__io_exists(path))
        BRASA_TRY(brasa__io_unlink(path, err)); /* of an attempt that failed; if it still runs, it writes to nobody's file */
    BRASA_TRY(brasa__io_open(path, BRASA_IO_WRITE | BRASA_IO_EXCLUSIVE, &d->file.fd, err));
    *out = d;
    return brasa__h5_run(create_file, d, err);
}

/* Steps of a quarter of the file keep both the calls and what is given back at the end few. */
brasa_status brasa__h5_dest_reserve(brasa_h5_dest *d, int64_t more, brasa_error *err)
{
    enum { METADATA = 16 << 10, MOST_STEP = 64 << 20 };
    int64_t end = (int64_t)d->file.eoa + more + METADATA, step = end / 4 < MOST_STEP ? end / 4 : MOST_STEP, got;

    if (end <= d->reserved) return BRASA_OK;
    BRASA_TRY(brasa__io_reserve(d->file.fd, d->reserved, end - d->reserved, end - d->reserved + step, &got, d->file.path, err));
    d->reserved += got;
    return BRASA_OK;
}

static brasa_status open_file(brasa_h5 *h, void *arg, brasa_error *err)
{
    brasa_h5_dest *d = arg;

    d->h5 = H5Fopen(d->file.path, H5F_ACC_RDWR, brasa__h5_access(h, &d->file));
    if (d->h5 < 0) return brasa__h5_file_fail(&d->file, err, BRASA_CORRUPT, "%s is no HDF5 file, or is damaged", d->file.path);
    if (brasa__h5_exists(h, d->h5, d->group_path) && H5Ldelete(d->h5, d->group_path, H5P_DEFAULT) < 0)
        return brasa__h5_file_fail(&d->file, err, BRASA_IO, "cannot remove %s from %s", d->group_path, d->file.path);
    return make_group(h, d, err);
}

brasa_status brasa__h5_dest_replace(brasa_arena *arena, const char *path, const char *group_path, brasa_h5_dest **out, brasa_error *err)
{
    brasa_h5_dest *d = BRASA_NEW(arena, brasa_h5_dest);
    brasa_stat     st;

    d->arena = arena;
    d->file.fd = -1;
    d->file.path = brasa__arena_strdup(arena, path);
    d->file.writing = true;
    d->group_path = brasa__arena_strdup(arena, group_path);
    brasa__arena_defer(arena, dest_free, d);
    BRASA_TRY(brasa__io_open(path, BRASA_IO_WRITE, &d->file.fd, err));
    BRASA_TRY(brasa__io_fstat(d->file.fd, &st, path, err));
    d->file.eof = (haddr_t)st.bytes;
    d->reserved = st.bytes;
    *out = d;
    return brasa__h5_run(open_file, d, err);
}

static brasa_status put_names(brasa_h5 *h, brasa_h5_dest *d, brasa_schema schema, brasa_error *err)
{
    hsize_t      n = (hsize_t)schema.ncols;
    hid_t        type = BRASA_H5(h, H5Tcopy(H5T_C_S1));
    hid_t        space = BRASA_H5(h, H5Screate_simple(1, &n, NULL));
    hid_t        attr;
    const char **names = BRASA_NEWS(h->arena, const char *, n + 1);

    for (int32_t c = 0; c < schema.ncols; c++) names[c] = schema.cols[c].name;
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    attr = BRASA_H5(h, H5Acreate2(d->group, "columns", type, space, H5P_DEFAULT, H5P_DEFAULT));
    if (attr < 0 || H5Awrite(attr, type, names) < 0) return brasa__h5_file_fail(&d->file, err, BRASA_IO, "cannot write attribute columns");
    return BRASA_OK;
}

brasa_status brasa__h5_describe_table(brasa_h5 *h, brasa_h5_dest *d, brasa_schema schema, int64_t rows, brasa_error *err)
{
    BRASA_TRY(brasa__h5_put_i64(h, d->group, "brasa_table", 1, err));
    BRASA_TRY(brasa__h5_put_i64(h, d->group, "rows", rows, err));
    return put_names(h, d, schema, err);
}

brasa_status brasa__h5_dest_close(brasa_h5_dest *d, int64_t *bytes, brasa_error *err)
{
    brasa_stat st;
    int        fd = d->file.fd;

    brasa__h5_release(d->h5);
    d->h5 = 0;
    if (d->file.status != BRASA_OK) {
        if (err != NULL) *err = d->file.err;
        return d->file.status;
    }
    BRASA_TRY(brasa__io_fstat(fd, &st, d->file.path, err));
    *bytes = st.bytes;
    if (d->reserved > st.bytes) BRASA_TRY(brasa__io_truncate(fd, st.bytes, d->file.path, err)); /* gives back what was not needed */
    if (BRASA_FAULT("storage.fsync")) return brasa__fail(err, BRASA_IO, "cannot flush %s to disk: fault injected", d->file.path);
    BRASA_TRY(brasa__io_fsync(fd, d->file.path, err));
    d->file.fd = -1;
    return brasa__io_close(fd, d->file.path, err);
}

/* --- a dataset */
static void out_free(void *arg)
{
    brasa_h5_out *o = arg;

    brasa__buf_unref(o->buf);
    o->buf = NULL;
}

void brasa__h5_out_init(brasa_h5_dest *d, brasa_h5_out *o, const char *path, brasa_type t, brasa_h5_layout layout, int32_t item,
                        int32_t chunk_items)
{
    memset(o, 0, sizeof *o);
    o->meta.path = path;
    o->meta.item = item;
    o->meta.chunk_items = chunk_items;
    o->meta.codec = d->codec;
    o->type = t;
    o->layout = layout;
    brasa__arena_defer(d->arena, out_free, o);
}

static size_t chunk_bytes(const brasa_h5_out *o)
{
    return (size_t)o->meta.item * (size_t)o->meta.chunk_items;
}

static void want_buf(brasa_buf **buf, size_t bytes)
{
    if (*buf != NULL && (*buf)->bytes >= bytes) return;
    brasa__buf_unref(*buf);
    *buf = NULL;
    *buf = brasa__buf_new(bytes);
}

/* Make room for `need` bytes, at least doubling, so that small tables stay small. */
static void grow(brasa_h5_out *o, size_t need)
{
    size_t     room = o->buf == NULL ? 0 : o->buf->bytes;
    brasa_buf *more;

    if (need <= room) return;
    if (need < 2 * room) need = 2 * room;
    if (need > chunk_bytes(o)) need = chunk_bytes(o);
    more = brasa__buf_new(need);
    if (o->fill > 0) memcpy(more->data, o->buf->data, o->fill);
    brasa__buf_unref(o->buf);
    o->buf = more;
}

typedef struct {
    brasa_h5_dest *d;
    brasa_h5_out  *o;
    int64_t        items; /* extent after this call */
    bool           last;
    size_t         bytes; /* of the chunk in d->stage; 0: none */
} chunk_call;

static hid_t creation_list(brasa_h5 *h, const brasa_h5_out *o, bool empty, int rank, const hsize_t *chunk)
{
    hid_t dcpl = BRASA_H5(h, H5Pcreate(H5P_DATASET_CREATE));

    H5Pset_fill_time(dcpl, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(dcpl, false);
    if (empty) return dcpl;
    H5Pset_chunk(dcpl, rank, chunk);
    brasa__h5_codec_filters(dcpl, o->meta.codec, (size_t)o->meta.item);
    return dcpl;
}

/* An item of a vector is a row of floats to HDF5, whose shuffle goes by its own type: then ours must too. */
static size_t shuffle_item(const brasa_h5_out *o)
{
    return o->type.kind == BRASA_KIND_VECTOR && o->layout == BRASA_H5_FLAT && !o->codes ? 4 : (size_t)o->meta.item;
}

static brasa_status create_dataset(brasa_h5 *h, chunk_call *c, brasa_error *err)
{
    brasa_h5_out *o = c->o;
    bool          vector = o->type.kind == BRASA_KIND_VECTOR && o->layout == BRASA_H5_FLAT && !o->codes;
    int           rank = vector ? 2 : 1;
    hsize_t       dims[2] = {(hsize_t)c->items, (hsize_t)o->type.length};
    hsize_t       most[2] = {c->last ? dims[0] : H5S_UNLIMITED, dims[1]};
    hsize_t       chunk[2] = {(hsize_t)o->meta.chunk_items, dims[1]};
    hid_t         space = BRASA_H5(h, H5Screate_simple(rank, dims, most));
    hid_t         lcpl = BRASA_H5(h, H5Pcreate(H5P_LINK_CREATE));
    hid_t         type = o->codes ? H5T_STD_U16LE : brasa__h5_item_type(h, o->type, o->layout, o->meta.item);

    H5Pset_create_intermediate_group(lcpl, 1);
    H5Pset_char_encoding(lcpl, H5T_CSET_UTF8);
    o->dset = H5Dcreate2(c->d->group, o->meta.path, type, space, lcpl, creation_list(h, o, c->items == 0, rank, chunk), H5P_DEFAULT);
    if (o->dset < 0) {
        o->dset = 0;
        return brasa__h5_file_fail(&c->d->file, err, BRASA_IO, "cannot create dataset %s in %s", o->meta.path, c->d->file.path);
    }
    return BRASA_OK;
}

static brasa_status place_chunk(brasa_h5 *h, void *arg, brasa_error *err)
{
    chunk_call    *c = arg;
    brasa_h5_out  *o = c->o;
    brasa_h5_file *f = &c->d->file;
    hsize_t        extent[2] = {(hsize_t)c->items, (hsize_t)o->type.length};
    hsize_t        at[2] = {(hsize_t)o->meta.nchunks * (hsize_t)o->meta.chunk_items, 0};

    if (o->dset == 0)
        BRASA_TRY(create_dataset(h, c, err));
    else if (H5Dset_extent(o->dset, extent) < 0)
        return brasa__h5_file_fail(f, err, BRASA_IO, "cannot extend dataset %s in %s", o->meta.path, f->path);
    if (c->bytes == 0) return BRASA_OK;
    f->aside = c->d->stage->data;
    f->aside_at = HADDR_UNDEF;
    if (H5Dwrite_chunk(o->dset, H5P_DEFAULT, 0, at, c->bytes, c->d->stage->data) < 0 || f->aside_at == HADDR_UNDEF)
        return brasa__h5_file_fail(f, err, BRASA_IO, "cannot write chunk %d of dataset %s in %s", o->meta.nchunks, o->meta.path, f->path);
    f->aside = NULL;
    return f->status == BRASA_OK ? BRASA_OK : brasa__h5_file_fail(f, err, BRASA_IO, "cannot write %s", f->path);
}

static void add_chunk(brasa_h5_dest *d, brasa_h5_out *o, size_t bytes)
{
    brasa_h5_chunk *c;

    o->meta.chunks = brasa__arena_grow(d->arena, o->meta.chunks, &o->cap, o->meta.nchunks + 1, sizeof *c);
    c = &o->meta.chunks[o->meta.nchunks++];
    c->addr = d->file.aside_at;
    c->bytes = (uint32_t)bytes;
    c->hash = brasa__hash_bytes(d->stage->data, bytes);
}

/* Write the waiting chunk.  `last`: the dataset ends here. */
static brasa_status flush(brasa_h5_dest *d, brasa_h5_out *o, bool last, brasa_error *err)
{
    size_t     full;
    chunk_call c = {.d = d, .o = o, .last = last};

    if (last && o->dset == 0) o->meta.chunk_items = o->fill == 0 ? 1 : (int32_t)(o->fill / (size_t)o->meta.item);
    full = chunk_bytes(o);
    c.items = (int64_t)o->meta.nchunks * o->meta.chunk_items + (int64_t)(o->fill / (size_t)o->meta.item);
    if (BRASA_FAULT("storage.write")) return brasa__fail(err, BRASA_IO, "cannot write %s: fault injected", d->file.path);
    if (o->fill > 0) {
        grow(o, full);
        memset((char *)o->buf->data + o->fill, 0, full - o->fill);
        want_buf(&d->stage, brasa__h5_encode_bound(d->codec, full));
        want_buf(&d->scratch, full);
        c.bytes = brasa__h5_encode(d->codec, shuffle_item(o), o->buf->data, full, d->scratch->data, d->stage->data);
        if (c.bytes <= 4) return brasa__fail(err, BRASA_INTERNAL, "chunk %d of dataset %s did not encode", o->meta.nchunks, o->meta.path);
    }
    BRASA_TRY(brasa__h5_dest_reserve(d, (int64_t)c.bytes, err));
    BRASA_TRY(brasa__h5_run(place_chunk, &c, err));
    o->meta.items = c.items;
    if (c.bytes == 0) return BRASA_OK;
    BRASA_TRY(brasa__io_pwrite(d->file.fd, d->stage->data, c.bytes, (int64_t)d->file.aside_at, d->file.path, err));
    add_chunk(d, o, c.bytes);
    o->fill = 0;
    return BRASA_OK;
}

brasa_status brasa__h5_out_put(brasa_h5_dest *d, brasa_h5_out *o, const void *items, int64_t n, brasa_error *err)
{
    const char *from = items;
    size_t      left = (size_t)n * (size_t)o->meta.item;

    while (left > 0) {
        size_t step = chunk_bytes(o) - o->fill;
        if (step == 0) {
            BRASA_TRY(flush(d, o, false, err));
            continue;
        }
        if (step > left) step = left;
        grow(o, o->fill + step);
        memcpy((char *)o->buf->data + o->fill, from, step);
        o->fill += step;
        from += step;
        left -= step;
    }
    return BRASA_OK;
}

brasa_status brasa__h5_out_finish(brasa_h5_dest *d, brasa_h5_out *o, brasa_error *err)
{
    BRASA_TRY(flush(d, o, true, err));
    brasa__h5_release(o->dset);
    o->dset = 0;
    out_free(o);
    return BRASA_OK;
}

static brasa_status unlink_dataset(brasa_h5 *h, void *arg, brasa_error *err)
{
    chunk_call *c = arg;

    (void)h;
    if (H5Ldelete(c->d->group, c->o->meta.path, H5P_DEFAULT) < 0)
        return brasa__h5_file_fail(&c->d->file, err, BRASA_IO, "cannot remove dataset %s of %s", c->o->meta.path, c->d->file.path);
    return BRASA_OK;
}

brasa_status brasa__h5_out_unlink(brasa_h5_dest *d, brasa_h5_out *o, brasa_error *err)
{
    chunk_call c = {.d = d, .o = o};

    return o->dset == 0 ? BRASA_OK : brasa__h5_run(unlink_dataset, &c, err);
}

void brasa__h5_out_drop(brasa_h5_out *o)
{
    brasa__h5_release(o->dset);
    o->dset = 0;
    out_free(o);
    o->fill = 0;
    memset(&o->meta, 0, sizeof o->meta);
}

brasa_status brasa__h5_out_read(brasa_h5_dest *d, const brasa_h5_out *o, int32_t chunk, void *to, brasa_error *err)
{
    const brasa_h5_chunk *c = &o->meta.chunks[chunk];
    size_t                full = chunk_bytes(o);

    want_buf(&d->stage, c->bytes);
    want_buf(&d->scratch, full);
    BRASA_TRY(brasa__io_pread(d->file.fd, d->stage->data, c->bytes, (int64_t)c->addr, d->file.path, err));
    if (brasa__hash_bytes(d->stage->data, c->bytes) != c->hash ||
        !brasa__h5_decode(o->meta.codec, shuffle_item(o), d->stage->data, c->bytes, d->scratch->data, to, full))
        return brasa__fail(err, BRASA_CORRUPT, "%s: chunk %d of dataset %s reads back differently than it was written; check the disk",
                           d->file.path, chunk, o->meta.path);
    return BRASA_OK;
}
