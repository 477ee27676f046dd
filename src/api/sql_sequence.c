/* api/sql_sequence.c -- CREATE, ALTER and DROP SEQUENCE, and the numbers that sequences give.
 *
 * A sequence gives whole runs of numbers to statements of many rows.  Numbers that were given are gone, whatever becomes of the statement or its transaction.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"

typedef struct brasa_sql_sequence {
    struct brasa_sql_sequence *next;
    const char                *name; /* NULL: dropped */
    int64_t                    start, step, least, most, last;
    bool                       cycle, used; /* `last` was given */
} brasa_sql_sequence;

static brasa_sql_sequence *find(const brasa_session *s, const char *name)
{
    brasa_sql_sequence *q = s->sequences;

    while (q != NULL && (q->name == NULL || strcasecmp(q->name, name) != 0)) q = q->next;
    return q;
}

static brasa_status missing(const char *name, brasa_error *err)
{
    return brasa__fail(err, BRASA_NOT_FOUND, "there is no sequence '%s'; CREATE SEQUENCE makes one", name);
}

/* ---- numbers ---- */

/* The first of n numbers. */
static brasa_status take(brasa_sql_sequence *q, int64_t n, int64_t *out, brasa_error *err)
{
    int64_t way;
    bool    ends = q->used && __builtin_add_overflow(q->last, q->step, out);

    if (!q->used) *out = q->last;
    ends = ends || (q->used && (*out > q->most || *out < q->least));
    if (ends && q->cycle) *out = q->step > 0 ? q->least : q->most;
    if (n == 0) return BRASA_OK;
    bool far = __builtin_mul_overflow(q->step, n - 1, &way) || __builtin_add_overflow(*out, way, &q->last);
    if ((ends && !q->cycle) || far || q->last > q->most || q->last < q->least)
        return brasa__fail(err, BRASA_INVALID,
                           "sequence %s has no %lld numbers more, from %lld to %lld; ALTER SEQUENCE %s RESTART begins anew", q->name,
                           (long long)n, (long long)q->least, (long long)q->most, q->name);
    q->used = true;
    return BRASA_OK;
}

brasa_status brasa__sql_sequence_numbers(void *arg, const char *what, const char *name, const int64_t *args, int32_t nargs, int64_t n,
                                         int64_t *out, int64_t *step, brasa_error *err)
{
    const sql_call     *c = arg;
    brasa_session      *s = c->api->session;
    brasa_sql_sequence *q = name == NULL ? s->numbered : find(s, name);

    if (name == NULL && q == NULL) return brasa__fail(err, BRASA_INVALID, "lastval: no sequence gave a number yet");
    if (q == NULL) return missing(name, err);
    *step = q->step;
    if (strcmp(what, "nextval") == 0) {
        brasa_sql_sequence before = *q;
        brasa_status       status = take(q, n, out, err);

        if (status != BRASA_OK) *q = before;
        s->numbered = q;
        return status;
    }
    if (strcmp(what, "setval") == 0) {
        if (args[0] < q->least || args[0] > q->most)
            return brasa__fail(err, BRASA_INVALID, "setval of sequence %s: %lld is not from %lld to %lld", name, (long long)args[0],
                               (long long)q->least, (long long)q->most);
        q->last = *out = args[0];
        q->used = nargs < 2 || args[1] != 0;
        return BRASA_OK;
    }
    if (!q->used) return brasa__fail(err, BRASA_INVALID, "%s: sequence %s gave no number yet; nextval does", what, q->name);
    *out = q->last;
    return BRASA_OK;
}

/* ---- statements ---- */

static const char *option(const brasa_statement *st, const char *key, bool *given)
{
    *given = false;
    for (int32_t i = 0; i < st->noptions; i++) {
        if (strcasecmp(st->options[i].key, key) != 0) continue;
        *given = true;
        return st->options[i].value;
    }
    return NULL;
}

static int64_t number(const brasa_statement *st, const char *key, int64_t otherwise)
{
    bool        given;
    const char *text = option(st, key, &given);

    return text == NULL ? otherwise : strtoll(text, NULL, 10);
}

static brasa_status checked(const brasa_sql_sequence *q, brasa_error *err)
{
    if (q->step == 0) return brasa__fail(err, BRASA_INVALID, "sequence %s: INCREMENT BY 0; give another step", q->name);
    if (q->least > q->most) return brasa__fail(err, BRASA_INVALID, "sequence %s: MINVALUE is above MAXVALUE", q->name);
    if (q->start < q->least || q->start > q->most)
        return brasa__fail(err, BRASA_INVALID, "sequence %s: START %lld is not from %lld to %lld", q->name, (long long)q->start,
                           (long long)q->least, (long long)q->most);
    return BRASA_OK;
}

static brasa_status alter(const brasa_statement *st, brasa_sql_sequence *q, brasa_error *err)
{
    brasa_sql_sequence now = *q;
    bool               given;

    now.step = number(st, "increment", q->step);
    now.least = number(st, "minvalue", q->least);
    now.most = number(st, "maxvalue", q->most);
    now.start = number(st, "start", q->start);
    now.cycle = number(st, "cycle", q->cycle) != 0;
    BRASA_TRY(checked(&now, err));
    const char *again = option(st, "restart", &given);
    if (given) {
        now.last = again == NULL ? now.start : strtoll(again, NULL, 10);
        now.used = false;
    }
    *q = now;
    return BRASA_OK;
}

static brasa_status drop(brasa_session *s, const brasa_statement *st, brasa_error *err)
{
    for (int32_t i = 0; i < st->ncolumns; i++) {
        brasa_sql_sequence *q = find(s, st->columns[i]);

        if (q == NULL && st->if_exists) continue;
        if (q == NULL) return missing(st->columns[i], err);
        q->name = NULL;
        if (s->numbered == q) s->numbered = NULL;
    }
    return BRASA_OK;
}

static void add(brasa_session *s, const brasa_sql_sequence *q)
{
    brasa_sql_sequence *kept = brasa__arena_copy(s->arena, q, sizeof *q);

    kept->name = brasa__arena_strdup(s->arena, q->name);
    kept->next = s->sequences;
    s->sequences = kept;
}

void brasa__sql_add_serial(brasa_session *s, const char *name)
{
    brasa_sql_sequence q = {.name = name, .start = 1, .step = 1, .least = 1, .most = INT64_MAX, .last = 1}, *old = find(s, name);

    if (old != NULL) old->name = NULL;
    add(s, &q);
}

brasa_status brasa__sql_change_sequence(sql_call *c, const brasa_statement *st, brasa_error *err)
{
    brasa_session      *s = c->api->session;
    brasa_sql_sequence *old = st->no_data ? NULL : find(s, st->name), q = {.name = st->name};

    if (st->no_data) return drop(s, st, err);
    if (st->overwrite && old == NULL) return st->if_exists ? BRASA_OK : missing(st->name, err);
    if (st->overwrite) return alter(st, old, err);
    if (old != NULL && st->if_not_exists) return BRASA_OK;
    if (old != NULL && !st->replace)
        return brasa__fail(err, BRASA_EXISTS, "there is a sequence '%s' already; DROP SEQUENCE drops it", st->name);
    q.step = number(st, "increment", 1);
    q.least = number(st, "minvalue", q.step > 0 ? 1 : INT64_MIN);
    q.most = number(st, "maxvalue", q.step > 0 ? INT64_MAX : -1);
    q.last = q.start = number(st, "start", q.step > 0 ? q.least : q.most);
    q.cycle = number(st, "cycle", 0) != 0;
    BRASA_TRY(checked(&q, err));
    if (old != NULL) old->name = NULL;
    add(s, &q);
    return BRASA_OK;
}
