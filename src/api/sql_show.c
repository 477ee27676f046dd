/* api/sql_show.c -- statements that answer with a table of texts: SHOW, DESCRIBE, EXPLAIN, SET. */
#include "api/sql_inner.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"
#include "expr/agg.h"
#include "expr/bind_names.h"
#include "expr/function.h"
#include "expr/udf.h"
#include "plan/explain.h"
#include "sql/shorthand.h"
#include "stage/stage.h"

/* ---- tables of texts as answers ---- */

typedef struct texts {
    sql_call    *c;
    int32_t      ncols, nrows, cap;
    const char  *names[3];
    brasa_value *cells;
} texts;

static void add_row(texts *t, const char *a, const char *b, const char *c)
{
    const char  *row[] = {a, b, c};
    brasa_arena *arena = t->c->api->builder.arena;

    t->cells = brasa__arena_grow(arena, t->cells, &t->cap, (t->nrows + 1) * t->ncols, sizeof *t->cells);
    for (int32_t i = 0; i < t->ncols; i++) {
        brasa_value *v = &t->cells[t->nrows * t->ncols + i];

        *v = row[i] == NULL ? (brasa_value) {.type = brasa__type(BRASA_KIND_STRING), .null = true}
                            : brasa_value_string(brasa__arena_strdup(arena, row[i]));
    }
    t->nrows++;
}

static brasa_status answer(texts *t, brasa_error *err)
{
    brasa_field fields[3];

    for (int32_t i = 0; i < t->ncols; i++)
        fields[i] = (brasa_field) {.name = t->names[i], .type = brasa__type(BRASA_KIND_STRING), .nullable = true};
    return brasa__plan_values(&t->c->api->builder, (brasa_schema) {t->ncols, fields}, t->cells, t->nrows, &t->c->api->node, err);
}

/* * and % stand for any text, | between patterns, as SHOW's patterns in Spark and LIKE's. */
static bool matches(const char *pattern, const char *s)
{
    if (*pattern == '\0' || *pattern == '|') return *s == '\0';
    if (*pattern == '*' || *pattern == '%') return matches(pattern + 1, s) || (*s != '\0' && matches(pattern, s + 1));
    return *s != '\0' && tolower((unsigned char)*pattern) == tolower((unsigned char)*s) && matches(pattern + 1, s + 1);
}

static bool wanted(const brasa_statement *st, const char *name)
{
    for (const char *p = st->pattern; p != NULL; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
        if (matches(p, name)) return true;
    return st->pattern == NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static brasa_status show_names(sql_call *c, const brasa_statement *st, const char **names, int32_t n, const char *title, brasa_error *err)
{
    texts t = {.c = c, .ncols = 1, .names = {title}};

    qsort(names, (size_t)n, sizeof *names, by_name);
    for (int32_t i = 0; i < n; i++) {
        if (wanted(st, names[i]) && (i == 0 || strcmp(names[i], names[i - 1]) != 0)) add_row(&t, names[i], NULL, NULL);
    }
    return answer(&t, err);
}

/* What there is to tell of a table: where it lies, and how. */
static brasa_status show_properties(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    texts             t = {.c = c, .ncols = 2, .names = {"key", "value"}};
    brasa_view_entry *v;

    BRASA_TRY(brasa__sql_entry(c, st->name, &v, err));
    if (v->sql != NULL && v->sql->format != NULL) add_row(&t, "format", v->sql->format, NULL);
    if (v->sql != NULL && v->sql->location != NULL) add_row(&t, "location", v->sql->location, NULL);
    return answer(&t, err);
}

static brasa_status show_tables(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    const char **names = NULL;
    int32_t      n = 0, cap = 0;

    if (st->formatted) return show_properties(c, st, err);

    const brasa_session *s = c->api->session;
    const char          *schema = st->name != NULL ? st->name : s->schema;

    if (schema != NULL && strcasecmp(schema, BRASA_SQL_FIRST_SCHEMA) == 0) schema = NULL;
    if (schema != NULL && !brasa__sql_has_schema(s, schema)) return brasa__fail(err, BRASA_NOT_FOUND, "there is no schema '%s'", schema);
    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) {
        const char *dot = strchr(v->name, '.');
        size_t      length = dot == NULL ? 0 : (size_t)(dot - v->name);

        if (st->views && (v->sql == NULL || v->sql->table)) continue;
        if (schema == NULL ? dot != NULL : v->sql != NULL && (strlen(schema) != length || strncasecmp(v->name, schema, length) != 0))
            continue;
        names = brasa__arena_grow(c->api->builder.arena, names, &cap, n + 1, sizeof *names);
        names[n++] = schema == NULL || dot == NULL ? v->name : dot + 1;
    }
    return show_names(c, st, names, n, "tableName", err);
}

static brasa_status show_schemas(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    const char **names = NULL;
    int32_t      n = 1, cap = 0;

    names = brasa__arena_grow(c->api->builder.arena, names, &cap, n, sizeof *names);
    names[0] = BRASA_SQL_FIRST_SCHEMA;
    for (const brasa_sql_schema *k = c->api->session->schemas; k != NULL; k = k->next) {
        names = brasa__arena_grow(c->api->builder.arena, names, &cap, n + 1, sizeof *names);
        names[n++] = k->name;
    }
    return show_names(c, st, names, n, "namespace", err);
}

typedef struct function_row {
    const char *name, *group, *doc;
} function_row;

static int by_function(const void *a, const void *b)
{
    const function_row *x = a, *y = b;
    int                 order = strcmp(x->name, y->name);

    return order != 0 ? order : strcmp(x->group, y->group);
}

/* Everything that can be called, from the tables that the binder reads. */
static int32_t all_functions(function_row *rows)
{
    static const char *const windows[][2] = {
        {"row_number", "row_number(): 1, 2, 3, ... in the window's order"},
        {"rank", "rank(): the number of rows before the first of its equals, plus 1"},
        {"dense_rank", "dense_rank(): rank without gaps"},
        {"percent_rank", "percent_rank(): (rank - 1) / (rows - 1)"},
        {"cume_dist", "cume_dist(): the part of the rows that are not after it"},
        {"ntile", "ntile(n): which of n parts of nearly equal size"},
        {"lag", "lag(x [, n [, otherwise]]): x of the nth row before"},
        {"lead", "lead(x [, n [, otherwise]]): x of the nth row after"},
        {"nth_value", "nth_value(x, n): x of the frame's nth row"},
        {"monotonically_increasing_id", "monotonically_increasing_id(): a number for each row, from 0, never twice"},
    };
    static const char *const makers[][2] = {
        {"explode", "explode(list), explode(map): a row for each element, in a column col, or key and value"},
        {"explode_outer", "explode_outer(list): explode; a row of nulls where there is no element"},
        {"posexplode", "posexplode(list): explode, with each element's place from 0 in a column pos"},
        {"posexplode_outer", "posexplode_outer(list): posexplode; a row of nulls where there is no element"},
        {"unnest", "unnest(list): explode"},
        {"regexp_split_to_table", "regexp_split_to_table(text, pattern): a row for each part, in a column col"},
        {"string_to_table", "string_to_table(text, delimiter): a row for each part, in a column col"},
        {"inline", "inline(list of structs): a row for each, in a column for each field"},
        {"inline_outer", "inline_outer(list of structs): inline; a row of nulls where there is no element"},
        {"stack", "stack(n, a, b, ...): the values in n rows, in columns col0, col1, ..."},
        {"json_tuple", "json_tuple(json, name, ...): the members of those names as text, in columns c0, c1, ..."},
    };
    static const char *const groups[][2] = {
        {"count_if", "count_if(test): rows where the test is true"},
        {"grouping", "grouping(key): 1 in rows of ROLLUP, CUBE and GROUPING SETS that are totals over this key, else 0"},
        {"grouping_id", "grouping_id([key, ...]): grouping of each key as the bits of a number, the last key lowest"},
    };
    int32_t     n = 0;
    const char *name, *means;

    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) rows[n++] = (function_row) {makers[i][0], "Rows of one row", makers[i][1]};
    for (int32_t g = 0; g < brasa__function_group_count(); g++) {
        const brasa_function_group *group = brasa__function_group_at(g);
        for (int32_t i = 0; i < group->count; i++)
            rows[n++] = (function_row) {group->functions[i].name, group->title, group->functions[i].doc};
    }
    for (int32_t i = 0; i < brasa__agg_count(); i++)
        rows[n++] = (function_row) {brasa__agg_at(i)->name, "Aggregates", brasa__agg_at(i)->doc};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) rows[n++] = (function_row) {groups[i][0], "Aggregates", groups[i][1]};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) rows[n++] = (function_row) {windows[i][0], "Windows", windows[i][1]};
    for (int32_t i = 0; brasa__other_name_at(i, &name, &means); i++) rows[n++] = (function_row) {name, "Other names", means};
    for (int32_t i = 0; brasa__sql_shorthand_at(i, &name, &means); i++) rows[n++] = (function_row) {name, "Other names", means};
    for (int32_t i = 0; i < brasa__udf_count(); i++) rows[n++] = (function_row) {brasa__udf_at(i)->name, "Of this program", NULL};
    return n;
}

static brasa_status show_functions(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    texts   t = {.c = c, .ncols = 3, .names = {"function", "group", "description"}};
    int32_t room =
        brasa__function_count() + brasa__agg_count() + brasa__udf_count() + brasa__other_name_count() + brasa__sql_shorthand_count() + 32;
    function_row *rows = BRASA_NEWS(c->api->builder.arena, function_row, room);
    int32_t       n = all_functions(rows);

    qsort(rows, (size_t)n, sizeof *rows, by_function);
    for (int32_t i = 0; i < n; i++)
        if (wanted(st, rows[i].name)) add_row(&t, rows[i].name, rows[i].group, rows[i].doc);
    return answer(&t, err);
}

static brasa_status describe_schema(sql_call *c, brasa_schema s, bool types, brasa_error *err)
{
    texts t = {.c = c, .ncols = types ? 3 : 1, .names = {"col_name", "data_type", "comment"}};

    for (int32_t i = 0; i < s.ncols; i++) {
        brasa_text type;

        brasa__text_init(&type, c->api->builder.arena);
        brasa__sql_column_type(s.cols[i].type, &type);
        add_row(&t, s.cols[i].name, type.s, NULL);
    }
    return answer(&t, err);
}

static brasa_status show_create(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    texts             t = {.c = c, .ncols = 1, .names = {"createtab_stmt"}};
    brasa_view_entry *v;
    brasa_text        text;

    BRASA_TRY(brasa__sql_entry(c, st->name, &v, err));
    brasa__text_init(&text, c->api->builder.arena);
    brasa__sql_create_text(c->api->builder.arena, st->name, v, &text);
    add_row(&t, text.s, NULL, NULL);
    return answer(&t, err);
}

static brasa_status describe(sql_call *c, const brasa_statement *st, bool types, brasa_error *err)
{
    const brasa_node *n;
    const char       *near = NULL;

    if (st->query != NULL) {
        BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
        if (st->analyze) return brasa__sql_summarize(c, n, err);
        return describe_schema(c, n->schema, types, err);
    }
    BRASA_TRY(brasa__sql_find_table(c, st->name, &n, &near, err));
    if (n == NULL) {
        brasa_view_entry *none;
        return brasa__sql_entry(c, st->name, &none, err);
    }
    if (st->analyze) return brasa__sql_summarize(c, n, err);
    const brasa_view_entry *v = brasa__sql_find(c->api->session, st->name);
    bool                    declared = v != NULL && v->sql != NULL && v->sql->schema.ncols == n->schema.ncols;
    if (declared) return describe_schema(c, v->sql->schema, types, err);
    return describe_schema(c, n->schema, types, err);
}

/* ---- EXPLAIN ---- */

static brasa_status explain(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session    *s = c->api->session;
    brasa_arena      *arena = c->api->builder.arena;
    const brasa_node *n, *plan;
    brasa_text        text;
    texts             t = {.c = c, .ncols = 1, .names = {"plan"}};

    if (st->query == NULL) return brasa__fail(err, BRASA_UNSUPPORTED, "EXPLAIN of a statement that is not a query");
    BRASA_TRY(brasa__sql_query_node(c, st->query, &n, err));
    brasa__text_init(&text, arena);
    if (st->analyze) {
        BRASA_TRY(brasa__api_analyze(s, arena, n, &text, err));
    } else {
        BRASA_TRY(brasa__api_optimise(s, arena, n, false, &plan, err));
        if (st->stages) {
            brasa_topology topology = brasa__driver_topology(s->driver);
            brasa_action   action = {.kind = BRASA_SINK_RESULT};
            brasa_job      job;

            BRASA_TRY(brasa__stage_cut(arena, plan, &action, &topology, &job, err));
            brasa__stage_explain(&job, &text);
        } else {
            brasa__plan_explain(plan, st->formatted ? BRASA_EXPLAIN_ESTIMATES | BRASA_EXPLAIN_COLUMNS : 0, NULL, NULL, &text);
        }
    }
    for (char *line = text.s, *end; *line != '\0'; line = end) {
        end = line + strcspn(line, "\n");
        if (*end != '\0') *end++ = '\0';
        add_row(&t, line, NULL, NULL);
    }
    return answer(&t, err);
}

/* ---- SET ---- */

/* Keys with a dot (spark.sql.ansi.enabled) are not ours: scripts that set them run, and can ask for what they said. */
static brasa_status set_foreign(sql_call *c, const brasa_statement *st, texts *t, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_sql_prepared *k = s->foreign;

    while (k != NULL && strcasecmp(k->name, st->name) != 0) k = k->next;
    if (st->value != NULL && k == NULL) {
        k = BRASA_NEW(s->arena, brasa_sql_prepared);
        k->name = brasa__arena_strdup(s->arena, st->name);
        k->next = s->foreign;
        s->foreign = k;
    }
    if (st->value != NULL) k->text = brasa__arena_strdup(s->arena, st->value);
    add_row(t, st->name, k == NULL ? "<undefined>" : k->text, NULL);
    return answer(t, err);
}

static brasa_status set(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    texts t = {.c = c, .ncols = 2, .names = {"key", "value"}};

    if (st->name != NULL && strchr(st->name, '.') != NULL && brasa__setting_find(st->name) < 0) return set_foreign(c, st, &t, err);

    if (st->name != NULL && st->value != NULL) {
        BRASA_TRY(brasa__config_change(brasa__ctx()->config, st->name, st->value, err));
        if (strchr(st->name, '.') == NULL) return brasa__sql_nothing(c, err);
        add_row(&t, st->name, st->value, NULL); /* Spark's names are answered as Spark does */
        return answer(&t, err);
    }
    for (int32_t k = 0; k < brasa__setting_count(); k++) {
        const char *key = brasa__setting_key((brasa_setting)k);

        if (st->name == NULL || brasa__setting_find(st->name) == k)
            add_row(&t, st->name != NULL && strchr(st->name, '.') != NULL ? st->name : key,
                    brasa__config_text(brasa__ctx()->config, (brasa_setting)k), NULL);
    }
    if (st->name != NULL && t.nrows == 0) return brasa__fail(err, BRASA_NOT_FOUND, "there is no setting '%s'; SET lists them", st->name);
    return answer(&t, err);
}

/* ---- which of them ---- */

brasa_status brasa__sql_show(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    switch ((int)st->kind) {
    case BRASA_STATEMENT_EXPLAIN: return explain(c, st, err);
    case BRASA_STATEMENT_SHOW_TABLES: return show_tables(c, st, err);
    case BRASA_STATEMENT_SHOW_COLUMNS: return describe(c, st, false, err);
    case BRASA_STATEMENT_SHOW_FUNCTIONS: return show_functions(c, st, err);
    case BRASA_STATEMENT_SHOW_SCHEMAS: return show_schemas(c, st, err);
    case BRASA_STATEMENT_SHOW_CREATE: return show_create(c, st, err);
    case BRASA_STATEMENT_SET: return set(c, st, err);
    default: return describe(c, st, true, err);
    }
}
