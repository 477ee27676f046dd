/* bind.c -- names to positions, and a type for every node.
 *
 * Binding goes down the tree once.  Each node comes back with its type set and its arguments cast to what its function wants, so that the evaluator sees exact
 * types only.  if, nvl, nullif and their like become CASE or coalesce here.
 */
#include "expr/bind.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/collation.h"
#include "data/value.h"
#include "expr/agg.h"
#include "expr/bind_internal.h"
#include "expr/function.h"
#include "expr/udf.h"

/* ---- where an error is ---- */

brasa_status brasa__bind_place(const binder *b, int32_t pos, brasa_error *err)
{
    if (err == NULL || b->scope->text == NULL || pos < 0 || strstr(err->text, "\n")) return err ? (brasa_status)err->code : BRASA_INVALID;
    return brasa__fail_at(err, b->scope->text, pos);
}

brasa_status brasa__fail_at(brasa_error *err, const char *text, int32_t pos)
{
    size_t  len = strlen(text), at = (size_t)pos < len ? (size_t)pos : len, from = at, to = at;
    int32_t line = 1, col = 1;

    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n')
            line++, col = 1;
        else if (((unsigned char)text[i] & 0xC0) != 0x80)
            col++;
    }
    while (from > 0 && text[from - 1] != '\n' && at - from < 60) from--;
    while (from < at && ((unsigned char)text[from] & 0xC0) == 0x80) from++;
    while (to < len && text[to] != '\n' && to - at < 60) to++;
    while (to > at && to < len && ((unsigned char)text[to] & 0xC0) == 0x80) to--;
    int32_t indent = 0;
    for (size_t i = from; i < at; i++) indent += ((unsigned char)text[i] & 0xC0) != 0x80;
    char what[sizeof err->text];
    memcpy(what, err->text, sizeof what);
    what[sizeof what - 1] = '\0';
    snprintf(err->text, sizeof err->text, "%d:%d: ", line, col);
    return brasa__fail_more(err, "%s\n  %.*s\n  %*s^", what, (int)(to - from), text + from, indent, "");
}

/* ---- columns ---- */

static bool same_name(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

/* Column of one scope: -1 none, -2 several. */
static int32_t find_column(const brasa_scope *s, const char *qualifier, const char *name)
{
    int32_t found = -1;

    for (int32_t i = 0; i < s->schema.ncols; i++) {
        if (!same_name(s->schema.cols[i].name, name)) continue;
        if (qualifier && !(s->qualifiers && same_name(s->qualifiers[i], qualifier))) continue;
        if (found >= 0) return -2;
        found = i;
    }
    return found;
}

static const char *near_column(brasa_arena *arena, const brasa_scope *s, const char *name)
{
    int32_t      n = 0;
    const char **names;

    for (const brasa_scope *o = s; o; o = o->outer) n += o->schema.ncols;
    names = BRASA_NEWS(arena, const char *, n > 0 ? n : 1);
    n = 0;
    for (const brasa_scope *o = s; o; o = o->outer)
        for (int32_t i = 0; i < o->schema.ncols; i++) names[n++] = o->schema.cols[i].name;
    return brasa__near_miss(name, names, n);
}

static brasa_status no_column(binder *b, const brasa_expr *e, brasa_error *err)
{
    const char *dot = e->qualifier ? "." : "", *q = e->qualifier ? e->qualifier : "";
    const char *near = near_column(b->arena, b->scope, e->name);

    brasa__fail(err, BRASA_NOT_FOUND, "there is no column %s%s%s", q, dot, e->name);
    if (near) {
        brasa__fail_more(err, "; did you mean %s?", near);
    } else if (b->scope->schema.ncols > 0) {
        brasa__fail_more(err, "; the columns are");
        for (int32_t i = 0; i < b->scope->schema.ncols && i < 12; i++)
            brasa__fail_more(err, "%s %s", i ? "," : "", b->scope->schema.cols[i].name);
        if (b->scope->schema.ncols > 12) brasa__fail_more(err, ", ... (%d in all)", b->scope->schema.ncols);
    }
    brasa__bind_place(b, e->pos, err);
    return BRASA_NOT_FOUND;
}

static brasa_status make_ref(binder *b, const brasa_expr *e, const brasa_scope *s, int32_t i, int32_t depth, const brasa_expr **out)
{
    const brasa_field *f = &s->schema.cols[i];
    brasa_expr        *ref = brasa__expr_ref(b->arena, i, f->type, f->nullable, f->name);

    ref->depth = depth;
    ref->pos = e->pos;
    ref->qualifier = s->qualifiers ? s->qualifiers[i] : NULL;
    *out = ref;
    return BRASA_OK;
}

static brasa_status bind_column(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    int32_t depth = 0;

    for (const brasa_scope *s = b->scope; s; s = s->outer, depth++) {
        int32_t i = find_column(s, e->qualifier, e->name);
        if (i == -2) {
            brasa__fail(err, BRASA_INVALID, "column %s%s%s is ambiguous: several inputs have one; qualify it or rename one",
                        e->qualifier ? e->qualifier : "", e->qualifier ? "." : "", e->name);
            return brasa__bind_place(b, e->pos, err);
        }
        if (i == -1 && e->qualifier) /* "a.b" may be the name itself, as of members of HDF5's compounds */
            i = find_column(s, NULL, brasa__arena_printf(b->arena, "%s.%s", e->qualifier, e->name));
        if (i >= 0) return make_ref(b, e, s, i, depth, out);
        /* a.b may be field b of a struct column a */
        i = e->qualifier ? find_column(s, NULL, e->qualifier) : -1;
        if (i >= 0 && brasa__type_has_fields(s->schema.cols[i].type)) {
            brasa_value       name = {.type = brasa__type(BRASA_KIND_STRING), .u.s = {e->name, strlen(e->name)}};
            const brasa_expr *ref;
            BRASA_TRY(make_ref(b, e, s, i, depth, &ref));
            return brasa__bind_node(b, brasa__expr_call2(b->arena, "get_field", ref, brasa__expr_literal(b->arena, &name)), out, err);
        }
    }
    return no_column(b, e, err);
}

static brasa_status bind_param(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    if (e->index < 0 || e->index >= b->scope->nparams) {
        brasa__fail(err, BRASA_INVALID, "parameter $%d has no value: %d were given", e->index + 1, b->scope->nparams);
        return brasa__bind_place(b, e->pos, err);
    }
    if (brasa__value_check(&b->scope->params[e->index], err) != BRASA_OK) return brasa__bind_place(b, e->pos, err);
    brasa_expr *lit = brasa__expr_literal(b->arena, &b->scope->params[e->index]);
    lit->pos = e->pos;
    *out = lit;
    return BRASA_OK;
}

/* ---- CASE, IN, CAST ---- */

/* Common type of list[from], list[from + step]...; TYPE error names two that do not meet. */
brasa_status brasa__bind_common(binder *b, const brasa_expr *const *list, int32_t from, int32_t step, int32_t n, const char *what,
                                brasa_type *out, brasa_error *err)
{
    brasa_type t = brasa__type(BRASA_KIND_NULL);

    for (int32_t i = from; i < n; i += step) {
        brasa_type next;
        if (!brasa__type_common(b->arena, t, list[i]->type, &next)) {
            brasa_text x, y;
            brasa__text_init(&x, b->arena);
            brasa__text_init(&y, b->arena);
            brasa__type_text(t, &x);
            brasa__type_text(list[i]->type, &y);
            brasa__fail(err, BRASA_TYPE, "%s mixes %s and %s; cast one of them", what, x.s, y.s);
            return brasa__bind_place(b, list[i]->pos, err);
        }
        t = next;
    }
    *out = t;
    return BRASA_OK;
}

static brasa_status bind_case(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    int32_t            n = e->nargs | 1;
    const brasa_expr **args = BRASA_NEWS(b->arena, const brasa_expr *, n);
    brasa_value        null = {.null = true};
    brasa_type         t;

    for (int32_t i = 0; i < e->nargs; i++) BRASA_TRY(brasa__bind_node(b, e->args[i], &args[i], err));
    if (e->nargs < n) args[n - 1] = brasa__expr_literal(b->arena, &null);

    /* results are args 1, 3, ... and the last */
    const brasa_expr **results = BRASA_NEWS(b->arena, const brasa_expr *, n);
    int32_t            nresults = 0;
    for (int32_t i = 1; i < n; i += 2) results[nresults++] = args[i];
    results[nresults++] = args[n - 1];
    BRASA_TRY(brasa__bind_common(b, results, 0, 1, nresults, "CASE", &t, err));

    brasa_expr *copy = brasa__arena_copy(b->arena, e, sizeof *e);
    copy->nullable = false;
    for (int32_t i = 0; i < n; i++) {
        bool is_result = i == n - 1 || (i & 1);
        BRASA_TRY(brasa__bind_coerce(b, args[i], is_result ? t : brasa__type(BRASA_KIND_BOOL), true, &args[i], err));
        if (is_result && args[i]->nullable) copy->nullable = true;
    }
    copy->bound = true;
    copy->type = t;
    copy->nargs = n;
    copy->args = args;
    *out = copy;
    return BRASA_OK;
}

static brasa_status bind_in(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    const brasa_expr **args = BRASA_NEWS(b->arena, const brasa_expr *, e->nargs);
    brasa_type         t;

    for (int32_t i = 0; i < e->nargs; i++) BRASA_TRY(brasa__bind_node(b, e->args[i], &args[i], err));
    brasa__bind_narrow_literals(b, args, e->nargs);
    BRASA_TRY(brasa__bind_keys(b, args, e->nargs, "IN", err));
    BRASA_TRY(brasa__bind_char(b, args, e->nargs, err));
    BRASA_TRY(brasa__bind_common(b, args, 0, 1, e->nargs, "IN", &t, err));
    if (brasa__type_holds_map(t)) {
        brasa__fail(err, BRASA_TYPE, "IN of maps, which have no equality; compare map_entries() or elements");
        return brasa__bind_place(b, e->pos, err);
    }

    brasa_expr *copy = brasa__arena_copy(b->arena, e, sizeof *e);
    copy->nullable = false;
    for (int32_t i = 0; i < e->nargs; i++) {
        BRASA_TRY(brasa__bind_coerce(b, args[i], t, true, &args[i], err));
        copy->nullable |= args[i]->nullable;
    }
    copy->bound = true;
    copy->type = brasa__type(BRASA_KIND_BOOL);
    copy->args = args;
    *out = copy;
    return BRASA_OK;
}

static brasa_status bind_cast(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    const brasa_expr *arg;

    BRASA_TRY(brasa__bind_node(b, e->args[0], &arg, err));
    if (arg->kind == BRASA_EXPR_LITERAL && arg->type.kind == BRASA_KIND_STRING && !arg->value.null &&
        (e->type.kind == BRASA_KIND_DATE || brasa__type_is_timestamp(e->type))) {
        brasa_value v;
        if (brasa__bind_special_date(b, arg, e->type, &v)) return *out = brasa__expr_literal(b->arena, &v), BRASA_OK;
    }
    if (brasa__type_is_collated(e->type)) { /* the collation is all that the type adds to a text */
        brasa_expr *plain = brasa__arena_copy(b->arena, e, sizeof *e);

        plain->type = brasa__type(BRASA_KIND_STRING);
        BRASA_TRY(bind_cast(b, plain, &arg, err));
        plain = brasa__arena_copy(b->arena, arg, sizeof *arg);
        plain->type.scale = e->type.scale;
        plain->type.precision = 0;
        *out = plain;
        return BRASA_OK;
    }
    if (brasa__type_is_integer(arg->type) && e->type.kind == BRASA_KIND_BINARY && brasa__bind_is_lenient())
        return brasa__bind_lenient_bytes(b, arg, out, err);
    if (!e->try_cast && e->negated && brasa__expr_coerce(b->arena, arg, e->type, false, out, err) == BRASA_OK) return BRASA_OK;
    if (!e->try_cast) return brasa__bind_coerce(b, arg, e->type, false, out, err);
    if (!brasa__type_can_cast(arg->type, e->type, false)) return brasa__bind_coerce(b, arg, e->type, false, out, err);
    if (brasa__type_equal(arg->type, e->type)) return *out = arg, BRASA_OK;
    brasa_expr *cast = brasa__expr_cast(b->arena, arg, brasa__type_copy(b->arena, e->type), true);
    cast->bound = true;
    cast->pos = e->pos;
    *out = cast;
    return BRASA_OK;
}

/* ---- the switch ---- */

brasa_status brasa__bind_node(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    if (e->bound) return *out = e, BRASA_OK;
    if (b->depth >= BRASA_EXPR_MAX_DEPTH)
        return brasa__fail(err, BRASA_INVALID, "an expression nests deeper than %d; split it", BRASA_EXPR_MAX_DEPTH);
    b->depth++;
    brasa_status status = BRASA_OK;
    switch (e->kind) {
    case BRASA_EXPR_COLUMN: status = bind_column(b, e, out, err); break;
    case BRASA_EXPR_STAR:
        brasa__fail(err, BRASA_INVALID, "* stands for all columns only in a list of columns and in count(*)");
        status = brasa__bind_place(b, e->pos, err);
        break;
    case BRASA_EXPR_ALIAS: status = brasa__bind_node(b, e->args[0], out, err); break;
    case BRASA_EXPR_PARAM: status = bind_param(b, e, out, err); break;
    case BRASA_EXPR_REF:
    case BRASA_EXPR_LITERAL: *out = e; break;
    case BRASA_EXPR_CALL: status = brasa__bind_call(b, e, out, err); break;
    case BRASA_EXPR_CAST: status = bind_cast(b, e, out, err); break;
    case BRASA_EXPR_CASE: status = bind_case(b, e, out, err); break;
    case BRASA_EXPR_IN: status = bind_in(b, e, out, err); break;
    case BRASA_EXPR_AGGREGATE: status = brasa__bind_aggregate(b, e, out, err); break;
    case BRASA_EXPR_WINDOW:
        brasa__fail(err, BRASA_UNSUPPORTED, "a window function may not stand here");
        status = brasa__bind_place(b, e->pos, err);
        break;
    case BRASA_EXPR_SUBQUERY:
        brasa__fail(err, BRASA_UNSUPPORTED, "a subquery may not stand here");
        status = brasa__bind_place(b, e->pos, err);
        break;
    case BRASA_EXPR_COUNT: assert(false && "no such kind");
    }
    b->depth--;
    return status;
}

brasa_status brasa__expr_bind(brasa_arena *arena, const brasa_scope *scope, const brasa_expr *e, int32_t flags, const brasa_expr **out,
                              brasa_error *err)
{
    binder b = {.arena = arena, .scope = scope, .flags = flags};

    return brasa__bind_node(&b, e, out, err);
}

brasa_status brasa__expr_expand_star(brasa_arena *arena, const brasa_scope *scope, const brasa_expr *star, const brasa_expr ***out,
                                     int32_t *n, brasa_error *err)
{
    const brasa_expr **list = BRASA_NEWS(arena, const brasa_expr *, scope->schema.ncols > 0 ? scope->schema.ncols : 1);

    *n = 0;
    for (int32_t i = 0; i < scope->schema.ncols; i++) {
        const char *q = scope->qualifiers ? scope->qualifiers[i] : NULL;
        if (star->qualifier && !same_name(q, star->qualifier)) continue;
        brasa_expr *c = brasa__expr_ref(arena, i, scope->schema.cols[i].type, scope->schema.cols[i].nullable, scope->schema.cols[i].name);
        c->qualifier = q;
        c->pos = star->pos;
        list[(*n)++] = c;
    }
    *out = list;
    if (*n == 0 && star->qualifier)
        return brasa__fail(err, BRASA_NOT_FOUND, "there is no table %s here, so %s.* stands for nothing", star->qualifier, star->qualifier);
    return BRASA_OK;
}
