/* h5open.c -- our own tables: find the index, and tell the planner what is there. */
#include <string.h>

#include "base/hash.h"
#include "base/io.h"
#include "data/type.h"
#include "mem/buf.h"
#include "storage/h5layout.h"
#include "storage/h5stats.h"
#include "storage/h5type.h"

bool brasa__h5_exists(brasa_h5 *h, hid_t file, const char *path)
{
    char *p = brasa__arena_strdup(h->arena, path);

    if (strcmp(path, "/") == 0) return true;
    for (char *slash = strchr(p + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL) *slash = '\0';
        if (H5Lexists(file, p, H5P_DEFAULT) <= 0 || H5Oexists_by_name(file, p, H5P_DEFAULT) <= 0) {
            H5Eclear2(H5E_DEFAULT);
            return false;
        }
        if (slash == NULL) return true;
        *slash = '/';
    }
}

bool brasa__h5_is_own(brasa_h5 *h, hid_t file, const char *path)
{
    hid_t      obj;
    H5I_type_t type;
    bool       own;

    obj = BRASA_H5(h, H5Oopen(file, path, H5P_DEFAULT));
    if (obj < 0) return false;
    type = H5Iget_type(obj);
    own = type == H5I_GROUP && brasa__h5_has_attr(obj, "brasa_table");
    brasa__h5_close(h, obj);
    return own;
}

/* The bytes of the index and where they lie. */
static brasa_status read_index(brasa_h5 *h, hid_t file, const char *path, const char *inner, void **data, size_t *bytes, uint64_t *at,
                               brasa_error *err)
{
    const char *name = brasa__arena_printf(h->arena, "%s/" BRASA_H5_HIDDEN "/index", strcmp(inner, "/") == 0 ? "" : inner);
    hid_t       dset, space;
    hssize_t    n;
    hsize_t     size = 0;

    *data = NULL;
    if (!brasa__h5_exists(h, file, name)) return BRASA_OK;
    dset = BRASA_H5(h, H5Dopen2(file, name, H5P_DEFAULT));
    space = dset < 0 ? -1 : BRASA_H5(h, H5Dget_space(dset));
    n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    if (n < 0 || H5Fget_filesize(file, &size) < 0 || (hsize_t)n > size)
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: the index of table %s is damaged; restore the file from a copy, or write it again",
                              path, inner);
    *at = H5Dget_offset(dset);
    if (*at == HADDR_UNDEF) return BRASA_OK; /* repacked: no longer where it was */
    *bytes = (size_t)n;
    *data = brasa__arena_alloc(h->arena, (size_t)n + 1);
    if (H5Dread(dset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, *data) < 0)
        return brasa__h5_fail(err, BRASA_CORRUPT, "%s: the index of table %s cannot be read", path, inner);
    return BRASA_OK;
}

brasa_status brasa__h5_own_read(brasa_h5 *h, brasa_arena *arena, hid_t file, const char *path, const char *inner, bool *found,
                                brasa_h5_part **parts, int32_t *nparts, brasa_error *err)
{
    void    *data;
    size_t   bytes = 0;
    uint64_t at = 0, self;
    char    *dir;

    *found = false;
    BRASA_TRY(brasa__io_follow(arena, path, &dir, err)); /* the parts are beside the file, not beside a link to it */
    dir = brasa__path_dir(arena, dir);
    BRASA_TRY(read_index(h, file, path, inner, &data, &bytes, &at, err));
    if (data == NULL) return BRASA_OK;
    BRASA_TRY(brasa__h5_index_get(arena, data, bytes, path, &self, parts, nparts, err));
    *found = self == at;
    for (int32_t p = 0; p < *nparts; p++) {
        const char *name = (*parts)[p].file;
        if (name != NULL && (name[0] == '/' || strstr(name, "..") != NULL))
            return brasa__fail(err, BRASA_CORRUPT, "%s: table %s names a part outside of its directory (%s)", path, inner, name);
        (*parts)[p].file = name == NULL ? brasa__arena_strdup(arena, path) : brasa__arena_printf(arena, "%s/%s", dir, name);
    }
    return BRASA_OK;
}

/* --- partitions: whole chunks until there are rows enough, across parts */
typedef struct {
    brasa_arena    *arena;
    brasa_h5_piece *pieces;
    int32_t         npieces, pieces_cap;
    int32_t        *starts;
    int32_t         nstarts, starts_cap;
    int64_t         rows; /* in the partition that is open */
} cutter;

static void begin_partition(cutter *c)
{
    c->starts = brasa__arena_grow(c->arena, c->starts, &c->starts_cap, c->nstarts + 1, sizeof *c->starts);
    c->starts[c->nstarts++] = c->npieces;
    c->rows = 0;
}

static void add_piece(cutter *c, int32_t part, int64_t from, int64_t to)
{
    c->pieces = brasa__arena_grow(c->arena, c->pieces, &c->pieces_cap, c->npieces + 1, sizeof *c->pieces);
    c->pieces[c->npieces++] = (brasa_h5_piece) {.part = part, .from = from, .to = to};
    c->rows += to - from;
}

static void cut_part(cutter *c, int32_t part, const brasa_h5_index *x)
{
    for (int64_t from = 0; from < x->rows;) {
        int64_t want = BRASA_H5_PARTITION_ROWS - c->rows;
        int64_t to = from + (want + x->chunk_rows - 1) / x->chunk_rows * x->chunk_rows;
        if (c->nstarts == 0 || want <= 0) {
            begin_partition(c);
            continue;
        }
        if (to > x->rows) to = x->rows;
        add_piece(c, part, from, to);
        from = to;
    }
}

static int32_t cut_partitions(brasa_arena *arena, brasa_h5_table *t)
{
    cutter  c = {.arena = arena};
    int32_t n;

    for (int32_t p = 0; p < t->nparts; p++) cut_part(&c, p, t->parts[p].index);
    n = c.nstarts;
    begin_partition(&c); /* the end */
    t->npieces = c.npieces;
    t->pieces = c.pieces;
    t->starts = c.starts;
    return n;
}

/* --- statistics over all parts */
typedef struct {
    brasa_column_stats  *out;
    const brasa_h5_cell *min, *max;
    uint8_t              sketch[BRASA_H5_SKETCH];
    double               payload;
    int64_t              dictionary; /* most entries, if every part has one */
} column_sum;

static void sum_part(column_sum *s, const brasa_h5_node *n)
{
    for (int32_t i = 0; i < n->nbounds; i++) {
        const brasa_h5_bounds *b = &n->bounds[i];
        s->out->nulls += b->nulls;
        if (!b->has_range) continue;
        if (s->min == NULL || brasa__h5_cell_compare(&b->min, s->min, n->type) < 0) s->min = &b->min;
        if (s->max == NULL || brasa__h5_cell_compare(&b->max, s->max, n->type) > 0) s->max = &b->max;
    }
    if (n->sketch != NULL) brasa__h5_sketch_merge(s->sketch, n->sketch);
    s->payload += (double)n->payload;
}

static void column_statistics(brasa_arena *arena, brasa_table *t, const brasa_h5_table *l, int32_t c)
{
    column_sum *s = BRASA_NEW(arena, column_sum);
    brasa_type  type = t->schema.cols[c].type;
    bool        exact_min = false, exact_max = false;

    s->out = &t->stats[c];
    for (int32_t p = 0; p < l->nparts; p++) sum_part(s, &l->parts[p].index->cols[c]);
    s->out->known = true;
    s->out->distinct = brasa__h5_sketch_count(s->sketch);
    if (s->out->distinct > (double)(t->rows - s->out->nulls)) s->out->distinct = (double)(t->rows - s->out->nulls);
    if (brasa__type_is_nested(type)) s->out->distinct = 0;
    s->out->bytes = t->rows == 0 ? (double)brasa__type_width(type) : s->payload / (double)t->rows;
    if (s->min == NULL) return;
    s->out->min = brasa__h5_cell_value(s->min, type, arena, &exact_min);
    s->out->max = brasa__h5_cell_value(s->max, type, arena, &exact_max);
    s->out->has_range = exact_min && exact_max;
}

static brasa_schema merged_schema(brasa_arena *arena, const brasa_h5_part *parts, int32_t nparts)
{
    brasa_schema s = brasa__schema_copy(arena, parts[0].index->schema);
    brasa_field *fields = brasa__arena_copy(arena, s.cols, sizeof *fields * (size_t)s.ncols);

    for (int32_t p = 1; p < nparts; p++)
        for (int32_t c = 0; c < s.ncols; c++)
            if (parts[p].index->schema.cols[c].nullable) fields[c].nullable = true;
    return (brasa_schema) {.ncols = s.ncols, .cols = fields};
}

void brasa__h5_own_describe(brasa_arena *arena, brasa_table *t, const brasa_h5_part *parts, int32_t nparts)
{
    brasa_h5_table *l = BRASA_NEW(arena, brasa_h5_table);

    l->nparts = nparts;
    l->parts = parts;
    t->schema = merged_schema(arena, parts, nparts);
    for (int32_t p = 0; p < nparts; p++) {
        t->rows += parts[p].index->rows;
        t->bytes += parts[p].bytes;
    }
    t->rows_estimate = (double)t->rows;
    t->nparts = cut_partitions(arena, l);
    t->stats = BRASA_NEWS(arena, brasa_column_stats, t->schema.ncols + 1);
    for (int32_t c = 0; c < t->schema.ncols; c++) column_statistics(arena, t, l, c);
    t->layout = l;
}

/* --- verify */
static brasa_status verify_stream(int fd, const char *path, const brasa_h5_stream *s, brasa_buf **buf, int64_t *chunks, int64_t *bytes,
                                  brasa_error *err)
{
    for (int32_t k = 0; s->path != NULL && k < s->nchunks; k++) {
        const brasa_h5_chunk *c = &s->chunks[k];
        if (*buf == NULL || (*buf)->bytes < c->bytes) {
            brasa__buf_unref(*buf);
            *buf = NULL;
            *buf = brasa__buf_new(c->bytes);
        }
        BRASA_TRY(brasa__io_pread(fd, (*buf)->data, c->bytes, (int64_t)c->addr, path, err));
        if (brasa__hash_bytes((*buf)->data, c->bytes) != c->hash)
            return brasa__fail(
                err, BRASA_CORRUPT,
                "%s: dataset %s, chunk %d at byte %lld does not match its checksum; restore the file from a copy, or write it again", path,
                s->path, (int)k, (long long)c->addr);
        ++*chunks;
        *bytes += c->bytes;
    }
    return BRASA_OK;
}

static brasa_status verify_node(int fd, const char *path, const brasa_h5_node *n, brasa_buf **buf, int64_t *chunks, int64_t *bytes,
                                brasa_error *err)
{
    const brasa_h5_stream *streams[] = {&n->values, &n->offsets, &n->valid, &n->codes};

    for (int i = 0; i < 4; i++) BRASA_TRY(verify_stream(fd, path, streams[i], buf, chunks, bytes, err));
    if (n->dict != NULL) BRASA_TRY(verify_node(fd, path, n->dict, buf, chunks, bytes, err));
    for (int32_t i = 0; i < n->nchildren; i++) BRASA_TRY(verify_node(fd, path, &n->children[i], buf, chunks, bytes, err));
    return BRASA_OK;
}

typedef struct {
    int         fd;
    const char *path;
    brasa_buf  *buf;
} open_part;

static void close_part(void *arg)
{
    open_part *p = arg;

    if (p->fd >= 0) brasa__io_close(p->fd, p->path, NULL);
    brasa__buf_unref(p->buf);
}

brasa_status brasa__h5_part_verify(brasa_arena *parent, const brasa_h5_part *part, int64_t *chunks, int64_t *bytes, brasa_error *err)
{
    brasa_arena *arena = brasa__arena_new(parent, "verify");
    open_part   *p = BRASA_NEW(arena, open_part);
    brasa_status status;

    p->fd = -1;
    p->path = part->file;
    brasa__arena_defer(arena, close_part, p);
    status = brasa__io_open(part->file, BRASA_IO_READ, &p->fd, err);
    for (int32_t c = 0; c < part->index->schema.ncols && status == BRASA_OK; c++)
        status = verify_node(p->fd, part->file, &part->index->cols[c], &p->buf, chunks, bytes, err);
    brasa__arena_free(arena);
    return status;
}
