/* results.c -- actions: values, raw arrays, Arrow, batches in a stream, describe, settings. */
#include <stdio.h>
#include <string.h>

#include "frames.h"

static void check_values(frames *t)
{
    brasa_result *r = NULL;

    is_true(t, brasa_collect(brasa_sort(frames_sales(t), "id"), &r) == BRASA_OK);
    if (r == NULL) return;
    brasa_value amount = brasa_result_value(r, 1, 4), name = brasa_result_value(r, 2, 2), none = brasa_result_value(r, 7, 1);
    is_true(t, brasa_result_rows(r) == 8 && brasa_result_schema(r).ncols == 6);
    is_true(t, !amount.null && amount.u.i == 2050 && amount.type.scale == 2);
    is_true(t, name.u.s.n == 27 && memcmp(name.u.s.p, "Caio, the one of many words", 27) == 0);
    is_true(t,
            brasa_result_value(r, brasa_result_rows(r), 0).null && brasa_result_value(r, -1, 0).null && brasa_result_value(r, 0, 99).null);
    is_true(t, brasa_result_batch(r, brasa_result_batches(r)) == NULL && brasa_result_batch(r, -1) == NULL);
    is_true(t, none.null && brasa_result_value(r, 0, 5).u.i == 19753);
    int64_t rows = 0, sum = 0;
    for (int32_t b = 0; b < brasa_result_batches(r); b++) {
        const brasa_batch *batch = brasa_result_batch(r, b);
        const int64_t     *id = batch->cols[0].values;
        is_true(t, batch->cols[0].encoding == BRASA_FLAT && batch->sel == NULL && batch->ncols == 6);
        for (int32_t i = 0; i < batch->rows; i++) sum += id[i];
        rows += batch->rows;
    }
    is_true(t, rows == 8 && sum == 36);
    brasa_result_free(r);
    is_true(t, brasa_collect(brasa_range(t->s, 0, 0, 1), &r) == BRASA_OK && brasa_result_rows(r) == 0);
    brasa_result_free(r);
}

/* Sum of id over arrays that outlive their result. */
static void check_arrow(frames *t)
{
    brasa_result      *r = NULL;
    struct ArrowSchema schema;
    struct ArrowArray  a, beyond;
    int64_t            rows = 0, sum = 0, text = 0;

    is_true(t, brasa_collect(frames_sales(t), &r) == BRASA_OK);
    if (r == NULL) return;
    is_true(t, brasa_result_arrow_schema(r, &schema) == BRASA_OK);
    is_true(t, strcmp(schema.format, "+s") == 0 && schema.n_children == 6);
    is_true(t, strcmp(schema.children[0]->format, "l") == 0 && strcmp(schema.children[0]->name, "id") == 0);
    is_true(t, strcmp(schema.children[2]->format, "u") == 0 && strcmp(schema.children[4]->format, "d:10,2") == 0);
    schema.release(&schema);
    int32_t n = brasa_result_batches(r);
    for (int32_t b = 0; b < n; b++) {
        is_true(t, brasa_result_arrow(r, b, &a) == BRASA_OK);
        if (b == n - 1) brasa_result_free(r);
        const int64_t *id = (const int64_t *)a.children[0]->buffers[1] + a.children[0]->offset;
        const int32_t *ends = (const int32_t *)a.children[2]->buffers[1] + a.children[2]->offset;
        for (int64_t i = 0; i < a.length; i++) sum += id[i];
        text += ends[a.length] - ends[0];
        rows += a.length;
        a.release(&a);
    }
    is_true(t, rows == 8 && sum == 36 && text == 3 + 3 + 27 + 4 + 3 + 3);
    is_true(t, brasa_collect(brasa_range(t->s, 0, 1, 1), &r) == BRASA_OK);
    is_true(t, brasa_result_arrow(r, 7, &beyond) == BRASA_INVALID && beyond.release == NULL);
    brasa_error_clear(t->s);
    brasa_result_free(r);
}

typedef struct streamed {
    int64_t rows, next, stop_at;
    bool    ordered;
} streamed;

static int take(void *arg, const brasa_batch *batch)
{
    streamed      *s = arg;
    const int64_t *v = batch->cols[0].values;

    for (int32_t i = 0; i < batch->rows; i++) s->ordered = s->ordered && v[i] == s->next++;
    s->rows += batch->rows;
    return s->stop_at > 0 && s->rows >= s->stop_at;
}

static void check_stream(frames *t)
{
    brasa_frame *f = brasa_range(t->s, 0, 100000, 1);
    streamed     all = {.ordered = true}, some = {.ordered = true, .stop_at = 1000};

    if (t->spread) f = brasa_sort(brasa_repartition(f, 9), "id");
    is_true(t, brasa_foreach_batch(f, take, &all) == BRASA_OK);
    is_true(t, all.rows == 100000 && all.ordered);
    is_true(t, brasa_foreach_batch(f, take, &some) == BRASA_CANCELLED);
    is_true(t, some.rows >= 1000 && some.rows < 100000 && some.ordered);
    brasa_error_clear(t->s);
    counts(t, f, 100000);
}

static void check_describe(frames *t)
{
    rows_are(
        t, brasa_select(brasa_describe(frames_sales(t)), "summary, id, k, name"),
        "count|8|6|6\nnulls|0|2|2\nmean|4.5|1.6666666666666667|NULL\nstddev|2.449489742783178|0.816496580927726|NULL\nmin|1|1|Ana\nmax|8|3|Dora\n");
}

static void check_settings(frames *t)
{
    is_true(t, brasa_set(t->s, "shuffle-partitions", "5") == BRASA_OK && strcmp(brasa_get(t->s, "shuffle-partitions"), "5") == 0);
    rows_are_some_order(t, brasa_aggregate(frames_sales(t), "k", "count(*)"), "1|3\n2|2\n3|1\nNULL|2\n");
    is_true(t, brasa_set(t->s, "shuffle-partitions", "0") == BRASA_OK);
    is_true(t, brasa_set(t->s, "shuffel-partitions", "5") == BRASA_INVALID);
    is_true(t, strstr(brasa_last_error(t->s)->text, "shuffle-partitions") != NULL);
    brasa_error_clear(t->s);
    is_true(t, brasa_set(t->s, "threads", "many") == BRASA_INVALID);
    brasa_error_clear(t->s);
    is_true(t, brasa_get(t->s, "no-such") == NULL && brasa_version()[0] != '\0');
}

/* A scope's frames end with it, views and caches too; frames from outside go on. */
static void check_scopes(frames *t)
{
    brasa_frame *outside = brasa_range(t->s, 0, 100, 1);

    for (int i = 0; i < 20; i++) {
        brasa_scope_begin(t->s);
        brasa_frame *f = brasa_persist(brasa_filter(outside, "id % 20 = ?", BRASA_I64(i)));
        brasa_view(f, "inner");
        counts(t, brasa_table(t->s, "inner"), 5);
        brasa_scope_end(t->s);
    }
    fails_with(t, brasa_table(t->s, "inner"), BRASA_NOT_FOUND, "inner");
    counts(t, outside, 100);
}

/* A view takes the place of a session table of its name, and a ROLLBACK brings the table back. */
static void check_view_of_a_table(frames *t)
{
    counts(t, brasa_sql(t->s, "CREATE TABLE held(a INT)"), 0);
    counts(t, brasa_sql(t->s, "INSERT INTO held VALUES (1), (2)"), 0);
    counts(t, brasa_sql(t->s, "BEGIN"), 0);
    brasa_view(brasa_range(t->s, 0, 5, 1), "held");
    counts(t, brasa_table(t->s, "held"), 5);
    counts(t, brasa_sql(t->s, "SELECT * FROM held"), 5);
    counts(t, brasa_sql(t->s, "ROLLBACK"), 0);
    counts(t, brasa_table(t->s, "held"), 2);
    counts(t, brasa_sql(t->s, "SELECT * FROM held WHERE a > 1"), 1);
    fails_with(t, brasa_table(t->s, "no_such_table"), BRASA_NOT_FOUND, "no_such_table");
    counts(t, brasa_sql(t->s, "DROP TABLE held"), 0);
}

/* A frame reads the rows that the table had when it was made; once they are gone it says so. */
static void check_frame_of_a_table(frames *t)
{
    counts(t, brasa_sql(t->s, "CREATE TABLE moved(a INT)"), 0);
    counts(t, brasa_sql(t->s, "INSERT INTO moved VALUES (1), (2)"), 0);
    brasa_frame *f = brasa_sql(t->s, "SELECT a + 1 AS b FROM moved"), *kept = brasa_persist(brasa_sql(t->s, "SELECT a FROM moved"));

    counts(t, brasa_sql(t->s, "INSERT INTO moved VALUES (3)"), 0);
    counts(t, f, 2);
    counts(t, brasa_sql(t->s, "UPDATE moved SET a = a + 10"), 0);
    fails_with(t, f, BRASA_NOT_FOUND, "changed or dropped", "make the frame anew");
    rows_are_some_order(t, kept, "1\n2\n");
    rows_are_some_order(t, brasa_table(t->s, "moved"), "11\n12\n13\n");
    counts(t, brasa_sql(t->s, "DROP TABLE moved"), 0);
    rows_are_some_order(t, kept, "1\n2\n");
}

void frames_check_results(frames *t)
{
    check_values(t);
    check_arrow(t);
    check_stream(t);
    check_describe(t);
    check_settings(t);
    check_scopes(t);
    check_view_of_a_table(t);
    check_frame_of_a_table(t);
}
