/* api/result.c -- collected rows, as flat arrays. */
#include <stddef.h>
#include <string.h>

#include "api/internal.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "data/gather.h"
#include "data/type.h"
#include "data/value.h"

void brasa__api_flat(brasa_arena *arena, brasa_column *c, int32_t rows)
{
    brasa_column in = *c;

    if (c->type.kind == BRASA_KIND_STRUCT) {
        brasa_column *fields = BRASA_NEWS(arena, brasa_column, c->type.nfields + 1);

        for (int32_t i = 0; i < c->type.nfields; i++) {
            brasa__struct_field(arena, &in, i, rows, &fields[i]);
            brasa__api_flat(arena, &fields[i], rows);
        }
        c->child = fields;
        if (in.encoding == BRASA_FLAT) return;
    } else if (c->encoding == BRASA_FLAT) {
        return;
    }
    void     *v = brasa__arena_alloc64(arena, brasa__type_width(c->type) * (size_t)rows + 64);
    uint64_t *valid = brasa__arena_alloc64(arena, brasa__bit_words(rows) * 8 + 8);
    bool      nulls = brasa__copy_values(&in, 0, rows, v, valid, 0);

    c->encoding = BRASA_FLAT;
    c->values = c->type.kind == BRASA_KIND_STRUCT ? NULL : v;
    c->valid = nulls ? valid : NULL;
    c->codes = NULL;
    if (in.encoding == BRASA_DICT) {
        c->child = in.child->child;
        c->child_rows = in.child->child_rows;
    }
}

static void clear_blocks(void *blocks)
{
    brasa__blocks_clear(blocks);
}

static void flatten_result(brasa_result *r)
{
    r->nbatches = r->blocks.count;
    r->batches = BRASA_NEWS(r->arena, brasa_batch, r->nbatches + 1);
    r->first = BRASA_NEWS(r->arena, int64_t, r->nbatches + 1);
    for (int32_t b = 0; b < r->nbatches; b++) {
        const brasa_block *block = r->blocks.items[b];
        brasa_column      *cols = BRASA_NEWS(r->arena, brasa_column, r->schema.ncols + 1);

        if (r->schema.ncols > 0) memcpy(cols, block->cols, sizeof *cols * (size_t)r->schema.ncols);
        for (int32_t c = 0; c < r->schema.ncols; c++) brasa__api_flat(r->arena, &cols[c], block->rows);
        r->batches[b] = (brasa_batch) {.rows = block->rows, .ncols = r->schema.ncols, .cols = cols, .nsel = block->rows};
        r->first[b] = r->rows;
        r->rows += block->rows;
    }
}

static brasa_status collect_into(brasa_session *s, const brasa_node *node, int64_t limit, brasa_result *r, brasa_error *err)
{
    brasa_arena     *arena = brasa__arena_new(brasa__api_arena(s), "collect");
    brasa_action     action = {.kind = BRASA_SINK_RESULT};
    brasa_job_result job;

    BRASA_TRY(brasa__api_run(s, arena, node, &action, &job, err));
    brasa_status status = brasa__driver_fetch(s->driver, &job, 0, job.nparts, limit, &r->blocks, err);
    brasa_error  later;
    brasa_status ended = brasa__api_end_job(s, status, status == BRASA_OK ? err : &later);

    if (status == BRASA_OK) status = ended;
    r->schema = brasa__schema_copy(r->arena, node->schema);
    brasa__arena_free(arena);
    if (status == BRASA_OK) flatten_result(r);
    return status;
}

brasa_status brasa__api_collect(brasa_session *s, const brasa_node *node, int64_t limit, brasa_result **out, brasa_error *err)
{
    brasa_arena  *arena = brasa__arena_new(s->arena, "result");
    brasa_result *r = BRASA_NEW(arena, brasa_result);

    *out = NULL;
    r->session = s;
    r->arena = arena;
    brasa__arena_defer(arena, clear_blocks, &r->blocks);
    brasa_status status = collect_into(s, node, limit, r, err);
    if (status != BRASA_OK) {
        brasa__arena_free(arena);
        return status;
    }
    *out = r;
    return BRASA_OK;
}

typedef struct collect_call {
    brasa_frame   *f;
    brasa_result **out;
} collect_call;

static brasa_status collect(void *arg, brasa_error *err)
{
    collect_call *c = arg;

    return brasa__api_collect(c->f->session, c->f->node, -1, c->out, err);
}

brasa_status brasa_collect_at(brasa_frame *f, brasa_result **out, brasa_site at)
{
    collect_call c = {.f = f, .out = out};

    if (out != NULL) *out = NULL;
    BRASA_TRY(brasa__api_usable(f, &at));
    BRASA_TRY(brasa__api_pointer(out, "the place for the result is NULL", &at));
    return brasa__api_act(f, "collect", &at, collect, &c);
}

int64_t brasa_result_rows(const brasa_result *r)
{
    return r != NULL ? r->rows : 0;
}

brasa_schema brasa_result_schema(const brasa_result *r)
{
    return r != NULL ? r->schema : (brasa_schema) {.ncols = 0};
}

int32_t brasa_result_batches(const brasa_result *r)
{
    return r != NULL ? r->nbatches : 0;
}

const brasa_batch *brasa_result_batch(const brasa_result *r, int32_t i)
{
    return i >= 0 && i < brasa_result_batches(r) ? &r->batches[i] : NULL;
}

brasa_value brasa_result_value(const brasa_result *r, int64_t row, int32_t col)
{
    int32_t low = 0, high = brasa_result_batches(r) - 1;

    if (row < 0 || row >= brasa_result_rows(r) || col < 0 || col >= r->batches[0].ncols) return brasa_value_null();
    while (low < high) {
        int32_t middle = low + (high - low + 1) / 2;

        if (r->first[middle] <= row) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return brasa__column_value(&r->batches[low].cols[col], (int32_t)(row - r->first[low]), r->arena);
}

void brasa_result_free(brasa_result *r)
{
    if (r != NULL && brasa__api_alive()) brasa__arena_free(r->arena); /* else it went with its session */
}

/* The size stands before the text, for the account. */
typedef struct owned_text {
    size_t bytes;
    char   text[];
} owned_text;

char *brasa_value_text_new(const brasa_value *v, size_t *bytes)
{
    brasa_arena *arena = brasa__arena_new(NULL, "value text");
    brasa_text   text;

    brasa__text_init(&text, arena);
    if (v == NULL || v->null) {
        brasa__text_add(&text, "NULL");
    } else {
        brasa__value_show(v, &text);
    }
    owned_text *out = brasa__alloc(sizeof *out + text.len + 1);

    out->bytes = sizeof *out + text.len + 1;
    memcpy(out->text, text.s, text.len + 1);
    if (bytes != NULL) *bytes = text.len;
    brasa__arena_free(arena);
    return out->text;
}

void brasa_text_free(char *text)
{
    if (text == NULL) return;
    owned_text *o = (owned_text *)(void *)(text - offsetof(owned_text, text));

    brasa__free(o, o->bytes);
}
