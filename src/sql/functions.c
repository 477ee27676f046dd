/* sql/functions.c -- functions that stand in FROM: range, explode and unnest; any other gives one row.  (read_*: read.c.) */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "sql/binder.h"
#include "sql/shorthand.h"

static bool is_name(const brasa_from *f, const char *name)
{
    return strcasecmp(f->call->name, name) == 0;
}

static brasa_status int_arg(sql_binder *x, const brasa_expr *e, int64_t *out, bool *none)
{
    brasa_value v;

    BRASA_TRY(sql_constant(x, e, brasa__type(BRASA_KIND_INT64), &v));
    *none = *none || v.null;
    *out = v.null ? 1 : v.u.i;
    return BRASA_OK;
}

/* range(end), range(start, end[, step[, partitions]]); generate_series includes its end. */
static brasa_status range(sql_binder *x, const brasa_from *f, bool inclusive, const brasa_node **out)
{
    const brasa_expr *e = f->call;
    int64_t           v[4] = {0, 0, 1, 0};
    bool              none = false;

    if (e->nargs < 1 || e->nargs > 4)
        return sql_fail(x, e->pos, BRASA_TYPE, "%s takes 1 to 4 numbers: [start,] end [, step [, partitions]]", e->name);
    for (int32_t i = 0; i < e->nargs; i++) BRASA_TRY(int_arg(x, e->args[i], &v[e->nargs == 1 ? 1 : i], &none));
    if (none) v[0] = 1, v[1] = inclusive ? 0 : 1; /* of NULL nothing */
    if (inclusive && v[2] > 0 && v[1] < INT64_MAX) v[1]++;
    if (inclusive && v[2] < 0 && v[1] > INT64_MIN) v[1]--;
    if (v[2] == 0) return sql_fail(x, e->pos, BRASA_INVALID, "%s with step 0 has no end", e->name);
    if (v[3] < 0 || v[3] > 1 << 20) return sql_fail(x, e->pos, BRASA_INVALID, "%s in %lld partitions", e->name, (long long)v[3]);
    return brasa__plan_range(x->b, v[0], v[1], v[2], (int32_t)v[3], inclusive ? "generate_series" : "id", out, x->err);
}

/* range(a, b) as a list leaves b out: sequence(a, b - 1), nothing where b is not above a. */
static const brasa_expr *range_list(sql_binder *x, const brasa_expr *call)
{
    const brasa_expr *step = call->nargs > 2 ? call->args[2] : NULL;
    bool        down = step != NULL && step->kind == BRASA_EXPR_LITERAL && brasa__type_is_integer(step->value.type) && step->value.u.i < 0;
    brasa_value zero = brasa_value_i64(0), one = brasa_value_i64(down ? -1 : 1), null = brasa_value_null();
    const brasa_expr *from = call->nargs > 1 ? call->args[0] : brasa__expr_literal(x->arena, &zero);
    const brasa_expr *to = call->args[call->nargs > 1 ? 1 : 0], *args[3], *parts[5];
    brasa_expr       *choice = brasa__expr_new(x->arena, BRASA_EXPR_CASE);

    args[0] = brasa__expr_cast(x->arena, from, brasa__type(BRASA_KIND_INT64), false);
    args[1] = brasa__expr_call2(x->arena, "-", to, brasa__expr_literal(x->arena, &one));
    if (call->nargs > 2) args[2] = call->args[2];
    parts[0] = brasa__expr_call2(x->arena, down ? "<" : ">", to, from);
    parts[1] = brasa__expr_call(x->arena, "sequence", args, call->nargs > 2 ? 3 : 2);
    parts[2] = brasa__expr_call2(x->arena, down ? ">=" : "<=", to, from);
    parts[3] = brasa__expr_call(x->arena, "array", NULL, 0);
    parts[4] = brasa__expr_literal(x->arena, &null);
    choice->args = brasa__arena_copy(x->arena, parts, sizeof parts);
    choice->nargs = 5;
    choice->pos = call->pos;
    return choice;
}

/* Numbers, dates or moments from a to b, which sequence would also count down; `below`: without b. */
static brasa_status series_list(sql_binder *x, const brasa_expr *call, bool below, const brasa_expr **out)
{
    static const char *const params[] = {"a", "b", "s"};
#define NONE "filter(array(a), __e -> false)"
    const char *text =
        call->nargs == 2 ? "CASE WHEN a <= b THEN sequence(a, b) WHEN a > b THEN " NONE " END"
        : below ? "CASE WHEN (a < b) = (a + s > a) THEN filter(sequence(a, b, s), __e -> __e <> b) WHEN a IS NOT NULL THEN " NONE " END"
                : "CASE WHEN a = b OR (a < b) = (a + s > a) THEN sequence(a, b, s) WHEN a <> b THEN " NONE " END";
#undef NONE

    return brasa__sql_with_arguments(x->arena, text, params, call->args, call->nargs, out, x->err);
}

static bool is_number(const brasa_expr *e)
{
    if (e->kind == BRASA_EXPR_CALL && strcmp(e->name, "negative") == 0) return is_number(e->args[0]);
    return e->kind == BRASA_EXPR_LITERAL && brasa__type_is_numeric(e->value.type);
}

brasa_status sql_series(sql_binder *x, const brasa_expr *call, const brasa_expr **out)
{
    bool below = strcmp(call->name, "range") == 0;

    *out = call;
    if (below && call->nargs >= 1 && (call->nargs <= 2 || (call->nargs == 3 && is_number(call->args[2])))) {
        *out = range_list(x, call);
    } else if ((below && call->nargs == 3) || (strcmp(call->name, "generate_series") == 0 && (call->nargs == 2 || call->nargs == 3))) {
        return series_list(x, call, below, out);
    }
    return BRASA_OK;
}

static bool look(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    *found = *found || e->kind == BRASA_EXPR_COLUMN || e->kind == BRASA_EXPR_SUBQUERY;
    return !*found;
}

/* range(a, b, s) over moments, or over columns of tables before it: a list that is exploded. */
static brasa_status is_list(sql_binder *x, const brasa_expr *call, bool *list)
{
    const brasa_expr *first;
    sql_scope         none = {0};

    *list = false;
    for (int32_t i = 0; i < call->nargs; i++) brasa__expr_walk(call->args[i], look, list);
    if (*list || call->nargs != 3) return BRASA_OK;
    BRASA_TRY(sql_resolve(x, &none, NULL, call->args[0], &first));
    BRASA_TRY(sql_type(x, first, false, &first));
    *list = first->type.kind == BRASA_KIND_DATE || first->type.kind == BRASA_KIND_TIMESTAMP || first->type.kind == BRASA_KIND_TIMESTAMP_NTZ;
    return BRASA_OK;
}

static brasa_status explode(sql_binder *x, const brasa_from *f, sql_scope *siblings, const brasa_node **out, bool *on_siblings);

static brasa_status exploded_range(sql_binder *x, const brasa_from *f, sql_scope *siblings, const brasa_node **out, bool *on_siblings)
{
    brasa_from        copy = *f;
    const brasa_expr *list;

    BRASA_TRY(sql_series(x, f->call, &list));
    brasa_expr *call = brasa__expr_call(x->arena, "explode", &list, 1);
    call->pos = f->call->pos;
    copy.call = call;
    if (copy.alias == NULL) copy.alias = strcmp(f->call->name, "range") == 0 ? "id" : f->call->name;
    return explode(x, &copy, siblings, out, on_siblings);
}

/* ---- lists to rows ---- */

static brasa_status explode(sql_binder *x, const brasa_from *f, sql_scope *siblings, const brasa_node **out, bool *on_siblings)
{
    sql_scope         none = {.outer = siblings};
    sql_scope        *s = siblings;
    const brasa_expr *list;
    sql_generated     g;
    bool              single = f->alias != NULL && f->ncolumns == 0 && strncasecmp(f->call->name, "pos", 3) != 0;

    if (s == NULL || s->node == NULL) {
        none.outer = s == NULL ? NULL : s->outer;
        BRASA_TRY(sql_one_row(x, &none.node));
        s = &none;
    }
    BRASA_TRY(sql_generator_list(x, f->call, &list));
    BRASA_TRY(sql_resolve(x, s, NULL, list, &list));
    *on_siblings = s == siblings && !brasa__refs_within(list, 0, 0);
    if (!*on_siblings && s == siblings) BRASA_TRY(sql_one_row(x, &none.node));
    const brasa_node *in = *on_siblings ? s->node : none.node;
    BRASA_TRY(sql_generate(x, f->call, list, single ? f->alias : NULL, in, &g));
    *out = g.node;
    if (*on_siblings && !g.expand) return BRASA_OK;
    /* the fields in place of their struct; without the row that it stands on */
    int32_t            keep = *on_siblings ? in->schema.ncols : 0, n = keep + g.n;
    const brasa_expr **exprs = BRASA_NEWS(x->arena, const brasa_expr *, n + 1);
    const char       **names = BRASA_NEWS(x->arena, const char *, n + 1);
    for (int32_t i = 0; i < keep; i++) exprs[i] = brasa__node_ref(x->arena, g.node, i), names[i] = in->schema.cols[i].name;
    for (int32_t i = 0; i < g.n; i++) exprs[keep + i] = g.exprs[i], names[keep + i] = g.names[i];
    *out = sql_done(x, brasa__make_project(x->arena, NULL, g.node, exprs, names, n));
    return BRASA_OK;
}

static brasa_status one_value(sql_binder *x, const brasa_from *f, sql_scope *siblings, const brasa_node **out)
{
    sql_scope         one = {.outer = siblings};
    const brasa_expr *e;

    BRASA_TRY(sql_one_row(x, &one.node));
    BRASA_TRY(sql_resolve(x, &one, NULL, f->call, &e));
    BRASA_TRY(sql_attach(x, &one, e, &e));
    BRASA_TRY(sql_type(x, e, false, &e));
    e = brasa__expr_alias(x->arena, e, f->alias != NULL ? f->alias : f->call->kind == BRASA_EXPR_CALL ? f->call->name : "col1");
    return brasa__plan_project(x->b, one.node, &e, 1, out, x->err);
}

/* WITH ORDINALITY: rows numbered from 1. */
static brasa_status number_rows(sql_binder *x, const brasa_node *in, const brasa_node **out)
{
    const brasa_expr *number = brasa__expr_call(x->arena, "row_number", NULL, 0), *list[2];
    brasa_expr       *e = brasa__expr_new(x->arena, BRASA_EXPR_WINDOW), *star = brasa__expr_new(x->arena, BRASA_EXPR_STAR);

    e->args = brasa__arena_copy(x->arena, &number, sizeof number);
    e->nargs = 1;
    e->extra = BRASA_NEW(x->arena, brasa_window_spec);
    list[0] = star;
    list[1] = brasa__expr_alias(x->arena, e, "ordinality");
    return brasa__plan_project(x->b, in, list, 2, out, x->err);
}

/* duckdb_tables(), pragma_table_info('t'): the catalogue's. */
static brasa_status catalogue_rows(sql_binder *x, const brasa_from *f, const brasa_node **out, bool *done)
{
    const brasa_expr *call = f->call;
    const char       *near = NULL, *of = "";
    brasa_value       v;

    if (call->nargs > 1 || x->catalog->table == NULL) return BRASA_OK;
    if (strncasecmp(call->name, "duckdb_", 7) != 0 && strncasecmp(call->name, "pragma_", 7) != 0) return BRASA_OK;
    if (call->nargs == 1) {
        BRASA_TRY(sql_constant(x, call->args[0], brasa__type(BRASA_KIND_STRING), &v));
        of = v.null ? "" : brasa__arena_strndup(x->arena, v.u.s.p, v.u.s.n);
    }
    BRASA_TRY(x->catalog->table(x->catalog->arg, brasa__arena_printf(x->arena, "%s(%s)", call->name, of), out, &near, x->err));
    *done = *out != NULL;
    return BRASA_OK;
}

brasa_status sql_function(sql_binder *x, const brasa_from *f, sql_scope *siblings, const brasa_node **out, bool *on_siblings)
{
    bool done = false;

    *on_siblings = false;
    if (f->call->kind != BRASA_EXPR_CALL) return one_value(x, f, siblings, out);
    BRASA_TRY(sql_read_files(x, f, out, &done));
    if (done) return BRASA_OK;
    if (sql_is_generator(f->call)) {
        BRASA_TRY(explode(x, f, siblings, out, on_siblings));
        done = true;
    }
    bool counts = !done && (is_name(f, "range") || is_name(f, "generate_series")), list = false;
    if (counts) BRASA_TRY(is_list(x, f->call, &list));
    if (list) {
        BRASA_TRY(exploded_range(x, f, siblings, out, on_siblings));
        done = true;
    } else if (counts) {
        BRASA_TRY(range(x, f, is_name(f, "generate_series"), out));
        if (f->alias != NULL && f->ncolumns == 0 && is_name(f, "generate_series"))
            BRASA_TRY(sql_rename(x, *out, &f->alias, 1, f->alias, f->pos, out));
        done = true;
    }
    if (!done) BRASA_TRY(catalogue_rows(x, f, out, &done));
    if (!done) BRASA_TRY(one_value(x, f, siblings, out));
    return f->ordinality && !*on_siblings ? number_rows(x, *out, out) : BRASA_OK;
}
