/* comm/roll.c -- see roll.h.  Times are shares of the deadline: the first question after a quarter, then again after each eighth. */
#include "comm/roll.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/now.h"
#include "comm/peers.h"

enum { MOST_NAMED = 4, SHARES = 8, FIRST_SHARE = 2 };

static const int64_t LOOK_NS = 20000000, MOST_STEP_NS = 2000000000;

static size_t roll_bytes(int32_t size)
{
    return sizeof(brasa_roll) + sizeof(brasa_roll_of) * (size_t)size;
}

brasa_roll *brasa__roll_new(int32_t size)
{
    return brasa__alloc(roll_bytes(size));
}

void brasa__roll_free(brasa_roll *roll, int32_t size)
{
    if (roll != NULL) brasa__free(roll, roll_bytes(size));
}

static int32_t in_world(const brasa_comm *c, int32_t rank)
{
    return c->in_world == NULL ? rank : c->in_world[rank];
}

static bool waited_for(const brasa_comm *c, const brasa_wait *w, int32_t rank)
{
    return rank != c->rank && (w->peer == 0 || rank == w->peer - 1);
}

/* c NULL: this rank computes. */
static brasa_call where_am_i(const brasa_comm *c, const brasa_wait *w, const char *what)
{
    const brasa_now *now = brasa__now();
    brasa_call       a = {.kind = BRASA_CALL_ANSWER, .comm = -1, .stage = now->stage};

    if (what == NULL) what = now->doing == NULL ? "" : now->doing;
    snprintf(a.what, sizeof a.what, "%s", what);
    if (c == NULL) return a;
    a.comm = c->id;
    a.calls = c->calls;
    a.ms = w->waited_ns / 1000000;
    return a;
}

static void hear(const brasa_peers *p, const brasa_call *mine)
{
    brasa_roll *roll = p->roll;
    brasa_call  call;
    int32_t     from = 0;

    while (roll->link.hear(roll->link_arg, &from, &call)) {
        if (from < 0 || from >= p->size) continue;
        if (call.kind == BRASA_CALL_ASK) {
            roll->link.say(roll->link_arg, from, mine); /* dropped: it will ask again */
            continue;
        }
        call.what[sizeof call.what - 1] = '\0';
        roll->of[from] = (brasa_roll_of) {.heard = true, .said = call};
    }
}

static void ask(brasa_roll *roll, int32_t rank, bool first)
{
    brasa_roll_of *of = &roll->of[rank];

    if (!of->asked) of->silent_ns = 0;
    if (first) of->heard = false;
    of->asked = true;
    roll->link.say(roll->link_arg, rank, &(brasa_call) {.kind = BRASA_CALL_ASK});
}

/* Which part of the deadline has gone since the last look? */
static bool time_to_ask(const brasa_wait *w, int64_t step, int64_t deadline_ns)
{
    int64_t share = deadline_ns / SHARES, before = w->waited_ns - step;

    if (share <= 0) share = 1;
    return w->waited_ns >= FIRST_SHARE * share && w->waited_ns / share != before / share;
}

int32_t brasa__roll_call(brasa_comm *c, const brasa_wait *w, const char *what, int64_t now_ns)
{
    brasa_roll *roll = c->peers == NULL ? NULL : c->peers->roll;
    int64_t     deadline_ns = c->deadline_ms * 1000000, step;
    int32_t     silent = -1;
    brasa_call  mine;
    bool        asks;

    if (roll == NULL || roll->link_arg == NULL || now_ns - roll->looked_ns < LOOK_NS) return -1;
    step = now_ns - roll->looked_ns;
    if (step > MOST_STEP_NS) step = MOST_STEP_NS;
    roll->looked_ns = now_ns;
    mine = where_am_i(c, w, what);
    hear(c->peers, &mine);
    if (c->patient && c->peers->rank != 0) return -1; /* they may wait for what the user's program does next */
    asks = time_to_ask(w, step, deadline_ns);
    for (int32_t k = 0; k < c->size; k++) {
        int32_t        r = in_world(c, k);
        brasa_roll_of *of = &roll->of[r];

        if (!waited_for(c, w, k)) continue;
        if (of->asked) of->silent_ns += step;
        if (asks) ask(roll, r, w->waited_ns - step < FIRST_SHARE * (deadline_ns / SHARES));
        if (of->asked && of->silent_ns >= deadline_ns && c->patient) silent = r;
    }
    return silent;
}

void brasa__comm_answer(const brasa_comm *world)
{
    brasa_roll *roll = world->peers == NULL ? NULL : world->peers->roll;
    int64_t     now = brasa__clock_ns();
    brasa_call  mine;

    if (roll == NULL || roll->link_arg == NULL || roll->waiting || now - roll->looked_ns < LOOK_NS) return;
    roll->looked_ns = now;
    mine = where_am_i(NULL, NULL, NULL);
    hear(world->peers, &mine);
}

/* ---- who is missing ---- */

/* In this very call, as this rank: it waits for the same others. */
static bool waits_too(const brasa_comm *c, const brasa_roll_of *of)
{
    return of->heard && of->said.comm == c->id && of->said.calls == c->calls;
}

static void tell_place(const brasa_call *said, brasa_error *err)
{
    if (said->comm >= 0)
        brasa__fail_more(err, " waits in %s", said->what);
    else
        brasa__fail_more(err, " computes");
    if (said->stage > 0) brasa__fail_more(err, ", stage %d", (int)said->stage - 1);
    if (said->comm < 0 && said->what[0] != '\0') brasa__fail_more(err, " (%s)", said->what);
}

static void tell_one(const brasa_peers *p, int32_t r, brasa_error *err)
{
    brasa__fail_more(err, "rank %d (process %lld on %s)", (int)r, (long long)p->all[r].pid, p->all[r].host);
    if (brasa__peers_stopped(p, r))
        brasa__fail_more(err, " is stopped (kill -CONT continues it)");
    else if (!p->roll->of[r].heard)
        brasa__fail_more(err, " does not answer");
    else
        tell_place(&p->roll->of[r].said, err);
}

bool brasa__roll_missing(const brasa_comm *c, const brasa_wait *w, brasa_error *err)
{
    const brasa_roll *roll = c->peers == NULL ? NULL : c->peers->roll;
    int32_t           named = 0, more = 0, too = 0;

    if (roll == NULL || roll->link_arg == NULL) return false;
    for (int32_t k = 0; k < c->size; k++) {
        int32_t r = in_world(c, k);

        if (!waited_for(c, w, k)) continue;
        if (waits_too(c, &roll->of[r])) {
            too++;
        } else if (named++ < MOST_NAMED) {
            brasa__fail_more(err, "%s", named == 1 ? ": " : "; ");
            tell_one(c->peers, r, err);
        } else {
            more++;
        }
    }
    if (more > 0) brasa__fail_more(err, "; and %d more", (int)more);
    if (too > 0) brasa__fail_more(err, "; %d other%s as this one", (int)too, too == 1 ? " waits" : "s wait");
    return true;
}
