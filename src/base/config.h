/* base/config.h -- every setting, in one table.
 *
 * A setting has a key ("shuffle-partitions"), a type, a default and a doc line; it is given as --key=value,
 * BRASA_KEY (upper case, _ for -), in the options of brasa_start, or by SET.  Later wins: default, environment,
 * options of brasa_start, command line, SET.  Rows are in config.def; add yours there.
 */
#ifndef BRASA_BASE_CONFIG_H
#define BRASA_BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/wire.h"

/* config.def holds lines X(ENUM, "key", TYPE, "default", "doc line"); TYPE is INT, BYTES (64M, 2G), BOOL, FLOAT or TEXT. */
typedef enum brasa_setting {
#define X(name, key, type, def, doc) BRASA_SET_##name,
#include "base/config.def"
#undef X
    BRASA_SETTING_COUNT
} brasa_setting;

typedef struct brasa_config brasa_config;

brasa_config *brasa__config_new(void);
void          brasa__config_free(brasa_config *c);

/* Where a value in force came from. */
typedef enum brasa_setting_origin {
    BRASA_FROM_DEFAULT,
    BRASA_FROM_FILE,
    BRASA_FROM_ENVIRONMENT,
    BRASA_FROM_COMMAND_LINE,
    BRASA_FROM_PROGRAM /* brasa__config_set */
} brasa_setting_origin;
brasa_setting_origin brasa__config_origin(const brasa_config *c, brasa_setting s);
/* "default", "file", "environment", "command line", "program" */
const char *brasa__config_origin_name(brasa_setting_origin o);

/* INVALID: no such key (with the nearest one), or a value that is not of the setting's type or range. */
brasa_status brasa__config_set(brasa_config *c, const char *key, const char *value, brasa_error *err);
/* The same when the session runs: settings that count at the start only are left, with a warning. */
brasa_status brasa__config_change(brasa_config *c, const char *key, const char *value, brasa_error *err);
/* Read BRASA_* of the environment; unknown BRASA_ names are an error with the nearest key (names that begin with BRASA_TEST_ and those of brasa-submit are skipped). */
brasa_status brasa__config_from_env(brasa_config *c, brasa_error *err);
/* Take --key=value and --key value out of argv (bool: --key alone is true); stops at "--".  *argc and argv are compacted.  Unknown options stay. */
brasa_status brasa__config_from_args(brasa_config *c, int *argc, char **argv, brasa_error *err);

/* The values of the calling thread's context. */
int64_t     brasa__setting_int(brasa_setting s);
bool        brasa__setting_bool(brasa_setting s);
double      brasa__setting_float(brasa_setting s);
const char *brasa__setting_text(brasa_setting s);                       /* valid until set again */
bool        brasa__setting_has_word(brasa_setting s, const char *word); /* one of its comma-separated words */

/* The setting that a key means (TIMEZONE is also spark.sql.session.timeZone); -1: none. */
int32_t     brasa__setting_find(const char *key);
int32_t     brasa__setting_count(void);
const char *brasa__setting_key(brasa_setting s);
const char *brasa__setting_doc(brasa_setting s);
const char *brasa__setting_default(brasa_setting s);
/* The value in force as text. */
const char *brasa__config_text(const brasa_config *c, brasa_setting s);

void         brasa__config_put(const brasa_config *c, brasa_wire *w);
brasa_status brasa__config_get(brasa_config *c, brasa_reader *r, brasa_error *err);

#endif
