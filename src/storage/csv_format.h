/* storage/csv_format.h -- the functions behind the CSV row of format.c. */
#ifndef BRASA_STORAGE_CSV_FORMAT_H
#define BRASA_STORAGE_CSV_FORMAT_H

#include "storage/csv.h"
#include "storage/format.h"

brasa_status brasa__csv_open(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                             brasa_table *t, brasa_error *err);
brasa_status brasa__csv_scan_open(brasa_scan *scan, brasa_error *err);
brasa_status brasa__csv_scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err);

brasa_status brasa__csv_prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                                brasa_error *err);
brasa_status brasa__csv_writer_open(brasa_writer *w, brasa_error *err);
brasa_status brasa__csv_writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err);
brasa_status brasa__csv_commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                               const brasa_part_info *parts, int32_t nparts, brasa_error *err);

#endif
