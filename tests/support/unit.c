/* unit.c -- the fixture and helpers of unit tests. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"

int unit_setup(void **state)
{
    unit_state *s = calloc(1, sizeof *s);

    if (!s) return -1;
    s->ctx = brasa__ctx_new(0, 1);
    brasa__ctx_set(s->ctx);
    s->arena = brasa__arena_new(NULL, "test");
    brasa__error_clear(&s->err);
    *state = s;
    return 0;
}

int unit_teardown(void **state)
{
    unit_state *s = *state;

    brasa__ctx_set(s->ctx); /* a failed test may have left another */
    brasa__arena_free(s->arena);
    size_t left = brasa__memory_used(s->ctx->memory);
    brasa__ctx_set(NULL);
    brasa__ctx_free(s->ctx);
    free(s);
    if (left) fprintf(stderr, "%zu bytes are still charged at the end of the test\n", left);
    return left ? -1 : 0;
}

void unit_assert_status(brasa_status got, brasa_status want, const brasa_error *err, const char *call, const char *file, int line)
{
    if (got == want) return;
    print_error("%s\n    is %s, not %s: %s\n", call, brasa_status_name(got), brasa_status_name(want), got == BRASA_OK ? "" : err->text);
    _fail(file, line);
}

void unit_assert_has(const char *text, const char *part, const char *file, int line)
{
    if (strstr(text, part)) return;
    print_error("'%s' does not hold '%s'\n", text, part);
    _fail(file, line);
}

uint64_t unit_next(unit_random *r)
{
    uint64_t x = r->state += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

int64_t unit_between(unit_random *r, int64_t low, int64_t high)
{
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    uint64_t x = unit_next(r);

    return (int64_t)((uint64_t)low + (span ? x % span : x));
}

double unit_fraction(unit_random *r)
{
    return (double)(unit_next(r) >> 11) / 9007199254740992.0;
}

bool unit_chance(unit_random *r, double p)
{
    return unit_fraction(r) < p;
}

static void remove_dir(void *path)
{
    brasa__io_remove_tree(path, NULL);
}

char *unit_tmpdir(brasa_arena *arena)
{
    const char *tmp = getenv("TMPDIR");
    char       *path = brasa__arena_printf(arena, "%s/brasa-test-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");

    if (!mkdtemp(path)) {
        print_error("cannot make %s\n", path);
        fail();
    }
    brasa__arena_defer(arena, remove_dir, path);
    return path;
}
