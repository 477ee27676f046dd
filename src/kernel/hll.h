/* kernel/hll.h -- HyperLogLog: how many different hashes there were, nearly.
 *
 * A sketch as bytes is BRASA_HLL_REGISTERS registers, or, while there are few, at most BRASA_HLL_HASHES hashes of 8 bytes that are not 0.  Standard error 1.6%.
 */
#ifndef BRASA_KERNEL_HLL_H
#define BRASA_KERNEL_HLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BRASA_HLL_BITS = 12, BRASA_HLL_REGISTERS = 1 << BRASA_HLL_BITS, BRASA_HLL_HASHES = 256 };

void    brasa__hll_add(uint8_t *registers, uint64_t hash);
int64_t brasa__hll_estimate(const uint8_t *registers);

bool    brasa__hll_is_sketch(const char *p, size_t n);
int64_t brasa__hll_sketch_estimate(const char *p, size_t n);
/* Both together; out has room for BRASA_HLL_REGISTERS bytes.  Gives the bytes used. */
size_t brasa__hll_sketch_union(const char *a, size_t na, const char *b, size_t nb, char *out);
/* Hashes in order, so that equal sets are equal bytes. */
void brasa__hll_sketch_sort(char *p, size_t n);

#endif
