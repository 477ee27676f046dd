/* format.c -- the formats, one row each, and how a file's format is told. */
#include "storage/format.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/io.h"

static const brasa_format_class *const formats[] = {&brasa__hdf5_class, &brasa__csv_class, &brasa__text_class, &brasa__json_class};
enum { NFORMATS = sizeof formats / sizeof formats[0] };

const brasa_format_class *brasa__format_class(brasa_format format)
{
    for (int i = 0; i < NFORMATS; i++)
        if (formats[i]->format == format) return formats[i];
    assert(false && "a format without a row");
    return formats[0];
}

brasa_format brasa__format_of_name(const char *path)
{
    const char *suffix = brasa__path_suffix(path);

    if (brasa__packed_suffix(path) > 0) { /* the suffix below tells */
        const char *p = suffix;
        const char *base = brasa__path_base(path);
        while (p > base && p[-1] != '.') p--;
        if (p > base) suffix = p - 1;
        for (int i = 0; i < NFORMATS; i++)
            for (const char *const *s = formats[i]->suffixes; *s != NULL; s++)
                if (strncasecmp(suffix, *s, strlen(*s)) == 0 && suffix[strlen(*s)] == '.') return formats[i]->format;
        return BRASA_FORMAT_AUTO;
    }
    for (int i = 0; i < NFORMATS; i++)
        for (const char *const *s = formats[i]->suffixes; *s != NULL; s++)
            if (strcasecmp(suffix, *s) == 0) return formats[i]->format;
    return BRASA_FORMAT_AUTO;
}

static bool is_hdf5_at(int fd, int64_t offset, const char *path)
{
    static const char signature[8] = "\211HDF\r\n\032\n";
    char              got[8];

    return brasa__io_pread(fd, got, sizeof got, offset, path, NULL) == BRASA_OK && memcmp(got, signature, sizeof got) == 0;
}

brasa_status brasa__format_detect(const char *path, brasa_format *out, brasa_error *err)
{
    brasa_stat st;
    int        fd;

    *out = brasa__format_of_name(path);
    if (*out != BRASA_FORMAT_AUTO) return BRASA_OK;
    BRASA_TRY(brasa__io_stat(path, &st, err));
    if (st.is_dir || st.bytes < 8) return BRASA_OK;
    BRASA_TRY(brasa__io_open(path, BRASA_IO_READ, &fd, err));
    /* The superblock may follow a user block of 512 bytes or a power of two times that. */
    for (int64_t at = 0; at + 8 <= st.bytes && *out == BRASA_FORMAT_AUTO; at = at == 0 ? 512 : at * 2)
        if (is_hdf5_at(fd, at, path)) *out = BRASA_FORMAT_HDF5;
    return brasa__io_close(fd, path, err);
}
