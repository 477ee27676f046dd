/* table.c -- tables and scans of every format: what they share, then the format's row. */
#include "storage/table.h"

#include <string.h>

#include "base/alloc.h"
#include "data/type.h"
#include "data/value.h"
#include "storage/format.h"
#include "storage/table_stats.h"

static brasa_status resolve_format(brasa_arena *arena, const brasa_read_spec *spec, char **files, int32_t n, brasa_format *out,
                                   brasa_error *err)
{
    (void)arena;
    *out = spec->format;
    if (*out != BRASA_FORMAT_AUTO) return BRASA_OK;
    for (int32_t i = 0; i < n && *out == BRASA_FORMAT_AUTO; i++) BRASA_TRY(brasa__format_detect(files[i], out, err));
    if (*out == BRASA_FORMAT_AUTO)
        return brasa__fail(err, BRASA_INVALID,
                           "%s: neither its name nor its first bytes tell the format; name the format (hdf5, csv, text, json)", files[0]);
    return BRASA_OK;
}

brasa_status brasa__table_open(brasa_arena *arena, const brasa_read_spec *spec, brasa_table **out, brasa_error *err)
{
    brasa_uri    uri;
    char       **files;
    int32_t      n;
    brasa_table *t = BRASA_NEW(arena, brasa_table);

    BRASA_TRY(brasa__uri_parse(arena, spec->uri, &uri, err));
    BRASA_TRY(brasa__uri_files(arena, &uri, &files, &n, err));
    BRASA_TRY(resolve_format(arena, spec, files, n, &t->format, err));
    t->uri = brasa__arena_strdup(arena, spec->uri);
    BRASA_TRY(brasa__format_class(t->format)->open(arena, spec, &uri, files, n, t, err));
    brasa__table_stats_load(arena, t);
    *out = t;
    return BRASA_OK;
}

void brasa__column_stats_put(brasa_wire *w, const brasa_column_stats *s)
{
    brasa__put_bool(w, s->known);
    brasa__put_bool(w, s->has_range);
    if (s->has_range) {
        brasa__put_value(w, &s->min);
        brasa__put_value(w, &s->max);
    }
    brasa__put_i64(w, s->nulls);
    brasa__put_f64(w, s->distinct);
    brasa__put_f64(w, s->bytes);
}

void brasa__column_stats_get(brasa_reader *r, brasa_arena *arena, brasa_column_stats *s)
{
    s->known = brasa__get_bool(r);
    s->has_range = brasa__get_bool(r);
    if (s->has_range) {
        s->min = brasa__get_value(r, arena);
        s->max = brasa__get_value(r, arena);
    }
    s->nulls = brasa__get_i64(r);
    s->distinct = brasa__get_f64(r);
    s->bytes = brasa__get_f64(r);
}

void brasa__table_put(brasa_wire *w, const brasa_table *t)
{
    brasa__put_u8(w, (uint8_t)t->format);
    brasa__put_str(w, t->uri);
    brasa__put_schema(w, t->schema);
    brasa__put_i64(w, t->rows);
    brasa__put_f64(w, t->rows_estimate);
    brasa__put_i64(w, t->bytes);
    brasa__put_i32(w, t->nparts);
    brasa__put_bool(w, t->stats != NULL);
    for (int32_t c = 0; t->stats != NULL && c < t->schema.ncols; c++) brasa__column_stats_put(w, &t->stats[c]);
    brasa__format_class(t->format)->put_layout(w, t);
}

brasa_table *brasa__table_get(brasa_reader *r, brasa_arena *arena)
{
    brasa_table *t = BRASA_NEW(arena, brasa_table);
    uint8_t      format = brasa__get_u8(r);

    if (format < BRASA_FORMAT_HDF5 || format > BRASA_FORMAT_JSON) {
        r->bad = true;
        return t;
    }
    t->format = (brasa_format)format;
    t->uri = brasa__get_str(r, arena);
    t->schema = brasa__get_schema(r, arena);
    t->rows = brasa__get_i64(r);
    t->rows_estimate = brasa__get_f64(r);
    t->bytes = brasa__get_i64(r);
    t->nparts = brasa__get_i32(r);
    if (brasa__get_bool(r) && !r->bad) {
        t->stats = BRASA_NEWS(arena, brasa_column_stats, t->schema.ncols + 1);
        for (int32_t c = 0; c < t->schema.ncols && !r->bad; c++) brasa__column_stats_get(r, arena, &t->stats[c]);
    }
    if (!r->bad) brasa__format_class(t->format)->get_layout(r, arena, t);
    return t;
}

static void copy_tests(brasa_scan_shared *s, const brasa_scan_test *tests, int32_t n)
{
    brasa_scan_test *copy = BRASA_NEWS(s->arena, brasa_scan_test, n + 1);

    for (int32_t i = 0; i < n; i++) {
        brasa_value *values = BRASA_NEWS(s->arena, brasa_value, tests[i].nvalues + 1);
        for (int32_t k = 0; k < tests[i].nvalues; k++) values[k] = brasa__value_copy(s->arena, &tests[i].values[k]);
        copy[i] = tests[i];
        copy[i].values = values;
    }
    s->ntests = n;
    s->tests = copy;
}

brasa_status brasa__scan_shared_open(brasa_arena *arena, const brasa_table *t, const int32_t *cols, int32_t ncols,
                                     const brasa_scan_test *tests, int32_t ntests, brasa_scan_shared **out, brasa_error *err)
{
    brasa_arena       *own = brasa__arena_new(arena, "scan");
    brasa_scan_shared *s = BRASA_NEW(own, brasa_scan_shared);
    brasa_status       status;

    s->cls = brasa__format_class(t->format);
    s->table = t;
    s->arena = own;
    s->ncols = ncols;
    s->cols = brasa__arena_copy(own, cols, sizeof *cols * (size_t)ncols);
    copy_tests(s, tests, ntests);
    status = s->cls->shared_open(s, err);
    if (status != BRASA_OK) {
        brasa__arena_free(own);
        return status;
    }
    *out = s;
    return BRASA_OK;
}

void brasa__scan_shared_close(brasa_scan_shared *s)
{
    if (s == NULL) return;
    if (s->cls->shared_close != NULL) s->cls->shared_close(s);
    brasa__arena_free(s->arena);
}

brasa_scan_stats brasa__scan_shared_stats(const brasa_scan_shared *s)
{
    return (brasa_scan_stats) {.bytes_read = s->bytes_read,
                               .chunks_read = s->chunks_read,
                               .chunks_skipped = s->chunks_skipped,
                               .rows = s->rows,
                               .bad_records = s->bad_records};
}

typedef struct {
    brasa_scan_shared *shared;
    int32_t            partition;
    brasa_arena       *arena;
    brasa_scan        *scan;
} scan_call;

static brasa_status guarded_scan_open(void *arg, brasa_error *err)
{
    scan_call  *call = arg;
    brasa_scan *scan = BRASA_NEW(call->arena, brasa_scan);

    scan->shared = call->shared;
    scan->arena = call->arena;
    scan->partition = call->partition;
    call->scan = scan;
    return call->shared->cls->scan_open(scan, err);
}

brasa_status brasa__scan_open(brasa_scan_shared *s, int32_t partition, brasa_scan **out, brasa_error *err)
{
    /* A root arena: several threads open scans of one `s`, and an arena belongs to one thread. */
    scan_call    call = {.shared = s, .partition = partition, .arena = brasa__arena_new(NULL, "scan task")};
    brasa_status status = brasa__guarded(guarded_scan_open, &call, err);

    if (status != BRASA_OK) {
        brasa__arena_free(call.arena);
        return status;
    }
    *out = call.scan;
    return BRASA_OK;
}

brasa_status brasa__scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err)
{
    *block = NULL;
    BRASA_TRY(scan->shared->cls->scan_next(scan, block, err));
    if (*block != NULL) atomic_fetch_add_explicit(&scan->shared->rows, (*block)->rows, memory_order_relaxed);
    return BRASA_OK;
}

void brasa__scan_close(brasa_scan *scan)
{
    if (scan == NULL) return;
    if (scan->shared->cls->scan_close != NULL) scan->shared->cls->scan_close(scan);
    brasa__arena_free(scan->arena);
}

brasa_status brasa__table_verify(const brasa_table *t, int64_t *chunks, int64_t *bytes, brasa_error *err)
{
    const brasa_format_class *cls = brasa__format_class(t->format);

    *chunks = *bytes = 0;
    return cls->verify == NULL ? BRASA_OK : cls->verify(t, chunks, bytes, err);
}
