/* estimate_expr.c -- what is known of expressions' values, and how often conditions hold.
 *
 * Textbook (Selinger et al. 1979): equality by distinct values, ranges by histograms or else by uniform values between the ends, conditions independent of each other.
 */
#include <math.h>
#include <string.h>

#include "data/type.h"
#include "plan/estimate_inner.h"
#include "plan/make.h"

enum { GROUP_KEYS = 64 };

static double type_bytes(brasa_type t)
{
    if (t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY) return 24;
    if (brasa__type_has_span(t) || t.kind == BRASA_KIND_STRUCT) return 40;
    return (double)brasa__type_width(t);
}

brasa_col_estimate estimate_unknown(brasa_type t, double rows)
{
    double distinct = most(1, rows);

    if (t.kind == BRASA_KIND_BOOL) distinct = 2;
    if (t.kind == BRASA_KIND_INT8) distinct = least(distinct, 256);
    return (brasa_col_estimate) {.distinct = distinct, .base = distinct, .bytes = type_bytes(t), .guess = distinct == most(1, rows)};
}

/* The first bytes as a fraction: enough to place a string between two others. */
static double string_number(const char *s, size_t n)
{
    double v = 0, unit = 1;

    for (size_t i = 0; i < n && i < 6; i++) {
        unit /= 256;
        v += (double)(unsigned char)s[i] * unit;
    }
    return v;
}

bool estimate_number(const brasa_value *v, double *out)
{
    if (v->null) return false;
    switch (brasa__type_phys(v->type)) {
    case BRASA_PHYS_BOOL:
    case BRASA_PHYS_NULL:
    case BRASA_PHYS_INTERVAL:
    case BRASA_PHYS_SPAN:
    case BRASA_PHYS_VECTOR:
    case BRASA_PHYS_STRUCT:
    case BRASA_PHYS_COUNT: return false;
    case BRASA_PHYS_STRING: *out = string_number(v->u.s.p, v->u.s.n); return v->type.kind == BRASA_KIND_STRING;
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64: *out = (double)v->u.i; break;
    case BRASA_PHYS_I128: *out = (double)v->u.d; break;
    case BRASA_PHYS_F32:
    case BRASA_PHYS_F64: *out = v->u.f; break;
    }
    if (v->type.kind == BRASA_KIND_DECIMAL) *out /= pow(10, v->type.scale);
    return isfinite(*out);
}

/* ---- histograms ---- */

/* Fraction of a histogram's values that are below v (below or equal: `with`). */
static double histogram_below(const brasa_histogram *h, double v, bool with)
{
    int32_t lo = 0, hi = h->steps + 1; /* bounds before lo are below v, those from hi on are not */

    while (lo < hi) {
        int32_t mid = lo + (hi - lo) / 2;
        if (h->bounds[mid] < v || (with && h->bounds[mid] == v))
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0) return 0;
    if (lo > h->steps) return 1;
    double a = h->bounds[lo - 1], b = h->bounds[lo], part = b > a ? (v - a) / (b - a) : 0;
    return (lo - 1 + part) / h->steps;
}

static double fraction_below(const brasa_col_estimate *c, double v, bool with)
{
    if (!c->has_range) return BRASA_SEL_UNKNOWN;
    if (v < c->min) return 0;
    if (v > c->max) return 1;
    if (c->histogram) {
        double from = histogram_below(c->histogram, c->min, false), to = histogram_below(c->histogram, c->max, true);
        if (to > from) return least(1, most(0, (histogram_below(c->histogram, v, with) - from) / (to - from)));
    }
    if (c->max <= c->min) return with ? 1 : 0;
    return least(1, most(0, (v - c->min) / (c->max - c->min)));
}

/* Fraction of the values that are v: a value that fills steps of the histogram is as frequent as they are. */
static double fraction_equal(const brasa_col_estimate *c, double v)
{
    double one = 1 / most(1, c->distinct);

    if (!c->has_range) return one;
    if (v < c->min || v > c->max) return 0;
    if (c->histogram == NULL) return one;
    double filled = fraction_below(c, v, true) - fraction_below(c, v, false), step = 1.0 / c->histogram->steps;
    return filled >= step * 0.99 ? least(1, filled + step) : least(one, step * 2); /* and part of the steps at both ends */
}

/* ---- expressions ---- */

static brasa_col_estimate shifted(brasa_col_estimate c, double by)
{
    c.histogram = NULL;
    c.min += by;
    c.max += by;
    return c;
}

/* Parts of dates and times that have few values, whatever they are of. */
static double values_of_part(const brasa_expr *x)
{
    static const struct {
        const char *name;
        double      values;
    } parts[] = {{"month", 12},      {"quarter", 4},     {"day", 31},  {"dayofmonth", 31}, {"dayofweek", 7}, {"weekday", 7},
                 {"weekofyear", 53}, {"dayofyear", 366}, {"hour", 24}, {"minute", 60},     {"second", 60}};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (brasa__is_call(x, parts[i].name)) return parts[i].values;
    }
    return HUGE_VAL;
}

/* What calls of a few functions keep of their arguments' ranges. */
static void call_range(const brasa_node_estimate *in, const brasa_expr *x, brasa_col_estimate *c)
{
    bool   plus = brasa__is_call(x, "+"), minus = brasa__is_call(x, "-");
    double v;

    if ((plus || minus) && x->nargs == 2 && brasa__type_is_numeric(x->type)) {
        const brasa_expr *a = x->args[0], *b = x->args[1];
        if (plus && a->kind == BRASA_EXPR_LITERAL) a = x->args[1], b = x->args[0];
        if (b->kind != BRASA_EXPR_LITERAL || !estimate_number(&b->value, &v)) return;
        double bytes = c->bytes;
        *c = shifted(estimate_expr(in, a), plus ? v : -v);
        c->bytes = bytes;
    }
    if (brasa__is_call(x, "year") && x->nargs == 1) {
        brasa_col_estimate d = estimate_expr(in, x->args[0]);
        if (d.has_range && x->args[0]->type.kind == BRASA_KIND_DATE) c->distinct = least(c->distinct, floor((d.max - d.min) / 365.2) + 1);
    }
    if (brasa__is_call(x, "year")) c->distinct = least(c->distinct, 30);
    if (brasa__is_call(x, "%") && x->nargs == 2 && x->args[1]->kind == BRASA_EXPR_LITERAL && estimate_number(&x->args[1]->value, &v) &&
        fabs(v) >= 1)
        c->distinct = least(c->distinct, fabs(v));
    c->distinct = least(c->distinct, values_of_part(x));
    c->base = c->distinct;
}

static void clamp_arguments(const brasa_node_estimate *in, const brasa_expr *x, brasa_col_estimate *c)
{
    double combined = 1;

    for (int32_t i = 0; i < x->nargs; i++) combined *= estimate_expr(in, x->args[i]).distinct;
    c->distinct = least(c->distinct, most(1, combined));
    c->base = c->distinct;
}

brasa_col_estimate estimate_expr(const brasa_node_estimate *in, const brasa_expr *x)
{
    brasa_col_estimate c = estimate_unknown(x->type, in->rows);

    if (x->kind == BRASA_EXPR_REF && x->depth == 0) return in->cols[x->index];
    if (x->kind == BRASA_EXPR_LITERAL) {
        c.distinct = c.base = 1;
        c.guess = false;
        c.nulls = x->value.null ? 1 : 0;
        c.has_range = estimate_number(&x->value, &c.min);
        c.max = c.min;
        return c;
    }
    if (x->kind == BRASA_EXPR_CAST && brasa__type_is_numeric(x->type)) {
        brasa_col_estimate below = estimate_expr(in, x->args[0]);
        if (!brasa__type_is_numeric(x->args[0]->type)) below.has_range = false, below.histogram = NULL;
        below.bytes = c.bytes;
        return below;
    }
    if (x->nargs > 0 && x->kind != BRASA_EXPR_AGGREGATE) clamp_arguments(in, x, &c);
    if (x->kind == BRASA_EXPR_CALL) call_range(in, x, &c);
    return c;
}

/* What the columns of one table among the keys make, keys[from] being the first of them: no more than the table has rows. */
static double source_groups(const brasa_col_estimate *known, int32_t nkeys, int32_t from)
{
    double groups = 1, rows = known[from].source_rows;

    for (int32_t i = from; i < nkeys; i++) {
        if (i != from && (known[i].source == NULL || known[i].source != known[from].source)) continue;
        groups *= known[i].distinct + (known[i].nulls > 0 ? 1 : 0);
        if (known[i].source) rows = least(rows, known[i].source_rows);
    }
    return known[from].source ? least(groups, most(1, rows) + 1) : groups;
}

double brasa__estimate_groups(const brasa_node_estimate *in, const brasa_expr *const *keys, int32_t nkeys)
{
    brasa_col_estimate known[GROUP_KEYS];
    double             groups = 1;
    int32_t            n = nkeys < GROUP_KEYS ? nkeys : GROUP_KEYS;

    for (int32_t i = 0; i < n; i++) known[i] = estimate_expr(in, keys[i]);
    for (int32_t i = 0; i < n && groups <= in->rows; i++) {
        bool first = true;
        for (int32_t k = 0; k < i && known[i].source; k++) first &= known[k].source != known[i].source;
        if (first) groups *= source_groups(known, n, i);
    }
    return least(groups, most(in->rows, nkeys ? 0 : 1));
}

double brasa__join_share(const brasa_col_estimate *a, const brasa_col_estimate *b)
{
    double oa = a->base, ob = b->base;

    if (a->has_range && b->has_range) {
        double from = most(a->min, b->min), to = least(a->max, b->max);
        if (from > to) return 1 / most(1, most(oa, ob)) / 16; /* nothing in common, as far as is known */
        if (a->max > a->min) oa *= most((to - from) / (a->max - a->min), 1 / most(1, oa));
        if (b->max > b->min) ob *= most((to - from) / (b->max - b->min), 1 / most(1, ob));
    }
    oa = most(oa, 1), ob = most(ob, 1);
    return (1 - a->nulls) * (1 - b->nulls) * least(1, oa / most(1, a->distinct)) * least(1, ob / most(1, b->distinct)) / most(oa, ob);
}

brasa_col_estimate brasa__join_meet(const brasa_col_estimate *a, const brasa_col_estimate *b)
{
    brasa_col_estimate c = a->base <= b->base ? *a : *b;

    c.distinct = least(a->distinct, b->distinct);
    c.base = least(a->base, b->base);
    c.nulls = 0;
    c.unique = false;
    c.guess = a->guess && b->guess;
    if (!a->has_range || !b->has_range || most(a->min, b->min) > least(a->max, b->max)) return c;
    c.min = most(a->min, b->min);
    c.max = least(a->max, b->max);
    return c;
}

/* ---- selectivities ---- */

static double select_equal(const brasa_node_estimate *in, const brasa_expr *a, const brasa_expr *b)
{
    brasa_col_estimate x = estimate_expr(in, a), y = estimate_expr(in, b);
    double             v;

    if ((x.guess && b->kind == BRASA_EXPR_LITERAL) || (y.guess && a->kind == BRASA_EXPR_LITERAL)) return BRASA_SEL_GUESS;
    if (b->kind == BRASA_EXPR_LITERAL && estimate_number(&b->value, &v)) return (1 - x.nulls) * fraction_equal(&x, v);
    if (a->kind == BRASA_EXPR_LITERAL && estimate_number(&a->value, &v)) return (1 - y.nulls) * fraction_equal(&y, v);
    if (x.has_range && y.has_range && (x.max < y.min || y.max < x.min)) return 0;
    return (1 - x.nulls) * (1 - y.nulls) / most(1, most(x.distinct, y.distinct));
}

static double select_less(const brasa_node_estimate *in, const brasa_expr *a, const brasa_expr *b, bool with)
{
    brasa_col_estimate x = estimate_expr(in, a), y = estimate_expr(in, b);
    double             v;

    if (b->kind == BRASA_EXPR_LITERAL && estimate_number(&b->value, &v)) return (1 - x.nulls) * fraction_below(&x, v, with);
    if (a->kind == BRASA_EXPR_LITERAL && estimate_number(&a->value, &v)) return (1 - y.nulls) * (1 - fraction_below(&y, v, !with));
    return BRASA_SEL_UNKNOWN;
}

/* LIKE 'abc%': what begins with it; else a guess. */
static double select_like(const brasa_node_estimate *in, const brasa_expr *e)
{
    brasa_col_estimate x = estimate_expr(in, e->args[0]);
    const brasa_value *v = &e->args[1]->value;
    size_t             n = 0;
    char               next[8];

    if (e->nargs != 2 || e->args[1]->kind != BRASA_EXPR_LITERAL || v->null || !x.has_range) return BRASA_SEL_LIKE;
    while (n < v->u.s.n && n < 6 && v->u.s.p[n] != '%' && v->u.s.p[n] != '_' && v->u.s.p[n] != '\\') n++;
    if (n == 0) return BRASA_SEL_LIKE;
    memcpy(next, v->u.s.p, n);
    if ((unsigned char)next[n - 1] == 255) return BRASA_SEL_LIKE;
    next[n - 1]++;
    double share = fraction_below(&x, string_number(next, n), false) - fraction_below(&x, string_number(v->u.s.p, n), false);
    return (1 - x.nulls) * least(1, most(share, 1 / most(1, x.distinct)));
}

static double select_call(const brasa_node_estimate *in, const brasa_expr *e)
{
    const char *name = e->name;
    double      s = 1;

    if (strcmp(name, "and") == 0) return estimate_filter_share(in, e);
    if (strcmp(name, "or") == 0) {
        for (int32_t i = 0; i < e->nargs; i++) s *= 1 - brasa__selectivity(in, e->args[i]);
        return 1 - s;
    }
    if (strcmp(name, "not") == 0) return 1 - brasa__selectivity(in, e->args[0]);
    if (strcmp(name, "=") == 0 || strcmp(name, "<=>") == 0) return select_equal(in, e->args[0], e->args[1]);
    if (strcmp(name, "<>") == 0) return 1 - select_equal(in, e->args[0], e->args[1]);
    if (strcmp(name, "<") == 0 || strcmp(name, "<=") == 0) return select_less(in, e->args[0], e->args[1], name[1] == '=');
    if (strcmp(name, ">") == 0 || strcmp(name, ">=") == 0) return select_less(in, e->args[1], e->args[0], name[1] == '=');
    if (strcmp(name, "isnull") == 0) return estimate_expr(in, e->args[0]).nulls;
    if (strcmp(name, "isnotnull") == 0) return 1 - estimate_expr(in, e->args[0]).nulls;
    if (strcmp(name, "like") == 0) return select_like(in, e);
    return BRASA_SEL_UNKNOWN;
}

static double select_in(const brasa_node_estimate *in, const brasa_expr *e)
{
    brasa_col_estimate c = estimate_expr(in, e->args[0]);
    double             s = 0, v;

    if (c.guess) s = least(0.5, (e->nargs - 1) * BRASA_SEL_GUESS);
    for (int32_t i = 1; i < e->nargs && !c.guess; i++) {
        bool known = e->args[i]->kind == BRASA_EXPR_LITERAL && estimate_number(&e->args[i]->value, &v);
        s += known ? fraction_equal(&c, v) : 1 / most(1, c.distinct);
    }
    s = least(1, s) * (1 - c.nulls);
    return e->negated ? 1 - s : s;
}

double brasa__selectivity(const brasa_node_estimate *in, const brasa_expr *test)
{
    double s = BRASA_SEL_UNKNOWN;

    if (test == NULL) return 1;
    if (test->kind == BRASA_EXPR_LITERAL) return test->value.null || !test->value.u.b ? 0 : 1;
    if (test->kind == BRASA_EXPR_REF) s = 0.5;
    if (test->kind == BRASA_EXPR_CALL) s = select_call(in, test);
    if (test->kind == BRASA_EXPR_IN) s = select_in(in, test);
    return least(1, most(0, s));
}

/* Is it column < literal (-1) or column > literal (1)?  0: neither. */
static int bound_of(const brasa_node_estimate *in, const brasa_expr *e)
{
    if (e->kind != BRASA_EXPR_CALL || e->nargs != 2 || (e->name[0] != '<' && e->name[0] != '>')) return 0;
    if (e->args[1]->kind != BRASA_EXPR_LITERAL || !strcmp(e->name, "<>") || !strcmp(e->name, "<=>")) return 0;
    const brasa_expr *x = e->args[0]->kind == BRASA_EXPR_CAST ? e->args[0]->args[0] : e->args[0];
    if (x->kind != BRASA_EXPR_REF || !in->cols[x->index].has_range) return 0;
    return e->name[0] == '<' ? -1 : 1;
}

static const brasa_expr *bare(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CAST ? e->args[0] : e;
}

enum { SHARES = 64 };

/* Conditions are rarely independent: the most selective counts in full, the next ones less and less. */
static double together(double *parts, int32_t n)
{
    static const double WEIGHTS[] = {1, 0.75, 0.5, 0.375, 0.25};
    enum { NWEIGHTS = sizeof WEIGHTS / sizeof *WEIGHTS };
    double s = 1;

    for (int32_t k = 0; k < n && k < NWEIGHTS; k++) {
        int32_t at = k;
        for (int32_t i = k + 1; i < n; i++) at = parts[i] < parts[at] ? i : at;
        double next = parts[at];
        parts[at] = parts[k];
        parts[k] = next;
        s *= pow(least(1, most(0, next)), WEIGHTS[k]);
    }
    return s;
}

/* Two one-sided ranges of one column together: the fraction between, not the product. */
double estimate_filter_share(const brasa_node_estimate *in, const brasa_expr *test)
{
    double parts[SHARES];

    if (!brasa__is_call(test, "and")) return brasa__selectivity(in, test);
    int32_t n = test->nargs < SHARES ? test->nargs : SHARES;
    for (int32_t i = 0; i < n; i++) parts[i] = brasa__selectivity(in, test->args[i]);
    for (int32_t i = 0; i < n; i++) {
        int side = bound_of(in, test->args[i]);
        for (int32_t k = i + 1; k < n && side != 0; k++) {
            const brasa_expr *a = test->args[i], *b = test->args[k];
            if (bound_of(in, b) != -side || !brasa__expr_equal(bare(a->args[0]), bare(b->args[0]))) continue;
            const brasa_col_estimate *c = &in->cols[bare(a->args[0])->index];
            parts[i] = most(parts[i] + parts[k] - (1 - c->nulls), 1 / most(1, c->distinct));
            parts[k] = 1;
        }
    }
    return together(parts, n);
}

/* ---- what conditions say of columns ---- */

static void keep_between(brasa_col_estimate *c, double from, double to)
{
    if (!c->has_range) return;
    double a = most(c->min, from), b = least(c->max, to);
    if (a > b) return;
    double part = fraction_below(c, b, true) - fraction_below(c, a, false);
    c->base = most(1, c->base * least(1, most(part, 0)));
    c->distinct = least(c->distinct, c->base);
    c->min = a;
    c->max = b;
}

static void keep_values(brasa_col_estimate *c, const brasa_expr *const *values, int32_t n)
{
    double from = INFINITY, to = -INFINITY, v;

    c->distinct = least(c->distinct, n);
    c->base = c->distinct;
    for (int32_t i = 0; i < n; i++) {
        if (values[i]->kind != BRASA_EXPR_LITERAL || !estimate_number(&values[i]->value, &v)) return;
        from = least(from, v);
        to = most(to, v);
    }
    c->has_range = true;
    c->min = from;
    c->max = to;
}

void estimate_narrow(brasa_col_estimate *cols, const brasa_expr *test)
{
    double v;

    if (brasa__is_call(test, "and")) {
        for (int32_t i = 0; i < test->nargs; i++) estimate_narrow(cols, test->args[i]);
        return;
    }
    bool in = test->kind == BRASA_EXPR_IN && !test->negated;
    if ((!in && test->kind != BRASA_EXPR_CALL) || test->nargs < 1 || bare(test->args[0])->kind != BRASA_EXPR_REF) return;
    if (test->args[0]->kind == BRASA_EXPR_CAST && !brasa__type_is_numeric(test->args[0]->type)) return;
    brasa_col_estimate *c = &cols[bare(test->args[0])->index];
    if (in) keep_values(c, test->args + 1, test->nargs - 1);
    if (brasa__is_call(test, "=") && test->args[1]->kind == BRASA_EXPR_LITERAL) keep_values(c, test->args + 1, 1);
    if (in || brasa__is_call(test, "=") || brasa__is_call(test, "isnotnull") || brasa__is_call(test, "like")) c->nulls = 0;
    if (test->nargs != 2 || test->args[1]->kind != BRASA_EXPR_LITERAL || !estimate_number(&test->args[1]->value, &v)) return;
    if (brasa__is_call(test, "<") || brasa__is_call(test, "<=")) keep_between(c, -INFINITY, v), c->nulls = 0;
    if (brasa__is_call(test, ">") || brasa__is_call(test, ">=")) keep_between(c, v, INFINITY), c->nulls = 0;
}
