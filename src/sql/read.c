/* sql/read.c -- files in FROM: read_csv('x.csv', delim => '|'), read_json, read_hdf5 and the like.
 *
 * Files of one form are one table.  With union_by_name each is a table of its own; with filename, or directories named key=value as Spark and Hive have
 * them, each directory or file is one to which its constants are added.  These are united by name.
 */
#include <string.h>
#include <strings.h>

#include "base/io.h"
#include "data/type.h"
#include "data/value.h"
#include "sql/binder.h"
#include "storage/infer.h"
#include "storage/table.h"
#include "storage/uri.h"

enum { MOST_KEYS = 32 };

typedef struct {
    const char *key[MOST_KEYS], *value[MOST_KEYS];
    int32_t     count;
} keys;

typedef struct {
    char  **items;
    int32_t count, cap;
} list;

typedef struct {
    sql_binder       *x;
    const brasa_from *f;
    brasa_read_spec   spec;
    list              names; /* as given */
    bool              by_name, filename;
    int               hive; /* 1 yes, 0 if all files have keys, -1 no */
} reading;

static void add(brasa_arena *arena, list *l, const char *text)
{
    l->items = brasa__arena_grow(arena, l->items, &l->cap, l->count + 1, sizeof *l->items);
    l->items[l->count++] = brasa__arena_strdup(arena, text);
}

/* ---- options ---- */

static brasa_status text_of(sql_binder *x, const brasa_expr *e, const char **out)
{
    brasa_value v;

    BRASA_TRY(sql_constant(x, e, brasa__type(BRASA_KIND_STRING), &v));
    *out = v.null ? NULL : brasa__arena_strndup(x->arena, v.u.s.p, v.u.s.n);
    return BRASA_OK;
}

/* columns => {'a': 'INT', 'b': 'STRING'} is the schema "a INT, b STRING". */
static brasa_status schema_of(sql_binder *x, const brasa_expr *e, const char **out)
{
    brasa_text t;

    brasa__text_init(&t, x->arena);
    for (int32_t i = 0; i + 1 < e->nargs; i += 2) {
        const char *name, *type;

        BRASA_TRY(text_of(x, e->args[i], &name));
        BRASA_TRY(text_of(x, e->args[i + 1], &type));
        if (name == NULL || type == NULL) return sql_fail(x, e->pos, BRASA_INVALID, "columns have names and types");
        brasa__text_addf(&t, "%s`%s` %s", i == 0 ? "" : ", ", name, type);
    }
    *out = t.s;
    return BRASA_OK;
}

static brasa_status flag(reading *r, const brasa_expr *e, bool *out)
{
    brasa_value v;

    BRASA_TRY(sql_constant(r->x, e, brasa__type(BRASA_KIND_BOOL), &v));
    *out = !v.null && v.u.b;
    return BRASA_OK;
}

static brasa_status option(reading *r, const char *name, const brasa_expr *e)
{
    const char *text;
    bool        yes;

    if (strcasecmp(name, "filename") == 0) return flag(r, e, &r->filename);
    if (strcasecmp(name, "union_by_name") == 0) return flag(r, e, &r->by_name);
    if (strcasecmp(name, "hive_partitioning") == 0) {
        BRASA_TRY(flag(r, e, &yes));
        r->hive = yes ? 1 : -1;
        return BRASA_OK;
    }
    if (strcasecmp(name, "columns") == 0 && e->kind == BRASA_EXPR_CALL && strcmp(e->name, "named_struct") == 0)
        return schema_of(r->x, e, &r->spec.schema);
    BRASA_TRY(text_of(r->x, e, &text));
    if (text == NULL) return BRASA_OK;
    if (brasa__read_option(r->x->arena, &r->spec, name, text, r->x->err) == BRASA_OK) return BRASA_OK;
    brasa_error error = *r->x->err;
    return sql_fail(r->x, e->pos, (brasa_status)error.code, "%s", error.text);
}

/* name => value; name = value, which is a comparison elsewhere. */
static const char *option_name(const brasa_expr *e, const brasa_expr **value)
{
    if (e->kind == BRASA_EXPR_ALIAS) {
        *value = e->args[0];
        return e->name;
    }
    if (e->kind != BRASA_EXPR_CALL || strcmp(e->name, "=") != 0 || e->args[0]->kind != BRASA_EXPR_COLUMN || e->args[0]->qualifier != NULL)
        return NULL;
    *value = e->args[1];
    return e->args[0]->name;
}

static brasa_status arguments(reading *r)
{
    const brasa_expr *call = r->f->call;

    for (int32_t i = 0; i < call->nargs; i++) {
        const brasa_expr *e = call->args[i], *value;
        const char       *name = option_name(e, &value), *text = NULL;
        bool              several = e->kind == BRASA_EXPR_CALL && strcmp(e->name, "array") == 0;

        if (name != NULL) {
            BRASA_TRY(option(r, name, value));
            continue;
        }
        if (i > 1 || (i == 1 && several))
            return sql_fail(r->x, e->pos, BRASA_INVALID, "%s takes files, a schema and options by name", call->name);
        for (int32_t k = 0; k < (several ? e->nargs : 1); k++) {
            BRASA_TRY(text_of(r->x, several ? e->args[k] : e, &text));
            if (i == 0 && text != NULL) add(r->x->arena, &r->names, text);
        }
        if (i == 1) r->spec.schema = text;
    }
    if (r->names.count == 0) return sql_fail(r->x, call->pos, BRASA_TYPE, "%s takes a file's name", call->name);
    return BRASA_OK;
}

/* ---- files ---- */

/* The key=value of the directories above a file. */
static void keys_of(brasa_arena *arena, const char *path, keys *out)
{
    out->count = 0;
    for (const char *from = path, *slash; (slash = strchr(from, '/')) != NULL; from = slash + 1) {
        const char *equals = memchr(from, '=', (size_t)(slash - from));

        if (equals == NULL || equals == from || out->count == MOST_KEYS) continue;
        out->key[out->count] = brasa__arena_strndup(arena, from, (size_t)(equals - from));
        out->value[out->count++] = brasa__arena_strndup(arena, equals + 1, (size_t)(slash - equals - 1));
    }
}

static bool same_keys(const keys *a, const keys *b, bool values)
{
    if (a->count != b->count) return false;
    for (int32_t i = 0; i < a->count; i++)
        if (strcmp(a->key[i], b->key[i]) != 0 || (values && strcmp(a->value[i], b->value[i]) != 0)) return false;
    return true;
}

/* Files of a directory whose own are in directories named key=value. */
static brasa_status walk(reading *r, const char *dir, list *files, int depth)
{
    char  **names;
    int32_t n;

    BRASA_TRY(brasa__io_list(r->x->arena, dir, &names, &n, r->x->err));
    for (int32_t i = 0; i < n; i++) {
        const char *path = brasa__arena_printf(r->x->arena, "%s/%s", dir, names[i]);
        brasa_stat  st;

        if (brasa__uri_is_hidden(names[i])) continue;
        BRASA_TRY(brasa__io_stat(path, &st, r->x->err));
        if (!st.is_dir)
            add(r->x->arena, files, path);
        else if (strchr(names[i], '=') != NULL && depth < MOST_KEYS)
            BRASA_TRY(walk(r, path, files, depth + 1));
    }
    return BRASA_OK;
}

static brasa_status has_keyed_directories(reading *r, const char *dir, bool *out)
{
    char  **names;
    int32_t n;

    *out = false;
    BRASA_TRY(brasa__io_list(r->x->arena, dir, &names, &n, r->x->err));
    for (int32_t i = 0; i < n && !*out; i++) {
        brasa_stat st;

        if (brasa__uri_is_hidden(names[i]) || strchr(names[i], '=') == NULL) continue;
        BRASA_TRY(brasa__io_stat(brasa__arena_printf(r->x->arena, "%s/%s", dir, names[i]), &st, r->x->err));
        *out = st.is_dir;
    }
    return BRASA_OK;
}

/* What the names stand for, as names that open alone. */
static brasa_status list_files(reading *r, list *files)
{
    for (int32_t i = 0; i < r->names.count; i++) {
        brasa_uri uri;
        char    **found;
        int32_t   n;
        bool      keyed = false;

        BRASA_TRY(brasa__uri_parse(r->x->arena, r->names.items[i], &uri, r->x->err));
        if (uri.is_dir && r->hive >= 0 && brasa__io_exists(uri.path)) BRASA_TRY(has_keyed_directories(r, uri.path, &keyed));
        if (keyed) {
            BRASA_TRY(walk(r, uri.path, files, 0));
            continue;
        }
        BRASA_TRY(brasa__uri_files(r->x->arena, &uri, &found, &n, r->x->err));
        for (int32_t k = 0; k < n; k++) {
            const char *inner = uri.has_inner ? brasa__arena_printf(r->x->arena, ":%s", uri.inner) : "";

            add(r->x->arena, files, brasa__arena_printf(r->x->arena, "%s%s", found[k], inner));
        }
    }
    return BRASA_OK;
}

/* ---- tables ---- */

static brasa_status open_table(reading *r, const char *uri, const brasa_node **out)
{
    brasa_table *table;

    r->spec.uri = uri;
    BRASA_TRY(brasa__table_open(r->x->arena, &r->spec, &table, r->x->err));
    return brasa__plan_scan(r->x->b, table, NULL, out, r->x->err);
}

/* "%3D" is "="; a directory of rows without a value has a name of its own. */
static const char *key_text(brasa_arena *arena, const char *text, size_t *n)
{
    char *out = brasa__arena_strdup(arena, text), *to = out;

    if (strcmp(text, "__HIVE_DEFAULT_PARTITION__") == 0) return NULL;
    for (const char *p = text; *p != '\0'; p++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char       *high = *p == '%' && p[1] != '\0' ? strchr(digits, p[1]) : NULL;
        const char       *low = high != NULL && p[2] != '\0' ? strchr(digits, p[2]) : NULL;

        if (low == NULL) {
            *to++ = *p;
            continue;
        }
        long h = high - digits, l = low - digits;
        *to++ = (char)((h > 15 ? h - 6 : h) * 16 + (l > 15 ? l - 6 : l));
        p += 2;
    }
    *n = (size_t)(to - out);
    return out;
}

/* Of all values of a key: numbers, dates and moments if all are. */
static brasa_type key_type(brasa_arena *arena, const keys *all, int32_t nfiles, int32_t k)
{
    uint32_t could_be = BRASA_INFER_ANY & ~(uint32_t)(BRASA_INFER_BOOL | BRASA_INFER_FLOAT);

    for (int32_t i = 0; i < nfiles; i++) {
        size_t      n = 0;
        const char *text = key_text(arena, all[i].value[k], &n);

        if (text != NULL) could_be = brasa__infer_add(could_be, text, n);
    }
    return brasa__infer_type(could_be);
}

/* The rows of a table, and behind them its constants. */
static brasa_status with_constants(reading *r, const brasa_node *in, const char *file, const keys *k, const brasa_type *types,
                                   const brasa_node **out)
{
    brasa_arena       *arena = r->x->arena;
    int32_t            n = 0, most = in->schema.ncols + k->count + 1;
    const brasa_expr **exprs = BRASA_NEWS(arena, const brasa_expr *, most);
    const char       **names = BRASA_NEWS(arena, const char *, most);
    brasa_value        v;

    for (int32_t c = 0; c < in->schema.ncols; c++) {
        bool is_key = false; /* the directory's value counts, as in Spark */

        for (int32_t i = 0; i < k->count; i++) is_key = is_key || strcasecmp(k->key[i], in->schema.cols[c].name) == 0;
        if (is_key) continue;
        exprs[n] = brasa__node_ref(arena, in, c);
        names[n++] = in->schema.cols[c].name;
    }
    for (int32_t i = 0; i < k->count; i++) {
        size_t      len = 0;
        const char *text = key_text(arena, k->value[i], &len);

        v = (brasa_value) {.type = types[i], .null = true};
        if (text != NULL) BRASA_TRY(brasa__value_parse(arena, text, len, types[i], &v, r->x->err));
        exprs[n] = brasa__expr_literal(arena, &v);
        names[n++] = k->key[i];
    }
    if (r->filename) {
        v = brasa_value_string(file);
        exprs[n] = brasa__expr_literal(arena, &v);
        names[n++] = "filename";
    }
    *out = sql_done(r->x, brasa__make_project(arena, NULL, in, exprs, names, n));
    return BRASA_OK;
}

static brasa_status same_columns(reading *r, const list *files, const brasa_node *const *in, int32_t i)
{
    const brasa_schema a = in[0]->schema, b = in[i]->schema;
    bool               same = a.ncols == b.ncols, ambiguous;

    for (int32_t c = 0; c < b.ncols && same; c++) same = brasa__schema_find(a, b.cols[c].name, &ambiguous) >= 0;
    return same ? BRASA_OK
                : brasa__fail(r->x->err, BRASA_DATA, "the columns of %s and %s differ; union_by_name => true reads both", files->items[0],
                              files->items[i]);
}

static brasa_status read_apart(reading *r, const list *files, const brasa_node **out)
{
    brasa_arena       *arena = r->x->arena;
    keys              *all = BRASA_NEWS(arena, keys, files->count + 1);
    const brasa_node **in = BRASA_NEWS(arena, const brasa_node *, files->count + 1);
    bool               keyed = r->hive >= 0;
    brasa_type         types[MOST_KEYS];

    for (int32_t i = 0; i < files->count; i++) {
        keys_of(arena, files->items[i], &all[i]);
        keyed = keyed && all[i].count > 0 && same_keys(&all[0], &all[i], false);
        if (r->hive > 0 && !same_keys(&all[0], &all[i], false))
            return brasa__fail(r->x->err, BRASA_DATA, "the directories of %s and %s have other keys; read them as two tables",
                               files->items[0], files->items[i]);
    }
    for (int32_t i = 0; i < files->count && !keyed; i++) all[i].count = 0;
    for (int32_t k = 0; k < all[0].count; k++) types[k] = key_type(arena, all, files->count, k);
    for (int32_t i = 0; i < files->count; i++) {
        BRASA_TRY(open_table(r, files->items[i], &in[i]));
        if (!r->by_name && r->spec.format != BRASA_FORMAT_JSON) BRASA_TRY(same_columns(r, files, in, i));
    }
    if (files->count > 1) sql_union_by_name(r->x, in, files->count);
    for (int32_t i = 0; i < files->count && (all[i].count > 0 || r->filename); i++)
        BRASA_TRY(with_constants(r, in[i], files->items[i], &all[i], types, &in[i]));
    *out = in[0];
    return files->count == 1 ? BRASA_OK : brasa__plan_set(r->x->b, BRASA_SET_UNION, true, in, files->count, out, r->x->err);
}

/* Are there directories named key=value in the names, or below them? */
static brasa_status is_keyed(reading *r, bool *out)
{
    *out = r->hive > 0;
    for (int32_t i = 0; i < r->names.count && r->hive == 0 && !*out; i++) {
        brasa_uri uri;

        BRASA_TRY(brasa__uri_parse(r->x->arena, r->names.items[i], &uri, r->x->err));
        *out = uri.is_glob || strchr(uri.path, '=') != NULL;
        if (!*out && uri.is_dir && brasa__io_exists(uri.path)) BRASA_TRY(has_keyed_directories(r, uri.path, out));
    }
    return BRASA_OK;
}

static brasa_status read_all(reading *r, const brasa_node **out)
{
    bool keyed, one = r->names.count == 1 && !r->by_name && !r->filename;
    list files = {0};
    keys k = {0};

    BRASA_TRY(is_keyed(r, &keyed));
    if (one && !keyed) return open_table(r, r->names.items[0], out);
    BRASA_TRY(list_files(r, &files));
    if (files.count > 0) keys_of(r->x->arena, files.items[0], &k);
    if (one && (files.count == 0 || k.count == 0)) return open_table(r, r->names.items[0], out);
    return read_apart(r, &files, out);
}

brasa_status sql_read_files(sql_binder *x, const brasa_from *f, const brasa_node **out, bool *done)
{
    static const struct {
        const char  *name;
        brasa_format format;
    } readers[] = {{"read_csv", BRASA_FORMAT_CSV},        {"read_csv_auto", BRASA_FORMAT_CSV}, {"read_json", BRASA_FORMAT_JSON},
                   {"read_json_auto", BRASA_FORMAT_JSON}, {"read_ndjson", BRASA_FORMAT_JSON},  {"read_text", BRASA_FORMAT_TEXT},
                   {"read_hdf5", BRASA_FORMAT_HDF5},      {"read_files", BRASA_FORMAT_AUTO},   {"read_table", BRASA_FORMAT_AUTO}};
    reading r = {.x = x, .f = f};

    for (size_t i = 0; i < sizeof readers / sizeof *readers && !*done; i++) {
        *done = strcasecmp(f->call->name, readers[i].name) == 0;
        r.spec.format = readers[i].format;
    }
    if (!*done) return BRASA_OK;
    BRASA_TRY(arguments(&r));
    if (read_all(&r, out) == BRASA_OK) return BRASA_OK;
    brasa_error e = *x->err;
    return sql_fail(x, f->call->pos, (brasa_status)e.code, "%s", e.text);
}
