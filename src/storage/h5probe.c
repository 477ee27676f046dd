/* h5probe.c -- a file of others is first looked at by a child process.
 *
 * HDF5 1.10 believes what a damaged file says, and then crashes or loops.  So a child does what this process is about to do; only if it lives is it done here.
 * The fork happens inside a session, so no other thread is in the library; the child ends by _exit and touches nothing shared.
 */
#include "storage/h5probe.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "storage/h5lib.h"

enum { MOST_SECONDS = 15 }; /* of processor time: a slow disk does not count, but ten thousand datasets take some seconds */

/* As if the program had just started: what it did about signals was for itself, and the parent tells the user what went wrong. */
static void become_quiet(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGINT, SIGTERM, SIGXCPU};
    int              nowhere = -1;

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) signal(signals[i], SIG_DFL);
    setrlimit(RLIMIT_CPU, &(struct rlimit) {MOST_SECONDS, MOST_SECONDS});
    setrlimit(RLIMIT_CORE, &(struct rlimit) {0, 0});
    if (brasa__io_open("/dev/null", BRASA_IO_READ, &nowhere, NULL) == BRASA_OK) { /* what is written there fails, which is as good */
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
}

static brasa_status fork_now(brasa_h5 *h, void *arg, brasa_error *err)
{
    (void)h;
    (void)err;
    *(pid_t *)arg = fork();
    return BRASA_OK;
}

brasa_status brasa__h5_probe(brasa_status (*fn)(void *arg, brasa_error *err), void *arg, const char *path, brasa_error *err)
{
    brasa_error ignored;
    int         status = 0;
    pid_t       child = -1;

    BRASA_TRY(brasa__h5_run(fork_now, &child, err));
    if (child < 0) return BRASA_OK; /* no process to spare: go on without */
    if (child == 0) {
        become_quiet();
        brasa__error_clear(&ignored);
        (void)brasa__guarded(fn, arg, &ignored);
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return BRASA_OK;
    if (!WIFSIGNALED(status)) return BRASA_OK;
    return brasa__fail(err, BRASA_CORRUPT, "%s is damaged: the HDF5 library %s when it reads it; restore it from a copy", path,
                       WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ? "does not come to an end" : "crashes");
}
