/* exec/join_table.c -- building in two passes: records by block, then an index by partition.  join_direct.c has the simpler table. */
#include "exec/join_table.h"

#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "data/gather.h"
#include "data/type.h"
#include "exec/rowset.h"
#include "expr/eval.h"

enum { TASKS_PER_THREAD = 4, SMALL = 1 << 14 };

/* A run of blocks, and the records made of them. */
struct brasa_join_task {
    brasa_join_table *table;
    int32_t           first, last; /* blocks [first, last) */
    brasa_arena      *arena;
    brasa_agg_table   records;
    bool              open;
    bool              has_null;
};

/* ---- blocks ---- */

static brasa_status collect_blocks(brasa_join_table *t, const brasa_partitions *input)
{
    int32_t n = 0;

    for (int32_t p = 0; p < input->count; p++) n += input->items[p].blocks.count;
    t->sources = BRASA_NEWS(t->arena, brasa_block *, n + 1);
    for (int32_t p = 0; p < input->count; p++) {
        for (int32_t b = 0; b < input->items[p].blocks.count; b++) {
            brasa_block *block = input->items[p].blocks.items[b];

            if (block->rows == 0) continue;
            t->sources[t->nblocks++] = brasa__block_ref(block);
            t->rows += block->rows;
        }
    }
    return BRASA_OK;
}

static void free_appender(void *slot)
{
    brasa__appender_free(*(brasa_appender **)slot);
}

static void free_blocks(void *blocks)
{
    brasa__blocks_clear(blocks);
}

/* Spans point into the element column of their block, so rows of several blocks can only stand side by side when they are copied together. */
static void join_blocks(brasa_join_table *t)
{
    int32_t          rows = (int32_t)((t->rows + 63) / 64 * 64), n = t->nblocks;
    brasa_blocks    *all = BRASA_NEW(t->arena, brasa_blocks);
    brasa_appender **slot = BRASA_NEW(t->arena, brasa_appender *), *a;

    brasa__arena_defer(t->arena, free_appender, slot);
    brasa__arena_defer(t->arena, free_blocks, all);
    a = *slot = brasa__appender_new(t->schema, rows < 64 ? 64 : rows);
    for (int32_t b = 0; b < n; b++) {
        brasa_column *cols = BRASA_NEWS(t->arena, brasa_column, t->schema.ncols + 1);

        for (int32_t from = 0; from < t->sources[b]->rows; from += BRASA_BATCH_ROWS) {
            int32_t     left = t->sources[b]->rows - from;
            brasa_batch in;

            brasa__block_slice(t->sources[b], from, left < BRASA_BATCH_ROWS ? left : BRASA_BATCH_ROWS, cols, &in);
            brasa__appender_push(a, &in, brasa__blocks_sink, all);
        }
    }
    brasa__appender_finish(a, brasa__blocks_sink, all);
    for (int32_t b = 0; b < n; b++) {
        brasa__block_unref(t->sources[b]);
        t->sources[b] = b < all->count ? brasa__block_ref(all->items[b]) : NULL;
    }
    t->nblocks = all->count;
}

static void flatten_block(brasa_join_table *t, int32_t b, brasa_arena *arena)
{
    brasa_block      *source = t->sources[b];
    brasa_join_block *block = &t->blocks[b];

    block->rows = source->rows;
    block->cols = BRASA_NEWS(arena, brasa_column, t->schema.ncols + 1);
    t->cols[b] = block->cols;
    for (int32_t c = 0; c < t->schema.ncols; c++) {
        if (source->cols[c].encoding == BRASA_DICT) {
            brasa__column_gather(arena, &source->cols[c], NULL, source->rows, false, &block->cols[c]);
        } else {
            block->cols[c] = source->cols[c];
        }
    }
}

/* ---- first pass: records ---- */

static bool null_key(const brasa_join_table *t, const brasa_agg_col *keys, int32_t k)
{
    for (int32_t i = 0; i < t->nkeys; i++) {
        if (keys[i].valid != NULL && !brasa__bit_get(keys[i].valid, k) && (t->null_equal == NULL || !t->null_equal[i])) return true;
    }
    return false;
}

static bool any_nulls(const brasa_agg_col *keys, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if (keys[i].valid != NULL) return true;
    }
    return false;
}

typedef struct pass {
    brasa_eval        *eval;
    brasa_column      *in, *cols;
    brasa_agg_col     *keys;
    brasa_agg_scratch *scratch;
    int32_t           *rows;
    uint8_t          **records;
} pass;

static brasa_status add_batch(brasa_join_task *task, pass *p, const brasa_batch *in, int32_t block, int32_t from, brasa_error *err)
{
    brasa_join_table *t = task->table;
    int32_t           n = in->rows;
    const int32_t    *rows = NULL;

    BRASA_TRY(brasa__eval_run(p->eval, in, p->cols, err));
    for (int32_t i = 0; i < t->nkeys; i++) p->keys[i] = brasa__agg_dense(&p->cols[i], NULL, n, true, &p->scratch[i]);
    if (any_nulls(p->keys, t->nkeys)) {
        int32_t m = 0;

        for (int32_t k = 0; k < n; k++) {
            p->rows[m] = k;
            m += !null_key(t, p->keys, k);
        }
        task->has_null = task->has_null || m < n;
        if (m < n) {
            rows = p->rows;
            n = m;
            for (int32_t i = 0; i < t->nkeys; i++) p->keys[i] = brasa__agg_dense(&p->cols[i], rows, n, true, &p->scratch[i]);
        }
    }
    brasa__agg_table_append(&task->records, p->keys, n, p->records);
    for (int32_t k = 0; k < n; k++) {
        *brasa__join_link_of(t, p->records[k]) =
            (brasa_join_link) {.block = (uint32_t)block, .row = (uint32_t)(from + (rows == NULL ? k : rows[k]))};
    }
    return BRASA_OK;
}

static brasa_status open_pass(const brasa_join_task *task, brasa_arena *arena, pass *p, brasa_error *err)
{
    const brasa_join_table *t = task->table;

    BRASA_TRY(brasa__eval_new(arena, t->keys, t->nkeys, &p->eval, err));
    p->in = BRASA_NEWS(arena, brasa_column, t->schema.ncols + 1);
    p->cols = BRASA_NEWS(arena, brasa_column, t->nkeys + 1);
    p->keys = BRASA_NEWS(arena, brasa_agg_col, t->nkeys + 1);
    p->scratch = BRASA_NEWS(arena, brasa_agg_scratch, t->nkeys + 1);
    p->rows = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    p->records = BRASA_NEWS(arena, uint8_t *, BRASA_BATCH_ROWS);
    for (int32_t i = 0; i < t->nkeys; i++) brasa__agg_scratch_init(arena, t->keys[i]->type, &p->scratch[i]);
    return BRASA_OK;
}

static brasa_status flatten_blocks(void *arg, int32_t i, brasa_error *err)
{
    brasa_join_table      *t = arg;
    const brasa_join_task *task = &t->tasks[i];

    for (int32_t b = task->first; b < task->last; b++) flatten_block(t, b, task->arena);
    return brasa_run_check(t->run, err);
}

void brasa__join_task_blocks(const brasa_join_table *t, int32_t task, int32_t *first, int32_t *last)
{
    *first = t->tasks[task].first;
    *last = t->tasks[task].last;
}

static brasa_status make_records(void *arg, int32_t i, brasa_error *err)
{
    brasa_join_table *t = arg;
    brasa_join_task  *task = &t->tasks[i];
    pass              p;

    brasa__agg_table_init(&task->records, &t->layout, task->arena, 0, t->nparts);
    task->records.copy_strings = false; /* the blocks stay */
    task->open = true;
    BRASA_TRY(open_pass(task, task->arena, &p, err));
    for (int32_t b = task->first; b < task->last; b++) {
        for (int32_t from = 0; from < t->blocks[b].rows; from += BRASA_BATCH_ROWS) {
            int32_t left = t->blocks[b].rows - from;
            int32_t n = left < BRASA_BATCH_ROWS ? left : BRASA_BATCH_ROWS;

            for (int32_t c = 0; c < t->schema.ncols; c++) brasa__column_slice(&t->blocks[b].cols[c], from, &p.in[c]);
            brasa_batch in = {.rows = n, .ncols = t->schema.ncols, .cols = p.in, .nsel = n};
            BRASA_TRY(add_batch(task, &p, &in, b, from, err));
        }
        BRASA_TRY(brasa_run_check(t->run, err));
    }
    return BRASA_OK;
}

/* ---- second pass: an index per partition ---- */

enum { AHEAD = 16 };

static bool index_page(brasa_join_table *t, brasa_join_index *x, const brasa_agg_page *page)
{
    size_t bytes = (size_t)t->layout.row_bytes;
    bool   chains = false;

    for (int32_t i = 0; i < page->rows; i++) {
        uint8_t *record = (uint8_t *)page->buf->data + bytes * (size_t)i;
        uint64_t hash = ((const brasa_agg_row *)(const void *)record)->hash;

        if (i + AHEAD < page->rows)
            __builtin_prefetch(&x->slots[((const brasa_agg_row *)(const void *)(record + bytes * AHEAD))->hash & x->mask], 1);
        for (uint64_t at = hash & x->mask;; at = (at + 1) & x->mask) {
            uint64_t slot = x->slots[at];

            if (slot == 0) {
                x->slots[at] = brasa__agg_slot(record, hash);
                break;
            }
            if (brasa__agg_slot_like(slot, hash) && brasa__agg_same_keys(&t->layout, brasa__agg_slot_row(slot), record)) {
                brasa_join_link *first = brasa__join_link_of(t, brasa__agg_slot_row(slot));

                brasa__join_link_of(t, record)->next = first->next;
                first->next = record;
                chains = true;
                break;
            }
        }
    }
    return chains;
}

typedef struct index_pass {
    brasa_join_table *table;
    atomic_bool       chains;
} index_pass;

static brasa_status make_index(void *arg, int32_t p, brasa_error *err)
{
    index_pass       *pass_arg = arg;
    brasa_join_table *t = pass_arg->table;
    brasa_join_index *x = &t->index[p];
    int64_t           rows = 0;
    uint64_t          slots = 64;
    bool              chains = false;

    for (int32_t i = 0; i < t->ntasks; i++) rows += t->tasks[i].records.parts[p].rows;
    while (slots < (uint64_t)rows * 2) slots *= 2;
    x->buf = brasa__buf_new(slots * 8);
    x->slots = x->buf->data;
    x->mask = slots - 1;
    memset(x->slots, 0, slots * 8);
    for (int32_t i = 0; i < t->ntasks; i++) {
        for (const brasa_agg_page *page = t->tasks[i].records.parts[p].first; page != NULL; page = page->next)
            chains = index_page(t, x, page) || chains;
        BRASA_TRY(brasa_run_check(t->run, err));
    }
    if (chains) atomic_store(&pass_arg->chains, true);
    return BRASA_OK;
}

/* ---- all of it ---- */

static void make_tasks(brasa_join_table *t, int32_t threads)
{
    int32_t n = t->rows < SMALL ? 1 : threads * TASKS_PER_THREAD;

    if (n > t->nblocks) n = t->nblocks > 0 ? t->nblocks : 1;
    t->tasks = BRASA_NEWS(t->arena, brasa_join_task, n);
    t->ntasks = n;
    for (int32_t i = 0; i < n; i++) {
        t->tasks[i].table = t;
        t->tasks[i].first = (int32_t)((int64_t)t->nblocks * i / n);
        t->tasks[i].last = (int32_t)((int64_t)t->nblocks * (i + 1) / n);
        t->tasks[i].arena = brasa__arena_new(t->arena, "join records");
    }
}

brasa_status brasa__join_build(brasa_join_table *t, const brasa_partitions *input, bool track, brasa_error *err)
{
    brasa_type *types = BRASA_NEWS(t->arena, brasa_type, t->nkeys + 1);
    index_pass  ip = {.table = t};

    BRASA_TRY(collect_blocks(t, input));
    for (int32_t c = 0; c < t->schema.ncols; c++) t->nested = t->nested || brasa__type_is_nested(t->schema.cols[c].type);
    if (t->nested && t->nblocks > 1) join_blocks(t);
    t->blocks = BRASA_NEWS(t->arena, brasa_join_block, t->nblocks + 1);
    t->cols = BRASA_NEWS(t->arena, brasa_column *, t->nblocks + 1);
    for (int32_t b = 0; track && b < t->nblocks; b++) t->blocks[b].matched = brasa__arena_alloc(t->arena, (size_t)t->sources[b]->rows + 1);
    for (int32_t i = 0; i < t->nkeys; i++) types[i] = t->keys[i]->type;
    brasa__agg_layout_make(t->arena, types, t->nkeys, (int32_t)sizeof(brasa_join_link), &t->layout);
    t->nparts = t->rows < SMALL ? 1 : BRASA_AGG_PARTS;
    make_tasks(t, t->threads);
    BRASA_TRY(brasa_run_parallel(t->run, t->ntasks, flatten_blocks, t, err));
    if (t->nkeys == 0) return BRASA_OK;
    BRASA_TRY(brasa__join_direct_build(t, err));
    if (t->direct.buf != NULL) return BRASA_OK;
    BRASA_TRY(brasa_run_parallel(t->run, t->ntasks, make_records, t, err));
    for (int32_t i = 0; i < t->ntasks; i++) t->has_null = t->has_null || t->tasks[i].has_null;
    BRASA_TRY(brasa_run_parallel(t->run, t->nparts, make_index, &ip, err));
    t->has_chains = atomic_load(&ip.chains);
    return BRASA_OK;
}

void brasa__join_free(brasa_join_table *t)
{
    for (int32_t i = 0; i < t->ntasks; i++) {
        if (t->tasks[i].open) brasa__agg_table_free(&t->tasks[i].records);
    }
    for (int32_t p = 0; p < BRASA_AGG_PARTS; p++) brasa__buf_unref(t->index[p].buf);
    brasa__buf_unref(t->direct.buf);
    for (int32_t b = 0; b < t->nblocks; b++) brasa__block_unref(t->sources[b]);
    t->nblocks = 0;
    t->ntasks = 0;
}

/* ---- lookups ---- */

void brasa__join_scratch_init(brasa_arena *arena, brasa_join_scratch *s)
{
    s->hash = BRASA_NEWS(arena, uint64_t, BRASA_BATCH_ROWS);
    s->slot = BRASA_NEWS(arena, uint64_t, BRASA_BATCH_ROWS);
    s->todo = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    s->same = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
}

static const brasa_join_index *index_of(const brasa_join_table *t, uint64_t hash)
{
    return &t->index[t->nparts == 1 ? 0 : brasa__agg_part_of(hash)];
}

void brasa__join_find(const brasa_join_table *t, brasa_join_scratch *s, const brasa_agg_col *keys, int32_t n, uint8_t **record)
{
    int32_t ntodo = 0;
    bool    nulls = any_nulls(keys, t->nkeys);

    brasa__agg_hash(keys, t->nkeys, n, s->hash);
    for (int32_t k = 0; k < n; k++) {
        const brasa_join_index *x = index_of(t, s->hash[k]);

        s->slot[k] = s->hash[k] & x->mask;
        __builtin_prefetch(&x->slots[s->slot[k]]);
        record[k] = NULL;
        s->todo[ntodo] = k;
        ntodo += !(nulls && null_key(t, keys, k));
    }
    while (ntodo > 0) {
        int32_t nsame = 0;

        for (int32_t i = 0; i < ntodo; i++) {
            int32_t                 k = s->todo[i];
            uint64_t                hash = s->hash[k], at = s->slot[k];
            const brasa_join_index *x = index_of(t, hash);
            uint64_t                slot;

            while ((slot = x->slots[at]) != 0 && !brasa__agg_slot_like(slot, hash)) at = (at + 1) & x->mask;
            s->slot[k] = at;
            record[k] = slot == 0 ? NULL : brasa__agg_slot_row(slot);
            __builtin_prefetch(record[k] + sizeof(brasa_agg_row));
            s->same[nsame] = k;
            nsame += slot != 0;
        }
        ntodo = 0;
        for (int32_t key = 0; key < t->nkeys; key++)
            nsame = brasa__agg_compare_key(&t->layout, key, &keys[key], record, s->same, nsame, s->todo, &ntodo);
        for (int32_t i = 0; i < ntodo; i++) {
            int32_t k = s->todo[i];

            s->slot[k] = (s->slot[k] + 1) & index_of(t, s->hash[k])->mask;
        }
    }
}

/* ---- build columns ---- */

void brasa__join_gather(const brasa_join_table *t, int32_t c, const uint32_t *block, const uint32_t *row, int32_t n, brasa_arena *arena,
                        brasa_column *out)
{
    if (t->nested) { /* one block */
        brasa__column_gather(arena, &t->blocks[0].cols[c], (const int32_t *)(const void *)row, n, false, out);
    } else {
        brasa__blocks_gather(t->cols, c, t->schema.cols[c].type, block, row, n, arena, out);
    }
}
