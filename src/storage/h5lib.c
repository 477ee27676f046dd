/* h5lib.c -- one lock around HDF5, identifiers that close by themselves, and its error messages.
 *
 * The lock, the once-flag and the driver's identifier are the only process-wide state of the folder: they guard state of the library that is
 * process-wide itself (HDF5 1.10 is not thread-safe), and hold nothing of ours.
 */
#include "storage/h5lib.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/now.h"
#include "storage/h5codec.h"
#include "storage/h5vfd.h"
#include "storage/table.h"

static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t  once = PTHREAD_ONCE_INIT;

static void start_library(void)
{
    H5dont_atexit(); /* after a failed write the library's own end crashes */
    H5open();
    H5PLset_loading_state(0); /* a file must not choose code to load */
    brasa__h5_register_codecs();
}

typedef struct {
    brasa_h5    *h;
    brasa_h5_fn *fn;
    void        *arg;
} session;

static brasa_status in_session(void *arg, brasa_error *err)
{
    session *s = arg;

    return s->fn(s->h, s->arg, err);
}

brasa_status brasa__h5_run(brasa_h5_fn *fn, void *arg, brasa_error *err)
{
    brasa_h5     h = {.arena = brasa__arena_new(NULL, "hdf5")};
    session      s = {.h = &h, .fn = fn, .arg = arg};
    int64_t      begun = brasa__now_io_begin();
    brasa_status status;

    pthread_mutex_lock(&library);
    pthread_once(&once, start_library);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* a threadsafe library prints per thread */
    status = brasa__guarded(in_session, &s, err);
    if (h.file != NULL && h.file->status != BRASA_OK) {
        status = h.file->status;
        if (err != NULL) *err = h.file->err;
    }
    brasa__arena_free(h.arena);
    H5Eclear2(H5E_DEFAULT);
    pthread_mutex_unlock(&library);
    brasa__now_io_end(begun, 0);
    return status;
}

/* HDF5 1.10 gives a file's driver back before it calls the driver's close, so somebody else must still hold the driver then: a copy of the access list does. */
static void give_back(hid_t id)
{
    hid_t held = -1;

    if (id <= 0 || H5Iis_valid(id) <= 0) return;
    if (H5Iget_type(id) == H5I_FILE) held = H5Fget_access_plist(id);
    H5Idec_ref(id);
    if (held > 0) H5Pclose(held);
}

static void close_slot(void *arg)
{
    give_back(*(hid_t *)arg);
}

void brasa__h5_slot(brasa_h5 *h)
{
    h->slot = BRASA_NEW(h->arena, hid_t);
    brasa__arena_defer(h->arena, close_slot, h->slot);
}

hid_t brasa__h5_fill(brasa_h5 *h, hid_t id)
{
    *h->slot = id;
    return id;
}

void brasa__h5_close(brasa_h5 *h, hid_t id)
{
    (void)h;
    give_back(id);
}

void brasa__h5_release(hid_t id)
{
    if (id <= 0) return;
    pthread_mutex_lock(&library);
    give_back(id);
    H5Eclear2(H5E_DEFAULT);
    pthread_mutex_unlock(&library);
}

static herr_t innermost(unsigned n, const H5E_error2_t *e, void *out)
{
    if (n == 0 && e->desc != NULL) snprintf(out, 160, "%s", e->desc);
    return 0;
}

static brasa_status add_message(brasa_error *err, brasa_status code)
{
    char text[160] = "";

    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, text);
    H5Eclear2(H5E_DEFAULT);
    if (err != NULL && text[0] != '\0') brasa__fail_more(err, " (HDF5: %s)", text);
    return code;
}

brasa_status brasa__h5_fail(brasa_error *err, brasa_status code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    brasa__vfail(err, code, fmt, ap);
    va_end(ap);
    return add_message(err, code);
}

brasa_status brasa__h5_file_fail(const brasa_h5_file *f, brasa_error *err, brasa_status code, const char *fmt, ...)
{
    va_list ap;

    if (f->status != BRASA_OK) {
        if (err != NULL) *err = f->err;
        H5Eclear2(H5E_DEFAULT);
        return f->status;
    }
    va_start(ap, fmt);
    brasa__vfail(err, code, fmt, ap);
    va_end(ap);
    return add_message(err, code);
}

static void close_descriptor(void *arg)
{
    brasa_h5_file *f = arg;

    if (f->fd >= 0) brasa__io_close(f->fd, f->path, NULL);
    f->fd = -1;
}

hid_t brasa__h5_access(brasa_h5 *h, brasa_h5_file *f)
{
    hid_t fapl = BRASA_H5(h, H5Pcreate(H5P_FILE_ACCESS));

    H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG);
    if (f != NULL) brasa__h5_set_driver(fapl, f);
    if (f != NULL && f->writing) H5Pset_libver_bounds(fapl, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    return fapl;
}

brasa_status brasa__h5_open_read(brasa_h5 *h, const char *path, bool allow_external, hid_t *file, brasa_error *err)
{
    brasa_h5_file *f = BRASA_NEW(h->arena, brasa_h5_file);
    brasa_stat     st;

    f->fd = -1;
    f->path = brasa__arena_strdup(h->arena, path);
    brasa__arena_defer(h->arena, close_descriptor, f);
    BRASA_TRY(brasa__io_open(path, BRASA_IO_READ, &f->fd, err));
    BRASA_TRY(brasa__io_fstat(f->fd, &st, path, err));
    if (st.is_dir)
        return brasa__fail(err, BRASA_INVALID, "%s is a directory, not an HDF5 file; add / to its end to read the files in it", path);
    f->eof = (haddr_t)st.bytes;
    h->file = f;
    H5PLset_loading_state(allow_external ? H5PL_ALL_PLUGIN : 0);
    *file = BRASA_H5(h, H5Fopen(path, H5F_ACC_RDONLY, brasa__h5_access(h, allow_external ? NULL : f)));
    if (*file < 0) return brasa__h5_file_fail(f, err, BRASA_CORRUPT, "%s is no HDF5 file, or is damaged or cut short", path);
    return BRASA_OK;
}

typedef struct {
    char  **names;
    int32_t count, room;
} link_list;

enum { NAME_ROOM = 1024 };

static herr_t take_link(hid_t group, const char *name, const H5L_info_t *info, void *arg)
{
    link_list *l = arg;

    (void)group;
    (void)info;
    if (l->count >= l->room) return 1;
    snprintf(l->names[l->count++], NAME_ROOM, "%s", name); /* whatever allocates could throw through the library */
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

brasa_status brasa__h5_links(brasa_h5 *h, hid_t group, int32_t most, char ***names, int32_t *count, brasa_error *err)
{
    H5G_info_t info;
    link_list  l = {0};

    if (H5Gget_info(group, &info) < 0) return brasa__h5_fail(err, BRASA_CORRUPT, "a group is damaged");
    l.room = info.nlinks < (hsize_t)most ? (int32_t)info.nlinks : most;
    l.names = BRASA_NEWS(h->arena, char *, l.room + 1);
    for (int32_t i = 0; i < l.room; i++) l.names[i] = brasa__arena_alloc(h->arena, NAME_ROOM);
    /* Native order only: in the others HDF5 1.10 builds a table first, and frees what it has not filled when the group is damaged. */
    if (H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_NATIVE, NULL, take_link, &l) < 0) {
        l.count = 0;
        if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, take_link, &l) < 0)
            return brasa__h5_fail(err, BRASA_CORRUPT, "a group is damaged");
        qsort(l.names, (size_t)l.count, sizeof *l.names, by_name);
    }
    *names = l.names;
    *count = l.count;
    return BRASA_OK;
}

bool brasa__h5_has_attr(hid_t obj, const char *name)
{
    return H5Aexists(obj, name) > 0;
}

/* The first string of an attribute, which may be fixed, padded or of variable length. */
static const char *read_text(brasa_h5 *h, brasa_arena *arena, hid_t attr)
{
    hid_t    type = BRASA_H5(h, H5Aget_type(attr));
    hid_t    space = BRASA_H5(h, H5Aget_space(attr));
    hssize_t n = H5Sget_simple_extent_npoints(space);
    size_t   size;
    char    *buf;

    if (type < 0 || H5Tget_class(type) != H5T_STRING || n != 1) return NULL;
    if (H5Tis_variable_str(type) > 0) {
        char       *vl = NULL;
        const char *copy;
        if (H5Aread(attr, type, &vl) < 0 || vl == NULL) return NULL;
        copy = strlen(vl) < 1 << 16 ? brasa__arena_strdup(arena, vl) : NULL;
        H5free_memory(vl);
        return copy;
    }
    size = H5Tget_size(type);
    if (size > 1 << 16) return NULL;
    buf = brasa__arena_alloc(arena, size + 1);
    if (H5Aread(attr, type, buf) < 0) return NULL;
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD)
        while (size > 0 && buf[size - 1] == ' ') buf[--size] = '\0';
    return buf;
}

const char *brasa__h5_attr_text(brasa_h5 *h, brasa_arena *arena, hid_t obj, const char *name)
{
    hid_t attr;

    if (!brasa__h5_has_attr(obj, name)) return NULL;
    attr = BRASA_H5(h, H5Aopen(obj, name, H5P_DEFAULT));
    return attr < 0 ? NULL : read_text(h, arena, attr);
}

static bool read_number(brasa_h5 *h, hid_t obj, const char *name, hid_t as, void *out)
{
    hid_t attr, type, space;

    if (!brasa__h5_has_attr(obj, name)) return false;
    attr = BRASA_H5(h, H5Aopen(obj, name, H5P_DEFAULT));
    if (attr < 0) return false;
    type = BRASA_H5(h, H5Aget_type(attr));
    space = BRASA_H5(h, H5Aget_space(attr));
    if (type < 0 || space < 0 || H5Sget_simple_extent_npoints(space) != 1) return false;
    if (H5Tget_class(type) != H5T_INTEGER && H5Tget_class(type) != H5T_FLOAT) return false;
    return H5Aread(attr, as, out) >= 0;
}

bool brasa__h5_attr_f64(brasa_h5 *h, hid_t obj, const char *name, double *out)
{
    return read_number(h, obj, name, H5T_NATIVE_DOUBLE, out);
}

bool brasa__h5_attr_i64(brasa_h5 *h, hid_t obj, const char *name, int64_t *out)
{
    return read_number(h, obj, name, H5T_NATIVE_INT64, out);
}

brasa_status brasa__h5_put_text(brasa_h5 *h, hid_t obj, const char *name, const char *text, brasa_error *err)
{
    /* Of variable length: h5py then gives text, not bytes. */
    hid_t type = BRASA_H5(h, H5Tcopy(H5T_C_S1));
    hid_t space = BRASA_H5(h, H5Screate(H5S_SCALAR));
    hid_t attr;

    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    attr = BRASA_H5(h, H5Acreate2(obj, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    if (attr < 0 || H5Awrite(attr, type, &text) < 0) return brasa__h5_fail(err, BRASA_IO, "cannot write attribute %s", name);
    return BRASA_OK;
}

brasa_status brasa__h5_put_i64(brasa_h5 *h, hid_t obj, const char *name, int64_t v, brasa_error *err)
{
    hid_t space = BRASA_H5(h, H5Screate(H5S_SCALAR));
    hid_t attr = BRASA_H5(h, H5Acreate2(obj, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT));

    if (attr < 0 || H5Awrite(attr, H5T_NATIVE_INT64, &v) < 0) return brasa__h5_fail(err, BRASA_IO, "cannot write attribute %s", name);
    return BRASA_OK;
}

void brasa__hdf5_version(char *out, size_t room)
{
    unsigned major = 0, minor = 0, release = 0;

    pthread_mutex_lock(&library);
    H5get_libversion(&major, &minor, &release);
    pthread_mutex_unlock(&library);
    snprintf(out, room, "%u.%u.%u", major, minor, release);
}
