/* fault.c -- the fault points of a rank, and their counts.
 *
 * The table is written by brasa__faults_set, before threads run, and read by every thread; counts are atomic, so exactly
 * one passing is the Nth.
 */
#include "base/fault.h"

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ctx.h"

enum { MAX_POINTS = 16, MAX_NAME = 64 };

typedef struct point {
    char         name[MAX_NAME];
    long long    from;    /* the first passing that fires */
    bool         onwards; /* and every later one */
    int32_t      rank;    /* -1: every rank */
    atomic_llong passed;
} point;

struct brasa_faults {
    atomic_int count;
    point      points[MAX_POINTS];
};

brasa_faults *brasa__faults_new(void)
{
    return brasa__alloc_untracked(sizeof(brasa_faults));
}

void brasa__faults_free(brasa_faults *f)
{
    free(f);
}

/* name[:n][+][@rank]; n is 1 when it is not given. */
static bool parse_point(const char *text, size_t len, point *out)
{
    size_t name = strcspn(text, ":@,+");
    char   rest[48], *at = rest;

    if (name > len) name = len;
    if (name == 0 || name >= MAX_NAME || len - name >= sizeof rest) return false;
    memcpy(out->name, text, name);
    out->name[name] = '\0';
    memcpy(rest, text + name, len - name);
    rest[len - name] = '\0';
    out->from = 1;
    out->onwards = false;
    out->rank = -1;
    if (*at == ':') {
        char *digits = at + 1;
        out->from = strtoll(digits, &at, 10);
        if (at == digits || out->from < 1) return false;
    }
    if (*at == '+') out->onwards = true, at++;
    if (*at == '@') {
        char *digits = at + 1;
        long  rank = strtol(digits, &at, 10);
        if (at == digits || rank < 0 || rank > INT_MAX) return false;
        out->rank = (int32_t)rank;
    }
    atomic_store(&out->passed, 0);
    return *at == '\0';
}

brasa_status brasa__faults_set(brasa_faults *f, const char *text, brasa_error *err)
{
    int count = 0;

    atomic_store(&f->count, 0);
    while (*text) {
        size_t len = strcspn(text, ",");
        if (len > 0 && count == MAX_POINTS) return brasa__fail(err, BRASA_INVALID, "faults: more than %d points", MAX_POINTS);
        if (len > 0 && !parse_point(text, len, &f->points[count++])) {
            return brasa__fail(err, BRASA_INVALID, "faults: '%.*s' is not of the form name[:n][+][@rank], as in io.write:3@1", (int)len,
                               text);
        }
        text += len;
        if (*text == ',') text++;
    }
    atomic_store(&f->count, count);
    return BRASA_OK;
}

bool brasa__faults_reached(const brasa_faults *f)
{
    int count = atomic_load_explicit(&f->count, memory_order_acquire);

    for (int i = 0; i < count; i++)
        if (atomic_load(&f->points[i].passed) >= f->points[i].from) return true;
    return false;
}

bool brasa__fault_fires(const char *name)
{
    const brasa_ctx *ctx = brasa__ctx();
    brasa_faults    *f = ctx->faults;
    int              count = f ? atomic_load_explicit(&f->count, memory_order_acquire) : 0;
    bool             fires = false;

    for (int i = 0; i < count; i++) {
        point *p = &f->points[i];
        if (strcmp(p->name, name) != 0 || (p->rank >= 0 && p->rank != ctx->rank)) continue;
        long long now = atomic_fetch_add(&p->passed, 1) + 1;
        if (now == p->from || (p->onwards && now > p->from)) fires = true;
    }
    return fires;
}

#ifdef BRASA_FAULTS
void brasa__fault_kill(const char *name)
{
    if (brasa__fault_fires(name)) (void)raise(SIGKILL);
}
#endif
