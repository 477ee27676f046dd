/* kernel/sortkey.h -- rows as numbers that sort like them.
 *
 * The first 128 bits of a row's normalised key: per sort column a byte for null (left out where a column has no nulls), then the value as an unsigned number
 * in order, complemented for DESC.  Equal prefixes say "equal" only when the whole key fits; otherwise rows are compared.
 */
#ifndef BRASA_KERNEL_SORTKEY_H
#define BRASA_KERNEL_SORTKEY_H

#include "brasa/batch.h"

typedef struct brasa_sortkey_col {
    int32_t col;
    bool    desc;
    bool    nulls_last;
    bool    nullable; /* a null byte is written */
} brasa_sortkey_col;

/* hi[i], lo[i] = prefix of row i of FLAT or CONST columns, i < n.  Returns whether the prefix holds the whole key. */
bool brasa__sortkey_prefix(const brasa_column *cols, const brasa_sortkey_col *keys, int32_t nkeys, int32_t n, uint64_t *hi, uint64_t *lo);

/* Row ai of a against row bi of b by the keys, all of them.  <0, 0, >0. */
int brasa__sortkey_compare(const brasa_column *a, int32_t ai, const brasa_column *b, int32_t bi, const brasa_sortkey_col *keys,
                           int32_t nkeys);

#endif
