/* given.c -- NULL, frames that failed, other threads and processes, and what is left after the stop: each call answers with an error, none crashes. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "brasa/metrics.h"
#include "brasa/storage.h"
#include "brasa/submit.h"
#include "frames.h"

/* What was made of nothing is inert, and the session says why. */
static void inert(frames *t, const brasa_frame *f, bool told, int line)
{
    const brasa_error *e = brasa_last_error(t->s);

    if (f == NULL || brasa_status_of(f) == BRASA_OK || brasa_schema_of(f).ncols != 0) frames_true(t, false, "inert", __FILE__, line);
    if (told && (e == NULL || e->text[0] == '\0' || e->code == BRASA_INTERNAL)) frames_true(t, false, "told", __FILE__, line);
    brasa_error_clear(t->s);
}

static void refused(frames *t, brasa_status status, bool told, int line)
{
    if (status == BRASA_OK || status == BRASA_INTERNAL) frames_true(t, false, "refused", __FILE__, line);
    if (told && brasa_last_error(t->s) == NULL) frames_true(t, false, "told", __FILE__, line);
    brasa_error_clear(t->s);
}

static int nobody(void *arg, const brasa_batch *batch)
{
    (void)arg;
    return batch == NULL;
}

/* Every call that builds on a frame, given one that cannot be built on; `told`: it is NULL, else it has been told of. */
static void build_on(frames *t, brasa_frame *f, brasa_frame *good, bool told)
{
    brasa_expression *const e[] = {brasa_col(t->s, "id")};

    inert(t, brasa_select(f, "id"), told, __LINE__);
    inert(t, brasa_select_exprs(f, e, 1), told, __LINE__);
    inert(t, brasa_with_column(f, "y", "1"), told, __LINE__);
    inert(t, brasa_with_column_expr(f, "y", e[0]), told, __LINE__);
    inert(t, brasa_rename(f, "id", "y"), told, __LINE__);
    inert(t, brasa_drop(f, "id"), told, __LINE__);
    inert(t, brasa_alias(f, "y"), told, __LINE__);
    inert(t, brasa_filter(f, "id = 1"), told, __LINE__);
    inert(t, brasa_filter_expr(f, e[0]), told, __LINE__);
    inert(t, brasa_join(f, good, "true"), told, __LINE__);
    inert(t, brasa_join(good, f, "true"), told, __LINE__);
    inert(t, brasa_aggregate(f, "id", "count(*)"), told, __LINE__);
    inert(t, brasa_distinct(f), told, __LINE__);
    inert(t, brasa_reduce_by_key(f, "id", "x", "no_such"), told, __LINE__);
    inert(t, brasa_union(f, good, true), told, __LINE__);
    inert(t, brasa_union(good, f, true), told, __LINE__);
    inert(t, brasa_intersect(f, good, true), told, __LINE__);
    inert(t, brasa_except(good, f, false), told, __LINE__);
    inert(t, brasa_sort(f, "id"), told, __LINE__);
    inert(t, brasa_limit(f, 1, 0), told, __LINE__);
    inert(t, brasa_sample(f, 0.5, 1), told, __LINE__);
    inert(t, brasa_repartition(f, 2), told, __LINE__);
    inert(t, brasa_explode(f, "id", "y"), told, __LINE__);
    inert(t, brasa_flat_map(f, "no_such"), told, __LINE__);
    inert(t, brasa_map_partitions(f, "no_such"), told, __LINE__);
    inert(t, brasa_cache(f), told, __LINE__);
    inert(t, brasa_persist(f), told, __LINE__);
    inert(t, brasa_describe(f), told, __LINE__);
}

static void run(frames *t, brasa_frame *f, bool told)
{
    brasa_result    *r = (brasa_result *)t;
    brasa_table_info info;
    int64_t          n = 1;

    refused(t, brasa_view(f, "y"), told, __LINE__);
    refused(t, brasa_unpersist(f), told, __LINE__);
    refused(t, brasa_print_schema(f), told, __LINE__);
    refused(t, brasa_explain(f, BRASA_EXPLAIN_SIMPLE), told, __LINE__);
    refused(t, brasa_show(f, 1), told, __LINE__);
    refused(t, brasa_count(f, &n), told, __LINE__);
    refused(t, brasa_count(f, NULL), told, __LINE__);
    refused(t, brasa_collect(f, &r), told, __LINE__);
    refused(t, brasa_collect(f, NULL), told, __LINE__);
    refused(t, brasa_foreach_batch(f, nobody, NULL), told, __LINE__);
    refused(t, brasa_write(f, "never.h5:/t"), told, __LINE__);
    refused(t, brasa_table_describe(f, &info), told, __LINE__);
    is_true(t, r == NULL && n == 0);
}

/* Texts, arrays and places of results that are NULL. */
static void check_arguments(frames *t)
{
    brasa_frame            *f = frames_sales(t);
    brasa_expression *const none[] = {NULL};
    brasa_site              at = {.file = __FILE__, .line = 1};
    const brasa_value       one[] = {BRASA_I64(1)};

    inert(t, brasa_select(f, NULL), true, __LINE__);
    inert(t, brasa_select_exprs(f, NULL, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, none, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, none, -1), true, __LINE__);
    inert(t, brasa_with_column(f, NULL, "1"), true, __LINE__);
    inert(t, brasa_with_column(f, "y", NULL), true, __LINE__);
    inert(t, brasa_with_column_expr(f, "y", NULL), true, __LINE__);
    inert(t, brasa_with_column_expr(f, NULL, brasa_lit(t->s, one[0])), true, __LINE__);
    inert(t, brasa_rename(f, NULL, "y"), true, __LINE__);
    inert(t, brasa_drop(f, NULL), true, __LINE__);
    inert(t, brasa_alias(f, NULL), true, __LINE__);
    inert(t, brasa_filter_expr(f, NULL), true, __LINE__);
    inert(t, brasa_aggregate(f, NULL, NULL), true, __LINE__);
    inert(t, brasa_reduce_by_key(f, NULL, NULL, NULL), true, __LINE__);
    inert(t, brasa_explode(f, NULL, NULL), true, __LINE__);
    inert(t, brasa_explode(f, "id", NULL), true, __LINE__);
    inert(t, brasa_flat_map(f, NULL), true, __LINE__);
    inert(t, brasa_map_partitions(f, NULL), true, __LINE__);
    inert(t, brasa_values(t->s, NULL, one, 1), true, __LINE__);
    inert(t, brasa_sql(t->s, NULL, BRASA_I64(1)), true, __LINE__);
    inert(t, brasa_join_at(f, f, NULL, NULL, at), true, __LINE__);
    inert(t, brasa_read_at(t->s, NULL, NULL, at), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_col(t->s, NULL)}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_parse(t->s, NULL)}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_call_n(t->s, NULL, NULL, 0)}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_call_n(t->s, "abs", NULL, 1)}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_call_n(t->s, "abs", none, 1)}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_call_n(t->s, "abs", none, -1)}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_cast(NULL, "INT")}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_cast(brasa_col(t->s, "id"), NULL)}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_as(NULL, "y")}, 1), true, __LINE__);
    inert(t, brasa_select_exprs(f, &(brasa_expression *) {brasa_as(brasa_col(t->s, "id"), NULL)}, 1), true, __LINE__);
    refused(t, brasa_view(f, NULL), true, __LINE__);
    refused(t, brasa_count(f, NULL), true, __LINE__);
    refused(t, brasa_collect(f, NULL), true, __LINE__);
    refused(t, brasa_foreach_batch(f, NULL, NULL), true, __LINE__);
    refused(t, brasa_write(f, NULL), true, __LINE__);
    refused(t, brasa_table_describe(f, NULL), true, __LINE__);
    refused(t, brasa_verify(t->s, NULL, NULL, NULL), true, __LINE__);
    refused(t, brasa_set(t->s, NULL, "1"), true, __LINE__);
    refused(t, brasa_set(t->s, "threads", NULL), true, __LINE__);
    refused(t, brasa_udf_state_set(t->s, NULL, NULL, 0), true, __LINE__);
    refused(t, brasa_setting_check(NULL, "1", &(brasa_error) {.code = 0}), false, __LINE__);
    refused(t, brasa_setting_check("threads", NULL, &(brasa_error) {.code = 0}), false, __LINE__);
    /* options have defaults */
    counts(t, brasa_explode_at(brasa_select(f, "array(1, 2) AS l"), "l", "y", NULL, at), 16);
    counts(t, brasa_repartition_at(f, 2, NULL, at), 8);
}

/* Results and values have no session to tell: nothing is in what is not there. */
static void check_nothing(frames *t)
{
    struct ArrowSchema schema;
    struct ArrowArray  array;
    char              *text = brasa_value_text_new(NULL, NULL);

    is_true(t, brasa_result_rows(NULL) == 0 && brasa_result_batches(NULL) == 0 && brasa_result_schema(NULL).ncols == 0);
    is_true(t, brasa_result_batch(NULL, 0) == NULL && brasa_result_value(NULL, 0, 0).null);
    refused(t, brasa_result_arrow_schema(NULL, &schema), true, __LINE__);
    refused(t, brasa_result_arrow(NULL, 0, &array), true, __LINE__);
    brasa_result_print(NULL, stdout);
    brasa_error_clear(t->s);
    brasa_result_free(NULL);
    is_true(t, strcmp(text, "NULL") == 0 && brasa_sql_next(NULL, NULL) == NULL);
    brasa_text_free(text);
    brasa_text_free(NULL);
    is_true(t,
            brasa_value_string(NULL).null && brasa_pass_name(-1) == NULL && brasa_setting_key(-1) == NULL && brasa_setting_doc(-1) == NULL);
    inert(t, brasa_filter(frames_sales(t), "day = ?", BRASA_DATE(NULL)), true, __LINE__);
    inert(t, brasa_filter(frames_sales(t), "day = ?", BRASA_TIMESTAMP(NULL)), true, __LINE__);
    inert(t, brasa_filter(frames_sales(t), "amount = ?", BRASA_DECIMAL(NULL)), true, __LINE__);
}

/* Every call that takes a session, given one that is none.  It is told once: on the session there is, or on standard error. */
static void without_session(frames *t, brasa_session *s)
{
    brasa_value one = BRASA_I64(1);
    int64_t     n, m;

    is_true(t, brasa_status_of(brasa_read(s, "x.csv")) == BRASA_INVALID);
    is_true(t, brasa_status_of(brasa_range(s, 0, 1, 1)) == BRASA_INVALID);
    is_true(t, brasa_status_of(brasa_values(s, "a BIGINT", &one, 1)) == BRASA_INVALID);
    is_true(t, brasa_status_of(brasa_table(s, "x")) == BRASA_INVALID);
    is_true(t, brasa_status_of(brasa_sql(s, "SELECT 1")) == BRASA_INVALID);
    is_true(t, brasa_col(s, "a") != NULL && brasa_lit(s, one) != NULL && brasa_call_n(s, "abs", NULL, 0) != NULL &&
                   brasa_parse(s, "1") != NULL);
    is_true(t, brasa_set(s, "threads", "1") == BRASA_INVALID && brasa_get(s, "threads") == NULL);
    is_true(t, brasa_workers(s) == 0 && brasa_threads(s) == 0 && brasa_metrics(s) == NULL && brasa_last_error(s) == NULL);
    is_true(t, brasa_udf_state_set(s, "x", NULL, 0) == BRASA_INVALID && brasa_verify(s, "x.h5", &n, &m) == BRASA_INVALID);
    brasa_scope_begin(s);
    brasa_scope_end(s);
    brasa_error_clear(s);
    brasa_error_print(s, NULL);
    is_true(t, brasa_stop(s) == 1);
}

/* ---- elsewhere ---- */

typedef struct visit {
    frames      *t;
    brasa_frame *f;
    bool         ok;
} visit;

static void *visit_thread(void *arg)
{
    visit  *v = arg;
    int64_t n = 1;

    v->ok = brasa_count(v->f, &n) == BRASA_INVALID && n == 0 && brasa_status_of(brasa_filter(v->f, "id = 1")) == BRASA_INVALID &&
            brasa_status_of(brasa_sql(v->t->s, "SELECT 1")) == BRASA_INVALID && brasa_set(v->t->s, "threads", "1") == BRASA_INVALID;
    return NULL;
}

static void check_elsewhere(frames *t)
{
    visit     v = {.t = t, .f = frames_sales(t)};
    pthread_t thread;
    int       status;

    if (pthread_create(&thread, NULL, visit_thread, &v) != 0) return;
    pthread_join(thread, NULL);
    is_true(t, v.ok);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        visit_thread(&v);
        _exit(v.ok && brasa_stop(t->s) == 1 ? 0 : 1);
    }
    is_true(t, child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    counts(t, v.f, 8);
}

static void check_again(frames *t)
{
    is_true(t, brasa_start(NULL, NULL) == t->s && brasa_last_error(t->s) != NULL && strstr(brasa_last_error(t->s)->text, "again") != NULL);
    brasa_error_clear(t->s);
}

void frames_check_given(frames *t)
{
    brasa_frame *bad = brasa_table(t->s, "no_such_table");

    brasa_error_clear(t->s);
    build_on(t, NULL, frames_sales(t), true);
    build_on(t, bad, frames_sales(t), false);
    run(t, NULL, true);
    run(t, bad, false);
    check_arguments(t);
    check_nothing(t);
    without_session(t, NULL);
    is_true(t, brasa_last_error(t->s) != NULL && strstr(brasa_last_error(t->s)->text, "session") != NULL);
    brasa_error_clear(t->s);
    brasa_cancel(NULL);
    check_elsewhere(t);
    check_again(t);
}

void frames_check_ended(frames *t, brasa_frame *f)
{
    int64_t n;

    is_true(t, brasa_count(f, &n) == BRASA_INVALID && brasa_status_of(f) == BRASA_INVALID &&
                   brasa_status_of(brasa_sort(f, "id")) == BRASA_INVALID);
    without_session(t, t->s);
}
