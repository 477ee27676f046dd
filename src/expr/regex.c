/* regex.c -- see regex.h.  A match that takes too many steps is an error, not a hang. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "expr/regex.h"

#include <pcre2.h>
#include <string.h>

enum { MATCH_STEPS = 10000000, HEAP_KIB = 65536, MAX_PATTERN = 100000 };

struct brasa_regex {
    pcre2_code          *code;
    pcre2_match_data    *match;
    pcre2_match_context *context;
    size_t              *span;
    uint32_t             groups;
};

static void release(void *arg)
{
    brasa_regex *re = arg;

    pcre2_match_data_free(re->match);
    pcre2_match_context_free(re->context);
    pcre2_code_free(re->code);
}

brasa_status brasa__regex_new(brasa_arena *arena, const char *pattern, size_t n, bool ignore_case, brasa_regex **out, brasa_error *err)
{
    brasa_regex *re = BRASA_NEW(arena, brasa_regex);
    int          code;
    PCRE2_SIZE   at;
    uint32_t     options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | (ignore_case ? PCRE2_CASELESS : 0);

    if (n > MAX_PATTERN)
        return brasa__fail(err, BRASA_INVALID, "a regular expression of %zu bytes is too long; at most %d", n, MAX_PATTERN);
    re->code = pcre2_compile((PCRE2_SPTR)pattern, n, options, &code, &at, NULL);
    if (re->code == NULL) {
        char text[200] = "";
        pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof text);
        return brasa__fail(err, BRASA_INVALID, "'%.*s' is not a regular expression: %s at character %zu", n > 200 ? 200 : (int)n, pattern,
                           text, (size_t)at + 1);
    }
    brasa__arena_defer(arena, release, re);
    pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE); /* where it cannot, the interpreter matches */
    re->match = pcre2_match_data_create_from_pattern(re->code, NULL);
    re->context = pcre2_match_context_create(NULL);
    if (re->match == NULL || re->context == NULL) return brasa__fail(err, BRASA_NO_MEMORY, "no memory for a regular expression");
    pcre2_set_match_limit(re->context, MATCH_STEPS);
    pcre2_set_heap_limit(re->context, HEAP_KIB);
    pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &re->groups);
    re->span = BRASA_NEWS(arena, size_t, 2 * (re->groups + 1));
    *out = re;
    return BRASA_OK;
}

brasa_status brasa__regex_find(brasa_regex *re, const char *s, size_t n, size_t from, const size_t **span, bool *found, brasa_error *err)
{
    int rc = pcre2_match(re->code, (PCRE2_SPTR)s, n, from, 0, re->match, re->context);

    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) rc = pcre2_match(re->code, (PCRE2_SPTR)s, n, from, PCRE2_NO_JIT, re->match, re->context);
    *found = rc > 0;
    if (rc == PCRE2_ERROR_NOMATCH) return BRASA_OK;
    if (rc < 0) {
        char text[200] = "";
        pcre2_get_error_message(rc, (PCRE2_UCHAR *)text, sizeof text);
        return brasa__fail(err, BRASA_ARITHMETIC,
                           "a regular expression gave up on a text of %zu bytes: %s; write it without nested repeats", n, text);
    }
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(re->match);
    for (uint32_t g = 0; g <= re->groups; g++) {
        bool set = (int)g < rc;
        re->span[2 * g] = set ? v[2 * g] : (size_t)-1;
        re->span[2 * g + 1] = set ? v[2 * g + 1] : (size_t)-1;
    }
    *span = re->span;
    return BRASA_OK;
}

int32_t brasa__regex_groups(const brasa_regex *re)
{
    return (int32_t)re->groups;
}

brasa_status brasa__regex_open(brasa_arena *arena, const brasa_expr *e, int32_t k, brasa_regex_state *state, brasa_error *err)
{
    state->arena = arena;
    if (k >= e->nargs || e->args[k]->kind != BRASA_EXPR_LITERAL || e->args[k]->value.null) return BRASA_OK;
    return brasa__regex_new(arena, e->args[k]->value.u.s.p, e->args[k]->value.u.s.n, false, &state->literal, err);
}

brasa_status brasa__regex_get(brasa_call *call, brasa_regex_state *state, int32_t k, int32_t row, brasa_regex **out, brasa_error *err)
{
    const brasa_string *s = &BRASA_ARG(call, k, brasa_string, row);
    const char         *p = brasa_string_data(s);

    if (state->literal) return *out = state->literal, BRASA_OK;
    if (state->last == NULL || state->last_n != s->len || memcmp(state->last_text, p, s->len) != 0) {
        brasa_regex *re = NULL;
        BRASA_TRY(brasa__regex_new(state->arena, p, s->len, false, &re, err));
        state->last = re;
        state->last_n = s->len;
        state->last_text = brasa__arena_strndup(state->arena, p, s->len);
    }
    *out = state->last;
    return BRASA_OK;
}
