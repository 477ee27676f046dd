/* test_functions.c -- expressions as text with the value and type they must have.
 *
 * Expected values are Spark's (ANSI mode), where Spark defines the function, else PostgreSQL's.  Each is computed as a constant and again over a column of many rows, so that both
 * ways through a kernel are seen.
 */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "data/value.h"
#include "expr/bind.h"
#include "expr/eval.h"
#include "sql/parse.h"

typedef struct row {
    const char *expr;
    const char *want; /* as text; "NULL"; "!part of the error" */
    const char *type; /* NULL: any */
} row;

static brasa_status constant(brasa_arena *a, const char *text, brasa_value *out, const brasa_expr **bound, brasa_error *err)
{
    brasa_scope       scope = {.text = text, .now_us = 1};
    const brasa_expr *e;

    BRASA_TRY(brasa__sql_expr(a, text, &e, err));
    BRASA_TRY(brasa__expr_bind(a, &scope, e, 0, bound, err));
    return brasa__expr_constant(a, *bound, out, err);
}

static const char *as_text(brasa_arena *a, const brasa_value *v)
{
    brasa_text t;

    if (v->null) return "NULL";
    brasa__text_init(&t, a);
    brasa__value_text(v, &t);
    return t.s;
}

/* Says what is wrong and goes on: a test shows all its wrong rows. */
static int __attribute__((format(printf, 1, 2))) wrong(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vprint_error(fmt, ap);
    va_end(ap);
    print_error("\n");
    return 1;
}

/* Every literal becomes a column of 100 rows, flat or constant: the kernel must say the same in each row that is selected. */
typedef struct columns {
    brasa_column cols[64];
    int32_t      n;
    int32_t      rows;
    bool         flat;
} columns;

static const brasa_expr *to_column(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    columns *c = arg;

    if (e->kind != BRASA_EXPR_LITERAL || c->n == 64 || e->type.kind == BRASA_KIND_NULL || brasa__type_is_nested(e->type)) return e;
    brasa_column one = brasa__value_column(arena, &e->value), *col = &c->cols[c->n];
    *col = one;
    if (c->flat) {
        size_t    width = brasa__type_width(e->type);
        char     *v = brasa__arena_alloc64(arena, width * (size_t)c->rows + 64);
        uint64_t *valid = brasa__arena_alloc64(arena, ((size_t)c->rows + 63) / 8 + 8);
        for (int32_t i = 0; i < c->rows; i++) memcpy(v + width * (size_t)i, one.values, width);
        if (!e->value.null) memset(valid, 0xff, ((size_t)c->rows + 63) / 8);
        col->encoding = BRASA_FLAT;
        col->values = v;
        col->valid = e->value.null ? valid : NULL;
    }
    return brasa__expr_ref(arena, c->n++, e->type, true, NULL);
}

static bool wants_literals(const char *text)
{
    static const char *const words[] = {"extract", "date_part", "datepart", "round",    "ceil",     "floor", "truncate",
                                        "struct",  "ROW",       "interval", "INTERVAL", "getfield", "now",   "typeof"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i])) return true;
    return false;
}

static int check_columns(brasa_arena *a, const row *r, const brasa_expr *bound, bool flat)
{
    columns           c = {.rows = 100, .flat = flat};
    const brasa_expr *e = brasa__expr_rewrite(a, bound, to_column, &c);
    brasa_eval       *ev;
    brasa_column      out;
    brasa_error       err;
    int32_t           sel[3] = {1, 64, 99};
    brasa_batch       in = {.rows = 100, .ncols = c.n, .cols = c.cols, .sel = flat ? sel : NULL, .nsel = flat ? 3 : 100};
    brasa_status      status = brasa__eval_new(a, &e, 1, &ev, &err);

    if (status == BRASA_OK) status = brasa__eval_run(ev, &in, &out, &err);
    if (r->want[0] == '!') {
        if (status == BRASA_OK) return wrong("%s over columns: no error", r->expr);
        return 0;
    }
    if (status != BRASA_OK) return wrong("%s over columns: %s", r->expr, err.text);
    for (int i = 0; i < 3; i++) {
        brasa_value v = brasa__column_value(&out, sel[i], a);
        if (strcmp(as_text(a, &v), r->want) != 0)
            return wrong("%s over %s columns: got %s, want %s", r->expr, flat ? "flat" : "constant", as_text(a, &v), r->want);
    }
    return 0;
}

static int check_row(brasa_arena *a, const row *r)
{
    brasa_value       v;
    brasa_error       err;
    brasa_text        type;
    const brasa_expr *bound = NULL;
    brasa_status      status = constant(a, r->expr, &v, &bound, &err);

    if (r->want[0] == '!') {
        if (status == BRASA_OK) return wrong("%s: got %s, want an error", r->expr, as_text(a, &v));
        if (strstr(err.text, r->want + 1) == NULL) return wrong("%s: the error is '%s', not '%s'", r->expr, err.text, r->want + 1);
        return bound && !wants_literals(r->expr) ? check_columns(a, r, bound, true) : 0;
    }
    if (status != BRASA_OK) return wrong("%s: %s", r->expr, err.text);
    if (strcmp(as_text(a, &v), r->want) != 0) return wrong("%s: got %s, want %s", r->expr, as_text(a, &v), r->want);
    brasa__text_init(&type, a);
    brasa__type_text(bound->type, &type);
    if (r->type && strcmp(type.s, r->type) != 0) return wrong("%s: its type is %s, not %s", r->expr, type.s, r->type);
    if (wants_literals(r->expr)) return 0;
    return check_columns(a, r, bound, true) + check_columns(a, r, bound, false);
}

static void check(void **state, const row *rows, size_t n)
{
    unit_state *s = *state;
    int         bad = 0;

    for (size_t i = 0; i < n; i++) {
        brasa_arena *a = brasa__arena_new(s->arena, "row");
        bad += check_row(a, &rows[i]);
        brasa__arena_free(a);
    }
    assert_int_equal(bad, 0);
}
#define CHECK(rows) check(state, rows, sizeof(rows) / sizeof *(rows))

static void arithmetic_follows_ansi(void **state)
{
    static const row rows[] = {
        {"1 + 1", "2", "INT"},
        {"2147483647 + 1", "!overflow", NULL},
        {"2147483647L + 1", "2147483648", "BIGINT"},
        {"9223372036854775807 + 1", "!overflow", NULL},
        {"-9223372036854775807 - 2", "!overflow", NULL},
        {"9223372036854775807 * 2", "!overflow", NULL},
        {"cast(100 as tinyint) + cast(100 as tinyint)", "!overflow", NULL},
        {"cast(100 as tinyint) + cast(27 as tinyint)", "127", "TINYINT"},
        {"7 / 2", "3.5", "DOUBLE"},
        {"1 / 0", "!division by zero", NULL},
        {"1.0 / 0", "!division by zero", NULL},
        {"1D / 0D", "!division by zero", NULL},
        {"7 % 3", "1", "INT"},
        {"-7 % 3", "-1", "INT"},
        {"7 % 0", "!division by zero", NULL},
        {"7 DIV 2", "3", "BIGINT"},
        {"-7 div 2", "-3", "BIGINT"},
        {"7.5 DIV 2", "3", "BIGINT"},
        {"2 + 3 * 4", "14", "INT"},
        {"(2 + 3) * 4", "20", "INT"},
        {"-(-3)", "3", "INT"},
        {"try_add(2147483647, 1)", "NULL", "INT"},
        {"try_subtract(-2147483648, 1)", "NULL", NULL},
        {"try_multiply(9223372036854775807, 2L)", "NULL", "BIGINT"},
        {"try_divide(1, 0)", "NULL", "DOUBLE"},
        {"try_divide(1, 4)", "0.25", "DOUBLE"},
        {"mod(10, 4)", "2", "INT"},
        {"'3' + 4", "7", "BIGINT"},
        {"'3.5' * 2D", "7.0", "DOUBLE"},
        {"1 + NULL", "NULL", "INT"},
        {"5 & 6", "4", "INT"},
        {"5 | 6", "7", "INT"},
        {"5 ^ 6", "3", "INT"},
        {"~5", "-6", "INT"},
        {"1 << 4", "16", "INT"},
        {"-16 >> 2", "-4", "INT"},
    };
    CHECK(rows);
}

static void decimals_follow_spark(void **state)
{
    static const row rows[] = {
        {"1.10 + 2.2", "3.30", "DECIMAL(4,2)"},
        {"1.10 * 2.2", "2.420", "DECIMAL(6,3)"},
        {"1.00 / 3", "0.333333", "DECIMAL(7,6)"},
        {"10.5 % 3", "1.5", "DECIMAL(2,1)"},
        {"1 - 0.05", "0.95", "DECIMAL(4,2)"},
        {"cast(0.05 as decimal(15,2)) * (1 - cast(0.04 as decimal(15,2)))", "0.0480", "DECIMAL(32,4)"},
        {"cast(99999999999999999999999999999999999999 as decimal(38,0)) + 1", "!overflow", NULL},
        {"cast(12345678901234567890 as decimal(38,0)) * cast(98765432109876543210 as decimal(38,0))", "!overflow", NULL},
        {"cast(12345678901234567890 as decimal(38,10)) * cast(2.5 as decimal(38,10))", "30864197253086419725.000000", "DECIMAL(38,6)"},
        {"cast(1 as decimal(38,10)) / cast(3 as decimal(38,10))", "0.333333", "DECIMAL(38,6)"},
        {"cast(123.456 as decimal(5,1))", "123.5", "DECIMAL(5,1)"},
        {"cast(-123.45 as decimal(4,1))", "-123.5", NULL},
        {"cast(1234.5 as decimal(4,1))", "!does not fit", NULL},
        {"try_cast(1234.5 as decimal(4,1))", "NULL", "DECIMAL(4,1)"},
        {"cast(0.1D as decimal(20,18))", "0.100000000000000000", NULL},
        {"cast(1.5 as double)", "1.5", "DOUBLE"},
        {"1.5 + 1D", "2.5", "DOUBLE"},
        {"1.5 = 1.50", "true", "BOOLEAN"},
        {"1.5 < 2", "true", "BOOLEAN"},
        {"cast('12.345' as decimal(10,2))", "12.35", NULL},
        {"-1.5", "-1.5", "DECIMAL(2,1)"},
        {"abs(-1.5)", "1.5", "DECIMAL(2,1)"},
        {"1000000000000000000000 + 1", "1000000000000000000001", NULL},
    };
    CHECK(rows);
}

static void casts_follow_ansi(void **state)
{
    static const row rows[] = {
        {"cast('12' as int)", "12", "INT"},
        {"cast(' 12 ' as int)", "12", "INT"},
        {"cast('abc' as int)", "!'abc' is not INT", NULL},
        {"cast('' as int)", "!'' is not INT", NULL},
        {"try_cast('abc' as int)", "NULL", "INT"},
        {"cast(300 as tinyint)", "!does not fit TINYINT", NULL},
        {"cast(2.9 as int)", "2", "INT"},
        {"cast(-2.9D as int)", "-2", "INT"},
        {"cast(1e20 as bigint)", "!does not fit", NULL},
        {"cast('NaN' as double)", "NaN", "DOUBLE"},
        {"cast(cast('NaN' as double) as int)", "!does not fit", NULL},
        {"cast(1 as boolean)", "true", "BOOLEAN"},
        {"cast('yes' as boolean)", "true", NULL},
        {"cast(true as int)", "1", "INT"},
        {"cast(1.0 as string)", "1.0", "STRING"},
        {"cast(1D as string)", "1.0", "STRING"},
        {"cast(true as string)", "true", "STRING"},
        {"cast('2020-02-29' as date)", "2020-02-29", "DATE"},
        {"cast('2021-02-29' as date)", "!is not DATE", NULL},
        {"cast('2020-02-29 12:34:56' as timestamp)", "2020-02-29 12:34:56", "TIMESTAMP"},
        {"cast(timestamp '2020-02-29 12:34:56' as date)", "2020-02-29", NULL},
        {"cast(date '2020-02-29' as timestamp)", "2020-02-29 00:00:00", NULL},
        {"cast(date '2020-02-29' as string)", "2020-02-29", NULL},
        {"'12'::int", "12", "INT"},
        {"cast(NULL as int)", "NULL", "INT"},
        {"cast(array(1, 2) as array<string>)", "[1, 2]", "ARRAY<STRING>"},
        {"date '2020-01-01' = '2020-01-01'", "true", NULL},
        {"1 = '1'", "true", NULL},
        {"typeof(1)", "int", "STRING"},
        {"typeof(1.5)", "decimal(2,1)", NULL},
        {"typeof(1e0)", "double", NULL},
        {"typeof(3000000000)", "bigint", NULL},
    };
    CHECK(rows);
}

static void logic_is_three_valued(void **state)
{
    static const row rows[] = {
        {"true AND NULL", "NULL", "BOOLEAN"},
        {"false AND NULL", "false", NULL},
        {"true OR NULL", "true", NULL},
        {"false OR NULL", "NULL", NULL},
        {"NOT NULL", "NULL", NULL},
        {"false AND 1/0 > 1", "false", NULL},
        {"true OR 1/0 > 1", "true", NULL},
        {"NULL = NULL", "NULL", NULL},
        {"NULL <=> NULL", "true", NULL},
        {"1 <=> NULL", "false", NULL},
        {"1 <=> 1", "true", NULL},
        {"1 IS DISTINCT FROM NULL", "true", NULL},
        {"NULL IS NOT DISTINCT FROM NULL", "true", NULL},
        {"NULL IS NULL", "true", NULL},
        {"1 IS NOT NULL", "true", NULL},
        {"1 == 1", "true", NULL},
        {"1 != 1", "false", NULL},
        {"2 BETWEEN 1 AND 3", "true", NULL},
        {"2 NOT BETWEEN 1 AND 3", "false", NULL},
        {"2 BETWEEN NULL AND 1", "false", NULL},
        {"1 IN (1, 2)", "true", NULL},
        {"3 IN (1, NULL)", "NULL", NULL},
        {"3 NOT IN (1, 2)", "true", NULL},
        {"3 NOT IN (1, NULL)", "NULL", NULL},
        {"'a' IN ('b', 'a')", "true", NULL},
        {"CASE WHEN false THEN 1 END", "NULL", "INT"},
        {"CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END", "b", "STRING"},
        {"CASE WHEN true THEN 1 ELSE 1/0 END", "1.0", "DOUBLE"},
        {"coalesce(NULL, 1, 1/0)", "1.0", NULL},
        {"nvl(NULL, 2)", "2", NULL},
        {"nvl2(1, 'a', 'b')", "a", NULL},
        {"nullif(1, 1)", "NULL", NULL},
        {"nullif(1, 2)", "1", NULL},
        {"if(1 > 2, 'x', 'y')", "y", NULL},
        {"greatest(1, 3, NULL, 2)", "3", "INT"},
        {"least('b', 'a')", "a", "STRING"},
        {"cast('NaN' as double) = cast('NaN' as double)", "true", NULL},
        {"cast('NaN' as double) > 1e300", "true", NULL},
        {"0D = -0D", "true", NULL},
        {"true IS TRUE", "true", NULL},
        {"NULL IS NOT TRUE", "true", NULL},
    };
    CHECK(rows);
}

static void text_functions(void **state)
{
    static const row rows[] = {
        {"upper('aé')", "AÉ", "STRING"},
        {"lower('ÄB')", "äb", NULL},
        {"initcap('hello wORLD')", "Hello World", NULL},
        {"length('aé')", "2", "INT"},
        {"octet_length('aé')", "3", NULL},
        {"trim('  a ')", "a", NULL},
        {"trim(both 'x' from 'xxaxx')", "a", NULL},
        {"ltrim('  a ')", "a ", NULL},
        {"rtrim('  a ')", "  a", NULL},
        {"substring('hello', 2, 3)", "ell", NULL},
        {"substring('hello', -3)", "llo", NULL},
        {"substring('hello', -3, 2)", "ll", NULL},
        {"substring('hello', 0, 2)", "he", NULL},
        {"substring('hello' from 2 for 2)", "el", NULL},
        {"substring('hello', 10)", "", NULL},
        {"substr('héllo', 2, 2)", "él", NULL},
        {"left('hello', 2)", "he", NULL},
        {"right('hello', 2)", "lo", NULL},
        {"concat('a', 1, NULL)", "NULL", NULL},
        {"concat('a', 1, true)", "a1true", NULL},
        {"'a' || 'b' || 1", "ab1", NULL},
        {"lpad('7', 3, '0')", "007", NULL},
        {"rpad('hello', 3, '.')", "hel", NULL},
        {"rpad('é', 3, 'ab')", "éab", NULL},
        {"repeat('ab', 3)", "ababab", NULL},
        {"repeat('ab', -1)", "", NULL},
        {"reverse('aéb')", "béa", NULL},
        {"replace('banana', 'an', 'x')", "bxxa", NULL},
        {"replace('banana', '')", "banana", NULL},
        {"position('na' in 'banana')", "3", "INT"},
        {"instr('banana', 'x')", "0", NULL},
        {"locate('a', 'banana', 3)", "4", NULL},
        {"contains('banana', 'nan')", "true", NULL},
        {"startswith('banana', 'ba')", "true", NULL},
        {"endswith('banana', 'ba')", "false", NULL},
        {"split_part('a,b,c', ',', 2)", "b", NULL},
        {"split_part('a,b,c', ',', -1)", "c", NULL},
        {"split_part('a,b,c', ',', 9)", "", NULL},
        {"split('a1b22c', '[0-9]+')", "[a, b, c]", "ARRAY<STRING>"},
        {"split('oneAtwoBthree', '[AB]', 2)", "[one, twoBthree]", NULL},
        {"'banana' LIKE 'b%na'", "true", NULL},
        {"'banana' LIKE 'b_nana'", "true", NULL},
        {"'banana' LIKE 'b_na'", "false", NULL},
        {"'banana' NOT LIKE '%x%'", "true", NULL},
        {"'a%c' LIKE 'a\\%c'", "true", NULL},
        {"'abc' LIKE 'a\\%c'", "false", NULL},
        {"'a%c' LIKE 'a#%c' ESCAPE '#'", "true", NULL},
        {"'BANANA' ILIKE 'b%'", "true", NULL},
        {"'special requests here' LIKE '%special%requests%'", "true", NULL},
        {"'é' LIKE '_'", "true", NULL},
        {"'' LIKE '%'", "true", NULL},
        {"'' LIKE '_'", "false", NULL},
        {"'banana' RLIKE '^b(an)+a$'", "true", NULL},
        {"'banana' RLIKE '('", "!is not a regular expression", NULL},
        {"regexp_replace('banana', '(a)(n)', '$2$1')", "bnanaa", NULL},
        {"regexp_extract('100-200', '(\\d+)-(\\d+)', 2)", "200", NULL},
        {"regexp_extract('foo', '(\\d+)')", "", NULL},
        {"regexp_extract_all('1a22b', '\\d+', 0)", "[1, 22]", NULL},
        {"regexp_count('banana', 'an')", "2", NULL},
        {"upper(NULL)", "NULL", "STRING"},
    };
    CHECK(rows);
}

static void number_functions(void **state)
{
    static const row rows[] = {
        {"abs(-5)", "5", "INT"},
        {"abs(-2147483648)", "!overflow", NULL},
        {"round(2.5)", "3", "DECIMAL(2,0)"},
        {"round(-2.5D)", "-3.0", "DOUBLE"},
        {"round(2.675D, 2)", "2.68", NULL},
        {"round(12345, -2)", "12300", "INT"},
        {"bround(2.5)", "2", NULL},
        {"bround(3.5D)", "4.0", NULL},
        {"floor(-1.5)", "-2", NULL},
        {"floor(-1.5D)", "-2", "BIGINT"},
        {"ceil(1.2)", "2", NULL},
        {"ceil(1.2D)", "2", "BIGINT"},
        {"trunc(1.78, 1)", "1.70", NULL},
        {"sqrt(9)", "3.0", "DOUBLE"},
        {"sqrt(-1)", "NaN", NULL},
        {"cbrt(27)", "3.0", NULL},
        {"pow(2, 10)", "1024.0", NULL},
        {"exp(0)", "1.0", NULL},
        {"ln(0)", "NULL", NULL},
        {"log10(1000)", "3.0", NULL},
        {"log2(8)", "3.0", NULL},
        {"log(2, 8)", "3.0", NULL},
        {"sign(-3)", "-1.0", NULL},
        {"degrees(pi())", "180.0", NULL},
        {"atan2(0, 1)", "0.0", NULL},
        {"hypot(3, 4)", "5.0", NULL},
        {"isnan(cast('NaN' as double))", "true", NULL},
        {"isnan(NULL)", "false", NULL},
        {"shiftleft(1, 33)", "2", NULL},
        {"hash(1) = hash(1)", "true", NULL},
    };
    CHECK(rows);
}

static void date_functions(void **state)
{
    static const row rows[] = {
        {"year(date '2020-02-29')", "2020", "INT"},
        {"quarter(date '2020-05-01')", "2", NULL},
        {"month('2020-05-01')", "5", NULL},
        {"day(date '2020-05-31')", "31", NULL},
        {"hour(timestamp '2020-01-01 13:14:15')", "13", NULL},
        {"minute(timestamp '2020-01-01 13:14:15')", "14", NULL},
        {"second(timestamp '2020-01-01 13:14:15.5')", "15", NULL},
        {"dayofweek(date '2009-07-30')", "5", NULL},
        {"weekday(date '2009-07-30')", "3", NULL},
        {"dayofyear(date '2016-04-09')", "100", NULL},
        {"weekofyear(date '2008-02-20')", "8", NULL},
        {"weekofyear(date '2021-01-01')", "53", NULL},
        {"extract(year from date '2019-08-12')", "2019", "INT"},
        {"extract(second from timestamp '2019-10-01 00:00:01.000001')", "1.000001", "DECIMAL(8,6)"},
        {"date_part('week', timestamp '2019-08-12 01:00:00')", "33", NULL},
        {"date_part('wek', date '2019-08-12')", "!did you mean week", NULL},
        {"date '1998-12-01' - interval '90' day", "1998-09-02", "DATE"},
        {"date '1995-01-31' + interval '1' month", "1995-02-28", "DATE"},
        {"date '1995-01-01' + interval '3' month", "1995-04-01", NULL},
        {"date '1994-01-01' + interval '1' year", "1995-01-01", NULL},
        {"date '2020-01-01' + interval '2' hour", "2020-01-01 02:00:00", "TIMESTAMP"},
        {"timestamp '2020-01-31 10:00:00' + interval 1 month", "2020-02-29 10:00:00", NULL},
        {"interval 3 days + date '2020-01-01'", "2020-01-04", NULL},
        {"date '2020-01-05' + 3", "2020-01-08", "DATE"},
        {"date_add(date '2016-07-30', 1)", "2016-07-31", "DATE"},
        {"date_sub('2016-07-30', 30)", "2016-06-30", NULL},
        {"datediff(date '2009-07-31', date '2009-07-30')", "1", "INT"},
        {"add_months(date '2016-08-31', 1)", "2016-09-30", NULL},
        {"last_day(date '2020-02-01')", "2020-02-29", NULL},
        {"make_date(2013, 7, 15)", "2013-07-15", NULL},
        {"make_date(2013, 13, 15)", "!no date 2013-13-15", NULL},
        {"date_trunc('month', timestamp '2015-03-05 09:32:05.359')", "2015-03-01 00:00:00", NULL},
        {"date_trunc('hour', timestamp '2015-03-05 09:32:05.359')", "2015-03-05 09:00:00", NULL},
        {"date_trunc('week', timestamp '2015-03-05 09:32:05')", "2015-03-02 00:00:00", NULL},
        {"date_trunc('nonsense', timestamp '2015-03-05 09:32:05')", "NULL", NULL},
        {"trunc(date '2019-08-04', 'quarter')", "2019-07-01", NULL},
        {"year(date '0001-01-01' - interval '400' day)", "-1", NULL},
        {"date '2020-01-01' < timestamp '2020-01-01 00:00:01'", "true", NULL},
        {"date '2020-01-01' IN ('2020-01-01')", "true", NULL},
    };
    CHECK(rows);
}

static void more_text_functions(void **state)
{
    static const row rows[] = {
        {"concat_ws(',', 'a', NULL, 'b')", "a,b", "STRING"},
        {"concat_ws('/', array('x', 'y'), 'z')", "x/y/z", NULL},
        {"concat_ws(NULL, 'a')", "NULL", NULL},
        {"substring_index('www.apache.org', '.', 2)", "www.apache", NULL},
        {"substring_index('www.apache.org', '.', -1)", "org", NULL},
        {"substring_index('a.b', '.', 9)", "a.b", NULL},
        {"overlay('Spark SQL' placing '_' from 6)", "Spark_SQL", NULL},
        {"overlay('Spark SQL', 'ANSI ', 7, 0)", "Spark ANSI SQL", NULL},
        {"translate('AaBbCc', 'abc', '123')", "A1B2C3", NULL},
        {"translate('AaBbCc', 'abc', '1')", "A1BC", NULL},
        {"ascii('2')", "50", "INT"},
        {"chr(65)", "A", NULL},
        {"chr(321)", "A", NULL},
        {"space(3) || '.'", "   .", NULL},
        {"levenshtein('kitten', 'sitting')", "3", NULL},
        {"soundex('Miller')", "M460", NULL},
        {"soundex('Tymczak')", "T522", NULL},
        {"base64('Spark SQL')", "U3BhcmsgU1FM", NULL},
        {"cast(unbase64('U3BhcmsgU1FM') as string)", "Spark SQL", NULL},
        {"unbase64('!')", "!is not base64", NULL},
        {"format_number(12332.123456, 4)", "12,332.1235", NULL},
        {"format_number(-1234567, 0)", "-1,234,567", NULL},
        {"format_string('Hello World %d %s', 100, 'days')", "Hello World 100 days", NULL},
        {"printf('%05.1f|%x|%%', 2.25, 255)", "002.2|ff|%", NULL},
        {"format_string('%d', 'x')", "!does not fit", NULL},
        {"format_string('%d')", "!does not fit", NULL},
        {"md5('Spark')", "8cde774d6f7333752ed72cacddb05126", "STRING"},
        {"sha1('Spark')", "85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c", NULL},
        {"sha2('Spark', 256)", "529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b", NULL},
        {"sha2('', 224)", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f", NULL},
        {"sha2('abc', 512)",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
         NULL},
        {"sha2('abc', 384)", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7", NULL},
        {"sha2('abc', 1)", "NULL", NULL},
        {"md5(repeat('a', 55)) || md5(repeat('a', 56)) = md5(repeat('a', 55)) || '3b0c8ac703f828b04c6c197006d17218'", "true", NULL},
        {"crc32('Spark')", "1557323817", "BIGINT"},
        {"hash('Spark', array(123), 2)", "-1321691492", "INT"},
        {"xxhash64('Spark', array(123), 2)", "5602566077635097486", "BIGINT"},
    };
    CHECK(rows);
}

static void more_number_functions(void **state)
{
    static const row rows[] = {
        {"pmod(10, 3)", "1", "BIGINT"},
        {"pmod(-10, 3)", "2", NULL},
        {"pmod(-10.5, 3)", "1.5", NULL},
        {"pmod(1, 0)", "!division by zero", NULL},
        {"factorial(5)", "120", NULL},
        {"factorial(21)", "NULL", NULL},
        {"width_bucket(5.3, 0.2, 10.6, 5)", "3", NULL},
        {"width_bucket(-2.1, 1.3, 3.4, 3)", "0", NULL},
        {"width_bucket(8.1, 0.0, 5.7, 4)", "5", NULL},
        {"width_bucket(-0.9, 5.2, 0.5, 2)", "3", NULL},
        {"nanvl(cast('NaN' as double), 123)", "123.0", NULL},
        {"hex(17)", "11", NULL},
        {"hex('Spark SQL')", "537061726B2053514C", NULL},
        {"cast(unhex('537061726B2053514C') as string)", "Spark SQL", NULL},
        {"unhex('xx')", "NULL", NULL},
        {"bin(13)", "1101", NULL},
        {"bin(-13)", "1111111111111111111111111111111111111111111111111111111111110011", NULL},
        {"conv('100', 2, 10)", "4", NULL},
        {"conv(-10, 16, -10)", "-16", NULL},
        {"bit_count(7)", "3", NULL},
        {"assert_true(1 < 2)", "NULL", "VOID"},
        {"assert_true(1 > 2, 'no')", "!assert_true: no", NULL},
    };
    CHECK(rows);
}

static void more_date_functions(void **state)
{
    static const row rows[] = {
        {"to_date('2016-12-31', 'yyyy-MM-dd')", "2016-12-31", "DATE"},
        {"to_date('2009-07-30 04:17:52')", "2009-07-30", NULL},
        {"to_date('31/12/2016', 'dd/MM/yyyy')", "2016-12-31", NULL},
        {"to_date('1/2/2016', 'd/M/yyyy')", "2016-02-01", NULL},
        {"to_date('20161231', 'yyyyMMdd')", "2016-12-31", NULL},
        {"to_date('Jan 5 2020', 'MMM d yyyy')", "2020-01-05", NULL},
        {"to_date('2016-13-31', 'yyyy-MM-dd')", "!is not a date", NULL},
        {"to_date('2016-12-31x', 'yyyy-MM-dd')", "!is not a date", NULL},
        {"try_to_timestamp('foo', 'yyyy-MM-dd')", "NULL", "TIMESTAMP"},
        {"to_timestamp('2016-12-31 00:12:00')", "2016-12-31 00:12:00", NULL},
        {"to_timestamp('12/31/16 1:05:09.25 PM', 'MM/dd/yy h:mm:ss.SS a')", "2016-12-31 13:05:09.25", NULL},
        {"to_timestamp('2016-12-31T10', 'yyyy-MM-dd''T''HH')", "2016-12-31 10:00:00", NULL},
        {"date_format('2016-04-08', 'y')", "2016", "STRING"},
        {"date_format(timestamp '2016-04-08 13:05:09.123456', 'EEEE, d MMMM yyyy hh:mm:ss.SSS a')", "Friday, 8 April 2016 01:05:09.123 PM",
         NULL},
        {"date_format(date '2016-04-08', 'D Q yy')", "99 2 16", NULL},
        {"date_format(date '2016-04-08', 'bad')", "!no letter 'b'", NULL},
        {"unix_timestamp('2016-04-08', 'yyyy-MM-dd')", "1460073600", "BIGINT"},
        {"unix_timestamp() = 0", "true", NULL},
        {"from_unixtime(0, 'yyyy-MM-dd HH:mm:ss')", "1970-01-01 00:00:00", NULL},
        {"from_unixtime(-1)", "1969-12-31 23:59:59", NULL},
        {"timestamp_seconds(1230219000)", "2008-12-25 15:30:00", NULL},
        {"timestamp_millis(1230219000123)", "2008-12-25 15:30:00.123", NULL},
        {"unix_seconds(timestamp '1970-01-01 00:00:01')", "1", NULL},
        {"unix_millis(timestamp '1969-12-31 23:59:59.9995')", "-1", NULL},
        {"unix_date(date '1970-01-02')", "1", NULL},
        {"date_from_unix_date(1)", "1970-01-02", NULL},
        {"months_between('1997-02-28 10:30:00', '1996-10-30')", "3.94959677", NULL},
        {"months_between('1997-02-28 10:30:00', '1996-10-30', false)", "3.9495967741935485", NULL},
        {"months_between(date '2020-03-31', date '2020-02-29')", "1.0", NULL},
        {"next_day('2015-01-14', 'TU')", "2015-01-20", NULL},
        {"next_day(date '2015-01-14', 'wednesday')", "2015-01-21", NULL},
        {"next_day('2015-01-14', 'xx')", "!not a day of the week", NULL},
        {"make_timestamp(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887", NULL},
        {"make_timestamp(2014, 2, 30, 6, 30, 0)", "!no moment", NULL},
        {"date '2020-01-31' + make_interval(0, 1)", "2020-02-29", NULL},
        {"timestampadd(HOUR, 8, timestamp '2022-02-11 20:30:00')", "2022-02-12 04:30:00", "TIMESTAMP"},
        {"timestampadd(MONTH, 1, timestamp '2022-01-31 00:00:00')", "2022-02-28 00:00:00", NULL},
        {"timestampdiff(HOUR, timestamp '2022-02-11 20:30:00', timestamp '2022-02-12 04:30:00')", "8", "BIGINT"},
        {"timestampdiff(MONTH, date '2022-01-31', date '2022-02-28')", "0", NULL},
        {"timestampdiff(YEAR, date '2000-02-29', date '2001-03-01')", "1", NULL},
        {"datediff(DAY, date '2022-01-01', date '2022-01-05')", "4", NULL},
        {"dateadd(WEEK, 2, date '2022-01-01')", "2022-01-15 00:00:00", NULL},
        {"timestampdiff(FORTNIGHT, date '2022-01-01', date '2022-01-05')", "!not a unit", NULL},
        {"dayname(date '2024-02-28')", "Wed", NULL},
        {"monthname(date '2024-02-28')", "Feb", NULL},
    };
    CHECK(rows);
}

static void times_of_day(void **state)
{
    static const row rows[] = {
        {"time '12:34:56.789'", "12:34:56.789", "TIME"},
        {"cast('1:2:3.4567' as time(2))", "01:02:03.45", "TIME(2)"},
        {"cast(cast('1:2:3.4567' as time(2)) as time)", "01:02:03.45", "TIME"},
        {"coalesce(cast('1:2:3.4567' as time(0)), time '1:00')", "01:02:03", "TIME"},
        {"cast('25:00' as time)", "!is not TIME", NULL},
        {"try_cast('25:00' as time)", "NULL", "TIME"},
        {"cast(time '01:02:03.50' as string)", "01:02:03.5", "STRING"},
        {"cast(timestamp_ntz '2024-01-02 03:04:05.6' as time)", "03:04:05.6", NULL},
        {"cast(timestamp '1969-12-31 23:00:00' as time)", "23:00:00", NULL},
        {"cast(date '2024-01-02' as time)", "!no cast between", NULL},
        {"cast(time '01:00:01.5' as int)", "3601", NULL},
        {"cast(time '01:00:01.5' as decimal(10, 2))", "3601.50", NULL},
        {"cast(time '12:00' as tinyint)", "!does not fit", NULL},
        {"cast(time '01:02:03' as interval)", "1 hours 2 minutes 3 seconds", NULL},
        {"cast(time '01:02:03' as interval hour to minute)", "INTERVAL '01:02' HOUR TO MINUTE", NULL},
        {"cast(interval '-1' hour as time)", "23:00:00", NULL},
        {"time '20:00' + interval '5' hour", "01:00:00", "TIME"},
        {"interval '1 day 5 hours' + time '20:00'", "01:00:00", NULL},
        {"time '01:00' - interval '50' hour", "23:00:00", NULL},
        {"time '01:00' + interval '1' month", "01:00:00", NULL},
        {"time '12:00' - time '13:30'", "INTERVAL '-01:30:00' HOUR TO SECOND", "INTERVAL HOUR TO SECOND"},
        {"time '12:00' - '11:59'", "INTERVAL '00:01:00' HOUR TO SECOND", NULL},
        {"date '2024-02-03' + time '04:05:06'", "2024-02-03 04:05:06", "TIMESTAMP"},
        {"time '04:05:06' + date '1969-12-31'", "1969-12-31 04:05:06", NULL},
        {"time '12:00' + time '13:30'", "!+", NULL},
        {"date '2024-02-03' - time '04:05:06'", "!-", NULL},
        {"time '12:00' < '12:00:00.000001'", "true", NULL},
        {"time '12:00' in ('11:00', '12:00:00.0')", "true", NULL},
        {"time '12:00' = timestamp '2024-01-01 12:00:00'", "!=", NULL},
        {"hour(time '23:59:58.7') * 10000 + minute(time '23:59:58.7') * 100 + second(time '23:59:58.7')", "235958", "INT"},
        {"extract(second from time '23:59:58.7')", "58.700000", "DECIMAL(8,6)"},
        {"date_part('epoch', time '00:01:00.5')", "60.500000", NULL},
        {"date_part('microsecond', time '00:01:00.5')", "500000", NULL},
        {"extract(year from time '12:00')", "!time of day", NULL},
        {"month(time '12:00')", "!month", NULL},
        {"date_trunc('minute', time '12:34:56.7')", "12:34:00", "TIME"},
        {"date_trunc('week', time '12:34:56.7')", "00:00:00", NULL},
        {"date_trunc('nothing', time '12:34:56.7')", "NULL", NULL},
        {"time_trunc('MILLISECOND', time '12:34:56.7891')", "12:34:56.789", "TIME"},
        {"time_trunc('day', time '12:34:56.7')", "!no unit", NULL},
        {"time_diff('HOUR', time '20:30', time '22:29')", "1", "BIGINT"},
        {"time_diff('MICROSECOND', time '20:30', time '20:29')", "-60000000", NULL},
        {"make_time(6, 30, 45.887)", "06:30:45.887", "TIME"},
        {"make_time(24, 0, 0)", "!no time", NULL},
        {"make_time(1, 0, 60)", "!no time", NULL},
        {"make_time(1, NULL, 6)", "NULL", NULL},
        {"to_time(' 01:02 ')", "01:02:00", "TIME"},
        {"to_time('10.05', 'HH.mm')", "10:05:00", NULL},
        {"to_time('10', 'HH.mm')", "!not a time", NULL},
        {"try_to_time('10', 'HH.mm')", "NULL", NULL},
        {"date_format(time '13:05:09.25', 'hh:mm:ss.SS a')", "01:05:09.25 PM", NULL},
        {"to_char(time '13:05:09', 'HH-mm')", "13-05", NULL},
        {"from_json('{\"t\": \"11:12:13\"}', 't TIME')", "{11:12:13}", NULL},
        {"to_json(struct(time '11:12:13' AS t))", "{\"t\":\"11:12:13\"}", NULL},
        {"current_time - localtime", "INTERVAL '00:00:00' HOUR TO SECOND", NULL},
        {"cast(current_time(0) as string) not like '%.%'", "true", NULL},
    };
    CHECK(rows);
}

static void lists_and_structs(void **state)
{
    static const row rows[] = {
        {"array(1, 2, 3)", "[1, 2, 3]", "ARRAY<INT>"},
        {"ARRAY[1, 2.5]", "[1.0, 2.5]", NULL},
        {"size(array(1, NULL))", "2", "INT"},
        {"element_at(array('a', 'b'), 2)", "b", "STRING"},
        {"element_at(array('a', 'b'), -1)", "b", NULL},
        {"element_at(array('a', 'b'), 3)", "!element 3 of an array of 2", NULL},
        {"try_element_at(array('a', 'b'), 3)", "NULL", NULL},
        {"(array('a', 'b'))[0]", "a", NULL},
        {"array_contains(array(1, 2), 2)", "true", NULL},
        {"array_contains(array(1, NULL), 2)", "NULL", NULL},
        {"array_position(array('a', 'b'), 'b')", "2", "BIGINT"},
        {"concat(array(1), array(2, 3))", "[1, 2, 3]", NULL},
        {"CASE WHEN true THEN array(1) ELSE array(2, 3) END", "[1]", NULL},
        {"size(NULL)", "NULL", NULL},
        {"(array('a', 'b'))[2]", "!element 2 of an array of 2", NULL},
        {"struct(1, 'x')", "{1, x}", NULL},
        {"(struct(1, 'x')).col2", "x", "STRING"},
    };
    CHECK(rows);
}

static void more_list_functions(void **state)
{
    static const row rows[] = {
        {"array_sort(array('b', 'd', NULL, 'c', 'a'))", "[a, b, c, d, null]", "ARRAY<STRING>"},
        {"sort_array(array(3, NULL, 1))", "[null, 1, 3]", NULL},
        {"sort_array(array(3, NULL, 1), false)", "[3, 1, null]", NULL},
        {"array_reverse(array(1, 2, 3))", "[3, 2, 1]", NULL},
        {"array_min(array(1, 20, NULL, 3))", "1", "INT"},
        {"array_max(array('a', 'long text of many bytes'))", "long text of many bytes", NULL},
        {"array_max(array(NULL))", "NULL", NULL},
        {"array_distinct(array(1, 2, 3, NULL, 3, NULL))", "[1, 2, 3, null]", NULL},
        {"array_union(array(1, 2, 3), array(1, 3, 5))", "[1, 2, 3, 5]", NULL},
        {"array_intersect(array(1, 2, 3), array(1, 3, 5))", "[1, 3]", NULL},
        {"array_except(array(1, 2, 3), array(1, 3, 5))", "[2]", NULL},
        {"arrays_overlap(array(1, 2, 3), array(3, 4, 5))", "true", NULL},
        {"arrays_overlap(array(1, 2), array(3, NULL))", "NULL", NULL},
        {"array_remove(array(1, 2, 3, NULL, 3), 3)", "[1, 2, null]", NULL},
        {"array_append(array('b', 'd'), 'c')", "[b, d, c]", NULL},
        {"array_prepend(array('b', 'd'), NULL)", "[null, b, d]", NULL},
        {"array_compact(array(1, NULL, 2))", "[1, 2]", NULL},
        {"array_repeat('123', 2)", "[123, 123]", NULL},
        {"slice(array(1, 2, 3, 4), 2, 2)", "[2, 3]", NULL},
        {"slice(array(1, 2, 3, 4), -2, 2)", "[3, 4]", NULL},
        {"slice(array(1, 2, 3, 4), 0, 2)", "!counts from 1", NULL},
        {"flatten(array(array(1, 2), array(3, 4)))", "[1, 2, 3, 4]", NULL},
        {"array_join(array('hello', NULL, 'world'), ' ', ',')", "hello , world", NULL},
        {"array_join(array(1, NULL, 2), '-')", "1-2", NULL},
        {"sequence(1, 5)", "[1, 2, 3, 4, 5]", NULL},
        {"sequence(5, 1, -2)", "[5, 3, 1]", NULL},
        {"sequence(1, 5, -1)", "!step", NULL},
        {"sequence(date '2018-01-31', date '2018-03-31', interval 1 month)", "[2018-01-31, 2018-02-28, 2018-03-31]", NULL},
    };
    CHECK(rows);
}

static void json_functions(void **state)
{
    static const row rows[] = {
        {"get_json_object('{\"a\":\"b\"}', '$.a')", "b", "STRING"},
        {"get_json_object(' {\"a\": {\"b\": [1, {\"c\": \"x\\u00e9\\n\"}]}} ', '$.a.b[1].c')", "xé\n", NULL},
        {"get_json_object('{\"a\": {\"b\": [1, 2.5e3]}}', '$.a')", "{\"b\": [1, 2.5e3]}", NULL},
        {"get_json_object('{\"a b\": true}', '$[''a b'']')", "true", NULL},
        {"get_json_object('[1, 2, 3]', '$[2]')", "3", NULL},
        {"get_json_object('[1, 2, 3]', '$[3]')", "NULL", NULL},
        {"get_json_object('{\"a\": null}', '$.a')", "NULL", NULL},
        {"get_json_object('{\"a\": 1', '$.a')", "NULL", NULL},
        {"get_json_object('{\"a\": 1} x', '$.a')", "NULL", NULL},
        {"get_json_object('{\"a\": 1}', 'a')", "NULL", NULL},
        {"get_json_object(repeat('[', 10000), '$')", "NULL", NULL},
        {"json_array_length('[1, [2, 3], {\"a\": 4}]')", "3", NULL},
        {"json_array_length('[]')", "0", NULL},
        {"json_array_length('{}')", "NULL", NULL},
        {"to_json(array(1.5, NULL, 2.25))", "[1.50,null,2.25]", NULL},
        {"to_json(array('a\"b', NULL))", "[\"a\\\"b\",null]", NULL},
        {"to_json(struct(1, NULL, 'x'))", "{\"col1\":1,\"col3\":\"x\"}", NULL},
        {"to_json(array(timestamp '2015-08-26 01:02:03'))", "[\"2015-08-26T01:02:03.000Z\"]", NULL},
        {"to_json(1)", "!does not take (INT)", NULL},
    };
    CHECK(rows);
}

static void wrong_calls_say_what_is_wrong(void **state)
{
    static const row rows[] = {
        {"uper('a')", "!did you mean upper", NULL},
        {"substring('a')", "!takes 2 to 3 arguments, not 1", NULL},
        {"year(true)", "!does not take (BOOLEAN)", NULL},
        {"date '2020-01-01' * 2", "!there is no DATE * INT", NULL},
        {"1 + array(1)", "!there is no INT + ARRAY<INT>", NULL},
        {"sum(1)", "!may not stand here", NULL},
        {"no_such_column + 1", "!there is no column no_such_column", NULL},
        {"CASE WHEN 1 = 1 THEN 1 ELSE array(1) END", "!mixes", NULL},
        {"cast(array(1) as int)", "!there is no cast", NULL},
        {"$1", "!no value", NULL},
    };
    CHECK(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(arithmetic_follows_ansi), unit_case(decimals_follow_spark), unit_case(casts_follow_ansi),
        unit_case(logic_is_three_valued),   unit_case(text_functions),        unit_case(number_functions),
        unit_case(date_functions),          unit_case(times_of_day),          unit_case(lists_and_structs),
        unit_case(more_text_functions),     unit_case(more_number_functions), unit_case(more_date_functions),
        unit_case(more_list_functions),     unit_case(json_functions),        unit_case(wrong_calls_say_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
