/* h5commit.c -- rank 0's side of writing: the one rename that makes a table of parts.
 *
 * A single part of a new file becomes the file; small parts are merged into one first.  Else the parts move to "<file>.parts/<job>/", where nothing refers to them yet, a master
 * is written beside the target, and its rename is the commit: readers see the old table or the new one.  Tables at other places of the file
 * are kept: the master then starts as a copy of the file.  What the old table's parts were is removed last.
 */
#include "storage/h5commit.h"

#include <string.h>

#include "base/fault.h"
#include "base/io.h"
#include "base/log.h"
#include "storage/h5array.h"
#include "storage/h5master.h"
#include "storage/rewrite.h"

static void name_places(brasa_h5_commit_state *c)
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

brasa_status brasa__h5_load_parts(const brasa_h5_commit_state *c, const brasa_part_info *parts, int32_t n, brasa_h5_part *out,
                                  brasa_error *err)
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
static brasa_status old_parts(const brasa_h5_commit_state *c, brasa_h5_part *out, brasa_error *err)
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

static brasa_status become(const brasa_h5_commit_state *c, const char *from, brasa_error *err)
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

static bool stays(const brasa_h5_commit_state *c, const char *file)
{
    for (int32_t i = 0; i < c->nstay; i++)
        if (strcmp(c->stay[i].file, file) == 0) return true;
    return false;
}

/* After the commit: the parts of the table that was replaced. */
static void remove_old(const brasa_h5_commit_state *c)
{
    const char *last = "";

    for (int32_t i = 0; i < c->old.nparts; i++) {
        const char *file = c->old.parts[i].file, *dir = brasa__path_dir(c->arena, file);

        if (strcmp(file, c->target->path) == 0 || stays(c, file)) continue;
        brasa__h5_remove_quietly(file);
        if (strcmp(dir, last) != 0) brasa__h5_remove_if_empty(c->arena, last);
        last = dir;
    }
    brasa__h5_remove_if_empty(c->arena, last);
    brasa__h5_remove_if_empty(c->arena, brasa__arena_printf(c->arena, "%s.parts", c->target->path));
}

static brasa_status commit_master(brasa_h5_commit_state *c, const brasa_part_info *parts, int32_t n, brasa_error *err)
{
    int32_t         before = c->nstay;
    brasa_h5_part  *all = BRASA_NEWS(c->arena, brasa_h5_part, before + n + 1);
    brasa_h5_master m = {.path = c->master, .inner = c->target->inner, .schema = c->schema, .parts = all, .nparts = before + n};

    BRASA_TRY(old_parts(c, all, err));
    BRASA_TRY(brasa__h5_load_parts(c, parts, n, all + before, err));
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
    brasa__h5_remove_if_empty(c->arena, c->store); /* no rows were new */
    remove_old(c);
    return BRASA_OK;
}

/* A table without rows is a part without rows. */
static brasa_status write_empty(const brasa_h5_commit_state *c, brasa_part_info *out, brasa_error *err)
{
    brasa_writer *w;

    BRASA_TRY(brasa__writer_open(c->spec, c->schema, 0, &w, err));
    return brasa__writer_close(w, out, err);
}

/* One commit at a time in a directory: what is looked at here is what the rename replaces. */
static brasa_status lock(const brasa_h5_commit_state *c, brasa_error *err)
{
    enum { PATIENCE_MS = 60000 };
    int *fd = BRASA_NEW(c->arena, int);

    *fd = -1;
    brasa__arena_defer(c->arena, brasa__h5_unlock_dir, fd);
    return brasa__io_lock_dir(brasa__path_dir(c->arena, c->target->path), PATIENCE_MS, fd, err);
}

/* What of the old table goes into the new one. */
static brasa_status choose_stay(brasa_h5_commit_state *c, brasa_error *err)
{
    const brasa_rewrite *r = c->spec->rewrite;
    brasa_h5_part       *stay = BRASA_NEWS(c->arena, brasa_h5_part, c->old.nparts + 1);

    c->stay = stay;
    if (r != NULL) {
        if (brasa__rewrite_changed(c->arena, c->spec->uri, r) || c->old.nparts != r->nfiles) return brasa__rewrite_lost(c->spec->uri, err);
        for (int32_t i = 0; i < r->nfiles; i++)
            if (r->stays[i]) stay[c->nstay++] = c->old.parts[i];
    } else if (c->spec->mode == BRASA_SAVE_APPEND && c->old.table) {
        BRASA_TRY(brasa__h5_target_check_append(&c->old, c->spec->uri, c->schema, err)); /* it may have changed while the job ran */
        c->schema = c->old.parts[0].index->schema;
        for (int32_t i = 0; i < c->old.nparts; i++) stay[c->nstay++] = c->old.parts[i];
    }
    return BRASA_OK;
}

/* The rows become arrays, in a file that takes the place of the target. */
static brasa_status commit_array(brasa_h5_commit_state *c, const brasa_part_info *parts, int32_t n, brasa_error *err)
{
    brasa_h5_part *all = BRASA_NEWS(c->arena, brasa_h5_part, n + 1);
    brasa_h5_array a = {
        .path = c->master, .inner = c->target->inner, .uri = c->spec->uri, .dims = c->spec->array, .parts = all, .nparts = n};

    BRASA_TRY(brasa__h5_codec_parse(c->spec->codec, &a.codec, err));
    BRASA_TRY(brasa__h5_load_parts(c, parts, n, all, err));
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
    brasa_h5_commit_state c = {.arena = arena, .spec = spec, .target = target, .schema = schema};
    brasa_part_info       none;

    name_places(&c);
    BRASA_TRY(lock(&c, err));
    BRASA_TRY(brasa__h5_target_look(arena, spec, target, &c.old, err));
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
    BRASA_TRY(brasa__h5_merge(&c, &parts, &nparts, err));
    if (nparts > 1 || c.old.others || c.nstay > 0) return commit_master(&c, parts, nparts, err);
    BRASA_TRY(become(&c, brasa__write_part_path(arena, spec, target, parts[0].part, ".h5"), err));
    remove_old(&c);
    return BRASA_OK;
}

void brasa__h5_rollback(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target)
{
    brasa_h5_commit_state c = {.arena = arena, .spec = spec, .target = target};

    name_places(&c);
    brasa__write_remove_temp(arena, spec, target);
    brasa__h5_remove_quietly(c.master);
    brasa__h5_remove_quietly(c.store);
    brasa__h5_remove_if_empty(arena, brasa__path_dir(arena, c.store));
}
