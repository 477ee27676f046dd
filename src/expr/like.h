/* expr/like.h -- LIKE patterns. */
#ifndef BRASA_EXPR_LIKE_H
#define BRASA_EXPR_LIKE_H

#include "base/arena.h"
#include "brasa/types.h"

typedef struct brasa_like brasa_like;

/* `escape` takes away the meaning of what follows it; -1: nothing does. */
brasa_like *brasa__like_new(brasa_arena *arena, const char *pattern, size_t n, int escape);
bool        brasa__like_match(const brasa_like *p, const char *s, size_t n);

#endif
