/* gather.c -- batches made of picked rows, in an arena.
 *
 * Nested values are not copied: a gathered list keeps its span into the same elements; only the fields of a struct are gathered too.
 */
#include "data/gather.h"

#include "base/hash.h"
#include "data/block.h"
#include "data/type.h"

static void gather_struct(brasa_arena *arena, const brasa_column *in, const int32_t *rows, int32_t n, brasa_column *out)
{
    const brasa_column *s = in;
    int32_t             nfields = in->type.nfields;
    brasa_column       *kids = BRASA_NEWS(arena, brasa_column, nfields);

    if (in->encoding != BRASA_FLAT) { /* row numbers of the one row, or of the dictionary */
        int32_t *mapped = BRASA_NEWS(arena, int32_t, n);

        for (int32_t i = 0; i < n; i++) {
            int32_t r = rows == NULL ? i : rows[i];

            mapped[i] = r < 0 ? -1 : in->encoding == BRASA_CONST ? 0 : in->codes[r];
        }
        rows = mapped;
        if (in->encoding == BRASA_DICT) s = in->child;
    }
    for (int32_t f = 0; f < nfields; f++) {
        brasa_column kid;

        brasa__column_slice(&s->child[f], (int32_t)s->child_rows, &kid);
        brasa__column_gather(arena, &kid, rows, n, false, &kids[f]);
    }
    out->child = kids;
    out->child_rows = 0;
}

void brasa__column_gather(brasa_arena *arena, const brasa_column *in, const int32_t *rows, int32_t n, bool keep_dict, brasa_column *out)
{
    bool may_null = brasa__gather_may_null(in, rows, n);

    if (in->encoding == BRASA_CONST && (!may_null || !brasa_column_is_valid(in, 0))) {
        *out = *in;
        return;
    }

    brasa_column c = {.type = in->type, .encoding = BRASA_FLAT};
    uint64_t    *valid = may_null ? BRASA_NEWS(arena, uint64_t, brasa__bit_words(n)) : NULL;
    brasa_column src = *in;
    bool         dict = keep_dict && in->encoding == BRASA_DICT && in->child_rows > 0;

    if (dict) { /* the codes, as if they were the values */
        src = (brasa_column) {.type = {.kind = BRASA_KIND_INT32}, .encoding = BRASA_FLAT, .values = in->codes, .valid = in->valid};
        c.encoding = BRASA_DICT;
        c.child = in->child;
        c.child_rows = in->child_rows;
    } else if (brasa__type_has_span(in->type)) {
        const brasa_column *list = in->encoding == BRASA_DICT ? in->child : in;

        c.child = list->child;
        c.child_rows = list->child_rows;
    } else if (in->type.kind == BRASA_KIND_STRUCT) {
        gather_struct(arena, in, rows, n, &c);
    }

    void *values = brasa__arena_alloc64(arena, (size_t)n * brasa__type_width(src.type));

    if (brasa__gather_values(&src, rows, n, values, valid, 0)) c.valid = valid;
    if (dict) {
        c.codes = values;
    } else if (in->type.kind != BRASA_KIND_STRUCT) {
        c.values = values;
    }
    *out = c;
}

static const int32_t *all_rows(brasa_arena *arena, int32_t n)
{
    int32_t *rows = BRASA_NEWS(arena, int32_t, n);

    for (int32_t i = 0; i < n; i++) rows[i] = i;
    return rows;
}

void brasa__batch_flatten(brasa_arena *arena, const brasa_batch *in, brasa_batch *out)
{
    brasa_column  *cols = BRASA_NEWS(arena, brasa_column, in->ncols);
    const int32_t *rows = in->sel;

    for (int32_t i = 0; i < in->ncols; i++) {
        if (in->cols[i].encoding == BRASA_CONST || (in->sel == NULL && in->cols[i].encoding == BRASA_FLAT)) {
            cols[i] = in->cols[i];
            continue;
        }
        if (rows == NULL) rows = all_rows(arena, in->nsel);
        brasa__column_gather(arena, &in->cols[i], rows, in->nsel, false, &cols[i]);
    }
    *out = (brasa_batch) {.rows = in->nsel, .ncols = in->ncols, .cols = cols, .nsel = in->nsel};
}

void brasa__column_nulls(brasa_arena *arena, brasa_type t, int32_t n, brasa_column *out)
{
    brasa_column c = {.type = t, .encoding = BRASA_CONST};

    (void)n;
    c.valid = BRASA_NEW(arena, uint64_t);
    if (t.kind != BRASA_KIND_STRUCT) c.values = brasa__arena_alloc64(arena, brasa__type_width(t));
    if (brasa__type_has_span(t) || t.kind == BRASA_KIND_STRUCT) {
        brasa_column *kids = BRASA_NEWS(arena, brasa_column, t.nfields);

        for (int32_t f = 0; f < t.nfields; f++) brasa__column_nulls(arena, t.fields[f].type, 0, &kids[f]);
        c.child = kids;
    }
    *out = c;
}

void brasa__struct_field(brasa_arena *arena, const brasa_column *in, int32_t f, int32_t n, brasa_column *out)
{
    const brasa_column *s = in;

    if (in->encoding == BRASA_DICT) {
        const int32_t *rows = all_rows(arena, n);
        brasa_column  *flat = BRASA_NEW(arena, brasa_column);

        brasa__column_gather(arena, in, rows, n, false, flat);
        s = flat;
    }

    brasa_column kid;

    brasa__column_slice(&s->child[f], (int32_t)s->child_rows, &kid);
    if (s->encoding == BRASA_CONST) { /* one row: its own, or null */
        int32_t *row = BRASA_NEW(arena, int32_t);

        *row = brasa_column_is_valid(s, 0) ? 0 : -1;
        brasa__column_gather(arena, &kid, row, 1, false, out);
        out->encoding = BRASA_CONST;
        return;
    }
    if (s->valid == NULL || n == 0) {
        *out = kid;
        return;
    }
    if (kid.encoding == BRASA_CONST) { /* its validity becomes one of rows */
        brasa__column_gather(arena, &kid, all_rows(arena, n), n, false, &kid);
        if (kid.encoding == BRASA_CONST) {
            int32_t *rows = BRASA_NEWS(arena, int32_t, n);

            for (int32_t i = 0; i < n; i++) rows[i] = brasa_column_is_valid(s, i) ? 0 : -1;
            brasa__column_gather(arena, &kid, rows, n, false, out);
            return;
        }
    }

    uint64_t *both = BRASA_NEWS(arena, uint64_t, brasa__bit_words(n));

    for (size_t w = 0; w < brasa__bit_words(n); w++) both[w] = s->valid[w] & (kid.valid != NULL ? kid.valid[w] : ~(uint64_t)0);
    kid.valid = both;
    *out = kid;
}
