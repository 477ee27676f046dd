/* slots.c -- see slots.h.  One mutex guards the list of idle slots; nothing is allocated under it.
 *
 * Invariant: a slot is idle, not backed yet, or behind one buffer.
 */
#include "mem/slots.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/log.h"

struct brasa_slots {
    pthread_mutex_t lock;
    atomic_int      refs; /* its holder and the buffers */
    brasa_segment   segment;
    brasa_memory   *charged[BRASA_SLOTS];
    int32_t         idle[BRASA_SLOTS]; /* the one that was used last is the next: the cache may have it */
    int32_t         nidle;
    int32_t         backed; /* slots that have memory */
    bool            full;   /* there is no memory for more */
};

brasa_slots *brasa__slots_new(void)
{
    brasa_slots *s = brasa__alloc_untracked(sizeof *s);

    if (!brasa__segment_new(&s->segment, BRASA_SLOTS_BYTES)) {
        free(s);
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    atomic_init(&s->refs, 1);
    return s;
}

void brasa__slots_free(brasa_slots *s)
{
    if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) return;
    brasa__segment_free(&s->segment);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

const brasa_segment *brasa__slots_segment(const brasa_slots *s)
{
    return &s->segment;
}

/* The number of a slot, or -1. */
static int32_t pop(brasa_slots *s)
{
    int32_t slot = -1;
    bool    short_of = false;

    pthread_mutex_lock(&s->lock);
    if (s->nidle > 0) {
        slot = s->idle[--s->nidle];
    } else if (s->backed < BRASA_SLOTS && !s->full) {
        short_of = !brasa__segment_back(&s->segment, (size_t)s->backed * BRASA_SLOT_BYTES, BRASA_SLOT_BYTES);
        s->full = short_of;
        if (!short_of) slot = s->backed++;
    }
    pthread_mutex_unlock(&s->lock);
    if (short_of)
        brasa__log(BRASA_LOG_DEBUG, "no memory for more than %d shared slots of %d KiB; what does not fit goes by messages", (int)s->backed,
                   BRASA_SLOT_ROOM >> 10);
    return slot;
}

static void push(brasa_buf *b)
{
    brasa_slots *s = b->owner;
    int32_t      slot = (int32_t)((size_t)((char *)b->data - s->segment.base) / BRASA_SLOT_BYTES);

    brasa__memory_release_to(s->charged[slot], BRASA_SLOT_BYTES);
    pthread_mutex_lock(&s->lock);
    s->idle[s->nidle++] = slot;
    pthread_mutex_unlock(&s->lock);
    brasa__slots_free(s);
}

typedef struct wrap_call {
    brasa_buf *b;
} wrap_call;

static brasa_status wrap(void *arg, brasa_error *err)
{
    wrap_call *w = arg;

    (void)err;
    w->b = brasa__buf_wrap(NULL, 0, NULL, NULL);
    brasa__memory_charge(BRASA_SLOT_BYTES);
    return BRASA_OK;
}

brasa_buf *brasa__slots_take(brasa_slots *s, size_t bytes)
{
    wrap_call   w = {0};
    brasa_error err;
    int32_t     slot;

    if (bytes > BRASA_SLOT_ROOM) return NULL;
    brasa__error_clear(&err);
    if (brasa__guarded(wrap, &w, &err) != BRASA_OK) {
        brasa__buf_unref(w.b);
        brasa__throw_error(&err);
    }
    slot = pop(s);
    if (slot < 0) {
        brasa__memory_release(BRASA_SLOT_BYTES);
        brasa__buf_unref(w.b);
        return NULL;
    }
    s->charged[slot] = brasa__ctx()->memory;
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    w.b->data = s->segment.base + (size_t)slot * BRASA_SLOT_BYTES;
    w.b->bytes = bytes;
    w.b->release = push;
    w.b->owner = s;
    return w.b;
}
