/* fault_job.c -- read, join, aggregate, write: what tests break at every step.
 *
 * usage: fault_job make IN.h5:/t [ROWS]      writes the input
 *        fault_job run IN.h5:/t OUT [SALT]   reads it, writes OUT; another SALT (a number) gives other rows
 *        fault_job print OUT                 prints OUT, sorted
 * Options of Brasa (--faults=...) go before or after.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <brasa/brasa.h>

static brasa_frame *made(brasa_session *s, int64_t rows)
{
    return brasa_repartition(
        brasa_select(brasa_range(s, 0, rows, 1),
                     "id, id % 97 AS k, concat('a name of some length ', CAST(id % 13 AS STRING)) AS name, id / 8 AS x"),
        5);
}

static brasa_frame *answer(brasa_session *s, const char *in, int64_t salt)
{
    brasa_frame *f = brasa_read(s, in);
    brasa_frame *small = brasa_aggregate(f, "k", "max(id) AS top");

    f = brasa_join(brasa_filter(f, "id % 3 <> 0"), small, NULL, .using_columns = "k", .strategy = "partitioned");
    f = brasa_aggregate(f, "k, name", "count(*) AS n, sum(x) AS x, max(top) AS top, count(DISTINCT id) AS ids");
    return brasa_sort(brasa_with_column(f, "salt", "CAST(? AS BIGINT)", BRASA_I64(salt)), "k, name");
}

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "fault_job");
    const char    *what = argc > 2 ? argv[1] : "";

    if (strcmp(what, "make") == 0) {
        brasa_write(made(s, argc > 3 ? atoll(argv[3]) : 40000), argv[2], .chunk_rows = 4096);
    } else if (strcmp(what, "run") == 0 && argc > 3) {
        brasa_write(answer(s, argv[2], argc > 4 ? atoll(argv[4]) : 0), argv[3], .mode = BRASA_OVERWRITE);
    } else if (strcmp(what, "print") == 0) {
        brasa_show(brasa_sort(brasa_read(s, argv[2]), "k, name"), 5000);
    } else {
        fprintf(stderr, "usage: fault_job make IN | run IN OUT | print OUT\n");
        brasa_stop(s);
        return 2;
    }
    return brasa_stop(s);
}
