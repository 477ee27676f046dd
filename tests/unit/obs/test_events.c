/* test_events.c -- the event log's file: one valid JSON object a line, whatever the texts hold; a log that cannot be written fails nothing. */
#include "support/unit.h"

#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "obs/events.h"

static brasa_events *open_in(unit_state *s, const char *folder, const char *app)
{
    brasa_events *e = NULL;

    assert_ok(brasa__events_open(folder, app, "9.9.9", &e, &s->err), s->err);
    return e;
}

/* The lines of the log, each parsed; the text of a member of line i. */
static json_t **lines_of(unit_state *s, const char *path, int *count)
{
    json_t **lines = BRASA_NEWS(s->arena, json_t *, 1000);
    size_t   bytes = 0;
    char    *text;

    assert_ok(brasa__io_slurp(s->arena, path, &text, &bytes, &s->err), s->err);
    text = brasa__arena_dup_bytes(s->arena, text, bytes);
    *count = 0;
    for (char *p = text, *end; (end = strchr(p, '\n')) != NULL; p = end + 1) {
        json_error_t why;

        lines[*count] = json_loadb(p, (size_t)(end - p), JSON_REJECT_DUPLICATES, &why);
        if (lines[*count] == NULL) fail_msg("line %d: %s: %s", *count, why.text, p);
        (*count)++;
        text = end + 1;
    }
    assert_int_equal(*text, '\0');
    return lines;
}

static void drop(json_t **lines, int n)
{
    for (int i = 0; i < n; i++) json_decref(lines[i]);
}

static const char *member(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    assert_non_null(text);
    return text;
}

static void a_log_begins_with_its_version_and_is_the_owners_alone(void **state)
{
    unit_state   *s = *state;
    char         *folder = brasa__arena_printf(s->arena, "%s/a/b", unit_tmpdir(s->arena));
    brasa_events *e = open_in(s, folder, "my app/../x");
    char         *path = brasa__arena_strdup(s->arena, brasa__events_path(e));
    struct stat   st;
    int           n;

    brasa__events_close(e);
    assert_text_has(path, "/a/b/my_app_.._x-");
    assert_text_has(path, ".brasa.jsonl");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    json_t **lines = lines_of(s, path, &n);
    assert_int_equal(n, 1);
    assert_string_equal(member(lines[0], "event"), "log");
    assert_string_equal(member(lines[0], "brasa"), "9.9.9");
    assert_int_equal(json_integer_value(json_object_get(lines[0], "version")), 1);
    drop(lines, n);
}

static void any_bytes_become_valid_text(void **state)
{
    static const char *const given[] = {
        "plain", "caf\xC3\xA9", "\xFF\xFE", "a\xC3", "\xED\xA0\x80", "\xF4\x90\x80\x80", "quote \" \\ \n \x01 \x7F", ""};
    static const char *const want[] = {"plain",
                                       "caf\xC3\xA9",
                                       "\xEF\xBF\xBD\xEF\xBF\xBD",
                                       "a\xEF\xBF\xBD",
                                       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
                                       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
                                       "quote \" \\ \n \x01 \x7F",
                                       ""};
    enum { N = sizeof given / sizeof *given };
    unit_state   *s = *state;
    brasa_events *e = open_in(s, unit_tmpdir(s->arena), "texts");
    char         *path = brasa__arena_strdup(s->arena, brasa__events_path(e));
    int           n;

    for (int i = 0; i < N; i++) brasa__events_put(e, "t", json_pack("{s:s}", "x", brasa__events_text(s->arena, given[i])));
    brasa__events_close(e);
    json_t **lines = lines_of(s, path, &n);
    assert_int_equal(n, 1 + N);
    for (int i = 0; i < N; i++) assert_string_equal(member(lines[1 + i], "x"), want[i]);
    drop(lines, n);
    assert_null(brasa__events_text(s->arena, NULL));
}

static void put_numbers(brasa_events *e, int i, int64_t big)
{
    const brasa_events_member members[] = {BRASA_EVENTS_NUMBER("big", big),
                                           BRASA_EVENTS_NUMBER("none", BRASA_EVENTS_NONE),
                                           {.key = "what", .word = "word"},
                                           BRASA_EVENTS_NUMBER("i", i)};

    brasa__events_numbers(e, "task", i, members, 4);
}

static void long_lines_and_many_numbers_are_whole(void **state)
{
    unit_state   *s = *state;
    brasa_events *e = open_in(s, unit_tmpdir(s->arena), "long");
    char         *path = brasa__arena_strdup(s->arena, brasa__events_path(e)), *text = BRASA_NEWS(s->arena, char, 300001);
    int           n;

    memset(text, 'x', 300000);
    for (int i = 0; i < 300; i++) put_numbers(e, i, INT64_MAX);
    brasa__events_put(e, "long", json_pack("{s:s, s:I}", "x", text, "big", (json_int_t)INT64_MIN));
    brasa__events_put(e, "empty", json_object());
    for (int i = 0; i < 300; i++) put_numbers(e, i, -i);
    brasa__events_close(e);
    json_t **lines = lines_of(s, path, &n);
    assert_int_equal(n, 603);
    for (int i = 0; i < 300; i++) assert_int_equal(json_integer_value(json_object_get(lines[1 + i], "i")), i);
    assert_true(json_integer_value(json_object_get(lines[5], "big")) == INT64_MAX);
    assert_true(json_integer_value(json_object_get(lines[403], "big")) == -100);
    assert_string_equal(member(lines[5], "what"), "word");
    assert_null(json_object_get(lines[5], "none"));
    assert_true(json_integer_value(json_object_get(lines[301], "big")) == INT64_MIN);
    assert_int_equal(strlen(member(lines[301], "x")), 300000);
    assert_string_equal(member(lines[302], "event"), "empty");
    drop(lines, n);
}

static void two_logs_of_one_second_are_two_files(void **state)
{
    unit_state   *s = *state;
    char         *folder = unit_tmpdir(s->arena);
    brasa_events *a = open_in(s, folder, "same"), *b = open_in(s, folder, "same"), *c = open_in(s, folder, "same");

    assert_string_not_equal(brasa__events_path(a), brasa__events_path(b));
    assert_string_not_equal(brasa__events_path(b), brasa__events_path(c));
    brasa__events_close(a);
    brasa__events_close(b);
    brasa__events_close(c);
}

static void a_folder_that_is_a_file_is_an_error(void **state)
{
    unit_state   *s = *state;
    char         *path = brasa__arena_printf(s->arena, "%s/file", unit_tmpdir(s->arena));
    brasa_events *e = NULL;
    int           fd;

    assert_ok(brasa__io_open(path, BRASA_IO_CREATE, &fd, &s->err), s->err);
    assert_ok(brasa__io_close(fd, path, &s->err), s->err);
    assert_true(brasa__events_open(path, "x", "1", &e, &s->err) != BRASA_OK);
    assert_text_has(s->err.text, path);
    assert_null(e);
}

static void without_a_log_nothing_happens(void **state)
{
    (void)state;
    brasa__events_put(NULL, "x", json_object());
    brasa__events_numbers(NULL, "x", 0, NULL, 0);
    brasa__events_flush(NULL);
    brasa__events_close(NULL);
    assert_null(brasa__events());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(a_log_begins_with_its_version_and_is_the_owners_alone),
        unit_case(any_bytes_become_valid_text),
        unit_case(long_lines_and_many_numbers_are_whole),
        unit_case(two_logs_of_one_second_are_two_files),
        unit_case(a_folder_that_is_a_file_is_an_error),
        unit_case(without_a_log_nothing_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
