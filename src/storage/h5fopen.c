/* h5fopen.c -- what in a foreign file is a table.
 *
 * A dataset: 1-D is a column (or, compound, several); 2-D one column per column, or a vector; more dimensions, or dimension scales, a grid.  A group: its
 * datasets of equal length are the columns; with arrays of several dimensions (netCDF) the largest shape is a grid.  Without a place in the uri the root is
 * tried, then the only group or dataset that would do.  Extents are believed only as far as the file's size allows.
 */
#include "storage/h5fopen.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "data/type.h"
#include "storage/h5probe.h"
#include "storage/table.h"

enum { RUN_PARTITIONS = 16 /* a partition reads all ends of runs */ };
enum { MOST_DEPTH = 32, MOST_PLACES = 8, MOST_SEEN = 16384 };

/* --- where to look */
typedef struct {
    const char *paths[MOST_PLACES]; /* groups that hold datasets; the search ends when there is no room for more */
    int32_t     count;
    haddr_t     seen[MOST_SEEN]; /* groups that were looked into: one may have several names, and links may go round */
    int32_t     nseen;
} places;

static bool seen_before(brasa_h5_opener *o, const char *group, places *p)
{
    H5O_info_t info;

    if (p->nseen == MOST_SEEN || H5Oget_info_by_name2(o->file, group, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) return true;
    for (int32_t i = 0; i < p->nseen; i++)
        if (p->seen[i] == info.addr) return true;
    p->seen[p->nseen++] = info.addr;
    return false;
}

static brasa_status find_places(brasa_h5_opener *o, const char *group, int depth, places *out)
{
    brasa_h5_listing l;

    if (seen_before(o, group, out)) return BRASA_OK;
    BRASA_TRY(brasa__h5_list_group(o, group, &l));
    if (l.count > 0) out->paths[out->count++] = group;
    if (l.pandas) return BRASA_OK; /* below a frame of pandas lie its categories */
    for (int32_t i = 0; i < l.nsub && depth < MOST_DEPTH && out->count < MOST_PLACES; i++)
        if (l.subgroups[i][0] != '\0' && strchr("_#", brasa__path_base(l.subgroups[i])[0]) == NULL)
            BRASA_TRY(find_places(o, l.subgroups[i], depth + 1, out));
    return BRASA_OK;
}

static brasa_status ambiguous(brasa_h5_opener *o, const char *group, const places *p)
{
    if (p->count == 0)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s holds no datasets, so there is no table to read", o->file_path, group);
    brasa__fail(o->err, BRASA_INVALID, "%s:%s is no table; name one of the groups in it: ", o->file_path, group);
    for (int32_t i = 0; i < p->count; i++) brasa__fail_more(o->err, "%s%s:%s", i == 0 ? "" : ", ", o->file_path, p->paths[i]);
    if (p->count == MOST_PLACES) brasa__fail_more(o->err, ", ...");
    return BRASA_INVALID;
}

/* Another format than this library knows, or damage. */
static brasa_status cannot_open(brasa_h5_opener *o, const char *path)
{
    hid_t dset = BRASA_H5(o->h, H5Dopen2(o->file, path, H5P_DEFAULT));

    (void)dset;
    return brasa__h5_fail(o->err, BRASA_UNSUPPORTED,
                          "%s:%s cannot be opened by HDF5 %d.%d.%d: it is damaged, or of a newer format (write it with libver earliest or "
                          "v110, or rewrite it by h5repack of a newer HDF5)",
                          o->file_path, path, H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
}

static brasa_status table_of_group(brasa_h5_opener *o, const char *group)
{
    brasa_h5_listing l;
    const char      *inner;
    places          *p;

    if (o->spec->datasets != NULL) {
        BRASA_TRY(brasa__h5_list_named(o, group, &l));
        return brasa__h5_group_table(o, &l);
    }
    for (int depth = 0; depth < MOST_DEPTH && (inner = brasa__h5_nexus_default(o, group)) != NULL; depth++) group = inner;
    BRASA_TRY(brasa__h5_list_group(o, group, &l));
    if (l.count > 0) return brasa__h5_group_table(o, &l);
    if (l.unreadable != NULL) return cannot_open(o, l.unreadable);
    p = BRASA_NEW(o->h->arena, places);
    BRASA_TRY(find_places(o, group, 0, p));
    if (p->count == 0 && l.nscalars > 0) { /* parameters: one row */
        l.items = l.scalars;
        l.count = l.nscalars;
        return brasa__h5_group_table(o, &l);
    }
    if (p->count != 1) return ambiguous(o, group, p);
    BRASA_TRY(brasa__h5_list_group(o, p->paths[0], &l));
    return brasa__h5_group_table(o, &l);
}

/* A link that leads nowhere, or out of the file? */
static brasa_status broken_link(brasa_h5_opener *o, const char *inner)
{
    H5L_info_t  info;
    char        to[1024] = "";
    const char *file, *object;

    if (!brasa__h5_exists(o->h, o->file, brasa__path_dir(o->h->arena, inner)) || H5Lget_info(o->file, inner, &info, H5P_DEFAULT) < 0)
        return BRASA_OK;
    if (info.type != H5L_TYPE_SOFT && info.type != H5L_TYPE_EXTERNAL) return BRASA_OK;
    if (info.u.val_size >= sizeof to || H5Lget_val(o->file, inner, to, sizeof to, H5P_DEFAULT) < 0) return BRASA_OK;
    if (info.type == H5L_TYPE_SOFT)
        return brasa__fail(o->err, BRASA_NOT_FOUND, "%s:%s is a link to %s, which is not there", o->file_path, inner, to);
    if (H5Lunpack_elink_val(to, info.u.val_size, NULL, &file, &object) < 0) return BRASA_OK;
    return brasa__fail(o->err, BRASA_NOT_FOUND, "%s:%s is a link to %s in the file %s%s", o->file_path, inner, object, file,
                       o->spec->allow_external ? ", which is not there" : "; the option allow_external follows it");
}

static brasa_status no_such_place(brasa_h5_opener *o, const char *inner)
{
    brasa_h5_listing l;
    const char     **names;
    char            *parent = brasa__path_dir(o->h->arena, inner);
    const char      *near = NULL;
    int32_t          n = 0;

    BRASA_TRY(broken_link(o, inner));
    if (brasa__h5_exists(o->h, o->file, parent) && brasa__h5_list_group(o, parent, &l) == BRASA_OK) {
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

static brasa_status find_table(brasa_h5_opener *o, const char *inner)
{
    H5O_info_t     oi;
    brasa_h5_found d;

    if (!brasa__h5_exists(o->h, o->file, inner)) return no_such_place(o, inner);
    if (strcmp(inner, "/") == 0) return table_of_group(o, inner);
    if (H5Oget_info_by_name2(o->file, inner, &oi, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        return brasa__h5_fail(o->err, BRASA_CORRUPT, "%s:%s cannot be opened", o->file_path, inner);
    if (oi.type == H5O_TYPE_GROUP) return table_of_group(o, inner);
    if (oi.type == H5O_TYPE_DATASET && !brasa__h5_inspect(o, inner, &d)) return cannot_open(o, inner);
    if (oi.type != H5O_TYPE_DATASET)
        return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s:%s is neither a group nor a dataset", o->file_path, inner);
    return brasa__h5_dataset_table(o, &d);
}

/* Does the length of the source differ from file to file?  In a grid only along the first dimension. */
static bool grows(const brasa_h5_foreign *f, int32_t source)
{
    if (f->grid_dims == 0) return true;
    for (int32_t i = 0; i < f->nfields; i++)
        if (f->fields[i].source == source) return f->fields[i].axis < 0 || (f->fields[i].over & 1) != 0;
    return false;
}

static bool same_source(const brasa_h5_source *s, const brasa_h5_found *d, bool may_grow)
{
    if (s->ends != NULL || s->pickled) return true; /* lengths of another kind */
    if (d->ndims != s->ndims || d->compound != s->compound || d->chars != s->chars) return false;
    for (int k = may_grow ? 1 : 0; k < s->ndims; k++)
        if ((int64_t)d->dims[k] != s->dims[k]) return false;
    return true;
}

/* Another file of the same table: the same sources, as many rows as it has. */
static brasa_status same_sources(brasa_h5_opener *o, brasa_h5_foreign_file *file)
{
    int64_t length = -1;

    for (int32_t i = 0; i < o->f->nfields; i++)
        if (o->f->fields[i].runs != NULL)
            return brasa__fail(o->err, BRASA_UNSUPPORTED, "%s and %s are sparse matrices; read them one by one", o->f->files[0].path,
                               o->file_path);
    for (int32_t i = 0; i < o->f->nsources; i++) {
        const brasa_h5_source *s = &o->f->sources[i];
        bool                   may_grow = grows(o->f, i);
        brasa_h5_found         d;
        hid_t                  dset;
        int64_t                chunk;
        if (!brasa__h5_exists(o->h, o->file, s->path) || !brasa__h5_inspect(o, s->path, &d) || !same_source(s, &d, may_grow) ||
            (may_grow && s->ends == NULL && !s->pickled && length >= 0 && (int64_t)d.dims[0] != length))
            return brasa__fail(o->err, BRASA_TYPE, "%s and %s do not have the same datasets (%s); read them one by one",
                               o->f->files[0].path, o->file_path, s->path);
        dset = BRASA_H5(o->h, H5Dopen2(o->file, s->path, H5P_DEFAULT));
        BRASA_TRY(brasa__h5_check_dataset(o, dset, &d, &chunk));
        if (may_grow && s->ends == NULL && !s->pickled) length = (int64_t)d.dims[0];
    }
    for (int k = 1; k < o->f->grid_dims; k++) length *= o->f->grid[k];
    file->rows = length < 0 ? 0 : length;
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
    brasa_h5_opener        o = {
               .h = h, .arena = c->arena, .spec = c->spec, .file_path = file->path, .f = c->f, .err = err, .fields = {.arena = c->arena}};

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
    for (int32_t i = 0; i < f->nfields; i++)
        if (f->fields[i].runs != NULL) step = BRASA_H5_PARTITION_ROWS * RUN_PARTITIONS;
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

static brasa_status open_table(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
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

typedef struct {
    brasa_arena           *arena;
    const brasa_read_spec *spec;
    const brasa_uri       *uri;
    char                 **files;
    int32_t                nfiles;
    const brasa_table     *blank;
} trial;

static brasa_status first_block(brasa_scan_shared *shared, int32_t partition, brasa_error *err)
{
    brasa_scan  *scan;
    brasa_block *block = NULL;
    brasa_status status;

    BRASA_TRY(brasa__scan_open(shared, partition, &scan, err));
    status = brasa__scan_next(scan, &block, err);
    brasa__block_unref(block);
    brasa__scan_close(scan);
    return status;
}

/* In a child process: open the table, and read from its first and its last partition. */
static brasa_status try_table(void *arg, brasa_error *err)
{
    trial             *c = arg;
    brasa_table        t = *c->blank;
    brasa_scan_shared *shared;
    int32_t           *cols;

    BRASA_TRY(open_table(c->arena, c->spec, c->uri, c->files, c->nfiles, &t, err));
    cols = BRASA_NEWS(c->arena, int32_t, t.schema.ncols + 1);
    for (int32_t i = 0; i < t.schema.ncols; i++) cols[i] = i;
    BRASA_TRY(brasa__scan_shared_open(c->arena, &t, cols, t.schema.ncols, NULL, 0, &shared, err));
    if (t.nparts > 0) BRASA_TRY(first_block(shared, 0, err));
    if (t.nparts > 1) BRASA_TRY(first_block(shared, t.nparts - 1, err));
    brasa__scan_shared_close(shared);
    return BRASA_OK;
}

brasa_status brasa__h5_foreign_open(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                                    brasa_table *t, brasa_error *err)
{
    trial c = {.arena = arena, .spec = spec, .uri = uri, .files = files, .nfiles = nfiles, .blank = t};

    if (nfiles > 0) BRASA_TRY(brasa__h5_probe(try_table, &c, files[0], err));
    return open_table(arena, spec, uri, files, nfiles, t, err);
}
