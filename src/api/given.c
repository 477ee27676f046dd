/* api/given.c -- what a caller hands in: sessions and frames that cannot be used are errors like others, not crashes.
 *
 * A process has one session, which its context names while it is there.  A call runs on the thread and in the process that started it; elsewhere, before the start
 * and after the stop there is no session whose error could stick, so standard error is told.  Frames lie in the session's memory: they are not looked at without it.
 */
#include <unistd.h>

#include "api/internal.h"

/* The session of the calling thread; NULL, with why: there is none. */
static brasa_session *here(const char **why)
{
    brasa_session *s = brasa__ctx()->session;

    if (s == NULL) {
        *why =
            "there is no session here: brasa_start comes first, nothing after brasa_stop, and all calls come from the thread that started it";
    } else if (s->process != getpid()) {
        *why = "the session is that of another process; a process made by fork cannot use it";
        s = NULL;
    } else if (!pthread_equal(s->thread, pthread_self())) {
        *why = "the session is that of another thread; user functions get what they need as arguments and state";
        s = NULL;
    }
    return s;
}

bool brasa__api_alive(void)
{
    const char *why;

    return here(&why) != NULL;
}

static brasa_status refuse(brasa_session *on, const brasa_site *at, const char *text)
{
    brasa_error err;

    brasa__error_clear(&err);
    brasa__fail(&err, BRASA_INVALID, "%s", text);
    brasa__api_place(at, &err);
    if (on != NULL) return brasa__api_fail(on, at, &err);
    err.rank = -1;
    brasa_error_print(NULL, &err);
    return BRASA_INVALID;
}

static brasa_status can_use(const void *p, const char *what, const brasa_site *at)
{
    const char    *why = what;
    brasa_session *s = here(&why);

    return s == NULL || p == NULL ? refuse(s, at, why) : BRASA_OK;
}

brasa_status brasa__api_session(const brasa_session *s, const brasa_site *at)
{
    BRASA_TRY(can_use(s, "the session of a call is NULL", at));
    return s == brasa__ctx()->session ? BRASA_OK
                                      : refuse(brasa__ctx()->session, at, "the session of a call is not the one of this process");
}

brasa_status brasa__api_usable(const brasa_frame *f, const brasa_site *at)
{
    BRASA_TRY(can_use(f, "the frame of a call is NULL", at));
    return f->status;
}

brasa_status brasa__api_pointer(const void *p, const char *what, const brasa_site *at)
{
    return can_use(p, what, at);
}

brasa_frame *brasa__api_inert(brasa_status status)
{
    static const brasa_frame invalid = {.status = BRASA_INVALID}, no_memory = {.status = BRASA_NO_MEMORY};

    return (brasa_frame *)(uintptr_t)(status == BRASA_NO_MEMORY ? &no_memory : &invalid);
}
