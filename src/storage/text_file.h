/* storage/text_file.h -- the files behind a text table, cut into byte ranges.
 *
 * CSV, text lines and JSON lines share this: a list of files, a partition per byte range, and reading at an offset
 * whether the file is plain or packed.  A packed file cannot be entered in the middle: it is unpacked whole, and is one partition.
 */
#ifndef BRASA_STORAGE_TEXT_FILE_H
#define BRASA_STORAGE_TEXT_FILE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/wire.h"
#include "mem/buf.h"
#include "storage/text_inflate.h"

/* How the bytes of a file become the text that is read: whole files, in memory. */
typedef struct brasa_text_recode {
    const char *encoding;      /* as iconv calls it; NULL: UTF-8, or UTF-16 after its byte order mark */
    const char *separator;     /* outside of quotes it becomes BRASA_TEXT_SEPARATOR; NULL: nothing does */
    char        quote, escape; /* of the separator */
    bool        lone_cr;       /* lines that end by CR alone are lines, too */
} brasa_text_recode;
#define BRASA_TEXT_SEPARATOR '\x1f'

typedef struct brasa_text_file {
    const char              *path;
    int64_t                  bytes; /* of text: unpacked */
    int64_t                  disk;  /* on disk */
    int64_t                  start; /* first byte of records: after a byte order mark and a header */
    bool                     packed;
    const brasa_text_recode *recode; /* what is done with it; NULL: nothing */
    bool                     whole;  /* one partition, whatever its size: it cannot be entered in the middle */
} brasa_text_file;

typedef struct brasa_text_files {
    brasa_text_file  *items;
    int32_t           count;
    int64_t           partition_bytes;
    brasa_text_recode recode; /* what is asked for; files of which it changes nothing have none */
} brasa_text_files;

enum { BRASA_TEXT_PARTITION = 16 << 20 }; /* bytes per partition unless the user says */

/* Rank 0.  Looks at the size and the first bytes of each; `recode` of *out is set before.  UNSUPPORTED: packed by xz or zip, an encoding that iconv does
 * not know.  CORRUPT: bytes that are none of the encoding. */
brasa_status brasa__text_files_make(brasa_arena *arena, char **files, int32_t nfiles, int64_t partition_bytes, brasa_text_files *out,
                                    brasa_error *err);
int64_t      brasa__text_files_disk(const brasa_text_files *f);  /* bytes of all on disk */
int64_t      brasa__text_files_bytes(const brasa_text_files *f); /* bytes of records */
void         brasa__text_files_put(brasa_wire *w, const brasa_text_files *f);
void         brasa__text_files_get(brasa_reader *r, brasa_arena *arena, brasa_text_files *f);

/* A partition is a range of one large file, or some small files one after the other. */
int32_t brasa__text_partitions(const brasa_text_files *f);
typedef struct brasa_text_part {
    int32_t first, files; /* which files */
    int64_t from, to;     /* bytes of the first */
} brasa_text_part;
brasa_text_part brasa__text_partition(const brasa_text_files *f, int32_t partition);
int64_t         brasa__text_part_bytes(const brasa_text_files *f, const brasa_text_part *p);

/* Its i-th range: records that begin in [from, to) of a file. */
typedef struct brasa_text_range {
    int32_t file;
    int64_t from, to;
} brasa_text_range;
brasa_text_range brasa__text_part_range(const brasa_text_files *f, const brasa_text_part *p, int32_t i);

/* An open file.  {.fd = -1} is closed. */
typedef struct brasa_text_source {
    const brasa_text_file *file;
    int                    fd;
    brasa_inflate          inflate; /* packed or recoded: all of it */
} brasa_text_source;

/* All of its text into memory, unpacked and recoded; the caller frees it, also after a failure. */
brasa_status brasa__text_load(brasa_inflate *in, int fd, const brasa_text_file *file, brasa_error *err);
/* Close it also when this fails.  CORRUPT: the size is not that of the description, or the packed stream is damaged. */
brasa_status brasa__text_source_open(brasa_text_source *s, const brasa_text_file *file, brasa_error *err);
/* Read [offset, offset + n), which must lie in the file. */
brasa_status brasa__text_source_read(const brasa_text_source *s, void *out, size_t n, int64_t offset, brasa_error *err);
void         brasa__text_source_close(brasa_text_source *s);
/* The number, from 1, of the line that holds the byte at `offset`: counts line feeds from the top of the file.  0 when it cannot be read. */
int64_t brasa__text_source_line(const brasa_text_source *s, int64_t offset);

/* A window over a range of a source that slides forward: data[0..len) are the bytes at `base`.  64 bytes past len are zero. */
typedef struct brasa_text_window {
    const brasa_text_source *source;
    brasa_buf               *buf;
    char                    *data;
    size_t                   len;
    size_t                   cap;
    int64_t                  base;
    int64_t                  end; /* no byte at or after this is read */
} brasa_text_window;

void brasa__text_window_init(brasa_text_window *w, const brasa_text_source *s, int64_t from, int64_t end, size_t cap);
/* Drop the first `used` bytes and read on until the window is full or the end is reached.  A window that is full of one record (used == 0) doubles;
 * DATA past 1 GiB. */
brasa_status brasa__text_window_slide(brasa_text_window *w, size_t used, brasa_error *err);
bool         brasa__text_window_last(const brasa_text_window *w); /* the window reaches the end */
void         brasa__text_window_free(brasa_text_window *w);

#endif
