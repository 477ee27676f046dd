/* tools/brasa/page.h -- the one HTML file that holds a report or an index: template, styles, scripts and data. */
#ifndef BRASA_TOOLS_BRASA_PAGE_H
#define BRASA_TOOLS_BRASA_PAGE_H

#include "tools/brasa/log_read.h"

/* A file of page/, embedded at build time; the table ends with a NULL name. */
typedef struct page_file {
    const char          *name;
    const unsigned char *data;
    size_t               bytes;
} page_file;

extern const page_file page_files[];

/* Write the page, readable by its owner only; it appears whole or not at all.  `json` is the text of a JSON value.  false: a message was printed. */
bool page_write(const char *program, const char *path, const char *title, const text_buf *json);

#endif
