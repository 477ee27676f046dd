/* Window functions against frames found row by row. */
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/fault.h"
#include "data/value.h"
#include "support/agg_cases.h"
#include "support/ops.h"
#include "support/unit.h"

enum { COL_K = 0, COL_L = 6, COL_D = 8, COL_DT = 11, COL_ST = 13, COL_PASS = 15 };

typedef struct setup {
    ops_rig      *rig;
    brasa_arena  *arena;
    brasa_schema  schema;
    brasa_op_desc op;
    int32_t       keys[2], nkeys, order, norder; /* columns; order: desc, nulls last as in op */
} setup;

/* One window partition of sorted rows. */
typedef struct part {
    const setup    *s;
    const ops_rows *in;
    const int64_t  *row;
    int64_t         n;
    const bool     *pass;
} part;

/* ---- order ---- */

static int compare_order(const setup *s, const ops_rows *in, int64_t a, int64_t b)
{
    if (s->norder == 0) return 0;
    const brasa_order *o = &s->op.u.window.order[0];
    const brasa_value *x = ops_at(in, a, s->order), *y = ops_at(in, b, s->order);

    if (x->null || y->null) return x->null == y->null ? 0 : (x->null ? -1 : 1) * (o->nulls_last ? -1 : 1);
    return o->desc ? -brasa__value_compare(x, y) : brasa__value_compare(x, y);
}

typedef struct sort_row {
    const setup    *s;
    const ops_rows *in;
    int64_t         row;
} sort_row;

static int compare_keys(const setup *s, const ops_rows *in, int64_t a, int64_t b)
{
    for (int32_t k = 0; k < s->nkeys; k++) {
        int c = brasa__value_compare(ops_at(in, a, s->keys[k]), ops_at(in, b, s->keys[k]));

        if (c != 0) return c;
    }
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const sort_row *x = a, *y = b;
    int             c = compare_keys(x->s, x->in, x->row, y->row);

    if (c == 0) c = compare_order(x->s, x->in, x->row, y->row);
    for (int32_t i = 0; i < x->in->schema.ncols && c == 0 && x->s->norder > 0; i++)
        c = brasa__value_compare(ops_at(x->in, x->row, i), ops_at(x->in, y->row, i));
    return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

static int64_t *sorted(const setup *s, const ops_rows *in)
{
    sort_row *rows = BRASA_NEWS(s->arena, sort_row, in->n + 1);
    int64_t  *row = BRASA_NEWS(s->arena, int64_t, in->n + 1);

    for (int64_t i = 0; i < in->n; i++) rows[i] = (sort_row) {s, in, i};
    if (in->n > 1) qsort(rows, (size_t)in->n, sizeof *rows, compare_rows);
    for (int64_t i = 0; i < in->n; i++) row[i] = rows[i].row;
    return row;
}

/* ---- frames ---- */

static int64_t group_number(const part *p, int64_t i)
{
    int64_t g = 0;

    for (int64_t j = 1; j <= i; j++) g += compare_order(p->s, p->in, p->row[j - 1], p->row[j]) != 0;
    return g;
}

static double key_of(const part *p, int64_t i)
{
    const brasa_value *v = ops_at(p->in, p->row[i], p->s->order);

    return v->type.kind == BRASA_KIND_FLOAT64 ? v->u.f : (double)v->u.i;
}

static double offset_of(const brasa_expr *e)
{
    if (e->value.type.kind == BRASA_KIND_INTERVAL) return e->value.u.interval.days;
    return e->value.type.kind == BRASA_KIND_FLOAT64 ? e->value.u.f : (double)e->value.u.i;
}

/* Is row j not before the frame's start (not after its end) as seen from i? */
static bool inside(const part *p, const brasa_window_frame *f, const int64_t *group, int64_t i, int64_t j, bool end)
{
    brasa_frame_bound b = end ? f->end : f->start;
    const brasa_expr *e = end ? f->end_offset : f->start_offset;
    double place = 0, mine = 0, offset = b == BRASA_BOUND_PRECEDING ? -offset_of(e) : b == BRASA_BOUND_FOLLOWING ? offset_of(e) : 0;

    if (b == BRASA_BOUND_UNBOUNDED_PRECEDING || b == BRASA_BOUND_UNBOUNDED_FOLLOWING) return true;
    if (f->unit == BRASA_FRAME_ROWS) {
        place = (double)j;
        mine = (double)i;
    } else if (f->unit == BRASA_FRAME_GROUPS || b == BRASA_BOUND_CURRENT) {
        place = (double)group[j];
        mine = (double)group[i];
    } else {
        bool null_i = ops_at(p->in, p->row[i], p->s->order)->null, null_j = ops_at(p->in, p->row[j], p->s->order)->null;

        if (null_i || null_j) {
            if (null_i && null_j) return true;
            return end ? group[j] < group[i] : group[j] > group[i]; /* null rows: as CURRENT; others: by where the nulls are */
        }
        place = key_of(p, j);
        mine = key_of(p, i);
        if (p->s->op.u.window.order[0].desc) {
            place = -place;
            mine = -mine;
        }
    }
    return end ? place <= mine + offset : place >= mine + offset;
}

static int64_t frame_rows(const part *p, const brasa_window_frame *f, const int64_t *group, int64_t i, int64_t *out)
{
    int64_t n = 0;

    for (int64_t j = 0; j < p->n; j++) {
        bool in = inside(p, f, group, i, j, false) && inside(p, f, group, i, j, true);

        if (f->exclude == BRASA_EXCLUDE_CURRENT && j == i) in = false;
        if (f->exclude == BRASA_EXCLUDE_GROUP && group[i] == group[j]) in = false;
        if (f->exclude == BRASA_EXCLUDE_TIES && group[i] == group[j] && i != j) in = false;
        if (in) out[n++] = p->row[j];
    }
    return n;
}

/* ---- expected values ---- */

static brasa_value whole(int64_t x)
{
    return (brasa_value) {.type = {.kind = BRASA_KIND_INT32}, .u.i = x};
}

static brasa_value real(double x)
{
    return (brasa_value) {.type = {.kind = BRASA_KIND_FLOAT64}, .u.f = x};
}

static brasa_value shifted(const part *p, const brasa_window_call *c, int32_t col, int64_t i, int64_t steps)
{
    brasa_value v = {.type = c->call->type, .null = true};
    int64_t     at = i;

    if (!c->ignore_nulls) {
        at = i + steps;
    } else {
        while (steps != 0 && at >= 0 && at < p->n) {
            at += steps < 0 ? -1 : 1;
            if (at >= 0 && at < p->n && !ops_at(p->in, p->row[at], col)->null) steps += steps < 0 ? 1 : -1;
        }
    }
    if (at >= 0 && at < p->n) return *ops_at(p->in, p->row[at], col);
    return c->call->nargs > 2 ? c->call->args[2]->value : v;
}

static brasa_value of_frame(const part *p, const brasa_window_call *c, const int64_t *row, int64_t n, int32_t col)
{
    int64_t nth = c->call->nargs > 1 ? c->call->args[1]->value.u.i : 1, seen = 0;
    bool    last = strcmp(c->call->name, "last_value") == 0;

    for (int64_t k = 0; k < n; k++) {
        const brasa_value *v = ops_at(p->in, row[last ? n - 1 - k : k], col);

        if (c->ignore_nulls && v->null) continue;
        if (++seen == nth) return *v;
    }
    return (brasa_value) {.type = c->call->type, .null = true};
}

static brasa_value of_function(const part *p, const brasa_window_call *c, const int64_t *group, int64_t i)
{
    const char *name = c->call->name;
    int64_t     first = 0, behind = 0, n = p->n;

    while (group[first] != group[i]) first++;
    for (behind = first; behind < n && group[behind] == group[i]; behind++) {}
    if (strcmp(name, "row_number") == 0) return whole(i + 1);
    if (strcmp(name, "rank") == 0) return whole(first + 1);
    if (strcmp(name, "dense_rank") == 0) return whole(group[i] + 1);
    if (strcmp(name, "percent_rank") == 0) return real(n == 1 ? 0 : (double)first / (double)(n - 1));
    if (strcmp(name, "cume_dist") == 0) return real((double)behind / (double)n);
    int64_t buckets = c->call->args[0]->value.u.i;
    int64_t large = n % buckets * (n / buckets + 1);
    return whole(i < large ? i / (n / buckets + 1) + 1 : (i - large) / (n / buckets) + n % buckets + 1);
}

static brasa_value expect(const part *p, int32_t call, const agg_case *c, const int64_t *group, int64_t i, int64_t *scratch)
{
    const brasa_window_call *w = &p->s->op.u.window.calls[call];
    const char              *name = w->call->name;

    if (strcmp(name, "lag") == 0 || strcmp(name, "lead") == 0) {
        int64_t steps = w->call->nargs > 1 ? w->call->args[1]->value.u.i : 1;

        return shifted(p, w, w->call->args[0]->index, i, name[1] == 'a' ? -steps : steps);
    }
    if (c == NULL && strstr(name, "_value") == NULL) return of_function(p, w, group, i);
    int64_t n = frame_rows(p, &w->frame, group, i, scratch);
    if (c != NULL) return agg_expect(p->s->arena, p->in, c, w->call->type, scratch, n, p->pass);
    return of_frame(p, w, scratch, n, w->call->args[0]->index);
}

/* ---- running ---- */

static void check(const setup *s, const agg_case *const *cases, int64_t n, uint64_t seed)
{
    brasa_arena *arena = s->arena;
    ops_rows     in = ops_random(arena, s->schema, n, 0.15, 12, seed), want = ops_rows_new(arena, s->op.schema, n), got;
    int64_t     *row = sorted(s, &in), *group = BRASA_NEWS(arena, int64_t, n + 1), *scratch = BRASA_NEWS(arena, int64_t, n + 1);
    bool        *pass = BRASA_NEWS(arena, bool, n + 1);
    int32_t      nin = s->schema.ncols, ncols = s->op.schema.ncols;

    for (int64_t i = 0; i < n; i++) pass[i] = !ops_at(&in, i, COL_PASS)->null && ops_at(&in, i, COL_PASS)->u.b;
    for (int64_t from = 0, to = 0; from < n; from = to) {
        while (to < n && compare_keys(s, &in, row[from], row[to]) == 0) to++;
        part p = {s, &in, row + from, to - from, pass};

        for (int64_t i = 0; i < p.n; i++) group[i] = group_number(&p, i);
        for (int64_t i = 0; i < p.n; i++) {
            brasa_value *v = &want.values[(from + i) * ncols];

            memcpy(v, ops_at(&in, p.row[i], 0), sizeof *v * (size_t)nin);
            for (int32_t c = 0; c < s->op.u.window.ncalls; c++) v[nin + c] = expect(&p, c, cases[c], group, i, scratch);
        }
    }
    got = ops_run(s->rig, ops_put(s->rig, &in, 1, seed % 2 == 0 ? 64 : 0), s->schema, &s->op, 1);
    ops_assert_equal_(&got, &want, 1e-9, __FILE__, __LINE__);
}

static const brasa_expr *function(brasa_arena *arena, brasa_schema schema, const char *name, int32_t col, const int64_t *extra,
                                  int32_t nextra)
{
    brasa_expr        *e = brasa__expr_new(arena, BRASA_EXPR_CALL);
    const brasa_expr **args = BRASA_NEWS(arena, const brasa_expr *, 4);
    int32_t            n = 0;

    if (col >= 0) args[n++] = ops_ref(arena, schema, col);
    for (int32_t i = 0; i < nextra; i++) args[n++] = ops_i64(arena, extra[i]);
    e->name = name;
    e->bound = true;
    e->args = args;
    e->nargs = n;
    e->type = col >= 0 ? schema.cols[col].type
                       : (brasa_type) {.kind = strcmp(name, "percent_rank") == 0 || strcmp(name, "cume_dist") == 0 ? BRASA_KIND_FLOAT64
                                                                                                                   : BRASA_KIND_INT32};
    return e;
}

/* Calls are added, then the schema is made. */
typedef struct calls {
    brasa_window_call call[64];
    const agg_case   *cases[64];
    int32_t           n;
} calls;

static void add(calls *c, const brasa_expr *e, const agg_case *a, brasa_window_frame f, bool ignore_nulls)
{
    c->call[c->n] = (brasa_window_call) {.call = e, .frame = f, .ignore_nulls = ignore_nulls};
    c->cases[c->n++] = a;
}

static void finish(setup *s, const calls *c, bool desc, bool nulls_last)
{
    brasa_field *fields = BRASA_NEWS(s->arena, brasa_field, s->schema.ncols + c->n);
    brasa_order *order = BRASA_NEW(s->arena, brasa_order);

    memcpy(fields, s->schema.cols, sizeof *fields * (size_t)s->schema.ncols);
    for (int32_t i = 0; i < c->n; i++)
        fields[s->schema.ncols + i] = (brasa_field) {
            .name = brasa__arena_printf(s->arena, "%s#%d", c->call[i].call->name, i), .type = c->call[i].call->type, .nullable = true};
    *order = (brasa_order) {.expr = ops_ref(s->arena, s->schema, s->order), .desc = desc, .nulls_last = nulls_last};
    s->op = (brasa_op_desc) {
        .kind = BRASA_OP_WINDOW,
        .schema = {s->schema.ncols + c->n, fields},
        .u.window = {.nkeys = s->nkeys,
                     .keys = ops_exprs(s->arena, 2, ops_ref(s->arena, s->schema, s->keys[0]), ops_ref(s->arena, s->schema, s->keys[1])),
                     .norder = s->norder,
                     .order = order,
                     .ncalls = c->n,
                     .calls = c->call}};
}

static setup start(void **state, int32_t threads, int32_t batch_rows)
{
    brasa_arena *arena = brasa__arena_new(((unit_state *)*state)->arena, "case");

    return (setup) {.arena = arena,
                    .rig = ops_open(arena, threads, batch_rows),
                    .schema = ops_schema(arena, agg_columns),
                    .keys = {COL_K, COL_ST},
                    .nkeys = 1,
                    .order = COL_L,
                    .norder = 1};
}

static const brasa_window_frame running = {.unit = BRASA_FRAME_RANGE, .start = BRASA_BOUND_UNBOUNDED_PRECEDING, .end = BRASA_BOUND_CURRENT};
static const brasa_window_frame everything = {
    .unit = BRASA_FRAME_ROWS, .start = BRASA_BOUND_UNBOUNDED_PRECEDING, .end = BRASA_BOUND_UNBOUNDED_FOLLOWING};
static const int64_t sizes[] = {0, 1, 2, 64, 65, 300};

static void functions_of_position(void **state)
{
    static const char *const names[] = {"row_number", "rank", "dense_rank", "percent_rank", "cume_dist"};
    static const int64_t     buckets[] = {1, 3, 100}, steps[] = {2, -5};

    for (size_t n = 0; n < 6; n++) {
        for (int32_t shape = 0; shape < 6; shape++) {
            setup s = start(state, 1 + shape % 2, shape % 2 == 0 ? 64 : 2048);
            calls c = {.n = 0};

            s.nkeys = shape % 3;
            s.norder = shape < 5;
            s.order = shape % 2 == 0 ? COL_L : COL_ST;
            for (int32_t i = 0; i < 5; i++) add(&c, function(s.arena, s.schema, names[i], -1, NULL, 0), NULL, running, false);
            for (int32_t i = 0; i < 3; i++) add(&c, function(s.arena, s.schema, "ntile", -1, &buckets[i], 1), NULL, running, false);
            for (int32_t i = 0; i < 2; i++) {
                add(&c, function(s.arena, s.schema, "lag", COL_ST, NULL, 0), NULL, running, i == 1);
                add(&c, function(s.arena, s.schema, "lead", COL_D, NULL, 0), NULL, running, i == 1);
                add(&c, function(s.arena, s.schema, "lag", COL_L, steps, 2), NULL, running, i == 1);
                add(&c, function(s.arena, s.schema, "lead", COL_L, steps + 1, 1), NULL, running, i == 1);
            }
            finish(&s, &c, shape == 1 || shape == 4, shape == 2);
            check(&s, c.cases, sizes[n], 7 * n + (uint64_t)shape);
            brasa__arena_free(s.arena);
        }
    }
}

static const brasa_expr *offset(brasa_arena *arena, const setup *s, brasa_frame_unit unit, int64_t n)
{
    brasa_value v = {.type = {.kind = BRASA_KIND_INT64}, .u.i = n};

    if (unit == BRASA_FRAME_RANGE && s->order == COL_D) v = (brasa_value) {.type = {.kind = BRASA_KIND_FLOAT64}, .u.f = (double)n / 8};
    if (unit == BRASA_FRAME_RANGE && s->order == COL_DT)
        v = (brasa_value) {.type = {.kind = BRASA_KIND_INTERVAL}, .u.interval = {.days = (int32_t)n}};
    return brasa__expr_literal(arena, &v);
}

/* All pairs of bounds, all exclusions, of one unit. */
static void frames_of(void **state, brasa_frame_unit unit, int32_t order)
{
    static const agg_case cases[] = {{.name = "sum", .args = "l"},          {.name = "count", .args = ""},
                                     {.name = "min", .args = "st"},         {.name = "avg", .args = "d", .filter = true},
                                     {.name = "collect_list", .args = "i"}, {.name = "stddev_pop", .args = "d"}};
    static const int64_t  second = 2;

    for (int32_t start_bound = 0; start_bound < 4; start_bound++) {
        for (int32_t end_bound = start_bound == 0 ? 1 : start_bound; end_bound < 5; end_bound++) {
            for (int32_t exclude = 0; exclude < 4; exclude++) {
                uint64_t           seed = (uint64_t)((start_bound * 5 + end_bound) * 4 + exclude);
                setup              s = start(state, 1, 64);
                calls              c = {.n = 0};
                brasa_window_frame f = {.unit = unit,
                                        .start = (brasa_frame_bound)start_bound,
                                        .end = (brasa_frame_bound)end_bound,
                                        .exclude = (brasa_frame_exclude)exclude};

                s.order = order;
                if (f.start == BRASA_BOUND_PRECEDING || f.start == BRASA_BOUND_FOLLOWING)
                    f.start_offset = offset(s.arena, &s, unit, (int64_t)seed % 4);
                if (f.end == BRASA_BOUND_PRECEDING || f.end == BRASA_BOUND_FOLLOWING)
                    f.end_offset = offset(s.arena, &s, unit, 1 + (int64_t)seed % 5);
                for (int32_t i = 0; i < 6; i++)
                    add(&c, agg_bind(s.arena, s.schema, &cases[i], ops_ref(s.arena, s.schema, COL_PASS)), &cases[i], f, false);
                for (int32_t i = 0; i < 2; i++) {
                    add(&c, function(s.arena, s.schema, "first_value", COL_ST, NULL, 0), NULL, f, i == 1);
                    add(&c, function(s.arena, s.schema, "last_value", COL_L, NULL, 0), NULL, f, i == 1);
                    add(&c, function(s.arena, s.schema, "nth_value", COL_D, &second, 1), NULL, f, i == 1);
                }
                s.nkeys = seed % 3 == 0 ? 0 : 1;
                finish(&s, &c, seed % 2 == 1, seed % 5 < 2);
                check(&s, c.cases, seed % 3 == 0 ? 130 : 200, seed);
                brasa__arena_free(s.arena);
            }
        }
    }
}

static void frames_of_rows(void **state)
{
    frames_of(state, BRASA_FRAME_ROWS, COL_ST);
}

static void frames_of_groups(void **state)
{
    frames_of(state, BRASA_FRAME_GROUPS, COL_ST);
}

static void frames_of_ranges_of_integers(void **state)
{
    frames_of(state, BRASA_FRAME_RANGE, COL_L);
}

static void frames_of_ranges_of_doubles(void **state)
{
    frames_of(state, BRASA_FRAME_RANGE, COL_D);
}

static void frames_of_ranges_of_dates(void **state)
{
    frames_of(state, BRASA_FRAME_RANGE, COL_DT);
}

/* Every aggregate: running, over everything, and sliding over more rows than are added one by one. */
static void every_aggregate_over_windows(void **state)
{
    for (int32_t from = 0; from < agg_nmergeable; from += 16) {
        for (int32_t kind = 0; kind < 3; kind++) {
            setup              s = start(state, 1, 192);
            calls              c = {.n = 0};
            brasa_window_frame f = kind == 0 ? running : everything;

            s.nkeys = kind == 1;
            if (kind == 2) {
                f.start = BRASA_BOUND_PRECEDING;
                f.start_offset = ops_i64(s.arena, 90);
                f.end = BRASA_BOUND_FOLLOWING;
                f.end_offset = ops_i64(s.arena, 3);
            }
            for (int32_t i = from; i < from + 16 && i < agg_nmergeable; i++)
                add(&c, agg_bind(s.arena, s.schema, &agg_cases[i], ops_ref(s.arena, s.schema, COL_PASS)), &agg_cases[i], f, false);
            finish(&s, &c, false, false);
            check(&s, c.cases, 150, (uint64_t)from);
            brasa__arena_free(s.arena);
        }
    }
}

/* Each value counts once in a frame: in frames that grow, and in frames that slide over more rows than one run of states. */
static void distinct_values_count_once_in_a_frame(void **state)
{
    static const agg_case cases[] = {{.name = "count", .args = "st", .distinct = true},
                                     {.name = "count", .args = "i d", .distinct = true},
                                     {.name = "sum", .args = "l", .distinct = true},
                                     {.name = "sum", .args = "d", .distinct = true, .filter = true},
                                     {.name = "avg", .args = "m", .distinct = true}};

    for (int32_t kind = 0; kind < 2; kind++) {
        setup              s = start(state, 1, 192);
        calls              c = {.n = 0};
        brasa_window_frame f = kind == 0 ? running : everything;

        s.nkeys = kind;
        if (kind == 1) {
            f.start = BRASA_BOUND_PRECEDING;
            f.start_offset = ops_i64(s.arena, 70);
            f.end = BRASA_BOUND_FOLLOWING;
            f.end_offset = ops_i64(s.arena, 2);
        }
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            add(&c, agg_bind(s.arena, s.schema, &cases[i], cases[i].filter ? ops_ref(s.arena, s.schema, COL_PASS) : NULL), &cases[i], f,
                false);
        finish(&s, &c, false, false);
        check(&s, c.cases, 150, 11);
        check(&s, c.cases, 0, 12);
        check(&s, c.cases, 1, 13);
        brasa__arena_free(s.arena);
    }
}

#ifdef BRASA_FAULTS
static void any_allocation_may_fail(void **state)
{
    static const agg_case cases[] = {{.name = "collect_list", .args = "st"}, {.name = "sum", .args = "d"}};
    setup                 s = start(state, 1, 64);
    brasa_arena          *arena = s.arena;
    ops_rig              *rig = s.rig;
    ops_rows              in = ops_random(arena, s.schema, 400, 0.1, 20, 1);
    int32_t               source = ops_put(rig, &in, 1, 0);
    calls                 c = {.n = 0};

    add(&c, function(arena, s.schema, "first_value", COL_ST, NULL, 0), NULL, running, true);
    add(&c, agg_bind(arena, s.schema, &cases[0], NULL), NULL, running, false);
    add(&c, agg_bind(arena, s.schema, &cases[1], NULL), NULL, everything, false);
    finish(&s, &c, false, false);

    ops_fail_allocations(rig, source, in.schema, &s.op, 3000);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(functions_of_position),
        unit_case(frames_of_rows),
        unit_case(frames_of_groups),
        unit_case(frames_of_ranges_of_integers),
        unit_case(frames_of_ranges_of_doubles),
        unit_case(frames_of_ranges_of_dates),
        unit_case(every_aggregate_over_windows),
        unit_case(distinct_values_count_once_in_a_frame),
#ifdef BRASA_FAULTS
        unit_case(any_allocation_may_fail),
#endif

    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
