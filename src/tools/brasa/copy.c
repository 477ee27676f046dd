/* copy.c -- `brasa import` and `brasa export`: a table of one format as one of another. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/brasa/options.h"

static bool same_names(brasa_schema a, brasa_schema b)
{
    if (a.ncols != b.ncols) return false;
    for (int32_t i = 0; i < a.ncols; i++)
        if (strcasecmp(a.cols[i].name, b.cols[i].name) != 0) return false;
    return true;
}

/* All inputs as one frame, in their order; NULL: a message was printed. */
static brasa_frame *read_all(brasa_session *s, char **paths, int n, const brasa_read_options *o)
{
    brasa_frame *all = brasa_read_at(s, paths[0], o, NO_SITE);

    for (int i = 1; i < n; i++) {
        brasa_frame *next = brasa_read_at(s, paths[i], o, NO_SITE);

        if (brasa_status_of(all) == BRASA_OK && brasa_status_of(next) == BRASA_OK &&
            !same_names(brasa_schema_of(all), brasa_schema_of(next))) {
            fprintf(stderr, "brasa: the columns of %s differ from those of %s; import them as two tables, or give --schema\n", paths[i],
                    paths[0]);
            return NULL;
        }
        all = brasa_union_at(all, next, true, NO_SITE);
    }
    return all;
}

static int copy(brasa_session *s, char **paths, int n, const read_texts *from, const write_texts *to, const char *output)
{
    brasa_read_options  read;
    brasa_write_options write;
    brasa_frame        *f;

    if (output == NULL) {
        fprintf(stderr, "brasa: where to? give -o\n");
        return STATUS_USAGE;
    }
    if (!read_options_of(from, &read) || !write_options_of(to, &write)) return STATUS_USAGE;
    f = read_all(s, paths, n, &read);
    if (f == NULL) return STATUS_FAILED;
    return brasa_write_at(f, output, &write, NO_SITE) == BRASA_OK ? STATUS_OK : STATUS_FAILED;
}

int brasa_cmd_import(brasa_session *s, int argc, char **argv)
{
    read_texts       from = {0};
    write_texts      to = {0};
    const char      *output = NULL;
    const cmd_option options[] = {
        {'o', "output", "TABLE", "the table to write, as in sales.h5:/2024", &output, NULL},
        READ_OPTIONS(from),
        {'m', "mode", "MODE", "if the table is there: error (default), overwrite, append or ignore", &to.mode, NULL},
        {0, "codec", "CODEC", "of HDF5: none (default), deflate, zstd or lz4", &to.codec, NULL},
        {0, "chunk-rows", "N", "rows per chunk of HDF5", &to.chunk_rows, NULL},
        {0, NULL, NULL, NULL, NULL, NULL},
    };
    const cmd_spec spec = {.usage = "brasa import FILE... -o TABLE [OPTION...]",
                           .doc = "Read CSV, JSON lines, text or HDF5 (files, globs, directories) and write one table, by default HDF5.\n"
                                  "Columns and types are inferred from a sample of all files, or given by --schema.",
                           .options = options,
                           .least = 1,
                           .most = -1};
    int            n;
    cmd_outcome    o = cmd_parse(&spec, "brasa import", argc, argv, &n);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    return copy(s, argv + 1, n, &from, &to, output);
}

int brasa_cmd_export(brasa_session *s, int argc, char **argv)
{
    read_texts       from = {0};
    write_texts      to = {0};
    const char      *output = NULL;
    const cmd_option options[] = {
        {'o', "output", "FILE", "the file to write, as in out.csv, or a directory that ends in /", &output, NULL},
        {'f', "to-format", "FORMAT", "csv, text, json or hdf5; default: by the name of the output", &to.format, NULL},
        {'m', "mode", "MODE", "if the output is there: error (default), overwrite, append or ignore", &to.mode, NULL},
        {0, "delimiter", "CHAR", "between fields of CSV", &to.delimiter, NULL},
        {0, "null", "TEXT", "what stands for null in CSV; default: nothing", &to.null_text, NULL},
        {0, "no-header", NULL, "no line with the names of the columns", NULL, &to.no_header},
        {0, "codec", "CODEC", "of HDF5: none (default), deflate, zstd or lz4", &to.codec, NULL},
        {0, NULL, NULL, NULL, NULL, NULL},
    };
    const cmd_spec spec = {.usage = "brasa export TABLE -o FILE [OPTION...]",
                           .doc = "Write a table as CSV (the default), JSON lines or text.",
                           .options = options,
                           .least = 1,
                           .most = 1};
    int            n;
    cmd_outcome    o = cmd_parse(&spec, "brasa export", argc, argv, &n);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    return copy(s, argv + 1, n, &from, &to, output);
}
