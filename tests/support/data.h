/* data.h -- random types, columns and batches of every kind, encoding and shape, and their comparison.
 *
 * Columns hold what breaks code: nulls with odd values behind them, NaN and -0.0, the ends of integers, strings around 12 bytes, empty and
 * overlapping lists, dictionaries with unused entries, structs that begin in the middle of their children.
 */
#ifndef BRASA_TESTS_DATA_H
#define BRASA_TESTS_DATA_H

#include "brasa/batch.h"
#include "data/block.h"
#include "data/type.h"
#include "data/value.h"
#include "support/unit.h"

/* One of each kind that a column may have, DECIMAL twice (64 and 128 bits) and nested ones several times. */
enum { DATA_TYPES = 32 };
brasa_type data_type(brasa_arena *arena, int32_t which);
/* A schema of all DATA_TYPES, named c0, c1, ... */
brasa_schema data_schema(brasa_arena *arena);
/* ncols columns of random types. */
brasa_schema data_random_schema(brasa_arena *arena, unit_random *r, int32_t ncols);

typedef struct data_options {
    double nulls;  /* share of nulls: 0 none, 1 all; a column has nulls at all half the time unless 1 */
    bool   flat;   /* FLAT only */
    bool   few;    /* few distinct values, so that rows repeat */
    bool   plain;  /* no NaN, no infinities */
    double select; /* share of rows selected; 0: no selection vector */
} data_options;

brasa_value  data_random_value(brasa_arena *arena, unit_random *r, brasa_type t, data_options o);
brasa_column data_random_column(brasa_arena *arena, unit_random *r, brasa_type t, int32_t rows, data_options o);
brasa_batch  data_random_batch(brasa_arena *arena, unit_random *r, brasa_schema s, int32_t rows, data_options o);

/* Row ai of a equals row bi of b: the same null, or values that compare equal (and are of one type). */
bool data_same_row(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi, brasa_arena *arena);
/* Fails the test with both values when rows differ. */
void data_assert_row(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi, const char *what);
/* Selected rows of both, in order. */
void data_assert_batch(const brasa_batch *a, const brasa_batch *b, const char *what);
/* The rows of a list of blocks, in order, equal the selected rows of b. */
void data_assert_blocks(const brasa_blocks *a, const brasa_batch *b, const char *what);

#endif
