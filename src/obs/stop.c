/* stop.c -- see stop.h.  The handler sets flags of the rank's context, so it must run on a thread that has it: the main thread, to which others pass a signal on. */
#include "obs/stop.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ctx.h"

enum { PATIENCE_S = 3 };

static const struct {
    int         number;
    const char *text;
} SIGNALS[] = {
    {SIGTERM, "SIGTERM"},
    {SIGINT, "SIGINT"},
    {SIGHUP, "SIGHUP"},
    {SIGUSR1, "SIGUSR1 (the time limit is near)"},
};
enum { NSIGNALS = sizeof SIGNALS / sizeof SIGNALS[0] };

static void die_of(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static bool installed(int number, void (*handler)(int))
{
    struct sigaction now;

    return sigaction(number, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == handler;
}

/* On another thread than the main one: passed on to that. */
static bool elsewhere(int number)
{
    if (syscall(SYS_gettid) == getpid()) return false;
    syscall(SYS_tgkill, getpid(), getpid(), number);
    return true;
}

/* Nobody came to an action that could have ended in order. */
static void on_alarm(int number)
{
    brasa_ctx *ctx;
    int        told;

    if (elsewhere(number)) return;
    ctx = brasa__ctx();
    told = atomic_load(&ctx->told);
    if (atomic_load(&ctx->crashed)) die_of(number); /* obs/crash.c has waited long enough */
    if (told != 0 && atomic_load(&ctx->acting) == 0) die_of(told);
}

static void on_signal(int number)
{
    brasa_ctx *ctx;
    int        none = 0;

    if (elsewhere(number)) return;
    ctx = brasa__ctx();
    if (ctx->config == NULL || !atomic_compare_exchange_strong(&ctx->told, &none, number)) {
        die_of(number);
        return;
    }
    atomic_store(&ctx->cancel, true);
    if (ctx->rank != 0 || atomic_load(&ctx->acting) > 0) return;
    if (!installed(SIGALRM, on_alarm)) die_of(number);
    alarm(PATIENCE_S);
}

static void put(int number, void (*handler)(int))
{
    struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigemptyset(&act.sa_mask);
    if (installed(number, SIG_DFL)) sigaction(number, &act, NULL);
}

void brasa__stop_install(void)
{
    for (int i = 0; i < NSIGNALS; i++) put(SIGNALS[i].number, on_signal);
    put(SIGALRM, on_alarm);
}

void brasa__stop_remove(void)
{
    for (int i = 0; i < NSIGNALS; i++)
        if (installed(SIGNALS[i].number, on_signal)) signal(SIGNALS[i].number, SIG_DFL);
    if (installed(SIGALRM, on_alarm)) {
        alarm(0);
        signal(SIGALRM, SIG_DFL);
    }
}

int brasa__stop_signal(void)
{
    return atomic_load_explicit(&brasa__ctx()->told, memory_order_relaxed);
}

const char *brasa__stop_reason(void)
{
    int told = brasa__stop_signal();

    for (int i = 0; i < NSIGNALS; i++)
        if (SIGNALS[i].number == told) return SIGNALS[i].text;
    return NULL;
}

int brasa__stop_status(void)
{
    int told = brasa__stop_signal();

    return told == SIGUSR1 ? BRASA_STOP_AGAIN : 128 + told;
}

bool brasa__stop_wanted(void)
{
    return atomic_load_explicit(&brasa__ctx()->cancel, memory_order_relaxed);
}

brasa_status brasa__stop_fail(brasa_error *err)
{
    const char *reason = brasa__stop_reason();

    if (reason == NULL) return brasa__fail(err, BRASA_CANCELLED, "the job was told to stop");
    return brasa__fail(err, BRASA_CANCELLED, "the job was told to end by %s", reason);
}

void brasa__stop_acting(int by)
{
    atomic_fetch_add(&brasa__ctx()->acting, by);
}
