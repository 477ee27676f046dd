/* zone_icu.c -- ids, changes and names of zones, from ICU; see zone_icu.h. */
#include "base/zone_icu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/alloc.h"

enum { UCHARS = 128, CHANGES_MAX = 4096 };

static const int64_t TABLE_END = BRASA_ZONE_TABLE_END;

static int by_name(const void *a, const void *b)
{
    return strcasecmp(a, b);
}

/* All that ICU knows, in order: a name is looked up once in a million rows of text, or a million times in vain. */
static struct brasa_zone_ids *read_ids(void)
{
    UErrorCode             code = U_ZERO_ERROR;
    UEnumeration          *all = ucal_openTimeZones(&code);
    const char            *each;
    int32_t                n = U_SUCCESS(code) ? uenum_count(all, &code) : 0;
    struct brasa_zone_ids *ids = brasa__alloc_untracked(sizeof *ids + (size_t)(n > 0 ? n : 0) * sizeof ids->id[0]);

    while (ids->n < n && (each = uenum_next(all, NULL, &code)) != NULL && U_SUCCESS(code))
        if (strcmp(each, "Etc/Unknown") != 0 && strlen(each) <= BRASA_ZONE_ID) snprintf(ids->id[ids->n++], sizeof ids->id[0], "%s", each);
    if (all) uenum_close(all);
    qsort(ids->id, (size_t)ids->n, sizeof ids->id[0], by_name);
    return ids;
}

bool brasa__icu_id(struct brasa_zones *zones, const char *name, char *id)
{
    struct brasa_zone_ids *ids = atomic_load(&zones->ids), *none = NULL;

    if (ids == NULL) {
        ids = read_ids();
        if (!atomic_compare_exchange_strong(&zones->ids, &none, ids)) {
            free(ids);
            ids = none;
        }
    }
    const char *found = bsearch(name, ids->id, (size_t)ids->n, sizeof ids->id[0], by_name);
    if (found) snprintf(id, BRASA_ZONE_ID + 1, "%s", found);
    return found != NULL;
}

static UCalendar *open_calendar(const char *id, const char *locale)
{
    UChar      name[UCHARS];
    UErrorCode code = U_ZERO_ERROR;
    UCalendar *c;

    u_charsToUChars(id, name, (int32_t)strlen(id) + 1);
    c = ucal_open(name, -1, locale, UCAL_GREGORIAN, &code);
    if (U_FAILURE(code)) {
        if (c) ucal_close(c);
        return NULL;
    }
    return c;
}

static int64_t offset_now(UCalendar *c, bool *summer, UErrorCode *code)
{
    int32_t dst = ucal_get(c, UCAL_DST_OFFSET, code);

    *summer = dst != 0;
    return ((int64_t)ucal_get(c, UCAL_ZONE_OFFSET, code) + dst) * 1000;
}

typedef struct change {
    int64_t at, local, offset;
    bool    summer;
} change;

/* The changes in order: from before the first railway clock to the end of the table. */
static bool read_changes(brasa_zone *z, change *out)
{
    UCalendar *c = open_calendar(z->id, "en_US");
    UErrorCode code = U_ZERO_ERROR;
    UDate      when;
    bool       summer;

    if (c == NULL) return false;
    ucal_setMillis(c, -1e14, &code);
    z->first = offset_now(c, &summer, &code);
    int64_t before = z->first;
    while (U_SUCCESS(code) && z->n < CHANGES_MAX && ucal_getTimeZoneTransitionDate(c, UCAL_TZ_TRANSITION_NEXT, &when, &code)) {
        int64_t us = (int64_t)when * 1000;
        if (us >= TABLE_END) break;
        ucal_setMillis(c, when, &code);
        int64_t after = offset_now(c, &summer, &code);
        out[z->n++] = (change) {us, us + (before > after ? before : after), after, summer};
        before = after;
    }
    ucal_close(c);
    return U_SUCCESS(code);
}

static void keep_changes(brasa_zone *z, const change *from)
{
    z->at = brasa__alloc_untracked((size_t)z->n * (3 * sizeof(int64_t) + sizeof(bool)) + 1);
    z->local = z->at + z->n;
    z->offset = z->local + z->n;
    z->summer = (bool *)(z->offset + z->n);
    for (int32_t i = 0; i < z->n; i++) {
        z->at[i] = from[i].at;
        z->local[i] = from[i].local;
        z->offset[i] = from[i].offset;
        z->summer[i] = from[i].summer;
    }
}

bool brasa__icu_changes(brasa_zone *z)
{
    change *changes = brasa__alloc_untracked(CHANGES_MAX * sizeof *changes);
    bool    ok = read_changes(z, changes);

    if (ok) keep_changes(z, changes);
    free(changes);
    return ok;
}

void brasa__icu_host(char *out)
{
    UChar      name[UCHARS];
    UErrorCode code = U_ZERO_ERROR;
    int32_t    n = ucal_getHostTimeZone(name, UCHARS, &code);

    snprintf(out, BRASA_ZONE_ID + 1, "UTC");
    if (U_SUCCESS(code) && n > 0 && n <= BRASA_ZONE_ID) u_UCharsToChars(name, out, n + 1);
}

/* A country's English has short names for its own zones only: the first that has one is taken. */
size_t brasa__icu_display(const brasa_zone *z, bool summer, bool full, char *out)
{
    static const char *const locales[] = {"en_US", "en_GB", "en_AU", "en_IN", "en_ZA", "en_NZ"};
    UChar                    name[BRASA_ZONE_NAME];
    size_t                   n = 0;

    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        UErrorCode code = U_ZERO_ERROR;
        UCalendar *c = open_calendar(z->id, locales[i]);
        if (c == NULL) continue;
        UCalendarDisplayNameType type = full ? (summer ? UCAL_DST : UCAL_STANDARD) : (summer ? UCAL_SHORT_DST : UCAL_SHORT_STANDARD);
        int32_t                  len = ucal_getTimeZoneDisplayName(c, type, locales[i], name, BRASA_ZONE_NAME, &code);
        ucal_close(c);
        if (U_FAILURE(code) || len <= 0 || len >= BRASA_ZONE_NAME) continue;
        u_strToUTF8(out, BRASA_ZONE_NAME, &len, name, len, &code);
        if (U_FAILURE(code)) continue;
        n = (size_t)len;
        if (full || strncmp(out, "GMT", 3) != 0) break;
    }
    return n;
}
