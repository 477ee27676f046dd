/* sql/lex.h -- Spark's words met before PostgreSQL's parser.
 *
 * The scanner rewrites text token by token into what PostgreSQL's grammar takes: backtick names become quoted names; ?, $n; ==, <=> and DIV become
 * operators of the right precedence that are marked; RLIKE and REGEXP become ~; INTERVAL 3 DAYS gets its quotes; ARRAY<T> becomes T[]; array(...) and names before a
 * dot are quoted.  It remembers where each token came from, so that errors and trees speak of the text as written.
 */
#ifndef BRASA_SQL_LEX_H
#define BRASA_SQL_LEX_H

#include "base/arena.h"
#include "base/status.h"

/* Token at `at` of the new text came from `from` of the old one. */
typedef struct brasa_lex_map {
    int32_t at, from;
} brasa_lex_map;

/* An operator that stands for another: at `at` of the new text. */
typedef struct brasa_lex_mark {
    int32_t     at;
    const char *means; /* "div", "<=>" */
} brasa_lex_mark;

typedef struct brasa_lexed {
    const char     *source; /* as written */
    const char     *text;   /* for the parser */
    int32_t         prefix; /* bytes before the source's in `text` */
    int32_t         nmap, cap_map;
    brasa_lex_map  *map;
    int32_t         nmarks, cap_marks;
    brasa_lex_mark *marks;
    int32_t         nparams; /* ? seen */
    int32_t         tokens;
} brasa_lexed;

/* `prefix` is put before ("SELECT ").  SYNTAX: an unfinished string, name or comment; text or tokens over the limit. */
brasa_status brasa__sql_lex(brasa_arena *arena, const char *prefix, const char *source, brasa_lexed *out, brasa_error *err);

/* Where byte `at` of the new text was in the source; -1 before it. */
int32_t brasa__lex_source(const brasa_lexed *l, int32_t at);
/* What the operator at byte `at` of the new text means, or NULL: itself. */
const char *brasa__lex_mark(const brasa_lexed *l, int32_t at);
/* What the text s[from, to) means, without its quotes, where string-escapes is "spark". */
brasa_status brasa__lex_unescape(brasa_arena *arena, const char *s, int32_t from, int32_t to, const char **out, brasa_error *err);
/* A SYNTAX (or other) error at byte `from` of the source: "line 1, column 5: TEXT", the line, a caret. */
brasa_status brasa__lex_fail(const char *source, int32_t from, brasa_status code, brasa_error *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
