/* unit.h -- what every unit test begins with: CMocka, a context with an arena, status assertions, seeded random numbers.
 *
 * A test declared with unit_case(fn) runs attached to a fresh context of rank 0 of 1; *state is its unit_state.  At the end the
 * arena is freed and everything charged to the context must have been released.
 */
#ifndef BRASA_TESTS_UNIT_H
#define BRASA_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/ctx.h"
#include "base/status.h"

typedef struct unit_state {
    brasa_ctx   *ctx;
    brasa_arena *arena;
    brasa_error  err;
} unit_state;

int unit_setup(void **state);
int unit_teardown(void **state);

#define unit_case(fn) cmocka_unit_test_setup_teardown(fn, unit_setup, unit_teardown)

/* `call` fills `err` (a brasa_error) on failure. */
#define assert_ok(call, err)            unit_assert_status((call), BRASA_OK, &(err), #call, __FILE__, __LINE__)
#define assert_status(call, code_, err) unit_assert_status((call), (code_), &(err), #call, __FILE__, __LINE__)
/* The error's text holds `part`. */
#define assert_text_has(text, part) unit_assert_has((text), (part), __FILE__, __LINE__)

void unit_assert_status(brasa_status got, brasa_status want, const brasa_error *err, const char *call, const char *file, int line);
void unit_assert_has(const char *text, const char *part, const char *file, int line);

/* splitmix64: the same numbers on every machine. */
typedef struct unit_random {
    uint64_t state;
} unit_random;

uint64_t unit_next(unit_random *r);
int64_t  unit_between(unit_random *r, int64_t low, int64_t high); /* both included */
double   unit_fraction(unit_random *r);                           /* 0 <= x < 1 */
bool     unit_chance(unit_random *r, double p);

/* A fresh directory under $TMPDIR or /tmp, removed with the arena. */
char *unit_tmpdir(brasa_arena *arena);

#endif
