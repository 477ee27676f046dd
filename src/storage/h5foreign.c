/* h5foreign.c -- HDF5 files that others wrote. */
#include "storage/h5layout.h"

brasa_status brasa__h5_foreign_open(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                                    brasa_table *t, brasa_error *err)
{
    (void)arena;
    (void)spec;
    (void)nfiles;
    (void)t;
    return brasa__fail(err, BRASA_UNSUPPORTED, "%s: no table of ours at %s", files[0], uri->inner);
}

void brasa__h5_foreign_put(brasa_wire *w, const brasa_h5_foreign *f)
{
    (void)w;
    (void)f;
}

const brasa_h5_foreign *brasa__h5_foreign_get(brasa_reader *r, brasa_arena *arena)
{
    (void)arena;
    r->bad = true;
    return NULL;
}

brasa_status brasa__h5_foreign_shared_open(brasa_scan_shared *s, brasa_error *err)
{
    return brasa__fail(err, BRASA_UNSUPPORTED, "%s: not a table of ours", s->table->uri);
}

brasa_status brasa__h5_foreign_scan_open(brasa_scan *scan, brasa_error *err)
{
    return brasa__fail(err, BRASA_UNSUPPORTED, "%s: not a table of ours", scan->shared->table->uri);
}

brasa_status brasa__h5_foreign_scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err)
{
    *block = NULL;
    return brasa__fail(err, BRASA_UNSUPPORTED, "%s: not a table of ours", scan->shared->table->uri);
}

brasa_status brasa__h5_foreign_verify(const brasa_table *t, int64_t *chunks, int64_t *bytes, brasa_error *err)
{
    (void)chunks;
    (void)bytes;
    return brasa__fail(err, BRASA_UNSUPPORTED, "%s: not a table of ours", t->uri);
}
