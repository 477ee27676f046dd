/* data/wire_form.h -- layout of an encoded batch.  For encode.c and decode.c only.
 *
 *     header  | column 0 | column 1 ... | padding | XXH3 of all before it
 *
 * A column is a column_head and then, each padded to the alignment: values (codes, for DICT), validity bits if it has nulls, bytes of long
 * strings, and its child columns.  A long string holds the offset of its bytes where its pointer was.  The whole is a multiple of 64 bytes,
 * so encodings that follow each other stay aligned.  Little-endian, as memory is: ranks of one job run on one architecture.
 */
#ifndef BRASA_DATA_WIRE_FORM_H
#define BRASA_DATA_WIRE_FORM_H

#include "base/hash.h"
#include "data/type.h"

typedef struct wire_head {
    uint64_t magic;
    uint64_t bytes;       /* of all, the checksum included */
    uint64_t fingerprint; /* of the types */
    int32_t  rows;
    int32_t  ncols;
} wire_head;

typedef struct column_head {
    uint8_t  encoding;
    uint8_t  has_nulls;
    uint8_t  zero[6];
    int64_t  child_rows;
    uint64_t heap; /* bytes of long strings */
} column_head;

enum { WIRE_ALIGN = 64, WIRE_ALIGN_SMALL = 16 };

static const uint64_t WIRE_MAGIC = 0x3142617361724200u;      /* "\0BrasaB1" */
static const uint64_t WIRE_MAGIC_BARE = 0x3042617361724200u; /* "\0BrasaB0": zero in place of the checksum */

/* Few rows are not worth 64 bytes of padding each time. */
static inline size_t wire_align(int32_t rows)
{
    return rows >= 64 ? WIRE_ALIGN : WIRE_ALIGN_SMALL;
}

static inline size_t wire_pad(size_t pos, size_t align)
{
    return (pos + align - 1) & ~(align - 1);
}

static inline uint64_t wire_type_hash(uint64_t seed, brasa_type t)
{
    if (t.kind == BRASA_KIND_STRING) t = (brasa_type) {.kind = t.kind}; /* lengths and collations are not on the wire */
    seed = brasa__hash_combine(seed, (uint64_t)t.kind << 16 | (uint64_t)t.precision << 8 | t.scale);
    seed = brasa__hash_combine(seed, (uint64_t)(uint32_t)t.length << 32 | (uint32_t)t.nfields);
    for (int32_t i = 0; i < t.nfields; i++) seed = wire_type_hash(seed, t.fields[i].type);
    return seed;
}

#endif
