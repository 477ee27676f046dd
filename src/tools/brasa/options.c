/* options.c -- texts of the command line as options of brasa_read and brasa_write. */
#include "tools/brasa/options.h"

#include <stdio.h>
#include <string.h>

static bool one_char(const char *option, const char *text, char *out)
{
    static const struct {
        const char *text;
        char        c;
    } names[] = {{"\\t", '\t'}, {"tab", '\t'}, {"space", ' '}, {"comma", ','}, {"semicolon", ';'}, {"bar", '|'}};

    if (text == NULL) return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i].text) != 0) continue;
        *out = names[i].c;
        return true;
    }
    *out = text[0];
    if (text[0] != '\0' && text[1] == '\0' && text[0] != '\n' && text[0] != '\r') return true;
    fprintf(stderr, "brasa: --%s is '%s'; give one character\n", option, text);
    return false;
}

bool read_options_of(const read_texts *t, brasa_read_options *out)
{
    *out = (brasa_read_options) {.format = t->format,
                                 .schema = t->schema,
                                 .null_text = t->null_text,
                                 .skip_bad = t->skip_bad,
                                 .datasets = t->datasets,
                                 .options = t->options,
                                 .as_vector = t->as_vector,
                                 .uint64_decimal = t->uint64_decimal,
                                 .allow_external = t->allow_external,
                                 .header = t->header      ? 1
                                           : t->no_header ? -1
                                                          : 0};
    if (t->header && t->no_header) {
        fprintf(stderr, "brasa: --header and --no-header exclude each other\n");
        return false;
    }
    if (!one_char("delimiter", t->delimiter, &out->delimiter) || !one_char("quote", t->quote, &out->quote)) return false;
    if (t->partition == NULL || (cmd_bytes(t->partition, &out->partition_bytes) && out->partition_bytes > 0)) return true;
    fprintf(stderr, "brasa: --partition-size is '%s'; give bytes, as in 16M\n", t->partition);
    return false;
}

static bool mode_of(const char *text, brasa_write_mode *out)
{
    static const char *const names[] = {"error", "overwrite", "append", "ignore"};
    const char              *near;

    *out = BRASA_ERROR_IF_EXISTS;
    if (text == NULL) return true;
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *out = (brasa_write_mode)i;
        return true;
    }
    near = cmd_nearest(text, names, 4);
    fprintf(stderr, "brasa: there is no mode '%s'%s%s%s; the modes are error, overwrite, append and ignore\n", text,
            near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
    return false;
}

bool write_options_of(const write_texts *t, brasa_write_options *out)
{
    int64_t rows = 0;

    *out = (brasa_write_options) {.format = t->format, .codec = t->codec, .null_text = t->null_text, .no_header = t->no_header};
    if (!mode_of(t->mode, &out->mode) || !one_char("delimiter", t->delimiter, &out->delimiter)) return false;
    if (t->chunk_rows != NULL && !cmd_number(t->chunk_rows, 1, 1 << 30, &rows)) {
        fprintf(stderr, "brasa: --chunk-rows is '%s'; give a number of rows\n", t->chunk_rows);
        return false;
    }
    out->chunk_rows = (int32_t)rows;
    return true;
}
