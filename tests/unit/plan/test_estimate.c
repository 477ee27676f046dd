/* test_estimate.c -- how many rows are expected, where the truth is known. */
#include <math.h>
#include <string.h>

#include "data/value.h"
#include "plan/estimate.h"
#include "plans.h"
#include "unit.h"

typedef struct fixture {
    plans             p;
    const brasa_node *facts, *days, *items;
    brasa_table      *tdays, *titems;
} fixture;

/* A million facts of three years; a calendar of two centuries; a thousand items. */
static void fixture_init(fixture *f, void **state)
{
    unit_state  *u = *state;
    brasa_table *facts;

    plans_init(&f->p, u->arena);
    facts = plans_table(&f->p, "day BIGINT, item BIGINT, qty INT", 1000000, 10);
    f->tdays = plans_table(&f->p, "day BIGINT, year INT, month INT", 73000, 1);
    f->titems = plans_table(&f->p, "item BIGINT, price INT, name STRING, class STRING", 1000, 1);
    plans_stats(facts, "day", 1095, 36000, 37094);
    plans_stats(facts, "item", 1000, 1, 1000);
    plans_stats(facts, "qty", 100, 1, 100);
    plans_stats(f->tdays, "day", 73000, 1, 73000);
    plans_stats(f->tdays, "year", 200, 1900, 2099);
    plans_stats(f->tdays, "month", 12, 1, 12);
    plans_stats(f->titems, "item", 970, 1, 1000); /* counted by a sketch */
    plans_stats(f->titems, "price", 100, 1, 1000);
    f->facts = plans_scan(&f->p, facts, "facts");
    f->days = plans_scan(&f->p, f->tdays, "days");
    f->items = plans_scan(&f->p, f->titems, "items");
}

static const brasa_node_estimate *estimate(fixture *f, const brasa_node *n)
{
    return brasa__estimate(brasa__estimator_new(f->p.b.arena), n);
}

static void assert_rows(fixture *f, const brasa_node *n, double want, double factor)
{
    double rows = estimate(f, n)->rows;

    if (rows > want * factor || rows < want / factor) fail_msg("about %.0f rows, not %.0f:\n%s", rows, want, plans_text(&f->p, n));
}

static void facts_of_a_year_are_a_third_of_three_years(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *year = plans_filter(&f.p, f.days, "year = 2000");
    assert_rows(&f, plans_join(&f.p, f.facts, year, BRASA_JOIN_INNER, "facts.day = days.day"), 333000, 1.1);
    assert_rows(&f, plans_join(&f.p, f.facts, f.days, BRASA_JOIN_INNER, "facts.day = days.day"), 1000000, 1.1);
    assert_rows(&f, plans_join(&f.p, f.facts, year, BRASA_JOIN_SEMI, "facts.day = days.day"), 333000, 1.1);
    assert_rows(&f, plans_join(&f.p, f.facts, year, BRASA_JOIN_ANTI, "facts.day = days.day"), 667000, 1.1);
    assert_rows(&f, plans_join(&f.p, f.days, f.facts, BRASA_JOIN_SEMI, "days.day = facts.day"), 1095, 1.1);
}

static void conditions_on_the_keys_themselves_count_on_both_sides(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *a = plans_filter(&f.p, f.facts, "item = 7"), *b = plans_filter(&f.p, f.items, "item = 7");
    assert_rows(&f, plans_join(&f.p, a, b, BRASA_JOIN_INNER, "facts.item = items.item"), 1000, 1.1);
    a = plans_filter(&f.p, f.facts, "item <= 100"), b = plans_filter(&f.p, f.items, "item <= 100");
    assert_rows(&f, plans_join(&f.p, a, b, BRASA_JOIN_INNER, "facts.item = items.item"), 100000, 1.2);
}

static void two_bounds_are_a_range(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_rows(&f, plans_filter(&f.p, f.facts, "day >= 36100 and day < 36200"), 91300, 1.1);
    assert_rows(&f, plans_filter(&f.p, f.facts, "day >= 36100 and day < 36200 and qty <= 10"), 12000, 2);
    assert_rows(&f, plans_filter(&f.p, f.facts, "day > 50000"), 1, 1);
}

static void groups_of_one_table_are_no_more_than_its_rows(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *few = plans_filter(&f.p, f.items, "price = 5");
    const brasa_node *n = plans_join(&f.p, f.facts, few, BRASA_JOIN_INNER, "facts.item = items.item");
    assert_rows(&f, n, 10000, 1.3);
    assert_rows(&f, plans_group(&f.p, n, "items.item, items.name, items.class", "sum(qty) as q"), 10, 1.5);
}

static void left_joins_know_what_they_pad(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *some = plans_filter(&f.p, f.items, "price <= 100");
    const brasa_node *n = plans_join(&f.p, f.facts, some, BRASA_JOIN_LEFT, "facts.item = items.item");
    assert_rows(&f, n, 1000000, 1.05);
    assert_rows(&f, plans_filter(&f.p, n, "items.name is null"), 900000, 1.1);
}

static void counts_of_groups_are_near_their_mean(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_group(&f.p, f.facts, "item", "count(*) as n"); /* 1000 groups of 1000 */
    assert_rows(&f, plans_filter(&f.p, n, "n > 20000"), 1, 1.01);
    assert_rows(&f, plans_filter(&f.p, n, "n > 1000"), 370, 1.5);
    assert_rows(&f, plans_filter(&f.p, n, "n >= 1"), 1000, 1.05);
}

static const brasa_histogram *histogram_of(fixture *f, int64_t (*value)(int64_t i), int64_t n)
{
    brasa_value *v = BRASA_NEWS(f->p.b.arena, brasa_value, n);

    for (int64_t i = 0; i < n; i++) v[i] = i % 10 == 9 ? brasa_value_null() : brasa_value_i32((int32_t)value(i));
    return brasa__histogram_of(f->p.b.arena, v, n, 50);
}

static int64_t skewed(int64_t i)
{
    return i % 2 == 0 ? 3 : 1 + (i * i) % 1000; /* half of them 3, the others small more often */
}

static void histograms_know_skew(void **state)
{
    fixture                f;
    const brasa_histogram *h;

    fixture_init(&f, state);
    h = histogram_of(&f, skewed, 4000);
    assert_non_null(h);
    for (int32_t i = 1; i <= h->steps; i++) assert_true(h->bounds[i - 1] <= h->bounds[i]);
    f.titems->stats[1].histogram = h;
    assert_rows(&f, plans_filter(&f.p, f.items, "price = 3"), 550, 1.2);
    assert_rows(&f, plans_filter(&f.p, f.items, "price = 700"), 10, 4);
    assert_rows(&f, plans_filter(&f.p, f.items, "price <= 3"), 560, 1.2);
    assert_rows(&f, plans_filter(&f.p, f.items, "price > 3"), 440, 1.2);
    assert_null(brasa__histogram_of(f.p.b.arena, NULL, 0, 50));
}

static void strings_have_histograms_too(void **state)
{
    static const char *const WORDS[] = {"apple", "avocado", "banana", "blackberry", "cherry", "cranberry", "date", "elder", "fig", "grape"};
    fixture                  f;
    brasa_value              v[1000];

    fixture_init(&f, state);
    for (int32_t i = 0; i < 1000; i++) v[i] = brasa_value_string(WORDS[i % 10]);
    f.titems->stats[2] = (brasa_column_stats) {.known = true,
                                               .has_range = true,
                                               .min = v[0],
                                               .max = v[9],
                                               .distinct = 10,
                                               .histogram = brasa__histogram_of(f.p.b.arena, v, 1000, 50)};
    assert_rows(&f, plans_filter(&f.p, f.items, "name like 'b%'"), 200, 1.3);
    assert_rows(&f, plans_filter(&f.p, f.items, "name = 'cherry'"), 100, 1.2);
    assert_rows(&f, plans_filter(&f.p, f.items, "name < 'cherry'"), 400, 1.2);
}

static void parts_of_strings_are_rarer_the_longer_they_are(void **state)
{
    fixture     f;
    const char *last = NULL;

    fixture_init(&f, state);
    static const char *const TESTS[] = {"name like '%a%'", "name like '%green%'", "name like '%green%blue%'", "name like 'abc'"};
    double                   before = 1000;
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
        double rows = estimate(&f, plans_filter(&f.p, f.items, TESTS[i]))->rows;
        if (rows >= before) fail_msg("%s: %.1f rows, %s: %.1f", TESTS[i], rows, last, before);
        before = rows;
        last = TESTS[i];
    }
    assert_rows(&f, plans_filter(&f.p, f.items, "name not like '%green%blue%'"), 1000, 1.1);
    assert_rows(&f, plans_filter(&f.p, f.items, "name like '%'"), 1000, 1.01);
}

static void branches_of_a_union_add_their_values(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *u = plans_set(&f.p, BRASA_SET_UNION, true, plans_project(&f.p, f.facts, "item, 1 as kind"),
                                    plans_project(&f.p, f.items, "item, 2 as kind"));
    u = plans_set(&f.p, BRASA_SET_UNION, true, u, plans_project(&f.p, f.facts, "item, 3 as kind"));
    assert_rows(&f, plans_filter(&f.p, u, "kind = 3"), 2001000 / 3.0, 1.1);
    assert_rows(&f, plans_group(&f.p, u, "kind", "count(*) as n"), 3, 1.01);
    assert_rows(&f, plans_group(&f.p, u, "item", "count(*) as n"), 1000, 1.01);
}

static void nulls_go_through_functions(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.facts, plans_filter(&f.p, f.items, "price = 7"), BRASA_JOIN_LEFT, "facts.item = items.item");
    assert_rows(&f, plans_filter(&f.p, n, "price + 1 is null"), 990000, 1.02); /* one price of a hundred */
    assert_rows(&f, plans_filter(&f.p, n, "coalesce(price, 1) is not null"), 1000000, 1.02);
}

static void unknown_tables_have_estimates_too(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *t = plans_scan(&f.p, plans_table(&f.p, "a BIGINT, b STRING", 0, 1), "t");
    const brasa_node *n = plans_group(&f.p, plans_join(&f.p, t, f.items, BRASA_JOIN_FULL, "t.a = items.item"), "b", "count(*) as n");
    const brasa_node_estimate *e = estimate(&f, n);
    assert_true(e->rows >= 0 && isfinite(e->rows));
    for (int32_t i = 0; i < n->schema.ncols; i++) assert_true(isfinite(e->cols[i].distinct) && e->cols[i].distinct >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(facts_of_a_year_are_a_third_of_three_years),
        unit_case(conditions_on_the_keys_themselves_count_on_both_sides),
        unit_case(two_bounds_are_a_range),
        unit_case(groups_of_one_table_are_no_more_than_its_rows),
        unit_case(left_joins_know_what_they_pad),
        unit_case(counts_of_groups_are_near_their_mean),
        unit_case(histograms_know_skew),
        unit_case(strings_have_histograms_too),
        unit_case(parts_of_strings_are_rarer_the_longer_they_are),
        unit_case(branches_of_a_union_add_their_values),
        unit_case(nulls_go_through_functions),
        unit_case(unknown_tables_have_estimates_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
