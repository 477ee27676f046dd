/* test_progress.c -- counters that ranks share, what others say of a rank that does not, and how it all is shown. */
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "obs/progress.h"
#include "obs/show.h"

static void count(brasa_progress *p, int32_t thread, int64_t tasks, int64_t rows)
{
    brasa_progress_line *line = brasa__progress_line(p, thread);

    atomic_store(&line->tasks, tasks);
    atomic_store(&line->rows, rows);
}

static void one_process_counts_for_itself(void **state)
{
    brasa_progress    *p = brasa__progress_new(0, 1, 2);
    brasa_progress_sum sum;

    (void)state;
    assert_int_equal(brasa__progress_place(p).fd, -1);
    brasa__progress_order(p, 1);
    assert_int_equal(brasa__progress_all(p).heard, 0);
    brasa__progress_begin(p, 10);
    count(p, 0, 3, 300);
    count(p, 1, 2, 250);
    sum = brasa__progress_all(p);
    assert_int_equal(sum.tasks, 5);
    assert_int_equal(sum.rows, 550);
    assert_int_equal(sum.total, 10);
    assert_int_equal(sum.heard, 1);
    brasa__progress_order(p, 2); /* what was counted belongs to the stage before */
    assert_int_equal(brasa__progress_all(p).heard, 0);
    brasa__progress_begin(p, 4);
    assert_int_equal(brasa__progress_all(p).tasks, 0);
    brasa__progress_free(p);
}

static void workers_of_a_host_share_a_page(void **state)
{
    brasa_progress      *driver = brasa__progress_new(0, 3, 2), *a = brasa__progress_new(1, 1, 2), *b = brasa__progress_new(2, 1, 1);
    brasa_progress_place place = brasa__progress_place(driver);

    (void)state;
    assert_true(place.fd >= 0);
    brasa__progress_join(a, &place);
    brasa__progress_join(b, &place);
    brasa__progress_order(driver, 7);
    brasa__progress_order(a, 7);
    brasa__progress_order(b, 7);
    brasa__progress_begin(a, 5);
    count(a, 1, 2, 20);
    brasa__progress_begin(b, 6);
    count(b, 0, 6, 60);
    assert_int_equal(brasa__progress_all(driver).tasks, 8);
    assert_int_equal(brasa__progress_all(driver).rows, 80);
    assert_int_equal(brasa__progress_all(driver).total, 11);
    assert_int_equal(brasa__progress_all(driver).heard, 2);
    assert_int_equal(brasa__progress_mine(a).rows, 20);
    brasa__progress_order(driver, 8); /* a is late with the old stage */
    brasa__progress_order(b, 8);
    brasa__progress_begin(b, 1);
    assert_int_equal(brasa__progress_all(driver).heard, 1);
    assert_int_equal(brasa__progress_all(driver).total, 1);
    brasa__progress_free(a);
    brasa__progress_free(b);
    brasa__progress_free(driver);
}

static void a_rank_of_another_host_is_told_of(void **state)
{
    brasa_progress      *driver = brasa__progress_new(0, 3, 1), *here = brasa__progress_new(1, 1, 1), *there = brasa__progress_new(2, 1, 1);
    brasa_progress_place place = brasa__progress_place(driver), elsewhere = place;
    brasa_progress_sum   said = {.tasks = 3, .rows = 30, .total = 9};

    (void)state;
    elsewhere.host ^= 1;
    brasa__progress_join(here, &place);
    brasa__progress_join(there, &elsewhere);
    brasa__progress_order(driver, 1);
    brasa__progress_order(here, 1);
    brasa__progress_order(there, 1);
    brasa__progress_begin(there, 9);
    count(there, 0, 3, 30);
    assert_int_equal(brasa__progress_all(driver).heard, 0);
    brasa__progress_heard(here, 2, &said);
    assert_int_equal(brasa__progress_all(driver).tasks, 3);
    assert_int_equal(brasa__progress_all(driver).total, 9);
    brasa__progress_heard(there, 1, &said); /* has no page: nothing to write to */
    brasa__progress_begin(here, 2);
    brasa__progress_heard(here, 1, &said); /* writes there itself: what others say does not count */
    assert_int_equal(brasa__progress_all(driver).tasks, 3);
    assert_int_equal(brasa__progress_all(driver).heard, 2);
    brasa__progress_free(there);
    brasa__progress_free(here);
    brasa__progress_free(driver);
}

static void a_place_that_is_not_there_is_no_harm(void **state)
{
    brasa_progress      *driver = brasa__progress_new(0, 2, 1), *p = brasa__progress_new(1, 1, 1);
    brasa_progress_place place = brasa__progress_place(driver);

    (void)state;
    place.fd = 0; /* whatever that is, it is not the page */
    brasa__progress_join(p, &place);
    place.fd = 12345;
    place.mark++;
    brasa__progress_join(p, &place);
    place = brasa__progress_place(driver);
    place.mark ^= 4; /* a page, but another's */
    brasa__progress_join(p, &place);
    brasa__progress_order(p, 1);
    brasa__progress_begin(p, 3);
    count(p, 0, 1, 10);
    assert_int_equal(brasa__progress_mine(p).tasks, 1);
    assert_int_equal(brasa__progress_all(driver).heard, 0);
    brasa__progress_free(p);
    brasa__progress_free(driver);
    brasa__progress_order(NULL, 1);
    brasa__progress_begin(NULL, 1);
    assert_int_equal(brasa__progress_all(NULL).heard, 0);
}

static void figures_have_three_digits(void **state)
{
    static const struct {
        double      n;
        const char *text;
    } cases[] = {{0, "0"},          {7, "7"},          {999, "999"},       {1000, "1.00 k"},    {9994, "9.99 k"}, {9996, "10.0 k"},
                 {123456, "123 k"}, {999499, "999 k"}, {999600, "1.00 M"}, {6001215, "6.00 M"}, {1e9, "1.00 G"},  {2.5e18, "2500 P"}};
    char text[24];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        brasa__show_count(cases[i].n, text);
        assert_string_equal(text, cases[i].text);
    }
    brasa__show_time(7.4, text);
    assert_string_equal(text, "0:07");
    brasa__show_time(3599.4, text);
    assert_string_equal(text, "59:59");
    brasa__show_time(3661, text);
    assert_string_equal(text, "1:01:01");
    brasa__show_time(-1, text);
    assert_string_equal(text, "0:00");
}

static void a_bar_fits_any_width(void **state)
{
    brasa_show_stage stage = {
        .job = 1, .stage = 2, .nstages = 8, .name = "scan lineitem, filter, join, aggregate", .tasks = 40, .workers = 3};
    brasa_show_state st = {.stage = &stage, .sum = {.tasks = 10, .rows = 6001215, .total = 40, .heard = 3}, .seconds = 2};
    char             line[600];

    (void)state;
    brasa__show_bar_text(&st, 119, line, sizeof line);
    assert_int_equal(strlen(line), 119);
    assert_text_has(line, "[Stage 3/8 scan lineitem, filter, join, aggregate ==");
    assert_text_has(line, "] 10/40 tasks, 6.00 M rows, 3.00 M/s, 0:06 left");
    for (int width = 1; width < 500; width++) {
        brasa__show_bar_text(&st, width, line, sizeof line);
        assert_true((int)strlen(line) <= width);
        if (width >= 80) assert_text_has(line, "10/40 tasks, 6.00 M rows, 3.00 M/s, 0:06 left");
    }
    st.sum.tasks = 40;
    brasa__show_bar_text(&st, 100, line, sizeof line);
    assert_null(strstr(line, "left"));
    assert_null(strchr(line, '>'));
    stage.tasks = -1; /* not known: what the workers said */
    st.sum.tasks = 20;
    brasa__show_bar_text(&st, 100, line, sizeof line);
    assert_text_has(line, "20/40 tasks");
    st.sum = (brasa_progress_sum) {0};
    brasa__show_bar_text(&st, 100, line, sizeof line);
    assert_text_has(line, "0/0 tasks, 0 rows");
}

static void modes_have_names(void **state)
{
    (void)state;
    assert_int_equal(brasa__show_mode("bar"), BRASA_SHOW_BAR);
    assert_int_equal(brasa__show_mode("log"), BRASA_SHOW_LOG);
    assert_int_equal(brasa__show_mode("json"), BRASA_SHOW_JSON);
    assert_int_equal(brasa__show_mode("off"), BRASA_SHOW_OFF);
}

/* Nothing is printed in mode OFF, however long a stage runs: the thread only has to end. */
static void the_thread_begins_and_ends(void **state)
{
    brasa_progress  *p = brasa__progress_new(0, 1, 1);
    brasa_show      *s = brasa__show_new(p);
    brasa_show_stage stage = {.job = 1, .nstages = 1, .name = "scan", .tasks = 1, .workers = 1};

    (void)state;
    assert_non_null(s);
    for (int i = 0; i < 3; i++) {
        brasa__show_begin(s, BRASA_SHOW_OFF, 0, &stage);
        brasa__show_end(s, 1, 1, i == 1);
    }
    brasa__show_begin(s, BRASA_SHOW_BAR, 0, &stage); /* under half a second */
    brasa__show_end(s, 1, 1, false);
    brasa__show_free(s);
    brasa__progress_free(p);
    brasa__show_begin(NULL, BRASA_SHOW_BAR, 0, &stage);
    brasa__show_end(NULL, 1, 1, false);
    brasa__show_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(one_process_counts_for_itself),
        unit_case(workers_of_a_host_share_a_page),
        unit_case(a_rank_of_another_host_is_told_of),
        unit_case(a_place_that_is_not_there_is_no_harm),
        unit_case(figures_have_three_digits),
        unit_case(a_bar_fits_any_width),
        unit_case(modes_have_names),
        unit_case(the_thread_begins_and_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
