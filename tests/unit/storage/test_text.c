/* Text lines in and out, gzip, and the writing of CSV: quoting, modes, directories. */
#include "support/unit.h"

#include <bzlib.h>
#include <libdeflate.h>
#include <lz4frame.h>
#include <zstd.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/io.h"
#include "support/table.h"

static brasa_read_spec file_spec(unit_state *u, const char *name, const char *text)
{
    return (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), name, text, strlen(text))};
}

static void check_rows(unit_state *u, const brasa_read_spec *spec, const char *rows)
{
    const char *got;

    assert_ok(table_read(u->arena, spec, NULL, 0, &got, &u->err), u->err);
    assert_string_equal(got, rows);
}

static void check_file(unit_state *u, const char *path, const char *want)
{
    char  *data;
    size_t n;

    assert_ok(brasa__io_slurp(u->arena, path, &data, &n, &u->err), u->err);
    assert_string_equal(brasa__arena_strndup(u->arena, data, n), want);
}

static void lines_are_cut_anywhere(void **state)
{
    unit_state *u = *state;

    for (int64_t size = 1; size < 40; size++) {
        brasa_read_spec spec = file_spec(u, "t.txt", "\xef\xbb\xbfone\n\ntwo\r\na longer line than twelve\n\nlast");

        spec.partition_bytes = size;
        check_rows(u, &spec, "one\n\ntwo\na longer line than twelve\n\nlast\n");
    }
}

static void empty_text_has_no_rows(void **state)
{
    brasa_read_spec spec = file_spec(*state, "t.txt", "");

    check_rows(*state, &spec, "");
}

static void lines_that_are_not_utf8_are_refused_or_binary(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "t.txt", "ok\ncaf\xe9\n");
    const char     *got;

    assert_status(table_read(u->arena, &spec, NULL, 0, &got, &u->err), BRASA_DATA, u->err);
    assert_text_has(u->err.text, "t.txt:2:");
    spec.schema = "value BINARY";
    assert_ok(table_read(u->arena, &spec, NULL, 0, &got, &u->err), u->err);
}

static brasa_read_spec gzip_spec(unit_state *u, const char *name, const char *text, int members, size_t cut)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t                        room = libdeflate_gzip_compress_bound(c, strlen(text)) * (size_t)members, n = 0;
    char                         *packed = malloc(room);
    brasa_read_spec               spec;

    for (int i = 0; i < members; i++) n += libdeflate_gzip_compress(c, text, strlen(text), packed + n, room - n);
    spec = (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), name, packed, n - cut)};
    free(packed);
    libdeflate_free_compressor(c);
    return spec;
}

static void gzip_is_read_as_one_partition(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = gzip_spec(u, "t.csv.gz", "a,b\n1,x\n2,y\n", 1, 0);
    const char     *got;

    spec.partition_bytes = 3;
    check_rows(u, &spec, "1|x\n2|y\n");
    spec = gzip_spec(u, "t.txt.gz", "line\n", 3, 0);
    check_rows(u, &spec, "line\nline\nline\n");
    spec = gzip_spec(u, "t.csv.gz", "a,b\n1,x\n2,y\n", 1, 5);
    assert_status(table_read(u->arena, &spec, NULL, 0, &got, &u->err), BRASA_CORRUPT, u->err);
    assert_text_has(u->err.text, "damaged");
}

/* "a,b\n1,x\n2,y\n" packed; each twice is the text twice, each cut short is damaged. */
static void zstd_bzip2_and_lz4_are_read(void **state)
{
    static const char text[] = "a,b\n1,x\n2,y\n";
    unit_state       *u = *state;
    char              packed[3][512];
    size_t            n[3];
    unsigned          room = sizeof packed[1] / 2;
    const char       *names[] = {"t.csv.zst", "t.csv.bz2", "t.csv.lz4"}, *got;

    n[0] = ZSTD_compress(packed[0], sizeof packed[0] / 2, text, strlen(text), 3);
    assert_int_equal(BZ2_bzBuffToBuffCompress(packed[1], &room, (char *)(uintptr_t)text, (unsigned)strlen(text), 1, 0, 0), BZ_OK);
    n[1] = room;
    n[2] = LZ4F_compressFrame(packed[2], sizeof packed[2] / 2, text, strlen(text), NULL);
    for (int i = 0; i < 3; i++) {
        brasa_read_spec spec = {.uri = table_file(u->arena, unit_tmpdir(u->arena), names[i], packed[i], n[i])};

        check_rows(u, &spec, "1|x\n2|y\n");
        memcpy(packed[i] + n[i], packed[i], n[i]);
        spec = (brasa_read_spec) {
            .uri = table_file(u->arena, unit_tmpdir(u->arena), names[i], packed[i], 2 * n[i]), .schema = "a STRING, b STRING", .header = 1};
        check_rows(u, &spec, "1|x\n2|y\na|b\n1|x\n2|y\n");
        for (size_t cut = 1; cut < n[i] - 4; cut++) {
            spec = (brasa_read_spec) {.uri = table_file(u->arena, unit_tmpdir(u->arena), names[i], packed[i], n[i] - cut)};
            assert_status(table_read(u->arena, &spec, NULL, 0, &got, &u->err), BRASA_CORRUPT, u->err);
            assert_text_has(u->err.text, "damaged");
        }
    }
}

static void a_delimiter_that_fits_all_records_is_found(void **state)
{
    static const struct {
        const char *text, *want;
    } files[] = {{"a;b\n1;2,5\n3;x\n", "1|2,5\n3|x\n"}, {"a\tb\n1\t2;5\n", "1|2;5\n"},      {"a|b\n1|2\n", "1|2\n"},
                 {"a\nx;y\nz\n", "x;y\nz\n"},           {"t;u\nx;y\nz\n", "t;u\nx;y\nz\n"}, {"a;b\n", ""}};
    unit_state *u = *state;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        brasa_read_spec spec = file_spec(u, "t.csv", files[i].text);

        if (i == 4) spec.header = -1;
        check_rows(u, &spec, files[i].want);
    }
    brasa_read_spec spec = file_spec(u, "t.csv", "a;b\n1;2\n");
    spec.delimiter = ',';
    check_rows(u, &spec, "1;2\n");
}

static void other_packings_say_what_to_do(void **state)
{
    unit_state     *u = *state;
    brasa_read_spec spec = file_spec(u, "t.csv",
                                     "\375"
                                     "7zXZ"
                                     "....");
    const char     *got;

    assert_status(table_read(u->arena, &spec, NULL, 0, &got, &u->err), BRASA_UNSUPPORTED, u->err);
    assert_text_has(u->err.text, "xz -dk");
    spec = file_spec(u, "t.csv",
                     "\xff\xfe"
                     "a");
    assert_status(table_read(u->arena, &spec, NULL, 0, &got, &u->err), BRASA_CORRUPT, u->err); /* half a character */
    assert_text_has(u->err.text, "UTF-16");
}

static void small_files_share_partitions(void **state)
{
    static const struct {
        const char *suffix, *head, *row;
    } kinds[] = {{"csv", "n,s\n", "%d,x\n"}, {"txt", "", "%d|x\n"}, {"jsonl", "", "{\"n\": %d, \"s\": \"x\"}\n"}};
    unit_state *u = *state;

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        char           *dir = unit_tmpdir(u->arena);
        brasa_read_spec spec = {.uri = brasa__arena_printf(u->arena, "%s/*.%s", dir, kinds[k].suffix)};
        brasa_text      want;
        brasa_table    *t;

        brasa__text_init(&want, u->arena);
        for (int i = 0; i < 200; i++) {
            const char *text = i % 7 == 3 ? "" : brasa__arena_printf(u->arena, kinds[k].row, i);

            text = brasa__arena_printf(u->arena, "%s%s", kinds[k].head, text);
            table_file(u->arena, dir, brasa__arena_printf(u->arena, "f%03d.%s", i, kinds[k].suffix), text, strlen(text));
            if (i % 7 != 3) brasa__text_addf(&want, "%d|x\n", i);
        }
        assert_ok(brasa__table_open(u->arena, &spec, &t, &u->err), u->err);
        assert_in_range(t->nparts, 2, 10);
        check_rows(u, &spec, want.s);
        spec.partition_bytes = 1; /* and every file alone */
        check_rows(u, &spec, want.s);
    }
}

static void a_file_that_changed_is_refused(void **state)
{
    unit_state        *u = *state;
    char              *dir = unit_tmpdir(u->arena);
    brasa_read_spec    spec = {.uri = table_file(u->arena, dir, "t.csv", "a\n1\n", 4)};
    brasa_table       *t;
    brasa_scan_shared *shared;
    brasa_scan        *scan;

    assert_ok(brasa__table_open(u->arena, &spec, &t, &u->err), u->err);
    table_file(u->arena, dir, "t.csv", "a\n1\n2\n", 6);
    assert_ok(brasa__scan_shared_open(u->arena, t, (int32_t[]) {0}, 1, NULL, 0, &shared, &u->err), u->err);
    assert_status(brasa__scan_open(shared, 0, &scan, &u->err), BRASA_CORRUPT, u->err);
    brasa__scan_shared_close(shared);
}

static void csv_comes_back_as_it_was_written(void **state)
{
    unit_state     *u = *state;
    const char     *dir = unit_tmpdir(u->arena);
    brasa_read_spec from = file_spec(
        u, "t.csv",
        "i,d,s,when,at,b,f\n1,1.50,\"a,b\",2001-02-03,2001-02-03 04:05:06.5,true,0.1\n,,,,,,\n-5,-0.01,\"\",1969-12-31,1969-12-31 "
        "23:59:59,false,1e300\n7,9,\" x\ny\"\"z\",2000-02-29,2000-01-01 00:00:00,true,-3\n");
    brasa_write_spec to = {.uri = brasa__arena_printf(u->arena, "%s/sub/out.csv", dir)};
    brasa_read_spec  back = {.uri = to.uri};
    const char      *a, *b;

    from.schema = back.schema = "i INT, d DECIMAL(20,2), s STRING, when DATE, at TIMESTAMP, b BOOLEAN, f DOUBLE";
    from.partition_bytes = 30;
    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    assert_ok(table_read(u->arena, &from, NULL, 0, &a, &u->err), u->err);
    assert_ok(table_read(u->arena, &back, NULL, 0, &b, &u->err), u->err);
    assert_string_equal(a, b);
    check_file(u, to.uri,
               "i,d,s,when,at,b,f\n1,1.50,\"a,b\",2001-02-03,2001-02-03 04:05:06.5,true,0.1\n,,,,,,\n-5,-0.01,\"\",1969-12-31,1969-12-31 "
               "23:59:59,false,1.0E300\n7,9.00,\" x\ny\"\"z\",2000-02-29,2000-01-01 00:00:00,true,-3.0\n");
    assert_false(brasa__io_exists(brasa__arena_printf(u->arena, "%s/sub/.out.csv.brasa-%016llx", dir, (unsigned long long)to.job)));
}

static void null_text_is_told_from_the_same_string(void **state)
{
    unit_state      *u = *state;
    brasa_read_spec  from = file_spec(u, "t.csv", "a,b\nNA,\n,NA\n");
    brasa_write_spec to = {.uri = brasa__arena_printf(u->arena, "%s/out.tsv", unit_tmpdir(u->arena)), .null_text = "NA"};

    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    check_file(u, to.uri, "a\tb\n\"NA\"\tNA\nNA\t\"NA\"\n");
}

static void modes_do_what_they_say(void **state)
{
    unit_state      *u = *state;
    brasa_read_spec  from = file_spec(u, "t.csv", "a,b\n1,x\n"), other = file_spec(u, "o.csv", "a,c\n1,x\n");
    brasa_write_spec to = {.uri = brasa__arena_printf(u->arena, "%s/out.csv", unit_tmpdir(u->arena))};

    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    assert_status(table_copy(u->arena, &from, &to, &u->err), BRASA_EXISTS, u->err);
    to.mode = BRASA_SAVE_IGNORE;
    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    check_file(u, to.uri, "a,b\n1,x\n");
    to.mode = BRASA_SAVE_APPEND;
    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    check_file(u, to.uri, "a,b\n1,x\n1,x\n");
    assert_status(table_copy(u->arena, &other, &to, &u->err), BRASA_TYPE, u->err);
    assert_text_has(u->err.text, "is b, that of the rows to append is c");
    check_file(u, to.uri, "a,b\n1,x\n1,x\n");
    to.mode = BRASA_SAVE_OVERWRITE;
    assert_ok(table_copy(u->arena, &other, &to, &u->err), u->err);
    check_file(u, to.uri, "a,c\n1,x\n");
}

static void a_directory_keeps_its_parts(void **state)
{
    unit_state      *u = *state;
    const char      *dir = unit_tmpdir(u->arena);
    brasa_read_spec  from = file_spec(u, "t.csv", "a,b\n1,x\n2,y\n3,z\n"), back;
    brasa_write_spec to = {.uri = brasa__arena_printf(u->arena, "%s/out/", dir), .format = BRASA_FORMAT_CSV};
    const char      *a, *b;

    from.partition_bytes = 4;
    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    check_file(u, brasa__arena_printf(u->arena, "%s/out/part-00001.csv", dir), "a,b\n2,y\n");
    back = (brasa_read_spec) {.uri = to.uri, .format = BRASA_FORMAT_CSV};
    assert_ok(table_read(u->arena, &from, NULL, 0, &a, &u->err), u->err);
    assert_ok(table_read(u->arena, &back, NULL, 0, &b, &u->err), u->err);
    assert_string_equal(a, b);
    to.mode = BRASA_SAVE_OVERWRITE;
    from.partition_bytes = 0;
    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    check_rows(u, &back, "1|x\n2|y\n3|z\n");
    to.mode = BRASA_SAVE_APPEND;
    to.job = 0;
    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    check_rows(u, &back, "1|x\n2|y\n3|z\n1|x\n2|y\n3|z\n");
}

static void no_rows_still_have_a_header(void **state)
{
    unit_state      *u = *state;
    brasa_read_spec  from = file_spec(u, "t.csv", "a,b\n");
    brasa_write_spec to = {.uri = brasa__arena_printf(u->arena, "%s/out.csv", unit_tmpdir(u->arena))};

    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    check_file(u, to.uri, "a,b\n");
}

static void text_is_written_line_by_line(void **state)
{
    unit_state      *u = *state;
    brasa_read_spec  from = file_spec(u, "t.txt", "one\n\nthree\n");
    brasa_write_spec to = {.uri = brasa__arena_printf(u->arena, "%s/out.txt", unit_tmpdir(u->arena))};

    from.partition_bytes = 2;
    assert_ok(table_copy(u->arena, &from, &to, &u->err), u->err);
    check_file(u, to.uri, "one\n\nthree\n");
    from = file_spec(u, "t.csv", "a,b\n1,x\n");
    to.mode = BRASA_SAVE_OVERWRITE;
    assert_status(table_copy(u->arena, &from, &to, &u->err), BRASA_UNSUPPORTED, u->err);
}

/* --- faults: the right output, or an error and none */

#ifdef BRASA_FAULTS
static bool copy_with_fault(unit_state *u, const brasa_read_spec *from, const char *to, const char *fault)
{
    brasa_write_spec spec = {.uri = to, .mode = BRASA_SAVE_OVERWRITE};
    brasa_status     status;
    char           **names;
    int32_t          n;

    assert_ok(brasa__faults_set(u->ctx->faults, fault, &u->err), u->err);
    status = table_copy(u->arena, from, &spec, &u->err);
    assert_ok(brasa__faults_set(u->ctx->faults, "", &u->err), u->err);
    if (brasa__io_exists(to)) {
        const char     *a, *b;
        brasa_read_spec back = {.uri = to, .schema = from->schema};

        assert_ok(table_read(u->arena, from, NULL, 0, &a, &u->err), u->err);
        assert_ok(table_read(u->arena, &back, NULL, 0, &b, &u->err), u->err);
        assert_string_equal(a, b);
        assert_ok(brasa__io_unlink(to, &u->err), u->err);
    } else {
        assert_int_not_equal(status, BRASA_OK);
    }
    assert_ok(brasa__io_list(u->arena, brasa__arena_printf(u->arena, "%.*s", (int)(strrchr(to, '/') - to), to), &names, &n, &u->err),
              u->err);
    assert_int_equal(n, 0); /* nothing is left behind */
    return status == BRASA_OK;
}

static void faults_leave_the_right_output_or_none(void **state)
{
    static const char *const points[] = {"alloc",          "io.open",  "io.read",  "io.write", "io.write.enospc",
                                         "io.write.short", "io.fsync", "io.close", "io.mkdir", "io.rename"};
    static const struct {
        const char *name, *schema, *text;
    } tables[] = {{"t.csv", "a INT, b STRING", "a,b\n1,\"x\ny\"\n2,a string of some length\n,\n4,w\n"},
                  {"t.txt", NULL, "one\ntwo\n"},
                  {"t.jsonl", NULL, "{\"a\": 1, \"b\": [1, 2]}\n{\"a\": null, \"b\": []}\n"}};
    unit_state *u = *state;

    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        brasa_read_spec from = file_spec(u, tables[t].name, tables[t].text);
        const char     *to = brasa__arena_printf(u->arena, "%s/%s", unit_tmpdir(u->arena), tables[t].name);

        from.schema = tables[t].schema;
        from.partition_bytes = 24;
        for (size_t p = 0; p < sizeof points / sizeof points[0]; p++)
            for (int n = 1; !copy_with_fault(u, &from, to, brasa__arena_printf(u->arena, "%s:%d", points[p], n)); n++)
                assert_true(n < 2000);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(lines_are_cut_anywhere),
        unit_case(empty_text_has_no_rows),
        unit_case(lines_that_are_not_utf8_are_refused_or_binary),
        unit_case(gzip_is_read_as_one_partition),
        unit_case(zstd_bzip2_and_lz4_are_read),
        unit_case(a_delimiter_that_fits_all_records_is_found),
        unit_case(other_packings_say_what_to_do),
        unit_case(small_files_share_partitions),
        unit_case(a_file_that_changed_is_refused),
        unit_case(csv_comes_back_as_it_was_written),
        unit_case(null_text_is_told_from_the_same_string),
        unit_case(modes_do_what_they_say),
        unit_case(a_directory_keeps_its_parts),
        unit_case(no_rows_still_have_a_header),
        unit_case(text_is_written_line_by_line),
#ifdef BRASA_FAULTS
        unit_case(faults_leave_the_right_output_or_none),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
