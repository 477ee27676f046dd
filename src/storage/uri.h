/* storage/uri.h -- what a table is called: a path, and a place inside the file.
 *
 * "dir/file.h5:/group/table" names an object of a file; "dir/" a directory; "day-*.csv" a glob.  A colon splits only before '/', and only when the
 * file system has nothing under the whole text, so paths with colons work.
 */
#ifndef BRASA_STORAGE_URI_H
#define BRASA_STORAGE_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"

typedef struct brasa_uri {
    const char *path;  /* of the file, directory or glob; no trailing '/' */
    const char *inner; /* "/group/table" without trailing '/'; "/" when none was given */
    bool        has_inner;
    bool        is_dir; /* ended in '/', or is a directory */
    bool        is_glob;
} brasa_uri;

/* INVALID: empty. */
brasa_status brasa__uri_parse(brasa_arena *arena, const char *text, brasa_uri *out, brasa_error *err);

/* A name in a directory that is no data: of a writer at work, or a mark of its end (_SUCCESS). */
bool brasa__uri_is_hidden(const char *name);
/* The files that a uri to be read stands for, sorted: the file itself, the files of a directory (not hidden ones, nor those that begin with '_'),
 * or what matches a glob.  NOT_FOUND: none (with the nearest name of the same directory). */
brasa_status brasa__uri_files(brasa_arena *arena, const brasa_uri *uri, char ***files, int32_t *count, brasa_error *err);

/* "a/b" of "a/b/c.h5" ("." when there is none), and "c.h5". */
char       *brasa__path_dir(brasa_arena *arena, const char *path);
const char *brasa__path_base(const char *path);
/* The suffix of a name with its dot, in the place where it is ("" when none). */
const char *brasa__path_suffix(const char *path);
/* Bytes of the name's end that says how a text is packed (".gz", ".zst", ".bz2", ".lz4"); 0: none. */
size_t brasa__packed_suffix(const char *path);

#endif
