/* kernel/digest.h -- digests of bytes, as their standards have them (RFC 1321, FIPS 180-4), and Murmur3 as Spark has it. */
#ifndef BRASA_KERNEL_DIGEST_H
#define BRASA_KERNEL_DIGEST_H

#include <stddef.h>
#include <stdint.h>

void brasa__md5(const void *p, size_t n, uint8_t out[16]);
void brasa__sha1(const void *p, size_t n, uint8_t out[20]);
/* bits: 224, 256, 384 or 512; out has bits / 8 bytes. */
void brasa__sha2(const void *p, size_t n, int bits, uint8_t *out);

uint32_t brasa__murmur3_u32(uint32_t v, uint32_t seed);
uint32_t brasa__murmur3_u64(uint64_t v, uint32_t seed);
/* Spark's: the bytes past the last whole word are mixed one by one. */
uint32_t brasa__murmur3_bytes(const void *p, size_t n, uint32_t seed);

#endif
