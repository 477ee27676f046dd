/* fuzz_wire.c -- any bytes as an encoded batch: a block whose every value can be read, or CORRUPT.
 *
 * The first byte chooses: odd, the rest is the message as it is; even, the rest is a list of edits (offset, 4 bytes) to the encoding of a batch of
 * every type, seeded by that byte.  Length and checksum are made right afterwards, or nothing would get past them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "support/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 32 };

static void seal(uint8_t *p, size_t len)
{
    uint64_t n = len, sum;

    memcpy(p + 8, &n, sizeof n);
    sum = brasa__hash_bytes(p, len - sizeof sum);
    memcpy(p + len - sizeof sum, &sum, sizeof sum);
}

static void read_all(brasa_arena *arena, const brasa_block *b)
{
    for (int32_t c = 0; c < b->ncols; c++) {
        for (int32_t i = 0; i < b->rows && i < 100; i++) {
            brasa_value v = brasa__column_value(&b->cols[c], i, arena);
            brasa_text  text;

            brasa__text_init(&text, arena);
            brasa__value_text(&v, &text);
        }
    }
}

static void encode_sample(brasa_arena *arena, brasa_schema schema, uint8_t seed, brasa_wire *w)
{
    unit_random r = {seed};
    brasa_batch in = data_random_batch(arena, &r, schema, seed % 5, (data_options) {.nulls = 0.3});

    brasa__wire_init(w, arena);
    brasa__batch_encode(&in, w);
}

/* The message to decode, of which the header's magic and types are those of a sample. */
static size_t message(brasa_arena *arena, brasa_schema schema, const uint8_t *data, size_t size, uint8_t **out)
{
    brasa_wire w;
    size_t     len;

    encode_sample(arena, schema, data[0], &w);
    if (data[0] & 1) {
        len = (HEADER + size + 7) / 8 * 8 + 8;
        *out = brasa__arena_alloc64(arena, len);
        memcpy(*out, w.data, HEADER);
        memcpy(*out + 24, data + 1, size - 1 < 2 ? size - 1 : 2); /* rows, a few */
        memcpy(*out + HEADER, data + 1, size - 1);
    } else {
        len = w.len;
        *out = w.data;
        for (size_t i = 1; i + 6 <= size; i += 6) {
            size_t at = (size_t)(data[i] | data[i + 1] << 8) % (len - HEADER - 8);

            memcpy(*out + HEADER + at, data + i + 2, 4);
        }
    }
    seal(*out, len);
    return len;
}

static void fuzz_message(brasa_arena *arena, const uint8_t *data, size_t size)
{
    brasa_schema schema = data_schema(arena);
    uint8_t     *bytes;
    size_t       len = message(arena, schema, data, size, &bytes);
    brasa_buf   *buf = brasa__buf_new(len);
    brasa_block *b;
    brasa_error  err;
    brasa_status status;

    memcpy(buf->data, bytes, len);
    status = brasa__block_decode(buf, buf->data, len, schema, &b, &err);
    if (status == BRASA_OK) read_all(arena, b);
    if (status != BRASA_OK && status != BRASA_CORRUPT) abort();
    brasa__block_unref(b);
    brasa__buf_unref(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    brasa_ctx   *ctx;
    brasa_arena *arena;

    if (size == 0) return 0;
    ctx = brasa__ctx_new(0, 1);
    brasa__ctx_set(ctx);
    arena = brasa__arena_new(NULL, "fuzz");
    fuzz_message(arena, data, size);
    brasa__arena_free(arena);
    brasa__ctx_set(NULL);
    brasa__ctx_free(ctx);
    return 0;
}
