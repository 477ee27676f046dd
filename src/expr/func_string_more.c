/* func_string_more.c -- text: joining with separators, codes, distances, encodings, formats. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "data/string.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/resolve.h"
#include "kernel/decimal.h"
#include "kernel/find.h"

static const brasa_string *text_at(const brasa_call *call, int32_t k, int32_t r)
{
    return &BRASA_ARG(call, k, brasa_string, r);
}

static brasa_string kept(const brasa_text *t)
{
    return brasa__string(t->s, t->len);
}

/* ---- concat_ws ---- */

static BRASA_RESOLVE(concat_ws)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    for (int32_t i = 0; i < n; i++) {
        bool list = i > 0 && types[i].kind == BRASA_KIND_LIST;
        if (list)
            types[i] = brasa__type_list(arena, brasa__type(BRASA_KIND_STRING));
        else
            BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    }
    return BRASA_OK;
}

static void join(brasa_text *t, const brasa_string *sep, bool *first, const char *p, size_t n)
{
    if (!*first) brasa__text_add_n(t, brasa_string_data(sep), sep->len);
    *first = false;
    brasa__text_add_n(t, p, n);
}

/* Nulls are left out; only a null separator makes null. */
static brasa_status concat_ws_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t    r = call->rows[i];
        brasa_text t;
        bool       first = true;
        if (!brasa_column_is_valid(&call->args[0], r)) {
            brasa__call_set_null(call, r);
            continue;
        }
        brasa__text_init(&t, call->arena);
        for (int32_t k = 1; k < call->nargs; k++) {
            brasa_value v = brasa__column_value(&call->args[k], r, call->arena);
            if (v.null) continue;
            if (v.type.kind != BRASA_KIND_LIST) {
                join(&t, text_at(call, 0, r), &first, v.u.s.p, v.u.s.n);
                continue;
            }
            for (int32_t j = 0; j < v.u.list.n; j++)
                if (!v.u.list.items[j].null) join(&t, text_at(call, 0, r), &first, v.u.list.items[j].u.s.p, v.u.list.items[j].u.s.n);
        }
        out[r] = kept(&t);
    }
    return BRASA_OK;
}

/* ---- pieces ---- */

static BRASA_RESOLVE(strings_int)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    for (int32_t i = 0; i < n - 1; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    return brasa__resolve_arg(&types[n - 1], BRASA_KIND_INT32);
}

/* What is before the nth delimiter; negative: after the nth from the end. */
static brasa_string substring_index(const char *p, size_t n, const char *d, size_t k, int64_t count)
{
    if (k == 0 || count == 0) return brasa__string("", 0);
    if (count > 0) {
        const char *at = p;
        for (; count > 0; count--) {
            const char *hit = brasa__find_bytes(at, n - (size_t)(at - p), d, k);
            if (hit == NULL) return brasa__string(p, n);
            if (count == 1) return brasa__string(p, (size_t)(hit - p));
            at = hit + k;
        }
    }
    for (size_t end = n; end >= k;) {
        if (memcmp(p + end - k, d, k) != 0) {
            end--;
            continue;
        }
        if (++count == 0) return brasa__string(p + end, n - end);
        end -= k;
    }
    return brasa__string(p, n);
}

static brasa_status substring_index_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = text_at(call, 0, r), *d = text_at(call, 1, r);
        out[r] = substring_index(brasa_string_data(s), s->len, brasa_string_data(d), d->len, BRASA_ARG(call, 2, int32_t, r));
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(overlay)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    for (int32_t i = 0; i < 2; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    for (int32_t i = 2; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_INT32));
    return BRASA_OK;
}

static brasa_status overlay_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = text_at(call, 0, r), *with = text_at(call, 1, r);
        const char         *p = brasa_string_data(s);
        int64_t             from = BRASA_ARG(call, 2, int32_t, r);
        int64_t             len = call->nargs > 3 ? BRASA_ARG(call, 3, int32_t, r) : brasa__utf8_count(brasa_string_data(with), with->len);
        if (call->nargs > 3 && len < 0) len = brasa__utf8_count(brasa_string_data(with), with->len);
        size_t     a = brasa__utf8_offset(p, s->len, from > 0 ? from - 1 : 0);
        size_t     b = a + brasa__utf8_offset(p + a, s->len - a, len);
        brasa_text t;
        brasa__text_init(&t, call->arena);
        brasa__text_add_n(&t, p, a);
        brasa__text_add_n(&t, brasa_string_data(with), with->len);
        brasa__text_add_n(&t, p + b, s->len - b);
        out[r] = kept(&t);
    }
    return BRASA_OK;
}

/* translate(text, from, to): characters of `from` become those of `to` in the same place, or go. */
static brasa_status translate_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = text_at(call, 0, r), *from = text_at(call, 1, r), *to = text_at(call, 2, r);
        const char         *p = brasa_string_data(s), *f = brasa_string_data(from), *q = brasa_string_data(to);
        brasa_text          t;
        brasa__text_init(&t, call->arena);
        for (size_t at = 0; at < s->len;) {
            size_t  k = brasa__utf8_offset(p + at, s->len - at, 1), fa = 0;
            int64_t nth = 0;
            for (; fa < from->len; nth++) {
                size_t w = brasa__utf8_offset(f + fa, from->len - fa, 1);
                if (w == k && memcmp(f + fa, p + at, k) == 0) break;
                fa += w;
            }
            if (fa >= from->len) {
                brasa__text_add_n(&t, p + at, k);
            } else {
                size_t a = brasa__utf8_offset(q, to->len, nth), b = brasa__utf8_offset(q + a, to->len - a, 1);
                brasa__text_add_n(&t, q + a, b);
            }
            at += k;
        }
        out[r] = kept(&t);
    }
    return BRASA_OK;
}

/* ---- codes ---- */

static brasa_status ascii_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = text_at(call, 0, r);
        utf8proc_int32_t    c = 0;
        if (s->len > 0) utf8proc_iterate((const utf8proc_uint8_t *)brasa_string_data(s), (utf8proc_ssize_t)s->len, &c);
        out[r] = c < 0 ? (unsigned char)brasa_string_data(s)[0] : c;
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(bigint_to_string)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    return brasa__resolve_arg(&types[0], BRASA_KIND_INT64);
}

/* Of n modulo 256, as in Spark; negative: ''. */
static brasa_status chr_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        int64_t v = BRASA_ARG(call, 0, int64_t, r);
        char    buf[4];
        size_t  n = v < 0 ? 0 : (size_t)utf8proc_encode_char((utf8proc_int32_t)(v & 0xff), (utf8proc_uint8_t *)buf);
        out[r] = brasa__string(buf, n);
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(int_to_string)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    return brasa__resolve_arg(&types[0], BRASA_KIND_INT32);
}

static brasa_status space_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], n = BRASA_ARG(call, 0, int32_t, r);
        if (n > BRASA_MAX_TEXT / 2) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "space would make a text of more than 512 MB"));
            continue;
        }
        if (n < 0) n = 0;
        char *p = brasa__arena_alloc(call->arena, (size_t)n + 1);
        memset(p, ' ', (size_t)n);
        out[r] = brasa__string(p, (size_t)n);
    }
    return BRASA_OK;
}

/* ---- distances ---- */

static int32_t decode(brasa_arena *arena, const brasa_string *s, utf8proc_int32_t **out)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)brasa_string_data(s);
    int32_t                 n = 0;

    *out = BRASA_NEWS(arena, utf8proc_int32_t, s->len + 1);
    for (size_t at = 0; at < s->len;) {
        utf8proc_ssize_t k = utf8proc_iterate(p + at, (utf8proc_ssize_t)(s->len - at), &(*out)[n]);
        if (k <= 0) (*out)[n] = p[at], k = 1;
        n++;
        at += (size_t)k;
    }
    return n;
}

static BRASA_RESOLVE(levenshtein)
{
    BRASA_TRY(brasa__resolve_strings_to_int(arena, f, types, n < 2 ? n : 2, result, err));
    return n < 3 ? BRASA_OK : brasa__resolve_arg(&types[2], BRASA_KIND_INT32);
}

static brasa_status levenshtein_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t           r = call->rows[i];
        utf8proc_int32_t *a, *b;
        int32_t           na = decode(call->arena, text_at(call, 0, r), &a), nb = decode(call->arena, text_at(call, 1, r), &b);
        if ((int64_t)na * nb > 100000000) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "levenshtein of texts of %d and %d characters is too long", na, nb));
            continue;
        }
        int32_t *row = BRASA_NEWS(call->arena, int32_t, nb + 1);
        for (int32_t j = 0; j <= nb; j++) row[j] = j;
        for (int32_t k = 1; k <= na; k++) {
            int32_t corner = row[0];
            row[0] = k;
            for (int32_t j = 1; j <= nb; j++) {
                int32_t swap = corner + (a[k - 1] != b[j - 1]), best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
                corner = row[j];
                row[j] = swap < best ? swap : best;
            }
        }
        out[r] = row[nb];
        if (call->nargs == 3 && out[r] > BRASA_ARG(call, 2, int32_t, r)) out[r] = -1;
    }
    return BRASA_OK;
}

/* American Soundex; what does not begin with a letter stays. */
static brasa_status soundex_eval(brasa_call *call, brasa_error *err)
{
    static const char codes[] = "01230127022455012623017202"; /* 7: h and w, which do not part equal codes */
    brasa_string     *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = text_at(call, 0, r);
        const char         *p = brasa_string_data(s);
        char                code[4] = {'0', '0', '0', '0'}, last;
        size_t              n = 1;
        if (s->len == 0 || !isalpha((unsigned char)p[0])) {
            out[r] = *s;
            continue;
        }
        code[0] = (char)toupper((unsigned char)p[0]);
        last = codes[code[0] - 'A'];
        for (size_t k = 1; k < s->len && n < 4; k++) {
            int c = toupper((unsigned char)p[k]);
            if (c < 'A' || c > 'Z') {
                last = '0';
                continue;
            }
            char now = codes[c - 'A'];
            if (now == '7') continue;
            if (now != '0' && now != last) code[n++] = now;
            last = now;
        }
        out[r] = brasa__string(code, 4);
    }
    return BRASA_OK;
}

/* ---- encodings ---- */

static BRASA_RESOLVE(bytes_to_string)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    return types[0].kind == BRASA_KIND_BINARY ? BRASA_OK : brasa__resolve_arg(&types[0], BRASA_KIND_STRING);
}

static BRASA_RESOLVE(string_to_bytes)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_BINARY);
    return brasa__resolve_arg(&types[0], BRASA_KIND_STRING);
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static brasa_status base64_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t              r = call->rows[i];
        const brasa_string  *s = text_at(call, 0, r);
        const unsigned char *p = (const unsigned char *)brasa_string_data(s);
        char                *to = brasa__arena_alloc(call->arena, ((size_t)s->len + 2) / 3 * 4 + 1);
        size_t               m = 0;
        for (size_t k = 0; k < s->len; k += 3) {
            size_t   left = s->len - k;
            uint32_t w = (uint32_t)p[k] << 16 | (left > 1 ? (uint32_t)p[k + 1] << 8 : 0) | (left > 2 ? p[k + 2] : 0);
            to[m++] = base64_digits[w >> 18];
            to[m++] = base64_digits[w >> 12 & 63];
            to[m++] = left > 1 ? base64_digits[w >> 6 & 63] : '=';
            to[m++] = left > 2 ? base64_digits[w & 63] : '=';
        }
        out[r] = brasa__string(to, m);
    }
    return BRASA_OK;
}

static brasa_status unbase64_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = text_at(call, 0, r);
        const char         *p = brasa_string_data(s);
        char               *to = brasa__arena_alloc(call->arena, (size_t)s->len + 1);
        uint32_t            w = 0;
        int                 bits = 0;
        size_t              m = 0, pad = 0;
        bool                bad = false;
        for (size_t k = 0; k < s->len; k++) {
            if (isspace((unsigned char)p[k])) continue;
            if (p[k] == '=') {
                pad++;
                continue;
            }
            const char *d = p[k] ? strchr(base64_digits, p[k]) : NULL;
            bad |= d == NULL || pad > 0;
            w = w << 6 | (uint32_t)(d ? d - base64_digits : 0);
            bits += 6;
            if (bits >= 8) to[m++] = (char)(w >> (bits -= 8));
        }
        if (bad || bits == 6 || pad > 2)
            BRASA_TRY(brasa__call_fail_row(call, r, err, "this text is not base64"));
        else
            out[r] = brasa__string(to, m);
    }
    return BRASA_OK;
}

/* ---- formats ---- */

static BRASA_RESOLVE(format_number)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    if (!brasa__type_is_numeric(types[0])) BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_FLOAT64));
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT32);
}

/* Digits with commas between thousands. */
static brasa_string grouped(brasa_arena *arena, const char *digits, size_t n)
{
    brasa_text t;
    size_t     whole = 0, from = n > 0 && digits[0] == '-';

    brasa__text_init(&t, arena);
    while (from + whole < n && isdigit((unsigned char)digits[from + whole])) whole++;
    brasa__text_add_n(&t, digits, from);
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0) brasa__text_add_n(&t, ",", 1);
        brasa__text_add_n(&t, digits + from + i, 1);
    }
    brasa__text_add_n(&t, digits + from + whole, n - from - whole);
    return kept(&t);
}

static brasa_status format_number_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;
    brasa_type    from = call->args[0].type;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i], places = BRASA_ARG(call, 1, int32_t, r);
        brasa_value  v = brasa__column_value(&call->args[0], r, call->arena);
        char         buf[512];
        size_t       n;
        brasa_int128 d;
        if (places < 0) {
            brasa__call_set_null(call, r);
            continue;
        }
        if (places > 100) places = 100;
        bool         floating = from.kind == BRASA_KIND_FLOAT64 || from.kind == BRASA_KIND_FLOAT32;
        int32_t      scale = from.kind == BRASA_KIND_DECIMAL ? from.scale : 0;
        brasa_int128 exact = from.kind == BRASA_KIND_DECIMAL && from.precision > 18 ? v.u.d : v.u.i;
        if (!floating && places <= 38 && brasa__decimal_rescale(exact, scale, places, 38, &d))
            n = brasa__format_decimal(d, places, buf);
        else
            n = (size_t)snprintf(buf, sizeof buf, "%.*f", places, floating ? v.u.f : brasa__decimal_to_f64(exact, scale));
        out[r] = grouped(call->arena, buf, n < sizeof buf ? n : sizeof buf - 1);
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(format_string)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    return brasa__resolve_arg(&types[0], BRASA_KIND_STRING);
}

/* One conversion: its flags, width and precision are checked before the C library sees them. */
static bool format_one(brasa_text *t, const char *spec, size_t n, const brasa_value *v, brasa_arena *arena)
{
    char       fmt[40], buf[400];
    char       kind = spec[n - 1];
    brasa_text text;

    if (n > 30) return false;
    for (size_t i = 1; i + 1 < n; i++)
        if (strchr("-+ 0#.123456789", spec[i]) == NULL) return false;
    if (atoi(spec + strspn(spec, "%-+ 0#")) > 300) return false;
    memcpy(fmt, spec, n - 1);
    fmt[0] = '%';
    bool floating = v->type.kind == BRASA_KIND_FLOAT64 || v->type.kind == BRASA_KIND_FLOAT32, decimal = v->type.kind == BRASA_KIND_DECIMAL;
    bool integer = brasa__type_is_integer(v->type);
    if (strchr("dxXo", kind) && integer && !v->null) {
        snprintf(fmt + n - 1, sizeof fmt - n + 1, "ll%c", kind);
        snprintf(buf, sizeof buf, fmt, (long long)v->u.i);
    } else if (strchr("feEgG", kind) && (floating || decimal || integer) && !v->null) {
        snprintf(fmt + n - 1, sizeof fmt - n + 1, "%c", kind);
        snprintf(buf, sizeof buf, fmt,
                 floating ? v->u.f
                          : brasa__decimal_to_f64(decimal && v->type.precision > 18 ? v->u.d : v->u.i, decimal ? v->type.scale : 0));
    } else if (kind == 's' || kind == 'S' || v->null) {
        brasa__text_init(&text, arena);
        if (v->null)
            brasa__text_add(&text, "null");
        else
            brasa__value_text(v, &text);
        if (n == 2) {
            brasa__text_add_n(t, text.s, text.len);
            return true;
        }
        snprintf(fmt + n - 1, sizeof fmt - n + 1, "s");
        char *wide = brasa__arena_alloc(arena, text.len + 400);
        snprintf(wide, text.len + 400, fmt, text.s);
        brasa__text_add(t, wide);
        return true;
    } else {
        return false;
    }
    brasa__text_add(t, buf);
    return true;
}

static brasa_status format_string_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], next = 1;
        const brasa_string *s;
        brasa_text          t;
        bool                ok = true;
        if (!brasa_column_is_valid(&call->args[0], r)) {
            brasa__call_set_null(call, r);
            continue;
        }
        s = text_at(call, 0, r);
        const char *p = brasa_string_data(s), *end = p + s->len;
        brasa__text_init(&t, call->arena);
        while (p < end && ok) {
            const char *q = p + 1;
            if (*p != '%') {
                brasa__text_add_n(&t, p++, 1);
                continue;
            }
            int32_t which = next;
            bool    placed = false;
            for (const char *d = q; d < end && *d >= '0' && *d <= '9'; d++) {
                if (d + 1 < end && d[1] == '$') { /* %2$s: the second argument */
                    which = atoi(q);
                    p = d + 1; /* stands where the % would */
                    q = d + 2;
                    placed = true;
                    break;
                }
            }
            while (q < end && strchr("-+ 0#.123456789", *q) != NULL) q++;
            if (q >= end) {
                ok = false;
            } else if (*q == '%' || *q == 'n') {
                brasa__text_add(&t, *q == '%' ? "%" : "\n");
            } else if (which < 1 || which >= call->nargs) {
                ok = false;
            } else {
                brasa_value v = brasa__column_value(&call->args[which], r, call->arena);
                next += !placed;
                ok = format_one(&t, p, (size_t)(q - p) + 1, &v, call->arena);
            }
            p = q + 1;
        }
        if (!ok)
            BRASA_TRY(brasa__call_fail_row(call, r, err, "%s: the format '%.*s' does not fit its arguments", call->expr->name,
                                           (int)(s->len < 100 ? s->len : 100), brasa_string_data(s)));
        else
            out[r] = kept(&t);
    }
    return BRASA_OK;
}

#define TEXT(id, least, most, flag, res, fn, text)                                                                               \
    {                                                                                                                            \
        .name = id, .min_args = least, .max_args = most, .flags = flag, .doc = text, .resolve = brasa__resolve_##res, .eval = fn \
    }

static const brasa_function table[] = {
    TEXT("concat_ws", 1, -1, BRASA_FN_NULLS, concat_ws, concat_ws_eval,
         "concat_ws(separator, a, b, ...): joined, without nulls; lists are joined too"),
    TEXT("substring_index", 3, 3, 0, strings_int, substring_index_eval,
         "substring_index(text, delimiter, n): before the nth delimiter; negative: after the nth from the end"),
    TEXT("overlay", 3, 4, 0, overlay, overlay_eval, "OVERLAY(text PLACING with FROM n [FOR length])"),
    TEXT("translate", 3, 3, 0, strings_to_string, translate_eval, "translate(text, from, to): character by character"),
    TEXT("ascii", 1, 1, 0, strings_to_int, ascii_eval, "ascii(text): code of its first character"),
    TEXT("chr", 1, 1, 0, bigint_to_string, chr_eval, "chr(n): the character of a code (modulo 256)"),
    TEXT("char", 1, 1, 0, bigint_to_string, chr_eval, "char(n): chr"),
    TEXT("space", 1, 1, BRASA_FN_CAN_FAIL, int_to_string, space_eval, "space(n): n blanks"),
    TEXT("levenshtein", 2, 3, BRASA_FN_CAN_FAIL, levenshtein, levenshtein_eval,
         "levenshtein(a, b [, most]): edits between them; -1 where there are more than `most`"),
    TEXT("soundex", 1, 1, 0, strings_to_string, soundex_eval, "soundex(text): how it sounds in English"),
    TEXT("base64", 1, 1, 0, bytes_to_string, base64_eval, "base64(bytes)"),
    TEXT("unbase64", 1, 1, BRASA_FN_CAN_FAIL, string_to_bytes, unbase64_eval, "unbase64(text): BINARY"),
    TEXT("format_number", 2, 2, BRASA_FN_NULLABLE, format_number, format_number_eval,
         "format_number(x, places): with commas between thousands"),
    TEXT("format_string", 1, -1, BRASA_FN_NULLS | BRASA_FN_CAN_FAIL, format_string, format_string_eval,
         "format_string(format, a, ...): %s %d %x %f %e, with widths"),
    TEXT("printf", 1, -1, BRASA_FN_NULLS | BRASA_FN_CAN_FAIL, format_string, format_string_eval, "printf(format, a, ...): format_string"),
};

BRASA_FUNCTION_GROUP(string_more, "Text", table);
