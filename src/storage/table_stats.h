/* storage/table_stats.h -- statistics that ANALYZE TABLE has computed, kept beside the table's file.
 *
 * A hidden file ".NAME.stats" (of a table inside a file: ".NAME.GROUP.stats"), written anew and renamed; the data is never touched.  It says how many rows and bytes the table
 * had: after these have changed, or when it is damaged, it is not used.
 */
#ifndef BRASA_STORAGE_TABLE_STATS_H
#define BRASA_STORAGE_TABLE_STATS_H

#include "storage/table.h"

/* Rank 0.  UNSUPPORTED: the table is no single file (a directory, a glob).  IO. */
brasa_status brasa__table_stats_save(brasa_arena *arena, const brasa_table *t, brasa_error *err);
/* Rank 0: takes what is kept into t->stats, if it is of this table as it is now.  Never fails: without statistics a table is only planned less well. */
void brasa__table_stats_load(brasa_arena *arena, brasa_table *t);

#endif
