/* eval_call.c -- running one kernel: nulls in give nulls out, constants are computed once, functions of one dictionary column once per entry.
 *
 * A kernel sees FLAT and CONST columns only, and, unless its function says that it looks at nulls itself, only rows without a null argument.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "data/gather.h"
#include "data/value.h"
#include "expr/eval_internal.h"
#include "kernel/select.h"

brasa_status brasa__call_fail_row(brasa_call *call, int32_t row, brasa_error *err, const char *fmt, ...)
{
    va_list ap;

    if (call->try_rows) {
        brasa__call_set_null(call, row);
        return BRASA_OK;
    }
    va_start(ap, fmt);
    brasa_status status = brasa__vfail(err, BRASA_ARITHMETIC, fmt, ap);
    va_end(ap);
    return status;
}

int32_t brasa__call_flags(const brasa_expr *e)
{
    if (e->func == NULL) return BRASA_FN_CAN_FAIL;
    int32_t flags = e->func->flags_of ? e->func->flags_of(e) : e->func->flags;
    return e->try_cast && (flags & BRASA_FN_CAN_FAIL) ? (flags & ~BRASA_FN_CAN_FAIL) | BRASA_FN_TRY : flags; /* expr/bind_lenient.c */
}

/* ---- copying rows ---- */

#define COPY_ROWS(T)                                                                       \
    do {                                                                                   \
        const T *restrict from = c->encoding == BRASA_DICT ? c->child->values : c->values; \
        T *restrict to = values;                                                           \
        if (c->encoding == BRASA_FLAT)                                                     \
            for (int32_t i = 0; i < n; i++) to[rows[i]] = from[rows[i]];                   \
        else if (c->encoding == BRASA_CONST)                                               \
            for (int32_t i = 0; i < n; i++) to[rows[i]] = from[0];                         \
        else if (c->child_rows > 0)                                                        \
            for (int32_t i = 0; i < n; i++) to[rows[i]] = from[c->codes[rows[i]]];         \
        else                                                                               \
            for (int32_t i = 0; i < n; i++) memset(&to[rows[i]], 0, sizeof(T));            \
    } while (0)

static void copy_valid(const brasa_column *c, const int32_t *rows, int32_t n, uint64_t *valid, bool *has_nulls)
{
    bool null_everywhere = c->encoding == BRASA_CONST && !brasa_column_is_valid(c, 0);

    if (c->valid == NULL || (c->encoding == BRASA_CONST && !null_everywhere)) return;
    for (int32_t i = 0; i < n; i++) {
        if (!null_everywhere && brasa__bit_get(c->valid, rows[i])) continue;
        brasa__bit_clear(valid, rows[i]);
        *has_nulls = true;
    }
}

void brasa__eval_copy_rows(const brasa_column *c, const int32_t *rows, int32_t n, size_t width, void *values, uint64_t *valid,
                           bool *has_nulls)
{
    switch (width) {
    case 1: COPY_ROWS(uint8_t); break;
    case 2: COPY_ROWS(uint16_t); break;
    case 4: COPY_ROWS(uint32_t); break;
    case 8: COPY_ROWS(uint64_t); break;
    case 16: COPY_ROWS(brasa_string); break;
    default: break;
    }
    copy_valid(c, rows, n, valid, has_nulls);
}

/* ---- arguments ---- */

/* STRUCT has no values of its own, VECTOR more than one per row: those are gathered whole. */
static bool simple_layout(brasa_type t)
{
    return t.kind != BRASA_KIND_STRUCT && t.kind != BRASA_KIND_VECTOR;
}

static void flatten_dict(brasa_eval *ev, brasa_eval_node *node, int32_t k, const brasa_rowset *rows)
{
    const brasa_column *c = &node->arg_cols[k];
    brasa_column       *flat = &node->flat[k];
    size_t              width = brasa__type_width(c->type);
    bool                ignored = false;

    if (!simple_layout(c->type)) {
        brasa__column_gather(ev->scratch, c, ev->identity, ev->in->rows, false, flat);
        node->arg_cols[k] = *flat;
        return;
    }
    if (node->flat_values[k] == NULL) node->flat_values[k] = brasa__arena_alloc64(ev->arena, (size_t)node->cap * width);
    brasa_column source = *c;
    source.valid = NULL; /* the bits are the column's own */
    brasa__eval_copy_rows(&source, rows->rows, rows->n, width, node->flat_values[k], NULL, &ignored);
    *flat = *c;
    flat->encoding = BRASA_FLAT;
    flat->values = node->flat_values[k];
    flat->codes = NULL;
    flat->child = c->child ? c->child->child : NULL;
    flat->child_rows = c->child ? c->child->child_rows : 0;
    node->arg_cols[k] = *flat;
}

static bool const_null(const brasa_column *c)
{
    return c->encoding == BRASA_CONST && !brasa_column_is_valid(c, 0);
}

/* AND the arguments' validity into the node's; false when nothing is null. */
static bool merge_nulls(brasa_eval *ev, brasa_eval_node *node, int32_t nargs)
{
    bool   any = false;
    size_t words = brasa__bit_words(ev->in->rows);

    for (int32_t i = 0; i < nargs; i++) {
        const brasa_column *c = &node->arg_cols[i];
        if (c->valid == NULL || c->encoding == BRASA_CONST) continue;
        any = true;
        for (size_t w = 0; w < words; w++) node->valid[w] &= c->valid[w];
    }
    return any;
}

static brasa_call make_call(brasa_eval *ev, brasa_eval_node *node, int32_t nargs, int32_t flags)
{
    return (brasa_call) {.expr = node->e,
                         .arena = ev->scratch,
                         .state = node->state ? node->state : node->set,
                         .args = node->arg_cols,
                         .nargs = nargs,
                         .try_rows = (flags & BRASA_FN_TRY) != 0};
}

/* ---- the three ways ---- */

static brasa_status apply_const(brasa_eval *ev, brasa_eval_node *node, int32_t nargs, brasa_kernel *kernel, int32_t flags, brasa_error *err)
{
    brasa_call call = make_call(ev, node, nargs, flags);
    int32_t    zero = 0;
    bool       has_nulls = false;

    memset(node->values, 0, node->width);
    brasa__eval_result(node, false);
    call.rows = &zero;
    call.n = 1;
    call.batch_rows = 1;
    call.values = node->values;
    call.valid = node->valid;
    call.has_nulls = &has_nulls;
    call.out = &node->result;
    BRASA_TRY(kernel(&call, err));
    node->result.valid = has_nulls ? node->valid : NULL;
    node->result.encoding = BRASA_CONST;
    if (has_nulls && brasa__type_is_nested(node->e->type)) brasa__eval_const_null(ev, node);
    return BRASA_OK;
}

/* The one argument that is a dictionary column, the others constant; -1: none. */
static int32_t dictionary_arg(const brasa_eval_node *node, int32_t nargs, int32_t n)
{
    int32_t found = -1;

    if (!node->unary_dict || brasa__type_is_nested(node->e->type)) return -1;
    for (int32_t i = 0; i < nargs; i++) {
        const brasa_column *c = &node->arg_cols[i];
        if (c->encoding == BRASA_CONST) continue;
        if (c->encoding != BRASA_DICT || found >= 0) return -1;
        if (c->child_rows > n || c->child_rows == 0 || brasa__type_is_nested(c->type)) return -1;
        found = i;
    }
    return found;
}

static void reserve_dict(brasa_eval *ev, brasa_eval_node *node, int64_t rows)
{
    if (node->dict_cap < rows) {
        int64_t cap = (rows + 127) & ~(int64_t)63;
        node->dict_values = brasa__arena_alloc64(ev->arena, (size_t)cap * (node->width ? node->width : 1));
        node->dict_valid = brasa__arena_alloc64(ev->arena, brasa__bit_words(cap) * 8);
        node->dict_cap = cap;
    }
    memset(node->dict_valid, 0xff, brasa__bit_words(rows) * 8);
    if (node->width == 16) memset(node->dict_values, 0, (size_t)rows * 16);
}

/* Compute once per entry.  Text stays a dictionary; the rest is spread over the rows.  False: an entry failed, so look at the rows that are there. */
static bool apply_dict(brasa_eval *ev, brasa_eval_node *node, int32_t nargs, int32_t k, brasa_kernel *kernel, int32_t flags,
                       const brasa_rowset *rows)
{
    brasa_column column = node->arg_cols[k], entries = *column.child;
    brasa_call   call = make_call(ev, node, nargs, flags);
    bool         dict_nulls = false, has_nulls = column.valid != NULL;
    brasa_error  ignored;

    reserve_dict(ev, node, column.child_rows);
    node->arg_cols[k] = entries;
    call.rows = ev->identity;
    call.n = (int32_t)column.child_rows;
    call.batch_rows = call.n;
    call.values = node->dict_values;
    call.valid = node->dict_valid;
    call.has_nulls = &dict_nulls;
    node->dict = (brasa_column) {.type = node->e->type, .values = node->dict_values};
    call.out = &node->dict;
    brasa_status status = kernel(&call, &ignored);
    node->arg_cols[k] = column;
    if (status != BRASA_OK) return false;

    bool text = node->e->type.kind == BRASA_KIND_STRING || node->e->type.kind == BRASA_KIND_BINARY;
    if (text && !dict_nulls) {
        node->result = column;
        node->result.type = node->e->type;
        node->result.child = &node->dict;
        return true;
    }
    brasa_column spread = column;
    spread.child = &node->dict;
    brasa__eval_copy_rows(&spread, rows->rows, rows->n, node->width, node->values, node->valid, &has_nulls);
    for (int32_t i = 0; i < rows->n && dict_nulls; i++) {
        if (!brasa__bit_get(node->dict_valid, column.codes[rows->rows[i]])) brasa__bit_clear(node->valid, rows->rows[i]);
    }
    brasa__eval_result(node, has_nulls || dict_nulls);
    return true;
}

static brasa_status apply_flat(brasa_eval *ev, brasa_eval_node *node, int32_t nargs, brasa_kernel *kernel, int32_t flags,
                               const brasa_rowset *rows, brasa_error *err)
{
    brasa_call call = make_call(ev, node, nargs, flags);
    bool       has_nulls = false;

    for (int32_t i = 0; i < nargs; i++)
        if (node->arg_cols[i].encoding == BRASA_DICT) flatten_dict(ev, node, i, rows);
    call.rows = rows->rows;
    call.n = rows->n;
    if (!(flags & BRASA_FN_NULLS) && merge_nulls(ev, node, nargs)) {
        has_nulls = true;
        call.n = brasa__select_valid(node->valid, rows->rows, rows->n, node->rows);
        call.rows = node->rows;
    }
    /* what is behind a null must be safe to read */
    if (node->width == 16 && (has_nulls || flags & (BRASA_FN_NULLS | BRASA_FN_NULLABLE | BRASA_FN_TRY)))
        memset(node->values, 0, (size_t)ev->in->rows * 16);
    brasa__eval_result(node, false);
    call.batch_rows = ev->in->rows;
    call.values = node->values;
    call.valid = node->valid;
    call.has_nulls = &has_nulls;
    call.out = &node->result;
    BRASA_TRY(kernel(&call, err));
    node->result.valid = has_nulls ? node->valid : NULL;
    return BRASA_OK;
}

brasa_status brasa__eval_apply(brasa_eval *ev, brasa_eval_node *node, int32_t nargs, brasa_kernel *kernel, int32_t flags,
                               const brasa_rowset *rows, brasa_error *err)
{
    bool all_const = !(flags & BRASA_FN_VOLATILE);

    brasa__eval_reserve(ev, node);
    for (int32_t i = 0; i < nargs; i++) {
        node->arg_cols[i] = ev->nodes[node->args[i]]->result;
        all_const = all_const && node->arg_cols[i].encoding == BRASA_CONST;
        if (!(flags & BRASA_FN_NULLS) && const_null(&node->arg_cols[i])) return brasa__eval_const_null(ev, node), BRASA_OK;
    }
    if (rows->n == 0) return brasa__eval_result(node, false), BRASA_OK;
    if (all_const && simple_layout(node->e->type)) return apply_const(ev, node, nargs, kernel, flags, err);
    int32_t k = dictionary_arg(node, nargs, rows->n);
    if (k >= 0 && apply_dict(ev, node, nargs, k, kernel, flags, rows)) return BRASA_OK;
    return apply_flat(ev, node, nargs, kernel, flags, rows, err);
}

brasa_status brasa__eval_call(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err)
{
    const brasa_expr *e = node->e;
    bool              cast = e->kind == BRASA_EXPR_CAST;

    for (int32_t i = 0; i < e->nargs; i++) BRASA_TRY(brasa__eval_node_run(ev, node->args[i], rows, err));
    if (cast) return brasa__eval_apply(ev, node, e->nargs, brasa__cast_kernel, e->try_cast ? BRASA_FN_TRY : BRASA_FN_CAN_FAIL, rows, err);
    return brasa__eval_apply(ev, node, e->nargs, e->func->eval, brasa__call_flags(e), rows, err);
}
