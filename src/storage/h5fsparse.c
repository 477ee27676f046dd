/* h5fsparse.c -- sparse matrices, compressed by rows (CSR) or columns (CSC): a row for each value that is stored.
 *
 * data and indices of anndata, 10x, BIOM and h5sparse, data and ir of MATLAB, are columns as they lie; indptr (jc) says which of them belong to the k-th
 * row or column, so that number is made on the fly.  All numbers count from 0.
 */
#include <string.h>

#include "base/io.h"
#include "data/type.h"
#include "storage/h5fopen.h"

typedef struct {
    const brasa_h5_found *data, *indices, *ends;
    bool                  by_columns;
} sparse;

/* Rows and columns of the matrix, from `shape`; false: it does not say. */
static bool shape_of(brasa_h5_opener *o, const brasa_h5_listing *l, int64_t *shape)
{
    const brasa_h5_found *d = brasa__h5_item(l, "shape");
    hid_t                 type;

    if (d == NULL || d->ndims != 1 || d->dims[0] != 2) return false;
    type = BRASA_H5(o->h, H5Dget_type(d->dset));
    return H5Tget_class(type) == H5T_INTEGER && H5Dread(d->dset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, shape) >= 0;
}

/* By the name of the format, else by what fits the shape (10x: columns), else by its place (BIOM keeps a matrix both ways). */
static bool by_columns(brasa_h5_opener *o, const brasa_h5_listing *l, const sparse *s)
{
    static const char *const names[] = {"encoding-type", "h5sparse_format", "format"};
    hid_t                    group = BRASA_H5(o->h, H5Gopen2(o->file, l->group, H5P_DEFAULT));
    int64_t                  shape[2];

    if (strcmp(s->ends->name, "jc") == 0) return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = brasa__h5_attr_text(o->h, o->h->arena, group, names[i]);
        if (text != NULL && strncmp(text, "cs", 2) == 0) return text[2] == 'c';
    }
    if (shape_of(o, l, shape)) return shape[1] + 1 == (int64_t)s->ends->dims[0];
    return strcmp(brasa__path_base(brasa__path_dir(o->h->arena, l->group)), "sample") == 0;
}

static bool find_parts(const brasa_h5_listing *l, sparse *s)
{
    s->data = brasa__h5_item(l, "data");
    s->indices = brasa__h5_item(l, "indices");
    s->ends = brasa__h5_item(l, "indptr");
    if (s->indices == NULL && s->ends == NULL) {
        s->indices = brasa__h5_item(l, "ir");
        s->ends = brasa__h5_item(l, "jc");
    }
    return s->data != NULL && s->indices != NULL && s->ends != NULL && s->data->ndims == 1 && s->indices->ndims == 1 &&
           s->ends->ndims == 1 && s->data->dims[0] == s->indices->dims[0] && s->ends->dims[0] > 0;
}

static void add_runs(brasa_h5_opener *o, const char *name, const char *path)
{
    int32_t at = o->fields.count;

    o->fields.items = brasa__arena_grow(o->arena, o->fields.items, &o->fields.cap, at + 1, sizeof *o->fields.items);
    o->fields.items[at] = (brasa_h5_field) {
        .name = name, .type = brasa__type(BRASA_KIND_INT64), .source = -1, .axis = -1, .runs = path, .rep = BRASA_H5_I64, .size = 8};
    o->fields.count++;
}

brasa_status brasa__h5_sparse(brasa_h5_opener *o, const brasa_h5_listing *l, bool *is_sparse)
{
    sparse  s;
    int64_t chunk;
    hid_t   dset;

    *is_sparse = find_parts(l, &s);
    if (!*is_sparse) return BRASA_OK;
    s.by_columns = by_columns(o, l, &s);
    BRASA_TRY(brasa__h5_check_dataset(o, s.ends->dset, s.ends, &chunk));
    if (!s.by_columns) add_runs(o, "row", s.ends->path);
    BRASA_TRY(brasa__h5_add_source(o, s.indices, s.by_columns ? "row" : "column", &dset));
    if (s.by_columns) add_runs(o, "column", s.ends->path);
    BRASA_TRY(brasa__h5_add_source(o, s.data, "value", &dset));
    o->f->files[0].rows = (int64_t)s.data->dims[0];
    return BRASA_OK;
}
