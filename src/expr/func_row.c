/* func_row.c -- see func_row.h. */
#include "expr/func_row.h"

#include <string.h>
#include <strings.h>

#include "expr/func_string.h"

static brasa_kind kind_of(char letter)
{
    switch (letter) {
    case 's': return BRASA_KIND_STRING;
    case 'y': return BRASA_KIND_BINARY;
    case 'i': return BRASA_KIND_INT32;
    case 'l': return BRASA_KIND_INT64;
    case 'd': return BRASA_KIND_FLOAT64;
    case 'b': return BRASA_KIND_BOOL;
    case 'D': return BRASA_KIND_DATE;
    case 'T': return BRASA_KIND_TIMESTAMP;
    case 'V': return BRASA_KIND_INTERVAL;
    default: return BRASA_KIND_NULL;
    }
}

static brasa_status take(brasa_type *t, char letter)
{
    if (letter == 'a') return BRASA_OK;
    if (letter == 'x') return t->kind == BRASA_KIND_BINARY ? BRASA_OK : brasa__resolve_arg(t, BRASA_KIND_STRING);
    if (letter == 'm') return t->kind == BRASA_KIND_DATE ? BRASA_OK : brasa__resolve_arg(t, BRASA_KIND_TIMESTAMP);
    return brasa__resolve_arg(t, kind_of(letter));
}

BRASA_RESOLVE(signature)
{
    const char *s = f->types, *colon = strchr(s, ':');

    (void)err;
    for (int32_t i = 0; i < n; i++) {
        BRASA_TRY(take(&types[i], *s));
        if (s[1] != '*') s += s + 1 < colon;
    }
    if (colon[1] >= '0' && colon[1] <= '9')
        *result = types[colon[1] - '0'];
    else if (colon[1] == 'S')
        *result = brasa__type_list(arena, brasa__type(BRASA_KIND_STRING));
    else
        *result = brasa__type(kind_of(colon[1]));
    return BRASA_OK;
}

brasa_status brasa__row_eval(brasa_call *call, brasa_error *err)
{
    brasa_value *rows = BRASA_NEWS(call->arena, brasa_value, call->batch_rows + 1);
    brasa_value *args = BRASA_NEWS(call->arena, brasa_value, call->nargs + 1);

    for (int32_t i = 0; i < call->batch_rows; i++) rows[i] = (brasa_value) {.type = call->expr->type, .null = true};
    for (int32_t i = 0; i < call->n; i++) {
        int32_t r = call->rows[i];
        for (int32_t k = 0; k < call->nargs; k++) args[k] = brasa__column_value(&call->args[k], r, call->arena);
        brasa_status status = call->expr->func->row(call, args, &rows[r], err);
        if (status == BRASA_OK) continue;
        if (!call->try_rows) return status;
        rows[r].null = true;
    }
    brasa__call_set_values(call, rows);
    return BRASA_OK;
}

bool brasa__value_is_word(const brasa_value *v, const char *word)
{
    return v->u.s.n == strlen(word) && strncasecmp(v->u.s.p, word, v->u.s.n) == 0;
}
