/* h5array_file.c -- the datasets of arrays: scales with their coordinates, chunks, fill values, attributes as netCDF-4 has them. */
#include "storage/h5array_file.h"

#include <math.h>
#include <string.h>

#include "data/type.h"
#include "storage/h5array_scales.h"
#include "storage/h5type.h"

enum { CHUNK_CELLS = 1 << 17 };

void brasa__h5_put_fill(brasa_type t, int64_t fill, char *to, int64_t n)
{
    size_t  width = brasa__type_width(t);
    float   f = NAN;
    double  d = NAN;
    int64_t i = fill; /* the low bytes are those of a narrower type */

    for (int64_t k = 0; k < n; k++)
        memcpy(to + (size_t)k * width, t.kind == BRASA_KIND_FLOAT32 ? (void *)&f : brasa__h5_is_float(t) ? (void *)&d : (void *)&i, width);
}

static brasa_status put_units(brasa_h5 *h, hid_t dset, brasa_type t, brasa_error *err)
{
    if (t.kind != BRASA_KIND_DATE && t.kind != BRASA_KIND_TIMESTAMP && t.kind != BRASA_KIND_TIMESTAMP_NTZ) return BRASA_OK;
    BRASA_TRY(brasa__h5_put_text(h, dset, "units",
                                 t.kind == BRASA_KIND_DATE ? "days since 1970-01-01" : "microseconds since 1970-01-01 00:00:00", err));
    return brasa__h5_put_text(h, dset, "calendar", "proleptic_gregorian", err);
}

void brasa__h5_chunk_shape(const brasa_h5_builder *b, hsize_t *chunk)
{
    int64_t room = CHUNK_CELLS;

    for (int32_t k = b->ndims - 1; k >= 0; k--) {
        chunk[k] = (hsize_t)(b->axes[k].n < room ? b->axes[k].n : room);
        room = room / (int64_t)chunk[k] > 1 ? room / (int64_t)chunk[k] : 1;
    }
}

static brasa_status write_scale(brasa_h5 *h, brasa_h5_builder *b, int32_t k, brasa_error *err)
{
    const brasa_field   *f = &b->t.schema.cols[b->dims[k]];
    const brasa_h5_axis *x = &b->axes[k];
    bool                 real = brasa__h5_is_float(f->type);
    double              *coords = BRASA_NEWS(h->arena, double, x->n + 1);
    hsize_t              n = (hsize_t)x->n;
    hid_t                space = BRASA_H5(h, H5Screate_simple(1, &n, NULL));
    hid_t                dset =
        BRASA_H5(h, H5Dcreate2(b->d->group, f->name, brasa__h5_item_type(h, f->type, BRASA_H5_FLAT, (int32_t)brasa__type_width(f->type)),
                               space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));

    for (int64_t i = 0; real && i < x->n; i++) coords[i] = brasa__h5_double_of_key(x->keys[i]);
    if (dset < 0 || H5Dwrite(dset, real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                             real ? (void *)coords : (void *)x->keys) < 0)
        return brasa__h5_file_fail(&b->d->file, err, BRASA_IO, "cannot write dimension %s", f->name);
    BRASA_TRY(put_units(h, dset, f->type, err));
    return brasa__h5_make_scale(h, dset, f->name, k, err);
}

brasa_status brasa__h5_create_arrays(brasa_h5 *h, void *arg, brasa_error *err)
{
    brasa_h5_builder *b = arg;
    hsize_t           dims[BRASA_H5_MOST_DIMS], chunk[BRASA_H5_MOST_DIMS];

    for (int32_t k = 0; k < b->ndims; k++) {
        BRASA_TRY(write_scale(h, b, k, err));
        dims[k] = (hsize_t)b->axes[k].n;
    }
    brasa__h5_chunk_shape(b, chunk);
    for (int32_t v = 0; v < b->nvalues; v++) {
        const brasa_field *f = &b->t.schema.cols[b->values[v]];
        int32_t            width = (int32_t)brasa__type_width(f->type);
        hid_t              space = BRASA_H5(h, H5Screate_simple(b->ndims, dims, NULL));
        hid_t              type = brasa__h5_item_type(h, f->type, BRASA_H5_FLAT, width);
        hid_t              dcpl = BRASA_H5(h, H5Pcreate(H5P_DATASET_CREATE));
        char               fill[8];

        brasa__h5_put_fill(f->type, b->fill[v], fill, 1);
        H5Pset_chunk(dcpl, b->ndims, chunk);
        H5Pset_fill_value(dcpl, type, fill);
        H5Pset_fill_time(dcpl, H5D_FILL_TIME_NEVER); /* every cell is written */
        brasa__h5_codec_filters(dcpl, b->a->codec, (size_t)width);
        b->dsets[v] = H5Dcreate2(b->d->group, f->name, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
        if (b->dsets[v] < 0) return brasa__h5_file_fail(&b->d->file, err, BRASA_IO, "cannot create array %s", f->name);
        BRASA_TRY(put_units(h, b->dsets[v], f->type, err));
    }
    return BRASA_OK;
}

brasa_status brasa__h5_write_slab(brasa_h5 *h, void *arg, brasa_error *err)
{
    brasa_h5_builder *b = arg;
    hsize_t           start[BRASA_H5_MOST_DIMS] = {(hsize_t)b->from}, count[BRASA_H5_MOST_DIMS];

    for (int32_t k = 0; k < b->ndims; k++) count[k] = k == 0 ? (hsize_t)(b->to - b->from) : (hsize_t)b->axes[k].n;
    for (int32_t v = 0; v < b->nvalues; v++) {
        const brasa_field *f = &b->t.schema.cols[b->values[v]];
        hid_t              file = BRASA_H5(h, H5Dget_space(b->dsets[v])), memory = BRASA_H5(h, H5Screate_simple(b->ndims, count, NULL));
        hid_t              type = brasa__h5_item_type(h, f->type, BRASA_H5_FLAT, (int32_t)brasa__type_width(f->type));

        H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, count, NULL);
        if (H5Dwrite(b->dsets[v], type, memory, file, H5P_DEFAULT, b->slab[v]) < 0 || b->d->file.status != BRASA_OK)
            return brasa__h5_file_fail(&b->d->file, err, BRASA_IO, "cannot write array %s", f->name);
        brasa__h5_close(h, file);
        brasa__h5_close(h, memory);
    }
    return BRASA_OK;
}

brasa_status brasa__h5_finish_arrays(brasa_h5 *h, void *arg, brasa_error *err)
{
    brasa_h5_builder *b = arg;
    const char **arrays = BRASA_NEWS(h->arena, const char *, b->nvalues + 1), **scales = BRASA_NEWS(h->arena, const char *, b->ndims + 1);
    hid_t        one = BRASA_H5(h, H5Screate(H5S_SCALAR));

    for (int32_t k = 0; k < b->ndims; k++) scales[k] = b->t.schema.cols[b->dims[k]].name;
    for (int32_t v = 0; v < b->nvalues; v++) {
        const brasa_field *f = &b->t.schema.cols[b->values[v]];
        hid_t              type = brasa__h5_item_type(h, f->type, BRASA_H5_FLAT, (int32_t)brasa__type_width(f->type)), attr;
        char               fill[8];

        arrays[v] = f->name;
        if (b->holes[v]) {
            brasa__h5_put_fill(f->type, b->fill[v], fill, 1);
            attr = BRASA_H5(h, H5Acreate2(b->dsets[v], "_FillValue", type, one, H5P_DEFAULT, H5P_DEFAULT));
            if (attr < 0 || H5Awrite(attr, type, fill) < 0)
                return brasa__h5_file_fail(&b->d->file, err, BRASA_IO, "cannot write a fill value");
        }
        H5Dclose(b->dsets[v]);
        b->dsets[v] = 0;
    }
    return brasa__h5_attach_scales(h, b->d->group, arrays, b->nvalues, scales, b->ndims, err);
}
