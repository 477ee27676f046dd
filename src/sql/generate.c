/* sql/generate.c -- functions that make rows of one: explode and its kin, inline, stack, json_tuple.
 *
 * All are one thing, a list that is exploded: stack and json_tuple are a list of structs that is made for them, a map is the list of its entries.  Where the
 * elements are structs whose fields are wanted, these are taken out of the column that the explosion gave.
 */
#include <string.h>

#include "data/type.h"
#include "sql/binder.h"

static const struct {
    const char *name;
    bool        outer, position, expand;
} generators[] = {
    {"explode", false, false, false},
    {"explode_outer", true, false, false},
    {"posexplode", false, true, false},
    {"posexplode_outer", true, true, false},
    {"unnest", false, false, false},
    {"inline", false, false, true},
    {"inline_outer", true, false, true},
    {"stack", false, false, true},
    {"json_tuple", false, false, true},
    {"regexp_split_to_table", false, false, false},
    {"string_to_table", false, false, false},
    {"variant_explode", false, false, true},
    {"variant_explode_outer", true, false, true},
};

enum { GENERATORS = sizeof generators / sizeof *generators, MOST_STACKED = 10000 };

static int find(const char *name)
{
    for (int i = 0; i < GENERATORS; i++)
        if (strcmp(generators[i].name, name) == 0) return i;
    return -1;
}

bool sql_is_generator(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && find(e->name) >= 0;
}

static const brasa_expr *text(sql_binder *x, const char *s)
{
    brasa_value v = {.type = brasa__type(BRASA_KIND_STRING), .u.s = {s, strlen(s)}};

    return brasa__expr_literal(x->arena, &v);
}

/* stack(n, a, b, c, ...): n rows; what is missing in the last is null. */
static brasa_status stacked(sql_binder *x, const brasa_expr *call, const brasa_expr **out)
{
    brasa_value v;

    if (call->nargs < 2) return sql_fail(x, call->pos, BRASA_TYPE, "stack takes a number of rows and their values");
    BRASA_TRY(sql_constant(x, call->args[0], brasa__type(BRASA_KIND_INT64), &v));
    if (v.null || v.u.i < 1 || v.u.i > MOST_STACKED)
        return sql_fail(x, call->pos, BRASA_INVALID, "stack makes 1 to %d rows; give their number first", MOST_STACKED);
    int32_t            rows = (int32_t)v.u.i, values = call->nargs - 1, cols = (values + rows - 1) / rows;
    const brasa_expr **list = BRASA_NEWS(x->arena, const brasa_expr *, rows), *null;
    brasa_value        none = {.null = true};

    null = brasa__expr_literal(x->arena, &none);
    for (int32_t r = 0; r < rows; r++) {
        const brasa_expr **args = BRASA_NEWS(x->arena, const brasa_expr *, 2 * cols);
        for (int32_t c = 0; c < cols; c++) {
            args[2 * c] = text(x, brasa__arena_printf(x->arena, "col%d", c));
            args[2 * c + 1] = r * cols + c < values ? call->args[1 + r * cols + c] : null;
        }
        list[r] = brasa__expr_call(x->arena, "named_struct", args, 2 * cols);
    }
    *out = brasa__expr_call(x->arena, "array", list, rows);
    return BRASA_OK;
}

/* json_tuple(text, 'a', 'b'): the members of those names as text, in columns c0, c1. */
static brasa_status json_tuple(sql_binder *x, const brasa_expr *call, const brasa_expr **out)
{
    const brasa_expr **args = BRASA_NEWS(x->arena, const brasa_expr *, 2 * call->nargs), *one;

    if (call->nargs < 2) return sql_fail(x, call->pos, BRASA_TYPE, "json_tuple takes text and the names of members");
    for (int32_t i = 1; i < call->nargs; i++) {
        const brasa_expr *pieces[] = {text(x, "$['"), call->args[i], text(x, "']")};
        const brasa_expr *path = brasa__expr_call(x->arena, "concat", pieces, 3);
        args[2 * i - 2] = text(x, brasa__arena_printf(x->arena, "c%d", i - 1));
        args[2 * i - 1] = brasa__expr_call2(x->arena, "get_json_object", call->args[0], path);
    }
    one = brasa__expr_call(x->arena, "named_struct", args, 2 * call->nargs - 2);
    *out = brasa__expr_call(x->arena, "array", &one, 1);
    return BRASA_OK;
}

static bool is_name(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && e->nargs == 1 && strcmp(e->name, "__as__") == 0 && e->args[0]->kind == BRASA_EXPR_COLUMN;
}

/* The call without the names of columns behind its arguments, which the scanner put there: explode(m) AS (k, v). */
static const brasa_expr *without_names(sql_binder *x, const brasa_expr *call)
{
    brasa_expr *copy = brasa__arena_copy(x->arena, call, sizeof *call);

    while (copy->nargs > 0 && is_name(copy->args[copy->nargs - 1])) copy->nargs--;
    return copy;
}

brasa_status sql_generator_list(sql_binder *x, const brasa_expr *call, const brasa_expr **out)
{
    call = without_names(x, call);
    if (strcmp(call->name, "stack") == 0) return stacked(x, call, out);
    if (strcmp(call->name, "json_tuple") == 0) return json_tuple(x, call, out);
    bool regexp = strcmp(call->name, "regexp_split_to_table") == 0;
    if (regexp || strcmp(call->name, "string_to_table") == 0) {
        if (call->nargs != 2) return sql_fail(x, call->pos, BRASA_TYPE, "%s takes a text and what splits it", call->name);
        *out = brasa__expr_call(x->arena, regexp ? "regexp_split_to_array" : "string_to_array", call->args, 2);
        return BRASA_OK;
    }
    if (call->nargs != 1) return sql_fail(x, call->pos, BRASA_TYPE, "%s takes one list or map", call->name);
    if (strncmp(call->name, "variant_", 8) == 0) return *out = brasa__expr_call(x->arena, "variant_entries", call->args, 1), BRASA_OK;
    *out = call->args[0];
    return BRASA_OK;
}

static brasa_status typed_list(sql_binder *x, const brasa_expr *call, const brasa_expr *list, bool *expand, const brasa_expr **out)
{
    BRASA_TRY(sql_type(x, list, false, out));
    if ((*out)->type.kind == BRASA_KIND_MAP) {
        *expand = true;
        return sql_type(x, brasa__expr_call1(x->arena, "map_entries", *out), false, out);
    }
    if (*expand && ((*out)->type.kind != BRASA_KIND_LIST || (*out)->type.fields[0].type.kind != BRASA_KIND_STRUCT))
        return sql_fail(x, call->pos, BRASA_TYPE, "%s takes an array of structs", call->name);
    return BRASA_OK;
}

static brasa_status rename_columns(sql_binder *x, const brasa_expr *call, sql_generated *g)
{
    int32_t first = without_names(x, call)->nargs, n = call->nargs - first;

    if (n > 0 && n != g->n) return sql_fail(x, call->pos, BRASA_INVALID, "%d names for the %d columns of %s", n, g->n, call->name);
    for (int32_t i = 0; i < n; i++) g->names[i] = call->args[first + i]->args[0]->name;
    return BRASA_OK;
}

static brasa_status generate(sql_binder *x, const brasa_expr *call, const brasa_expr *list, const char *name, const brasa_node *in,
                             sql_generated *out)
{
    int          g = find(call->name);
    bool         expand = generators[g].expand, position = generators[g].position;
    brasa_arena *a = x->arena;

    BRASA_TRY(typed_list(x, call, list, &expand, &list));
    BRASA_TRY(
        brasa__plan_explode(x->b, in, list, name == NULL ? "col" : name, generators[g].outer, position ? "pos" : NULL, &out->node, x->err));
    const brasa_expr *element = brasa__node_ref(a, out->node, out->node->schema.ncols - 1);
    int32_t           most = (expand ? element->type.nfields : 1) + 1;

    out->exprs = BRASA_NEWS(a, const brasa_expr *, most);
    out->names = BRASA_NEWS(a, const char *, most);
    out->n = 0;
    out->expand = expand;
    if (position) {
        out->exprs[out->n] = brasa__node_ref(a, out->node, in->schema.ncols);
        out->names[out->n++] = "pos";
    }
    if (!expand) {
        out->exprs[out->n] = element;
        out->names[out->n++] = name == NULL ? "col" : name;
        return BRASA_OK;
    }
    for (int32_t f = 0; f < element->type.nfields; f++) {
        const char *field = element->type.fields[f].name;
        BRASA_TRY(sql_type(x, brasa__expr_call2(a, "get_field", element, text(x, field)), false, &out->exprs[out->n]));
        out->names[out->n++] = field;
    }
    return BRASA_OK;
}

brasa_status sql_generate(sql_binder *x, const brasa_expr *call, const brasa_expr *list, const char *name, const brasa_node *in,
                          sql_generated *out)
{
    BRASA_TRY(generate(x, call, list, name, in, out));
    return rename_columns(x, call, out);
}
