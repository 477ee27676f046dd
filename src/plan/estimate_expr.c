/* estimate_expr.c -- what is known of expressions' values, of groups and of joins by keys.
 *
 * By distinct values and ranges of the columns (Selinger et al. 1979); keys of one table make no more groups than it has rows.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
double estimate_string(const char *s, size_t n)
{
    double v = 0, unit = 1;

    for (size_t i = 0; i < n && i < ESTIMATE_STRING; i++) {
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
    case BRASA_PHYS_STRING: *out = estimate_string(v->u.s.p, v->u.s.n); return v->type.kind == BRASA_KIND_STRING;
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

static brasa_col_estimate shifted(brasa_col_estimate c, double by)
{
    c.histogram = NULL;
    c.min += by;
    c.max += by;
    return c;
}

/* The part of a date or time that a call takes, in *of its argument: year(x), date_part('year', x). */
static const char *part_of(const brasa_expr *x, const brasa_expr **of, char name[16])
{
    bool               named = x->nargs == 2 && brasa__is_call(x, "date_part") && x->args[0]->kind == BRASA_EXPR_LITERAL;
    const brasa_value *v = named ? &x->args[0]->value : NULL;

    *of = x->args[named];
    if (!named) return x->name;
    if (v->null || v->type.kind != BRASA_KIND_STRING) return "";
    snprintf(name, 16, "%.*s", (int)least((double)v->u.s.n, 15), v->u.s.p);
    return name;
}

/* Parts of dates and times that have few values, whatever they are of. */
static void few_parts(const brasa_node_estimate *in, const brasa_expr *x, brasa_col_estimate *c)
{
    static const struct {
        const char *name;
        double      values;
    } parts[] = {{"month", 12},      {"quarter", 4},     {"day", 31},  {"dayofmonth", 31}, {"dayofweek", 7}, {"weekday", 7},
                 {"weekofyear", 53}, {"dayofyear", 366}, {"hour", 24}, {"minute", 60},     {"second", 60},   {"year", 30}};
    char              name[16];
    const brasa_expr *of = x;
    const char       *part = x->nargs > 0 ? part_of(x, &of, name) : "";

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcasecmp(part, parts[i].name) == 0) c->distinct = least(c->distinct, parts[i].values);
    }
    if (strcasecmp(part, "year") != 0) return;
    brasa_col_estimate d = estimate_expr(in, of);
    if (d.has_range && of->type.kind == BRASA_KIND_DATE) c->distinct = least(c->distinct, floor((d.max - d.min) / 365.2) + 1);
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
    if (brasa__is_call(x, "%") && x->nargs == 2 && x->args[1]->kind == BRASA_EXPR_LITERAL && estimate_number(&x->args[1]->value, &v) &&
        fabs(v) >= 1)
        c->distinct = least(c->distinct, fabs(v));
    few_parts(in, x, c);
    if ((brasa__is_call(x, "substring") || brasa__is_call(x, "substr")) && x->nargs == 3 && x->args[2]->kind == BRASA_EXPR_LITERAL &&
        estimate_number(&x->args[2]->value, &v) && v >= 0)
        c->distinct = least(c->distinct, pow(30, v)); /* letters, digits */
    c->base = c->distinct;
}

/* Functions that give a value where an argument is null. */
static bool hides_nulls(const brasa_expr *x)
{
    static const char *const NAMES[] = {"coalesce", "ifnull", "nvl",       "nvl2", "if",       "concat_ws", "and",
                                        "or",       "isnull", "isnotnull", "<=>",  "greatest", "least"};

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (brasa__is_call(x, NAMES[i])) return true;
    }
    return x->kind != BRASA_EXPR_CALL && x->kind != BRASA_EXPR_CAST;
}

static void clamp_arguments(const brasa_node_estimate *in, const brasa_expr *x, brasa_col_estimate *c)
{
    double combined = 1, full = 1;

    for (int32_t i = 0; i < x->nargs; i++) {
        brasa_col_estimate a = estimate_expr(in, x->args[i]);
        combined *= a.distinct;
        full *= 1 - a.nulls;
    }
    c->distinct = least(c->distinct, most(1, combined));
    c->base = c->distinct;
    if (!hides_nulls(x)) c->nulls = 1 - full;
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
