/* storage/h5axis.h -- the coordinates of a dimension of an array that is written: keys in order, each once. */
#ifndef BRASA_STORAGE_H5AXIS_H
#define BRASA_STORAGE_H5AXIS_H

#include "brasa/batch.h"

typedef struct brasa_h5_axis {
    int64_t *keys;
    int64_t  n, cap, sorted; /* the first `sorted` are in order, each once */
} brasa_h5_axis;

bool    brasa__h5_is_float(brasa_type t);
int64_t brasa__h5_key_of_double(double f); /* not NaN */
double  brasa__h5_double_of_key(int64_t key);
/* An integer, date or timestamp of a FLAT column. */
int64_t brasa__h5_whole_at(const brasa_column *c, int64_t i);

/* Put the keys in order. */
void brasa__h5_axis_settle(brasa_h5_axis *x);
/* Where a key is that is there. */
int64_t brasa__h5_axis_place(const brasa_h5_axis *x, int64_t key);

#endif
