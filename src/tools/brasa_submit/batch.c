/* batch.c -- `brasa-submit --slurm`: a batch script that calls brasa-submit in the allocation. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/brasa_submit/run.h"

enum { SIGNAL_AHEAD_S = 60 };

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool asked_for(const request *r, const char *option)
{
    for (int i = 0; i < r->sbatch.count; i++)
        if (strncmp(r->sbatch.items[i], option, strlen(option)) == 0) return true;
    return false;
}

static const char *script_name(const request *r)
{
    char   stamp[32];
    time_t now = time(NULL);

    if (r->script != NULL) return r->script;
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime(&now));
    return pool_format(r->pool, "%s-%s-%d.sbatch", base_of(r->program), stamp, (int)getpid());
}

/* What brasa-submit is asked in the allocation: all that was asked here but for the batch job itself. */
static void print_call(const request *r, FILE *f)
{
    char    self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    self[n < 0 ? 0 : n] = '\0';
    fprintf(f, "%s", shell_word(r->pool, self));
    for (const ask *w = r->settings; w != NULL; w = w->next) {
        if (request_get(r, w->key) != w->value) continue;
        fprintf(f, " --conf %s", shell_word(r->pool, pool_format(r->pool, "%s=%s", w->key, w->value)));
    }
    fprintf(f, " %s", shell_word(r->pool, r->program));
    for (char **a = r->args; *a != NULL; a++) fprintf(f, " %s", shell_word(r->pool, *a));
    fputc('\n', f);
}

static void print_wanted(const request *r, FILE *f)
{
    const char *workers = request_get(r, "workers"), *threads = request_get(r, "threads");

    fprintf(f, "#!/bin/bash\n");
    if (!asked_for(r, "--job-name")) fprintf(f, "#SBATCH --job-name=%s\n", base_of(r->program));
    for (int i = 0; i < r->sbatch.count; i++) fprintf(f, "#SBATCH %s\n", r->sbatch.items[i]);
    if (workers != NULL && !asked_for(r, "--ntasks")) fprintf(f, "#SBATCH --ntasks=%s\n", workers);
    if (workers != NULL && threads != NULL && !asked_for(r, "--cpus-per-task")) fprintf(f, "#SBATCH --cpus-per-task=%s\n", threads);
    if ((workers == NULL || threads == NULL) && !asked_for(r, "--exclusive") && !asked_for(r, "--cpus-per-task") &&
        !asked_for(r, "--ntasks"))
        fprintf(f, "#SBATCH --exclusive --mem=0\n");
    if (r->requeue) fprintf(f, "#SBATCH --requeue --open-mode=append --signal=B:USR1@%d\n", SIGNAL_AHEAD_S);
}

static bool write_script(const request *r, const char *path)
{
    FILE *f = fopen(path, "wxe");

    if (f == NULL) {
        fprintf(stderr, "brasa-submit: cannot write the batch script %s: %s\n", path, strerror(errno));
        return false;
    }
    print_wanted(r, f);
    fputc('\n', f);
    if (r->requeue) {
        fprintf(f, "trap 'kill -USR1 $!' USR1\n");
        print_call(r, f);
        fseek(f, -1, SEEK_CUR);
        fprintf(f, " &\nwait $!\nwait $!; status=$? # the signal ends the first wait\n");
        fprintf(f, "[ $status -ne %d ] || exec scontrol requeue $SLURM_JOB_ID\nexit $status\n", STATUS_AGAIN);
    } else {
        fprintf(f, "exec ");
        print_call(r, f);
    }
    if (fclose(f) != 0) {
        fprintf(stderr, "brasa-submit: cannot write the batch script %s: %s\n", path, strerror(errno));
        return false;
    }
    chmod(path, 0755);
    return true;
}

static void show_script(const char *path)
{
    FILE *f = fopen(path, "re");
    char  line[4096];

    while (f != NULL && fgets(line, sizeof line, f) != NULL) fputs(line, stdout);
    if (f != NULL) fclose(f);
}

/* sbatch --parsable prints "ID" or "ID;CLUSTER". */
static int submit(const request *r, const char *path)
{
    FILE *f = popen(pool_format(r->pool, "sbatch --parsable %s", shell_word(r->pool, path)), "re");
    char  line[256] = "";
    int   status;

    if (f == NULL) return STATUS_FAILED;
    (void)!fgets(line, sizeof line, f);
    status = pclose(f);
    if (status != 0) {
        fprintf(stderr, "brasa-submit: sbatch did not take %s%s\n", path,
                WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ": there is no sbatch here" : "");
        return STATUS_FAILED;
    }
    line[strcspn(line, ";\n")] = '\0';
    printf("%s: job %s\n", path, line);
    return STATUS_OK;
}

int batch_submit(const request *r)
{
    const char *path = script_name(r);
    int         status;

    if (!write_script(r, path)) return STATUS_FAILED;
    if (!r->dry_run) return submit(r, path);
    show_script(path);
    status = unlink(path) == 0 ? STATUS_OK : STATUS_FAILED;
    return status;
}
