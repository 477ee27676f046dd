/* h5fgrid.c -- arrays of several dimensions as tables: the rows are the cells, in C order, the coordinates columns (netCDF: its dimension scales). */
#include "storage/h5fopen.h"

#include <string.h>

#include "data/type.h"

/* --- grids */
typedef struct {
    hid_t       file;
    const char *paths[BRASA_H5_MOST_DIMS]; /* of the first scale of each dimension, or NULL */
} scales;

static void read_scales(brasa_h5_opener *o, const brasa_h5_found *d, scales *out)
{
    hid_t dset = BRASA_H5(o->h, H5Dopen2(o->file, d->path, H5P_DEFAULT));
    hid_t attr, type, base, space;
    hvl_t refs[BRASA_H5_MOST_DIMS];

    memset(out, 0, sizeof *out);
    if (dset < 0 || !d->scaled) return;
    attr = BRASA_H5(o->h, H5Aopen(dset, "DIMENSION_LIST", H5P_DEFAULT));
    type = BRASA_H5(o->h, H5Aget_type(attr));
    space = BRASA_H5(o->h, H5Aget_space(attr));
    if (H5Tget_class(type) != H5T_VLEN || H5Sget_simple_extent_npoints(space) != d->ndims) return;
    base = BRASA_H5(o->h, H5Tget_super(type));
    if (H5Tequal(base, H5T_STD_REF_OBJ) <= 0 || H5Aread(attr, type, refs) < 0) return;
    for (int k = 0; k < d->ndims; k++) {
        char    name[1024];
        hid_t   scale;
        ssize_t n;
        if (refs[k].len < 1 || refs[k].p == NULL) continue;
        scale = BRASA_H5(o->h, H5Rdereference2(dset, H5P_DEFAULT, H5R_OBJECT, refs[k].p));
        if (scale < 0) continue;
        n = H5Iget_name(scale, name, sizeof name);
        if (n > 0 && n < (ssize_t)sizeof name) out->paths[k] = brasa__arena_strdup(o->arena, name);
        brasa__h5_close(o->h, scale);
    }
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, refs);
}

static brasa_status add_axis(brasa_h5_opener *o, int dim, int64_t length, const char *scale)
{
    const char    *name = scale == NULL ? brasa__arena_printf(o->arena, "d%d", dim) : brasa__path_base(scale);
    brasa_h5_found d;
    hid_t          dset;
    int32_t        at = o->fields.count;

    if (scale != NULL && brasa__h5_inspect(o, scale, &d) && d.ndims == 1 && (int64_t)d.dims[0] == length && !d.bare_dim && !d.compound) {
        BRASA_TRY(brasa__h5_add_source(o, &d, name, &dset));
        if (o->fields.count == at + 1) {
            o->fields.items[at].axis = dim;
            return BRASA_OK;
        }
        o->fields.count = at;
    }
    o->fields.items = brasa__arena_grow(o->arena, o->fields.items, &o->fields.cap, at + 1, sizeof *o->fields.items);
    o->fields.items[at] =
        (brasa_h5_field) {.name = name, .type = brasa__type(BRASA_KIND_INT64), .source = -1, .axis = dim, .rep = BRASA_H5_I64, .size = 8};
    o->fields.count++;
    return BRASA_OK;
}

bool brasa__h5_same_shape(const brasa_h5_found *a, const brasa_h5_found *b)
{
    return a->ndims == b->ndims && memcmp(a->dims, b->dims, sizeof a->dims[0] * (size_t)a->ndims) == 0;
}

/* The cells of `lead` and of all datasets of its shape. */
brasa_status brasa__h5_grid(brasa_h5_opener *o, const brasa_h5_found *lead, const brasa_h5_found *all, int32_t n)
{
    scales  s;
    hid_t   dset;
    double  cells = 1;
    int64_t rows = 1;

    read_scales(o, lead, &s);
    o->f->grid_dims = lead->ndims;
    for (int k = 0; k < lead->ndims; k++) {
        o->f->grid[k] = (int64_t)lead->dims[k];
        cells *= (double)lead->dims[k];
        if (cells > 1e15) return brasa__fail(o->err, BRASA_CORRUPT, "%s:%s claims %.0f cells", o->file_path, lead->path, cells);
        rows *= (int64_t)lead->dims[k];
        BRASA_TRY(add_axis(o, k, (int64_t)lead->dims[k], s.paths[k]));
    }
    o->f->files[0].rows = rows;
    for (int32_t i = 0; i < n; i++)
        if (brasa__h5_same_shape(lead, &all[i]) && !all[i].bare_dim)
            BRASA_TRY(brasa__h5_add_source(o, &all[i], n == 1 && all[i].compound ? NULL : all[i].name, &dset));
    return BRASA_OK;
}
