/* api/sql_create_text.c -- a table or view as the statement that makes it. */
#include <ctype.h>
#include <string.h>

#include "api/sql_inner.h"
#include "data/collation.h"
#include "data/type.h"

void brasa__sql_column_type(brasa_type t, brasa_text *out)
{
    size_t from = out->len;

    if (t.kind == BRASA_KIND_STRING && t.length > 0) {
        brasa__text_addf(out, "%s(%d)", (t.precision & BRASA_STRING_CHAR) != 0 ? "char" : "varchar", (int)t.length);
        return;
    }
    brasa__type_text(t, out);
    for (size_t k = from; k < out->len; k++) out->s[k] = (char)tolower((unsigned char)out->s[k]);
}

static void put_name(const char *name, brasa_text *out)
{
    bool plain = isalpha((unsigned char)name[0]) || name[0] == '_';

    for (const char *c = name; *c != '\0'; c++) plain = plain && (isalnum((unsigned char)*c) || *c == '_' || *c == '.');
    brasa__text_addf(out, plain ? "%s" : "`%s`", name);
}

static void put_columns(const brasa_view_entry *v, brasa_text *out)
{
    brasa_schema s = v->sql != NULL && v->sql->schema.ncols > 0 ? v->sql->schema : v->frame->node->schema;

    brasa__text_add(out, " (");
    for (int32_t i = 0; i < s.ncols; i++) {
        const brasa_expr *standard = v->sql != NULL && v->sql->defaults != NULL ? v->sql->defaults[i] : NULL;
        size_t            from;

        brasa__text_add(out, i > 0 ? ",\n  " : "\n  ");
        put_name(s.cols[i].name, out);
        brasa__text_add(out, " ");
        from = out->len;
        brasa__sql_column_type(s.cols[i].type, out);
        if (!brasa__type_is_nested(s.cols[i].type))
            for (size_t k = from; k < out->len; k++) out->s[k] = (char)toupper((unsigned char)out->s[k]);
        if (v->sql != NULL && v->sql->schema.ncols > 0 && !s.cols[i].nullable) brasa__text_add(out, " NOT NULL");
        if (standard != NULL) {
            brasa__text_add(out, " DEFAULT ");
            brasa__expr_text(standard, out);
        }
    }
    brasa__text_add(out, ")");
}

void brasa__sql_create_text(brasa_arena *arena, const char *name, const brasa_view_entry *v, brasa_text *out)
{
    const brasa_sql_object *o = v->sql;

    (void)arena;
    if (o != NULL && !o->table && o->text != NULL) {
        size_t n = strlen(o->text); /* of CREATE VIEW, as it was written */

        while (n > 0 && (isspace((unsigned char)o->text[n - 1]) || o->text[n - 1] == ';')) n--;
        brasa__text_add_n(out, o->text, n);
        return;
    }
    brasa__text_add(out, o == NULL || o->table ? "CREATE TABLE " : "CREATE VIEW ");
    put_name(name, out);
    put_columns(v, out);
    if (o != NULL && o->location != NULL) {
        brasa__text_addf(out, "\nUSING %s", o->format != NULL ? o->format : "hdf5");
        brasa__text_add(out, "\nLOCATION '");
        brasa__text_add(out, o->location);
        brasa__text_add(out, "'");
    }
}
