/* csv_record.c -- cutting text into records and fields.
 *
 * Delimiters and line feeds are found 64 bytes at a time as a bit mask, so a field costs a count of trailing zeros.  A quote
 * matters only where a field begins, hence it is not in the mask: a quoted field is walked by memchr, and the mask is taken up
 * again behind it.
 */
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "storage/csv.h"

#ifdef __SSE2__
static inline uint64_t block_mask(const char *p, char delimiter)
{
    const __m128i d = _mm_set1_epi8(delimiter), nl = _mm_set1_epi8('\n');
    uint64_t      mask = 0;

    for (int i = 0; i < 4; i++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, d), _mm_cmpeq_epi8(v, nl));

        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (16 * i);
    }
    return mask;
}
#else
static inline uint64_t block_mask(const char *p, char delimiter)
{
    uint64_t mask = 0;

    for (int i = 0; i < 64; i++) mask |= (uint64_t)(p[i] == delimiter || p[i] == '\n') << i;
    return mask;
}
#endif

void brasa__csv_cursor_init(brasa_csv_cursor *c, const brasa_csv_dialect *d, const char *data, size_t len, bool last)
{
    *c = (brasa_csv_cursor) {
        .data = data, .len = len, .last = last, .delimiter = d->delimiter, .quote = d->quote, .escape = d->escape, .comment = d->comment};
    if (len != 0) c->mask = block_mask(data, d->delimiter);
}

/* Go on at `pos`, which may be blocks ahead. */
static inline void take_up(brasa_csv_cursor *c, size_t pos)
{
    size_t block = pos & ~(size_t)63;

    if (pos >= c->len) {
        c->block = block;
        c->mask = 0;
        return;
    }
    c->block = block;
    c->mask = block_mask(c->data + block, c->delimiter) & (~(uint64_t)0 << (pos & 63));
}

/* The next delimiter or line feed, or len. */
static inline size_t next_stop(brasa_csv_cursor *c)
{
    size_t p;

    while (c->mask == 0) {
        c->block += 64;
        if (c->block >= c->len) {
            c->block -= 64; /* so that asking again gives the same */
            return c->len;
        }
        c->mask = block_mask(c->data + c->block, c->delimiter);
    }
    p = c->block + (size_t)__builtin_ctzll(c->mask);
    if (p >= c->len) return c->len;
    c->mask &= c->mask - 1;
    return p;
}

/* The same where a quote inside is written behind another character, which stands for itself when doubled. */
static size_t closing_quote_escaped(const brasa_csv_cursor *c, size_t p, bool *escaped)
{
    for (; p < c->len && c->data[p] != c->quote; p++) {
        if (c->data[p] != c->escape) continue;
        *escaped = true;
        p++;
    }
    return p < c->len ? p : c->len;
}

/* The closing quote of a field that opens at `open`, or len. */
static size_t closing_quote(const brasa_csv_cursor *c, size_t open, bool *escaped)
{
    size_t p = open + 1;

    *escaped = false;
    if (c->escape != c->quote) return closing_quote_escaped(c, p, escaped);
    for (;;) {
        const char *q = p < c->len ? memchr(c->data + p, c->quote, c->len - p) : NULL;

        if (q == NULL) return c->len;
        p = (size_t)(q - c->data);
        if (p + 1 >= c->len || c->data[p + 1] != c->quote) return p;
        *escaped = true;
        p += 2;
    }
}

/* Where a quoted field ends: its delimiter, its line feed or the end.  SIZE_MAX: text after the closing quote. */
static size_t after_quote(const brasa_csv_cursor *c, size_t close)
{
    size_t p = close + 1;

    if (p < c->len && c->data[p] == '\r') {
        if (p + 1 >= c->len) return c->len; /* a lone CR at the end: more text decides, or the last record ends here */
        if (c->data[p + 1] == '\n') p++;
    }
    if (p >= c->len) return c->len;
    return c->data[p] == c->delimiter || c->data[p] == '\n' ? p : SIZE_MAX;
}

static void skip_line(brasa_csv_cursor *c, size_t from)
{
    const char *nl = from < c->len ? memchr(c->data + from, '\n', c->len - from) : NULL;

    c->pos = nl == NULL ? c->len : (size_t)(nl - c->data) + 1;
    take_up(c, c->pos);
}

/* A quoted field: stores it and gives the place that ends it in *stop. */
static brasa_csv_outcome quoted_field(brasa_csv_cursor *c, size_t open, brasa_csv_field *f, size_t *stop)
{
    bool   escaped;
    size_t close = closing_quote(c, open, &escaped);

    /* a quote as the very last byte may be half of an escape */
    if (close >= c->len || (!c->last && close + 2 >= c->len)) return c->last ? BRASA_CSV_UNCLOSED : BRASA_CSV_INCOMPLETE;
    f->offset = (uint32_t)(open + 1);
    f->length = (uint32_t)(close - open - 1) | BRASA_CSV_QUOTED | (escaped ? (uint32_t)BRASA_CSV_ESCAPED : 0);
    *stop = after_quote(c, close);
    if (*stop == SIZE_MAX) {
        skip_line(c, close + 1);
        return BRASA_CSV_AFTER_QUOTE;
    }
    take_up(c, *stop);
    if (*stop < c->len) c->mask &= c->mask - 1;
    return BRASA_CSV_RECORD;
}

static inline void plain_field(const brasa_csv_cursor *c, size_t from, size_t stop, brasa_csv_field *f)
{
    size_t end = stop;

    if (end > from && c->data[end - 1] == '\r' && (stop == c->len || c->data[stop] == '\n')) end--;
    f->offset = (uint32_t)from;
    f->length = (uint32_t)(end - from);
}

/* Fields from the cursor to the end of the record.  `from` is where the first begins, or in a quoted field one byte before its text goes on. */
static inline brasa_csv_outcome take_fields(brasa_csv_cursor *c, size_t from, bool in_quotes, brasa_csv_field *fields, int32_t max,
                                            int32_t *count)
{
    int32_t         n = 0;
    brasa_csv_field spare;

    *count = 0;
    for (;;) {
        brasa_csv_field *f = n < max ? &fields[n] : &spare;
        size_t           stop;

        if (in_quotes || (from < c->len && c->data[from] == c->quote)) {
            brasa_csv_outcome o = quoted_field(c, from, f, &stop);

            if (o != BRASA_CSV_RECORD) return o;
            in_quotes = false;
        } else {
            stop = next_stop(c);
            plain_field(c, from, stop, f);
        }
        n++;
        if (stop >= c->len) {
            if (!c->last) return BRASA_CSV_INCOMPLETE;
            c->pos = c->len;
            break;
        }
        from = stop + 1;
        if (c->data[stop] == '\n') {
            c->pos = from;
            break;
        }
    }
    *count = n;
    return BRASA_CSV_RECORD;
}

void brasa__csv_skip_comments(brasa_csv_cursor *c)
{
    while (c->comment != 0 && c->pos < c->len && c->data[c->pos] == c->comment) {
        if (!c->last && memchr(c->data + c->pos, '\n', c->len - c->pos) == NULL) return;
        skip_line(c, c->pos);
    }
}

brasa_csv_outcome brasa__csv_record(brasa_csv_cursor *c, brasa_csv_field *fields, int32_t max, int32_t *count)
{
    *count = 0;
    brasa__csv_skip_comments(c);
    if (c->pos >= c->len) return c->last ? BRASA_CSV_END : BRASA_CSV_INCOMPLETE;
    if (c->comment != 0 && c->data[c->pos] == c->comment) return BRASA_CSV_INCOMPLETE; /* its line goes on */
    return take_fields(c, c->pos, false, fields, max, count);
}

void brasa__csv_cursor_seek(brasa_csv_cursor *c, size_t pos)
{
    c->pos = pos;
    take_up(c, pos);
}

brasa_csv_outcome brasa__csv_rest_of_quoted(brasa_csv_cursor *c, size_t pos, brasa_csv_field *fields, int32_t max, int32_t *count)
{
    return take_fields(c, pos - 1, true, fields, max, count);
}

const char *brasa__csv_unescape(const brasa_csv_dialect *d, const char *data, brasa_csv_field f, char *scratch, size_t *n)
{
    const char *p = data + f.offset;
    size_t      len = f.length & BRASA_CSV_LENGTH, out = 0;

    *n = len;
    if ((f.length & BRASA_CSV_ESCAPED) == 0) return p;
    for (size_t i = 0; i < len; i++) {
        if (d->escape != d->quote && p[i] == d->escape && i + 1 < len) i++;
        scratch[out++] = p[i];
        if (d->escape == d->quote && p[i] == d->quote) i++; /* the second of a pair */
    }
    *n = out;
    return scratch;
}

bool brasa__csv_point(const brasa_csv_dialect *d, const char **p, size_t *n, char *room)
{
    if (d->decimal == '.' || memchr(*p, d->decimal, *n) == NULL) return true;
    if (*n > BRASA_CSV_NUMBER) return false;
    for (size_t i = 0; i < *n; i++)
        room[i] = (*p)[i] == d->decimal ? '.' : (*p)[i] == '.' ? ',' : (*p)[i]; /* two kinds of points are no number */
    *p = room;
    return true;
}

bool brasa__csv_is_null(const brasa_csv_dialect *d, const char *data, brasa_csv_field f)
{
    if ((f.length & BRASA_CSV_QUOTED) != 0) return false;
    if (f.length == BRASA_CSV_MISSING) return true;
    if (d->null_text == NULL) return f.length == 0;
    return strlen(d->null_text) == f.length && memcmp(data + f.offset, d->null_text, f.length) == 0;
}
