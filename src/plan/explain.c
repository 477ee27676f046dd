/* explain.c -- plans as text: one line per node, children indented. */
#include "plan/explain.h"

#include <assert.h>

#include "data/type.h"
#include "data/value.h"
#include "plan/estimate.h"
#include "plan/set.h"

typedef struct printer {
    int32_t             flags;
    brasa_explain_note *note;
    void               *arg;
    brasa_text         *out;
    brasa_estimator    *estimator;
    brasa_node_set      printed;
} printer;

static const char *const JOINS[] = {"Inner", "Left", "Right", "Full", "Semi", "Anti", "Cross", "Mark", "Single"};

void brasa__explain_exprs(brasa_text *out, const brasa_expr *const *list, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (i) brasa__text_add(out, ", ");
        brasa__expr_text(list[i], out);
    }
}

void brasa__explain_order(brasa_text *out, const brasa_order *list, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (i) brasa__text_add(out, ", ");
        brasa__expr_text(list[i].expr, out);
        if (list[i].desc) brasa__text_add(out, " DESC");
        if (list[i].nulls_last != list[i].desc) brasa__text_add(out, list[i].nulls_last ? " NULLS LAST" : " NULLS FIRST");
    }
}

static void add_test(brasa_text *out, const brasa_node *n, const brasa_scan_test *t)
{
    static const char *const OPS[] = {"=", "<", "<=", ">", ">=", "IN", "IS NULL", "IS NOT NULL"};

    brasa__text_addf(out, "%s %s", n->u.scan.table->schema.cols[t->col].name, OPS[t->op]);
    for (int32_t i = 0; i < t->nvalues; i++) {
        brasa__text_add(out, i ? ", " : " ");
        brasa__value_text(&t->values[i], out);
    }
}

static void add_scan(brasa_text *out, const brasa_node *n)
{
    brasa__text_addf(out, " %s [", n->u.scan.name ? n->u.scan.name : n->u.scan.table->uri ? n->u.scan.table->uri : "table");
    for (int32_t i = 0; i < n->schema.ncols; i++) brasa__text_addf(out, "%s%s", i ? ", " : "", n->schema.cols[i].name);
    brasa__text_add(out, "]");
    for (int32_t i = 0; i < n->u.scan.ntests; i++) {
        brasa__text_add(out, i ? " and " : " where ");
        add_test(out, n, &n->u.scan.tests[i]);
    }
}

/* "a AS b", or "a" where the name says so already. */
static void add_project(brasa_text *out, const brasa_node *n)
{
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        size_t from = out->len;
        brasa__text_add(out, i ? ", " : " ");
        from = out->len;
        brasa__expr_text(n->u.project.exprs[i], out);
        const char *name = n->schema.cols[i].name;
        size_t      k = 0;
        while (name[k] && out->s[from + k] == name[k]) k++;
        if (name[k] || out->s[from + k]) brasa__text_addf(out, " AS %s", name);
    }
}

static void add_join(brasa_text *out, const brasa_node *n)
{
    brasa__text_addf(out, " %s", JOINS[n->u.join.type]);
    if (n->u.join.null_aware) brasa__text_add(out, " (not in)");
    if (n->u.join.build_left) brasa__text_add(out, " (left side built)");
    if (n->u.join.strategy == BRASA_STRATEGY_BROADCAST) brasa__text_add(out, " (broadcast)");
    if (n->u.join.strategy == BRASA_STRATEGY_PARTITIONED) brasa__text_add(out, " (partitioned)");
    for (int32_t i = 0; i < n->u.join.nkeys; i++) {
        brasa__text_add(out, i ? " and " : " on ");
        brasa__expr_text(n->u.join.left_keys[i], out);
        brasa__text_add(out, n->u.join.null_equal && n->u.join.null_equal[i] ? " <=> " : " = ");
        brasa__expr_text(n->u.join.right_keys[i], out);
    }
    if (n->u.join.residual) {
        brasa__text_add(out, " if ");
        brasa__expr_text(n->u.join.residual, out);
    }
}

static void add_aggregate(brasa_text *out, const brasa_node *n)
{
    if (n->u.aggregate.nkeys) {
        brasa__text_add(out, " by ");
        brasa__explain_exprs(out, n->u.aggregate.keys, n->u.aggregate.nkeys);
    }
    if (n->u.aggregate.naggs) {
        brasa__text_add(out, n->u.aggregate.nkeys ? ": " : " ");
        brasa__explain_exprs(out, n->u.aggregate.aggs, n->u.aggregate.naggs);
    }
}

static void add_limit(brasa_text *out, int64_t limit, int64_t offset)
{
    if (limit >= 0) brasa__text_addf(out, " first %lld", (long long)limit);
    if (offset > 0) brasa__text_addf(out, " after %lld", (long long)offset);
}

static void add_window(brasa_text *out, const brasa_node *n)
{
    for (int32_t i = 0; i < n->u.window.ncalls; i++) {
        brasa__text_add(out, i ? ", " : " ");
        brasa__expr_text(n->u.window.calls[i].call, out);
    }
    if (n->u.window.nkeys) {
        brasa__text_add(out, " by ");
        brasa__explain_exprs(out, n->u.window.keys, n->u.window.nkeys);
    }
    if (n->u.window.norder) {
        brasa__text_add(out, " order ");
        brasa__explain_order(out, n->u.window.order, n->u.window.norder);
    }
    if (n->u.window.limit > 0) brasa__text_addf(out, " first %lld", (long long)n->u.window.limit);
}

static void add_repartition(brasa_text *out, const brasa_node *n)
{
    if (n->u.repartition.nparts) brasa__text_addf(out, " into %d", (int)n->u.repartition.nparts);
    switch (n->u.repartition.kind) {
    case BRASA_REPARTITION_HASH:
        brasa__text_add(out, " by hash of ");
        brasa__explain_exprs(out, n->u.repartition.keys, n->u.repartition.nkeys);
        return;
    case BRASA_REPARTITION_RANGE:
        brasa__text_add(out, " by range of ");
        brasa__explain_order(out, n->u.repartition.order, n->u.repartition.nkeys);
        return;
    case BRASA_REPARTITION_NUMBER: return;
    }
}

static void add_details(brasa_text *out, const brasa_node *n)
{
    switch (n->kind) {
    case BRASA_NODE_SCAN: add_scan(out, n); return;
    case BRASA_NODE_VALUES: brasa__text_addf(out, " %d rows", (int)n->u.values.nrows); return;
    case BRASA_NODE_RANGE:
        brasa__text_addf(out, " %lld to %lld by %lld", (long long)n->u.range.start, (long long)n->u.range.end, (long long)n->u.range.step);
        return;
    case BRASA_NODE_CACHED:
        brasa__text_addf(out, " %lld", (long long)n->u.cached.caches[0]);
        if (n->u.cached.ncaches > 1) brasa__text_addf(out, " and %d more", (int)n->u.cached.ncaches - 1);
        return;
    case BRASA_NODE_PROJECT: add_project(out, n); return;
    case BRASA_NODE_FILTER:
        brasa__text_add(out, " ");
        brasa__expr_text(n->u.filter.test, out);
        return;
    case BRASA_NODE_JOIN: add_join(out, n); return;
    case BRASA_NODE_AGGREGATE: add_aggregate(out, n); return;
    case BRASA_NODE_SORT:
        brasa__text_add(out, " ");
        brasa__explain_order(out, n->u.sort.keys, n->u.sort.nkeys);
        add_limit(out, n->u.sort.limit, n->u.sort.offset);
        return;
    case BRASA_NODE_LIMIT: add_limit(out, n->u.limit.limit, n->u.limit.offset); return;
    case BRASA_NODE_UNION: return;
    case BRASA_NODE_SAMPLE: brasa__text_addf(out, " %g", n->u.sample.fraction); return;
    case BRASA_NODE_REPARTITION: add_repartition(out, n); return;
    case BRASA_NODE_EXPLODE:
        brasa__text_add(out, " ");
        brasa__expr_text(n->u.explode.list, out);
        return;
    case BRASA_NODE_MAP: brasa__text_addf(out, " %s", n->u.map.udf); return;
    case BRASA_NODE_WINDOW: add_window(out, n); return;
    case BRASA_NODE_COUNT: break;
    }
    assert(false && "no such node kind");
}

static void add_columns(brasa_text *out, const brasa_node *n, int32_t depth)
{
    brasa__text_addf(out, "\n%*s  [", (int)depth * 2, "");
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        brasa__text_addf(out, "%s%s ", i ? ", " : "", n->schema.cols[i].name);
        brasa__type_text(n->schema.cols[i].type, out);
    }
    brasa__text_add(out, "]");
}

/* What costs nothing is read again for each of its users. */
static bool is_cheap(const brasa_node *n)
{
    while (n->kind == BRASA_NODE_FILTER || n->kind == BRASA_NODE_PROJECT) n = n->inputs[0];
    return n->ninputs == 0;
}

/* A sub-plan that is computed once is written once. */
static void add_node(printer *p, const brasa_node *n, int32_t depth)
{
    bool again = !brasa__node_set_add(&p->printed, n, n) && !is_cheap(n);

    brasa__text_addf(p->out, "%*s%s", (int)depth * 2, "", brasa__node_name(n->kind));
    if (p->flags & BRASA_EXPLAIN_IDS) brasa__text_addf(p->out, " #%d", (int)n->id);
    add_details(p->out, n);
    if (p->flags & BRASA_EXPLAIN_ESTIMATES) {
        brasa__text_addf(p->out, "  (about %.0f rows, %.0f bytes)", brasa__estimate(p->estimator, n)->rows,
                         brasa__estimate_bytes(p->estimator, n));
    }
    if (again) brasa__text_add(p->out, "  (as above)");
    if (p->note) p->note(p->arg, n, p->out);
    if (p->flags & BRASA_EXPLAIN_COLUMNS) add_columns(p->out, n, depth);
    brasa__text_add(p->out, "\n");
    for (int32_t i = 0; i < n->ninputs && !again; i++) add_node(p, n->inputs[i], depth + 1);
}

void brasa__plan_explain(const brasa_node *n, int32_t flags, brasa_explain_note *note, void *arg, brasa_text *out)
{
    printer p = {.flags = flags, .note = note, .arg = arg, .out = out, .estimator = brasa__estimator_new(out->arena)};

    brasa__node_set_init(&p.printed, out->arena);
    add_node(&p, n, 0);
    if (n->note) brasa__text_add(out, n->note);
}
