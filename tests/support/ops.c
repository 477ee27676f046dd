/* ops.c -- see ops.h. */
#include "support/ops.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/ctx.h"
#include "base/fault.h"
#include "comm/class.h"
#include "comm/launch.h"
#include "data/type.h"
#include "data/value.h"
#include "expr/bind.h"

static void close_rig(void *arg)
{
    ops_rig *r = arg;

    brasa__exec_free(r->exec);
    brasa__comm_end(r->comm);
}

ops_rig *ops_open(brasa_arena *arena, int32_t threads, int32_t batch_rows)
{
    ops_rig    *r = BRASA_NEW(arena, ops_rig);
    brasa_error err;
    char        text[32];

    r->arena = arena;
    snprintf(text, sizeof text, "%d", batch_rows);
    assert_ok(brasa__config_set(brasa__ctx()->config, "batch-rows", text, &err), err);
    assert_ok(brasa__comm_self_world(&r->comm, &err), err);
    assert_ok(brasa__exec_new(r->comm, threads, &r->exec, &err), err);
    brasa__arena_defer(arena, close_rig, r);
    return r;
}

brasa_schema ops_schema(brasa_arena *arena, const char *text)
{
    brasa_schema s;
    brasa_error  err;

    assert_ok(brasa__schema_parse(arena, text, &s, &err), err);
    return s;
}

ops_rows ops_rows_new(brasa_arena *arena, brasa_schema schema, int64_t n)
{
    ops_rows r = {.schema = schema, .n = n};

    r.values = BRASA_NEWS(arena, brasa_value, n * schema.ncols);
    r.partitions = BRASA_NEWS(arena, int32_t, n);
    for (int64_t i = 0; i < n * schema.ncols; i++) r.values[i] = (brasa_value) {.type = schema.cols[i % schema.ncols].type, .null = true};
    return r;
}

static void random_text(brasa_arena *arena, brasa_value *v, int64_t pick)
{
    static const char *const words[] = {"", "a", "ember", "a word of some length", "brasa brasa brasa"};

    v->u.s.p = brasa__arena_printf(arena, "%s%lld", words[(uint64_t)pick % 5], (long long)(pick / 5));
    v->u.s.n = pick == 0 ? 0 : strlen(v->u.s.p);
}

static void random_value(brasa_arena *arena, unit_random *rnd, int64_t distinct, brasa_value *v)
{
    int64_t pick = distinct > 0 ? unit_between(rnd, 0, distinct - 1) : unit_between(rnd, -1000000000, 1000000000);
    int64_t centred = distinct > 0 ? pick - distinct / 2 : pick;

    v->null = false;
    switch (v->type.kind) {
    case BRASA_KIND_NULL: v->null = true; break;
    case BRASA_KIND_BOOL: v->u.b = pick & 1; break;
    case BRASA_KIND_INT8: v->u.i = (int8_t)centred; break;
    case BRASA_KIND_INT16: v->u.i = (int16_t)centred; break;
    case BRASA_KIND_INT32:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_DATE: v->u.i = (int32_t)centred; break;
    case BRASA_KIND_INT64:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_TIME:
    case BRASA_KIND_TIMESTAMP: v->u.i = centred * (distinct > 0 ? 1 : 4096); break;
    case BRASA_KIND_FLOAT32: v->u.f = (double)(float)((double)centred / 4); break;
    case BRASA_KIND_FLOAT64: v->u.f = (double)centred / 8; break;
    case BRASA_KIND_DECIMAL:
        if (v->type.precision > 18) {
            v->u.d = (brasa_int128)centred * 1000000007;
        } else {
            v->u.i = centred % 1000;
        }
        break;
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY: random_text(arena, v, pick < 0 ? -pick : pick); break;
    case BRASA_KIND_INTERVAL:
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR:
    case BRASA_KIND_STRUCT:
    case BRASA_KIND_MAP:
    case BRASA_KIND_COUNT: v->null = true; break;
    }
}

ops_rows ops_random(brasa_arena *arena, brasa_schema schema, int64_t n, double nulls, int64_t distinct, uint64_t seed)
{
    ops_rows    r = ops_rows_new(arena, schema, n);
    unit_random rnd = {.state = seed};

    for (int64_t i = 0; i < n * schema.ncols; i++) {
        if (!unit_chance(&rnd, nulls)) random_value(arena, &rnd, distinct, &r.values[i]);
    }
    return r;
}

int32_t ops_put(ops_rig *r, const ops_rows *rows, int32_t nparts, int32_t block_rows)
{
    brasa_appender *a = brasa__appender_new(rows->schema, block_rows);
    int32_t         id = r->stages++;

    for (int32_t p = 0; p < nparts; p++) {
        brasa_blocks blocks = {0};

        for (int64_t i = rows->n * p / nparts; i < rows->n * (p + 1) / nparts; i++) {
            rows->partitions[i] = p;
            brasa__appender_push_values(a, ops_at(rows, i, 0), brasa__blocks_sink, &blocks);
        }
        brasa__appender_finish(a, brasa__blocks_sink, &blocks);
        brasa__exec_put(r->exec, id, p, &blocks);
    }
    brasa__appender_free(a);
    return id;
}

static void read_partition(ops_rig *r, const brasa_blocks *blocks, int32_t number, ops_rows *out, int64_t *at)
{
    for (int32_t b = 0; b < blocks->count; b++) {
        const brasa_block *block = blocks->items[b];

        assert_int_equal(block->ncols, out->schema.ncols);
        for (int32_t i = 0; i < block->rows; i++, (*at)++) {
            out->partitions[*at] = number;
            for (int32_t c = 0; c < block->ncols; c++) {
                brasa_value v = brasa__column_value(&block->cols[c], i, r->arena);

                out->values[*at * block->ncols + c] = brasa__value_copy(r->arena, &v);
            }
        }
    }
}

/* A block of random rows that owns its memory. */
static brasa_block *random_block(unit_random *rnd, brasa_schema schema, int32_t n, data_options o)
{
    brasa_arena *keep = brasa__arena_new(NULL, "random block");
    brasa_batch  batch = data_random_batch(keep, rnd, schema, n, o);

    return brasa__block_make(batch.cols, batch.ncols, n, NULL, 0, keep);
}

int32_t ops_put_random(ops_rig *r, brasa_schema schema, int64_t n, int32_t nparts, data_options o, uint64_t seed, ops_rows *rows)
{
    unit_random rnd = {.state = seed};
    int32_t     id = r->stages++;
    int64_t     at = 0;

    *rows = ops_rows_new(r->arena, schema, n);
    o.select = 0;
    for (int32_t p = 0; p < nparts; p++) {
        int64_t      end = n * (p + 1) / nparts;
        brasa_blocks blocks = {0};

        for (int64_t have = at; have < end;) {
            int64_t rows_here = unit_between(&rnd, 1, 3000);

            if (rows_here > end - have) rows_here = end - have;
            brasa__blocks_add(&blocks, random_block(&rnd, schema, (int32_t)rows_here, o));
            have += rows_here;
        }
        read_partition(r, &blocks, p, rows, &at);
        brasa__exec_put(r->exec, id, p, &blocks);
    }
    return id;
}

brasa_status ops_run_stage(ops_rig *r, brasa_stage *stage, ops_rows *out, brasa_stage_result *result, brasa_error *err)
{
    brasa_stage_result own;
    int64_t            n = 0, at = 0;

    stage->id = r->stages++;
    stage->sink.kind = BRASA_SINK_LOCAL;
    stage->schema = stage->nops > 0 ? stage->ops[stage->nops - 1].schema : stage->source.schema;
    if (result == NULL) result = &own;
    BRASA_TRY(brasa__exec_stage(r->exec, stage, r->arena, result, err));
    for (int32_t i = 0; i < result->nparts; i++) n += result->parts[i].rows;
    *out = ops_rows_new(r->arena, stage->schema, n);
    for (int32_t i = 0; i < result->nparts; i++) {
        const brasa_blocks *blocks = brasa__exec_partition(r->exec, stage->id, result->parts[i].partition);

        assert_non_null(blocks);
        read_partition(r, blocks, result->parts[i].partition, out, &at);
    }
    assert_int_equal(at, n);
    return BRASA_OK;
}

brasa_status ops_try(ops_rig *r, int32_t source, brasa_schema schema, const brasa_op_desc *ops, int32_t nops, ops_rows *out,
                     brasa_error *err)
{
    brasa_stage stage = {
        .source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &source}, .nops = nops, .ops = ops};

    return ops_run_stage(r, &stage, out, NULL, err);
}

ops_rows ops_run(ops_rig *r, int32_t source, brasa_schema schema, const brasa_op_desc *ops, int32_t nops)
{
    ops_rows    out;
    brasa_error err;

    assert_ok(ops_try(r, source, schema, ops, nops, &out, &err), err);
    return out;
}

#ifdef BRASA_FAULTS
typedef struct attempt {
    ops_rig    *rig;
    brasa_stage stage;
} attempt;

static brasa_status try_stage(void *arg, brasa_error *err)
{
    attempt           *a = arg;
    brasa_stage_result result;

    return brasa__exec_stage(a->rig->exec, &a->stage, a->rig->arena, &result, err);
}

void ops_fail_allocations(ops_rig *r, int32_t source, brasa_schema schema, const brasa_op_desc *op, int32_t most)
{
    int32_t failed = 0;

    for (int32_t n = 1; n < most; n = n * 9 / 8 + 1) {
        brasa_error  err;
        brasa_status status;
        attempt      a = {.rig = r,
                          .stage = {.source = {.kind = BRASA_SOURCE_STAGES, .schema = schema, .nstages = 1, .stages = &source},
                                    .nops = 1,
                                    .ops = op,
                                    .id = r->stages++,
                                    .schema = op->schema}};

        assert_ok(brasa__faults_set(brasa__ctx()->faults, brasa__arena_printf(r->arena, "alloc:%d", n), &err), err);
        status = brasa__guarded(try_stage, &a, &err);
        assert_ok(brasa__faults_set(brasa__ctx()->faults, "", &err), err);
        assert_true(status == BRASA_OK || status == BRASA_NO_MEMORY);
        failed += status != BRASA_OK;
    }
    assert_true(failed > 10);
}
#endif

typedef struct sort_row {
    const brasa_value *values;
    int32_t            ncols, partition;
} sort_row;

static int compare_rows(const void *a, const void *b)
{
    const sort_row *x = a, *y = b;

    for (int32_t c = 0; c < x->ncols; c++) {
        int k = brasa__value_compare(&x->values[c], &y->values[c]);

        if (k != 0) return k;
    }
    return (x->partition > y->partition) - (x->partition < y->partition);
}

void ops_sort(ops_rows *r)
{
    size_t       width = (size_t)r->schema.ncols;
    sort_row    *rows = calloc((size_t)r->n + 1, sizeof *rows);
    brasa_value *values = calloc((size_t)r->n * width + 1, sizeof *values);

    for (int64_t i = 0; i < r->n; i++) rows[i] = (sort_row) {ops_at(r, i, 0), r->schema.ncols, r->partitions[i]};
    if (r->n > 1) qsort(rows, (size_t)r->n, sizeof *rows, compare_rows);
    for (int64_t i = 0; i < r->n; i++) {
        memcpy(values + (size_t)i * width, rows[i].values, sizeof *values * width);
        r->partitions[i] = rows[i].partition;
    }
    memcpy(r->values, values, sizeof *values * (size_t)r->n * width);
    free(values);
    free(rows);
}

static bool close_to(const brasa_value *a, const brasa_value *b, double tolerance)
{
    bool real = a->type.kind == BRASA_KIND_FLOAT64 || a->type.kind == BRASA_KIND_FLOAT32;

    if (a->null != b->null) return false;
    if (brasa__value_compare(a, b) == 0) return true;
    if (!real || a->null || tolerance <= 0) return false;
    return fabs(a->u.f - b->u.f) <= tolerance * fmax(fmax(fabs(a->u.f), fabs(b->u.f)), 1e-6);
}

void ops_assert_equal_(const ops_rows *got, const ops_rows *want, double tolerance, const char *file, int line)
{
    int32_t ncols = want->schema.ncols;

    if (got->n != want->n || got->schema.ncols != ncols) {
        print_error("%lld rows of %d columns, not %lld of %d\n", (long long)got->n, got->schema.ncols, (long long)want->n, ncols);
        _fail(file, line);
    }
    for (int64_t i = 0; i < want->n * ncols; i++) {
        brasa_arena *arena;
        brasa_text   a, b;

        if (close_to(&got->values[i], &want->values[i], tolerance)) continue;
        arena = brasa__arena_new(NULL, "message");
        brasa__text_init(&a, arena);
        brasa__text_init(&b, arena);
        if (!got->values[i].null) brasa__value_text(&got->values[i], &a);
        if (!want->values[i].null) brasa__value_text(&want->values[i], &b);
        print_error("row %lld of %lld, column %s: %s, not %s\n", (long long)(i / ncols), (long long)want->n,
                    want->schema.cols[i % ncols].name, got->values[i].null ? "null" : a.s, want->values[i].null ? "null" : b.s);
        brasa__arena_free(arena);
        _fail(file, line);
    }
}

void ops_assert_same_(ops_rows *got, ops_rows *want, double tolerance, const char *file, int line)
{
    ops_sort(got);
    ops_sort(want);
    ops_assert_equal_(got, want, tolerance, file, line);
}

const brasa_expr *ops_ref(brasa_arena *arena, brasa_schema schema, int32_t i)
{
    return brasa__expr_ref(arena, i, schema.cols[i].type, true, schema.cols[i].name);
}

const brasa_expr *ops_call(brasa_arena *arena, brasa_schema schema, const char *name, const brasa_expr *a, const brasa_expr *b)
{
    brasa_scope       scope = {.schema = schema};
    const brasa_expr *args[2] = {a, b}, *out = NULL;
    brasa_error       err;

    assert_ok(brasa__expr_bind(arena, &scope, brasa__expr_call(arena, name, args, b == NULL ? 1 : 2), 0, &out, &err), err);
    return out;
}

const brasa_expr *ops_i64(brasa_arena *arena, int64_t v)
{
    brasa_value value = {.type = {.kind = BRASA_KIND_INT64}, .u.i = v};

    return brasa__expr_literal(arena, &value);
}

const brasa_expr *const *ops_exprs(brasa_arena *arena, int32_t n, ...)
{
    const brasa_expr **list = BRASA_NEWS(arena, const brasa_expr *, n);
    va_list            ap;

    va_start(ap, n);
    for (int32_t i = 0; i < n; i++) list[i] = va_arg(ap, const brasa_expr *);
    va_end(ap);
    return list;
}
