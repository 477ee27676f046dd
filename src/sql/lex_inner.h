/* sql/lex_inner.h -- what the files of the scanner share. */
#ifndef BRASA_SQL_LEX_INNER_H
#define BRASA_SQL_LEX_INNER_H

#include <stdbool.h>

#include "sql/lex.h"

typedef enum token_kind { T_END, T_NAME, T_QUOTED, T_STRING, T_NUMBER, T_OP, T_PARAM, T_OTHER } token_kind;

typedef struct token {
    token_kind kind;
    int32_t    from, to; /* bytes of the source */
} token;

/* An open parenthesis: where the call or list that it belongs to begins in the new text. */
typedef struct call_start {
    int32_t at;
    bool    table;   /* a subquery in FROM, which PostgreSQL wants named */
    bool    in_from; /* what stands around it is a FROM list */
    bool    list;    /* of LIKE ANY: an array for PostgreSQL */
} call_start;

/* An open [ or {. */
typedef struct lex_bracket {
    char    kind; /* [ list, i index, { struct, m map */
    int32_t at;   /* where it begins in the new text */
    int32_t depth;
    bool    in_list;  /* x IN [...] */
    int32_t clauses;  /* of [e FOR x IN l IF c]: calls that are open */
    token   variable; /* its x */
} lex_bracket;

/* LEFT SEMI JOIN, LEFT ANTI JOIN or ASOF JOIN, at a depth of parentheses. */
typedef struct semi_join {
    int32_t     depth;
    const char *mark; /* semi, anti, asof */
    bool using;       /* its list is open: it ends with an alias that says what it is */
} semi_join;

/* How far the clauses of a query are that |> may follow. */
typedef enum lex_pipe_state { PIPE_FROM, PIPE_WHERE, PIPE_ORDER, PIPE_DONE, PIPE_VALUES } lex_pipe_state;

typedef struct lex_pipe {
    int32_t        at; /* of the new text, where the query begins; -1: none has begun */
    lex_pipe_state state;
} lex_pipe;

/* Of the query at a depth of parentheses: places of the new text, -1 none. */
typedef struct lex_level {
    int32_t  from_at;    /* its FROM */
    int32_t  qualify_at; /* its QUALIFY, which goes before FROM */
    int32_t  star_at;    /* where the list goes that stands behind FROM */
    int32_t  list_at;    /* that list */
    int32_t  query_at;   /* its VALUES, which may turn out to have an alias */
    int32_t  group_at;   /* the list of its GROUP BY */
    bool     with;       /* its names stand before it */
    bool     select;     /* it has begun: a text behind FROM or JOIN is a file's name */
    bool     distinct;   /* the last FROM is that of IS DISTINCT FROM */
    bool     values;     /* a list of rows as a table is open */
    bool     item_open;  /* its row of one value has got a parenthesis */
    bool     table_rows; /* they stand in FROM, where another table may follow */
    lex_pipe pipe;
} lex_level;

/* The body of a lambda: the depth and brackets where it began, its parameters. */
typedef struct lex_body {
    int32_t      depth, n;
    const token *names;
} lex_body;

typedef struct lexer {
    const char  *s;
    int32_t      n;
    brasa_arena *arena;
    brasa_text   out;
    brasa_lexed *l;
    token        before; /* the last token written */
    int32_t      chain;  /* operators since something that ends a chain of them */
    int32_t      depth;  /* of open parentheses */
    call_start  *calls;  /* [depth] */
    int32_t      cap_calls;
    semi_join   *semis; /* joins that wait for their ON or USING */
    int32_t      nsemis, cap_semis;
    bool         in_from; /* of the innermost query */
    int32_t      unnamed; /* subqueries that got a name */
    int32_t      sets;    /* UNION, INTERSECT, EXCEPT so far */
    lex_level   *levels;  /* [depth] */
    int32_t      cap_levels;
    lex_bracket *brackets; /* open ones of [ and { */
    int32_t      nbrackets, cap_brackets;
    bool         map_next;    /* the next { opens a map */
    bool         in_list;     /* the next [ opens what IN looks at */
    bool         filter_next; /* the next ( is that of FILTER */
    lex_body    *lambdas;     /* open bodies */
    int32_t      nlambdas, cap_lambdas;
    int32_t     *joins; /* depths of joins that have no condition */
    int32_t      njoins, cap_joins;
    bool         bare_join; /* CROSS or NATURAL, before its JOIN */
    bool         list_next; /* the next parenthesis opens a list of LIKE ANY */
    bool         by_name;   /* UNION BY NAME: its SELECT is to come */
    int32_t      looked;    /* tokens looked at ahead */
    bool         escapes;   /* backslashes in texts mean something, and "a" is a text */
    bool         piped;     /* there is a |> in the text */
    int32_t      pipes;     /* so far */
    int32_t      column_at; /* in the list of CREATE TABLE: the last column's name */
    brasa_error *err;
} lexer;

/* ---- lex.c: tokens ---- */
brasa_status lex_next(lexer *x, int32_t at, token *t);
bool         lex_is_word(const lexer *x, const token *t, const char *word);
bool         lex_is_char(const lexer *x, const token *t, char c);
bool         lex_is_op(const lexer *x, const token *t, const char *op);
/* Could a value end with this token, so that what follows is an infix operator? */
bool lex_ends_value(const lexer *x, const token *t);
bool lex_name_part(char c);

/* The setting string-escapes. */
bool lex_has_escapes(void);

/* ---- lex_escape.c ---- */
/* A text as Spark writes it, s[from, to) without its quotes, as one of PostgreSQL's. */
brasa_status lex_write_escaped(lexer *x, int32_t from, int32_t to);

/* ---- lex_write.c ---- */
/* One token and what belongs to it; *at: where the next one begins. */
brasa_status lex_write(lexer *x, const token *t, int32_t *at);
void         lex_map_here(lexer *x, int32_t from);
void         lex_copy_token(lexer *x, const token *t);
/* An operator that stands for another. */
void lex_write_marked(lexer *x, const token *t, const char *op, const char *means);
void lex_write_quoted(lexer *x, const char *s, size_t n, char quote);
/* Words that cannot be the alias of a table. */
bool lex_starts_clause(const lexer *x, const token *t);
/* What follows a table in FROM and is not its alias. */
bool lex_lacks_alias(const lexer *x, const token *t);

/* ---- lex_time.c ---- */
brasa_status lex_interval(lexer *x, const token *t, int32_t *at, bool *done);
brasa_status lex_timestamp(lexer *x, const token *t, int32_t *at, bool *done);

/* ---- lex_type.c ---- */
brasa_status lex_array_type(lexer *x, const token *t, const token *open, int32_t *at);
bool         lex_nested_type(lexer *x, const token *t, const token *open, int32_t *at);
/* INT UNSIGNED: true where it was written. */
bool         lex_unsigned(lexer *x, const token *t, const token *word, int32_t *at);
brasa_status lex_collated_type(lexer *x, const token *t, const token *after, int32_t *at, bool *done);
bool         lex_names_type(const lexer *x, const token *t);
bool         lex_follows_type_mark(const lexer *x);

/* ---- lex_join.c ---- */
brasa_status lex_semi(lexer *x, const token *t, int32_t *at, bool *done);
brasa_status lex_asof(lexer *x, const token *t, const token *after, int32_t *at, bool *done);
brasa_status lex_positional(lexer *x, const token *t, const token *join, int32_t *at);
semi_join   *lex_waiting_semi(lexer *x);
brasa_status lex_view(lexer *x, const token *t, const token *view, int32_t *at);

/* ---- lex_alias.c ---- */
brasa_status lex_identifier(lexer *x, const token *t, const token *open, int32_t *at, bool *done);
brasa_status lex_field_name(lexer *x, const token *t, const token *name, int32_t *at, bool *done);
brasa_status lex_column_names(lexer *x, const token *open, int32_t *at, bool *done);

/* ---- lex_literal.c ---- */
void         lex_param(lexer *x, const token *t);
void         lex_number(lexer *x, const token *t, int32_t *at);
brasa_status lex_string(lexer *x, const token *t);

/* ---- lex_query.c ---- */
lex_level *lex_level_here(lexer *x);
void       lex_level_reset(lex_level *l);
/* Before a token is written: what it ends. */
brasa_status lex_query_token(lexer *x, const token *t);
brasa_status lex_query_word(lexer *x, const token *t, const token *after, int32_t *at, bool *done);
/* A * that stands for columns. */
brasa_status lex_star(lexer *x, const token *t, int32_t *at);
brasa_status lex_sample(lexer *x, const token *word, int32_t *at, bool *done);
void         lex_add_mark(lexer *x, int32_t at, const char *means);
brasa_status lex_null_treatment(lexer *x, int32_t from, int32_t call, int32_t *to, bool *found);
/* A name as a text. */
void lex_write_text(lexer *x, const token *t);
bool lex_brace(lexer *x, const token *t);
bool lex_brace_key(lexer *x, const token *t, const token *after);

/* Text from `middle` on comes before that from `from` on. */
void lex_rotate(lexer *x, int32_t from, int32_t middle);

/* ---- lex_clause.c ---- */
/* A join is met; before each token: does it end a join without a condition? */
brasa_status lex_join(lexer *x, const token *join);
void         lex_join_word(lexer *x, const token *t, const token *after);
void         lex_join_end(lexer *x, const token *t);
brasa_status lex_group_word(lexer *x, const token *t, const token *after, int32_t *at, bool *done);
brasa_status lex_by_name(lexer *x, const token *t, const token *after, int32_t *at, bool *done);
brasa_status lex_call_words(lexer *x, const token *t, const token *after, const char **instead);
bool         lex_not_sign(lexer *x, const token *t, const token *after);
brasa_status lex_like_any(lexer *x, const token *t, const token *after);

/* ---- lex_other.c ---- */
brasa_status lex_other_word(lexer *x, const token *t, const token *after, int32_t *at, bool *done);
bool         lex_names_file(lexer *x);

/* ---- lex_bracket.c ---- */
/* [ ] { } and : inside of braces; *done when it stood at t. */
brasa_status lex_bracket_token(lexer *x, const token *t, bool *done);
/* A name before a colon in braces, MAP before a brace, IN before a bracket, FOR and IF in a list. */
brasa_status lex_bracket_word(lexer *x, const token *t, const token *after, int32_t *at, bool *done);
/* The new text from `at` on, in parentheses. */
void lex_wrap(lexer *x, int32_t at);
/* Text that was written at `at`, in parentheses if an index follows. */
brasa_status lex_string_part(lexer *x, const token *t, int32_t at);

/* ---- lex_variant.c ---- */
/* The path of a variant at a colon: *done when one stood at t. */
brasa_status lex_variant_path(lexer *x, const token *t, int32_t *at, bool *done);

/* ---- lex_lambda.c ---- */
/* x -> and (x, y) ->: *done when they stood at t; the body follows. */
brasa_status lex_lambda(lexer *x, const token *t, int32_t *at, bool *done);
/* Before a token is written: the bodies that it ends. */
void lex_lambda_end(lexer *x, const token *t);
/* A parameter in a body, which is written here; false: it is none. */
bool lex_lambda_name(lexer *x, const token *t, const token *after);

/* ---- lex_pivot.c ---- */
/* PIVOT (...) and UNPIVOT (...) behind a table: *done when one stood at t. */
brasa_status lex_pivot(lexer *x, const token *t, const token *after, int32_t *at, bool *done);
/* PIVOT t ON ..., UNPIVOT t ON ... as a statement. */
brasa_status lex_pivot_statement(lexer *x, const token *t, int32_t *at);

/* ---- lex_pipe.c ---- */
bool lex_is_pipe(const lexer *x, const token *t);
/* Before each token, and each word, of a text that has |>. */
void lex_pipe_token(lexer *x, const token *t);
void lex_pipe_word(lexer *x, const token *t);
/* TABLE t: true where it was written. */
bool         lex_pipe_table(lexer *x, const token *t);
brasa_status lex_pipe_stage(lexer *x, const token *pipe, int32_t *at);

/* ---- keywords.c ---- */
bool lex_is_keyword(const char *word);

#endif
