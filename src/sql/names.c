/* sql/names.c -- scopes, and names to references. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/binder.h"
#include "sql/shorthand.h"
#include "sql/lex.h"

brasa_status sql_fail(sql_binder *x, int32_t pos, brasa_status code, const char *fmt, ...)
{
    char    text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return brasa__lex_fail(x->text, pos, code, x->err, "%s", text);
}

/* ---- scopes ---- */

void sql_scope_init(sql_binder *x, sql_scope *s, sql_scope *outer)
{
    *s = (sql_scope) {.outer = outer, .id = ++x->next_scope, .arena = x->arena};
}

void sql_scope_add(sql_binder *x, sql_scope *s, const char *qualifier, const char *name, int32_t index, bool hidden)
{
    s->names = brasa__arena_grow(x->arena, s->names, &s->cap, s->n + 1, sizeof *s->names);
    s->names[s->n++] = (sql_name) {.qualifier = qualifier, .name = name, .index = index, .hidden = hidden};
}

brasa_status sql_scope_table(sql_binder *x, sql_scope *s, const brasa_node *n, const char *qualifier, const char *const *columns,
                             int32_t ncolumns, int32_t pos)
{
    if (ncolumns > n->schema.ncols)
        return sql_fail(x, pos, BRASA_INVALID, "%d names for the %d columns of %s; give at most one for each", (int)ncolumns,
                        (int)n->schema.ncols, qualifier == NULL ? "this table" : qualifier);
    for (int32_t i = 0; i < n->schema.ncols; i++)
        sql_scope_add(x, s, qualifier, i < ncolumns ? columns[i] : n->schema.cols[i].name, i, false);
    s->node = n;
    return BRASA_OK;
}

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

/* Chains of names whose letters, small or not, hash alike; positions, so that names may grow. */
typedef struct sql_index {
    int32_t  n, room; /* names in it; a power of two */
    int32_t *first, *next;
} sql_index;

enum { FEW_NAMES = 32 };

static uint32_t hash_name(const char *name)
{
    uint32_t h = 2166136261u;

    for (; *name != '\0'; name++) h = (h ^ (uint32_t)(unsigned char)(*name >= 'A' && *name <= 'Z' ? *name + 32 : *name)) * 16777619u;
    return h ^ h >> 15;
}

static sql_index *new_index(const sql_scope *s)
{
    sql_index *x = BRASA_NEW(s->arena, sql_index);

    x->room = FEW_NAMES;
    while (x->room < s->n) x->room *= 2;
    x->first = BRASA_NEWS(s->arena, int32_t, x->room);
    x->next = BRASA_NEWS(s->arena, int32_t, x->room);
    for (int32_t i = 0; i < x->room; i++) x->first[i] = -1;
    return x;
}

/* The index is no part of what the scope says, so it may be made for a scope that is only looked at. */
static const sql_index *index_of(sql_scope *s)
{
    if (s->index == NULL || s->n > s->index->room || s->n < s->index->n) s->index = new_index(s);
    for (; s->index->n < s->n; s->index->n++) {
        int32_t i = s->index->n;

        if (s->names[i].name == NULL) continue;
        int32_t *head = &s->index->first[hash_name(s->names[i].name) & (uint32_t)(s->index->room - 1)];
        s->index->next[i] = *head;
        *head = i;
    }
    return s->index;
}

int32_t sql_scope_find(const sql_scope *s, const char *qualifier, const char *name)
{
    const sql_index *x = s->n > FEW_NAMES && name != NULL ? index_of((sql_scope *)(uintptr_t)s) : NULL;
    int32_t          found = -1;

    for (int32_t i = x == NULL ? 0 : x->first[hash_name(name) & (uint32_t)(x->room - 1)]; x == NULL ? i < s->n : i >= 0;
         i = x == NULL ? i + 1 : x->next[i]) {
        const sql_name *c = &s->names[i];

        if (!same(c->name, name)) continue;
        if (qualifier != NULL ? !same(c->qualifier, qualifier) : c->hidden) continue;
        if (found >= 0 && found != c->index) return -2;
        found = c->index;
    }
    return found;
}

const brasa_expr *sql_outer_ref(sql_binder *x, const sql_scope *s, int32_t index)
{
    const brasa_field *f = &s->node->schema.cols[index];
    brasa_expr        *e =
        brasa__expr_column(x->arena, brasa__arena_printf(x->arena, "outer query %d, column %d", (int)s->id, (int)index), f->name);

    e->bound = true;
    e->type = f->type;
    e->nullable = true;
    e->depth = s->id;
    e->index = index;
    return e;
}

static const brasa_expr *column_of(sql_binder *x, const sql_scope *s, int32_t depth, int32_t index, int32_t pos)
{
    brasa_expr *e = depth == 0 ? brasa__node_ref(x->arena, s->node, index) : (brasa_expr *)(uintptr_t)sql_outer_ref(x, s, index);

    e->pos = pos;
    return e;
}

/* ---- what is not found ---- */

static brasa_status no_column(sql_binder *x, const sql_scope *s, const sql_aliases *aliases, const brasa_expr *e)
{
    const char **names = NULL;
    int32_t      n = 0, cap = 0, own = s->n;
    char         list[256];
    size_t       at = 0;
    bool         table = e->qualifier == NULL;

    for (const sql_scope *o = s; o != NULL; o = o->outer) {
        for (int32_t i = 0; i < o->n; i++) {
            table = table || same(o->names[i].qualifier, e->qualifier);
            names = brasa__arena_grow(x->arena, names, &cap, n + 1, sizeof *names);
            names[n++] = o->names[i].name;
        }
    }
    for (int32_t i = 0; aliases != NULL && i < aliases->n; i++) {
        if (aliases->names[i] == NULL) continue;
        names = brasa__arena_grow(x->arena, names, &cap, n + 1, sizeof *names);
        names[n++] = aliases->names[i];
    }
    if (!table) {
        const char **tables = BRASA_NEWS(x->arena, const char *, n + 1);
        int32_t      m = 0;

        for (const sql_scope *o = s; o != NULL; o = o->outer)
            for (int32_t i = 0; i < o->n && m < n; i++)
                if (o->names[i].qualifier != NULL) tables[m++] = o->names[i].qualifier;
        const char *table_near = brasa__near_miss(e->qualifier, tables, m);
        return sql_fail(x, e->pos, BRASA_NOT_FOUND, "there is no table %s in FROM%s%s%s", e->qualifier, table_near ? "; did you mean " : "",
                        table_near ? table_near : "", table_near ? "?" : "");
    }
    const char *near = brasa__near_miss(e->name, names, n);
    if (near != NULL)
        return sql_fail(x, e->pos, BRASA_NOT_FOUND, "there is no column %s%s%s; did you mean %s?", e->qualifier ? e->qualifier : "",
                        e->qualifier ? "." : "", e->name, near);
    list[0] = '\0';
    for (int32_t i = 0; i < own && i < 12 && at < sizeof list; i++) {
        int w = snprintf(list + at, sizeof list - at, "%s%s", at > 0 ? ", " : "; the columns are ", names[i]);
        at += w > 0 ? (size_t)w : 0;
    }
    return sql_fail(x, e->pos, BRASA_NOT_FOUND, "there is no column %s%s%s%s", e->qualifier ? e->qualifier : "", e->qualifier ? "." : "",
                    e->name, list);
}

/* ---- resolving ---- */

typedef struct resolving {
    sql_binder        *x;
    sql_scope         *s;
    const sql_aliases *aliases;
    const brasa_expr  *whole; /* the tree */
    int32_t            calls; /* of functions of the session, inside each other */
} resolving;

static const brasa_expr *find_alias(const sql_aliases *a, const brasa_expr *e)
{
    const brasa_expr *found = NULL;

    if (a == NULL || e->qualifier != NULL) return NULL;
    for (int32_t i = 0; i < a->n; i++) {
        if (!same(a->names[i], e->name)) continue;
        if (found != NULL && !brasa__expr_equal(found, a->exprs[i])) return NULL;
        found = a->exprs[i];
    }
    return found;
}

/* a.b may be field b of the struct column a. */
static brasa_status struct_field(resolving *r, const sql_scope *s, int32_t depth, const brasa_expr *e, const brasa_expr **out)
{
    int32_t at = e->qualifier == NULL ? -1 : sql_scope_find(s, NULL, e->qualifier);

    *out = NULL;
    if (at < 0 || !brasa__type_has_fields(s->node->schema.cols[at].type)) return BRASA_OK;
    brasa_value       name = brasa_value_string(e->name);
    const brasa_expr *args[] = {column_of(r->x, s, depth, at, e->pos), brasa__expr_literal(r->x->arena, &name)};
    brasa_expr       *call = brasa__expr_call(r->x->arena, "get_field", args, 2);
    call->pos = e->pos;
    *out = call;
    return BRASA_OK;
}

static bool like_a_column(const sql_scope *s, const char *name)
{
    for (; s != NULL; s = s->outer) {
        for (int32_t i = 0; i < s->n; i++) {
            if (brasa__near_miss(name, &s->names[i].name, 1) != NULL) return true;
        }
    }
    return false;
}

/* "..." that is no column is text, as in Spark, where it could hardly be a name: there are no columns here, it has blanks, signs or a digit in front, or it
 * is a part of an expression and not like any column. */
static bool means_text(const resolving *r, const brasa_expr *e)
{
    const sql_scope *s = r->s;

    bool plain = e->name[0] != '\0' && !(e->name[0] >= '0' && e->name[0] <= '9'), columns = false;

    if (!e->negated || e->qualifier != NULL) return false;
    for (const char *c = e->name; *c != '\0'; c++)
        plain = plain && ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '$' ||
                          (unsigned char)*c >= 0x80);
    for (; s != NULL; s = s->outer) columns = columns || s->n > 0;
    return !plain || !columns || (r->whole != e && !like_a_column(r->s, e->name));
}

/* PostgreSQL calls the columns of VALUES column1, column2; here they are col1, col2. */
static bool value_column(resolving *r, const brasa_expr *e, const brasa_expr **out)
{
    int32_t     depth = 0;
    const char *number = e->name + 6;

    if (strncasecmp(e->name, "column", 6) != 0 || number[0] < '1' || number[0] > '9' || number[strspn(number, "0123456789")] != '\0')
        return false;
    for (const sql_scope *s = r->s; s != NULL; s = s->outer, depth++) {
        int32_t at = sql_scope_find(s, e->qualifier, brasa__arena_printf(r->x->arena, "col%s", number));

        if (at < 0) continue;
        *out = column_of(r->x, s, depth, at, e->pos);
        return true;
    }
    return false;
}

static brasa_status column(resolving *r, const brasa_expr *e, const brasa_expr **out)
{
    const brasa_expr *alias = r->aliases != NULL && r->aliases->first ? find_alias(r->aliases, e) : NULL;
    int32_t           depth = 0;

    if (alias != NULL) {
        *out = alias;
        return BRASA_OK;
    }
    for (const sql_scope *s = r->s; s != NULL; s = s->outer, depth++) {
        int32_t at = sql_scope_find(s, e->qualifier, e->name);

        if (at == -2)
            return sql_fail(r->x, e->pos, BRASA_INVALID, "column %s%s%s is ambiguous: several tables have one; qualify it",
                            e->qualifier ? e->qualifier : "", e->qualifier ? "." : "", e->name);
        if (at >= 0) {
            *out = column_of(r->x, s, depth, at, e->pos);
            return BRASA_OK;
        }
        BRASA_TRY(struct_field(r, s, depth, e, out));
        if (*out != NULL) return BRASA_OK;
        if (depth == 0) alias = find_alias(r->aliases, e);
        if (alias != NULL) {
            *out = alias;
            return BRASA_OK;
        }
    }
    if (value_column(r, e, out)) return BRASA_OK;
    if (e->qualifier == NULL && strcasecmp(e->name, "grouping__id") == 0) { /* as Hive says it */
        brasa_expr *id = brasa__expr_call(r->x->arena, "grouping_id", NULL, 0);
        id->pos = e->pos;
        *out = id;
        return BRASA_OK;
    }
    if (means_text(r, e)) {
        brasa_value text = brasa_value_string(e->name);
        brasa_expr *lit = brasa__expr_literal(r->x->arena, &text);
        lit->pos = e->pos;
        *out = lit;
        return BRASA_OK;
    }
    bool session = e->qualifier == NULL || strcasecmp(e->qualifier, "session") == 0;
    if (session && r->x->catalog != NULL && r->x->catalog->variable != NULL) {
        const brasa_value *v;
        BRASA_TRY(r->x->catalog->variable(r->x->catalog->arg, e->name, &v, r->x->err));
        if (v != NULL) return *out = brasa__expr_literal(r->x->arena, v), BRASA_OK;
    }
    return no_column(r->x, r->s, r->aliases, e);
}

/* ---- functions of the session ---- */

static brasa_status expanded(resolving *r, const brasa_expr *e, const brasa_expr **out)
{
    enum { DEEPEST = 64 };

    BRASA_TRY(sql_routine_call(r->x, e, out));
    if (*out == NULL) BRASA_TRY(brasa__sql_shorthand(r->x->arena, e, out, r->x->err));
    if (*out != NULL && r->calls >= DEEPEST) return sql_fail(r->x, e->pos, BRASA_INVALID, "function %s calls itself", e->name);
    return BRASA_OK;
}

static bool knows(const sql_scope *s, const char *qualifier, const char *name)
{
    for (; s != NULL; s = s->outer) {
        if (sql_scope_find(s, qualifier, name) != -1) return true;
    }
    return false;
}

/* schema.table.column came as field `column` of a column `table` of a table `schema`. */
static const brasa_expr *without_schema(const resolving *r, const brasa_expr *e)
{
    const brasa_expr *c = e->nargs == 2 ? e->args[0] : NULL, *field = e->nargs == 2 ? e->args[1] : NULL;

    if (c == NULL || strcmp(e->name, "get_field") != 0 || c->kind != BRASA_EXPR_COLUMN || c->bound || c->qualifier == NULL) return NULL;
    if (field->kind != BRASA_EXPR_LITERAL || field->value.type.kind != BRASA_KIND_STRING) return NULL;
    const char *name = brasa__arena_strndup(r->x->arena, field->value.u.s.p, field->value.u.s.n);
    bool        system = same(c->qualifier, "system") && same(c->name, "session"); /* a variable */
    if (!system && (knows(r->s, c->qualifier, c->name) || knows(r->s, NULL, c->qualifier) || !knows(r->s, c->name, name))) return NULL;
    brasa_expr *column = brasa__expr_column(r->x->arena, c->name, name);
    column->pos = e->pos;
    return column;
}

static brasa_status resolve(void *arg, const brasa_expr *e, const brasa_expr **out);

typedef struct belonging {
    int32_t id;
    bool    own, others;
} belonging;

static bool look_where(void *arg, const brasa_expr *e)
{
    belonging *b = arg;

    if (e->kind == BRASA_EXPR_REF || e->kind == BRASA_EXPR_SUBQUERY) b->others = true;
    if (e->kind == BRASA_EXPR_COLUMN && e->bound) *(e->depth == b->id ? &b->own : &b->others) = true;
    return true;
}

/* Over columns of an enclosing query alone, an aggregate is that query's. */
static brasa_status aggregate(resolving *r, const brasa_expr *e, const brasa_expr **out)
{
    sql_collect *c = r->x->collect;

    for (const sql_outer_agg *a = r->x->outer_aggs; a != NULL; a = a->next) {
        if (a->call != e) continue;
        *out = sql_outer_ref(r->x, a->scope, a->column);
        return BRASA_OK;
    }
    BRASA_TRY(sql_map(r->x->arena, e, resolve, r, out));
    if (c == NULL || r->s->id == c->id) return BRASA_OK;
    belonging b = {.id = c->id};
    brasa__expr_walk(*out, look_where, &b);
    for (int32_t i = 0; i < e->norder; i++) brasa__expr_walk((*out)->order[i].expr, look_where, &b);
    if (!b.own || b.others) return BRASA_OK;
    c->calls = brasa__arena_grow(r->x->arena, c->calls, &c->cap, c->n + 1, sizeof *c->calls);
    c->found = brasa__arena_grow(r->x->arena, c->found, &c->cap_found, c->n + 1, sizeof *c->found);
    c->calls[c->n] = e;
    c->found[c->n++] = *out;
    /* a constant in its place, so that the subquery does not become a grouping */
    brasa_value null = brasa_value_null();
    *out = brasa__expr_literal(r->x->arena, &null);
    return BRASA_OK;
}

/* struct(*): all columns as arguments. */
static brasa_status star_arguments(resolving *r, const brasa_expr *e, const brasa_expr **out)
{
    const brasa_expr **stars;
    int32_t            n;
    brasa_expr        *copy = brasa__arena_copy(r->x->arena, e, sizeof *e);

    BRASA_TRY(sql_star(r->x, r->s, e->args[0], &stars, &n));
    bool               named = strcmp(e->name, "struct") == 0;
    const brasa_expr **args = BRASA_NEWS(r->x->arena, const brasa_expr *, 2 * n + 1);

    for (int32_t i = 0; i < n; i++) {
        brasa_value name = brasa_value_string(stars[i]->name);
        if (named) args[2 * i] = brasa__expr_literal(r->x->arena, &name);
        args[named ? 2 * i + 1 : i] = stars[i]->args[0];
    }
    if (named) copy->name = "named_struct";
    copy->args = args;
    copy->nargs = named ? 2 * n : n;
    *out = copy;
    return BRASA_OK;
}

static brasa_status resolve(void *arg, const brasa_expr *e, const brasa_expr **out)
{
    resolving        *r = arg;
    const brasa_expr *short_name = e->kind == BRASA_EXPR_CALL && !e->bound ? without_schema(r, e) : NULL;

    if (short_name != NULL) return column(r, short_name, out);
    if (e->kind == BRASA_EXPR_AGGREGATE && !e->bound) return aggregate(r, e, out);

    if (e->bound) {
        *out = e;
        return BRASA_OK;
    }
    if (e->kind == BRASA_EXPR_COLUMN) return column(r, e, out);
    if (e->kind == BRASA_EXPR_ALIAS) return resolve(r, e->args[0], out);
    if (e->kind == BRASA_EXPR_CALL && strcmp(e->name, "__collate") == 0)
        return sql_fail(r->x, e->pos, BRASA_UNSUPPORTED,
                        "COLLATE %s stands in comparisons, IN and ORDER BY; elsewhere text is compared by its bytes: use lower(...) or "
                        "collation_key(...)",
                        brasa__arena_strndup(r->x->arena, e->args[1]->value.u.s.p, e->args[1]->value.u.s.n));
    if (e->kind == BRASA_EXPR_CALL) {
        const brasa_expr *body;
        BRASA_TRY(expanded(r, e, &body));
        if (body != NULL) {
            r->calls++;
            brasa_status status = resolve(r, body, out);
            r->calls--;
            return status;
        }
    }
    if (e->kind == BRASA_EXPR_CALL) {
        const brasa_expr *series;
        BRASA_TRY(sql_series(r->x, e, &series));
        if (series != e) return resolve(r, series, out);
    }
    if (e->kind == BRASA_EXPR_CALL && e->nargs == 1 && e->args[0]->kind == BRASA_EXPR_STAR) return star_arguments(r, e, out);
    return sql_map(r->x->arena, e, resolve, r, out);
}

brasa_status sql_resolve(sql_binder *x, sql_scope *s, const sql_aliases *aliases, const brasa_expr *e, const brasa_expr **out)
{
    resolving r = {.x = x, .s = s, .aliases = aliases, .whole = e->kind == BRASA_EXPR_ALIAS ? e->args[0] : e};

    return resolve(&r, e, out);
}

/* ---- aggregates of the query around ---- */

typedef struct looking {
    sql_binder *x;
    sql_scope  *s;
} looking;

static bool look_inside(void *arg, const brasa_expr *e)
{
    looking              *l = arg;
    const brasa_subquery *sub = e->extra;
    const brasa_node     *n;
    sql_with             *with = l->x->with;
    int32_t               depth = l->x->depth;

    if (e->kind != BRASA_EXPR_SUBQUERY) return true;
    brasa__error_clear(l->x->err);
    (void)sql_query(l->x, sub->query, l->s, &n); /* what is wrong with it is said when it is bound for good */
    l->x->with = with;
    l->x->depth = depth;
    for (sql_with *w = with; w != NULL; w = w->next) w->busy = w->was_busy;
    return true;
}

void sql_collect_outer(sql_binder *x, sql_scope *s, const brasa_expr *const *exprs, int32_t n, sql_collect *out)
{
    sql_binder  quiet = *x;
    brasa_error err;
    looking     l = {.x = &quiet, .s = s};

    *out = (sql_collect) {.id = s->id};
    if (x->collect != NULL) return; /* one look at a time: looks inside looks would take time without end */
    quiet.err = &err;
    quiet.collect = out;
    for (sql_with *w = x->with; w != NULL; w = w->next) w->was_busy = w->busy;
    for (int32_t i = 0; i < n; i++) {
        if (exprs[i] != NULL && sql_any(exprs[i], sql_is_subquery)) brasa__expr_walk(exprs[i], look_inside, &l);
    }
    x->next_scope = quiet.next_scope;
}

/* ---- stars ---- */

static bool literal_is(const brasa_expr *e, const char *name)
{
    return e->kind == BRASA_EXPR_LITERAL && e->value.type.kind == BRASA_KIND_STRING && strlen(name) == e->value.u.s.n &&
           strncasecmp(name, e->value.u.s.p, e->value.u.s.n) == 0;
}

/* Does a mark of the star say something of this column?  *name, *value: what it gives in place. */
static bool star_mark(sql_binder *x, const brasa_expr *mark, const char *column, bool *used, const char **name, const brasa_expr **value)
{
    bool except = strcmp(mark->name, "__except__") == 0, rename = strcmp(mark->name, "__rename__") == 0;

    for (int32_t i = 0; i < mark->nargs; i += except ? 1 : 2) {
        const brasa_expr *given = mark->args[except || rename ? i : i + 1];

        if (!literal_is(given, column)) continue;
        used[i] = true;
        if (except) return true;
        const brasa_expr *other = mark->args[rename ? i + 1 : i];
        if (rename) *name = brasa__arena_strndup(x->arena, other->value.u.s.p, other->value.u.s.n);
        if (!rename) *value = other;
    }
    return false;
}

static brasa_status star_column(sql_binder *x, sql_scope *s, const brasa_expr *star, const sql_name *c, bool **used, const brasa_expr **out)
{
    const char       *name = c->name;
    const brasa_expr *value = NULL;

    *out = NULL;
    for (int32_t i = 0; i < star->nargs; i++) {
        if (star_mark(x, star->args[i], c->name, used[i], &name, &value)) return BRASA_OK;
    }
    if (value == NULL) {
        value = column_of(x, s, 0, c->index, star->pos);
    } else {
        BRASA_TRY(sql_resolve(x, s, NULL, value, &value));
    }
    *out = brasa__expr_alias(x->arena, value, name);
    return BRASA_OK;
}

static brasa_status all_used(sql_binder *x, const brasa_expr *star, bool **used)
{
    for (int32_t i = 0; i < star->nargs; i++) {
        const brasa_expr *mark = star->args[i];
        bool              except = strcmp(mark->name, "__except__") == 0, replace = strcmp(mark->name, "__replace__") == 0;

        for (int32_t k = 0; k < mark->nargs; k += except ? 1 : 2) {
            const brasa_expr *name = mark->args[replace ? k + 1 : k];

            if (!used[i][k])
                return sql_fail(x, star->pos, BRASA_NOT_FOUND, "* has no column %.*s", (int)name->value.u.s.n, name->value.u.s.p);
        }
    }
    return BRASA_OK;
}

/* t.* of a query around. */
static void outer_star(sql_binder *x, const sql_scope *o, const brasa_expr *star, const brasa_expr ***out, int32_t *n)
{
    *out = BRASA_NEWS(x->arena, const brasa_expr *, o->n + 1);
    for (int32_t i = 0; i < o->n; i++) {
        const sql_name *c = &o->names[i];

        if (same(c->qualifier, star->qualifier))
            (*out)[(*n)++] = brasa__expr_alias(x->arena, column_of(x, o, 1, c->index, star->pos), c->name);
    }
}

brasa_status sql_star(sql_binder *x, sql_scope *s, const brasa_expr *star, const brasa_expr ***out, int32_t *n)
{
    bool **used = BRASA_NEWS(x->arena, bool *, star->nargs + 1), any = false;

    for (int32_t i = 0; i < star->nargs; i++) used[i] = BRASA_NEWS(x->arena, bool, star->args[i]->nargs + 2);
    *out = BRASA_NEWS(x->arena, const brasa_expr *, s->n + 1);
    *n = 0;
    for (int32_t i = 0; i < s->n; i++) {
        const sql_name *c = &s->names[i];

        if (star->qualifier != NULL ? !same(c->qualifier, star->qualifier) : c->hidden) continue;
        any = true;
        BRASA_TRY(star_column(x, s, star, c, used, &(*out)[*n]));
        *n += (*out)[*n] != NULL;
    }
    BRASA_TRY(all_used(x, star, used));
    if (*n > 0) return BRASA_OK;
    for (const sql_scope *o = s->outer; o != NULL && !any && star->qualifier != NULL && star->nargs == 0; o = o->outer) {
        outer_star(x, o, star, out, n);
        if (*n > 0) return BRASA_OK;
    }
    if (any) return sql_fail(x, star->pos, BRASA_INVALID, "* without all of its columns stands for nothing");
    if (star->qualifier != NULL)
        return sql_fail(x, star->pos, BRASA_NOT_FOUND, "there is no table %s here, so %s.* stands for nothing", star->qualifier,
                        star->qualifier);
    return sql_fail(x, star->pos, BRASA_INVALID, "* stands for the columns of tables, and there is no FROM");
}

/* ---- walking ---- */

static brasa_status map_list(brasa_arena *arena, const brasa_expr *const *in, int32_t n, sql_map_fn *fn, void *arg, bool *changed,
                             const brasa_expr *const **out)
{
    const brasa_expr **list = BRASA_NEWS(arena, const brasa_expr *, n + 1);

    for (int32_t i = 0; i < n; i++) {
        BRASA_TRY(fn(arg, in[i], &list[i]));
        *changed |= list[i] != in[i];
    }
    *out = list;
    return BRASA_OK;
}

static brasa_status map_order(brasa_arena *arena, const brasa_order *in, int32_t n, sql_map_fn *fn, void *arg, bool *changed,
                              const brasa_order **out)
{
    brasa_order *list = BRASA_NEWS(arena, brasa_order, n + 1);

    for (int32_t i = 0; i < n; i++) {
        list[i] = in[i];
        BRASA_TRY(fn(arg, in[i].expr, &list[i].expr));
        *changed |= list[i].expr != in[i].expr;
    }
    *out = list;
    return BRASA_OK;
}

static brasa_status map_window(brasa_arena *arena, const brasa_window_spec *in, sql_map_fn *fn, void *arg, bool *changed,
                               const brasa_window_spec **out)
{
    brasa_window_spec *w = brasa__arena_copy(arena, in, sizeof *in);

    BRASA_TRY(map_list(arena, in->keys, in->nkeys, fn, arg, changed, &w->keys));
    BRASA_TRY(map_order(arena, in->order, in->norder, fn, arg, changed, &w->order));
    *out = w;
    return BRASA_OK;
}

brasa_status sql_map(brasa_arena *arena, const brasa_expr *e, sql_map_fn *fn, void *arg, const brasa_expr **out)
{
    brasa_expr              *copy = brasa__arena_copy(arena, e, sizeof *e);
    bool                     changed = false;
    const brasa_window_spec *w;

    BRASA_TRY(map_list(arena, e->args, e->nargs, fn, arg, &changed, &copy->args));
    BRASA_TRY(map_order(arena, e->order, e->norder, fn, arg, &changed, &copy->order));
    if (e->filter != NULL) BRASA_TRY(fn(arg, e->filter, &copy->filter));
    changed |= copy->filter != e->filter;
    if (e->kind == BRASA_EXPR_WINDOW && e->extra != NULL) {
        BRASA_TRY(map_window(arena, e->extra, fn, arg, &changed, &w));
        copy->extra = w;
    }
    *out = changed ? copy : e;
    return BRASA_OK;
}

typedef struct searching {
    bool (*test)(const brasa_expr *e);
    bool found;
} searching;

static bool search(void *arg, const brasa_expr *e)
{
    searching *s = arg;

    s->found = s->found || s->test(e);
    if (!s->found && e->kind == BRASA_EXPR_WINDOW && e->extra != NULL) {
        const brasa_window_spec *w = e->extra;

        for (int32_t i = 0; i < w->nkeys && !s->found; i++) brasa__expr_walk(w->keys[i], search, s);
        for (int32_t i = 0; i < w->norder && !s->found; i++) brasa__expr_walk(w->order[i].expr, search, s);
    }
    return !s->found;
}

bool sql_any(const brasa_expr *e, bool (*test)(const brasa_expr *e))
{
    searching s = {.test = test};

    brasa__expr_walk(e, search, &s);
    return s.found;
}

bool sql_is_subquery(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_SUBQUERY;
}

bool sql_is_aggregate(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_AGGREGATE || (e->kind == BRASA_EXPR_CALL && !e->bound && strcmp(e->name, "count_if") == 0);
}

/* ---- types ---- */

brasa_status sql_type(sql_binder *x, const brasa_expr *e, bool aggregates, const brasa_expr **out)
{
    brasa_scope scope = {.params = x->b->params, .nparams = x->b->nparams, .text = x->text, .now_us = x->b->now_us};

    return brasa__expr_bind(x->arena, &scope, e, aggregates ? BRASA_BIND_AGGREGATES : 0, out, x->err);
}

brasa_status sql_call2(sql_binder *x, const char *name, const brasa_expr *a, const brasa_expr *b, const brasa_expr **out)
{
    return sql_type(x, brasa__expr_call2(x->arena, name, a, b), false, out);
}
