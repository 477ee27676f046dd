/* kernel/cast.h -- numbers of the machine as each other. */
#ifndef BRASA_KERNEL_CAST_H
#define BRASA_KERNEL_CAST_H

#include "data/type.h"

/* out[r] = a[r] as the other type; as: 1 for an array, 0 for one value; rows NULL: 0..n-1.  True: some row did not fit (its out is then meaningless). */
typedef bool brasa_cast_fn(const void *a, int as, const int32_t *rows, int32_t n, void *out);

/* Between BOOL, I8 to I64, F32 and F64: integers must fit, fractions are cut.  NULL: not one of these. */
brasa_cast_fn *brasa__cast_find(brasa_phys from, brasa_phys to);

#endif
