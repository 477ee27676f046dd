/* shared.c -- memfd_create, and its descriptor opened by others through /proc. */
#include "base/shared.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void *map(int fd, size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return p == MAP_FAILED ? NULL : p;
}

void *brasa__shared_new(size_t bytes, int *fd)
{
    void *p = NULL;

    *fd = memfd_create("brasa", MFD_CLOEXEC);
    if (*fd < 0) return NULL;
    if (ftruncate(*fd, (off_t)bytes) == 0) p = map(*fd, bytes);
    if (p == NULL) {
        close(*fd);
        *fd = -1;
    }
    return p;
}

/* What is behind the number may be anything, if this is another process table than the maker's: only a plain file of the right size is taken. */
void *brasa__shared_attach(int32_t pid, int fd, size_t bytes)
{
    char        path[64];
    struct stat st;
    void       *p = NULL;
    int         mine;

    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 0 || (size_t)st.st_size != bytes) return NULL;
    mine = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (mine < 0) return NULL;
    if (fstat(mine, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == bytes) p = map(mine, bytes);
    close(mine);
    return p;
}

void brasa__shared_free(void *p, size_t bytes, int fd)
{
    if (p != NULL) munmap(p, bytes);
    if (fd >= 0) close(fd);
}
