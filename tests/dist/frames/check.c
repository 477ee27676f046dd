/* check.c -- comparing frames with text, and tables from text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"

static void *must(void *p)
{
    if (p == NULL) abort();
    return p;
}

typedef struct lines {
    char  **line;
    int64_t n;
} lines;

static void lines_add(lines *l, const char *text, size_t bytes)
{
    l->line = must(realloc(l->line, sizeof *l->line * (size_t)(l->n + 1)));
    l->line[l->n++] = must(strndup(text, bytes));
}

static void lines_free(lines *l)
{
    for (int64_t i = 0; i < l->n; i++) free(l->line[i]);
    free(l->line);
}

static lines of_text(const char *text)
{
    lines l = {.n = 0};

    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        lines_add(&l, text, n);
        text += n + (text[n] == '\n');
    }
    return l;
}

static lines of_result(const brasa_result *r)
{
    lines        l = {.n = 0};
    brasa_schema schema = brasa_result_schema(r);

    for (int64_t i = 0; i < brasa_result_rows(r); i++) {
        char   row[2048];
        size_t at = 0;

        row[0] = '\0';
        for (int32_t c = 0; c < schema.ncols; c++) {
            brasa_value v = brasa_result_value(r, i, c);
            char       *text = brasa_value_text_new(&v, NULL);
            at += (size_t)snprintf(row + at, sizeof row - at, "%s%s", c ? "|" : "", text);
            brasa_text_free(text);
            if (at >= sizeof row) abort();
        }
        lines_add(&l, row, at);
    }
    return l;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void failed(frames *t, const char *file, int line)
{
    const char *name = strrchr(file, '/');

    t->failed++;
    fprintf(stderr, "%s:%d (%s): ", name ? name + 1 : file, line, t->spread ? "spread" : "one partition");
}

void frames_true(frames *t, bool test, const char *text, const char *file, int line)
{
    if (test) return;
    failed(t, file, line);
    fprintf(stderr, "not true: %s\n", text);
}

static void tell(frames *t, const lines *got, const lines *want)
{
    (void)t;
    fprintf(stderr, "other rows\n");
    for (int64_t i = 0; i < want->n; i++) fprintf(stderr, "  want %s\n", want->line[i]);
    for (int64_t i = 0; i < got->n; i++) fprintf(stderr, "  got  %s\n", got->line[i]);
}

void frames_rows(frames *t, brasa_frame *f, const char *text, bool sorted, const char *file, int line)
{
    brasa_result *r;

    if (brasa_collect(f, &r) != BRASA_OK) {
        failed(t, file, line);
        fprintf(stderr, "%s\n", brasa_last_error(t->s) ? brasa_last_error(t->s)->text : "an error without a message");
        brasa_error_clear(t->s);
        return;
    }
    lines got = of_result(r), want = of_text(text);
    if (sorted && got.n > 0) qsort(got.line, (size_t)got.n, sizeof *got.line, by_text);
    if (sorted && want.n > 0) qsort(want.line, (size_t)want.n, sizeof *want.line, by_text);
    bool same = got.n == want.n;
    for (int64_t i = 0; same && i < got.n; i++) same = strcmp(got.line[i], want.line[i]) == 0;
    if (!same) {
        failed(t, file, line);
        tell(t, &got, &want);
    }
    lines_free(&got);
    lines_free(&want);
    brasa_result_free(r);
}

void frames_count(frames *t, brasa_frame *f, int64_t want, const char *file, int line)
{
    int64_t      got = -1;
    brasa_status status = brasa_count(f, &got);

    if (status == BRASA_OK && got == want) return;
    failed(t, file, line);
    fprintf(stderr, "%s, %lld rows, not %lld\n", brasa_status_name(status), (long long)got, (long long)want);
}

void frames_fails(frames *t, brasa_frame *f, brasa_status status, const char *const *parts, const char *file, int line)
{
    brasa_result      *r = NULL;
    brasa_status       got = brasa_collect(f, &r);
    const brasa_error *e = brasa_last_error(t->s);
    const char        *text = e ? e->text : "";

    if (got != status || e == NULL) {
        failed(t, file, line);
        fprintf(stderr, "%s, not %s: %s\n", brasa_status_name(got), brasa_status_name(status), text);
    }
    for (; *parts != NULL; parts++) {
        if (strstr(text, *parts) != NULL) continue;
        failed(t, file, line);
        fprintf(stderr, "'%s' is not in: %s\n", *parts, text);
    }
    brasa_result_free(r);
    brasa_error_clear(t->s);
}

/* ---- tables ---- */

brasa_frame *frames_table(frames *t, const char *schema, const char *text)
{
    brasa_value *values = NULL;
    int32_t      rows = 0, cells = 0, ncols = 1;
    char         columns[512] = "", select[1024] = "";
    char        *copy = must(strdup(schema)), *keep = NULL;
    lines        l = of_text(text);
    brasa_frame *f;

    for (char *c = strtok_r(copy, ";", &keep); c != NULL; c = strtok_r(NULL, ";", &keep), ncols++) {
        int n = (int)strcspn(c, " ");
        snprintf(columns + strlen(columns), sizeof columns - strlen(columns), "%s%.*s STRING", ncols > 1 ? ", " : "", n, c);
        snprintf(select + strlen(select), sizeof select - strlen(select), "%sCAST(%.*s AS %s) AS %.*s", ncols > 1 ? ", " : "", n, c,
                 c + n + 1, n, c);
    }
    ncols--;
    free(copy);
    values = must(calloc((size_t)(l.n * ncols + 1), sizeof *values));
    for (int64_t i = 0; i < l.n; i++, rows++) {
        char *at = l.line[i];
        for (int32_t c = 0; c < ncols; c++) {
            size_t n = strcspn(at, "|");
            char   end = at[n];
            at[n] = '\0';
            values[cells++] = n == 0 ? brasa_value_null() : brasa_value_string(at);
            at += n + (end == '|');
        }
    }
    f = brasa_values(t->s, columns, values, rows);
    f = brasa_select(f, select);
    free(values);
    lines_free(&l);
    return t->spread ? brasa_repartition(f, 3) : f;
}

brasa_frame *frames_sales(frames *t)
{
    return frames_table(t, "id BIGINT;k INT;name STRING;x DOUBLE;amount DECIMAL(10,2);day DATE",
                        "1|1|Ana|0.5|10.00|2024-01-31\n"
                        "2|2|Bia|1.5|20.50|2024-02-29\n"
                        "3|1|Caio, the one of many words|-2.5|30.25|2023-12-25\n"
                        "4||Dora||0.01|2024-01-01\n"
                        "5|3|||||\n"
                        "6|2|Bia|4.0||2024-02-29\n"
                        "7|1|Ana|0.25|99999.99|\n"
                        "8||||-1.00|1999-12-31\n");
}

const char *frames_path(const frames *t, char *into, const char *name)
{
    snprintf(into, FRAMES_PATH, "%s/%s", t->dir, name);
    return into;
}
