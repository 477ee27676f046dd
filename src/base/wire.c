/* wire.c -- bytes of a message, little-endian, checked on the way in. */
#include "base/wire.h"

#include <string.h>

void brasa__wire_init(brasa_wire *w, brasa_arena *arena)
{
    *w = (brasa_wire) {.arena = arena};
}

static uint8_t *wire_room(brasa_wire *w, size_t n)
{
    if (w->len + n > w->cap) {
        size_t   cap = w->cap * 2 > w->len + n ? w->cap * 2 : w->len + n + 256;
        uint8_t *data = brasa__arena_alloc(w->arena, cap);
        if (w->len) memcpy(data, w->data, w->len);
        w->data = data;
        w->cap = cap;
    }
    uint8_t *at = w->data + w->len;
    w->len += n;
    return at;
}

static void put_le(brasa_wire *w, uint64_t v, size_t n)
{
    uint8_t *at = wire_room(w, n);

    for (size_t i = 0; i < n; i++) at[i] = (uint8_t)(v >> (8 * i));
}

void brasa__put_u8(brasa_wire *w, uint8_t v)
{
    put_le(w, v, 1);
}

void brasa__put_bool(brasa_wire *w, bool v)
{
    put_le(w, v ? 1 : 0, 1);
}

void brasa__put_i32(brasa_wire *w, int32_t v)
{
    put_le(w, (uint32_t)v, 4);
}

void brasa__put_i64(brasa_wire *w, int64_t v)
{
    put_le(w, (uint64_t)v, 8);
}

void brasa__put_u64(brasa_wire *w, uint64_t v)
{
    put_le(w, v, 8);
}

/* Sign to the lowest bit, then seven bits a byte, the highest bit saying that more follow. */
void brasa__put_var(brasa_wire *w, int64_t v)
{
    uint64_t left = ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);

    for (; left >= 0x80; left >>= 7) brasa__put_u8(w, (uint8_t)(left | 0x80));
    brasa__put_u8(w, (uint8_t)left);
}

void brasa__put_f64(brasa_wire *w, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    put_le(w, bits, 8);
}

void brasa__put_bytes(brasa_wire *w, const void *p, size_t n)
{
    uint8_t *at = wire_room(w, n);

    if (n) memcpy(at, p, n);
}

void brasa__put_blob(brasa_wire *w, const void *p, size_t n)
{
    brasa__put_u64(w, n);
    brasa__put_bytes(w, p, n);
}

void brasa__put_str(brasa_wire *w, const char *s)
{
    brasa__put_u64(w, s ? (uint64_t)strlen(s) : UINT64_MAX);
    if (s) brasa__put_bytes(w, s, strlen(s));
}

brasa_reader brasa__reader(const void *data, size_t len)
{
    return (brasa_reader) {.data = data, .len = len};
}

const void *brasa__get_bytes(brasa_reader *r, size_t n)
{
    if (r->bad || n > r->len - r->pos) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *at = r->data ? r->data + r->pos : NULL;
    r->pos += n;
    return at;
}

static uint64_t get_le(brasa_reader *r, size_t n)
{
    const uint8_t *at = brasa__get_bytes(r, n);
    uint64_t       v = 0;

    for (size_t i = 0; at && i < n; i++) v |= (uint64_t)at[i] << (8 * i);
    return v;
}

int64_t brasa__get_var(brasa_reader *r)
{
    uint64_t v = 0;

    for (int shift = 0; shift < 64; shift += 7) {
        uint64_t byte = get_le(r, 1);

        v |= (byte & 0x7f) << shift;
        if (byte < 0x80) return (int64_t)((v >> 1) ^ (v & 1 ? UINT64_MAX : 0));
    }
    r->bad = true;
    return 0;
}

uint8_t brasa__get_u8(brasa_reader *r)
{
    return (uint8_t)get_le(r, 1);
}

bool brasa__get_bool(brasa_reader *r)
{
    uint64_t v = get_le(r, 1);

    if (v > 1) r->bad = true;
    return v == 1;
}

int32_t brasa__get_i32(brasa_reader *r)
{
    return (int32_t)(uint32_t)get_le(r, 4);
}

int64_t brasa__get_i64(brasa_reader *r)
{
    return (int64_t)get_le(r, 8);
}

uint64_t brasa__get_u64(brasa_reader *r)
{
    return get_le(r, 8);
}

double brasa__get_f64(brasa_reader *r)
{
    uint64_t bits = get_le(r, 8);
    double   v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

const void *brasa__get_blob(brasa_reader *r, size_t *n)
{
    uint64_t    len = brasa__get_u64(r);
    const void *at = NULL;

    if (!r->bad) at = brasa__get_bytes(r, len);
    *n = at ? (size_t)len : 0;
    return at;
}

char *brasa__get_str(brasa_reader *r, brasa_arena *arena)
{
    uint64_t len = brasa__get_u64(r);

    if (r->bad || len == UINT64_MAX) return NULL;
    const char *at = brasa__get_bytes(r, len);
    return at ? brasa__arena_strndup(arena, at, len) : NULL;
}

int32_t brasa__get_count(brasa_reader *r, size_t min_bytes)
{
    int32_t n = brasa__get_i32(r);

    if (n < 0 || (uint64_t)n > (r->len - r->pos) / (min_bytes ? min_bytes : 1)) r->bad = true;
    return r->bad ? 0 : n;
}
