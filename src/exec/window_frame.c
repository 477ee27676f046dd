/* exec/window_frame.c -- which rows a frame holds.
 *
 * RANGE with offsets searches the sorted key: rows with a null key are peers of each other and of nobody else.  Dates and timestamps are microseconds there,
 * so that intervals may be added; months go by the calendar.
 */
#include <math.h>
#include <string.h>

#include "base/zone.h"
#include "base/hash.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/window.h"

typedef __int128 wide;

struct brasa_framer {
    const brasa_window       *w;
    const brasa_window_frame *f;
    int64_t                   start_rows, end_rows; /* ROWS, GROUPS */
    const brasa_column       *key;                  /* RANGE with offsets */
    bool                      desc, real;
    brasa_type                type;
    brasa_value               start, end;
};

static const int64_t DAY = 86400000000;

static bool has_offset(brasa_frame_bound b)
{
    return b == BRASA_BOUND_PRECEDING || b == BRASA_BOUND_FOLLOWING;
}

/* An interval of fields as one of all units: what frames move by. */
static void whole_units(brasa_value *v)
{
    int64_t n = v->u.i;

    v->u.interval = v->type.kind == BRASA_KIND_INTERVAL_YM ? (brasa_interval) {.months = (int32_t)n}
                                                           : (brasa_interval) {.days = (int32_t)(n / DAY), .us = n % DAY};
    v->type = brasa__type(BRASA_KIND_INTERVAL);
}

static brasa_status open_range(brasa_framer *r, brasa_value *v, brasa_error *err)
{
    bool time = r->type.kind == BRASA_KIND_DATE || r->type.kind == BRASA_KIND_TIME || brasa__type_is_timestamp(r->type) ||
                r->type.kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(r->type);
    bool whole = brasa__type_is_integer(v->type);

    if (brasa__type_is_interval(v->type) && (r->type.kind == v->type.kind || !brasa__type_is_interval(r->type))) whole_units(v);
    if (time && (v->type.kind == BRASA_KIND_INTERVAL || (whole && r->type.kind == BRASA_KIND_DATE))) return BRASA_OK;
    if (brasa__type_is_numeric(r->type) && brasa__type_is_numeric(v->type)) return BRASA_OK;
    return brasa__fail(err, BRASA_TYPE,
                       "RANGE with an offset of type %s over a key of type %s; give a number for numbers, an INTERVAL for times",
                       brasa_kind_name(v->type.kind), brasa_kind_name(r->type.kind));
}

static brasa_status negative(brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID, "the offset of a window frame is negative; use the other direction");
}

static brasa_status take_offset(brasa_framer *r, const brasa_expr *e, int64_t *rows, brasa_value *v, brasa_error *err)
{
    if (e == NULL || e->kind != BRASA_EXPR_LITERAL) return brasa__fail(err, BRASA_INTERNAL, "the offset of a window frame is no literal");
    *v = e->value;
    if (r->f->unit == BRASA_FRAME_RANGE) {
        BRASA_TRY(open_range(r, v, err));
        if ((r->real && v->u.f < 0) || (brasa__type_is_integer(v->type) && v->u.i < 0)) return negative(err);
        return BRASA_OK;
    }
    *rows = v->u.i;
    return v->u.i < 0 ? negative(err) : BRASA_OK;
}

brasa_status brasa__framer_new(const brasa_window *w, const brasa_window_frame *f, const brasa_column *key, const brasa_order *order,
                               brasa_framer **out, brasa_error *err)
{
    brasa_framer *r = BRASA_NEW(w->arena, brasa_framer);

    *out = r;
    r->w = w;
    r->f = f;
    if (f->unit == BRASA_FRAME_RANGE && (has_offset(f->start) || has_offset(f->end))) {
        if (key == NULL) return brasa__fail(err, BRASA_INVALID, "RANGE with an offset needs exactly one ORDER BY key");
        r->key = key;
        r->type = key->type;
        r->desc = order->desc;
        r->real = key->type.kind == BRASA_KIND_FLOAT32 || key->type.kind == BRASA_KIND_FLOAT64;
    }
    if (has_offset(f->start)) BRASA_TRY(take_offset(r, f->start_offset, &r->start_rows, &r->start, err));
    if (has_offset(f->end)) BRASA_TRY(take_offset(r, f->end_offset, &r->end_rows, &r->end, err));
    return BRASA_OK;
}

bool brasa__framer_excludes(const brasa_framer *f)
{
    return f->f->exclude != BRASA_EXCLUDE_NONE;
}

bool brasa__framer_grows(const brasa_framer *f)
{
    return f->f->start == BRASA_BOUND_UNBOUNDED_PRECEDING && f->f->exclude == BRASA_EXCLUDE_NONE;
}

/* ---- keys as numbers ---- */

static bool key_null(const brasa_framer *r, int64_t i)
{
    return r->key->valid != NULL && !brasa__bit_get(r->key->valid, i);
}

static double real_key(const brasa_framer *r, int64_t i)
{
    return r->type.kind == BRASA_KIND_FLOAT32 ? (double)((const float *)r->key->values)[i] : ((const double *)r->key->values)[i];
}

static wide whole_key(const brasa_framer *r, int64_t i)
{
    const void *v = r->key->values;

    if (r->type.kind == BRASA_KIND_DATE) return (wide)((const int32_t *)v)[i] * DAY;
    if (r->type.kind == BRASA_KIND_INTERVAL) return brasa__interval_total(((const brasa_interval *)v)[i]);
    switch (brasa__type_width(r->type)) {
    case 1: return ((const int8_t *)v)[i];
    case 2: return ((const int16_t *)v)[i];
    case 4: return ((const int32_t *)v)[i];
    case 8: return ((const int64_t *)v)[i];
    default: return ((const brasa_int128 *)v)[i];
    }
}

static wide add_months(wide us, int64_t months)
{
    int64_t days = (int64_t)(us / DAY), rest = (int64_t)(us % DAY);
    int32_t y, m, d, out;

    if (rest < 0) {
        rest += DAY;
        days--;
    }
    brasa__date_split((int32_t)days, &y, &m, &d);
    int64_t total = (int64_t)y * 12 + m - 1 + months;
    int64_t year = total >= 0 ? total / 12 : -((11 - total) / 12);

    for (; d > 27; d--) {
        if (brasa__date_make((int32_t)year, (int32_t)(total - year * 12) + 1, d, &out)) return (wide)out * DAY + rest;
    }
    return brasa__date_make((int32_t)year, (int32_t)(total - year * 12) + 1, d, &out) ? (wide)out * DAY + rest : us;
}

static wide moved(const brasa_framer *r, wide key, const brasa_value *v, int sign)
{
    if (v->type.kind == BRASA_KIND_INTERVAL) {
        const brasa_interval *iv = &v->u.interval;

        if (r->type.kind == BRASA_KIND_INTERVAL_YM) return key + sign * iv->months;
        if (r->type.kind == BRASA_KIND_INTERVAL || r->type.kind == BRASA_KIND_INTERVAL_DT) return key + sign * brasa__interval_total(*iv);
        const brasa_zone *zone = r->type.kind == BRASA_KIND_TIMESTAMP && (iv->months | iv->days) ? brasa__zone_session() : NULL;
        if (zone) key = brasa__zone_to_local(zone, (int64_t)key); /* months and days are those of the session's calendar */
        if (iv->months != 0) key = add_months(key, (int64_t)sign * iv->months);
        key += sign * (wide)iv->days * DAY;
        if (zone) key = brasa__zone_to_utc(zone, key > INT64_MAX ? INT64_MAX : key < INT64_MIN ? INT64_MIN : (int64_t)key);
        return key + sign * (wide)iv->us;
    }
    if (r->type.kind == BRASA_KIND_DATE) return key + (wide)sign * v->u.i * DAY;
    return key + sign * (v->type.kind == BRASA_KIND_DECIMAL && v->type.precision > 18 ? v->u.d : (wide)v->u.i);
}

static bool less(double a, double b)
{
    return a < b || (b != b && a == a);
}

/* Does the key at j come before the bound (at or before, for the end of a frame)? */
static bool before(const brasa_framer *r, int64_t j, wide bound, double real_bound, bool with_equal)
{
    int order;

    if (r->real) {
        double k = real_key(r, j);
        order = less(k, real_bound) ? -1 : less(real_bound, k) ? 1 : 0;
    } else {
        wide k = whole_key(r, j);
        order = k < bound ? -1 : k > bound;
    }
    if (r->desc) order = -order;
    return with_equal ? order <= 0 : order < 0;
}

/* The first position in [from, to) whose key is not before i's key moved by the offset. */
static int64_t search(const brasa_framer *r, int64_t from, int64_t to, int64_t i, const brasa_value *v, bool preceding, bool with_equal)
{
    int    sign = preceding == r->desc ? 1 : -1;
    wide   bound = 0;
    double real_bound = 0;

    if (r->real)
        real_bound = real_key(r, i) + sign * v->u.f;
    else
        bound = moved(r, whole_key(r, i), v, sign);
    while (from < to && key_null(r, from)) from = r->w->groups[r->w->group_of[from] + 1];
    while (from < to && key_null(r, to - 1)) to = r->w->groups[r->w->group_of[to - 1]];
    while (from < to) {
        int64_t mid = from + (to - from) / 2;

        if (before(r, mid, bound, real_bound, with_equal)) {
            from = mid + 1;
        } else {
            to = mid;
        }
    }
    return from;
}

/* ---- bounds: the first row, and the first row behind ---- */

static int64_t clamp(int64_t x, int64_t from, int64_t to)
{
    return x < from ? from : x > to ? to : x;
}

static int64_t rows_bound(brasa_frame_bound b, int64_t rows, int64_t from, int64_t to, int64_t i, bool end)
{
    switch (b) {
    case BRASA_BOUND_UNBOUNDED_PRECEDING: return from;
    case BRASA_BOUND_PRECEDING: return rows > i - from ? from : i - rows + end;
    case BRASA_BOUND_CURRENT: return i + end;
    case BRASA_BOUND_FOLLOWING: return rows >= to - i ? to : clamp(i + rows + end, from, to);
    case BRASA_BOUND_UNBOUNDED_FOLLOWING: break;
    }
    return to;
}

static int64_t groups_bound(const brasa_window *w, brasa_frame_bound b, int64_t count, int64_t from, int64_t to, int64_t i, bool end)
{
    int64_t g = w->group_of[i], first = w->group_of[from], last = w->group_of[to - 1];

    switch (b) {
    case BRASA_BOUND_UNBOUNDED_PRECEDING: return from;
    case BRASA_BOUND_PRECEDING: return count > g - first ? from : w->groups[g - count + end];
    case BRASA_BOUND_CURRENT: return w->groups[g + end];
    case BRASA_BOUND_FOLLOWING: return count > last - g ? to : w->groups[g + count + end];
    case BRASA_BOUND_UNBOUNDED_FOLLOWING: break;
    }
    return to;
}

static int64_t range_bound(const brasa_framer *r, brasa_frame_bound b, const brasa_value *v, int64_t from, int64_t to, int64_t i, bool end)
{
    const brasa_window *w = r->w;

    if (!has_offset(b) || key_null(r, i)) return groups_bound(w, has_offset(b) ? BRASA_BOUND_CURRENT : b, 0, from, to, i, end);
    return search(r, from, to, i, v, b == BRASA_BOUND_PRECEDING, end);
}

static void add_range(brasa_ranges *out, int64_t lo, int64_t hi)
{
    if (lo >= hi) return;
    out->at[out->n].lo = lo;
    out->at[out->n++].hi = hi;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void brasa__framer_at(const brasa_framer *r, int64_t from, int64_t to, int64_t i, brasa_ranges *out)
{
    const brasa_window_frame *f = r->f;
    const brasa_window       *w = r->w;
    int64_t                   lo, hi, ps = w->groups[w->group_of[i]], pe = w->groups[w->group_of[i] + 1];

    if (f->unit == BRASA_FRAME_ROWS) {
        lo = rows_bound(f->start, r->start_rows, from, to, i, false);
        hi = rows_bound(f->end, r->end_rows, from, to, i, true);
    } else if (f->unit == BRASA_FRAME_GROUPS) {
        lo = groups_bound(w, f->start, r->start_rows, from, to, i, false);
        hi = groups_bound(w, f->end, r->end_rows, from, to, i, true);
    } else {
        lo = range_bound(r, f->start, &r->start, from, to, i, false);
        hi = range_bound(r, f->end, &r->end, from, to, i, true);
    }
    out->n = 0;
    switch (f->exclude) {
    case BRASA_EXCLUDE_NONE: add_range(out, lo, hi); break;
    case BRASA_EXCLUDE_CURRENT:
        add_range(out, lo, least(hi, i));
        add_range(out, most(lo, i + 1), hi);
        break;
    case BRASA_EXCLUDE_GROUP:
    case BRASA_EXCLUDE_TIES:
        add_range(out, lo, least(hi, ps));
        if (f->exclude == BRASA_EXCLUDE_TIES && i >= lo && i < hi) add_range(out, i, i + 1);
        add_range(out, most(lo, pe), hi);
        break;
    }
}
