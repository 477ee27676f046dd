/* json_records.c -- the objects of a file, one by one: a line each, or wherever they stand. */
#include <string.h>

#include "storage/json.h"

enum { WINDOW = 1 << 20 };

void brasa__json_records_close(brasa_json_records *r)
{
    if (r->lines != NULL) brasa__line_reader_close(r->lines);
    brasa__text_window_free(&r->window);
    brasa__text_source_close(&r->source);
}

static void close_records(void *arg)
{
    brasa__json_records_close(arg);
}

brasa_status brasa__json_records_open(brasa_arena *arena, const brasa_text_file *file, int64_t from, int64_t to, bool skip_bad,
                                      brasa_json_records **out, brasa_error *err)
{
    brasa_json_records *r = BRASA_NEW(arena, brasa_json_records);

    *out = r;
    r->source.fd = -1;
    r->skip_bad = skip_bad;
    brasa__arena_defer(arena, close_records, r);
    if (!file->whole) return brasa__line_reader_open(arena, file, from, to, &r->lines, err);
    BRASA_TRY(brasa__text_source_open(&r->source, file, err));
    brasa__text_window_init(&r->window, &r->source, file->start, file->bytes, WINDOW);
    return BRASA_OK;
}

const char *brasa__json_records_place(brasa_json_records *r, brasa_arena *arena)
{
    const brasa_text_source *s = r->lines != NULL ? &r->lines->source : &r->source;

    return brasa__arena_printf(arena, "%s:%lld", s->file->path, (long long)brasa__text_source_line(s, r->offset));
}

static brasa_status malformed(brasa_json_records *r, brasa_arena *arena, const char *what, brasa_error *err)
{
    return brasa__fail(err, BRASA_DATA, "%s: %s; mend the record, or skip bad records", brasa__json_records_place(r, arena), what);
}

/* One object and nothing else on the line. */
static brasa_status parse_line(brasa_arena *arena, const brasa_line *line, brasa_json **out, brasa_error *err)
{
    size_t pos = 0;

    BRASA_TRY(brasa__json_parse(arena, line->text, line->len, &pos, out, err));
    brasa__json_blanks(line->text, line->len, &pos);
    if (pos < line->len && line->text[pos] == ',') pos++; /* a line of an array that was cut */
    brasa__json_blanks(line->text, line->len, &pos);
    if (pos < line->len) return brasa__fail(err, BRASA_DATA, "text behind the record at byte %zu", pos + 1);
    if ((*out)->kind != BRASA_JSON_OBJECT) return brasa__fail(err, BRASA_DATA, "a record is an object in braces, this is not one");
    return BRASA_OK;
}

static brasa_status next_line(brasa_json_records *r, brasa_arena *arena, brasa_json **out, brasa_error *err)
{
    for (;;) {
        brasa_line  line;
        size_t      pos = 0;
        brasa_error why;

        BRASA_TRY(brasa__line_reader_next(r->lines, &line, err));
        if (line.text == NULL) return BRASA_OK;
        r->offset = line.offset;
        brasa__json_blanks(line.text, line.len, &pos);
        if (pos == line.len) continue;
        why.text[0] = '\0'; /* clearing all of it would cost more than parsing */
        if (parse_line(arena, &line, out, &why) == BRASA_OK) return BRASA_OK;
        *out = NULL;
        if (!r->skip_bad) return malformed(r, arena, why.text, err);
        r->bad++;
    }
}

/* Pass blanks, commas between records and the brackets around them. */
static void pass_between(brasa_json_records *r)
{
    const char *text = r->window.data;
    size_t      len = r->window.len;

    brasa__json_blanks(text, len, &r->pos);
    while (r->pos < len && (text[r->pos] == ',' || text[r->pos] == '[' || text[r->pos] == ']')) {
        r->pos++;
        brasa__json_blanks(text, len, &r->pos);
    }
}

static brasa_status next_anywhere(brasa_json_records *r, brasa_arena *arena, brasa_json **out, brasa_error *err)
{
    if (!r->started) {
        r->started = true;
        BRASA_TRY(brasa__text_window_slide(&r->window, 0, err));
    }
    for (;;) {
        brasa_error why;
        size_t      pos;

        pass_between(r);
        if (r->pos >= r->window.len && brasa__text_window_last(&r->window)) return BRASA_OK;
        why.code = BRASA_OK;
        why.text[0] = '\0';
        pos = r->pos;
        r->offset = r->window.base + (int64_t)pos;
        if (brasa__json_parse(arena, r->window.data, r->window.len, &pos, out, &why) == BRASA_OK && (*out)->kind == BRASA_JSON_OBJECT) {
            r->pos = pos;
            return BRASA_OK;
        }
        *out = NULL;
        if (brasa__text_window_last(&r->window))
            return malformed(r, arena, why.code == BRASA_OK ? "a record is an object in braces" : why.text, err);
        BRASA_TRY(brasa__text_window_slide(&r->window, r->pos, err)); /* it may only be cut off */
        if (r->pos == 0 && r->window.len < r->window.cap && !brasa__text_window_last(&r->window)) return malformed(r, arena, why.text, err);
        r->pos = 0;
    }
}

brasa_status brasa__json_records_next(brasa_json_records *r, brasa_arena *arena, brasa_json **out, brasa_error *err)
{
    *out = NULL;
    return r->lines != NULL ? next_line(r, arena, out, err) : next_anywhere(r, arena, out, err);
}

brasa_status brasa__json_is_whole(brasa_arena *arena, const brasa_text_file *file, bool *whole, brasa_error *err)
{
    brasa_arena       *tmp = brasa__arena_new(arena, "json");
    brasa_line_reader *lines;
    brasa_line         line;
    brasa_json        *v;
    brasa_status       status = brasa__line_reader_open(tmp, file, file->start, file->bytes, &lines, err);
    size_t             pos = 0;

    *whole = false;
    while (status == BRASA_OK) {
        status = brasa__line_reader_next(lines, &line, err);
        if (status != BRASA_OK || line.text == NULL) break;
        pos = 0;
        brasa__json_blanks(line.text, line.len, &pos);
        if (pos == line.len) continue;
        /* a line that is malformed by itself is left to the reader of lines, unless it could be the beginning of something */
        *whole = line.text[pos] == '[' || (line.text[pos] == '{' && parse_line(tmp, &line, &v, NULL) != BRASA_OK);
        if (*whole && line.text[pos] == '{') *whole = line.text[line.len - 1] != '}';
        break;
    }
    brasa__arena_free(tmp);
    return status;
}
