/* terminal.c -- the interactive shell: a prompt, statements of many lines, Ctrl-C. */
#include <stdlib.h>
#include <string.h>

#include "tools/brasa_sql/line.h"
#include "tools/brasa_sql/shell.h"

typedef struct pending {
    char  *text;
    size_t length, room;
} pending;

static void add(pending *p, const char *line)
{
    size_t n = strlen(line);

    if (p->length + n + 4 > p->room) {
        p->room = (p->length + n + 4) * 2;
        p->text = realloc(p->text, p->room);
        if (p->text == NULL) abort();
    }
    memcpy(p->text + p->length, line, n + 1);
    p->length += n;
}

/* A line more; runs what has become whole. */
static void take_line(shell *sh, line_reader *reader, pending *p, const char *line)
{
    if (p->length == 0 && line[strspn(line, " \t\r\n")] == '\0') return;
    if (p->length == 0 && line[0] == '\\') {
        line_remember(reader, line);
        shell_backslash(sh, line);
        return;
    }
    add(p, line);
    if (!shell_is_complete(p->text)) return;
    line_remember(reader, p->text);
    shell_text(sh, p->text);
    sh->failed = false;
    p->length = 0;
}

int shell_terminal(shell *sh)
{
    pending      p = {0};
    line_reader *reader;
    const char  *line;
    bool         more = true;

    sh->keep_going = true;
    printf("Brasa %s.  Statements end with ;  \\? helps, \\q leaves.\n", brasa_version());
    fflush(stdout);
    reader = line_open(sh->session);
    while (more && !sh->quit) {
        switch (line_read(reader, p.length == 0 ? "brasa> " : "   ... ", &line)) {
        case LINE_READ: take_line(sh, reader, &p, line); break;
        case LINE_INTERRUPTED:
            fputs("^C\n", stdout);
            fflush(stdout);
            p.length = 0;
            break;
        case LINE_END: more = false; break;
        }
        shell_forget_interrupt();
    }
    if (!sh->quit) fputc('\n', stdout);
    line_close(reader);
    free(p.text);
    return 0;
}
