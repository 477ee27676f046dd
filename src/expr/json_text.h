/* expr/json_text.h -- JSON (RFC 8259) where it stands in text: passed over, unescaped.  func_json.c. */
#ifndef BRASA_EXPR_JSON_TEXT_H
#define BRASA_EXPR_JSON_TEXT_H

#include "base/arena.h"
#include "data/value.h"

const char *brasa__json_skip_blank(const char *p, const char *end);
/* Behind the value at p; NULL: it is none.  `depth` of values around it. */
const char *brasa__json_skip_value(const char *p, const char *end, int depth);
/* The text of the quoted string at p. */
void brasa__json_unescape(const char *p, const char *end, brasa_text *out);
/* A value as JSON; nulls stay. */
void brasa__json_put(const brasa_value *v, brasa_text *out);

#endif
