/* sql/precedence.c -- Spark's precedence of the operators that bind alike in PostgreSQL's grammar: ||, then the shifts, then &, then ^, then |, and RLIKE
 * and GLOB, which are predicates, last.  1 | 2 & 4 is 1 | (2 & 4).
 *
 * The grammar gives a chain of them that leans to the left: its operators are put in anew where one binds tighter than the one on its left.  The
 * tree has no parentheses; the text between two operators says whether the left one stood in some.
 */
#include <ctype.h>
#include <string.h>

#include "sql/from_pg.h"

static const PgQuery__AExpr *as_operator(const PgQuery__Node *n)
{
    return n != NULL && n->node_case == PG_QUERY__NODE__NODE_A_EXPR ? n->a_expr : NULL;
}

/* How tight `a` binds; -1: it is none of these operators. */
static int level(const brasa_pg *p, const PgQuery__AExpr *a)
{
    static const struct {
        const char *op;
        int         level;
    } known[] = {{"||", 5}, {"<<", 4}, {">>", 4}, {">>>", 4}, {"&", 3}, {"#", 2}, {"|", 1}};
    const char *op, *means;

    if (a == NULL || a->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || a->lexpr == NULL || a->n_name != 1) return -1;
    op = a->name[0]->string->sval;
    means = brasa__lex_mark(p->lexed, a->location);
    if (means != NULL) return strstr(means, "rlike") != NULL || strstr(means, "glob") != NULL ? 0 : -1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(op, known[i].op) == 0) return known[i].level;
    return -1;
}

/* Past the quoted text or name at s[i]. */
static int32_t skip_quoted(const char *s, int32_t i, int32_t to)
{
    char quote = s[i];
    bool escapes = quote == '\'' && i > 0 && (s[i - 1] == 'E' || s[i - 1] == 'e');

    for (i++; i < to && s[i] != quote; i++)
        if (escapes && s[i] == '\\') i++;
    return i;
}

/* Does a parenthesis close between the two operators that was open at the first? */
static bool is_enclosed(const brasa_pg *p, int32_t from, int32_t to)
{
    const char *s = p->lexed->text;
    int32_t     depth = 0;

    for (int32_t i = from; i < to; i++) {
        if (s[i] == '\'' || s[i] == '"') {
            i = skip_quoted(s, i, to);
        } else if (s[i] == '(' || s[i] == '[') {
            depth++;
        } else if ((s[i] == ')' || s[i] == ']') && --depth < 0) {
            return true;
        }
    }
    return false;
}

/* Must `a` go into its left operand? */
static bool is_tighter(const brasa_pg *p, const PgQuery__AExpr *a, const PgQuery__AExpr *left)
{
    int of_left = level(p, left);

    return of_left >= 0 && of_left < level(p, a) && !is_enclosed(p, left->location, a->location);
}

static PgQuery__Node *make_node(brasa_pg *p, const PgQuery__AExpr *a, PgQuery__Node *left, PgQuery__Node *right)
{
    PgQuery__Node  *n = BRASA_NEW(p->arena, PgQuery__Node);
    PgQuery__AExpr *copy = BRASA_NEW(p->arena, PgQuery__AExpr);

    *copy = *a;
    copy->lexpr = left;
    copy->rexpr = right;
    pg_query__node__init(n);
    n->node_case = PG_QUERY__NODE__NODE_A_EXPR;
    n->a_expr = copy;
    return n;
}

/* `a` with the operand `left`, at the place on the right edge of `left` where it belongs. */
static PgQuery__Node *insert(brasa_pg *p, PgQuery__Node *left, const PgQuery__AExpr *a)
{
    const PgQuery__AExpr *l = as_operator(left);

    if (!is_tighter(p, a, l)) return make_node(p, a, left, a->rexpr);
    return make_node(p, l, l->lexpr, insert(p, l->rexpr, a));
}

static bool is_in_order(const brasa_pg *p, const PgQuery__AExpr *a)
{
    for (const PgQuery__AExpr *left; level(p, a) >= 0; a = left) {
        left = as_operator(a->lexpr);
        if (is_tighter(p, a, left)) return false;
    }
    return true;
}

const PgQuery__AExpr *brasa__pg_regroup(brasa_pg *p, const PgQuery__AExpr *a)
{
    PgQuery__Node *left = a->lexpr;

    if (is_in_order(p, a)) return a;
    if (as_operator(left) != NULL && !is_in_order(p, left->a_expr)) {
        const PgQuery__AExpr *l = brasa__pg_regroup(p, left->a_expr);

        left = make_node(p, l, l->lexpr, l->rexpr);
    }
    return insert(p, left, a)->a_expr;
}
