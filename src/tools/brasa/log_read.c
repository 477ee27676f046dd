/* log_read.c -- an event log, checked and made compact.
 *
 * A log is trusted for nothing: each line must be a JSON object or it is counted and left out; a line that the
 * parser took (strictly: UTF-8, depth, numbers) is passed on as it stands.
 * Tasks are by far the most events, so they go by column, numbers only: 100,000 of them take some 8 MB instead of 30.
 */
#include "tools/brasa/log_read.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { VERSION = 1 };

/* Columns of tasks; "rank" and "thread" say where, times are microseconds. */
static const char *const task_columns[] = {"job",       "stage",   "task",    "rank",         "thread",
                                           "start",     "end",     "rows_in", "rows_out",     "bytes_in",
                                           "bytes_out", "spilled", "wait_io", "wait_shuffle", "wait_barrier"};
enum { NTASK_COLUMNS = sizeof task_columns / sizeof task_columns[0] };

/* Of what operators do besides tasks; "what" is a position in finish_kinds. */
static const char *const finish_columns[] = {"job", "stage", "operator", "rank", "thread", "start", "end", "what"};
enum { NFINISH_COLUMNS = sizeof finish_columns / sizeof finish_columns[0] };
static const char *const finish_kinds[] = {"open", "hand over", "merge", "give"};

typedef struct reader {
    log_read *log;
    text_buf  events, tasks[NTASK_COLUMNS], finishes[NFINISH_COLUMNS];
    double    last_us;
} reader;

/* ---- text ---- */

void text_add(text_buf *t, const char *s, size_t n)
{
    if (t->length + n + 1 > t->room) {
        t->room = (t->length + n + 1) * 2;
        t->data = realloc(t->data, t->room);
        if (t->data == NULL) abort();
    }
    memcpy(t->data + t->length, s, n);
    t->length += n;
    t->data[t->length] = '\0';
}

void text_addf(text_buf *t, const char *format, ...)
{
    char    small[512];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    text_add(t, small, n < (int)sizeof small ? (size_t)n : sizeof small - 1);
}

/* Bytes of the UTF-8 character at s, or 0: not one. */
static int utf8_length(const unsigned char *s)
{
    int n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

    for (int i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    return n;
}

void text_add_string(text_buf *t, const char *s)
{
    text_add(t, "\"", 1);
    while (*s != '\0') {
        int n = utf8_length((const unsigned char *)s);

        if (n == 0) {
            text_add(t, "\\ufffd", 6);
            n = 1;
        } else if ((unsigned char)*s < 0x20 || *s == '"' || *s == '\\') {
            text_addf(t, "\\u%04x", (unsigned)(unsigned char)*s);
        } else {
            text_add(t, s, (size_t)n);
        }
        s += n;
    }
    text_add(t, "\"", 1);
}

void text_free(text_buf *t)
{
    free(t->data);
    *t = (text_buf) {0};
}

/* ---- values ---- */

/* Numbers are doubles, as the page has them: whole ones beyond 64 bits are no reason to lose a line. */
static json_t *parse(const char *line, size_t n)
{
    return json_loadb(line, n, JSON_DECODE_INT_AS_REAL, NULL);
}

static double number_of(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);

    return json_number_value(v);
}

static const char *string_of(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);

    return json_is_string(v) ? json_string_value(v) : "";
}

static int64_t count_of(double v)
{
    return v > 9e15 ? (int64_t)9e15 : v < -9e15 ? (int64_t)-9e15 : (int64_t)v;
}

static void keep_text(char *to, size_t room, const char *s)
{
    snprintf(to, room, "%s", s);
}

/* ---- events ---- */

static void add_number(text_buf *t, double v)
{
    if (t->length > 0) text_add(t, ",", 1);
    text_addf(t, "%lld", (long long)count_of(v));
}

static void add_finish(reader *r, const json_t *event)
{
    const char *what = string_of(event, "what");
    int         kind = 0;

    while (kind < (int)(sizeof finish_kinds / sizeof finish_kinds[0]) && strcmp(what, finish_kinds[kind]) != 0) kind++;
    for (int i = 0; i < NFINISH_COLUMNS - 1; i++) add_number(&r->finishes[i], number_of(event, finish_columns[i]));
    add_number(&r->finishes[NFINISH_COLUMNS - 1], kind);
}

static void add_task(reader *r, const json_t *event)
{
    for (int i = 0; i < NTASK_COLUMNS; i++) add_number(&r->tasks[i], number_of(event, task_columns[i]));
    r->log->summary.tasks++;
    r->log->summary.bytes_spilled += number_of(event, "spilled");
}

static double sum_of_matrix(const json_t *rows)
{
    double sum = 0;

    for (size_t i = 0; i < json_array_size(rows); i++)
        for (size_t j = 0; j < json_array_size(json_array_get(rows, i)); j++)
            sum += json_number_value(json_array_get(json_array_get(rows, i), j));
    return sum;
}

static void note_application(log_summary *s, const json_t *event)
{
    keep_text(s->app, sizeof s->app, string_of(event, "name"));
    s->workers = (int)fmin(fmax(number_of(event, "workers"), 0), 1e6);
    s->threads = (int)fmin(fmax(number_of(event, "threads"), 0), 1e6);
}

static void note(log_summary *s, const char *kind, const json_t *event)
{
    if (strcmp(kind, "application") == 0) {
        note_application(s, event);
    } else if (strcmp(kind, "job_start") == 0) {
        s->jobs++;
    } else if (strcmp(kind, "stage_start") == 0) {
        s->stages++;
    } else if (strcmp(kind, "job_end") == 0) {
        s->rows += number_of(event, "rows");
    } else if (strcmp(kind, "rank") == 0) {
        s->bytes_read += number_of(event, "bytes_read");
    } else if (strcmp(kind, "shuffle") == 0) {
        s->bytes_moved += sum_of_matrix(json_object_get(event, "bytes"));
    } else if (strcmp(kind, "error") == 0) {
        s->errors++;
    } else if (strcmp(kind, "application_end") == 0) {
        keep_text(s->status, sizeof s->status, string_of(event, "status"));
        s->ended = true;
    }
}

/* One whole line.  What is not an object is counted; empty lines mean nothing. */
static void add_line(reader *r, const char *line, size_t n)
{
    if (n == 0) return;
    json_t *event = parse(line, n);

    if (!json_is_object(event)) {
        r->log->bad++;
        json_decref(event);
        return;
    }
    const char *kind = string_of(event, "event");
    double      us = number_of(event, "us");

    if (us > r->last_us) r->last_us = us;
    if (strcmp(kind, "task") == 0) {
        add_task(r, event);
    } else if (strcmp(kind, "finish") == 0) {
        add_finish(r, event);
    } else {
        note(&r->log->summary, kind, event);
        if (r->events.length > 0) text_add(&r->events, ",\n", 2);
        text_add(&r->events, line, n);
    }
    json_decref(event);
}

static bool refuse(log_read *log, const char *path, const char *why)
{
    snprintf(log->why, sizeof log->why, "%s %s", path, why);
    return false;
}

/* The first line: is it a log, and one that this program reads? */
static bool check_first(log_read *log, const char *path, const char *line, size_t n)
{
    json_t       *event = parse(line, n);
    const json_t *version = json_object_get(event, "version");
    char          why[256] = "";

    if (!json_is_object(event) || strcmp(string_of(event, "event"), "log") != 0) {
        snprintf(why, sizeof why, "is not an event log: its first line is not an event \"log\"; a job writes one with --event-log DIR");
    } else if (!json_is_number(version) || !(json_number_value(version) >= 1)) {
        snprintf(why, sizeof why, "is not an event log: its first line gives no version");
    } else if (json_number_value(version) > VERSION) {
        snprintf(
            why, sizeof why,
            "is an event log of version %.10g, written by brasa %.40s; this one reads up to version %d: use the brasa that wrote it, or a later one",
            json_number_value(version), string_of(event, "brasa"), VERSION);
    } else {
        keep_text(log->summary.time, sizeof log->summary.time, string_of(event, "time"));
        keep_text(log->summary.version, sizeof log->summary.version, string_of(event, "brasa"));
    }
    json_decref(event);
    return why[0] == '\0' || refuse(log, path, why);
}

static bool read_lines(reader *r, const char *path, FILE *in)
{
    char   *line = NULL;
    size_t  room = 0;
    int64_t lines = 0;
    ssize_t got;
    bool    ok = true;

    while (ok && (got = getline(&line, &room, in)) > 0) {
        bool   whole = line[got - 1] == '\n';
        size_t n = (size_t)got - whole;

        if (!whole) r->log->cut = true;
        if (lines++ == 0) ok = check_first(r->log, path, line, n);
        if (ok && whole) add_line(r, line, n);
    }
    free(line);
    if (ok && ferror(in)) return refuse(r->log, path, "cannot be read to its end");
    if (ok && lines == 0) return refuse(r->log, path, "is empty: not an event log; a job writes one with --event-log DIR");
    return ok;
}

/* ---- the whole ---- */

static void put_columns(text_buf *t, const char *name, const char *const *names, const text_buf *columns, int n)
{
    text_addf(t, "\"%s\":{", name);
    for (int i = 0; i < n; i++) {
        text_addf(t, "%s\"%s\":[", i == 0 ? "" : ",\n", names[i]);
        text_add(t, columns[i].data == NULL ? "" : columns[i].data, columns[i].length);
        text_add(t, "]", 1);
    }
    text_add(t, "}", 1);
}

static void put_together(reader *r, const char *path)
{
    text_buf   *t = &r->log->json;
    const char *name = strrchr(path, '/');

    text_addf(t, "{\"file\":");
    text_add_string(t, name != NULL ? name + 1 : path);
    text_addf(t, ",\"cut\":%s,\"bad\":%lld,\"events\":[", r->log->cut ? "true" : "false", (long long)r->log->bad);
    text_add(t, r->events.data == NULL ? "" : r->events.data, r->events.length);
    text_addf(t, "],\n");
    put_columns(t, "tasks", task_columns, r->tasks, NTASK_COLUMNS);
    text_addf(t, ",\n");
    put_columns(t, "finishes", finish_columns, r->finishes, NFINISH_COLUMNS);
    text_addf(t, "}");
    r->log->summary.duration_us = r->last_us;
}

bool log_open(const char *path, log_read *out)
{
    reader      r = {.log = out};
    struct stat st;
    bool        ok = false;

    *out = (log_read) {0};
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        refuse(out, path, "cannot be opened: ");
        strncat(out->why, strerror(errno), sizeof out->why - strlen(out->why) - 1);
        return false;
    }
    if (fstat(fileno(in), &st) == 0 && S_ISDIR(st.st_mode)) {
        refuse(out, path, "is a directory; `brasa history DIR` makes an index of its logs");
    } else {
        ok = read_lines(&r, path, in);
    }
    fclose(in);
    if (ok) put_together(&r, path);
    text_free(&r.events);
    for (int i = 0; i < NTASK_COLUMNS; i++) text_free(&r.tasks[i]);
    for (int i = 0; i < NFINISH_COLUMNS; i++) text_free(&r.finishes[i]);
    return ok;
}

void log_free(log_read *log)
{
    text_free(&log->json);
}
