/* bind_special.c -- DATE 'today', TIMESTAMP 'now': words for days, in literals that are cast.
 *
 * Only literals, as in Spark: in a column the same words are no dates.  A zone may follow, as in 'tomorrow Europe/Berlin'.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/zone.h"
#include "expr/bind_internal.h"
#include "expr/date_arith.h"

enum { EPOCH, NOW, TODAY, TOMORROW, YESTERDAY, WORDS };

static int word_of(const char **s, size_t *n)
{
    static const char *const words[] = {"epoch", "now", "today", "tomorrow", "yesterday"};

    while (*n > 0 && (unsigned char)**s <= ' ') (*s)++, (*n)--;
    while (*n > 0 && (unsigned char)(*s)[*n - 1] <= ' ') (*n)--;
    for (int w = EPOCH; w < WORDS; w++) {
        size_t len = strlen(words[w]);
        if (*n < len || strncasecmp(*s, words[w], len) != 0 || (*n > len && (*s)[len] != ' ')) continue;
        for (*s += len, *n -= len; *n > 0 && **s == ' ';) (*s)++, (*n)--;
        return w;
    }
    return WORDS;
}

bool brasa__bind_special_date(const binder *b, const brasa_expr *e, brasa_type t, brasa_value *out)
{
    const char       *s = e->value.u.s.p;
    size_t            n = e->value.u.s.n;
    int64_t           now = b->scope->now_us ? b->scope->now_us : brasa__clock_unix_us();
    const brasa_zone *zone = brasa__zone_session();
    int               word = word_of(&s, &n);

    if (word == WORDS) return false;
    if (n > 0) zone = brasa__zone_find(s, n);
    if (zone == NULL) return false;
    int64_t local = brasa__zone_to_local(zone, now);
    int64_t days = word == EPOCH ? 0 : brasa__timestamp_days(local) + (word == TOMORROW) - (word == YESTERDAY);
    *out = (brasa_value) {.type = t};
    if (t.kind == BRASA_KIND_DATE)
        out->u.i = days;
    else if (word == EPOCH)
        out->u.i = 0;
    else if (t.kind == BRASA_KIND_TIMESTAMP_NTZ)
        out->u.i = word == NOW ? local : days * BRASA_DAY_US;
    else
        out->u.i = word == NOW ? now : brasa__zone_to_utc(zone, days * BRASA_DAY_US);
    return true;
}
