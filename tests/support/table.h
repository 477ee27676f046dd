/* table.h -- whole tables as text, for tests: write a file, read a table through its wire form and every partition, write rows. */
#ifndef BRASA_TESTS_TABLE_H
#define BRASA_TESTS_TABLE_H

#include "storage/table.h"
#include "storage/writer.h"

/* Make dir/name with these bytes; returns its path. */
char *table_file(brasa_arena *arena, const char *dir, const char *name, const char *bytes, size_t n);

/* All rows in order, each "a|b|NULL" and a line feed, by brasa__value_text.  The description goes through its wire form first.  NULL cols: all. */
brasa_status table_read(brasa_arena *arena, const brasa_read_spec *spec, const int32_t *cols, int32_t ncols, const char **out,
                        brasa_error *err);
/* "a BIGINT, b STRING" */
const char *table_schema_text(brasa_arena *arena, brasa_schema schema);

/* Write the rows of `from` as `to`, each of its partitions a part: prepare, parts, commit; rolls back when something fails.  Runs under a guard. */
brasa_status table_copy(brasa_arena *arena, const brasa_read_spec *from, brasa_write_spec *to, brasa_error *err);

#endif
