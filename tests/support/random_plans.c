/* random_plans.c -- random plans: each step takes and gives columns a BIGINT, k INT, s STRING. */
#include "random_plans.h"

#include <stdio.h>
#include <string.h>

#include "data/type.h"
#include "data/value.h"

typedef struct maker {
    plans      *p;
    unit_random random;
} maker;

static const brasa_node *step(maker *m, int32_t depth);

static int32_t pick(maker *m, int32_t n)
{
    return (int32_t)unit_between(&m->random, 0, n - 1);
}

/* Some rows, in several partitions more often than not; sometimes none at all. */
static const brasa_node *table(maker *m)
{
    static const char *const WORDS[] = {"", "a", "b", "ab", "a much longer string than twelve", "B"};
    int32_t                  n = pick(m, 20) == 0 ? pick(m, 2) : 20 + pick(m, 40);
    brasa_value             *v = BRASA_NEWS(m->p->b.arena, brasa_value, n * 3 + 1);
    brasa_schema             schema;
    const brasa_node        *out;

    assert_ok(brasa__schema_parse(m->p->b.arena, "a BIGINT, k INT, s STRING", &schema, &m->p->err), m->p->err);
    for (int32_t i = 0; i < n; i++) {
        v[i * 3] = pick(m, 8) == 0 ? brasa_value_null() : brasa_value_i64(unit_between(&m->random, -20, 20));
        v[i * 3 + 1] = pick(m, 8) == 0 ? brasa_value_null() : brasa_value_i32(pick(m, 6));
        v[i * 3 + 2] = pick(m, 8) == 0 ? brasa_value_null() : brasa_value_string(WORDS[pick(m, 6)]);
    }
    assert_ok(brasa__plan_values(&m->p->b, schema, v, n, &out, &m->p->err), m->p->err);
    int32_t           how = pick(m, 4);
    const brasa_expr *key = plans_expr(m->p, "k");
    if (how == 1)
        assert_ok(brasa__plan_repartition(&m->p->b, out, BRASA_REPARTITION_NUMBER, 3, NULL, NULL, 0, &out, &m->p->err), m->p->err);
    if (how == 2) assert_ok(brasa__plan_repartition(&m->p->b, out, BRASA_REPARTITION_HASH, 4, &key, NULL, 1, &out, &m->p->err), m->p->err);
    return out;
}

static const char *predicate(maker *m, const char *q)
{
    static const char *const FORMS[] = {"%sa > 3",
                                        "%sk = 2",
                                        "%sk in (1, 3)",
                                        "%ss like 'a%%'",
                                        "%ss is null",
                                        "%sk is not null",
                                        "not (%sa < 5 and %ss = 'b')",
                                        "%sa = %sk",
                                        "coalesce(%sk, 1) = 1",
                                        "%sa * 2 > %sk + 1",
                                        "%sk = 1 or %sa = 2",
                                        "1 = 1",
                                        "%sa is null or %sk > 2",
                                        "%sk <=> null",
                                        "false",
                                        "(%sk = 1 and %sa > 0) or (%sk = 1 and %ss = 'b')"};
    const char              *form = FORMS[pick(m, sizeof FORMS / sizeof *FORMS)];
    brasa_text               out;

    brasa__text_init(&out, m->p->b.arena);
    for (const char *c = form; *c; c++) {
        if (c[0] == '%' && c[1] == 's')
            brasa__text_add(&out, q), c++;
        else if (c[0] == '%')
            brasa__text_add(&out, "%"), c++;
        else
            brasa__text_add_n(&out, c, 1);
    }
    return out.s;
}

static const brasa_node *project(maker *m, const brasa_node *in)
{
    static const char *const LISTS[] = {
        "a, k, s",      "a + 1 as a, k, s || '!' as s", "k + a as a, k % 3 as k, s", "a, k, coalesce(s, 'none') as s",
        "a, 7 as k, s", "a % 5 as a, k, s || 'x' as s"};

    return plans_project(m->p, in, LISTS[pick(m, 6)]);
}

static const brasa_node *join(maker *m, int32_t depth)
{
    static const char *const ON[] = {"l.k = r.k",
                                     "l.a = r.a",
                                     "l.k = r.k and l.a = r.a",
                                     "l.k = r.k and l.s < r.s",
                                     "l.s = r.s and l.a <= r.a",
                                     "l.k <=> r.k and l.s = r.s",
                                     "l.a = r.k",
                                     "l.k = r.k and r.a > 3",
                                     "l.a = r.a and l.s <> 'a'",
                                     "l.a < r.a and l.k > 4",
                                     "l.a + 1 = r.a"};
    static const char *const OUT[] = {"l.a, r.k, l.s", "r.a, l.k, r.s", "l.a, l.k, l.s", "l.a + r.a as a, r.k, r.s",
                                      "coalesce(l.a, r.a) as a, l.k, coalesce(r.s, l.s) as s"};
    const brasa_node *l = plans_alias(m->p, step(m, depth - 1), "l"), *r = plans_alias(m->p, pick(m, 6) == 0 ? l : step(m, depth - 1), "r");
    brasa_join_type   type = (brasa_join_type)pick(m, BRASA_JOIN_CROSS);

    if (pick(m, 10) == 0) {
        const brasa_node *n = plans_join(m->p, l, plans_limit(m->p, plans_sort(m->p, r, "a, k, s"), 3, 0), BRASA_JOIN_CROSS, NULL);
        return plans_project(m->p, plans_filter(m->p, n, ON[pick(m, 11)]), OUT[pick(m, 5)]);
    }
    if (pick(m, 10) == 0) {
        const brasa_node *n = plans_join(m->p, l, r, BRASA_JOIN_MARK, ON[pick(m, 11)]);
        return plans_project(m->p, plans_filter(m->p, n, pick(m, 3) == 0 ? "mark or a > 2" : pick(m, 2) ? "mark" : "not mark"), "a, k, s");
    }
    const brasa_node *n = plans_join(m->p, l, r, type, ON[pick(m, 11)]);
    if (type == BRASA_JOIN_SEMI || type == BRASA_JOIN_ANTI) return plans_project(m->p, n, "a, k, s");
    if (pick(m, 2) == 0) n = plans_filter(m->p, n, predicate(m, pick(m, 2) ? "l." : "r."));
    return plans_project(m->p, n, OUT[pick(m, 5)]);
}

/* One sub-plan, used two or three times under other conditions. */
static const brasa_node *filtered_twice(maker *m, int32_t depth)
{
    const brasa_node *in = step(m, depth - 1), *l = plans_alias(m->p, plans_filter(m->p, in, predicate(m, "")), "l"),
                     *r = plans_alias(m->p, plans_filter(m->p, in, predicate(m, "")), "r");

    if (pick(m, 3) == 0) {
        const brasa_node *both =
            plans_set(m->p, BRASA_SET_UNION, true, plans_project(m->p, l, "a, k, s"), plans_project(m->p, r, "a, k, s"));
        return plans_set(m->p, BRASA_SET_UNION, true, both, plans_project(m->p, plans_filter(m->p, in, predicate(m, "")), "a, k, s"));
    }
    return plans_project(m->p, plans_join(m->p, l, r, pick(m, 2) ? BRASA_JOIN_INNER : BRASA_JOIN_LEFT, "l.k = r.k"), "l.a, r.k, l.s");
}

/* LEFT JOIN ... WHERE a column of the right side IS NULL: its key, or another one. */
static const brasa_node *lonely(maker *m, int32_t depth)
{
    static const char *const ON[] = {"l.k = r.k", "l.k = r.k and l.a < r.a", "l.k <=> r.k", "l.k = r.k and l.s = r.s"};
    const brasa_node        *l = plans_alias(m->p, step(m, depth - 1), "l"), *r = plans_alias(m->p, step(m, depth - 1), "r");
    const brasa_node        *n = plans_join(m->p, l, r, BRASA_JOIN_LEFT, ON[pick(m, 4)]);

    n = plans_filter(m->p, n, pick(m, 2) ? "r.k is null" : "r.a is null and l.a > 2");
    return plans_project(m->p, n, pick(m, 2) ? "l.a, r.k, l.s" : "r.a, l.k, r.s");
}

/* NOT IN and IN over a column that may hold nulls. */
static const brasa_node *not_in(maker *m, int32_t depth)
{
    const brasa_node *l = plans_alias(m->p, step(m, depth - 1), "l"), *r = plans_alias(m->p, step(m, depth - 1), "r"), *n;
    brasa_join_spec   spec = {.type = pick(m, 2) ? BRASA_JOIN_ANTI : BRASA_JOIN_MARK, .null_aware = true};

    if (pick(m, 2)) r = plans_filter(m->p, r, "k is not null");
    spec.on = plans_expr(m->p, "l.k = r.k");
    assert_ok(brasa__plan_join(&m->p->b, l, r, &spec, &n, &m->p->err), m->p->err);
    if (spec.type == BRASA_JOIN_MARK) n = plans_filter(m->p, n, pick(m, 2) ? "not mark" : "mark is null or a > 0");
    return plans_project(m->p, n, "a, k, s");
}

static const brasa_node *group(maker *m, const brasa_node *in)
{
    switch (pick(m, 7)) {
    case 0: return plans_project(m->p, plans_group(m->p, in, "k", "sum(a) as a, max(s) as s"), "a, k, s");
    case 1: return plans_project(m->p, plans_group(m->p, in, "k, s", "count(*) as n, min(a) as low"), "n + coalesce(low, 0) as a, k, s");
    case 2:
        return plans_project(m->p, plans_group(m->p, in, "k", "count(distinct s) as n, count(a) as c, max(s) as s"),
                             "n * 100 + c as a, k, s");
    case 3:
        return plans_project(m->p, plans_group(m->p, in, "k", "count(distinct s) as n, count(distinct a) as c"),
                             "n * 100 + c as a, k, 'x' as s");
    case 4: return plans_project(m->p, plans_group(m->p, in, NULL, "count(*) as n, max(k) as k, min(s) as s"), "n as a, k, s");
    case 5:
        return plans_filter(m->p, plans_project(m->p, plans_group(m->p, in, "k % 2 as p, s", "sum(a) as t"), "t as a, p as k, s"), "k = 1");
    default: return plans_project(m->p, plans_group(m->p, in, NULL, "count(distinct k) as n, max(s) as s"), "n as a, 1 as k, s");
    }
}

static const brasa_node *window(maker *m, const brasa_node *in)
{
    static const char *const CALLS[] = {"row_number()", "rank()", "sum(a)", "count(s)", "dense_rank()"};
    const brasa_node        *n = plans_window(m->p, in, CALLS[pick(m, 5)], pick(m, 3) ? "k" : "", "a, s, k", "w");

    if (pick(m, 2)) n = plans_filter(m->p, n, predicate(m, ""));
    return plans_project(m->p, n, pick(m, 4) ? "w + 0 as a, k, s" : "a, k, s");
}

static const brasa_node *shared(maker *m, int32_t depth)
{
    const brasa_node *in = group(m, step(m, depth - 1));

    return plans_set(m->p, BRASA_SET_UNION, true, plans_filter(m->p, in, predicate(m, "")), plans_filter(m->p, in, predicate(m, "")));
}

/* Groups by keys of which some decide others: equal ones, constants, and what hangs on the keys of groups below. */
static const brasa_node *keys_of_keys(maker *m, int32_t depth)
{
    static const char *const KEYS[] = {"l.k as k1, r.k as k2, l.s as s1", "r.k as k1, l.a as k2, l.s as s1",
                                       "l.k as k1, l.s as s1, l.a as k2", "r.s as s1, l.k as k1, r.k as k2"};
    const brasa_node        *l = step(m, depth - 1), *r = plans_alias(m->p, step(m, depth - 1), "r"), *n;

    if (pick(m, 2)) l = plans_project(m->p, plans_group(m->p, l, "k", "sum(a) as a, max(s) as s"), "a, k, s");
    l = plans_alias(m->p, l, "l");
    n = plans_join(m->p, l, r, pick(m, 3) == 0 ? BRASA_JOIN_LEFT : BRASA_JOIN_INNER, pick(m, 4) == 0 ? "l.k <=> r.k" : "l.k = r.k");
    if (pick(m, 3) == 0) n = plans_filter(m->p, n, pick(m, 2) ? "l.k = 2" : "r.k = 3 and l.s = 'a'");
    n = plans_group(m->p, n, KEYS[pick(m, 4)], "sum(r.a) as t, count(*) as c");
    return plans_project(m->p, n, "coalesce(t, 0) + c as a, k1 as k, s1 as s");
}

static const brasa_node *step(maker *m, int32_t depth)
{
    if (depth <= 0) return table(m);
    switch (pick(m, 17)) {
    case 0:
    case 1: return plans_filter(m->p, step(m, depth - 1), predicate(m, ""));
    case 2: return project(m, step(m, depth - 1));
    case 3:
    case 4:
    case 5:
    case 6: return join(m, depth);
    case 7:
    case 8: return group(m, step(m, depth - 1));
    case 9:
        return plans_project(m->p,
                             plans_limit(m->p,
                                         plans_sort(m->p, step(m, depth - 1), pick(m, 2) ? "a desc, k, s" : "s nulls last, k desc, a"),
                                         pick(m, 20), pick(m, 4)),
                             "a, k, s");
    case 10: return window(m, step(m, depth - 1));
    case 11: return shared(m, depth);
    case 12: return not_in(m, depth);
    case 13: return filtered_twice(m, depth);
    case 14: return lonely(m, depth);
    case 15: return keys_of_keys(m, depth);
    default: return plans_set(m->p, (brasa_set_op)pick(m, 3), pick(m, 2) == 0, step(m, depth - 1), step(m, depth - 1));
    }
}

const brasa_node *random_plan(plans *p, uint64_t seed, int32_t depth)
{
    maker m = {p, {seed}};

    return step(&m, depth);
}
