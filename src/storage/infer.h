/* storage/infer.h -- the narrowest type that every text of a column fits. */
#ifndef BRASA_STORAGE_INFER_H
#define BRASA_STORAGE_INFER_H

#include "brasa/types.h"

/* What the texts seen so far could all be, as bits; begins as BRASA_INFER_ANY.  SEEN: there was one. */
enum {
    BRASA_INFER_BOOL = 1,
    BRASA_INFER_INT = 2,
    BRASA_INFER_HUGE = 4, /* an integer of up to 38 digits */
    BRASA_INFER_FLOAT = 8,
    BRASA_INFER_DATE = 16,
    BRASA_INFER_TIMESTAMP = 32,
    BRASA_INFER_ANY = 63,
    BRASA_INFER_SEEN = 64
};

/* Narrow by one text that is not null. */
uint32_t brasa__infer_add(uint32_t could_be, const char *text, size_t n);
/* BOOLEAN, BIGINT, DECIMAL(38,0) for integers past 64 bits, DOUBLE, DATE, TIMESTAMP or STRING; STRING when nothing was seen. */
brasa_type brasa__infer_type(uint32_t could_be);

#endif
