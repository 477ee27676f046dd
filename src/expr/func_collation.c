/* func_collation.c -- collation_key(text, collation): bytes that compare as the collation compares the texts.
 *
 * UTF8_LCASE and NOCASE compare small letters; UNICODE and the names of languages are ICU's, with _CI (case), _AI (accents) and _RTRIM (blanks at the end) for
 * what makes no difference.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>

#include "data/collation.h"
#include "data/string.h"
#include "data/value.h"
#include "expr/func_groups.h"
#include "expr/func_string.h"
#include "expr/resolve.h"

typedef struct collating {
    bool       lower, rtrim;
    UCollator *rules; /* NULL: bytes */
} collating;

static void close_rules(void *arg)
{
    ucol_close(arg);
}

/* Takes an ending off a name; true: it had it. */
static bool take_ending(char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);

    if (n <= m || strcasecmp(name + n - m, ending) != 0) return false;
    name[n - m] = '\0';
    return true;
}

static brasa_status open_rules(brasa_arena *arena, const char *name, const char *locale, bool ci, bool ai, UCollator **out,
                               brasa_error *err)
{
    UErrorCode code = U_ZERO_ERROR;
    bool       root = strcasecmp(locale, "unicode") == 0;
    UCollator *c = ucol_open(root ? "" : locale, &code);

    uint8_t known; /* en has the rules of the root: that is no sign of a wrong name */
    if (U_FAILURE(code) || (!root && code == U_USING_DEFAULT_WARNING && !brasa__collation_find(name, strlen(name), &known))) {
        if (c != NULL) ucol_close(c);
        return brasa__fail(err, BRASA_INVALID,
                           "there is no collation '%s'; there are UTF8_BINARY, UTF8_LCASE, NOCASE, UNICODE and languages as DE or SV_SE, "
                           "with _CI, _AI and _RTRIM",
                           name);
    }
    brasa__arena_defer(arena, close_rules, c);
    code = U_ZERO_ERROR;
    ucol_setStrength(c, ai ? UCOL_PRIMARY : ci ? UCOL_SECONDARY : UCOL_TERTIARY);
    if (ai && !ci) ucol_setAttribute(c, UCOL_CASE_LEVEL, UCOL_ON, &code);
    *out = c;
    return BRASA_OK;
}

static brasa_status collation_open(brasa_arena *arena, const brasa_expr *e, void **state, brasa_error *err)
{
    collating  *s = BRASA_NEW(arena, collating);
    brasa_value v;
    bool        ci = false, ai = false, more = true;

    *state = s;
    if (brasa__expr_constant_of(e->args[1], &v) != BRASA_OK || v.null || v.type.kind != BRASA_KIND_STRING)
        return brasa__fail(err, BRASA_TYPE, "the collation of collation_key is a constant text");
    char *name = brasa__arena_strndup(arena, v.u.s.p, v.u.s.n), *full = brasa__arena_strdup(arena, name);
    s->rtrim = take_ending(name, "_rtrim");
    s->lower = strcasecmp(name, "utf8_lcase") == 0 || strcasecmp(name, "nocase") == 0;
    if (strcasecmp(name, "rtrim") == 0) s->rtrim = true;
    if (s->lower || strcasecmp(name, "utf8_binary") == 0 || strcasecmp(name, "rtrim") == 0) return BRASA_OK;
    while (more) {
        bool case_too = take_ending(name, "_ci"), accents_too = take_ending(name, "_ai");

        ci |= case_too;
        ai |= accents_too;
        more = case_too || accents_too || take_ending(name, "_cs") || take_ending(name, "_as");
    }
    return open_rules(arena, full, name, ci, ai, &s->rules, err);
}

static brasa_string key_of(brasa_call *call, const UCollator *rules, const char *p, size_t n)
{
    UErrorCode code = U_ZERO_ERROR;
    int32_t    len = 0, bytes;
    UChar     *wide = BRASA_NEWS(call->arena, UChar, n + 1);

    u_strFromUTF8WithSub(wide, (int32_t)n + 1, &len, p, (int32_t)n, 0xfffd, NULL, &code);
    bytes = ucol_getSortKey(rules, wide, len, NULL, 0);
    uint8_t *key = brasa__arena_alloc(call->arena, (size_t)bytes + 1);
    ucol_getSortKey(rules, wide, len, key, bytes);
    return brasa__string((const char *)key, (size_t)(bytes > 0 ? bytes - 1 : 0));
}

static brasa_status collation_key_eval(brasa_call *call, brasa_error *err)
{
    const collating *s = call->state;
    brasa_string    *out = call->values;

    (void)err;
    for (int32_t i = 0; i < call->n; i++) {
        int32_t      r = call->rows[i];
        brasa_string text = BRASA_ARG(call, 0, brasa_string, r);
        const char  *p = brasa_string_data(&text);
        size_t       n = text.len;

        while (s->rtrim && n > 0 && p[n - 1] == ' ') n--;
        if (s->rules != NULL) {
            out[r] = key_of(call, s->rules, p, n);
            continue;
        }
        text = brasa__string(brasa__arena_dup_bytes(call->arena, p, n), n);
        out[r] = s->lower ? brasa__text_lower(call->arena, &text) : text;
    }
    return BRASA_OK;
}

static BRASA_RESOLVE(key)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_BINARY);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    return brasa__resolve_arg(&types[1], BRASA_KIND_STRING);
}

static BRASA_RESOLVE(collation)
{
    (void)arena, (void)f, (void)n, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    return brasa__resolve_arg(&types[0], BRASA_KIND_STRING);
}

/* The binder puts the name in place of the call. */
static brasa_status collation_eval(brasa_call *call, brasa_error *err)
{
    return brasa__fail(err, BRASA_INTERNAL, "%s has no kernel", call->expr->name);
}

static const brasa_function table[] = {
    {.name = "collation_key",
     .min_args = 2,
     .max_args = 2,
     .flags = 0,
     .doc =
         "collation_key(text, collation): bytes that compare as the texts do by UTF8_LCASE, NOCASE, UNICODE_CI, DE_AI, ...; what a = b COLLATE c compares",
     .resolve = brasa__resolve_key,
     .eval = collation_key_eval,
     .open = collation_open},
    {.name = "collation",
     .min_args = 1,
     .max_args = 1,
     .flags = 0,
     .doc = "collation(text): the name of the collation of its type",
     .resolve = brasa__resolve_collation,
     .eval = collation_eval},
};

BRASA_FUNCTION_GROUP(collation, "Collations", table);
