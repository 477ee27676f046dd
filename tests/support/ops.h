/* ops.h -- stages run on one worker over rows given as values, and what comes out as values.
 *
 * A rig is an executor of one worker with some task threads, in the context of the test.  Rows go in as the output of a made-up stage, cut into partitions and
 * blocks; operators run over them; rows come back in the order of (partition, row).
 */
#ifndef BRASA_TESTS_OPS_H
#define BRASA_TESTS_OPS_H

#include "comm/comm.h"
#include "exec/exec.h"
#include "support/data.h"
#include "support/unit.h"

typedef struct ops_rig {
    brasa_arena *arena;
    brasa_comm  *comm;
    brasa_exec  *exec;
    int32_t      stages; /* made so far */
} ops_rig;

/* Ends with the arena. */
ops_rig *ops_open(brasa_arena *arena, int32_t threads, int32_t batch_rows);

/* Rows as values, row by row. */
typedef struct ops_rows {
    brasa_schema schema;
    int64_t      n;
    brasa_value *values;     /* [n * schema.ncols] */
    int32_t     *partitions; /* [n] */
} ops_rows;

static inline const brasa_value *ops_at(const ops_rows *r, int64_t row, int32_t col)
{
    return &r->values[row * r->schema.ncols + col];
}

brasa_schema ops_schema(brasa_arena *arena, const char *text);
/* Random rows: of each column about `nulls` are null, the others come from about `distinct` values (0: as many as there are).  All types but INTERVAL and nested ones. */
ops_rows ops_random(brasa_arena *arena, brasa_schema schema, int64_t n, double nulls, int64_t distinct, uint64_t seed);
/* Room for n rows, all null. */
ops_rows ops_rows_new(brasa_arena *arena, brasa_schema schema, int64_t n);

/* A stage that has left these rows in `nparts` partitions of near equal size (also empty ones), in blocks of block_rows (a multiple of 64; 0: default); returns its id. */
int32_t ops_put(ops_rig *r, const ops_rows *rows, int32_t nparts, int32_t block_rows);

/* The same of random rows (data.h: all types, encodings, odd values), in blocks of different sizes that are CONST, DICT or FLAT; *rows: what was put. */
int32_t ops_put_random(ops_rig *r, brasa_schema schema, int64_t n, int32_t nparts, data_options o, uint64_t seed, ops_rows *rows);

/* Run source -> ops -> LOCAL and read the result.  `stage` gives the source's kind and what belongs to it; its id, sink and schema are filled in. */
brasa_status ops_run_stage(ops_rig *r, brasa_stage *stage, ops_rows *out, brasa_stage_result *result, brasa_error *err);
/* The same over the output of stage `source`; fails the test on an error. */
ops_rows     ops_run(ops_rig *r, int32_t source, brasa_schema schema, const brasa_op_desc *ops, int32_t nops);
brasa_status ops_try(ops_rig *r, int32_t source, brasa_schema schema, const brasa_op_desc *ops, int32_t nops, ops_rows *out,
                     brasa_error *err);

#ifdef BRASA_FAULTS
/* The same, again and again with another allocation failing, the last about the `most`-th: each run succeeds or ends in NO_MEMORY, and more than ten fail. */
void ops_fail_allocations(ops_rig *r, int32_t source, brasa_schema schema, const brasa_op_desc *op, int32_t most);
#endif

/* Sort rows by all columns (brasa__value_compare), then by partition. */
void ops_sort(ops_rows *r);
/* Same rows in the same order; the same as multisets (sorts both).  Doubles are equal when they are within `tolerance` of each other, relatively. */
void ops_assert_equal_(const ops_rows *got, const ops_rows *want, double tolerance, const char *file, int line);
void ops_assert_same_(ops_rows *got, ops_rows *want, double tolerance, const char *file, int line);
#define ops_assert_equal(got, want) ops_assert_equal_((got), (want), 0, __FILE__, __LINE__)
#define ops_assert_same(got, want)  ops_assert_same_((got), (want), 0, __FILE__, __LINE__)

/* A bound reference to column i. */
const brasa_expr *ops_ref(brasa_arena *arena, brasa_schema schema, int32_t i);
/* A bound call of function `name` (as the registry has it) of bound arguments; with a literal. */
const brasa_expr *ops_call(brasa_arena *arena, brasa_schema schema, const char *name, const brasa_expr *a, const brasa_expr *b);
const brasa_expr *ops_i64(brasa_arena *arena, int64_t v);
/* Pointers to n expressions. */
const brasa_expr *const *ops_exprs(brasa_arena *arena, int32_t n, ...);

#endif
