/* agg_cases.c -- see the header. */
#include "support/agg_cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/bind.h"

const char *const agg_columns =
    "k BIGINT, g STRING, bo BOOLEAN, ti TINYINT, sm SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, m DECIMAL(12,2), "
    "w DECIMAL(30,4), dt DATE, ts TIMESTAMP, st STRING, bi BINARY, ps BOOLEAN";

#define EACH(x)                                                                                                                            \
    {.name = x, .args = "bo"}, {.name = x, .args = "ti"}, {.name = x, .args = "sm"}, {.name = x, .args = "i"}, {.name = x, .args = "l"},   \
        {.name = x, .args = "f"}, {.name = x, .args = "d"}, {.name = x, .args = "m"}, {.name = x, .args = "w"}, {.name = x, .args = "dt"}, \
        {.name = x, .args = "ts"}, {.name = x, .args = "st"},                                                                              \
    {                                                                                                                                      \
        .name = x, .args = "bi"                                                                                                            \
    }
#define NUMBERS(x)                                                                                                                      \
    {.name = x, .args = "ti"}, {.name = x, .args = "sm"}, {.name = x, .args = "i"}, {.name = x, .args = "l"}, {.name = x, .args = "f"}, \
        {.name = x, .args = "d"}, {.name = x, .args = "m"},                                                                             \
    {                                                                                                                                   \
        .name = x, .args = "w"                                                                                                          \
    }
#define PAIRS(x)                                            \
    {.name = x, .args = "d l"}, {.name = x, .args = "i d"}, \
    {                                                       \
        .name = x, .args = "m f"                            \
    }

const agg_case agg_cases[] = {
    {.name = "count", .args = ""},
    {.name = "count", .args = "st"},
    {.name = "count", .args = "i d"},
    NUMBERS("sum"),
    NUMBERS("avg"),
    EACH("min"),
    EACH("max"),
    EACH("first"),
    EACH("last"),
    EACH("any_value"),
    NUMBERS("stddev_samp"),
    {.name = "stddev_pop", .args = "d"},
    {.name = "var_samp", .args = "i"},
    {.name = "var_pop", .args = "m"},
    {.name = "skewness", .args = "d"},
    {.name = "kurtosis", .args = "l"},
    PAIRS("corr"),
    PAIRS("covar_samp"),
    PAIRS("covar_pop"),
    PAIRS("regr_slope"),
    PAIRS("regr_intercept"),
    PAIRS("regr_r2"),
    PAIRS("regr_count"),
    {.name = "min_by", .args = "st i"},
    {.name = "max_by", .args = "i st"},
    {.name = "max_by", .args = "m d"},
    {.name = "bool_and", .args = "bo"},
    {.name = "bool_or", .args = "bo"},
    {.name = "bit_and", .args = "i"},
    {.name = "bit_or", .args = "l"},
    {.name = "bit_xor", .args = "sm"},
    EACH("collect_list"),
    EACH("collect_set"),
    {.name = "string_agg", .args = "st"},
    {.name = "string_agg", .args = "st", .extra = "', "},
    {.name = "listagg", .args = "st", .extra = "'a separator of some length"},
    NUMBERS("median"),
    {.name = "percentile_cont", .args = "d", .extra = "0.3"},
    {.name = "percentile", .args = "i", .extra = "1.0"},
    {.name = "percentile_disc", .args = "st", .extra = "0.25"},
    {.name = "percentile_disc", .args = "w", .extra = "0.0"},
    {.name = "approx_percentile", .args = "f", .extra = "0.9"},
    EACH("mode"),
    {.name = "approx_count_distinct", .args = "st"},
    {.name = "approx_count_distinct", .args = "d"},
    {.name = "sum", .args = "l", .filter = true},
    {.name = "count", .args = "", .filter = true},
    {.name = "min", .args = "st", .filter = true},
    {.name = "avg", .args = "d", .filter = true},
    {.name = "first", .args = "st", .filter = true},
    {.name = "collect_list", .args = "i", .filter = true},
    /* only where all rows of a group meet */
    {.name = "count", .args = "st", .distinct = true},
    {.name = "count", .args = "i d", .distinct = true},
    {.name = "sum", .args = "l", .distinct = true},
    {.name = "sum", .args = "d", .distinct = true, .filter = true},
    {.name = "avg", .args = "m", .distinct = true},
    {.name = "collect_list", .args = "l", .order = "d"},
    {.name = "collect_list", .args = "st", .order = "-ts"},
    {.name = "string_agg", .args = "st", .extra = "',", .order = "-m"},
    {.name = "string_agg", .args = "st", .extra = "',", .order = "st", .distinct = true},
    {.name = "first", .args = "i", .order = "st"},
    {.name = "last", .args = "bi", .order = "w", .filter = true},
    {.name = "sum", .args = "i", .order = "d"},
};
const int32_t agg_ncases = sizeof agg_cases / sizeof *agg_cases;
const int32_t agg_nmergeable = sizeof agg_cases / sizeof *agg_cases - 12;

static int32_t column(brasa_schema schema, const char *name, size_t n)
{
    for (int32_t i = 0; i < schema.ncols; i++) {
        if (strlen(schema.cols[i].name) == n && strncmp(schema.cols[i].name, name, n) == 0) return i;
    }
    fail_msg("no column %.*s", (int)n, name);
    return -1;
}

static int32_t args_of(const agg_case *c, brasa_schema schema, int32_t *cols)
{
    int32_t n = 0;

    for (const char *p = c->args; *p != '\0'; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");

        cols[n++] = column(schema, p, len);
        p += len;
    }
    return n;
}

const brasa_expr *agg_bind(brasa_arena *arena, brasa_schema schema, const agg_case *c, const brasa_expr *filter)
{
    brasa_expr        *e = brasa__expr_new(arena, BRASA_EXPR_AGGREGATE);
    const brasa_expr **args = BRASA_NEWS(arena, const brasa_expr *, 4), *out = NULL;
    brasa_scope        scope = {.schema = schema};
    brasa_error        err;
    int32_t            cols[4], n = args_of(c, schema, cols);

    for (int32_t i = 0; i < n; i++) args[i] = ops_ref(arena, schema, cols[i]);
    if (c->extra != NULL) {
        brasa_value v = c->extra[0] == '\'' ? brasa_value_string(c->extra + 1) : brasa_value_f64(atof(c->extra));

        args[n++] = brasa__expr_literal(arena, &v);
    }
    e->name = c->name;
    e->nargs = n;
    e->args = args;
    e->distinct = c->distinct;
    if (c->filter) e->filter = filter;
    if (c->order != NULL) {
        brasa_order *order = BRASA_NEW(arena, brasa_order);
        bool         desc = c->order[0] == '-';

        *order = (brasa_order) {
            .expr = ops_ref(arena, schema, column(schema, c->order + desc, strlen(c->order + desc))), .desc = desc, .nulls_last = desc};
        e->order = order;
        e->norder = 1;
    }
    assert_ok(brasa__expr_bind(arena, &scope, e, BRASA_BIND_AGGREGATES, &out, &err), err);
    return out;
}

/* ---- expected values ---- */

typedef struct rows {
    const ops_rows *in;
    const agg_case *c;
    brasa_type      type;
    brasa_arena    *arena;
    int32_t         x, y, nargs; /* columns */
    int64_t         n;
    const int64_t  *row;
} rows;

static const brasa_value *at(const rows *r, int64_t i, int32_t col)
{
    return ops_at(r->in, r->row[i], col);
}

static long double number(const brasa_value *v)
{
    if (v->type.kind == BRASA_KIND_FLOAT32 || v->type.kind == BRASA_KIND_FLOAT64) return (long double)v->u.f;
    if (v->type.kind == BRASA_KIND_BOOL) return v->u.b;
    if (v->type.kind != BRASA_KIND_DECIMAL) return (long double)v->u.i;
    return (v->type.precision > 18 ? (long double)v->u.d : (long double)v->u.i) / powl(10, v->type.scale);
}

static brasa_value null_of(brasa_type t)
{
    return (brasa_value) {.type = t, .null = true};
}

static brasa_value real(const rows *r, long double x)
{
    return (brasa_value) {.type = r->type, .u.f = (double)x};
}

static brasa_value whole(const rows *r, brasa_int128 x)
{
    brasa_value v = {.type = r->type};

    if (r->type.kind == BRASA_KIND_DECIMAL && r->type.precision > 18) {
        v.u.d = x;
    } else if (r->type.kind == BRASA_KIND_BOOL) {
        v.u.b = x != 0;
    } else {
        v.u.i = (int64_t)x;
    }
    return v;
}

static brasa_int128 integer(const brasa_value *v)
{
    if (v->type.kind == BRASA_KIND_BOOL) return v->u.b;
    return v->type.kind == BRASA_KIND_DECIMAL && v->type.precision > 18 ? v->u.d : v->u.i;
}

/* Rows whose first (both) arguments are not null. */
static rows without_nulls(const rows *r, bool both)
{
    rows     out = *r;
    int64_t *row = BRASA_NEWS(r->arena, int64_t, r->n + 1);

    out.n = 0;
    for (int64_t i = 0; i < r->n; i++) {
        if (!at(r, i, r->x)->null && (!both || !at(r, i, r->y)->null)) row[out.n++] = r->row[i];
    }
    out.row = row;
    return out;
}

static int by_value(const void *a, const void *b)
{
    return brasa__value_compare(a, b);
}

static brasa_value *values_of(const rows *r, bool sorted)
{
    brasa_value *v = BRASA_NEWS(r->arena, brasa_value, r->n + 1);

    for (int64_t i = 0; i < r->n; i++) v[i] = *at(r, i, r->x);
    if (sorted && r->n > 0) qsort(v, (size_t)r->n, sizeof *v, by_value);
    return v;
}

static brasa_value sum(const rows *r)
{
    brasa_int128 total = 0;
    long double  real_total = 0;

    for (int64_t i = 0; i < r->n; i++) {
        if (r->type.kind == BRASA_KIND_FLOAT64)
            real_total += number(at(r, i, r->x));
        else
            total += integer(at(r, i, r->x));
    }
    return r->type.kind == BRASA_KIND_FLOAT64 ? real(r, real_total) : whole(r, total);
}

static long double mean(const rows *r, int32_t col)
{
    long double  total = 0;
    brasa_type   t = r->in->schema.cols[col].type;
    brasa_int128 exact = 0;

    for (int64_t i = 0; i < r->n; i++) {
        if (t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64)
            total += number(at(r, i, col));
        else
            exact += integer(at(r, i, col));
    }
    if (t.kind == BRASA_KIND_DECIMAL) total = (long double)exact / powl(10, t.scale);
    if (brasa__type_is_integer(t)) total = (long double)exact;
    return total / (long double)r->n;
}

static long double moment(const rows *r, int32_t a, int32_t b, int power)
{
    long double ma = mean(r, a), mb = mean(r, b), total = 0;

    for (int64_t i = 0; i < r->n; i++) {
        long double x = number(at(r, i, a)) - ma, y = number(at(r, i, b)) - mb;

        total += power == 2 ? x * y : powl(x, power);
    }
    return total;
}

static brasa_value spread(const rows *r, const char *name)
{
    long double n = (long double)r->n, m2 = moment(r, r->x, r->x, 2);

    if (strcmp(name, "skewness") == 0) return m2 == 0 ? null_of(r->type) : real(r, sqrtl(n) * moment(r, r->x, r->x, 3) / powl(m2, 1.5L));
    if (strcmp(name, "kurtosis") == 0) return m2 == 0 ? null_of(r->type) : real(r, n * moment(r, r->x, r->x, 4) / (m2 * m2) - 3);
    bool sample = strstr(name, "samp") != NULL;
    if (sample && r->n < 2) return null_of(r->type);
    m2 /= sample ? n - 1 : n;
    return real(r, strncmp(name, "std", 3) == 0 ? sqrtl(m2) : m2);
}

static brasa_value pairs(const rows *r, const char *name)
{
    long double n = (long double)r->n;
    long double xy = moment(r, r->x, r->y, 2), yy = moment(r, r->x, r->x, 2), xx = moment(r, r->y, r->y, 2);

    if (strcmp(name, "covar_pop") == 0) return real(r, xy / n);
    if (strcmp(name, "covar_samp") == 0) return r->n < 2 ? null_of(r->type) : real(r, xy / (n - 1));
    if (strcmp(name, "corr") == 0) return xx == 0 || yy == 0 ? null_of(r->type) : real(r, xy / sqrtl(xx * yy));
    if (xx == 0) return null_of(r->type);
    if (strcmp(name, "regr_slope") == 0) return real(r, xy / xx);
    if (strcmp(name, "regr_intercept") == 0) return real(r, mean(r, r->x) - xy / xx * mean(r, r->y));
    return real(r, yy == 0 ? 1 : xy * xy / (xx * yy));
}

static brasa_value by(const rows *r, bool max)
{
    int64_t best = -1;

    for (int64_t i = 0; i < r->n; i++) {
        if (at(r, i, r->y)->null) continue;
        int order = best < 0 ? 0 : brasa__value_compare(at(r, i, r->y), at(r, best, r->y));

        if (max) order = -order;
        if (best < 0 || order < 0 || (order == 0 && brasa__value_compare(at(r, i, r->x), at(r, best, r->x)) < 0)) best = i;
    }
    return best < 0 ? null_of(r->type) : *at(r, best, r->x);
}

static brasa_value bits(const rows *r, const char *name)
{
    brasa_int128 x = integer(at(r, 0, r->x));

    for (int64_t i = 1; i < r->n; i++) {
        if (strstr(name, "and"))
            x &= integer(at(r, i, r->x));
        else if (strstr(name, "xor"))
            x ^= integer(at(r, i, r->x));
        else
            x |= integer(at(r, i, r->x));
    }
    return whole(r, x);
}

static brasa_value list(const rows *r, bool set)
{
    brasa_value *v = values_of(r, set);
    int64_t      m = 0;

    for (int64_t i = 0; i < r->n; i++) {
        if (!set || i == 0 || brasa__value_compare(&v[i - 1], &v[i]) != 0) v[m++] = v[i];
    }
    return (brasa_value) {.type = r->type, .u.list = {v, (int32_t)m}};
}

static brasa_value joined(const rows *r)
{
    brasa_text text;

    brasa__text_init(&text, r->arena);
    for (int64_t i = 0; i < r->n; i++) {
        if (i > 0 && r->c->extra != NULL) brasa__text_add(&text, r->c->extra + 1);
        brasa__text_add_n(&text, at(r, i, r->x)->u.s.p, at(r, i, r->x)->u.s.n);
    }
    return (brasa_value) {.type = r->type, .u.s = {text.s, text.len}};
}

static brasa_value percentile(const rows *r, bool cont)
{
    brasa_value *v = values_of(r, true);
    double       p = r->c->extra != NULL ? atof(r->c->extra) : 0.5;
    long double  place = (long double)p * (long double)(r->n - 1);
    int64_t      low = (int64_t)place, high = low + 1 < r->n ? low + 1 : low;

    if (cont) return real(r, number(&v[low]) + (place - (long double)low) * (number(&v[high]) - number(&v[low])));
    int64_t i = (int64_t)ceil(p * (double)r->n) - 1;
    return v[i < 0 ? 0 : i];
}

static brasa_value mode(const rows *r)
{
    brasa_value *v = values_of(r, true), best = v[0];
    int64_t      most = 0, run = 0;

    for (int64_t i = 0; i < r->n; i++) {
        run = i > 0 && brasa__value_compare(&v[i - 1], &v[i]) == 0 ? run + 1 : 1;
        if (run <= most) continue;
        most = run;
        best = v[i];
    }
    return best;
}

static brasa_value value_of(const rows *all, const char *name)
{
    rows         both = without_nulls(all, all->nargs == 2), *r = &both;
    brasa_value *v;

    if (strcmp(name, "count") == 0 || strcmp(name, "regr_count") == 0) return whole(all, all->nargs == 0 ? all->n : r->n);
    if (strncmp(name, "collect", 7) == 0) return list(r, strcmp(name, "collect_set") == 0);
    if (strcmp(name, "approx_count_distinct") == 0) return whole(all, list(r, true).u.list.n);
    if (strcmp(name, "first") == 0) return all->n == 0 ? null_of(all->type) : *at(all, 0, all->x);
    if (strcmp(name, "last") == 0) return all->n == 0 ? null_of(all->type) : *at(all, all->n - 1, all->x);
    if (strcmp(name, "min_by") == 0 || strcmp(name, "max_by") == 0) return by(all, name[1] == 'a');
    if (r->n == 0) return null_of(all->type);
    v = values_of(r, true);
    if (strcmp(name, "any_value") == 0) return *at(r, 0, r->x);
    if (strcmp(name, "sum") == 0) return sum(r);
    if (strcmp(name, "avg") == 0) return real(r, mean(r, r->x));
    if (strcmp(name, "min") == 0) return v[0];
    if (strcmp(name, "max") == 0) return v[r->n - 1];
    if (strncmp(name, "bool", 4) == 0 || strncmp(name, "bit", 3) == 0) return bits(r, name);
    if (strstr(name, "agg") != NULL) return joined(r);
    if (strcmp(name, "mode") == 0) return mode(r);
    if (strcmp(name, "percentile_disc") == 0 || strcmp(name, "approx_percentile") == 0) return percentile(r, false);
    if (strcmp(name, "median") == 0 || strncmp(name, "percentile", 10) == 0) return percentile(r, true);
    return r->nargs == 2 ? pairs(r, name) : spread(r, name);
}

/* Rows by the case's order; those that it leaves equal stay as they were. */
static void sort_rows(const ops_rows *in, const agg_case *c, int64_t *row, int64_t n)
{
    bool    desc = c->order[0] == '-';
    int32_t col = column(in->schema, c->order + desc, strlen(c->order + desc));

    for (int64_t i = 1; i < n; i++) {
        int64_t x = row[i], k = i;

        for (; k > 0; k--) {
            int order = brasa__value_compare(ops_at(in, row[k - 1], col), ops_at(in, x, col));

            if ((desc ? -order : order) <= 0) break;
            row[k] = row[k - 1];
        }
        row[k] = x;
    }
}

/* The first row of each set of arguments without nulls. */
static int64_t distinct_rows(const rows *r, int64_t *row)
{
    int64_t m = 0;

    for (int64_t i = 0; i < r->n; i++) {
        bool seen = false;

        for (int64_t j = 0; j < m && !seen; j++) {
            seen = brasa__value_compare(ops_at(r->in, row[j], r->x), at(r, i, r->x)) == 0 &&
                   (r->nargs < 2 || brasa__value_compare(ops_at(r->in, row[j], r->y), at(r, i, r->y)) == 0);
        }
        if (!seen) row[m++] = r->row[i];
    }
    return m;
}

brasa_value agg_expect(brasa_arena *arena, const ops_rows *in, const agg_case *c, brasa_type type, const int64_t *row, int64_t n,
                       const bool *pass)
{
    int32_t  cols[4] = {0};
    rows     r = {.in = in, .c = c, .type = type, .arena = arena, .nargs = args_of(c, in->schema, cols)};
    int64_t *kept = BRASA_NEWS(arena, int64_t, n + 1);

    r.x = cols[0];
    r.y = cols[1];
    for (int64_t i = 0; i < n; i++) {
        if (!c->filter || pass[row[i]]) kept[r.n++] = row[i];
    }
    r.row = kept;
    if (c->distinct) {
        r = without_nulls(&r, r.nargs == 2);
        kept = BRASA_NEWS(arena, int64_t, n + 1);
        r.n = distinct_rows(&r, kept);
        r.row = kept;
    }
    if (c->order != NULL) sort_rows(in, c, kept, r.n);
    return value_of(&r, c->name);
}
