/* sql/lex_literal.c -- parameters, numbers with Spark's suffixes and texts; see lex.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sql/lex_inner.h"

void lex_param(lexer *x, const token *t)
{
    lex_map_here(x, t->from);
    if (x->s[t->from] == '?') {
        brasa__text_addf(&x->out, "$%d", (int)++x->l->nparams);
    } else {
        brasa__text_add_n(&x->out, x->s + t->from, (size_t)(t->to - t->from));
    }
}

/* 1.5e3BD: its digits with the point where the exponent puts it. */
static void write_scaled(lexer *x, const token *t)
{
    const char *s = x->s + t->from, *end = x->s + t->to;
    brasa_text  digits;
    int32_t     scale = 0;
    bool        point = false;

    brasa__text_init(&digits, x->arena);
    for (; s < end && *s != 'e' && *s != 'E'; s++) {
        point |= *s == '.';
        scale += point && *s != '.';
        if (*s != '.' && (digits.len > 0 || *s != '0')) brasa__text_add_n(&digits, s, 1);
    }
    long exponent = strtol(s + 1, NULL, 10);
    exponent = exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
    for (; exponent > scale; exponent--) brasa__text_add(&digits, "0");
    scale -= (int32_t)exponent;
    int32_t precision = (int32_t)digits.len > scale ? (int32_t)digits.len : scale;
    lex_map_here(x, t->from);
    brasa__text_addf(&x->out, "cast('%se%d' as decimal(%d,%d))", digits.len > 0 ? digits.s : "0", -(int)scale,
                     (int)(precision > 0 ? precision : 1), (int)scale);
}

/* Spark's suffixes: 1L, 2S, 3Y, 1.5D, 1.5F, 12BD. */
void lex_number(lexer *x, const token *t, int32_t *at)
{
    static const char *const suffixes[][2] = {{"bd", "decimal"}, {"l", "bigint"},           {"s", "smallint"},
                                              {"y", "tinyint"},  {"d", "double precision"}, {"f", "real"}};
    int32_t                  end = t->to, digits = 0, after = 0;
    const char              *type = NULL;

    while (end < x->n && lex_name_part(x->s[end])) end++;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes && end > t->to; i++) {
        if (strlen(suffixes[i][0]) == (size_t)(end - t->to) && strncasecmp(x->s + t->to, suffixes[i][0], (size_t)(end - t->to)) == 0)
            type = suffixes[i][1];
    }
    if (type == NULL) {
        lex_copy_token(x, t);
        return;
    }
    if (strcmp(type, "decimal") == 0 && memchr(x->s + t->from, 'e', (size_t)(t->to - t->from)) == NULL &&
        memchr(x->s + t->from, 'E', (size_t)(t->to - t->from)) == NULL)
        ; /* digits and a point */
    else if (strcmp(type, "decimal") == 0) {
        *at = end;
        write_scaled(x, t);
        return;
    }
    bool point = false;
    for (int32_t i = t->from; i < t->to; i++) {
        point |= x->s[i] == '.';
        digits += isdigit((unsigned char)x->s[i]) != 0;
        after += point && isdigit((unsigned char)x->s[i]);
    }
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "cast(");
    lex_copy_token(x, t);
    brasa__text_addf(&x->out, " as %s", type);
    if (strcmp(type, "decimal") == 0) brasa__text_addf(&x->out, "(%d,%d)", digits, after);
    brasa__text_add(&x->out, ")");
    *at = end;
}

/* 'a' 'b' is one text: PostgreSQL wants them in two lines.  r'a' is the text as it stands, which 'a' is here anyway. */
brasa_status lex_string(lexer *x, const token *t)
{
    char first = x->s[t->from], end = x->before.kind == T_STRING && x->before.to > 0 ? x->s[x->before.to - 1] : ' ';
    bool raw = first == 'r' || first == 'R';

    if ((first == '\'' || (first == '"' && x->escapes)) && (end == '\'' || (end == '"' && x->escapes))) brasa__text_add(&x->out, "\n");
    if (x->escapes && (first == '\'' || first == '"')) {
        lex_map_here(x, t->from);
        return lex_write_escaped(x, t->from + 1, t->to - 1);
    }
    if (!raw) {
        lex_copy_token(x, t);
        return BRASA_OK;
    }
    lex_map_here(x, t->from);
    brasa__text_add(&x->out, "'");
    for (int32_t i = t->from + 2; i < t->to - 1; i++) {
        if (x->s[i] == '\'' && x->s[t->from + 1] == '"') brasa__text_add(&x->out, "'");
        brasa__text_add_n(&x->out, x->s + i, 1);
    }
    brasa__text_add(&x->out, "'");
    return BRASA_OK;
}
