/* expr/random.h -- the random numbers of an evaluator: rand, uniform, randstr, uuid.
 *
 * A stream for each partition, numbered from its first row: with a seed, the same numbers at any number of ranks and threads as long as the partitions are the same.
 */
#ifndef BRASA_EXPR_RANDOM_H
#define BRASA_EXPR_RANDOM_H

#include "base/hash.h"
#include "expr/function.h"

typedef struct brasa_random {
    uint64_t seed, stream, at;
} brasa_random;

/* The `open` of a function; its argument behind the last that it must have is the seed.  Without one: from the clock. */
brasa_status brasa__random_open(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err);
/* Its `begin`. */
void brasa__random_begin(void *state, int32_t partition);

static inline uint64_t brasa__random_next(brasa_random *r)
{
    return brasa__hash_combine(r->stream, ++r->at);
}

/* 0 <= x < 1 */
static inline double brasa__random_double(brasa_random *r)
{
    return (double)(brasa__random_next(r) >> 11) * 0x1p-53;
}

#endif
