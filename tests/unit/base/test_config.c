/* test_config.c -- settings from text, environment and arguments; faults; the log's levels; the machine. */
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/fault.h"
#include "base/log.h"

static void values_are_parsed_by_type(void **state)
{
    unit_state   *s = *state;
    brasa_config *c = s->ctx->config;

    assert_int_equal(brasa__setting_int(BRASA_SET_BATCH_ROWS), 2048);
    assert_ok(brasa__config_set(c, "batch-rows", "128", &s->err), s->err);
    assert_int_equal(brasa__setting_int(BRASA_SET_BATCH_ROWS), 128);
    assert_ok(brasa__config_set(c, "MEMORY", "1.5G", &s->err), s->err);
    assert_int_equal(brasa__setting_int(BRASA_SET_MEMORY), 3ll << 29);
    assert_ok(brasa__config_set(c, "memory", "64MiB", &s->err), s->err);
    assert_int_equal(brasa__setting_int(BRASA_SET_MEMORY), 64 << 20);
    assert_ok(brasa__config_set(c, "memory", "4096", &s->err), s->err);
    assert_int_equal(brasa__setting_int(BRASA_SET_MEMORY), 4096);
    assert_ok(brasa__config_set(c, "exact_float_sum", "off", &s->err), s->err);
    assert_false(brasa__setting_bool(BRASA_SET_EXACT_FLOAT_SUM));
    assert_ok(brasa__config_set(c, "scratch", "/x y", &s->err), s->err);
    assert_string_equal(brasa__setting_text(BRASA_SET_SCRATCH), "/x y");
    assert_string_equal(brasa__config_text(c, BRASA_SET_BATCH_ROWS), "128");
}

static void wrong_values_name_setting_value_and_form(void **state)
{
    static const char *const wrong[][2] = {
        {"batch-rows", "100"},
        {"batch-rows", "4096"},
        {"batch-rows", ""},
        {"threads", "two"},
        {"threads", "-1"},
        {"memory", "12Q"},
        {"memory", "-1"},
        {"exact-float-sum", "2"},
        {"log", "loud"},
        {"memory", "99999999999999T"},
        {"faults", "x:0"},
        {"faults", "x@"},
        {"threads", "99999999999999999999"},
    };
    unit_state *s = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_status(brasa__config_set(s->ctx->config, wrong[i][0], wrong[i][1], &s->err), BRASA_INVALID, s->err);
        assert_text_has(s->err.text, wrong[i][0]);
    }
    assert_int_equal(brasa__setting_int(BRASA_SET_BATCH_ROWS), 2048);
    assert_status(brasa__config_set(s->ctx->config, "treads", "1", &s->err), BRASA_INVALID, s->err);
    assert_text_has(s->err.text, "did you mean 'threads'");
}

static void arguments_are_taken_out(void **state)
{
    unit_state *s = *state;
    char *argv[] = {"job", "in.h5", "--threads=3", "--verbose", "--memory", "2G", "--exact-float-sum", "out", "--", "--threads=9", NULL};
    int   argc = 10;

    assert_ok(brasa__config_from_args(s->ctx->config, &argc, argv, &s->err), s->err);
    assert_int_equal(argc, 6);
    assert_string_equal(argv[1], "in.h5");
    assert_string_equal(argv[2], "--verbose");
    assert_string_equal(argv[3], "out");
    assert_string_equal(argv[5], "--threads=9");
    assert_null(argv[6]);
    assert_int_equal(brasa__setting_int(BRASA_SET_THREADS), 3);
    assert_int_equal(brasa__setting_int(BRASA_SET_MEMORY), 2ll << 30);

    char *cut[] = {"job", "--threads", NULL};
    argc = 2;
    assert_status(brasa__config_from_args(s->ctx->config, &argc, cut, &s->err), BRASA_INVALID, s->err);
    assert_text_has(s->err.text, "--threads");
}

static void the_environment_is_read(void **state)
{
    unit_state *s = *state;

    setenv("BRASA_SHUFFLE_PARTITIONS", "7", 1);
    setenv("BRASA_TEST_ANYTHING", "x", 1);
    assert_ok(brasa__config_from_env(s->ctx->config, &s->err), s->err);
    assert_int_equal(brasa__setting_int(BRASA_SET_SHUFFLE_PARTITIONS), 7);
    setenv("BRASA_BACTH_ROWS", "64", 1);
    assert_status(brasa__config_from_env(s->ctx->config, &s->err), BRASA_INVALID, s->err);
    assert_text_has(s->err.text, "batch-rows");
    assert_text_has(s->err.text, "BRASA_BACTH_ROWS");
    unsetenv("BRASA_BACTH_ROWS");
    unsetenv("BRASA_SHUFFLE_PARTITIONS");
}

static void a_configuration_travels(void **state)
{
    unit_state   *s = *state;
    brasa_config *other = brasa__config_new();
    brasa_wire    w;

    assert_ok(brasa__config_set(other, "threads", "5", &s->err), s->err);
    assert_ok(brasa__config_set(s->ctx->config, "deadline", "5", &s->err), s->err);
    brasa__wire_init(&w, s->arena);
    brasa__config_put(other, &w);
    brasa_reader r = brasa__reader(w.data, w.len);
    assert_ok(brasa__config_get(s->ctx->config, &r, &s->err), s->err);
    assert_int_equal(brasa__setting_int(BRASA_SET_THREADS), 5);
    assert_int_equal(brasa__setting_int(BRASA_SET_DEADLINE), 600);
    r = brasa__reader(w.data, w.len - 3);
    assert_status(brasa__config_get(s->ctx->config, &r, &s->err), BRASA_CORRUPT, s->err);
    brasa__config_free(other);
}

static void every_setting_has_a_valid_default_and_a_doc(void **state)
{
    unit_state *s = *state;

    for (int32_t i = 0; i < brasa__setting_count(); i++) {
        brasa_setting it = (brasa_setting)i;
        assert_true(strlen(brasa__setting_doc(it)) > 10);
        assert_ok(brasa__config_set(s->ctx->config, brasa__setting_key(it), brasa__setting_default(it), &s->err), s->err);
    }
    brasa__ctx_set(NULL); /* a thread without context sees the defaults */
    assert_int_equal(brasa__setting_int(BRASA_SET_BATCH_ROWS), 2048);
    assert_string_equal(brasa__setting_text(BRASA_SET_LOG), "warn");
    brasa__ctx_set(s->ctx);
}

static void faults_fire_at_their_count_and_rank(void **state)
{
    unit_state *s = *state;

    assert_ok(brasa__faults_set(s->ctx->faults, "a:2,b:2+,c@1,d@0", &s->err), s->err);
    assert_false(brasa__fault_fires("a"));
    assert_true(brasa__fault_fires("a"));
    assert_false(brasa__fault_fires("a"));
    assert_false(brasa__fault_fires("b"));
    assert_true(brasa__fault_fires("b"));
    assert_true(brasa__fault_fires("b"));
    assert_false(brasa__fault_fires("c"));
    assert_true(brasa__fault_fires("d"));
    assert_false(brasa__fault_fires("e"));
    assert_status(brasa__faults_set(s->ctx->faults, "a:x", &s->err), BRASA_INVALID, s->err);
    assert_false(brasa__fault_fires("a"));
}

static void log_levels_come_from_the_setting(void **state)
{
    unit_state *s = *state;

    assert_true(brasa__log_on(BRASA_LOG_WARN));
    assert_false(brasa__log_on(BRASA_LOG_INFO));
    assert_ok(brasa__config_set(s->ctx->config, "log", "debug", &s->err), s->err);
    assert_true(brasa__log_on(BRASA_LOG_DEBUG));
    assert_ok(brasa__config_set(s->ctx->config, "log", "error", &s->err), s->err);
    assert_false(brasa__log_on(BRASA_LOG_WARN));
}

static void the_machine_has_a_size(void **state)
{
    (void)state;
    assert_in_range(brasa__machine_cores(), 1, 100000);
    assert_true(brasa__machine_memory() > 1 << 20);
    size_t all = brasa__machine_memory();
    setenv("SLURM_MEM_PER_NODE", "100", 1);
    assert_true(brasa__machine_memory() <= (size_t)100 << 20 && brasa__machine_memory() <= all);
    unsetenv("SLURM_MEM_PER_NODE");
    int64_t t = brasa__clock_ns();
    brasa__sleep_us(1000);
    assert_true(brasa__clock_ns() - t >= 1000000);
    assert_true(brasa__clock_unix_us() > 1600000000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(values_are_parsed_by_type),
        unit_case(wrong_values_name_setting_value_and_form),
        unit_case(arguments_are_taken_out),
        unit_case(the_environment_is_read),
        unit_case(a_configuration_travels),
        unit_case(every_setting_has_a_valid_default_and_a_doc),
        unit_case(faults_fire_at_their_count_and_rank),
        unit_case(log_levels_come_from_the_setting),
        unit_case(the_machine_has_a_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
