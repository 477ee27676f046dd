/* agg_minmax.tmpl.h -- the smaller or larger of what is there and what comes.
 *
 * Included once per element type, after defining
 *     T           element type
 *     NAME        suffix of the function update_NAME
 *     LESS(a, b)  the order
 * All are undefined at the end.
 */
#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)

static void PASTE(update_, NAME)(uint8_t *const *group, int32_t offset, const brasa_agg_col *a, int32_t n, bool max)
{
    const T *v = a->v;

    for (int32_t k = 0; k < n; k++) {
        pick_state *s = (pick_state *)(void *)(group[k] + offset);
        T           old;

        if (!brasa__agg_valid(a, k)) continue;
        memcpy(&old, s->value, sizeof old);
        if (!s->seen || (max ? LESS(old, v[k]) : LESS(v[k], old))) memcpy(s->value, &v[k], sizeof old);
        s->seen = 1;
    }
}

#undef PASTE
#undef PASTE_
#undef T
#undef NAME
#undef LESS
