/* events.c -- the event log's file: one JSON object a line, lines written whole.
 *
 * JSON by jansson: whole 64-bit numbers, members in the order in which they were put.  Events of numbers only, of which there may be one a task, are
 * printed straight into the buffer.
 */
#include "obs/events.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ctx.h"
#include "base/io.h"
#include "base/log.h"

enum { ROOM = 64 << 10, LINE = 2048, TRIES = 100 };

struct brasa_events {
    int64_t            start_ns, start_unix_us;
    int                fd;
    bool               failed; /* said already; nothing more is written */
    char              *path;
    size_t             path_bytes;
    char              *buf;
    size_t             used, room;
    brasa_events_state state;
};

brasa_events *brasa__events(void)
{
    return brasa__ctx()->events;
}

const char *brasa__events_path(const brasa_events *e)
{
    return e->path;
}

brasa_events_state *brasa__events_state(brasa_events *e)
{
    return &e->state;
}

int64_t brasa__events_us(const brasa_events *e, int64_t clock_ns)
{
    return (clock_ns - e->start_ns) / 1000;
}

/* ---- texts ---- */

static bool is_utf8(const char *s)
{
    utf8proc_int32_t c;

    for (const char *end = s + strlen(s); s < end;) {
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, end - s, &c);

        if (n <= 0) return false;
        s += n;
    }
    return true;
}

const char *brasa__events_text(brasa_arena *arena, const char *s)
{
    brasa_text out;

    if (s == NULL || is_utf8(s)) return s;
    brasa__text_init(&out, arena);
    for (const char *end = s + strlen(s); s < end;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, end - s, &c);

        if (n > 0)
            brasa__text_add_n(&out, s, (size_t)n);
        else
            brasa__text_add(&out, "\xEF\xBF\xBD");
        s += n > 0 ? n : 1;
    }
    return out.s;
}

void brasa__events_time(int64_t unix_us, char out[static 32])
{
    time_t    seconds = (time_t)(unix_us / 1000000);
    struct tm t;
    size_t    n;

    gmtime_r(&seconds, &t);
    n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(out + n, 32 - n, ".%06dZ", (int)(unix_us % 1000000));
}

/* ---- the file ---- */

static void give_up(brasa_events *e, const char *why)
{
    if (!e->failed) brasa__log(BRASA_LOG_WARN, "the event log %s ends here: %s", e->path, why);
    e->failed = true;
    e->used = 0;
}

void brasa__events_flush(brasa_events *e)
{
    brasa_error err;

    if (e == NULL || e->used == 0) return;
    brasa__error_clear(&err);
    if (brasa__io_write(e->fd, e->buf, e->used, e->path, &err) != BRASA_OK) give_up(e, err.text);
    e->used = 0;
}

static void start_line(brasa_events *e, const char *event, int64_t us)
{
    e->used += (size_t)snprintf(e->buf + e->used, LINE, "{\"event\":\"%s\",\"us\":%lld", event, (long long)us);
}

static void grow(brasa_events *e, size_t room)
{
    e->buf = brasa__realloc(e->buf, e->room, room);
    e->room = room;
}

typedef struct put_call {
    brasa_events *e;
    const char   *event;
    const json_t *members;
} put_call;

/* Another event follows at once, but for the end of the last stage (driver/observe.c). */
static bool can_wait(const char *event)
{
    static const char *const these[] = {"job_start", "shuffle", "operators", "stage_end", "adaptive"};

    for (size_t i = 0; i < sizeof these / sizeof *these; i++)
        if (strcmp(event, these[i]) == 0) return true;
    return false;
}

/* The members' text is that of an object: its brace becomes the comma after what every line begins with. */
static brasa_status put_line(void *arg, brasa_error *err)
{
    put_call     *p = arg;
    brasa_events *e = p->e;
    size_t        head, n;

    (void)err;
    if (e->room - e->used < ROOM / 2) brasa__events_flush(e);
    start_line(e, p->event, brasa__events_us(e, brasa__clock_ns()));
    head = e->used;
    n = json_dumpb(p->members, e->buf + head, e->room - head - 1, JSON_COMPACT);
    if (n > e->room - head - 1) {
        grow(e, head + n + LINE);
        n = json_dumpb(p->members, e->buf + head, e->room - head - 1, JSON_COMPACT);
    }
    if (n < 2) return brasa__fail(err, BRASA_NO_MEMORY, "no memory for an event");
    if (n == 2) /* {} */
        e->buf[head] = '}', n = 1;
    else
        e->buf[head] = ',';
    e->used = head + n;
    e->buf[e->used++] = '\n';
    if (!can_wait(p->event)) brasa__events_flush(e);
    return BRASA_OK;
}

void brasa__events_put(brasa_events *e, const char *event, json_t *members)
{
    put_call    p = {.e = e, .event = event, .members = members};
    brasa_error err;

    if (e != NULL && !e->failed) {
        brasa__error_clear(&err);
        if (members == NULL)
            give_up(e, "no memory for an event, or a text that is no UTF-8");
        else if (!e->failed && brasa__guarded(put_line, &p, &err) != BRASA_OK)
            give_up(e, err.text);
    }
    json_decref(members);
}

/* ---- numbers ---- */

static char *add_text(char *at, const char *text)
{
    size_t n = strlen(text);

    memcpy(at, text, n);
    return at + n;
}

static char *add_number(char *at, int64_t v)
{
    char     digits[24];
    int      n = 0;
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    if (v < 0) *at++ = '-';
    do {
        digits[n++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    while (n > 0) *at++ = digits[--n];
    return at;
}

static char *add_member(char *at, const brasa_events_member *m)
{
    *at++ = ',';
    *at++ = '"';
    at = add_text(at, m->key);
    *at++ = '"';
    *at++ = ':';
    if (m->word == NULL) return add_number(at, m->number);
    *at++ = '"';
    at = add_text(at, m->word);
    *at++ = '"';
    return at;
}

void brasa__events_numbers(brasa_events *e, const char *event, int64_t us, const brasa_events_member *members, int32_t n)
{
    size_t line = 64;
    char  *at;

    if (e == NULL || e->failed) return;
    for (int32_t i = 0; i < n; i++) line += strlen(members[i].key) + (members[i].word == NULL ? 24 : strlen(members[i].word)) + 8;
    assert(line < ROOM);
    if (e->room - e->used < line) brasa__events_flush(e);
    if (e->failed) return;
    at = add_text(e->buf + e->used, "{\"event\":\"");
    at = add_text(at, event);
    at = add_text(at, "\",\"us\":");
    at = add_number(at, us);
    for (int32_t i = 0; i < n; i++)
        if (members[i].word != NULL || members[i].number != BRASA_EVENTS_NONE) at = add_member(at, &members[i]);
    at = add_text(at, "}\n");
    e->used = (size_t)(at - e->buf);
}

/* ---- open, close ---- */

typedef struct open_call {
    brasa_events *e;
    const char   *folder, *app;
    brasa_arena  *arena;
} open_call;

/* A name for the program that is one for the file system. */
static char *file_name(brasa_arena *arena, const char *app)
{
    char *name = brasa__arena_strndup(arena, app, 80);

    for (char *p = name; *p != '\0'; p++) {
        if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL) *p = '_';
    }
    if (name[0] == '.' || name[0] == '\0') name[0] = '_';
    return name[0] == '\0' ? brasa__arena_strdup(arena, "job") : name;
}

static brasa_status create(void *arg, brasa_error *err)
{
    open_call    *o = arg;
    brasa_events *e = o->e;
    time_t        seconds = (time_t)(e->start_unix_us / 1000000);
    char          when[32];
    struct tm     t;
    brasa_status  status = BRASA_OK;

    gmtime_r(&seconds, &t);
    strftime(when, sizeof when, "%Y%m%d-%H%M%S", &t);
    BRASA_TRY(brasa__io_mkdir(o->folder, true, err));
    for (int i = 0; i < TRIES; i++) { /* an earlier program of this process may have begun in the same second */
        char *path = brasa__arena_printf(o->arena, "%s/%s-%s-%d%s%.0d.brasa.jsonl", o->folder, file_name(o->arena, o->app), when,
                                         (int)getpid(), i > 0 ? "-" : "", i);

        status =
            brasa__io_open(path, BRASA_IO_WRITE | BRASA_IO_CREATE | BRASA_IO_EXCLUSIVE | BRASA_IO_APPEND | BRASA_IO_PRIVATE, &e->fd, err);
        if (status == BRASA_EXISTS || (status != BRASA_OK && brasa__io_exists(path))) continue;
        if (status != BRASA_OK) return status;
        e->path_bytes = strlen(path) + 1;
        e->path = brasa__alloc(e->path_bytes);
        memcpy(e->path, path, e->path_bytes);
        grow(e, ROOM);
        return BRASA_OK;
    }
    return status;
}

void brasa__events_close(brasa_events *e)
{
    brasa_error err;

    if (e == NULL) return;
    brasa__error_clear(&err);
    if (e->path != NULL) brasa__events_flush(e);
    if (e->fd >= 0) (void)brasa__io_close(e->fd, e->path, &err);
    if (e->buf != NULL) brasa__free(e->buf, e->room);
    if (e->path != NULL) brasa__free(e->path, e->path_bytes);
    brasa__free(e, sizeof *e);
}

brasa_status brasa__events_open(const char *folder, const char *app, const char *version, brasa_events **out, brasa_error *err)
{
    brasa_events *e = brasa__alloc(sizeof *e);
    open_call     o = {.e = e, .folder = folder, .app = app, .arena = brasa__arena_new(NULL, "event log")};
    char          when[32];
    brasa_status  status;

    e->fd = -1;
    e->state.stage = -1;
    e->start_ns = brasa__clock_ns();
    e->start_unix_us = brasa__clock_unix_us();
    status = brasa__guarded(create, &o, err);
    brasa__arena_free(o.arena);
    if (status != BRASA_OK) {
        brasa__events_close(e);
        return status;
    }
    brasa__events_time(e->start_unix_us, when);
    brasa__events_put(e, "log", json_pack("{s:i, s:s, s:s}", "version", BRASA_EVENTS_VERSION, "brasa", version, "time", when));
    *out = e;
    return BRASA_OK;
}
