/* op_probe.c -- the probe side of a join: rows of the stream meet the build table.
 *
 * All join types of stage.h come from two questions asked of every batch: which pairs match (keys, then the residual), and which rows of either side
 * have a match.  Pairs are made a batch at a time; stream columns of a pair are gathered by row, build columns from their blocks.
 * Without keys comparisons may tell the candidates (join_range.h); else every build row is one: the smaller side is repeated as constants against the other side's columns as they are.
 * Build rows that nobody matched come in pieces at the end, one per block.
 */
#include <string.h>

#include "base/hash.h"
#include "data/gather.h"
#include "data/type.h"
#include "exec/join_range.h"
#include "exec/join_table.h"
#include "exec/op.h"
#include "expr/eval.h"

typedef struct probe_shared {
    brasa_op_shared   base;
    brasa_join_table  table;
    brasa_join_type   type;
    bool              keep_build, swapped, null_aware;
    bool              pairs_out;   /* pairs are part of the result */
    bool              track;       /* build rows are marked when they match */
    bool              needs_pairs; /* who matches is not known from the keys alone */
    bool              only_pairs;  /* who matches is of no interest, and no column is a struct: pairs need not be named */
    brasa_schema      stream, build;
    const brasa_expr *residual;
    brasa_join_range *range; /* without keys: the build rows that may pass; NULL: all */
} probe_shared;

typedef struct probe_op {
    brasa_op           base;
    brasa_eval        *keys, *residual, *bounds;
    brasa_agg_scratch  bound_scratch[2];
    brasa_column      *key_cols, *cols;
    brasa_agg_col     *dense;
    brasa_agg_scratch *scratch;
    brasa_join_scratch find;
    uint8_t          **record;
    uint8_t           *matched;                  /* per selected row of the batch */
    int32_t           *stream_row, *which, *sel; /* of the pairs: row of the batch, its position among the selected; what passes */
    uint32_t          *block, *row;
    brasa_arena       *arena_batch;
} probe_op;

/* ---- open ---- */

static bool any_struct(brasa_schema schema)
{
    for (int32_t c = 0; c < schema.ncols; c++) {
        if (schema.cols[c].type.kind == BRASA_KIND_STRUCT) return true;
    }
    return false;
}

static brasa_status probe_open(brasa_op_shared *base, brasa_error *err)
{
    probe_shared        *s = (probe_shared *)base;
    const brasa_op_desc *d = base->desc;
    brasa_partitions     input;

    s->type = d->u.probe.type;
    s->keep_build = d->u.probe.keep_build;
    s->swapped = d->u.probe.swapped;
    s->null_aware = d->u.probe.null_aware;
    s->residual = d->u.probe.residual;
    s->stream = base->in;
    s->build = d->u.probe.build_schema;
    s->pairs_out = s->type != BRASA_JOIN_SEMI && s->type != BRASA_JOIN_ANTI && s->type != BRASA_JOIN_MARK;
    s->track = s->keep_build || s->type == BRASA_JOIN_RIGHT || s->type == BRASA_JOIN_FULL;
    s->needs_pairs = s->pairs_out || s->track || s->residual != NULL || d->u.probe.nkeys == 0;
    s->only_pairs =
        (s->type == BRASA_JOIN_INNER || s->type == BRASA_JOIN_CROSS) && !s->track && !any_struct(s->stream) && !any_struct(s->build);
    if (s->null_aware && s->residual != NULL)
        return brasa__fail(err, BRASA_INTERNAL, "a NOT IN join with a residual condition was planned");
    s->table = (brasa_join_table) {.run = base->run,
                                   .threads = base->threads,
                                   .arena = base->arena,
                                   .schema = s->build,
                                   .nkeys = d->u.probe.nkeys,
                                   .keys = d->u.probe.build_keys,
                                   .null_equal = d->u.probe.null_equal};
    BRASA_TRY(brasa_run_stage_output(base->run, d->u.probe.build, &input, err));
    BRASA_TRY(brasa__join_build(&s->table, &input, s->track, err));
    if (d->u.probe.nkeys > 0 || s->table.nested) return BRASA_OK;
    return brasa__join_range_build(&s->table, s->residual, s->swapped ? s->build.ncols : 0, s->stream.ncols,
                                   s->swapped ? 0 : s->stream.ncols, &s->range, err);
}

static void probe_close(brasa_op_shared *base)
{
    brasa__join_free(&((probe_shared *)base)->table);
}

static brasa_status probe_op_open(brasa_op *base, brasa_error *err)
{
    probe_op            *op = (probe_op *)base;
    const probe_shared  *s = (const probe_shared *)base->shared;
    const brasa_op_desc *d = base->shared->desc;
    brasa_arena         *arena = base->arena;
    int32_t              nkeys = d->u.probe.nkeys;

    BRASA_TRY(brasa__eval_new(arena, d->u.probe.probe_keys, nkeys, &op->keys, err));
    if (s->residual != NULL) BRASA_TRY(brasa__eval_new(arena, &s->residual, 1, &op->residual, err));
    if (s->range != NULL) {
        BRASA_TRY(brasa__eval_new(arena, s->range->bounds, s->range->nbounds, &op->bounds, err));
        for (int32_t i = 0; i < s->range->nbounds; i++) brasa__agg_scratch_init(arena, s->range->bounds[i]->type, &op->bound_scratch[i]);
    }
    op->key_cols = BRASA_NEWS(arena, brasa_column, nkeys + 1);
    op->dense = BRASA_NEWS(arena, brasa_agg_col, nkeys + 1);
    op->scratch = BRASA_NEWS(arena, brasa_agg_scratch, nkeys + 1);
    for (int32_t i = 0; i < nkeys; i++) brasa__agg_scratch_init(arena, d->u.probe.probe_keys[i]->type, &op->scratch[i]);
    op->cols = BRASA_NEWS(arena, brasa_column, s->stream.ncols + s->build.ncols + 1);
    brasa__join_scratch_init(arena, &op->find);
    op->record = BRASA_NEWS(arena, uint8_t *, BRASA_BATCH_ROWS);
    op->matched = BRASA_NEWS(arena, uint8_t, BRASA_BATCH_ROWS);
    op->stream_row = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    op->which = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    op->sel = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    op->block = BRASA_NEWS(arena, uint32_t, BRASA_BATCH_ROWS);
    op->row = BRASA_NEWS(arena, uint32_t, BRASA_BATCH_ROWS);
    op->arena_batch = brasa__arena_new(arena, "join batch");
    return BRASA_OK;
}

/* ---- pairs ---- */

static brasa_column *stream_cols(const probe_shared *s, probe_op *op)
{
    return op->cols + (s->swapped ? s->build.ncols : 0);
}

static brasa_column *build_cols(const probe_shared *s, probe_op *op)
{
    return op->cols + (s->swapped ? 0 : s->stream.ncols);
}

static brasa_status second_match(brasa_error *err)
{
    return brasa__fail(err, BRASA_DATA, "%s", BRASA_TWO_ROWS_TEXT);
}

/* Who of the pairs is a match: marks stream rows and build rows.  which[i], block[i], row[i] name pair i. */
static brasa_status mark(const probe_shared *s, probe_op *op, const int32_t *sel, int32_t n, brasa_error *err)
{
    if (s->only_pairs) return BRASA_OK;
    for (int32_t i = 0; i < n; i++) {
        int32_t p = sel == NULL ? i : sel[i];

        if (s->type == BRASA_JOIN_SINGLE && op->matched[op->which[p]]) return second_match(err);
        op->matched[op->which[p]] = 1;
        if (s->track) __atomic_store_n(&s->table.blocks[op->block[p]].matched[op->row[p]], 1, __ATOMIC_RELAXED);
    }
    return BRASA_OK;
}

/* op->cols hold n pairs. */
static brasa_status take_pairs(const probe_shared *s, probe_op *op, int32_t n, brasa_error *err)
{
    brasa_batch out = {.rows = n, .ncols = s->stream.ncols + s->build.ncols, .cols = op->cols, .nsel = n};

    if (s->residual != NULL) {
        int32_t pass;

        BRASA_TRY(brasa__eval_select(op->residual, &out, op->sel, &pass, err));
        out.sel = op->sel;
        out.nsel = pass;
    }
    BRASA_TRY(mark(s, op, out.sel, out.nsel, err));
    if (!s->pairs_out || out.nsel == 0) return BRASA_OK;
    return brasa_op_emit(&op->base, &out, err);
}

/* Gather both sides of pairs [0, n). */
static brasa_status gather_pairs(const probe_shared *s, probe_op *op, const brasa_batch *in, int32_t n, bool all_rows, brasa_error *err)
{
    brasa_arena *arena = op->arena_batch;

    if (s->pairs_out || s->residual != NULL) {
        for (int32_t c = 0; c < s->stream.ncols; c++) {
            if (all_rows && in->sel == NULL) {
                stream_cols(s, op)[c] = in->cols[c];
            } else {
                brasa__column_gather(arena, &in->cols[c], op->stream_row, n, true, &stream_cols(s, op)[c]);
            }
        }
        for (int32_t c = 0; c < s->build.ncols; c++) brasa__join_gather(&s->table, c, op->block, op->row, n, arena, &build_cols(s, op)[c]);
    }
    BRASA_TRY(take_pairs(s, op, n, err));
    brasa__arena_reset(arena);
    return BRASA_OK;
}

/* Follow the chains of all rows, a batch of pairs at a time. */
static brasa_status keyed_pairs(const probe_shared *s, probe_op *op, const brasa_batch *in, brasa_error *err)
{
    int32_t most = brasa_run_batch_rows(op->base.chain->run), n = 0;

    for (int32_t k = 0; k < in->nsel; k++) {
        for (uint8_t *r = op->record[k]; r != NULL;) {
            const brasa_join_link *link = brasa__join_link_of(&s->table, r);

            op->stream_row[n] = in->sel == NULL ? k : in->sel[k];
            op->which[n] = k;
            op->block[n] = link->block;
            op->row[n++] = link->row;
            r = link->next;
            if (n < most) continue;
            BRASA_TRY(gather_pairs(s, op, in, n, n == in->nsel && !s->table.has_chains, err));
            n = 0;
        }
    }
    return n == 0 ? BRASA_OK : gather_pairs(s, op, in, n, n == in->nsel && !s->table.has_chains, err);
}

/* At most one pair a row. */
static brasa_status direct_pairs(const probe_shared *s, probe_op *op, const brasa_batch *in, brasa_error *err)
{
    int32_t n = brasa__join_direct_find(&s->table, &op->dense[0], in->nsel, op->which, op->block, op->row);

    if (!s->needs_pairs) {
        for (int32_t i = 0; i < n; i++) op->matched[op->which[i]] = 1;
        return BRASA_OK;
    }
    for (int32_t i = 0; i < n; i++) op->stream_row[i] = in->sel == NULL ? op->which[i] : in->sel[op->which[i]];
    return n == 0 ? BRASA_OK : gather_pairs(s, op, in, n, n == in->nsel, err);
}

/* ---- pairs without keys ---- */

static void constant_of(brasa_arena *arena, const brasa_column *in, int32_t row, brasa_column *out)
{
    brasa__column_gather(arena, in, &row, 1, false, out);
    if (out->encoding == BRASA_FLAT && out->type.kind != BRASA_KIND_STRUCT) out->encoding = BRASA_CONST;
}

/* One build row against all selected rows of the stream. */
static brasa_status pairs_of_build_row(const probe_shared *s, probe_op *op, const brasa_batch *in, int32_t b, int32_t r, brasa_error *err)
{
    brasa_arena *arena = op->arena_batch;
    int32_t      n = in->nsel;

    for (int32_t k = 0; k < n && (!s->only_pairs || in->sel != NULL); k++) {
        op->stream_row[k] = in->sel == NULL ? k : in->sel[k];
        op->which[k] = k;
        op->block[k] = (uint32_t)b;
        op->row[k] = (uint32_t)r;
    }
    for (int32_t c = 0; c < s->stream.ncols; c++) {
        if (in->sel == NULL) {
            stream_cols(s, op)[c] = in->cols[c];
        } else {
            brasa__column_gather(arena, &in->cols[c], op->stream_row, n, true, &stream_cols(s, op)[c]);
        }
    }
    for (int32_t c = 0; c < s->build.ncols; c++) {
        if (s->build.cols[c].type.kind == BRASA_KIND_STRUCT) {
            brasa__join_gather(&s->table, c, op->block, op->row, n, arena, &build_cols(s, op)[c]);
        } else {
            constant_of(arena, &s->table.blocks[b].cols[c], r, &build_cols(s, op)[c]);
        }
    }
    BRASA_TRY(take_pairs(s, op, n, err));
    brasa__arena_reset(arena);
    return BRASA_OK;
}

/* One stream row against rows [from, from + n) of a block. */
static brasa_status pairs_of_stream_row(const probe_shared *s, probe_op *op, const brasa_batch *in, int32_t k, int32_t b, int32_t from,
                                        int32_t n, brasa_error *err)
{
    brasa_arena *arena = op->arena_batch;
    int32_t      row = in->sel == NULL ? k : in->sel[k];

    for (int32_t i = 0; i < n && !s->only_pairs; i++) {
        op->stream_row[i] = row;
        op->which[i] = k;
        op->block[i] = (uint32_t)b;
        op->row[i] = (uint32_t)(from + i);
    }
    for (int32_t c = 0; c < s->stream.ncols; c++) {
        if (s->stream.cols[c].type.kind == BRASA_KIND_STRUCT) {
            brasa__column_gather(arena, &in->cols[c], op->stream_row, n, false, &stream_cols(s, op)[c]);
        } else {
            constant_of(arena, &in->cols[c], row, &stream_cols(s, op)[c]);
        }
    }
    for (int32_t c = 0; c < s->build.ncols; c++) brasa__column_slice(&s->table.blocks[b].cols[c], from, &build_cols(s, op)[c]);
    BRASA_TRY(take_pairs(s, op, n, err));
    brasa__arena_reset(arena);
    return BRASA_OK;
}

static brasa_status all_pairs(const probe_shared *s, probe_op *op, const brasa_batch *in, brasa_error *err)
{
    int32_t most = brasa_run_batch_rows(op->base.chain->run) / 64 * 64;
    bool    by_build = s->table.rows < in->nsel;

    for (int32_t b = 0; b < s->table.nblocks; b++) {
        int32_t rows = s->table.blocks[b].rows;

        for (int32_t r = 0; by_build && r < rows; r++) BRASA_TRY(pairs_of_build_row(s, op, in, b, r, err));
        for (int32_t k = 0; !by_build && k < in->nsel; k++) {
            for (int32_t from = 0; from < rows; from += most)
                BRASA_TRY(pairs_of_stream_row(s, op, in, k, b, from, rows - from < most ? rows - from : most, err));
        }
        BRASA_TRY(brasa_run_check(op->base.chain->run, err));
    }
    return BRASA_OK;
}

/* ---- pairs by a range ---- */

/* Are there few candidates enough that gathering them costs less than trying all?  Looks at some rows. */
static bool range_pays(const brasa_join_range *r, const brasa_agg_col *bounds, int32_t n)
{
    enum { SOME = 8, SHARE = 8 };
    int64_t seen = 0, most = r->n / SHARE * SOME;

    for (int32_t i = 0; i < SOME && i < n; i++) {
        brasa_join_candidates c = brasa__join_range_of(r, bounds, (int32_t)((int64_t)n * i / SOME));

        while (seen <= most && brasa__join_range_next(r, &c) >= 0) seen++;
    }
    return seen <= most;
}

static brasa_status range_pairs(const probe_shared *s, probe_op *op, const brasa_batch *in, brasa_error *err)
{
    int32_t       most = brasa_run_batch_rows(op->base.chain->run), n = 0;
    brasa_column  values[2];
    brasa_agg_col bounds[2];
    brasa_error   failed = {0};

    if (brasa__eval_run(op->bounds, in, values, &failed) != BRASA_OK) return all_pairs(s, op, in, err); /* it may never be asked for */
    for (int32_t i = 0; i < s->range->nbounds; i++)
        bounds[i] = brasa__agg_dense(&values[i], in->sel, in->nsel, true, &op->bound_scratch[i]);
    if (!range_pays(s->range, bounds, in->nsel)) return all_pairs(s, op, in, err);
    for (int32_t k = 0; k < in->nsel; k++) {
        brasa_join_candidates c = brasa__join_range_of(s->range, bounds, k);

        for (int64_t i; (i = brasa__join_range_next(s->range, &c)) >= 0;) {
            op->stream_row[n] = in->sel == NULL ? k : in->sel[k];
            op->which[n] = k;
            op->block[n] = s->range->block[i];
            op->row[n++] = s->range->row[i];
            if (n < most) continue;
            BRASA_TRY(gather_pairs(s, op, in, n, false, err));
            BRASA_TRY(brasa_run_check(op->base.chain->run, err));
            n = 0;
        }
    }
    return n == 0 ? BRASA_OK : gather_pairs(s, op, in, n, false, err);
}

/* ---- rows of the stream, by whether they matched ---- */

static brasa_status emit_unmatched(const probe_shared *s, probe_op *op, const brasa_batch *in, brasa_error *err)
{
    int32_t m = 0;

    for (int32_t k = 0; k < in->nsel; k++) {
        op->sel[m] = in->sel == NULL ? k : in->sel[k];
        m += !op->matched[k];
    }
    if (m == 0) return BRASA_OK;
    for (int32_t c = 0; c < s->stream.ncols; c++) stream_cols(s, op)[c] = in->cols[c];
    for (int32_t c = 0; c < s->build.ncols; c++)
        brasa__column_nulls(op->arena_batch, s->build.cols[c].type, in->rows, &build_cols(s, op)[c]);
    brasa_batch out = {.rows = in->rows, .ncols = s->stream.ncols + s->build.ncols, .cols = op->cols, .sel = op->sel, .nsel = m};
    BRASA_TRY(brasa_op_emit(&op->base, &out, err));
    brasa__arena_reset(op->arena_batch);
    return BRASA_OK;
}

static bool key_is_null(const probe_shared *s, const probe_op *op, int32_t k)
{
    for (int32_t i = 0; i < s->table.nkeys; i++) {
        if (op->dense[i].valid != NULL && !brasa__bit_get(op->dense[i].valid, k)) return true;
    }
    return false;
}

/* x IN (...): 1 true, 0 false, -1 unknown. */
static int32_t truth(const probe_shared *s, const probe_op *op, int32_t k)
{
    if (op->matched[k]) return 1;
    if (!s->null_aware || s->table.rows == 0) return 0;
    return s->table.has_null || key_is_null(s, op, k) ? -1 : 0;
}

static brasa_status emit_semi_anti(const probe_shared *s, probe_op *op, const brasa_batch *in, brasa_error *err)
{
    int32_t want = s->type == BRASA_JOIN_SEMI ? 1 : 0, m = 0;

    for (int32_t k = 0; k < in->nsel; k++) {
        op->sel[m] = in->sel == NULL ? k : in->sel[k];
        m += truth(s, op, k) == want;
    }
    brasa_batch out = *in;
    out.sel = op->sel;
    out.nsel = m;
    return m == 0 ? BRASA_OK : brasa_op_emit(&op->base, &out, err);
}

static brasa_status emit_mark(const probe_shared *s, probe_op *op, const brasa_batch *in, brasa_error *err)
{
    uint8_t  *v = brasa__arena_alloc64(op->arena_batch, (size_t)in->rows + 1);
    uint64_t *valid = brasa__arena_alloc64(op->arena_batch, brasa__bit_words(in->rows) * 8 + 8);
    bool      nulls = false;

    memset(valid, 0xff, brasa__bit_words(in->rows) * 8);
    for (int32_t k = 0; k < in->nsel; k++) {
        int32_t row = in->sel == NULL ? k : in->sel[k], t = truth(s, op, k);

        v[row] = t == 1;
        if (t >= 0) continue;
        brasa__bit_clear(valid, row);
        nulls = true;
    }
    memcpy(op->cols, in->cols, sizeof *op->cols * (size_t)s->stream.ncols);
    op->cols[s->stream.ncols] =
        (brasa_column) {.type = brasa__type(BRASA_KIND_BOOL), .encoding = BRASA_FLAT, .values = v, .valid = nulls ? valid : NULL};
    brasa_batch out = {.rows = in->rows, .ncols = s->stream.ncols + 1, .cols = op->cols, .sel = in->sel, .nsel = in->nsel};
    BRASA_TRY(brasa_op_emit(&op->base, &out, err));
    brasa__arena_reset(op->arena_batch);
    return BRASA_OK;
}

/* ---- push ---- */

static brasa_status find_records(const probe_shared *s, probe_op *op, const brasa_batch *in, brasa_error *err)
{
    BRASA_TRY(brasa__eval_run(op->keys, in, op->key_cols, err));
    for (int32_t i = 0; i < s->table.nkeys; i++)
        op->dense[i] = brasa__agg_dense(&op->key_cols[i], in->sel, in->nsel, true, &op->scratch[i]);
    if (s->table.direct.buf != NULL) return BRASA_OK;
    if (s->table.rows == 0) {
        memset(op->record, 0, sizeof *op->record * (size_t)in->nsel);
    } else {
        brasa__join_find(&s->table, &op->find, op->dense, in->nsel, op->record);
    }
    return BRASA_OK;
}

static brasa_status probe_push(brasa_op *base, const brasa_batch *in, brasa_error *err)
{
    probe_op           *op = (probe_op *)base;
    const probe_shared *s = (const probe_shared *)base->shared;

    memset(op->matched, 0, (size_t)in->nsel);
    if (s->table.nkeys > 0) BRASA_TRY(find_records(s, op, in, err));
    if (s->table.direct.buf != NULL) {
        BRASA_TRY(direct_pairs(s, op, in, err));
    } else if (!s->needs_pairs) {
        for (int32_t k = 0; k < in->nsel; k++) op->matched[k] = op->record[k] != NULL;
    } else if (s->table.nkeys > 0) {
        BRASA_TRY(keyed_pairs(s, op, in, err));
    } else {
        BRASA_TRY(s->range != NULL ? range_pairs(s, op, in, err) : all_pairs(s, op, in, err));
    }
    if (s->keep_build) return BRASA_OK;
    switch (s->type) {
    case BRASA_JOIN_LEFT:
    case BRASA_JOIN_FULL:
    case BRASA_JOIN_SINGLE: return emit_unmatched(s, op, in, err);
    case BRASA_JOIN_SEMI:
    case BRASA_JOIN_ANTI: return emit_semi_anti(s, op, in, err);
    case BRASA_JOIN_MARK: return emit_mark(s, op, in, err);
    case BRASA_JOIN_INNER:
    case BRASA_JOIN_CROSS:
    case BRASA_JOIN_RIGHT: break;
    }
    return BRASA_OK;
}

/* ---- build rows at the end ---- */

static brasa_status probe_finish(brasa_op_shared *base, int32_t round, int32_t *npieces, brasa_error *err)
{
    const probe_shared *s = (const probe_shared *)base;

    (void)err;
    *npieces = round == 0 && s->track ? s->table.nblocks : 0;
    return BRASA_OK;
}

static brasa_status emit_build(const probe_shared *s, probe_op *op, int32_t b, int32_t from, int32_t n, brasa_error *err)
{
    const brasa_join_block *block = &s->table.blocks[b];
    uint8_t                 want = s->keep_build && s->type == BRASA_JOIN_SEMI;
    int32_t                 m = 0;
    brasa_batch             out = {.rows = n, .ncols = s->build.ncols, .cols = op->cols, .sel = op->sel};

    for (int32_t i = 0; i < n; i++) {
        op->sel[m] = i;
        m += block->matched[from + i] == want;
    }
    if (m == 0) return BRASA_OK;
    if (s->keep_build) {
        for (int32_t c = 0; c < s->build.ncols; c++) brasa__column_slice(&block->cols[c], from, &op->cols[c]);
    } else {
        out.ncols += s->stream.ncols;
        for (int32_t c = 0; c < s->build.ncols; c++) brasa__column_slice(&block->cols[c], from, &build_cols(s, op)[c]);
        for (int32_t c = 0; c < s->stream.ncols; c++)
            brasa__column_nulls(op->arena_batch, s->stream.cols[c].type, n, &stream_cols(s, op)[c]);
    }
    out.nsel = m;
    BRASA_TRY(brasa_op_emit(&op->base, &out, err));
    brasa__arena_reset(op->arena_batch);
    return BRASA_OK;
}

static brasa_status probe_piece(brasa_op *base, int32_t round, int32_t piece, brasa_error *err)
{
    probe_op           *op = (probe_op *)base;
    const probe_shared *s = (const probe_shared *)base->shared;
    int32_t             most = brasa_run_batch_rows(base->chain->run) / 64 * 64, rows = s->table.blocks[piece].rows;

    (void)round;
    for (int32_t from = 0; from < rows; from += most)
        BRASA_TRY(emit_build(s, op, piece, from, rows - from < most ? rows - from : most, err));
    return BRASA_OK;
}

const brasa_op_class brasa__op_probe = {
    .name = "join",
    .shared_bytes = sizeof(probe_shared),
    .op_bytes = sizeof(probe_op),
    .open = probe_open,
    .op_open = probe_op_open,
    .push = probe_push,
    .finish = probe_finish,
    .piece = probe_piece,
    .close = probe_close,
};
