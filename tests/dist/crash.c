/* crash.c -- a job whose user functions crash, for check_crash.py: crash WHERE, with WHERE one of wild, overflow, abort, leave, hang, aggregate, map, foreach, none. */
#include <brasa/brasa.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int wild(brasa_udf_call *call)
{
    volatile uintptr_t first_page = 64; /* which nobody has */
    volatile int64_t  *nowhere = (volatile int64_t *)first_page;

    if (((const int64_t *)call->args[0].values)[0] >= 0) *nowhere = 1;
    memset(call->out, 0, sizeof(int64_t) * (size_t)call->rows);
    return 0;
}
BRASA_UDF(wild, .batch = wild, .args = "BIGINT", .returns = "BIGINT");

/* Not a tail call, so each takes its part of the stack. */
static int64_t deeper(int64_t n, volatile char *before)
{
    volatile char here[4096];

    if (n < 0) return 0;

    here[n % 4096] = before == NULL ? 0 : before[0];
    return n + deeper(n + 1, here) + here[0];
}

static int overflow(brasa_udf_call *call)
{
    ((int64_t *)call->out)[0] = deeper(call->rows, NULL);
    return 0;
}
BRASA_UDF(overflow, .batch = overflow, .args = "BIGINT", .returns = "BIGINT");

static int give_up(brasa_udf_call *call)
{
    (void)call;
    abort();
}
BRASA_UDF(give_up, .batch = give_up, .args = "BIGINT", .returns = "BIGINT");

static int leave(brasa_udf_call *call)
{
    (void)call;
    exit(0);
}
BRASA_UDF(leave, .batch = leave, .args = "BIGINT", .returns = "BIGINT");

static int hang(brasa_udf_call *call)
{
    (void)call;
    while (pause() != 0) continue; /* for ever */
    return 0;
}
BRASA_UDF(hang, .batch = hang, .args = "BIGINT", .returns = "BIGINT");

static int update(void *state, const brasa_value *args, int32_t nargs, brasa_udf_call *call)
{
    (void)state;
    (void)args;
    (void)nargs;
    (void)call;
    abort();
}
static int finish(const void *state, brasa_value *out, brasa_udf_call *call)
{
    (void)state;
    (void)out;
    (void)call;
    return 0;
}
BRASA_UDF(worst, .update = update, .finish = finish, .state_bytes = 8, .args = "BIGINT", .returns = "BIGINT");

static int scatter(brasa_udf_call *call)
{
    (void)call;
    abort();
}
BRASA_UDF(scatter, .flat_map = scatter, .returns = "x BIGINT");

static int deep_batch(void *arg, const brasa_batch *batch)
{
    return (int)deeper(batch->rows, arg);
}

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "crash");
    const char    *what = argc > 1 ? argv[1] : "none";
    brasa_frame   *f = brasa_range(s, 0, 1000000, 1);

    if (strcmp(what, "aggregate") == 0)
        f = brasa_aggregate(f, "id % 10", "worst(id) AS w");
    else if (strcmp(what, "map") == 0)
        f = brasa_flat_map(f, "scatter");
    else if (strcmp(what, "none") != 0 && strcmp(what, "foreach") != 0)
        f = brasa_select(f, strcmp(what, "wild") == 0       ? "wild(id) AS x"
                            : strcmp(what, "leave") == 0    ? "leave(id) AS x"
                            : strcmp(what, "hang") == 0     ? "hang(id) AS x"
                            : strcmp(what, "overflow") == 0 ? "overflow(id) AS x"
                                                            : "give_up(id) AS x");
    if (strcmp(what, "foreach") == 0) return brasa_foreach_batch(brasa_range(s, 0, 10, 1), deep_batch, NULL) != BRASA_OK;
    brasa_show(f, 3);
    return brasa_stop(s);
}
