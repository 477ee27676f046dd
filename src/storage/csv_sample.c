/* csv_sample.c -- look at the files of a CSV table before its schema is known.
 *
 * Files that together have at most 4 MiB are looked at whole; else the beginning of each and pieces from the middle and the end, because the
 * first fraction or the first missing value of a column may come late.
 */
#include "storage/csv_sample.h"

#include <string.h>

#include "storage/infer.h"

enum { SMALL = 4 << 20, HEAD = 256 << 10, PIECE = 64 << 10, PIECES = 8 };

typedef struct {
    brasa_text_source source;
    brasa_text_window window;
} open_file;

static void close_file(void *arg)
{
    open_file *f = arg;

    brasa__text_window_free(&f->window);
    brasa__text_source_close(&f->source);
}

static open_file *hold_file(brasa_arena *arena)
{
    open_file *f = BRASA_NEW(arena, open_file);

    f->source.fd = -1;
    brasa__arena_defer(arena, close_file, f);
    return f;
}

static const char *copy_field(brasa_csv_sample *s, const char *data, brasa_csv_field f)
{
    size_t      n;
    char       *scratch;
    const char *p;

    if (brasa__csv_is_null(s->dialect, data, f)) return NULL;
    scratch = brasa__arena_alloc(s->arena, (f.length & BRASA_CSV_LENGTH) + 1);
    p = brasa__csv_unescape(s->dialect, data, f, scratch, &n);
    return brasa__arena_strndup(s->arena, p, n);
}

static void keep_head(brasa_csv_sample *s, brasa_csv_head *h, const char *data, const brasa_csv_field *fields, int32_t n)
{
    h->nfields = n;
    h->fields = BRASA_NEWS(s->arena, const char *, n);
    for (int32_t i = 0; i < n; i++) h->fields[i] = copy_field(s, data, fields[i]);
    h->trailing = n > 1 && fields[n - 1].length == 0;
}

static bool blank(const brasa_csv_field *fields, int32_t n)
{
    return n == 1 && fields[0].length == 0;
}

/* The first record that is not an empty line; the window grows until it holds one. */
static brasa_status read_head(brasa_csv_sample *s, open_file *f, brasa_csv_head *h, brasa_error *err)
{
    brasa_csv_field *fields = NULL;
    int32_t          cap = 0;

    BRASA_TRY(brasa__text_window_slide(&f->window, 0, err));
    for (;;) {
        brasa_csv_cursor  c;
        brasa_csv_outcome o;
        int32_t           n = 0;

        brasa__csv_cursor_init(&c, s->dialect, f->window.data, f->window.len, brasa__text_window_last(&f->window));
        while ((o = brasa__csv_record(&c, fields, cap, &n)) == BRASA_CSV_RECORD) {
            if (n > cap) { /* again, with room for all */
                fields = brasa__arena_grow(s->arena, fields, &cap, n, sizeof *fields);
                brasa__csv_cursor_init(&c, s->dialect, f->window.data, f->window.len, brasa__text_window_last(&f->window));
                continue;
            }
            if (blank(fields, n)) continue;
            keep_head(s, h, f->window.data, fields, n);
            h->next = f->window.base + (int64_t)c.pos;
            return BRASA_OK;
        }
        if (o == BRASA_CSV_END) {
            h->empty = true;
            h->next = f->window.end;
            return BRASA_OK;
        }
        if (o != BRASA_CSV_INCOMPLETE)
            return brasa__fail(err, BRASA_DATA, "%s:1: %s in the first record; check the delimiter and the quotes", f->source.file->path,
                               o == BRASA_CSV_UNCLOSED ? "a quote is never closed" : "text after a closing quote");
        BRASA_TRY(brasa__text_window_slide(&f->window, 0, err));
    }
}

brasa_status brasa__csv_sample_skip(brasa_arena *arena, const brasa_text_file *file, int64_t lines, int64_t *start, brasa_error *err)
{
    open_file *f = hold_file(arena);

    BRASA_TRY(brasa__text_source_open(&f->source, file, err));
    brasa__text_window_init(&f->window, &f->source, file->start, file->bytes, PIECE);
    BRASA_TRY(brasa__text_window_slide(&f->window, 0, err));
    for (size_t at = 0; lines > 0 && f->window.len > 0;) {
        const char *end = memchr(f->window.data + at, '\n', f->window.len - at);

        if (end != NULL) {
            at = (size_t)(end - f->window.data) + 1;
            *start = f->window.base + (int64_t)at;
            lines--;
        } else if (brasa__text_window_last(&f->window)) {
            *start = file->bytes;
            break;
        } else {
            BRASA_TRY(brasa__text_window_slide(&f->window, f->window.len, err));
            at = 0;
        }
    }
    close_file(f);
    return BRASA_OK;
}

brasa_status brasa__csv_sample_heads(brasa_csv_sample *s, brasa_error *err)
{
    s->heads = BRASA_NEWS(s->arena, brasa_csv_head, s->files->count);
    for (int32_t i = 0; i < s->files->count; i++) {
        const brasa_text_file *file = &s->files->items[i];
        open_file             *f = hold_file(s->arena);

        BRASA_TRY(brasa__text_source_open(&f->source, file, err));
        brasa__text_window_init(&f->window, &f->source, file->start, file->bytes, PIECE);
        BRASA_TRY(read_head(s, f, &s->heads[i], err));
        close_file(f);
    }
    return BRASA_OK;
}

static void add_record(brasa_csv_sample *s, const char *data, const brasa_csv_field *fields, int32_t n, brasa_text *scratch)
{
    if (n != s->nfields) {
        s->ragged++;
        if (n > s->nfields && s->dialect->lenient) n = s->nfields;
        if (n != s->nfields - 1 && (!s->dialect->pad || n > s->nfields) && !s->dialect->lenient) return; /* the scan will say so */
        s->all_trailing = false;
    } else if (fields[n - 1].length != 0) {
        s->all_trailing = false;
    }
    for (int32_t i = 0; i < n; i++) {
        size_t      len = fields[i].length & BRASA_CSV_LENGTH;
        char        number[BRASA_CSV_NUMBER];
        const char *p;

        if (len == 0 || brasa__csv_is_null(s->dialect, data, fields[i])) continue;
        if ((fields[i].length & BRASA_CSV_ESCAPED) != 0 && scratch->cap <= len) brasa__text_add_n(scratch, data + fields[i].offset, len);
        p = brasa__csv_unescape(s->dialect, data, fields[i], scratch->s, &len);
        if (!brasa__csv_point(s->dialect, &p, &len, number)) p = data + fields[i].offset;
        s->could_be[i] = brasa__infer_add(s->could_be[i], p, len);
        scratch->len = 0;
    }
    s->records++;
}

/* The records that begin in [from, to). */
static brasa_status sample_piece(brasa_csv_sample *s, open_file *f, int64_t from, int64_t to, brasa_csv_field *fields, brasa_text *scratch,
                                 brasa_error *err)
{
    int64_t          known = s->heads[f->source.file - s->files->items].next; /* a record begins here for sure */
    int64_t          end = to + PIECE < f->source.file->bytes ? to + PIECE : f->source.file->bytes;
    brasa_csv_cursor c;
    int32_t          n;
    size_t           first;

    if (from != known) BRASA_TRY(brasa__csv_boundary(s->dialect, s->nfields, &f->source, from, &f->window, &from, err));
    if (from >= end) return BRASA_OK;
    brasa__text_window_init(&f->window, &f->source, from, end, (size_t)(end - from));
    BRASA_TRY(brasa__text_window_slide(&f->window, 0, err));
    brasa__csv_cursor_init(&c, s->dialect, f->window.data, f->window.len, end == f->source.file->bytes);
    for (first = c.pos; from + (int64_t)c.pos < to; first = c.pos) {
        if (brasa__csv_record(&c, fields, s->nfields + 1, &n) != BRASA_CSV_RECORD) break;
        if (blank(fields, n)) continue;
        add_record(s, f->window.data, fields, n, scratch);
        s->bytes += (int64_t)(c.pos - first);
    }
    brasa__text_window_free(&f->window);
    return BRASA_OK;
}

static brasa_status sample_file(brasa_csv_sample *s, int32_t i, bool whole, brasa_csv_field *fields, brasa_text *scratch, brasa_error *err)
{
    const brasa_text_file *file = &s->files->items[i];
    open_file             *f = hold_file(s->arena);
    int64_t                from = s->heads[i].next;

    if (from >= file->bytes) return BRASA_OK;
    BRASA_TRY(brasa__text_source_open(&f->source, file, err));
    if (whole) {
        BRASA_TRY(sample_piece(s, f, from, file->bytes, fields, scratch, err));
    } else {
        int64_t head = HEAD / s->files->count > PIECE / 4 ? HEAD / s->files->count : PIECE / 4;

        BRASA_TRY(sample_piece(s, f, from, from + head < file->bytes ? from + head : file->bytes, fields, scratch, err));
        for (int64_t k = 1; k <= PIECES && s->files->count <= 64; k++) {
            int64_t at = from + head + (file->bytes - from - head - PIECE) / PIECES * k;

            if (at > from + head && at < file->bytes)
                BRASA_TRY(sample_piece(s, f, at, at + PIECE < file->bytes ? at + PIECE : file->bytes, fields, scratch, err));
        }
    }
    close_file(f);
    return BRASA_OK;
}

brasa_status brasa__csv_sample_types(brasa_csv_sample *s, brasa_error *err)
{
    brasa_csv_field *fields = BRASA_NEWS(s->arena, brasa_csv_field, s->nfields + 1);
    bool             whole = brasa__text_files_bytes(s->files) <= SMALL;
    brasa_text       scratch;

    brasa__text_init(&scratch, s->arena);
    s->could_be = BRASA_NEWS(s->arena, uint32_t, s->nfields + 1);
    for (int32_t i = 0; i < s->nfields; i++) s->could_be[i] = BRASA_INFER_ANY;
    s->all_trailing = true;
    for (int32_t i = 0; i < s->files->count; i++) {
        s->all_trailing = s->all_trailing && (s->heads[i].empty || s->heads[i].trailing);
        BRASA_TRY(sample_file(s, i, whole, fields, &scratch, err));
    }
    return BRASA_OK;
}
