/* text_file.c -- which files a text table is made of, and how they are cut into partitions.
 *
 * Partitions follow file sizes alone, so they are the same for any number of ranks.  A large file is cut; small ones go together.
 */
#include "storage/text_recode.h"

#include <string.h>

#include "base/io.h"

enum {
    FILE_COST = 64 << 10,
    SMALL_PART = 4,
    HEAD = 16 << 10 /* bytes that a file is judged by */
};                  /* opening a file costs as much as reading so many bytes; small files fill a quarter of a partition */

/* A file that is looked at: closed with the arena, if not before. */
typedef struct {
    const char   *path;
    int           fd;
    brasa_inflate inflate;
} looked_at;

static void release(void *arg)
{
    looked_at *l = arg;

    brasa__text_inflate_free(&l->inflate);
    if (l->fd >= 0) brasa__io_close(l->fd, l->path, NULL);
    l->fd = -1;
}

static bool is_mark(const void *bytes)
{
    return memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
}

/* How much text is in a packed file, or one to be recoded: only doing so tells. */
static brasa_status look_at_all(brasa_arena *arena, const brasa_text_recode *asked, looked_at *l, brasa_text_file *f, brasa_error *err)
{
    f->bytes = -1;
    BRASA_TRY(brasa__text_load(&l->inflate, l->fd, f, err));
    f->bytes = l->inflate.bytes;
    if (f->packed) {
        f->recode = brasa__text_recode_of(arena, asked, l->inflate.text->data, f->bytes < HEAD ? (size_t)f->bytes : HEAD);
        if (f->recode != NULL) BRASA_TRY(brasa__text_recode(f->recode, &l->inflate.text, &l->inflate.bytes, f->path, err));
        f->bytes = l->inflate.bytes;
    }
    if (f->bytes >= 3 && is_mark(l->inflate.text->data)) f->start = 3;
    return BRASA_OK;
}

static brasa_status refuse_others(const brasa_text_file *f, const char *magic, brasa_error *err)
{
    static const struct {
        const char *magic;
        size_t      n;
        const char *what;
    } others[] = {
        {"\3757zXZ", 5, "xz data; unpack it first (xz -dk)"},
        {"PK\x03\x04", 4, "a zip archive; unpack it first"},
        {"\211HDF", 4, "an HDF5 file; read it as hdf5"},
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (memcmp(magic, others[i].magic, others[i].n) == 0)
            return brasa__fail(err, BRASA_UNSUPPORTED, "%s is %s", f->path, others[i].what);
    return BRASA_OK;
}

/* Packed files are known by their first bytes, whatever their name. */
static brasa_status look_inside(brasa_arena *arena, const brasa_text_recode *asked, brasa_text_file *f, brasa_error *err)
{
    looked_at *l = BRASA_NEW(arena, looked_at);
    char       head[HEAD];
    size_t     n = f->disk < HEAD ? (size_t)f->disk : HEAD;

    *l = (looked_at) {.path = f->path, .fd = -1};
    brasa__arena_defer(arena, release, l);
    memset(head, 0, 8);
    BRASA_TRY(brasa__io_open(f->path, BRASA_IO_READ, &l->fd, err));
    BRASA_TRY(brasa__io_pread(l->fd, head, n, 0, f->path, err));
    BRASA_TRY(refuse_others(f, head, err));
    f->packed = brasa__text_packed(head, n) != BRASA_PACKED_NOT;
    if (!f->packed) f->recode = brasa__text_recode_of(arena, asked, head, n);
    if (f->packed || f->recode != NULL)
        BRASA_TRY(look_at_all(arena, asked, l, f, err));
    else if (is_mark(head))
        f->start = 3;
    release(l);
    return BRASA_OK;
}

brasa_status brasa__text_files_make(brasa_arena *arena, char **files, int32_t nfiles, int64_t partition_bytes, brasa_text_files *out,
                                    brasa_error *err)
{
    out->partition_bytes = partition_bytes > 0 ? partition_bytes : BRASA_TEXT_PARTITION;
    out->count = nfiles;
    out->items = BRASA_NEWS(arena, brasa_text_file, nfiles);
    for (int32_t i = 0; i < nfiles; i++) {
        brasa_text_file *f = &out->items[i];
        brasa_stat       st;

        BRASA_TRY(brasa__io_stat(files[i], &st, err));
        if (st.is_dir)
            return brasa__fail(err, BRASA_UNSUPPORTED, "%s is a directory; name the files in it, as in %s/*", files[i], files[i]);
        *f = (brasa_text_file) {.path = brasa__arena_strdup(arena, files[i]), .bytes = st.bytes, .disk = st.bytes};
        BRASA_TRY(look_inside(arena, &out->recode, f, err));
    }
    return BRASA_OK;
}

int64_t brasa__text_files_disk(const brasa_text_files *f)
{
    int64_t sum = 0;

    for (int32_t i = 0; i < f->count; i++) sum += f->items[i].disk;
    return sum;
}

int64_t brasa__text_files_bytes(const brasa_text_files *f)
{
    int64_t sum = 0;

    for (int32_t i = 0; i < f->count; i++) sum += f->items[i].bytes - f->items[i].start;
    return sum;
}

void brasa__text_files_put(brasa_wire *w, const brasa_text_files *f)
{
    brasa__put_i64(w, f->partition_bytes);
    brasa__put_i32(w, f->count);
    for (int32_t i = 0; i < f->count; i++) {
        const brasa_text_file *t = &f->items[i];

        brasa__put_str(w, t->path);
        brasa__put_i64(w, t->bytes);
        brasa__put_i64(w, t->disk);
        brasa__put_i64(w, t->start);
        brasa__put_bool(w, t->packed);
        brasa__put_bool(w, t->whole);
        brasa__put_bool(w, t->recode != NULL);
        if (t->recode == NULL) continue;
        brasa__put_str(w, t->recode->encoding);
        brasa__put_str(w, t->recode->separator);
        brasa__put_u8(w, (uint8_t)t->recode->quote);
        brasa__put_u8(w, (uint8_t)t->recode->escape);
        brasa__put_bool(w, t->recode->lone_cr);
    }
}

void brasa__text_files_get(brasa_reader *r, brasa_arena *arena, brasa_text_files *f)
{
    f->partition_bytes = brasa__get_i64(r);
    f->count = brasa__get_count(r, 26);
    f->items = BRASA_NEWS(arena, brasa_text_file, f->count);
    for (int32_t i = 0; i < f->count; i++) {
        brasa_text_file *t = &f->items[i];

        t->path = brasa__get_str(r, arena);
        t->bytes = brasa__get_i64(r);
        t->disk = brasa__get_i64(r);
        t->start = brasa__get_i64(r);
        t->packed = brasa__get_bool(r);
        t->whole = brasa__get_bool(r);
        if (brasa__get_bool(r)) {
            brasa_text_recode *recode = BRASA_NEW(arena, brasa_text_recode);

            recode->encoding = brasa__get_str(r, arena);
            recode->separator = brasa__get_str(r, arena);
            recode->quote = (char)brasa__get_u8(r);
            recode->escape = (char)brasa__get_u8(r);
            recode->lone_cr = brasa__get_bool(r);
            t->recode = recode;
        }
        if (t->path == NULL || t->start < 0 || t->bytes < t->start) r->bad = true;
    }
    if (f->partition_bytes <= 0) r->bad = true;
}

/* How many ranges a file is cut into. */
static int32_t cuts(const brasa_text_files *f, const brasa_text_file *t)
{
    int64_t bytes = t->bytes - t->start;

    if (bytes <= 0) return 0;
    if (t->packed || t->whole || t->recode != NULL) return 1;
    return (int32_t)((bytes + f->partition_bytes - 1) / f->partition_bytes);
}

/* From file `first` on: as many whole files as make one partition together.  1 when the first is large. */
static int32_t files_together(const brasa_text_files *f, int32_t first)
{
    int64_t sum = 0;
    int32_t n = 0;

    for (; first + n < f->count; n++) {
        const brasa_text_file *t = &f->items[first + n];

        sum += t->bytes - t->start + FILE_COST;
        if (n > 0 && (cuts(f, t) > 1 || sum > f->partition_bytes / SMALL_PART)) break;
        if (cuts(f, t) > 1) return 1;
    }
    return n;
}

/* Empty files count for nothing unless they lie between others. */
static int32_t next_file(const brasa_text_files *f, int32_t i)
{
    while (i < f->count && cuts(f, &f->items[i]) == 0) i++;
    return i;
}

int32_t brasa__text_partitions(const brasa_text_files *f)
{
    int32_t n = 0;

    for (int32_t i = next_file(f, 0); i < f->count;) {
        int32_t pieces = cuts(f, &f->items[i]);

        n += pieces;
        i = next_file(f, i + (pieces > 1 ? 1 : files_together(f, i)));
    }
    return n;
}

brasa_text_part brasa__text_partition(const brasa_text_files *f, int32_t partition)
{
    for (int32_t i = next_file(f, 0); i < f->count;) {
        const brasa_text_file *t = &f->items[i];
        int32_t                pieces = cuts(f, t), together = pieces > 1 ? 1 : files_together(f, i);

        if (partition < pieces) {
            int64_t from = t->start + f->partition_bytes * partition;
            bool    last = partition == pieces - 1;

            return (brasa_text_part) {.first = i, .files = together, .from = from, .to = last ? t->bytes : from + f->partition_bytes};
        }
        partition -= pieces;
        i = next_file(f, i + together);
    }
    return (brasa_text_part) {0};
}

brasa_text_range brasa__text_part_range(const brasa_text_files *f, const brasa_text_part *p, int32_t i)
{
    const brasa_text_file *t = &f->items[p->first + i];

    if (i == 0) return (brasa_text_range) {.file = p->first, .from = p->from, .to = p->to};
    return (brasa_text_range) {.file = p->first + i, .from = t->start, .to = t->bytes};
}

int64_t brasa__text_part_bytes(const brasa_text_files *f, const brasa_text_part *p)
{
    int64_t sum = 0;

    for (int32_t i = 0; i < p->files; i++) {
        brasa_text_range r = brasa__text_part_range(f, p, i);

        sum += r.to - r.from;
    }
    return sum;
}
