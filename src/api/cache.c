/* api/cache.c -- frames whose rows the workers keep.
 *
 * A cached frame's plan node is remembered; the first job that meets the node computes it, keeps the partitions, and from then on the node stands for them.
 */
#include "api/internal.h"
#include "data/type.h"
#include "opt/opt.h"
#include "plan/estimate.h"

static brasa_cache_entry *find_cache(brasa_session *s, const brasa_node *n)
{
    for (brasa_cache_entry *e = s->caches; e != NULL; e = e->next) {
        if (e->node == n) return e;
    }
    return NULL;
}

/* Nodes rewritten so far, so that shared ones stay shared. */
typedef struct replace_memo {
    const brasa_node **from, **to;
    int32_t            count, cap, cap2;
} replace_memo;

typedef struct replacer {
    brasa_session *s;
    brasa_arena   *arena;
    bool           fill, renew;
    replace_memo   memo;
} replacer;

static brasa_status fill_cache(brasa_session *s, brasa_cache_entry *e, const brasa_node *node, brasa_error *err);

static brasa_status cached_node(replacer *r, brasa_cache_entry *e, const brasa_node **out, brasa_error *err)
{
    brasa_builder b = {.arena = r->arena, .next_id = &r->s->next_id};

    BRASA_TRY(brasa__plan_cached(&b, e->schema, &e->id, 1, e->nparts, e->rows, e->bytes, out, err));
    ((brasa_node *)(uintptr_t)*out)->u.cached.columns = e->columns; /* it is ours, and nobody has seen it yet */
    return BRASA_OK;
}

/* ---- what was kept, as a plan ---- */

/* A column may have nulls when one of the entries has. */
static brasa_schema schema_of(brasa_arena *arena, brasa_cache_entry *const *entries, int32_t n)
{
    brasa_schema s = brasa__schema_copy(arena, entries[0]->schema);
    brasa_field *cols = (brasa_field *)(uintptr_t)s.cols; /* a copy of our own */

    for (int32_t k = 1; k < n; k++) {
        for (int32_t i = 0; i < s.ncols; i++) cols[i].nullable |= entries[k]->schema.cols[i].nullable;
    }
    return s;
}

/* A copy: an entry goes while plans that read it are still there. */
static brasa_col_estimate *columns_of(brasa_arena *arena, brasa_cache_entry *const *entries, int32_t n)
{
    int32_t             ncols = entries[0]->schema.ncols;
    brasa_col_estimate *cols = brasa__arena_copy(arena, entries[0]->columns, sizeof *cols * (size_t)(ncols > 0 ? ncols : 1));
    double              rows = (double)entries[0]->rows;

    for (int32_t k = 1; k < n; k++) {
        for (int32_t i = 0; i < ncols; i++) brasa__estimate_unite(&cols[i], &entries[k]->columns[i], rows, (double)entries[k]->rows);
        rows += (double)entries[k]->rows;
    }
    return cols;
}

brasa_status brasa__api_kept(brasa_builder *b, brasa_cache_entry *const *entries, int32_t n, const brasa_node **out, brasa_error *err)
{
    int64_t *ids = BRASA_NEWS(b->arena, int64_t, n), rows = 0, bytes = 0;
    int32_t  nparts = 0;

    for (int32_t k = 0; k < n; k++) {
        ids[k] = entries[k]->id;
        nparts += entries[k]->nparts;
        rows += entries[k]->rows;
        bytes += entries[k]->bytes;
    }
    BRASA_TRY(brasa__plan_cached(b, schema_of(b->arena, entries, n), ids, n, nparts, rows, bytes, out, err));
    ((brasa_node *)(uintptr_t)*out)->u.cached.columns = columns_of(b->arena, entries, n);
    return BRASA_OK;
}

brasa_cache_entry *brasa__api_entry(const brasa_session *s, int64_t id)
{
    brasa_cache_entry *e = s->caches;

    while (e != NULL && e->id != id) e = e->next;
    return e;
}

/* A frame over a session table reads the rows that the table had when the frame was made. */
static brasa_status still_there(const brasa_session *s, const brasa_node *n, brasa_error *err)
{
    for (int32_t k = 0; k < n->u.cached.ncaches; k++) {
        if (brasa__api_entry(s, n->u.cached.caches[k]) == NULL)
            return brasa__fail(
                err, BRASA_NOT_FOUND,
                "the rows of the session table that this frame reads are gone: a later statement changed or dropped the table; make the frame anew, or "
                "brasa_persist it before the change");
    }
    return BRASA_OK;
}

/* Its entries may have been measured since the plan was made. */
static const brasa_node *renewed(replacer *r, const brasa_node *n)
{
    int32_t             count = n->u.cached.ncaches;
    brasa_cache_entry **entries = BRASA_NEWS(r->arena, brasa_cache_entry *, count);
    brasa_node         *now;

    if (n->u.cached.cols != NULL || n->u.cached.columns == NULL) return n;
    for (int32_t k = 0; k < count; k++) {
        entries[k] = brasa__api_entry(r->s, n->u.cached.caches[k]);
    }
    now = brasa__node_copy(r->arena, n, NULL);
    now->u.cached.columns = columns_of(r->arena, entries, count);
    return now;
}

static brasa_status replace(replacer *r, const brasa_node *n, const brasa_node **out, brasa_error *err)
{
    brasa_cache_entry *e = find_cache(r->s, n);

    for (int32_t i = 0; i < r->memo.count; i++) {
        if (r->memo.from[i] == n) {
            *out = r->memo.to[i];
            return BRASA_OK;
        }
    }
    if (n->kind == BRASA_NODE_CACHED && (e == NULL || !e->filled)) BRASA_TRY(still_there(r->s, n, err));
    if (e != NULL && !e->filled && r->fill) BRASA_TRY(fill_cache(r->s, e, n, err));
    if (e != NULL && e->filled) {
        BRASA_TRY(cached_node(r, e, out, err));
    } else if (n->kind == BRASA_NODE_CACHED && r->renew) {
        *out = renewed(r, n);
    } else {
        const brasa_node **inputs = BRASA_NEWS(r->arena, const brasa_node *, n->ninputs + 1);
        bool               same = true;

        for (int32_t i = 0; i < n->ninputs; i++) {
            BRASA_TRY(replace(r, n->inputs[i], &inputs[i], err));
            same = same && inputs[i] == n->inputs[i];
        }
        *out = same ? n : brasa__node_copy(r->arena, n, inputs);
    }
    r->memo.from = brasa__arena_grow(r->arena, r->memo.from, &r->memo.cap, r->memo.count + 1, sizeof *r->memo.from);
    r->memo.to = brasa__arena_grow(r->arena, r->memo.to, &r->memo.cap2, r->memo.count + 1, sizeof *r->memo.to);
    r->memo.from[r->memo.count] = n;
    r->memo.to[r->memo.count++] = *out;
    return BRASA_OK;
}

brasa_status brasa__api_optimise(brasa_session *s, brasa_arena *arena, const brasa_node *node, bool fill, const brasa_node **out,
                                 brasa_error *err)
{
    replacer          r = {.s = s, .arena = arena, .fill = fill};
    brasa_topology    topology = brasa__driver_topology(s->driver);
    const brasa_node *with_caches;
    bool              measured;

    BRASA_TRY(replace(&r, node, &with_caches, err));
    BRASA_TRY(brasa__api_measure_joined(s, arena, with_caches, &measured, err));
    if (measured) {
        r = (replacer) {.s = s, .arena = arena, .fill = fill, .renew = true};
        BRASA_TRY(replace(&r, node, &with_caches, err));
    }
    return brasa__optimize(arena, with_caches, &topology, out, err);
}

/* `arena`: of the job that fills it.  The estimate's own histograms go with the plan; copies of them stay with the session, as plans of others may have them. */
static void keep_estimates(brasa_session *s, brasa_cache_entry *e, const brasa_node *node, brasa_arena *arena)
{
    const brasa_node_estimate *known = brasa__estimate(brasa__estimator_new(arena), node);
    brasa_col_estimate        *cols = brasa__arena_copy(e->arena != NULL ? e->arena : s->arena, known->cols,
                                                 sizeof *known->cols * (size_t)(e->schema.ncols > 0 ? e->schema.ncols : 1));

    for (int32_t i = 0; i < e->schema.ncols; i++) {
        cols[i].source = NULL;
        cols[i].histogram = brasa__histogram_copy(s->arena, cols[i].histogram);
    }
    e->columns = cols;
    e->expected = known->rows;
}

/* The inputs of a cached node may be cached too: they are filled on the way. */
static brasa_status fill_cache(brasa_session *s, brasa_cache_entry *e, const brasa_node *node, brasa_error *err)
{
    brasa_arena     *arena = brasa__arena_new(s->arena, "cache job");
    brasa_action     action = {.kind = BRASA_SINK_CACHE, .cache = e->id};
    brasa_job_result result;
    brasa_status     status;

    const brasa_node *stands_for = e->node;

    keep_estimates(s, e, node, arena);
    e->node = NULL; /* or its own job would wait for it */
    status = brasa__api_run(s, arena, node, &action, &result, err);
    e->node = stands_for;
    if (status == BRASA_OK) {
        e->filled = true;
        e->nparts = result.nparts;
        e->rows = result.rows;
        e->bytes = result.bytes;
        brasa__api_doubt(e);
        status = brasa__api_end_job(s, status, err);
    }
    brasa__arena_free(arena);
    return status;
}

/* ---- the calls ---- */

typedef struct cache_args {
    bool now;
} cache_args;

static brasa_cache_entry *new_entry(brasa_session *s, brasa_arena *arena, brasa_schema schema)
{
    brasa_cache_entry *e = BRASA_NEW(arena, brasa_cache_entry);

    e->id = s->next_cache++;
    e->scope = s->nscopes - 1;
    e->schema = brasa__schema_copy(arena, schema);
    e->next = s->caches;
    s->caches = e;
    return e;
}

static brasa_status cache_build(brasa_api_call *c, brasa_error *err)
{
    const cache_args  *a = c->arg;
    brasa_session     *s = c->session;
    const brasa_node  *node = c->in[0]->node;
    brasa_cache_entry *e = find_cache(s, node);

    if (e == NULL) e = new_entry(s, s->arena, node->schema);
    e->node = node;
    c->node = node;
    return a->now && !e->filled ? fill_cache(s, e, node, err) : BRASA_OK;
}

static brasa_frame *cache_frame(brasa_frame *f, bool now, brasa_site at)
{
    cache_args   a = {.now = now};
    brasa_frame *out;

    out = brasa__api_frame(NULL, &f, 1, at, NULL, cache_build, &a);
    if (brasa_status_of(out) == BRASA_OK) out->cache = find_cache(f->session, f->node);
    return out;
}

brasa_frame *brasa_cache_at(brasa_frame *f, brasa_site at)
{
    return cache_frame(f, false, at);
}

brasa_frame *brasa_persist_at(brasa_frame *f, brasa_site at)
{
    return cache_frame(f, true, at);
}

static brasa_status let_go(brasa_session *s, brasa_cache_entry *e, brasa_error *err)
{
    brasa_status status = e->filled ? brasa__driver_drop_cache(s->driver, e->id, err) : BRASA_OK;

    brasa__arena_free(e->arena); /* with the entry */
    return status;
}

brasa_status brasa__api_drop(brasa_session *s, brasa_cache_entry *e, brasa_error *err)
{
    for (brasa_cache_entry **p = &s->caches; *p != NULL; p = &(*p)->next) {
        if (*p == e) {
            *p = e->next;
            break;
        }
    }
    return let_go(s, e, err);
}

brasa_status brasa__api_keep(brasa_session *s, const brasa_node *node, int32_t scope, brasa_cache_entry **entry, brasa_error *err)
{
    brasa_arena       *arena = brasa__arena_new(s->arena, "kept rows");
    brasa_cache_entry *e = new_entry(s, arena, node->schema);
    brasa_status       status;
    brasa_error        later;

    e->arena = arena;
    e->scope = scope;
    status = fill_cache(s, e, node, err);
    if (status == BRASA_OK)
        *entry = e;
    else
        (void)brasa__api_drop(s, e, &later);
    return status;
}

static brasa_status unpersist(void *arg, brasa_error *err)
{
    brasa_frame       *f = arg;
    brasa_cache_entry *e = find_cache(f->session, f->node);

    return e == NULL ? BRASA_OK : brasa__api_drop(f->session, e, err);
}

brasa_status brasa_unpersist_at(brasa_frame *f, brasa_site at)
{
    BRASA_TRY(brasa__api_usable(f, &at));
    return brasa__api_do(f->session, &at, unpersist, f);
}

/* Caches of frames that go with a scope. */
void brasa__api_forget_caches(brasa_session *s, int32_t scope)
{
    for (brasa_cache_entry **p = &s->caches; *p != NULL;) {
        brasa_cache_entry *e = *p;
        brasa_error        err;

        if (e->scope < scope) {
            p = &e->next;
            continue;
        }
        *p = e->next;
        if (let_go(s, e, &err) != BRASA_OK) brasa__api_fail(s, NULL, &err);
    }
}
