/* api/frame.c -- frames: each call is a node of the plan over those of its inputs. */
#include <string.h>

#include "base/clock.h"
#include "api/internal.h"
#include "base/alloc.h"
#include "data/type.h"
#include "expr/udf.h"
#include "sql/parse.h"
#include "storage/table.h"

/* ---- making one ---- */

typedef struct frame_call {
    brasa_api_call   api;
    brasa_api_build *fn;
    brasa_frame     *out;
} frame_call;

static brasa_status run_build(void *arg, brasa_error *err)
{
    frame_call *c = arg;

    BRASA_TRY(c->fn(&c->api, err));
    if (c->api.counted && c->api.nparams < c->api.builder.nparams)
        return brasa__fail(err, BRASA_INVALID, "%d values were given, but the text takes %d; write a ? for each",
                           (int)c->api.builder.nparams, (int)c->api.nparams);
    c->out->node = c->api.node;
    c->out->table = c->api.table;
    c->out->sql = c->api.sql;
    return BRASA_OK;
}

static brasa_status new_frame(void *arg, brasa_error *err)
{
    frame_call *c = arg;

    (void)err;
    c->out = BRASA_NEW(brasa__api_arena(c->api.session), brasa_frame);
    c->out->session = c->api.session;
    c->out->scope = c->api.session->nscopes - 1;
    return BRASA_OK;
}

/* What is built on a frame that failed is that frame. */
static brasa_frame *inert(brasa_frame *f, brasa_status status)
{
    return f == NULL || !brasa__api_alive() ? brasa__api_inert(status) : f;
}

brasa_frame *brasa__api_frame(brasa_session *s, brasa_frame *const *in, int32_t nin, brasa_site at, const char *text, brasa_api_build *fn,
                              const void *arg)
{
    frame_call   c = {.fn = fn};
    brasa_status status;

    for (int32_t i = 0; i < nin; i++) {
        status = brasa__api_usable(in[i], &at);
        if (status != BRASA_OK) return inert(in[i], status);
    }
    if (nin > 0) s = in[0]->session;
    status = brasa__api_session(s, &at);
    if (status != BRASA_OK) return brasa__api_inert(status);
    c.api = (brasa_api_call) {.session = s, .in = in, .arg = arg, .sql = nin == 1 ? in[0]->sql : NULL};
    status = brasa__api_do(s, &at, new_frame, &c);
    if (status != BRASA_OK) return brasa__api_inert(status);
    c.api.builder = (brasa_builder) {.arena = brasa__api_arena(s),
                                     .next_id = &s->next_id,
                                     .file = at.file,
                                     .line = at.line,
                                     .params = at.params,
                                     .nparams = at.nparams,
                                     .text = text,
                                     .now_us = brasa__clock_unix_us()};
    c.out->status = brasa__api_do(s, &at, run_build, &c);
    return c.out;
}

static brasa_frame *derive(brasa_frame *f, brasa_site at, const char *text, brasa_api_build *fn, const void *arg)
{
    return brasa__api_frame(NULL, &f, 1, at, text, fn, arg);
}

/* ---- text ---- */

static bool see_param(void *arg, const brasa_expr *e)
{
    int32_t *n = arg;

    if (e->kind == BRASA_EXPR_PARAM && e->index >= *n) *n = e->index + 1;
    return true;
}

static const brasa_expr *move_param(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const int32_t *by = arg;

    if (e->kind != BRASA_EXPR_PARAM) return e;
    brasa_expr *moved = brasa__arena_copy(arena, e, sizeof *e);
    moved->index += *by;
    return moved;
}

/* The ? of a call's second text take the values after those of its first. */
static const brasa_expr *count_params(brasa_api_call *c, const brasa_expr *e, int32_t before)
{
    int32_t here = 0;

    brasa__expr_walk(e, see_param, &here);
    if (here > 0 && before > 0) e = brasa__expr_rewrite(c->builder.arena, e, move_param, &before);
    if (here > 0 && here + before > c->nparams) c->nparams = here + before;
    c->counted = true;
    return e;
}

brasa_status brasa__api_given(const void *p, const char *what, brasa_error *err)
{
    return p != NULL ? BRASA_OK : brasa__fail(err, BRASA_INVALID, "%s is NULL", what);
}

brasa_status brasa__api_expr(brasa_api_call *c, const char *text, const brasa_expr **out, brasa_error *err)
{
    BRASA_TRY(brasa__api_given(text, "the text of an expression", err));
    BRASA_TRY(brasa__sql_expr(c->builder.arena, text, out, err));
    *out = count_params(c, *out, c->nparams);
    return BRASA_OK;
}

brasa_status brasa__api_list(brasa_api_call *c, const char *text, const brasa_expr *const **out, int32_t *n, brasa_error *err)
{
    const brasa_expr *const *parsed;
    int32_t                  before = c->nparams;

    BRASA_TRY(brasa__api_given(text, "the text of a list", err));
    BRASA_TRY(brasa__sql_select_list(c->builder.arena, text, &parsed, n, err));
    const brasa_expr **list = BRASA_NEWS(c->builder.arena, const brasa_expr *, *n + 1);
    for (int32_t i = 0; i < *n; i++) list[i] = count_params(c, parsed[i], before);
    *out = list;
    return BRASA_OK;
}

brasa_status brasa__api_order(brasa_api_call *c, const char *text, const brasa_order **out, int32_t *n, brasa_error *err)
{
    int32_t before = c->nparams;

    BRASA_TRY(brasa__api_given(text, "the text of an order", err));
    BRASA_TRY(brasa__sql_order_list(c->builder.arena, text, out, n, err));
    for (int32_t i = 0; i < *n; i++) count_params(c, (*out)[i].expr, before);
    return BRASA_OK;
}

brasa_status brasa__api_names(brasa_api_call *c, const char *text, const char *const **out, int32_t *n, brasa_error *err)
{
    const brasa_expr *const *exprs;

    BRASA_TRY(brasa__api_list(c, text, &exprs, n, err));
    const char **names = BRASA_NEWS(c->builder.arena, const char *, *n + 1);
    for (int32_t i = 0; i < *n; i++) {
        if (exprs[i]->kind != BRASA_EXPR_COLUMN)
            return brasa__fail(err, BRASA_INVALID, "'%s' should list column names, separated by commas", text);
        names[i] = exprs[i]->name;
    }
    *out = names;
    return BRASA_OK;
}

/* ---- sources ---- */

static brasa_status values_build(brasa_api_call *c, brasa_error *err)
{
    const void *const *arg = c->arg;
    brasa_schema       schema;

    BRASA_TRY(brasa__api_given(arg[0], "the schema of values", err));
    if (*(const int32_t *)arg[2] > 0) BRASA_TRY(brasa__api_given(arg[1], "the array of values", err));
    BRASA_TRY(brasa__schema_parse(c->builder.arena, arg[0], &schema, err));
    return brasa__plan_values(&c->builder, schema, arg[1], *(const int32_t *)arg[2], &c->node, err);
}

brasa_frame *brasa_values_at(brasa_session *s, const char *schema, const brasa_value *values, int32_t nrows, brasa_site at)
{
    const void *arg[] = {schema, values, &nrows};

    return brasa__api_frame(s, NULL, 0, at, schema, values_build, arg);
}

static brasa_status range_build(brasa_api_call *c, brasa_error *err)
{
    const int64_t *v = c->arg;

    if (v[2] == 0) return brasa__fail(err, BRASA_INVALID, "a range with step 0 has no end; give a step other than 0");
    return brasa__plan_range(&c->builder, v[0], v[1], v[2], 0, "id", &c->node, err);
}

brasa_frame *brasa_range_at(brasa_session *s, int64_t start, int64_t end, int64_t step, brasa_site at)
{
    int64_t arg[] = {start, end, step};

    return brasa__api_frame(s, NULL, 0, at, NULL, range_build, arg);
}

/* ---- rows and columns ---- */

static brasa_status select_build(brasa_api_call *c, brasa_error *err)
{
    const brasa_expr *const *exprs;
    int32_t                  n;

    BRASA_TRY(brasa__api_list(c, c->arg, &exprs, &n, err));
    return brasa__plan_project(&c->builder, c->in[0]->node, exprs, n, &c->node, err);
}

brasa_frame *brasa_select_at(brasa_frame *f, const char *list, brasa_site at)
{
    return derive(f, at, list, select_build, list);
}

typedef struct expr_args {
    brasa_expression *const *exprs;
    int32_t                  n;
    const char              *name;
} expr_args;

static brasa_status trees_of(brasa_api_call *c, const expr_args *a, const brasa_expr *const **out, brasa_error *err)
{
    const brasa_expr **trees;

    BRASA_TRY(brasa__api_given(a->exprs, "the array of expressions", err));
    if (a->n < 0) return brasa__fail(err, BRASA_INVALID, "%d expressions; give 0 or more", (int)a->n);
    trees = BRASA_NEWS(c->builder.arena, const brasa_expr *, a->n + 1);
    for (int32_t i = 0; i < a->n; i++) {
        BRASA_TRY(brasa__api_given(a->exprs[i], "an expression", err));
        if (a->exprs[i]->status != BRASA_OK)
            return brasa__fail(err, a->exprs[i]->status, "expression %d of the call is not valid; see the first error", (int)i + 1);
        trees[i] = a->exprs[i]->expr;
    }
    *out = trees;
    return BRASA_OK;
}

static brasa_status select_exprs_build(brasa_api_call *c, brasa_error *err)
{
    const expr_args         *a = c->arg;
    const brasa_expr *const *trees = NULL;

    BRASA_TRY(trees_of(c, a, &trees, err));
    return brasa__plan_project(&c->builder, c->in[0]->node, trees, a->n, &c->node, err);
}

brasa_frame *brasa_select_exprs_at(brasa_frame *f, brasa_expression *const *exprs, int32_t n, brasa_site at)
{
    expr_args a = {.exprs = exprs, .n = n};

    return derive(f, at, NULL, select_exprs_build, &a);
}

static brasa_status with_column_build(brasa_api_call *c, brasa_error *err)
{
    const char *const *arg = c->arg;
    const brasa_expr  *e;

    BRASA_TRY(brasa__api_given(arg[0], "the name of a column", err));
    BRASA_TRY(brasa__api_expr(c, arg[1], &e, err));
    return brasa__plan_with_column(&c->builder, c->in[0]->node, arg[0], e, &c->node, err);
}

brasa_frame *brasa_with_column_at(brasa_frame *f, const char *name, const char *text, brasa_site at)
{
    const char *arg[] = {name, text};

    return derive(f, at, text, with_column_build, arg);
}

static brasa_status with_expr_build(brasa_api_call *c, brasa_error *err)
{
    const expr_args         *a = c->arg;
    const brasa_expr *const *trees = NULL;

    BRASA_TRY(brasa__api_given(a->name, "the name of a column", err));
    BRASA_TRY(trees_of(c, a, &trees, err));
    return brasa__plan_with_column(&c->builder, c->in[0]->node, a->name, trees[0], &c->node, err);
}

brasa_frame *brasa_with_column_expr_at(brasa_frame *f, const char *name, brasa_expression *e, brasa_site at)
{
    expr_args a = {.exprs = &e, .n = 1, .name = name};

    return derive(f, at, NULL, with_expr_build, &a);
}

static brasa_status rename_build(brasa_api_call *c, brasa_error *err)
{
    const char *const *arg = c->arg;

    BRASA_TRY(brasa__api_given(arg[0], "the name of a column", err));
    BRASA_TRY(brasa__api_given(arg[1], "the name of a column", err));
    return brasa__plan_rename(&c->builder, c->in[0]->node, arg[0], arg[1], &c->node, err);
}

brasa_frame *brasa_rename_at(brasa_frame *f, const char *from, const char *to, brasa_site at)
{
    const char *arg[] = {from, to};

    return derive(f, at, NULL, rename_build, arg);
}

static brasa_status drop_build(brasa_api_call *c, brasa_error *err)
{
    const char *const *names;
    int32_t            n;

    BRASA_TRY(brasa__api_names(c, c->arg, &names, &n, err));
    return brasa__plan_drop(&c->builder, c->in[0]->node, names, n, &c->node, err);
}

brasa_frame *brasa_drop_at(brasa_frame *f, const char *names, brasa_site at)
{
    return derive(f, at, names, drop_build, names);
}

static brasa_status alias_build(brasa_api_call *c, brasa_error *err)
{
    BRASA_TRY(brasa__api_given(c->arg, "the name of a frame", err));
    return brasa__plan_alias(&c->builder, c->in[0]->node, brasa__arena_strdup(c->builder.arena, c->arg), NULL, 0, &c->node, err);
}

brasa_frame *brasa_alias_at(brasa_frame *f, const char *name, brasa_site at)
{
    return derive(f, at, NULL, alias_build, name);
}

static brasa_status filter_build(brasa_api_call *c, brasa_error *err)
{
    const brasa_expr *test;

    BRASA_TRY(brasa__api_expr(c, c->arg, &test, err));
    return brasa__plan_filter(&c->builder, c->in[0]->node, test, &c->node, err);
}

brasa_frame *brasa_filter_at(brasa_frame *f, const char *text, brasa_site at)
{
    return derive(f, at, text, filter_build, text);
}

static brasa_status filter_expr_build(brasa_api_call *c, brasa_error *err)
{
    const brasa_expr *const *trees = NULL;

    BRASA_TRY(trees_of(c, c->arg, &trees, err));
    return brasa__plan_filter(&c->builder, c->in[0]->node, trees[0], &c->node, err);
}

brasa_frame *brasa_filter_expr_at(brasa_frame *f, brasa_expression *e, brasa_site at)
{
    expr_args a = {.exprs = &e, .n = 1};

    return derive(f, at, NULL, filter_expr_build, &a);
}

/* ---- joins, groups, sets ---- */

typedef struct join_args {
    const char               *on;
    const brasa_join_options *o;
} join_args;

static brasa_join_type join_type(brasa_join_how how)
{
    switch (how) {
    case BRASA_INNER: return BRASA_JOIN_INNER;
    case BRASA_LEFT: return BRASA_JOIN_LEFT;
    case BRASA_RIGHT: return BRASA_JOIN_RIGHT;
    case BRASA_FULL: return BRASA_JOIN_FULL;
    case BRASA_SEMI: return BRASA_JOIN_SEMI;
    case BRASA_ANTI: return BRASA_JOIN_ANTI;
    case BRASA_CROSS: return BRASA_JOIN_CROSS;
    }
    return BRASA_JOIN_INNER;
}

static brasa_status join_strategy(const char *text, brasa_join_strategy *out, brasa_error *err)
{
    *out = BRASA_STRATEGY_AUTO;
    if (text == NULL || strcmp(text, "auto") == 0) return BRASA_OK;
    if (strcmp(text, "broadcast") == 0) {
        *out = BRASA_STRATEGY_BROADCAST;
    } else if (strcmp(text, "partitioned") == 0) {
        *out = BRASA_STRATEGY_PARTITIONED;
    } else {
        return brasa__fail(err, BRASA_INVALID, "strategy '%s' of a join is not known; say \"broadcast\" or \"partitioned\"", text);
    }
    return BRASA_OK;
}

static brasa_status join_build(brasa_api_call *c, brasa_error *err)
{
    const join_args *a = c->arg;
    brasa_join_spec  spec = {.type = join_type(a->o->how)};

    BRASA_TRY(join_strategy(a->o->strategy, &spec.strategy, err));
    if (a->o->using_columns != NULL) BRASA_TRY(brasa__api_names(c, a->o->using_columns, &spec.using_names, &spec.nusing, err));
    if (a->on != NULL) BRASA_TRY(brasa__api_expr(c, a->on, &spec.on, err));
    if (spec.on == NULL && spec.nusing == 0 && spec.type != BRASA_JOIN_CROSS) {
        return brasa__fail(err, BRASA_INVALID, "a join without a condition; give one, .using_columns, or .how = BRASA_CROSS");
    }
    if (spec.type == BRASA_JOIN_CROSS && (spec.on != NULL || spec.nusing > 0)) spec.type = BRASA_JOIN_INNER;
    return brasa__plan_join(&c->builder, c->in[0]->node, c->in[1]->node, &spec, &c->node, err);
}

brasa_frame *brasa_join_at(brasa_frame *left, brasa_frame *right, const char *on, const brasa_join_options *o, brasa_site at)
{
    brasa_frame *in[] = {left, right};
    join_args    a = {.on = on, .o = o != NULL ? o : &(brasa_join_options) {.how = BRASA_INNER}};

    return brasa__api_frame(NULL, in, 2, at, on, join_build, &a);
}

static bool blank(const char *text)
{
    return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

static brasa_status aggregate_build(brasa_api_call *c, brasa_error *err)
{
    const char *const   *arg = c->arg;
    brasa_aggregate_spec spec = {.nkeys = 0};

    if (!blank(arg[0])) BRASA_TRY(brasa__api_list(c, arg[0], &spec.keys, &spec.nkeys, err));
    c->builder.text = arg[1];
    if (!blank(arg[1])) BRASA_TRY(brasa__api_list(c, arg[1], &spec.exprs, &spec.nexprs, err));
    if (spec.nkeys + spec.nexprs == 0)
        return brasa__fail(err, BRASA_INVALID, "an aggregation without keys and aggregates has no columns; name one");
    return brasa__plan_aggregate(&c->builder, c->in[0]->node, &spec, &c->node, err);
}

brasa_frame *brasa_aggregate_at(brasa_frame *f, const char *keys, const char *aggregates, brasa_site at)
{
    const char *arg[] = {keys, aggregates};

    return derive(f, at, keys, aggregate_build, arg);
}

static brasa_status distinct_build(brasa_api_call *c, brasa_error *err)
{
    return brasa__plan_distinct(&c->builder, c->in[0]->node, NULL, 0, &c->node, err);
}

brasa_frame *brasa_distinct_at(brasa_frame *f, brasa_site at)
{
    return derive(f, at, NULL, distinct_build, NULL);
}

static brasa_status reduce_build(brasa_api_call *c, brasa_error *err)
{
    const char *const          *arg = c->arg;
    const brasa_udf_descriptor *d = brasa__udf_find(arg[2]);
    brasa_aggregate_spec        spec = {.nexprs = 1};
    const brasa_expr           *value;
    brasa_expr                 *agg;

    BRASA_TRY(brasa__api_given(arg[2], "the name of a user function", err));
    if (d == NULL || d->combine == NULL)
        return brasa__fail(err, BRASA_NOT_FOUND, "there is no user function '%s' with .combine in this program", arg[2]);
    BRASA_TRY(brasa__api_list(c, arg[0], &spec.keys, &spec.nkeys, err));
    c->builder.text = arg[1];
    BRASA_TRY(brasa__api_expr(c, arg[1], &value, err));
    agg = brasa__expr_new(c->builder.arena, BRASA_EXPR_AGGREGATE);
    agg->name = brasa__arena_strdup(c->builder.arena, d->name);
    agg->nargs = 1;
    agg->args = brasa__arena_copy(c->builder.arena, &value, sizeof value);
    const brasa_expr *named = brasa__expr_alias(c->builder.arena, agg, brasa__expr_output_name(c->builder.arena, value));
    spec.exprs = &named;
    return brasa__plan_aggregate(&c->builder, c->in[0]->node, &spec, &c->node, err);
}

brasa_frame *brasa_reduce_by_key_at(brasa_frame *f, const char *keys, const char *value, const char *udf, brasa_site at)
{
    const char *arg[] = {keys, value, udf};

    return derive(f, at, keys, reduce_build, arg);
}

typedef struct set_args {
    brasa_set_op op;
    bool         all;
} set_args;

static brasa_status set_build(brasa_api_call *c, brasa_error *err)
{
    const set_args   *a = c->arg;
    const brasa_node *in[] = {c->in[0]->node, c->in[1]->node};

    return brasa__plan_set(&c->builder, a->op, a->all, in, 2, &c->node, err);
}

static brasa_frame *set_frame(brasa_frame *a, brasa_frame *b, brasa_set_op op, bool all, brasa_site at)
{
    brasa_frame *in[] = {a, b};
    set_args     arg = {.op = op, .all = all};

    return brasa__api_frame(NULL, in, 2, at, NULL, set_build, &arg);
}

brasa_frame *brasa_union_at(brasa_frame *a, brasa_frame *b, bool all, brasa_site at)
{
    return set_frame(a, b, BRASA_SET_UNION, all, at);
}

brasa_frame *brasa_intersect_at(brasa_frame *a, brasa_frame *b, bool all, brasa_site at)
{
    return set_frame(a, b, BRASA_SET_INTERSECT, all, at);
}

brasa_frame *brasa_except_at(brasa_frame *a, brasa_frame *b, bool all, brasa_site at)
{
    return set_frame(a, b, BRASA_SET_EXCEPT, all, at);
}

/* ---- order, pieces ---- */

static brasa_status sort_build(brasa_api_call *c, brasa_error *err)
{
    const brasa_order *keys;
    int32_t            n;

    BRASA_TRY(brasa__api_order(c, c->arg, &keys, &n, err));
    return brasa__plan_sort(&c->builder, c->in[0]->node, keys, n, &c->node, err);
}

brasa_frame *brasa_sort_at(brasa_frame *f, const char *order, brasa_site at)
{
    return derive(f, at, order, sort_build, order);
}

static brasa_status limit_build(brasa_api_call *c, brasa_error *err)
{
    const int64_t *v = c->arg;

    if (v[0] < -1 || v[1] < 0)
        return brasa__fail(err, BRASA_INVALID, "limit %lld offset %lld: neither may be negative (limit -1: all rows)", (long long)v[0],
                           (long long)v[1]);
    return brasa__plan_limit(&c->builder, c->in[0]->node, v[0], v[1], &c->node, err);
}

brasa_frame *brasa_limit_at(brasa_frame *f, int64_t limit, int64_t offset, brasa_site at)
{
    int64_t arg[] = {limit, offset};

    return derive(f, at, NULL, limit_build, arg);
}

typedef struct sample_args {
    double   fraction;
    uint64_t seed;
} sample_args;

static brasa_status sample_build(brasa_api_call *c, brasa_error *err)
{
    const sample_args *a = c->arg;

    if (!(a->fraction >= 0 && a->fraction <= 1))
        return brasa__fail(err, BRASA_INVALID, "sample fraction %g is not between 0 and 1", a->fraction);
    return brasa__plan_sample(&c->builder, c->in[0]->node, a->fraction, a->seed, &c->node, err);
}

brasa_frame *brasa_sample_at(brasa_frame *f, double fraction, uint64_t seed, brasa_site at)
{
    sample_args a = {.fraction = fraction, .seed = seed};

    return derive(f, at, NULL, sample_build, &a);
}

typedef struct repartition_args {
    int32_t                          nparts;
    const brasa_repartition_options *o;
} repartition_args;

static brasa_status repartition_build(brasa_api_call *c, brasa_error *err)
{
    const repartition_args  *a = c->arg;
    const brasa_expr *const *keys = NULL;
    const brasa_order       *order = NULL;
    int32_t                  n = 0;
    brasa_repartition_kind   kind = BRASA_REPARTITION_NUMBER;

    if (a->nparts < 0) return brasa__fail(err, BRASA_INVALID, "%d partitions; give 0 (from the data volume) or more", (int)a->nparts);
    if (a->o->hash != NULL && a->o->range != NULL)
        return brasa__fail(err, BRASA_INVALID, "repartition by .hash and .range at once; give one of them");
    if (a->o->hash != NULL) {
        kind = BRASA_REPARTITION_HASH;
        BRASA_TRY(brasa__api_list(c, a->o->hash, &keys, &n, err));
    } else if (a->o->range != NULL) {
        kind = BRASA_REPARTITION_RANGE;
        BRASA_TRY(brasa__api_order(c, a->o->range, &order, &n, err));
    }
    return brasa__plan_repartition(&c->builder, c->in[0]->node, kind, a->nparts, keys, order, n, &c->node, err);
}

brasa_frame *brasa_repartition_at(brasa_frame *f, int32_t nparts, const brasa_repartition_options *o, brasa_site at)
{
    repartition_args a = {.nparts = nparts, .o = o != NULL ? o : &(brasa_repartition_options) {.hash = NULL}};

    return derive(f, at, a.o->hash != NULL ? a.o->hash : a.o->range, repartition_build, &a);
}

typedef struct explode_args {
    const char                  *list, *name;
    const brasa_explode_options *o;
} explode_args;

static brasa_status explode_build(brasa_api_call *c, brasa_error *err)
{
    const explode_args *a = c->arg;
    const brasa_expr   *list;

    BRASA_TRY(brasa__api_given(a->name, "the name of a column", err));
    BRASA_TRY(brasa__api_expr(c, a->list, &list, err));
    return brasa__plan_explode(&c->builder, c->in[0]->node, list, a->name, a->o->outer, a->o->position, &c->node, err);
}

brasa_frame *brasa_explode_at(brasa_frame *f, const char *list, const char *name, const brasa_explode_options *o, brasa_site at)
{
    explode_args a = {.list = list, .name = name, .o = o != NULL ? o : &(brasa_explode_options) {.outer = false}};

    return derive(f, at, list, explode_build, &a);
}

typedef struct map_args {
    const char *udf;
    bool        per_partition;
} map_args;

static brasa_status map_build(brasa_api_call *c, brasa_error *err)
{
    const map_args             *a = c->arg;
    const brasa_udf_descriptor *d = brasa__udf_find(a->udf);
    brasa_schema                schema;

    BRASA_TRY(brasa__api_given(a->udf, "the name of a user function", err));
    if (d == NULL || (a->per_partition ? d->map_partition == NULL : d->flat_map == NULL)) {
        return brasa__fail(err, BRASA_NOT_FOUND, "there is no user function '%s' with .%s in this program", a->udf,
                           a->per_partition ? "map_partition" : "flat_map");
    }
    if (d->returns == NULL)
        return brasa__fail(err, BRASA_INVALID,
                           "user function '%s' does not say what it .returns; name its columns (\"word STRING, n BIGINT\")", a->udf);
    BRASA_TRY(brasa__schema_parse(c->builder.arena, d->returns, &schema, err));
    return brasa__plan_map(&c->builder, c->in[0]->node, d->name, a->per_partition, schema, &c->node, err);
}

brasa_frame *brasa_flat_map_at(brasa_frame *f, const char *udf, brasa_site at)
{
    map_args a = {.udf = udf};

    return derive(f, at, NULL, map_build, &a);
}

brasa_frame *brasa_map_partitions_at(brasa_frame *f, const char *udf, brasa_site at)
{
    map_args a = {.udf = udf, .per_partition = true};

    return derive(f, at, NULL, map_build, &a);
}
