/* shell.c -- statements and backslash commands, one after the other.
 *
 * Both output streams are flushed after each, so that they stay in order; a pipe is read no further than to the end of the statement that runs.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/brasa_sql/shell.h"

enum { MAX_INCLUDES = 16 };

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- errors ---- */

/* "3:7: what" of a statement that begins at a line and column of the whole text. */
static void report(shell *sh, int line, int column)
{
    const brasa_error *e = brasa_last_error(sh->session);
    int                at_line = 1, at_column = 1, used = 0;
    const char        *text = e == NULL ? "failed" : e->text;

    sh->failed = true;
    if (e != NULL && e->code == BRASA_CANCELLED && !shell_interrupted()) {
        sh->quit = true; /* the whole job was told to end: brasa_stop says so */
        return;
    }
    if (sscanf(text, "%d:%d: %n", &at_line, &at_column, &used) == 2 && used > 0) {
        text += used;
    } else {
        at_line = at_column = 1;
    }
    FILE *to = sh->errors_to_out ? sh->out : stderr;
    fflush(sh->out);
    fprintf(to, "ERROR %d:%d: %s\n", line + at_line - 1, at_line == 1 ? column + at_column - 1 : at_column, text);
    fflush(to);
    brasa_error_clear(sh->session);
}

/* ---- statements ---- */

static void statement(shell *sh, const char *text, size_t length, int line, int column)
{
    char         *sql = strndup(text, length);
    double        start = seconds();
    brasa_result *r = NULL;

    if (sql == NULL) abort();
    shell_forget_interrupt();
    brasa_scope_begin(sh->session);
    brasa_frame *f = brasa_sql(sh->session, sql);
    brasa_status status = brasa_status_of(f);
    if (status == BRASA_OK && brasa_schema_of(f).ncols > 0) {
        status = brasa_collect(f, &r);
        if (status == BRASA_OK) shell_print(sh, r);
        brasa_result_free(r);
    }
    if (status != BRASA_OK) report(sh, line, column);
    brasa_scope_end(sh->session);
    free(sql);
    fflush(sh->out);
    if (sh->timing) fprintf(stderr, "Time: %.3f s\n", seconds() - start);
    fflush(stderr);
}

static void command_sql(shell *sh, const char *sql)
{
    statement(sh, sql, strlen(sql), 1, 1);
}

/* ---- backslash commands ---- */

static const char HELP[] = "\\d [NAME]   tables and views, or the columns of one\n"
                           "\\dt         tables and views\n"
                           "\\timing     print the time of each statement, or stop it\n"
                           "\\i FILE     run the statements of a file\n"
                           "\\o [FILE]   write rows into a file, or again to standard output\n"
                           "\\echo TEXT  print a text\n"
                           "\\q          leave\n"
                           "\\?          this help\n";

static void output_to(shell *sh, const char *path)
{
    FILE *to = path[0] == '\0' ? stdout : fopen(path, "w");

    if (to == NULL) {
        fprintf(stderr, "ERROR: %s cannot be written\n", path);
        sh->failed = true;
        return;
    }
    if (sh->out != stdout) fclose(sh->out);
    sh->out = to;
}

void shell_backslash(shell *sh, const char *line)
{
    char        name[16] = "", arg[1024] = "";
    const char *rest = line + 1;
    size_t      n = strcspn(rest, " \t\r\n");

    snprintf(name, sizeof name, "%.*s", (int)n, rest);
    rest += n + strspn(rest + n, " \t");
    snprintf(arg, sizeof arg, "%.*s", (int)strcspn(rest, "\r\n"), rest);
    for (size_t k = strlen(arg); k > 0 && (isspace((unsigned char)arg[k - 1]) || arg[k - 1] == ';'); k--) arg[k - 1] = '\0';
    if (strcmp(name, "q") == 0) {
        sh->quit = true;
    } else if (strcmp(name, "?") == 0) {
        fputs(HELP, sh->out);
    } else if (strcmp(name, "echo") == 0) {
        fprintf(sh->out, "%s\n", arg);
    } else if (strcmp(name, "timing") == 0) {
        sh->timing = !sh->timing;
        fprintf(sh->out, "Timing is %s.\n", sh->timing ? "on" : "off");
    } else if (strcmp(name, "dt") == 0 || (strcmp(name, "d") == 0 && arg[0] == '\0')) {
        command_sql(sh, "SHOW TABLES");
    } else if (strcmp(name, "d") == 0) {
        char sql[1100];

        snprintf(sql, sizeof sql, "DESCRIBE %s", arg);
        command_sql(sh, sql);
    } else if (strcmp(name, "i") == 0) {
        shell_file(sh, arg);
    } else if (strcmp(name, "o") == 0) {
        output_to(sh, arg);
    } else {
        fprintf(stderr, "ERROR: there is no command \\%s; \\? lists them\n", name);
        sh->failed = true;
    }
    fflush(sh->out);
    fflush(stderr);
}

/* ---- texts ---- */

static void count_lines(const char *from, const char *to, int *line, int *column)
{
    for (; from < to; from++) {
        if (*from == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)*from & 0xc0) != 0x80) {
            ++*column;
        }
    }
}

/* Blanks, comments to the end of a line. */
static const char *skip_blank(const char *s)
{
    for (;;) {
        s += strspn(s, " \t\r\n;");
        if (s[0] != '-' || s[1] != '-') return s;
        s += strcspn(s, "\n");
    }
}

/* A place in what is run, and how it is counted for messages. */
typedef struct {
    const char *at;
    int         line, column;
} place;

/* One statement or backslash command; false: there is no whole one from here.  `all`: nothing follows the text, so what has no ; is whole. */
static bool step(shell *sh, place *p, bool all)
{
    const char *start = skip_blank(p->at), *next;
    size_t      length = 0;

    count_lines(p->at, start, &p->line, &p->column);
    p->at = start;
    if (*start == '\0') return false;
    if (*start == '\\') {
        next = start + strcspn(start, "\n");
        if (*next == '\0' && !all) return false;
        shell_backslash(sh, start);
    } else {
        next = brasa_sql_next(start, &length);
        if (next == NULL || (!all && (next == start || next[-1] != ';'))) return false;
        statement(sh, start, length, p->line, p->column);
    }
    count_lines(start, next, &p->line, &p->column);
    p->at = next;
    return true;
}

static bool goes_on(const shell *sh)
{
    return !sh->quit && (sh->keep_going || !sh->failed);
}

int shell_text(shell *sh, const char *text)
{
    place p = {text, 1, 1};

    while (goes_on(sh) && step(sh, &p, true)) continue;
    return sh->failed ? 1 : 0;
}

/* Each statement runs as soon as its ; has come: whoever writes into a pipe may wait for its rows. */
int shell_stream(shell *sh, FILE *in)
{
    char   *text = NULL, *line = NULL;
    size_t  length = 0, room = 0, line_room = 0;
    place   p = {.line = 1, .column = 1};
    ssize_t got = 0;

    while (goes_on(sh) && got >= 0) {
        errno = 0;
        got = getline(&line, &line_room, in);
        if (got < 0 && errno == EINTR && shell_interrupted()) { /* nothing runs that it could stop */
            clearerr(in);
            shell_forget_interrupt();
            got = 0;
            continue;
        }
        if (got > 0) {
            if (length + (size_t)got + 1 > room) {
                room = (length + (size_t)got + 1) * 2;
                text = realloc(text, room);
                if (text == NULL) abort();
            }
            memcpy(text + length, line, (size_t)got + 1);
            length += (size_t)got;
        }
        if (text == NULL || (got >= 0 && memchr(line, ';', (size_t)got) == NULL && text[strspn(text, " \t\r\n;")] != '\\')) continue;
        p.at = text;
        while (goes_on(sh) && step(sh, &p, got < 0)) continue;
        length -= (size_t)(p.at - text);
        memmove(text, p.at, length + 1);
    }
    free(line);
    free(text);
    return sh->failed ? 1 : 0;
}

bool shell_is_complete(char *text)
{
    size_t      n = strlen(text), length = 0;
    const char *at = text, *last = text;
    bool        complete = false;

    /* A word more would begin a statement of its own. */
    memcpy(text + n, "\n0", 3);
    while (*(at = skip_blank(at)) != '\0') {
        last = at;
        at = brasa_sql_next(at, &length);
        if (at == NULL) break;
    }
    complete = last == text + n + 1;
    text[n] = '\0';
    return complete;
}

int shell_file(shell *sh, const char *path)
{
    FILE *in = fopen(path, "r");
    int   status;

    if (in == NULL || sh->depth >= MAX_INCLUDES) {
        fprintf(stderr, "ERROR: %s %s\n", path, in == NULL ? "cannot be read" : "is included too deeply");
        if (in != NULL) fclose(in);
        sh->failed = true;
        return 1;
    }
    sh->depth++;
    status = shell_stream(sh, in);
    sh->depth--;
    fclose(in);
    return status;
}
