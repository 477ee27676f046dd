/* digest.c -- see digest.h.  Plain code: digests are asked for rarely. */
#include "kernel/digest.h"

#include <endian.h>
#include <string.h>

static uint32_t rotl32(uint32_t x, int k)
{
    return x << k | x >> (32 - k);
}

static uint32_t rotr32(uint32_t x, int k)
{
    return x >> k | x << (32 - k);
}

static uint64_t rotr64(uint64_t x, int k)
{
    return x >> k | x << (64 - k);
}

/* The padded message: blocks of `block` bytes to `fn`; the length in bits ends it in `count` bytes. */
static void blocks(const uint8_t *p, size_t n, size_t block, size_t count, int big_endian, void (*fn)(void *state, const uint8_t *b),
                   void *state)
{
    uint8_t tail[256] = {0};
    size_t  whole = n / block * block, left = n - whole, end = left + 1 + count <= block ? block : 2 * block;

    for (size_t i = 0; i < whole; i += block) fn(state, p + i);
    if (left > 0) memcpy(tail, p + whole, left);
    tail[left] = 0x80;
    for (int i = 0; i < 8; i++) tail[big_endian ? end - 1 - (size_t)i : end - 8 + (size_t)i] = (uint8_t)((uint64_t)n * 8 >> (8 * i));
    for (size_t i = 0; i < end; i += block) fn(state, tail + i);
}

static uint32_t big32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* ---- MD5 ---- */

/* 2^32 |sin(i + 1)|, as RFC 1321 has them. */
static const uint32_t md5_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
    0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
    0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
    0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
    0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
    0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

/* One of the 64 steps; f, the word and the turns are those of its round. */
static inline void md5_step(uint32_t *a, uint32_t b, uint32_t f, uint32_t word, int i, int turn)
{
    *a = b + rotl32(*a + f + md5_sines[i] + word, turn);
}

static void md5_block(void *state, const uint8_t *p)
{
    uint32_t *h = state, w[16], a = h[0], b = h[1], c = h[2], d = h[3];

    memcpy(w, p, sizeof w);
    for (int i = 0; i < 16; i++) w[i] = le32toh(w[i]);
    for (int i = 0; i < 16; i += 4) {
        md5_step(&a, b, (b & c) | (~b & d), w[i], i, 7);
        md5_step(&d, a, (a & b) | (~a & c), w[i + 1], i + 1, 12);
        md5_step(&c, d, (d & a) | (~d & b), w[i + 2], i + 2, 17);
        md5_step(&b, c, (c & d) | (~c & a), w[i + 3], i + 3, 22);
    }
    for (int i = 16; i < 32; i += 4) {
        md5_step(&a, b, (d & b) | (~d & c), w[(5 * i + 1) & 15], i, 5);
        md5_step(&d, a, (c & a) | (~c & b), w[(5 * i + 6) & 15], i + 1, 9);
        md5_step(&c, d, (b & d) | (~b & a), w[(5 * i + 11) & 15], i + 2, 14);
        md5_step(&b, c, (a & c) | (~a & d), w[(5 * i + 16) & 15], i + 3, 20);
    }
    for (int i = 32; i < 48; i += 4) {
        md5_step(&a, b, b ^ c ^ d, w[(3 * i + 5) & 15], i, 4);
        md5_step(&d, a, a ^ b ^ c, w[(3 * i + 8) & 15], i + 1, 11);
        md5_step(&c, d, d ^ a ^ b, w[(3 * i + 11) & 15], i + 2, 16);
        md5_step(&b, c, c ^ d ^ a, w[(3 * i + 14) & 15], i + 3, 23);
    }
    for (int i = 48; i < 64; i += 4) {
        md5_step(&a, b, c ^ (b | ~d), w[(7 * i) & 15], i, 6);
        md5_step(&d, a, b ^ (a | ~c), w[(7 * i + 7) & 15], i + 1, 10);
        md5_step(&c, d, a ^ (d | ~b), w[(7 * i + 14) & 15], i + 2, 15);
        md5_step(&b, c, d ^ (c | ~a), w[(7 * i + 21) & 15], i + 3, 21);
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
}

void brasa__md5(const void *p, size_t n, uint8_t out[16])
{
    uint32_t h[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

    blocks(p, n, 64, 8, 0, md5_block, h);
    for (int i = 0; i < 16; i++) out[i] = (uint8_t)(h[i / 4] >> (8 * (i % 4)));
}

/* ---- SHA-1 ---- */

static void sha1_block(void *state, const uint8_t *b)
{
    uint32_t *h = state, w[80], a = h[0], x = h[1], c = h[2], d = h[3], e = h[4];

    for (int i = 0; i < 80; i++) w[i] = i < 16 ? big32(b + 4 * i) : rotl32(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
        uint32_t              f = i < 20 ? (x & c) | (~x & d) : i < 40 ? x ^ c ^ d : i < 60 ? (x & c) | (x & d) | (c & d) : x ^ c ^ d;
        uint32_t              next = rotl32(a, 5) + f + e + k[i / 20] + w[i];
        e = d;
        d = c;
        c = rotl32(x, 30);
        x = a;
        a = next;
    }
    h[0] += a;
    h[1] += x;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void brasa__sha1(const void *p, size_t n, uint8_t out[20])
{
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

    blocks(p, n, 64, 8, 1, sha1_block, h);
    for (int i = 0; i < 20; i++) out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

/* ---- SHA-2 ---- */

/* The first 64 bits of the fractions of the cube roots of the first 80 primes; SHA-256 uses the upper halves of the first 64. */
static const uint64_t roots[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538, 0x59f111f1b605d019,
    0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3,
    0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65, 0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
    0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b, 0xa2bfe8a14cf10364, 0xa81a664bbc423001,
    0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb,
    0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c, 0xd186b8c721c0c207,
    0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a,
    0x5fcb6fab3ad6faec, 0x6c44198c4a475817};

static void sha256_block(void *state, const uint8_t *b)
{
    uint32_t *h = state, w[64], v[8];

    for (int i = 0; i < 64; i++) {
        if (i < 16) {
            w[i] = big32(b + 4 * i);
            continue;
        }
        uint32_t s0 = rotr32(w[i - 15], 7) ^ rotr32(w[i - 15], 18) ^ w[i - 15] >> 3,
                 s1 = rotr32(w[i - 2], 17) ^ rotr32(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotr32(v[4], 6) ^ rotr32(v[4], 11) ^ rotr32(v[4], 25), ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t t1 = v[7] + s1 + ch + (uint32_t)(roots[i] >> 32) + w[i];
        uint32_t s0 = rotr32(v[0], 2) ^ rotr32(v[0], 13) ^ rotr32(v[0], 22), maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + s0 + maj;
    }
    for (int i = 0; i < 8; i++) h[i] += v[i];
}

static void sha512_block(void *state, const uint8_t *b)
{
    uint64_t *h = state, w[80], v[8];

    for (int i = 0; i < 80; i++) {
        if (i < 16) {
            w[i] = (uint64_t)big32(b + 8 * i) << 32 | big32(b + 8 * i + 4);
            continue;
        }
        uint64_t s0 = rotr64(w[i - 15], 1) ^ rotr64(w[i - 15], 8) ^ w[i - 15] >> 7,
                 s1 = rotr64(w[i - 2], 19) ^ rotr64(w[i - 2], 61) ^ w[i - 2] >> 6;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 80; i++) {
        uint64_t s1 = rotr64(v[4], 14) ^ rotr64(v[4], 18) ^ rotr64(v[4], 41), ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint64_t t1 = v[7] + s1 + ch + roots[i] + w[i];
        uint64_t s0 = rotr64(v[0], 28) ^ rotr64(v[0], 34) ^ rotr64(v[0], 39), maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + s0 + maj;
    }
    for (int i = 0; i < 8; i++) h[i] += v[i];
}

void brasa__sha2(const void *p, size_t n, int bits, uint8_t *out)
{
    static const uint32_t h224[8] = {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
    static const uint32_t h256[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    static const uint64_t h384[8] = {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
                                     0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4};
    static const uint64_t h512[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                     0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
    uint64_t              wide[8];
    uint32_t              narrow[8];

    if (bits <= 256) {
        memcpy(narrow, bits == 224 ? h224 : h256, sizeof narrow);
        blocks(p, n, 64, 8, 1, sha256_block, narrow);
        for (int i = 0; i < bits / 8; i++) out[i] = (uint8_t)(narrow[i / 4] >> (24 - 8 * (i % 4)));
        return;
    }
    memcpy(wide, bits == 384 ? h384 : h512, sizeof wide);
    blocks(p, n, 128, 16, 1, sha512_block, wide);
    for (int i = 0; i < bits / 8; i++) out[i] = (uint8_t)(wide[i / 8] >> (56 - 8 * (i % 8)));
}

/* ---- Murmur3 ---- */

static uint32_t mix(uint32_t h, uint32_t k)
{
    k = rotl32(k * 0xcc9e2d51u, 15) * 0x1b873593u;
    return rotl32(h ^ k, 13) * 5 + 0xe6546b64u;
}

static uint32_t finish(uint32_t h, uint32_t n)
{
    h ^= n;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

uint32_t brasa__murmur3_u32(uint32_t v, uint32_t seed)
{
    return finish(mix(seed, v), 4);
}

uint32_t brasa__murmur3_u64(uint64_t v, uint32_t seed)
{
    return finish(mix(mix(seed, (uint32_t)v), (uint32_t)(v >> 32)), 8);
}

uint32_t brasa__murmur3_bytes(const void *p, size_t n, uint32_t seed)
{
    const uint8_t *b = p;
    size_t         i = 0;

    for (; i + 4 <= n; i += 4)
        seed = mix(seed, (uint32_t)b[i] | (uint32_t)b[i + 1] << 8 | (uint32_t)b[i + 2] << 16 | (uint32_t)b[i + 3] << 24);
    for (; i < n; i++) seed = mix(seed, (uint32_t)(int32_t)(int8_t)b[i]);
    return finish(seed, (uint32_t)n);
}
