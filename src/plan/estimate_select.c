/* estimate_select.c -- how often conditions hold, and what they then say of columns.
 *
 * Textbook (Selinger et al. 1979): equality by distinct values, ranges by histograms or else by uniform values between the ends.  Several conditions are taken together with less and
 * less weight, since they are rarely independent.
 */
#include <math.h>
#include <string.h>

#include "data/type.h"
#include "plan/estimate_inner.h"
#include "plan/make.h"

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

/* Fraction of the values that are v: a value that fills steps of the histogram is as frequent as they are.  Of a string the number tells the first bytes only: what fills the steps are all
 * that begin with them. */
static double fraction_equal(const brasa_col_estimate *c, const brasa_value *value, double v)
{
    double one = 1 / most(1, c->distinct);
    bool   whole = value->type.kind != BRASA_KIND_STRING || value->u.s.n < ESTIMATE_STRING;

    if (!c->has_range) return one;
    if (v < c->min || v > c->max) return 0;
    if (c->histogram == NULL || !whole) return one;
    double filled = fraction_below(c, v, true) - fraction_below(c, v, false), step = 1.0 / c->histogram->steps;
    return filled >= step * 0.99 ? least(1, filled + step) : least(one, step * 2); /* and part of the steps at both ends */
}

/* ---- selectivities ---- */

static double select_equal(const brasa_node_estimate *in, const brasa_expr *a, const brasa_expr *b)
{
    brasa_col_estimate x = estimate_expr(in, a), y = estimate_expr(in, b);
    double             v;

    if ((x.guess && b->kind == BRASA_EXPR_LITERAL) || (y.guess && a->kind == BRASA_EXPR_LITERAL)) return BRASA_SEL_GUESS;
    if (b->kind == BRASA_EXPR_LITERAL && estimate_number(&b->value, &v)) return (1 - x.nulls) * fraction_equal(&x, &b->value, v);
    if (a->kind == BRASA_EXPR_LITERAL && estimate_number(&a->value, &v)) return (1 - y.nulls) * fraction_equal(&y, &a->value, v);
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

/* What has a text in it: less, the longer the text is. */
static double share_with(size_t n)
{
    return most(0.005, 0.3 * pow(0.8, (double)n));
}

/* What begins with a text. */
static double share_from(const brasa_col_estimate *x, const char *s, size_t n)
{
    char next[8];

    n = n < ESTIMATE_STRING ? n : ESTIMATE_STRING;
    if (n == 0) return 1;
    memcpy(next, s, n);
    if (!x->has_range || (unsigned char)next[n - 1] == 255) return share_with(n);
    next[n - 1]++;
    double share = fraction_below(x, estimate_string(next, n), false) - fraction_below(x, estimate_string(s, n), false);
    return least(1, most(share, 1 / most(1, x->distinct)));
}

/* LIKE 'abc%def_': what begins with its first letters, and has the others. */
static double select_like(const brasa_node_estimate *in, const brasa_expr *e)
{
    brasa_col_estimate x = estimate_expr(in, e->args[0]);
    const brasa_value *v = &e->args[1]->value;
    size_t             n = 0, more = 0;
    bool               wild = false;

    if (e->nargs != 2 || e->args[1]->kind != BRASA_EXPR_LITERAL || v->null) return BRASA_SEL_LIKE;
    while (n < v->u.s.n && v->u.s.p[n] != '%' && v->u.s.p[n] != '_' && v->u.s.p[n] != '\\') n++;
    for (size_t i = n; i < v->u.s.n; i++) {
        bool any = v->u.s.p[i] == '%' || v->u.s.p[i] == '_';
        wild |= any;
        more += !any;
    }
    if (!wild && more == 0) return (1 - x.nulls) / most(1, x.distinct);
    return (1 - x.nulls) * most(share_from(&x, v->u.s.p, n) * (more ? share_with(more) : 1), 1 / most(1, x.distinct));
}

/* startswith, endswith, contains */
static double select_part(const brasa_node_estimate *in, const brasa_expr *e, bool first)
{
    brasa_col_estimate x = estimate_expr(in, e->args[0]);
    const brasa_value *v = &e->args[1]->value;

    if (e->nargs != 2 || e->args[1]->kind != BRASA_EXPR_LITERAL || v->null || v->type.kind != BRASA_KIND_STRING) return BRASA_SEL_LIKE;
    return (1 - x.nulls) * (first ? share_from(&x, v->u.s.p, v->u.s.n) : share_with(v->u.s.n));
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
    if (strcmp(name, "startswith") == 0) return select_part(in, e, true);
    if (strcmp(name, "contains") == 0 || strcmp(name, "endswith") == 0) return select_part(in, e, false);
    return BRASA_SEL_UNKNOWN;
}

static double select_in(const brasa_node_estimate *in, const brasa_expr *e)
{
    brasa_col_estimate c = estimate_expr(in, e->args[0]);
    double             s = 0, v;

    if (c.guess) s = least(0.5, (e->nargs - 1) * BRASA_SEL_GUESS);
    for (int32_t i = 1; i < e->nargs && !c.guess; i++) {
        bool known = e->args[i]->kind == BRASA_EXPR_LITERAL && estimate_number(&e->args[i]->value, &v);
        s += known ? fraction_equal(&c, &e->args[i]->value, v) : 1 / most(1, c.distinct);
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

enum { OR_VALUES = 64 };

/* Values that a condition allows column i, added to list; false: it does not say. */
static bool add_values(const brasa_expr *test, int32_t i, const brasa_expr **list, int32_t *n)
{
    bool lists = (test->kind == BRASA_EXPR_IN && !test->negated) || brasa__is_call(test, "=");

    for (int32_t k = 0; k < test->nargs && brasa__is_call(test, "and"); k++) {
        if (add_values(test->args[k], i, list, n)) return true;
    }
    if (!lists || test->args[0]->kind != BRASA_EXPR_REF || test->args[0]->index != i || *n + test->nargs - 1 > OR_VALUES) return false;
    for (int32_t k = 1; k < test->nargs; k++) list[(*n)++] = test->args[k];
    return true;
}

/* a = 1 AND ... OR a = 2 AND ...: of a there are two values, whatever else is said. */
static void narrow_any(brasa_col_estimate *cols, const brasa_expr *test, const brasa_expr *first)
{
    const brasa_expr *list[OR_VALUES];
    int32_t           n = 0, k = 0;

    for (int32_t i = 0; i < first->nargs && brasa__is_call(first, "and"); i++) narrow_any(cols, test, first->args[i]);
    if (first->nargs < 1 || first->args[0]->kind != BRASA_EXPR_REF) return;
    while (k < test->nargs && add_values(test->args[k], first->args[0]->index, list, &n)) k++;
    if (k == test->nargs) keep_values(&cols[first->args[0]->index], list, n);
}

void estimate_narrow(brasa_col_estimate *cols, const brasa_expr *test)
{
    double v;

    if (brasa__is_call(test, "or")) {
        narrow_any(cols, test, test->args[0]);
        return;
    }
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
