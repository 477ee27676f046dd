/* base/zone_icu.h -- what zone.c keeps, and what it asks ICU for. */
#ifndef BRASA_BASE_ZONE_ICU_H
#define BRASA_BASE_ZONE_ICU_H

#include <stdatomic.h>

#include "base/zone.h"

enum { BRASA_ZONE_ID = 63 };
#define BRASA_ZONE_TABLE_END (INT64_C(16725225600) * 1000000) /* the year 2500 */

struct brasa_zone {
    struct brasa_zone *next;
    char               name[BRASA_ZONE_ID + 1];
    char               id[BRASA_ZONE_ID + 1]; /* ICU's; empty: a fixed offset */
    int64_t            first;                 /* the offset before the first change */
    int32_t            n;
    int64_t           *at;    /* when the offset changes, in UTC */
    int64_t           *local; /* the first local time that is read with the new offset */
    int64_t           *offset;
    bool              *summer;
};

struct brasa_zone_ids {
    int32_t n;
    char    id[][BRASA_ZONE_ID + 1];
};

struct brasa_zones {
    _Atomic(struct brasa_zone_ids *) ids; /* of ICU's zones; NULL: not asked for yet */
    _Atomic(brasa_zone *)            head;
    _Atomic(brasa_zone *)            session; /* the last that was asked for as the session's */
};

/* The id as ICU spells it: names are also taken in other cases. */
bool brasa__icu_id(struct brasa_zones *zones, const char *name, char *id);
/* The changes of z->id. */
bool brasa__icu_changes(brasa_zone *z);
/* The id of this process's zone; UTC where there is none. */
void brasa__icu_host(char *out);
/* Its length; 0: none. */
size_t brasa__icu_display(const brasa_zone *z, bool summer, bool full, char *out);

#endif
