/* base/wire.h -- bytes of a message: little-endian, no padding, checked on the way in.
 *
 * A reader never runs past its end: the first short or absurd read marks it bad, and every later read gives zero.
 * Callers decode a whole message and look at `bad` once.
 */
#ifndef BRASA_BASE_WIRE_H
#define BRASA_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct brasa_wire {
    brasa_arena *arena; /* where it grows */
    uint8_t     *data;
    size_t       len;
    size_t       cap;
} brasa_wire;

void brasa__wire_init(brasa_wire *w, brasa_arena *arena);
void brasa__put_u8(brasa_wire *w, uint8_t v);
void brasa__put_bool(brasa_wire *w, bool v);
void brasa__put_i32(brasa_wire *w, int32_t v);
void brasa__put_i64(brasa_wire *w, int64_t v);
void brasa__put_u64(brasa_wire *w, uint64_t v);
void brasa__put_var(brasa_wire *w, int64_t v); /* near 0 in few bytes */
void brasa__put_f64(brasa_wire *w, double v);
void brasa__put_bytes(brasa_wire *w, const void *p, size_t n); /* the bytes only */
void brasa__put_blob(brasa_wire *w, const void *p, size_t n);  /* length, bytes */
void brasa__put_str(brasa_wire *w, const char *s);             /* NULL is kept apart from "" */

typedef struct brasa_reader {
    const uint8_t *data;
    size_t         len;
    size_t         pos;
    bool           bad;
} brasa_reader;

brasa_reader brasa__reader(const void *data, size_t len);
uint8_t      brasa__get_u8(brasa_reader *r);
bool         brasa__get_bool(brasa_reader *r);
int32_t      brasa__get_i32(brasa_reader *r);
int64_t      brasa__get_i64(brasa_reader *r);
uint64_t     brasa__get_u64(brasa_reader *r);
int64_t      brasa__get_var(brasa_reader *r);
double       brasa__get_f64(brasa_reader *r);
const void  *brasa__get_bytes(brasa_reader *r, size_t n);         /* points into the message; NULL when bad */
const void  *brasa__get_blob(brasa_reader *r, size_t *n);         /* the same */
char        *brasa__get_str(brasa_reader *r, brasa_arena *arena); /* copied */
/* A count of items that each take at least `min_bytes` (>= 1): bad, and 0, when negative or more than what is left can hold. */
int32_t brasa__get_count(brasa_reader *r, size_t min_bytes);

#endif
