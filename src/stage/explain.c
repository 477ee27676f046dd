/* explain.c -- stages as text: one block per stage, source first, then operators, then the sink. */
#include <assert.h>
#include <string.h>

#include "plan/explain.h"
#include "plan/make.h"
#include "stage/stage.h"

static void add_names(brasa_text *out, brasa_schema s)
{
    for (int32_t i = 0; i < s.ncols; i++) brasa__text_addf(out, "%s%s", i ? ", " : "", s.cols[i].name);
}

static void add_source(brasa_text *out, const brasa_source *s)
{
    switch (s->kind) {
    case BRASA_SOURCE_SCAN:
        brasa__text_addf(out, "scan %s [", s->table->uri ? s->table->uri : "table");
        add_names(out, s->schema);
        brasa__text_addf(out, "] %d partitions", (int)s->nparts);
        if (s->ntests) brasa__text_addf(out, ", %d tests", (int)s->ntests);
        return;
    case BRASA_SOURCE_VALUES: brasa__text_addf(out, "values, %d rows", (int)s->nrows); return;
    case BRASA_SOURCE_RANGE:
        brasa__text_addf(out, "range %lld to %lld by %lld, %d partitions", (long long)s->start, (long long)s->end, (long long)s->step,
                         (int)s->nparts);
        return;
    case BRASA_SOURCE_STAGES:
        brasa__text_add(out, s->nstages == 1 ? "stage" : "stages");
        for (int32_t i = 0; i < s->nstages; i++) {
            brasa__text_addf(out, "%s %d", i ? "," : "", (int)s->stages[i]);
            if (i == 0 && s->npick > 0) brasa__text_addf(out, s->others ? " without %d partitions" : " %d partitions", (int)s->npick);
        }
        return;
    case BRASA_SOURCE_CACHE:
        brasa__text_addf(out, "cache %lld", (long long)s->caches[0]);
        if (s->ncaches > 1) brasa__text_addf(out, " and %d more", (int)s->ncaches - 1);
        return;
    }
    assert(false && "no such source");
}

static const char *const JOINS[] = {"inner", "left", "right", "full", "semi", "anti", "cross", "mark", "single"};
static const char *const MODES[] = {"partial", "final", "complete", "by partition"};
static const char *const OPS[] = {
#define X(name, text) text,
    BRASA_OP_LIST(X)
#undef X
};

static void add_probe(brasa_text *out, const brasa_op_desc *op)
{
    brasa__text_addf(out, " %s%s with stage %d", JOINS[op->u.probe.type], op->u.probe.keep_build ? " keeping the built side" : "",
                     (int)op->u.probe.build);
    if (op->u.probe.swapped) brasa__text_add(out, " (on the left)");
    for (int32_t i = 0; i < op->u.probe.nkeys; i++) {
        brasa__text_add(out, i ? " and " : " on ");
        brasa__expr_text(op->u.probe.probe_keys[i], out);
        brasa__text_add(out, op->u.probe.null_equal && op->u.probe.null_equal[i] ? " <=> " : " = ");
        brasa__expr_text(op->u.probe.build_keys[i], out);
    }
    if (op->u.probe.residual) {
        brasa__text_add(out, " if ");
        brasa__expr_text(op->u.probe.residual, out);
    }
}

static void add_group_limit(brasa_text *out, const brasa_op_desc *op)
{
    static const char *const FNS[] = {"rows", "ranks", "dense ranks"};

    brasa__text_addf(out, " first %lld %s by ", (long long)op->u.group_limit.limit, FNS[op->u.group_limit.fn]);
    brasa__explain_exprs(out, op->u.group_limit.keys, op->u.group_limit.nkeys);
    if (op->u.group_limit.norder == 0) return;
    brasa__text_add(out, " order ");
    brasa__explain_order(out, op->u.group_limit.order, op->u.group_limit.norder);
}

static void add_window(brasa_text *out, const brasa_op_desc *op)
{
    brasa__text_add(out, " by ");
    brasa__explain_exprs(out, op->u.window.keys, op->u.window.nkeys);
    brasa__text_add(out, " order ");
    brasa__explain_order(out, op->u.window.order, op->u.window.norder);
    for (int32_t i = 0; i < op->u.window.ncalls; i++) {
        brasa__text_add(out, i ? ", " : ": ");
        brasa__expr_text(op->u.window.calls[i].call, out);
    }
}

/* What follows the operator's name, with a blank before it. */
static void add_details(brasa_text *out, const brasa_op_desc *op)
{
    switch (op->kind) {
    case BRASA_OP_FILTER:
        brasa__text_add(out, " ");
        brasa__expr_text(op->u.filter.test, out);
        break;
    case BRASA_OP_PROJECT:
        brasa__text_add(out, " ");
        brasa__explain_exprs(out, op->u.project.exprs, op->schema.ncols);
        break;
    case BRASA_OP_PROBE: add_probe(out, op); break;
    case BRASA_OP_AGGREGATE:
        brasa__text_addf(out, " %s by (", MODES[op->u.aggregate.mode]);
        brasa__explain_exprs(out, op->u.aggregate.keys, op->u.aggregate.nkeys);
        brasa__text_add(out, ") of (");
        brasa__explain_exprs(out, op->u.aggregate.aggs, op->u.aggregate.naggs);
        brasa__text_add(out, ")");
        break;
    case BRASA_OP_SORT:
    case BRASA_OP_TOPN:
        brasa__text_add(out, " ");
        brasa__explain_order(out, op->u.sort.keys, op->u.sort.nkeys);
        if (op->kind == BRASA_OP_TOPN) brasa__text_addf(out, " first %lld", (long long)op->u.sort.limit);
        break;
    case BRASA_OP_LIMIT:
        brasa__text_addf(out, " %lld", (long long)op->u.limit.limit);
        if (op->u.limit.offset) brasa__text_addf(out, " after %lld", (long long)op->u.limit.offset);
        break;
    case BRASA_OP_SAMPLE: brasa__text_addf(out, " %g", op->u.sample.fraction); break;
    case BRASA_OP_EXPLODE:
        brasa__text_add(out, " ");
        brasa__expr_text(op->u.explode.list, out);
        break;
    case BRASA_OP_MAP: brasa__text_addf(out, " %s", op->u.map.udf); break;
    case BRASA_OP_WINDOW: add_window(out, op); break;
    case BRASA_OP_GROUP_LIMIT: add_group_limit(out, op); break;
    case BRASA_OP_RUNTIME:
        brasa__text_addf(out, " %s by the keys of stage %d%s", op->schema.cols[op->u.runtime.col].name, (int)op->u.runtime.build,
                         op->u.runtime.shared ? ", of all workers" : "");
        break;
    case BRASA_OP_COUNT: break;
    }
}

static void add_exchange(brasa_text *out, const brasa_sink_desc *s)
{
    switch (s->exchange) {
    case BRASA_EXCHANGE_HASH:
        brasa__text_addf(out, "exchange by hash of (");
        brasa__explain_exprs(out, s->keys, s->nkeys);
        brasa__text_addf(out, ") into %d", (int)s->nparts);
        return;
    case BRASA_EXCHANGE_RANGE:
        brasa__text_addf(out, "exchange by range of (");
        brasa__explain_order(out, s->sort, s->nsort);
        brasa__text_addf(out, ") into %d", (int)s->nparts);
        return;
    case BRASA_EXCHANGE_BROADCAST: brasa__text_add(out, "broadcast"); return;
    case BRASA_EXCHANGE_GATHER: brasa__text_add(out, "gather"); return;
    case BRASA_EXCHANGE_NUMBER: brasa__text_addf(out, "spread into %d", (int)s->nparts); return;
    }
    assert(false && "no such exchange");
}

static void add_sink(brasa_text *out, const brasa_sink_desc *s)
{
    switch (s->kind) {
    case BRASA_SINK_LOCAL: brasa__text_add(out, "keep"); break;
    case BRASA_SINK_EXCHANGE: add_exchange(out, s); break;
    case BRASA_SINK_CACHE: brasa__text_addf(out, "cache %lld", (long long)s->cache); break;
    case BRASA_SINK_RESULT: brasa__text_add(out, "result"); break;
    case BRASA_SINK_WRITE: brasa__text_addf(out, "write %s", s->write && s->write->uri ? s->write->uri : ""); break;
    }
}

void brasa__stage_text(const brasa_stage *s, brasa_text *out)
{
    brasa__text_addf(out, "Stage %d: ", (int)s->id);
    add_source(out, &s->source);
    brasa__text_add(out, "\n");
    for (int32_t k = 0; k < s->nops; k++) {
        brasa__text_addf(out, "  %s", OPS[s->ops[k].kind]);
        add_details(out, &s->ops[k]);
        brasa__text_add(out, "\n");
    }
    brasa__text_add(out, "  -> ");
    add_sink(out, &s->sink);
    brasa__text_add(out, "\n");
}

void brasa__stage_explain(const brasa_job *job, brasa_text *out)
{
    for (int32_t i = 0; i < job->nstages; i++) brasa__stage_text(&job->stages[i], out);
}

/* ---- in pieces ---- */

static const char *const SOURCES[] = {"scan", "values", "range", "stage", "cache"};

/* A table's name without the folders of its file and without the file's name where a group follows: "data/a.h5:/t" is t. */
static const char *short_name(const char *uri)
{
    const char *end = strrchr(uri, '/');

    return end != NULL && end[1] != '\0' ? end + 1 : uri;
}

static const char *sink_name(const brasa_sink_desc *s)
{
    switch (s->kind) {
    case BRASA_SINK_LOCAL: return "local";
    case BRASA_SINK_EXCHANGE: return s->exchange == BRASA_EXCHANGE_BROADCAST ? "broadcast" : "exchange";
    case BRASA_SINK_CACHE: return "cache";
    case BRASA_SINK_RESULT: return "result";
    case BRASA_SINK_WRITE: return "write";
    }
    return "";
}

const char *brasa__stage_op_name(const brasa_stage *s, int32_t k)
{
    if (k < 0) return SOURCES[s->source.kind];
    return k < s->nops ? OPS[s->ops[k].kind] : sink_name(&s->sink);
}

void brasa__stage_op_text(const brasa_stage *s, int32_t k, brasa_text *out)
{
    if (k < 0)
        add_source(out, &s->source);
    else if (k >= s->nops)
        add_sink(out, &s->sink);
    else
        add_details(out, &s->ops[k]);
}

void brasa__stage_name(const brasa_stage *s, brasa_text *out)
{
    brasa__text_add(out, SOURCES[s->source.kind]);
    if (s->source.kind == BRASA_SOURCE_SCAN && s->source.table->uri) brasa__text_addf(out, " %s", short_name(s->source.table->uri));
    for (int32_t i = 0; i < s->source.nstages; i++) brasa__text_addf(out, "%s%d", i ? "+" : " ", (int)s->source.stages[i]);
    for (int32_t k = 0; k < s->nops; k++) brasa__text_addf(out, ", %s", OPS[s->ops[k].kind]);
}
