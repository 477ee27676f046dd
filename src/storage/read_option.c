/* read_option.c -- the options of reading by name, as read_csv('x.csv', delim => '|'), OPTIONS (sep '|') and the like give them.
 *
 * Names are those of brasa_read_options, and what DuckDB and Spark call the same.  What is found out anyway (compression, records of several lines)
 * is taken and says nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "storage/table.h"

typedef struct {
    brasa_arena     *arena;
    brasa_read_spec *spec;
    const char      *name, *value;
    brasa_error     *err;
} option;

static brasa_status invalid(const option *o, const char *what)
{
    return brasa__fail(o->err, BRASA_INVALID, "%s is %s, not '%s'", o->name, what, o->value);
}

/* "\\t" is a tab. */
static const char *unescaped(const option *o)
{
    char *out = brasa__arena_strdup(o->arena, o->value), *to = out;

    for (const char *p = o->value; *p != '\0'; p++) {
        char c = *p;

        if (c == '\\' && p[1] != '\0' && strchr("tnr\\", p[1]) != NULL) {
            p++;
            c = (char)(*p == 't' ? '\t' : *p == 'n' ? '\n' : *p == 'r' ? '\r' : '\\');
        }
        *to++ = c;
    }
    *to = '\0';
    return out;
}

static brasa_status one_char(const option *o, char *out)
{
    const char *text = unescaped(o);

    if (strlen(text) > 1) return invalid(o, "one character");
    *out = text[0];
    return BRASA_OK;
}

static brasa_status truth(const option *o, bool *out)
{
    static const char *const yes[] = {"true", "on", "yes", "1", "t", ""}, *const no[] = {"false", "off", "no", "0", "f"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (strcasecmp(o->value, yes[i]) == 0) {
            *out = true;
            return BRASA_OK;
        }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (strcasecmp(o->value, no[i]) == 0) {
            *out = false;
            return BRASA_OK;
        }
    return invalid(o, "true or false");
}

static brasa_status delimiter(const option *o)
{
    const char *text = unescaped(o);

    if (text[0] == '\0') return invalid(o, "a character, or several");
    o->spec->delimiter = text[0];
    if (text[1] != '\0') o->spec->separator = text;
    return BRASA_OK;
}

static brasa_status header(const option *o)
{
    bool yes;

    BRASA_TRY(truth(o, &yes));
    o->spec->header = yes ? 1 : -1;
    return BRASA_OK;
}

static brasa_status skip(const option *o)
{
    char *end;

    o->spec->skip = strtoll(o->value, &end, 10);
    return o->value[0] == '\0' || *end != '\0' || o->spec->skip < 0 ? invalid(o, "a number of lines") : BRASA_OK;
}

/* What becomes of malformed records, in Spark's words. */
static brasa_status mode(const option *o)
{
    o->spec->lenient = strcasecmp(o->value, "PERMISSIVE") == 0;
    o->spec->skip_bad = strcasecmp(o->value, "DROPMALFORMED") == 0;
    return o->spec->lenient || o->spec->skip_bad || strcasecmp(o->value, "FAILFAST") == 0
               ? BRASA_OK
               : invalid(o, "PERMISSIVE, DROPMALFORMED or FAILFAST");
}

static brasa_status infer(const option *o)
{
    bool yes;

    BRASA_TRY(truth(o, &yes));
    o->spec->all_text = !yes;
    return BRASA_OK;
}

static brasa_status nothing(const option *o)
{
    (void)o;
    return BRASA_OK;
}

typedef enum { TRUTH, CHARACTER, TEXT, OTHER } option_kind;
static const struct {
    const char *name;
    option_kind kind;
    size_t      at; /* in the spec */
    brasa_status (*set)(const option *o);
} options[] = {
#define AT(member) offsetof(brasa_read_spec, member), NULL
    {"schema", TEXT, AT(schema)},
    {"header", OTHER, 0, header},
    {"delimiter", OTHER, 0, delimiter},
    {"delim", OTHER, 0, delimiter},
    {"sep", OTHER, 0, delimiter},
    {"quote", CHARACTER, AT(quote)},
    {"escape", CHARACTER, AT(escape)},
    {"comment", CHARACTER, AT(comment)},
    {"null_text", TEXT, AT(null_text)},
    {"nullstr", TEXT, AT(null_text)},
    {"nullValue", TEXT, AT(null_text)},
    {"null", TEXT, AT(null_text)},
    {"skip", OTHER, 0, skip},
    {"decimal_separator", CHARACTER, AT(decimal)},
    {"encoding", TEXT, AT(encoding)},
    {"charset", TEXT, AT(encoding)},
    {"skip_bad", TRUTH, AT(skip_bad)},
    {"ignore_errors", TRUTH, AT(skip_bad)},
    {"null_padding", TRUTH, AT(pad)},
    {"mode", OTHER, 0, mode},
    {"all_varchar", TRUTH, AT(all_text)},
    {"inferSchema", OTHER, 0, infer},
    {"datasets", TEXT, AT(datasets)},
    {"as_vector", TRUTH, AT(as_vector)},
    {"uint64_decimal", TRUTH, AT(uint64_decimal)},
    {"allow_external", TRUTH, AT(allow_external)},
    {"compression", OTHER, 0, nothing},
    {"multiLine", OTHER, 0, nothing},
#undef AT
};

static brasa_status set(const option *o, size_t i)
{
    void *to = (char *)o->spec + options[i].at;

    switch (options[i].kind) {
    case TRUTH: return truth(o, to);
    case CHARACTER: return one_char(o, to);
    case TEXT: *(const char **)to = o->value; return BRASA_OK;
    case OTHER: break;
    }
    return options[i].set(o);
}

bool brasa__is_read_option(const char *name)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcasecmp(options[i].name, name) == 0) return true;
    return false;
}

brasa_status brasa__read_option(brasa_arena *arena, brasa_read_spec *spec, const char *name, const char *value, brasa_error *err)
{
    option o = {.arena = arena, .spec = spec, .name = name, .value = value, .err = err};

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcasecmp(options[i].name, name) == 0) return set(&o, i);
    brasa__fail(err, BRASA_INVALID, "there is no option %s; there are %s", name, options[0].name);
    for (size_t i = 1; i < sizeof options / sizeof *options; i++) brasa__fail_more(err, ", %s", options[i].name);
    return (brasa_status)err->code;
}
