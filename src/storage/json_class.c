/* json_class.c -- the JSON row of format.c. */
#include "storage/format.h"

static brasa_status open_table(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                               brasa_table *t, brasa_error *err)
{
    (void)arena;
    (void)uri;
    (void)files;
    (void)nfiles;
    (void)t;
    return brasa__fail(err, BRASA_UNSUPPORTED, "%s: JSON lines are not read yet", spec->uri);
}

static brasa_status prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                            brasa_error *err)
{
    (void)arena;
    (void)target;
    (void)schema;
    (void)skip;
    return brasa__fail(err, BRASA_UNSUPPORTED, "%s: JSON lines are not written yet", spec->uri);
}

static const char *const suffixes[] = {".jsonl", ".json", ".ndjson", NULL};

const brasa_format_class brasa__json_class = {
    .format = BRASA_FORMAT_JSON, .name = "JSON", .suffixes = suffixes, .open = open_table, .prepare = prepare};
