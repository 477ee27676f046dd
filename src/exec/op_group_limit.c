/* op_group_limit.c -- rows that cannot be among the first of their group go before they are exchanged or sorted.
 *
 * Above stands a WINDOW whose row_number, rank or dense_rank is only wanted up to a limit.  Each thread keeps, by group, the words (kernel/sortkey.h) of its first rows in order;
 * a row beyond the last of them is dropped as it comes.  What is kept is given on when all rows have been seen; a row of which words cannot tell is given on at once: the window
 * decides.  So the rows that leave are always a superset of those wanted.  Without ORDER BY the first of each partition pass, uncopied.
 *
 * Expected: few rows of many survive.  A thread that finds otherwise passes everything on, and one that holds too much starts again.
 */
#include <string.h>

#include "data/block.h"
#include "data/gather.h"
#include "exec/agg_table.h"
#include "exec/op.h"
#include "exec/sort_rows.h"

enum { SLACK_ROWS = 1 << 16, LOOK_ROWS = 1 << 20, MOST_BYTES = 128 << 20 };

typedef enum verdict { DROP, KEEP, PASS } verdict;

typedef struct entry {
    uint64_t hi, lo;
    int64_t  row; /* number among the rows stored */
} entry;

typedef struct group {
    entry  *items; /* [n], ascending; of dense_rank one for each value */
    int32_t n, cap;
} group;

typedef struct limit_shared {
    brasa_op_shared   base;
    brasa_agg_layout  layout;
    struct limit_op **ops;
} limit_shared;

typedef struct limit_op {
    brasa_op           base;
    brasa_sort_input   input; /* keys, then order */
    brasa_sortkey_col *words; /* the order; of row_number then all other columns, which break its ties */
    int32_t            nwords;
    brasa_agg_scratch *scratch; /* [nkeys] */
    brasa_agg_col     *keys;
    uint8_t          **found;
    uint64_t          *hi, *lo;
    int32_t           *kept, *passed;
    brasa_arena       *flat; /* key columns of one batch, when they are dictionaries */
    bool               idle; /* everything passes: it was not worth it */
    /* Since the last start. */
    brasa_arena    *held;   /* groups and their entries */
    brasa_arena    *stored; /* rows */
    brasa_agg_table table;
    bool            open;
    group          *groups; /* by ordinal */
    int32_t         ngroups, cap;
    brasa_rowset   *rows;
    brasa_appender *appender;
    int64_t         nstored, live, seen, given;
} limit_op;

/* ---- start, end ---- */

static void start_rows(limit_op *op)
{
    op->stored = brasa__arena_new(op->base.arena, "first rows of groups");
    op->rows = brasa__rowset_new(op->stored, op->input.schema);
    op->appender = brasa__rowset_appender(op->stored, op->input.schema);
    op->nstored = 0;
}

static void start(limit_op *op)
{
    const limit_shared *s = (const limit_shared *)op->base.shared;

    op->held = brasa__arena_new(op->base.arena, "groups with a limit");
    brasa__agg_table_init(&op->table, &s->layout, op->held, 0, 1);
    op->open = true;
    op->groups = NULL;
    op->ngroups = op->cap = 0;
    op->live = op->seen = op->given = 0;
    start_rows(op);
}

static void stop(limit_op *op)
{
    if (op->open) brasa__agg_table_free(&op->table);
    op->open = false;
    brasa__arena_free(op->held);
    brasa__arena_free(op->stored);
    op->held = op->stored = NULL;
    op->rows = NULL;
}

static brasa_status limit_open(brasa_op_shared *base, brasa_error *err)
{
    limit_shared        *s = (limit_shared *)base;
    const brasa_op_desc *d = base->desc;
    brasa_type          *types = BRASA_NEWS(base->arena, brasa_type, d->u.group_limit.nkeys + 1);

    (void)err;
    for (int32_t k = 0; k < d->u.group_limit.nkeys; k++) types[k] = d->u.group_limit.keys[k]->type;
    brasa__agg_layout_make(base->arena, types, d->u.group_limit.nkeys, 0, &s->layout);
    s->ops = BRASA_NEWS(base->arena, limit_op *, base->threads);
    return BRASA_OK;
}

static void limit_close(brasa_op_shared *base)
{
    limit_shared *s = (limit_shared *)base;

    for (int32_t t = 0; s->ops != NULL && t < base->threads; t++) {
        if (s->ops[t] != NULL && s->ops[t]->open) brasa__agg_table_free(&s->ops[t]->table);
    }
}

/* By the same columns, in the same order, as the window above will sort them (op_window.c). */
static void open_words(limit_op *op, const brasa_op_desc *d, const brasa_order *exprs)
{
    int32_t         nkeys = d->u.group_limit.nkeys, norder = d->u.group_limit.norder;
    brasa_sort_spec spec;

    brasa__sort_spec_make(op->base.arena, op->input.key_col, exprs, nkeys + norder, op->input.schema.ncols, &spec);
    op->words = spec.keys + nkeys;
    op->nwords = d->u.group_limit.fn == BRASA_LIMIT_ROW_NUMBER ? spec.nkeys - nkeys : norder;
    for (int32_t k = 0; k < op->nwords; k++) op->words[k].nullable = true; /* so that words of different batches compare */
}

static brasa_status limit_op_open(brasa_op *base, brasa_error *err)
{
    limit_op            *op = (limit_op *)base;
    const brasa_op_desc *d = base->shared->desc;
    int32_t              nkeys = d->u.group_limit.nkeys, norder = d->u.group_limit.norder;
    brasa_order         *exprs = BRASA_NEWS(base->arena, brasa_order, nkeys + norder + 1);

    for (int32_t k = 0; k < nkeys; k++) exprs[k] = (brasa_order) {.expr = d->u.group_limit.keys[k]};
    for (int32_t k = 0; k < norder; k++) exprs[nkeys + k] = d->u.group_limit.order[k];
    BRASA_TRY(brasa__sort_input_open(base->arena, base->shared->in, exprs, nkeys + norder, &op->input, err));
    open_words(op, d, exprs);
    op->scratch = BRASA_NEWS(base->arena, brasa_agg_scratch, nkeys + 1);
    op->keys = BRASA_NEWS(base->arena, brasa_agg_col, nkeys + 1);
    for (int32_t k = 0; k < nkeys; k++) brasa__agg_scratch_init(base->arena, d->u.group_limit.keys[k]->type, &op->scratch[k]);
    op->found = BRASA_NEWS(base->arena, uint8_t *, BRASA_BATCH_ROWS);
    op->hi = BRASA_NEWS(base->arena, uint64_t, BRASA_BATCH_ROWS);
    op->lo = BRASA_NEWS(base->arena, uint64_t, BRASA_BATCH_ROWS);
    op->kept = BRASA_NEWS(base->arena, int32_t, BRASA_BATCH_ROWS);
    op->passed = BRASA_NEWS(base->arena, int32_t, BRASA_BATCH_ROWS);
    op->flat = brasa__arena_new(base->arena, "order of groups");
    ((limit_shared *)base->shared)->ops[base->chain->thread] = op;
    start(op);
    return BRASA_OK;
}

/* ---- one row ---- */

static int compare(uint64_t hi, uint64_t lo, const entry *e)
{
    if (hi != e->hi) return hi < e->hi ? -1 : 1;
    return lo == e->lo ? 0 : lo < e->lo ? -1 : 1;
}

/* Entries that are not beyond (hi, lo). */
static int32_t place_of(const group *g, uint64_t hi, uint64_t lo)
{
    int32_t from = 0, to = g->n;

    while (from < to) {
        int32_t mid = from + (to - from) / 2;

        if (compare(hi, lo, &g->items[mid]) < 0)
            to = mid;
        else
            from = mid + 1;
    }
    return from;
}

/* The last entries go when enough are before them.  `whole`: equal words are equal rows, of which any may go. */
static void evict(limit_op *op, group *g, brasa_limit_fn fn, int64_t limit, bool whole)
{
    int32_t from = g->n - 1;

    if (g->n <= limit) return;
    if (fn == BRASA_LIMIT_RANK || (fn == BRASA_LIMIT_ROW_NUMBER && !whole)) {
        const entry *last = &g->items[g->n - 1];

        while (from > 0 && compare(last->hi, last->lo, &g->items[from - 1]) == 0) from--;
        if (from < limit) return;
    }
    op->live -= g->n - from;
    g->n = from;
}

/* Most groups never hold more than the limit, which is small. */
static void more_room(limit_op *op, group *g, int64_t limit)
{
    int32_t cap = g->cap == 0 ? (int32_t)(limit < 3 ? limit + 1 : 4) : g->cap * 2;
    entry  *items = BRASA_NEWS(op->held, entry, cap);

    if (g->n > 0) memcpy(items, g->items, sizeof *items * (size_t)g->n);
    g->items = items;
    g->cap = cap;
}

static verdict offer(limit_op *op, group *g, uint64_t hi, uint64_t lo, bool whole)
{
    const brasa_op_desc *d = op->base.shared->desc;
    brasa_limit_fn       fn = d->u.group_limit.fn;
    int64_t              limit = d->u.group_limit.limit;

    if (g->n >= limit) {
        int c = compare(hi, lo, &g->items[g->n - 1]);

        if (c > 0) return DROP;
        if (c == 0) return fn == BRASA_LIMIT_ROW_NUMBER && whole ? DROP : PASS;
    }
    int32_t at = place_of(g, hi, lo);
    if (fn == BRASA_LIMIT_DENSE_RANK && at > 0 && compare(hi, lo, &g->items[at - 1]) == 0) return PASS;
    if (g->n == g->cap) more_room(op, g, limit);
    memmove(g->items + at + 1, g->items + at, sizeof *g->items * (size_t)(g->n - at));
    g->items[at] = (entry) {hi, lo, op->nstored++};
    g->n++;
    op->live++;
    evict(op, g, fn, limit, whole);
    return KEEP;
}

/* Without order the first rows of a group, of each partition, are as good as any. */
static verdict count(limit_op *op, group *g)
{
    if (g->n >= op->base.shared->desc->u.group_limit.limit) return DROP;
    g->n++;
    return PASS;
}

/* ---- rows that are stored ---- */

static brasa_status emit_live(limit_op *to, limit_op *op, bool store, brasa_error *err);

/* What is stored without what has been evicted. */
static brasa_status compact(limit_op *op, brasa_error *err)
{
    return op->nstored > 2 * op->live + SLACK_ROWS ? emit_live(op, op, true, err) : BRASA_OK;
}

/* new_number[i] of stored row i; -1: nobody has it any more. */
static int64_t *renumber(limit_op *op, brasa_arena *arena)
{
    int64_t *number = BRASA_NEWS(arena, int64_t, op->nstored + 1), n = 0;

    for (int32_t g = 0; g < op->ngroups; g++) {
        for (int32_t i = 0; i < op->groups[g].n; i++) number[op->groups[g].items[i].row] = 1;
    }
    for (int64_t i = 0; i < op->nstored; i++) number[i] = number[i] == 1 ? n++ : -1;
    return number;
}

/* The live rows of op: to the operators behind `to`, or stored again. */
static brasa_status emit_live(limit_op *to, limit_op *op, bool store, brasa_error *err)
{
    brasa_arena  *arena = brasa__arena_new(to->base.arena, "first rows"), *old = op->stored, *chunk = brasa__arena_new(arena, "rows out");
    int32_t       most = brasa_run_batch_rows(to->base.chain->run), ncols = store ? op->input.schema.ncols : op->base.shared->in.ncols;
    uint32_t     *block = BRASA_NEWS(arena, uint32_t, most), *row = BRASA_NEWS(arena, uint32_t, most);
    int64_t      *number = renumber(op, arena), at = 0;
    brasa_rowset *rows = op->rows;
    int32_t       n = 0;

    brasa__appender_finish(op->appender, brasa__rowset_sink, rows);
    if (store) start_rows(op);
    for (int32_t b = 0; b < rows->nblocks; b++) {
        bool last = b == rows->nblocks - 1;

        for (int32_t r = 0; r < rows->blocks[b]->rows; r++, at++) {
            if (number[at] >= 0) {
                block[n] = (uint32_t)b;
                row[n++] = (uint32_t)r;
            }
            if (n == 0 || (n < most && !(last && r == rows->blocks[b]->rows - 1))) continue;
            brasa_column *cols = BRASA_NEWS(chunk, brasa_column, ncols + 1);

            for (int32_t c = 0; c < ncols; c++) brasa__rowset_gather(rows, c, block, row, n, chunk, &cols[c]);
            brasa_batch out = {.rows = n, .ncols = ncols, .cols = cols, .nsel = n};
            if (store)
                brasa__appender_push(op->appender, &out, brasa__rowset_sink, op->rows);
            else
                BRASA_TRY(brasa_op_emit(&to->base, &out, err));
            op->nstored += store ? n : 0;
            n = 0;
            brasa__arena_reset(chunk);
        }
    }
    for (int32_t g = 0; g < op->ngroups && store; g++) {
        for (int32_t i = 0; i < op->groups[g].n; i++) op->groups[g].items[i].row = number[op->groups[g].items[i].row];
    }
    if (store) brasa__arena_free(old);
    brasa__arena_free(arena);
    return BRASA_OK;
}

static brasa_status give_all(limit_op *op, brasa_error *err)
{
    if (op->live > 0) BRASA_TRY(emit_live(op, op, false, err));
    stop(op);
    start(op);
    return BRASA_OK;
}

/* ---- batches ---- */

static void find_groups(limit_op *op, const brasa_batch *batch)
{
    int32_t nkeys = op->base.shared->desc->u.group_limit.nkeys, nfresh;

    if (nkeys == 0) {
        uint8_t *one = brasa__agg_table_single(&op->table);

        for (int32_t k = 0; k < batch->nsel; k++) op->found[k] = one;
    } else {
        for (int32_t k = 0; k < nkeys; k++)
            op->keys[k] = brasa__agg_dense(&batch->cols[op->input.key_col[k]], batch->sel, batch->nsel, true, &op->scratch[k]);
        brasa__agg_table_find(&op->table, op->keys, batch->nsel, op->found, &nfresh);
    }
    op->groups = brasa__arena_grow(op->held, op->groups, &op->cap, (int32_t)op->table.groups + 1, sizeof *op->groups);
    for (; op->ngroups < op->table.groups; op->ngroups++) op->groups[op->ngroups] = (group) {.n = 0};
}

/* Words of every row; are they all there is to compare? */
static bool find_words(limit_op *op, const brasa_batch *batch)
{
    const brasa_column *cols = batch->cols;
    brasa_column       *own = NULL;

    brasa__arena_reset(op->flat);
    for (int32_t k = 0; k < op->nwords; k++) {
        int32_t at = op->words[k].col;

        if (cols[at].encoding != BRASA_DICT) continue;
        if (own == NULL) cols = own = brasa__arena_copy(op->flat, batch->cols, sizeof *own * (size_t)batch->ncols);
        brasa_column dict = own[at];
        brasa__column_gather(op->flat, &dict, NULL, batch->rows, false, &own[at]);
    }
    return brasa__sortkey_prefix(cols, op->words, op->nwords, batch->rows, op->hi, op->lo);
}

static brasa_status look(limit_op *op, brasa_error *err)
{
    int64_t passes = op->given + op->live;

    if (op->seen / LOOK_ROWS > 0 && op->seen % LOOK_ROWS < BRASA_BATCH_ROWS && passes > op->seen / 4 * 3) {
        op->idle = true;
        return give_all(op, err);
    }
    if (op->rows->bytes > MOST_BYTES && op->nstored <= 2 * op->live + SLACK_ROWS) return give_all(op, err);
    return compact(op, err);
}

static brasa_status limit_push(brasa_op *base, const brasa_batch *in, brasa_error *err)
{
    limit_op   *op = (limit_op *)base;
    bool        ordered = base->shared->desc->u.group_limit.norder > 0;
    brasa_batch batch;
    int32_t     nkept = 0, npassed = 0;

    if (op->idle) return brasa_op_emit(base, in, err);
    BRASA_TRY(brasa__sort_input_batch(&op->input, in, &batch, err));
    find_groups(op, &batch);
    bool whole = ordered && find_words(op, &batch);
    for (int32_t k = 0; k < batch.nsel; k++) {
        int32_t r = batch.sel == NULL ? k : batch.sel[k];
        group  *g = &op->groups[((const brasa_agg_row *)(const void *)op->found[k])->ordinal];
        verdict v = ordered ? offer(op, g, op->hi[r], op->lo[r], whole) : count(op, g);

        op->kept[nkept] = op->passed[npassed] = r;
        nkept += v == KEEP;
        npassed += v == PASS;
    }
    if (nkept > 0) {
        brasa_batch kept = batch;

        kept.sel = op->kept;
        kept.nsel = nkept;
        brasa__appender_push(op->appender, &kept, brasa__rowset_sink, op->rows);
    }
    op->seen += batch.nsel;
    op->given += npassed;
    brasa_batch out = *in;
    out.sel = op->passed;
    out.nsel = npassed;
    if (npassed > 0) BRASA_TRY(brasa_op_emit(base, &out, err));
    return ordered ? look(op, err) : BRASA_OK;
}

static brasa_status limit_end(brasa_op *base, brasa_error *err)
{
    limit_op *op = (limit_op *)base;

    return base->shared->desc->u.group_limit.per_partition && !op->idle ? give_all(op, err) : BRASA_OK;
}

static brasa_status limit_finish(brasa_op_shared *base, int32_t round, int32_t *npieces, brasa_error *err)
{
    (void)err;
    *npieces = round == 0 && !base->desc->u.group_limit.per_partition ? base->threads : 0;
    return BRASA_OK;
}

static brasa_status limit_piece(brasa_op *base, int32_t round, int32_t piece, brasa_error *err)
{
    limit_op *op = ((limit_shared *)base->shared)->ops[piece];

    (void)round;
    return op->live == 0 ? BRASA_OK : emit_live((limit_op *)base, op, false, err);
}

const brasa_op_class brasa__op_group_limit = {
    .name = "top-n by group",
    .shared_bytes = sizeof(limit_shared),
    .op_bytes = sizeof(limit_op),
    .open = limit_open,
    .op_open = limit_op_open,
    .push = limit_push,
    .end_partition = limit_end,
    .finish = limit_finish,
    .piece = limit_piece,
    .close = limit_close,
};
