/* base/io.h -- every file system call goes through here, so that a test can fail the Nth.
 *
 * Calls are restarted on EINTR and continued when short; errors name the path.  Fault points: io.open, io.read, io.write,
 * io.fsync, io.rename, io.close, io.mkdir, io.unlink, io.symlink, io.truncate (EIO; with the suffix .enospc or .short that outcome).  io.kill ends
 * the process before a system call that changes what is on disk.
 */
#ifndef BRASA_BASE_IO_H
#define BRASA_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

typedef struct brasa_stat {
    int64_t bytes;
    int64_t mtime_ns;
    int64_t inode; /* a file that is renamed to this name has another */
    bool    is_dir;
} brasa_stat;

/* PRIVATE: what is created is for its owner only. */
enum {
    BRASA_IO_READ = 0,
    BRASA_IO_WRITE = 1,
    BRASA_IO_CREATE = 2,
    BRASA_IO_EXCLUSIVE = 4,
    BRASA_IO_TRUNCATE = 8,
    BRASA_IO_APPEND = 16,
    BRASA_IO_PRIVATE = 32
};

/* At the start of a process.  The places of standard files that are closed are taken, or a table that is opened next gets what is printed; nothing can be written there.
 * A limit on the size of files (ulimit -f) makes a write fail, and does not end the process. */
void         brasa__io_begin(void);
brasa_status brasa__io_open(const char *path, int flags, int *fd, brasa_error *err);
brasa_status brasa__io_close(int fd, const char *path, brasa_error *err);
/* Read exactly n bytes at offset; CORRUPT when the file ends before. */
brasa_status brasa__io_pread(int fd, void *buf, size_t n, int64_t offset, const char *path, brasa_error *err);
/* Read at most n bytes at the current offset; *got is 0 at the end. */
brasa_status brasa__io_read(int fd, void *buf, size_t n, size_t *got, const char *path, brasa_error *err);
brasa_status brasa__io_pwrite(int fd, const void *buf, size_t n, int64_t offset, const char *path, brasa_error *err);
brasa_status brasa__io_write(int fd, const void *buf, size_t n, const char *path, brasa_error *err);
brasa_status brasa__io_truncate(int fd, int64_t bytes, const char *path, brasa_error *err);
/* Reserve blocks on disk from `offset` on, without changing the file's size: NO_SPACE before anything is written there.  `want` bytes if there
 * are so many, else `need`; *got: how many, also where the file system cannot reserve. */
brasa_status brasa__io_reserve(int fd, int64_t offset, int64_t need, int64_t want, int64_t *got, const char *path, brasa_error *err);
brasa_status brasa__io_fsync(int fd, const char *path, brasa_error *err);
brasa_status brasa__io_fsync_dir(const char *path, brasa_error *err);
brasa_status brasa__io_rename(const char *from, const char *to, brasa_error *err);
/* Two names change places in one step, each with what is below it.  UNSUPPORTED: not on this file system. */
brasa_status brasa__io_exchange(const char *a, const char *b, brasa_error *err);
brasa_status brasa__io_unlink(const char *path, brasa_error *err);
/* A symbolic link, which holds its text from the moment that it is there: a note that no kill can leave half written.  UNSUPPORTED: the file system has none. */
brasa_status brasa__io_symlink(const char *text, const char *path, brasa_error *err);
/* What it holds.  INVALID: no symbolic link; NOT_FOUND. */
brasa_status brasa__io_readlink(brasa_arena *arena, const char *path, char **text, brasa_error *err);
brasa_status brasa__io_mkdir(const char *path, bool parents, brasa_error *err);
/* A directory that only its owner may enter, when it is made here; one that is there must let us write. */
brasa_status brasa__io_private_dir(const char *path, brasa_error *err);
/* Wait, at most so long, until no other process holds this directory by the same call; closing *fd, or the process's end, lets it go.  *fd is -1 where the file
 * system has no locks.  TIMEOUT. */
brasa_status brasa__io_lock_dir(const char *path, int32_t timeout_ms, int *fd, brasa_error *err);
void         brasa__io_rmdir(const char *path); /* if it is empty */
brasa_status brasa__io_remove_tree(const char *path, brasa_error *err);
brasa_status brasa__io_stat(const char *path, brasa_stat *out, brasa_error *err); /* NOT_FOUND */
brasa_status brasa__io_fstat(int fd, brasa_stat *out, const char *path, brasa_error *err);
bool         brasa__io_exists(const char *path);
bool         brasa__io_is_special(const char *path); /* a pipe, socket, device, or what a process has open (/dev/stdout) */
/* Where a path leads whose last name is a symbolic link, or several; else the path.  What is renamed to that replaces the file and keeps the link.  IO: a circle. */
brasa_status brasa__io_follow(brasa_arena *arena, const char *path, char **out, brasa_error *err);
/* Names in a directory, sorted, without . and .. */
brasa_status brasa__io_list(brasa_arena *arena, const char *path, char ***names, int32_t *count, brasa_error *err);
/* Paths that match a glob (a plain path matches itself if it exists), sorted.  NOT_FOUND when none does. */
brasa_status brasa__io_glob(brasa_arena *arena, const char *pattern, char ***paths, int32_t *count, brasa_error *err);
/* The whole of a file. */
brasa_status brasa__io_slurp(brasa_arena *arena, const char *path, char **data, size_t *bytes, brasa_error *err);

#endif
