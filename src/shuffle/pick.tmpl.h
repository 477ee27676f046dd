/* pick.tmpl.h -- values of one width picked by row number, none of them negative.
 *
 * Included once per width, after defining
 *     T     an element type of that width
 *     NAME  function to define
 * Both are undefined at the end; there is no include guard on purpose.
 */
static void NAME(const void *values, const int32_t *restrict rows, int32_t n, void *restrict to)
{
    const T *restrict v = values;
    T *restrict out = to;

    for (int32_t i = 0; i < n; i++) out[i] = v[rows[i]];
}

#undef T
#undef NAME
