/* comm/wait.c -- waiting for other ranks without burning a core.
 *
 * Spins while the answer is likely near, then yields, then sleeps ever longer: 2 us of latency when hot, 3% of a core when idle.
 */
#include <sched.h>

#include "base/clock.h"
#include "base/ctx.h"
#include "base/now.h"
#include "comm/comm.h"
#include "comm/peers.h"

enum { SPINS = 200, FEW_SPINS = 4, YIELDS = 50, FIRST_SLEEP_US = 20, MOST_SLEEP_US = 500 };

static const int64_t MOST_STEP_NS = 2000000000;

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    __asm__ __volatile__("" ::: "memory");
#endif
}

static brasa_status too_long(const brasa_comm *c, const brasa_wait *w, const char *what, brasa_error *err)
{
    brasa__fail(err, BRASA_TIMEOUT, "%s", what);
    if (brasa__now()->stage > 0) brasa__fail_more(err, " in stage %d", (int)brasa__now()->stage - 1);
    brasa__fail_more(err, ": no progress for %lld ms, waiting for ", (long long)c->deadline_ms);
    if (w->peer > 0)
        brasa__fail_more(err, "rank %d of %d", (int)w->peer - 1, (int)c->size);
    else
        brasa__fail_more(err, "the other %d ranks", (int)c->size - 1);
    brasa__roll_missing(c, w, err);
    return brasa__fail_more(err, "; if they are only slow, raise the setting deadline");
}

static brasa_status fail_silent(const brasa_comm *c, int32_t rank, const char *what, brasa_error *err)
{
    const brasa_peer *p = &c->peers->all[rank];

    return brasa__fail(
        err, BRASA_TIMEOUT,
        "%s: rank %d (process %lld on %s) has not answered for %lld s: it was stopped, its host is cut off, or one call holds it "
        "(a file system that does not respond?); if it is only slow, raise the setting deadline",
        what, (int)rank, (long long)p->pid, p->host, (long long)(c->deadline_ms / 1000));
}

/* Has this gone on for too long? */
static brasa_status look(brasa_comm *c, brasa_wait *w, const char *what, brasa_error *err)
{
    int64_t now = brasa__clock_ns(), step = w->last_ns == 0 ? 0 : now - w->last_ns, most = c->deadline_ms * 1000000;
    int32_t still, silent;

    w->last_ns = now;
    w->waited_ns += step < MOST_STEP_NS ? step : MOST_STEP_NS;
    if (c->deadline_ms <= 0) return BRASA_OK;
    still = c->peers == NULL ? -1 : brasa__peers_still(c->peers, now, most);
    if (still >= 0)
        return brasa__fail(err, BRASA_TIMEOUT,
                           "%s: rank %d (process %lld on %s) has been stopped for %lld s; continue it in time (kill -CONT), or raise the "
                           "setting deadline",
                           what, still, (long long)c->peers->all[still].pid, c->peers->all[still].host, (long long)(most / 1000000000));
    silent = brasa__roll_call(c, w, what, now);
    if (silent >= 0) return fail_silent(c, silent, what, err);
    if (c->patient || w->waited_ns <= most) return BRASA_OK;
    return too_long(c, w, what, err);
}

brasa_status brasa__comm_wait(brasa_comm *c, brasa_wait *w, const char *what, brasa_error *err)
{
    int64_t n = w->spins++;
    int64_t us;

    if (n < (c->busy ? FEW_SPINS : SPINS)) {
        if (n == 0) *w = (brasa_wait) {.spins = 1, .peer = w->peer};
        relax();
        return BRASA_OK;
    }
    if (!c->busy && n < SPINS + YIELDS) {
        sched_yield();
        return BRASA_OK;
    }
    BRASA_TRY(look(c, w, what, err));
    if (c->peers != NULL) c->peers->roll->waiting = true;
    brasa__ctx_watch(brasa__ctx());
    if (c->peers != NULL) c->peers->roll->waiting = false;
    n -= c->busy ? FEW_SPINS : SPINS + YIELDS;
    us = n > 4 ? MOST_SLEEP_US : FIRST_SLEEP_US << n;
    brasa__sleep_us(us);
    return BRASA_OK;
}
