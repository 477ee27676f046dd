/* storage/h5fpickle.h -- arrays of Python objects, which pandas pickles: texts, numbers, booleans and nothing. */
#ifndef BRASA_STORAGE_H5FPICKLE_H
#define BRASA_STORAGE_H5FPICKLE_H

#include "storage/h5foreign.h"

typedef enum brasa_h5_object_kind {
    BRASA_H5_OBJECT_NONE, /* None, NaN */
    BRASA_H5_OBJECT_BOOL,
    BRASA_H5_OBJECT_INT,
    BRASA_H5_OBJECT_FLOAT,
    BRASA_H5_OBJECT_TEXT,
    BRASA_H5_OBJECT_LIST, /* of the machine */
    BRASA_H5_OBJECT_OTHER /* an object of another class, of which nothing is known */
} brasa_h5_object_kind;

typedef struct brasa_h5_object {
    brasa_h5_object_kind kind;
    union {
        int64_t number; /* BOOL, INT */
        double  real;
        struct {
            const char *bytes;
            size_t      size;
        } text;
        int32_t list;
    } u;
} brasa_h5_object;

/* A matrix of objects, row by row. */
typedef struct brasa_h5_objects {
    int64_t                rows, columns;
    const brasa_h5_object *cells;
} brasa_h5_objects;

/* The NumPy array of objects in a pickle; texts point into it.  Nothing of the pickle is run.  false: it is none, or damaged. */
bool brasa__h5_unpickle(brasa_arena *arena, const char *pickle, size_t n, brasa_h5_objects *out);
/* What type holds all cells of a column?  false: there are objects that have none. */
bool brasa__h5_objects_type(const brasa_h5_objects *o, int64_t column, brasa_type *out);
/* Rows [from, from + n) of a column of that type. */
brasa_status brasa__h5_objects_column(const brasa_h5_objects *o, int64_t column, int64_t from, int32_t n, const brasa_h5_field *f,
                                      brasa_h5_bufs *bufs, brasa_arena *arena, const char *path, brasa_column *out, brasa_error *err);
/* Under the lock: the first sequence of bytes of a dataset, copied; NULL: there is none. */
const char *brasa__h5_pickle_of(brasa_h5 *h, brasa_arena *arena, hid_t dset, size_t *n);

#endif
