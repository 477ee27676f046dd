/* json_infer.c -- the types that a sample of records has, merged place by place.
 *
 * Numbers become BIGINT, DECIMAL(38,0) past 64 bits, or DOUBLE; what agrees in nothing becomes STRING and keeps its JSON text.
 */
#include <string.h>

#include "base/hash.h"
#include "data/type.h"
#include "storage/infer.h"
#include "storage/json.h"

enum { SAW_BOOL = 1, SAW_NUMBER = 2, SAW_STRING = 4, SAW_ARRAY = 8, SAW_OBJECT = 16 };

typedef struct member {
    const char       *name;
    size_t            len;
    brasa_json_shape *shape;
} member;

struct brasa_json_shape {
    int               saw;
    uint32_t          number; /* infer.h */
    brasa_json_shape *element;
    member           *members;
    int32_t           count, cap;
    int32_t           hint;  /* where the next member of a record is looked for first */
    int32_t          *index; /* hash table over the members, once they are many */
    int32_t           slots;
};

enum { MANY = 16 };

brasa_json_shape *brasa__json_shape_new(brasa_arena *arena)
{
    brasa_json_shape *s = BRASA_NEW(arena, brasa_json_shape);

    s->number = BRASA_INFER_ANY;
    return s;
}

static void index_add(brasa_json_shape *s, int32_t i)
{
    uint64_t h = brasa__hash_bytes(s->members[i].name, s->members[i].len);

    for (uint64_t at = h;; at++) {
        int32_t *slot = &s->index[at & (uint64_t)(s->slots - 1)];

        if (*slot != 0) continue;
        *slot = i + 1;
        return;
    }
}

static void grow_index(brasa_arena *arena, brasa_json_shape *s)
{
    if (s->count < MANY || s->count * 2 < s->slots) return;
    s->slots = s->slots == 0 ? 4 * MANY : s->slots * 4;
    s->index = BRASA_NEWS(arena, int32_t, s->slots);
    for (int32_t i = 0; i < s->count; i++) index_add(s, i);
}

static bool is_member(const member *m, const char *name, size_t len)
{
    return m->len == len && memcmp(m->name, name, len) == 0;
}

static int32_t find_member(const brasa_json_shape *s, const char *name, size_t len)
{
    if (s->slots == 0) {
        for (int32_t i = 0; i < s->count; i++)
            if (is_member(&s->members[i], name, len)) return i;
        return -1;
    }
    for (uint64_t at = brasa__hash_bytes(name, len);; at++) {
        int32_t i = s->index[at & (uint64_t)(s->slots - 1)] - 1;

        if (i < 0 || is_member(&s->members[i], name, len)) return i;
    }
}

static brasa_json_shape *member_shape(brasa_arena *arena, brasa_json_shape *s, const brasa_json *v)
{
    int32_t i =
        s->hint < s->count && is_member(&s->members[s->hint], v->name, v->name_len) ? s->hint : find_member(s, v->name, v->name_len);

    if (i < 0) {
        i = s->count;
        s->members = brasa__arena_grow(arena, s->members, &s->cap, i + 1, sizeof *s->members);
        s->members[i] = (member) {brasa__arena_strndup(arena, v->name, v->name_len), v->name_len, brasa__json_shape_new(arena)};
        s->count++;
        if (s->slots != 0) index_add(s, i);
        grow_index(arena, s);
    }
    s->hint = i + 1;
    return s->members[i].shape;
}

void brasa__json_shape_add(brasa_arena *arena, brasa_json_shape *s, const brasa_json *v)
{
    switch (v->kind) {
    case BRASA_JSON_NULL: return;
    case BRASA_JSON_FALSE:
    case BRASA_JSON_TRUE: s->saw |= SAW_BOOL; return;
    case BRASA_JSON_NUMBER:
        s->saw |= SAW_NUMBER;
        s->number = brasa__infer_add(s->number, v->text, v->len);
        return;
    case BRASA_JSON_STRING: s->saw |= SAW_STRING; return;
    case BRASA_JSON_ARRAY:
        s->saw |= SAW_ARRAY;
        if (s->element == NULL) s->element = brasa__json_shape_new(arena);
        for (const brasa_json *i = v->first; i != NULL; i = i->next) brasa__json_shape_add(arena, s->element, i);
        return;
    case BRASA_JSON_OBJECT:
        s->saw |= SAW_OBJECT;
        s->hint = 0;
        for (const brasa_json *i = v->first; i != NULL; i = i->next) brasa__json_shape_add(arena, member_shape(arena, s, i), i);
        return;
    }
}

static brasa_type shape_type(brasa_arena *arena, const brasa_json_shape *s)
{
    switch (s->saw) {
    case SAW_BOOL: return brasa__type(BRASA_KIND_BOOL);
    case SAW_NUMBER: return brasa__infer_type(s->number & ~(uint32_t)BRASA_INFER_BOOL);
    case SAW_ARRAY: return brasa__type_list(arena, shape_type(arena, s->element));
    case SAW_OBJECT:
        if (s->count != 0) {
            brasa_schema fields = brasa__json_shape_schema(arena, s);

            return (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = fields.ncols, .fields = fields.cols};
        }
        break;
    default: break;
    }
    return brasa__type(BRASA_KIND_STRING);
}

brasa_schema brasa__json_shape_schema(brasa_arena *arena, const brasa_json_shape *s)
{
    brasa_field *cols = BRASA_NEWS(arena, brasa_field, s->count + 1);

    for (int32_t i = 0; i < s->count; i++)
        cols[i] = (brasa_field) {.name = s->members[i].name, .type = shape_type(arena, s->members[i].shape), .nullable = true};
    return (brasa_schema) {.ncols = s->count, .cols = cols};
}
