/* kernel/compare.h -- two columns compared row by row, as booleans. */
#ifndef BRASA_KERNEL_COMPARE_H
#define BRASA_KERNEL_COMPARE_H

#include "data/type.h"

typedef enum brasa_cmp { BRASA_CMP_EQ, BRASA_CMP_NE, BRASA_CMP_LT, BRASA_CMP_LE, BRASA_CMP_GT, BRASA_CMP_GE } brasa_cmp;

/* out[r] = a[r] op b[r] for the rows (NULL: all of 0..n-1), nulls not looked at.  a and b: arrays of one physical type; a_const, b_const: one value.  NaN equals
 * NaN and is above all numbers; strings compare by bytes.  False: a type that is not ordered by its bytes here (lists, structs, vectors). */
bool brasa__compare(brasa_phys phys, brasa_cmp op, const void *a, bool a_const, const void *b, bool b_const, const int32_t *rows, int32_t n,
                    uint8_t *out);

#endif
