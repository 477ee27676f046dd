/* h5fwire.c -- the wire form of a foreign table's layout. */
#include "data/type.h"
#include "storage/h5foreign.h"

enum { MOST_DEPTH = 64 }; /* of lists and structs in each other */

static void put_source(brasa_wire *w, const brasa_h5_source *s)
{
    brasa__put_str(w, s->path);
    brasa__put_i32(w, s->ndims);
    for (int k = 0; k < s->ndims; k++) brasa__put_i64(w, s->dims[k]);
    brasa__put_i64(w, s->chunk_rows);
    brasa__put_bool(w, s->compound);
    brasa__put_bool(w, s->scalar);
    brasa__put_i32(w, s->chars);
    brasa__put_bool(w, s->transposed);
    brasa__put_str(w, s->ends);
    brasa__put_bool(w, s->pickled);
}

static void get_source(brasa_reader *r, brasa_arena *arena, brasa_h5_source *s)
{
    s->path = brasa__get_str(r, arena);
    s->ndims = brasa__get_i32(r);
    if (s->path == NULL || s->ndims < 1 || s->ndims > BRASA_H5_MOST_DIMS) {
        r->bad = true;
        return;
    }
    for (int k = 0; k < s->ndims; k++) s->dims[k] = brasa__get_i64(r);
    s->chunk_rows = brasa__get_i64(r);
    s->compound = brasa__get_bool(r);
    s->scalar = brasa__get_bool(r);
    s->chars = brasa__get_i32(r);
    s->transposed = brasa__get_bool(r);
    s->ends = brasa__get_str(r, arena);
    s->pickled = brasa__get_bool(r);
    if (s->chars < 0 || s->ndims + (s->chars > 0) > BRASA_H5_MOST_DIMS) r->bad = true;
}

static void put_field(brasa_wire *w, const brasa_h5_field *f)
{
    brasa__put_str(w, f->name);
    brasa__put_type(w, f->type);
    brasa__put_i32(w, f->source);
    brasa__put_str(w, f->member);
    brasa__put_i32(w, f->element);
    brasa__put_i32(w, f->elements);
    brasa__put_u8(w, (uint8_t)f->rep);
    brasa__put_i32(w, f->size);
    brasa__put_u8(w, f->pad);
    brasa__put_u8(w, f->cset);
    brasa__put_i32(w, f->axis);
    brasa__put_i32(w, (int32_t)f->over);
    for (int k = 0; k < 2; k++) {
        brasa__put_bool(w, f->has_fill[k]);
        brasa__put_f64(w, f->fill[k]);
        brasa__put_i64(w, f->fill_int[k]);
    }
    brasa__put_bool(w, f->packed);
    brasa__put_f64(w, f->scale);
    brasa__put_f64(w, f->offset);
    brasa__put_bool(w, f->timed);
    brasa__put_i64(w, f->unit_ns);
    brasa__put_i64(w, f->base_us);
    brasa__put_bool(w, f->noleap);
    brasa__put_bool(w, f->signed_bits);
    brasa__put_bool(w, f->unix_time);
    brasa__put_bool(w, f->bits);
    brasa__put_bool(w, f->utf16);
    brasa__put_str(w, f->null_text);
    brasa__put_str(w, f->tag);
    brasa__put_str(w, f->mask);
    brasa__put_bool(w, f->mask_nulls);
    brasa__put_str(w, f->runs);
    brasa__put_i32(w, f->nnames);
    brasa__put_bool(w, f->levels != NULL);
    for (int32_t k = 0; k < f->nnames; k++) {
        if (f->levels != NULL)
            brasa__put_i64(w, f->levels[k]);
        else
            brasa__put_str(w, f->names[k]);
        brasa__put_i64(w, f->codes[k]);
    }
    brasa__put_bool(w, f->item != NULL);
    brasa__put_i32(w, f->nparts);
    for (int32_t k = 0; f->item != NULL && k < (f->nparts > 0 ? f->nparts : 1); k++) put_field(w, &f->item[k]);
}

static void get_field(brasa_reader *r, brasa_arena *arena, int32_t nsources, int depth, brasa_h5_field *f)
{
    f->name = brasa__get_str(r, arena);
    f->type = brasa__get_type(r, arena);
    f->source = brasa__get_i32(r);
    f->member = brasa__get_str(r, arena);
    f->element = brasa__get_i32(r);
    f->elements = brasa__get_i32(r);
    f->rep = (brasa_h5_rep)brasa__get_u8(r);
    f->size = brasa__get_i32(r);
    f->pad = brasa__get_u8(r);
    f->cset = brasa__get_u8(r);
    f->axis = brasa__get_i32(r);
    f->over = (uint32_t)brasa__get_i32(r);
    for (int k = 0; k < 2; k++) {
        f->has_fill[k] = brasa__get_bool(r);
        f->fill[k] = brasa__get_f64(r);
        f->fill_int[k] = brasa__get_i64(r);
    }
    f->packed = brasa__get_bool(r);
    f->scale = brasa__get_f64(r);
    f->offset = brasa__get_f64(r);
    f->timed = brasa__get_bool(r);
    f->unit_ns = brasa__get_i64(r);
    f->base_us = brasa__get_i64(r);
    f->noleap = brasa__get_bool(r);
    f->signed_bits = brasa__get_bool(r);
    f->unix_time = brasa__get_bool(r);
    f->bits = brasa__get_bool(r);
    f->utf16 = brasa__get_bool(r);
    f->null_text = brasa__get_str(r, arena);
    f->tag = brasa__get_str(r, arena);
    f->mask = brasa__get_str(r, arena);
    f->mask_nulls = brasa__get_bool(r);
    f->runs = brasa__get_str(r, arena);
    f->nnames = brasa__get_count(r, 9);
    f->names = BRASA_NEWS(arena, const char *, f->nnames + 1);
    f->codes = BRASA_NEWS(arena, int64_t, f->nnames + 1);
    int64_t *levels = brasa__get_bool(r) ? BRASA_NEWS(arena, int64_t, f->nnames + 1) : NULL;
    f->levels = levels;
    for (int32_t k = 0; k < f->nnames; k++) {
        if (levels != NULL)
            levels[k] = brasa__get_i64(r);
        else
            f->names[k] = brasa__get_str(r, arena);
        f->codes[k] = brasa__get_i64(r);
        if (levels == NULL && f->names[k] == NULL) r->bad = true;
    }
    bool items = brasa__get_bool(r);
    f->nparts = brasa__get_count(r, 40);
    if (items && depth > MOST_DEPTH) r->bad = true;
    if (items) f->item = BRASA_NEWS(arena, brasa_h5_field, f->nparts + 1);
    for (int32_t k = 0; items && k < (f->nparts > 0 ? f->nparts : 1) && !r->bad; k++) get_field(r, arena, nsources, depth + 1, &f->item[k]);
    if (f->source < 0 && f->axis < 0 && f->runs == NULL) r->bad = true;
    if ((f->rep == BRASA_H5_VLIST || f->rep == BRASA_H5_RECORD) != items || (f->rep == BRASA_H5_RECORD) != (f->nparts > 0)) r->bad = true;
    if (f->name == NULL || f->source < -1 || f->source >= nsources || f->rep >= BRASA_H5_REPS || f->size < 1 || f->element < 0 ||
        f->elements < 0 || f->axis >= BRASA_H5_MOST_DIMS)
        r->bad = true;
}

void brasa__h5_foreign_put(brasa_wire *w, const brasa_h5_foreign *f)
{
    brasa__put_bool(w, f->allow_external);
    brasa__put_i32(w, f->nfiles);
    for (int32_t i = 0; i < f->nfiles; i++) {
        brasa__put_str(w, f->files[i].path);
        brasa__put_i64(w, f->files[i].rows);
        brasa__put_i64(w, f->files[i].bytes);
    }
    brasa__put_i32(w, f->nsources);
    for (int32_t i = 0; i < f->nsources; i++) put_source(w, &f->sources[i]);
    brasa__put_i32(w, f->nfields);
    for (int32_t i = 0; i < f->nfields; i++) put_field(w, &f->fields[i]);
    brasa__put_i32(w, f->grid_dims);
    for (int k = 0; k < f->grid_dims; k++) brasa__put_i64(w, f->grid[k]);
    brasa__put_i32(w, f->npieces);
    for (int32_t i = 0; i < f->npieces; i++) {
        brasa__put_i32(w, f->pieces[i].part);
        brasa__put_i64(w, f->pieces[i].from);
        brasa__put_i64(w, f->pieces[i].to);
    }
}

const brasa_h5_foreign *brasa__h5_foreign_get(brasa_reader *r, brasa_arena *arena)
{
    brasa_h5_foreign *f = BRASA_NEW(arena, brasa_h5_foreign);

    f->allow_external = brasa__get_bool(r);
    f->nfiles = brasa__get_count(r, 17);
    f->files = BRASA_NEWS(arena, brasa_h5_foreign_file, f->nfiles + 1);
    for (int32_t i = 0; i < f->nfiles; i++) {
        f->files[i].path = brasa__get_str(r, arena);
        f->files[i].rows = brasa__get_i64(r);
        f->files[i].bytes = brasa__get_i64(r);
        if (f->files[i].path == NULL) r->bad = true;
    }
    f->nsources = brasa__get_count(r, 14);
    f->sources = BRASA_NEWS(arena, brasa_h5_source, f->nsources + 1);
    for (int32_t i = 0; i < f->nsources && !r->bad; i++) get_source(r, arena, &f->sources[i]);
    f->nfields = brasa__get_count(r, 40);
    f->fields = BRASA_NEWS(arena, brasa_h5_field, f->nfields + 1);
    for (int32_t i = 0; i < f->nfields && !r->bad; i++) get_field(r, arena, f->nsources, 0, &f->fields[i]);
    f->grid_dims = brasa__get_i32(r);
    if (f->grid_dims < 0 || f->grid_dims > BRASA_H5_MOST_DIMS) r->bad = true;
    for (int k = 0; k < f->grid_dims && !r->bad; k++) f->grid[k] = brasa__get_i64(r);
    f->npieces = brasa__get_count(r, 20);
    f->pieces = BRASA_NEWS(arena, brasa_h5_piece, f->npieces + 1);
    for (int32_t i = 0; i < f->npieces; i++) {
        f->pieces[i].part = brasa__get_i32(r);
        f->pieces[i].from = brasa__get_i64(r);
        f->pieces[i].to = brasa__get_i64(r);
        if (f->pieces[i].part < 0 || f->pieces[i].part >= f->nfiles) r->bad = true;
    }
    return f;
}
