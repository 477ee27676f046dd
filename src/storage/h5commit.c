/* h5commit.c -- rank 0's side of writing: what is there, and the one rename that makes a table of parts.
 *
 * A single part of a new file becomes the file; small parts are merged into one first.  Else the parts move to "<file>.parts/<job>/", where nothing refers to them yet, a master
 * is written beside the target, and its rename is the commit: readers see the old table or the new one.  Tables at other places of the file
 * are kept: the master then starts as a copy of the file.  What the old table's parts were is removed last.
 */
#include <string.h>
#include <strings.h>

#include "base/config.h"
#include "base/fault.h"
#include "base/io.h"
#include "base/log.h"
#include "data/type.h"
#include "storage/h5array.h"
#include "storage/h5foreign.h"
#include "storage/h5layout.h"
#include "storage/h5master.h"
#include "storage/h5type.h"
#include "storage/rewrite.h"

/* What the target is now. */
typedef struct {
    brasa_arena         *arena;
    const char          *path, *inner;
    bool                 file; /* there is a file */
    bool                 damaged;
    bool                 table;  /* something is at `inner` */
    bool                 own;    /* and it is a table of ours whose index fits */
    bool                 others; /* something else is in the file, to be kept */
    const brasa_h5_part *parts;
    int32_t              nparts;
} target_state;

static herr_t other_link(hid_t group, const char *name, const H5L_info_t *info, void *keep)
{
    (void)group;
    (void)info;
    return strcmp(name, *(const char **)keep) == 0 || strcmp(name, BRASA_H5_HIDDEN) == 0 ? 0 : 1;
}

/* Is there a link beside the path to `inner`, at any level? */
static bool has_others(brasa_h5 *h, hid_t file, const char *inner)
{
    char *path = brasa__arena_strdup(h->arena, inner);

    for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
        const char *name = brasa__arena_strdup(h->arena, slash + 1);
        const char *group = slash == path ? "/" : path;
        *slash = '\0';
        if (name[0] != '\0' && brasa__h5_exists(h, file, group) &&
            H5Literate_by_name(file, group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, other_link, &name, H5P_DEFAULT) != 0)
            return true;
        if (slash == path) break;
    }
    return false;
}

static brasa_status look(brasa_h5 *h, void *arg, brasa_error *err)
{
    target_state  *t = arg;
    hid_t          file;
    brasa_h5_part *parts;

    BRASA_TRY(brasa__h5_open_read(h, t->path, false, &file, err));
    t->table = brasa__h5_exists(h, file, t->inner);
    t->others = strcmp(t->inner, "/") != 0 && has_others(h, file, t->inner);
    if (!t->table || !brasa__h5_is_own(h, file, t->inner)) return BRASA_OK;
    BRASA_TRY(brasa__h5_own_read(h, t->arena, file, t->path, t->inner, &t->own, &parts, &t->nparts, err));
    t->parts = parts;
    return BRASA_OK;
}

static brasa_status look_at(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, target_state *out, brasa_error *err)
{
    brasa_status status;

    *out = (target_state) {.arena = arena, .path = target->path, .inner = target->inner, .file = brasa__io_exists(target->path)};
    if (!out->file) return BRASA_OK;
    status = brasa__h5_run(look, out, err);
    if (status == BRASA_OK) return BRASA_OK;
    /* A damaged file may still be replaced as a whole. */
    if (status != BRASA_CORRUPT || spec->mode != BRASA_SAVE_OVERWRITE || target->has_inner) return status;
    *out = (target_state) {.arena = arena, .path = target->path, .inner = target->inner, .file = true, .table = true, .damaged = true};
    return BRASA_OK;
}

static brasa_status check_names(brasa_schema schema, const char *uri, brasa_error *err)
{
    for (int32_t i = 0; i < schema.ncols; i++) {
        bool ambiguous = false;
        if (schema.ncols <= 2048) {
            int32_t at = brasa__schema_find(schema, schema.cols[i].name, &ambiguous);
            if (ambiguous || at != i)
                return brasa__fail(err, BRASA_INVALID, "%s: two columns are called %s; rename one of them before writing", uri,
                                   schema.cols[i].name);
        }
    }
    return BRASA_OK;
}

static brasa_status check_append(const target_state *t, const char *uri, brasa_schema schema, brasa_error *err)
{
    brasa_schema old;

    if (!t->own)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s was not written by Brasa, so rows cannot be appended; read it and write a new table",
                           uri);
    old = t->parts[0].index->schema;
    if (old.ncols != schema.ncols)
        return brasa__fail(err, BRASA_TYPE, "%s has %d columns, the rows to append %d; select the columns of the table", uri,
                           (int)old.ncols, (int)schema.ncols);
    for (int32_t c = 0; c < schema.ncols; c++) {
        if (strcasecmp(old.cols[c].name, schema.cols[c].name) != 0)
            return brasa__fail(err, BRASA_TYPE,
                               "column %d of %s is %s, of the rows to append %s; select the columns in the order of the table", (int)c + 1,
                               uri, old.cols[c].name, schema.cols[c].name);
        if (!brasa__type_equal(old.cols[c].type, schema.cols[c].type))
            return brasa__fail(err, BRASA_TYPE, "column %s of %s has another type in the rows to append; cast it to the table's",
                               old.cols[c].name, uri);
    }
    return BRASA_OK;
}

static brasa_status check_array(brasa_arena *arena, const brasa_write_spec *spec, brasa_schema schema, brasa_error *err)
{
    int32_t dims[BRASA_H5_MOST_DIMS], n;

    if (spec->mode == BRASA_SAVE_APPEND)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s: rows cannot be appended to an array; overwrite it", spec->uri);
    return brasa__h5_array_dims(arena, spec->array, schema, dims, &n, err);
}

static void remove_quietly(const char *path)
{
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__io_exists(path) && brasa__io_remove_tree(path, &err) != BRASA_OK)
        brasa__log(BRASA_LOG_WARN, "cannot remove %s, which is no longer needed: %s", path, err.text);
}

static void remove_if_empty(brasa_arena *arena, const char *dir)
{
    char  **names;
    int32_t n;

    if (brasa__io_exists(dir) && brasa__io_list(arena, dir, &names, &n, NULL) == BRASA_OK && n == 0) remove_quietly(dir);
}

/* Parts of a job that was killed when it had moved them, where it is certain that no table refers to them. */
static void remove_left_parts(void *arg, const char *job)
{
    const target_state *t = arg;
    const char         *dir = brasa__arena_printf(t->arena, "%s.parts/%s", t->path, job);
    size_t              n = strlen(dir);

    if (t->file && (!t->own || t->others || t->damaged)) return;
    for (int32_t i = 0; i < t->nparts; i++)
        if (strncmp(t->parts[i].file, dir, n) == 0) return;
    remove_quietly(dir);
    remove_if_empty(t->arena, brasa__arena_printf(t->arena, "%s.parts", t->path));
}

static bool refers(const target_state *t, const char *path)
{
    size_t n = strlen(path);

    for (int32_t i = 0; i < t->nparts; i++)
        if (strncmp(t->parts[i].file, path, n) == 0 && (t->parts[i].file[n] == '/' || t->parts[i].file[n] == '\0')) return true;
    return false;
}

/* Under the lock whatever the table does not refer to was replaced, by a job that was killed before it could remove it. */
static void remove_replaced(const target_state *t)
{
    const char *all = brasa__arena_printf(t->arena, "%s.parts", t->path);
    char      **dirs, **files;
    int32_t     n, m;

    if (!t->own || t->others || !brasa__io_exists(all) || brasa__io_list(t->arena, all, &dirs, &n, NULL) != BRASA_OK) return;
    for (int32_t i = 0; i < n; i++) {
        const char *dir = brasa__arena_printf(t->arena, "%s/%s", all, dirs[i]);

        if (!refers(t, dir)) {
            remove_quietly(dir);
            continue;
        }
        if (brasa__io_list(t->arena, dir, &files, &m, NULL) != BRASA_OK) continue;
        for (int32_t k = 0; k < m; k++) {
            const char *file = brasa__arena_printf(t->arena, "%s/%s", dir, files[k]);
            if (!refers(t, file)) remove_quietly(file);
        }
    }
    remove_if_empty(t->arena, all);
}

static void unlock(void *fd)
{
    if (*(int *)fd >= 0) (void)brasa__io_close(*(int *)fd, "a lock", NULL);
    *(int *)fd = -1;
}

static void sweep(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_error *err)
{
    target_state t;
    int         *fd = BRASA_NEW(arena, int);

    *fd = -1;
    brasa__arena_defer(arena, unlock, fd);
    if (brasa__io_exists(target->path) && brasa__io_lock_dir(brasa__path_dir(arena, target->path), 0, fd, err) == BRASA_OK && *fd >= 0 &&
        look_at(arena, spec, target, &t, err) == BRASA_OK)
        remove_replaced(&t);
    unlock(fd);
}

brasa_status brasa__h5_prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                               brasa_error *err)
{
    target_state   t;
    brasa_h5_codec codec;
    brasa_error    ignored;

    BRASA_TRY(brasa__h5_codec_parse(spec->codec, &codec, err));
    BRASA_TRY(check_names(schema, spec->uri, err));
    if (spec->array != NULL) BRASA_TRY(check_array(arena, spec, schema, err));
    if (target->is_dir)
        return brasa__fail(err, BRASA_INVALID, "%s is a directory; name a file in it, such as %s/table.h5", spec->uri, target->path);
    BRASA_TRY(look_at(arena, spec, target, &t, err));
    BRASA_TRY(brasa__write_check_mode(spec, t.table, skip, err));
    if (*skip) return BRASA_OK;
    if (spec->mode == BRASA_SAVE_APPEND && t.table) BRASA_TRY(check_append(&t, spec->uri, schema, err));
    brasa__write_sweep(arena, target, &(brasa_write_left) {.remove = remove_left_parts, .arg = &t});
    brasa__error_clear(&ignored);
    sweep(arena, spec, target, &ignored);
    return brasa__write_make_temp(arena, spec, target, err);
}

/* --- commit */
typedef struct {
    brasa_arena            *arena;
    const brasa_write_spec *spec;
    const brasa_uri        *target;
    brasa_schema            schema;
    target_state            old;
    const brasa_h5_part    *stay; /* parts of the old table that are in the new one */
    int32_t                 nstay;
    const char             *store; /* "<file>.parts/<job>", where the parts go */
    const char             *rel;   /* the same, from the target's directory */
    const char             *master;
} commit_state;

static void name_places(commit_state *c)
{
    const char *temp = brasa__write_temp_dir(c->arena, c->spec, c->target);

    c->rel = brasa__arena_printf(c->arena, "%s.parts/%016llx", brasa__path_base(c->target->path), (unsigned long long)c->spec->job);
    c->store = brasa__arena_printf(c->arena, "%s/%s", brasa__path_dir(c->arena, c->target->path), c->rel);
    c->master = brasa__arena_printf(c->arena, "%s.h5", temp);
}

static brasa_status copy_bytes(brasa_arena *arena, const char *from, const char *to, int in, int out, brasa_error *err)
{
    enum { STEP = 1 << 20 };
    char      *buf = brasa__arena_alloc(arena, STEP);
    size_t     got;
    int64_t    reserved;
    brasa_stat st;

    BRASA_TRY(brasa__io_fstat(in, &st, from, err));
    BRASA_TRY(brasa__io_reserve(out, 0, st.bytes, st.bytes, &reserved, to, err));
    do {
        BRASA_TRY(brasa__io_read(in, buf, STEP, &got, from, err));
        if (got > 0) BRASA_TRY(brasa__io_write(out, buf, got, to, err));
    } while (got > 0);
    return brasa__io_fsync(out, to, err);
}

static brasa_status copy_file(brasa_arena *arena, const char *from, const char *to, brasa_error *err)
{
    int          in, out;
    brasa_status status;

    BRASA_TRY(brasa__io_open(from, BRASA_IO_READ, &in, err));
    status = brasa__io_open(to, BRASA_IO_WRITE | BRASA_IO_EXCLUSIVE, &out, err);
    if (status == BRASA_OK) {
        status = copy_bytes(arena, from, to, in, out, err);
        brasa_status closed = brasa__io_close(out, to, status == BRASA_OK ? err : NULL);
        if (status == BRASA_OK) status = closed;
    }
    brasa__io_close(in, from, NULL);
    return status;
}

typedef struct {
    brasa_arena   *arena;
    const char    *path, *inner;
    brasa_h5_part *parts;
    int32_t        nparts;
} load_call;

static brasa_status load(brasa_h5 *h, void *arg, brasa_error *err)
{
    load_call *c = arg;
    hid_t      file;
    bool       found;

    BRASA_TRY(brasa__h5_open_read(h, c->path, false, &file, err));
    BRASA_TRY(brasa__h5_own_read(h, c->arena, file, c->path, c->inner, &found, &c->parts, &c->nparts, err));
    if (!found) return brasa__fail(err, BRASA_CORRUPT, "%s does not read back as it was written; check the disk", c->path);
    return BRASA_OK;
}

/* The indexes of the new parts, and their names as they will be. */
static brasa_status load_parts(const commit_state *c, const brasa_part_info *parts, int32_t n, brasa_h5_part *out, brasa_error *err)
{
    for (int32_t i = 0; i < n; i++) {
        const char *path = brasa__write_part_path(c->arena, c->spec, c->target, parts[i].part, ".h5");
        load_call   call = {.arena = c->arena, .path = path, .inner = c->target->inner};
        brasa_stat  st;
        BRASA_TRY(brasa__h5_run(load, &call, err));
        BRASA_TRY(brasa__io_stat(path, &st, err));
        out[i] = call.parts[0];
        out[i].bytes = st.bytes;
        out[i].file = brasa__arena_printf(c->arena, "%s/%s", c->rel, brasa__path_base(path));
    }
    return BRASA_OK;
}

/* The parts of the old table that stay; one that lies in the target itself is copied into a part. */
static brasa_status old_parts(const commit_state *c, brasa_h5_part *out, brasa_error *err)
{
    size_t dir = strlen(brasa__path_dir(c->arena, c->target->path));

    for (int32_t i = 0; i < c->nstay; i++) {
        out[i] = c->stay[i];
        if (strcmp(out[i].file, c->target->path) == 0) {
            const char *copy = brasa__arena_printf(c->arena, "%s/base.h5", brasa__write_temp_dir(c->arena, c->spec, c->target));
            brasa_stat  st;
            BRASA_TRY(copy_file(c->arena, c->target->path, copy, err));
            BRASA_TRY(brasa__io_stat(copy, &st, err));
            out[i].bytes = st.bytes;
            out[i].file = brasa__arena_printf(c->arena, "%s/base.h5", c->rel);
        } else {
            out[i].file += dir + 1; /* as own_read put the directory before it */
        }
    }
    return BRASA_OK;
}

static brasa_status become(const commit_state *c, const char *from, brasa_error *err)
{
    brasa_error late;

    if (BRASA_FAULT("storage.commit")) return brasa__fail(err, BRASA_IO, "cannot rename %s to %s: fault injected", from, c->target->path);
    BRASA_TRY(brasa__io_rename(from, c->target->path, err));
    /* committed: an error now would make the caller roll back the parts of a table that readers already see */
    brasa__error_clear(&late);
    if (brasa__io_fsync_dir(brasa__path_dir(c->arena, c->target->path), &late) != BRASA_OK)
        brasa__log(BRASA_LOG_WARN, "%s is written, but a power cut may still undo it: %s", c->target->path, late.text);
    return BRASA_OK;
}

static bool stays(const commit_state *c, const char *file)
{
    for (int32_t i = 0; i < c->nstay; i++)
        if (strcmp(c->stay[i].file, file) == 0) return true;
    return false;
}

/* After the commit: the parts of the table that was replaced. */
static void remove_old(const commit_state *c)
{
    const char *last = "";

    for (int32_t i = 0; i < c->old.nparts; i++) {
        const char *file = c->old.parts[i].file, *dir = brasa__path_dir(c->arena, file);

        if (strcmp(file, c->target->path) == 0 || stays(c, file)) continue;
        remove_quietly(file);
        if (strcmp(dir, last) != 0) remove_if_empty(c->arena, last);
        last = dir;
    }
    remove_if_empty(c->arena, last);
    remove_if_empty(c->arena, brasa__arena_printf(c->arena, "%s.parts", c->target->path));
}

static brasa_status commit_master(commit_state *c, const brasa_part_info *parts, int32_t n, brasa_error *err)
{
    int32_t         before = c->nstay;
    brasa_h5_part  *all = BRASA_NEWS(c->arena, brasa_h5_part, before + n + 1);
    brasa_h5_master m = {.path = c->master, .inner = c->target->inner, .schema = c->schema, .parts = all, .nparts = before + n};

    BRASA_TRY(old_parts(c, all, err));
    BRASA_TRY(load_parts(c, parts, n, all + before, err));
    BRASA_TRY(brasa__io_mkdir(brasa__path_dir(c->arena, c->store), true, err));
    BRASA_TRY(brasa__io_fsync_dir(brasa__write_temp_dir(c->arena, c->spec, c->target), err));
    BRASA_TRY(brasa__io_rename(brasa__write_temp_dir(c->arena, c->spec, c->target), c->store, err));
    BRASA_TRY(brasa__io_fsync_dir(brasa__path_dir(c->arena, c->store), err));
    if (c->old.others) {
        BRASA_TRY(copy_file(c->arena, c->target->path, c->master, err));
        m.base = c->target->path;
    }
    BRASA_TRY(brasa__h5_master_write(c->arena, &m, err));
    BRASA_TRY(become(c, c->master, err));
    remove_if_empty(c->arena, c->store); /* no rows were new */
    remove_old(c);
    return BRASA_OK;
}

/* --- small tables: all parts, and what is appended to, become one part */
static int64_t bytes_of(const char *path)
{
    brasa_stat st;

    return brasa__io_stat(path, &st, NULL) == BRASA_OK ? st.bytes : INT32_MAX;
}

static void close_scan(void *arg)
{
    brasa__scan_close(*(brasa_scan **)arg);
}

static void abort_writer(void *arg)
{
    brasa__writer_abort(*(brasa_writer **)arg);
}

static void unref_block(void *arg)
{
    brasa__block_unref(*(brasa_block **)arg);
}

static brasa_status copy_partition(brasa_arena *parent, brasa_scan_shared *shared, int32_t p, brasa_writer *w, brasa_error *err)
{
    brasa_arena  *arena = brasa__arena_new(parent, "copy");
    brasa_scan  **scan = BRASA_NEW(arena, brasa_scan *);
    brasa_column *cols = BRASA_NEWS(arena, brasa_column, w->schema.ncols + 1);
    brasa_block **block = BRASA_NEW(arena, brasa_block *); /* in the arena: a writer without memory throws */
    brasa_status  status;

    brasa__arena_defer(arena, close_scan, scan);
    brasa__arena_defer(arena, unref_block, block);
    BRASA_TRY(brasa__scan_open(shared, p, scan, err));
    do {
        brasa_batch batch;

        status = brasa__scan_next(*scan, block, err);
        if (status != BRASA_OK || *block == NULL) break;
        brasa__block_slice(*block, 0, (*block)->rows, cols, &batch);
        status = brasa__writer_push(w, &batch, err);
        brasa__block_unref(*block);
        *block = NULL;
    } while (status == BRASA_OK);
    brasa__arena_free(arena);
    return status;
}

static brasa_status copy_rows(const commit_state *c, const brasa_table *t, brasa_part_info *out, brasa_error *err)
{
    int32_t           *all = BRASA_NEWS(c->arena, int32_t, t->schema.ncols + 1);
    brasa_writer     **w = BRASA_NEW(c->arena, brasa_writer *), *done;
    brasa_scan_shared *shared; /* of an arena below: released with it */

    for (int32_t i = 0; i < t->schema.ncols; i++) all[i] = i;
    brasa__arena_defer(c->arena, abort_writer, w);
    BRASA_TRY(brasa__scan_shared_open(c->arena, t, all, t->schema.ncols, NULL, 0, &shared, err));
    BRASA_TRY(brasa__writer_open(c->spec, c->schema, out->part, w, err));
    for (int32_t p = 0; p < t->nparts; p++) BRASA_TRY(copy_partition(c->arena, shared, p, *w, err));
    brasa__scan_shared_close(shared);
    done = *w;
    *w = NULL;
    return brasa__writer_close(done, out, err);
}

/* *n is 1 afterwards if the parts were merged. */
static brasa_status merge(commit_state *c, const brasa_part_info **parts, int32_t *n, brasa_error *err)
{
    int32_t          before = c->nstay, count = before + *n;
    brasa_h5_part   *all = BRASA_NEWS(c->arena, brasa_h5_part, count + 1);
    brasa_part_info *one = BRASA_NEW(c->arena, brasa_part_info);
    brasa_table      t = {.format = BRASA_FORMAT_HDF5, .uri = c->spec->uri};
    int64_t          total = 0;

    if (count < 2) return BRASA_OK;
    for (int32_t i = 0; i < before; i++) total += bytes_of(c->stay[i].file);
    for (int32_t i = 0; i < *n; i++) total += bytes_of(brasa__write_part_path(c->arena, c->spec, c->target, (*parts)[i].part, ".h5"));
    if (total > brasa__setting_int(BRASA_SET_MERGE_BYTES)) return BRASA_OK;
    for (int32_t i = 0; i < before; i++) all[i] = c->stay[i];
    BRASA_TRY(load_parts(c, *parts, *n, all + before, err));
    for (int32_t i = 0; i < *n; i++) all[before + i].file = brasa__write_part_path(c->arena, c->spec, c->target, (*parts)[i].part, ".h5");
    brasa__h5_own_describe(c->arena, &t, all, count);
    one->part = *n == 0 ? 0 : (*parts)[*n - 1].part + 1;
    BRASA_TRY(copy_rows(c, &t, one, err));
    for (int32_t i = 0; i < *n; i++) BRASA_TRY(brasa__io_unlink(all[before + i].file, err));
    *parts = one;
    *n = 1;
    c->nstay = 0;
    return BRASA_OK;
}

/* A table without rows is a part without rows. */
static brasa_status write_empty(const commit_state *c, brasa_part_info *out, brasa_error *err)
{
    brasa_writer *w;

    BRASA_TRY(brasa__writer_open(c->spec, c->schema, 0, &w, err));
    return brasa__writer_close(w, out, err);
}

/* One commit at a time in a directory: what is looked at here is what the rename replaces. */
static brasa_status lock(const commit_state *c, brasa_error *err)
{
    enum { PATIENCE_MS = 60000 };
    int *fd = BRASA_NEW(c->arena, int);

    *fd = -1;
    brasa__arena_defer(c->arena, unlock, fd);
    return brasa__io_lock_dir(brasa__path_dir(c->arena, c->target->path), PATIENCE_MS, fd, err);
}

/* What of the old table goes into the new one. */
static brasa_status choose_stay(commit_state *c, brasa_error *err)
{
    const brasa_rewrite *r = c->spec->rewrite;
    brasa_h5_part       *stay = BRASA_NEWS(c->arena, brasa_h5_part, c->old.nparts + 1);

    c->stay = stay;
    if (r != NULL) {
        if (brasa__rewrite_changed(c->arena, c->spec->uri, r) || c->old.nparts != r->nfiles) return brasa__rewrite_lost(c->spec->uri, err);
        for (int32_t i = 0; i < r->nfiles; i++)
            if (r->stays[i]) stay[c->nstay++] = c->old.parts[i];
    } else if (c->spec->mode == BRASA_SAVE_APPEND && c->old.table) {
        BRASA_TRY(check_append(&c->old, c->spec->uri, c->schema, err)); /* it may have changed while the job ran */
        c->schema = c->old.parts[0].index->schema;
        for (int32_t i = 0; i < c->old.nparts; i++) stay[c->nstay++] = c->old.parts[i];
    }
    return BRASA_OK;
}

/* The rows become arrays, in a file that takes the place of the target. */
static brasa_status commit_array(commit_state *c, const brasa_part_info *parts, int32_t n, brasa_error *err)
{
    brasa_h5_part *all = BRASA_NEWS(c->arena, brasa_h5_part, n + 1);
    brasa_h5_array a = {
        .path = c->master, .inner = c->target->inner, .uri = c->spec->uri, .dims = c->spec->array, .parts = all, .nparts = n};

    BRASA_TRY(brasa__h5_codec_parse(c->spec->codec, &a.codec, err));
    BRASA_TRY(load_parts(c, parts, n, all, err));
    for (int32_t i = 0; i < n; i++) all[i].file = brasa__write_part_path(c->arena, c->spec, c->target, parts[i].part, ".h5");
    if (c->old.others) {
        BRASA_TRY(copy_file(c->arena, c->target->path, c->master, err));
        a.base = c->target->path;
    }
    BRASA_TRY(brasa__h5_array_write(c->arena, &a, err));
    BRASA_TRY(become(c, c->master, err));
    remove_old(c);
    return BRASA_OK;
}

brasa_status brasa__h5_commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                              const brasa_part_info *parts, int32_t nparts, brasa_error *err)
{
    commit_state    c = {.arena = arena, .spec = spec, .target = target, .schema = schema};
    brasa_part_info none;

    name_places(&c);
    BRASA_TRY(lock(&c, err));
    BRASA_TRY(look_at(arena, spec, target, &c.old, err));
    if (c.old.table && spec->mode == BRASA_SAVE_ERROR)
        return brasa__fail(err, BRASA_EXISTS, "%s was made by someone else while this job ran; choose another name", spec->uri);
    if (nparts == 0 && c.old.table && spec->mode == BRASA_SAVE_APPEND) return BRASA_OK;
    BRASA_TRY(choose_stay(&c, err));
    if (nparts == 0 && c.nstay > 0 && c.nstay == c.old.nparts) return BRASA_OK; /* nothing changes */
    if (nparts == 0 && c.nstay == 0) {
        brasa__io_unlink(brasa__write_part_path(arena, spec, target, 0, ".h5"), NULL); /* one without rows may be there */
        BRASA_TRY(write_empty(&c, &none, err));
        parts = &none;
        nparts = 1;
    }
    if (spec->array != NULL) return commit_array(&c, parts, nparts, err);
    BRASA_TRY(merge(&c, &parts, &nparts, err));
    if (nparts > 1 || c.old.others || c.nstay > 0) return commit_master(&c, parts, nparts, err);
    BRASA_TRY(become(&c, brasa__write_part_path(arena, spec, target, parts[0].part, ".h5"), err));
    remove_old(&c);
    return BRASA_OK;
}

void brasa__h5_rollback(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target)
{
    commit_state c = {.arena = arena, .spec = spec, .target = target};

    name_places(&c);
    brasa__write_remove_temp(arena, spec, target);
    remove_quietly(c.master);
    remove_quietly(c.store);
    remove_if_empty(arena, brasa__path_dir(arena, c.store));
}
