/* sql/lex_query.c -- words of queries that PostgreSQL's grammar lacks: QUALIFY, FROM first, VALUES as a table, * EXCEPT, samples, lists and structs in brackets.
 *
 * What stands in another place there is moved in the new text (with its entries of the map): QUALIFY's condition and a select list behind FROM become targets.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sql/lex_inner.h"

/* ---- levels ---- */

lex_level *lex_level_here(lexer *x)
{
    int32_t had = x->cap_levels;

    x->levels = brasa__arena_grow(x->arena, x->levels, &x->cap_levels, x->depth + 1, sizeof *x->levels);
    for (int32_t i = had; i < x->cap_levels; i++) {
        x->levels[i].pipe = (lex_pipe) {.at = -1};
        lex_level_reset(&x->levels[i]);
    }
    return &x->levels[x->depth];
}

void lex_level_reset(lex_level *l)
{
    *l = (lex_level) {.from_at = -1, .qualify_at = -1, .star_at = -1, .list_at = -1, .query_at = -1, .group_at = -1, .pipe = l->pipe};
}

static bool is_one_of(const lexer *x, const token *t, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lex_is_word(x, t, words[i])) return true;
    }
    return false;
}

#define IS_ONE_OF(x, t, words) is_one_of((x), (t), (words), sizeof(words) / sizeof *(words))

static bool begins_query(const lexer *x, const token *t)
{
    static const char *const words[] = {"select", "with", "values", "from", "table"};

    return IS_ONE_OF(x, t, words);
}

/* ---- moving text ---- */

static int32_t moved(int32_t at, int32_t from, int32_t middle, int32_t end)
{
    return at < from || at >= end ? at : at < middle ? at + (end - middle) : at - (middle - from);
}

static void *copy_of(lexer *x, const void *from, size_t n)
{
    void *out = brasa__arena_alloc(x->arena, n + 1);

    if (n > 0) memcpy(out, from, n);
    return out;
}

/* [middle, end) of the new text comes before [from, middle). */
void lex_rotate(lexer *x, int32_t from, int32_t middle)
{
    int32_t      end = (int32_t)x->out.len, first = middle - from, second = end - middle;
    brasa_lexed *l = x->l;
    char        *copy = brasa__arena_strndup(x->arena, x->out.s + from, (size_t)(first + second));
    int32_t      low = 0;

    memcpy(x->out.s + from, copy + first, (size_t)second);
    memcpy(x->out.s + from + second, copy, (size_t)first);
    while (low < l->nmap && l->map[low].at < from) low++;
    brasa_lex_map *map = copy_of(x, l->map + low, sizeof *map * (size_t)(l->nmap - low));
    for (int32_t pass = 0, m = low; pass < 2; pass++) {
        for (int32_t i = 0; i < l->nmap - low; i++) {
            if ((map[i].at >= middle) != (pass == 0)) continue;
            l->map[m] = map[i];
            l->map[m++].at = moved(map[i].at, from, middle, end);
        }
    }
    if (l->nmarks == 0) return;
    for (low = 0; low < l->nmarks && l->marks[low].at < from;) low++;
    brasa_lex_mark *marks = copy_of(x, l->marks + low, sizeof *marks * (size_t)(l->nmarks - low));
    for (int32_t pass = 0, m = low; pass < 2; pass++) {
        for (int32_t i = 0; i < l->nmarks - low; i++) {
            if ((marks[i].at >= middle) != (pass == 0)) continue;
            l->marks[m] = marks[i];
            l->marks[m++].at = moved(marks[i].at, from, middle, end);
        }
    }
}

static bool ends_select(const lexer *x, const token *t)
{
    static const char *const words[] = {"order", "limit", "union", "intersect", "except", "minus", "offset", "fetch", "window", "for"};

    return t->kind == T_END || lex_is_char(x, t, ')') || lex_is_char(x, t, ';') || lex_is_pipe(x, t) || IS_ONE_OF(x, t, words);
}

static bool ends_list(const lexer *x, const token *t)
{
    static const char *const words[] = {"where", "group", "having", "qualify"};

    return ends_select(x, t) || IS_ONE_OF(x, t, words);
}

/* ---- VALUES as a table: FROM VALUES (1, 'a'), (2, 'b') AS t(x, y) ---- */

static void close_item(lexer *x, lex_level *l)
{
    if (l->item_open) brasa__text_add(&x->out, ")");
    l->item_open = false;
}

static bool continues_value(const lexer *x, const token *t)
{
    static const char *const words[] = {"and", "or", "not", "is", "in", "like", "between", "div", "rlike", "ilike", "collate"};

    return IS_ONE_OF(x, t, words);
}

/* Before each token while a list of rows is open at this depth: rows of one value get their parentheses; the list ends before an alias or clause. */
static void values_token(lexer *x, lex_level *l, const token *t)
{
    bool start = lex_is_word(x, &x->before, "values") || (lex_is_char(x, &x->before, ',') && !l->item_open);

    if (lex_is_char(x, t, ',')) {
        close_item(x, l);
        return;
    }
    if (start && t->kind != T_END && !lex_is_char(x, t, ')')) {
        if (!lex_is_char(x, t, '(')) {
            brasa__text_add(&x->out, "(");
            l->item_open = true;
        }
        return;
    }
    bool ends = t->kind == T_END || lex_is_char(x, t, ')') || lex_is_char(x, t, ';') || t->kind == T_QUOTED || lex_is_pipe(x, t) ||
                (t->kind == T_NAME && lex_ends_value(x, &x->before) && !continues_value(x, t));
    if (!ends) return;
    close_item(x, l);
    brasa__text_add(&x->out, ") ");
    l->values = false;
    if (lex_lacks_alias(x, t)) brasa__text_addf(&x->out, "as __subquery%d ", (int)++x->unnamed);
}

/* A comma behind a row goes on with the list only where a row can follow. */
static brasa_status values_comma(lexer *x, lex_level *l, const token *t)
{
    token after;

    BRASA_TRY(lex_next(x, t->to, &after));
    static const char *const literals[] = {"null",     "true",  "false",        "cast",   "date", "timestamp",
                                           "interval", "array", "named_struct", "struct", "map"};
    token                    open;
    BRASA_TRY(lex_next(x, after.to, &open));
    bool call = after.kind == T_NAME && lex_is_char(x, &open, '('); /* a row; a table's columns cannot be meant */
    bool row = call || lex_is_char(x, &after, '(') || (after.kind != T_NAME && after.kind != T_QUOTED) || IS_ONE_OF(x, &after, literals);
    if (row || !l->table_rows) return BRASA_OK;
    close_item(x, l);
    brasa__text_addf(&x->out, ") as __subquery%d ", (int)++x->unnamed);
    l->values = false;
    return BRASA_OK;
}

static bool table_place(const lexer *x)
{
    return lex_is_word(x, &x->before, "from") || lex_is_word(x, &x->before, "join") || (x->in_from && lex_is_char(x, &x->before, ','));
}

/* Can a row of VALUES begin so?  Otherwise it is a name. */
static bool begins_row(const lexer *x, const token *after)
{
    return after->kind != T_END && !lex_is_char(x, after, '.') && !lex_is_char(x, after, ';') && !lex_is_char(x, after, ')') &&
           !lex_is_char(x, after, ',') && !lex_starts_clause(x, after) && !lex_is_word(x, after, "as");
}

/* VALUES 1, 2 where a query may begin: rows of one value. */
static bool single_values(const lexer *x, const token *after)
{
    bool place = lex_is_char(x, &x->before, '(') || x->before.from == x->n || lex_is_word(x, &x->before, "as");

    return place && !lex_is_char(x, after, '(');
}

/* VALUES as a query of its own, with an alias behind its rows: VALUES (1), (2) AS t(a). */
static bool named_rows(lexer *x, const token *values)
{
    int32_t depth = 0, at = values->to;
    token   t;

    if (x->before.kind != T_OTHER && !lex_is_word(x, &x->before, "as")) return false;
    while (lex_next(x, at, &t) == BRASA_OK && t.kind != T_END && !lex_is_char(x, &t, ';')) {
        if (depth == 0 && lex_is_char(x, &t, ')')) return false;
        if (depth == 0 && lex_is_word(x, &t, "returning")) return false;
        if (depth == 0 && lex_is_word(x, &t, "as")) return true;
        depth += lex_is_char(x, &t, '(') ? 1 : lex_is_char(x, &t, ')') ? -1 : 0;
        at = t.to;
    }
    return false;
}

/* ---- before each token ---- */

static void end_moves(lexer *x, lex_level *l, const token *t)
{
    if (l->list_at >= 0 && ends_list(x, t)) {
        lex_rotate(x, l->star_at, l->list_at);
        l->from_at = l->star_at + (int32_t)x->out.len - l->list_at;
        l->list_at = -1;
    }
    if (l->qualify_at >= 0 && ends_select(x, t)) {
        brasa__text_add(&x->out, ")");
        lex_rotate(x, l->from_at, l->qualify_at);
        l->qualify_at = -1;
    }
}

/* VALUES (1, 'a') AS t(x, y) as a query: SELECT * FROM (VALUES (1, 'a')) AS t(x, y). */
static void values_alias(lexer *x, lex_level *l, const token *t)
{
    bool row = lex_is_char(x, &x->before, ')');

    if (row &&
        (lex_is_word(x, t, "as") || t->kind == T_QUOTED || (t->kind == T_NAME && !lex_lacks_alias(x, t) && !lex_is_word(x, t, "order")))) {
        int32_t end = (int32_t)x->out.len;

        brasa__text_add(&x->out, "select * from (");
        lex_rotate(x, l->query_at, end);
        brasa__text_add(&x->out, ") ");
        l->query_at = -1;
    } else if (t->kind == T_END || lex_is_pipe(x, t) || (t->kind == T_NAME && row)) {
        l->query_at = -1;
    }
}

brasa_status lex_query_token(lexer *x, const token *t)
{
    lex_level *l = lex_level_here(x);

    if (x->piped) lex_pipe_token(x, t);
    if (l->query_at >= 0) values_alias(x, l, t);

    if (l->values && lex_is_char(x, t, ',')) BRASA_TRY(values_comma(x, l, t));
    if (l->values) values_token(x, l, t);
    lex_join_end(x, t);
    end_moves(x, l, t);
    return BRASA_OK;
}

/* ---- words ---- */

/* May a query begin with FROM here? */
static bool from_may_begin(const lexer *x)
{
    static const char *const words[] = {"union", "all", "except", "intersect", "as"};

    if (x->l->tokens <= 1) return x->l->prefix == 0;
    if (lex_is_char(x, &x->before, ')')) return x->levels[x->depth].with;
    if (lex_is_char(x, &x->before, '(')) {
        int32_t at = x->depth > 0 ? x->calls[x->depth - 1].at : 0;
        return strncasecmp(x->out.s + at, "trim", 4) != 0;
    }
    return IS_ONE_OF(x, &x->before, words);
}

static void from_word(lexer *x, lex_level *l, const token *t)
{
    if (from_may_begin(x)) {
        lex_level_reset(l);
        l->select = true;
        brasa__text_add(&x->out, "select ");
        l->star_at = (int32_t)x->out.len;
        brasa__text_add(&x->out, "* ");
    }
    l->distinct = lex_is_word(x, &x->before, "distinct");
    if (l->from_at < 0 && !l->distinct) l->from_at = (int32_t)x->out.len;
    (void)t;
}

/* SELECT behind FROM: its list goes to the front. */
static bool late_select(lexer *x, lex_level *l)
{
    if (l->star_at < 0) return false;
    memset(x->out.s + l->star_at, ' ', 2);
    l->list_at = (int32_t)x->out.len;
    brasa__text_add(&x->out, " ");
    return true;
}

brasa_status lex_query_word(lexer *x, const token *t, const token *after, int32_t *at, bool *done)
{
    lex_level *l = lex_level_here(x);

    *done = true;
    *at = t->to;
    if (lex_is_word(x, t, "from")) {
        from_word(x, l, t);
    } else if (lex_is_word(x, t, "select") && l->star_at >= 0 && l->list_at < 0 && x->in_from) {
        if (late_select(x, l)) {
            x->in_from = false;
            x->before = *t;
            return BRASA_OK;
        }
    } else if (lex_is_word(x, t, "with") && !lex_ends_value(x, &x->before)) {
        l->with = true;
    } else if (lex_is_word(x, t, "select")) {
        lex_level_reset(l);
        l->select = true;
    } else if (lex_is_word(x, t, "qualify") && l->from_at >= 0 && l->qualify_at < 0 && lex_ends_value(x, &x->before)) {
        l->qualify_at = (int32_t)x->out.len;
        x->in_from = false;
        brasa__text_add(&x->out, ", __qualify__(");
        x->before = (token) {.kind = T_OTHER, .from = x->n, .to = x->n};
        return BRASA_OK;
    } else if (lex_is_word(x, t, "values") && begins_row(x, after) && (table_place(x) || single_values(x, after) || named_rows(x, t))) {
        if (!table_place(x)) {
            lex_map_here(x, t->from);
            brasa__text_add(&x->out, "select * from ");
            l = lex_level_here(x);
        }
        l->values = true;
        l->table_rows = table_place(x);
        l->item_open = false;
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, "(values ");
        x->before = *t;
        return BRASA_OK;
    } else if (lex_is_word(x, t, "values") && (from_may_begin(x) || lex_is_word(x, &x->before, "as"))) {
        lex_level_reset(l);
        l->query_at = (int32_t)x->out.len;
    } else if (lex_is_word(x, t, "matched") && lex_is_word(x, &x->before, "not") && lex_is_word(x, after, "by")) {
        token side;

        BRASA_TRY(lex_next(x, after->to, &side)); /* NOT MATCHED BY SOURCE, BY TARGET */
        if (lex_is_word(x, &side, "source")) {
            while (x->out.len > 0 && x->out.s[x->out.len - 1] == ' ') x->out.len--;
            memset(x->out.s + x->out.len - 3, ' ', 3);
        }
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, lex_is_word(x, &side, "source") ? " matched and __by_source__()" : "matched");
        x->before = side;
        *at = side.to;
        return BRASA_OK;
    } else if (lex_is_word(x, t, "insert") && lex_is_word(x, &x->before, "then") && lex_is_op(x, after, "*")) {
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, "insert values (__all__())");
        x->before = *after;
        *at = after->to;
        return BRASA_OK;
    } else if (lex_is_word(x, t, "set") && lex_is_word(x, &x->before, "update") && lex_is_op(x, after, "*")) {
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, "set __all__ = 1");
        x->before = *after;
        *at = after->to;
        return BRASA_OK;
    } else if ((lex_is_word(x, t, "pivot") || lex_is_word(x, t, "unpivot")) && !lex_is_char(x, after, '.') &&
               (after->kind == T_NAME || after->kind == T_QUOTED || lex_is_char(x, after, '(')) &&
               (from_may_begin(x) || lex_is_word(x, &x->before, "as"))) {
        lex_level_reset(l);
        return lex_pivot_statement(x, t, at);
    } else if (lex_is_word(x, t, "minus") && lex_ends_value(x, &x->before) &&
               (begins_query(x, after) || lex_is_char(x, after, '(') || lex_is_word(x, after, "all") ||
                lex_is_word(x, after, "distinct"))) {
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, "except");
        x->in_from = false;
        x->before = *t;
        return BRASA_OK;
    }
    *done = false;
    return BRASA_OK;
}

/* ---- * EXCEPT (a, b), * REPLACE (e AS a), * RENAME (a AS b): calls behind the star ---- */

void lex_write_text(lexer *x, const token *t)
{
    bool quoted = t->kind == T_QUOTED || t->kind == T_STRING;

    brasa__text_add(&x->out, "'");
    for (int32_t i = t->from + quoted; i < t->to - quoted; i++) {
        if (x->s[i] == '\'') brasa__text_add(&x->out, "'");
        brasa__text_add_n(&x->out, x->s + i, 1);
    }
    brasa__text_add(&x->out, "'");
}

static bool is_plain_name(const token *t)
{
    return t->kind == T_NAME || t->kind == T_QUOTED;
}

/* name [AS name], ... to the closing parenthesis. */
static brasa_status star_names(lexer *x, int32_t *at)
{
    token t, dot;

    for (;;) {
        BRASA_TRY(lex_next(x, *at, &t));
        if (!is_plain_name(&t)) return brasa__lex_fail(x->s, t.from, BRASA_SYNTAX, x->err, "a column's name was expected");
        BRASA_TRY(lex_next(x, t.to, &dot));
        while (lex_is_char(x, &dot, '.')) {
            BRASA_TRY(lex_next(x, dot.to, &t));
            BRASA_TRY(lex_next(x, t.to, &dot));
        }
        lex_write_text(x, &t);
        *at = dot.to;
        if (lex_is_char(x, &dot, ')')) return BRASA_OK;
        if (!lex_is_char(x, &dot, ',') && !lex_is_word(x, &dot, "as"))
            return brasa__lex_fail(x->s, dot.from, BRASA_SYNTAX, x->err, ", or ) was expected");
        brasa__text_add(&x->out, ", ");
    }
}

/* expression AS name, ... to the closing parenthesis. */
static brasa_status star_values(lexer *x, int32_t *at)
{
    int32_t depth = x->depth;
    token   t, name;

    x->before = (token) {.kind = T_OTHER, .from = x->n, .to = x->n};
    for (;;) {
        BRASA_TRY(lex_next(x, *at, &t));
        if (t.kind == T_END) return brasa__lex_fail(x->s, t.from, BRASA_SYNTAX, x->err, ") was expected");
        if (x->depth == depth && lex_is_char(x, &t, ')')) {
            *at = t.to;
            return BRASA_OK;
        }
        if (x->depth == depth && lex_is_word(x, &t, "as")) {
            BRASA_TRY(lex_next(x, t.to, &name));
            if (!is_plain_name(&name)) return brasa__lex_fail(x->s, name.from, BRASA_SYNTAX, x->err, "a column's name was expected");
            brasa__text_add(&x->out, ", ");
            lex_write_text(x, &name);
            *at = name.to;
            x->before = name;
            continue;
        }
        brasa__text_add(&x->out, " ");
        BRASA_TRY(lex_write(x, &t, at));
    }
}

/* Is the innermost parenthesis that of a query?  What is inside deeper ones does not count. */
static bool inside_query(const lexer *x)
{
    static const char *const words[] = {"select", "with", "values", "from", "table"};
    int32_t                  depth = 0;

    for (const char *p = x->out.s + x->calls[x->depth - 1].at; *p != '\0'; p++) {
        depth += (*p == '(') - (*p == ')');
        for (size_t i = 0; depth == 1 && !lex_name_part(p[-1]) && i < sizeof words / sizeof *words; i++)
            if (strncasecmp(p, words[i], strlen(words[i])) == 0 && !lex_name_part(p[strlen(words[i])])) return true;
    }
    return false;
}

/* f(a, *), coalesce(*), x IN (*), COLUMNS(* EXCLUDE (a)): PostgreSQL knows only f(*). */
static bool star_is_argument(lexer *x, const token *t)
{
    token after;

    if (x->depth == 0 || lex_is_char(x, &x->before, '.') || inside_query(x)) return false;
    const char *call = x->out.s + x->calls[x->depth - 1].at;
    bool        grammar = call[0] == '(' || strncasecmp(call, "coalesce(", 9) == 0 || strncasecmp(call, "greatest(", 9) == 0 ||
                   strncasecmp(call, "least(", 6) == 0 || strncasecmp(call, "columns(", 8) == 0;
    if (grammar || !lex_is_char(x, &x->before, '(')) return true;
    return lex_next(x, t->to, &after) == BRASA_OK && !lex_is_char(x, &after, ')');
}

brasa_status lex_star(lexer *x, const token *t, int32_t *at)
{
    token word, open, inside;

    if (star_is_argument(x, t)) {
        lex_map_here(x, t->from);
        brasa__text_add(&x->out, "__star__()");
    } else {
        lex_copy_token(x, t);
    }
    *at = t->to;
    for (;;) {
        BRASA_TRY(lex_next(x, *at, &word));
        bool except = lex_is_word(x, &word, "except"), exclude = except || lex_is_word(x, &word, "exclude");
        bool replace = lex_is_word(x, &word, "replace"), rename = lex_is_word(x, &word, "rename");
        if (!exclude && !replace && !rename) break;
        BRASA_TRY(lex_next(x, word.to, &open));
        if (exclude && !except && is_plain_name(&open)) {
            brasa__text_add(&x->out, ", __except__(");
            lex_write_text(x, &open);
            *at = open.to;
        } else {
            if (!lex_is_char(x, &open, '(')) break;
            BRASA_TRY(lex_next(x, open.to, &inside));
            if (begins_query(x, &inside) || lex_is_char(x, &inside, '(')) break;
            brasa__text_add(&x->out, exclude ? ", __except__(" : replace ? ", __replace__(" : ", __rename__(");
            *at = open.to;
            BRASA_TRY(replace ? star_values(x, at) : star_names(x, at));
        }
        brasa__text_add(&x->out, ")");
    }
    x->before = (token) {.kind = T_OTHER, .from = x->n, .to = x->n};
    return BRASA_OK;
}

/* ---- samples: TABLESAMPLE (10 PERCENT), (5 ROWS), 10%, reservoir(5), (BUCKET 1 OUT OF 4) ---- */

static brasa_status bucket(lexer *x, int32_t *at, token *t)
{
    token part, of, whole;

    BRASA_TRY(lex_next(x, t->to, &part));
    BRASA_TRY(lex_next(x, part.to, &of));
    BRASA_TRY(lex_next(x, of.to, &of));
    BRASA_TRY(lex_next(x, of.to, &whole));
    if (part.kind != T_NUMBER || whole.kind != T_NUMBER || strtod(x->s + whole.from, NULL) <= 0)
        return brasa__lex_fail(x->s, t->from, BRASA_SYNTAX, x->err, "write BUCKET x OUT OF y");
    brasa__text_addf(&x->out, "bernoulli(%.15g)", 100 * strtod(x->s + part.from, NULL) / strtod(x->s + whole.from, NULL));
    *at = whole.to;
    return lex_next(x, *at, t);
}

/* REPEATABLE (seed), and an alias, which PostgreSQL wants before the sample: t TABLESAMPLE (5 ROWS) AS s. */
static brasa_status sample_alias(lexer *x, int32_t start, int32_t *at)
{
    token t, name;

    BRASA_TRY(lex_next(x, *at, &t));
    if (lex_is_word(x, &t, "repeatable")) {
        for (int i = 0; i < 4 && t.kind != T_END; i++) { /* the word, (, the seed, ) */
            brasa__text_add(&x->out, " ");
            lex_copy_token(x, &t);
            *at = t.to;
            BRASA_TRY(lex_next(x, *at, &t));
        }
    }
    name = t;
    if (lex_is_word(x, &t, "as")) BRASA_TRY(lex_next(x, t.to, &name));
    if (lex_lacks_alias(x, &name)) return BRASA_OK;
    int32_t middle = (int32_t)x->out.len, quoted = name.kind == T_QUOTED;
    brasa__text_add(&x->out, " as ");
    lex_map_here(x, name.from);
    lex_write_quoted(x, x->s + name.from + quoted, (size_t)(name.to - name.from - 2 * quoted), quoted ? x->s[name.from] : '\0');
    brasa__text_add(&x->out, " ");
    lex_rotate(x, start, middle);
    *at = name.to;
    return BRASA_OK;
}

brasa_status lex_sample(lexer *x, const token *word, int32_t *at, bool *done)
{
    int32_t start = (int32_t)x->out.len;
    token   t, number, unit;
    bool    open, rows = false;

    BRASA_TRY(lex_next(x, word->to, &t));
    *done = false;
    if (t.kind == T_NAME) {
        rows = lex_is_word(x, &t, "reservoir");
        BRASA_TRY(lex_next(x, t.to, &t));
    }
    open = lex_is_char(x, &t, '(');
    if (open) BRASA_TRY(lex_next(x, t.to, &t));
    number = t;
    if (number.kind != T_NUMBER && !lex_is_word(x, &number, "bucket")) return BRASA_OK;
    lex_map_here(x, word->from);
    brasa__text_add(&x->out, "tablesample ");
    lex_map_here(x, number.from);
    if (number.kind == T_NUMBER) {
        BRASA_TRY(lex_next(x, number.to, &unit));
        bool percent = lex_is_op(x, &unit, "%") || lex_is_word(x, &unit, "percent");
        rows = percent ? false : rows || lex_is_word(x, &unit, "rows") || !open;
        brasa__text_addf(&x->out, "%s(%.*s)", rows ? "rows" : "bernoulli", (int)(number.to - number.from), x->s + number.from);
        *at = percent || lex_is_word(x, &unit, "rows") ? unit.to : number.to;
        BRASA_TRY(lex_next(x, *at, &t));
    } else {
        BRASA_TRY(bucket(x, at, &t));
    }
    if (open && !lex_is_char(x, &t, ')')) return brasa__lex_fail(x->s, t.from, BRASA_SYNTAX, x->err, ") was expected");
    if (open) *at = t.to;
    x->before = (token) {.kind = T_OTHER, .from = word->from, .to = word->to};
    *done = true;
    return sample_alias(x, start, at);
}

/* ---- IGNORE NULLS: a mark at the name of the call ---- */

void lex_add_mark(lexer *x, int32_t at, const char *means)
{
    brasa_lexed *l = x->l;
    int32_t      i = l->nmarks;

    l->marks = brasa__arena_grow(x->arena, l->marks, &l->cap_marks, l->nmarks + 1, sizeof *l->marks);
    for (; i > 0 && l->marks[i - 1].at > at; i--) l->marks[i] = l->marks[i - 1];
    l->marks[i] = (brasa_lex_mark) {.at = at, .means = means};
    l->nmarks++;
}

/* IGNORE NULLS or RESPECT NULLS at `from`, of the call that begins at `call` of the new text; *to: behind it. */
brasa_status lex_null_treatment(lexer *x, int32_t from, int32_t call, int32_t *to, bool *found)
{
    token word, nulls;

    *found = false;
    BRASA_TRY(lex_next(x, from, &word));
    if (!lex_is_word(x, &word, "ignore") && !lex_is_word(x, &word, "respect")) return BRASA_OK;
    BRASA_TRY(lex_next(x, word.to, &nulls));
    if (!lex_is_word(x, &nulls, "nulls")) return BRASA_OK;
    if (lex_is_word(x, &word, "ignore")) lex_add_mark(x, call, "ignore nulls");
    *to = nulls.to;
    *found = true;
    return BRASA_OK;
}
