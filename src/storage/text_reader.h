/* storage/text_reader.h -- the lines of a byte range, or of a partition, one by one.
 *
 * A line belongs to the range in which it begins, so a range need only look back one byte.  LF and CRLF end a line and are not part of it.
 */
#ifndef BRASA_STORAGE_TEXT_READER_H
#define BRASA_STORAGE_TEXT_READER_H

#include "storage/text_file.h"

typedef struct brasa_line_reader {
    brasa_text_source source;
    brasa_text_window window;
    int64_t           from, to; /* lines that begin in here */
    size_t            pos;      /* in the window: the next line */
    bool              started;
} brasa_line_reader;

typedef struct brasa_line {
    const char *text; /* valid until the next call */
    size_t      len;
    int64_t     offset; /* in the file */
} brasa_line;

/* The reader lies in `arena`, which closes it. */
brasa_status brasa__line_reader_open(brasa_arena *arena, const brasa_text_file *file, int64_t from, int64_t to, brasa_line_reader **out,
                                     brasa_error *err);
/* *line.text is NULL at the end. */
brasa_status brasa__line_reader_next(brasa_line_reader *r, brasa_line *line, brasa_error *err);
void         brasa__line_reader_close(brasa_line_reader *r);

/* All ranges of a partition one after the other. */
typedef struct brasa_part_lines {
    brasa_arena            *arena;
    const brasa_text_files *files;
    brasa_text_part         part;
    int32_t                 next;  /* range */
    brasa_line_reader      *lines; /* of the range being read */
} brasa_part_lines;

void         brasa__part_lines_init(brasa_part_lines *p, brasa_arena *arena, const brasa_text_files *files, int32_t partition);
brasa_status brasa__part_lines_next(brasa_part_lines *p, brasa_line *line, brasa_error *err);

#endif
