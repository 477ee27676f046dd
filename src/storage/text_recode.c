/* text_recode.c -- encodings by iconv, separators of several characters, lines that end by CR alone.
 *
 * All three are rare and cannot be read from the middle of a file for sure, so the whole text is made anew in memory, by one task.
 */
#include "storage/text_recode.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool is_utf8(const char *encoding)
{
    return encoding == NULL || strcasecmp(encoding, "UTF-8") == 0 || strcasecmp(encoding, "UTF8") == 0;
}

/* Line ends of the head: CRs, but no LF. */
static bool has_lone_cr(const char *head, size_t n)
{
    return memchr(head, '\r', n) != NULL && memchr(head, '\n', n) == NULL;
}

static bool is_utf16(const char *head, size_t n)
{
    return n >= 2 && (memcmp(head, "\xff\xfe", 2) == 0 || memcmp(head, "\xfe\xff", 2) == 0);
}

const brasa_text_recode *brasa__text_recode_of(brasa_arena *arena, const brasa_text_recode *asked, const char *head, size_t n)
{
    brasa_text_recode r = *asked;

    if (is_utf8(r.encoding)) r.encoding = is_utf16(head, n) ? "UTF-16" : NULL;
    r.lone_cr = r.lone_cr && (has_lone_cr(head, n) || r.encoding != NULL);
    return r.encoding == NULL && r.separator == NULL && !r.lone_cr ? NULL : brasa__arena_copy(arena, &r, sizeof r);
}

static brasa_status no_such(const char *encoding, const char *path, brasa_error *err)
{
    return brasa__fail(err, BRASA_UNSUPPORTED, "%s: there is no encoding '%s'; iconv -l lists them", path, encoding);
}

/* All of a text, to `to` if there is room, or else nowhere; the bytes it takes, or -1: *at is the first byte that is none of the encoding. */
static int64_t convert(iconv_t cd, const brasa_buf *text, int64_t bytes, char *to, size_t room, int64_t *at)
{
    char    page[8192], *from = text->data;
    size_t  left = (size_t)bytes;
    int64_t sum = 0;

    while (left > 0) {
        char  *out = to != NULL ? to + sum : page;
        size_t space = to != NULL ? room - (size_t)sum : sizeof page, before = space;
        bool   done = iconv(cd, &from, &left, &out, &space) != (size_t)-1;

        sum += (int64_t)(before - space);
        if (done || (errno == E2BIG && before != space)) continue;
        *at = bytes - (int64_t)left;
        return -1;
    }
    return sum;
}

/* Twice over the text: first for the room, so that nothing is allocated while iconv holds what it has. */
static brasa_status to_utf8(const char *encoding, brasa_buf **text, int64_t *bytes, const char *path, brasa_error *err)
{
    brasa_buf *out = NULL;
    int64_t    n = 0, at = 0;

    for (int pass = 0; pass < 2 && n >= 0; pass++) {
        if (pass == 1) out = brasa__buf_new((size_t)n + 64);
        iconv_t cd = iconv_open("UTF-8", encoding);

        if (cd == (iconv_t)-1) {
            brasa__buf_unref(out);
            return no_such(encoding, path, err);
        }
        n = convert(cd, *text, *bytes, out == NULL ? NULL : out->data, (size_t)n, &at);
        iconv_close(cd);
    }
    if (n < 0) {
        brasa__buf_unref(out);
        return brasa__fail(err, BRASA_CORRUPT, "%s: byte %lld is not %s; name another encoding", path, (long long)at, encoding);
    }
    brasa__buf_unref(*text);
    *text = out;
    *bytes = n;
    return BRASA_OK;
}

/* The separator is at least two bytes, so the text grows shorter in place. */
static brasa_status one_separator(const brasa_text_recode *r, char *text, int64_t *bytes, const char *path, brasa_error *err)
{
    int64_t n = (int64_t)strlen(r->separator), to = 0;
    bool    quoted = false, begins = true;

    for (int64_t i = 0; i < *bytes;) {
        char c = text[i];

        if (!quoted && *bytes - i >= n && memcmp(text + i, r->separator, (size_t)n) == 0) {
            text[to++] = BRASA_TEXT_SEPARATOR;
            i += n;
            begins = true;
            continue;
        }
        if (c == BRASA_TEXT_SEPARATOR)
            return brasa__fail(err, BRASA_UNSUPPORTED,
                               "%s: byte %lld is the control character 0x1f, which stands for a separator of several characters", path,
                               (long long)i);
        if (quoted && c == r->escape && r->escape != r->quote && i + 1 < *bytes)
            text[to++] = text[i++];
        else if (c == r->quote && (quoted || begins))
            quoted = !quoted;
        begins = !quoted && (c == '\n' || (begins && c == r->quote));
        text[to++] = text[i++];
    }
    *bytes = to;
    return BRASA_OK;
}

static void line_ends(char *text, int64_t n)
{
    if (!has_lone_cr(text, (size_t)n)) return;
    for (char *p = text; (p = memchr(p, '\r', (size_t)(text + n - p))) != NULL;) *p = '\n';
}

brasa_status brasa__text_recode(const brasa_text_recode *r, brasa_buf **text, int64_t *bytes, const char *path, brasa_error *err)
{
    if (r->encoding != NULL) BRASA_TRY(to_utf8(r->encoding, text, bytes, path, err));
    if (r->lone_cr) line_ends((*text)->data, *bytes);
    return r->separator == NULL ? BRASA_OK : one_separator(r, (*text)->data, bytes, path, err);
}
