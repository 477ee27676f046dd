/* storage/h5fscan.h -- inside of the scan of a foreign file: its state, and the half of it that runs under HDF5's lock. */
#ifndef BRASA_STORAGE_H5FSCAN_H
#define BRASA_STORAGE_H5FSCAN_H

#include "storage/h5fheap.h"
#include "storage/h5foreign.h"
#include "storage/h5fpickle.h"
#include "storage/h5ftype.h"

/* A source while it is scanned. */
typedef struct brasa_h5_source_state {
    const brasa_h5_source *s;
    bool                   needed;
    int32_t                first_field;  /* of those that are read from it, which follow each other by `next`; -1: none */
    brasa_h5_members       members;      /* of a compound */
    int32_t                first, count; /* columns of a 2-D dataset */
    size_t                 width;        /* bytes of a row in memory */
    bool                   has_pointers;
    const brasa_h5_field  *item;       /* of its lists; NULL: none */
    hid_t                  dset, type; /* open with the file */
    brasa_h5_vtext        *strings;    /* read without HDF5; NULL: not */
    brasa_buf             *raw;
    const char            *pickle;
    size_t                 pickle_bytes;
    brasa_h5_objects      *objects; /* in it; NULL: not looked at yet */
    const int64_t         *offsets; /* of a ragged one: where the rows of the block begin, and their end */
    hid_t                  space;   /* of the memory: for the strings to be given back */
} brasa_h5_source_state;

typedef struct brasa_h5_field_state {
    const brasa_h5_field *f;
    int32_t               next;        /* of the same source; -1: none */
    size_t                at;          /* bytes into a row of its source */
    brasa_column          coordinates; /* of an axis: all of them */
    hid_t                 mask;
    const uint8_t        *mask_bytes;
    const int64_t        *runs; /* nruns of them, and the end */
    int64_t               nruns;
    const char          **texts; /* of references: what they refer to */
} brasa_h5_field_state;

typedef struct brasa_h5_names brasa_h5_names;

typedef struct brasa_h5_scan_state {
    const brasa_h5_foreign *t;
    brasa_h5_file           file;
    hid_t                   h5;
    const brasa_h5_piece   *piece;
    int64_t                 grid[BRASA_H5_MOST_DIMS]; /* of the piece's file */
    int64_t                 first;                    /* steps of the first dimension in the files before */
    int64_t                 row;
    int32_t                 nsources, nfields;
    brasa_h5_names         *names; /* of all objects, for references; NULL: not listed yet */
    brasa_h5_source_state  *sources;
    brasa_h5_field_state   *fields;
    brasa_arena            *axes; /* coordinates live as long as the scan */
    brasa_h5_bufs           axis_bufs;
    brasa_h5_bufs           bufs; /* of the block being made */
    brasa_arena            *block_arena;
    brasa_column           *cols;
    int64_t                 from; /* rows of the block being made */
    int32_t                 n;
} brasa_h5_scan_state;

/* h5fread.c, under the lock; arg: a brasa_h5_scan_state. */
/* Native bytes of the rows [from, from + n) of all sources and masks; the first call opens the file. */
brasa_status brasa__h5_read_block(brasa_h5 *h, void *arg, brasa_error *err);
/* What the library made for strings and lists of the block. */
brasa_status brasa__h5_give_back(brasa_h5 *h, void *arg, brasa_error *err);

/* Bytes from an element to that of the next row. */
static inline size_t brasa__h5_stride(const brasa_h5_source_state *s)
{
    return s->s->transposed && s->count > 0 ? s->width / (size_t)s->count : s->width;
}

/* Where a field's element of the first row of the block is. */
static inline const char *brasa__h5_first(const brasa_h5_scan_state *st, const brasa_h5_field_state *fs)
{
    const brasa_h5_source_state *s = &st->sources[fs->f->source];
    size_t                       rows = s->s->transposed && fs->f->member == NULL ? (size_t)st->n : 1;

    return (const char *)s->raw->data + fs->at * rows;
}

/* h5fragged.c: the values of the block's rows, under the lock; their column, without. */
brasa_status brasa__h5_read_ragged(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_source_state *s, brasa_error *err);
brasa_status brasa__h5_ragged_column(brasa_h5_scan_state *st, const brasa_h5_source_state *s, const brasa_h5_field *f, brasa_column *out,
                                     brasa_error *err);

/* h5fref.c, under the lock: what the references of the block refer to; are all of a cell array numbers? */
void brasa__h5_follow_references(brasa_h5 *h, brasa_h5_scan_state *st, brasa_h5_field_state *fs);
bool brasa__h5_refers_to_numbers(brasa_h5 *h, hid_t dset, hsize_t n);

#endif
