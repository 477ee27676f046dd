/* sql/query_from_pg.h -- queries of PostgreSQL's tree to ours. */
#ifndef BRASA_SQL_QUERY_FROM_PG_H
#define BRASA_SQL_QUERY_FROM_PG_H

#include "sql/from_pg.h"
#include "sql/query.h"

brasa_status brasa__pg_query(brasa_pg *p, const PgQuery__SelectStmt *s, const brasa_query **out);
brasa_status brasa__pg_from_list(brasa_pg *p, size_t n, PgQuery__Node *const *items, const brasa_from *const **out);
brasa_status brasa__pg_with(brasa_pg *p, const PgQuery__WithClause *w, const brasa_cte **out, int32_t *n);
/* A list of names (strings). */
const char *const *brasa__pg_names(brasa_pg *p, size_t n, PgQuery__Node *const *items);
/* A parsed statement; those that are not PostgreSQL's were met before (statement_words.c). */
brasa_status brasa__pg_statement(brasa_pg *p, const PgQuery__Node *n, brasa_statement *out);

/* ---- conflict_from_pg.c ---- */
/* SET a = value; SET (a, b) = (value, value) comes as one source for each. */
brasa_status brasa__pg_set_value(brasa_pg *p, const PgQuery__ResTarget *t, const brasa_expr **out);
brasa_status brasa__pg_conflict(brasa_pg *p, const PgQuery__OnConflictClause *s, brasa_statement *out);

/* ---- sequence_from_pg.c ---- */
brasa_status brasa__pg_create_sequence(brasa_pg *p, const PgQuery__CreateSeqStmt *s, brasa_statement *out);
brasa_status brasa__pg_alter_sequence(brasa_pg *p, const PgQuery__AlterSeqStmt *s, brasa_statement *out);

/* ---- constraint_from_pg.c ---- */
/* The constraints of a table that is made, with room for all of them. */
typedef struct brasa_pg_constraints {
    brasa_key   *keys;
    brasa_check *checks;
    int32_t      nkeys, nchecks;
    bool         references; /* one that nothing enforces */
} brasa_pg_constraints;
/* One of a column (whose name is given), or of the table. */
brasa_status brasa__pg_constraint(brasa_pg *p, const PgQuery__Constraint *c, const char *column, brasa_pg_constraints *out);
/* They are columns of the table; those of a primary key hold no nulls. */
brasa_status brasa__pg_key_columns(brasa_pg *p, const brasa_key *key, brasa_field *fields, int32_t n);

/* ---- create_from_pg.c ---- */
brasa_status brasa__pg_create_table(brasa_pg *p, const PgQuery__CreateStmt *c, brasa_statement *out);
/* A column of ALTER TABLE; *otherwise: its default or NULL. */
brasa_status brasa__pg_new_column(brasa_pg *p, const PgQuery__ColumnDef *d, brasa_field *field, const brasa_expr **otherwise,
                                  brasa_pg_constraints *rules);

#endif
