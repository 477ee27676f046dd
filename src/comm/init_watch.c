/* comm/init_watch.c -- see init_watch.h.  A thread, because a rank inside of MPI_Init looks at nothing. */
#include "comm/init_watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

enum { DEFAULT_S = 600, OTHERS_LATER_S = 2 };

struct brasa_init_watch {
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  wake;
    bool            over;
    int64_t         seconds, rank;
};

static int64_t number_of(const char *text, int64_t otherwise)
{
    char   *end;
    int64_t n = text == NULL ? otherwise : strtoll(text, &end, 10);

    return n < 0 ? otherwise : n;
}

/* Settings are read after MPI has started; what is wrong with this one is said then. */
static int64_t deadline_of(int argc, char **argv)
{
    static const char key[] = "--deadline";
    int64_t           s = number_of(getenv("BRASA_DEADLINE"), DEFAULT_S);

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], key, sizeof key - 1) != 0) continue;
        if (argv[i][sizeof key - 1] == '=') s = number_of(argv[i] + sizeof key, s);
        if (argv[i][sizeof key - 1] == '\0' && i + 1 < argc) s = number_of(argv[i + 1], s);
    }
    return s;
}

static int64_t rank_of(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");

    return number_of(rank != NULL ? rank : getenv("PMIX_RANK"), 0);
}

static void *wait_for_end(void *arg)
{
    brasa_init_watch *w = arg;
    struct timespec   until;
    char              host[64] = "";
    bool              over;
    int               rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += w->seconds + (w->rank == 0 ? 0 : OTHERS_LATER_S); /* one of them speaks */
    pthread_mutex_lock(&w->lock);
    while (!w->over && rc != ETIMEDOUT) rc = pthread_cond_timedwait(&w->wake, &w->lock, &until);
    over = w->over;
    pthread_mutex_unlock(&w->lock);
    if (over) return NULL;
    gethostname(host, sizeof host - 1);
    fprintf(
        stderr,
        "brasa: TIMEOUT: rank %lld (process %lld on %s) has waited %lld s in MPI_Init for all ranks to start: one was stopped, or its host hangs "
        "or is cut off; if it is only slow, raise the setting deadline\n",
        (long long)w->rank, (long long)getpid(), host, (long long)w->seconds);
    _exit(1); /* nothing of the job has begun; the launcher ends the others */
}

brasa_init_watch *brasa__init_watch_begin(int argc, char **argv)
{
    brasa_init_watch  *w = brasa__alloc(sizeof *w);
    pthread_condattr_t clock;

    w->seconds = deadline_of(argc, argv);
    w->rank = rank_of();
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, &clock);
    pthread_condattr_destroy(&clock);
    if (w->seconds > 0 && pthread_create(&w->thread, NULL, wait_for_end, w) == 0) return w;
    brasa__free(w, sizeof *w);
    return NULL;
}

void brasa__init_watch_end(brasa_init_watch *w)
{
    if (w == NULL) return;
    pthread_mutex_lock(&w->lock);
    w->over = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    brasa__free(w, sizeof *w);
}
