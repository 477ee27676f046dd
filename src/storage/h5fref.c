/* h5fref.c -- references to objects, as texts.
 *
 * A reference to a variable of MATLAB (cell arrays, arrays of structs) is its value: a text, a number, numbers in brackets.  Any other is the path of the
 * object; paths are looked up in a list of all objects, made once a scan: HDF5 would search the whole file for each.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/h5fscan.h"

enum { MOST_OBJECTS = 1 << 20, MOST_DEPTH = 32, MOST_LINKS = 65536, MOST_VALUES = 1 << 16 };

/* --- paths of all objects */
struct brasa_h5_names {
    struct {
        haddr_t     addr;
        const char *path;
    } * items;
    int32_t count, cap;
};

static int by_address(const void *a, const void *b)
{
    haddr_t x = *(const haddr_t *)a, y = *(const haddr_t *)b;

    return (x > y) - (x < y);
}

static bool add_name(brasa_h5_names *n, brasa_arena *arena, haddr_t addr, const char *path)
{
    if (n->count == MOST_OBJECTS) return false;
    n->items = brasa__arena_grow(arena, n->items, &n->cap, n->count + 1, sizeof *n->items);
    n->items[n->count].addr = addr;
    n->items[n->count++].path = path;
    return true;
}

static void list_objects(brasa_h5 *h, brasa_arena *arena, hid_t file, const char *group, int depth, brasa_h5_names *n)
{
    hid_t   g = BRASA_H5(h, H5Gopen2(file, group, H5P_DEFAULT));
    char  **links;
    int32_t count;

    if (g < 0 || brasa__h5_links(h, g, MOST_LINKS, &links, &count, NULL) != BRASA_OK) return;
    for (int32_t i = 0; i < count; i++) {
        const char *path = brasa__arena_printf(arena, "%s/%s", group[1] == '\0' ? "" : group, links[i]);
        H5L_info_t  link;
        H5O_info_t  info;
        if (H5Lget_info(g, links[i], &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD ||
            H5Oget_info_by_name2(g, links[i], &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
            continue;
        if (!add_name(n, arena, info.addr, path)) return;
        if (info.type == H5O_TYPE_GROUP && depth < MOST_DEPTH) list_objects(h, arena, file, path, depth + 1, n);
    }
    brasa__h5_close(h, g);
}

static const char *path_of(brasa_h5 *h, brasa_h5_scan_state *st, haddr_t addr)
{
    brasa_h5_names *n = st->names;
    size_t          low = 0, high;

    if (n == NULL) {
        H5O_info_t root;
        n = st->names = BRASA_NEW(st->axes, brasa_h5_names);
        *n = (brasa_h5_names) {0};
        if (H5Oget_info_by_name2(st->h5, "/", &root, H5O_INFO_BASIC, H5P_DEFAULT) >= 0) add_name(n, st->axes, root.addr, "/");
        list_objects(h, st->axes, st->h5, "/", 0, n);
        if (n->count > 0) qsort(n->items, (size_t)n->count, sizeof *n->items, by_address);
    }
    for (high = (size_t)n->count; low < high;) {
        size_t mid = (low + high) / 2;
        if (n->items[mid].addr < addr)
            low = mid + 1;
        else
            high = mid;
    }
    return low < (size_t)n->count && n->items[low].addr == addr ? n->items[low].path : NULL;
}

/* --- values of MATLAB */
static const char *one_number(brasa_arena *arena, double v, bool logical)
{
    if (logical) return v != 0 ? "true" : "false";
    if (isnan(v)) return "NaN";
    if (isinf(v)) return v > 0 ? "Infinity" : "-Infinity";
    for (int digits = 15;; digits += 2) {
        char *text = brasa__arena_printf(arena, "%.*g", digits, v);
        if (digits >= 17 || strtod(text, NULL) == v) return text;
    }
}

static const char *numbers(brasa_arena *arena, const double *v, int32_t n, bool logical)
{
    size_t room = (size_t)n * 34 + 3, at = 1;
    char  *out;

    if (n == 1) return one_number(arena, v[0], logical);
    out = brasa__arena_alloc(arena, room);
    out[0] = '[';
    for (int32_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, room - at, "%s%s", i == 0 ? "" : ", ", one_number(arena, v[i], logical));
    snprintf(out + at, room - at, "]");
    return out;
}

static const char *value_of(brasa_h5 *h, brasa_arena *arena, hid_t dset, const char *class)
{
    hid_t       space = BRASA_H5(h, H5Dget_space(dset)), type = BRASA_H5(h, H5Dget_type(dset));
    hssize_t    n = H5Sget_simple_extent_npoints(space);
    bool        text = strcmp(class, "char") == 0;
    H5T_class_t kind = H5Tget_class(type);
    void       *raw;
    const char *out = NULL;
    int64_t     empty = 0;

    if (brasa__h5_attr_i64(h, dset, "MATLAB_empty", &empty) && empty != 0) return text ? "" : NULL;
    if (n > 0 && n <= (text ? 1 << 20 : MOST_VALUES) && (kind == H5T_INTEGER || (kind == H5T_FLOAT && !text))) {
        raw = brasa__arena_alloc(arena, (size_t)n * 8);
        if (H5Dread(dset, text ? H5T_NATIVE_UINT16 : H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0) return NULL;
        if (text) {
            char  *bytes = brasa__arena_alloc(arena, (size_t)n * 3 + 1);
            size_t size = brasa__h5_utf8_of_16(raw, (size_t)n, bytes);
            bytes[size] = '\0';
            out = bytes;
        } else {
            out = numbers(arena, raw, (int32_t)n, strcmp(class, "logical") == 0);
        }
    }
    brasa__h5_close(h, type);
    brasa__h5_close(h, space);
    return out;
}

static const char *text_of(brasa_h5 *h, brasa_h5_scan_state *st, hid_t dset, const haddr_t *ref)
{
    hid_t obj = BRASA_H5(h, H5Rdereference2(dset, H5P_DEFAULT, H5R_OBJECT, ref));
    const char *class, *out = NULL;

    if (obj < 0) return NULL;
    class = brasa__h5_attr_text(h, h->arena, obj, "MATLAB_class");
    if (class != NULL && H5Iget_type(obj) == H5I_DATASET && strcmp(class, "cell") != 0 && strcmp(class, "struct") != 0)
        out = value_of(h, st->block_arena, obj, class);
    else
        out = path_of(h, st, *ref);
    brasa__h5_close(h, obj);
    return out;
}

void brasa__h5_follow_references(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_field_state *fs)
{
    const brasa_h5_source_state *s = &st->sources[fs->f->source];
    const char                  *raw = brasa__h5_first(st, fs), **texts = BRASA_NEWS(st->block_arena, const char *, st->n);
    haddr_t                      last = 0;

    for (int32_t i = 0; i < st->n; i++) {
        haddr_t ref;
        memcpy(&ref, raw + (size_t)i * brasa__h5_stride(s), sizeof ref);
        texts[i] = i > 0 && ref == last ? texts[i - 1] : NULL;
        if (ref != 0 && ref != HADDR_UNDEF && (i == 0 || ref != last)) texts[i] = text_of(h, st, s->dset, &ref);
        last = ref;
    }
    fs->texts = texts;
}

/* Are all elements of a cell array single numbers? */
bool brasa__h5_refers_to_numbers(brasa_h5 *h, hid_t dset, hsize_t n)
{
    enum { MOST_LOOKED_AT = 4096 };
    haddr_t *refs = BRASA_NEWS(h->arena, haddr_t, n < MOST_LOOKED_AT ? n + 1 : 1);
    bool     all = n > 0 && n <= MOST_LOOKED_AT && H5Dread(dset, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, refs) >= 0;

    for (hsize_t i = 0; all && i < n; i++) {
        hid_t obj = refs[i] == 0 ? -1 : BRASA_H5(h, H5Rdereference2(dset, H5P_DEFAULT, H5R_OBJECT, &refs[i]));
        hid_t space = obj < 0 || H5Iget_type(obj) != H5I_DATASET ? -1 : BRASA_H5(h, H5Dget_space(obj));
        const char *class = space < 0 ? NULL : brasa__h5_attr_text(h, h->arena, obj, "MATLAB_class");
        all = class != NULL && (strcmp(class, "double") == 0 || strcmp(class, "single") == 0 || strstr(class, "int") != NULL) &&
              H5Sget_simple_extent_npoints(space) == 1;
        brasa__h5_close(h, space);
        brasa__h5_close(h, obj);
    }
    return all;
}
