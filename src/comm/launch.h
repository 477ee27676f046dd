/* comm/launch.h -- the world of this process, and the end of it. */
#ifndef BRASA_COMM_LAUNCH_H
#define BRASA_COMM_LAUNCH_H

#include "comm/comm.h"

/* Started by an MPI launcher (environment of mpirun, srun with PMI)? */
bool brasa__comm_launched(void);
/* The world: MPI when launched (sets fast defaults of Open MPI's environment unless the user chose), else self.  Once per process. */
brasa_status brasa__comm_world(int *argc, char ***argv, brasa_comm **out, brasa_error *err);
/* Ranks on this host and this rank's index among them.  Collective over the world. */
brasa_status brasa__comm_host(brasa_comm *world, int32_t *index, int32_t *count, brasa_error *err);
/* Ends MPI in order.  Collective over the world. */
void brasa__comm_end(brasa_comm *world);
/* Ends the job on all ranks at once, with an exit status: for errors that cannot be agreed on (a peer is gone).  Prints nothing. */
_Noreturn void brasa__comm_abort(brasa_comm *world, int status);

/* The library's name and version ("Open MPI v4.1.4"). */
void brasa__comm_library(char *out, int32_t room);

/* comm/sim: run main(arg, comm, rank) on n threads as n ranks under a seeded scheduler; returns when all have ended.  status: the worst. */
typedef brasa_status brasa_sim_main(void *arg, brasa_comm *world, brasa_error *err);
brasa_status         brasa__sim_run(int32_t ranks, uint64_t seed, brasa_sim_main *fn, void *arg, brasa_error *err);

#endif
