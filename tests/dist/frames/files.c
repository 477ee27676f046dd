/* files.c -- writing and reading back, by mode, format and codec. */
#include <stdio.h>
#include <string.h>

#include "frames.h"

static void check_roundtrip(frames *t, const char *name, const char *codec)
{
    char         uri[FRAMES_PATH];
    brasa_frame *f = frames_sales(t);
    const char  *all = "1|1|Ana|0.5|10.00|2024-01-31\n2|2|Bia|1.5|20.50|2024-02-29\n3|1|Caio, the one of many words|-2.5|30.25|2023-12-25\n"
                       "4|NULL|Dora|NULL|0.01|2024-01-01\n5|3|NULL|NULL|NULL|NULL\n6|2|Bia|4.0|NULL|2024-02-29\n7|1|Ana|0.25|99999.99|NULL\n"
                       "8|NULL|NULL|NULL|-1.00|1999-12-31\n";

    frames_path(t, uri, name);
    is_true(t, brasa_write(f, uri, .mode = BRASA_OVERWRITE, .codec = codec) == BRASA_OK);
    brasa_frame *back = brasa_read(
        t->s, uri, .schema = strstr(name, ".h5") ? NULL : "id BIGINT, k INT, name STRING, x DOUBLE, amount DECIMAL(10,2), day DATE");
    rows_are(t, brasa_sort(back, "id"), all);
    rows_are(t, brasa_select(brasa_sort(brasa_filter(back, "amount > 1 AND name >= 'B'"), "id"), "name, id"),
             "Bia|2\nCaio, the one of many words|3\n");
}

static void check_modes(frames *t)
{
    char         uri[FRAMES_PATH];
    brasa_frame *f = frames_table(t, "a INT;b STRING", "1|x\n2|y\n"), *g = frames_table(t, "a INT;b STRING", "3|z\n");

    frames_path(t, uri, t->spread ? "modes2.h5:/t" : "modes1.h5:/t");
    is_true(t, brasa_write(f, uri) == BRASA_OK);
    is_true(t, brasa_write(g, uri) == BRASA_EXISTS);
    is_true(t, strstr(brasa_last_error(t->s)->text, "modes") != NULL);
    brasa_error_clear(t->s);
    is_true(t, brasa_write(g, uri, .mode = BRASA_IGNORE) == BRASA_OK);
    counts(t, brasa_read(t->s, uri), 2);
    is_true(t, brasa_write(g, uri, .mode = BRASA_APPEND) == BRASA_OK);
    rows_are(t, brasa_sort(brasa_read(t->s, uri), "a"), "1|x\n2|y\n3|z\n");
    is_true(t, brasa_write(g, uri, .mode = BRASA_OVERWRITE) == BRASA_OK);
    rows_are(t, brasa_read(t->s, uri), "3|z\n");
    is_true(t, brasa_write(brasa_filter(f, "false"), uri, .mode = BRASA_OVERWRITE) == BRASA_OK);
    counts(t, brasa_read(t->s, uri), 0);
}

/* A table of many parts; a reader of what it overwrites. */
static void check_large(frames *t)
{
    char             uri[FRAMES_PATH];
    brasa_table_info info;
    int64_t          chunks = 0, bytes = 0;
    brasa_frame     *f = brasa_select(brasa_range(t->s, 0, 60000, 1), "id, id % 100 AS k, concat('row ', CAST(id AS STRING)) AS s");

    frames_path(t, uri, t->spread ? "large2.h5:/t" : "large1.h5:/t");
    is_true(t, brasa_write(t->spread ? brasa_repartition(f, 7) : f, uri, .chunk_rows = 4096) == BRASA_OK);
    brasa_frame *back = brasa_read(t->s, uri);
    counts(t, brasa_except(f, back, true), 0);
    counts(t, brasa_filter(back, "id BETWEEN 31000 AND 31009"), 10);
    is_true(t, brasa_table_describe(back, &info) == BRASA_OK && info.rows == 60000);
    is_true(t, brasa_verify(t->s, uri, &chunks, &bytes) == BRASA_OK && chunks > 0 && bytes > 0);
    is_true(t, brasa_write(brasa_filter(back, "k = 5"), uri, .mode = BRASA_OVERWRITE) == BRASA_OK);
    counts(t, brasa_read(t->s, uri), 600);
    is_true(t, brasa_table_describe(f, &info) == BRASA_INVALID);
    brasa_error_clear(t->s);
}

static void check_failed_write(frames *t)
{
    char         uri[FRAMES_PATH], path[FRAMES_PATH];
    FILE        *there;
    brasa_frame *f = brasa_select(brasa_range(t->s, 0, 30000, 1), "id, 10 / (id - 29999) AS x");

    frames_path(t, uri, "failed.h5:/t");
    frames_path(t, path, "failed.h5");
    is_true(t, brasa_write(t->spread ? brasa_repartition(f, 5) : f, uri) == BRASA_ARITHMETIC);
    there = fopen(path, "r");
    is_true(t, there == NULL);
    if (there != NULL) fclose(there);
    brasa_error_clear(t->s);
}

void frames_check_files(frames *t)
{
    check_roundtrip(t, "sales.h5:/t", NULL);
    check_roundtrip(t, "deflated.h5:/a/b", "deflate");
    check_roundtrip(t, "zstd.h5:/t", "zstd");
    check_roundtrip(t, "lz4.h5:/t", "lz4");
    check_roundtrip(t, t->spread ? "sales2.csv" : "sales1.csv", NULL);
    check_roundtrip(t, t->spread ? "sales2.jsonl" : "sales1.jsonl", NULL);
    check_modes(t);
    check_large(t);
    check_failed_write(t);
}
