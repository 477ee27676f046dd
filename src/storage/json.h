/* storage/json.h -- the parts of the JSON reader: records, the types they have, and values of columns.
 *
 * A file is one object per line (JSON lines), or else a sequence or an array of objects laid out anyhow, which is read as one partition.
 */
#ifndef BRASA_STORAGE_JSON_H
#define BRASA_STORAGE_JSON_H

#include "storage/json_parse.h"
#include "storage/table.h"
#include "storage/text_reader.h"

typedef struct brasa_json_layout {
    brasa_text_files files;
    bool             skip_bad;
    bool             given; /* the schema was given: other keys are left out in silence */
} brasa_json_layout;

/* Does the first record of the file end with its line?  *whole: it does not, or an array holds the records. */
brasa_status brasa__json_is_whole(brasa_arena *arena, const brasa_text_file *file, bool *whole, brasa_error *err);

/* The records that begin in a range of a file. */
typedef struct brasa_json_records {
    brasa_line_reader *lines; /* NULL: the file is read whole */
    brasa_text_source  source;
    brasa_text_window  window;
    size_t             pos;
    bool               started;
    int64_t            offset; /* of the record given last */
    int64_t            bad;    /* records left out */
    bool               skip_bad;
} brasa_json_records;

brasa_status brasa__json_records_open(brasa_arena *arena, const brasa_text_file *file, int64_t from, int64_t to, bool skip_bad,
                                      brasa_json_records **out, brasa_error *err);
/* The next object, in `arena`; *out is NULL at the end.  It points into the records: valid until the next call. */
brasa_status brasa__json_records_next(brasa_json_records *r, brasa_arena *arena, brasa_json **out, brasa_error *err);
void         brasa__json_records_close(brasa_json_records *r);
/* "path:line" of the record given last. */
const char *brasa__json_records_place(brasa_json_records *r, brasa_arena *arena);

/* The types seen so far in one place of the records. */
typedef struct brasa_json_shape brasa_json_shape;
brasa_json_shape               *brasa__json_shape_new(brasa_arena *arena);
void                            brasa__json_shape_add(brasa_arena *arena, brasa_json_shape *shape, const brasa_json *v);
/* The fields of an object's shape, in the order in which they first came. */
brasa_schema brasa__json_shape_schema(brasa_arena *arena, const brasa_json_shape *shape);

/* A value of type t; false: it does not fit. */
bool brasa__json_convert(brasa_arena *arena, const brasa_json *v, brasa_type t, brasa_value *out);

#endif
