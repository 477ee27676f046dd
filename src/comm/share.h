/* comm/share.h -- memory that the ranks of one host share, for bytes that one writes and another reads; for src/comm only.
 *
 * Each rank has slots of its own (mem/slots.h), which the others map to read.  Where the system gives none, or a rank cannot see
 * another's, bytes go by messages.
 */
#ifndef BRASA_COMM_SHARE_H
#define BRASA_COMM_SHARE_H

#include "comm/comm.h"

/* Before the communicator goes. */
void brasa__share_free(brasa_comm *c);

#endif
