/* kernel/arith.h -- + - * / % of columns, checked. */
#ifndef BRASA_KERNEL_ARITH_H
#define BRASA_KERNEL_ARITH_H

#include "data/type.h"

typedef enum brasa_arith { BRASA_ADD, BRASA_SUB, BRASA_MUL, BRASA_DIV, BRASA_MOD, BRASA_ARITH_COUNT } brasa_arith;

/* out[r] = a[r] op b[r]; as, bs: 1 for an array, 0 for one value; rows NULL: 0..n-1.  True: some row overflowed or was divided by zero (its out is then meaningless). */
typedef bool brasa_arith_fn(const void *a, int as, const void *b, int bs, const int32_t *rows, int32_t n, void *out);

/* Integers and floats of one physical type; DIV of integers truncates.  NULL: none. */
brasa_arith_fn *brasa__arith_find(brasa_arith op, brasa_phys phys);
/* Decimals as integers, without any check of digits (ADD, SUB at one scale; MUL adds scales).  a, b, out: I64 or I128, out the widest.  The I128 multiplications
 * flag a factor that needs more than 64 bits. */
brasa_arith_fn *brasa__arith_decimal(brasa_arith op, brasa_phys a, brasa_phys b, brasa_phys out);

#endif
