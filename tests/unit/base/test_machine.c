/* test_machine.c -- limits of cgroups of both versions, as a machine of files shows them. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/machine.h"

static void put(const char *root, const char *path, const char *text)
{
    char        file[512], folder[512];
    brasa_error err;
    FILE       *f;

    snprintf(file, sizeof file, "%s/%s", root, path);
    snprintf(folder, sizeof folder, "%s", file);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(brasa__io_mkdir(folder, true, &err), BRASA_OK);
    f = fopen(file, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void remove_root(const char *root)
{
    brasa_error err;

    assert_int_equal(brasa__io_remove_tree(root, &err), BRASA_OK);
}

static void version_2_limits_at_every_level(void **state)
{
    char               root[] = "/tmp/brasa-machine-XXXXXX";
    brasa_machine_size m;

    (void)state;
    assert_non_null(mkdtemp(root));
    put(root, "proc/self/cgroup", "0::/jobs/one\n");
    put(root, "sys/fs/cgroup/jobs/cpu.max", "50000 100000\n");
    put(root, "sys/fs/cgroup/jobs/one/cpu.max", "max 100000\n");
    put(root, "sys/fs/cgroup/jobs/memory.max", "134217728\n");
    put(root, "sys/fs/cgroup/jobs/one/memory.max", "max\n");
    m = brasa__machine_look(root);
    assert_int_equal(m.cores, 1); /* half a core, rounded up */
    assert_int_equal(m.memory, 128 << 20);
    remove_root(root);
}

static void version_1_limits_by_controller(void **state)
{
    char               root[] = "/tmp/brasa-machine-XXXXXX";
    brasa_machine_size m;

    (void)state;
    assert_non_null(mkdtemp(root));
    put(root, "proc/self/cgroup", "5:memory:/a/b\n4:cpu,cpuacct:/a\n");
    put(root, "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "20000\n");
    put(root, "sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
    put(root, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put(root, "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "268435456\n");
    m = brasa__machine_look(root);
    assert_int_equal(m.cores, 1);
    assert_int_equal(m.memory, 256 << 20);
    remove_root(root);
}

static void domains_without_usable_cores_do_not_count(void **state)
{
    char root[] = "/tmp/brasa-machine-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(brasa__machine_look(root).domains, 1); /* the machine does not say */
    put(root, "sys/devices/system/node/node0/cpulist", "0-511\n");
    put(root, "sys/devices/system/node/node1/cpulist", "\n"); /* memory only */
    put(root, "sys/devices/system/node/node3/cpulist", "1000-1003,1010\n");
    assert_int_equal(brasa__machine_look(root).domains, 1);
    put(root, "sys/devices/system/node/node7/cpulist", "0-511\n");
    assert_int_equal(brasa__machine_look(root).domains, 2);
    remove_root(root);
}

static void slurms_memory_limits(void **state)
{
    (void)state;
    setenv("SLURM_MEM_PER_NODE", "100", 1);
    assert_int_equal(brasa__machine_memory(), (size_t)100 << 20);
    unsetenv("SLURM_MEM_PER_NODE");
    setenv("SLURM_MEM_PER_CPU", "50", 1);
    setenv("SLURM_CPUS_ON_NODE", "3", 1);
    assert_int_equal(brasa__machine_memory(), (size_t)150 << 20);
    unsetenv("SLURM_MEM_PER_CPU");
    unsetenv("SLURM_CPUS_ON_NODE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_2_limits_at_every_level),
        cmocka_unit_test(version_1_limits_by_controller),
        cmocka_unit_test(domains_without_usable_cores_do_not_count),
        cmocka_unit_test(slurms_memory_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
