/* h5fnexus.c -- NeXus: attributes say which group of a file is its plot, which dataset of that the signal, and which ones are its axes. */
#include <string.h>

#include "base/io.h"
#include "storage/h5fopen.h"

enum { MOST_TEXT = 1 << 10 };

/* Up to `most` words of an attribute: its strings, or one string divided by ":" or ",". */
static int words_of(brasa_h5_opener *o, hid_t obj, const char *name, const char **words, int most)
{
    const char *text = brasa__h5_attr_text(o->h, o->arena, obj, name);
    char       *save = NULL, *raw;
    hid_t       attr, type, space;
    hssize_t    n;
    int         count = 0;
    size_t      size;

    if (text != NULL) {
        for (char *w = strtok_r(brasa__arena_strdup(o->arena, text), ":,", &save); w != NULL && count < most;
             w = strtok_r(NULL, ":,", &save))
            words[count++] = w;
        return count;
    }
    if (!brasa__h5_has_attr(obj, name)) return 0;
    attr = BRASA_H5(o->h, H5Aopen(obj, name, H5P_DEFAULT));
    type = BRASA_H5(o->h, H5Aget_type(attr));
    space = BRASA_H5(o->h, H5Aget_space(attr));
    n = H5Sget_simple_extent_npoints(space);
    size = H5Tget_size(type);
    if (H5Tget_class(type) != H5T_STRING || n < 1 || n > most || size > MOST_TEXT) return 0;
    raw = brasa__arena_alloc(o->h->arena, (size_t)n * size);
    if (H5Aread(attr, type, raw) < 0) return 0;
    for (; count < (int)n; count++) {
        const char *at = raw + (size_t)count * size, *p = at;
        if (H5Tis_variable_str(type) > 0) memcpy(&p, at, sizeof p);
        words[count] = p == NULL ? "" : brasa__arena_strndup(o->arena, p, H5Tis_variable_str(type) > 0 ? MOST_TEXT : size);
    }
    if (H5Tis_variable_str(type) > 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
    return count;
}

const char *brasa__h5_nexus_default(brasa_h5_opener *o, const char *group)
{
    hid_t       g = BRASA_H5(o->h, H5Gopen2(o->file, group, H5P_DEFAULT));
    const char *name = g < 0 ? NULL : brasa__h5_attr_text(o->h, o->arena, g, "default"), *path;
    H5O_info_t  info;

    if (name == NULL) return NULL;
    path = brasa__arena_printf(o->arena, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
    if (!brasa__h5_exists(o->h, o->file, path) || H5Oget_info_by_name2(o->file, path, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) return NULL;
    return info.type == H5O_TYPE_GROUP ? path : NULL;
}

void brasa__h5_nexus_data(brasa_h5_opener *o, brasa_h5_listing *l)
{
    const char     *names[BRASA_H5_MOST_DIMS], *name, **axes;
    hid_t           g = BRASA_H5(o->h, H5Gopen2(o->file, l->group, H5P_DEFAULT));
    brasa_h5_found *signal;
    int32_t         kept = 0;
    int             n;

    name = g < 0 ? NULL : brasa__h5_attr_text(o->h, o->arena, g, "signal");
    signal = name == NULL ? NULL : brasa__h5_item(l, name);
    if (signal == NULL) return;
    if (signal->ndims == 1) { /* with what is as long: the axis, errors */
        hsize_t rows = signal->dims[0];
        for (int32_t i = 0; i < l->count; i++)
            if (l->items[i].ndims == 1 && l->items[i].dims[0] == rows) l->items[kept++] = l->items[i];
        l->count = kept;
        return;
    }
    axes = BRASA_NEWS(o->arena, const char *, BRASA_H5_MOST_DIMS);
    memset(axes, 0, sizeof *axes * BRASA_H5_MOST_DIMS);
    n = words_of(o, g, "axes", names, BRASA_H5_MOST_DIMS);
    for (int k = 0; k < n && k < signal->ndims; k++) {
        const brasa_h5_found *axis = brasa__h5_item(l, names[k]);
        if (axis != NULL && axis->ndims == 1 && axis->dims[0] == signal->dims[k]) axes[k] = axis->path;
    }
    signal->axes = axes;
    signal->scaled = true;
}
