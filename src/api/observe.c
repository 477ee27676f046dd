/* observe.c -- the session's events: application, environment, configuration, jobs, errors, the end.
 *
 * Texts are made valid UTF-8 in an arena first, then the JSON value is made, which cannot throw.  Error messages of values that do not fit quote the value:
 * the log is for people who may not see the data, so there quoted texts and numbers are left out of them.
 */
#include "api/observe.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/log.h"
#include "comm/launch.h"
#include "exec/message.h"
#include "expr/udf.h"
#include "obs/events.h"
#include "obs/stop.h"
#include "plan/explain.h"
#include "storage/table.h"

typedef struct event_call {
    brasa_session      *s;
    brasa_events       *events;
    brasa_arena        *arena;
    int                 argc, status;
    char *const        *argv;
    const brasa_node   *plan;
    const brasa_action *action;
    const brasa_error  *error;
} event_call;

/* Under a guard, with an arena for texts. */
static void observe(event_call *c, brasa_status (*fn)(void *arg, brasa_error *err))
{
    brasa_error ignored;

    c->events = brasa__events();
    if (c->events == NULL) return;
    brasa__error_clear(&ignored);
    c->arena = brasa__arena_new(NULL, "events");
    (void)brasa__guarded(fn, c, &ignored);
    brasa__arena_free(c->arena);
}

static void set_text(json_t *o, const char *key, const char *clean)
{
    if (clean != NULL && clean[0] != '\0') json_object_set_new(o, key, json_string(clean));
}

/* ---- start ---- */

static const char *user_name(void)
{
    const char    *said = getenv("USER");
    struct passwd *p = said != NULL && said[0] != '\0' ? NULL : getpwuid(geteuid());

    return p != NULL ? p->pw_name : said;
}

static json_t *slurm(const event_call *c)
{
    const char *job = getenv("SLURM_JOB_ID"), *name = getenv("SLURM_JOB_NAME");
    const char *nodes = getenv("SLURM_JOB_NODELIST"), *restarts = getenv("SLURM_RESTART_COUNT");
    json_t     *o;

    if (job == NULL) return NULL;
    name = brasa__events_text(c->arena, name);
    nodes = brasa__events_text(c->arena, nodes);
    o = json_pack("{s:s, s:i}", "job", job, "restarts", restarts != NULL ? atoi(restarts) : 0);
    set_text(o, "name", name);
    set_text(o, "nodes", nodes);
    return o;
}

static brasa_status application(void *arg, brasa_error *err)
{
    event_call    *c = arg;
    brasa_topology t = brasa__driver_topology(c->s->driver);
    const char   **argv = BRASA_NEWS(c->arena, const char *, c->argc + 1);
    const char    *name = brasa__events_text(c->arena, c->s->app), *user = brasa__events_text(c->arena, user_name());
    char          *cwd = getcwd(BRASA_NEWS(c->arena, char, 4096), 4096);
    const char    *where = brasa__events_text(c->arena, cwd);
    char           build[24];
    json_t        *list, *o, *batch;

    (void)err;
    for (int i = 0; i < c->argc; i++) argv[i] = brasa__events_text(c->arena, c->argv[i]);
    batch = slurm(c);
    list = json_array();
    for (int i = 0; i < c->argc; i++) json_array_append_new(list, json_string(argv[i]));
    snprintf(build, sizeof build, "%016llx", (unsigned long long)brasa__program_id());
    o = json_pack("{s:s, s:o, s:s, s:i, s:i, s:i}", "name", name, "argv", list, "build", build, "ranks", c->s->world->size, "workers",
                  t.workers, "threads", t.threads);
    set_text(o, "user", user);
    set_text(o, "cwd", where);
    if (batch != NULL) json_object_set_new(o, "slurm", batch);
    brasa__events_put(c->events, "application", o);
    return BRASA_OK;
}

static brasa_status environment(void *arg, brasa_error *err)
{
    event_call             *c = arg;
    int32_t                 n = 0;
    const brasa_rank_about *about = brasa__driver_ranks(c->s->driver, &n);
    const char            **hosts = BRASA_NEWS(c->arena, const char *, n);
    char                    system[256], hdf5[32], mpi[64];
    struct utsname          u;
    json_t                 *list;

    (void)err;
    for (int32_t r = 0; r < n; r++) hosts[r] = brasa__events_text(c->arena, about[r].host);
    if (uname(&u) != 0) memset(&u, 0, sizeof u);
    snprintf(system, sizeof system, "%.80s %.80s %.80s", u.sysname, u.release, u.machine);
    brasa__hdf5_version(hdf5, sizeof hdf5);
    brasa__comm_library(mpi, sizeof mpi);
    list = json_array();
    for (int32_t r = 0; r < n; r++) {
        json_array_append_new(list, json_pack("{s:i, s:s, s:i, s:i, s:i, s:I}", "rank", r, "host", hosts[r], "pid", about[r].pid, "cores",
                                              about[r].cores, "threads", about[r].threads, "memory", (json_int_t)about[r].memory));
    }
    brasa__events_put(c->events, "environment",
                      json_pack("{s:s, s:s, s:s, s:o}", "system", system, "mpi", mpi, "hdf5", hdf5, "ranks", list));
    return BRASA_OK;
}

static brasa_status configuration(void *arg, brasa_error *err)
{
    event_call         *c = arg;
    const brasa_config *config = c->s->ctx->config;
    const char         *texts[BRASA_SETTING_COUNT];
    json_t             *list;

    (void)err;
    for (int32_t k = 0; k < brasa__setting_count(); k++)
        texts[k] = brasa__events_text(c->arena, brasa__config_text(config, (brasa_setting)k));
    list = json_array();
    for (int32_t k = 0; k < brasa__setting_count(); k++) {
        brasa_setting s = (brasa_setting)k;

        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "key", brasa__setting_key(s), "value", texts[k], "from",
                                              brasa__config_origin_name(brasa__config_origin(config, s))));
    }
    brasa__events_put(c->events, "configuration", json_pack("{s:o}", "settings", list));
    return BRASA_OK;
}

brasa_status brasa__observe_start(brasa_session *s, int argc, char *const *argv, brasa_error *err)
{
    event_call  c = {.s = s, .argc = argc, .argv = argv};
    const char *folder = brasa__setting_text(BRASA_SET_EVENT_LOG);

    if (folder[0] == '\0') return BRASA_OK;
    BRASA_TRY(brasa__events_open(folder, s->app, brasa_version(), &s->ctx->events, err));
    brasa__log(BRASA_LOG_INFO, "event log: %s", brasa__events_path(s->ctx->events));
    observe(&c, application);
    observe(&c, environment);
    observe(&c, configuration);
    return BRASA_OK;
}

/* ---- jobs ---- */

const char *brasa__observe_action(const brasa_session *s, const brasa_action *action)
{
    if (action->kind == BRASA_SINK_CACHE) return "persist";
    if (s->doing.action != NULL) return s->doing.action;
    return action->kind == BRASA_SINK_WRITE ? "write" : "collect";
}

/* "file:line", the file without its folders. */
static const char *place(const event_call *c, const char *file, int32_t line)
{
    const char *name = file == NULL ? NULL : strrchr(file, '/');

    if (file == NULL || file[0] == '\0') return NULL;
    return brasa__events_text(c->arena, brasa__arena_printf(c->arena, "%s:%d", name == NULL ? file : name + 1, (int)line));
}

static brasa_status job_start(void *arg, brasa_error *err)
{
    event_call         *c = arg;
    brasa_events_state *state = brasa__events_state(c->events);
    const brasa_site   *at = c->s->doing.at;
    const char         *where = at == NULL ? NULL : place(c, at->file, at->line), *sql, *plan;
    brasa_text          text;
    json_t             *o;

    (void)err;
    brasa__text_init(&text, c->arena);
    brasa__plan_explain(c->plan, BRASA_EXPLAIN_ESTIMATES | BRASA_EXPLAIN_IDS, NULL, NULL, &text);
    plan = brasa__events_text(c->arena, text.s);
    sql = brasa__events_text(c->arena, c->s->doing.sql);
    *state = (brasa_events_state) {.job = state->job + 1, .open = true, .stage = -1};
    o = json_pack("{s:i, s:s}", "job", state->job, "action", brasa__observe_action(c->s, c->action));
    set_text(o, "at", where);
    set_text(o, "sql", sql);
    set_text(o, "plan", plan);
    brasa__events_put(c->events, "job_start", o);
    return BRASA_OK;
}

void brasa__observe_job_start(brasa_session *s, const brasa_node *plan, const brasa_action *action)
{
    event_call c = {.s = s, .plan = plan, .action = action};

    brasa__observe_job_end(s, BRASA_OK);
    observe(&c, job_start);
}

void brasa__observe_job_rows(brasa_session *s, int64_t rows)
{
    if (s->ctx->events != NULL) brasa__events_state(s->ctx->events)->rows = rows;
}

void brasa__observe_job_end(brasa_session *s, brasa_status status)
{
    brasa_events       *e = s->ctx->events;
    brasa_events_state *state = e == NULL ? NULL : brasa__events_state(e);

    if (state == NULL || !state->open) return;
    state->open = false;
    state->stage = -1;
    brasa__events_put(e, "job_end",
                      json_pack("{s:i, s:s, s:s*, s:I}", "job", state->job, "status", status == BRASA_OK ? "ok" : brasa_status_name(status),
                                "reason", status == BRASA_CANCELLED ? brasa__stop_reason() : NULL, "rows", (json_int_t)state->rows));
}

/* ---- errors ---- */

/* Classes whose messages are about values. */
static bool quotes_values(int32_t code)
{
    return code == BRASA_ARITHMETIC || code == BRASA_DATA || code == BRASA_TYPE || code == BRASA_UDF || code == BRASA_CORRUPT;
}

/* What stands between quotes, and numbers, become "...". */
static const char *without_values(brasa_arena *arena, const char *text)
{
    brasa_text out;

    brasa__text_init(&out, arena);
    while (*text != '\0') {
        size_t      n = strcspn(text, "'\"0123456789");
        const char *end;

        brasa__text_add_n(&out, text, n);
        text += n;
        if (*text == '\0') break;
        end = isdigit((unsigned char)*text) ? text + strspn(text, "0123456789.eE+") : strchr(text + 1, *text);
        brasa__text_add(&out, isdigit((unsigned char)*text) ? "..." : "'...'");
        if (end == NULL) break;
        text = isdigit((unsigned char)*text) ? end : end + 1;
    }
    return out.s;
}

static brasa_status error_event(void *arg, brasa_error *err)
{
    event_call               *c = arg;
    const brasa_error        *e = c->error;
    const brasa_events_state *state = brasa__events_state(c->events);
    const char               *where = place(c, e->file, e->line), *text = e->text, *host, *node;
    json_t                   *o;

    (void)err;
    if (state->open && quotes_values(e->code)) text = without_values(c->arena, text);
    text = brasa__events_text(c->arena, text);
    host = brasa__events_text(c->arena, e->host);
    node = brasa__events_text(c->arena, e->node);
    o = json_pack("{s:s, s:s}", "class", brasa_status_name((brasa_status)e->code), "message", text);
    set_text(o, "at", where);
    if (e->rank >= 0) json_object_set_new(o, "rank", json_integer(e->rank));
    set_text(o, "host", host);
    set_text(o, "node", node);
    if (e->partition >= 0) json_object_set_new(o, "partition", json_integer(e->partition));
    if (state->open) json_object_set_new(o, "job", json_integer(state->job));
    if (state->open && state->stage >= 0) json_object_set_new(o, "stage", json_integer(state->stage));
    brasa__events_put(c->events, "error", o);
    return BRASA_OK;
}

void brasa__observe_error(brasa_session *s, const brasa_error *e)
{
    event_call c = {.s = s, .error = e};

    observe(&c, error_event);
    brasa__observe_job_end(s, (brasa_status)e->code);
}

/* ---- the end ---- */

void brasa__observe_stop(brasa_session *s, int status)
{
    brasa__observe_job_end(s, BRASA_OK);
    brasa__events_put(
        s->ctx->events, "application_end",
        s->ctx->events == NULL
            ? NULL
            : json_pack("{s:s, s:i}", "status", s->failed ? brasa_status_name((brasa_status)s->error.code) : "ok", "exit", status));
    brasa__events_close(s->ctx->events);
    s->ctx->events = NULL;
}
