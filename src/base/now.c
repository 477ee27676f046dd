/* now.c -- the record of what a thread does, and texts made of it without memory or locks. */
#include "base/now.h"

#include <unistd.h>

#include "base/clock.h"

static _Thread_local brasa_now record;

brasa_now *brasa__now(void)
{
    return &record;
}

int64_t brasa__now_io_begin(void)
{
    return record.io_depth++ > 0 ? 0 : brasa__clock_ns();
}

void brasa__now_io_end(int64_t begun, size_t bytes)
{
    record.io_bytes += (int64_t)bytes;
    if (--record.io_depth == 0) record.io_ns += brasa__clock_ns() - begun;
}

static void tell(brasa_held *h, int64_t bytes)
{
    int64_t   now = atomic_fetch_add_explicit(&h->now, bytes, memory_order_relaxed) + bytes;
    long long most = atomic_load_explicit(&h->most, memory_order_relaxed);

    while (now > most && !atomic_compare_exchange_weak_explicit(&h->most, &most, now, memory_order_relaxed, memory_order_relaxed)) continue;
}

brasa_held *brasa__now_hold(brasa_held *next)
{
    brasa_held *before = record.holder;
    int64_t     bytes = record.taken - record.taken_mark;

    if (bytes != 0) {
        record.taken_mark = record.taken;
        if (before != NULL) tell(before, bytes);
    }
    record.holder = next;
    return before;
}

size_t brasa__now_text(char *buf, size_t at, size_t room, const char *text)
{
    while (*text != '\0' && at + 1 < room) buf[at++] = *text++;
    if (room > 0) buf[at] = '\0';
    return at;
}

size_t brasa__now_number(char *buf, size_t at, size_t room, int64_t v)
{
    char     digits[24];
    size_t   n = sizeof digits - 1;
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    digits[n] = '\0';
    do {
        digits[--n] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (v < 0) digits[--n] = '-';
    return brasa__now_text(buf, at, room, digits + n);
}

void brasa__now_print(const char *text, size_t n)
{
    while (n > 0) {
        ssize_t put = write(2, text, n);

        if (put <= 0) return;
        text += put;
        n -= (size_t)put;
    }
}
