/* base/zone.h -- time zones: names, offsets, and the zone of the session.
 *
 * A zone is made once per rank and kept: a table of the moments at which its offset changes, and what the offset is from there on.  The rules come from ICU; offsets, gaps
 * and overlaps are those of Java's ZonedDateTime, and so Spark's: a local time that does not exist moves forward by the gap, one that exists twice is the first.
 * All times are microseconds since 1970, a moment's in UTC, a local one's as its clock shows it.
 */
#ifndef BRASA_BASE_ZONE_H
#define BRASA_BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BRASA_ZONE_NAME = 96 };

typedef struct brasa_zone brasa_zone;
struct brasa_zones;

/* "Europe/Berlin", "+02:00", "UTC+3", "Z", "PST", "LOCAL" (that of this process): NULL when there is no such zone.  Lives as long as the rank's context. */
const brasa_zone *brasa__zone_find(const char *name, size_t n);
/* That of the setting `timezone` of the calling thread's context. */
const brasa_zone *brasa__zone_session(void);
/* As it was asked for. */
const char *brasa__zone_name(const brasa_zone *z);
/* As others know it: its name in the zone database, or an offset as +05:30, or UTC; in `out`, room for BRASA_ZONE_NAME. */
void brasa__zone_standard_name(const brasa_zone *z, char *out);
bool brasa__zone_is_utc(const brasa_zone *z);

/* A stretch of time with one offset: loops over rows ask again only where they leave it.  Begins as {0}. */
typedef struct brasa_zone_span {
    int64_t from, to; /* [from, to) */
    int64_t offset;   /* local time less UTC */
} brasa_zone_span;

void brasa__zone_seek(const brasa_zone *z, int64_t us, brasa_zone_span *at);       /* around a moment */
void brasa__zone_seek_local(const brasa_zone *z, int64_t us, brasa_zone_span *at); /* around a local time */

static inline int64_t brasa__zone_offset(const brasa_zone *z, brasa_zone_span *at, int64_t us)
{
    if (us < at->from || us >= at->to) brasa__zone_seek(z, us, at);
    return at->offset;
}

static inline int64_t brasa__zone_offset_local(const brasa_zone *z, brasa_zone_span *at, int64_t us)
{
    if (us < at->from || us >= at->to) brasa__zone_seek_local(z, us, at);
    return at->offset;
}

/* Of a moment what the clocks show, and of a local time the moment; around where 64 bits end they wrap, as rows there have no meaning. */
static inline int64_t brasa__zone_local(const brasa_zone *z, brasa_zone_span *at, int64_t us)
{
    return (int64_t)((uint64_t)us + (uint64_t)brasa__zone_offset(z, at, us));
}

static inline int64_t brasa__zone_utc(const brasa_zone *z, brasa_zone_span *at, int64_t local)
{
    return (int64_t)((uint64_t)local - (uint64_t)brasa__zone_offset_local(z, at, local));
}

/* One value, kept at the ends of 64 bits. */
int64_t brasa__zone_to_local(const brasa_zone *z, int64_t us);
int64_t brasa__zone_to_utc(const brasa_zone *z, int64_t local);

/* The zone's name for a reader, as "CET" or "Central European Standard Time", at a moment; its length. */
size_t brasa__zone_display(const brasa_zone *z, int64_t us, bool full, char *out);

void brasa__zones_free(struct brasa_zones *zones);

#endif
