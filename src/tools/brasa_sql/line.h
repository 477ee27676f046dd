/* tools/brasa_sql/line.h -- a line from the terminal: edited, with history and completion where the library for it is there. */
#ifndef BRASA_TOOLS_LINE_H
#define BRASA_TOOLS_LINE_H

#include <brasa/brasa.h>

typedef struct line_reader line_reader;

typedef enum line_outcome { LINE_READ, LINE_INTERRUPTED, LINE_END } line_outcome;

line_reader *line_open(brasa_session *s);
/* *line is valid until the next call and ends with a newline. */
line_outcome line_read(line_reader *r, const char *prompt, const char **line);
/* A statement or command for the history. */
void line_remember(line_reader *r, const char *text);
void line_close(line_reader *r);

/* Words that may stand where `line` (n bytes, up to the cursor) ends, sorted; *start is where the word begins.  Free each, and the list. */
char **line_complete(brasa_session *s, const char *line, size_t n, size_t *start, int *count);

#endif
