/* mem/slots.h -- buffers in memory that other processes of this host can read.
 *
 * A segment of slots of one size, backed when they are first used and used again and again: touching fresh shared pages costs ten times
 * what a copy costs, and what was used a moment ago is still in the cache.  Slots are taken and given back by any thread.
 */
#ifndef BRASA_MEM_SLOTS_H
#define BRASA_MEM_SLOTS_H

#include "mem/buf.h"
#include "mem/segment.h"

enum {
    BRASA_SLOTS = 64,
    BRASA_SLOT_ROOM = 512 << 10,               /* most bytes of a buffer */
    BRASA_SLOT_BYTES = BRASA_SLOT_ROOM + 4096, /* may be read a little past its end; slots do not fall on the same cache sets */
    BRASA_SLOTS_BYTES = BRASA_SLOTS * BRASA_SLOT_BYTES
};

typedef struct brasa_slots brasa_slots;

/* NULL, with errno: the system gives no such memory.  Throws. */
brasa_slots *brasa__slots_new(void);
/* Goes when the last buffer has. */
void                 brasa__slots_free(brasa_slots *s); /* NULL is ignored */
const brasa_segment *brasa__slots_segment(const brasa_slots *s);
/* A buffer of `bytes` in a slot, charged to the rank of this thread; NULL when it does not fit or no slot is left.  Throws NO_MEMORY past the budget. */
brasa_buf *brasa__slots_take(brasa_slots *s, size_t bytes);

#endif
