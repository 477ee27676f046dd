/* h5fverify.c -- a foreign file is verified by reading all of it, so that HDF5 checks what checksums there are. */
#include "base/alloc.h"
#include "storage/h5foreign.h"

typedef struct {
    brasa_arena       *arena;
    const brasa_table *table;
    int64_t           *chunks, *bytes;
} verify_call;

static brasa_status read_all(brasa_scan_shared *shared, int32_t nparts, brasa_error *err)
{
    for (int32_t p = 0; p < nparts; p++) {
        brasa_scan  *scan;
        brasa_block *block = NULL;
        brasa_status status;
        BRASA_TRY(brasa__scan_open(shared, p, &scan, err));
        do {
            brasa__block_unref(block);
            status = brasa__scan_next(scan, &block, err);
        } while (status == BRASA_OK && block != NULL);
        brasa__scan_close(scan);
        BRASA_TRY(status);
    }
    return BRASA_OK;
}

static brasa_status verify(void *arg, brasa_error *err)
{
    verify_call       *v = arg;
    int32_t           *cols = BRASA_NEWS(v->arena, int32_t, v->table->schema.ncols + 1);
    brasa_scan_shared *shared;
    brasa_scan_stats   stats;

    for (int32_t c = 0; c < v->table->schema.ncols; c++) cols[c] = c;
    BRASA_TRY(brasa__scan_shared_open(v->arena, v->table, cols, v->table->schema.ncols, NULL, 0, &shared, err));
    BRASA_TRY(read_all(shared, v->table->nparts, err));
    stats = brasa__scan_shared_stats(shared);
    *v->chunks += stats.chunks_read;
    *v->bytes += stats.bytes_read;
    brasa__scan_shared_close(shared);
    return BRASA_OK;
}

brasa_status brasa__h5_foreign_verify(const brasa_table *t, int64_t *chunks, int64_t *bytes, brasa_error *err)
{
    verify_call  v = {.arena = brasa__arena_new(NULL, "verify"), .table = t, .chunks = chunks, .bytes = bytes};
    brasa_status status = brasa__guarded(verify, &v, err);

    brasa__arena_free(v.arena);
    return status;
}
