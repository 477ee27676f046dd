/* lambda.c -- see lambda.h.
 *
 * While a body is bound, its parameters are references with a negative depth that is the lambda's own.  Then whatever else the body refers to becomes an
 * argument of the call, and all references become positions in the body's row.
 */
#include "expr/lambda.h"

#include <string.h>
#include <strings.h>

#include "data/value.h"
#include "expr/bind.h"

/* ---- unbound ---- */

bool brasa__is_lambda(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_CALL && strcmp(e->name, "__lambda") == 0;
}

static const brasa_expr *text_literal(brasa_arena *arena, const char *s)
{
    brasa_value v = {.type = brasa__type(BRASA_KIND_STRING), .u.s = {s, strlen(s)}};

    return brasa__expr_literal(arena, &v);
}

typedef struct parameters {
    const char *const *names;
    int32_t            n;
} parameters;

/* x is the variable, x.f a field of it. */
static const brasa_expr *to_variable(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const parameters *p = arg;
    const char       *name = e->kind != BRASA_EXPR_COLUMN ? NULL : e->qualifier ? e->qualifier : e->name;

    for (int32_t i = 0; i < p->n && name != NULL; i++) {
        if (strcasecmp(p->names[i], name) != 0) continue;
        brasa_expr *v = brasa__expr_call1(arena, "__variable", text_literal(arena, p->names[i]));
        if (e->qualifier) v = brasa__expr_call2(arena, "get_field", v, text_literal(arena, e->name));
        v->pos = e->pos;
        return v;
    }
    return e;
}

const brasa_expr *brasa__lambda_make(brasa_arena *arena, const char *const *names, int32_t n, const brasa_expr *body)
{
    parameters         p = {names, n};
    const brasa_expr **args = BRASA_NEWS(arena, const brasa_expr *, n + 1);

    for (int32_t i = 0; i < n; i++) args[i] = text_literal(arena, names[i]);
    args[n] = brasa__expr_rewrite(arena, body, to_variable, &p);
    return brasa__expr_call(arena, "__lambda", args, n + 1);
}

/* ---- binding ---- */

typedef struct brasa_lambda_scope {
    const struct brasa_lambda_scope *outer;
    int32_t                          id; /* 1, 2, ...: its parameters are references of depth -id */
    int32_t                          n;
    const char                      *names[BRASA_LAMBDA_MOST];
    brasa_type                       types[BRASA_LAMBDA_MOST];
} lambda_scope;

brasa_status brasa__bind_variable(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    const char *name = e->args[0]->value.u.s.p;

    for (const lambda_scope *s = b->lambdas; s; s = s->outer)
        for (int32_t i = 0; i < s->n; i++) {
            if (strcasecmp(s->names[i], name) != 0) continue;
            brasa_expr *ref = brasa__expr_ref(b->arena, i, s->types[i], true, s->names[i]);
            ref->depth = -s->id;
            ref->pos = e->pos;
            *out = ref;
            return BRASA_OK;
        }
    return brasa__fail(err, BRASA_NOT_FOUND, "there is no variable %s here", name);
}

static brasa_status wrong_parameters(binder *b, const brasa_expr *e, const brasa_function *f, int32_t n, brasa_error *err)
{
    brasa__fail(err, BRASA_TYPE, "this lambda of %s has %d parameter%s; it is %s", f->name, n, n == 1 ? "" : "s", f->doc);
    return brasa__bind_place(b, e->pos, err);
}

static brasa_status bind_body(binder *b, const brasa_expr *e, const brasa_type *types, brasa_lambda *out, brasa_error *err)
{
    const lambda_scope *outer = b->lambdas;
    lambda_scope        s = {.outer = outer, .id = outer ? outer->id + 1 : 1, .n = e->nargs - 1};

    out->nparams = s.n;
    for (int32_t i = 0; i < s.n; i++) {
        s.names[i] = out->names[i] = e->args[i]->value.u.s.p;
        s.types[i] = types[i];
    }
    b->lambdas = &s;
    brasa_status status = brasa__bind_node(b, e->args[s.n], &out->body, err);
    b->lambdas = outer;
    return status;
}

/* ---- what a body takes from outside ---- */

typedef struct taking {
    brasa_arena       *arena;
    int32_t            own; /* depth of this lambda's parameters */
    const brasa_expr **list;
    int32_t            n, cap;
} taking;

static bool from_outside(const taking *t, const brasa_expr *e)
{
    return (e->kind == BRASA_EXPR_REF && e->depth != t->own) || e->kind == BRASA_EXPR_COLUMN;
}

static int32_t taken_at(const taking *t, const brasa_expr *e)
{
    for (int32_t i = 0; i < t->n; i++)
        if (brasa__expr_equal(t->list[i], e)) return i;
    return -1;
}

static bool collect(void *arg, const brasa_expr *e)
{
    taking *t = arg;

    if (!from_outside(t, e) || taken_at(t, e) >= 0) return true;
    t->list = brasa__arena_grow(t->arena, t->list, &t->cap, t->n + 1, sizeof *t->list);
    t->list[t->n++] = e;
    return true;
}

static const brasa_expr *to_position(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const taking *t = arg;
    int32_t       at;

    if (from_outside(t, e))
        at = taken_at(t, e);
    else if (e->kind == BRASA_EXPR_REF && e->depth == t->own)
        at = t->n + e->index;
    else
        return e;
    return brasa__expr_ref(arena, at, e->type, e->nullable, e->name);
}

/* ---- calls ---- */

static brasa_type element_of(brasa_type t)
{
    return t.kind == BRASA_KIND_LIST ? t.fields[0].type : brasa__type(BRASA_KIND_NULL);
}

static brasa_status bind_start(binder *b, const brasa_expr *e, const brasa_function *f, const brasa_expr **args, int32_t *leading,
                               brasa_error *err)
{
    brasa_type list = brasa__type_list(b->arena, brasa__type(BRASA_KIND_INT32));

    for (*leading = 0; *leading < e->nargs && !brasa__is_lambda(e->args[*leading]); ++*leading) {
        BRASA_TRY(brasa__bind_node(b, e->args[*leading], &args[*leading], err));
    }
    int32_t lists = brasa__lambda_kind_of(f->name) == BRASA_LAMBDA_ZIP ? 2 : 1;
    if (*leading < lists) return wrong_parameters(b, e, f, 0, err);
    for (int32_t i = 0; i < lists; i++) {
        brasa_type t = args[i]->type;
        if (t.kind == BRASA_KIND_VECTOR) t = brasa__type_list(b->arena, brasa__type(BRASA_KIND_FLOAT32));
        if (t.kind == BRASA_KIND_NULL) t = list;
        if (t.kind != BRASA_KIND_LIST) {
            brasa__fail(err, BRASA_TYPE, "%s takes an array; it is %s", f->name, f->doc);
            return brasa__bind_place(b, e->args[i]->pos, err);
        }
        BRASA_TRY(brasa__bind_coerce(b, args[i], t, true, &args[i], err));
    }
    return BRASA_OK;
}

/* The bodies of aggregate(a, start, merge, finish): the state has the type in which start and merge meet. */
static brasa_status bind_aggregate_bodies(binder *b, const brasa_expr *e, const brasa_expr **args, brasa_lambdas *l, brasa_expr *call,
                                          brasa_error *err)
{
    const brasa_expr *merge = e->args[2], *finish = e->nargs > 3 ? e->args[3] : NULL;
    brasa_type        types[2] = {args[1]->type, element_of(args[0]->type)};

    for (int round = 0; round < 2; round++) { /* once more when the state grew wider */
        brasa_type met;
        BRASA_TRY(bind_body(b, merge, types, &l->list[0], err));
        if (!brasa__type_common(b->arena, types[0], l->list[0].body->type, &met)) met = types[0];
        bool same = brasa__type_equal(met, types[0]);
        types[0] = met;
        if (same) break;
    }
    BRASA_TRY(brasa__bind_coerce(b, args[1], types[0], true, &args[1], err));
    BRASA_TRY(brasa__bind_coerce(b, l->list[0].body, types[0], true, &l->list[0].body, err));
    l->n = 1;
    call->type = types[0];
    if (finish == NULL) return BRASA_OK;
    BRASA_TRY(bind_body(b, finish, types, &l->list[1], err));
    l->n = 2;
    call->type = l->list[1].body->type;
    return BRASA_OK;
}

static brasa_status bind_one_body(binder *b, const brasa_expr *e, const brasa_function *f, const brasa_expr **args, brasa_lambdas *l,
                                  brasa_expr *call, brasa_error *err)
{
    const brasa_expr *lambda = e->args[l->leading];
    brasa_type        element = element_of(args[0]->type), types[3] = {element, brasa__type(BRASA_KIND_INT32)};
    brasa_lambda_kind kind = brasa__lambda_kind_of(f->name);
    bool              sorts = kind == BRASA_LAMBDA_SORT, zips = kind == BRASA_LAMBDA_ZIP;

    if (sorts) types[1] = element;
    if (zips) types[1] = element_of(args[1]->type);
    BRASA_TRY(bind_body(b, lambda, types, &l->list[0], err));
    l->n = 1;
    bool    indexed = kind == BRASA_LAMBDA_TRANSFORM || kind == BRASA_LAMBDA_FILTER;
    int32_t n = lambda->nargs - 1;
    if (!(n == (sorts || zips ? 2 : 1) || (indexed && n == 2))) return wrong_parameters(b, e, f, n, err);
    if (kind == BRASA_LAMBDA_TRANSFORM || zips) {
        call->type = brasa__type_list(b->arena, l->list[0].body->type);
        return BRASA_OK;
    }
    brasa_type want = brasa__type(sorts ? BRASA_KIND_INT32 : BRASA_KIND_BOOL);
    BRASA_TRY(brasa__bind_coerce(b, l->list[0].body, want, true, &l->list[0].body, err));
    call->type = sorts || kind == BRASA_LAMBDA_FILTER ? args[0]->type : want;
    return BRASA_OK;
}

brasa_status brasa__bind_lambda_call(binder *b, const brasa_expr *e, const brasa_function *f, const brasa_expr **out, brasa_error *err)
{
    const brasa_expr **args = BRASA_NEWS(b->arena, const brasa_expr *, e->nargs);
    brasa_lambdas     *l = BRASA_NEW(b->arena, brasa_lambdas);
    brasa_expr        *call = brasa__arena_copy(b->arena, e, sizeof *e);
    bool               folds = brasa__lambda_kind_of(f->name) == BRASA_LAMBDA_AGGREGATE;

    for (int32_t i = 0; i < e->nargs; i++) {
        if (brasa__is_lambda(e->args[i]) && e->args[i]->nargs - 1 > BRASA_LAMBDA_MOST)
            return wrong_parameters(b, e, f, e->args[i]->nargs - 1, err);
    }
    BRASA_TRY(bind_start(b, e, f, args, &l->leading, err));
    int32_t lambdas = e->nargs - l->leading;
    if (folds ? l->leading != 2 || lambdas < 1 || lambdas > 2 || e->args[2]->nargs != 3 || (lambdas == 2 && e->args[3]->nargs != 2)
              : lambdas != 1 || l->leading != (brasa__lambda_kind_of(f->name) == BRASA_LAMBDA_ZIP ? 2 : 1))
        return wrong_parameters(b, e, f, lambdas > 0 ? e->args[l->leading]->nargs - 1 : 0, err);
    BRASA_TRY(folds ? bind_aggregate_bodies(b, e, args, l, call, err) : bind_one_body(b, e, f, args, l, call, err));

    taking t = {.arena = b->arena, .own = -(b->lambdas ? b->lambdas->id + 1 : 1)};
    for (int32_t i = 0; i < l->n; i++) brasa__expr_walk(l->list[i].body, collect, &t);
    for (int32_t i = 0; i < l->n; i++) l->list[i].body = brasa__expr_rewrite(b->arena, l->list[i].body, to_position, &t);
    l->taken = t.n;
    const brasa_expr **all = BRASA_NEWS(b->arena, const brasa_expr *, l->leading + t.n);
    memcpy(all, args, sizeof *all * (size_t)l->leading);
    if (t.n > 0) memcpy(all + l->leading, t.list, sizeof *all * (size_t)t.n);
    call->name = f->name;
    call->func = f;
    call->args = all;
    call->nargs = l->leading + t.n;
    call->extra = l;
    call->nullable = true;
    call->bound = true;
    *out = call;
    return BRASA_OK;
}

/* ---- equality, wire, text ---- */

bool brasa__lambdas_equal(const brasa_lambdas *a, const brasa_lambdas *b)
{
    if (a == b) return true;
    if (a == NULL || b == NULL || a->n != b->n || a->leading != b->leading || a->taken != b->taken) return false;
    for (int32_t i = 0; i < a->n; i++)
        if (a->list[i].nparams != b->list[i].nparams || !brasa__expr_equal(a->list[i].body, b->list[i].body)) return false;
    return true;
}

void brasa__put_lambdas(brasa_wire *w, const brasa_lambdas *l)
{
    brasa__put_i32(w, l->leading);
    brasa__put_i32(w, l->taken);
    brasa__put_i32(w, l->n);
    for (int32_t i = 0; i < l->n; i++) {
        brasa__put_i32(w, l->list[i].nparams);
        for (int32_t k = 0; k < l->list[i].nparams; k++) brasa__put_str(w, l->list[i].names[k]);
        brasa__put_expr(w, l->list[i].body);
    }
}

brasa_status brasa__get_lambdas(brasa_reader *r, brasa_arena *arena, int depth, const brasa_lambdas **out, brasa_error *err)
{
    brasa_lambdas *l = BRASA_NEW(arena, brasa_lambdas);

    l->leading = brasa__get_i32(r);
    l->taken = brasa__get_i32(r);
    l->n = brasa__get_i32(r);
    bool ok = !r->bad && l->n >= 1 && l->n <= 2 && l->leading >= 1 && l->leading <= 2 && l->taken >= 0;
    for (int32_t i = 0; i < l->n && ok; i++) {
        l->list[i].nparams = brasa__get_i32(r);
        ok = l->list[i].nparams >= 1 && l->list[i].nparams <= BRASA_LAMBDA_MOST;
        for (int32_t k = 0; k < l->list[i].nparams && ok; k++) l->list[i].names[k] = brasa__get_str(r, arena);
        if (ok) BRASA_TRY(brasa__get_expr_at(r, arena, depth, &l->list[i].body, err));
    }
    *out = l;
    return ok && !r->bad ? BRASA_OK : brasa__fail(err, BRASA_CORRUPT, "a message holds no valid lambda");
}

/* "x -> " or "(x, y) -> " */
static void put_head(const char *const *names, int32_t n, brasa_text *out)
{
    if (n > 1) brasa__text_add(out, "(");
    for (int32_t i = 0; i < n; i++) brasa__text_addf(out, "%s%s", i > 0 ? ", " : "", names[i] ? names[i] : "x");
    brasa__text_add(out, n > 1 ? ") -> " : " -> ");
}

void brasa__lambda_unbound_text(const brasa_expr *e, brasa_text *out)
{
    const char **names = BRASA_NEWS(out->arena, const char *, e->nargs);

    for (int32_t i = 0; i + 1 < e->nargs; i++) names[i] = e->args[i]->value.u.s.p;
    put_head(names, e->nargs - 1, out);
    brasa__expr_text(e->args[e->nargs - 1], out);
}

void brasa__lambda_text(const brasa_expr *call, brasa_text *out)
{
    const brasa_lambdas *l = call->extra;

    brasa__text_addf(out, "%s(", call->name);
    for (int32_t i = 0; i < l->leading; i++) {
        if (i > 0) brasa__text_add(out, ", ");
        brasa__expr_text(call->args[i], out);
    }
    for (int32_t i = 0; i < l->n; i++) {
        const brasa_lambda *one = &l->list[i];
        const brasa_expr  **subst = BRASA_NEWS(out->arena, const brasa_expr *, l->taken + BRASA_LAMBDA_MOST);
        for (int32_t k = 0; k < l->taken; k++) subst[k] = call->args[l->leading + k];
        for (int32_t k = 0; k < BRASA_LAMBDA_MOST; k++) {
            const char *name = k < one->nparams && one->names[k] ? one->names[k] : "x";
            subst[l->taken + k] = brasa__expr_column(out->arena, NULL, name);
        }
        brasa__text_add(out, ", ");
        put_head(one->names, one->nparams, out);
        brasa__expr_text(brasa__expr_substitute(out->arena, one->body, subst), out);
    }
    brasa__text_add(out, ")");
}
