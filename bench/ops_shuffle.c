/* bench/ops_shuffle.c -- the HASH exchange beside raw MPI_Alltoallv, over the same ranks, in one run.
 *
 *     mpirun -n 2 bin/bench_shuffle [MiB in all] [partitions] [threads] [passes] [shape] [round-bytes] [alone]
 *
 * Shapes: rows of 2, 4 or 8 int64 columns; `text`: an int64, a string of 5 to 20 bytes, a date and a float64; `all` (the default).
 * The key is uniform, so that every rank keeps its share and sends the rest.  A gigabyte a second counts all rows, those that stay too
 * (`alone` as the last argument: without it, for a profiler).  The raw figure counts the own share of the matrix likewise, in messages of 64 MiB.  Passes alternate; figures are medians after
 * one pass that warms up.  The goal is a ratio of 0.5.  On a machine that does other work, the ratio of CPU seconds of all ranks says more.
 */
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/ctx.h"
#include "base/hash.h"
#include "comm/launch.h"
#include "data/string.h"
#include "shuffle/exchange.h"

enum { BATCH = 2048, MANY = 1 << 20, MOST_COLS = 8, MOST_THREADS = 64, MOST_PASSES = 100, RAW_BYTES = 64 << 20 };

typedef struct shape {
    const char *name;
    int32_t     ints;  /* int64 columns first */
    bool        mixed; /* then a string, a date and a float64 */
} shape;

static const shape shapes[] = {{"2", 2, false}, {"4", 4, false}, {"8", 8, false}, {"text", 1, true}};

typedef struct bench {
    brasa_comm     *comm;
    brasa_ctx      *ctx;
    brasa_exchange *x;
    int64_t         bytes; /* over all ranks */
    int32_t         nparts, threads, passes;
    int32_t         ncols;
    int64_t         width; /* bytes of a row */
    bool            alone;
    brasa_field     fields[MOST_COLS];
    void           *values[MOST_COLS]; /* [MANY]: written again and again */
    char           *text;              /* of long strings */
    char           *send, *recv;       /* [size * RAW_BYTES] */
} bench;

typedef struct task {
    bench  *b;
    int32_t thread;
} task;

typedef struct cost {
    double seconds, cpu; /* cpu: of all ranks */
} cost;

static _Noreturn void give_up(const bench *b, const brasa_error *err)
{
    fprintf(stderr, "bench_shuffle: %s\n", err->text);
    if (b->comm->size > 1) MPI_Abort(MPI_COMM_WORLD, 1);
    abort();
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t width_of(const bench *b, int32_t c)
{
    return b->fields[c].type.kind == BRASA_KIND_STRING ? sizeof(brasa_string) : b->fields[c].type.kind == BRASA_KIND_DATE ? 4 : 8;
}

static const void *value_at(const bench *b, int32_t c, int64_t row)
{
    return (const char *)b->values[c] + width_of(b, c) * (size_t)row;
}

static void *write_rows(void *arg)
{
    task       *t = arg;
    bench      *b = t->b;
    int64_t     rows = b->bytes / b->comm->size / b->threads / b->width;
    brasa_error err;

    brasa__ctx_set(b->ctx);
    brasa__error_clear(&err);
    for (int64_t at = 0; at < rows; at += BATCH) {
        int32_t      n = rows - at < BATCH ? (int32_t)(rows - at) : BATCH;
        brasa_column cols[MOST_COLS];
        brasa_batch  in = {.rows = n, .ncols = b->ncols, .cols = cols, .nsel = n};

        for (int32_t c = 0; c < b->ncols; c++) cols[c] = (brasa_column) {.type = b->fields[c].type, .values = value_at(b, c, at % MANY)};
        if (brasa__exchange_write(b->x, t->thread, t->thread, &in, &err) != BRASA_OK) give_up(b, &err);
    }
    if (brasa__exchange_thread_end(b->x, t->thread, &err) != BRASA_OK) give_up(b, &err);
    brasa__ctx_set(NULL);
    return NULL;
}

/* From `start` and `cpu` to now, the CPU of all ranks summed. */
static cost since(const bench *b, int64_t start, double cpu)
{
    cost        c = {.seconds = (double)(brasa__clock_ns() - start) * 1e-9};
    int64_t     ns = (int64_t)((cpu_seconds() - cpu) * 1e9);
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__comm_allreduce_sum(b->comm, &ns, 1, &err) != BRASA_OK) give_up(b, &err);
    c.cpu = (double)ns * 1e-9;
    return c;
}

static cost one_shuffle(bench *b)
{
    static const int32_t keys[1] = {0};
    brasa_exchange_spec  spec = {.kind = BRASA_EXCHANGE_HASH, .nparts = b->nparts, .nkeys = 1, .keys = keys};
    pthread_t            threads[MOST_THREADS];
    task                 tasks[MOST_THREADS];
    brasa_error          err;
    int64_t              start;
    double               cpu;
    cost                 c;

    brasa__error_clear(&err);
    if (brasa__exchange_open(b->comm, &spec, (brasa_schema) {b->ncols, b->fields}, b->threads, &b->x, &err) != BRASA_OK) give_up(b, &err);
    if (brasa__comm_barrier(b->comm, &err) != BRASA_OK) give_up(b, &err);
    start = brasa__clock_ns();
    cpu = cpu_seconds();
    for (int32_t t = 0; t < b->threads; t++) {
        tasks[t] = (task) {b, t};
        pthread_create(&threads[t], NULL, write_rows, &tasks[t]);
    }
    if (brasa__exchange_run(b->x, &err) != BRASA_OK) give_up(b, &err);
    for (int32_t t = 0; t < b->threads; t++) pthread_join(threads[t], NULL);
    c = since(b, start, cpu);
    brasa__exchange_free(b->x);
    return c;
}

static cost one_raw(bench *b)
{
    size_t  size = (size_t)b->comm->size;
    int    *count = calloc(2 * size, sizeof *count), *at = count + size;
    int64_t message = RAW_BYTES, share = b->bytes / (int64_t)(size * size), start;
    double  cpu;
    cost    c;

    if (count == NULL) abort();
    if (message > share) message = share;
    for (size_t r = 0; r < size; r++) {
        count[r] = (int)message;
        at[r] = (int)((int64_t)r * message);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    start = brasa__clock_ns();
    cpu = cpu_seconds();
    for (int64_t done = 0; done < share; done += message)
        MPI_Alltoallv(b->send, count, at, MPI_BYTE, b->recv, count, at, MPI_BYTE, MPI_COMM_WORLD);
    MPI_Barrier(MPI_COMM_WORLD);
    c = since(b, start, cpu);
    free(count);
    return c;
}

static const char *argument(int argc, char **argv, int i, const char *otherwise)
{
    return argc > i ? argv[i] : otherwise;
}

static char *huge(size_t bytes)
{
    char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) abort();
    madvise(p, bytes, MADV_HUGEPAGE);
    memset(p, 1, bytes);
    return p;
}

static void *column(bench *b, const char *name, brasa_kind kind, size_t width)
{
    void *p = huge(width * MANY); /* as the buffers of tables are */

    b->fields[b->ncols] = (brasa_field) {.name = name, .type.kind = kind};
    b->values[b->ncols++] = p;
    b->width += (int64_t)width;
    return p;
}

static void add_ints(bench *b, int32_t n)
{
    static const char *names[MOST_COLS] = {"a", "b", "c", "d", "e", "f", "g", "h"};

    for (int32_t c = 0; c < n; c++) {
        int64_t *v = column(b, names[c], BRASA_KIND_INT64, sizeof *v);

        for (int64_t k = 0; k < MANY; k++) v[k] = (int64_t)brasa__hash_u64((uint64_t)(k * MOST_COLS + c) + ((uint64_t)b->comm->rank << 32));
    }
}

static void add_mixed(bench *b)
{
    brasa_string *s = column(b, "s", BRASA_KIND_STRING, sizeof *s);
    int32_t      *d = column(b, "d", BRASA_KIND_DATE, sizeof *d);
    double       *f = column(b, "f", BRASA_KIND_FLOAT64, sizeof *f);
    int64_t       long_bytes = 0;

    b->text = malloc(1 << 12);
    if (b->text == NULL) abort();
    memset(b->text, 'x', 1 << 12);
    for (int64_t k = 0; k < MANY; k++) {
        s[k] = brasa__string(b->text + k % 2048, 5 + (size_t)(k % 16));
        if (s[k].len > 12) long_bytes += s[k].len;
        d[k] = (int32_t)(k % 20000);
        f[k] = (double)k / 7;
    }
    b->width += long_bytes / MANY;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(const cost *c, int32_t n, bool cpu)
{
    double v[MOST_PASSES];

    for (int32_t i = 0; i < n; i++) v[i] = cpu ? c[i].cpu : c[i].seconds;
    qsort(v, (size_t)n, sizeof *v, compare);
    return v[n / 2];
}

static void measure(bench *b, const shape *s)
{
    cost mine[MOST_PASSES] = {{0}}, raw[MOST_PASSES] = {{0}};

    b->ncols = 0;
    b->width = 0;
    add_ints(b, s->ints);
    if (s->mixed) add_mixed(b);
    (void)one_shuffle(b);
    for (int32_t i = 0; i < b->passes; i++) {
        mine[i] = one_shuffle(b);
        if (b->comm->size > 1 && !b->alone) raw[i] = one_raw(b);
    }
    double gb = (double)b->bytes * 1e-9, t = median(mine, b->passes, false), tr = median(raw, b->passes, false),
           c = median(mine, b->passes, true), cr = median(raw, b->passes, true);

    if (b->comm->rank == 0)
        printf("%-8s %9.2f %9.2f %8.2f %12.3f %12.3f %8.2f\n", s->name, gb / t, tr > 0 ? gb / tr : 0, tr / t, c, cr, cr / c);
    for (int32_t k = 0; k < b->ncols; k++) munmap(b->values[k], width_of(b, k) * MANY);
    free(b->text);
    b->text = NULL;
}

int main(int argc, char **argv)
{
    bench       b = {0};
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__comm_world(&argc, &argv, &b.comm, &err) != BRASA_OK) {
        fprintf(stderr, "bench_shuffle: %s\n", err.text);
        return 1;
    }
    b.ctx = brasa__ctx_new(b.comm->rank, b.comm->size);
    brasa__ctx_set(b.ctx);
    b.bytes = atoll(argument(argc, argv, 1, "1024")) << 20;
    b.nparts = atoi(argument(argc, argv, 2, "8"));
    b.threads = atoi(argument(argc, argv, 3, "1"));
    b.passes = atoi(argument(argc, argv, 4, "5"));
    const char *which = argument(argc, argv, 5, "all");

    if (b.threads < 1 || b.threads > MOST_THREADS || b.nparts < 1 || b.passes < 1 || b.passes > MOST_PASSES || b.bytes < 1) {
        fprintf(stderr, "bench_shuffle: 1 to %d threads, 1 to %d passes, at least 1 partition\n", MOST_THREADS, MOST_PASSES);
        return 1;
    }
    b.alone = argc > 7;
    if (argc > 6 && brasa__config_set(b.ctx->config, "round-bytes", argv[6], &err) != BRASA_OK) give_up(&b, &err);
    b.send = huge((size_t)RAW_BYTES * (size_t)b.comm->size);
    b.recv = huge((size_t)RAW_BYTES * (size_t)b.comm->size);
    if (b.comm->rank == 0)
        printf("%-8s %9s %9s %8s %12s %12s %8s\n", "columns", "GB/s", "raw GB/s", "ratio", "CPU s", "raw CPU s", "ratio");
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        if (strcmp(which, "all") == 0 || strcmp(which, shapes[k].name) == 0) measure(&b, &shapes[k]);
    munmap(b.send, (size_t)RAW_BYTES * (size_t)b.comm->size);
    munmap(b.recv, (size_t)RAW_BYTES * (size_t)b.comm->size);
    brasa__ctx_set(NULL);
    brasa__comm_end(b.comm);
    brasa__ctx_free(b.ctx);
    return 0;
}
