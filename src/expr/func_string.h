/* expr/func_string.h -- what functions of text and lists share. */
#ifndef BRASA_EXPR_FUNC_STRING_H
#define BRASA_EXPR_FUNC_STRING_H

#include <stddef.h>
#include <stdint.h>

#include "expr/function.h"

#define BRASA_MAX_TEXT ((int64_t)1 << 30) /* bytes of one value that a function makes */

/* Characters of UTF-8 text. */
int32_t brasa__utf8_count(const char *s, size_t n);
/* Bytes of the first `chars` characters, at most n. */
size_t brasa__utf8_offset(const char *s, size_t n, int64_t chars);

/* ---- func_case.c ---- */
typedef enum brasa_letter_case { BRASA_CASE_UPPER, BRASA_CASE_LOWER, BRASA_CASE_TITLE } brasa_letter_case;

/* In letters of that case; `arena` holds it when it is long. */
brasa_string brasa__text_cased(brasa_arena *arena, const brasa_string *s, brasa_letter_case how);
/* In small letters, each as if it stood alone: what texts are compared by. */
brasa_string brasa__text_lower(brasa_arena *arena, const brasa_string *s);

/* The result is the list (struct, vector) values in rows[0..batch_rows), nulls included. */
void brasa__call_set_lists(brasa_call *call, const brasa_value *rows);
/* The same for a result of any type; rows that are not asked for are null. */
void brasa__call_set_values(brasa_call *call, const brasa_value *rows);

#endif
