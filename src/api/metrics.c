/* metrics.c -- what workers measured of a job, summed: as structs for programs, and as text.
 *
 * A node of the plan may be several operators (a partial and a final aggregate, a top-n on each worker and one over all): its rows are those of the last,
 * its time that of all.
 */
#include "api/metrics.h"

#include <stdio.h>

#include "plan/estimate.h"
#include "plan/explain.h"

/* ---- from the workers' replies ---- */

static bool is_partial(const brasa_stage *s, int32_t k)
{
    return k >= 0 && k < s->nops && s->ops[k].kind == BRASA_OP_AGGREGATE && s->ops[k].u.aggregate.mode == BRASA_AGG_PARTIAL;
}

static const char *text_of(brasa_arena *arena, void (*fn)(const brasa_stage *s, brasa_text *out), const brasa_stage *s)
{
    brasa_text t;

    brasa__text_init(&t, arena);
    fn(s, &t);
    return t.s;
}

static const char *detail_of(brasa_arena *arena, const brasa_stage *s, int32_t k)
{
    brasa_text t;

    brasa__text_init(&t, arena);
    brasa__stage_op_text(s, k, &t);
    return t.s[0] == ' ' ? t.s + 1 : t.s;
}

static void least_and_most(int64_t v, bool first, int64_t *least, int64_t *most)
{
    if (first || v < *least) *least = v;
    if (first || v > *most) *most = v;
}

/* Operator at position i (0: the source) of all workers. */
static brasa_operator_metrics sum_operator(const brasa_stage_report *r, int32_t i)
{
    brasa_operator_metrics o = {.estimate = -1};

    for (int32_t w = 0; w < r->nworkers; w++) {
        const brasa_op_metrics *m = &r->workers[w].ops[i];

        o.rows_in += m->rows_in;
        o.rows_out += m->rows_out;
        o.batches += m->batches;
        o.ns += m->ns;
        o.bytes += m->bytes;
        if (m->memory > o.memory) o.memory = m->memory;
        least_and_most(m->rows_out, w == 0, &o.min_rows, &o.max_rows);
    }
    return o;
}

static brasa_stage_metrics sum_stage(const brasa_stage_report *r)
{
    brasa_stage_metrics s = {.stage = r->stage, .ns = r->ns, .workers = r->nworkers};

    for (int32_t w = 0; w < r->nworkers; w++) {
        const brasa_stage_result *v = &r->workers[w];

        s.tasks += v->tasks;
        s.bytes_read += v->scan.bytes_read;
        s.chunks_read += v->scan.chunks_read;
        s.chunks_skipped += v->scan.chunks_skipped;
        s.bytes_moved += v->exchange.bytes_sent;
        s.bytes_spilled += v->spilled;
        s.wait_io_ns += v->wait_io_ns;
        s.wait_shuffle_ns += v->wait_shuffle_ns;
        s.wait_barrier_ns += v->wait_barrier_ns;
        if (v->peak_bytes > s.memory) s.memory = v->peak_bytes;
        least_and_most(v->ns, w == 0, &s.min_ns, &s.max_ns);
        least_and_most(v->nops > 0 ? v->ops[v->nops - 1].rows_out : 0, w == 0, &s.min_rows, &s.max_rows);
        for (int32_t i = 0; i < v->nparts; i++) s.rows += v->parts[i].rows, s.bytes += v->parts[i].bytes;
        for (int32_t i = 0; i < v->nwritten; i++) s.rows += v->written[i].rows, s.bytes += v->written[i].bytes;
    }
    return s;
}

static brasa_stage_metrics stage_metrics(brasa_arena *arena, const brasa_job *job, int32_t i, const brasa_stage_report *r,
                                         brasa_estimator *estimator)
{
    const brasa_stage      *stage = &job->stages[i];
    brasa_stage_metrics     m = sum_stage(r);
    int32_t                 n = r->nworkers > 0 ? r->workers[0].nops : 0;
    brasa_operator_metrics *ops = BRASA_NEWS(arena, brasa_operator_metrics, n + 1);

    m.name = text_of(arena, brasa__stage_name, stage);
    for (int32_t k = -1; k < n - 1; k++) {
        brasa_operator_metrics *o = &ops[k + 1];
        const brasa_node       *node = brasa__stage_node(stage, k) < 0 ? NULL : brasa__node_find(job->plan, brasa__stage_node(stage, k));

        *o = sum_operator(r, k + 1);
        o->node = brasa__stage_node(stage, k);
        o->name = brasa__stage_op_name(stage, k);
        o->detail = detail_of(arena, stage, k);
        if (node != NULL && !is_partial(stage, k)) o->estimate = brasa__estimate(estimator, node)->rows;
    }
    m.operators = ops;
    m.noperators = n;
    return m;
}

void brasa__metrics_keep(brasa_session *s, const brasa_job *job, const brasa_job_result *r, const char *action, int64_t ns)
{
    brasa_job_metrics      *m;
    brasa_estimator        *estimator;
    brasa_stage_metrics    *stages;
    brasa_decision_metrics *decisions;

    s->metrics = NULL;
    brasa__arena_free(s->metrics_arena);
    s->metrics_arena = NULL;
    s->metrics_arena = brasa__arena_new(s->arena, "metrics");
    estimator = brasa__estimator_new(s->metrics_arena);
    m = BRASA_NEW(s->metrics_arena, brasa_job_metrics);
    stages = BRASA_NEWS(s->metrics_arena, brasa_stage_metrics, r->nstages + 1);
    for (int32_t i = 0; i < r->nstages; i++) stages[i] = stage_metrics(s->metrics_arena, job, i, &r->stages[i], estimator);
    decisions = BRASA_NEWS(s->metrics_arena, brasa_decision_metrics, r->ndecisions + 1);
    for (int32_t i = 0; i < r->ndecisions; i++) {
        const brasa_decision *d = &r->decisions[i];

        decisions[i] = (brasa_decision_metrics) {d->stage, brasa__arena_strdup(s->metrics_arena, d->decision),
                                                 brasa__arena_strdup(s->metrics_arena, d->text)};
    }
    *m = (brasa_job_metrics) {.action = action,
                              .ns = ns,
                              .rows = r->rows,
                              .nstages = r->nstages,
                              .stages = stages,
                              .ndecisions = r->ndecisions,
                              .decisions = decisions};
    s->metrics = m;
}

const brasa_job_metrics *brasa_metrics(const brasa_session *s)
{
    return s != NULL && brasa__api_alive() ? s->metrics : NULL;
}

/* ---- as text ---- */

static void add_bytes(brasa_text *out, int64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double                   n = (double)bytes;
    int                      u = 0;

    while (n >= 999.5 && u < 4) {
        n /= 1000;
        u++;
    }
    brasa__text_addf(out, u == 0 || n >= 99.95 ? "%.0f %s" : "%.1f %s", n, units[u]);
}

enum { LEAST_MEMORY = 100000 }; /* worth a word: every operator holds some batches */

/* All operators of a node. */
typedef struct node_sum {
    const brasa_operator_metrics *last;
    const brasa_stage_metrics    *stage; /* of the last */
    int64_t                       ns, moved, memory;
} node_sum;

static node_sum sum_node(const brasa_job_metrics *m, int32_t id)
{
    node_sum sum = {0};

    for (int32_t i = 0; i < m->nstages; i++) {
        const brasa_stage_metrics *s = &m->stages[i];

        for (int32_t k = 0; k < s->noperators; k++) {
            const brasa_operator_metrics *o = &s->operators[k];

            if (o->node != id) continue;
            sum.last = o;
            sum.stage = s;
            sum.ns += o->ns;
            if (o->memory > sum.memory) sum.memory = o->memory;
            if (k + 2 == s->noperators) sum.moved += s->bytes_moved; /* what it gave was sent */
        }
    }
    return sum;
}

/* Most rows on a worker over the mean: 1 is even. */
static double skew(int64_t most, int64_t all, int32_t workers)
{
    return all > 0 ? (double)most * workers / (double)all : 1;
}

static void note(void *arg, const brasa_node *n, brasa_text *out)
{
    node_sum sum = sum_node(arg, n->id);

    if (sum.last == NULL) return;
    brasa__text_addf(out, "  (true rows %lld, %.1f ms", (long long)sum.last->rows_out, (double)sum.ns / 1e6);
    if (n->kind == BRASA_NODE_SCAN && sum.last->bytes > 0) {
        brasa__text_add(out, ", read ");
        add_bytes(out, sum.last->bytes);
    }
    if (sum.moved > 0) {
        brasa__text_add(out, ", moved ");
        add_bytes(out, sum.moved);
    }
    if (sum.memory >= LEAST_MEMORY) {
        brasa__text_add(out, ", held ");
        add_bytes(out, sum.memory);
    }
    if (sum.stage->workers > 1 && sum.last->rows_out > 0) {
        brasa__text_addf(out, ", by worker %lld to %lld, skew %.2f", (long long)sum.last->min_rows, (long long)sum.last->max_rows,
                         skew(sum.last->max_rows, sum.last->rows_out, sum.stage->workers));
    }
    brasa__text_add(out, ")");
}

static void add_pair(brasa_text *out, const char *what, int64_t bytes)
{
    if (bytes <= 0) return;
    brasa__text_addf(out, ", %s ", what);
    add_bytes(out, bytes);
}

static void add_wait(brasa_text *out, const char *what, int64_t ns)
{
    if (ns >= 100000) brasa__text_addf(out, ", waited %.1f ms for %s", (double)ns / 1e6, what);
}

static void stage_line(const brasa_stage_metrics *s, brasa_text *out)
{
    brasa__text_addf(out, "stage %d (%s): %.1f ms, %lld task%s, %lld rows", (int)s->stage, s->name, (double)s->ns / 1e6,
                     (long long)s->tasks, s->tasks == 1 ? "" : "s", (long long)s->rows);
    add_pair(out, "read", s->bytes_read);
    if (s->chunks_skipped > 0)
        brasa__text_addf(out, " (%lld of %lld chunks skipped)", (long long)s->chunks_skipped,
                         (long long)(s->chunks_read + s->chunks_skipped));
    add_pair(out, "moved", s->bytes_moved);
    add_pair(out, "spilled", s->bytes_spilled);
    add_pair(out, "peak memory", s->memory);
    if (s->workers > 1) brasa__text_addf(out, ", workers %.1f to %.1f ms", (double)s->min_ns / 1e6, (double)s->max_ns / 1e6);
    add_wait(out, "files", s->wait_io_ns);
    add_wait(out, "the shuffle", s->wait_shuffle_ns);
    add_wait(out, "other threads", s->wait_barrier_ns);
    brasa__text_add(out, "\n");
}

void brasa__metrics_text(const brasa_job_metrics *m, const brasa_node *plan, brasa_text *out)
{
    brasa__plan_explain(plan, BRASA_EXPLAIN_ESTIMATES, note, (void *)(uintptr_t)m, out);
    for (int32_t i = 0; i < m->nstages; i++) stage_line(&m->stages[i], out);
    for (int32_t i = 0; i < m->ndecisions; i++)
        brasa__text_addf(out, "decided before stage %d: %s: %s\n", (int)m->decisions[i].stage, m->decisions[i].decision,
                         m->decisions[i].text);
    brasa__text_addf(out, "total: %.1f ms, %lld rows\n", (double)m->ns / 1e6, (long long)m->rows);
}
