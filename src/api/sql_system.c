/* api/sql_system.c -- the catalogue as tables: information_schema, and what SQLite, PostgreSQL and DuckDB call their own.
 *
 * Rows are made when a query names one of them.  The schema that is there from the start is called main in them.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "data/type.h"

enum { MOST_COLUMNS = 9 };

typedef enum row_kind { OF_TABLE, OF_COLUMN, OF_SCHEMA, OF_INDEX } row_kind;

/* What a cell holds. */
typedef enum cell {
    CATALOG,
    SCHEMA,
    NAME,
    KIND, /* BASE TABLE or VIEW */
    WORD, /* table, view, index */
    LETTER,
    OWNER, /* the table of an index */
    SQL,
    ROWS,
    COLUMNS,
    COLUMN,
    PLACE,
    PLACE0,
    TYPE,
    NULLABLE, /* YES, NO */
    NOT_NULL,
    DEFAULT,
    KEY,
    INTERNAL,
    ZERO
} cell;

typedef struct column {
    const char *name;
    cell        cell;
} column;

/* `tables`, `views`: which of them; `indexes`: those, too. */
static const struct system_table {
    const char *name;
    row_kind    kind;
    bool        tables, views, indexes;
    column      columns[MOST_COLUMNS];
} system_tables[] = {
    {"information_schema.tables",
     OF_TABLE,
     true,
     true,
     false,
     {{"table_catalog", CATALOG}, {"table_schema", SCHEMA}, {"table_name", NAME}, {"table_type", KIND}}},
    {"information_schema.views",
     OF_TABLE,
     false,
     true,
     false,
     {{"table_catalog", CATALOG}, {"table_schema", SCHEMA}, {"table_name", NAME}, {"view_definition", SQL}}},
    {"information_schema.columns",
     OF_COLUMN,
     true,
     true,
     false,
     {{"table_catalog", CATALOG},
      {"table_schema", SCHEMA},
      {"table_name", NAME},
      {"column_name", COLUMN},
      {"ordinal_position", PLACE},
      {"column_default", DEFAULT},
      {"is_nullable", NULLABLE},
      {"data_type", TYPE}}},
    {"information_schema.schemata", OF_SCHEMA, false, false, false, {{"catalog_name", CATALOG}, {"schema_name", SCHEMA}}},
    {"pg_catalog.pg_tables", OF_TABLE, true, false, false, {{"schemaname", SCHEMA}, {"tablename", NAME}}},
    {"pg_catalog.pg_views", OF_TABLE, false, true, false, {{"schemaname", SCHEMA}, {"viewname", NAME}, {"definition", SQL}}},
    {"pg_catalog.pg_class", OF_TABLE, true, true, true, {{"relname", NAME}, {"relkind", LETTER}, {"relnatts", COLUMNS}}},
    {"pg_catalog.pg_namespace", OF_SCHEMA, false, false, false, {{"nspname", SCHEMA}}},
    {"sqlite_master", OF_TABLE, true, true, true, {{"type", WORD}, {"name", NAME}, {"tbl_name", OWNER}, {"rootpage", ZERO}, {"sql", SQL}}},
    {"duckdb_tables",
     OF_TABLE,
     true,
     false,
     false,
     {{"database_name", CATALOG},
      {"schema_name", SCHEMA},
      {"table_name", NAME},
      {"internal", INTERNAL},
      {"estimated_size", ROWS},
      {"column_count", COLUMNS},
      {"sql", SQL}}},
    {"duckdb_views",
     OF_TABLE,
     false,
     true,
     false,
     {{"database_name", CATALOG},
      {"schema_name", SCHEMA},
      {"view_name", NAME},
      {"internal", INTERNAL},
      {"column_count", COLUMNS},
      {"sql", SQL}}},
    {"duckdb_columns",
     OF_COLUMN,
     true,
     true,
     false,
     {{"database_name", CATALOG},
      {"schema_name", SCHEMA},
      {"table_name", NAME},
      {"column_name", COLUMN},
      {"column_index", PLACE},
      {"internal", INTERNAL},
      {"column_default", DEFAULT},
      {"is_nullable", NULLABLE},
      {"data_type", TYPE}}},
    {"duckdb_schemas", OF_SCHEMA, false, false, false, {{"database_name", CATALOG}, {"schema_name", SCHEMA}, {"internal", INTERNAL}}},
    {"duckdb_indexes",
     OF_INDEX,
     false,
     false,
     true,
     {{"database_name", CATALOG}, {"schema_name", SCHEMA}, {"index_name", NAME}, {"table_name", OWNER}}},
    {"pragma_table_info",
     OF_COLUMN,
     true,
     true,
     false,
     {{"cid", PLACE0}, {"name", COLUMN}, {"type", TYPE}, {"notnull", NOT_NULL}, {"dflt_value", DEFAULT}, {"pk", KEY}}},
};

/* What a row is of. */
typedef struct subject {
    const brasa_view_entry *v;
    const brasa_key        *index;
    const char             *schema;
    int32_t                 col;
} subject;

typedef struct listing {
    sql_call                  *c;
    const struct system_table *t;
    int32_t                    ncols, nrows, cap;
    brasa_value               *cells;
} listing;

/* ---- cells ---- */

static bool is_view(const brasa_view_entry *v)
{
    return v->sql == NULL || !v->sql->table;
}

static brasa_schema schema_of(const brasa_view_entry *v)
{
    if (v->sql != NULL && v->sql->schema.ncols > 0) return v->sql->schema;
    return v->frame->status == BRASA_OK ? v->frame->node->schema : (brasa_schema) {0, NULL};
}

static const char *name_of(const brasa_view_entry *v)
{
    const char *dot = strchr(v->name, '.');

    return dot == NULL ? v->name : dot + 1;
}

static const char *schema_name(const listing *l, const brasa_view_entry *v)
{
    const char *dot = strchr(v->name, '.');

    return dot == NULL ? "main" : brasa__arena_strndup(l->c->api->builder.arena, v->name, (size_t)(dot - v->name));
}

static brasa_value text(const char *s)
{
    return s == NULL ? (brasa_value) {.type = brasa__type(BRASA_KIND_STRING), .null = true} : brasa_value_string(s);
}

static int64_t rows_of(const brasa_view_entry *v)
{
    int64_t n = 0;

    for (int32_t i = 0; v->sql != NULL && i < v->sql->nparts; i++) n += v->sql->entries[i]->rows;
    return n;
}

static const char *type_of(const listing *l, const subject *s)
{
    brasa_text t;

    brasa__text_init(&t, l->c->api->builder.arena);
    brasa__sql_column_type(schema_of(s->v).cols[s->col].type, &t);
    for (size_t i = 0; i < t.len; i++) t.s[i] = (char)toupper((unsigned char)t.s[i]);
    return t.s;
}

static const char *default_of(const listing *l, const subject *s)
{
    const brasa_sql_object *o = s->v->sql;
    brasa_text              t;

    if (o == NULL || o->defaults == NULL || o->schema.ncols == 0 || o->defaults[s->col] == NULL) return NULL;
    brasa__text_init(&t, l->c->api->builder.arena);
    brasa__expr_text(o->defaults[s->col], &t);
    return t.s;
}

static const char *sql_of(const listing *l, const subject *s)
{
    brasa_text t;

    if (s->index != NULL) return NULL;
    brasa__text_init(&t, l->c->api->builder.arena);
    brasa__sql_create_text(l->c->api->builder.arena, s->v->name, s->v, &t);
    return t.s;
}

static bool declared_not_null(const subject *s)
{
    return s->v->sql != NULL && s->v->sql->schema.ncols > 0 && !s->v->sql->schema.cols[s->col].nullable;
}

static bool in_primary_key(const subject *s)
{
    const brasa_sql_object *o = s->v->sql;

    for (int32_t i = 0; o != NULL && i < o->nkeys; i++) {
        for (int32_t k = 0; o->keys[i].primary && k < o->keys[i].n; k++)
            if (strcasecmp(o->keys[i].columns[k], schema_of(s->v).cols[s->col].name) == 0) return true;
    }
    return false;
}

static brasa_value value(const listing *l, const subject *s, cell what)
{
    bool index = s->index != NULL;

    switch (what) {
    case CATALOG: return text("brasa");
    case SCHEMA: return text(s->schema != NULL ? s->schema : schema_name(l, s->v));
    case NAME: return text(index ? s->index->index : name_of(s->v));
    case KIND: return text(is_view(s->v) ? "VIEW" : "BASE TABLE");
    case WORD: return text(index ? "index" : is_view(s->v) ? "view" : "table");
    case LETTER: return text(index ? "i" : is_view(s->v) ? "v" : "r");
    case OWNER: return text(name_of(s->v));
    case SQL: return text(sql_of(l, s));
    case ROWS: return brasa_value_i64(rows_of(s->v));
    case COLUMNS: return brasa_value_i64(index ? s->index->n : schema_of(s->v).ncols);
    case COLUMN: return text(schema_of(s->v).cols[s->col].name);
    case PLACE: return brasa_value_i64(s->col + 1);
    case PLACE0: return brasa_value_i64(s->col);
    case TYPE: return text(type_of(l, s));
    case NULLABLE: return text(declared_not_null(s) ? "NO" : "YES");
    case NOT_NULL: return brasa_value_bool(declared_not_null(s));
    case DEFAULT: return text(default_of(l, s));
    case KEY: return brasa_value_bool(in_primary_key(s));
    case INTERNAL: return brasa_value_bool(false);
    case ZERO: break;
    }
    return brasa_value_i64(0);
}

/* ---- rows ---- */

static void add(listing *l, subject s)
{
    l->cells = brasa__arena_grow(l->c->api->builder.arena, l->cells, &l->cap, (l->nrows + 1) * l->ncols, sizeof *l->cells);
    for (int32_t i = 0; i < l->ncols; i++) l->cells[l->nrows * l->ncols + i] = value(l, &s, l->t->columns[i].cell);
    l->nrows++;
}

static void add_entry(listing *l, const brasa_view_entry *v)
{
    bool wanted = is_view(v) ? l->t->views : l->t->tables;

    if (wanted && l->t->kind == OF_TABLE) add(l, (subject) {.v = v});
    for (int32_t i = 0; wanted && l->t->kind == OF_COLUMN && i < schema_of(v).ncols; i++) add(l, (subject) {.v = v, .col = i});
    for (int32_t i = 0; l->t->indexes && v->sql != NULL && i < v->sql->nindexes; i++)
        add(l, (subject) {.v = v, .index = &v->sql->indexes[i]});
}

static brasa_status finish(listing *l, const brasa_node **out, brasa_error *err)
{
    static const struct {
        cell       cell;
        brasa_kind kind;
    } others[] = {{ROWS, BRASA_KIND_INT64},    {COLUMNS, BRASA_KIND_INT64}, {PLACE, BRASA_KIND_INT64},   {PLACE0, BRASA_KIND_INT64},
                  {NOT_NULL, BRASA_KIND_BOOL}, {KEY, BRASA_KIND_BOOL},      {INTERNAL, BRASA_KIND_BOOL}, {ZERO, BRASA_KIND_INT64}};
    brasa_field fields[MOST_COLUMNS];

    for (int32_t i = 0; i < l->ncols; i++) {
        fields[i] = (brasa_field) {.name = l->t->columns[i].name, .type = brasa__type(BRASA_KIND_STRING), .nullable = true};
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            if (others[k].cell == l->t->columns[i].cell) fields[i].type = brasa__type(others[k].kind);
    }
    return brasa__plan_values(&l->c->api->builder, (brasa_schema) {l->ncols, fields}, l->cells, l->nrows, out, err);
}

/* pg_class is pg_catalog.pg_class, sqlite_schema sqlite_master, "duckdb_tables()" its table; "pragma_table_info(t)" is of one table. */
static const struct system_table *find(const char *name, const char **of)
{
    size_t n = strcspn(name, "(");

    *of = name[n] == '(' && name[n + 1] != ')' ? name + n + 1 : NULL;
    if (strncasecmp(name, "sqlite_schema", n) == 0 && n == 13) name = "sqlite_master";
    for (size_t i = 0; i < sizeof system_tables / sizeof *system_tables; i++) {
        const struct system_table *t = &system_tables[i];
        bool                       pg = strncasecmp(name, "pg_", 3) == 0 && strncmp(t->name, "pg_catalog.", 11) == 0;
        const char                *known = pg && strchr(name, '.') == NULL ? t->name + 11 : t->name;

        if (strlen(known) == n && strncasecmp(known, name, n) == 0) return t;
    }
    return NULL;
}

brasa_status brasa__sql_system_table(sql_call *c, const char *name, const brasa_node **out, brasa_error *err)
{
    const brasa_session *s = c->api->session;
    const char          *of;
    listing              l = {.c = c, .t = find(name, &of)};

    if (l.t == NULL || (of == NULL) == (strncmp(l.t->name, "pragma_", 7) == 0)) return BRASA_OK;
    while (l.ncols < MOST_COLUMNS && l.t->columns[l.ncols].name != NULL) l.ncols++;
    if (of != NULL) {
        brasa_view_entry *v;

        of = brasa__arena_strndup(c->api->builder.arena, of, strcspn(of, ")"));
        BRASA_TRY(brasa__sql_entry(c, of, &v, err));
        add_entry(&l, v);
        return finish(&l, out, err);
    }
    if (l.t->kind == OF_SCHEMA) {
        add(&l, (subject) {.schema = "main"});
        add(&l, (subject) {.schema = "information_schema"});
        for (const brasa_sql_schema *k = s->schemas; k != NULL; k = k->next) add(&l, (subject) {.schema = k->name});
        return finish(&l, out, err);
    }
    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) add_entry(&l, v);
    return finish(&l, out, err);
}
