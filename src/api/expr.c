/* api/expr.c -- expressions built by programs. */
#include <string.h>

#include "api/internal.h"
#include "data/type.h"
#include "data/value.h"
#include "expr/agg.h"
#include "expr/udf.h"
#include "sql/parse.h"

typedef struct expr_call {
    brasa_session           *s;
    brasa_expression        *out;
    const char              *text;
    brasa_value              value;
    brasa_expression *const *args;
    int32_t                  nargs;
} expr_call;

static brasa_expression *make(brasa_session *s, brasa_status (*fn)(void *arg, brasa_error *err), expr_call *c)
{
    static const brasa_expression invalid = {.status = BRASA_INVALID}, no_memory = {.status = BRASA_NO_MEMORY};
    brasa_status                  status = brasa__api_session(s, NULL);

    c->s = s;
    if (status == BRASA_OK) status = brasa__api_do(s, NULL, fn, c);
    if (c->out == NULL) return (brasa_expression *)(uintptr_t)(status == BRASA_NO_MEMORY ? &no_memory : &invalid);
    c->out->session = s;
    c->out->status = status;
    return c->out;
}

/* An expression over e: e itself where that has failed. */
static brasa_expression *derive(brasa_expression *e, brasa_status (*fn)(void *arg, brasa_error *err), expr_call *c)
{
    bool there = brasa__api_pointer(e, "the expression of a call is NULL", NULL) == BRASA_OK;

    if (!there) return make(NULL, fn, c);
    return e->status != BRASA_OK ? e : make(e->session, fn, c);
}

static brasa_arena *begin(expr_call *c)
{
    brasa_arena *arena = brasa__api_arena(c->s);

    c->out = BRASA_NEW(arena, brasa_expression);
    return arena;
}

static brasa_status col(void *arg, brasa_error *err)
{
    expr_call   *c = arg;
    brasa_arena *arena = begin(c);
    const char  *dot;

    BRASA_TRY(brasa__api_given(c->text, "the name of a column", err));
    dot = strchr(c->text, '.');
    c->out->expr = dot == NULL ? brasa__expr_column(arena, NULL, c->text)
                               : brasa__expr_column(arena, brasa__arena_strndup(arena, c->text, (size_t)(dot - c->text)), dot + 1);
    return BRASA_OK;
}

brasa_expression *brasa_col(brasa_session *s, const char *name)
{
    expr_call c = {.text = name};

    return make(s, col, &c);
}

static brasa_status lit(void *arg, brasa_error *err)
{
    expr_call   *c = arg;
    brasa_arena *arena = begin(c);

    BRASA_TRY(brasa__value_check(&c->value, err));
    c->out->expr = brasa__expr_literal(arena, &c->value);
    return BRASA_OK;
}

brasa_expression *brasa_lit(brasa_session *s, brasa_value v)
{
    expr_call c = {.value = v};

    return make(s, lit, &c);
}

static brasa_status call(void *arg, brasa_error *err)
{
    expr_call         *c = arg;
    brasa_arena       *arena = begin(c);
    const brasa_expr **args;
    char              *name;
    brasa_expr        *e;

    BRASA_TRY(brasa__api_given(c->text, "the name of a function", err));
    if (c->nargs < 0) return brasa__fail(err, BRASA_INVALID, "%d arguments for %s; give 0 or more", (int)c->nargs, c->text);
    if (c->nargs > 0) BRASA_TRY(brasa__api_given(c->args, "the array of arguments", err));
    args = BRASA_NEWS(arena, const brasa_expr *, c->nargs + 1);
    name = brasa__arena_strdup(arena, c->text);
    for (char *p = name; *p != '\0'; p++) *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    for (int32_t i = 0; i < c->nargs; i++) {
        BRASA_TRY(brasa__api_given(c->args[i], "an argument of a function", err));
        if (c->args[i]->status != BRASA_OK)
            return brasa__fail(err, c->args[i]->status, "argument %d of %s is not a valid expression", (int)i + 1, c->text);
        args[i] = c->args[i]->expr;
    }
    e = brasa__expr_call(arena, name, args, c->nargs);
    if (brasa__agg_for(arena, name, c->nargs) != NULL) e->kind = BRASA_EXPR_AGGREGATE;
    c->out->expr = e;
    return BRASA_OK;
}

brasa_expression *brasa_call_n(brasa_session *s, const char *name, brasa_expression *const *args, int32_t nargs)
{
    expr_call c = {.text = name, .args = args, .nargs = nargs};

    return make(s, call, &c);
}

static brasa_status cast(void *arg, brasa_error *err)
{
    expr_call   *c = arg;
    brasa_arena *arena = begin(c);
    brasa_type   t;

    BRASA_TRY(brasa__api_given(c->text, "the name of a type", err));
    BRASA_TRY(brasa__type_parse(arena, c->text, &t, err));
    c->out->expr = brasa__expr_cast(arena, c->args[0]->expr, t, false);
    return BRASA_OK;
}

brasa_expression *brasa_cast(brasa_expression *e, const char *type)
{
    expr_call c = {.text = type, .args = &e, .nargs = 1};

    return derive(e, cast, &c);
}

static brasa_status as(void *arg, brasa_error *err)
{
    expr_call   *c = arg;
    brasa_arena *arena = begin(c);

    BRASA_TRY(brasa__api_given(c->text, "the name of a column", err));
    c->out->expr = brasa__expr_alias(arena, c->args[0]->expr, c->text);
    return BRASA_OK;
}

brasa_expression *brasa_as(brasa_expression *e, const char *name)
{
    expr_call c = {.text = name, .args = &e, .nargs = 1};

    return derive(e, as, &c);
}

static brasa_status parse(void *arg, brasa_error *err)
{
    expr_call   *c = arg;
    brasa_arena *arena = begin(c);

    BRASA_TRY(brasa__api_given(c->text, "the text of an expression", err));
    return brasa__sql_expr(arena, c->text, &c->out->expr, err);
}

brasa_expression *brasa_parse(brasa_session *s, const char *text)
{
    expr_call c = {.text = text};

    return make(s, parse, &c);
}
