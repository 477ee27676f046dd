/* h5fragged.c -- rows of many values each, kept end to end in one dataset, with another one that says where they begin or end.
 *
 * vaex: /table/columns/NAME/data, for texts bytes with `indices` (n + 1 offsets), nulls in `mask` or the bits of `null_bitmap`.  NWB (HDMF): NAME with
 * NAME_index (n ends).  (CGNS: NAME/" data", as it is.)  Such a source is read block by block: first the offsets, then what lies between the first and the last.
 */
#include <string.h>

#include "base/io.h"
#include "data/string.h"
#include "data/type.h"
#include "storage/h5fopen.h"
#include "storage/h5fscan.h"

/* --- opening */
static bool inspect_at(brasa_h5_opener *o, const char *group, const char *name, brasa_h5_found *d)
{
    const char *path = brasa__arena_printf(o->arena, "%s/%s", group, name);

    return brasa__h5_exists(o->h, o->file, path) && brasa__h5_inspect(o, path, d) && d->ndims >= 1;
}

bool brasa__h5_cgns_array(brasa_h5_opener *o, const char *group, brasa_h5_found *d)
{
    hid_t       g = BRASA_H5(o->h, H5Gopen2(o->file, group, H5P_DEFAULT));
    const char *label = g < 0 ? NULL : brasa__h5_attr_text(o->h, o->h->arena, g, "label");

    brasa__h5_close(o->h, g);
    if (label == NULL || strcmp(label, "DataArray_t") != 0 || !inspect_at(o, group, " data", d)) return false;
    d->name = brasa__path_base(group);
    return true;
}

bool brasa__h5_vaex_column(brasa_h5_opener *o, const char *group, brasa_h5_found *d)
{
    brasa_h5_found other;

    if (!inspect_at(o, group, "data", d)) return false;
    d->name = brasa__path_base(group);
    if (inspect_at(o, group, "indices", &other) && other.ndims == 1 && other.dims[0] > 0) {
        d->ends = other.path;
        d->text = true;
        d->dims[0] = other.dims[0] - 1;
    }
    if (inspect_at(o, group, "mask", &other))
        d->mask = "mask";
    else if (inspect_at(o, group, "null_bitmap", &other))
        d->mask = "null_bitmap";
    return true;
}

static brasa_h5_found *find(const brasa_h5_listing *l, const char *name, size_t n)
{
    for (int32_t i = 0; i < l->count; i++)
        if (strlen(l->items[i].name) == n && memcmp(l->items[i].name, name, n) == 0) return &l->items[i];
    return NULL;
}

void brasa__h5_pair_ragged(brasa_h5_opener *o, brasa_h5_listing *l)
{
    int32_t kept = 0;

    for (int32_t i = 0; i < l->count; i++) {
        brasa_h5_found *ends = &l->items[i], *values;
        size_t          n = strlen(ends->name);
        const char     *kind = ends->attrs ? brasa__h5_attr_text(o->h, o->h->arena, ends->dset, "neurodata_type") : NULL;
        if (kind == NULL || strcmp(kind, "VectorIndex") != 0 || ends->ndims != 1 || n <= 6 || strcmp(ends->name + n - 6, "_index") != 0)
            continue;
        values = find(l, ends->name, n - 6);
        if (values == NULL || values->ndims != 1) continue;
        values->ends = ends->path;
        values->dims[0] = ends->dims[0];
        ends->ndims = 0; /* gone */
    }
    for (int32_t i = 0; i < l->count; i++)
        if (l->items[i].ndims > 0) l->items[kept++] = l->items[i];
    l->count = kept;
}

void brasa__h5_ragged_field(brasa_h5_opener *o, const brasa_h5_found *d, brasa_h5_field *f)
{
    brasa_h5_field *item;

    if (d->ends == NULL) return;
    if (d->text && f->rep == BRASA_H5_U8) {
        f->type = brasa__type(BRASA_KIND_STRING);
        return;
    }
    item = BRASA_NEW(o->arena, brasa_h5_field);
    *item = *f;
    f->item = item;
    f->rep = BRASA_H5_VLIST;
    f->type = brasa__type_list(o->arena, item->type);
}

/* --- reading, under the lock */
static brasa_status wrong(brasa_h5_scan_state *st, const brasa_h5_source_state *s, brasa_error *err)
{
    return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: %s does not say where rows %lld to %lld of %s are", st->file.path,
                               s->s->ends, (long long)st->from, (long long)(st->from + st->n - 1), s->s->path);
}

/* n + 1 offsets; of n ends the first is 0. */
static bool read_offsets(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_source_state *s)
{
    hid_t    dset = BRASA_H5(h, H5Dopen2(st->h5, s->s->ends, H5P_DEFAULT)), space = dset < 0 ? -1 : BRASA_H5(h, H5Dget_space(dset));
    hssize_t have = space < 0 ? 0 : H5Sget_simple_extent_npoints(space), rows = st->t->files[st->piece->part].rows;
    bool     all = have == rows + 1;
    hsize_t  from = (hsize_t)st->from - (!all && st->from > 0), count = (hsize_t)st->n + (all || st->from > 0);
    int64_t *offsets = BRASA_NEWS(st->block_arena, int64_t, st->n + 1);

    offsets[0] = 0;
    s->offsets = offsets;
    return (all || have == rows) && H5Sget_simple_extent_ndims(space) == 1 &&
           H5Sselect_hyperslab(space, H5S_SELECT_SET, &from, NULL, &count, NULL) >= 0 &&
           H5Dread(dset, H5T_NATIVE_INT64, BRASA_H5(h, H5Screate_simple(1, &count, NULL)), space, H5P_DEFAULT,
                   offsets + ((hsize_t)st->n + 1 - count)) >= 0;
}

brasa_status brasa__h5_read_ragged(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_source_state *s, brasa_error *err)
{
    hid_t    space = BRASA_H5(h, H5Dget_space(s->dset));
    hssize_t have = H5Sget_simple_extent_npoints(space);
    hsize_t  from, count;
    bool     fine = read_offsets(h, st, s) && H5Sget_simple_extent_ndims(space) == 1 && s->offsets[0] >= 0 && s->offsets[st->n] <= have;

    for (int32_t i = 0; fine && i < st->n; i++) fine = s->offsets[i] <= s->offsets[i + 1];
    fine = fine && s->offsets[st->n] - s->offsets[0] <= INT32_MAX;
    if (!fine) return wrong(st, s, err);
    from = (hsize_t)s->offsets[0];
    count = (hsize_t)s->offsets[st->n] - from;
    s->raw = brasa__h5_new_buf(&st->bufs, (size_t)count * s->width);
    if (count > 0 && (H5Sselect_hyperslab(space, H5S_SELECT_SET, &from, NULL, &count, NULL) < 0 ||
                      H5Dread(s->dset, s->type, BRASA_H5(h, H5Screate_simple(1, &count, NULL)), space, H5P_DEFAULT, s->raw->data) < 0))
        return wrong(st, s, err);
    return BRASA_OK;
}

/* --- columns, without the lock */
static void texts(brasa_h5_scan_state *st, const brasa_h5_source_state *s, brasa_column *out)
{
    brasa_string *views = brasa__h5_new_buf(&st->bufs, sizeof *views * (size_t)st->n)->data;
    const char   *bytes = s->raw->data;

    for (int32_t i = 0; i < st->n; i++)
        views[i] = brasa__string(bytes + (s->offsets[i] - s->offsets[0]), (size_t)(s->offsets[i + 1] - s->offsets[i]));
    out->values = views;
}

brasa_status brasa__h5_ragged_column(brasa_h5_scan_state *st, const brasa_h5_source_state *s, const brasa_h5_field *f, brasa_column *out,
                                     brasa_error *err)
{
    int32_t       total = (int32_t)(s->offsets[st->n] - s->offsets[0]);
    brasa_span   *spans;
    brasa_column *child;

    *out = (brasa_column) {.type = f->type, .encoding = BRASA_FLAT};
    if (f->item == NULL) {
        texts(st, s, out);
        return BRASA_OK;
    }
    spans = brasa__h5_new_buf(&st->bufs, sizeof *spans * (size_t)st->n)->data;
    child = BRASA_NEW(st->block_arena, brasa_column);
    for (int32_t i = 0; i < st->n; i++)
        spans[i] = (brasa_span) {.offset = (int32_t)(s->offsets[i] - s->offsets[0]), .len = (int32_t)(s->offsets[i + 1] - s->offsets[i])};
    out->values = spans;
    out->child = child;
    out->child_rows = total;
    return brasa__h5_convert(f->item, s->raw->data, s->width, total, NULL, st->file.path, &st->bufs, st->block_arena, child, err);
}
