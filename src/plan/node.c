/* node.c -- copying, walking and rewriting plans.
 *
 * Plans are DAGs: a node reached twice is walked and rewritten once, so a plan of many shared parts costs no more than its nodes.
 */
#include "plan/node.h"

#include "base/hash.h"
#include "plan/set.h"

static const char *const NAMES[] = {
#define X(name, text) text,
    BRASA_NODE_LIST(X)
#undef X
};

const char *brasa__node_name(brasa_node_kind kind)
{
    return NAMES[kind];
}

brasa_node *brasa__node_copy(brasa_arena *arena, const brasa_node *n, const brasa_node *const *inputs)
{
    brasa_node *copy = brasa__arena_copy(arena, n, sizeof *n);

    if (inputs && n->ninputs) copy->inputs = brasa__arena_copy(arena, inputs, sizeof *inputs * (size_t)n->ninputs);
    return copy;
}

/* Nodes seen so far; a plan of more than that is still walked rightly, but shared nodes may then be seen again. */
enum { WALK_SLOTS = 2048 };

typedef struct walk {
    const brasa_node *seen[WALK_SLOTS];
    int32_t           count;
    bool (*fn)(void *arg, const brasa_node *n);
    void *arg;
} walk;

static bool walk_first_time(walk *w, const brasa_node *n)
{
    uint64_t i = brasa__hash_u64((uint64_t)(uintptr_t)n) % WALK_SLOTS;

    while (w->seen[i] && w->seen[i] != n) i = (i + 1) % WALK_SLOTS;
    if (w->seen[i]) return false;
    if (w->count < WALK_SLOTS / 2) w->seen[i] = n, w->count++;
    return true;
}

static void walk_from(walk *w, const brasa_node *n)
{
    if (!walk_first_time(w, n) || !w->fn(w->arg, n)) return;
    for (int32_t i = 0; i < n->ninputs; i++) walk_from(w, n->inputs[i]);
}

void brasa__node_walk(const brasa_node *n, bool (*fn)(void *arg, const brasa_node *n), void *arg)
{
    walk w = {.fn = fn, .arg = arg};

    walk_from(&w, n);
}

typedef struct rewrite {
    brasa_node_set done;
    brasa_arena   *arena;
    const brasa_node *(*fn)(void *arg, brasa_arena *arena, const brasa_node *n);
    void *arg;
} rewrite;

static const brasa_node *rewrite_from(rewrite *r, const brasa_node *n)
{
    const brasa_node *now = brasa__node_set_get(&r->done, n);

    if (now) return now;
    const brasa_node **inputs = BRASA_NEWS(r->arena, const brasa_node *, n->ninputs + 1);
    bool               changed = false;
    for (int32_t i = 0; i < n->ninputs; i++) {
        inputs[i] = rewrite_from(r, n->inputs[i]);
        changed |= inputs[i] != n->inputs[i];
    }
    now = r->fn(r->arg, r->arena, changed ? brasa__node_copy(r->arena, n, inputs) : n);
    brasa__node_set_add(&r->done, n, now);
    return now;
}

const brasa_node *brasa__node_rewrite(brasa_arena *arena, const brasa_node                                              *n,
                                      const brasa_node *(*fn)(void *arg, brasa_arena *arena, const brasa_node *n), void *arg)
{
    rewrite r = {.arena = arena, .fn = fn, .arg = arg};

    brasa__node_set_init(&r.done, arena);
    return rewrite_from(&r, n);
}

typedef struct finding {
    int32_t           id;
    const brasa_node *found;
} finding;

static bool find_id(void *arg, const brasa_node *n)
{
    finding *f = arg;

    if (f->found == NULL && n->id == f->id) f->found = n;
    return f->found == NULL;
}

const brasa_node *brasa__node_find(const brasa_node *n, int32_t id)
{
    finding f = {.id = id};

    brasa__node_walk(n, find_id, &f);
    return f.found;
}
