/* stored.h -- tables on disk, for tests: batches written as parts, tables read back as blocks. */
#ifndef BRASA_TESTS_STORED_H
#define BRASA_TESTS_STORED_H

#include "storage/table.h"
#include "storage/writer.h"

/* Prepare, write batch i as part i (in pushes of at most `step` rows; 0: all at once), commit; rolls back when something fails.  Nothing is written when IGNORE skips. */
brasa_status stored_write(brasa_arena *arena, brasa_write_spec spec, brasa_schema schema, const brasa_batch *batches, int32_t n,
                          int32_t step, brasa_error *err);

typedef struct stored_read {
    brasa_table     *table;
    brasa_blocks     blocks; /* cleared with the arena */
    brasa_scan_stats stats;
} stored_read;

/* Open, send the description through its wire form, scan every partition.  NULL cols: all. */
brasa_status stored_scan(brasa_arena *arena, const brasa_read_spec *spec, const int32_t *cols, int32_t ncols, const brasa_scan_test *tests,
                         int32_t ntests, stored_read *out, brasa_error *err);

#endif
