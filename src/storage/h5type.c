/* h5type.c -- types of our columns as HDF5 types and attributes that other programs understand.
 *
 * Dates and timestamps carry netCDF's `units`, so xarray decodes them; decimals `scale` and `precision`.
 */
#include "storage/h5type.h"

#include <stdio.h>
#include <string.h>

#include "data/type.h"

static hid_t bool_type(brasa_h5 *h)
{
    hid_t        t = BRASA_H5(h, H5Tenum_create(H5T_STD_I8LE));
    const int8_t no = 0, yes = 1;

    H5Tenum_insert(t, "FALSE", &no);
    H5Tenum_insert(t, "TRUE", &yes);
    return t;
}

static hid_t text_type(brasa_h5 *h, int32_t bytes)
{
    hid_t t = BRASA_H5(h, H5Tcopy(H5T_C_S1));

    H5Tset_size(t, (size_t)bytes);
    H5Tset_cset(t, H5T_CSET_UTF8);
    H5Tset_strpad(t, H5T_STR_NULLPAD);
    return t;
}

static hid_t int128_type(brasa_h5 *h)
{
    hid_t t = BRASA_H5(h, H5Tcreate(H5T_COMPOUND, 16));

    H5Tinsert(t, "low", 0, H5T_STD_U64LE);
    H5Tinsert(t, "high", 8, H5T_STD_I64LE);
    return t;
}

static hid_t interval_type(brasa_h5 *h)
{
    hid_t t = BRASA_H5(h, H5Tcreate(H5T_COMPOUND, 16));

    H5Tinsert(t, "months", 0, H5T_STD_I32LE);
    H5Tinsert(t, "days", 4, H5T_STD_I32LE);
    H5Tinsert(t, "us", 8, H5T_STD_I64LE);
    return t;
}

hid_t brasa__h5_item_type(brasa_h5 *h, brasa_type t, brasa_h5_layout layout, int32_t item)
{
    if (layout == BRASA_H5_FIXED) return text_type(h, item);
    if (layout == BRASA_H5_LONG) return H5T_STD_U8LE;
    switch (brasa__type_phys(t)) {
    case BRASA_PHYS_BOOL: return bool_type(h);
    case BRASA_PHYS_I8: return H5T_STD_I8LE;
    case BRASA_PHYS_I16: return H5T_STD_I16LE;
    case BRASA_PHYS_I32: return H5T_STD_I32LE;
    case BRASA_PHYS_I64: return H5T_STD_I64LE;
    case BRASA_PHYS_I128: return int128_type(h);
    case BRASA_PHYS_F32:
    case BRASA_PHYS_VECTOR: return H5T_IEEE_F32LE;
    case BRASA_PHYS_F64: return H5T_IEEE_F64LE;
    case BRASA_PHYS_INTERVAL: return interval_type(h);
    case BRASA_PHYS_STRING:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_COUNT: break;
    }
    return H5T_STD_U8LE;
}

brasa_status brasa__h5_describe(brasa_h5 *h, hid_t obj, brasa_type t, int32_t position, const char *name, const char *link,
                                brasa_error *err)
{
    brasa_text text;

    brasa__text_init(&text, h->arena);
    brasa__type_text(t, &text);
    BRASA_TRY(brasa__h5_put_text(h, obj, "brasa_type", text.s, err));
    BRASA_TRY(brasa__h5_put_i64(h, obj, "brasa_position", position, err));
    if (strcmp(name, link) != 0) BRASA_TRY(brasa__h5_put_text(h, obj, "brasa_name", name, err));
    if (t.kind == BRASA_KIND_DECIMAL) {
        BRASA_TRY(brasa__h5_put_i64(h, obj, "precision", t.precision, err));
        BRASA_TRY(brasa__h5_put_i64(h, obj, "scale", t.scale, err));
    }
    if (t.kind == BRASA_KIND_DATE) return brasa__h5_put_text(h, obj, "units", "days since 1970-01-01", err);
    if (brasa__type_is_timestamp(t)) return brasa__h5_put_text(h, obj, "units", "microseconds since 1970-01-01 00:00:00", err);
    if (t.kind == BRASA_KIND_TIME) return brasa__h5_put_text(h, obj, "units", "microseconds", err);
    return BRASA_OK;
}

char *brasa__h5_link_name(brasa_arena *arena, const char *name)
{
    brasa_text out;
    bool       whole = strcmp(name, BRASA_H5_HIDDEN) == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;

    brasa__text_init(&out, arena);
    if (name[0] == '\0') brasa__text_add(&out, "%00");
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '/' || (whole && p == name))
            brasa__text_addf(&out, "%%%02X", (unsigned)(unsigned char)*p);
        else
            brasa__text_add_n(&out, p, 1);
    }
    return out.s;
}
