/* build_inner.h -- what the files of the builder share. */
#ifndef BRASA_PLAN_BUILD_INNER_H
#define BRASA_PLAN_BUILD_INNER_H

#include "plan/build.h"
#include "plan/make.h"

/* Give a new node its id and the place of the user's call. */
const brasa_node *brasa__build_done(brasa_builder *b, brasa_node *n);

/* Bind `e` (aliases taken off) to the columns of `in`; bound trees pass. */
brasa_status brasa__build_bind(brasa_builder *b, const brasa_node *in, const brasa_expr *e, int32_t flags, const brasa_expr **out,
                               brasa_error *err);
brasa_status brasa__build_bind_bool(brasa_builder *b, const brasa_node *in, const brasa_expr *e, const char *what, const brasa_expr **out,
                                    brasa_error *err);
/* TYPE: a map, or something with one inside, has no order and no equality; what: "group", "sort". */
brasa_status brasa__build_check_key(const brasa_expr *e, const char *what, brasa_error *err);
/* Column of that name: NOT_FOUND with a near name, INVALID when ambiguous. */
brasa_status brasa__build_column(brasa_builder *b, const brasa_node *in, const char *name, int32_t *out, brasa_error *err);
/* The tree without aliases on top. */
const brasa_expr *brasa__build_unalias(const brasa_expr *e);
/* Name of an output column; a window without alias is called after its function. */
const char *brasa__build_name(brasa_builder *b, const brasa_expr *e);
/* STARs expanded. */
brasa_status brasa__build_expand(brasa_builder *b, const brasa_node *in, const brasa_expr *const *exprs, int32_t n, const brasa_expr ***out,
                                 int32_t *nout, brasa_error *err);

/* Windows inside expressions.  Binding a part of a window (argument, key, order) against what the windows will stand on. */
typedef brasa_status brasa_bind_fn(void *arg, const brasa_expr *e, const brasa_expr **out, brasa_error *err);
bool                 brasa__has_window(const brasa_expr *e);
/* Stack WINDOW nodes on `in` for all windows in exprs; exprs[] are replaced by trees whose windows are bound REFs of index BRASA_WINDOW_REF + k (column in->ncols + k of *out). */
enum { BRASA_WINDOW_REF = 1 << 24 };
brasa_status brasa__build_windows(brasa_builder *b, const brasa_node *in, const brasa_expr **exprs, int32_t n, brasa_bind_fn *bind,
                                  void *arg, const brasa_node **out, brasa_error *err);
/* REFs from BRASA_WINDOW_REF on become `first` on. */
const brasa_expr *brasa__build_window_refs(brasa_arena *arena, const brasa_expr *e, int32_t first);

#endif
