/* set.c -- a map from nodes to nodes: open addressing, linear probing, at most half full. */
#include "plan/set.h"

#include "base/hash.h"

enum { LEAST = 16 }; /* passes make dozens of sets of a plan of few nodes */

void brasa__node_set_init(brasa_node_set *s, brasa_arena *arena)
{
    *s = (brasa_node_set) {.arena = arena, .cap = LEAST};
    s->slots = brasa__arena_alloc(arena, sizeof *s->slots * LEAST);
}

static int32_t find(const brasa_node_set *s, const void *key)
{
    int32_t i = (int32_t)(brasa__hash_u64((uint64_t)(uintptr_t)key) & (uint64_t)(s->cap - 1));

    while (s->slots[i].key && s->slots[i].key != key) i = (i + 1) & (s->cap - 1);
    return i;
}

static void grow(brasa_node_set *s)
{
    brasa_node_set old = *s;

    s->cap *= 2;
    s->slots = brasa__arena_alloc(s->arena, sizeof *s->slots * (size_t)s->cap);
    for (int32_t i = 0; i < old.cap; i++) {
        if (old.slots[i].key) s->slots[find(s, old.slots[i].key)] = old.slots[i];
    }
}

bool brasa__node_set_add(brasa_node_set *s, const void *key, const void *value)
{
    int32_t i = find(s, key);

    if (s->slots[i].key) return false;
    s->slots[i].key = key;
    s->slots[i].value = value;
    if (++s->count * 2 > s->cap) grow(s);
    return true;
}

const void *brasa__node_set_get(const brasa_node_set *s, const void *key)
{
    int32_t i = find(s, key);

    return s->slots[i].key ? s->slots[i].value : NULL;
}
