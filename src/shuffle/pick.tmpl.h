/* pick.tmpl.h -- values of one width picked by row number, none of them negative, for all partitions.
 *
 * The column stays in the nearest cache while every partition takes its share of it.  Included once per width, after defining
 *     T     an element type of that width
 *     NAME  function to define
 * Both are undefined at the end; there is no include guard on purpose.
 */
static void NAME(const void *values, const int32_t *restrict rows, size_t before, const target *to, int32_t nparts)
{
    const T *restrict v = values;

    for (int32_t p = 0, i = 0; p < nparts; p++) {
        T *restrict out = (T *)(void *)(to[p].base + before * to[p].room) + to[p].rows;

        for (int32_t n = to[p].more; n > 0; n--) *out++ = v[rows[i++]];
    }
}

#undef T
#undef NAME
