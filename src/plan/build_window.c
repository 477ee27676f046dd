/* build_window.c -- WINDOW nodes from window expressions.
 *
 * Windows of equal keys and order share a node (one sort); others are stacked.  A WINDOW node keeps its input's columns in front, so what is
 * bound to the input stays right above any number of them.
 */
#include "plan/build_inner.h"

#include <string.h>

#include "data/type.h"
#include "expr/agg.h"
#include "expr/bind.h"

enum { RANK_LIKE, VALUE_LIKE, DOUBLE_LIKE };

static const struct window_function {
    const char *name;
    int         result; /* INT, type of the first argument, DOUBLE */
    int32_t     min_args, max_args;
} FUNCTIONS[] = {
    {"row_number", RANK_LIKE, 0, 0},     {"rank", RANK_LIKE, 0, 0},        {"dense_rank", RANK_LIKE, 0, 0}, {"ntile", RANK_LIKE, 1, 1},
    {"percent_rank", DOUBLE_LIKE, 0, 0}, {"cume_dist", DOUBLE_LIKE, 0, 0}, {"lag", VALUE_LIKE, 1, 3},       {"lead", VALUE_LIKE, 1, 3},
    {"first_value", VALUE_LIKE, 1, 1},   {"last_value", VALUE_LIKE, 1, 1}, {"nth_value", VALUE_LIKE, 2, 2},
};

static const struct window_function *find_function(const char *name)
{
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        if (strcmp(FUNCTIONS[i].name, name) == 0) return &FUNCTIONS[i];
    }
    return NULL;
}

bool brasa__window_function(const char *name)
{
    return find_function(name) != NULL;
}

static bool find_window(void *arg, const brasa_expr *e)
{
    if (e->kind == BRASA_EXPR_WINDOW) *(bool *)arg = true;
    return true;
}

bool brasa__has_window(const brasa_expr *e)
{
    bool found = false;

    brasa__expr_walk(e, find_window, &found);
    return found;
}

/* One window expression with its parts bound. */
typedef struct window {
    const brasa_expr  *source;
    const brasa_expr **keys;
    int32_t            nkeys;
    brasa_order       *order;
    int32_t            norder;
    brasa_window_call  call;
    bool               done;
    int32_t            column;
} window;

typedef struct windows {
    brasa_builder *b;
    brasa_bind_fn *bind;
    void          *arg;
    window        *items;
    int32_t        n, cap;
} windows;

static brasa_status bind_exprs(windows *w, const brasa_expr *const *in, int32_t n, const brasa_expr ***out, brasa_error *err)
{
    *out = BRASA_NEWS(w->b->arena, const brasa_expr *, n + 1);
    for (int32_t i = 0; i < n; i++) {
        if (in[i]->kind == BRASA_EXPR_STAR)
            (*out)[i] = in[i];
        else
            BRASA_TRY(w->bind(w->arg, in[i], &(*out)[i], err));
    }
    return BRASA_OK;
}

static brasa_status bind_order(windows *w, const brasa_order *in, int32_t n, brasa_order **out, brasa_error *err)
{
    *out = BRASA_NEWS(w->b->arena, brasa_order, n + 1);
    for (int32_t i = 0; i < n; i++) {
        (*out)[i] = in[i];
        BRASA_TRY(w->bind(w->arg, in[i].expr, &(*out)[i].expr, err));
        BRASA_TRY(brasa__build_check_key((*out)[i].expr, "order", err));
        BRASA_TRY(brasa__expr_collation_key(w->b->arena, (*out)[i].expr, &(*out)[i].expr, err));
    }
    return BRASA_OK;
}

static brasa_status bind_aggregate(windows *w, const brasa_expr *call, const brasa_expr *const *args, const brasa_expr **out,
                                   brasa_error *err)
{
    brasa_expr *copy = brasa__arena_copy(w->b->arena, call, sizeof *call);
    brasa_scope scope = {.params = w->b->params, .nparams = w->b->nparams, .text = w->b->text, .now_us = w->b->now_us};

    copy->args = args;
    if (call->filter) BRASA_TRY(w->bind(w->arg, call->filter, &copy->filter, err));
    BRASA_TRY(bind_order(w, call->order, call->norder, (brasa_order **)(uintptr_t)&copy->order, err));
    BRASA_TRY(brasa__expr_bind(w->b->arena, &scope, copy, BRASA_BIND_AGGREGATES, out, err));
    if ((*out)->kind != BRASA_EXPR_AGGREGATE) {
        return brasa__fail(err, BRASA_INVALID, "%s is no aggregate or window function; OVER needs one", call->name);
    }
    return BRASA_OK;
}

static brasa_status bind_function(windows *w, const struct window_function *f, const brasa_expr *call, const brasa_expr **args,
                                  const brasa_expr **out, brasa_error *err)
{
    brasa_expr *e = brasa__arena_copy(w->b->arena, call, sizeof *call);
    int32_t     n = call->nargs;

    if (call->norder > 0 || call->distinct || call->filter != NULL)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s over a window takes no DISTINCT, ORDER BY or FILTER of its own; order the window",
                           f->name);
    if (n < f->min_args || n > f->max_args) {
        return brasa__fail(err, BRASA_INVALID, "%s takes %d to %d arguments, not %d", f->name, (int)f->min_args, (int)f->max_args, (int)n);
    }
    brasa_type both;
    if (n == 3 && brasa__type_is_numeric(args[0]->type) && brasa__type_is_numeric(args[2]->type) &&
        brasa__type_common(w->b->arena, args[0]->type, args[2]->type, &both))
        BRASA_TRY(brasa__expr_coerce(w->b->arena, args[0], both, false, &args[0], err)); /* lag(1, 1, 0.5) must not lose the half */
    for (int32_t i = 1; i < n && f->result == VALUE_LIKE; i++) {
        brasa_type t = i == 1 ? brasa__type(BRASA_KIND_INT64) : args[0]->type;
        BRASA_TRY(brasa__expr_coerce(w->b->arena, args[i], t, true, &args[i], err));
    }
    if (strcmp(f->name, "ntile") == 0)
        BRASA_TRY(brasa__expr_coerce(w->b->arena, args[0], brasa__type(BRASA_KIND_INT64), true, &args[0], err));
    e->kind = BRASA_EXPR_CALL;
    e->name = f->name;
    e->bound = true;
    e->args = args;
    e->nullable = f->result == VALUE_LIKE;
    e->type = f->result == VALUE_LIKE ? args[0]->type : brasa__type(f->result == RANK_LIKE ? BRASA_KIND_INT32 : BRASA_KIND_FLOAT64);
    *out = e;
    return BRASA_OK;
}

static brasa_status bind_call(windows *w, const brasa_expr *call, const brasa_expr **out, brasa_error *err)
{
    const struct window_function *f = call->name ? find_function(call->name) : NULL;
    const brasa_expr            **args;

    if (call->bound) {
        *out = call;
        return BRASA_OK;
    }
    BRASA_TRY(bind_exprs(w, call->args, call->nargs, &args, err));
    return f ? bind_function(w, f, call, args, out, err) : bind_aggregate(w, call, args, out, err);
}

/* A frame's offset: a constant, BIGINT for rows and groups, of the order key's type for ranges of numbers. */
static brasa_status bind_offset(windows *w, const window *win, brasa_frame_unit unit, const brasa_expr *in, const brasa_expr **out,
                                brasa_error *err)
{
    brasa_scope scope = {.params = w->b->params, .nparams = w->b->nparams, .text = w->b->text, .now_us = w->b->now_us};
    brasa_value v;

    if (in == NULL) return BRASA_OK;
    if (!in->bound) BRASA_TRY(brasa__expr_bind(w->b->arena, &scope, in, 0, &in, err));
    if (unit != BRASA_FRAME_RANGE)
        BRASA_TRY(brasa__expr_coerce(w->b->arena, in, brasa__type(BRASA_KIND_INT64), true, &in, err));
    else if (win->norder != 1)
        return brasa__fail(err, BRASA_INVALID, "RANGE with an offset needs exactly one ORDER BY key, not %d", (int)win->norder);
    else if (brasa__type_is_numeric(win->order[0].expr->type))
        BRASA_TRY(brasa__expr_coerce(w->b->arena, in, win->order[0].expr->type, false, &in, err));
    BRASA_TRY(brasa__expr_constant(w->b->arena, in, &v, err));
    if (v.null) return brasa__fail(err, BRASA_INVALID, "the offset of a window frame is NULL; give a number");
    if (v.type.kind == BRASA_KIND_INT64 && v.u.i < 0)
        return brasa__fail(err, BRASA_INVALID, "the offset of a window frame is %lld; it must not be negative", (long long)v.u.i);
    *out = brasa__expr_literal(w->b->arena, &v);
    return BRASA_OK;
}

static brasa_status bind_frame(windows *w, const brasa_window_spec *spec, window *win, brasa_error *err)
{
    brasa_window_frame *f = &win->call.frame;

    if (!spec->has_frame) {
        bool ordered = spec->norder > 0;
        *f = (brasa_window_frame) {.unit = ordered ? BRASA_FRAME_RANGE : BRASA_FRAME_ROWS,
                                   .start = BRASA_BOUND_UNBOUNDED_PRECEDING,
                                   .end = ordered ? BRASA_BOUND_CURRENT : BRASA_BOUND_UNBOUNDED_FOLLOWING};
        return BRASA_OK;
    }
    *f = spec->frame;
    if (f->start == BRASA_BOUND_UNBOUNDED_FOLLOWING || f->end == BRASA_BOUND_UNBOUNDED_PRECEDING || f->start > f->end) {
        return brasa__fail(err, BRASA_INVALID, "a window frame that ends before it starts; give the earlier bound first");
    }
    BRASA_TRY(bind_offset(w, win, f->unit, spec->frame.start_offset, &f->start_offset, err));
    return bind_offset(w, win, f->unit, spec->frame.end_offset, &f->end_offset, err);
}

/* A last argument TRUE or FALSE of a function that gives a value of the frame says whether it passes over nulls, as in Spark: the call without it. */
static const brasa_expr *take_ignore_nulls(windows *w, const brasa_expr *call, bool *ignore)
{
    const struct window_function *f = call->name && !call->bound ? find_function(call->name) : NULL;
    const brasa_expr             *last = f != NULL && call->nargs == f->max_args + 1 ? call->args[call->nargs - 1] : NULL;

    if (last == NULL || f->result != VALUE_LIKE || last->kind != BRASA_EXPR_LITERAL || last->value.type.kind != BRASA_KIND_BOOL ||
        last->value.null)
        return call;
    brasa_expr *copy = brasa__arena_copy(w->b->arena, call, sizeof *call);
    copy->nargs--;
    *ignore |= last->value.u.b;
    return copy;
}

static brasa_status add_window(windows *w, const brasa_expr *e, brasa_error *err)
{
    const brasa_window_spec *spec = e->extra;
    window                   win = {.source = e, .nkeys = spec->nkeys, .norder = spec->norder};

    for (int32_t i = 0; i < w->n; i++) {
        if (w->items[i].source == e) return BRASA_OK;
    }
    BRASA_TRY(bind_exprs(w, spec->keys, spec->nkeys, &win.keys, err));
    for (int32_t i = 0; i < win.nkeys; i++) {
        BRASA_TRY(brasa__build_check_key(win.keys[i], "partition", err));
        BRASA_TRY(brasa__expr_collation_key(w->b->arena, win.keys[i], &win.keys[i], err));
    }
    BRASA_TRY(bind_order(w, spec->order, spec->norder, &win.order, err));
    win.call.ignore_nulls = spec->ignore_nulls;
    BRASA_TRY(bind_call(w, take_ignore_nulls(w, e->args[0], &win.call.ignore_nulls), &win.call.call, err));
    BRASA_TRY(bind_frame(w, spec, &win, err));
    w->items = brasa__arena_grow(w->b->arena, w->items, &w->cap, w->n + 1, sizeof *w->items);
    w->items[w->n++] = win;
    return BRASA_OK;
}

typedef struct finder {
    const brasa_expr **found;
    int32_t            n, cap;
    brasa_arena       *arena;
} finder;

static bool collect_windows(void *arg, const brasa_expr *e)
{
    finder *f = arg;

    if (e->kind != BRASA_EXPR_WINDOW) return true;
    f->found = brasa__arena_grow(f->arena, f->found, &f->cap, f->n + 1, sizeof *f->found);
    f->found[f->n++] = e;
    return false;
}

static bool same_place(const window *a, const window *b)
{
    if (a->nkeys != b->nkeys || a->norder != b->norder) return false;
    for (int32_t i = 0; i < a->nkeys; i++) {
        if (!brasa__expr_equal(a->keys[i], b->keys[i])) return false;
    }
    for (int32_t i = 0; i < a->norder; i++) {
        const brasa_order *x = &a->order[i], *y = &b->order[i];
        if (x->desc != y->desc || x->nulls_last != y->nulls_last || !brasa__expr_equal(x->expr, y->expr)) return false;
    }
    return true;
}

/* The node of window i and all later ones of its keys and order. */
static const brasa_node *make_node(windows *w, const brasa_node *in, int32_t i)
{
    brasa_node        *n = brasa__make_node(w->b->arena, BRASA_NODE_WINDOW, NULL, &in, 1);
    brasa_window_call *calls = BRASA_NEWS(w->b->arena, brasa_window_call, w->n);
    brasa_field       *own = BRASA_NEWS(w->b->arena, brasa_field, w->n);
    int32_t            k = 0;

    for (int32_t j = i; j < w->n; j++) {
        window *win = &w->items[j];
        if (win->done || !same_place(&w->items[i], win)) continue;
        const brasa_expr *call = win->call.call;
        calls[k] = win->call;
        own[k] = (brasa_field) {
            .name = brasa__expr_output_name(w->b->arena, win->source->args[0]), .type = call->type, .nullable = call->nullable};
        win->column = in->schema.ncols + k++;
        win->done = true;
    }
    n->u.window.nkeys = w->items[i].nkeys;
    n->u.window.keys = w->items[i].keys;
    n->u.window.norder = w->items[i].norder;
    n->u.window.order = w->items[i].order;
    n->u.window.ncalls = k;
    n->u.window.calls = calls;
    n->schema = (brasa_schema) {k, own};
    brasa__node_reschema(w->b->arena, n);
    return brasa__build_done(w->b, n);
}

typedef struct replacer {
    const windows *w;
    int32_t        first; /* column of the first window */
} replacer;

static const brasa_expr *replace_window(void *arg, const brasa_expr *e)
{
    const replacer *r = arg;

    if (e->kind != BRASA_EXPR_WINDOW) return NULL;
    for (int32_t i = 0; i < r->w->n; i++) {
        const window *win = &r->w->items[i];
        if (win->source != e) continue;
        return brasa__expr_ref(r->w->b->arena, BRASA_WINDOW_REF + win->column - r->first, win->call.call->type, win->call.call->nullable,
                               brasa__expr_output_name(r->w->b->arena, e->args[0]));
    }
    return NULL;
}

brasa_status brasa__build_windows(brasa_builder *b, const brasa_node *in, const brasa_expr **exprs, int32_t n, brasa_bind_fn *bind,
                                  void *arg, const brasa_node **out, brasa_error *err)
{
    windows w = {.b = b, .bind = bind, .arg = arg};
    finder  f = {.arena = b->arena};

    *out = in;
    for (int32_t i = 0; i < n; i++) brasa__expr_walk(exprs[i], collect_windows, &f);
    for (int32_t i = 0; i < f.n; i++) BRASA_TRY(add_window(&w, f.found[i], err));
    for (int32_t i = 0; i < w.n; i++) {
        if (!w.items[i].done) *out = make_node(&w, *out, i);
    }
    replacer r = {&w, in->schema.ncols};
    for (int32_t i = 0; i < n && w.n > 0; i++) exprs[i] = brasa__expr_replace(b->arena, exprs[i], replace_window, &r);
    return BRASA_OK;
}

static const brasa_expr *place_ref(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    if (e->kind != BRASA_EXPR_REF || e->index < BRASA_WINDOW_REF) return e;
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
    copy->index = e->index - BRASA_WINDOW_REF + *(const int32_t *)arg;
    return copy;
}

const brasa_expr *brasa__build_window_refs(brasa_arena *arena, const brasa_expr *e, int32_t first)
{
    return brasa__expr_rewrite(arena, e, place_ref, &first);
}

brasa_status brasa__plan_window(brasa_builder *b, const brasa_node *in, const brasa_expr *const *list, int32_t n, const brasa_node **out,
                                brasa_error *err)
{
    const brasa_expr **exprs = BRASA_NEWS(b->arena, const brasa_expr *, in->schema.ncols + n + 1);

    for (int32_t i = 0; i < in->schema.ncols; i++) exprs[i] = brasa__node_ref(b->arena, in, i);
    for (int32_t i = 0; i < n; i++) {
        if (!brasa__has_window(list[i]))
            return brasa__fail(err, BRASA_INVALID, "%s has no OVER; give a window", brasa__expr_output_name(b->arena, list[i]));
        exprs[in->schema.ncols + i] = list[i];
    }
    return brasa__plan_project(b, in, exprs, in->schema.ncols + n, out, err);
}
