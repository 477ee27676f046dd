/* near_miss.c -- "did you mean": the closest name by Damerau-Levenshtein distance (optimal string alignment).
 *
 * Names are short and few; names of more than MAX_NAME bytes are not compared.
 */
#include "base/status.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_NAME = 64 };

static int min3(int a, int b, int c)
{
    int ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static int edits(const char *a, int na, const char *b, int nb)
{
    int  rows[3][MAX_NAME + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];

    for (int j = 0; j <= nb; j++) last[j] = j;
    for (int i = 1; i <= na; i++) {
        now[0] = i;
        for (int j = 1; j <= nb; j++) {
            int cost = same(a[i - 1], b[j - 1]) ? 0 : 1;
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost);
            bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
            if (swapped && before[j - 2] + 1 < now[j]) now[j] = before[j - 2] + 1;
        }
        int *oldest = before;
        before = last, last = now, now = oldest;
    }
    return last[nb];
}

const char *brasa__near_miss(const char *wrong, const char *const *names, int32_t count)
{
    const char *best = NULL;
    size_t      n = strlen(wrong);
    int         best_edits = 2 + (int)n / 3; /* one more than is allowed */

    if (n == 0 || n > MAX_NAME) return NULL;
    for (int32_t i = 0; i < count; i++) {
        size_t m = names[i] ? strlen(names[i]) : 0;
        if (m == 0 || m > MAX_NAME) continue;
        int e = edits(wrong, (int)n, names[i], (int)m);
        if (e < best_edits && e < (int)m) best = names[i], best_edits = e; /* a name wholly replaced is no near miss */
    }
    return best;
}
