/* print.c -- rows as a table, CSV (RFC 4180), tab-separated text, JSON lines, or as spark-sql prints them. */
#include <string.h>

#include "tools/brasa_sql/shell.h"

/* Texts may hold NUL bytes, so each comes with its length. */
static void csv_field(FILE *to, const char *s, size_t n, bool quote)
{
    for (size_t i = 0; i < n && !quote; i++) quote = s[i] == ',' || s[i] == '"' || s[i] == '\r' || s[i] == '\n';
    if (!quote && n > 0) {
        fwrite(s, 1, n, to);
        return;
    }
    fputc('"', to);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"') fputc('"', to);
        fputc(s[i], to);
    }
    fputc('"', to);
}

static void tsv_field(FILE *to, const char *s, size_t n)
{
    for (const char *end = s + n; s < end; s++) {
        switch (*s) {
        case '\t': fputs("\\t", to); break;
        case '\n': fputs("\\n", to); break;
        case '\r': fputs("\\r", to); break;
        case '\\': fputs("\\\\", to); break;
        default: fputc(*s, to);
        }
    }
}

static void json_text(FILE *to, const char *s, size_t n)
{
    fputc('"', to);
    for (const char *end = s + n; s < end; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\') {
            fputc('\\', to);
            fputc(c, to);
        } else if (c == '\n') {
            fputs("\\n", to);
        } else if (c < 0x20) {
            fprintf(to, "\\u%04x", c);
        } else {
            fputc(c, to);
        }
    }
    fputc('"', to);
}

/* A value as Hive and spark-sql print it: [1,"a"], {"field":1}, {key:value}; texts are quoted inside of others only. */
static void spark_value(FILE *to, const brasa_value *v, bool inside)
{
    brasa_kind k = v->type.kind;

    if (v->null) {
        fputs(inside ? "null" : "NULL", to);
    } else if (k == BRASA_KIND_LIST || k == BRASA_KIND_VECTOR) {
        for (int32_t i = 0; i < v->u.list.n; i++) {
            fputc(i == 0 ? '[' : ',', to);
            spark_value(to, &v->u.list.items[i], true);
        }
        fputs(v->u.list.n == 0 ? "[]" : "]", to);
    } else if (k == BRASA_KIND_STRUCT) {
        for (int32_t i = 0; i < v->u.list.n; i++) {
            fprintf(to, "%s\"%s\":", i == 0 ? "{" : ",", v->type.fields[i].name);
            spark_value(to, &v->u.list.items[i], true);
        }
        fputs(v->u.list.n == 0 ? "{}" : "}", to);
    } else if (k == BRASA_KIND_MAP) {
        for (int32_t i = 0; i < v->u.list.n; i++) {
            fputc(i == 0 ? '{' : ',', to);
            spark_value(to, &v->u.list.items[i].u.list.items[0], true);
            fputc(':', to);
            spark_value(to, &v->u.list.items[i].u.list.items[1], true);
        }
        fputs(v->u.list.n == 0 ? "{}" : "}", to);
    } else {
        size_t n;
        char  *text = brasa_value_text_new(v, &n);
        bool   quoted = inside && k == BRASA_KIND_STRING;

        if (quoted) fputc('"', to);
        fwrite(text, 1, n, to);
        if (quoted) fputc('"', to);
        brasa_text_free(text);
    }
}

static bool is_number(const brasa_value *v, const char *text)
{
    switch ((int)v->type.kind) {
    case BRASA_KIND_BOOL:
    case BRASA_KIND_INT8:
    case BRASA_KIND_INT16:
    case BRASA_KIND_INT32:
    case BRASA_KIND_INT64:
    case BRASA_KIND_DECIMAL: return true;
    case BRASA_KIND_FLOAT32:
    case BRASA_KIND_FLOAT64: return strpbrk(text, "nNiI") == NULL; /* NaN and Infinity are text in JSON */
    default: return false;
    }
}

static void json_value(FILE *to, const brasa_value *v)
{
    brasa_kind k = v->type.kind;
    bool       object = k == BRASA_KIND_STRUCT || k == BRASA_KIND_MAP;

    if (v->null) {
        fputs("null", to);
    } else if (object || k == BRASA_KIND_LIST || k == BRASA_KIND_VECTOR) {
        fputc(object ? '{' : '[', to);
        for (int32_t i = 0; i < v->u.list.n; i++) {
            const brasa_value *item = &v->u.list.items[i];

            if (i > 0) fputc(',', to);
            if (k == BRASA_KIND_STRUCT) {
                json_text(to, v->type.fields[i].name, strlen(v->type.fields[i].name));
            } else if (k == BRASA_KIND_MAP) {
                size_t n;
                char  *key = brasa_value_text_new(&item->u.list.items[0], &n);

                json_text(to, key, n);
                brasa_text_free(key);
                item = &item->u.list.items[1];
            }
            if (object) fputc(':', to);
            json_value(to, item);
        }
        fputc(object ? '}' : ']', to);
    } else {
        size_t n;
        char  *text = brasa_value_text_new(v, &n);

        if (is_number(v, text)) {
            fputs(text, to);
        } else {
            json_text(to, text, n);
        }
        brasa_text_free(text);
    }
}

static void header(const shell *sh, brasa_schema s)
{
    for (int32_t c = 0; c < s.ncols; c++) {
        if (c > 0) fputc(sh->format == SHELL_CSV ? ',' : '\t', sh->out);
        if (sh->format == SHELL_CSV) {
            csv_field(sh->out, s.cols[c].name, strlen(s.cols[c].name), false);
        } else {
            tsv_field(sh->out, s.cols[c].name, strlen(s.cols[c].name));
        }
    }
    fputc('\n', sh->out);
}

/* A field of CSV or tab-separated text. */
static void field(const shell *sh, const brasa_value *v)
{
    bool        csv = sh->format == SHELL_CSV;
    const char *null = sh->null_text != NULL ? sh->null_text : csv ? "" : "\\N";
    size_t      n;
    char       *text;

    if (v->null) {
        fputs(null, sh->out);
        return;
    }
    text = brasa_value_text_new(v, &n);
    if (csv) {
        csv_field(sh->out, text, n, sh->null_text != NULL && strcmp(text, sh->null_text) == 0);
    } else {
        tsv_field(sh->out, text, n);
    }
    brasa_text_free(text);
}

static void cell(const shell *sh, brasa_schema s, int32_t c, const brasa_value *v)
{
    switch (sh->format) {
    case SHELL_CSV:
    case SHELL_TSV:
        if (c > 0) fputc(sh->format == SHELL_CSV ? ',' : '\t', sh->out);
        field(sh, v);
        break;
    case SHELL_JSON:
        fputs(c > 0 ? "," : "{", sh->out);
        json_text(sh->out, s.cols[c].name, strlen(s.cols[c].name));
        fputc(':', sh->out);
        json_value(sh->out, v);
        break;
    case SHELL_SPARK:
        if (c > 0) fputc('\t', sh->out);
        if (v->null && sh->null_text != NULL) {
            fputs(sh->null_text, sh->out);
        } else {
            spark_value(sh->out, v, false);
        }
        break;
    case SHELL_TABLE: break;
    }
}

/* What DESCRIBE gives: spark-sql fills its columns up to 20 characters. */
static bool is_description(brasa_schema s)
{
    return s.ncols == 3 && strcmp(s.cols[0].name, "col_name") == 0 && strcmp(s.cols[1].name, "data_type") == 0 &&
           strcmp(s.cols[2].name, "comment") == 0;
}

static void print_description(const shell *sh, const brasa_result *r)
{
    for (int64_t i = 0; i < brasa_result_rows(r); i++) {
        for (int32_t c = 0; c < 3; c++) {
            brasa_value v = brasa_result_value(r, i, c);

            fprintf(sh->out, "%s%-20.*s", c > 0 ? "\t" : "", v.null ? 0 : (int)v.u.s.n, v.null ? "" : v.u.s.p);
        }
        fputc('\n', sh->out);
    }
}

void shell_print(const shell *sh, const brasa_result *r)
{
    brasa_schema s = brasa_result_schema(r);

    if (sh->format == SHELL_SPARK && is_description(s)) {
        print_description(sh, r);
        return;
    }

    if (sh->format == SHELL_TABLE) {
        brasa_result_print(r, sh->out);
        return;
    }
    if (sh->format != SHELL_JSON && sh->format != SHELL_SPARK) header(sh, s);
    for (int64_t i = 0; i < brasa_result_rows(r) && !shell_interrupted(); i++) {
        for (int32_t c = 0; c < s.ncols; c++) {
            brasa_value v = brasa_result_value(r, i, c);

            cell(sh, s, c, &v);
        }
        fputs(sh->format == SHELL_JSON ? "}\n" : "\n", sh->out);
    }
}
