/* sql/parse.c -- from text to trees: scan, parse on a deep stack, translate at once.
 *
 * PostgreSQL's parser and the unpacking of its tree recurse with the nesting of the text (measured: 9,000 levels in 8 MB), so they run on a thread
 * whose stack grows with the text; pages that are not used cost nothing.
 */
#include "sql/parse.h"

#include <pg_query.h>
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "sql/query_from_pg.h"
#include "sql/sql.h"
#include "sql/statement_words.h"

enum { STACK_LEAST = 64 << 20, STACK_PER_TOKEN = 4096 };

typedef brasa_status translate_fn(brasa_pg *p, const PgQuery__SelectStmt *s, void *out);

typedef struct parse_call {
    brasa_arena               *arena;
    brasa_lexed                lexed;
    const char                *what;      /* in messages */
    translate_fn              *translate; /* of a SELECT */
    brasa_statement           *statement; /* or any statement */
    void                      *out;
    brasa_ctx                 *ctx;
    brasa_error               *err;
    brasa_status               status;
    PgQueryProtobufParseResult parsed;
    PgQuery__ParseResult      *tree;
} parse_call;

/* PostgreSQL counts characters from 1. */
static int32_t byte_of(const char *text, int32_t character)
{
    int32_t at = 0;

    for (int32_t i = 1; i < character && text[at] != '\0'; i++) {
        at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80) at++;
    }
    return at;
}

static brasa_status syntax_error(parse_call *c, const PgQueryError *e)
{
    int32_t from = brasa__lex_source(&c->lexed, byte_of(c->lexed.text, e->cursorpos));

    if (strstr(e->message, "stack depth") != NULL || strstr(e->message, "memory exhausted") != NULL) {
        return brasa__fail(c->err, BRASA_SYNTAX, "the text nests too deeply to be parsed; split it");
    }
    return brasa__lex_fail(c->lexed.source, from, BRASA_SYNTAX, c->err, "%s", e->message);
}

/* The one SELECT that the wrapped text must be. */
static brasa_status select_of(parse_call *c, const PgQuery__SelectStmt **out)
{
    const PgQuery__Node *n;

    if (c->tree->n_stmts != 1 || c->tree->stmts[0]->stmt == NULL)
        return brasa__lex_fail(c->lexed.source, 0, BRASA_SYNTAX, c->err, "%s was expected", c->what);
    n = c->tree->stmts[0]->stmt;
    if (n->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return brasa__lex_fail(c->lexed.source, 0, BRASA_SYNTAX, c->err, "%s was expected", c->what);
    *out = n->select_stmt;
    return BRASA_OK;
}

static brasa_status any_statement(parse_call *c, brasa_pg *p)
{
    if (c->tree->n_stmts != 1 || c->tree->stmts[0]->stmt == NULL)
        return brasa__lex_fail(c->lexed.source, 0, BRASA_SYNTAX, c->err, "one statement was expected, not %zu", c->tree->n_stmts);
    return brasa__pg_statement(p, c->tree->stmts[0]->stmt, c->statement);
}

static brasa_status parse_guarded(void *arg, brasa_error *err)
{
    parse_call                *c = arg;
    const PgQuery__SelectStmt *s = NULL;
    brasa_pg                   p = {.arena = c->arena, .lexed = &c->lexed, .err = err};

    if (c->statement != NULL) p.collation = c->statement->collation;

    c->parsed = pg_query_parse_protobuf(c->lexed.text);
    if (c->parsed.error != NULL) return syntax_error(c, c->parsed.error);
    c->tree = pg_query__parse_result__unpack(NULL, c->parsed.parse_tree.len, (const uint8_t *)c->parsed.parse_tree.data);
    if (c->tree == NULL) return brasa__fail(err, BRASA_NO_MEMORY, "no memory to unpack the parsed text");
    if (c->statement != NULL) return any_statement(c, &p);
    BRASA_TRY(select_of(c, &s));
    return c->translate(&p, s, c->out);
}

static void *parse_thread(void *arg)
{
    parse_call *c = arg;
    brasa_ctx  *before = brasa__ctx_set(c->ctx);

    c->status = brasa__guarded(parse_guarded, c, c->err);
    if (c->tree != NULL) pg_query__parse_result__free_unpacked(c->tree, NULL);
    pg_query_free_protobuf_parse_result(c->parsed);
    /* the parser frees its memory by itself when its thread ends; pg_query_exit as well would free it twice */
    brasa__ctx_set(before);
    return NULL;
}

static brasa_status run(parse_call *c, const char *prefix, const char *text, brasa_error *err)
{
    pthread_attr_t attr;
    pthread_t      thread;
    int            failed;

    BRASA_TRY(brasa__sql_lex(c->arena, prefix, text, &c->lexed, err));
    if (c->lexed.tokens == 0) return brasa__fail(err, BRASA_SYNTAX, "the text is empty; %s was expected", c->what);
    c->ctx = brasa__ctx();
    c->err = err;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, (size_t)STACK_LEAST + (size_t)c->lexed.tokens * STACK_PER_TOKEN);
    failed = pthread_create(&thread, &attr, parse_thread, c);
    pthread_attr_destroy(&attr);
    if (failed != 0) return brasa__fail_errno(err, failed, "a thread with a stack for parsing %d words", (int)c->lexed.tokens);
    pthread_join(thread, NULL);
    return c->status;
}

/* ---- what is asked for ---- */

typedef struct list_out {
    const brasa_expr *const *exprs;
    int32_t                  n;
    const brasa_order       *order;
} list_out;

/* Nothing but a select list (or an order) may stand in the text. */
static bool has_more(const PgQuery__SelectStmt *s, bool order)
{
    return s->op != PG_QUERY__SET_OPERATION__SETOP_NONE || s->n_from_clause > 0 || s->where_clause != NULL || s->n_group_clause > 0 ||
           s->having_clause != NULL || s->with_clause != NULL || s->n_distinct_clause > 0 || s->into_clause != NULL ||
           s->limit_count != NULL || s->limit_offset != NULL || s->n_locking_clause > 0 || s->n_window_clause > 0 ||
           s->n_values_lists > 0 || (!order && s->n_sort_clause > 0);
}

static brasa_status targets(brasa_pg *p, const PgQuery__SelectStmt *s, void *arg)
{
    list_out          *out = arg;
    const brasa_expr **list = BRASA_NEWS(p->arena, const brasa_expr *, s->n_target_list + 1);

    if (has_more(s, false))
        return brasa__lex_fail(p->lexed->source, 0, BRASA_SYNTAX, p->err, "an expression was expected, not a clause of a query");
    for (size_t i = 0; i < s->n_target_list; i++) BRASA_TRY(brasa__pg_target(p, s->target_list[i], &list[i]));
    out->exprs = list;
    out->n = (int32_t)s->n_target_list;
    return BRASA_OK;
}

static brasa_status order(brasa_pg *p, const PgQuery__SelectStmt *s, void *arg)
{
    list_out *out = arg;

    if (has_more(s, true) || s->n_target_list != 1)
        return brasa__lex_fail(p->lexed->source, 0, BRASA_SYNTAX, p->err, "a list of sort keys was expected");
    out->n = (int32_t)s->n_sort_clause;
    return brasa__pg_order(p, s->n_sort_clause, s->sort_clause, &out->order);
}

brasa_status brasa__sql_expr(brasa_arena *arena, const char *text, const brasa_expr **out, brasa_error *err)
{
    list_out   list = {.n = 0};
    parse_call c = {.arena = arena, .what = "an expression", .translate = targets, .out = &list};

    BRASA_TRY(run(&c, "SELECT ", text, err));
    if (list.n != 1) return brasa__lex_fail(text, 0, BRASA_SYNTAX, err, "one expression was expected, not %d", (int)list.n);
    *out = list.exprs[0];
    return BRASA_OK;
}

brasa_status brasa__sql_select_list(brasa_arena *arena, const char *text, const brasa_expr *const **out, int32_t *n, brasa_error *err)
{
    list_out   list = {.n = 0};
    parse_call c = {.arena = arena, .what = "a list of expressions", .translate = targets, .out = &list};

    BRASA_TRY(run(&c, "SELECT ", text, err));
    *out = list.exprs;
    *n = list.n;
    return BRASA_OK;
}

brasa_status brasa__sql_order_list(brasa_arena *arena, const char *text, const brasa_order **out, int32_t *n, brasa_error *err)
{
    list_out   list = {.n = 0};
    parse_call c = {.arena = arena, .what = "a list of sort keys", .translate = order, .out = &list};

    BRASA_TRY(run(&c, "SELECT 1 ORDER BY ", text, err));
    *out = list.order;
    *n = list.n;
    return BRASA_OK;
}

brasa_status brasa__sql_statement(brasa_arena *arena, const char *text, brasa_statement *out, brasa_error *err)
{
    parse_call c = {.arena = arena, .what = "a statement", .statement = out};
    bool       done;
    char      *rest;

    BRASA_TRY(brasa__sql_words(arena, text, out, &done, &rest, err));
    if (done) return BRASA_OK;
    BRASA_TRY(run(&c, "", rest, err));
    if (out->kind != BRASA_STATEMENT_CREATE_TABLE || out->value == NULL) return BRASA_OK;
    /* CREATE TABLE t (a INT, ...) AS query: columns and query are two texts for PostgreSQL's grammar */
    brasa_statement query = {.kind = BRASA_STATEMENT_NOTHING};
    query.collation = out->collation;
    parse_call second = {.arena = arena, .what = "a query", .statement = &query};
    BRASA_TRY(run(&second, "", out->value, err));
    if (query.kind != BRASA_STATEMENT_QUERY) return brasa__fail(err, BRASA_SYNTAX, "CREATE TABLE ... AS takes a query");
    out->query = query.query;
    out->value = NULL;
    return BRASA_OK;
}
