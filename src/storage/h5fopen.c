/* h5fopen.c -- what in a foreign file is a table.
 *
 * A dataset: 1-D is a column (or, compound, several); 2-D one column per column, or a vector; more dimensions, or dimension scales, a grid.  A group: its
 * datasets of equal length are the columns; with arrays of several dimensions (netCDF) the largest shape is a grid.  Without a place in the uri the root is
 * tried, then the only group or dataset that would do.  Extents are believed only as far as the file's size allows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "data/type.h"
#include "storage/h5foreign.h"
#include "storage/h5type.h"

enum { MOST_LINKS = 20000, MOST_DEPTH = 4, MOST_FOUND = 512, MOST_CHUNK = 1 << 30 };

typedef struct {
    brasa_h5              *h;
    brasa_arena           *arena;
    const brasa_read_spec *spec;
    const char            *file_path;
    hid_t                  file;
    hsize_t                file_bytes;
    brasa_h5_foreign      *f;
    brasa_h5_fields        fields;
    int32_t                source_cap;
    brasa_error           *err;
} opener;

/* A dataset that could be a column. */
typedef struct {
    const char *name, *path;
    int         ndims;
    hsize_t     dims[BRASA_H5_MOST_DIMS];
    bool        scaled;   /* dimension scales are attached */
    bool        bare_dim; /* a netCDF dimension without values */
    bool        compound;
    int64_t     position; /* ours; -1 */
    const char *own_type; /* ours; NULL */
} found;

/* --- one dataset */
static const char *const no_variable = "This is a netCDF dimension but not a netCDF variable";

static bool inspect(opener *o, const char *path, found *out)
{
    hid_t       dset = BRASA_H5(o->h, H5Dopen2(o->file, path, H5P_DEFAULT));
    hid_t       space, type;
    const char *text;

    memset(out, 0, sizeof *out);
    if (dset < 0) return false;
    space = BRASA_H5(o->h, H5Dget_space(dset));
    type = BRASA_H5(o->h, H5Dget_type(dset));
    out->path = path;
    out->name = brasa__path_base(path);
    out->ndims = H5Sget_simple_extent_ndims(space);
    if (out->ndims < 0 || out->ndims > BRASA_H5_MOST_DIMS || H5Sget_simple_extent_type(space) == H5S_NULL) out->ndims = 0;
    if (out->ndims > 0) H5Sget_simple_extent_dims(space, out->dims, NULL);
    out->scaled = brasa__h5_has_attr(dset, "DIMENSION_LIST");
    out->compound = H5Tget_class(type) == H5T_COMPOUND;
    text = brasa__h5_attr_text(o->h, o->h->arena, dset, "NAME");
    out->bare_dim = text != NULL && strncmp(text, no_variable, strlen(no_variable)) == 0;
    if (!brasa__h5_attr_i64(o->h, dset, "brasa_position", &out->position)) out->position = -1;
    out->own_type = brasa__h5_attr_text(o->h, o->arena, dset, "brasa_type");
    brasa__h5_close(o->h, type);
    brasa__h5_close(o->h, space);
    brasa__h5_close(o->h, dset);
    return true;
}

static brasa_status check_filters(opener *o, hid_t dcpl, const char *path)
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
                "%s:%s is compressed by filter %d (%.60s), which is not built in; allow plugins (external), or repack the file with h5repack",
                o->file_path, path, (int)id, name);
    }
    return BRASA_OK;
}

/* May the dataset be read, and can the file hold what it claims? */
static brasa_status check_dataset(opener *o, hid_t dset, const found *d, int64_t *chunk_rows)
{
    hid_t        dcpl = BRASA_H5(o->h, H5Dget_create_plist(dset));
    hid_t        type = BRASA_H5(o->h, H5Dget_type(dset));
    hsize_t      chunk[BRASA_H5_MOST_DIMS] = {1};
    double       bytes = (double)H5Tget_size(type), chunk_bytes = bytes;
    H5D_layout_t layout = H5Pget_layout(dcpl);

    *chunk_rows = 1;
    if (!o->spec->allow_external && H5Pget_external_count(dcpl) > 0)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s keeps its data in other files; allow external files to read it", o->file_path,
                           d->path);
    if (!o->spec->allow_external && layout == H5D_VIRTUAL)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s is a virtual dataset over other files; allow external files to read it",
                           o->file_path, d->path);
    BRASA_TRY(check_filters(o, dcpl, d->path));
    for (int k = 0; k < d->ndims; k++) bytes *= (double)d->dims[k];
    if (layout == H5D_CHUNKED) {
        if (H5Pget_chunk(dcpl, BRASA_H5_MOST_DIMS, chunk) < 0)
            return brasa__h5_fail(o->err, BRASA_CORRUPT, "%s:%s has a damaged layout", o->file_path, d->path);
        for (int k = 0; k < d->ndims; k++) chunk_bytes *= (double)chunk[k];
        if (chunk_bytes > MOST_CHUNK)
            return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s has chunks of %.0f bytes; repack the file with smaller ones (h5repack -l)",
                               o->file_path, d->path, chunk_bytes);
        *chunk_rows = (int64_t)chunk[0];
    }
    if (!o->spec->allow_external && bytes > (double)(1 << 30) && bytes > 2000.0 * (double)o->file_bytes)
        return brasa__fail(o->err, BRASA_CORRUPT, "%s:%s claims %.0f bytes, but the file has only %llu", o->file_path, d->path, bytes,
                           (unsigned long long)o->file_bytes);
    return BRASA_OK;
}

/* Add the dataset as a source with all its fields; `name` for a dataset of single values. */
static brasa_status add_source(opener *o, const found *d, const char *name, bool spread, hid_t *dset)
{
    brasa_h5_source *s;
    hid_t            type;
    int32_t          first = o->fields.count;

    *dset = BRASA_H5(o->h, H5Dopen2(o->file, d->path, H5P_DEFAULT));
    if (*dset < 0) return brasa__h5_fail(o->err, BRASA_CORRUPT, "%s:%s cannot be opened", o->file_path, d->path);
    o->f->sources = brasa__arena_grow(o->arena, o->f->sources, &o->source_cap, o->f->nsources + 1, sizeof *s);
    s = &o->f->sources[o->f->nsources];
    BRASA_TRY(check_dataset(o, *dset, d, &s->chunk_rows));
    s->path = d->path;
    s->ndims = d->ndims;
    s->compound = d->compound;
    for (int k = 0; k < d->ndims; k++) s->dims[k] = (int64_t)d->dims[k];
    type = BRASA_H5(o->h, H5Dget_type(*dset));
    brasa__h5_add_fields(o->h, &o->fields, type, name, o->f->nsources, o->spec->as_vector || spread);
    if (o->fields.count > first) o->f->nsources++;
    for (int32_t i = first; i < o->fields.count; i++)
        if (!d->compound) brasa__h5_apply_attributes(o->h, o->arena, *dset, &o->fields.items[i]);
    if (d->compound) brasa__h5_apply_pandas(o->h, o->arena, *dset, &o->fields);
    return BRASA_OK;
}

/* A column of ours whose form in HDF5 says less than its type: 128-bit decimals (a compound) and vectors (2-D). */
static brasa_status add_own(opener *o, const found *d, bool *added)
{
    brasa_type t;
    int32_t    at = o->fields.count;
    hid_t      dset;

    *added = false;
    if (d->own_type == NULL || brasa__type_parse(o->arena, d->own_type, &t, NULL) != BRASA_OK) return BRASA_OK;
    if (!(t.kind == BRASA_KIND_DECIMAL && d->compound) &&
        !(t.kind == BRASA_KIND_VECTOR && d->ndims == 2 && (int64_t)d->dims[1] == t.length))
        return BRASA_OK;
    BRASA_TRY(add_source(o, d, d->name, false, &dset));
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
static brasa_status spread_columns(opener *o, const found *d, const char *prefix)
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
    BRASA_TRY(add_source(o, d, d->name, false, &dset));
    if (o->fields.count != at + 1)
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

/* --- grids */
typedef struct {
    hid_t       file;
    const char *paths[BRASA_H5_MOST_DIMS]; /* of the first scale of each dimension, or NULL */
} scales;

static void read_scales(opener *o, const found *d, scales *out)
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

static brasa_status add_axis(opener *o, int dim, int64_t length, const char *scale)
{
    const char *name = scale == NULL ? brasa__arena_printf(o->arena, "d%d", dim) : brasa__path_base(scale);
    found       d;
    hid_t       dset;
    int32_t     at = o->fields.count;

    if (scale != NULL && inspect(o, scale, &d) && d.ndims == 1 && (int64_t)d.dims[0] == length && !d.bare_dim && !d.compound) {
        BRASA_TRY(add_source(o, &d, name, false, &dset));
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

static bool same_shape(const found *a, const found *b)
{
    return a->ndims == b->ndims && memcmp(a->dims, b->dims, sizeof a->dims[0] * (size_t)a->ndims) == 0;
}

/* The cells of `lead` and of all datasets of its shape. */
static brasa_status grid(opener *o, const found *lead, const found *all, int32_t n)
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
        if (same_shape(lead, &all[i]) && !all[i].bare_dim)
            BRASA_TRY(add_source(o, &all[i], n == 1 && all[i].compound ? NULL : all[i].name, false, &dset));
    return BRASA_OK;
}

static brasa_status dataset_table(opener *o, const found *d)
{
    hid_t dset;

    if (d->ndims == 0) return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s is a single value, not a table", o->file_path, d->path);
    if (d->ndims > 2 || (d->ndims == 2 && (d->scaled || d->compound))) return grid(o, d, d, 1);
    o->f->files[0].rows = (int64_t)d->dims[0];
    if (d->ndims == 2) return spread_columns(o, d, "c");
    return add_source(o, d, d->compound ? NULL : d->name, false, &dset);
}

/* --- groups */
typedef struct {
    opener     *o;
    found      *items;
    int32_t     count, cap;
    const char *group;
    char      **subgroups;
    int32_t     nsub, sub_cap;
} listing;

static int by_position(const void *a, const void *b)
{
    const found *x = a, *y = b;

    return (x->position > y->position) - (x->position < y->position);
}

/* All links of a group: datasets to items, groups to subgroups. */
static brasa_status list_group(opener *o, const char *path, listing *l)
{
    hid_t   g = BRASA_H5(o->h, H5Gopen2(o->file, path, H5P_DEFAULT));
    bool    ours = false;
    char  **names;
    int32_t n, groups = 0;

    memset(l, 0, sizeof *l);
    l->group = path;
    if (g < 0) return brasa__h5_fail(o->err, BRASA_CORRUPT, "%s: group %s cannot be opened", o->file_path, path);
    if (brasa__h5_links(o->h, g, MOST_LINKS, &names, &n, o->err) != BRASA_OK)
        return brasa__fail_more(o->err, " (%s in %s)", path, o->file_path);
    l->subgroups = names;
    for (int32_t i = 0; i < n; i++) {
        const char *child = brasa__arena_printf(o->arena, "%s/%s", strcmp(path, "/") == 0 ? "" : path, names[i]);
        H5O_info_t  oi;
        if (strcmp(names[i], BRASA_H5_HIDDEN) == 0 || H5Oexists_by_name(o->file, child, H5P_DEFAULT) <= 0) continue;
        if (H5Oget_info_by_name2(o->file, child, &oi, H5O_INFO_BASIC, H5P_DEFAULT) < 0) continue;
        if (oi.type == H5O_TYPE_GROUP) {
            names[groups++] = brasa__arena_strdup(o->arena, child);
        } else if (oi.type == H5O_TYPE_DATASET) {
            l->items = brasa__arena_grow(o->arena, l->items, &l->cap, l->count + 1, sizeof *l->items);
            if (inspect(o, child, &l->items[l->count]) && l->items[l->count].ndims > 0) ours |= l->items[l->count++].position >= 0;
        }
    }
    l->nsub = groups;
    if (ours) qsort(l->items, (size_t)l->count, sizeof *l->items, by_position);
    return BRASA_OK;
}

static brasa_status lengths_differ(opener *o, const listing *l)
{
    brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s is no table: its datasets have different lengths (", o->file_path, l->group);
    for (int32_t i = 0; i < l->count && i < 8; i++)
        brasa__fail_more(o->err, "%s%s %llu", i == 0 ? "" : ", ", l->items[i].name, (unsigned long long)l->items[i].dims[0]);
    return brasa__fail_more(o->err, "%s); name one of them, such as %s:%s", l->count > 8 ? ", ..." : "", o->file_path, l->items[0].path);
}

/* The dataset whose shape makes the grid; NULL: no grid. */
static const found *grid_lead(const listing *l)
{
    const found *lead = NULL;
    double       most = 0;

    for (int32_t i = 0; i < l->count; i++) {
        const found *d = &l->items[i];
        double       cells = 1;
        for (int k = 0; k < d->ndims; k++) cells *= (double)d->dims[k];
        if (d->ndims < 2 || (d->ndims == 2 && !d->scaled) ||
            (lead != NULL && (d->ndims < lead->ndims || (d->ndims == lead->ndims && cells <= most))))
            continue;
        lead = d;
        most = cells;
    }
    return lead;
}

static brasa_status columns_of_group(opener *o, const listing *l)
{
    hid_t dset;

    for (int32_t i = 0; i < l->count; i++) {
        const found *d = &l->items[i];
        bool         added;
        BRASA_TRY(add_own(o, d, &added));
        if (added) continue;
        if (d->dims[0] != l->items[0].dims[0]) return lengths_differ(o, l);
        if (d->ndims == 2)
            BRASA_TRY(spread_columns(o, d, brasa__arena_printf(o->arena, "%s_", d->name)));
        else
            BRASA_TRY(add_source(o, d, d->name, false, &dset));
    }
    o->f->files[0].rows = (int64_t)l->items[0].dims[0];
    return BRASA_OK;
}

static void drop_bare(listing *l)
{
    int32_t m = 0;

    for (int32_t i = 0; i < l->count; i++)
        if (!l->items[i].bare_dim) l->items[m++] = l->items[i];
    l->count = m;
}

/* Without dimension scales an array is a grid of the group only if all that is in the group fits it. */
static bool all_fit(const found *lead, const listing *l)
{
    for (int32_t i = 0; i < l->count; i++) {
        const found *d = &l->items[i];
        bool         fits = d->ndims > 1 ? same_shape(lead, d) : false;
        for (int k = 0; k < lead->ndims && d->ndims == 1; k++) fits |= d->dims[0] == lead->dims[k];
        if (!fits) return false;
    }
    return true;
}

/* A group with datasets. */
static brasa_status group_table(opener *o, listing *l)
{
    const found *lead = grid_lead(l);

    if (lead != NULL && !lead->scaled && !all_fit(lead, l)) return lengths_differ(o, l);
    if (lead != NULL) {
        for (int32_t i = 0; i < l->count; i++)
            if (l->items[i].ndims > 1 && !same_shape(lead, &l->items[i]))
                brasa__log(BRASA_LOG_INFO, "%s:%s has another shape than %s and is left out; name it to read it", o->file_path,
                           l->items[i].path, lead->name);
        return grid(o, lead, l->items, l->count);
    }
    drop_bare(l);
    if (brasa__h5_is_own(o->h, o->file, l->group)) {
        if (l->nsub > 0)
            return brasa__fail(
                o->err, BRASA_UNSUPPORTED,
                "%s:%s was changed by another program since it was written, and its column %s (long strings or lists) cannot be read any more; write the table again",
                o->file_path, l->group, brasa__path_base(l->subgroups[0]));
        return columns_of_group(o, l);
    }
    if (l->count == 1) return dataset_table(o, &l->items[0]);
    return columns_of_group(o, l);
}

/* --- where to look */
typedef struct {
    const char *paths[MOST_FOUND]; /* groups that hold datasets */
    int32_t     count;
} places;

static brasa_status find_places(opener *o, const char *group, int depth, places *out)
{
    listing l;

    BRASA_TRY(list_group(o, group, &l));
    if (l.count > 0 && out->count < MOST_FOUND) out->paths[out->count++] = group;
    for (int32_t i = 0; i < l.nsub && depth < MOST_DEPTH; i++)
        if (l.subgroups[i][0] != '\0' && brasa__path_base(l.subgroups[i])[0] != '_')
            BRASA_TRY(find_places(o, l.subgroups[i], depth + 1, out));
    return BRASA_OK;
}

static brasa_status ambiguous(opener *o, const char *group, const places *p)
{
    if (p->count == 0)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s holds no datasets, so there is no table to read", o->file_path, group);
    brasa__fail(o->err, BRASA_INVALID, "%s:%s is no table; name one of the groups in it: ", o->file_path, group);
    for (int32_t i = 0; i < p->count && i < 8; i++) brasa__fail_more(o->err, "%s%s:%s", i == 0 ? "" : ", ", o->file_path, p->paths[i]);
    return BRASA_INVALID;
}

static brasa_status table_of_group(opener *o, const char *group)
{
    listing l;
    places *p;

    BRASA_TRY(list_group(o, group, &l));
    if (l.count > 0) return group_table(o, &l);
    p = BRASA_NEW(o->h->arena, places);
    BRASA_TRY(find_places(o, group, 0, p));
    if (p->count != 1) return ambiguous(o, group, p);
    BRASA_TRY(list_group(o, p->paths[0], &l));
    return group_table(o, &l);
}

static brasa_status no_such_place(opener *o, const char *inner)
{
    listing      l;
    const char **names;
    char        *parent = brasa__path_dir(o->h->arena, inner);
    const char  *near = NULL;
    int32_t      n = 0;

    if (brasa__h5_exists(o->h, o->file, parent) && list_group(o, parent, &l) == BRASA_OK) {
        names = BRASA_NEWS(o->h->arena, const char *, l.count + l.nsub + 1);
        for (int32_t i = 0; i < l.count; i++) names[n++] = l.items[i].name;
        for (int32_t i = 0; i < l.nsub; i++) names[n++] = brasa__path_base(l.subgroups[i]);
        near = brasa__near_miss(brasa__path_base(inner), names, n);
    }
    if (near != NULL)
        return brasa__fail(o->err, BRASA_NOT_FOUND, "%s has no %s; did you mean %s:%s%s%s?", o->file_path, inner, o->file_path, parent,
                           strcmp(parent, "/") == 0 ? "" : "/", near);
    return brasa__fail(o->err, BRASA_NOT_FOUND, "%s has no %s; list what is there with h5ls -r", o->file_path, inner);
}

static brasa_status find_table(opener *o, const char *inner)
{
    H5O_info_t oi;
    found      d;

    if (!brasa__h5_exists(o->h, o->file, inner)) return no_such_place(o, inner);
    if (strcmp(inner, "/") == 0) return table_of_group(o, inner);
    if (H5Oget_info_by_name2(o->file, inner, &oi, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        return brasa__h5_fail(o->err, BRASA_CORRUPT, "%s:%s cannot be opened", o->file_path, inner);
    if (oi.type == H5O_TYPE_GROUP) return table_of_group(o, inner);
    if (oi.type != H5O_TYPE_DATASET || !inspect(o, inner, &d))
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s is neither a group nor a dataset", o->file_path, inner);
    return dataset_table(o, &d);
}

/* Another file of the same table: the same sources, as many rows as it has. */
static brasa_status same_sources(opener *o, brasa_h5_foreign_file *file)
{
    file->rows = -1;
    if (o->f->grid_dims > 0)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s: arrays of several dimensions are read one file at a time", o->file_path);
    for (int32_t i = 0; i < o->f->nsources; i++) {
        const brasa_h5_source *s = &o->f->sources[i];
        found                  d;
        hid_t                  dset;
        int64_t                chunk;
        if (!brasa__h5_exists(o->h, o->file, s->path) || !inspect(o, s->path, &d) || d.ndims != s->ndims || d.compound != s->compound ||
            (d.ndims == 2 && (int64_t)d.dims[1] != s->dims[1]) || (file->rows >= 0 && (int64_t)d.dims[0] != file->rows))
            return brasa__fail(o->err, BRASA_TYPE, "%s and %s do not have the same datasets (%s); read them one by one",
                               o->f->files[0].path, o->file_path, s->path);
        dset = BRASA_H5(o->h, H5Dopen2(o->file, s->path, H5P_DEFAULT));
        BRASA_TRY(check_dataset(o, dset, &d, &chunk));
        file->rows = (int64_t)d.dims[0];
    }
    return BRASA_OK;
}

typedef struct {
    brasa_arena           *arena;
    const brasa_read_spec *spec;
    const brasa_uri       *uri;
    brasa_h5_foreign      *f;
    int32_t                file;
} open_call;

static brasa_status open_one(brasa_h5 *h, void *arg, brasa_error *err)
{
    open_call             *c = arg;
    brasa_h5_foreign_file *file = &c->f->files[c->file];
    opener o = {.h = h, .arena = c->arena, .spec = c->spec, .file_path = file->path, .f = c->f, .err = err, .fields = {.arena = c->arena}};

    BRASA_TRY(brasa__h5_open_read(h, file->path, c->spec->allow_external, &o.file, err));
    if (H5Fget_filesize(o.file, &o.file_bytes) < 0) return brasa__h5_fail(err, BRASA_CORRUPT, "%s is damaged", file->path);
    if (c->file > 0) return same_sources(&o, file);
    BRASA_TRY(find_table(&o, c->uri->inner));
    c->f->nfields = o.fields.count;
    c->f->fields = o.fields.items;
    if (o.fields.count == 0)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s:%s has no column of a type that can be read%s%s", file->path, c->uri->inner,
                           o.fields.skipped == NULL ? "" : ": ", o.fields.skipped == NULL ? "" : o.fields.skipped);
    return BRASA_OK;
}

/* --- the table */
static void cut(brasa_arena *arena, brasa_h5_foreign *f)
{
    int64_t step = BRASA_H5_PARTITION_ROWS, most = 1;
    int32_t cap = 0;

    for (int32_t i = 0; i < f->nsources; i++)
        if (f->sources[i].chunk_rows > most) most = f->sources[i].chunk_rows;
    if (f->grid_dims > 0) { /* whole rows of the last dimensions */
        for (int k = f->grid_dims - 1; k > 0 && most * f->grid[k] <= BRASA_H5_PARTITION_ROWS && f->grid[k] > 0; k--)
            most = k == f->grid_dims - 1 ? f->grid[k] : most * f->grid[k];
    }
    step = (step + most - 1) / most * most;
    for (int32_t i = 0; i < f->nfiles; i++)
        for (int64_t at = 0; at < f->files[i].rows; at += step) {
            f->pieces = brasa__arena_grow(arena, f->pieces, &cap, f->npieces + 1, sizeof *f->pieces);
            f->pieces[f->npieces++] =
                (brasa_h5_piece) {.part = i, .from = at, .to = at + step < f->files[i].rows ? at + step : f->files[i].rows};
        }
}

/* Names that differ: the second "x" becomes "x_2". */
static const char *free_name(brasa_arena *arena, const brasa_field *fields, int32_t n, const char *name)
{
    const char *candidate = name;

    for (int32_t k = 2, i = 0; i < n; i++)
        if (strcmp(fields[i].name, candidate) == 0) {
            candidate = brasa__arena_printf(arena, "%s_%d", name, (int)k++);
            i = -1;
        }
    return candidate;
}

static void describe(brasa_arena *arena, brasa_table *t, const brasa_h5_foreign *f)
{
    brasa_field *fields = BRASA_NEWS(arena, brasa_field, f->nfields + 1);

    t->stats = BRASA_NEWS(arena, brasa_column_stats, f->nfields + 1);
    for (int32_t i = 0; i < f->nfields; i++) {
        const brasa_h5_field *x = &f->fields[i];
        const char           *name = f->nfields <= 2048 ? free_name(arena, fields, i, x->name) : x->name;
        fields[i] = (brasa_field) {.name = name, .type = x->type, .nullable = true};
        t->stats[i].nulls = -1;
        t->stats[i].bytes = x->type.kind == BRASA_KIND_STRING ? 24 : (double)brasa__type_width(x->type);
    }
    t->schema = (brasa_schema) {.ncols = f->nfields, .cols = fields};
    for (int32_t i = 0; i < f->nfiles; i++) {
        t->rows += f->files[i].rows;
        t->bytes += f->files[i].bytes;
    }
    t->rows_estimate = (double)t->rows;
    t->nparts = f->npieces;
}

brasa_status brasa__h5_foreign_open(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                                    brasa_table *t, brasa_error *err)
{
    brasa_h5_table   *l = BRASA_NEW(arena, brasa_h5_table);
    brasa_h5_foreign *f = BRASA_NEW(arena, brasa_h5_foreign);

    f->allow_external = spec->allow_external;
    f->nfiles = nfiles;
    f->files = BRASA_NEWS(arena, brasa_h5_foreign_file, nfiles);
    for (int32_t i = 0; i < nfiles; i++) {
        open_call  c = {.arena = arena, .spec = spec, .uri = uri, .f = f, .file = i};
        brasa_stat st;
        f->files[i].path = files[i];
        BRASA_TRY(brasa__io_stat(files[i], &st, err));
        f->files[i].bytes = st.bytes;
        BRASA_TRY(brasa__h5_run(open_one, &c, err));
    }
    cut(arena, f);
    describe(arena, t, f);
    l->foreign = f;
    t->layout = l;
    return BRASA_OK;
}
