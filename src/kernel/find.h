/* kernel/find.h -- bytes within bytes. */
#ifndef BRASA_KERNEL_FIND_H
#define BRASA_KERNEL_FIND_H

#include <stddef.h>

/* First occurrence of what[0..k) in s[0..n), or NULL; s when k is 0.  Reads nothing outside. */
const char *brasa__find_bytes(const char *s, size_t n, const char *what, size_t k);

#endif
