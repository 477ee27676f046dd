/* date_pattern.c -- patterns of dates taken apart, once for all rows; see date_format.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "expr/date_format.h"

/* The most letters of a kind; 0: no such letter. */
static int most_letters(char c)
{
    switch (c) {
    case 'y': return 6;
    case 'G':
    case 'M':
    case 'L':
    case 'E':
    case 'Q':
    case 'q':
    case 'z':
    case 'O': return 4;
    case 'D': return 3;
    case 'd':
    case 'h':
    case 'H':
    case 'k':
    case 'K':
    case 'm':
    case 's':
    case 'V': return 2;
    case 'F':
    case 'a': return 1;
    case 'S': return 9;
    case 'X':
    case 'x':
    case 'Z': return 5;
    default: return 0;
    }
}

static brasa_status refuse(const brasa_date_pattern *p, const char *why, brasa_error *err)
{
    return brasa__fail(err, BRASA_INVALID, "'%.*s' is not a pattern of dates: %s", (int)(p->len < 100 ? p->len : 100), p->text, why);
}

static brasa_status check(const brasa_date_pattern *p, const brasa_date_field *f, bool reading, brasa_error *err)
{
    char what[96];

    if (strchr("YWwuec", f->letter)) return refuse(p, "letters of weeks are not taken; EXTRACT(WEEK FROM x) gives the week", err);
    int most = most_letters(f->letter);
    snprintf(what, sizeof what, most == 0 ? "it has no letter '%c'; quote text as in 'T'" : "too many, or too few, letters '%c'",
             f->letter);
    if (most == 0 || f->count > most || (f->letter == 'V' && f->count != 2) || (f->letter == 'O' && f->count != 1 && f->count != 4))
        return refuse(p, what, err);
    if (reading && strchr("EFQq", f->letter)) return refuse(p, "E, F, Q and q are for writing only", err);
    return BRASA_OK;
}

/* Text in quotes: '' is one of them, inside too. */
static brasa_status take_quoted(brasa_arena *arena, const brasa_date_pattern *p, size_t *at, brasa_date_field *f, brasa_error *err)
{
    char  *text = brasa__arena_alloc(arena, p->len);
    size_t i = *at + 1;

    if (i < p->len && p->text[i] == '\'') {
        *f = (brasa_date_field) {.s = "'", .n = 1};
        *at = i + 1;
        return BRASA_OK;
    }
    for (;; i++) {
        if (i >= p->len) return refuse(p, "a quote is not closed", err);
        if (p->text[i] == '\'' && (i + 1 >= p->len || p->text[++i] != '\'')) break;
        text[f->n++] = p->text[i];
    }
    if (p->text[i] == '\'') i++; /* the pattern's last byte */
    f->s = text;
    *at = i;
    return BRASA_OK;
}

brasa_status brasa__date_pattern(brasa_arena *arena, const char *text, size_t n, bool reading, brasa_date_pattern *out, brasa_error *err)
{
    int32_t depth = 0;

    *out = (brasa_date_pattern) {.text = text, .len = n, .fields = BRASA_NEWS(arena, brasa_date_field, n + 1)};
    for (size_t i = 0; i < n;) {
        brasa_date_field *f = &out->fields[out->n++];
        char              c = text[i];
        if (c == '\'') {
            BRASA_TRY(take_quoted(arena, out, &i, f, err));
        } else if (isalpha((unsigned char)c)) {
            f->letter = c;
            while (i < n && text[i] == c) f->count++, i++;
            BRASA_TRY(check(out, f, reading, err));
        } else if (c == '[' || c == ']') {
            depth += c == '[' ? 1 : -1;
            if (depth < 0) return refuse(out, "a ] has no [ before it", err);
            f->letter = c;
            i++;
        } else if (strchr("{}#", c)) {
            return refuse(out, "{, } and # are kept for later; quote them", err);
        } else {
            *f = (brasa_date_field) {.s = text + i++, .n = 1};
        }
    }
    return BRASA_OK; /* sections that are open end with the pattern */
}
