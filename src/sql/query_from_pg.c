/* sql/query_from_pg.c -- SELECT, VALUES and set operations: PostgreSQL's tree to ours. */
#include "sql/query_from_pg.h"

#include <string.h>
#include <strings.h>

enum { QUERY_DEPTH = 200 };

/* ---- WITH ---- */

brasa_status brasa__pg_with(brasa_pg *p, const PgQuery__WithClause *w, const brasa_cte **out, int32_t *n)
{
    brasa_cte *list = BRASA_NEWS(p->arena, brasa_cte, w->n_ctes + 1);

    for (size_t i = 0; i < w->n_ctes; i++) {
        const PgQuery__CommonTableExpr *c = w->ctes[i]->common_table_expr;

        list[i].name = brasa__arena_strdup(p->arena, c->ctename);
        list[i].pos = brasa__pg_pos(p, c->location);
        list[i].recursive = w->recursive != 0;
        if (c->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways) list[i].wish = BRASA_WITH_ONCE;
        if (c->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever) list[i].wish = BRASA_WITH_INLINE;
        list[i].columns = brasa__pg_names(p, c->n_aliascolnames, c->aliascolnames);
        list[i].ncolumns = (int32_t)c->n_aliascolnames;
        if (c->search_clause != NULL || c->cycle_clause != NULL)
            return brasa__pg_fail(p, c->location, BRASA_UNSUPPORTED, "SEARCH and CYCLE of a recursive WITH");
        if (c->ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
            return brasa__pg_fail(p, c->location, BRASA_UNSUPPORTED, "statements that change data inside WITH");
        if (w->recursive && c->ctequery->select_stmt->n_locking_clause > 0 && c->ctequery->select_stmt->larg != NULL)
            return brasa__pg_fail(p, c->location, BRASA_UNSUPPORTED, "FOR UPDATE in a recursive query");
        BRASA_TRY(brasa__pg_query(p, c->ctequery->select_stmt, &list[i].query));
    }
    *out = list;
    *n = (int32_t)w->n_ctes;
    return BRASA_OK;
}

/* ---- GROUP BY ---- */

static brasa_status group_items(brasa_pg *p, size_t n, PgQuery__Node *const *items, bool inside, brasa_group **out);

static brasa_status grouping_set(brasa_pg *p, const PgQuery__GroupingSet *s, brasa_group *out)
{
    brasa_group *items;

    out->pos = brasa__pg_pos(p, s->location);
    switch ((int)s->kind) {
    case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_EMPTY: out->kind = BRASA_GROUP_EMPTY; break;
    case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_ROLLUP: out->kind = BRASA_GROUP_ROLLUP; break;
    case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_CUBE: out->kind = BRASA_GROUP_CUBE; break;
    case PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_SETS: out->kind = BRASA_GROUP_SETS; break;
    default: out->kind = BRASA_GROUP_LIST; break;
    }
    BRASA_TRY(group_items(p, s->n_content, s->content, true, &items));
    out->n = (int32_t)s->n_content;
    out->items = items;
    return BRASA_OK;
}

static brasa_status group_items(brasa_pg *p, size_t n, PgQuery__Node *const *items, bool inside, brasa_group **out)
{
    brasa_group *list = BRASA_NEWS(p->arena, brasa_group, n + 1);

    for (size_t i = 0; i < n; i++) {
        const PgQuery__Node *item = items[i];

        if (item->node_case == PG_QUERY__NODE__NODE_GROUPING_SET) {
            BRASA_TRY(grouping_set(p, item->grouping_set, &list[i]));
        } else if (item->node_case == PG_QUERY__NODE__NODE_ROW_EXPR &&
                   item->row_expr->row_format == PG_QUERY__COERCION_FORM__COERCE_IMPLICIT_CAST) {
            brasa_group *inner;

            list[i].kind = BRASA_GROUP_LIST;
            BRASA_TRY(group_items(p, item->row_expr->n_args, item->row_expr->args, inside, &inner));
            list[i].n = (int32_t)item->row_expr->n_args;
            list[i].items = inner;
        } else {
            list[i].kind = BRASA_GROUP_EXPR;
            BRASA_TRY(brasa__pg_expr(p, item, &list[i].expr));
            list[i].pos = list[i].expr->pos;
        }
    }
    *out = list;
    return BRASA_OK;
}

/* The scanner turns ALL after GROUP BY and ORDER BY into a call of this name. */
static bool is_all(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && e->nargs == 0 && strcmp(e->name, "__all__") == 0;
}

static brasa_status groups(brasa_pg *p, const PgQuery__SelectStmt *s, brasa_query *q)
{
    brasa_group *list;

    BRASA_TRY(group_items(p, s->n_group_clause, s->group_clause, false, &list));
    q->groups = list;
    q->ngroups = (int32_t)s->n_group_clause;
    if (q->ngroups == 1 && list[0].kind == BRASA_GROUP_EXPR && is_all(list[0].expr)) {
        q->group_all = true;
        q->ngroups = 0;
    }
    return BRASA_OK;
}

/* ---- the parts ---- */

static brasa_status distinct(brasa_pg *p, const PgQuery__SelectStmt *s, brasa_query *q)
{
    if (s->n_distinct_clause == 0) return BRASA_OK;
    q->distinct = true;
    if (s->distinct_clause[0] == NULL || s->distinct_clause[0]->node_case == PG_QUERY__NODE__NODE__NOT_SET) return BRASA_OK;
    q->non = (int32_t)s->n_distinct_clause;
    return brasa__pg_exprs(p, s->n_distinct_clause, s->distinct_clause, &q->on);
}

/* The scanner's marks among the targets: QUALIFY's condition, and what a star leaves out or gives in place. */
static bool take_mark(brasa_pg *p, brasa_query *q, const brasa_expr **targets)
{
    const brasa_expr *e = targets[q->ntargets], *before = q->ntargets > 0 ? targets[q->ntargets - 1] : NULL;

    if (e->kind != BRASA_EXPR_CALL || strncmp(e->name, "__", 2) != 0) return false;
    if (strcmp(e->name, "__qualify__") == 0 && e->nargs == 1) {
        q->qualify = e->args[0];
        return true;
    }
    if (strcmp(e->name, "__by_name__") == 0) {
        q->by_name = true;
        return true;
    }
    bool star = before != NULL && before->kind == BRASA_EXPR_STAR;
    if (!star || (strcmp(e->name, "__except__") != 0 && strcmp(e->name, "__replace__") != 0 && strcmp(e->name, "__rename__") != 0))
        return false;
    brasa_expr        *changed = brasa__arena_copy(p->arena, before, sizeof *before);
    const brasa_expr **marks = BRASA_NEWS(p->arena, const brasa_expr *, before->nargs + 1);
    for (int32_t i = 0; i < before->nargs; i++) marks[i] = before->args[i];
    marks[changed->nargs++] = e;
    changed->args = marks;
    targets[q->ntargets - 1] = changed;
    return true;
}

static brasa_status select_parts(brasa_pg *p, const PgQuery__SelectStmt *s, brasa_query *q)
{
    const brasa_expr **targets = BRASA_NEWS(p->arena, const brasa_expr *, s->n_target_list + 1);

    q->kind = BRASA_QUERY_SELECT;
    BRASA_TRY(distinct(p, s, q));
    for (size_t i = 0; i < s->n_target_list; i++) {
        BRASA_TRY(brasa__pg_target(p, s->target_list[i], &targets[q->ntargets]));
        if (!take_mark(p, q, targets)) q->ntargets++;
    }
    q->targets = targets;
    if (q->ntargets > 0 && q->pos < 0) q->pos = targets[0]->pos;
    BRASA_TRY(brasa__pg_from_list(p, s->n_from_clause, s->from_clause, &q->from));
    q->nfrom = (int32_t)s->n_from_clause;
    if (s->where_clause != NULL) BRASA_TRY(brasa__pg_expr(p, s->where_clause, &q->where));
    BRASA_TRY(groups(p, s, q));
    if (s->having_clause != NULL) BRASA_TRY(brasa__pg_expr(p, s->having_clause, &q->having));
    return BRASA_OK;
}

static brasa_status values(brasa_pg *p, const PgQuery__SelectStmt *s, brasa_query *q)
{
    size_t             ncols = s->values_lists[0]->list->n_items;
    const brasa_expr **all = BRASA_NEWS(p->arena, const brasa_expr *, ncols * s->n_values_lists + 1);

    q->kind = BRASA_QUERY_VALUES;
    for (size_t i = 0; i < s->n_values_lists; i++) {
        const PgQuery__List *row = s->values_lists[i]->list;

        if (row->n_items != ncols)
            return brasa__pg_fail(p, -1, BRASA_SYNTAX, "row %zu of VALUES has %zu columns, the first has %zu", i + 1, row->n_items, ncols);
        for (size_t k = 0; k < ncols; k++) BRASA_TRY(brasa__pg_expr(p, row->items[k], &all[i * ncols + k]));
    }
    q->values = all;
    q->nrows = (int32_t)s->n_values_lists;
    q->ncols = (int32_t)ncols;
    return BRASA_OK;
}

static bool plain_set(const PgQuery__SelectStmt *s, const PgQuery__SelectStmt *like)
{
    return s->op == like->op && s->all == like->all && s->with_clause == NULL && s->n_sort_clause == 0 && s->limit_count == NULL &&
           s->limit_offset == NULL;
}

/* A chain of UNION ALLs leans to the left: it becomes one node of many inputs, whatever its length. */
static brasa_status set_operation(brasa_pg *p, const PgQuery__SelectStmt *s, brasa_query *q)
{
    const PgQuery__SelectStmt *left = s->larg;
    int32_t                    n = 2;

    q->kind = BRASA_QUERY_SET;
    q->op = s->op == PG_QUERY__SET_OPERATION__SETOP_UNION       ? BRASA_SET_UNION
            : s->op == PG_QUERY__SET_OPERATION__SETOP_INTERSECT ? BRASA_SET_INTERSECT
                                                                : BRASA_SET_EXCEPT;
    q->all = s->all != 0;
    for (; q->op == BRASA_SET_UNION && left->op != PG_QUERY__SET_OPERATION__SETOP_NONE && plain_set(left, s); left = left->larg) n++;
    const brasa_query **inputs = BRASA_NEWS(p->arena, const brasa_query *, n);
    q->ninputs = n;
    q->inputs = inputs;
    for (; n > 2; s = s->larg) BRASA_TRY(brasa__pg_query(p, s->rarg, &inputs[--n]));
    BRASA_TRY(brasa__pg_query(p, s->rarg, &inputs[1]));
    return brasa__pg_query(p, s->larg, &inputs[0]);
}

static brasa_status tail(brasa_pg *p, const PgQuery__SelectStmt *s, brasa_query *q)
{
    BRASA_TRY(brasa__pg_order(p, s->n_sort_clause, s->sort_clause, &q->order));
    q->norder = (int32_t)s->n_sort_clause;
    if (q->norder == 1 && is_all(q->order[0].expr)) q->order_all = true;
    q->ties = s->limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
    if (s->limit_count != NULL) BRASA_TRY(brasa__pg_expr(p, s->limit_count, &q->limit));
    if (s->limit_offset != NULL) BRASA_TRY(brasa__pg_expr(p, s->limit_offset, &q->offset));
    return BRASA_OK;
}

brasa_status brasa__pg_query(brasa_pg *p, const PgQuery__SelectStmt *s, const brasa_query **out)
{
    brasa_query    *q = BRASA_NEW(p->arena, brasa_query);
    size_t          nwindows = p->nwindows;
    PgQuery__Node **windows = p->windows;

    if (p->queries >= QUERY_DEPTH)
        return brasa__fail(p->err, BRASA_SYNTAX, "queries nest deeper than %d levels; name parts of them by WITH or views",
                           (int)QUERY_DEPTH);
    if (s->into_clause != NULL) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "SELECT INTO; say CREATE TABLE name AS SELECT");
    q->pos = -1;
    p->queries++;
    p->windows = s->window_clause;
    p->nwindows = s->n_window_clause;
    if (s->with_clause != NULL) BRASA_TRY(brasa__pg_with(p, s->with_clause, &q->ctes, &q->nctes));
    if (s->op > PG_QUERY__SET_OPERATION__SETOP_NONE) {
        BRASA_TRY(set_operation(p, s, q));
    } else if (s->n_values_lists > 0) {
        BRASA_TRY(values(p, s, q));
    } else {
        BRASA_TRY(select_parts(p, s, q));
    }
    BRASA_TRY(tail(p, s, q));
    p->queries--;
    p->windows = windows;
    p->nwindows = nwindows;
    *out = q;
    return BRASA_OK;
}

/* ---- subqueries in expressions ---- */

brasa_status brasa__pg_sublink(brasa_pg *p, const PgQuery__SubLink *l, const brasa_expr **out)
{
    brasa_subquery *sub = BRASA_NEW(p->arena, brasa_subquery);
    brasa_expr     *e = brasa__expr_new(p->arena, BRASA_EXPR_SUBQUERY);

    switch ((int)l->sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK: sub->kind = BRASA_SUB_EXISTS; break;
    case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK: sub->kind = BRASA_SUB_ANY; break;
    case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK: sub->kind = BRASA_SUB_ALL; break;
    case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK: sub->kind = BRASA_SUB_SCALAR; break;
    case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK: sub->kind = BRASA_SUB_ARRAY; break;
    default: return brasa__pg_fail(p, l->location, BRASA_UNSUPPORTED, "this kind of subquery");
    }
    sub->op = "=";
    if (l->n_oper_name > 0) sub->op = brasa__arena_strdup(p->arena, l->oper_name[l->n_oper_name - 1]->string->sval);
    if (strcmp(sub->op, "!=") == 0) sub->op = "<>";
    if (l->testexpr != NULL && l->testexpr->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) {
        BRASA_TRY(brasa__pg_exprs(p, l->testexpr->row_expr->n_args, l->testexpr->row_expr->args, &e->args));
        e->nargs = (int32_t)l->testexpr->row_expr->n_args;
    } else if (l->testexpr != NULL) {
        const brasa_expr *one;

        BRASA_TRY(brasa__pg_expr(p, l->testexpr, &one));
        e->args = brasa__arena_copy(p->arena, &one, sizeof one);
        e->nargs = 1;
    }
    BRASA_TRY(brasa__pg_query(p, l->subselect->select_stmt, &sub->query));
    e->extra = sub;
    e->pos = brasa__pg_pos(p, l->location);
    *out = e;
    return BRASA_OK;
}
