/* joins.c -- every kind of join, by both strategies. */
#include "frames.h"

static const char *const STRATEGIES[] = {"broadcast", "partitioned", "auto"};

static void check_kinds(frames *t, const char *how)
{
    brasa_frame *l = brasa_alias(frames_table(t, "id INT;k INT;a STRING", "1|1|one\n2|2|two\n3|2|two too\n4|4|four\n5||none\n"), "l");
    brasa_frame *r = brasa_alias(frames_table(t, "k INT;b INT", "1|10\n2|20\n2|21\n3|30\n|40\n"), "r");

    rows_are_some_order(t, brasa_select(brasa_join(l, r, "l.k = r.k", .strategy = how), "id, b"), "1|10\n2|20\n2|21\n3|20\n3|21\n");
    rows_are_some_order(t, brasa_select(brasa_join(l, r, "l.k = r.k", .how = BRASA_LEFT, .strategy = how), "id, b"),
                        "1|10\n2|20\n2|21\n3|20\n3|21\n4|NULL\n5|NULL\n");
    rows_are_some_order(t, brasa_select(brasa_join(l, r, "l.k = r.k", .how = BRASA_RIGHT, .strategy = how), "id, b"),
                        "1|10\n2|20\n2|21\n3|20\n3|21\nNULL|30\nNULL|40\n");
    rows_are_some_order(
        t, brasa_select(brasa_join(l, r, "l.k = r.k", .how = BRASA_FULL, .strategy = how), "id, b, l.k, r.k AS rk"),
        "1|10|1|1\n2|20|2|2\n2|21|2|2\n3|20|2|2\n3|21|2|2\n4|NULL|4|NULL\n5|NULL|NULL|NULL\nNULL|30|NULL|3\nNULL|40|NULL|NULL\n");
    rows_are_some_order(t, brasa_join(l, r, "l.k = r.k", .how = BRASA_SEMI, .strategy = how), "1|1|one\n2|2|two\n3|2|two too\n");
    rows_are_some_order(t, brasa_join(l, r, "l.k = r.k", .how = BRASA_ANTI, .strategy = how), "4|4|four\n5|NULL|none\n");
    /* with a residual condition */
    rows_are_some_order(t, brasa_select(brasa_join(l, r, "l.k = r.k AND l.id + 18 = r.b", .how = BRASA_LEFT, .strategy = how), "id, b"),
                        "1|NULL\n2|20\n3|21\n4|NULL\n5|NULL\n");
    rows_are_some_order(t, brasa_select(brasa_join(l, r, "l.k = r.k AND r.b > 20", .how = BRASA_FULL, .strategy = how), "id, b"),
                        "1|NULL\n2|21\n3|21\n4|NULL\n5|NULL\nNULL|10\nNULL|20\nNULL|30\nNULL|40\n");
    rows_are_some_order(t, brasa_select(brasa_join(l, r, "l.k = r.k AND r.b > 20", .how = BRASA_ANTI, .strategy = how), "id"), "1\n4\n5\n");
    rows_are_some_order(t, brasa_select(brasa_join(l, r, "l.k IS NOT DISTINCT FROM r.k", .strategy = how), "id, b"),
                        "1|10\n2|20\n2|21\n3|20\n3|21\n5|40\n");
}

static void check_using(frames *t, const char *how)
{
    brasa_frame *l = frames_table(t, "k INT;d STRING;a INT", "1|x|5\n1|y|6\n2|x|7\n"),
                *r = frames_table(t, "d STRING;k INT;b INT", "x|1|50\nx|2|70\nz|9|90\n");

    rows_are_some_order(t, brasa_join(l, r, NULL, .using_columns = "k, d", .strategy = how), "1|x|5|50\n2|x|7|70\n");
    rows_are_some_order(t, brasa_join(l, r, NULL, .using_columns = "k, d", .how = BRASA_FULL, .strategy = how),
                        "1|x|5|50\n1|y|6|NULL\n2|x|7|70\n9|z|NULL|90\n");
    rows_are_some_order(t, brasa_join(l, r, NULL, .using_columns = "k, d", .how = BRASA_RIGHT, .strategy = how),
                        "1|x|5|50\n2|x|7|70\n9|z|NULL|90\n");
}

static void check_without_keys(frames *t)
{
    brasa_frame *l = brasa_alias(frames_table(t, "a INT", "1\n2\n3\n"), "l"), *r = brasa_alias(frames_table(t, "b INT", "2\n3\n"), "r");

    rows_are_some_order(t, brasa_join(l, r, NULL, .how = BRASA_CROSS), "1|2\n1|3\n2|2\n2|3\n3|2\n3|3\n");
    rows_are_some_order(t, brasa_join(l, r, "l.a < r.b"), "1|2\n1|3\n2|3\n");
    rows_are_some_order(t, brasa_join(l, r, "l.a > r.b", .how = BRASA_LEFT), "1|NULL\n2|NULL\n3|2\n");
    rows_are_some_order(t, brasa_join(l, r, "l.a > r.b", .how = BRASA_FULL), "1|NULL\n2|NULL\n3|2\nNULL|3\n");
    counts(t, brasa_join(l, brasa_filter(r, "b > 5"), NULL, .how = BRASA_CROSS), 0);
    counts(t, brasa_join(l, brasa_filter(r, "b > 5"), "l.a = r.b", .how = BRASA_LEFT), 3);
    counts(t, brasa_join(brasa_filter(l, "a > 5"), r, "l.a = r.b", .how = BRASA_RIGHT), 2);
    counts(t, brasa_join(l, brasa_filter(r, "b > 5"), "l.a = r.b", .how = BRASA_ANTI), 3);
    counts(t, brasa_join(l, l, "left.a = right.a"), 3);
}

/* One key in every row, and keys that are almost all different. */
static void check_sizes(frames *t, const char *how)
{
    brasa_frame *same = brasa_select(brasa_range(t->s, 0, 300, 1), "id, 7 AS k"),
                *many = brasa_select(brasa_range(t->s, 0, 30000, 1), "id, id % 29989 AS k");

    if (t->spread) many = brasa_repartition(many, 5);
    counts(t, brasa_join(brasa_alias(same, "l"), brasa_alias(same, "r"), "l.k = r.k", .strategy = how), 90000);
    rows_are(t,
             brasa_aggregate(brasa_join(brasa_alias(many, "l"), brasa_alias(many, "r"), "l.k = r.k", .strategy = how), "",
                             "count(*), sum(l.id + r.id)"),
             "30022|900629978\n");
}

void frames_check_joins(frames *t)
{
    for (int i = 0; i < 3; i++) {
        check_kinds(t, STRATEGIES[i]);
        check_using(t, STRATEGIES[i]);
        check_sizes(t, STRATEGIES[i]);
    }
    check_without_keys(t);
}
