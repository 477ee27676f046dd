/* sql/statement_from_pg.c -- statements: PostgreSQL's tree to ours. */
#include <string.h>
#include <strings.h>

#include "sql/query_from_pg.h"

static const char *last_name(brasa_pg *p, const PgQuery__RangeVar *r)
{
    return brasa__arena_strdup(p->arena, r->relname);
}

static brasa_status query_of(brasa_pg *p, const PgQuery__Node *n, brasa_statement *out)
{
    if (n->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "a statement that is not a query in this place");
    return brasa__pg_query(p, n->select_stmt, &out->query);
}

static brasa_status view(brasa_pg *p, const PgQuery__ViewStmt *v, brasa_statement *out)
{
    out->kind = BRASA_STATEMENT_CREATE_VIEW;
    out->name = last_name(p, v->view);
    out->replace = v->replace != 0;
    out->columns = brasa__pg_names(p, v->n_aliases, v->aliases);
    out->ncolumns = (int32_t)v->n_aliases;
    return query_of(p, v->query, out);
}

static brasa_status table_as(brasa_pg *p, const PgQuery__CreateTableAsStmt *c, brasa_statement *out)
{
    out->kind = BRASA_STATEMENT_CREATE_TABLE;
    out->name = last_name(p, c->into->rel);
    out->if_not_exists = out->if_not_exists || c->if_not_exists;
    out->columns = brasa__pg_names(p, c->into->n_col_names, c->into->col_names);
    out->ncolumns = (int32_t)c->into->n_col_names;
    return query_of(p, c->query, out);
}

static bool refuses_null(const PgQuery__ColumnDef *d)
{
    for (size_t i = 0; i < d->n_constraints; i++) {
        const PgQuery__Constraint *c = d->constraints[i]->constraint;

        if (c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL || c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY) return true;
    }
    return d->is_not_null != 0;
}

static brasa_status table(brasa_pg *p, const PgQuery__CreateStmt *c, brasa_statement *out)
{
    brasa_field *fields = BRASA_NEWS(p->arena, brasa_field, c->n_table_elts + 1);
    int32_t      n = 0;

    out->kind = BRASA_STATEMENT_CREATE_TABLE;
    out->name = last_name(p, c->relation);
    out->if_not_exists = out->if_not_exists || c->if_not_exists;
    for (size_t i = 0; i < c->n_table_elts; i++) {
        const PgQuery__Node *e = c->table_elts[i];

        if (e->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) continue; /* keys and checks of whole tables are not kept */
        if (e->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "this part of CREATE TABLE");
        fields[n].name = brasa__arena_strdup(p->arena, e->column_def->colname);
        fields[n].nullable = !refuses_null(e->column_def);
        BRASA_TRY(brasa__pg_type(p, e->column_def->type_name, &fields[n].type));
        n++;
    }
    out->fields = fields;
    out->nfields = n;
    return n > 0 ? BRASA_OK : brasa__pg_fail(p, c->relation->location, BRASA_SYNTAX, "a table without columns");
}

static brasa_status drop(brasa_pg *p, const PgQuery__DropStmt *d, brasa_statement *out)
{
    if (d->remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE && d->remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_VIEW)
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "DROP of other things than tables and views");
    const char **names = BRASA_NEWS(p->arena, const char *, d->n_objects + 1);
    for (size_t i = 0; i < d->n_objects; i++) {
        const PgQuery__List *l = d->objects[i]->list;

        names[i] = brasa__arena_strdup(p->arena, l->items[l->n_items - 1]->string->sval);
    }
    out->kind = BRASA_STATEMENT_DROP;
    out->if_exists = d->missing_ok != 0;
    out->columns = names;
    out->ncolumns = (int32_t)d->n_objects;
    return BRASA_OK;
}

/* INSERT INTO t VALUES: the rows; DEFAULT VALUES is refused. */
static brasa_status insert(brasa_pg *p, const PgQuery__InsertStmt *s, brasa_statement *out)
{
    const char **names = BRASA_NEWS(p->arena, const char *, s->n_cols + 1);

    if (s->on_conflict_clause != NULL || s->n_returning_list > 0)
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "ON CONFLICT and RETURNING");
    if (s->select_stmt == NULL) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "INSERT ... DEFAULT VALUES; give the values");
    for (size_t i = 0; i < s->n_cols; i++) names[i] = brasa__arena_strdup(p->arena, s->cols[i]->res_target->name);
    out->kind = BRASA_STATEMENT_INSERT;
    out->name = last_name(p, s->relation);
    out->columns = names;
    out->ncolumns = (int32_t)s->n_cols;
    return query_of(p, s->select_stmt, out);
}

static brasa_status delete_rows(brasa_pg *p, const PgQuery__DeleteStmt *s, brasa_statement *out)
{
    if (s->n_using_clause > 0 || s->n_returning_list > 0 || s->with_clause != NULL)
        return brasa__pg_fail(p, s->relation->location, BRASA_UNSUPPORTED, "USING, RETURNING and WITH in DELETE; use a subquery in WHERE");
    out->kind = BRASA_STATEMENT_DELETE;
    out->name = last_name(p, s->relation);
    return s->where_clause == NULL ? BRASA_OK : brasa__pg_expr(p, s->where_clause, &out->where);
}

static brasa_status update(brasa_pg *p, const PgQuery__UpdateStmt *s, brasa_statement *out)
{
    const char       **names = BRASA_NEWS(p->arena, const char *, s->n_target_list + 1);
    const brasa_expr **sets = BRASA_NEWS(p->arena, const brasa_expr *, s->n_target_list + 1);

    if (s->n_from_clause > 0 || s->n_returning_list > 0 || s->with_clause != NULL)
        return brasa__pg_fail(p, s->relation->location, BRASA_UNSUPPORTED, "FROM, RETURNING and WITH in UPDATE; use a subquery");
    for (size_t i = 0; i < s->n_target_list; i++) {
        names[i] = brasa__arena_strdup(p->arena, s->target_list[i]->res_target->name);
        BRASA_TRY(brasa__pg_expr(p, s->target_list[i]->res_target->val, &sets[i]));
    }
    out->kind = BRASA_STATEMENT_UPDATE;
    out->name = last_name(p, s->relation);
    out->columns = names;
    out->ncolumns = (int32_t)s->n_target_list;
    out->sets = sets;
    out->nsets = out->ncolumns;
    return s->where_clause == NULL ? BRASA_OK : brasa__pg_expr(p, s->where_clause, &out->where);
}

/* A value of an option as text; without one it is on. */
static const char *option_text(brasa_pg *p, const PgQuery__Node *n)
{
    if (n == NULL) return "true";
    switch ((int)n->node_case) {
    case PG_QUERY__NODE__NODE_STRING: return brasa__arena_strdup(p->arena, n->string->sval);
    case PG_QUERY__NODE__NODE_INTEGER: return brasa__arena_printf(p->arena, "%d", (int)n->integer->ival);
    case PG_QUERY__NODE__NODE_FLOAT: return brasa__arena_strdup(p->arena, n->float_->fval);
    case PG_QUERY__NODE__NODE_BOOLEAN: return n->boolean->boolval ? "true" : "false";
    case PG_QUERY__NODE__NODE_TYPE_NAME: return brasa__arena_strdup(p->arena, n->type_name->names[n->type_name->n_names - 1]->string->sval);
    default: return "true";
    }
}

static brasa_status copy(brasa_pg *p, const PgQuery__CopyStmt *s, brasa_statement *out)
{
    brasa_option *options = BRASA_NEWS(p->arena, brasa_option, s->n_options + 1);

    if (s->is_program || s->filename == NULL || s->filename[0] == '\0')
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "COPY with a program or a stream; name a file");
    out->kind = BRASA_STATEMENT_COPY;
    out->location = brasa__arena_strdup(p->arena, s->filename);
    out->into_file = !s->is_from;
    for (size_t i = 0; i < s->n_options; i++) {
        const PgQuery__DefElem *d = s->options[i]->def_elem;

        if (strcasecmp(d->defname, "format") == 0) {
            out->format = option_text(p, d->arg);
        } else {
            options[out->noptions++] = (brasa_option) {brasa__arena_strdup(p->arena, d->defname), option_text(p, d->arg)};
        }
    }
    out->options = options;
    out->columns = brasa__pg_names(p, s->n_attlist, s->attlist);
    out->ncolumns = (int32_t)s->n_attlist;
    if (s->relation != NULL) out->name = last_name(p, s->relation);
    return s->query == NULL ? BRASA_OK : query_of(p, s->query, out);
}

static brasa_status truncate_table(brasa_pg *p, const PgQuery__TruncateStmt *s, brasa_statement *out)
{
    if (s->n_relations != 1) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "TRUNCATE of several tables at once");
    out->kind = BRASA_STATEMENT_TRUNCATE;
    out->name = last_name(p, s->relations[0]->range_var);
    return BRASA_OK;
}

brasa_status brasa__pg_statement(brasa_pg *p, const PgQuery__Node *n, brasa_statement *out)
{
    bool words = out->kind != BRASA_STATEMENT_NOTHING; /* they say what it is: only the query was missing */

    switch ((int)n->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        if (!words) out->kind = BRASA_STATEMENT_QUERY;
        return query_of(p, n, out);
    case PG_QUERY__NODE__NODE_VIEW_STMT: return view(p, n->view_stmt, out);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT: return table_as(p, n->create_table_as_stmt, out);
    case PG_QUERY__NODE__NODE_CREATE_STMT: return table(p, n->create_stmt, out);
    case PG_QUERY__NODE__NODE_DROP_STMT: return drop(p, n->drop_stmt, out);
    case PG_QUERY__NODE__NODE_INSERT_STMT: return insert(p, n->insert_stmt, out);
    case PG_QUERY__NODE__NODE_DELETE_STMT: return delete_rows(p, n->delete_stmt, out);
    case PG_QUERY__NODE__NODE_UPDATE_STMT: return update(p, n->update_stmt, out);
    case PG_QUERY__NODE__NODE_COPY_STMT: return copy(p, n->copy_stmt, out);
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT: return truncate_table(p, n->truncate_stmt, out);
    default: return brasa__pg_fail(p, 0, BRASA_UNSUPPORTED, "this statement is not one that Brasa runs");
    }
}
