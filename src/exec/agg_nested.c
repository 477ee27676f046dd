/* exec/agg_nested.c -- keys of nested types: the bytes of their values.
 *
 * The wire form of a value, after -0.0 has become 0.0 and every NaN the same, is equal just when the values are.
 */
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "exec/agg_table.h"

/* v's items are the arena's own: made by brasa__column_value. */
static void canonical(brasa_value *v, brasa_arena *arena)
{
    if (v->null) {
        brasa_type t = v->type;

        *v = (brasa_value) {.type = t, .null = true};
        return;
    }
    if (v->type.kind == BRASA_KIND_FLOAT32 || v->type.kind == BRASA_KIND_FLOAT64) v->u.f = v->u.f != v->u.f ? (double)NAN : v->u.f + 0.0;
    if (!brasa__type_is_nested(v->type) || v->u.list.n == 0) return;
    brasa_value *items = brasa__arena_copy(arena, v->u.list.items, sizeof *items * (size_t)v->u.list.n);

    for (int32_t i = 0; i < v->u.list.n; i++) canonical(&items[i], arena);
    v->u.list.items = items;
}

brasa_agg_col brasa__agg_encode(const brasa_column *c, const int32_t *rows, int32_t n, brasa_agg_scratch *scratch)
{
    brasa_agg_col out = {.type = brasa__type(BRASA_KIND_BINARY), .v = scratch->values};
    brasa_string *v = scratch->values;

    if (scratch->nested == NULL) scratch->nested = brasa__arena_new(scratch->arena, "nested keys");
    brasa__arena_reset(scratch->nested);
    memset(scratch->valid, 0xff, brasa__bit_words(n) * 8);
    for (int32_t k = 0; k < n; k++) {
        brasa_value value = brasa__column_value(c, rows == NULL ? k : rows[k], scratch->nested);
        brasa_wire  w;

        v[k] = brasa__string("", 0);
        if (value.null) {
            brasa__bit_clear(scratch->valid, k);
            out.valid = scratch->valid;
            continue;
        }
        canonical(&value, scratch->nested);
        brasa__wire_init(&w, scratch->nested);
        brasa__put_value(&w, &value);
        v[k] = brasa__string((const char *)w.data, w.len);
    }
    return out;
}

void brasa__agg_decode(brasa_type t, const brasa_string *v, const uint64_t *valid, int32_t n, brasa_arena *arena, brasa_column *out)
{
    brasa_value *values = BRASA_NEWS(arena, brasa_value, n + 1);

    for (int32_t i = 0; i < n; i++) {
        brasa_reader r = brasa__reader(brasa_string_data(&v[i]), v[i].len);

        values[i] = (brasa_value) {.type = t, .null = true};
        if (valid == NULL || brasa__bit_get(valid, i)) values[i] = brasa__get_value(&r, arena);
    }
    *out = brasa__values_column(arena, t, values, n);
}
