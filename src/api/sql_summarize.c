/* api/sql_summarize.c -- SUMMARIZE: a row of figures for each column of a table or query, as DuckDB gives them. */
#include <string.h>

#include "api/sql_inner.h"
#include "data/type.h"

void brasa__sql_add_name(brasa_text *t, const char *name)
{
    brasa__text_add(t, "`");
    for (; *name != '\0'; name++) brasa__text_addf(t, *name == '`' ? "``" : "%c", *name);
    brasa__text_add(t, "`");
}

static void add_figure(brasa_text *t, bool there, const char *before, const char *column, const char *after, const char *name)
{
    brasa__text_add(t, ", ");
    if (there) {
        brasa__text_add(t, before);
        brasa__sql_add_name(t, column);
        brasa__text_add(t, after);
    } else {
        brasa__text_add(t, "CAST(NULL AS STRING)");
    }
    brasa__text_addf(t, " AS %s", name);
}

static void add_column(brasa_text *t, const brasa_field *f, int32_t i)
{
    bool number = brasa__type_is_numeric(f->type), ordered = !brasa__type_is_nested(f->type) && f->type.kind != BRASA_KIND_NULL;

    brasa__text_addf(t, "%sSELECT %d AS place, '", i > 0 ? " UNION ALL " : "", (int)i);
    for (const char *c = f->name; *c != '\0'; c++) brasa__text_addf(t, *c == '\'' ? "''" : "%c", *c);
    brasa__text_add(t, "' AS column_name, '");
    brasa__sql_column_type(f->type, t);
    brasa__text_add(t, "' AS column_type");
    add_figure(t, ordered, "CAST(min(", f->name, ") AS STRING)", "min");
    add_figure(t, ordered, "CAST(max(", f->name, ") AS STRING)", "max");
    if (ordered) {
        add_figure(t, true, "approx_count_distinct(", f->name, ")", "approx_unique");
    } else {
        brasa__text_add(t, ", CAST(NULL AS BIGINT) AS approx_unique");
    }
    add_figure(t, number, "CAST(avg(", f->name, ") AS STRING)", "avg");
    add_figure(t, number, "CAST(stddev(", f->name, ") AS STRING)", "std");
    add_figure(t, number, "CAST(percentile(", f->name, ", 0.25) AS STRING)", "q25");
    add_figure(t, number, "CAST(percentile(", f->name, ", 0.5) AS STRING)", "q50");
    add_figure(t, number, "CAST(percentile(", f->name, ", 0.75) AS STRING)", "q75");
    brasa__text_add(t, ", count(*) AS count, CASE WHEN count(*) > 0 THEN round(100.0D * (count(*) - count(");
    brasa__sql_add_name(t, f->name);
    brasa__text_addf(t, ")) / count(*), 2) END AS null_percentage FROM `%s`", BRASA_SQL_NEW_ROWS);
}

brasa_status brasa__sql_summarize(sql_call *c, const brasa_node *rows, brasa_error *err)
{
    brasa_arena    *arena = c->api->builder.arena;
    brasa_statement st;
    brasa_text      t;
    int64_t         n;

    BRASA_TRY(c->catalog.keep(c->catalog.arg, rows, &c->proposed, &n, err));
    brasa__text_init(&t, arena);
    brasa__text_add(&t, "SELECT * EXCEPT (place) FROM (");
    for (int32_t i = 0; i < rows->schema.ncols; i++) add_column(&t, &rows->schema.cols[i], i);
    brasa__text_add(&t, ") AS figures ORDER BY place");
    BRASA_TRY(brasa__sql_statement(arena, t.s, &st, err));
    return brasa__sql_query_node(c, st.query, &c->api->node, err);
}
