/* csv_boundary.c -- where the first record at or after a byte begins.
 *
 * A line feed inside quotes is data, so the answer hangs on whether the byte is inside quotes, which only all that comes before
 * tells for sure.  Reading all that for each partition would make the scan serial.  So both cases are tried on a window behind the
 * byte: the wrong one soon meets text after a closing quote, a wrong number of fields, or no closing quote at all (Ge, Li, Eilebrecht,
 * Chandramouli, Kossmann: Speculative Distributed CSV Data Parsing, SIGMOD 2019).  If windows up to 4 MiB do not tell, the file
 * is read from its top.  A partition is then read as a file of its own, from its boundary to the next one's: had a guess been wrong,
 * a quote would stay open at its end, which is an error.  So the result is right, or an error; never wrong.
 */
#include <string.h>

#include "storage/csv.h"

enum { FIRST_WINDOW = 64 << 10, LAST_WINDOW = 4 << 20, EXACT_WINDOW = 1 << 20, PROOF_RECORDS = 256, FEW = 64 };

typedef struct {
    bool    found;   /* a record begins at `at` */
    bool    to_end;  /* no record begins before the file ends */
    size_t  at;      /* in the window */
    int     quality; /* 0: malformed; 1: quotes inside plain fields; 2: nothing to complain of */
    int32_t records; /* whole ones that follow */
} guess;

typedef struct {
    const brasa_csv_dialect *d;
    int32_t                  nfields;
    const char              *data;
    size_t                   len;
    bool                     last; /* the window ends with the file */
} window;

/* Quotes inside a field that does not begin with one: allowed, but a sign that something is wrong. */
static bool has_bare_quote(const window *w, const brasa_csv_field *fields, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        if ((fields[i].length & BRASA_CSV_QUOTED) == 0 && memchr(w->data + fields[i].offset, w->d->quote, fields[i].length) != NULL)
            return true;
    }
    return false;
}

static bool right_count(const window *w, int32_t n, const brasa_csv_field *fields)
{
    if (n == 1 && fields[0].length == 0) return true; /* an empty line */
    if (w->d->trailing && n == w->nfields + 1) return true;
    if (w->d->lenient || (w->d->pad && n < w->nfields)) return true;
    return n == w->nfields;
}

/* Judge the records that follow g->at. */
static void judge(const window *w, guess *g)
{
    brasa_csv_cursor  c;
    brasa_csv_field   fields[FEW];
    int32_t           n;
    brasa_csv_outcome o;

    brasa__csv_cursor_init(&c, w->d, w->data, w->len, w->last);
    c.pos = g->at;
    brasa__csv_cursor_seek(&c, g->at);
    while (g->records < PROOF_RECORDS) {
        o = brasa__csv_record(&c, fields, FEW, &n);
        if (o == BRASA_CSV_END || o == BRASA_CSV_INCOMPLETE) return;
        if (o != BRASA_CSV_RECORD || !right_count(w, n, fields)) {
            g->quality = 0;
            return;
        }
        if (g->quality > 1 && has_bare_quote(w, fields, n < FEW ? n : FEW)) g->quality = 1;
        g->records++;
    }
}

/* What the rest of the record that the window begins in says of the guess; false: it is no whole record. */
static bool take_rest(const window *w, guess *g, const brasa_csv_cursor *c, brasa_csv_outcome o, const brasa_csv_field *fields, int32_t n)
{
    if (o == BRASA_CSV_AFTER_QUOTE || o == BRASA_CSV_UNCLOSED) g->quality = 0;
    if (o != BRASA_CSV_RECORD) return false;
    if (n > w->nfields + 1 && !w->d->lenient && w->d->comment == 0) g->quality = 0; /* a comment has as many as it likes */
    if (g->quality > 1 && has_bare_quote(w, fields, n < FEW ? n : FEW)) g->quality = 1;
    g->at = c->pos;
    g->found = g->at < w->len || !w->last;
    g->to_end = !g->found;
    return true;
}

/* The rest of the record that byte 1 of the window is in the middle of, outside quotes; byte 0 is what comes before it. */
static guess try_outside(const window *w)
{
    guess             g = {.quality = 2};
    brasa_csv_cursor  c;
    brasa_csv_field   fields[FEW];
    int32_t           n;
    brasa_csv_outcome o;

    g.at = 1;
    if (w->data[0] == '\n') {
        g.found = true;
    } else {
        brasa__csv_cursor_init(&c, w->d, w->data, w->len, w->last);
        /* after a delimiter a field begins, which may be quoted; else the byte is inside a plain field */
        brasa__csv_cursor_seek(&c, w->data[0] == w->d->delimiter || w->data[1] != w->d->quote ? 1 : 2);
        o = brasa__csv_record(&c, fields, FEW, &n);
        if (!take_rest(w, &g, &c, o, fields, n)) return g;
    }
    judge(w, &g);
    return g;
}

/* The same, inside quotes: the field goes on to its closing quote. */
static guess try_inside(const window *w)
{
    guess             g = {.quality = 2};
    brasa_csv_cursor  c;
    brasa_csv_field   fields[FEW];
    int32_t           n;
    brasa_csv_outcome o;

    brasa__csv_cursor_init(&c, w->d, w->data, w->len, w->last);
    o = brasa__csv_rest_of_quoted(&c, 1, fields, FEW, &n);
    if (take_rest(w, &g, &c, o, fields, n)) judge(w, &g);
    return g;
}

/* Which guess the window proves; NULL: neither yet. */
static const guess *decide(const window *w, const guess *outside, const guess *inside)
{
    bool out = (outside->found || outside->to_end) && outside->quality > 0;
    bool in = (inside->found || inside->to_end) && inside->quality > 0;

    if (out && in && outside->at == inside->at) return outside;
    if (out && in && outside->quality != inside->quality) return outside->quality > inside->quality ? outside : inside;
    if (out && in) return NULL;
    if (in && (outside->quality == 0 || w->last)) return inside;
    if (out && (inside->quality == 0 || w->last)) return outside;
    if (out && w->len > FIRST_WINDOW && memchr(w->data, w->d->quote, w->len) == NULL) return outside; /* no quote far and wide */
    return NULL;
}

/* Read from the top of the file: the only way to be sure. */
static brasa_status from_the_top(const brasa_csv_dialect *d, const brasa_text_source *s, int64_t at, brasa_text_window *w, int64_t *out,
                                 brasa_error *err)
{
    const brasa_text_file *file = s->file;

    brasa__text_window_init(w, s, file->start, file->bytes, EXACT_WINDOW);
    BRASA_TRY(brasa__text_window_slide(w, 0, err));
    for (;;) {
        brasa_csv_cursor  c;
        brasa_csv_field   f;
        int32_t           n;
        brasa_csv_outcome o = BRASA_CSV_RECORD;

        brasa__csv_cursor_init(&c, d, w->data, w->len, brasa__text_window_last(w));
        while (o == BRASA_CSV_RECORD || o == BRASA_CSV_AFTER_QUOTE) {
            if (w->base + (int64_t)c.pos >= at) {
                *out = w->base + (int64_t)c.pos;
                return BRASA_OK;
            }
            o = brasa__csv_record(&c, &f, 1, &n);
        }
        if (o == BRASA_CSV_END || o == BRASA_CSV_UNCLOSED) break;
        BRASA_TRY(brasa__text_window_slide(w, c.pos, err));
    }
    *out = file->bytes;
    return BRASA_OK;
}

static brasa_status search(const brasa_csv_dialect *d, int32_t nfields, const brasa_text_source *s, int64_t at, brasa_text_window *w,
                           int64_t *out, brasa_error *err)
{
    const brasa_text_file *file = s->file;

    for (int64_t size = FIRST_WINDOW; size <= LAST_WINDOW; size *= 8) {
        int64_t      end = at - 1 + size < file->bytes ? at - 1 + size : file->bytes;
        window       v = {.d = d, .nfields = nfields};
        guess        outside, inside;
        const guess *g;

        brasa__text_window_free(w);
        brasa__text_window_init(w, s, at - 1, end, (size_t)size);
        BRASA_TRY(brasa__text_window_slide(w, 0, err));
        v.data = w->data;
        v.len = w->len;
        v.last = end == file->bytes;
        outside = try_outside(&v);
        inside = try_inside(&v);
        g = decide(&v, &outside, &inside);
        if (g != NULL) {
            *out = at - 1 + (int64_t)g->at;
            return BRASA_OK;
        }
        if (v.last) break;
    }
    brasa__text_window_free(w);
    return from_the_top(d, s, at, w, out, err);
}

brasa_status brasa__csv_boundary(const brasa_csv_dialect *d, int32_t nfields, const brasa_text_source *s, int64_t at, brasa_text_window *w,
                                 int64_t *out, brasa_error *err)
{
    const brasa_text_file *file = s->file;
    brasa_status           st;

    *out = at;
    if (at <= file->start) {
        *out = file->start;
        return BRASA_OK;
    }
    for (; at < file->bytes; at++) { /* a place whose byte before is no quote: then only two cases are left */
        char before;

        BRASA_TRY(brasa__text_source_read(s, &before, 1, at - 1, err));
        if (before != d->quote) break;
    }
    if (at >= file->bytes) {
        *out = file->bytes;
        return BRASA_OK;
    }
    st = search(d, nfields, s, at, w, out, err);
    brasa__text_window_free(w);
    return st;
}
