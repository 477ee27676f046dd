/* blame.c -- after an error of an expression: find the row, and say what is in it.
 *
 * Expressions run over whole batches and do not know of rows; so the batch is computed once more, row by row, until the same error comes.  Nothing is paid for it
 * while all goes well.  Where it does not come again (random numbers), nothing is said.
 */
#include "exec/blame.h"

#include <string.h>

#include "data/value.h"
#include "expr/eval.h"

enum { MOST_COLUMNS = 5, MOST_CHARS = 60 };

static bool fails_so(brasa_eval *e, const brasa_batch *in, int32_t row, brasa_column *out, const brasa_error *wanted)
{
    brasa_batch one = *in;
    brasa_error err;

    one.sel = &row;
    one.nsel = 1;
    brasa__error_clear(&err);
    return brasa__eval_run(e, &one, out, &err) != BRASA_OK && strcmp(err.text, wanted->text) == 0;
}

static bool find(brasa_op *op, brasa_arena *arena, const brasa_expr *e, const brasa_batch *in, const brasa_error *wanted, int32_t *row)
{
    brasa_eval  *eval;
    brasa_column out;
    brasa_error  ignored;
    int32_t      n = in->sel == NULL ? in->rows : in->nsel;

    brasa__error_clear(&ignored);
    if (e->kind == BRASA_EXPR_REF || e->kind == BRASA_EXPR_LITERAL || brasa__eval_new(arena, &e, 1, &eval, &ignored) != BRASA_OK)
        return false;
    brasa__eval_begin(eval, op->chain->partition);
    for (int32_t i = 0; i < n; i++) {
        *row = in->sel == NULL ? i : in->sel[i];
        if (fails_so(eval, in, *row, &out, wanted)) return true;
    }
    return false;
}

static void add_value(brasa_arena *arena, const brasa_column *c, const char *name, int32_t row, bool first, brasa_error *err)
{
    brasa_value v = brasa__column_value(c, row, arena);
    brasa_text  text;
    bool        quoted = c->type.kind == BRASA_KIND_STRING && !v.null;
    int         chars;

    brasa__text_init(&text, arena);
    brasa__value_text(&v, &text);
    for (chars = (int)text.len < MOST_CHARS ? (int)text.len : MOST_CHARS; chars > 0 && ((uint8_t)text.s[chars] & 0xC0) == 0x80;) chars--;
    brasa__fail_more(err, "%s%s = %s%.*s%s%s", first ? "; the row has " : ", ", name, quoted ? "'" : "", chars, text.s,
                     (size_t)chars < text.len ? "..." : "", quoted ? "'" : "");
}

/* Columns that the expression looks at, then others. */
static void describe(brasa_op *op, brasa_arena *arena, const brasa_expr *e, const brasa_batch *in, int32_t row, brasa_error *err)
{
    brasa_schema s = op->shared->in;
    uint64_t    *used = BRASA_NEWS(arena, uint64_t, in->ncols / 64 + 1);
    int32_t      said = 0;

    brasa__expr_refs(e, used);
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int32_t c = 0; c < in->ncols && c < s.ncols && said < MOST_COLUMNS; c++) {
            bool looked_at = used[c / 64] >> (c % 64) & 1;
            if (looked_at != (pass == 0) || strncmp(s.cols[c].name, "__", 2) == 0) continue;
            add_value(arena, &in->cols[c], s.cols[c].name, row, said == 0, err);
            said++;
        }
    }
}

brasa_status brasa__blame_row(brasa_op *op, const brasa_expr *const *exprs, int32_t n, const brasa_batch *in, brasa_status status,
                              brasa_error *err)
{
    brasa_arena *arena;
    int32_t      row = 0;

    if ((status != BRASA_ARITHMETIC && status != BRASA_DATA) || err == NULL || err->text[0] == '\0') return status;
    arena = brasa__arena_new(op->arena, "blame");
    for (int32_t k = 0; k < n; k++) {
        if (!find(op, arena, exprs[k], in, err, &row)) continue;
        describe(op, arena, exprs[k], in, row, err);
        break;
    }
    brasa__arena_free(arena);
    return status;
}
