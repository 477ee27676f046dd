/* exec/agg_collect.c -- aggregates that keep their values (agg_list.h): collect_list, collect_set, string_agg, percentiles, mode.
 *
 * Lists and joined strings are in the order of the rows; sets are sorted, and of equally frequent values the smallest is the mode, so
 * that no result depends on who saw which row.
 */
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/agg_list.h"
#include "expr/bind.h"

typedef struct collect_param {
    double     *fractions;
    int32_t     n;
    bool        list; /* of several: the result is a list */
    bool        desc;
    const char *separator;
    size_t      bytes;
} collect_param;

/* ---- constants ---- */

static brasa_status constant(const brasa_agg_call *c, int32_t arg, brasa_value *out, brasa_error *err)
{
    if (brasa__expr_constant(c->arena, c->agg->args[arg], out, err) != BRASA_OK)
        return brasa__fail(err, BRASA_INVALID, "argument %d of %s is not a constant; write a literal", arg + 1, c->agg->name);
    return BRASA_OK;
}

static bool is_percentile(const brasa_agg_call *c)
{
    return c->agg->agg->id == BRASA_AGG_PERCENTILE_CONT || c->agg->agg->id == BRASA_AGG_PERCENTILE_DISC;
}

static brasa_status take_fractions(const brasa_agg_call *c, collect_param *p, const brasa_value *v, int32_t n, brasa_error *err)
{
    p->n = n;
    p->fractions = BRASA_NEWS(c->arena, double, n + 1);
    for (int32_t i = 0; i < n; i++) {
        if (v[i].null || !(v[i].u.f >= 0 && v[i].u.f <= 1))
            return brasa__fail(err, BRASA_INVALID, "%s of fraction %g; it must lie between 0 and 1", c->agg->name,
                               v[i].null ? (double)NAN : v[i].u.f);
        p->fractions[i] = v[i].u.f;
    }
    return BRASA_OK;
}

static brasa_status open_percentile(const brasa_agg_call *c, collect_param *p, brasa_error *err)
{
    brasa_value v = {.type = brasa__type(BRASA_KIND_FLOAT64), .u.f = 0.5};

    if (c->agg->nargs > 1) BRASA_TRY(constant(c, 1, &v, err));
    p->list = v.type.kind == BRASA_KIND_LIST;
    if (p->list && v.null) return brasa__fail(err, BRASA_INVALID, "%s of no fraction; give a list of them", c->agg->name);
    BRASA_TRY(p->list ? take_fractions(c, p, v.u.list.items, v.u.list.n, err) : take_fractions(c, p, &v, 1, err));
    if (c->agg->nargs > 2 && c->agg->args[2]->type.kind == BRASA_KIND_BOOL) {
        BRASA_TRY(constant(c, 2, &v, err));
        p->desc = !v.null && v.u.b;
    }
    return BRASA_OK;
}

static brasa_status open_param(brasa_agg_call *c, brasa_error *err)
{
    collect_param *p = BRASA_NEW(c->arena, collect_param);
    brasa_value    v;

    c->param = p;
    if (is_percentile(c)) return open_percentile(c, p, err);
    if (c->agg->agg->id == BRASA_AGG_MODE && c->agg->nargs > 2) {
        BRASA_TRY(constant(c, 2, &v, err));
        p->desc = !v.null && v.u.b;
    }
    if (c->agg->agg->id != BRASA_AGG_STRING_AGG || c->agg->nargs < 2) return BRASA_OK;
    BRASA_TRY(constant(c, 1, &v, err));
    if (v.null) return BRASA_OK;
    p->separator = v.u.s.n == 0 ? "" : brasa__arena_dup_bytes(c->arena, v.u.s.p, v.u.s.n);
    p->bytes = v.u.s.n;
    return BRASA_OK;
}

static brasa_status collect_open(brasa_agg_call *c, brasa_error *err)
{
    c->bytes = (int32_t)sizeof(brasa_agg_list);
    return open_param(c, err);
}

/* ---- taking values in ---- */

/* percentile_cont keeps doubles, whatever comes; intervals as their length. */
static brasa_type kept_type(const brasa_agg_call *c)
{
    return c->agg->agg->id == BRASA_AGG_PERCENTILE_CONT ? brasa__type(BRASA_KIND_FLOAT64) : c->agg->args[0]->type;
}

static brasa_agg_list *list_of(const brasa_agg_call *c, uint8_t *row)
{
    return (brasa_agg_list *)(void *)(row + c->offset);
}

static bool keeps_order(const brasa_agg_call *c)
{
    return c->agg->agg->id == BRASA_AGG_COLLECT_LIST || c->agg->agg->id == BRASA_AGG_STRING_AGG;
}

static void add_double(brasa_agg_call *c, brasa_agg_list *s, const brasa_agg_col *a, int32_t k)
{
    double x =
        a->type.kind == BRASA_KIND_INTERVAL ? (double)brasa__interval_total(((const brasa_interval *)a->v)[k]) : brasa__agg_double(a, k);
    brasa_agg_col one = {.type = brasa__type(BRASA_KIND_FLOAT64), .v = &x};

    brasa__agg_list_add(s, c->arena, &one, 0, -1);
}

/* The third argument of percentile, unless it says that the order is descending. */
static brasa_status times_of(const brasa_agg_call *c, const brasa_agg_col *args, int32_t k, int64_t *times, brasa_error *err)
{
    enum { MOST = 100000000 };

    if (c->agg->nargs < 3 || args[2].type.kind == BRASA_KIND_BOOL) return BRASA_OK;
    *times = brasa__agg_valid(&args[2], k) ? ((const int64_t *)args[2].v)[k] : 0;
    if (*times >= 0 && *times <= MOST) return BRASA_OK;
    return brasa__fail(err, BRASA_ARITHMETIC, "%s of a value %lld times; it is 0 to %d", c->agg->name, (long long)*times, (int)MOST);
}

static brasa_status collect_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    bool doubles = c->agg->agg->id == BRASA_AGG_PERCENTILE_CONT, ordered = keeps_order(c);
    bool set = c->agg->agg->id == BRASA_AGG_COLLECT_SET;

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        brasa_agg_list *s = list_of(c, group[k]);

        if (!brasa__agg_valid(&args[0], k)) continue;
        if (doubles) {
            int64_t times = 1;

            BRASA_TRY(times_of(c, args, k, &times, err));
            while (times-- > 0) add_double(c, s, &args[0], k);
            continue;
        }
        /* Room is made by leaving out what is there twice, as long as that gives some. */
        if (set && s->n >= 64 && s->n == s->cap) brasa__agg_list_unique(s, c->arena, args[0].type);
        brasa__agg_list_add(s, c->arena, &args[0], k, ordered ? c->ordinal + k : -1);
    }
    return BRASA_OK;
}

static brasa_status collect_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++) brasa__agg_list_append(list_of(c, dst[k]), c->arena, kept_type(c), list_of(c, src[k]));
    return BRASA_OK;
}

static brasa_status collect_save(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                 brasa_error *err)
{
    brasa_type    t = brasa__type(BRASA_KIND_BINARY);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        brasa_agg_list *s = list_of(c, group[k]);

        if (c->agg->agg->id == BRASA_AGG_COLLECT_SET) brasa__agg_list_unique(s, c->arena, kept_type(c));
        ((brasa_string *)o.v)[k] = brasa__agg_list_save(s, kept_type(c), arena);
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

static brasa_status collect_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(state, k)) continue;
        if (!brasa__agg_list_load(list_of(c, group[k]), kept_type(c), &((const brasa_string *)state->v)[k], c->arena))
            return brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
    }
    return BRASA_OK;
}

/* ---- lists ---- */

static brasa_status lists_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                 brasa_error *err)
{
    bool          set = c->agg->agg->id == BRASA_AGG_COLLECT_SET;
    brasa_type    t = kept_type(c);
    brasa_agg_out o = brasa__agg_out_new(arena, c->agg->type, n);
    brasa_span   *span = o.v;
    int64_t       total = 0;

    for (int32_t k = 0; k < n; k++) {
        if (set) brasa__agg_list_unique(list_of(c, group[k]), c->arena, t);
        total += list_of(c, group[k])->n;
    }
    if (total > INT32_MAX)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s of over 2^31 values at a time; aggregate by more keys", c->agg->name);
    const brasa_agg_list **lists = BRASA_NEWS(arena, const brasa_agg_list *, total + 1);
    int64_t               *pick = BRASA_NEWS(arena, int64_t, total + 1);
    int32_t                at = 0;

    for (int32_t k = 0; k < n; k++) {
        const brasa_agg_list *s = list_of(c, group[k]);
        brasa_arena          *scratch = brasa__arena_new(arena, "order");
        const int64_t        *order = set ? NULL : brasa__agg_list_by_ordinal(s, scratch);

        span[k] = (brasa_span) {.offset = at, .len = (int32_t)s->n};
        for (int64_t i = 0; i < s->n; i++, at++) {
            lists[at] = s;
            pick[at] = order == NULL ? i : order[i];
        }
        brasa__arena_free(scratch);
    }
    brasa_column *child = BRASA_NEW(arena, brasa_column);
    brasa__agg_list_column(lists, pick, at, t, arena, child);
    brasa__agg_out_done(&o, c->agg->type, out);
    out->child = child;
    out->child_rows = at;
    return BRASA_OK;
}

static brasa_status strings_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                   brasa_error *err)
{
    const collect_param *p = c->param;
    brasa_agg_out        o = brasa__agg_out_new(arena, c->agg->type, n);

    for (int32_t k = 0; k < n; k++) {
        const brasa_agg_list *s = list_of(c, group[k]);
        const brasa_string   *v = (const brasa_string *)(const void *)s->values;
        size_t                bytes = 0;

        if (s->n == 0) {
            brasa__agg_out_null(&o, k);
            continue;
        }
        for (int64_t i = 0; i < s->n; i++) bytes += v[i].len + (i > 0 ? p->bytes : 0);
        if (bytes > INT32_MAX)
            return brasa__fail(err, BRASA_UNSUPPORTED, "%s gives a string of over 2 GB; aggregate by more keys", c->agg->name);
        brasa_arena   *scratch = brasa__arena_new(arena, "order");
        const int64_t *order = brasa__agg_list_by_ordinal(s, scratch);
        char          *text = brasa__arena_alloc(arena, bytes + 1), *at = text;

        for (int64_t i = 0; i < s->n; i++) {
            const brasa_string *x = &v[order[i]];

            if (i > 0 && p->bytes > 0) at = (char *)memcpy(at, p->separator, p->bytes) + p->bytes;
            at = (char *)memcpy(at, brasa_string_data(x), x->len) + x->len;
        }
        ((brasa_string *)o.v)[k] = brasa__string(text, bytes);
        brasa__arena_free(scratch);
    }
    brasa__agg_out_done(&o, c->agg->type, out);
    return BRASA_OK;
}

/* ---- one of the values ---- */

static int64_t mode_of(const brasa_agg_list *s, brasa_type t, const int64_t *order, bool last)
{
    int64_t best = 0, most = 0, from = 0;

    for (int64_t i = 1; i <= s->n; i++) {
        if (i < s->n && brasa__agg_list_equal(s, t, order[from], order[i])) continue;
        if (i - from > most || (last && i - from == most)) {
            most = i - from;
            best = from;
        }
        from = i;
    }
    return best;
}

/* The first value, in order, at which at least that fraction has been passed. */
static int64_t disc_of(const collect_param *p, int32_t which, int64_t n)
{
    int64_t i = (int64_t)ceil(p->fractions[which] * (double)n) - 1;

    if (i < 0) i = 0;
    if (i >= n) i = n - 1;
    return p->desc ? n - 1 - i : i;
}

/* Every group's list of as many values as there are fractions; null where the group has none. */
static void lists_of_fractions(const brasa_agg_call *c, uint8_t *const *group, int32_t n, const brasa_column *child, brasa_arena *arena,
                               brasa_column *out)
{
    const collect_param *p = c->param;
    brasa_agg_out        o = brasa__agg_out_new(arena, c->agg->type, n);

    for (int32_t k = 0; k < n; k++) {
        ((brasa_span *)o.v)[k] = (brasa_span) {.offset = k * p->n, .len = p->n};
        if (list_of(c, group[k])->n == 0) brasa__agg_out_null(&o, k);
    }
    brasa__agg_out_done(&o, c->agg->type, out);
    out->child = child;
    out->child_rows = (int64_t)n * p->n;
}

static brasa_status one_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out, brasa_error *err)
{
    const collect_param   *p = c->param;
    bool                   mode = c->agg->agg->id == BRASA_AGG_MODE;
    int32_t                each = mode ? 1 : p->n;
    const brasa_agg_list **lists = BRASA_NEWS(arena, const brasa_agg_list *, (int64_t)n *each + 1);
    int64_t               *pick = BRASA_NEWS(arena, int64_t, (int64_t)n * each + 1);
    brasa_type             t = kept_type(c);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const brasa_agg_list *s = list_of(c, group[k]);
        brasa_arena          *scratch = brasa__arena_new(arena, "order");
        const int64_t        *order = s->n > 0 ? brasa__agg_list_by_value(s, scratch, t) : NULL;

        for (int32_t i = 0; i < each; i++) {
            lists[k * each + i] = s;
            pick[k * each + i] = s->n == 0 ? -1 : order[mode ? mode_of(s, t, order, p->desc) : disc_of(p, i, s->n)];
        }
        brasa__arena_free(scratch);
    }
    if (mode || !p->list) {
        brasa__agg_list_column(lists, pick, n, t, arena, out);
        return BRASA_OK;
    }
    brasa_column *child = BRASA_NEW(arena, brasa_column);
    brasa__agg_list_column(lists, pick, n * each, t, arena, child);
    lists_of_fractions(c, group, n, child, arena, out);
    return BRASA_OK;
}

/* ---- percentile_cont ---- */

static bool less(double a, double b)
{
    return a < b || (b != b && a == a); /* NaN is the largest */
}

/* v[at] becomes what it would be if v were sorted, with nothing larger before it (Hoare). */
static void select_nth(double *v, int64_t n, int64_t at)
{
    int64_t low = 0, high = n - 1;

    while (low < high) {
        double  pivot = v[low + (high - low) / 2];
        int64_t i = low, j = high;

        while (i <= j) {
            while (less(v[i], pivot)) i++;
            while (less(pivot, v[j])) j--;
            if (i > j) break;
            double x = v[i];

            v[i++] = v[j];
            v[j--] = x;
        }
        if (at <= j) {
            high = j;
        } else if (at >= i) {
            low = i;
        } else {
            return;
        }
    }
}

/* Where among n sorted values the fraction lies. */
static double cont_place(const collect_param *p, int32_t which, int64_t n)
{
    return (p->desc ? 1 - p->fractions[which] : p->fractions[which]) * (double)(n - 1);
}

static double cont_of(const collect_param *p, int32_t which, double *v, int64_t n)
{
    double  place = cont_place(p, which, n), low;
    int64_t at = (int64_t)floor(place);
    double  part = place - (double)at;

    select_nth(v, n, at);
    low = v[at];
    if (part <= 0 || at + 1 >= n) return low;
    double high = v[at + 1];

    for (int64_t i = at + 2; i < n; i++) high = less(v[i], high) ? v[i] : high;
    return low == high ? low : low * (1 - part) + high * part;
}

static brasa_status cont_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                brasa_error *err)
{
    const collect_param *p = c->param;
    brasa_type           t = p->list ? c->agg->type.fields[0].type : c->agg->type;
    brasa_agg_out        o = brasa__agg_out_new(arena, t, n * p->n);

    (void)err;
    for (int32_t k = 0; k < n * p->n; k++) {
        const brasa_agg_list *s = list_of(c, group[k / p->n]);

        if (s->n == 0) {
            brasa__agg_out_null(&o, k);
            continue;
        }
        double x = cont_of(p, k % p->n, (double *)(void *)s->values, s->n);

        if (t.kind == BRASA_KIND_INTERVAL) {
            int64_t us = llround(x);

            ((brasa_interval *)o.v)[k] = (brasa_interval) {.days = (int32_t)(us / 86400000000), .us = us % 86400000000};
        } else if (t.kind == BRASA_KIND_INTERVAL_YM) {
            ((int32_t *)o.v)[k] = (int32_t)lround(x);
        } else if (t.kind == BRASA_KIND_INTERVAL_DT) {
            ((int64_t *)o.v)[k] = llround(x);
        } else {
            ((double *)o.v)[k] = x;
        }
    }
    if (!p->list) {
        brasa__agg_out_done(&o, t, out);
        return BRASA_OK;
    }
    brasa_column *child = BRASA_NEW(arena, brasa_column);
    brasa__agg_out_done(&o, t, child);
    lists_of_fractions(c, group, n, child, arena, out);
    return BRASA_OK;
}

/* ---- for windows ---- */

bool brasa__agg_percentile_is_plain(const brasa_agg_call *c)
{
    const collect_param *p = c->param;

    return is_percentile(c) && !p->list && (c->agg->nargs < 3 || c->agg->args[2]->type.kind == BRASA_KIND_BOOL);
}

double brasa__agg_percentile_place(const brasa_agg_call *c, int64_t n, int64_t *at)
{
    const collect_param *p = c->param;

    if (c->agg->agg->id == BRASA_AGG_PERCENTILE_DISC) {
        *at = disc_of(p, 0, n);
        return 0;
    }
    double place = cont_place(p, 0, n);
    *at = (int64_t)floor(place);
    return place - (double)*at;
}

void brasa__agg_percentile_between(brasa_agg_call *c, double part)
{
    const collect_param *p = c->param;

    p->fractions[0] = part;
}

brasa_agg_call brasa__agg_percentile_copy(const brasa_agg_call *c, brasa_arena *arena)
{
    brasa_agg_call copy = *c;
    collect_param *p = BRASA_NEW(arena, collect_param);

    p->n = 1;
    p->fractions = BRASA_NEWS(arena, double, 1);
    copy.param = p;
    return copy;
}

/* ---- tables ---- */

#define COLLECTING(finish_)                                                                                                 \
    {                                                                                                                       \
        .open = collect_open, .update = collect_update, .merge = collect_merge, .save = collect_save, .load = collect_load, \
        .finish = finish_                                                                                                   \
    }

const brasa_agg_func brasa__aggfn_list = COLLECTING(lists_finish);
const brasa_agg_func brasa__aggfn_string = COLLECTING(strings_finish);
const brasa_agg_func brasa__aggfn_one = COLLECTING(one_finish);
const brasa_agg_func brasa__aggfn_cont = COLLECTING(cont_finish);
