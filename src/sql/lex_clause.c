/* lex_clause.c -- clauses that Spark writes with fewer words, or in another order: joins without a condition, GROUP BY a, b WITH CUBE, GROUP BY a, b
 * GROUPING SETS (...), LIKE ANY (a, b).
 *
 * A join that has no ON of its own waits, at its depth of parentheses, for the token that ends its right side; there it gets ON true.
 */
#include "sql/lex_inner.h"

enum { MAX_LOOKED = 4 << 20 }; /* tokens looked at ahead, in one text */

static bool is_one_of(const lexer *x, const token *t, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lex_is_word(x, t, words[i])) return true;
    }
    return false;
}

#define IS_ONE_OF(x, t, words) is_one_of((x), (t), (words), sizeof(words) / sizeof *(words))

/* ---- joins without a condition ---- */

static bool ends_from(const lexer *x, const token *t)
{
    static const char *const words[] = {"where",     "group", "having", "order",   "limit",  "offset",    "window", "union", "except",
                                        "intersect", "minus", "fetch",  "qualify", "select", "returning", "for",    "sort",  "cluster"};

    return t->kind == T_END || lex_is_char(x, t, ',') || lex_is_char(x, t, ';') || lex_is_char(x, t, ')') || lex_is_pipe(x, t) ||
           IS_ONE_OF(x, t, words);
}

static bool begins_join(const lexer *x, const token *t)
{
    static const char *const words[] = {"join",    "inner", "left", "right",   "full",      "cross",
                                        "natural", "semi",  "anti", "lateral", "positional"};

    return IS_ONE_OF(x, t, words);
}

/* Each ON and USING belongs to the last join that has none; is one left for the join that ends at `at`? */
static brasa_status lacks_condition(lexer *x, int32_t at, bool *lacks)
{
    int32_t depth = 0, open = 1;
    bool    bare = false;   /* CROSS and NATURAL joins have no condition */
    bool    values = false; /* rows as a table have commas between them */

    *lacks = false;
    while (x->looked++ < MAX_LOOKED) {
        token t;

        BRASA_TRY(lex_next(x, at, &t));
        at = t.to;
        if (depth == 0 && ends_from(x, &t) && !(values && lex_is_char(x, &t, ','))) {
            *lacks = true;
            return BRASA_OK;
        }
        if (t.kind == T_END) return BRASA_OK;
        if (lex_is_char(x, &t, '(') || lex_is_char(x, &t, '[')) {
            depth++;
        } else if (lex_is_char(x, &t, ')') || lex_is_char(x, &t, ']')) {
            depth--;
        } else if (depth > 0 || t.kind != T_NAME) {
            continue;
        } else if (lex_is_word(x, &t, "values")) {
            values = true;
        } else if (lex_is_word(x, &t, "on") || lex_is_word(x, &t, "using")) {
            if (--open == 0) return BRASA_OK;
        } else if (lex_is_word(x, &t, "cross") || lex_is_word(x, &t, "natural")) {
            bare = true;
        } else if (lex_is_word(x, &t, "join")) {
            open += !bare;
            bare = false;
        }
    }
    return BRASA_OK;
}

/* JOIN is written. */
brasa_status lex_join(lexer *x, const token *join)
{
    bool bare = x->bare_join, lacks;

    x->bare_join = false;
    if (bare) return BRASA_OK;
    BRASA_TRY(lacks_condition(x, join->to, &lacks));
    if (!lacks) return BRASA_OK;
    x->joins = brasa__arena_grow(x->arena, x->joins, &x->cap_joins, x->njoins + 1, sizeof *x->joins);
    x->joins[x->njoins++] = x->depth;
    return BRASA_OK;
}

void lex_join_word(lexer *x, const token *t, const token *after)
{
    bool natural = lex_is_word(x, t, "natural") && begins_join(x, after);

    if (natural || (lex_is_word(x, t, "cross") && lex_is_word(x, after, "join"))) x->bare_join = true;
}

void lex_join_end(lexer *x, const token *t)
{
    if (x->njoins == 0 || x->joins[x->njoins - 1] != x->depth || lex_level_here(x)->values) return;
    if (lex_is_word(x, &x->before, "join") || !(ends_from(x, t) || (begins_join(x, t) && lex_ends_value(x, &x->before)))) return;
    x->njoins--;
    brasa__text_add(&x->out, " on ");
    if (x->nsemis > 0 && x->semis[x->nsemis - 1].depth == x->depth && !x->semis[x->nsemis - 1].using)
        brasa__text_addf(&x->out, "__%s__() or ", x->semis[--x->nsemis].mark);
    brasa__text_add(&x->out, "true ");
}

/* ---- GROUP BY a, b WITH ROLLUP; GROUP BY a, b GROUPING SETS ((a), (b)) ---- */

/* The list so far becomes the arguments of a call. */
static void enclose(lexer *x, lex_level *l, const char *call)
{
    int32_t end = (int32_t)x->out.len;

    brasa__text_add(&x->out, call);
    lex_rotate(x, l->group_at, end);
    brasa__text_add(&x->out, ")");
    l->group_at = -1;
}

static brasa_status with_cube(lexer *x, lex_level *l, const token *after, int32_t *at, bool *done)
{
    bool rollup = lex_is_word(x, after, "rollup");

    if (!rollup && !lex_is_word(x, after, "cube")) return BRASA_OK;
    enclose(x, l, rollup ? " rollup(" : " cube(");
    *at = after->to;
    x->before = *after;
    *done = true;
    return BRASA_OK;
}

/* Past the list of a clause that means nothing here. */
static brasa_status skip_clause(lexer *x, int32_t *at)
{
    token   t;
    int32_t depth = 0;

    while (x->looked++ < MAX_LOOKED) {
        BRASA_TRY(lex_next(x, *at, &t));
        if (depth == 0 && ends_from(x, &t) && !lex_is_char(x, &t, ',')) break;
        depth += lex_is_char(x, &t, '(') ? 1 : lex_is_char(x, &t, ')') ? -1 : 0;
        *at = t.to;
    }
    return BRASA_OK;
}

brasa_status lex_group_word(lexer *x, const token *t, const token *after, int32_t *at, bool *done)
{
    lex_level *l = lex_level_here(x);

    if (lex_is_word(x, t, "distribute") && lex_is_word(x, after, "by") && (lex_ends_value(x, &x->before) || x->piped)) {
        *done = true; /* where rows lie is the planner's choice */
        x->in_from = false;
        *at = after->to;
        return skip_clause(x, at);
    }
    bool sorts = lex_is_word(x, t, "sort") || lex_is_word(x, t, "cluster"); /* within the parts: all rows will do */
    if (sorts && lex_is_word(x, after, "by") && lex_ends_value(x, &x->before)) {
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, "order");
        x->in_from = false;
        *at = t->to;
        x->before = *t;
        *done = true;
        return BRASA_OK;
    }
    if (lex_is_word(x, t, "by") && lex_is_word(x, &x->before, "group")) {
        l->group_at = (int32_t)x->out.len + 2; /* behind this word */
        return BRASA_OK;
    }
    if (l->group_at < 0 || !lex_ends_value(x, &x->before)) return BRASA_OK;
    if (lex_is_word(x, t, "with")) return with_cube(x, l, after, at, done);
    if (lex_is_word(x, t, "grouping") && lex_is_word(x, after, "sets")) {
        enclose(x, l, " __unset__(");
        brasa__text_add(&x->out, ", ");
    } else if (ends_from(x, t)) {
        l->group_at = -1;
    }
    return BRASA_OK;
}

/* ---- UNION BY NAME: a mark in the select list behind it ---- */

brasa_status lex_by_name(lexer *x, const token *t, const token *after, int32_t *at, bool *done)
{
    static const char *const before[] = {"union", "all", "distinct"};

    if (lex_is_word(x, t, "by") && lex_is_word(x, after, "name") && IS_ONE_OF(x, &x->before, before)) {
        x->by_name = true;
        *at = after->to;
        *done = true;
    } else if (lex_is_word(x, t, "by") && lex_is_word(x, after, "position") && lex_ends_value(x, &x->before)) {
        *at = after->to; /* INSERT INTO t BY POSITION: as without it */
        *done = true;
    } else if (x->by_name && lex_is_word(x, t, "select")) {
        x->by_name = false;
        lex_copy_token(x, t);
        *at = t->to;
        x->before = *t;
        if (lex_is_word(x, after, "distinct") || lex_is_word(x, after, "all")) {
            brasa__text_add(&x->out, " ");
            lex_copy_token(x, after);
            *at = after->to;
        }
        brasa__text_add(&x->out, " __by_name__(), ");
        *done = true;
    }
    return BRASA_OK;
}

/* ---- calls whose words PostgreSQL wants elsewhere ---- */

/* Does a word stand between the parentheses that begin at `open`, outside of inner ones? */
static brasa_status has_inside(lexer *x, const token *open, const char *word, bool *found)
{
    int32_t depth = 0, at = open->to;
    token   t;

    *found = false;
    while (x->looked++ < MAX_LOOKED) {
        BRASA_TRY(lex_next(x, at, &t));
        at = t.to;
        if (t.kind == T_END || (depth == 0 && lex_is_char(x, &t, ')'))) return BRASA_OK;
        depth += lex_is_char(x, &t, '(') ? 1 : lex_is_char(x, &t, ')') ? -1 : 0;
        *found = depth == 0 && lex_is_word(x, &t, word);
        if (*found) return BRASA_OK;
    }
    return BRASA_OK;
}

/* substr(a FROM b) is PostgreSQL's substring; position(a, b) is Spark's locate. */
brasa_status lex_call_words(lexer *x, const token *t, const token *after, const char **instead)
{
    bool found;

    *instead = NULL;
    if (!lex_is_char(x, after, '(') || lex_ends_value(x, &x->before)) return BRASA_OK;
    if (lex_is_word(x, t, "substr")) {
        BRASA_TRY(has_inside(x, after, "from", &found));
        if (found) *instead = "substring";
    } else if (lex_is_word(x, t, "position")) {
        BRASA_TRY(has_inside(x, after, "in", &found));
        if (!found) *instead = "locate";
    }
    return BRASA_OK;
}

/* a ! IN (...), a IS ! NULL: NOT. */
bool lex_not_sign(lexer *x, const token *t, const token *after)
{
    static const char *const words[] = {"between", "in", "like", "ilike", "rlike", "regexp"};

    if (!lex_is_op(x, t, "!")) return false;
    return lex_is_word(x, &x->before, "is") || (lex_ends_value(x, &x->before) && IS_ONE_OF(x, after, words));
}

/* ---- LIKE ANY ('a%', 'b%') ---- */

/* Has the list in parentheses behind `open` several items, or is its item a text? */
static brasa_status is_list(lexer *x, const token *open, bool *list)
{
    int32_t depth = 0, at = open->to;
    token   t;

    BRASA_TRY(lex_next(x, at, &t));
    *list = t.kind == T_STRING || lex_is_word(x, &t, "null");
    if (lex_is_word(x, &t, "select") || lex_is_word(x, &t, "with") || lex_is_word(x, &t, "values")) return BRASA_OK;
    while (!*list && x->looked++ < MAX_LOOKED) {
        BRASA_TRY(lex_next(x, at, &t));
        if (t.kind == T_END || (depth == 0 && lex_is_char(x, &t, ')'))) return BRASA_OK;
        depth += lex_is_char(x, &t, '(') || lex_is_char(x, &t, '[') ? 1 : lex_is_char(x, &t, ')') || lex_is_char(x, &t, ']') ? -1 : 0;
        *list = depth == 0 && lex_is_char(x, &t, ',');
        at = t.to;
    }
    return BRASA_OK;
}

brasa_status lex_like_any(lexer *x, const token *t, const token *after)
{
    bool any = lex_is_word(x, t, "any") || lex_is_word(x, t, "some") || lex_is_word(x, t, "all");
    bool like = lex_is_word(x, &x->before, "like") || lex_is_word(x, &x->before, "ilike");

    if (!any || !like || !lex_is_char(x, after, '(')) return BRASA_OK;
    return is_list(x, after, &x->list_next);
}
