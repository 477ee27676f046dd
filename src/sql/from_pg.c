/* sql/from_pg.c -- expressions: names, tests, cases, lists. */
#include "sql/from_pg.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/config.h"
#include "data/type.h"
#include "data/value.h"

int32_t brasa__pg_pos(const brasa_pg *p, int32_t location)
{
    return location < 0 ? -1 : brasa__lex_source(p->lexed, location);
}

brasa_status brasa__pg_fail(brasa_pg *p, int32_t location, brasa_status code, const char *fmt, ...)
{
    char    text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return brasa__lex_fail(p->lexed->source, brasa__pg_pos(p, location), code, p->err, "%s", text);
}

brasa_expr *brasa__pg_make(brasa_pg *p, int32_t location, const char *name, const brasa_expr *const *args, int32_t nargs)
{
    static const char *const comparisons[] = {"=", "<>", "<", ">", "<=", ">=", "<=>", "!=", "==", "between"};
    const brasa_expr       **own = BRASA_NEWS(p->arena, const brasa_expr *, nargs + 1);

    for (int32_t i = 0; i < nargs; i++) own[i] = args[i];
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (strcmp(name, comparisons[i]) == 0) brasa__pg_compare(p, own, nargs);
    brasa_expr *e = brasa__expr_call(p->arena, name, own, nargs);
    e->pos = brasa__pg_pos(p, location);
    return e;
}

static const brasa_expr *call1(brasa_pg *p, int32_t location, const char *name, const brasa_expr *a)
{
    return brasa__pg_make(p, location, name, &a, 1);
}

static const brasa_expr *call2(brasa_pg *p, int32_t location, const char *name, const brasa_expr *a, const brasa_expr *b)
{
    const brasa_expr *args[] = {a, b};

    return brasa__pg_make(p, location, name, args, 2);
}

static const brasa_expr *boolean(brasa_pg *p, bool v)
{
    brasa_value value = brasa_value_bool(v);

    return brasa__expr_literal(p->arena, &value);
}

/* ---- names ---- */

static const char *string_of(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_STRING ? n->string->sval : NULL;
}

/* A name that can only be a regular expression: COLUMNS('pattern'), of one table if there are two names. */
static const brasa_expr *pattern(brasa_pg *p, const PgQuery__ColumnRef *c)
{
    const char *name = c->n_fields > 2 ? NULL : string_of(c->fields[c->n_fields - 1]);

    if (name == NULL || strpbrk(name, "()[]{}|*+?^$\\") == NULL || !brasa__setting_bool(BRASA_SET_QUOTED_PATTERNS)) return NULL;
    brasa_value       whole = brasa_value_string(brasa__arena_printf(p->arena, "(?i)^(?:%s)$", name)), table = {.null = true};
    const brasa_expr *args[] = {brasa__expr_literal(p->arena, &whole), NULL};
    if (c->n_fields == 2) table = brasa_value_string(brasa__arena_strdup(p->arena, string_of(c->fields[0])));
    args[1] = brasa__expr_literal(p->arena, &table);
    return brasa__pg_make(p, c->location, "columns", args, c->n_fields == 2 ? 2 : 1);
}

static brasa_status column_ref(brasa_pg *p, const PgQuery__ColumnRef *c, const brasa_expr **out)
{
    size_t      n = c->n_fields;
    bool        star = n > 0 && c->fields[n - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
    brasa_expr *e;

    if (!star && (*out = pattern(p, c)) != NULL) return BRASA_OK;

    /* table.column, or schema.table.column: the last two count; more are fields of structs. */
    if (star) {
        e = brasa__expr_new(p->arena, BRASA_EXPR_STAR);
        if (n > 1) e->qualifier = brasa__arena_strdup(p->arena, string_of(c->fields[n - 2]));
    } else {
        const char *means = c->location < 0 ? NULL : brasa__lex_mark(p->lexed, c->location);

        e = brasa__expr_column(p->arena, n > 1 ? string_of(c->fields[0]) : NULL, string_of(c->fields[n > 1 ? 1 : 0]));
        e->negated = means != NULL && strcmp(means, "quoted") == 0;
    }
    e->pos = brasa__pg_pos(p, c->location);
    *out = e;
    for (size_t i = 2; i < n && !star; i++) {
        brasa_value       name = brasa_value_string(brasa__arena_strdup(p->arena, string_of(c->fields[i])));
        const brasa_expr *field = brasa__expr_literal(p->arena, &name);

        *out = call2(p, c->location, "get_field", *out, field);
    }
    return BRASA_OK;
}

/* ---- lists of expressions ---- */

brasa_status brasa__pg_exprs(brasa_pg *p, size_t n, PgQuery__Node *const *items, const brasa_expr *const **out)
{
    const brasa_expr **list = BRASA_NEWS(p->arena, const brasa_expr *, n + 1);

    for (size_t i = 0; i < n; i++) BRASA_TRY(brasa__pg_expr(p, items[i], &list[i]));
    *out = list;
    return BRASA_OK;
}

/* ---- tests ---- */

static brasa_status bool_expr(brasa_pg *p, const PgQuery__BoolExpr *b, const brasa_expr **out)
{
    const brasa_expr *const *args;

    BRASA_TRY(brasa__pg_exprs(p, b->n_args, b->args, &args));
    *out = brasa__pg_make(p, b->location,
                          b->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR  ? "and"
                          : b->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR ? "or"
                                                                           : "not",
                          args, (int32_t)b->n_args);
    return BRASA_OK;
}

static brasa_status null_test(brasa_pg *p, const PgQuery__NullTest *t, const brasa_expr **out)
{
    const brasa_expr *a;

    BRASA_TRY(brasa__pg_expr(p, t->arg, &a));
    *out = call1(p, t->location, t->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL ? "isnull" : "isnotnull", a);
    return BRASA_OK;
}

static brasa_status boolean_test(brasa_pg *p, const PgQuery__BooleanTest *t, const brasa_expr **out)
{
    const brasa_expr *a;
    int32_t           at = t->location;

    BRASA_TRY(brasa__pg_expr(p, t->arg, &a));
    switch ((int)t->booltesttype) {
    case PG_QUERY__BOOL_TEST_TYPE__IS_TRUE: *out = call2(p, at, "<=>", a, boolean(p, true)); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE: *out = call1(p, at, "not", call2(p, at, "<=>", a, boolean(p, true))); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_FALSE: *out = call2(p, at, "<=>", a, boolean(p, false)); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE: *out = call1(p, at, "not", call2(p, at, "<=>", a, boolean(p, false))); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN: *out = call1(p, at, "isnull", a); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN: *out = call1(p, at, "isnotnull", a); break;
    default: return brasa__pg_fail(p, at, BRASA_UNSUPPORTED, "this test of a boolean");
    }
    return BRASA_OK;
}

/* CASE x WHEN a ... is CASE WHEN x = a ... */
static brasa_status case_expr(brasa_pg *p, const PgQuery__CaseExpr *c, const brasa_expr **out)
{
    brasa_expr        *e = brasa__expr_new(p->arena, BRASA_EXPR_CASE);
    const brasa_expr **args = BRASA_NEWS(p->arena, const brasa_expr *, 2 * c->n_args + 2);
    const brasa_expr  *subject = NULL;
    brasa_value        null = brasa_value_null();
    int32_t            n = 0;

    if (c->arg != NULL) BRASA_TRY(brasa__pg_expr(p, c->arg, &subject));
    for (size_t i = 0; i < c->n_args; i++) {
        const PgQuery__CaseWhen *w = c->args[i]->case_when;

        BRASA_TRY(brasa__pg_expr(p, w->expr, &args[n]));
        if (subject != NULL) args[n] = call2(p, w->location, "=", subject, args[n]);
        n++;
        BRASA_TRY(brasa__pg_expr(p, w->result, &args[n++]));
    }
    if (c->defresult != NULL) {
        BRASA_TRY(brasa__pg_expr(p, c->defresult, &args[n++]));
    } else {
        args[n++] = brasa__expr_literal(p->arena, &null);
    }
    e->args = args;
    e->nargs = n;
    e->pos = brasa__pg_pos(p, c->location);
    *out = e;
    return BRASA_OK;
}

/* INTERVAL '...' and INTERVAL 3 DAYS, which the scanner gives a type name of its own: years and months, or days and time. */
static brasa_status interval_literal(brasa_pg *p, const PgQuery__TypeCast *c, const brasa_expr **out)
{
    const char *text = c->arg->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL ? c->arg->a_const->sval->sval : "";
    brasa_value v;

    if (!brasa__interval_literal(text, strlen(text), &v))
        return brasa__pg_fail(
            p, c->location, BRASA_SYNTAX,
            "'%.100s' is not an interval; write INTERVAL '3' DAY, INTERVAL '1-2' YEAR TO MONTH or INTERVAL '1 day 02:03:04'", text);
    brasa_expr *e = brasa__expr_literal(p->arena, &v);
    e->pos = brasa__pg_pos(p, c->location);
    *out = e;
    return BRASA_OK;
}

static bool is_interval_literal(const PgQuery__TypeCast *c)
{
    const PgQuery__TypeName *t = c->type_name;

    return c->arg->node_case == PG_QUERY__NODE__NODE_A_CONST && t->n_names == 1 && strcmp(t->names[0]->string->sval, "__interval") == 0;
}

static brasa_status cast_expr(brasa_pg *p, const PgQuery__TypeCast *c, const brasa_expr **out)
{
    const brasa_expr *a;
    brasa_type        t;
    brasa_expr       *e;
    const char       *means = c->location < 0 ? NULL : brasa__lex_mark(p->lexed, c->location);

    if (is_interval_literal(c)) return interval_literal(p, c, out);
    BRASA_TRY(brasa__pg_expr(p, c->arg, &a));
    BRASA_TRY(brasa__pg_type(p, c->type_name, &t));
    bool variant = c->arg->node_case == PG_QUERY__NODE__NODE_COLLATE_CLAUSE && brasa__pg_is_variant_path(c->arg->collate_clause);
    if (variant && brasa__type_is_nested(t)) { /* v:a::ARRAY<INT> */
        brasa_text name;

        brasa__text_init(&name, p->arena);
        brasa__type_text(t, &name);
        brasa_value v = brasa_value_string(name.s);
        *out = call2(p, c->location, "from_json", a, brasa__expr_literal(p->arena, &v));
        return BRASA_OK;
    }
    e = brasa__expr_cast(p->arena, a, t, means != NULL && strcmp(means, "try_cast") == 0);
    e->pos = brasa__pg_pos(p, c->location);
    bool constant = c->arg->node_case == PG_QUERY__NODE__NODE_A_CONST; /* DATE '2024-01-01' and 128Y say what they are */
    e->negated = constant &&
                 (c->type_name->location < c->arg->a_const->location || (e->pos >= 0 && isdigit((unsigned char)p->lexed->source[e->pos])));
    *out = e;
    return BRASA_OK;
}

static brasa_status value_function(brasa_pg *p, const PgQuery__SQLValueFunction *f, const brasa_expr **out)
{
    const char *name = NULL;

    switch ((int)f->op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA: name = "current_schema"; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG: name = "current_catalog"; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: name = "current_date"; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N: name = "current_timestamp"; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N: name = "localtimestamp"; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER: name = "current_user"; break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N: name = "current_time"; break;
    default: return brasa__pg_fail(p, f->location, BRASA_UNSUPPORTED, "roles are not values here");
    }
    *out = brasa__pg_make(p, f->location, name, NULL, 0);
    if (strcmp(name, "current_time") == 0 && f->typmod >= 0 && f->typmod < BRASA_TIME_DIGITS)
        *out = brasa__expr_cast(p->arena, *out, brasa__type_time(f->typmod), false);
    return BRASA_OK;
}

/* x[i] counts from 0, as in Spark; (x).f is a field. */
static brasa_status indirection(brasa_pg *p, const PgQuery__AIndirection *a, const brasa_expr **out)
{
    BRASA_TRY(brasa__pg_expr(p, a->arg, out));
    for (size_t i = 0; i < a->n_indirection; i++) {
        const PgQuery__Node *n = a->indirection[i];
        int32_t              at = (*out)->pos < 0 ? -1 : (*out)->pos;

        if (n->node_case == PG_QUERY__NODE__NODE_STRING) {
            brasa_value name = brasa_value_string(brasa__arena_strdup(p->arena, n->string->sval));

            *out = call2(p, -1, "get_field", *out, brasa__expr_literal(p->arena, &name));
        } else if (n->node_case == PG_QUERY__NODE__NODE_A_INDICES && !n->a_indices->is_slice) {
            const brasa_expr *index;

            BRASA_TRY(brasa__pg_expr(p, n->a_indices->uidx, &index));
            *out = call2(p, -1, "getitem", *out, index);
        } else if (n->node_case == PG_QUERY__NODE__NODE_A_STAR) {
            *out = brasa__pg_make(p, -1, "__fields__", out, 1);
        } else if (n->node_case == PG_QUERY__NODE__NODE_A_INDICES) {
            brasa_value       null = brasa_value_null();
            const brasa_expr *slice[] = {*out, brasa__expr_literal(p->arena, &null), brasa__expr_literal(p->arena, &null)};

            if (n->a_indices->lidx != NULL) BRASA_TRY(brasa__pg_expr(p, n->a_indices->lidx, &slice[1]));
            if (n->a_indices->uidx != NULL) BRASA_TRY(brasa__pg_expr(p, n->a_indices->uidx, &slice[2]));
            *out = brasa__pg_make(p, -1, "array_slice", slice, 3);
        } else {
            return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED,
                                  "what stands behind this value; take its fields and elements by name and number");
        }
        ((brasa_expr *)(uintptr_t)*out)->pos = at;
    }
    return BRASA_OK;
}

static brasa_status min_max(brasa_pg *p, const PgQuery__MinMaxExpr *m, const brasa_expr **out)
{
    const brasa_expr *const *args;

    BRASA_TRY(brasa__pg_exprs(p, m->n_args, m->args, &args));
    *out = brasa__pg_make(p, m->location, m->op == PG_QUERY__MIN_MAX_OP__IS_LEAST ? "least" : "greatest", args, (int32_t)m->n_args);
    return BRASA_OK;
}

static brasa_status list_call(brasa_pg *p, int32_t location, const char *name, size_t n, PgQuery__Node *const *items,
                              const brasa_expr **out)
{
    const brasa_expr *const *args;

    BRASA_TRY(brasa__pg_exprs(p, n, items, &args));
    *out = brasa__pg_make(p, location, name, args, (int32_t)n);
    return BRASA_OK;
}

/* Types nest as lists do, and each level is a type of its own. */
static brasa_status list_literal(brasa_pg *p, const PgQuery__AArrayExpr *a, const brasa_expr **out)
{
    if (p->lists >= BRASA_SQL_LIST_DEPTH)
        return brasa__pg_fail(p, a->location, BRASA_SYNTAX, "lists nest deeper than %d levels", (int)BRASA_SQL_LIST_DEPTH);
    p->lists++;
    BRASA_TRY(list_call(p, a->location, "array", a->n_elements, a->elements, out));
    p->lists--;
    return BRASA_OK;
}

static brasa_status param(brasa_pg *p, const PgQuery__ParamRef *r, const brasa_expr **out)
{
    brasa_expr *e = brasa__expr_new(p->arena, BRASA_EXPR_PARAM);

    if (r->number < 1) return brasa__pg_fail(p, r->location, BRASA_SYNTAX, "parameters count from $1");
    e->index = r->number - 1;
    e->pos = brasa__pg_pos(p, r->location);
    *out = e;
    return BRASA_OK;
}

/* f(name => value): an alias; readers of files look at it. */
static brasa_status named_argument(brasa_pg *p, const PgQuery__NamedArgExpr *a, const brasa_expr **out)
{
    BRASA_TRY(brasa__pg_expr(p, a->arg, out));
    brasa_expr *alias = brasa__expr_alias(p->arena, *out, a->name);
    alias->pos = brasa__pg_pos(p, a->location);
    *out = alias;
    return BRASA_OK;
}

static brasa_status convert(brasa_pg *p, const PgQuery__Node *n, const brasa_expr **out)
{
    switch ((int)n->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return brasa__pg_const(p, n->a_const, out);
    case PG_QUERY__NODE__NODE_COLUMN_REF: return column_ref(p, n->column_ref, out);
    case PG_QUERY__NODE__NODE_A_EXPR: return brasa__pg_operator(p, n->a_expr, out);
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return bool_expr(p, n->bool_expr, out);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return brasa__pg_call(p, n->func_call, out);
    case PG_QUERY__NODE__NODE_NULL_TEST: return null_test(p, n->null_test, out);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return boolean_test(p, n->boolean_test, out);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return case_expr(p, n->case_expr, out);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return cast_expr(p, n->type_cast, out);
    case PG_QUERY__NODE__NODE_PARAM_REF: return param(p, n->param_ref, out);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        return list_call(p, n->coalesce_expr->location, "coalesce", n->coalesce_expr->n_args, n->coalesce_expr->args, out);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: return min_max(p, n->min_max_expr, out);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return list_literal(p, n->a_array_expr, out);
    case PG_QUERY__NODE__NODE_ROW_EXPR: return list_call(p, n->row_expr->location, "struct", n->row_expr->n_args, n->row_expr->args, out);
    case PG_QUERY__NODE__NODE_A_INDIRECTION: return indirection(p, n->a_indirection, out);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return value_function(p, n->sqlvalue_function, out);
    case PG_QUERY__NODE__NODE_SUB_LINK: return brasa__pg_sublink(p, n->sub_link, out);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
        return list_call(p, n->grouping_func->location, "grouping", n->grouping_func->n_args, n->grouping_func->args, out);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return brasa__pg_collate(p, n->collate_clause, out);
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
        *out = brasa__pg_make(p, n->set_to_default->location, "__default__", NULL, 0);
        return BRASA_OK;
    case PG_QUERY__NODE__NODE_NAMED_ARG_EXPR: return named_argument(p, n->named_arg_expr, out);
    default: return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "a construct of PostgreSQL's grammar that has no meaning here");
    }
}

brasa_status brasa__pg_expr(brasa_pg *p, const PgQuery__Node *n, const brasa_expr **out)
{
    brasa_status status;

    if (n == NULL) return brasa__fail(p->err, BRASA_INTERNAL, "an empty node in a parsed expression");
    if (p->depth >= BRASA_SQL_DEPTH)
        return brasa__fail(p->err, BRASA_SYNTAX, "the expression nests deeper than %d levels; split it, or use IN for long lists",
                           (int)BRASA_SQL_DEPTH);
    p->depth++;
    status = convert(p, n, out);
    p->depth--;
    return status;
}

/* Calls that become long expressions are columns of their own names. */
static const char *short_name(const PgQuery__Node *n)
{
    const PgQuery__FuncCall *f = n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? n->func_call : NULL;
    const char              *name = f != NULL ? f->funcname[f->n_funcname - 1]->string->sval : "";

    if (f != NULL && f->agg_within_group && (strstr(name, "rank") != NULL || strcmp(name, "cume_dist") == 0)) return name;
    return f != NULL && f->n_funcname > 1 && strcmp(name, "overlaps") == 0 ? name : NULL;
}

brasa_status brasa__pg_target(brasa_pg *p, const PgQuery__Node *n, const brasa_expr **out)
{
    const PgQuery__ResTarget *t;
    const char               *name;

    if (n->node_case != PG_QUERY__NODE__NODE_RES_TARGET) return brasa__pg_expr(p, n, out);
    t = n->res_target;
    BRASA_TRY(brasa__pg_expr(p, t->val, out));
    name = t->name != NULL && t->name[0] != '\0' ? t->name : short_name(t->val);
    if (name != NULL) {
        brasa_expr *alias = brasa__expr_alias(p->arena, *out, name);

        alias->pos = brasa__pg_pos(p, t->location);
        *out = alias;
    }
    return BRASA_OK;
}

brasa_status brasa__pg_order(brasa_pg *p, size_t n, PgQuery__Node *const *items, const brasa_order **out)
{
    brasa_order *list = BRASA_NEWS(p->arena, brasa_order, n + 1);

    for (size_t i = 0; i < n; i++) {
        const PgQuery__SortBy *s = items[i]->sort_by;

        if (s->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING)
            return brasa__pg_fail(p, s->location, BRASA_UNSUPPORTED, "ORDER BY ... USING; say ASC or DESC");
        BRASA_TRY(brasa__pg_expr(p, s->node, &list[i].expr));
        brasa__pg_compare(p, &list[i].expr, 1);
        list[i].desc = s->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
        list[i].nulls_last = s->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT
                                 ? list[i].desc
                                 : s->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST;
    }
    *out = list;
    return BRASA_OK;
}
