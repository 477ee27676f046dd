/* api/session.c -- start, stop, errors, settings, scopes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/internal.h"
#include "api/observe.h"
#include "api/place.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/fault.h"
#include "base/io.h"
#include "base/log.h"
#include "base/note.h"
#include "comm/agree.h"
#include "comm/launch.h"
#include "expr/udf.h"
#include "mem/buf.h"
#include "obs/crash.h"
#include "obs/stop.h"
#include "opt/opt.h"
#include "worker/worker.h"

#define VERSION "0.1.0"

const char *brasa_version(void)
{
    return VERSION;
}

/* ---- messages ---- */

static void print_error(const char *app, const brasa_error *e)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s", app, brasa_status_name((brasa_status)e->code), e->text);
    if (e->file[0] != '\0') fprintf(stderr, "\n  at %s:%d", e->file, (int)e->line);
    if (e->node[0] != '\0') fprintf(stderr, "\n  in %s", e->node);
    if (e->rank >= 0 && e->host[0] != '\0') fprintf(stderr, "\n  on rank %d, host %s", (int)e->rank, e->host);
    if (e->partition >= 0) fprintf(stderr, ", partition %d", (int)e->partition);
    if (e->row >= 0) fprintf(stderr, ", row %lld", (long long)e->row);
    fputc('\n', stderr);
    fflush(stderr);
}

void brasa_error_print(const brasa_session *s, const brasa_error *e)
{
    if (e != NULL) print_error(s == NULL || !brasa__api_alive() ? "brasa" : s->app, e);
}

const brasa_error *brasa_last_error(const brasa_session *s)
{
    return s != NULL && brasa__api_alive() && s->failed ? &s->error : NULL;
}

void brasa_cancel(brasa_session *s)
{
    if (s != NULL) atomic_store_explicit(&s->ctx->cancel, true, memory_order_relaxed);
}

void brasa_error_clear(brasa_session *s)
{
    if (s == NULL || !brasa__api_alive()) return;
    atomic_store_explicit(&s->ctx->cancel, brasa__stop_signal() != 0, memory_order_relaxed);
    s->failed = false;
    brasa__error_clear(&s->error);
}

void brasa__api_place(const brasa_site *at, brasa_error *err)
{
    const char *name;

    if (at == NULL || at->file == NULL || err->file[0] != '\0') return;
    name = strrchr(at->file, '/');
    snprintf(err->file, sizeof err->file, "%s", name == NULL ? at->file : name + 1);
    err->line = at->line;
}

brasa_status brasa__api_fail(brasa_session *s, const brasa_site *at, brasa_error *err)
{
    brasa__api_place(at, err);
    if (!s->failed) {
        s->failed = true;
        s->error = *err;
    }
    brasa__observe_error(s, err);
    return (brasa_status)err->code;
}

brasa_status brasa__api_do(brasa_session *s, const brasa_site *at, brasa_status (*fn)(void *arg, brasa_error *err), void *arg)
{
    const brasa_site *before;
    brasa_error       err;
    brasa_status      status;

    BRASA_TRY(brasa__api_session(s, at));
    before = s->doing.at;
    brasa__error_clear(&err);
    if (before == NULL) s->doing.at = at;
    brasa__stop_acting(1);
    status = brasa__guarded(fn, arg, &err);
    brasa__stop_acting(-1);
    s->doing.at = before;
    return status == BRASA_OK ? BRASA_OK : brasa__api_fail(s, at, &err);
}

brasa_status brasa__api_act(brasa_frame *f, const char *action, const brasa_site *at, brasa_status (*fn)(void *arg, brasa_error *err),
                            void *arg)
{
    brasa_session *s = f->session;
    const char    *action_before = s->doing.action, *sql_before = s->doing.sql;
    brasa_status   status;

    s->doing.action = action;
    if (f->sql != NULL) s->doing.sql = f->sql;
    status = brasa__api_do(s, at, fn, arg);
    s->doing.action = action_before;
    s->doing.sql = sql_before;
    return status;
}

/* ---- start ---- */

typedef struct start_call {
    int                       *argc;
    char                     **argv;
    const brasa_start_options *options;
    brasa_session             *s;
    brasa_comm                *world;
    int                        said_argc; /* the command line as it was */
    char                     **said_argv;
    int32_t                    index, count; /* this rank among those of its host */
    bool                       with_driver;  /* a rank of this host only drives */
} start_call;

static brasa_status apply_options(brasa_config *config, const brasa_start_options *o, brasa_error *err)
{
    char text[32];

    if (o->threads > 0) {
        snprintf(text, sizeof text, "%d", (int)o->threads);
        BRASA_TRY(brasa__config_set(config, "threads", text, err));
    }
    if (o->memory > 0) {
        snprintf(text, sizeof text, "%lld", (long long)o->memory);
        BRASA_TRY(brasa__config_set(config, "memory", text, err));
    }
    for (const char *const *p = o->settings; p != NULL && *p != NULL; p++) {
        char        key[64];
        const char *eq = strchr(*p, '=');

        if (eq == NULL || (size_t)(eq - *p) >= sizeof key) return brasa__fail(err, BRASA_INVALID, "'%s' is not of the form key=value", *p);
        memcpy(key, *p, (size_t)(eq - *p));
        key[eq - *p] = '\0';
        BRASA_TRY(brasa__config_set(config, key, eq + 1, err));
    }
    return BRASA_OK;
}

static brasa_status refuse_unknown(const start_call *c, brasa_error *err)
{
    if (c->options->keep_unknown) return BRASA_OK;
    for (int i = 1; i < *c->argc; i++) {
        const char *a = c->argv[i];
        const char *keys[BRASA_SETTING_COUNT];
        char        name[64];

        if (strcmp(a, "--") == 0) return BRASA_OK;
        if (strncmp(a, "--", 2) != 0) continue;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(a + 2, "="), a + 2);
        for (int32_t k = 0; k < brasa__setting_count(); k++) keys[k] = brasa__setting_key((brasa_setting)k);
        const char *near = brasa__near_miss(name, keys, brasa__setting_count());
        brasa__fail(err, BRASA_INVALID, "unknown option --%s", name);
        return near == NULL ? brasa__fail_more(err, "; --help-brasa lists Brasa's, the program's own follow --")
                            : brasa__fail_more(err, "; did you mean --%s?", near);
    }
    return BRASA_OK;
}

static void print_help(void)
{
    printf("Options of Brasa (--key=value; also BRASA_KEY in the environment):\n");
    for (int32_t k = 0; k < brasa__setting_count(); k++) {
        const char *def = brasa__setting_default((brasa_setting)k);

        printf("  --%-20s %s%s%s%s\n", brasa__setting_key((brasa_setting)k), brasa__setting_doc((brasa_setting)k),
               def[0] != '\0' ? " (default " : "", def, def[0] != '\0' ? ")" : "");
    }
}

static brasa_status configure(void *arg, brasa_error *err)
{
    start_call     *c = arg;
    brasa_ctx      *ctx = brasa__ctx();
    brasa_log_level level;

    BRASA_TRY(brasa__config_from_env(ctx->config, err));
    BRASA_TRY(apply_options(ctx->config, c->options, err));
    BRASA_TRY(brasa__config_from_args(ctx->config, c->argc, c->argv, err));
    BRASA_TRY(refuse_unknown(c, err));
    if (!brasa__log_level_parse(brasa__setting_text(BRASA_SET_LOG), &level)) {
        return brasa__fail(err, BRASA_INVALID, "log = '%s' is not a level; say error, warn, info or debug",
                           brasa__setting_text(BRASA_SET_LOG));
    }
    brasa__log_set_level(ctx->log, level);
    return brasa__faults_set(ctx->faults, brasa__setting_text(BRASA_SET_FAULTS), err);
}

/* What this rank may use: its share of the host. */
static brasa_status size_up(void *arg, brasa_error *err)
{
    start_call *c = arg;
    brasa_ctx  *ctx = brasa__ctx();
    int64_t     threads = brasa__setting_int(BRASA_SET_THREADS);
    char        driver_host[sizeof ctx->host];

    c->world->deadline_ms = brasa__setting_int(BRASA_SET_DEADLINE) * 1000;
    if (brasa__setting_int(BRASA_SET_DEBUG_RANK) >= 0) c->world->deadline_ms = 0; /* somebody may look for hours */
    BRASA_TRY(brasa__comm_host(c->world, &c->index, &c->count, err));
    memcpy(driver_host, ctx->host, sizeof driver_host);
    BRASA_TRY(brasa__comm_bcast(c->world, driver_host, sizeof driver_host, 0, err));
    c->with_driver = strcmp(driver_host, ctx->host) == 0 && c->count > 1 && !brasa__setting_bool(BRASA_SET_DRIVER_WORKS);
    /* The driver computes nothing, so it takes no share where there are workers beside it. */
    if (threads == 0) threads = brasa__machine_cores() / (c->with_driver ? c->count - 1 : c->count);
    ctx->threads = threads < 1 ? 1 : (int32_t)threads;
    return BRASA_OK;
}

static brasa_status settle(void *arg, brasa_error *err)
{
    const start_call *c = arg;

    return brasa__place(c->world, c->index, c->count, c->with_driver, err);
}

/* All ranks come here, so all can end in order.  The status is rank 0's: where several ranks end with one, launchers kill some of them and report that. */
static _Noreturn void leave(brasa_comm *world, int status)
{
    if (world->rank != 0) status = 0;

    fflush(stdout);
    fflush(stderr);
    brasa__place_leave();
    brasa__comm_end(world);
    exit(status);
}

static void report(brasa_comm *world, const char *app, const brasa_error *err)
{
    if (world == NULL || world->rank == 0) print_error(app, err);
}

static brasa_status new_session(void *arg, brasa_error *err)
{
    start_call    *c = arg;
    brasa_session *s = brasa__alloc(sizeof *s);

    c->s = s;
    s->thread = pthread_self();
    s->process = getpid();
    s->ctx = brasa__ctx();
    s->world = c->world;
    s->arena = brasa__arena_new(NULL, "session");
    s->scopes[0] = s->arena;
    s->nscopes = 1;
    s->next_cache = 1;
    s->app = brasa__arena_strdup(s->arena, c->options->app);
    s->ctx->udf_states = brasa__udf_states_new();
    brasa__error_clear(&s->error);
    BRASA_TRY(brasa__driver_new(s->world, s->ctx->threads, &s->driver, err));
    brasa__driver_show(s->driver);
    return brasa__observe_start(s, c->said_argc, c->said_argv, err);
}

static const char *program_name(int argc, char **argv)
{
    const char *slash;

    if (argc == 0 || argv[0] == NULL) return "brasa";
    slash = strrchr(argv[0], '/');
    return slash == NULL ? argv[0] : slash + 1;
}

static brasa_status serve(void *arg, brasa_error *err)
{
    return brasa__worker_run(((start_call *)arg)->world, brasa__ctx()->threads, err);
}

/* The words themselves stay where they are; only the list of them is compacted. */
static size_t said_bytes(int argc)
{
    return sizeof(char *) * ((size_t)argc + 1);
}

static char **copy_argv(int argc, char **argv)
{
    char **copy = brasa__alloc(said_bytes(argc));

    memcpy(copy, argv, sizeof(char *) * (size_t)argc);
    return copy;
}

brasa_session *brasa_start_with(int *argc, char ***argv, const brasa_start_options *options)
{
    brasa_start_options o = options != NULL ? *options : (brasa_start_options) {.app = NULL};
    char               *nothing[] = {NULL}, **no_argv = nothing;
    int                 no_argc = 0;
    start_call          c = {.argc = argc, .options = &o};
    brasa_ctx          *ctx;
    brasa_error         err;
    char              **said;
    unsigned            signals;

    brasa__error_clear(&err);
    if (brasa__ctx()->session != NULL) {
        brasa__fail(&err, BRASA_INVALID, "brasa_start was called again; a process has one session, until brasa_stop");
        brasa__api_fail(brasa__ctx()->session, NULL, &err);
        return brasa__ctx()->session;
    }
    if (argc == NULL || argv == NULL) {
        c.argc = argc = &no_argc;
        argv = &no_argv;
    }
    brasa__io_begin();
    ctx = brasa__ctx_new(0, 1);
    brasa__ctx_set(ctx);
    if (o.app == NULL) o.app = program_name(*argc, *argv);
    for (int i = 1; i < *argc; i++) {
        if (strcmp((*argv)[i], "--help-brasa") != 0) continue;
        print_help();
        brasa__note("end 0");
        exit(0);
    }
    signals = brasa__crash_free_signals();
    if (brasa__comm_world(argc, argv, &c.world, &err) != BRASA_OK) {
        report(NULL, o.app, &err);
        exit(1);
    }
    c.argv = *argv;
    said = copy_argv(*argc, *argv);
    c.said_argc = *argc;
    c.said_argv = said;
    ctx->rank = c.world->rank;
    ctx->size = c.world->size;
    if (brasa__guarded(configure, &c, &err) != BRASA_OK) {
        report(c.world, o.app, &err);
        leave(c.world, 2); /* every rank has the same options, so every rank comes here */
    }
    brasa__crash_install(signals);
    brasa__stop_install();
    if (brasa__setting_int(BRASA_SET_DEBUG_RANK) == ctx->rank) brasa__debug_wait();
    if (brasa__guarded(size_up, &c, &err) != BRASA_OK) {
        report(NULL, o.app, &err); /* only this rank knows that it lost the others */
        brasa__comm_abort(c.world, 1);
    }
    if (brasa__agree(c.world, brasa__guarded(settle, &c, &err), &err) != BRASA_OK) {
        report(err.code == BRASA_PEER ? NULL : c.world, o.app, &err);
        if (err.code == BRASA_PEER) brasa__comm_abort(c.world, 1);
        leave(c.world, 1);
    }
    if (ctx->rank != 0) {
        if (brasa__guarded(serve, &c, &err) != BRASA_OK) {
            print_error(o.app, &err); /* the driver cannot be told any more */
            brasa__comm_abort(c.world, 1);
        }
        brasa__place_leave(); /* while settings say where that is */
        brasa__ctx_set(NULL);
        leave(c.world, 0);
    }
    if (brasa__guarded(new_session, &c, &err) != BRASA_OK) {
        report(c.world, o.app, &err);
        brasa__comm_abort(c.world, 1);
    }
    brasa__free(said, said_bytes(c.said_argc));
    ctx->session = c.s;
    return c.s;
}

/* ---- stop ---- */

static int status_of(const brasa_error *e)
{
    return e->code == BRASA_CANCELLED && brasa__stop_signal() != 0 ? brasa__stop_status() : 1;
}

/* A full disk behind standard output: what was printed is not all there. */
static bool output_lost(const char *app)
{
    bool now = fflush(stdout) != 0;
    int  why = errno;

    if (!now && !ferror(stdout)) return false;
    fprintf(stderr, "%s: IO: standard output could not be written to%s%s\n", app, now ? ": " : "", now ? strerror(why) : "");
    return true;
}

int brasa_stop(brasa_session *s)
{
    if (brasa__api_session(s, NULL) != BRASA_OK) return 1;
    int         status = s->failed ? status_of(&s->error) : 0;
    brasa_comm *world = s->world;
    brasa_ctx  *ctx = s->ctx;

    brasa__stop_acting(1); /* the end is near anyway */
    if (s->failed) print_error(s->app, &s->error);
    if (output_lost(s->app) && status == 0) status = 1;
    bool broken = brasa__driver_broken(s->driver);
    brasa__observe_stop(s, broken ? 1 : status);
    if (broken) brasa__comm_abort(world, 1);
    brasa__driver_free(s->driver);
    brasa__arena_free(s->arena);
    brasa__udf_states_free(ctx->udf_states);
    ctx->udf_states = NULL;
    brasa__free(s, sizeof *s);
    brasa__place_leave();
    brasa__comm_end(world);
    brasa__note("end %d", status);
    brasa__stop_remove();
    brasa__crash_remove();
    brasa__ctx_set(NULL);
    brasa__ctx_free(ctx);
    return status;
}

/* ---- settings ---- */

typedef struct set_call {
    const char *key, *value;
} set_call;

static brasa_status set(void *arg, brasa_error *err)
{
    set_call *c = arg;

    BRASA_TRY(brasa__api_given(c->key, "the name of a setting", err));
    BRASA_TRY(brasa__api_given(c->value, "the value of a setting", err));
    return brasa__config_change(brasa__ctx()->config, c->key, c->value, err);
}

brasa_status brasa_set(brasa_session *s, const char *key, const char *value)
{
    set_call c = {.key = key, .value = value};

    return brasa__api_do(s, NULL, set, &c);
}

const char *brasa_get(const brasa_session *s, const char *key)
{
    for (int32_t k = 0; k < brasa__setting_count() && s != NULL && key != NULL && brasa__api_alive(); k++) {
        if (strcmp(brasa__setting_key((brasa_setting)k), key) == 0) return brasa__config_text(s->ctx->config, (brasa_setting)k);
    }
    return NULL;
}

const char *brasa_pass_name(int32_t i)
{
    return brasa__opt_pass_name(i);
}

int32_t brasa_workers(const brasa_session *s)
{
    return s != NULL && brasa__api_alive() ? brasa__driver_topology(s->driver).workers : 0;
}

int32_t brasa_threads(const brasa_session *s)
{
    return s != NULL && brasa__api_alive() ? brasa__driver_topology(s->driver).threads : 0;
}

/* ---- scopes ---- */

brasa_arena *brasa__api_arena(brasa_session *s)
{
    return s->scopes[s->nscopes - 1];
}

static brasa_status scope_begin(void *arg, brasa_error *err)
{
    brasa_session *s = arg;

    if (s->nscopes == BRASA_MAX_SCOPES)
        return brasa__fail(err, BRASA_INVALID, "scopes nest deeper than %d; end one first", BRASA_MAX_SCOPES);
    s->scopes[s->nscopes] = brasa__arena_new(brasa__api_arena(s), "scope");
    s->nscopes++;
    return BRASA_OK;
}

void brasa_scope_begin(brasa_session *s)
{
    brasa__api_do(s, NULL, scope_begin, s);
}

/* Views and caches of frames that go with the scope. */
static void forget_scope(brasa_session *s)
{
    int32_t scope = s->nscopes - 1;

    for (brasa_view_entry **p = &s->views; *p != NULL;) {
        if ((*p)->scope >= scope) {
            *p = (*p)->next;
        } else {
            p = &(*p)->next;
        }
    }
}

void brasa_scope_end(brasa_session *s)
{
    if (brasa__api_session(s, NULL) != BRASA_OK || s->nscopes == 1) return;
    forget_scope(s);
    brasa__api_forget_caches(s, s->nscopes - 1);
    brasa__arena_free(s->scopes[s->nscopes - 1]);
    s->nscopes--;
}

/* ---- state of user functions ---- */

typedef struct state_call {
    brasa_session *s;
    const char    *udf;
    const void    *state;
    size_t         bytes;
} state_call;

static brasa_status state_set(void *arg, brasa_error *err)
{
    state_call                 *c = arg;
    const brasa_udf_descriptor *d = brasa__udf_find(c->udf);

    BRASA_TRY(brasa__api_given(c->udf, "the name of a user function", err));
    if (d == NULL)
        return brasa__fail(err, BRASA_NOT_FOUND, "there is no user function '%s' in this program; declare it with BRASA_UDF", c->udf);
    if (c->state == NULL && c->bytes > 0) return brasa__fail(err, BRASA_INVALID, "a state of %zu bytes for '%s' is NULL", c->bytes, c->udf);
    brasa__udf_states_set(c->s->ctx->udf_states, d->name, c->state, c->bytes);
    return BRASA_OK;
}

brasa_status brasa_udf_state_set(brasa_session *s, const char *udf, const void *state, size_t bytes)
{
    state_call c = {.s = s, .udf = udf, .state = state, .bytes = bytes};

    return brasa__api_do(s, NULL, state_set, &c);
}
