/* table_stats.c -- the file of statistics beside a table: a wire form under a hash. */
#include "storage/table_stats.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/io.h"
#include "data/type.h"
#include "data/value.h"
#include "storage/uri.h"

#define MAGIC "brasa statistics 1"
enum { MOST_STEPS = 4096, MOST_BYTES = 64 << 20 };

/* NULL: there is no one file to keep it beside. */
static char *path_of(brasa_arena *arena, const brasa_table *t)
{
    brasa_uri uri;
    char     *path;

    if (brasa__uri_parse(arena, t->uri, &uri, NULL) != BRASA_OK || uri.is_dir || uri.is_glob) return NULL;
    bool inner = uri.has_inner && strcmp(uri.inner, "/") != 0;
    path = brasa__arena_printf(arena, "%s/.%s%s%s.stats", brasa__path_dir(arena, uri.path), brasa__path_base(uri.path), inner ? "." : "",
                               inner ? uri.inner + 1 : "");
    for (char *p = path + strlen(brasa__path_dir(arena, uri.path)) + 1; *p != '\0'; p++) {
        if (*p == '/') *p = '.';
    }
    return path;
}

static void put_column(brasa_wire *w, const brasa_column_stats *s)
{
    const brasa_histogram *h = s->histogram;

    brasa__column_stats_put(w, s);
    brasa__put_i32(w, h ? h->steps : 0);
    for (int32_t i = 0; h && i <= h->steps; i++) brasa__put_f64(w, h->bounds[i]);
}

static void get_histogram(brasa_reader *r, brasa_arena *arena, brasa_column_stats *s)
{
    int32_t steps = brasa__get_i32(r);

    if (steps < 0 || steps > MOST_STEPS) r->bad = true;
    if (r->bad || steps == 0) return;
    double          *bounds = BRASA_NEWS(arena, double, steps + 1);
    brasa_histogram *h = BRASA_NEW(arena, brasa_histogram);
    for (int32_t i = 0; i <= steps; i++) {
        bounds[i] = brasa__get_f64(r);
        if (!isfinite(bounds[i]) || (i > 0 && bounds[i] < bounds[i - 1])) r->bad = true;
    }
    *h = (brasa_histogram) {.steps = steps, .bounds = bounds};
    s->histogram = h;
}

static void get_column(brasa_reader *r, brasa_arena *arena, brasa_column_stats *s)
{
    brasa__column_stats_get(r, arena, s);
    if (!isfinite(s->distinct) || !isfinite(s->bytes)) r->bad = true;
    get_histogram(r, arena, s);
}

static brasa_status write_file(const char *path, const brasa_wire *w, brasa_error *err)
{
    int          fd;
    brasa_status status;

    BRASA_TRY(brasa__io_open(path, BRASA_IO_WRITE | BRASA_IO_CREATE | BRASA_IO_TRUNCATE, &fd, err));
    status = brasa__io_write(fd, w->data, w->len, path, err);
    if (status == BRASA_OK) status = brasa__io_fsync(fd, path, err);
    if (status != BRASA_OK) {
        brasa__io_close(fd, path, NULL);
        return status;
    }
    return brasa__io_close(fd, path, err);
}

brasa_status brasa__table_stats_save(brasa_arena *arena, const brasa_table *t, brasa_error *err)
{
    char        *path = path_of(arena, t);
    brasa_wire   w;
    brasa_status status;

    if (path == NULL) return brasa__fail(err, BRASA_UNSUPPORTED, "%s: statistics are kept beside a file, and this is none", t->uri);
    brasa__wire_init(&w, arena);
    brasa__put_str(&w, MAGIC);
    brasa__put_i64(&w, t->rows);
    brasa__put_i64(&w, t->bytes);
    brasa__put_schema(&w, t->schema);
    for (int32_t c = 0; c < t->schema.ncols; c++) put_column(&w, &t->stats[c]);
    brasa__put_u64(&w, brasa__hash_bytes(w.data, w.len));
    const char *fresh = brasa__arena_printf(arena, "%s.%ld", path, (long)getpid());
    status = write_file(fresh, &w, err);
    if (status == BRASA_OK) status = brasa__io_rename(fresh, path, err);
    if (status != BRASA_OK) brasa__io_unlink(fresh, NULL);
    return status;
}

static bool same_schema(brasa_schema a, brasa_schema b)
{
    if (a.ncols != b.ncols) return false;
    for (int32_t c = 0; c < a.ncols; c++) {
        if (!brasa__type_equal(a.cols[c].type, b.cols[c].type) || strcmp(a.cols[c].name, b.cols[c].name) != 0) return false;
    }
    return true;
}

void brasa__table_stats_load(brasa_arena *arena, brasa_table *t)
{
    char      *path = path_of(arena, t), *data;
    size_t     bytes;
    brasa_stat st;
    uint64_t   hash;

    if (path == NULL || brasa__io_stat(path, &st, NULL) != BRASA_OK || st.bytes > MOST_BYTES) return;
    if (brasa__io_slurp(arena, path, &data, &bytes, NULL) != BRASA_OK || bytes <= sizeof hash) return;
    memcpy(&hash, data + bytes - sizeof hash, sizeof hash);
    if (hash != brasa__hash_bytes(data, bytes - sizeof hash)) return;
    brasa_reader r = brasa__reader(data, bytes - sizeof hash);
    const char  *magic = brasa__get_str(&r, arena);
    int64_t      rows = brasa__get_i64(&r), size = brasa__get_i64(&r);
    if (r.bad || magic == NULL || strcmp(magic, MAGIC) != 0 || rows != t->rows || size != t->bytes) return;
    brasa_schema        schema = brasa__get_schema(&r, arena);
    brasa_column_stats *stats = BRASA_NEWS(arena, brasa_column_stats, t->schema.ncols + 1);
    if (r.bad || !same_schema(schema, t->schema)) return;
    for (int32_t c = 0; c < t->schema.ncols && !r.bad; c++) get_column(&r, arena, &stats[c]);
    if (!r.bad) t->stats = stats;
}
