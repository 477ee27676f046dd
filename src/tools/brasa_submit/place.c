/* place.c -- the nodes that there are: Slurm's allocation, the hosts that were named, or this host. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "brasa/submit.h"
#include "tools/brasa_submit/plan.h"

/* ---- lists of hosts ---- */

static bool expand_one(text_pool *pool, const char *prefix, const char *text, size_t n, text_list *out);

/* One part of what stands in brackets, "1-3" or "07", put before the rest of the name. */
static bool expand_part(text_pool *pool, const char *prefix, const char *part, size_t n, const char *rest, size_t nrest, text_list *out)
{
    char *end;
    long  low = strtol(part, &end, 10), high = low;
    int   width = (int)(end - part);

    if (end == part || (size_t)width > n) return false;
    if (*end == '-') high = strtol(end + 1, &end, 10);
    if (end != part + n || high < low || high - low > 1000000) return false;
    for (long k = low; k <= high; k++)
        if (!expand_one(pool, pool_format(pool, "%s%0*ld", prefix, width, k), rest, nrest, out)) return false;
    return true;
}

/* A name with any number of brackets: "rack[1-2]n[01-16]". */
static bool expand_one(text_pool *pool, const char *prefix, const char *text, size_t n, text_list *out)
{
    const char *open = memchr(text, '[', n), *close;

    if (open == NULL) {
        list_addf(out, "%s%.*s", prefix, (int)n, text);
        return true;
    }
    close = memchr(open, ']', n - (size_t)(open - text));
    if (close == NULL) return false;
    prefix = pool_format(pool, "%s%.*s", prefix, (int)(open - text), text);
    for (const char *p = open + 1; p < close;) {
        size_t m = strcspn(p, ",]");

        if (!expand_part(pool, prefix, p, m, close + 1, n - (size_t)(close + 1 - text), out)) return false;
        p += m + 1;
    }
    return true;
}

/* Up to the next comma that is in no bracket. */
static size_t name_length(const char *text)
{
    int    depth = 0;
    size_t n = 0;

    for (; text[n] != '\0' && (depth > 0 || text[n] != ','); n++) depth += (text[n] == '[') - (text[n] == ']');
    return n;
}

bool expand_hosts(const char *text, text_list *out)
{
    while (*text != '\0') {
        size_t n = name_length(text);

        if (n == 0 || !expand_one(out->pool, "", text, n, out)) return false;
        text += n + (text[n] == ',');
    }
    return out->count > 0;
}

/* ---- Slurm ---- */

/* "4(x3),2" as one number a node. */
static int32_t counted(const char *text, int32_t index)
{
    for (const char *p = text; p != NULL && isdigit((unsigned char)*p);) {
        char   *end;
        int32_t n = (int32_t)strtol(p, &end, 10), times = 1;

        if (strncmp(end, "(x", 2) == 0) {
            times = (int32_t)strtol(end + 2, &end, 10);
            end += *end == ')';
        }
        if (index < times) return n;
        index -= times;
        p = *end == ',' ? end + 1 : end;
    }
    return 0;
}

/* Bytes by which Slurm limits the job on a node; 0: by nothing that it says (--mem=0, or no --mem). */
static int64_t limit_of(const node *n)
{
    const char *by_node = getenv("SLURM_MEM_PER_NODE"), *by_core = getenv("SLURM_MEM_PER_CPU");
    int64_t     mib = 0;

    if (by_node != NULL) mib = strtoll(by_node, NULL, 10);
    if (mib <= 0 && by_core != NULL) mib = strtoll(by_core, NULL, 10) * n->cores;
    return mib > 0 ? mib << 20 : 0;
}

/* "NodeName=n1 ... RealMemory=2000 ...": what Slurm knows of each node. */
static void ask_memory(plan *p, const char *list)
{
    FILE *f = popen(pool_format(p->pool, "scontrol --oneliner show nodes %s 2>/dev/null", shell_word(p->pool, list)), "re");
    char  line[8192], name[256];

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        const char *memory = strstr(line, " RealMemory=");
        long long   mib;

        if (memory == NULL || sscanf(line, "NodeName=%255s", name) != 1 || sscanf(memory, " RealMemory=%lld", &mib) != 1) continue;
        for (int32_t i = 0; i < p->nnodes; i++)
            if (strcmp(p->nodes[i].name, name) == 0 && p->nodes[i].memory == 0 && mib > 0) p->nodes[i].memory = (int64_t)mib << 20;
    }
    if (f != NULL) pclose(f);
}

/* One that asked for several kinds of nodes: mpirun and srun --nodelist reach those of the first only. */
static void note_components(const plan *p, const char *list)
{
    const char *size = getenv("SLURM_HET_SIZE");

    if (size == NULL || strtol(size, NULL, 10) < 2) return;
    fprintf(stderr, "brasa-submit: job %s has %s components of different nodes; only the first is used (%s)\n", p->job, size, list);
}

static bool place_slurm(plan *p)
{
    const char *list = getenv("SLURM_JOB_NODELIST"), *cpus = getenv("SLURM_JOB_CPUS_PER_NODE"), *tasks = getenv("SLURM_TASKS_PER_NODE"),
               *per_task = getenv("SLURM_CPUS_PER_TASK");
    bool      shaped = getenv("SLURM_NTASKS_PER_NODE") != NULL || per_task != NULL;
    text_list names = {.pool = p->pool};

    if (list == NULL || !expand_hosts(list, &names)) {
        fprintf(stderr, "brasa-submit: Slurm's job %s names no nodes (SLURM_JOB_NODELIST is '%s'); start this in an allocation\n", p->job,
                list == NULL ? "" : list);
        return false;
    }
    p->nnodes = names.count;
    p->nodes = pool_bytes(p->pool, sizeof *p->nodes * (size_t)names.count);
    for (int32_t i = 0; i < p->nnodes; i++) {
        p->nodes[i] = (node) {.name = names.items[i], .cores = counted(cpus, i), .tasks = shaped ? counted(tasks, i) : 0};
        if (p->nodes[i].cores < 1) p->nodes[i].cores = 1;
        p->nodes[i].memory = limit_of(&p->nodes[i]);
    }
    if (per_task != NULL) p->cpus_per_task = (int32_t)strtol(per_task, NULL, 10);
    if (p->nodes[0].memory == 0) ask_memory(p, list);
    note_components(p, list);
    return true;
}

/* ---- without Slurm ---- */

static const char *host_name(text_pool *pool)
{
    char name[256] = "localhost";

    (void)gethostname(name, sizeof name - 1);
    return pool_format(pool, "%s", name);
}

/* "n1:8,n2:8"; without a number as many cores as here. */
static bool place_hosts(plan *p, const char *text)
{
    text_list names = {.pool = p->pool};

    if (!expand_hosts(text, &names)) {
        fprintf(stderr, "brasa-submit: --hosts %s is no list of hosts; write n1:8,n2:8\n", text);
        return false;
    }
    p->nnodes = names.count;
    p->nodes = pool_bytes(p->pool, sizeof *p->nodes * (size_t)names.count);
    for (int32_t i = 0; i < p->nnodes; i++) {
        const char *colon = strchr(names.items[i], ':');
        int64_t     cores = brasa_machine_here().cores;

        if (colon != NULL && !cmd_number(colon + 1, 1, 100000, &cores)) {
            fprintf(stderr, "brasa-submit: --hosts: '%s' is not a number of cores; write n1:8,n2:8\n", colon + 1);
            return false;
        }
        p->nodes[i].name = colon == NULL ? names.items[i] : pool_format(p->pool, "%.*s", (int)(colon - names.items[i]), names.items[i]);
        p->nodes[i].cores = (int32_t)cores;
    }
    return true;
}

static void leave_out(plan *p, const char *host)
{
    int32_t kept = 0;

    for (int32_t i = 0; i < p->nnodes; i++)
        if (strcmp(p->nodes[i].name, host) != 0) p->nodes[kept++] = p->nodes[i];
    if (kept > 0) p->nnodes = kept;
}

/* Is it this host?  Slurm's names are often the short ones. */
static bool is_here(const plan *p)
{
    const char *here = host_name(p->pool), *name = p->nodes[0].name;
    size_t      n = strcspn(here, "."), m = strcspn(name, ".");

    return p->nnodes == 1 && n == m && strncmp(here, name, n) == 0;
}

bool place_find(plan *p, const request *r, const text_list *lost)
{
    const char   *hosts = request_get(r, "hosts");
    brasa_machine machine = brasa_machine_here();

    p->job = getenv("SLURM_JOB_ID");
    p->domains = machine.domains;
    if (hosts != NULL) {
        p->job = NULL;
        if (!place_hosts(p, hosts)) return false;
    } else if (p->job != NULL) {
        if (!place_slurm(p)) return false;
    } else {
        p->nodes = pool_bytes(p->pool, sizeof *p->nodes);
        p->nodes[0] = (node) {.name = host_name(p->pool), .cores = machine.cores};
        p->nnodes = 1;
    }
    for (int i = 0; i < lost->count; i++) leave_out(p, lost->items[i]);
    p->here = is_here(p);
    for (int32_t i = 0; i < p->nnodes; i++) /* what is not known is as here */
        if (p->nodes[i].memory == 0 || (p->here && p->nodes[i].memory > machine.memory)) p->nodes[i].memory = machine.memory;
    return true;
}
