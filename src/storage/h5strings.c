/* h5strings.c -- strings as fixed-length strings where short, else offsets and bytes; codes beside them where they repeat.
 *
 * The layout is chosen from the first chunk.  A later string that does not fit makes the dataset be written anew, wider or as offsets and bytes, from what is in
 * the file.  A fixed-length string ends at its last byte that is not 0, so a string that ends in 0 makes the column LONG; binary always is.
 * The strings stay readable to other programs; the codes (one 16-bit number per row, hidden) are what our scans read.
 */
#include "storage/h5strings.h"

#include <string.h>

#include "base/hash.h"
#include "data/string.h"
#include "data/type.h"
#include "storage/h5type.h"

enum { MOST_FIXED = 4096, BYTES_CHUNK = 256 * 1024, SMALL_TABLE = 1 << 20, LEAST_DICT_ROWS = 256 };

typedef struct {
    int32_t longest;
    int64_t bytes;
    bool    zero_ended;
} extent;

static bool null_at(const brasa_column *c, int32_t i)
{
    return c->valid != NULL && !brasa__bit_get(c->valid, i);
}

static extent measure(const brasa_column *in, int32_t n)
{
    const brasa_string *v = in->values;
    extent              e = {0};

    for (int32_t i = 0; i < n; i++) {
        if (null_at(in, i)) continue;
        e.bytes += v[i].len;
        if (v[i].len > (uint32_t)e.longest) e.longest = (int32_t)(v[i].len > INT32_MAX ? INT32_MAX : v[i].len);
        if (v[i].len > 0 && brasa_string_data(&v[i])[v[i].len - 1] == '\0') e.zero_ended = true;
    }
    return e;
}

static bool fixed_is_good(const brasa_h5_column *col, extent e, int64_t rows)
{
    int64_t fixed = (int64_t)e.longest * rows, other = e.bytes + 8 * rows;

    if (col->type.kind == BRASA_KIND_BINARY || e.zero_ended || e.longest > MOST_FIXED) return false;
    if ((int64_t)e.longest * col->d->chunk_rows > (int64_t)64 << 20) return false;
    return fixed <= 2 * other || fixed <= SMALL_TABLE;
}

static void start_fixed(brasa_h5_column *col, int32_t width)
{
    col->layout = BRASA_H5_FIXED;
    col->offsets = NULL;
    col->values = brasa__h5_column_out(col, col->path, col->type, BRASA_H5_FIXED, width < 1 ? 1 : width, col->d->chunk_rows);
}

static void start_long(brasa_h5_column *col)
{
    brasa_arena *a = col->d->arena;

    col->layout = BRASA_H5_LONG;
    col->total = 0;
    col->values = brasa__h5_column_out(col, brasa__arena_printf(a, "%s/bytes", col->path), col->type, BRASA_H5_LONG, 1, BYTES_CHUNK);
    col->offsets = brasa__h5_column_out(col, brasa__arena_printf(a, "%s/offsets", col->path), brasa__type(BRASA_KIND_INT64), BRASA_H5_FLAT,
                                        8, col->d->chunk_rows);
}

static void decide(brasa_h5_column *col, extent e, int64_t rows)
{
    col->decided = true;
    if (fixed_is_good(col, e, rows))
        start_fixed(col, e.longest);
    else
        start_long(col);
}

static brasa_status put_long(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    const brasa_string *v = in->values;

    for (int32_t i = 0; i < n; i++) {
        BRASA_TRY(brasa__h5_out_put(col->d, col->offsets, &col->total, 1, err));
        if (null_at(in, i) || v[i].len == 0) continue;
        BRASA_TRY(brasa__h5_out_put(col->d, col->values, brasa_string_data(&v[i]), v[i].len, err));
        col->total += v[i].len;
    }
    return BRASA_OK;
}

static brasa_status put_fixed(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    enum { ROOM = 16 * 1024 };
    const brasa_string *v = in->values;
    size_t              width = (size_t)col->values->meta.item;
    char                lines[ROOM];
    size_t              at = 0, most = ROOM / width * width;

    for (int32_t i = 0; i < n; i++) {
        size_t len = null_at(in, i) ? 0 : v[i].len;
        memcpy(lines + at, brasa_string_data(&v[i]), len);
        memset(lines + at + len, 0, width - len);
        at += width;
        if (at < most && i + 1 < n) continue;
        BRASA_TRY(brasa__h5_out_put(col->d, col->values, lines, (int64_t)(at / width), err));
        at = 0;
    }
    return BRASA_OK;
}

/* --- writing anew what is there already */
static size_t fixed_len(const char *p, size_t width)
{
    while (width > 0 && p[width - 1] == '\0') width--;
    return width;
}

static brasa_status copy_fixed(brasa_h5_column *col, const char *from, size_t width, int32_t n, brasa_error *err)
{
    brasa_arena  *scratch = brasa__arena_new(col->d->arena, "strings");
    brasa_string *views = BRASA_NEWS(scratch, brasa_string, n + 1);
    brasa_column  c = {.type = col->type, .encoding = BRASA_FLAT, .values = views};
    brasa_status  status;

    for (int32_t i = 0; i < n; i++) views[i] = brasa__string(from + (size_t)i * width, fixed_len(from + (size_t)i * width, width));
    status = col->layout == BRASA_H5_FIXED ? put_fixed(col, &c, n, err) : put_long(col, &c, n, err);
    brasa__arena_free(scratch);
    return status;
}

static brasa_status rewrite(brasa_h5_column *col, extent e, int64_t rows, brasa_error *err)
{
    brasa_h5_out *old = col->values;
    size_t        width = (size_t)old->meta.item, full = width * (size_t)old->meta.chunk_items;
    brasa_arena  *scratch = brasa__arena_new(col->d->arena, "rewrite");
    brasa_status  status = brasa__h5_out_unlink(col->d, old, err);
    char         *items = brasa__arena_alloc(scratch, full);

    e.bytes += (int64_t)width * col->rows;
    if (e.longest < (int32_t)width) e.longest = (int32_t)width;
    if (fixed_is_good(col, e, col->rows + rows))
        start_fixed(col, e.longest);
    else
        start_long(col);
    for (int32_t k = 0; k < old->meta.nchunks && status == BRASA_OK; k++) {
        status = brasa__h5_out_read(col->d, old, k, items, err);
        if (status == BRASA_OK) status = copy_fixed(col, items, width, old->meta.chunk_items, err);
    }
    if (status == BRASA_OK && old->fill > 0) status = copy_fixed(col, old->buf->data, width, (int32_t)(old->fill / width), err);
    brasa__h5_out_drop(old);
    brasa__arena_free(scratch);
    return status;
}

/* --- the dictionary: kept while it is small beside the rows */
static brasa_status drop_codes(brasa_h5_column *col, brasa_error *err)
{
    brasa__h5_dict_free(col->dict);
    col->dict = NULL;
    if (col->codes == NULL) return BRASA_OK;
    BRASA_TRY(brasa__h5_out_unlink(col->d, col->codes, err));
    brasa__h5_out_drop(col->codes);
    col->codes = NULL;
    return BRASA_OK;
}

static brasa_status push_codes(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    brasa_arena *scratch;
    uint16_t    *codes;
    int64_t      most = (col->rows + n) / 2;
    brasa_status status;

    if (most > BRASA_H5_DICT_MOST) most = BRASA_H5_DICT_MOST;
    if (col->dict == NULL) {
        if (col->sketch != NULL) brasa__h5_sketch_strings(in, n, col->sketch);
        return BRASA_OK;
    }
    scratch = brasa__arena_new(col->d->arena, "codes");
    codes = BRASA_NEWS(scratch, uint16_t, n);
    if (!brasa__h5_dict_codes(col->dict, in, n, (int32_t)most, codes, col->sketch)) {
        status = drop_codes(col, err);
    } else {
        if (col->codes == NULL) {
            col->codes = brasa__h5_column_out(col, brasa__arena_printf(col->d->arena, BRASA_H5_HIDDEN "/codes/%s", col->tail),
                                              brasa__type(BRASA_KIND_INT16), BRASA_H5_FLAT, 2, col->d->chunk_rows);
            col->codes->codes = true;
        }
        status = brasa__h5_out_put(col->d, col->codes, codes, n, err);
    }
    brasa__arena_free(scratch);
    return status;
}

brasa_status brasa__h5_push_strings(brasa_h5_column *col, const brasa_column *in, int32_t n, brasa_error *err)
{
    extent e = measure(in, n);

    if (!col->decided) decide(col, e, n);
    if (col->layout == BRASA_H5_FIXED && (e.zero_ended || e.longest > col->values->meta.item)) BRASA_TRY(rewrite(col, e, n, err));
    col->payload += (int64_t)sizeof(brasa_string) * n + e.bytes;
    BRASA_TRY(push_codes(col, in, n, err));
    return col->layout == BRASA_H5_FIXED ? put_fixed(col, in, n, err) : put_long(col, in, n, err);
}

static brasa_status finish_dict(brasa_h5_column *col, brasa_h5_node *out, brasa_error *err)
{
    brasa_arena     *a = col->d->arena;
    int32_t          n = brasa__h5_dict_count(col->dict);
    brasa_column     c = {.type = col->type, .encoding = BRASA_FLAT, .values = brasa__h5_dict_strings(col->dict)};
    brasa_h5_column *dict;

    if (n == 0 || col->rows < LEAST_DICT_ROWS) return drop_codes(col, err);
    dict = brasa__h5_column_new(col->d, col->type, brasa__arena_printf(a, BRASA_H5_HIDDEN "/dict/%s", col->tail),
                                brasa__arena_printf(a, "%s.dict", col->tail), false);
    BRASA_TRY(brasa__h5_column_push(dict, &c, n, err));
    out->dict = BRASA_NEW(a, brasa_h5_node);
    return brasa__h5_column_finish(dict, out->dict, err);
}

brasa_status brasa__h5_finish_strings(brasa_h5_column *col, brasa_h5_node *out, brasa_error *err)
{
    if (col->layout != BRASA_H5_FIXED && col->layout != BRASA_H5_LONG) return BRASA_OK;
    if (!col->decided) decide(col, (extent) {0}, 0);
    return col->dict == NULL ? BRASA_OK : finish_dict(col, out, err);
}
