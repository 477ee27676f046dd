/* test_build.c -- constructors of plans: schemas, names, what becomes of expressions, errors. */
#include <string.h>

#include "data/type.h"
#include "plans.h"
#include "unit.h"

typedef struct fixture {
    plans             p;
    const brasa_node *a, *b;
} fixture;

static void fixture_init(fixture *f, void **state)
{
    unit_state *u = *state;

    plans_init(&f->p, u->arena);
    f->a = plans_scan(&f->p, plans_table(&f->p, "id INT NOT NULL, name STRING, x DECIMAL(10,2), tags ARRAY<STRING>", 100, 2), "a");
    f->b = plans_scan(&f->p, plans_table(&f->p, "id BIGINT, y DOUBLE", 10, 1), "b");
}

/* The plan is sound and its tree reads like this. */
static void assert_plan(fixture *f, const brasa_node *n, const char *want)
{
    assert_ok(brasa__node_verify(n, &f->p.err), f->p.err);
    assert_string_equal(plans_text(&f->p, n), want);
}

static void assert_schema(fixture *f, const brasa_node *n, const char *want)
{
    brasa_text out;

    brasa__text_init(&out, f->p.b.arena);
    for (int32_t i = 0; i < n->schema.ncols; i++) {
        brasa__text_addf(&out, "%s%s ", i ? ", " : "", n->schema.cols[i].name);
        brasa__type_text(n->schema.cols[i].type, &out);
        if (!n->schema.cols[i].nullable) brasa__text_add(&out, " NOT NULL");
    }
    assert_string_equal(out.s, want);
}

static void select_expands_stars_and_names_columns(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_project(&f.p, f.a, "*, id + 1, upper(name) as big");
    assert_schema(&f, n, "id INT NOT NULL, name STRING, x DECIMAL(10,2), tags ARRAY<STRING>, id + 1 INT NOT NULL, big STRING");
    assert_int_equal(n->line, 1);
    assert_string_equal(n->qualifiers[0], "a");
    assert_null(n->qualifiers[4]);
}

static void with_column_replaces_or_adds(void **state)
{
    fixture           f;
    const brasa_node *n;

    fixture_init(&f, state);
    assert_ok(brasa__plan_with_column(&f.p.b, f.b, "Y", plans_expr(&f.p, "id * 2"), &n, &f.p.err), f.p.err);
    assert_schema(&f, n, "id BIGINT, Y BIGINT");
    assert_ok(brasa__plan_with_column(&f.p.b, f.b, "z", plans_expr(&f.p, "true"), &n, &f.p.err), f.p.err);
    assert_schema(&f, n, "id BIGINT, y DOUBLE, z BOOLEAN NOT NULL");
}

static void rename_and_drop_name_the_near_miss(void **state)
{
    fixture           f;
    const brasa_node *n;

    fixture_init(&f, state);
    assert_ok(brasa__plan_rename(&f.p.b, f.b, "y", "z", &n, &f.p.err), f.p.err);
    assert_schema(&f, n, "id BIGINT, z DOUBLE");
    assert_status(brasa__plan_rename(&f.p.b, f.a, "nmae", "z", &n, &f.p.err), BRASA_NOT_FOUND, f.p.err);
    assert_text_has(f.p.err.text, "did you mean name?");
    const char *drop[] = {"tags", "X"};
    assert_ok(brasa__plan_drop(&f.p.b, f.a, drop, 2, &n, &f.p.err), f.p.err);
    assert_schema(&f, n, "id INT NOT NULL, name STRING");
    const char *all[] = {"id", "y"};
    assert_status(brasa__plan_drop(&f.p.b, f.b, all, 2, &n, &f.p.err), BRASA_INVALID, f.p.err);
}

static void filter_wants_a_boolean(void **state)
{
    fixture           f;
    const brasa_node *n;

    fixture_init(&f, state);
    assert_status(brasa__plan_filter(&f.p.b, f.a, plans_expr(&f.p, "id + 1"), &n, &f.p.err), BRASA_TYPE, f.p.err);
    assert_text_has(f.p.err.text, "is INT, not BOOLEAN");
    assert_status(brasa__plan_filter(&f.p.b, f.a, plans_expr(&f.p, "idd = 1"), &n, &f.p.err), BRASA_NOT_FOUND, f.p.err);
    assert_text_has(f.p.err.text, "did you mean id?");
}

static void join_finds_keys_and_leaves_the_rest(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_join(&f.p, f.a, f.b, BRASA_JOIN_LEFT, "b.id = a.id and a.x > y and left.id > 3");
    assert_int_equal(n->u.join.nkeys, 1);
    assert_true(brasa__type_equal(n->u.join.left_keys[0]->type, brasa__type(BRASA_KIND_INT64)));
    assert_true(brasa__type_equal(n->u.join.right_keys[0]->type, brasa__type(BRASA_KIND_INT64)));
    assert_non_null(n->u.join.residual);
    assert_int_equal(n->schema.ncols, 6);
    assert_true(n->schema.cols[5].nullable);
    assert_false(n->schema.cols[0].nullable);
    assert_ok(brasa__node_verify(n, &f.p.err), f.p.err);
}

static void join_using_has_the_column_once(void **state)
{
    fixture           f;
    const brasa_node *n;
    const char       *names[] = {"id"};
    brasa_join_spec   spec = {.type = BRASA_JOIN_FULL, .nusing = 1, .using_names = names};

    fixture_init(&f, state);
    assert_ok(brasa__plan_join(&f.p.b, f.a, f.b, &spec, &n, &f.p.err), f.p.err);
    assert_schema(&f, n, "id BIGINT, name STRING, x DECIMAL(10,2), tags ARRAY<STRING>, y DOUBLE");
    assert_text_has(plans_text(&f.p, n), "coalesce(");
    names[0] = "tag";
    assert_status(brasa__plan_join(&f.p.b, f.a, f.b, &spec, &n, &f.p.err), BRASA_NOT_FOUND, f.p.err);
    assert_text_has(f.p.err.text, "did you mean tags?");
}

static void semi_join_keeps_the_left_only(void **state)
{
    fixture f;

    fixture_init(&f, state);
    assert_int_equal(plans_join(&f.p, f.a, f.b, BRASA_JOIN_SEMI, "a.id = b.id")->schema.ncols, 4);
    const brasa_node *mark = plans_join(&f.p, f.a, f.b, BRASA_JOIN_MARK, "a.id = b.id");
    assert_int_equal(mark->schema.ncols, 5);
    assert_string_equal(mark->schema.cols[4].name, "mark");
}

static void aggregate_of_any_shape_is_taken_apart(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_group(&f.p, f.a, "name, id % 10 as digit", "sum(x) / count(*) + 1 as r, count(distinct id) as d, sum(x)");
    assert_schema(&f, n, "name STRING, digit INT NOT NULL, r DECIMAL(38,19), d BIGINT NOT NULL, sum(x) DECIMAL(20,2)");
    assert_int_equal(n->kind, BRASA_NODE_PROJECT);
    assert_int_equal(n->inputs[0]->u.aggregate.naggs, 3); /* sum(x) is computed once */
    assert_ok(brasa__node_verify(n, &f.p.err), f.p.err);
}

static void aggregate_refuses_columns_that_are_not_grouped(void **state)
{
    fixture              f;
    const brasa_node    *n;
    brasa_aggregate_spec spec = {.nkeys = 0};

    fixture_init(&f, state);
    spec.keys = plans_list(&f.p, "name", &spec.nkeys);
    spec.exprs = plans_list(&f.p, "sum(x) + id", &spec.nexprs);
    assert_status(brasa__plan_aggregate(&f.p.b, f.a, &spec, &n, &f.p.err), BRASA_INVALID, f.p.err);
    assert_text_has(f.p.err.text, "column id is neither a group key nor inside an aggregate");
}

static void having_and_select_list_stand_on_groups(void **state)
{
    fixture              f;
    const brasa_node    *n;
    brasa_aggregate_spec spec = {.only_exprs = true};

    fixture_init(&f, state);
    spec.keys = plans_list(&f.p, "name", &spec.nkeys);
    spec.exprs = plans_list(&f.p, "upper(name) as u, min(id)", &spec.nexprs);
    spec.having = plans_expr(&f.p, "max(id) > 3 and name <> 'x'");
    assert_ok(brasa__plan_aggregate(&f.p.b, f.a, &spec, &n, &f.p.err), f.p.err);
    assert_schema(&f, n, "u STRING, min(id) INT");
    assert_int_equal(n->inputs[0]->kind, BRASA_NODE_FILTER);
    assert_int_equal(n->inputs[0]->inputs[0]->u.aggregate.naggs, 2);
}

static void distinct_on_takes_first_of_the_rest(void **state)
{
    fixture           f;
    const brasa_node *n;
    const char       *on[] = {"name"};

    fixture_init(&f, state);
    assert_ok(brasa__plan_distinct(&f.p.b, f.a, on, 1, &n, &f.p.err), f.p.err);
    assert_schema(&f, n, "id INT, name STRING, x DECIMAL(10,2), tags ARRAY<STRING>");
    assert_ok(brasa__plan_distinct(&f.p.b, f.b, NULL, 0, &n, &f.p.err), f.p.err);
    assert_plan(&f, n, "Aggregate by id, y\n  Scan b [id, y]\n");
}

static void union_finds_common_types(void **state)
{
    fixture           f;
    const brasa_node *n, *in[2];

    fixture_init(&f, state);
    n = plans_set(&f.p, BRASA_SET_UNION, true, plans_project(&f.p, f.a, "id, x"), f.b);
    assert_schema(&f, n, "id BIGINT, x DOUBLE");
    assert_ok(brasa__node_verify(n, &f.p.err), f.p.err);
    in[0] = f.a, in[1] = f.b;
    assert_status(brasa__plan_set(&f.p.b, BRASA_SET_UNION, true, in, 2, &n, &f.p.err), BRASA_TYPE, f.p.err);
    assert_text_has(f.p.err.text, "4 columns with 2");
}

static void except_all_matches_numbered_copies(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_set(&f.p, BRASA_SET_EXCEPT, true, f.b, f.b);
    assert_schema(&f, n, "id BIGINT, y DOUBLE");
    assert_text_has(plans_text(&f.p, n), "Join Anti");
    assert_text_has(plans_text(&f.p, n), "Window row_number()");
    assert_ok(brasa__node_verify(n, &f.p.err), f.p.err);
    n = plans_set(&f.p, BRASA_SET_INTERSECT, false, f.b, f.b);
    assert_text_has(plans_text(&f.p, n), "Join Semi on id <=> id and y <=> y");
}

static void sort_by_an_expression_leaves_no_trace_in_the_schema(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_sort(&f.p, f.a, "length(name) desc, id");
    assert_schema(&f, n, "id INT NOT NULL, name STRING, x DECIMAL(10,2), tags ARRAY<STRING>");
    assert_int_equal(n->inputs[0]->kind, BRASA_NODE_SORT);
    assert_int_equal(n->inputs[0]->u.sort.keys[0].expr->kind, BRASA_EXPR_REF);
    assert_int_equal(n->inputs[0]->schema.ncols, 5);
}

static void windows_of_one_order_share_a_node(void **state)
{
    fixture f;

    fixture_init(&f, state);
    const brasa_node *n = plans_window(&f.p, f.a, "sum(x)", "name", "id", "s");
    assert_schema(&f, n, "id INT NOT NULL, name STRING, x DECIMAL(10,2), tags ARRAY<STRING>, s DECIMAL(20,2)");
    assert_int_equal(n->inputs[0]->kind, BRASA_NODE_WINDOW);
    assert_int_equal(n->inputs[0]->u.window.calls[0].frame.unit, BRASA_FRAME_RANGE);
    n = plans_window(&f.p, f.a, "row_number()", "", "", "r");
    assert_int_equal(n->schema.cols[4].type.kind, BRASA_KIND_INT32);
    assert_int_equal(n->inputs[0]->u.window.calls[0].frame.end, BRASA_BOUND_UNBOUNDED_FOLLOWING);
}

static void windows_over_groups_see_the_groups(void **state)
{
    fixture              f;
    const brasa_node    *n;
    brasa_aggregate_spec spec = {.only_exprs = true, .nexprs = 2};
    brasa_window_spec    over = {.norder = 0};
    const brasa_expr    *exprs[2];

    fixture_init(&f, state);
    over.order = plans_order(&f.p, "sum(x) desc", &over.norder);
    brasa_expr       *w = brasa__expr_new(f.p.b.arena, BRASA_EXPR_WINDOW);
    const brasa_expr *rank = plans_expr(&f.p, "rank()");
    w->name = "rank";
    w->nargs = 1;
    w->args = &rank;
    w->extra = &over;
    exprs[0] = plans_expr(&f.p, "name");
    exprs[1] = brasa__expr_alias(f.p.b.arena, w, "place");
    spec.exprs = exprs;
    spec.keys = plans_list(&f.p, "name", &spec.nkeys);
    assert_ok(brasa__plan_aggregate(&f.p.b, f.a, &spec, &n, &f.p.err), f.p.err);
    assert_plan(
        &f, n,
        "Project name, \"rank()\" AS place\n  Window rank() order \"sum(x)\" DESC\n    Aggregate by name: sum(x)\n      Scan a [id, name, x, tags]\n");
}

static void explode_adds_position_and_element(void **state)
{
    fixture           f;
    const brasa_node *n;

    fixture_init(&f, state);
    assert_ok(brasa__plan_explode(&f.p.b, f.a, plans_expr(&f.p, "tags"), "tag", false, "pos", &n, &f.p.err), f.p.err);
    assert_schema(&f, n, "id INT NOT NULL, name STRING, x DECIMAL(10,2), tags ARRAY<STRING>, pos INT NOT NULL, tag STRING");
    assert_status(brasa__plan_explode(&f.p.b, f.a, plans_expr(&f.p, "name"), NULL, false, NULL, &n, &f.p.err), BRASA_TYPE, f.p.err);
    assert_text_has(f.p.err.text, "name, which is STRING; it needs an ARRAY");
}

static void values_are_cast_to_their_columns(void **state)
{
    fixture           f;
    const brasa_node *n;
    brasa_schema      schema;

    fixture_init(&f, state);
    assert_ok(brasa__schema_parse(f.p.b.arena, "a BIGINT, b STRING NOT NULL", &schema, &f.p.err), f.p.err);
    brasa_value ok[] = {BRASA_I32(7), BRASA_STR("x")}, bad[] = {BRASA_I32(7), BRASA_NULL_VALUE};
    assert_ok(brasa__plan_values(&f.p.b, schema, ok, 1, &n, &f.p.err), f.p.err);
    assert_int_equal(n->u.values.values[0].type.kind, BRASA_KIND_INT64);
    assert_int_equal(n->u.values.values[0].u.i, 7);
    assert_status(brasa__plan_values(&f.p.b, schema, bad, 1, &n, &f.p.err), BRASA_DATA, f.p.err);
}

static void senseless_numbers_are_refused(void **state)
{
    fixture           f;
    const brasa_node *n;

    fixture_init(&f, state);
    assert_status(brasa__plan_limit(&f.p.b, f.a, -2, 0, &n, &f.p.err), BRASA_INVALID, f.p.err);
    assert_status(brasa__plan_limit(&f.p.b, f.a, 1, -1, &n, &f.p.err), BRASA_INVALID, f.p.err);
    assert_status(brasa__plan_sample(&f.p.b, f.a, 1.5, 0, &n, &f.p.err), BRASA_INVALID, f.p.err);
    assert_status(brasa__plan_range(&f.p.b, 0, 10, 0, 0, NULL, &n, &f.p.err), BRASA_INVALID, f.p.err);
    assert_status(brasa__plan_repartition(&f.p.b, f.a, BRASA_REPARTITION_NUMBER, -1, NULL, NULL, 0, &n, &f.p.err), BRASA_INVALID, f.p.err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(select_expands_stars_and_names_columns),
        unit_case(with_column_replaces_or_adds),
        unit_case(rename_and_drop_name_the_near_miss),
        unit_case(filter_wants_a_boolean),
        unit_case(join_finds_keys_and_leaves_the_rest),
        unit_case(join_using_has_the_column_once),
        unit_case(semi_join_keeps_the_left_only),
        unit_case(aggregate_of_any_shape_is_taken_apart),
        unit_case(aggregate_refuses_columns_that_are_not_grouped),
        unit_case(having_and_select_list_stand_on_groups),
        unit_case(distinct_on_takes_first_of_the_rest),
        unit_case(union_finds_common_types),
        unit_case(except_all_matches_numbered_copies),
        unit_case(sort_by_an_expression_leaves_no_trace_in_the_schema),
        unit_case(windows_of_one_order_share_a_node),
        unit_case(windows_over_groups_see_the_groups),
        unit_case(explode_adds_position_and_element),
        unit_case(values_are_cast_to_their_columns),
        unit_case(senseless_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
