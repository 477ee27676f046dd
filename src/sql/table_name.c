/* sql/table_name.c -- what a table is known by in a catalogue that is flat. */
#include <strings.h>

#include "sql/query.h"

const char *brasa__sql_table_name(brasa_arena *arena, const char *schema, const char *name)
{
    static const char *const first[] = {"main", "public", "memory", "temp", "spark_catalog"};

    if (schema != NULL && strcasecmp(schema, "global_temp") == 0) schema = NULL; /* the session's views are seen everywhere in it */
    for (size_t i = 0; schema != NULL && i < sizeof first / sizeof *first; i++) {
        if (strcasecmp(schema, first[i]) == 0) schema = BRASA_SQL_FIRST_SCHEMA;
    }
    return schema == NULL || schema[0] == '\0' ? brasa__arena_strdup(arena, name) : brasa__arena_printf(arena, "%s.%s", schema, name);
}
