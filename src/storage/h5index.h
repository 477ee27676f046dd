/* storage/h5index.h -- what we know of our own HDF5 files: where every chunk lies, its hash, and its statistics.
 *
 * A part file holds an index of itself in the dataset _brasa/index; a master file the indexes of all its parts.  With it a scan reads
 * chunks by pread, without HDF5 and its lock, and every byte is checked by XXH3.  The index names its own place in the file: after a repack
 * by another program it does not match, and the table is read through HDF5 as a foreign one (h5foreign*.c).
 *
 * A column is a tree of nodes.  A node has up to five streams, each an HDF5 dataset cut into chunks:
 *     FLAT    values                          [rows] or [rows, length]
 *     FIXED   values (null-padded strings)    [rows]
 *     LONG    offsets [rows + 1], bytes       strings of any length, binary
 *     LIST    offsets [rows + 1], and a child node of all elements
 *     STRUCT  child nodes, one per field
 * and for all of them `valid` (one byte per row, only where nulls are) and, for strings that repeat, `codes` into a child node `dict`.
 * Chunks of values, valid, codes and offsets hold the same number of rows.
 */
#ifndef BRASA_STORAGE_H5INDEX_H
#define BRASA_STORAGE_H5INDEX_H

#include "base/arena.h"
#include "base/wire.h"
#include "brasa/types.h"
#include "storage/h5codec.h"

typedef struct brasa_h5_chunk {
    uint64_t addr;
    uint64_t hash;  /* XXH3 of the bytes stored, checksum of the filter included */
    uint32_t bytes; /* stored */
} brasa_h5_chunk;

typedef struct brasa_h5_stream {
    const char     *path; /* of the dataset, within the table's group; NULL: there is none */
    int32_t         item; /* bytes per item */
    int32_t         chunk_items;
    int64_t         items;
    int32_t         nchunks;
    brasa_h5_codec  codec;
    brasa_h5_chunk *chunks;
} brasa_h5_stream;

typedef enum brasa_h5_layout { BRASA_H5_FLAT, BRASA_H5_FIXED, BRASA_H5_LONG, BRASA_H5_LIST, BRASA_H5_STRUCT } brasa_h5_layout;

/* A bound of a chunk's values in 16 bytes: integers, dates and decimals as __int128, floats as double, strings as length (to 15) and first bytes.  A string bound of
 * 15 bytes may be cut. */
typedef union brasa_h5_cell {
    brasa_int128 i;
    double       f;
    uint8_t      s[16];
} brasa_h5_cell;

typedef struct brasa_h5_bounds {
    brasa_h5_cell min, max;
    int32_t       nulls;
    bool          has_range;
} brasa_h5_bounds;

enum { BRASA_H5_SKETCH = 256, BRASA_H5_CELL_CHARS = 15 };

typedef struct brasa_h5_node {
    brasa_h5_layout       layout;
    brasa_type            type;
    int64_t               rows;
    brasa_h5_stream       values; /* LONG: the bytes */
    brasa_h5_stream       offsets;
    brasa_h5_stream       valid;
    brasa_h5_stream       codes;
    struct brasa_h5_node *dict;
    int32_t               nchildren;
    struct brasa_h5_node *children;
    /* of columns only, not of nodes below */
    int32_t          nbounds;
    brasa_h5_bounds *bounds;  /* [nbounds], per row chunk */
    uint8_t         *sketch;  /* [BRASA_H5_SKETCH] registers of a HyperLogLog of the values; NULL: none */
    int64_t          payload; /* bytes of all values as they are in memory */
} brasa_h5_node;

typedef struct brasa_h5_index {
    brasa_schema   schema;
    int64_t        rows;
    int32_t        chunk_rows;
    brasa_h5_node *cols; /* [schema.ncols] */
} brasa_h5_index;

/* A file of a table and its index.  file: relative to the master's directory; NULL: the file that holds the index. */
typedef struct brasa_h5_part {
    const char           *file;
    int64_t               bytes; /* of the file; 0: unknown (the file itself) */
    const brasa_h5_index *index;
} brasa_h5_part;

/* The bytes of _brasa/index: `self` is their own address in the file. */
void brasa__h5_index_put(brasa_wire *w, uint64_t self, const brasa_h5_part *parts, int32_t nparts);
/* CORRUPT: damaged (hash), or makes no sense.  *self 0 when... never: compare it with where the bytes were found. */
brasa_status brasa__h5_index_get(brasa_arena *arena, const void *data, size_t bytes, const char *path, uint64_t *self,
                                 brasa_h5_part **parts, int32_t *nparts, brasa_error *err);

#endif
