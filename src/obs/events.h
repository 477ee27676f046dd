/* obs/events.h -- the event log: a file of JSON lines that rank 0 writes as things happen; doc/event-log.md is its schema.
 *
 * A log never fails a job: what cannot be written is said once in the log on standard error, and the file ends there.  Called by rank 0's main thread
 * only.  Functions take NULL where no log is kept.
 */
#ifndef BRASA_OBS_EVENTS_H
#define BRASA_OBS_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

typedef struct brasa_events brasa_events;

enum { BRASA_EVENTS_VERSION = 1 };

/* Make the folder and in it the file, readable by its owner only; write the event "log".  IO, NO_SPACE. */
brasa_status brasa__events_open(const char *folder, const char *app, const char *version, brasa_events **out, brasa_error *err);
void         brasa__events_close(brasa_events *e);
/* The log of the calling thread's context; NULL: none. */
brasa_events *brasa__events(void);
const char   *brasa__events_path(const brasa_events *e);

/* Microseconds of the log at a time of base/clock.h. */
int64_t brasa__events_us(const brasa_events *e, int64_t clock_ns);

/* Write an event that happened now, with these members (an object, which is taken over; NULL: there was no memory for it). */
void brasa__events_put(brasa_events *e, const char *event, json_t *members);
/* The same for the many events that hold nothing but numbers and words of our own, at `us`. */
typedef struct brasa_events_member {
    const char *key;
    int64_t     number;
    const char *word; /* instead; needs no escapes */
} brasa_events_member;
#define BRASA_EVENTS_NUMBER(k, n) \
    {                             \
        .key = (k), .number = (n) \
    }
#define BRASA_EVENTS_NONE INT64_MIN /* the number of a member that is left out */
void brasa__events_numbers(brasa_events *e, const char *event, int64_t us, const brasa_events_member *members, int32_t n);
/* Lines wait for each other: those of a stage's end for the start of the next one, or for this.  All others are written at once. */
void brasa__events_flush(brasa_events *e);

/* The text, or where it is no UTF-8 a copy with U+FFFD for each wrong byte; NULL stays NULL. */
const char *brasa__events_text(brasa_arena *arena, const char *s);
/* Time of day as ISO 8601 in UTC. */
void brasa__events_time(int64_t unix_us, char out[static 32]);

/* The job that runs, or ran last, for what happens in it. */
typedef struct brasa_events_state {
    int32_t job;   /* from 1; 0: none yet */
    bool    open;  /* job_end is to come */
    int32_t stage; /* that runs; -1: none */
    int64_t rows;
} brasa_events_state;
brasa_events_state *brasa__events_state(brasa_events *e);

#endif
