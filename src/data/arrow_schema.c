/* arrow_schema.c -- types as Arrow format strings and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/zone.h"
#include "data/arrow.h"
#include "data/type.h"

static void release_schema(struct ArrowSchema *s)
{
    for (int64_t i = 0; i < s->n_children; i++) {
        if (s->children[i]->release != NULL) s->children[i]->release(s->children[i]);
    }
    s->release = NULL;
    brasa__arena_free(s->private_data);
}

static const char *format_of(brasa_arena *arena, brasa_type t)
{
    char zone[BRASA_ZONE_NAME];

    switch (t.kind) {
    case BRASA_KIND_NULL: return "n";
    case BRASA_KIND_BOOL: return "b";
    case BRASA_KIND_INT8: return "c";
    case BRASA_KIND_INT16: return "s";
    case BRASA_KIND_INT32: return "i";
    case BRASA_KIND_INT64: return "l";
    case BRASA_KIND_FLOAT32: return "f";
    case BRASA_KIND_FLOAT64: return "g";
    case BRASA_KIND_DECIMAL: return brasa__arena_printf(arena, "d:%d,%d", t.precision, t.scale);
    case BRASA_KIND_DATE: return "tdD";
    case BRASA_KIND_TIMESTAMP: brasa__zone_standard_name(brasa__zone_session(), zone); return brasa__arena_printf(arena, "tsu:%s", zone);
    case BRASA_KIND_TIMESTAMP_NTZ: return "tsu:";
    case BRASA_KIND_TIME: return "ttu";
    case BRASA_KIND_INTERVAL_YM: return "tiM";
    case BRASA_KIND_INTERVAL_DT: return "tDu";
    case BRASA_KIND_INTERVAL: return "tin";
    case BRASA_KIND_STRING: return "u";
    case BRASA_KIND_BINARY: return "z";
    case BRASA_KIND_LIST: return "+l";
    case BRASA_KIND_VECTOR: return brasa__arena_printf(arena, "+w:%d", t.length);
    case BRASA_KIND_STRUCT: return "+s";
    case BRASA_KIND_MAP: return "+m";
    case BRASA_KIND_COUNT: break;
    }
    return "n";
}

static void export_field(const char *name, brasa_type t, bool nullable, struct ArrowSchema *out)
{
    static const brasa_field element = {.name = "element", .type = {.kind = BRASA_KIND_FLOAT32}};
    brasa_arena             *arena = brasa__arena_new(NULL, "arrow schema"); /* its own: a child may outlive its parent */
    const brasa_field       *fields = t.kind == BRASA_KIND_VECTOR ? &element : t.fields;
    int32_t                  n = t.kind == BRASA_KIND_VECTOR ? 1 : t.nfields;

    *out = (struct ArrowSchema) {.flags = nullable ? ARROW_FLAG_NULLABLE : 0, .release = release_schema, .private_data = arena};
    out->format = format_of(arena, t);
    out->name = brasa__arena_strdup(arena, name);
    out->children = BRASA_NEWS(arena, struct ArrowSchema *, n + 1);
    for (int32_t i = 0; i < n; i++) {
        out->children[i] = BRASA_NEW(arena, struct ArrowSchema);
        out->n_children = i + 1;
        export_field(fields[i].name, fields[i].type, fields[i].nullable, out->children[i]);
    }
}

typedef struct {
    brasa_schema        schema;
    struct ArrowSchema *out;
} schema_export;

static brasa_status export_all(void *arg, brasa_error *err)
{
    schema_export *e = arg;
    brasa_type     t = {.kind = BRASA_KIND_STRUCT, .nfields = e->schema.ncols, .fields = e->schema.cols};

    (void)err;
    export_field("", t, false, e->out);
    return BRASA_OK;
}

void brasa__arrow_export_schema(brasa_schema s, struct ArrowSchema *out)
{
    schema_export e = {.schema = s, .out = out};
    brasa_error   err;

    *out = (struct ArrowSchema) {0};
    if (brasa__guarded(export_all, &e, &err) == BRASA_OK) return;
    if (out->release != NULL) out->release(out);
    brasa__throw_error(&err);
}

static const struct {
    const char *format;
    brasa_kind  kind;
} plain[] = {
    {"n", BRASA_KIND_NULL},   {"b", BRASA_KIND_BOOL},          {"c", BRASA_KIND_INT8},       {"C", BRASA_KIND_INT16},
    {"s", BRASA_KIND_INT16},  {"S", BRASA_KIND_INT32},         {"i", BRASA_KIND_INT32},      {"I", BRASA_KIND_INT64},
    {"l", BRASA_KIND_INT64},  {"f", BRASA_KIND_FLOAT32},       {"g", BRASA_KIND_FLOAT64},    {"z", BRASA_KIND_BINARY},
    {"Z", BRASA_KIND_BINARY}, {"u", BRASA_KIND_STRING},        {"U", BRASA_KIND_STRING},     {"tdD", BRASA_KIND_DATE},
    {"tdm", BRASA_KIND_DATE}, {"tts", BRASA_KIND_TIME},        {"ttm", BRASA_KIND_TIME},     {"ttu", BRASA_KIND_TIME},
    {"ttn", BRASA_KIND_TIME}, {"tiM", BRASA_KIND_INTERVAL_YM}, {"tiD", BRASA_KIND_INTERVAL}, {"tin", BRASA_KIND_INTERVAL},
};

static brasa_status import_decimal(const struct ArrowSchema *in, brasa_type *out, brasa_error *err)
{
    int precision, scale, bits = 128, n = sscanf(in->format, "d:%d,%d,%d", &precision, &scale, &bits);

    if (n < 2 || bits != 128 || precision < 1 || precision > 38 || scale < 0 || scale > precision) {
        return brasa__fail(err, BRASA_UNSUPPORTED, "Arrow field '%s': format '%s' is no decimal of at most 38 digits", in->name,
                           in->format);
    }
    *out = brasa__type_decimal(precision, scale);
    return BRASA_OK;
}

static brasa_status import_field(brasa_arena *arena, const struct ArrowSchema *in, brasa_field *out, brasa_error *err);

static brasa_status import_children(brasa_arena *arena, const struct ArrowSchema *in, brasa_type *out, brasa_error *err)
{
    brasa_field *f = BRASA_NEWS(arena, brasa_field, in->n_children);

    for (int64_t i = 0; i < in->n_children; i++) BRASA_TRY(import_field(arena, in->children[i], &f[i], err));
    out->nfields = (int32_t)in->n_children;
    out->fields = f;
    return BRASA_OK;
}

static brasa_status import_type(brasa_arena *arena, const struct ArrowSchema *in, brasa_type *out, brasa_error *err)
{
    const char *f = in->format;

    if (in->dictionary != NULL) return import_type(arena, in->dictionary, out, err);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (strcmp(f, plain[i].format) != 0) continue;
        *out = brasa__type(plain[i].kind);
        return BRASA_OK;
    }
    if (strcmp(f, "L") == 0) {
        *out = brasa__type_decimal(20, 0);
        return BRASA_OK;
    }
    if (f[0] == 'd') return import_decimal(in, out, err);
    if (strncmp(f, "ts", 2) == 0 && f[2] != '\0' && strchr("smun", f[2]) != NULL) {
        *out = brasa__type(f[3] == ':' && f[4] != '\0' ? BRASA_KIND_TIMESTAMP : BRASA_KIND_TIMESTAMP_NTZ);
        return BRASA_OK;
    }
    if (strncmp(f, "tD", 2) == 0 && f[2] != '\0' && strchr("smun", f[2]) != NULL) {
        *out = brasa__type(BRASA_KIND_INTERVAL_DT);
        return BRASA_OK;
    }
    if (strncmp(f, "w:", 2) == 0) {
        *out = brasa__type(BRASA_KIND_BINARY);
        return BRASA_OK;
    }
    if (strcmp(f, "+m") == 0 && in->n_children == 1 && strcmp(in->children[0]->format, "+s") == 0 && in->children[0]->n_children == 2) {
        BRASA_TRY(import_children(arena, in, out, err));
        *out = brasa__type_map(arena, out->fields[0].type.fields[0].type, out->fields[0].type.fields[1].type);
        return BRASA_OK;
    }
    if (strcmp(f, "+s") == 0 || ((strcmp(f, "+l") == 0 || strcmp(f, "+L") == 0 || strncmp(f, "+w:", 3) == 0) && in->n_children == 1)) {
        *out = brasa__type(f[1] == 's' ? BRASA_KIND_STRUCT : BRASA_KIND_LIST);
        if (f[1] == 'w' && in->children[0]->dictionary == NULL && strcmp(in->children[0]->format, "f") == 0) {
            *out = brasa__type_vector(atoi(f + 3));
            return BRASA_OK;
        }
        return import_children(arena, in, out, err);
    }
    return brasa__fail(err, BRASA_UNSUPPORTED, "Arrow field '%s': there is no type for format '%s'; cast it first",
                       in->name == NULL ? "" : in->name, f);
}

static brasa_status import_field(brasa_arena *arena, const struct ArrowSchema *in, brasa_field *out, brasa_error *err)
{
    out->name = brasa__arena_strdup(arena, in->name == NULL ? "" : in->name);
    out->nullable = (in->flags & ARROW_FLAG_NULLABLE) != 0;
    return import_type(arena, in, &out->type, err);
}

brasa_status brasa__arrow_import_schema(brasa_arena *arena, const struct ArrowSchema *in, brasa_schema *out, brasa_error *err)
{
    brasa_type t;

    if (strcmp(in->format, "+s") != 0)
        return brasa__fail(err, BRASA_UNSUPPORTED, "an Arrow schema of format '%s' is no table; wrap it in a struct", in->format);
    BRASA_TRY(import_type(arena, in, &t, err));
    *out = (brasa_schema) {.ncols = t.nfields, .cols = t.fields};
    return BRASA_OK;
}
