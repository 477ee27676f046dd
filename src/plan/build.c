/* build.c -- leaves of plans, and what all constructors share. */
#include "plan/build_inner.h"

#include <string.h>

#include "data/type.h"
#include "data/value.h"

brasa_status brasa__build_check_key(const brasa_expr *e, const char *what, brasa_error *err)
{
    if (!brasa__type_holds_map(e->type)) return BRASA_OK;
    return brasa__fail(err, BRASA_TYPE,
                       "%s by %s, which is or holds a map; maps have no order and no equality: use map_entries() or an element", what,
                       e->name ? e->name : "an expression");
}

const brasa_node *brasa__build_done(brasa_builder *b, brasa_node *n)
{
    n->id = (*b->next_id)++;
    n->file = b->file;
    n->line = b->line;
    return n;
}

brasa_scope brasa__plan_scope(const brasa_builder *b, const brasa_node *n)
{
    return (brasa_scope) {.schema = n->schema,
                          .qualifiers = n->qualifiers,
                          .outer = b->outer,
                          .params = b->params,
                          .nparams = b->nparams,
                          .text = b->text,
                          .now_us = b->now_us};
}

const brasa_expr *brasa__build_unalias(const brasa_expr *e)
{
    while (e->kind == BRASA_EXPR_ALIAS) e = e->args[0];
    return e;
}

const char *brasa__build_name(brasa_builder *b, const brasa_expr *e)
{
    return brasa__expr_output_name(b->arena, e->kind == BRASA_EXPR_WINDOW ? e->args[0] : e);
}

brasa_status brasa__build_bind(brasa_builder *b, const brasa_node *in, const brasa_expr *e, int32_t flags, const brasa_expr **out,
                               brasa_error *err)
{
    brasa_scope scope = brasa__plan_scope(b, in);

    e = brasa__build_unalias(e);
    if (e->bound) {
        *out = e;
        return BRASA_OK;
    }
    return brasa__expr_bind(b->arena, &scope, e, flags, out, err);
}

brasa_status brasa__build_bind_bool(brasa_builder *b, const brasa_node *in, const brasa_expr *e, const char *what, const brasa_expr **out,
                                    brasa_error *err)
{
    BRASA_TRY(brasa__build_bind(b, in, e, 0, out, err));
    if ((*out)->type.kind == BRASA_KIND_BOOL) return BRASA_OK;
    if ((*out)->type.kind == BRASA_KIND_NULL) return brasa__expr_coerce(b->arena, *out, brasa__type(BRASA_KIND_BOOL), true, out, err);

    brasa_text type, text;
    brasa__text_init(&type, b->arena);
    brasa__text_init(&text, b->arena);
    brasa__type_text((*out)->type, &type);
    brasa__expr_text(e, &text);
    return brasa__fail(err, BRASA_TYPE, "%s '%s' is %s, not BOOLEAN; write a comparison", what, text.s, type.s);
}

static const char **names_of(brasa_arena *arena, brasa_schema s)
{
    const char **names = BRASA_NEWS(arena, const char *, s.ncols + 1);

    for (int32_t i = 0; i < s.ncols; i++) names[i] = s.cols[i].name;
    return names;
}

brasa_status brasa__build_column(brasa_builder *b, const brasa_node *in, const char *name, int32_t *out, brasa_error *err)
{
    bool ambiguous = false;

    *out = brasa__schema_find(in->schema, name, &ambiguous);
    if (*out >= 0 && ambiguous) {
        return brasa__fail(err, BRASA_INVALID, "column %s is there more than once; rename one of them first", name);
    }
    if (*out >= 0) return BRASA_OK;
    const char *near = brasa__near_miss(name, names_of(b->arena, in->schema), in->schema.ncols);
    brasa__fail(err, BRASA_NOT_FOUND, "no column %s", name);
    if (near) return brasa__fail_more(err, "; did you mean %s?", near);
    return brasa__fail_more(err, " among %d columns", in->schema.ncols);
}

brasa_status brasa__plan_scan(brasa_builder *b, const brasa_table *table, const char *name, const brasa_node **out, brasa_error *err)
{
    brasa_node *n = brasa__make_node(b->arena, BRASA_NODE_SCAN, NULL, NULL, 0);
    int32_t     ncols = table->schema.ncols;
    int32_t    *cols = BRASA_NEWS(b->arena, int32_t, ncols + 1);

    (void)err;
    for (int32_t i = 0; i < ncols; i++) cols[i] = i;
    n->u.scan.table = table;
    n->u.scan.name = name ? brasa__arena_strdup(b->arena, name) : NULL;
    n->u.scan.cols = cols;
    n->schema = table->schema;
    if (name) {
        const char **quals = BRASA_NEWS(b->arena, const char *, ncols + 1);
        for (int32_t i = 0; i < ncols; i++) quals[i] = n->u.scan.name;
        n->qualifiers = quals;
    }
    *out = brasa__build_done(b, n);
    return BRASA_OK;
}

/* A value as one of type t, as an assignment would. */
static brasa_status coerce_value(brasa_builder *b, const brasa_value *v, brasa_type t, brasa_value *out, brasa_error *err)
{
    if (v->null) {
        *out = (brasa_value) {.type = t, .null = true};
        return BRASA_OK;
    }
    BRASA_TRY(brasa__value_check(v, err));
    if (brasa__type_equal(v->type, t)) {
        *out = brasa__value_copy(b->arena, v);
        return BRASA_OK;
    }
    const brasa_expr *e = brasa__expr_literal(b->arena, v);
    BRASA_TRY(brasa__expr_coerce(b->arena, e, t, false, &e, err));
    return brasa__expr_constant(b->arena, e, out, err);
}

brasa_status brasa__plan_values(brasa_builder *b, brasa_schema schema, const brasa_value *values, int32_t nrows, const brasa_node **out,
                                brasa_error *err)
{
    brasa_node  *n = brasa__make_node(b->arena, BRASA_NODE_VALUES, NULL, NULL, 0);
    brasa_value *copy = BRASA_NEWS(b->arena, brasa_value, (int64_t)nrows * schema.ncols + 1);

    schema = brasa__schema_copy(b->arena, schema);
    for (int64_t i = 0; i < (int64_t)nrows * schema.ncols; i++) {
        const brasa_field *f = &schema.cols[i % schema.ncols];
        if (coerce_value(b, &values[i], f->type, &copy[i], err) != BRASA_OK) {
            return brasa__fail_more(err, " (row %d, column %s)", (int)(i / schema.ncols), f->name);
        }
        if (copy[i].null && !f->nullable) {
            return brasa__fail(err, BRASA_DATA, "column %s is NOT NULL, but row %d has no value; give one", f->name,
                               (int)(i / schema.ncols));
        }
    }
    n->schema = schema;
    n->u.values.nrows = nrows;
    n->u.values.values = copy;
    *out = brasa__build_done(b, n);
    return BRASA_OK;
}

/* Rows per partition of a range, and the most partitions that are made of one by default. */
enum { RANGE_ROWS = 1 << 18, RANGE_PARTS = 4096 };

static double range_rows(int64_t start, int64_t end, int64_t step)
{
    double n = ((double)end - (double)start) / (double)step;

    return n < 0 ? 0 : n;
}

brasa_status brasa__plan_range(brasa_builder *b, int64_t start, int64_t end, int64_t step, int32_t nparts, const char *column,
                               const brasa_node **out, brasa_error *err)
{
    brasa_node  *n = brasa__make_node(b->arena, BRASA_NODE_RANGE, NULL, NULL, 0);
    brasa_field *f = BRASA_NEW(b->arena, brasa_field);

    if (step == 0)
        return brasa__fail(err, BRASA_INVALID, "range from %lld to %lld has step 0; give a step that is not 0", (long long)start,
                           (long long)end);
    if (nparts < 0)
        return brasa__fail(err, BRASA_INVALID, "range of %d partitions; give at least 1, or 0 for a number that fits the size", nparts);
    if (nparts == 0) {
        double want = range_rows(start, end, step) / RANGE_ROWS;
        nparts = want > RANGE_PARTS ? RANGE_PARTS : (int32_t)want + 1;
    }
    f->name = brasa__arena_strdup(b->arena, column ? column : "id");
    f->type = brasa__type(BRASA_KIND_INT64);
    n->schema = (brasa_schema) {1, f};
    n->u.range.start = start;
    n->u.range.end = end;
    n->u.range.step = step;
    n->u.range.nparts = nparts;
    *out = brasa__build_done(b, n);
    return BRASA_OK;
}

brasa_status brasa__plan_cached(brasa_builder *b, brasa_schema schema, const int64_t *caches, int32_t ncaches, int32_t nparts,
                                int64_t nrows, int64_t nbytes, const brasa_node **out, brasa_error *err)
{
    brasa_node *n = brasa__make_node(b->arena, BRASA_NODE_CACHED, NULL, NULL, 0);

    (void)err;
    n->schema = brasa__schema_copy(b->arena, schema);
    n->u.cached.caches = brasa__arena_copy(b->arena, caches, sizeof *caches * (size_t)ncaches);
    n->u.cached.ncaches = ncaches;
    n->u.cached.nparts = nparts;
    n->u.cached.nrows = nrows;
    n->u.cached.nbytes = nbytes;
    *out = brasa__build_done(b, n);
    return BRASA_OK;
}
