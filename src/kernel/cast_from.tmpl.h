/* cast_from.tmpl.h -- casts of one type to all numbers and BOOLEAN: define A, FROM (a stem) and TO_INT(R, least, most, a, r, bad) before; undefined at the end. */
#define BRASA_JOIN2(a, b) a##_##b
#define BRASA_JOIN(a, b)  BRASA_JOIN2(a, b)

#define R               int8_t
#define NAME            BRASA_JOIN(FROM, i8)
#define STEP(a, r, bad) TO_INT(int8_t, -128.0, 128.0, a, r, bad)
#include "kernel/cast.tmpl.h"
#define R               int16_t
#define NAME            BRASA_JOIN(FROM, i16)
#define STEP(a, r, bad) TO_INT(int16_t, -32768.0, 32768.0, a, r, bad)
#include "kernel/cast.tmpl.h"
#define R               int32_t
#define NAME            BRASA_JOIN(FROM, i32)
#define STEP(a, r, bad) TO_INT(int32_t, -2147483648.0, 2147483648.0, a, r, bad)
#include "kernel/cast.tmpl.h"
#define R               int64_t
#define NAME            BRASA_JOIN(FROM, i64)
#define STEP(a, r, bad) TO_INT(int64_t, -9223372036854775808.0, 9223372036854775808.0, a, r, bad)
#include "kernel/cast.tmpl.h"
#define R               float
#define NAME            BRASA_JOIN(FROM, f32)
#define STEP(a, r, bad) (r) = (float)(a), (void)(bad)
#include "kernel/cast.tmpl.h"
#define R               double
#define NAME            BRASA_JOIN(FROM, f64)
#define STEP(a, r, bad) (r) = (double)(a), (void)(bad)
#include "kernel/cast.tmpl.h"
#define R               uint8_t
#define NAME            BRASA_JOIN(FROM, u8)
#define STEP(a, r, bad) (r) = (a) != 0, (void)(bad)
#include "kernel/cast.tmpl.h"

#undef A
#undef FROM
#undef TO_INT
#undef BRASA_JOIN
#undef BRASA_JOIN2
