/* tools/brasa_sql/shell.h -- statements one after the other, and how their rows are printed. */
#ifndef BRASA_TOOLS_SHELL_H
#define BRASA_TOOLS_SHELL_H

#include <stdio.h>

#include <brasa/brasa.h>

typedef enum shell_format { SHELL_TABLE, SHELL_CSV, SHELL_TSV, SHELL_JSON, SHELL_SPARK } shell_format;

typedef struct shell {
    brasa_session *session;
    FILE          *out;
    shell_format   format;
    const char    *null_text; /* NULL: of the format */
    bool           keep_going, timing;
    bool           errors_to_out; /* among the rows */
    bool           failed, quit;
    int            depth; /* of \i */
} shell;

/* Each returns the exit status: 0, or 1 after an error. */
int shell_text(shell *sh, const char *text);
int shell_file(shell *sh, const char *path);
int shell_stream(shell *sh, FILE *in); /* statements run as they come */
int shell_terminal(shell *sh);

void shell_print(const shell *sh, const brasa_result *r);

/* One line that begins with a backslash. */
void shell_backslash(shell *sh, const char *line);
/* Does the text end with a whole statement, outside of quotes and comments?  `text` has room for two bytes more. */
bool shell_is_complete(char *text);

/* Ctrl-C: the running statement is cancelled; a second one ends the program. */
void shell_catch_interrupts(shell *sh);
/* Forget one that came before. */
void shell_forget_interrupt(void);
bool shell_interrupted(void);

#endif
