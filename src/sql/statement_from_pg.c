/* sql/statement_from_pg.c -- statements: PostgreSQL's tree to ours. */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "sql/query_from_pg.h"

static const char *table_name(brasa_pg *p, const PgQuery__RangeVar *r)
{
    return brasa__sql_table_name(p->arena, r->schemaname, r->relname);
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
    out->name = table_name(p, v->view);
    out->replace = v->replace != 0;
    out->columns = brasa__pg_names(p, v->n_aliases, v->aliases);
    out->ncolumns = (int32_t)v->n_aliases;
    return query_of(p, v->query, out);
}

static brasa_status table_as(brasa_pg *p, const PgQuery__CreateTableAsStmt *c, brasa_statement *out)
{
    out->kind = BRASA_STATEMENT_CREATE_TABLE;
    out->name = table_name(p, c->into->rel);
    out->if_not_exists = out->if_not_exists || c->if_not_exists;
    out->columns = brasa__pg_names(p, c->into->n_col_names, c->into->col_names);
    out->ncolumns = (int32_t)c->into->n_col_names;
    out->no_data = c->into->skip_data != 0;
    return query_of(p, c->query, out);
}

/* a, s.a or c.s.a: the last two count. */
static const char *object_name(brasa_pg *p, const PgQuery__List *l)
{
    const char *schema = l->n_items > 1 ? l->items[l->n_items - 2]->string->sval : NULL;

    return brasa__sql_table_name(p->arena, schema, l->items[l->n_items - 1]->string->sval);
}

static brasa_status drop(brasa_pg *p, const PgQuery__DropStmt *d, brasa_statement *out)
{
    const char **names = BRASA_NEWS(p->arena, const char *, d->n_objects + 1);
    bool         schema = d->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA;
    bool         index = d->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;
    bool         sequence = d->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE;

    if (!schema && !index && !sequence && d->remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE &&
        d->remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_VIEW)
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "DROP of other things than tables, views, schemas, sequences and indexes");
    for (size_t i = 0; i < d->n_objects; i++)
        names[i] = schema ? brasa__arena_strdup(p->arena, d->objects[i]->string->sval) : object_name(p, d->objects[i]->list);
    out->kind = schema     ? BRASA_STATEMENT_DROP_SCHEMA
                : index    ? BRASA_STATEMENT_DROP_INDEX
                : sequence ? BRASA_STATEMENT_SEQUENCE
                           : BRASA_STATEMENT_DROP;
    out->no_data = sequence;
    out->if_exists = d->missing_ok != 0;
    out->drops_view = d->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW;
    out->cascade = d->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    out->columns = names;
    out->ncolumns = (int32_t)d->n_objects;
    return BRASA_OK;
}

static brasa_status with_of(brasa_pg *p, const PgQuery__WithClause *w, brasa_statement *out)
{
    return w == NULL ? BRASA_OK : brasa__pg_with(p, w, &out->ctes, &out->nctes);
}

/* A query of one row, every column left to its default. */
static const brasa_query *default_row(brasa_pg *p)
{
    brasa_query      *q = BRASA_NEW(p->arena, brasa_query);
    const brasa_expr *cell = brasa__expr_call(p->arena, "__default__", NULL, 0);

    q->kind = BRASA_QUERY_VALUES;
    q->pos = -1;
    q->nrows = q->ncols = 1;
    q->values = brasa__arena_copy(p->arena, &cell, sizeof cell);
    return q;
}

static brasa_status returning(brasa_pg *p, size_t n, PgQuery__Node *const *items, brasa_statement *out)
{
    const brasa_expr **list = BRASA_NEWS(p->arena, const brasa_expr *, n + 1);

    for (size_t i = 0; i < n; i++) BRASA_TRY(brasa__pg_target(p, items[i], &list[i]));
    out->returning = list;
    out->nreturning = (int32_t)n;
    return BRASA_OK;
}

static void target_of(brasa_pg *p, const PgQuery__RangeVar *r, brasa_statement *out)
{
    out->name = table_name(p, r);
    out->alias = brasa__arena_strdup(p->arena, r->alias != NULL ? r->alias->aliasname : r->relname);
}

static brasa_status insert(brasa_pg *p, const PgQuery__InsertStmt *s, brasa_statement *out)
{
    const char **names = BRASA_NEWS(p->arena, const char *, s->n_cols + 1);

    if (s->on_conflict_clause != NULL) BRASA_TRY(brasa__pg_conflict(p, s->on_conflict_clause, out));
    BRASA_TRY(returning(p, s->n_returning_list, s->returning_list, out));
    BRASA_TRY(with_of(p, s->with_clause, out));
    for (size_t i = 0; i < s->n_cols; i++) names[i] = brasa__arena_strdup(p->arena, s->cols[i]->res_target->name);
    out->kind = BRASA_STATEMENT_INSERT;
    target_of(p, s->relation, out);
    out->columns = names;
    out->ncolumns = (int32_t)s->n_cols;
    if (s->select_stmt == NULL) {
        out->query = default_row(p);
        return BRASA_OK;
    }
    BRASA_TRY(query_of(p, s->select_stmt, out));
    if (out->nctes == 0) return BRASA_OK;
    brasa_query *q = brasa__arena_copy(p->arena, out->query, sizeof *out->query); /* its own names come behind: they are nearer */
    brasa_cte   *ctes = BRASA_NEWS(p->arena, brasa_cte, out->nctes + q->nctes);
    memcpy(ctes, out->ctes, sizeof *ctes * (size_t)out->nctes);
    if (q->nctes > 0) memcpy(ctes + out->nctes, q->ctes, sizeof *ctes * (size_t)q->nctes);
    q->nctes += out->nctes;
    q->ctes = ctes;
    out->query = q;
    return BRASA_OK;
}

static brasa_status delete_rows(brasa_pg *p, const PgQuery__DeleteStmt *s, brasa_statement *out)
{
    BRASA_TRY(returning(p, s->n_returning_list, s->returning_list, out));
    out->kind = BRASA_STATEMENT_DELETE;
    target_of(p, s->relation, out);
    BRASA_TRY(with_of(p, s->with_clause, out));
    BRASA_TRY(brasa__pg_from_list(p, s->n_using_clause, s->using_clause, &out->from));
    out->nfrom = (int32_t)s->n_using_clause;
    return s->where_clause == NULL ? BRASA_OK : brasa__pg_expr(p, s->where_clause, &out->where);
}

static brasa_status update(brasa_pg *p, const PgQuery__UpdateStmt *s, brasa_statement *out)
{
    const char       **names = BRASA_NEWS(p->arena, const char *, s->n_target_list + 1);
    const brasa_expr **sets = BRASA_NEWS(p->arena, const brasa_expr *, s->n_target_list + 1);

    BRASA_TRY(returning(p, s->n_returning_list, s->returning_list, out));
    for (size_t i = 0; i < s->n_target_list; i++) {
        const PgQuery__ResTarget *t = s->target_list[i]->res_target;

        names[i] = brasa__arena_strdup(p->arena, t->name);
        BRASA_TRY(brasa__pg_set_value(p, t, &sets[i]));
        for (size_t k = 0; k < i; k++) {
            if (strcasecmp(names[k], names[i]) == 0)
                return brasa__pg_fail(p, t->location, BRASA_INVALID, "column %s is set twice", names[i]);
        }
    }
    out->kind = BRASA_STATEMENT_UPDATE;
    target_of(p, s->relation, out);
    BRASA_TRY(with_of(p, s->with_clause, out));
    BRASA_TRY(brasa__pg_from_list(p, s->n_from_clause, s->from_clause, &out->from));
    out->nfrom = (int32_t)s->n_from_clause;
    out->columns = names;
    out->ncolumns = (int32_t)s->n_target_list;
    out->sets = sets;
    out->nsets = out->ncolumns;
    return s->where_clause == NULL ? BRASA_OK : brasa__pg_expr(p, s->where_clause, &out->where);
}

/* ---- MERGE: the scanner writes NOT MATCHED BY SOURCE as MATCHED AND __by_source__(), SET * as __all__ = 1, INSERT * as VALUES (__all__()) ---- */

static bool is_call_of(const brasa_expr *e, const char *name)
{
    return e != NULL && e->kind == BRASA_EXPR_CALL && e->nargs == 0 && strcmp(e->name, name) == 0;
}

static brasa_status merge_test(brasa_pg *p, const PgQuery__Node *n, brasa_merge *out)
{
    if (n == NULL) return BRASA_OK;
    BRASA_TRY(brasa__pg_expr(p, n, &out->test));
    if (is_call_of(out->test, "__by_source__")) {
        out->by_source = true;
        out->test = NULL;
    } else if (out->test->kind == BRASA_EXPR_CALL && strcmp(out->test->name, "and") == 0 &&
               is_call_of(out->test->args[0], "__by_source__")) {
        out->by_source = true;
        out->test =
            out->test->nargs == 2 ? out->test->args[1] : brasa__expr_call(p->arena, "and", out->test->args + 1, out->test->nargs - 1);
    }
    return BRASA_OK;
}

/* SET t.a = ... names column a. */
static const char *set_column(brasa_pg *p, const PgQuery__ResTarget *t)
{
    const char *name = t->name;

    if (t->n_indirection > 0 && t->indirection[t->n_indirection - 1]->node_case == PG_QUERY__NODE__NODE_STRING)
        name = t->indirection[t->n_indirection - 1]->string->sval;
    return brasa__arena_strdup(p->arena, name);
}

static brasa_status merge_clause(brasa_pg *p, const PgQuery__MergeWhenClause *w, brasa_merge *out)
{
    const char **names = BRASA_NEWS(p->arena, const char *, w->n_target_list + 1);
    bool         insert = w->command_type == PG_QUERY__CMD_TYPE__CMD_INSERT;

    out->matched = w->matched != 0;
    BRASA_TRY(merge_test(p, w->condition, out));
    out->action = insert                                              ? BRASA_MERGE_INSERT
                  : w->command_type == PG_QUERY__CMD_TYPE__CMD_UPDATE ? BRASA_MERGE_UPDATE
                  : w->command_type == PG_QUERY__CMD_TYPE__CMD_DELETE ? BRASA_MERGE_DELETE
                                                                      : BRASA_MERGE_NOTHING;
    for (size_t i = 0; i < w->n_target_list; i++) names[i] = set_column(p, w->target_list[i]->res_target);
    out->columns = names;
    out->ncolumns = (int32_t)w->n_target_list;
    if (insert) {
        out->n = (int32_t)w->n_values;
        BRASA_TRY(brasa__pg_exprs(p, w->n_values, w->values, &out->values));
        out->all = out->n == 1 && is_call_of(out->values[0], "__all__");
        return BRASA_OK;
    }
    const brasa_expr **values = BRASA_NEWS(p->arena, const brasa_expr *, w->n_target_list + 1);
    for (size_t i = 0; i < w->n_target_list; i++) BRASA_TRY(brasa__pg_set_value(p, w->target_list[i]->res_target, &values[i]));
    out->n = out->ncolumns;
    out->values = values;
    out->all = out->n == 1 && strcmp(names[0], "__all__") == 0;
    return BRASA_OK;
}

static brasa_status merge(brasa_pg *p, const PgQuery__MergeStmt *s, brasa_statement *out)
{
    brasa_merge *list = BRASA_NEWS(p->arena, brasa_merge, s->n_merge_when_clauses + 1);

    out->kind = BRASA_STATEMENT_MERGE;
    target_of(p, s->relation, out);
    BRASA_TRY(with_of(p, s->with_clause, out));
    BRASA_TRY(brasa__pg_from_list(p, 1, &s->source_relation, &out->from));
    out->nfrom = 1;
    BRASA_TRY(brasa__pg_expr(p, s->join_condition, &out->where));
    for (size_t i = 0; i < s->n_merge_when_clauses; i++) BRASA_TRY(merge_clause(p, s->merge_when_clauses[i]->merge_when_clause, &list[i]));
    out->merges = list;
    out->nmerges = (int32_t)s->n_merge_when_clauses;
    return BRASA_OK;
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
    if (s->relation != NULL) out->name = table_name(p, s->relation);
    return s->query == NULL ? BRASA_OK : query_of(p, s->query, out);
}

static brasa_status truncate_table(brasa_pg *p, const PgQuery__TruncateStmt *s, brasa_statement *out)
{
    if (s->n_relations != 1) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "TRUNCATE of several tables at once");
    out->kind = BRASA_STATEMENT_TRUNCATE;
    out->name = table_name(p, s->relations[0]->range_var);
    return BRASA_OK;
}

/* ---- ALTER TABLE ---- */

enum { MOST_CONSTRAINTS = 20 };

static brasa_status alter_command(brasa_pg *p, const PgQuery__AlterTableCmd *c, brasa_statement *st, brasa_alter *out)
{
    brasa_key            keys[MOST_CONSTRAINTS];
    brasa_check          checks[MOST_CONSTRAINTS];
    brasa_pg_constraints rules = {.keys = keys, .checks = checks};

    (void)st;
    out->column = c->name == NULL ? NULL : brasa__arena_strdup(p->arena, c->name);
    out->lenient = c->missing_ok != 0;
    switch ((int)c->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
        out->kind = BRASA_ALTER_ADD;
        if (c->def->column_def->n_constraints > MOST_CONSTRAINTS)
            return brasa__pg_fail(p, -1, BRASA_SYNTAX, "more than %d constraints of a column", (int)MOST_CONSTRAINTS);
        BRASA_TRY(brasa__pg_new_column(p, c->def->column_def, &out->field, &out->expr, &rules));
        if (rules.nkeys + rules.nchecks > 0)
            return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "a key or CHECK of a column that is added; say so in CREATE TABLE");
        out->column = out->field.name;
        return BRASA_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn: out->kind = BRASA_ALTER_DROP; return BRASA_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
        out->kind = BRASA_ALTER_TYPE;
        if (c->def->column_def->raw_default != NULL) BRASA_TRY(brasa__pg_expr(p, c->def->column_def->raw_default, &out->expr));
        return brasa__pg_type(p, c->def->column_def->type_name, &out->field.type);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
        out->kind = BRASA_ALTER_DEFAULT;
        return c->def == NULL ? BRASA_OK : brasa__pg_expr(p, c->def, &out->expr);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
        out->kind = BRASA_ALTER_CONSTRAINT;
        BRASA_TRY(brasa__pg_constraint(p, c->def->constraint, NULL, &rules));
        if (rules.nkeys > 0) out->key = keys[0];
        if (rules.nchecks > 0) out->check = checks[0];
        return BRASA_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint: out->kind = BRASA_ALTER_DROP_CONSTRAINT; return BRASA_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull: out->kind = BRASA_ALTER_NULLABLE; return BRASA_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull: out->kind = BRASA_ALTER_NOT_NULL; return BRASA_OK;
    default:
        return brasa__pg_fail(
            p, -1, BRASA_UNSUPPORTED,
            "this ALTER TABLE; columns can be added, dropped, renamed and given types, defaults, NOT NULL, tables keys and CHECK");
    }
}

static brasa_status alter(brasa_pg *p, const PgQuery__AlterTableStmt *s, brasa_statement *out)
{
    brasa_alter *list = BRASA_NEWS(p->arena, brasa_alter, s->n_cmds + 1);

    if (s->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE)
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "ALTER of other things than tables");
    out->kind = BRASA_STATEMENT_ALTER;
    out->name = table_name(p, s->relation);
    out->if_exists = s->missing_ok != 0;
    for (size_t i = 0; i < s->n_cmds; i++) BRASA_TRY(alter_command(p, s->cmds[i]->alter_table_cmd, out, &list[i]));
    out->alters = list;
    out->nalters = (int32_t)s->n_cmds;
    return BRASA_OK;
}

static brasa_status rename_thing(brasa_pg *p, const PgQuery__RenameStmt *s, brasa_statement *out)
{
    brasa_alter *a = BRASA_NEW(p->arena, brasa_alter);
    bool         column = s->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN;

    if (!column && s->rename_type != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE && s->rename_type != PG_QUERY__OBJECT_TYPE__OBJECT_VIEW)
        return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "RENAME of other things than tables, views and columns");
    out->kind = BRASA_STATEMENT_ALTER;
    out->name = table_name(p, s->relation);
    out->if_exists = s->missing_ok != 0;
    a->kind = column ? BRASA_ALTER_RENAME : BRASA_ALTER_RENAME_TABLE;
    a->column = column ? brasa__arena_strdup(p->arena, s->subname) : NULL;
    a->to = brasa__arena_strdup(p->arena, s->newname);
    out->alters = a;
    out->nalters = 1;
    return BRASA_OK;
}

static brasa_status index_of(brasa_pg *p, const PgQuery__IndexStmt *s, brasa_statement *out)
{
    const char **names = BRASA_NEWS(p->arena, const char *, s->n_index_params + 1);

    out->kind = BRASA_STATEMENT_INDEX;
    out->name = table_name(p, s->relation);
    out->value = s->idxname == NULL ? NULL : brasa__arena_strdup(p->arena, s->idxname);
    out->if_not_exists = s->if_not_exists != 0;
    for (size_t i = 0; i < s->n_index_params; i++) {
        const char *name = s->index_params[i]->index_elem->name;

        if (name != NULL && name[0] != '\0') names[out->ncolumns++] = brasa__arena_strdup(p->arena, name);
    }
    out->columns = names;
    out->unique = s->unique && s->where_clause == NULL && out->ncolumns == (int32_t)s->n_index_params;
    if (s->unique && !out->unique) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "CREATE UNIQUE INDEX of expressions, or of some rows");
    return BRASA_OK;
}

static brasa_status create_schema(brasa_pg *p, const PgQuery__CreateSchemaStmt *s, brasa_statement *out)
{
    if (s->n_schema_elts > 0) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "tables inside CREATE SCHEMA; create them after it");
    out->kind = BRASA_STATEMENT_CREATE_SCHEMA;
    out->name = brasa__arena_strdup(p->arena, s->schemaname);
    out->if_not_exists = s->if_not_exists != 0;
    return BRASA_OK;
}

static brasa_status transaction(brasa_pg *p, const PgQuery__TransactionStmt *s, brasa_statement *out)
{
    out->kind = BRASA_STATEMENT_TRANSACTION;
    out->name = s->savepoint_name == NULL ? NULL : brasa__arena_strdup(p->arena, s->savepoint_name);
    switch ((int)s->kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START: out->transaction = BRASA_TRANSACTION_BEGIN; break;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT: out->transaction = BRASA_TRANSACTION_COMMIT; break;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK: out->transaction = BRASA_TRANSACTION_ROLLBACK; break;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT: out->transaction = BRASA_TRANSACTION_SAVEPOINT; break;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE: out->transaction = BRASA_TRANSACTION_RELEASE; break;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO: out->transaction = BRASA_TRANSACTION_ROLLBACK_TO; break;
    default: return brasa__pg_fail(p, 0, BRASA_UNSUPPORTED, "transactions in two phases");
    }
    if (s->chain) return brasa__pg_fail(p, 0, BRASA_UNSUPPORTED, "AND CHAIN; say BEGIN");
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
    case PG_QUERY__NODE__NODE_CREATE_STMT: return brasa__pg_create_table(p, n->create_stmt, out);
    case PG_QUERY__NODE__NODE_DROP_STMT: return drop(p, n->drop_stmt, out);
    case PG_QUERY__NODE__NODE_INSERT_STMT: return insert(p, n->insert_stmt, out);
    case PG_QUERY__NODE__NODE_DELETE_STMT: return delete_rows(p, n->delete_stmt, out);
    case PG_QUERY__NODE__NODE_UPDATE_STMT: return update(p, n->update_stmt, out);
    case PG_QUERY__NODE__NODE_MERGE_STMT: return merge(p, n->merge_stmt, out);
    case PG_QUERY__NODE__NODE_COPY_STMT: return copy(p, n->copy_stmt, out);
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT: return truncate_table(p, n->truncate_stmt, out);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return alter(p, n->alter_table_stmt, out);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return rename_thing(p, n->rename_stmt, out);
    case PG_QUERY__NODE__NODE_INDEX_STMT: return index_of(p, n->index_stmt, out);
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: return create_schema(p, n->create_schema_stmt, out);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT: return brasa__pg_create_sequence(p, n->create_seq_stmt, out);
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT: return brasa__pg_alter_sequence(p, n->alter_seq_stmt, out);
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: return transaction(p, n->transaction_stmt, out);
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
    case PG_QUERY__NODE__NODE_REINDEX_STMT:
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
    case PG_QUERY__NODE__NODE_COMMENT_STMT: out->kind = BRASA_STATEMENT_NOTHING; return BRASA_OK; /* nothing to keep up here */
    default: return brasa__pg_fail(p, 0, BRASA_UNSUPPORTED, "this statement is not one that Brasa runs");
    }
}
