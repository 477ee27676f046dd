/* arith.tmpl.h -- a OP b of two columns.
 *
 * Included after defining A, B, R (element types), NAME (the function) and STEP(a, b, r, bad), which sets r and raises bad (an unsigned) where the row
 * fails; all are undefined at the end.  as, bs: 1 for a column, 0 for a constant.  rows NULL: rows 0..n-1.
 * Returns whether any row failed: the caller then looks for it among the rows that count.
 */
BRASA_CLONES
static bool NAME(const void *av, int as, const void *bv, int bs, const int32_t *restrict rows, int32_t n, void *outv)
{
    const A *restrict a = av;
    const B *restrict b = bv;
    R *restrict out = outv;
    unsigned bad = 0;

    if (rows) {
        for (int32_t i = 0; i < n; i++) {
            int32_t row = rows[i];
            STEP(a[as ? row : 0], b[bs ? row : 0], out[row], bad);
        }
    } else if (as && bs) {
        for (int32_t i = 0; i < n; i++) STEP(a[i], b[i], out[i], bad);
    } else if (as) {
        const B k = *b;
        for (int32_t i = 0; i < n; i++) STEP(a[i], k, out[i], bad);
    } else {
        const A k = *a;
        for (int32_t i = 0; i < n; i++) STEP(k, b[bs ? i : 0], out[i], bad);
    }
    return bad != 0;
}
#undef A
#undef B
#undef R
#undef NAME
#undef STEP
