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
            table = table || sql_same_name(o->names[i].qualifier, e->qualifier);
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
        if (!sql_same_name(a->names[i], e->name)) continue;
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
    const brasa_expr *args[] = {sql_scope_ref(r->x, s, depth, at, e->pos), brasa__expr_literal(r->x->arena, &name)};
    brasa_expr       *call = brasa__expr_call(r->x->arena, "get_field", args, 2);
    call->pos = e->pos;
    *out = call;
    return BRASA_OK;
}

/* The names of a.b.c in their order; 0: something else. */
static int32_t name_parts(brasa_arena *arena, const brasa_expr *e, const char **parts, int32_t most)
{
    int32_t n = 0;

    if (e->kind == BRASA_EXPR_COLUMN && !e->bound && most >= 2) {
        if (e->qualifier != NULL) parts[n++] = e->qualifier;
        parts[n++] = e->name;
        return n;
    }
    if (e->kind != BRASA_EXPR_CALL || e->bound || e->nargs != 2 || strcmp(e->name, "get_field") != 0 ||
        e->args[1]->kind != BRASA_EXPR_LITERAL || e->args[1]->value.type.kind != BRASA_KIND_STRING)
        return 0;
    n = name_parts(arena, e->args[0], parts, most - 1);
    if (n > 0) parts[n++] = brasa__arena_strndup(arena, e->args[1]->value.u.s.p, e->args[1]->value.u.s.n);
    return n;
}

static const char *with_dots(brasa_arena *arena, const char *const *parts, int32_t n)
{
    const char *name = parts[0];

    for (int32_t i = 1; i < n; i++) name = brasa__arena_printf(arena, "%s.%s", name, parts[i]);
    return name;
}

/* a.b and t.a.b may be a column whose name is "a.b", as members of HDF5's compounds are called; NULL: none. */
static const brasa_expr *dotted_column(resolving *r, const brasa_expr *e)
{
    enum { MOST = 16 };
    const char *parts[MOST];
    int32_t     n = name_parts(r->x->arena, e, parts, MOST), depth = 0;

    for (const sql_scope *s = r->s; s != NULL && n > 1; s = s->outer, depth++) {
        int32_t at = sql_scope_find(s, NULL, with_dots(r->x->arena, parts, n));

        if (at < 0 && n > 2) at = sql_scope_find(s, parts[0], with_dots(r->x->arena, parts + 1, n - 1));
        if (at >= 0) return sql_scope_ref(r->x, s, depth, at, e->pos);
    }
    return NULL;
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
        *out = sql_scope_ref(r->x, s, depth, at, e->pos);
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
            *out = sql_scope_ref(r->x, s, depth, at, e->pos);
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
    *out = dotted_column(r, e);
    if (*out != NULL) return BRASA_OK;
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
    bool        system = sql_same_name(c->qualifier, "system") && sql_same_name(c->name, "session"); /* a variable */
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
    const brasa_expr *starless;
    BRASA_TRY(sql_star_arguments(r->x, r->s, e, &starless));
    BRASA_TRY(sql_map(r->x->arena, starless, resolve, r, out));
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

/* current_schema() where USE named one; NULL: it is something else. */
static const brasa_expr *current_schema(const resolving *r, const brasa_expr *e)
{
    const char *name = r->x->catalog != NULL ? r->x->catalog->schema : NULL;
    brasa_value v;

    if (name == NULL || e->nargs != 0) return NULL;
    if (strcasecmp(e->name, "current_schema") != 0 && strcasecmp(e->name, "current_database") != 0) return NULL;
    v = brasa_value_string(brasa__arena_strdup(r->x->arena, name));
    return brasa__expr_literal(r->x->arena, &v);
}

static brasa_status resolve(void *arg, const brasa_expr *e, const brasa_expr **out)
{
    resolving        *r = arg;
    const brasa_expr *short_name = e->kind == BRASA_EXPR_CALL && !e->bound ? without_schema(r, e) : NULL;

    if (short_name != NULL) return column(r, short_name, out);
    if (e->kind == BRASA_EXPR_CALL && (*out = dotted_column(r, e)) != NULL) return BRASA_OK;
    if (e->kind == BRASA_EXPR_AGGREGATE && !e->bound) return aggregate(r, e, out);

    if (e->bound) {
        *out = e;
        return BRASA_OK;
    }
    if (e->kind == BRASA_EXPR_COLUMN) return column(r, e, out);
    if (e->kind == BRASA_EXPR_ALIAS) return resolve(r, e->args[0], out);
    if (e->kind == BRASA_EXPR_CALL) {
        const brasa_expr *body;

        if ((*out = current_schema(r, e)) != NULL) return BRASA_OK;
        BRASA_TRY(sql_sequence(r->x, r->s, e, out));
        if (*out != NULL) return BRASA_OK;
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
    BRASA_TRY(sql_star_arguments(r->x, r->s, e, &e));
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
