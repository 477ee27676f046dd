/* sql/binder.h -- from a query's tree to a plan: what the files of the binder share.
 *
 * Names are resolved here, before the constructors of plan/build.h give types: a column of the query's own tables becomes a bound REF, one of an enclosing
 * query a bound COLUMN that carries the enclosing scope's number in `depth` and its column in `index` ("outer reference").  No outer reference is left when
 * its scope is done: subqueries are unnested when they are attached to the query around them (attach.c, unnest.c, dependent.c).
 */
#ifndef BRASA_SQL_BINDER_H
#define BRASA_SQL_BINDER_H

#include "plan/build.h"
#include "plan/make.h"
#include "sql/query.h"
#include "sql/sql.h"

/* What a name stands for: a column of the scope's node.  Hidden ones (joined by USING) are found only with their qualifier. */
typedef struct sql_name {
    const char *qualifier, *name;
    int32_t     index;
    bool        hidden;
} sql_name;

typedef struct sql_scope {
    struct sql_scope  *outer;
    int32_t            id;
    const brasa_node  *node; /* grows by columns at the end only */
    int32_t            n, cap;
    sql_name          *names;
    struct sql_index  *index; /* of wide scopes, by name; made when it is first wanted */
    brasa_arena       *arena;
    int32_t            nitems, cap_items;
    const brasa_node **items; /* of a FROM list that are side by side in `node`; nitems 0: otherwise */
} sql_scope;

/* A name of WITH; bound at its first use. */
typedef struct sql_with {
    struct sql_with  *next; /* seen from its own query */
    const brasa_cte  *cte;
    sql_scope        *outer;
    bool              busy, was_busy;
    const brasa_node *node;
} sql_with;

/* An aggregate inside a subquery that belongs to the query around: computed there, a column of its groups. */
typedef struct sql_outer_agg {
    struct sql_outer_agg *next;
    const brasa_expr     *call; /* as it stands in the tree */
    const sql_scope      *scope;
    int32_t               column;
} sql_outer_agg;

/* What a first look at subqueries finds: aggregates over columns of scope `id` alone. */
typedef struct sql_collect {
    int32_t            id;
    int32_t            n, cap, cap_found;
    const brasa_expr **calls, **found; /* as they stand; resolved */
} sql_collect;

typedef struct sql_binder {
    brasa_builder           *b;
    brasa_arena             *arena;
    const brasa_sql_catalog *catalog;
    const char              *text;
    brasa_error             *err;
    int32_t                  next_scope;
    int32_t                  depth;
    sql_with                *with;
    sql_outer_agg           *outer_aggs;
    sql_collect             *collect; /* NULL: this is no first look */
    const char *const       *tables;  /* of the SELECT bound last: where its columns come from; entries may be NULL */
    int32_t                  ntables;
    int64_t                  enough; /* rows that a recursive query in FROM need not go beyond; -1: all are wanted */
} sql_binder;

/* Names that stand for expressions: the select list's aliases. */
typedef struct sql_aliases {
    int32_t                  n;
    const char *const       *names; /* entries may be NULL */
    const brasa_expr *const *exprs;
    bool                     first; /* before the columns of the tables */
} sql_aliases;

/* An error at a place of the text. */
brasa_status sql_fail(sql_binder *x, int32_t pos, brasa_status code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- scope.c ---- */
bool sql_same_name(const char *a, const char *b);
void sql_scope_init(sql_binder *x, sql_scope *s, sql_scope *outer);
void sql_scope_add(sql_binder *x, sql_scope *s, const char *qualifier, const char *name, int32_t index, bool hidden);
/* All columns of a node, under a qualifier; `columns` (may be NULL) are new names for the first ncolumns. */
brasa_status sql_scope_table(sql_binder *x, sql_scope *s, const brasa_node *n, const char *qualifier, const char *const *columns,
                             int32_t ncolumns, int32_t pos);
/* -1: none, -2: several. */
int32_t sql_scope_find(const sql_scope *s, const char *qualifier, const char *name);
/* A column of a scope that is `depth` queries out. */
const brasa_expr *sql_outer_ref(sql_binder *x, const sql_scope *s, int32_t index);
const brasa_expr *sql_scope_ref(sql_binder *x, const sql_scope *s, int32_t depth, int32_t index, int32_t pos);
/* Columns of `*` and `t.*`, as aliased references. */
brasa_status sql_star(sql_binder *x, sql_scope *s, const brasa_expr *star, const brasa_expr ***out, int32_t *n);

/* ---- star.c ---- */
/* s.* where s is no table, but a column; the fields of a struct, as aliases. */
bool         sql_is_struct_star(const sql_scope *s, const brasa_expr *star);
brasa_status sql_struct_fields(sql_binder *x, sql_scope *s, const brasa_expr *value, const brasa_expr ***out, int32_t *n);
/* coalesce(*), struct(t.*), count(DISTINCT *): an expression with columns in place of the stars among its arguments. */
brasa_status sql_star_arguments(sql_binder *x, sql_scope *s, const brasa_expr *e, const brasa_expr **out);

/* ---- names.c ---- */
/* Names become references; SUBQUERY nodes stay. */
brasa_status sql_resolve(sql_binder *x, sql_scope *s, const sql_aliases *aliases, const brasa_expr *e, const brasa_expr **out);
/* Aggregates in subqueries of these trees that belong to scope s. */
void sql_collect_outer(sql_binder *x, sql_scope *s, const brasa_expr *const *exprs, int32_t n, sql_collect *out);

/* ---- columns.c ---- */
/* The COLUMNS(...) in an expression, or NULL; the columns that it means, as aliases; the expression with one of them in its place. */
const brasa_expr *sql_columns_of(const brasa_expr *e);
brasa_status      sql_columns(sql_binder *x, sql_scope *s, const brasa_expr *call, const brasa_expr ***out, int32_t *n);
const brasa_expr *sql_columns_put(sql_binder *x, const brasa_expr *e, const brasa_expr *column);

/* ---- walk.c ---- */
/* A copy of e whose children (arguments, filter, order, window) went through fn; e itself where none changed. */
typedef brasa_status sql_map_fn(void *arg, const brasa_expr *e, const brasa_expr **out);
brasa_status         sql_map(brasa_arena *arena, const brasa_expr *e, sql_map_fn *fn, void *arg, const brasa_expr **out);
/* Some part (windows too) for which test is true? */
bool sql_any(const brasa_expr *e, bool (*test)(const brasa_expr *e));
bool sql_is_subquery(const brasa_expr *e);
bool sql_is_aggregate(const brasa_expr *e);
/* Types for a resolved tree without windows and subqueries. */
brasa_status sql_type(sql_binder *x, const brasa_expr *e, bool aggregates, const brasa_expr **out);
brasa_status sql_call2(sql_binder *x, const char *name, const brasa_expr *a, const brasa_expr *b, const brasa_expr **out);

/* ---- column_name.c ---- */
/* The name of a column that has no alias, of the tree as parsed. */
const char *sql_column_name(brasa_arena *arena, const brasa_expr *e);

/* ---- nodes.c ---- */
const brasa_node *sql_done(sql_binder *x, brasa_node *n);
/* All expressions of a node (not of its inputs) through fn. */
const brasa_node *sql_map_node(brasa_arena *arena, const brasa_node *n, const brasa_expr *(*fn)(void *arg, const brasa_expr *e), void *arg);
/* Columns of scope `id` (-1: of any) that are used in a plan, each once. */
void sql_outer_columns(brasa_arena *arena, const brasa_node *n, int32_t id, int32_t **cols, int32_t *ncols);
bool sql_has_outer(brasa_arena *arena, const brasa_node *n, int32_t id);
bool sql_expr_has_outer(const brasa_expr *e, int32_t id);
/* Is an aggregate 0 where there are no rows? */
bool sql_counts(const brasa_expr *agg);
/* Outer references to scope `id` become REF map[index] (or of its own index, map NULL). */
const brasa_expr *sql_outer_to_ref(brasa_arena *arena, const brasa_expr *e, int32_t id, const int32_t *map);

/* ---- unnest.c, dependent.c ---- */
typedef struct sql_unnested {
    const brasa_node  *node; /* the subquery's columns first, no references to the scope */
    int32_t            n;    /* conditions over node's REFs and outer references */
    const brasa_expr **tests;
    bool               missing; /* an aggregate without keys: where no row matches there is still one, of these values */
    const brasa_value *values;
    int32_t            match; /* a column that is not null in every row that matched; -1 unknown */
} sql_unnested;
/* By pulling conditions up; false: this subquery needs the general way. */
bool sql_unnest(sql_binder *x, const brasa_node *n, int32_t id, sql_unnested *out);
/* The general way: joined with the distinct outer values. */
brasa_status sql_dependent(sql_binder *x, const sql_scope *s, const brasa_node *n, sql_unnested *out);

/* ---- attach.c ---- */
/* Subqueries become columns of s->node, which grows. */
brasa_status sql_attach(sql_binder *x, sql_scope *s, const brasa_expr *e, const brasa_expr **out);
/* Keep the rows of s->node for which a resolved condition is true. */
brasa_status      sql_where(sql_binder *x, sql_scope *s, const brasa_expr *test);
const brasa_expr *sql_and(sql_binder *x, const brasa_expr *const *list, int32_t n);
/* The parts of an AND, typed or not. */
void sql_conjuncts(sql_binder *x, const brasa_expr *e, const brasa_expr ***list, int32_t *n);
/* s->node joined with a plan that refers to it.  `on` is over both sides' columns or NULL. */
brasa_status sql_lateral(sql_binder *x, const sql_scope *s, const brasa_node *right, brasa_join_type type, const brasa_expr *on,
                         const brasa_node **out);

/* ---- from.c, select.c, group.c ---- */
brasa_status sql_from(sql_binder *x, const brasa_query *q, sql_scope *s);
/* Comparisons between items of the list become conditions of their joins; what is left of a resolved WHERE is *rest (NULL: nothing). */
brasa_status sql_join_items(sql_binder *x, sql_scope *s, const brasa_expr *where, const brasa_expr **rest);
/* generate_series(a, b) and range(a, b) as values are lists; another call stays. */
brasa_status sql_series(sql_binder *x, const brasa_expr *call, const brasa_expr **out);
brasa_status sql_function(sql_binder *x, const brasa_from *f, sql_scope *siblings, const brasa_node **out, bool *on_siblings);

/* ---- routine.c ---- */
/* What a call of a function of the session becomes; *out NULL: it is none. */
brasa_status sql_routine_call(sql_binder *x, const brasa_expr *call, const brasa_expr **out);
brasa_status sql_routine_table(sql_binder *x, const brasa_from *f, bool lateral, const brasa_from **out);

/* ---- sequence.c ---- */
/* nextval('s') and its kin over the rows of s->node, which are computed now where they are several; *out NULL: it is none of them. */
brasa_status sql_sequence(sql_binder *x, sql_scope *s, const brasa_expr *call, const brasa_expr **out);

/* ---- generate.c ---- */
/* explode(list) and its kin. */
bool sql_is_generator(const brasa_expr *e);
/* The list that a generator explodes, of its arguments: to be resolved. */
brasa_status sql_generator_list(sql_binder *x, const brasa_expr *call, const brasa_expr **out);
typedef struct sql_generated {
    const brasa_node  *node; /* the input's columns, then what the explosion gave */
    int32_t            n;    /* columns of the generator, over the node's */
    const brasa_expr **exprs;
    const char       **names;
    bool               expand; /* they are not the node's own last columns */
} sql_generated;
/* `list` is resolved over the columns of `in`; name (may be NULL) is that of a single column. */
brasa_status sql_generate(sql_binder *x, const brasa_expr *call, const brasa_expr *list, const char *name, const brasa_node *in,
                          sql_generated *out);

/* ---- time_window.c ---- */
/* window(t, '5 minutes') among the keys becomes a column of s->node; *out: the query with its name in place. */
brasa_status sql_time_window(sql_binder *x, sql_scope *s, const brasa_query *q, const brasa_query **out);

/* ---- session_window.c ---- */
/* session_window(t, gap) as a column of s->node, at *column. */
brasa_status sql_session_window(sql_binder *x, sql_scope *s, const brasa_query *q, const brasa_expr *call, int32_t *column);

/* ---- pivot.c ---- */
bool sql_is_pivot(const brasa_from *f);
/* The join f of a table, bound in `left`, with PIVOT or UNPIVOT. */
brasa_status sql_pivot(sql_binder *x, const brasa_from *f, sql_scope *left, sql_scope *out);

/* ---- with.c ---- */
/* The names that q gives, seen from here on. */
brasa_status sql_with_push(sql_binder *x, const brasa_query *q, sql_scope *outer);
/* A name of WITH as a plan: bound once. */
brasa_status sql_with_node(sql_binder *x, sql_with *w, int32_t pos, const brasa_node **out);
brasa_status sql_recursive(sql_binder *x, sql_with *w, const brasa_node **out);

/* ---- read.c ---- */
/* read_csv, read_hdf5 and their like; *done: it is one of them. */
brasa_status sql_read_files(sql_binder *x, const brasa_from *f, const brasa_node **out, bool *done);

/* ---- query.c ---- */
/* One row of nothing that has a name. */
brasa_status sql_one_row(sql_binder *x, const brasa_node **out);
/* The value of an expression without columns, as type t. */
brasa_status sql_constant(sql_binder *x, const brasa_expr *e, brasa_type t, brasa_value *out);
/* LIMIT and OFFSET together; -1: no limit. */
brasa_status sql_rows_needed(sql_binder *x, const brasa_query *q, int64_t *out);
/* UNION BY NAME: all columns of all sides, in the order in which they are met; what a side lacks is null. */
void sql_union_by_name(sql_binder *x, const brasa_node **in, int32_t n);
/* Columns under new names. */
brasa_status sql_rename(sql_binder *x, const brasa_node *in, const char *const *names, int32_t n, const char *what, int32_t pos,
                        const brasa_node **out);
brasa_status sql_select(sql_binder *x, const brasa_query *q, sql_scope *outer, const brasa_node **out);
brasa_status sql_query(sql_binder *x, const brasa_query *q, sql_scope *outer, const brasa_node **out);
brasa_status sql_tail(sql_binder *x, const brasa_query *q, const brasa_node *in, const brasa_node **out); /* LIMIT, OFFSET */
brasa_status sql_order_output(sql_binder *x, const brasa_query *q, sql_scope *outer, const brasa_node *in, const brasa_node **out);

/* A select list after grouping: trees over the grouped node's columns. */
typedef struct sql_grouping {
    sql_binder        *x;
    sql_scope         *in;  /* before */
    sql_scope          out; /* after: keys, aggregates, grouping flags */
    int32_t            nkeys, cap_keys;
    const brasa_expr **keys;
    const char       **key_names; /* qualifier and name of plain columns */
    const char       **key_qualifiers;
    bool               plain; /* all keys are columns */
    int32_t            naggs, cap_aggs;
    const brasa_expr **aggs;
    int32_t            nsets, cap_sets;
    uint64_t          *sets; /* bit k: key k is in the set */
    bool               many; /* GROUPING SETS, ROLLUP, CUBE */
    sql_aliases        aliases;
    const brasa_expr **targets; /* the same */
    const sql_collect *outer;   /* aggregates of its subqueries that are its own */
    int32_t           *outer_columns;
} sql_grouping;
brasa_status sql_group_keys(sql_grouping *g, const brasa_query *q, const brasa_expr **targets, const char *const *names, int32_t n);
/* Keys and aggregates inside e become references to the grouped node. */
brasa_status sql_group_lower(sql_grouping *g, const brasa_expr *e, const brasa_expr **out);
brasa_status sql_group_build(sql_grouping *g);
/* Aggregates outside of OVER? */
bool sql_needs_group(const brasa_expr *e);

#endif
