/* h5_tool.c -- HDF5 tables for the checks in Python: `write DIR` makes tables with known rows, `read URI [vector] [uint64] [external] [datasets=...]` prints one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/ctx.h"
#include "data/string.h"
#include "data/type.h"
#include "data/value.h"
#include "support/stored.h"

static int fail(const brasa_error *err)
{
    fprintf(stderr, "%s: %s\n", brasa_status_name((brasa_status)err->code), err->text);
    return 1;
}

/* Row i: null in nullable columns where i % 7 == 3. */
static void fill_row(brasa_arena *a, brasa_schema s, int64_t i, brasa_value *v)
{
    for (int32_t c = 0; c < s.ncols; c++) {
        brasa_type t = s.cols[c].type;

        v[c] = (brasa_value) {.type = t, .null = s.cols[c].nullable && i % 7 == 3};
        if (t.kind == BRASA_KIND_BOOL)
            v[c].u.b = i % 2 == 1;
        else if (t.kind == BRASA_KIND_FLOAT64 || t.kind == BRASA_KIND_FLOAT32)
            v[c].u.f = (double)i / 4;
        else if (t.kind == BRASA_KIND_DECIMAL && t.precision > 18)
            v[c].u.d = (brasa_int128)i * 1000000007;
        else if (t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY) {
            v[c].u.s.p = strcmp(s.cols[c].name, "word") == 0   ? brasa__arena_printf(a, "w%d", (int)(i % 5))
                         : strcmp(s.cols[c].name, "text") == 0 ? brasa__arena_printf(a, "%0*d", (int)(i % 50 == 49 ? 20000 : 1 + i % 9), 7)
                                                               : brasa__arena_printf(a, "\xc3\xa9-%lld", (long long)i);
            v[c].u.s.n = strlen(v[c].u.s.p);
        } else if (t.kind == BRASA_KIND_LIST || t.kind == BRASA_KIND_VECTOR) {
            int32_t      n = t.kind == BRASA_KIND_VECTOR ? t.length : (int32_t)(i % 4);
            brasa_value *items = BRASA_NEWS(a, brasa_value, n + 1);
            for (int32_t k = 0; k < n; k++) {
                items[k].type = t.kind == BRASA_KIND_VECTOR ? brasa__type(BRASA_KIND_FLOAT32) : t.fields[0].type;
                if (t.kind == BRASA_KIND_VECTOR)
                    items[k].u.f = (double)(i + k);
                else
                    items[k].u.i = i * 10 + k;
            }
            v[c].u.list.items = items;
            v[c].u.list.n = n;
        } else {
            v[c].u.i = i % 120;
        }
    }
}

static void take(void *arg, brasa_block *b)
{
    brasa__blocks_add(arg, b);
}

static brasa_status write_table(brasa_arena *a, const char *uri, const char *columns, int32_t nparts, int32_t rows, const char *codec,
                                brasa_save_mode mode, brasa_error *err)
{
    brasa_schema s;
    brasa_batch *batches = BRASA_NEWS(a, brasa_batch, nparts);
    brasa_blocks blocks = {0};
    brasa_status status;

    BRASA_TRY(brasa__schema_parse(a, columns, &s, err));
    for (int32_t p = 0; p < nparts; p++) {
        brasa_appender *app = brasa__appender_new(s, (rows + 63) / 64 * 64 + 64);
        brasa_value    *v = BRASA_NEWS(a, brasa_value, s.ncols);
        for (int32_t i = 0; i < rows; i++) {
            fill_row(a, s, (int64_t)p * rows + i, v);
            brasa__appender_push_values(app, v, take, &blocks);
        }
        brasa__appender_finish(app, take, &blocks);
        brasa__appender_free(app);
        if (rows > 0) batches[p] = (brasa_batch) {.rows = rows, .ncols = s.ncols, .cols = blocks.items[p]->cols, .nsel = rows};
    }
    status = stored_write(a, (brasa_write_spec) {.uri = uri, .codec = codec, .mode = mode, .chunk_rows = 128}, s, batches,
                          rows > 0 ? nparts : 0, 0, err);
    brasa__blocks_clear(&blocks);
    return status;
}

static brasa_status write_all(brasa_arena *a, const char *dir, brasa_error *err)
{
    const char *all =
        "b BOOLEAN, i8 TINYINT, i16 SMALLINT, i32 INT, i64 BIGINT NOT NULL, f32 FLOAT, f64 DOUBLE, dec DECIMAL(12,2), big DECIMAL(38,4), day DATE, ts TIMESTAMP, clock TIME,"
        " name STRING, word STRING, text STRING, bin BINARY, list ARRAY<BIGINT>, vec VECTOR(3)";
    const char *simple =
        "b BOOLEAN, i8 TINYINT, i64 BIGINT, f64 DOUBLE, dec DECIMAL(12,2), big DECIMAL(38,4), day DATE, ts TIMESTAMP, name STRING, `a/b` STRING, vec VECTOR(3)";
    const char *plain = "i64 BIGINT NOT NULL, f64 DOUBLE, name STRING, word STRING, day DATE";

    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/one.h5", dir), all, 1, 1000, NULL, BRASA_SAVE_ERROR, err));
    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/small.h5:/t", dir), all, 1, 5, NULL, BRASA_SAVE_ERROR, err));
    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/parts.h5:/deep/t", dir), all, 3, 300, NULL, BRASA_SAVE_ERROR, err));
    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/deflate.h5:/t", dir), all, 1, 1000, "deflate", BRASA_SAVE_ERROR, err));
    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/simple.h5:/t", dir), simple, 1, 1000, NULL, BRASA_SAVE_ERROR, err));
    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/empty.h5:/t", dir), all, 0, 0, NULL, BRASA_SAVE_ERROR, err));
    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/two.h5:/a", dir), plain, 1, 100, NULL, BRASA_SAVE_ERROR, err));
    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/two.h5:/b", dir), plain, 1, 200, NULL, BRASA_SAVE_ERROR, err));
    BRASA_TRY(write_table(a, brasa__arena_printf(a, "%s/grown.h5:/t", dir), plain, 1, 100, NULL, BRASA_SAVE_ERROR, err));
    return write_table(a, brasa__arena_printf(a, "%s/grown.h5:/t", dir), plain, 2, 50, NULL, BRASA_SAVE_APPEND, err);
}

static brasa_status print_table(brasa_arena *a, const brasa_read_spec *spec, brasa_error *err)
{
    stored_read got;
    brasa_text  t;

    BRASA_TRY(stored_scan(a, spec, NULL, 0, NULL, 0, &got, err));
    brasa__text_init(&t, a);
    for (int32_t c = 0; c < got.table->schema.ncols; c++) {
        brasa__text_addf(&t, "%s%s ", c == 0 ? "" : ", ", got.table->schema.cols[c].name);
        brasa__type_text(got.table->schema.cols[c].type, &t);
    }
    printf("%s\n", t.s);
    for (int32_t k = 0; k < got.blocks.count; k++) {
        const brasa_block *b = got.blocks.items[k];
        for (int32_t i = 0; i < b->rows; i++) {
            brasa_arena *row = brasa__arena_new(a, "row");
            brasa__text_init(&t, row);
            for (int32_t c = 0; c < b->ncols; c++) {
                brasa_value v = brasa__column_value(&b->cols[c], i, row);
                if (c > 0) brasa__text_add(&t, "|");
                if (v.null)
                    brasa__text_add(&t, "NULL");
                else
                    brasa__value_text(&v, &t);
            }
            fwrite(t.s, 1, t.len, stdout);
            putchar('\n');
            brasa__arena_free(row);
        }
    }
    return BRASA_OK;
}

int main(int argc, char **argv)
{
    brasa_ctx      *ctx = brasa__ctx_new(0, 1);
    brasa_arena    *a;
    brasa_error     err;
    brasa_status    status = BRASA_INVALID;
    brasa_read_spec spec = {0};

    brasa__ctx_set(ctx);
    brasa__error_clear(&err);
    brasa__config_set(ctx->config, "merge-bytes", "0", &err); /* parts stay parts, however small */
    a = brasa__arena_new(NULL, "tool");
    if (argc >= 3 && strcmp(argv[1], "write") == 0) status = write_all(a, argv[2], &err);
    if (argc >= 3 && strcmp(argv[1], "read") == 0) {
        spec.uri = argv[2];
        for (int i = 3; i < argc; i++) {
            spec.as_vector |= strcmp(argv[i], "vector") == 0;
            spec.uint64_decimal |= strcmp(argv[i], "uint64") == 0;
            spec.allow_external |= strcmp(argv[i], "external") == 0;
            if (strncmp(argv[i], "datasets=", 9) == 0) spec.datasets = argv[i] + 9;
        }
        status = print_table(a, &spec, &err);
    }
    if (status != BRASA_OK) fail(&err);
    brasa__arena_free(a);
    brasa__ctx_set(NULL);
    brasa__ctx_free(ctx);
    return status == BRASA_OK ? 0 : 1;
}
