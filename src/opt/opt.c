/* opt.c -- the table of passes, and how they are run. */
#include "opt/opt.h"

#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "data/type.h"
#include "opt/inner.h"

static const brasa_node *opt_nothing(brasa_opt *o, const brasa_node *n)
{
    (void)o;
    return n;
}

/* In running order.  Pushing filters comes again after joins have moved, folding and merging clean up after the others. */
static const struct pass {
    const char *name;
    opt_pass   *fn;
} PASSES[] = {
    {"inline", opt_inline},
    {"merge", opt_merge},
    {"fold", opt_fold},
    {"factor", opt_factor},
    {"in-lists", opt_in_lists},
    {"push-filters", opt_push_filters},
    {"outer-joins", opt_outer_joins},
    {"share-filters", opt_share_filters},
    {"fold", opt_fold},
    {"empty", opt_empty},
    {"push-semi-joins", opt_push_semi_joins},
    {"join-order", opt_join_order},
    {"push-filters", opt_push_filters},
    {"distinct-aggregates", opt_distinct},
    {"group-keys", opt_group_keys},
    {"rollups", opt_rollups},
    {"eager-aggregates", opt_eager},
    {"shared-sums", opt_shared_sums},
    {"limits", opt_limits},
    {"prune", opt_prune},
    {"merge", opt_merge},
    {"fold", opt_fold},
    {"group-limits", opt_group_limits},
    {"scan-tests", opt_scan_tests},
    {"build-sides", opt_build_sides},
    {"share", opt_share},
    {"runtime-filters", opt_nothing}, /* done where stages are cut */
};
enum { NPASSES = sizeof PASSES / sizeof *PASSES };

const char *brasa__opt_pass_name(int32_t i)
{
    return i >= 0 && i < NPASSES ? PASSES[i].name : NULL;
}

/* Is name one of the comma-separated words of list? */
static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = list; p && *p;) {
        const char *end = strchr(p, ',');
        size_t      len = end ? (size_t)(end - p) : strlen(p);
        while (len > 0 && *p == ' ') p++, len--;
        while (len > 0 && p[len - 1] == ' ') len--;
        if ((len == n && strncmp(p, name, n) == 0) || (len == 3 && strncmp(p, "all", 3) == 0)) return true;
        p = end ? end + 1 : NULL;
    }
    return false;
}

/* Every word of the list must be a pass, or "all". */
static brasa_status check_list(const char *list, brasa_error *err)
{
    const char *names[NPASSES + 1] = {"all"};

    for (int32_t i = 0; i < NPASSES; i++) names[i + 1] = PASSES[i].name;
    for (const char *p = list; *p != '\0';) {
        char   word[64];
        size_t blank = strspn(p, ", "), len = strcspn(p + blank, ", ");
        bool   known = len == 0;

        snprintf(word, sizeof word, "%.*s", (int)len, p + blank);
        for (int32_t i = 0; i <= NPASSES && !known; i++) known = strcmp(word, names[i]) == 0;
        if (!known) {
            const char *near = brasa__near_miss(word, names, NPASSES + 1);

            brasa__fail(err, BRASA_INVALID, "disable-passes: there is no pass '%s'", word);
            return near == NULL ? BRASA_INVALID : brasa__fail_more(err, "; did you mean '%s'?", near);
        }
        p += blank + len;
    }
    return BRASA_OK;
}

static bool is_cheap(const brasa_node *n)
{
    while (n->kind == BRASA_NODE_FILTER || n->kind == BRASA_NODE_PROJECT) n = n->inputs[0];
    return n->ninputs == 0;
}

static void find_shared(brasa_opt *o, const brasa_node *n)
{
    for (int32_t i = 0; i < n->ninputs; i++) {
        if (brasa__node_set_add(&o->seen, n->inputs[i], n))
            find_shared(o, n->inputs[i]);
        else if (!is_cheap(n->inputs[i]))
            brasa__node_set_add(&o->shared, n->inputs[i], n);
    }
}

bool opt_is_shared(const brasa_opt *o, const brasa_node *n)
{
    return brasa__node_set_get(&o->shared, n) != NULL;
}

static const brasa_node *run_pass(brasa_opt *o, opt_pass *fn, const brasa_node *n)
{
    o->estimator = brasa__estimator_new(o->arena);
    brasa__node_set_init(&o->seen, o->arena);
    brasa__node_set_init(&o->shared, o->arena);
    find_shared(o, n);
    return fn(o, n);
}

const brasa_node *opt_try(brasa_opt *o, const brasa_node *n)
{
    const char *off = brasa__setting_text(BRASA_SET_DISABLE_PASSES);

    for (int32_t i = 1; i < NPASSES; i++) {
        if (!is_listed(off, PASSES[i].name)) n = run_pass(o, PASSES[i].fn, n);
    }
    return n;
}

/* Inside a plan names mean nothing, and passes drop projections that only rename; the result keeps its names. */
static const brasa_node *with_names(brasa_opt *o, const brasa_node *now, const brasa_node *before)
{
    const brasa_expr **exprs = BRASA_NEWS(o->arena, const brasa_expr *, before->schema.ncols + 1);
    const char       **names = BRASA_NEWS(o->arena, const char *, before->schema.ncols + 1);
    bool               same = true;

    for (int32_t i = 0; i < before->schema.ncols; i++) {
        exprs[i] = brasa__node_ref(o->arena, now, i);
        names[i] = before->schema.cols[i].name;
        same &= strcmp(names[i], now->schema.cols[i].name) == 0;
    }
    return same ? now : brasa__make_project(o->arena, before, now, exprs, names, before->schema.ncols);
}

/* A pass must leave the plan sound, and the result as it was: the names and types of its columns. */
static brasa_status check_pass(const char *name, const brasa_node *before, const brasa_node *after, brasa_error *err)
{
#ifdef NDEBUG
    (void)name, (void)before, (void)after, (void)err;
#else
    if (brasa__node_verify(after, err) != BRASA_OK) return brasa__fail_more(err, " (after pass %s)", name);
    if (before->schema.ncols != after->schema.ncols) {
        return brasa__fail(err, BRASA_INTERNAL, "pass %s made %d columns of %d", name, (int)after->schema.ncols, (int)before->schema.ncols);
    }
    for (int32_t i = 0; i < before->schema.ncols; i++) {
        const brasa_field *a = &before->schema.cols[i], *b = &after->schema.cols[i];
        if (!brasa__type_equal(a->type, b->type) || strcmp(a->name, b->name) != 0) {
            return brasa__fail(err, BRASA_INTERNAL, "pass %s changed column %d from %s to %s or its type", name, (int)i, a->name, b->name);
        }
    }
#endif
    return BRASA_OK;
}

brasa_status brasa__optimize(brasa_arena *arena, const brasa_node *plan, const brasa_topology *topology, const brasa_node **out,
                             brasa_error *err)
{
    brasa_opt   o = {.arena = arena, .topology = topology};
    const char *off = brasa__setting_text(BRASA_SET_DISABLE_PASSES);

    BRASA_TRY(check_list(off, err));

#ifndef NDEBUG
    if (brasa__node_verify(plan, err) != BRASA_OK) return brasa__fail_more(err, " (before optimising)");
#endif
    if (is_listed(off, PASSES[0].name)) plan = opt_unmarked(&o, plan);
    for (int32_t i = 0; i < NPASSES; i++) {
        if (is_listed(off, PASSES[i].name)) continue;
        const brasa_node *now = with_names(&o, run_pass(&o, PASSES[i].fn, plan), plan);
        BRASA_TRY(check_pass(PASSES[i].name, plan, now, err));
        plan = now;
    }
    plan = run_pass(&o, opt_number, plan);
    ((brasa_node *)(uintptr_t)plan)->note = o.note; /* ours: made by opt_number */
    *out = plan;
    return BRASA_OK;
}
