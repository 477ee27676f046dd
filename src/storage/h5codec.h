/* storage/h5codec.h -- what happens to the bytes of a chunk between memory and file, without HDF5's lock.
 *
 * The order is that of an HDF5 filter pipeline: byte shuffle, codec, Fletcher-32; stock readers undo it (zstd and lz4 need their plugins).
 */
#ifndef BRASA_STORAGE_H5CODEC_H
#define BRASA_STORAGE_H5CODEC_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum brasa_h5_codec { BRASA_H5_NONE, BRASA_H5_DEFLATE, BRASA_H5_ZSTD, BRASA_H5_LZ4, BRASA_H5_CODECS } brasa_h5_codec;

/* NULL, "" and "none" are NONE.  INVALID: lists the codecs. */
brasa_status brasa__h5_codec_parse(const char *text, brasa_h5_codec *out, brasa_error *err);
const char  *brasa__h5_codec_name(brasa_h5_codec codec);

enum {
    BRASA_H5_BZIP2_ID = 307,
    BRASA_H5_LZF_ID = 32000,
    BRASA_H5_BLOSC_ID = 32001,
    BRASA_H5_LZ4_ID = 32004,
    BRASA_H5_BITSHUFFLE_ID = 32008,
    BRASA_H5_ZSTD_ID = 32015
}; /* as registered with The HDF Group */

size_t brasa__h5_lz4_encode(const void *in, size_t n, uint8_t *out);
bool   brasa__h5_lz4_decode(const uint8_t *in, size_t bytes, uint8_t *out, size_t n);

/* Register zstd and lz4, and for decoding only lzf, blosc, bzip2 and bitshuffle, with HDF5, unless it has them: h5filters.c, h5bitshuffle.c. */
void brasa__h5_register_codecs(void);
void brasa__h5_register_bitshuffle(void);
/* Add the filters to a dataset creation list.  Shuffle is left out for single bytes and without a codec. */
void brasa__h5_codec_filters(hid_t dcpl, brasa_h5_codec codec, size_t item);

/* Most bytes that n bytes become. */
size_t brasa__h5_encode_bound(brasa_h5_codec codec, size_t n);
/* n bytes of items of `item` bytes to what is stored; `scratch` has room for n bytes.  Returns the bytes stored. */
size_t brasa__h5_encode(brasa_h5_codec codec, size_t item, const void *in, size_t n, void *scratch, void *out);
/* The reverse: `out` has room for n bytes, which must come out exactly.  Fletcher-32 is not looked at (a stronger hash was). */
bool brasa__h5_decode(brasa_h5_codec codec, size_t item, const void *stored, size_t bytes, void *scratch, void *out, size_t n);

void     brasa__h5_unshuffle(const void *in, size_t n, size_t item, void *out);
uint32_t brasa__h5_fletcher32(const void *data, size_t n);

#endif
