/* line.c -- lines of a terminal by libedit (BSD licence), or as the terminal itself edits them where it was not there to build with.
 *
 * The history is kept in the file named by BRASASQL_HISTORY, else in .brasa_sql_history of the home directory, readable by its owner only.
 */
#include "tools/brasa_sql/line.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "tools/brasa_sql/shell.h"

#ifdef BRASA_LIBEDIT
#include <histedit.h>

enum { REMEMBERED = 1000, LISTED = 200 };

struct line_reader {
    brasa_session *session;
    EditLine      *edit;
    History       *history;
    const char    *prompt;
    char           path[1024]; /* of the history; "": none */
};

static line_reader *reader_of(EditLine *edit)
{
    void *data = NULL;

    el_get(edit, EL_CLIENTDATA, &data);
    return data;
}

static char *prompt_of(EditLine *edit)
{
    return (char *)(uintptr_t)reader_of(edit)->prompt;
}

/* Wait for input; false: an interrupt came first.  It is let in only while we wait, so that none can come between the look at the flag and the read. */
static bool input_comes(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t      interrupt, before;
    int           ready = 0;

    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, &before);
    while (!shell_interrupted() && (ready = ppoll(&in, 1, NULL, &before)) < 0 && errno == EINTR) continue;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ready != 0 && !shell_interrupted();
}

/* One character; unlike the library's own reading, an interrupt ends it. */
static int read_character(EditLine *edit, wchar_t *out)
{
    mbstate_t state = {0};

    (void)edit;
    for (;;) {
        char    byte;
        ssize_t got = input_comes() ? read(STDIN_FILENO, &byte, 1) : -1;

        if (got == 0) return 0;
        if (got < 0) {
            if (errno == EINTR && !shell_interrupted()) continue;
            return -1;
        }
        switch (mbrtowc(out, &byte, 1, &state)) {
        case (size_t)-2: continue;
        case (size_t)-1: *out = L'?'; return 1;
        default: return 1;
        }
    }
}

static size_t common_start(char **words, int n)
{
    size_t length = n > 0 ? strlen(words[0]) : 0;

    for (int i = 1; i < n; i++) {
        size_t k = 0;

        while (k < length && words[i][k] == words[0][k]) k++;
        length = k;
    }
    return length;
}

static void list_words(char **words, int n)
{
    int shown = n < LISTED ? n : LISTED;

    putchar('\n');
    for (int i = 0; i < shown; i++) printf("%-24s%s", words[i], i % 4 == 3 || i == shown - 1 ? "\n" : " ");
    if (shown < n) printf("and %d more\n", n - shown);
    fflush(stdout);
}

static unsigned char complete(EditLine *edit, int key)
{
    const LineInfo *line = el_line(edit);
    size_t          start = 0, typed;
    int             n = 0;
    char          **words = line_complete(reader_of(edit)->session, line->buffer, (size_t)(line->cursor - line->buffer), &start, &n);
    size_t          common = common_start(words, n);
    unsigned char   what = CC_ERROR;
    char            add[256];

    (void)key;
    typed = (size_t)(line->cursor - line->buffer) - start;
    if (n > 0 && (common > typed || n == 1)) {
        snprintf(add, sizeof add, "%.*s%s", (int)common, words[0], n == 1 ? " " : "");
        el_deletestr(edit, (int)typed); /* the word may be in another case */
        el_insertstr(edit, add);
        what = CC_REFRESH;
    } else if (n > 1) {
        list_words(words, n);
        what = CC_REDISPLAY;
    }
    for (int i = 0; i < n; i++) free(words[i]);
    free(words);
    return what;
}

static void open_history(line_reader *r)
{
    const char *own = getenv("BRASASQL_HISTORY"), *home = getenv("HOME");
    HistEvent   event;

    r->history = history_init();
    if (r->history == NULL) abort();
    history(r->history, &event, H_SETSIZE, REMEMBERED);
    history(r->history, &event, H_SETUNIQUE, 1);
    if (own != NULL)
        snprintf(r->path, sizeof r->path, "%s", own);
    else if (home != NULL)
        snprintf(r->path, sizeof r->path, "%s/.brasa_sql_history", home);
    if (r->path[0] != '\0') history(r->history, &event, H_LOAD, r->path);
}

/* The terminal's codeset, for the editor; not the letters of its language: LIMIT in small ones is another word in Turkish. */
static void set_codeset(void)
{
    if (setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0) setlocale(LC_CTYPE, "C.UTF-8");
}

line_reader *line_open(brasa_session *s)
{
    line_reader *r = calloc(1, sizeof *r);

    if (r == NULL) abort();
    set_codeset();
    r->session = s;
    r->edit = el_init("brasa-sql", stdin, stdout, stderr);
    if (r->edit == NULL) abort();
    open_history(r);
    el_set(r->edit, EL_CLIENTDATA, r);
    el_set(r->edit, EL_PROMPT, prompt_of);
    el_set(r->edit, EL_EDITOR, "emacs");
    el_set(r->edit, EL_HIST, history, r->history);
    el_set(r->edit, EL_GETCFN, read_character);
    el_set(r->edit, EL_ADDFN, "brasa-complete", "complete keywords, tables and columns", complete);
    el_set(r->edit, EL_BIND, "^I", "brasa-complete", NULL);
    el_set(r->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(r->edit, NULL);
    return r;
}

line_outcome line_read(line_reader *r, const char *prompt, const char **line)
{
    int count = 0;

    r->prompt = prompt;
    *line = el_gets(r->edit, &count);
    if (shell_interrupted()) {
        el_reset(r->edit);
        return LINE_INTERRUPTED;
    }
    return *line == NULL || count <= 0 ? LINE_END : LINE_READ;
}

void line_remember(line_reader *r, const char *text)
{
    HistEvent event;

    if (text[strspn(text, " \t\r\n")] != '\0') history(r->history, &event, H_ENTER, text);
}

void line_close(line_reader *r)
{
    HistEvent event;

    if (r->path[0] != '\0') {
        mode_t before = umask(077);

        history(r->history, &event, H_SAVE, r->path);
        umask(before);
    }
    el_end(r->edit);
    history_end(r->history);
    free(r);
}

#else

struct line_reader {
    char  *line;
    size_t room;
};

line_reader *line_open(brasa_session *s)
{
    line_reader *r = calloc(1, sizeof *r);

    (void)s;
    if (r == NULL) abort();
    return r;
}

line_outcome line_read(line_reader *r, const char *prompt, const char **line)
{
    ssize_t got;

    fputs(prompt, stdout);
    fflush(stdout);
    got = getline(&r->line, &r->room, stdin);
    *line = r->line;
    if (got < 0 && shell_interrupted()) {
        clearerr(stdin);
        return LINE_INTERRUPTED;
    }
    return got < 0 ? LINE_END : LINE_READ;
}

void line_remember(line_reader *r, const char *text)
{
    (void)r;
    (void)text;
}

void line_close(line_reader *r)
{
    free(r->line);
    free(r);
}

#endif
