/* plan/explain.h -- plans as text. */
#ifndef BRASA_PLAN_EXPLAIN_H
#define BRASA_PLAN_EXPLAIN_H

#include "plan/node.h"

enum {
    BRASA_EXPLAIN_ESTIMATES = 1, /* rows (and bytes) expected of each node */
    BRASA_EXPLAIN_COLUMNS = 2,   /* output columns with types */
    BRASA_EXPLAIN_IDS = 4        /* #id after each name */
};

/* What to add after a node's line (true rows and times); may be NULL. */
typedef void brasa_explain_note(void *arg, const brasa_node *n, brasa_text *out);

/* The tree, root first, children indented. */
void brasa__plan_explain(const brasa_node *n, int32_t flags, brasa_explain_note *note, void *arg, brasa_text *out);

/* "a, b" and "a DESC, b NULLS LAST", as in the lines of a plan or of a stage. */
void brasa__explain_exprs(brasa_text *out, const brasa_expr *const *list, int32_t n);
void brasa__explain_order(brasa_text *out, const brasa_order *list, int32_t n);

#endif
