/* storage/h5foreign.h -- tables in HDF5 files that others wrote: h5py, PyTables and pandas, netCDF-4, MATLAB.
 *
 * A foreign table is read from sources (datasets), row range by row range.  A field is a column: a place in the rows of a source (the whole item, a
 * member of a compound, an element of an array or of a row of a 2-D dataset), how its bytes look in memory once HDF5 has made them native, and
 * what turns them into values of our type (fill values to nulls, packing, units of time, names of an enumeration).
 * In a grid (an N-d array as a table) the rows are all cells in C order, and some fields are axes: coordinates made on the fly.
 */
#ifndef BRASA_STORAGE_H5FOREIGN_H
#define BRASA_STORAGE_H5FOREIGN_H

#include "mem/buf.h"
#include "storage/h5layout.h"

typedef enum brasa_h5_rep {
    BRASA_H5_I8,
    BRASA_H5_I16,
    BRASA_H5_I32,
    BRASA_H5_I64,
    BRASA_H5_U8,
    BRASA_H5_U16,
    BRASA_H5_U32,
    BRASA_H5_U64,
    BRASA_H5_F32,
    BRASA_H5_F64,
    BRASA_H5_B8,     /* a bitfield of one byte: PyTables' bool */
    BRASA_H5_TEXT,   /* `size` bytes, padded as `pad` says */
    BRASA_H5_VTEXT,  /* char *, of the library */
    BRASA_H5_OPAQUE, /* `size` bytes as they are */
    BRASA_H5_I128,   /* low and high half */
    BRASA_H5_REF,    /* a reference to an object; in memory later a char *, NULL for none */
    BRASA_H5_VLIST,  /* hvl_t, of the library: a list of `item` */
    BRASA_H5_RECORD, /* `nparts` items, one behind the other */
    BRASA_H5_REPS
} brasa_h5_rep;

enum { BRASA_H5_MOST_DIMS = 8, BRASA_H5_MOST_FIELDS = 20000 };

typedef struct brasa_h5_source {
    const char *path;
    int32_t     ndims;
    int64_t     dims[BRASA_H5_MOST_DIMS]; /* rows first; dims[0] of the first file */
    int64_t     chunk_rows;               /* along the first dimension; 1 when contiguous */
    bool        compound;
    bool        scalar;     /* a single value, which is a row */
    bool        transposed; /* of two dimensions: (columns, rows) in the file */
    int32_t     chars;      /* netCDF's strings: a last dimension of so many characters, not in dims; 0: none */
    const char *ends;       /* path of a dataset of offsets into this one, which holds the values of all rows end to end; NULL: none */
    bool        pickled;    /* one item, a pickle of all columns of the source (h5fpickle.h) */
} brasa_h5_source;

typedef struct brasa_h5_field {
    const char  *name;
    brasa_type   type;
    int32_t      source;            /* -1: an axis without coordinates, counted from 0 */
    const char  *member;            /* of a compound, "a/b"; NULL: the item */
    int32_t      element, elements; /* of an array type or of a row of a 2-D dataset; elements 0: no such thing; VECTOR: all of them */
    brasa_h5_rep rep;
    int32_t      size;        /* bytes of one element in memory */
    uint8_t      pad;         /* TEXT: an H5T_str_t */
    uint8_t      cset;        /* TEXT, VTEXT: an H5T_cset_t; HDF5 does not convert between them */
    int32_t      axis;        /* a coordinate of the grid: its first dimension; -1: values */
    uint32_t     over;        /* of a coordinate: a bit for each dimension that it varies over */
    bool         has_fill[2]; /* _FillValue, missing_value */
    double       fill[2];
    int64_t      fill_int[2];
    bool         packed; /* CF: value * scale + offset */
    double       scale, offset;
    bool         timed; /* DATE: base_days + value; TIMESTAMP: base_us + value * unit_ns / 1000 */
    int64_t      unit_ns, base_us;
    bool         noleap;      /* timed: years of 365 days; base_us counts from year 0 of them */
    bool         signed_bits; /* an unsigned number that the file calls signed */
    bool unix_time; /* of HDF5's class of times, as PyTables has them: seconds, or seconds and microseconds in two halves (8 bytes) */
    bool bits;      /* of the class of bit fields */
    bool utf16;     /* all `elements` of a row are one text */
    const char            *null_text; /* pandas: this text is null */
    const char            *tag;       /* of an opaque type that is read as it is; NULL: none */
    struct brasa_h5_field *item;      /* VLIST: one element; RECORD: `nparts` fields */
    int32_t                nparts;
    const char            *mask;       /* path of a dataset of rows that are not null; NULL: none */
    bool                   mask_nulls; /* the mask is of those that are null instead */
    const char            *runs;   /* path of a dataset of where runs of rows begin, and the end: the number of a row's run; NULL: none */
    int32_t                nnames; /* an enumeration */
    const char           **names;
    int64_t               *codes;
    const int64_t         *levels; /* [nnames]: numbers that the codes from 0 stand for, in place of names: bits of the type; NULL: none */
} brasa_h5_field;

typedef struct brasa_h5_foreign_file {
    const char *path;
    int64_t     rows;
    int64_t     bytes;
} brasa_h5_foreign_file;

struct brasa_h5_foreign {
    bool                   allow_external;
    int32_t                nfiles;
    brasa_h5_foreign_file *files;
    int32_t                nsources;
    brasa_h5_source       *sources;
    int32_t                nfields;
    brasa_h5_field        *fields;
    int32_t                grid_dims; /* 0: no grid */
    int64_t                grid[BRASA_H5_MOST_DIMS];
    int32_t                npieces; /* a partition each */
    brasa_h5_piece        *pieces;
};

/* --- h5ftype.c: fields from an HDF5 type.  A field that is filled but for `name` and `source` is added for each leaf of the type. */
typedef struct brasa_h5_fields {
    brasa_arena    *arena;
    brasa_h5_field *items;
    int32_t         count, cap;
    const char     *skipped; /* a member that has no type of ours, for messages */
} brasa_h5_fields;
void brasa__h5_add_fields(brasa_h5 *h, brasa_h5_fields *out, hid_t type, const char *name, int32_t source, bool as_vector);
/* The type that HDF5 converts a field's element to. */
hid_t brasa__h5_rep_type(brasa_h5 *h, const brasa_h5_field *f);
/* Does its form in memory hold pointers of the library? */
bool brasa__h5_has_pointers(const brasa_h5_field *f);

/* --- h5fattr.c: what attributes say of a field: fill values, packing, time, our own types. */
void brasa__h5_apply_attributes(brasa_h5 *h, brasa_arena *arena, hid_t obj, brasa_h5_field *f);
/* h5ftime.c: "days since 2000-01-01" makes it a date or a timestamp. */
void brasa__h5_apply_units(brasa_h5 *h, hid_t obj, brasa_h5_field *f);
/* Microseconds of a calendar without leap years, from its year 0, as microseconds since 1970. */
int64_t brasa__h5_from_noleap(int64_t us);
/* Nanoseconds since 1970, the least number for NaT, as pandas has them. */
void brasa__h5_datetime(brasa_h5_field *f);
void brasa__h5_timedelta(brasa_h5_field *f); /* the same as an interval of days and time */
/* What PyTables and pandas say of a compound table. */
void brasa__h5_apply_pandas(brasa_h5 *h, brasa_arena *arena, hid_t dset, brasa_h5_fields *fields);

/* --- h5fconvert.c: n elements, `stride` bytes apart, to a FLAT or DICT column; buffers made are added to bufs. */
typedef struct brasa_h5_bufs {
    brasa_arena *arena;
    brasa_buf  **items;
    int32_t      count, cap;
} brasa_h5_bufs;
brasa_buf   *brasa__h5_new_buf(brasa_h5_bufs *b, size_t bytes);
brasa_status brasa__h5_convert(const brasa_h5_field *f, const char *raw, size_t stride, int32_t n, const uint8_t *mask, const char *path,
                               brasa_h5_bufs *bufs, brasa_arena *arena, brasa_column *out, brasa_error *err);

/* h5fmatlab.c: n units of UTF-16 as UTF-8; `out` has room for 3 n bytes.  The bytes written. */
size_t brasa__h5_utf8_of_16(const uint16_t *in, size_t n, char *out);

#endif
