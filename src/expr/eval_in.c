/* eval_in.c -- x IN (a, b, ...).
 *
 * Literals become a set when the evaluator is made: a sorted array for fixed-width types, a hash table for text; the rest compares value by value.
 * x IN (...) is null when x is null, or when nothing is equal and something in the list is null.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/eval_internal.h"
#include "kernel/rows.h"
#include "kernel/select.h"

enum { LINEAR = 8, MAX_RANGE = 65536 };

typedef struct brasa_in_set {
    bool          has_null;
    brasa_phys    phys;
    int32_t       n;
    int64_t      *ints;  /* integers, dates, decimals to 18 digits, ...: sorted */
    int64_t       least; /* integers within a small range: a bit for each */
    uint64_t      range; /* 0: not so */
    uint64_t     *bits;
    uint64_t      slots; /* a power of two; ints and strings are found by hash when there are many */
    int32_t      *table; /* entry + 1, 0 free */
    brasa_string *strings;
    brasa_value  *values; /* everything else */
} brasa_in_set;

static bool integer_phys(brasa_phys p)
{
    return p == BRASA_PHYS_BOOL || p == BRASA_PHYS_I8 || p == BRASA_PHYS_I16 || p == BRASA_PHYS_I32 || p == BRASA_PHYS_I64;
}

static uint64_t hash_string(const brasa_string *s)
{
    return brasa__hash_bytes(brasa_string_data(s), s->len);
}

static uint64_t hash_entry(const brasa_in_set *set, int32_t i)
{
    return set->ints ? brasa__hash_u64((uint64_t)set->ints[i]) : hash_string(&set->strings[i]);
}

static void make_table(brasa_arena *arena, brasa_in_set *set)
{
    set->slots = 16;
    while (set->slots < (uint64_t)set->n * 2) set->slots *= 2;
    set->table = BRASA_NEWS(arena, int32_t, set->slots);
    for (int32_t i = 0; i < set->n; i++) {
        uint64_t at = hash_entry(set, i) & (set->slots - 1);
        while (set->table[at] != 0) at = (at + 1) & (set->slots - 1);
        set->table[at] = i + 1;
    }
}

static void make_bits(brasa_arena *arena, brasa_in_set *set)
{
    int64_t least = INT64_MAX, most = INT64_MIN;

    for (int32_t i = 0; i < set->n; i++) {
        if (set->ints[i] < least) least = set->ints[i];
        if (set->ints[i] > most) most = set->ints[i];
    }
    if (set->n == 0 || (uint64_t)most - (uint64_t)least >= MAX_RANGE) return;
    set->least = least;
    set->range = (uint64_t)most - (uint64_t)least + 1;
    set->bits = BRASA_NEWS(arena, uint64_t, set->range / 64 + 1);
    for (int32_t i = 0; i < set->n; i++) brasa__bit_set(set->bits, set->ints[i] - least);
}

void brasa__in_set_open(brasa_eval *ev, brasa_eval_node *node)
{
    const brasa_expr *e = node->e;
    brasa_in_set     *set = BRASA_NEW(ev->arena, brasa_in_set);

    for (int32_t i = 1; i < e->nargs; i++)
        if (e->args[i]->kind != BRASA_EXPR_LITERAL) return;
    set->phys = brasa__type_phys(e->args[0]->type);
    bool ints = integer_phys(set->phys), strings = set->phys == BRASA_PHYS_STRING;
    if (ints) set->ints = BRASA_NEWS(ev->arena, int64_t, e->nargs);
    if (strings) set->strings = BRASA_NEWS(ev->arena, brasa_string, e->nargs);
    if (!ints && !strings) set->values = BRASA_NEWS(ev->arena, brasa_value, e->nargs);
    for (int32_t i = 1; i < e->nargs; i++) {
        const brasa_value *v = &e->args[i]->value;
        if (v->null) {
            set->has_null = true;
            continue;
        }
        if (ints) set->ints[set->n] = set->phys == BRASA_PHYS_BOOL ? v->u.b : v->u.i;
        if (strings) set->strings[set->n] = brasa__string(v->u.s.p, v->u.s.n);
        if (set->values) set->values[set->n] = *v;
        set->n++;
    }
    if (ints) make_bits(ev->arena, set);
    if (ints || strings) make_table(ev->arena, set);
    node->set = set;
}

brasa_in_set *brasa__in_set_of(brasa_arena *arena, brasa_type type, const brasa_value *values, int32_t n)
{
    brasa_in_set *set = BRASA_NEW(arena, brasa_in_set);

    set->phys = brasa__type_phys(type);
    set->n = n;
    if (integer_phys(set->phys)) {
        set->ints = BRASA_NEWS(arena, int64_t, n + 1);
        for (int32_t i = 0; i < n; i++) set->ints[i] = set->phys == BRASA_PHYS_BOOL ? values[i].u.b : values[i].u.i;
    } else if (set->phys == BRASA_PHYS_STRING) {
        set->strings = BRASA_NEWS(arena, brasa_string, n + 1);
        for (int32_t i = 0; i < n; i++) set->strings[i] = brasa__string(values[i].u.s.p, values[i].u.s.n);
    } else {
        return NULL;
    }
    make_table(arena, set);
    return set;
}

/* The first entry of that value; -1: none. */
static int32_t int_entry(const brasa_in_set *set, int64_t v)
{
    uint64_t at = brasa__hash_u64((uint64_t)v) & (set->slots - 1);

    for (; set->table[at] != 0; at = (at + 1) & (set->slots - 1))
        if (set->ints[set->table[at] - 1] == v) return set->table[at] - 1;
    return -1;
}

static int32_t string_entry(const brasa_in_set *set, const brasa_string *s)
{
    uint64_t at = hash_string(s) & (set->slots - 1);

    for (; set->table[at] != 0; at = (at + 1) & (set->slots - 1))
        if (brasa__string_equal(&set->strings[set->table[at] - 1], s)) return set->table[at] - 1;
    return -1;
}

static bool find_string(const brasa_in_set *set, const brasa_string *s)
{
    if (set->n <= LINEAR) {
        for (int32_t i = 0; i < set->n; i++)
            if (brasa__string_equal(&set->strings[i], s)) return true;
        return false;
    }
    return string_entry(set, s) >= 0;
}

static int64_t int_at(const brasa_column *c, brasa_phys phys, int32_t i)
{
    switch ((int)phys) {
    case BRASA_PHYS_BOOL: return ((const uint8_t *)c->values)[i];
    case BRASA_PHYS_I8: return ((const int8_t *)c->values)[i];
    case BRASA_PHYS_I16: return ((const int16_t *)c->values)[i];
    case BRASA_PHYS_I32: return ((const int32_t *)c->values)[i];
    default: return ((const int64_t *)c->values)[i];
    }
}

int32_t brasa__in_set_entry(const brasa_in_set *set, const brasa_column *c, int32_t i)
{
    if (!brasa_column_is_valid(c, i)) return -1;
    if (c->encoding == BRASA_CONST) i = 0;
    if (c->encoding == BRASA_DICT) {
        i = c->codes[i];
        c = c->child;
    }
    return set->ints ? int_entry(set, int_at(c, set->phys, i)) : string_entry(set, &((const brasa_string *)c->values)[i]);
}

static bool find(const brasa_call *call, const brasa_in_set *set, int32_t i)
{
    const brasa_column *c = &call->args[0];

    if (set->ints) {
        int64_t v = int_at(c, set->phys, i);
        if (set->range > 0) {
            uint64_t k = (uint64_t)v - (uint64_t)set->least;
            return k < set->range && brasa__bit_get(set->bits, (int64_t)k);
        }
        if (set->n > LINEAR) return int_entry(set, v) >= 0;
        bool found = false;
        for (int32_t k = 0; k < set->n; k++) found |= set->ints[k] == v;
        return found;
    }
    if (set->strings) return find_string(set, &((const brasa_string *)c->values)[i]);
    brasa_value v = brasa__column_value(c, i, call->arena);
    for (int32_t k = 0; k < set->n; k++)
        if (brasa__value_compare(&v, &set->values[k]) == 0) return true;
    return false;
}

brasa_status brasa__in_kernel(brasa_call *call, brasa_error *err)
{
    const brasa_in_set *set = call->state;
    uint8_t            *out = call->values;
    bool                negated = call->expr->negated, konst = call->args[0].encoding == BRASA_CONST;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        bool    found = find(call, set, konst ? 0 : r);
        out[r] = found != negated;
        if (!found && set->has_null) brasa__call_set_null(call, r);
    }
    return BRASA_OK;
}

/* Lists with expressions: rows leave at their first match. */
static brasa_status in_general(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err)
{
    uint8_t     *out;
    bool         has_nulls = false, negated = node->e->negated;
    brasa_rowset active = *rows;

    brasa__eval_reserve(ev, node);
    out = node->values;
    const brasa_column *x = &ev->nodes[node->args[0]]->result;
    for (int32_t i = 0; i < rows->n; i++) out[rows->rows[i]] = negated;
    for (int32_t a = 1; a < node->e->nargs && active.n > 0; a++) {
        int32_t m = 0;
        BRASA_TRY(brasa__eval_node_run(ev, node->args[a], &active, err));
        const brasa_column *y = &ev->nodes[node->args[a]]->result;
        for (int32_t i = 0; i < active.n; i++) {
            int32_t r = active.rows[i];
            if (!brasa_column_is_valid(x, r) || !brasa_column_is_valid(y, r)) {
                brasa__bit_clear(node->valid, r);
                has_nulls = true;
            } else if (brasa__compare_row(x, r, y, r) == 0) {
                out[r] = !negated;
                brasa__bit_set(node->valid, r);
                continue;
            }
            node->rows[m++] = r;
        }
        active = brasa__eval_rowset(ev, rows, node->rows, m);
    }
    brasa__eval_result(node, has_nulls);
    return BRASA_OK;
}

brasa_status brasa__eval_in(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err)
{
    BRASA_TRY(brasa__eval_node_run(ev, node->args[0], rows, err));
    if (node->set == NULL) return in_general(ev, node, rows, err);
    return brasa__eval_apply(ev, node, 1, brasa__in_kernel, BRASA_FN_NULLABLE, rows, err);
}
