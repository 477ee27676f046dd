/* csv_scan.c -- one partition of a CSV table as blocks.
 *
 * A partition is read as a file of its own, from the first record that begins in its byte range to the first that begins in the next.
 * Records are cut a few thousand fields at a time, then converted column by column, for the columns asked for only.  With skip_bad
 * all columns are converted, so that which records are bad does not depend on the query.
 */
#include <string.h>

#include "base/config.h"
#include "base/log.h"
#include "data/type.h"
#include "storage/csv_convert.h"
#include "storage/csv_format.h"

enum { WINDOW = 1 << 20, FIELDS = 16384, BLOCK_BYTES = 64 << 20, SHOWN = 60 };

typedef struct {
    const brasa_csv_layout *layout;
    const brasa_table      *table;
    brasa_text_source       source;
    brasa_text_window       window;
    brasa_csv_cursor        cursor;
    brasa_build             build;
    int32_t                 ncols;
    const int32_t          *cols;      /* of the schema, that are converted */
    size_t                  row_width; /* bytes of a row in the build */
    brasa_csv_field        *fields;    /* [batch * stride] */
    bool                   *keep;      /* [batch], with skip_bad */
    int32_t                 stride;
    int32_t                 batch; /* most records cut at a time */
    brasa_text              scratch;
    int64_t                 bad;
    brasa_text_part         part;
    int32_t                 next; /* range of the part to be opened next */
    int64_t                 left; /* bytes of the ranges not opened yet */
    bool                    open, done;
} csv_scan;

/* Why records stopped coming. */
typedef enum { STOP_FULL, STOP_MORE, STOP_END, STOP_BAD } stop;

static void close_scan(void *arg)
{
    csv_scan *s = arg;

    brasa__text_window_free(&s->window);
    brasa__text_source_close(&s->source);
}

static int32_t round64(int64_t n)
{
    return (int32_t)((n + 63) / 64 * 64);
}

static void choose_columns(brasa_scan *scan, csv_scan *s)
{
    const brasa_table *t = s->table;
    brasa_type        *types = BRASA_NEWS(scan->arena, brasa_type, t->schema.ncols + scan->shared->ncols + 1);

    s->ncols = scan->shared->ncols;
    s->cols = scan->shared->cols;
    if (s->layout->dialect.skip_bad) { /* those asked for first, then the others */
        int32_t *all = BRASA_NEWS(scan->arena, int32_t, s->ncols + t->schema.ncols + 1);

        memcpy(all, s->cols, sizeof *all * (size_t)s->ncols);
        for (int32_t c = 0; c < t->schema.ncols; c++) {
            bool asked = false;

            for (int32_t i = 0; i < scan->shared->ncols; i++) asked = asked || scan->shared->cols[i] == c;
            if (!asked) all[s->ncols++] = c;
        }
        s->cols = all;
    }
    for (int32_t i = 0; i < s->ncols; i++) types[i] = t->schema.cols[s->cols[i]].type;
    brasa__build_init(&s->build, scan->arena, types, s->ncols);
    s->build.nout = scan->shared->ncols; /* with skip_bad the others are only tried */
    for (int32_t i = 0; i < s->ncols; i++) s->row_width += s->build.cols[i].width;
}

/* Open the next range, if there is one: from the first record that begins in it to the first that does not. */
static brasa_status open_range(brasa_scan *scan, csv_scan *s, brasa_error *err)
{
    const brasa_csv_layout *l = s->layout;
    brasa_text_range        range;
    int64_t                 from, to;

    s->open = false;
    s->done = s->next >= s->part.files;
    if (s->done) return BRASA_OK;
    close_scan(s);
    range = brasa__text_part_range(&l->files, &s->part, s->next++);
    s->left -= range.to - range.from;
    to = range.to;
    BRASA_TRY(brasa__text_source_open(&s->source, &l->files.items[range.file], err));
    BRASA_TRY(brasa__csv_boundary(&l->dialect, l->nfields, &s->source, range.from, &s->window, &from, err));
    if (to < s->source.file->bytes) BRASA_TRY(brasa__csv_boundary(&l->dialect, l->nfields, &s->source, to, &s->window, &to, err));
    if (from >= to) return BRASA_OK;
    brasa__text_window_init(&s->window, &s->source, from, to, WINDOW);
    BRASA_TRY(brasa__text_window_slide(&s->window, 0, err));
    brasa__csv_cursor_init(&s->cursor, &l->dialect, s->window.data, s->window.len, brasa__text_window_last(&s->window));
    scan->shared->bytes_read += to - from;
    s->open = true;
    return BRASA_OK;
}

brasa_status brasa__csv_scan_open(brasa_scan *scan, brasa_error *err)
{
    csv_scan          *s = BRASA_NEW(scan->arena, csv_scan);
    const brasa_table *t = scan->shared->table;

    scan->state = s;
    s->table = t;
    s->layout = t->layout;
    s->source.fd = -1;
    brasa__arena_defer(scan->arena, close_scan, s);
    s->part = brasa__text_partition(&s->layout->files, scan->partition);
    s->left = brasa__text_part_bytes(&s->layout->files, &s->part);
    choose_columns(scan, s);
    s->stride = s->layout->nfields + (s->layout->dialect.trailing ? 1 : 0);
    s->batch = FIELDS / s->stride < 64 ? 64 : FIELDS / s->stride;
    s->fields = BRASA_NEWS(scan->arena, brasa_csv_field, (int64_t)s->batch * s->stride);
    s->keep = BRASA_NEWS(scan->arena, bool, s->batch);
    brasa__text_init(&s->scratch, scan->arena);
    return open_range(scan, s, err);
}

static long long line_of(const csv_scan *s, size_t offset)
{
    return (long long)brasa__text_source_line(&s->source, s->window.base + (int64_t)offset);
}

/* --- cutting */

static brasa_status bad_record(const csv_scan *s, brasa_csv_outcome o, int32_t count, size_t at, brasa_error *err)
{
    const char *path = s->source.file->path;
    long long   line = line_of(s, at);

    switch (o) {
    case BRASA_CSV_AFTER_QUOTE:
        return brasa__fail(err, BRASA_DATA, "%s:%lld: text after a closing quote; a quote inside a quoted field is written twice", path,
                           line);
    case BRASA_CSV_UNCLOSED:
        return brasa__fail(err, BRASA_DATA, "%s:%lld: a quote opens a field and is never closed%s", path, line,
                           s->window.end < s->source.file->bytes ? " (if it is, further down, read with a larger partition size)" : "");
    case BRASA_CSV_RECORD:
    case BRASA_CSV_END:
    case BRASA_CSV_INCOMPLETE: break;
    }
    return brasa__fail(err, BRASA_DATA,
                       "%s:%lld: %d fields where %d are expected; quote fields that hold the delimiter '%c', or skip bad records", path,
                       line, count, s->layout->nfields, s->layout->dialect.delimiter);
}

static bool is_blank(const csv_scan *s, const brasa_csv_field *f, int32_t count)
{
    return count == 1 && f->length == 0 && s->layout->nfields > 1;
}

/* Has the record all fields, or could it be made to? */
static bool is_whole(const csv_scan *s, brasa_csv_field *f, int32_t count)
{
    if (count == s->layout->nfields) return true;
    if (count > s->layout->nfields && s->layout->dialect.lenient) return true;
    if (count < s->layout->nfields && s->layout->dialect.pad && !is_blank(s, f, count)) {
        for (int32_t i = count; i < s->stride; i++) f[i] = (brasa_csv_field) {.offset = f[0].offset, .length = BRASA_CSV_MISSING};
        return true;
    }
    return s->layout->dialect.trailing && count == s->stride && f[count - 1].length == 0;
}

/* An open quote would swallow what is left: leave out its first line only. */
static void pass_line(csv_scan *s)
{
    const brasa_csv_cursor *c = &s->cursor;
    const char             *nl = memchr(c->data + c->pos, '\n', c->len - c->pos);

    brasa__csv_cursor_seek(&s->cursor, nl == NULL ? c->len : (size_t)(nl - c->data) + 1);
}

/* Up to `want` records into s->fields.  STOP_BAD: the error is set. */
static stop cut_records(csv_scan *s, int32_t want, int32_t *got, brasa_error *err)
{
    int32_t n = 0, count;
    stop    why = STOP_FULL;

    while (n < want) {
        brasa_csv_field *f = &s->fields[(int64_t)n * s->stride];
        brasa__csv_skip_comments(&s->cursor);
        size_t            at = s->cursor.pos;
        brasa_csv_outcome o = brasa__csv_record(&s->cursor, f, s->stride, &count);

        if (o == BRASA_CSV_RECORD && is_whole(s, f, count)) {
            n++;
            continue;
        }
        if (o == BRASA_CSV_RECORD && is_blank(s, f, count)) continue;
        if (o == BRASA_CSV_END || o == BRASA_CSV_INCOMPLETE) {
            why = o == BRASA_CSV_END ? STOP_END : STOP_MORE;
            break;
        }
        if (!s->layout->dialect.skip_bad) {
            bad_record(s, o, count, at, err);
            why = STOP_BAD;
            break;
        }
        s->bad++;
        if (o == BRASA_CSV_UNCLOSED) pass_line(s);
    }
    *got = n;
    return why;
}

/* --- converting */

static brasa_status bad_value(const csv_scan *s, int32_t col, brasa_csv_field f, brasa_error *err)
{
    const brasa_field *field = &s->table->schema.cols[s->cols[col]];
    brasa_text         t;
    int                shown = (int)(f.length & BRASA_CSV_LENGTH);

    brasa__text_init(&t, s->scratch.arena);
    brasa__type_text(field->type, &t);
    if (field->type.kind == BRASA_KIND_STRING)
        return brasa__fail(err, BRASA_DATA,
                           "%s:%lld: column %s holds bytes that are not UTF-8; convert the file (iconv -f LATIN1 -t UTF-8)",
                           s->source.file->path, line_of(s, f.offset), field->name);
    return brasa__fail(err, BRASA_DATA, "%s:%lld: '%.*s%s' is not %s; declare column %s as STRING", s->source.file->path,
                       line_of(s, f.offset), shown > SHOWN ? SHOWN : shown, s->window.data + f.offset, shown > SHOWN ? "..." : "", t.s,
                       field->name);
}

static brasa_status convert_strictly(csv_scan *s, int32_t rows, brasa_error *err)
{
    const brasa_csv_layout *l = s->layout;
    int32_t                 good = rows, where = -1;

    for (int32_t c = 0; c < s->ncols; c++) {
        const brasa_csv_field *f = s->fields + l->field[s->cols[c]];
        int32_t                n = brasa__csv_convert(&s->build, c, &l->dialect, s->window.data, f, s->stride, 0, good, &s->scratch);

        if (n == good) continue;
        good = n;
        where = c;
    }
    if (where < 0) {
        s->build.rows += rows;
        return BRASA_OK;
    }
    return bad_value(s, where, s->fields[(int64_t)good * s->stride + l->field[s->cols[where]]], err);
}

/* What does not fit its type is null. */
static void convert_leniently(csv_scan *s, int32_t rows)
{
    const brasa_csv_layout *l = s->layout;

    for (int32_t c = 0; c < s->ncols; c++) {
        const brasa_csv_field *f = s->fields + l->field[s->cols[c]];

        for (int32_t n = 0; n < rows; n++) {
            n = brasa__csv_convert(&s->build, c, &l->dialect, s->window.data, f, s->stride, n, rows, &s->scratch);
            if (n < rows) brasa__build_null(&s->build, c, s->build.rows + n);
        }
    }
    s->build.rows += rows;
}

static void convert_and_drop(csv_scan *s, int32_t rows)
{
    const brasa_csv_layout *l = s->layout;
    int32_t                 from = s->build.rows;
    int64_t                 bad = 0;

    memset(s->keep, 1, (size_t)rows);
    for (int32_t c = 0; c < s->ncols; c++) {
        const brasa_csv_field *f = s->fields + l->field[s->cols[c]];

        for (int32_t n = 0; n < rows; n++) {
            n = brasa__csv_convert(&s->build, c, &l->dialect, s->window.data, f, s->stride, n, rows, &s->scratch);
            if (n == rows) break;
            memset((char *)s->build.cols[c].values->data + (size_t)(from + n) * s->build.cols[c].width, 0, s->build.cols[c].width);
            s->keep[n] = false;
        }
    }
    for (int32_t n = 0; n < rows; n++) bad += !s->keep[n];
    s->build.rows += rows;
    if (bad != 0) brasa__build_drop(&s->build, from, s->keep);
    s->bad += bad;
}

static brasa_status convert(csv_scan *s, int32_t rows, brasa_error *err)
{
    if (rows == 0) return BRASA_OK;
    if (!s->layout->dialect.skip_bad && !s->layout->dialect.lenient) return convert_strictly(s, rows, err);
    if (s->layout->dialect.lenient)
        convert_leniently(s, rows);
    else
        convert_and_drop(s, rows);
    return BRASA_OK;
}

/* --- blocks */

/* As many rows as a block has, but no more than the rest of the partition can hold, nor than fit a bounded room. */
static int32_t block_rows(const csv_scan *s)
{
    int64_t left = s->left + (s->open ? s->window.end - s->window.base - (int64_t)s->cursor.pos : 0);
    int64_t rows = brasa__setting_int(BRASA_SET_BLOCK_ROWS);
    int64_t fit = BLOCK_BYTES / (int64_t)(s->row_width + 1);

    if (rows > left / s->layout->nfields + 1) rows = left / s->layout->nfields + 1;
    if (rows > fit) rows = fit;
    return round64(rows < 1 ? 1 : rows);
}

/* One step: a batch of records, more text, or the next range. */
static brasa_status step(brasa_scan *scan, csv_scan *s, brasa_error *err)
{
    int32_t room = s->build.cap - s->build.rows, got = 0;
    stop    why;

    if (!s->open) return open_range(scan, s, err);
    why = cut_records(s, room < s->batch ? room : s->batch, &got, err);
    BRASA_TRY(convert(s, got, err));
    switch (why) {
    case STOP_FULL: return BRASA_OK;
    case STOP_BAD: return BRASA_DATA;
    case STOP_END: return open_range(scan, s, err);
    case STOP_MORE: break;
    }
    BRASA_TRY(brasa__text_window_slide(&s->window, s->cursor.pos, err));
    brasa__csv_cursor_init(&s->cursor, &s->layout->dialect, s->window.data, s->window.len, brasa__text_window_last(&s->window));
    return BRASA_OK;
}

brasa_status brasa__csv_scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err)
{
    csv_scan *s = scan->state;

    *block = NULL;
    while (!s->done && *block == NULL) {
        brasa__build_begin(&s->build, block_rows(s));
        while (!s->done && s->build.rows < s->build.cap) BRASA_TRY(step(scan, s, err));
        *block = brasa__build_finish(&s->build);
    }
    if (*block != NULL || s->bad == 0) return BRASA_OK;
    scan->shared->bad_records += s->bad;
    brasa__log(BRASA_LOG_WARN, "%s: left out %lld malformed records", s->table->uri, (long long)s->bad);
    s->bad = 0;
    return BRASA_OK;
}
