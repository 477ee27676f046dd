/* csv_write.c -- rows as CSV (RFC 4180).
 *
 * A field is quoted when it holds a delimiter, a quote or a line end, and when it would be taken for null: the empty string, or the
 * text that stands for null.  So what is written reads back as it was.  Doubles are the shortest text that
 * gives the same double.
 */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "data/value.h"
#include "storage/csv_format.h"
#include "storage/text_sink.h"

typedef struct {
    brasa_arena *arena;
    char         delimiter;
    bool         quote[256]; /* a byte that asks for quotes */
    const char  *null_text;
    size_t       null_len;
    bool         bare_null; /* the text for null itself needs no care: it is empty */
} csv_writer;

static char delimiter_of(const brasa_write_spec *spec, const brasa_uri *target)
{
    const char *suffix = brasa__path_suffix(target->path);

    if (spec->delimiter != 0) return spec->delimiter;
    if (strcasecmp(suffix, ".tsv") == 0) return '\t';
    return strcasecmp(suffix, ".tbl") == 0 ? '|' : ',';
}

static bool with_header(const brasa_write_spec *spec, const brasa_uri *target)
{
    return !spec->no_header && strcasecmp(brasa__path_suffix(target->path), ".tbl") != 0;
}

static void setup(csv_writer *c, const brasa_write_spec *spec, const brasa_uri *target)
{
    c->delimiter = delimiter_of(spec, target);
    c->quote[(unsigned char)c->delimiter] = c->quote['"'] = c->quote['\n'] = c->quote['\r'] = true;
    c->null_text = spec->null_text == NULL ? "" : spec->null_text;
    c->null_len = strlen(c->null_text);
    c->bare_null = c->null_len == 0;
}

static bool needs_quotes(const csv_writer *c, const char *p, size_t n)
{
    if (n == 0) return true;
    if (n == c->null_len && memcmp(p, c->null_text, n) == 0) return true;
    for (size_t i = 0; i < n; i++)
        if (c->quote[(unsigned char)p[i]]) return true;
    return false;
}

/* Room for 2n + 2 bytes at `at`; returns what was written. */
static size_t put_text(const csv_writer *c, const char *p, size_t n, char *at)
{
    size_t m = 0;

    if (!needs_quotes(c, p, n)) {
        memcpy(at, p, n);
        return n;
    }
    at[m++] = '"';
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"') at[m++] = '"';
        at[m++] = p[i];
    }
    at[m++] = '"';
    return m;
}

static const char *header_text(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema)
{
    csv_writer c = {0};
    brasa_text t;

    brasa__text_init(&t, arena);
    if (!with_header(spec, target)) return t.s;
    setup(&c, spec, target);
    for (int32_t i = 0; i < schema.ncols; i++) {
        size_t n = strlen(schema.cols[i].name);
        char  *at = brasa__arena_alloc(arena, 2 * n + 2);

        if (i != 0) brasa__text_add_n(&t, &c.delimiter, 1);
        brasa__text_add_n(&t, at, put_text(&c, schema.cols[i].name, n, at));
    }
    brasa__text_add(&t, "\n");
    return t.s;
}

/* What is appended to must have the same columns: by name where there is a header, else as many. */
static brasa_status check_append(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                                 brasa_error *err)
{
    brasa_read_spec read = {
        .uri = target->path, .format = BRASA_FORMAT_CSV, .delimiter = delimiter_of(spec, target), .null_text = spec->null_text};
    brasa_table *old;

    read.header = with_header(spec, target) ? 1 : -1;
    BRASA_TRY(brasa__table_open(arena, &read, &old, err));
    if (old->schema.ncols != schema.ncols)
        return brasa__fail(err, BRASA_TYPE, "%s has %d columns, the rows to append have %d; write to another file", spec->uri,
                           old->schema.ncols, schema.ncols);
    for (int32_t i = 0; i < schema.ncols && with_header(spec, target); i++)
        if (strcasecmp(old->schema.cols[i].name, schema.cols[i].name) != 0)
            return brasa__fail(err, BRASA_TYPE, "column %d of %s is %s, that of the rows to append is %s; rename or reorder the columns",
                               i + 1, spec->uri, old->schema.cols[i].name, schema.cols[i].name);
    return BRASA_OK;
}

brasa_status brasa__csv_prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                                brasa_error *err)
{
    bool there;

    for (int32_t i = 0; i < schema.ncols; i++) {
        brasa_text t;

        if (!brasa__type_is_nested(schema.cols[i].type)) continue;
        brasa__text_init(&t, arena);
        brasa__type_text(schema.cols[i].type, &t);
        return brasa__fail(err, BRASA_UNSUPPORTED, "column %s is %s, which a CSV field cannot hold; cast it to STRING, or write JSON lines",
                           schema.cols[i].name, t.s);
    }
    BRASA_TRY(brasa__text_sink_prepare(arena, spec, target, &there, skip, err));
    if (there && !*skip && spec->mode == BRASA_SAVE_APPEND) {
        brasa_status status = check_append(arena, spec, target, schema, err);

        if (status != BRASA_OK) brasa__text_sink_rollback(arena, spec, target);
        return status;
    }
    return BRASA_OK;
}

brasa_status brasa__csv_writer_open(brasa_writer *w, brasa_error *err)
{
    brasa_text_sink *s;
    csv_writer      *c = BRASA_NEW(w->arena, csv_writer);

    BRASA_TRY(brasa__text_sink_open(w, &s, err));
    s->state = c;
    c->arena = w->arena;
    setup(c, &w->spec, &w->target);
    if (w->target.is_dir) { /* the part is a file that is read by itself */
        const char *header = header_text(w->arena, &w->spec, &w->target, w->schema);

        BRASA_TRY(brasa__text_sink_add(s, header, strlen(header), err));
    }
    return BRASA_OK;
}

/* The text of row `at` of a flat column, which is not null; in `out`, room for 64 bytes. */
static size_t value_text(const brasa_column *c, int32_t at, char *out)
{
    const void *v = c->values;

    switch (c->type.kind) {
    case BRASA_KIND_BOOL: memcpy(out, ((const uint8_t *)v)[at] ? "true" : "false", 5); return ((const uint8_t *)v)[at] ? 4 : 5;
    case BRASA_KIND_INT8: return brasa__format_i64(((const int8_t *)v)[at], out);
    case BRASA_KIND_INT16: return brasa__format_i64(((const int16_t *)v)[at], out);
    case BRASA_KIND_INT32: return brasa__format_i64(((const int32_t *)v)[at], out);
    case BRASA_KIND_INT64: return brasa__format_i64(((const int64_t *)v)[at], out);
    case BRASA_KIND_FLOAT32: return brasa__format_f32(((const float *)v)[at], out);
    case BRASA_KIND_FLOAT64: return brasa__format_f64(((const double *)v)[at], out);
    case BRASA_KIND_DECIMAL:
        return brasa__format_decimal(c->type.precision <= 18 ? ((const int64_t *)v)[at] : ((const brasa_int128 *)v)[at], c->type.scale,
                                     out);
    case BRASA_KIND_DATE: return brasa__format_date(((const int32_t *)v)[at], out);
    case BRASA_KIND_TIMESTAMP: return brasa__format_timestamp_zoned(((const int64_t *)v)[at], out);
    case BRASA_KIND_TIMESTAMP_NTZ: return brasa__format_timestamp_ntz(((const int64_t *)v)[at], out);
    case BRASA_KIND_TIME: return brasa__format_time(((const int64_t *)v)[at], out);
    case BRASA_KIND_NULL:
    case BRASA_KIND_INTERVAL:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY:
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR:
    case BRASA_KIND_STRUCT:
    case BRASA_KIND_MAP:
    case BRASA_KIND_COUNT: break;
    }
    return 0;
}

static brasa_status put_general(brasa_text_sink *s, const csv_writer *c, const brasa_column *col, int32_t at, brasa_error *err)
{
    brasa_arena *tmp = brasa__arena_new(c->arena, "field");
    brasa_value  v = brasa__column_value(col, at, tmp);
    brasa_text   t;
    char        *out;
    brasa_status status;

    brasa__text_init(&t, tmp);
    brasa__value_text(&v, &t);
    status = brasa__text_sink_room(s, 2 * t.len + 2, &out, err);
    if (status == BRASA_OK) s->used += put_text(c, t.s, t.len, out);
    brasa__arena_free(tmp);
    return status;
}

static brasa_status put_field(brasa_text_sink *s, const csv_writer *c, const brasa_column *column, int32_t row, brasa_error *err)
{
    int32_t             at;
    const brasa_column *col = brasa__text_cell(column, row, &at);
    char               *out;
    char                text[64];

    if (!brasa_column_is_valid(column, row) || col->type.kind == BRASA_KIND_NULL)
        return brasa__text_sink_add(s, c->null_text, c->null_len, err);
    if (col->type.kind == BRASA_KIND_STRING || col->type.kind == BRASA_KIND_BINARY) {
        const brasa_string *v = (const brasa_string *)col->values + at;

        BRASA_TRY(brasa__text_sink_room(s, 2 * (size_t)v->len + 2, &out, err));
        s->used += put_text(c, brasa_string_data(v), v->len, out);
        return BRASA_OK;
    }
    if (col->type.kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(col->type)) return put_general(s, c, col, at, err);
    BRASA_TRY(brasa__text_sink_room(s, 130, &out, err));
    if (c->bare_null && c->delimiter != '.' && c->delimiter != '-' && c->delimiter != ' ' && c->delimiter != ':') {
        s->used += value_text(col, at, out);
    } else {
        s->used += put_text(c, text, value_text(col, at, text), out);
    }
    return BRASA_OK;
}

brasa_status brasa__csv_writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err)
{
    brasa_text_sink  *s = w->state;
    const csv_writer *c = s->state;
    int32_t           n = in->sel == NULL ? in->rows : in->nsel;

    for (int32_t i = 0; i < n; i++) {
        int32_t row = in->sel == NULL ? i : in->sel[i];

        for (int32_t k = 0; k < in->ncols; k++) {
            if (k != 0) BRASA_TRY(brasa__text_sink_add(s, &c->delimiter, 1, err));
            BRASA_TRY(put_field(s, c, &in->cols[k], row, err));
        }
        BRASA_TRY(brasa__text_sink_add(s, "\n", 1, err));
    }
    return BRASA_OK;
}

brasa_status brasa__csv_commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                               const brasa_part_info *parts, int32_t nparts, brasa_error *err)
{
    return brasa__text_sink_commit(arena, spec, target, header_text(arena, spec, target, schema), parts, nparts, err);
}
