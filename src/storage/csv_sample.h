/* storage/csv_sample.h -- what a look at the files of a CSV table tells. */
#ifndef BRASA_STORAGE_CSV_SAMPLE_H
#define BRASA_STORAGE_CSV_SAMPLE_H

#include "storage/csv.h"

typedef struct brasa_csv_head { /* the first record of a file */
    int32_t      nfields;
    const char **fields;   /* unescaped; NULL where null */
    int64_t      next;     /* where the second record begins */
    bool         trailing; /* it ends with an empty field */
    bool         empty;    /* there is no record at all */
} brasa_csv_head;

typedef struct brasa_csv_sample {
    brasa_arena             *arena;
    const brasa_csv_dialect *dialect;
    brasa_text_files        *files;
    int32_t                  nfields;
    brasa_csv_head          *heads;        /* [files->count] */
    uint32_t                *could_be;     /* [nfields]: infer.h; of all sampled records but the first of each file */
    int64_t                  records;      /* sampled */
    int64_t                  ragged;       /* of another number of fields */
    int64_t                  bytes;        /* that they took */
    bool                     all_trailing; /* every one of them ends with an empty field */
} brasa_csv_sample;

/* Where the text after so many lines of a file begins. */
brasa_status brasa__csv_sample_skip(brasa_arena *arena, const brasa_text_file *file, int64_t lines, int64_t *start, brasa_error *err);
/* Read the first record of each file.  A byte order mark is passed. */
brasa_status brasa__csv_sample_heads(brasa_csv_sample *s, brasa_error *err);
/* Look at records of every file: all of a small one, pieces from all over a large one. */
brasa_status brasa__csv_sample_types(brasa_csv_sample *s, brasa_error *err);

#endif
