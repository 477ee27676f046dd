/* api/sql.c -- SQL text: queries become frames, other statements are done. */
#include "api/sql_inner.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"
#include "expr/bind_names.h"
#include "expr/agg.h"
#include "expr/function.h"
#include "expr/udf.h"
#include "plan/explain.h"
#include "sql/shorthand.h"
#include "stage/stage.h"

enum { VIEW_DEPTH = 50 };

/* ---- names ---- */

static brasa_view_entry *find_exactly(const brasa_session *s, const char *name)
{
    for (brasa_view_entry *v = s->views; v != NULL; v = v->next) {
        if (strcasecmp(v->name, name) == 0) return v;
    }
    return NULL;
}

/* After USE, names without a schema are those of the schema in use, and views made by calls. */
brasa_view_entry *brasa__sql_find(brasa_session *s, const char *name)
{
    static const char first[] = BRASA_SQL_FIRST_SCHEMA ".";
    brasa_view_entry *v;

    if (strncasecmp(name, first, sizeof first - 1) == 0) return find_exactly(s, name + sizeof first - 1);
    if (s->schema == NULL || strchr(name, '.') != NULL) return find_exactly(s, name);
    for (v = s->views; v != NULL; v = v->next) {
        const char *dot = strchr(v->name, '.');

        if (dot != NULL && strncasecmp(v->name, s->schema, (size_t)(dot - v->name)) == 0 && s->schema[dot - v->name] == '\0' &&
            strcasecmp(dot + 1, name) == 0)
            return v;
    }
    v = find_exactly(s, name);
    return v != NULL && v->sql == NULL ? v : NULL;
}

static const char *near_name(brasa_session *s, brasa_arena *arena, const char *name)
{
    int32_t n = 0;

    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) n++;
    const char **names = BRASA_NEWS(arena, const char *, n + 1);
    n = 0;
    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) names[n++] = v->name;
    return brasa__near_miss(name, names, n);
}

/* A view of a statement is planned at each use: it sees what its tables hold then. */
static brasa_status view_node(sql_call *c, const brasa_sql_object *o, const brasa_node **out, brasa_error *err)
{
    brasa_builder b = c->api->builder;
    brasa_status  status;

    if (c->views >= VIEW_DEPTH)
        return brasa__fail(err, BRASA_INVALID, "views stand on each other deeper than %d levels; is one on itself?", (int)VIEW_DEPTH);
    b.text = o->text;
    b.params = NULL;
    b.nparams = 0;
    c->views++;
    status = brasa__sql_plan(&b, &c->catalog, o->query, out, err);
    c->views--;
    if (status != BRASA_OK || o->ncolumns == 0) return status;
    return brasa__plan_alias(&b, *out, NULL, o->columns, o->ncolumns, out, err);
}

static brasa_status find_table(void *arg, const char *name, const brasa_node **out, const char **near, brasa_error *err)
{
    sql_call         *c = arg;
    brasa_view_entry *v;

    *out = NULL;
    if (c->stored != NULL && strcmp(name, BRASA_SQL_OWN_ROWS) == 0) {
        *out = brasa__sql_stored_rows(c);
        return BRASA_OK;
    }
    if (c->proposed != NULL && strcmp(name, BRASA_SQL_NEW_ROWS) == 0) {
        *out = c->proposed;
        return BRASA_OK;
    }
    v = brasa__sql_find(c->api->session, name);
    if (v == NULL) BRASA_TRY(brasa__sql_system_table(c, name, out, err));
    if (v == NULL && *out != NULL) return BRASA_OK;
    if (v == NULL) {
        *near = near_name(c->api->session, c->api->builder.arena, name);
        return BRASA_OK;
    }
    if (v->frame->status != BRASA_OK) return brasa__fail(err, v->frame->status, "view '%s' stands on a call that failed", name);
    if (v->sql != NULL && v->sql->query != NULL && v->sql->kept == NULL) return view_node(c, v->sql, out, err);
    *out = v->sql != NULL && v->sql->kept != NULL ? v->sql->kept : v->frame->node;
    return BRASA_OK;
}

static brasa_status keep_rows(void *arg, const brasa_node *in, const brasa_node **out, int64_t *rows, brasa_error *err)
{
    sql_call          *c = arg;
    brasa_cache_entry *e;

    BRASA_TRY(brasa__sql_keep(c, &c->api->builder, in, c->api->session->nscopes - 1, out, &e, err));
    *rows = e->rows;
    e->guessed = false; /* the steps of a recursion: each is looked at once */
    return BRASA_OK;
}

static brasa_status drop_rows(void *arg, const brasa_node *kept, brasa_error *err)
{
    brasa_session *s = ((const sql_call *)arg)->api->session;

    for (brasa_cache_entry *e = s->caches; e != NULL; e = e->next) {
        if (e->id == kept->u.cached.cache) return brasa__api_drop(s, e, err);
    }
    return BRASA_OK;
}

static brasa_status first_value(void *arg, const brasa_node *in, brasa_value *out, brasa_error *err)
{
    sql_call     *c = arg;
    brasa_result *r;

    BRASA_TRY(brasa__api_collect(c->api->session, in, 1, &r, err));
    *out = (brasa_value) {.type = in->schema.cols[0].type, .null = true};
    if (brasa_result_rows(r) > 0) {
        brasa_value v = brasa_result_value(r, 0, 0);
        *out = brasa__value_copy(c->api->builder.arena, &v);
    }
    brasa_result_free(r);
    return BRASA_OK;
}

brasa_status brasa__sql_entry(sql_call *c, const char *name, brasa_view_entry **out, brasa_error *err)
{
    *out = brasa__sql_find(c->api->session, name);
    if (*out != NULL) return BRASA_OK;
    const char *near = near_name(c->api->session, c->api->builder.arena, name);
    return brasa__fail(err, BRASA_NOT_FOUND, "there is no table or view '%s'%s%s%s", name, near == NULL ? "" : "; did you mean '",
                       near == NULL ? "" : near, near == NULL ? "" : "'?");
}

brasa_status brasa__sql_query_node(sql_call *c, const brasa_query *q, const brasa_node **out, brasa_error *err)
{
    return brasa__sql_plan(&c->api->builder, &c->catalog, q, out, err);
}

/* ---- tables of texts as answers ---- */

brasa_status brasa__sql_nothing(sql_call *c, brasa_error *err)
{
    return brasa__plan_values(&c->api->builder, (brasa_schema) {0, NULL}, NULL, 0, &c->api->node, err);
}

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
    BRASA_TRY(find_table(c, st->name, &n, &near, err));
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

/* ---- PREPARE, EXECUTE ---- */

static brasa_status run_text(sql_call *c, brasa_error *err);

static brasa_sql_prepared *find_prepared(const brasa_session *s, const char *name)
{
    for (brasa_sql_prepared *p = s->prepared; p != NULL; p = p->next) {
        if (strcasecmp(p->name, name) == 0) return p;
    }
    return NULL;
}

static brasa_status prepare(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_sql_prepared *p = find_prepared(s, st->name);
    brasa_statement     checked;

    BRASA_TRY(brasa__sql_statement(c->api->builder.arena, st->value, &checked, err));
    if (checked.kind == BRASA_STATEMENT_EXECUTE || checked.kind == BRASA_STATEMENT_PREPARE)
        return brasa__fail(err, BRASA_INVALID, "PREPARE of a statement that runs another one");
    if (p == NULL) {
        p = BRASA_NEW(s->arena, brasa_sql_prepared);
        p->name = brasa__arena_strdup(s->arena, st->name);
        p->next = s->prepared;
        s->prepared = p;
    }
    p->text = brasa__arena_strdup(s->arena, st->value);
    return brasa__sql_nothing(c, err);
}

/* The row of values after EXECUTE, as parameters. */
static brasa_status execute(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    const brasa_sql_prepared *p = st->value != NULL ? NULL : find_prepared(c->api->session, st->name);
    brasa_sql_prepared        now = {.text = st->value};
    const brasa_value        *variable = NULL;
    brasa_statement           inner;
    int32_t                   n = st->query == NULL ? 0 : st->query->ncols;
    brasa_value              *params = BRASA_NEWS(c->api->builder.arena, brasa_value, n + 1);

    if (st->value != NULL) { /* IMMEDIATE */
        p = &now;
        if (st->by_name) BRASA_TRY(brasa__sql_variable_value(c, st->value, &variable, err));
        if (st->by_name && (variable == NULL || variable->null || variable->type.kind != BRASA_KIND_STRING))
            return brasa__fail(err, BRASA_INVALID, "EXECUTE IMMEDIATE takes a text, or a variable that has one, not %s", st->value);
        if (variable != NULL) now.text = brasa__arena_strndup(c->api->builder.arena, variable->u.s.p, variable->u.s.n);
        const char **names = BRASA_NEWS(c->api->builder.arena, const char *, n + 1);
        for (int32_t i = 0; i < n && i < st->noptions; i++) names[i] = st->options[i].key;
        BRASA_TRY(brasa__lex_named(c->api->builder.arena, now.text, names, n, &now.text, err));
        BRASA_TRY(brasa__sql_statement(c->api->builder.arena, now.text, &inner, err));
        if (st->ncolumns > 0 && inner.kind != BRASA_STATEMENT_QUERY)
            return brasa__fail(err, BRASA_INVALID, "EXECUTE IMMEDIATE ... INTO takes a query");
        if (inner.kind == BRASA_STATEMENT_EXECUTE)
            return brasa__fail(err, BRASA_INVALID, "EXECUTE IMMEDIATE of a statement that runs another one");
    }
    if (p == NULL) return brasa__fail(err, BRASA_NOT_FOUND, "there is no prepared statement '%s'; PREPARE makes one", st->name);
    if (st->query != NULL && (st->query->kind != BRASA_QUERY_VALUES || st->query->nrows != 1))
        return brasa__fail(err, BRASA_SYNTAX, "EXECUTE takes one list of values");
    for (int32_t i = 0; i < n; i++) {
        const brasa_expr *e;
        brasa_scope       none = {.text = c->text};

        if (st->noptions == n) { /* IMMEDIATE */
            BRASA_TRY(brasa__sql_text_value(c, st->options[i].value, brasa__type(BRASA_KIND_NULL), &params[i], err));
            continue;
        }
        e = st->query->values[i];
        variable = NULL;
        if (e->kind == BRASA_EXPR_COLUMN && e->qualifier == NULL) BRASA_TRY(brasa__sql_variable_value(c, e->name, &variable, err));
        if (variable != NULL) {
            params[i] = *variable;
            continue;
        }
        BRASA_TRY(brasa__expr_bind(c->api->builder.arena, &none, e, 0, &e, err));
        BRASA_TRY(brasa__expr_constant(c->api->builder.arena, e, &params[i], err));
    }
    c->api->builder.params = params;
    c->api->builder.nparams = n;
    c->text = c->api->builder.text = p->text;
    if (st->ncolumns == 0) return run_text(c, err);
    BRASA_TRY(brasa__sql_assign(c, inner.query, st->columns, st->ncolumns, err));
    return brasa__sql_nothing(c, err);
}

static brasa_status deallocate(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    bool found = st->name == NULL;

    for (brasa_sql_prepared **p = &c->api->session->prepared; *p != NULL;) {
        if (st->name == NULL || strcasecmp((*p)->name, st->name) == 0) {
            *p = (*p)->next;
            found = true;
        } else {
            p = &(*p)->next;
        }
    }
    if (!found) return brasa__fail(err, BRASA_NOT_FOUND, "there is no prepared statement '%s'", st->name);
    return brasa__sql_nothing(c, err);
}

/* ---- a statement ---- */

static brasa_status run(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    switch (st->kind) {
    case BRASA_STATEMENT_QUERY: return brasa__sql_query_node(c, st->query, &c->api->node, err);
    case BRASA_STATEMENT_EXPLAIN: return explain(c, st, err);
    case BRASA_STATEMENT_SHOW_TABLES: return show_tables(c, st, err);
    case BRASA_STATEMENT_SHOW_COLUMNS: return describe(c, st, false, err);
    case BRASA_STATEMENT_SHOW_FUNCTIONS: return show_functions(c, st, err);
    case BRASA_STATEMENT_DESCRIBE: return describe(c, st, true, err);
    case BRASA_STATEMENT_SHOW_CREATE: return show_create(c, st, err);
    case BRASA_STATEMENT_VARIABLE: BRASA_TRY(brasa__sql_variable(c, st, err)); return brasa__sql_nothing(c, err);
    case BRASA_STATEMENT_FUNCTION: BRASA_TRY(brasa__sql_function(c, st, err)); return brasa__sql_nothing(c, err);
    case BRASA_STATEMENT_SET: return set(c, st, err);
    case BRASA_STATEMENT_SHOW_SCHEMAS: return show_schemas(c, st, err);
    case BRASA_STATEMENT_PREPARE: return prepare(c, st, err);
    case BRASA_STATEMENT_EXECUTE: return execute(c, st, err);
    case BRASA_STATEMENT_DEALLOCATE: return deallocate(c, st, err);
    case BRASA_STATEMENT_CREATE_VIEW:
    case BRASA_STATEMENT_CREATE_TABLE:
    case BRASA_STATEMENT_DROP:
    case BRASA_STATEMENT_INSERT:
    case BRASA_STATEMENT_DELETE:
    case BRASA_STATEMENT_UPDATE:
    case BRASA_STATEMENT_TRUNCATE:
    case BRASA_STATEMENT_MERGE:
    case BRASA_STATEMENT_COPY:
    case BRASA_STATEMENT_CACHE:
    case BRASA_STATEMENT_UNCACHE:
    case BRASA_STATEMENT_ALTER:
    case BRASA_STATEMENT_INDEX:
    case BRASA_STATEMENT_DROP_INDEX:
    case BRASA_STATEMENT_REINDEX:
    case BRASA_STATEMENT_CREATE_SCHEMA:
    case BRASA_STATEMENT_DROP_SCHEMA:
    case BRASA_STATEMENT_USE:
    case BRASA_STATEMENT_ANALYZE:
    case BRASA_STATEMENT_TRANSACTION:
    case BRASA_STATEMENT_SEQUENCE:
        c->returned = NULL;
        BRASA_TRY(brasa__sql_change(c, st, err));
        if (c->returned == NULL) return brasa__sql_nothing(c, err);
        c->api->node = c->returned; /* RETURNING */
        return BRASA_OK;
    case BRASA_STATEMENT_NOTHING: break;
    }
    return brasa__sql_nothing(c, err);
}

/* "... at 3:7\n  LINE" of the binder of expressions becomes "3:7: ...\n  LINE". */
static void place_first(brasa_error *err)
{
    char *newline = strchr(err->text, '\n'), *at = NULL, text[sizeof err->text];
    int   line, column, used = 0;

    if (newline == NULL || isdigit((unsigned char)err->text[0])) return;
    for (char *p = strstr(err->text, " at "); p != NULL && p < newline; p = strstr(p + 1, " at ")) at = p;
    if (at == NULL || sscanf(at, " at %d:%d%n", &line, &column, &used) != 2 || at + used != newline) return;
    snprintf(text, sizeof text, "%d:%d: %.*s%s", line, column, (int)(at - err->text), err->text, newline);
    memcpy(err->text, text, sizeof text);
}

static brasa_status run_text(sql_call *c, brasa_error *err)
{
    brasa_statement st;

    BRASA_TRY(brasa__sql_statement(c->api->builder.arena, c->text, &st, err));
    if (st.kind == BRASA_STATEMENT_QUERY) c->api->sql = brasa__arena_strdup(c->api->builder.arena, c->text);
    return run(c, &st, err);
}

static brasa_status sql_build(brasa_api_call *api, brasa_error *err)
{
    sql_call     c = {.api = api, .text = api->arg};
    brasa_status status;

    c.catalog = (brasa_sql_catalog) {.arg = &c,
                                     .table = find_table,
                                     .keep = keep_rows,
                                     .drop = drop_rows,
                                     .value = first_value,
                                     .sequence = brasa__sql_sequence_numbers,
                                     .variable = brasa__sql_variable_value,
                                     .function = brasa__sql_function_body};
    status = run_text(&c, err);
    if (status != BRASA_OK) place_first(err);
    return status;
}

brasa_frame *brasa_sql_at(brasa_session *s, const char *text, brasa_site at)
{
    brasa_status status = brasa__api_session(s, &at);
    const char  *before;
    brasa_frame *f;

    if (status != BRASA_OK) return brasa__api_inert(status);
    if (text == NULL) text = "";
    before = s->doing.sql;
    s->doing.sql = text; /* statements that run jobs do it now */
    f = brasa__api_frame(s, NULL, 0, at, text, sql_build, text);
    s->doing.sql = before;
    return f;
}

const char *brasa_sql_next(const char *text, size_t *length)
{
    brasa_error err;
    size_t      next, nobody;

    if (length == NULL) length = &nobody;
    while (text != NULL) {
        size_t blank = strspn(text, " \t\r\n");

        text += blank;
        if (*text == '\0') return NULL;
        if (brasa__sql_split(text, length, &next, &err) != BRASA_OK) *length = next = strlen(text);
        if (*length > 0) return text + next;
        if (next == 0) return NULL;
        text += next;
    }
    return NULL;
}
