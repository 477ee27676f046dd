/* sql/operator_from_pg.c -- operators of PostgreSQL's tree: arithmetic, comparisons, IN, LIKE, BETWEEN, ANY and ALL. */
#include <string.h>
#include <strings.h>

#include "expr/lambda.h"
#include "sql/from_pg.h"

/* ---- operators ---- */

static brasa_status both(brasa_pg *p, const PgQuery__AExpr *a, const brasa_expr *out[2])
{
    BRASA_TRY(brasa__pg_expr(p, a->lexpr, &out[0]));
    return brasa__pg_expr(p, a->rexpr, &out[1]);
}

static const brasa_expr *negate(brasa_pg *p, int32_t location, const brasa_expr *e)
{
    return brasa__pg_make(p, location, "not", &e, 1);
}

/* -5 is a literal: so that the smallest integers can be written. */
static brasa_status minus(brasa_pg *p, const PgQuery__AExpr *a, const brasa_expr **out)
{
    const PgQuery__Node *n = a->rexpr;
    const brasa_expr    *arg;

    if (n->node_case == PG_QUERY__NODE__NODE_A_CONST && !n->a_const->isnull && n->a_const->val_case == PG_QUERY__A__CONST__VAL_FVAL) {
        PgQuery__AConst c = *n->a_const;
        PgQuery__Float  f = *c.fval;

        f.fval = brasa__arena_printf(p->arena, "-%s", f.fval);
        c.fval = &f;
        return brasa__pg_const(p, &c, out);
    }
    BRASA_TRY(brasa__pg_expr(p, a->rexpr, &arg));
    if (arg->kind == BRASA_EXPR_LITERAL && arg->value.type.kind == BRASA_KIND_INT32 && !arg->value.null) {
        brasa_value v = brasa_value_i32((int32_t)-arg->value.u.i);
        brasa_expr *e = brasa__expr_literal(p->arena, &v);

        e->pos = brasa__pg_pos(p, a->location);
        *out = e;
        return BRASA_OK;
    }
    /* -128Y: what is cast is -128, not 128 */
    bool typed = arg->kind == BRASA_EXPR_CAST && arg->args[0]->kind == BRASA_EXPR_LITERAL && !arg->bound;
    if (typed && n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && n->type_cast->arg->node_case == PG_QUERY__NODE__NODE_A_CONST &&
        brasa__type_is_numeric(arg->args[0]->value.type)) {
        PgQuery__AExpr    inner = *a;
        const brasa_expr *negated;

        inner.rexpr = n->type_cast->arg;
        BRASA_TRY(minus(p, &inner, &negated));
        brasa_expr *cast = brasa__expr_cast(p->arena, negated, arg->type, arg->try_cast);
        cast->pos = arg->pos;
        *out = cast;
        return BRASA_OK;
    }
    *out = brasa__pg_make(p, a->location, "negative", &arg, 1);
    return BRASA_OK;
}

static brasa_status prefix(brasa_pg *p, const PgQuery__AExpr *a, const char *op, const brasa_expr **out)
{
    const char       *means = brasa__lex_mark(p->lexed, a->location);
    const brasa_expr *arg;

    if (means != NULL) op = means;
    if (strcmp(op, "-") == 0) return minus(p, a, out);
    BRASA_TRY(brasa__pg_expr(p, a->rexpr, &arg));
    if (strcmp(op, "+") == 0) {
        *out = arg;
    } else if (strcmp(op, "!") == 0) {
        *out = negate(p, a->location, arg);
    } else if (strcmp(op, "~") == 0) {
        *out = brasa__pg_make(p, a->location, "~", &arg, 1);
    } else if (strcmp(op, "@") == 0 || strcmp(op, "|/") == 0 || strcmp(op, "||/") == 0) {
        *out = brasa__pg_make(p, a->location, op[0] == '@' ? "abs" : op[1] == '/' ? "sqrt" : "cbrt", &arg, 1);
    } else {
        return brasa__pg_fail(p, a->location, BRASA_SYNTAX, "there is no prefix operator %s", op);
    }
    return BRASA_OK;
}

static brasa_status infix(brasa_pg *p, const PgQuery__AExpr *a, const char *op, const brasa_expr **out)
{
    static const char *const known[] = {"+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">=", "||", "&", "|", "^", "<<", ">>", ">>>"};
    const brasa_expr        *args[2];
    const char              *means = brasa__lex_mark(p->lexed, a->location);
    const char              *name = NULL;

    BRASA_TRY(both(p, a, args));
    if (means != NULL && strstr(means, "rlike") != NULL) args[1] = brasa__pg_pattern(p, "rlike", args[1]);
    if (means != NULL && strcmp(means, "not rlike") == 0) {
        *out = negate(p, a->location, brasa__pg_make(p, a->location, "rlike", args, 2));
        return BRASA_OK;
    }
    if (means != NULL && strstr(means, "glob") != NULL) {
        BRASA_TRY(brasa__pg_glob(p, args, out));
        if (means[0] == 'n') *out = negate(p, a->location, *out);
        return BRASA_OK;
    }
    if (means != NULL) {
        *out = brasa__pg_make(p, a->location, means, args, 2);
        return BRASA_OK;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(op, known[i]) == 0) name = known[i];
    }
    if (strcmp(op, ">>>") == 0) name = "shiftrightunsigned";
    if (strcmp(op, "~") == 0) name = "rlike";
    if (strcmp(op, "^@") == 0) name = "startswith";
    if (strcmp(op, "#") == 0) name = "^";
    if (strcmp(op, "==") == 0) name = "=";
    if (name == NULL && brasa__pg_text_operator(p, a->location, op, args, out)) return BRASA_OK;
    if (strcmp(op, "->") == 0 || strcmp(op, "->>") == 0) name = op;
    if (strcmp(op, "&&") == 0) name = "arrays_overlap";
    if (strcmp(op, "@>") == 0) name = "list_has_all";
    if (strcmp(op, "<@") == 0) {
        const brasa_expr *turned[] = {args[1], args[0]};
        *out = brasa__pg_make(p, a->location, "list_has_all", turned, 2);
        return BRASA_OK;
    }
    if (name == NULL) return brasa__pg_fail(p, a->location, BRASA_SYNTAX, "there is no operator %s", op);
    *out = brasa__pg_make(p, a->location, name, args, 2);
    return BRASA_OK;
}

static brasa_status in_list(brasa_pg *p, const PgQuery__AExpr *a, bool negated, const brasa_expr **out)
{
    const PgQuery__List *list = a->rexpr->list;
    brasa_expr          *e = brasa__expr_new(p->arena, BRASA_EXPR_IN);
    const brasa_expr   **args = BRASA_NEWS(p->arena, const brasa_expr *, list->n_items + 1);

    BRASA_TRY(brasa__pg_expr(p, a->lexpr, &args[0]));
    for (size_t i = 0; i < list->n_items; i++) BRASA_TRY(brasa__pg_expr(p, list->items[i], &args[i + 1]));
    brasa__pg_compare(p, args, (int32_t)list->n_items + 1);
    e->args = args;
    e->nargs = (int32_t)list->n_items + 1;
    e->negated = negated;
    e->pos = brasa__pg_pos(p, a->location);
    *out = e;
    return BRASA_OK;
}

/* x LIKE pattern [ESCAPE c]: the parser wraps the pattern in like_escape(pattern, c). */
static brasa_status like(brasa_pg *p, const PgQuery__AExpr *a, const char *name, bool negated, const brasa_expr **out)
{
    const brasa_expr *args[3];
    int32_t           n = 2;

    BRASA_TRY(brasa__pg_expr(p, a->lexpr, &args[0]));
    if (a->rexpr->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
        const PgQuery__FuncCall *f = a->rexpr->func_call;

        if (f->n_funcname == 2 && f->n_args == 2 && strcmp(f->funcname[1]->string->sval, "like_escape") == 0) {
            BRASA_TRY(brasa__pg_expr(p, f->args[0], &args[1]));
            BRASA_TRY(brasa__pg_expr(p, f->args[1], &args[2]));
            n = 3;
        }
    }
    if (n == 2) BRASA_TRY(brasa__pg_expr(p, a->rexpr, &args[1]));
    *out = brasa__pg_make(p, a->location, name, args, n);
    if (negated) *out = negate(p, a->location, *out);
    return BRASA_OK;
}

static const brasa_expr *pair(brasa_pg *p, int32_t location, const char *name, const brasa_expr *a, const brasa_expr *b)
{
    const brasa_expr *args[] = {a, b};

    return brasa__pg_make(p, location, name, args, 2);
}

static brasa_status between(brasa_pg *p, const PgQuery__AExpr *a, bool symmetric, bool negated, const brasa_expr **out)
{
    const brasa_expr *x, *low, *high;
    int32_t           at = a->location;

    BRASA_TRY(brasa__pg_expr(p, a->lexpr, &x));
    BRASA_TRY(brasa__pg_expr(p, a->rexpr->list->items[0], &low));
    BRASA_TRY(brasa__pg_expr(p, a->rexpr->list->items[1], &high));
    *out = pair(p, at, "and", pair(p, at, ">=", x, low), pair(p, at, "<=", x, high));
    if (symmetric) *out = pair(p, at, "or", *out, pair(p, at, "and", pair(p, at, ">=", x, high), pair(p, at, "<=", x, low)));
    if (negated) *out = negate(p, at, *out);
    return BRASA_OK;
}

static brasa_status distinct_from(brasa_pg *p, const PgQuery__AExpr *a, bool distinct, const brasa_expr **out)
{
    const brasa_expr *args[2];

    BRASA_TRY(both(p, a, args));
    *out = brasa__pg_make(p, a->location, "<=>", args, 2);
    if (distinct) *out = negate(p, a->location, *out);
    return BRASA_OK;
}

/* One comparison of x OP ANY (...). */
static const brasa_expr *compared(brasa_pg *p, int32_t at, const char *op, const brasa_expr *x, const brasa_expr *y)
{
    bool        like = strcmp(op, "~~") == 0 || strcmp(op, "!~~") == 0, ilike = strcmp(op, "~~*") == 0 || strcmp(op, "!~~*") == 0;
    const char *name = like ? "like" : ilike ? "ilike" : op;

    return (like || ilike) && op[0] == '!' ? negate(p, at, pair(p, at, name, x, y)) : pair(p, at, name, x, y);
}

/* x OP ANY (array[a, b]) is x OP a OR x OP b; with ALL it is AND. */
static brasa_status each_item(brasa_pg *p, const PgQuery__AExpr *a, const char *op, bool all, const brasa_expr **out)
{
    const PgQuery__AArrayExpr *list = a->rexpr->a_array_expr;
    const brasa_expr          *x, *y;

    if (list->n_elements == 0) return brasa__pg_fail(p, a->location, BRASA_SYNTAX, "%s of nothing", all ? "ALL" : "ANY");
    BRASA_TRY(brasa__pg_expr(p, a->lexpr, &x));
    for (size_t i = 0; i < list->n_elements; i++) {
        BRASA_TRY(brasa__pg_expr(p, list->elements[i], &y));
        y = compared(p, a->location, op, x, y);
        *out = i == 0 ? y : pair(p, a->location, all ? "and" : "or", *out, y);
    }
    return BRASA_OK;
}

/* x = ANY(array), x <> ALL(array): is it in the list?  Other comparisons look at each item. */
static brasa_status any_all(brasa_pg *p, const PgQuery__AExpr *a, const char *op, bool all, const brasa_expr **out)
{
    const brasa_expr *args[2];

    if (a->rexpr->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && (op[0] == '~' || op[0] == '!')) return each_item(p, a, op, all, out);
    BRASA_TRY(both(p, a, args));
    if (strcmp(op, all ? "<>" : "=") != 0) {
        const char       *item = "__item";
        const brasa_expr *test = compared(p, a->location, op, args[0], brasa__expr_column(p->arena, NULL, item));

        *out = pair(p, a->location, all ? "forall" : "exists", args[1], brasa__lambda_make(p->arena, &item, 1, test));
        return BRASA_OK;
    }
    *out = pair(p, a->location, "array_contains", args[1], args[0]);
    if (all) *out = negate(p, a->location, *out);
    return BRASA_OK;
}

brasa_status brasa__pg_operator(brasa_pg *p, const PgQuery__AExpr *a, const brasa_expr **out)
{
    const char       *op;
    const brasa_expr *args[2];

    a = brasa__pg_regroup(p, a);
    op = a->n_name > 0 ? a->name[a->n_name - 1]->string->sval : "";
    switch ((int)a->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP: return a->lexpr == NULL ? prefix(p, a, op, out) : infix(p, a, op, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY: return any_all(p, a, op, false, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL: return any_all(p, a, op, true, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT: return distinct_from(p, a, true, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT: return distinct_from(p, a, false, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        BRASA_TRY(both(p, a, args));
        *out = brasa__pg_make(p, a->location, "nullif", args, 2);
        return BRASA_OK;
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN: return in_list(p, a, strcmp(op, "<>") == 0, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE: return like(p, a, "like", op[0] == '!', out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE: return like(p, a, "ilike", op[0] == '!', out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN: return between(p, a, false, false, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN: return between(p, a, false, true, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM: return between(p, a, true, false, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM: return between(p, a, true, true, out);
    default: return brasa__pg_similar(p, a, out);
    }
}
