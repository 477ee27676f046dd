/* func_pattern.c -- LIKE, ILIKE, RLIKE and functions of regular expressions; split. */
#include <string.h>

#include "data/string.h"
#include "data/value.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/like.h"
#include "expr/regex.h"
#include "expr/resolve.h"

/* ---- LIKE ---- */

typedef struct like_state {
    brasa_like *pattern; /* of a literal */
    bool        ignore_case;
} like_state;

static brasa_string literal_string(const brasa_expr *e)
{
    return brasa__string(e->value.u.s.p, e->value.u.s.n);
}

static brasa_like *compile(brasa_arena *arena, const brasa_string *pattern, const brasa_string *escape, bool ignore_case)
{
    brasa_string p = ignore_case ? brasa__text_lower(arena, pattern) : *pattern;
    char        *bytes = brasa__arena_copy(arena, brasa_string_data(&p), p.len + (p.len == 0));
    int          e = escape == NULL ? '\\' : escape->len == 0 ? -1 : (unsigned char)brasa_string_data(escape)[0];

    return brasa__like_new(arena, bytes, p.len, e);
}

/* What ESCAPE names stands before %, _ or itself only. */
static brasa_status check_escapes(const brasa_string *pattern, const brasa_string *escape, brasa_error *err)
{
    const char *p = brasa_string_data(pattern);

    for (size_t i = 0; i < pattern->len && escape->len == 1; i++) {
        char e = brasa_string_data(escape)[0];
        if (p[i] != e) continue;
        i++;
        if (i < pattern->len && (p[i] == '%' || p[i] == '_' || p[i] == e)) continue;
        return brasa__fail(err, BRASA_INVALID, "the pattern '%.*s' has the ESCAPE character '%c' before none of %%, _ and '%c'",
                           (int)pattern->len, p, e, e);
    }
    return BRASA_OK;
}

static brasa_status like_open(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err)
{
    like_state  *s = BRASA_NEW(arena, like_state);
    brasa_string pattern, escape;

    s->ignore_case = e->name[0] == 'i';
    *state = s;
    for (int32_t k = 1; k < e->nargs; k++)
        if (e->args[k]->kind != BRASA_EXPR_LITERAL || e->args[k]->value.null) return BRASA_OK;
    pattern = literal_string(e->args[1]);
    if (e->nargs > 2) escape = literal_string(e->args[2]);
    if (e->nargs > 2 && brasa__utf8_count(brasa_string_data(&escape), escape.len) > 1)
        return brasa__fail(err, BRASA_INVALID, "ESCAPE takes one character, not '%.*s'", (int)escape.len, brasa_string_data(&escape));
    if (e->nargs > 2) BRASA_TRY(check_escapes(&pattern, &escape, err));
    s->pattern = compile(arena, &pattern, e->nargs > 2 ? &escape : NULL, s->ignore_case);
    return BRASA_OK;
}

static brasa_status like_eval(brasa_call *call, brasa_error *err)
{
    const like_state *state = call->state;
    uint8_t          *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t           r = call->rows[i];
        brasa_string      s = BRASA_ARG(call, 0, brasa_string, r);
        const brasa_like *p = state->pattern;
        if (p == NULL)
            p = compile(call->arena, &BRASA_ARG(call, 1, brasa_string, r), call->nargs > 2 ? &BRASA_ARG(call, 2, brasa_string, r) : NULL,
                        state->ignore_case);
        if (state->ignore_case) s = brasa__text_lower(call->arena, &s);
        out[r] = brasa__like_match(p, brasa_string_data(&s), s.len);
    }
    return BRASA_OK;
}

/* ---- regular expressions ---- */

static brasa_status regex_open(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err)
{
    brasa_regex_state *s = BRASA_NEW(arena, brasa_regex_state);

    *state = s;
    return brasa__regex_open(arena, e, 1, s, err);
}

static brasa_status rlike_eval(brasa_call *call, brasa_error *err)
{
    uint8_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const size_t       *span;
        brasa_regex        *re;
        bool                found;
        BRASA_TRY(brasa__regex_get(call, call->state, 1, r, &re, err));
        BRASA_TRY(brasa__regex_find(re, brasa_string_data(s), s->len, 0, &span, &found, err));
        out[r] = found;
    }
    return BRASA_OK;
}

/* Where to look on after a match: past an empty one by a character. */
static size_t next_from(const char *p, size_t n, const size_t *span)
{
    return span[1] > span[0] ? span[1] : span[1] + brasa__utf8_offset(p + span[1], n - span[1], 1) + (span[1] == n);
}

static brasa_status count_eval(brasa_call *call, brasa_error *err)
{
    int32_t *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], hits = 0;
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const char         *p = brasa_string_data(s);
        const size_t       *span;
        brasa_regex        *re;
        bool                found = true;
        BRASA_TRY(brasa__regex_get(call, call->state, 1, r, &re, err));
        for (size_t from = 0; from <= s->len; from = next_from(p, s->len, span)) {
            BRASA_TRY(brasa__regex_find(re, p, s->len, from, &span, &found, err));
            if (!found) break;
            hits++;
        }
        out[r] = hits;
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(extract)
{
    (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    if (strcmp(f->name, "regexp_extract_all") == 0) *result = brasa__type_list(arena, *result);
    for (int32_t i = 0; i < 2; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    return n > 2 ? brasa__resolve_arg(&types[2], BRASA_KIND_INT32) : BRASA_OK;
}

/* The group asked for: the third argument, else 1 where the pattern has groups, else the whole match. */
static brasa_status group_of(brasa_call *call, const brasa_regex *re, int32_t r, int32_t *group, brasa_error *err)
{
    int32_t groups = brasa__regex_groups(re);

    *group = call->nargs > 2 ? BRASA_ARG(call, 2, int32_t, r) : groups > 0;
    if (*group >= 0 && *group <= groups) return BRASA_OK;
    return brasa__fail(err, BRASA_INVALID, "%s asks for group %d of a pattern with %d", call->expr->name, *group, groups);
}

static brasa_string group_text(const char *p, const size_t *span, int32_t g)
{
    if (span[2 * g] == (size_t)-1) return brasa__string("", 0);
    return brasa__string(p + span[2 * g], span[2 * g + 1] - span[2 * g]);
}

static brasa_status extract_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], group;
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const size_t       *span;
        brasa_regex        *re;
        bool                found;
        BRASA_TRY(brasa__regex_get(call, call->state, 1, r, &re, err));
        BRASA_TRY(group_of(call, re, r, &group, err));
        BRASA_TRY(brasa__regex_find(re, brasa_string_data(s), s->len, 0, &span, &found, err));
        out[r] = found ? group_text(brasa_string_data(s), span, group) : brasa__string("", 0);
    }
    return BRASA_OK;
}

static brasa_value *push_text(brasa_arena *arena, brasa_value *items, int32_t *cap, int32_t *n, const char *p, size_t len)
{
    items = brasa__arena_grow(arena, items, cap, *n + 1, sizeof *items);
    items[(*n)++] = (brasa_value) {.type = brasa__type(BRASA_KIND_STRING), .u.s = {p, len}};
    return items;
}

static brasa_value *null_rows(brasa_call *call)
{
    brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, call->batch_rows);

    for (int32_t i = 0; i < call->batch_rows; i++) rows[i] = (brasa_value) {.type = call->expr->type, .null = true};
    return rows;
}

static brasa_status extract_all_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], group, cap = 0, n = 0;
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const char         *p = brasa_string_data(s);
        const size_t       *span;
        brasa_value        *items = NULL;
        brasa_regex        *re;
        bool                found;
        BRASA_TRY(brasa__regex_get(call, call->state, 1, r, &re, err));
        BRASA_TRY(group_of(call, re, r, &group, err));
        for (size_t from = 0; from <= s->len; from = next_from(p, s->len, span)) {
            BRASA_TRY(brasa__regex_find(re, p, s->len, from, &span, &found, err));
            if (!found) break;
            bool set = span[2 * group] != (size_t)-1;
            items =
                push_text(call->arena, items, &cap, &n, set ? p + span[2 * group] : "", set ? span[2 * group + 1] - span[2 * group] : 0);
        }
        rows[r].null = false;
        rows[r].u.list.items = items;
        rows[r].u.list.n = n;
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

/* $1, ${1} and \1 stand for groups; \$ and \\ for themselves. */
static void add_replacement(brasa_text *t, const char *to, size_t n, const char *p, const size_t *span, int32_t groups)
{
    for (size_t i = 0; i < n; i++) {
        bool   marked = (to[i] == '$' || to[i] == '\\') && i + 1 < n;
        size_t k = i + 1 + (marked && to[i] == '$' && to[i + 1] == '{');
        if (marked && k < n && to[k] >= '0' && to[k] <= '9') {
            int32_t g = to[k] - '0';
            if (k + 1 < n && to[k + 1] >= '0' && to[k + 1] <= '9' && g * 10 + to[k + 1] - '0' <= groups) g = g * 10 + to[++k] - '0';
            if (g <= groups && span[2 * g] != (size_t)-1) brasa__text_add_n(t, p + span[2 * g], span[2 * g + 1] - span[2 * g]);
            i = k + (to[i + 1] == '{' && k + 1 < n && to[k + 1] == '}');
        } else {
            if (marked && to[i] == '\\') i++;
            brasa__text_add_n(t, to + i, 1);
        }
    }
}

static BRASA_RESOLVE(replace)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    for (int32_t i = 0; i < 3; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    return n > 3 ? brasa__resolve_arg(&types[3], BRASA_KIND_INT32) : BRASA_OK;
}

static brasa_status replace_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i];
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r), *to = &BRASA_ARG(call, 2, brasa_string, r);
        const char         *p = brasa_string_data(s);
        const size_t       *span;
        brasa_regex        *re;
        brasa_text          t;
        size_t              copied = 0;
        bool                found;
        int32_t             place = call->nargs > 3 ? BRASA_ARG(call, 3, int32_t, r) : 1;
        if (place < 1) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "regexp_replace begins at character %d; they count from 1", place));
            continue;
        }
        size_t start = brasa__utf8_offset(p, s->len, (int64_t)place - 1);
        BRASA_TRY(brasa__regex_get(call, call->state, 1, r, &re, err));
        brasa__text_init(&t, call->arena);
        for (size_t from = start; from <= s->len; from = next_from(p, s->len, span)) {
            BRASA_TRY(brasa__regex_find(re, p, s->len, from, &span, &found, err));
            if (!found) break;
            brasa__text_add_n(&t, p + copied, span[0] - copied);
            add_replacement(&t, brasa_string_data(to), to->len, p, span, brasa__regex_groups(re));
            copied = span[1];
        }
        brasa__text_add_n(&t, p + copied, s->len - copied);
        out[r] = brasa__string(t.s, t.len);
    }
    return BRASA_OK;
}

/* ---- split ---- */

static BRASA_RESOLVE(split)
{
    (void)f, (void)err;
    *result = brasa__type_list(arena, brasa__type(BRASA_KIND_STRING));
    for (int32_t i = 0; i < 2; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    return n > 2 ? brasa__resolve_arg(&types[2], BRASA_KIND_INT32) : BRASA_OK;
}

/* As Java's split with a limit: an empty match at the start gives no empty piece, an empty pattern splits into characters. */
static brasa_status split_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = null_rows(call);

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], limit = call->nargs > 2 ? BRASA_ARG(call, 2, int32_t, r) : -1, cap = 0, n = 0;
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r);
        const char         *p = brasa_string_data(s);
        const size_t       *span;
        brasa_value        *items = NULL;
        brasa_regex        *re;
        size_t              piece = 0;
        bool                found;
        BRASA_TRY(brasa__regex_get(call, call->state, 1, r, &re, err));
        for (size_t from = 0; from <= s->len && (limit <= 0 || n < limit - 1); from = next_from(p, s->len, span)) {
            BRASA_TRY(brasa__regex_find(re, p, s->len, from, &span, &found, err));
            if (!found) break;
            if (span[1] == span[0] && (span[0] == 0 || span[0] == s->len)) continue;
            items = push_text(call->arena, items, &cap, &n, p + piece, span[0] - piece);
            piece = span[1];
        }
        items = push_text(call->arena, items, &cap, &n, p + piece, s->len - piece);
        rows[r].null = false;
        rows[r].u.list.items = items;
        rows[r].u.list.n = n;
    }
    brasa__call_set_lists(call, rows);
    return BRASA_OK;
}

static BRASA_RESOLVE(split_part)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    for (int32_t i = 0; i < 2; i++) BRASA_TRY(brasa__resolve_arg(&types[i], BRASA_KIND_STRING));
    return brasa__resolve_arg(&types[2], BRASA_KIND_INT32);
}

static int32_t count_pieces(const char *p, size_t n, const char *d, size_t k)
{
    int32_t pieces = 1;

    for (const char *hit; k > 0 && (hit = memmem(p, n, d, k)) != NULL; pieces++) {
        n -= (size_t)(hit - p) + k;
        p = hit + k;
    }
    return pieces;
}

static brasa_string nth_piece(const char *p, size_t n, const char *d, size_t k, int32_t which)
{
    for (;; which--) {
        const char *hit = k > 0 ? memmem(p, n, d, k) : NULL;
        if (which == 1) return brasa__string(p, hit ? (size_t)(hit - p) : n);
        if (hit == NULL) return brasa__string("", 0);
        n -= (size_t)(hit - p) + k;
        p = hit + k;
    }
}

static brasa_status split_part_eval(brasa_call *call, brasa_error *err)
{
    brasa_string *out = call->values;

    for (int32_t i = 0; i < call->n; i++) {
        int32_t             r = call->rows[i], which = BRASA_ARG(call, 2, int32_t, r);
        const brasa_string *s = &BRASA_ARG(call, 0, brasa_string, r), *d = &BRASA_ARG(call, 1, brasa_string, r);
        const char         *p = brasa_string_data(s), *delim = brasa_string_data(d);
        if (which == 0) {
            BRASA_TRY(brasa__call_fail_row(call, r, err, "split_part counts pieces from 1 (or -1 from the end), not 0"));
            continue;
        }
        if (which < 0) which = count_pieces(p, s->len, delim, d->len) + 1 + which;
        out[r] = which < 1 ? brasa__string("", 0) : nth_piece(p, s->len, delim, d->len, which);
    }
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "like",
     .min_args = 2,
     .max_args = 3,
     .flags = 0,
     .doc = "text LIKE pattern [ESCAPE c]: % stands for any text, _ for one character",
     .resolve = brasa__resolve_strings_to_bool,
     .eval = like_eval,
     .open = like_open},
    {.name = "ilike",
     .min_args = 2,
     .max_args = 3,
     .flags = 0,
     .doc = "text ILIKE pattern [ESCAPE c]: LIKE without regard to case",
     .resolve = brasa__resolve_strings_to_bool,
     .eval = like_eval,
     .open = like_open},
    {.name = "rlike",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "text RLIKE pattern: does the regular expression match somewhere?",
     .resolve = brasa__resolve_strings_to_bool,
     .eval = rlike_eval,
     .open = regex_open},
    {.name = "regexp_like",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "regexp_like(text, pattern): RLIKE",
     .resolve = brasa__resolve_strings_to_bool,
     .eval = rlike_eval,
     .open = regex_open},
    {.name = "regexp",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "regexp(text, pattern): RLIKE",
     .resolve = brasa__resolve_strings_to_bool,
     .eval = rlike_eval,
     .open = regex_open},
    {.name = "regexp_count",
     .min_args = 2,
     .max_args = 2,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "regexp_count(text, pattern): how often it matches",
     .resolve = brasa__resolve_strings_to_int,
     .eval = count_eval,
     .open = regex_open},
    {.name = "regexp_extract",
     .min_args = 2,
     .max_args = 3,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "regexp_extract(text, pattern [, group]): what the group (default 1) of the first match took; '' without a match",
     .resolve = brasa__resolve_extract,
     .eval = extract_eval,
     .open = regex_open},
    {.name = "regexp_extract_all",
     .min_args = 2,
     .max_args = 3,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "regexp_extract_all(text, pattern [, group]): what the group took in every match",
     .resolve = brasa__resolve_extract,
     .eval = extract_all_eval,
     .open = regex_open},
    {.name = "regexp_replace",
     .min_args = 3,
     .max_args = 4,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "regexp_replace(text, pattern, to [, from]): every match, from the nth character on; $1 in `to` is group 1",
     .resolve = brasa__resolve_replace,
     .eval = replace_eval,
     .open = regex_open},
    {.name = "split",
     .min_args = 2,
     .max_args = 3,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "split(text, pattern [, limit]): the pieces between matches of the regular expression",
     .resolve = brasa__resolve_split,
     .eval = split_eval,
     .open = regex_open},
    {.name = "split_part",
     .min_args = 3,
     .max_args = 3,
     .flags = BRASA_FN_CAN_FAIL,
     .doc = "split_part(text, delimiter, n): the nth piece, from 1; negative: from the end",
     .resolve = brasa__resolve_split_part,
     .eval = split_part_eval},
};

BRASA_FUNCTION_GROUP(pattern, "Patterns", table);
