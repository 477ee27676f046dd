/* tools/brasa/commands.h -- the commands of `brasa`. */
#ifndef BRASA_TOOLS_BRASA_COMMANDS_H
#define BRASA_TOOLS_BRASA_COMMANDS_H

#include <brasa/brasa.h>

/* Where a call stands: for users of a command that is nowhere. */
#define NO_SITE ((brasa_site) {0})

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* Each parses argv[1..argc) and runs; returns the exit status of what it did itself.  Errors of the session are printed by brasa_stop. */
int brasa_cmd_import(brasa_session *s, int argc, char **argv);
int brasa_cmd_export(brasa_session *s, int argc, char **argv);
int brasa_cmd_schema(brasa_session *s, int argc, char **argv);
int brasa_cmd_head(brasa_session *s, int argc, char **argv);
int brasa_cmd_verify(brasa_session *s, int argc, char **argv);

/* These need no session: argv[0] is the command's name. */
int brasa_cmd_report(int argc, char **argv);
int brasa_cmd_history(int argc, char **argv);

#endif
