/* tools/brasa/options.h -- options that commands share: how to read, how to write. */
#ifndef BRASA_TOOLS_BRASA_OPTIONS_H
#define BRASA_TOOLS_BRASA_OPTIONS_H

#include "tools/shared/cmdline.h"
#include "tools/brasa/commands.h"

typedef struct read_texts {
    const char *format, *schema, *delimiter, *quote, *null_text, *partition, *datasets, *options;
    bool        header, no_header, skip_bad, as_vector, uint64_decimal, allow_external;
} read_texts;

/* Rows of an option table; `t` is a read_texts. */
#define READ_OPTIONS(t)                                                                                                                     \
    {0, "format", "FORMAT", "hdf5, csv, text or json; default: by the name and the first bytes", &(t).format, NULL},                        \
        {0, "schema", "COLUMNS", "columns and types of text files: \"id INT, price DECIMAL(12,2)\"; default: inferred", &(t).schema, NULL}, \
        {0, "delimiter", "CHAR", "between fields of CSV (\\t for a tab); default: by the name, else a comma", &(t).delimiter, NULL},        \
        {0, "quote", "CHAR", "around fields of CSV; default: \"", &(t).quote, NULL},                                                        \
        {0, "null", "TEXT", "what stands for null in CSV; default: the empty field", &(t).null_text, NULL},                                 \
        {0, "header", NULL, "the first line of CSV names the columns; default: find out", NULL, &(t).header},                               \
        {0, "no-header", NULL, "the first line of CSV is data", NULL, &(t).no_header},                                                      \
        {0, "skip-bad", NULL, "leave out malformed records instead of failing", NULL, &(t).skip_bad},                                       \
        {0, "options", "LINES", "others of read_csv, a line each: comment=#", &(t).options, NULL},                                          \
        {0, "partition-size", "BYTES", "text read by one task (16M)", &(t).partition, NULL},                                                \
        {0,   "datasets", "NAMES", "those of an HDF5 group that are columns, by their paths from it: \"lat, land/flag\"", &(t).datasets,    \
         NULL},                                                                                                                             \
        {0, "as-vector", NULL, "a 2-D dataset is one vector column", NULL, &(t).as_vector},                                                 \
        {0, "uint64-decimal", NULL, "unsigned 64-bit numbers are DECIMAL(20,0), not BIGINT", NULL, &(t).uint64_decimal},                    \
    {                                                                                                                                       \
        0, "allow-external", NULL, "follow external links and storage of HDF5, load its plugins", NULL, &(t).allow_external                 \
    }

/* false: a message was printed. */
bool read_options_of(const read_texts *t, brasa_read_options *out);

typedef struct write_texts {
    const char *format, *mode, *codec, *delimiter, *null_text, *chunk_rows;
    bool        no_header;
} write_texts;

bool write_options_of(const write_texts *t, brasa_write_options *out);

#endif
