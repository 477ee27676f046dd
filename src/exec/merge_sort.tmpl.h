/* exec/merge_sort.tmpl.h -- a stable merge sort of items: include it after the types `sorter` and `item` and `int compare(const sorter *, const item *, const item *)`.
 *
 * Short runs by insertion; halves that are in order already are not merged.
 */

/* Sort a[0..n), with room for as many in b. */
static void merge_sort(const sorter *s, item *a, item *b, int64_t n)
{
    if (n <= 8) {
        for (int64_t i = 1; i < n; i++) {
            item    x = a[i];
            int64_t k = i;

            for (; k > 0 && compare(s, &a[k - 1], &x) > 0; k--) a[k] = a[k - 1];
            a[k] = x;
        }
        return;
    }
    int64_t half = n / 2, i = 0, k = half, at = 0;

    merge_sort(s, a, b, half);
    merge_sort(s, a + half, b + half, n - half);
    if (compare(s, &a[half - 1], &a[half]) <= 0) return;
    memcpy(b, a, sizeof *a * (size_t)half);
    while (i < half && k < n) a[at++] = compare(s, &b[i], &a[k]) <= 0 ? b[i++] : a[k++];
    while (i < half) a[at++] = b[i++];
}
