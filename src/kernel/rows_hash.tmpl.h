/* rows_hash.tmpl.h -- hashes of values picked by row number.
 *
 * Included once per physical type, after defining
 *     T         element type
 *     NAME      suffix of the functions
 *     HASH(p)   hash of the value at p
 *     OUT       optional: the type of a hash, if not uint64_t
 * All are undefined at the end; there is no include guard on purpose.
 */
#ifndef OUT
#define OUT uint64_t
#endif
#define FN_(a, b)  a##_##b
#define FN2_(a, b) FN_(a, b)
#define FN(a)      FN2_(a, NAME)

BRASA_CLONES
static void FN(hash_run)(const T *restrict v, int32_t n, OUT *restrict out)
{
    for (int32_t i = 0; i < n; i++) out[i] = HASH(&v[i]);
}

static void FN(hash_pick)(const T *restrict v, const int32_t *restrict rows, int32_t n, OUT *restrict out)
{
    for (int32_t i = 0; i < n; i++) out[i] = HASH(&v[rows[i]]);
}

static void FN(hash_values)(const void *values, const int32_t *rows, int32_t from, int32_t n, OUT *out)
{
    const T *v = values;

    if (rows == NULL) {
        FN(hash_run)(v + from, n, out);
    } else {
        FN(hash_pick)(v, rows, n, out);
    }
}

#undef FN
#undef FN2_
#undef FN_
#undef T
#undef NAME
#undef HASH
#undef OUT
