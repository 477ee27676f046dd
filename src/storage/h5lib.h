/* storage/h5lib.h -- the only door to the HDF5 library.
 *
 * HDF5 is one process-wide machine without threads: every call runs inside brasa__h5_run, which holds the process's one lock, silences
 * the library's own printing, and closes every identifier kept in the session however the function ends (throws too).  Sessions do not nest.
 * Files are read and written through our own driver (h5vfd.c), so faults can be injected and a failed write never reaches HDF5.
 */
#ifndef BRASA_STORAGE_H5LIB_H
#define BRASA_STORAGE_H5LIB_H

#include <hdf5.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"

typedef struct brasa_h5 {
    brasa_arena          *arena; /* freed, with the identifiers kept, when the session ends */
    hid_t                *slot;
    struct brasa_h5_file *file; /* opened by brasa__h5_open_read: a read that failed fails the session, whatever HDF5 made of it */
} brasa_h5;

typedef brasa_status brasa_h5_fn(brasa_h5 *h, void *arg, brasa_error *err);
brasa_status         brasa__h5_run(brasa_h5_fn *fn, void *arg, brasa_error *err);

/* BRASA_H5(h, H5Dopen2(...)): an identifier that closes with the session.  The slot is made first: a throw cannot lose the identifier. */
#define BRASA_H5(h, call) (brasa__h5_slot(h), brasa__h5_fill(h, (call)))
void  brasa__h5_slot(brasa_h5 *h);
hid_t brasa__h5_fill(brasa_h5 *h, hid_t id);
/* Close one early (its slot stays, closed). */
void brasa__h5_close(brasa_h5 *h, hid_t id);

/* Close an identifier (0 and less are ignored) outside a session: takes the lock, allocates nothing, so a deferred call may use it. */
void brasa__h5_release(hid_t id);

/* Fail with the innermost message of HDF5's error stack added. */
brasa_status brasa__h5_fail(brasa_error *err, brasa_status code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A file behind our driver.  Open the descriptor first, then give the driver to HDF5 in the access list; it serves one H5Fopen or H5Fcreate. */
typedef struct brasa_h5_file {
    H5FD_t       pub; /* first: HDF5 sees this */
    int          fd;
    const char  *path;
    haddr_t      eoa, eof;
    bool         writing;
    brasa_status status; /* of the first read or write that failed; HDF5 is told that writes went well */
    brasa_error  err;
    const void
        *aside; /* a buffer whose write is not done but noted: its address goes to aside_at, the owner writes it later without the lock */
    haddr_t aside_at;
    bool    served;
} brasa_h5_file;

/* An access list for `f`, kept in the session: latest format for writing; external links, which would need another file, do not open. */
hid_t brasa__h5_access(brasa_h5 *h, brasa_h5_file *f);
/* What went wrong with the file, else `code` and the library's message. */
brasa_status brasa__h5_file_fail(const brasa_h5_file *f, brasa_error *err, brasa_status code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Open an existing file for reading: descriptor (closed with h->arena), driver, H5Fopen.  CORRUPT: no HDF5 file, or a damaged one. */
brasa_status brasa__h5_open_read(brasa_h5 *h, const char *path, bool allow_external, hid_t *file, brasa_error *err);

/* Names of the links of a group, in order of creation where the file keeps it, else sorted; at most `most`.  CORRUPT. */
brasa_status brasa__h5_links(brasa_h5 *h, hid_t group, int32_t most, char ***names, int32_t *count, brasa_error *err);

/* An attribute of any object; strings are copied (fixed and variable length). */
bool         brasa__h5_has_attr(hid_t obj, const char *name);
const char  *brasa__h5_attr_text(brasa_h5 *h, brasa_arena *arena, hid_t obj, const char *name); /* NULL: none, or no text */
bool         brasa__h5_attr_f64(brasa_h5 *h, hid_t obj, const char *name, double *out);         /* a single number */
bool         brasa__h5_attr_i64(brasa_h5 *h, hid_t obj, const char *name, int64_t *out);
brasa_status brasa__h5_put_text(brasa_h5 *h, hid_t obj, const char *name, const char *text, brasa_error *err);
brasa_status brasa__h5_put_i64(brasa_h5 *h, hid_t obj, const char *name, int64_t v, brasa_error *err);

#endif
