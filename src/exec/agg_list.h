/* exec/agg_list.h -- the values of a group, kept: what collect_list, percentile, mode and their like compute from.
 *
 * Values lie in one array that doubles, in the C form of their type (nested ones as single values); long strings are copied.  Those
 * whose result depends on the order of rows keep each row's ordinal beside it, so that it does not matter who saw a row first.
 */
#ifndef BRASA_EXEC_AGG_LIST_H
#define BRASA_EXEC_AGG_LIST_H

#include "exec/agg_func.h"

typedef struct brasa_agg_list {
    int64_t  n, cap;
    uint8_t *values;
    int64_t *ordinals; /* NULL: not kept */
} brasa_agg_list;

/* Row k of a column at the end.  `ordinal` < 0: not kept. */
void brasa__agg_list_add(brasa_agg_list *s, brasa_arena *arena, const brasa_agg_col *a, int32_t k, int64_t ordinal);
/* All of another list at the end; what its values point to stays where it is. */
void brasa__agg_list_append(brasa_agg_list *s, brasa_arena *arena, brasa_type t, const brasa_agg_list *from);
/* Keep one of equal values; the order is lost. */
void brasa__agg_list_unique(brasa_agg_list *s, brasa_arena *arena, brasa_type t);

/* order[0..n): positions by ordinal, or by value (nulls never get in). */
int64_t *brasa__agg_list_by_ordinal(const brasa_agg_list *s, brasa_arena *arena);
int64_t *brasa__agg_list_by_value(const brasa_agg_list *s, brasa_arena *arena, brasa_type t);
/* Are the values at i and j equal? */
bool brasa__agg_list_equal(const brasa_agg_list *s, brasa_type t, int64_t i, int64_t j);

/* As bytes, and appended from bytes: false when they are damaged. */
brasa_string brasa__agg_list_save(const brasa_agg_list *s, brasa_type t, brasa_arena *arena);
bool         brasa__agg_list_load(brasa_agg_list *s, brasa_type t, const brasa_string *bytes, brasa_arena *arena);

/* A FLAT column of the values at pick[0..n) of the lists list[0..n); pick -1: null.  `t` is their type. */
void brasa__agg_list_column(const brasa_agg_list *const *list, const int64_t *pick, int32_t n, brasa_type t, brasa_arena *arena,
                            brasa_column *out);

/* For windows, which find by themselves what a percentile of one fraction looks at.  Is c such a call? */
bool brasa__agg_percentile_is_plain(const brasa_agg_call *c);
/* Of n values in order: number *at, and the part of the way to the next that is returned. */
double brasa__agg_percentile_place(const brasa_agg_call *c, int64_t n, int64_t *at);
/* A call like c, to which the two values are given (or the one); and the part of the way from the first to the second that it gives. */
brasa_agg_call brasa__agg_percentile_copy(const brasa_agg_call *c, brasa_arena *arena);
void           brasa__agg_percentile_between(brasa_agg_call *copy, double part);

#endif
