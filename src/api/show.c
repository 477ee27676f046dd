/* api/show.c -- rows as a table for people. */
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "api/internal.h"
#include "data/type.h"
#include "data/value.h"

/* Columns on a terminal that text takes; bytes that are not UTF-8 count one each. */
static int32_t width_of(const char *s, size_t n)
{
    int32_t width = 0;

    for (size_t i = 0; i < n;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)s + i, (utf8proc_ssize_t)(n - i), &c);

        if (len <= 0) {
            width++;
            i++;
            continue;
        }
        width += utf8proc_charwidth(c);
        i += (size_t)len;
    }
    return width;
}

typedef struct cell {
    const char *s;
    size_t      n;
    int32_t     width;
} cell;

/* Line breaks and tabs would break the frame. */
static cell make_cell(brasa_arena *arena, const brasa_value *v)
{
    brasa_text text, clean;

    brasa__text_init(&text, arena);
    brasa__text_init(&clean, arena);
    if (v->null) {
        brasa__text_add(&text, "NULL");
    } else {
        brasa__value_show(v, &text);
    }
    for (size_t i = 0; i < text.len; i++) {
        switch (text.s[i]) {
        case '\n': brasa__text_add(&clean, "\\n"); break;
        case '\r': brasa__text_add(&clean, "\\r"); break;
        case '\t': brasa__text_add(&clean, "\\t"); break;
        default: brasa__text_add_n(&clean, &text.s[i], 1);
        }
    }
    return (cell) {.s = clean.s, .n = clean.len, .width = width_of(clean.s, clean.len)};
}

static void rule(FILE *to, const int32_t *widths, int32_t ncols)
{
    for (int32_t c = 0; c < ncols; c++) {
        fputc('+', to);
        for (int32_t i = 0; i < widths[c] + 2; i++) fputc('-', to);
    }
    fputs("+\n", to);
}

static void line(FILE *to, const cell *cells, const int32_t *widths, const bool *right, int32_t ncols)
{
    for (int32_t c = 0; c < ncols; c++) {
        fputs("| ", to);
        for (int32_t i = cells[c].width; right[c] && i < widths[c]; i++) fputc(' ', to);
        fwrite(cells[c].s, 1, cells[c].n, to);
        for (int32_t i = cells[c].width; !right[c] && i < widths[c]; i++) fputc(' ', to);
        fputc(' ', to);
    }
    fputs("|\n", to);
}

static void print_rows(const brasa_result *r, int64_t rows, FILE *to)
{
    brasa_arena *arena = brasa__arena_new(NULL, "show");
    int32_t      ncols = r->schema.ncols;
    int32_t     *widths = BRASA_NEWS(arena, int32_t, ncols + 1);
    bool        *right = BRASA_NEWS(arena, bool, ncols + 1);
    cell        *cells = BRASA_NEWS(arena, cell, (int64_t)(ncols + 1) * (rows + 1));

    for (int32_t c = 0; c < ncols; c++) {
        const char *name = r->schema.cols[c].name;

        cells[c] = (cell) {.s = name, .n = strlen(name), .width = width_of(name, strlen(name))};
        widths[c] = cells[c].width;
        right[c] = brasa__type_is_numeric(r->schema.cols[c].type);
    }
    for (int64_t i = 0; i < rows; i++) {
        for (int32_t c = 0; c < ncols; c++) {
            brasa_value v = brasa_result_value(r, i, c);
            cell       *at = &cells[(i + 1) * ncols + c];

            *at = make_cell(arena, &v);
            if (at->width > widths[c]) widths[c] = at->width;
        }
    }
    rule(to, widths, ncols);
    for (int64_t i = 0; i <= rows; i++) {
        line(to, &cells[i * ncols], widths, right, ncols);
        if (i == 0) rule(to, widths, ncols);
    }
    rule(to, widths, ncols);
    brasa__arena_free(arena);
}

typedef struct print_call {
    const brasa_result *r;
    FILE               *to;
} print_call;

static brasa_status print_result(void *arg, brasa_error *err)
{
    print_call *c = arg;

    (void)err;
    print_rows(c->r, c->r->rows, c->to);
    fprintf(c->to, "(%lld row%s)\n", (long long)c->r->rows, c->r->rows == 1 ? "" : "s");
    fflush(c->to);
    return BRASA_OK;
}

void brasa_result_print(const brasa_result *r, FILE *to)
{
    print_call c = {.r = r, .to = to};

    if (brasa__api_pointer(r, "the result to print is NULL", NULL) != BRASA_OK) return;
    if (brasa__api_pointer(to, "the stream to print to is NULL", NULL) != BRASA_OK) return;
    brasa__api_do(r->session, NULL, print_result, &c);
}

typedef struct show_call {
    brasa_frame *f;
    int64_t      rows;
} show_call;

/* One row more than is shown tells whether there are more. */
static brasa_status show_node(show_call *c, brasa_arena *arena, const brasa_node **out, brasa_error *err)
{
    brasa_session *s = c->f->session;
    brasa_builder  b = {.arena = arena, .next_id = &s->next_id};

    return brasa__plan_limit(&b, c->f->node, c->rows + 1, 0, out, err);
}

static brasa_status show(void *arg, brasa_error *err)
{
    show_call        *c = arg;
    brasa_arena      *arena = brasa__arena_new(brasa__api_arena(c->f->session), "show");
    const brasa_node *node;
    brasa_result     *r;

    if (c->rows < 0) return brasa__fail(err, BRASA_INVALID, "brasa_show of %lld rows; give 0 or more", (long long)c->rows);
    BRASA_TRY(show_node(c, arena, &node, err));
    BRASA_TRY(brasa__api_collect(c->f->session, node, c->rows + 1, &r, err));
    int64_t rows = r->rows < c->rows ? r->rows : c->rows;
    print_rows(r, rows, stdout);
    if (r->rows > rows) {
        printf("(first %lld rows)\n", (long long)rows);
    } else {
        printf("(%lld row%s)\n", (long long)rows, rows == 1 ? "" : "s");
    }
    fflush(stdout);
    brasa_result_free(r);
    brasa__arena_free(arena);
    return BRASA_OK;
}

brasa_status brasa_show_at(brasa_frame *f, int64_t rows, brasa_site at)
{
    show_call c = {.f = f, .rows = rows};

    BRASA_TRY(brasa__api_usable(f, &at));
    return brasa__api_act(f, "show", &at, show, &c);
}
