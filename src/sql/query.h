/* sql/query.h -- queries and statements as trees of our own, before names have a meaning.
 *
 * Made from PostgreSQL's tree at once (query_from_pg.c), on the thread with the deep stack; everything lies in one arena and nothing points into the
 * parser's memory.  Expressions are unbound; a subquery in one is a SUBQUERY node whose `extra` is a brasa_subquery.
 */
#ifndef BRASA_SQL_QUERY_H
#define BRASA_SQL_QUERY_H

#include "expr/expr.h"
#include "plan/build.h"

typedef struct brasa_query brasa_query;
typedef struct brasa_from  brasa_from;

typedef enum brasa_subquery_kind { BRASA_SUB_SCALAR, BRASA_SUB_EXISTS, BRASA_SUB_ANY, BRASA_SUB_ALL, BRASA_SUB_ARRAY } brasa_subquery_kind;

/* `extra` of a SUBQUERY: ANY and ALL compare its args with the columns by `op` ("=": IN). */
typedef struct brasa_subquery {
    brasa_subquery_kind kind;
    const char         *op;
    const brasa_query  *query;
} brasa_subquery;

typedef enum brasa_from_kind { BRASA_FROM_TABLE, BRASA_FROM_QUERY, BRASA_FROM_FUNCTION, BRASA_FROM_JOIN } brasa_from_kind;

struct brasa_from {
    brasa_from_kind    kind;
    int32_t            pos;
    const char        *schema, *name; /* TABLE */
    const char        *alias;         /* NULL none */
    int32_t            ncolumns;      /* of the alias */
    const char *const *columns;
    bool               lateral;
    const brasa_query *query;       /* QUERY */
    const brasa_expr  *call;        /* FUNCTION */
    bool               ordinality;  /* FUNCTION */
    bool               sampled;     /* TABLE: TABLESAMPLE */
    bool               sample_rows; /* `percent` is a number of rows */
    const brasa_expr  *percent, *seed;
    brasa_join_type    join; /* JOIN: also SEMI and ANTI */
    bool               natural, positional;
    int32_t            nusing;
    const char *const *using_names;
    const brasa_expr  *on;
    const brasa_from  *left, *right;
};

typedef enum brasa_group_kind {
    BRASA_GROUP_EXPR,
    BRASA_GROUP_EMPTY,
    BRASA_GROUP_LIST,
    BRASA_GROUP_ROLLUP,
    BRASA_GROUP_CUBE,
    BRASA_GROUP_SETS
} brasa_group_kind;

/* An element of GROUP BY.  LIST: (a, b) as one element of a ROLLUP, CUBE or GROUPING SETS. */
typedef struct brasa_group {
    brasa_group_kind          kind;
    int32_t                   pos;
    const brasa_expr         *expr;
    int32_t                   n;
    const struct brasa_group *items;
} brasa_group;

typedef struct brasa_cte {
    const char        *name;
    int32_t            pos;
    int32_t            ncolumns;
    const char *const *columns;
    const brasa_query *query;
    bool               recursive;
    brasa_with_wish    wish;
} brasa_cte;

typedef enum brasa_query_kind { BRASA_QUERY_SELECT, BRASA_QUERY_VALUES, BRASA_QUERY_SET } brasa_query_kind;

struct brasa_query {
    brasa_query_kind          kind;
    int32_t                   pos;
    int32_t                   nctes;
    const brasa_cte          *ctes;
    bool                      distinct; /* SELECT */
    bool                      by_name;  /* right side of UNION BY NAME */
    int32_t                   non;      /* DISTINCT ON */
    const brasa_expr *const  *on;
    int32_t                   ntargets;
    const brasa_expr *const  *targets;
    int32_t                   nfrom;
    const brasa_from *const  *from;
    const brasa_expr         *where;
    int32_t                   ngroups;
    const brasa_group        *groups;
    bool                      group_all;
    const brasa_expr         *having;
    const brasa_expr         *qualify;
    int32_t                   nrows, ncols; /* VALUES */
    const brasa_expr *const  *values;
    brasa_set_op              op; /* SET */
    bool                      all;
    int32_t                   ninputs;
    const brasa_query *const *inputs;
    int32_t                   norder;
    const brasa_order        *order;
    bool                      order_all;
    bool                      ties;           /* FETCH FIRST ... WITH TIES */
    const brasa_expr         *limit, *offset; /* NULL none */
};

typedef enum brasa_statement_kind {
    BRASA_STATEMENT_QUERY,
    BRASA_STATEMENT_EXPLAIN,
    BRASA_STATEMENT_CREATE_VIEW,
    BRASA_STATEMENT_CREATE_TABLE, /* AS query, or columns, or USING format */
    BRASA_STATEMENT_DROP,
    BRASA_STATEMENT_INSERT,
    BRASA_STATEMENT_DELETE,
    BRASA_STATEMENT_UPDATE,
    BRASA_STATEMENT_TRUNCATE,
    BRASA_STATEMENT_COPY,
    BRASA_STATEMENT_SHOW_TABLES,
    BRASA_STATEMENT_SHOW_COLUMNS,
    BRASA_STATEMENT_SHOW_FUNCTIONS,
    BRASA_STATEMENT_DESCRIBE,
    BRASA_STATEMENT_SET,
    BRASA_STATEMENT_CACHE,
    BRASA_STATEMENT_UNCACHE,
    BRASA_STATEMENT_ANALYZE,
    BRASA_STATEMENT_ALTER,
    BRASA_STATEMENT_INDEX, /* CREATE INDEX: `value` its name; `unique` */
    BRASA_STATEMENT_DROP_INDEX,
    BRASA_STATEMENT_REINDEX,
    BRASA_STATEMENT_CREATE_SCHEMA,
    BRASA_STATEMENT_DROP_SCHEMA,
    BRASA_STATEMENT_SHOW_SCHEMAS,
    BRASA_STATEMENT_USE,
    BRASA_STATEMENT_PREPARE,
    BRASA_STATEMENT_EXECUTE,
    BRASA_STATEMENT_DEALLOCATE,
    BRASA_STATEMENT_MERGE,
    BRASA_STATEMENT_SHOW_CREATE,
    BRASA_STATEMENT_VARIABLE, /* DECLARE, SET VAR, DROP VARIABLE (`overwrite`: it may be new; `format`: its type; `no_data`: drop) */
    BRASA_STATEMENT_FUNCTION, /* CREATE FUNCTION; `no_data`: drop */
    BRASA_STATEMENT_TRANSACTION,
    BRASA_STATEMENT_SEQUENCE, /* CREATE, ALTER (`overwrite`), DROP SEQUENCE (`no_data`) */
    BRASA_STATEMENT_NOTHING   /* upkeep */
} brasa_statement_kind;

typedef enum brasa_transaction {
    BRASA_TRANSACTION_BEGIN,
    BRASA_TRANSACTION_COMMIT,
    BRASA_TRANSACTION_ROLLBACK,
    BRASA_TRANSACTION_SAVEPOINT, /* `name` */
    BRASA_TRANSACTION_RELEASE,
    BRASA_TRANSACTION_ROLLBACK_TO
} brasa_transaction;

typedef enum brasa_alter_kind {
    BRASA_ALTER_ADD,
    BRASA_ALTER_DROP,
    BRASA_ALTER_RENAME,
    BRASA_ALTER_TYPE,
    BRASA_ALTER_DEFAULT, /* `expr` NULL: none */
    BRASA_ALTER_NULLABLE,
    BRASA_ALTER_NOT_NULL,
    BRASA_ALTER_RENAME_TABLE,
    BRASA_ALTER_CONSTRAINT,     /* ADD PRIMARY KEY, UNIQUE, CHECK: `key` or `check` */
    BRASA_ALTER_DROP_CONSTRAINT /* `column`: its name */
} brasa_alter_kind;

/* PRIMARY KEY or UNIQUE of CREATE TABLE; an index. */
typedef struct brasa_key {
    int32_t            n;
    const char *const *columns;
    bool               primary;
    const char        *index; /* its name, where CREATE INDEX made it */
    const char        *name;  /* behind CONSTRAINT, or NULL */
} brasa_key;

typedef struct brasa_check {
    const brasa_expr *test;
    const char       *text; /* as an error names it */
    const char       *name; /* behind CONSTRAINT, or NULL */
} brasa_check;

/* One change of ALTER TABLE. */
typedef struct brasa_alter {
    brasa_alter_kind  kind;
    bool              lenient; /* IF [NOT] EXISTS of the column */
    const char       *column, *to;
    brasa_field       field; /* ADD, TYPE */
    const brasa_expr *expr;  /* ADD, DEFAULT: the default; TYPE: USING */
    brasa_key         key;   /* CONSTRAINT: n 0 none */
    brasa_check       check; /* CONSTRAINT: test NULL none */
} brasa_alter;

typedef enum brasa_merge_action { BRASA_MERGE_NOTHING, BRASA_MERGE_UPDATE, BRASA_MERGE_DELETE, BRASA_MERGE_INSERT } brasa_merge_action;

/* A WHEN clause of MERGE. */
typedef struct brasa_merge {
    bool                     matched, by_source; /* WHEN MATCHED; WHEN NOT MATCHED BY SOURCE; else WHEN NOT MATCHED */
    brasa_merge_action       action;
    const brasa_expr        *test; /* NULL: always */
    bool                     all;  /* SET *, INSERT *: the source's columns of the same names */
    int32_t                  n;
    const char *const       *columns; /* ncolumns 0 of an INSERT: by position */
    int32_t                  ncolumns;
    const brasa_expr *const *values; /* [n] */
} brasa_merge;

/* INSERT: what becomes of a row whose key is there. */
typedef enum brasa_conflict {
    BRASA_CONFLICT_ERROR,
    BRASA_CONFLICT_NOTHING, /* ON CONFLICT DO NOTHING, OR IGNORE */
    BRASA_CONFLICT_UPDATE,
    BRASA_CONFLICT_REPLACE /* OR REPLACE: it takes the place of those it equals */
} brasa_conflict;

typedef struct brasa_option {
    const char *key, *value;
} brasa_option;

/* A parameter, or a column of the result, of CREATE FUNCTION, as text. */
typedef struct brasa_param_text {
    const char *name, *type, *value; /* type NULL: any; value NULL: no default */
} brasa_param_text;

/* CREATE FUNCTION, as text. */
typedef struct brasa_function_text {
    int32_t                 n, ncolumns;
    const brasa_param_text *params, *columns;
    const char             *type; /* RETURNS; NULL: none */
    bool                    table;
    const char             *body;
} brasa_function_text;

/* One field serves where its name fits. */
typedef struct brasa_statement {
    brasa_statement_kind     kind;
    int32_t                  pos;
    const char              *name; /* table, view, setting */
    const brasa_query       *query;
    bool                     replace, if_exists, if_not_exists, overwrite, into_file;
    bool                     analyze, formatted, stages; /* EXPLAIN */
    uint8_t                  collation;                  /* DEFAULT COLLATION: of literals, and of columns that say none */
    const char              *format, *location;          /* CREATE TABLE USING, COPY */
    int32_t                  ncolumns;
    const char *const       *columns; /* INSERT, view columns */
    const brasa_field       *fields;  /* CREATE TABLE: nfields of them */
    int32_t                  nfields;
    const brasa_expr *const *defaults;   /* [nfields]; entries may be NULL */
    bool                     references; /* CREATE TABLE: something was declared that nothing enforces */
    int32_t                  nkeys, nchecks;
    const brasa_key         *keys;
    const brasa_check       *checks;
    int32_t                  nctes; /* WITH before UPDATE, DELETE */
    const brasa_cte         *ctes;
    const char              *alias; /* UPDATE, DELETE: of the table */
    int32_t                  nfrom; /* UPDATE FROM, DELETE USING */
    const brasa_from *const *from;
    bool                     by_name, cascade, drops_view, unique;
    bool                     views;   /* SHOW VIEWS */
    bool                     no_data; /* CREATE TABLE AS ... WITH NO DATA */
    int32_t                  nalters;
    const brasa_alter       *alters;
    const brasa_expr        *where;
    int32_t                  nsets; /* UPDATE: columns[i] = sets[i] */
    const brasa_expr *const *sets;
    const brasa_expr *const *generated; /* CREATE TABLE: [nfields]; entries may be NULL */
    int32_t                  nserials;  /* sequences that it makes: of SERIAL, IDENTITY */
    const char *const       *serials;
    brasa_transaction        transaction;
    brasa_conflict           conflict; /* INSERT; DO UPDATE: set_columns[i] = sets[i] where `where` */
    const char *const       *set_columns;
    int32_t                  ntarget; /* ON CONFLICT (target); 0: any key */
    const char *const       *target;
    int32_t                  nmerges; /* MERGE: `from` has the source, `where` the condition */
    const brasa_merge       *merges;
    int32_t                  nreturning; /* RETURNING */
    const brasa_expr *const *returning;
    int32_t                  noptions;
    const brasa_option      *options;
    const char              *value, *pattern;
    brasa_function_text      function;
} brasa_statement;

/* The schema that is there from the start; main, public and the like are other names of it. */
#define BRASA_SQL_FIRST_SCHEMA "default"

/* What a table is known by: "schema.name", or the name alone where no schema is given. */
const char *brasa__sql_table_name(brasa_arena *arena, const char *schema, const char *name);

/* SYNTAX with line, column and caret.  `*n` statements in `text`. */
brasa_status brasa__sql_statement(brasa_arena *arena, const char *text, brasa_statement *out, brasa_error *err);

#endif
