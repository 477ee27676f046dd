/* base/shared.h -- memory that processes of one host share, without a name.
 *
 * The maker keeps a descriptor of an anonymous file; others of the same user map it through /proc, by the maker's process id and that descriptor.  It
 * is gone when the last of them ends, however they end: nothing has to be swept.
 */
#ifndef BRASA_BASE_SHARED_H
#define BRASA_BASE_SHARED_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed pages, and the descriptor by which others find them; NULL where the system has no such thing (the caller does without). */
void *brasa__shared_new(size_t bytes, int *fd);
/* The same pages; NULL: another host or container, another user, or not of this size. */
void *brasa__shared_attach(int32_t pid, int fd, size_t bytes);
/* fd -1: of one who attached. */
void brasa__shared_free(void *p, size_t bytes, int fd);

#endif
