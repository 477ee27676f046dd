/* groups.c -- aggregates, keys that are expressions, groups of many sizes. */
#include "frames.h"

static void check_aggregates(frames *t)
{
    brasa_frame *f = frames_sales(t);

    rows_are_some_order(
        t, brasa_aggregate(f, "k", "count(*) AS n, count(x) AS c, sum(amount) AS s, min(name) AS lo, max(day) AS hi"),
        "1|3|3|100040.24|Ana|2024-01-31\n2|2|2|20.50|Bia|2024-02-29\n3|1|0|NULL|NULL|NULL\nNULL|2|0|-0.99|Dora|2024-01-01\n");
    rows_are(t, brasa_aggregate(f, "", "count(*), count(k), sum(id), avg(id), min(x), max(amount), sum(x)"),
             "8|6|36|4.5|-2.5|99999.99|3.75\n");
    rows_are(t, brasa_aggregate(f, NULL, "count(DISTINCT k), count(DISTINCT name), sum(DISTINCT k), count(DISTINCT k, name)"), "3|4|6|3\n");
    rows_are_some_order(t, brasa_aggregate(f, "k", "count(DISTINCT name), count(DISTINCT day), count(*)"),
                        "1|2|2|3\n2|1|1|2\n3|0|0|1\nNULL|1|2|2\n");
    rows_are(t, brasa_aggregate(brasa_filter(f, "id IN (2, 6)"), "", "stddev(x), stddev_pop(x), variance(x), var_pop(x), avg(amount)"),
             "1.7677669529663689|1.25|3.125|1.5625|20.5\n");
    rows_are(t, brasa_aggregate(brasa_filter(f, "id = 2"), "", "stddev_pop(x), var_pop(x), stddev(x), variance(x)"), "0.0|0.0|NULL|NULL\n");
    rows_are(t, brasa_aggregate(brasa_filter(f, "false"), "", "count(*), sum(id), min(name), avg(x), stddev(x), count(DISTINCT k)"),
             "0|NULL|NULL|NULL|NULL|0\n");
    counts(t, brasa_aggregate(brasa_filter(f, "false"), "k", "count(*)"), 0);
    rows_are(t, brasa_aggregate(f, "", "sum(id) FILTER (WHERE k = 1), count(*) FILTER (WHERE name IS NULL), sum(k + id) * 2 + count(*)"),
             "11|2|76\n");
}

static void check_picks(frames *t)
{
    brasa_frame *f = brasa_sort(brasa_select(frames_sales(t), "id, k, name"), "id");

    rows_are(t, brasa_aggregate(brasa_limit(f, 3, 4), "", "first(id), last(id), first(name)"), "5|7|NULL\n");
    rows_are_some_order(t, brasa_aggregate(brasa_filter(f, "k = 2"), "k", "first(name), last(name)"), "2|Bia|Bia\n");
}

static void check_keys(frames *t)
{
    brasa_frame *f = frames_sales(t);

    rows_are_some_order(t, brasa_aggregate(f, "year(day) AS y", "count(*)"), "2024|4\n2023|1\n1999|1\nNULL|2\n");
    rows_are_some_order(t, brasa_aggregate(f, "id % 2, k IS NULL AS gone", "sum(id)"), "1|false|16\n0|false|8\n0|true|12\n");
    rows_are_some_order(t, brasa_aggregate(f, "CASE WHEN x > 0 THEN 'up' WHEN x < 0 THEN 'down' END AS way", "count(*)"),
                        "up|4\ndown|1\nNULL|3\n");
    rows_are_some_order(t, brasa_aggregate(f, "upper(name) AS n, k + ? AS k10", "count(*)", BRASA_I32(10)),
                        "ANA|11|2\nBIA|12|2\nCAIO, THE ONE OF MANY WORDS|11|1\nDORA|NULL|1\nNULL|13|1\nNULL|NULL|1\n");
    rows_are_some_order(t, brasa_aggregate(f, "id % ? AS r", "sum(id + ?) AS s", BRASA_I64(2), BRASA_I64(100)), "1|416\n0|420\n");
    rows_are_some_order(t, brasa_aggregate(f, "amount", ""), "10.00\n20.50\n30.25\n0.01\nNULL\n99999.99\n-1.00\n");
    rows_are_some_order(t, brasa_filter(brasa_aggregate(f, "k", "count(*) AS n"), "n > 1"), "1|3\n2|2\nNULL|2\n");
    /* -0.0 and 0.0 are one key, and so are all NaN */
    brasa_frame *odd = frames_table(t, "x DOUBLE", "0.0\n-0.0\nNaN\nNaN\n1.0\n");
    counts(t, brasa_distinct(odd), 3);
}

static void check_sizes(frames *t)
{
    brasa_frame *f =
        brasa_select(brasa_range(t->s, 0, 100000, 1), "id, id % 50021 AS k, concat('key ', CAST(id % 1009 AS STRING)) AS w, id / 4 AS x");

    if (t->spread) f = brasa_repartition(f, 6);
    rows_are(t, brasa_aggregate(brasa_aggregate(f, "k", "count(*) AS n, sum(id) AS s"), "", "count(*), sum(n), sum(s), max(n)"),
             "50021|100000|4999950000|2\n");
    rows_are(t, brasa_aggregate(brasa_aggregate(f, "w", "count(*) AS n, sum(x) AS s"), "", "count(*), sum(n), sum(s), max(w)"),
             "1009|100000|1.2499875E9|key 999\n");
    rows_are(t, brasa_aggregate(brasa_aggregate(f, "7 AS seven", "count(DISTINCT k) AS d, count(*) AS n"), "", "max(d), max(n)"),
             "50021|100000\n");
    rows_are(t, brasa_aggregate(f, "", "count(DISTINCT w), count(DISTINCT id)"), "1009|100000\n");
}

void frames_check_groups(frames *t)
{
    check_aggregates(t);
    check_picks(t);
    check_keys(t);
    check_sizes(t);
}
