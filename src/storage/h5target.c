/* h5target.c -- the target of a write before anything is written: what is there, may it be written to, what killed jobs left beside it.
 *
 * Only what is certain to belong to no table is removed: under the lock of the directory, and when nothing else is in the file.
 */
#include "storage/h5target.h"

#include <string.h>
#include <strings.h>

#include "base/io.h"
#include "base/log.h"
#include "data/type.h"
#include "storage/h5array.h"
#include "storage/h5codec.h"
#include "storage/h5foreign.h"
#include "storage/h5type.h"

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
    brasa_h5_target *t = arg;
    hid_t            file;
    brasa_h5_part   *parts;

    BRASA_TRY(brasa__h5_open_read(h, t->path, false, &file, err));
    t->table = brasa__h5_exists(h, file, t->inner);
    t->others = strcmp(t->inner, "/") != 0 && has_others(h, file, t->inner);
    if (!t->table || !brasa__h5_is_own(h, file, t->inner)) return BRASA_OK;
    BRASA_TRY(brasa__h5_own_read(h, t->arena, file, t->path, t->inner, &t->own, &parts, &t->nparts, err));
    t->parts = parts;
    return BRASA_OK;
}

brasa_status brasa__h5_target_look(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_h5_target *out,
                                   brasa_error *err)
{
    brasa_status status;

    *out = (brasa_h5_target) {.arena = arena, .path = target->path, .inner = target->inner, .file = brasa__io_exists(target->path)};
    if (!out->file) return BRASA_OK;
    status = brasa__h5_run(look, out, err);
    if (status == BRASA_OK) return BRASA_OK;
    /* A damaged file may still be replaced as a whole. */
    if (status != BRASA_CORRUPT || spec->mode != BRASA_SAVE_OVERWRITE || target->has_inner) return status;
    *out = (brasa_h5_target) {.arena = arena, .path = target->path, .inner = target->inner, .file = true, .table = true, .damaged = true};
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

brasa_status brasa__h5_target_check_append(const brasa_h5_target *t, const char *uri, brasa_schema schema, brasa_error *err)
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

void brasa__h5_remove_quietly(const char *path)
{
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__io_exists(path) && brasa__io_remove_tree(path, &err) != BRASA_OK)
        brasa__log(BRASA_LOG_WARN, "cannot remove %s, which is no longer needed: %s", path, err.text);
}

void brasa__h5_remove_if_empty(brasa_arena *arena, const char *dir)
{
    char  **names;
    int32_t n;

    if (brasa__io_exists(dir) && brasa__io_list(arena, dir, &names, &n, NULL) == BRASA_OK && n == 0) brasa__h5_remove_quietly(dir);
}

/* Parts of a job that was killed when it had moved them, where it is certain that no table refers to them. */
static void remove_left_parts(void *arg, const char *job)
{
    const brasa_h5_target *t = arg;
    const char            *dir = brasa__arena_printf(t->arena, "%s.parts/%s", t->path, job);
    size_t                 n = strlen(dir);

    if (t->file && (!t->own || t->others || t->damaged)) return;
    for (int32_t i = 0; i < t->nparts; i++)
        if (strncmp(t->parts[i].file, dir, n) == 0) return;
    brasa__h5_remove_quietly(dir);
    brasa__h5_remove_if_empty(t->arena, brasa__arena_printf(t->arena, "%s.parts", t->path));
}

static bool refers(const brasa_h5_target *t, const char *path)
{
    size_t n = strlen(path);

    for (int32_t i = 0; i < t->nparts; i++)
        if (strncmp(t->parts[i].file, path, n) == 0 && (t->parts[i].file[n] == '/' || t->parts[i].file[n] == '\0')) return true;
    return false;
}

/* Under the lock whatever the table does not refer to was replaced, by a job that was killed before it could remove it. */
static void remove_replaced(const brasa_h5_target *t)
{
    const char *all = brasa__arena_printf(t->arena, "%s.parts", t->path);
    char      **dirs, **files;
    int32_t     n, m;

    if (!t->own || t->others || !brasa__io_exists(all) || brasa__io_list(t->arena, all, &dirs, &n, NULL) != BRASA_OK) return;
    for (int32_t i = 0; i < n; i++) {
        const char *dir = brasa__arena_printf(t->arena, "%s/%s", all, dirs[i]);

        if (!refers(t, dir)) {
            brasa__h5_remove_quietly(dir);
            continue;
        }
        if (brasa__io_list(t->arena, dir, &files, &m, NULL) != BRASA_OK) continue;
        for (int32_t k = 0; k < m; k++) {
            const char *file = brasa__arena_printf(t->arena, "%s/%s", dir, files[k]);
            if (!refers(t, file)) brasa__h5_remove_quietly(file);
        }
    }
    brasa__h5_remove_if_empty(t->arena, all);
}

void brasa__h5_unlock_dir(void *fd)
{
    if (*(int *)fd >= 0) (void)brasa__io_close(*(int *)fd, "a lock", NULL);
    *(int *)fd = -1;
}

static void sweep(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_error *err)
{
    brasa_h5_target t;
    int            *fd = BRASA_NEW(arena, int);

    *fd = -1;
    brasa__arena_defer(arena, brasa__h5_unlock_dir, fd);
    if (brasa__io_exists(target->path) && brasa__io_lock_dir(brasa__path_dir(arena, target->path), 0, fd, err) == BRASA_OK && *fd >= 0 &&
        brasa__h5_target_look(arena, spec, target, &t, err) == BRASA_OK)
        remove_replaced(&t);
    brasa__h5_unlock_dir(fd);
}

brasa_status brasa__h5_prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                               brasa_error *err)
{
    brasa_h5_target t;
    brasa_h5_codec  codec;
    brasa_error     ignored;

    BRASA_TRY(brasa__h5_codec_parse(spec->codec, &codec, err));
    BRASA_TRY(check_names(schema, spec->uri, err));
    if (spec->array != NULL) BRASA_TRY(check_array(arena, spec, schema, err));
    if (target->is_dir)
        return brasa__fail(err, BRASA_INVALID, "%s is a directory; name a file in it, such as %s/table.h5", spec->uri, target->path);
    BRASA_TRY(brasa__h5_target_look(arena, spec, target, &t, err));
    BRASA_TRY(brasa__write_check_mode(spec, t.table, skip, err));
    if (*skip) return BRASA_OK;
    if (spec->mode == BRASA_SAVE_APPEND && t.table) BRASA_TRY(brasa__h5_target_check_append(&t, spec->uri, schema, err));
    brasa__write_sweep(arena, target, &(brasa_write_left) {.remove = remove_left_parts, .arg = &t});
    brasa__error_clear(&ignored);
    sweep(arena, spec, target, &ignored);
    return brasa__write_make_temp(arena, spec, target, err);
}
