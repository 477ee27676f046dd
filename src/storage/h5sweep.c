/* h5sweep.c -- what killed jobs left of a table: parts in "<file>.parts/<job>/" that no table refers to.
 *
 * Only what is certain to belong to no table of the file is removed: all of them are read, and where one cannot be, nothing is removed.
 */
#include <string.h>

#include "base/io.h"
#include "storage/format.h"
#include "storage/h5target.h"

enum { MOST_GROUPS = 10000, MOST_DEPTH = 32, MOST_LINKS = 1 << 16, MOST_PATH = 1000, JOB_DIGITS = 16 };

/* The parts of all tables of a file. */
typedef struct {
    brasa_arena *arena;
    const char  *path;
    const char  *store; /* "<file>.parts", with the directory as parts have it */
    const char **files;
    int32_t      n, cap, groups;
} known_parts;

static brasa_status learn_table(brasa_h5 *h, known_parts *k, hid_t file, const char *inner, brasa_error *err)
{
    brasa_h5_part *parts;
    int32_t        n;
    bool           found;

    BRASA_TRY(brasa__h5_own_read(h, k->arena, file, k->path, inner, &found, &parts, &n, err));
    if (!found) return brasa__fail(err, BRASA_CORRUPT, "%s: table %s has no index", k->path, inner);
    k->files = brasa__arena_grow(k->arena, k->files, &k->cap, k->n + n, sizeof *k->files);
    for (int32_t i = 0; i < n; i++) k->files[k->n++] = parts[i].file;
    return BRASA_OK;
}

/* A table has a hard link; what else leads to it does not matter. */
static brasa_status look_at(brasa_h5 *h, hid_t file, const char *path, bool *group, brasa_error *err)
{
    H5L_info_t info;
    hid_t      obj;

    *group = false;
    if (strlen(path) >= MOST_PATH || H5Lget_info(file, path, &info, H5P_DEFAULT) < 0)
        return brasa__h5_fail(err, BRASA_CORRUPT, "link %s cannot be read", path);
    if (info.type != H5L_TYPE_HARD) return BRASA_OK;
    obj = BRASA_H5(h, H5Oopen(file, path, H5P_DEFAULT));
    if (obj < 0) return brasa__h5_fail(err, BRASA_CORRUPT, "%s cannot be read", path);
    *group = H5Iget_type(obj) == H5I_GROUP;
    brasa__h5_close(h, obj);
    return BRASA_OK;
}

static brasa_status learn_group(brasa_h5 *h, known_parts *k, hid_t file, const char *path, int32_t depth, brasa_error *err)
{
    hid_t   group;
    char  **names;
    int32_t n;

    if (brasa__h5_is_own(h, file, path)) return learn_table(h, k, file, path, err);
    if (++k->groups > MOST_GROUPS || depth > MOST_DEPTH) return brasa__fail(err, BRASA_UNSUPPORTED, "%s holds too many groups", k->path);
    group = BRASA_H5(h, H5Gopen2(file, path, H5P_DEFAULT));
    if (group < 0) return brasa__h5_fail(err, BRASA_CORRUPT, "%s: group %s cannot be read", k->path, path);
    BRASA_TRY(brasa__h5_links(h, group, MOST_LINKS, &names, &n, err));
    brasa__h5_close(h, group);
    if (n == MOST_LINKS) return brasa__fail(err, BRASA_UNSUPPORTED, "%s holds too many names", k->path);
    for (int32_t i = 0; i < n; i++) {
        const char *inner = brasa__arena_printf(h->arena, "%s/%s", strcmp(path, "/") == 0 ? "" : path, names[i]);
        bool        deeper;

        BRASA_TRY(look_at(h, file, inner, &deeper, err));
        if (deeper) BRASA_TRY(learn_group(h, k, file, inner, depth + 1, err));
    }
    return BRASA_OK;
}

static brasa_status learn_file(brasa_h5 *h, void *arg, brasa_error *err)
{
    known_parts *k = arg;
    hid_t        file;

    BRASA_TRY(brasa__h5_open_read(h, k->path, false, &file, err));
    return learn_group(h, k, file, "/", 0, err);
}

/* As the file is now; false: it cannot be told. */
static bool learn(known_parts *k)
{
    brasa_error ignored;

    brasa__error_clear(&ignored);
    k->n = k->groups = 0;
    return !brasa__io_exists(k->path) || brasa__h5_run(learn_file, k, &ignored) == BRASA_OK;
}

static bool refers(const known_parts *k, const char *path)
{
    size_t n = strlen(path);

    for (int32_t i = 0; i < k->n; i++)
        if (strncmp(k->files[i], path, n) == 0 && (k->files[i][n] == '/' || k->files[i][n] == '\0')) return true;
    return false;
}

/* Parts of a job that was killed when it had moved them.  The file is read after it is known to have ended: it may have committed last. */
static void remove_left_parts(void *arg, const char *job)
{
    known_parts *k = arg;
    const char  *dir = brasa__arena_printf(k->arena, "%s/%s", k->store, job);

    if (!brasa__io_exists(dir) || !learn(k) || refers(k, dir)) return;
    brasa__h5_remove_quietly(dir);
    brasa__h5_remove_if_empty(k->arena, k->store);
}

static void remove_unknown(const known_parts *k, const char *dir)
{
    char  **files;
    int32_t n;

    if (!refers(k, dir)) {
        brasa__h5_remove_quietly(dir);
        return;
    }
    if (brasa__io_list(k->arena, dir, &files, &n, NULL) != BRASA_OK) return;
    for (int32_t i = 0; i < n; i++) {
        const char *file = brasa__arena_printf(k->arena, "%s/%s", dir, files[i]);
        if (!refers(k, file)) brasa__h5_remove_quietly(file);
    }
}

/* Under the lock whatever no table refers to was replaced, by a job that was killed before it could remove it. */
static void remove_replaced(known_parts *k)
{
    char  **dirs;
    int32_t n;

    if (!learn(k) || brasa__io_list(k->arena, k->store, &dirs, &n, NULL) != BRASA_OK) return;
    for (int32_t i = 0; i < n; i++)
        if (strlen(dirs[i]) == JOB_DIGITS && strspn(dirs[i], "0123456789abcdef") == JOB_DIGITS)
            remove_unknown(k, brasa__arena_printf(k->arena, "%s/%s", k->store, dirs[i]));
    brasa__h5_remove_if_empty(k->arena, k->store);
}

void brasa__h5_sweep(brasa_arena *arena, const brasa_uri *target)
{
    const char *dir = brasa__path_dir(arena, target->path);
    known_parts k = {
        .arena = arena, .path = target->path, .store = brasa__arena_printf(arena, "%s/%s.parts", dir, brasa__path_base(target->path))};
    int        *fd = BRASA_NEW(arena, int);
    brasa_error ignored;

    brasa__error_clear(&ignored);
    brasa__write_sweep(arena, target, &(brasa_write_left) {.remove = remove_left_parts, .arg = &k});
    *fd = -1;
    brasa__arena_defer(arena, brasa__h5_unlock_dir, fd);
    if (brasa__io_exists(k.store) && brasa__io_exists(k.path) && brasa__io_lock_dir(dir, 0, fd, &ignored) == BRASA_OK && *fd >= 0)
        remove_replaced(&k);
    brasa__h5_unlock_dir(fd);
}
