/* csv_open.c -- from files to a table: dialect, header, names, types.
 *
 * Given texts win over guesses.  Guesses follow a sample of all files, so they are the same for any number of ranks.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "storage/csv_format.h"
#include "storage/csv_sample.h"
#include "storage/infer.h"
#include "storage/uri.h"

typedef struct {
    brasa_arena           *arena;
    const brasa_read_spec *spec;
    brasa_csv_layout      *layout;
    brasa_csv_sample       sample;
    brasa_schema           given; /* of spec->schema; ncols 0: none */
    int32_t                first; /* the first file that has a record */
    bool                   header;
    const char           **names; /* [layout->nfields] */
} opening;

static bool name_ends_with(const char *path, const char *suffix)
{
    size_t n = strlen(path) - brasa__packed_suffix(path), m = strlen(suffix);

    return n >= m && strncasecmp(path + n - m, suffix, m) == 0;
}

static bool is_tbl(const opening *o)
{
    return name_ends_with(o->layout->files.items[0].path, ".tbl");
}

static void choose_dialect(opening *o)
{
    const brasa_read_spec *spec = o->spec;
    brasa_csv_dialect     *d = &o->layout->dialect;
    const char            *path = o->layout->files.items[0].path;

    d->delimiter = spec->delimiter != 0 ? spec->delimiter : name_ends_with(path, ".tsv") ? '\t' : is_tbl(o) ? '|' : ',';
    d->quote = spec->quote != 0 ? spec->quote : '"';
    d->null_text = spec->null_text == NULL ? NULL : brasa__arena_strdup(o->arena, spec->null_text);
    d->skip_bad = spec->skip_bad;
    d->escape = spec->escape != 0 ? spec->escape : d->quote;
    d->comment = spec->comment;
    d->decimal = spec->decimal != 0 ? spec->decimal : '.';
    d->pad = spec->pad || spec->lenient;
    d->lenient = spec->lenient;
    if (spec->separator != NULL) d->delimiter = BRASA_TEXT_SEPARATOR;
    if (spec->delimiter == 0 && d->delimiter == d->decimal) d->delimiter = ';';
}

/* --- header */

static bool looks_like_value(const char *text)
{
    uint32_t could = brasa__infer_add(BRASA_INFER_ANY, text, strlen(text));

    return (could & BRASA_INFER_ANY) != 0;
}

static bool is_string(brasa_type t)
{
    return t.kind == BRASA_KIND_STRING || t.kind == BRASA_KIND_BINARY;
}

static int by_text(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static bool all_distinct(brasa_arena *arena, const char *const *names, int32_t n)
{
    const char **sorted = brasa__arena_copy(arena, names, (size_t)n * sizeof *names);

    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    for (int32_t i = 1; i < n; i++)
        if (strcasecmp(sorted[i - 1], sorted[i]) == 0) return false;
    return true;
}

/* Names are texts: a first record with a number or a date in it is no header.  It is one when a column below is not text, or
 * when it could be names (distinct, none missing): a file of text columns mostly has them. */
static bool guess_header(const opening *o, const brasa_csv_head *h, int32_t nfields)
{
    bool missing = false, typed = false;

    for (int32_t i = 0; i < nfields; i++) {
        if (h->fields[i] == NULL || h->fields[i][0] == '\0') {
            missing = true;
        } else if (looks_like_value(h->fields[i])) {
            return false;
        } else if (!is_string(brasa__infer_type(o->sample.could_be[i]))) {
            typed = true;
        }
    }
    return typed || (!missing && all_distinct(o->arena, h->fields, nfields));
}

/* With a schema: a record that has its names is a header, and so is one that its types refuse. */
static bool guess_header_given(const opening *o, const brasa_csv_head *h, int32_t nfields)
{
    int32_t hits = 0, typed = 0, values = 0;

    for (int32_t i = 0; i < nfields; i++) {
        bool ambiguous;

        if (h->fields[i] == NULL) continue;
        if (brasa__schema_find(o->given, h->fields[i], &ambiguous) >= 0) hits++;
        if (i >= o->given.ncols || is_string(o->given.cols[i].type)) continue;
        typed++;
        if (looks_like_value(h->fields[i])) values++;
    }
    return (hits > 0 && hits * 2 >= o->given.ncols) || (typed > 0 && values == 0);
}

static bool has_header(const opening *o, const brasa_csv_head *h, int32_t nfields)
{
    if (o->spec->header != 0) return o->spec->header > 0;
    if (is_tbl(o)) return false;
    return o->given.ncols != 0 ? guess_header_given(o, h, nfields) : guess_header(o, h, nfields);
}

/* --- names */

static const char *joined(brasa_arena *arena, const char *const *names, int32_t n)
{
    brasa_text t;

    brasa__text_init(&t, arena);
    for (int32_t i = 0; i < n; i++) {
        if (i == 8) {
            brasa__text_addf(&t, ", ... %d columns", n);
            break;
        }
        brasa__text_addf(&t, "%s%s", i == 0 ? "" : ", ", names[i] == NULL ? "" : names[i]);
    }
    return t.s;
}

typedef struct {
    const char *name;
    int32_t     at;
} placed_name;

static int by_name_and_place(const void *a, const void *b)
{
    const placed_name *x = a, *y = b;
    int                c = strcasecmp(x->name, y->name);

    return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

/* A name that comes again gets a number behind it. */
static void tell_apart(brasa_arena *arena, const char **names, int32_t n)
{
    placed_name *p = BRASA_NEWS(arena, placed_name, n + 1);
    int32_t      again = 0;

    for (int32_t i = 0; i < n; i++) p[i] = (placed_name) {names[i], i};
    qsort(p, (size_t)n, sizeof *p, by_name_and_place);
    for (int32_t i = 1; i < n; i++) {
        again = strcasecmp(p[i].name, p[i - 1].name) == 0 ? again + 1 : 0;
        if (again > 0) names[p[i].at] = brasa__arena_printf(arena, "%s_%d", names[p[i].at], again);
    }
}

static const char *trimmed(brasa_arena *arena, const char *s)
{
    size_t n;

    while (*s == ' ' || *s == '\t') s++;
    n = strlen(s);
    while (n != 0 && (s[n - 1] == ' ' || s[n - 1] == '\t')) n--;
    return brasa__arena_strndup(arena, s, n);
}

static void choose_names(opening *o)
{
    int32_t               n = o->layout->nfields;
    const brasa_csv_head *h = &o->sample.heads[o->first];

    o->names = BRASA_NEWS(o->arena, const char *, n + 1);
    for (int32_t i = 0; i < n; i++) {
        const char *name = o->header && h->fields[i] != NULL ? trimmed(o->arena, h->fields[i]) : "";

        o->names[i] = name[0] != '\0' ? name : brasa__arena_printf(o->arena, "_c%d", i);
    }
    tell_apart(o->arena, o->names, n);
}

static bool same_fields(const brasa_csv_head *a, const brasa_csv_head *b, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        const char *x = a->fields[i] == NULL ? "" : a->fields[i], *y = b->fields[i] == NULL ? "" : b->fields[i];

        if (strcmp(x, y) != 0) return false;
    }
    return true;
}

/* Every file has the columns of the first; a header in the first is expected in all, unless a file plainly begins with values. */
static brasa_status check_files(opening *o, brasa_error *err)
{
    brasa_text_files     *files = &o->layout->files;
    const brasa_csv_head *a = &o->sample.heads[o->first];
    int32_t               n = o->layout->nfields;

    for (int32_t i = 0; i < files->count; i++) {
        const brasa_csv_head *b = &o->sample.heads[i];
        int32_t               m = b->nfields - (o->layout->dialect.trailing && b->trailing ? 1 : 0);

        if (b->empty) continue;
        if (m != n || (o->header && !same_fields(a, b, n))) {
            if (m == n && o->spec->header == 0 && !has_header(o, b, n)) continue;
            return brasa__fail(err, BRASA_DATA, "the columns of %s (%s) differ from those of %s (%s); read them as two tables",
                               files->items[i].path, joined(o->arena, b->fields, m), files->items[o->first].path,
                               joined(o->arena, a->fields, n));
        }
        if (o->header) files->items[i].start = b->next;
    }
    return BRASA_OK;
}

/* --- columns */

/* First records that turned out to be data have a say in the types, too. */
static void infer_from_heads(opening *o)
{
    for (int32_t i = 0; i < o->layout->files.count; i++) {
        const brasa_csv_head *h = &o->sample.heads[i];

        if (h->empty || o->layout->files.items[i].start >= h->next) continue;
        for (int32_t c = 0; c < o->layout->nfields && c < h->nfields; c++)
            if (h->fields[c] != NULL && h->fields[c][0] != '\0')
                o->sample.could_be[c] = brasa__infer_add(o->sample.could_be[c], h->fields[c], strlen(h->fields[c]));
    }
}

static brasa_schema inferred_schema(opening *o)
{
    int32_t      n = o->layout->nfields;
    brasa_field *cols = BRASA_NEWS(o->arena, brasa_field, n);
    int32_t     *field = BRASA_NEWS(o->arena, int32_t, n);

    for (int32_t i = 0; i < n; i++) {
        cols[i] = (brasa_field) {.name = o->names[i], .type = brasa__infer_type(o->sample.could_be[i]), .nullable = true};
        if (o->spec->all_text) cols[i].type = brasa__type(BRASA_KIND_STRING);
        field[i] = i;
    }
    o->layout->field = field;
    return (brasa_schema) {.ncols = n, .cols = cols};
}

/* Columns of a given schema are found by name when the header has all of them, else by place. */
static brasa_status place_given(opening *o, brasa_error *err)
{
    int32_t     *field = BRASA_NEWS(o->arena, int32_t, o->given.ncols);
    brasa_field *named = BRASA_NEWS(o->arena, brasa_field, o->layout->nfields);
    brasa_schema header = {.ncols = o->layout->nfields, .cols = named};
    int32_t      hits = 0;

    for (int32_t i = 0; i < header.ncols; i++) named[i].name = o->names[i];
    for (int32_t i = 0; i < o->given.ncols && o->header; i++) {
        bool ambiguous;

        field[i] = brasa__schema_find(header, o->given.cols[i].name, &ambiguous);
        hits += field[i] >= 0;
    }
    o->layout->field = field;
    if (hits == o->given.ncols) return BRASA_OK;
    if (o->given.ncols != o->layout->nfields)
        return brasa__fail(
            err, BRASA_DATA,
            "the schema has %d columns, the records of %s have %d (%s); name all columns, or those of the header that you want",
            o->given.ncols, o->layout->files.items[o->first].path, o->layout->nfields, joined(o->arena, o->names, o->layout->nfields));
    for (int32_t i = 0; i < o->given.ncols; i++) field[i] = i;
    return BRASA_OK;
}

static brasa_status check_given_types(const opening *o, brasa_error *err)
{
    for (int32_t i = 0; i < o->given.ncols; i++) {
        brasa_text t;

        if (!brasa__type_is_nested(o->given.cols[i].type)) continue;
        brasa__text_init(&t, o->arena);
        brasa__type_text(o->given.cols[i].type, &t);
        return brasa__fail(err, BRASA_UNSUPPORTED, "column %s is %s, which a CSV field cannot hold; declare it STRING, or use JSON lines",
                           o->given.cols[i].name, t.s);
    }
    return BRASA_OK;
}

/* dbgen ends each record with a delimiter: an empty last field everywhere, that the schema or the .tbl suffix says is none. */
static void find_trailing(opening *o, int32_t n)
{
    bool fits = o->given.ncols != 0 ? o->given.ncols == n - 1 : is_tbl(o);

    o->layout->dialect.trailing = n > 1 && fits && o->sample.heads[o->first].trailing && o->sample.all_trailing;
    o->layout->nfields = o->layout->dialect.trailing ? n - 1 : n;
}

/* Lines before the header, in every file. */
static brasa_status skip_lines(opening *o, brasa_error *err)
{
    for (int32_t i = 0; i < o->layout->files.count && o->spec->skip > 0; i++) {
        brasa_text_file *file = &o->layout->files.items[i];

        BRASA_TRY(brasa__csv_sample_skip(o->arena, file, o->spec->skip, &file->start, err));
    }
    return BRASA_OK;
}

static bool find_first(opening *o)
{
    for (o->first = 0; o->first < o->layout->files.count; o->first++)
        if (!o->sample.heads[o->first].empty) return true;
    return false;
}

/* The first records of all files, and what the fields of others could be. */
static brasa_status sample(opening *o, bool types, brasa_error *err)
{
    o->sample = (brasa_csv_sample) {.arena = o->arena, .dialect = &o->layout->dialect, .files = &o->layout->files};
    BRASA_TRY(brasa__csv_sample_heads(&o->sample, err));
    if (!find_first(o)) return BRASA_OK;
    o->sample.nfields = o->sample.heads[o->first].nfields;
    return types ? brasa__csv_sample_types(&o->sample, err) : BRASA_OK;
}

/* A file without a comma in its first record: another delimiter that cuts all records that are looked at into as many fields is its own. */
static brasa_status find_delimiter(opening *o, brasa_error *err)
{
    static const char others[] = ";\t|";
    const char       *head = o->sample.heads[o->first].fields[0];
    brasa_error       ignored;

    if (o->spec->delimiter != 0 || o->layout->dialect.delimiter != ',' || o->sample.nfields != 1 || head == NULL || o->given.ncols == 1)
        return BRASA_OK;
    for (const char *d = others; *d != '\0'; d++) {
        if (strchr(head, *d) == NULL) continue;
        o->layout->dialect.delimiter = *d;
        brasa__error_clear(&ignored);
        if (sample(o, true, &ignored) == BRASA_OK && o->sample.nfields > 1 && o->sample.records > 0 && o->sample.ragged == 0)
            return BRASA_OK;
    }
    o->layout->dialect.delimiter = ',';
    return sample(o, false, err);
}

static void count_rows(const opening *o, brasa_table *t)
{
    const brasa_csv_sample *s = &o->sample;

    o->layout->record_bytes = s->records > 0 ? (double)s->bytes / (double)s->records : 64;
    t->rows = -1;
    t->rows_estimate = (double)brasa__text_files_bytes(&o->layout->files) / o->layout->record_bytes;
    t->bytes = brasa__text_files_disk(&o->layout->files);
    t->nparts = brasa__text_partitions(&o->layout->files);
    t->stats = BRASA_NEWS(o->arena, brasa_column_stats, t->schema.ncols);
    for (int32_t i = 0; i < t->schema.ncols; i++)
        t->stats[i] = (brasa_column_stats) {.nulls = -1, .bytes = o->layout->record_bytes / (double)o->layout->nfields};
}

/* No record anywhere: a table of no rows, if a schema says of which columns. */
static brasa_status open_empty(opening *o, brasa_table *t, brasa_error *err)
{
    int32_t *field;

    if (o->given.ncols == 0)
        return brasa__fail(err, BRASA_DATA, "%s is empty: there is no header to take columns from; give a schema",
                           o->layout->files.items[0].path);
    field = BRASA_NEWS(o->arena, int32_t, o->given.ncols);
    for (int32_t i = 0; i < o->given.ncols; i++) field[i] = i;
    o->layout->field = field;
    o->layout->nfields = o->given.ncols;
    for (int32_t i = 0; i < o->layout->files.count; i++) o->layout->files.items[i].start = o->layout->files.items[i].bytes;
    t->schema = o->given;
    count_rows(o, t);
    t->rows = 0;
    return BRASA_OK;
}

brasa_status brasa__csv_open(brasa_arena *arena, const brasa_read_spec *spec, const brasa_uri *uri, char **files, int32_t nfiles,
                             brasa_table *t, brasa_error *err)
{
    opening o = {.arena = arena, .spec = spec, .layout = BRASA_NEW(arena, brasa_csv_layout)};
    int32_t n;

    (void)uri;
    t->layout = o.layout;
    o.layout->files.recode.encoding = spec->encoding;
    o.layout->files.recode.separator = spec->separator;
    o.layout->files.recode.quote = spec->quote != 0 ? spec->quote : '"';
    o.layout->files.recode.escape = spec->escape != 0 ? spec->escape : o.layout->files.recode.quote;
    o.layout->files.recode.lone_cr = true;
    BRASA_TRY(brasa__text_files_make(arena, files, nfiles, spec->partition_bytes, &o.layout->files, err));
    BRASA_TRY(skip_lines(&o, err));
    choose_dialect(&o);
    if (spec->schema != NULL && spec->schema[0] != '\0') BRASA_TRY(brasa__schema_parse(arena, spec->schema, &o.given, err));
    BRASA_TRY(check_given_types(&o, err));
    BRASA_TRY(sample(&o, false, err));
    if (!find_first(&o)) return open_empty(&o, t, err);
    BRASA_TRY(find_delimiter(&o, err));
    if (o.sample.could_be == NULL) BRASA_TRY(brasa__csv_sample_types(&o.sample, err));
    n = o.sample.nfields;
    find_trailing(&o, n);
    o.header = has_header(&o, &o.sample.heads[o.first], o.layout->nfields);
    choose_names(&o);
    BRASA_TRY(check_files(&o, err));
    if (o.given.ncols != 0) {
        BRASA_TRY(place_given(&o, err));
        t->schema = o.given;
    } else {
        infer_from_heads(&o);
        t->schema = inferred_schema(&o);
    }
    count_rows(&o, t);
    return BRASA_OK;
}
