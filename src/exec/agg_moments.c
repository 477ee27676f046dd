/* exec/agg_moments.c -- variance, covariance, correlation, regression, skewness, kurtosis.
 *
 * All come from sums of powers and products, each kept exactly (kernel/fsum.h), so they do not depend on the order of the rows, and the cancellation
 * that plagues the textbook formulas happens at 113 bits, once.
 */
#include <math.h>
#include <string.h>

#include "data/string.h"
#include "data/type.h"
#include "exec/agg_func.h"
#include "kernel/fsum.h"

typedef __float128 real;
typedef __int128 __attribute__((aligned(8))) wide;

/* One argument: x, xx, and for skewness and kurtosis xxx, xxxx.  Two (y first, x second): x, xx, y, yy, xy. */
enum { MAX_SUMS = 5 };

/* Rows of small whole numbers are summed as such (2^33 products of 2^93 fit), which is as exact as the rest and far cheaper; others go to `rest`. */
typedef struct moment_state {
    int64_t     n;
    brasa_fsum *rest; /* count_sums() of them; NULL: none yet */
    wide        sums[];
} moment_state;

static bool two_columns(brasa_agg_id id)
{
    return id == BRASA_AGG_CORR || id == BRASA_AGG_COVAR_POP || id == BRASA_AGG_COVAR_SAMP || id == BRASA_AGG_REGR_SLOPE ||
           id == BRASA_AGG_REGR_INTERCEPT || id == BRASA_AGG_REGR_R2 || id == BRASA_AGG_REGR_SXX || id == BRASA_AGG_REGR_SYY ||
           id == BRASA_AGG_REGR_SXY || id == BRASA_AGG_REGR_AVGX || id == BRASA_AGG_REGR_AVGY;
}

static int32_t count_sums(brasa_agg_id id)
{
    if (two_columns(id)) return 5;
    return id == BRASA_AGG_SKEWNESS ? 3 : id == BRASA_AGG_KURTOSIS ? 4 : 2;
}

static brasa_status moments_open(brasa_agg_call *c, brasa_error *err)
{
    for (int32_t i = 0; i < c->agg->nargs; i++) {
        brasa_type t = c->agg->args[i]->type;

        if (!brasa__type_is_numeric(t) && t.kind != BRASA_KIND_NULL) {
            return brasa__fail(err, BRASA_UNSUPPORTED, "%s of %s; cast the argument to DOUBLE", c->agg->name, brasa_kind_name(t.kind));
        }
    }
    c->bytes = (int32_t)(sizeof(moment_state) + sizeof(wide) * (size_t)count_sums(c->agg->agg->id));
    return BRASA_OK;
}

static brasa_fsum *rest_of(brasa_agg_call *c, moment_state *s)
{
    int32_t sums = count_sums(c->agg->agg->id);

    if (s->rest != NULL) return s->rest;
    s->rest = BRASA_NEWS(c->arena, brasa_fsum, sums);
    for (int32_t i = 0; i < sums; i++) brasa__fsum_init(&s->rest[i]);
    return s->rest;
}

static void add(brasa_agg_call *c, brasa_fsum *s, double x)
{
    brasa__fsum_add(s, x, brasa__agg_grow_bins, c->arena);
}

static void add_product(brasa_agg_call *c, brasa_fsum *s, double x, double y)
{
    brasa__fsum_add_product(s, x, y, brasa__agg_grow_bins, c->arena);
}

/* x^3, x^4 as a rounded number of two doubles: the same for the same x, so the sum is still order-free. */
static void add_power(brasa_agg_call *c, brasa_fsum *s, int32_t power, double x)
{
    double hi, lo;

    brasa__fsum_powers(&x, power, 1, &hi, &lo);
    add(c, s, hi);
    add(c, s, lo);
}

/* Is x a whole number of less than `most`, and which?  NaN is not. */
static inline bool small_whole(double x, double most, int64_t *out)
{
    if (!(x > -most && x < most)) return false;
    *out = (int64_t)x;
    return (double)*out == x;
}

/* False: x is no small whole number. */
static inline bool take_small(brasa_agg_id id, moment_state *s, double x)
{
    int64_t w;

    if (!small_whole(x, id == BRASA_AGG_KURTOSIS ? 0x1p23 : 0x1p31, &w)) return false;
    s->n++;
    s->sums[0] += w;
    s->sums[1] += w * w;
    if (id == BRASA_AGG_SKEWNESS || id == BRASA_AGG_KURTOSIS) s->sums[2] += (wide)(w * w) * w;
    if (id == BRASA_AGG_KURTOSIS) s->sums[3] += (wide)(w * w) * (w * w);
    return true;
}

static inline bool take_small_two(moment_state *s, double y, double x)
{
    int64_t v, w;

    if (!small_whole(x, 0x1p31, &v) || !small_whole(y, 0x1p31, &w)) return false;
    s->n++;
    s->sums[0] += v;
    s->sums[1] += v * v;
    s->sums[2] += w;
    s->sums[3] += w * w;
    s->sums[4] += v * w;
    return true;
}

static void take_one(brasa_agg_call *c, moment_state *s, double x)
{
    brasa_agg_id id = c->agg->agg->id;
    brasa_fsum  *rest;

    if (take_small(id, s, x)) return;
    s->n++;
    rest = rest_of(c, s);
    add(c, &rest[0], x);
    add_product(c, &rest[1], x, x);
    if (id == BRASA_AGG_SKEWNESS || id == BRASA_AGG_KURTOSIS) add_power(c, &rest[2], 3, x);
    if (id == BRASA_AGG_KURTOSIS) add_power(c, &rest[3], 4, x);
}

static void take_two(brasa_agg_call *c, moment_state *s, double y, double x)
{
    brasa_fsum *rest;

    if (take_small_two(s, y, x)) return;
    s->n++;
    rest = rest_of(c, s);
    add(c, &rest[0], x);
    add_product(c, &rest[1], x, x);
    add(c, &rest[2], y);
    add_product(c, &rest[3], y, y);
    add_product(c, &rest[4], x, y);
}

static brasa_status moments_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    bool two = two_columns(c->agg->agg->id);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        moment_state *s = (moment_state *)(void *)(group[k] + c->offset);

        if (!brasa__agg_valid(&args[0], k) || (two && !brasa__agg_valid(&args[1], k))) continue;
        if (two) {
            take_two(c, s, brasa__agg_double(&args[0], k), brasa__agg_double(&args[1], k));
        } else {
            take_one(c, s, brasa__agg_double(&args[0], k));
        }
    }
    return BRASA_OK;
}

/* ---- all rows to one state: those that are not small whole numbers in vector code ---- */

static void add_many(brasa_agg_call *c, brasa_fsum *s, const double *x, int32_t n)
{
    brasa__fsum_add_many(s, x, n, brasa__agg_grow_bins, c->arena);
}

static void add_products(brasa_agg_call *c, brasa_fsum *s, const double *x, const double *y, int32_t n)
{
    double hi[BRASA_BATCH_ROWS], lo[BRASA_BATCH_ROWS];

    brasa__fsum_products(x, y, n, hi, lo);
    add_many(c, s, hi, n);
    add_many(c, s, lo, n);
}

static void add_powers(brasa_agg_call *c, brasa_fsum *s, int32_t power, const double *x, int32_t n)
{
    double hi[BRASA_BATCH_ROWS], lo[BRASA_BATCH_ROWS];

    brasa__fsum_powers(x, power, n, hi, lo);
    add_many(c, s, hi, n);
    add_many(c, s, lo, n);
}

static void as_doubles(const brasa_agg_col *a, int32_t n, double *out)
{
    if (a->type.kind == BRASA_KIND_FLOAT64) {
        memcpy(out, a->v, sizeof *out * (size_t)n);
    } else {
        for (int32_t k = 0; k < n; k++) out[k] = brasa__agg_double(a, k);
    }
}

static brasa_status moments_update_one(brasa_agg_call *c, uint8_t *state, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    moment_state *s = (moment_state *)(void *)state;
    brasa_agg_id  id = c->agg->agg->id;
    bool          two = two_columns(id);
    double        x[BRASA_BATCH_ROWS], y[BRASA_BATCH_ROWS];
    int32_t       m = 0;

    (void)err;
    as_doubles(&args[0], n, y);
    if (two) as_doubles(&args[1], n, x);
    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(&args[0], k) || (two && !brasa__agg_valid(&args[1], k))) continue;
        y[m] = y[k];
        x[m] = two ? x[k] : y[k];
        int32_t taken = two ? take_small_two(s, y[m], x[m]) : take_small(id, s, x[m]);
        m += !taken;
    }
    s->n += m;
    if (m == 0) return BRASA_OK;
    brasa_fsum *rest = rest_of(c, s);
    add_many(c, &rest[0], x, m);
    add_products(c, &rest[1], x, x, m);
    if (two) {
        add_many(c, &rest[2], y, m);
        add_products(c, &rest[3], y, y, m);
        add_products(c, &rest[4], x, y, m);
    }
    if (id == BRASA_AGG_SKEWNESS || id == BRASA_AGG_KURTOSIS) add_powers(c, &rest[2], 3, x, m);
    if (id == BRASA_AGG_KURTOSIS) add_powers(c, &rest[3], 4, x, m);
    return BRASA_OK;
}

static void merge_state(brasa_agg_call *c, moment_state *d, const moment_state *s)
{
    int32_t sums = count_sums(c->agg->agg->id);

    d->n += s->n;
    for (int32_t i = 0; i < sums; i++) d->sums[i] += s->sums[i];
    if (s->rest == NULL) return;
    brasa_fsum *rest = rest_of(c, d);
    for (int32_t i = 0; i < sums; i++) brasa__fsum_merge(&rest[i], &s->rest[i], brasa__agg_grow_bins, c->arena);
}

static brasa_status moments_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++)
        merge_state(c, (moment_state *)(void *)(dst[k] + c->offset), (const moment_state *)(const void *)(src[k] + c->offset));
    return BRASA_OK;
}

/* The state, then the sums of the rest if there are any, then the bins of those that have all. */
static brasa_string save_state(brasa_agg_call *c, const moment_state *s, brasa_arena *arena)
{
    int32_t sums = s->rest == NULL ? 0 : count_sums(c->agg->agg->id);
    size_t  bins = BRASA_FSUM_BINS * sizeof(__int128), bytes = (size_t)c->bytes + sizeof(brasa_fsum) * (size_t)sums, at = bytes;

    for (int32_t i = 0; i < sums; i++) bytes += s->rest[i].all != NULL ? bins : 0;
    uint8_t *p = brasa__arena_alloc(arena, bytes);
    memcpy(p, s, (size_t)c->bytes);
    if (sums > 0) memcpy(p + c->bytes, s->rest, sizeof(brasa_fsum) * (size_t)sums);
    for (int32_t i = 0; i < sums; i++) {
        if (s->rest[i].all == NULL) continue;
        memcpy(p + at, s->rest[i].all, bins);
        at += bins;
    }
    return brasa__string((const char *)p, bytes);
}

static brasa_status moments_save(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                 brasa_error *err)
{
    brasa_type    t = brasa__type(BRASA_KIND_BINARY);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const moment_state *s = (const moment_state *)(const void *)(group[k] + c->offset);

        if (s->n == 0) {
            brasa__agg_out_null(&o, k);
            continue;
        }
        ((brasa_string *)o.v)[k] = save_state(c, s, arena);
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

static brasa_status damaged(const brasa_agg_call *c, brasa_error *err)
{
    return brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
}

static brasa_status load_state(brasa_agg_call *c, moment_state *to, const char *p, size_t bytes, brasa_error *err)
{
    union {
        moment_state s;
        uint8_t      bytes[sizeof(moment_state) + MAX_SUMS * sizeof(wide)];
    } from;
    brasa_fsum rest[MAX_SUMS];
    int32_t    sums = count_sums(c->agg->agg->id);
    size_t     bins = BRASA_FSUM_BINS * sizeof(__int128), at = (size_t)c->bytes;

    if (bytes < at) return damaged(c, err);
    memcpy(&from, p, at);
    if (from.s.rest != NULL) {
        if (bytes < at + sizeof(brasa_fsum) * (size_t)sums) return damaged(c, err);
        memcpy(rest, p + at, sizeof(brasa_fsum) * (size_t)sums);
        at += sizeof(brasa_fsum) * (size_t)sums;
        from.s.rest = rest;
        for (int32_t i = 0; i < sums; i++) {
            if (rest[i].all == NULL && rest[i].base < BRASA_FSUM_BINS) continue;
            if (rest[i].all == NULL || bytes < at + bins) return damaged(c, err);
            rest[i].all = brasa__arena_copy(c->arena, p + at, bins);
            at += bins;
        }
    }
    merge_state(c, to, &from.s);
    return BRASA_OK;
}

static brasa_status moments_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    const brasa_string *v = state->v;

    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(state, k)) continue;
        BRASA_TRY(load_state(c, (moment_state *)(void *)(group[k] + c->offset), brasa_string_data(&v[k]), v[k].len, err));
    }
    return BRASA_OK;
}

/* The sums of a state, rounded once. */
typedef struct sums {
    int64_t n;
    real    of[MAX_SUMS];
} sums;

static sums take_sums(const brasa_agg_call *c, const moment_state *s)
{
    sums out = {.n = s->n};

    for (int32_t i = 0; i < count_sums(c->agg->agg->id); i++)
        out.of[i] = (real)s->sums[i] + (s->rest == NULL ? 0 : brasa__fsum_result_wide(&s->rest[i]));
    return out;
}

/* A difference that is rounding only: of equal values nothing must be left.  Doubles that differ by one bit give 1e-32. */
static real without_noise(real difference, real scale)
{
    real least = (scale < 0 ? -scale : scale) * (real)2e-33;

    return difference < least && difference > -least ? 0 : difference;
}

/* n * sum(xy) - sum(x) sum(y) = n^2 * covariance. */
static real spread(const sums *s, int32_t xy, int32_t x, int32_t y)
{
    real all = (real)s->n * s->of[xy];

    return without_noise(all - s->of[x] * s->of[y], all);
}

static real not_negative(real v)
{
    return v < 0 ? 0 : v;
}

/* false: all values are the same. */
static bool skew_or_kurtosis(const sums *s, bool kurtosis, double *out)
{
    real n = (real)s->n;
    real mean = s->of[0] / n;
    real m2 = s->of[1] / n, m3 = s->of[2] / n;
    real var = without_noise(m2 - mean * mean, m2);

    if (var <= 0) return false;
    if (!kurtosis) {
        *out = (double)(m3 - 3 * mean * m2 + 2 * mean * mean * mean) / pow((double)var, 1.5);
        return true;
    }
    real m4 = s->of[3] / n;
    *out = (double)((m4 - 4 * mean * m3 + 6 * mean * mean * m2 - 3 * mean * mean * mean * mean) / (var * var)) - 3;
    return true;
}

/* One result; false: null. */
static bool result(brasa_agg_id id, const sums *s, double *out)
{
    real n = (real)s->n;
    real sxx, syy, sxy;

    if (s->n == 0) return false;
    if (id == BRASA_AGG_SKEWNESS || id == BRASA_AGG_KURTOSIS) return skew_or_kurtosis(s, id == BRASA_AGG_KURTOSIS, out);
    sxx = not_negative(spread(s, 1, 0, 0));
    if (!two_columns(id)) {
        bool sample = id == BRASA_AGG_VAR_SAMP || id == BRASA_AGG_STDDEV_SAMP;
        real var;

        if (sample && s->n == 1) return false;
        var = sxx / (n * (sample ? n - 1 : n));
        *out = id == BRASA_AGG_STDDEV_POP || id == BRASA_AGG_STDDEV_SAMP ? sqrt((double)var) : (double)var;
        return true;
    }
    syy = not_negative(spread(s, 3, 2, 2));
    sxy = spread(s, 4, 0, 2);
    if (id == BRASA_AGG_REGR_AVGX || id == BRASA_AGG_REGR_AVGY) {
        *out = (double)(s->of[id == BRASA_AGG_REGR_AVGX ? 0 : 2] / n);
        return true;
    }
    if (id == BRASA_AGG_REGR_SXX || id == BRASA_AGG_REGR_SYY || id == BRASA_AGG_REGR_SXY) {
        *out = (double)((id == BRASA_AGG_REGR_SXX ? sxx : id == BRASA_AGG_REGR_SYY ? syy : sxy) / n);
        return true;
    }
    if (id == BRASA_AGG_COVAR_POP || id == BRASA_AGG_COVAR_SAMP) {
        if (id == BRASA_AGG_COVAR_SAMP && s->n == 1) return false;
        *out = (double)(sxy / (n * (id == BRASA_AGG_COVAR_SAMP ? n - 1 : n)));
        return true;
    }
    if (id == BRASA_AGG_CORR) {
        if (sxx == 0 || syy == 0) return false;
        double r = (double)sxy / (sqrt((double)sxx) * sqrt((double)syy));
        *out = r > 1 ? 1 : r < -1 ? -1 : r;
        return true;
    }
    if (sxx == 0) return false;
    if (id == BRASA_AGG_REGR_R2) {
        *out = syy == 0 ? 1 : (double)(sxy * sxy / (sxx * syy));
        return true;
    }
    real slope = sxy / sxx;
    *out = (double)(id == BRASA_AGG_REGR_SLOPE ? slope : (s->of[2] - slope * s->of[0]) / n);
    return true;
}

static brasa_status moments_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                   brasa_error *err)
{
    brasa_agg_out o = brasa__agg_out_new(arena, c->agg->type, n);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        sums s = take_sums(c, (const moment_state *)(const void *)(group[k] + c->offset));

        if (!result(c->agg->agg->id, &s, &((double *)o.v)[k])) brasa__agg_out_null(&o, k);
    }
    brasa__agg_out_done(&o, c->agg->type, out);
    return BRASA_OK;
}

const brasa_agg_func brasa__aggfn_moments = {
    .open = moments_open,
    .update = moments_update,
    .update_one = moments_update_one,
    .merge = moments_merge,
    .save = moments_save,
    .load = moments_load,
    .finish = moments_finish,
};
