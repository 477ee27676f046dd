/* arith_decimal.c -- sums and products of decimals as integers.
 *
 * The precision rules make the results of columns fit: a sum has one digit more than its terms, a product as many as both factors.  So the 64-bit loops check
 * nothing, and wrap for values that were out of their type's range to begin with.  Products that need 128 bits are one multiplication of the machine when both
 * factors fit 64 bits; when one does not, the flag is raised and the caller computes that batch the long way.
 */
#include "kernel/arith.h"
#include "kernel/clones.h"

typedef brasa_int128      i128;
typedef unsigned __int128 u128;

#define A                  int64_t
#define B                  int64_t
#define R                  int64_t
#define NAME               add_64_64_64
#define STEP(a, b, r, bad) (r) = (int64_t)((uint64_t)(a) + (uint64_t)(b));
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  int64_t
#define R                  int64_t
#define NAME               sub_64_64_64
#define STEP(a, b, r, bad) (r) = (int64_t)((uint64_t)(a) - (uint64_t)(b));
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  int64_t
#define R                  int64_t
#define NAME               mul_64_64_64
#define STEP(a, b, r, bad) (r) = (int64_t)((uint64_t)(a) * (uint64_t)(b));
#include "kernel/arith.tmpl.h"

#define A                  int64_t
#define B                  int64_t
#define R                  i128
#define NAME               add_64_64_128
#define STEP(a, b, r, bad) (r) = (i128)(a) + (b);
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  int64_t
#define R                  i128
#define NAME               sub_64_64_128
#define STEP(a, b, r, bad) (r) = (i128)(a) - (b);
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  int64_t
#define R                  i128
#define NAME               mul_64_64_128
#define STEP(a, b, r, bad) (r) = (i128)(a) * (b);
#include "kernel/arith.tmpl.h"

#define A                  i128
#define B                  i128
#define R                  i128
#define NAME               add_128_128_128
#define STEP(a, b, r, bad) (r) = (i128)((u128)(a) + (u128)(b));
#include "kernel/arith.tmpl.h"
#define A                  i128
#define B                  i128
#define R                  i128
#define NAME               sub_128_128_128
#define STEP(a, b, r, bad) (r) = (i128)((u128)(a) - (u128)(b));
#include "kernel/arith.tmpl.h"
#define A                  i128
#define B                  int64_t
#define R                  i128
#define NAME               add_128_64_128
#define STEP(a, b, r, bad) (r) = (i128)((u128)(a) + (u128)(i128)(b));
#include "kernel/arith.tmpl.h"
#define A                  i128
#define B                  int64_t
#define R                  i128
#define NAME               sub_128_64_128
#define STEP(a, b, r, bad) (r) = (i128)((u128)(a) - (u128)(i128)(b));
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  i128
#define R                  i128
#define NAME               add_64_128_128
#define STEP(a, b, r, bad) (r) = (i128)((u128)(i128)(a) + (u128)(b));
#include "kernel/arith.tmpl.h"
#define A                  int64_t
#define B                  i128
#define R                  i128
#define NAME               sub_64_128_128
#define STEP(a, b, r, bad) (r) = (i128)((u128)(i128)(a) - (u128)(b));
#include "kernel/arith.tmpl.h"

#define A    i128
#define B    int64_t
#define R    i128
#define NAME mul_128_64_128
#define STEP(a, b, r, bad)                        \
    {                                             \
        (bad) |= (unsigned)((a) != (int64_t)(a)); \
        (r) = (i128)(int64_t)(a) * (b);           \
    }
#include "kernel/arith.tmpl.h"
#define A    int64_t
#define B    i128
#define R    i128
#define NAME mul_64_128_128
#define STEP(a, b, r, bad)                        \
    {                                             \
        (bad) |= (unsigned)((b) != (int64_t)(b)); \
        (r) = (i128)(a) * (int64_t)(b);           \
    }
#include "kernel/arith.tmpl.h"
#define A    i128
#define B    i128
#define R    i128
#define NAME mul_128_128_128
#define STEP(a, b, r, bad)                                                  \
    {                                                                       \
        (bad) |= (unsigned)(((a) != (int64_t)(a)) | ((b) != (int64_t)(b))); \
        (r) = (i128)(int64_t)(a) * (int64_t)(b);                            \
    }
#include "kernel/arith.tmpl.h"

/* [op][a is 128][b is 128], out 128 */
static brasa_arith_fn *const wide[3][2][2] = {
    {{add_64_64_128, add_64_128_128}, {add_128_64_128, add_128_128_128}},
    {{sub_64_64_128, sub_64_128_128}, {sub_128_64_128, sub_128_128_128}},
    {{mul_64_64_128, mul_64_128_128}, {mul_128_64_128, mul_128_128_128}},
};
static brasa_arith_fn *const narrow[3] = {add_64_64_64, sub_64_64_64, mul_64_64_64};

brasa_arith_fn *brasa__arith_decimal(brasa_arith op, brasa_phys a, brasa_phys b, brasa_phys out)
{
    bool wa = a == BRASA_PHYS_I128, wb = b == BRASA_PHYS_I128;

    if (op > BRASA_MUL) return NULL;
    if (out == BRASA_PHYS_I64) return wa || wb ? NULL : narrow[op];
    return wide[op][wa][wb];
}
