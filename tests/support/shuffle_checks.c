/* shuffle_checks.c -- source s has a number of rows that depends on s and the seed alone; every row's values depend on its number in the whole, so
 * a row that arrives can be checked by itself and all rows by counting. */
#include "support/shuffle_checks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/hash.h"
#include "comm/agree.h"
#include "data/string.h"
#include "data/type.h"
#include "kernel/rows.h"

enum { COLS = 4, CHUNK = 2048 };

static const brasa_field fields[COLS] = {
    {"id", {.kind = BRASA_KIND_INT64}, false},
    {"key", {.kind = BRASA_KIND_INT32}, true},
    {"text", {.kind = BRASA_KIND_STRING}, true},
    {"weight", {.kind = BRASA_KIND_FLOAT64}, false},
};
static const brasa_field plain_fields[COLS] = {
    {"id", {.kind = BRASA_KIND_INT64}, false},
    {"key", {.kind = BRASA_KIND_INT32}, false},
    {"small", {.kind = BRASA_KIND_INT16}, false},
    {"weight", {.kind = BRASA_KIND_FLOAT64}, false},
};
static const int32_t        hash_keys[2] = {1, 2};
static const brasa_sort_key sort_keys[2] = {{.col = 1, .desc = true, .nulls_last = false}, {.col = 2}};

static brasa_schema schema_of(const shuffle_case *c)
{
    return (brasa_schema) {COLS, c->plain ? plain_fields : fields};
}

/* ---- the rows ---- */

static int32_t source_rows(const shuffle_case *c, int32_t s)
{
    static const int32_t odd[] = {0, 1, 63, 64, 65, 2047, 2048, 2049};
    uint64_t             h = brasa__hash_u64(c->seed * 31 + (uint64_t)s);
    int32_t              n = h % 3 == 0 ? odd[(h >> 8) % 8] : (int32_t)((h >> 8) % (uint64_t)(c->most_rows + 1));

    return n < c->most_rows ? n : c->most_rows;
}

static int64_t source_first(const shuffle_case *c, int32_t s)
{
    int64_t n = 0;

    for (int32_t i = 0; i < s; i++) n += source_rows(c, i);
    return n;
}

static uint64_t draw(const shuffle_case *c, int64_t id, uint64_t what)
{
    return brasa__hash_u64(brasa__hash_u64(c->seed + (uint64_t)id * 7 + what) + what);
}

static bool key_of(const shuffle_case *c, int64_t id, int32_t *key)
{
    uint64_t h = draw(c, id, 1);

    *key = (int32_t)(h % (uint64_t)c->keys) - c->keys / 2;
    return c->plain || (h >> 32) % 16 != 0;
}

/* The text depends on the key alone where it is short, so that equal keys meet.  -1: null. */
static int64_t text_of(const shuffle_case *c, int64_t id, char *out, size_t room)
{
    int32_t key;
    size_t  n;

    if (c->plain) return -1;
    if (c->long_bytes > 0 && draw(c, id, 2) % 100 == 0) {
        n = (size_t)c->long_bytes < room ? (size_t)c->long_bytes : room;
        memset(out, 'a' + (int)(id % 26), n);
        return (int64_t)n;
    }
    if (!key_of(c, id, &key) || key % 5 == 0) return -1;
    return snprintf(out, room, "%s %d", key % 2 == 0 ? "short" : "a text that is not inline", key);
}

/* A function of the key, so that equal keys meet. */
static int16_t small_of(int32_t key)
{
    return (int16_t)(key * 3);
}

static double weight_of(int64_t id)
{
    return (double)id * 0.5 - 3;
}

typedef struct chunk {
    brasa_arena *arena;
    brasa_column cols[COLS];
    brasa_batch  batch;
} chunk;

/* Rows first .. first + n of the whole; with a selection that leaves out rows that are not there at all. */
static void make_chunk(const shuffle_case *c, chunk *k, int64_t first, int32_t n)
{
    bool          gaps = draw(c, first, 9) % 2 == 0;
    int32_t       rows = gaps ? 2 * n : n, *sel = BRASA_NEWS(k->arena, int32_t, n + 1);
    int64_t      *id = brasa__arena_alloc64(k->arena, sizeof *id * (size_t)rows + 64);
    int32_t      *key = brasa__arena_alloc64(k->arena, sizeof *key * (size_t)rows + 64);
    brasa_string *text = brasa__arena_alloc64(k->arena, sizeof *text * (size_t)rows + 64);
    int16_t      *small = brasa__arena_alloc64(k->arena, sizeof *small * (size_t)rows + 64);
    double       *weight = brasa__arena_alloc64(k->arena, sizeof *weight * (size_t)rows + 64);
    uint64_t     *has_key = brasa__arena_alloc64(k->arena, sizeof *has_key * brasa__bit_words(rows) + 64);
    uint64_t     *has_text = brasa__arena_alloc64(k->arena, sizeof *has_text * brasa__bit_words(rows) + 64);
    size_t        room = (size_t)c->long_bytes + 64;
    char         *p = brasa__arena_alloc(k->arena, room);

    for (int32_t i = 0; i < n; i++) {
        int32_t at = gaps ? 2 * i + 1 : i;
        int64_t len = text_of(c, first + i, p, room);

        sel[i] = at;
        id[at] = first + i;
        if (key_of(c, first + i, &key[at])) brasa__bit_set(has_key, at);
        if (len >= 0) {
            text[at] = brasa__string(brasa__arena_strndup(k->arena, p, (size_t)len), (size_t)len);
            brasa__bit_set(has_text, at);
        }
        small[at] = small_of(key[at]);
        weight[at] = weight_of(first + i);
    }
    for (int i = 0; i < COLS; i++) k->cols[i] = (brasa_column) {.type = schema_of(c).cols[i].type};
    k->cols[0].values = id;
    k->cols[1].values = key;
    k->cols[1].valid = has_key;
    k->cols[2].values = text;
    k->cols[2].valid = has_text;
    k->cols[3].values = weight;
    if (c->plain) {
        if (draw(c, first, 10) % 4 != 0) k->cols[1].valid = NULL; /* else a bitmap without a null, which goes the long way */
        k->cols[2].values = small;
        k->cols[2].valid = NULL;
    }
    k->batch = (brasa_batch) {.rows = rows, .ncols = COLS, .cols = k->cols, .sel = gaps ? sel : NULL, .nsel = n};
}

/* ---- writing ---- */

typedef struct job {
    const shuffle_case *c;
    brasa_arena        *arena;
    brasa_exchange     *x;
    brasa_ctx          *ctx;
    int32_t             rank, size, thread;
    pthread_t           id;
} job;

typedef struct collected {
    job    *j;
    int32_t source;
} collected;

static void write_block(void *arg, brasa_block *b)
{
    collected  *t = arg;
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__exchange_write_block(t->j->x, t->j->thread, t->source, b, &err) != BRASA_OK) brasa__exchange_fail(t->j->x, &err);
    brasa__block_unref(b);
}

static brasa_status write_source(job *j, brasa_arena *arena, int32_t s, brasa_error *err)
{
    int32_t         n = source_rows(j->c, s), step = 1 + (int32_t)(draw(j->c, s, 5) % CHUNK);
    int64_t         first = source_first(j->c, s);
    chunk           k = {.arena = arena};
    collected       to = {j, s};
    brasa_schema    schema = schema_of(j->c);
    brasa_appender *a = j->c->blocks ? brasa__appender_new(schema, 1024) : NULL;

    if (a != NULL) brasa__arena_defer(arena, (void (*)(void *))(void *)brasa__appender_free, a);
    if (s == j->c->fail_source) return brasa__fail(err, BRASA_DATA, "source %d is bad", s);
    for (int32_t at = 0; at < n; at += step) {
        make_chunk(j->c, &k, first + at, n - at < step ? n - at : step);
        if (a != NULL)
            brasa__appender_push(a, &k.batch, write_block, &to);
        else
            BRASA_TRY(brasa__exchange_write(j->x, j->thread, s, &k.batch, err));
    }
    if (a != NULL) brasa__appender_finish(a, write_block, &to);
    return BRASA_OK;
}

static brasa_status write_all(void *arg, brasa_error *err)
{
    job *j = arg;

    for (int32_t s = 0; s < j->c->sources; s++) {
        brasa_arena *arena;
        brasa_status status;

        if (s % (j->size * j->c->threads) != j->rank * j->c->threads + j->thread) continue;
        arena = brasa__arena_new(j->arena, "source");
        status = write_source(j, arena, s, err);
        brasa__arena_free(arena);
        BRASA_TRY(status);
    }
    return BRASA_OK;
}

static void *writer_main(void *arg)
{
    job        *j = arg;
    brasa_error err;

    brasa__ctx_set(j->ctx);
    brasa__error_clear(&err);
    if (brasa__guarded(write_all, j, &err) != BRASA_OK) brasa__exchange_fail(j->x, &err);
    (void)brasa__exchange_thread_end(j->x, j->thread, &err);
    brasa__ctx_set(NULL);
    return NULL;
}

/* ---- checking ---- */

typedef struct tally {
    int64_t *rows; /* [nparts] */
    int64_t *sum;  /* [nparts] of ids */
    int64_t *low;  /* [nparts] of the first sort key, nulls as the least */
    int64_t *high;
    int64_t *where; /* [keys + 1] HASH: least partition of a key */
    int64_t *also;  /* greatest */
    char    *text;  /* room for the longest text */
} tally;

static brasa_status wrong(const shuffle_case *c, int64_t id, const char *what, brasa_error *err)
{
    return brasa__fail(err, BRASA_INTERNAL, "kind %d seed %d: row %lld: %s", (int)c->kind, (int)c->seed, (long long)id, what);
}

static brasa_status check_row(const shuffle_case *c, tally *t, const brasa_block *b, int32_t i, int64_t *out_id, int64_t *out_key,
                              brasa_error *err)
{
    static const int64_t null_key = INT32_MIN;
    size_t               room = (size_t)c->long_bytes + 64;
    char                *p = t->text;
    int64_t              id = ((const int64_t *)b->cols[0].values)[i], len = text_of(c, id, p, room);
    int32_t              key;
    bool                 has = key_of(c, id, &key), good = true;

    *out_id = id;
    *out_key = has ? key : null_key;
    if (brasa_column_is_valid(&b->cols[1], i) != has) good = false;
    if (has && ((const int32_t *)b->cols[1].values)[i] != key) good = false;
    if (((const double *)b->cols[3].values)[i] != weight_of(id)) good = false;
    if (c->plain)
        return good && ((const int16_t *)b->cols[2].values)[i] == small_of(key) ? BRASA_OK : wrong(c, id, "its values are damaged", err);
    if (brasa_column_is_valid(&b->cols[2], i) != (len >= 0)) good = false;
    if (good && len >= 0) {
        const brasa_string *s = (const brasa_string *)b->cols[2].values + i;

        good = s->len == len && memcmp(brasa_string_data(s), p, (size_t)len) == 0;
    }
    return good ? BRASA_OK : wrong(c, id, "its values are damaged", err);
}

static void note(const shuffle_case *c, tally *t, int32_t part, int64_t id, int64_t key)
{
    int64_t slot = key == INT32_MIN ? c->keys : key + c->keys / 2;

    t->rows[part]++;
    t->sum[part] += (int64_t)(brasa__hash_u64((uint64_t)id + 1) >> 24);
    if (key < t->low[part]) t->low[part] = key;
    if (key > t->high[part]) t->high[part] = key;
    if (c->long_bytes == 0) {
        if (part < t->where[slot]) t->where[slot] = part;
        if (part > t->also[slot]) t->also[slot] = part;
    }
}

static brasa_status check_partition(const shuffle_case *c, tally *t, int32_t part, const brasa_blocks *list, int64_t total,
                                    brasa_error *err)
{
    int64_t last = -1;

    for (int32_t b = 0; b < list->count; b++) {
        for (int32_t i = 0; i < list->items[b]->rows; i++) {
            int64_t id, key;

            BRASA_TRY(check_row(c, t, list->items[b], i, &id, &key, err));
            note(c, t, part, id, key);
            if (c->kind == BRASA_EXCHANGE_NUMBER && id * c->nparts / total != part) return wrong(c, id, "wrong partition", err);
            if (c->kind != BRASA_EXCHANGE_HASH && c->kind != BRASA_EXCHANGE_RANGE && id <= last) return wrong(c, id, "out of order", err);
            last = id;
        }
    }
    if (list->rows != t->rows[part]) return wrong(c, -1, "a list miscounts its rows", err);
    return BRASA_OK;
}

static brasa_status check_owned(const shuffle_case *c, tally *t, brasa_exchange *x, int64_t total, brasa_error *err)
{
    int32_t first, count;

    brasa__exchange_owned(x, &first, &count);
    for (int32_t p = first; p < first + count; p++) {
        brasa_blocks list = brasa__exchange_take(x, p);
        brasa_status status = check_partition(c, t, p, &list, total, err);

        brasa__blocks_clear(&list);
        BRASA_TRY(status);
    }
    return BRASA_OK;
}

/* What only all ranks together can tell. */
static brasa_status check_all(const shuffle_case *c, brasa_comm *comm, tally *t, int64_t total, brasa_error *err)
{
    int32_t nparts = c->nparts;
    int64_t rows = 0, sum = 0, want = 0, copies = c->kind == BRASA_EXCHANGE_BROADCAST ? comm->size : 1;

    BRASA_TRY(brasa__comm_allreduce_sum(comm, t->rows, nparts, err));
    BRASA_TRY(brasa__comm_allreduce_sum(comm, t->sum, nparts, err));
    BRASA_TRY(brasa__comm_allreduce_min(comm, t->low, nparts, err));
    BRASA_TRY(brasa__comm_allreduce_max(comm, t->high, nparts, err));
    BRASA_TRY(brasa__comm_allreduce_min(comm, t->where, c->keys + 1, err));
    BRASA_TRY(brasa__comm_allreduce_max(comm, t->also, c->keys + 1, err));
    for (int64_t id = 0; id < total; id++) want += (int64_t)(brasa__hash_u64((uint64_t)id + 1) >> 24);
    for (int32_t p = 0; p < nparts; p++) {
        rows += t->rows[p];
        sum += t->sum[p];
    }
    if (rows != total * copies || sum != want * copies) return wrong(c, rows, "rows are lost or doubled", err);
    for (int32_t k = 0; k <= c->keys && c->kind == BRASA_EXCHANGE_HASH && c->long_bytes == 0; k++)
        if (t->also[k] >= 0 && t->where[k] != t->also[k]) return wrong(c, k, "a key is in two partitions", err);
    if (c->kind != BRASA_EXCHANGE_RANGE) return BRASA_OK;
    for (int32_t p = 0, before = -1; p < nparts; p++) { /* descending, nulls first: as the least they may be in the first alone */
        if (t->rows[p] == 0) continue;
        if (before >= 0 && t->high[p] > (t->low[before] == INT32_MIN ? INT64_MAX : t->low[before]))
            return wrong(c, p, "partitions overlap", err);
        if (before >= 0 && t->high[p] == INT32_MIN && t->low[before] != INT32_MIN) return wrong(c, p, "nulls are not first", err);
        if (total > 20000 && c->keys > 10000 && t->rows[p] > 4 * total / nparts) return wrong(c, p, "a partition is too large", err);
        before = p;
    }
    return BRASA_OK;
}

static tally tally_new(brasa_arena *a, const shuffle_case *c)
{
    tally t = {0};

    t.text = brasa__arena_alloc(a, (size_t)c->long_bytes + 64);
    t.rows = BRASA_NEWS(a, int64_t, c->nparts);
    t.sum = BRASA_NEWS(a, int64_t, c->nparts);
    t.low = BRASA_NEWS(a, int64_t, c->nparts);
    t.high = BRASA_NEWS(a, int64_t, c->nparts);
    t.where = BRASA_NEWS(a, int64_t, c->keys + 1);
    t.also = BRASA_NEWS(a, int64_t, c->keys + 1);
    for (int32_t p = 0; p < c->nparts; p++) {
        t.low[p] = INT64_MAX;
        t.high[p] = INT64_MIN;
    }
    for (int32_t k = 0; k <= c->keys; k++) {
        t.where[k] = INT64_MAX;
        t.also[k] = -1;
    }
    return t;
}

typedef struct check {
    shuffle_case    c;
    brasa_comm     *comm;
    brasa_arena    *arena;
    brasa_exchange *x;
    job            *jobs;
    tally           tally;
} check;

static brasa_status prepare(void *arg, brasa_error *err)
{
    check              *k = arg;
    brasa_exchange_spec spec = {.kind = k->c.kind, .nparts = k->c.nparts, .nkeys = 2, .keys = hash_keys, .nsort = 2, .sort = sort_keys};

    k->arena = brasa__arena_new(NULL, "shuffle check");
    k->jobs = BRASA_NEWS(k->arena, job, k->c.threads);
    k->tally = tally_new(k->arena, &k->c);
    for (int32_t i = 0; i < k->c.threads; i++) {
        k->jobs[i] = (job) {.c = &k->c, .ctx = brasa__ctx(), .rank = k->comm->rank, .size = k->comm->size, .thread = i};
        k->jobs[i].arena = brasa__arena_new(k->arena, "writer");
    }
    return brasa__exchange_open(k->comm, &spec, schema_of(&k->c), k->c.threads, &k->x, err);
}

static brasa_status judge(check *k, brasa_error *err)
{
    int64_t              total = source_first(&k->c, k->c.sources);
    brasa_exchange_stats stats = brasa__exchange_stats(k->x);
    brasa_status         status = check_owned(&k->c, &k->tally, k->x, total, err);

    if (status == BRASA_OK && k->comm->size == 1 && stats.bytes_sent != 0) status = wrong(&k->c, 0, "bytes were sent", err);
    BRASA_TRY(brasa__agree(k->comm, status, err));
    return brasa__agree(k->comm, check_all(&k->c, k->comm, &k->tally, total, err), err);
}

static brasa_status run_and_check(check *k, brasa_error *err)
{
    brasa_status status;

    BRASA_TRY(brasa__agree(k->comm, brasa__guarded(prepare, k, err), err));
    for (int32_t i = 0; i < k->c.threads; i++) {
        k->jobs[i].x = k->x;
        pthread_create(&k->jobs[i].id, NULL, writer_main, &k->jobs[i]);
    }
    status = brasa__exchange_run(k->x, err);
    for (int32_t i = 0; i < k->c.threads; i++) pthread_join(k->jobs[i].id, NULL);
    return status == BRASA_OK ? judge(k, err) : status;
}

brasa_status brasa_test_shuffle(void *arg, brasa_comm *comm, brasa_error *err)
{
    check        k = {.c = *(const shuffle_case *)arg, .comm = comm};
    brasa_status status;

    if (k.c.kind == BRASA_EXCHANGE_GATHER || k.c.kind == BRASA_EXCHANGE_BROADCAST) k.c.nparts = 1;
    status = run_and_check(&k, err);
    brasa__exchange_free(k.x);
    brasa__arena_free(k.arena);
    return status;
}
