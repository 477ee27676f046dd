/* text_sink.c -- part files of text, joined or moved at the commit.
 *
 * A target that is one file is put together in the job's own directory and renamed over the old one, so readers see the old text or
 * the new, never a half.  A target that ends in '/' is a directory of the parts as they are.
 */
#include "storage/text_sink.h"

#include <string.h>
#include <strings.h>

#include "base/io.h"

enum { ROOM = 256 << 10 };

static const char *part_suffix(const brasa_write_spec *spec)
{
    switch (spec->format) {
    case BRASA_FORMAT_CSV: return ".csv";
    case BRASA_FORMAT_JSON: return ".jsonl";
    case BRASA_FORMAT_TEXT:
    case BRASA_FORMAT_HDF5:
    case BRASA_FORMAT_AUTO: break;
    }
    return ".txt";
}

static void close_sink(void *arg)
{
    brasa_text_sink *s = arg;

    if (s->fd >= 0) brasa__io_close(s->fd, s->path, NULL);
    s->fd = -1;
    brasa__buf_unref(s->buf);
    s->buf = NULL;
}

brasa_status brasa__text_sink_open(brasa_writer *w, brasa_text_sink **out, brasa_error *err)
{
    brasa_text_sink *s = BRASA_NEW(w->arena, brasa_text_sink);

    s->fd = -1;
    w->state = *out = s;
    brasa__arena_defer(w->arena, close_sink, s);
    s->path = brasa__write_part_path(w->arena, &w->spec, &w->target, w->part, part_suffix(&w->spec));
    s->buf = brasa__buf_new(ROOM);
    return brasa__io_open(s->path, BRASA_IO_WRITE | BRASA_IO_CREATE | BRASA_IO_TRUNCATE, &s->fd, err);
}

static brasa_status flush(brasa_text_sink *s, brasa_error *err)
{
    if (s->used == 0) return BRASA_OK;
    BRASA_TRY(brasa__io_write(s->fd, s->buf->data, s->used, s->path, err));
    s->bytes += (int64_t)s->used;
    s->used = 0;
    return BRASA_OK;
}

brasa_status brasa__text_sink_room(brasa_text_sink *s, size_t need, char **at, brasa_error *err)
{
    if (s->buf->bytes - s->used < need) BRASA_TRY(flush(s, err));
    if (s->buf->bytes < need) {
        brasa_buf *wider = brasa__buf_new(need);

        brasa__buf_unref(s->buf);
        s->buf = wider;
    }
    *at = (char *)s->buf->data + s->used;
    return BRASA_OK;
}

brasa_status brasa__text_sink_add(brasa_text_sink *s, const char *p, size_t n, brasa_error *err)
{
    char *at;

    BRASA_TRY(brasa__text_sink_room(s, n, &at, err));
    memcpy(at, p, n);
    s->used += n;
    return BRASA_OK;
}

brasa_status brasa__text_sink_close(brasa_writer *w, brasa_part_info *out, brasa_error *err)
{
    brasa_text_sink *s = w->state;
    brasa_stat       st;
    int              fd = s->fd;

    BRASA_TRY(flush(s, err));
    BRASA_TRY(brasa__io_fsync(fd, s->path, err));
    s->fd = -1;
    BRASA_TRY(brasa__io_close(fd, s->path, err));
    BRASA_TRY(brasa__io_stat(s->path, &st, err));
    if (st.bytes != s->bytes)
        return brasa__fail(err, BRASA_IO, "%s has %lld bytes after %lld were written; is the file system well?", s->path,
                           (long long)st.bytes, (long long)s->bytes);
    out->bytes = s->bytes;
    return BRASA_OK;
}

typedef struct {
    brasa_arena     *arena;
    const brasa_uri *target;
} left_call;

/* Where the old directory waits while the new one is put in its place, on file systems that do not know how to exchange the two. */
static const char *waiting(brasa_arena *arena, const brasa_uri *target, const char *job)
{
    return brasa__arena_printf(arena, "%s/.%s.brasa-%s.old", brasa__path_dir(arena, target->path), brasa__path_base(target->path), job);
}

/* Of a job that was killed between the two renames: what was there is there again. */
static void bring_back(void *arg, const char *job)
{
    const left_call *call = arg;
    const char      *old = waiting(call->arena, call->target, job);

    if (!brasa__io_exists(old)) return;
    if (brasa__io_exists(call->target->path))
        (void)brasa__io_remove_tree(old, NULL);
    else
        (void)brasa__io_rename(old, call->target->path, NULL);
}

brasa_status brasa__text_sink_prepare(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, bool *there, bool *skip,
                                      brasa_error *err)
{
    brasa_stat st;
    bool       exists;
    left_call  call = {.arena = arena, .target = target};

    *there = false;
    if (brasa__packed_suffix(target->path) > 0)
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s: packed text cannot be written; write it plain and pack it", spec->uri);
    if (target->has_inner)
        return brasa__fail(err, BRASA_INVALID, "%s: a text file has nothing inside that could be named %s", spec->uri, target->inner);
    brasa__write_sweep(arena, target, &(brasa_write_left) {.remove = bring_back, .arg = &call});
    exists = brasa__io_exists(target->path);
    BRASA_TRY(brasa__write_check_mode(spec, exists, skip, err));
    if (*skip) return BRASA_OK;
    if (exists) {
        BRASA_TRY(brasa__io_stat(target->path, &st, err));
        if (!st.is_dir && target->is_dir)
            return brasa__fail(err, BRASA_INVALID, "%s is a file; leave out the '/' at the end", target->path);
        *there = st.is_dir || st.bytes > 0;
    }
    return brasa__write_make_temp(arena, spec, target, err);
}

void brasa__text_sink_rollback(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target)
{
    brasa__write_remove_temp(arena, spec, target);
}

/* --- one file */

typedef struct {
    const char *path;
    int         fd;
    brasa_buf  *buf;
    char        last; /* byte written last */
} joined;

static void close_joined(void *arg)
{
    joined *j = arg;

    if (j->fd >= 0) brasa__io_close(j->fd, j->path, NULL);
    brasa__buf_unref(j->buf);
}

static brasa_status add_text(joined *j, const char *p, size_t n, brasa_error *err)
{
    if (n == 0) return BRASA_OK;
    j->last = p[n - 1];
    return brasa__io_write(j->fd, p, n, j->path, err);
}

static brasa_status copy_from(joined *j, int fd, const char *path, brasa_error *err)
{
    size_t got;

    for (;;) {
        BRASA_TRY(brasa__io_read(fd, j->buf->data, ROOM, &got, path, err));
        if (got == 0) return BRASA_OK;
        BRASA_TRY(add_text(j, j->buf->data, got, err));
    }
}

static brasa_status add_file(joined *j, const char *path, brasa_error *err)
{
    int          fd;
    brasa_status status;

    BRASA_TRY(brasa__io_open(path, BRASA_IO_READ, &fd, err));
    status = copy_from(j, fd, path, err);
    brasa__io_close(fd, path, NULL);
    return status;
}

/* The old text first when appending, else the header; then the parts in order. */
static brasa_status join(brasa_arena *arena, joined *j, const brasa_write_spec *spec, const brasa_uri *target, const char *header,
                         const brasa_part_info *parts, int32_t nparts, brasa_error *err)
{
    brasa_stat st = {0};
    int        fd;

    if (spec->mode == BRASA_SAVE_APPEND && brasa__io_exists(target->path)) BRASA_TRY(brasa__io_stat(target->path, &st, err));
    BRASA_TRY(brasa__io_open(j->path, BRASA_IO_WRITE | BRASA_IO_CREATE | BRASA_IO_TRUNCATE, &j->fd, err));
    if (st.bytes > 0) {
        BRASA_TRY(add_file(j, target->path, err));
        if (j->last != '\n') BRASA_TRY(add_text(j, "\n", 1, err));
    } else {
        BRASA_TRY(add_text(j, header, strlen(header), err));
    }
    for (int32_t i = 0; i < nparts; i++)
        BRASA_TRY(add_file(j, brasa__write_part_path(arena, spec, target, parts[i].part, part_suffix(spec)), err));
    BRASA_TRY(brasa__io_fsync(j->fd, j->path, err));
    fd = j->fd;
    j->fd = -1;
    return brasa__io_close(fd, j->path, err);
}

static brasa_status commit_file(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, const char *header,
                                const brasa_part_info *parts, int32_t nparts, brasa_error *err)
{
    joined *j = BRASA_NEW(arena, joined);

    j->fd = -1;
    brasa__arena_defer(arena, close_joined, j);
    j->path = brasa__arena_printf(arena, "%s/joined%s", brasa__write_temp_dir(arena, spec, target), part_suffix(spec));
    j->buf = brasa__buf_new(ROOM);
    BRASA_TRY(join(arena, j, spec, target, header, parts, nparts, err));
    BRASA_TRY(brasa__io_rename(j->path, target->path, err));
    return brasa__io_fsync_dir(brasa__path_dir(arena, target->path), err);
}

/* --- a directory */

/* No part has rows: one file with the header alone, so that what is read back has its columns. */
static brasa_status lone_header(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, const char *header,
                                brasa_error *err)
{
    const char  *path = brasa__write_part_path(arena, spec, target, 0, part_suffix(spec));
    int          fd;
    brasa_status status;

    BRASA_TRY(brasa__io_open(path, BRASA_IO_WRITE | BRASA_IO_CREATE | BRASA_IO_TRUNCATE, &fd, err));
    status = brasa__io_write(fd, header, strlen(header), path, err);
    if (status == BRASA_OK) status = brasa__io_fsync(fd, path, err);
    brasa__io_close(fd, path, NULL);
    return status;
}

static brasa_status append_parts(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, const brasa_part_info *parts,
                                 int32_t nparts, brasa_error *err)
{
    for (int32_t i = 0; i < nparts; i++) {
        const char *name = brasa__arena_printf(arena, "%s/part-%016llx-%05d%s", target->path, (unsigned long long)spec->job,
                                               (int)parts[i].part, part_suffix(spec));

        BRASA_TRY(brasa__io_rename(brasa__write_part_path(arena, spec, target, parts[i].part, part_suffix(spec)), name, err));
    }
    return brasa__io_fsync_dir(target->path, err);
}

/* In one step where the file system can; there the old directory gets the job's hidden name, and is removed by it. */
static brasa_status replace_directory(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, const char *temp,
                                      brasa_error *err)
{
    const char  *old = waiting(arena, target, brasa__arena_printf(arena, "%016llx", (unsigned long long)spec->job));
    brasa_status status = brasa__io_exchange(temp, target->path, err);

    if (status != BRASA_UNSUPPORTED) return status;
    BRASA_TRY(brasa__io_rename(target->path, old, err));
    status = brasa__io_rename(temp, target->path, err);
    if (status != BRASA_OK) brasa__io_rename(old, target->path, NULL);
    return status == BRASA_OK ? brasa__io_remove_tree(old, err) : status;
}

static brasa_status commit_directory(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, const char *header,
                                     const brasa_part_info *parts, int32_t nparts, brasa_error *err)
{
    const char *temp = brasa__write_temp_dir(arena, spec, target);
    bool        exists = brasa__io_exists(target->path);

    if (exists && spec->mode == BRASA_SAVE_APPEND) return append_parts(arena, spec, target, parts, nparts, err);
    if (nparts == 0) BRASA_TRY(lone_header(arena, spec, target, header, err));
    BRASA_TRY(brasa__io_fsync_dir(temp, err));
    if (exists)
        BRASA_TRY(replace_directory(arena, spec, target, temp, err));
    else
        BRASA_TRY(brasa__io_rename(temp, target->path, err));
    return brasa__io_fsync_dir(brasa__path_dir(arena, target->path), err);
}

brasa_status brasa__text_sink_commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, const char *header,
                                     const brasa_part_info *parts, int32_t nparts, brasa_error *err)
{
    if (target->is_dir) return commit_directory(arena, spec, target, header, parts, nparts, err);
    return commit_file(arena, spec, target, header, parts, nparts, err);
}
