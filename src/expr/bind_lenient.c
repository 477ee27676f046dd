/* bind_lenient.c -- the setting ansi = false, Spark's spark.sql.ansi.enabled: what would fail gives null.
 *
 * Casts become try_casts; calls of the functions below keep their names and get the mark of those (brasa_expr.try_cast), which the evaluator turns into FN_TRY.
 * Sums of whole numbers wrap around, as Java's do.  Functions that always fail loudly in Spark do so here.  What INSERT writes
 * is always checked, and so are literals with a type, as DATE '2024-02-30'.
 */
#include <string.h>

#include "base/config.h"
#include "expr/bind_internal.h"
#include "expr/function.h"

bool brasa__bind_is_lenient(void)
{
    return !brasa__setting_bool(BRASA_SET_ANSI);
}

static bool gives_null(const char *name)
{
    static const char *const names[] = {"+",
                                        "-",
                                        "*",
                                        "/",
                                        "%",
                                        "mod",
                                        "div",
                                        "pmod",
                                        "negative",
                                        "abs",
                                        "round",
                                        "bround",
                                        "ceil",
                                        "ceiling",
                                        "floor",
                                        "to_date",
                                        "to_timestamp",
                                        "to_timestamp_ltz",
                                        "to_timestamp_ntz",
                                        "unix_timestamp",
                                        "to_unix_timestamp",
                                        "make_date",
                                        "make_timestamp",
                                        "make_timestamp_ltz",
                                        "make_timestamp_ntz",
                                        "make_interval",
                                        "next_day",
                                        "element_at",
                                        "getitem",
                                        "elt",
                                        "parse_url",
                                        "conv",
                                        "date_add",
                                        "date_sub"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static bool is_interval(brasa_type t)
{
    return t.kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(t);
}

void brasa__bind_lenient_call(brasa_expr *call)
{
    for (int32_t i = 0; i < call->nargs; i++)
        if (is_interval(call->args[i]->type)) return; /* these fail in Spark, too */
    if (!gives_null(call->name) || !brasa__bind_is_lenient() || (brasa__call_flags(call) & BRASA_FN_CAN_FAIL) == 0) return;
    call->try_cast = true;
    call->nullable = true;
}

static const brasa_expr *try_cast(brasa_arena *arena, const brasa_expr *e, brasa_type t)
{
    brasa_expr *cast = brasa__expr_cast(arena, e, t, true);

    cast->bound = true;
    cast->nullable = true;
    return cast;
}

brasa_status brasa__bind_lenient_cast(binder *b, const brasa_expr *cast, const brasa_expr **out, brasa_error *err)
{
    const brasa_expr *e;
    brasa_type        t = cast->type, exact = brasa__type_decimal(38, 18);

    *out = cast;
    if (cast->kind != BRASA_EXPR_CAST || cast->try_cast || !brasa__bind_is_lenient()) return BRASA_OK;
    e = cast->args[0];
    if (is_interval(e->type) || is_interval(t)) return BRASA_OK;
    *out = try_cast(b->arena, e, t);
    if (e->type.kind != BRASA_KIND_STRING || !brasa__type_is_integer(t)) return BRASA_OK;
    /* '1.5' is 1 */
    return brasa__bind_node(b, brasa__expr_call2(b->arena, "coalesce", *out, try_cast(b->arena, try_cast(b->arena, e, exact), t)), out,
                            err);
}

brasa_status brasa__bind_lenient_compare(binder *b, const brasa_expr **args, int32_t n, brasa_error *err)
{
    if (n != 2 || !brasa__bind_is_lenient()) return BRASA_OK;
    for (int k = 0; k < 2; k++) { /* true = 1 */
        if (args[k]->type.kind != BRASA_KIND_BOOL || !brasa__type_is_numeric(args[1 - k]->type)) continue;
        return brasa__bind_coerce(b, args[k], args[1 - k]->type, false, &args[k], err);
    }
    return BRASA_OK;
}

static const brasa_expr *text(brasa_arena *arena, const char *s)
{
    brasa_value v = brasa_value_string(s);

    return brasa__expr_literal(arena, &v);
}

static const brasa_expr *number(brasa_arena *arena, int32_t n)
{
    brasa_value v = brasa_value_i32(n);

    return brasa__expr_literal(arena, &v);
}

/* A whole number as its bytes, the highest first: unhex(right(lpad(hex(x), 16, '0'), 2 * width)). */
brasa_status brasa__bind_lenient_bytes(binder *b, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    int32_t           digits = 2 * (int32_t)brasa__type_width(e->type);
    const brasa_expr *padded[] = {brasa__expr_call1(b->arena, "hex", e), number(b->arena, 16), text(b->arena, "0")};
    const brasa_expr *hex = brasa__expr_call2(b->arena, "right", brasa__expr_call(b->arena, "lpad", padded, 3), number(b->arena, digits));

    return brasa__bind_node(b, brasa__expr_call1(b->arena, "unhex", hex), out, err);
}
