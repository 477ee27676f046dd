/* storage/json_write.h -- the writing functions behind the JSON row of format.c. */
#ifndef BRASA_STORAGE_JSON_WRITE_H
#define BRASA_STORAGE_JSON_WRITE_H

#include "storage/format.h"

brasa_status brasa__json_prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                                 brasa_error *err);
brasa_status brasa__json_writer_open(brasa_writer *w, brasa_error *err);
brasa_status brasa__json_writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err);
brasa_status brasa__json_commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                                const brasa_part_info *parts, int32_t nparts, brasa_error *err);

#endif
