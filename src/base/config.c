/* config.c -- the table of settings and a rank's values of them.
 *
 * Invariant: every value held has been checked against its setting's type and range, and its text and number agree.
 * Values change only between jobs; tasks read them without a lock.
 */
#include "base/config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/zone.h"

typedef enum value_type { TYPE_INT, TYPE_BYTES, TYPE_BOOL, TYPE_FLOAT, TYPE_TEXT } value_type;

typedef struct setting {
    const char *key;
    value_type  type;
    const char *def;
    const char *doc;
} setting;

static const setting settings[BRASA_SETTING_COUNT] = {
#define X(name, key, type, def, doc) {key, TYPE_##type, def, doc},
#include "base/config.def"
#undef X
};

typedef struct value {
    char                *text; /* NULL: the default */
    int64_t              number;
    double               real;
    brasa_setting_origin origin;
} value;

struct brasa_config {
    value values[BRASA_SETTING_COUNT];
};

static const char *const type_forms[] = {
    "a whole number, as in 8", "a size, as in 64M or 2G", "true or false", "a number, as in 0.5", "text",
};

static bool parse_int(const char *text, int64_t *out)
{
    char *end;

    errno = 0;
    long long v = strtoll(text, &end, 10);
    *out = v;
    return end != text && *end == '\0' && errno == 0;
}

/* 64M, 2G, 1.5G, 4096, 16MiB, 10kB: powers of 1024. */
static bool parse_bytes(const char *text, int64_t *out)
{
    char  *end;
    double v = strtod(text, &end);
    int    shift = 0;

    if (end == text || !isfinite(v) || v < 0) return false;
    switch (*end) {
    case 'k':
    case 'K': shift = 10; break;
    case 'm':
    case 'M': shift = 20; break;
    case 'g':
    case 'G': shift = 30; break;
    case 't':
    case 'T': shift = 40; break;
    default: break;
    }
    if (shift) end++;
    if (shift && strcasecmp(end, "ib") == 0) end += 2;
    if (strcasecmp(end, "b") == 0) end++;
    v *= (double)((int64_t)1 << shift);
    if (*end != '\0' || v >= 9.2e18) return false;
    *out = (int64_t)v;
    return true;
}

static bool parse_bool(const char *text, int64_t *out)
{
    static const char *const yes[] = {"true", "1", "on", "yes"};
    static const char *const no[] = {"false", "0", "off", "no"};

    for (int i = 0; i < 4; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *out = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool parse_float(const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out);
}

static bool parse_value(value_type type, const char *text, value *out)
{
    switch (type) {
    case TYPE_INT: return parse_int(text, &out->number);
    case TYPE_BYTES: return parse_bytes(text, &out->number);
    case TYPE_BOOL: return parse_bool(text, &out->number);
    case TYPE_FLOAT: return parse_float(text, &out->real);
    case TYPE_TEXT: return true;
    }
    return false;
}

/* Is `text` one of the words of a list? */
static bool is_word(const char *text, const char *words)
{
    size_t n = strlen(text);

    for (const char *p = words; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " ")) {
        if (strcspn(p, " ") == n && strncmp(p, text, n) == 0) return true;
    }
    return false;
}

/* What the type does not say.  NULL when it is in range, else what the range is. */
static const char *out_of_range(brasa_setting s, const value *v)
{
    brasa_log_level level;

    if (s == BRASA_SET_BATCH_ROWS) return v->number < 64 || v->number > 2048 || v->number % 64 ? "64 to 2048 in steps of 64" : NULL;
    if (s == BRASA_SET_BLOCK_ROWS) return v->number < 1 || v->number > INT32_MAX ? "1 to 2147483647" : NULL;
    if (s == BRASA_SET_ROUND_BYTES) return v->number < 1024 || v->number > 1 << 30 ? "1K to 1G" : NULL;
    if (s == BRASA_SET_THREADS) return v->number < 0 || v->number > 1024 ? "0 to 1024" : NULL;
    if (s == BRASA_SET_DEADLINE) return v->number < 1 || v->number > INT32_MAX ? "at least 1" : NULL;
    if (s == BRASA_SET_PROGRESS_INTERVAL) return v->number < 0 || v->number > INT32_MAX ? "0, or seconds" : NULL;
    if (s == BRASA_SET_SHUFFLE_PARTITIONS) return v->number < 0 || v->number > 1000000 ? "0 to 1000000" : NULL;
    if (s == BRASA_SET_DRIVER_MEMORY) return v->number < 0 ? "at least 0" : NULL;
    if (s == BRASA_SET_BIND) {
        bool known = !v->text || strcmp(v->text, "none") == 0 || strcmp(v->text, "domain") == 0 || strcmp(v->text, "core") == 0;
        return known ? NULL : "none, domain or core";
    }
    if (s == BRASA_SET_DEBUG_RANK) return v->number < -1 || v->number > INT32_MAX ? "-1, or a rank" : NULL;
    if (s == BRASA_SET_PROGRESS) return is_word(v->text, "off bar log json auto") ? NULL : "off, bar, log, json or auto";
    if (s == BRASA_SET_TIMESTAMP_TYPE)
        return is_word(v->text, "ltz ntz TIMESTAMP_LTZ TIMESTAMP_NTZ timestamp_ltz timestamp_ntz") ? NULL : "ltz or ntz";
    if (s == BRASA_SET_STRING_ESCAPES) return is_word(v->text, "off spark") ? NULL : "off or spark";
    if (s == BRASA_SET_TIMEZONE) {
        bool known = !v->text || brasa__zone_find(v->text, strlen(v->text)) != NULL;
        return known ? NULL
               : strcasecmp(v->text, "LOCAL") == 0
                   ? "a zone as Europe/Berlin or an offset as +02:00, and that of this machine (TZ) is neither"
                   : "a zone as Europe/Berlin, an offset as +02:00, or LOCAL";
    }
    if (s == BRASA_SET_LOG) return brasa__log_level_parse(v->text, &level) ? NULL : "error, warn, info or debug";
    return NULL;
}

brasa_config *brasa__config_new(void)
{
    brasa_config *c = brasa__alloc_untracked(sizeof *c);

    for (int i = 0; i < BRASA_SETTING_COUNT; i++) parse_value(settings[i].type, settings[i].def, &c->values[i]);
    return c;
}

void brasa__config_free(brasa_config *c)
{
    if (!c) return;
    for (int i = 0; i < BRASA_SETTING_COUNT; i++) free(c->values[i].text);
    free(c);
}

/* _ and - are one, and so are upper and lower case: BRASA_BATCH_ROWS is batch-rows. */
static bool same_key(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char x = a[i] == '_' ? '-' : a[i];
        if (strncasecmp(&x, &b[i], 1) != 0) return false;
    }
    return b[n] == '\0';
}

static int find_key(const char *key, size_t n)
{
    static const struct {
        const char   *key;
        brasa_setting means;
    } spark[] = {{"spark.sql.session.timeZone", BRASA_SET_TIMEZONE},
                 {"spark.sql.timestampType", BRASA_SET_TIMESTAMP_TYPE},
                 {"spark.sql.ansi.enabled", BRASA_SET_ANSI},
                 {"spark.sql.parser.quotedRegexColumnNames", BRASA_SET_QUOTED_PATTERNS},
                 {"spark.sql.cteRecursionLevelLimit", BRASA_SET_RECURSION_LEVELS},
                 {"spark.sql.cteRecursionRowLimit", BRASA_SET_RECURSION_ROWS}};

    for (size_t i = 0; i < sizeof spark / sizeof *spark; i++) /* what scripts for Spark set */
        if (n == strlen(spark[i].key) && strncasecmp(key, spark[i].key, n) == 0) return (int)spark[i].means;
    for (int i = 0; i < BRASA_SETTING_COUNT; i++) {
        if (strlen(settings[i].key) == n && same_key(key, settings[i].key, n)) return i;
    }
    return -1;
}

int32_t brasa__setting_find(const char *key)
{
    return find_key(key, strlen(key));
}

static brasa_status no_such_key(const char *key, brasa_error *err)
{
    const char *names[BRASA_SETTING_COUNT];

    brasa__fail(err, BRASA_INVALID, "there is no setting '%s'", key);
    for (int i = 0; i < BRASA_SETTING_COUNT; i++) names[i] = settings[i].key;
    const char *near = brasa__near_miss(key, names, BRASA_SETTING_COUNT);
    if (near) brasa__fail_more(err, "; did you mean '%s'?", near);
    return BRASA_INVALID;
}

/* Settings that others hold a parsed form of are passed on when the configuration is a rank's own. */
static brasa_status pass_on(const brasa_config *c, brasa_setting s, const char *text, brasa_error *err)
{
    brasa_ctx      *ctx = brasa__ctx();
    brasa_log_level level;

    if (ctx->config != c) return BRASA_OK;
    if (s == BRASA_SET_LOG && ctx->log && brasa__log_level_parse(text, &level)) brasa__log_set_level(ctx->log, level);
    if (s == BRASA_SET_FAULTS && ctx->faults) return brasa__faults_set(ctx->faults, text, err);
    return BRASA_OK;
}

static brasa_status check_value(int s, const char *text, value *v, brasa_error *err)
{
    const setting *row = &settings[s];
    const char    *range;

    v->text = (char *)(uintptr_t)text;
    if (!parse_value(row->type, text, v))
        return brasa__fail(err, BRASA_INVALID, "setting %s: '%s' is not %s", row->key, text, type_forms[row->type]);
    range = out_of_range((brasa_setting)s, v);
    return range == NULL ? BRASA_OK
                         : brasa__fail(err, BRASA_INVALID, "setting %s: '%s' is out of range; it takes %s", row->key, text, range);
}

static brasa_status set_value(brasa_config *c, int s, const char *text, brasa_setting_origin origin, brasa_error *err)
{
    value v = {.origin = origin};

    BRASA_TRY(check_value(s, text, &v, err));
    if (s == BRASA_SET_TIMEZONE)
        text = brasa__zone_name(brasa__zone_find(text, strlen(text))); /* LOCAL is that of the rank that was told */
    BRASA_TRY(pass_on(c, (brasa_setting)s, text, err));
    v.text = brasa__alloc_untracked(strlen(text) + 1);
    memcpy(v.text, text, strlen(text) + 1);
    free(c->values[s].text);
    c->values[s] = v;
    return BRASA_OK;
}

brasa_status brasa__config_set(brasa_config *c, const char *key, const char *text, brasa_error *err)
{
    int s = find_key(key, strlen(key));

    if (s < 0) return no_such_key(key, err);
    return set_value(c, s, text, BRASA_FROM_PROGRAM, err);
}

/* What a rank is when it has started. */
static bool counts_at_start(brasa_setting s)
{
    static const brasa_setting those[] = {BRASA_SET_THREADS,      BRASA_SET_MEMORY,    BRASA_SET_DRIVER_MEMORY,
                                          BRASA_SET_DRIVER_WORKS, BRASA_SET_BIND,      BRASA_SET_DEADLINE,
                                          BRASA_SET_SCRATCH,      BRASA_SET_EVENT_LOG, BRASA_SET_DEBUG_RANK};

    for (size_t i = 0; i < sizeof those / sizeof *those; i++)
        if (those[i] == s) return true;
    return false;
}

brasa_status brasa__config_change(brasa_config *c, const char *key, const char *text, brasa_error *err)
{
    int   s = find_key(key, strlen(key));
    value v = {0};

    if (s < 0) return no_such_key(key, err);
    if (!counts_at_start((brasa_setting)s)) return set_value(c, s, text, BRASA_FROM_PROGRAM, err);
    BRASA_TRY(check_value(s, text, &v, err));
    if (strcmp(text, brasa__config_text(c, (brasa_setting)s)) != 0)
        brasa__log(BRASA_LOG_WARN, "setting %s counts at the start only, and is left as it was: start with --%s=%s", settings[s].key,
                   settings[s].key, text);
    return BRASA_OK;
}

extern char **environ;

/* Variables that are not for the ranks: those of tests, and those of brasa-submit. */
static bool is_for_others(const char *variable)
{
    static const char *const names[] = {"SUBMIT", "CONF", "WORKERS", "LAUNCHER", "HOSTS", "OVERSUBSCRIBE", "REMOTE_SHELL"};
    const char              *key = variable + 6;
    size_t                   n = strcspn(key, "=");

    if (strncmp(key, "TEST_", 5) == 0) return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == n && memcmp(names[i], key, n) == 0) return true;
    return false;
}

brasa_status brasa__config_from_env(brasa_config *c, brasa_error *err)
{
    for (char **e = environ; *e; e++) {
        if (strncmp(*e, "BRASA_", 6) != 0 || is_for_others(*e)) continue;
        const char *key = *e + 6;
        size_t      n = strcspn(key, "=");
        if (key[n] != '=') continue;
        int s = find_key(key, n);
        if (s < 0) {
            char name[64];
            snprintf(name, sizeof name, "%.*s", (int)(n < 63 ? n : 63), key);
            for (char *p = name; *p; p++) *p = *p == '_' ? '-' : (char)(*p | (*p >= 'A' && *p <= 'Z' ? 32 : 0));
            no_such_key(name, err);
            return brasa__fail_more(err, " (from the environment: BRASA_%.*s)", (int)(n < 200 ? n : 200), key);
        }
        if (set_value(c, s, key + n + 1, BRASA_FROM_ENVIRONMENT, err) != BRASA_OK) {
            return brasa__fail_more(err, " (from the environment: BRASA_%.*s)", (int)n, key);
        }
    }
    return BRASA_OK;
}

/* One argument, and the next where it is the value: how many were taken, 0 when it is not ours, -1 on error. */
static int take_arg(brasa_config *c, char **argv, int left, brasa_error *err)
{
    const char *arg = argv[0];

    if (strncmp(arg, "--", 2) != 0) return 0;
    size_t n = strcspn(arg + 2, "=");
    int    s = find_key(arg + 2, n);
    if (s < 0) return 0;
    const char *text = arg + 2 + n;
    if (*text == '=') return set_value(c, s, text + 1, BRASA_FROM_COMMAND_LINE, err) == BRASA_OK ? 1 : -1;
    if (settings[s].type == TYPE_BOOL) return set_value(c, s, "true", BRASA_FROM_COMMAND_LINE, err) == BRASA_OK ? 1 : -1;
    if (left < 2) {
        brasa__fail(err, BRASA_INVALID, "option --%s needs a value: %s", settings[s].key, type_forms[settings[s].type]);
        return -1;
    }
    return set_value(c, s, argv[1], BRASA_FROM_COMMAND_LINE, err) == BRASA_OK ? 2 : -1;
}

brasa_status brasa__config_from_args(brasa_config *c, int *argc, char **argv, brasa_error *err)
{
    int kept = 1, i = 1;

    while (i < *argc && strcmp(argv[i], "--") != 0) {
        int taken = take_arg(c, argv + i, *argc - i, err);
        if (taken < 0) return BRASA_INVALID;
        if (taken == 0) argv[kept++] = argv[i++];
        i += taken;
    }
    while (i < *argc) argv[kept++] = argv[i++];
    if (kept < *argc) argv[kept] = NULL;
    *argc = *argc > 0 ? kept : 0;
    return BRASA_OK;
}

/* The value in force for the calling thread; `scratch` holds a default where the thread has no configuration. */
static const value *value_of(brasa_setting s, value *scratch)
{
    const brasa_config *c = brasa__ctx()->config;

    if (c) return &c->values[s];
    *scratch = (value) {0};
    parse_value(settings[s].type, settings[s].def, scratch);
    return scratch;
}

int64_t brasa__setting_int(brasa_setting s)
{
    value v;

    return value_of(s, &v)->number;
}

bool brasa__setting_bool(brasa_setting s)
{
    return brasa__setting_int(s) != 0;
}

double brasa__setting_float(brasa_setting s)
{
    value        v;
    const value *in_force = value_of(s, &v);

    return settings[s].type == TYPE_FLOAT ? in_force->real : (double)in_force->number;
}

const char *brasa__setting_text(brasa_setting s)
{
    value        v;
    const value *in_force = value_of(s, &v);

    return in_force->text ? in_force->text : settings[s].def;
}

bool brasa__setting_has_word(brasa_setting s, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = brasa__setting_text(s); *at != '\0';) {
        size_t len = strcspn(at, ", ");

        if (len == n && strncmp(at, word, n) == 0) return true;
        at += len;
        at += strspn(at, ", ");
    }
    return false;
}

int32_t brasa__setting_count(void)
{
    return BRASA_SETTING_COUNT;
}

const char *brasa__setting_key(brasa_setting s)
{
    return settings[s].key;
}

const char *brasa__setting_doc(brasa_setting s)
{
    return settings[s].doc;
}

const char *brasa__setting_default(brasa_setting s)
{
    return settings[s].def;
}

const char *brasa__config_text(const brasa_config *c, brasa_setting s)
{
    return c->values[s].text ? c->values[s].text : settings[s].def;
}

brasa_setting_origin brasa__config_origin(const brasa_config *c, brasa_setting s)
{
    return c->values[s].origin;
}

const char *brasa__config_origin_name(brasa_setting_origin o)
{
    static const char *const names[] = {"default", "file", "environment", "command line", "program"};

    return names[o];
}

void brasa__config_put(const brasa_config *c, brasa_wire *w)
{
    brasa__put_i32(w, BRASA_SETTING_COUNT);
    for (int i = 0; i < BRASA_SETTING_COUNT; i++) brasa__put_str(w, c->values[i].text);
}

brasa_status brasa__config_get(brasa_config *c, brasa_reader *r, brasa_error *err)
{
    int32_t count = brasa__get_count(r, 8);

    if (r->bad || count != BRASA_SETTING_COUNT) {
        return brasa__fail(err, BRASA_CORRUPT, "the message with the settings holds %d settings, not %d", count, BRASA_SETTING_COUNT);
    }
    for (int i = 0; i < count; i++) {
        uint64_t    len = brasa__get_u64(r);
        bool        is_default = r->bad || len == UINT64_MAX;
        const char *text = is_default ? settings[i].def : brasa__get_bytes(r, len);
        char       *copy = text ? strndup(text, is_default ? SIZE_MAX : len) : NULL;
        /* What is in force is not set again: that would start the counts of the fault points anew. */
        bool         change = copy && !r->bad && strcmp(copy, brasa__config_text(c, (brasa_setting)i)) != 0;
        brasa_status status = change ? set_value(c, i, copy, BRASA_FROM_PROGRAM, err) : BRASA_OK;
        free(copy);
        if (status != BRASA_OK) return status;
    }
    return r->bad ? brasa__fail(err, BRASA_CORRUPT, "the message with the settings is cut short") : BRASA_OK;
}
