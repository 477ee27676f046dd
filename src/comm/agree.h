/* comm/agree.h -- one outcome for all ranks. */
#ifndef BRASA_COMM_AGREE_H
#define BRASA_COMM_AGREE_H

#include "comm/comm.h"

/* Collective over `c`.  Every rank passes the status of its own local work (with `err` set when it failed); every rank returns the same code and holds the same error: that
 * of the lowest failing rank. */
brasa_status brasa__agree(brasa_comm *c, brasa_status local, brasa_error *err);

/* The same, for ranks that arrive whenever their computation ends: waits without a deadline for those that compute (a dead rank ends the job through the launcher). */
brasa_status brasa__meet(brasa_comm *c, brasa_status local, brasa_error *err);

#endif
