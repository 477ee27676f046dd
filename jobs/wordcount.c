/* wordcount.c -- how often each word stands in text files, with user functions in C.
 *
 * usage: wordcount FILE-OR-GLOB [TOP]
 *
 * A flat_map cuts lines into words (letters and digits, in lower case), a combine function adds the counts.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <brasa/brasa.h>

enum { LONGEST = 256 }; /* of a word; longer ones are cut */

/* One row (word, 1) per word of the line. */
static int words(brasa_udf_call *call)
{
    const brasa_string *lines = call->args[0].values;

    for (int32_t i = 0; i < call->rows; i++) {
        const char *s = brasa_string_data(&lines[i]);
        char        word[LONGEST];
        size_t      n = 0;

        if (!brasa_column_is_valid(&call->args[0], i)) continue;
        for (uint32_t k = 0; k <= lines[i].len; k++) {
            unsigned char c = k < lines[i].len ? (unsigned char)s[k] : ' ';

            if (isalnum(c) || c >= 0x80) {
                if (n < LONGEST) word[n++] = (char)tolower(c);
                continue;
            }
            if (n == 0) continue;
            brasa_value row[2] = {{.type = {.kind = BRASA_KIND_STRING}}, brasa_value_i64(1)};
            row[0].u.s.p = word;
            row[0].u.s.n = n;
            if (brasa_udf_emit_row(call, row, 2) != 0) return 1;
            n = 0;
        }
    }
    return 0;
}
BRASA_UDF(words, .flat_map = words, .args = "value STRING", .returns = "word STRING, n BIGINT");

static int add(void *acc, const void *value, brasa_udf_call *call)
{
    (void)call;
    *(int64_t *)acc += *(const int64_t *)value;
    return 0;
}
BRASA_UDF(add, .combine = add, .args = "BIGINT", .returns = "BIGINT");

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "wordcount");

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: wordcount FILE-OR-GLOB [TOP]\n");
        brasa_stop(s);
        return 2;
    }
    brasa_frame *lines = brasa_read(s, argv[1], .format = "text");
    brasa_frame *counts = brasa_reduce_by_key(brasa_flat_map(lines, "words"), "word", "n", "add");

    brasa_show(brasa_sort(counts, "n DESC, word"), argc > 2 ? atoll(argv[2]) : 20);
    return brasa_stop(s);
}
