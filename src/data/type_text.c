/* type_text.c -- types as SQL text and back.
 *
 * Parsed by recursive descent: type := name [ '(' n [, n] ')' ] | ARRAY<type> | STRUCT<name [:] type, ...> | type '[]'.
 */
#include <string.h>
#include <strings.h>

#include "data/collation.h"
#include "data/type.h"
#include "data/value.h"

static bool plain_name(const char *s)
{
    if (!((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z') && *s != '_') return false;
    for (; *s != '\0'; s++) {
        if (!((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z') && !(*s >= '0' && *s <= '9') && *s != '_') return false;
    }
    return true;
}

static void put_name(const char *name, brasa_text *out)
{
    if (plain_name(name)) {
        brasa__text_add(out, name);
        return;
    }
    brasa__text_add(out, "\"");
    for (const char *s = name; *s != '\0'; s++) brasa__text_add_n(out, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    brasa__text_add(out, "\"");
}

void brasa__type_text(brasa_type t, brasa_text *out)
{
    if (brasa__type_is_interval(t)) {
        brasa__text_addf(out, "INTERVAL %s", brasa__field_name(t.precision));
        if (t.precision != t.scale) brasa__text_addf(out, " TO %s", brasa__field_name(t.scale));
        return;
    }
    brasa__text_add(out, brasa_kind_name(t.kind));
    if (brasa__type_is_collated(t) && t.scale != 0) {
        brasa__text_add(out, " COLLATE ");
        brasa__collation_name(t.scale, out);
    }
    if (t.kind == BRASA_KIND_DECIMAL) brasa__text_addf(out, "(%d,%d)", t.precision, t.scale);
    if (t.kind == BRASA_KIND_TIME && t.scale != 0) brasa__text_addf(out, "(%d)", BRASA_TIME_DIGITS - t.scale);
    if (t.kind == BRASA_KIND_VECTOR) brasa__text_addf(out, "(%d)", t.length);
    if (t.kind == BRASA_KIND_MAP) {
        brasa__text_add(out, "<");
        brasa__type_text(brasa__map_key(t), out);
        brasa__text_add(out, ", ");
        brasa__type_text(brasa__map_value(t), out);
        brasa__text_add(out, ">");
    }
    if (t.kind != BRASA_KIND_LIST && t.kind != BRASA_KIND_STRUCT) return;
    brasa__text_add(out, "<");
    for (int32_t i = 0; i < t.nfields; i++) {
        if (i > 0) brasa__text_add(out, ", ");
        if (t.kind == BRASA_KIND_STRUCT) {
            put_name(t.fields[i].name, out);
            brasa__text_add(out, ": ");
        }
        brasa__type_text(t.fields[i].type, out);
    }
    brasa__text_add(out, ">");
}

static const struct {
    const char *name;
    brasa_kind  kind;
} type_names[] = {
    {"boolean", BRASA_KIND_BOOL},
    {"bool", BRASA_KIND_BOOL},
    {"tinyint", BRASA_KIND_INT8},
    {"byte", BRASA_KIND_INT8},
    {"int1", BRASA_KIND_INT8},
    {"smallint", BRASA_KIND_INT16},
    {"short", BRASA_KIND_INT16},
    {"int2", BRASA_KIND_INT16},
    {"int16", BRASA_KIND_INT16},
    {"int", BRASA_KIND_INT32},
    {"integer", BRASA_KIND_INT32},
    {"int4", BRASA_KIND_INT32},
    {"int32", BRASA_KIND_INT32},
    {"bigint", BRASA_KIND_INT64},
    {"long", BRASA_KIND_INT64},
    {"int8", BRASA_KIND_INT64},
    {"int64", BRASA_KIND_INT64},
    {"float", BRASA_KIND_FLOAT32},
    {"real", BRASA_KIND_FLOAT32},
    {"float4", BRASA_KIND_FLOAT32},
    {"float32", BRASA_KIND_FLOAT32},
    {"double", BRASA_KIND_FLOAT64},
    {"float8", BRASA_KIND_FLOAT64},
    {"float64", BRASA_KIND_FLOAT64},
    {"decimal", BRASA_KIND_DECIMAL},
    {"dec", BRASA_KIND_DECIMAL},
    {"numeric", BRASA_KIND_DECIMAL},
    {"date", BRASA_KIND_DATE},
    {"timestamp", BRASA_KIND_TIMESTAMP},
    {"timestamptz", BRASA_KIND_TIMESTAMP},
    {"timestamp_ltz", BRASA_KIND_TIMESTAMP},
    {"timestamp_ntz", BRASA_KIND_TIMESTAMP_NTZ},
    {"datetime", BRASA_KIND_TIMESTAMP},
    {"time", BRASA_KIND_TIME},
    {"interval", BRASA_KIND_INTERVAL},
    {"string", BRASA_KIND_STRING},
    {"text", BRASA_KIND_STRING},
    {"varchar", BRASA_KIND_STRING},
    {"char", BRASA_KIND_STRING},
    {"character", BRASA_KIND_STRING},
    {"bpchar", BRASA_KIND_STRING},
    {"binary", BRASA_KIND_BINARY},
    {"bytea", BRASA_KIND_BINARY},
    {"varbinary", BRASA_KIND_BINARY},
    {"blob", BRASA_KIND_BINARY},
    {"array", BRASA_KIND_LIST},
    {"list", BRASA_KIND_LIST},
    {"vector", BRASA_KIND_VECTOR},
    {"struct", BRASA_KIND_STRUCT},
    {"map", BRASA_KIND_MAP},
    {"void", BRASA_KIND_NULL},
};

enum { PARSE_DEPTH = 32 };

typedef struct {
    brasa_arena *arena;
    const char  *text;
    const char  *p;
    int          depth;
    brasa_error *err;
} parser;

static void skip(parser *s)
{
    while (*s->p == ' ' || (*s->p >= '\t' && *s->p <= '\r')) s->p++;
}

static bool take(parser *s, char c)
{
    skip(s);
    if (*s->p != c) return false;
    s->p++;
    return true;
}

static brasa_status bad(parser *s, const char *wanted)
{
    skip(s);
    return brasa__fail(s->err, BRASA_SYNTAX, "schema, at character %d: %s expected before '%.40s' in '%.200s'", (int)(s->p - s->text) + 1,
                       wanted, s->p, s->text);
}

static bool is_word(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

static size_t word_length(const char *p)
{
    size_t n = 0;

    while (is_word(p[n])) n++;
    return n;
}

/* Take a keyword if it is next. */
static bool take_word(parser *s, const char *word)
{
    skip(s);

    size_t n = word_length(s->p);

    if (n != strlen(word) || strncasecmp(s->p, word, n) != 0) return false;
    s->p += n;
    return true;
}

static brasa_status take_name(parser *s, const char **out)
{
    skip(s);

    char       quote = *s->p;
    brasa_text t;

    if (quote != '"' && quote != '`') {
        size_t n = word_length(s->p);

        if (n == 0) return bad(s, "a name");
        *out = brasa__arena_strndup(s->arena, s->p, n);
        s->p += n;
        return BRASA_OK;
    }
    brasa__text_init(&t, s->arena);
    for (s->p++;; s->p++) {
        if (*s->p == '\0') return bad(s, "a closing quote");
        if (*s->p == quote) {
            if (s->p[1] != quote) break;
            s->p++;
        }
        brasa__text_add_n(&t, s->p, 1);
    }
    s->p++;
    *out = t.s;
    return BRASA_OK;
}

static brasa_status take_int(parser *s, int32_t *out)
{
    skip(s);
    if (*s->p < '0' || *s->p > '9') return bad(s, "a number");
    for (*out = 0; *s->p >= '0' && *s->p <= '9'; s->p++) {
        if (*out > 100000000) return bad(s, "a smaller number");
        *out = *out * 10 + (*s->p - '0');
    }
    return BRASA_OK;
}

static brasa_status take_type(parser *s, brasa_type *out);

static brasa_status take_decimal(parser *s, brasa_type *out)
{
    int32_t precision = 10, scale = 0;

    if (take(s, '(')) {
        BRASA_TRY(take_int(s, &precision));
        if (take(s, ',')) BRASA_TRY(take_int(s, &scale));
        if (!take(s, ')')) return bad(s, "')'");
    }
    if (precision < 1 || precision > 38 || scale > precision) {
        return brasa__fail(s->err, BRASA_SYNTAX, "DECIMAL(%d,%d): precision is 1 to 38, scale 0 to the precision", precision, scale);
    }
    *out = brasa__type_decimal(precision, scale);
    return BRASA_OK;
}

static brasa_status take_vector(parser *s, brasa_type *out)
{
    int32_t length;

    if (!take(s, '(')) return bad(s, "'(' and the number of elements");
    BRASA_TRY(take_int(s, &length));
    if (!take(s, ')')) return bad(s, "')'");
    *out = brasa__type_vector(length);
    return BRASA_OK;
}

static brasa_status take_list(parser *s, brasa_type *out)
{
    brasa_type element;

    if (!take(s, '<')) return bad(s, "'<' and the type of the elements");
    BRASA_TRY(take_type(s, &element));
    if (!take(s, '>')) return bad(s, "'>'");
    *out = brasa__type_list(s->arena, element);
    return BRASA_OK;
}

/* MAP<K, V> or, as DuckDB has it, MAP(K, V): what closes it; NUL: there is no bracket. */
static char open_bracket(parser *s)
{
    return take(s, '<') ? '>' : take(s, '(') ? ')' : '\0';
}

static brasa_status take_map(parser *s, brasa_type *out)
{
    brasa_type key, value;

    char close = open_bracket(s);
    if (close == '\0') return bad(s, "'<' and the types of key and value");
    BRASA_TRY(take_type(s, &key));
    if (brasa__type_holds_map(key)) return bad(s, "a key that is no map");
    if (!take(s, ',')) return bad(s, "',' and the type of the values");
    BRASA_TRY(take_type(s, &value));
    if (!take(s, close)) return bad(s, close == '>' ? "'>'" : "')'");
    *out = brasa__type_map(s->arena, key, value);
    return BRASA_OK;
}

/* NOT NULL, NULL or nothing. */
static brasa_status take_nullable(parser *s, bool *out)
{
    *out = true;
    if (take_word(s, "not")) {
        if (!take_word(s, "null")) return bad(s, "NULL");
        *out = false;
    } else {
        take_word(s, "null");
    }
    return BRASA_OK;
}

static brasa_status take_fields(parser *s, brasa_field **out, int32_t *n)
{
    int32_t cap = 0;

    *out = NULL;
    *n = 0;
    do {
        *out = brasa__arena_grow(s->arena, *out, &cap, *n + 1, sizeof **out);

        brasa_field *f = &(*out)[(*n)++];

        BRASA_TRY(take_name(s, &f->name));
        take(s, ':');
        BRASA_TRY(take_type(s, &f->type));
        BRASA_TRY(take_nullable(s, &f->nullable));
    } while (take(s, ','));
    return BRASA_OK;
}

static brasa_status take_struct(parser *s, brasa_type *out)
{
    brasa_field *fields;
    int32_t      n;

    char close = open_bracket(s);
    if (close == '\0') return bad(s, "'<' and the fields");
    BRASA_TRY(take_fields(s, &fields, &n));
    if (!take(s, close)) return bad(s, close == '>' ? "'>'" : "')'");
    *out = (brasa_type) {.kind = BRASA_KIND_STRUCT, .nfields = n, .fields = fields};
    return BRASA_OK;
}

static brasa_status unknown_type(parser *s, const char *name)
{
    const char *names[sizeof type_names / sizeof *type_names];
    const char *near;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) names[i] = type_names[i].name;
    near = brasa__near_miss(name, names, (int32_t)(sizeof names / sizeof *names));
    brasa__fail(s->err, BRASA_SYNTAX, "schema, at character %d: no type '%s'", (int)(s->p - s->text) + 1 - (int)strlen(name), name);
    if (near != NULL) return brasa__fail_more(s->err, "; did you mean %s?", near);
    return brasa__fail_more(
        s->err, "; types are BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL(p,s), DATE, TIME, TIMESTAMP, INTERVAL, "
                "STRING, BINARY, ARRAY<type>, VECTOR(n), STRUCT<name: type, ...>, MAP<type, type>");
}

/* Words and lengths that follow some names and change nothing: DOUBLE PRECISION, CHARACTER VARYING(10), TIMESTAMP(6) WITH TIME ZONE. */
static brasa_status take_tail(parser *s, brasa_kind kind)
{
    if (kind == BRASA_KIND_FLOAT64) take_word(s, "precision");
    if (kind == BRASA_KIND_STRING) take_word(s, "varying");
    if ((kind == BRASA_KIND_STRING || kind == BRASA_KIND_BINARY || kind == BRASA_KIND_TIMESTAMP) && take(s, '(')) {
        int32_t ignored;

        BRASA_TRY(take_int(s, &ignored));
        if (!take(s, ')')) return bad(s, "')'");
    }
    return BRASA_OK;
}

/* TIMESTAMP [WITH | WITHOUT TIME ZONE] */
static brasa_status take_zone(parser *s, brasa_type *out)
{
    bool without = take_word(s, "without");

    if (!without && !take_word(s, "with")) {
        return BRASA_OK;
    }
    (void)take_word(s, "local");
    if (!take_word(s, "time") || !take_word(s, "zone")) return bad(s, "TIME ZONE");
    if (without) *out = brasa__type(BRASA_KIND_TIMESTAMP_NTZ);
    return BRASA_OK;
}

/* TIME [(digits)] [WITHOUT TIME ZONE] */
static brasa_status take_time(parser *s, brasa_type *out)
{
    int32_t digits = BRASA_TIME_DIGITS;

    if (take(s, '(')) {
        BRASA_TRY(take_int(s, &digits));
        if (!take(s, ')')) return bad(s, "')'");
        if (digits > BRASA_TIME_DIGITS) return brasa__fail(s->err, BRASA_SYNTAX, "TIME(%d): a second has at most 6 digits", digits);
    }
    if (take_word(s, "without") && (!take_word(s, "time") || !take_word(s, "zone"))) return bad(s, "TIME ZONE");
    *out = brasa__type_time(digits);
    return BRASA_OK;
}

/* INTERVAL [field [TO field]] */
static brasa_status take_interval(parser *s, brasa_type *out)
{
    int first = -1, last = -1;

    for (int f = BRASA_FIELD_YEAR; f <= BRASA_FIELD_SECOND && first < 0; f++)
        if (take_word(s, brasa__field_name(f))) first = f;
    if (first < 0) return BRASA_OK;
    last = first;
    if (take_word(s, "to")) {
        for (last = first + 1; last <= BRASA_FIELD_SECOND && !take_word(s, brasa__field_name(last));) last++;
        if (last > BRASA_FIELD_SECOND || (first <= BRASA_FIELD_MONTH) != (last <= BRASA_FIELD_MONTH))
            return bad(s, "a smaller field, MONTH or HOUR, MINUTE, SECOND,");
    }
    *out = brasa__type_interval((brasa_interval_field)first, (brasa_interval_field)last);
    return BRASA_OK;
}

static brasa_status take_base(parser *s, brasa_type *out)
{
    const char *name;

    skip(s);
    if (!is_word(*s->p)) return bad(s, "a type");
    BRASA_TRY(take_name(s, &name));
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        if (strcasecmp(name, type_names[i].name) != 0) continue;
        *out = brasa__type(type_names[i].kind);
        if (out->kind == BRASA_KIND_DECIMAL) return take_decimal(s, out);
        if (out->kind == BRASA_KIND_VECTOR) return take_vector(s, out);
        if (out->kind == BRASA_KIND_LIST) return take_list(s, out);
        if (out->kind == BRASA_KIND_STRUCT) return take_struct(s, out);
        if (out->kind == BRASA_KIND_MAP) return take_map(s, out);
        if (out->kind == BRASA_KIND_INTERVAL) return take_interval(s, out);
        if (out->kind == BRASA_KIND_TIME) return take_time(s, out);
        BRASA_TRY(take_tail(s, out->kind));
        if (out->kind == BRASA_KIND_STRING && take_word(s, "collate")) {
            BRASA_TRY(take_name(s, &name));
            if (!brasa__collation_find(name, strlen(name), &out->scale))
                return brasa__fail(s->err, BRASA_SYNTAX, "schema: there is no collation '%s' for columns", name);
        }
        return out->kind == BRASA_KIND_TIMESTAMP ? take_zone(s, out) : BRASA_OK;
    }
    return unknown_type(s, name);
}

static brasa_status take_type(parser *s, brasa_type *out)
{
    if (++s->depth > PARSE_DEPTH) return bad(s, "a type that nests less deeply");
    BRASA_TRY(take_base(s, out));
    while (take(s, '[')) {
        int32_t ignored; /* INT[3] */
        if (!take(s, ']') && (take_int(s, &ignored) != BRASA_OK || !take(s, ']'))) return bad(s, "']'");
        if (++s->depth > PARSE_DEPTH) return bad(s, "a type that nests less deeply");
        *out = brasa__type_list(s->arena, *out);
        s->depth--;
    }
    s->depth--;
    return BRASA_OK;
}

brasa_status brasa__type_parse(brasa_arena *arena, const char *text, brasa_type *out, brasa_error *err)
{
    parser s = {.arena = arena, .text = text, .p = text, .err = err};

    BRASA_TRY(take_type(&s, out));
    skip(&s);
    return *s.p == '\0' ? BRASA_OK : bad(&s, "the end of the type");
}

brasa_status brasa__schema_parse(brasa_arena *arena, const char *text, brasa_schema *out, brasa_error *err)
{
    parser       s = {.arena = arena, .text = text, .p = text, .err = err};
    brasa_field *fields;

    BRASA_TRY(take_fields(&s, &fields, &out->ncols));
    out->cols = fields;
    skip(&s);
    if (*s.p != '\0') return bad(&s, "',' or the end");
    for (int32_t i = 0; i < out->ncols; i++) {
        if (brasa__schema_find((brasa_schema) {.ncols = i, .cols = fields}, fields[i].name, NULL) >= 0) {
            return brasa__fail(err, BRASA_SYNTAX, "schema: column '%s' is there twice; rename one", fields[i].name);
        }
    }
    return BRASA_OK;
}
