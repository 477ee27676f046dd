/* io.c -- file descriptors: open, read, write, reserve, sync.
 *
 * Every call loops over EINTR and short transfers.  A fault point stands before each system call; ".short" makes one
 * transfer move a single byte, so that the loop is what a test sees.
 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/now.h"

enum { MOST = 1 << 30 }; /* Linux moves at most 2 GiB - 4 KiB a call */

static int open_flags(int flags)
{
    int o = O_CLOEXEC | (flags & BRASA_IO_WRITE ? O_RDWR : O_RDONLY);

    if (flags & BRASA_IO_CREATE) o |= O_CREAT;
    if (flags & BRASA_IO_EXCLUSIVE) o |= O_CREAT | O_EXCL;
    if (flags & BRASA_IO_TRUNCATE) o |= O_TRUNC;
    if (flags & BRASA_IO_APPEND) o |= O_APPEND;
    return o;
}

void brasa__io_begin(void)
{
    struct sigaction xfsz;

    if (sigaction(SIGXFSZ, NULL, &xfsz) == 0 && xfsz.sa_handler == SIG_DFL) signal(SIGXFSZ, SIG_IGN);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd) return;
}

brasa_status brasa__io_open(const char *path, int flags, int *fd, brasa_error *err)
{
    const char *verb = flags & (BRASA_IO_CREATE | BRASA_IO_EXCLUSIVE) ? "create" : "open";

    *fd = -1;
    if (BRASA_FAULT("io.open")) return brasa__fail_errno(err, EIO, "cannot %s %s", verb, path);
    if (BRASA_FAULT("io.open.enospc")) return brasa__fail_errno(err, ENOSPC, "cannot %s %s", verb, path);
    if (flags & (BRASA_IO_CREATE | BRASA_IO_EXCLUSIVE | BRASA_IO_TRUNCATE | BRASA_IO_APPEND)) flags |= BRASA_IO_WRITE;
    if (flags & (BRASA_IO_CREATE | BRASA_IO_EXCLUSIVE | BRASA_IO_TRUNCATE)) brasa__fault_kill("io.kill");
    do *fd = open(path, open_flags(flags), flags & BRASA_IO_PRIVATE ? 0600 : 0666);
    while (*fd < 0 && errno == EINTR);
    return *fd >= 0 ? BRASA_OK : brasa__fail_errno(err, errno, "cannot %s %s", verb, path);
}

brasa_status brasa__io_close(int fd, const char *path, brasa_error *err)
{
    bool fault = BRASA_FAULT("io.close");
    bool full = BRASA_FAULT("io.close.enospc");
    int  failed = close(fd); /* the descriptor is gone whatever this says; after EINTR too */

    if (fault || full) return brasa__fail_errno(err, full ? ENOSPC : EIO, "cannot close %s", path);
    return failed == 0 || errno == EINTR ? BRASA_OK : brasa__fail_errno(err, errno, "cannot close %s", path);
}

/* Bytes to move in one call, or 0 with errno set when a fault point fires. */
static size_t read_step(size_t n)
{
    if (BRASA_FAULT("io.read")) {
        errno = EIO;
        return 0;
    }
    if (BRASA_FAULT("io.read.short")) return 1;
    return n < MOST ? n : MOST;
}

static size_t write_step(size_t n)
{
    if (BRASA_FAULT("io.write")) {
        errno = EIO;
        return 0;
    }
    if (BRASA_FAULT("io.write.enospc")) {
        errno = ENOSPC;
        return 0;
    }
    if (BRASA_FAULT("io.write.short")) return 1;
    return n < MOST ? n : MOST;
}

static brasa_status read_at(int fd, void *buf, size_t n, int64_t offset, const char *path, brasa_error *err)
{
    char  *to = buf;
    size_t done = 0;

    while (done < n) {
        size_t  step = read_step(n - done);
        ssize_t got = step ? pread(fd, to + done, step, (off_t)offset + (off_t)done) : -1;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return brasa__fail_errno(err, errno, "cannot read %zu bytes at %lld of %s", n, (long long)offset, path);
        if (got == 0) {
            return brasa__fail(err, BRASA_CORRUPT, "%s ends after %lld bytes; %zu bytes at %lld were to be there: the file is cut short",
                               path, (long long)offset + (long long)done, n, (long long)offset);
        }
        done += (size_t)got;
    }
    return BRASA_OK;
}

brasa_status brasa__io_pread(int fd, void *buf, size_t n, int64_t offset, const char *path, brasa_error *err)
{
    int64_t      begun = brasa__now_io_begin();
    brasa_status status = read_at(fd, buf, n, offset, path, err);

    brasa__now_io_end(begun, n);
    return status;
}

brasa_status brasa__io_read(int fd, void *buf, size_t n, size_t *got, const char *path, brasa_error *err)
{
    int64_t begun;
    ssize_t moved;

    *got = 0;
    if (n == 0) return BRASA_OK;
    begun = brasa__now_io_begin();
    do {
        size_t step = read_step(n);
        moved = step ? read(fd, buf, step) : -1;
    } while (moved < 0 && errno == EINTR);
    brasa__now_io_end(begun, moved > 0 ? (size_t)moved : 0);
    if (moved < 0) return brasa__fail_errno(err, errno, "cannot read %s", path);
    *got = (size_t)moved;
    return BRASA_OK;
}

/* How full is it, where space was wanted?  Reserved blocks of the system are not for us: f_bavail. */
static brasa_status more_of_space(int fd, int errno_value, brasa_error *err)
{
    struct statvfs v;

    if (err == NULL) return errno_value == ENOSPC || errno_value == EDQUOT ? BRASA_NO_SPACE : BRASA_IO;
    if (errno_value == EDQUOT) return brasa__fail_more(err, "; remove files of yours, or write to another file system");
    if (errno_value == ENOSPC && fstatvfs(fd, &v) == 0)
        return brasa__fail_more(err, "; %lld bytes are free there: free some, or write to another file system",
                                (long long)v.f_bavail * (long long)v.f_frsize);
    return (brasa_status)err->code;
}

/* offset -1: at the current one */
static brasa_status write_all(int fd, const void *buf, size_t n, int64_t offset, const char *path, brasa_error *err)
{
    const char *from = buf;
    size_t      done = 0;

    while (done < n) {
        size_t  step = write_step(n - done);
        ssize_t put = -1;
        brasa__fault_kill("io.kill");
        if (step) put = offset < 0 ? write(fd, from + done, step) : pwrite(fd, from + done, step, (off_t)offset + (off_t)done);
        if (put < 0 && errno == EINTR) continue;
        if (put == 0) errno = ENOSPC;
        if (put <= 0) {
            int failed = errno;
            brasa__fail_errno(err, failed, "cannot write %zu bytes to %s", n, path);
            return more_of_space(fd, failed, err);
        }
        done += (size_t)put;
    }
    return BRASA_OK;
}

brasa_status brasa__io_pwrite(int fd, const void *buf, size_t n, int64_t offset, const char *path, brasa_error *err)
{
    if (offset < 0) return brasa__fail(err, BRASA_INVALID, "offset %lld of %s is negative", (long long)offset, path);
    return write_all(fd, buf, n, offset, path, err);
}

brasa_status brasa__io_write(int fd, const void *buf, size_t n, const char *path, brasa_error *err)
{
    return write_all(fd, buf, n, -1, path, err);
}

brasa_status brasa__io_truncate(int fd, int64_t bytes, const char *path, brasa_error *err)
{
    int failed;

    if (BRASA_FAULT("io.truncate")) return brasa__fail_errno(err, EIO, "cannot set the size of %s", path);
    brasa__fault_kill("io.kill");
    do failed = ftruncate(fd, (off_t)bytes);
    while (failed && errno == EINTR);
    return failed ? brasa__fail_errno(err, errno, "cannot set the size of %s to %lld bytes", path, (long long)bytes) : BRASA_OK;
}

static int reserve(int fd, int64_t offset, int64_t bytes)
{
    int failed;

    brasa__fault_kill("io.kill");
    do failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
    while (failed && errno == EINTR);
    /* A file system that cannot reserve will say so when it is written to. */
    return failed && errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL ? errno : 0;
}

brasa_status brasa__io_reserve(int fd, int64_t offset, int64_t need, int64_t want, int64_t *got, const char *path, brasa_error *err)
{
    int failed;

    *got = want > need ? want : need;
    if (*got <= 0) return BRASA_OK;
    if (BRASA_FAULT("io.reserve") || BRASA_FAULT("io.write.enospc")) {
        failed = ENOSPC;
    } else {
        failed = reserve(fd, offset, *got);
        if ((failed == ENOSPC || failed == EDQUOT || failed == EFBIG) && need > 0 && need < *got) {
            *got = need;
            failed = reserve(fd, offset, need);
        }
    }
    if (failed == 0) return BRASA_OK;
    brasa__fail_errno(err, failed, "cannot reserve %lld bytes on disk for %s", (long long)need, path);
    return more_of_space(fd, failed, err);
}

brasa_status brasa__io_fsync(int fd, const char *path, brasa_error *err)
{
    int failed;

    if (BRASA_FAULT("io.fsync")) return brasa__fail_errno(err, EIO, "cannot flush %s to disk", path);
    if (BRASA_FAULT("io.fsync.enospc")) return brasa__fail_errno(err, ENOSPC, "cannot flush %s to disk", path);
    do failed = fsync(fd);
    while (failed && errno == EINTR);
    return failed ? brasa__fail_errno(err, errno, "cannot flush %s to disk", path) : BRASA_OK;
}

brasa_status brasa__io_fstat(int fd, brasa_stat *out, const char *path, brasa_error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0) return brasa__fail_errno(err, errno, "cannot look at %s", path);
    *out = (brasa_stat) {
        .bytes = st.st_size,
        .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
        .inode = (int64_t)st.st_ino,
        .is_dir = S_ISDIR(st.st_mode),
    };
    return BRASA_OK;
}
