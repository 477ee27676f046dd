/* storage/rewrite.h -- a stored table of which some files are written anew: UPDATE, DELETE and MERGE.
 *
 * Rank 0 opens the table and looks at which files hold rows that change (each row's file is a column, brasa__table_numbered); a query over those
 * alone (brasa__table_only) is written, and the commit puts the new parts beside the files that stay, by the one rename of every write.
 * HDF5 tables of our own only.
 */
#ifndef BRASA_STORAGE_REWRITE_H
#define BRASA_STORAGE_REWRITE_H

#include "base/io.h"
#include "storage/table.h"

/* What is rewritten: given to a write of mode OVERWRITE (brasa_write_spec.rewrite), whose commit fails with EXISTS if the table has changed since. */
typedef struct brasa_rewrite {
    brasa_stat  file;   /* the table's file, looked at before it was opened */
    int32_t     nfiles; /* of the table */
    const bool *stays;  /* [nfiles] */
} brasa_rewrite;

/* Rank 0.  The table at `uri` as it is now.  UNSUPPORTED: it is no HDF5 table written by Brasa, or is several files by a pattern; else as brasa__table_open. */
brasa_status brasa__rewrite_open(brasa_arena *arena, const char *uri, brasa_table **table, brasa_rewrite *out, brasa_error *err);
/* Has the table's file been changed or replaced since rewrite_open?  Then what was read of it may be damaged. */
bool brasa__rewrite_changed(brasa_arena *arena, const char *uri, const brasa_rewrite *r);
/* EXISTS, with the words for it. */
brasa_status brasa__rewrite_lost(const char *uri, brasa_error *err);
/* The table with a further column, INT: the number of the file that a row is in. */
brasa_table *brasa__table_numbered(brasa_arena *arena, const brasa_table *t, const char *column);
/* The rows of the files with only[file]; one at least. */
brasa_table *brasa__table_only(brasa_arena *arena, const brasa_table *t, const bool *only);
/* As its first file has it: the codec (NULL: none) and the rows of a chunk. */
const char *brasa__table_codec(const brasa_table *t, int32_t *chunk_rows);

#endif
