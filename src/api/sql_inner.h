/* api/sql_inner.h -- what the files of SQL statements share. */
#ifndef BRASA_API_SQL_INNER_H
#define BRASA_API_SQL_INNER_H

#include <stdlib.h>

#include "api/internal.h"
#include "base/config.h"
#include "sql/sql.h"

/* A table or view made by a statement. */
typedef struct brasa_sql_object {
    const brasa_query  *query; /* view: planned at each use */
    const char         *text;
    int32_t             ncolumns;
    const char *const  *columns;
    bool                table;     /* its rows may change */
    brasa_schema        schema;    /* as declared; ncols 0: of its query */
    const brasa_expr  **defaults;  /* of its columns; NULL: none, as entries may be */
    const brasa_expr  **generated; /* of its columns; NULL: none, as entries may be */
    int32_t             nkeys, nchecks, nindexes;
    const brasa_key    *keys;
    const brasa_key    *indexes; /* known by name; those that are unique are among the keys, too */
    const brasa_check  *checks;
    const char         *location; /* on disk; NULL: kept by the workers */
    const char         *format;
    int32_t             nparts, cap; /* kept rows, in the order in which they came */
    brasa_cache_entry **entries;
    brasa_cache_entry  *kept; /* CACHE TABLE */
} brasa_sql_object;

typedef struct sql_stored sql_stored;

typedef struct sql_call {
    brasa_api_call   *api;
    const char       *text;
    brasa_sql_catalog catalog;
    int32_t           views;    /* being planned inside each other */
    const brasa_node *returned; /* rows of RETURNING; NULL none */
    const brasa_node *proposed; /* rows of BRASA_SQL_NEW_ROWS; NULL none */
    sql_stored       *stored;   /* the table on disk that is being changed; NULL none */
    bool passing; /* the statement changes rows of a session table alone: nothing of its own arena is needed when it has ended */
} sql_call;

brasa_view_entry *brasa__sql_find(brasa_session *s, const char *name);
/* NOT_FOUND with a near name. */
brasa_status brasa__sql_entry(sql_call *c, const char *name, brasa_view_entry **out, brasa_error *err);
/* The table of that name as a plan; *out NULL: there is none.  As the catalogue's entry `table`: arg is a sql_call. */
brasa_status brasa__sql_find_table(void *arg, const char *name, const brasa_node **out, const char **near, brasa_error *err);
brasa_status brasa__sql_query_node(sql_call *c, const brasa_query *q, const brasa_node **out, brasa_error *err);
/* ANALYZE TABLE (sql_analyze.c). */
brasa_status brasa__sql_analyze(sql_call *c, const brasa_statement *st, brasa_error *err);
/* The answer of a statement without one. */
brasa_status brasa__sql_nothing(sql_call *c, brasa_error *err);
/* The statement in c->text. */
brasa_status brasa__sql_run_text(sql_call *c, brasa_error *err);
/* SHOW, DESCRIBE, EXPLAIN, SET (sql_show.c). */
brasa_status brasa__sql_show(sql_call *c, const brasa_statement *st, brasa_error *err);
/* ---- sql_prepared.c ---- */
brasa_status brasa__sql_prepare(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_execute(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_deallocate(sql_call *c, const brasa_statement *st, brasa_error *err);
/* ---- sql_change.c ---- */
/* CREATE, DROP, INSERT, DELETE, UPDATE, TRUNCATE, COPY, CACHE. */
brasa_status brasa__sql_change(sql_call *c, const brasa_statement *st, brasa_error *err);

/* A name of CREATE SCHEMA. */
typedef struct brasa_sql_schema {
    struct brasa_sql_schema *next;
    const char              *name;
} brasa_sql_schema;

/* A statement of PREPARE. */
typedef struct brasa_sql_prepared {
    struct brasa_sql_prepared *next;
    const char                *name, *text;
} brasa_sql_prepared;

/* ---- sql_tables.c: rows of session tables ---- */
brasa_builder brasa__sql_session_builder(const sql_call *c);
brasa_status  brasa__sql_define(sql_call *c, const char *name, const brasa_node *n, brasa_sql_object *o, brasa_error *err);
/* Run a plan now and keep its rows with the workers, in few partitions. */
brasa_status brasa__sql_keep(sql_call *c, const brasa_node *rows, int32_t scope, brasa_cache_entry **e, brasa_error *err);
/* One more part of a table; its entry's rows are kept by the workers. */
brasa_status brasa__sql_add_part(sql_call *c, brasa_sql_object *o, const brasa_node *rows, brasa_error *err);
brasa_status brasa__sql_drop_parts(sql_call *c, brasa_sql_object *o, brasa_error *err);
/* Many small parts become one, so that a table that is filled row by row has few. */
brasa_status brasa__sql_merge_parts(sql_call *c, brasa_view_entry *v, brasa_error *err);
/* A plan, in the call's arena, that reads a table or view which is not planned anew at each use; v->frame's own knows a session table's columns alone. */
brasa_status brasa__sql_table_node(brasa_builder *b, const brasa_view_entry *v, const brasa_node **out, brasa_error *err);
/* Its frame knows the columns that a session table's rows have by now. */
brasa_status brasa__sql_note_columns(sql_call *c, brasa_view_entry *v, brasa_error *err);
/* The table's rows are these now. */
brasa_status brasa__sql_replace_rows(sql_call *c, brasa_view_entry *v, const brasa_node *rows, brasa_error *err);
/* A table whose rows the statement may change: no view; for `anew` (UPDATE, DELETE, MERGE): in memory, or an HDF5 table, whose change begins. */
brasa_status brasa__sql_changeable(sql_call *c, const brasa_statement *st, bool anew, brasa_view_entry **out, brasa_error *err);
/* The statement's table as it is in FROM: brasa__sql_own_rows makes the rows that may change of it. */
const brasa_from *brasa__sql_own(sql_call *c, const brasa_statement *st);
/* The query's columns as the table's, by the list of names or by position; NOT NULL is checked. */
brasa_status brasa__sql_fit(sql_call *c, const brasa_node *in, const brasa_sql_object *o, brasa_schema to, const char *const *columns,
                            int32_t ncolumns, const brasa_node **out, brasa_error *err);
/* A variable of DECLARE. */
typedef struct brasa_sql_variable {
    struct brasa_sql_variable *next;
    const char                *name; /* NULL: dropped */
    brasa_value                value;
    const char                *initial; /* DEFAULT, as text; NULL: none */
} brasa_sql_variable;

/* A function of CREATE FUNCTION. */
typedef struct brasa_sql_function {
    struct brasa_sql_function *next;
    const char                *name; /* NULL: dropped */
    brasa_sql_routine          is;
} brasa_sql_function;

/* ---- sql_session.c: variables and functions of the session ---- */
brasa_status brasa__sql_variable(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_function(sql_call *c, const brasa_statement *st, brasa_error *err);
/* The first row of a query as the values of variables; nulls where there is none. */
brasa_status brasa__sql_assign(sql_call *c, const brasa_query *q, const char *const *names, int32_t n, brasa_error *err);
/* The value of an expression's text, as a type (of kind NULL: its own). */
brasa_status brasa__sql_text_value(sql_call *c, const char *text, brasa_type t, brasa_value *out, brasa_error *err);
brasa_status brasa__sql_variable_value(void *arg, const char *name, const brasa_value **out, brasa_error *err);
brasa_status brasa__sql_function_body(void *arg, const char *name, const brasa_sql_routine **out, brasa_error *err);
/* ---- sql_merge.c ---- */
brasa_status brasa__sql_merge(sql_call *c, const brasa_statement *st, brasa_error *err);
/* ---- sql_create_text.c: SHOW CREATE TABLE ---- */
void brasa__sql_create_text(brasa_arena *arena, const char *name, const brasa_view_entry *v, brasa_text *out);
/* A column's type in small letters, as DESCRIBE prints it; VARCHAR(n) and CHAR(n) with their length. */
void brasa__sql_column_type(brasa_type t, brasa_text *out);
/* Takes the entry of that name out of the catalogue. */
void brasa__sql_forget(brasa_session *s, const brasa_view_entry *v);

brasa_frame *brasa__sql_frame(brasa_session *s, const brasa_node *n);

/* ---- sql_change.c: tables on disk ---- */
/* The session's error of a call that gave `status`; `failed`: it had one before. */
brasa_status brasa__sql_stored_error(brasa_session *s, bool failed, brasa_status status, brasa_error *err);
brasa_status brasa__sql_write_rows(sql_call *c, const brasa_node *n, const char *location, const char *format, const brasa_statement *st,
                                   brasa_write_mode mode, brasa_error *err);
brasa_status brasa__sql_open_rows(sql_call *c, const char *location, const char *format, const brasa_statement *st, const brasa_node **out,
                                  brasa_error *err);

/* ---- sql_stored.c: HDF5 tables that UPDATE, DELETE and MERGE write anew, but for the files without rows that change ---- */
/* Name of the rows that change, in FROM; the catalogue knows it while the statement runs. */
#define BRASA_SQL_OWN_ROWS "\001own"
brasa_status      brasa__sql_stored_begin(sql_call *c, brasa_view_entry *v, brasa_error *err);
const brasa_node *brasa__sql_stored_rows(const sql_call *c);
/* Which files hold rows for which `where` is true (NULL: all do), over `from` (NULL: the table alone)? */
brasa_status brasa__sql_stored_touch(sql_call *c, const brasa_statement *st, const brasa_from *from, const brasa_expr *where,
                                     brasa_error *err);
/* What the statement ends with: an error of rows that someone else has replaced meanwhile says so. */
brasa_status brasa__sql_stored_end(sql_call *c, const brasa_statement *st, brasa_status status, brasa_error *err);
/* The rows that may change become these. */
brasa_status brasa__sql_stored_replace(sql_call *c, brasa_view_entry *v, const brasa_node *rows, brasa_error *err);

/* ---- sql_constraints.c ---- */
/* Rows whose CHECKs hold: reading one that breaks one is an error. */
brasa_status brasa__sql_checked(sql_call *c, const brasa_sql_object *o, const brasa_node *in, const brasa_node **out, brasa_error *err);
/* INVALID: two of the rows have one key. */
brasa_status brasa__sql_unique(sql_call *c, const brasa_sql_object *o, const brasa_node *rows, brasa_error *err);

/* ---- sql_rows.c: INSERT, DELETE, UPDATE, TRUNCATE ---- */
brasa_status brasa__sql_rows(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_insert_rows(sql_call *c, const brasa_statement *st, brasa_view_entry *v, const brasa_node *rows,
                                    const char *const *columns, int32_t ncolumns, brasa_error *err);

/* The rows become a part of the table; `check`: unless they have a key that is there. */
brasa_status brasa__sql_add_checked(sql_call *c, brasa_view_entry *v, const brasa_node *rows, bool check, brasa_error *err);
/* The rows of RETURNING's answer, computed now; *kept reads them once more. */
brasa_status brasa__sql_returning(sql_call *c, const brasa_statement *st, const brasa_node *rows, const brasa_node **kept,
                                  brasa_error *err);

/* ---- sql_conflict.c: INSERT ... ON CONFLICT, OR REPLACE, OR IGNORE ---- */
/* Name of the rows that an INSERT proposes, in FROM; the catalogue knows it while the statement runs. */
#define BRASA_SQL_NEW_ROWS "\001new"
brasa_status brasa__sql_insert_conflict(sql_call *c, const brasa_statement *st, brasa_view_entry *v, const brasa_node *rows,
                                        brasa_error *err);

/* ---- sql_sequence.c ---- */
brasa_status brasa__sql_change_sequence(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_sequence_numbers(void *arg, const char *what, const char *name, const int64_t *args, int32_t nargs, int64_t n,
                                         int64_t *out, int64_t *step, brasa_error *err);
/* One that counts from 1, of SERIAL; there may be one of that name. */
void brasa__sql_add_serial(brasa_session *s, const char *name);

/* ---- sql_system.c ---- */
/* information_schema.tables and its kin; *out stays where the name is none of theirs. */
brasa_status brasa__sql_system_table(sql_call *c, const char *name, const brasa_node **out, brasa_error *err);

/* ---- sql_summarize.c ---- */
/* In backticks, for a query as text. */
void         brasa__sql_add_name(brasa_text *t, const char *name);
void         brasa__sql_add_name_n(brasa_text *t, const char *name, size_t n);
brasa_status brasa__sql_summarize(sql_call *c, const brasa_node *rows, brasa_error *err);

/* ---- sql_index.c ---- */
brasa_status brasa__sql_create_index(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_drop_indexes(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_reindex(sql_call *c, const brasa_statement *st, brasa_error *err);

/* ---- sql_transaction.c ---- */
brasa_status brasa__sql_transaction(sql_call *c, const brasa_statement *st, brasa_error *err);
/* Rows that a table needs no longer: kept as long as a ROLLBACK may want them. */
brasa_status brasa__sql_drop_entry(sql_call *c, brasa_cache_entry *e, brasa_error *err);
/* A statement wrote files, which no ROLLBACK takes back. */
void brasa__sql_wrote_file(brasa_session *s);

/* ---- sql_alter.c, sql_schema.c ---- */
brasa_status brasa__sql_alter(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_create_schema(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_drop_schema(sql_call *c, const brasa_statement *st, brasa_error *err);
brasa_status brasa__sql_use(sql_call *c, const brasa_statement *st, brasa_error *err);
bool         brasa__sql_has_schema(const brasa_session *s, const char *name);
/* The name under which something is made: in the schema of USE.  NOT_FOUND: no such schema. */
brasa_status brasa__sql_new_name(const sql_call *c, const char *name, const char **out, brasa_error *err);

#endif
