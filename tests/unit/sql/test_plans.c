/* test_plans.c -- queries to plans: how subqueries are joined, what is left out of a plan, statements told apart, places of errors. */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "data/type.h"
#include "plan/explain.h"
#include "sql/binder.h"
#include "sql/sql.h"

typedef struct world {
    unit_state   *s;
    brasa_builder b;
    int32_t       next_id;
    int32_t       kept;
} world;

/* t(a, b) and s(x, y): INT, nullable; n(k, v): not nullable. */
static brasa_status table(void *arg, const char *name, const brasa_node **out, const char **near, brasa_error *err)
{
    static const char *const tables[][2] = {{"t", "a INT, b INT"}, {"s", "x INT, y INT"}, {"n", "k INT NOT NULL, v INT NOT NULL"}};
    world                   *w = arg;
    brasa_schema             schema;

    *out = NULL;
    *near = NULL;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (strcmp(tables[i][0], name) != 0) continue;
        BRASA_TRY(brasa__schema_parse(w->s->arena, tables[i][1], &schema, err));
        brasa_value values[] = {brasa_value_i32(1), brasa_value_i32(2), brasa_value_i32(3), brasa_value_i32(4)};
        return brasa__plan_values(&w->b, schema, values, 2, out, err);
    }
    return BRASA_OK;
}

static brasa_status keep(void *arg, const brasa_node *in, const brasa_node **out, int64_t *rows, brasa_error *err)
{
    world *w = arg;

    *rows = 3 - w->kept++;
    int64_t id = w->kept;

    return brasa__plan_cached(&w->b, in->schema, &id, 1, 1, *rows, 8, out, err);
}

static brasa_status plan(world *w, unit_state *s, const char *text, const brasa_node **out)
{
    brasa_sql_catalog catalog = {.arg = w, .table = table, .keep = keep};
    brasa_statement   st;

    *w = (world) {.s = s, .next_id = 1};
    w->b = (brasa_builder) {.arena = s->arena, .next_id = &w->next_id, .text = text};
    brasa__error_clear(&s->err);
    BRASA_TRY(brasa__sql_statement(s->arena, text, &st, &s->err));
    return brasa__sql_plan(&w->b, &catalog, st.query, out, &s->err);
}

typedef struct counts {
    int32_t joins[BRASA_JOIN_SINGLE + 1];
    int32_t nodes[BRASA_NODE_COUNT];
    int32_t null_aware;
} counts;

static bool count(void *arg, const brasa_node *n)
{
    counts *c = arg;

    c->nodes[n->kind]++;
    if (n->kind == BRASA_NODE_JOIN) c->joins[n->u.join.type]++;
    if (n->kind == BRASA_NODE_JOIN) c->null_aware += n->u.join.null_aware;
    return true;
}

/* A plan that verifies and has no outer references. */
static counts planned(unit_state *s, const char *text)
{
    world             w;
    const brasa_node *n = NULL;
    counts            c = {.null_aware = 0};

    assert_ok(plan(&w, s, text, &n), s->err);
    assert_ok(brasa__node_verify(n, &s->err), s->err);
    assert_false(sql_has_outer(s->arena, n, -1));
    brasa__node_walk(n, count, &c);
    return c;
}

static void conditions_become_semi_and_anti_joins(void **state)
{
    unit_state *s = *state;

    assert_int_equal(planned(s, "SELECT * FROM t WHERE EXISTS (SELECT 1 FROM s WHERE x = a)").joins[BRASA_JOIN_SEMI], 1);
    assert_int_equal(planned(s, "SELECT * FROM t WHERE NOT EXISTS (SELECT 1 FROM s WHERE x = a AND y <> b)").joins[BRASA_JOIN_ANTI], 1);
    assert_int_equal(planned(s, "SELECT * FROM t WHERE a IN (SELECT x FROM s)").joins[BRASA_JOIN_SEMI], 1);
    assert_int_equal(planned(s, "SELECT * FROM t WHERE a IN (SELECT x FROM s) OR b = 1").joins[BRASA_JOIN_MARK], 1);
}

static void not_in_knows_nulls_only_where_there_may_be_some(void **state)
{
    unit_state *s = *state;

    assert_int_equal(planned(s, "SELECT * FROM t WHERE a NOT IN (SELECT x FROM s)").null_aware, 1);
    assert_int_equal(planned(s, "SELECT * FROM n WHERE k NOT IN (SELECT v FROM n)").null_aware, 0);
    assert_int_equal(planned(s, "SELECT * FROM t WHERE a NOT IN (SELECT x FROM s WHERE y = b)").null_aware, 0);
}

static void scalar_subqueries_of_one_row_are_not_checked_for_more(void **state)
{
    unit_state *s = *state;
    counts      c = planned(s, "SELECT a, (SELECT sum(y) FROM s WHERE x = a) FROM t");

    assert_int_equal(c.joins[BRASA_JOIN_LEFT], 1);
    assert_int_equal(c.joins[BRASA_JOIN_SINGLE], 0);
    assert_int_equal(planned(s, "SELECT a, (SELECT y FROM s WHERE x = a) FROM t").joins[BRASA_JOIN_SINGLE], 1);
    assert_int_equal(planned(s, "SELECT a FROM t WHERE a > (SELECT max(x) FROM s)").joins[BRASA_JOIN_CROSS], 1);
}

static void every_shape_of_correlation_is_taken_out(void **state)
{
    static const char *const texts[] = {
        "SELECT (SELECT count(*) FROM s WHERE x < a) FROM t",
        "SELECT (SELECT x + a FROM s ORDER BY y LIMIT 1) FROM t",
        "SELECT (SELECT max(c) FROM (SELECT count(*) AS c FROM s WHERE x = a GROUP BY y) z) FROM t",
        "SELECT (SELECT count(*) FROM (SELECT x FROM s WHERE x = a UNION SELECT a) z) FROM t",
        "SELECT (SELECT count(*) FROM s LEFT JOIN n ON v = a AND k = x) FROM t",
        "SELECT (SELECT count(*) FROM s FULL JOIN n ON v = x WHERE k = b) FROM t",
        "SELECT (SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY y) AS r FROM s WHERE x = a) z) FROM t",
        "SELECT * FROM t WHERE EXISTS (SELECT 1 FROM s WHERE x = a AND y IN (SELECT v FROM n WHERE k = b))",
        "SELECT * FROM t, LATERAL (SELECT * FROM s WHERE x = a LIMIT 2) z",
        "SELECT * FROM t LEFT JOIN LATERAL (SELECT sum(y) FROM s WHERE x > a) z ON TRUE",
        "SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > (SELECT count(*) FROM s WHERE x = a)",
        "SELECT * FROM t WHERE a < ALL (SELECT x FROM s WHERE y = b)",
        "SELECT (SELECT (SELECT count(*) FROM n WHERE k = a AND v = y) FROM s WHERE x = b LIMIT 1) FROM t",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) planned(*state, texts[i]);
}

static void recursion_runs_until_a_round_gives_nothing(void **state)
{
    unit_state       *s = *state;
    world             w;
    const brasa_node *n;

    assert_ok(plan(&w, s, "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT * FROM r", &n), s->err);
    assert_int_equal(w.kept, 4); /* of 3, 2, 1 and no rows */
}

static void errors_say_where(void **state)
{
    static const char *const rows[][2] = {
        {"SELECT a FROM nowhere", "1:15: there is no table or view 'nowhere'"},
        {"SELECT a\nFROM t WHERE zzz = 1", "2:14: there is no column zzz"},
        {"SELECT u.a FROM t", "1:8: there is no table u in FROM"},
        {"SELECT b FROM t GROUP BY a", "1:8: column b is neither a group key"},
        {"SELECT a FROM t UNION SELECT x, y FROM s", "has 2 columns, the first has 1"},
        {"SELECT (SELECT x, y FROM s) FROM t", "1:8: this subquery has 2 columns"},
        {"SELECT a FROM t, s WHERE a", "not BOOLEAN"},
        {"SELECT * FROM t JOIN s USING (a)", "column a of USING is not on the right side"},
        {"SELECT sum(a) OVER w FROM t", "there is no window 'w'"},
        {"SELECT * FROM t ORDER BY 7", "1:26: ORDER BY 7"},
    };
    unit_state *s = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world             w;
        const brasa_node *n;

        assert_int_not_equal(plan(&w, s, rows[i][0], &n), BRASA_OK);
        assert_text_has(s->err.text, rows[i][1]);
    }
}

static void statements_are_told_apart(void **state)
{
    static const struct {
        const char          *text;
        brasa_statement_kind kind;
    } rows[] = {
        {"SELECT 1", BRASA_STATEMENT_QUERY},
        {"-- a comment\nVALUES (1)", BRASA_STATEMENT_QUERY},
        {"EXPLAIN ANALYZE SELECT 1", BRASA_STATEMENT_EXPLAIN},
        {"CREATE OR REPLACE TEMP VIEW v AS SELECT 1", BRASA_STATEMENT_CREATE_VIEW},
        {"CREATE TABLE IF NOT EXISTS t (a INT NOT NULL)", BRASA_STATEMENT_CREATE_TABLE},
        {"CREATE TABLE t USING csv OPTIONS (path 'x.csv')", BRASA_STATEMENT_CREATE_TABLE},
        {"INSERT OVERWRITE TABLE t SELECT 1", BRASA_STATEMENT_INSERT},
        {"DELETE FROM t WHERE a = 1", BRASA_STATEMENT_DELETE},
        {"UPDATE t SET a = 1", BRASA_STATEMENT_UPDATE},
        {"TRUNCATE TABLE t", BRASA_STATEMENT_TRUNCATE},
        {"DROP VIEW IF EXISTS a, b", BRASA_STATEMENT_DROP},
        {"COPY t TO 'x.csv' (FORMAT csv)", BRASA_STATEMENT_COPY},
        {"show tables like 'a*'", BRASA_STATEMENT_SHOW_TABLES},
        {"SHOW COLUMNS IN t", BRASA_STATEMENT_SHOW_COLUMNS},
        {"SHOW FUNCTIONS", BRASA_STATEMENT_SHOW_FUNCTIONS},
        {"DESC EXTENDED t", BRASA_STATEMENT_DESCRIBE},
        {"SET a = 1", BRASA_STATEMENT_SET},
        {"CACHE TABLE t AS SELECT 1", BRASA_STATEMENT_CACHE},
        {"UNCACHE TABLE IF EXISTS t", BRASA_STATEMENT_UNCACHE},
        {"ANALYZE TABLE t COMPUTE STATISTICS", BRASA_STATEMENT_ANALYZE},
        {"USE SCHEMA db", BRASA_STATEMENT_USE},
        {"CREATE SCHEMA IF NOT EXISTS s", BRASA_STATEMENT_CREATE_SCHEMA},
        {"DROP SCHEMA s CASCADE", BRASA_STATEMENT_DROP_SCHEMA},
        {"ALTER TABLE t RENAME TO u", BRASA_STATEMENT_ALTER},
        {"CREATE UNIQUE INDEX i ON t (a)", BRASA_STATEMENT_INDEX},
        {"PREPARE p AS SELECT ?", BRASA_STATEMENT_PREPARE},
        {"EXECUTE p(1)", BRASA_STATEMENT_EXECUTE},
        {"EXECUTE p", BRASA_STATEMENT_EXECUTE},
        {"DEALLOCATE ALL", BRASA_STATEMENT_DEALLOCATE},
        {"BEGIN", BRASA_STATEMENT_TRANSACTION},
        {"START TRANSACTION", BRASA_STATEMENT_TRANSACTION},
        {"VACUUM", BRASA_STATEMENT_NOTHING},
        {"FROM t SELECT a", BRASA_STATEMENT_QUERY},
    };
    unit_state *s = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        brasa_statement st;

        assert_ok(brasa__sql_statement(s->arena, rows[i].text, &st, &s->err), s->err);
        assert_int_equal(st.kind, rows[i].kind);
    }
}

static void texts_are_split_outside_of_quotes(void **state)
{
    static const char text[] = "SELECT ';' /* ; */ -- ;\n; SELECT 2";
    unit_state       *s = *state;
    size_t            length, next;

    assert_ok(brasa__sql_split(text, &length, &next, &s->err), s->err);
    assert_int_equal(length, strchr(text, '\n') - text + 1);
    assert_int_equal(next, length + 1);
    assert_ok(brasa__sql_split(text + next, &length, &next, &s->err), s->err);
    assert_int_equal(length, 9);
    assert_status(brasa__sql_split("SELECT 'x", &length, &next, &s->err), BRASA_SYNTAX, s->err);
}

static void deep_nesting_is_an_error(void **state)
{
    unit_state *s = *state;
    enum { N = 50000 };
    char             *text = brasa__arena_alloc(s->arena, 9 * N + 64), *at = text;
    world             w;
    const brasa_node *n;

    for (int i = 0; i < N; i++) at += sprintf(at, "(SELECT ");
    strcpy(at, "1");
    assert_int_not_equal(plan(&w, s, text, &n), BRASA_OK);
    memset(text, '(', N);
    strcpy(text + N, "1");
    assert_int_not_equal(plan(&w, s, text, &n), BRASA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(conditions_become_semi_and_anti_joins),
        unit_case(not_in_knows_nulls_only_where_there_may_be_some),
        unit_case(scalar_subqueries_of_one_row_are_not_checked_for_more),
        unit_case(every_shape_of_correlation_is_taken_out),
        unit_case(recursion_runs_until_a_round_gives_nothing),
        unit_case(errors_say_where),
        unit_case(statements_are_told_apart),
        unit_case(texts_are_split_outside_of_quotes),
        unit_case(deep_nesting_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
