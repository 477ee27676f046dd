/* run.c -- the launcher as a child: its standard error watched, signals passed on, its end turned into a status.
 *
 * Everything that a job starts on this host is below this process (it is the reaper of orphans), so nothing is left running when it ends.
 */
#include "tools/brasa_submit/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ORDER_MS = 8000,
    ORDER_LONG_MS = 30000,
    GRACE_MS = 4000,
    DRAIN_MS = 500,
    LOOK_MS = 2000,
    ALONE_MS = 10000,
    CHILDLESS_MS = 60000, /* it may be slow to start any */
    DEADLINE_S = 600,     /* of a job that sets none */
    NEVER = -1,
    MOST_STARTS = 3
};

typedef struct run {
    plan    *plan;
    watch    watch;
    pid_t    child;
    bool     over; /* the child has ended: */
    int      status;
    int      from_job; /* the read end of its standard error, or of its notes */
    int      signals;  /* a signalfd */
    sigset_t before;
    int      stop;      /* the signal that told us to end; 0: none */
    int64_t  order_end; /* until when the job may end in order; NEVER */
    int64_t  kill_at;   /* when patience ends; NEVER */
    int64_t  drain_end; /* when we stop reading after the end */
    bool     parent;    /* the launcher has been seen with processes of its own; */
    int64_t  alone_at;  /* since when it has none, or one that ended unheard; NEVER */
    int64_t  still_ms;  /* for how long a rank has been stopped */
    int64_t  look_at;   /* when these are looked at next */
} run;

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- start ---- */

static void make_token(char *token)
{
    unsigned char random[16];

    if (getrandom(random, sizeof random, 0) != sizeof random) memset(random, getpid() & 255, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) sprintf(token + 2 * i, "%02x", random[i]);
}

static void catch_signals(run *r)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGCHLD};
    sigset_t         set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) sigaddset(&set, caught[i]);
    sigprocmask(SIG_BLOCK, &set, &r->before);
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* In the child.  A job alone on this host keeps our standard error, with its terminal; its notes come by a pipe of their own. */
static _Noreturn void become(const run *r, int notes)
{
    const plan *p = r->plan;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, &r->before, NULL);
    for (int i = 0; i < p->env.count; i++) putenv((char *)(uintptr_t)p->env.items[i]);
    if (p->launcher == LAUNCH_ALONE) {
        fcntl(notes, F_SETFD, 0);
    } else {
        notes = dup2(notes, STDERR_FILENO);
    }
    setenv("BRASA_SUBMIT", pool_format(p->pool, "%s:%d", r->watch.token, notes), 1);
    execvp(p->command.items[0], (char *const *)(uintptr_t)p->command.items);
    fprintf(stderr, "brasa-submit: cannot start %s: %s\n", p->command.items[0], strerror(errno));
    _exit(127);
}

static bool start(run *r)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    r->from_job = ends[0];
    make_token(r->watch.token);
    catch_signals(r);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    r->order_end = r->kill_at = r->drain_end = r->alone_at = NEVER;
    r->watch.rank = r->watch.code = -1;
    r->child = fork();
    if (r->child == 0) become(r, ends[1]);
    close(ends[1]);
    return r->child > 0;
}

/* mpirun passes on what it is told to, and this is not in the line that --dry-run prints. */
static void pass_notes(plan *p)
{
    text_list with = {.pool = p->pool};

    if (p->launcher != LAUNCH_MPIRUN) return;
    for (int i = 0; i < p->command.count; i++) {
        list_add(&with, p->command.items[i]);
        if (i > 0) continue;
        list_add(&with, "-x");
        list_add(&with, "BRASA_SUBMIT");
    }
    p->command = with;
}

/* ---- signals ---- */

static void tell_child(const run *r, int s)
{
    if (!r->over) kill(r->child, s);
}

static bool sees_rank0(const run *r)
{
    char host[128] = "";

    gethostname(host, sizeof host - 1);
    return r->watch.pid > 1 && strcmp(host, r->watch.pid_host) == 0;
}

/* Rank 0 ends a job in order.  It is told directly where it is on this host: mpirun would end all ranks within a second.  Else srun passes signals on, and mpirun this one. */
static bool tell_rank0(const run *r, int s)
{
    if (r->over) return false;
    if (r->plan->launcher == LAUNCH_ALONE) return kill(r->child, s) == 0;
    if (sees_rank0(r)) return kill(r->watch.pid, s) == 0;
    if (r->plan->launcher == LAUNCH_SRUN || s == SIGUSR1) return kill(r->child, s) == 0;
    return false;
}

/* The first tells the job to end, the second ends it. */
static void stop(run *r, int s)
{
    if (r->stop != 0) {
        r->kill_at = now_ms();
        return;
    }
    r->stop = s;
    if (s == SIGUSR1) {
        fprintf(stderr, "brasa-submit: the time limit is near: ending the job; it can be started again (status %d)\n", STATUS_AGAIN);
    } else {
        fprintf(stderr, "brasa-submit: %s: ending the job\n", strsignal(s));
    }
    if (r->watch.pid > 1 && tell_rank0(r, s)) {
        r->order_end = now_ms() + (s == SIGUSR1 ? ORDER_LONG_MS : ORDER_MS);
        return;
    }
    tell_child(r, SIGTERM); /* it has not begun, or cannot be reached */
    r->kill_at = now_ms() + GRACE_MS;
}

/* It did not end in order. */
static void press(run *r)
{
    r->order_end = NEVER;
    tell_child(r, SIGTERM);
    r->kill_at = now_ms() + GRACE_MS;
}

static void reap(run *r)
{
    int   status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != r->child) continue;
        r->over = true;
        r->status = status;
        r->drain_end = now_ms() + DRAIN_MS;
    }
}

static void take_signals(run *r)
{
    struct signalfd_siginfo info;

    while (read(r->signals, &info, sizeof info) == sizeof info) {
        int s = (int)info.ssi_signo;

        if (s == SIGCHLD) {
            reap(r);
        } else if (s == SIGUSR2 || s == SIGQUIT) {
            tell_child(r, s);
        } else {
            stop(r, s);
        }
    }
}

/* ---- the loop ---- */

static void pass_on(const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t k = write(STDERR_FILENO, bytes, n);

        if (k < 0 && errno != EINTR) return;
        if (k < 0) continue;
        bytes += k;
        n -= (size_t)k;
    }
}

/* false: nothing will come any more. */
static bool take_output(run *r)
{
    char    bytes[4096];
    ssize_t n = read(r->from_job, bytes, sizeof bytes);

    if (n < 0) return errno == EINTR || errno == EAGAIN;
    if (n == 0) return false;
    pass_on(bytes, watch_bytes(&r->watch, bytes, (size_t)n));
    if (r->watch.aborted && r->kill_at == NEVER) r->kill_at = now_ms() + GRACE_MS;
    return true;
}

/* Ranks that die while they start leave mpirun now and then in a lock of its own (Open MPI 4.1 with PMIx 4.2: one time in thirty): it has no processes any more and does not end, or
 * it has one that has ended and does not hear of it, which it does at once while it is well. */
static void look_at_launcher(run *r)
{
    int64_t now = now_ms();
    bool    any, unheard;

    if (r->plan->launcher != LAUNCH_MPIRUN) return;
    any = child_in(r->child, 0) != 0;
    unheard = child_in(r->child, 'Z') != 0;
    r->parent = r->parent || any || unheard;
    if (any && !unheard) {
        r->alone_at = NEVER;
    } else if (r->alone_at == NEVER) {
        r->alone_at = now;
    } else if (now - r->alone_at >= (r->parent ? ALONE_MS : CHILDLESS_MS) && r->kill_at == NEVER) {
        r->watch.stuck = true;
        r->kill_at = now;
    }
}

/* What the job has said, or is going to: one that was stopped on its way in has not. */
static int deadline_of(const run *r)
{
    static const char key[] = "BRASA_DEADLINE=";
    const char       *text = getenv("BRASA_DEADLINE");

    if (r->watch.pid > 0) return r->watch.deadline_s;
    for (int i = 0; i < r->plan->env.count; i++)
        if (strncmp(r->plan->env.items[i], key, sizeof key - 1) == 0) text = r->plan->env.items[i] + sizeof key - 1;
    return text != NULL && atoi(text) > 0 ? atoi(text) : DEADLINE_S;
}

/* The process of rank 0, where it is seen from here. */
static int pid_of_rank0(const run *r)
{
    return r->plan->launcher == LAUNCH_ALONE ? (int)r->child : sees_rank0(r) ? r->watch.pid : 0;
}

/* Workers that wait for what rank 0 will ask next do not miss it, and the user's program may let them wait for hours: but not when it has been stopped.
 * And nobody waits for a rank that is stopped on its way out, but mpirun. */
static void look_for_stopped(run *r)
{
    const watch *w = &r->watch;
    int          pid = pid_of_rank0(r), deadline_s = deadline_of(r);

    if (pid != 0 && process_state(pid) != 'T') pid = 0;
    if (pid == 0 && w->ended) pid = child_in(r->child, 'T');
    r->still_ms = pid != 0 ? r->still_ms + LOOK_MS : 0;
    if (deadline_s == 0 || r->still_ms < (int64_t)deadline_s * 1000 || r->kill_at != NEVER) return;
    r->kill_at = now_ms();
    if (w->ended) {
        fprintf(stderr, "brasa-submit: the job is done, but its process %d has been stopped for %d s; ending it\n", pid, deadline_s);
        r->watch.stuck = true;
        return;
    }
    fprintf(
        stderr,
        "brasa-submit: rank 0 (process %d on %s) has been stopped for %d s; continue it in time (kill -CONT), or raise the setting deadline\n",
        pid, w->pid_host[0] != '\0' ? w->pid_host : "this host", deadline_s);
    r->watch.aborted = true;
    r->watch.abort_status = STATUS_FAILED;
}

static void look(run *r)
{
    if (r->over || now_ms() < r->look_at) return;
    r->look_at = now_ms() + LOOK_MS;
    look_at_launcher(r);
    look_for_stopped(r);
}

static int patience(const run *r)
{
    int64_t until = r->kill_at != NEVER ? r->kill_at : r->order_end, left;

    if (r->over) until = r->drain_end;
    if (!r->over && (until == NEVER || until > r->look_at)) until = r->look_at;
    if (until == NEVER) return -1;
    left = until - now_ms();
    return left < 0 ? 0 : (int)left;
}

static void follow(run *r)
{
    struct pollfd fds[] = {{.fd = r->signals, .events = POLLIN}, {.fd = r->from_job, .events = POLLIN}};

    while (!r->over || fds[1].fd >= 0) {
        int n = poll(fds, 2, patience(r));

        if (n > 0 && fds[0].revents != 0) take_signals(r);
        if (n > 0 && fds[1].revents != 0 && !take_output(r)) fds[1].fd = -1;
        if (r->over && now_ms() >= r->drain_end) return;
        look(r);
        if (!r->over && r->order_end != NEVER && now_ms() >= r->order_end) press(r);
        if (!r->over && r->kill_at != NEVER && now_ms() >= r->kill_at) {
            kill_all();
            r->kill_at = now_ms() + 1000;
        }
    }
}

/* A job that we ended has that for its status, unless it was done already. */
static int status_of(const run *r)
{
    if (r->stop == 0) return verdict(r->plan, &r->watch, r->status);
    if (r->watch.ended && WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0) return 0;
    return r->stop == SIGUSR1 ? STATUS_AGAIN : 128 + r->stop;
}

/* srun's ranks sometimes die inside MPI_Init: PMIx of Slurm 22.05 and Open MPI 4.1 crash in one start of thirty when ranks talk TCP.  The job has not begun then. */
static bool died_unborn(const run *r)
{
    return r->plan->launcher == LAUNCH_SRUN && r->stop == 0 && r->watch.died && r->watch.signal == SIGSEGV && r->watch.shm[0] == '\0';
}

/* Would it have gone well if nobody had come from outside? */
static void tell_end(const run *r, run_end *end)
{
    int s = r->plan->launcher == LAUNCH_ALONE ? (WIFSIGNALED(r->status) ? WTERMSIG(r->status) : 0) : r->watch.died ? r->watch.signal : 0;

    *end = (run_end) {.again = r->stop == 0 && !r->watch.ended &&
                               (r->watch.lost || r->watch.stuck || s == SIGKILL || s == SIGTERM || s == SIGBUS)};
    if (r->watch.lost) snprintf(end->lost, sizeof end->lost, "%s", r->watch.host);
}

/* One start of the ranks; *again: they died before the job began. */
static int run_once(plan *p, run_end *end, bool *again)
{
    run r = {.plan = p};
    int status = STATUS_FAILED;

    *again = false;
    if (!start(&r)) {
        fprintf(stderr, "brasa-submit: cannot start a process: %s\n", strerror(errno));
        return status;
    }
    follow(&r);
    end_all();
    status = status_of(&r);
    *again = died_unborn(&r);
    tell_end(&r, end);
    if (!p->here && (status != 0 || !r.watch.ended)) sweep_everywhere(p, &r.watch);
    sweep_here(p->scratch, r.watch.shm, r.child);
    close(r.from_job);
    close(r.signals);
    sigprocmask(SIG_SETMASK, &r.before, NULL);
    return status;
}

int run_job(plan *p, run_end *end)
{
    bool made = p->here && mkdir(p->scratch, 0700) == 0, again = true;
    int  status = STATUS_FAILED;

    *end = (run_end) {0};
    pass_notes(p);
    for (int start = 1; again && start <= MOST_STARTS; start++) {
        if (start > 1) fprintf(stderr, "brasa-submit: the job had not begun; starting its ranks again (%d of %d)\n", start, MOST_STARTS);
        status = run_once(p, end, &again);
    }
    if (made) rmdir(p->scratch);
    return status;
}
