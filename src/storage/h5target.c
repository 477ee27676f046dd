/* h5target.c -- the target of a write before anything is written: what is there, and may it be written to. */
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

void brasa__h5_unlock_dir(void *fd)
{
    if (*(int *)fd >= 0) (void)brasa__io_close(*(int *)fd, "a lock", NULL);
    *(int *)fd = -1;
}

brasa_status brasa__h5_prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                               brasa_error *err)
{
    brasa_h5_target t;
    brasa_h5_codec  codec;

    BRASA_TRY(brasa__h5_codec_parse(spec->codec, &codec, err));
    BRASA_TRY(check_names(schema, spec->uri, err));
    if (spec->array != NULL) BRASA_TRY(check_array(arena, spec, schema, err));
    if (target->is_dir)
        return brasa__fail(err, BRASA_INVALID, "%s is a directory; name a file in it, such as %s/table.h5", spec->uri, target->path);
    BRASA_TRY(brasa__h5_target_look(arena, spec, target, &t, err));
    BRASA_TRY(brasa__write_check_mode(spec, t.table, skip, err));
    if (*skip) return BRASA_OK;
    if (spec->mode == BRASA_SAVE_APPEND && t.table) BRASA_TRY(brasa__h5_target_check_append(&t, spec->uri, schema, err));
    brasa__h5_sweep(arena, target);
    return brasa__write_make_temp(arena, spec, target, err);
}
