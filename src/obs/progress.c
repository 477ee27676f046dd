/* progress.c -- the page of counters: a head, then for each rank a line about its stage and a line for each of its threads.
 *
 * All fields are atomics with relaxed order: a reader may see a stage's numbers a moment late, never half a number.  A rank's lines count for a stage only
 * when its head says that stage's number, which is written last at its begin.
 */
#include "obs/progress.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ctx.h"
#include "base/hash.h"
#include "base/shared.h"

typedef struct page_head {
    _Alignas(64) uint64_t mark;
} page_head;

typedef struct rank_head {
    _Alignas(64) atomic_llong stage; /* number; 0: none yet */
    atomic_llong total;              /* tasks */
    atomic_llong told_tasks;         /* by others, for a rank that does not write here */
    atomic_llong told_rows;
    atomic_int   writes; /* it writes here itself */
} rank_head;

struct brasa_progress {
    int32_t              rank;
    atomic_llong         stage; /* number of the last order */
    void                *page;  /* NULL: `own` only */
    size_t               page_bytes;
    void                *own_block; /* a rank's lines on the heap, while it shares no page */
    size_t               own_bytes;
    rank_head           *own; /* in own_block */
    int32_t              own_threads;
    brasa_progress_place place; /* of the page */
};

static size_t lines_bytes(int32_t threads)
{
    return sizeof(rank_head) + sizeof(brasa_progress_line) * (size_t)threads;
}

static size_t page_size(int32_t ranks, int32_t threads)
{
    return sizeof(page_head) + (size_t)ranks * lines_bytes(threads);
}

static rank_head *head_in_page(const brasa_progress *p, int32_t rank)
{
    return (rank_head *)((char *)p->page + sizeof(page_head) + (size_t)rank * lines_bytes(p->place.threads));
}

static rank_head *my_head(const brasa_progress *p)
{
    return p->page != NULL ? head_in_page(p, p->rank) : p->own;
}

static brasa_progress_line *lines_after(rank_head *h)
{
    return (brasa_progress_line *)(h + 1);
}

static uint64_t host_hash(void)
{
    const char *host = brasa__ctx()->host;

    return brasa__hash_bytes(host, strlen(host));
}

/* On the heap, aligned to 64. */
static void make_own(brasa_progress *p, int32_t threads)
{
    p->own_bytes = lines_bytes(threads) + 64;
    p->own_block = brasa__alloc(p->own_bytes);
    p->own = (rank_head *)(((uintptr_t)p->own_block + 63) & ~(uintptr_t)63);
    p->own_threads = threads;
}

static void make_page(brasa_progress *p, int32_t ranks, int32_t threads)
{
    size_t bytes = page_size(ranks, threads);
    int    fd;
    void  *page = brasa__shared_new(bytes, &fd);

    if (page == NULL) return;
    p->page = page;
    p->page_bytes = bytes;
    p->place = (brasa_progress_place) {.pid = (int32_t)getpid(), .fd = fd, .ranks = ranks, .threads = threads, .host = host_hash()};
    p->place.mark = brasa__hash_combine(p->place.host, (uint64_t)brasa__clock_ns() ^ (uint64_t)getpid() << 40) | 1;
    ((page_head *)page)->mark = p->place.mark;
    atomic_store_explicit(&my_head(p)->writes, 1, memory_order_relaxed);
}

brasa_progress *brasa__progress_new(int32_t rank, int32_t ranks, int32_t threads)
{
    brasa_progress *p = brasa__alloc(sizeof *p);

    p->rank = rank;
    p->place.fd = -1;
    make_own(p, threads < 1 ? 1 : threads);
    if (ranks > 1) make_page(p, ranks, threads < 1 ? 1 : threads);
    return p;
}

static void leave_page(brasa_progress *p)
{
    if (p->page == NULL) return;
    brasa__shared_free(p->page, p->page_bytes, p->rank == 0 ? p->place.fd : -1);
    p->page = NULL;
    p->place = (brasa_progress_place) {.fd = -1};
}

void brasa__progress_free(brasa_progress *p)
{
    if (p == NULL) return;
    leave_page(p);
    brasa__free(p->own_block, p->own_bytes);
    brasa__free(p, sizeof *p);
}

brasa_progress_place brasa__progress_place(const brasa_progress *p)
{
    return p == NULL ? (brasa_progress_place) {.fd = -1} : p->place;
}

void brasa__progress_join(brasa_progress *p, const brasa_progress_place *place)
{
    size_t bytes;

    if (p == NULL || place->mark == p->place.mark) return;
    leave_page(p);
    p->place.mark = place->mark; /* tried; not again */
    if (place->fd < 0 || place->host != host_hash() || p->rank >= place->ranks || p->own_threads > place->threads) return;
    bytes = page_size(place->ranks, place->threads);
    p->page = brasa__shared_attach(place->pid, place->fd, bytes);
    if (p->page == NULL) return;
    p->page_bytes = bytes;
    p->place = *place;
    if (((const page_head *)p->page)->mark != place->mark) {
        leave_page(p);
        p->place.mark = place->mark;
        return;
    }
    atomic_store_explicit(&my_head(p)->writes, 1, memory_order_relaxed);
}

/* ---- counting ---- */

void brasa__progress_order(brasa_progress *p, int64_t number)
{
    if (p != NULL) atomic_store(&p->stage, number);
}

void brasa__progress_begin(brasa_progress *p, int32_t tasks)
{
    rank_head           *h;
    brasa_progress_line *lines;

    if (p == NULL) return;
    h = my_head(p);
    lines = lines_after(h);
    atomic_store_explicit(&h->stage, 0, memory_order_relaxed);
    for (int32_t t = 0; t < p->own_threads; t++) {
        atomic_store_explicit(&lines[t].tasks, 0, memory_order_relaxed);
        atomic_store_explicit(&lines[t].rows, 0, memory_order_relaxed);
    }
    atomic_store_explicit(&h->total, tasks, memory_order_relaxed);
    atomic_store_explicit(&h->stage, atomic_load(&p->stage), memory_order_release);
}

brasa_progress_line *brasa__progress_line(brasa_progress *p, int32_t thread)
{
    return &lines_after(my_head(p))[thread < p->own_threads ? thread : 0];
}

static void add_rank(brasa_progress *p, rank_head *h, int32_t threads, brasa_progress_sum *sum)
{
    brasa_progress_line *lines = lines_after(h);

    int64_t stage = atomic_load_explicit(&h->stage, memory_order_acquire);

    if (stage == 0 || stage != atomic_load(&p->stage)) return;
    sum->heard++;
    sum->total += atomic_load_explicit(&h->total, memory_order_relaxed);
    if (atomic_load_explicit(&h->writes, memory_order_relaxed) == 0) {
        sum->tasks += atomic_load_explicit(&h->told_tasks, memory_order_relaxed);
        sum->rows += atomic_load_explicit(&h->told_rows, memory_order_relaxed);
    }
    for (int32_t t = 0; t < threads; t++) {
        sum->tasks += atomic_load_explicit(&lines[t].tasks, memory_order_relaxed);
        sum->rows += atomic_load_explicit(&lines[t].rows, memory_order_relaxed);
    }
}

brasa_progress_sum brasa__progress_mine(brasa_progress *p)
{
    brasa_progress_sum sum = {0};

    if (p != NULL) add_rank(p, my_head(p), p->own_threads, &sum);
    return sum;
}

brasa_progress_sum brasa__progress_all(brasa_progress *p)
{
    brasa_progress_sum sum = {0};

    if (p == NULL) return sum;
    if (p->page == NULL) return brasa__progress_mine(p);
    for (int32_t r = 0; r < p->place.ranks; r++) add_rank(p, head_in_page(p, r), p->place.threads, &sum);
    return sum;
}

void brasa__progress_heard(brasa_progress *p, int32_t rank, const brasa_progress_sum *said)
{
    rank_head *h;

    if (p == NULL || p->page == NULL || rank < 0 || rank >= p->place.ranks) return;
    h = head_in_page(p, rank);
    if (atomic_load_explicit(&h->writes, memory_order_relaxed) != 0) return;
    atomic_store_explicit(&h->told_tasks, said->tasks, memory_order_relaxed);
    atomic_store_explicit(&h->told_rows, said->rows, memory_order_relaxed);
    atomic_store_explicit(&h->total, said->total, memory_order_relaxed);
    atomic_store_explicit(&h->stage, atomic_load(&p->stage), memory_order_release);
}
