/* sql/tables_from_pg.c -- what stands in FROM: tables, subqueries, functions, joins. */
#include <string.h>

#include "sql/asof_from_pg.h"
#include "sql/query_from_pg.h"

const char *const *brasa__pg_names(brasa_pg *p, size_t n, PgQuery__Node *const *items)
{
    const char **names = BRASA_NEWS(p->arena, const char *, n + 1);

    for (size_t i = 0; i < n; i++) names[i] = brasa__arena_strdup(p->arena, items[i]->string->sval);
    return names;
}

static void alias(brasa_pg *p, const PgQuery__Alias *a, brasa_from *f)
{
    if (a == NULL) return;
    f->alias = brasa__arena_strdup(p->arena, a->aliasname);
    f->columns = brasa__pg_names(p, a->n_colnames, a->colnames);
    f->ncolumns = (int32_t)a->n_colnames;
}

static brasa_status from_item(brasa_pg *p, const PgQuery__Node *n, const brasa_from **out);

static brasa_status range_var(brasa_pg *p, const PgQuery__RangeVar *r, brasa_from *f)
{
    f->kind = BRASA_FROM_TABLE;
    f->pos = brasa__pg_pos(p, r->location);
    f->name = brasa__arena_strdup(p->arena, r->relname);
    if (r->schemaname != NULL && r->schemaname[0] != '\0') f->schema = brasa__arena_strdup(p->arena, r->schemaname);
    alias(p, r->alias, f);
    return BRASA_OK;
}

static brasa_status range_query(brasa_pg *p, const PgQuery__RangeSubselect *r, brasa_from *f)
{
    f->kind = BRASA_FROM_QUERY;
    f->lateral = r->lateral != 0;
    alias(p, r->alias, f);
    BRASA_TRY(brasa__pg_query(p, r->subquery->select_stmt, &f->query));
    f->pos = f->query->pos;
    return BRASA_OK;
}

static brasa_status range_function(brasa_pg *p, const PgQuery__RangeFunction *r, brasa_from *f)
{
    f->kind = BRASA_FROM_FUNCTION;
    f->lateral = true;
    f->ordinality = r->ordinality != 0;
    if (r->n_functions != 1) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "ROWS FROM several functions; join them");
    if (r->n_coldeflist > 0) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "types of a function's columns in FROM");
    alias(p, r->alias, f);
    BRASA_TRY(brasa__pg_expr(p, r->functions[0]->list->items[0], &f->call));
    f->pos = f->call->pos;
    return BRASA_OK;
}

static brasa_status sample(brasa_pg *p, const PgQuery__RangeTableSample *s, brasa_from *f)
{
    const brasa_from *inner;

    BRASA_TRY(from_item(p, s->relation, &inner));
    *f = *inner;
    if (s->n_args != 1) return brasa__pg_fail(p, s->location, BRASA_SYNTAX, "TABLESAMPLE takes one number, the percentage");
    f->sampled = true;
    f->sample_rows = s->n_method > 0 && strcmp(s->method[s->n_method - 1]->string->sval, "rows") == 0;
    BRASA_TRY(brasa__pg_expr(p, s->args[0], &f->percent));
    if (s->repeatable != NULL) BRASA_TRY(brasa__pg_expr(p, s->repeatable, &f->seed));
    return BRASA_OK;
}

/* The scanner's marks of SEMI and ANTI joins: ON __semi__() OR condition, USING (...) AS __semi__. */
static const char *semi_mark(const PgQuery__Node *n)
{
    const PgQuery__FuncCall *c = n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? n->func_call : NULL;

    return c == NULL || c->n_funcname != 1 ? "" : c->funcname[0]->string->sval;
}

static brasa_join_type marked(const char *name, brasa_join_type otherwise)
{
    return strcmp(name, "__semi__") == 0 ? BRASA_JOIN_SEMI : strcmp(name, "__anti__") == 0 ? BRASA_JOIN_ANTI : otherwise;
}

static brasa_status condition(brasa_pg *p, const PgQuery__Node *quals, brasa_from *f)
{
    const PgQuery__BoolExpr *b = quals->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR ? quals->bool_expr : NULL;
    brasa_join_type          type = f->join;

    if (b != NULL && b->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR) type = marked(semi_mark(b->args[0]), f->join);
    bool asof = b != NULL && b->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR && strcmp(semi_mark(b->args[0]), "__asof__") == 0;
    if (b != NULL && b->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR && strcmp(semi_mark(b->args[0]), "__positional__") == 0) {
        f->positional = true;
        return BRASA_OK;
    }
    if (type == f->join && !asof) return brasa__pg_expr(p, quals, &f->on);
    f->join = type;
    const brasa_expr *const *args;
    BRASA_TRY(brasa__pg_exprs(p, b->n_args - 1, b->args + 1, &args));
    f->on = b->n_args == 2 ? args[0] : brasa__pg_make(p, b->location, "or", args, (int32_t)b->n_args - 1);
    return asof ? brasa__pg_asof(p, f) : BRASA_OK;
}

static brasa_status join(brasa_pg *p, const PgQuery__JoinExpr *j, brasa_from *f)
{
    f->kind = BRASA_FROM_JOIN;
    f->pos = -1;
    switch ((int)j->jointype) {
    case PG_QUERY__JOIN_TYPE__JOIN_LEFT: f->join = BRASA_JOIN_LEFT; break;
    case PG_QUERY__JOIN_TYPE__JOIN_RIGHT: f->join = BRASA_JOIN_RIGHT; break;
    case PG_QUERY__JOIN_TYPE__JOIN_FULL: f->join = BRASA_JOIN_FULL; break;
    default: f->join = BRASA_JOIN_INNER; break;
    }
    BRASA_TRY(from_item(p, j->larg, &f->left));
    BRASA_TRY(from_item(p, j->rarg, &f->right));
    f->natural = j->is_natural != 0;
    f->using_names = brasa__pg_names(p, j->n_using_clause, j->using_clause);
    f->nusing = (int32_t)j->n_using_clause;
    if (j->join_using_alias != NULL) f->join = marked(j->join_using_alias->aliasname, f->join);
    if (j->join_using_alias != NULL && strcmp(j->join_using_alias->aliasname, "__asof__") == 0) BRASA_TRY(brasa__pg_asof(p, f));
    if (j->quals != NULL) BRASA_TRY(condition(p, j->quals, f));
    alias(p, j->alias, f);
    return BRASA_OK;
}

static brasa_status convert(brasa_pg *p, const PgQuery__Node *n, brasa_from *f)
{
    switch ((int)n->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR: return range_var(p, n->range_var, f);
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT: return range_query(p, n->range_subselect, f);
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION: return range_function(p, n->range_function, f);
    case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE: return sample(p, n->range_table_sample, f);
    case PG_QUERY__NODE__NODE_JOIN_EXPR: return join(p, n->join_expr, f);
    default: return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "this kind of table in FROM");
    }
}

static brasa_status from_item(brasa_pg *p, const PgQuery__Node *n, const brasa_from **out)
{
    brasa_from  *f = BRASA_NEW(p->arena, brasa_from);
    brasa_status status;

    if (p->depth >= BRASA_SQL_DEPTH)
        return brasa__fail(p->err, BRASA_SYNTAX, "more than %d joins in one FROM; name parts by WITH", (int)BRASA_SQL_DEPTH);
    p->depth++;
    status = convert(p, n, f);
    p->depth--;
    *out = f;
    return status;
}

brasa_status brasa__pg_from_list(brasa_pg *p, size_t n, PgQuery__Node *const *items, const brasa_from *const **out)
{
    const brasa_from **list = BRASA_NEWS(p->arena, const brasa_from *, n + 1);

    for (size_t i = 0; i < n; i++) BRASA_TRY(from_item(p, items[i], &list[i]));
    *out = list;
    return BRASA_OK;
}
