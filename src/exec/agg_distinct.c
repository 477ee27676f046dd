/* exec/agg_distinct.c -- see the header. */
#include "exec/agg_distinct.h"

#include <string.h>

#include "data/type.h"

struct brasa_agg_distinct {
    brasa_agg_layout   layout;
    brasa_agg_table    table;
    int32_t            nargs;
    uint32_t          *ordinal; /* BRASA_BATCH_ROWS */
    brasa_agg_col     *keys;
    brasa_agg_scratch *scratch;
    uint8_t          **found;
    int32_t           *kept;
};

brasa_agg_distinct *brasa__agg_distinct_new(brasa_arena *arena, const brasa_expr *agg)
{
    brasa_agg_distinct *d = BRASA_NEW(arena, brasa_agg_distinct);
    brasa_type         *types = BRASA_NEWS(arena, brasa_type, agg->nargs + 1);

    d->nargs = agg->nargs;
    types[0] = brasa__type(BRASA_KIND_INT32);
    d->scratch = BRASA_NEWS(arena, brasa_agg_scratch, agg->nargs + 1);
    for (int32_t a = 0; a < agg->nargs; a++) {
        types[a + 1] = agg->args[a]->type;
        brasa__agg_scratch_init(arena, types[a + 1], &d->scratch[a + 1]);
    }
    brasa__agg_layout_make(arena, types, agg->nargs + 1, 0, &d->layout);
    brasa__agg_table_init(&d->table, &d->layout, arena, 0, 1);
    d->ordinal = BRASA_NEWS(arena, uint32_t, BRASA_BATCH_ROWS);
    d->keys = BRASA_NEWS(arena, brasa_agg_col, agg->nargs + 1);
    d->found = BRASA_NEWS(arena, uint8_t *, BRASA_BATCH_ROWS);
    d->kept = BRASA_NEWS(arena, int32_t, BRASA_BATCH_ROWS);
    return d;
}

void brasa__agg_distinct_free(brasa_agg_distinct *d)
{
    if (d != NULL) brasa__agg_table_free(&d->table);
}

int32_t brasa__agg_distinct_filter(brasa_agg_distinct *d, uint8_t *const *group, const brasa_agg_col *args, int32_t *pick, int32_t n)
{
    int32_t m = 0, nfresh;

    for (int32_t k = 0; k < n; k++) {
        bool null = false;

        for (int32_t a = 0; a < d->nargs; a++)
            null = null || (args[a].valid != NULL && !((args[a].valid[(uint32_t)pick[k] >> 6] >> ((uint32_t)pick[k] & 63)) & 1));
        pick[m] = pick[k];
        m += !null;
    }
    for (int32_t k = 0; k < m; k++) d->ordinal[k] = ((const brasa_agg_row *)(const void *)group[pick[k]])->ordinal;
    d->keys[0] = (brasa_agg_col) {.type = brasa__type(BRASA_KIND_INT32), .v = d->ordinal};
    for (int32_t a = 0; a < d->nargs; a++) {
        brasa_column col = brasa__agg_column(&args[a]);

        d->keys[a + 1] = brasa__agg_dense(&col, pick, m, true, &d->scratch[a + 1]);
    }
    brasa__agg_table_find(&d->table, d->keys, m, d->found, &nfresh);
    for (int32_t i = 0; i < nfresh; i++) d->kept[i] = pick[d->table.fresh[i]];
    memcpy(pick, d->kept, sizeof *pick * (size_t)nfresh);
    return nfresh;
}
