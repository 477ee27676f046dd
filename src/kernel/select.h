/* kernel/select.h -- rows picked by booleans: byte masks and lists of row numbers.
 *
 * A boolean is a byte, 0 or 1, where it is not null; behind a null it may be anything.  Nothing branches per row.
 */
#ifndef BRASA_KERNEL_SELECT_H
#define BRASA_KERNEL_SELECT_H

#include <stdint.h>

/* out[0..m) = the rows of in[0..n) whose boolean is true and not null (valid NULL: none is); returns m.  out may be in. */
int32_t brasa__select_true(const uint8_t *values, const uint64_t *valid, const int32_t *in, int32_t n, int32_t *out);
int32_t brasa__select_true_dict(const uint8_t *dict, const int32_t *codes, const uint64_t *valid, const int32_t *in, int32_t n,
                                int32_t *out);
/* The rows whose bit is set. */
int32_t brasa__select_valid(const uint64_t *valid, const int32_t *in, int32_t n, int32_t *out);

/* mask[i] &= values[i] and not null; all rows. */
void brasa__mask_and(uint8_t *mask, const uint8_t *values, const uint64_t *valid, int32_t rows);
void brasa__mask_or(uint8_t *mask, const uint8_t *values, int32_t rows);
/* The row numbers whose mask is 1; out has room for rows + 64. */
int32_t brasa__mask_rows(const uint8_t *mask, int32_t rows, int32_t *out);

/* 64 booleans as bits, and back. */
uint64_t brasa__mask_word(const uint8_t *mask);
void     brasa__mask_spread(uint64_t bits, uint8_t *mask);

#endif
