/* json_write.c -- rows as JSON lines: one object per row, every column in it, null where it is null.
 *
 * Decimals and integers are numbers with all their digits; dates and timestamps are strings; NaN and the infinities, which JSON has no
 * numbers for, are strings too.
 */
#include "storage/json_write.h"

#include <math.h>
#include <string.h>

#include "data/type.h"
#include "data/value.h"
#include "storage/text_sink.h"

static void put_string(brasa_text *t, const char *p, size_t n)
{
    static const char hex[] = "0123456789abcdef";

    brasa__text_add_n(t, "\"", 1);
    for (size_t i = 0, from = 0; i <= n; i++) {
        unsigned char c = i < n ? (unsigned char)p[i] : '"';
        char          u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

        if (i < n && c >= 0x20 && c != '"' && c != '\\') continue;
        brasa__text_add_n(t, p + from, i - from);
        from = i + 1;
        if (i == n) break;
        if (c == '"' || c == '\\') {
            brasa__text_add_n(t, (char[]) {'\\', (char)c}, 2);
        } else if (c == '\n') {
            brasa__text_add_n(t, "\\n", 2);
        } else {
            brasa__text_add_n(t, u, 6);
        }
    }
    brasa__text_add_n(t, "\"", 1);
}

static void put_value(brasa_text *t, const brasa_value *v);

static void put_struct(brasa_text *t, const brasa_value *v)
{
    brasa__text_add(t, "{");
    for (int32_t i = 0; i < v->u.list.n; i++) {
        if (i != 0) brasa__text_add(t, ",");
        put_string(t, v->type.fields[i].name, strlen(v->type.fields[i].name));
        brasa__text_add(t, ":");
        put_value(t, &v->u.list.items[i]);
    }
    brasa__text_add(t, "}");
}

static void put_list(brasa_text *t, const brasa_value *v)
{
    brasa__text_add(t, "[");
    for (int32_t i = 0; i < v->u.list.n; i++) {
        if (i != 0) brasa__text_add(t, ",");
        put_value(t, &v->u.list.items[i]);
    }
    brasa__text_add(t, "]");
}

static void put_quoted(brasa_text *t, const brasa_value *v)
{
    brasa__text_add(t, "\"");
    brasa__value_text(v, t);
    brasa__text_add(t, "\"");
}

static void put_map(brasa_text *t, const brasa_value *v)
{
    brasa_text key;

    brasa__text_add(t, "{");
    for (int32_t i = 0; i < v->u.list.n; i++) {
        const brasa_value *pair = v->u.list.items[i].u.list.items;

        if (i != 0) brasa__text_add(t, ",");
        brasa__text_init(&key, t->arena);
        brasa__value_text(&pair[0], &key);
        put_string(t, key.s, key.len);
        brasa__text_add(t, ":");
        put_value(t, &pair[1]);
    }
    brasa__text_add(t, "}");
}

static void put_moment(brasa_text *t, int64_t us)
{
    char text[64];

    brasa__text_add(t, "\"");
    brasa__text_add_n(t, text, brasa__format_timestamp_zoned(us, text));
    brasa__text_add(t, "\"");
}

static void put_value(brasa_text *t, const brasa_value *v)
{
    if (v->null) {
        brasa__text_add(t, "null");
        return;
    }
    switch (v->type.kind) {
    case BRASA_KIND_STRING:
    case BRASA_KIND_BINARY: put_string(t, v->u.s.p, v->u.s.n); return;
    case BRASA_KIND_LIST:
    case BRASA_KIND_VECTOR: put_list(t, v); return;
    case BRASA_KIND_STRUCT: put_struct(t, v); return;
    case BRASA_KIND_MAP: put_map(t, v); return;
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64:
        if (!isfinite(v->u.f)) {
            put_quoted(t, v);
            return;
        }
        break;
    case BRASA_KIND_TIMESTAMP: put_moment(t, v->u.i); return;
    case BRASA_KIND_DATE:
    case BRASA_KIND_TIMESTAMP_NTZ:
    case BRASA_KIND_TIME:
    case BRASA_KIND_INTERVAL_YM:
    case BRASA_KIND_INTERVAL_DT:
    case BRASA_KIND_INTERVAL: put_quoted(t, v); return;
    case BRASA_KIND_NULL:
    case BRASA_KIND_BOOL:
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64:
    case BRASA_KIND_DECIMAL:
    case BRASA_KIND_COUNT: break;
    }
    brasa__value_text(v, t);
}

static bool holds_binary(brasa_type t)
{
    bool any = t.kind == BRASA_KIND_BINARY;

    for (int32_t i = 0; i < t.nfields; i++) any = any || holds_binary(t.fields[i].type);
    return any;
}

brasa_status brasa__json_prepare(brasa_arena *arena, brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema, bool *skip,
                                 brasa_error *err)
{
    bool there;

    for (int32_t i = 0; i < schema.ncols; i++)
        if (holds_binary(schema.cols[i].type))
            return brasa__fail(err, BRASA_UNSUPPORTED, "column %s is BINARY, which JSON has no form for; write hex(%s)",
                               schema.cols[i].name, schema.cols[i].name);
    return brasa__text_sink_prepare(arena, spec, target, &there, skip, err);
}

brasa_status brasa__json_writer_open(brasa_writer *w, brasa_error *err)
{
    brasa_text_sink *s;

    return brasa__text_sink_open(w, &s, err);
}

static void put_row(brasa_writer *w, const brasa_batch *in, int32_t row, brasa_text *t)
{
    brasa__text_add(t, "{");
    for (int32_t c = 0; c < in->ncols; c++) {
        brasa_value v = brasa__column_value(&in->cols[c], row, t->arena);

        if (c != 0) brasa__text_add(t, ",");
        put_string(t, w->schema.cols[c].name, strlen(w->schema.cols[c].name));
        brasa__text_add(t, ":");
        put_value(t, &v);
    }
    brasa__text_add(t, "}\n");
}

brasa_status brasa__json_writer_push(brasa_writer *w, const brasa_batch *in, brasa_error *err)
{
    brasa_arena *tmp = brasa__arena_new(w->arena, "row");
    int32_t      n = in->sel == NULL ? in->rows : in->nsel;

    for (int32_t i = 0; i < n; i++) {
        brasa_text t;

        brasa__text_init(&t, tmp);
        put_row(w, in, in->sel == NULL ? i : in->sel[i], &t);
        BRASA_TRY(brasa__text_sink_add(w->state, t.s, t.len, err));
        brasa__arena_reset(tmp);
    }
    brasa__arena_free(tmp);
    return BRASA_OK;
}

brasa_status brasa__json_commit(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_schema schema,
                                const brasa_part_info *parts, int32_t nparts, brasa_error *err)
{
    (void)schema;
    return brasa__text_sink_commit(arena, spec, target, "", parts, nparts, err);
}
