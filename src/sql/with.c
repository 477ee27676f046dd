/* sql/with.c -- names of WITH, recursive ones too. */
#include <string.h>
#include <strings.h>

#include "base/config.h"
#include "data/type.h"
#include "sql/binder.h"

/* ---- WITH ---- */

static bool from_mentions(const brasa_from *f, const char *name);

static bool mentions(const brasa_query *q, const char *name)
{
    for (int32_t i = 0; i < q->nfrom; i++) {
        if (from_mentions(q->from[i], name)) return true;
    }
    for (int32_t i = 0; i < q->ninputs; i++) {
        if (mentions(q->inputs[i], name)) return true;
    }
    return false;
}

static bool from_mentions(const brasa_from *f, const char *name)
{
    switch (f->kind) {
    case BRASA_FROM_TABLE: return f->schema == NULL && strcasecmp(f->name, name) == 0;
    case BRASA_FROM_QUERY: return mentions(f->query, name);
    case BRASA_FROM_JOIN: return from_mentions(f->left, name) || from_mentions(f->right, name);
    case BRASA_FROM_FUNCTION: break;
    }
    return false;
}

static const brasa_expr *look(void *arg, const brasa_expr *e)
{
    bool *found = arg;

    *found = *found || !brasa__expr_is_deterministic(e);
    return e;
}

static bool is_volatile(sql_binder *x, const brasa_node *n)
{
    bool found = false;

    (void)sql_map_node(x->arena, n, look, &found);
    for (int32_t i = 0; i < n->ninputs; i++) found = found || is_volatile(x, n->inputs[i]);
    return found;
}

/* A query with rand() in it has one result, however often it is named: computed now. */
static brasa_status keep_volatile(sql_binder *x, const brasa_node *n, const brasa_node **out)
{
    int64_t rows;

    *out = n;
    if (x->catalog->keep == NULL || x->collect != NULL || !is_volatile(x, n) || sql_has_outer(x->arena, n, -1)) return BRASA_OK;
    return x->catalog->keep(x->catalog->arg, n, out, &rows, x->err);
}

/* The optimiser decides whether what costs something is computed once: it must know where it begins. */
static const brasa_node *marked(sql_binder *x, const brasa_node *n, const brasa_cte *cte)
{
    brasa_with        *with = BRASA_NEW(x->arena, brasa_with);
    const brasa_expr **exprs = BRASA_NEWS(x->arena, const brasa_expr *, n->schema.ncols + 1);
    const char       **names = BRASA_NEWS(x->arena, const char *, n->schema.ncols + 1);

    if (n->ninputs == 0) return n;
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        exprs[i] = brasa__node_ref(x->arena, n, i);
        names[i] = n->schema.cols[i].name;
    }
    brasa_node *now = brasa__make_project(x->arena, n, n, exprs, names, n->schema.ncols);
    *with = (brasa_with) {cte->name, cte->wish};
    now->with = with;
    return now;
}

brasa_status sql_with_node(sql_binder *x, sql_with *w, int32_t pos, const brasa_node **out)
{
    sql_with *before = x->with;

    if (w->node == NULL) {
        if (w->busy) return sql_fail(x, pos, BRASA_INVALID, "%s refers to itself; say WITH RECURSIVE", w->cte->name);
        w->busy = true;
        x->with = w->next;
        if (w->cte->recursive && mentions(w->cte->query, w->cte->name)) {
            BRASA_TRY(sql_recursive(x, w, &w->node));
        } else {
            const brasa_node *n;

            BRASA_TRY(sql_query(x, w->cte->query, w->outer, &n));
            BRASA_TRY(keep_volatile(x, n, &n));
            BRASA_TRY(sql_rename(x, n, w->cte->columns, w->cte->ncolumns, w->cte->name, w->cte->pos, &n));
            w->node = marked(x, n, w->cte);
        }
        x->with = before;
        w->busy = false;
    }
    *out = w->node;
    return BRASA_OK;
}

brasa_status sql_with_push(sql_binder *x, const brasa_query *q, sql_scope *outer)
{
    for (int32_t i = 0; i < q->nctes; i++) {
        for (int32_t k = 0; k < i; k++) {
            if (strcasecmp(q->ctes[i].name, q->ctes[k].name) == 0 && q->ctes[i].pos != q->ctes[k].pos)
                return sql_fail(x, q->ctes[i].pos, BRASA_INVALID, "WITH names %s twice", q->ctes[i].name);
        }
    }
    for (int32_t i = 0; i < q->nctes; i++) {
        sql_with *w = BRASA_NEW(x->arena, sql_with);

        *w = (sql_with) {.next = x->with, .cte = &q->ctes[i], .outer = outer};
        x->with = w;
    }
    return BRASA_OK;
}

/* Columns as the first part has them. */
static brasa_status same_columns(sql_binder *x, const brasa_node *n, const brasa_node *like, int32_t pos, const brasa_node **out)
{
    int32_t            ncols = like->schema.ncols;
    const brasa_expr **exprs = BRASA_NEWS(x->arena, const brasa_expr *, ncols + 1);
    const char       **names = BRASA_NEWS(x->arena, const char *, ncols + 1);

    if (n->schema.ncols != ncols)
        return sql_fail(x, pos, BRASA_TYPE, "the recursive part has %d columns, the first part %d", (int)n->schema.ncols, (int)ncols);
    for (int32_t i = 0; i < ncols; i++) {
        names[i] = like->schema.cols[i].name;
        BRASA_TRY(brasa__expr_coerce(x->arena, brasa__node_ref(x->arena, n, i), like->schema.cols[i].type, false, &exprs[i], x->err));
    }
    *out = sql_done(x, brasa__make_project(x->arena, NULL, n, exprs, names, ncols));
    return BRASA_OK;
}

/* Only rows that are not there yet. */
static brasa_status new_rows(sql_binder *x, const brasa_node *n, const brasa_node *all, const brasa_node **out)
{
    const brasa_node *sides[] = {n, all};

    return brasa__plan_set(x->b, BRASA_SET_EXCEPT, false, sides, 2, out, x->err);
}

/* A recursive query, and the columns of the query around that it uses: its rows carry their values behind their own. */
typedef struct recursing {
    sql_binder *x;
    sql_with   *w;
    sql_scope  *s;
    int32_t     k;
    int32_t    *cols;
} recursing;

/* Rows for every combination of outer values at once (dependent.c), with these values behind them. */
static brasa_status for_all(const recursing *r, const brasa_node *n, const brasa_node **out)
{
    int32_t            own = n->schema.ncols, *cols = BRASA_NEWS(r->x->arena, int32_t, own + r->k + 1);
    const brasa_expr **exprs = BRASA_NEWS(r->x->arena, const brasa_expr *, own + r->k + 1);
    const char       **names = BRASA_NEWS(r->x->arena, const char *, own + r->k + 1);
    sql_unnested       u;

    *out = n;
    if (r->k == 0) return BRASA_OK;
    for (int32_t i = 0; i < own; i++) exprs[i] = brasa__node_ref(r->x->arena, n, i), names[i] = n->schema.cols[i].name;
    for (int32_t i = 0; i < r->k; i++)
        exprs[own + i] = sql_outer_ref(r->x, r->s, r->cols[i]), names[own + i] = r->s->node->schema.cols[r->cols[i]].name;
    n = sql_done(r->x, brasa__make_project(r->x->arena, NULL, n, exprs, names, own + r->k));
    BRASA_TRY(sql_dependent(r->x, r->s, n, &u));
    if (sql_has_outer(r->x->arena, u.node, -1))
        return sql_fail(r->x, r->w->cte->pos, BRASA_UNSUPPORTED, "a recursive query that refers to a query two levels up");
    for (int32_t i = 0; i < own + r->k; i++) cols[i] = i;
    *out = brasa__make_pick(r->x->arena, NULL, u.node, cols, own + r->k);
    if (*out != u.node) sql_done(r->x, (brasa_node *)(uintptr_t)*out);
    return BRASA_OK;
}

/* Of such rows those of the outer row at hand, without its values. */
static brasa_status of_one(const recursing *r, const brasa_node *rows, const brasa_node **out)
{
    int32_t           own = rows->schema.ncols - r->k, *cols = BRASA_NEWS(r->x->arena, int32_t, own + 1);
    const brasa_expr *all = NULL;

    *out = rows;
    if (r->k == 0) return BRASA_OK;
    for (int32_t i = 0; i < r->k; i++) {
        const brasa_expr *equal;

        BRASA_TRY(sql_call2(r->x, "<=>", sql_outer_ref(r->x, r->s, r->cols[i]), brasa__node_ref(r->x->arena, rows, own + i), &equal));
        all = brasa__expr_and(r->x->arena, all, equal);
    }
    rows = sql_done(r->x, brasa__make_filter(r->x->arena, NULL, rows, all));
    for (int32_t i = 0; i < own; i++) cols[i] = i;
    *out = sql_done(r->x, (brasa_node *)(uintptr_t)brasa__make_pick(r->x->arena, NULL, rows, cols, own));
    return BRASA_OK;
}

/* Inputs of a chain of UNIONs that do or do not stand on the query itself, as one. */
static const brasa_query *parts_of(sql_binder *x, const brasa_query *q, const char *name, bool itself)
{
    brasa_query        *some = brasa__arena_copy(x->arena, q, sizeof *q);
    const brasa_query **inputs = BRASA_NEWS(x->arena, const brasa_query *, q->ninputs + 1);

    some->ninputs = some->nctes = 0;
    some->inputs = inputs;
    for (int32_t i = 0; i < q->ninputs; i++) {
        if (mentions(q->inputs[i], name) == itself) inputs[some->ninputs++] = q->inputs[i];
    }
    return some->ninputs == 0 ? NULL : some->ninputs == 1 ? inputs[0] : some;
}

static brasa_status recursive_part(const recursing *r, sql_with *self, const brasa_query *q, const brasa_node *first,
                                   const brasa_node **out)
{
    r->x->with = self;
    BRASA_TRY(sql_query(r->x, q, r->w->outer, out));
    r->x->with = self->next;
    return same_columns(r->x, *out, first, r->w->cte->pos, out);
}

/* Which columns of the query around are used? */
static brasa_status find_outer(recursing *r, sql_with *self, const brasa_query *q, const brasa_node *first)
{
    const brasa_node *both[] = {first, NULL}, *all;

    r->k = 0;
    if (r->s == NULL) return BRASA_OK;
    self->node = first;
    BRASA_TRY(recursive_part(r, self, q, first, &both[1]));
    BRASA_TRY(brasa__plan_set(r->x->b, BRASA_SET_UNION, true, both, 2, &all, r->x->err));
    sql_outer_columns(r->x->arena, all, r->s->id, &r->cols, &r->k);
    bool nested = sql_has_outer(r->x->arena, all, -1) && (r->k == 0 || r->s->node == NULL || sql_has_outer(r->x->arena, r->s->node, -1));
    return nested ? sql_fail(r->x, r->w->cte->pos, BRASA_UNSUPPORTED, "a recursive query that refers to a query two levels up") : BRASA_OK;
}

/* Rows of the rounds so far, in parts.  A part of level n + 1 is made of MERGED parts of level n: few parts to read in each round, and each row is copied a few times only. */
typedef struct kept_rows {
    int32_t            n, cap, cap_rows, cap_levels;
    const brasa_node **parts;
    int64_t           *rows;
    int32_t           *levels;
} kept_rows;

enum { MERGED = 8, PARTITION_ROWS = 1 << 16 };

static brasa_status union_of(sql_binder *x, const kept_rows *k, int32_t from, const brasa_node **out)
{
    *out = k->parts[from];
    return k->n - from == 1 ? BRASA_OK : brasa__plan_set(x->b, BRASA_SET_UNION, true, k->parts + from, k->n - from, out, x->err);
}

static void add_part(sql_binder *x, kept_rows *k, const brasa_node *part, int64_t rows, int32_t level)
{
    k->parts = brasa__arena_grow(x->arena, k->parts, &k->cap, k->n + 1, sizeof *k->parts);
    k->rows = brasa__arena_grow(x->arena, k->rows, &k->cap_rows, k->n + 1, sizeof *k->rows);
    k->levels = brasa__arena_grow(x->arena, k->levels, &k->cap_levels, k->n + 1, sizeof *k->levels);
    k->parts[k->n] = part;
    k->rows[k->n] = rows;
    k->levels[k->n++] = level;
}

static brasa_status merge_parts(sql_binder *x, kept_rows *k)
{
    while (k->n >= MERGED && k->levels[k->n - MERGED] == k->levels[k->n - 1]) {
        int32_t           from = k->n - MERGED, level = k->levels[from];
        int64_t           rows = 0;
        const brasa_node *n;

        for (int32_t i = from; i < k->n; i++) rows += k->rows[i];
        BRASA_TRY(union_of(x, k, from, &n));
        if (rows <= PARTITION_ROWS) {
            BRASA_TRY(brasa__plan_limit(x->b, n, rows, 0, &n, x->err)); /* into one partition */
        } else {
            BRASA_TRY(brasa__plan_repartition(x->b, n, BRASA_REPARTITION_NUMBER, (int32_t)(rows / PARTITION_ROWS) + 1, NULL, NULL, 0, &n,
                                              x->err));
        }
        BRASA_TRY(x->catalog->keep(x->catalog->arg, n, &n, &rows, x->err));
        for (int32_t i = from; i < k->n; i++) BRASA_TRY(x->catalog->drop(x->catalog->arg, k->parts[i], x->err));
        k->n = from;
        add_part(x, k, n, rows, level + 1);
    }
    return BRASA_OK;
}

typedef struct looking_for {
    const char *name;
    bool        found;
} looking_for;

static bool in_subquery(void *arg, const brasa_expr *e)
{
    looking_for *l = arg;

    if (e->kind == BRASA_EXPR_SUBQUERY) l->found = l->found || mentions(((const brasa_subquery *)e->extra)->query, l->name);
    return !l->found;
}

/* Does a subquery of a value or of WHERE stand on the recursive query?  What it would see is not settled: the round before, or all rows. */
static bool asks_itself(const brasa_query *q, const char *name)
{
    looking_for l = {.name = name};

    for (int32_t i = 0; i < q->ntargets; i++) brasa__expr_walk(q->targets[i], in_subquery, &l);
    if (q->where != NULL) brasa__expr_walk(q->where, in_subquery, &l);
    for (int32_t i = 0; i < q->ninputs && !l.found; i++) l.found = asks_itself(q->inputs[i], name);
    return l.found;
}

static bool look_for_aggregates(void *arg, const brasa_expr *e)
{
    bool *found = arg; /* of an aggregate, and of a window */

    found[0] = found[0] || e->kind == BRASA_EXPR_AGGREGATE;
    found[1] = found[1] || e->kind == BRASA_EXPR_WINDOW;
    return true;
}

/* SELECT count(*) FROM itself gives a row in each round. */
static bool never_empty(const brasa_query *q)
{
    bool found[2] = {false, false};

    if (q->kind != BRASA_QUERY_SELECT || q->ngroups > 0 || q->having != NULL || q->qualify != NULL || q->limit != NULL || q->offset != NULL)
        return false;
    for (int32_t i = 0; i < q->ntargets; i++) brasa__expr_walk(q->targets[i], look_for_aggregates, found);
    return found[0] && !found[1];
}

/* Rounds of the recursive part over the rows of the round before, run now, until one gives nothing. */
brasa_status sql_recursive(sql_binder *x, sql_with *w, const brasa_node **out)
{
    const brasa_query *q = w->cte->query, *start, *step;
    const brasa_node  *first, *n, *all;
    kept_rows          kept = {.n = 0};
    int64_t            rows;
    sql_with           self = {.next = x->with, .cte = w->cte, .outer = w->outer};
    recursing          r = {.x = x, .w = w, .s = w->outer};
    bool               form = q->kind == BRASA_QUERY_SET && q->op == BRASA_SET_UNION && q->norder == 0;
    int64_t            most = x->enough, total = 0;
    int64_t            levels = brasa__setting_int(BRASA_SET_RECURSION_LEVELS), most_rows = brasa__setting_int(BRASA_SET_RECURSION_ROWS);

    if (form && mentions(q->inputs[0], w->cte->name))
        return sql_fail(x, w->cte->pos, BRASA_INVALID, "the first part of recursive %s refers to it; put a part that does not before UNION",
                        w->cte->name);
    start = form ? parts_of(x, q, w->cte->name, false) : NULL;
    step = form ? parts_of(x, q, w->cte->name, true) : NULL;
    if (start == NULL || step == NULL)
        return sql_fail(x, w->cte->pos, BRASA_UNSUPPORTED, "recursive %s is not of the form: first part UNION [ALL] recursive part",
                        w->cte->name);
    if (asks_itself(step, w->cte->name))
        return sql_fail(x, w->cte->pos, BRASA_UNSUPPORTED, "a subquery inside of recursive %s stands on it; join it instead", w->cte->name);
    x->enough = -1;
    if (q->limit != NULL) BRASA_TRY(sql_rows_needed(x, q, &most));
    if (q->all && most < 0 && never_empty(step))
        return sql_fail(x, w->cte->pos, BRASA_INVALID, "recursive %s has no end: an aggregate without GROUP BY gives a row in each round",
                        w->cte->name);
    if (x->catalog->keep == NULL) return sql_fail(x, w->cte->pos, BRASA_UNSUPPORTED, "WITH RECURSIVE outside of a session");
    BRASA_TRY(sql_with_push(x, q, w->outer));
    self.next = x->with;
    BRASA_TRY(sql_query(x, start, w->outer, &first));
    BRASA_TRY(sql_rename(x, first, w->cte->columns, w->cte->ncolumns, w->cte->name, w->cte->pos, &first));
    BRASA_TRY(find_outer(&r, &self, step, first));
    BRASA_TRY(for_all(&r, first, &n));
    if (!q->all) BRASA_TRY(brasa__plan_distinct(x->b, n, NULL, 0, &n, x->err));
    for (int32_t round = 0;; round++) {
        if (levels >= 0 && round > levels)
            return sql_fail(x, w->cte->pos, BRASA_INVALID,
                            "recursive %s did not end after %d rounds; give it an end, or raise the setting recursion-levels", w->cte->name,
                            (int)levels);
        BRASA_TRY(x->catalog->keep(x->catalog->arg, n, &n, &rows, x->err));
        if (rows == 0 && round > 0) break;
        if (!q->all) BRASA_TRY(merge_parts(x, &kept)); /* those before this one, which the next round still reads by itself */
        add_part(x, &kept, n, rows, 0);
        total += rows;
        if (most_rows >= 0 && total > most_rows)
            return sql_fail(x, w->cte->pos, BRASA_INVALID,
                            "recursive %s has over %lld rows; give it an end, or raise the setting recursion-rows", w->cte->name,
                            (long long)most_rows);
        if (rows == 0 || (most >= 0 && total >= most && r.k == 0)) break;
        BRASA_TRY(of_one(&r, n, &self.node));
        BRASA_TRY(recursive_part(&r, &self, step, first, &n));
        BRASA_TRY(for_all(&r, n, &n));
        if (q->all) continue;
        BRASA_TRY(union_of(x, &kept, 0, &all));
        BRASA_TRY(new_rows(x, n, all, &n));
    }
    BRASA_TRY(union_of(x, &kept, 0, &all));
    BRASA_TRY(of_one(&r, all, out));
    return sql_tail(x, q, *out, out);
}
