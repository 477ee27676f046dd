/* func_string.c -- text: case, trimming, padding, pieces.  Positions count characters from 1, as in SQL; text is UTF-8. */
#include <string.h>
#include <utf8proc.h>

#include "data/string.h"
#include "data/value.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/resolve.h"
#include "kernel/find.h"

/* ---- helpers ---- */

int32_t brasa__utf8_count(const char *s, size_t n)
{
    int32_t chars = 0;

    for (size_t i = 0; i < n; i++) chars += ((unsigned char)s[i] & 0xC0) != 0x80;
    return chars;
}

size_t brasa__utf8_offset(const char *s, size_t n, int64_t chars)
{
    size_t i = 0;

    /* eight plain characters at a time */
    for (uint64_t w; i + 8 <= n && chars >= 8; i += 8, chars -= 8) {
        memcpy(&w, s + i, 8);
        if (w & 0x8080808080808080u) break;
    }
    while (i < n && chars > 0) {
        i++;
        while (i < n && ((unsigned char)s[i] & 0xC0) == 0x80) i++;
        chars--;
    }
    return i;
}

static brasa_status too_long(brasa_call *call, int32_t r, brasa_error *err)
{
    return brasa__call_fail_row(call, r, err, "%s would make a text of more than 1 GB", call->expr->name);
}

/* ---- case ---- */

static brasa_status change_case(brasa_call *call, brasa_letter_case how)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++)
        out[call->rows[i]] = brasa__text_cased(call->arena, &BRASA_ARG(call, 0, brasa_string, call->rows[i]), how);
    return BRASA_OK;
}

static brasa_status upper_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    return change_case(call, BRASA_CASE_UPPER);
}

static brasa_status lower_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    return change_case(call, BRASA_CASE_LOWER);
}

static brasa_status initcap_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    return change_case(call, BRASA_CASE_TITLE);
}

/* ---- length ---- */

static BRASA_RESOLVE(length)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_INT32);
    return types[0].kind == BRASA_KIND_BINARY ? BRASA_OK : brasa__resolve_arg(&types[0], BRASA_KIND_STRING);
}

static brasa_status length_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;
    bool     bytes = call->args[0].type.kind == BRASA_KIND_BINARY;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        out[r] = bytes ? (int32_t)s->len : brasa__utf8_count(brasa_string_data(s), s->len);
    }
    return BRASA_OK;
}

static brasa_status octet_length_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;
    int32_t  times = strcmp(call->expr->name, "bit_length") == 0 ? 8 : 1;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) out[call->rows[i]] = times * (int32_t)BRASA_ARG(call, 0, brasa_string, call->rows[i]).len;
    return BRASA_OK;
}

/* ---- trimming ---- */

static bool in_set(const char *s, size_t k, const char *set, size_t nset)
{
    for (size_t i = 0; i < nset;) {
        size_t w = brasa__utf8_offset(set + i, nset - i, 1);
        if (w == k && memcmp(set + i, s, k) == 0) return true;
        i += w;
    }
    return false;
}

static size_t last_char(const char *s, size_t n)
{
    size_t k = 1;

    while (k < n && ((unsigned char)s[n - k] & 0xC0) == 0x80) k++;
    return k;
}

static brasa_status trim_ends(brasa_call *call, bool left, bool right)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r), *set = call->nargs > 1 ? &BRASA_ARG(call, 1, brasa_string, r) : NULL;
        const char         *p = brasa_string_data(s), *chars = set ? brasa_string_data(set) : " ";
        size_t              n = s->len, nchars = set ? set->len : 1;
        while (left && n > 0) {
            size_t k = brasa__utf8_offset(p, n, 1);
            if (!in_set(p, k, chars, nchars)) break;
            p += k;
            n -= k;
        }
        while (right && n > 0) {
            size_t k = last_char(p, n);
            if (!in_set(p + n - k, k, chars, nchars)) break;
            n -= k;
        }
        out[r] = brasa__string(p, n);
    }
    return BRASA_OK;
}

static brasa_status btrim_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    return trim_ends(call, true, true);
}

static brasa_status ltrim_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    return trim_ends(call, true, false);
}

static brasa_status rtrim_eval(brasa_call *call, brasa_error *err)
{
    (void)err;
    return trim_ends(call, false, true);
}

/* ---- pieces ---- */

/* Characters [from, to) of s, from 0. */
static brasa_string piece(const brasa_string *s, int64_t from, int64_t to)
{
    const char *p = brasa_string_data(s);

    if (from < 0) from = 0;
    if (to <= from) return brasa__string("", 0);
    size_t a = brasa__utf8_offset(p, s->len, from);
    size_t b = a + brasa__utf8_offset(p + a, s->len - a, to - from);
    return brasa__string(p + a, b - a);
}

/* From 1; 0 is as 1; negative counts from the end, as in Spark. */
static brasa_status substring_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        int64_t             from = BRASA_ARG(call, 1, int32_t, r), len = call->nargs > 2 ? BRASA_ARG(call, 2, int32_t, r) : INT32_MAX;
        int64_t             start = from > 0 ? from - 1 : from == 0 ? 0 : brasa__utf8_count(brasa_string_data(s), s->len) + from;
        out[r] = piece(s, start, len <= 0 ? start : start + len);
    }
    return BRASA_OK;
}

/* A negative n gives no text, as in Spark. */
static brasa_status left_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        int64_t             n = BRASA_ARG(call, 1, int32_t, r);
        out[r] = piece(s, 0, n >= 0 ? n : 0);
    }
    return BRASA_OK;
}

static brasa_status right_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        int64_t             n = BRASA_ARG(call, 1, int32_t, r), chars = brasa__utf8_count(brasa_string_data(s), s->len);
        out[r] = piece(s, n >= 0 ? chars - n : chars, chars);
    }
    return BRASA_OK;
}

/* ---- joining ---- */

/* Binary joins to binary; all else is text. */
static BRASA_RESOLVE(concat)
{
    bool binary = n > 0;

    for (int32_t i = 0; i < n; i++) binary = binary && types[i].kind == BRASA_KIND_BINARY;
    *result = brasa__type(BRASA_KIND_BINARY);
    if (n > 0 && types[0].kind == BRASA_KIND_LIST) {
        for (int32_t i = 1; i < n; i++)
            if (types[i].kind != BRASA_KIND_LIST && types[i].kind != BRASA_KIND_NULL) return BRASA_TYPE;
        return brasa__resolve_same_to_same(arena, f, types, n, result, err);
    }
    return binary ? BRASA_OK : brasa__resolve_strings_to_string(arena, f, types, n, result, err);
}

static brasa_status concat_lists(brasa_call *call)
{
    brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, call->batch_rows);

    for (int32_t i = 0; i < call->batch_rows; i++) rows[i] = (brasa_value) {.type = call->expr->type, .null = true};
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], total = 0, at = 0;
        for (int32_t k = 0; k < call->nargs; k++) total += BRASA_ARG(call, k, brasa_span, r).len;
        brasa_value *items = BRASA_NEWS(call->arena, brasa_value, total > 0 ? total : 1);
        for (int32_t k = 0; k < call->nargs; k++) {
            brasa_value v = brasa__column_value(&call->args[k], r, call->arena);
            for (int32_t j = 0; j < v.u.list.n; j++) items[at++] = v.u.list.items[j];
        }
        rows[r].null = false;
        rows[r].u.list.items = items;
        rows[r].u.list.n = total;
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static brasa_status concat_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    if (call->expr->type.kind == BRASA_KIND_LIST) return concat_lists(call);
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        size_t  n = 0, at = 0;
        char    small[12], *to = small;
        for (int32_t k = 0; k < call->nargs; k++) n += BRASA_ARG(call, k, brasa_string, r).len;
        if (n > BRASA_MAX_TEXT) {
            BRASA_TRY(too_long(call, r, err));
            continue;
        }
        if (n > 12) to = brasa__arena_alloc(call->arena, n);
        for (int32_t k = 0; k < call->nargs; k++) {
            const brasa_string *s = &BRASA_ARG(call, k, brasa_string, r);
            memcpy(to + at, brasa_string_data(s), s->len);
            at += s->len;
        }
        out[r] = brasa__string(to, n);
    }
    return BRASA_OK;
}

static brasa_status repeat_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        int32_t             times = BRASA_ARG(call, 1, int32_t, r);
        size_t              n = times > 0 ? s->len * (size_t)times : 0;
        if (n > BRASA_MAX_TEXT) {
            BRASA_TRY(too_long(call, r, err));
            continue;
        }
        char *to = brasa__arena_alloc(call->arena, n + 1);
        for (size_t at = 0; at < n; at += s->len) memcpy(to + at, brasa_string_data(s), s->len);
        out[r] = brasa__string(to, n);
    }
    return BRASA_OK;
}

/* ---- padding ---- */

static BRASA_RESOLVE(pad)
{
    bool bytes = types[0].kind == BRASA_KIND_BINARY && (n < 3 || types[2].kind == BRASA_KIND_BINARY);

    (void)arena, (void)f, (void)err;
    *result = brasa__type(bytes ? BRASA_KIND_BINARY : BRASA_KIND_STRING);
    BRASA_TRY(brasa__resolve_arg(&types[0], result->kind));
    if (n > 2) BRASA_TRY(brasa__resolve_arg(&types[2], result->kind));
    return brasa__resolve_arg(&types[1], BRASA_KIND_INT32);
}

/* Bytes are filled up with zero bytes, or with those that are given, as often as they fit and then a part of them. */
static brasa_string padded_bytes(brasa_call *call, int32_t r, bool left, int64_t want)
{
    const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r), *fill = call->nargs > 2 ? &BRASA_ARG(call, 2, brasa_string, r) : NULL;
    const char         *p = brasa_string_data(s), *f = fill ? brasa_string_data(fill) : "";
    size_t              nf = fill ? fill->len : 1, n = (size_t)want, missing = n > s->len ? n - s->len : 0;

    if (nf == 0) missing = 0;
    char *to = brasa__arena_alloc(call->arena, n + s->len + 1), *gap = left ? to : to + s->len;
    if (n < s->len || missing == 0) {
        n = n < s->len ? n : s->len;
        memcpy(to, p, n);
        return brasa__string(to, n);
    }
    for (size_t i = 0; i < missing; i++) gap[i] = f[i % nf];
    memcpy(left ? to + missing : to, p, s->len);
    return brasa__string(to, n);
}

static brasa_string padded(brasa_call *call, int32_t r, bool left, int64_t want)
{
    const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r), *fill = call->nargs > 2 ? &BRASA_ARG(call, 2, brasa_string, r) : NULL;
    const char         *p = brasa_string_data(s), *f = fill ? brasa_string_data(fill) : " ";
    size_t              nf = fill ? fill->len : 1;
    int64_t             have = brasa__utf8_count(p, s->len);

    int64_t unit = brasa__utf8_count(f, nf); /* 0 for bytes that are no text */
    if (want <= have || unit == 0) return piece(s, 0, want < have ? want : have);
    int64_t missing = want - have;
    size_t  whole = (size_t)(missing / unit) * nf, part = brasa__utf8_offset(f, nf, missing % unit), n = whole + part + s->len;
    char   *to = brasa__arena_alloc(call->arena, n + 1), *gap = left ? to : to + s->len;
    for (size_t at = 0; at < whole; at += nf) memcpy(gap + at, f, nf);
    memcpy(gap + whole, f, part);
    memcpy(left ? to + whole + part : to, p, s->len);
    return brasa__string(to, n);
}

static brasa_status pad(brasa_call *call, bool left, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i], want = BRASA_ARG(call, 1, int32_t, r);
        if (want > BRASA_MAX_TEXT / 4)
            BRASA_TRY(too_long(call, r, err));
        else
            out[r] = call->expr->type.kind == BRASA_KIND_BINARY ? padded_bytes(call, r, left, want < 0 ? 0 : want)
                                                                : padded(call, r, left, want < 0 ? 0 : want);
    }
    return BRASA_OK;
}

static brasa_status lpad_eval(brasa_call *call, brasa_error *err)
{
    return pad(call, true, err);
}

static brasa_status rpad_eval(brasa_call *call, brasa_error *err)
{
    return pad(call, false, err);
}

/* ---- searching ---- */

/* Character position of `what` in s at or after character `from` (from 1); 0: not there. */
static int32_t position_of(const brasa_string *s, const brasa_string *what, int64_t from)
{
    const char *p = brasa_string_data(s);

    if (from < 1) return 0;
    size_t      skip = brasa__utf8_offset(p, s->len, from - 1);
    const char *at = brasa__find_bytes(p + skip, s->len - skip, brasa_string_data(what), what->len);
    return at ? brasa__utf8_count(p, (size_t)(at - p)) + 1 : 0;
}

/* position(text, what): as PostgreSQL's POSITION(what IN text), strpos and Spark's instr. */
static brasa_status instr_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        out[r] = position_of(&BRASA_ARG(call, 0, brasa_string, r), &BRASA_ARG(call, 1, brasa_string, r), 1);
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(locate)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_INT32);
    for (int32_t i = 0; i < 2; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    return n > 2 ? brasa__resolve_arg(&types[2], BRASA_KIND_INT32) : BRASA_OK;
}

static brasa_status locate_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        out[r] = position_of(&BRASA_ARG(call, 1, brasa_string, r), &BRASA_ARG(call, 0, brasa_string, r),
                             call->nargs > 2 ? BRASA_ARG(call, 2, int32_t, r) : 1);
    }
    return BRASA_OK;
}

static brasa_status contains_eval(brasa_call *call, brasa_error *err)
{
    uint8_t *out = call->values;
    char     which = call->expr->name[0]; /* contains, startswith, endswith */

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r), *what = &BRASA_ARG(call, 1, brasa_string, r);
        const char         *p = brasa_string_data(s), *w = brasa_string_data(what);
        size_t              n = s->len, k = what->len;
        if (which == 'c')
            out[r] = brasa__find_bytes(p, n, w, k) != NULL;
        else
            out[r] = k <= n && memcmp(which == 's' ? p : p + n - k, w, k) == 0;
    }
    return BRASA_OK;
}

/* ---- changing ---- */

static brasa_string replaced(brasa_arena *arena, const brasa_string *s, const brasa_string *from, const char *to, size_t nto)
{
    const char *p = brasa_string_data(s), *end = p + s->len, *w = brasa_string_data(from), *hit;
    brasa_text  t;

    if (from->len == 0 || (hit = brasa__find_bytes(p, s->len, w, from->len)) == NULL) return *s;
    brasa__text_init(&t, arena);
    for (; hit; hit = brasa__find_bytes(p, (size_t)(end - p), w, from->len)) {
        brasa__text_add_n(&t, p, (size_t)(hit - p));
        brasa__text_add_n(&t, to, nto);
        p = hit + from->len;
    }
    brasa__text_add_n(&t, p, (size_t)(end - p));
    return brasa__string(t.s, t.len);
}

static brasa_status replace_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r), *to = call->nargs > 2 ? &BRASA_ARG(call, 2, brasa_string, r) : NULL;
        brasa_string v = replaced(call->arena, s, &BRASA_ARG(call, 1, brasa_string, r), to ? brasa_string_data(to) : "", to ? to->len : 0);
        out[r] = v;
    }
    return BRASA_OK;
}

static brasa_status reverse_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const char         *p = brasa_string_data(s);
        char               *to = brasa__arena_alloc(call->arena, s->len + 1);
        for (size_t at = 0; at < s->len;) {
            size_t k = brasa__utf8_offset(p + at, s->len - at, 1);
            memcpy(to + s->len - at - k, p + at, k);
            at += k;
        }
        out[r] = brasa__string(to, s->len);
    }
    return BRASA_OK;
}

#define TEXT(id, least, most, res, fn, text)                                                                                  \
    {                                                                                                                         \
        .name = id, .min_args = least, .max_args = most, .flags = 0, .doc = text, .resolve = brasa__resolve_##res, .eval = fn \
    }
#define TEXT_FAIL(id, least, most, res, fn, text)                                                                                  \
    {                                                                                                                              \
        .name = id, .min_args = least, .max_args = most, .flags = BRASA_FN_CAN_FAIL, .doc = text, .resolve = brasa__resolve_##res, \
        .eval = fn                                                                                                                 \
    }

static const brasa_function table[] = {
    TEXT("upper", 1, 1, strings_to_string, upper_eval, "upper(text): in capital letters"),
    TEXT("ucase", 1, 1, strings_to_string, upper_eval, "ucase(text): upper"),
    TEXT("lower", 1, 1, strings_to_string, lower_eval, "lower(text): in small letters"),
    TEXT("lcase", 1, 1, strings_to_string, lower_eval, "lcase(text): lower"),
    TEXT("initcap", 1, 1, strings_to_string, initcap_eval, "initcap(text): words begin with a capital"),
    TEXT("length", 1, 1, length, length_eval, "length(text): characters; of BINARY: bytes"),
    TEXT("len", 1, 1, length, length_eval, "len(text): length"),
    TEXT("char_length", 1, 1, length, length_eval, "char_length(text): length"),
    TEXT("character_length", 1, 1, length, length_eval, "character_length(text): length"),
    TEXT("octet_length", 1, 1, length, octet_length_eval, "octet_length(text): bytes"),
    TEXT("bit_length", 1, 1, length, octet_length_eval, "bit_length(text): bits"),
    TEXT("trim", 1, 2, strings_to_string, btrim_eval, "trim(text [, characters]): without blanks (or characters) at both ends"),
    TEXT("btrim", 1, 2, strings_to_string, btrim_eval, "btrim(text [, characters]): trim"),
    TEXT("ltrim", 1, 2, strings_to_string, ltrim_eval, "ltrim(text [, characters]): trim at the left"),
    TEXT("rtrim", 1, 2, strings_to_string, rtrim_eval, "rtrim(text [, characters]): trim at the right"),
    TEXT("substring", 2, 3, string_ints_to_string, substring_eval,
         "substring(text, from [, length]): from 1; negative counts from the end"),
    TEXT("substr", 2, 3, string_ints_to_string, substring_eval, "substr(text, from [, length]): substring"),
    TEXT("left", 2, 2, string_ints_to_string, left_eval, "left(text, n): its first n characters; negative: all but the last -n"),
    TEXT("right", 2, 2, string_ints_to_string, right_eval, "right(text, n): its last n characters; negative: all but the first -n"),
    TEXT_FAIL("concat", 1, -1, concat, concat_eval, "concat(a, b, ...): joined; null if one is"),
    TEXT_FAIL("||", 2, -1, concat, concat_eval, "a || b: joined"),
    TEXT_FAIL("repeat", 2, 2, string_ints_to_string, repeat_eval, "repeat(text, n): n times"),
    TEXT_FAIL("lpad", 2, 3, pad, lpad_eval, "lpad(text, n [, fill]): n characters, filled at the left or cut"),
    TEXT_FAIL("rpad", 2, 3, pad, rpad_eval, "rpad(text, n [, fill]): n characters, filled at the right or cut"),
    TEXT("position", 2, 2, strings_to_int, instr_eval, "POSITION(what IN text): from 1; 0: not there"),
    TEXT("strpos", 2, 2, strings_to_int, instr_eval, "strpos(text, what): position of what, from 1; 0: not there"),
    TEXT("instr", 2, 2, strings_to_int, instr_eval, "instr(text, what): position of what, from 1; 0: not there"),
    TEXT("locate", 2, 3, locate, locate_eval, "locate(what, text [, from]): position of what, from 1; 0: not there"),
    TEXT("contains", 2, 2, strings_to_bool, contains_eval, "contains(text, what)"),
    TEXT("startswith", 2, 2, strings_to_bool, contains_eval, "startswith(text, prefix)"),
    TEXT("endswith", 2, 2, strings_to_bool, contains_eval, "endswith(text, suffix)"),
    TEXT("replace", 2, 3, strings_to_string, replace_eval, "replace(text, from [, to]): every occurrence"),
    TEXT("reverse", 1, 1, strings_to_string, reverse_eval, "reverse(text): characters backwards"),
};

BRASA_FUNCTION_GROUP(string, "Text", table);
