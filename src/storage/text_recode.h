/* storage/text_recode.h -- a text in another encoding, or of another form, made what the readers read. */
#ifndef BRASA_STORAGE_TEXT_RECODE_H
#define BRASA_STORAGE_TEXT_RECODE_H

#include "storage/text_file.h"

/* What a file that begins so needs; NULL: nothing. */
const brasa_text_recode *brasa__text_recode_of(brasa_arena *arena, const brasa_text_recode *asked, const char *head, size_t n);
/* Bytes in *text (`bytes` of them) become UTF-8; the buffer is replaced, as is *bytes. */
brasa_status brasa__text_recode(const brasa_text_recode *r, brasa_buf **text, int64_t *bytes, const char *path, brasa_error *err);

#endif
