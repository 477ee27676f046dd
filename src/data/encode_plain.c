/* encode_plain.c -- the wire form of a batch of flat columns of fixed width without nulls, written in place.
 *
 * Values go straight from their source to where they are sent from; the heads and the checksum, where there is one, come last.  With a multiple of 64 rows every
 * column's values fill whole sections, so that a column_head and its padding take BRASA_PLAIN_COLUMN bytes (for the first column: the
 * wire_head too) and the checksum as many.
 */
#include "data/encode_plain.h"

#include <assert.h>
#include <string.h>

#include "data/wire_form.h"

_Static_assert(sizeof(wire_head) + sizeof(column_head) <= BRASA_PLAIN_COLUMN, "both heads go before the first column");
_Static_assert(BRASA_PLAIN_COLUMN == (int)WIRE_ALIGN, "a head fills the gap between two columns");

size_t brasa__plain_encoded_bytes(brasa_schema schema, int32_t rows)
{
    size_t bytes = BRASA_PLAIN_COLUMN * ((size_t)schema.ncols + 1);

    assert(rows > 0 && rows % 64 == 0);
    for (int32_t c = 0; c < schema.ncols; c++) bytes += brasa__type_width(schema.cols[c].type) * (size_t)rows;
    return bytes;
}

void brasa__plain_encoded_seal(brasa_schema schema, int32_t rows, void *data)
{
    size_t      bytes = brasa__plain_encoded_bytes(schema, rows), at = sizeof(wire_head);
    wire_head   head = {.magic = WIRE_MAGIC_BARE, .bytes = bytes, .rows = rows, .ncols = schema.ncols};
    column_head column = {.encoding = BRASA_FLAT};
    char       *p = data;

    for (int32_t c = 0; c < schema.ncols; c++) {
        size_t values = wire_pad(at + sizeof column, WIRE_ALIGN);

        memset(p + at, 0, values - at);
        memcpy(p + at, &column, sizeof column);
        head.fingerprint = wire_type_hash(head.fingerprint, schema.cols[c].type);
        at = values + brasa__type_width(schema.cols[c].type) * (size_t)rows;
    }
    memset(p + at, 0, bytes - at);
    memcpy(p, &head, sizeof head);
}

void brasa__plain_encoded_check(void *data, size_t bytes)
{
    size_t   body = bytes - sizeof(uint64_t);
    uint64_t sum;

    ((wire_head *)data)->magic = WIRE_MAGIC;
    sum = brasa__hash_bytes(data, body);
    memcpy((char *)data + body, &sum, sizeof sum);
}
