/* bind_char.c -- columns of CHAR(n), which hold n characters: shorter texts have blanks at their end.
 *
 * Compared with each other or with literals, the shorter side gets blanks too, so that c = 'ab' finds 'ab   '.  The blanks are put to the literal wherever that is enough:
 * the column stays as it is, for statistics and sort orders.
 */
#include <string.h>

#include "data/collation.h"
#include "data/value.h"
#include "expr/bind_internal.h"
#include "expr/func_string.h"

static bool is_char(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_REF && e->type.kind == BRASA_KIND_STRING && e->type.length > 0 &&
           (e->type.precision & BRASA_STRING_CHAR) != 0;
}

static bool is_text(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_LITERAL && (e->type.kind == BRASA_KIND_STRING || e->value.null);
}

/* Characters of a column or literal. */
static int64_t length_of(const brasa_expr *e)
{
    if (is_char(e)) return e->type.length;
    return e->value.null ? 0 : brasa__utf8_count(e->value.u.s.p, e->value.u.s.n);
}

static const brasa_expr *padded_literal(brasa_arena *arena, const brasa_expr *e, size_t blanks)
{
    brasa_expr *copy = brasa__arena_copy(arena, e, sizeof *e);
    size_t      n = e->value.u.s.n;
    char       *s = brasa__arena_alloc(arena, n + blanks + 1);

    memcpy(s, e->value.u.s.p, n);
    memset(s + n, ' ', blanks);
    copy->value.u.s.p = s;
    copy->value.u.s.n = n + blanks;
    return copy;
}

brasa_status brasa__bind_char(binder *b, const brasa_expr **list, int32_t n, brasa_error *err)
{
    int64_t most = 0;
    bool    any = false;

    for (int32_t i = 0; i < n; i++) {
        any = any || is_char(list[i]);
        if (!is_char(list[i]) && !is_text(list[i])) return BRASA_OK;
    }
    if (!any) return BRASA_OK;
    for (int32_t i = 0; i < n; i++) most = length_of(list[i]) > most ? length_of(list[i]) : most;
    for (int32_t i = 0; i < n; i++) {
        int64_t missing = most - length_of(list[i]);
        if (missing <= 0 || (is_text(list[i]) && list[i]->value.null)) continue;
        if (is_text(list[i])) {
            list[i] = padded_literal(b->arena, list[i], (size_t)missing);
            continue;
        }
        brasa_value       length = brasa_value_i32((int32_t)most);
        const brasa_expr *pad = brasa__expr_call2(b->arena, "rpad", list[i], brasa__expr_literal(b->arena, &length));
        BRASA_TRY(brasa__bind_node(b, pad, &list[i], err));
    }
    return BRASA_OK;
}
