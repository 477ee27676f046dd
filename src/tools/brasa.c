/* brasa.c -- the `brasa` command: tables in and out, a look at them, and pages of what jobs did.
 *
 * Runs in one process, or under mpirun on many: imports and exports are jobs like any other.  Exit status: 0, 1 after an error, 2 for a command line
 * that makes no sense.
 */
#include <stdio.h>
#include <string.h>

#include "tools/brasa/commands.h"
#include "tools/shared/cmdline.h"

typedef struct {
    const char *name;
    int (*run)(brasa_session *s, int argc, char **argv);
    const char *doc;
} command;

static const command commands[] = {
    {"import", brasa_cmd_import, "files of CSV, JSON lines or text into an HDF5 table"},
    {"export", brasa_cmd_export, "a table into CSV, JSON lines or text"},
    {"schema", brasa_cmd_schema, "columns, format, rows and bytes of a table"},
    {"head", brasa_cmd_head, "the first rows of a table"},
    {"verify", brasa_cmd_verify, "compare every chunk of a table with its checksum"},
    {"report", NULL, "a page to look at from the event log of a job"},
    {"history", NULL, "an index page of the event logs of a directory"},
};
enum { NCOMMANDS = sizeof commands / sizeof commands[0] };

/* Commands that look at files only: a session would start ranks for nothing, and write a log of its own. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} alone[] = {{"report", brasa_cmd_report}, {"history", brasa_cmd_history}};

static void print_help(FILE *to)
{
    fprintf(to, "usage: brasa COMMAND [ARGUMENT...]\n\n");
    for (int i = 0; i < NCOMMANDS; i++) fprintf(to, "  %-10s%s\n", commands[i].name, commands[i].doc);
    fprintf(to, "\n`brasa COMMAND --help` tells more.  A TABLE is file.h5:/group, file.csv, dir/ or a glob.\n"
                "`mpirun -n 5 brasa import ...` uses four workers.\n");
}

static int unknown_command(const char *name)
{
    const char *names[NCOMMANDS], *near;

    for (int i = 0; i < NCOMMANDS; i++) names[i] = commands[i].name;
    near = cmd_nearest(name, names, NCOMMANDS);
    fprintf(stderr, "brasa: there is no command '%s'%s%s%s\n", name, near != NULL ? "; did you mean " : "", near != NULL ? near : "",
            near != NULL ? "?" : "");
    print_help(stderr);
    return STATUS_USAGE;
}

static int run(brasa_session *s, int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return STATUS_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("brasa %s\n", brasa_version());
        return STATUS_OK;
    }
    for (int i = 0; i < NCOMMANDS; i++)
        if (commands[i].run != NULL && strcmp(argv[1], commands[i].name) == 0) return commands[i].run(s, argc - 1, argv + 1);
    return unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof alone / sizeof alone[0]; i++)
        if (strcmp(argv[1], alone[i].name) == 0) return alone[i].run(argc - 1, argv + 1);

    brasa_session *s = brasa_start(&argc, &argv, .app = "brasa", .keep_unknown = true);
    int            status = run(s, argc, argv);
    int            stopped = brasa_stop(s);

    return status != STATUS_OK ? status : stopped;
}
