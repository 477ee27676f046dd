/* storage/h5dict.h -- the distinct strings of a column while it is written. */
#ifndef BRASA_STORAGE_H5DICT_H
#define BRASA_STORAGE_H5DICT_H

#include "base/arena.h"
#include "brasa/batch.h"

enum { BRASA_H5_DICT_MOST = 65536 };

typedef struct brasa_h5_dict brasa_h5_dict;

brasa_h5_dict *brasa__h5_dict_new(brasa_arena *parent);
void           brasa__h5_dict_free(brasa_h5_dict *d); /* NULL is ignored */
/* codes[i] = number of the string of row i (0 for null), in order of first appearance; hashes go into `sketch`.
 * false: more than `most` distinct ones: the codes are not to be used, the sketch is complete. */
bool    brasa__h5_dict_codes(brasa_h5_dict *d, const brasa_column *c, int32_t n, int32_t most, uint16_t *codes, uint8_t *sketch);
int32_t brasa__h5_dict_count(const brasa_h5_dict *d);
const brasa_string *brasa__h5_dict_strings(const brasa_h5_dict *d);
/* Only hash into the sketch. */
void brasa__h5_sketch_strings(const brasa_column *c, int32_t n, uint8_t *sketch);

#endif
