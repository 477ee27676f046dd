/* storage/text_sink.h -- what the writers of CSV, text lines and JSON lines share: part files of text, joined or moved at the commit. */
#ifndef BRASA_STORAGE_TEXT_SINK_H
#define BRASA_STORAGE_TEXT_SINK_H

#include "mem/buf.h"
#include "storage/format.h"

typedef struct brasa_text_sink {
    const char *path;
    int         fd;
    brasa_buf  *buf;
    size_t      used;
    int64_t     bytes; /* written out so far */
    void       *state; /* of the format */
} brasa_text_sink;

/* Make the part file of a writer, which w->state then is. */
brasa_status brasa__text_sink_open(brasa_writer *w, brasa_text_sink **out, brasa_error *err);
/* Room for `need` more bytes; the caller writes there and adds to sink->used. */
brasa_status brasa__text_sink_room(brasa_text_sink *sink, size_t need, char **at, brasa_error *err);
brasa_status brasa__text_sink_add(brasa_text_sink *sink, const char *p, size_t n, brasa_error *err);

/* For the format's row.  prepare: *there tells of a target with something in it (mode APPEND joins it). */
brasa_status brasa__text_sink_prepare(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, bool *there, bool *skip,
                                      brasa_error *err);
brasa_status brasa__text_sink_close(brasa_writer *w, brasa_part_info *out, brasa_error *err);
/* `header` goes before the parts when they are joined into a new file, or is a file of its own when a directory would have none; "" for none. */
brasa_status brasa__text_sink_commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, const char *header,
                                     const brasa_part_info *parts, int32_t nparts, brasa_error *err);
void         brasa__text_sink_rollback(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target);

/* Where row i of a column is: follows a dictionary or a constant.  *at is the row in the column returned. */
static inline const brasa_column *brasa__text_cell(const brasa_column *c, int32_t i, int32_t *at)
{
    if (c->encoding == BRASA_DICT) {
        *at = c->codes[i];
        return c->child;
    }
    *at = c->encoding == BRASA_CONST ? 0 : i;
    return c;
}

#endif
