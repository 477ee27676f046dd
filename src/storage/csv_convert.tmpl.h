/* csv_convert.tmpl.h -- the fields of one column, parsed in a loop.
 *
 * Included once per type, after defining
 *     T            element type of the column
 *     VALUE        type that the parser gives (int64_t unless said)
 *     NAME         function to define
 *     PARSE(p, n)  true when the n bytes at p are a value, which is then in `v`; `c` is the conversion
 * All are undefined at the end; there is no include guard on purpose.
 *
 * A null field gives null, and so does an empty one, quoted or not.  Returns the first row that does not parse, or `rows`.
 */
#ifndef VALUE
#define VALUE int64_t
#endif
static int32_t NAME(conversion *c, const brasa_csv_field *fields, int32_t stride, int32_t from, int32_t rows)
{
    T *out = (T *)c->b->cols[c->col].values->data + c->b->rows;

    for (int32_t i = from; i < rows; i++) {
        brasa_csv_field f = fields[(int64_t)i * stride];
        const char     *p = c->data + f.offset;
        size_t          n = f.length & BRASA_CSV_LENGTH;
        VALUE           v;

        if ((f.length & BRASA_CSV_ESCAPED) != 0 && n != 0) return i;
        if (n == 0 || (c->d->null_text != NULL && brasa__csv_is_null(c->d, c->data, f))) {
            brasa__build_null(c->b, c->col, c->b->rows + i);
            continue;
        }
        if (!PARSE(p, n)) return i;
        out[i] = (T)v;
    }
    return rows;
}
#undef T
#undef VALUE
#undef NAME
#undef PARSE
