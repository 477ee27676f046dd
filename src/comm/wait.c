/* comm/wait.c -- waiting for other ranks without burning a core.
 *
 * Spins while the answer is likely near, then yields, then sleeps ever longer: 2 us of latency when hot, 3% of a core when idle.
 */
#include <sched.h>

#include "base/clock.h"
#include "base/ctx.h"
#include "comm/comm.h"

enum { SPINS = 200, FEW_SPINS = 4, YIELDS = 50, FIRST_SLEEP_US = 20, MOST_SLEEP_US = 500 };

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    __asm__ __volatile__("" ::: "memory");
#endif
}

brasa_status brasa__comm_wait(brasa_comm *c, brasa_wait *w, const char *what, brasa_error *err)
{
    int64_t n = w->spins++;
    int64_t now, us;

    if (n < (c->busy ? FEW_SPINS : SPINS)) {
        if (n == 0) w->since_ns = 0;
        relax();
        return BRASA_OK;
    }
    if (!c->busy && n < SPINS + YIELDS) {
        sched_yield();
        return BRASA_OK;
    }
    now = brasa__clock_ns();
    if (w->since_ns == 0) w->since_ns = now;
    if (c->deadline_ms > 0 && now - w->since_ns > c->deadline_ms * 1000000)
        return brasa__fail(err, BRASA_TIMEOUT,
                           "%s: no progress for %lld ms, waiting for the other %d ranks; if they are only slow, raise "
                           "the setting deadline",
                           what, (long long)c->deadline_ms, c->size - 1);
    brasa__ctx_watch(brasa__ctx());
    n -= c->busy ? FEW_SPINS : SPINS + YIELDS;
    us = n > 4 ? MOST_SLEEP_US : FIRST_SLEEP_US << n;
    brasa__sleep_us(us);
    return BRASA_OK;
}
