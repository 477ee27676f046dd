/* func_compare.c -- = <> < <= > >= <=>, greatest, least.
 *
 * Arguments come with one type; decimals may differ in precision but not in scale or width.  NaN equals NaN and is above all numbers, as in Spark.
 */
#include <string.h>

#include "base/hash.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/resolve.h"
#include "expr/types.h"
#include "kernel/compare.h"
#include "kernel/rows.h"

static brasa_cmp operator_of(const char *name)
{
    if (name[0] == '=') return BRASA_CMP_EQ;
    if (name[0] == '<')
        return name[1] == '>' ? BRASA_CMP_NE : name[1] == '=' ? (name[2] == '>' ? BRASA_CMP_EQ : BRASA_CMP_LE) : BRASA_CMP_LT;
    return name[1] == '=' ? BRASA_CMP_GE : BRASA_CMP_GT;
}

static bool passes(brasa_cmp op, int order)
{
    switch (op) {
    case BRASA_CMP_EQ: return order == 0;
    case BRASA_CMP_NE: return order != 0;
    case BRASA_CMP_LT: return order < 0;
    case BRASA_CMP_LE: return order <= 0;
    case BRASA_CMP_GT: return order > 0;
    case BRASA_CMP_GE: return order >= 0;
    }
    return false;
}

/* Whole batches at once are faster than lists of rows until few rows are left; text may be garbage in other rows, so never there. */
static bool whole_batch(const brasa_call *call, brasa_phys phys)
{
    return phys != BRASA_PHYS_STRING && call->n >= call->batch_rows / 4;
}

static void compare(brasa_call *call, brasa_cmp op, const int32_t *rows, int32_t n, uint8_t *out)
{
    const brasa_column *a = &call->args[0], *b = &call->args[1];
    brasa_phys          phys = brasa__type_phys(a->type);
    bool all = rows == call->rows && whole_batch(call, phys), ac = a->encoding == BRASA_CONST, bc = b->encoding == BRASA_CONST;

    if (brasa__compare(phys, op, a->values, ac, b->values, bc, all ? NULL : rows, all ? call->batch_rows : n, out)) return;
    for (int32_t i = 0; i < n; i++) out[rows[i]] = passes(op, brasa__compare_row(a, ac ? 0 : rows[i], b, bc ? 0 : rows[i]));
}

static brasa_status compare_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    compare(call, operator_of(call->expr->name), call->rows, call->n, call->values);
    return BRASA_OK;
}

/* a <=> b: equal, nulls being equal. */
static brasa_status same_eval(brasa_call *call, brasa_error *err)
{
    const brasa_column *a = &call->args[0], *b = &call->args[1];
    uint8_t            *out = call->values;
    int32_t            *both = brasa__arena_alloc(call->arena, sizeof *both * (size_t)(call->n + 1));
    int32_t             m = 0;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    va = brasa_column_is_valid(a, r), vb = brasa_column_is_valid(b, r);
        out[r] = !va && !vb;
        both[m] = r;
        m += va && vb;
    }
    compare(call, BRASA_CMP_EQ, both, m, out);
    return BRASA_OK;
}

/* Decimals of one scale and width are compared as they are; others meet in a type that holds both. */
static BRASA_RESOLVE(comparable)
{
    brasa_type a = types[0], b = types[1];

    if (a.kind == BRASA_KIND_DECIMAL && b.kind == BRASA_KIND_DECIMAL && a.scale == b.scale && brasa__type_phys(a) == brasa__type_phys(b)) {
        *result = brasa__type(BRASA_KIND_BOOL);
        return BRASA_OK;
    }
    return brasa__resolve_same_to_bool(arena, f, types, n, result, err);
}

/* Lists and structs, value by value. */
static brasa_status nested_extreme(brasa_call *call, bool greatest)
{
    brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, call->batch_rows + 1);

    for (int32_t i = 0; i < call->batch_rows; i++) rows[i] = (brasa_value) {.type = call->expr->type, .null = true};
    for (int32_t i = 0; i < call->n; i++) {
        brasa_value *best = &rows[call->rows[i]];
        for (int32_t k = 0; k < call->nargs; k++) {
            brasa_value v = brasa__column_value(&call->args[k], call->rows[i], call->arena);
            int         order = v.null || best->null ? 0 : brasa__value_compare(&v, best);
            if (!v.null && (best->null || (greatest ? order > 0 : order < 0))) *best = v;
        }
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static brasa_status extreme(brasa_call *call, bool greatest)
{
    if (brasa__type_is_nested(call->expr->type)) return nested_extreme(call, greatest);

    /* the winner's argument number, row by row; nulls do not take part */
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], best = -1;
        for (int32_t k = 0; k < call->nargs; k++) {
            const brasa_column *c = &call->args[k];
            if (!brasa_column_is_valid(c, r)) continue;
            if (best >= 0) {
                const brasa_column *w = &call->args[best];
                int order = brasa__compare_row(c, c->encoding == BRASA_CONST ? 0 : r, w, w->encoding == BRASA_CONST ? 0 : r);
                if (greatest ? order <= 0 : order >= 0) continue;
            }
            best = k;
        }
        if (best < 0) {
            brasa__call_set_null(call, r);
            continue;
        }
        const brasa_column *w = &call->args[best];
        size_t              width = brasa__type_width(w->type);
        memcpy((char *)call->values + width * (size_t)r, (const char *)w->values + width * (size_t)(w->encoding == BRASA_CONST ? 0 : r),
               width);
    }
    return BRASA_OK;
}

static brasa_status greatest_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    return extreme(call, true);
}

static brasa_status least_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    return extreme(call, false);
}

static BRASA_RESOLVE(extreme)
{
    BRASA_TRY(brasa__resolve_same_to_same(arena, f, types, n, result, err));
    if (result->kind == BRASA_KIND_VECTOR || brasa__type_holds_map(*result)) return BRASA_TYPE;
    return BRASA_OK;
}

#define COMPARISON(op, text)                                                                                                     \
    {                                                                                                                            \
        .name = op, .min_args = 2, .max_args = 2, .flags = BRASA_FN_OPERATOR, .doc = text, .resolve = brasa__resolve_comparable, \
        .eval = compare_eval                                                                                                     \
    }

static const brasa_function table[] = {
    COMPARISON("=", "a = b, a == b"),
    COMPARISON("<>", "a <> b, a != b"),
    COMPARISON("<", "a < b"),
    COMPARISON("<=", "a <= b"),
    COMPARISON(">", "a > b"),
    COMPARISON(">=", "a >= b"),
    {.name = "<=>",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_OPERATOR | BRASA_FN_NULLS,
     .doc = "a <=> b, a IS NOT DISTINCT FROM b: equal, or both null",
     .resolve = brasa__resolve_comparable,
     .eval = same_eval},
    {.name = "greatest",
     .min_args = 2,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "greatest(a, b, ...): the largest that is not null",
     .resolve = brasa__resolve_extreme,
     .eval = greatest_eval},
    {.name = "least",
     .min_args = 2,
     .max_args = -1,
     .flags = BRASA_FN_NULLS,
     .doc = "least(a, b, ...): the smallest that is not null",
     .resolve = brasa__resolve_extreme,
     .eval = least_eval},
};

BRASA_FUNCTION_GROUP(compare, "Comparison", table);
