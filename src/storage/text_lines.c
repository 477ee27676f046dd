/* text_lines.c -- files of lines as a table of one STRING column, `value`.
 *
 * A line ends with LF or CRLF, which are not part of it.  A line belongs to the byte range in which it begins, so ranges need to
 * look back one byte only.  Bytes that are not UTF-8 are an error when schema says STRING; declare `value BINARY` to take them.
 */
#include <string.h>

#include "base/config.h"
#include "data/type.h"
#include "storage/format.h"
#include "storage/text_build.h"
#include "storage/text_reader.h"
#include "storage/text_sink.h"
#include "storage/text_utf8.h"

static brasa_status open_table(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                               brasa_table *t, brasa_error *err)
{
    brasa_text_files *l = BRASA_NEW(arena, brasa_text_files);
    brasa_field      *col = BRASA_NEW(arena, brasa_field);

    (void)uri;
    *col = (brasa_field) {.name = "value", .type = brasa__type(BRASA_KIND_STRING)};
    t->schema = (brasa_schema) {.ncols = 1, .cols = col};
    if (spec->schema != NULL && spec->schema[0] != '\0') {
        BRASA_TRY(brasa__schema_parse(arena, spec->schema, &t->schema, err));
        if (t->schema.ncols != 1 || (t->schema.cols[0].type.kind != BRASA_KIND_STRING && t->schema.cols[0].type.kind != BRASA_KIND_BINARY))
            return brasa__fail(err, BRASA_INVALID, "%s: text lines have one column, STRING or BINARY; for more, name the format csv",
                               spec->uri);
    }
    l->recode.encoding = spec->encoding;
    BRASA_TRY(brasa__text_files_make(arena, files, nfiles, spec->partition_bytes, l, err));
    t->layout = l;
    t->rows = brasa__text_files_bytes(l) == 0 ? 0 : -1;
    t->rows_estimate = (double)brasa__text_files_bytes(l) / 64;
    t->bytes = brasa__text_files_disk(l);
    t->nparts = brasa__text_partitions(l);
    t->stats = BRASA_NEW(arena, brasa_column_stats);
    t->stats[0] = (brasa_column_stats) {.nulls = 0, .bytes = 64};
    return BRASA_OK;
}

static void put_layout(brasa_wire *w, const brasa_table *t)
{
    brasa__text_files_put(w, t->layout);
}

static void get_layout(brasa_reader *r, brasa_arena *arena, brasa_table *t)
{
    brasa_text_files *l = BRASA_NEW(arena, brasa_text_files);

    brasa__text_files_get(r, arena, l);
    if (!r->bad && t->nparts != brasa__text_partitions(l)) r->bad = true;
    t->layout = l;
}

/* --- scan */

typedef struct {
    brasa_part_lines lines;
    brasa_build      build;
    bool             utf8; /* the column is STRING */
} line_scan;

static brasa_status shared_open(brasa_scan_shared *s, brasa_error *err)
{
    (void)s;
    (void)err;
    return BRASA_OK;
}

static brasa_status scan_open(brasa_scan *scan, brasa_error *err)
{
    (void)err;
    line_scan              *s = BRASA_NEW(scan->arena, line_scan);
    const brasa_text_files *files = scan->shared->table->layout;
    brasa_type             *types = BRASA_NEWS(scan->arena, brasa_type, scan->shared->ncols + 1);
    brasa_type              type = scan->shared->table->schema.cols[0].type;

    scan->state = s;
    for (int32_t i = 0; i < scan->shared->ncols; i++) types[i] = type;
    s->utf8 = scan->shared->ncols > 0 && type.kind == BRASA_KIND_STRING;
    brasa__build_init(&s->build, scan->arena, types, scan->shared->ncols);
    brasa__part_lines_init(&s->lines, scan->arena, files, scan->partition);
    scan->shared->bytes_read += brasa__text_part_bytes(files, &s->lines.part);
    return BRASA_OK;
}

static brasa_status add_line(line_scan *s, const brasa_line *line, brasa_error *err)
{
    if (s->utf8 && !brasa__text_is_utf8(line->text, line->len))
        return brasa__fail(err, BRASA_DATA,
                           "%s:%lld: bytes that are not UTF-8; convert the file (iconv -f LATIN1 -t UTF-8), or declare value BINARY",
                           s->lines.lines->source.file->path, (long long)brasa__text_source_line(&s->lines.lines->source, line->offset));
    for (int32_t c = 0; c < s->build.ncols; c++)
        ((brasa_string *)s->build.cols[c].values->data)[s->build.rows] = brasa__build_string(&s->build, line->text, line->len);
    s->build.rows++;
    return BRASA_OK;
}

static brasa_status scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err)
{
    line_scan *s = scan->state;

    *block = NULL;
    brasa__build_begin(&s->build, (int32_t)((brasa__setting_int(BRASA_SET_BLOCK_ROWS) + 63) / 64 * 64));
    while (s->build.rows < s->build.cap) {
        brasa_line line;

        BRASA_TRY(brasa__part_lines_next(&s->lines, &line, err));
        if (line.text == NULL) break;
        BRASA_TRY(add_line(s, &line, err));
    }
    *block = brasa__build_finish(&s->build);
    return BRASA_OK;
}

/* --- writing */

static brasa_status prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                            brasa_error *err)
{
    bool there;

    if (schema.ncols != 1 || (schema.cols[0].type.kind != BRASA_KIND_STRING && schema.cols[0].type.kind != BRASA_KIND_BINARY))
        return brasa__fail(err, BRASA_UNSUPPORTED,
                           "%s: text lines hold one STRING column, this table has %d columns%s; select or concat one, or write CSV",
                           spec->uri, schema.ncols, schema.ncols == 1 ? " of another type" : "");
    return brasa__text_sink_prepare(arena, spec, target, &there, skip, err);
}

static brasa_status writer_open(brasa_writer *w, brasa_error *err)
{
    brasa_text_sink *s;

    return brasa__text_sink_open(w, &s, err);
}

/* A null is an empty line; a string with a line feed in it could not be read back. */
static brasa_status writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err)
{
    brasa_text_sink *s = w->state;
    int32_t          n = in->sel == NULL ? in->rows : in->nsel;

    for (int32_t i = 0; i < n; i++) {
        int32_t             row = in->sel == NULL ? i : in->sel[i], at;
        const brasa_column *c = brasa__text_cell(&in->cols[0], row, &at);
        const brasa_string *v = (const brasa_string *)c->values + at;

        if (brasa_column_is_valid(&in->cols[0], row)) {
            if (memchr(brasa_string_data(v), '\n', v->len) != NULL)
                return brasa__fail(err, BRASA_DATA, "%s: a value of column %s holds a line feed; replace it, or write CSV", w->spec.uri,
                                   w->schema.cols[0].name);
            BRASA_TRY(brasa__text_sink_add(s, brasa_string_data(v), v->len, err));
        }
        BRASA_TRY(brasa__text_sink_add(s, "\n", 1, err));
    }
    return BRASA_OK;
}

static brasa_status commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                           const brasa_part_info *parts, int32_t nparts, brasa_error *err)
{
    (void)schema;
    return brasa__text_sink_commit(arena, spec, target, "", parts, nparts, err);
}

static const char *const suffixes[] = {".txt", ".text", ".log", NULL};

const brasa_format_class brasa__text_class = {
    .format = BRASA_FORMAT_TEXT,
    .name = "text",
    .suffixes = suffixes,
    .open = open_table,
    .put_layout = put_layout,
    .get_layout = get_layout,
    .shared_open = shared_open,
    .scan_open = scan_open,
    .scan_next = scan_next,
    .prepare = prepare,
    .writer_open = writer_open,
    .writer_push = writer_push,
    .writer_close = brasa__text_sink_close,
    .commit = commit,
    .rollback = brasa__text_sink_rollback,
};
