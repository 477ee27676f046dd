/* func_listed.c -- functions that become other expressions before they are bound: here so that they are known, listed and documented like any other.
 *
 * The binder comes to a row of this file only when such a function is called in a way that it does not know.
 */
#include "base/status.h"
#include "expr/func_groups.h"

static brasa_status refuse(brasa_arena *arena, const brasa_function *f, brasa_type *types, int32_t n, brasa_type *result, brasa_error *err)
{
    (void)arena, (void)types, (void)n, (void)result;
    return brasa__fail(err, BRASA_INVALID, "%s cannot be used like this: %s", f->name, f->doc);
}

static brasa_status never(brasa_call *call, brasa_error *err)
{
    return brasa__fail(err, BRASA_INTERNAL, "%s has no kernel", call->expr->name);
}

#define LISTED(called, min, max, text)                                                                                           \
    {                                                                                                                            \
        .name = called, .min_args = min, .max_args = max, .flags = BRASA_FN_NULLS, .doc = text, .resolve = refuse, .eval = never \
    }

static const brasa_function times[] = {
    LISTED("now", 0, 0, "now(): the moment at which the query began"),
    LISTED("current_timestamp", 0, 0, "current_timestamp: the moment at which the query began"),
    LISTED("localtimestamp", 0, 0, "localtimestamp: what the session's clocks showed when the query began"),
    LISTED("current_time", 0, 0, "current_time: the time of day at which the query began, in the session's time zone"),
    LISTED("localtime", 0, 0, "localtime: current_time"),
    LISTED("current_date", 0, 0, "current_date: the day on which the query began, in the session's time zone"),
    LISTED("curdate", 0, 0, "curdate(): current_date"),
};

static const brasa_function logic[] = {
    LISTED("if", 3, 3, "if(test, a, b): a where the test is true, else b"),
    LISTED("nvl", 2, 2, "nvl(a, b): a, or b where a is null"),
    LISTED("ifnull", 2, 2, "ifnull(a, b): a, or b where a is null"),
    LISTED("nvl2", 3, 3, "nvl2(x, a, b): a where x is not null, else b"),
    LISTED("nullif", 2, 2, "nullif(a, b): null where a = b, else a"),
    LISTED("typeof", 1, 1, "typeof(x): the name of its type"),
    LISTED("iff", 3, 3, "iff(test, a, b): if(test, a, b)"),
    LISTED("equal_null", 2, 2, "equal_null(a, b): a <=> b: are they equal, or both null?"),
    LISTED("zeroifnull", 1, 1, "zeroifnull(x): x, or 0 where it is null"),
    LISTED("nullifzero", 1, 1, "nullifzero(x): x, or null where it is 0"),
};

static const brasa_function session[] = {
    LISTED("current_timezone", 0, 0, "current_timezone(): the session's time zone"),
    LISTED("current_user", 0, 0, "current_user: who runs the job"),
    LISTED("current_database", 0, 0, "current_database(): the schema of tables without another"),
    LISTED("current_catalog", 0, 0, "current_catalog: the catalog of all tables"),
};

BRASA_FUNCTION_GROUP(listed_times, "Dates and times", times);
BRASA_FUNCTION_GROUP(listed_logic, "Logic and nulls", logic);
BRASA_FUNCTION_GROUP(listed_session, "Session", session);
