/* op_aggregate.c -- groups and their aggregates, in the four modes of stage.h.
 *
 * PARTIAL and COMPLETE: every thread fills its own table (agg_table.h) with a bounded index; when all have ended, the tables are merged partition by partition, one
 * piece each, and what comes out is emitted.  Few groups are one piece.  PARTIAL empties a table that does not reduce on the way: its rows are emitted as
 * states, so it never holds more than an index full; rows of a plain DISTINCT go on as they are, where the plan expects nearly as many groups as rows and the
 * first rows agree.  FINAL and PARTITION: a table per partition of the source, emitted at its end.
 */
#include <string.h>

#include "base/config.h"
#include "data/gather.h"
#include "data/type.h"
#include "exec/blame.h"
#include "exec/op_aggregate.h"
#include "expr/agg_state.h"
#include "expr/eval.h"

enum {
    INDEX_LIMIT = 1 << 16,   /* groups in a thread's index to begin with: 1 MiB of slots */
    INDEX_MOST = 1 << 22,    /* and at most, when groups come back */
    SEEN_BITS = 1 << 23,     /* of the sketch of groups made */
    SEEN_MOST = 1 << 20,     /* groups in it before it is emptied */
    ONE_PIECE = 1 << 14,     /* groups in all below which merging is not cut */
    PASS_ROWS = 4096,        /* looked at before rows may pass */
    CHUNK = BRASA_BATCH_ROWS /* rows merged or emitted at a time */
};

/* ---- open ---- */

static brasa_status open_call(const aggregate_shared *s, int32_t i, brasa_arena *arena, brasa_agg_call *c, brasa_error *err)
{
    const brasa_expr *agg = s->base.desc->u.aggregate.aggs[i];

    *c = (brasa_agg_call) {
        .agg = agg, .func = brasa__agg_func(agg->agg->id), .arena = arena, .exact = brasa__setting_bool(BRASA_SET_EXACT_FLOAT_SUM)};
    if (c->func == NULL) return brasa__fail(err, BRASA_UNSUPPORTED, "the aggregate %s cannot be computed here", agg->name);
    if ((agg->distinct || agg->norder > 0) && (s->mode == BRASA_AGG_PARTIAL || s->mode == BRASA_AGG_COMPLETE)) {
        return brasa__fail(err, BRASA_INTERNAL, "%s with DISTINCT or ORDER BY was planned before all rows of a group have met", agg->name);
    }
    return c->func->open(c, err);
}

static brasa_type key_type(const aggregate_shared *s, int32_t k)
{
    const brasa_op_desc *d = s->base.desc;

    return s->mode == BRASA_AGG_FINAL ? s->base.in.cols[k].type : d->u.aggregate.keys[k]->type;
}

static brasa_status aggregate_open(brasa_op_shared *base, brasa_error *err)
{
    aggregate_shared    *s = (aggregate_shared *)base;
    const brasa_op_desc *d = base->desc;
    int32_t              bytes = 0;

    s->mode = d->u.aggregate.mode;
    s->nkeys = d->u.aggregate.nkeys;
    s->naggs = d->u.aggregate.naggs;
    s->single = s->nkeys == 0;
    s->key_types = BRASA_NEWS(base->arena, brasa_type, s->nkeys + 1);
    s->offsets = BRASA_NEWS(base->arena, int32_t, s->naggs + 1);
    s->ops = BRASA_NEWS(base->arena, aggregate_op *, base->threads);
    for (int32_t k = 0; k < s->nkeys; k++) s->key_types[k] = key_type(s, k);
    for (int32_t i = 0; i < s->naggs; i++) {
        brasa_agg_call c;

        BRASA_TRY(open_call(s, i, base->arena, &c, err));
        s->offsets[i] = bytes;
        bytes += (c.bytes + 7) / 8 * 8;
    }
    s->distinct =
        s->mode == BRASA_AGG_PARTIAL && s->naggs == 0 && d->u.aggregate.groups > 0 && d->u.aggregate.groups >= 0.9 * d->u.aggregate.rows;
    for (int32_t k = 0; k < s->nkeys; k++) s->distinct = s->distinct && !brasa__type_is_nested(s->key_types[k]);
    brasa__agg_layout_make(base->arena, s->key_types, s->nkeys, bytes, &s->layout);
    for (int32_t i = 0; i < s->naggs; i++) s->offsets[i] += s->layout.state_offset;
    return BRASA_OK;
}

/* Expressions of the operator: keys, arguments, filters. */
static brasa_status open_exprs(aggregate_op *op, const aggregate_shared *s, brasa_error *err)
{
    const brasa_op_desc *d = s->base.desc;
    brasa_arena         *arena = op->base.arena;
    int32_t              most = s->nkeys;

    for (int32_t i = 0; i < s->naggs; i++) most += d->u.aggregate.aggs[i]->nargs + d->u.aggregate.aggs[i]->norder + 1;
    const brasa_expr **exprs = BRASA_NEWS(arena, const brasa_expr *, most + 1);
    int32_t            n = 0;

    for (int32_t k = 0; k < s->nkeys; k++) exprs[n++] = d->u.aggregate.keys[k];
    for (int32_t i = 0; i < s->naggs; i++) {
        const brasa_expr *agg = d->u.aggregate.aggs[i];

        op->first_arg[i] = n;
        for (int32_t a = 0; a < agg->nargs; a++) exprs[n++] = agg->args[a];
        op->filter[i] = agg->filter != NULL ? n : -1;
        if (agg->filter != NULL) exprs[n++] = agg->filter;
        op->first_key[i] = n;
        for (int32_t k = 0; k < agg->norder; k++) exprs[n++] = agg->order[k].expr;
    }
    op->exprs = exprs;
    op->nexprs = n;
    BRASA_TRY(brasa__eval_new(arena, exprs, n, &op->eval, err));
    op->base.eval = op->eval;
    return BRASA_OK;
}

static void open_scratch(aggregate_op *op, const aggregate_shared *s)
{
    brasa_arena *arena = op->base.arena;
    int32_t      n = s->mode == BRASA_AGG_FINAL ? s->base.in.ncols : op->nexprs;

    op->nexprs = n;
    op->cols = BRASA_NEWS(arena, brasa_column, n + 1);
    op->dense = BRASA_NEWS(arena, brasa_agg_col, n + 1);
    op->sub = BRASA_NEWS(arena, brasa_agg_col, n + 1);
    op->scratch = BRASA_NEWS(arena, brasa_agg_scratch, n + 1);
    op->sub_scratch = BRASA_NEWS(arena, brasa_agg_scratch, n + 1);
    op->group = BRASA_NEWS(arena, uint8_t *, CHUNK);
    op->sub_group = BRASA_NEWS(arena, uint8_t *, CHUNK);
    op->other = BRASA_NEWS(arena, uint8_t *, CHUNK);
    op->rows = BRASA_NEWS(arena, int32_t, CHUNK);
    op->pick = BRASA_NEWS(arena, int32_t, CHUNK);
}

static void table_start(aggregate_op *op, const aggregate_shared *s)
{
    bool bounded = s->mode == BRASA_AGG_PARTIAL || s->mode == BRASA_AGG_COMPLETE;

    op->held = brasa__arena_new(op->base.arena, "groups");
    brasa__agg_table_init(&op->table, &s->layout, op->held, bounded ? op->limit : 0, bounded && !s->single ? BRASA_AGG_PARTS : 1);
    op->open = true;
    for (int32_t i = 0; i < s->naggs; i++) {
        const brasa_expr *agg = op->calls[i].agg;

        op->calls[i].arena = op->held;
        op->distinct[i] = agg->distinct && agg->nargs > 0 && s->mode != BRASA_AGG_FINAL ? brasa__agg_distinct_new(op->held, agg) : NULL;
        op->ordered[i] = agg->norder > 0 && s->mode != BRASA_AGG_FINAL ? brasa__agg_ordered_new(op->held, agg) : NULL;
    }
}

static void table_end(aggregate_op *op, const aggregate_shared *s)
{
    if (!op->open) return;
    for (int32_t i = 0; i < s->naggs; i++) {
        brasa__agg_distinct_free(op->distinct[i]);
        op->distinct[i] = NULL;
        op->ordered[i] = NULL;
    }
    brasa__agg_table_free(&op->table);
    brasa__arena_free(op->held);
    op->held = NULL;
    op->open = false;
}

static brasa_status aggregate_op_open(brasa_op *base, brasa_error *err)
{
    aggregate_op     *op = (aggregate_op *)base;
    aggregate_shared *s = (aggregate_shared *)base->shared;
    brasa_arena      *arena = base->arena;

    op->calls = BRASA_NEWS(arena, brasa_agg_call, s->naggs + 1);
    op->first_arg = BRASA_NEWS(arena, int32_t, s->naggs + 1);
    op->filter = BRASA_NEWS(arena, int32_t, s->naggs + 1);
    op->first_key = BRASA_NEWS(arena, int32_t, s->naggs + 1);
    op->distinct = BRASA_NEWS(arena, brasa_agg_distinct *, s->naggs + 1);
    op->ordered = BRASA_NEWS(arena, brasa_agg_ordered *, s->naggs + 1);
    for (int32_t i = 0; i < s->naggs; i++) {
        BRASA_TRY(open_call(s, i, arena, &op->calls[i], err));
        op->calls[i].offset = s->offsets[i];
    }
    if (s->mode != BRASA_AGG_FINAL) BRASA_TRY(open_exprs(op, s, err));
    open_scratch(op, s);
    s->ops[base->chain->thread] = op;
    op->limit = INDEX_LIMIT;
    if (s->mode == BRASA_AGG_PARTIAL || s->mode == BRASA_AGG_COMPLETE) table_start(op, s);
    return BRASA_OK;
}

static brasa_status aggregate_begin(brasa_op *base, brasa_error *err)
{
    aggregate_op           *op = (aggregate_op *)base;
    const aggregate_shared *s = (const aggregate_shared *)base->shared;

    (void)err;
    op->row = 0;
    if (s->mode == BRASA_AGG_FINAL || s->mode == BRASA_AGG_PARTITION) {
        table_end(op, s);
        table_start(op, s);
    }
    return BRASA_OK;
}

/* ---- emitting ---- */

/* Rows of groups as keys and results (or states). */
static brasa_status emit_rows(aggregate_op *op, const aggregate_shared *s, brasa_agg_call *calls, uint8_t *const *rows, int32_t n,
                              brasa_error *err)
{
    brasa_arena  *arena = brasa__arena_new(op->base.arena, "groups out");
    brasa_column *cols = BRASA_NEWS(arena, brasa_column, s->nkeys + s->naggs + 1);

    for (int32_t k = 0; k < s->nkeys; k++) brasa__agg_key_column(&s->layout, k, rows, n, arena, &cols[k]);
    for (int32_t i = 0; i < s->naggs; i++) {
        brasa_agg_call *c = &calls[i];

        if (s->mode == BRASA_AGG_PARTIAL) {
            BRASA_TRY(c->func->save(c, rows, n, arena, &cols[s->nkeys + i], err));
        } else {
            BRASA_TRY(c->func->finish(c, rows, n, arena, &cols[s->nkeys + i], err));
        }
    }
    brasa_batch  out = {.rows = n, .ncols = s->nkeys + s->naggs, .cols = cols, .nsel = n};
    brasa_status status = brasa_op_emit(&op->base, &out, err);

    brasa__arena_free(arena);
    return status;
}

/* All rows of one partition of a table. */
static brasa_status emit_part(aggregate_op *op, const aggregate_shared *s, brasa_agg_call *calls, const brasa_agg_part *part,
                              brasa_error *err)
{
    size_t  bytes = (size_t)s->layout.row_bytes;
    int32_t most = brasa_run_batch_rows(op->base.chain->run), n = 0;

    for (const brasa_agg_page *page = part->first; page != NULL; page = page->next) {
        for (int32_t i = 0; i < page->rows; i++) {
            op->other[n++] = (uint8_t *)page->buf->data + bytes * (size_t)i;
            if (n < most) continue;
            BRASA_TRY(emit_rows(op, s, calls, op->other, n, err));
            n = 0;
        }
    }
    return n == 0 ? BRASA_OK : emit_rows(op, s, calls, op->other, n, err);
}

/* ---- taking rows in ---- */

/* Groups that the index has forgotten and that come back say that it is too small. */
static void note_fresh(aggregate_op *op, int32_t n)
{
    const brasa_agg_table *t = &op->table;

    if (t->groups < INDEX_LIMIT / 8) return;
    if (op->seen == NULL) op->seen = BRASA_NEWS(op->base.arena, uint64_t, SEEN_BITS / 64);
    if (op->in_seen > SEEN_MOST) {
        memset(op->seen, 0, SEEN_BITS / 8);
        op->in_seen = 0;
    }
    for (int32_t i = 0; i < n; i++) {
        uint64_t  bit = t->hash[t->fresh[i]] >> 20;
        uint64_t *word = &op->seen[bit / 64 % (SEEN_BITS / 64)];

        op->again += (int64_t)(*word >> (bit & 63) & 1);
        *word |= (uint64_t)1 << (bit & 63);
    }
    op->fresh += n;
    op->in_seen += n;
}

/* Is there no room for n more groups?  Then the index is empty now, unless a larger one is worth it. */
static bool index_full(aggregate_op *op, int32_t n)
{
    brasa_agg_table *t = &op->table;

    if (t->limit == 0 || t->used + n <= t->limit) return false;
    bool grow = op->again * 4 > op->fresh && t->limit < INDEX_MOST;

    op->again = op->fresh = 0;
    if (!grow) return brasa__agg_table_overflow(t, n);
    op->limit = t->limit *= 4;
    return false;
}

static void find_groups(aggregate_op *op, const aggregate_shared *s, int32_t n)
{
    int32_t nfresh;

    if (s->single) {
        uint8_t *row = brasa__agg_table_single(&op->table);

        for (int32_t k = 0; k < n; k++) op->group[k] = row;
    } else {
        brasa__agg_table_find(&op->table, op->dense, n, op->group, &nfresh);
        if (op->table.limit != 0) note_fresh(op, nfresh);
    }
}

/* The index is full.  COMPLETE keeps the rows for the merge; PARTIAL sends them on. */
static brasa_status overflow(aggregate_op *op, const aggregate_shared *s, brasa_error *err)
{
    if (s->mode != BRASA_AGG_PARTIAL) return BRASA_OK;
    op->rows_in = 0;
    for (int32_t p = 0; p < op->table.nparts; p++) BRASA_TRY(emit_part(op, s, op->calls, &op->table.parts[p], err));
    table_end(op, s);
    table_start(op, s);
    return BRASA_OK;
}

static void densify(aggregate_op *op, const aggregate_shared *s, const brasa_column *cols, const int32_t *rows, int32_t n)
{
    for (int32_t i = 0; i < op->nexprs; i++) {
        if (op->scratch[i].values == NULL) brasa__agg_scratch_init(op->base.arena, cols[i].type, &op->scratch[i]);
        op->dense[i] = brasa__agg_dense(&cols[i], rows, n, i < s->nkeys, &op->scratch[i]);
    }
}

/* Does looking for groups win next to nothing? */
static bool passes(const aggregate_op *op, const aggregate_shared *s)
{
    return s->distinct && op->rows_in >= PASS_ROWS && op->table.groups >= op->rows_in - op->rows_in / 16;
}

static brasa_status pass_on(aggregate_op *op, const aggregate_shared *s, int32_t n, brasa_error *err)
{
    brasa_batch out = {.rows = n, .ncols = s->nkeys, .cols = op->cols, .nsel = n};

    for (int32_t k = 0; k < s->nkeys; k++) op->cols[k] = brasa__agg_column(&op->dense[k]);
    return brasa_op_emit(&op->base, &out, err);
}

static brasa_status aggregate_push(brasa_op *base, const brasa_batch *in, brasa_error *err)
{
    aggregate_op           *op = (aggregate_op *)base;
    const aggregate_shared *s = (const aggregate_shared *)base->shared;
    const brasa_column     *cols = in->cols;

    if (s->mode != BRASA_AGG_FINAL) {
        brasa_status status = brasa__eval_run(op->eval, in, op->cols, err);
        if (status != BRASA_OK) return brasa__blame_row(base, op->exprs, op->nexprs, in, status, err);
        cols = op->cols;
    }
    densify(op, s, cols, in->sel, in->nsel);
    if (passes(op, s)) return pass_on(op, s, in->nsel, err);
    if (index_full(op, in->nsel)) BRASA_TRY(overflow(op, s, err));
    op->rows_in += in->nsel;
    find_groups(op, s, in->nsel);
    if (s->mode == BRASA_AGG_FINAL) {
        for (int32_t i = 0; i < s->naggs; i++)
            BRASA_TRY(op->calls[i].func->load(&op->calls[i], op->group, &op->dense[s->nkeys + i], in->nsel, err));
    } else {
        BRASA_TRY(brasa__aggregate_update(op, s, in->nsel, err));
    }
    op->row += in->nsel;
    return BRASA_OK;
}

static brasa_status aggregate_end_partition(brasa_op *base, brasa_error *err)
{
    aggregate_op           *op = (aggregate_op *)base;
    const aggregate_shared *s = (const aggregate_shared *)base->shared;

    if (s->mode != BRASA_AGG_FINAL && s->mode != BRASA_AGG_PARTITION) return BRASA_OK;
    /* Without keys there is one row, also of nothing: exactly one partition of all holds it. */
    if (s->single && base->chain->partition == 0) brasa__agg_table_single(&op->table);
    for (int32_t i = 0; i < s->naggs; i++) {
        if (op->ordered[i] != NULL) BRASA_TRY(brasa__agg_ordered_finish(op->ordered[i], base->chain->run, &op->table, &op->calls[i], err));
    }
    BRASA_TRY(emit_part(op, s, op->calls, &op->table.parts[0], err));
    table_end(op, s);
    return BRASA_OK;
}

/* ---- merging the threads' tables ---- */

static int64_t rows_in_all(const aggregate_shared *s)
{
    int64_t rows = 0;

    for (int32_t t = 0; t < s->base.threads; t++) rows += s->ops[t] == NULL ? 0 : s->ops[t]->table.groups;
    return rows;
}

static brasa_status aggregate_finish(brasa_op_shared *base, int32_t round, int32_t *npieces, brasa_error *err)
{
    const aggregate_shared *s = (const aggregate_shared *)base;

    (void)err;
    *npieces = 0;
    if (round > 0 || (s->mode != BRASA_AGG_PARTIAL && s->mode != BRASA_AGG_COMPLETE)) return BRASA_OK;
    *npieces = s->single || rows_in_all(s) <= ONE_PIECE ? 1 : BRASA_AGG_PARTS;
    return BRASA_OK;
}

/* Take the rows of a partition into a table that has each group once. */
static brasa_status merge_part(aggregate_op *op, const aggregate_shared *s, brasa_agg_table *to, brasa_agg_call *calls,
                               const brasa_agg_part *part, brasa_error *err)
{
    size_t bytes = (size_t)s->layout.row_bytes;

    for (const brasa_agg_page *page = part->first; page != NULL; page = page->next) {
        for (int32_t from = 0; from < page->rows; from += CHUNK) {
            int32_t n = page->rows - from < CHUNK ? page->rows - from : CHUNK, nfresh, m = 0;

            for (int32_t i = 0; i < n; i++) op->other[i] = (uint8_t *)page->buf->data + bytes * (size_t)(from + i);
            brasa__agg_table_adopt(to, op->other, n, op->group, &nfresh);
            for (int32_t i = 0; i < nfresh; i++) op->group[to->fresh[i]] = NULL; /* copied, states and all */
            for (int32_t i = 0; i < n; i++) {
                if (op->group[i] == NULL) continue;
                op->sub_group[m] = op->group[i];
                op->other[m++] = op->other[i];
            }
            for (int32_t i = 0; i < s->naggs && m > 0; i++) BRASA_TRY(calls[i].func->merge(&calls[i], op->sub_group, op->other, m, err));
        }
        BRASA_TRY(brasa_run_check(op->base.chain->run, err));
    }
    return BRASA_OK;
}

/* Is every group of this thread's part there once, and nowhere else? */
static bool merged_already(const aggregate_shared *s, const brasa_agg_table *only)
{
    return s->base.threads == 1 && only->used == only->groups;
}

static void free_table(void *table)
{
    brasa__agg_table_free(table);
}

static brasa_status merge_and_emit(aggregate_op *op, const aggregate_shared *s, int32_t first, int32_t last, brasa_error *err)
{
    brasa_arena     *arena = brasa__arena_new(op->base.arena, "merged groups");
    brasa_agg_call  *calls = brasa__arena_copy(arena, op->calls, sizeof *calls * (size_t)(s->naggs + 1));
    brasa_agg_table *to = BRASA_NEW(arena, brasa_agg_table);
    brasa_status     status = BRASA_OK;

    for (int32_t i = 0; i < s->naggs; i++) calls[i].arena = arena;
    brasa__agg_table_init(to, &s->layout, arena, 0, 1);
    brasa__arena_defer(arena, free_table, to);
    to->copy_strings = false;
    for (int32_t t = 0; t < s->base.threads && status == BRASA_OK; t++) {
        for (int32_t p = first; p <= last && p < s->ops[t]->table.nparts && status == BRASA_OK; p++)
            status = merge_part(op, s, to, calls, &s->ops[t]->table.parts[p], err);
    }
    if (status == BRASA_OK) status = emit_part(op, s, calls, &to->parts[0], err);
    for (int32_t t = 0; t < s->base.threads && status == BRASA_OK; t++) {
        for (int32_t p = first; p <= last && p < s->ops[t]->table.nparts; p++) brasa__agg_part_free(&s->ops[t]->table.parts[p]);
    }
    brasa__arena_free(arena);
    return status;
}

/* The one row of an aggregate without keys: of all threads' states.  PARTIAL sends none when the worker saw no rows, but worker 0 always sends. */
static brasa_status merge_single(aggregate_op *op, const aggregate_shared *s, brasa_error *err)
{
    uint8_t *to = NULL;

    for (int32_t t = 0; t < s->base.threads; t++) {
        brasa_agg_table *table = &s->ops[t]->table;

        if (table->groups == 0) continue;
        uint8_t *row = brasa__agg_table_single(table);
        for (int32_t i = 0; i < s->naggs && to != NULL; i++) BRASA_TRY(op->calls[i].func->merge(&op->calls[i], &to, &row, 1, err));
        if (to == NULL) to = row;
    }
    if (to == NULL && s->base.rank == 0) to = brasa__agg_table_single(&op->table);
    return to == NULL ? BRASA_OK : emit_rows(op, s, op->calls, &to, 1, err);
}

static brasa_status aggregate_piece(brasa_op *base, int32_t round, int32_t piece, brasa_error *err)
{
    aggregate_op           *op = (aggregate_op *)base;
    const aggregate_shared *s = (const aggregate_shared *)base->shared;
    bool                    one = rows_in_all(s) <= ONE_PIECE;

    (void)round;
    if (s->single) return merge_single(op, s, err);
    if (merged_already(s, &s->ops[0]->table)) {
        int32_t first = one ? 0 : piece, last = one ? BRASA_AGG_PARTS - 1 : piece;

        for (int32_t p = first; p <= last; p++) BRASA_TRY(emit_part(op, s, op->calls, &s->ops[0]->table.parts[p], err));
        return BRASA_OK;
    }
    return merge_and_emit(op, s, one ? 0 : piece, one ? BRASA_AGG_PARTS - 1 : piece, err);
}

static void aggregate_close(brasa_op_shared *base)
{
    aggregate_shared *s = (aggregate_shared *)base;

    if (s->ops == NULL) return;
    for (int32_t t = 0; t < base->threads; t++) {
        if (s->ops[t] != NULL) table_end(s->ops[t], s);
    }
}

const brasa_op_class brasa__op_aggregate = {
    .name = "aggregate",
    .shared_bytes = sizeof(aggregate_shared),
    .op_bytes = sizeof(aggregate_op),
    .open = aggregate_open,
    .op_open = aggregate_op_open,
    .begin_partition = aggregate_begin,
    .push = aggregate_push,
    .end_partition = aggregate_end_partition,
    .finish = aggregate_finish,
    .piece = aggregate_piece,
    .close = aggregate_close,
};
