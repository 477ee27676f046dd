/* log.c -- one line per event on standard error, written whole, so that lines of several ranks do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ctx.h"
#include "base/now.h"

struct brasa_log {
    atomic_int  level;
    atomic_bool bar;
};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

brasa_log *brasa__log_new(void)
{
    brasa_log *l = brasa__alloc_untracked(sizeof *l);

    atomic_init(&l->level, BRASA_LOG_WARN);
    return l;
}

void brasa__log_free(brasa_log *l)
{
    free(l);
}

void brasa__log_set_level(brasa_log *l, brasa_log_level level)
{
    atomic_store(&l->level, (int)level);
}

void brasa__log_set_bar(brasa_log *l, bool bar)
{
    if (l) atomic_store(&l->bar, bar);
}

bool brasa__log_level_parse(const char *text, brasa_log_level *out)
{
    for (int i = 0; i < 4; i++) {
        if (strcasecmp(text, level_names[i]) == 0) {
            *out = (brasa_log_level)i;
            return true;
        }
    }
    return false;
}

bool brasa__log_on(brasa_log_level level)
{
    const brasa_log *l = brasa__ctx()->log;
    int              limit = l ? atomic_load_explicit(&l->level, memory_order_relaxed) : (int)BRASA_LOG_ERROR;

    return (int)level <= limit;
}

static size_t log_prefix(char *line, size_t room, brasa_log_level level)
{
    int64_t   us = brasa__clock_unix_us();
    time_t    seconds = (time_t)(us / 1000000);
    struct tm t;
    char      stage[16] = "-";
    int       n;

    gmtime_r(&seconds, &t);
    if (brasa__now()->stage > 0) snprintf(stage, sizeof stage, "%d", brasa__now()->stage - 1);
    n = snprintf(line, room, "%02d:%02d:%02d.%03d %s %d %s: ", t.tm_hour, t.tm_min, t.tm_sec, (int)(us / 1000 % 1000), level_names[level],
                 brasa__ctx()->rank, stage);
    return n > 0 ? (size_t)n : 0;
}

void brasa__log(brasa_log_level level, const char *fmt, ...)
{
    char    line[2048];
    va_list ap;

    if (!brasa__log_on(level)) return;
    size_t erase = brasa__ctx()->log && atomic_load(&brasa__ctx()->log->bar) ? 4 : 0;
    memcpy(line, "\r\033[K", erase);
    size_t len = erase + log_prefix(line + erase, sizeof line - erase, level);
    va_start(ap, fmt);
    int n = vsnprintf(line + len, sizeof line - len - 1, fmt, ap);
    va_end(ap);
    if (n > 0) len += (size_t)n < sizeof line - len - 1 ? (size_t)n : sizeof line - len - 2;
    line[len++] = '\n';
    fwrite(line, 1, len, stderr);
}
