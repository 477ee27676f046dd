/* eval_lazy.c -- AND, OR, CASE, coalesce: each part is computed only for the rows that need it.
 *
 * Three-valued logic: a row leaves AND at its first false (OR: at its first true); a null is remembered and may still be overruled.
 */
#include <string.h>

#include "base/hash.h"
#include "data/value.h"
#include "expr/column_build.h"
#include "expr/eval_internal.h"
#include "kernel/select.h"

/* ---- AND, OR ---- */

/* All arguments are cheap and cannot fail: computed for all rows, combined without branches. */
static bool all_cheap(const brasa_eval *ev, const brasa_eval_node *node)
{
    for (int32_t i = 0; i < node->e->nargs; i++)
        if (!ev->nodes[node->args[i]]->cheap) return false;
    return true;
}

static void const_bool(const brasa_column *c, uint8_t *value, bool *valid)
{
    *valid = brasa_column_is_valid(c, 0);
    *value = *valid && *(const uint8_t *)c->values;
}

/* One row of the result: 0 false, 1 true, 2 null. */
static uint8_t truth(const brasa_column *c, int32_t r)
{
    if (c->valid && !brasa_column_is_valid(c, r)) return 2;
    switch (c->encoding) {
    case BRASA_FLAT: return ((const uint8_t *)c->values)[r];
    case BRASA_CONST: return *(const uint8_t *)c->values;
    case BRASA_DICT: return ((const uint8_t *)c->child->values)[c->codes[r]];
    }
    return 2;
}

/* No column has nulls: combine as bytes for the whole batch. */
static bool combine_dense(brasa_eval *ev, brasa_eval_node *node, bool is_or)
{
    uint8_t *out = node->values;
    int32_t  rows = ev->in->rows;

    for (int32_t i = 0; i < node->e->nargs; i++) {
        const brasa_column *c = &ev->nodes[node->args[i]]->result;
        if (c->encoding == BRASA_DICT || c->valid) return false;
    }
    memset(out, is_or ? 0 : 1, (size_t)rows);
    for (int32_t i = 0; i < node->e->nargs; i++) {
        const brasa_column *c = &ev->nodes[node->args[i]]->result;
        uint8_t             value;
        bool                valid;
        if (c->encoding == BRASA_CONST) {
            const_bool(c, &value, &valid);
            if (value == (is_or ? 1 : 0)) memset(out, value, (size_t)rows);
        } else if (is_or) {
            brasa__mask_or(out, c->values, rows);
        } else {
            brasa__mask_and(out, c->values, NULL, rows);
        }
    }
    brasa__eval_result(node, false);
    return true;
}

/* With nulls: 64 rows at a time as bits.  OR is true where one is, null where none is true and one is null; AND is its mirror.  Buffers have room for whole words. */
static bool combine_words(brasa_eval *ev, brasa_eval_node *node, bool is_or)
{
    int32_t n = node->e->nargs, rows = ev->in->rows;

    for (int32_t i = 0; i < n; i++)
        if (ev->nodes[node->args[i]]->result.encoding == BRASA_DICT || ev->nodes[node->args[i]]->e->kind == BRASA_EXPR_REF) return false;
    for (int32_t at = 0; at < rows; at += 64) {
        uint64_t stopped = 0, nulls = 0;
        for (int32_t i = 0; i < n; i++) {
            const brasa_column *c = &ev->nodes[node->args[i]]->result;
            uint64_t            v, valid = UINT64_MAX;
            if (c->encoding == BRASA_CONST) {
                uint8_t one;
                bool    known;
                const_bool(c, &one, &known);
                v = one ? UINT64_MAX : 0;
                if (!known) valid = 0;
            } else {
                v = brasa__mask_word((const uint8_t *)c->values + at);
                if (c->valid) valid = c->valid[at / 64];
            }
            stopped |= (is_or ? v : ~v) & valid;
            nulls |= ~valid;
        }
        brasa__mask_spread(is_or ? stopped : ~stopped, (uint8_t *)node->values + at);
        node->valid[at / 64] = stopped | ~nulls;
    }
    brasa__eval_result(node, true);
    return true;
}

brasa_status brasa__eval_logic(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, bool is_or, brasa_error *err)
{
    uint8_t stop = is_or ? 1 : 0;
    bool    has_nulls = false;

    brasa__eval_reserve(ev, node);
    uint8_t *out = node->values;
    if (all_cheap(ev, node) && rows->n >= ev->in->rows / 4) {
        for (int32_t i = 0; i < node->e->nargs; i++) BRASA_TRY(brasa__eval_node_run(ev, node->args[i], rows, err));
        if (combine_dense(ev, node, is_or) || combine_words(ev, node, is_or)) return BRASA_OK;
    }
    for (int32_t i = 0; i < rows->n; i++) out[rows->rows[i]] = !stop;
    brasa_rowset active = *rows;
    for (int32_t a = 0; a < node->e->nargs && active.n > 0; a++) {
        BRASA_TRY(brasa__eval_node_run(ev, node->args[a], &active, err));
        const brasa_column *c = &ev->nodes[node->args[a]]->result;
        int32_t             m = 0;
        for (int32_t i = 0; i < active.n; i++) {
            int32_t r = active.rows[i];
            uint8_t t = truth(c, r);
            if (t == stop) {
                out[r] = stop;
                brasa__bit_set(node->valid, r);
                continue;
            }
            if (t == 2) brasa__bit_clear(node->valid, r), has_nulls = true;
            node->rows[m++] = r;
        }
        if (m < active.n) active = brasa__eval_rowset(ev, rows, node->rows, m);
    }
    brasa__eval_result(node, has_nulls);
    return BRASA_OK;
}

/* ---- branches ---- */

static bool plain_width(brasa_type t)
{
    return !brasa__type_is_nested(t) && t.kind != BRASA_KIND_NULL;
}

/* Results of nested types are gathered as values, and made into a column at the end. */
typedef struct branches {
    brasa_eval      *ev;
    brasa_eval_node *node;
    brasa_value     *values; /* nested types: per row of the batch */
    bool             has_nulls;
} branches;

static branches branches_begin(brasa_eval *ev, brasa_eval_node *node)
{
    branches b = {.ev = ev, .node = node};

    brasa__eval_reserve(ev, node);
    if (plain_width(node->e->type)) {
        if (node->width == 16) memset(node->values, 0, 16 * (size_t)ev->in->rows);
        return b;
    }
    b.values = BRASA_NEWS(ev->scratch, brasa_value, ev->in->rows);
    for (int32_t i = 0; i < ev->in->rows; i++) b.values[i].null = true, b.values[i].type = node->e->type;
    return b;
}

static void branches_take(branches *b, const brasa_column *c, const int32_t *rows, int32_t n)
{
    if (b->values == NULL) {
        brasa__eval_copy_rows(c, rows, n, b->node->width, b->node->values, b->node->valid, &b->has_nulls);
        return;
    }
    for (int32_t i = 0; i < n; i++) {
        brasa_value v = brasa__column_value(c, rows[i], b->ev->scratch);
        b->values[rows[i]] = brasa__value_copy(b->ev->scratch, &v);
    }
}

static void branches_end(branches *b)
{
    if (b->values == NULL) {
        brasa__eval_result(b->node, b->has_nulls);
        return;
    }
    brasa__column_build(b->ev->scratch, b->node->e->type, b->values, b->ev->in->rows, &b->node->result);
}

/* Split `rows` by a boolean: those where it is true, and the rest (false or null). */
static void split(const brasa_column *c, const int32_t *rows, int32_t n, int32_t *yes, int32_t *nyes, int32_t *no, int32_t *nno)
{
    int32_t y = 0, m = 0;

    for (int32_t i = 0; i < n; i++) {
        int32_t r = rows[i];
        bool    pass = truth(c, r) == 1;
        yes[y] = r;
        y += pass;
        no[m] = r;
        m += !pass;
    }
    *nyes = y;
    *nno = m;
}

/* ---- CASE x WHEN literal ---- */

enum { MANY_BRANCHES = 6 };

/* x and the literal of "x = literal"; NULL: it is something else. */
static const brasa_expr *compared(const brasa_expr *when, const brasa_expr **literal)
{
    if (when->kind != BRASA_EXPR_CALL || when->nargs != 2 || strcmp(when->name, "=") != 0) return NULL;
    for (int32_t k = 0; k < 2; k++) {
        *literal = when->args[1 - k];
        if ((*literal)->kind == BRASA_EXPR_LITERAL && when->args[k]->kind != BRASA_EXPR_LITERAL &&
            brasa__type_equal((*literal)->type, when->args[k]->type))
            return when->args[k];
    }
    return NULL;
}

void brasa__case_map_open(brasa_eval *ev, brasa_eval_node *node)
{
    const brasa_expr *e = node->e, *literal, *x = compared(e->args[0], &literal);
    int32_t           whens = e->nargs / 2, n = 0;

    if (whens < MANY_BRANCHES || x == NULL || !brasa__expr_is_deterministic(x)) return;
    brasa_value *values = BRASA_NEWS(ev->arena, brasa_value, whens);
    int32_t     *branch = BRASA_NEWS(ev->arena, int32_t, whens);
    for (int32_t i = 0; i < whens; i++) {
        const brasa_expr *same = compared(e->args[2 * i], &literal);

        if (same == NULL || !brasa__expr_equal(same, x)) return;
        if (literal->value.null) continue;
        values[n] = literal->value;
        branch[n++] = i;
    }
    node->set = brasa__in_set_of(ev->arena, x->type, values, n);
    node->branch = branch;
}

/* The node of x: an argument of the first comparison. */
static int32_t compared_node(const brasa_eval *ev, const brasa_eval_node *node)
{
    const brasa_eval_node *when = ev->nodes[node->args[0]];

    return when->args[ev->nodes[when->args[0]]->e->kind == BRASA_EXPR_LITERAL ? 1 : 0];
}

/* Rows by their branch, each branch for its own. */
static brasa_status case_by_map(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, branches *b, brasa_error *err)
{
    int32_t  whens = node->e->nargs / 2, x = compared_node(ev, node), at = 0;
    int32_t *start = BRASA_NEWS(ev->scratch, int32_t, whens + 2), *taken = node->rows2;

    BRASA_TRY(brasa__eval_node_run(ev, x, rows, err));
    for (int32_t i = 0; i < rows->n; i++) {
        int32_t entry = brasa__in_set_entry(node->set, &ev->nodes[x]->result, rows->rows[i]);

        taken[i] = entry < 0 ? whens : node->branch[entry];
        start[taken[i] + 1]++;
    }
    for (int32_t k = 0; k <= whens; k++) start[k + 1] += start[k];
    for (int32_t i = 0; i < rows->n; i++) node->rows[start[taken[i]]++] = rows->rows[i];
    for (int32_t k = 0; k <= whens; k++) { /* start[k] is where branch k ends now */
        brasa_rowset part = brasa__eval_rowset(ev, rows, node->rows + at, start[k] - at);
        int32_t      then = node->args[k == whens ? node->e->nargs - 1 : 2 * k + 1];

        at = start[k];
        if (part.n == 0) continue;
        BRASA_TRY(brasa__eval_node_run(ev, then, &part, err));
        branches_take(b, &ev->nodes[then]->result, part.rows, part.n);
    }
    branches_end(b);
    return BRASA_OK;
}

brasa_status brasa__eval_case(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err)
{
    branches     b = branches_begin(ev, node);
    brasa_rowset left = *rows;
    int32_t      n = node->e->nargs;

    if (node->set != NULL) return case_by_map(ev, node, rows, &b, err);
    for (int32_t i = 0; i + 1 < n && left.n > 0; i += 2) {
        int32_t nyes, nno;
        BRASA_TRY(brasa__eval_node_run(ev, node->args[i], &left, err));
        split(&ev->nodes[node->args[i]]->result, left.rows, left.n, node->rows2, &nyes, node->rows, &nno);
        if (nyes > 0) {
            brasa_rowset taken = nyes == left.n ? left : brasa__eval_rowset(ev, &left, NULL, nyes);
            taken.rows = node->rows2; /* left's own list may have been written over */
            BRASA_TRY(brasa__eval_node_run(ev, node->args[i + 1], &taken, err));
            branches_take(&b, &ev->nodes[node->args[i + 1]]->result, taken.rows, nyes);
        }
        left = brasa__eval_rowset(ev, rows, node->rows, nno);
    }
    if (left.n > 0) {
        BRASA_TRY(brasa__eval_node_run(ev, node->args[n - 1], &left, err));
        branches_take(&b, &ev->nodes[node->args[n - 1]]->result, left.rows, left.n);
    }
    branches_end(&b);
    return BRASA_OK;
}

brasa_status brasa__eval_coalesce(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err)
{
    branches     b = branches_begin(ev, node);
    brasa_rowset left = *rows;
    int32_t      n = node->e->nargs;

    for (int32_t a = 0; a < n && left.n > 0; a++) {
        BRASA_TRY(brasa__eval_node_run(ev, node->args[a], &left, err));
        const brasa_column *c = &ev->nodes[node->args[a]]->result;
        int32_t             m = 0, taken = 0;
        for (int32_t i = 0; i < left.n; i++) {
            int32_t r = left.rows[i];
            if (a == n - 1 || brasa_column_is_valid(c, r))
                node->rows2[taken++] = r;
            else
                node->rows[m++] = r;
        }
        branches_take(&b, c, node->rows2, taken);
        left = brasa__eval_rowset(ev, rows, node->rows, m);
    }
    branches_end(&b);
    return BRASA_OK;
}
