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

/* One argument: x, xx, and for skewness and kurtosis xxx, xxxx.  Two (y first, x second): x, xx, y, yy, xy. */
enum { MAX_SUMS = 5 };

typedef struct moment_state {
    int64_t    n;
    brasa_fsum sums[]; /* count_sums() of them */
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
    c->bytes = (int32_t)(sizeof(moment_state) + sizeof(brasa_fsum) * (size_t)count_sums(c->agg->agg->id));
    return BRASA_OK;
}

static void start(moment_state *s, int32_t sums)
{
    if (s->n != 0) return;
    for (int32_t i = 0; i < sums; i++) brasa__fsum_init(&s->sums[i]);
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
static void add_real(brasa_agg_call *c, brasa_fsum *s, real v)
{
    double hi = (double)v;

    add(c, s, hi);
    if (isfinite(hi)) add(c, s, (double)(v - hi));
}

static void take_one(brasa_agg_call *c, moment_state *s, double x)
{
    brasa_agg_id id = c->agg->agg->id;

    start(s, count_sums(id));
    s->n++;
    add(c, &s->sums[0], x);
    add_product(c, &s->sums[1], x, x);
    if (id == BRASA_AGG_SKEWNESS || id == BRASA_AGG_KURTOSIS) add_real(c, &s->sums[2], (real)x * x * x);
    if (id == BRASA_AGG_KURTOSIS) add_real(c, &s->sums[3], (real)x * x * x * x);
}

static void take_two(brasa_agg_call *c, moment_state *s, double y, double x)
{
    start(s, 5);
    s->n++;
    add(c, &s->sums[0], x);
    add_product(c, &s->sums[1], x, x);
    add(c, &s->sums[2], y);
    add_product(c, &s->sums[3], y, y);
    add_product(c, &s->sums[4], x, y);
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

static void merge_state(brasa_agg_call *c, moment_state *d, const moment_state *s)
{
    int32_t sums = count_sums(c->agg->agg->id);

    if (s->n == 0) return;
    start(d, sums);
    d->n += s->n;
    for (int32_t i = 0; i < sums; i++) brasa__fsum_merge(&d->sums[i], &s->sums[i], brasa__agg_grow_bins, c->arena);
}

static brasa_status moments_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++)
        merge_state(c, (moment_state *)(void *)(dst[k] + c->offset), (const moment_state *)(const void *)(src[k] + c->offset));
    return BRASA_OK;
}

static brasa_status moments_save(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                 brasa_error *err)
{
    brasa_type    t = brasa__type(BRASA_KIND_BINARY);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);
    int32_t       sums = count_sums(c->agg->agg->id);
    size_t        bins = BRASA_FSUM_BINS * sizeof(__int128);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const moment_state *s = (const moment_state *)(const void *)(group[k] + c->offset);
        size_t              bytes = (size_t)c->bytes, at = bytes;

        if (s->n == 0) {
            brasa__agg_out_null(&o, k);
            continue;
        }
        for (int32_t i = 0; i < sums; i++) bytes += s->sums[i].all != NULL ? bins : 0;
        uint8_t *p = brasa__arena_alloc(arena, bytes);
        memcpy(p, s, (size_t)c->bytes);
        for (int32_t i = 0; i < sums; i++) {
            if (s->sums[i].all == NULL) continue;
            memcpy(p + at, s->sums[i].all, bins);
            at += bins;
        }
        ((brasa_string *)o.v)[k] = brasa__string((const char *)p, bytes);
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

static brasa_status load_state(brasa_agg_call *c, moment_state *to, const char *p, size_t bytes, brasa_error *err)
{
    union {
        moment_state s;
        uint8_t      bytes[sizeof(moment_state) + MAX_SUMS * sizeof(brasa_fsum)];
    } from;
    size_t bins = BRASA_FSUM_BINS * sizeof(__int128), at = (size_t)c->bytes;

    if (bytes < at) return brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
    memcpy(&from, p, at);
    for (int32_t i = 0; i < count_sums(c->agg->agg->id); i++) {
        brasa_fsum *f = &from.s.sums[i];

        if (f->all == NULL && f->base < BRASA_FSUM_BINS) continue;
        if (f->all == NULL || bytes < at + bins) return brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
        f->all = brasa__arena_copy(c->arena, p + at, bins);
        at += bins;
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

/* A difference that is rounding only: of equal values nothing must be left.  Doubles that differ by one bit give 1e-32. */
static real without_noise(real difference, real scale)
{
    real least = (scale < 0 ? -scale : scale) * (real)2e-33;

    return difference < least && difference > -least ? 0 : difference;
}

/* n * sum(xy) - sum(x) sum(y) = n^2 * covariance. */
static real spread(const moment_state *s, int32_t xy, int32_t x, int32_t y)
{
    real all = (real)s->n * brasa__fsum_result_wide(&s->sums[xy]);

    return without_noise(all - brasa__fsum_result_wide(&s->sums[x]) * brasa__fsum_result_wide(&s->sums[y]), all);
}

static real not_negative(real v)
{
    return v < 0 ? 0 : v;
}

/* false: all values are the same. */
static bool skew_or_kurtosis(const moment_state *s, bool kurtosis, double *out)
{
    real n = (real)s->n;
    real mean = brasa__fsum_result_wide(&s->sums[0]) / n;
    real m2 = brasa__fsum_result_wide(&s->sums[1]) / n, m3 = brasa__fsum_result_wide(&s->sums[2]) / n;
    real var = without_noise(m2 - mean * mean, m2);

    if (var <= 0) return false;
    if (!kurtosis) {
        *out = (double)(m3 - 3 * mean * m2 + 2 * mean * mean * mean) / pow((double)var, 1.5);
        return true;
    }
    real m4 = brasa__fsum_result_wide(&s->sums[3]) / n;
    *out = (double)((m4 - 4 * mean * m3 + 6 * mean * mean * m2 - 3 * mean * mean * mean * mean) / (var * var)) - 3;
    return true;
}

/* One result; false: null. */
static bool result(brasa_agg_id id, const moment_state *s, double *out)
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
        *out = (double)(brasa__fsum_result_wide(&s->sums[id == BRASA_AGG_REGR_AVGX ? 0 : 2]) / n);
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
    *out = (double)(id == BRASA_AGG_REGR_SLOPE ? slope
                                               : (brasa__fsum_result_wide(&s->sums[2]) - slope * brasa__fsum_result_wide(&s->sums[0])) / n);
    return true;
}

static brasa_status moments_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                   brasa_error *err)
{
    brasa_agg_out o = brasa__agg_out_new(arena, c->agg->type, n);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        if (!result(c->agg->agg->id, (const moment_state *)(const void *)(group[k] + c->offset), &((double *)o.v)[k]))
            brasa__agg_out_null(&o, k);
    }
    brasa__agg_out_done(&o, c->agg->type, out);
    return BRASA_OK;
}

const brasa_agg_func brasa__aggfn_moments = {
    .open = moments_open,
    .update = moments_update,
    .merge = moments_merge,
    .save = moments_save,
    .load = moments_load,
    .finish = moments_finish,
};
