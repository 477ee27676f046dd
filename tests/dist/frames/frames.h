/* frames.h -- checks of the public API: what a frame's rows are, as text.
 *
 * Every part runs on rank 0 only, over small tables that are spread over several partitions; a failed check is told with its line and counted.
 */
#ifndef BRASA_TESTS_FRAMES_H
#define BRASA_TESTS_FRAMES_H

#include <brasa/brasa.h>

typedef struct frames {
    brasa_session *s;
    int32_t        failed;
    bool           spread; /* tables in several partitions */
    const char    *dir;    /* for files */
} frames;

/* The rows of `got` are these lines ("1|a\n2|NULL\n"), in this order. */
#define rows_are(t, got, want) frames_rows((t), (got), (want), false, __FILE__, __LINE__)
/* In any order: lines of both are sorted. */
#define rows_are_some_order(t, got, want) frames_rows((t), (got), (want), true, __FILE__, __LINE__)
/* Running the frame fails with this status, and all parts (a NULL ends them) are in the message; clears the error. */
#define fails_with(t, got, status, ...) frames_fails((t), (got), (status), (const char *const[]) {__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define is_true(t, test)                frames_true((t), (test), #test, __FILE__, __LINE__)
#define counts(t, f, want)              frames_count((t), (f), (want), __FILE__, __LINE__)

void frames_rows(frames *t, brasa_frame *got, const char *want, bool sorted, const char *file, int line);
void frames_fails(frames *t, brasa_frame *got, brasa_status status, const char *const *parts, const char *file, int line);
void frames_true(frames *t, bool test, const char *text, const char *file, int line);
void frames_count(frames *t, brasa_frame *f, int64_t want, const char *file, int line);
/* A table of text, cast to "a INT;b DECIMAL(10,2)": "1|2.50\n|\n" (an empty cell is null). */
brasa_frame *frames_table(frames *t, const char *schema, const char *lines);
/* "dir/name", written to `into` (FRAMES_PATH bytes). */
const char *frames_path(const frames *t, char *into, const char *name);
enum { FRAMES_PATH = 1024 };

/* id BIGINT, k INT, name STRING, x DOUBLE, amount DECIMAL(10,2), day DATE: eight rows, nulls in all but id. */
brasa_frame *frames_sales(frames *t);

void frames_check_rows(frames *t);
void frames_check_order(frames *t);
void frames_check_joins(frames *t);
void frames_check_groups(frames *t);
void frames_check_udfs(frames *t);
void frames_check_files(frames *t);
void frames_check_results(frames *t);
void frames_check_metrics(frames *t);
void frames_check_errors(frames *t);
void frames_check_given(frames *t);
/* After brasa_stop, with a frame of that session. */
void frames_check_ended(frames *t, brasa_frame *f);

#endif
