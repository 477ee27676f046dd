/* build_columns.c -- select lists, columns added, renamed and dropped, filters. */
#include "plan/build_inner.h"

#include <string.h>

brasa_status brasa__build_expand(brasa_builder *b, const brasa_node *in, const brasa_expr *const *exprs, int32_t n, const brasa_expr ***out,
                                 int32_t *nout, brasa_error *err)
{
    const brasa_expr **list = NULL;
    int32_t            cap = 0, m = 0;
    brasa_scope        scope = brasa__plan_scope(b, in);

    for (int32_t i = 0; i < n; i++) {
        const brasa_expr **some = BRASA_NEWS(b->arena, const brasa_expr *, 1);
        int32_t            k = 1;
        some[0] = exprs[i];
        if (exprs[i]->kind == BRASA_EXPR_STAR) BRASA_TRY(brasa__expr_expand_star(b->arena, &scope, exprs[i], &some, &k, err));
        list = brasa__arena_grow(b->arena, list, &cap, m + k, sizeof *list);
        for (int32_t j = 0; j < k; j++) list[m++] = some[j];
    }
    *out = list;
    *nout = m;
    return BRASA_OK;
}

typedef struct column_binder {
    brasa_builder    *b;
    const brasa_node *in;
} column_binder;

static brasa_status bind_column(void *arg, const brasa_expr *e, const brasa_expr **out, brasa_error *err)
{
    column_binder *c = arg;

    return brasa__build_bind(c->b, c->in, e, 0, out, err);
}

static const char **list_names(brasa_builder *b, const brasa_expr *const *list, int32_t n)
{
    const char **names = BRASA_NEWS(b->arena, const char *, n + 1);

    for (int32_t i = 0; i < n; i++) names[i] = brasa__build_name(b, list[i]);
    return names;
}

brasa_status brasa__plan_project(brasa_builder *b, const brasa_node *in, const brasa_expr *const *exprs, int32_t n, const brasa_node **out,
                                 brasa_error *err)
{
    const brasa_expr **list;
    const char       **names;
    int32_t            m;
    column_binder      c = {b, in};
    const brasa_node  *base = in;

    BRASA_TRY(brasa__build_expand(b, in, exprs, n, &list, &m, err));
    if (m == 0) return brasa__fail(err, BRASA_INVALID, "an empty select list; name at least one column");
    names = list_names(b, list, m);
    const brasa_expr **bound = BRASA_NEWS(b->arena, const brasa_expr *, m);
    memcpy(bound, list, sizeof *list * (size_t)m);
    BRASA_TRY(brasa__build_windows(b, in, bound, m, bind_column, &c, &base, err));
    for (int32_t i = 0; i < m; i++) {
        BRASA_TRY(brasa__build_bind(b, in, bound[i], 0, &bound[i], err));
        bound[i] = brasa__build_window_refs(b->arena, bound[i], in->schema.ncols);
    }
    *out = brasa__build_done(b, brasa__make_project(b->arena, NULL, base, bound, names, m));
    return BRASA_OK;
}

/* All columns of `in` as a list with room for one more. */
static const brasa_expr **all_columns(brasa_builder *b, const brasa_node *in, const char ***names)
{
    const brasa_expr **list = BRASA_NEWS(b->arena, const brasa_expr *, in->schema.ncols + 1);

    *names = BRASA_NEWS(b->arena, const char *, in->schema.ncols + 1);
    for (int32_t i = 0; i < in->schema.ncols; i++) {
        list[i] = brasa__node_ref(b->arena, in, i);
        (*names)[i] = in->schema.cols[i].name;
    }
    return list;
}

brasa_status brasa__plan_with_column(brasa_builder *b, const brasa_node *in, const char *name, const brasa_expr *e, const brasa_node **out,
                                     brasa_error *err)
{
    const char       **names;
    const brasa_expr **list = all_columns(b, in, &names);
    bool               ambiguous = false;
    int32_t            at = brasa__schema_find(in->schema, name, &ambiguous), n = in->schema.ncols;

    if (at < 0) at = n++;
    list[at] = e;
    names[at] = brasa__arena_strdup(b->arena, name);
    for (int32_t i = 0; i < n; i++) {
        if (i == at)
            list[i] = brasa__expr_alias(b->arena, e, name);
        else
            list[i] = brasa__expr_alias(b->arena, list[i], names[i]);
    }
    return brasa__plan_project(b, in, list, n, out, err);
}

brasa_status brasa__plan_rename(brasa_builder *b, const brasa_node *in, const char *from, const char *to, const brasa_node **out,
                                brasa_error *err)
{
    const char       **names;
    const brasa_expr **list = all_columns(b, in, &names);
    int32_t            at;

    BRASA_TRY(brasa__build_column(b, in, from, &at, err));
    names[at] = brasa__arena_strdup(b->arena, to);
    *out = brasa__build_done(b, brasa__make_project(b->arena, NULL, in, list, names, in->schema.ncols));
    return BRASA_OK;
}

brasa_status brasa__plan_drop(brasa_builder *b, const brasa_node *in, const char *const *names, int32_t n, const brasa_node **out,
                              brasa_error *err)
{
    int32_t *keep = BRASA_NEWS(b->arena, int32_t, in->schema.ncols + 1), m = 0;
    bool    *gone = BRASA_NEWS(b->arena, bool, in->schema.ncols + 1);

    for (int32_t i = 0; i < n; i++) {
        int32_t at;
        BRASA_TRY(brasa__build_column(b, in, names[i], &at, err));
        gone[at] = true;
    }
    for (int32_t i = 0; i < in->schema.ncols; i++) {
        if (!gone[i]) keep[m++] = i;
    }
    if (m == 0) return brasa__fail(err, BRASA_INVALID, "drop of all %d columns; keep at least one", in->schema.ncols);
    *out = brasa__make_pick(b->arena, NULL, in, keep, m);
    if (*out != in) *out = brasa__build_done(b, (brasa_node *)(uintptr_t)*out);
    return BRASA_OK;
}

brasa_status brasa__plan_alias(brasa_builder *b, const brasa_node *in, const char *qualifier, const char *const *names, int32_t nnames,
                               const brasa_node **out, brasa_error *err)
{
    const char       **now;
    const brasa_expr **list = all_columns(b, in, &now);
    int32_t            n = in->schema.ncols;
    const char       **quals = BRASA_NEWS(b->arena, const char *, n + 1);

    if (names && nnames != n) {
        return brasa__fail(err, BRASA_INVALID, "%d names for the %d columns of %s; give one for each", nnames, n,
                           qualifier ? qualifier : "the table");
    }
    qualifier = qualifier ? brasa__arena_strdup(b->arena, qualifier) : NULL;
    for (int32_t i = 0; i < n; i++) {
        quals[i] = qualifier;
        if (names) now[i] = brasa__arena_strdup(b->arena, names[i]);
    }
    brasa_node *p = brasa__make_project(b->arena, NULL, in, list, now, n);
    p->qualifiers = qualifier ? quals : NULL;
    *out = brasa__build_done(b, p);
    return BRASA_OK;
}

brasa_status brasa__plan_filter(brasa_builder *b, const brasa_node *in, const brasa_expr *test, const brasa_node **out, brasa_error *err)
{
    const brasa_expr *bound;

    BRASA_TRY(brasa__build_bind_bool(b, in, test, "condition", &bound, err));
    *out = brasa__build_done(b, brasa__make_filter(b->arena, NULL, in, bound));
    return BRASA_OK;
}
