/* data/arrow.h -- schemas and blocks to and from the Arrow C Data Interface.
 *
 * Out: numbers, dates and 128-bit decimals are shared; booleans become bits, strings offsets and bytes, small decimals 128 bits, dictionaries and
 * constants are written out, so that every block of a schema has one form.  In: what has our layout is shared, the rest converted.
 */
#ifndef BRASA_DATA_ARROW_H
#define BRASA_DATA_ARROW_H

#include "brasa/arrow.h"
#include "data/block.h"

/* A struct of the columns ("+s").  The caller releases *out. */
void brasa__arrow_export_schema(brasa_schema s, struct ArrowSchema *out);
/* The rows of a block as a struct array; holds a reference of the block until it and its children are released.  UNSUPPORTED: over 2 GB of one
 * column's strings or elements; ARITHMETIC: an interval beyond 64-bit nanoseconds. */
brasa_status brasa__arrow_export_block(brasa_block *b, struct ArrowArray *out, brasa_error *err);

/* UNSUPPORTED: a format that Brasa has no type for (names field and format). */
brasa_status brasa__arrow_import_schema(brasa_arena *arena, const struct ArrowSchema *in, brasa_schema *out, brasa_error *err);
/* A block of a struct array.  Moves *in: it is released with the block, or here when this fails.  `in_schema` is only read.  INVALID: an array that does
 * not fit its schema; UNSUPPORTED: over 2^31 - 1 rows; ARITHMETIC: a value that its type here cannot hold. */
brasa_status brasa__arrow_import_block(const struct ArrowSchema *in_schema, struct ArrowArray *in, brasa_schema schema, brasa_block **out,
                                       brasa_error *err);

#endif
