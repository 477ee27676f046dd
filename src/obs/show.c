/* show.c -- the thread that draws, and what the main thread tells it.
 *
 * Invariant: the bar is on the screen only while `drawn`, and whoever prints something else on standard error erases it first: the main thread at the end
 * of a stage, base/log.c before a line.
 */
#include "obs/show.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ctx.h"
#include "base/log.h"

enum { NAME = 96, WIDTH = 512 };

#define SECOND INT64_C(1000000000)

struct brasa_show {
    brasa_progress *progress;
    brasa_ctx      *ctx;
    pthread_t       thread;

    pthread_mutex_t  lock; /* of all that follows, and of what is on the screen */
    pthread_cond_t   wake;
    bool             quit, running;
    brasa_show_mode  mode;
    int64_t          interval_s; /* what was asked for; 0: nothing */
    brasa_show_stage stage;
    char             name[NAME];
    int64_t          begin_ns;
    int64_t          next_ns; /* when something is shown next */
    bool             drawn;
};

/* A terminal that can erase a line. */
static bool can_draw(void)
{
    const char *term = getenv("TERM");

    return isatty(2) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

brasa_show_mode brasa__show_mode(const char *setting)
{
    if (strcmp(setting, "bar") == 0) return BRASA_SHOW_BAR;
    if (strcmp(setting, "log") == 0) return BRASA_SHOW_LOG;
    if (strcmp(setting, "json") == 0) return BRASA_SHOW_JSON;
    if (strcmp(setting, "auto") == 0) return can_draw() ? BRASA_SHOW_BAR : BRASA_SHOW_OFF;
    return BRASA_SHOW_OFF;
}

/* ---- what is shown; with the lock ---- */

static int columns(void)
{
    struct winsize w;
    const char    *said = getenv("COLUMNS");
    int            n = ioctl(2, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;

    if (n <= 0 && said != NULL) n = atoi(said);
    if (n <= 0) n = 80;
    return n < 2 ? 2 : n > WIDTH - 16 ? WIDTH - 16 : n;
}

static void print(const char *text, size_t n)
{
    fwrite(text, 1, n, stderr); /* unbuffered: one write */
}

static void erase(brasa_show *s)
{
    if (s->drawn) print("\r\033[K", 4);
    s->drawn = false;
    brasa__log_set_bar(s->ctx->log, false);
}

static void draw(brasa_show *s, const brasa_show_state *st)
{
    char line[WIDTH + 8] = "\r";

    brasa__show_bar_text(st, columns() - 1, line + 1, WIDTH);
    strcat(line, "\033[K");
    s->drawn = true;
    brasa__log_set_bar(s->ctx->log, true);
    print(line, strlen(line));
}

static void clock_text(char out[static 16])
{
    time_t    now = time(NULL);
    struct tm t;

    gmtime_r(&now, &t);
    strftime(out, 16, "%H:%M:%S", &t);
}

static void log_line(const brasa_show *s, const brasa_show_state *st, bool ended, bool failed)
{
    int64_t total = s->stage.tasks >= 0 ? s->stage.tasks : st->sum.total;
    char    line[512], when[16], rows[16], rate[16], left[24], rest[64] = "";
    int     n;

    clock_text(when);
    brasa__show_count((double)st->sum.rows, rows);
    brasa__show_count(st->seconds > 0 ? (double)st->sum.rows / st->seconds : 0, rate);
    if (!ended && st->sum.tasks > 0 && st->sum.tasks < total) {
        brasa__show_time(st->seconds * (double)(total - st->sum.tasks) / (double)st->sum.tasks, left);
        snprintf(rest, sizeof rest, ", about %s left", left);
    }
    if (ended && failed)
        n = snprintf(line, sizeof line, "%s job %d stage %d of %d (%s): failed after %.2f s\n", when, s->stage.job, s->stage.stage + 1,
                     s->stage.nstages, s->name, st->seconds);
    else if (ended)
        n = snprintf(line, sizeof line, "%s job %d stage %d of %d (%s): %lld tasks, %s rows in %.2f s, %s/s\n", when, s->stage.job,
                     s->stage.stage + 1, s->stage.nstages, s->name, (long long)st->sum.tasks, rows, st->seconds, rate);
    else
        n = snprintf(line, sizeof line, "%s job %d stage %d of %d (%s): %lld/%lld tasks, %s rows, %s/s, %.0f s so far%s\n", when,
                     s->stage.job, s->stage.stage + 1, s->stage.nstages, s->name, (long long)st->sum.tasks, (long long)total, rows, rate,
                     st->seconds, rest);
    if (n > 0) print(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* Names hold what a table is called: only what JSON need not escape. */
static void json_line(const brasa_show *s, const brasa_show_state *st, const char *state)
{
    int64_t total = s->stage.tasks >= 0 ? s->stage.tasks : st->sum.total;
    char    line[512], name[NAME];
    int     n;

    snprintf(name, sizeof name, "%s", s->name);
    for (char *p = name; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\' || (unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F) *p = '_';
    }
    n = snprintf(line, sizeof line,
                 "{\"event\":\"progress\",\"job\":%d,\"stage\":%d,\"stages\":%d,\"name\":\"%s\",\"state\":\"%s\",\"tasks_done\":%lld,"
                 "\"tasks\":%lld,\"rows\":%lld,\"seconds\":%.3f,\"workers_heard\":%d,\"workers\":%d}\n",
                 s->stage.job, s->stage.stage, s->stage.nstages, name, state, (long long)st->sum.tasks, (long long)total,
                 (long long)st->sum.rows, st->seconds, st->sum.heard, s->stage.workers);
    if (n > 0) print(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static brasa_show_state state_now(const brasa_show *s)
{
    return (brasa_show_state) {
        .stage = &s->stage, .sum = brasa__progress_all(s->progress), .seconds = (double)(brasa__clock_ns() - s->begin_ns) / (double)SECOND};
}

/* First after a while, then at intervals. */
static int64_t interval(const brasa_show *s)
{
    if (s->mode == BRASA_SHOW_BAR) return SECOND / 5;
    return s->interval_s > 0 ? s->interval_s * SECOND : s->mode == BRASA_SHOW_JSON ? SECOND : 30 * SECOND;
}

static int64_t first(const brasa_show *s)
{
    return s->mode == BRASA_SHOW_BAR ? SECOND / 2 : interval(s);
}

static void show(brasa_show *s)
{
    brasa_show_state st = state_now(s);

    switch (s->mode) {
    case BRASA_SHOW_OFF: break;
    case BRASA_SHOW_BAR: draw(s, &st); break;
    case BRASA_SHOW_LOG: log_line(s, &st, false, false); break;
    case BRASA_SHOW_JSON: json_line(s, &st, "running"); break;
    }
    s->next_ns = brasa__clock_ns() + interval(s);
}

/* ---- the thread ---- */

static void wait_until(brasa_show *s, int64_t ns)
{
    struct timespec t = {.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};

    pthread_cond_timedwait(&s->wake, &s->lock, &t);
}

static void *show_main(void *arg)
{
    brasa_show *s = arg;

    pthread_mutex_lock(&s->lock);
    while (!s->quit) {
        if (!s->running || s->mode == BRASA_SHOW_OFF)
            pthread_cond_wait(&s->wake, &s->lock);
        else if (brasa__clock_ns() >= s->next_ns)
            show(s);
        else
            wait_until(s, s->next_ns);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

brasa_show *brasa__show_new(brasa_progress *progress)
{
    brasa_show        *s = brasa__alloc(sizeof *s);
    pthread_condattr_t monotonic;

    s->progress = progress;
    s->ctx = brasa__ctx();
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&s->thread, NULL, show_main, s) == 0) return s;
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    brasa__free(s, sizeof *s);
    return NULL;
}

void brasa__show_free(brasa_show *s)
{
    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->quit = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    erase(s);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    brasa__free(s, sizeof *s);
}

void brasa__show_begin(brasa_show *s, brasa_show_mode mode, int64_t interval_s, const brasa_show_stage *stage)
{
    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->mode = mode;
    s->interval_s = interval_s;
    s->stage = *stage;
    snprintf(s->name, sizeof s->name, "%s", stage->name);
    s->stage.name = s->name;
    s->begin_ns = brasa__clock_ns();
    s->next_ns = s->begin_ns + first(s);
    s->running = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

void brasa__show_end(brasa_show *s, int64_t tasks, int64_t rows, bool failed)
{
    brasa_show_state st;

    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->running = false;
    erase(s);
    st = state_now(s);
    st.sum.tasks = tasks;
    st.sum.rows = rows;
    if (s->stage.tasks < tasks) s->stage.tasks = tasks;
    if (s->mode == BRASA_SHOW_LOG) log_line(s, &st, true, failed);
    if (s->mode == BRASA_SHOW_JSON) json_line(s, &st, failed ? "failed" : "done");
    pthread_mutex_unlock(&s->lock);
}
