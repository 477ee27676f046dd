/* sql/hypothetical.c -- rank(x) WITHIN GROUP (ORDER BY y) and its kin: what rank a row of x would have among the rows of the group.
 *
 * They are counts: rank is 1 more than the rows that precede x in the order, dense_rank counts different ones, percent_rank and cume_dist are shares
 * of the rows without and with x.
 */
#include <string.h>

#include "expr/expr.h"
#include "sql/from_pg.h"

typedef struct hypothetical {
    brasa_pg                *p;
    int32_t                  at; /* place of the call */
    const brasa_expr        *filter;
    const brasa_order       *order;
    const brasa_expr *const *x;
    int32_t                  n;
} hypothetical;

static const brasa_expr *call(const hypothetical *h, const char *name, const brasa_expr *a, const brasa_expr *b)
{
    const brasa_expr *args[] = {a, b};

    return brasa__pg_make(h->p, h->at, name, args, b != NULL ? 2 : 1);
}

static const brasa_expr *number(const hypothetical *h, int64_t n)
{
    brasa_value v = brasa_value_i64(n);

    return brasa__expr_literal(h->p->arena, &v);
}

/* Does the row's key come before x? */
static const brasa_expr *before(const hypothetical *h, int32_t i)
{
    const brasa_order *o = &h->order[i];
    const brasa_expr  *y = o->expr, *x = h->x[i];
    const brasa_expr  *none = o->nulls_last ? call(h, "and", call(h, "isnotnull", y, NULL), call(h, "isnull", x, NULL))
                                            : call(h, "and", call(h, "isnull", y, NULL), call(h, "isnotnull", x, NULL));

    return call(h, "coalesce", call(h, o->desc ? ">" : "<", y, x), none);
}

/* Does the row come before x, or (with `ties`) beside it? */
static const brasa_expr *precedes(const hypothetical *h, bool ties)
{
    const brasa_expr *all = NULL;

    for (int32_t i = h->n - 1; i >= 0; i--) {
        const brasa_expr *same = call(h, "<=>", h->order[i].expr, h->x[i]), *rest = all;

        if (rest != NULL) same = call(h, "and", same, rest);
        all = rest != NULL || ties ? call(h, "or", before(h, i), same) : before(h, i);
    }
    return all;
}

/* Rows of the group for which `test` holds; with `different` each but once. */
static const brasa_expr *counted(const hypothetical *h, const brasa_expr *test, bool different)
{
    const brasa_expr **keys = BRASA_NEWS(h->p->arena, const brasa_expr *, h->n), *what = number(h, 1);
    brasa_expr        *count;

    for (int32_t i = 0; i < h->n; i++) keys[i] = h->order[i].expr;
    if (different) what = brasa__pg_make(h->p, h->at, "struct", keys, h->n);
    count = brasa__pg_make(h->p, h->at, "count", &what, 1);
    count->kind = BRASA_EXPR_AGGREGATE;
    count->distinct = different;
    count->filter = test == NULL ? h->filter : h->filter == NULL ? test : call(h, "and", h->filter, test);
    return count;
}

brasa_status brasa__pg_hypothetical(brasa_pg *p, const PgQuery__FuncCall *f, const char *name, const brasa_expr *const *args, int32_t nargs,
                                    const brasa_expr **out)
{
    static const char *const names[] = {"rank", "dense_rank", "percent_rank", "cume_dist"};
    hypothetical             h = {.p = p, .at = f->location, .x = args, .n = nargs};
    bool                     known = false;

    *out = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) known = known || strcmp(name, names[i]) == 0;
    if (!known || !f->agg_within_group) return BRASA_OK;
    if (nargs != (int32_t)f->n_agg_order || nargs == 0)
        return brasa__pg_fail(p, f->location, BRASA_SYNTAX, "%s WITHIN GROUP takes one value for each key of ORDER BY", name);
    if (f->over != NULL) return brasa__pg_fail(p, f->location, BRASA_UNSUPPORTED, "%s WITHIN GROUP over a window", name);
    if (f->agg_filter != NULL) BRASA_TRY(brasa__pg_expr(p, f->agg_filter, &h.filter));
    BRASA_TRY(brasa__pg_order(p, f->n_agg_order, f->agg_order, &h.order));
    if (strcmp(name, "percent_rank") == 0) {
        const brasa_expr *share = call(&h, "try_divide", counted(&h, precedes(&h, false), false), counted(&h, NULL, false));
        *out = call(&h, "coalesce", share, number(&h, 0));
    } else if (strcmp(name, "cume_dist") == 0) {
        *out = call(&h, "/", call(&h, "+", counted(&h, precedes(&h, true), false), number(&h, 1)),
                    call(&h, "+", counted(&h, NULL, false), number(&h, 1)));
    } else {
        *out = call(&h, "+", number(&h, 1), counted(&h, precedes(&h, false), strcmp(name, "dense_rank") == 0));
    }
    return BRASA_OK;
}
