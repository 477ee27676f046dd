/* io_path.c -- names of files: rename, remove, list, glob, and whole files. */
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fault.h"

brasa_status brasa__io_fsync_dir(const char *path, brasa_error *err)
{
    int          fd = open(path[0] ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    brasa_status status;

    if (fd < 0) return brasa__fail_errno(err, errno, "cannot open directory %s", path);
    status = brasa__io_fsync(fd, path, err);
    close(fd);
    return status;
}

brasa_status brasa__io_rename(const char *from, const char *to, brasa_error *err)
{
    if (BRASA_FAULT("io.rename")) return brasa__fail_errno(err, EIO, "cannot rename %s to %s", from, to);
    if (BRASA_FAULT("io.rename.enospc")) return brasa__fail_errno(err, ENOSPC, "cannot rename %s to %s", from, to);
    brasa__fault_kill("io.kill");
    return rename(from, to) == 0 ? BRASA_OK : brasa__fail_errno(err, errno, "cannot rename %s to %s", from, to);
}

brasa_status brasa__io_exchange(const char *a, const char *b, brasa_error *err)
{
    int failed = BRASA_FAULT("io.rename") ? EIO : BRASA_FAULT("io.exchange") ? EINVAL : 0;

    brasa__fault_kill("io.kill");
    if (failed == 0 && renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) != 0) failed = errno;
    if (failed == EINVAL || failed == ENOSYS)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s and %s cannot change places on this file system", a, b);
    return failed == 0 ? BRASA_OK : brasa__fail_errno(err, failed, "cannot put %s in the place of %s", a, b);
}

brasa_status brasa__io_unlink(const char *path, brasa_error *err)
{
    if (BRASA_FAULT("io.unlink")) return brasa__fail_errno(err, EIO, "cannot remove %s", path);
    brasa__fault_kill("io.kill");
    return unlink(path) == 0 ? BRASA_OK : brasa__fail_errno(err, errno, "cannot remove %s", path);
}

brasa_status brasa__io_symlink(const char *text, const char *path, brasa_error *err)
{
    if (BRASA_FAULT("io.symlink")) return brasa__fail_errno(err, EIO, "cannot make %s", path);
    if (BRASA_FAULT("io.symlink.enospc")) return brasa__fail_errno(err, ENOSPC, "cannot make %s", path);
    brasa__fault_kill("io.kill");
    if (symlink(text, path) == 0) return BRASA_OK;
    if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s: no symbolic links here", path);
    return brasa__fail_errno(err, errno, "cannot make %s", path);
}

brasa_status brasa__io_readlink(brasa_arena *arena, const char *path, char **text, brasa_error *err)
{
    char    to[PATH_MAX];
    ssize_t n = readlink(path, to, sizeof to);

    *text = NULL;
    if (n < 0 && errno == EINVAL) return brasa__fail(err, BRASA_INVALID, "%s is no symbolic link", path);
    if (n < 0) return brasa__fail_errno(err, errno, "cannot look at %s", path);
    *text = brasa__arena_strndup(arena, to, (size_t)n);
    return BRASA_OK;
}

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* With parents, a directory that is there already is no error: another rank may have made it a moment ago. */
brasa_status brasa__io_mkdir(const char *path, bool parents, brasa_error *err)
{
    char   part[PATH_MAX];
    size_t len = strlen(path);

    if (BRASA_FAULT("io.mkdir")) return brasa__fail_errno(err, EIO, "cannot make directory %s", path);
    if (BRASA_FAULT("io.mkdir.enospc")) return brasa__fail_errno(err, ENOSPC, "cannot make directory %s", path);
    if (len >= sizeof part) return brasa__fail_errno(err, ENAMETOOLONG, "cannot make directory %s", path);
    for (size_t i = 1; parents && i < len; i++) {
        if (path[i] != '/') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && !is_directory(part)) return brasa__fail_errno(err, errno, "cannot make directory %s", part);
    }
    brasa__fault_kill("io.kill");
    if (mkdir(path, 0777) == 0 || (parents && errno == EEXIST && is_directory(path))) return BRASA_OK;
    return brasa__fail_errno(err, errno, "cannot make directory %s", path);
}

brasa_status brasa__io_private_dir(const char *path, brasa_error *err)
{
    struct stat st;

    if (BRASA_FAULT("io.mkdir")) return brasa__fail_errno(err, EIO, "cannot make directory %s", path);
    brasa__fault_kill("io.kill");
    if (mkdir(path, 0700) == 0) return BRASA_OK;
    if (errno != EEXIST) return brasa__fail_errno(err, errno, "cannot make directory %s", path);
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode)) return brasa__fail_errno(err, ENOTDIR, "cannot use %s", path);
    if (access(path, W_OK | X_OK) != 0) return brasa__fail_errno(err, errno, "cannot write to directory %s", path);
    return BRASA_OK;
}

brasa_status brasa__io_lock_dir(const char *path, int32_t timeout_ms, int *fd, brasa_error *err)
{
    enum { STEP_MS = 5 };
    int failed;

    *fd = open(path[0] ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0) return brasa__fail_errno(err, errno, "cannot open directory %s", path);
    for (int32_t waited = 0;; waited += STEP_MS) {
        failed = flock(*fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        if (failed == 0) return BRASA_OK;
        if (failed != EWOULDBLOCK && failed != EINTR) break;
        if (waited >= timeout_ms) break;
        brasa__sleep_us(STEP_MS * 1000);
    }
    close(*fd);
    *fd = -1;
    if (failed != EWOULDBLOCK) return BRASA_OK; /* no locks here, as over some networks */
    return brasa__fail(err, BRASA_TIMEOUT, "another process has held directory %s for %d s while it commits a table; end it, or try again",
                       path, (int)(timeout_ms / 1000));
}

void brasa__io_rmdir(const char *path)
{
    brasa__fault_kill("io.kill");
    (void)rmdir(path);
}

/* A file that a process has open, by its number (/dev/stdout leads there): not ours to replace, whatever it is. */
static bool of_process(const char *path)
{
    return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/dev/fd/", 8) == 0;
}

brasa_status brasa__io_follow(brasa_arena *arena, const char *path, char **out, brasa_error *err)
{
    enum { MOST_LINKS = 40 }; /* as the kernel has it */
    char to[PATH_MAX];

    *out = brasa__arena_strdup(arena, path);
    for (int32_t i = 0; i < MOST_LINKS; i++) {
        const char *slash = strrchr(*out, '/');
        ssize_t     n = of_process(*out) ? -1 : readlink(*out, to, sizeof to - 1);

        if (n < 0) return BRASA_OK; /* no link, or nothing: whoever opens it says so */
        to[n] = '\0';
        *out = to[0] == '/' || slash == NULL ? brasa__arena_strdup(arena, to)
                                             : brasa__arena_printf(arena, "%.*s/%s", (int)(slash - *out), *out, to);
    }
    return brasa__fail_errno(err, ELOOP, "cannot follow %s", path);
}

/* Symbolic links are removed, never followed. */
static brasa_status remove_at(const char *path, brasa_error *err)
{
    struct stat    st;
    brasa_status   status = BRASA_OK;
    char           inner[PATH_MAX];
    struct dirent *entry;

    if (lstat(path, &st) != 0) return errno == ENOENT ? BRASA_OK : brasa__fail_errno(err, errno, "cannot look at %s", path);
    if (!S_ISDIR(st.st_mode)) return brasa__io_unlink(path, err);
    DIR *dir = opendir(path);
    if (!dir) return brasa__fail_errno(err, errno, "cannot list %s", path);
    while (status == BRASA_OK && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        int n = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        status = n > 0 && (size_t)n < sizeof inner ? remove_at(inner, err) : brasa__fail_errno(err, ENAMETOOLONG, "cannot remove %s", path);
    }
    closedir(dir);
    brasa__fault_kill("io.kill");
    if (status == BRASA_OK && rmdir(path) != 0) status = brasa__fail_errno(err, errno, "cannot remove %s", path);
    return status;
}

brasa_status brasa__io_remove_tree(const char *path, brasa_error *err)
{
    return remove_at(path, err);
}

brasa_status brasa__io_stat(const char *path, brasa_stat *out, brasa_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        int e = errno;
        if (e == ENOENT || e == ENOTDIR) return brasa__fail(err, BRASA_NOT_FOUND, "%s: no such file or directory", path);
        return brasa__fail_errno(err, e, "cannot look at %s", path);
    }
    *out = (brasa_stat) {
        .bytes = st.st_size,
        .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
        .inode = (int64_t)st.st_ino,
        .is_dir = S_ISDIR(st.st_mode),
    };
    return BRASA_OK;
}

bool brasa__io_is_special(const char *path)
{
    struct stat st;

    return of_process(path) || (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

bool brasa__io_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void close_dir(void *slot)
{
    DIR *dir = *(DIR **)slot;

    if (dir != NULL) closedir(dir);
}

brasa_status brasa__io_list(brasa_arena *arena, const char *path, char ***names, int32_t *count, brasa_error *err)
{
    brasa_arena   *scratch = brasa__arena_new(arena, "list");
    char         **list = NULL;
    int32_t        n = 0, cap = 0;
    DIR          **dir = BRASA_NEW(scratch, DIR *);
    int            failed;
    struct dirent *entry;

    *names = NULL;
    *count = 0;
    brasa__arena_defer(scratch, close_dir, dir); /* first: it may throw */
    *dir = opendir(path);
    failed = errno;
    if (*dir == NULL) {
        brasa__arena_free(scratch);
        return brasa__fail_errno(err, failed, "cannot list %s", path);
    }
    while ((entry = readdir(*dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        list = brasa__arena_grow(arena, list, &cap, n + 1, sizeof *list);
        list[n++] = brasa__arena_strdup(arena, entry->d_name);
    }
    brasa__arena_free(scratch);
    if (n > 1) qsort(list, (size_t)n, sizeof *list, by_name);
    *names = list;
    *count = n;
    return BRASA_OK;
}

static void free_glob(void *g)
{
    globfree(g);
}

brasa_status brasa__io_glob(brasa_arena *arena, const char *pattern, char ***paths, int32_t *count, brasa_error *err)
{
    bool         plain = brasa__io_exists(pattern); /* a name with [ or * in it that is there means itself */
    brasa_arena *scratch = brasa__arena_new(arena, "glob");
    glob_t      *found = BRASA_NEW(scratch, glob_t);
    int          rc = 0;

    *count = 0;
    *paths = NULL;
    brasa__arena_defer(scratch, free_glob, found);
    if (!plain) rc = glob(pattern, GLOB_ERR, NULL, found);
    size_t n = plain ? 1 : found->gl_pathc;
    if (rc == 0 && n > INT32_MAX) n = INT32_MAX;
    if (rc == 0) {
        *paths = BRASA_NEWS(arena, char *, n);
        for (size_t i = 0; i < n; i++) (*paths)[i] = brasa__arena_strdup(arena, plain ? pattern : found->gl_pathv[i]);
        if (n > 1) qsort(*paths, n, sizeof **paths, by_name);
        *count = (int32_t)n;
    }
    brasa__arena_free(scratch);
    if (rc == 0) return BRASA_OK;
    if (rc == GLOB_NOMATCH && !strpbrk(pattern, "*?[")) return brasa__fail(err, BRASA_NOT_FOUND, "%s: no such file or directory", pattern);
    if (rc == GLOB_NOMATCH) return brasa__fail(err, BRASA_NOT_FOUND, "no file matches %s", pattern);
    return brasa__fail(err, BRASA_IO, "cannot look for files that match %s", pattern);
}

typedef struct open_file {
    int         fd;
    const char *path;
} open_file;

static void close_file(void *arg)
{
    open_file *f = arg;

    if (f->fd >= 0) close(f->fd);
}

brasa_status brasa__io_slurp(brasa_arena *arena, const char *path, char **data, size_t *bytes, brasa_error *err)
{
    brasa_arena *scratch = brasa__arena_new(arena, "slurp");
    open_file   *f = BRASA_NEW(scratch, open_file);
    brasa_stat   st = {0};
    brasa_status status;
    size_t       n = 0, got = 1, cap = 0;
    char        *text = NULL;

    f->fd = -1;
    brasa__arena_defer(scratch, close_file, f);
    status = brasa__io_open(path, BRASA_IO_READ, &f->fd, err);
    if (status == BRASA_OK) status = brasa__io_fstat(f->fd, &st, path, err);
    while (status == BRASA_OK && got > 0) { /* the size is a hint: files of /proc say 0 */
        if (n + 1 >= cap) {
            cap = text ? cap * 2 : (size_t)st.bytes + 2;
            char *more = brasa__arena_alloc(arena, cap);
            if (n) memcpy(more, text, n);
            text = more;
        }
        status = brasa__io_read(f->fd, text + n, cap - 1 - n, &got, path, err);
        n += got;
    }
    brasa__arena_free(scratch);
    *data = status == BRASA_OK ? text : NULL;
    *bytes = status == BRASA_OK ? n : 0;
    return status;
}
