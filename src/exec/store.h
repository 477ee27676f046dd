/* exec/store.h -- the partitions that stages and caches left on this worker.
 *
 * An output is a list of partitions in ascending order, owned by the store until it is dropped.  Blocks in it never change.
 */
#ifndef BRASA_EXEC_STORE_H
#define BRASA_EXEC_STORE_H

#include "exec/op.h"

typedef struct brasa_output {
    int32_t          count, cap;
    brasa_partition *items; /* ascending by number once in a store */
} brasa_output;

/* Room for one more partition; nothing is added yet.  Throws, leaving all as it was. */
void             brasa__output_reserve(brasa_output *o, int32_t more);
brasa_partition *brasa__output_add(brasa_output *o, int32_t number); /* within what was reserved */
void             brasa__output_sort(brasa_output *o);
void             brasa__output_clear(brasa_output *o); /* releases blocks and list */
brasa_partition *brasa__output_find(const brasa_output *o, int32_t number);
brasa_partitions brasa__output_view(const brasa_output *o);

typedef struct brasa_store brasa_store;

brasa_store *brasa__store_new(void);
void         brasa__store_free(brasa_store *s);
/* Takes over `o` (and empties it), replacing what was there.  On a throw `o` is as it was. */
void          brasa__store_put(brasa_store *s, int64_t id, brasa_output *o);
brasa_output *brasa__store_get(brasa_store *s, int64_t id); /* NULL: none */
void          brasa__store_drop(brasa_store *s, int64_t id);
void          brasa__store_clear(brasa_store *s);

#endif
