/* h5fsource.c -- a dataset of a foreign file: may it be read, and which columns does it make?
 *
 * Extents are believed only as far as the size of the file allows.
 */
#include "storage/h5fopen.h"

#include <string.h>

#include "data/type.h"
#include "storage/h5fscan.h"
#include "storage/h5type.h"

enum { MOST_CHUNK = 1 << 30, MOST_CHARS = 1 << 20 };

/* --- one dataset */
static const char *const no_variable = "This is a netCDF dimension but not a netCDF variable";

static void look_at_attributes(brasa_h5_opener *o, brasa_h5_found *d)
{
    const char *text = brasa__h5_attr_text(o->h, o->h->arena, d->dset, "NAME");

    d->scaled = brasa__h5_has_attr(d->dset, "DIMENSION_LIST");
    d->bare_dim = text != NULL && strncmp(text, no_variable, strlen(no_variable)) == 0;
    if (!brasa__h5_attr_i64(o->h, d->dset, "brasa_position", &d->position)) d->position = -1;
    d->own_type = brasa__h5_attr_text(o->h, o->arena, d->dset, "brasa_type");
}

bool brasa__h5_inspect(brasa_h5_opener *o, const char *path, brasa_h5_found *out)
{
    hid_t      dset = BRASA_H5(o->h, H5Dopen2(o->file, path, H5P_DEFAULT));
    hid_t      space, type;
    H5O_info_t info;

    memset(out, 0, sizeof *out);
    out->position = -1;
    out->dset = dset;
    if (dset < 0) return false;
    space = BRASA_H5(o->h, H5Dget_space(dset));
    type = BRASA_H5(o->h, H5Dget_type(dset));
    out->path = path;
    out->name = brasa__path_base(path);
    out->ndims = H5Sget_simple_extent_ndims(space);
    if (out->ndims < 0 || out->ndims > BRASA_H5_MOST_DIMS || H5Sget_simple_extent_type(space) == H5S_NULL) out->ndims = 0;
    if (out->ndims > 0) H5Sget_simple_extent_dims(space, out->dims, NULL);
    out->scalar = H5Sget_simple_extent_type(space) == H5S_SCALAR;
    if (out->scalar) out->ndims = 1, out->dims[0] = 1;
    if (out->ndims > 1 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) <= 0 && H5Tget_size(type) == 1 &&
        out->dims[out->ndims - 1] > 0 && out->dims[out->ndims - 1] <= MOST_CHARS)
        out->chars = (int32_t)out->dims[--out->ndims];
    out->compound = H5Tget_class(type) == H5T_COMPOUND;
    out->attrs = H5Oget_info2(dset, &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs > 0;
    if (out->attrs) look_at_attributes(o, out);
    brasa__h5_matlab_shape(o, out, H5Tget_class(type));
    brasa__h5_close(o->h, type);
    brasa__h5_close(o->h, space);
    return true;
}

static brasa_status check_filters(brasa_h5_opener *o, hid_t dcpl, const char *path)
{
    int n = H5Pget_nfilters(dcpl);

    for (int i = 0; i < n; i++) {
        unsigned     flags, config;
        size_t       args = 0;
        char         name[64] = "";
        H5Z_filter_t id = H5Pget_filter2(dcpl, (unsigned)i, &flags, &args, NULL, sizeof name, name, &config);
        if (id < 0 || H5Zfilter_avail(id) <= 0)
            return brasa__fail(
                o->err, BRASA_UNSUPPORTED,
                "%s:%s is compressed by filter %d (%.60s), which is not built in; the option allow_external loads HDF5's plugins, or repack the file with h5repack",
                o->file_path, path, (int)id, name);
    }
    return BRASA_OK;
}

/* Is a virtual dataset one over other files? */
static bool leads_out(hid_t dcpl)
{
    size_t n = 0;
    char   file[8];

    if (H5Pget_virtual_count(dcpl, &n) < 0) return true;
    for (size_t i = 0; i < n; i++)
        if (H5Pget_virtual_filename(dcpl, i, file, sizeof file) != 1 || strcmp(file, ".") != 0) return true;
    return false;
}

/* May the dataset be read, and can the file hold what it claims? */
brasa_status brasa__h5_check_dataset(brasa_h5_opener *o, hid_t dset, const brasa_h5_found *d, int64_t *chunk_rows)
{
    hid_t        dcpl = BRASA_H5(o->h, H5Dget_create_plist(dset));
    hid_t        type = BRASA_H5(o->h, H5Dget_type(dset));
    hsize_t      chunk[BRASA_H5_MOST_DIMS] = {1};
    double       bytes = (double)H5Tget_size(type) * (d->chars > 0 ? d->chars : 1), chunk_bytes = (double)H5Tget_size(type);
    H5D_layout_t layout = H5Pget_layout(dcpl);

    *chunk_rows = 1;
    if (!o->spec->allow_external && H5Pget_external_count(dcpl) > 0)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s keeps its data in other files; the option allow_external reads them",
                           o->file_path, d->path);
    if (!o->spec->allow_external && layout == H5D_VIRTUAL && leads_out(dcpl))
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s is a virtual dataset over other files; the option allow_external reads them",
                           o->file_path, d->path);
    BRASA_TRY(check_filters(o, dcpl, d->path));
    for (int k = 0; k < d->ndims; k++) bytes *= (double)d->dims[k];
    if (layout == H5D_CHUNKED) {
        if (H5Pget_chunk(dcpl, BRASA_H5_MOST_DIMS, chunk) < 0)
            return brasa__h5_fail(o->err, BRASA_CORRUPT, "%s:%s has a damaged layout", o->file_path, d->path);
        for (int k = 0; k < d->ndims + (d->chars > 0); k++) chunk_bytes *= (double)chunk[k];
        if (chunk_bytes > MOST_CHUNK)
            return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s has chunks of %.0f bytes; repack the file with smaller ones (h5repack -l)",
                               o->file_path, d->path, chunk_bytes);
        *chunk_rows = (int64_t)chunk[d->transposed ? 1 : 0];
    }
    if (!o->spec->allow_external && bytes > (double)(1 << 30) && bytes > 2000.0 * (double)o->file_bytes)
        return brasa__fail(o->err, BRASA_CORRUPT, "%s:%s claims %.0f bytes, but the file has only %llu", o->file_path, d->path, bytes,
                           (unsigned long long)o->file_bytes);
    return BRASA_OK;
}

static void as_spec_says(const brasa_h5_opener *o, brasa_h5_field *f)
{
    bool plain = f->rep == BRASA_H5_U64 && f->type.kind == BRASA_KIND_INT64 && !f->timed && !f->packed && f->nnames == 0;

    if (plain && o->spec->uint64_decimal) f->type = brasa__type_decimal(20, 0);
    if (f->item != NULL) as_spec_says(o, f->item);
}

/* PyTables' strings of variable length are sequences of bytes.  They lie in the file as HDF5's own do (h5fheap.c reads both). */
static void byte_strings(brasa_h5_opener *o, const brasa_h5_found *d, brasa_h5_field *f)
{
    const char *kind = f->rep == BRASA_H5_VLIST && d->attrs ? brasa__h5_attr_text(o->h, o->h->arena, d->dset, "PSEUDOATOM") : NULL;

    if (kind == NULL || strcmp(kind, "vlstring") != 0 || f->item->rep != BRASA_H5_U8 || d->ndims != 1) return;
    f->rep = BRASA_H5_VTEXT;
    f->size = (int32_t)sizeof(char *);
    f->type = brasa__type(BRASA_KIND_STRING);
    f->item = NULL;
}

/* Add the dataset as a source with all its fields; `name` for a dataset of single values. */
brasa_status brasa__h5_add_source(brasa_h5_opener *o, const brasa_h5_found *d, const char *name, hid_t *dset)
{
    brasa_h5_source *s;
    hid_t            type;
    int32_t          first = o->fields.count;

    *dset = d->dset;
    o->f->sources = brasa__arena_grow(o->arena, o->f->sources, &o->source_cap, o->f->nsources + 1, sizeof *s);
    s = &o->f->sources[o->f->nsources];
    BRASA_TRY(brasa__h5_check_dataset(o, *dset, d, &s->chunk_rows));
    s->path = d->path;
    s->ndims = d->ndims;
    s->compound = d->compound;
    s->scalar = d->scalar;
    s->chars = d->chars;
    s->transposed = d->transposed;
    s->ends = d->ends;
    for (int k = 0; k < d->ndims; k++) s->dims[k] = (int64_t)d->dims[k];
    type = BRASA_H5(o->h, H5Dget_type(*dset));
    brasa__h5_add_fields(o->h, &o->fields, type, name, o->f->nsources, o->spec->as_vector);
    if (o->fields.count > first) o->f->nsources++;
    if (d->chars > 0 && o->fields.count == first + 1) {
        o->fields.items[first].size = d->chars;
        o->fields.items[first].pad = H5T_STR_SPACEPAD;
    }
    for (int32_t i = first; i < o->fields.count; i++)
        if (!d->compound && d->attrs) brasa__h5_apply_attributes(o->h, o->arena, *dset, &o->fields.items[i]);
    for (int32_t i = first; i < o->fields.count; i++) as_spec_says(o, &o->fields.items[i]);
    for (int32_t i = first; i < o->fields.count; i++) brasa__h5_matlab_field(d, &o->fields.items[i]);
    if (!o->spec->allow_external && o->fields.count == first + 1) byte_strings(o, d, &o->fields.items[first]);
    if (d->ends != NULL && (o->fields.count != first + 1 || o->fields.items[first].rep > BRASA_H5_F64)) { /* lists of texts or records */
        o->fields.count = first;
        o->fields.skipped = d->name;
    } else if (d->ends != NULL) {
        brasa__h5_ragged_field(o, d, &o->fields.items[first]);
    }
    if (d->mask != NULL && o->fields.count == first + 1) {
        o->fields.items[first].mask = d->mask;
        o->fields.items[first].mask_nulls = strcmp(d->mask, "mask") == 0;
    }
    if (brasa__h5_is_vector(d) && o->fields.count == first + 1 && o->fields.items[first].rep == BRASA_H5_REF &&
        brasa__h5_refers_to_numbers(o->h, *dset, d->dims[0]))
        o->fields.items[first].type = brasa__type(BRASA_KIND_FLOAT64);
    for (int32_t i = first; i < o->fields.count; i++)
        if (o->fields.items[i].rep == BRASA_H5_B8 && !brasa__h5_has_attr(*dset, "CLASS"))
            o->fields.items[i].type = brasa__type(BRASA_KIND_INT16); /* flags, not PyTables' bool */
    if (d->compound) brasa__h5_apply_pandas(o->h, o->arena, *dset, &o->fields);
    return BRASA_OK;
}

/* A column of ours whose form in HDF5 says less than its type: 128-bit decimals (a compound) and vectors (2-D). */
brasa_status brasa__h5_add_own(brasa_h5_opener *o, const brasa_h5_found *d, bool *added)
{
    brasa_type t;
    int32_t    at = o->fields.count;
    hid_t      dset;

    *added = false;
    if (d->own_type == NULL || brasa__type_parse(o->arena, d->own_type, &t, NULL) != BRASA_OK) return BRASA_OK;
    if (!(t.kind == BRASA_KIND_DECIMAL && d->compound) &&
        !(t.kind == BRASA_KIND_VECTOR && d->ndims == 2 && (int64_t)d->dims[1] == t.length))
        return BRASA_OK;
    BRASA_TRY(brasa__h5_add_source(o, d, d->name, &dset));
    if (o->fields.count == at) return BRASA_OK;
    o->fields.count = at + 1; /* low and high half are one */
    o->fields.items[at].name = d->name;
    o->fields.items[at].member = NULL;
    o->fields.items[at].type = t;
    o->fields.items[at].rep = d->compound ? BRASA_H5_I128 : BRASA_H5_F32;
    o->fields.items[at].size = d->compound ? 16 : 4;
    o->fields.items[at].elements = d->compound ? 0 : t.length;
    o->f->sources[o->f->nsources - 1].compound = false; /* it is read as one item */
    brasa__h5_apply_attributes(o->h, o->arena, dset, &o->fields.items[at]);
    *added = true;
    return BRASA_OK;
}

/* A 2-D dataset: its single field becomes one per column, or a vector. */
brasa_status brasa__h5_spread_columns(brasa_h5_opener *o, const brasa_h5_found *d, const char *prefix)
{
    int32_t        at = o->fields.count, k = (int32_t)d->dims[1];
    brasa_h5_field one;
    hid_t          dset;

    if (d->dims[1] > BRASA_H5_MOST_FIELDS && !o->spec->as_vector)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s has %llu columns; read it as a vector column (as_vector)", o->file_path,
                           d->path, (unsigned long long)d->dims[1]);
    if (d->dims[1] > (1 << 24))
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s has rows of %llu values, which is too many", o->file_path, d->path,
                           (unsigned long long)d->dims[1]);
    BRASA_TRY(brasa__h5_add_source(o, d, d->name, &dset));
    if (o->fields.count != at + 1 || o->fields.items[at].member != NULL)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s is a 2-D dataset of a type that makes no columns", o->file_path, d->path);
    one = o->fields.items[at];
    if (o->spec->as_vector && (one.rep <= BRASA_H5_F64)) {
        o->fields.items[at].rep = BRASA_H5_F32;
        o->fields.items[at].size = 4;
        o->fields.items[at].elements = k;
        o->fields.items[at].type = brasa__type_vector(k);
        return BRASA_OK;
    }
    o->fields.count = at;
    for (int32_t j = 0; j < k; j++) {
        one.element = j;
        one.elements = k;
        one.name = brasa__arena_printf(o->arena, "%s%d", prefix, (int)j);
        o->fields.items = brasa__arena_grow(o->arena, o->fields.items, &o->fields.cap, o->fields.count + 1, sizeof one);
        o->fields.items[o->fields.count++] = one;
    }
    return BRASA_OK;
}
