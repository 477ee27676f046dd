/* h5fmatlab.c -- MATLAB's files (version 7.3): arrays lie with their dimensions reversed, texts are 16-bit numbers, classes are attributes.
 *
 * A matrix of r rows and c columns is a dataset (c, r), so its rows are read across.  A vector, however it lies, is a column.  What has one element, and a
 * text of one row, is a single value.  Arrays of structs and cell arrays are references (h5fref.c).
 */
#include <string.h>

#include "data/type.h"
#include "storage/h5fopen.h"

enum { MOST_CHARS = 1 << 20 };

void brasa__h5_matlab_shape(brasa_h5_opener *o, brasa_h5_found *d, H5T_class_t class)
{
    const char *name = d->attrs ? brasa__h5_attr_text(o->h, o->arena, d->dset, "MATLAB_class") : NULL;
    int64_t     empty = 0;
    bool        refs = class == H5T_REFERENCE && d->ndims == 2;
    hsize_t     columns = d->dims[0];

    if (name == NULL && !refs) return;
    d->matlab = name == NULL ? "cell" : name;
    d->opaque = d->attrs && brasa__h5_has_attr(d->dset, "MATLAB_object_decode");
    d->empty = d->attrs && brasa__h5_attr_i64(o->h, d->dset, "MATLAB_empty", &empty) && empty != 0;
    if (d->empty) {
        d->ndims = 1;
        d->dims[0] = 0;
    }
    if (d->ndims != 2 || d->scalar) return;
    if (refs && name == NULL && d->dims[0] != 1 && d->dims[1] != 1) { /* of others */
        d->matlab = NULL;
        return;
    }
    if (strcmp(d->matlab, "char") != 0 && d->dims[1] == 1) { /* a vector across: a column all the same */
        d->single = d->dims[0] == 1 && !refs;
        return;
    }
    d->transposed = true;
    d->dims[0] = d->dims[1];
    d->dims[1] = columns;
    d->text = strcmp(d->matlab, "char") == 0 && class == H5T_INTEGER && columns <= MOST_CHARS;
    d->single = d->text && d->dims[0] == 1;
}

bool brasa__h5_is_vector(const brasa_h5_found *d)
{
    return d->matlab != NULL && d->ndims == 2 && (d->dims[1] == 1 || d->text);
}

void brasa__h5_matlab_field(const brasa_h5_found *d, brasa_h5_field *f)
{
    if (d->matlab == NULL) return;
    if (strcmp(d->matlab, "logical") == 0 && f->rep == BRASA_H5_U8) f->type = brasa__type(BRASA_KIND_BOOL);
    if (!d->text || f->rep != BRASA_H5_U16) return;
    f->type = brasa__type(BRASA_KIND_STRING);
    f->elements = (int32_t)d->dims[1];
    f->utf16 = true;
    f->pad = d->single ? H5T_STR_NULLPAD : H5T_STR_SPACEPAD; /* rows of a matrix are as long as the longest */
}

brasa_status brasa__h5_matlab_object(brasa_h5_opener *o, const brasa_h5_found *d)
{
    return brasa__fail(
        o->err, BRASA_UNSUPPORTED,
        "%s:%s is a MATLAB object of class %s, which only MATLAB reads; save a struct (table2struct(t, 'ToScalar', true)) or cellstr(s)",
        o->file_path, d->path, d->matlab);
}

size_t brasa__h5_utf8_of_16(const uint16_t *in, size_t n, char *out)
{
    size_t to = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t c = in[i];
        if ((c & 0xfc00) == 0xd800 && i + 1 < n && (in[i + 1] & 0xfc00) == 0xdc00)
            c = 0x10000 + ((c & 0x3ff) << 10) + (in[++i] & 0x3ff);
        else if ((c & 0xf800) == 0xd800)
            c = 0xfffd; /* half of a pair */
        if (c < 0x80) {
            out[to++] = (char)c;
            continue;
        }
        if (c < 0x800) {
            out[to++] = (char)(0xc0 | c >> 6);
        } else {
            if (c < 0x10000) {
                out[to++] = (char)(0xe0 | c >> 12);
            } else {
                out[to++] = (char)(0xf0 | c >> 18);
                out[to++] = (char)(0x80 | (c >> 12 & 0x3f));
            }
            out[to++] = (char)(0x80 | (c >> 6 & 0x3f));
        }
        out[to++] = (char)(0x80 | (c & 0x3f));
    }
    return to;
}
