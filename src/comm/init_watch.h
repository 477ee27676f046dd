/* comm/init_watch.h -- a deadline for MPI_Init, which waits for all ranks to start and knows none itself; for src/comm only. */
#ifndef BRASA_COMM_INIT_WATCH_H
#define BRASA_COMM_INIT_WATCH_H

/* Until the end of the watch: past the deadline (--deadline or BRASA_DEADLINE, else 600 s; 0: none) this process says so on standard error and ends with status 1.  NULL: no watch. */
typedef struct brasa_init_watch brasa_init_watch;
brasa_init_watch               *brasa__init_watch_begin(int argc, char **argv);
void                            brasa__init_watch_end(brasa_init_watch *w);

#endif
