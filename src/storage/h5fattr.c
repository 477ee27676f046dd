/* h5fattr.c -- what the attributes of a dataset say of its values.
 *
 * CF and netCDF: _FillValue, missing_value, scale_factor, add_offset, units "days since ...".  Ours: brasa_type, valid (for tables that another
 * program has copied, so that the index no longer fits).  pandas: names and kinds of the columns in values_block_*.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"
#include "storage/h5fopen.h"

static bool is_number(brasa_h5_rep rep)
{
    return rep <= BRASA_H5_F64;
}

static bool is_integer(brasa_h5_rep rep)
{
    return rep <= BRASA_H5_U64;
}

static void fills(brasa_h5 *h, hid_t obj, brasa_h5_field *f)
{
    static const char *const names[2] = {"_FillValue", "missing_value"};

    for (int i = 0; i < 2; i++) {
        if (!brasa__h5_attr_f64(h, obj, names[i], &f->fill[i])) continue;
        f->has_fill[i] = true;
        if (is_integer(f->rep)) brasa__h5_attr_i64(h, obj, names[i], &f->fill_int[i]);
    }
}

/* netCDF-3 has no unsigned numbers: the attribute says that the bits are one (GOES, many satellites).  HDF5 would cut negative numbers to 0, so
 * they are read as they are. */
static void unsigned_bits(brasa_h5 *h, hid_t obj, brasa_h5_field *f)
{
    static const brasa_kind kinds[] = {BRASA_KIND_INT16, BRASA_KIND_INT32, BRASA_KIND_INT64, BRASA_KIND_INT64};
    const char             *text = f->rep <= BRASA_H5_I64 ? brasa__h5_attr_text(h, h->arena, obj, "_Unsigned") : NULL;

    if (text == NULL || strcasecmp(text, "true") != 0) return;
    f->type = brasa__type(kinds[f->rep]);
    f->rep = (brasa_h5_rep)(BRASA_H5_U8 + f->rep);
    f->signed_bits = true;
    for (int i = 0; i < 2 && f->size < 8; i++) {
        f->fill_int[i] &= ((int64_t)1 << (8 * f->size)) - 1;
        f->fill[i] = (double)f->fill_int[i];
    }
}

static void packing(brasa_h5 *h, hid_t obj, brasa_h5_field *f)
{
    bool scaled;

    f->scale = 1;
    scaled = brasa__h5_attr_f64(h, obj, "scale_factor", &f->scale);
    scaled |= brasa__h5_attr_f64(h, obj, "add_offset", &f->offset);
    if (!scaled) return;
    f->packed = true;
    f->type = brasa__type(BRASA_KIND_FLOAT64);
}

static void own_type(brasa_h5 *h, brasa_arena *arena, hid_t obj, brasa_h5_field *f)
{
    const char *text = brasa__h5_attr_text(h, h->arena, obj, "brasa_type");
    const char *name = brasa__h5_attr_text(h, arena, obj, "brasa_name");
    brasa_type  t;

    if (text == NULL || brasa__type_parse(arena, text, &t, NULL) != BRASA_OK) return;
    if (name != NULL) f->name = name;
    f->mask = brasa__h5_attr_text(h, arena, obj, "valid");
    if (t.kind == BRASA_KIND_DECIMAL && f->rep == BRASA_H5_I64 && t.precision <= 18) f->type = t;
}

/* xarray keeps booleans as bytes. */
static void booleans(brasa_h5 *h, hid_t obj, brasa_h5_field *f)
{
    const char *text = f->rep == BRASA_H5_I8 && !f->has_fill[0] ? brasa__h5_attr_text(h, h->arena, obj, "dtype") : NULL;

    if (text != NULL && strcmp(text, "bool") == 0) f->type = brasa__type(BRASA_KIND_BOOL);
}

/* pandas' fixed format: the index of a frame or a series ("kind"), the values of a block or a series ("value_type"). */
static void pandas_times(brasa_h5 *h, hid_t obj, brasa_h5_field *f)
{
    const char *kind = f->rep == BRASA_H5_I64 ? brasa__h5_attr_text(h, h->arena, obj, "kind") : NULL;

    if (f->rep == BRASA_H5_I64 && kind == NULL) kind = brasa__h5_attr_text(h, h->arena, obj, "value_type");
    if (kind != NULL && strncmp(kind, "datetime64", 10) == 0) brasa__h5_datetime(f);
    if (kind != NULL && strncmp(kind, "timedelta64", 11) == 0) brasa__h5_timedelta(f);
}

void brasa__h5_apply_attributes(brasa_h5 *h, brasa_arena *arena, hid_t obj, brasa_h5_field *f)
{
    if (is_number(f->rep) && f->type.kind != BRASA_KIND_VECTOR && f->nnames == 0 && f->type.kind != BRASA_KIND_BOOL) {
        fills(h, obj, f);
        unsigned_bits(h, obj, f);
        packing(h, obj, f);
        brasa__h5_apply_units(h, obj, f);
        booleans(h, obj, f);
    }
    pandas_times(h, obj, f);
    own_type(h, arena, obj, f);
}

/* --- pandas, format='table': columns of one dtype lie together in an array member values_block_N, whose names are a pickled list. */

/* The i-th string of a pickled list of strings: protocol 0 ("Vname\n"), or short ones of protocol 2 and later ("X" + length). */
static const char *pickled(brasa_arena *arena, const char *p, size_t n, int32_t want)
{
    int32_t at = 0;

    for (size_t i = 0; i < n;) {
        if (p[i] == 'V' && (i == 0 || p[i - 1] == '\n' || p[i - 1] == 'a' || p[i - 1] == '(')) {
            const char *end = memchr(p + i, '\n', n - i);
            if (end == NULL) return NULL;
            if (at++ == want) return brasa__arena_strndup(arena, p + i + 1, (size_t)(end - (p + i + 1)));
            i = (size_t)(end - p) + 1;
        } else if ((unsigned char)p[i] == 0x8c && i + 2 + (unsigned char)p[i + 1] <= n) {
            if (at++ == want) return brasa__arena_strndup(arena, p + i + 2, (unsigned char)p[i + 1]);
            i += 2 + (size_t)(unsigned char)p[i + 1];
        } else {
            i++;
        }
    }
    return NULL;
}

static const char *raw_attr(brasa_h5 *h, hid_t obj, const char *name, size_t *n)
{
    hid_t attr, type;
    char *buf;

    if (!brasa__h5_has_attr(obj, name)) return NULL;
    attr = BRASA_H5(h, H5Aopen(obj, name, H5P_DEFAULT));
    type = BRASA_H5(h, H5Aget_type(attr));
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0) return NULL;
    *n = H5Tget_size(type);
    if (*n > 1 << 20 || H5Aget_storage_size(attr) > *n) return NULL;
    buf = brasa__arena_alloc(h->arena, *n + 1);
    return H5Aread(attr, type, buf) < 0 ? NULL : buf;
}

void brasa__h5_datetime(brasa_h5_field *f)
{
    f->timed = true;
    f->unit_ns = 1;
    f->has_fill[0] = true; /* NaT */
    f->fill_int[0] = INT64_MIN;
    f->fill[0] = (double)INT64_MIN;
    f->type = brasa__type(BRASA_KIND_TIMESTAMP);
}

void brasa__h5_timedelta(brasa_h5_field *f)
{
    brasa__h5_datetime(f);
    f->type = brasa__type(BRASA_KIND_INTERVAL_DT);
}

void brasa__h5_apply_pandas(brasa_h5 *h, brasa_arena *arena, hid_t dset, brasa_h5_fields *fields)
{
    const char *nan_text = brasa__h5_attr_text(h, arena, dset, "nan_rep");

    for (int32_t i = 0; i < fields->count; i++) {
        brasa_h5_field *f = &fields->items[i];
        const char     *member = f->member, *kind, *names;
        size_t          n = 0;
        if (member == NULL) continue;
        kind = brasa__h5_attr_text(h, h->arena, dset,
                                   brasa__arena_printf(h->arena, "%s_%s", member, strcmp(member, "index") == 0 ? "kind" : "dtype"));
        if (kind != NULL && strncmp(kind, "datetime64", 10) == 0 && f->rep == BRASA_H5_I64) brasa__h5_datetime(f);
        if (kind != NULL && strncmp(kind, "timedelta64", 11) == 0 && f->rep == BRASA_H5_I64) brasa__h5_timedelta(f);
        if (strcmp(member, "index") == 0) continue;
        names = raw_attr(h, dset, brasa__arena_printf(h->arena, "%s_kind", member), &n);
        if (names == NULL) continue;
        names = pickled(arena, names, n, f->element);
        if (names != NULL) f->name = names;
        if (f->rep == BRASA_H5_TEXT) f->null_text = nan_text != NULL ? nan_text : "nan";
        brasa__h5_pandas_categories(h, arena, dset, member, f);
    }
}
