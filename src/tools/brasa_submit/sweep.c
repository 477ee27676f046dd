/* sweep.c -- what a job that was killed leaves behind: processes, its scratch directory, shared memory, Open MPI's session directory.
 *
 * Only what is known to be this job's: processes below this one, directories and segments that carry its mark or its MPI job id.  Links are not followed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/brasa_submit/run.h"

/* ---- processes ---- */

char process_state(int pid)
{
    char  path[64], state = 'Z';
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    f = fopen(path, "re");
    if (f == NULL) return 'Z';
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1) state = 'R';
    fclose(f);
    return state;
}

/* It has ended, and only its parent has not heard yet. */
static bool is_zombie(int pid)
{
    return process_state(pid) == 'Z';
}

/* SIGKILL to all below `pid`; how many there were. */
static int kill_below(pid_t pid)
{
    char  path[64];
    FILE *f;
    int   child, count = 0;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    f = fopen(path, "re");
    if (f == NULL) return 0;
    while (fscanf(f, "%d", &child) == 1) {
        if (is_zombie(child)) continue;
        kill(child, SIGSTOP); /* or it starts others while we look */
        count += 1 + kill_below(child);
        kill(child, SIGKILL);
    }
    fclose(f);
    return count;
}

int child_in(int pid, char state)
{
    char  path[64];
    FILE *f;
    int   child, found = 0;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    f = fopen(path, "re");
    while (f != NULL && found == 0 && fscanf(f, "%d", &child) == 1) {
        char now = process_state(child);
        if (state == 0 ? now != 'Z' : now == state) found = child;
    }
    if (f != NULL) fclose(f);
    return found;
}

void kill_all(void)
{
    const struct timespec pause = {.tv_nsec = 5000000};

    for (int i = 0; i < 200 && kill_below(getpid()) > 0; i++) nanosleep(&pause, NULL);
}

void end_all(void)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    pid_t                 pid;

    kill_all();
    for (int i = 0; i < 2000 && (pid = waitpid(-1, NULL, WNOHANG)) >= 0; i++) {
        if (pid > 0) continue;
        kill_below(getpid()); /* one that the kernel's list left out while others ended */
        nanosleep(&pause, NULL);
    }
}

/* ---- files ---- */

static bool is_mine(int dir, const char *name, bool *folder)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_uid != geteuid()) return false;
    *folder = S_ISDIR(st.st_mode);
    return true;
}

static void remove_at(int dir, const char *name)
{
    bool           folder;
    int            inner;
    DIR           *d;
    struct dirent *e;

    if (!is_mine(dir, name, &folder)) return;
    if (!folder) {
        unlinkat(dir, name, 0);
        return;
    }
    inner = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    d = inner < 0 ? NULL : fdopendir(inner);
    while (d != NULL && (e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) remove_at(inner, e->d_name);
    if (d != NULL) closedir(d);
    unlinkat(dir, name, AT_REMOVEDIR);
}

/* vader_segment.HOST.UID.JOB.RANK of Open MPI 4, sm_segment.... of 5. */
static void remove_segments(const char *shm)
{
    DIR           *d = shm[0] == '\0' ? NULL : opendir("/dev/shm");
    struct dirent *e;
    char           part[80];

    snprintf(part, sizeof part, ".%s.", shm);
    while (d != NULL && (e = readdir(d)) != NULL)
        if (strstr(e->d_name, "_segment.") != NULL && strstr(e->d_name, part) != NULL) remove_at(dirfd(d), e->d_name);
    if (d != NULL) closedir(d);
}

/* mpirun's: TMPDIR/ompi.HOST.UID/pid.PID. */
static void remove_session(int launcher)
{
    const char *tmp = getenv("TMPDIR");
    char        host[128] = "", path[512], name[32];
    int         dir;

    if (launcher <= 0 || gethostname(host, sizeof host - 1) != 0) return;
    snprintf(path, sizeof path, "%s/ompi.%.*s.%d", tmp == NULL ? "/tmp" : tmp, (int)strcspn(host, "."), host, (int)geteuid());
    dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0) return;
    snprintf(name, sizeof name, "pid.%d", launcher);
    remove_at(dir, name);
    close(dir);
}

void sweep_here(const char *scratch, const char *shm, int launcher)
{
    remove_at(AT_FDCWD, scratch);
    remove_segments(shm);
    remove_session(launcher);
}

/* ---- other hosts ---- */

static void wait_for(pid_t child)
{
    const struct timespec pause = {.tv_nsec = 50000000};

    for (int i = 0; i < 100; i++) {
        if (waitpid(child, NULL, WNOHANG) == child) return;
        nanosleep(&pause, NULL);
    }
    kill_all(); /* a host that does not answer keeps what it has */
    waitpid(child, NULL, WNOHANG);
}

/* The plan without a host that was lost: the launcher would wait for it. */
static plan those_left(const plan *p, const watch *w)
{
    plan left = *p;

    left.nnodes = 0;
    left.nodes = pool_bytes(p->pool, sizeof *left.nodes * (size_t)p->nnodes);
    for (int32_t i = 0; i < p->nnodes; i++)
        if (!w->lost || strcmp(p->nodes[i].name, w->host) != 0) left.nodes[left.nnodes++] = p->nodes[i];
    return left;
}

void sweep_everywhere(const plan *all, const watch *w)
{
    char        self[4096];
    ssize_t     n = readlink("/proc/self/exe", self, sizeof self - 1);
    plan        left = those_left(all, w);
    const plan *p = &left;
    text_list   command = {.pool = p->pool};
    const char *words[] = {self, "--sweep", p->scratch, w->shm[0] == '\0' ? "-" : w->shm, NULL};
    pid_t       child;

    if (n < 0 || p->nnodes == 0) return;
    self[n] = '\0';
    launch_everywhere(p, words, &command);
    child = fork();
    if (child == 0) {
        sigset_t none;
        int      null = open("/dev/null", O_RDWR);

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        for (int fd = 0; fd < 3; fd++) dup2(null, fd);
        for (int i = 0; i < p->env.count; i++) putenv((char *)(uintptr_t)p->env.items[i]);
        execvp(command.items[0], (char *const *)(uintptr_t)command.items);
        _exit(127);
    }
    if (child > 0) wait_for(child);
}

int sweep_main(int argc, char **argv)
{
    if (argc != 4 || strstr(argv[2], "/brasa-") == NULL) return STATUS_USAGE;
    sweep_here(argv[2], strcmp(argv[3], "-") == 0 ? "" : argv[3], 0);
    return STATUS_OK;
}
