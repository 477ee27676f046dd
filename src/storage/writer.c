/* writer.c -- writing in every format: names and modes, then the format's row.
 *
 * Parts go into a hidden directory beside the target that belongs to one job; what a format's commit leaves in it is removed.
 */
#include "storage/writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/log.h"
#include "data/type.h"
#include "storage/format.h"

char *brasa__write_temp_dir(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target)
{
    return brasa__arena_printf(arena, "%s/.%s.brasa-%016llx", brasa__path_dir(arena, target->path), brasa__path_base(target->path),
                               (unsigned long long)spec->job);
}

char *brasa__write_part_path(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, int32_t part, const char *suffix)
{
    return brasa__arena_printf(arena, "%s/part-%05d%s", brasa__write_temp_dir(arena, spec, target), (int)part, suffix);
}

brasa_status brasa__write_check_mode(const brasa_write_spec *spec, bool exists, bool *skip, brasa_error *err)
{
    *skip = exists && spec->mode == BRASA_SAVE_IGNORE;
    if (exists && spec->mode == BRASA_SAVE_ERROR)
        return brasa__fail(err, BRASA_EXISTS, "%s exists already; choose the mode overwrite, append or ignore, or another name", spec->uri);
    return BRASA_OK;
}

brasa_status brasa__write_make_temp(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_error *err)
{
    BRASA_TRY(brasa__io_mkdir(brasa__path_dir(arena, target->path), true, err));
    BRASA_TRY(brasa__write_own(arena, spec, target, err));
    return brasa__io_mkdir(brasa__write_temp_dir(arena, spec, target), true, err);
}

void brasa__write_remove_temp(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target)
{
    const char *dir = brasa__write_temp_dir(arena, spec, target);
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__io_exists(dir) && brasa__io_remove_tree(dir, &err) != BRASA_OK)
        brasa__log(BRASA_LOG_WARN, "cannot remove %s, which is no longer needed: %s", dir, err.text);
    brasa__write_disown(arena, spec, target);
}

static uint64_t new_job(const char *uri)
{
    uint64_t h = brasa__hash_bytes(uri, strlen(uri));

    h = brasa__hash_combine(h, (uint64_t)brasa__clock_unix_us());
    h = brasa__hash_combine(h, (uint64_t)brasa__clock_ns());
    return brasa__hash_combine(h, (uint64_t)getpid());
}

/* What a link leads to is written, and the link stays; what is no file or directory (a pipe, a terminal) is not replaced by one. */
static brasa_status follow_links(brasa_arena *arena, brasa_write_spec *spec, brasa_uri *target, brasa_error *err)
{
    char *path;

    BRASA_TRY(brasa__io_follow(arena, target->path, &path, err));
    if (brasa__io_is_special(path))
        return brasa__fail(err, BRASA_UNSUPPORTED, "%s is neither a file nor a directory; write to a file", spec->uri);
    if (strcmp(path, target->path) == 0) return BRASA_OK;
    spec->uri = brasa__arena_printf(arena, "%s%s%s%s", path, target->is_dir ? "/" : "", target->has_inner ? ":" : "",
                                    target->has_inner ? target->inner : "");
    return brasa__uri_parse(arena, spec->uri, target, err);
}

brasa_status brasa__write_prepare(brasa_arena *arena, brasa_write_spec *spec, brasa_schema schema, bool *skip, brasa_error *err)
{
    brasa_uri target;

    *skip = false;
    BRASA_TRY(brasa__uri_parse(arena, spec->uri, &target, err));
    if (target.is_glob)
        return brasa__fail(err, BRASA_INVALID, "%s: a pattern cannot be written to; name one file or a directory that ends in /",
                           spec->uri);
    if (schema.ncols == 0) return brasa__fail(err, BRASA_INVALID, "%s: a table without columns cannot be written", spec->uri);
    if (spec->format == BRASA_FORMAT_AUTO) spec->format = brasa__format_of_name(target.path);
    if (spec->format == BRASA_FORMAT_AUTO && target.has_inner) spec->format = BRASA_FORMAT_HDF5;
    if (spec->format == BRASA_FORMAT_AUTO)
        return brasa__fail(err, BRASA_INVALID,
                           "%s: the name does not tell the format; end it in .h5, .csv, .txt or .jsonl, or name the format", spec->uri);
    BRASA_TRY(follow_links(arena, spec, &target, err));
    if (spec->job == 0) spec->job = new_job(spec->uri);
    return brasa__format_class(spec->format)->prepare(arena, spec, &target, schema, skip, err);
}

void brasa__write_spec_put(brasa_wire *w, const brasa_write_spec *spec)
{
    brasa__put_str(w, spec->uri);
    brasa__put_u8(w, (uint8_t)spec->format);
    brasa__put_u8(w, (uint8_t)spec->mode);
    brasa__put_str(w, spec->codec);
    brasa__put_u8(w, (uint8_t)spec->delimiter);
    brasa__put_bool(w, spec->no_header);
    brasa__put_str(w, spec->null_text);
    brasa__put_i32(w, spec->chunk_rows);
    brasa__put_u64(w, spec->job);
}

void brasa__write_spec_get(brasa_reader *r, brasa_arena *arena, brasa_write_spec *spec)
{
    uint8_t format, mode;

    memset(spec, 0, sizeof *spec);
    spec->uri = brasa__get_str(r, arena);
    format = brasa__get_u8(r);
    mode = brasa__get_u8(r);
    spec->codec = brasa__get_str(r, arena);
    spec->delimiter = (char)brasa__get_u8(r);
    spec->no_header = brasa__get_bool(r);
    spec->null_text = brasa__get_str(r, arena);
    spec->chunk_rows = brasa__get_i32(r);
    spec->job = brasa__get_u64(r);
    if (spec->uri == NULL || format < BRASA_FORMAT_HDF5 || format > BRASA_FORMAT_JSON || mode > BRASA_SAVE_IGNORE) {
        r->bad = true;
        return;
    }
    spec->format = (brasa_format)format;
    spec->mode = (brasa_save_mode)mode;
}

static const char *copy_text(brasa_arena *arena, const char *s)
{
    return s == NULL ? NULL : brasa__arena_strdup(arena, s);
}

/* A writer and its arena are roots: what throws under one of these calls must not leave them behind, so each runs guarded. */
typedef struct {
    const brasa_write_spec *spec;
    brasa_schema            schema;
    int32_t                 part;
    brasa_arena            *arena;
    brasa_writer           *w;
    brasa_part_info        *info;
} writer_call;

static brasa_status guarded_open(void *arg, brasa_error *err)
{
    writer_call  *call = arg;
    brasa_writer *w = BRASA_NEW(call->arena, brasa_writer);

    w->cls = brasa__format_class(call->spec->format);
    w->arena = call->arena;
    w->part = call->part;
    call->w = w;
    w->spec = *call->spec;
    w->spec.uri = copy_text(w->arena, call->spec->uri);
    w->spec.codec = copy_text(w->arena, call->spec->codec);
    w->spec.null_text = copy_text(w->arena, call->spec->null_text);
    w->schema = brasa__schema_copy(w->arena, call->schema);
    BRASA_TRY(brasa__uri_parse(w->arena, w->spec.uri, &w->target, err));
    return w->cls->writer_open(w, err);
}

brasa_status brasa__writer_open(const brasa_write_spec *spec, brasa_schema schema, int32_t part, brasa_writer **out, brasa_error *err)
{
    writer_call  call = {.spec = spec, .schema = schema, .part = part, .arena = brasa__arena_new(NULL, "writer")};
    brasa_status status = brasa__guarded(guarded_open, &call, err);

    if (status != BRASA_OK) {
        if (call.w == NULL) brasa__arena_free(call.arena);
        brasa__writer_abort(call.w);
        return status;
    }
    *out = call.w;
    return BRASA_OK;
}

brasa_status brasa__writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err)
{
    w->rows += in->sel == NULL ? in->rows : in->nsel;
    return w->cls->writer_push(w, in, err);
}

static brasa_status guarded_close(void *arg, brasa_error *err)
{
    writer_call *call = arg;

    return call->w->cls->writer_close(call->w, call->info, err);
}

brasa_status brasa__writer_close(brasa_writer *w, brasa_part_info *out, brasa_error *err)
{
    writer_call  call = {.w = w, .info = out};
    brasa_status status;

    *out = (brasa_part_info) {.part = w->part, .rows = w->rows};
    status = brasa__guarded(guarded_close, &call, err);
    brasa__arena_free(w->arena);
    return status;
}

void brasa__writer_abort(brasa_writer *w)
{
    if (w == NULL) return;
    if (w->cls->writer_abort != NULL) w->cls->writer_abort(w);
    brasa__arena_free(w->arena);
}

static int by_part(const void *a, const void *b)
{
    const brasa_part_info *x = a, *y = b;

    return (x->part > y->part) - (x->part < y->part);
}

typedef struct {
    brasa_arena            *arena;
    const brasa_write_spec *spec;
    brasa_schema            schema;
    const brasa_part_info  *parts;
    int32_t                 nparts;
} commit_call;

static brasa_status guarded_commit(void *arg, brasa_error *err)
{
    commit_call     *call = arg;
    brasa_part_info *sorted = BRASA_NEWS(call->arena, brasa_part_info, call->nparts + 1);
    brasa_uri        target;
    int32_t          n = 0;

    for (int32_t i = 0; i < call->nparts; i++)
        if (call->parts[i].rows > 0) sorted[n++] = call->parts[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_part);
    BRASA_TRY(brasa__uri_parse(call->arena, call->spec->uri, &target, err));
    BRASA_TRY(brasa__format_class(call->spec->format)->commit(call->arena, call->spec, &target, call->schema, sorted, n, err));
    brasa__write_remove_temp(call->arena, call->spec, &target);
    return BRASA_OK;
}

brasa_status brasa__write_commit(const brasa_write_spec *spec, brasa_schema schema, const brasa_part_info *parts, int32_t nparts,
                                 brasa_error *err)
{
    commit_call  call = {.arena = brasa__arena_new(NULL, "commit"), .spec = spec, .schema = schema, .parts = parts, .nparts = nparts};
    brasa_status status = brasa__guarded(guarded_commit, &call, err);

    brasa__arena_free(call.arena);
    return status;
}

void brasa__write_rollback(const brasa_write_spec *spec)
{
    brasa_arena *arena = brasa__arena_new(NULL, "rollback");
    brasa_uri    target;

    if (spec->uri != NULL && spec->job != 0 && brasa__uri_parse(arena, spec->uri, &target, NULL) == BRASA_OK)
        brasa__format_class(spec->format)->rollback(arena, spec, &target);
    brasa__arena_free(arena);
}
