/* sql/shorthand.c -- names of DuckDB and PostgreSQL that Spark has not, where they are short expressions of functions that are there.
 *
 * A row is a name, its parameters and the expression as a user would write it; the text is parsed when a query calls it.  A name may stand several times, with
 * different numbers of parameters.  Functions of the registry with that number of arguments come first.
 */
#include "sql/shorthand.h"

#include <string.h>

#include "expr/agg.h"
#include "expr/function.h"
#include "sql/parse.h"

enum { MOST_PARAMS = 4 };

#define KEPT(l) "filter(" l ", __e -> __e is not null)"
#define TIMES(x, y) \
    "aggregate(zip_with(" x ", " y ", (__x, __y) -> cast(__x as double) * cast(__y as double)), 0D, (__s, __v) -> __s + __v)"
#define FOLDED(l, op) "aggregate(slice(" l ", 2, " HOW_MANY(l) "), element_at(" l ", 1), (__a, __b) -> __a " op " __b)"
#define HOW_MANY(l)   "cardinality(" l ")"

static const struct {
    const char *name;
    const char *params[MOST_PARAMS];
    const char *body;
} table[] = {
    /* lists */
    {"list_sum", {"l"}, "CASE WHEN " HOW_MANY(KEPT("l")) " > 0 THEN " FOLDED(KEPT("l"), "+") " END"},
    {"list_product", {"l"}, "CASE WHEN " HOW_MANY(KEPT("l")) " > 0 THEN " FOLDED(KEPT("l"), "*") " END"},
    {"list_reduce", {"l", "f"}, "aggregate(slice(l, 2, cardinality(l)), element_at(l, 1), f)"},
    {"array_reduce", {"l", "f"}, "aggregate(slice(l, 2, cardinality(l)), element_at(l, 1), f)"},
    {"list_avg",
     {"l"},
     "CASE WHEN " HOW_MANY(KEPT("l")) " > 0 THEN aggregate(" KEPT("l") ", 0D, (__a, __b) -> __a + __b) / " HOW_MANY(KEPT("l")) " END"},
    {"list_sort", {"l", "o"}, "sort_array(l, upper(o) LIKE 'ASC%')"},
    {"list_sort",
     {"l", "o", "n"},
     "CASE WHEN (upper(o) LIKE 'ASC%') = (upper(n) LIKE '%FIRST') THEN sort_array(l, upper(o) LIKE 'ASC%') ELSE concat(" KEPT(
         "sort_array(l, upper(o) LIKE 'ASC%')") ", filter(l, __e -> __e is null)) END"},
    {"list_grade_up", {"l"}, "transform(array_sort(transform(l, (__e, __i) -> struct(__e, __i + 1))), __p -> get_field(__p, 'col2'))"},
    {"array_grade_up", {"l"}, "transform(array_sort(transform(l, (__e, __i) -> struct(__e, __i + 1))), __p -> get_field(__p, 'col2'))"},
    {"list_median",
     {"l"},
     "CASE WHEN " HOW_MANY(KEPT("l")) " > 0 THEN (cast(element_at(array_sort(" KEPT("l") "), (" HOW_MANY(KEPT(
         "l")) " + 1) DIV 2) as double) + cast(element_at(array_sort(" KEPT("l") "), (" HOW_MANY(KEPT("l")) " + 2) DIV 2) as double)) / 2 END"},
    {"list_reduce", {"l", "f", "v"}, "aggregate(l, v, f)"},
    {"array_reduce", {"l", "f", "v"}, "aggregate(l, v, f)"},
    {"list_count", {"l"}, HOW_MANY(KEPT("l"))},
    {"list_any_value", {"l"}, "try_element_at(" KEPT("l") ", 1)"},
    {"array_any_value", {"l"}, "try_element_at(" KEPT("l") ", 1)"},
    {"list_first", {"l"}, "try_element_at(l, 1)"},
    {"list_last", {"l"}, "try_element_at(l, -1)"},
    {"list_string_agg", {"l"}, "array_join(l, ',')"},
    {"list_bool_and", {"l"}, "forall(" KEPT("l") ", __e -> __e)"},
    {"list_bool_or", {"l"}, "exists(" KEPT("l") ", __e -> __e)"},
    {"list_unique", {"l"}, HOW_MANY("array_distinct(" KEPT("l") ")")},
    {"array_unique", {"l"}, HOW_MANY("array_distinct(" KEPT("l") ")")},
    {"list_has_all", {"a", "b"}, "forall(b, __e -> coalesce(array_contains(a, __e), false))"},
    {"array_has_all", {"a", "b"}, "forall(b, __e -> coalesce(array_contains(a, __e), false))"},
    {"list_reverse_sort", {"l"}, "sort_array(l, false)"},
    {"array_reverse_sort", {"l"}, "sort_array(l, false)"},
    {"array_pop_back", {"l"}, "slice(l, 1, greatest(cardinality(l) - 1, 0))"},
    {"array_pop_front", {"l"}, "slice(l, 2, greatest(cardinality(l) - 1, 0))"},
    {"trim_array", {"l", "n"}, "slice(l, 1, greatest(cardinality(l) - n, 0))"},
    {"list_resize",
     {"l", "n"},
     "CASE WHEN n <= cardinality(l) THEN slice(l, 1, n) ELSE concat(l, array_repeat(NULL, n - cardinality(l))) END"},
    {"list_resize",
     {"l", "n", "v"},
     "CASE WHEN n <= cardinality(l) THEN slice(l, 1, n) ELSE concat(l, array_repeat(v, n - cardinality(l))) END"},
    {"array_resize",
     {"l", "n"},
     "CASE WHEN n <= cardinality(l) THEN slice(l, 1, n) ELSE concat(l, array_repeat(NULL, n - cardinality(l))) END"},
    {"array_resize",
     {"l", "n", "v"},
     "CASE WHEN n <= cardinality(l) THEN slice(l, 1, n) ELSE concat(l, array_repeat(v, n - cardinality(l))) END"},
    {"list_where", {"l", "w"}, "filter(l, (__e, __i) -> coalesce(try_element_at(w, __i + 1), false))"},
    {"array_where", {"l", "w"}, "filter(l, (__e, __i) -> coalesce(try_element_at(w, __i + 1), false))"},
    {"list_select", {"l", "w"}, "transform(w, __i -> try_element_at(l, __i))"},
    {"array_select", {"l", "w"}, "transform(w, __i -> try_element_at(l, __i))"},
    {"array_positions", {"l", "v"}, "filter(transform(l, (__e, __i) -> CASE WHEN __e <=> v THEN __i + 1 END), __p -> __p is not null)"},
    {"array_replace", {"l", "a", "b"}, "transform(l, __e -> CASE WHEN __e <=> a THEN b ELSE __e END)"},
    {"array_replace_all", {"l", "a", "b"}, "transform(l, __e -> CASE WHEN __e <=> a THEN b ELSE __e END)"},
    {"list_replace_all", {"l", "a", "b"}, "transform(l, __e -> CASE WHEN __e <=> a THEN b ELSE __e END)"},
    {"array_length", {"l", "d"}, "CASE WHEN d = 1 THEN nullif(cardinality(l), 0) END"},
    {"array_upper", {"l", "d"}, "CASE WHEN d = 1 THEN nullif(cardinality(l), 0) END"},
    {"array_lower", {"l", "d"}, "CASE WHEN d = 1 AND cardinality(l) > 0 THEN 1 END"},
    {"array_fill", {"v", "n"}, "array_repeat(v, element_at(n, 1))"},
    {"empty", {"l"}, "cardinality(l) = 0"},
    {"map_extract", {"m", "k"}, "filter(array(try_element_at(m, k)), __e -> map_contains_key(m, k))"},
    {"list_inner_product", {"a", "b"}, TIMES("a", "b")},
    {"list_dot_product", {"a", "b"}, TIMES("a", "b")},
    {"array_inner_product", {"a", "b"}, TIMES("a", "b")},
    {"array_dot_product", {"a", "b"}, TIMES("a", "b")},
    {"list_cosine_similarity", {"a", "b"}, TIMES("a", "b") " / sqrt(" TIMES("a", "a") " * " TIMES("b", "b") ")"},
    {"array_cosine_similarity", {"a", "b"}, TIMES("a", "b") " / sqrt(" TIMES("a", "a") " * " TIMES("b", "b") ")"},
    {"list_cosine_distance", {"a", "b"}, "1 - " TIMES("a", "b") " / sqrt(" TIMES("a", "a") " * " TIMES("b", "b") ")"},
    {"list_distance", {"a", "b"}, "sqrt(aggregate(zip_with(a, b, (__x, __y) -> power(__x - __y, 2)), 0D, (__s, __v) -> __s + __v))"},
    {"array_distance", {"a", "b"}, "sqrt(aggregate(zip_with(a, b, (__x, __y) -> power(__x - __y, 2)), 0D, (__s, __v) -> __s + __v))"},
    {"variant_get", {"v", "p"}, "get_json_object(v, p)"},
    {"try_variant_get", {"v", "p"}, "get_json_object(v, p)"},
    {"to_variant_object", {"x"}, "to_json(x)"},
    /* dates */
    {"age", {"t"}, "age(cast(current_date as timestamp_ntz), t)"},
    {"today", {NULL}, "current_date"},
    {"get_current_timestamp", {NULL}, "current_timestamp"},
    {"transaction_timestamp", {NULL}, "current_timestamp"},
    {"statement_timestamp", {NULL}, "current_timestamp"},
    {"clock_timestamp", {NULL}, "current_timestamp"},
    {"to_millennia", {"n"}, "make_ym_interval(1000 * n, 0)"},
    {"to_centuries", {"n"}, "make_ym_interval(100 * n, 0)"},
    {"to_decades", {"n"}, "make_ym_interval(10 * n, 0)"},
    {"to_years", {"n"}, "make_ym_interval(n, 0)"},
    {"to_quarters", {"n"}, "make_ym_interval(0, 3 * n)"},
    {"to_months", {"n"}, "make_ym_interval(0, n)"},
    {"to_weeks", {"n"}, "make_dt_interval(7 * n, 0, 0, 0)"},
    {"to_days", {"n"}, "make_dt_interval(n, 0, 0, 0)"},
    {"to_hours", {"n"}, "make_dt_interval(0, n, 0, 0)"},
    {"to_minutes", {"n"}, "make_dt_interval(0, 0, n, 0)"},
    {"to_seconds", {"n"}, "make_dt_interval(0, 0, 0, n)"},
    {"to_milliseconds", {"n"}, "make_dt_interval(0, 0, 0, n / 1000.0)"},
    {"to_microseconds", {"n"}, "make_dt_interval(0, 0, 0, n / 1000000.0)"},
    {"window_time", {"w"}, "get_field(w, 'end') - make_dt_interval(0, 0, 0, 0.000001)"},
    {"datetrunc", {"u", "t"}, "date_trunc(u, t)"},
    {"datepart", {"u", "t"}, "date_part(u, t)"},
    {"century", {"t"}, "date_part('century', t)"},
    {"decade", {"t"}, "date_part('decade', t)"},
    {"millennium", {"t"}, "date_part('millennium', t)"},
    {"era", {"t"}, "CASE WHEN year(t) > 0 THEN 1 WHEN year(t) <= 0 THEN 0 END"},
    {"isodow", {"t"}, "weekday(t) + 1"},
    {"isoyear", {"t"}, "date_part('yearofweek', t)"},
    {"millisecond", {"t"}, "date_part('millisecond', t)"},
    {"microsecond", {"t"}, "date_part('microsecond', t)"},
    {"yearweek", {"t"}, "date_part('yearofweek', t) * 100 + weekofyear(t)"},
    {"epoch_ns", {"t"}, "unix_micros(t) * 1000"},
    {"to_unixtime", {"t"}, "unix_timestamp(t)"},
    /* text */
    {"regexp_full_match", {"s", "p"}, "s RLIKE concat('^(?:', p, ')$')"},
    {"gen_random_uuid", {NULL}, "uuid()"},
    {"version", {NULL}, "'Brasa'"},
    {"sha224", {"s"}, "sha2(s, 224)"},
    {"sha384", {"s"}, "sha2(s, 384)"},
    {"sha512", {"s"}, "sha2(s, 512)"},
    {"hamming",
     {"a", "b"},
     "CASE WHEN length(a) = length(b) THEN cardinality(filter(split(a, ''), (__c, __i) -> __c <> substr(b, __i + 1, 1))) END"},
    {"mismatches",
     {"a", "b"},
     "CASE WHEN length(a) = length(b) THEN cardinality(filter(split(a, ''), (__c, __i) -> __c <> substr(b, __i + 1, 1))) END"},
    {"jaccard",
     {"a", "b"},
     "cardinality(array_intersect(split(a, ''), split(b, ''))) / cardinality(array_union(split(a, ''), split(b, '')))"},
    {"encode", {"s"}, "encode(s, 'UTF-8')"},
    {"decode", {"s"}, "decode(s, 'UTF-8')"},
    {"parse_filename", {"s"}, "regexp_extract(s, '[^/]*$', 0)"},
    {"parse_dirname", {"s"}, "regexp_extract(s, '^[^/]*', 0)"},
    {"parse_dirpath", {"s"}, "regexp_extract(s, '^(.*)/[^/]*$', 1)"},
    {"parse_path", {"s"}, "split(s, '/')"},
    /* numbers */
    {"even", {"x"}, "sign(x) * 2 * ceil(abs(cast(x as double)) / 2)"},
    {"scale", {"x"}, "length(split_part(cast(x as string), '.', 2))"},
    {"min_scale", {"x"}, "length(regexp_replace(split_part(cast(x as string), '.', 2), '0+$', ''))"},
    {"add", {"a", "b"}, "a + b"},
    {"subtract", {"a", "b"}, "a - b"},
    {"multiply", {"a", "b"}, "a * b"},
    {"divide", {"a", "b"}, "a DIV b"},
    {"fdiv", {"a", "b"}, "floor(a / b)"},
    {"fmod", {"a", "b"}, "cast(a as double) - floor(a / b) * cast(b as double)"},
    {"signbit", {"x"}, "x < 0 OR (x = 0 AND cast(x as string) LIKE '-%')"},
    /* aggregates */
    {"count_star", {NULL}, "count(*)"},
    {"mad", {"x"}, "list_median(transform(collect_list(x), __e -> abs(__e - median(x))))"},
    {"json_group_array", {"x"}, "json_quote(array_agg(x))"},
    {"json_agg", {"x"}, "json_quote(array_agg(x))"},
    {"jsonb_agg", {"x"}, "json_quote(array_agg(x))"},
    {"json_group_object", {"k", "v"}, "json_quote(map_from_arrays(collect_list(cast(k as string)), array_agg(v)))"},
    {"json_object_agg", {"k", "v"}, "json_quote(map_from_arrays(collect_list(cast(k as string)), array_agg(v)))"},
    {"entropy", {"x"}, "coalesce(-aggregate(map_values(histogram(x)), 0D, (__s, __n) -> __s + __n / count(x) * log2(__n / count(x))), 0D)"},
    {"product", {"x"}, "CASE WHEN count(x) > 0 THEN aggregate(collect_list(cast(x as double)), 1D, (__a, __b) -> __a * __b) END"},
    {"geomean", {"x"}, "exp(avg(ln(x)))"},
    {"geometric_mean", {"x"}, "exp(avg(ln(x)))"},
    {"sem", {"x"}, "CASE WHEN count(x) > 0 THEN stddev_pop(x) / sqrt(count(x)) END"},
    {"histogram_numeric", {"x", "n"}, "CASE WHEN count(x) > 0 THEN list_histogram(collect_list(x), n) END"},
    {"bitmap_construct_agg", {"p"}, "bitmap_of(collect_set(cast(p as bigint)))"},
    {"bitmap_or_agg", {"b"}, "bitmap_or_all(collect_set(b))"},
    {"bitmap_and_agg", {"b"}, "bitmap_and_all(collect_set(b))"},
    {"approx_top_k", {"x"}, "list_top_k(collect_list(x), 5)"},
    {"approx_top_k", {"x", "k"}, "list_top_k(collect_list(x), k)"},
    {"approx_top_k", {"x", "k", "m"}, "list_top_k(collect_list(x), k)"},
    {"histogram",
     {"x"},
     "map_from_entries(transform(array_sort(collect_set(x)), __k -> struct(__k, cardinality(filter(collect_list(x), __y -> __y = __k)))))"},
};

enum { ROWS = sizeof table / sizeof *table };

/* list_aggregate(l, 'sum', ...) is list_sum(l, ...). */
static const char *list_aggregate(brasa_arena *arena, const brasa_expr *call)
{
    static const char *const names[] = {"list_aggregate", "list_aggr", "array_aggregate", "array_aggr"};
    const brasa_expr        *which = call->nargs > 1 ? call->args[1] : NULL;
    bool                     is = false;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) is = is || strcmp(call->name, names[i]) == 0;
    is = is && which != NULL && which->kind == BRASA_EXPR_LITERAL && which->value.type.kind == BRASA_KIND_STRING && !which->value.null;
    return is ? brasa__arena_printf(arena, "list_%.*s", (int)which->value.u.s.n, which->value.u.s.p) : NULL;
}

static bool takes(const brasa_function *f, int32_t n)
{
    return f != NULL && n >= f->min_args && (f->max_args < 0 || n <= f->max_args);
}

static const brasa_expr *renamed(brasa_arena *arena, const brasa_expr *call, const char *name)
{
    brasa_expr        *e = brasa__arena_copy(arena, call, sizeof *call);
    const brasa_expr **args = BRASA_NEWS(arena, const brasa_expr *, call->nargs);

    args[0] = call->args[0];
    for (int32_t i = 2; i < call->nargs; i++) args[i - 1] = call->args[i];
    e->name = name;
    e->args = args;
    e->nargs = call->nargs - 1;
    return e;
}

typedef struct standing_in {
    const char *const       *params;
    const brasa_expr *const *args;
    int32_t                  n;
} standing_in;

static const brasa_expr *argument(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    const standing_in *s = arg;

    (void)arena;
    for (int32_t i = 0; e->kind == BRASA_EXPR_COLUMN && !e->bound && e->qualifier == NULL && i < s->n; i++)
        if (strcmp(s->params[i], e->name) == 0) return s->args[i];
    return e;
}

brasa_status brasa__sql_with_arguments(brasa_arena *arena, const char *text, const char *const *params, const brasa_expr *const *args,
                                       int32_t n, const brasa_expr **out, brasa_error *err)
{
    standing_in       s = {.params = params, .args = args, .n = n};
    const brasa_expr *body;

    BRASA_TRY(brasa__sql_expr(arena, text, &body, err));
    *out = brasa__expr_rewrite(arena, body, argument, &s);
    return BRASA_OK;
}

brasa_status brasa__sql_shorthand(brasa_arena *arena, const brasa_expr *call, const brasa_expr **out, brasa_error *err)
{
    const char *list = list_aggregate(arena, call);

    *out = list == NULL ? NULL : renamed(arena, call, list);
    if (*out != NULL || takes(brasa__function_find(call->name), call->nargs)) return BRASA_OK;
    for (int i = 0; i < ROWS; i++) {
        int32_t most = 0;

        if (strcmp(table[i].name, call->name) != 0) continue;
        while (most < MOST_PARAMS && table[i].params[most] != NULL) most++;
        if (most != call->nargs) continue;
        return brasa__sql_with_arguments(arena, table[i].body, table[i].params, call->args, most, out, err);
    }
    return BRASA_OK;
}

int32_t brasa__sql_shorthand_count(void)
{
    return ROWS;
}

bool brasa__sql_shorthand_at(int32_t i, const char **name, const char **means)
{
    if (i < 0 || i >= ROWS) return false;
    *name = table[i].name;
    *means = table[i].body;
    return true;
}
