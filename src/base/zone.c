/* zone.c -- see zone.h.
 *
 * ICU's rules go on for ever, and the calendar repeats itself every 400 years to the day of the week: the table holds the changes to the year 2500, and later moments are
 * looked up as many cycles earlier.  Zones are a list that only grows, read without a lock.
 */
#include "base/zone.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/ctx.h"
#include "base/zone_icu.h"

static const int64_t SECOND = 1000000, CYCLE = INT64_C(146097) * 86400000000, TABLE_END = BRASA_ZONE_TABLE_END;

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
    if (!brasa__icu_id(zones, meant, z->id)) return false;
    return brasa__icu_changes(z);
}

/* TZ as POSIX writes a zone without its name: "<+0545>-5:45", "EST5" count from the zone to UTC.  ICU would take them for UTC.  false: it is not of that form.
 * With summer time it stays as it is: the database has some of these as names (EST5EDT), the others are no zones to us. */
static bool posix_zone(const char *tz, char *out)
{
    const char *p = tz + 1, *sign;
    int         part[3] = {0, 0, 0}, n = 0;

    if (*tz == '<') {
        while (*p != '\0' && *p != '>') p++;
        if (*p++ != '>') return false;
    } else {
        for (p = tz; isalpha((unsigned char)*p);) p++;
        if (p - tz < 3) return false;
    }
    sign = p;
    if (*p == '-' || *p == '+') p++;
    if (!isdigit((unsigned char)*p)) return false;
    for (; n < 3 && isdigit((unsigned char)*p); n++) {
        for (; isdigit((unsigned char)*p) && part[n] < 1000; p++) part[n] = part[n] * 10 + (*p - '0');
        if (*p == ':' && n < 2 && isdigit((unsigned char)p[1])) p++;
    }
    if (*p != '\0') {
        snprintf(out, BRASA_ZONE_ID + 1, "%s", tz);
    } else {
        snprintf(out, BRASA_ZONE_ID + 1, part[2] != 0 ? "%c%02d:%02d:%02d" : "%c%02d:%02d", *sign == '-' ? '+' : '-', part[0], part[1],
                 part[2]);
    }
    return true;
}

/* ICU takes TZ as it is; the C library, and so everybody else, takes an empty one for UTC, and the path of a zone's file too. */
static void host_zone(char *out)
{
    static const char folder[] = "/usr/share/zoneinfo/";
    const char       *tz = getenv("TZ");

    if (tz != NULL && tz[0] == ':') tz++;
    if (tz != NULL && tz[0] == '\0')
        snprintf(out, BRASA_ZONE_ID + 1, "UTC");
    else if (tz != NULL && strncmp(tz, folder, sizeof folder - 1) == 0)
        snprintf(out, BRASA_ZONE_ID + 1, "%s", tz + sizeof folder - 1);
    else if (tz == NULL || !posix_zone(tz, out))
        brasa__icu_host(out);
}

static brasa_zone *zone_make(struct brasa_zones *zones, const char *name)
{
    brasa_zone *z = brasa__alloc_untracked(sizeof *z);
    char        meant[BRASA_ZONE_ID + 1];

    snprintf(z->name, sizeof z->name, "%s", name);
    snprintf(meant, sizeof meant, "%s", name);
    if (strcasecmp(name, "LOCAL") == 0) {
        host_zone(meant);
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
    return n > 0 && n <= BRASA_ZONE_ID;
}

const brasa_zone *brasa__zone_find(const char *s, size_t n)
{
    struct brasa_zones *all = zones_of(brasa__ctx());
    char                name[BRASA_ZONE_ID + 1];
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

void brasa__zone_standard_name(const brasa_zone *z, char *out)
{
    int64_t minutes = z->first / (60 * SECOND), size = minutes < 0 ? -minutes : minutes;

    if (z->id[0] != '\0')
        snprintf(out, BRASA_ZONE_NAME, "%s", z->id);
    else if (size == 0)
        snprintf(out, BRASA_ZONE_NAME, "UTC");
    else
        snprintf(out, BRASA_ZONE_NAME, "%c%02d:%02d", minutes < 0 ? '-' : '+', (int)(size / 60), (int)(size % 60));
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
    size_t n = brasa__icu_display(z, i >= 0 && z->summer[i], full, out);
    return n > 0 ? n : offset_name(at.offset, out);
}
