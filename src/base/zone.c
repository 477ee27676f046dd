/* zone.c -- see zone.h.
 *
 * ICU's rules go on for ever, and the calendar repeats itself every 400 years to the day of the week: the table holds the changes to the year 2500, and later moments are
 * looked up as many cycles earlier.  Zones are a list that only grows, read without a lock.
 */
#include "base/zone.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/ctx.h"

enum { NAME_MAX_BYTES = 63, UCHARS = 128, CHANGES_MAX = 4096 };

static const int64_t SECOND = 1000000, CYCLE = INT64_C(146097) * 86400000000, TABLE_END = INT64_C(16725225600) * 1000000;

struct brasa_zone {
    struct brasa_zone *next;
    char               name[NAME_MAX_BYTES + 1];
    char               id[NAME_MAX_BYTES + 1]; /* ICU's; empty: a fixed offset */
    int64_t            first;                  /* the offset before the first change */
    int32_t            n;
    int64_t           *at;    /* when the offset changes, in UTC */
    int64_t           *local; /* the first local time that is read with the new offset */
    int64_t           *offset;
    bool              *summer;
};

struct ids {
    int32_t n;
    char    id[][NAME_MAX_BYTES + 1];
};

struct brasa_zones {
    _Atomic(struct ids *) ids; /* of ICU's zones; NULL: not asked for yet */
    _Atomic(brasa_zone *) head;
    _Atomic(brasa_zone *) session; /* the last that was asked for as the session's */
};

/* ---- names ---- */

/* Java's ZoneId.SHORT_IDS, which Spark takes. */
static const char *const short_ids[][2] = {
    {"EST", "-05:00"},
    {"HST", "-10:00"},
    {"MST", "-07:00"},
    {"ACT", "Australia/Darwin"},
    {"AET", "Australia/Sydney"},
    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},
    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},
    {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},
    {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},
    {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},
    {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},
    {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},
    {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"},
};

static bool two_digits(const char **s, int most, int least_digits, int64_t *out)
{
    int n = 0, v = 0;

    while (n < 2 && **s >= '0' && **s <= '9') {
        v = v * 10 + (*(*s)++ - '0');
        n++;
    }
    *out = v;
    return n >= least_digits && v <= most;
}

/* +h, +hh, +hh:mm, +h:mm, +hhmm, +hh:mm:ss, +hhmmss: at most 18 hours. */
static bool parse_offset(const char *s, int64_t *us)
{
    int64_t h, m = 0, sec = 0;
    bool    minus = *s == '-';

    if (*s != '+' && *s != '-') return false;
    s++;
    if (!two_digits(&s, 18, 1, &h)) return false;
    if (*s == ':') {
        s++;
        if (!two_digits(&s, 59, 1, &m)) return false;
        if (*s == ':') {
            s++;
            if (!two_digits(&s, 59, 2, &sec)) return false;
        }
    } else if (*s != '\0') {
        if (!two_digits(&s, 59, 2, &m) || (*s != '\0' && !two_digits(&s, 59, 2, &sec))) return false;
    }
    if (*s != '\0' || h * 3600 + m * 60 + sec > 18 * 3600) return false;
    *us = (h * 3600 + m * 60 + sec) * (minus ? -SECOND : SECOND);
    return true;
}

/* An offset, perhaps behind UTC, GMT or UT. */
static bool fixed_offset(const char *name, int64_t *us)
{
    static const char *const prefixes[] = {"UTC", "GMT", "UT"};

    *us = 0;
    if (strcasecmp(name, "Z") == 0 || strcasecmp(name, "Zulu") == 0) return true;
    if (parse_offset(name, us)) return true;
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(prefixes[i]);
        if (strncasecmp(name, prefixes[i], n) == 0 && (name[n] == '\0' || parse_offset(name + n, us))) return true;
    }
    return false;
}

/* ---- ICU ---- */

static int by_name(const void *a, const void *b)
{
    return strcasecmp(a, b);
}

/* All that ICU knows, in order: a name is looked up once in a million rows of text, or a million times in vain. */
static struct ids *read_ids(void)
{
    UErrorCode    code = U_ZERO_ERROR;
    UEnumeration *all = ucal_openTimeZones(&code);
    const char   *each;
    int32_t       n = U_SUCCESS(code) ? uenum_count(all, &code) : 0;
    struct ids   *ids = brasa__alloc_untracked(sizeof *ids + (size_t)(n > 0 ? n : 0) * sizeof ids->id[0]);

    while (ids->n < n && (each = uenum_next(all, NULL, &code)) != NULL && U_SUCCESS(code))
        if (strcmp(each, "Etc/Unknown") != 0 && strlen(each) <= NAME_MAX_BYTES) snprintf(ids->id[ids->n++], sizeof ids->id[0], "%s", each);
    if (all) uenum_close(all);
    qsort(ids->id, (size_t)ids->n, sizeof ids->id[0], by_name);
    return ids;
}

/* The id as ICU spells it: names are also taken in other cases. */
static bool system_id(struct brasa_zones *zones, const char *name, char *id)
{
    struct ids *ids = atomic_load(&zones->ids), *none = NULL;

    if (ids == NULL) {
        ids = read_ids();
        if (!atomic_compare_exchange_strong(&zones->ids, &none, ids)) {
            free(ids);
            ids = none;
        }
    }
    const char *found = bsearch(name, ids->id, (size_t)ids->n, sizeof ids->id[0], by_name);
    if (found) snprintf(id, NAME_MAX_BYTES + 1, "%s", found);
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

/* ---- making ---- */

static void zone_free(brasa_zone *z)
{
    free(z->at);
    free(z);
}

static bool zone_fill(struct brasa_zones *zones, brasa_zone *z, const char *meant)
{
    for (size_t i = 0; i < sizeof short_ids / sizeof *short_ids; i++)
        if (strcasecmp(short_ids[i][0], meant) == 0) meant = short_ids[i][1];
    if (fixed_offset(meant, &z->first)) return true;
    if (!system_id(zones, meant, z->id)) return false;
    change *changes = brasa__alloc_untracked(CHANGES_MAX * sizeof *changes);
    bool    ok = read_changes(z, changes);
    if (ok) keep_changes(z, changes);
    free(changes);
    return ok;
}

static void local_name(char *out)
{
    UChar      name[UCHARS];
    UErrorCode code = U_ZERO_ERROR;
    int32_t    n = ucal_getHostTimeZone(name, UCHARS, &code);

    snprintf(out, NAME_MAX_BYTES + 1, "UTC");
    if (U_SUCCESS(code) && n > 0 && n <= NAME_MAX_BYTES) u_UCharsToChars(name, out, n + 1);
}

static brasa_zone *zone_make(struct brasa_zones *zones, const char *name)
{
    brasa_zone *z = brasa__alloc_untracked(sizeof *z);
    char        meant[NAME_MAX_BYTES + 1];

    snprintf(z->name, sizeof z->name, "%s", name);
    snprintf(meant, sizeof meant, "%s", name);
    if (strcasecmp(name, "LOCAL") == 0) {
        local_name(meant);
        snprintf(z->name, sizeof z->name, "%s", meant);
    }
    if (zone_fill(zones, z, meant)) return z;
    zone_free(z);
    return NULL;
}

static struct brasa_zones *zones_of(brasa_ctx *ctx)
{
    struct brasa_zones *none = NULL, *made = atomic_load(&ctx->zones);

    if (made) return made;
    made = brasa__alloc_untracked(sizeof *made);
    if (atomic_compare_exchange_strong(&ctx->zones, &none, made)) return made;
    free(made);
    return none;
}

static bool plain_text(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < ' ' || s[i] > '~') return false;
    return n > 0 && n <= NAME_MAX_BYTES;
}

const brasa_zone *brasa__zone_find(const char *s, size_t n)
{
    struct brasa_zones *all = zones_of(brasa__ctx());
    char                name[NAME_MAX_BYTES + 1];
    brasa_zone         *z;

    if (!plain_text(s, n)) return NULL;
    for (z = atomic_load_explicit(&all->head, memory_order_acquire); z; z = z->next)
        if (strncmp(z->name, s, n) == 0 && z->name[n] == '\0') return z;
    memcpy(name, s, n);
    name[n] = '\0';
    z = zone_make(all, name);
    if (z == NULL) return NULL;
    z->next = atomic_load(&all->head);
    while (!atomic_compare_exchange_weak(&all->head, &z->next, z)) {}
    return z;
}

void brasa__zones_free(struct brasa_zones *zones)
{
    if (zones == NULL) return;
    for (brasa_zone *z = atomic_load(&zones->head), *next; z; z = next) {
        next = z->next;
        zone_free(z);
    }
    free(atomic_load(&zones->ids));
    free(zones);
}

const brasa_zone *brasa__zone_session(void)
{
    struct brasa_zones *all = zones_of(brasa__ctx());
    const char         *name = brasa__setting_text(BRASA_SET_TIMEZONE);
    brasa_zone         *z = atomic_load_explicit(&all->session, memory_order_acquire);

    if (z && strcmp(z->name, name) == 0) return z;
    z = (brasa_zone *)(uintptr_t)brasa__zone_find(name, strlen(name));
    if (z == NULL) z = (brasa_zone *)(uintptr_t)brasa__zone_find("UTC", 3); /* settings are checked: it is there */
    atomic_store_explicit(&all->session, z, memory_order_release);
    return z;
}

const char *brasa__zone_name(const brasa_zone *z)
{
    return z->name;
}

bool brasa__zone_is_utc(const brasa_zone *z)
{
    return z->n == 0 && z->first == 0;
}

/* ---- looking up ---- */

/* The last change at or before us; -1: none. */
static int32_t last_at(const int64_t *at, int32_t n, int64_t us)
{
    int32_t low = 0, high = n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (at[middle] <= us)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static int32_t seek(const brasa_zone *z, const int64_t *table, int64_t us, brasa_zone_span *at)
{
    int64_t back = us < TABLE_END ? 0 : ((us - TABLE_END) / CYCLE + 1) * CYCLE;
    int32_t i = last_at(table, z->n, us - back);

    at->offset = i < 0 ? z->first : z->offset[i];
    at->from = i < 0 ? INT64_MIN : table[i];
    at->to = i + 1 < z->n ? table[i + 1] : z->n == 0 ? INT64_MAX : TABLE_END;
    if (back > 0) { /* the stretch holds for this moment, and is not looked at further */
        at->from = us;
        at->to = us < INT64_MAX ? us + 1 : us;
    }
    return i;
}

void brasa__zone_seek(const brasa_zone *z, int64_t us, brasa_zone_span *at)
{
    seek(z, z->at, us, at);
}

void brasa__zone_seek_local(const brasa_zone *z, int64_t us, brasa_zone_span *at)
{
    seek(z, z->local, us, at);
}

static int64_t add_kept(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

int64_t brasa__zone_to_local(const brasa_zone *z, int64_t us)
{
    brasa_zone_span at;

    brasa__zone_seek(z, us, &at);
    return add_kept(us, at.offset);
}

int64_t brasa__zone_to_utc(const brasa_zone *z, int64_t local)
{
    brasa_zone_span at;

    brasa__zone_seek_local(z, local, &at);
    return add_kept(local, -at.offset);
}

/* ---- names for readers ---- */

static size_t offset_name(int64_t us, char *out)
{
    int64_t s = us / SECOND;
    int     minus = s < 0, n;

    if (minus) s = -s;
    if (s == 0) return (size_t)snprintf(out, BRASA_ZONE_NAME, "GMT");
    n = snprintf(out, BRASA_ZONE_NAME, "GMT%c%02d:%02d", minus ? '-' : '+', (int)(s / 3600), (int)(s / 60 % 60));
    return (size_t)n;
}

/* A country's English has short names for its own zones only: the first that has one is taken. */
static size_t icu_name(const brasa_zone *z, bool summer, bool full, char *out)
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

size_t brasa__zone_display(const brasa_zone *z, int64_t us, bool full, char *out)
{
    brasa_zone_span at;
    int32_t         i = seek(z, z->at, us, &at);

    if (z->id[0] == '\0') {
        if (z->first == 0 && !full)
            return (size_t)snprintf(out, BRASA_ZONE_NAME, "%s", z->name[0] == 'G' ? "GMT" : z->name[0] == 'Z' ? "Z" : "UTC");
        if (z->first == 0) return (size_t)snprintf(out, BRASA_ZONE_NAME, "Coordinated Universal Time");
        return (size_t)snprintf(out, BRASA_ZONE_NAME, "%s", z->name);
    }
    size_t n = icu_name(z, i >= 0 && z->summer[i], full, out);
    return n > 0 ? n : offset_name(at.offset, out);
}
