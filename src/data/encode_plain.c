/* encode_plain.c -- the wire form of a batch of flat columns, written in place.
 *
 * Values go straight from their source to where they are sent from; the heads and the checksum, where there is one, come last.  Bytes of
 * strings have room that is chosen before they are known, so what is left over is sent too.
 */
#include "data/encode_plain.h"

#include <assert.h>
#include <string.h>

#include "data/bits.h"
#include "data/wire_form.h"

size_t brasa__plain_place(brasa_schema schema, int32_t rows, brasa_plain_run *runs)
{
    size_t at = sizeof(wire_head);

    assert(rows > 0 && rows % 64 == 0);
    for (int32_t c = 0; c < schema.ncols; c++) {
        brasa_plain_run *r = &runs[c];

        r->values = wire_pad(wire_pad(at, 8) + sizeof(column_head), WIRE_ALIGN);
        at = r->values + brasa__type_width(schema.cols[c].type) * (size_t)rows;
        r->valid = wire_pad(at, WIRE_ALIGN);
        if (r->nulls) at = r->valid + brasa__bit_words(rows) * 8;
        r->heap = wire_pad(at, 8);
        at = r->heap + r->room;
    }
    return wire_pad(at + sizeof(uint64_t), WIRE_ALIGN);
}

void brasa__plain_seal(brasa_schema schema, int32_t rows, const brasa_plain_run *runs, void *data)
{
    wire_head head = {.magic = WIRE_MAGIC_BARE, .rows = rows, .ncols = schema.ncols};
    size_t    at = sizeof head;
    char     *p = data;

    for (int32_t c = 0; c < schema.ncols; c++) {
        const brasa_plain_run *r = &runs[c];
        column_head            column = {.encoding = BRASA_FLAT, .has_nulls = r->nulls, .heap = r->room};
        size_t                 end = r->values + brasa__type_width(schema.cols[c].type) * (size_t)rows;

        memset(p + at, 0, r->values - at);
        memcpy(p + wire_pad(at, 8), &column, sizeof column);
        if (r->nulls) {
            memset(p + end, 0, r->valid - end);
            end = r->valid + brasa__bit_words(rows) * 8;
        }
        memset(p + end, 0, r->heap - end);
        at = r->heap + r->room;
        head.fingerprint = wire_type_hash(head.fingerprint, schema.cols[c].type);
    }
    head.bytes = wire_pad(at + sizeof(uint64_t), WIRE_ALIGN);
    memset(p + at, 0, head.bytes - at);
    memcpy(p, &head, sizeof head);
}

void brasa__plain_check(void *data, size_t bytes)
{
    size_t   body = bytes - sizeof(uint64_t);
    uint64_t sum;

    ((wire_head *)data)->magic = WIRE_MAGIC;
    sum = brasa__hash_bytes(data, body);
    memcpy((char *)data + body, &sum, sizeof sum);
}
