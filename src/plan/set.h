/* plan/set.h -- a map from nodes (by address) to nodes. */
#ifndef BRASA_PLAN_SET_H
#define BRASA_PLAN_SET_H

#include "plan/node.h"

typedef struct brasa_node_set {
    brasa_arena *arena;
    int32_t      count;
    int32_t      cap; /* power of two */
    struct {
        const void *key;
        const void *value;
    } * slots;
} brasa_node_set;

void brasa__node_set_init(brasa_node_set *s, brasa_arena *arena);
/* false: the key was there already (its value stays). */
bool brasa__node_set_add(brasa_node_set *s, const void *key, const void *value);
/* NULL: not there. */
const void *brasa__node_set_get(const brasa_node_set *s, const void *key);

#endif
