/* exec/join_direct.c -- build rows in an array by key, for one integer key whose values lie close and differ.
 *
 * Keys of dimensions are like that: numbers given in turn.  A lookup is then one load from a small array, without hash, record or comparison.  Whether the keys allow it is found by trying:
 * a pass for the least and the greatest value, a pass that fills the array and gives up at the first value seen twice.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "exec/agg_func.h"
#include "exec/join_table.h"
#include "exec/rowset.h"
#include "expr/eval.h"

/* Few of the entries may be used while the array fits in a core's share of the cache: a filtered dimension has holes between its keys. */
enum { ENTRIES_PER_ROW = 4, SPARSE_PER_ROW = 32, SPARSE_MOST = 1 << 18, ENTRIES_ALWAYS = 1 << 12 };

typedef struct range {
    int64_t lowest, highest;
    bool    has_null;
} range;

typedef struct direct_pass {
    brasa_join_table *table;
    bool              fill;
    range            *ranges; /* by task */
    brasa_arena     **arenas;
    atomic_bool       twice;
} direct_pass;

static bool key_is_integer(brasa_type t)
{
    switch ((int)brasa__type_phys(t)) {
    case BRASA_PHYS_I8:
    case BRASA_PHYS_I16:
    case BRASA_PHYS_I32:
    case BRASA_PHYS_I64: return true;
    default: return false;
    }
}

static inline int64_t value_at(const brasa_agg_col *c, brasa_phys phys, int32_t k)
{
    switch ((int)phys) {
    case BRASA_PHYS_I8: return ((const int8_t *)c->v)[k];
    case BRASA_PHYS_I16: return ((const int16_t *)c->v)[k];
    case BRASA_PHYS_I32: return ((const int32_t *)c->v)[k];
    default: return ((const int64_t *)c->v)[k];
    }
}

static void widen(range *r, const brasa_agg_col *key, int32_t n)
{
    brasa_phys phys = brasa__type_phys(key->type);

    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(key, k)) {
            r->has_null = true;
            continue;
        }
        int64_t v = value_at(key, phys, k);
        r->lowest = v < r->lowest ? v : r->lowest;
        r->highest = v > r->highest ? v : r->highest;
    }
}

/* False: a value was there already. */
static bool fill(brasa_join_direct *d, const brasa_agg_col *key, int32_t n, int32_t block, int32_t from)
{
    brasa_phys phys = brasa__type_phys(key->type);

    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(key, k)) continue;
        uint64_t at = (uint64_t)value_at(key, phys, k) - (uint64_t)d->lowest;
        uint64_t row = ((uint64_t)(uint32_t)block << 32 | (uint32_t)(from + k)) + 1;

        if (__atomic_exchange_n(&d->at[at], row, __ATOMIC_RELAXED) != 0) return false;
    }
    return true;
}

static brasa_status pass_block(direct_pass *p, int32_t task, int32_t b, brasa_eval *eval, brasa_column *in, brasa_agg_scratch *scratch,
                               brasa_error *err)
{
    brasa_join_table *t = p->table;
    brasa_column      out;

    for (int32_t from = 0; from < t->blocks[b].rows && !atomic_load_explicit(&p->twice, memory_order_relaxed); from += BRASA_BATCH_ROWS) {
        int32_t left = t->blocks[b].rows - from, n = left < BRASA_BATCH_ROWS ? left : BRASA_BATCH_ROWS;

        for (int32_t c = 0; c < t->schema.ncols; c++) brasa__column_slice(&t->blocks[b].cols[c], from, &in[c]);
        brasa_batch batch = {.rows = n, .ncols = t->schema.ncols, .cols = in, .nsel = n};
        BRASA_TRY(brasa__eval_run(eval, &batch, &out, err));
        brasa_agg_col key = brasa__agg_dense(&out, NULL, n, true, scratch);
        if (!p->fill) {
            widen(&p->ranges[task], &key, n);
        } else if (!fill(&t->direct, &key, n, b, from)) {
            atomic_store(&p->twice, true);
        }
    }
    return brasa_run_check(t->run, err);
}

static brasa_status pass_task(void *arg, int32_t i, brasa_error *err)
{
    direct_pass      *p = arg;
    brasa_join_table *t = p->table;
    brasa_arena      *arena = p->arenas[i];
    brasa_column     *in = BRASA_NEWS(arena, brasa_column, t->schema.ncols + 1);
    brasa_agg_scratch scratch;
    brasa_eval       *eval;
    int32_t           first, last;

    brasa__join_task_blocks(t, i, &first, &last);
    if (!p->fill) p->ranges[i] = (range) {.lowest = INT64_MAX, .highest = INT64_MIN};
    brasa__agg_scratch_init(arena, t->keys[0]->type, &scratch);
    BRASA_TRY(brasa__eval_new(arena, t->keys, 1, &eval, err));
    for (int32_t b = first; b < last; b++) BRASA_TRY(pass_block(p, i, b, eval, in, &scratch, err));
    return BRASA_OK;
}

/* All values; false: too far apart. */
static bool close_together(brasa_join_table *t, const direct_pass *p)
{
    range all = {.lowest = INT64_MAX, .highest = INT64_MIN};

    for (int32_t i = 0; i < t->ntasks; i++) {
        all.lowest = p->ranges[i].lowest < all.lowest ? p->ranges[i].lowest : all.lowest;
        all.highest = p->ranges[i].highest > all.highest ? p->ranges[i].highest : all.highest;
        all.has_null = all.has_null || p->ranges[i].has_null;
    }
    t->has_null = all.has_null;
    if (all.lowest > all.highest) return false;
    uint64_t apart = (uint64_t)all.highest - (uint64_t)all.lowest, rows = (uint64_t)t->rows;
    uint64_t sparse = rows * SPARSE_PER_ROW < SPARSE_MOST ? rows * SPARSE_PER_ROW : SPARSE_MOST;
    if (apart >= rows * ENTRIES_PER_ROW + sparse + ENTRIES_ALWAYS) return false;
    t->direct.lowest = all.lowest;
    t->direct.values = apart + 1;
    return true;
}

brasa_status brasa__join_direct_build(brasa_join_table *t, brasa_error *err)
{
    direct_pass p = {.table = t};

    if (t->nkeys != 1 || t->rows == 0 || (t->null_equal != NULL && t->null_equal[0]) || !key_is_integer(t->keys[0]->type)) return BRASA_OK;
    p.ranges = BRASA_NEWS(t->arena, range, t->ntasks);
    p.arenas = BRASA_NEWS(t->arena, brasa_arena *, t->ntasks);
    for (int32_t i = 0; i < t->ntasks; i++) p.arenas[i] = brasa__arena_new(t->arena, "join keys");
    BRASA_TRY(brasa_run_parallel(t->run, t->ntasks, pass_task, &p, err));
    if (!close_together(t, &p)) return BRASA_OK;
    t->direct.buf = brasa__buf_new(t->direct.values * 8);
    t->direct.at = t->direct.buf->data;
    memset(t->direct.at, 0, t->direct.values * 8);
    p.fill = true;
    BRASA_TRY(brasa_run_parallel(t->run, t->ntasks, pass_task, &p, err));
    if (!atomic_load(&p.twice)) return BRASA_OK;
    brasa__buf_unref(t->direct.buf);
    t->direct.buf = NULL;
    return BRASA_OK;
}

/* ---- lookups ---- */

static inline uint64_t entry_of(const brasa_join_direct *d, int64_t v)
{
    uint64_t at = (uint64_t)v - (uint64_t)d->lowest;

    return at < d->values ? d->at[at] : 0;
}

int32_t brasa__join_direct_find(const brasa_join_table *t, const brasa_agg_col *key, int32_t n, int32_t *which, uint32_t *block,
                                uint32_t *row)
{
    brasa_phys phys = brasa__type_phys(key->type);
    int32_t    m = 0;

    for (int32_t k = 0; k < n; k++) {
        uint64_t entry = entry_of(&t->direct, value_at(key, phys, k));

        if (key->valid != NULL && !brasa__bit_get(key->valid, k)) entry = 0;
        which[m] = k;
        block[m] = (uint32_t)((entry - 1) >> 32);
        row[m] = (uint32_t)(entry - 1);
        m += entry != 0;
    }
    return m;
}
