/* key_filter.tmpl.h -- keys whose bit is set in a filter of one bit per value.
 *
 * Included once per width, after defining
 *     T     element type
 *     NAME  function to define
 * Both are undefined at the end; there is no include guard on purpose.
 */
BRASA_CLONES static int32_t NAME(const brasa_key_filter *f, const void *keys, int32_t n, int32_t *restrict out)
{
    const T *restrict v = keys;
    const uint64_t *restrict words = f->words;
    uint64_t least = (uint64_t)f->least, range = (uint64_t)f->most - least;
    int32_t  m = 0;

    for (int32_t k = 0; k < n; k++) {
        uint64_t at = (uint64_t)(int64_t)v[k] - least, in = at <= range;

        at = in ? at : 0;
        out[m] = k;
        m += (int32_t)(words[at >> 6] >> (at & 63) & in);
    }
    return m;
}
#undef T
#undef NAME
