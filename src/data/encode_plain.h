/* data/encode_plain.h -- the wire form of flat columns of fixed width without nulls, for who writes the values where they are sent from.
 *
 * `rows` is a multiple of 64, not 0.  The encoding begins at an address that is a multiple of 64; the values of column c begin
 * BRASA_PLAIN_COLUMN * (c + 1) bytes and `rows` times the widths of the columns before c after it.
 */
#ifndef BRASA_DATA_ENCODE_PLAIN_H
#define BRASA_DATA_ENCODE_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "brasa/batch.h"

enum { BRASA_PLAIN_COLUMN = 64 };

size_t brasa__plain_encoded_bytes(brasa_schema schema, int32_t rows);
/* Writes all but the values, when they are there: the bytes are then those of brasa__batch_encode_bare. */
void brasa__plain_encoded_seal(brasa_schema schema, int32_t rows, void *data);
/* Adds the checksum: the bytes are then those of brasa__batch_encode. */
void brasa__plain_encoded_check(void *data, size_t bytes);

#endif
