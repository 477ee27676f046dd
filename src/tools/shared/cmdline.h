/* tools/shared/cmdline.h -- options of the command-line tools: a table, its help, and errors that name the nearest option. */
#ifndef BRASA_TOOLS_CMDLINE_H
#define BRASA_TOOLS_CMDLINE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cmd_option {
    char         letter; /* "-o"; 0: none */
    const char  *name;   /* "output" for --output */
    const char  *value;  /* what the value is called in the help; NULL: a flag */
    const char  *doc;
    const char **text; /* where the value goes */
    bool        *flag; /* where a flag goes */
} cmd_option;

/* Values of an option that may be given again; made by the caller with room for as many as there are arguments. */
typedef struct cmd_list {
    const char  *name;
    const char **items;
    int          count;
} cmd_list;

typedef struct cmd_spec {
    const char       *usage;       /* "brasa import FILE... -o TABLE [OPTION...]" */
    const char       *doc;         /* what it does, in a sentence or more */
    const cmd_option *options;     /* ends with a NULL name */
    int               least, most; /* operands; most < 0: any number */
    cmd_list         *lists;       /* of the options that may be given again; ends with a NULL name; NULL: none */
    bool              stop_early;  /* what follows the first operand are operands, whatever they look like */
} cmd_spec;

typedef enum cmd_outcome { CMD_RUN, CMD_HELP, CMD_WRONG } cmd_outcome;

/* Parse argv[1..argc).  Operands are moved to argv[1..*noperands].  CMD_HELP: --help was printed.  CMD_WRONG: a message was. */
cmd_outcome cmd_parse(const cmd_spec *spec, const char *program, int argc, char **argv, int *noperands);

/* The nearest of n names (at most 1 + length / 3 edits), or NULL. */
const char *cmd_nearest(const char *wrong, const char *const *names, int n);

/* A number from text; false: not one, or not in [low, high]. */
bool cmd_number(const char *text, int64_t low, int64_t high, int64_t *out);
/* The same with a suffix K, M, G. */
bool cmd_bytes(const char *text, int64_t *out);

#endif
