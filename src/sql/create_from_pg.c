/* sql/create_from_pg.c -- CREATE TABLE: columns with their types, defaults and constraints. */
#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "sql/query_from_pg.h"

/* VARCHAR(n) and CHAR(n) of a table's column are STRINGs whose type has the length, and precision 1 for CHAR: what writes rows checks it. */
static brasa_status text_length(brasa_pg *p, const PgQuery__TypeName *t, brasa_type *type)
{
    const char *name = t->names[t->n_names - 1]->string->sval;
    bool        fixed = strcmp(name, "bpchar") == 0;

    if (type->kind != BRASA_KIND_STRING || t->n_typmods != 1 || (!fixed && strcmp(name, "varchar") != 0)) return BRASA_OK;
    if (t->typmods[0]->node_case != PG_QUERY__NODE__NODE_A_CONST || t->typmods[0]->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        return BRASA_OK;
    if (t->typmods[0]->a_const->location < 0) return BRASA_OK; /* CHAR alone: PostgreSQL adds a 1 that nobody wrote */
    type->length = t->typmods[0]->a_const->ival->ival;
    type->precision = fixed;
    return type->length > 0 ? BRASA_OK
                            : brasa__pg_fail(p, t->location, BRASA_TYPE, "a text of at most %d characters; give 1 or more", type->length);
}

/* Columns of CREATE TABLE while they are read. */
typedef struct new_columns {
    const char          *table;
    int32_t              n, nserials;
    brasa_field         *fields;
    const brasa_expr   **defaults, **generated;
    const char         **serials;
    brasa_pg_constraints rules;
} new_columns;

/* SERIAL, BIGSERIAL, SMALLSERIAL are whole numbers that count up by themselves. */
static bool is_serial(const PgQuery__TypeName *t, brasa_type *out)
{
    static const struct {
        const char *name;
        brasa_kind  kind;
    } names[] = {{"serial", BRASA_KIND_INT32},  {"serial4", BRASA_KIND_INT32},     {"bigserial", BRASA_KIND_INT64},
                 {"serial8", BRASA_KIND_INT64}, {"smallserial", BRASA_KIND_INT16}, {"serial2", BRASA_KIND_INT16}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(t->names[t->n_names - 1]->string->sval, names[i].name) != 0) continue;
        *out = brasa__type(names[i].kind);
        return true;
    }
    return false;
}

/* DEFAULT nextval('table_column_seq'), a sequence that the statement makes. */
static void counts_up(brasa_pg *p, new_columns *t)
{
    const char       *name = brasa__arena_printf(p->arena, "%s_%s_seq", t->table, t->fields[t->n].name);
    brasa_value       v = brasa_value_string(name);
    const brasa_expr *text = brasa__expr_literal(p->arena, &v);

    t->serials[t->nserials++] = name;
    t->fields[t->n].nullable = false;
    t->defaults[t->n] = brasa__expr_call1(p->arena, "nextval", text);
}

/* A column's type, whether it may be null, its default, its constraints. */
static brasa_status column_def(brasa_pg *p, const PgQuery__ColumnDef *d, new_columns *t)
{
    brasa_field       *field = &t->fields[t->n];
    const brasa_expr **otherwise = &t->defaults[t->n];

    if (d->type_name == NULL) return brasa__pg_fail(p, d->location, BRASA_SYNTAX, "column %s has no type", d->colname);
    bool serial = is_serial(d->type_name, &field->type);
    bool inferred = strcmp(d->type_name->names[d->type_name->n_names - 1]->string->sval, "__inferred__") == 0; /* of a generated column */
    if (inferred) field->type = brasa__type(BRASA_KIND_NULL);
    if (!serial && !inferred) BRASA_TRY(brasa__pg_type(p, d->type_name, &field->type));
    BRASA_TRY(text_length(p, d->type_name, &field->type));
    BRASA_TRY(brasa__pg_collate_column(p, d, &field->type));
    field->name = brasa__arena_strdup(p->arena, d->colname);
    field->nullable = d->is_not_null == 0;
    if (serial) counts_up(p, t);
    for (size_t i = 0; i < d->n_constraints; i++) {
        const PgQuery__Constraint *c = d->constraints[i]->constraint;

        switch ((int)c->contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_NULL: break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL: field->nullable = false; break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT: BRASA_TRY(brasa__pg_expr(p, c->raw_expr, otherwise)); break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            field->nullable = false;
            BRASA_TRY(brasa__pg_constraint(p, c, field->name, &t->rules));
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED: BRASA_TRY(brasa__pg_expr(p, c->raw_expr, &t->generated[t->n])); break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY: counts_up(p, t); break;
        default: BRASA_TRY(brasa__pg_constraint(p, c, field->name, &t->rules)); break;
        }
    }
    return BRASA_OK;
}

brasa_status brasa__pg_create_table(brasa_pg *p, const PgQuery__CreateStmt *c, brasa_statement *out)
{
    new_columns t = {.table = c->relation->relname};
    size_t      most = c->n_table_elts;

    for (size_t i = 0; i < c->n_table_elts; i++)
        most += c->table_elts[i]->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF ? c->table_elts[i]->column_def->n_constraints : 0;
    t.fields = BRASA_NEWS(p->arena, brasa_field, c->n_table_elts + 1);
    t.defaults = BRASA_NEWS(p->arena, const brasa_expr *, c->n_table_elts + 1);
    t.generated = BRASA_NEWS(p->arena, const brasa_expr *, c->n_table_elts + 1);
    t.serials = BRASA_NEWS(p->arena, const char *, most + 1);
    t.rules.keys = BRASA_NEWS(p->arena, brasa_key, most + 1);
    t.rules.checks = BRASA_NEWS(p->arena, brasa_check, most + 1);
    out->kind = BRASA_STATEMENT_CREATE_TABLE;
    out->name = brasa__sql_table_name(p->arena, c->relation->schemaname, c->relation->relname);
    out->if_not_exists = out->if_not_exists || c->if_not_exists;
    for (size_t i = 0; i < c->n_table_elts; i++) {
        const PgQuery__Node *e = c->table_elts[i];

        if (e->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) {
            BRASA_TRY(brasa__pg_constraint(p, e->constraint, NULL, &t.rules));
            continue;
        }
        if (e->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) return brasa__pg_fail(p, -1, BRASA_UNSUPPORTED, "this part of CREATE TABLE");
        for (int32_t k = 0; k < t.n; k++) {
            if (strcasecmp(t.fields[k].name, e->column_def->colname) == 0)
                return brasa__pg_fail(p, e->column_def->location, BRASA_INVALID, "column %s stands twice", e->column_def->colname);
        }
        BRASA_TRY(column_def(p, e->column_def, &t));
        t.n++;
    }
    for (int32_t i = 0; i < t.rules.nkeys; i++) BRASA_TRY(brasa__pg_key_columns(p, &t.rules.keys[i], t.fields, t.n));
    out->keys = t.rules.keys;
    out->nkeys = t.rules.nkeys;
    out->checks = t.rules.checks;
    out->nchecks = t.rules.nchecks;
    out->references = t.rules.references;
    out->fields = t.fields;
    out->defaults = t.defaults;
    out->generated = t.generated;
    out->serials = t.serials;
    out->nserials = t.nserials;
    out->nfields = t.n;
    return t.n > 0 ? BRASA_OK : brasa__pg_fail(p, c->relation->location, BRASA_SYNTAX, "a table without columns");
}

brasa_status brasa__pg_new_column(brasa_pg *p, const PgQuery__ColumnDef *d, brasa_field *field, const brasa_expr **otherwise,
                                  brasa_pg_constraints *rules)
{
    const brasa_expr *generated = NULL;
    const char       *serial = NULL;
    new_columns t = {.table = "", .fields = field, .defaults = otherwise, .generated = &generated, .serials = &serial, .rules = *rules};

    *otherwise = NULL;
    BRASA_TRY(column_def(p, d, &t));
    *rules = t.rules;
    if (generated != NULL || serial != NULL)
        return brasa__pg_fail(p, d->location, BRASA_UNSUPPORTED, "ADD COLUMN of a generated column; make the table anew with it");
    return BRASA_OK;
}
