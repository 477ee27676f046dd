/* text_source.c -- reading an open text file: at an offset, through a sliding window, and by line number.
 *
 * A window holds whole records at its front: the caller says how many bytes it has used, the rest moves down and the window fills up again.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/io.h"
#include "storage/text_recode.h"

enum { PAD = 64, LONGEST_RECORD = 1 << 30 };

brasa_status brasa__text_load(brasa_inflate *in, int fd, const brasa_text_file *file, brasa_error *err)
{
    if (file->packed) {
        BRASA_TRY(brasa__text_inflate(in, fd, file->path, file->disk, file->bytes, err));
    } else {
        in->text = brasa__buf_new((size_t)file->disk);
        in->bytes = file->disk;
        BRASA_TRY(brasa__io_pread(fd, in->text->data, (size_t)file->disk, 0, file->path, err));
    }
    return file->recode == NULL ? BRASA_OK : brasa__text_recode(file->recode, &in->text, &in->bytes, file->path, err);
}

brasa_status brasa__text_source_open(brasa_text_source *s, const brasa_text_file *file, brasa_error *err)
{
    brasa_stat st;

    *s = (brasa_text_source) {.file = file, .fd = -1};
    BRASA_TRY(brasa__io_open(file->path, BRASA_IO_READ, &s->fd, err));
    BRASA_TRY(brasa__io_fstat(s->fd, &st, file->path, err));
    if (st.bytes != file->disk)
        return brasa__fail(err, BRASA_CORRUPT, "%s has %lld bytes now and had %lld when the table was opened; read it again", file->path,
                           (long long)st.bytes, (long long)file->disk);
    if (!file->packed && file->recode == NULL) return BRASA_OK;
    BRASA_TRY(brasa__text_load(&s->inflate, s->fd, file, err));
    if (s->inflate.bytes == file->bytes) return BRASA_OK;
    return brasa__fail(err, BRASA_CORRUPT, "%s has %lld bytes of text now and had %lld when the table was opened; read it again",
                       file->path, (long long)s->inflate.bytes, (long long)file->bytes);
}

brasa_status brasa__text_source_read(const brasa_text_source *s, void *out, size_t n, int64_t offset, brasa_error *err)
{
    if (s->inflate.text == NULL) return brasa__io_pread(s->fd, out, n, offset, s->file->path, err);
    memcpy(out, (const char *)s->inflate.text->data + offset, n);
    return BRASA_OK;
}

void brasa__text_source_close(brasa_text_source *s)
{
    if (s->file == NULL) return;
    if (s->fd >= 0) brasa__io_close(s->fd, s->file->path, NULL);
    brasa__text_inflate_free(&s->inflate);
    *s = (brasa_text_source) {.fd = -1};
}

int64_t brasa__text_source_line(const brasa_text_source *s, int64_t offset)
{
    int64_t line = 1;
    char    page[16384];

    for (int64_t at = 0; at < offset;) {
        size_t      n = offset - at < (int64_t)sizeof page ? (size_t)(offset - at) : sizeof page;
        const char *p = page;

        if (brasa__text_source_read(s, page, n, at, NULL) != BRASA_OK) return 0;
        while ((p = memchr(p, '\n', (size_t)(page + n - p))) != NULL) {
            line++;
            p++;
        }
        at += (int64_t)n;
    }
    return line;
}

void brasa__text_window_init(brasa_text_window *w, const brasa_text_source *s, int64_t from, int64_t end, size_t cap)
{
    int64_t need = end - from + 1;

    if (need < (int64_t)cap) cap = (size_t)(need > 1 ? need : 1);
    *w = (brasa_text_window) {.source = s, .base = from, .end = end};
    w->buf = brasa__buf_new(cap + PAD);
    w->data = w->buf->data;
    w->cap = cap;
    memset(w->data, 0, PAD);
}

brasa_status brasa__text_window_slide(brasa_text_window *w, size_t used, brasa_error *err)
{
    int64_t left;
    size_t  n;

    if (used == 0 && w->len == w->cap) {
        brasa_buf *wider;

        if (w->cap >= LONGEST_RECORD)
            return brasa__fail(err, BRASA_DATA, "%s:%lld: a record of more than 1 GiB begins here; is a quote never closed?",
                               w->source->file->path, (long long)brasa__text_source_line(w->source, w->base));
        wider = brasa__buf_new(w->cap * 2 + PAD);
        memcpy(wider->data, w->data, w->len);
        brasa__buf_unref(w->buf);
        w->buf = wider;
        w->data = wider->data;
        w->cap *= 2;
    }
    memmove(w->data, w->data + used, w->len - used);
    w->base += (int64_t)used;
    w->len -= used;
    left = w->end - (w->base + (int64_t)w->len);
    n = left < (int64_t)(w->cap - w->len) ? (size_t)left : w->cap - w->len;
    if (n != 0) BRASA_TRY(brasa__text_source_read(w->source, w->data + w->len, n, w->base + (int64_t)w->len, err));
    w->len += n;
    memset(w->data + w->len, 0, PAD);
    return BRASA_OK;
}

bool brasa__text_window_last(const brasa_text_window *w)
{
    return w->base + (int64_t)w->len >= w->end;
}

void brasa__text_window_free(brasa_text_window *w)
{
    brasa__buf_unref(w->buf);
    *w = (brasa_text_window) {0};
}
