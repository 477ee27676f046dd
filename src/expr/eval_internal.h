/* expr/eval_internal.h -- the evaluator's nodes, shared by its files.
 *
 * The trees of an evaluator become one list of nodes in which equal subtrees are one node.  A node's result belongs to a selection of rows; it is used again
 * wherever that selection, or one narrowed from it, is asked for.  Results live in the node's own buffers until it is computed for another selection, so a
 * node that combines branches (CASE, AND, coalesce) copies what it takes from them.
 */
#ifndef BRASA_EXPR_EVAL_INTERNAL_H
#define BRASA_EXPR_EVAL_INTERNAL_H

#include "data/type.h"
#include "expr/eval.h"
#include "expr/function.h"

typedef struct brasa_rowset {
    uint64_t                   id;
    const struct brasa_rowset *parent; /* of which it is a part; NULL: the batch's selection */
    const int32_t             *rows;
    int32_t                    n;
} brasa_rowset;

typedef struct brasa_eval_node {
    const brasa_expr    *e;
    int32_t              nargs; /* of the tree, but 1 of IN over literals */
    int32_t             *args;  /* node numbers */
    uint64_t             stamp; /* rowset for which `result` holds; 0: none */
    brasa_column         result;
    int32_t              cap; /* rows that the buffers hold */
    size_t               width;
    void                *values;
    uint64_t            *valid;
    int32_t             *rows; /* scratch: rows with no null argument, or those a branch takes */
    int32_t             *rows2;
    brasa_column        *flat; /* per argument: where it is flattened */
    void               **flat_values;
    brasa_column        *arg_cols; /* what the kernel gets */
    void                *dict_values;
    uint64_t            *dict_valid;
    int64_t              dict_cap;
    brasa_column         dict;
    void                *state;
    struct brasa_in_set *set;    /* IN over literals; CASE of x: the literals that it is compared with */
    int32_t             *branch; /* CASE of x: of each of them */
    bool                 cheap;  /* a comparison or the like over fixed-width columns, that cannot fail: computed for all rows at once */
    bool                 unary_dict; /* may be computed once per dictionary entry */
} brasa_eval_node;

struct brasa_eval {
    brasa_arena       *arena;
    brasa_arena       *scratch; /* of the batch */
    brasa_eval_node  **nodes;
    int32_t            nnodes, cap_nodes;
    int32_t           *table; /* node + 1 by hash of its tree, 0 free: equal subtrees are found here */
    int32_t            slots; /* a power of two */
    int32_t           *roots;
    int32_t            nroots;
    int32_t            nconjuncts;
    int32_t           *order; /* of conjuncts */
    const brasa_batch *in;
    uint64_t           next_id;
    int32_t           *identity;
    int32_t            identity_cap;
    uint8_t           *mask;
    int32_t           *sel_a, *sel_b;
};

/* Compute node k for the rows (which are among in->rows). */
brasa_status brasa__eval_node_run(brasa_eval *ev, int32_t k, const brasa_rowset *rows, brasa_error *err);

/* A part of `parent`. */
brasa_rowset brasa__eval_rowset(brasa_eval *ev, const brasa_rowset *parent, const int32_t *rows, int32_t n);
/* Room for in->rows rows in the node's buffers; valid bits all set. */
void brasa__eval_reserve(brasa_eval *ev, brasa_eval_node *node);
/* Point the result at the node's buffers. */
void brasa__eval_result(brasa_eval_node *node, bool has_nulls);
void brasa__eval_const_null(brasa_eval *ev, brasa_eval_node *node);

brasa_status brasa__eval_call(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err);
brasa_status brasa__eval_logic(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, bool is_or, brasa_error *err);
brasa_status brasa__eval_case(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err);
brasa_status brasa__eval_coalesce(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err);
brasa_status brasa__eval_in(brasa_eval *ev, brasa_eval_node *node, const brasa_rowset *rows, brasa_error *err);
void         brasa__in_set_open(brasa_eval *ev, brasa_eval_node *node);
/* A set of values that are not null, of integers or text (else NULL): which of them a row has, the first of equal ones; -1: none. */
struct brasa_in_set *brasa__in_set_of(brasa_arena *arena, brasa_type type, const brasa_value *values, int32_t n);
int32_t              brasa__in_set_entry(const struct brasa_in_set *set, const brasa_column *c, int32_t i);
/* CASE of many branches "x = literal" looks up which one it is. */
void brasa__case_map_open(brasa_eval *ev, brasa_eval_node *node);
/* The kernel of IN over literals, as a call of one argument. */
brasa_status         brasa__in_kernel(brasa_call *call, brasa_error *err);
typedef brasa_status brasa_kernel(brasa_call *call, brasa_error *err);
/* Run a kernel over the first nargs arguments: nulls, constants and dictionaries are dealt with here. */
brasa_status brasa__eval_apply(brasa_eval *ev, brasa_eval_node *node, int32_t nargs, brasa_kernel *kernel, int32_t flags,
                               const brasa_rowset *rows, brasa_error *err);
/* Copy rows of a FLAT, CONST or DICT column of a type that is not nested to where a FLAT column keeps them; *has_nulls when one is null. */
void brasa__eval_copy_rows(const brasa_column *c, const int32_t *rows, int32_t n, size_t width, void *values, uint64_t *valid,
                           bool *has_nulls);
/* The kernel of casts (expr/cast.c): args[0] to call->expr->type. */
brasa_status brasa__cast_kernel(brasa_call *call, brasa_error *err);

#endif
