/* look.c -- `brasa schema`, `brasa head` and `brasa verify`: what a table is, its first rows, whether it is whole. */
#include <stdio.h>

#include "tools/brasa/options.h"

static const cmd_option end = {0, NULL, NULL, NULL, NULL, NULL};

int brasa_cmd_schema(brasa_session *s, int argc, char **argv)
{
    read_texts         from = {0};
    const cmd_option   options[] = {READ_OPTIONS(from), end};
    const cmd_spec     spec = {.usage = "brasa schema TABLE [OPTION...]",
                               .doc = "Print the columns of a table, with its format, rows, bytes and partitions.",
                               .options = options,
                               .least = 1,
                               .most = 1};
    brasa_read_options read;
    brasa_table_info   info;
    brasa_frame       *f;
    int                n;
    cmd_outcome        o = cmd_parse(&spec, "brasa schema", argc, argv, &n);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    if (!read_options_of(&from, &read)) return STATUS_USAGE;
    f = brasa_read_at(s, argv[1], &read, NO_SITE);
    if (brasa_status_of(f) != BRASA_OK || brasa_table_describe(f, &info) != BRASA_OK) return STATUS_FAILED;
    printf("%s: %s, ", argv[1], info.format);
    if (info.rows >= 0) {
        printf("%lld rows, ", (long long)info.rows);
    } else {
        printf("rows not counted, ");
    }
    printf("%lld bytes, %d partitions\n", (long long)info.bytes, info.partitions);
    return brasa_print_schema(f) == BRASA_OK ? STATUS_OK : STATUS_FAILED;
}

int brasa_cmd_head(brasa_session *s, int argc, char **argv)
{
    read_texts         from = {0};
    const char        *rows_text = "10", *columns = NULL;
    const cmd_option   options[] = {{'n', "rows", "N", "how many rows (10)", &rows_text, NULL},
                                    {'c', "columns", "LIST", "columns or expressions to show, as in \"a, b + 1 AS c\"", &columns, NULL},
                                    READ_OPTIONS(from),
                                    end};
    const cmd_spec     spec = {.usage = "brasa head TABLE [-n N] [OPTION...]",
                               .doc = "Print the first rows of a table.",
                               .options = options,
                               .least = 1,
                               .most = 1};
    brasa_read_options read;
    brasa_frame       *f;
    int64_t            rows;
    int                n;
    cmd_outcome        o = cmd_parse(&spec, "brasa head", argc, argv, &n);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    if (!read_options_of(&from, &read)) return STATUS_USAGE;
    if (!cmd_number(rows_text, 0, 1000000000, &rows)) {
        fprintf(stderr, "brasa head: --rows is '%s'; give a number from 0\n", rows_text);
        return STATUS_USAGE;
    }
    f = brasa_read_at(s, argv[1], &read, NO_SITE);
    if (columns != NULL) f = brasa_select_at(f, columns, NO_SITE);
    return brasa_show_at(f, rows, NO_SITE) == BRASA_OK ? STATUS_OK : STATUS_FAILED;
}

int brasa_cmd_verify(brasa_session *s, int argc, char **argv)
{
    const cmd_option options[] = {end};
    const cmd_spec   spec = {.usage = "brasa verify TABLE...",
                             .doc = "Read every chunk of HDF5 tables again and compare it with its checksum.",
                             .options = options,
                             .least = 1,
                             .most = -1};
    int              n, status = STATUS_OK;
    cmd_outcome      o = cmd_parse(&spec, "brasa verify", argc, argv, &n);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    for (int i = 1; i <= n; i++) {
        int64_t chunks = 0, bytes = 0;

        if (brasa_verify(s, argv[i], &chunks, &bytes) != BRASA_OK) {
            status = STATUS_FAILED;
        } else if (chunks == 0) {
            printf("%s: no checksums to compare with\n", argv[i]);
        } else {
            printf("%s: %lld chunks, %lld bytes: whole\n", argv[i], (long long)chunks, (long long)bytes);
        }
    }
    return status;
}
