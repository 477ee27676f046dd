/* func_to_char.c -- to_char and to_number: numbers by Spark's format strings.
 *
 * A format is: an optional sign (S or MI), an optional $, digits (9 and 0) with separators (, or G), an optional point (. or D) with more digits, and at the end
 * an optional sign or PR (angle brackets around negative numbers).  Each run of digits between separators that begins with 0 is as long as it is, one with 9 at
 * most.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "expr/date_format.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "kernel/decimal.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

typedef enum sign_kind { SIGN_NONE, SIGN_S, SIGN_MI, SIGN_PR } sign_kind;

enum { MOST = 100 };

typedef struct format {
    sign_kind first, last;
    bool      dollar, dollar_first; /* $ stands before the sign */
    char      whole[MOST];          /* '9', '0' and ',' */
    int32_t   nwhole, digits, places;
    bool      point;
    bool      exact; /* of the run after the point: nothing to say, it is padded */
} format;

static bool take_word(const char **p, const char *end, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(end - *p) < n || strncasecmp(*p, word, n) != 0) return false;
    *p += n;
    return true;
}

static brasa_status bad_format(const brasa_value *v, const char *why, brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID, "'%.*s' is not a format of numbers: %s", (int)(v->u.s.n < 80 ? v->u.s.n : 80), v->u.s.p, why);
}

static sign_kind take_sign(const char **p, const char *end)
{
    if (take_word(p, end, "MI")) return SIGN_MI;
    return take_word(p, end, "S") ? SIGN_S : SIGN_NONE;
}

static brasa_status read_format(const brasa_value *v, format *f, brasa_error *err)
{
    const char *p = v->u.s.p, *end = p + v->u.s.n;

    *f = (format) {0};
    if (p == end) return bad_format(v, "it is empty", err);
    f->first = take_sign(&p, end);
    f->dollar = take_word(&p, end, "$");
    if (f->dollar && f->first == SIGN_NONE) {
        f->first = take_sign(&p, end);
        f->dollar_first = f->first != SIGN_NONE;
    }
    for (; p < end && (*p == '9' || *p == '0' || *p == ',' || *p == 'G' || *p == 'g'); p++) {
        if (f->nwhole >= MOST - 1) return bad_format(v, "it is too long", err);
        bool digit = *p == '9' || *p == '0';
        if (!digit && (f->nwhole == 0 || f->whole[f->nwhole - 1] == ',')) return bad_format(v, "a separator stands between digits", err);
        f->whole[f->nwhole++] = digit ? *p : ',';
        f->digits += digit;
    }
    if (f->nwhole > 0 && f->whole[f->nwhole - 1] == ',') return bad_format(v, "a separator stands between digits", err);
    if (p < end && (*p == '.' || *p == 'D' || *p == 'd')) {
        f->point = true;
        for (p++; p < end && (*p == '9' || *p == '0'); p++) f->places++;
    }
    if (f->digits + f->places == 0) return bad_format(v, "it has no digit", err);
    if (f->digits + f->places > 38) return bad_format(v, "it has more than 38 digits", err);
    if (take_word(&p, end, "PR"))
        f->last = SIGN_PR;
    else
        f->last = take_sign(&p, end);
    if (f->first != SIGN_NONE && f->last != SIGN_NONE) return bad_format(v, "it has two signs", err);
    return p == end ? BRASA_OK : bad_format(v, "it is [S | MI] [$] digits [. digits] [S | MI | PR]", err);
}

static brasa_status literal_format(const brasa_expr *e, format *f, brasa_error *err)
{
    if (e->kind != BRASA_EXPR_LITERAL || e->type.kind != BRASA_KIND_STRING)
        return brasa__fail(err, BRASA_TYPE, "the format of to_number is a literal");
    if (e->value.null) return *f = (format) {.digits = 1}, BRASA_OK;
    return read_format(&e->value, f, err);
}

/* ---- to_number ---- */

static brasa_status bind_to_number(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    format f;

    (void)arena;
    for (int i = 0; i < 2; i++)
        if (brasa__resolve_arg(&types[i], BRASA_KIND_STRING) != BRASA_OK)
            return brasa__fail(err, BRASA_TYPE, "%s takes text and a format", call->name);
    BRASA_TRY(literal_format(call->args[1], &f, err));
    call->type = brasa__type_decimal(f.digits + f.places, f.places);
    return BRASA_OK;
}

/* What is read. */
typedef struct reading {
    const char  *p, *end;
    brasa_int128 v;
    int32_t      digits; /* read in this run */
    bool         negative;
} reading;

static void skip_blanks(reading *r)
{
    while (r->p < r->end && isspace((unsigned char)*r->p)) r->p++;
}

static bool read_sign(reading *r, sign_kind k)
{
    skip_blanks(r);
    if (r->p < r->end && *r->p == '-') {
        r->negative = true;
        r->p++;
    } else if (k == SIGN_S && r->p < r->end && *r->p == '+') {
        r->p++;
    }
    skip_blanks(r);
    return true;
}

static int32_t run_length(const format *f, int32_t from)
{
    int32_t n = 0;

    while (from + n < f->nwhole && f->whole[from + n] != ',') n++;
    return n;
}

/* Groups of digits: those that the number is too small for are left out with their separators. */
static bool read_whole(reading *r, const format *f)
{
    int32_t     groups = f->nwhole > 0, have = 0;
    const char *q = r->p;

    for (int32_t i = 0; i < f->nwhole; i++) groups += f->whole[i] == ',';
    for (; q < r->end && (isdigit((unsigned char)*q) || *q == ','); q++) have += *q == ',';
    if (q > r->p) have++;
    if (have > groups || (q > r->p && q[-1] == ',')) return false;
    int32_t at = 0;
    for (int32_t skip = groups - have; skip > 0; skip--) {
        if (f->whole[at] == '0') return false;
        at += run_length(f, at) + 1;
    }
    for (int32_t g = 0; g < have; g++) {
        int32_t want = run_length(f, at), got = 0;
        if (g > 0 && *r->p++ != ',') return false;
        for (; r->p < r->end && isdigit((unsigned char)*r->p); got++) r->v = r->v * 10 + (*r->p++ - '0');
        bool whole = f->whole[at] == '0' || g > 0;
        if (got > want || (whole && got < want) || got == 0) return false;
        at += want + 1;
    }
    return true;
}

static bool read_places(reading *r, const format *f)
{
    int32_t got = 0;

    if (f->point && r->p < r->end && *r->p == '.') {
        for (r->p++; r->p < r->end && isdigit((unsigned char)*r->p); got++) r->v = r->v * 10 + (*r->p++ - '0');
        if (got > f->places) return false;
    }
    if (got < f->places) r->v *= brasa__pow10(f->places - got);
    return true;
}

static bool read_number(const brasa_value *text, const format *f, brasa_int128 *out)
{
    reading r = {.p = text->u.s.p, .end = text->u.s.p + text->u.s.n};
    bool    bracket = false;

    while (r.end > r.p && isspace((unsigned char)r.end[-1])) r.end--;
    skip_blanks(&r);
    if (f->last == SIGN_PR && r.p < r.end && *r.p == '<') {
        bracket = r.negative = true;
        r.p++;
    }
    if (f->dollar_first && !(r.p < r.end && *r.p++ == '$')) return false;
    if (f->first != SIGN_NONE && !read_sign(&r, f->first)) return false;
    if (f->dollar && !f->dollar_first && !(r.p < r.end && *r.p++ == '$')) return false;
    const char *from = r.p;
    if (!read_whole(&r, f) || !read_places(&r, f) || r.p == from) return false;
    if (bracket && !(r.p < r.end && *r.p++ == '>')) return false;
    if (f->last == SIGN_S || f->last == SIGN_MI) (void)read_sign(&r, f->last);
    *out = r.negative ? -r.v : r.v;
    return r.p == r.end;
}

ROW(to_number_row)
{
    format       f;
    brasa_int128 v;

    BRASA_TRY(read_format(&args[1], &f, err));
    if (!read_number(&args[0], &f, &v))
        return brasa__fail(err, BRASA_ARITHMETIC, "'%.*s' is not of the format '%.*s'; try_to_number gives null instead",
                           (int)(args[0].u.s.n < 80 ? args[0].u.s.n : 80), args[0].u.s.p, (int)args[1].u.s.n, args[1].u.s.p);
    out->null = false;
    if (call->expr->type.precision > 18)
        out->u.d = v;
    else
        out->u.i = (int64_t)v;
    return BRASA_OK;
}

/* ---- to_char ---- */

static BRASA_RESOLVE(to_char)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    BRASA_TRY(brasa__resolve_arg(&types[1], BRASA_KIND_STRING));
    switch ((int)types[0].kind) {
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_DATE: types[0] = brasa__type(BRASA_KIND_TIMESTAMP); return BRASA_OK;
    case BRASA_KIND_TIMESTAMP:
    case BRASA_KIND_TIME:
    case BRASA_KIND_BINARY:
    case BRASA_KIND_DECIMAL: return BRASA_OK;
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64: types[0] = brasa__type_decimal(20, 0); return BRASA_OK;
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
    case BRASA_KIND_STRING:
    case BRASA_KIND_NULL: types[0] = brasa__type_decimal(38, 18); return BRASA_OK;
    default: return BRASA_TYPE;
    }
}

/* A sign or currency goes before the blanks' last one would leave a gap: Spark puts it in place of the last blank and a blank in front. */
static void put_close(char *s, int32_t *n, char c)
{
    int32_t blanks = 0;

    while (blanks < *n && s[blanks] == ' ') blanks++;
    s[(*n)++] = c;
    if (blanks == *n - 1 && blanks > 0) {
        s[blanks - 1] = ' ';
        s[*n - 1] = c;
    }
}

static void put_sign(char *s, int32_t *n, sign_kind k, bool negative)
{
    if (k == SIGN_S) put_close(s, n, negative ? '-' : '+');
    if (k == SIGN_MI) put_close(s, n, negative ? '-' : ' ');
}

static char *put_whole(const format *f, const char *digits, int32_t have, char *out, int32_t *n, bool *fits)
{
    int32_t left = f->digits;
    bool    zeros = false;

    for (int32_t i = 0; i < f->nwhole; i++) {
        if (f->whole[i] == ',') {
            bool digit = *n > 0 && isdigit((unsigned char)out[*n - 1]);
            out[(*n)++] = digit ? ',' : ' ';
            zeros = false;
            continue;
        }
        if (i == 0 || f->whole[i - 1] == ',') zeros = f->whole[i] == '0';
        if (left <= have)
            out[(*n)++] = digits[have - left];
        else
            out[(*n)++] = zeros ? '0' : ' ';
        left--;
    }
    *fits = have <= f->digits;
    return out;
}

static void format_number(const format *f, brasa_int128 v, int32_t scale, brasa_arena *arena, brasa_value *out)
{
    bool        negative = v < 0, fits;
    char        text[80], *s = brasa__arena_alloc(arena, 3 * MOST);
    size_t      len = brasa__format_decimal(negative ? -v : v, scale, text);
    char       *point = memchr(text, '.', len);
    int32_t     whole = (int32_t)(point ? point - text : (ptrdiff_t)len), after = point ? (int32_t)len - whole - 1 : 0, n = 0;
    const char *w = text;

    while (whole > 0 && *w == '0') w++, whole--;
    while (after > 0 && point[after] == '0') after--;
    if (f->dollar_first) s[n++] = '$';
    int32_t head = n;
    if (f->first != SIGN_NONE) put_sign(s, &n, f->first, negative);
    if (f->dollar && !f->dollar_first) s[n++] = '$';
    head = n;
    put_whole(f, w, whole, s, &n, &fits);
    if (f->point) {
        if (n > head && s[n - 1] == ' ') s[n - 1] = '0';
        s[n++] = '.';
        for (int32_t i = 0; i < f->places; i++) s[n++] = i < after ? point[1 + i] : '0';
    }
    fits = fits && after <= f->places;
    /* the sign and the currency stand beside the digits */
    int32_t blanks = 0;
    while (head + blanks < n && s[head + blanks] == ' ') blanks++;
    if (blanks > 0 && head > 0 && head + blanks < n && !f->dollar) {
        memmove(s + blanks, s, (size_t)head);
        memset(s, ' ', (size_t)blanks);
        head += blanks;
    }
    if (f->last == SIGN_PR && negative) {
        int32_t lead = 0;
        while (lead < n && s[lead] == ' ') lead++;
        memmove(s + lead + 1, s + lead, (size_t)(n - lead));
        s[lead] = '<';
        n++;
        s[n++] = '>';
    } else if (f->last == SIGN_PR) {
        s[n++] = ' ';
        s[n++] = ' ';
    } else {
        put_sign(s, &n, f->last, negative);
    }
    for (int32_t i = 0; i < n && !fits; i++)
        if (isdigit((unsigned char)s[i]) || s[i] == ' ') s[i] = '#';
    brasa__out_bytes(out, s, (size_t)n);
}

static brasa_status bytes_to_char(const brasa_value *v, const brasa_value *format_text, brasa_arena *arena, brasa_value *out,
                                  brasa_error *err)
{
    static const char codes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    brasa_text        t;

    brasa__text_init(&t, arena);
    if (brasa__value_is_word(format_text, "utf-8")) return brasa__out_bytes(out, v->u.s.p, v->u.s.n), BRASA_OK;
    if (brasa__value_is_word(format_text, "hex")) {
        for (size_t i = 0; i < v->u.s.n; i++) brasa__text_addf(&t, "%02X", (unsigned char)v->u.s.p[i]);
    } else if (brasa__value_is_word(format_text, "base64")) {
        for (size_t i = 0; i < v->u.s.n; i += 3) {
            size_t   left = v->u.s.n - i;
            uint32_t b = (uint32_t)(unsigned char)v->u.s.p[i] << 16 | (left > 1 ? (uint32_t)(unsigned char)v->u.s.p[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned char)v->u.s.p[i + 2] : 0);
            char four[4] = {codes[b >> 18], codes[b >> 12 & 63], left > 1 ? codes[b >> 6 & 63] : '=', left > 2 ? codes[b & 63] : '='};
            brasa__text_add_n(&t, four, 4);
        }
    } else {
        return brasa__fail(err, BRASA_INVALID, "to_char: bytes have the formats 'hex', 'base64' and 'utf-8'");
    }
    brasa__out_text(out, &t);
    return BRASA_OK;
}

ROW(to_char_row)
{
    format     f;
    brasa_text t;

    if (args[0].type.kind == BRASA_KIND_TIMESTAMP) {
        brasa__text_init(&t, call->arena);
        BRASA_TRY(brasa__date_format(args[0].u.i, args[1].u.s.p, args[1].u.s.n, &t, err));
        brasa__out_text(out, &t);
        return BRASA_OK;
    }
    if (args[0].type.kind == BRASA_KIND_TIME) {
        brasa_date_pattern p;

        BRASA_TRY(brasa__date_pattern(call->arena, args[1].u.s.p, args[1].u.s.n, false, &p, err));
        brasa__text_init(&t, call->arena);
        brasa__date_put(&p, args[0].u.i, 0, NULL, &t);
        brasa__out_text(out, &t);
        return BRASA_OK;
    }
    if (args[0].type.kind == BRASA_KIND_BINARY) return bytes_to_char(&args[0], &args[1], call->arena, out, err);
    BRASA_TRY(read_format(&args[1], &f, err));
    format_number(&f, args[0].type.precision > 18 ? args[0].u.d : args[0].u.i, args[0].type.scale, call->arena, out);
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "to_number",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "to_number(text, format): DECIMAL; the format has 9 and 0 for digits, . or D, ',' or G, $, S, MI, PR",
     .eval = brasa__row_eval,
     .bind = bind_to_number,
     .row = to_number_row},
    {.name = "try_to_number",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_TRY,
     .doc = "try_to_number(text, format): to_number, null where the text is not of the format",
     .eval = brasa__row_eval,
     .bind = bind_to_number,
     .row = to_number_row},
    {.name = "to_char",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "to_char(x, format): a number by a format as to_number has it, a moment as date_format, bytes as 'hex', 'base64' or 'utf-8'",
     .resolve = brasa__resolve_to_char,
     .eval = brasa__row_eval,
     .row = to_char_row},
    {.name = "to_varchar",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "to_varchar(x, format): to_char",
     .resolve = brasa__resolve_to_char,
     .eval = brasa__row_eval,
     .row = to_char_row},
};

BRASA_FUNCTION_GROUP(to_char, "Numbers by format", table);
