/* h5fgrid.c -- arrays of several dimensions as tables: the rows are the cells, in C order, the coordinates columns (netCDF: its dimension scales). */
#include "storage/h5fopen.h"

#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "data/type.h"

enum { MOST_COORDINATES = 1 << 24 };

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
    for (int k = 0; d->axes != NULL && k < d->ndims; k++) out->paths[k] = d->axes[k];
    if (d->axes != NULL) return;
    if (dset < 0 || !d->scaled) return;
    attr = BRASA_H5(o->h, H5Aopen(dset, "DIMENSION_LIST", H5P_DEFAULT));
    type = BRASA_H5(o->h, H5Aget_type(attr));
    space = BRASA_H5(o->h, H5Aget_space(attr));
    if (H5Tget_class(type) != H5T_VLEN || H5Sget_simple_extent_npoints(space) != d->ndims + (d->chars > 0)) return;
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
        if (o->fields.count == at + 1 && o->fields.items[at].rep != BRASA_H5_REF) {
            o->fields.items[at].axis = dim;
            o->fields.items[at].over = 1u << dim;
            return BRASA_OK;
        }
        o->fields.count = at;
    }
    o->fields.items = brasa__arena_grow(o->arena, o->fields.items, &o->fields.cap, at + 1, sizeof *o->fields.items);
    o->fields.items[at] = (brasa_h5_field) {
        .name = name, .type = brasa__type(BRASA_KIND_INT64), .source = -1, .axis = dim, .over = 1u << dim, .rep = BRASA_H5_I64, .size = 8};
    o->fields.count++;
    return BRASA_OK;
}

bool brasa__h5_same_shape(const brasa_h5_found *a, const brasa_h5_found *b)
{
    return a->ndims == b->ndims && memcmp(a->dims, b->dims, sizeof a->dims[0] * (size_t)a->ndims) == 0;
}

/* The dimensions of the grid that `d` varies over, in their order; 0: none, or others.  Without scales they are told by their lengths. */
static uint32_t dims_of(brasa_h5_opener *o, const brasa_h5_found *lead, const scales *of_lead, const brasa_h5_found *d)
{
    uint32_t over = 0;
    scales   s;
    int      k = 0, same = 0;

    if (d->compound || d->bare_dim || (lead->scaled && !d->scaled)) return 0;
    if (!lead->scaled) {
        for (int i = 0; i < lead->ndims && d->ndims == 1; i++)
            if (lead->dims[i] == d->dims[0]) over = 1u << i, same++;
        return same == 1 ? over : 0;
    }
    read_scales(o, d, &s);
    for (int i = 0; i < d->ndims; i++, k++) {
        while (k < lead->ndims && (of_lead->paths[k] == NULL || s.paths[i] == NULL || strcmp(of_lead->paths[k], s.paths[i]) != 0 ||
                                   lead->dims[k] != d->dims[i]))
            k++;
        if (k >= lead->ndims) return 0;
        over |= 1u << k;
    }
    return over;
}

/* A variable over some of the dimensions (a station's name, the latitude of a curved grid) is a column, too: its values repeat.  All are kept
 * in memory while a task scans. */
static brasa_status add_coordinate(brasa_h5_opener *o, const brasa_h5_found *d, uint32_t over)
{
    int32_t         at = o->fields.count;
    double          cells = 1;
    brasa_h5_field *f;
    hid_t           dset;

    for (int k = 0; k < d->ndims; k++) cells *= (double)d->dims[k];
    if (over == 0 || cells > MOST_COORDINATES) {
        brasa__log(BRASA_LOG_INFO, "%s:%s has other dimensions than the rest and is left out; name it to read it", o->file_path, d->path);
        return BRASA_OK;
    }
    BRASA_TRY(brasa__h5_add_source(o, d, d->name, &dset));
    f = &o->fields.items[at];
    if (o->fields.count != at + 1 || f->elements > 0 || f->rep == BRASA_H5_VLIST || f->rep == BRASA_H5_REF) {
        o->fields.count = at;
        return BRASA_OK;
    }
    f->over = over;
    for (f->axis = 0; (over >> f->axis & 1) == 0;) f->axis++;
    return BRASA_OK;
}

/* Those that CF's attribute `coordinates` names: a dataset that is read alone has them beside it. */
static brasa_status named_coordinates(brasa_h5_opener *o, const brasa_h5_found *lead, const scales *s)
{
    hid_t       dset = BRASA_H5(o->h, H5Dopen2(o->file, lead->path, H5P_DEFAULT));
    const char *text = dset < 0 ? NULL : brasa__h5_attr_text(o->h, o->h->arena, dset, "coordinates"),
               *dir = brasa__path_dir(o->arena, lead->path);
    char *save = NULL;

    if (text == NULL || !lead->scaled) return BRASA_OK;
    for (char *word = strtok_r(brasa__arena_strdup(o->h->arena, text), " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        const char    *path = brasa__arena_printf(o->arena, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, word);
        brasa_h5_found d;

        if (brasa__h5_exists(o->h, o->file, path) && brasa__h5_inspect(o, path, &d) && d.scaled)
            BRASA_TRY(add_coordinate(o, &d, dims_of(o, lead, s, &d)));
    }
    return BRASA_OK;
}

/* The cells of `lead` and of all datasets of its shape, with what varies over some of its dimensions. */
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
    for (int32_t i = 0; i < n; i++) {
        bool is_axis = lead->scaled && !all[i].scaled;
        if (!brasa__h5_same_shape(lead, &all[i]) && !is_axis) BRASA_TRY(add_coordinate(o, &all[i], dims_of(o, lead, &s, &all[i])));
    }
    return all == lead ? named_coordinates(o, lead, &s) : BRASA_OK;
}
