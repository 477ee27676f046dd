/* fuzz_sql.c -- any text as a statement over a small catalogue: an error with its place, or a plan that verifies and has no outer references left.
 *
 * sql.dict has words for libFuzzer.  Nothing runs: rounds of recursive queries are said to give no rows after a few.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/log.h"
#include "data/type.h"
#include "plan/node.h"
#include "sql/binder.h"
#include "sql/sql.h"
#include "support/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROUNDS = 4 };

typedef struct input {
    brasa_arena  *arena;
    const char   *text;
    brasa_builder b;
    int32_t       next_id, kept;
} input;

static brasa_status table(void *arg, const char *name, const brasa_node **out, const char **near, brasa_error *err)
{
    static const char *const tables[][2] = {{"t", "a INT, b INT, s STRING"},
                                            {"u", "a BIGINT, d DECIMAL(12,2), f DOUBLE, o BOOLEAN NOT NULL"},
                                            {"v", "day DATE, at TIMESTAMP, l ARRAY<INT>, r STRUCT<p INT, q STRING>"}};
    input                   *x = arg;
    brasa_schema             schema;

    *out = NULL;
    *near = NULL;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (strcasecmp(tables[i][0], name) != 0) continue;
        BRASA_TRY(brasa__schema_parse(x->arena, tables[i][1], &schema, err));
        return brasa__plan_values(&x->b, schema, NULL, 0, out, err);
    }
    return BRASA_OK;
}

static brasa_status keep(void *arg, const brasa_node *in, const brasa_node **out, int64_t *rows, brasa_error *err)
{
    input *x = arg;

    *rows = x->kept < ROUNDS ? 1 : 0;
    int64_t id = ++x->kept;

    return brasa__plan_cached(&x->b, in->schema, &id, 1, 1, *rows, 8, out, err);
}

static brasa_status value(void *arg, const brasa_node *in, brasa_value *out, brasa_error *err)
{
    (void)arg;
    (void)err;
    *out = (brasa_value) {.type = in->schema.cols[0].type, .null = true};
    return BRASA_OK;
}

static brasa_status fuzz(void *arg, brasa_error *err)
{
    input            *x = arg;
    brasa_sql_catalog catalog = {.arg = x, .table = table, .keep = keep, .value = value};
    brasa_statement   st;
    const brasa_node *n;
    const char       *at = x->text;
    size_t            length, next = 0;

    (void)brasa__sql_split(at, &length, &next, err);
    BRASA_TRY(brasa__sql_statement(x->arena, x->text, &st, err));
    if (st.query == NULL) return BRASA_OK;
    BRASA_TRY(brasa__sql_plan(&x->b, &catalog, st.query, &n, err));
    if (sql_has_outer(x->arena, n, -1)) abort();
    if (brasa__node_verify(n, err) != BRASA_OK) abort();
    return BRASA_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    brasa_ctx   *ctx = brasa__ctx_new(0, 1);
    brasa_error  err;
    input        x = {.next_id = 1};
    brasa_status status;

    brasa__ctx_set(ctx);
    brasa__log_set_level(ctx->log, BRASA_LOG_ERROR);
    brasa__memory_set_budget(ctx->memory, (size_t)256 << 20);
    x.arena = brasa__arena_new(NULL, "fuzz");
    x.text = brasa__arena_strndup(x.arena, (const char *)data, strnlen((const char *)data, size));
    x.b = (brasa_builder) {.arena = x.arena, .next_id = &x.next_id, .text = x.text};
    brasa__error_clear(&err);
    status = brasa__guarded(fuzz, &x, &err);
    if (status == BRASA_INTERNAL || (status != BRASA_OK && err.text[0] == '\0')) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    brasa__arena_free(x.arena);
    brasa__ctx_set(NULL);
    brasa__ctx_free(ctx);
    return 0;
}
