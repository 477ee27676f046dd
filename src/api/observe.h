/* api/observe.h -- the session's part of the event log: what was started, which actions ran, what failed; for src/api only.
 *
 * Without a log every call here does nothing.  Nothing fails but the opening.
 */
#ifndef BRASA_API_OBSERVE_H
#define BRASA_API_OBSERVE_H

#include "api/internal.h"

/* Open the log where the setting event-log names a folder; argv as it was before options were taken out.  IO, NO_SPACE. */
brasa_status brasa__observe_start(brasa_session *s, int argc, char *const *argv, brasa_error *err);
/* The last event; closes the log. */
void brasa__observe_stop(brasa_session *s, int status);

/* The name of an action: what s->doing says, else what its sink is. */
const char *brasa__observe_action(const brasa_session *s, const brasa_action *action);
/* A job begins: of the action that s->doing names. */
void brasa__observe_job_start(brasa_session *s, const brasa_node *plan, const brasa_action *action);
/* Its rows are known; the end itself is said when its result has been fetched. */
void brasa__observe_job_rows(brasa_session *s, int64_t rows);
void brasa__observe_job_end(brasa_session *s, brasa_status status);
void brasa__observe_error(brasa_session *s, const brasa_error *e);

#endif
