/* expr_text.c -- expressions as text that parses back to the same tree.
 *
 * Parentheses are written only where precedence needs them.  Literals carry a suffix or a cast where their type would not be read back.
 */
#include "expr/lambda.h"
#include "expr/expr.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/value.h"

enum { P_OR = 1, P_AND, P_NOT, P_IS, P_CMP, P_IN, P_OP, P_ADD, P_MUL, P_UNARY, P_ATOM };

typedef struct op_text {
    const char *name;
    const char *text;
    int         prec;
} op_text;

static const op_text infix[] = {
    {"or", " OR ", P_OR},       {"and", " AND ", P_AND},    {"=", " = ", P_CMP},   {"<>", " <> ", P_CMP},   {"<", " < ", P_CMP},
    {"<=", " <= ", P_CMP},      {">", " > ", P_CMP},        {">=", " >= ", P_CMP}, {"<=>", " <=> ", P_CMP}, {"like", " LIKE ", P_IN},
    {"ilike", " ILIKE ", P_IN}, {"rlike", " RLIKE ", P_OP}, {"||", " || ", P_OP},  {"&", " & ", P_OP},      {"|", " | ", P_OP},
    {"^", " ^ ", P_OP},         {"+", " + ", P_ADD},        {"-", " - ", P_ADD},   {"*", " * ", P_MUL},     {"/", " / ", P_MUL},
    {"%", " % ", P_MUL},        {"div", " DIV ", P_MUL},
};

static const op_text *find_infix(const brasa_expr *e)
{
    if (e->kind != BRASA_EXPR_CALL || e->nargs < 2) return NULL;
    for (size_t i = 0; i < sizeof infix / sizeof *infix; i++) {
        bool nary = infix[i].prec == P_OR || infix[i].prec == P_AND;
        if (strcmp(e->name, infix[i].name) == 0 && (nary || e->nargs == 2)) return &infix[i];
    }
    return NULL;
}

static bool is_call(const brasa_expr *e, const char *name, int32_t nargs)
{
    return e->kind == BRASA_EXPR_CALL && e->nargs == nargs && strcmp(e->name, name) == 0;
}

static int precedence(const brasa_expr *e)
{
    const op_text *op = find_infix(e);

    if (op) return op->prec;
    if (is_call(e, "not", 1)) return P_NOT;
    if (is_call(e, "isnull", 1) || is_call(e, "isnotnull", 1)) return P_IS;
    if (is_call(e, "negative", 1) || is_call(e, "~", 1)) return P_UNARY;
    if (e->kind == BRASA_EXPR_IN) return P_IN;
    if (e->kind == BRASA_EXPR_LITERAL && !e->value.null && brasa__type_is_numeric(e->type)) {
        bool negative = e->type.kind == BRASA_KIND_FLOAT64 || e->type.kind == BRASA_KIND_FLOAT32 ? e->value.u.f < 0
                        : brasa__type_phys(e->type) == BRASA_PHYS_I128                           ? e->value.u.d < 0
                                                                                                 : e->value.u.i < 0;
        return negative ? P_UNARY : P_ATOM;
    }
    return P_ATOM;
}

static void put(const brasa_expr *e, int least, brasa_text *out)
{
    bool parens = precedence(e) < least;

    if (parens) brasa__text_add(out, "(");
    brasa__expr_text(e, out);
    if (parens) brasa__text_add(out, ")");
}

static void put_list(const brasa_expr *const *list, int32_t n, brasa_text *out)
{
    for (int32_t i = 0; i < n; i++) {
        if (i) brasa__text_add(out, ", ");
        brasa__expr_text(list[i], out);
    }
}

static void put_quoted(const char *s, size_t n, char quote, brasa_text *out)
{
    brasa__text_add_n(out, &quote, 1);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == quote) brasa__text_add_n(out, &quote, 1);
        brasa__text_add_n(out, s + i, 1);
    }
    brasa__text_add_n(out, &quote, 1);
}

/* Words that are an expression or a clause of their own, so that a column of that name must be quoted. */
static bool is_reserved(const char *s)
{
    static const char *const words[] = {
        "all",     "and",     "any",       "array",    "as",      "asc",    "between",      "both",         "case",
        "cast",    "check",   "collate",   "column",   "create",  "cross",  "current_date", "current_time", "current_timestamp",
        "default", "desc",    "distinct",  "div",      "do",      "else",   "end",          "except",       "exists",
        "false",   "fetch",   "for",       "from",     "full",    "grant",  "group",        "having",       "ilike",
        "in",      "inner",   "intersect", "interval", "into",    "is",     "isnull",       "join",         "left",
        "like",    "limit",   "natural",   "not",      "notnull", "null",   "offset",       "on",           "only",
        "or",      "order",   "outer",     "overlaps", "primary", "regexp", "right",        "rlike",        "row",
        "select",  "similar", "some",      "table",    "then",    "to",     "trailing",     "true",         "union",
        "unique",  "user",    "using",     "values",   "when",    "where",  "window",       "with"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], s) == 0) return true;
    return false;
}

static void put_name(const char *s, brasa_text *out)
{
    bool plain = s[0] == '_' || (isalpha((unsigned char)s[0]) && (unsigned char)s[0] < 0x80);

    /* names are found whatever their case, so capitals need no quotes */
    for (const char *p = s; *p && plain; p++) plain = *p == '_' || ((unsigned char)*p < 0x80 && isalnum((unsigned char)*p));
    if (plain && !is_reserved(s))
        brasa__text_add(out, s);
    else
        put_quoted(s, strlen(s), '"', out);
}

static void put_number(const brasa_expr *e, const char *digits, size_t n, brasa_text *out)
{
    brasa_kind k = e->type.kind;
    bool       plain_int = k == BRASA_KIND_INT32;
    bool       finite = n > 0 && (isdigit((unsigned char)digits[n - 1]) != 0);

    if (k == BRASA_KIND_INT64 || plain_int || k == BRASA_KIND_DECIMAL || (k == BRASA_KIND_FLOAT64 && finite)) {
        brasa__text_add_n(out, digits, n);
        if (k == BRASA_KIND_INT64 && e->value.u.i >= INT32_MIN && e->value.u.i <= INT32_MAX) brasa__text_add(out, "L");
        if (k == BRASA_KIND_DECIMAL && e->type.scale == 0) brasa__text_add(out, "BD");
        if (k == BRASA_KIND_FLOAT64 && memchr(digits, 'E', n) == NULL) brasa__text_add(out, "D");
        return;
    }
    brasa__text_add(out, finite ? "CAST(" : "CAST('");
    brasa__text_add_n(out, digits, n);
    brasa__text_add(out, finite ? " AS " : "' AS ");
    brasa__type_text(e->type, out);
    brasa__text_add(out, ")");
}

static void put_value(brasa_arena *arena, const brasa_expr *e, brasa_text *out);

static void put_items(brasa_arena *arena, const brasa_expr *e, const char *open, brasa_text *out)
{
    brasa__text_add(out, open);
    for (int32_t i = 0; i < e->value.u.list.n; i++) {
        if (i) brasa__text_add(out, ", ");
        brasa_expr item = {.kind = BRASA_EXPR_LITERAL, .value = e->value.u.list.items[i], .type = e->value.u.list.items[i].type};
        put_value(arena, &item, out);
    }
    brasa__text_add(out, ")");
}

static void put_entries(brasa_arena *arena, const brasa_expr *e, brasa_text *out)
{
    brasa__text_add(out, "map(");
    for (int32_t i = 0; i < e->value.u.list.n; i++) {
        for (int32_t k = 0; k < 2; k++) {
            const brasa_value *v = &e->value.u.list.items[i].u.list.items[k];
            brasa_expr         item = {.kind = BRASA_EXPR_LITERAL, .value = *v, .type = v->type};
            if (i + k > 0) brasa__text_add(out, ", ");
            put_value(arena, &item, out);
        }
    }
    brasa__text_add(out, ")");
}

static void put_prefixed(const char *prefix, const brasa_text *t, brasa_text *out)
{
    brasa__text_add(out, prefix);
    put_quoted(t->s, t->len, '\'', out);
}

static void put_value(brasa_arena *arena, const brasa_expr *e, brasa_text *out)
{
    brasa_text t;

    if (e->value.null) {
        brasa__text_add(out, e->type.kind == BRASA_KIND_NULL ? "NULL" : "CAST(NULL AS ");
        if (e->type.kind == BRASA_KIND_NULL) return;
        brasa__type_text(e->type, out);
        brasa__text_add(out, ")");
        return;
    }
    brasa__text_init(&t, arena);
    switch (e->type.kind) {
    case BRASA_KIND_NULL: brasa__text_add(out, "NULL"); return;
    case BRASA_KIND_BOOL: brasa__text_add(out, e->value.u.b ? "true" : "false"); return;
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64:
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
    case BRASA_KIND_DECIMAL:
        brasa__value_text(&e->value, &t);
        put_number(e, t.s, t.len, out);
        return;
    case BRASA_KIND_DATE:
        brasa__value_text(&e->value, &t);
        put_prefixed("DATE ", &t, out);
        return;
    case BRASA_KIND_TIMESTAMP:
        brasa__value_text(&e->value, &t);
        put_prefixed("TIMESTAMP ", &t, out);
        return;
    case BRASA_KIND_TIMESTAMP_NTZ:
        brasa__value_text(&e->value, &t);
        put_prefixed("TIMESTAMP_NTZ ", &t, out);
        return;
    case BRASA_KIND_TIME:
        brasa__value_text(&e->value, &t);
        put_prefixed("TIME ", &t, out);
        return;
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT: brasa__value_text(&e->value, out); return;
    case BRASA_KIND_INTERVAL:
        brasa__text_addf(&t, "%d months %d days %lld microseconds", e->value.u.interval.months, e->value.u.interval.days,
                         (long long)e->value.u.interval.us);
        put_prefixed("INTERVAL ", &t, out);
        return;
    case BRASA_KIND_STRING: put_quoted(e->value.u.s.p, e->value.u.s.n, '\'', out); return;
    case BRASA_KIND_BINARY:
        brasa__text_add(out, "X'");
        for (size_t i = 0; i < e->value.u.s.n; i++) brasa__text_addf(out, "%02X", (unsigned char)e->value.u.s.p[i]);
        brasa__text_add(out, "'");
        return;
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR: put_items(arena, e, "array(", out); return;
    case BRASA_KIND_STRUCT: put_items(arena, e, "struct(", out); return;
    case BRASA_KIND_MAP: put_entries(arena, e, out); return;
    case BRASA_KIND_COUNT: break;
    }
    assert(false && "no such kind");
}

static void put_call(const brasa_expr *e, brasa_text *out)
{
    const op_text *op = find_infix(e);

    if (e->extra) {
        brasa__lambda_text(e, out);
        return;
    }
    if (op) {
        for (int32_t i = 0; i < e->nargs; i++) {
            if (i) brasa__text_add(out, op->text);
            put(e->args[i], i || op->prec == P_CMP || op->prec == P_IN ? op->prec + 1 : op->prec, out);
        }
        return;
    }
    if (is_call(e, "not", 1)) {
        brasa__text_add(out, "NOT ");
        put(e->args[0], P_NOT, out);
    } else if (is_call(e, "isnull", 1) || is_call(e, "isnotnull", 1)) {
        put(e->args[0], P_CMP, out);
        brasa__text_add(out, e->name[2] == 'n' && e->name[3] == 'u' ? " IS NULL" : " IS NOT NULL");
    } else if (is_call(e, "negative", 1) || is_call(e, "~", 1)) {
        brasa__text_add(out, e->name[0] == '~' ? "~" : "-");
        put(e->args[0], P_ATOM, out);
    } else if (brasa__is_lambda(e)) {
        brasa__lambda_unbound_text(e, out);
    } else if (is_call(e, "__variable", 1)) {
        brasa__text_add(out, e->args[0]->value.u.s.p);
    } else {
        /* words of the grammar that the scanner lets name functions */
        if (strcmp(e->name, "array") == 0 || strcmp(e->name, "exists") == 0)
            brasa__text_add(out, e->name);
        else
            put_name(e->name, out);
        brasa__text_add(out, "(");
        put_list(e->args, e->nargs, out);
        brasa__text_add(out, ")");
    }
}

static void put_case(const brasa_expr *e, brasa_text *out)
{
    brasa__text_add(out, "CASE");
    for (int32_t i = 0; i + 1 < e->nargs; i += 2) {
        brasa__text_add(out, " WHEN ");
        brasa__expr_text(e->args[i], out);
        brasa__text_add(out, " THEN ");
        brasa__expr_text(e->args[i + 1], out);
    }
    if (e->nargs & 1) {
        brasa__text_add(out, " ELSE ");
        brasa__expr_text(e->args[e->nargs - 1], out);
    }
    brasa__text_add(out, " END");
}

static void put_orders(const brasa_expr *e, brasa_text *out)
{
    brasa__text_add(out, " ORDER BY ");
    for (int32_t i = 0; i < e->norder; i++) {
        const brasa_order *o = &e->order[i];
        if (i) brasa__text_add(out, ", ");
        brasa__expr_text(o->expr, out);
        if (o->desc) brasa__text_add(out, " DESC");
        if (o->nulls_last != o->desc) brasa__text_add(out, o->nulls_last ? " NULLS LAST" : " NULLS FIRST");
    }
}

static void put_aggregate(const brasa_expr *e, brasa_text *out)
{
    put_name(e->name, out);
    brasa__text_add(out, e->distinct ? "(DISTINCT " : "(");
    if (e->nargs == 0 && strcmp(e->name, "count") == 0) brasa__text_add(out, "*");
    put_list(e->args, e->nargs, out);
    if (e->norder > 0) put_orders(e, out);
    brasa__text_add(out, ")");
    if (e->filter) {
        brasa__text_add(out, " FILTER (WHERE ");
        brasa__expr_text(e->filter, out);
        brasa__text_add(out, ")");
    }
}

static void put_in(const brasa_expr *e, brasa_text *out)
{
    put(e->args[0], P_OP, out);
    brasa__text_add(out, e->negated ? " NOT IN (" : " IN (");
    put_list(e->args + 1, e->nargs - 1, out);
    brasa__text_add(out, ")");
}

void brasa__expr_text(const brasa_expr *e, brasa_text *out)
{
    switch (e->kind) {
    case BRASA_EXPR_COLUMN:
        if (e->qualifier) put_name(e->qualifier, out), brasa__text_add(out, ".");
        put_name(e->name, out);
        return;
    case BRASA_EXPR_STAR:
        if (e->qualifier) put_name(e->qualifier, out), brasa__text_add(out, ".");
        brasa__text_add(out, "*");
        return;
    case BRASA_EXPR_ALIAS:
        brasa__expr_text(e->args[0], out);
        brasa__text_add(out, " AS ");
        put_name(e->name, out);
        return;
    case BRASA_EXPR_PARAM: brasa__text_addf(out, "$%d", e->index + 1); return;
    case BRASA_EXPR_REF:
        if (e->name)
            put_name(e->name, out);
        else
            brasa__text_addf(out, "#%d", e->index);
        return;
    case BRASA_EXPR_LITERAL: put_value(out->arena, e, out); return;
    case BRASA_EXPR_CALL: put_call(e, out); return;
    case BRASA_EXPR_CAST:
        brasa__text_add(out, e->try_cast ? "TRY_CAST(" : "CAST(");
        brasa__expr_text(e->args[0], out);
        brasa__text_add(out, " AS ");
        brasa__type_text(e->type, out);
        brasa__text_add(out, ")");
        return;
    case BRASA_EXPR_CASE: put_case(e, out); return;
    case BRASA_EXPR_IN: put_in(e, out); return;
    case BRASA_EXPR_AGGREGATE: put_aggregate(e, out); return;
    case BRASA_EXPR_WINDOW:
        if (e->nargs > 0) brasa__expr_text(e->args[0], out);
        brasa__text_add(out, " OVER (...)"); /* what stands in it is known to the plan alone */
        return;
    case BRASA_EXPR_SUBQUERY: brasa__text_add(out, "(subquery)"); return;
    case BRASA_EXPR_COUNT: break;
    }
    assert(false && "no such kind");
}

const char *brasa__expr_output_name(brasa_arena *arena, const brasa_expr *e)
{
    brasa_text t;

    if (e->kind == BRASA_EXPR_ALIAS || e->kind == BRASA_EXPR_COLUMN || (e->kind == BRASA_EXPR_REF && e->name)) return e->name;
    brasa__text_init(&t, arena);
    brasa__expr_text(e, &t);
    return t.s;
}
