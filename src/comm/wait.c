/* comm/wait.c -- waiting for other ranks without burning a core.
 *
 * Spins while the answer is likely near, then yields, then sleeps ever longer: 2 us of latency when hot, 3% of a core when idle.
 */
#include <sched.h>

#include "base/clock.h"
#include "base/ctx.h"
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

/* Has this gone on for too long? */
static brasa_status look(brasa_comm *c, brasa_wait *w, const char *what, brasa_error *err)
{
    int64_t now = brasa__clock_ns(), step = w->last_ns == 0 ? 0 : now - w->last_ns, most = c->deadline_ms * 1000000;
    int32_t still;

    w->last_ns = now;
    w->waited_ns += step < MOST_STEP_NS ? step : MOST_STEP_NS;
    if (c->deadline_ms <= 0) return BRASA_OK;
    still = c->peers == NULL ? -1 : brasa__peers_still(c->peers, now, most);
    if (still >= 0)
        return brasa__fail(err, BRASA_TIMEOUT,
                           "%s: rank %d (process %lld on %s) has been stopped for %lld s; continue it in time (kill -CONT), or raise the "
                           "setting deadline",
                           what, still, (long long)c->peers->all[still].pid, c->peers->all[still].host, (long long)(most / 1000000000));
    if (c->patient || w->waited_ns <= most) return BRASA_OK;
    return brasa__fail(err, BRASA_TIMEOUT,
                       "%s: no progress for %lld ms, waiting for the other %d ranks; if they are only slow, raise the setting deadline",
                       what, (long long)c->deadline_ms, c->size - 1);
}

brasa_status brasa__comm_wait(brasa_comm *c, brasa_wait *w, const char *what, brasa_error *err)
{
    int64_t n = w->spins++;
    int64_t us;

    if (n < (c->busy ? FEW_SPINS : SPINS)) {
        if (n == 0) *w = (brasa_wait) {.spins = 1};
        relax();
        return BRASA_OK;
    }
    if (!c->busy && n < SPINS + YIELDS) {
        sched_yield();
        return BRASA_OK;
    }
    BRASA_TRY(look(c, w, what, err));
    brasa__ctx_watch(brasa__ctx());
    n -= c->busy ? FEW_SPINS : SPINS + YIELDS;
    us = n > 4 ? MOST_SLEEP_US : FIRST_SLEEP_US << n;
    brasa__sleep_us(us);
    return BRASA_OK;
}
