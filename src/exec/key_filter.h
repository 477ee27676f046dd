/* exec/key_filter.h -- which keys a join's build side has: what a scan of the probe side may drop early.
 *
 * Integers (dates, decimals of 64 bits, booleans too) of a narrow range: one bit per value, exact.  All others: a Bloom filter of one word per key
 * (Putze, Sanders and Singler, "Cache-, hash- and space-efficient Bloom filters"; blocks of 64 bits, four bits per key), which passes about 1 % of
 * the keys that are not there.  Nulls never pass: they match nothing.  Keys of the build side and of the probe side may be integers of different
 * widths.
 */
#ifndef BRASA_EXEC_KEY_FILTER_H
#define BRASA_EXEC_KEY_FILTER_H

#include "exec/agg_table.h"
#include "exec/op.h"

typedef enum brasa_key_filter_kind {
    BRASA_KEYS_ALL,  /* everything passes: not worth it, or not known */
    BRASA_KEYS_NONE, /* there are no keys */
    BRASA_KEYS_BITS, /* one bit per value from `least` on */
    BRASA_KEYS_BLOOM
} brasa_key_filter_kind;

typedef struct brasa_key_filter {
    brasa_key_filter_kind kind;
    brasa_type            type;
    int64_t               rows;        /* of the build side, nulls among them */
    int64_t               least, most; /* integers only */
    uint64_t              nwords;      /* BLOOM: a power of two */
    brasa_buf            *buf;
    uint64_t             *words;
} brasa_key_filter;

/* Are there filters of this type? */
bool brasa__key_filter_possible(brasa_type t);

/* Count rows of column `col`, find the range.  `arena`: scratch, until it is freed. */
brasa_status brasa__key_filter_measure(brasa_run *run, brasa_arena *arena, const brasa_partitions *input, int32_t col, brasa_type type,
                                       brasa_key_filter *out, brasa_error *err);
/* Choose the kind by what was measured (of all workers, where they are to share it) and make its words, all zero.  More keys than `most_keys`: ALL. */
void brasa__key_filter_choose(brasa_key_filter *f, int64_t most_keys);
/* Add the keys. */
brasa_status brasa__key_filter_fill(brasa_run *run, brasa_arena *arena, const brasa_partitions *input, int32_t col, brasa_key_filter *f,
                                    brasa_error *err);
/* Words of BITS and BLOOM; 0 of the others. */
int64_t brasa__key_filter_words(const brasa_key_filter *f);
void    brasa__key_filter_free(brasa_key_filter *f);

/* out[0..m) = those k < n whose key may be there; returns m.  hash: scratch for n. */
int32_t brasa__key_filter_test(const brasa_key_filter *f, const brasa_agg_col *keys, int32_t n, uint64_t *hash, int32_t *out);

#endif
