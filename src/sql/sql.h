/* sql/sql.h -- text of statements to logical plans. */
#ifndef BRASA_SQL_SQL_H
#define BRASA_SQL_SQL_H

#include "plan/build.h"
#include "sql/query.h"

typedef struct brasa_sql_param {
    const char       *name;
    brasa_type        type;  /* of kind NULL: any */
    const brasa_expr *value; /* where the call has no argument; NULL: it must have */
} brasa_sql_param;

/* CREATE FUNCTION: an expression (`body`), or rows of a query in FROM. */
typedef struct brasa_sql_routine {
    int32_t                n;
    const brasa_sql_param *params;
    brasa_type             type; /* of the result; of kind NULL: the expression's own */
    const brasa_expr      *body;
    const brasa_query     *query;
    int32_t                ncolumns; /* of RETURNS TABLE; 0: the query's own */
    const brasa_sql_param *columns;
} brasa_sql_routine;

/* What names of tables mean, and what only a session can do.  Given by api. */
typedef struct brasa_sql_catalog {
    void       *arg;
    const char *schema; /* what USE says; NULL: the first */
    /* *out NULL: there is no such table or view; then *near may be a near name. */
    brasa_status (*table)(void *arg, const char *name, const brasa_node **out, const char **near, brasa_error *err);
    /* Run a plan now and keep its rows; *out reads them.  For recursive queries. */
    brasa_status (*keep)(void *arg, const brasa_node *in, const brasa_node **out, int64_t *rows, brasa_error *err);
    /* What `keep` gave is read no more. */
    brasa_status (*drop)(void *arg, const brasa_node *kept, brasa_error *err);
    /* A variable's value; *out NULL: there is none of that name.  May be NULL. */
    brasa_status (*variable)(void *arg, const char *name, const brasa_value **out, brasa_error *err);
    /* A function of the session; *out NULL: there is none of that name.  May be NULL. */
    brasa_status (*function)(void *arg, const char *name, const brasa_sql_routine **out, brasa_error *err);
    /* Run a plan of one column now; *out is its first row's value, null without rows.  For LIMIT (SELECT ...). */
    brasa_status (*value)(void *arg, const brasa_node *in, brasa_value *out, brasa_error *err);
    /* nextval, currval, setval (args: its values) of a sequence, lastval.  *out: the first of n numbers, `*step` apart.  May be NULL. */
    brasa_status (*sequence)(void *arg, const char *what, const char *name, const int64_t *args, int32_t nargs, int64_t n, int64_t *out,
                             int64_t *step, brasa_error *err);
} brasa_sql_catalog;

/* A statement's query as a plan.  b->text is its source, b->params its parameters.  Errors show line, column and caret. */
brasa_status brasa__sql_plan(brasa_builder *b, const brasa_sql_catalog *catalog, const brasa_query *q, const brasa_node **out,
                             brasa_error *err);

/* Where the statement at `text` ends: bytes before the ; or the end; *next: where the one after it begins.  SYNTAX: an open quote or comment. */
brasa_status brasa__sql_split(const char *text, size_t *length, size_t *next, brasa_error *err);

/* A text whose parameters are written ":name" with "$1" for the first of the names, and so on; entries may be NULL. */
brasa_status brasa__lex_named(brasa_arena *arena, const char *text, const char *const *names, int32_t n, const char **out,
                              brasa_error *err);

#endif
