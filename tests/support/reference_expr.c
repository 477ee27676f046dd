/* reference_expr.c -- see reference_expr.h. */
#include "support/reference_expr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/value.h"

typedef brasa_int128 i128;

typedef struct ref {
    brasa_arena       *arena;
    const brasa_value *row;
    bool               unknown;
} ref;

static bool eval(ref *x, const brasa_expr *e, brasa_value *out);

brasa_value *reference_row(brasa_arena *arena, const brasa_batch *in, int32_t r)
{
    brasa_value *row = BRASA_NEWS(arena, brasa_value, in->ncols > 0 ? in->ncols : 1);

    for (int32_t i = 0; i < in->ncols; i++) row[i] = brasa__column_value(&in->cols[i], r, arena);
    return row;
}

reference_result reference_expr(brasa_arena *arena, const brasa_expr *e, const brasa_value *row, brasa_value *out)
{
    ref  x = {arena, row, false};
    bool ok = eval(&x, e, out);

    return x.unknown ? REFERENCE_UNKNOWN : ok ? REFERENCE_OK : REFERENCE_FAILS;
}

static void set_null(brasa_value *out, brasa_type t)
{
    memset(out, 0, sizeof *out);
    out->type = t;
    out->null = true;
}

static void set_bool(brasa_value *out, bool b)
{
    memset(out, 0, sizeof *out);
    out->type = brasa__type(BRASA_KIND_BOOL);
    out->u.b = b;
}

static bool is_float(brasa_type t)
{
    return t.kind == BRASA_KIND_FLOAT32 || t.kind == BRASA_KIND_FLOAT64;
}

static i128 whole(const brasa_value *v)
{
    if (v->type.kind == BRASA_KIND_BOOL) return v->u.b;
    return v->type.kind == BRASA_KIND_DECIMAL && v->type.precision > 18 ? v->u.d : v->u.i;
}

static i128 ten(int n)
{
    i128 r = 1;

    while (n-- > 0) r *= 10;
    return r;
}

static bool set_whole(brasa_value *out, brasa_type t, i128 v)
{
    static const int bits[] = {[BRASA_KIND_INT8] = 7, [BRASA_KIND_INT16] = 15, [BRASA_KIND_INT32] = 31, [BRASA_KIND_INT64] = 63};

    memset(out, 0, sizeof *out);
    out->type = t;
    if (t.kind == BRASA_KIND_DECIMAL) {
        if (v >= ten(t.precision) || v <= -ten(t.precision)) return false;
        if (t.precision > 18)
            out->u.d = v;
        else
            out->u.i = (int64_t)v;
        return true;
    }
    out->u.i = (int64_t)v;
    return v < (i128)1 << bits[t.kind] && v >= -((i128)1 << bits[t.kind]);
}

/* n / d, half away from zero; d > 0 */
static i128 divide(i128 n, i128 d)
{
    i128 q = n / d, r = n % d;

    if (r < 0) r = -r;
    if (r < d - r) return q;
    return n < 0 ? q - 1 : q + 1;
}

static i128 times(ref *x, i128 a, i128 b)
{
    i128 most = ten(38), size_a = a < 0 ? -a : a, size_b = b < 0 ? -b : b;

    if (size_b != 0 && size_a > most / size_b) {
        x->unknown = true;
        return 0;
    }
    return a * b;
}

static int scale_of(brasa_type t)
{
    return t.kind == BRASA_KIND_DECIMAL ? t.scale : 0;
}

static i128 at_scale(ref *x, i128 v, int from, int to)
{
    if (to - from > 38 || from - to > 38) return x->unknown = true, 0;
    return to >= from ? times(x, v, ten(to - from)) : divide(v, ten(from - to));
}

/* ---- operators ---- */

static bool arith_whole(ref *c, char op, const brasa_value *a, const brasa_value *b, brasa_type t, brasa_value *out)
{
    int  sa = scale_of(a->type), sb = scale_of(b->type), st = scale_of(t), s = sa > sb ? sa : sb;
    i128 x = whole(a), y = whole(b);

    switch (op) {
    case '+': return set_whole(out, t, at_scale(c, at_scale(c, x, sa, s) + at_scale(c, y, sb, s), s, st));
    case '-': return set_whole(out, t, at_scale(c, at_scale(c, x, sa, s) - at_scale(c, y, sb, s), s, st));
    case '*': return set_whole(out, t, at_scale(c, times(c, x, y), sa + sb, st));
    case '%':
        if (y == 0 || at_scale(c, y, sb, s) == 0) return false;
        return set_whole(out, t, at_scale(c, at_scale(c, x, sa, s) % at_scale(c, y, sb, s), s, st));
    case 'd':
        if (y == 0 || at_scale(c, y, sb, s) == 0) return false;
        return set_whole(out, t, at_scale(c, x, sa, s) / at_scale(c, y, sb, s));
    case '/': {
        if (y == 0) return false;
        int up = st - sa + sb;
        if (up > 38 || up < -38) return c->unknown = true, false;
        if (y < 0) x = -x, y = -y;
        return set_whole(out, t,
                         up >= 0 ? divide(times(c, x, ten(up)), y)
                                 : (c->unknown |= times(c, y, ten(-up)) == 0, c->unknown ? 0 : divide(x, times(c, y, ten(-up)))));
    }
    default: abort();
    }
}

static bool arith(ref *x, const brasa_expr *e, char op, brasa_value *out)
{
    brasa_value a, b;

    if (!eval(x, e->args[0], &a) || !eval(x, e->args[1], &b)) return false;
    if (a.null || b.null) return set_null(out, e->type), true;
    if (!is_float(a.type)) return arith_whole(x, op, &a, &b, e->type, out);
    memset(out, 0, sizeof *out);
    out->type = e->type;
    if ((op == '/' || op == '%' || op == 'd') && b.u.f == 0) return false;
    if (op == 'd') return fabs(a.u.f / b.u.f) < 1e19 && set_whole(out, e->type, (i128)(a.u.f / b.u.f));
    double v = op == '+'   ? a.u.f + b.u.f
               : op == '-' ? a.u.f - b.u.f
               : op == '*' ? a.u.f * b.u.f
               : op == '/' ? a.u.f / b.u.f
                           : fmod(a.u.f, b.u.f);
    out->u.f = e->type.kind == BRASA_KIND_FLOAT32 ? (double)(float)v : v;
    return true;
}

static bool compare(ref *x, const brasa_expr *e, brasa_value *out)
{
    brasa_value a, b;
    const char *n = e->name;

    if (!eval(x, e->args[0], &a) || !eval(x, e->args[1], &b)) return false;
    if (strcmp(n, "<=>") == 0) return set_bool(out, a.null || b.null ? a.null && b.null : brasa__value_compare(&a, &b) == 0), true;
    if (a.null || b.null) return set_null(out, e->type), true;
    b.type = a.type.kind == BRASA_KIND_DECIMAL ? a.type : b.type; /* one scale, one width */
    int  c = brasa__value_compare(&a, &b);
    bool v = !strcmp(n, "=")    ? c == 0
             : !strcmp(n, "<>") ? c != 0
             : !strcmp(n, "<")  ? c < 0
             : !strcmp(n, "<=") ? c <= 0
             : !strcmp(n, ">")  ? c > 0
                                : c >= 0;
    return set_bool(out, v), true;
}

static bool logic(ref *x, const brasa_expr *e, bool is_or, brasa_value *out)
{
    bool any_null = false;

    for (int32_t i = 0; i < e->nargs; i++) {
        brasa_value v;
        if (!eval(x, e->args[i], &v)) return false;
        if (!v.null && v.u.b == is_or) return set_bool(out, is_or), true;
        any_null |= v.null;
    }
    set_bool(out, !is_or);
    if (any_null) set_null(out, e->type);
    return true;
}

/* ---- text ---- */

static bool like(const char *s, size_t n, const char *p, size_t m)
{
    if (m == 0) return n == 0;
    if (p[0] == '%') {
        for (size_t i = 0; i <= n; i++)
            if (like(s + i, n - i, p + 1, m - 1)) return true;
        return false;
    }
    if (n == 0) return false;
    if (p[0] == '_') {
        size_t k = 1;
        while (k < n && ((unsigned char)s[k] & 0xC0) == 0x80) k++;
        return like(s + k, n - k, p + 1, m - 1);
    }
    size_t k = p[0] == '\\' && m > 1;
    return s[0] == p[k] && like(s + 1, n - 1, p + k + 1, m - k - 1);
}

static void set_text(brasa_value *out, const char *p, size_t n)
{
    memset(out, 0, sizeof *out);
    out->type = brasa__type(BRASA_KIND_STRING);
    out->u.s.p = p;
    out->u.s.n = n;
}

static bool text_call(ref *x, const brasa_expr *e, brasa_value *out)
{
    brasa_value a[4];

    for (int32_t i = 0; i < e->nargs; i++) {
        if (!eval(x, e->args[i], &a[i])) return false;
    }
    for (int32_t i = 0; i < e->nargs; i++)
        if (a[i].null) return set_null(out, e->type), true;
    if (strcmp(e->name, "like") == 0) return set_bool(out, like(a[0].u.s.p, a[0].u.s.n, a[1].u.s.p, a[1].u.s.n)), true;
    if (strcmp(e->name, "length") == 0) {
        int64_t chars = 0;
        for (size_t i = 0; i < a[0].u.s.n; i++) chars += ((unsigned char)a[0].u.s.p[i] & 0xC0) != 0x80;
        return set_whole(out, e->type, chars);
    }
    if (strcmp(e->name, "||") == 0) {
        char *p = brasa__arena_alloc(x->arena, a[0].u.s.n + a[1].u.s.n + 1);
        memcpy(p, a[0].u.s.p, a[0].u.s.n);
        memcpy(p + a[0].u.s.n, a[1].u.s.p, a[1].u.s.n);
        return set_text(out, p, a[0].u.s.n + a[1].u.s.n), true;
    }
    abort();
}

/* ---- casts ---- */

static bool cast(ref *x, const brasa_expr *e, brasa_value *out)
{
    brasa_value v;
    brasa_type  t = e->type;
    brasa_text  text;

    if (!eval(x, e->args[0], &v)) return false;
    if (v.null) return set_null(out, t), true;
    bool ok = true;
    if (t.kind == BRASA_KIND_STRING) {
        brasa__text_init(&text, x->arena);
        brasa__value_text(&v, &text);
        set_text(out, text.s, text.len);
    } else if (v.type.kind == BRASA_KIND_STRING) {
        const char *p = v.u.s.p;
        size_t      n = v.u.s.n;
        while (n > 0 && (unsigned char)*p <= ' ') p++, n--;
        while (n > 0 && (unsigned char)p[n - 1] <= ' ') n--;
        ok = brasa__value_parse(x->arena, p, n, t, out, NULL) == BRASA_OK;
    } else if (is_float(t)) {
        memset(out, 0, sizeof *out);
        out->type = t;
        out->u.f = is_float(v.type)                 ? v.u.f
                   : v.type.kind == BRASA_KIND_BOOL ? (double)v.u.b
                                                    : (double)((long double)whole(&v) / (long double)ten(scale_of(v.type)));
        if (t.kind == BRASA_KIND_FLOAT32) out->u.f = (double)(float)out->u.f;
    } else if (is_float(v.type)) {
        ok = fabs(v.u.f) < 1e19 && set_whole(out, t, (i128)v.u.f);
        if (t.kind == BRASA_KIND_BOOL) ok = true, set_bool(out, v.u.f != 0);
    } else if (t.kind == BRASA_KIND_BOOL) {
        set_bool(out, whole(&v) != 0);
    } else if (t.kind == BRASA_KIND_DECIMAL) {
        ok = set_whole(out, t, at_scale(x, whole(&v), scale_of(v.type), t.scale));
    } else {
        ok = set_whole(out, t, whole(&v) / ten(scale_of(v.type)));
    }
    if (!ok && e->try_cast) return set_null(out, t), true;
    return ok;
}

/* ---- the switch ---- */

static bool case_when(ref *x, const brasa_expr *e, brasa_value *out)
{
    for (int32_t i = 0; i + 1 < e->nargs; i += 2) {
        brasa_value when;
        if (!eval(x, e->args[i], &when)) return false;
        if (!when.null && when.u.b) return eval(x, e->args[i + 1], out);
    }
    return eval(x, e->args[e->nargs - 1], out);
}

static bool in_list(ref *x, const brasa_expr *e, brasa_value *out)
{
    brasa_value a, b;
    bool        any_null = false;

    if (!eval(x, e->args[0], &a)) return false;
    if (a.null) return set_null(out, e->type), true;
    for (int32_t i = 1; i < e->nargs; i++) {
        if (!eval(x, e->args[i], &b)) return false;
        if (!b.null && brasa__value_compare(&a, &b) == 0) return set_bool(out, !e->negated), true;
        any_null |= b.null;
    }
    set_bool(out, e->negated);
    if (any_null) set_null(out, e->type);
    return true;
}

static bool call(ref *x, const brasa_expr *e, brasa_value *out)
{
    const char *n = e->name;

    if (strcmp(n, "and") == 0 || strcmp(n, "or") == 0) return logic(x, e, n[0] == 'o', out);
    if (strchr("=<>", n[0])) return compare(x, e, out);
    if (strcmp(n, "div") == 0) return arith(x, e, 'd', out);
    if (n[1] == '\0' && strchr("+-*/%", n[0])) return arith(x, e, n[0], out);
    if (strcmp(n, "coalesce") == 0) {
        for (int32_t i = 0; i < e->nargs; i++) {
            if (!eval(x, e->args[i], out)) return false;
            if (!out->null) return true;
        }
        return set_null(out, e->type), true;
    }
    if (strcmp(n, "not") == 0 || strncmp(n, "is", 2) == 0) {
        brasa_value v;
        if (!eval(x, e->args[0], &v)) return false;
        if (strcmp(n, "isnull") == 0) return set_bool(out, v.null), true;
        if (strcmp(n, "isnotnull") == 0) return set_bool(out, !v.null), true;
        if (v.null) return set_null(out, e->type), true;
        return set_bool(out, !v.u.b), true;
    }
    return text_call(x, e, out);
}

static bool eval(ref *x, const brasa_expr *e, brasa_value *out)
{
    switch ((int)e->kind) {
    case BRASA_EXPR_REF: *out = x->row[e->index]; return true;
    case BRASA_EXPR_LITERAL: *out = e->value; return true;
    case BRASA_EXPR_CALL: return call(x, e, out);
    case BRASA_EXPR_CAST: return cast(x, e, out);
    case BRASA_EXPR_CASE: return case_when(x, e, out);
    case BRASA_EXPR_IN: return in_list(x, e, out);
    default: abort();
    }
}
