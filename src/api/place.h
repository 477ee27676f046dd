/* api/place.h -- where a rank runs: its cores, its scratch directory, what its launcher hears. */
#ifndef BRASA_API_PLACE_H
#define BRASA_API_PLACE_H

#include "comm/comm.h"

/* Binds the rank, sets its budget, makes its scratch directory.  `index` of `count` ranks on this host, of which the driver is one when `with_driver`.
 * Local; each error is of this rank alone. */
brasa_status brasa__place(brasa_comm *world, int32_t index, int32_t count, bool with_driver, brasa_error *err);
/* At the end: the scratch directory goes when a launcher named it and nothing is in it. */
void brasa__place_leave(void);

#endif
