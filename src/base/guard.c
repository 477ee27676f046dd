/* guard.c -- throws and the guards that catch them.
 *
 * Guards of a thread form a chain on its stack; a throw unwinds to the nearest one with longjmp, so the frames between
 * must own nothing that an arena does not.
 *
 * Under a guard the thread's locale is C, whatever the program has set: else 1.5 is no number in Germany, and LIMIT no word in Turkey.
 */
#include "base/alloc.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct guard {
    jmp_buf       jump;
    struct guard *outer;
    locale_t      before; /* to come back to; none: an outer guard does that */
    brasa_error   thrown;
} guard;

static _Thread_local guard *innermost;

/* "C" is one object of the C library's, which is not freed. */
static void enter(guard *g)
{
    g->outer = innermost;
    g->before = innermost != NULL ? (locale_t)0 : uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    innermost = g;
}

static void leave(const guard *g)
{
    innermost = g->outer;
    if (g->before != (locale_t)0) uselocale(g->before);
}

brasa_status brasa__guarded(brasa_status (*fn)(void *arg, brasa_error *err), void *arg, brasa_error *err)
{
    guard        g;
    brasa_status status;

    enter(&g);
    if (setjmp(g.jump) == 0) {
        status = fn(arg, err);
        leave(&g);
        return status;
    }
    leave(&g);
    if (err) *err = g.thrown;
    return (brasa_status)g.thrown.code;
}

void brasa__throw_error(const brasa_error *err)
{
    guard *g = innermost;

    if (!g) {
        fprintf(stderr, "brasa: %s: %s (rank %d on %s)\n", brasa_status_name((brasa_status)err->code), err->text, err->rank, err->host);
        abort();
    }
    g->thrown = *err;
    longjmp(g->jump, 1);
}

void brasa__throw(brasa_status code, const char *fmt, ...)
{
    brasa_error err;
    va_list     ap;

    brasa__error_clear(&err);
    va_start(ap, fmt);
    brasa__vfail(&err, code, fmt, ap);
    va_end(ap);
    brasa__throw_error(&err);
}
