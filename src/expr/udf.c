/* udf.c -- the user's functions: the linker section, state blocks, and the helpers that user code calls. */
#include "expr/udf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"

/* The bounds of the section, made by the linker; absent (weak) in a program without user functions. */
extern const brasa_udf_descriptor *const __start_brasa_udfs[] __attribute__((weak, visibility("hidden")));
extern const brasa_udf_descriptor *const __stop_brasa_udfs[] __attribute__((weak, visibility("hidden")));

/* ---- the table ---- */

int32_t brasa__udf_count(void)
{
    return (int32_t)(((uintptr_t)__stop_brasa_udfs - (uintptr_t)__start_brasa_udfs) / sizeof __start_brasa_udfs[0]);
}

const brasa_udf_descriptor *brasa__udf_at(int32_t i)
{
    return __start_brasa_udfs[i];
}

const brasa_udf_descriptor *brasa__udf_find(const char *name)
{
    int32_t n = brasa__udf_count();

    for (int32_t i = 0; i < n && name != NULL; i++)
        if (strcasecmp(__start_brasa_udfs[i]->name, name) == 0) return __start_brasa_udfs[i];
    return NULL;
}

static uint64_t hash_text(uint64_t h, const char *s)
{
    return brasa__hash_combine(h, s ? brasa__hash_bytes(s, strlen(s)) : 1);
}

uint64_t brasa__udf_table_hash(void)
{
    int32_t  n = brasa__udf_count();
    uint64_t sum = (uint64_t)n;

    for (int32_t i = 0; i < n; i++) {
        const brasa_udf_descriptor *d = __start_brasa_udfs[i];
        uint64_t forms = (uint64_t)(d->batch != NULL) | (uint64_t)(d->row != NULL) << 1 | (uint64_t)(d->flat_map != NULL) << 2 |
                         (uint64_t)(d->map_partition != NULL) << 3 | (uint64_t)(d->combine != NULL) << 4 |
                         (uint64_t)(d->update != NULL) << 5 | (uint64_t)d->nulls << 6 | (uint64_t)d->volatile_ << 7;
        uint64_t h = hash_text(hash_text(hash_text(forms + 1, d->name), d->args), d->returns);
        sum += brasa__hash_combine(h, (uint64_t)d->state_bytes); /* in any order */
    }
    return brasa__hash_u64(sum);
}

bool brasa__udf_is_scalar(const brasa_udf_descriptor *d)
{
    return d->batch != NULL || d->row != NULL;
}

bool brasa__udf_is_aggregate(const brasa_udf_descriptor *d)
{
    return d->update != NULL || d->combine != NULL;
}

/* "DOUBLE, DECIMAL(10,2), STRING": the commas outside brackets part them. */
static brasa_status parse_types(brasa_arena *arena, const char *text, brasa_type **out, int32_t *n, brasa_error *err)
{
    int32_t     cap = 0, depth = 0;
    brasa_type *types = NULL;
    const char *from = text;

    *n = 0;
    for (const char *p = text;; p++) {
        if (*p == '(' || *p == '<') depth++;
        if (*p == ')' || *p == '>') depth--;
        if (*p != '\0' && (*p != ',' || depth > 0)) continue;
        while (from < p && isspace((unsigned char)*from)) from++;
        if (from < p || *p == ',') {
            types = brasa__arena_grow(arena, types, &cap, *n + 1, sizeof *types);
            BRASA_TRY(brasa__type_parse(arena, brasa__arena_strndup(arena, from, (size_t)(p - from)), &types[*n], err));
            (*n)++;
        }
        from = p + 1;
        if (*p == '\0') break;
    }
    *out = types;
    return BRASA_OK;
}

brasa_status brasa__udf_signature(brasa_arena *arena, const brasa_udf_descriptor *d, brasa_type **args, int32_t *nargs, brasa_type *result,
                                  brasa_error *err)
{
    if (parse_types(arena, d->args ? d->args : "", args, nargs, err) != BRASA_OK)
        return brasa__fail_more(err, " (in .args of function %s)", d->name);
    if (d->returns == NULL) return brasa__fail(err, BRASA_INVALID, "function %s says no type: give .returns", d->name);
    if (brasa__type_parse(arena, d->returns, result, err) != BRASA_OK)
        return brasa__fail_more(err, " (in .returns of function %s)", d->name);
    return BRASA_OK;
}

/* ---- state blocks ---- */

typedef struct state_block {
    char  *name;
    void  *bytes;
    size_t n;
    size_t name_bytes;
} state_block;

struct brasa_udf_states {
    state_block *list;
    int32_t      n;
};

brasa_udf_states *brasa__udf_states_new(void)
{
    return brasa__alloc(sizeof(brasa_udf_states));
}

static void block_free(state_block *b)
{
    brasa__free(b->name, b->name_bytes);
    brasa__free(b->bytes, b->n);
}

void brasa__udf_states_free(brasa_udf_states *s)
{
    if (s == NULL) return;
    for (int32_t i = 0; i < s->n; i++) block_free(&s->list[i]);
    brasa__free(s->list, sizeof *s->list * (size_t)s->n);
    brasa__free(s, sizeof *s);
}

static state_block *find_block(const brasa_udf_states *s, const char *name)
{
    for (int32_t i = 0; i < s->n; i++)
        if (strcasecmp(s->list[i].name, name) == 0) return &s->list[i];
    return NULL;
}

void brasa__udf_states_set(brasa_udf_states *s, const char *name, const void *bytes, size_t n)
{
    state_block *b = find_block(s, name);

    if (b == NULL) {
        s->list = brasa__realloc(s->list, sizeof *s->list * (size_t)s->n, sizeof *s->list * (size_t)(s->n + 1));
        b = &s->list[s->n];
        memset(b, 0, sizeof *b);
        b->name_bytes = strlen(name) + 1;
        b->name = brasa__alloc(b->name_bytes);
        memcpy(b->name, name, b->name_bytes);
        s->n++;
    }
    void *copy = brasa__alloc(n);
    if (n > 0) memcpy(copy, bytes, n);
    brasa__free(b->bytes, b->n);
    b->bytes = copy;
    b->n = n;
}

const void *brasa__udf_states_get(const brasa_udf_states *s, const char *name, int64_t *bytes)
{
    const state_block *b = s ? find_block(s, name) : NULL;

    *bytes = b ? (int64_t)b->n : 0;
    return b ? b->bytes : NULL;
}

void brasa__udf_states_put(const brasa_udf_states *s, brasa_wire *w)
{
    brasa__put_i32(w, s ? s->n : 0);
    for (int32_t i = 0; s && i < s->n; i++) {
        brasa__put_str(w, s->list[i].name);
        brasa__put_blob(w, s->list[i].bytes, s->list[i].n);
    }
}

brasa_status brasa__udf_states_read(brasa_udf_states *s, brasa_reader *r, brasa_error *err)
{
    brasa_arena *work = brasa__arena_new(NULL, "state blocks");
    int32_t      n = brasa__get_count(r, 2);

    for (int32_t i = 0; i < n && !r->bad; i++) {
        size_t      bytes = 0;
        const char *name = brasa__get_str(r, work);
        const void *blob = brasa__get_blob(r, &bytes);
        if (!r->bad && name) brasa__udf_states_set(s, name, blob, bytes);
    }
    brasa__arena_free(work);
    return r->bad ? brasa__fail(err, BRASA_CORRUPT, "a message holds no valid state blocks") : BRASA_OK;
}

/* ---- calls ---- */

void brasa__udf_call_begin(brasa_udf_call *call, brasa_udf_frame *frame, brasa_arena *arena, const brasa_udf_descriptor *d)
{
    memset(call, 0, sizeof *call);
    memset(frame, 0, sizeof *frame);
    frame->arena = arena;
    frame->name = d->name;
    call->internal = frame;
    call->state = brasa__udf_states_get(brasa__ctx()->udf_states, d->name, &call->state_bytes);
}

brasa_status brasa__udf_call_failed(const brasa_udf_call *call, const char *name, brasa_error *err)
{
    const brasa_udf_frame *frame = call->internal;

    if (frame->failed && frame->error.code != BRASA_OK && frame->error.code != BRASA_UDF) {
        if (err) *err = frame->error;
        return (brasa_status)frame->error.code;
    }
    return brasa__fail(err, BRASA_UDF, "function %s failed: %s", name,
                       frame->failed ? frame->error.text : "it returned an error and did not say why (brasa_udf_error does)");
}

int brasa_udf_error(brasa_udf_call *call, const char *fmt, ...)
{
    brasa_udf_frame *frame = call->internal;
    va_list          ap;

    frame->failed = true;
    frame->error.code = BRASA_UDF;
    va_start(ap, fmt);
    vsnprintf(frame->error.text, sizeof frame->error.text, fmt, ap);
    va_end(ap);
    return 1;
}

void *brasa_udf_alloc(brasa_udf_call *call, size_t bytes)
{
    return brasa__arena_alloc(((brasa_udf_frame *)call->internal)->arena, bytes);
}

void brasa_udf_set_string(brasa_udf_call *call, int32_t row, const char *text, size_t bytes)
{
    brasa_udf_frame *frame = call->internal;

    if (bytes > 12) text = brasa__arena_copy(frame->arena, text, bytes);
    ((brasa_string *)call->out)[row] = brasa__string(text, bytes);
}

int brasa_udf_emit_row(brasa_udf_call *call, const brasa_value *values, int32_t n)
{
    brasa_udf_frame *frame = call->internal;

    if (call->emit == NULL) return brasa_udf_error(call, "brasa_udf_emit_row is for flat_map and map_partitions only");
    if (call->emit->row(call->emit, values, n, &frame->error) == 0) return 0;
    frame->failed = true;
    return 1;
}
