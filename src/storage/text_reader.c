/* text_reader.c -- the lines of a byte range, one by one. */
#include "storage/text_reader.h"

#include <string.h>

enum { WINDOW = 1 << 20 };

void brasa__line_reader_close(brasa_line_reader *r)
{
    brasa__text_window_free(&r->window);
    brasa__text_source_close(&r->source);
}

static void close_reader(void *arg)
{
    brasa__line_reader_close(arg);
}

brasa_status brasa__line_reader_open(brasa_arena *arena, const brasa_text_file *file, int64_t from, int64_t to, brasa_line_reader **out,
                                     brasa_error *err)
{
    brasa_line_reader *r = BRASA_NEW(arena, brasa_line_reader);

    *out = r;
    r->source.fd = -1;
    r->from = from;
    r->to = to;
    brasa__arena_defer(arena, close_reader, r);
    BRASA_TRY(brasa__text_source_open(&r->source, file, err));
    /* one byte back: a line begins at `from` if a line feed is before it */
    brasa__text_window_init(&r->window, &r->source, from > file->start ? from - 1 : from, file->bytes, WINDOW);
    return BRASA_OK;
}

/* The line at r->pos; false when the window must slide first. */
static bool whole_line(const brasa_line_reader *r, size_t *len, size_t *next)
{
    const char *p = r->window.data + r->pos;
    const char *nl = memchr(p, '\n', r->window.len - r->pos);

    if (nl == NULL && !brasa__text_window_last(&r->window)) return false;
    *len = nl == NULL ? r->window.len - r->pos : (size_t)(nl - p);
    *next = r->pos + *len + (nl == NULL ? 0 : 1);
    if (*len > 0 && p[*len - 1] == '\r') (*len)--;
    return true;
}

static brasa_status slide(brasa_line_reader *r, brasa_error *err)
{
    BRASA_TRY(brasa__text_window_slide(&r->window, r->pos, err));
    r->pos = 0;
    return BRASA_OK;
}

/* Pass the rest of the line that begins before the range. */
static brasa_status start(brasa_line_reader *r, brasa_error *err)
{
    size_t len, next;

    r->started = true;
    BRASA_TRY(slide(r, err));
    if (r->from <= r->source.file->start) return BRASA_OK;
    while (!whole_line(r, &len, &next)) {
        r->pos = r->window.len;
        if (r->window.base + (int64_t)r->pos >= r->to) return BRASA_OK; /* one long line, which is not ours */
        BRASA_TRY(slide(r, err));
    }
    r->pos = next;
    return BRASA_OK;
}

brasa_status brasa__line_reader_next(brasa_line_reader *r, brasa_line *line, brasa_error *err)
{
    size_t len, next;

    line->text = NULL;
    if (!r->started) BRASA_TRY(start(r, err));
    if (r->window.base + (int64_t)r->pos >= r->to) return BRASA_OK;
    while (!whole_line(r, &len, &next)) BRASA_TRY(slide(r, err));
    *line = (brasa_line) {.text = r->window.data + r->pos, .len = len, .offset = r->window.base + (int64_t)r->pos};
    r->pos = next;
    return BRASA_OK;
}

void brasa__part_lines_init(brasa_part_lines *p, brasa_arena *arena, const brasa_text_files *files, int32_t partition)
{
    *p = (brasa_part_lines) {.arena = arena, .files = files, .part = brasa__text_partition(files, partition)};
}

brasa_status brasa__part_lines_next(brasa_part_lines *p, brasa_line *line, brasa_error *err)
{
    line->text = NULL;
    for (;;) {
        brasa_text_range range;

        if (p->lines != NULL) BRASA_TRY(brasa__line_reader_next(p->lines, line, err));
        if (line->text != NULL || p->next >= p->part.files) return BRASA_OK;
        if (p->lines != NULL) brasa__line_reader_close(p->lines);
        range = brasa__text_part_range(p->files, &p->part, p->next++);
        BRASA_TRY(brasa__line_reader_open(p->arena, &p->files->items[range.file], range.from, range.to, &p->lines, err));
    }
}
