/* sql/call_other.c -- calls of DuckDB's and PostgreSQL's whose arguments say what they become: struct_pack(a := 1), max(x, 3), try(x),
 * regexp_replace(s, p, t, 'g').
 */
#include <stdlib.h>
#include <string.h>

#include "data/type.h"
#include "sql/from_pg.h"
#include "sql/shorthand.h"

static bool is_text(const brasa_expr *e)
{
    return e->kind == BRASA_EXPR_LITERAL && !e->value.null && e->value.type.kind == BRASA_KIND_STRING;
}

/* ---- struct_pack(a := 1, b := 2) ---- */

static bool has_names(const brasa_expr *const *args, int32_t n)
{
    bool any = false;

    for (int32_t i = 0; i < n; i++) any = any || args[i]->kind == BRASA_EXPR_ALIAS;
    return any;
}

static const brasa_expr *pack(brasa_pg *p, const brasa_expr *const *args, int32_t n)
{
    const brasa_expr **list = BRASA_NEWS(p->arena, const brasa_expr *, 2 * n + 1);

    for (int32_t i = 0; i < n; i++) {
        bool        named = args[i]->kind == BRASA_EXPR_ALIAS || args[i]->kind == BRASA_EXPR_COLUMN;
        brasa_value name = brasa_value_string(named ? args[i]->name : brasa__arena_printf(p->arena, "col%d", (int)i + 1));

        list[2 * i] = brasa__expr_literal(p->arena, &name);
        list[2 * i + 1] = args[i]->kind == BRASA_EXPR_ALIAS ? args[i]->args[0] : args[i];
    }
    return brasa__pg_make(p, -1, "named_struct", list, 2 * n);
}

/* ---- max(x, n), arg_max(x, y, n): lists of the first ---- */

static const struct {
    const char *name;
    const char *params[3];
    const char *body;
} firsts[] = {
    {"max", {"x", "n"}, "slice(sort_array(collect_list(x), false), 1, n)"},
    {"min", {"x", "n"}, "slice(sort_array(collect_list(x), true), 1, n)"},
    {"max_by",
     {"x", "y", "n"},
     "transform(slice(sort_array(collect_list(CASE WHEN y IS NOT NULL AND x IS NOT NULL THEN named_struct('k', y, 'v', x) END), false), 1, n), "
     "__p -> get_field(__p, 'v'))"},
    {"min_by",
     {"x", "y", "n"},
     "transform(slice(sort_array(collect_list(CASE WHEN y IS NOT NULL AND x IS NOT NULL THEN named_struct('k', y, 'v', x) END), true), 1, n), "
     "__p -> get_field(__p, 'v'))"},
};

/* ---- try(x): what fails inside is null ---- */

static const brasa_expr *tried(void *arg, brasa_arena *arena, const brasa_expr *e)
{
    static const char *const names[][2] = {{"+", "try_add"},
                                           {"-", "try_subtract"},
                                           {"*", "try_multiply"},
                                           {"/", "try_divide"},
                                           {"%", "try_mod"},
                                           {"element_at", "try_element_at"},
                                           {"to_timestamp", "try_to_timestamp"},
                                           {"to_number", "try_to_number"}};
    brasa_expr              *copy;

    (void)arg;
    if (e->kind == BRASA_EXPR_CAST) {
        copy = brasa__arena_copy(arena, e, sizeof *e);
        copy->try_cast = true;
        return copy;
    }
    for (size_t i = 0; e->kind == BRASA_EXPR_CALL && e->nargs == 2 && i < sizeof names / sizeof *names; i++) {
        if (strcmp(e->name, names[i][0]) != 0) continue;
        copy = brasa__arena_copy(arena, e, sizeof *e);
        copy->name = names[i][1];
        return copy;
    }
    return e;
}

/* ---- flags of regular expressions: 'g' is how it is anyway, others go before the pattern ---- */

static const brasa_expr *flagged(brasa_pg *p, const char *name, const brasa_expr *const *args, int32_t n)
{
    const brasa_expr **list = brasa__arena_copy(p->arena, args, sizeof *args * (size_t)n);
    brasa_value        flags = args[n - 1]->value;
    char              *mode = BRASA_NEWS(p->arena, char, flags.u.s.n + 5);
    size_t             m = 2;

    memcpy(mode, "(?", 2);
    for (size_t i = 0; i < flags.u.s.n; i++) {
        char c = flags.u.s.p[i];

        if (c == 'i' || c == 's' || c == 'm' || c == 'x') mode[m++] = c;
        if (c == 'n') mode[m++] = 'm';
    }
    mode[m] = ')';
    if (m > 2) {
        brasa_value       v = brasa_value_string(mode);
        const brasa_expr *both[] = {brasa__expr_literal(p->arena, &v), args[1]};

        list[1] = brasa__pg_make(p, -1, "concat", both, 2);
    }
    return brasa__pg_make(p, -1, name, list, n - 1);
}

brasa_status brasa__pg_glob(brasa_pg *p, const brasa_expr *const *args, const brasa_expr **out)
{
    brasa_text  t;
    brasa_value v;
    bool        set = false;

    if (!is_text(args[1])) return brasa__pg_fail(p, args[1]->pos, BRASA_UNSUPPORTED, "GLOB takes a pattern that stands as a text, as 'a*'");
    brasa__text_init(&t, p->arena);
    brasa__text_add(&t, "(?s)^");
    for (size_t i = 0; i < args[1]->value.u.s.n; i++) {
        char c = args[1]->value.u.s.p[i];

        if (set) {
            set = c != ']';
            brasa__text_addf(&t, c == '\\' || c == '[' ? "\\%c" : "%c", c);
        } else if (c == '[') {
            set = true;
            brasa__text_addf(&t, "[");
            if (i + 1 < args[1]->value.u.s.n && args[1]->value.u.s.p[i + 1] == '!') brasa__text_addf(&t, "^"), i++;
        } else if (c == '*' || c == '?') {
            brasa__text_add(&t, c == '*' ? ".*" : ".");
        } else {
            brasa__text_addf(&t, strchr(".+^$(){}|\\]", c) != NULL ? "\\%c" : "%c", c);
        }
    }
    brasa__text_add(&t, "$");
    v = brasa_value_string(t.s);
    const brasa_expr *both[] = {args[0], brasa__expr_literal(p->arena, &v)};
    *out = brasa__pg_make(p, args[1]->pos, "rlike", both, 2);
    return BRASA_OK;
}

/* ---- format('{} is {1}', a, b), and PostgreSQL's format('%s', a): the pieces in a row ---- */

typedef struct pieces {
    brasa_pg                *p;
    const brasa_expr *const *args;
    int32_t                  nargs, next, n;
    const brasa_expr       **list;
    brasa_text               text;
} pieces;

static void end_text(pieces *f)
{
    brasa_value v = brasa_value_string(brasa__arena_strndup(f->p->arena, f->text.s, f->text.len));

    if (f->text.len > 0) f->list[f->n++] = brasa__expr_literal(f->p->arena, &v);
    brasa__text_init(&f->text, f->p->arena);
}

/* The argument of that number (-1: the next one), as text. */
static brasa_status take_argument(pieces *f, int32_t number)
{
    if (number < 0) number = f->next++;
    if (number >= f->nargs) return brasa__pg_fail(f->p, f->args[0]->pos, BRASA_INVALID, "format: there is no argument %d", (int)number + 1);
    end_text(f);
    f->list[f->n++] = brasa__expr_cast(f->p->arena, f->args[number], brasa__type(BRASA_KIND_STRING), false);
    return BRASA_OK;
}

/* What stands at s[i] of the pattern; *i: behind it. */
static brasa_status take_piece(pieces *f, const char *s, size_t n, size_t *i)
{
    char   c = s[*i];
    size_t at = *i + 1, digits = at;

    if (c != '{' && c != '}' && c != '%') {
        brasa__text_add_n(&f->text, s + (*i)++, 1);
        return BRASA_OK;
    }
    if (at < n && s[at] == c) {
        brasa__text_add_n(&f->text, &c, 1);
        *i = at + 1;
        return BRASA_OK;
    }
    while (at < n && s[at] >= '0' && s[at] <= '9') at++;
    int32_t number = at == digits ? -1 : (int32_t)strtol(s + digits, NULL, 10);
    if (c == '%' && number > 0 && at < n && s[at] == '$') number--, at++;
    if (at < n && ((c == '{' && s[at] == '}') || (c == '%' && s[at] == 's'))) {
        *i = at + 1;
        return take_argument(f, number);
    }
    if (c == '%') { /* as it stands: braces make the places */
        brasa__text_add_n(&f->text, s + (*i)++, 1);
        return BRASA_OK;
    }
    return brasa__pg_fail(f->p, f->args[0]->pos, BRASA_UNSUPPORTED, "format takes {}, {0} and %%s; printf has widths and digits");
}

static brasa_status format(brasa_pg *p, const brasa_expr *const *args, int32_t n, const brasa_expr **out)
{
    pieces f = {.p = p, .args = args + 1, .nargs = n - 1};
    size_t length = args[0]->value.u.s.n;

    f.list = BRASA_NEWS(p->arena, const brasa_expr *, 2 * length + 2);
    brasa__text_init(&f.text, p->arena);
    brasa__text_add(&f.text, "");
    for (size_t i = 0; i < length;) BRASA_TRY(take_piece(&f, args[0]->value.u.s.p, length, &i));
    end_text(&f);
    if (f.n == 0) {
        *out = args[0];
        return BRASA_OK;
    }
    *out = f.n == 1 ? f.list[0] : brasa__pg_make(p, args[0]->pos, "concat", f.list, f.n);
    return BRASA_OK;
}

static brasa_status arrow_cast(brasa_pg *p, const brasa_expr *const *args, const brasa_expr **out)
{
    brasa_type t;

    if (!is_text(args[1])) return brasa__pg_fail(p, args[1]->pos, BRASA_SYNTAX, "the type of arrow_cast is a text, as 'Int64'");
    BRASA_TRY(brasa__sql_arrow_type(p->arena, brasa__arena_strndup(p->arena, args[1]->value.u.s.p, args[1]->value.u.s.n), &t, p->err));
    *out = t.kind == BRASA_KIND_NULL ? args[0] : brasa__expr_cast(p->arena, args[0], t, false);
    return BRASA_OK;
}

/* (a, b) OVERLAPS (c, d): periods without their ends, in either order; (a, INTERVAL ...) ends so much later. */
static brasa_status overlaps(brasa_pg *p, const brasa_expr *const *args, const brasa_expr **out)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    const brasa_expr        *of[4];

    for (int32_t i = 0; i < 4; i++) {
        bool       typed = args[i]->kind == BRASA_EXPR_LITERAL || args[i]->kind == BRASA_EXPR_CAST;
        brasa_type t = args[i]->kind == BRASA_EXPR_LITERAL ? args[i]->value.type : args[i]->type;

        of[i] = args[i];
        if (i % 2 == 1 && typed && (t.kind == BRASA_KIND_INTERVAL || brasa__type_is_interval(t)))
            of[i] = brasa__pg_make(p, -1, "+", (const brasa_expr *[]) {args[i - 1], args[i]}, 2);
    }
    return brasa__sql_with_arguments(
        p->arena,
        "CASE WHEN a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL AND d IS NOT NULL THEN least(a, b) = least(c, d) OR "
        "(least(a, b) < greatest(c, d) AND least(c, d) < greatest(a, b)) END",
        names, of, 4, out, p->err);
}

brasa_status brasa__pg_other_call(brasa_pg *p, const char *name, bool plain, const brasa_expr *const *args, int32_t n,
                                  const brasa_expr **out)
{
    bool replaces = strcmp(name, "regexp_replace") == 0 && n == 4;
    bool matches =
        (strcmp(name, "regexp_like") == 0 || strcmp(name, "regexp_matches") == 0 || strcmp(name, "regexp_full_match") == 0) && n == 3;

    *out = NULL;
    if (strcmp(name, "format") == 0 && n > 1 && is_text(args[0])) return format(p, args, n, out);
    if (strcmp(name, "overlaps") == 0 && n == 4) return overlaps(p, args, out);
    if (strcmp(name, "arrow_cast") == 0 && n == 2) return arrow_cast(p, args, out);
    if ((replaces || matches) && is_text(args[n - 1])) {
        *out = flagged(p, strcmp(name, "regexp_matches") == 0 ? "regexp_like" : name, args, n);
    } else if (strcmp(name, "try") == 0 && n == 1) {
        *out = brasa__expr_rewrite(p->arena, args[0], tried, NULL);
    } else if ((strcmp(name, "named_struct") == 0 || strcmp(name, "struct") == 0 || strcmp(name, "struct_pack") == 0) &&
               has_names(args, n)) {
        *out = pack(p, args, n);
    }
    for (size_t i = 0; *out == NULL && plain && i < sizeof firsts / sizeof *firsts; i++) {
        int32_t most = firsts[i].params[2] == NULL ? 2 : 3;

        if (n != most || strcmp(firsts[i].name, name) != 0) continue;
        return brasa__sql_with_arguments(p->arena, firsts[i].body, firsts[i].params, args, n, out, p->err);
    }
    return BRASA_OK;
}
