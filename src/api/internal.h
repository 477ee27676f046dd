/* api/internal.h -- sessions, frames and expressions inside.
 *
 * Everything hangs off the session: frames and expressions lie in its arenas (a stack of scopes), the first error is kept until it is cleared.  A public call runs
 * under a guard, so that a lack of memory is an error like others.
 */
#ifndef BRASA_API_INTERNAL_H
#define BRASA_API_INTERNAL_H

#include <pthread.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/status.h"
#include "brasa/brasa.h"
#include "comm/comm.h"
#include "driver/driver.h"
#include "plan/build.h"
#include "storage/rewrite.h"

enum { BRASA_MAX_SCOPES = 64 };

/* A node whose rows the workers keep, once a job has computed them. */
typedef struct brasa_cache_entry {
    struct brasa_cache_entry        *next;
    brasa_arena                     *arena; /* its own; NULL: of a frame, in the session's */
    const brasa_node                *node;  /* of a frame, which it stands for; NULL: rows that were kept once */
    int64_t                          id;
    bool                             filled;
    int32_t                          scope;
    brasa_schema                     schema;
    int32_t                          nparts;
    int64_t                          rows, bytes;
    double                           expected; /* rows, before they were computed */
    const struct brasa_col_estimate *columns;  /* what was expected of them before they were computed, or what was found */
    bool                             table;    /* rows of a session table */
    bool                             guessed;  /* little is known of the columns: they are measured when a plan joins them */
} brasa_cache_entry;

typedef struct brasa_view_entry {
    struct brasa_view_entry *next;
    char                    *name;
    brasa_frame             *frame;
    int32_t                  scope;
    struct brasa_sql_object *sql; /* made by a statement (sql.c); NULL: by brasa_view */
} brasa_view_entry;

struct brasa_session {
    pthread_t                  thread;  /* that started it, as */
    pid_t                      process; /* this process */
    brasa_ctx                 *ctx;
    brasa_comm                *world;
    brasa_driver              *driver;
    brasa_arena               *arena; /* of the session */
    brasa_arena               *scopes[BRASA_MAX_SCOPES];
    int32_t                    nscopes;
    const char                *app;
    int32_t                    next_id;
    int64_t                    next_cache;
    brasa_cache_entry         *caches;
    brasa_view_entry          *views;
    struct brasa_sql_schema   *schemas;   /* CREATE SCHEMA */
    struct brasa_sql_prepared *prepared;  /* PREPARE */
    struct brasa_sql_prepared *foreign;   /* SET of other systems' keys: kept, without effect */
    struct brasa_sql_variable *variables; /* DECLARE */
    struct brasa_sql_function *functions; /* CREATE FUNCTION */
    struct brasa_sql_sequence *sequences; /* CREATE SEQUENCE */
    struct brasa_sql_sequence *numbered;  /* the one that gave a number last */
    struct brasa_sql_level    *level;     /* BEGIN, SAVEPOINT: the innermost; NULL: no transaction */
    const char                *schema;    /* USE; NULL: that of the start */
    struct {
        const char       *action, *sql;     /* NULL: not said */
        const brasa_site *at;               /* of the outermost call */
    } doing;                                /* the call that runs, for the event log */
    brasa_arena             *metrics_arena; /* of the last job's figures */
    const brasa_job_metrics *metrics;       /* NULL: none */
    bool                     failed;        /* `error` is set; a cleared error does not count for the exit status */
    brasa_error              error;
};

struct brasa_frame {
    brasa_session     *session;
    brasa_status       status; /* BRASA_OK, or the frame is inert */
    const brasa_node  *node;   /* NULL when inert */
    const brasa_table *table;  /* of brasa_read, for brasa_table_describe */
    brasa_cache_entry *cache;  /* of brasa_cache, brasa_persist */
    int32_t            scope;
    const char        *sql; /* the query that this is, or stands on alone; NULL: none */
};

struct brasa_expression {
    brasa_session    *session;
    brasa_status      status;
    const brasa_expr *expr;
};

struct brasa_result {
    brasa_session *session;
    brasa_arena   *arena;
    brasa_schema   schema;
    int64_t        rows;
    int32_t        nbatches;
    brasa_batch   *batches;
    int64_t       *first; /* [nbatches]: number of the first row */
    brasa_blocks   blocks;
};

/* The arena of the innermost scope. */
brasa_arena *brasa__api_arena(brasa_session *s);
/* Keep the first error of the session; the error gets the place of the user's call if it has none. */
brasa_status brasa__api_fail(brasa_session *s, const brasa_site *at, brasa_error *err);

/* The place of the user's call, for an error that has none. */
void brasa__api_place(const brasa_site *at, brasa_error *err);

/* What a builder of frames gets. */
typedef struct brasa_api_call {
    brasa_session      *session;
    brasa_builder       builder;
    brasa_frame *const *in;
    const void         *arg;
    bool                counted; /* text was parsed: `nparams` of its ? have values, from the first */
    int32_t             nparams;
    const brasa_node   *node;  /* out */
    const brasa_table  *table; /* out */
    const char         *sql;   /* out: the text of a query */
} brasa_api_call;
typedef brasa_status brasa_api_build(brasa_api_call *c, brasa_error *err);

/* A frame built by fn from `in` (inert when one of them is); never NULL.  With `in`, s is that of in[0]. */
brasa_frame *brasa__api_frame(brasa_session *s, brasa_frame *const *in, int32_t nin, brasa_site at, const char *text, brasa_api_build *fn,
                              const void *arg);

/* INVALID where a caller gives NULL for what must be there: `what` is "the text of an expression", say. */
brasa_status brasa__api_given(const void *p, const char *what, brasa_error *err);

/* Expression text: one, a list (with aliases and stars), an order. */
brasa_status brasa__api_expr(brasa_api_call *c, const char *text, const brasa_expr **out, brasa_error *err);
brasa_status brasa__api_list(brasa_api_call *c, const char *text, const brasa_expr *const **out, int32_t *n, brasa_error *err);
brasa_status brasa__api_order(brasa_api_call *c, const char *text, const brasa_order **out, int32_t *n, brasa_error *err);
/* "a, b" as names. */
brasa_status brasa__api_names(brasa_api_call *c, const char *text, const char *const **out, int32_t *n, brasa_error *err);

/* What callers hand in.  OK, or an error that is kept (INVALID where it is NULL): the session, a frame that can be built on and run, any other pointer. */
brasa_status brasa__api_session(const brasa_session *s, const brasa_site *at);
brasa_status brasa__api_usable(const brasa_frame *f, const brasa_site *at);
brasa_status brasa__api_pointer(const void *p, const char *what, const brasa_site *at);
/* Is there a session, and is this its thread?  Told to nobody. */
bool brasa__api_alive(void);
/* A frame where none could be made: INVALID or NO_MEMORY, of no session. */
brasa_frame *brasa__api_inert(brasa_status status);

/* Under a guard: run fn(arg), keep its error.  `s` may have an error already: only new ones matter. */
brasa_status brasa__api_do(brasa_session *s, const brasa_site *at, brasa_status (*fn)(void *arg, brasa_error *err), void *arg);

/* The same for an action on a frame, by its name in the event log. */
brasa_status brasa__api_act(brasa_frame *f, const char *action, const brasa_site *at, brasa_status (*fn)(void *arg, brasa_error *err),
                            void *arg);
/* The rows of a job are no longer needed. */
brasa_status brasa__api_end_job(brasa_session *s, brasa_status so_far, brasa_error *err);

/* Optimise, cut and run a plan for an action; caches it needs are filled first.  `arena`: of the job. */
brasa_status brasa__api_run(brasa_session *s, brasa_arena *arena, const brasa_node *node, const brasa_action *action, brasa_job_result *out,
                            brasa_error *err);
/* The optimised plan, with caches that are filled in it. */
brasa_status brasa__api_optimise(brasa_session *s, brasa_arena *arena, const brasa_node *node, bool fill, const brasa_node **out,
                                 brasa_error *err);
/* Drop the caches made in a scope that ends. */
void brasa__api_forget_caches(brasa_session *s, int32_t scope);
/* Run a plan now and keep its rows with the workers.  The entry lives as long as `scope`, and no longer than until it is dropped. */
brasa_status brasa__api_keep(brasa_session *s, const brasa_node *node, int32_t scope, brasa_cache_entry **entry, brasa_error *err);
/* A plan (in the builder's arena) that reads what was kept: the rows of one entry after those of another. */
brasa_status brasa__api_kept(brasa_builder *b, brasa_cache_entry *const *entries, int32_t n, const brasa_node **out, brasa_error *err);
brasa_status brasa__api_drop(brasa_session *s, brasa_cache_entry *e, brasa_error *err);
brasa_cache_entry *brasa__api_entry(const brasa_session *s, int64_t id); /* NULL: dropped */

/* ---- measure.c ---- */
/* Statistics of a node's columns (in the session's arena) from about that share of its rows; *rows: how many were looked at. */
brasa_status brasa__api_measure(brasa_session *s, brasa_builder *b, const brasa_node *in, double share, int64_t *rows,
                                brasa_column_stats *stats, brasa_error *err);
/* Statistics of a kept node's columns, for the plans to come. */
void brasa__api_known(brasa_cache_entry *e, int64_t rows, const brasa_column_stats *stats);
/* A kept node is computed: is it to be measured? */
void brasa__api_doubt(brasa_cache_entry *e);
/* Of a plan with joins: measure what it reads and is to be measured; *any: there was something. */
brasa_status brasa__api_measure_joined(brasa_session *s, brasa_arena *arena, const brasa_node *plan, bool *any, brasa_error *err);

/* Run a plan, its text with true rows and times. */
brasa_status brasa__api_analyze(brasa_session *s, brasa_arena *arena, const brasa_node *node, brasa_text *text, brasa_error *err);
/* A format by its name; NULL: AUTO. */
brasa_status brasa__api_format(const char *text, brasa_format *out, brasa_error *err);
/* A column as FLAT arrays: what callers get. */
void brasa__api_flat(brasa_arena *arena, brasa_column *c, int32_t rows);
/* brasa_write_at; with `rewrite` some of the table's files stay. */
brasa_status brasa__api_write(brasa_frame *f, const char *uri, const brasa_write_options *o, const brasa_rewrite *rewrite, brasa_site at);
/* All rows, or the first `limit` (-1: all). */
brasa_status brasa__api_collect(brasa_session *s, const brasa_node *node, int64_t limit, brasa_result **out, brasa_error *err);

#endif
