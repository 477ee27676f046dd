/* base/log.h -- one line per event on standard error: "HH:MM:SS.mmm level rank stage: text", in UTC; stage is - outside of stages. */
#ifndef BRASA_BASE_LOG_H
#define BRASA_BASE_LOG_H

#include <stdbool.h>

typedef enum brasa_log_level { BRASA_LOG_ERROR, BRASA_LOG_WARN, BRASA_LOG_INFO, BRASA_LOG_DEBUG } brasa_log_level;

typedef struct brasa_log brasa_log;

brasa_log *brasa__log_new(void);
void       brasa__log_free(brasa_log *l);
void       brasa__log_set_level(brasa_log *l, brasa_log_level level);
/* A line is on the screen that is redrawn in place: what is logged erases it first. */
void brasa__log_set_bar(brasa_log *l, bool bar);
/* false when the text names no level. */
bool brasa__log_level_parse(const char *text, brasa_log_level *out);
bool brasa__log_on(brasa_log_level level);
void brasa__log(brasa_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
