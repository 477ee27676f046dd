/* slice.c -- rows [from, ...) of a column, without copying or allocating.
 *
 * Slices begin at multiples of 64 rows, so that bitmaps slice with them.  A struct only moves its child_rows: its fields are sliced when
 * they are looked at.
 */
#include <assert.h>

#include "data/block.h"
#include "data/type.h"

void brasa__column_slice(const brasa_column *in, int32_t from, brasa_column *out)
{
    assert(from >= 0 && from % 64 == 0);
    *out = *in;
    if (from == 0 || in->encoding == BRASA_CONST) return;
    if (in->valid != NULL) out->valid = in->valid + from / 64;
    if (in->encoding == BRASA_DICT) {
        out->codes = in->codes + from;
    } else if (in->type.kind == BRASA_KIND_STRUCT) {
        out->child_rows = in->child_rows + from;
    } else if (in->values != NULL) {
        out->values = (const char *)in->values + (size_t)from * brasa__type_width(in->type);
    }
}

void brasa__block_slice(const brasa_block *b, int32_t from, int32_t rows, brasa_column *cols, brasa_batch *out)
{
    assert(from + rows <= b->rows);
    for (int32_t i = 0; i < b->ncols; i++) brasa__column_slice(&b->cols[i], from, &cols[i]);
    *out = (brasa_batch) {.rows = rows, .ncols = b->ncols, .cols = cols, .nsel = rows};
}
