/* tpch.c -- queries of TPC-H, built with frames.
 *
 * usage: tpch DIR [QUERY...] [--csv] [--repeat N] [--cache] [--explain]
 *
 * DIR holds lineitem.h5 and so on, as tpch_import makes them.  Without QUERY all that are here run: 1 3 5 6 10 12 18.  --csv prints the
 * rows as CSV with a header, --repeat runs each N times and prints the seconds of each run, --cache loads the tables into memory first, --explain
 * prints each plan with true rows and times.  --passes lists the optimiser passes that --disable-passes knows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <brasa/brasa.h>

enum { PATH_BYTES = 4096 };

typedef struct tables {
    brasa_frame *lineitem, *orders, *customer, *nation, *region, *supplier;
} tables;

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static brasa_frame *table(brasa_session *s, const char *dir, const char *name, bool cache)
{
    char uri[PATH_BYTES];

    snprintf(uri, sizeof uri, "%s/%s.h5:/%s", dir, name, name);
    brasa_frame *f = brasa_read(s, uri);
    return cache ? brasa_persist(f) : f;
}

/* Pricing summary report. */
static brasa_frame *q1(const tables *t)
{
    brasa_frame *f = brasa_filter(t->lineitem, "l_shipdate <= ?", BRASA_DATE("1998-09-02"));

    f = brasa_aggregate(
        f, "l_returnflag, l_linestatus",
        "sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price, sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,"
        " sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge, avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price,"
        " avg(l_discount) AS avg_disc, count(*) AS count_order");
    return brasa_sort(f, "l_returnflag, l_linestatus");
}

/* Shipping priority. */
static brasa_frame *q3(const tables *t)
{
    brasa_frame *c = brasa_filter(t->customer, "c_mktsegment = 'BUILDING'");
    brasa_frame *o = brasa_filter(t->orders, "o_orderdate < ?", BRASA_DATE("1995-03-15"));
    brasa_frame *l = brasa_filter(t->lineitem, "l_shipdate > ?", BRASA_DATE("1995-03-15"));
    brasa_frame *f = brasa_join(brasa_join(c, o, "c_custkey = o_custkey"), l, "l_orderkey = o_orderkey");

    f = brasa_aggregate(f, "l_orderkey, o_orderdate, o_shippriority", "sum(l_extendedprice * (1 - l_discount)) AS revenue");
    f = brasa_select(f, "l_orderkey, revenue, o_orderdate, o_shippriority");
    return brasa_limit(brasa_sort(f, "revenue DESC, o_orderdate"), 10, 0);
}

/* Local supplier volume. */
static brasa_frame *q5(const tables *t)
{
    brasa_frame *f = brasa_join(
        t->customer, brasa_filter(t->orders, "o_orderdate >= ? AND o_orderdate < ?", BRASA_DATE("1994-01-01"), BRASA_DATE("1995-01-01")),
        "c_custkey = o_custkey");

    f = brasa_join(f, t->lineitem, "l_orderkey = o_orderkey");
    f = brasa_join(f, t->supplier, "l_suppkey = s_suppkey AND c_nationkey = s_nationkey");
    f = brasa_join(f, t->nation, "s_nationkey = n_nationkey");
    f = brasa_join(f, brasa_filter(t->region, "r_name = 'ASIA'"), "n_regionkey = r_regionkey");
    f = brasa_aggregate(f, "n_name", "sum(l_extendedprice * (1 - l_discount)) AS revenue");
    return brasa_sort(f, "revenue DESC");
}

/* Forecasting revenue change. */
static brasa_frame *q6(const tables *t)
{
    brasa_frame *f =
        brasa_filter(t->lineitem, "l_shipdate >= ? AND l_shipdate < ? AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24",
                     BRASA_DATE("1994-01-01"), BRASA_DATE("1995-01-01"));

    return brasa_aggregate(f, NULL, "sum(l_extendedprice * l_discount) AS revenue");
}

/* Returned item reporting. */
static brasa_frame *q10(const tables *t)
{
    brasa_frame *o = brasa_filter(t->orders, "o_orderdate >= ? AND o_orderdate < ?", BRASA_DATE("1993-10-01"), BRASA_DATE("1994-01-01"));
    brasa_frame *f = brasa_join(t->customer, o, "c_custkey = o_custkey");

    f = brasa_join(f, brasa_filter(t->lineitem, "l_returnflag = 'R'"), "l_orderkey = o_orderkey");
    f = brasa_join(f, t->nation, "c_nationkey = n_nationkey");
    f = brasa_aggregate(f, "c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment",
                        "sum(l_extendedprice * (1 - l_discount)) AS revenue");
    f = brasa_select(f, "c_custkey, c_name, revenue, c_acctbal, n_name, c_address, c_phone, c_comment");
    return brasa_limit(brasa_sort(f, "revenue DESC, c_custkey"), 20, 0);
}

/* Shipping modes and order priority. */
static brasa_frame *q12(const tables *t)
{
    brasa_frame *l =
        brasa_filter(t->lineitem,
                     "l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate AND l_shipdate < l_commitdate AND l_receiptdate >= ?"
                     " AND l_receiptdate < ?",
                     BRASA_DATE("1994-01-01"), BRASA_DATE("1995-01-01"));
    brasa_frame *f = brasa_join(t->orders, l, "o_orderkey = l_orderkey");

    f = brasa_aggregate(f, "l_shipmode",
                        "sum(CASE WHEN o_orderpriority IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) AS high_line_count,"
                        " sum(CASE WHEN o_orderpriority NOT IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) AS low_line_count");
    return brasa_sort(f, "l_shipmode");
}

/* Large volume customer. */
static brasa_frame *q18(const tables *t)
{
    brasa_frame *big = brasa_filter(brasa_aggregate(t->lineitem, "l_orderkey AS big_key", "sum(l_quantity) AS quantity"), "quantity > 300");
    brasa_frame *o = brasa_join(t->orders, big, "o_orderkey = big_key", .how = BRASA_SEMI);
    brasa_frame *f = brasa_join(brasa_join(t->customer, o, "c_custkey = o_custkey"), t->lineitem, "o_orderkey = l_orderkey");

    f = brasa_aggregate(f, "c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice", "sum(l_quantity) AS sum_quantity");
    return brasa_limit(brasa_sort(f, "o_totalprice DESC, o_orderdate, o_orderkey"), 100, 0);
}

static const struct {
    int number;
    brasa_frame *(*make)(const tables *t);
} queries[] = {{1, q1}, {3, q3}, {5, q5}, {6, q6}, {10, q10}, {12, q12}, {18, q18}};
enum { NQUERIES = sizeof queries / sizeof queries[0] };

static void field(const brasa_value *v)
{
    /* The table printer's text, quoted where CSV needs it. */
    char *text = brasa_value_text_new(v, NULL);

    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stdout);
    } else {
        putchar('"');
        for (const char *p = text; *p != '\0'; p++) {
            if (*p == '"') putchar('"');
            putchar(*p);
        }
        putchar('"');
    }
    brasa_text_free(text);
}

static void print_csv(const brasa_result *r)
{
    brasa_schema schema = brasa_result_schema(r);

    for (int32_t c = 0; c < schema.ncols; c++) printf("%s%s", c > 0 ? "," : "", schema.cols[c].name);
    putchar('\n');
    for (int64_t i = 0; i < brasa_result_rows(r); i++) {
        for (int32_t c = 0; c < schema.ncols; c++) {
            brasa_value v = brasa_result_value(r, i, c);

            if (c > 0) putchar(',');
            if (!v.null) field(&v);
        }
        putchar('\n');
    }
}

static brasa_status run(const tables *t, int i, bool csv, bool explain, int repeat)
{
    if (explain) {
        printf("Q%d\n", queries[i].number);
        return brasa_explain(queries[i].make(t), BRASA_EXPLAIN_ANALYZE);
    }
    for (int k = 0; k < repeat; k++) {
        double        start = seconds();
        brasa_result *r;
        brasa_status  status = brasa_collect(queries[i].make(t), &r);

        if (status != BRASA_OK) return status;
        if (repeat > 1) {
            printf("q%02d %.4f\n", queries[i].number, seconds() - start);
        } else if (csv) {
            print_csv(r);
            putchar('\n'); /* between queries */
        } else {
            printf("Q%d\n", queries[i].number);
            brasa_result_print(r, stdout);
        }
        brasa_result_free(r);
    }
    fflush(stdout);
    return BRASA_OK;
}

static int usage(brasa_session *s, const char *what)
{
    fprintf(stderr, "tpch: %s\nusage: tpch DIR [QUERY...] [--csv] [--repeat N] [--cache] [--explain]; queries 1 3 5 6 10 12 18\n", what);
    brasa_stop(s);
    return 2;
}

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "tpch", .keep_unknown = true);
    const char    *dir = NULL;
    bool           csv = false, cache = false, explain = false, wanted[NQUERIES] = {false}, some = false;
    int            repeat = 1;

    for (int i = 1; i < argc; i++) {
        bool found = false;

        if (strcmp(argv[i], "--passes") == 0) {
            for (int k = 0; brasa_pass_name(k) != NULL; k++) printf("%s\n", brasa_pass_name(k));
            return brasa_stop(s);
        }
        if (strcmp(argv[i], "--csv") == 0) {
            csv = true;
        } else if (strcmp(argv[i], "--cache") == 0) {
            cache = true;
        } else if (strcmp(argv[i], "--explain") == 0) {
            explain = true;
        } else if (strcmp(argv[i], "--repeat") == 0 && i + 1 < argc) {
            repeat = atoi(argv[++i]);
        } else if (dir == NULL) {
            dir = argv[i];
        } else {
            for (int q = 0; q < NQUERIES; q++) {
                if (atoi(argv[i]) == queries[q].number) wanted[q] = some = found = true;
            }
            if (!found) return usage(s, "there is no such query");
        }
    }
    if (dir == NULL || repeat < 1) return usage(s, "which directory?");
    tables t = {table(s, dir, "lineitem", cache), table(s, dir, "orders", cache), table(s, dir, "customer", cache),
                table(s, dir, "nation", cache),   table(s, dir, "region", cache), table(s, dir, "supplier", cache)};

    for (int q = 0; q < NQUERIES; q++) {
        if (some && !wanted[q]) continue;
        if (run(&t, q, csv, explain, repeat) != BRASA_OK) break;
    }
    return brasa_stop(s);
}
