/* launch.c -- the command that starts the ranks.
 *
 * One rank: the program itself.  Else mpirun, which asks Slurm; without it srun, where it speaks PMIx (whose start fails now and then, see run.c).  Both place ranks
 * host by host as they were planned, and bind nothing: ranks bind themselves (setting bind), because a launcher would bind the driver as well.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tools/brasa_submit/plan.h"

/* ---- the environment of the ranks ---- */

static void set_unless(plan *p, const char *name, const char *value)
{
    if (getenv(name) == NULL) list_addf(&p->env, "%s=%s", name, value);
}

/* BRASA_BATCH_ROWS for batch-rows. */
static const char *variable_of(text_pool *pool, const char *key)
{
    char *out = pool_format(pool, "BRASA_%s", key);

    for (char *c = out + 6; *c != '\0'; c++) *c = *c == '-' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
    return out;
}

static void add_setting(plan *p, const char *key, const char *value)
{
    list_addf(&p->env, "%s=%s", variable_of(p->pool, key), value);
}

/* Behind a launcher no rank sees the terminal. */
static void show_progress(plan *p)
{
    struct winsize size;
    const char    *term = getenv("TERM");

    if (p->launcher == LAUNCH_ALONE || !isatty(STDERR_FILENO)) return;
    if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0) return; /* it could not be redrawn */
    add_setting(p, "progress", "bar");
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) list_addf(&p->env, "COLUMNS=%d", size.ws_col);
}

static void add_settings(plan *p, const request *r)
{
    static const char *const computed[] = {"threads", "memory", "driver-memory", "bind", "scratch", "driver-works"};

    add_setting(p, "threads", pool_format(p->pool, "%d", p->threads));
    add_setting(p, "memory", pool_format(p->pool, "%lldM", (long long)(p->memory >> 20)));
    if (p->ranks > p->workers) add_setting(p, "driver-memory", pool_format(p->pool, "%lldM", (long long)(p->driver_memory >> 20)));
    if (p->driver_works && p->ranks > 1) add_setting(p, "driver-works", "true");
    if (request_get(r, "bind") != NULL) {
        add_setting(p, "bind", request_get(r, "bind"));
    } else if (p->domains > 1 && p->workers > 1 && request_get(r, "workers") == NULL && request_get(r, "threads") == NULL) {
        add_setting(p, "bind", "domain");
    }
    add_setting(p, "scratch", p->scratch);
    if (request_get(r, "progress") == NULL && !r->dry_run) show_progress(p);
    for (const ask *w = r->settings; w != NULL; w = w->next) {
        bool skip = !request_is_job_key(w->key) || request_get(r, w->key) != w->value;

        for (size_t i = 0; i < sizeof computed / sizeof computed[0]; i++) skip = skip || strcmp(w->key, computed[i]) == 0;
        if (!skip) add_setting(p, w->key, w->value);
    }
}

/* What Open MPI should know.  All are variables, so that they reach it under either launcher. */
static void add_mpi(plan *p)
{
    if (geteuid() == 0) {
        set_unless(p, "OMPI_ALLOW_RUN_AS_ROOT", "1");
        set_unless(p, "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    }
    if (p->launcher ==
        LAUNCH_SRUN) { /* or ranks leave MPI_Init before others are ready: with Slurm 22.05, 5 of 35 starts over TCP crashed */
        set_unless(p, "SLURM_PMIX_FENCE", "tree");
        set_unless(p, "SLURM_PMIX_DIRECT_CONN", "false");
    }
    if (p->here) { /* nothing listens but on loopback */
        set_unless(p, "OMPI_MCA_oob_tcp_if_include", "lo");
        set_unless(p, "OMPI_MCA_btl_tcp_if_include", "lo");
        return;
    }
    /* mpirun waits for ever for a host that was cut off, unless its connections are probed. */
    set_unless(p, "OMPI_MCA_oob_tcp_keepalive_time", "3");
    set_unless(p, "OMPI_MCA_oob_tcp_keepalive_intvl", "1");
    set_unless(p, "OMPI_MCA_oob_tcp_keepalive_probes", "3");
}

/* ---- scratch ---- */

static bool choose_scratch(plan *p, const request *r)
{
    const char    *base = request_get(r, "scratch");
    bool           given = base != NULL && base[0] != '\0';
    struct statvfs fs;

    if (!given) base = getenv("TMPDIR");
    if (base == NULL || base[0] == '\0') base = "/tmp";
    if (base[0] != '/') {
        char here[4096];

        if (getcwd(here, sizeof here) != NULL) base = pool_format(p->pool, "%s/%s", here, base);
    }
    if (p->here && access(base, W_OK | X_OK) != 0) {
        fprintf(stderr,
                "brasa-submit: the scratch directory %s is not there or cannot be written to; name one on a local disk by --scratch\n",
                base);
        return false;
    }
    if (p->here && statvfs(base, &fs) == 0 && fs.f_bavail * fs.f_frsize < (unsigned long)64 << 20) {
        fprintf(stderr, "brasa-submit: only %lu MiB are free for scratch in %s; name another directory by --scratch\n",
                (unsigned long)(fs.f_bavail * fs.f_frsize >> 20), base);
        return false;
    }
    p->scratch = pool_format(p->pool, "%s/brasa-%d-%s", base, (int)geteuid(), p->mark);
    return true;
}

/* ---- launchers ---- */

static bool prints(const char *command, const char *word)
{
    FILE *f = popen(command, "re");
    char  line[512];
    bool  found = false;

    while (f != NULL && fgets(line, sizeof line, f) != NULL) found = found || strstr(line, word) != NULL;
    if (f != NULL) pclose(f);
    return found;
}

static bool choose_launcher(plan *p, const request *r)
{
    const char *how = request_get(r, "launcher");
    bool        automatic = how == NULL || strcmp(how, "auto") == 0;

    if (automatic && p->ranks == 1 && p->here) {
        p->launcher = LAUNCH_ALONE;
    } else if (automatic) {
        p->launcher = p->job != NULL && !prints("mpirun --version 2>&1", "Open MPI") && prints("srun --mpi=list 2>&1", "pmix")
                          ? LAUNCH_SRUN
                          : LAUNCH_MPIRUN;
    } else {
        p->launcher = how[0] == 'm' ? LAUNCH_MPIRUN : how[0] == 's' ? LAUNCH_SRUN : LAUNCH_ALONE;
    }
    if (p->launcher == LAUNCH_ALONE && (p->ranks > 1 || !p->here)) {
        fprintf(
            stderr,
            "brasa-submit: without a launcher there is one process on this host, not %d ranks on %d; give --workers 1, or another --launcher\n",
            p->ranks, p->nnodes);
        return false;
    }
    if (p->launcher == LAUNCH_SRUN && p->job == NULL) {
        fprintf(stderr, "brasa-submit: srun needs an allocation of Slurm, and there is none here; use --slurm, or --launcher mpirun\n");
        return false;
    }
    return true;
}

static int32_t ranks_on(const plan *p, int32_t i)
{
    return p->nodes[i].workers + (i == 0 ? p->ranks - p->workers : 0);
}

/* Names of the hosts, each once a rank. */
static const char *host_by_rank(const plan *p, bool once)
{
    size_t room = 1;
    char  *out, *to;

    for (int32_t i = 0; i < p->nnodes; i++) room += (strlen(p->nodes[i].name) + 1) * (size_t)(once ? 1 : ranks_on(p, i));
    out = to = pool_bytes(p->pool, room);
    for (int32_t i = 0; i < p->nnodes; i++)
        for (int32_t k = 0; k < (once ? 1 : ranks_on(p, i)); k++) to += sprintf(to, "%s%s", to == out ? "" : ",", p->nodes[i].name);
    return out;
}

static const char *host_slots(const plan *p, bool once)
{
    size_t room = 1;
    char  *out, *to;

    for (int32_t i = 0; i < p->nnodes; i++) room += strlen(p->nodes[i].name) + 16;
    out = to = pool_bytes(p->pool, room);
    for (int32_t i = 0; i < p->nnodes; i++) to += sprintf(to, "%s%s:%d", to == out ? "" : ",", p->nodes[i].name, once ? 1 : ranks_on(p, i));
    return out;
}

static void start_mpirun(const plan *p, text_list *out, bool once)
{
    list_add(out, "mpirun");
    list_add(out, "-np");
    list_addf(out, "%d", once ? p->nnodes : p->ranks);
    if (!p->here) {
        list_add(out, "--host");
        list_add(out, host_slots(p, once));
    }
    list_add(out, "--map-by");
    list_add(out, "slot");
    list_add(out, "--bind-to");
    list_add(out, "none");
    list_add(out, "--oversubscribe");
}

static void start_srun(const plan *p, text_list *out, bool once)
{
    list_add(out, "srun");
    list_addf(out, "--nodes=%d", p->nnodes);
    list_addf(out, "--ntasks=%d", once ? p->nnodes : p->ranks);
    list_add(out, "--distribution=arbitrary");
    list_addf(out, "--nodelist=%s", host_by_rank(p, once));
    list_add(out, "--overcommit");
    list_add(out, "--overlap");
    list_add(out, "--cpu-bind=none");
    list_add(out, once ? "--mpi=none" : "--mpi=pmix");
    if (!once) list_add(out, "--kill-on-bad-exit=1");
}

void launch_everywhere(const plan *p, const char *const *words, text_list *out)
{
    if (p->launcher == LAUNCH_SRUN) start_srun(p, out, true);
    if (p->launcher == LAUNCH_MPIRUN) start_mpirun(p, out, true);
    for (; *words != NULL; words++) list_add(out, *words);
}

/* Ranks on other hosts get from mpirun only the variables that it is told of. */
static void name_variables(plan *p)
{
    static const char *const more[] = {"LD_LIBRARY_PATH", "PATH", "TMPDIR", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"};

    for (int i = 0; i < p->env.count; i++) {
        if (strncmp(p->env.items[i], "OMPI_", 5) == 0) continue;
        list_add(&p->command, "-x");
        list_addf(&p->command, "%.*s", (int)strcspn(p->env.items[i], "="), p->env.items[i]);
    }
    for (size_t i = 0; !p->here && i < sizeof more / sizeof more[0]; i++) {
        if (getenv(more[i]) == NULL) continue;
        list_add(&p->command, "-x");
        list_add(&p->command, more[i]);
    }
}

bool launch_build(plan *p, const request *r)
{
    const char *shell = request_get(r, "remote-shell");

    p->env = (text_list) {.pool = p->pool};
    p->command = (text_list) {.pool = p->pool};
    if (!choose_launcher(p, r) || !choose_scratch(p, r)) return false;
    if (p->launcher != LAUNCH_ALONE) add_mpi(p);
    if (shell != NULL) list_addf(&p->env, "OMPI_MCA_plm_rsh_agent=%s", shell);
    add_settings(p, r);
    if (p->launcher == LAUNCH_SRUN) start_srun(p, &p->command, false);
    if (p->launcher == LAUNCH_MPIRUN) {
        start_mpirun(p, &p->command, false);
        name_variables(p);
    }
    list_add(&p->command, r->program);
    for (char **a = r->args; *a != NULL; a++) list_add(&p->command, *a);
    return true;
}

void launch_print(const plan *p, FILE *to)
{
    fprintf(to, "env");
    for (int i = 0; i < p->env.count; i++) fprintf(to, " %s", shell_word(p->pool, p->env.items[i]));
    for (int i = 0; i < p->command.count; i++) fprintf(to, " %s", shell_word(p->pool, p->command.items[i]));
    fputc('\n', to);
}
