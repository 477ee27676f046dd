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
    bool           fill;
    replace_memo   memo;
} replacer;

static brasa_status fill_cache(brasa_session *s, brasa_cache_entry *e, brasa_error *err);

static brasa_status cached_node(replacer *r, brasa_cache_entry *e, const brasa_node **out, brasa_error *err)
{
    brasa_builder b = {.arena = r->arena, .next_id = &r->s->next_id};

    BRASA_TRY(brasa__plan_cached(&b, e->schema, e->id, e->nparts, e->rows, e->bytes, out, err));
    ((brasa_node *)(uintptr_t)*out)->u.cached.columns = e->columns; /* it is ours, and nobody has seen it yet */
    return BRASA_OK;
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
    if (e != NULL && !e->filled && r->fill) BRASA_TRY(fill_cache(r->s, e, err));
    if (e != NULL && e->filled) {
        BRASA_TRY(cached_node(r, e, out, err));
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

    BRASA_TRY(replace(&r, node, &with_caches, err));
    BRASA_TRY(brasa__api_measure_joined(s, arena, with_caches, err));
    return brasa__optimize(arena, with_caches, &topology, out, err);
}

/* The inputs of a cached node may be cached too: they are filled on the way. */
static void keep_estimates(brasa_session *s, brasa_cache_entry *e)
{
    /* histograms that estimates made on the way live as long as the columns do */
    const brasa_node_estimate *known = brasa__estimate(brasa__estimator_new(s->arena), e->node);

    brasa_col_estimate *cols =
        brasa__arena_copy(s->arena, known->cols, sizeof *known->cols * (size_t)(e->schema.ncols > 0 ? e->schema.ncols : 1));
    for (int32_t i = 0; i < e->schema.ncols; i++) {
        cols[i].source = NULL;
        cols[i].histogram = brasa__histogram_copy(s->arena, cols[i].histogram); /* the estimate's own goes with the plan */
    }
    e->columns = cols;
    e->expected = known->rows;
}

static brasa_status fill_cache(brasa_session *s, brasa_cache_entry *e, brasa_error *err)
{
    brasa_arena     *arena = brasa__arena_new(s->arena, "cache job");
    brasa_action     action = {.kind = BRASA_SINK_CACHE, .cache = e->id};
    brasa_job_result result;
    brasa_status     status;

    const brasa_node *node = e->node;

    keep_estimates(s, e);
    e->node = NULL; /* or its own job would wait for it */
    status = brasa__api_run(s, arena, node, &action, &result, err);
    e->node = node;
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

static brasa_cache_entry *new_entry(brasa_session *s, const brasa_node *node)
{
    brasa_cache_entry *e = find_cache(s, node);

    if (e != NULL) return e;
    e = BRASA_NEW(s->arena, brasa_cache_entry);
    e->node = node;
    e->id = s->next_cache++;
    e->scope = s->nscopes - 1;
    e->schema = brasa__schema_copy(s->arena, node->schema);
    e->next = s->caches;
    s->caches = e;
    return e;
}

static brasa_status cache_build(brasa_api_call *c, brasa_error *err)
{
    const cache_args  *a = c->arg;
    brasa_cache_entry *e = new_entry(c->session, c->in[0]->node);

    c->node = c->in[0]->node;
    return a->now && !e->filled ? fill_cache(c->session, e, err) : BRASA_OK;
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

brasa_status brasa__api_drop(brasa_session *s, brasa_cache_entry *e, brasa_error *err)
{
    for (brasa_cache_entry **p = &s->caches; *p != NULL; p = &(*p)->next) {
        if (*p == e) {
            *p = e->next;
            break;
        }
    }
    return e->filled ? brasa__driver_drop_cache(s->driver, e->id, err) : BRASA_OK;
}

brasa_status brasa__api_keep(brasa_session *s, brasa_arena *arena, const brasa_node *node, int32_t scope, const brasa_node **out,
                             brasa_cache_entry **entry, brasa_error *err)
{
    brasa_cache_entry *e = new_entry(s, node);
    brasa_builder      b = {.arena = arena, .next_id = &s->next_id};
    brasa_status       status = e->filled ? BRASA_OK : fill_cache(s, e, err);
    brasa_error        later;

    if (status != BRASA_OK) {
        brasa__api_drop(s, e, &later);
        return status;
    }
    if (scope < e->scope) e->scope = scope;
    if (entry != NULL) *entry = e;
    BRASA_TRY(brasa__plan_cached(&b, e->schema, e->id, e->nparts, e->rows, e->bytes, out, err));
    ((brasa_node *)(uintptr_t)*out)->u.cached.columns = e->columns;
    return BRASA_OK;
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
        if (e->filled && brasa__driver_drop_cache(s->driver, e->id, &err) != BRASA_OK) brasa__api_fail(s, NULL, &err);
    }
}
