/* data/widths.h -- elements as bits: what moves values goes by width, and these may be read and written as any type of their width. */
#ifndef BRASA_DATA_WIDTHS_H
#define BRASA_DATA_WIDTHS_H

#include <stdint.h>

typedef uint8_t  bits8 __attribute__((may_alias));
typedef uint16_t bits16 __attribute__((may_alias));
typedef uint32_t bits32 __attribute__((may_alias));
typedef uint64_t bits64 __attribute__((may_alias));
typedef struct bits128 {
    uint64_t w[2];
} __attribute__((may_alias)) bits128;

#endif
