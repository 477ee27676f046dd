/* expr/expr.h -- expression trees, before and after binding.
 *
 * One tree for SQL text, expression text and the builder.  Unbound trees name columns; binding gives every node its type, turns columns into
 * references by position, resolves functions and inserts casts, so that the evaluator sees only exact types.  Trees are immutable and live in arenas.
 */
#ifndef BRASA_EXPR_EXPR_H
#define BRASA_EXPR_EXPR_H

#include "base/arena.h"
#include "base/status.h"
#include "base/wire.h"
#include "brasa/types.h"
#include "data/type.h"

enum { BRASA_EXPR_MAX_DEPTH = 4000 }; /* of trees that are read from messages; the parser stops earlier */

/* Kinds: enumerator, what it is.  Those marked * are gone before evaluation. */
#define BRASA_EXPR_LIST(X)                                                                                                            \
    X(COLUMN)    /* * a column by name, perhaps qualified */                                                                          \
    X(STAR)      /* * all columns, perhaps of one qualifier */                                                                        \
    X(ALIAS)     /* * args[0] under an output name */                                                                                 \
    X(PARAM)     /* * ? or $n: `index` from 0 */                                                                                      \
    X(REF)       /* input column `index` */                                                                                           \
    X(LITERAL)   /* `value` */                                                                                                        \
    X(CALL)      /* function `name` of args; operators are functions: + - * / % = <> < <= > >= and or not isnull isnotnull <=> ... */ \
    X(CAST)      /* args[0] to `type`; `try_cast`: null where it fails */                                                             \
    X(CASE)      /* when, then, when, then, ..., else (always there when bound) */                                                    \
    X(IN)        /* args[0] in args[1..]; `negated` */                                                                                \
    X(AGGREGATE) /* * aggregate `name` of args; only inside an aggregate node */                                                      \
    X(WINDOW)    /* * function or aggregate over a window; only inside a window node */                                               \
    X(SUBQUERY)  /* * a query inside an expression; only in the SQL front end */

typedef enum brasa_expr_kind {
#define X(name) BRASA_EXPR_##name,
    BRASA_EXPR_LIST(X)
#undef X
        BRASA_EXPR_COUNT
} brasa_expr_kind;

typedef struct brasa_expr     brasa_expr;
typedef struct brasa_function brasa_function; /* expr/function.h */
typedef struct brasa_agg_def  brasa_agg_def;  /* expr/agg.h */

typedef struct brasa_order {
    const brasa_expr *expr;
    bool              desc;
    bool              nulls_last; /* resolved: the default is nulls first ascending, last descending */
} brasa_order;

struct brasa_expr {
    brasa_expr_kind          kind;
    bool                     bound;     /* type, index, func and agg are set, below too */
    bool                     nullable;  /* bound: may be null */
    bool                     distinct;  /* AGGREGATE */
    bool                     try_cast;  /* CAST; CALL: a row that fails is null */
    bool                     negated;   /* IN; COLUMN: it was written in double quotes; CAST: a literal with its type */
    brasa_type               type;      /* bound; CAST: also before */
    int32_t                  pos;       /* byte in the source text, from 0; -1 unknown */
    int32_t                  index;     /* REF, PARAM */
    int32_t                  depth;     /* REF, COLUMN: query levels up; 0 here */
    const char              *name;      /* COLUMN, CALL, AGGREGATE (as written, lower case for functions), ALIAS */
    const char              *qualifier; /* COLUMN, STAR; NULL none */
    brasa_value              value;     /* LITERAL */
    int32_t                  nargs;
    const brasa_expr *const *args;
    const brasa_function    *func; /* CALL, bound */
    const void *func_data;       /* CALL: made by the function's bind (a compiled pattern's text, a UDF descriptor); not sent: made again */
    const brasa_agg_def *agg;    /* AGGREGATE, bound */
    const brasa_expr    *filter; /* AGGREGATE ... FILTER (WHERE) */
    int32_t              norder; /* AGGREGATE (... ORDER BY), WITHIN GROUP */
    const brasa_order   *order;
    const void          *extra; /* WINDOW: the window (plan); SUBQUERY: the query (sql); CALL: brasa_lambdas */
};

/* Constructors: in `arena`, unbound, pos -1.  Strings are copied. */
brasa_expr *brasa__expr_new(brasa_arena *arena, brasa_expr_kind kind);
brasa_expr *brasa__expr_column(brasa_arena *arena, const char *qualifier, const char *name);
brasa_expr *brasa__expr_literal(brasa_arena *arena, const brasa_value *v);
brasa_expr *brasa__expr_call(brasa_arena *arena, const char *name, const brasa_expr *const *args, int32_t nargs);
brasa_expr *brasa__expr_call1(brasa_arena *arena, const char *name, const brasa_expr *a);
brasa_expr *brasa__expr_call2(brasa_arena *arena, const char *name, const brasa_expr *a, const brasa_expr *b);
brasa_expr *brasa__expr_cast(brasa_arena *arena, const brasa_expr *a, brasa_type t, bool try_cast);
brasa_expr *brasa__expr_alias(brasa_arena *arena, const brasa_expr *a, const char *name);
/* A bound reference. */
brasa_expr *brasa__expr_ref(brasa_arena *arena, int32_t index, brasa_type t, bool nullable, const char *name);
/* Bound AND of two bound booleans (either may be NULL: the other). */
const brasa_expr *brasa__expr_and(brasa_arena *arena, const brasa_expr *a, const brasa_expr *b);
/* The parts of a conjunction ("and" takes two or more arguments and may nest): e itself when it is none, nothing when it is NULL. */
void brasa__expr_conjuncts(brasa_arena *arena, const brasa_expr *e, const brasa_expr ***out, int32_t *n);

/* Calls fn on every node, parents first; false from fn stops going below that node. */
void brasa__expr_walk(const brasa_expr *e, bool (*fn)(void *arg, const brasa_expr *e), void *arg);
/* Rebuild bottom-up: fn gets each node with its new children and returns it or another.  Unchanged trees are shared. */
const brasa_expr *brasa__expr_rewrite(brasa_arena *arena, const brasa_expr                                              *e,
                                      const brasa_expr *(*fn)(void *arg, brasa_arena *arena, const brasa_expr *e), void *arg);
bool              brasa__expr_equal(const brasa_expr *a, const brasa_expr *b); /* same tree; pos and aliases' names ignored */
uint64_t          brasa__expr_hash(const brasa_expr *e);
/* Text that parses back to the same tree, names quoted where needed; bound REFs by their names ("#3" without). */
void brasa__expr_text(const brasa_expr *e, brasa_text *out);
/* The name of an output column: the alias, the column's name, else the text. */
const char *brasa__expr_output_name(brasa_arena *arena, const brasa_expr *e);

bool brasa__expr_has_aggregate(const brasa_expr *e);
/* Every evaluation gives the same and none fails or has effects?  (rand() no; 1/x may fail: not "safe".) */
bool brasa__expr_is_deterministic(const brasa_expr *e);
bool brasa__expr_can_fail(const brasa_expr *e);
/* Sets bit index of every REF in `used` (n bits). */
void brasa__expr_refs(const brasa_expr *e, uint64_t *used);
/* REF i becomes map[i] (-1 is a broken invariant). */
const brasa_expr *brasa__expr_remap(brasa_arena *arena, const brasa_expr *e, const int32_t *map);
/* REF i becomes subst[i] (bound expressions). */
const brasa_expr *brasa__expr_substitute(brasa_arena *arena, const brasa_expr *e, const brasa_expr *const *subst);

/* Wire form of bound trees (functions by name and re-resolved).  get: CORRUPT on a bad message; deeper than 4,000: refused. */
void         brasa__put_expr(brasa_wire *w, const brasa_expr *e);
brasa_status brasa__get_expr(brasa_reader *r, brasa_arena *arena, const brasa_expr **out, brasa_error *err);
/* Inside another tree, at a depth. */
brasa_status brasa__get_expr_at(brasa_reader *r, brasa_arena *arena, int depth, const brasa_expr **out, brasa_error *err);

#endif
