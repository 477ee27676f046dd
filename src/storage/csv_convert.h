/* storage/csv_convert.h -- fields of text into values of columns. */
#ifndef BRASA_STORAGE_CSV_CONVERT_H
#define BRASA_STORAGE_CSV_CONVERT_H

#include "storage/csv.h"

/* Fields of `rows` records, `stride` apart, into rows [b->rows, b->rows + rows) of column `col`.  Returns the first row, from 0, whose field does not
 * parse, or `rows` when all do.  Goes on behind row `from`. */
int32_t brasa__csv_convert(brasa_build *b, int32_t col, const brasa_csv_dialect *d, const char *data, const brasa_csv_field *fields,
                           int32_t stride, int32_t from, int32_t rows, brasa_text *scratch);

#endif
