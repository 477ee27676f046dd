/* request.c -- options, environment and brasa.conf in one list of keys and values. */
#include "tools/brasa_submit/request.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "brasa/submit.h"

typedef struct own_key {
    const char *key, *form; /* what a value looks like; NULL: anything */
} own_key;

static const own_key own_keys[] = {
    {"workers", "a whole number from 1"},
    {"launcher", "auto, mpirun, srun or none"},
    {"hosts", NULL},
    {"remote-shell", NULL},
    {"retries", "a whole number from 0"},
    {"oversubscribe", "true or false"},
    {"debug-rank", "a rank, from 0"},
};
enum { NOWN = sizeof own_keys / sizeof own_keys[0], MOST_KEYS = 256 };

static const own_key *own_key_of(const char *key)
{
    for (int i = 0; i < NOWN; i++)
        if (strcmp(own_keys[i].key, key) == 0) return &own_keys[i];
    return NULL;
}

bool request_is_job_key(const char *key)
{
    return own_key_of(key) == NULL;
}

static bool is_bool(const char *v)
{
    return strcasecmp(v, "true") == 0 || strcasecmp(v, "false") == 0;
}

static bool own_value_fits(const own_key *k, const char *v)
{
    static const char *const launchers[] = {"auto", "mpirun", "srun", "none"};
    int64_t                  number;

    if (strcmp(k->key, "workers") == 0) return cmd_number(v, 1, 1000000, &number);
    if (strcmp(k->key, "retries") == 0) return cmd_number(v, 0, 1000, &number);
    if (strcmp(k->key, "oversubscribe") == 0) return is_bool(v);
    if (strcmp(k->key, "launcher") != 0) return true;
    for (int i = 0; i < 4; i++)
        if (strcmp(v, launchers[i]) == 0) return true;
    return false;
}

/* ---- near misses over both kinds of keys ---- */

static void print_unknown(const char *key, const char *from)
{
    const char *names[MOST_KEYS], *near;
    int         n = 0;

    for (int i = 0; i < NOWN; i++) names[n++] = own_keys[i].key;
    for (int i = 0; n < MOST_KEYS && brasa_setting_key(i) != NULL; i++) names[n++] = brasa_setting_key(i);
    near = cmd_nearest(key, names, n);
    fprintf(stderr, "brasa-submit: there is no setting '%s' (%s)%s%s%s\n", key, from, near != NULL ? "; did you mean " : "",
            near != NULL ? near : "", near != NULL ? "?" : "; PROGRAM --help-brasa lists them");
}

static bool job_value_fits(const char *key, const char *value, const char *from)
{
    brasa_error err = {0};

    if (brasa_setting_check(key, value, &err) == BRASA_OK) return true;
    fprintf(stderr, "brasa-submit: %s (%s)\n", err.text, from);
    return false;
}

/* The key as it is written in tables: lower case, with - for _. */
static const char *plain_key(text_pool *pool, const char *key, size_t n)
{
    char *out = pool_format(pool, "%.*s", (int)n, key);

    for (char *c = out; *c != '\0'; c++) *c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
    return out;
}

static bool is_job_key(const char *key)
{
    for (int i = 0; brasa_setting_key(i) != NULL; i++)
        if (strcmp(brasa_setting_key(i), key) == 0) return true;
    return false;
}

static bool want(request *r, const char *key, const char *value, const char *from)
{
    const own_key *own = own_key_of(key);
    ask           *w;

    if (own == NULL && !is_job_key(key)) {
        print_unknown(key, from);
        return false;
    }
    if (own != NULL && !own_value_fits(own, value)) {
        fprintf(stderr, "brasa-submit: %s is '%s' (%s); give %s\n", key, value, from, own->form);
        return false;
    }
    if (own == NULL && !job_value_fits(key, value, from)) return false;
    w = pool_bytes(r->pool, sizeof *w);
    *w = (ask) {.next = r->settings, .key = key, .value = value, .from = from}; /* the latest comes first */
    r->settings = w;
    return true;
}

static const ask *find(const request *r, const char *key)
{
    for (const ask *w = r->settings; w != NULL; w = w->next)
        if (strcmp(w->key, key) == 0) return w;
    return NULL;
}

const char *request_get(const request *r, const char *key)
{
    const ask *w = find(r, key);

    return w == NULL ? NULL : w->value;
}

const char *request_from(const request *r, const char *key)
{
    const ask *w = find(r, key);

    return w == NULL ? "" : w->from;
}

bool request_flag(const request *r, const char *key)
{
    const char *v = request_get(r, key);

    return v != NULL && strcasecmp(v, "false") != 0 && strcasecmp(v, "off") != 0 && strcasecmp(v, "no") != 0 && strcmp(v, "0") != 0;
}

int32_t request_number(const request *r, const char *key)
{
    const char *v = request_get(r, key);

    return v == NULL ? 0 : (int32_t)strtol(v, NULL, 10);
}

/* ---- files ---- */

static char *trim(char *s)
{
    size_t n;

    while (isspace((unsigned char)*s)) s++;
    n = strlen(s);
    while (n > 0 && isspace((unsigned char)s[n - 1])) s[--n] = '\0';
    return s;
}

static bool take_line(request *r, char *line, const char *path, int number)
{
    char *eq = strchr(line, '='), *key;

    key = trim(line);
    if (key[0] == '\0' || key[0] == '#') return true;
    if (eq == NULL) {
        fprintf(stderr, "brasa-submit: %s:%d: '%s' is not of the form key = value\n", path, number, key);
        return false;
    }
    *eq = '\0';
    key = trim(line);
    return want(r, plain_key(r->pool, key, strlen(key)), pool_format(r->pool, "%s", trim(eq + 1)),
                pool_format(r->pool, "%s:%d", path, number));
}

/* A file that must be there, or one that may be. */
static bool read_file(request *r, const char *path, bool must)
{
    FILE *f = fopen(path, "re");
    char  line[4096];
    bool  ok = true;
    int   number = 0;

    if (f == NULL) {
        if (!must && (errno == ENOENT || errno == ENOTDIR)) return true;
        fprintf(stderr, "brasa-submit: cannot read %s: %s\n", path, strerror(errno));
        return false;
    }
    while (ok && fgets(line, sizeof line, f) != NULL) ok = take_line(r, line, path, ++number);
    fclose(f);
    return ok;
}

/* The user's file, then that of the directory or the one that was named. */
static bool read_files(request *r, const char *named)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

    if (named == NULL) named = getenv("BRASA_CONF");
    if (config != NULL && config[0] != '\0') {
        if (!read_file(r, pool_format(r->pool, "%s/brasa/brasa.conf", config), false)) return false;
    } else if (home != NULL && !read_file(r, pool_format(r->pool, "%s/.config/brasa/brasa.conf", home), false)) {
        return false;
    }
    return named != NULL ? read_file(r, named, true) : read_file(r, "brasa.conf", false);
}

/* ---- environment ---- */

extern char **environ;

static bool read_environment(request *r)
{
    for (char **e = environ; *e != NULL; e++) {
        const char *key = *e + strlen("BRASA_");
        size_t      n;

        if (strncmp(*e, "BRASA_", 6) != 0 || strncmp(key, "TEST_", 5) == 0) continue;
        n = strcspn(key, "=");
        if (key[n] != '=' || (n == 4 && memcmp(key, "CONF", 4) == 0) || (n == 6 && memcmp(key, "SUBMIT", 6) == 0)) continue;
        if (!want(r, plain_key(r->pool, key, n), key + n + 1, pool_format(r->pool, "BRASA_%.*s", (int)n, key))) return false;
    }
    return true;
}

/* ---- command line ---- */

typedef struct option_texts {
    const char *workers, *threads, *memory, *scratch, *event_log, *progress, *deadline, *hosts, *launcher, *conf_file, *debug_rank,
        *retries;
    bool        driver_works, oversubscribe;
    const char *nodes, *time, *partition, *account, *job_name, *output;
} option_texts;

static bool want_option(request *r, const char *key, const char *value)
{
    return value == NULL || want(r, key, value, pool_format(r->pool, "--%s", key));
}

static bool want_conf(request *r, const char *text)
{
    const char *eq = strchr(text, '=');

    if (eq != NULL) return want(r, plain_key(r->pool, text, (size_t)(eq - text)), eq + 1, pool_format(r->pool, "--conf %s", text));
    fprintf(stderr, "brasa-submit: --conf %s is not of the form key=value\n", text);
    return false;
}

static bool take_options(request *r, const option_texts *t, const cmd_list *conf)
{
    const char *const pairs[][2] = {
        {"workers", t->workers},
        {"threads", t->threads},
        {"memory", t->memory},
        {"scratch", t->scratch},
        {"event-log", t->event_log},
        {"progress", t->progress},
        {"deadline", t->deadline},
        {"hosts", t->hosts},
        {"launcher", t->launcher},
        {"debug-rank", t->debug_rank},
        {"retries", t->retries},
        {"driver-works", t->driver_works ? "true" : NULL},
        {"oversubscribe", t->oversubscribe ? "true" : NULL},
    };

    for (int i = 0; i < conf->count; i++)
        if (!want_conf(r, conf->items[i])) return false;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (!want_option(r, pairs[i][0], pairs[i][1])) return false;
    return true;
}

static bool take_slurm_options(request *r, const option_texts *t, const cmd_list *sbatch)
{
    const char *const pairs[][2] = {
        {"nodes", t->nodes},     {"time", t->time},         {"partition", t->partition},
        {"account", t->account}, {"job-name", t->job_name}, {"output", t->output},
    };

    r->sbatch = (text_list) {.pool = r->pool};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][1] == NULL) continue;
        if (!r->slurm) {
            fprintf(stderr, "brasa-submit: --%s is for a batch job; add --slurm, or ask sbatch or salloc for it\n", pairs[i][0]);
            return false;
        }
        list_addf(&r->sbatch, "--%s=%s", pairs[i][0], pairs[i][1]);
    }
    for (int i = 0; i < sbatch->count; i++) list_add(&r->sbatch, sbatch->items[i]);
    return true;
}

cmd_outcome request_read(request *r, int argc, char **argv)
{
    option_texts     t = {0};
    const char     **room = pool_bytes(r->pool, 2 * sizeof *room * (size_t)(argc + 1));
    cmd_list         lists[] = {{"conf", room, 0}, {"sbatch", room + argc + 1, 0}, {NULL, NULL, 0}};
    const cmd_option options[] = {
        {'n', "workers", "N", "worker ranks in all; default: one a NUMA domain, or as the Slurm allocation says", &t.workers, NULL},
        {0, "threads", "N", "threads per worker; default: the cores, shared by the workers", &t.threads, NULL},
        {0, "memory", "SIZE", "memory budget per worker, as in 4G; default: 80% of the node's, shared", &t.memory, NULL},
        {0, "scratch", "DIR", "directory on a local disk in which the job gets a private one; default: $TMPDIR or /tmp", &t.scratch, NULL},
        {0, "event-log", "DIR", "write an event log there", &t.event_log, NULL},
        {0, "progress", "HOW", "off, bar, log, json, or auto (default): a bar on a terminal", &t.progress, NULL},
        {0, "deadline", "SECONDS", "most seconds without progress", &t.deadline, NULL},
        {0, "conf", "KEY=VALUE", "any setting (PROGRAM --help-brasa lists them); may be given again", NULL, NULL},
        {0, "conf-file", "FILE", "settings as lines key = value; default: brasa.conf here, if there is one", &t.conf_file, NULL},
        {0, "driver-works", NULL, "rank 0 is a worker as well: one process less", NULL, &t.driver_works},
        {0, "hosts", "LIST", "without Slurm: hosts and their cores, as in n1:8,n2:8", &t.hosts, NULL},
        {0, "launcher", "NAME", "auto (default), mpirun, srun or none", &t.launcher, NULL},
        {0, "oversubscribe", NULL, "more threads than cores are meant", NULL, &t.oversubscribe},
        {0, "retries", "N", "start the job again, at most N times, when a rank was killed or a host was lost", &t.retries, NULL},
        {0, "debug-rank", "R", "rank R waits at its start for a debugger", &t.debug_rank, NULL},
        {0, "dry-run", NULL, "print the command that would run, ready to be pasted, and end", NULL, &r->dry_run},
        {0, "slurm", NULL, "write a batch script, submit it, print its path and the job's id", NULL, &r->slurm},
        {'N', "nodes", "N", "with --slurm: nodes", &t.nodes, NULL},
        {'t', "time", "LIMIT", "with --slurm: time limit, as in 1:00:00", &t.time, NULL},
        {'p', "partition", "NAME", "with --slurm: partition", &t.partition, NULL},
        {'A', "account", "NAME", "with --slurm: account", &t.account, NULL},
        {'J', "job-name", "NAME", "with --slurm: name of the job", &t.job_name, NULL},
        {'o', "output", "FILE", "with --slurm: what the job prints, as in out.%j", &t.output, NULL},
        {0, "requeue", NULL, "with --slurm: start again when the time limit ends the job", NULL, &r->requeue},
        {0, "sbatch", "OPTION", "with --slurm: an option of sbatch, as in --sbatch=--qos=high; may be given again", NULL, NULL},
        {0, "script", "FILE", "with --slurm: the script's name", &r->script, NULL},
        {0, NULL, NULL, NULL, NULL, NULL},
    };
    const cmd_spec spec = {.usage = "brasa-submit [OPTION...] PROGRAM [ARGUMENT...]",
                           .doc = "Run a Brasa job on this machine, on several hosts, or in a Slurm allocation, sized to what is there.",
                           .options = options,
                           .least = 1,
                           .most = -1,
                           .lists = lists,
                           .stop_early = true};
    int            n;
    cmd_outcome    o = cmd_parse(&spec, "brasa-submit", argc, argv, &n);

    if (o != CMD_RUN) return o;
    if (!read_files(r, t.conf_file) || !read_environment(r) || !take_options(r, &t, &lists[0]) || !take_slurm_options(r, &t, &lists[1]))
        return CMD_WRONG;
    r->whole_nodes = request_get(r, "workers") == NULL;
    r->program = program_find(r->pool, argv[1]);
    if (r->program == NULL || !program_check(r->program)) return CMD_WRONG;
    argv[n + 1] = NULL;
    r->args = argv + 2;
    return CMD_RUN;
}
