/* rows_equal.tmpl.h -- pairs of values that are equal.
 *
 * Included once per physical type, after defining
 *     T            element type
 *     NAME         function to define
 *     EQUAL(p, q)  equality of the values at p and q
 * All are undefined at the end; there is no include guard on purpose.
 */
static void NAME(const void *av, const int32_t *restrict ai, const void *bv, const int32_t *restrict bi, int32_t n, uint8_t *restrict out)
{
    const T *a = av, *b = bv;

    for (int32_t i = 0; i < n; i++) out[i] = EQUAL(&a[ai[i]], &b[bi[i]]);
}
#undef T
#undef NAME
#undef EQUAL
