/* compare.tmpl.h -- TEST(a, b) of two columns as bytes.
 *
 * Included after defining T (element type), NAME (the function) and TEST(a, b); all three are undefined at the end.
 * as, bs: 1 for a column, 0 for a constant.  rows NULL: rows 0..n-1.  out[r] = 0 or 1.
 */
BRASA_CLONES
static void NAME(const void *av, int as, const void *bv, int bs, const int32_t *restrict rows, int32_t n, uint8_t *restrict out)
{
    const T *restrict a = av;
    const T *restrict b = bv;

    if (rows) {
        for (int32_t i = 0; i < n; i++) {
            int32_t r = rows[i];
            out[r] = TEST(a[as ? r : 0], b[bs ? r : 0]);
        }
    } else if (as && bs) {
        for (int32_t i = 0; i < n; i++) out[i] = TEST(a[i], b[i]);
    } else if (as) {
        const T k = *b;
        for (int32_t i = 0; i < n; i++) out[i] = TEST(a[i], k);
    } else {
        const T k = *a;
        for (int32_t i = 0; i < n; i++) out[i] = TEST(k, b[bs ? i : 0]);
    }
}
#undef NAME
#undef TEST
