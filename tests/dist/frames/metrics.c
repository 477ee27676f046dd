/* metrics.c -- what brasa_metrics says of a job is what the job did, at any number of ranks. */
#include <stdio.h>
#include <string.h>

#include "frames.h"

/* The last operator of that name: of the node's steps the one that gives its rows. */
static const brasa_operator_metrics *operator_named(const brasa_job_metrics *m, const char *name)
{
    const brasa_operator_metrics *found = NULL;

    for (int32_t i = 0; i < m->nstages; i++) {
        for (int32_t k = 0; k < m->stages[i].noperators; k++) {
            if (strcmp(m->stages[i].operators[k].name, name) == 0) found = &m->stages[i].operators[k];
        }
    }
    return found;
}

/* What holds of every job. */
static void check_sums(frames *t, const brasa_job_metrics *m)
{
    int64_t passed = 0;

    for (int32_t i = 0; i < m->nstages; i++) {
        const brasa_stage_metrics *s = &m->stages[i];

        passed += s->ns;
        is_true(t, s->stage == i && s->name[0] != '\0' && s->workers == brasa_workers(t->s) && s->noperators >= 2);
        is_true(t, s->min_ns <= s->max_ns && s->max_ns <= s->ns && s->min_rows <= s->max_rows);
        is_true(t, s->bytes_moved >= 0 && (s->workers > 1 || s->bytes_moved == 0) && s->memory > 0);
        for (int32_t k = 0; k < s->noperators; k++) {
            const brasa_operator_metrics *o = &s->operators[k];

            is_true(t, o->min_rows <= o->max_rows && o->max_rows <= o->rows_out);
            is_true(t, o->memory >= 0 && o->memory <= s->memory);
            is_true(t, o->rows_out <= o->max_rows * s->workers && o->rows_out >= o->min_rows * s->workers);
            is_true(t, k == 0 || o->rows_in == s->operators[k - 1].rows_out);
        }
    }
    is_true(t, passed <= m->ns);
}

static void check_filter(frames *t)
{
    brasa_frame             *f = brasa_filter(brasa_range(t->s, 0, 100000, 1), "id % 10 = 3");
    const brasa_job_metrics *m;
    int64_t                  n;

    counts(t, f, 10000);
    m = brasa_metrics(t->s);
    is_true(t, m != NULL);
    if (m == NULL) return;
    check_sums(t, m);
    is_true(t, strcmp(m->action, "count") == 0 && m->rows == 1);
    const brasa_operator_metrics *filter = operator_named(m, "filter"), *range = operator_named(m, "range");
    is_true(t, filter != NULL && filter->rows_in == 100000 && filter->rows_out == 10000 && filter->node >= 0);
    is_true(t, strcmp(filter->detail, "id % 10L = 3L") == 0);
    is_true(t, range != NULL && range->rows_out == 100000 && range->estimate == 100000 && m->stages[0].tasks >= 1);
    /* the figures are those of the next job from here on */
    is_true(t, brasa_count(brasa_range(t->s, 0, 7, 1), &n) == BRASA_OK && operator_named(brasa_metrics(t->s), "range")->rows_out == 7);
    is_true(t, operator_named(brasa_metrics(t->s), "filter") == NULL);
}

/* Half a million groups of 16 bytes are held by the aggregate, on all workers together, and not by what only looks at rows. */
static void check_memory(frames *t)
{
    brasa_frame *f = brasa_aggregate(brasa_filter(brasa_range(t->s, 0, 1000000, 1), "id >= 0"), "id % 500000 AS k", "count(*) AS n");

    counts(t, f, 500000);
    const brasa_operator_metrics *filter = operator_named(brasa_metrics(t->s), "filter");
    const brasa_job_metrics      *m = brasa_metrics(t->s);
    int64_t                       most = 0;

    for (int32_t i = 0; i < m->nstages; i++) {
        for (int32_t k = 0; k < m->stages[i].noperators; k++) {
            const brasa_operator_metrics *o = &m->stages[i].operators[k];

            if (strcmp(o->name, "aggregate") == 0 && o->memory > most) most = o->memory;
        }
    }
    is_true(t, most >= 500000 * 16 / brasa_workers(t->s) / 2);
    is_true(t, filter == NULL || filter->memory < 2000000);
}

static void check_groups(frames *t)
{
    brasa_frame  *f = brasa_aggregate(brasa_range(t->s, 0, 2000000, 1), "id % 1000 AS k", "count(*) AS n");
    brasa_result *r = NULL;

    is_true(t, brasa_collect(f, &r) == BRASA_OK && brasa_result_rows(r) == 1000);
    brasa_result_free(r);
    const brasa_job_metrics *m = brasa_metrics(t->s);
    check_sums(t, m);
    is_true(t, strcmp(m->action, "collect") == 0 && m->rows == 1000);
    is_true(t, operator_named(m, "aggregate")->rows_out == 1000 && operator_named(m, "result")->rows_out == 1000);
    int64_t moved = 0;
    for (int32_t i = 0; i < m->nstages; i++) moved += m->stages[i].bytes_moved;
    /* groups cross to their owners from the workers that do not own them */
    is_true(t, brasa_workers(t->s) == 1 ? moved == 0 : moved > 1000);
}

static void check_failure(frames *t)
{
    int64_t n;

    is_true(t, brasa_count(brasa_range(t->s, 0, 11, 1), &n) == BRASA_OK);
    fails_with(t, brasa_select(brasa_range(t->s, 0, 10, 1), "1 / (id - 5)"), BRASA_ARITHMETIC, "zero");
    is_true(t, brasa_metrics(t->s) != NULL && operator_named(brasa_metrics(t->s), "range")->rows_out == 11);
}

void frames_check_metrics(frames *t)
{
    check_filter(t);
    check_memory(t);
    check_groups(t);
    check_failure(t);
}
