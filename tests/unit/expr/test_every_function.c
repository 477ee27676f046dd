/* test_every_function.c -- every function with arguments of every type: over columns it says the same as over the constants of each row, in every encoding, and odd
 * values (ends of types, broken UTF-8, NaN, huge counts) give a value or an error, nothing else.
 */
#include "support/unit.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/column_build.h"
#include "expr/eval.h"
#include "expr/function.h"
#include "expr/lambda.h"

enum { COLUMNS = 16, POOL = 9, ROWS = 40 };

static brasa_value text(const char *s)
{
    return (brasa_value) {.type = {.kind = BRASA_KIND_STRING}, .u.s = {s, strlen(s)}};
}

static brasa_value whole(brasa_type t, int64_t v)
{
    brasa_value x = {.type = t};

    if (t.kind == BRASA_KIND_DECIMAL && t.precision > 18)
        x.u.d = v;
    else if (t.kind == BRASA_KIND_BOOL)
        x.u.b = v & 1;
    else
        x.u.i = v;
    return x;
}

/* A struct of a number and a text, which may be null. */
static brasa_value entry(brasa_arena *a, brasa_type t, int64_t key, bool null)
{
    brasa_value *pair = BRASA_NEWS(a, brasa_value, 2);

    pair[0] = whole(t.fields[0].type, key);
    pair[1] = text("value");
    pair[1].null = null;
    return (brasa_value) {.type = t, .u.list = {.items = pair, .n = 2}};
}

/* Nine values of a column's type; the last is null. */
static void fill_pool(brasa_arena *a, brasa_type t, int which, brasa_value *pool)
{
    static const char *const texts[] = {
        "", "abc", "12", "-7.5", "2020-02-29 10:11:12", "a longer text, with commas, and more", "\xc3\xa9\xff\x80 broken", "yyyy-MM-dd"};
    static const char *const words[] = {"month", "x", "%b_", "(a+)+b", "Mon", "SECOND", "\x80", "0"};
    static const double      doubles[] = {0, -0.0, 1.5, -2.5, 1e300, NAN, INFINITY, 1e-300};
    static const int64_t     small[] = {0, 1, -1, 2, 3, -3, 100, 37};
    int64_t                  ends[] = {0, 1, -1, 127, -128, 19, 58, 5};

    for (int i = 0; i < POOL - 1; i++) {
        brasa_value *items = BRASA_NEWS(a, brasa_value, 3);
        pool[i] = (brasa_value) {.type = t};
        switch ((int)t.kind) {
        case BRASA_KIND_STRING: pool[i] = text(which == 7 ? words[i] : texts[i]); break;
        case BRASA_KIND_BINARY:
            pool[i] = text(texts[i]);
            pool[i].type = t;
            break;
        case BRASA_KIND_FLOAT32:
        case BRASA_KIND_FLOAT64: pool[i].u.f = t.kind == BRASA_KIND_FLOAT32 ? (double)(float)doubles[i] : doubles[i]; break;
        case BRASA_KIND_INTERVAL:
            pool[i].u.interval = (brasa_interval) {(int32_t)small[i], (int32_t)small[7 - i], small[i] * 3600000000};
            break;
        case BRASA_KIND_MAP:
            for (int k = 0; k < 3; k++) items[k] = entry(a, t.fields[0].type, 10 * k, k == i % 4);
            pool[i].u.list.items = items;
            pool[i].u.list.n = i % 4;
            break;
        case BRASA_KIND_LIST:
            for (int k = 0; k < 3; k++) {
                if (t.fields[0].type.kind == BRASA_KIND_STRUCT) {
                    items[k] = entry(a, t.fields[0].type, small[(i + k) % 8], k == i % 4);
                    continue;
                }
                items[k] =
                    t.fields[0].type.kind == BRASA_KIND_STRING ? text(texts[(i + k) % 8]) : whole(t.fields[0].type, small[(i + k) % 8]);
                items[k].null = (i + k) % 5 == 4;
            }
            pool[i].u.list.items = items;
            pool[i].u.list.n = i % 4;
            break;
        case BRASA_KIND_INT64: pool[i] = whole(t, i == 3 ? INT64_MAX : i == 4 ? INT64_MIN : ends[i]); break;
        case BRASA_KIND_INT32: pool[i] = whole(t, which == 3 ? small[i] : i == 3 ? INT32_MAX : i == 4 ? INT32_MIN : ends[i]); break;
        case BRASA_KIND_TIME: /* a file may hold any */
        case BRASA_KIND_TIMESTAMP: pool[i] = whole(t, i == 3 ? INT64_MAX : i == 4 ? INT64_MIN : ends[i] * 1234567890123); break;
        case BRASA_KIND_DATE: pool[i] = whole(t, i == 3 ? INT32_MAX : i == 4 ? INT32_MIN : i == 5 ? -106000000 : ends[i] * 777); break;
        default: pool[i] = whole(t, ends[i]); break;
        }
    }
    pool[POOL - 1] = (brasa_value) {.type = t, .null = true};
}

typedef struct world {
    brasa_schema schema;
    brasa_value  pool[COLUMNS][POOL];
    uint8_t      pick[COLUMNS][ROWS]; /* which of the pool a row has */
    brasa_column cols[COLUMNS];
} world;

static world *make_world(brasa_arena *a, unit_random *r)
{
    world       *w = BRASA_NEW(a, world);
    brasa_field *f = BRASA_NEWS(a, brasa_field, COLUMNS);
    brasa_type   types[COLUMNS] = {brasa__type(BRASA_KIND_BOOL),      brasa__type(BRASA_KIND_INT8),     brasa__type(BRASA_KIND_INT32),
                                   brasa__type(BRASA_KIND_INT32),     brasa__type(BRASA_KIND_INT64),    brasa__type(BRASA_KIND_FLOAT64),
                                   brasa__type(BRASA_KIND_STRING),    brasa__type(BRASA_KIND_STRING),   brasa__type(BRASA_KIND_DATE),
                                   brasa__type(BRASA_KIND_TIMESTAMP), brasa__type(BRASA_KIND_INTERVAL), brasa__type(BRASA_KIND_BINARY)};
    types[12] = brasa__type_list(a, brasa__type(BRASA_KIND_INT32));
    types[13] = brasa__type_list(a, brasa__type(BRASA_KIND_STRING));
    types[14] = brasa__type_map(a, brasa__type(BRASA_KIND_INT32), brasa__type(BRASA_KIND_STRING));
    types[15] = brasa__type_list(a, types[14].fields[0].type);
    if (unit_chance(r, 0.5)) types[1] = brasa__type_decimal(12, 2);
    if (unit_chance(r, 0.3)) types[9] = brasa__type(BRASA_KIND_TIME);
    if (unit_chance(r, 0.5)) types[4] = brasa__type_decimal(30, 6);
    if (unit_chance(r, 0.3)) types[5] = brasa__type(BRASA_KIND_FLOAT32);

    for (int c = 0; c < COLUMNS; c++) {
        brasa_value values[ROWS];
        bool        dictionary = !brasa__type_is_nested(types[c]) && unit_chance(r, 0.5);
        f[c] = (brasa_field) {.name = "c", .type = types[c], .nullable = true};
        fill_pool(a, types[c], c, w->pool[c]);
        for (int i = 0; i < ROWS; i++) {
            w->pick[c][i] = (uint8_t)unit_between(r, 0, POOL - 1);
            values[i] = w->pool[c][w->pick[c][i]];
        }
        brasa__column_build(a, types[c], values, ROWS, &w->cols[c]);
        if (!dictionary) continue;
        brasa_column *child = BRASA_NEW(a, brasa_column);
        int32_t      *codes = BRASA_NEWS(a, int32_t, ROWS);
        uint64_t     *valid = BRASA_NEWS(a, uint64_t, 1);
        brasa__column_build(a, types[c], w->pool[c], POOL - 1, child);
        for (int i = 0; i < ROWS; i++) {
            codes[i] = w->pick[c][i] == POOL - 1 ? 0 : w->pick[c][i];
            if (w->pick[c][i] != POOL - 1) brasa__bit_set(valid, i);
        }
        w->cols[c] = (brasa_column) {
            .type = types[c], .encoding = BRASA_DICT, .codes = codes, .child = child, .child_rows = POOL - 1, .valid = valid};
    }
    w->schema = (brasa_schema) {COLUMNS, f};
    return w;
}

static bool same(const brasa_value *a, const brasa_value *b)
{
    if (a->null || b->null) return a->null && b->null;
    return brasa__value_compare(a, b) == 0;
}

/* Values of the rows of a bound call as constants; good[0..n): those that do not fail. */
static int32_t by_row(brasa_arena *a, const world *w, const brasa_expr *e, brasa_value *want, int32_t *good)
{
    int32_t n = 0;

    for (int32_t row = 0; row < ROWS; row++) {
        const brasa_expr *subst[COLUMNS];
        brasa_error       err;
        for (int c = 0; c < COLUMNS; c++) subst[c] = brasa__expr_literal(a, &w->pool[c][w->pick[c][row]]);
        if (brasa__expr_constant(a, brasa__expr_substitute(a, e, subst), &want[row], &err) == BRASA_OK) good[n++] = row;
    }
    return n;
}

static void compare_ways(brasa_arena *a, const world *w, const brasa_expr *e)
{
    brasa_value  want[ROWS];
    int32_t      good[ROWS], n = by_row(a, w, e, want, good);
    brasa_batch  in = {.rows = ROWS, .ncols = COLUMNS, .cols = w->cols, .sel = good, .nsel = n};
    brasa_eval  *ev;
    brasa_column out;
    brasa_error  err;
    brasa_text   t, g, x;

    if (n == 0) return;
    brasa__text_init(&t, a);
    brasa__expr_text(e, &t);
    if (brasa__eval_new(a, &e, 1, &ev, &err) != BRASA_OK) return; /* a literal pattern that is none */
    if (brasa__eval_run(ev, &in, &out, &err) != BRASA_OK) fail_msg("%s fails for rows that do not: %s", t.s, err.text);
    for (int32_t i = 0; i < n; i++) {
        brasa_value got = brasa__column_value(&out, good[i], a);
        if (same(&got, &want[good[i]])) continue;
        brasa__text_init(&g, a);
        brasa__text_init(&x, a);
        brasa__value_text(&got, &g);
        brasa__value_text(&want[good[i]], &x);
        fail_msg("row %d of %s: %s over columns, %s over constants", good[i], t.s, got.null ? "NULL" : g.s,
                 want[good[i]].null ? "NULL" : x.s);
    }
}

static const brasa_expr *argument(brasa_arena *a, unit_random *r, const world *w)
{
    int c = (int)unit_between(r, 0, COLUMNS - 1);

    if (unit_chance(r, 0.1)) c = 7; /* units and patterns */
    if (unit_chance(r, 0.35)) return brasa__expr_literal(a, &w->pool[c][unit_between(r, 0, POOL - 1)]);
    return brasa__expr_ref(a, c, w->schema.cols[c].type, true, NULL);
}

/* Huge texts and lists are left to their own limits: they only cost time here. */
static bool is_costly(const char *name)
{
    static const char *const names[] = {"repeat", "space", "lpad", "rpad", "array_repeat", "sequence"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

/* The last arguments become lambdas whose bodies use a parameter and a column. */
static void add_lambdas(brasa_arena *a, const world *w, const brasa_function *f, const brasa_expr **args, int32_t n)
{
    static const char *const names[] = {"x", "y"};
    brasa_lambda_kind        kind = brasa__lambda_kind_of(f->name);
    bool                     pair = kind == BRASA_LAMBDA_SORT || kind == BRASA_LAMBDA_ZIP || kind == BRASA_LAMBDA_AGGREGATE;
    int32_t                  first = kind == BRASA_LAMBDA_AGGREGATE || kind == BRASA_LAMBDA_ZIP ? 2 : 1;
    const brasa_expr        *x = brasa__expr_column(a, NULL, "x"), *other = brasa__expr_ref(a, 3, w->schema.cols[3].type, true, NULL);
    const brasa_expr        *null = brasa__expr_call1(a, "isnull", x), *cases[] = {null, brasa__expr_call1(a, "isnull", other)};

    for (int32_t i = first; i < n && i < 6; i++) {
        const brasa_expr *body = brasa__expr_call(a, "or", cases, 2);
        if (kind == BRASA_LAMBDA_AGGREGATE || kind == BRASA_LAMBDA_ZIP) body = x;
        if (kind == BRASA_LAMBDA_SORT) body = brasa__expr_cast(a, null, brasa__type(BRASA_KIND_INT32), false);
        args[i] = brasa__lambda_make(a, names, pair && i == first ? 2 : 1, body);
    }
}

static int32_t try_function(brasa_arena *arena, unit_random *r, const brasa_function *f, int32_t rounds)
{
    int32_t bound = 0;

    for (int32_t round = 0; round < rounds; round++) {
        brasa_arena      *a = brasa__arena_new(arena, "round");
        world            *w = make_world(a, r);
        brasa_scope       scope = {.schema = w->schema, .now_us = 1};
        const brasa_expr *args[6], *e;
        brasa_error       err;
        int32_t           most = f->max_args < 0 || f->max_args > f->min_args + 2 ? f->min_args + 2 : f->max_args,
                n = (int32_t)unit_between(r, f->min_args, most);
        for (int32_t i = 0; i < n && i < 6; i++) args[i] = argument(a, r, w);
        if (f->flags & BRASA_FN_LAMBDA) add_lambdas(a, w, f, args, n);
        if (n <= 6 && brasa__expr_bind(a, &scope, brasa__expr_call(a, f->name, args, n), 0, &e, &err) == BRASA_OK) {
            bound++;
            if (brasa__expr_is_deterministic(e)) compare_ways(a, w, e);
        }
        brasa__arena_free(a);
    }
    return bound;
}

static void columns_and_constants_give_the_same(void **state)
{
    unit_state *s = *state;

    for (int32_t i = 0; i < brasa__function_count(); i++) {
        const brasa_function *f = brasa__function_at(i);
        unit_random           r = {(uint64_t)i + 1000};
        /* These take what is not among the columns. */
        bool other = strcmp(f->name, "get_field") == 0 || strcmp(f->name, "flatten") == 0 || strcmp(f->name, "from_json") == 0 ||
                     strcmp(f->name, "from_csv") == 0 || strcmp(f->name, "to_csv") == 0 || strcmp(f->name, "transform_keys") == 0 ||
                     strcmp(f->name, "transform_values") == 0 || strcmp(f->name, "map_filter") == 0 || strcmp(f->name, "map_zip_with") == 0;
        if (other || is_costly(f->name)) continue;
        int32_t bound = try_function(s->arena, &r, f, 30);
        if (bound == 0 && f->min_args < 4) bound = try_function(s->arena, &r, f, 3000);
        if (bound == 0 && f->min_args < 4) fail_msg("no arguments were found for %s", f->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {unit_case(columns_and_constants_give_the_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
