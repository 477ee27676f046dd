/* clock.c -- time. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

static int64_t read_clock_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t brasa__clock_ns(void)
{
    return read_clock_ns(CLOCK_MONOTONIC);
}

int64_t brasa__clock_unix_us(void)
{
    return read_clock_ns(CLOCK_REALTIME) / 1000;
}

void brasa__sleep_us(int64_t us)
{
    struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

    if (us <= 0) return;
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR) {}
}
