/* resolve.c -- see resolve.h. */
#include "expr/resolve.h"

#include "expr/bind.h"

brasa_status brasa__resolve_arg(brasa_type *type, brasa_kind kind)
{
    brasa_type want = brasa__type(kind);

    if (type->kind == kind) return BRASA_OK;
    if (!brasa__type_can_cast(*type, want, true)) return BRASA_TYPE;
    *type = want;
    return BRASA_OK;
}

brasa_status brasa__resolve_seed(brasa_type *type)
{
    if (type->kind != BRASA_KIND_NULL && !brasa__type_is_integer(*type)) return BRASA_TYPE;
    *type = brasa__type(BRASA_KIND_INT64);
    return BRASA_OK;
}

static brasa_status all_of(brasa_type *types, int32_t from, int32_t n, brasa_kind kind)
{
    for (int32_t i = from; i < n; i++) BRASA_TRY(brasa__resolve_arg(&types[i], kind));
    return BRASA_OK;
}

static brasa_status common(brasa_arena *arena, brasa_type *types, int32_t n, brasa_type *out)
{
    *out = types[0];
    for (int32_t i = 1; i < n; i++)
        if (!brasa__type_common(arena, *out, types[i], out)) return BRASA_TYPE;
    for (int32_t i = 0; i < n; i++) types[i] = *out;
    return BRASA_OK;
}

BRASA_RESOLVE(all_bool)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_BOOL);
    return all_of(types, 0, n, BRASA_KIND_BOOL);
}

BRASA_RESOLVE(any_to_bool)
{
    (void)arena, (void)f, (void)err, (void)types, (void)n;
    *result = brasa__type(BRASA_KIND_BOOL);
    return BRASA_OK;
}

BRASA_RESOLVE(same_to_bool)
{
    brasa_type t;

    *result = brasa__type(BRASA_KIND_BOOL);
    BRASA_TRY(common(arena, types, n, &t));
    return brasa__type_holds_map(t)
               ? brasa__fail(err, BRASA_TYPE, "%s of maps, which have no order and no equality; compare map_entries() or elements", f->name)
               : BRASA_OK;
}

BRASA_RESOLVE(same_to_same)
{
    (void)f, (void)err;
    return common(arena, types, n, result);
}

BRASA_RESOLVE(strings_to_string)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    return all_of(types, 0, n, BRASA_KIND_STRING);
}

BRASA_RESOLVE(strings_to_bool)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_BOOL);
    return all_of(types, 0, n, BRASA_KIND_STRING);
}

BRASA_RESOLVE(strings_to_int)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_INT32);
    return all_of(types, 0, n, BRASA_KIND_STRING);
}

BRASA_RESOLVE(string_ints_to_string)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_STRING);
    BRASA_TRY(brasa__resolve_arg(&types[0], BRASA_KIND_STRING));
    return all_of(types, 1, n, BRASA_KIND_INT32);
}

BRASA_RESOLVE(doubles_to_double)
{
    (void)arena, (void)f, (void)err;
    *result = brasa__type(BRASA_KIND_FLOAT64);
    return all_of(types, 0, n, BRASA_KIND_FLOAT64);
}
