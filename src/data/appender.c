/* appender.c -- rows in, blocks out.
 *
 * On the hot path of shuffles, sorts and the cache: rows are copied column by column, in runs that end where a block is full.
 */
#include "data/appender.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/config.h"
#include "data/bits.h"
#include "data/value.h"

struct brasa_appender {
    brasa_schema schema;
    int32_t      block_rows;
    int32_t      rows;
    growing     *cols;
    string_heap  heap;
    brasa_arena *scratch; /* of push_values; NULL until then */
};

brasa_appender *brasa__appender_new(brasa_schema schema, int32_t block_rows)
{
    if (block_rows <= 0) block_rows = (int32_t)brasa__setting_int(BRASA_SET_BLOCK_ROWS);
    block_rows = (block_rows + 63) / 64 * 64;
    if (block_rows < 64) block_rows = 64;

    brasa_appender *a = brasa__alloc(sizeof *a);

    a->schema = schema;
    a->block_rows = block_rows;
    return a;
}

static void free_columns(brasa_appender *a)
{
    if (a->cols == NULL) return;
    for (int32_t i = 0; i < a->schema.ncols; i++) brasa__growing_free(&a->cols[i]);
    brasa__free(a->cols, sizeof(growing) * (size_t)a->schema.ncols);
    a->cols = NULL;
}

void brasa__appender_free(brasa_appender *a)
{
    if (a == NULL) return;
    free_columns(a);
    brasa__heap_free(&a->heap);
    brasa__arena_free(a->scratch);
    brasa__free(a, sizeof *a);
}

static void need_columns(brasa_appender *a)
{
    if (a->cols != NULL) return;
    a->cols = brasa__alloc(sizeof(growing) * (size_t)a->schema.ncols);
    for (int32_t i = 0; i < a->schema.ncols; i++) brasa__growing_init(&a->cols[i], a->schema.cols[i].type, a->block_rows);
}

static int32_t count_buffers(const growing *g)
{
    int32_t n = (g->values != NULL) + (g->valid != NULL);

    for (int32_t i = 0; g->kids != NULL && i < g->type.nfields; i++) n += count_buffers(&g->kids[i]);
    return n;
}

static size_t growing_bytes(const growing *g)
{
    size_t bytes = (size_t)g->rows * g->width + (g->valid != NULL ? ((size_t)g->rows + 63) / 64 * 8 : 0);

    for (int32_t i = 0; g->kids != NULL && i < g->type.nfields; i++) bytes += growing_bytes(&g->kids[i]);
    return bytes;
}

/* A buffer that is less than half full is copied to one that fits. */
static void trim(brasa_buf **buf, size_t used)
{
    if (*buf == NULL || (*buf)->bytes <= 2 * used + 4096) return;

    brasa_buf *small = brasa__buf_new(used);

    memcpy(small->data, (*buf)->data, used);
    brasa__buf_unref(*buf);
    *buf = small;
}

static void trim_column(growing *g)
{
    trim(&g->values, (size_t)g->rows * g->width);
    trim(&g->valid, ((size_t)g->rows + 63) / 64 * 8);
    for (int32_t i = 0; g->kids != NULL && i < g->type.nfields; i++) trim_column(&g->kids[i]);
}

/* The column as it stands; children in `arena`.  Its buffers are listed in bufs[0..*n). */
static brasa_column column_of(brasa_arena *arena, const growing *g, brasa_buf **bufs, int32_t *n)
{
    brasa_column c = {.type = g->type, .encoding = BRASA_FLAT};

    if (g->values != NULL) {
        bufs[(*n)++] = g->values;
        c.values = g->values->data;
    } else if (g->width != 0) { /* an element column that no element has come to */
        c.values = brasa__arena_alloc64(arena, g->width);
    }
    if (g->valid != NULL) {
        bufs[(*n)++] = g->valid;
        c.valid = g->valid->data;
    }
    if (g->kids != NULL) {
        brasa_column *kids = BRASA_NEWS(arena, brasa_column, g->type.nfields);

        for (int32_t i = 0; i < g->type.nfields; i++) kids[i] = column_of(arena, &g->kids[i], bufs, n);
        c.child = kids;
        c.child_rows = brasa__type_has_span(g->type) ? g->kids[0].rows : 0;
    }
    return c;
}

static void forget(growing *g)
{
    g->values = NULL;
    g->valid = NULL;
    g->last = g->rows;
    g->rows = 0;
    g->room = 0;
    for (int32_t i = 0; g->kids != NULL && i < g->type.nfields; i++) forget(&g->kids[i]);
}

/* The heap goes on in the open piece, whose rest belongs to the next block. */
static void heap_next(string_heap *h)
{
    if (h->count > 0 && h->left > 0) {
        h->pieces[0] = brasa__buf_ref(h->pieces[h->count - 1]);
        h->count = 1;
    } else {
        h->count = 0;
        h->left = 0;
    }
    h->used = 0;
}

typedef struct {
    brasa_appender *a;
    brasa_arena    *arena;
    brasa_arena    *keep;
    brasa_block    *block;
} emit_state;

static brasa_status make_block(void *arg, brasa_error *err)
{
    emit_state     *s = arg;
    brasa_appender *a = s->a;
    int32_t         heap = a->heap.used > 0 ? a->heap.count : 0, n = 0, most = heap;
    bool            nested = false;

    (void)err;
    for (int32_t i = 0; i < a->schema.ncols; i++) {
        trim_column(&a->cols[i]);
        most += count_buffers(&a->cols[i]);
        nested |= a->cols[i].kids != NULL;
    }
    s->arena = brasa__arena_new(NULL, "emit");
    if (nested) s->keep = brasa__arena_new(NULL, "block");

    brasa_buf   **bufs = BRASA_NEWS(s->arena, brasa_buf *, most);
    brasa_column *cols = BRASA_NEWS(s->arena, brasa_column, a->schema.ncols);

    for (int32_t i = 0; i < a->schema.ncols; i++) cols[i] = column_of(s->keep, &a->cols[i], bufs, &n);
    for (int32_t i = 0; i < heap; i++) bufs[n++] = a->heap.pieces[i];
    s->block = brasa__block_make(cols, a->schema.ncols, a->rows, bufs, n, s->keep);
    return BRASA_OK;
}

static void emit_block(brasa_appender *a, brasa_block_sink *emit, void *arg)
{
    emit_state   s = {.a = a};
    brasa_error  err;
    size_t       bytes = brasa__appender_bytes(a);
    brasa_status status = brasa__guarded(make_block, &s, &err);

    brasa__arena_free(s.arena);
    if (status != BRASA_OK) {
        brasa__arena_free(s.keep);
        brasa__throw_error(&err);
    }
    s.block->bytes = bytes;
    for (int32_t i = 0; i < a->schema.ncols; i++) forget(&a->cols[i]);
    if (a->heap.used > 0) heap_next(&a->heap);
    a->rows = 0;
    emit(arg, s.block);
}

static void push(brasa_appender *a, const brasa_batch *in, const int32_t *rows, int32_t n, brasa_block_sink *emit, void *arg)
{
    int32_t done = 0;

    assert(in->ncols == a->schema.ncols);
    if (n > 0) need_columns(a);
    while (done < n) {
        int32_t room = a->block_rows - a->rows;
        int32_t m = n - done < room ? n - done : room;

        for (int32_t i = 0; i < a->schema.ncols; i++) {
            brasa__growing_append(&a->cols[i], &a->heap, &in->cols[i], rows == NULL ? NULL : rows + done, done, m);
        }
        a->rows += m;
        done += m;
        if (a->rows == a->block_rows) emit_block(a, emit, arg);
    }
}

void brasa__appender_push(brasa_appender *a, const brasa_batch *in, brasa_block_sink *emit, void *arg)
{
    push(a, in, in->sel, in->sel != NULL ? in->nsel : in->rows, emit, arg);
}

void brasa__appender_push_rows(brasa_appender *a, const brasa_batch *in, const int32_t *rows, int32_t n, brasa_block_sink *emit, void *arg)
{
    push(a, in, rows, n, emit, arg);
}

void brasa__appender_push_values(brasa_appender *a, const brasa_value *values, brasa_block_sink *emit, void *arg)
{
    if (a->scratch == NULL) a->scratch = brasa__arena_new(NULL, "appender");
    brasa__arena_reset(a->scratch);

    int32_t       ncols = a->schema.ncols;
    brasa_column *cols = BRASA_NEWS(a->scratch, brasa_column, ncols);
    brasa_batch   row = {.rows = 1, .ncols = ncols, .cols = cols, .nsel = 1};

    for (int32_t i = 0; i < ncols; i++) {
        brasa_value v = values[i];

        if (v.null) v.type = a->schema.cols[i].type;
        assert(brasa__type_equal(v.type, a->schema.cols[i].type));
        cols[i] = brasa__value_column(a->scratch, &v);
    }
    push(a, &row, NULL, 1, emit, arg);
}

void brasa__appender_finish(brasa_appender *a, brasa_block_sink *emit, void *arg)
{
    if (a->rows > 0) emit_block(a, emit, arg);
}

int64_t brasa__appender_rows(const brasa_appender *a)
{
    return a->rows;
}

size_t brasa__appender_bytes(const brasa_appender *a)
{
    size_t bytes = a->heap.used;

    for (int32_t i = 0; a->cols != NULL && i < a->schema.ncols; i++) bytes += growing_bytes(&a->cols[i]);
    return bytes;
}
