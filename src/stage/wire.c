/* wire.c -- the bytes of a stage: what the driver sends to the workers.
 *
 * Counts are checked against what is left of the message, enumerators against their ranges, so that a damaged message gives CORRUPT.
 */
#include "data/type.h"
#include "data/value.h"
#include "stage/stage.h"

/* ---- lists ---- */

static void put_exprs(brasa_wire *w, const brasa_expr *const *list, int32_t n)
{
    for (int32_t i = 0; i < n; i++) brasa__put_expr(w, list[i]);
}

static void put_maybe(brasa_wire *w, const brasa_expr *e)
{
    brasa__put_bool(w, e != NULL);
    if (e) brasa__put_expr(w, e);
}

static void put_order(brasa_wire *w, const brasa_order *list, int32_t n)
{
    brasa__put_i32(w, n);
    for (int32_t i = 0; i < n; i++) {
        brasa__put_expr(w, list[i].expr);
        brasa__put_bool(w, list[i].desc);
        brasa__put_bool(w, list[i].nulls_last);
    }
}

static void put_ints(brasa_wire *w, const int32_t *list, int32_t n)
{
    brasa__put_i32(w, n);
    for (int32_t i = 0; i < n; i++) brasa__put_i32(w, list[i]);
}

static brasa_status get_exprs(brasa_reader *r, brasa_arena *arena, int32_t n, const brasa_expr *const **out, brasa_error *err)
{
    const brasa_expr **list = BRASA_NEWS(arena, const brasa_expr *, n + 1);

    for (int32_t i = 0; i < n; i++) BRASA_TRY(brasa__get_expr(r, arena, &list[i], err));
    *out = list;
    return BRASA_OK;
}

static brasa_status get_maybe(brasa_reader *r, brasa_arena *arena, const brasa_expr **out, brasa_error *err)
{
    *out = NULL;
    return brasa__get_bool(r) ? brasa__get_expr(r, arena, out, err) : BRASA_OK;
}

static brasa_status get_order(brasa_reader *r, brasa_arena *arena, const brasa_order **out, int32_t *n, brasa_error *err)
{
    *n = brasa__get_count(r, 1);
    brasa_order *list = BRASA_NEWS(arena, brasa_order, *n + 1);
    for (int32_t i = 0; i < *n; i++) {
        BRASA_TRY(brasa__get_expr(r, arena, &list[i].expr, err));
        list[i].desc = brasa__get_bool(r);
        list[i].nulls_last = brasa__get_bool(r);
    }
    *out = list;
    return BRASA_OK;
}

static const int32_t *get_ints(brasa_reader *r, brasa_arena *arena, int32_t *n)
{
    *n = brasa__get_count(r, 4);
    int32_t *list = BRASA_NEWS(arena, int32_t, *n + 1);
    for (int32_t i = 0; i < *n; i++) list[i] = brasa__get_i32(r);
    return list;
}

/* An enumerator below `count`. */
static int32_t get_enum(brasa_reader *r, int32_t count)
{
    int32_t v = brasa__get_u8(r);

    if (v < count) return v;
    r->bad = true;
    return 0;
}

/* ---- source ---- */

static void put_values(brasa_wire *w, const brasa_value *v, int64_t n)
{
    for (int64_t i = 0; i < n; i++) brasa__put_value(w, &v[i]);
}

static brasa_value *get_values(brasa_reader *r, brasa_arena *arena, int64_t n)
{
    brasa_value *v = BRASA_NEWS(arena, brasa_value, n + 1);

    for (int64_t i = 0; i < n && !r->bad; i++) v[i] = brasa__get_value(r, arena);
    return v;
}

static bool has_cols(const brasa_source *s)
{
    return s->kind == BRASA_SOURCE_SCAN || (s->kind == BRASA_SOURCE_CACHE && s->cols);
}

static void put_source(brasa_wire *w, const brasa_source *s)
{
    brasa__put_u8(w, (uint8_t)s->kind);
    brasa__put_i32(w, s->node);
    brasa__put_schema(w, s->schema);
    brasa__put_i32(w, s->nparts);
    brasa__put_bool(w, s->table != NULL);
    if (s->table) brasa__table_put(w, s->table);
    put_ints(w, s->cols, has_cols(s) ? s->schema.ncols : 0);
    brasa__put_i32(w, s->ntests);
    for (int32_t i = 0; i < s->ntests; i++) {
        brasa__put_i32(w, s->tests[i].col);
        brasa__put_u8(w, (uint8_t)s->tests[i].op);
        brasa__put_i32(w, s->tests[i].nvalues);
        put_values(w, s->tests[i].values, s->tests[i].nvalues);
    }
    brasa__put_i32(w, s->nrows);
    put_values(w, s->values, (int64_t)s->nrows * s->schema.ncols);
    brasa__put_i64(w, s->start);
    brasa__put_i64(w, s->end);
    brasa__put_i64(w, s->step);
    put_ints(w, s->stages, s->nstages);
    put_ints(w, s->pick, s->npick);
    brasa__put_bool(w, s->others);
    brasa__put_bool(w, s->consume);
    brasa__put_i64(w, s->task_bytes);
    brasa__put_i64(w, s->split_bytes);
    brasa__put_i32(w, s->ncaches);
    for (int32_t i = 0; i < s->ncaches; i++) brasa__put_i64(w, s->caches[i]);
}

static void get_caches(brasa_reader *r, brasa_arena *arena, brasa_source *s)
{
    s->ncaches = brasa__get_count(r, sizeof(int64_t));
    int64_t *caches = BRASA_NEWS(arena, int64_t, s->ncaches + 1);
    for (int32_t i = 0; i < s->ncaches; i++) caches[i] = brasa__get_i64(r);
    s->caches = caches;
    r->bad |= s->kind == BRASA_SOURCE_CACHE && s->ncaches == 0;
}

static void get_tests(brasa_reader *r, brasa_arena *arena, brasa_source *s)
{
    s->ntests = brasa__get_count(r, 9);
    brasa_scan_test *tests = BRASA_NEWS(arena, brasa_scan_test, s->ntests + 1);
    for (int32_t i = 0; i < s->ntests; i++) {
        tests[i].col = brasa__get_i32(r);
        tests[i].op = (brasa_scan_op)get_enum(r, BRASA_SCAN_NOT_NULL + 1);
        tests[i].nvalues = brasa__get_count(r, 1);
        tests[i].values = get_values(r, arena, tests[i].nvalues);
        bool known = s->kind == BRASA_SOURCE_CACHE || (s->table != NULL && tests[i].col < s->table->schema.ncols);
        if (!known || tests[i].col < 0) r->bad = true;
    }
    s->tests = tests;
}

static void get_source(brasa_reader *r, brasa_arena *arena, brasa_source *s)
{
    int32_t ncols;

    s->kind = (brasa_source_kind)get_enum(r, BRASA_SOURCE_CACHE + 1);
    s->node = brasa__get_i32(r);
    s->schema = brasa__get_schema(r, arena);
    s->nparts = brasa__get_i32(r);
    if (brasa__get_bool(r)) s->table = brasa__table_get(r, arena);
    s->cols = get_ints(r, arena, &ncols);
    if (s->kind == BRASA_SOURCE_SCAN && (s->table == NULL || ncols != s->schema.ncols)) r->bad = true;
    if (s->kind == BRASA_SOURCE_CACHE && ncols != 0 && ncols != s->schema.ncols) r->bad = true;
    if (s->kind != BRASA_SOURCE_SCAN && ncols == 0) s->cols = NULL;
    for (int32_t i = 0; i < ncols && s->table; i++) {
        if (s->cols[i] < 0 || s->cols[i] >= s->table->schema.ncols) r->bad = true;
    }
    if (s->nparts < 0) r->bad = true;
    get_tests(r, arena, s);
    s->nrows = brasa__get_i32(r);
    if (s->nrows < 0 || (uint64_t)s->nrows * (uint64_t)s->schema.ncols > r->len - r->pos) r->bad = true;
    if (!r->bad) s->values = get_values(r, arena, (int64_t)s->nrows * s->schema.ncols);
    s->start = brasa__get_i64(r);
    s->end = brasa__get_i64(r);
    s->step = brasa__get_i64(r);
    s->stages = get_ints(r, arena, &s->nstages);
    s->pick = get_ints(r, arena, &s->npick);
    s->others = brasa__get_bool(r);
    s->consume = brasa__get_bool(r);
    s->task_bytes = brasa__get_i64(r);
    s->split_bytes = brasa__get_i64(r);
    r->bad |= s->task_bytes < 0 || s->split_bytes < 0;
    get_caches(r, arena, s);
    if (s->kind == BRASA_SOURCE_RANGE && s->step == 0) r->bad = true;
}

/* ---- operators ---- */

static void put_probe(brasa_wire *w, const brasa_op_desc *op)
{
    brasa__put_u8(w, (uint8_t)op->u.probe.type);
    brasa__put_bool(w, op->u.probe.keep_build);
    brasa__put_bool(w, op->u.probe.swapped);
    brasa__put_bool(w, op->u.probe.null_aware);
    brasa__put_i32(w, op->u.probe.build);
    brasa__put_schema(w, op->u.probe.build_schema);
    brasa__put_i32(w, op->u.probe.nkeys);
    put_exprs(w, op->u.probe.probe_keys, op->u.probe.nkeys);
    put_exprs(w, op->u.probe.build_keys, op->u.probe.nkeys);
    brasa__put_bool(w, op->u.probe.null_equal != NULL);
    for (int32_t i = 0; op->u.probe.null_equal && i < op->u.probe.nkeys; i++) brasa__put_bool(w, op->u.probe.null_equal[i]);
    put_maybe(w, op->u.probe.residual);
}

static brasa_status get_probe(brasa_reader *r, brasa_arena *arena, brasa_op_desc *op, brasa_error *err)
{
    op->u.probe.type = (brasa_join_type)get_enum(r, BRASA_JOIN_SINGLE + 1);
    op->u.probe.keep_build = brasa__get_bool(r);
    op->u.probe.swapped = brasa__get_bool(r);
    op->u.probe.null_aware = brasa__get_bool(r);
    op->u.probe.build = brasa__get_i32(r);
    op->u.probe.build_schema = brasa__get_schema(r, arena);
    op->u.probe.nkeys = brasa__get_count(r, 2);
    BRASA_TRY(get_exprs(r, arena, op->u.probe.nkeys, &op->u.probe.probe_keys, err));
    BRASA_TRY(get_exprs(r, arena, op->u.probe.nkeys, &op->u.probe.build_keys, err));
    if (brasa__get_bool(r)) {
        bool *equal = BRASA_NEWS(arena, bool, op->u.probe.nkeys + 1);
        for (int32_t i = 0; i < op->u.probe.nkeys; i++) equal[i] = brasa__get_bool(r);
        op->u.probe.null_equal = equal;
    }
    return get_maybe(r, arena, &op->u.probe.residual, err);
}

static void put_aggregate(brasa_wire *w, const brasa_op_desc *op)
{
    brasa__put_u8(w, (uint8_t)op->u.aggregate.mode);
    brasa__put_i32(w, op->u.aggregate.nkeys);
    put_exprs(w, op->u.aggregate.keys, op->u.aggregate.nkeys);
    brasa__put_i32(w, op->u.aggregate.naggs);
    put_exprs(w, op->u.aggregate.aggs, op->u.aggregate.naggs);
    brasa__put_schema(w, op->u.aggregate.in_schema);
    brasa__put_f64(w, op->u.aggregate.groups);
    brasa__put_f64(w, op->u.aggregate.rows);
}

static brasa_status get_aggregate(brasa_reader *r, brasa_arena *arena, brasa_op_desc *op, brasa_error *err)
{
    op->u.aggregate.mode = (brasa_agg_mode)get_enum(r, BRASA_AGG_PARTITION + 1);
    op->u.aggregate.nkeys = brasa__get_count(r, 1);
    BRASA_TRY(get_exprs(r, arena, op->u.aggregate.nkeys, &op->u.aggregate.keys, err));
    op->u.aggregate.naggs = brasa__get_count(r, 1);
    BRASA_TRY(get_exprs(r, arena, op->u.aggregate.naggs, &op->u.aggregate.aggs, err));
    op->u.aggregate.in_schema = brasa__get_schema(r, arena);
    op->u.aggregate.groups = brasa__get_f64(r);
    op->u.aggregate.rows = brasa__get_f64(r);
    for (int32_t i = 0; i < op->u.aggregate.naggs; i++) r->bad |= op->u.aggregate.aggs[i]->kind != BRASA_EXPR_AGGREGATE;
    return BRASA_OK;
}

/* Window functions have no row in the function registry: their calls travel as name, type and arguments. */
static void put_window_call(brasa_wire *w, const brasa_window_call *c)
{
    bool aggregate = c->call->kind == BRASA_EXPR_AGGREGATE;

    brasa__put_bool(w, aggregate);
    if (aggregate) {
        brasa__put_expr(w, c->call);
    } else {
        brasa__put_str(w, c->call->name);
        brasa__put_type(w, c->call->type);
        brasa__put_bool(w, c->call->nullable);
        brasa__put_i32(w, c->call->nargs);
        put_exprs(w, c->call->args, c->call->nargs);
    }
    brasa__put_u8(w, (uint8_t)c->frame.unit);
    brasa__put_u8(w, (uint8_t)c->frame.start);
    brasa__put_u8(w, (uint8_t)c->frame.end);
    put_maybe(w, c->frame.start_offset);
    put_maybe(w, c->frame.end_offset);
    brasa__put_u8(w, (uint8_t)c->frame.exclude);
    brasa__put_bool(w, c->ignore_nulls);
}

static brasa_status get_window_call(brasa_reader *r, brasa_arena *arena, brasa_window_call *c, brasa_error *err)
{
    if (brasa__get_bool(r)) {
        BRASA_TRY(brasa__get_expr(r, arena, &c->call, err));
        r->bad |= c->call->kind != BRASA_EXPR_AGGREGATE;
    } else {
        brasa_expr *call = brasa__expr_new(arena, BRASA_EXPR_CALL);
        call->bound = true;
        call->name = brasa__get_str(r, arena);
        call->type = brasa__get_type(r, arena);
        call->nullable = brasa__get_bool(r);
        call->nargs = brasa__get_count(r, 1);
        BRASA_TRY(get_exprs(r, arena, call->nargs, &call->args, err));
        r->bad |= call->name == NULL;
        c->call = call;
    }
    c->frame.unit = (brasa_frame_unit)get_enum(r, BRASA_FRAME_GROUPS + 1);
    c->frame.start = (brasa_frame_bound)get_enum(r, BRASA_BOUND_UNBOUNDED_FOLLOWING + 1);
    c->frame.end = (brasa_frame_bound)get_enum(r, BRASA_BOUND_UNBOUNDED_FOLLOWING + 1);
    BRASA_TRY(get_maybe(r, arena, &c->frame.start_offset, err));
    BRASA_TRY(get_maybe(r, arena, &c->frame.end_offset, err));
    c->frame.exclude = (brasa_frame_exclude)get_enum(r, BRASA_EXCLUDE_TIES + 1);
    c->ignore_nulls = brasa__get_bool(r);
    return BRASA_OK;
}

static void put_window(brasa_wire *w, const brasa_op_desc *op)
{
    brasa__put_i32(w, op->u.window.nkeys);
    put_exprs(w, op->u.window.keys, op->u.window.nkeys);
    put_order(w, op->u.window.order, op->u.window.norder);
    brasa__put_i32(w, op->u.window.ncalls);
    for (int32_t i = 0; i < op->u.window.ncalls; i++) put_window_call(w, &op->u.window.calls[i]);
}

static brasa_status get_window(brasa_reader *r, brasa_arena *arena, brasa_op_desc *op, brasa_error *err)
{
    op->u.window.nkeys = brasa__get_count(r, 1);
    BRASA_TRY(get_exprs(r, arena, op->u.window.nkeys, &op->u.window.keys, err));
    BRASA_TRY(get_order(r, arena, &op->u.window.order, &op->u.window.norder, err));
    op->u.window.ncalls = brasa__get_count(r, 6);
    brasa_window_call *calls = BRASA_NEWS(arena, brasa_window_call, op->u.window.ncalls + 1);
    for (int32_t i = 0; i < op->u.window.ncalls && !r->bad; i++) BRASA_TRY(get_window_call(r, arena, &calls[i], err));
    op->u.window.calls = calls;
    return BRASA_OK;
}

static void put_group_limit(brasa_wire *w, const brasa_op_desc *op)
{
    brasa__put_u8(w, (uint8_t)op->u.group_limit.fn);
    brasa__put_i64(w, op->u.group_limit.limit);
    brasa__put_bool(w, op->u.group_limit.per_partition);
    brasa__put_i32(w, op->u.group_limit.nkeys);
    put_exprs(w, op->u.group_limit.keys, op->u.group_limit.nkeys);
    put_order(w, op->u.group_limit.order, op->u.group_limit.norder);
}

static brasa_status get_group_limit(brasa_reader *r, brasa_arena *arena, brasa_op_desc *op, brasa_error *err)
{
    op->u.group_limit.fn = (brasa_limit_fn)get_enum(r, BRASA_LIMIT_DENSE_RANK + 1);
    op->u.group_limit.limit = brasa__get_i64(r);
    op->u.group_limit.per_partition = brasa__get_bool(r);
    op->u.group_limit.nkeys = brasa__get_count(r, 1);
    BRASA_TRY(get_exprs(r, arena, op->u.group_limit.nkeys, &op->u.group_limit.keys, err));
    r->bad |= op->u.group_limit.limit < 1;
    return get_order(r, arena, &op->u.group_limit.order, &op->u.group_limit.norder, err);
}

static void put_op(brasa_wire *w, const brasa_op_desc *op)
{
    brasa__put_u8(w, (uint8_t)op->kind);
    brasa__put_i32(w, op->node);
    brasa__put_schema(w, op->schema);
    switch (op->kind) {
    case BRASA_OP_FILTER: brasa__put_expr(w, op->u.filter.test); return;
    case BRASA_OP_PROJECT: put_exprs(w, op->u.project.exprs, op->schema.ncols); return;
    case BRASA_OP_PROBE: put_probe(w, op); return;
    case BRASA_OP_AGGREGATE: put_aggregate(w, op); return;
    case BRASA_OP_SORT:
    case BRASA_OP_TOPN:
        put_order(w, op->u.sort.keys, op->u.sort.nkeys);
        brasa__put_i64(w, op->u.sort.limit);
        return;
    case BRASA_OP_LIMIT:
        brasa__put_i64(w, op->u.limit.limit);
        brasa__put_i64(w, op->u.limit.offset);
        brasa__put_bool(w, op->u.limit.total);
        return;
    case BRASA_OP_SAMPLE:
        brasa__put_f64(w, op->u.sample.fraction);
        brasa__put_u64(w, op->u.sample.seed);
        return;
    case BRASA_OP_EXPLODE:
        brasa__put_expr(w, op->u.explode.list);
        brasa__put_bool(w, op->u.explode.outer);
        brasa__put_bool(w, op->u.explode.position);
        return;
    case BRASA_OP_MAP:
        brasa__put_str(w, op->u.map.udf);
        brasa__put_bool(w, op->u.map.per_partition);
        return;
    case BRASA_OP_WINDOW: put_window(w, op); return;
    case BRASA_OP_GROUP_LIMIT: put_group_limit(w, op); return;
    case BRASA_OP_RUNTIME:
        brasa__put_i32(w, op->u.runtime.build);
        brasa__put_i32(w, op->u.runtime.build_col);
        brasa__put_i32(w, op->u.runtime.col);
        brasa__put_bool(w, op->u.runtime.shared);
        return;
    case BRASA_OP_COUNT: return;
    }
}

static brasa_status get_op(brasa_reader *r, brasa_arena *arena, brasa_op_desc *op, brasa_error *err)
{
    op->kind = (brasa_op_kind)get_enum(r, BRASA_OP_COUNT);
    op->node = brasa__get_i32(r);
    op->schema = brasa__get_schema(r, arena);
    switch (op->kind) {
    case BRASA_OP_FILTER: return brasa__get_expr(r, arena, &op->u.filter.test, err);
    case BRASA_OP_PROJECT: return get_exprs(r, arena, op->schema.ncols, &op->u.project.exprs, err);
    case BRASA_OP_PROBE: return get_probe(r, arena, op, err);
    case BRASA_OP_AGGREGATE: return get_aggregate(r, arena, op, err);
    case BRASA_OP_SORT:
    case BRASA_OP_TOPN:
        BRASA_TRY(get_order(r, arena, &op->u.sort.keys, &op->u.sort.nkeys, err));
        op->u.sort.limit = brasa__get_i64(r);
        return BRASA_OK;
    case BRASA_OP_LIMIT:
        op->u.limit.limit = brasa__get_i64(r);
        op->u.limit.offset = brasa__get_i64(r);
        op->u.limit.total = brasa__get_bool(r);
        return BRASA_OK;
    case BRASA_OP_SAMPLE:
        op->u.sample.fraction = brasa__get_f64(r);
        op->u.sample.seed = brasa__get_u64(r);
        return BRASA_OK;
    case BRASA_OP_EXPLODE:
        BRASA_TRY(brasa__get_expr(r, arena, &op->u.explode.list, err));
        op->u.explode.outer = brasa__get_bool(r);
        op->u.explode.position = brasa__get_bool(r);
        return BRASA_OK;
    case BRASA_OP_MAP:
        op->u.map.udf = brasa__get_str(r, arena);
        op->u.map.per_partition = brasa__get_bool(r);
        r->bad |= op->u.map.udf == NULL;
        return BRASA_OK;
    case BRASA_OP_WINDOW: return get_window(r, arena, op, err);
    case BRASA_OP_GROUP_LIMIT: return get_group_limit(r, arena, op, err);
    case BRASA_OP_RUNTIME:
        op->u.runtime.build = brasa__get_i32(r);
        op->u.runtime.build_col = brasa__get_i32(r);
        op->u.runtime.col = brasa__get_i32(r);
        op->u.runtime.shared = brasa__get_bool(r);
        r->bad |= op->u.runtime.build_col < 0 || op->u.runtime.col < 0 || op->u.runtime.col >= op->schema.ncols;
        return BRASA_OK;
    case BRASA_OP_COUNT: break;
    }
    return BRASA_OK;
}

/* ---- sink, stage ---- */

static void put_sink(brasa_wire *w, const brasa_sink_desc *s)
{
    brasa__put_u8(w, (uint8_t)s->kind);
    brasa__put_u8(w, (uint8_t)s->exchange);
    brasa__put_i32(w, s->nparts);
    brasa__put_i32(w, s->nkeys);
    put_exprs(w, s->keys, s->nkeys);
    put_order(w, s->sort, s->nsort);
    brasa__put_i64(w, s->cache);
    brasa__put_bool(w, s->write != NULL);
    if (s->write) brasa__write_spec_put(w, s->write);
}

static brasa_status get_sink(brasa_reader *r, brasa_arena *arena, brasa_sink_desc *s, brasa_error *err)
{
    s->kind = (brasa_sink_kind)get_enum(r, BRASA_SINK_WRITE + 1);
    s->exchange = (brasa_exchange_kind)get_enum(r, BRASA_EXCHANGE_NUMBER + 1);
    s->nparts = brasa__get_i32(r);
    s->nkeys = brasa__get_count(r, 1);
    BRASA_TRY(get_exprs(r, arena, s->nkeys, &s->keys, err));
    BRASA_TRY(get_order(r, arena, &s->sort, &s->nsort, err));
    s->cache = brasa__get_i64(r);
    if (s->kind == BRASA_SINK_EXCHANGE && s->nparts < 1) r->bad = true;
    if (!brasa__get_bool(r)) return BRASA_OK;
    brasa_write_spec *write = BRASA_NEW(arena, brasa_write_spec);
    brasa__write_spec_get(r, arena, write);
    s->write = write;
    return BRASA_OK;
}

void brasa__put_stage(brasa_wire *w, const brasa_stage *s)
{
    brasa__put_i32(w, s->id);
    put_source(w, &s->source);
    brasa__put_i32(w, s->nops);
    for (int32_t i = 0; i < s->nops; i++) put_op(w, &s->ops[i]);
    put_sink(w, &s->sink);
    brasa__put_schema(w, s->schema);
    put_ints(w, s->free, s->nfree);
    brasa__put_f64(w, s->rows);
}

static brasa_status get_stage(brasa_reader *r, brasa_arena *arena, brasa_stage *out, brasa_error *err)
{
    *out = (brasa_stage) {.id = brasa__get_i32(r)};
    get_source(r, arena, &out->source);
    if (r->bad) return BRASA_OK;
    out->nops = brasa__get_count(r, 5);
    brasa_op_desc *ops = BRASA_NEWS(arena, brasa_op_desc, out->nops + 1);
    for (int32_t i = 0; i < out->nops && !r->bad; i++) BRASA_TRY(get_op(r, arena, &ops[i], err));
    out->ops = ops;
    if (r->bad) return BRASA_OK;
    BRASA_TRY(get_sink(r, arena, &out->sink, err));
    out->schema = brasa__get_schema(r, arena);
    out->free = get_ints(r, arena, &out->nfree);
    out->rows = brasa__get_f64(r);
    return BRASA_OK;
}

brasa_status brasa__get_stage(brasa_reader *r, brasa_arena *arena, brasa_stage *out, brasa_error *err)
{
    brasa_status status = get_stage(r, arena, out, err);

    if (status != BRASA_OK && !r->bad) return status;
    if (r->bad)
        return brasa__fail(err, BRASA_CORRUPT, "the description of stage %d is damaged at byte %zu of %zu", (int)out->id, r->pos, r->len);
    return BRASA_OK;
}
