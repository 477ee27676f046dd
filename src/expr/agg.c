/* agg.c -- the table of aggregates and their signatures.  sum and avg take every number as it is; results follow Spark, but avg of decimals is DOUBLE (from an
 * exact sum). */
#include "expr/agg.h"

#include <string.h>
#include <strings.h>

#include "expr/bind.h"
#include "expr/resolve.h"
#include "expr/udf.h"

#define RESOLVE(name) static brasa_status name(brasa_arena *arena, brasa_type *args, int32_t nargs, brasa_type *result, brasa_error *err)

static brasa_status number(brasa_type *t)
{
    if (brasa__type_is_numeric(*t)) return BRASA_OK;
    return brasa__resolve_arg(t, BRASA_KIND_FLOAT64);
}

RESOLVE(count)
{
    (void)arena, (void)args, (void)nargs, (void)err;
    *result = brasa__type(BRASA_KIND_INT64);
    return BRASA_OK;
}

RESOLVE(sum)
{
    (void)arena, (void)nargs, (void)err;
    if (brasa__type_is_interval(args[0])) {
        *result = brasa__type(args[0].kind); /* of all fields */
        return BRASA_OK;
    }
    BRASA_TRY(number(&args[0]));
    if (args[0].kind == BRASA_KIND_DECIMAL)
        *result = brasa__type_decimal(args[0].precision + 10 > 38 ? 38 : args[0].precision + 10, args[0].scale);
    else
        *result = brasa__type(brasa__type_is_integer(args[0]) ? BRASA_KIND_INT64 : BRASA_KIND_FLOAT64);
    return BRASA_OK;
}

RESOLVE(to_double)
{
    (void)arena, (void)err;
    for (int32_t i = 0; i < nargs; i++) BRASA_TRY(number(&args[i]));
    *result = brasa__type(BRASA_KIND_FLOAT64);
    return BRASA_OK;
}

RESOLVE(mean)
{
    if (args[0].kind == BRASA_KIND_TIMESTAMP) args[0] = brasa__type(BRASA_KIND_FLOAT64); /* seconds since 1970, as Spark has it */
    if (!brasa__type_is_interval(args[0])) return to_double(arena, args, nargs, result, err);
    *result = brasa__type(args[0].kind);
    return BRASA_OK;
}

RESOLVE(regr_count)
{
    BRASA_TRY(to_double(arena, args, nargs, result, err));
    *result = brasa__type(BRASA_KIND_INT64);
    return BRASA_OK;
}

static bool ordered(brasa_type t)
{
    if (t.kind == BRASA_KIND_LIST) return ordered(t.fields[0].type);
    return t.kind != BRASA_KIND_VECTOR && !brasa__type_holds_map(t);
}

RESOLVE(extreme)
{
    (void)arena, (void)nargs, (void)err;
    *result = args[0];
    return ordered(args[0]) ? BRASA_OK : BRASA_TYPE;
}

RESOLVE(same)
{
    (void)arena, (void)nargs, (void)err;
    *result = args[0];
    for (int32_t i = 1; i < nargs; i++) BRASA_TRY(brasa__resolve_arg(&args[i], BRASA_KIND_BOOL)); /* first(x, ignore nulls) */
    return BRASA_OK;
}

RESOLVE(extreme_by)
{
    (void)arena, (void)nargs, (void)err;
    *result = args[0];
    return ordered(args[1]) ? BRASA_OK : BRASA_TYPE;
}

RESOLVE(all_bool)
{
    (void)arena, (void)nargs, (void)err;
    *result = brasa__type(BRASA_KIND_BOOL);
    return brasa__resolve_arg(&args[0], BRASA_KIND_BOOL);
}

RESOLVE(integer)
{
    (void)arena, (void)nargs, (void)err;
    if (!brasa__type_is_integer(args[0])) BRASA_TRY(brasa__resolve_arg(&args[0], BRASA_KIND_INT64));
    *result = args[0];
    return BRASA_OK;
}

RESOLVE(collect)
{
    (void)nargs, (void)err;
    *result = brasa__type_list(arena, args[0]);
    return BRASA_OK;
}

RESOLVE(strings)
{
    (void)arena, (void)err;
    for (int32_t i = 0; i < nargs; i++) BRASA_TRY(brasa__resolve_arg(&args[i], BRASA_KIND_STRING));
    *result = brasa__type(BRASA_KIND_STRING);
    return BRASA_OK;
}

/* The fraction, or a list of them: then the result is a list. */
static brasa_status fractions(brasa_arena *arena, brasa_type *args, int32_t nargs, brasa_type *result)
{
    if (nargs < 2) return BRASA_OK;
    if (args[1].kind != BRASA_KIND_LIST) return brasa__resolve_arg(&args[1], BRASA_KIND_FLOAT64);
    args[1] = brasa__type_list(arena, brasa__type(BRASA_KIND_FLOAT64));
    *result = brasa__type_list(arena, *result);
    return BRASA_OK;
}

/* percentile(x, p, descending) is WITHIN GROUP's; percentile(x, p, n) counts each x n times. */
RESOLVE(percentile)
{
    (void)err;
    bool interval = args[0].kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(args[0]);
    if (!interval) BRASA_TRY(number(&args[0]));
    if (nargs > 2 && args[2].kind != BRASA_KIND_BOOL) BRASA_TRY(brasa__resolve_arg(&args[2], BRASA_KIND_INT64));
    *result = interval ? brasa__type(args[0].kind) : brasa__type(BRASA_KIND_FLOAT64);
    return fractions(arena, args, nargs, result);
}

RESOLVE(percentile_disc)
{
    (void)err;
    if (nargs > 2 && args[2].kind != BRASA_KIND_BOOL) BRASA_TRY(brasa__resolve_arg(&args[2], BRASA_KIND_INT64));
    *result = args[0];
    BRASA_TRY(fractions(arena, args, nargs, result));
    return ordered(args[0]) ? BRASA_OK : BRASA_TYPE;
}

RESOLVE(sketch)
{
    (void)arena, (void)nargs, (void)err;
    *result = brasa__type(BRASA_KIND_BINARY);
    return ordered(args[0]) ? BRASA_OK : BRASA_TYPE;
}

RESOLVE(sketches)
{
    (void)arena, (void)nargs, (void)err;
    *result = brasa__type(BRASA_KIND_BINARY);
    return args[0].kind == BRASA_KIND_BINARY || args[0].kind == BRASA_KIND_NULL ? BRASA_OK : BRASA_TYPE;
}

#define AGG(id_, name_, least, most, fn, order, text)                                                                           \
    {                                                                                                                           \
        .name = name_, .id = BRASA_AGG_##id_, .min_args = least, .max_args = most, .ordered = order, .doc = text, .resolve = fn \
    }

static const brasa_agg_def table[] = {
    AGG(COUNT_STAR, "count", 0, 0, count, false, "count(*): rows"),
    AGG(COUNT, "count", 1, -1, count, false, "count(x): rows where x is not null"),
    AGG(SUM, "sum", 1, 1, sum, false, "sum(x): BIGINT of integers, DOUBLE of floats, a wider DECIMAL of decimals; overflow is an error"),
    AGG(SUM, "try_sum", 1, 1, sum, false, "try_sum(x): sum, null where it overflows"),
    AGG(AVG, "try_avg", 1, 1, mean, false, "try_avg(x): avg"),
    AGG(AVG, "avg", 1, 1, mean, false, "avg(x): the mean, as DOUBLE; of intervals an interval"),
    AGG(AVG, "mean", 1, 1, mean, false, "mean(x): avg"),
    AGG(MIN, "min", 1, 1, extreme, false, "min(x)"),
    AGG(MAX, "max", 1, 1, extreme, false, "max(x)"),
    AGG(STDDEV_SAMP, "stddev_samp", 1, 1, to_double, false, "stddev_samp(x): standard deviation of a sample"),
    AGG(STDDEV_SAMP, "stddev", 1, 1, to_double, false, "stddev(x): stddev_samp"),
    AGG(STDDEV_SAMP, "std", 1, 1, to_double, false, "std(x): stddev_samp"),
    AGG(STDDEV_POP, "stddev_pop", 1, 1, to_double, false, "stddev_pop(x): standard deviation of the whole"),
    AGG(VAR_SAMP, "var_samp", 1, 1, to_double, false, "var_samp(x): variance of a sample"),
    AGG(VAR_SAMP, "variance", 1, 1, to_double, false, "variance(x): var_samp"),
    AGG(VAR_POP, "var_pop", 1, 1, to_double, false, "var_pop(x): variance of the whole"),
    AGG(FIRST, "first", 1, 2, same, true, "first(x [, ignore_nulls]): of the first row"),
    AGG(FIRST, "first_value", 1, 2, same, true, "first_value(x [, ignore_nulls]): first"),
    AGG(LAST, "last", 1, 2, same, true, "last(x [, ignore_nulls]): of the last row"),
    AGG(LAST, "last_value", 1, 2, same, true, "last_value(x [, ignore_nulls]): last"),
    AGG(ANY_VALUE, "any_value", 1, 2, same, true, "any_value(x): of some row"),
    AGG(BOOL_AND, "bool_and", 1, 1, all_bool, false, "bool_and(x): are all true?"),
    AGG(BOOL_AND, "every", 1, 1, all_bool, false, "every(x): bool_and"),
    AGG(BOOL_OR, "bool_or", 1, 1, all_bool, false, "bool_or(x): is one true?"),
    AGG(BOOL_OR, "some", 1, 1, all_bool, false, "some(x): bool_or"),
    AGG(BOOL_OR, "any", 1, 1, all_bool, false, "any(x): bool_or"),
    AGG(CORR, "corr", 2, 2, to_double, false, "corr(y, x): Pearson's correlation"),
    AGG(COVAR_SAMP, "covar_samp", 2, 2, to_double, false, "covar_samp(y, x): covariance of a sample"),
    AGG(COVAR_POP, "covar_pop", 2, 2, to_double, false, "covar_pop(y, x): covariance of the whole"),
    AGG(MIN_BY, "min_by", 2, 2, extreme_by, false, "min_by(x, y): x where y is least"),
    AGG(MAX_BY, "max_by", 2, 2, extreme_by, false, "max_by(x, y): x where y is largest"),
    AGG(SKEWNESS, "skewness", 1, 1, to_double, false, "skewness(x)"),
    AGG(KURTOSIS, "kurtosis", 1, 1, to_double, false, "kurtosis(x): excess kurtosis"),
    AGG(REGR_SLOPE, "regr_slope", 2, 2, to_double, false, "regr_slope(y, x): slope of the regression line"),
    AGG(REGR_INTERCEPT, "regr_intercept", 2, 2, to_double, false, "regr_intercept(y, x): where the regression line meets x = 0"),
    AGG(REGR_R2, "regr_r2", 2, 2, to_double, false, "regr_r2(y, x): coefficient of determination"),
    AGG(REGR_SXX, "regr_sxx", 2, 2, to_double, false, "regr_sxx(y, x): sum of the squares of x's distances from its mean"),
    AGG(REGR_SYY, "regr_syy", 2, 2, to_double, false, "regr_syy(y, x): sum of the squares of y's distances from its mean"),
    AGG(REGR_SXY, "regr_sxy", 2, 2, to_double, false, "regr_sxy(y, x): sum of the products of the distances from the means"),
    AGG(REGR_AVGX, "regr_avgx", 2, 2, to_double, false, "regr_avgx(y, x): mean of x where both are not null"),
    AGG(REGR_AVGY, "regr_avgy", 2, 2, to_double, false, "regr_avgy(y, x): mean of y where both are not null"),
    AGG(REGR_COUNT, "regr_count", 2, 2, regr_count, false, "regr_count(y, x): rows where both are not null"),
    AGG(BIT_AND, "bit_and", 1, 1, integer, false, "bit_and(x)"),
    AGG(BIT_OR, "bit_or", 1, 1, integer, false, "bit_or(x)"),
    AGG(BIT_XOR, "bit_xor", 1, 1, integer, false, "bit_xor(x)"),
    AGG(COLLECT_LIST, "collect_list", 1, 1, collect, true, "collect_list(x): the values that are not null"),
    AGG(COLLECT_LIST, "array_agg", 1, 1, collect, true, "array_agg(x): collect_list"),
    AGG(COLLECT_SET, "collect_set", 1, 1, collect, false, "collect_set(x): the distinct values that are not null"),
    AGG(STRING_AGG, "string_agg", 1, 2, strings, true, "string_agg(x [, separator]): the values joined"),
    AGG(STRING_AGG, "listagg", 1, 2, strings, true, "listagg(x [, separator]): string_agg"),
    AGG(PERCENTILE_CONT, "percentile_cont", 2, 3, percentile, false, "percentile_cont(p) WITHIN GROUP (ORDER BY x): interpolated"),
    AGG(PERCENTILE_CONT, "percentile", 2, 3, percentile, false,
        "percentile(x, p [, n]): interpolated; of a list of fractions a list; n: how often x counts"),
    AGG(PERCENTILE_CONT, "median", 1, 1, percentile, false, "median(x)"),
    AGG(PERCENTILE_DISC, "percentile_disc", 2, 3, percentile_disc, false,
        "percentile_disc(p) WITHIN GROUP (ORDER BY x): a value that occurs"),
    AGG(PERCENTILE_DISC, "percentile_approx", 2, 3, percentile_disc, false, "percentile_approx(x, p [, accuracy]): a value that occurs"),
    AGG(PERCENTILE_DISC, "approx_percentile", 2, 3, percentile_disc, false, "approx_percentile(x, p [, accuracy]): percentile_approx"),
    AGG(MODE, "mode", 1, 3, same, false,
        "mode(x), mode() WITHIN GROUP (ORDER BY x DESC): the most frequent value, of several the first in order"),
    AGG(APPROX_COUNT_DISTINCT, "approx_count_distinct", 1, 2, count, false, "approx_count_distinct(x): distinct values, nearly"),
    AGG(HLL_SKETCH, "hll_sketch_agg", 1, 2, sketch, false,
        "hll_sketch_agg(x): a sketch of the distinct values, for hll_sketch_estimate and hll_union_agg"),
    AGG(HLL_UNION, "hll_union_agg", 1, 2, sketches, false, "hll_union_agg(sketch): the sketch of all of them"),
};

enum { COUNT = sizeof table / sizeof *table };

const brasa_agg_def *brasa__agg_find(const char *name)
{
    for (int i = 0; i < COUNT; i++)
        if (strcasecmp(table[i].name, name) == 0) return &table[i];
    return NULL;
}

int32_t brasa__agg_count(void)
{
    return COUNT;
}

const brasa_agg_def *brasa__agg_at(int32_t i)
{
    return &table[i];
}

static const brasa_agg_def *udf_row(brasa_arena *arena, const brasa_udf_descriptor *d)
{
    brasa_agg_def *def = BRASA_NEW(arena, brasa_agg_def);

    def->name = d->name;
    def->id = BRASA_AGG_UDF;
    def->max_args = -1;
    def->doc = "a function of this program";
    def->udf = d;
    return def;
}

const brasa_agg_def *brasa__agg_for(brasa_arena *arena, const char *name, int32_t nargs)
{
    const brasa_agg_def *found = NULL;

    for (int i = 0; i < COUNT; i++) {
        if (strcasecmp(table[i].name, name) != 0) continue;
        found = &table[i];
        if (nargs >= found->min_args && (found->max_args < 0 || nargs <= found->max_args)) return found;
    }
    if (found) return found;
    const brasa_udf_descriptor *d = brasa__udf_find(name);
    return d && brasa__udf_is_aggregate(d) ? udf_row(arena, d) : NULL;
}

static brasa_status resolve_udf(brasa_arena *arena, const brasa_agg_def *def, brasa_type *types, int32_t ntypes, brasa_type *result,
                                brasa_error *err)
{
    brasa_type *want;
    int32_t     n;

    const brasa_udf_descriptor *d = def->udf;

    if (d->update == NULL && (d->args == NULL || d->returns == NULL)) { /* combine: takes and gives what comes */
        *result = types[0];
        return ntypes == 1 ? BRASA_OK : brasa__fail(err, BRASA_TYPE, "%s combines one value with another; it takes 1 argument", def->name);
    }
    BRASA_TRY(brasa__udf_signature(arena, def->udf, &want, &n, result, err));
    if (n != ntypes) return brasa__fail(err, BRASA_TYPE, "%s takes %d argument%s, not %d", def->name, n, n == 1 ? "" : "s", ntypes);
    for (int32_t i = 0; i < n; i++) {
        if (!brasa__type_can_cast(types[i], want[i], true)) return BRASA_TYPE;
        types[i] = want[i];
    }
    return BRASA_OK;
}

brasa_status brasa__agg_resolve(brasa_arena *arena, const brasa_agg_def *def, brasa_type *types, int32_t ntypes, brasa_type *result,
                                brasa_error *err)
{
    if (def->id == BRASA_AGG_UDF) return resolve_udf(arena, def, types, ntypes, result, err);
    return def->resolve(arena, types, ntypes, result, err);
}
