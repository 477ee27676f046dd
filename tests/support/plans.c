/* plans.c -- a small expression language, described tables, nodes from text. */
#include "plans.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"
#include "plan/explain.h"
#include "storage/csv.h"
#include "unit.h"

void plans_init(plans *p, brasa_arena *arena)
{
    *p = (plans) {.next_id = 1};
    brasa__error_clear(&p->err);
    p->b = (brasa_builder) {.arena = arena, .next_id = &p->next_id, .file = "test.c", .line = 1};
}

/* ---- tables ---- */

/* What a CSV file of `nparts` equal partitions would have been opened as: enough to be sent. */
static brasa_csv_layout *plans_layout(brasa_arena *arena, int32_t ncols, int32_t nparts)
{
    brasa_csv_layout *l = BRASA_NEW(arena, brasa_csv_layout);
    int32_t          *field = BRASA_NEWS(arena, int32_t, ncols + 1);

    for (int32_t i = 0; i < ncols; i++) field[i] = i;
    l->field = field;
    l->nfields = ncols;
    l->dialect.delimiter = ',';
    l->dialect.quote = '"';
    l->record_bytes = 100;
    l->files.items = BRASA_NEW(arena, brasa_text_file);
    l->files.count = 1;
    l->files.partition_bytes = 1 << 20;
    l->files.items->path = "table.csv";
    l->files.items->bytes = (int64_t)nparts << 20;
    return l;
}

brasa_table *plans_table(plans *p, const char *schema, int64_t rows, int32_t nparts)
{
    brasa_table *t = BRASA_NEW(p->b.arena, brasa_table);

    assert_ok(brasa__schema_parse(p->b.arena, schema, &t->schema, &p->err), p->err);
    t->format = BRASA_FORMAT_CSV;
    t->uri = "table.csv";
    t->rows = rows;
    t->rows_estimate = (double)rows;
    t->nparts = nparts;
    t->layout = plans_layout(p->b.arena, t->schema.ncols, nparts);
    t->stats = BRASA_NEWS(p->b.arena, brasa_column_stats, t->schema.ncols + 1);
    return t;
}

void plans_stats(brasa_table *t, const char *column, double distinct, int64_t min, int64_t max)
{
    bool                ambiguous;
    int32_t             i = brasa__schema_find(t->schema, column, &ambiguous);
    brasa_column_stats *s = &t->stats[i];

    assert_true(i >= 0);
    s->known = true;
    s->distinct = distinct;
    s->has_range = min <= max;
    s->min = (brasa_value) {.type = t->schema.cols[i].type, .u.i = min};
    s->max = (brasa_value) {.type = t->schema.cols[i].type, .u.i = max};
}

/* ---- text ---- */

typedef struct reader {
    plans      *p;
    const char *s;
} reader;

static void blanks(reader *r)
{
    while (isspace((unsigned char)*r->s)) r->s++;
}

static bool sign(reader *r, const char *text)
{
    blanks(r);
    if (strncmp(r->s, text, strlen(text)) != 0) return false;
    r->s += strlen(text);
    return true;
}

static bool word(reader *r, const char *text)
{
    size_t n = strlen(text);

    blanks(r);
    if (strncasecmp(r->s, text, n) != 0 || isalnum((unsigned char)r->s[n]) || r->s[n] == '_') return false;
    r->s += n;
    return true;
}

static char *name(reader *r)
{
    blanks(r);
    const char *from = r->s;
    while (isalnum((unsigned char)*r->s) || *r->s == '_') r->s++;
    assert_true(r->s > from);
    return brasa__arena_strndup(r->p->b.arena, from, (size_t)(r->s - from));
}

static const brasa_expr *expr(reader *r);

static const brasa_expr *literal(reader *r, brasa_value v)
{
    return brasa__expr_literal(r->p->b.arena, &v);
}

static const brasa_expr *number(reader *r)
{
    const char *from = r->s;
    bool        point = false;

    while (isdigit((unsigned char)*r->s) || *r->s == '.') point |= *r->s++ == '.';
    char *text = brasa__arena_strndup(r->p->b.arena, from, (size_t)(r->s - from));
    if (point) return literal(r, brasa_value_decimal(text));
    int64_t v = strtoll(text, NULL, 10);
    return literal(r, v == (int32_t)v ? brasa_value_i32((int32_t)v) : brasa_value_i64(v));
}

static char *quoted(reader *r)
{
    assert_true(sign(r, "'"));
    const char *from = r->s;
    while (*r->s && *r->s != '\'') r->s++;
    char *text = brasa__arena_strndup(r->p->b.arena, from, (size_t)(r->s - from));
    assert_true(sign(r, "'"));
    return text;
}

static const brasa_expr *call(reader *r, const char *fn)
{
    const brasa_expr *args[8];
    int32_t           n = 0;
    bool              distinct = word(r, "distinct");

    if (sign(r, "*"))
        assert_true(sign(r, ")"));
    else if (!sign(r, ")")) {
        do args[n++] = expr(r);
        while (sign(r, ","));
        assert_true(sign(r, ")"));
    }
    brasa_expr *e = brasa__expr_call(r->p->b.arena, fn, args, n);
    if (distinct) e->kind = BRASA_EXPR_AGGREGATE, e->distinct = true;
    return e;
}

static const brasa_expr *primary(reader *r)
{
    blanks(r);
    if (isdigit((unsigned char)*r->s)) return number(r);
    if (*r->s == '\'') return literal(r, brasa_value_string(quoted(r)));
    if (sign(r, "(")) {
        const brasa_expr *e = expr(r);
        assert_true(sign(r, ")"));
        return e;
    }
    if (sign(r, "*")) return brasa__expr_new(r->p->b.arena, BRASA_EXPR_STAR);
    if (word(r, "true")) return literal(r, brasa_value_bool(true));
    if (word(r, "false")) return literal(r, brasa_value_bool(false));
    if (word(r, "null")) return literal(r, brasa_value_null());
    if (word(r, "date")) {
        int32_t days;
        char   *text = quoted(r);
        assert_true(brasa__parse_date(text, strlen(text), &days));
        return literal(r, (brasa_value) {.type = brasa__type(BRASA_KIND_DATE), .u.i = days});
    }
    char *first = name(r);
    if (sign(r, "(")) return call(r, first);
    if (*r->s != '.') return brasa__expr_column(r->p->b.arena, NULL, first);
    r->s++;
    return brasa__expr_column(r->p->b.arena, first, name(r));
}

static const brasa_expr *binary(reader *r, const char *op, const brasa_expr *a, const brasa_expr *b)
{
    return brasa__expr_call2(r->p->b.arena, op, a, b);
}

static const brasa_expr *product(reader *r)
{
    const brasa_expr *e = primary(r);

    for (;;) {
        if (sign(r, "*"))
            e = binary(r, "*", e, primary(r));
        else if (sign(r, "/"))
            e = binary(r, "/", e, primary(r));
        else if (sign(r, "%"))
            e = binary(r, "%", e, primary(r));
        else
            return e;
    }
}

static const brasa_expr *sum(reader *r)
{
    const brasa_expr *e = product(r);

    for (;;) {
        if (sign(r, "+"))
            e = binary(r, "+", e, product(r));
        else if (sign(r, "-"))
            e = binary(r, "-", e, product(r));
        else if (sign(r, "||"))
            e = binary(r, "||", e, product(r));
        else
            return e;
    }
}

static const brasa_expr *negate(reader *r, bool negated, const brasa_expr *e)
{
    return negated ? brasa__expr_call1(r->p->b.arena, "not", e) : e;
}

static const brasa_expr *in_list(reader *r, const brasa_expr *e, bool negated)
{
    const brasa_expr *args[32] = {e};
    brasa_expr       *in = brasa__expr_new(r->p->b.arena, BRASA_EXPR_IN);

    assert_true(sign(r, "("));
    in->nargs = 1;
    do args[in->nargs++] = expr(r);
    while (sign(r, ","));
    assert_true(sign(r, ")"));
    in->args = brasa__arena_copy(r->p->b.arena, args, sizeof *args * (size_t)in->nargs);
    in->negated = negated;
    return in;
}

static const brasa_expr *comparison(reader *r)
{
    static const char *const OPS[] = {"<=>", "<=", ">=", "<>", "=", "<", ">"};
    const brasa_expr        *e = sum(r);

    if (word(r, "is")) {
        bool negated = word(r, "not");
        assert_true(word(r, "null"));
        return brasa__expr_call1(r->p->b.arena, negated ? "isnotnull" : "isnull", e);
    }
    bool negated = word(r, "not");
    if (word(r, "in")) return in_list(r, e, negated);
    if (word(r, "like")) return negate(r, negated, binary(r, "like", e, sum(r)));
    for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++) {
        if (sign(r, OPS[i])) return binary(r, OPS[i], e, sum(r));
    }
    return e;
}

static const brasa_expr *negation(reader *r)
{
    return word(r, "not") ? brasa__expr_call1(r->p->b.arena, "not", negation(r)) : comparison(r);
}

static const brasa_expr *conjunction(reader *r)
{
    const brasa_expr *e = negation(r);

    while (word(r, "and")) e = binary(r, "and", e, negation(r));
    return e;
}

static const brasa_expr *expr(reader *r)
{
    const brasa_expr *e = conjunction(r);

    while (word(r, "or")) e = binary(r, "or", e, conjunction(r));
    if (word(r, "as")) e = brasa__expr_alias(r->p->b.arena, e, name(r));
    return e;
}

const brasa_expr *plans_expr(plans *p, const char *text)
{
    reader            r = {p, text};
    const brasa_expr *e = expr(&r);

    blanks(&r);
    if (*r.s) fail_msg("'%s' does not parse at '%s'", text, r.s);
    return e;
}

const brasa_expr **plans_list(plans *p, const char *text, int32_t *n)
{
    reader             r = {p, text ? text : ""};
    const brasa_expr **list = BRASA_NEWS(p->b.arena, const brasa_expr *, strlen(r.s) + 1);

    *n = 0;
    blanks(&r);
    if (*r.s == '\0') return list;
    do list[(*n)++] = expr(&r);
    while (sign(&r, ","));
    if (*r.s) fail_msg("'%s' does not parse at '%s'", text, r.s);
    return list;
}

const brasa_order *plans_order(plans *p, const char *text, int32_t *n)
{
    reader       r = {p, text ? text : ""};
    brasa_order *list = BRASA_NEWS(p->b.arena, brasa_order, strlen(r.s) + 1);

    *n = 0;
    blanks(&r);
    if (*r.s == '\0') return list;
    do {
        brasa_order *o = &list[(*n)++];
        o->expr = expr(&r);
        o->desc = word(&r, "desc");
        o->nulls_last = o->desc;
        if (!word(&r, "nulls")) continue;
        o->nulls_last = word(&r, "last");
        if (!o->nulls_last) assert_true(word(&r, "first"));
    } while (sign(&r, ","));
    return list;
}

/* ---- nodes ---- */

const brasa_node *plans_scan(plans *p, const brasa_table *t, const char *as)
{
    const brasa_node *n;

    assert_ok(brasa__plan_scan(&p->b, t, as, &n, &p->err), p->err);
    return n;
}

const brasa_node *plans_filter(plans *p, const brasa_node *in, const char *test)
{
    assert_ok(brasa__plan_filter(&p->b, in, plans_expr(p, test), &in, &p->err), p->err);
    return in;
}

const brasa_node *plans_project(plans *p, const brasa_node *in, const char *list)
{
    int32_t            n;
    const brasa_expr **exprs = plans_list(p, list, &n);

    assert_ok(brasa__plan_project(&p->b, in, exprs, n, &in, &p->err), p->err);
    return in;
}

const brasa_node *plans_alias(plans *p, const brasa_node *in, const char *as)
{
    assert_ok(brasa__plan_alias(&p->b, in, as, NULL, 0, &in, &p->err), p->err);
    return in;
}

const brasa_node *plans_join(plans *p, const brasa_node *l, const brasa_node *r, brasa_join_type type, const char *on)
{
    brasa_join_spec spec = {.type = type, .on = on ? plans_expr(p, on) : NULL};

    assert_ok(brasa__plan_join(&p->b, l, r, &spec, &l, &p->err), p->err);
    return l;
}

const brasa_node *plans_group(plans *p, const brasa_node *in, const char *keys, const char *exprs)
{
    brasa_aggregate_spec spec = {.nkeys = 0};

    spec.keys = plans_list(p, keys, &spec.nkeys);
    spec.exprs = plans_list(p, exprs, &spec.nexprs);
    assert_ok(brasa__plan_aggregate(&p->b, in, &spec, &in, &p->err), p->err);
    return in;
}

const brasa_node *plans_sort(plans *p, const brasa_node *in, const char *order)
{
    int32_t            n;
    const brasa_order *keys = plans_order(p, order, &n);

    assert_ok(brasa__plan_sort(&p->b, in, keys, n, &in, &p->err), p->err);
    return in;
}

const brasa_node *plans_limit(plans *p, const brasa_node *in, int64_t limit, int64_t offset)
{
    assert_ok(brasa__plan_limit(&p->b, in, limit, offset, &in, &p->err), p->err);
    return in;
}

const brasa_node *plans_set(plans *p, brasa_set_op op, bool all, const brasa_node *a, const brasa_node *b)
{
    const brasa_node *inputs[] = {a, b};

    assert_ok(brasa__plan_set(&p->b, op, all, inputs, 2, &a, &p->err), p->err);
    return a;
}

const brasa_node *plans_window(plans *p, const brasa_node *in, const char *text, const char *keys, const char *order, const char *as)
{
    brasa_window_spec *spec = BRASA_NEW(p->b.arena, brasa_window_spec);
    brasa_expr        *w = brasa__expr_new(p->b.arena, BRASA_EXPR_WINDOW);
    const brasa_expr  *of = plans_expr(p, text);

    spec->keys = plans_list(p, keys, &spec->nkeys);
    spec->order = plans_order(p, order, &spec->norder);
    w->name = of->name;
    w->nargs = 1;
    w->args = brasa__arena_copy(p->b.arena, &of, sizeof of);
    w->extra = spec;
    const brasa_expr *list = brasa__expr_alias(p->b.arena, w, as);
    assert_ok(brasa__plan_window(&p->b, in, &list, 1, &in, &p->err), p->err);
    return in;
}

const char *plans_text(plans *p, const brasa_node *n)
{
    brasa_text out;

    brasa__text_init(&out, p->b.arena);
    brasa__plan_explain(n, 0, NULL, NULL, &out);
    return out.s;
}
