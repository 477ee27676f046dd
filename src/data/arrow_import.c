/* arrow_import.c -- Arrow arrays as a block.
 *
 * The array belongs to the block from then on: what lies as our columns do is used where it is, bytes of strings always; bitmaps are
 * copied (Arrow pads them to bytes only), and the rest is converted into an arena of the block.  Offsets and children are checked, as the
 * producer is someone else's code; lengths of buffers cannot be, as the interface does not tell them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/arrow.h"
#include "data/bits.h"
#include "data/gather.h"
#include "data/string.h"
#include "data/type.h"

/* Rows [from, from + n) of an array, offset of the array included in `from`. */
typedef struct {
    brasa_arena              *arena;
    const struct ArrowSchema *schema;
    const struct ArrowArray  *array;
    int64_t                   from;
    int32_t                   n;
} source;

static brasa_status malformed(const source *s, const char *what, brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID, "Arrow field '%s' of format '%s': %s", s->schema->name == NULL ? "" : s->schema->name,
                       s->schema->format, what);
}

static const uint64_t *import_valid(const source *s)
{
    const uint8_t *bits = s->array->n_buffers > 0 ? s->array->buffers[0] : NULL;
    uint64_t      *valid;

    if (bits == NULL || s->array->null_count == 0) return NULL;
    valid = BRASA_NEWS(s->arena, uint64_t, brasa__bit_words(s->n) + 1);
    for (int32_t i = 0; i < s->n; i++) {
        int64_t at = s->from + i;

        valid[i >> 6] |= (uint64_t)(bits[at >> 3] >> (at & 7) & 1) << (i & 63);
    }
    return valid;
}

/* Values that lie as ours do: used in place where they are aligned. */
static void share_values(const source *s, size_t width, size_t align, brasa_column *c)
{
    const char *p = s->n == 0 ? NULL : (const char *)s->array->buffers[1] + (size_t)s->from * width;

    if (p == NULL || (uintptr_t)p % align != 0) {
        char *copy = brasa__arena_alloc64(s->arena, (size_t)s->n * width + width);

        if (p != NULL) memcpy(copy, p, (size_t)s->n * width);
        p = copy;
    }
    c->values = p;
}

static int64_t read_integer(const void *values, char format, int64_t i)
{
    switch (format) {
    case 'c': return ((const int8_t *)values)[i];
    case 'C': return ((const uint8_t *)values)[i];
    case 's': return ((const int16_t *)values)[i];
    case 'S': return ((const uint16_t *)values)[i];
    case 'i': return ((const int32_t *)values)[i];
    case 'I': return ((const uint32_t *)values)[i];
    default: return ((const int64_t *)values)[i];
    }
}

static brasa_status import_unsigned(const source *s, brasa_column *c, brasa_error *err)
{
    char  f = s->schema->format[0];
    void *out = brasa__arena_alloc64(s->arena, (size_t)s->n * 16 + 16);

    (void)err;
    for (int32_t i = 0; i < s->n; i++) {
        int64_t v = read_integer(s->array->buffers[1], f, s->from + i);

        if (f == 'C') ((int16_t *)out)[i] = (int16_t)v;
        if (f == 'S') ((int32_t *)out)[i] = (int32_t)v;
        if (f == 'I') ((int64_t *)out)[i] = v;
        if (f == 'L') ((brasa_int128 *)out)[i] = (uint64_t)v;
    }
    c->values = out;
    return BRASA_OK;
}

static void import_bools(const source *s, brasa_column *c)
{
    const uint8_t *bits = s->n == 0 ? NULL : s->array->buffers[1];
    uint8_t       *out = brasa__arena_alloc64(s->arena, (size_t)s->n + 1);

    for (int32_t i = 0; i < s->n; i++) {
        int64_t at = s->from + i;

        out[i] = bits[at >> 3] >> (at & 7) & 1;
    }
    c->values = out;
}

static brasa_status import_decimal(const source *s, brasa_column *c, brasa_error *err)
{
    const char *p = s->n == 0 ? NULL : (const char *)s->array->buffers[1] + 16 * s->from;
    int64_t    *out;

    if (brasa__type_phys(c->type) == BRASA_PHYS_I128) {
        share_values(s, 16, 16, c);
        return BRASA_OK;
    }
    out = brasa__arena_alloc64(s->arena, sizeof(int64_t) * (size_t)s->n + 8);
    for (int32_t i = 0; i < s->n; i++) {
        brasa_int128 v;

        memcpy(&v, p + 16 * (size_t)i, 16);
        out[i] = (int64_t)v;
        if (out[i] != v && brasa_column_is_valid(c, i)) return malformed(s, "a decimal has more digits than its precision", err);
    }
    c->values = out;
    return BRASA_OK;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Seconds, milliseconds or nanoseconds to microseconds; milliseconds to days. */
static brasa_status import_time(const source *s, brasa_column *c, brasa_error *err)
{
    const char    *f = s->schema->format;
    const int64_t *v = s->array->buffers[1];
    int64_t       *us = brasa__arena_alloc64(s->arena, sizeof(int64_t) * (size_t)s->n + 8);
    int32_t       *days = (int32_t *)us;

    c->values = us;
    for (int32_t i = 0; i < s->n; i++) {
        int64_t x = v[s->from + i], to = 0;
        bool    overflow = false;

        if (f[1] == 'd') {
            int64_t d = floor_div(x, 86400000);

            overflow = d != (int32_t)d;
            days[i] = (int32_t)d;
        } else if (f[2] == 'n') {
            us[i] = floor_div(x, 1000);
        } else {
            overflow = __builtin_mul_overflow(x, (int64_t)(f[2] == 's' ? 1000000 : 1000), &to);
            us[i] = to;
        }
        if (overflow && brasa_column_is_valid(c, i)) {
            return brasa__fail(err, BRASA_ARITHMETIC, "Arrow field '%s': time %lld is out of range", s->schema->name, (long long)x);
        }
    }
    return BRASA_OK;
}

/* Seconds and milliseconds in 32 bits, nanoseconds in 64. */
static void import_clock(const source *s, brasa_column *c)
{
    char     unit = s->schema->format[2];
    int64_t *us = brasa__arena_alloc64(s->arena, sizeof(int64_t) * (size_t)s->n + 8);

    for (int32_t i = 0; i < s->n; i++) {
        const void *p = s->array->buffers[1];

        us[i] = unit == 'n' ? floor_div(((const int64_t *)p)[s->from + i], 1000)
                            : (int64_t)((const int32_t *)p)[s->from + i] * (unit == 's' ? 1000000 : 1000);
    }
    c->values = us;
}

static void import_intervals(const source *s, brasa_column *c)
{
    brasa_interval *out = brasa__arena_alloc64(s->arena, sizeof *out * (size_t)s->n + 16);
    char            f = s->schema->format[2];
    size_t          width = f == 'M' ? 4 : f == 'D' ? 8 : 16;

    for (int32_t i = 0; i < s->n; i++) {
        const char *p = (const char *)s->array->buffers[1] + width * (size_t)(s->from + i);
        int32_t     a, b = 0;
        int64_t     ns = 0;

        memcpy(&a, p, 4);
        if (f != 'M') memcpy(&b, p + 4, 4);
        if (f == 'n') memcpy(&ns, p + 8, 8);
        if (f == 'M') out[i].months = a;
        if (f == 'D') out[i] = (brasa_interval) {.days = a, .us = (int64_t)b * 1000};
        if (f == 'n') out[i] = (brasa_interval) {.months = a, .days = b, .us = ns / 1000};
    }
    c->values = out;
}

/* Offset i of a string or list array. */
static int64_t offset_at(const source *s, bool large, int64_t i)
{
    const void *p = s->array->buffers[1];

    return large ? ((const int64_t *)p)[i] : ((const int32_t *)p)[i];
}

static brasa_status import_strings(const source *s, brasa_column *c, brasa_error *err)
{
    char          f = s->schema->format[0];
    bool          large = f == 'U' || f == 'Z';
    int64_t       fixed = f == 'w' ? atoll(s->schema->format + 2) : 0;
    const char   *bytes = s->array->buffers[f == 'w' ? 1 : 2];
    brasa_string *out = brasa__arena_alloc64(s->arena, sizeof *out * ((size_t)s->n + 1));

    for (int32_t i = 0; i < s->n; i++) {
        int64_t at = s->from + i, start, end;

        if (!brasa_column_is_valid(c, i)) continue;
        start = f == 'w' ? at * fixed : offset_at(s, large, at);
        end = f == 'w' ? start + fixed : offset_at(s, large, at + 1);
        if (start < 0 || end < start) return malformed(s, "offsets run backwards", err);
        if (end - start > UINT32_MAX) return malformed(s, "a string is over 4 GB", err);
        out[i] = brasa__string(end == start ? "" : bytes + start, (size_t)(end - start));
    }
    c->values = out;
    return BRASA_OK;
}

static brasa_status import_column(const source *s, brasa_type t, brasa_column *c, brasa_error *err);

/* All rows of child k of an array. */
static brasa_status child_source(const source *s, int64_t k, source *out, brasa_error *err)
{
    const struct ArrowArray *a = s->array->children[k];

    if (a->length > INT32_MAX) return malformed(s, "over 2^31 - 1 elements", err);
    *out = (source) {.arena = s->arena, .schema = s->schema->children[k], .array = a, .from = a->offset, .n = (int32_t)a->length};
    return BRASA_OK;
}

static brasa_status import_list(const source *s, brasa_column *c, brasa_error *err)
{
    const char   *f = s->schema->format;
    int64_t       fixed = f[1] == 'w' ? atoll(f + 3) : 0;
    brasa_span   *out = brasa__arena_alloc64(s->arena, sizeof *out * ((size_t)s->n + 1));
    brasa_column *kid = BRASA_NEW(s->arena, brasa_column);
    source        elements;

    BRASA_TRY(child_source(s, 0, &elements, err));
    for (int32_t i = 0; i < s->n; i++) {
        int64_t at = s->from + i, start, end;

        if (!brasa_column_is_valid(c, i)) continue;
        start = f[1] == 'w' ? at * fixed : offset_at(s, f[1] == 'L', at);
        end = f[1] == 'w' ? start + fixed : offset_at(s, f[1] == 'L', at + 1);
        if (start < 0 || end < start || end > elements.n) return malformed(s, "a list lies outside its elements", err);
        out[i] = (brasa_span) {.offset = (int32_t)start, .len = (int32_t)(end - start)};
    }
    BRASA_TRY(import_column(&elements, c->type.fields[0].type, kid, err));
    c->values = out;
    c->child = kid;
    c->child_rows = elements.n;
    return BRASA_OK;
}

/* The interface promises keys without nulls, and that no entry is null; that no key is there twice only whoever made the map can say. */
static brasa_status import_map(const source *s, brasa_column *c, brasa_error *err)
{
    BRASA_TRY(import_list(s, c, err));

    const brasa_column *entries = c->child;
    const uint64_t     *bad[] = {entries->valid, entries->child[0].valid};

    for (int k = 0; k < 2; k++)
        if (bad[k] != NULL && brasa__bit_count(bad[k], (int32_t)c->child_rows) != c->child_rows)
            return malformed(s, "a map has a null key", err);
    return BRASA_OK;
}

static brasa_status import_vector(const source *s, brasa_column *c, brasa_error *err)
{
    source       elements = {0};
    brasa_column floats;
    int64_t      length = c->type.length;

    BRASA_TRY(child_source(s, 0, &elements, err));
    if ((s->from + s->n) * length > elements.n) return malformed(s, "there are too few elements", err);
    elements.from += s->from * length;
    elements.n = (int32_t)(s->n * length);
    BRASA_TRY(import_column(&elements, brasa__type(BRASA_KIND_FLOAT32), &floats, err));
    if (floats.valid != NULL && brasa__bit_count(floats.valid, elements.n) != elements.n)
        return malformed(s, "a vector has null elements", err);
    c->values = floats.values;
    return BRASA_OK;
}

static brasa_status import_struct(const source *s, brasa_column *c, brasa_error *err)
{
    brasa_column *kids = BRASA_NEWS(s->arena, brasa_column, c->type.nfields);

    for (int32_t f = 0; f < c->type.nfields; f++) {
        source field = {0};

        BRASA_TRY(child_source(s, f, &field, err));
        if (s->from + s->n > field.n) return malformed(s, "a field has too few rows", err);
        field.from += s->from;
        field.n = s->n;
        BRASA_TRY(import_column(&field, c->type.fields[f].type, &kids[f], err));
    }
    c->child = kids;
    return BRASA_OK;
}

/* Nulls of the dictionary become nulls of the rows. */
static void pull_nulls(const source *s, const int32_t *codes, const brasa_column *dict, brasa_column *c)
{
    uint64_t *valid = BRASA_NEWS(s->arena, uint64_t, brasa__bit_words(s->n) + 1);

    for (int32_t i = 0; i < s->n; i++) {
        if (brasa_column_is_valid(c, i) && brasa_column_is_valid(dict, codes[i])) brasa__bit_set(valid, i);
    }
    c->valid = valid;
}

static brasa_status import_dictionary(const source *s, brasa_column *c, brasa_error *err)
{
    const struct ArrowArray *d = s->array->dictionary;
    source                   words = {.arena = s->arena, .schema = s->schema->dictionary, .array = d};
    brasa_column            *dict = BRASA_NEW(s->arena, brasa_column);
    int32_t                 *codes = brasa__arena_alloc64(s->arena, sizeof *codes * ((size_t)s->n + 1));

    if (d == NULL || d->length > INT32_MAX) return malformed(s, "there is no dictionary, or one of over 2^31 - 1 entries", err);
    if (s->schema->format[0] == '\0' || strchr("cCsSiIlL", s->schema->format[0]) == NULL) return malformed(s, "codes are no integers", err);
    words.from = d->offset;
    words.n = (int32_t)d->length;
    BRASA_TRY(import_column(&words, c->type, dict, err));
    for (int32_t i = 0; i < s->n; i++) {
        int64_t code = brasa_column_is_valid(c, i) ? read_integer(s->array->buffers[1], s->schema->format[0], s->from + i) : 0;

        if (brasa_column_is_valid(c, i) && (code < 0 || code >= words.n)) return malformed(s, "a code lies outside the dictionary", err);
        codes[i] = (int32_t)code;
    }
    if (words.n == 0) {
        brasa__column_nulls(s->arena, c->type, s->n, c);
        return BRASA_OK;
    }
    if (dict->encoding != BRASA_FLAT) {
        int32_t *all = BRASA_NEWS(s->arena, int32_t, words.n);

        for (int32_t i = 0; i < words.n; i++) all[i] = i;
        brasa__column_gather(s->arena, dict, all, words.n, false, dict);
    }
    if (dict->valid != NULL) pull_nulls(s, codes, dict, c);
    if (dict->encoding == BRASA_CONST) { /* all null */
        brasa__column_nulls(s->arena, c->type, s->n, c);
        return BRASA_OK;
    }
    dict->valid = NULL;
    *c = (brasa_column) {.type = c->type, .encoding = BRASA_DICT, .valid = c->valid, .codes = codes, .child = dict, .child_rows = words.n};
    return BRASA_OK;
}

/* Does the array have the buffers and children that its format asks for? */
static brasa_status check_shape(const source *s, brasa_error *err)
{
    const char *f = s->schema->format;
    int64_t     buffers = strcmp(f, "n") == 0            ? 0
                          : f[0] == '+'                  ? (f[1] == 'l' || f[1] == 'L' || f[1] == 'm') + 1
                          : strchr("uUzZ", f[0]) != NULL ? 3
                                                         : 2;

    if (s->from < 0 || s->n < 0) return malformed(s, "a negative length", err);
    if (s->array->n_buffers < buffers) return malformed(s, "buffers are missing", err);
    if (s->array->n_children != s->schema->n_children) return malformed(s, "children are missing", err);
    for (int64_t i = 1; i < buffers; i++) {
        if (s->array->buffers[i] == NULL && s->n > 0 && i != 2) return malformed(s, "a buffer is missing", err);
    }
    return BRASA_OK;
}

static brasa_status import_column(const source *s, brasa_type t, brasa_column *c, brasa_error *err)
{
    const char *f = s->schema->format;

    BRASA_TRY(check_shape(s, err));
    if (t.kind == BRASA_KIND_NULL) {
        brasa__column_nulls(s->arena, t, s->n, c);
        return BRASA_OK;
    }
    *c = (brasa_column) {.type = t, .encoding = BRASA_FLAT, .valid = import_valid(s)};
    if (s->schema->dictionary != NULL) return import_dictionary(s, c, err);
    switch (t.kind) {
    case BRASA_KIND_BOOL: import_bools(s, c); return BRASA_OK;
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY: return import_strings(s, c, err);
    case BRASA_KIND_LIST: return import_list(s, c, err);
    case BRASA_KIND_MAP: return import_map(s, c, err);
    case BRASA_KIND_VECTOR: return import_vector(s, c, err);
    case BRASA_KIND_STRUCT: return import_struct(s, c, err);
    case BRASA_KIND_INTERVAL: import_intervals(s, c); return BRASA_OK;
    case BRASA_KIND_DECIMAL:
        if (f[0] == 'L') return import_unsigned(s, c, err);
        return import_decimal(s, c, err);
    case BRASA_KIND_DATE:
    case BRASA_KIND_TIMESTAMP:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_INTERVAL_DT:
        if (strcmp(f, "tdD") != 0 && strncmp(f, "tsu", 3) != 0 && strcmp(f, "tDu") != 0) return import_time(s, c, err);
        break;
    case BRASA_KIND_TIME:
        if (strcmp(f, "ttu") != 0) {
            import_clock(s, c);
            return BRASA_OK;
        }
        break;
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64:
        if (f[0] == 'C' || f[0] == 'S' || f[0] == 'I') return import_unsigned(s, c, err);
        break;
    case BRASA_KIND_INT8:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
    case BRASA_KIND_NULL:
    case BRASA_KIND_COUNT: break;
    }
    share_values(s, brasa__type_width(t), brasa__type_width(t), c);
    return BRASA_OK;
}

static void release_owned(brasa_buf *b)
{
    struct ArrowArray *a = b->owner;

    if (a->release != NULL) a->release(a);
    brasa__free(a, sizeof *a);
}

typedef struct {
    const struct ArrowSchema *in_schema;
    struct ArrowArray        *in;
    struct ArrowArray        *array; /* the same, once moved */
    brasa_schema              schema;
    brasa_arena              *keep;
    brasa_buf                *buf;
    brasa_block             **out;
} block_import;

static brasa_status import_all(void *arg, brasa_error *err)
{
    block_import *s = arg;

    s->array = brasa__alloc(sizeof *s->array);
    *s->array = *s->in;
    s->in->release = NULL;
    s->buf = brasa__buf_wrap(NULL, 0, release_owned, s->array);

    s->keep = brasa__arena_new(NULL, "block");

    brasa_type   t = {.kind = BRASA_KIND_STRUCT, .nfields = s->schema.ncols, .fields = s->schema.cols};
    source       src = {.arena = s->keep, .schema = s->in_schema, .array = s->array, .from = s->array->offset};
    brasa_column all = {.type = t};

    if (s->array->length > INT32_MAX) return malformed(&src, "over 2^31 - 1 rows; split it", err);
    src.n = (int32_t)s->array->length;
    if (strcmp(s->in_schema->format, "+s") != 0 || s->array->n_children != s->schema.ncols)
        return malformed(&src, "it is not of this schema", err);
    BRASA_TRY(import_column(&src, t, &all, err));
    *s->out = brasa__block_make(all.child, s->schema.ncols, src.n, &s->buf, 1, s->keep);
    return BRASA_OK;
}

brasa_status brasa__arrow_import_block(const struct ArrowSchema *in_schema, struct ArrowArray *in, brasa_schema schema, brasa_block **out,
                                       brasa_error *err)
{
    block_import s = {.in_schema = in_schema, .in = in, .schema = schema, .out = out};
    brasa_error  local;
    brasa_status status;

    *out = NULL;
    brasa__error_clear(&local);
    status = brasa__guarded(import_all, &s, &local);
    if (status == BRASA_OK) {
        for (int32_t i = 0; i < schema.ncols; i++) (*out)->bytes += (size_t)(*out)->rows * brasa__type_width(schema.cols[i].type);
        return BRASA_OK;
    }
    if (s.buf != NULL) {
        brasa__buf_unref(s.buf);
    } else if (s.array != NULL) { /* moved, but not yet wrapped */
        if (s.array->release != NULL) s.array->release(s.array);
        brasa__free(s.array, sizeof *s.array);
    } else if (in->release != NULL) {
        in->release(in);
    }
    brasa__arena_free(s.keep);
    if (err != NULL) *err = local;
    return status;
}
