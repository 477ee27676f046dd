/* machine.c -- the size of the machine as this process may use it.
 *
 * Limits stack: the least of affinity, cgroup (v1 or v2, at every level from the process's group up) and Slurm counts.
 * What cannot be read does not limit.
 */
#include "base/clock.h"

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
static bool group_path(const char *controller, char *path, size_t room)
{
    FILE *f = fopen("/proc/self/cgroup", "re");
    char  line[PATH_MAX];
    bool  found = false;

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
static void each_level(const char *mount, const char *controller, void (*visit)(const char *folder, void *state), void *state)
{
    char path[PATH_MAX], folder[PATH_MAX + 64];

    if (!group_path(controller, path, sizeof path)) path[0] = '\0';
    for (;;) {
        snprintf(folder, sizeof folder, "%s%s", mount, path);
        visit(folder, state);
        char *slash = strrchr(path, '/');
        if (!slash) break;
        *slash = '\0';
    }
}

static void cpu_v2(const char *folder, void *state)
{
    char      file[PATH_MAX + 128], line[64];
    double   *cores = state;
    long long quota, period;

    snprintf(file, sizeof file, "%s/cpu.max", folder);
    if (!read_line(file, line, sizeof line) || sscanf(line, "%lld %lld", &quota, &period) != 2 || period <= 0) return;
    if ((double)quota / (double)period < *cores) *cores = (double)quota / (double)period;
}

static void cpu_v1(const char *folder, void *state)
{
    char    file[PATH_MAX + 128], line[64];
    double *cores = state;

    snprintf(file, sizeof file, "%s/cpu.cfs_quota_us", folder);
    if (!read_line(file, line, sizeof line)) return;
    double quota = strtod(line, NULL);
    snprintf(file, sizeof file, "%s/cpu.cfs_period_us", folder);
    if (!read_line(file, line, sizeof line)) return;
    double period = strtod(line, NULL);
    if (quota > 0 && period > 0 && quota / period < *cores) *cores = quota / period;
}

int32_t brasa__machine_cores(void)
{
    cpu_set_t set;
    double    cores = (double)sysconf(_SC_NPROCESSORS_ONLN);

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) cores = CPU_COUNT(&set); /* fails above 1,024 cores: the online ones then */
    each_level("/sys/fs/cgroup", "", cpu_v2, &cores);
    each_level("/sys/fs/cgroup/cpu", "cpu", cpu_v1, &cores);
    int32_t whole = (int32_t)cores;
    if (whole < cores) whole++;
    return whole < 1 ? 1 : whole;
}

static void memory_limit(const char *folder, const char *name, size_t *bytes)
{
    char file[PATH_MAX + 128], line[64], *end;

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

size_t brasa__machine_memory(void)
{
    size_t      bytes = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    const char *slurm = getenv("SLURM_MEM_PER_NODE"); /* MiB */

    each_level("/sys/fs/cgroup", "", memory_v2, &bytes);
    each_level("/sys/fs/cgroup/memory", "memory", memory_v1, &bytes);
    if (slurm) {
        unsigned long long mib = strtoull(slurm, NULL, 10);
        if (mib > 0 && mib < (bytes >> 20)) bytes = (size_t)mib << 20;
    }
    return bytes;
}
