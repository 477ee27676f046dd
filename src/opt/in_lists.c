/* in_lists.c -- "x = 1 OR x = 2 OR ..." is "x IN (1, 2, ...)", and "x <> 1 AND x <> 2 AND ..." is "x NOT IN (1, 2, ...)": one look into a set instead of a test for each.
 *
 * Other branches stay, before the list or behind it as its first value was.  Lists of the same x are put together.
 */
#include <string.h>

#include "data/type.h"
#include "opt/inner.h"

/* Fewer are compared as they are. */
enum { LEAST = 3 };

typedef struct in_list {
    const brasa_expr  *x;
    const brasa_expr **values; /* [n]; values[0] is free for x */
    int32_t            n, cap, parts;
    const brasa_expr  *only; /* the part that it was, when there is one */
} in_list;

typedef struct lists {
    brasa_opt         *o;
    const char        *op; /* "or": equalities; "and": inequalities */
    in_list           *items;
    int32_t            n, cap;
    const brasa_expr **parts; /* NULL: the list in its place comes from items */
    int32_t           *list_of;
    int32_t            nparts, cap_parts, cap_list_of;
} lists;

enum { MOST_LISTS = 16 };

static in_list *list_for(lists *l, const brasa_expr *x, bool *made)
{
    *made = false;
    for (int32_t i = 0; i < l->n; i++) {
        if (brasa__expr_equal(l->items[i].x, x)) return &l->items[i];
    }
    if (l->n == MOST_LISTS) return NULL;
    l->items = brasa__arena_grow(l->o->arena, l->items, &l->cap, l->n + 1, sizeof *l->items);
    l->items[l->n] = (in_list) {.x = x, .n = 1};
    *made = true;
    return &l->items[l->n++];
}

static void add_value(lists *l, in_list *to, const brasa_expr *v)
{
    to->values = brasa__arena_grow(l->o->arena, to->values, &to->cap, to->n + 1, sizeof *to->values);
    to->values[to->n++] = v;
}

/* x and the literals of an equality (inequality) or list; 0: it is something else. */
static int32_t values_of(const lists *l, const brasa_expr *e, const brasa_expr **x, const brasa_expr *const **values)
{
    bool either = strcmp(l->op, "or") == 0;

    if (e->kind == BRASA_EXPR_IN && e->negated == !either) {
        for (int32_t i = 1; i < e->nargs; i++) {
            if (e->args[i]->kind != BRASA_EXPR_LITERAL) return 0;
        }
        *x = e->args[0];
        *values = e->args + 1;
        return e->nargs - 1;
    }
    if (!brasa__is_call(e, either ? "=" : "<>") || e->nargs != 2) return 0;
    for (int32_t k = 0; k < 2; k++) {
        const brasa_expr *v = e->args[1 - k];

        if (v->kind != BRASA_EXPR_LITERAL || e->args[k]->kind == BRASA_EXPR_LITERAL || !brasa__type_equal(v->type, e->args[k]->type))
            continue;
        *x = e->args[k];
        *values = e->args + 1 - k;
        return 1;
    }
    return 0;
}

static void add_part(lists *l, const brasa_expr *e)
{
    const brasa_expr        *x;
    const brasa_expr *const *values;
    in_list                 *to = NULL;
    bool                     made = true;

    if (brasa__is_call(e, l->op)) {
        for (int32_t i = 0; i < e->nargs; i++) add_part(l, e->args[i]);
        return;
    }
    int32_t n = values_of(l, e, &x, &values);
    if (n > 0 && brasa__expr_is_deterministic(x)) to = list_for(l, x, &made);
    if (to != NULL) {
        for (int32_t i = 0; i < n; i++) add_value(l, to, values[i]);
        if (to->parts++ == 0) to->only = e;
        if (!made) return;
    }
    l->parts = brasa__arena_grow(l->o->arena, l->parts, &l->cap_parts, l->nparts + 1, sizeof *l->parts);
    l->list_of = brasa__arena_grow(l->o->arena, l->list_of, &l->cap_list_of, l->nparts + 1, sizeof *l->list_of);
    l->parts[l->nparts] = to != NULL ? NULL : e;
    l->list_of[l->nparts++] = to != NULL ? (int32_t)(to - l->items) : -1;
}

static const brasa_expr *made_list(lists *l, in_list *from)
{
    brasa_expr *e = brasa__expr_new(l->o->arena, BRASA_EXPR_IN);

    from->values[0] = from->x;
    e->bound = true;
    e->type = brasa__type(BRASA_KIND_BOOL);
    e->nullable = from->x->nullable;
    for (int32_t i = 1; i < from->n; i++) e->nullable |= from->values[i]->value.null;
    e->negated = strcmp(l->op, "and") == 0;
    e->args = from->values;
    e->nargs = from->n;
    return e;
}

/* The parts by halves, so that the tree stays flat. */
static const brasa_expr *together(lists *l, const brasa_expr *const *parts, int32_t n)
{
    if (n == 1) return parts[0];
    const brasa_expr *args[] = {together(l, parts, n / 2), together(l, parts + n / 2, n - n / 2)};
    return brasa__bound_call(l->o->arena, l->op, args, 2);
}

static const brasa_expr *list_all(void *arg, const brasa_expr *e);

static const brasa_expr *as_lists(brasa_opt *o, const brasa_expr *e)
{
    lists   l = {.o = o, .op = e->name};
    int32_t n = 0;
    bool    any = false;

    add_part(&l, e);
    for (int32_t i = 0; i < l.n; i++) any |= l.items[i].parts > 1 && l.items[i].n > LEAST;
    if (!any) return e;
    const brasa_expr **parts = BRASA_NEWS(o->arena, const brasa_expr *, l.nparts *LEAST + 1);
    for (int32_t i = 0; i < l.nparts; i++) {
        in_list *list = l.parts[i] == NULL ? &l.items[l.list_of[i]] : NULL;

        parts[n++] = list == NULL ? list_all(o, l.parts[i]) : list->parts == 1 ? list->only : made_list(&l, list);
    }
    return together(&l, parts, n);
}

/* From the top: a chain is looked at once, as a whole. */
static const brasa_expr *list_chain(void *arg, const brasa_expr *e)
{
    brasa_opt *o = arg;

    if (!brasa__is_call(e, "or") && !brasa__is_call(e, "and")) return NULL;
    const brasa_expr *now = as_lists(o, e);
    return now == e ? NULL : now;
}

static const brasa_expr *list_all(void *arg, const brasa_expr *e)
{
    brasa_opt *o = arg;

    return brasa__expr_replace(o->arena, e, list_chain, o);
}

static const brasa_node *list_node(void *arg, brasa_arena *arena, const brasa_node *n)
{
    (void)arena;
    return opt_map_exprs(arg, n, list_all, arg);
}

const brasa_node *opt_in_lists(brasa_opt *o, const brasa_node *n)
{
    return brasa__node_rewrite(o->arena, n, list_node, o);
}
