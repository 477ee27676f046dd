/* api/describe.c -- what is in the columns: one row per figure, as text. */
#include "api/internal.h"
#include "data/type.h"

static brasa_expr *agg_of(brasa_arena *arena, const char *name, const brasa_expr *arg)
{
    brasa_expr *e = brasa__expr_new(arena, BRASA_EXPR_AGGREGATE);

    e->name = name;
    e->nargs = arg == NULL ? 0 : 1;
    e->args = arg == NULL ? NULL : brasa__arena_copy(arena, &arg, sizeof arg);
    return e;
}

static const brasa_expr *text_of(brasa_arena *arena, const brasa_expr *e)
{
    return brasa__expr_cast(arena, e, brasa__type(BRASA_KIND_STRING), false);
}

static const brasa_expr *null_text(brasa_arena *arena)
{
    brasa_value v = {.type = brasa__type(BRASA_KIND_NULL), .null = true};

    return text_of(arena, brasa__expr_literal(arena, &v));
}

typedef struct figure {
    const char *label;
    const char *aggregate; /* NULL: nulls */
    bool        numeric;   /* only of numbers */
    bool        ordered;   /* only of what has an order */
} figure;

static const figure figures[] = {
    {"count", "count", false, false},  {"nulls", NULL, false, false}, {"mean", "avg", true, false},
    {"stddev", "stddev", true, false}, {"min", "min", false, true},   {"max", "max", false, true},
};

/* One figure of one column. */
static const brasa_expr *figure_of(brasa_arena *arena, const figure *f, const brasa_field *col, int32_t index)
{
    const brasa_expr *c = brasa__expr_ref(arena, index, col->type, col->nullable, col->name);
    bool              nested = brasa__type_is_nested(col->type);

    if ((f->numeric && !brasa__type_is_numeric(col->type)) || (f->ordered && nested)) return null_text(arena);
    if (f->aggregate == NULL) return text_of(arena, brasa__expr_call2(arena, "-", agg_of(arena, "count", NULL), agg_of(arena, "count", c)));
    return text_of(arena, agg_of(arena, f->aggregate, c));
}

static brasa_status figure_node(brasa_api_call *c, const figure *f, const brasa_node **out, brasa_error *err)
{
    brasa_arena         *arena = c->builder.arena;
    brasa_schema         schema = c->in[0]->node->schema;
    const brasa_expr   **exprs = BRASA_NEWS(arena, const brasa_expr *, schema.ncols + 2);
    brasa_value          label = brasa_value_string(f->label);
    brasa_aggregate_spec spec = {.nexprs = schema.ncols + 1, .exprs = exprs};

    for (int32_t i = 0; i < schema.ncols; i++)
        exprs[i + 1] = brasa__expr_alias(arena, figure_of(arena, f, &schema.cols[i], i), schema.cols[i].name);
    exprs[0] = brasa__expr_alias(arena, brasa__expr_literal(arena, &label), "summary");
    return brasa__plan_aggregate(&c->builder, c->in[0]->node, &spec, out, err);
}

static brasa_status describe_build(brasa_api_call *c, brasa_error *err)
{
    enum { N = (int)(sizeof figures / sizeof *figures) };
    const brasa_node *nodes[N];

    for (int32_t i = 0; i < N; i++) BRASA_TRY(figure_node(c, &figures[i], &nodes[i], err));
    return brasa__plan_set(&c->builder, BRASA_SET_UNION, true, nodes, N, &c->node, err);
}

brasa_frame *brasa_describe_at(brasa_frame *f, brasa_site at)
{
    return brasa__api_frame(NULL, &f, 1, at, NULL, describe_build, NULL);
}
