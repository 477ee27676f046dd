/* verdict.c -- how a job ended, in a status and a sentence.
 *
 * A launcher's success is believed only when rank 0 said that it was done: mpirun returns 0 for a job whose host was lost.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "tools/brasa_submit/run.h"

static const char *hint_of(int s)
{
    switch (s) {
    case SIGKILL: return "; if nobody killed it, the host ran out of memory: give a smaller --memory, or more hosts";
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGABRT:
    case SIGFPE: return "; that is a defect of the program or of Brasa";
    case SIGXCPU: return "; a limit on CPU time (ulimit -t)";
    default: return "";
    }
}

static void print_stage(const watch *w)
{
    if (w->stage[0] != '\0') fprintf(stderr, " in stage %s", w->stage);
}

static int tell_death(const plan *p, const watch *w, int rank, const char *host, int s, int code)
{
    fprintf(stderr, "brasa-submit: rank %d of %d", rank, p->ranks);
    if (host[0] != '\0') fprintf(stderr, " on host %s", host);
    if (s != 0) {
        fprintf(stderr, " was ended by signal %d (%s)", s, strsignal(s));
        print_stage(w);
        fprintf(stderr, "%s\n", hint_of(s));
        return 128 + s;
    }
    fprintf(stderr, " left the job");
    if (code >= 0) fprintf(stderr, " with status %d", code);
    print_stage(w);
    fputc('\n', stderr);
    return code > 0 ? code : STATUS_FAILED;
}

static int tell_loss(const plan *p, const watch *w)
{
    fprintf(stderr, "brasa-submit: host %s was lost (it or its network is down)", w->host);
    print_stage(w);
    fprintf(stderr, "; start the job again%s\n", p->job != NULL ? ", or let the batch script requeue it" : " without it");
    return STATUS_FAILED;
}

static int tell_missing(const watch *w)
{
    fprintf(stderr, "brasa-submit: %s is not on host %s, or cannot be run there; put it where all hosts see it\n", w->missing,
            w->host[0] == '\0' ? "(which mpirun names above)" : w->host);
    return STATUS_MISSING;
}

static const char *launcher_name(const plan *p)
{
    return p->launcher == LAUNCH_SRUN ? "srun" : p->launcher == LAUNCH_MPIRUN ? "mpirun" : "the program";
}

static int tell_stuck(const plan *p, const watch *w)
{
    fprintf(stderr, "brasa-submit: the ranks have ended before the job was done, and %s does not say why", launcher_name(p));
    print_stage(w);
    fputc('\n', stderr);
    return STATUS_FAILED;
}

/* Somebody has ended it, or it fails in silence. */
static int tell_launcher(const plan *p, const watch *w, int status)
{
    fprintf(stderr, "brasa-submit: %s ", launcher_name(p));
    if (WIFSIGNALED(status))
        fprintf(stderr, "was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        fprintf(stderr, "ended with status %d before the job was done, and does not say why", WEXITSTATUS(status));
    print_stage(w);
    fputc('\n', stderr);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int verdict(const plan *p, const watch *w, int status)
{
    int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

    if (w->stuck && w->ended) return w->end_status; /* what we ended then does not count */
    if (p->launcher == LAUNCH_ALONE) {
        if (w->aborted) return w->abort_status;
        if (WIFSIGNALED(status)) return tell_death(p, w, 0, p->nodes[0].name, WTERMSIG(status), -1);
        return code;
    }
    if (w->deaf && code != 0) return 128 + SIGPIPE;
    if (w->lost) return tell_loss(p, w);
    if (w->missing[0] != '\0' && w->stage[0] == '\0' && !w->ended) return tell_missing(w);
    if (w->died && w->signal != 0) return tell_death(p, w, w->rank, w->host, w->signal, -1);
    if (w->aborted) return w->abort_status > 0 ? w->abort_status : STATUS_FAILED; /* the launcher's may be that of our own signal */
    if (w->died && !w->ended && w->rank > 0) return tell_death(p, w, w->rank, w->host, 0, w->code > 0 ? w->code : code);
    if (w->stuck) return tell_stuck(p, w);
    if (code != 0 && !w->ended && (WIFSIGNALED(status) || !w->said)) return tell_launcher(p, w, status);
    if (code != 0 || w->ended) return code;
    fprintf(stderr, "brasa-submit: %s returned 0, but the job did not finish: a host was lost, or the program left without brasa_stop",
            launcher_name(p));
    if (w->stage[0] != '\0') fprintf(stderr, "; the last stage was %s", w->stage);
    fputc('\n', stderr);
    return STATUS_FAILED;
}
