/* bench/ops_shuffle.c -- the HASH exchange beside raw MPI_Alltoallv, over the same ranks, in one run.
 *
 *     mpirun -n 2 bin/bench_shuffle [MiB in all] [partitions] [threads] [passes] [columns] [round-bytes]
 *
 * Rows of int64 columns (4), the key uniform, so that every rank keeps its share and sends the rest.  A gigabyte a second counts all
 * rows, those that stay too; the raw figure counts the own share of the matrix likewise.  On a machine that does other work, compare
 * the seconds of CPU of all ranks (`cpu`), not the time.
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
#include "shuffle/exchange.h"

enum { BATCH = 2048, MANY = 1 << 20, MOST_COLS = 8, MOST_THREADS = 64 };

typedef struct bench {
    brasa_comm     *comm;
    brasa_ctx      *ctx;
    brasa_exchange *x;
    int64_t         bytes; /* over all ranks */
    int32_t         nparts, threads, passes, ncols;
    brasa_field     fields[MOST_COLS];
    int64_t        *values[MOST_COLS]; /* [MANY]: written again and again */
} bench;

typedef struct task {
    bench  *b;
    int32_t thread;
} task;

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

static void *write_rows(void *arg)
{
    task       *t = arg;
    bench      *b = t->b;
    int64_t     rows = b->bytes / b->comm->size / b->threads / (b->ncols * 8);
    brasa_error err;

    brasa__ctx_set(b->ctx);
    brasa__error_clear(&err);
    for (int64_t at = 0; at < rows; at += BATCH) {
        int32_t      n = rows - at < BATCH ? (int32_t)(rows - at) : BATCH;
        brasa_column cols[MOST_COLS];
        brasa_batch  in = {.rows = n, .ncols = b->ncols, .cols = cols, .nsel = n};

        for (int32_t c = 0; c < b->ncols; c++) cols[c] = (brasa_column) {.type = b->fields[c].type, .values = b->values[c] + at % MANY};
        if (brasa__exchange_write(b->x, t->thread, t->thread, &in, &err) != BRASA_OK) give_up(b, &err);
    }
    if (brasa__exchange_thread_end(b->x, t->thread, &err) != BRASA_OK) give_up(b, &err);
    brasa__ctx_set(NULL);
    return NULL;
}

static void report(const bench *b, const char *what, double seconds, double cpu)
{
    int64_t     ns = (int64_t)(cpu * 1e9);
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__comm_allreduce_sum(b->comm, &ns, 1, &err) != BRASA_OK) give_up(b, &err);
    double all = (double)ns * 1e-9;

    if (b->comm->rank == 0)
        printf("%-24s %8.3f s %8.2f GB/s   cpu %7.3f s, %6.2f GB/s a core\n", what, seconds, (double)b->bytes * 1e-9 / seconds, all,
               (double)b->bytes * 1e-9 / all);
}

static void one_shuffle(bench *b)
{
    static const int32_t keys[1] = {0};
    brasa_exchange_spec  spec = {.kind = BRASA_EXCHANGE_HASH, .nparts = b->nparts, .nkeys = 1, .keys = keys};
    pthread_t            threads[MOST_THREADS];
    task                 tasks[MOST_THREADS];
    brasa_error          err;
    int64_t              start;
    double               cpu;

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
    report(b, "exchange", (double)(brasa__clock_ns() - start) * 1e-9, cpu_seconds() - cpu);
    brasa__exchange_free(b->x);
}

static char *huge(size_t bytes)
{
    char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) abort();
    madvise(p, bytes, MADV_HUGEPAGE);
    memset(p, 1, bytes);
    return p;
}

static void raw(bench *b, int64_t message)
{
    size_t size = (size_t)b->comm->size;
    char  *send = huge((size_t)message * size), *recv = huge((size_t)message * size), what[64];
    int   *count = calloc(2 * size, sizeof *count), *at = count + size;

    if (count == NULL) abort();
    for (size_t r = 0; r < size; r++) {
        count[r] = (int)message;
        at[r] = (int)((int64_t)r * message);
    }
    snprintf(what, sizeof what, "raw, %lld MiB a message", (long long)(message >> 20));
    for (int32_t pass = 0; pass < b->passes; pass++) {
        MPI_Barrier(MPI_COMM_WORLD);
        int64_t start = brasa__clock_ns();
        double  cpu = cpu_seconds();

        for (int64_t done = 0; done < b->bytes / (int64_t)(size * size); done += message)
            MPI_Alltoallv(send, count, at, MPI_BYTE, recv, count, at, MPI_BYTE, MPI_COMM_WORLD);
        MPI_Barrier(MPI_COMM_WORLD);
        report(b, what, (double)(brasa__clock_ns() - start) * 1e-9, cpu_seconds() - cpu);
    }
    munmap(send, (size_t)message * size);
    munmap(recv, (size_t)message * size);
    free(count);
}

static int64_t argument(int argc, char **argv, int i, int64_t otherwise)
{
    return argc > i ? atoll(argv[i]) : otherwise;
}

static void make_columns(bench *b)
{
    static const char *names[MOST_COLS] = {"a", "b", "c", "d", "e", "f", "g", "h"};

    for (int32_t c = 0; c < b->ncols; c++) {
        b->fields[c] = (brasa_field) {.name = names[c], .type.kind = BRASA_KIND_INT64};
        b->values[c] = aligned_alloc(64, sizeof(int64_t) * MANY);
        if (b->values[c] == NULL) abort();
        for (int64_t k = 0; k < MANY; k++)
            b->values[c][k] = (int64_t)brasa__hash_u64((uint64_t)(k * MOST_COLS + c) + ((uint64_t)b->comm->rank << 32));
    }
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
    b.bytes = argument(argc, argv, 1, 1024) << 20;
    b.nparts = (int32_t)argument(argc, argv, 2, 8);
    b.threads = (int32_t)argument(argc, argv, 3, 1);
    b.passes = (int32_t)argument(argc, argv, 4, 5);
    b.ncols = (int32_t)argument(argc, argv, 5, 4);
    if (b.threads < 1 || b.threads > MOST_THREADS || b.ncols < 1 || b.ncols > MOST_COLS || b.nparts < 1) {
        fprintf(stderr, "bench_shuffle: 1 to %d threads, 1 to %d columns, at least 1 partition\n", MOST_THREADS, MOST_COLS);
        return 1;
    }
    if (argc > 6 && brasa__config_set(b.ctx->config, "round-bytes", argv[6], &err) != BRASA_OK) give_up(&b, &err);
    make_columns(&b);
    for (int32_t pass = 0; pass < b.passes; pass++) one_shuffle(&b);
    for (int64_t mib = 1; mib <= 64 && b.comm->size > 1; mib *= 8) raw(&b, mib << 20);
    for (int32_t c = 0; c < b.ncols; c++) free(b.values[c]);
    brasa__ctx_set(NULL);
    brasa__comm_end(b.comm);
    brasa__ctx_free(b.ctx);
    return 0;
}
