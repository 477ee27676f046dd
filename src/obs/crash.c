/* crash.c -- the handler of a crash.
 *
 * Only what POSIX allows in a handler, but for backtrace(), which is loaded and warmed up when the handler is installed, so that it neither allocates nor
 * links.  An alarm ends a handler that hangs after all.  Afterwards the signal has its default action, or under a sanitizer the sanitizer's.
 */
#include "obs/crash.h"

#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/now.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { FRAMES = 64, LINE = 1024, PATIENCE = 10 };

static const struct {
    int         number;
    const char *name, *meaning;
} SIGNALS[] = {
    {SIGSEGV, "SIGSEGV", "memory that is not there was used"},
    {SIGBUS, "SIGBUS", "memory behind a file or device failed"},
    {SIGFPE, "SIGFPE", "arithmetic that has no result, such as a division by zero"},
    {SIGILL, "SIGILL", "an instruction that this processor does not know"},
    {SIGABRT, "SIGABRT", "abort() was called"},
};
enum { NSIGNALS = sizeof SIGNALS / sizeof *SIGNALS };

/* ---- what is said ---- */

static size_t two_digits(char *buf, size_t at, size_t room, int64_t v, const char *after)
{
    if (v < 10) at = brasa__now_text(buf, at, room, "0");
    return brasa__now_text(buf, brasa__now_number(buf, at, room, v), room, after);
}

/* "HH:MM:SS.mmm error RANK STAGE: ", as base/log.c has it. */
static size_t prefix(char *buf, size_t room)
{
    const brasa_now *now = brasa__now();
    struct timespec  t;
    size_t           at;

    clock_gettime(CLOCK_REALTIME, &t);
    at = two_digits(buf, 0, room, t.tv_sec / 3600 % 24, ":");
    at = two_digits(buf, at, room, t.tv_sec / 60 % 60, ":");
    at = two_digits(buf, at, room, t.tv_sec % 60, ".");
    if (t.tv_nsec < 100000000) at = brasa__now_text(buf, at, room, "0");
    at = two_digits(buf, at, room, t.tv_nsec / 1000000, " error ");
    at = brasa__now_number(buf, at, room, brasa__ctx()->rank);
    at = brasa__now_text(buf, at, room, " ");
    if (now->stage > 0)
        at = brasa__now_number(buf, at, room, now->stage - 1);
    else
        at = brasa__now_text(buf, at, room, "-");
    return brasa__now_text(buf, at, room, ": ");
}

static size_t hex(char *buf, size_t at, size_t room, uintptr_t v)
{
    char   digits[20];
    size_t n = sizeof digits - 1;

    digits[n] = '\0';
    do {
        digits[--n] = "0123456789abcdef"[v & 15];
        v >>= 4;
    } while (v > 0);
    at = brasa__now_text(buf, at, room, "0x");
    return brasa__now_text(buf, at, room, digits + n);
}

static size_t what(char *buf, size_t at, size_t room, int number, const siginfo_t *info)
{
    for (int i = 0; i < NSIGNALS; i++) {
        if (SIGNALS[i].number != number) continue;
        at = brasa__now_text(buf, at, room, "crashed by ");
        at = brasa__now_text(buf, at, room, SIGNALS[i].name);
        at = brasa__now_text(buf, at, room, " (");
        at = brasa__now_text(buf, at, room, info->si_code == SI_USER ? "sent by another process" : SIGNALS[i].meaning);
        at = brasa__now_text(buf, at, room, ")");
    }
    if (number != SIGABRT && info->si_code > 0) {
        at = brasa__now_text(buf, at, room, " at address ");
        at = hex(buf, at, room, (uintptr_t)info->si_addr);
    }
    return at;
}

static size_t where(char *buf, size_t at, size_t room)
{
    const brasa_now *now = brasa__now();

    at = brasa__now_text(buf, at, room, "; host ");
    at = brasa__now_text(buf, at, room, brasa__ctx()->host);
    at = brasa__now_text(buf, at, room, ", pid ");
    at = brasa__now_number(buf, at, room, getpid());
    if (now->thread > 0) {
        at = brasa__now_text(buf, at, room, ", task thread ");
        at = brasa__now_number(buf, at, room, now->thread - 1);
    }
    if (now->stage > 0) {
        at = brasa__now_text(buf, at, room, "\n  in stage ");
        at = brasa__now_number(buf, at, room, now->stage - 1);
    }
    if (now->describe != NULL) at = now->describe(now->running, buf, at, room);
    if (now->udf != NULL) {
        at = brasa__now_text(buf, at, room, now->stage > 0 ? ", user function " : "\n  in user function ");
        at = brasa__now_text(buf, at, room, now->udf);
    }
    if (now->doing != NULL) {
        at = brasa__now_text(buf, at, room, "\n  while ");
        at = brasa__now_text(buf, at, room, now->doing);
    }
    return brasa__now_text(buf, at, room, "\n");
}

static void say(int number, const siginfo_t *info)
{
    char   line[LINE];
    void  *frames[FRAMES];
    size_t n = prefix(line, sizeof line);
    int    depth;

    n = what(line, n, sizeof line, number, info);
    n = where(line, n, sizeof line);
    n = brasa__now_text(line, n, sizeof line, "  backtrace (addr2line -fipe PROGRAM ADDRESS gives lines, in a build with -g):\n");
    brasa__now_print(line, n);
    depth = backtrace(frames, FRAMES);
    backtrace_symbols_fd(frames + (depth > 2 ? 2 : 0), depth > 2 ? depth - 2 : depth, 2); /* without say and the handler */
}

/* The first thread that crashes speaks; the others wait for the end. */
static void handle(int number, siginfo_t *info, void *context)
{
    brasa_ctx              *ctx = brasa__ctx();
    const struct sigaction *before = ctx->crash_before;
    int                     nobody = 0, self = gettid();

    (void)context;
    if (!atomic_compare_exchange_strong(&ctx->crashed, &nobody, self)) {
        if (!SANITIZED || nobody != self) pause(); /* a sanitizer aborts in the thread that has spoken: that must go on */
        return;
    }
    alarm(PATIENCE);
    say(number, info);
    if (SANITIZED && before != NULL) {
        for (int i = 0; i < NSIGNALS; i++) {
            if (SIGNALS[i].number == number) sigaction(number, &before[i], NULL);
        }
    } else {
        signal(number, SIG_DFL);
    }
    if (info->si_code <= 0) raise(number); /* was sent; what the processor raised comes again by itself */
}

/* A user function has called exit(): the job has not succeeded, whatever the status.  Runs on that function's thread; any other exit is none of ours. */
static void left(int status, void *unused)
{
    char   line[LINE];
    size_t n;

    (void)unused;
    if (brasa__now()->udf == NULL) return;
    n = prefix(line, sizeof line);
    n = brasa__now_text(line, n, sizeof line, "exit(");
    n = brasa__now_number(line, n, sizeof line, status);
    n = brasa__now_text(line, n, sizeof line, ") was called; a function that fails returns a number that is not 0");
    n = where(line, n, sizeof line);
    brasa__now_print(line, n);
    _exit(status == 0 ? 1 : status);
}

/* ---- installing ---- */

unsigned brasa__crash_free_signals(void)
{
    unsigned found = 0;

    for (int i = 0; i < NSIGNALS; i++) {
        struct sigaction before;

        if (sigaction(SIGNALS[i].number, NULL, &before) != 0) continue;
        if (SANITIZED || (!(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_DFL)) found |= 1U << i;
    }
    return found;
}

void brasa__crash_install(unsigned signals)
{
    struct sigaction  ours;
    struct sigaction *before = NULL;
    void             *frames[4];

    memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = handle;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    (void)on_exit(left, NULL);
    (void)backtrace(frames, 4); /* links the unwinder */
    brasa__ctx()->crash_stack = brasa__alloc_untracked(BRASA_CRASH_STACK);
    brasa__crash_stack(brasa__ctx()->crash_stack);
    if (SANITIZED) brasa__ctx()->crash_before = before = brasa__alloc_untracked(sizeof *before * NSIGNALS);
    for (int i = 0; i < NSIGNALS; i++) {
        if (signals & 1U << i) sigaction(SIGNALS[i].number, &ours, before == NULL ? NULL : &before[i]);
    }
}

void brasa__crash_remove(void)
{
    brasa__crash_stack(NULL);
    for (int i = 0; i < NSIGNALS; i++) {
        struct sigaction now;

        if (sigaction(SIGNALS[i].number, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == handle && !SANITIZED)
            signal(SIGNALS[i].number, SIG_DFL);
    }
}

void brasa__crash_stack(void *stack)
{
    stack_t s = {.ss_sp = stack, .ss_size = BRASA_CRASH_STACK, .ss_flags = stack == NULL ? SS_DISABLE : 0};

    if (!SANITIZED) sigaltstack(&s, NULL); /* sanitizers have stacks of their own */
}
