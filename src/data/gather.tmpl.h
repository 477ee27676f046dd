/* gather.tmpl.h -- fixed-width values picked by row number.
 *
 * Included once per width, after defining
 *     T     an element type of that width
 *     NAME  suffix of the functions, e.g. w8
 * Both are undefined at the end; there is no include guard on purpose.  The forms with `_or_zero` take negative row numbers.
 */
#define FN_(a, b)  a##_##b
#define FN2_(a, b) FN_(a, b)
#define FN(a)      FN2_(a, NAME)

static void FN(fill)(const T *v, int32_t n, T *restrict out)
{
    const T x = *v;

    for (int32_t i = 0; i < n; i++) out[i] = x;
}

static void FN(pick)(const T *restrict v, const int32_t *restrict rows, int32_t n, T *restrict out)
{
    for (int32_t i = 0; i < n; i++) out[i] = v[rows[i]];
}

static void FN(pick_code)(const T *restrict v, const int32_t *restrict codes, const int32_t *restrict rows, int32_t n, T *restrict out)
{
    for (int32_t i = 0; i < n; i++) out[i] = v[codes[rows[i]]];
}

static void FN(pick_or_zero)(const T *restrict v, const int32_t *restrict rows, int32_t n, T *restrict out)
{
    const T zero = {0};

    for (int32_t i = 0; i < n; i++) out[i] = rows[i] < 0 ? zero : v[rows[i]];
}

static void FN(pick_code_or_zero)(const T *restrict v, const int32_t *restrict codes, const int32_t *restrict rows, int32_t n,
                                  T *restrict out)
{
    const T zero = {0};

    for (int32_t i = 0; i < n; i++) out[i] = rows[i] < 0 ? zero : v[codes[rows[i]]];
}

static void FN(gather)(const brasa_column *c, const int32_t *rows, int32_t from, int32_t n, bool negative, void *dst)
{
    if (c->encoding == BRASA_CONST) {
        FN(fill)(c->values, n, dst);
        if (!negative) return;
        for (int32_t i = 0; i < n; i++) {
            if (rows[i] < 0) ((T *)dst)[i] = (T) {0};
        }
    } else if (c->encoding == BRASA_FLAT) {
        const T *v = c->values;

        if (rows == NULL) {
            memcpy(dst, v + from, (size_t)n * sizeof(T));
        } else if (negative) {
            FN(pick_or_zero)(v, rows, n, dst);
        } else {
            FN(pick)(v, rows, n, dst);
        }
    } else {
        const T *v = c->child->values;

        if (rows == NULL) {
            FN(pick)(v, c->codes + from, n, dst);
        } else if (negative) {
            FN(pick_code_or_zero)(v, c->codes, rows, n, dst);
        } else {
            FN(pick_code)(v, c->codes, rows, n, dst);
        }
    }
}

#undef FN
#undef FN2_
#undef FN_
#undef T
#undef NAME
