/* func_csv.c -- CSV in text: a line to a struct and back, and the types of a line.
 *
 * As Spark's: fields are separated by commas (or the option sep), quoted by "", where \ or a doubled quote stands for one; what is empty is null, what does not
 * read as its field's type is null.
 */
#include <string.h>
#include <strings.h>

#include "expr/bind.h"
#include "expr/func_groups.h"
#include "expr/func_row.h"
#include "expr/text_options.h"

#define ROW(name) static brasa_status name(brasa_call *call, const brasa_value *args, brasa_value *out, brasa_error *err)

static brasa_status options_of(brasa_call *call, int32_t k, bool reading, brasa_text_options *out, brasa_error *err)
{
    return brasa__text_options(call->arena, call->nargs > k ? call->expr->args[k] : NULL, call->expr->name, reading, out, err);
}

/* ---- fields of a line ---- */

typedef struct line {
    const char *p, *end;
    char        sep;
    bool        more; /* a field follows */
} line;

/* *quoted: an empty field is an empty text then. */
static void next_field(line *l, brasa_text *out, bool *quoted)
{
    *quoted = l->p < l->end && *l->p == '"';
    if (*quoted) {
        for (l->p++; l->p < l->end; l->p++) {
            bool doubled = *l->p == '"' && l->p + 1 < l->end && l->p[1] == '"',
                 escaped = *l->p == '\\' && l->p + 1 < l->end && (l->p[1] == '"' || l->p[1] == '\\');
            if (*l->p == '"' && !doubled) break;
            if (doubled || escaped) l->p++;
            brasa__text_add_n(out, l->p, 1);
        }
        while (l->p < l->end && *l->p != l->sep) l->p++;
    } else {
        const char *from = l->p;
        while (l->p < l->end && *l->p != l->sep) l->p++;
        brasa__text_add_n(out, from, (size_t)(l->p - from));
    }
    l->more = l->p < l->end;
    l->p += l->more;
}

static brasa_status bind_from_csv(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    brasa_value        v;
    brasa_schema       schema;
    brasa_text_options o;

    if (brasa__resolve_arg(&types[0], BRASA_KIND_STRING) != BRASA_OK || types[1].kind != BRASA_KIND_STRING)
        return brasa__fail(err, BRASA_TYPE, "from_csv takes text and a schema, like from_csv(x, 'a INT, b STRING')");
    if (brasa__expr_constant(arena, call->args[1], &v, err) != BRASA_OK || v.null)
        return brasa__fail(err, BRASA_TYPE, "the schema of from_csv is a constant");
    if (call->nargs > 2) BRASA_TRY(brasa__text_options(arena, call->args[2], "from_csv", true, &o, err));
    const char *text = brasa__arena_strndup(arena, v.u.s.p, v.u.s.n);
    brasa_error ignored;
    if (brasa__type_parse(arena, text, &call->type, &ignored) == BRASA_OK && call->type.kind == BRASA_KIND_STRUCT) return BRASA_OK;
    BRASA_TRY(brasa__schema_parse(arena, text, &schema, err));
    call->type = (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = schema.ncols, .fields = schema.cols};
    for (int32_t i = 0; i < schema.ncols; i++)
        if (brasa__type_is_nested(schema.cols[i].type))
            return brasa__fail(err, BRASA_TYPE, "from_csv: field %s is nested, which CSV has not; use JSON", schema.cols[i].name);
    return BRASA_OK;
}

ROW(from_csv_row)
{
    brasa_type         t = call->expr->type;
    brasa_value       *fields = BRASA_NEWS(call->arena, brasa_value, t.nfields + 1);
    brasa_text_options o;

    BRASA_TRY(options_of(call, 2, true, &o, err));
    line l = {.p = args[0].u.s.p, .end = args[0].u.s.p + args[0].u.s.n, .sep = o.sep, .more = true};
    bool bad = false;
    while (l.end > l.p && (l.end[-1] == '\n' || l.end[-1] == '\r')) l.end--;
    for (int32_t i = 0; i < t.nfields; i++) {
        brasa_text s;
        bool       quoted = false;
        fields[i] = (brasa_value) {.type = t.fields[i].type, .null = true};
        if (!l.more) continue;
        brasa__text_init(&s, call->arena);
        next_field(&l, &s, &quoted);
        if (s.len == 0 && !(quoted && t.fields[i].type.kind == BRASA_KIND_STRING)) continue;
        brasa_value v;
        if (brasa__text_read(call->arena, &o, s.len == 0 ? "" : s.s, s.len, t.fields[i].type, &v))
            fields[i] = v;
        else
            bad = true;
    }
    if (bad && o.failfast)
        return brasa__fail(err, BRASA_ARITHMETIC, "from_csv: '%.*s' is not of the schema; the mode PERMISSIVE gives nulls",
                           (int)(args[0].u.s.n < 100 ? args[0].u.s.n : 100), args[0].u.s.p);
    *out = (brasa_value) {.type = t, .u.list = {.items = fields, .n = t.nfields}};
    return BRASA_OK;
}

/* ---- to_csv ---- */

static brasa_status bind_to_csv(brasa_arena *arena, brasa_expr *call, brasa_type *types, brasa_error *err)
{
    brasa_text_options o;

    call->type = brasa__type(BRASA_KIND_STRING);
    if (types[0].kind != BRASA_KIND_STRUCT) return brasa__fail(err, BRASA_TYPE, "to_csv takes a struct");
    for (int32_t i = 0; i < types[0].nfields; i++)
        if (brasa__type_is_nested(types[0].fields[i].type))
            return brasa__fail(err, BRASA_TYPE, "to_csv: field %s is nested, which CSV has not; use to_json", types[0].fields[i].name);
    return call->nargs > 1 ? brasa__text_options(arena, call->args[1], "to_csv", false, &o, err) : BRASA_OK;
}

ROW(to_csv_row)
{
    brasa_text_options o;
    brasa_text         t;

    BRASA_TRY(options_of(call, 1, false, &o, err));
    brasa__text_init(&t, call->arena);
    for (int32_t i = 0; i < args[0].u.list.n; i++) {
        const brasa_value *v = &args[0].u.list.items[i];
        brasa_text         s;
        if (i > 0) brasa__text_add_n(&t, &o.sep, 1);
        if (v->null) continue;
        brasa__text_init(&s, call->arena);
        if (!brasa__text_put(&o, v, &s)) brasa__value_text(v, &s);
        bool quote = s.len == 0;
        for (size_t k = 0; k < s.len; k++) quote = quote || s.s[k] == o.sep || s.s[k] == '"' || s.s[k] == '\n' || s.s[k] == '\r';
        if (quote) brasa__text_add(&t, "\"");
        for (size_t k = 0; k < s.len; k++) {
            if (quote && (s.s[k] == '"' || s.s[k] == '\\')) brasa__text_add(&t, "\\");
            brasa__text_add_n(&t, &s.s[k], 1);
        }
        if (quote) brasa__text_add(&t, "\"");
    }
    brasa__out_bytes(out, t.len == 0 ? "" : t.s, t.len);
    return BRASA_OK;
}

/* ---- schema_of_csv ---- */

static brasa_type type_of(brasa_arena *arena, const brasa_text *s)
{
    static const brasa_kind kinds[] = {BRASA_KIND_INT32, BRASA_KIND_INT64,     BRASA_KIND_FLOAT64,
                                       BRASA_KIND_DATE,  BRASA_KIND_TIMESTAMP, BRASA_KIND_BOOL};
    brasa_value             v;
    brasa_error             ignored;

    if (s->len == 0) return brasa__type(BRASA_KIND_STRING);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool word = kinds[i] != BRASA_KIND_BOOL || (s->len == 4 && strncasecmp(s->s, "true", 4) == 0) ||
                    (s->len == 5 && strncasecmp(s->s, "false", 5) == 0);
        if (word && brasa__value_parse(arena, s->s, s->len, brasa__type(kinds[i]), &v, &ignored) == BRASA_OK) return brasa__type(kinds[i]);
    }
    return brasa__type(BRASA_KIND_STRING);
}

ROW(schema_of_csv_row)
{
    line       l = {.p = args[0].u.s.p, .end = args[0].u.s.p + args[0].u.s.n, .sep = ',', .more = true};
    brasa_text t, s;

    (void)err;
    brasa__text_init(&t, call->arena);
    brasa__text_add(&t, "STRUCT<");
    for (int32_t i = 0; l.more; i++) {
        bool quoted;
        brasa__text_init(&s, call->arena);
        next_field(&l, &s, &quoted);
        brasa__text_addf(&t, "%s_c%d: ", i > 0 ? ", " : "", i);
        brasa__type_text(type_of(call->arena, &s), &t);
    }
    brasa__text_add(&t, ">");
    brasa__out_text(out, &t);
    return BRASA_OK;
}

static const brasa_function table[] = {
    {.name = "from_csv",
     .min_args = 2,
     .max_args = 3,
     .flags = BRASA_FN_NULLABLE | BRASA_FN_CAN_FAIL,
     .doc =
         "from_csv(line, 'a INT, b STRING' [, map('sep', ';', 'dateFormat', 'dd.MM.yyyy')]): a struct; null where a field is empty or not of its type",
     .eval = brasa__row_eval,
     .bind = bind_from_csv,
     .row = from_csv_row},
    {.name = "to_csv",
     .min_args = 1,
     .max_args = 2,
     .doc = "to_csv(struct [, map('sep', ';')]): its fields as a line",
     .eval = brasa__row_eval,
     .bind = bind_to_csv,
     .row = to_csv_row},
    BRASA_ROW_FN("schema_of_csv", 1, 1, 0, "s:s", schema_of_csv_row, "schema_of_csv(line): its type, for from_csv"),
};

BRASA_FUNCTION_GROUP(csv, "CSV", table);
