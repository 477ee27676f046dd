/* call_names.c -- calls as other systems write them: names that have another one here, regular expressions with Spark's escapes, arguments by name. */
#include <string.h>
#include <strings.h>

#include "expr/agg.h"
#include "expr/udf.h"
#include "expr/function.h"
#include "sql/from_pg.h"

/* ---- names ---- */

static const char *const names[][2] = {{"arg_max", "max_by"},
                                       {"argmax", "max_by"},
                                       {"arg_min", "min_by"},
                                       {"argmin", "min_by"},
                                       {"group_concat", "string_agg"},
                                       {"list", "array_agg"},
                                       {"quantile_cont", "percentile"},
                                       {"quantile_disc", "percentile_disc"},
                                       {"quantile", "percentile_disc"},
                                       {"approx_quantile", "percentile_approx"},
                                       {"countif", "count_if"},
                                       {"sum_no_overflow", "sum"},
                                       {"fsum", "sum"},
                                       {"kahan_sum", "sum"},
                                       {"sumkahan", "sum"},
                                       {"favg", "avg"},
                                       {"arbitrary", "first"},
                                       {"kurtosis_pop", "kurtosis"},
                                       {"rank_dense", "dense_rank"},
                                       {"list_min", "array_min"},
                                       {"list_max", "array_max"},
                                       {"struct_extract", "get_field"},
                                       {"unicode", "ascii"},
                                       {"ord", "ascii"},
                                       {"starts_with", "startswith"},
                                       {"ends_with", "endswith"},
                                       {"ucase", "upper"},
                                       {"lcase", "lower"},
                                       {"to_hex", "hex"},
                                       {"variance_pop", "var_pop"},
                                       {"variance_samp", "var_samp"},
                                       {"json_build_object", "json_object"},
                                       {"jsonb_build_object", "json_object"},
                                       {"json_build_array", "json_array"},
                                       {"jsonb_build_array", "json_array"},
                                       {"jsonb_array_length", "json_array_length"},
                                       {"jsonb_typeof", "json_typeof"},
                                       {"jsonb_extract_path", "json_extract_path"},
                                       {"jsonb_extract_path_text", "json_extract_path_text"},
                                       {"array_to_json", "json_quote"},
                                       {"row_to_json", "json_quote"},
                                       {"to_jsonb", "json_quote"},
                                       {"jsonb_contains", "json_contains"},
                                       {"map_contains", "map_contains_key"},
                                       {"array_value", "array"},
                                       {"list_value", "array"},
                                       {"list_pack", "array"},
                                       {"from_hex", "unhex"},
                                       {"to_base64", "base64"},
                                       {"from_base64", "unbase64"},
                                       {"make_array", "array"},
                                       {"var", "var_samp"},
                                       {"approx_median", "median"},
                                       {"make_timestamptz", "make_timestamp"},
                                       {"array_empty", "empty"},
                                       {"list_empty", "empty"}};

const char *brasa__pg_call_name(brasa_pg *p, const char *name, int32_t nargs)
{
    if (brasa__function_find(name) != NULL || brasa__agg_for(p->arena, name, nargs) != NULL) return name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i][0], name) == 0) return names[i][1];
    }
    return name;
}

/* ---- regular expressions ---- */

static bool takes_pattern(const char *name)
{
    static const char *const list[] = {"rlike",          "regexp",       "regexp_like",   "regexp_extract", "regexp_extract_all",
                                       "regexp_replace", "regexp_count", "regexp_substr", "regexp_instr",   "split"};

    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strcmp(list[i], name) == 0) return true;
    }
    return false;
}

/* '\\d' is how Spark writes \d; read as it stands it would ask for a backslash before a d.  Two backslashes are one where something follows that one gives a
 * meaning. */
const brasa_expr *brasa__pg_pattern(brasa_pg *p, const char *name, const brasa_expr *e)
{
    static const char meaning[] = "dDwWsSbBntrQEAzZpP.*+?()[]{}|^$-/\\";

    if (!takes_pattern(name) || e->kind != BRASA_EXPR_LITERAL || e->value.null || e->value.type.kind != BRASA_KIND_STRING) return e;
    const char *s = e->value.u.s.p;
    size_t      n = e->value.u.s.n, m = 0;
    char       *out = brasa__arena_alloc(p->arena, n + 1);
    for (size_t i = 0; i < n; i++) {
        out[m++] = s[i];
        if (s[i] != '\\' || i + 2 >= n || s[i + 1] != '\\' || memchr(meaning, s[i + 2], sizeof meaning - 1) == NULL) {
            if (s[i] == '\\' && i + 1 < n) out[m++] = s[++i];
            continue;
        }
        bool two = s[i + 2] == '\\' && i + 3 < n && s[i + 3] == '\\';
        out[m++] = s[i + 2];
        i += two ? 3 : 2;
    }
    if (m == n) return e;
    brasa_expr *copy = brasa__arena_copy(p->arena, e, sizeof *e);
    out[m] = '\0';
    copy->value.u.s.p = out;
    copy->value.u.s.n = m;
    return copy;
}

/* ---- arguments by name ---- */

static const struct {
    const char *name;
    const char *args[6];
} named[] = {{"mask", {"str", "upperchar", "lowerchar", "digitchar", "otherchar"}}};

static const char *const *argument_names(const char *name)
{
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (strcmp(named[i].name, name) == 0) return named[i].args;
    }
    return NULL;
}

/* What is not given takes its usual value: of mask, the characters X, x and n, and what is nothing of these stays. */
static const brasa_expr *usual(brasa_pg *p, int32_t at)
{
    static const char *const letters[] = {NULL, "X", "x", "n"};
    brasa_value              v = at < 4 && letters[at] != NULL ? brasa_value_string(letters[at]) : brasa_value_null();

    return brasa__expr_literal(p->arena, &v);
}

brasa_status brasa__pg_named_args(brasa_pg *p, int32_t location, const char *name, const brasa_expr *const **args, int32_t *n)
{
    const char *const *known = argument_names(name);
    const brasa_expr **out;
    int32_t            given = 0, most = 0;

    while (given < *n && (*args)[given]->kind != BRASA_EXPR_ALIAS) given++;
    if (given == *n || known == NULL) return BRASA_OK;
    while (known[most] != NULL) most++;
    out = BRASA_NEWS(p->arena, const brasa_expr *, most + *n + 1);
    for (int32_t i = 0; i < given && i < most; i++) out[i] = (*args)[i];
    for (int32_t i = given; i < *n; i++) {
        int32_t at = 0;

        if ((*args)[i]->kind != BRASA_EXPR_ALIAS)
            return brasa__pg_fail(p, location, BRASA_SYNTAX, "an argument of %s without a name behind one with a name", name);
        while (at < most && strcasecmp(known[at], (*args)[i]->name) != 0) at++;
        if (at == most) return brasa__pg_fail(p, location, BRASA_NOT_FOUND, "%s has no argument %s", name, (*args)[i]->name);
        if (out[at] != NULL) return brasa__pg_fail(p, location, BRASA_INVALID, "argument %s of %s is given twice", known[at], name);
        out[at] = (*args)[i]->args[0];
    }
    if (out[0] == NULL) return brasa__pg_fail(p, location, BRASA_INVALID, "%s lacks its argument %s", name, known[0]);
    for (int32_t i = 1; i < most; i++) {
        if (out[i] == NULL) out[i] = usual(p, i);
    }
    *args = out;
    *n = most;
    return BRASA_OK;
}
