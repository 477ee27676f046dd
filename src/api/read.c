/* api/read.c -- tables on disk, views, the catalogue of a session. */
#include <string.h>
#include <strings.h>

#include "api/sql_inner.h"
#include "storage/table.h"

typedef struct read_args {
    const char               *uri;
    const brasa_read_options *o;
} read_args;

brasa_status brasa__api_format(const char *text, brasa_format *out, brasa_error *err)
{
    static const char *const  names[] = {"hdf5", "csv", "text", "json"};
    static const brasa_format formats[] = {BRASA_FORMAT_HDF5, BRASA_FORMAT_CSV, BRASA_FORMAT_TEXT, BRASA_FORMAT_JSON};

    *out = BRASA_FORMAT_AUTO;
    if (text == NULL || text[0] == '\0') return BRASA_OK;
    for (int32_t i = 0; i < 4; i++) {
        if (strcasecmp(text, names[i]) == 0) {
            *out = formats[i];
            return BRASA_OK;
        }
    }
    const char *near = brasa__near_miss(text, names, 4);
    brasa__fail(err, BRASA_INVALID, "format '%s' is not known; there are hdf5, csv, text and json", text);
    return near == NULL ? (brasa_status)err->code : brasa__fail_more(err, "; did you mean %s?", near);
}

/* The table may look at an option after the call. */
static const char *copy_text(brasa_api_call *c, const char *text)
{
    return text == NULL ? NULL : brasa__arena_strdup(c->builder.arena, text);
}

/* "name=value", a line each. */
static brasa_status more_options(brasa_api_call *c, const char *lines, brasa_read_spec *spec, brasa_error *err)
{
    for (const char *end; lines != NULL && *lines != '\0'; lines = *end == '\0' ? end : end + 1) {
        const char *equals = strchr(lines, '=');

        end = strchrnul(lines, '\n');
        if (end == lines) continue;
        if (equals == NULL || equals > end)
            return brasa__fail(err, BRASA_INVALID, "options: '%.*s' is no name=value", (int)(end - lines), lines);
        BRASA_TRY(brasa__read_option(c->builder.arena, spec, brasa__arena_strndup(c->builder.arena, lines, (size_t)(equals - lines)),
                                     brasa__arena_strndup(c->builder.arena, equals + 1, (size_t)(end - equals - 1)), err));
    }
    return BRASA_OK;
}

static brasa_status read_build(brasa_api_call *c, brasa_error *err)
{
    const read_args          *a = c->arg;
    const brasa_read_options *o = a->o;
    brasa_table              *table;
    brasa_read_spec           spec = {.uri = brasa__arena_strdup(c->builder.arena, a->uri),
                                      .schema = copy_text(c, o->schema),
                                      .delimiter = o->delimiter,
                                      .quote = o->quote,
                                      .header = (int8_t)o->header,
                                      .null_text = copy_text(c, o->null_text),
                                      .skip_bad = o->skip_bad,
                                      .datasets = copy_text(c, o->datasets),
                                      .as_vector = o->as_vector,
                                      .uint64_decimal = o->uint64_decimal,
                                      .allow_external = o->allow_external,
                                      .partition_bytes = o->partition_bytes};

    BRASA_TRY(brasa__api_format(o->format, &spec.format, err));
    BRASA_TRY(more_options(c, o->options, &spec, err));
    BRASA_TRY(brasa__table_open(c->builder.arena, &spec, &table, err));
    c->table = table;
    return brasa__plan_scan(&c->builder, table, NULL, &c->node, err);
}

brasa_frame *brasa_read_at(brasa_session *s, const char *uri, const brasa_read_options *o, brasa_site at)
{
    read_args a = {.uri = uri == NULL ? "" : uri, .o = o != NULL ? o : &(brasa_read_options) {.format = NULL}};

    return brasa__api_frame(s, NULL, 0, at, NULL, read_build, &a);
}

/* ---- views ---- */

typedef struct view_call {
    brasa_frame *f;
    const char  *name;
} view_call;

static brasa_view_entry *find_view(brasa_session *s, const char *name)
{
    for (brasa_view_entry *v = s->views; v != NULL; v = v->next) {
        if (strcasecmp(v->name, name) == 0) return v;
    }
    return NULL;
}

static brasa_status set_view(void *arg, brasa_error *err)
{
    view_call        *c = arg;
    brasa_session    *s = c->f->session;
    brasa_view_entry *v;

    if (c->name == NULL || c->name[0] == '\0') return brasa__fail(err, BRASA_INVALID, "a view needs a name");
    v = find_view(s, c->name);
    if (v == NULL) {
        v = BRASA_NEW(s->arena, brasa_view_entry);
        v->name = brasa__arena_strdup(s->arena, c->name);
        v->next = s->views;
        s->views = v;
    }
    v->frame = c->f;
    v->scope = c->f->scope;
    v->sql = NULL; /* what a statement made of that name is there no more */
    return BRASA_OK;
}

brasa_status brasa_view_at(brasa_frame *f, const char *name, brasa_site at)
{
    view_call c = {.f = f, .name = name};

    BRASA_TRY(brasa__api_usable(f, &at));
    return brasa__api_do(f->session, &at, set_view, &c);
}

static brasa_status no_view(brasa_session *s, brasa_arena *arena, const char *name, brasa_error *err)
{
    int32_t n = 0;

    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) n++;
    const char **names = BRASA_NEWS(arena, const char *, n + 1);
    n = 0;
    for (const brasa_view_entry *v = s->views; v != NULL; v = v->next) names[n++] = v->name;
    const char *near = brasa__near_miss(name, names, n);
    brasa__fail(err, BRASA_NOT_FOUND, "there is no table or view '%s'; name one with brasa_view", name);
    return near == NULL ? (brasa_status)err->code : brasa__fail_more(err, "; did you mean '%s'?", near);
}

static brasa_status table_build(brasa_api_call *c, brasa_error *err)
{
    const char       *name = c->arg;
    brasa_view_entry *v;
    const brasa_node *n;

    BRASA_TRY(brasa__api_given(name, "the name of a table", err));
    v = find_view(c->session, name);
    if (v == NULL) return no_view(c->session, c->builder.arena, name, err);
    if (v->frame->status != BRASA_OK) return brasa__fail(err, v->frame->status, "view '%s' stands on a call that failed", name);
    BRASA_TRY(brasa__sql_table_node(&c->builder, v, &n, err));
    return brasa__plan_alias(&c->builder, n, v->name, NULL, 0, &c->node, err);
}

brasa_frame *brasa_table_at(brasa_session *s, const char *name, brasa_site at)
{
    return brasa__api_frame(s, NULL, 0, at, NULL, table_build, name);
}

/* ---- tables without a job ---- */

typedef struct describe_call {
    const brasa_frame *f;
    brasa_table_info  *out;
} describe_call;

static brasa_status describe(void *arg, brasa_error *err)
{
    static const char *const names[] = {"", "hdf5", "csv", "text", "json"};
    describe_call           *c = arg;
    const brasa_table       *t = c->f->table;

    if (t == NULL) return brasa__fail(err, BRASA_INVALID, "only frames of brasa_read stand on a stored table");
    *c->out = (brasa_table_info) {.rows = t->rows, .bytes = t->bytes, .partitions = t->nparts};
    strcpy(c->out->format, names[t->format]);
    return BRASA_OK;
}

brasa_status brasa_table_describe(const brasa_frame *f, brasa_table_info *out)
{
    describe_call c = {.f = f, .out = out};

    BRASA_TRY(brasa__api_usable(f, NULL));
    BRASA_TRY(brasa__api_pointer(out, "the place for what is known of a table is NULL", NULL));
    return brasa__api_do(f->session, NULL, describe, &c);
}

typedef struct verify_call {
    const char *uri;
    int64_t    *chunks, *bytes;
} verify_call;

static brasa_status verify(void *arg, brasa_error *err)
{
    verify_call    *c = arg;
    brasa_arena    *arena = brasa__arena_new(NULL, "verify");
    brasa_table    *table;
    brasa_read_spec spec = {.uri = c->uri};
    brasa_status    status = brasa__table_open(arena, &spec, &table, err);

    if (status == BRASA_OK) status = brasa__table_verify(table, c->chunks, c->bytes, err);
    brasa__arena_free(arena);
    return status;
}

brasa_status brasa_verify(brasa_session *s, const char *uri, int64_t *chunks, int64_t *bytes)
{
    int64_t     nobody[2];
    verify_call c = {
        .uri = uri == NULL ? "" : uri, .chunks = chunks != NULL ? chunks : &nobody[0], .bytes = bytes != NULL ? bytes : &nobody[1]};

    *c.chunks = 0;
    *c.bytes = 0;
    return brasa__api_do(s, NULL, verify, &c);
}
