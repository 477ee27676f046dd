/* h5ftype.c -- HDF5 types to columns: atomic types, enumerations, strings, compounds (flattened), arrays. */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "storage/h5foreign.h"
#include "storage/h5ftype.h"

enum { MOST_TEXT = 1 << 20, MOST_NAMES = 65535, MOST_DEPTH = 16, MOST_PARTS = 1000 };

static brasa_h5_field *add(brasa_h5_fields *out, const char *name, int32_t source)
{
    brasa_h5_field *f;

    out->items = brasa__arena_grow(out->arena, out->items, &out->cap, out->count + 1, sizeof *f);
    f = &out->items[out->count++];
    memset(f, 0, sizeof *f);
    f->name = name;
    f->source = source;
    f->axis = -1;
    return f;
}

static bool set_rep(brasa_h5_field *f, brasa_h5_rep rep, int32_t size, brasa_kind kind)
{
    f->rep = rep;
    f->size = size;
    f->type = brasa__type(kind);
    return true;
}

/* Unsigned numbers widen; 64-bit ones are checked when read. */
static bool integer(hid_t type, brasa_h5_field *f)
{
    size_t size = H5Tget_size(type);
    bool   is_signed = H5Tget_sign(type) == H5T_SGN_2;

    if (size <= 1) return is_signed ? set_rep(f, BRASA_H5_I8, 1, BRASA_KIND_INT8) : set_rep(f, BRASA_H5_U8, 1, BRASA_KIND_INT16);
    if (size <= 2) return is_signed ? set_rep(f, BRASA_H5_I16, 2, BRASA_KIND_INT16) : set_rep(f, BRASA_H5_U16, 2, BRASA_KIND_INT32);
    if (size <= 4) return is_signed ? set_rep(f, BRASA_H5_I32, 4, BRASA_KIND_INT32) : set_rep(f, BRASA_H5_U32, 4, BRASA_KIND_INT64);
    if (size <= 8) return is_signed ? set_rep(f, BRASA_H5_I64, 8, BRASA_KIND_INT64) : set_rep(f, BRASA_H5_U64, 8, BRASA_KIND_INT64);
    return false;
}

static bool text(hid_t type, brasa_h5_field *f)
{
    size_t size = H5Tget_size(type);

    f->cset = (uint8_t)H5Tget_cset(type);
    if (H5Tis_variable_str(type) > 0) return set_rep(f, BRASA_H5_VTEXT, (int32_t)sizeof(char *), BRASA_KIND_STRING);
    if (size == 0 || size > MOST_TEXT) return false;
    f->pad = (uint8_t)H5Tget_strpad(type);
    return set_rep(f, BRASA_H5_TEXT, (int32_t)size, BRASA_KIND_STRING);
}

/* h5py's bool is an enumeration of FALSE and TRUE; any other is a dictionary of its names. */
static bool enumeration(brasa_h5 *h, brasa_arena *arena, hid_t type, brasa_h5_field *f)
{
    int   n = H5Tget_nmembers(type);
    hid_t base = BRASA_H5(h, H5Tget_super(type));
    bool  boolean = n == 2;

    if (n < 1 || n > MOST_NAMES || H5Tget_class(base) != H5T_INTEGER || H5Tget_size(base) > 8) return false;
    set_rep(f, BRASA_H5_I64, 8, BRASA_KIND_STRING);
    f->nnames = n;
    f->names = BRASA_NEWS(arena, const char *, n);
    f->codes = BRASA_NEWS(arena, int64_t, n);
    for (int i = 0; i < n; i++) {
        char    *name = H5Tget_member_name(type, (unsigned)i);
        uint64_t raw[2] = {0, 0}; /* H5Tconvert works in place: room for the wider type */
        if (name == NULL || H5Tget_member_value(type, (unsigned)i, raw) < 0 ||
            H5Tconvert(base, H5T_NATIVE_INT64, 1, raw, NULL, H5P_DEFAULT) < 0) {
            if (name != NULL) H5free_memory(name);
            return false;
        }
        f->codes[i] = (int64_t)raw[0];
        f->names[i] = strlen(name) < MOST_TEXT ? brasa__arena_strdup(arena, name) : "";
        H5free_memory(name);
        boolean = boolean && (strcasecmp(f->names[i], f->codes[i] == 0 ? "false" : "true") == 0);
    }
    if (!boolean) return true;
    f->nnames = 0;
    f->type = brasa__type(BRASA_KIND_BOOL);
    return true;
}

/* NumPy's datetimes (M8) and differences of them (m8), which h5py keeps as opaque bytes with a tag: "NUMPY:<M8[us]". */
static bool numpy_time(brasa_h5_field *f)
{
    static const struct {
        const char *tag;
        int64_t     ns;
    } units[] = {{"NUMPY:<M8[ns]", 1},
                 {"NUMPY:<M8[us]", 1000},
                 {"NUMPY:<M8[ms]", 1000000},
                 {"NUMPY:<M8[s]", 1000000000},
                 {"NUMPY:<M8[m]", 60000000000},
                 {"NUMPY:<M8[h]", 3600000000000},
                 {"NUMPY:<M8[D]", 86400000000000},
                 {"NUMPY:<M8[W]", 604800000000000}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (f->size != 8 || strcasecmp(f->tag, units[i].tag) != 0 || (strstr(f->tag, "<M8") == NULL && strstr(f->tag, "<m8") == NULL) ||
            strchr(f->tag, '[')[1] != strchr(units[i].tag, '[')[1])
            continue; /* [M] are months */
        set_rep(f, BRASA_H5_I64, 8,
                strstr(f->tag, "<m8") != NULL   ? BRASA_KIND_INTERVAL_DT
                : units[i].ns >= 86400000000000 ? BRASA_KIND_DATE
                                                : BRASA_KIND_TIMESTAMP);
        f->timed = true;
        f->unit_ns = units[i].ns;
        f->has_fill[0] = true; /* NaT */
        f->fill_int[0] = INT64_MIN;
        f->fill[0] = (double)INT64_MIN;
        return true;
    }
    return false;
}

static bool opaque(brasa_arena *arena, hid_t type, brasa_h5_field *f)
{
    size_t size = H5Tget_size(type);
    char  *tag = H5Tget_tag(type);

    if (tag != NULL && strlen(tag) < 4096) f->tag = brasa__arena_strdup(arena, tag);
    if (tag != NULL) H5free_memory(tag);
    if (size > MOST_TEXT) return false;
    set_rep(f, BRASA_H5_OPAQUE, (int32_t)size, BRASA_KIND_BINARY);
    if (f->tag != NULL) numpy_time(f);
    return true;
}

/* Flags: unsigned numbers.  One byte is PyTables' bool, unless the dataset turns out not to be of PyTables. */
static bool bit_field(size_t size, brasa_h5_field *f)
{
    f->bits = true;
    if (size <= 1) return set_rep(f, BRASA_H5_B8, 1, BRASA_KIND_BOOL);
    if (size <= 2) return set_rep(f, BRASA_H5_U16, 2, BRASA_KIND_INT32);
    if (size <= 4) return set_rep(f, BRASA_H5_U32, 4, BRASA_KIND_INT64);
    return size <= 8 && set_rep(f, BRASA_H5_U64, 8, BRASA_KIND_INT64);
}

/* HDF5 reads its class of times only as it lies in the file, so the order of bytes must be ours. */
static bool unix_time(hid_t type, brasa_h5_field *f)
{
    size_t size = H5Tget_size(type);

    if (H5Tget_order(type) != H5T_ORDER_LE || (size != 4 && size != 8)) return false;
    set_rep(f, size == 4 ? BRASA_H5_I32 : BRASA_H5_I64, (int32_t)size, BRASA_KIND_TIMESTAMP);
    f->timed = f->unix_time = true;
    f->unit_ns = 1000000000;
    return true;
}

static bool atom(brasa_h5 *h, brasa_arena *arena, hid_t type, brasa_h5_field *f);

/* A compound inside of a list or an array: a struct of those members that can be read. */
static bool record(brasa_h5 *h, brasa_arena *arena, hid_t type, brasa_h5_field *f)
{
    int          n = H5Tget_nmembers(type), bytes = 0;
    brasa_field *fields;

    if (n < 1 || n > MOST_PARTS) return false;
    fields = BRASA_NEWS(arena, brasa_field, n);
    f->item = BRASA_NEWS(arena, brasa_h5_field, n);
    f->nparts = 0;
    for (int i = 0; i < n; i++) {
        brasa_h5_field *part = &f->item[f->nparts];
        char           *name = H5Tget_member_name(type, (unsigned)i);

        *part = (brasa_h5_field) {.axis = -1, .name = name == NULL || strlen(name) > 4096 ? "" : brasa__arena_strdup(arena, name)};
        if (name != NULL) H5free_memory(name);
        if (part->name[0] == '\0' || !atom(h, arena, BRASA_H5(h, H5Tget_member_type(type, (unsigned)i)), part)) continue;
        if (part->rep == BRASA_H5_REF || part->tag != NULL || part->size > MOST_TEXT - bytes) continue;
        fields[f->nparts++] = (brasa_field) {.name = part->name, .type = part->type, .nullable = true};
        bytes += part->size;
    }
    if (f->nparts == 0) return false;
    set_rep(f, BRASA_H5_RECORD, bytes, BRASA_KIND_STRUCT);
    f->type.nfields = f->nparts;
    f->type.fields = fields;
    return true;
}

/* Sequences of variable length: lists of whatever a value can be, lists and structs among it. */
static bool sequence(brasa_h5 *h, brasa_arena *arena, hid_t type, brasa_h5_field *f)
{
    hid_t           base = BRASA_H5(h, H5Tget_super(type));
    brasa_h5_field *item = BRASA_NEW(arena, brasa_h5_field);

    item->name = f->name;
    item->axis = -1;
    if (!atom(h, arena, base, item) || item->rep == BRASA_H5_REF || item->tag != NULL) return false;
    set_rep(f, BRASA_H5_VLIST, (int32_t)sizeof(hvl_t), BRASA_KIND_LIST);
    f->type = brasa__type_list(arena, item->type);
    f->item = item;
    return true;
}

/* A type of one value. */
static bool atom(brasa_h5 *h, brasa_arena *arena, hid_t type, brasa_h5_field *f)
{
    size_t size = H5Tget_size(type);

    switch (H5Tget_class(type)) {
    case H5T_INTEGER: return integer(type, f);
    case H5T_FLOAT: return size <= 4 ? set_rep(f, BRASA_H5_F32, 4, BRASA_KIND_FLOAT32) : set_rep(f, BRASA_H5_F64, 8, BRASA_KIND_FLOAT64);
    case H5T_STRING: return text(type, f);
    case H5T_BITFIELD: return bit_field(size, f);
    case H5T_OPAQUE: return opaque(arena, type, f);
    case H5T_VLEN: return sequence(h, arena, type, f);
    case H5T_ENUM: return enumeration(h, arena, type, f);
    case H5T_TIME: return unix_time(type, f);
    case H5T_REFERENCE:
        return H5Tequal(type, H5T_STD_REF_OBJ) > 0 && set_rep(f, BRASA_H5_REF, (int32_t)sizeof(hobj_ref_t), BRASA_KIND_STRING);
    case H5T_COMPOUND: return record(h, arena, type, f);
    case H5T_ARRAY:
    case H5T_NO_CLASS:
    case H5T_NCLASSES: break;
    }
    return false;
}

static void leaf(brasa_h5 *h, brasa_h5_fields *out, hid_t type, const char *name, const char *member, int32_t source)
{
    brasa_h5_field *f = add(out, name, source);

    f->member = member;
    if (atom(h, out->arena, type, f)) return;
    out->count--;
    out->skipped = H5Tget_class(type) == H5T_REFERENCE ? brasa__arena_printf(out->arena, "%s holds references to regions", name) : name;
}

/* The elements of an array member: one column each, or one vector. */
static void array(brasa_h5 *h, brasa_h5_fields *out, hid_t type, const char *name, const char *member, int32_t source, bool as_vector)
{
    hid_t   base = BRASA_H5(h, H5Tget_super(type));
    hsize_t dims[32];
    int     n = H5Tget_array_ndims(type);
    hsize_t count = 1;

    if (n < 1 || n > 8 || H5Tget_array_dims2(type, dims) < 0) return;
    for (int i = 0; i < n && count <= BRASA_H5_MOST_FIELDS; i++) count *= dims[i];
    if (count < 1 || count > BRASA_H5_MOST_FIELDS) return;
    as_vector = as_vector && (H5Tget_class(base) == H5T_FLOAT || H5Tget_class(base) == H5T_INTEGER);
    for (int32_t i = 0; i < (as_vector ? 1 : (int32_t)count); i++) {
        int32_t before = out->count;
        leaf(h, out, base, count == 1 || as_vector ? name : brasa__arena_printf(out->arena, "%s_%d", name, (int)i), member, source);
        if (out->count == before) return;
        out->items[before].element = i;
        out->items[before].elements = (int32_t)count;
        if (as_vector) {
            set_rep(&out->items[before], BRASA_H5_F32, 4, BRASA_KIND_VECTOR);
            out->items[before].type = brasa__type_vector((int32_t)count);
        }
    }
}

static void members(brasa_h5 *h, brasa_h5_fields *out, hid_t type, const char *name, const char *member, int32_t source, bool as_vector,
                    int depth)
{
    int n = H5Tget_nmembers(type);

    for (int i = 0; i < n && depth < MOST_DEPTH && out->count < BRASA_H5_MOST_FIELDS; i++) {
        char       *raw = H5Tget_member_name(type, (unsigned)i);
        hid_t       t = BRASA_H5(h, H5Tget_member_type(type, (unsigned)i));
        const char *own, *sub, *path;
        if (raw == NULL || t < 0 || strlen(raw) > 4096) {
            if (raw != NULL) H5free_memory(raw);
            continue;
        }
        own = brasa__arena_strdup(out->arena, raw);
        H5free_memory(raw);
        sub = name == NULL ? own : brasa__arena_printf(out->arena, "%s.%s", name, own);
        path = member == NULL ? own : brasa__arena_printf(out->arena, "%s\x01%s", member, own);
        if (H5Tget_class(t) == H5T_COMPOUND)
            members(h, out, t, sub, path, source, as_vector, depth + 1);
        else if (H5Tget_class(t) == H5T_ARRAY)
            array(h, out, t, sub, path, source, as_vector);
        else
            leaf(h, out, t, sub, path, source);
    }
}

void brasa__h5_add_fields(brasa_h5 *h, brasa_h5_fields *out, hid_t type, const char *name, int32_t source, bool as_vector)
{
    if (H5Tget_class(type) == H5T_COMPOUND)
        members(h, out, type, name, NULL, source, as_vector, 0);
    else if (H5Tget_class(type) == H5T_ARRAY)
        array(h, out, type, name, NULL, source, as_vector);
    else
        leaf(h, out, type, name, NULL, source);
}

static hid_t text_memory(brasa_h5 *h, const brasa_h5_field *f)
{
    hid_t t = BRASA_H5(h, H5Tcopy(H5T_C_S1));

    H5Tset_size(t, f->rep == BRASA_H5_VTEXT ? H5T_VARIABLE : (size_t)f->size);
    H5Tset_cset(t, (H5T_cset_t)f->cset);
    if (f->rep == BRASA_H5_TEXT) H5Tset_strpad(t, (H5T_str_t)f->pad);
    return t;
}

static hid_t wide_memory(brasa_h5 *h)
{
    hid_t t = BRASA_H5(h, H5Tcreate(H5T_COMPOUND, 16));

    H5Tinsert(t, "low", 0, H5T_NATIVE_UINT64);
    H5Tinsert(t, "high", 8, H5T_NATIVE_INT64);
    return t;
}

static hid_t opaque_memory(brasa_h5 *h, const brasa_h5_field *f)
{
    hid_t t = BRASA_H5(h, H5Tcreate(H5T_OPAQUE, (size_t)f->size));

    H5Tset_tag(t, f->tag == NULL ? "" : f->tag); /* HDF5 does not convert between opaque types of other tags */
    return t;
}

static hid_t record_memory(brasa_h5 *h, const brasa_h5_field *f)
{
    hid_t  t = BRASA_H5(h, H5Tcreate(H5T_COMPOUND, (size_t)f->size));
    size_t at = 0;

    for (int32_t i = 0; i < f->nparts; i++) {
        if (H5Tinsert(t, f->item[i].name, at, brasa__h5_rep_type(h, &f->item[i])) < 0) return -1;
        at += (size_t)f->item[i].size;
    }
    return t;
}

bool brasa__h5_has_pointers(const brasa_h5_field *f)
{
    if (f->rep == BRASA_H5_VTEXT || f->rep == BRASA_H5_VLIST) return true;
    for (int32_t i = 0; i < f->nparts; i++)
        if (brasa__h5_has_pointers(&f->item[i])) return true;
    return false;
}

hid_t brasa__h5_rep_type(brasa_h5 *h, const brasa_h5_field *f)
{
    if (f->tag != NULL) return opaque_memory(h, f);
    if (f->unix_time) return f->size == 4 ? H5T_UNIX_D32LE : H5T_UNIX_D64LE;
    if (f->bits) return f->size == 1 ? H5T_NATIVE_B8 : f->size == 2 ? H5T_NATIVE_B16 : f->size == 4 ? H5T_NATIVE_B32 : H5T_NATIVE_B64;
    switch (f->signed_bits ? (brasa_h5_rep)(f->rep - BRASA_H5_U8) : f->rep) {
    case BRASA_H5_I8: return H5T_NATIVE_INT8;
    case BRASA_H5_I16: return H5T_NATIVE_INT16;
    case BRASA_H5_I32: return H5T_NATIVE_INT32;
    case BRASA_H5_I64: return H5T_NATIVE_INT64;
    case BRASA_H5_U8: return H5T_NATIVE_UINT8;
    case BRASA_H5_U16: return H5T_NATIVE_UINT16;
    case BRASA_H5_U32: return H5T_NATIVE_UINT32;
    case BRASA_H5_U64: return H5T_NATIVE_UINT64;
    case BRASA_H5_F32: return H5T_NATIVE_FLOAT;
    case BRASA_H5_F64: return H5T_NATIVE_DOUBLE;
    case BRASA_H5_B8: return H5T_NATIVE_B8;
    case BRASA_H5_TEXT:
    case BRASA_H5_VTEXT: return text_memory(h, f);
    case BRASA_H5_OPAQUE: return opaque_memory(h, f);
    case BRASA_H5_REF: return H5T_STD_REF_OBJ;
    case BRASA_H5_VLIST: return BRASA_H5(h, H5Tvlen_create(brasa__h5_rep_type(h, f->item)));
    case BRASA_H5_RECORD: return record_memory(h, f);
    case BRASA_H5_I128: return wide_memory(h);
    case BRASA_H5_REPS: break;
    }
    return -1;
}

/* --- rows in memory */
void brasa__h5_want_member(brasa_h5_members *m, brasa_arena *arena, const brasa_h5_field *f)
{
    for (int32_t i = 0; i < m->count; i++)
        if (strcmp(m->fields[i]->member, f->member) == 0) return;
    m->fields = brasa__arena_grow(arena, m->fields, &m->cap, m->count + 1, sizeof *m->fields);
    m->at = brasa__arena_grow(arena, m->at, &m->at_cap, m->count + 1, sizeof *m->at);
    m->fields[m->count++] = f;
}

size_t brasa__h5_member_at(const brasa_h5_members *m, const char *member)
{
    for (int32_t i = 0; i < m->count; i++)
        if (strcmp(m->fields[i]->member, member) == 0) return m->at[i];
    return 0;
}

/* The type in memory of one item or member: an array of elements if the file has one. */
static hid_t element_type(brasa_h5 *h, hid_t file_type, const brasa_h5_field *f, size_t *width)
{
    hid_t   one = brasa__h5_rep_type(h, f);
    hsize_t dims[32];
    int     n;

    *width = (size_t)f->size;
    if (H5Tget_class(file_type) != H5T_ARRAY) return one;
    n = H5Tget_array_ndims(file_type);
    if (n < 1 || n > 8 || H5Tget_array_dims2(file_type, dims) < 0) return -1;
    for (int i = 0; i < n; i++) *width *= (size_t)dims[i];
    return *width == (size_t)f->size * (size_t)f->elements ? BRASA_H5(h, H5Tarray_create2(one, (unsigned)n, dims)) : -1;
}

/* Packed members below `prefix`, at `base` bytes of the row; *width their bytes.  0: none is wanted. */
static hid_t pack_level(brasa_h5 *h, hid_t type, const char *prefix, size_t base, brasa_h5_members *m, size_t *width, int depth)
{
    enum { ROOM = 1 << 28 };
    int   n = H5Tget_nmembers(type);
    hid_t out = 0;

    *width = 0;
    for (int i = 0; i < n && depth < MOST_DEPTH; i++) {
        char       *raw = H5Tget_member_name(type, (unsigned)i);
        hid_t       t = BRASA_H5(h, H5Tget_member_type(type, (unsigned)i)), sub = 0;
        const char *name, *path;
        size_t      bytes = 0;
        if (raw == NULL || t < 0) return -1;
        name = brasa__arena_strdup(h->arena, strlen(raw) < 4096 ? raw : "");
        H5free_memory(raw);
        path = prefix == NULL ? name : brasa__arena_printf(h->arena, "%s\x01%s", prefix, name);
        if (H5Tget_class(t) == H5T_COMPOUND) {
            sub = pack_level(h, t, path, base + *width, m, &bytes, depth + 1);
        } else {
            for (int32_t k = 0; k < m->count; k++) {
                if (strcmp(m->fields[k]->member, path) != 0) continue;
                sub = element_type(h, t, m->fields[k], &bytes);
                m->at[k] = base + *width;
            }
        }
        if (sub < 0) return -1;
        if (sub == 0) continue;
        if (out == 0) out = BRASA_H5(h, H5Tcreate(H5T_COMPOUND, ROOM));
        if (*width + bytes > ROOM || H5Tinsert(out, name, *width, sub) < 0) return -1;
        *width += bytes;
    }
    if (out > 0 && H5Tset_size(out, *width) < 0) return -1;
    return out;
}

hid_t brasa__h5_member_type(brasa_h5 *h, hid_t file_type, brasa_h5_members *m)
{
    hid_t t = H5Tget_class(file_type) == H5T_COMPOUND ? pack_level(h, file_type, NULL, 0, m, &m->width, 0) : -1;

    return t <= 0 ? -1 : H5Tcopy(t);
}

hid_t brasa__h5_whole_type(brasa_h5 *h, hid_t file_type, const brasa_h5_field *f, size_t *width)
{
    hid_t t = element_type(h, file_type, f, width);

    return t < 0 ? -1 : H5Tcopy(t);
}
