/* storage/h5fopen.h -- inside of the opening of foreign files: what a file is looked at with.
 *
 * An opener lives for one session of HDF5; what it finds becomes sources and fields of the table.  Every call is made under HDF5's lock.
 */
#ifndef BRASA_STORAGE_H5FOPEN_H
#define BRASA_STORAGE_H5FOPEN_H

#include "storage/h5foreign.h"

typedef struct {
    brasa_h5              *h;
    brasa_arena           *arena;
    const brasa_read_spec *spec;
    const char            *file_path;
    hid_t                  file;
    hsize_t                file_bytes;
    brasa_h5_foreign      *f;
    brasa_h5_fields        fields;
    int32_t                source_cap;
    brasa_error           *err;
} brasa_h5_opener;

/* A dataset that could be a column. */
typedef struct {
    const char  *name, *path;
    int          ndims;
    hsize_t      dims[BRASA_H5_MOST_DIMS];
    hid_t        dset;     /* open as long as the session */
    bool         attrs;    /* it has attributes */
    bool         scaled;   /* dimension scales are attached */
    bool         bare_dim; /* a netCDF dimension without values */
    bool         compound;
    bool         scalar;     /* a single value: a row */
    int32_t      chars;      /* as in brasa_h5_source */
    const char  *matlab;     /* its class in MATLAB (h5fmatlab.c); NULL: none.  dims are rows and columns then */
    bool         transposed; /* as in brasa_h5_source */
    bool         text;       /* each row is one text */
    bool         single;     /* of one row that is a single value */
    bool         empty;      /* MATLAB's: the dataset holds dimensions, one of which is 0 */
    bool         opaque;     /* an object that only MATLAB reads */
    int64_t      position;   /* ours; -1 */
    const char  *own_type;   /* ours; NULL */
    const char  *ends;       /* as in brasa_h5_source; dims[0] are rows */
    const char  *mask;       /* beside the dataset: which rows are null; a "null_bitmap" says by bits which are not */
    const char **axes;       /* of a signal of NeXus: paths of its coordinates, NULL where it has none; NULL: it is none */
} brasa_h5_found;

typedef struct brasa_h5_listing {
    brasa_h5_found *items;
    int32_t         count, cap;
    brasa_h5_found *scalars; /* datasets of a single value, which are no columns of a table with rows */
    int32_t         nscalars, scalar_cap;
    const char     *group;
    char          **subgroups; /* paths */
    int32_t         nsub;
    const char     *pandas; /* attribute pandas_type: "frame", "frame_table", ...; NULL: none */
    bool            anndata;
    const char     *unreadable; /* a dataset that the library cannot open; NULL: none */
} brasa_h5_listing;

/* --- h5fsource.c: a dataset and its columns.  CORRUPT, UNSUPPORTED: the message names file and dataset. */
bool         brasa__h5_inspect(brasa_h5_opener *o, const char *path, brasa_h5_found *out);
brasa_status brasa__h5_check_dataset(brasa_h5_opener *o, hid_t dset, const brasa_h5_found *d, int64_t *chunk_rows);
/* The dataset as a source with all its fields; `name`: of the column, or before the names of a compound's members (NULL: nothing). */
brasa_status brasa__h5_add_source(brasa_h5_opener *o, const brasa_h5_found *d, const char *name, hid_t *dset);
brasa_status brasa__h5_add_own(brasa_h5_opener *o, const brasa_h5_found *d, bool *added);
brasa_status brasa__h5_spread_columns(brasa_h5_opener *o, const brasa_h5_found *d, const char *prefix);

/* --- h5fmatlab.c: rows and columns of a MATLAB array, and what its class says of its field. */
void         brasa__h5_matlab_shape(brasa_h5_opener *o, brasa_h5_found *d, H5T_class_t class);
void         brasa__h5_matlab_field(const brasa_h5_found *d, brasa_h5_field *f);
bool         brasa__h5_is_vector(const brasa_h5_found *d); /* one column, though of two dimensions */
brasa_status brasa__h5_matlab_object(brasa_h5_opener *o, const brasa_h5_found *d);

/* --- h5fgrid.c: the cells of `lead` and of all datasets of its shape. */
bool         brasa__h5_same_shape(const brasa_h5_found *a, const brasa_h5_found *b);
brasa_status brasa__h5_grid(brasa_h5_opener *o, const brasa_h5_found *lead, const brasa_h5_found *all, int32_t n);

/* --- h5fsparse.c: is the group a sparse matrix?  Then it is the table. */
brasa_status brasa__h5_sparse(brasa_h5_opener *o, const brasa_h5_listing *l, bool *is_sparse);

/* --- h5fragged.c: a group that is a column of vaex, or an array of CGNS; values of NWB with their ends; what that makes of a field. */
bool brasa__h5_cgns_array(brasa_h5_opener *o, const char *group, brasa_h5_found *d);
bool brasa__h5_vaex_column(brasa_h5_opener *o, const char *group, brasa_h5_found *d);
void brasa__h5_pair_ragged(brasa_h5_opener *o, brasa_h5_listing *l);
void brasa__h5_ragged_field(brasa_h5_opener *o, const brasa_h5_found *d, brasa_h5_field *f);

/* --- h5fnexus.c: the group that a group names as its default; NULL: none.  The signal of a group, with its axes. */
const char *brasa__h5_nexus_default(brasa_h5_opener *o, const char *group);
void        brasa__h5_nexus_data(brasa_h5_opener *o, brasa_h5_listing *l);

/* --- h5fgroup.c: a dataset, or the datasets of a group, as a table. */
brasa_status    brasa__h5_list_group(brasa_h5_opener *o, const char *path, brasa_h5_listing *l);
brasa_status    brasa__h5_list_named(brasa_h5_opener *o, const char *group, brasa_h5_listing *l);
brasa_h5_found *brasa__h5_item(const brasa_h5_listing *l, const char *name); /* NULL: none of that name */
brasa_status    brasa__h5_dataset_table(brasa_h5_opener *o, const brasa_h5_found *d);
brasa_status    brasa__h5_group_table(brasa_h5_opener *o, brasa_h5_listing *l);

/* --- h5fframe.c: data frames of pandas (fixed format) and anndata. */
/* Is the dataset an array of objects that pandas pickled?  Then its columns, under those names. */
brasa_status brasa__h5_add_pickled(brasa_h5_opener *o, const brasa_h5_found *d, const char *const *labels, int32_t count, bool *added);
/* pandas' fixed format: its index and its blocks of columns, under their names. */
brasa_status brasa__h5_fixed_frame(brasa_h5_opener *o, const brasa_h5_listing *l);
/* Categories of a pandas table: codes in `f`, whose member is `member`, become names. */
void brasa__h5_pandas_categories(brasa_h5 *h, brasa_arena *arena, hid_t dset, const char *member, brasa_h5_field *f);
/* The subgroups of an anndata frame of `rows` rows that are columns of it: categories with codes. */
brasa_status brasa__h5_coded_columns(brasa_h5_opener *o, const brasa_h5_listing *l, int64_t rows);

#endif
