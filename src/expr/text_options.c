/* expr/text_options.c -- see the header. */
#include "expr/text_options.h"

#include <string.h>
#include <strings.h>

#include "data/type.h"
#include "expr/date_arith.h"
#include "expr/bind.h"
#include "expr/function.h"

static bool is(const brasa_value *v, const char *word)
{
    return !v->null && v->u.s.n == strlen(word) && strncasecmp(v->u.s.p, word, v->u.s.n) == 0;
}

static brasa_status pattern(brasa_arena *arena, const brasa_value *v, bool reading, brasa_date_pattern *out, brasa_error *err)
{
    return brasa__date_pattern(arena, brasa__arena_strndup(arena, v->u.s.p, v->u.s.n), v->u.s.n, reading, out, err);
}

static brasa_status option(brasa_arena *arena, const brasa_value *key, const brasa_value *v, bool reading, brasa_text_options *o,
                           brasa_error *err)
{
    if (!v->null && is(key, "dateFormat")) return pattern(arena, v, reading, &o->date, err);
    if (!v->null && is(key, "timestampFormat")) return pattern(arena, v, reading, &o->timestamp, err);
    if (!v->null && is(key, "timestampNTZFormat")) return pattern(arena, v, reading, &o->ntz, err);
    if ((is(key, "sep") || is(key, "delimiter")) && !v->null && v->u.s.n == 1) {
        o->sep = v->u.s.p[0];
        return BRASA_OK;
    }
    if (is(key, "mode") && (is(v, "permissive") || is(v, "failfast"))) {
        o->failfast = is(v, "failfast");
        return BRASA_OK;
    }
    if (is(key, "mode"))
        return brasa__fail(err, BRASA_INVALID, "%s: the mode is PERMISSIVE or FAILFAST, not '%.*s'", o->name, (int)v->u.s.n, v->u.s.p);
    if (is(key, "ignoreNullFields") && (is(v, "true") || is(v, "false"))) {
        o->keeps_null = is(v, "false");
        return BRASA_OK;
    }
    if (is(key, "columnNameOfCorruptRecord") && !v->null) {
        o->corrupt = brasa__arena_strndup(arena, v->u.s.p, v->u.s.n);
        return BRASA_OK;
    }
    if (is(key, "locale") && (is(v, "en-US") || is(v, "en"))) return BRASA_OK;
    return brasa__fail(err, BRASA_UNSUPPORTED,
                       "%s has no option '%.*s' of that value; there are sep (one character), mode, dateFormat, timestampFormat, "
                       "timestampNTZFormat, ignoreNullFields and columnNameOfCorruptRecord",
                       o->name, (int)key->u.s.n, key->u.s.p);
}

brasa_status brasa__text_options(brasa_arena *arena, const brasa_expr *e, const char *name, bool reading, brasa_text_options *out,
                                 brasa_error *err)
{
    brasa_value v;

    *out = (brasa_text_options) {.name = name, .sep = ',', .corrupt = "_corrupt_record"};
    if (e == NULL) return BRASA_OK;
    if (e->type.kind != BRASA_KIND_MAP || brasa__map_key(e->type).kind != BRASA_KIND_STRING ||
        brasa__map_value(e->type).kind != BRASA_KIND_STRING || brasa__expr_constant(arena, e, &v, err) != BRASA_OK || v.null)
        return brasa__fail(err, BRASA_TYPE, "the options of %s are a constant map of texts, like map('sep', ';')", name);
    for (int32_t i = 0; i < v.u.list.n; i++) {
        const brasa_value *pair = v.u.list.items[i].u.list.items;

        BRASA_TRY(option(arena, &pair[0], &pair[1], reading, out, err));
    }
    return BRASA_OK;
}

static const brasa_date_pattern *pattern_of(const brasa_text_options *o, brasa_kind kind)
{
    const brasa_date_pattern *p = kind == BRASA_KIND_DATE            ? &o->date
                                  : kind == BRASA_KIND_TIMESTAMP     ? &o->timestamp
                                  : kind == BRASA_KIND_TIMESTAMP_NTZ ? &o->ntz
                                                                     : NULL;

    return p != NULL && p->fields != NULL ? p : NULL;
}

bool brasa__text_read(brasa_arena *arena, const brasa_text_options *o, const char *s, size_t n, brasa_type t, brasa_value *out)
{
    const brasa_date_pattern *p = pattern_of(o, t.kind);
    brasa_date_read           read;
    brasa_error               ignored;

    if (p == NULL) return brasa__value_parse(arena, s, n, t, out, &ignored) == BRASA_OK;
    if (!brasa__date_read(p, s, n, &read)) return false;
    *out = (brasa_value) {.type = t};
    if (t.kind == BRASA_KIND_DATE)
        out->u.i = brasa__timestamp_days(read.local);
    else if (t.kind == BRASA_KIND_TIMESTAMP)
        out->u.i = brasa__zone_to_utc(read.zone != NULL ? read.zone : brasa__zone_session(), read.local);
    else
        out->u.i = read.local;
    return true;
}

bool brasa__text_put(const brasa_text_options *o, const brasa_value *v, brasa_text *out)
{
    const brasa_date_pattern *p = pattern_of(o, v->type.kind);

    if (p == NULL) return false;
    if (v->type.kind == BRASA_KIND_TIMESTAMP) {
        const brasa_zone *zone = brasa__zone_session();
        int64_t           local = brasa__zone_to_local(zone, v->u.i);

        brasa__date_put(p, local, local - v->u.i, zone, out);
    } else {
        brasa__date_put(p, v->type.kind == BRASA_KIND_DATE ? v->u.i * INT64_C(86400000000) : v->u.i, 0, NULL, out);
    }
    return true;
}
