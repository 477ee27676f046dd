/* ctx.c -- the state of one rank, and which one the calling thread belongs to.
 *
 * The only thread-local state of the library besides the guard chain of guard.c and the record of now.c.  A thread that was not attached sees an
 * empty context of its own: nothing is shared between unattached threads, so nothing there can race.
 */
#include "base/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/zone.h"

static _Thread_local brasa_ctx *current;
static _Thread_local brasa_ctx  unattached;

static void name_host(brasa_ctx *ctx)
{
    if (gethostname(ctx->host, sizeof ctx->host) != 0) snprintf(ctx->host, sizeof ctx->host, "unknown");
    ctx->host[sizeof ctx->host - 1] = '\0';
}

brasa_ctx *brasa__ctx(void)
{
    if (current) return current;
    if (unattached.size == 0) {
        unattached.size = 1;
        unattached.threads = 1;
        name_host(&unattached);
    }
    return &unattached;
}

brasa_ctx *brasa__ctx_set(brasa_ctx *ctx)
{
    brasa_ctx *before = current;

    current = ctx;
    return before;
}

brasa_ctx *brasa__ctx_new(int32_t rank, int32_t size)
{
    brasa_ctx *ctx = brasa__alloc_untracked(sizeof *ctx);

    ctx->rank = rank;
    ctx->size = size;
    ctx->threads = 1;
    name_host(ctx);
    ctx->memory = brasa__memory_new();
    ctx->faults = brasa__faults_new();
    ctx->log = brasa__log_new();
    ctx->config = brasa__config_new();
    atomic_init(&ctx->cancel, false);
    return ctx;
}

void brasa__ctx_free(brasa_ctx *ctx)
{
    if (!ctx) return;
    brasa_ctx *before = brasa__ctx_set(ctx);
    if (ctx->pool && ctx->pool_free) ctx->pool_free(ctx->pool);
    brasa__ctx_set(before == ctx ? NULL : before);
    brasa__config_free(ctx->config);
    brasa__zones_free(atomic_load(&ctx->zones));
    brasa__log_free(ctx->log);
    brasa__faults_free(ctx->faults);
    brasa__memory_free(ctx->memory);
    free(ctx->crash_before);
    free(ctx->crash_stack);
    free(ctx);
}
