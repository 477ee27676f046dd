/* cast.tmpl.h -- every value of a column as another type: define A, R, NAME and STEP(a, r, bad) before; R, NAME and STEP are undefined at the end.
 * rows NULL: rows 0..n-1.  Returns whether any row failed. */
BRASA_CLONES
static bool NAME(const void *av, int as, const int32_t *restrict rows, int32_t n, void *outv)
{
    const A *restrict a = av;
    R *restrict out = outv;
    unsigned bad = 0;

    if (rows) {
        for (int32_t i = 0; i < n; i++) STEP(a[as ? rows[i] : 0], out[rows[i]], bad);
    } else {
        for (int32_t i = 0; i < n; i++) STEP(a[as ? i : 0], out[i], bad);
    }
    return bad != 0;
}
#undef R
#undef NAME
#undef STEP
