/* fuzz_csv.c -- any bytes as CSV, text lines and JSON lines: rows or an error; and the same rows however the file is cut.
 *
 * The first byte chooses format and options, the second the partition size.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "support/table.h"
#include "support/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_file(brasa_arena *arena, const char *path, uint8_t options, uint8_t cut)
{
    static const brasa_format formats[] = {BRASA_FORMAT_CSV, BRASA_FORMAT_CSV, BRASA_FORMAT_TEXT, BRASA_FORMAT_JSON};
    brasa_read_spec           spec = {.uri = path, .format = formats[options & 3]};
    const char               *whole, *parts;
    brasa_error               err;

    spec.skip_bad = (options & 4) != 0;
    spec.delimiter = (options & 8) != 0 ? ';' : 0;
    spec.null_text = (options & 16) != 0 ? "NA" : NULL;
    if ((options & 1) != 0) {
        spec.header = -1;
        spec.schema = "a INT, b STRING";
    }
    if (table_read(arena, &spec, NULL, 0, &whole, &err) != BRASA_OK) return;
    spec.partition_bytes = cut + 1;
    if (table_read(arena, &spec, NULL, 0, &parts, &err) != BRASA_OK) return;
    if (!spec.skip_bad && strcmp(whole, parts) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char         path[] = "/tmp/brasa-fuzz-XXXXXX";
    int          fd;
    brasa_ctx   *ctx;
    brasa_arena *arena;

    if (size < 2 || (fd = mkstemp(path)) < 0) return 0;
    if (write(fd, data + 2, size - 2) != (ssize_t)(size - 2)) abort();
    close(fd);
    ctx = brasa__ctx_new(0, 1);
    brasa__ctx_set(ctx);
    brasa__log_set_level(ctx->log, BRASA_LOG_ERROR);
    arena = brasa__arena_new(NULL, "fuzz");
    fuzz_file(arena, path, data[0], data[1]);
    brasa__arena_free(arena);
    brasa__ctx_set(NULL);
    brasa__ctx_free(ctx);
    unlink(path);
    return 0;
}
