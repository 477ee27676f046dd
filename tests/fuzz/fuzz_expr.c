/* fuzz_expr.c -- any text as an expression: an error or a tree; what binds gives the same rows as written, folded, and sent over the wire. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "data/value.h"
#include "expr/bind.h"
#include "expr/eval.h"
#include "sql/parse.h"
#include "support/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 3 };

typedef struct input {
    brasa_arena *arena;
    const char  *text;
} input;

static const brasa_field fields[] = {{.name = "i", .type = {.kind = BRASA_KIND_INT32}, .nullable = true},
                                     {.name = "d", .type = {.kind = BRASA_KIND_DECIMAL, .precision = 15, .scale = 2}},
                                     {.name = "s", .type = {.kind = BRASA_KIND_STRING}, .nullable = true},
                                     {.name = "t", .type = {.kind = BRASA_KIND_DATE}}};

static brasa_batch rows_of(brasa_arena *a)
{
    static const int32_t  ints[] = {1, -7, 0}, dates[] = {0, 10957, -1};
    static const int64_t  decimals[] = {100, -12345, 0};
    static const uint64_t valid[] = {5};
    static brasa_string   texts[ROWS] = {{.len = 3, .u.inlined = "abc"}, {.len = 0}, {.len = 2, .u.inlined = "12"}};
    brasa_column         *c = BRASA_NEWS(a, brasa_column, 4);

    c[0] = (brasa_column) {.type = fields[0].type, .values = ints, .valid = valid};
    c[1] = (brasa_column) {.type = fields[1].type, .values = decimals};
    c[2] = (brasa_column) {.type = fields[2].type, .values = texts, .valid = valid};
    c[3] = (brasa_column) {.type = fields[3].type, .values = dates};
    return (brasa_batch) {.rows = ROWS, .ncols = 4, .cols = c, .nsel = ROWS};
}

static brasa_status values(brasa_arena *a, const brasa_expr *e, brasa_value *out, brasa_error *err)
{
    brasa_batch  in = rows_of(a);
    brasa_eval  *ev;
    brasa_column c;

    BRASA_TRY(brasa__eval_new(a, &e, 1, &ev, err));
    BRASA_TRY(brasa__eval_run(ev, &in, &c, err));
    for (int32_t i = 0; i < ROWS; i++) {
        brasa_value v = brasa__column_value(&c, i, a);
        out[i] = brasa__value_copy(a, &v);
    }
    return BRASA_OK;
}

static void must_agree(brasa_arena *a, const brasa_expr *e, const brasa_value *want)
{
    brasa_value got[ROWS];
    brasa_error err;

    if (values(a, e, got, &err) != BRASA_OK) abort();
    for (int32_t i = 0; i < ROWS; i++)
        if (got[i].null != want[i].null || (!got[i].null && brasa__value_compare(&got[i], &want[i]) != 0)) abort();
}

static bool is_volatile(const brasa_expr *e)
{
    return !brasa__expr_is_deterministic(e);
}

static brasa_status fuzz(void *arg, brasa_error *err)
{
    input            *x = arg;
    brasa_arena      *a = x->arena;
    brasa_scope       scope = {.schema = {4, fields}, .text = x->text, .now_us = 1};
    const brasa_expr *e, *back;
    brasa_value       want[ROWS];
    brasa_wire        w;
    brasa_text        t;

    BRASA_TRY(brasa__sql_expr(a, x->text, &e, err));
    BRASA_TRY(brasa__expr_bind(a, &scope, e, 0, &e, err));
    brasa__text_init(&t, a);
    brasa__expr_text(e, &t);
    brasa__wire_init(&w, a);
    brasa__put_expr(&w, e);
    brasa_reader r = brasa__reader(w.data, w.len);
    if (brasa__get_expr(&r, a, &back, err) != BRASA_OK || !brasa__expr_equal(e, back)) abort();
    if (is_volatile(e)) return BRASA_OK;
    BRASA_TRY(values(a, e, want, err));
    must_agree(a, back, want);
    must_agree(a, brasa__expr_fold(a, e), want);
    return BRASA_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    brasa_ctx  *ctx = brasa__ctx_new(0, 1);
    brasa_error err;
    input       x;

    brasa__ctx_set(ctx);
    brasa__log_set_level(ctx->log, BRASA_LOG_ERROR);
    brasa__memory_set_budget(ctx->memory, (size_t)256 << 20);
    x.arena = brasa__arena_new(NULL, "fuzz");
    x.text = brasa__arena_strndup(x.arena, (const char *)data, strnlen((const char *)data, size));
    (void)brasa__guarded(fuzz, &x, &err);
    brasa__arena_free(x.arena);
    brasa__ctx_set(NULL);
    brasa__ctx_free(ctx);
    return 0;
}
