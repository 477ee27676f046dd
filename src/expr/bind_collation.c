/* bind_collation.c -- calls whose texts have a collation (data/collation.h): what compares them compares their keys.
 *
 * Comparisons and tests of membership go over collation_key(x); searches in texts of UTF8_LCASE over lower(x).  Functions that compare in other ways refuse
 * collated texts; all others take them as they are, and hand the collation on.
 */
#include <string.h>

#include "data/collation.h"
#include "data/value.h"
#include "expr/bind_internal.h"
#include "expr/function.h"
#include "expr/lambda.h"

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0) return true;
    return false;
}

#define IS_ONE_OF(name, list) is_one_of((name), (list), sizeof(list) / sizeof *(list))

/* The same value without its collation, so that nothing here looks at it again. */
static const brasa_expr *bare(brasa_arena *arena, const brasa_expr *e)
{
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);

    if (e->type.kind == BRASA_KIND_LIST) {
        copy->type = brasa__type_list(arena, brasa__type(BRASA_KIND_STRING));
        return copy;
    }
    copy->type.scale = 0;
    copy->type.precision &= (uint8_t) ~(BRASA_STRING_EXPLICIT | BRASA_STRING_WEAK);
    return copy;
}

static const brasa_expr *key_call(brasa_arena *arena, const brasa_expr *e, uint8_t id)
{
    brasa_text name;

    brasa__text_init(&name, arena);
    brasa__collation_name(id, &name);
    brasa_value v = brasa_value_string(name.s);
    return brasa__expr_call2(arena, "collation_key", e, brasa__expr_literal(arena, &v));
}

/* What compares in place of e, unbound: its key; of a list the keys of its elements. */
static const brasa_expr *key_of(brasa_arena *arena, const brasa_expr *e, uint8_t id)
{
    const char *item = "__item";

    if (e->type.kind == BRASA_KIND_STRING) return key_call(arena, bare(arena, e), id);
    if (e->type.kind != BRASA_KIND_LIST) return e;
    return brasa__expr_call2(arena, "transform", bare(arena, e),
                             brasa__lambda_make(arena, &item, 1, key_call(arena, brasa__expr_column(arena, NULL, item), id)));
}

brasa_status brasa__expr_collation_key(brasa_arena *arena, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    brasa_scope none = {.text = NULL};

    *out = e;
    if (!brasa__type_is_collated(e->type)) return BRASA_OK;
    *out = bare(arena, e);
    if (e->type.scale == 0) return BRASA_OK;
    return brasa__expr_bind(arena, &none, key_call(arena, *out, e->type.scale), 0, out, err);
}

static bool find_column(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    *found = *found || e->kind == BRASA_EXPR_REF || e->kind == BRASA_EXPR_COLUMN;
    return !*found;
}

/* A text of columns that are compared by their bytes. */
static bool is_plain(const brasa_expr *e)
{
    bool column = false;

    if (e->type.kind != BRASA_KIND_STRING || brasa__type_is_collated(e->type)) return false;
    brasa__expr_walk(e, find_column, &column);
    return column;
}

/* The collation of all texts among the arguments. */
static brasa_status merged(binder *b, const brasa_expr *call, brasa_type *out, brasa_error *err)
{
    bool plain = false;

    *out = brasa__type(BRASA_KIND_STRING);
    for (int32_t i = 0; i < call->nargs; i++) plain = plain || is_plain(call->args[i]);
    for (int32_t i = 0; i < call->nargs; i++) {
        brasa_type t = call->args[i]->type;

        if (t.kind == BRASA_KIND_LIST) t = t.fields[0].type;
        if (t.kind != BRASA_KIND_STRING || brasa__collation_merge(out, t)) continue;
        brasa_text names;
        brasa__text_init(&names, b->arena);
        brasa__collation_name(out->scale, &names);
        brasa__text_add(&names, " and ");
        brasa__collation_name(t.scale, &names);
        brasa__fail(err, BRASA_TYPE, "%s of texts of two collations, %s; say COLLATE of one of them", call->name, names.s);
        return brasa__bind_place(b, call->pos, err);
    }
    if (plain && (out->precision & BRASA_STRING_WEAK) != 0) *out = brasa__type(BRASA_KIND_STRING);
    return BRASA_OK;
}

static brasa_status over(binder *b, const brasa_expr *call, const brasa_expr *const *args, const brasa_expr **out, brasa_error *err)
{
    brasa_expr *copy = brasa__expr_call(b->arena, call->name, args, call->nargs);

    copy->pos = call->pos;
    return brasa__bind_node(b, copy, out, err);
}

brasa_status brasa__bind_collated(binder *b, brasa_expr *call, const brasa_expr **out, brasa_error *err)
{
    static const char *const none[] = {"collation_key", "collation", "__collate"};
    static const char *const compare[] = {
        "=", "<>", "<", "<=", ">", ">=", "<=>", "array_contains", "array_position", "arrays_overlap", "list_has_all"};
    static const char *const search[] = {"contains", "startswith", "endswith", "instr", "locate", "position", "find_in_set", "like"};
    static const char *const refuse[] = {"least",       "greatest",  "array_min",    "array_max",       "sort_array",     "array_sort",
                                         "array_union", "split",     "array_except", "array_intersect", "array_distinct", "array_remove",
                                         "replace",     "translate", "split_part",   "substring_index", "rlike",          "ilike"};
    const brasa_expr       **args = BRASA_NEWS(b->arena, const brasa_expr *, call->nargs + 1);
    brasa_type               t;

    *out = call;
    if (IS_ONE_OF(call->name, none)) return BRASA_OK;
    BRASA_TRY(merged(b, call, &t, err));
    bool trims = call->nargs > 1 && strstr(call->name, "trim") != NULL;
    if (IS_ONE_OF(call->name, compare)) {
        for (int32_t i = 0; i < call->nargs; i++)
            args[i] = t.scale == 0 ? bare(b->arena, call->args[i]) : key_of(b->arena, call->args[i], t.scale);
        return over(b, call, args, out, err);
    }
    bool lower = t.scale == BRASA_COLLATION_LCASE && IS_ONE_OF(call->name, search);
    if (lower) {
        for (int32_t i = 0; i < call->nargs; i++) {
            bool text = call->args[i]->type.kind == BRASA_KIND_STRING;
            args[i] = text ? brasa__expr_call1(b->arena, "lower", bare(b->arena, call->args[i])) : call->args[i];
        }
        return over(b, call, args, out, err);
    }
    if (t.scale != 0 &&
        (trims || IS_ONE_OF(call->name, search) || IS_ONE_OF(call->name, refuse) || strncmp(call->name, "regexp", 6) == 0)) {
        brasa_text name;
        brasa__text_init(&name, b->arena);
        brasa__collation_name(t.scale, &name);
        brasa__fail(err, BRASA_UNSUPPORTED, "%s by the collation %s; say COLLATE UTF8_BINARY of its arguments, or compare lower(...)",
                    call->name, name.s);
        return brasa__bind_place(b, call->pos, err);
    }
    if (call->type.kind == BRASA_KIND_STRING) {
        call->type.scale = t.scale;
        uint8_t marks = BRASA_STRING_EXPLICIT | BRASA_STRING_WEAK;
        call->type.precision = (uint8_t)((call->type.precision & ~marks) | (t.precision & marks));
    } else if (call->type.kind == BRASA_KIND_LIST && call->type.fields[0].type.kind == BRASA_KIND_STRING) {
        call->type = brasa__type_list(b->arena, t);
    }
    return BRASA_OK;
}

/* x COLLATE c: x itself, of another type. */
brasa_status brasa__bind_collate(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    const brasa_expr *x;
    brasa_value       name = e->args[1]->value;
    uint8_t           id;

    BRASA_TRY(brasa__bind_node(b, e->args[0], &x, err));
    BRASA_TRY(brasa__bind_coerce(b, x, brasa__type(BRASA_KIND_STRING), true, &x, err));
    if (!brasa__collation_find(name.u.s.p, name.u.s.n, &id)) {
        brasa__fail(
            err, BRASA_INVALID,
            "there is no collation '%.*s' for this place; there are UTF8_BINARY, UTF8_LCASE, NOCASE, UNICODE and languages as DE or "
            "SV, with _CI, _AI and _RTRIM",
            (int)name.u.s.n, name.u.s.p);
        return brasa__bind_place(b, e->pos, err);
    }
    brasa_expr *copy = brasa__arena_copy(b->arena, x, sizeof *x);
    copy->type.scale = id;
    copy->type.precision |= BRASA_STRING_EXPLICIT;
    *out = copy;
    return BRASA_OK;
}

brasa_status brasa__bind_keys(binder *b, const brasa_expr **list, int32_t n, const char *what, brasa_error *err)
{
    brasa_expr all = {.name = what, .args = list, .nargs = n, .pos = n > 0 ? list[0]->pos : -1};
    brasa_type t;
    bool       any = false;

    for (int32_t i = 0; i < n; i++) any = any || brasa__type_is_collated(list[i]->type);
    if (!any) return BRASA_OK;
    BRASA_TRY(merged(b, &all, &t, err));
    for (int32_t i = 0; i < n; i++) {
        if (list[i]->type.kind != BRASA_KIND_STRING) continue;
        BRASA_TRY(brasa__bind_node(b, t.scale == 0 ? bare(b->arena, list[i]) : key_of(b->arena, list[i], t.scale), &list[i], err));
    }
    return BRASA_OK;
}

/* collation(x): its name. */
const brasa_expr *brasa__bind_collation_name(binder *b, const brasa_expr *x)
{
    brasa_text name;

    brasa__text_init(&name, b->arena);
    brasa__text_add(&name, "SYSTEM.BUILTIN.");
    brasa__collation_name(x->type.kind == BRASA_KIND_STRING ? x->type.scale : 0, &name);
    brasa_value v = brasa_value_string(name.s);
    return brasa__expr_literal(b->arena, &v);
}
