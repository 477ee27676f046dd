/* sql/sequence_from_pg.c -- CREATE SEQUENCE and ALTER SEQUENCE: options as texts. */
#include <string.h>

#include "sql/query_from_pg.h"

/* A number as text; NULL: NO MINVALUE, RESTART without a number. */
static const char *number(brasa_pg *p, const PgQuery__Node *n)
{
    if (n == NULL) return NULL;
    if (n->node_case == PG_QUERY__NODE__NODE_INTEGER) return brasa__arena_printf(p->arena, "%d", (int)n->integer->ival);
    if (n->node_case == PG_QUERY__NODE__NODE_FLOAT) return brasa__arena_strdup(p->arena, n->float_->fval);
    if (n->node_case == PG_QUERY__NODE__NODE_BOOLEAN) return n->boolean->boolval ? "1" : "0";
    return NULL;
}

static void options(brasa_pg *p, size_t n, PgQuery__Node *const *items, brasa_statement *out)
{
    brasa_option *list = BRASA_NEWS(p->arena, brasa_option, n + 1);

    for (size_t i = 0; i < n; i++) {
        const PgQuery__DefElem *d = items[i]->def_elem;

        list[i] = (brasa_option) {brasa__arena_strdup(p->arena, d->defname), number(p, d->arg)};
    }
    out->options = list;
    out->noptions = (int32_t)n;
}

brasa_status brasa__pg_create_sequence(brasa_pg *p, const PgQuery__CreateSeqStmt *s, brasa_statement *out)
{
    out->kind = BRASA_STATEMENT_SEQUENCE;
    out->name = brasa__arena_strdup(p->arena, s->sequence->relname);
    out->if_not_exists = s->if_not_exists != 0;
    options(p, s->n_options, s->options, out);
    return BRASA_OK;
}

brasa_status brasa__pg_alter_sequence(brasa_pg *p, const PgQuery__AlterSeqStmt *s, brasa_statement *out)
{
    out->kind = BRASA_STATEMENT_SEQUENCE;
    out->name = brasa__arena_strdup(p->arena, s->sequence->relname);
    out->if_exists = s->missing_ok != 0;
    out->overwrite = true;
    options(p, s->n_options, s->options, out);
    return BRASA_OK;
}
