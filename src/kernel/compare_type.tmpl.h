/* compare_type.tmpl.h -- the four comparisons of one type: define T, STEM, EQ(a, b), LT(a, b), LE(a, b) before; undefined at the end. */
#define BRASA_JOIN2(a, b) a##_##b
#define BRASA_JOIN(a, b)  BRASA_JOIN2(a, b)

#define NAME       BRASA_JOIN(STEM, eq)
#define TEST(a, b) EQ(a, b)
#include "kernel/compare.tmpl.h"
#define NAME       BRASA_JOIN(STEM, ne)
#define TEST(a, b) !(EQ(a, b))
#include "kernel/compare.tmpl.h"
#define NAME       BRASA_JOIN(STEM, lt)
#define TEST(a, b) LT(a, b)
#include "kernel/compare.tmpl.h"
#define NAME       BRASA_JOIN(STEM, le)
#define TEST(a, b) LE(a, b)
#include "kernel/compare.tmpl.h"

#undef T
#undef STEM
#undef EQ
#undef LT
#undef LE
#undef BRASA_JOIN
#undef BRASA_JOIN2
