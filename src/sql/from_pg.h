/* sql/from_pg.h -- PostgreSQL's tree to ours. */
#ifndef BRASA_SQL_FROM_PG_H
#define BRASA_SQL_FROM_PG_H

#include <pg_query/pg_query.pb-c.h>
#include <stdbool.h>

#include "expr/expr.h"
#include "sql/lex.h"

typedef struct brasa_pg {
    brasa_arena       *arena;
    const brasa_lexed *lexed;
    int32_t            depth;
    int32_t            queries; /* that enclose this place */
    int32_t            lists;   /* array[...] and array(...) that do */
    size_t             nwindows;
    PgQuery__Node    **windows;   /* WINDOW clause of the innermost query */
    uint8_t            collation; /* DEFAULT COLLATION of the statement; 0: none */
    brasa_error       *err;
} brasa_pg;

enum { BRASA_SQL_DEPTH = 2000, BRASA_SQL_LIST_DEPTH = 60 };

/* An error at a node's location (bytes of the parsed text). */
brasa_status brasa__pg_fail(brasa_pg *p, int32_t location, brasa_status code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Its byte of the source. */
int32_t brasa__pg_pos(const brasa_pg *p, int32_t location);

brasa_status brasa__pg_expr(brasa_pg *p, const PgQuery__Node *n, const brasa_expr **out);
brasa_status brasa__pg_exprs(brasa_pg *p, size_t n, PgQuery__Node *const *items, const brasa_expr *const **out);
/* A target of a select list: with its alias. */
brasa_status brasa__pg_target(brasa_pg *p, const PgQuery__Node *n, const brasa_expr **out);
brasa_status brasa__pg_order(brasa_pg *p, size_t n, PgQuery__Node *const *items, const brasa_order **out);
brasa_status brasa__pg_type(brasa_pg *p, const PgQuery__TypeName *t, brasa_type *out);

/* ---- collate.c ---- */
#define BRASA_PG_COLLATE "__collate"
bool brasa__pg_is_collated(const brasa_expr *e);
/* The collation of a column goes into its type. */
brasa_status brasa__pg_collate_column(brasa_pg *p, const PgQuery__ColumnDef *d, brasa_type *type);
bool         brasa__pg_is_variant_path(const PgQuery__CollateClause *c); /* v:a.b */
brasa_status brasa__pg_collate(brasa_pg *p, const PgQuery__CollateClause *c, const brasa_expr **out);
/* What is compared with each other, or sorted by. */
void brasa__pg_compare(brasa_pg *p, const brasa_expr **args, int32_t n);

/* Shared by the files of the translation. */
brasa_status brasa__pg_const(brasa_pg *p, const PgQuery__AConst *c, const brasa_expr **out);
brasa_status brasa__pg_operator(brasa_pg *p, const PgQuery__AExpr *a, const brasa_expr **out);
brasa_status brasa__pg_sublink(brasa_pg *p, const PgQuery__SubLink *l, const brasa_expr **out);
brasa_status brasa__pg_call(brasa_pg *p, const PgQuery__FuncCall *f, const brasa_expr **out);
/* ---- hypothetical.c ---- */
/* rank(x) WITHIN GROUP (ORDER BY y); *out NULL: the call is none of these. */
brasa_status brasa__pg_hypothetical(brasa_pg *p, const PgQuery__FuncCall *f, const char *name, const brasa_expr *const *args, int32_t nargs,
                                    const brasa_expr **out);
/* ---- precedence.c ---- */
/* The operator that binds least of those at `a` that PostgreSQL's grammar takes for alike, as Spark's grammar does. */
const PgQuery__AExpr *brasa__pg_regroup(brasa_pg *p, const PgQuery__AExpr *a);
/* ---- text_from_pg.c ---- */
/* x ~ y and its kin; false: `op` is none of them. */
bool         brasa__pg_text_operator(brasa_pg *p, int32_t at, const char *op, const brasa_expr *const args[2], const brasa_expr **out);
brasa_status brasa__pg_similar(brasa_pg *p, const PgQuery__AExpr *a, const brasa_expr **out);
/* ---- call_names.c ---- */
/* The name that a function of another system has here. */
const char *brasa__pg_call_name(brasa_pg *p, const char *name, int32_t nargs);
/* The second argument of a function of this name, where that is a regular expression in Spark's spelling. */
const brasa_expr *brasa__pg_pattern(brasa_pg *p, const char *name, const brasa_expr *e);
/* f(a, name => b): in the order in which f takes them. */
brasa_status brasa__pg_named_args(brasa_pg *p, int32_t location, const char *name, const brasa_expr *const **args, int32_t *n);

/* A call at a place. */
brasa_expr *brasa__pg_make(brasa_pg *p, int32_t location, const char *name, const brasa_expr *const *args, int32_t nargs);

/* ---- arrow_type.c ---- */
brasa_status brasa__sql_arrow_type(brasa_arena *arena, const char *text, brasa_type *out, brasa_error *err);

/* ---- call_other.c ---- */
/* a GLOB 'x*': a RLIKE the pattern that means the same. */
brasa_status brasa__pg_glob(brasa_pg *p, const brasa_expr *const *args, const brasa_expr **out);
/* Calls whose arguments say what they become: struct_pack(a := 1), max(x, 3), try(x); *out NULL: it is none of them. */
brasa_status brasa__pg_other_call(brasa_pg *p, const char *name, bool plain, const brasa_expr *const *args, int32_t n,
                                  const brasa_expr **out);

#endif
