/* bind_names.c -- see bind_names.h. */
#include "expr/bind_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/zone.h"

/* The same function by another name, arguments as they are. */
static const char *const names[][2] = {
    {"list_contains", "array_contains"},
    {"list_has", "array_contains"},
    {"array_has", "array_contains"},
    {"list_position", "array_position"},
    {"list_indexof", "array_position"},
    {"array_indexof", "array_position"},
    {"list_distinct", "array_distinct"},
    {"list_unique_values", "array_distinct"},
    {"list_intersect", "array_intersect"},
    {"list_has_any", "arrays_overlap"},
    {"array_has_any", "arrays_overlap"},
    {"list_concat", "concat"},
    {"list_cat", "concat"},
    {"array_concat", "concat"},
    {"array_cat", "concat"},
    {"list_append", "array_append"},
    {"array_push_back", "array_append"},
    {"list_min", "array_min"},
    {"list_max", "array_max"},
    {"list_reverse", "array_reverse"},
    {"list_value", "array"},
    {"list_pack", "array"},
    {"make_array", "array"},
    {"list_sort", "sort_array"},
    {"list_extract", "try_element_at"},
    {"list_element", "try_element_at"},
    {"array_extract", "try_element_at"},
    {"array_element", "try_element_at"},
    {"array_remove_all", "array_remove"},
    {"array_to_string", "array_join"},
    {"list_zip", "arrays_zip"},
    {"array_zip", "arrays_zip"},
    {"prefix", "startswith"},
    {"starts_with", "startswith"},
    {"suffix", "endswith"},
    {"ends_with", "endswith"},
    {"to_hex", "hex"},
    {"from_hex", "unhex"},
    {"to_base64", "base64"},
    {"from_base64", "unbase64"},
    {"regexp_split_to_array", "split"},
    {"string_split_regex", "split"},
    {"str_split_regex", "split"},
    {"pg_typeof", "typeof"},
    {"epoch_ms", "unix_millis"},
    {"epoch_us", "unix_micros"},
    {"session_user", "current_user"},
    {"user", "current_user"},
    {"current_schema", "current_database"},
    {"week", "weekofyear"},
    {"editdist3", "levenshtein"},
    {"row_to_json", "to_json"},
    {"array_to_json", "to_json"},
};

enum { NAMES = sizeof names / sizeof *names };

int32_t brasa__other_name_count(void)
{
    return NAMES;
}

bool brasa__other_name_at(int32_t i, const char **name, const char **means)
{
    if (i < 0 || i >= NAMES) return false;
    *name = names[i][0];
    *means = names[i][1];
    return true;
}

static const brasa_expr *text(brasa_arena *arena, const char *s)
{
    brasa_value v = {.type = brasa__type(BRASA_KIND_STRING), .u.s = {s, strlen(s)}};

    return brasa__expr_literal(arena, &v);
}

static const brasa_expr *zero(brasa_arena *arena)
{
    brasa_value v = brasa_value_i32(0);

    return brasa__expr_literal(arena, &v);
}

/* decode(x, a, b, c, d, otherwise): CASE WHEN x <=> a THEN b WHEN x <=> c THEN d ELSE otherwise END */
static const brasa_expr *decode(brasa_arena *arena, const brasa_expr *e)
{
    brasa_expr        *c = brasa__expr_new(arena, BRASA_EXPR_CASE);
    const brasa_expr **args = BRASA_NEWS(arena, const brasa_expr *, e->nargs + 1);
    int32_t            n = 0;

    for (int32_t i = 1; i + 1 < e->nargs; i += 2) {
        args[n++] = brasa__expr_call2(arena, "<=>", e->args[0], e->args[i]);
        args[n++] = e->args[i + 1];
    }
    if (e->nargs % 2 == 0) args[n++] = e->args[e->nargs - 1];
    c->args = args;
    c->nargs = n;
    c->pos = e->pos;
    return c;
}

static const brasa_expr *constant(brasa_arena *arena, const char *f)
{
    if (strcmp(f, "current_database") == 0 || strcmp(f, "current_schema") == 0) return text(arena, "default");
    if (strcmp(f, "current_timezone") == 0) return text(arena, brasa__arena_strdup(arena, brasa__zone_name(brasa__zone_session())));
    if (strcmp(f, "current_catalog") == 0) return text(arena, "spark_catalog");
    if (strcmp(f, "current_user") != 0 && strcmp(f, "session_user") != 0 && strcmp(f, "user") != 0) return NULL;
    const char *user = getenv("USER");
    return text(arena, user && *user ? brasa__arena_strdup(arena, user) : "user");
}

static const brasa_expr *rename_call(brasa_arena *arena, const brasa_expr *e, const char *name)
{
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);

    copy->name = name;
    return copy;
}

const brasa_expr *brasa__expr_other_name(brasa_arena *arena, const brasa_expr *e)
{
    const brasa_expr *const *a = e->args;
    const char              *f = e->name;

    if (e->nargs == 0) return constant(arena, f);
    if (e->nargs == 2 && strcmp(f, "equal_null") == 0) return brasa__expr_call(arena, "<=>", a, 2);
    if (e->nargs == 1 && strcmp(f, "zeroifnull") == 0) return brasa__expr_call2(arena, "coalesce", a[0], zero(arena));
    if (e->nargs == 1 && strcmp(f, "nullifzero") == 0) return brasa__expr_call2(arena, "nullif", a[0], zero(arena));
    if (e->nargs > 2 && strcmp(f, "decode") == 0) return decode(arena, e);
    if (e->nargs == 1 && strcmp(f, "epoch") == 0)
        return brasa__expr_cast(arena, brasa__expr_call2(arena, "date_part", text(arena, "epoch"), a[0]), brasa__type(BRASA_KIND_FLOAT64),
                                false);
    if (e->nargs == 2 && (strcmp(f, "list_prepend") == 0 || strcmp(f, "array_push_front") == 0))
        return strcmp(f, "list_prepend") == 0 ? brasa__expr_call2(arena, "array_prepend", a[1], a[0])
                                              : brasa__expr_call2(arena, "array_prepend", a[0], a[1]);
    if (e->nargs == 1 && strcmp(f, "sha256") == 0) {
        brasa_value bits = brasa_value_i32(256);
        return brasa__expr_call2(arena, "sha2", a[0], brasa__expr_literal(arena, &bits));
    }
    for (int i = 0; i < NAMES; i++)
        if (strcmp(names[i][0], f) == 0 && strcmp(f, names[i][1]) != 0) return rename_call(arena, e, names[i][1]);
    return NULL;
}
