/* order.c -- sorting, limits, samples, partitions, caches, lists. */
#include "frames.h"

static void check_sorts(frames *t)
{
    brasa_frame *f = frames_sales(t);

    rows_are(t, brasa_select(brasa_sort(f, "k, id"), "k, id"), "NULL|4\nNULL|8\n1|1\n1|3\n1|7\n2|2\n2|6\n3|5\n");
    rows_are(t, brasa_select(brasa_sort(f, "k NULLS LAST, id DESC"), "k, id"), "1|7\n1|3\n1|1\n2|6\n2|2\n3|5\nNULL|8\nNULL|4\n");
    rows_are(t, brasa_select(brasa_sort(f, "k DESC, id"), "k, id"), "3|5\n2|2\n2|6\n1|1\n1|3\n1|7\nNULL|4\nNULL|8\n");
    rows_are(t, brasa_select(brasa_sort(f, "k DESC NULLS FIRST, id"), "id"), "4\n8\n5\n2\n6\n1\n3\n7\n");
    rows_are(t, brasa_select(brasa_sort(f, "day DESC, x, id"), "id"), "2\n6\n1\n4\n3\n8\n5\n7\n");
    rows_are(t, brasa_select(brasa_sort(f, "abs(amount), id"), "amount"), "NULL\nNULL\n0.01\n-1.00\n10.00\n20.50\n30.25\n99999.99\n");
    rows_are(t, brasa_select(brasa_sort(f, "name, id"), "name"), "NULL\nNULL\nAna\nAna\nBia\nBia\nCaio, the one of many words\nDora\n");
    counts(t, brasa_sort(brasa_filter(f, "false"), "id"), 0);
    /* total across partitions: rank of a row is its value */
    brasa_frame *big = brasa_select(brasa_range(t->s, 0, 50000, 1), "(id * 7919) % 50000 AS v, concat('s', CAST(id AS STRING)) AS s");
    if (t->spread) big = brasa_repartition(big, 7);
    big = brasa_sort(big, "v");
    rows_are(t, brasa_limit(big, 3, 31000), "31000|s49000\n31001|s16679\n31002|s34358\n");
    rows_are(t, brasa_limit(brasa_select(big, "v"), 2, 49999), "49999\n");
}

static void check_limits(frames *t)
{
    brasa_frame *f = brasa_sort(brasa_select(frames_sales(t), "id"), "id DESC");

    rows_are(t, brasa_limit(f, 3, 0), "8\n7\n6\n");
    rows_are(t, brasa_limit(f, 2, 5), "3\n2\n");
    rows_are(t, brasa_limit(f, -1, 6), "2\n1\n");
    counts(t, brasa_limit(f, 0, 0), 0);
    counts(t, brasa_limit(f, 5, 8), 0);
    counts(t, brasa_limit(brasa_range(t->s, 0, 1000000, 1), 12345, 17), 12345);
    rows_are(t, brasa_limit(brasa_limit(f, 5, 1), 2, 1), "6\n5\n");
}

static void check_samples(frames *t)
{
    brasa_frame *f = brasa_range(t->s, 0, 10000, 1);
    int64_t      a = 0, b = 0, all = 0, none = 1;

    is_true(t, brasa_count(brasa_sample(f, 0.25, 42), &a) == BRASA_OK && a > 2200 && a < 2800);
    is_true(t, brasa_count(brasa_sample(f, 0.25, 42), &b) == BRASA_OK && a == b);
    is_true(t, brasa_count(brasa_sample(f, 1, 7), &all) == BRASA_OK && all == 10000);
    is_true(t, brasa_count(brasa_sample(f, 0, 7), &none) == BRASA_OK && none == 0);
    counts(t, brasa_except(brasa_sample(f, 0.3, 1), brasa_sample(f, 0.3, 1), true), 0);
}

static void check_partitions(frames *t)
{
    brasa_frame *f = brasa_select(brasa_range(t->s, 0, 1000, 1), "id, id % 10 AS k");
    const char  *sums = "0|49500\n1|49600\n2|49700\n3|49800\n4|49900\n5|50000\n6|50100\n7|50200\n8|50300\n9|50400\n";

    counts(t, brasa_repartition(f, 1), 1000);
    counts(t, brasa_repartition(f, 13), 1000);
    counts(t, brasa_repartition(f, 0), 1000);
    rows_are_some_order(t, brasa_aggregate(brasa_repartition(f, 4, .hash = "k"), "k", "sum(id)"), sums);
    rows_are_some_order(t, brasa_aggregate(brasa_repartition(f, 5, .hash = "k, id % 2"), "k", "sum(id)"), sums);
    rows_are_some_order(t, brasa_aggregate(brasa_repartition(f, 6, .range = "id DESC"), "k", "sum(id)"), sums);
    rows_are(t, brasa_limit(brasa_sort(brasa_repartition(f, 3, .range = "k, id"), "id"), 2, 500), "500|0\n501|1\n");
    counts(t, brasa_repartition(brasa_filter(f, "false"), 9, .hash = "k"), 0);
}

static void check_caches(frames *t)
{
    brasa_frame *f = brasa_select(brasa_range(t->s, 0, 5000, 1), "id, id % 7 AS k, concat('word number ', CAST(id AS STRING)) AS w");
    brasa_frame *cached = brasa_cache(f), *kept = brasa_persist(brasa_filter(f, "k = 3"));

    for (int i = 0; i < 2; i++) {
        counts(t, cached, 5000);
        counts(t, brasa_filter(cached, "k = 0"), 715);
        rows_are_some_order(t, brasa_aggregate(kept, "k", "count(*), min(w)"), "3|714|word number 10\n");
        rows_are(t, brasa_select(brasa_filter(cached, "id = 4321"), "w"), "word number 4321\n");
    }
    is_true(t, brasa_unpersist(kept) == BRASA_OK);
    is_true(t, brasa_unpersist(cached) == BRASA_OK);
    counts(t, kept, 714);
    counts(t, brasa_persist(brasa_filter(f, "false")), 0);
    counts(t, brasa_join(cached, kept, NULL, .using_columns = "id"), 714);
}

static void check_lists(frames *t)
{
    brasa_frame *f = frames_table(t, "id INT;words STRING", "1|a b c\n2|\n3|d\n");

    f = brasa_select(f, "id, split(words, ' ') AS l");
    rows_are_some_order(t, brasa_select(brasa_explode(f, "l", "w"), "id, w"), "1|a\n1|b\n1|c\n3|d\n");
    rows_are_some_order(t, brasa_select(brasa_explode(f, "l", "w", .position = "i"), "id, i, w"), "1|0|a\n1|1|b\n1|2|c\n3|0|d\n");
    rows_are_some_order(t, brasa_select(brasa_explode(f, "l", "w", .outer = true, .position = "i"), "id, i, w"),
                        "1|0|a\n1|1|b\n1|2|c\n2|NULL|NULL\n3|0|d\n");
    rows_are_some_order(t, brasa_select(brasa_explode(f, "array(id, id + 1)", "v"), "id, v"), "1|1\n1|2\n2|2\n2|3\n3|3\n3|4\n");
}

void frames_check_order(frames *t)
{
    check_sorts(t);
    check_limits(t);
    check_samples(t);
    check_partitions(t);
    check_caches(t);
    check_lists(t);
}
