/* expr/random.h -- the random numbers of an evaluator: rand, randn, uniform, randstr, uuid.
 *
 * A stream for each partition, numbered from its first row: with a seed, the same numbers at any number of ranks and threads as long as the partitions are the
 * same, and those that Spark gives (its seeds are hashed by Murmur3; Marsaglia, "Xorshift RNGs", 2003, makes the numbers).
 */
#ifndef BRASA_EXPR_RANDOM_H
#define BRASA_EXPR_RANDOM_H

#include "expr/function.h"

typedef struct brasa_random {
    uint64_t seed, state;
    double   spare; /* normal numbers come in pairs */
    bool     has_spare;
} brasa_random;

/* The `open` of a function; its argument behind the last that it must have is the seed (null: 0).  Without one: from the clock. */
brasa_status brasa__random_open(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err);
/* Its `begin`. */
void brasa__random_begin(void *state, int32_t partition);

uint32_t brasa__random_bits(brasa_random *r, int bits);
uint64_t brasa__random_next(brasa_random *r);
/* 0 <= x < 1 */
double brasa__random_double(brasa_random *r);
/* Of mean 0 and deviation 1: Marsaglia's polar method. */
double brasa__random_normal(brasa_random *r);

#endif
