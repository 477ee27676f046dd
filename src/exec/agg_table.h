/* exec/agg_table.h -- groups: a hash table of rows that hold keys and aggregate states.
 *
 * A group is a row in a page: hash, ordinal, null bits, keys at fixed offsets, then one state per aggregate.  The index is open addressing over
 * words of 16 hash bits and a 48-bit pointer.  Lookups go by batch: find candidates, write the keys of new groups column by column, compare column
 * by column, go on with those that collided (as in DuckDB and Vectorwise).  Rows lie in pages by hash partition from the start, so that the tables of
 * several threads are merged partition by partition, and could leave memory that way.
 *
 * Expected: from one group to tens of millions.  A table with a bounded index forgets it when it is full (`brasa__agg_table_overflow`): its rows stay, a
 * group may then have several rows, and merging makes them one.
 */
#ifndef BRASA_EXEC_AGG_TABLE_H
#define BRASA_EXEC_AGG_TABLE_H

#include "base/arena.h"
#include "brasa/batch.h"
#include "mem/buf.h"

enum { BRASA_AGG_PARTS = 64 };

/* A column as dense values: value k belongs to the k-th selected row. */
typedef struct brasa_agg_col {
    brasa_type          type;
    const void         *v;     /* in the C form of the type */
    const uint64_t     *valid; /* NULL: no nulls */
    const brasa_column *child; /* LIST: the elements; STRUCT: the fields */
    int64_t             child_rows;
    bool                constant; /* STRUCT: every row shows the children's first row */
} brasa_agg_col;

/* The same as a column. */
static inline brasa_column brasa__agg_column(const brasa_agg_col *c)
{
    return (brasa_column) {.type = c->type,
                           .encoding = c->constant ? BRASA_CONST : BRASA_FLAT,
                           .values = c->v,
                           .valid = c->valid,
                           .child = c->child,
                           .child_rows = c->child_rows};
}

typedef struct brasa_agg_key {
    brasa_type type;
    brasa_type shown; /* what comes out: keys of nested types are kept as their bytes (BINARY) */
    int32_t    width;
    int32_t    offset; /* in the row */
} brasa_agg_key;

typedef struct brasa_agg_layout {
    int32_t        nkeys;
    brasa_agg_key *keys;
    int32_t        null_offset; /* bytes of null bits: bit set, key is null */
    int32_t        state_offset;
    int32_t        row_bytes; /* multiple of 8 */
} brasa_agg_layout;

/* The head of every row. */
typedef struct brasa_agg_row {
    uint64_t hash;
    uint32_t ordinal; /* number of the group in its table, from 0 */
    uint32_t nulls;   /* null bits of up to 32 keys; of more they lie behind the keys */
} brasa_agg_row;

typedef struct brasa_agg_page {
    struct brasa_agg_page *next;
    brasa_buf             *buf;
    int32_t                rows, cap;
} brasa_agg_page;

typedef struct brasa_agg_part {
    brasa_agg_page *first, *last;
    int64_t         rows;
} brasa_agg_part;

typedef struct brasa_agg_table {
    const brasa_agg_layout *layout;
    brasa_arena            *arena; /* strings of keys and states, page heads */
    brasa_buf              *index_buf;
    uint64_t               *index;
    uint64_t                mask;
    int64_t                 used;   /* groups in the index */
    int64_t                 limit;  /* most groups in the index; 0: it grows */
    int64_t                 groups; /* rows in all */
    int32_t                 nparts; /* 1 or BRASA_AGG_PARTS */
    brasa_agg_part          parts[BRASA_AGG_PARTS];
    /* Scratch of a lookup, BRASA_BATCH_ROWS entries each. */
    uint64_t *hash;
    uint64_t *slot;
    int32_t  *todo, *same, *fresh;
    bool      copy_strings;
} brasa_agg_table;

/* Offsets for these key types; states follow at state_offset, `state_bytes` in all. */
void brasa__agg_layout_make(brasa_arena *arena, const brasa_type *keys, int32_t nkeys, int32_t state_bytes, brasa_agg_layout *out);

/* Empty.  `limit`: see above.  `arena` (one thread's at a time) outlives the table. */
void brasa__agg_table_init(brasa_agg_table *t, const brasa_agg_layout *layout, brasa_arena *arena, int64_t limit, int32_t nparts);
/* Releases pages and index; harmless when repeated. */
void brasa__agg_table_free(brasa_agg_table *t);
void brasa__agg_part_free(brasa_agg_part *p);

/* group[k] = the row of the group of keys k, made where there was none; t->fresh[0..*nfresh) = the k that made one, states zeroed.  n <= BRASA_BATCH_ROWS. */
void brasa__agg_table_find(brasa_agg_table *t, const brasa_agg_col *keys, int32_t n, uint8_t **group, int32_t *nfresh);
/* The same for rows of other tables of the layout: group[k] = the row here with the keys of rows[k]; a new one is a copy of the whole row, states included, and is listed in t->fresh.  Strings are not copied. */
void brasa__agg_table_adopt(brasa_agg_table *t, uint8_t *const *rows, int32_t n, uint8_t **group, int32_t *nfresh);
/* rows[k] = a new row for keys k, whether or not there is one like it; it is not in the index.  States are zeroed. */
void brasa__agg_table_append(brasa_agg_table *t, const brasa_agg_col *keys, int32_t n, uint8_t **rows);
/* hash[k] of keys k, as the table has it. */
void brasa__agg_hash(const brasa_agg_col *keys, int32_t nkeys, int32_t n, uint64_t *hash);
/* same[0..m) = those k of same[0..n) whose key number `key` equals that of row cand[k] (null equals null); the others are appended to todo.  Returns m. */
int32_t brasa__agg_compare_key(const brasa_agg_layout *l, int32_t key, const brasa_agg_col *col, uint8_t *const *cand, int32_t *same,
                               int32_t n, int32_t *todo, int32_t *ntodo);
/* Are all keys of two rows equal? */
bool brasa__agg_same_keys(const brasa_agg_layout *l, const uint8_t *a, const uint8_t *b);
/* The partition of a hash in a table of BRASA_AGG_PARTS. */
static inline int32_t brasa__agg_part_of(uint64_t hash)
{
    return (int32_t)(hash >> 42) & (BRASA_AGG_PARTS - 1);
}
/* Words of an index: 16 bits of the hash and a pointer to a row. */
static inline uint64_t brasa__agg_slot(const uint8_t *row, uint64_t hash)
{
    return (uint64_t)(uintptr_t)row | (hash & ~(((uint64_t)1 << 48) - 1));
}
static inline uint8_t *brasa__agg_slot_row(uint64_t slot)
{
    return (uint8_t *)(uintptr_t)(slot & (((uint64_t)1 << 48) - 1));
}
static inline bool brasa__agg_slot_like(uint64_t slot, uint64_t hash)
{
    return ((slot ^ hash) >> 48) == 0;
}

/* Is the index at its limit (before n more)?  Then forget it; true when it was. */
bool brasa__agg_table_overflow(brasa_agg_table *t, int32_t n);

/* The only group of a table without keys, made if need be. */
uint8_t *brasa__agg_table_single(brasa_agg_table *t);

/* Dense form of the selected rows of a column; `scratch` holds BRASA_BATCH_ROWS values of 16 bytes and as many bits.  Keys: floats are made canonical. */
typedef struct brasa_agg_scratch {
    void        *values;
    uint64_t    *valid;
    brasa_arena *arena, *nested; /* nested: what structs and keys of nested types are made in */
} brasa_agg_scratch;
brasa_agg_col brasa__agg_dense(const brasa_column *c, const int32_t *rows, int32_t n, bool key, brasa_agg_scratch *scratch);
void          brasa__agg_scratch_init(brasa_arena *arena, brasa_type t, brasa_agg_scratch *out);

/* Keys of nested types as bytes that are equal when the values are (agg_nested.c), and back. */
brasa_agg_col brasa__agg_encode(const brasa_column *c, const int32_t *rows, int32_t n, brasa_agg_scratch *scratch);
void brasa__agg_decode(brasa_type t, const brasa_string *v, const uint64_t *valid, int32_t n, brasa_arena *arena, brasa_column *out);

/* Column k of keys of rows[0..n) as FLAT arrays in `arena`. */
void brasa__agg_key_column(const brasa_agg_layout *l, int32_t key, uint8_t *const *rows, int32_t n, brasa_arena *arena, brasa_column *out);

#endif
