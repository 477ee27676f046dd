/* test_passes.c -- what each pass does to small plans, read as text. */
#include <string.h>

#include "base/config.h"
#include "opt/opt.h"
#include "plans.h"
#include "unit.h"

typedef struct fixture {
    plans             p;
    const brasa_node *a, *b, *c;
} fixture;

static void fixture_init(fixture *f, void **state)
{
    unit_state  *u = *state;
    brasa_table *a, *b, *c;

    plans_init(&f->p, u->arena);
    a = plans_table(&f->p, "id BIGINT, k INT, x DECIMAL(10,2), s STRING, d DATE", 1000000, 10);
    b = plans_table(&f->p, "id BIGINT, k INT, t STRING", 1000, 1);
    c = plans_table(&f->p, "id BIGINT, k INT, u DOUBLE", 100, 1);
    plans_stats(a, "id", 1000000, 1, 1000000);
    plans_stats(a, "k", 100, 1, 100);
    plans_stats(b, "id", 1000, 1, 1000);
    plans_stats(b, "k", 100, 1, 100);
    plans_stats(c, "id", 100, 1, 100);
    plans_stats(c, "k", 100, 1, 100);
    f->a = plans_scan(&f->p, a, "a");
    f->b = plans_scan(&f->p, b, "b");
    f->c = plans_scan(&f->p, c, "c");
}

static void assert_becomes(fixture *f, const brasa_node *n, const char *want)
{
    assert_string_equal(plans_text(&f->p, plans_optimize(&f->p, n, 1)), want);
}

static void constants_are_folded(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_becomes(&f, plans_filter(&f.p, plans_project(&f.p, f.c, "k + (2 + 3) as k5"), "1 = 1 and k5 > 2 * 4"),
                   "Project k + 5 AS k5\n  Filter k + 5 > 8\n    Scan c [k]\n");
}

static void filters_go_through_everything_above_a_scan(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_set(&f.p, BRASA_SET_UNION, true, plans_project(&f.p, f.b, "id, k"), plans_project(&f.p, f.c, "id, k"));
    n = plans_group(&f.p, plans_sort(&f.p, n, "id"), "id", "sum(k) as s");
    assert_becomes(&f, plans_filter(&f.p, n, "id = 7 and s > 3"),
                   "Filter s > 3L\n"
                   "  Aggregate by id: sum(k)\n"
                   "    Union\n"
                   "      Filter id = 7L\n"
                   "        Scan b [id, k] where id = 7\n"
                   "      Filter id = 7L\n"
                   "        Scan c [id, k] where id = 7\n");
}

static void filters_stay_above_limits_samples_and_sums(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_becomes(&f, plans_filter(&f.p, plans_limit(&f.p, f.c, 5, 0), "k > 3"), "Filter k > 3\n  Limit first 5\n    Scan c [id, k, u]\n");
    assert_becomes(&f, plans_filter(&f.p, plans_group(&f.p, f.c, NULL, "count(*) as n"), "n > 3"),
                   "Filter n > 3L\n  Aggregate count(*)\n    Scan c [k]\n");
}

static void cross_join_gets_keys_and_what_is_known_of_one_side(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.a, f.b, BRASA_JOIN_CROSS, NULL);
    n = plans_project(&f.p, plans_filter(&f.p, n, "a.k = b.k and a.k in (1, 2) and a.x > 1.5 and s < t"), "x, t");
    assert_becomes(&f, n,
                   "Project x, t\n"
                   "  Join Inner on k = k if s < t\n"
                   "    Filter k IN (1, 2) AND x > 1.50\n"
                   "      Scan a [k, x, s] where k IN 1, 2 and x > 1.50\n"
                   "    Filter k IN (1, 2)\n"
                   "      Scan b [k, t] where k IN 1, 2\n");
}

static void outer_join_becomes_inner_under_a_filter_on_its_padded_side(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *left = plans_join(&f.p, f.a, f.b, BRASA_JOIN_LEFT, "a.k = b.k"),
                     *full = plans_join(&f.p, f.a, f.b, BRASA_JOIN_FULL, "a.k = b.k");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, left, "t = 'x'"), 1)), "Join Inner");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, left, "t is null"), 1)), "Filter t IS NULL\n  Join Left");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, full, "a.s = 'x'"), 1)), "Join Left");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, full, "t = 'x'"), 1)), "Join Right");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, full, "coalesce(t, 'x') = 'x'"), 1)), "Join Full");
}

static void conditions_of_outer_joins_go_only_where_they_may(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.b, f.c, BRASA_JOIN_LEFT, "b.id = c.id and c.k > 3 and b.k > 4");
    assert_becomes(&f, n,
                   "Join Left on id = id if k > 4\n"
                   "  Scan b [id, k, t]\n"
                   "  Filter k > 3\n"
                   "    Scan c [id, k, u] where k > 3\n");
    n = plans_join(&f.p, f.b, f.c, BRASA_JOIN_ANTI, "b.id = c.id and c.k > 3 and b.k > 4");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, n, 1)), "Join Anti on id = id if k > 4\n  Scan b");
}

static void left_joins_without_matches_become_anti_joins(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.b, f.c, BRASA_JOIN_LEFT, "b.id = c.id");
    assert_becomes(&f, plans_project(&f.p, plans_filter(&f.p, n, "c.id is null and b.k > 3"), "t, u"),
                   "Project t, CAST(NULL AS DOUBLE) AS u\n"
                   "  Join Anti on id = id\n"
                   "    Project id, t\n"
                   "      Filter k > 3\n"
                   "        Scan b [id, k, t] where k > 3\n"
                   "    Scan c [id]\n");
    /* another column may be null in a match, and so may a key where null equals null */
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, n, "u is null"), 1)), "Join Left");
    n = plans_join(&f.p, f.b, f.c, BRASA_JOIN_LEFT, "b.id <=> c.id");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, n, "c.id is null"), 1)), "Join Left");
}

static void what_all_users_of_a_shared_plan_want_goes_into_it(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *g = plans_group(&f.p, f.a, "k", "sum(x) as sx");
    const brasa_node *x = plans_alias(&f.p, plans_filter(&f.p, g, "k = 1 and sx > 5"), "x"),
                     *y = plans_alias(&f.p, plans_filter(&f.p, g, "k = 2"), "y"), *all = plans_alias(&f.p, g, "z");
    const char *text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, x, y, BRASA_JOIN_INNER, "x.sx = y.sx"), 1));
    assert_text_has(text, "    Aggregate by k: sum(x)\n"
                          "      Filter k = 1 OR k = 2\n"
                          "        Scan a [k, x] where k IN 1, 2\n"
                          "  Filter k = 2\n"
                          "    Aggregate by k: sum(x)  (as above)\n");
    text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, x, all, BRASA_JOIN_INNER, "x.sx = z.sx"), 1));
    assert_null(strstr(text, " where ")); /* one user wants all of it */
}

/* The plan of two uses of a query of WITH. */
static const char *with_twice(fixture *f, const brasa_node *t, brasa_with_wish wish, const char *first, const char *second)
{
    brasa_with with = {"t", wish};

    t = plans_project(&f->p, t, "k as tk, x as tx");
    brasa_node *marked = brasa__node_copy(f->p.b.arena, plans_project(&f->p, t, "tk, tx"), NULL);
    marked->with = &with;
    const brasa_node *l = marked, *r = marked;
    if (first) l = plans_filter(&f->p, l, first);
    if (second) r = plans_filter(&f->p, r, second);
    l = plans_alias(&f->p, plans_group(&f->p, l, NULL, "sum(tx) as s"), "l");
    r = plans_alias(&f->p, plans_group(&f->p, r, NULL, "count(*) as n"), "r");
    return plans_text(&f->p, plans_optimize(&f->p, plans_join(&f->p, l, r, BRASA_JOIN_CROSS, NULL), 1));
}

static void queries_of_with_are_computed_once_or_inlined_by_cost(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *groups = plans_group(&f.p, f.a, "k", "sum(x) as x");
    const char       *once = with_twice(&f, groups, BRASA_WITH_BY_COST, NULL, NULL), *none = "tk = 7";
    assert_text_has(once, "(as above)");
    assert_text_has(once, "WITH t: computed once for its 2 uses, about cost ");
    assert_text_has(with_twice(&f, groups, BRASA_WITH_ONCE, none, NULL), "WITH t: computed once for its 2 uses, as asked\n");
    const char *inlined = with_twice(&f, groups, BRASA_WITH_INLINE, none, NULL);
    assert_text_has(inlined, "WITH t: written into its 2 uses, as asked\n");
    assert_text_has(inlined, "Filter k = 7\n");
    assert_null(strstr(inlined, "(as above)"));
    /* ten rows for each of a million, of which one use wants few: not kept */
    const brasa_node *wide = plans_project(&f.p, plans_join(&f.p, f.a, f.b, BRASA_JOIN_INNER, "a.k = b.k"), "a.k as k, a.x + b.id as x");
    assert_text_has(with_twice(&f, wide, BRASA_WITH_BY_COST, none, NULL), "WITH t: written into its 2 uses, about cost ");
    const brasa_node *limited = plans_limit(&f.p, groups, 3, 0); /* which three? */
    assert_text_has(with_twice(&f, limited, BRASA_WITH_INLINE, none, NULL),
                    "WITH t: computed once for its 2 uses, which might see other rows else\n");
}

static void marks_that_are_filtered_become_semi_and_anti_joins(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.b, f.c, BRASA_JOIN_MARK, "b.id = c.id");
    assert_becomes(&f, plans_project(&f.p, plans_filter(&f.p, n, "mark and t > 'a'"), "t"),
                   "Project t\n"
                   "  Join Semi on id = id\n"
                   "    Filter t > 'a'\n"
                   "      Scan b [id, t] where t > a\n"
                   "    Scan c [id]\n");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, n, "not mark"), 1)), "Join Anti");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_filter(&f.p, n, "mark or t > 'a'"), 1)), "Join Mark");
}

static void common_parts_of_an_or_come_out(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.a, f.b, BRASA_JOIN_CROSS, NULL);
    n = plans_filter(&f.p, n, "(a.id = b.id and a.k = 1 and t = 'x') or (a.id = b.id and a.k = 2 and t = 'y')");
    assert_becomes(&f, plans_project(&f.p, n, "x"),
                   "Project x\n"
                   "  Join Inner on id = id if k = 1 AND t = 'x' OR k = 2 AND t = 'y'\n"
                   "    Filter k = 1 OR k = 2\n"
                   "      Scan a [id, k, x] where k IN 1, 2\n"
                   "    Filter t = 'x' OR t = 'y'\n"
                   "      Scan b [id, t] where t IN x, y\n");
}

static void what_is_false_gives_no_rows(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_becomes(&f, plans_filter(&f.p, plans_join(&f.p, f.a, f.b, BRASA_JOIN_INNER, "a.k = b.k"), "1 = 2"), "Values 0 rows\n");
    const brasa_node *none = plans_filter(&f.p, f.b, "null");
    assert_becomes(&f, plans_project(&f.p, plans_join(&f.p, f.c, none, BRASA_JOIN_LEFT, "c.k = b.k"), "u, t"),
                   "Project u, CAST(NULL AS STRING) AS t\n  Scan c [u]\n");
    assert_becomes(&f, plans_group(&f.p, none, NULL, "count(*) as n"), "Aggregate count(*)\n  Values 0 rows\n");
}

static void limit_over_sort_is_top_n(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_becomes(&f, plans_limit(&f.p, plans_project(&f.p, plans_sort(&f.p, f.c, "u desc"), "k + 1 as k1"), 3, 2),
                   "Project k + 1 AS k1\n  Sort u DESC first 3 after 2\n    Scan c [k, u]\n");
    assert_becomes(&f, plans_limit(&f.p, plans_limit(&f.p, f.c, 10, 2), 20, 3), "Limit first 7 after 5\n  Scan c [id, k, u]\n");
}

static void sorts_that_nobody_sees_are_dropped(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *sorted = plans_project(&f.p, plans_sort(&f.p, f.c, "u"), "k, u");
    assert_becomes(&f, plans_group(&f.p, sorted, "k", "max(u) as m"), "Aggregate by k: max(u)\n  Scan c [k, u]\n");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, sorted, "k", "first(u) as m"), 1)), "Sort u");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, plans_limit(&f.p, sorted, 3, 0), "k", "max(u) as m"), 1)),
                    "Sort u first 3");
    assert_becomes(&f, plans_sort(&f.p, sorted, "k"), "Sort k\n  Scan c [k, u]\n");
}

static void limits_reach_the_branches_of_a_union(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_set(&f.p, BRASA_SET_UNION, true, plans_project(&f.p, f.b, "id"), plans_project(&f.p, f.c, "id"));
    assert_becomes(&f, plans_limit(&f.p, n, 4, 1),
                   "Limit first 4 after 1\n  Union\n    Limit first 5\n      Scan b [id]\n    Limit first 5\n      Scan c [id]\n");
}

static void joins_are_ordered_by_size(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, plans_join(&f.p, f.a, f.b, BRASA_JOIN_CROSS, NULL), f.c, BRASA_JOIN_CROSS, NULL);
    n = plans_filter(&f.p, n, "a.id = b.id and b.k = c.k and u > 0.5");
    assert_becomes(&f, plans_project(&f.p, n, "x, t, u"),
                   "Project x, t, u\n"
                   "  Join Inner on id = id\n"
                   "    Scan a [id, x]\n"
                   "    Project id, t, u\n"
                   "      Join Inner on k = k\n"
                   "        Scan b [id, k, t]\n"
                   "        Filter u > 0.5D\n"
                   "          Scan c [k, u] where u > 0.5\n");
}

static void outer_and_semi_joins_move_among_inner_joins(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *few = plans_filter(&f.p, plans_alias(&f.p, f.c, "few"), "id = 7");
    const brasa_node *n = plans_join(&f.p, f.a, f.b, BRASA_JOIN_LEFT, "a.k = b.k and b.id < a.id");
    assert_becomes(&f, plans_project(&f.p, plans_join(&f.p, n, few, BRASA_JOIN_INNER, "a.id = few.id"), "x, t, u"),
                   "Project x, t, u\n"
                   "  Join Left (left side built) on k = k if id < id\n"
                   "    Project id, k, x, u\n"
                   "      Join Inner on id = id\n"
                   "        Scan a [id, k, x]\n"
                   "        Filter id = 7L\n"
                   "          Scan c [id, u] where id = 7\n"
                   "    Scan b [id, k, t]\n");
    n = plans_project(&f.p, plans_join(&f.p, n, few, BRASA_JOIN_INNER, "coalesce(b.id, 1) = few.id"), "x");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, n, 1)), "Join Left"); /* what looks at its right side stays above it */
    assert_null(strstr(strstr(plans_text(&f.p, plans_optimize(&f.p, n, 1)), "Join Left"), "Join Inner"));
}

static void outer_joins_under_a_join_that_drops_their_nulls_are_inner(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *left = plans_join(&f.p, f.a, f.b, BRASA_JOIN_LEFT, "a.k = b.k"), *c = plans_alias(&f.p, f.c, "c2");
    const brasa_node *full = plans_join(&f.p, f.a, f.b, BRASA_JOIN_FULL, "a.k = b.k");
    const char       *text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, left, c, BRASA_JOIN_INNER, "b.id = c2.id"), 1));
    assert_null(strstr(text, "Left"));
    text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, left, c, BRASA_JOIN_SEMI, "b.id = c2.id"), 1));
    assert_null(strstr(text, "Left"));
    text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, left, c, BRASA_JOIN_INNER, "a.id = c2.id"), 1));
    assert_text_has(text, "Left");
    text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, left, c, BRASA_JOIN_LEFT, "b.id = c2.id"), 1));
    assert_null(strstr(text, "Inner"));
    text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, left, c, BRASA_JOIN_ANTI, "b.id = c2.id"), 1));
    assert_text_has(text, "Left"); /* rows without a partner stay */
    text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, left, c, BRASA_JOIN_INNER, "b.id <=> c2.id"), 1));
    assert_text_has(text, "Left"); /* null meets null */
    text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, full, c, BRASA_JOIN_INNER, "a.id = c2.id"), 1));
    assert_null(strstr(text, "Full"));
    assert_text_has(text, "Left");
    text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, c, full, BRASA_JOIN_LEFT, "c2.id = a.id"), 1));
    assert_null(strstr(text, "Full"));
}

static void equal_keys_through_a_third_table_connect(void **state)
{
    fixture f;

    fixture_init(&f, state);
    /* b.k = a.k and a.k = c.k: b and c may meet first, a is met by one key only */
    const brasa_node *n = plans_join(&f.p, plans_join(&f.p, f.b, f.a, BRASA_JOIN_INNER, "b.k = a.k"), f.c, BRASA_JOIN_INNER, "a.k = c.k");
    const char       *text = plans_text(&f.p, plans_optimize(&f.p, plans_project(&f.p, n, "x"), 1));
    assert_null(strstr(text, "Cross"));
    assert_null(strstr(text, " and k"));
}

static void count_distinct_is_two_aggregates(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_becomes(&f, plans_group(&f.p, f.b, "k", "count(distinct t) as n"),
                   "Aggregate by k: count(t)\n  Aggregate by k, t\n    Scan b [k, t]\n");
    const char *text =
        plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, f.b, "k", "count(distinct t) as n, count(*) as m, min(id) as low"), 1));
    assert_text_has(text, "coalesce(");
    assert_text_has(text, "Aggregate by k, t: count(*), min(id)");
    text = plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, f.b, "k", "count(distinct t), count(distinct id)"), 1));
    assert_text_has(text, "count(DISTINCT t), count(DISTINCT id)");
}

static void aggregates_go_below_joins_where_groups_are_few(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.a, f.c, BRASA_JOIN_INNER, "a.k = c.k");
    assert_becomes(&f, plans_group(&f.p, n, "u", "sum(x) as sx, max(d) as md"),
                   "Project u, CAST(sx AS DECIMAL(20,2)) AS sx, md\n"
                   "  Aggregate by u: sum(\"sum(x)\"), max(\"max(d)\")\n"
                   "    Project \"sum(x)\" AS sum(x), \"max(d)\" AS max(d), u\n"
                   "      Join Inner on k = k\n"
                   "        Aggregate by k: sum(x), max(d)\n"
                   "          Scan a [k, x, d]\n"
                   "        Scan c [k, u]\n");
    /* of both sides; not to be taken apart; a key with as many values as rows; what could fail on rows that the join drops */
    static const char *const STAY[] = {"sum(x * u)", "avg(u)", "sum(a.id)", "max(1 / a.k)"};
    for (size_t i = 0; i < sizeof STAY / sizeof *STAY; i++) {
        const char *text = plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, n, "u", STAY[i]), 1));
        assert_null(strstr(strstr(text, "Join"), "Aggregate"));
    }
    n = plans_join(&f.p, f.a, f.c, BRASA_JOIN_INNER, "a.id = c.id");
    const char *text = plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, n, "u", "max(d)"), 1));
    assert_null(strstr(strstr(text, "Join"), "Aggregate"));
}

static void group_keys_that_others_decide_are_none(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.b, f.c, BRASA_JOIN_INNER, "b.id = c.id");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, n, "b.id, c.id, t", "max(u)"), 1)),
                    "Aggregate by id, t: max(u)");
    n = plans_filter(&f.p, f.b, "k = 3");
    assert_becomes(&f, plans_group(&f.p, n, "k, t", "max(id) as m"),
                   "Project 3 AS k, t, \"max(id)\" AS m\n"
                   "  Aggregate by t: max(id)\n"
                   "    Project id, t\n"
                   "      Filter k = 3\n"
                   "        Scan b [id, k, t] where k = 3\n");
    /* the last key stays: without keys there would be a row where there is none */
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, n, "k, 7 as seven", "max(id)"), 1)), "Aggregate by ");
    /* what hangs on the keys of groups below */
    const brasa_node *g = plans_alias(&f.p, plans_group(&f.p, f.a, "k", "max(s) as s, max(d) as d"), "g");
    n = plans_join(&f.p, g, f.b, BRASA_JOIN_INNER, "g.k = b.k");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, n, "b.k, g.s, g.d", "count(*)"), 1)),
                    "Aggregate by k: count(*), max(");
    n = plans_join(&f.p, g, f.b, BRASA_JOIN_RIGHT, "g.k = b.k");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, n, "b.k, g.s", "count(*)"), 1)), "Aggregate by k, s: ");
    /* -0.0 equals 0.0 */
    n = plans_join(&f.p, f.c, plans_alias(&f.p, f.c, "e"), BRASA_JOIN_INNER, "c.u = e.u");
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_group(&f.p, n, "c.u, e.u", "count(*)"), 1)), "Aggregate by u, u: ");
}

static void the_smaller_side_is_built(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, f.c, f.a, BRASA_JOIN_INNER, "c.id = a.id"), 1)),
                    "(left side built)");
    assert_null(strstr(plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, f.a, f.c, BRASA_JOIN_INNER, "c.id = a.id"), 1)),
                       "(left side built)"));
    assert_text_has(plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, f.c, f.a, BRASA_JOIN_SEMI, "c.id = a.id"), 1)),
                    "(left side built)");
}

static void scan_tests_are_of_the_columns_own_types(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n =
        plans_filter(&f.p, f.a, "k < 10 and x >= 2 and d = date '2020-01-31' and s like 'ab%c' and 5 > id and k = 12345678901");
    const char *text = plans_text(&f.p, plans_optimize(&f.p, n, 1));
    assert_text_has(text, "k < 10 and x >= 2.00 and d = 2020-01-31 and s >= ab and s < ac and id < 5");
    assert_null(strstr(strstr(text, "where"), "12345678901")); /* no INT is that */
}

static void equal_sub_plans_are_one(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *x = plans_alias(&f.p, plans_group(&f.p, f.b, "k", "sum(id) as s"), "x"),
                     *y = plans_alias(&f.p, plans_group(&f.p, f.b, "k", "sum(id) as s"), "y");
    const brasa_node *n = plans_optimize(&f.p, plans_join(&f.p, x, y, BRASA_JOIN_INNER, "x.k = y.k"), 1);
    assert_int_equal(n->kind, BRASA_NODE_JOIN);
    assert_ptr_equal(n->inputs[0], n->inputs[1]);
}

static void scans_that_skip_other_chunks_are_not_one(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *x = plans_alias(&f.p, plans_project(&f.p, plans_filter(&f.p, f.b, "k < 3"), "id"), "x"),
                     *y = plans_alias(&f.p, plans_project(&f.p, plans_filter(&f.p, f.b, "k < 5"), "id"), "y"),
                     *z = plans_alias(&f.p, plans_project(&f.p, plans_filter(&f.p, f.b, "k < 3"), "id"), "z");
    const char *text = plans_text(&f.p, plans_optimize(&f.p, plans_join(&f.p, x, y, BRASA_JOIN_INNER, "x.id = y.id"), 1));
    assert_text_has(text, "where k < 3\n");
    assert_text_has(text, "where k < 5\n");
    const brasa_node *n = plans_optimize(&f.p, plans_join(&f.p, x, z, BRASA_JOIN_INNER, "x.id = z.id"), 1);
    assert_ptr_equal(n->inputs[0], n->inputs[1]);
}

static void shared_nodes_stay_shared_and_get_all_that_is_needed(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *g = plans_group(&f.p, f.a, "k", "sum(x) as sx, max(s) as ms, min(d) as md");
    const brasa_node *x = plans_alias(&f.p, plans_filter(&f.p, g, "k > 1"), "x"),
                     *y = plans_alias(&f.p, plans_filter(&f.p, g, "k < 9"), "y");
    const brasa_node *n =
        plans_optimize(&f.p, plans_project(&f.p, plans_join(&f.p, x, y, BRASA_JOIN_INNER, "x.sx = y.sx"), "x.k, y.ms"), 1);
    const char *text = plans_text(&f.p, n);
    assert_text_has(text, "Aggregate by k: sum(x), max(s)\n");
    const brasa_node *sides[2];
    for (int32_t i = 0; i < 2; i++) {
        sides[i] = n;
        while (sides[i]->kind != BRASA_NODE_AGGREGATE) sides[i] = sides[i]->inputs[sides[i]->kind == BRASA_NODE_JOIN ? i : 0];
    }
    assert_ptr_equal(sides[0], sides[1]);
}

static void unused_columns_are_not_read(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_becomes(&f, plans_group(&f.p, plans_join(&f.p, f.a, f.b, BRASA_JOIN_INNER, "a.id = b.id"), NULL, "count(*) as n"),
                   "Aggregate count(*)\n  Join Inner on id = id\n    Scan a [id]\n    Scan b [id]\n");
    const brasa_node *w = plans_window(&f.p, f.a, "row_number()", "k", "d", "r");
    assert_becomes(&f, plans_project(&f.p, w, "s"), "Scan a [s]\n");
}

static void unused_columns_of_a_cache_are_left_out(void **state)
{
    fixture           f;
    const brasa_node *n;

    fixture_init(&f, state);
    assert_ok(brasa__plan_cached(&f.p.b, f.a->schema, &(int64_t) {9}, 1, 3, 1000, 1 << 20, &n, &f.p.err), f.p.err);
    n = plans_optimize(&f.p, plans_project(&f.p, plans_filter(&f.p, n, "k = 1"), "s"), 1);
    while (n->kind != BRASA_NODE_CACHED) n = n->inputs[0];
    assert_int_equal(n->schema.ncols, 2);
    assert_int_equal(n->u.cached.cols[0], 1);
    assert_int_equal(n->u.cached.cols[1], 3);
}

static void long_chains_become_one_node(void **state)
{
    fixture           f;
    const brasa_node *n;

    fixture_init(&f, state);
    n = f.c;
    for (int32_t i = 0; i < 500; i++) {
        const char *name = brasa__arena_printf(f.p.b.arena, "x%d", (int)i);
        assert_ok(brasa__plan_with_column(&f.p.b, n, name, plans_expr(&f.p, "k + id"), &n, &f.p.err), f.p.err);
        n = plans_filter(&f.p, n, brasa__arena_printf(f.p.b.arena, "k <> %d", (int)i));
    }
    n = plans_optimize(&f.p, n, 1);
    assert_int_equal(n->kind, BRASA_NODE_PROJECT);
    assert_int_equal(n->inputs[0]->kind, BRASA_NODE_FILTER);
    assert_int_equal(n->inputs[0]->u.filter.test->nargs, 500);
    assert_int_equal(n->inputs[0]->inputs[0]->kind, BRASA_NODE_SCAN);
}

static void squares_of_squares_are_not_written_out(void **state)
{
    fixture           f;
    const brasa_node *n;

    fixture_init(&f, state);
    n = f.c;
    for (int32_t i = 0; i < 60; i++)
        assert_ok(brasa__plan_with_column(&f.p.b, n, "u", plans_expr(&f.p, "u * u + u"), &n, &f.p.err), f.p.err);
    const brasa_node *x = plans_optimize(&f.p, plans_filter(&f.p, n, "k > 3 and u > 1"), 1);
    while (x->kind == BRASA_NODE_PROJECT || x->kind == BRASA_NODE_FILTER) x = x->inputs[0];
    assert_int_equal(x->kind, BRASA_NODE_SCAN);
    /* under joins, too */
    x = plans_join(&f.p, plans_join(&f.p, f.a, f.b, BRASA_JOIN_INNER, "a.id = b.id"), f.c, BRASA_JOIN_INNER, "a.k = c.k");
    for (int32_t i = 0; i < 60; i++)
        assert_ok(brasa__plan_with_column(&f.p.b, x, "u", plans_expr(&f.p, "u * u + u"), &x, &f.p.err), f.p.err);
    assert_non_null(plans_optimize(&f.p, plans_filter(&f.p, x, "u > 1 and t = 'x'"), 1));
}

static void every_pass_can_be_off(void **state)
{
    fixture     f;
    unit_state *u = *state;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, plans_join(&f.p, f.a, f.b, BRASA_JOIN_CROSS, NULL), f.c, BRASA_JOIN_LEFT, "c.id = a.id");
    n = plans_filter(&f.p, n, "a.id = b.id and b.k = 3 + 4 and u > 0.5");
    n = plans_limit(&f.p, plans_sort(&f.p, plans_group(&f.p, n, "t", "count(distinct x) as n, sum(u) / count(*) as m"), "n desc"), 5, 0);
    for (int32_t i = 0; brasa__opt_pass_name(i); i++) {
        assert_ok(brasa__config_set(u->ctx->config, "disable-passes", brasa__opt_pass_name(i), &u->err), u->err);
        for (int32_t w = 1; w <= 3; w += 2) assert_non_null(plans_optimize(&f.p, n, w));
    }
    assert_ok(brasa__config_set(u->ctx->config, "disable-passes", "all", &u->err), u->err);
    assert_string_equal(plans_text(&f.p, plans_optimize(&f.p, n, 1)), plans_text(&f.p, n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(constants_are_folded),
        unit_case(filters_go_through_everything_above_a_scan),
        unit_case(filters_stay_above_limits_samples_and_sums),
        unit_case(cross_join_gets_keys_and_what_is_known_of_one_side),
        unit_case(outer_join_becomes_inner_under_a_filter_on_its_padded_side),
        unit_case(conditions_of_outer_joins_go_only_where_they_may),
        unit_case(left_joins_without_matches_become_anti_joins),
        unit_case(what_all_users_of_a_shared_plan_want_goes_into_it),
        unit_case(queries_of_with_are_computed_once_or_inlined_by_cost),
        unit_case(marks_that_are_filtered_become_semi_and_anti_joins),
        unit_case(common_parts_of_an_or_come_out),
        unit_case(what_is_false_gives_no_rows),
        unit_case(limit_over_sort_is_top_n),
        unit_case(sorts_that_nobody_sees_are_dropped),
        unit_case(limits_reach_the_branches_of_a_union),
        unit_case(joins_are_ordered_by_size),
        unit_case(outer_and_semi_joins_move_among_inner_joins),
        unit_case(outer_joins_under_a_join_that_drops_their_nulls_are_inner),
        unit_case(equal_keys_through_a_third_table_connect),
        unit_case(count_distinct_is_two_aggregates),
        unit_case(aggregates_go_below_joins_where_groups_are_few),
        unit_case(group_keys_that_others_decide_are_none),
        unit_case(the_smaller_side_is_built),
        unit_case(scan_tests_are_of_the_columns_own_types),
        unit_case(equal_sub_plans_are_one),
        unit_case(scans_that_skip_other_chunks_are_not_one),
        unit_case(shared_nodes_stay_shared_and_get_all_that_is_needed),
        unit_case(unused_columns_are_not_read),
        unit_case(unused_columns_of_a_cache_are_left_out),
        unit_case(long_chains_become_one_node),
        unit_case(squares_of_squares_are_not_written_out),
        unit_case(every_pass_can_be_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
