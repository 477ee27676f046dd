/* tools/brasa/log_read.h -- an event log (doc/event-log.md) read into the compact form that the report's page opens. */
#ifndef BRASA_TOOLS_BRASA_LOG_READ_H
#define BRASA_TOOLS_BRASA_LOG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text that grows. */
typedef struct text_buf {
    char  *data;
    size_t length, room;
} text_buf;

void text_add(text_buf *t, const char *s, size_t n);
void text_addf(text_buf *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A string of JSON, quotes included; bytes that are not UTF-8 become U+FFFD. */
void text_add_string(text_buf *t, const char *s);
void text_free(text_buf *t);

/* What an index of many logs shows of one. */
typedef struct log_summary {
    char    app[256], status[64], time[40], version[40];
    double  duration_us, rows, bytes_read, bytes_moved, bytes_spilled;
    int64_t jobs, stages, tasks, errors;
    int     workers, threads;
    bool    ended; /* it has an application_end */
} log_summary;

typedef struct log_read {
    text_buf    json;     /* an object: "file", "notes", "events", "tasks" by column */
    log_summary summary;  /* valid when the log was read */
    bool        cut;      /* the last line was not whole */
    int64_t     bad;      /* lines that are not JSON objects */
    char        why[768]; /* when it was refused */
} log_read;

/* Read a log, up to its last whole line.  false: refused, `why` says so.  Free with log_free either way. */
bool log_open(const char *path, log_read *out);
void log_free(log_read *log);

#endif
