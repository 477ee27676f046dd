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
