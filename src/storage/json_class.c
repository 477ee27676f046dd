/* json_class.c -- the JSON row of format.c: opening and scanning.  Writing is json_write.c. */
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "data/type.h"
#include "storage/format.h"
#include "storage/json.h"
#include "storage/json_write.h"
#include "storage/text_sink.h"

enum { SMALL = 32 << 20, PIECE = 256 << 10, PIECES = 16 };

/* --- opening */

typedef struct {
    brasa_arena      *arena;
    brasa_arena      *tmp; /* of one record */
    brasa_json_shape *shape;
    int64_t           records, bytes;
    bool              skip_bad;
} sampling;

static brasa_status sample_range(sampling *s, const brasa_text_file *file, int64_t from, int64_t to, brasa_error *err)
{
    brasa_json_records *r;
    brasa_json         *v;

    BRASA_TRY(brasa__json_records_open(s->arena, file, from, to, s->skip_bad, &r, err));
    for (;;) {
        brasa__arena_reset(s->tmp);
        BRASA_TRY(brasa__json_records_next(r, s->tmp, &v, err));
        if (v == NULL) break;
        brasa__json_shape_add(s->arena, s->shape, v);
        s->records++;
    }
    brasa__json_records_close(r);
    s->bytes += to - from;
    return BRASA_OK;
}

/* All of a small table; of a large one its beginning and pieces from all over, because a key may first come late. */
static brasa_status sample_file(sampling *s, const brasa_text_file *file, bool all, brasa_error *err)
{
    int64_t bytes = file->bytes - file->start;

    if (all || file->whole || bytes <= PIECE * PIECES) return bytes <= 0 ? BRASA_OK : sample_range(s, file, file->start, file->bytes, err);
    for (int64_t k = 0; k < PIECES; k++) {
        int64_t from = file->start + (bytes - PIECE) / (PIECES - 1) * k;

        BRASA_TRY(sample_range(s, file, from, k == PIECES - 1 ? file->bytes : from + PIECE, err));
    }
    return BRASA_OK;
}

static brasa_status infer_schema(brasa_arena *arena, const brasa_read_spec *spec, const brasa_text_files *files, brasa_table *t,
                                 brasa_error *err)
{
    sampling s = {
        .arena = arena, .tmp = brasa__arena_new(arena, "record"), .shape = brasa__json_shape_new(arena), .skip_bad = spec->skip_bad};
    bool all = brasa__text_files_bytes(files) <= SMALL;

    for (int32_t i = 0; i < files->count; i++) BRASA_TRY(sample_file(&s, &files->items[i], all, err));
    brasa__arena_free(s.tmp);
    t->schema = brasa__json_shape_schema(arena, s.shape);
    if (t->schema.ncols == 0) return brasa__fail(err, BRASA_DATA, "%s has no record to take columns from; give a schema", spec->uri);
    if (s.records > 0) t->rows_estimate = (double)s.records * (double)brasa__text_files_bytes(files) / (double)s.bytes;
    return BRASA_OK;
}

static brasa_status open_table(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                               brasa_table *t, brasa_error *err)
{
    brasa_json_layout *l = BRASA_NEW(arena, brasa_json_layout);

    (void)uri;
    l->skip_bad = spec->skip_bad;
    l->given = spec->schema != NULL && spec->schema[0] != '\0';
    l->files.recode.encoding = spec->encoding;
    BRASA_TRY(brasa__text_files_make(arena, files, nfiles, spec->partition_bytes, &l->files, err));
    for (int32_t i = 0; i < l->files.count; i++) BRASA_TRY(brasa__json_is_whole(arena, &l->files.items[i], &l->files.items[i].whole, err));
    t->rows_estimate = (double)brasa__text_files_bytes(&l->files) / 128;
    if (l->given) {
        BRASA_TRY(brasa__schema_parse(arena, spec->schema, &t->schema, err));
    } else {
        BRASA_TRY(infer_schema(arena, spec, &l->files, t, err));
    }
    t->rows = -1;
    t->bytes = brasa__text_files_disk(&l->files);
    t->nparts = brasa__text_partitions(&l->files);
    t->stats = BRASA_NEWS(arena, brasa_column_stats, t->schema.ncols);
    for (int32_t i = 0; i < t->schema.ncols; i++) t->stats[i] = (brasa_column_stats) {.nulls = -1, .bytes = 16};
    t->layout = l;
    return BRASA_OK;
}

static void put_layout(brasa_wire *w, const brasa_table *t)
{
    const brasa_json_layout *l = t->layout;

    brasa__text_files_put(w, &l->files);
    brasa__put_bool(w, l->skip_bad);
    brasa__put_bool(w, l->given);
}

static void get_layout(brasa_reader *r, brasa_arena *arena, brasa_table *t)
{
    brasa_json_layout *l = BRASA_NEW(arena, brasa_json_layout);

    brasa__text_files_get(r, arena, &l->files);
    l->skip_bad = brasa__get_bool(r);
    l->given = brasa__get_bool(r);
    if (!r->bad && t->nparts != brasa__text_partitions(&l->files)) r->bad = true;
    t->layout = l;
}

/* --- scanning */

typedef struct {
    const brasa_json_layout *layout;
    brasa_schema             schema; /* all columns: every one is converted, so that what is bad does not depend on the query */
    brasa_json_records      *records;
    brasa_appender          *rows;
    brasa_value             *values; /* [schema.ncols] */
    brasa_value             *asked;  /* [shared->ncols] */
    brasa_arena             *tmp;
    brasa_block             *ready;
    bool                     done;
    int64_t                  bad, left_out;
    brasa_text_part          part;
    int32_t                  next; /* range of the part to be opened next */
} json_scan;

static void close_scan(void *arg)
{
    json_scan *s = arg;

    brasa__appender_free(s->rows);
    s->rows = NULL;
    brasa__block_unref(s->ready);
    s->ready = NULL;
}

static brasa_status shared_open(brasa_scan_shared *s, brasa_error *err)
{
    (void)s;
    (void)err;
    return BRASA_OK;
}

static brasa_status open_range(brasa_scan *scan, json_scan *s, brasa_error *err)
{
    brasa_text_range range = brasa__text_part_range(&s->layout->files, &s->part, s->next++);

    return brasa__json_records_open(scan->arena, &s->layout->files.items[range.file], range.from, range.to, s->layout->skip_bad,
                                    &s->records, err);
}

/* The next record of the part; *record is NULL when there is none. */
static brasa_status next_record(brasa_scan *scan, json_scan *s, brasa_json **record, brasa_error *err)
{
    for (;;) {
        BRASA_TRY(brasa__json_records_next(s->records, s->tmp, record, err));
        if (*record != NULL || s->next >= s->part.files) return BRASA_OK;
        s->bad += s->records->bad;
        brasa__json_records_close(s->records);
        BRASA_TRY(open_range(scan, s, err));
    }
}

static brasa_status scan_open(brasa_scan *scan, brasa_error *err)
{
    json_scan         *s = BRASA_NEW(scan->arena, json_scan);
    const brasa_table *t = scan->shared->table;
    brasa_field       *asked = BRASA_NEWS(scan->arena, brasa_field, scan->shared->ncols + 1);

    scan->state = s;
    s->layout = t->layout;
    s->schema = t->schema;
    s->part = brasa__text_partition(&s->layout->files, scan->partition);
    brasa__arena_defer(scan->arena, close_scan, s);
    for (int32_t i = 0; i < scan->shared->ncols; i++) asked[i] = t->schema.cols[scan->shared->cols[i]];
    s->rows = brasa__appender_new((brasa_schema) {.ncols = scan->shared->ncols, .cols = asked}, 0);
    s->values = BRASA_NEWS(scan->arena, brasa_value, t->schema.ncols + 1);
    s->asked = BRASA_NEWS(scan->arena, brasa_value, scan->shared->ncols + 1);
    s->tmp = brasa__arena_new(scan->arena, "record");
    scan->shared->bytes_read += brasa__text_part_bytes(&s->layout->files, &s->part);
    return open_range(scan, s, err);
}

static int32_t column_of(const json_scan *s, const brasa_json *member, int32_t hint)
{
    for (int32_t k = 0; k < s->schema.ncols; k++) {
        int32_t     i = hint + k < s->schema.ncols ? hint + k : hint + k - s->schema.ncols;
        const char *name = s->schema.cols[i].name;

        if (strncmp(name, member->name, member->name_len) == 0 && name[member->name_len] == '\0') return i;
    }
    for (int32_t i = 0; s->layout->given && i < s->schema.ncols; i++) /* a given schema may be careless about case */
        if (strncasecmp(s->schema.cols[i].name, member->name, member->name_len) == 0 && s->schema.cols[i].name[member->name_len] == '\0')
            return i;
    return -1;
}

static brasa_status bad_value(json_scan *s, const brasa_field *col, const brasa_json *v, brasa_error *err)
{
    brasa_text t;

    brasa__text_init(&t, s->tmp);
    brasa__type_text(col->type, &t);
    return brasa__fail(err, BRASA_DATA, "%s: %.*s%s is not %s; declare column %s as STRING", brasa__json_records_place(s->records, s->tmp),
                       v->len > 60 ? 60 : (int)v->len, v->text, v->len > 60 ? "..." : "", t.s, col->name);
}

static brasa_status convert_record(json_scan *s, const brasa_json *record, brasa_error *err)
{
    int32_t hint = 0;

    for (int32_t i = 0; i < s->schema.ncols; i++) s->values[i] = (brasa_value) {.type = s->schema.cols[i].type, .null = true};
    for (const brasa_json *m = record->first; m != NULL; m = m->next) {
        int32_t i = column_of(s, m, hint < s->schema.ncols ? hint : 0);

        if (i < 0) {
            s->left_out++;
            continue;
        }
        hint = i + 1;
        if (!brasa__json_convert(s->tmp, m, s->schema.cols[i].type, &s->values[i])) return bad_value(s, &s->schema.cols[i], m, err);
    }
    return BRASA_OK;
}

static void take_block(void *arg, brasa_block *block)
{
    *(brasa_block **)arg = block;
}

static void finish(brasa_scan *scan, json_scan *s)
{
    int64_t bad = s->bad + s->records->bad;

    s->done = true;
    brasa__appender_finish(s->rows, take_block, &s->ready);
    scan->shared->bad_records += bad;
    if (bad != 0) brasa__log(BRASA_LOG_WARN, "%s: left out %lld malformed records", scan->shared->table->uri, (long long)bad);
    if (s->left_out != 0 && !s->layout->given)
        brasa__log(BRASA_LOG_WARN, "%s: left out %lld values of keys that the sample did not have; give a schema to keep them",
                   scan->shared->table->uri, (long long)s->left_out);
}

static brasa_status scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err)
{
    json_scan *s = scan->state;

    while (s->ready == NULL && !s->done) {
        brasa_json *record;

        brasa__arena_reset(s->tmp);
        BRASA_TRY(next_record(scan, s, &record, err));
        if (record == NULL) {
            finish(scan, s);
            break;
        }
        if (convert_record(s, record, s->layout->skip_bad ? NULL : err) != BRASA_OK) {
            if (!s->layout->skip_bad) return BRASA_DATA;
            s->bad++;
            continue;
        }
        for (int32_t i = 0; i < scan->shared->ncols; i++) s->asked[i] = s->values[scan->shared->cols[i]];
        brasa__appender_push_values(s->rows, s->asked, take_block, &s->ready);
    }
    *block = s->ready;
    s->ready = NULL;
    return BRASA_OK;
}

static const char *const suffixes[] = {".jsonl", ".json", ".ndjson", NULL};

const brasa_format_class brasa__json_class = {
    .format = BRASA_FORMAT_JSON,
    .name = "JSON",
    .suffixes = suffixes,
    .open = open_table,
    .put_layout = put_layout,
    .get_layout = get_layout,
    .shared_open = shared_open,
    .scan_open = scan_open,
    .scan_next = scan_next,
    .prepare = brasa__json_prepare,
    .writer_open = brasa__json_writer_open,
    .writer_push = brasa__json_writer_push,
    .writer_close = brasa__text_sink_close,
    .commit = brasa__json_commit,
    .rollback = brasa__text_sink_rollback,
};
