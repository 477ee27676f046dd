/* api/sql_summarize.c -- SUMMARIZE: a row of figures for each column of a table or query, as DuckDB gives them.
 *
 * One aggregation makes all figures, a list of a struct for each column, which is laid out as rows: the rows are read once, however many columns there are.
 */
#include <stdio.h>
#include <string.h>

#include "api/sql_inner.h"
#include "data/type.h"

void brasa__sql_add_name_n(brasa_text *t, const char *name, size_t n)
{
    brasa__text_add(t, "`");
    for (size_t i = 0; i < n; i++) brasa__text_addf(t, name[i] == '`' ? "``" : "%c", name[i]);
    brasa__text_add(t, "`");
}

void brasa__sql_add_name(brasa_text *t, const char *name)
{
    brasa__sql_add_name_n(t, name, strlen(name));
}

static void add_figure(brasa_text *t, bool there, const char *name, const char *before, const char *column, const char *after)
{
    brasa__text_addf(t, ", '%s', ", name);
    if (!there) {
        brasa__text_add(t, "CAST(NULL AS STRING)");
        return;
    }
    brasa__text_add(t, before);
    brasa__sql_add_name(t, column);
    brasa__text_add(t, after);
}

static void add_column(brasa_text *t, const brasa_field *f)
{
    static const char quartiles[] = ", array(0.25, 0.5, 0.75))";
    bool number = brasa__type_is_numeric(f->type), ordered = !brasa__type_is_nested(f->type) && f->type.kind != BRASA_KIND_NULL;

    brasa__text_add(t, "named_struct('column_name', '");
    for (const char *c = f->name; *c != '\0'; c++) brasa__text_addf(t, *c == '\'' ? "''" : "%c", *c);
    brasa__text_add(t, "', 'column_type', '");
    brasa__sql_column_type(f->type, t);
    brasa__text_add(t, "'");
    add_figure(t, ordered, "min", "CAST(min(", f->name, ") AS STRING)");
    add_figure(t, ordered, "max", "CAST(max(", f->name, ") AS STRING)");
    if (ordered) {
        add_figure(t, true, "approx_unique", "approx_count_distinct(", f->name, ")");
    } else {
        brasa__text_add(t, ", 'approx_unique', CAST(NULL AS BIGINT)");
    }
    add_figure(t, number, "avg", "CAST(avg(", f->name, ") AS STRING)");
    add_figure(t, number, "std", "CAST(stddev(", f->name, ") AS STRING)");
    for (int i = 0; i < 3; i++) {
        char name[8] = "q25", after[64];

        snprintf(name, sizeof name, "q%d", 25 * (i + 1));
        snprintf(after, sizeof after, "%s[%d] AS STRING)", quartiles, i);
        add_figure(t, number, name, "CAST(percentile(", f->name, after);
    }
    brasa__text_add(t, ", 'count', count(*), 'null_percentage', CASE WHEN count(*) > 0 THEN round(100.0D * (count(*) - count(");
    brasa__sql_add_name(t, f->name);
    brasa__text_add(t, ")) / count(*), 2) END)");
}

brasa_status brasa__sql_summarize(sql_call *c, const brasa_node *rows, brasa_error *err)
{
    brasa_arena    *arena = c->api->builder.arena;
    brasa_statement st;
    brasa_text      t;
    int64_t         n;

    BRASA_TRY(c->catalog.keep(c->catalog.arg, rows, &c->proposed, &n, err));
    brasa__text_init(&t, arena);
    brasa__text_add(&t, "SELECT inline(figures) FROM (SELECT array(");
    for (int32_t i = 0; i < rows->schema.ncols; i++) {
        if (i > 0) brasa__text_add(&t, ", ");
        add_column(&t, &rows->schema.cols[i]);
    }
    brasa__text_addf(&t, ") AS figures FROM `%s`)", BRASA_SQL_NEW_ROWS);
    BRASA_TRY(brasa__sql_statement(arena, t.s, &st, err));
    return brasa__sql_query_node(c, st.query, &c->api->node, err);
}
