/* storage/h5stats.h -- bounds of chunks, distinct counts, and conditions that they refute. */
#ifndef BRASA_STORAGE_H5STATS_H
#define BRASA_STORAGE_H5STATS_H

#include "brasa/batch.h"
#include "storage/h5index.h"
#include "storage/table.h"

/* Bounds of n rows of a FLAT column; no range for nested types and when all are null. */
void brasa__h5_bounds_of(const brasa_column *c, int32_t n, brasa_h5_bounds *out);

/* HyperLogLog (Flajolet et al. 2007) with 256 registers: about 6% off.  Hash by brasa__h5_value_hashes or alike. */
void   brasa__h5_sketch_add(uint8_t *registers, uint64_t hash);
void   brasa__h5_sketch_merge(uint8_t *into, const uint8_t *from);
double brasa__h5_sketch_count(const uint8_t *registers);
/* Add the values of n rows of a FLAT column of a fixed-width type (strings go through the dictionary's hash). */
void brasa__h5_sketch_column(uint8_t *registers, const brasa_column *c, int32_t n);

/* A cell as a value of type t.  *exact: false when it may be a cut string.  Strings are copied into `arena`. */
brasa_value brasa__h5_cell_value(const brasa_h5_cell *cell, brasa_type t, brasa_arena *arena, bool *exact);
/* -1, 0, 1: order of two cells of one type. */
int brasa__h5_cell_compare(const brasa_h5_cell *a, const brasa_h5_cell *b, brasa_type t);
/* Can no row of the chunk pass the test? */
bool brasa__h5_refuted(const brasa_h5_bounds *b, int64_t rows, brasa_type t, const brasa_scan_test *test);

#endif
