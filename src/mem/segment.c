/* segment.c -- see segment.h: an anonymous file (memfd_create), which others open by /proc. */
#include "mem/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/io.h"

bool brasa__segment_new(brasa_segment *s, size_t bytes)
{
    void *p;

    *s = (brasa_segment) {.fd = -1};
    errno = ENOMEM;
    if (BRASA_FAULT("segment.new")) return false;
    s->fd = memfd_create("brasa", MFD_CLOEXEC);
    if (s->fd < 0) return false;
    p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
    if (p == MAP_FAILED) {
        brasa__segment_free(s);
        return false;
    }
    s->base = p;
    s->bytes = bytes;
    return true;
}

void brasa__segment_free(brasa_segment *s)
{
    if (s->base != NULL) munmap(s->base, s->bytes);
    if (s->fd >= 0) close(s->fd);
    *s = (brasa_segment) {.fd = -1};
}

bool brasa__segment_name(const brasa_segment *s, brasa_segment_name *out)
{
    struct stat st;

    *out = (brasa_segment_name) {.pid = getpid(), .fd = s->fd};
    if (s->base == NULL || fstat(s->fd, &st) != 0) return false;
    out->device = (uint64_t)st.st_dev;
    out->inode = (uint64_t)st.st_ino;
    return true;
}

bool brasa__segment_back(const brasa_segment *s, size_t from, size_t bytes)
{
    int rc;

    if (BRASA_FAULT("segment.back")) return false;
    do rc = posix_fallocate(s->fd, (off_t)from, (off_t)bytes);
    while (rc == EINTR);
    return rc == 0;
}

const char *brasa__segment_map(const brasa_segment_name *name, size_t bytes)
{
    char        path[64];
    struct stat st;
    brasa_error ignored;
    void       *p = MAP_FAILED;
    int         fd = -1;

    if (name->fd < 0 || BRASA_FAULT("segment.map")) return NULL;
    snprintf(path, sizeof path, "/proc/%lld/fd/%lld", (long long)name->pid, (long long)name->fd);
    if (brasa__io_open(path, 0, &fd, &ignored) != BRASA_OK) return NULL;
    if (fstat(fd, &st) == 0 && (uint64_t)st.st_dev == name->device && (uint64_t)st.st_ino == name->inode)
        p = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    return p == MAP_FAILED ? NULL : p;
}

void brasa__segment_unmap(const char *base, size_t bytes)
{
    if (base != NULL) munmap((void *)(uintptr_t)base, bytes);
}
