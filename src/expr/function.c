/* function.c -- the registry: the groups of functions, found by name; and how a bound call finds what it calls. */
#include "expr/function.h"

#include <string.h>
#include <strings.h>

#include "expr/agg.h"
#include "expr/func_groups.h"
#include "expr/udf.h"

static const brasa_function_group *const groups[] = {
#define X(name) &brasa__functions_##name,
    BRASA_FUNCTION_GROUPS(X)
#undef X
};

enum { NGROUPS = sizeof groups / sizeof *groups };

const brasa_function *brasa__function_find(const char *name)
{
    for (int g = 0; g < NGROUPS; g++) {
        const brasa_function *list = groups[g]->functions;
        for (int32_t i = 0; i < groups[g]->count; i++)
            if (list[i].name[0] == name[0] && strcmp(list[i].name, name) == 0) return &list[i];
    }
    return NULL;
}

const brasa_function *brasa__function_of_lambda(const char *name)
{
    const brasa_function_group *g = &brasa__functions_lambda;

    for (int32_t i = 0; i < g->count; i++)
        if (strcmp(g->functions[i].name, name) == 0) return &g->functions[i];
    return brasa__function_find(name);
}

int32_t brasa__function_count(void)
{
    int32_t n = 0;

    for (int g = 0; g < NGROUPS; g++) n += groups[g]->count;
    return n;
}

const brasa_function *brasa__function_at(int32_t i)
{
    for (int g = 0; g < NGROUPS; g++) {
        if (i < groups[g]->count) return &groups[g]->functions[i];
        i -= groups[g]->count;
    }
    return NULL;
}

int32_t brasa__function_group_count(void)
{
    return NGROUPS;
}

const brasa_function_group *brasa__function_group_at(int32_t i)
{
    return groups[i];
}

brasa_status brasa__expr_constant_of(const brasa_expr *e, brasa_value *out)
{
    if (e->kind == BRASA_EXPR_LITERAL) return *out = e->value, BRASA_OK;
    if (e->kind != BRASA_EXPR_CALL || strcmp(e->name, "negative") != 0 || e->args[0]->kind != BRASA_EXPR_LITERAL) return BRASA_INVALID;
    *out = e->args[0]->value;
    if (!brasa__type_is_integer(out->type)) return BRASA_INVALID;
    out->u.i = -out->u.i;
    return BRASA_OK;
}

brasa_status brasa__call_resolve_name(brasa_expr *e, brasa_error *err)
{
    (void)err;
    e->func = brasa__function_find(e->name);
    if (e->func) return BRASA_OK;
    const brasa_udf_descriptor *d = brasa__udf_find(e->name);
    if (d == NULL || !brasa__udf_is_scalar(d)) return BRASA_OK;
    e->func = &brasa__udf_function;
    e->func_data = d;
    return BRASA_OK;
}
