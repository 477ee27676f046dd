/* agg_sum.tmpl.h -- adding integers to 128-bit sums.
 *
 * Included once per element type, after defining
 *     T       element type
 *     NAME    suffix of the functions: add_each_NAME (a state per row), add_all_NAME (one state)
 *     IS_WIDE when T has 128 bits
 * All are undefined at the end.  Sums of 128-bit values may leave 128 bits: add_wide() keeps that in mind.  A batch of 2,048 values of 64 bits may pass 2^63, so 64-bit values are added as two halves of 32 bits, which
 * the compiler turns into vectors; narrower ones fit 64 bits as they are.
 */
#ifdef IS_WIDE
#define ADD(to, x) add_wide((to), (x))
#else
#define ADD(to, x) (void)(*(to) += (x))
#endif
#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)

static void PASTE(add_each_, NAME)(uint8_t *const *group, int32_t offset, const brasa_agg_col *a, int32_t n)
{
    const T *v = a->v;

    if (a->valid == NULL) {
        for (int32_t k = 0; k < n; k++) {
            int_sum *s = (int_sum *)(void *)(group[k] + offset);

            ADD(&s->sum, v[k]);
            s->n++;
        }
        return;
    }
    for (int32_t k = 0; k < n; k++) {
        int_sum *s = (int_sum *)(void *)(group[k] + offset);

        if (!brasa__agg_valid(a, k)) continue;
        ADD(&s->sum, v[k]);
        s->n++;
    }
}

#ifndef IS_WIDE
BRASA_CLONES
static brasa_int128 PASTE(sum_dense_, NAME)(const T *restrict v, int32_t n)
{
    if (sizeof(T) < 8) {
        int64_t sum = 0;

        for (int32_t k = 0; k < n; k++) sum += v[k];
        return sum;
    }
    int64_t  high = 0;
    uint64_t low = 0;

    for (int32_t k = 0; k < n; k++) {
        high += (int64_t)v[k] >> 32;
        low += (uint64_t)v[k] & 0xffffffffu;
    }
    return (brasa_int128)high * ((brasa_int128)1 << 32) + (brasa_int128)low;
}
#endif

static void PASTE(add_all_, NAME)(uint8_t *state, const brasa_agg_col *a, int32_t n)
{
    int_sum *s = (int_sum *)(void *)state;
    const T *v = a->v;

#ifndef IS_WIDE
    if (a->valid == NULL) {
        s->sum += PASTE(sum_dense_, NAME)(v, n);
        s->n += n;
        return;
    }
#endif
    for (int32_t k = 0; k < n; k++) {
        if (!brasa__agg_valid(a, k)) continue;
        ADD(&s->sum, v[k]);
        s->n++;
    }
}

#undef ADD
#undef PASTE
#undef PASTE_
#undef T
#undef NAME
#undef IS_WIDE
