/* h5fframe.c -- data frames as pandas and anndata keep them.
 *
 * pandas, format='fixed': axis1 is the index, blockN_values a 2-D dataset of the columns named in blockN_items; blocks of Python objects are pickled and stay closed.
 * pandas, format='table': the categories of column c lie in meta/c/meta/table.  anndata: a subgroup "c" with codes and categories is a column.
 */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "data/type.h"
#include "storage/h5fopen.h"
#include "storage/h5fpickle.h"

enum { MOST_NAMES = 1 << 20, MOST_TEXT = 1 << 16 };

/* --- short lists of names */
typedef struct {
    const char **items;
    int32_t      count;
} names;

static hid_t only_member(brasa_h5 *h, hid_t type, const char *member, hid_t *inner)
{
    int   k = H5Tget_member_index(type, member);
    hid_t t;

    if (k < 0) return -1;
    *inner = BRASA_H5(h, H5Tget_member_type(type, (unsigned)k));
    t = BRASA_H5(h, H5Tcreate(H5T_COMPOUND, H5Tget_size(*inner)));
    return H5Tinsert(t, member, 0, *inner) < 0 ? -1 : t;
}

static bool text_names(brasa_arena *arena, hid_t type, const char *raw, int32_t n, names *out)
{
    size_t size = H5Tget_size(type);
    bool   pointers = H5Tis_variable_str(type) > 0;

    for (int32_t i = 0; i < n; i++) {
        const char *p = raw + (size_t)i * size;
        size_t      len;
        if (pointers) memcpy(&p, raw + (size_t)i * size, sizeof p);
        if (pointers && p == NULL) p = "";
        len = strnlen(p, pointers ? MOST_TEXT : size);
        out->items[i] = brasa__arena_strndup(arena, p, len);
    }
    return true;
}

static bool number_names(brasa_arena *arena, hid_t type, char *raw, int32_t n, names *out)
{
    size_t size = H5Tget_size(type);

    for (int32_t i = 0; i < n; i++) {
        uint64_t v[2] = {0, 0}; /* H5Tconvert works in place: room for the wider type */
        int64_t  number;
        if (size > sizeof v) return false;
        memcpy(v, raw + (size_t)i * size, size);
        if (H5Tconvert(type, H5T_NATIVE_INT64, 1, v, NULL, H5P_DEFAULT) < 0) return false;
        memcpy(&number, v, sizeof number);
        out->items[i] = brasa__arena_printf(arena, "%lld", (long long)number);
    }
    return true;
}

/* Texts or whole numbers of a 1-D dataset, or of a member of a compound one. */
static bool read_names(brasa_h5 *h, brasa_arena *arena, hid_t file, const char *path, const char *member, names *out)
{
    hid_t    dset = H5Lexists(file, path, H5P_DEFAULT) > 0 ? BRASA_H5(h, H5Dopen2(file, path, H5P_DEFAULT)) : -1;
    hid_t    space = dset < 0 ? -1 : BRASA_H5(h, H5Dget_space(dset)), type = dset < 0 ? -1 : BRASA_H5(h, H5Dget_type(dset)), inner = type;
    hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    bool     done;
    char    *raw;

    if (n < 0 || n > MOST_NAMES || H5Sget_simple_extent_ndims(space) != 1) return false;
    if (member != NULL) type = H5Tget_class(type) == H5T_COMPOUND ? only_member(h, type, member, &inner) : -1;
    if (type < 0 || H5Tget_size(type) > MOST_TEXT || (double)n * (double)H5Tget_size(type) > 1e9) return false;
    if (H5Tget_class(inner) != H5T_STRING && H5Tget_class(inner) != H5T_INTEGER) return false;
    raw = brasa__arena_alloc(h->arena, (size_t)n * H5Tget_size(type) + 1);
    if (H5Dread(dset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0) return false;
    out->items = BRASA_NEWS(arena, const char *, n + 1);
    out->count = (int32_t)n;
    if (H5Tget_class(inner) == H5T_INTEGER) return number_names(arena, inner, raw, (int32_t)n, out);
    done = text_names(arena, inner, raw, (int32_t)n, out);
    if (H5Tis_variable_str(inner) > 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
    return done;
}

/* Codes from 0 into names; any other code is null. */
static void name_codes(brasa_arena *arena, const names *n, brasa_h5_field *f)
{
    f->nnames = n->count;
    f->names = n->items;
    f->codes = BRASA_NEWS(arena, int64_t, n->count + 1);
    for (int32_t i = 0; i < n->count; i++) f->codes[i] = i;
    f->type = brasa__type(BRASA_KIND_STRING);
}

/* --- pandas */
void brasa__h5_pandas_categories(brasa_h5 *h, brasa_arena *arena, hid_t dset, const char *member, brasa_h5_field *f)
{
    const char *meta = brasa__h5_attr_text(h, h->arena, dset, brasa__arena_printf(h->arena, "%s_meta", member));
    char        at[1024];
    ssize_t     n = H5Iget_name(dset, at, sizeof at);
    hid_t       file;
    names       categories;

    if (meta == NULL || strcmp(meta, "category") != 0 || f->rep > BRASA_H5_I64 || n <= 0 || n >= (ssize_t)sizeof at) return;
    file = BRASA_H5(h, H5Iget_file_id(dset));
    if (read_names(h, arena, file, brasa__arena_printf(h->arena, "%s/meta/%s/meta/table", brasa__path_dir(h->arena, at), member), "values",
                   &categories) &&
        categories.count > 0)
        name_codes(arena, &categories, f);
}

static bool holds_datetimes(hid_t dset, brasa_h5 *h, const char *attr)
{
    const char *kind = brasa__h5_attr_text(h, h->arena, dset, attr);

    return kind != NULL && strncmp(kind, "datetime64", 10) == 0;
}

brasa_status brasa__h5_add_pickled(brasa_h5_opener *o, const brasa_h5_found *d, const char *const *labels, int32_t count, bool *added)
{
    const char      *kind = d->attrs ? brasa__h5_attr_text(o->h, o->h->arena, d->dset, "PSEUDOATOM") : NULL, *pickle;
    brasa_h5_objects objects;
    int32_t          at = o->fields.count;
    size_t           n;
    hid_t            dset;

    *added = false;
    if (kind == NULL || strcmp(kind, "object") != 0 || d->ndims != 1) return BRASA_OK;
    BRASA_TRY(brasa__h5_add_source(o, d, d->name, &dset)); /* a list of bytes, as it lies */
    if (o->fields.count != at + 1) return BRASA_OK;
    o->fields.count = at;
    pickle = brasa__h5_pickle_of(o->h, o->h->arena, dset, &n);
    if (pickle == NULL || !brasa__h5_unpickle(o->h->arena, pickle, n, &objects) || objects.columns != count ||
        objects.rows != o->f->files[0].rows)
        return BRASA_OK;
    o->f->sources[o->f->nsources - 1].pickled = true;
    for (int32_t j = 0; j < count; j++) {
        brasa_h5_field f = {
            .name = labels[j], .source = o->f->nsources - 1, .element = j, .elements = count, .rep = BRASA_H5_TEXT, .size = 1, .axis = -1};
        if (!brasa__h5_objects_type(&objects, j, &f.type)) {
            brasa__log(BRASA_LOG_WARN, "%s:%s: column %s is left out: it holds objects of Python", o->file_path, d->path, labels[j]);
            continue;
        }
        o->fields.items = brasa__arena_grow(o->arena, o->fields.items, &o->fields.cap, o->fields.count + 1, sizeof f);
        o->fields.items[o->fields.count++] = f;
    }
    *added = true;
    return BRASA_OK;
}

/* Codes from 0 into the numbers of a 1-D dataset (whole ones, floats, moments of pandas); any other code is null. */
static bool number_codes(brasa_h5_opener *o, const char *path, brasa_h5_field *f)
{
    hid_t    dset = BRASA_H5(o->h, H5Dopen2(o->file, path, H5P_DEFAULT)), type = BRASA_H5(o->h, H5Dget_type(dset));
    hid_t    space = BRASA_H5(o->h, H5Dget_space(dset));
    hssize_t n = H5Sget_simple_extent_npoints(space);
    bool     whole = H5Tget_class(type) == H5T_INTEGER, times = whole && holds_datetimes(dset, o->h, "kind");
    int64_t *levels;

    if ((!whole && H5Tget_class(type) != H5T_FLOAT) || H5Sget_simple_extent_ndims(space) != 1 || n < 1 || n > MOST_NAMES) return false;
    levels = BRASA_NEWS(o->arena, int64_t, n);
    if (H5Dread(dset, whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, levels) < 0) return false;
    for (hssize_t i = 0; times && i < n; i++) levels[i] = levels[i] / 1000 - (levels[i] % 1000 < 0);
    f->nnames = (int32_t)n;
    f->names = BRASA_NEWS(o->arena, const char *, n);
    f->codes = BRASA_NEWS(o->arena, int64_t, n);
    f->levels = levels;
    f->type = brasa__type(times ? BRASA_KIND_TIMESTAMP : whole ? BRASA_KIND_INT64 : BRASA_KIND_FLOAT64);
    return true;
}

/* An index of several levels: for each the codes of the rows (axis1_labelN) into its values (axis1_levelN). */
static brasa_status levels_of_index(brasa_h5_opener *o, const brasa_h5_listing *l, bool *found)
{
    for (int k = 0;; k++) {
        const brasa_h5_found *codes = brasa__h5_item(l, brasa__arena_printf(o->h->arena, "axis1_label%d", k));
        const brasa_h5_found *values = brasa__h5_item(l, brasa__arena_printf(o->h->arena, "axis1_level%d", k));
        const char           *name;
        int32_t               at = o->fields.count;
        names                 n;
        hid_t                 dset;

        *found = k > 0;
        if (codes == NULL || values == NULL || codes->ndims != 1) return BRASA_OK;
        name = brasa__h5_attr_text(o->h, o->arena, values->dset, "name");
        if (name == NULL || name[0] == '\0' || strcmp(name, "N.") == 0)
            name = brasa__arena_printf(o->arena, "level_%d", k); /* N.: a pickled None */
        if (k == 0) o->f->files[0].rows = (int64_t)codes->dims[0];
        BRASA_TRY(brasa__h5_add_source(o, codes, name, &dset));
        if (o->fields.count != at + 1 || o->fields.items[at].rep > BRASA_H5_I64) continue;
        if (number_codes(o, values->path, &o->fields.items[at])) continue;
        if (read_names(o->h, o->arena, o->file, values->path, NULL, &n) && n.count > 0) name_codes(o->arena, &n, &o->fields.items[at]);
    }
}

/* Names of columns: a dataset, or levels that each column has a code of, as in "a.x". */
static bool column_names(brasa_h5_opener *o, const char *at, names *out)
{
    names level, codes;

    if (read_names(o->h, o->arena, o->file, at, NULL, out)) return true;
    *out = (names) {0};
    for (int k = 0;; k++) {
        if (!read_names(o->h, o->arena, o->file, brasa__arena_printf(o->h->arena, "%s_level%d", at, k), NULL, &level) ||
            !read_names(o->h, o->arena, o->file, brasa__arena_printf(o->h->arena, "%s_label%d", at, k), NULL, &codes) ||
            (k > 0 && codes.count != out->count))
            return k > 0;
        if (k == 0) *out = (names) {BRASA_NEWS(o->arena, const char *, codes.count + 1), codes.count};
        for (int32_t i = 0; i < codes.count; i++) {
            long        c = strtol(codes.items[i], NULL, 10);
            const char *name = c >= 0 && c < level.count ? level.items[c] : "";

            out->items[i] = k == 0 ? name : brasa__arena_printf(o->arena, "%s.%s", out->items[i], name);
        }
    }
}

/* One block: as many columns as it has names. */
static brasa_status block(brasa_h5_opener *o, const brasa_h5_listing *l, int k)
{
    const brasa_h5_found *values = brasa__h5_item(l, brasa__arena_printf(o->h->arena, "block%d_values", k));
    const char           *labels = brasa__arena_printf(o->h->arena, "%s/block%d_items", l->group, k);
    int32_t               at = o->fields.count;
    names                 n;
    hid_t                 dset;

    if (values == NULL || !column_names(o, labels, &n)) return BRASA_OK;
    if (values->ndims != 2 || values->dims[0] != (hsize_t)o->f->files[0].rows || values->dims[1] != (hsize_t)n.count) {
        bool added;
        BRASA_TRY(brasa__h5_add_pickled(o, values, n.items, n.count, &added));
        for (int32_t i = 0; i < n.count && !added; i++)
            brasa__log(BRASA_LOG_WARN, "%s:%s: column %s is left out: pandas pickled it; write the frame with format='table'", o->file_path,
                       l->group, n.items[i]);
        return BRASA_OK;
    }
    BRASA_TRY(brasa__h5_spread_columns(o, values, ""));
    dset = BRASA_H5(o->h, H5Dopen2(o->file, values->path, H5P_DEFAULT));
    for (int32_t i = at; i < o->fields.count && i - at < n.count; i++) {
        o->fields.items[i].name = n.items[i - at];
        if (holds_datetimes(dset, o->h, "value_type") && o->fields.items[i].rep == BRASA_H5_I64) brasa__h5_datetime(&o->fields.items[i]);
    }
    return BRASA_OK;
}

/* The columns in the order of the frame: blocks gather those of one type. */
static void order(brasa_h5_opener *o, const names *wanted, int32_t first)
{
    for (int32_t k = 0; k < wanted->count; k++)
        for (int32_t i = first; i < o->fields.count; i++) {
            brasa_h5_field f = o->fields.items[i];
            if (strcmp(f.name, wanted->items[k]) != 0) continue;
            memmove(&o->fields.items[first + 1], &o->fields.items[first], sizeof f * (size_t)(i - first));
            o->fields.items[first++] = f;
            break;
        }
}

brasa_status brasa__h5_fixed_frame(brasa_h5_opener *o, const brasa_h5_listing *l)
{
    const brasa_h5_found *index = brasa__h5_item(l, "axis1");
    names                 columns;
    int32_t               first;
    bool                  found;
    hid_t                 dset = -1;

    if (index == NULL || index->ndims != 1) {
        BRASA_TRY(levels_of_index(o, l, &found));
        if (!found)
            return brasa__fail(o->err, BRASA_UNSUPPORTED,
                               "%s:%s is a pandas frame without an index that can be read; write it with format='table'", o->file_path,
                               l->group);
    } else {
        o->f->files[0].rows = (int64_t)index->dims[0];
        BRASA_TRY(brasa__h5_add_source(o, index, "index", &dset));
    }
    if (dset >= 0 && o->fields.count == 1 && holds_datetimes(dset, o->h, "kind") && o->fields.items[0].rep == BRASA_H5_I64)
        brasa__h5_datetime(&o->fields.items[0]);
    first = o->fields.count;
    for (int k = 0; k < l->count; k++) BRASA_TRY(block(o, l, k));
    if (column_names(o, brasa__arena_printf(o->h->arena, "%s/axis0", l->group), &columns)) order(o, &columns, first);
    return BRASA_OK;
}

/* --- anndata */
brasa_status brasa__h5_coded_columns(brasa_h5_opener *o, const brasa_h5_listing *l, int64_t rows)
{
    for (int32_t i = 0; i < l->nsub; i++) {
        brasa_h5_listing      sub;
        const brasa_h5_found *codes;
        int32_t               at = o->fields.count;
        names                 categories;
        hid_t                 dset;
        BRASA_TRY(brasa__h5_list_group(o, l->subgroups[i], &sub));
        codes = brasa__h5_item(&sub, "values");
        if (codes != NULL && brasa__h5_item(&sub, "mask") != NULL && codes->ndims == 1 && (int64_t)codes->dims[0] == rows &&
            brasa__h5_item(&sub, "mask")->ndims == 1 &&
            (int64_t)brasa__h5_item(&sub, "mask")->dims[0] == rows) { /* nullable numbers, booleans and texts */
            BRASA_TRY(brasa__h5_add_source(o, codes, brasa__path_base(l->subgroups[i]), &dset));
            if (o->fields.count == at + 1) {
                o->fields.items[at].mask = "mask";
                o->fields.items[at].mask_nulls = true;
            }
            continue;
        }
        codes = brasa__h5_item(&sub, "codes");
        if (codes == NULL || codes->ndims != 1 || (int64_t)codes->dims[0] != rows ||
            !read_names(o->h, o->arena, o->file, brasa__arena_printf(o->h->arena, "%s/categories", l->subgroups[i]), NULL, &categories) ||
            categories.count == 0)
            continue;
        BRASA_TRY(brasa__h5_add_source(o, codes, brasa__path_base(l->subgroups[i]), &dset));
        if (o->fields.count == at + 1 && o->fields.items[at].rep <= BRASA_H5_I64) name_codes(o->arena, &categories, &o->fields.items[at]);
    }
    return BRASA_OK;
}
