/* hdf5.c -- the HDF5 row of the formats: our own tables, and what others wrote. */
#include <string.h>

#include "base/alloc.h"
#include "base/io.h"
#include "data/type.h"
#include "storage/h5layout.h"
#include "storage/h5probe.h"

typedef struct {
    brasa_arena     *arena;
    const char      *path;
    const brasa_uri *uri;
    bool             allow_external;
    bool             own; /* found */
    brasa_h5_part   *parts;
    int32_t          nparts;
} find_call;

enum { MOST_TABLES = 64, MOST_DEPTH = 3, MOST_LINKS = 4096 };

typedef struct {
    brasa_h5   *h;
    hid_t       file;
    const char *path;
    const char *names[MOST_TABLES];
    int32_t     count;
} own_tables;

/* Groups that are tables of ours, to some depth. */
static brasa_status list_own(own_tables *t, const char *group, int depth, brasa_error *err)
{
    hid_t   g = BRASA_H5(t->h, H5Gopen2(t->file, group, H5P_DEFAULT));
    char  **names;
    int32_t n;

    if (g < 0) return brasa__h5_fail(err, BRASA_CORRUPT, "%s: group %s cannot be opened", t->path, group);
    if (brasa__h5_links(t->h, g, MOST_LINKS, &names, &n, err) != BRASA_OK) return brasa__fail_more(err, " (%s in %s)", group, t->path);
    for (int32_t i = 0; i < n && t->count < MOST_TABLES; i++) {
        const char *path = brasa__arena_printf(t->h->arena, "%s/%s", strcmp(group, "/") == 0 ? "" : group, names[i]);
        H5O_info_t  o;
        if (!brasa__h5_exists(t->h, t->file, path) || H5Oget_info_by_name2(t->file, path, &o, H5O_INFO_BASIC, H5P_DEFAULT) < 0 ||
            o.type != H5O_TYPE_GROUP)
            continue;
        if (brasa__h5_is_own(t->h, t->file, path))
            t->names[t->count++] = path;
        else if (depth < MOST_DEPTH)
            BRASA_TRY(list_own(t, path, depth + 1, err));
    }
    brasa__h5_close(t->h, g);
    return BRASA_OK;
}

/* Where our table is: the place named, the root, or the only one in the file. */
static brasa_status place(brasa_h5 *h, hid_t file, const find_call *c, const char **inner, brasa_error *err)
{
    own_tables *t;

    *inner = NULL;
    if (brasa__h5_exists(h, file, c->uri->inner) && brasa__h5_is_own(h, file, c->uri->inner)) {
        *inner = c->uri->inner;
        return BRASA_OK;
    }
    if (c->uri->has_inner) return BRASA_OK;
    t = BRASA_NEW(h->arena, own_tables);
    t->h = h;
    t->file = file;
    t->path = c->path;
    BRASA_TRY(list_own(t, "/", 0, err));
    if (t->count == 1) *inner = t->names[0];
    if (t->count < 2) return BRASA_OK;
    brasa__fail(err, BRASA_INVALID, "%s has %d tables; name one: ", c->path, (int)t->count);
    for (int32_t i = 0; i < t->count && i < 8; i++) brasa__fail_more(err, "%s%s:%s", i == 0 ? "" : ", ", c->path, t->names[i]);
    return BRASA_INVALID;
}

static brasa_status find_own(brasa_h5 *h, void *arg, brasa_error *err)
{
    find_call  *c = arg;
    hid_t       file;
    const char *inner;

    BRASA_TRY(brasa__h5_open_read(h, c->path, c->allow_external, &file, err));
    BRASA_TRY(place(h, file, c, &inner, err));
    if (inner == NULL) return BRASA_OK;
    return brasa__h5_own_read(h, c->arena, file, c->path, inner, &c->own, &c->parts, &c->nparts, err);
}

/* Is the metadata of the file under checksums, so that damage is an error and no crash?  It is in all files of ours, from superblock 2 on. */
static brasa_status has_checksums(const char *path, bool *has, brasa_error *err)
{
    static const char signature[8] = "\211HDF\r\n\032\n";
    unsigned char     head[9];
    size_t            got;
    int               fd;
    brasa_status      status;

    BRASA_TRY(brasa__io_open(path, BRASA_IO_READ, &fd, err));
    status = brasa__io_read(fd, head, sizeof head, &got, path, err);
    *has = status == BRASA_OK && got == sizeof head && memcmp(head, signature, sizeof signature) == 0 && head[8] >= 2;
    if (status != BRASA_OK) {
        (void)brasa__io_close(fd, path, NULL);
        return status;
    }
    return brasa__io_close(fd, path, err);
}

static brasa_status try_find_own(void *arg, brasa_error *err)
{
    return brasa__h5_run(find_own, arg, err);
}

static brasa_status same_schema(const char *a, brasa_schema x, const char *b, brasa_schema y, brasa_error *err)
{
    bool same = x.ncols == y.ncols;

    for (int32_t c = 0; same && c < x.ncols; c++)
        same = strcmp(x.cols[c].name, y.cols[c].name) == 0 && brasa__type_equal(x.cols[c].type, y.cols[c].type);
    if (!same) return brasa__fail(err, BRASA_TYPE, "%s and %s do not have the same columns; read them one by one", a, b);
    return BRASA_OK;
}

static brasa_status hdf5_open(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                              brasa_table *t, brasa_error *err)
{
    brasa_h5_part *all = NULL;
    int32_t        cap = 0, n = 0;

    for (int32_t i = 0; i < nfiles; i++) {
        find_call  c = {.arena = arena, .path = files[i], .uri = uri, .allow_external = spec->allow_external};
        brasa_stat st;
        bool       safe;
        BRASA_TRY(brasa__io_stat(files[i], &st, err));
        BRASA_TRY(has_checksums(files[i], &safe, err));
        if (!safe) BRASA_TRY(brasa__h5_probe(try_find_own, &c, files[i], err));
        BRASA_TRY(brasa__h5_run(find_own, &c, err));
        if (!c.own) return brasa__h5_foreign_open(arena, spec, uri, files, nfiles, t, err);
        all = brasa__arena_grow(arena, all, &cap, n + c.nparts, sizeof *all);
        for (int32_t p = 0; p < c.nparts; p++, n++) {
            all[n] = c.parts[p];
            if (all[n].bytes == 0) all[n].bytes = st.bytes; /* the file itself */
            BRASA_TRY(same_schema(all[0].file, all[0].index->schema, all[n].file, all[n].index->schema, err));
        }
    }
    brasa__h5_own_describe(arena, t, all, n);
    return BRASA_OK;
}

static void hdf5_put(brasa_wire *w, const brasa_table *t)
{
    const brasa_h5_table *l = t->layout;

    brasa__put_bool(w, l->foreign != NULL);
    if (l->foreign != NULL) {
        brasa__h5_foreign_put(w, l->foreign);
        return;
    }
    brasa_wire index;
    brasa__wire_init(&index, w->arena);
    brasa__h5_index_put(&index, 0, l->parts, l->nparts);
    brasa__put_blob(w, index.data, index.len);
    brasa__put_i32(w, l->npieces);
    for (int32_t i = 0; i < l->npieces; i++) {
        brasa__put_i32(w, l->pieces[i].part);
        brasa__put_i64(w, l->pieces[i].from);
        brasa__put_i64(w, l->pieces[i].to);
    }
    for (int32_t i = 0; i <= t->nparts; i++) brasa__put_i32(w, l->starts[i]);
    brasa__put_bool(w, l->numbered);
}

static void get_pieces(brasa_reader *r, brasa_arena *arena, const brasa_table *t, brasa_h5_table *l)
{
    brasa_h5_piece *pieces;
    int32_t        *starts, last = 0;

    l->npieces = brasa__get_count(r, 20);
    pieces = BRASA_NEWS(arena, brasa_h5_piece, l->npieces + 1);
    for (int32_t i = 0; i < l->npieces; i++) {
        pieces[i].part = brasa__get_i32(r);
        pieces[i].from = brasa__get_i64(r);
        pieces[i].to = brasa__get_i64(r);
        if (pieces[i].part < 0 || pieces[i].part >= l->nparts || pieces[i].from < 0 || pieces[i].to > l->parts[pieces[i].part].index->rows)
            r->bad = true;
    }
    if (r->bad || t->nparts < 0 || (size_t)t->nparts > r->len) {
        r->bad = true;
        return;
    }
    starts = BRASA_NEWS(arena, int32_t, t->nparts + 1);
    for (int32_t i = 0; i <= t->nparts; i++) {
        starts[i] = brasa__get_i32(r);
        if (starts[i] < last || starts[i] > l->npieces) r->bad = true;
        last = starts[i];
    }
    l->pieces = pieces;
    l->starts = starts;
    l->numbered = brasa__get_bool(r);
}

static void hdf5_get(brasa_reader *r, brasa_arena *arena, brasa_table *t)
{
    brasa_h5_table *l = BRASA_NEW(arena, brasa_h5_table);
    brasa_h5_part  *parts;
    const void     *index;
    size_t          bytes = 0;
    uint64_t        self;

    t->layout = l;
    if (brasa__get_bool(r)) {
        l->foreign = brasa__h5_foreign_get(r, arena);
        return;
    }
    index = brasa__get_blob(r, &bytes);
    if (r->bad || brasa__h5_index_get(arena, index, bytes, "message", &self, &parts, &l->nparts, NULL) != BRASA_OK) {
        r->bad = true;
        return;
    }
    l->parts = parts;
    get_pieces(r, arena, t, l);
}

static bool is_foreign(const brasa_table *t)
{
    return ((const brasa_h5_table *)t->layout)->foreign != NULL;
}

static brasa_status hdf5_shared_open(brasa_scan_shared *s, brasa_error *err)
{
    return is_foreign(s->table) ? brasa__h5_foreign_shared_open(s, err) : brasa__h5_own_shared_open(s, err);
}

static brasa_status hdf5_scan_open(brasa_scan *scan, brasa_error *err)
{
    return is_foreign(scan->shared->table) ? brasa__h5_foreign_scan_open(scan, err) : brasa__h5_own_scan_open(scan, err);
}

static brasa_status hdf5_scan_next(brasa_scan *scan, brasa_block **block, brasa_error *err)
{
    return is_foreign(scan->shared->table) ? brasa__h5_foreign_scan_next(scan, block, err) : brasa__h5_own_scan_next(scan, block, err);
}

typedef struct {
    brasa_arena       *arena;
    const brasa_table *table;
    int64_t           *chunks, *bytes;
} verify_call;

static brasa_status verify_parts(void *arg, brasa_error *err)
{
    verify_call          *v = arg;
    const brasa_h5_table *l = v->table->layout;

    for (int32_t p = 0; p < l->nparts; p++) BRASA_TRY(brasa__h5_part_verify(v->arena, &l->parts[p], v->chunks, v->bytes, err));
    return BRASA_OK;
}

static brasa_status hdf5_verify(const brasa_table *t, int64_t *chunks, int64_t *bytes, brasa_error *err)
{
    verify_call  v = {.table = t, .chunks = chunks, .bytes = bytes};
    brasa_status status;

    if (is_foreign(t)) return brasa__h5_foreign_verify(t, chunks, bytes, err);
    v.arena = brasa__arena_new(NULL, "verify");
    status = brasa__guarded(verify_parts, &v, err);
    brasa__arena_free(v.arena);
    return status;
}

static const char *const suffixes[] = {".h5", ".hdf5", ".he5", ".hdf", ".nc", ".nc4", ".h5ad", NULL};

const brasa_format_class brasa__hdf5_class = {
    .format = BRASA_FORMAT_HDF5,
    .name = "HDF5",
    .suffixes = suffixes,
    .open = hdf5_open,
    .put_layout = hdf5_put,
    .get_layout = hdf5_get,
    .shared_open = hdf5_shared_open,
    .scan_open = hdf5_scan_open,
    .scan_next = hdf5_scan_next,
    .verify = hdf5_verify,
    .prepare = brasa__h5_prepare,
    .writer_open = brasa__h5_writer_open,
    .writer_push = brasa__h5_writer_push,
    .writer_close = brasa__h5_writer_close,
    .commit = brasa__h5_commit,
    .rollback = brasa__h5_rollback,
};
