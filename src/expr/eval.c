/* eval.c -- expressions over batches: the list of nodes, selections of rows, and the two ways in. */
#include "expr/eval.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "data/value.h"
#include "expr/eval_internal.h"
#include "kernel/select.h"

/* ---- making the nodes ---- */

static bool shareable(const brasa_expr *e)
{
    return brasa__expr_is_deterministic(e);
}

/* A comparison or test of fixed-width values: cheaper for all rows at once than for a list of them. */
static bool is_cheap(const brasa_expr *e)
{
    static const char *const tests[] = {"=", "<>", "<", "<=", ">", ">=", "<=>", "isnull", "isnotnull", "not", "and", "or"};

    if (e->kind == BRASA_EXPR_REF || e->kind == BRASA_EXPR_LITERAL) {
        size_t width = brasa__type_width(e->type);
        return !brasa__type_is_nested(e->type) && width <= 8;
    }
    if (e->kind != BRASA_EXPR_CALL) return false;
    bool known = false;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) known |= strcmp(tests[i], e->name) == 0;
    for (int32_t i = 0; i < e->nargs && known; i++) known = is_cheap(e->args[i]);
    return known;
}

static bool can_use_dictionary(const brasa_expr *e)
{
    int32_t varying = 0;

    if (e->kind == BRASA_EXPR_CAST) return true;
    if (e->kind == BRASA_EXPR_IN) return true;
    if (e->kind != BRASA_EXPR_CALL || brasa__call_flags(e) & (BRASA_FN_NULLS | BRASA_FN_VOLATILE | BRASA_FN_LAZY | BRASA_FN_STATE))
        return false;
    for (int32_t i = 0; i < e->nargs; i++) varying += e->args[i]->kind != BRASA_EXPR_LITERAL;
    return varying == 1 || e->nargs == 2;
}

static brasa_status add_node(brasa_eval *ev, const brasa_expr *e, int32_t *out, brasa_error *err);

static brasa_status open_state(brasa_eval *ev, brasa_eval_node *node, brasa_error *err)
{
    const brasa_expr *e = node->e;

    if (e->kind == BRASA_EXPR_CALL && e->func->open) BRASA_TRY(e->func->open(ev->arena, e, &node->state, err));
    if (e->kind == BRASA_EXPR_IN) brasa__in_set_open(ev, node);
    if (e->kind == BRASA_EXPR_CASE) brasa__case_map_open(ev, node);
    node->unary_dict = can_use_dictionary(e);
    node->cheap = is_cheap(e);
    return BRASA_OK;
}

/* Where the node of an equal tree is in the table, or where it would be. */
static int32_t find_slot(const brasa_eval *ev, const brasa_expr *e, uint64_t hash)
{
    uint64_t at = hash & (uint64_t)(ev->slots - 1);

    while (ev->table[at] != 0 && !brasa__expr_equal(ev->nodes[ev->table[at] - 1]->e, e)) at = (at + 1) & (uint64_t)(ev->slots - 1);
    return (int32_t)at;
}

static void grow_table(brasa_eval *ev)
{
    if (ev->nnodes * 2 < ev->slots) return;
    ev->slots = ev->slots ? ev->slots * 4 : 16;
    ev->table = BRASA_NEWS(ev->arena, int32_t, ev->slots);
    for (int32_t i = 0; i < ev->nnodes; i++) {
        if (!shareable(ev->nodes[i]->e)) continue;
        ev->table[find_slot(ev, ev->nodes[i]->e, brasa__expr_hash(ev->nodes[i]->e))] = i + 1;
    }
}

/* Literals of a list become a set, not nodes. */
static int32_t node_args(const brasa_expr *e)
{
    if (e->kind != BRASA_EXPR_IN) return e->nargs;
    for (int32_t i = 1; i < e->nargs; i++)
        if (e->args[i]->kind != BRASA_EXPR_LITERAL) return e->nargs;
    return 1;
}

static brasa_status add_node(brasa_eval *ev, const brasa_expr *e, int32_t *out, brasa_error *err)
{
    bool     shared = shareable(e);
    uint64_t hash = shared ? brasa__expr_hash(e) : 0;

    grow_table(ev);
    if (shared) {
        int32_t known = ev->table[find_slot(ev, e, hash)];
        if (known != 0) return *out = known - 1, BRASA_OK;
    }
    brasa_eval_node *node = BRASA_NEW(ev->arena, brasa_eval_node);
    int32_t          nargs = node_args(e), n = nargs > 0 ? nargs : 1;
    node->e = e;
    node->nargs = nargs;
    node->args = BRASA_NEWS(ev->arena, int32_t, n);
    node->flat = BRASA_NEWS(ev->arena, brasa_column, n);
    node->flat_values = BRASA_NEWS(ev->arena, void *, n);
    node->arg_cols = BRASA_NEWS(ev->arena, brasa_column, n);
    node->width = brasa__type_width(e->type);
    for (int32_t i = 0; i < nargs; i++) BRASA_TRY(add_node(ev, e->args[i], &node->args[i], err));
    BRASA_TRY(open_state(ev, node, err));
    ev->nodes = brasa__arena_grow(ev->arena, ev->nodes, &ev->cap_nodes, ev->nnodes + 1, sizeof *ev->nodes);
    *out = ev->nnodes;
    ev->nodes[ev->nnodes++] = node;
    grow_table(ev);
    if (shared) ev->table[find_slot(ev, e, hash)] = *out + 1;
    return BRASA_OK;
}

brasa_status brasa__eval_new(brasa_arena *arena, const brasa_expr *const *exprs, int32_t n, brasa_eval **out, brasa_error *err)
{
    brasa_eval *ev = BRASA_NEW(arena, brasa_eval);

    ev->arena = arena;
    ev->scratch = brasa__arena_new(arena, "expressions");
    ev->roots = BRASA_NEWS(arena, int32_t, n > 0 ? n : 1);
    ev->nroots = n;
    ev->next_id = 1;
    for (int32_t i = 0; i < n; i++) {
        assert(exprs[i]->bound);
        BRASA_TRY(add_node(ev, exprs[i], &ev->roots[i], err));
    }
    *out = ev;
    return BRASA_OK;
}

void brasa__eval_begin(brasa_eval *ev, int32_t partition)
{
    for (int32_t i = 0; i < ev->nnodes; i++) {
        const brasa_expr *e = ev->nodes[i]->e;

        if (e->kind == BRASA_EXPR_CALL && e->func->begin != NULL) e->func->begin(ev->nodes[i]->state, partition);
    }
}

/* ---- buffers ---- */

void brasa__eval_reserve(brasa_eval *ev, brasa_eval_node *node)
{
    int32_t need = ev->in->rows > 0 ? ev->in->rows : 1;

    if (node->cap < need) {
        /* room for whole words and for loops that run over the end */
        int32_t cap = (need + 127) & ~63;
        node->values = brasa__arena_alloc64(ev->arena, (size_t)cap * (node->width ? node->width : 1));
        node->valid = brasa__arena_alloc64(ev->arena, brasa__bit_words(cap) * 8);
        node->rows = brasa__arena_alloc64(ev->arena, (size_t)cap * sizeof *node->rows);
        node->rows2 = brasa__arena_alloc64(ev->arena, (size_t)cap * sizeof *node->rows);
        for (int32_t i = 0; i < node->nargs; i++) node->flat_values[i] = NULL;
        node->cap = cap;
    }
    memset(node->valid, 0xff, brasa__bit_words(need) * 8);
}

void brasa__eval_result(brasa_eval_node *node, bool has_nulls)
{
    node->result.type = node->e->type;
    node->result.encoding = BRASA_FLAT;
    node->result.values = node->values;
    node->result.valid = has_nulls ? node->valid : NULL;
    node->result.codes = NULL;
}

void brasa__eval_const_null(brasa_eval *ev, brasa_eval_node *node)
{
    brasa_value null = {.type = node->e->type, .null = true};

    node->result = brasa__value_column(ev->scratch, &null);
}

static void grow_scratch(brasa_eval *ev)
{
    int32_t need = ev->in->rows > 0 ? ev->in->rows : 1;

    if (ev->identity_cap >= need) return;
    ev->identity_cap = (need + 127) & ~63;
    size_t bytes = (size_t)ev->identity_cap * sizeof(int32_t);
    ev->identity = brasa__arena_alloc64(ev->arena, bytes);
    ev->sel_a = brasa__arena_alloc64(ev->arena, bytes);
    ev->sel_b = brasa__arena_alloc64(ev->arena, bytes);
    ev->mask = brasa__arena_alloc64(ev->arena, (size_t)ev->identity_cap);
    for (int32_t i = 0; i < ev->identity_cap; i++) ev->identity[i] = i;
}

brasa_rowset brasa__eval_rowset(brasa_eval *ev, const brasa_rowset *parent, const int32_t *rows, int32_t n)
{
    return (brasa_rowset) {.id = ev->next_id++, .parent = parent, .rows = rows, .n = n};
}

/* ---- running ---- */

static bool holds(const brasa_eval_node *node, const brasa_rowset *rows)
{
    for (const brasa_rowset *r = rows; r; r = r->parent)
        if (r->id == node->stamp) return true;
    return false;
}

static brasa_status run_call(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err)
{
    const brasa_expr *e = node->e;

    if (e->kind == BRASA_EXPR_CALL && e->func->flags & BRASA_FN_LAZY) {
        if (strcmp(e->name, "coalesce") == 0) return brasa__eval_coalesce(ev, node, rows, err);
        return brasa__eval_logic(ev, node, rows, strcmp(e->name, "or") == 0, err);
    }
    return brasa__eval_call(ev, node, rows, err);
}

static brasa_status compute(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err)
{
    const brasa_expr *e = node->e;

    switch (e->kind) {
    case BRASA_EXPR_REF:
        if (e->index < 0 || e->index >= ev->in->ncols)
            return brasa__fail(err, BRASA_INTERNAL, "an expression refers to column %d of %d", e->index, ev->in->ncols);
        node->result = ev->in->cols[e->index];
        return BRASA_OK;
    case BRASA_EXPR_LITERAL:
        if (node->result.encoding != BRASA_CONST) node->result = brasa__value_column(ev->arena, &e->value);
        return BRASA_OK;
    case BRASA_EXPR_CAST: return brasa__eval_call(ev, node, rows, err);
    case BRASA_EXPR_CALL: return run_call(ev, node, rows, err);
    case BRASA_EXPR_CASE: return brasa__eval_case(ev, node, rows, err);
    case BRASA_EXPR_IN: return brasa__eval_in(ev, node, rows, err);
    case BRASA_EXPR_COLUMN:
    case BRASA_EXPR_STAR:
    case BRASA_EXPR_ALIAS:
    case BRASA_EXPR_PARAM:
    case BRASA_EXPR_AGGREGATE:
    case BRASA_EXPR_WINDOW:
    case BRASA_EXPR_SUBQUERY:
    case BRASA_EXPR_COUNT: break;
    }
    return brasa__fail(err, BRASA_INTERNAL, "an expression of kind %d reached the evaluator", (int)e->kind);
}

brasa_status brasa__eval_node_run(brasa_eval *ev, int32_t k, const brasa_rowset *rows, brasa_error *err)
{
    brasa_eval_node *node = ev->nodes[k];

    if (holds(node, rows)) return BRASA_OK;
    node->stamp = 0;
    BRASA_TRY(compute(ev, node, rows, err));
    node->stamp = rows->id;
    return BRASA_OK;
}

static brasa_rowset begin(brasa_eval *ev, const brasa_batch *in)
{
    ev->in = in;
    brasa__arena_reset(ev->scratch);
    grow_scratch(ev);
    return brasa__eval_rowset(ev, NULL, in->sel ? in->sel : ev->identity, in->sel ? in->nsel : in->rows);
}

brasa_status brasa__eval_run(brasa_eval *ev, const brasa_batch *in, brasa_column *out, brasa_error *err)
{
    brasa_rowset all = begin(ev, in);

    for (int32_t i = 0; i < ev->nroots; i++) {
        BRASA_TRY(brasa__eval_node_run(ev, ev->roots[i], &all, err));
        out[i] = ev->nodes[ev->roots[i]]->result;
    }
    return BRASA_OK;
}

/* ---- selecting ---- */

/* Narrow sel[0..n) (rows for which `c` was computed) to those where the boolean is true. */
static int32_t keep_true(const brasa_column *c, const int32_t *in, int32_t n, int32_t *out)
{
    if (c->encoding == BRASA_CONST) {
        bool pass = brasa_column_is_valid(c, 0) && *(const uint8_t *)c->values;
        if (pass && out != in) memmove(out, in, sizeof *in * (size_t)n);
        return pass ? n : 0;
    }
    if (c->encoding == BRASA_DICT) return brasa__select_true_dict(c->child->values, c->codes, c->valid, in, n, out);
    return brasa__select_true(c->values, c->valid, in, n, out);
}

static bool is_and(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && strcmp(e->name, "and") == 0;
}

static bool dense(const brasa_eval *ev, int32_t n)
{
    return n >= ev->in->rows / 4;
}

/* Computed for every row of the set at once, and joined as bytes; the list of rows is made once for a run of such tests. */
static brasa_status narrow_cheap(brasa_eval *ev, const int32_t *nodes, int32_t n, const brasa_rowset *rows, int32_t *out, int32_t *nout,
                                 brasa_error *err)
{
    memset(ev->mask, 1, (size_t)ev->in->rows);
    for (int32_t i = 0; i < n; i++) {
        BRASA_TRY(brasa__eval_node_run(ev, nodes[i], rows, err));
        const brasa_column *c = &ev->nodes[nodes[i]]->result;
        if (c->encoding == BRASA_CONST) {
            if (!brasa_column_is_valid(c, 0) || !*(const uint8_t *)c->values) return *nout = 0, BRASA_OK;
        } else if (c->encoding == BRASA_DICT) {
            const uint8_t *entries = c->child->values;
            for (int32_t k = 0; k < rows->n; k++) {
                int32_t r = rows->rows[k];
                ev->mask[r] &= (uint8_t)(brasa_column_is_valid(c, r) && entries[c->codes[r]]);
            }
        } else {
            brasa__mask_and(ev->mask, c->values, c->valid, ev->in->rows);
        }
    }
    if (rows->n == ev->in->rows)
        *nout = brasa__mask_rows(ev->mask, ev->in->rows, out);
    else
        *nout = brasa__select_true(ev->mask, NULL, rows->rows, rows->n, out);
    return BRASA_OK;
}

static brasa_status narrow(brasa_eval *ev, const int32_t *nodes, int32_t n, const brasa_rowset *rows, int32_t *out, int32_t *nout,
                           brasa_error *err)
{
    brasa_rowset now = *rows;
    int32_t      i = 0, run = 0;

    while (i < n && now.n > 0) {
        for (run = 0; i + run < n && ev->nodes[nodes[i + run]]->cheap; run++) {}
        if (run > 0 && dense(ev, now.n)) {
            /* tests share the set of the first, so that each is computed over the same rows */
            BRASA_TRY(narrow_cheap(ev, nodes + i, run, &now, out, nout, err));
            i += run;
        } else {
            BRASA_TRY(brasa__eval_node_run(ev, nodes[i], &now, err));
            *nout = keep_true(&ev->nodes[nodes[i]]->result, now.rows, now.n, out);
            i++;
        }
        now = brasa__eval_rowset(ev, rows, out, *nout);
    }
    if (i == 0) {
        memmove(out, rows->rows, sizeof *out * (size_t)rows->n);
        *nout = rows->n;
    }
    return BRASA_OK;
}

/* The conjuncts of all roots, cheap ones first: an error that a later one may raise is only for rows that pass those before, which is allowed in any order
 * only for tests that cannot fail themselves. */
static int32_t list_conjuncts(brasa_eval *ev, int32_t *list)
{
    int32_t n = 0;

    for (int32_t i = 0; i < ev->nroots; i++) {
        const brasa_eval_node *node = ev->nodes[ev->roots[i]];
        if (!is_and(node->e)) {
            list[n++] = ev->roots[i];
            continue;
        }
        for (int32_t k = 0; k < node->e->nargs; k++) list[n++] = node->args[k];
    }
    int32_t *sorted = list + n, m = 0;
    for (int32_t i = 0; i < n; i++)
        if (ev->nodes[list[i]]->cheap) sorted[m++] = list[i];
    for (int32_t i = 0; i < n; i++)
        if (!ev->nodes[list[i]]->cheap) sorted[m++] = list[i];
    memmove(list, sorted, sizeof *list * (size_t)n);
    return n;
}

static void make_conjuncts(brasa_eval *ev)
{
    int32_t n = 0;

    for (int32_t i = 0; i < ev->nroots; i++) {
        const brasa_expr *e = ev->nodes[ev->roots[i]]->e;
        n += is_and(e) ? e->nargs : 1;
    }
    ev->order = BRASA_NEWS(ev->arena, int32_t, 2 * n + 1);
    ev->nconjuncts = list_conjuncts(ev, ev->order);
}

brasa_status brasa__eval_select(brasa_eval *ev, const brasa_batch *in, int32_t *sel, int32_t *nsel, brasa_error *err)
{
    brasa_rowset all = begin(ev, in);

    if (ev->order == NULL) make_conjuncts(ev);
    *nsel = 0;
    return narrow(ev, ev->order, ev->nconjuncts, &all, sel, nsel, err);
}
