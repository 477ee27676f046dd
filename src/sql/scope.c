/* sql/scope.c -- the columns that a query's tables give: by name, and as stars. */
#include <string.h>
#include <strings.h>

#include "sql/binder.h"

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

bool sql_same_name(const char *a, const char *b)
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

        if (!sql_same_name(c->name, name)) continue;
        if (qualifier != NULL ? !sql_same_name(c->qualifier, qualifier) : c->hidden) continue;
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

const brasa_expr *sql_scope_ref(sql_binder *x, const sql_scope *s, int32_t depth, int32_t index, int32_t pos)
{
    brasa_expr *e = depth == 0 ? brasa__node_ref(x->arena, s->node, index) : (brasa_expr *)(uintptr_t)sql_outer_ref(x, s, index);

    e->pos = pos;
    return e;
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
        value = sql_scope_ref(x, s, 0, c->index, star->pos);
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

        if (sql_same_name(c->qualifier, star->qualifier))
            (*out)[(*n)++] = brasa__expr_alias(x->arena, sql_scope_ref(x, o, 1, c->index, star->pos), c->name);
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

        if (star->qualifier != NULL ? !sql_same_name(c->qualifier, star->qualifier) : c->hidden) continue;
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
