/* pick.tmpl.h -- values of one width picked by row number, none of them negative, for all partitions.
 *
 * The column stays in the nearest cache while every partition takes its share of it.  Included once per width, after defining
 *     T             an element type of that width
 *     NAME          function to define
 *     LINE16(v, r)  optional: the values v[r[0]], v[r[1]]... as an __m128i; then runs may be written past the cache
 * All are undefined at the end; there is no include guard on purpose.
 */
static void NAME(const void *values, int32_t c, const target *to, int32_t nparts, brasa_ahead next)
{
    const T *restrict v = values;

    for (int32_t p = 0; p < nparts; p++) {
        if (to[p].more == 0) continue;

        T *restrict out = (T *)(void *)run_of(&to[p], c, sizeof(T));
        const uint16_t *restrict r = to[p].from;
        int32_t n = to[p].more, i = 0;

        if (p + 1 < nparts && to[p + 1].more > 0 && !to[p + 1].stream)
            claim(run_of(&to[p + 1], c, sizeof(T)), sizeof(T) * (size_t)to[p + 1].more);
        fetch(&next, n);
#if defined(LINE16) && defined(__SSE2__)
        enum { STEP = 16 / sizeof(T) };

        if (to[p].stream) {
            for (; i < n && (uintptr_t)(out + i) % 64 != 0; i++) out[i] = v[r[i]];
            for (; i + 4 * STEP <= n; i += 4 * STEP) {
                for (int32_t k = 0; k < 4 * STEP; k += STEP) {
                    const uint16_t *q = r + i + k;

                    _mm_stream_si128((__m128i *)(void *)(out + i + k), LINE16(v, q));
                }
            }
        }
#endif
        for (; i + 4 <= n; i += 4) {
            out[i] = v[r[i]];
            out[i + 1] = v[r[i + 1]];
            out[i + 2] = v[r[i + 2]];
            out[i + 3] = v[r[i + 3]];
        }
        for (; i < n; i++) out[i] = v[r[i]];
    }
}

#undef T
#undef NAME
#undef LINE16
