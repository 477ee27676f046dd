/* sql/conflict_from_pg.c -- values of SET, and ON CONFLICT of INSERT. */
#include "sql/query_from_pg.h"

/* SET a = value; SET (a, b) = (value, value) comes as one source for each. */
brasa_status brasa__pg_set_value(brasa_pg *p, const PgQuery__ResTarget *t, const brasa_expr **out)
{
    if (t->val->node_case != PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF) return brasa__pg_expr(p, t->val, out);
    const PgQuery__MultiAssignRef *m = t->val->multi_assign_ref;
    if (m->source->node_case != PG_QUERY__NODE__NODE_ROW_EXPR || m->source->row_expr->n_args != (size_t)m->ncolumns)
        return brasa__pg_fail(p, t->location, BRASA_UNSUPPORTED, "SET (a, b) = (...) takes a value for each; use FROM for a subquery");
    return brasa__pg_expr(p, m->source->row_expr->args[m->colno - 1], out);
}

static brasa_status conflict_target(brasa_pg *p, const PgQuery__InferClause *f, brasa_statement *out)
{
    const char **names = BRASA_NEWS(p->arena, const char *, f->n_index_elems + 1);

    if (f->n_index_elems == 0)
        return brasa__pg_fail(p, f->location, BRASA_UNSUPPORTED, "ON CONFLICT ON CONSTRAINT; name the key's columns");
    if (f->where_clause != NULL) return brasa__pg_fail(p, f->location, BRASA_UNSUPPORTED, "ON CONFLICT (...) WHERE; keys are of all rows");
    for (size_t i = 0; i < f->n_index_elems; i++) {
        const char *name = f->index_elems[i]->index_elem->name;

        if (name == NULL || name[0] == '\0')
            return brasa__pg_fail(p, f->location, BRASA_UNSUPPORTED, "ON CONFLICT of an expression; name the key's columns");
        names[i] = brasa__arena_strdup(p->arena, name);
    }
    out->target = names;
    out->ntarget = (int32_t)f->n_index_elems;
    return BRASA_OK;
}

brasa_status brasa__pg_conflict(brasa_pg *p, const PgQuery__OnConflictClause *s, brasa_statement *out)
{
    const char       **names = BRASA_NEWS(p->arena, const char *, s->n_target_list + 1);
    const brasa_expr **sets = BRASA_NEWS(p->arena, const brasa_expr *, s->n_target_list + 1);

    out->conflict = s->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE ? BRASA_CONFLICT_UPDATE : BRASA_CONFLICT_NOTHING;
    if (s->infer != NULL) BRASA_TRY(conflict_target(p, s->infer, out));
    for (size_t i = 0; i < s->n_target_list; i++) {
        names[i] = brasa__arena_strdup(p->arena, s->target_list[i]->res_target->name);
        BRASA_TRY(brasa__pg_set_value(p, s->target_list[i]->res_target, &sets[i]));
    }
    out->set_columns = names;
    out->sets = sets;
    out->nsets = (int32_t)s->n_target_list;
    return s->where_clause == NULL ? BRASA_OK : brasa__pg_expr(p, s->where_clause, &out->where);
}
