/* data/appender.h -- inside of an appender: growing columns and the heap of long strings.  For the files of src/data only. */
#ifndef BRASA_DATA_APPENDER_H
#define BRASA_DATA_APPENDER_H

#include "data/block.h"
#include "data/type.h"

/* Bytes of strings over 12 bytes.  Pieces grow; what is left of the last one is used by the next block, which references it too. */
typedef struct string_heap {
    brasa_buf **pieces; /* of the block being filled; the last one is open */
    int32_t     count;
    int32_t     cap;
    char       *next; /* room in the open piece */
    size_t      left;
    size_t      used; /* bytes of this block */
} string_heap;

/* Make room for `bytes` in one piece. */
void brasa__heap_reserve(string_heap *h, size_t bytes);
void brasa__heap_free(string_heap *h);

/* Copy the bytes of n strings into the heap and point the strings there. */
void brasa__heap_take(string_heap *h, brasa_string *v, int32_t n);

/* One column that grows, and its children. */
typedef struct growing {
    brasa_type      type;
    size_t          width;
    int32_t         rows;
    int32_t         room;     /* rows that values and valid have room for */
    int32_t         max_room; /* rows it is never grown past, when not 0 */
    int32_t         last;     /* rows of the block before: the next one begins with as much room */
    brasa_buf      *values;
    brasa_buf      *valid;   /* NULL: no nulls so far */
    int32_t        *scratch; /* row numbers for the children */
    int32_t         scratch_cap;
    brasa_string   *dict; /* copied strings of a dictionary */
    int32_t         dict_cap;
    struct growing *kids;
} growing;

void brasa__growing_init(growing *g, brasa_type type, int32_t max_room);
void brasa__growing_free(growing *g);
/* Append rows[0..n) of `in`, or rows [from, from + n) when rows is NULL. */
void brasa__growing_append(growing *g, string_heap *heap, const brasa_column *in, const int32_t *rows, int32_t from, int32_t n);

#endif
