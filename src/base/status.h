/* base/status.h -- setting and forwarding errors. */
#ifndef BRASA_BASE_STATUS_H
#define BRASA_BASE_STATUS_H

#include <stdarg.h>
#include <stddef.h>

#include "base/arena.h"
#include "brasa/status.h"

/* Forward a failure to the caller. */
#define BRASA_TRY(call)                                              \
    do {                                                             \
        brasa_status brasa_try_status_ = (call);                     \
        if (brasa_try_status_ != BRASA_OK) return brasa_try_status_; \
    } while (0)

/* An error that says nothing yet: code OK, rank -1. */
void brasa__error_clear(brasa_error *err);

/* Set `err` (which may be NULL) at its origin: code, text, this rank and host.  Returns `code`. */
brasa_status brasa__fail(brasa_error *err, brasa_status code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
brasa_status brasa__vfail(brasa_error *err, brasa_status code, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));

/* The same, for a failed system call: adds strerror(errno_value); ENOSPC, EDQUOT give NO_SPACE, ENOENT NOT_FOUND, ENOMEM NO_MEMORY. */
brasa_status brasa__fail_errno(brasa_error *err, int errno_value, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Append to the text of an error that is set ("; did you mean ...").  Returns its code. */
brasa_status brasa__fail_more(brasa_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The error as one line: file:line of the call, class, text, and where it came from (node, rank and host, partition, row). */
void brasa__error_format(const brasa_error *err, brasa_text *out);

/* Closest of `names` to `wrong` (Damerau-Levenshtein, at most 1 + len/3 edits, case ignored), or NULL. */
const char *brasa__near_miss(const char *wrong, const char *const *names, int32_t count);

#endif
