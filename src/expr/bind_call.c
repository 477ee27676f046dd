/* bind_call.c -- functions, operators and aggregates: found by name, their arguments cast to what they take. */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/zone.h"
#include "data/collation.h"
#include "data/value.h"
#include "expr/agg.h"
#include "expr/bind_internal.h"
#include "expr/bind_names.h"
#include "expr/func_map.h"
#include "expr/function.h"
#include "expr/lambda.h"
#include "expr/udf.h"

/* ---- casts ---- */

static const brasa_expr *typed_null(brasa_arena *arena, const brasa_expr *e, brasa_type t)
{
    brasa_value null = {.type = t, .null = true};
    brasa_expr *lit = brasa__expr_literal(arena, &null);

    lit->pos = e->pos;
    return lit;
}

brasa_status brasa__expr_coerce(brasa_arena *arena, const brasa_expr *e, brasa_type t, bool implicit, const brasa_expr **out,
                                brasa_error *err)
{
    brasa_text from, to;

    if (brasa__type_equal(e->type, t)) return *out = e, BRASA_OK;
    if (!brasa__type_can_cast(e->type, t, implicit)) {
        brasa__text_init(&from, arena);
        brasa__text_init(&to, arena);
        brasa__type_text(e->type, &from);
        brasa__type_text(t, &to);
        return brasa__fail(err, BRASA_TYPE, "%s is not %s%s", from.s, to.s,
                           brasa__type_can_cast(e->type, t, false) ? "; write a CAST" : ", and there is no cast between them");
    }
    if (e->kind == BRASA_EXPR_LITERAL && e->value.null) return *out = typed_null(arena, e, brasa__type_copy(arena, t)), BRASA_OK;

    brasa_expr *cast = brasa__expr_cast(arena, e, brasa__type_copy(arena, t), false);
    cast->bound = true;
    bool floating = e->type.kind == BRASA_KIND_FLOAT64 || e->type.kind == BRASA_KIND_FLOAT32;
    cast->nullable = e->nullable || (floating && t.kind == BRASA_KIND_DECIMAL); /* NaN is no decimal */
    *out = cast;
    if (e->kind == BRASA_EXPR_LITERAL) {
        /* a literal that does not fit fails when (and if) a row needs it */
        brasa_value v;
        brasa_error ignored;
        if (brasa__expr_constant(arena, cast, &v, &ignored) == BRASA_OK) {
            brasa_expr *lit = brasa__expr_literal(arena, &v);
            lit->pos = e->pos;
            *out = lit;
        }
    }
    return BRASA_OK;
}

brasa_status brasa__bind_coerce(binder *b, const brasa_expr *e, brasa_type t, bool implicit, const brasa_expr **out, brasa_error *err)
{
    if (brasa__expr_coerce(b->arena, e, t, implicit, out, err) == BRASA_OK) {
        return *out == e ? BRASA_OK : brasa__bind_lenient_cast(b, *out, out, err);
    }
    brasa_status status = err ? (brasa_status)err->code : BRASA_TYPE;
    brasa__bind_place(b, e->pos, err);
    return status;
}

static brasa_type literal_decimal(int64_t v)
{
    int32_t  digits = 1;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    while (u >= 10) u /= 10, digits++;
    return brasa__type_decimal(digits, 0);
}

void brasa__bind_narrow_literals(binder *b, const brasa_expr **args, int32_t n)
{
    bool decimal = false;

    for (int32_t i = 0; i < n; i++) decimal |= args[i]->type.kind == BRASA_KIND_DECIMAL;
    for (int32_t i = 0; i < n && decimal; i++) {
        if (args[i]->kind != BRASA_EXPR_LITERAL || args[i]->value.null || !brasa__type_is_integer(args[i]->type)) continue;
        const brasa_expr *lit;
        if (brasa__expr_coerce(b->arena, args[i], literal_decimal(args[i]->value.u.i), false, &lit, NULL) == BRASA_OK) args[i] = lit;
    }
}

/* ---- what signature failed ---- */

static void type_list(brasa_arena *arena, const brasa_type *types, int32_t n, brasa_text *out)
{
    brasa__text_init(out, arena);
    for (int32_t i = 0; i < n; i++) {
        if (i) brasa__text_add(out, ", ");
        brasa__type_text(types[i], out);
    }
}

static brasa_status bad_count(binder *b, const brasa_expr *e, int32_t least, int32_t most, const char *doc, brasa_error *err)
{
    if (least == most)
        brasa__fail(err, BRASA_TYPE, "%s takes %d argument%s, not %d", e->name, least, least == 1 ? "" : "s", e->nargs);
    else if (most < 0)
        brasa__fail(err, BRASA_TYPE, "%s takes at least %d argument%s, not %d", e->name, least, least == 1 ? "" : "s", e->nargs);
    else
        brasa__fail(err, BRASA_TYPE, "%s takes %d to %d arguments, not %d", e->name, least, most, e->nargs);
    if (doc) brasa__fail_more(err, " (%s)", doc);
    brasa__bind_place(b, e->pos, err);
    return BRASA_TYPE;
}

static brasa_status no_function(binder *b, const brasa_expr *e, brasa_error *err)
{
    int32_t      nf = brasa__function_count(), na = brasa__agg_count(), nu = brasa__udf_count(), n = 0;
    const char **names = BRASA_NEWS(b->arena, const char *, nf + na + nu);

    if (brasa__udf_find(e->name) != NULL) {
        brasa__fail(
            err, BRASA_INVALID,
            "user function %s is none of expressions: it has neither .batch nor .row, nor all of .init, .update, .merge and .finish",
            e->name);
        brasa__bind_place(b, e->pos, err);
        return BRASA_INVALID;
    }
    for (int32_t i = 0; i < nu; i++) names[n++] = brasa__udf_at(i)->name;
    for (int32_t i = 0; i < nf; i++) names[n++] = brasa__function_at(i)->name;
    for (int32_t i = 0; i < na; i++) names[n++] = brasa__agg_at(i)->name;
    const char *near = brasa__near_miss(e->name, names, n);
    brasa__fail(err, BRASA_NOT_FOUND, "there is no function %s", e->name);
    if (near) brasa__fail_more(err, "; did you mean %s?", near);
    brasa__bind_place(b, e->pos, err);
    return BRASA_NOT_FOUND;
}

/* ---- forms that are other expressions ---- */

static const brasa_expr *make_case(brasa_arena *arena, const brasa_expr *e, const brasa_expr *when, const brasa_expr *then,
                                   const brasa_expr *otherwise)
{
    brasa_expr       *c = brasa__expr_new(arena, BRASA_EXPR_CASE);
    const brasa_expr *list[] = {when, then, otherwise};

    c->args = brasa__arena_copy(arena, list, sizeof list);
    c->nargs = otherwise ? 3 : 2;
    c->pos = e->pos;
    return c;
}

/* Now: as a moment, or what the session's clocks and calendar show. */
static const brasa_expr *moment(binder *b, brasa_kind kind)
{
    int64_t     us = b->scope->now_us ? b->scope->now_us : brasa__clock_unix_us();
    int64_t     local = brasa__zone_to_local(brasa__zone_session(), us), day = 86400000000;
    brasa_value v = {.type = brasa__type(kind), .u.i = kind == BRASA_KIND_TIMESTAMP ? us : local};

    if (kind == BRASA_KIND_TIME) v.u.i = (local % day + day) % day;
    if (kind == BRASA_KIND_DATE) v.u.i = local / day - (local % day < 0);
    return brasa__expr_literal(b->arena, &v);
}

/* timestampdiff(MONTH, a, b): the unit looks like a column.  dateadd and datediff with a unit are timestampadd and timestampdiff. */
static const brasa_expr *unit_form(brasa_arena *arena, const brasa_expr *e)
{
    static const char *const adders[] = {"timestampadd", "date_add", "dateadd"}, *const differs[] = {"timestampdiff", "timediff",
                                                                                                     "datediff", "date_diff"};
    const char *name = NULL;

    if (e->nargs != 3) return NULL;
    for (int i = 0; i < 3; i++)
        if (!strcmp(e->name, adders[i])) name = adders[0];
    for (int i = 0; i < 4; i++)
        if (!strcmp(e->name, differs[i])) name = differs[0];
    const brasa_expr *unit = e->args[0];
    bool              word = unit->kind == BRASA_EXPR_COLUMN && unit->qualifier == NULL;
    if (name == NULL || (!word && strcmp(name, e->name) == 0)) return NULL;
    const brasa_expr *args[] = {unit, e->args[1], e->args[2]};
    brasa_value       text = {.type = brasa__type(BRASA_KIND_STRING)};
    if (word) {
        text.u.s.p = unit->name;
        text.u.s.n = strlen(unit->name);
        args[0] = brasa__expr_literal(arena, &text);
    }
    brasa_expr *call = brasa__expr_call(arena, name, args, 3);
    call->pos = e->pos;
    return call;
}

/* NULL: e stands for itself. */
static const brasa_expr *other_form(binder *b, const brasa_expr *e)
{
    const brasa_expr *const *a = e->args;
    const char              *f = e->name;
    brasa_arena             *arena = b->arena;

    if (e->nargs == 0 && (!strcmp(f, "now") || !strcmp(f, "current_timestamp"))) return moment(b, BRASA_KIND_TIMESTAMP);
    if (e->nargs == 0 && !strcmp(f, "localtimestamp")) return moment(b, BRASA_KIND_TIMESTAMP_NTZ);
    if (e->nargs == 0 && (!strcmp(f, "current_time") || !strcmp(f, "localtime"))) return moment(b, BRASA_KIND_TIME);
    if (e->nargs == 0 && (!strcmp(f, "current_date") || !strcmp(f, "curdate"))) return moment(b, BRASA_KIND_DATE);
    if (e->nargs == 3 && (!strcmp(f, "if") || !strcmp(f, "iff"))) return make_case(arena, e, a[0], a[1], a[2]);
    if (e->nargs == 2 && (!strcmp(f, "nvl") || !strcmp(f, "ifnull"))) return brasa__expr_call(arena, "coalesce", a, 2);
    if (e->nargs == 3 && !strcmp(f, "nvl2")) return make_case(arena, e, brasa__expr_call1(arena, "isnotnull", a[0]), a[1], a[2]);
    if (e->nargs == 2 && !strcmp(f, "nullif")) {
        brasa_value null = {.null = true};
        return make_case(arena, e, brasa__expr_call2(arena, "=", a[0], a[1]), brasa__expr_literal(arena, &null), a[0]);
    }
    if (e->nargs == 2 && !strcmp(f, "nanvl") && a[1]->kind != BRASA_EXPR_LITERAL) { /* b is computed where a is NaN only */
        brasa_type        number = brasa__type(BRASA_KIND_FLOAT64);
        const brasa_expr *x = brasa__expr_cast(arena, a[0], number, false), *y = brasa__expr_cast(arena, a[1], number, false);
        return make_case(arena, e, brasa__expr_call1(arena, "isnan", x), y, x);
    }
    if (e->nargs == 2 && (!strcmp(f, "==") || !strcmp(f, "equals"))) return brasa__expr_call(arena, "=", a, 2);
    if (e->nargs == 2 && !strcmp(f, "!=")) return brasa__expr_call(arena, "<>", a, 2);
    if (e->nargs == 0 && !strcmp(f, "unix_timestamp"))
        return brasa__expr_cast(arena, moment(b, BRASA_KIND_TIMESTAMP), brasa__type(BRASA_KIND_INT64), false);
    const brasa_expr *map = brasa__map_lambda_form(arena, e);
    if (map) return map;
    const brasa_expr *known = brasa__expr_other_name(arena, e);
    if (known) return known;
    if (e->nargs == 3) return unit_form(arena, e);
    if (e->nargs == 1 && !strcmp(f, "-")) return brasa__expr_call(arena, "negative", a, 1);
    if (e->nargs == 1 && !strcmp(f, "+")) return brasa__expr_call(arena, "positive", a, 1);
    return NULL;
}

static const brasa_expr *typeof_literal(brasa_arena *arena, const brasa_expr *arg)
{
    brasa_text t;

    brasa__text_init(&t, arena);
    brasa__type_text(arg->type, &t);
    size_t n = 0;
    for (size_t i = 0; i < t.len; i++) {
        bool gap = t.s[i] == ' ' && i > 0 && (t.s[i - 1] == ',' || t.s[i - 1] == ':'); /* array<struct<a:int,b:string>> */
        if (!gap) t.s[n++] = (char)tolower((unsigned char)t.s[i]);
    }
    t.s[t.len = n] = '\0';
    brasa_value v = {.type = brasa__type(BRASA_KIND_STRING), .u.s = {t.s, t.len}};
    return brasa__expr_literal(arena, &v);
}

/* ---- calls ---- */

static brasa_status resolve(binder *b, const brasa_function *f, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    brasa_text list;

    brasa_type  *before = brasa__arena_copy(b->arena, types, sizeof *types * (size_t)(call->nargs > 0 ? call->nargs : 1));
    brasa_status status = f->resolve(b->arena, f, types, call->nargs, &call->type, err);
    if (status == BRASA_OK) return BRASA_OK;
    type_list(b->arena, before, call->nargs, &list);
    if (err && (status == BRASA_TYPE) && err->text[0] == '\0') {
        brasa__fail(err, BRASA_TYPE, "%s does not take (%s)", call->name, list.s);
        if (f->doc) brasa__fail_more(err, "; it is %s", f->doc);
    }
    brasa__bind_place(b, call->pos, err);
    return status;
}

static brasa_status bind_udf(binder *b, const brasa_expr *e, const brasa_udf_descriptor *d, const brasa_expr **out, brasa_error *err)
{
    brasa_type *types, result;
    int32_t     n;

    BRASA_TRY(brasa__udf_signature(b->arena, d, &types, &n, &result, err));
    if (n != e->nargs) return bad_count(b, e, n, n, NULL, err);
    const brasa_expr **args = BRASA_NEWS(b->arena, const brasa_expr *, n > 0 ? n : 1);
    for (int32_t i = 0; i < n; i++) {
        BRASA_TRY(brasa__bind_node(b, e->args[i], &args[i], err));
        BRASA_TRY(brasa__bind_coerce(b, args[i], types[i], true, &args[i], err));
    }
    brasa_expr *call = brasa__arena_copy(b->arena, e, sizeof *e);
    call->bound = true;
    call->args = args;
    call->type = result;
    BRASA_TRY(brasa__call_resolve_name(call, err));
    *out = call;
    return BRASA_OK;
}

static void set_nullable(brasa_expr *call)
{
    bool any = false;

    for (int32_t i = 0; i < call->nargs; i++) any |= call->args[i]->nullable;
    call->nullable = any || (call->func->flags & (BRASA_FN_NULLABLE | BRASA_FN_TRY)) != 0;
    if (strcmp(call->name, "isnull") == 0 || strcmp(call->name, "isnotnull") == 0 || strcmp(call->name, "<=>") == 0) call->nullable = false;
    if (strcmp(call->name, "coalesce") == 0) {
        call->nullable = true;
        for (int32_t i = 0; i < call->nargs; i++) call->nullable = call->nullable && call->args[i]->nullable;
    }
}

/* a and (b and c) is one conjunction of three: chains stay shallow. */
static void flatten(brasa_arena *arena, brasa_expr *call)
{
    int32_t n = 0;
    bool    nested = false;

    if (strcmp(call->name, "and") != 0 && strcmp(call->name, "or") != 0) return;
    for (int32_t i = 0; i < call->nargs; i++) {
        bool same = call->args[i]->kind == BRASA_EXPR_CALL && strcmp(call->args[i]->name, call->name) == 0;
        nested |= same;
        n += same ? call->args[i]->nargs : 1;
    }
    if (!nested) return;
    const brasa_expr **args = BRASA_NEWS(arena, const brasa_expr *, n);
    n = 0;
    for (int32_t i = 0; i < call->nargs; i++) {
        const brasa_expr *a = call->args[i];
        bool              same = a->kind == BRASA_EXPR_CALL && strcmp(a->name, call->name) == 0;
        for (int32_t k = 0; k < (same ? a->nargs : 1); k++) args[n++] = same ? a->args[k] : a;
    }
    call->args = args;
    call->nargs = n;
}

static bool is_comparison(const char *name)
{
    static const char *const names[] = {"=", "<>", "<", "<=", ">", ">=", "<=>"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static brasa_status bind_library(binder *b, const brasa_expr *e, const brasa_function *f, const brasa_expr **out, brasa_error *err)
{
    if (e->nargs < f->min_args || (f->max_args >= 0 && e->nargs > f->max_args))
        return bad_count(b, e, f->min_args, f->max_args, f->doc, err);

    const brasa_expr **args = BRASA_NEWS(b->arena, const brasa_expr *, e->nargs > 0 ? e->nargs : 1);
    brasa_type        *types = BRASA_NEWS(b->arena, brasa_type, e->nargs > 0 ? e->nargs : 1);
    for (int32_t i = 0; i < e->nargs; i++) BRASA_TRY(brasa__bind_node(b, e->args[i], &args[i], err));
    if (strcmp(f->name, "typeof") == 0) return *out = typeof_literal(b->arena, args[0]), BRASA_OK;
    if (strcmp(f->name, "collation") == 0) return *out = brasa__bind_collation_name(b, args[0]), BRASA_OK;
    if (strcmp(f->name, "reverse") == 0 && args[0]->type.kind == BRASA_KIND_LIST) f = brasa__function_find("array_reverse");
    if ((strcmp(f->name, "len") == 0 || strcmp(f->name, "length") == 0) && args[0]->type.kind == BRASA_KIND_LIST)
        f = brasa__function_find("cardinality");
    if (strcmp(f->name, "unix_millis") == 0 && brasa__type_is_integer(args[0]->type)) f = brasa__function_find("timestamp_millis");
    if (strcmp(f->name, "getitem") == 0 && args[0]->type.kind == BRASA_KIND_STRING) { /* 'abc'[2], counted from 1 */
        brasa_value       one = brasa_value_i32(1);
        const brasa_expr *part[] = {args[0], args[1], brasa__expr_literal(b->arena, &one)};

        return brasa__bind_node(b, brasa__expr_call(b->arena, "substring", part, 3), out, err);
    }
    if (strcmp(f->name, "getitem") == 0 && args[1]->kind == BRASA_EXPR_LITERAL && args[1]->type.kind == BRASA_KIND_STRING &&
        (args[0]->type.kind == BRASA_KIND_STRUCT || args[0]->type.kind == BRASA_KIND_LIST))
        f = brasa__function_find("get_field"); /* s['a'] */
    if (strcmp(f->name, "get_field") == 0 && args[0]->type.kind == BRASA_KIND_MAP) f = brasa__function_find("element_at");
    if (f->flags & BRASA_FN_OPERATOR) brasa__bind_narrow_literals(b, args, e->nargs);
    if (is_comparison(f->name)) {
        BRASA_TRY(brasa__bind_char(b, args, e->nargs, err));
        if (strcmp(f->name, "=") == 0 || strcmp(f->name, "<>") == 0 || strcmp(f->name, "<=>") == 0)
            BRASA_TRY(brasa__bind_lenient_compare(b, args, e->nargs, err));
    }

    brasa_expr *call = brasa__arena_copy(b->arena, e, sizeof *e);
    call->name = f->name;
    call->func = f;
    call->args = args;
    for (int32_t i = 0; i < e->nargs; i++) types[i] = args[i]->type;
    if (err) brasa__error_clear(err);
    if (f->bind) {
        BRASA_TRY(f->bind(b->arena, call, types, err) == BRASA_OK ? BRASA_OK : brasa__bind_place(b, e->pos, err));
    } else {
        BRASA_TRY(resolve(b, f, call, types, err));
    }
    for (int32_t i = 0; i < e->nargs; i++) BRASA_TRY(brasa__bind_coerce(b, args[i], types[i], false, &args[i], err));
    flatten(b->arena, call);
    set_nullable(call);
    brasa__bind_lenient_call(call);
    call->bound = true;
    *out = call;
    for (int32_t i = 0; i < e->nargs; i++)
        if (brasa__type_has_collation(args[i]->type)) return brasa__bind_collated(b, call, out, err);
    return BRASA_OK;
}

static brasa_expr *as_aggregate(brasa_arena *arena, const brasa_expr *e)
{
    brasa_expr *agg = brasa__arena_copy(arena, e, sizeof *e);

    agg->kind = BRASA_EXPR_AGGREGATE;
    return agg;
}

brasa_status brasa__bind_call(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    const brasa_expr *other = other_form(b, e);

    if (other) return brasa__bind_node(b, other, out, err);
    if (strcmp(e->name, "__collate") == 0 && e->nargs == 2) return brasa__bind_collate(b, e, out, err);
    if (strcmp(e->name, "__variable") == 0 && e->nargs == 1) return brasa__bind_variable(b, e, out, err);
    bool                  lambda = e->nargs > 0 && brasa__is_lambda(e->args[e->nargs - 1]);
    const brasa_function *f = lambda ? brasa__function_of_lambda(e->name) : brasa__function_find(e->name);
    if (f && f->flags & BRASA_FN_LAMBDA) return brasa__bind_lambda_call(b, e, f, out, err);
    if (f) return bind_library(b, e, f, out, err);
    const brasa_udf_descriptor *d = brasa__udf_find(e->name);
    if (d && brasa__udf_is_scalar(d)) return bind_udf(b, e, d, out, err);
    if (brasa__agg_for(b->arena, e->name, e->nargs) || strcmp(e->name, "count_if") == 0)
        return brasa__bind_aggregate(b, as_aggregate(b->arena, e), out, err);
    return no_function(b, e, err);
}

/* ---- aggregates ---- */

static brasa_status bind_orders(binder *b, const brasa_expr *e, brasa_expr *copy, brasa_error *err)
{
    if (e->norder == 0) return BRASA_OK;
    brasa_order *order = brasa__arena_copy(b->arena, e->order, sizeof *order * (size_t)e->norder);
    for (int32_t i = 0; i < e->norder; i++) {
        BRASA_TRY(brasa__bind_node(b, e->order[i].expr, &order[i].expr, err));
        BRASA_TRY(brasa__expr_collation_key(b->arena, order[i].expr, &order[i].expr, err));
    }
    copy->order = order;
    return BRASA_OK;
}

/* percentile_cont(0.5) WITHIN GROUP (ORDER BY x) is percentile_cont(x, 0.5) */
static brasa_status bind_args(binder *b, const brasa_expr *e, const brasa_agg_def *def, const brasa_expr ***out, brasa_type **types,
                              brasa_error *err)
{
    const brasa_expr **args = BRASA_NEWS(b->arena, const brasa_expr *, e->nargs > 0 ? e->nargs : 1);

    if (e->nargs < def->min_args || (def->max_args >= 0 && e->nargs > def->max_args))
        return bad_count(b, e, def->min_args, def->max_args, def->doc, err);
    *types = BRASA_NEWS(b->arena, brasa_type, e->nargs > 0 ? e->nargs : 1);
    for (int32_t i = 0; i < e->nargs; i++) {
        BRASA_TRY(brasa__bind_node(b, e->args[i], &args[i], err));
        (*types)[i] = args[i]->type;
    }
    *out = args;
    return BRASA_OK;
}

static brasa_status bind_filter(binder *b, const brasa_expr *e, brasa_expr *copy, brasa_error *err)
{
    if (e->filter == NULL) return BRASA_OK;
    BRASA_TRY(brasa__bind_node(b, e->filter, &copy->filter, err));
    return brasa__bind_coerce(b, copy->filter, brasa__type(BRASA_KIND_BOOL), true, &copy->filter, err);
}

static bool never_null(brasa_agg_id id)
{
    return id == BRASA_AGG_COUNT || id == BRASA_AGG_COUNT_STAR || id == BRASA_AGG_REGR_COUNT || id == BRASA_AGG_APPROX_COUNT_DISTINCT ||
           id == BRASA_AGG_COLLECT_LIST || id == BRASA_AGG_COLLECT_SET;
}

/* count_if(x) is count(CASE WHEN x THEN true END). */
static const brasa_expr *count_if(brasa_arena *arena, const brasa_expr *e)
{
    brasa_value       yes = {.type = brasa__type(BRASA_KIND_BOOL), .u.b = true};
    const brasa_expr *arg = make_case(arena, e, e->args[0], brasa__expr_literal(arena, &yes), NULL);
    brasa_expr       *count = brasa__arena_copy(arena, e, sizeof *e);

    count->name = "count";
    count->args = brasa__arena_copy(arena, &arg, sizeof(brasa_expr *));
    return count;
}

/* min and max of lists and structs are the first and the last in order. */
static const brasa_expr *nested_extreme(brasa_arena *arena, const brasa_expr *e, bool max)
{
    brasa_value       fraction = brasa_value_f64(max ? 1 : 0);
    const brasa_expr *args[] = {e->args[0], brasa__expr_literal(arena, &fraction)};
    brasa_expr       *copy = brasa__arena_copy(arena, e, sizeof *e);

    copy->name = "percentile_disc";
    copy->args = brasa__arena_copy(arena, args, sizeof args);
    copy->nargs = 2;
    return copy;
}

/* The least by its collation: min_by(x, x). */
static const brasa_expr *collated_extreme(brasa_arena *arena, const brasa_expr *e, brasa_agg_id id)
{
    const brasa_expr *args[] = {e->args[0], e->args[0]};
    brasa_expr       *copy = brasa__arena_copy(arena, e, sizeof *e);

    copy->name = id == BRASA_AGG_MAX ? "max_by" : "min_by";
    copy->args = brasa__arena_copy(arena, args, sizeof args);
    copy->nargs = 2;
    return copy;
}

brasa_status brasa__bind_aggregate(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    const brasa_agg_def *def;
    const brasa_expr   **args = NULL;
    brasa_type          *types = NULL;
    brasa_text           list;

    if (strcmp(e->name, "count_if") == 0 && e->nargs == 1) e = count_if(b->arena, e);
    if (strcmp(e->name, "sum") == 0 && brasa__bind_is_lenient()) {
        brasa_expr *copy = brasa__arena_copy(b->arena, e, sizeof *e);

        copy->name = "try_sum";
        e = copy;
    }
    def = brasa__agg_for(b->arena, e->name, e->nargs);
    if (def == NULL) return no_function(b, e, err);
    if (!(b->flags & BRASA_BIND_AGGREGATES) || b->inside_aggregate) {
        brasa__fail(err, BRASA_INVALID,
                    b->inside_aggregate ? "aggregate %s may not stand inside another aggregate"
                                        : "aggregate %s may not stand here; it needs a grouping around it",
                    e->name);
        return brasa__bind_place(b, e->pos, err);
    }
    brasa_expr *copy = brasa__arena_copy(b->arena, e, sizeof *e);
    copy->name = def->name;
    b->inside_aggregate = true;
    brasa_status status = bind_args(b, e, def, &args, &types, err);
    if (status == BRASA_OK) status = bind_filter(b, e, copy, err);
    if (status == BRASA_OK) status = bind_orders(b, e, copy, err);
    b->inside_aggregate = false;
    BRASA_TRY(status);

    if (e->nargs > 0 && brasa__type_is_collated(types[0]) && types[0].scale != 0) {
        bool different = def->id == BRASA_AGG_APPROX_COUNT_DISTINCT || (def->id == BRASA_AGG_COUNT && e->distinct);

        if (def->id == BRASA_AGG_MIN || def->id == BRASA_AGG_MAX)
            return brasa__bind_aggregate(b, collated_extreme(b->arena, e, def->id), out, err);
        if (different) {
            for (int32_t i = 0; i < e->nargs; i++) {
                BRASA_TRY(brasa__expr_collation_key(b->arena, args[i], &args[i], err));
                types[i] = args[i]->type;
            }
        } else if (e->distinct || def->id == BRASA_AGG_COLLECT_SET || def->id == BRASA_AGG_MODE || def->id == BRASA_AGG_PERCENTILE_DISC) {
            brasa__fail(err, BRASA_UNSUPPORTED, "%s of texts with a collation; say COLLATE UTF8_BINARY of them", def->name);
            return brasa__bind_place(b, e->pos, err);
        }
    }
    if ((def->id == BRASA_AGG_MIN_BY || def->id == BRASA_AGG_MAX_BY) && brasa__type_is_collated(types[1])) {
        BRASA_TRY(brasa__expr_collation_key(b->arena, args[1], &args[1], err));
        types[1] = args[1]->type;
    }
    if ((def->id == BRASA_AGG_MIN || def->id == BRASA_AGG_MAX) && brasa__type_is_nested(types[0]))
        return brasa__bind_aggregate(b, nested_extreme(b->arena, e, def->id == BRASA_AGG_MAX), out, err);
    for (int32_t i = 0; i < e->nargs && (e->distinct || def->id == BRASA_AGG_COLLECT_SET); i++) {
        if (!brasa__type_holds_map(types[i])) continue;
        brasa__fail(err, BRASA_TYPE, "%s of different maps, which have no equality; use map_entries()", def->name);
        return brasa__bind_place(b, e->pos, err);
    }
    type_list(b->arena, types, e->nargs, &list);
    if (err) brasa__error_clear(err);
    status = brasa__agg_resolve(b->arena, def, types, e->nargs, &copy->type, err);
    if (status != BRASA_OK) {
        if (err && err->text[0] == '\0')
            brasa__fail(err, BRASA_TYPE, "%s does not take (%s)%s%s", def->name, list.s, def->doc ? "; it is " : "",
                        def->doc ? def->doc : "");
        return brasa__bind_place(b, e->pos, err);
    }
    for (int32_t i = 0; i < e->nargs; i++) BRASA_TRY(brasa__bind_coerce(b, args[i], types[i], false, &args[i], err));
    copy->args = args;
    copy->agg = def;
    copy->bound = true;
    copy->nullable = !never_null(def->id);
    *out = copy;
    return BRASA_OK;
}
