/* scan_tests.c -- conditions over a scan, or over rows that are kept, that chunk statistics may refute: they go into the source as well (the filter stays).
 *
 * A test may let rows pass that the filter refuses, never the other way round, so anything that does not translate is simply left out.
 */
#include <string.h>

#include "data/type.h"
#include "data/value.h"
#include "opt/inner.h"

typedef struct tests {
    brasa_opt        *o;
    const brasa_node *scan;
    brasa_scan_test  *items;
    int32_t           n, cap;
} tests;

/* Column of the scan's output behind casts that keep order and value (integers to wider ones, decimals to wider ones of the same scale); -1: none. */
static int32_t plain_column(const brasa_expr *e)
{
    while (e->kind == BRASA_EXPR_CAST && !e->try_cast) {
        brasa_type from = e->args[0]->type, to = e->type;
        bool       ints = brasa__type_is_integer(from) && brasa__type_is_integer(to) && to.kind >= from.kind;
        bool       wider = to.kind == BRASA_KIND_DECIMAL && (from.kind == BRASA_KIND_DECIMAL || brasa__type_is_integer(from));
        if (!ints && !wider) return -1;
        e = e->args[0];
    }
    return e->kind == BRASA_EXPR_REF && e->depth == 0 ? e->index : -1;
}

static bool decimal_digits(const brasa_value *v, brasa_int128 *out)
{
    if (v->type.kind != BRASA_KIND_DECIMAL && !brasa__type_is_integer(v->type)) return false;
    *out = brasa__type_phys(v->type) == BRASA_PHYS_I128 ? v->u.d : (brasa_int128)v->u.i;
    return true;
}

static int32_t scale_of(brasa_type t)
{
    return t.kind == BRASA_KIND_DECIMAL ? t.scale : 0;
}

static bool integer_fits(brasa_kind kind, brasa_int128 d)
{
    if (kind == BRASA_KIND_INT8) return d >= INT8_MIN && d <= INT8_MAX;
    if (kind == BRASA_KIND_INT16) return d >= INT16_MIN && d <= INT16_MAX;
    if (kind == BRASA_KIND_INT32) return d >= INT32_MIN && d <= INT32_MAX;
    return d >= INT64_MIN && d <= INT64_MAX;
}

/* The literal as a value of the column's own type, exactly; false: it is none. */
static bool as_type(const brasa_value *v, brasa_type t, brasa_value *out)
{
    brasa_int128 d, limit = 1;

    if (v->null) return false;
    if (brasa__type_equal(v->type, t)) {
        *out = *v;
        return true;
    }
    bool number = t.kind == BRASA_KIND_DECIMAL || brasa__type_is_integer(t);
    if (!number || !decimal_digits(v, &d)) return false;
    for (int32_t s = scale_of(v->type); s > scale_of(t); s--) {
        if (d % 10 != 0) return false;
        d /= 10;
    }
    for (int32_t s = scale_of(v->type); s < scale_of(t); s++) {
        if (__builtin_mul_overflow(d, (brasa_int128)10, &d)) return false;
    }
    *out = (brasa_value) {.type = t};
    if (t.kind != BRASA_KIND_DECIMAL) {
        if (!integer_fits(t.kind, d)) return false;
        out->u.i = (int64_t)d;
        return true;
    }
    for (int32_t i = 0; i < t.precision; i++) limit *= 10;
    if (d >= limit || d <= -limit) return false;
    if (brasa__type_phys(t) == BRASA_PHYS_I128)
        out->u.d = d;
    else
        out->u.i = (int64_t)d;
    return true;
}

static int32_t source_column(const brasa_node *n, int32_t col)
{
    const int32_t *cols = n->kind == BRASA_NODE_SCAN ? n->u.scan.cols : n->u.cached.cols;

    return cols != NULL ? cols[col] : col;
}

static void add_test(tests *t, int32_t col, brasa_scan_op op, const brasa_value *values, int32_t n)
{
    t->items = brasa__arena_grow(t->o->arena, t->items, &t->cap, t->n + 1, sizeof *t->items);
    brasa_value *copy = BRASA_NEWS(t->o->arena, brasa_value, n + 1);
    for (int32_t i = 0; i < n; i++) copy[i] = brasa__value_copy(t->o->arena, &values[i]);
    t->items[t->n++] = (brasa_scan_test) {.col = source_column(t->scan, col), .op = op, .nvalues = n, .values = copy};
}

static brasa_type column_type(const tests *t, int32_t col)
{
    return t->scan->schema.cols[col].type;
}

static bool compare_op(const char *name, bool swapped, brasa_scan_op *op)
{
    static const struct {
        const char   *name;
        brasa_scan_op op, swapped;
    } OPS[] = {{"=", BRASA_SCAN_EQ, BRASA_SCAN_EQ},
               {"<", BRASA_SCAN_LT, BRASA_SCAN_GT},
               {"<=", BRASA_SCAN_LE, BRASA_SCAN_GE},
               {">", BRASA_SCAN_GT, BRASA_SCAN_LT},
               {">=", BRASA_SCAN_GE, BRASA_SCAN_LE}};

    for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++) {
        if (strcmp(OPS[i].name, name) != 0) continue;
        *op = swapped ? OPS[i].swapped : OPS[i].op;
        return true;
    }
    return false;
}

static void test_compare(tests *t, const brasa_expr *e)
{
    for (int32_t k = 0; k < 2; k++) {
        const brasa_expr *literal = e->args[1 - k];
        int32_t           col = plain_column(e->args[k]);
        brasa_scan_op     op;
        brasa_value       v;
        if (col < 0 || literal->kind != BRASA_EXPR_LITERAL || !compare_op(e->name, k == 1, &op)) continue;
        if (as_type(&literal->value, column_type(t, col), &v)) add_test(t, col, op, &v, 1);
        return;
    }
}

/* The bytes before the first wildcard, and the least text that is greater than all that begin with them. */
static void test_like(tests *t, const brasa_expr *e)
{
    int32_t col = plain_column(e->args[0]);

    if (col < 0 || e->nargs != 2 || e->args[1]->kind != BRASA_EXPR_LITERAL || e->args[1]->value.null) return;
    if (column_type(t, col).kind != BRASA_KIND_STRING || e->args[1]->type.kind != BRASA_KIND_STRING) return;
    const char *p = e->args[1]->value.u.s.p;
    size_t      n = 0, len = e->args[1]->value.u.s.n;
    while (n < len && p[n] != '%' && p[n] != '_' && p[n] != '\\') n++;
    if (n == 0) return;
    brasa_value from = {.type = column_type(t, col), .u.s = {p, n}}, to = from;
    add_test(t, col, BRASA_SCAN_GE, &from, 1);
    char *next = brasa__arena_strndup(t->o->arena, p, n);
    while (n > 0 && (unsigned char)next[n - 1] >= 0x7f) n--; /* stays valid UTF-8: only an ASCII byte is counted up */
    if (n == 0) return;
    next[n - 1]++;
    to.u.s.p = next;
    to.u.s.n = n;
    add_test(t, col, BRASA_SCAN_LT, &to, 1);
}

static void test_in(tests *t, const brasa_expr *e)
{
    int32_t      col = plain_column(e->args[0]), n = 0;
    brasa_value *values = BRASA_NEWS(t->o->arena, brasa_value, e->nargs);

    if (col < 0 || e->negated) return;
    for (int32_t i = 1; i < e->nargs; i++) {
        const brasa_expr *x = e->args[i];
        if (x->kind != BRASA_EXPR_LITERAL) return;
        if (x->value.null) continue;
        if (!as_type(&x->value, column_type(t, col), &values[n])) return;
        n++;
    }
    if (n > 0) add_test(t, col, n == 1 ? BRASA_SCAN_EQ : BRASA_SCAN_IN, values, n);
}

/* All branches "column = literal" of one column. */
static void test_or(tests *t, const brasa_expr *e)
{
    int32_t      col = -1;
    brasa_value *values = BRASA_NEWS(t->o->arena, brasa_value, e->nargs);

    for (int32_t i = 0; i < e->nargs; i++) {
        const brasa_expr *x = e->args[i];
        if (!brasa__is_call(x, "=") || x->args[1]->kind != BRASA_EXPR_LITERAL) return;
        int32_t c = plain_column(x->args[0]);
        if (c < 0 || (i > 0 && c != col) || !as_type(&x->args[1]->value, column_type(t, c), &values[i])) return;
        col = c;
    }
    add_test(t, col, BRASA_SCAN_IN, values, e->nargs);
}

static void test_null(tests *t, const brasa_expr *e, brasa_scan_op op)
{
    int32_t col = plain_column(e->args[0]);

    if (col >= 0) add_test(t, col, op, NULL, 0);
}

static void test_one(tests *t, const brasa_expr *e)
{
    if (e->kind == BRASA_EXPR_IN) test_in(t, e);
    if (e->kind != BRASA_EXPR_CALL) return;
    if (strcmp(e->name, "isnull") == 0)
        test_null(t, e, BRASA_SCAN_IS_NULL);
    else if (strcmp(e->name, "isnotnull") == 0)
        test_null(t, e, BRASA_SCAN_NOT_NULL);
    else if (strcmp(e->name, "like") == 0)
        test_like(t, e);
    else if (strcmp(e->name, "or") == 0)
        test_or(t, e);
    else if (e->nargs == 2)
        test_compare(t, e);
}

static const brasa_node *test_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    tests     t = {.o = arg};
    conjuncts all = {.n = 0};

    if (n->kind != BRASA_NODE_FILTER || (n->inputs[0]->kind != BRASA_NODE_SCAN && n->inputs[0]->kind != BRASA_NODE_CACHED)) return n;
    t.scan = n->inputs[0];
    conjuncts_add(arg, &all, n->u.filter.test);
    for (int32_t i = 0; i < all.n; i++) test_one(&t, all.items[i]);
    if (t.n == 0) return n;
    brasa_node       *scan = brasa__node_copy(arena, t.scan, NULL);
    const brasa_node *in = scan;
    if (scan->kind == BRASA_NODE_SCAN) {
        scan->u.scan.ntests = t.n;
        scan->u.scan.tests = t.items;
    } else {
        scan->u.cached.ntests = t.n;
        scan->u.cached.tests = t.items;
    }
    return brasa__node_copy(arena, n, &in);
}

const brasa_node *opt_scan_tests(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, test_node, o);
}
