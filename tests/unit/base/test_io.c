/* test_io.c -- files, directories and globs; and what the fault points make of them. */
#include "support/unit.h"

#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/io.h"

static void what_is_written_is_read(void **state)
{
    unit_state *s = *state;
    char       *path = brasa__arena_printf(s->arena, "%s/f", unit_tmpdir(s->arena));
    char        buf[16] = {0};
    int         fd;
    brasa_stat  st;
    int64_t     got;

    assert_ok(brasa__io_open(path, BRASA_IO_WRITE | BRASA_IO_EXCLUSIVE, &fd, &s->err), s->err);
    assert_ok(brasa__io_reserve(fd, 0, 4096, 8192, &got, path, &s->err), s->err);
    assert_int_equal(got, 8192);
    assert_ok(brasa__io_write(fd, "hello", 5, path, &s->err), s->err);
    assert_ok(brasa__io_pwrite(fd, "J", 1, 0, path, &s->err), s->err);
    assert_ok(brasa__io_fsync(fd, path, &s->err), s->err);
    assert_ok(brasa__io_pread(fd, buf, 3, 2, path, &s->err), s->err);
    assert_string_equal(buf, "llo");
    assert_status(brasa__io_pread(fd, buf, 6, 0, path, &s->err), BRASA_CORRUPT, s->err);
    assert_text_has(s->err.text, path);
    assert_ok(brasa__io_fstat(fd, &st, path, &s->err), s->err);
    assert_int_equal(st.bytes, 5);
    assert_ok(brasa__io_truncate(fd, 2, path, &s->err), s->err);
    assert_ok(brasa__io_close(fd, path, &s->err), s->err);
    assert_ok(brasa__io_stat(path, &st, &s->err), s->err);
    assert_int_equal(st.bytes, 2);
    assert_false(st.is_dir);
    assert_status(brasa__io_open(path, BRASA_IO_EXCLUSIVE, &fd, &s->err), BRASA_EXISTS, s->err);
}

static void missing_files_are_not_found(void **state)
{
    unit_state *s = *state;
    char       *path = brasa__arena_printf(s->arena, "%s/none", unit_tmpdir(s->arena));
    int         fd;
    brasa_stat  st;
    char       *data;
    char      **names;
    int32_t     count;
    size_t      bytes;

    assert_status(brasa__io_open(path, BRASA_IO_READ, &fd, &s->err), BRASA_NOT_FOUND, s->err);
    assert_int_equal(fd, -1);
    assert_status(brasa__io_stat(path, &st, &s->err), BRASA_NOT_FOUND, s->err);
    assert_status(brasa__io_slurp(s->arena, path, &data, &bytes, &s->err), BRASA_NOT_FOUND, s->err);
    assert_status(brasa__io_list(s->arena, path, &names, &count, &s->err), BRASA_NOT_FOUND, s->err);
    assert_status(brasa__io_glob(s->arena, path, &names, &count, &s->err), BRASA_NOT_FOUND, s->err);
    assert_text_has(s->err.text, path);
    assert_false(brasa__io_exists(path));
    assert_ok(brasa__io_remove_tree(path, &s->err), s->err);
}

static void put_file(unit_state *s, const char *path, const char *text)
{
    int fd;

    assert_ok(brasa__io_open(path, BRASA_IO_CREATE | BRASA_IO_TRUNCATE, &fd, &s->err), s->err);
    assert_ok(brasa__io_write(fd, text, strlen(text), path, &s->err), s->err);
    assert_ok(brasa__io_close(fd, path, &s->err), s->err);
}

static void directories_are_made_listed_and_removed(void **state)
{
    unit_state *s = *state;
    char       *top = unit_tmpdir(s->arena);
    char       *deep = brasa__arena_printf(s->arena, "%s/a/b/c", top);
    char      **names;
    int32_t     count;

    assert_ok(brasa__io_mkdir(deep, true, &s->err), s->err);
    assert_ok(brasa__io_mkdir(deep, true, &s->err), s->err);
    assert_status(brasa__io_mkdir(deep, false, &s->err), BRASA_EXISTS, s->err);
    put_file(s, brasa__arena_printf(s->arena, "%s/z", deep), "1");
    put_file(s, brasa__arena_printf(s->arena, "%s/b.csv", top), "2");
    put_file(s, brasa__arena_printf(s->arena, "%s/a.csv", top), "3");
    put_file(s, brasa__arena_printf(s->arena, "%s/[x].csv", top), "4");
    assert_ok(brasa__io_list(s->arena, top, &names, &count, &s->err), s->err);
    assert_int_equal(count, 4);
    assert_string_equal(names[0], "[x].csv");
    assert_string_equal(names[1], "a");
    assert_ok(brasa__io_glob(s->arena, brasa__arena_printf(s->arena, "%s/?.csv", top), &names, &count, &s->err), s->err);
    assert_int_equal(count, 2);
    assert_text_has(names[0], "/a.csv");
    assert_ok(brasa__io_glob(s->arena, brasa__arena_printf(s->arena, "%s/[x].csv", top), &names, &count, &s->err), s->err);
    assert_int_equal(count, 1);
    assert_status(brasa__io_glob(s->arena, brasa__arena_printf(s->arena, "%s/*.h5", top), &names, &count, &s->err), BRASA_NOT_FOUND,
                  s->err);
    assert_ok(brasa__io_rename(brasa__arena_printf(s->arena, "%s/a.csv", top), brasa__arena_printf(s->arena, "%s/c.csv", top), &s->err),
              s->err);
    assert_ok(brasa__io_fsync_dir(top, &s->err), s->err);
    assert_ok(brasa__io_remove_tree(brasa__arena_printf(s->arena, "%s/a", top), &s->err), s->err);
    assert_false(brasa__io_exists(deep));
}

static void a_link_holds_its_text(void **state)
{
    unit_state *s = *state;
    char       *dir = unit_tmpdir(s->arena), *path = brasa__arena_printf(s->arena, "%s/note", dir), *text;

    assert_status(brasa__io_readlink(s->arena, path, &text, &s->err), BRASA_NOT_FOUND, s->err);
    assert_ok(brasa__io_symlink("host 12 345", path, &s->err), s->err);
    assert_ok(brasa__io_readlink(s->arena, path, &text, &s->err), s->err);
    assert_string_equal(text, "host 12 345");
    assert_status(brasa__io_symlink("another", path, &s->err), BRASA_EXISTS, s->err);
    assert_status(brasa__io_readlink(s->arena, dir, &text, &s->err), BRASA_INVALID, s->err);
    assert_ok(brasa__io_unlink(path, &s->err), s->err);
    assert_status(brasa__io_readlink(s->arena, path, &text, &s->err), BRASA_NOT_FOUND, s->err);
}

static void slurp_reads_whole_files_of_any_size(void **state)
{
    unit_state *s = *state;
    char       *path = brasa__arena_printf(s->arena, "%s/f", unit_tmpdir(s->arena));
    char       *data;
    size_t      bytes;

    put_file(s, path, "");
    assert_ok(brasa__io_slurp(s->arena, path, &data, &bytes, &s->err), s->err);
    assert_int_equal(bytes, 0);
    assert_string_equal(data, "");
    put_file(s, path, "abc");
    assert_ok(brasa__io_slurp(s->arena, path, &data, &bytes, &s->err), s->err);
    assert_int_equal(bytes, 3);
    assert_string_equal(data, "abc");
    assert_ok(brasa__io_slurp(s->arena, "/proc/self/status", &data, &bytes, &s->err), s->err); /* says that it has 0 bytes */
    assert_text_has(data, "Name:");
}

#ifdef BRASA_FAULTS
static void io_faults_give_their_outcome(void **state)
{
    unit_state *s = *state;
    char       *path = brasa__arena_printf(s->arena, "%s/f", unit_tmpdir(s->arena));
    char        buf[16] = {0};
    int         fd;

    assert_ok(brasa__io_open(path, BRASA_IO_CREATE, &fd, &s->err), s->err);
    assert_ok(brasa__faults_set(s->ctx->faults, "io.write.short:1+,io.read.short:1+", &s->err), s->err);
    assert_ok(brasa__io_write(fd, "hello", 5, path, &s->err), s->err);
    assert_ok(brasa__io_pread(fd, buf, 5, 0, path, &s->err), s->err);
    assert_string_equal(buf, "hello");
    assert_ok(brasa__faults_set(s->ctx->faults, "io.write.enospc:2,io.read,io.fsync,io.rename,io.open,io.close", &s->err), s->err);
    assert_ok(brasa__io_write(fd, "x", 1, path, &s->err), s->err);
    assert_status(brasa__io_write(fd, "x", 1, path, &s->err), BRASA_NO_SPACE, s->err);
    assert_status(brasa__io_pread(fd, buf, 1, 0, path, &s->err), BRASA_IO, s->err);
    assert_status(brasa__io_fsync(fd, path, &s->err), BRASA_IO, s->err);
    assert_status(brasa__io_rename(path, path, &s->err), BRASA_IO, s->err);
    assert_status(brasa__io_close(fd, path, &s->err), BRASA_IO, s->err);
    assert_status(brasa__io_open(path, BRASA_IO_READ, &fd, &s->err), BRASA_IO, s->err);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(what_is_written_is_read),
        unit_case(missing_files_are_not_found),
        unit_case(directories_are_made_listed_and_removed),
        unit_case(a_link_holds_its_text),
        unit_case(slurp_reads_whole_files_of_any_size),
#ifdef BRASA_FAULTS
        unit_case(io_faults_give_their_outcome),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
