/* test_tpch_shapes.c -- plans of TPC-H's shapes over described tables of scale factor 1. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
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

static void show(tpch *t, const brasa_node *n)
{
    const brasa_node *now = plans_optimize(&t->p, n, 1);

    puts(plans_text(&t->p, n));
    puts(plans_text(&t->p, now));
    puts(plans_stages(&t->p, now, 1));
    now = plans_optimize(&t->p, n, 4);
    puts(plans_stages(&t->p, now, 4));
}

static void q5_is_ordered(void **state)
{
    unit_state *u = *state;
    tpch        t;

    tpch_init(&t, u->arena);
    show(&t, q5(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(q5_is_ordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
