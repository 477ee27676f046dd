/* machine.c -- the size of the machine as this process may use it.
 *
 * Limits stack: the least of affinity, cgroup (v1 or v2, at every level from the process's group up) and Slurm counts.
 * What cannot be read does not limit.
 */
#include "base/machine.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines of small files of the kernel; false when the file or the line is not there. */
static bool read_line(const char *path, char *line, size_t room)
{
    FILE *f = fopen(path, "re");

    if (!f) return false;
    bool ok = fgets(line, (int)room, f) != NULL;
    fclose(f);
    return ok;
}

/* The process's path in the hierarchy of `controller`, or of v2 when it is "".  false: none. */
static bool group_path(const char *root, const char *controller, char *path, size_t room)
{
    char  file[PATH_MAX], line[PATH_MAX];
    bool  found = false;
    FILE *f;

    snprintf(file, sizeof file, "%s/proc/self/cgroup", root);
    f = fopen(file, "re");
    if (!f) return false;
    while (!found && fgets(line, sizeof line, f)) {
        char *names = strchr(line, ':');
        char *at = names ? strchr(names + 1, ':') : NULL;
        if (!at) continue;
        *names++ = '\0', *at++ = '\0';
        at[strcspn(at, "\n")] = '\0';
        for (char *save = NULL, *name = strtok_r(names, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
            if (strcmp(name, controller) == 0) found = true;
        }
        if (controller[0] == '\0' && names == at - 1) found = true; /* "0::/path" */
        if (found) snprintf(path, room, "%s", at);
    }
    fclose(f);
    return found;
}

/* Call `visit` with the folder of each level of a hierarchy, from the process's group up to the mount point. */
static void each_level(const char *root, const char *mount, const char *controller, void (*visit)(const char *folder, void *state),
                       void *state)
{
    char path[PATH_MAX], folder[2 * PATH_MAX];

    if (!group_path(root, controller, path, sizeof path)) path[0] = '\0';
    for (;;) {
        snprintf(folder, sizeof folder, "%s%s%s", root, mount, path);
        visit(folder, state);
        char *slash = strrchr(path, '/');
        if (!slash) break;
        *slash = '\0';
    }
}

static void cpu_v2(const char *folder, void *state)
{
    char      file[2 * PATH_MAX + 64], line[64];
    double   *cores = state;
    long long quota, period;

    snprintf(file, sizeof file, "%s/cpu.max", folder);
    if (!read_line(file, line, sizeof line) || sscanf(line, "%lld %lld", &quota, &period) != 2 || period <= 0) return;
    if ((double)quota / (double)period < *cores) *cores = (double)quota / (double)period;
}

static void cpu_v1(const char *folder, void *state)
{
    char    file[2 * PATH_MAX + 64], line[64];
    double *cores = state;

    snprintf(file, sizeof file, "%s/cpu.cfs_quota_us", folder);
    if (!read_line(file, line, sizeof line)) return;
    double quota = strtod(line, NULL);
    snprintf(file, sizeof file, "%s/cpu.cfs_period_us", folder);
    if (!read_line(file, line, sizeof line)) return;
    double period = strtod(line, NULL);
    if (quota > 0 && period > 0 && quota / period < *cores) *cores = quota / period;
}

static int32_t count_cores(const char *root)
{
    cpu_set_t set;
    double    cores = (double)sysconf(_SC_NPROCESSORS_ONLN);

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) cores = CPU_COUNT(&set); /* fails above 1,024 cores: the online ones then */
    each_level(root, "/sys/fs/cgroup", "", cpu_v2, &cores);
    each_level(root, "/sys/fs/cgroup/unified", "", cpu_v2, &cores);
    each_level(root, "/sys/fs/cgroup/cpu", "cpu", cpu_v1, &cores);
    int32_t whole = (int32_t)cores;
    if (whole < cores) whole++;
    return whole < 1 ? 1 : whole;
}

static void memory_limit(const char *folder, const char *name, size_t *bytes)
{
    char file[2 * PATH_MAX + 64], line[64], *end;

    snprintf(file, sizeof file, "%s/%s", folder, name);
    if (!read_line(file, line, sizeof line)) return;
    unsigned long long limit = strtoull(line, &end, 10); /* "max" has no digits */
    if (end != line && limit > 0 && limit < *bytes) *bytes = limit;
}

static void memory_v2(const char *folder, void *state)
{
    memory_limit(folder, "memory.max", state);
}

static void memory_v1(const char *folder, void *state)
{
    memory_limit(folder, "memory.limit_in_bytes", state);
}

/* MiB of the job on this node, as Slurm says it: by node, or by core and cores. */
static unsigned long long slurm_mib(void)
{
    const char *node = getenv("SLURM_MEM_PER_NODE"), *core = getenv("SLURM_MEM_PER_CPU"), *cores = getenv("SLURM_CPUS_ON_NODE");

    if (node) return strtoull(node, NULL, 10);
    return core && cores ? strtoull(core, NULL, 10) * strtoull(cores, NULL, 10) : 0;
}

static int64_t count_memory(const char *root)
{
    size_t             bytes = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    unsigned long long mib = slurm_mib();

    each_level(root, "/sys/fs/cgroup", "", memory_v2, &bytes);
    each_level(root, "/sys/fs/cgroup/unified", "", memory_v2, &bytes);
    each_level(root, "/sys/fs/cgroup/memory", "memory", memory_v1, &bytes);
    if (mib > 0 && mib < (bytes >> 20)) bytes = (size_t)mib << 20;
    return (int64_t)bytes;
}

/* ---- NUMA domains ---- */

/* "0-3,8,10-11" as a set. */
static void parse_cpus(const char *text, cpu_set_t *out)
{
    CPU_ZERO(out);
    for (const char *p = text; *p >= '0' && *p <= '9';) {
        char *end;
        long  low = strtol(p, &end, 10), high = low;

        if (*end == '-') high = strtol(end + 1, &end, 10);
        for (long c = low; c <= high && c < CPU_SETSIZE; c++) CPU_SET((size_t)c, out);
        p = *end == ',' ? end + 1 : end;
    }
}

/* The cores of domain `id` that the calling thread may use; false: there is no such domain. */
static bool domain_cpus(const char *root, int id, const cpu_set_t *mine, cpu_set_t *out)
{
    char file[PATH_MAX], line[4096];

    snprintf(file, sizeof file, "%s/sys/devices/system/node/node%d/cpulist", root, id);
    if (!read_line(file, line, sizeof line)) return false;
    parse_cpus(line, out);
    CPU_AND(out, out, mine);
    return true;
}

/* Calls of domains with cores of ours, in their order: how many; the n-th one's cores, when it is there.  Numbers may have gaps. */
static int32_t usable_domains(const char *root, int32_t n, cpu_set_t *out)
{
    enum { MOST_DOMAINS = 256 };
    cpu_set_t mine, set;
    int32_t   found = 0;

    CPU_ZERO(&mine);
    if (sched_getaffinity(0, sizeof mine, &mine) != 0) return 0;
    for (int id = 0; id < MOST_DOMAINS; id++) {
        if (!domain_cpus(root, id, &mine, &set) || CPU_COUNT(&set) == 0) continue;
        if (found++ == n && out) *out = set;
    }
    return found;
}

void brasa__machine_bind_domain(int32_t n)
{
    cpu_set_t set;
    int32_t   domains = usable_domains("", -1, NULL);

    if (domains < 2) return;
    usable_domains("", n % domains, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

void brasa__machine_bind_core(int32_t n, int32_t count)
{
    cpu_set_t mine, set;
    int32_t   seen = 0, all;

    CPU_ZERO(&mine);
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof mine, &mine) != 0) return;
    all = CPU_COUNT(&mine);
    if ((n + 1) * count > all) return;
    for (size_t c = 0; c < CPU_SETSIZE; c++) {
        if (!CPU_ISSET(c, &mine)) continue;
        if (seen >= n * count && seen < (n + 1) * count) CPU_SET(c, &set);
        seen++;
    }
    (void)sched_setaffinity(0, sizeof set, &set);
}

brasa_machine_size brasa__machine_look(const char *root)
{
    int32_t domains = usable_domains(root, -1, NULL);

    return (brasa_machine_size) {.cores = count_cores(root), .domains = domains < 1 ? 1 : domains, .memory = count_memory(root)};
}

int32_t brasa__machine_cores(void)
{
    return count_cores("");
}

size_t brasa__machine_memory(void)
{
    return (size_t)count_memory("");
}

void brasa__machine_boot(char *out, size_t room)
{
    if (!read_line("/proc/sys/kernel/random/boot_id", out, room)) out[0] = 0;
    out[strcspn(out, "\n")] = 0;
}

bool brasa__machine_process(int64_t pid, char *state, int64_t *start)
{
    char        path[64], line[1024];
    const char *p;
    long long   ticks = 0;

    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!read_line(path, line, sizeof line)) return false;
    p = strrchr(line, ')'); /* the name before it may hold anything */
    if (p == NULL || sscanf(p + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld", state, &ticks) != 2)
        return false;
    *start = ticks;
    return true;
}
