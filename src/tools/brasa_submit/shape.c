/* shape.c -- how many workers where, with how many threads and how much memory.
 *
 * One worker a NUMA domain with all of its cores: threads share tables, ranks do not.  The driver comes beside the workers of the first node: it waits asleep and takes no core
 * away.  With one worker in all there is no driver beside it: one process is both.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tools/brasa_submit/plan.h"

enum { LEAST_MEMORY_MIB = 64 };

static int32_t sum_cores(const plan *p)
{
    int32_t n = 0;

    for (int32_t i = 0; i < p->nnodes; i++) n += p->nodes[i].cores;
    return n;
}

/* Each worker goes where most cores are left for it; the first of equals. */
static void spread(plan *p, int32_t workers)
{
    for (int32_t i = 0; i < p->nnodes; i++) p->nodes[i].workers = 0;
    for (int32_t w = 0; w < workers; w++) {
        int32_t best = 0;

        for (int32_t i = 1; i < p->nnodes; i++) {
            int64_t mine = (int64_t)p->nodes[i].cores * (p->nodes[best].workers + 1);
            int64_t its = (int64_t)p->nodes[best].cores * (p->nodes[i].workers + 1);

            if (mine > its) best = i;
        }
        p->nodes[best].workers++;
    }
}

/* Nobody said how many: what Slurm was asked for, else cores by threads, else one a domain. */
static void workers_by_node(plan *p, int32_t threads)
{
    for (int32_t i = 0; i < p->nnodes; i++) {
        node   *n = &p->nodes[i];
        int32_t by_domain = n->cores < p->domains ? n->cores : p->domains;

        n->workers = n->tasks > 0 ? n->tasks : threads > 0 ? n->cores / threads : by_domain;
        if (n->workers < 1) n->workers = 1;
    }
}

/* Cores that each worker can have, on the node where they are fewest. */
static int32_t tightest(const plan *p)
{
    int32_t threads = p->cpus_per_task > 0 ? p->cpus_per_task : INT_MAX;

    for (int32_t i = 0; i < p->nnodes; i++) {
        const node *n = &p->nodes[i];

        if (n->workers > 0 && n->cores / n->workers < threads) threads = n->cores / n->workers;
    }
    return threads < 1 ? 1 : threads;
}

/* All workers have as many threads: a node with more cores than others gets more workers. */
static void fill_larger_nodes(plan *p)
{
    int32_t threads = tightest(p);

    for (int32_t i = 0; i < p->nnodes; i++)
        if (p->nodes[i].tasks == 0 && p->nodes[i].cores / threads >= 2 * p->nodes[i].workers)
            p->nodes[i].workers = p->nodes[i].cores / threads;
}

static const char *place_text(const plan *p)
{
    if (p->job != NULL) return pool_format(p->pool, "the allocation of job %s (%d nodes)", p->job, p->nnodes);
    return p->here ? "this host" : pool_format(p->pool, "these %d hosts", p->nnodes);
}

static bool too_few_cores(const plan *p)
{
    int32_t all = sum_cores(p);
    int32_t fit = all / p->threads;

    fprintf(stderr, "brasa-submit: %d worker%s of %d thread%s need%s %d cores, and %s has %d", p->workers, p->workers == 1 ? "" : "s",
            p->threads, p->threads == 1 ? "" : "s", p->workers == 1 ? "s" : "", p->workers * p->threads, place_text(p), all);
    if (p->job != NULL) {
        fprintf(stderr, "; ask sbatch for --ntasks=%d --cpus-per-task=%d", p->workers, p->threads);
    } else if (fit > 0) {
        fprintf(stderr, "; give --workers %d", fit);
    } else {
        fprintf(stderr, "; give --threads %d", all);
    }
    fprintf(stderr, ", or --oversubscribe if that is meant\n");
    return false;
}

static bool choose_threads(plan *p, const request *r)
{
    int32_t wanted = request_number(r, "threads");
    bool    over = request_flag(r, "oversubscribe"), fits = true;

    p->threads = wanted > 0 ? wanted : tightest(p);
    for (int32_t i = 0; i < p->nnodes; i++) fits = fits && (int64_t)p->nodes[i].workers * p->threads <= p->nodes[i].cores;
    return fits || over || too_few_cores(p);
}

/* "4G", checked before. */
static int64_t bytes_of(const char *text)
{
    char  *end;
    double v = strtod(text, &end);
    int    shift = 0;

    switch (*end | 32) {
    case 'k': shift = 10; break;
    case 'm': shift = 20; break;
    case 'g': shift = 30; break;
    case 't': shift = 40; break;
    default: break;
    }
    return (int64_t)(v * (double)((int64_t)1 << shift));
}

/* 80% of a node's, less what the driver takes on the first. */
static int64_t share_on(const plan *p, int32_t i)
{
    return (p->nodes[i].memory / 5 * 4 - (i == 0 ? p->driver_memory : 0)) / p->nodes[i].workers;
}

/* The node that has least for a worker; all get as much. */
static int32_t poorest(const plan *p)
{
    int32_t worst = -1;

    for (int32_t i = 0; i < p->nnodes; i++)
        if (p->nodes[i].workers > 0 && (worst < 0 || share_on(p, i) < share_on(p, worst))) worst = i;
    return worst;
}

static int64_t drivers_part(const plan *p, const request *r)
{
    const char *wanted = request_get(r, "driver-memory");
    int64_t     eighth = p->nodes[0].memory / 5 * 4 / 8, most = (int64_t)4 << 30;

    if (p->ranks == p->workers) return 0;
    return wanted != NULL ? bytes_of(wanted) : eighth < most ? eighth : most;
}

static bool choose_memory(plan *p, const request *r)
{
    const char *wanted = request_get(r, "memory");
    int64_t     mib = 1 << 20, share;
    const node *n;

    p->driver_memory = drivers_part(p, r);
    n = &p->nodes[poorest(p)];
    share = share_on(p, poorest(p));
    p->memory = wanted != NULL && bytes_of(wanted) > 0 ? bytes_of(wanted) : share;
    if (p->memory * n->workers > n->memory && !request_flag(r, "oversubscribe")) {
        fprintf(stderr, "brasa-submit: %d workers of %lld MiB on node %s need more than its %lld MiB; give --memory %lldM or less\n",
                n->workers, (long long)(p->memory / mib), n->name, (long long)(n->memory / mib), (long long)(share / mib));
        return false;
    }
    if (wanted == NULL && p->memory < LEAST_MEMORY_MIB * mib) {
        fprintf(
            stderr,
            "brasa-submit: %s leaves a worker %lld MiB of memory, and it needs %d; ask for more memory (sbatch --mem), or give fewer --workers\n",
            place_text(p), (long long)(p->memory / mib), LEAST_MEMORY_MIB);
        return false;
    }
    return true;
}

/* Nodes without a worker are left out, but the first stays: the driver is there. */
static void drop_idle_nodes(plan *p)
{
    int32_t kept = 0;

    for (int32_t i = 0; i < p->nnodes; i++)
        if (p->nodes[i].workers > 0 || i == 0) p->nodes[kept++] = p->nodes[i];
    p->nnodes = kept;
}

bool shape_choose(plan *p, const request *r)
{
    int32_t workers = request_number(r, "workers");

    if (workers > 0) {
        spread(p, workers);
    } else {
        workers_by_node(p, request_number(r, "threads"));
        if (request_number(r, "threads") == 0) fill_larger_nodes(p);
    }
    for (int32_t i = 0; i < p->nnodes; i++) p->workers += p->nodes[i].workers;
    if (!choose_threads(p, r)) return false;
    drop_idle_nodes(p);
    p->driver_works = p->workers == 1 || request_flag(r, "driver-works");
    p->ranks = p->workers + (p->driver_works ? 0 : 1);
    return choose_memory(p, r);
}
