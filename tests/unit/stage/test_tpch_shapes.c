/* test_tpch_shapes.c -- plans of TPC-H's shapes over described tables of scale factor 1. */
#include <string.h>

#include "plans.h"
#include "unit.h"

typedef struct tpch {
    plans        p;
    brasa_table *lineitem, *orders, *customer, *supplier, *nation, *region, *part, *partsupp;
} tpch;

static void tpch_init(tpch *t, brasa_arena *arena)
{
    plans *p = &t->p;

    plans_init(p, arena);
    t->lineitem = plans_table(
        p,
        "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INT, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), l_discount "
        "DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipmode STRING",
        6001215, 60);
    t->orders = plans_table(
        p,
        "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus STRING, o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority STRING, o_shippriority INT",
        1500000, 15);
    t->customer =
        plans_table(p, "c_custkey BIGINT, c_name STRING, c_nationkey INT, c_acctbal DECIMAL(15,2), c_mktsegment STRING", 150000, 2);
    t->supplier = plans_table(p, "s_suppkey BIGINT, s_name STRING, s_nationkey INT", 10000, 1);
    t->nation = plans_table(p, "n_nationkey INT, n_name STRING, n_regionkey INT", 25, 1);
    t->region = plans_table(p, "r_regionkey INT, r_name STRING", 5, 1);
    t->part = plans_table(p, "p_partkey BIGINT, p_name STRING, p_brand STRING, p_type STRING, p_size INT", 200000, 2);
    t->partsupp = plans_table(p, "ps_partkey BIGINT, ps_suppkey BIGINT, ps_supplycost DECIMAL(15,2)", 800000, 8);
    plans_stats(t->lineitem, "l_orderkey", 1500000, 1, 6000000);
    plans_stats(t->lineitem, "l_partkey", 200000, 1, 200000);
    plans_stats(t->lineitem, "l_suppkey", 10000, 1, 10000);
    plans_stats(t->lineitem, "l_shipdate", 2526, 8036, 10561);
    plans_stats(t->lineitem, "l_returnflag", 3, 1, 0);
    plans_stats(t->lineitem, "l_linestatus", 2, 1, 0);
    plans_stats(t->orders, "o_orderkey", 1500000, 1, 6000000);
    plans_stats(t->orders, "o_custkey", 100000, 1, 150000);
    plans_stats(t->orders, "o_orderdate", 2406, 8035, 10440);
    plans_stats(t->customer, "c_custkey", 150000, 1, 150000);
    plans_stats(t->customer, "c_mktsegment", 5, 1, 0);
    plans_stats(t->customer, "c_nationkey", 25, 0, 24);
    plans_stats(t->supplier, "s_suppkey", 10000, 1, 10000);
    plans_stats(t->supplier, "s_nationkey", 25, 0, 24);
    plans_stats(t->nation, "n_nationkey", 25, 0, 24);
    plans_stats(t->nation, "n_name", 25, 1, 0);
    plans_stats(t->nation, "n_regionkey", 5, 0, 4);
    plans_stats(t->region, "r_regionkey", 5, 0, 4);
    plans_stats(t->region, "r_name", 5, 1, 0);
    plans_stats(t->part, "p_partkey", 200000, 1, 200000);
    plans_stats(t->partsupp, "ps_partkey", 200000, 1, 200000);
    plans_stats(t->partsupp, "ps_suppkey", 10000, 1, 10000);
}

static const brasa_node *cross(plans *p, const brasa_node *a, const brasa_node *b)
{
    return plans_join(p, a, b, BRASA_JOIN_CROSS, NULL);
}

static const brasa_node *q5(tpch *t)
{
    plans            *p = &t->p;
    const brasa_node *n = plans_scan(p, t->customer, "customer");

    n = cross(p, n, plans_scan(p, t->orders, "orders"));
    n = cross(p, n, plans_scan(p, t->lineitem, "lineitem"));
    n = cross(p, n, plans_scan(p, t->supplier, "supplier"));
    n = cross(p, n, plans_scan(p, t->nation, "nation"));
    n = cross(p, n, plans_scan(p, t->region, "region"));
    n = plans_filter(
        p, n,
        "c_custkey = o_custkey and l_orderkey = o_orderkey and l_suppkey = s_suppkey and c_nationkey = s_nationkey and s_nationkey = n_nationkey and n_regionkey = "
        "r_regionkey and r_name = 'ASIA' and o_orderdate >= date '1994-01-01' and o_orderdate < date '1995-01-01'");
    n = plans_group(p, n, "n_name", "sum(l_extendedprice * (1 - l_discount)) as revenue");
    return plans_sort(p, n, "revenue desc");
}

/* Names of scanned tables, in the order of the tree. */
static const char *scans(tpch *t, const brasa_node *n)
{
    brasa_text  out;
    const char *text = plans_text(&t->p, n);

    brasa__text_init(&out, t->p.b.arena);
    for (const char *s = strstr(text, "Scan "); s; s = strstr(s + 1, "Scan ")) {
        brasa__text_add_n(&out, s + 5, strcspn(s + 5, " "));
        brasa__text_add(&out, " ");
    }
    return out.s;
}

static int32_t count(const char *text, const char *part)
{
    int32_t n = 0;

    for (const char *s = strstr(text, part); s; s = strstr(s + 1, part)) n++;
    return n;
}

static void q5_meets_small_tables_first_and_lines_last(void **state)
{
    unit_state *u = *state;
    tpch        t;

    tpch_init(&t, u->arena);
    const brasa_node *n = plans_optimize(&t.p, q5(&t), 1);
    const char       *text = plans_text(&t.p, n), *stages = plans_stages(&t.p, n, 4);
    assert_null(strstr(text, "Cross"));
    assert_string_equal(scans(&t, n), "supplier lineitem orders customer nation region ");
    assert_text_has(text, "Scan lineitem [l_orderkey, l_suppkey, l_extendedprice, l_discount]");
    assert_text_has(text, "where o_orderdate >= 1994-01-01 and o_orderdate < 1995-01-01");
    assert_int_equal(count(stages, "-> broadcast"), 4); /* lines do not move */
    assert_int_equal(count(stages, "aggregate partial"), 1);
}

/* orders whose key is in (lines grouped by order, large ones only), with customer and lines. */
static const brasa_node *q18(tpch *t)
{
    plans            *p = &t->p;
    const brasa_node *large = plans_group(p, plans_scan(p, t->lineitem, "l2"), "l_orderkey as k", "sum(l_quantity) as q"), *n;

    large = plans_alias(p, plans_project(p, plans_filter(p, large, "q > 300"), "k"), "large");
    n = cross(p, cross(p, plans_scan(p, t->customer, "customer"), plans_scan(p, t->orders, "orders")),
              plans_scan(p, t->lineitem, "lineitem"));
    n = plans_join(p, n, large, BRASA_JOIN_SEMI, "o_orderkey = k");
    n = plans_filter(p, n, "c_custkey = o_custkey and o_orderkey = l_orderkey");
    n = plans_group(p, n, "c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice", "sum(l_quantity) as q");
    return plans_limit(p, plans_sort(p, n, "o_totalprice desc, o_orderdate"), 100, 0);
}

static void q18_filters_orders_before_they_meet_anything(void **state)
{
    unit_state *u = *state;
    tpch        t;

    tpch_init(&t, u->arena);
    const brasa_node *n = plans_optimize(&t.p, q18(&t), 1);
    while (n->kind != BRASA_NODE_JOIN || n->u.join.type != BRASA_JOIN_SEMI)
        n = n->inputs[n->ninputs == 2 && strstr(scans(&t, n->inputs[1]), "orders") ? 1 : 0];
    while (n->inputs[0]->kind == BRASA_NODE_PROJECT) n = n->inputs[0];
    assert_int_equal(n->inputs[0]->kind, BRASA_NODE_SCAN);
    assert_string_equal(n->inputs[0]->u.scan.name, "orders");
}

static void q18_is_a_top_n(void **state)
{
    unit_state *u = *state;
    tpch        t;

    tpch_init(&t, u->arena);
    assert_text_has(plans_text(&t.p, plans_optimize(&t.p, q18(&t), 1)), "Sort o_totalprice DESC, o_orderdate first 100\n");
}

static void q21_looks_at_other_lines_only_of_what_is_left(void **state)
{
    unit_state       *u = *state;
    tpch              t;
    const brasa_node *n;

    tpch_init(&t, u->arena);
    plans *p = &t.p;
    n = cross(p, cross(p, plans_scan(p, t.supplier, "s"), plans_scan(p, t.lineitem, "l1")),
              cross(p, plans_scan(p, t.orders, "o"), plans_scan(p, t.nation, "n")));
    n = plans_join(p, n, plans_scan(p, t.lineitem, "l2"), BRASA_JOIN_SEMI,
                   "l1.l_orderkey = l2.l_orderkey and l1.l_suppkey <> l2.l_suppkey");
    n = plans_filter(
        p, n,
        "s_suppkey = l1.l_suppkey and o_orderkey = l1.l_orderkey and o_orderstatus = 'F' and l1.l_receiptdate > l1.l_commitdate and s_nationkey = n_nationkey and n_name = 'X'");
    n = plans_optimize(p, plans_group(p, n, "s_name", "count(*) as c"), 1);
    const char *text = plans_text(p, n), *semi = strstr(text, "Join Semi");
    assert_non_null(semi);
    assert_int_equal(count(semi, "Join Inner"), 3);       /* all joins are below it */
    assert_text_has(semi, "Join Semi (left side built)"); /* few of them */
}

static void q19_finds_its_key_in_every_branch(void **state)
{
    unit_state       *u = *state;
    tpch              t;
    const brasa_node *n;

    tpch_init(&t, u->arena);
    plans *p = &t.p;
    n = cross(p, plans_scan(p, t.lineitem, "lineitem"), plans_scan(p, t.part, "part"));
    n = plans_filter(
        p, n,
        "(p_partkey = l_partkey and p_brand = 'Brand#12' and l_quantity >= 1 and l_quantity <= 11 and l_shipmode in ('AIR', 'AIR REG')) or (p_partkey = l_partkey and p_brand = "
        "'Brand#23' and l_quantity >= 10 and l_quantity <= 20 and l_shipmode in ('AIR', 'AIR REG'))");
    const char *text = plans_text(p, plans_optimize(p, plans_group(p, n, NULL, "sum(l_extendedprice) as s"), 1));
    assert_text_has(text, "on l_partkey = p_partkey if");
    assert_text_has(text, "where l_shipmode IN AIR, AIR REG");
    assert_text_has(text, "where p_brand IN Brand#12, Brand#23");
}

/* n copies of orders in a chain, written as cross joins. */
static void chains_of_any_length_have_no_cross_join(void **state)
{
    unit_state *u = *state;
    tpch        t;

    tpch_init(&t, u->arena);
    for (int32_t length = 2; length <= 30; length += 4) {
        const brasa_node *n = NULL;
        brasa_text        where;
        brasa__text_init(&where, u->arena);
        for (int32_t i = 0; i < length; i++) {
            const brasa_node *one = plans_scan(&t.p, t.orders, brasa__arena_printf(u->arena, "o%d", (int)i));
            n = n ? cross(&t.p, n, one) : one;
            if (i) brasa__text_addf(&where, "%so%d.o_orderkey = o%d.o_custkey", i > 1 ? " and " : "", (int)i - 1, (int)i);
        }
        n = plans_optimize(&t.p, plans_project(&t.p, plans_filter(&t.p, n, where.s), "o0.o_totalprice as x"), 2);
        assert_null(strstr(plans_text(&t.p, n), "Cross"));
        assert_int_equal(count(plans_text(&t.p, n), "Join Inner"), length - 1);
        assert_non_null(plans_stages(&t.p, n, 2));
    }
}

static void ten_thousand_columns_are_planned(void **state)
{
    unit_state *u = *state;
    plans       p;
    brasa_text  schema;

    plans_init(&p, u->arena);
    brasa__text_init(&schema, u->arena);
    for (int32_t i = 0; i < 10000; i++) brasa__text_addf(&schema, "%sc%d INT", i ? ", " : "", (int)i);
    const brasa_node *n = plans_scan(&p, plans_table(&p, schema.s, 1000, 1), "wide");
    n = plans_sort(&p, plans_filter(&p, plans_project(&p, n, "*"), "c9999 > 3 and c5 = 1"), "c77");
    assert_int_equal(plans_optimize(&p, n, 1)->schema.ncols, 10000);
    n = plans_optimize(&p, plans_project(&p, n, "c1, c2"), 1);
    assert_text_has(plans_text(&p, n), "Scan wide [c1, c2, c5, c77, c9999]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(q5_meets_small_tables_first_and_lines_last),
        unit_case(q18_filters_orders_before_they_meet_anything),
        unit_case(q18_is_a_top_n),
        unit_case(q21_looks_at_other_lines_only_of_what_is_left),
        unit_case(q19_finds_its_key_in_every_branch),
        unit_case(chains_of_any_length_have_no_cross_join),
        unit_case(ten_thousand_columns_are_planned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
