/* exec/agg_approx.c -- approx_count_distinct, hll_sketch_agg, hll_union_agg: exact for few values, then HyperLogLog (kernel/hll.h).
 *
 * Up to 256 different hashes are kept as they are; more become 4,096 registers.
 */
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "exec/agg_func.h"
#include "kernel/hll.h"
#include "kernel/rows.h"

enum { REGISTERS = BRASA_HLL_REGISTERS, MOST_HASHES = BRASA_HLL_HASHES };

typedef struct approx_state {
    int64_t   n;         /* hashes in the set */
    uint64_t *hashes;    /* open addressing, 0: free */
    uint8_t  *registers; /* NULL: the set holds all */
    uint64_t  slots;
} approx_state;

static brasa_status approx_open(brasa_agg_call *c, brasa_error *err)
{
    (void)err;
    c->bytes = (int32_t)sizeof(approx_state);
    return BRASA_OK;
}

static void to_registers(approx_state *s, brasa_arena *arena)
{
    s->registers = brasa__arena_alloc(arena, REGISTERS);
    for (uint64_t i = 0; i < s->slots; i++) {
        if (s->hashes[i] != 0) brasa__hll_add(s->registers, s->hashes[i]);
    }
}

static bool put_hash(approx_state *s, uint64_t hash)
{
    uint64_t at = hash & (s->slots - 1);

    while (s->hashes[at] != 0 && s->hashes[at] != hash) at = (at + 1) & (s->slots - 1);
    bool fresh = s->hashes[at] == 0;
    s->hashes[at] = hash;
    return fresh;
}

static void grow(approx_state *s, brasa_arena *arena)
{
    uint64_t *old = s->hashes, slots = s->slots;

    s->slots = slots == 0 ? 8 : slots * 4;
    s->hashes = BRASA_NEWS(arena, uint64_t, s->slots);
    for (uint64_t i = 0; i < slots; i++) {
        if (old[i] != 0) put_hash(s, old[i]);
    }
}

static void add_hash(approx_state *s, brasa_arena *arena, uint64_t hash)
{
    if (hash == 0) hash = 1;
    if (s->registers != NULL) {
        brasa__hll_add(s->registers, hash);
        return;
    }
    if ((uint64_t)s->n * 2 >= s->slots) {
        if (s->n >= MOST_HASHES) {
            to_registers(s, arena);
            brasa__hll_add(s->registers, hash);
            return;
        }
        grow(s, arena);
    }
    s->n += put_hash(s, hash);
}

static brasa_status approx_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err);

static brasa_status approx_update(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *args, int32_t n, brasa_error *err)
{
    uint64_t     hash[BRASA_BATCH_ROWS];
    brasa_column col = brasa__agg_column(&args[0]);

    if (c->agg->agg->id == BRASA_AGG_HLL_UNION) return approx_load(c, group, &args[0], n, err);
    brasa__hash_rows(&col, NULL, n, true, hash);
    for (int32_t k = 0; k < n; k++) {
        if (brasa__agg_valid(&args[0], k)) add_hash((approx_state *)(void *)(group[k] + c->offset), c->arena, brasa__hash_u64(hash[k]));
    }
    return BRASA_OK;
}

static void merge_states(brasa_arena *arena, approx_state *d, const approx_state *s)
{
    for (uint64_t i = 0; i < s->slots && s->registers == NULL; i++) {
        if (s->hashes[i] != 0) add_hash(d, arena, s->hashes[i]);
    }
    if (s->registers == NULL) return;
    if (d->registers == NULL) to_registers(d, arena);
    for (int32_t i = 0; i < REGISTERS; i++) {
        if (d->registers[i] < s->registers[i]) d->registers[i] = s->registers[i];
    }
}

static brasa_status approx_merge(brasa_agg_call *c, uint8_t *const *dst, uint8_t *const *src, int32_t n, brasa_error *err)
{
    (void)err;
    for (int32_t k = 0; k < n; k++)
        merge_states(c->arena, (approx_state *)(void *)(dst[k] + c->offset), (const approx_state *)(const void *)(src[k] + c->offset));
    return BRASA_OK;
}

static brasa_status approx_save(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                brasa_error *err)
{
    brasa_type    t = brasa__type(BRASA_KIND_BINARY);
    brasa_agg_out o = brasa__agg_out_new(arena, t, n);

    (void)err;
    for (int32_t k = 0; k < n; k++) {
        const approx_state *s = (const approx_state *)(const void *)(group[k] + c->offset);
        brasa_wire          w;

        brasa__wire_init(&w, arena);
        if (s->registers != NULL) brasa__put_bytes(&w, s->registers, REGISTERS);
        for (uint64_t i = 0; i < s->slots && s->registers == NULL; i++) {
            if (s->hashes[i] != 0) brasa__put_u64(&w, s->hashes[i]);
        }
        brasa__hll_sketch_sort((char *)w.data, w.len);
        ((brasa_string *)o.v)[k] = brasa__string((const char *)w.data, w.len);
    }
    brasa__agg_out_done(&o, t, out);
    return BRASA_OK;
}

/* REGISTERS bytes are registers; fewer are hashes: at most MOST_HASHES of 8. */
static brasa_status approx_load(brasa_agg_call *c, uint8_t *const *group, const brasa_agg_col *state, int32_t n, brasa_error *err)
{
    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(state, k)) continue;
        const brasa_string *v = (const brasa_string *)state->v + k;
        approx_state       *d = (approx_state *)(void *)(group[k] + c->offset);
        const char         *p = brasa_string_data(v);

        if (v->len == REGISTERS) {
            approx_state from = {.registers = brasa__arena_copy(c->arena, p, REGISTERS)};

            merge_states(c->arena, d, &from);
            continue;
        }
        if (v->len % 8 != 0 || v->len > 8 * MOST_HASHES)
            return c->agg->agg->id == BRASA_AGG_HLL_UNION
                       ? brasa__fail(err, BRASA_INVALID, "hll_union_agg of a value that no hll_sketch_agg made")
                       : brasa__fail(err, BRASA_CORRUPT, "a partial result of %s is damaged", c->agg->name);
        for (uint32_t i = 0; i < v->len; i += 8) {
            uint64_t hash;

            memcpy(&hash, p + i, 8);
            add_hash(d, c->arena, hash);
        }
    }
    return BRASA_OK;
}

static int64_t estimate(const approx_state *s)
{
    return s->registers == NULL ? s->n : brasa__hll_estimate(s->registers);
}

static brasa_status approx_finish(brasa_agg_call *c, uint8_t *const *group, int32_t n, brasa_arena *arena, brasa_column *out,
                                  brasa_error *err)
{
    brasa_agg_out o = brasa__agg_out_new(arena, c->agg->type, n);

    if (c->agg->agg->id != BRASA_AGG_APPROX_COUNT_DISTINCT) return approx_save(c, group, n, arena, out, err);
    for (int32_t k = 0; k < n; k++) ((int64_t *)o.v)[k] = estimate((const approx_state *)(const void *)(group[k] + c->offset));
    brasa__agg_out_done(&o, c->agg->type, out);
    return BRASA_OK;
}

const brasa_agg_func brasa__aggfn_approx = {
    .open = approx_open,
    .update = approx_update,
    .merge = approx_merge,
    .save = approx_save,
    .load = approx_load,
    .finish = approx_finish,
};
