/* h5fread.c -- what a scan of a foreign file does under HDF5's lock: datasets opened, hyperslabs read as native bytes.
 *
 * Datasets and types live as long as the scan: every scan has the file open for itself.
 */
#include <string.h>

#include "storage/h5fscan.h"

enum { LEAST_CACHE = 1 << 20, MOST_CACHE = 256 << 20 };

/* --- opening, under the lock */
static hid_t open_dataset(brasa_h5 *h, brasa_h5_scan_state *st, const brasa_h5_source *s, brasa_error *err, brasa_status *status)
{
    hid_t   dapl = BRASA_H5(h, H5Pcreate(H5P_DATASET_ACCESS));
    hid_t   dset = H5Dopen2(st->h5, s->path, H5P_DEFAULT);
    hid_t   dcpl = dset < 0 ? -1 : BRASA_H5(h, H5Dget_create_plist(dset));
    hid_t   type = dset < 0 ? -1 : BRASA_H5(h, H5Dget_type(dset));
    hsize_t chunk[BRASA_H5_MOST_DIMS];
    size_t  bytes = type < 0 ? 1 : H5Tget_size(type);
    int     n = dcpl < 0 || H5Pget_layout(dcpl) != H5D_CHUNKED ? 0 : H5Pget_chunk(dcpl, BRASA_H5_MOST_DIMS, chunk);

    *status = BRASA_OK;
    if (dset < 0) {
        *status = brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: dataset %s cannot be opened", st->file.path, s->path);
        return -1;
    }
    for (int k = 0; k < n; k++) bytes *= (size_t)chunk[k];
    bytes *= n > 1 ? 8 : 2; /* a chunk is decoded once, though it is read block by block */
    if (n <= 0 || bytes <= LEAST_CACHE) return dset;
    H5Pset_chunk_cache(dapl, 521, bytes < MOST_CACHE ? bytes : MOST_CACHE, 1.0);
    H5Dclose(dset);
    return H5Dopen2(st->h5, s->path, dapl);
}

/* Are the elements of the lists (NULL: strings) in the file what they are in memory? */
static bool plain_items(brasa_h5 *h, hid_t file_type, const brasa_h5_field *item)
{
    return item == NULL ||
           (!brasa__h5_has_pointers(item) && H5Tequal(BRASA_H5(h, H5Tget_super(file_type)), brasa__h5_rep_type(h, item)) > 0);
}

/* The type of the items in memory; *width: bytes of a row of one. */
static hid_t item_type(brasa_h5 *h, hid_t file_type, const brasa_h5_source *s, const brasa_h5_field *f, size_t *width)
{
    brasa_h5_field one = *f;
    hid_t          type;

    if (s->chars > 0) one.size = 1; /* the last dimension is one string */
    type = brasa__h5_whole_type(h, file_type, &one, width);
    if (s->chars > 0) *width = (size_t)s->chars;
    return type;
}

static brasa_status plan_source(brasa_h5 *h, brasa_h5_scan_state *st, int32_t k, brasa_error *err)
{
    brasa_h5_source_state *s = &st->sources[k];
    brasa_status           status;
    hid_t                  file_type;

    s->dset = open_dataset(h, st, s->s, err, &status);
    BRASA_TRY(status);
    if (s->s->pickled) {
        s->pickle = brasa__h5_pickle_of(h, st->axes, s->dset, &s->pickle_bytes);
        if (s->pickle == NULL)
            return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: %s cannot be read", st->file.path, s->s->path);
        return BRASA_OK;
    }
    if (s->s->ends != NULL) {
        const brasa_h5_field *f = st->fields[s->first_field].f;
        s->type = H5Tcopy(brasa__h5_rep_type(h, f->item != NULL ? f->item : f));
        s->width = (size_t)f->size;
        return BRASA_OK;
    }
    file_type = BRASA_H5(h, H5Dget_type(s->dset));
    for (int32_t i = s->first_field; i >= 0; i = st->fields[i].next)
        if (st->fields[i].f->member != NULL) brasa__h5_want_member(&s->members, st->axes, st->fields[i].f);
    if (s->s->compound) {
        s->type = brasa__h5_member_type(h, file_type, &s->members);
        s->width = s->members.width;
    } else {
        const brasa_h5_field *f = st->fields[s->first_field].f;
        s->type = item_type(h, file_type, s->s, f, &s->width);
        if (s->count > 0) s->width = (size_t)f->size * (size_t)s->count;
    }
    if (s->has_pointers && !s->s->compound && !st->t->allow_external && plain_items(h, file_type, s->item))
        s->strings = brasa__h5_vtext_open(h, st->axes, st->h5, s->dset, s->item == NULL ? 0 : (size_t)s->item->size, &st->file, s->s->path);
    if (s->type < 0 || s->width == 0)
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: dataset %s has another type than when it was opened", st->file.path, s->s->path);
    return BRASA_OK;
}

/* All coordinates of an axis, or values over some of the dimensions, converted. */
static brasa_status load_axis(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_field_state *fs, brasa_error *err)
{
    const brasa_h5_field  *f = fs->f;
    const brasa_h5_source *s = &st->t->sources[f->source];
    int64_t                n = 1;
    hid_t                  dset = BRASA_H5(h, H5Dopen2(st->h5, s->path, H5P_DEFAULT));
    hid_t                  space = dset < 0 ? -1 : BRASA_H5(h, H5Dget_space(dset));
    hid_t                  type;
    size_t                 width;
    brasa_status           status;
    void                  *raw;

    for (int k = 0; k < st->t->grid_dims; k++)
        if (f->over >> k & 1) n = n > INT32_MAX ? n : n * st->grid[k];
    if (n > INT32_MAX || space < 0 || H5Sget_simple_extent_npoints(space) != n * (s->chars > 0 ? s->chars : 1))
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: coordinates %s have changed", st->file.path, s->path);
    type = item_type(h, BRASA_H5(h, H5Dget_type(dset)), s, f, &width);
    if (type < 0 || width != (size_t)f->size)
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: coordinates %s have changed", st->file.path, s->path);
    raw = brasa__h5_new_buf(&st->axis_bufs, width * (size_t)n)->data;
    if (H5Dread(dset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0) {
        H5Tclose(type);
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: coordinates %s cannot be read", st->file.path, s->path);
    }
    status = brasa__h5_convert(f, raw, width, (int32_t)n, NULL, st->file.path, &st->axis_bufs, st->axes, &fs->coordinates, err);
    if (f->rep == BRASA_H5_VTEXT) H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
    H5Tclose(type);
    return status;
}

/* Where the runs of a sparse matrix begin: numbers that do not fall, the last of them the rows of the table. */
static brasa_status load_runs(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_field_state *fs, brasa_error *err)
{
    enum { MOST_RUNS = 1 << 28 };
    hid_t    dset = BRASA_H5(h, H5Dopen2(st->h5, fs->f->runs, H5P_DEFAULT)), space = dset < 0 ? -1 : BRASA_H5(h, H5Dget_space(dset));
    hssize_t n = space < 0 ? 0 : H5Sget_simple_extent_npoints(space);
    int64_t *runs;
    bool     fine = n >= 1 && n <= MOST_RUNS;

    runs = BRASA_NEWS(st->axes, int64_t, fine ? n : 1);
    fine = fine && H5Dread(dset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, runs) >= 0;
    fine = fine && runs[0] == 0 && runs[n - 1] == st->t->files[st->piece->part].rows;
    for (hssize_t i = 1; fine && i < n; i++) fine = runs[i] >= runs[i - 1];
    if (!fine)
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: %s does not go from 0 to the number of values without falling",
                                   st->file.path, fs->f->runs);
    fs->runs = runs;
    fs->nruns = n - 1;
    return BRASA_OK;
}

/* Where a field is in the rows in memory. */
static void place_field(brasa_h5_scan_state *st, brasa_h5_field_state *fs)
{
    const brasa_h5_field        *f = fs->f;
    const brasa_h5_source_state *s;

    if (f->source < 0 || f->axis >= 0) return;
    s = &st->sources[f->source];
    if (f->member != NULL)
        fs->at = brasa__h5_member_at(&s->members, f->member) + (size_t)f->size * (size_t)f->element;
    else
        fs->at = (size_t)f->size * (size_t)(f->element - s->first); /* of a transposed one: times the rows of the block */
}

static brasa_status open_all(brasa_h5 *h, brasa_h5_scan_state *st, brasa_error *err)
{
    H5PLset_loading_state(st->t->allow_external ? H5PL_ALL_PLUGIN : 0);
    st->h5 = H5Fopen(st->file.path, H5F_ACC_RDONLY, brasa__h5_access(h, st->t->allow_external ? NULL : &st->file));
    if (st->h5 < 0) {
        st->h5 = 0;
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s is no HDF5 file, or is damaged or cut short", st->file.path);
    }
    for (int32_t k = 0; k < st->nsources; k++)
        if (st->sources[k].needed) BRASA_TRY(plan_source(h, st, k, err));
    for (int32_t i = 0; i < st->nfields; i++) {
        brasa_h5_field_state *fs = &st->fields[i];
        place_field(st, fs);
        if (fs->f->axis >= 0 && fs->f->source >= 0) BRASA_TRY(load_axis(h, st, fs, err));
        if (fs->f->runs != NULL) BRASA_TRY(load_runs(h, st, fs, err));
        if (fs->f->mask == NULL) continue;
        const char *dir = brasa__path_dir(h->arena, st->t->sources[fs->f->source].path);
        fs->mask = H5Dopen2(st->h5, brasa__arena_printf(h->arena, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, fs->f->mask), H5P_DEFAULT);
        if (fs->mask < 0)
            return brasa__h5_fail(err, BRASA_CORRUPT, "%s: the mask of nulls of column %s (%s) cannot be opened", st->file.path,
                                  fs->f->name, fs->f->mask);
    }
    return BRASA_OK;
}

/* --- reading a block, under the lock */

/* The box of a grid that begins at row `from`; 1-D and 2-D tables: rows. */
static void box(const brasa_h5_scan_state *st, const brasa_h5_source_state *s, hsize_t *start, hsize_t *count)
{
    int64_t rest = st->from, left = st->n;

    if (st->t->grid_dims == 0) {
        start[0] = (hsize_t)st->from;
        count[0] = (hsize_t)st->n;
        start[1] = (hsize_t)s->first;
        count[1] = (hsize_t)s->count;
        if (s->s->transposed) {
            start[1] = start[0], start[0] = (hsize_t)s->first;
            count[1] = count[0], count[0] = (hsize_t)s->count;
        }
        return;
    }
    for (int k = st->t->grid_dims - 1; k >= 0; k--) {
        start[k] = (hsize_t)(rest % st->grid[k]);
        rest /= st->grid[k];
        count[k] = (hsize_t)(left < st->grid[k] ? left : st->grid[k]);
        left = left <= st->grid[k] ? 1 : left / st->grid[k];
    }
}

static brasa_status read_source(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_source_state *s, brasa_error *err)
{
    hsize_t start[BRASA_H5_MOST_DIMS + 1] = {0}, count[BRASA_H5_MOST_DIMS + 1] = {1};
    hsize_t total = 1;
    hid_t   space = BRASA_H5(h, H5Dget_space(s->dset)), memory;
    int     ndims = s->s->ndims;

    if (s->s->pickled) return BRASA_OK;
    if (s->s->ends != NULL) return brasa__h5_read_ragged(h, st, s, err);
    if (s->strings != NULL) return brasa__h5_vtext_fetch(s->strings, st->from, st->n, err);
    if (H5Sget_simple_extent_ndims(space) != (s->s->scalar ? 0 : ndims + (s->s->chars > 0)))
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: dataset %s has changed", st->file.path, s->s->path);
    box(st, s, start, count);
    start[ndims] = 0;
    count[ndims] = s->s->chars > 0 ? (hsize_t)s->s->chars : 1;
    for (int k = 0; k <= ndims; k++) total *= count[k];
    memory = BRASA_H5(h, H5Screate_simple(1, &total, NULL));
    s->raw = brasa__h5_new_buf(&st->bufs, s->width * (size_t)st->n);
    if (s->has_pointers) memset(s->raw->data, 0, s->width * (size_t)st->n);
    if ((!s->s->scalar && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) ||
        H5Dread(s->dset, s->type, memory, space, H5P_DEFAULT, s->raw->data) < 0)
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: rows %lld to %lld of dataset %s cannot be read: the file is damaged",
                                   st->file.path, (long long)st->from, (long long)(st->from + st->n - 1), s->s->path);
    return BRASA_OK;
}

static brasa_status read_mask(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_field_state *fs, brasa_error *err)
{
    bool    bits = !fs->f->mask_nulls && strcmp(fs->f->mask, "null_bitmap") == 0;
    hsize_t start = (hsize_t)st->from / (bits ? 8 : 1), count = bits ? ((hsize_t)(st->from + st->n) + 7) / 8 - start : (hsize_t)st->n;
    hid_t   space = BRASA_H5(h, H5Dget_space(fs->mask)), memory = BRASA_H5(h, H5Screate_simple(1, &count, NULL));
    void   *bytes = brasa__arena_alloc(st->block_arena, (size_t)count);

    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL) < 0 ||
        H5Dread(fs->mask, bits ? H5T_NATIVE_UINT8 : H5T_NATIVE_INT8, memory, space, H5P_DEFAULT, bytes) < 0)
        return brasa__h5_file_fail(&st->file, err, BRASA_CORRUPT, "%s: the mask of nulls %s cannot be read: the file is damaged",
                                   st->file.path, fs->f->mask);
    if (bits) {
        const uint8_t *packed = bytes;
        uint8_t       *each = bytes = brasa__arena_alloc(st->block_arena, (size_t)st->n);
        for (int32_t i = 0; i < st->n; i++) each[i] = packed[(st->from + i) / 8 - (int64_t)start] >> (st->from + i) % 8 & 1;
    }
    for (int32_t i = 0; fs->f->mask_nulls && i < st->n; i++) ((uint8_t *)bytes)[i] = ((uint8_t *)bytes)[i] == 0;
    fs->mask_bytes = bytes;
    return BRASA_OK;
}

brasa_status brasa__h5_read_block(brasa_h5 *h, void *arg, brasa_error *err)
{
    brasa_h5_scan_state *st = arg;

    if (st->h5 == 0) BRASA_TRY(open_all(h, st, err));
    for (int32_t k = 0; k < st->nsources; k++)
        if (st->sources[k].needed) BRASA_TRY(read_source(h, st, &st->sources[k], err));
    for (int32_t i = 0; i < st->nfields; i++)
        if (st->fields[i].f->mask != NULL) BRASA_TRY(read_mask(h, st, &st->fields[i], err));
    for (int32_t i = 0; i < st->nfields; i++)
        if (st->fields[i].f->rep == BRASA_H5_REF) brasa__h5_follow_references(h, st, &st->fields[i]);
    return BRASA_OK;
}

brasa_status brasa__h5_give_back(brasa_h5 *h, void *arg, brasa_error *err)
{
    brasa_h5_scan_state *st = arg;
    hsize_t              n = (hsize_t)st->n;
    hid_t                space = BRASA_H5(h, H5Screate_simple(1, &n, NULL));

    (void)err;
    for (int32_t k = 0; k < st->nsources; k++) {
        brasa_h5_source_state *s = &st->sources[k];
        hsize_t                cells = n * (s->count > 0 ? (hsize_t)s->count : 1);
        if (!s->needed || !s->has_pointers || s->raw == NULL) continue;
        H5Dvlen_reclaim(s->type, s->count > 0 ? BRASA_H5(h, H5Screate_simple(1, &cells, NULL)) : space, H5P_DEFAULT, s->raw->data);
    }
    return BRASA_OK;
}
