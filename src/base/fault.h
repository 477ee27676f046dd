/* base/fault.h -- faults by name.
 *
 * BRASA_FAULT("shuffle.recv") is true when the setting `faults` names this point and its count has come.  In builds without
 * BRASA_FAULTS it is false at compile time.  "name:3@1" fires at the 3rd passing on rank 1; without @ on every rank; "name:3+" from the 3rd on.
 * "alloc:N" fails the Nth allocation; "io.kill:N" and "comm.kill:N" end the process as kill -9 would, before the Nth call that changes the file system, or that ranks meet in.
 */
#ifndef BRASA_BASE_FAULT_H
#define BRASA_BASE_FAULT_H

#include <stdbool.h>

#include "base/status.h"

typedef struct brasa_faults brasa_faults;

#ifdef BRASA_FAULTS
#define BRASA_FAULT(name) brasa__fault_fires(name)
void brasa__fault_kill(const char *name); /* the process ends here when this point fires */
#else
#define BRASA_FAULT(name) false
static inline void brasa__fault_kill(const char *name)
{
    (void)name;
}
#endif

brasa_faults *brasa__faults_new(void);
void          brasa__faults_free(brasa_faults *f);
/* Parse the text of the setting.  INVALID: not of the form. */
brasa_status brasa__faults_set(brasa_faults *f, const char *text, brasa_error *err);
bool         brasa__fault_fires(const char *name);
bool         brasa__faults_reached(const brasa_faults *f); /* has any point of the setting fired since it was parsed? */

#endif
