/* store.c -- lists of partitions by id: few entries, so a plain array. */
#include "exec/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

typedef struct entry {
    int64_t      id;
    brasa_output output;
} entry;

struct brasa_store {
    entry  *items;
    int32_t count, cap;
};

void brasa__output_reserve(brasa_output *o, int32_t more)
{
    int32_t need = o->count + more;
    int32_t cap = o->cap * 2 > need ? o->cap * 2 : need;

    if (need <= o->cap) return;
    o->items = brasa__realloc(o->items, sizeof *o->items * (size_t)o->cap, sizeof *o->items * (size_t)cap);
    o->cap = cap;
}

brasa_partition *brasa__output_add(brasa_output *o, int32_t number)
{
    brasa_partition *p = &o->items[o->count++];

    *p = (brasa_partition) {.number = number};
    return p;
}

static int by_number(const void *a, const void *b)
{
    const brasa_partition *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

void brasa__output_sort(brasa_output *o)
{
    if (o->count > 1) qsort(o->items, (size_t)o->count, sizeof *o->items, by_number);
}

void brasa__output_clear(brasa_output *o)
{
    for (int32_t i = 0; i < o->count; i++) brasa__blocks_clear(&o->items[i].blocks);
    brasa__free(o->items, sizeof *o->items * (size_t)o->cap);
    *o = (brasa_output) {0};
}

brasa_partition *brasa__output_find(const brasa_output *o, int32_t number)
{
    brasa_partition key = {.number = number};

    if (o->count == 0) return NULL;
    return bsearch(&key, o->items, (size_t)o->count, sizeof key, by_number);
}

brasa_partitions brasa__output_view(const brasa_output *o)
{
    brasa_partitions v = {.count = o->count, .items = o->items};

    for (int32_t i = 0; i < o->count; i++) {
        v.rows += o->items[i].blocks.rows;
        v.bytes += o->items[i].blocks.bytes;
    }
    return v;
}

brasa_store *brasa__store_new(void)
{
    return brasa__alloc(sizeof(brasa_store));
}

void brasa__store_free(brasa_store *s)
{
    if (s == NULL) return;
    brasa__store_clear(s);
    brasa__free(s->items, sizeof *s->items * (size_t)s->cap);
    brasa__free(s, sizeof *s);
}

static entry *find(brasa_store *s, int64_t id)
{
    for (int32_t i = 0; i < s->count; i++) {
        if (s->items[i].id == id) return &s->items[i];
    }
    return NULL;
}

void brasa__store_put(brasa_store *s, int64_t id, brasa_output *o)
{
    entry *e = find(s, id);

    if (e == NULL && s->count == s->cap) {
        int32_t cap = s->cap == 0 ? 16 : s->cap * 2;

        s->items = brasa__realloc(s->items, sizeof *s->items * (size_t)s->cap, sizeof *s->items * (size_t)cap);
        s->cap = cap;
    }
    if (e == NULL) {
        e = &s->items[s->count++];
        *e = (entry) {.id = id};
    }
    brasa__output_clear(&e->output);
    e->output = *o;
    *o = (brasa_output) {0};
}

brasa_output *brasa__store_get(brasa_store *s, int64_t id)
{
    entry *e = find(s, id);

    return e == NULL ? NULL : &e->output;
}

void brasa__store_drop(brasa_store *s, int64_t id)
{
    entry *e = find(s, id);

    if (e == NULL) return;
    brasa__output_clear(&e->output);
    *e = s->items[--s->count];
}

void brasa__store_clear(brasa_store *s)
{
    for (int32_t i = 0; i < s->count; i++) brasa__output_clear(&s->items[i].output);
    s->count = 0;
}
