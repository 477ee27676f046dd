/* obs/show.h -- progress on standard error: a bar that is redrawn in place, lines in a log, or JSON.
 *
 * A thread of rank 0 draws from the counters of obs/progress.h while a stage runs.  As with Spark's bar, a stage that ends within half a second shows
 * nothing.  The main thread says when a stage begins and ends.
 */
#ifndef BRASA_OBS_SHOW_H
#define BRASA_OBS_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "obs/progress.h"

typedef struct brasa_show brasa_show;

typedef enum brasa_show_mode { BRASA_SHOW_OFF, BRASA_SHOW_BAR, BRASA_SHOW_LOG, BRASA_SHOW_JSON } brasa_show_mode;
/* What the setting progress says; auto: a bar where standard error is a terminal. */
brasa_show_mode brasa__show_mode(const char *setting);

/* Allocates; NULL when the system gives no thread. */
brasa_show *brasa__show_new(brasa_progress *progress);
void        brasa__show_free(brasa_show *s);

typedef struct brasa_show_stage {
    int32_t     job, stage, nstages; /* stages from 0 */
    const char *name;                /* copied */
    int64_t     tasks;               /* -1: not known */
    int32_t     workers;
} brasa_show_stage;
/* interval_s: between two lines of log or JSON; 0: the default.  NULL is ignored by both. */
void brasa__show_begin(brasa_show *s, brasa_show_mode mode, int64_t interval_s, const brasa_show_stage *stage);
/* What the stage read in all, as its replies say; `failed`: nothing is known. */
void brasa__show_end(brasa_show *s, int64_t tasks, int64_t rows, bool failed);

/* "6.0 M", "950": three figures. */
void brasa__show_count(double n, char out[static 16]);
/* "0:07", "1:02:03" */
void brasa__show_time(double seconds, char out[static 24]);
/* One line of a bar of at most `width` columns, without an end of line. */
typedef struct brasa_show_state {
    const brasa_show_stage *stage;
    brasa_progress_sum      sum;
    double                  seconds;
} brasa_show_state;
void brasa__show_bar_text(const brasa_show_state *st, int width, char *out, int room);

#endif
