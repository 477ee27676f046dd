/* storage/json_parse.h -- one JSON value (RFC 8259) from text to a tree.
 *
 * Numbers stay text, so no digit is lost before their type is known; the common libraries make doubles of them.  Strings are decoded.
 */
#ifndef BRASA_STORAGE_JSON_PARSE_H
#define BRASA_STORAGE_JSON_PARSE_H

#include "base/arena.h"
#include "base/status.h"

typedef enum brasa_json_kind {
    BRASA_JSON_NULL,
    BRASA_JSON_FALSE,
    BRASA_JSON_TRUE,
    BRASA_JSON_NUMBER,
    BRASA_JSON_STRING,
    BRASA_JSON_ARRAY,
    BRASA_JSON_OBJECT
} brasa_json_kind;

typedef struct brasa_json {
    brasa_json_kind    kind;
    const char        *text; /* STRING: decoded, in the arena or the source.  Else the source text of the whole value */
    size_t             len;
    const char        *name; /* of a member of an object; NULL in an array */
    size_t             name_len;
    struct brasa_json *first; /* ARRAY, OBJECT: the items, as a list */
    struct brasa_json *next;
    int32_t            count;
} brasa_json;

enum { BRASA_JSON_DEPTH = 60 };

/* Parse the value at text + *pos (blanks before it are passed); *pos is then behind it.  Nodes lie in the arena and point into the text.
 * DATA: what was expected, and at which byte. */
brasa_status brasa__json_parse(brasa_arena *arena, const char *text, size_t len, size_t *pos, brasa_json **out, brasa_error *err);
void         brasa__json_blanks(const char *text, size_t len, size_t *pos);

#endif
