/* map_lambda.c -- functions of maps that take a lambda, said with functions of lists.
 *
 *   transform_values(m, f)    map_from_arrays(map_keys(m), zip_with(map_keys(m), map_values(m), f))
 *   transform_keys(m, f)      map_from_arrays(zip_with(map_keys(m), map_values(m), f), map_values(m))
 *   map_filter(m, f)          map_from_entries(filter(map_entries(m), e -> f of e.key and e.value))
 *   map_zip_with(m, n, f)     over the union of the keys, with what belongs to each in m and in n
 *   map_agg(k, v)             map_from_entries of the collected pairs
 */
#include <string.h>
#include <strings.h>

#include "expr/func_map.h"
#include "expr/lambda.h"

static const brasa_expr *text(brasa_arena *arena, const char *s)
{
    brasa_value v = {.type = brasa__type(BRASA_KIND_STRING), .u.s = {s, strlen(s)}};

    return brasa__expr_literal(arena, &v);
}

static const brasa_expr *call3(brasa_arena *arena, const char *name, const brasa_expr *a, const brasa_expr *b, const brasa_expr *c)
{
    const brasa_expr *args[] = {a, b, c};

    return brasa__expr_call(arena, name, args, 3);
}

/* Variables of a body, and what stands for them. */
typedef struct replacing {
    int32_t           n;
    const char       *names[BRASA_LAMBDA_MOST];
    const brasa_expr *by[BRASA_LAMBDA_MOST];
} replacing;

static const brasa_expr *replace(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const replacing *r = arg;

    (void)arena;
    if (e->kind != BRASA_EXPR_CALL || e->nargs != 1 || strcmp(e->name, "__variable") != 0) return e;
    for (int32_t i = 0; i < r->n; i++)
        if (strcasecmp(r->names[i], e->args[0]->value.u.s.p) == 0) return r->by[i];
    return e;
}

static const brasa_expr *variable(brasa_arena *arena, const char *name)
{
    return brasa__expr_call1(arena, "__variable", text(arena, name));
}

/* x -> body, with what stands for the parameters of `lambda`; x is a name that no text has, so that it hides nothing. */
static const brasa_expr *lambda_of(brasa_arena *arena, const brasa_expr *lambda, const char *x, const brasa_expr *const *by)
{
    replacing         r = {.n = lambda->nargs - 1};
    const brasa_expr *args[2] = {text(arena, x)};

    for (int32_t i = 0; i < r.n; i++) r.names[i] = lambda->args[i]->value.u.s.p, r.by[i] = by[i];
    args[1] = brasa__expr_rewrite(arena, lambda->args[r.n], replace, &r);
    return brasa__expr_call(arena, "__lambda", args, 2);
}

static const brasa_expr *filter(brasa_arena *arena, const brasa_expr *m, const brasa_expr *lambda, const char *x)
{
    const brasa_expr *by[] = {brasa__expr_call2(arena, "get_field", variable(arena, x), text(arena, "key")),
                              brasa__expr_call2(arena, "get_field", variable(arena, x), text(arena, "value"))};
    const brasa_expr *entries = brasa__expr_call1(arena, "map_entries", m);

    return brasa__expr_call1(arena, "map_from_entries", brasa__expr_call2(arena, "filter", entries, lambda_of(arena, lambda, x, by)));
}

static const brasa_expr *zip(brasa_arena *arena, const brasa_expr *m, const brasa_expr *n, const brasa_expr *lambda, const char *x)
{
    const brasa_expr *key = variable(arena, x);
    const brasa_expr *by[] = {key, brasa__expr_call2(arena, "element_at", m, key), brasa__expr_call2(arena, "element_at", n, key)};
    const brasa_expr *keys =
        brasa__expr_call2(arena, "array_union", brasa__expr_call1(arena, "map_keys", m), brasa__expr_call1(arena, "map_keys", n));

    return brasa__expr_call2(arena, "map_from_arrays", keys, brasa__expr_call2(arena, "transform", keys, lambda_of(arena, lambda, x, by)));
}

/* Pairs with a null key are left out. */
static const brasa_expr *collected(brasa_arena *arena, const brasa_expr *e)
{
    brasa_value       null = {.null = true};
    brasa_expr       *pair = brasa__expr_new(arena, BRASA_EXPR_CASE), *list;
    const brasa_expr *args[] = {brasa__expr_call1(arena, "isnotnull", e->args[0]),
                                brasa__expr_call2(arena, "struct", e->args[0], e->args[1]), brasa__expr_literal(arena, &null)};

    pair->args = brasa__arena_copy(arena, args, sizeof args);
    pair->nargs = 3;
    list = brasa__expr_call1(arena, "collect_list", pair);
    list->filter = e->filter;
    list->distinct = e->distinct;
    list->norder = e->norder;
    list->order = e->order;
    list->kind = BRASA_EXPR_AGGREGATE;
    list->pos = e->pos;
    return brasa__expr_call1(arena, "map_from_entries", list);
}

const brasa_expr *brasa__map_lambda_form(brasa_arena *arena, const brasa_expr *e)
{
    const brasa_expr *const *a = e->args;
    const brasa_expr        *last = e->nargs > 0 ? a[e->nargs - 1] : NULL;
    const char              *x = brasa__arena_printf(arena, "%s at %d", e->name, e->pos);

    if (e->nargs == 2 && strcmp(e->name, "map_agg") == 0) return collected(arena, e);
    if (last == NULL || !brasa__is_lambda(last)) return NULL;
    if (e->nargs == 3 && last->nargs == 4 && strcmp(e->name, "map_zip_with") == 0) return zip(arena, a[0], a[1], last, x);
    if (e->nargs != 2 || last->nargs != 3) return NULL;
    if (strcmp(e->name, "map_filter") == 0) return filter(arena, a[0], last, x);
    bool keys = strcmp(e->name, "transform_keys") == 0;
    if (!keys && strcmp(e->name, "transform_values") != 0) return NULL;
    const brasa_expr *k = brasa__expr_call1(arena, "map_keys", a[0]), *v = brasa__expr_call1(arena, "map_values", a[0]);
    const brasa_expr *made = call3(arena, "zip_with", k, v, last);
    return brasa__expr_call2(arena, "map_from_arrays", keys ? made : k, keys ? v : made);
}
