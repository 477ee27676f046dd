/* h5fgroup.c -- which datasets of a group make the table. */
#include "storage/h5fopen.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "data/type.h"
#include "storage/h5type.h"

enum { MOST_LINKS = 20000 };

brasa_status brasa__h5_dataset_table(brasa_h5_opener *o, const brasa_h5_found *d)
{
    hid_t dset;

    if (d->ndims == 0) return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s has no values (a null dataspace)", o->file_path, d->path);
    if (d->opaque) return brasa__h5_matlab_object(o, d);
    if (d->ndims > 2 || (d->ndims == 2 && (d->scaled || d->compound) && !brasa__h5_is_vector(d))) return brasa__h5_grid(o, d, d, 1);
    o->f->files[0].rows = (int64_t)d->dims[0];
    if (d->ndims == 2 && !brasa__h5_is_vector(d)) return brasa__h5_spread_columns(o, d, "c");
    return brasa__h5_add_source(o, d, d->compound ? NULL : d->name, &dset);
}

/* --- groups */
static int by_position(const void *a, const void *b)
{
    const brasa_h5_found *x = a, *y = b;

    return (x->position > y->position) - (x->position < y->position);
}

static void add_found(brasa_arena *arena, brasa_h5_listing *l, const brasa_h5_found *d)
{
    if (d->scalar || d->single) {
        l->scalars = brasa__arena_grow(arena, l->scalars, &l->scalar_cap, l->nscalars + 1, sizeof *d);
        l->scalars[l->nscalars++] = *d;
    } else {
        l->items = brasa__arena_grow(arena, l->items, &l->cap, l->count + 1, sizeof *d);
        l->items[l->count++] = *d;
    }
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n >= k && strcmp(name + n - k, end) == 0;
}

/* The columns of vaex, and the arrays of CGNS, are groups. */
static void list_column_groups(brasa_h5_opener *o, brasa_h5_listing *l)
{
    brasa_h5_found d;
    int32_t        n = l->nsub;

    if (l->count > 0) return;
    for (int32_t i = 0; i < n; i++)
        if (brasa__h5_cgns_array(o, l->subgroups[i], &d)) add_found(o->arena, l, &d);
    if (strcmp(brasa__path_base(l->group), "columns") != 0) n = 0;
    for (int32_t i = 0; i < n; i++)
        if (brasa__h5_vaex_column(o, l->subgroups[i], &d)) add_found(o->arena, l, &d);
    if (l->count > 0) l->nsub = 0;
}

brasa_h5_found *brasa__h5_item(const brasa_h5_listing *l, const char *name)
{
    for (int32_t i = 0; i < l->count; i++)
        if (strcmp(l->items[i].name, name) == 0) return &l->items[i];
    return NULL;
}

/* All links of a group: datasets to items, groups to subgroups. */
brasa_status brasa__h5_list_group(brasa_h5_opener *o, const char *path, brasa_h5_listing *l)
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
    l->pandas = brasa__h5_attr_text(o->h, o->arena, g, "pandas_type");
    l->anndata = brasa__h5_attr_text(o->h, o->h->arena, g, "encoding-type") != NULL;
    for (int32_t i = 0; i < n; i++) {
        const char *child = brasa__arena_printf(o->arena, "%s/%s", strcmp(path, "/") == 0 ? "" : path, names[i]);
        H5O_info_t  oi;
        if (strcmp(names[i], BRASA_H5_HIDDEN) == 0 || ends_with(names[i], ".__table_column_meta__") ||
            /* astropy's units, as YAML */ H5Oget_info_by_name2(g, names[i], &oi, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
            continue;
        if (oi.type == H5O_TYPE_GROUP) {
            names[groups++] = brasa__arena_strdup(o->arena, child);
        } else if (oi.type == H5O_TYPE_DATASET) {
            brasa_h5_found d;
            if (!brasa__h5_inspect(o, child, &d)) {
                brasa__log(BRASA_LOG_WARN, "%s:%s is left out: HDF5 %d.%d.%d cannot open it; a newer one may (h5repack rewrites it)",
                           o->file_path, child, H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
                l->unreadable = child;
                continue;
            }
            if (d.opaque) brasa__log(BRASA_LOG_WARN, "%s:%s is left out: it is a MATLAB object of class %s", o->file_path, child, d.matlab);
            if (d.ndims == 0 || d.opaque || d.empty) continue;
            ours |= d.position >= 0;
            add_found(o->arena, l, &d);
        }
    }
    l->nsub = groups;
    list_column_groups(o, l);
    if (ours) qsort(l->items, (size_t)l->count, sizeof *l->items, by_position);
    return BRASA_OK;
}

/* The datasets that option `datasets` names, in its order. */
brasa_status brasa__h5_list_named(brasa_h5_opener *o, const char *group, brasa_h5_listing *l)
{
    char *save = NULL;

    *l = (brasa_h5_listing) {.group = group};
    for (char *word = strtok_r(brasa__arena_strdup(o->arena, o->spec->datasets), ",", &save); word != NULL;
         word = strtok_r(NULL, ",", &save)) {
        size_t         n;
        const char    *path;
        brasa_h5_found d;

        word += strspn(word, " ");
        for (n = strlen(word); n > 0 && word[n - 1] == ' ';) word[--n] = '\0';
        path = word[0] == '/' ? brasa__arena_strdup(o->arena, word)
                              : brasa__arena_printf(o->arena, "%s/%s", strcmp(group, "/") == 0 ? "" : group, word);
        if (!brasa__h5_exists(o->h, o->file, path) || !brasa__h5_inspect(o, path, &d) || d.ndims == 0 || d.scalar)
            return brasa__fail(o->err, BRASA_NOT_FOUND, "datasets = '%s': %s has no dataset %s with rows; list what is there with h5ls -r",
                               o->spec->datasets, o->file_path, path);
        d.name = word;
        add_found(o->arena, l, &d);
    }
    if (l->count > 0) return BRASA_OK;
    return brasa__fail(o->err, BRASA_INVALID, "datasets = '%s' names none", o->spec->datasets);
}

static brasa_status lengths_differ(brasa_h5_opener *o, const brasa_h5_listing *l)
{
    brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s is no table: its datasets have different lengths (", o->file_path, l->group);
    for (int32_t i = 0; i < l->count && i < 8; i++)
        brasa__fail_more(o->err, "%s%s %llu", i == 0 ? "" : ", ", l->items[i].name, (unsigned long long)l->items[i].dims[0]);
    return brasa__fail_more(o->err, "%s); name one of them, such as %s:%s, or several of one length by the option datasets",
                            l->count > 8 ? ", ..." : "", o->file_path, l->items[0].path);
}

/* The dataset whose shape makes the grid; NULL: no grid. */
static const brasa_h5_found *grid_lead(const brasa_h5_listing *l)
{
    const brasa_h5_found *lead = NULL;
    double                most = 0;

    for (int32_t i = 0; i < l->count; i++) {
        const brasa_h5_found *d = &l->items[i];
        double                cells = 1;
        for (int k = 0; k < d->ndims; k++) cells *= (double)d->dims[k];
        if (d->ndims < 2 || (d->ndims == 2 && !d->scaled) ||
            (lead != NULL && (d->ndims < lead->ndims || (d->ndims == lead->ndims && cells <= most))))
            continue;
        lead = d;
        most = cells;
    }
    return lead;
}

/* pandas' series: its values have the name of the series. */
static void name_series(brasa_h5_opener *o, const char *group)
{
    const char *name = brasa__h5_attr_text(o->h, o->arena, BRASA_H5(o->h, H5Gopen2(o->file, group, H5P_DEFAULT)), "name");

    for (int32_t i = 0; i < o->fields.count; i++)
        if (name != NULL && name[0] != '\0' && strcmp(name, "N.") != 0 && strcmp(o->fields.items[i].name, "values") == 0)
            o->fields.items[i].name = name;
}

static brasa_status columns_of_group(brasa_h5_opener *o, const brasa_h5_listing *l)
{
    hid_t dset;

    o->f->files[0].rows = (int64_t)l->items[0].dims[0];
    for (int32_t i = 0; i < l->count; i++) {
        const brasa_h5_found *d = &l->items[i];
        bool                  added;
        BRASA_TRY(brasa__h5_add_own(o, d, &added));
        if (added) continue;
        if (l->pandas != NULL && d->dims[0] != (hsize_t)o->f->files[0].rows) BRASA_TRY(brasa__h5_add_pickled(o, d, &d->name, 1, &added));
        if (added) continue;
        if (d->dims[0] != l->items[0].dims[0]) return lengths_differ(o, l);
        if (d->ndims == 2 && !brasa__h5_is_vector(d))
            BRASA_TRY(brasa__h5_spread_columns(o, d, brasa__arena_printf(o->arena, "%s_", d->name)));
        else
            BRASA_TRY(brasa__h5_add_source(o, d, d->name, &dset));
    }
    if (l->pandas != NULL && strcmp(l->pandas, "series") == 0) name_series(o, l->group);
    return l->anndata ? brasa__h5_coded_columns(o, l, o->f->files[0].rows) : BRASA_OK;
}

static void drop_bare(brasa_h5_listing *l)
{
    int32_t m = 0;

    for (int32_t i = 0; i < l->count; i++)
        if (!l->items[i].bare_dim) l->items[m++] = l->items[i];
    l->count = m;
}

/* Notes of the program that wrote the file (10x: _all_tag_keys) are no columns where all others are of one length. */
static void drop_notes(brasa_h5_listing *l)
{
    const brasa_h5_found *first = NULL;
    int32_t               m = 0;

    for (int32_t i = 0; i < l->count; i++) {
        if (l->items[i].name[0] == '_') continue;
        if (first == NULL) first = &l->items[i];
        if (l->items[i].dims[0] != first->dims[0]) return;
    }
    if (first == NULL) return;
    hsize_t rows = first->dims[0];
    for (int32_t i = 0; i < l->count; i++)
        if (l->items[i].name[0] != '_' || l->items[i].dims[0] == rows) l->items[m++] = l->items[i];
    l->count = m;
}

/* Without dimension scales an array is a grid of the group only if all that is in the group fits it. */
static bool all_fit(const brasa_h5_found *lead, const brasa_h5_listing *l)
{
    for (int32_t i = 0; i < l->count; i++) {
        const brasa_h5_found *d = &l->items[i];
        bool                  fits = d->ndims > 1 ? brasa__h5_same_shape(lead, d) : false;
        for (int k = 0; k < lead->ndims && d->ndims == 1; k++) fits |= d->dims[0] == lead->dims[k];
        if (!fits) return false;
    }
    return true;
}

/* A group with datasets. */
brasa_status brasa__h5_group_table(brasa_h5_opener *o, brasa_h5_listing *l)
{
    const brasa_h5_found *lead;
    bool                  is_sparse;

    brasa__h5_nexus_data(o, l);
    lead = grid_lead(l);
    BRASA_TRY(brasa__h5_sparse(o, l, &is_sparse));
    if (is_sparse) return BRASA_OK;
    brasa__h5_pair_ragged(o, l);
    if (l->pandas != NULL && strcmp(l->pandas, "frame") == 0) return brasa__h5_fixed_frame(o, l);
    if (lead != NULL && !lead->scaled && !all_fit(lead, l)) return lengths_differ(o, l);
    if (lead != NULL) return brasa__h5_grid(o, lead, l->items, l->count);
    drop_bare(l);
    drop_notes(l);
    if (brasa__h5_is_own(o->h, o->file, l->group)) {
        if (l->nsub > 0)
            return brasa__fail(
                o->err, BRASA_UNSUPPORTED,
                "%s:%s was changed by another program since it was written, and its column %s (long strings or lists) cannot be read any more; write the table again",
                o->file_path, l->group, brasa__path_base(l->subgroups[0]));
        return columns_of_group(o, l);
    }
    if (l->count == 1 && !l->anndata && l->items[0].ends == NULL) return brasa__h5_dataset_table(o, &l->items[0]);
    return columns_of_group(o, l);
}
