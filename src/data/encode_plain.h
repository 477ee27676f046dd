/* data/encode_plain.h -- the wire form of flat columns of fixed width and of strings, for who writes the values where they are sent from.
 *
 * `rows` is a multiple of 64, not 0.  The encoding begins at an address that is a multiple of 64.  Places are counted from there; values
 * lie at multiples of 64, bitmaps too.
 */
#ifndef BRASA_DATA_ENCODE_PLAIN_H
#define BRASA_DATA_ENCODE_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "brasa/batch.h"

typedef struct brasa_plain_run {
    bool nulls; /* has a bitmap */
    size_t
        room; /* bytes for long strings, a multiple of 64; a string that has its bytes at offset k of them holds k in the place of its pointer */
    size_t values, valid, heap;
} brasa_plain_run;

/* Places for columns whose nulls and room are set; returns the bytes of the encoding. */
size_t brasa__plain_place(brasa_schema schema, int32_t rows, brasa_plain_run *runs);
/* Writes all but values, bitmaps and bytes of strings, when they are there: an encoding as that of brasa__batch_encode_bare. */
void brasa__plain_seal(brasa_schema schema, int32_t rows, const brasa_plain_run *runs, void *data);
/* Adds the checksum: an encoding as that of brasa__batch_encode. */
void brasa__plain_check(void *data, size_t bytes);

#endif
