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
    bool                table;    /* its rows may change */
    brasa_schema        schema;   /* as declared; ncols 0: of its query */
    const char         *location; /* on disk; NULL: kept by the workers */
    const char         *format;
    int32_t             nparts, cap, cap_entries; /* kept rows: plans that read them, and their entries */
    const brasa_node  **parts;
    brasa_cache_entry **entries;
    const brasa_node   *kept; /* CACHE TABLE */
    brasa_cache_entry  *kept_entry;
} brasa_sql_object;

typedef struct sql_call {
    brasa_api_call   *api;
    const char       *text;
    brasa_sql_catalog catalog;
    int32_t           views; /* being planned inside each other */
} sql_call;

brasa_view_entry *brasa__sql_find(brasa_session *s, const char *name);
/* NOT_FOUND with a near name. */
brasa_status brasa__sql_entry(sql_call *c, const char *name, brasa_view_entry **out, brasa_error *err);
brasa_status brasa__sql_query_node(sql_call *c, const brasa_query *q, const brasa_node **out, brasa_error *err);
/* The answer of a statement without one. */
brasa_status brasa__sql_nothing(sql_call *c, brasa_error *err);
/* CREATE, DROP, INSERT, DELETE, UPDATE, TRUNCATE, COPY, CACHE. */
brasa_status brasa__sql_change(sql_call *c, const brasa_statement *st, brasa_error *err);

#endif
