/* func_text_row.c -- text: choices, masks, checks, more of regular expressions. */
#include <ctype.h>
#include <string.h>
#include <utf8proc.h>

#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/func_string.h"
#include "expr/regex.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

/* ---- elt, find_in_set ---- */

static BRASA_RESOLVE(elt)
{
    bool bytes = true;

    (void)arena, (void)f, (void)err;
    for (int32_t i = 1; i < n; i++) bytes = bytes && types[i].kind == BRASA_KIND_BINARY;
    *result = brasa__type(bytes ? BRASA_KIND_BINARY : BRASA_KIND_STRING);
    for (int32_t i = 1; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], result->kind));
    return brasa__resolve_arg(&types[0], BRASA_KIND_INT32);
}

ROW(elt_row)
{
    if (args[0].null) return BRASA_OK;
    if (args[0].u.i < 1 || args[0].u.i >= call->nargs)
        return brasa__fail(err, BRASA_ARITHMETIC, "elt: there is no text %d of %d", (int)args[0].u.i, call->nargs - 1);
    *out = args[args[0].u.i];
    return BRASA_OK;
}

ROW(find_in_set_row)
{
    const char *p = args[1].u.s.p, *end = p + args[1].u.s.n, *s = args[0].u.s.p;
    size_t      n = args[0].u.s.n;

    (void)call, (void)err;
    brasa__out_int(out, 0);
    if (n > 0 && memchr(s, ',', n) != NULL) return BRASA_OK;
    for (int32_t k = 1;; k++) {
        const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL, *to = comma ? comma : end;
        if ((size_t)(to - p) == n && (n == 0 || memcmp(p, s, n) == 0)) return brasa__out_int(out, k), BRASA_OK;
        if (comma == NULL) return BRASA_OK;
        p = comma + 1;
    }
}

/* ---- mask ---- */

static BRASA_RESOLVE(mask)
{
    (void)arena, (void)f, (void)err;
    for (int32_t i = 0; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    *result = brasa__type(BRASA_KIND_STRING);
    return BRASA_OK;
}

static bool is_upper(utf8proc_int32_t c)
{
    return utf8proc_category(c) == UTF8PROC_CATEGORY_LU;
}

/* Capital letters, small letters, digits and the rest, each by its character; a null one leaves them. */
ROW(mask_row)
{
    static const char *const usual[] = {"X", "x", "n"};
    brasa_text               t;

    if (args[0].null) return BRASA_OK;
    for (int32_t k = 1; k < call->nargs; k++)
        if (!args[k].null && brasa__utf8_count(args[k].u.s.p, args[k].u.s.n) != 1)
            return brasa__fail(err, BRASA_INVALID, "mask: what stands for a character is one character");
    brasa__text_init(&t, call->arena);
    for (size_t i = 0; i < args[0].u.s.n;) {
        utf8proc_int32_t c;
        const char      *p = args[0].u.s.p + i;
        utf8proc_ssize_t got = utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)(args[0].u.s.n - i), &c);
        size_t           n = got > 0 ? (size_t)got : 1;
        int32_t          k = 4;
        if (got > 0 && is_upper(c)) k = 1;
        if (got > 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_LL) k = 2;
        if (got > 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_ND) k = 3;
        if (k < call->nargs ? args[k].null : k == 4)
            brasa__text_add_n(&t, p, n);
        else if (k < call->nargs)
            brasa__text_add_n(&t, args[k].u.s.p, args[k].u.s.n);
        else
            brasa__text_add(&t, usual[k - 1]);
        i += n;
    }
    brasa__out_text(out, &t);
    return BRASA_OK;
}

/* Luhn's check of a number's last digit. */
ROW(luhn_row)
{
    int32_t sum = 0;

    (void)call, (void)err;
    brasa__out_bool(out, false);
    if (args[0].u.s.n == 0) return BRASA_OK;
    for (size_t i = 0; i < args[0].u.s.n; i++) {
        int d = args[0].u.s.p[args[0].u.s.n - 1 - i] - '0';
        if (d < 0 || d > 9) return BRASA_OK;
        if (i % 2 == 1) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    out->u.b = sum % 10 == 0;
    return BRASA_OK;
}

/* ---- regular expressions ---- */

static brasa_status open_regex(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err)
{
    brasa_regex_state *s = BRASA_NEW(arena, brasa_regex_state);

    *state = s;
    return brasa__regex_open(arena, e, 1, s, err);
}

static brasa_status first_match(brasa_call *call, const brasa_value *args, const size_t **span, bool *found, brasa_error *err)
{
    brasa_regex *re = NULL;

    if (((brasa_regex_state *)call->state)->literal)
        re = ((brasa_regex_state *)call->state)->literal;
    else
        BRASA_TRY(brasa__regex_new(call->arena, args[1].u.s.p, args[1].u.s.n, false, &re, err));
    return brasa__regex_find(re, args[0].u.s.p, args[0].u.s.n, 0, span, found, err);
}

ROW(regexp_substr_row)
{
    const size_t *span;
    bool          found;

    BRASA_TRY(first_match(call, args, &span, &found, err));
    if (found && span[1] > span[0]) brasa__out_bytes(out, args[0].u.s.p + span[0], span[1] - span[0]);
    return BRASA_OK;
}

ROW(regexp_instr_row)
{
    const size_t *span;
    bool          found;

    BRASA_TRY(first_match(call, args, &span, &found, err));
    brasa__out_int(out, found ? brasa__utf8_count(args[0].u.s.p, span[0]) + 1 : 0);
    return BRASA_OK;
}

/* ---- LIKE ALL, LIKE ANY are written by the grammar as several; here what says no ---- */

ROW(raise_error_row)
{
    (void)call, (void)out;
    if (args[0].null) return brasa__fail(err, BRASA_ARITHMETIC, "null");
    return brasa__fail(err, BRASA_ARITHMETIC, "%.*s", (int)(args[0].u.s.n < 400 ? args[0].u.s.n : 400), args[0].u.s.p);
}

ROW(bit_length_row)
{
    (void)call, (void)err;
    brasa__out_int(out, (int64_t)args[0].u.s.n);
    return BRASA_OK;
}

/* ---- DuckDB's and PostgreSQL's ---- */

ROW(string_split_row)
{
    const char  *p = args[0].u.s.p, *end = p + args[0].u.s.n, *d = args[1].u.s.p;
    size_t       k = args[1].u.s.n;
    brasa_value *items = NULL;
    int32_t      n = 0, cap = 0;

    (void)err;
    for (;;) {
        const char *hit = NULL;
        if (k > 0) hit = memmem(p, (size_t)(end - p), d, k);
        if (k == 0 && p < end) hit = p + brasa__utf8_offset(p, (size_t)(end - p), 1);
        if (k == 0 && hit == end) hit = NULL;
        items = brasa__arena_grow(call->arena, items, &cap, n + 1, sizeof *items);
        items[n] = (brasa_value) {.type = brasa__type(BRASA_KIND_STRING)};
        brasa__out_bytes(&items[n++], p, (size_t)((hit ? hit : end) - p));
        if (hit == NULL) break;
        p = hit + k;
    }
    out->null = false;
    out->u.list.items = items;
    out->u.list.n = n;
    return BRASA_OK;
}

/* Every match, or of a pattern with groups the groups of the first, as PostgreSQL has it. */
ROW(regexp_matches_row)
{
    const size_t *span;
    bool          found;

    BRASA_TRY(first_match(call, args, &span, &found, err));
    brasa__out_bool(out, found);
    return BRASA_OK;
}

ROW(quote_row)
{
    brasa_text t;

    (void)err;
    brasa__text_init(&t, call->arena);
    brasa__text_add(&t, "'");
    for (size_t i = 0; i < args[0].u.s.n; i++) {
        if (args[0].u.s.p[i] == '\'') brasa__text_add(&t, "\\");
        brasa__text_add_n(&t, args[0].u.s.p + i, 1);
    }
    brasa__text_add(&t, "'");
    brasa__out_text(out, &t);
    return BRASA_OK;
}

#define FN   BRASA_ROW_FN
#define FAIL BRASA_FN_CAN_FAIL

static const brasa_function table[] = {
    {.name = "elt",
     .min_args = 2,
     .max_args = -1,
     .flags = BRASA_FN_NULLS | FAIL | BRASA_FN_NULLABLE,
     .doc = "elt(n, a, b, ...): the nth of the texts, from 1",
     .resolve = brasa__resolve_elt,
     .eval = brasa__row_eval,
     .row = elt_row},
    FN("find_in_set", 2, 2, 0, "ss:i", find_in_set_row, "find_in_set(text, list): its place in text with commas, from 1; 0: nowhere"),
    {.name = "mask",
     .min_args = 1,
     .max_args = 5,
     .flags = BRASA_FN_NULLS | FAIL | BRASA_FN_NULLABLE,
     .doc = "mask(text [, upper [, lower [, digit [, other]]]]): letters and digits by X, x and n; a null leaves its kind",
     .resolve = brasa__resolve_mask,
     .eval = brasa__row_eval,
     .row = mask_row},
    FN("luhn_check", 1, 1, 0, "s:b", luhn_row, "luhn_check(digits): does the last digit check the others?"),
    {.name = "regexp_substr",
     .min_args = 2,
     .max_args = 2,
     .flags = FAIL | BRASA_FN_NULLABLE,
     .doc = "regexp_substr(text, pattern): the first match; null where there is none, or it is empty",
     .types = "ss:s",
     .resolve = brasa__resolve_signature,
     .eval = brasa__row_eval,
     .row = regexp_substr_row,
     .open = open_regex},
    {.name = "regexp_instr",
     .min_args = 2,
     .max_args = 3,
     .flags = FAIL,
     .doc = "regexp_instr(text, pattern): where the first match begins, from 1; 0: there is none",
     .types = "ssi:i",
     .resolve = brasa__resolve_signature,
     .eval = brasa__row_eval,
     .row = regexp_instr_row,
     .open = open_regex},
    {.name = "regexp_matches",
     .min_args = 2,
     .max_args = 2,
     .flags = FAIL,
     .doc = "regexp_matches(text, pattern): RLIKE",
     .types = "ss:b",
     .resolve = brasa__resolve_signature,
     .eval = brasa__row_eval,
     .row = regexp_matches_row,
     .open = open_regex},
    FN("raise_error", 1, 1, BRASA_FN_NULLS | BRASA_FN_VOLATILE | FAIL, "s:a", raise_error_row,
       "raise_error(text): an error with that text"),
    FN("error", 1, 1, BRASA_FN_NULLS | BRASA_FN_VOLATILE | FAIL, "s:a", raise_error_row, "error(text): raise_error"),
    FN("strlen", 1, 1, 0, "x:l", bit_length_row, "strlen(text): its bytes"),
    FN("string_split", 2, 2, 0, "ss:S", string_split_row, "string_split(text, delimiter): the pieces, as ARRAY"),
    FN("str_split", 2, 2, 0, "ss:S", string_split_row, "str_split(text, delimiter): string_split"),
    FN("string_to_array", 2, 2, 0, "ss:S", string_split_row, "string_to_array(text, delimiter): string_split"),
    FN("quote", 1, 1, 0, "s:s", quote_row, "quote(text): between quotes, with \\ before those inside"),
};

BRASA_FUNCTION_GROUP(text_row, "Text", table);
