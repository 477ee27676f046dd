/* api/arrow.c -- collected rows by the Arrow C Data Interface. */
#include "api/internal.h"
#include "data/arrow.h"

typedef struct arrow_call {
    const brasa_result *r;
    int32_t             batch;
    struct ArrowSchema *schema;
    struct ArrowArray  *array;
} arrow_call;

static brasa_status export_schema(void *arg, brasa_error *err)
{
    arrow_call *c = arg;

    (void)err;
    brasa__arrow_export_schema(c->r->schema, c->schema);
    return BRASA_OK;
}

static brasa_status export_batch(void *arg, brasa_error *err)
{
    arrow_call *c = arg;

    if (c->batch < 0 || c->batch >= c->r->nbatches)
        return brasa__fail(err, BRASA_INVALID, "batch %d of a result that has %d; count from 0", (int)c->batch, (int)c->r->nbatches);
    return brasa__arrow_export_block(c->r->blocks.items[c->batch], c->array, err);
}

brasa_status brasa_result_arrow_schema(const brasa_result *r, struct ArrowSchema *out)
{
    arrow_call c = {.r = r, .schema = out};

    BRASA_TRY(brasa__api_pointer(r, "the result of a call is NULL", NULL));
    BRASA_TRY(brasa__api_pointer(out, "the place for an Arrow schema is NULL", NULL));
    *out = (struct ArrowSchema) {.release = NULL};
    return brasa__api_do(r->session, NULL, export_schema, &c);
}

brasa_status brasa_result_arrow(const brasa_result *r, int32_t batch, struct ArrowArray *out)
{
    arrow_call c = {.r = r, .batch = batch, .array = out};

    BRASA_TRY(brasa__api_pointer(r, "the result of a call is NULL", NULL));
    BRASA_TRY(brasa__api_pointer(out, "the place for an Arrow array is NULL", NULL));
    *out = (struct ArrowArray) {.release = NULL};
    return brasa__api_do(r->session, NULL, export_batch, &c);
}
