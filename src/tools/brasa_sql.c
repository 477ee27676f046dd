/* brasa_sql.c -- the `brasa-sql` command: statements of SQL from the command line, files, standard input or a terminal.
 *
 * Alone, or under mpirun with workers.  Exit status: 0, 1 after an error, 2 for a command line that makes no sense.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/brasa_sql/shell.h"
#include "tools/shared/cmdline.h"

enum { MAX_SETTINGS = 64 };

/* --set k=v may stand many times, so it is taken out before the others are parsed.  settings: [MAX_SETTINGS + 1], those that were there, then NULL. */
static void take_settings(int *argc, char **argv, const char **settings)
{
    int n = 0, m = 1;

    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--set") == 0 && i + 1 < *argc && n < MAX_SETTINGS) {
            settings[n++] = argv[++i];
        } else if (strncmp(argv[i], "--set=", 6) == 0 && n < MAX_SETTINGS) {
            settings[n++] = argv[i] + 6;
        } else {
            argv[m++] = argv[i];
        }
    }
    *argc = m;
    settings[n] = NULL;
}

static bool format_of(const char *name, shell_format *out)
{
    static const char *const names[] = {"table", "csv", "tsv", "json", "spark"};

    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (shell_format)i;
            return true;
        }
    }
    const char *near = cmd_nearest(name, names, (int)(sizeof names / sizeof *names));
    fprintf(stderr, "brasa-sql: format '%s' is not known; there are table, csv, tsv, json and spark%s%s%s\n", name,
            near == NULL ? "" : "; did you mean ", near == NULL ? "" : near, near == NULL ? "" : "?");
    return false;
}

static int run(brasa_session *s, int argc, char **argv)
{
    const char      *command = NULL, *file = NULL, *format = "table", *null_text = NULL;
    bool             keep_going = false, timing = false, errors = false;
    int              n;
    const cmd_option options[] = {
        {'c', "command", "SQL", "run these statements", &command, NULL},
        {'f', "file", "FILE", "run the statements of a file ('-': standard input)", &file, NULL},
        {'\0', "format", "FORMAT", "table, csv, tsv, json, or spark: as spark-sql prints rows (default: table)", &format, NULL},
        {'\0', "null", "TEXT", "what a null is printed as", &null_text, NULL},
        {'\0', "keep-going", NULL, "go on after an error; the exit status is 1 at the end", NULL, &keep_going},
        {'\0', "errors-in-output", NULL, "print errors among the rows: a launcher does not keep two streams in order", NULL, &errors},
        {'\0', "timing", NULL, "print the seconds of each statement on standard error", NULL, &timing},
        {'\0', NULL, NULL, NULL, NULL, NULL}};
    const cmd_spec spec = {.usage =
                               "brasa-sql [-c SQL | -f FILE] [--format table|csv|tsv|json|spark] [--null TEXT] [--keep-going] [--set k=v]",
                           .doc = "Runs SQL.  Without -c and -f: statements of standard input, or of the terminal.",
                           .options = options};
    shell          sh = {.session = s, .out = stdout, .timing = timing};

    switch (cmd_parse(&spec, "brasa-sql", argc, argv, &n)) {
    case CMD_HELP: return 0;
    case CMD_WRONG: return 2;
    case CMD_RUN: break;
    }
    if (!format_of(format, &sh.format)) return 2;
    sh.timing = timing;
    sh.keep_going = keep_going;
    sh.errors_to_out = errors;
    sh.null_text = null_text;
    shell_catch_interrupts(&sh);
    if (command != NULL) return shell_text(&sh, command);
    if (file != NULL && strcmp(file, "-") != 0) return shell_file(&sh, file);
    if (file == NULL && isatty(STDIN_FILENO)) return shell_terminal(&sh);
    return shell_stream(&sh, stdin);
}

int main(int argc, char **argv)
{
    const char    *settings[MAX_SETTINGS + 1];
    brasa_session *s;
    int            status, stopped;

    take_settings(&argc, argv, settings);
    s = brasa_start(&argc, &argv, .app = "brasa-sql", .settings = settings, .keep_unknown = true);
    status = run(s, argc, argv);
    stopped = brasa_stop(s);
    return stopped > 1 || status == 0 ? stopped : status; /* what a signal ended has a status of its own */
}
