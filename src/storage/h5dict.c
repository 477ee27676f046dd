/* h5dict.c -- an open-addressed table of strings, at most 65,536, with the hash's bits beside each slot. */
#include "storage/h5dict.h"

#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "storage/h5stats.h"

typedef struct {
    uint32_t tag;  /* of the hash */
    int32_t  code; /* -1: free */
} slot;

struct brasa_h5_dict {
    brasa_arena  *arena;
    slot         *slots;
    uint32_t      mask;
    int32_t       count;
    int32_t       cap;
    brasa_string *strings;
    uint64_t     *hashes;
    int32_t       hash_cap;
};

static slot *new_slots(brasa_arena *arena, uint32_t n)
{
    slot *s = BRASA_NEWS(arena, slot, n);

    for (uint32_t i = 0; i < n; i++) s[i].code = -1;
    return s;
}

brasa_h5_dict *brasa__h5_dict_new(brasa_arena *parent)
{
    brasa_arena   *arena = brasa__arena_new(parent, "dictionary");
    brasa_h5_dict *d = BRASA_NEW(arena, brasa_h5_dict);

    d->arena = arena;
    d->mask = 63;
    d->slots = new_slots(arena, d->mask + 1);
    return d;
}

void brasa__h5_dict_free(brasa_h5_dict *d)
{
    if (d != NULL) brasa__arena_free(d->arena);
}

static void rehash(brasa_h5_dict *d)
{
    d->mask = d->mask * 2 + 1;
    d->slots = new_slots(d->arena, d->mask + 1);
    for (int32_t k = 0; k < d->count; k++) {
        uint32_t at = (uint32_t)d->hashes[k] & d->mask;
        while (d->slots[at].code >= 0) at = (at + 1) & d->mask;
        d->slots[at] = (slot) {.tag = (uint32_t)(d->hashes[k] >> 32), .code = k};
    }
}

static int32_t add(brasa_h5_dict *d, const brasa_string *s, uint64_t hash)
{
    char *bytes;

    d->strings = brasa__arena_grow(d->arena, d->strings, &d->cap, d->count + 1, sizeof *d->strings);
    d->hashes = brasa__arena_grow(d->arena, d->hashes, &d->hash_cap, d->count + 1, sizeof *d->hashes);
    bytes = s->len > 12 ? brasa__arena_copy(d->arena, brasa_string_data(s), s->len) : NULL;
    d->strings[d->count] = bytes == NULL ? *s : brasa__string(bytes, s->len);
    d->hashes[d->count] = hash;
    return d->count++;
}

/* The code of s; -1 when it would be one too many. */
static int32_t code_of(brasa_h5_dict *d, const brasa_string *s, uint64_t hash, int32_t most)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    uint32_t at = (uint32_t)hash & d->mask;
    int32_t  code;

    for (; d->slots[at].code >= 0; at = (at + 1) & d->mask)
        if (d->slots[at].tag == tag && brasa__string_equal(&d->strings[d->slots[at].code], s)) return d->slots[at].code;
    if (d->count >= most) return -1;
    code = add(d, s, hash);
    d->slots[at] = (slot) {.tag = tag, .code = code};
    if ((uint32_t)d->count * 2 > d->mask) rehash(d);
    return code;
}

static bool null_at(const brasa_column *c, int32_t i)
{
    return c->valid != NULL && !brasa__bit_get(c->valid, i);
}

static uint64_t hash_of(const brasa_string *s)
{
    return brasa__hash_bytes(brasa_string_data(s), s->len);
}

bool brasa__h5_dict_codes(brasa_h5_dict *d, const brasa_column *c, int32_t n, int32_t most, uint16_t *codes, uint8_t *sketch)
{
    const brasa_string *v = c->values;
    bool                fits = true;

    for (int32_t i = 0; i < n; i++) {
        uint64_t hash;
        int32_t  code;
        codes[i] = 0;
        if (null_at(c, i)) continue;
        hash = hash_of(&v[i]);
        brasa__h5_sketch_add(sketch, hash);
        if (!fits) continue;
        code = code_of(d, &v[i], hash, most);
        fits = code >= 0;
        codes[i] = (uint16_t)code;
    }
    return fits;
}

void brasa__h5_sketch_strings(const brasa_column *c, int32_t n, uint8_t *sketch)
{
    const brasa_string *v = c->values;

    for (int32_t i = 0; i < n; i++)
        if (!null_at(c, i)) brasa__h5_sketch_add(sketch, hash_of(&v[i]));
}

int32_t brasa__h5_dict_count(const brasa_h5_dict *d)
{
    return d->count;
}

const brasa_string *brasa__h5_dict_strings(const brasa_h5_dict *d)
{
    return d->strings;
}
