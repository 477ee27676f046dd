/* sql/call_from_pg.c -- operators, functions, aggregates, windows. */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "expr/agg.h"
#include "expr/func_map.h"
#include "expr/function.h"
#include "expr/lambda.h"
#include "expr/udf.h"
#include "plan/build.h"
#include "sql/from_pg.h"

/* ---- functions ---- */

/* The standard's own syntax (EXTRACT(x FROM y), TRIM(...), POSITION(a IN b), AT TIME ZONE) comes as calls in pg_catalog. */
static const char *sql_syntax_name(const char *name)
{
    static const char *const names[][2] = {{"extract", "date_part"}, {"btrim", "trim"}, {"position", "instr"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i][0]) == 0) return names[i][1];
    }
    return name;
}

enum { /* PostgreSQL's frame options (nodes/parsenodes.h) */
       FRAME_NONDEFAULT = 0x1,
       FRAME_RANGE = 0x2,
       FRAME_ROWS = 0x4,
       FRAME_GROUPS = 0x8,
       FRAME_START_UNBOUNDED_PRECEDING = 0x20,
       FRAME_END_UNBOUNDED_FOLLOWING = 0x100,
       FRAME_START_CURRENT_ROW = 0x200,
       FRAME_END_CURRENT_ROW = 0x400,
       FRAME_START_OFFSET_PRECEDING = 0x800,
       FRAME_END_OFFSET_PRECEDING = 0x1000,
       FRAME_START_OFFSET_FOLLOWING = 0x2000,
       FRAME_END_OFFSET_FOLLOWING = 0x4000,
       FRAME_EXCLUDE_CURRENT_ROW = 0x8000,
       FRAME_EXCLUDE_GROUP = 0x10000,
       FRAME_EXCLUDE_TIES = 0x20000
};

static brasa_status frame(brasa_pg *p, const PgQuery__WindowDef *w, brasa_window_frame *out)
{
    int32_t o = w->frame_options;

    out->unit = (o & FRAME_ROWS) != 0 ? BRASA_FRAME_ROWS : (o & FRAME_GROUPS) != 0 ? BRASA_FRAME_GROUPS : BRASA_FRAME_RANGE;
    out->start = (o & FRAME_START_OFFSET_PRECEDING) != 0   ? BRASA_BOUND_PRECEDING
                 : (o & FRAME_START_OFFSET_FOLLOWING) != 0 ? BRASA_BOUND_FOLLOWING
                 : (o & FRAME_START_CURRENT_ROW) != 0      ? BRASA_BOUND_CURRENT
                                                           : BRASA_BOUND_UNBOUNDED_PRECEDING;
    out->end = (o & FRAME_END_OFFSET_PRECEDING) != 0      ? BRASA_BOUND_PRECEDING
               : (o & FRAME_END_OFFSET_FOLLOWING) != 0    ? BRASA_BOUND_FOLLOWING
               : (o & FRAME_END_UNBOUNDED_FOLLOWING) != 0 ? BRASA_BOUND_UNBOUNDED_FOLLOWING
                                                          : BRASA_BOUND_CURRENT;
    out->exclude = (o & FRAME_EXCLUDE_CURRENT_ROW) != 0 ? BRASA_EXCLUDE_CURRENT
                   : (o & FRAME_EXCLUDE_GROUP) != 0     ? BRASA_EXCLUDE_GROUP
                   : (o & FRAME_EXCLUDE_TIES) != 0      ? BRASA_EXCLUDE_TIES
                                                        : BRASA_EXCLUDE_NONE;
    if (w->start_offset != NULL) BRASA_TRY(brasa__pg_expr(p, w->start_offset, &out->start_offset));
    if (w->end_offset != NULL) BRASA_TRY(brasa__pg_expr(p, w->end_offset, &out->end_offset));
    return BRASA_OK;
}

static brasa_status window_spec(brasa_pg *p, const PgQuery__WindowDef *w, int32_t depth, brasa_window_spec *out);

/* A window named in the WINDOW clause. */
static brasa_status named_window(brasa_pg *p, const PgQuery__WindowDef *w, const char *name, int32_t depth, brasa_window_spec *out)
{
    for (size_t i = 0; i < p->nwindows; i++) {
        const PgQuery__WindowDef *d = p->windows[i]->window_def;

        if (strcasecmp(d->name, name) == 0 && depth < 64) return window_spec(p, d, depth + 1, out);
    }
    return brasa__pg_fail(p, w->location, BRASA_NOT_FOUND, "there is no window '%s'; define it in WINDOW %s AS (...)", name, name);
}

/* `refname` gives a window to start from. */
static brasa_status window_spec(brasa_pg *p, const PgQuery__WindowDef *w, int32_t depth, brasa_window_spec *out)
{
    if (w->refname != NULL && w->refname[0] != '\0') BRASA_TRY(named_window(p, w, w->refname, depth, out));
    if (w->n_partition_clause > 0) {
        BRASA_TRY(brasa__pg_exprs(p, w->n_partition_clause, w->partition_clause, &out->keys));
        out->nkeys = (int32_t)w->n_partition_clause;
    }
    if (w->n_order_clause > 0) {
        BRASA_TRY(brasa__pg_order(p, w->n_order_clause, w->order_clause, &out->order));
        out->norder = (int32_t)w->n_order_clause;
    }
    if ((w->frame_options & FRAME_NONDEFAULT) == 0) return BRASA_OK;
    out->has_frame = true;
    return frame(p, w, &out->frame);
}

static brasa_status window(brasa_pg *p, const PgQuery__WindowDef *w, const brasa_expr *call, bool ignore_nulls, const brasa_expr **out)
{
    brasa_window_spec *spec = BRASA_NEW(p->arena, brasa_window_spec);
    brasa_expr        *e = brasa__expr_new(p->arena, BRASA_EXPR_WINDOW);

    if (w->name != NULL && w->name[0] != '\0') {
        BRASA_TRY(named_window(p, w, w->name, 0, spec));
    } else {
        BRASA_TRY(window_spec(p, w, 0, spec));
    }
    spec->ignore_nulls = ignore_nulls;
    e->args = brasa__arena_copy(p->arena, &call, sizeof call);
    e->nargs = 1;
    e->extra = spec;
    e->pos = call->pos;
    *out = e;
    return BRASA_OK;
}

/* The clauses that only aggregates take. */
static brasa_status aggregate(brasa_pg *p, const PgQuery__FuncCall *f, brasa_expr *e)
{
    e->kind = BRASA_EXPR_AGGREGATE;
    e->distinct = f->agg_distinct != 0;
    if (f->agg_filter != NULL) BRASA_TRY(brasa__pg_expr(p, f->agg_filter, &e->filter));
    if (f->n_agg_order > 0) {
        BRASA_TRY(brasa__pg_order(p, f->n_agg_order, f->agg_order, &e->order));
        e->norder = (int32_t)f->n_agg_order;
    }
    if (!f->agg_within_group) return BRASA_OK;
    /* percentile_cont(0.5) WITHIN GROUP (ORDER BY x) is percentile_cont(x, 0.5), descending by a third argument. */
    const brasa_expr **args = BRASA_NEWS(p->arena, const brasa_expr *, e->nargs + 3);
    brasa_value        desc = brasa_value_bool(true);

    args[0] = e->order[0].expr;
    for (int32_t i = 0; i < e->nargs; i++) args[i + 1] = e->args[i];
    if (strcmp(e->name, "string_agg") == 0 || strcmp(e->name, "listagg") == 0) return BRASA_OK;
    e->nargs++;
    if (e->order[0].desc && strcmp(e->name, "mode") == 0) args[e->nargs++] = brasa__expr_literal(p->arena, &desc); /* deterministic */
    if (e->order[0].desc) args[e->nargs++] = brasa__expr_literal(p->arena, &desc);
    e->args = args;
    e->norder = 0;
    e->order = NULL;
    return BRASA_OK;
}

static bool only_aggregates(const PgQuery__FuncCall *f)
{
    return f->agg_star || f->agg_distinct || f->agg_filter != NULL || f->n_agg_order > 0 || f->agg_within_group;
}

static brasa_status refuse_clauses(brasa_pg *p, const PgQuery__FuncCall *f, const char *name)
{
    return brasa__pg_fail(p, f->location, BRASA_INVALID, "%s is not an aggregate: DISTINCT, FILTER, ORDER BY and * are not for it", name);
}

/* try_cast(x AS t) is not in PostgreSQL's grammar; try_cast(x, 'type') and cast functions by type name are. */
static brasa_status cast_call(brasa_pg *p, const PgQuery__FuncCall *f, bool try_cast, const brasa_expr **out)
{
    const brasa_expr *const *args;
    brasa_type               t;
    brasa_expr              *e;

    BRASA_TRY(brasa__pg_exprs(p, f->n_args, f->args, &args));
    if (f->n_args != 2 || args[1]->kind != BRASA_EXPR_LITERAL || args[1]->value.type.kind != BRASA_KIND_STRING) {
        return brasa__pg_fail(p, f->location, BRASA_SYNTAX, "write try_cast(x AS type)");
    }
    BRASA_TRY(brasa__type_parse(p->arena, brasa__arena_strndup(p->arena, args[1]->value.u.s.p, args[1]->value.u.s.n), &t, p->err));
    e = brasa__expr_cast(p->arena, args[0], t, try_cast);
    e->pos = brasa__pg_pos(p, f->location);
    *out = e;
    return BRASA_OK;
}

/* variant_get(v, path, 'type'): what get_json_object finds, cast; lists, structs and maps are read by from_json. */
static brasa_status variant_get(brasa_pg *p, const PgQuery__FuncCall *f, const brasa_expr *const *args, bool try_cast,
                                const brasa_expr **out)
{
    brasa_type t;

    *out = brasa__pg_make(p, f->location, "get_json_object", args, 2);
    if (args[2]->kind != BRASA_EXPR_LITERAL || args[2]->value.type.kind != BRASA_KIND_STRING || args[2]->value.null)
        return brasa__pg_fail(p, f->location, BRASA_SYNTAX, "the type of variant_get is a text, as 'int'");
    BRASA_TRY(brasa__type_parse(p->arena, brasa__arena_strndup(p->arena, args[2]->value.u.s.p, args[2]->value.u.s.n), &t, p->err));
    if (brasa__type_is_nested(t)) {
        const brasa_expr *both[] = {*out, args[2]};
        *out = brasa__pg_make(p, f->location, "from_json", both, 2);
        return BRASA_OK;
    }
    brasa_expr *e = brasa__expr_cast(p->arena, *out, t, try_cast);
    e->pos = brasa__pg_pos(p, f->location);
    *out = e;
    return BRASA_OK;
}

static char *lower(brasa_arena *arena, const char *s)
{
    char *copy = brasa__arena_strdup(arena, s);

    for (char *c = copy; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c + 32);
    }
    return copy;
}

static bool takes_ignore_nulls(const char *name)
{
    static const char *const names[] = {"first", "last", "first_value", "last_value"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) return true;
    }
    return false;
}

/* The scanner writes x -> body so (lex_lambda.c). */
static brasa_status lambda(brasa_pg *p, const PgQuery__FuncCall *f, const brasa_expr *const *args, const brasa_expr **out)
{
    int32_t      n = (int32_t)f->n_args - 1;
    const char **names = BRASA_NEWS(p->arena, const char *, n + 1);

    for (int32_t i = 0; i < n; i++) {
        if (args[i]->kind != BRASA_EXPR_COLUMN || args[i]->qualifier != NULL)
            return brasa__pg_fail(p, f->location, BRASA_SYNTAX, "the parameters of a lambda are names");
        names[i] = args[i]->name;
    }
    brasa_expr *e = (brasa_expr *)(uintptr_t)brasa__lambda_make(p->arena, names, n, args[n]);
    e->pos = brasa__pg_pos(p, f->location);
    *out = e;
    return BRASA_OK;
}

/* double(x), date('2020-01-01'): a cast, when the name is that of a type and of no function. */
static bool type_call(brasa_pg *p, const PgQuery__FuncCall *f, const char *name, const brasa_expr *arg, const brasa_expr **out)
{
    brasa_type  t;
    brasa_error ignored;

    if (only_aggregates(f) || f->over != NULL || brasa__function_find(name) != NULL || strcmp(name, "interval") == 0) return false;
    if (strpbrk(name, " (<,") != NULL || brasa__type_parse(p->arena, name, &t, &ignored) != BRASA_OK) return false;
    brasa_expr *e = brasa__expr_cast(p->arena, arg, t, false);
    e->pos = brasa__pg_pos(p, f->location);
    *out = e;
    return true;
}

/* timestampadd(MONTH, n, t): the unit is a word, which looks like a column. */
static const brasa_expr *const *with_unit(brasa_pg *p, const char *name, const brasa_expr *const *args)
{
    static const char *const names[] = {"timestampadd", "timestampdiff", "timediff", "date_add", "dateadd", "datediff", "date_diff"};
    bool                     known = false;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) known = known || strcmp(names[i], name) == 0;
    if (!known || args[0]->kind != BRASA_EXPR_COLUMN || args[0]->qualifier != NULL) return args;
    const brasa_expr **copy = brasa__arena_copy(p->arena, args, 3 * sizeof *args);
    brasa_value        unit = brasa_value_string(args[0]->name);

    copy[0] = brasa__expr_literal(p->arena, &unit);
    return copy;
}

static const brasa_expr *const *with_pattern(brasa_pg *p, const char *name, const brasa_expr *const *args, int32_t n)
{
    const brasa_expr *pattern = brasa__pg_pattern(p, name, args[1]);

    if (pattern == args[1]) return args;
    const brasa_expr **copy = brasa__arena_copy(p->arena, args, (size_t)n * sizeof *args);
    copy[1] = pattern;
    return copy;
}

/* What a field is called when nobody says: as its column or field, else by number. */
static const brasa_expr *field_name(brasa_pg *p, const brasa_expr *e, int32_t i)
{
    brasa_value v = brasa_value_string(e->kind == BRASA_EXPR_COLUMN ? e->name : brasa__arena_printf(p->arena, "col%d", i + 1));

    if (e->kind == BRASA_EXPR_CALL && strcmp(e->name, "get_field") == 0) return e->args[1];
    return brasa__expr_literal(p->arena, &v);
}

/* The scanner writes struct(1 AS a) as struct(1, __as__(a)): named_struct('a', 1). */
static const brasa_expr *structure(brasa_pg *p, const PgQuery__FuncCall *f, const brasa_expr *const *args)
{
    const brasa_expr **kept = BRASA_NEWS(p->arena, const brasa_expr *, 2 * f->n_args + 1);
    int32_t            n = 0;
    bool               named = false;

    for (size_t i = 0; i < f->n_args; i++) {
        const brasa_expr *a = args[i];

        if (a->kind == BRASA_EXPR_STAR) return NULL; /* sql/star.c */
        if (a->kind == BRASA_EXPR_CALL && a->nargs == 1 && strcmp(a->name, "__as__") == 0 && n > 0 &&
            a->args[0]->kind == BRASA_EXPR_COLUMN) {
            brasa_value v = brasa_value_string(a->args[0]->name);
            kept[n - 2] = brasa__expr_literal(p->arena, &v);
            named = true;
        } else {
            named = named || a->kind == BRASA_EXPR_COLUMN; /* the name that it has here, whatever the table calls it */
            kept[n] = field_name(p, a, n / 2);
            kept[n + 1] = a;
            n += 2;
        }
    }
    if (!named) return NULL;
    brasa_expr *e = brasa__pg_make(p, f->location, "named_struct", kept, n);
    e->negated = true; /* for its name as a column: it was written as struct */
    return e;
}

/* A map of what the aggregate collects. */
static brasa_status map_agg(brasa_pg *p, const PgQuery__FuncCall *f, const brasa_expr *const *args, const brasa_expr **out)
{
    brasa_expr *e = brasa__pg_make(p, f->location, "map_agg", args, 2);

    BRASA_TRY(aggregate(p, f, e));
    e->kind = BRASA_EXPR_CALL;
    if (f->over != NULL)
        return brasa__pg_fail(p, f->location, BRASA_UNSUPPORTED, "map_agg over a window; use collect_list and map_from_entries");
    *out = brasa__map_lambda_form(p->arena, e);
    return BRASA_OK;
}

/* Rows are numbered from 0, in their order. */
static brasa_status row_id(brasa_pg *p, const PgQuery__FuncCall *f, const brasa_expr **out)
{
    brasa_value       one = brasa_value_i64(1);
    const brasa_expr *number = brasa__pg_make(p, f->location, "row_number", NULL, 0), *args[2];
    brasa_expr       *w = brasa__expr_new(p->arena, BRASA_EXPR_WINDOW);

    w->args = brasa__arena_copy(p->arena, &number, sizeof number);
    w->nargs = 1;
    w->extra = BRASA_NEW(p->arena, brasa_window_spec);
    args[0] = w;
    args[1] = brasa__expr_literal(p->arena, &one);
    *out = brasa__pg_make(p, f->location, "-", args, 2);
    return BRASA_OK;
}

/* [e FOR x IN l IF c] came as __each(x -> e, l, x -> c). */
static brasa_status each(brasa_pg *p, const PgQuery__FuncCall *f, const brasa_expr *const *args, const brasa_expr **out)
{
    const brasa_expr *made[2] = {args[1], args[0]}, *kept[2] = {args[1], f->n_args > 2 ? args[2] : NULL};

    if (f->n_args > 2) made[0] = brasa__pg_make(p, f->location, "filter", kept, 2);
    *out = brasa__pg_make(p, f->location, "transform", made, 2);
    return BRASA_OK;
}

brasa_status brasa__pg_call(brasa_pg *p, const PgQuery__FuncCall *f, const brasa_expr **out)
{
    const brasa_expr *const *args;
    const char              *name = lower(p->arena, f->funcname[f->n_funcname - 1]->string->sval);
    brasa_expr              *e;

    if (f->n_funcname > 1) name = sql_syntax_name(name);
    if (strcmp(name, "try_cast") == 0) return cast_call(p, f, true, out);
    bool list = strcmp(name, "array") == 0;
    if (list && p->lists >= BRASA_SQL_LIST_DEPTH)
        return brasa__pg_fail(p, f->location, BRASA_SYNTAX, "lists nest deeper than %d levels", (int)BRASA_SQL_LIST_DEPTH);
    p->lists += list;
    BRASA_TRY(brasa__pg_exprs(p, f->n_args, f->args, &args));
    p->lists -= list;
    if (strcmp(name, "__lambda") == 0) return lambda(p, f, args, out);
    bool tries = strcmp(name, "try_variant_get") == 0;
    if ((tries || strcmp(name, "variant_get") == 0) && f->n_args == 3) return variant_get(p, f, args, tries, out);
    if (strcmp(name, "__star__") == 0 && f->n_args == 0) {
        e = brasa__expr_new(p->arena, BRASA_EXPR_STAR);
        e->pos = brasa__pg_pos(p, f->location);
        *out = e;
        return BRASA_OK;
    }
    if (strcmp(name, "__each") == 0 && f->n_args >= 2) return each(p, f, args, out);
    int32_t nargs = (int32_t)f->n_args;
    name = brasa__pg_call_name(p, name, nargs);
    BRASA_TRY(brasa__pg_hypothetical(p, f, name, args, nargs, out));
    if (*out != NULL) return BRASA_OK;
    BRASA_TRY(brasa__pg_other_call(p, name, !only_aggregates(f) && f->over == NULL, args, nargs, out));
    if (*out != NULL) return BRASA_OK;
    BRASA_TRY(brasa__pg_named_args(p, f->location, name, &args, &nargs));
    if (nargs > 1) args = with_pattern(p, name, args, nargs);
    if (strcmp(name, "struct") == 0 && (*out = structure(p, f, args)) != NULL) return BRASA_OK;
    if (strcmp(name, "map_agg") == 0 && f->n_args == 2) return map_agg(p, f, args, out);
    bool columns = strcmp(name, "columns") == 0 || strcmp(name, "__in__") == 0; /* UNPIVOT ... ON * */
    if (f->agg_star && strcmp(name, "count") != 0 && brasa__agg_for(p->arena, name, 1) == NULL &&
        (columns || brasa__function_find(name) != NULL)) {
        const brasa_expr *star = brasa__expr_new(p->arena, BRASA_EXPR_STAR); /* struct(*) */
        *out = brasa__pg_make(p, f->location, name, &star, 1);
        return BRASA_OK;
    }
    if (f->n_args == 0 && f->over == NULL && strcmp(name, "monotonically_increasing_id") == 0) return row_id(p, f, out);
    if (f->n_args == 1 && type_call(p, f, name, args[0], out)) return BRASA_OK;
    if (f->n_args == 3) args = with_unit(p, name, args);
    e = brasa__pg_make(p, f->location, name, args, nargs);
    *out = e;
    if (brasa__agg_for(p->arena, name, e->nargs) != NULL || f->agg_within_group) {
        BRASA_TRY(aggregate(p, f, e));
    } else if (only_aggregates(f)) {
        return refuse_clauses(p, f, name);
    }
    const char *means = f->location < 0 ? NULL : brasa__lex_mark(p->lexed, f->location);
    bool        ignore_nulls = means != NULL && strcmp(means, "ignore nulls") == 0;
    if (f->over != NULL) return window(p, f->over, e, ignore_nulls, out);
    if (ignore_nulls && e->kind == BRASA_EXPR_AGGREGATE && e->nargs == 1 && takes_ignore_nulls(name)) {
        brasa_value       yes = brasa_value_bool(true);
        const brasa_expr *both[] = {e->args[0], brasa__expr_literal(p->arena, &yes)};

        e->args = brasa__arena_copy(p->arena, both, sizeof both);
        e->nargs = 2;
    }
    return BRASA_OK;
}
