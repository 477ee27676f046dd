/* base/note.h -- what a rank, mostly rank 0, tells the launcher that started it, besides what it prints.
 *
 * brasa-submit sets BRASA_SUBMIT to TOKEN:FD.  A note is one line, "\x1eTOKEN text\n", written by one call to that descriptor: standard error where an MPI
 * launcher stands between, so that it arrives wherever rank 0 runs; brasa-submit takes it out of what it passes on.  Without the variable nothing is written.
 *
 * Notes: "shm ID" (of the job, in the names of its shared-memory segments), "stage TEXT" (the one that begins), "end STATUS" (the program's work is done), "pid PID HOST DEADLINE" (who is told when the job is to end; seconds, 0: none),
 *
 * "abort STATUS" (of any rank, after its message: the job cannot go on).
 */
#ifndef BRASA_BASE_NOTE_H
#define BRASA_BASE_NOTE_H

#include <stdbool.h>

/* Is there a launcher that reads them? */
bool brasa__note_wanted(void);
void brasa__note(const char *form, ...) __attribute__((format(printf, 1, 2)));

#endif
