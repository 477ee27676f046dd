/* csv_class.c -- the CSV row of format.c, and the wire form of its layout. */
#include "data/type.h"
#include "storage/csv_format.h"
#include "storage/text_sink.h"

static void put_layout(brasa_wire *w, const brasa_table *t)
{
    const brasa_csv_layout *l = t->layout;

    brasa__put_u8(w, (uint8_t)l->dialect.delimiter);
    brasa__put_u8(w, (uint8_t)l->dialect.quote);
    brasa__put_bool(w, l->dialect.trailing);
    brasa__put_bool(w, l->dialect.skip_bad);
    brasa__put_str(w, l->dialect.null_text);
    brasa__put_u8(w, (uint8_t)l->dialect.escape);
    brasa__put_u8(w, (uint8_t)l->dialect.comment);
    brasa__put_u8(w, (uint8_t)l->dialect.decimal);
    brasa__put_bool(w, l->dialect.pad);
    brasa__put_bool(w, l->dialect.lenient);
    brasa__text_files_put(w, &l->files);
    brasa__put_i32(w, l->nfields);
    for (int32_t i = 0; i < t->schema.ncols; i++) brasa__put_i32(w, l->field[i]);
    brasa__put_f64(w, l->record_bytes);
}

static void get_layout(brasa_reader *r, brasa_arena *arena, brasa_table *t)
{
    brasa_csv_layout *l = BRASA_NEW(arena, brasa_csv_layout);
    int32_t          *field = BRASA_NEWS(arena, int32_t, t->schema.ncols + 1);

    l->dialect.delimiter = (char)brasa__get_u8(r);
    l->dialect.quote = (char)brasa__get_u8(r);
    l->dialect.trailing = brasa__get_bool(r);
    l->dialect.skip_bad = brasa__get_bool(r);
    l->dialect.null_text = brasa__get_str(r, arena);
    l->dialect.escape = (char)brasa__get_u8(r);
    l->dialect.comment = (char)brasa__get_u8(r);
    l->dialect.decimal = (char)brasa__get_u8(r);
    l->dialect.pad = brasa__get_bool(r);
    l->dialect.lenient = brasa__get_bool(r);
    brasa__text_files_get(r, arena, &l->files);
    l->nfields = brasa__get_i32(r);
    for (int32_t i = 0; i < t->schema.ncols; i++) {
        field[i] = brasa__get_i32(r);
        if (field[i] < 0 || field[i] >= l->nfields) r->bad = true;
    }
    l->field = field;
    l->record_bytes = brasa__get_f64(r);
    if (l->nfields <= 0 || t->nparts != brasa__text_partitions(&l->files)) r->bad = true;
    t->layout = l;
}

static brasa_status shared_open(brasa_scan_shared *s, brasa_error *err)
{
    (void)s;
    (void)err;
    return BRASA_OK;
}

static const char *const suffixes[] = {".csv", ".tsv", ".tbl", NULL};

const brasa_format_class brasa__csv_class = {
    .format = BRASA_FORMAT_CSV,
    .name = "CSV",
    .suffixes = suffixes,
    .open = brasa__csv_open,
    .put_layout = put_layout,
    .get_layout = get_layout,
    .shared_open = shared_open,
    .scan_open = brasa__csv_scan_open,
    .scan_next = brasa__csv_scan_next,
    .prepare = brasa__csv_prepare,
    .writer_open = brasa__csv_writer_open,
    .writer_push = brasa__csv_writer_push,
    .writer_close = brasa__text_sink_close,
    .commit = brasa__csv_commit,
    .rollback = brasa__text_sink_rollback,
};
