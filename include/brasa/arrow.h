/* arrow.h -- the Arrow C Data Interface: how results go to any user of Arrow without a library in between.
 *
 * These structs are an ABI laid down by Apache Arrow (arrow.apache.org/docs/format/CDataInterface.html), not by Brasa: their names
 * have no prefix and must not change.  Whoever receives one calls its `release` once, or moves it by copying the bytes and
 * setting the old `release` to NULL.
 */
#ifndef BRASA_ARROW_H
#define BRASA_ARROW_H

#include <stdint.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

struct ArrowSchema {
    const char          *format; /* "l" int64, "g" float64, "u" UTF-8, ... */
    const char          *name;
    const char          *metadata;
    int64_t              flags;
    int64_t              n_children;
    struct ArrowSchema **children;
    struct ArrowSchema  *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t             length;
    int64_t             null_count; /* -1: not counted */
    int64_t             offset;
    int64_t             n_buffers;
    int64_t             n_children;
    const void        **buffers; /* validity first */
    struct ArrowArray **children;
    struct ArrowArray  *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

#endif
