/* sql/column_name.c -- what a column without an alias is called: the expression as Spark writes it.
 *
 * Operators stand in parentheses, texts without quotes; count(*) is count(1).  Made from the tree as parsed, before names and types are looked up.
 */
#include <ctype.h>
#include <string.h>

#include "data/value.h"
#include "sql/binder.h"

enum { LONGEST = 4000 }; /* of a name: a list of 100,000 values is no name */

static void put(const brasa_expr *e, brasa_text *out);

static void put_list(const brasa_expr *const *list, int32_t n, brasa_text *out)
{
    for (int32_t i = 0; i < n && out->len < LONGEST; i++) {
        if (i > 0) brasa__text_add(out, ", ");
        put(list[i], out);
    }
}

static void put_literal(const brasa_expr *e, brasa_text *out)
{
    if (!e->value.null && e->value.type.kind == BRASA_KIND_STRING) {
        brasa__text_add_n(out, e->value.u.s.p, e->value.u.s.n);
    } else if (e->value.null || brasa__type_is_numeric(e->value.type)) {
        if (e->value.null) {
            brasa__text_add(out, "NULL");
        } else {
            brasa__value_text(&e->value, out);
        }
    } else {
        brasa__expr_text(e, out);
    }
}

static const char *infix(const brasa_expr *e)
{
    static const char *const names[][2] = {{"or", " OR "}, {"and", " AND "}, {"=", " = "}, {"<", " < "}, {"<=", " <= "}, {">", " > "},
                                           {">=", " >= "}, {"<=>", " <=> "}, {"+", " + "}, {"-", " - "}, {"*", " * "},   {"/", " / "},
                                           {"%", " % "},   {"div", " div "}, {"&", " & "}, {"|", " | "}, {"^", " ^ "}};

    for (size_t i = 0; e->nargs >= 2 && i < sizeof names / sizeof *names; i++) {
        if (strcmp(e->name, names[i][0]) == 0) return names[i][1];
    }
    return NULL;
}

static void put_infix(const brasa_expr *e, const char *op, brasa_text *out)
{
    for (int32_t i = 1; i < e->nargs; i++) brasa__text_add(out, "(");
    for (int32_t i = 0; i < e->nargs && out->len < LONGEST; i++) {
        if (i > 0) brasa__text_add(out, op);
        put(e->args[i], out);
        if (i > 0) brasa__text_add(out, ")");
    }
}

static void put_around(const char *before, const brasa_expr *e, const char *after, brasa_text *out)
{
    brasa__text_add(out, before);
    put(e, out);
    brasa__text_add(out, after);
}

static bool is_call(const brasa_expr *e, const char *name, int32_t nargs)
{
    return e->nargs == nargs && strcmp(e->name, name) == 0;
}

/* struct(a, 1 AS b), which is named_struct('a', a, 'b', 1). */
static void put_struct(const brasa_expr *e, brasa_text *out)
{
    brasa__text_add(out, "struct(");
    for (int32_t i = 0; i + 1 < e->nargs; i += 2) {
        const brasa_value *name = &e->args[i]->value;
        const brasa_expr  *v = e->args[i + 1];
        bool same = v->kind == BRASA_EXPR_COLUMN && strncmp(v->name, name->u.s.p, name->u.s.n) == 0 && v->name[name->u.s.n] == '\0';
        bool number = name->u.s.n > 3 && strncmp(name->u.s.p, "col", 3) == 0;

        if (i > 0) brasa__text_add(out, ", ");
        put(v, out);
        if (!same && !number) brasa__text_addf(out, " AS %.*s", (int)name->u.s.n, name->u.s.p);
    }
    brasa__text_add(out, ")");
}

static void put_call(const brasa_expr *e, brasa_text *out)
{
    const char *op = infix(e);

    if (op != NULL) {
        put_infix(e, op, out);
    } else if (is_call(e, "<>", 2)) {
        brasa__text_add(out, "(NOT (");
        put(e->args[0], out);
        put_around(" = ", e->args[1], "))", out);
    } else if (is_call(e, "not", 1)) {
        put_around("(NOT ", e->args[0], ")", out);
    } else if (is_call(e, "isnull", 1) || is_call(e, "isnotnull", 1)) {
        put_around("(", e->args[0], e->name[2] == 'n' && e->name[3] == 'u' ? " IS NULL)" : " IS NOT NULL)", out);
    } else if (is_call(e, "negative", 1)) {
        put_around("(- ", e->args[0], ")", out);
    } else if (is_call(e, "~", 1)) {
        put_around("~", e->args[0], "", out);
    } else if (is_call(e, "like", 2) || is_call(e, "ilike", 2)) {
        put(e->args[0], out);
        put_around(e->name[0] == 'l' ? " LIKE " : " ILIKE ", e->args[1], "", out);
    } else if (is_call(e, "getitem", 2)) {
        put(e->args[0], out);
        put_around("[", e->args[1], "]", out);
    } else if (e->negated && strcmp(e->name, "named_struct") == 0) {
        put_struct(e, out);
    } else if (is_call(e, "__collate", 2)) {
        put_around("collate(", e->args[0], ", ", out);
        put(e->args[1], out);
        brasa__text_add(out, ")");
    } else if (strcmp(e->name, "__variable") == 0) {
        brasa__text_add(out, "namedlambdavariable()");
    } else if (strcmp(e->name, "__lambda") == 0) {
        put_around("lambdafunction(", e->args[e->nargs - 1], "", out);
        for (int32_t i = 0; i + 1 < e->nargs; i++) brasa__text_add(out, ", namedlambdavariable()");
        brasa__text_add(out, ")");
    } else if (is_call(e, "get_field", 2)) {
        put(e->args[0], out);
        put_around(".", e->args[1], "", out);
    } else {
        brasa__text_addf(out, "%s(", strcmp(e->name, "||") == 0 ? "concat" : strcmp(e->name, "rlike") == 0 ? "RLIKE" : e->name);
        put_list(e->args, e->nargs, out);
        brasa__text_add(out, ")");
    }
}

static void put_aggregate(const brasa_expr *e, brasa_text *out)
{
    bool star = e->nargs == 0 || (e->nargs == 1 && e->args[0]->kind == BRASA_EXPR_STAR);

    brasa__text_addf(out, "%s(%s", e->name, e->distinct ? "DISTINCT " : "");
    if (star && strcmp(e->name, "count") == 0) {
        brasa__text_add(out, "1");
    } else {
        put_list(e->args, e->nargs, out);
    }
    brasa__text_add(out, ")");
    if (e->filter == NULL) return;
    put_around(" FILTER (WHERE ", e->filter, ")", out);
}

static void put_case(const brasa_expr *e, brasa_text *out)
{
    const brasa_expr *otherwise = e->args[e->nargs - 1];

    brasa__text_add(out, "CASE");
    for (int32_t i = 0; i + 1 < e->nargs && out->len < LONGEST; i += 2) {
        put_around(" WHEN ", e->args[i], "", out);
        put_around(" THEN ", e->args[i + 1], "", out);
    }
    if (otherwise->kind != BRASA_EXPR_LITERAL || otherwise->pos >= 0) put_around(" ELSE ", otherwise, "", out);
    brasa__text_add(out, " END");
}

static void put_cast(const brasa_expr *e, brasa_text *out)
{
    brasa_text type;

    put_around(e->try_cast ? "TRY_CAST(" : "CAST(", e->args[0], " AS ", out);
    brasa__text_init(&type, out->arena);
    brasa__type_text(e->type, &type);
    for (size_t i = 0; i < type.len; i++) type.s[i] = (char)toupper((unsigned char)type.s[i]);
    brasa__text_addf(out, "%s)", type.s);
}

static void put_subquery(const brasa_expr *e, brasa_text *out)
{
    const brasa_subquery *sub = e->extra;

    if (sub->kind == BRASA_SUB_EXISTS) {
        brasa__text_add(out, "exists()");
    } else if (sub->kind == BRASA_SUB_SCALAR || sub->kind == BRASA_SUB_ARRAY) {
        brasa__text_add(out, "scalarsubquery()");
    } else {
        brasa__text_add(out, "(");
        put_list(e->args, e->nargs, out);
        brasa__text_addf(out, " %s (listquery()))", strcmp(sub->op, "=") == 0 ? "IN" : sub->op);
    }
}

static void put(const brasa_expr *e, brasa_text *out)
{
    if (out->len >= LONGEST) return;
    switch (e->kind) {
    case BRASA_EXPR_COLUMN:
    case BRASA_EXPR_REF: brasa__text_add(out, e->name != NULL ? e->name : "column"); return;
    case BRASA_EXPR_ALIAS: put(e->args[0], out); return;
    case BRASA_EXPR_LITERAL: put_literal(e, out); return;
    case BRASA_EXPR_CALL: put_call(e, out); return;
    case BRASA_EXPR_CAST: put_cast(e, out); return;
    case BRASA_EXPR_CASE: put_case(e, out); return;
    case BRASA_EXPR_IN:
        put_around(e->negated ? "(NOT (" : "(", e->args[0], " IN (", out);
        put_list(e->args + 1, e->nargs - 1, out);
        brasa__text_add(out, e->negated ? ")))" : "))");
        return;
    case BRASA_EXPR_AGGREGATE: put_aggregate(e, out); return;
    case BRASA_EXPR_WINDOW: put(e->args[0], out); return;
    case BRASA_EXPR_SUBQUERY: put_subquery(e, out); return;
    case BRASA_EXPR_STAR:
    case BRASA_EXPR_PARAM: brasa__expr_text(e, out); return;
    case BRASA_EXPR_COUNT: return;
    }
}

const char *sql_column_name(brasa_arena *arena, const brasa_expr *e)
{
    brasa_text t;

    if (e->kind == BRASA_EXPR_ALIAS || (e->kind == BRASA_EXPR_COLUMN && e->name != NULL)) return e->name;
    brasa__text_init(&t, arena);
    put(e, &t);
    return t.len == 0 ? "" : t.s;
}
