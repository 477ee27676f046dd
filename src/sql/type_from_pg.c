/* sql/type_from_pg.c -- literals and type names. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/collation.h"
#include "data/type.h"
#include "data/value.h"
#include "sql/from_pg.h"

/* ---- literals: integers by size, fractions decimal, exponents double, as Spark ---- */

static brasa_status number(brasa_pg *p, const char *s, int32_t location, brasa_value *out)
{
    size_t  n = strlen(s);
    int64_t i;
    double  f;

    if (brasa__parse_i64(s, n, &i)) {
        *out = i >= INT32_MIN && i <= INT32_MAX ? brasa_value_i32((int32_t)i) : brasa_value_i64(i);
        return BRASA_OK;
    }
    if (strpbrk(s, "eE") == NULL) {
        const char *dot = strchr(s, '.');
        int32_t     scale = dot == NULL ? 0 : (int32_t)strlen(dot + 1), digits = 0;
        bool        leading = true;

        for (size_t k = 0; k < n; k++) {
            if (s[k] == '.') leading = false;
            if (s[k] >= '1' && s[k] <= '9') leading = false;
            digits += s[k] >= '0' && s[k] <= '9' && !leading;
        }
        if (digits <= 38 && scale <= 38) {
            int32_t precision = digits < scale ? scale : digits;

            brasa_int128 v;
            if (precision < 1) precision = 1;
            if (!brasa__parse_decimal(s, n, precision, scale, &v))
                return brasa__pg_fail(p, location, BRASA_SYNTAX, "'%s' is not a number", s);
            *out = (brasa_value) {.type = brasa__type_decimal(precision, scale)};
            if (precision <= 18) {
                out->u.i = (int64_t)v;
            } else {
                out->u.d = v;
            }
            return BRASA_OK;
        }
    }
    if (!brasa__parse_f64(s, n, &f)) return brasa__pg_fail(p, location, BRASA_SYNTAX, "'%s' is not a number", s);
    *out = brasa_value_f64(f);
    return BRASA_OK;
}

/* X'0aff' */
static brasa_status hex_bytes(brasa_pg *p, const char *s, int32_t location, brasa_value *out)
{
    size_t n = strlen(s + 1);
    char  *bytes = brasa__arena_alloc(p->arena, n / 2 + 1);

    if (s[0] != 'x' || n % 2 != 0) return brasa__pg_fail(p, location, BRASA_SYNTAX, "bytes are written X'0AFF', two digits each");
    for (size_t i = 0; i < n / 2; i++) {
        char  two[3] = {s[1 + 2 * i], s[2 + 2 * i], '\0'};
        char *end;

        bytes[i] = (char)strtoul(two, &end, 16);
        if (*end != '\0') return brasa__pg_fail(p, location, BRASA_SYNTAX, "'%s' is not a byte in hexadecimal", two);
    }
    *out = (brasa_value) {.type = brasa__type(BRASA_KIND_BINARY)};
    out->u.s.p = bytes;
    out->u.s.n = n / 2;
    return BRASA_OK;
}

brasa_status brasa__pg_const(brasa_pg *p, const PgQuery__AConst *c, const brasa_expr **out)
{
    brasa_value v = brasa_value_null();
    brasa_expr *e;

    if (!c->isnull) {
        switch ((int)c->val_case) {
        case PG_QUERY__A__CONST__VAL_IVAL: v = brasa_value_i32(c->ival->ival); break;
        case PG_QUERY__A__CONST__VAL_FVAL: BRASA_TRY(number(p, c->fval->fval, c->location, &v)); break;
        case PG_QUERY__A__CONST__VAL_BOOLVAL: v = brasa_value_bool(c->boolval->boolval != 0); break;
        case PG_QUERY__A__CONST__VAL_SVAL: v = brasa_value_string(brasa__arena_strdup(p->arena, c->sval->sval)); break;
        case PG_QUERY__A__CONST__VAL_BSVAL: BRASA_TRY(hex_bytes(p, c->bsval->bsval, c->location, &v)); break;
        default: v = brasa_value_i32(0); break; /* protobuf leaves out a zero */
        }
    }
    if (p->collation != 0 && v.type.kind == BRASA_KIND_STRING) v.type.scale = p->collation, v.type.precision = BRASA_STRING_WEAK;
    e = brasa__expr_literal(p->arena, &v);
    e->pos = brasa__pg_pos(p, c->location);
    *out = e;
    return BRASA_OK;
}

/* ---- types: PostgreSQL's parser has its own names for the standard's ---- */

typedef struct type_name {
    const char *pg;
    brasa_kind  kind;
} type_name;

static const type_name names[] = {
    {"int2", BRASA_KIND_INT16},
    {"int4", BRASA_KIND_INT32},
    {"int8", BRASA_KIND_INT64},
    {"float4", BRASA_KIND_FLOAT32},
    {"float8", BRASA_KIND_FLOAT64},
    {"bool", BRASA_KIND_BOOL},
    {"varchar", BRASA_KIND_STRING},
    {"bpchar", BRASA_KIND_STRING},
    {"text", BRASA_KIND_STRING},
    {"string", BRASA_KIND_STRING},
    {"name", BRASA_KIND_STRING},
    {"bytea", BRASA_KIND_BINARY},
    {"binary", BRASA_KIND_BINARY},
    {"blob", BRASA_KIND_BINARY},
    {"varbinary", BRASA_KIND_BINARY},
    {"date", BRASA_KIND_DATE},
    {"timestamp", BRASA_KIND_TIMESTAMP},
    {"timestamptz", BRASA_KIND_TIMESTAMP},
    {"timestamp_ntz", BRASA_KIND_TIMESTAMP_NTZ},
    {"timestamp_ltz", BRASA_KIND_TIMESTAMP},
    {"datetime", BRASA_KIND_TIMESTAMP},
    {"time", BRASA_KIND_TIME},
    {"interval", BRASA_KIND_INTERVAL},
    {"tinyint", BRASA_KIND_INT8},
    {"byte", BRASA_KIND_INT8},
    {"short", BRASA_KIND_INT16},
    {"integer", BRASA_KIND_INT32},
    {"int", BRASA_KIND_INT32},
    {"long", BRASA_KIND_INT64},
    {"bigint", BRASA_KIND_INT64},
    {"double", BRASA_KIND_FLOAT64},
    {"float", BRASA_KIND_FLOAT32},
    {"boolean", BRASA_KIND_BOOL},
    {"char", BRASA_KIND_STRING},
    {"smallint", BRASA_KIND_INT16},
    {"void", BRASA_KIND_NULL},
    {"int1", BRASA_KIND_INT8},
    {"utinyint", BRASA_KIND_INT16}, /* unsigned types: the next larger */
    {"usmallint", BRASA_KIND_INT32},
    {"uinteger", BRASA_KIND_INT64},
    {"mediumint", BRASA_KIND_INT32},
    {"signed", BRASA_KIND_INT64},
    {"unsigned", BRASA_KIND_INT64},
    {"clob", BRASA_KIND_STRING},
    {"nvarchar", BRASA_KIND_STRING},
    {"uuid", BRASA_KIND_STRING},
    {"json", BRASA_KIND_STRING},
    {"bytes", BRASA_KIND_BINARY},
    {"timestamp_s", BRASA_KIND_TIMESTAMP},
    {"timestamp_ms", BRASA_KIND_TIMESTAMP},
    {"timestamp_ns", BRASA_KIND_TIMESTAMP},
};

/* Integers of more than 64 bits are decimals. */
static int32_t wide_integer(const char *name)
{
    return strcasecmp(name, "hugeint") == 0 || strcasecmp(name, "int128") == 0 || strcasecmp(name, "uhugeint") == 0 ? 38
           : strcasecmp(name, "ubigint") == 0                                                                       ? 20
                                                                                                                    : 0;
}

static brasa_status modifier(brasa_pg *p, const PgQuery__TypeName *t, size_t i, int32_t *out)
{
    const PgQuery__Node *n = t->typmods[i];

    if (n->node_case != PG_QUERY__NODE__NODE_A_CONST || n->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL) {
        if (n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->val_case == PG_QUERY__A__CONST__VAL__NOT_SET) {
            *out = 0;
            return BRASA_OK;
        }
        return brasa__pg_fail(p, t->location, BRASA_SYNTAX, "the parameters of a type are plain integers");
    }
    *out = n->a_const->ival->ival;
    return BRASA_OK;
}

static brasa_status decimal(brasa_pg *p, const PgQuery__TypeName *t, brasa_type *out)
{
    int32_t precision = 10, scale = 0; /* Spark's default */

    if (t->n_typmods > 0) BRASA_TRY(modifier(p, t, 0, &precision));
    if (t->n_typmods > 1) BRASA_TRY(modifier(p, t, 1, &scale));
    if (precision < 1 || precision > 38 || scale < 0 || scale > precision) {
        return brasa__pg_fail(p, t->location, BRASA_TYPE, "DECIMAL(%d,%d): precision is 1 to 38, scale 0 to the precision", (int)precision,
                              (int)scale);
    }
    *out = brasa__type_decimal(precision, scale);
    return BRASA_OK;
}

/* TIME [(digits of a second)] */
static brasa_status time_type(brasa_pg *p, const PgQuery__TypeName *t, brasa_type *out)
{
    int32_t digits = BRASA_TIME_DIGITS;

    if (t->n_typmods > 0) BRASA_TRY(modifier(p, t, 0, &digits));
    if (digits < 0 || digits > BRASA_TIME_DIGITS)
        return brasa__pg_fail(p, t->location, BRASA_TYPE, "TIME(%d): a second has 0 to 6 digits", (int)digits);
    *out = brasa__type_time(digits);
    return BRASA_OK;
}

static brasa_status unknown_type(brasa_pg *p, const PgQuery__TypeName *t, const char *name)
{
    const char *all[sizeof names / sizeof *names + 2];
    int32_t     n = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) all[n++] = names[i].pg;
    all[n++] = "decimal";
    all[n++] = "vector";
    const char *near = brasa__near_miss(name, all, n);
    brasa__pg_fail(p, t->location, BRASA_TYPE, "there is no type '%s'%s%s%s", name, near == NULL ? "" : "; did you mean ",
                   near == NULL ? "" : near, near == NULL ? "" : "?");
    return BRASA_TYPE;
}

/* INTERVAL YEAR TO MONTH: PostgreSQL's parser gives a bit for each field that the type has. */
static brasa_status interval_fields(brasa_pg *p, const PgQuery__TypeName *t, brasa_type *out)
{
    static const int32_t bits[] = {1 << 2, 1 << 1, 1 << 3, 1 << 10, 1 << 11, 1 << 12};
    int32_t              mask = 0, first = -1, last = -1;

    BRASA_TRY(modifier(p, t, 0, &mask));
    for (int32_t f = BRASA_FIELD_YEAR; f <= BRASA_FIELD_SECOND; f++) {
        if ((mask & bits[f]) == 0) continue;
        if (first < 0) first = f;
        last = f;
    }
    *out = brasa__type(BRASA_KIND_INTERVAL);
    if (mask < 1 << 13 && first >= 0 && (first <= BRASA_FIELD_MONTH) == (last <= BRASA_FIELD_MONTH))
        *out = brasa__type_interval((brasa_interval_field)first, (brasa_interval_field)last);
    return BRASA_OK;
}

/* FLOAT, which PostgreSQL's parser takes for FLOAT8, has 32 bits, as in Spark; FLOAT(25) to FLOAT(53) are DOUBLE. */
static bool is_plain_float(const brasa_pg *p, const PgQuery__TypeName *t, const char *name)
{
    const char *text = t->location < 0 ? "" : p->lexed->text + t->location;

    if (strcmp(name, "float8") != 0 || strncasecmp(text, "float", 5) != 0) return false;
    text += 5;
    while (isspace((unsigned char)*text)) text++;
    return *text != '(' && *text != '8';
}

static brasa_status scalar_type(brasa_pg *p, const PgQuery__TypeName *t, brasa_type *out)
{
    const char *name = t->names[t->n_names - 1]->string->sval;

    if (strcmp(name, "__type") == 0 && t->n_typmods == 1 && t->typmods[0]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
        t->typmods[0]->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL) /* what the scanner made of STRUCT<...> */
        return brasa__type_parse(p->arena, t->typmods[0]->a_const->sval->sval, out, p->err);
    if (strcasecmp(name, "numeric") == 0 || strcasecmp(name, "decimal") == 0 || strcasecmp(name, "dec") == 0) return decimal(p, t, out);
    if (strcasecmp(name, "vector") == 0 && t->n_typmods == 1) {
        int32_t length = 0;

        BRASA_TRY(modifier(p, t, 0, &length));
        if (length < 1) return brasa__pg_fail(p, t->location, BRASA_TYPE, "VECTOR(%d): a vector has at least one element", (int)length);
        *out = brasa__type_vector(length);
        return BRASA_OK;
    }
    if (wide_integer(name) > 0) {
        *out = brasa__type_decimal(wide_integer(name), 0);
        return BRASA_OK;
    }
    if (is_plain_float(p, t, name)) {
        *out = brasa__type(BRASA_KIND_FLOAT32);
        return BRASA_OK;
    }
    if (strcasecmp(name, "interval") == 0 && t->n_typmods > 0) return interval_fields(p, t, out);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(name, names[i].pg) == 0) {
            bool either =
                names[i].kind == BRASA_KIND_TIMESTAMP && strcasecmp(name, "timestamptz") != 0 && strcasecmp(name, "timestamp_ltz") != 0;
            if (names[i].kind == BRASA_KIND_TIME) return time_type(p, t, out);
            *out = brasa__type(either ? brasa__timestamp_kind() : names[i].kind);
            return BRASA_OK;
        }
    }
    return unknown_type(p, t, name);
}

brasa_status brasa__pg_type(brasa_pg *p, const PgQuery__TypeName *t, brasa_type *out)
{
    BRASA_TRY(scalar_type(p, t, out));
    for (size_t i = 0; i < t->n_array_bounds; i++) *out = brasa__type_list(p->arena, *out);
    return BRASA_OK;
}
