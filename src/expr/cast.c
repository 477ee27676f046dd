/* cast.c -- CAST and TRY_CAST: every pair of types that types.c allows.
 *
 * Spark's ANSI mode: what does not fit or does not parse is an error (TRY_CAST: null).  Numbers of the machine go through kernel/cast.h; decimals, text, dates
 * row by row; nested types value by value.
 */
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/zone.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/func_map.h"
#include "expr/bind.h"
#include "expr/column_build.h"
#include "expr/cast_internal.h"
#include "expr/date_arith.h"
#include "kernel/cast.h"
#include "kernel/decimal.h"

brasa_status brasa__cast_fail(brasa_call *call, int32_t r, brasa_error *err)
{
    brasa_text  v, t;
    brasa_value value;

    if (call->try_rows) return brasa__call_set_null(call, r), BRASA_OK;
    value = brasa__column_value(&call->args[0], r, call->arena);
    brasa__text_init(&v, call->arena);
    brasa__text_init(&t, call->arena);
    brasa__value_text(&value, &v);
    brasa__type_text(call->expr->type, &t);
    if (value.type.kind == BRASA_KIND_STRING)
        return brasa__call_fail_row(call, r, err, "'%.200s' is not %s; try_cast gives null instead", v.s, t.s);
    return brasa__call_fail_row(call, r, err, "%.200s does not fit %s; try_cast gives null instead", v.s, t.s);
}

/* ---- numbers ---- */

static brasa_status cast_machine(brasa_call *call, brasa_cast_fn *fn, brasa_error *err)
{
    const brasa_column *c = &call->args[0];
    bool                all = call->n >= call->batch_rows / 4;
    int                 as = c->encoding != BRASA_CONST;

    if (!fn(c->values, as, all ? NULL : call->rows, all ? call->batch_rows : call->n, call->values)) return BRASA_OK;
    for (int32_t i = 0; i < call->n; i++)
        if (fn(c->values, as, &call->rows[i], 1, call->values)) BRASA_TRY(brasa__cast_fail(call, call->rows[i], err));
    return BRASA_OK;
}

/* More digits and the same or more scale, all in 64 bits: one multiplication per row and no check. */
static bool decimal_widens(brasa_call *call)
{
    brasa_type from = call->args[0].type, to = call->expr->type;
    int32_t    up = to.scale - from.scale;
    bool       from_int = brasa__type_is_integer(from);

    if (from_int || up < 0 || to.precision - to.scale < from.precision - from.scale) return false;
    if (brasa__type_phys(from) != BRASA_PHYS_I64 || up > 18) return false;
    const int64_t *v = call->args[0].values;
    int64_t        by = (int64_t)brasa__pow10(up);
    if (brasa__type_phys(to) == BRASA_PHYS_I64) {
        int64_t *out = call->values;
        for (int32_t i = 0; i < call->n; i++)
            out[call->rows[i]] = (int64_t)((uint64_t)v[brasa__cast_at(call, call->rows[i])] * (uint64_t)by);
    } else {
        brasa_int128 *out = call->values;
        for (int32_t i = 0; i < call->n; i++) out[call->rows[i]] = (brasa_int128)v[brasa__cast_at(call, call->rows[i])] * by;
    }
    return true;
}

static brasa_status number_to_decimal(brasa_call *call, brasa_error *err)
{
    const brasa_column *c = &call->args[0];
    brasa_type          to = call->expr->type;
    int32_t             scale = c->type.kind == BRASA_KIND_DECIMAL ? c->type.scale : 0;
    bool                decimal = c->type.kind == BRASA_KIND_DECIMAL, floating = brasa__cast_is_float(c->type);

    if (decimal && decimal_widens(call)) return BRASA_OK;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i], k = brasa__cast_at(call, r);
        brasa_int128 v = 0;
        bool         ok;
        if (floating)
            ok = brasa__decimal_from_f64(brasa__cast_float_at(c, k), to.precision, to.scale, &v);
        else
            ok = brasa__decimal_rescale(decimal ? brasa__cast_decimal_at(c, k) : brasa__cast_int_at(c, k), scale, to.scale, to.precision,
                                        &v);
        if (ok)
            brasa__cast_put_decimal(call, r, v);
        else if (floating && !isfinite(brasa__cast_float_at(c, k)))
            brasa__call_set_null(call, r); /* as in Spark: there is no such number */
        else
            BRASA_TRY(brasa__cast_fail(call, r, err));
    }
    return BRASA_OK;
}

/* Values that a double holds, divided by a power of ten that it holds too: one rounding, in vector code.  False: a value is too large. */
static bool decimals_to_doubles(const int64_t *restrict v, int32_t n, double unit, double *restrict out)
{
    uint64_t size = 0;

    for (int32_t i = 0; i < n; i++) {
        size |= (uint64_t)(v[i] < 0 ? ~v[i] : v[i]);
        out[i] = (double)v[i] / unit;
    }
    return size < (uint64_t)1 << 53;
}

static brasa_status decimal_to_number(brasa_call *call, brasa_error *err)
{
    const brasa_column *c = &call->args[0];
    brasa_type          to = call->expr->type;
    brasa_int128        unit = brasa__pow10(c->type.scale);

    if (to.kind == BRASA_KIND_FLOAT64 && c->encoding == BRASA_FLAT && brasa__type_phys(c->type) == BRASA_PHYS_I64 &&
        call->n >= call->batch_rows / 4 && decimals_to_doubles(c->values, call->batch_rows, (double)unit, call->values))
        return BRASA_OK;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i];
        brasa_int128 v = brasa__cast_decimal_at(c, brasa__cast_at(call, r));
        if (brasa__cast_is_float(to))
            brasa__cast_put_float(call, r, brasa__decimal_to_f64(v, c->type.scale));
        else if (!brasa__cast_put_int(call, r, to.kind == BRASA_KIND_BOOL ? v : v / unit))
            BRASA_TRY(brasa__cast_fail(call, r, err));
    }
    return BRASA_OK;
}

/* ---- text ---- */

static brasa_status to_text(brasa_call *call)
{
    const brasa_column *c = &call->args[0];
    brasa_string       *out = call->values;
    brasa_phys          phys = brasa__type_phys(c->type);
    brasa_text          text;
    const brasa_zone   *zone = brasa__zone_session();
    brasa_zone_span     span = {0};

    brasa__text_init(&text, call->arena);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], k = brasa__cast_at(call, r);
        char    buf[128];
        size_t  n = 0;
        switch ((int)c->type.kind) {
        case BRASA_KIND_INT8:
        case BRASA_KIND_INT16:
        case BRASA_KIND_INT32:
        case BRASA_KIND_INT64: n = brasa__format_i64(brasa__cast_int_at(c, k), buf); break;
        case BRASA_KIND_FLOAT32: n = brasa__format_f32(((const float *)c->values)[k], buf); break;
        case BRASA_KIND_FLOAT64: n = brasa__format_f64(((const double *)c->values)[k], buf); break;
        case BRASA_KIND_DECIMAL: n = brasa__format_decimal(brasa__cast_decimal_at(c, k), c->type.scale, buf); break;
        case BRASA_KIND_DATE: n = brasa__format_date(((const int32_t *)c->values)[k], buf); break;
        case BRASA_KIND_TIMESTAMP:
            n = brasa__format_timestamp_ntz(brasa__zone_local(zone, &span, ((const int64_t *)c->values)[k]), buf);
            break;
        case BRASA_KIND_TIMESTAMP_NTZ: n = brasa__format_timestamp_ntz(((const int64_t *)c->values)[k], buf); break;
        case BRASA_KIND_TIME: n = brasa__format_time(((const int64_t *)c->values)[k], buf); break;
        case BRASA_KIND_INTERVAL_YM:
        case BRASA_KIND_INTERVAL_DT: n = brasa__format_fields(c->type, brasa__cast_int_at(c, k), false, buf); break;
        default: break;
        }
        if (n > 0) {
            out[r] = brasa__string(n <= 12 ? buf : brasa__arena_copy(call->arena, buf, n), n);
        } else if (phys == BRASA_PHYS_STRING) {
            out[r] = ((const brasa_string *)c->values)[k];
        } else {
            brasa_value v = brasa__column_value(c, r, call->arena);
            text.len = 0;
            brasa__value_text(&v, &text);
            out[r] = brasa__string(text.len <= 12 ? text.s : brasa__arena_copy(call->arena, text.s, text.len), text.len);
        }
    }
    return BRASA_OK;
}

static void trim(const char **s, size_t *n)
{
    while (*n > 0 && (unsigned char)**s <= ' ') (*s)++, (*n)--;
    while (*n > 0 && (unsigned char)(*s)[*n - 1] <= ' ') (*n)--;
}

static bool parse_row(brasa_call *call, int32_t r, const char *s, size_t n)
{
    brasa_type   to = call->expr->type;
    int64_t      i;
    double       f;
    bool         b;
    brasa_int128 d;
    brasa_value  v;

    switch ((int)to.kind) {
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64: return brasa__parse_i64(s, n, &i) && brasa__cast_put_int(call, r, i);
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
        if (!brasa__parse_f64(s, n, &f)) return false;
        brasa__cast_put_float(call, r, f);
        return true;
    case BRASA_KIND_BOOL:
        if (!brasa__parse_bool(s, n, &b)) return false;
        ((uint8_t *)call->values)[r] = b;
        return true;
    case BRASA_KIND_DECIMAL:
        if (!brasa__parse_decimal(s, n, to.precision, to.scale, &d)) return false;
        brasa__cast_put_decimal(call, r, d);
        return true;
    case BRASA_KIND_DATE: return brasa__parse_date_text(s, n, &((int32_t *)call->values)[r]);
    case BRASA_KIND_TIMESTAMP: return brasa__parse_timestamp(s, n, &((int64_t *)call->values)[r]);
    case BRASA_KIND_TIMESTAMP_NTZ: return brasa__parse_timestamp_ntz(s, n, &((int64_t *)call->values)[r]);
    case BRASA_KIND_TIME: return brasa__parse_time(s, n, to, &((int64_t *)call->values)[r]);
    case BRASA_KIND_INTERVAL_YM: return brasa__parse_fields(s, n, to, &i) && brasa__cast_put_int(call, r, i);
    case BRASA_KIND_INTERVAL_DT: return brasa__parse_fields(s, n, to, &((int64_t *)call->values)[r]);
    case BRASA_KIND_INTERVAL:
        if (brasa__value_parse(call->arena, s, n, to, &v, NULL) != BRASA_OK || v.null) return false;
        ((brasa_interval *)call->values)[r] = v.u.interval;
        return true;
    default: return false;
    }
}

static brasa_status from_text(brasa_call *call, brasa_error *err)
{
    const brasa_string *in = call->args[0].values;
    bool                bytes = call->expr->type.kind == BRASA_KIND_BINARY;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &in[brasa__cast_at(call, r)];
        if (bytes) {
            ((brasa_string *)call->values)[r] = *s;
            continue;
        }
        const char *p = brasa_string_data(s);
        size_t      n = s->len;
        trim(&p, &n);
        if (!parse_row(call, r, p, n)) BRASA_TRY(brasa__cast_fail(call, r, err));
    }
    return BRASA_OK;
}

/* ---- nested ---- */

/* The elements become a column, are cast as one, and go back under the same spans. */
static brasa_status cast_list(brasa_call *call, brasa_error *err)
{
    const brasa_column *c = &call->args[0];
    brasa_type          from = c->type.fields[0].type, to = call->expr->type.fields[0].type;
    int32_t             total = 0, k = 0;
    brasa_span         *spans = call->values;

    for (int32_t i = 0; i < call->n; i++) total += ((const brasa_span *)c->values)[brasa__cast_at(call, call->rows[i])].len;
    brasa_value *items = BRASA_NEWS(call->arena, brasa_value, total > 0 ? total : 1);
    for (int32_t i = 0; i < call->n; i++) {
        brasa_span span = ((const brasa_span *)c->values)[brasa__cast_at(call, call->rows[i])];
        spans[call->rows[i]] = (brasa_span) {.offset = k, .len = span.len};
        for (int32_t j = 0; j < span.len; j++) items[k++] = brasa__column_value(c->child, span.offset + j, call->arena);
    }
    brasa_column in, *child = BRASA_NEW(call->arena, brasa_column);
    brasa__column_build(call->arena, from, items, total, &in);
    brasa_expr *ref = brasa__expr_ref(call->arena, 0, from, true, NULL);
    brasa_expr *cast = brasa__expr_cast(call->arena, ref, to, call->try_rows);
    cast->bound = true;
    const brasa_expr *list = cast;
    brasa_eval       *ev;
    brasa_batch       batch = {.rows = total, .ncols = 1, .cols = &in, .nsel = total};
    BRASA_TRY(brasa__eval_new(call->arena, &list, 1, &ev, err));
    BRASA_TRY(brasa__eval_run(ev, &batch, child, err));
    if (child->encoding != BRASA_FLAT) { /* all null */
        for (int32_t i = 0; i < total; i++) items[i] = (brasa_value) {.type = to, .null = true};
        brasa__column_build(call->arena, to, items, total, child);
    }
    call->out->child = child;
    call->out->child_rows = total;
    return BRASA_OK;
}

static brasa_status cast_value(brasa_call *call, const brasa_value *v, brasa_type to, brasa_value *out, brasa_error *err)
{
    brasa_expr *cast = brasa__expr_cast(call->arena, brasa__expr_literal(call->arena, v), to, call->try_rows);

    cast->bound = true;
    return brasa__expr_constant(call->arena, cast, out, err);
}

/* Structs and vectors, value by value. */
static brasa_status cast_nested(brasa_call *call, brasa_error *err)
{
    brasa_type   to = call->expr->type;
    brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, call->batch_rows);

    for (int32_t i = 0; i < call->batch_rows; i++) rows[i] = (brasa_value) {.type = to, .null = true};
    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i];
        brasa_value  v = brasa__column_value(&call->args[0], r, call->arena);
        int32_t      n = v.u.list.n;
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, n > 0 ? n : 1);
        if (v.null) continue;
        if (to.kind == BRASA_KIND_VECTOR && n != to.length) {
            BRASA_TRY(brasa__cast_fail(call, r, err));
            continue;
        }
        for (int32_t k = 0; k < n; k++) {
            brasa_type t = to.kind == BRASA_KIND_STRUCT   ? to.fields[k].type
                           : to.kind == BRASA_KIND_VECTOR ? brasa__type(BRASA_KIND_FLOAT32)
                                                          : to.fields[0].type;
            BRASA_TRY(cast_value(call, &v.u.list.items[k], t, &items[k], err));
        }
        if (to.kind == BRASA_KIND_MAP && brasa__map_check(call->arena, items, n, err) != BRASA_OK) {
            if (!call->try_rows) return (brasa_status)err->code;
            continue;
        }
        rows[r].null = false;
        rows[r].u.list.items = items;
        rows[r].u.list.n = n;
    }
    brasa__column_build(call->arena, to, rows, call->batch_rows, call->out);
    if (call->out->valid) {
        memcpy(call->valid, call->out->valid, brasa__bit_words(call->batch_rows) * 8);
        *call->has_nulls = true;
    }
    return BRASA_OK;
}

/* ---- the switch ---- */

static bool is_time(brasa_type t)
{
    return t.kind == BRASA_KIND_DATE || t.kind == BRASA_KIND_TIME || brasa__type_is_timestamp(t) || t.kind == BRASA_KIND_INTERVAL ||
           brasa__type_is_interval(t);
}

brasa_status brasa__cast_kernel(brasa_call *call, brasa_error *err)
{
    brasa_type from = call->args[0].type, to = call->expr->type;

    if (from.kind == BRASA_KIND_NULL) {
        for (int32_t i = 0; i < call->n; i++) brasa__call_set_null(call, call->rows[i]);
        return BRASA_OK;
    }
    if (to.kind == BRASA_KIND_STRING) return to_text(call);
    if (from.kind == BRASA_KIND_LIST && to.kind == BRASA_KIND_LIST) return cast_list(call, err);
    if (brasa__type_is_nested(from) || brasa__type_is_nested(to)) return cast_nested(call, err);
    if (from.kind == BRASA_KIND_STRING) return from_text(call, err);
    if (is_time(from) || is_time(to)) return brasa__cast_time(call, err);
    if (to.kind == BRASA_KIND_DECIMAL) return number_to_decimal(call, err);
    if (from.kind == BRASA_KIND_DECIMAL) return decimal_to_number(call, err);
    brasa_cast_fn *fn = brasa__cast_find(brasa__type_phys(from), brasa__type_phys(to));
    if (fn == NULL) return brasa__fail(err, BRASA_INTERNAL, "a cast without a loop");
    return cast_machine(call, fn, err);
}
