/* h5master.c -- the file that stands for many parts: virtual datasets for others, an index of all parts for us.
 *
 * Fixed-width columns and fixed-length strings (of the widest part) are virtual datasets over the parts; the mask of nulls is filled with
 * TRUE where a part has none.  Columns kept as offsets and bytes cannot be joined that way: their group links to each part's.
 */
#include "storage/h5master.h"

#include <string.h>

#include "base/io.h"
#include "storage/h5type.h"

typedef struct {
    const brasa_h5_master *m;
    brasa_h5_dest         *d;
    int64_t                rows;
    size_t                 bytes;
    uint64_t               self;
} master_call;

static const char *inside(brasa_h5 *h, const brasa_h5_master *m, const char *name)
{
    return brasa__arena_printf(h->arena, "%s/%s", strcmp(m->inner, "/") == 0 ? "" : m->inner, name);
}

/* The item bytes of a column that is FLAT or FIXED in every part; 0 when it is not. */
static int32_t common_item(const brasa_h5_master *m, int32_t c, brasa_h5_layout *layout)
{
    int32_t item = 0;

    *layout = m->parts[0].index->cols[c].layout;
    for (int32_t p = 0; p < m->nparts; p++) {
        const brasa_h5_node *n = &m->parts[p].index->cols[c];
        if (n->layout != *layout || (n->layout != BRASA_H5_FLAT && n->layout != BRASA_H5_FIXED)) return 0;
        if (n->values.item > item) item = n->values.item;
    }
    return item;
}

static hid_t row_space(brasa_h5 *h, int rank, int64_t rows, int32_t length)
{
    hsize_t dims[2] = {(hsize_t)rows, (hsize_t)length};

    return BRASA_H5(h, H5Screate_simple(rank, dims, NULL));
}

/* Rows of every part that has dataset `name`, one after the other. */
static void map_parts(brasa_h5 *h, const master_call *c, hid_t dcpl, int rank, int32_t length, const char *name, int32_t mask_of)
{
    const brasa_h5_master *m = c->m;
    hid_t                  space = row_space(h, rank, c->rows, length);
    int64_t                at = 0;

    for (int32_t p = 0; p < m->nparts; p++) {
        int64_t rows = m->parts[p].index->rows;
        hsize_t start[2] = {(hsize_t)at, 0}, count[2] = {(hsize_t)rows, (hsize_t)length};
        bool    has = mask_of < 0 || m->parts[p].index->cols[mask_of].valid.path != NULL;
        if (rows > 0 && has) {
            hid_t from = row_space(h, rank, rows, length);
            H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
            H5Pset_virtual(dcpl, space, m->parts[p].file, name, from);
            brasa__h5_close(h, from);
        }
        at += rows;
    }
    brasa__h5_close(h, space);
}

static brasa_status put_virtual(brasa_h5 *h, const master_call *c, const char *link, hid_t type, int rank, int32_t length, int32_t mask_of,
                                brasa_error *err)
{
    hid_t        dcpl = BRASA_H5(h, H5Pcreate(H5P_DATASET_CREATE));
    hid_t        lcpl = BRASA_H5(h, H5Pcreate(H5P_LINK_CREATE));
    hid_t        space = row_space(h, rank, c->rows, length);
    const int8_t yes = 1;
    hid_t        dset;

    H5Pset_create_intermediate_group(lcpl, 1);
    H5Pset_char_encoding(lcpl, H5T_CSET_UTF8);
    H5Pset_obj_track_times(dcpl, false);
    if (mask_of >= 0) H5Pset_fill_value(dcpl, type, &yes);
    map_parts(h, c, dcpl, rank, length, inside(h, c->m, link), mask_of);
    dset = BRASA_H5(h, H5Dcreate2(c->d->group, link, type, space, lcpl, dcpl, H5P_DEFAULT));
    if (dset < 0) return brasa__h5_file_fail(&c->d->file, err, BRASA_IO, "cannot create virtual dataset %s in %s", link, c->m->path);
    brasa__h5_close(h, dset);
    return BRASA_OK;
}

static brasa_status put_links(brasa_h5 *h, const master_call *c, const char *link, brasa_error *err)
{
    hid_t group = BRASA_H5(h, H5Gcreate2(c->d->group, link, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));

    for (int32_t p = 0; group >= 0 && p < c->m->nparts; p++) {
        const char *name = brasa__arena_printf(h->arena, "part-%05d", (int)p);
        if (H5Lcreate_external(c->m->parts[p].file, inside(h, c->m, link), group, name, H5P_DEFAULT, H5P_DEFAULT) < 0) group = -1;
    }
    if (group < 0) return brasa__h5_file_fail(&c->d->file, err, BRASA_IO, "cannot link column %s in %s", link, c->m->path);
    return BRASA_OK;
}

static brasa_status put_column(brasa_h5 *h, const master_call *c, int32_t col, brasa_error *err)
{
    const brasa_field *f = &c->m->schema.cols[col];
    const char        *link = brasa__h5_link_name(h->arena, f->name);
    const char        *mask = brasa__arena_printf(h->arena, BRASA_H5_HIDDEN "/valid/%s", link);
    brasa_h5_layout    layout;
    int32_t            item = common_item(c->m, col, &layout);
    bool               nulls = false;
    hid_t              obj;

    if (item == 0)
        BRASA_TRY(put_links(h, c, link, err));
    else if (f->type.kind == BRASA_KIND_VECTOR)
        BRASA_TRY(put_virtual(h, c, link, brasa__h5_item_type(h, f->type, layout, item), 2, f->type.length, -1, err));
    else
        BRASA_TRY(put_virtual(h, c, link, brasa__h5_item_type(h, f->type, layout, item), 1, 1, -1, err));
    for (int32_t p = 0; p < c->m->nparts; p++) nulls |= c->m->parts[p].index->cols[col].valid.path != NULL;
    if (nulls)
        BRASA_TRY(
            put_virtual(h, c, mask, brasa__h5_item_type(h, (brasa_type) {.kind = BRASA_KIND_BOOL}, BRASA_H5_FLAT, 1), 1, 1, col, err));
    obj = BRASA_H5(h, H5Oopen(c->d->group, link, H5P_DEFAULT));
    if (obj < 0) return brasa__h5_file_fail(&c->d->file, err, BRASA_IO, "cannot open column %s again", f->name);
    BRASA_TRY(brasa__h5_describe(h, obj, f->type, col, f->name, link, err));
    if (nulls) BRASA_TRY(brasa__h5_put_text(h, obj, "valid", mask, err));
    brasa__h5_close(h, obj);
    return BRASA_OK;
}

static brasa_status fill_master(brasa_h5 *h, void *arg, brasa_error *err)
{
    master_call *c = arg;

    for (int32_t p = 0; p < c->m->nparts; p++) c->rows += c->m->parts[p].index->rows;
    for (int32_t col = 0; col < c->m->schema.ncols; col++) BRASA_TRY(put_column(h, c, col, err));
    BRASA_TRY(brasa__h5_describe_table(h, c->d, c->m->schema, c->rows, err));
    return brasa__h5_place_index(h, c->d->group, c->bytes, &c->self, err);
}

brasa_status brasa__h5_master_write(brasa_arena *arena, const brasa_h5_master *m, brasa_error *err)
{
    master_call c = {.m = m};
    brasa_wire  wire;
    int64_t     bytes;

    if (m->base == NULL)
        BRASA_TRY(brasa__h5_dest_create(arena, m->path, m->inner, BRASA_H5_NONE, 1, &c.d, err));
    else
        BRASA_TRY(brasa__h5_dest_replace(arena, m->path, m->inner, &c.d, err));
    brasa__wire_init(&wire, arena);
    brasa__h5_index_put(&wire, 0, m->parts, m->nparts);
    c.bytes = wire.len;
    BRASA_TRY(brasa__h5_dest_reserve(c.d, (int64_t)c.bytes + ((int64_t)m->schema.ncols * m->nparts << 9), err));
    BRASA_TRY(brasa__h5_run(fill_master, &c, err));
    brasa__wire_init(&wire, arena);
    brasa__h5_index_put(&wire, c.self, m->parts, m->nparts);
    if (c.d->file.status != BRASA_OK) return brasa__h5_file_fail(&c.d->file, err, BRASA_IO, "cannot write %s", m->path);
    BRASA_TRY(brasa__io_pwrite(c.d->file.fd, wire.data, wire.len, (int64_t)c.self, m->path, err));
    return brasa__h5_dest_close(c.d, &bytes, err);
}
