/* cmdline.c -- options of the command-line tools. */
#include "tools/shared/cmdline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 63, MOST_OPTIONS = 64, COLUMN = 28 };

static int least_of(int a, int b, int c)
{
    int m = a < b ? a : b;

    return m < c ? m : c;
}

/* Levenshtein distance, two rows. */
static int edits(const char *a, const char *b)
{
    int  m = (int)strlen(b);
    int  rows[2][LONGEST + 2];
    int *before = rows[0], *now = rows[1];

    if (m > LONGEST) return LONGEST;
    for (int j = 0; j <= m; j++) before[j] = j;
    for (int i = 1; a[i - 1] != '\0'; i++) {
        int *swap = before;

        now[0] = i;
        for (int j = 1; j <= m; j++) now[j] = least_of(before[j] + 1, now[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
        before = now;
        now = swap;
    }
    return before[m];
}

const char *cmd_nearest(const char *wrong, const char *const *names, int n)
{
    const char *best = NULL;
    int         limit = 1 + (int)(strlen(wrong) / 3), least = limit + 1;

    for (int i = 0; i < n; i++) {
        int d = edits(wrong, names[i]);

        if (d >= least) continue;
        least = d;
        best = names[i];
    }
    return best;
}

static void print_help(const cmd_spec *spec)
{
    printf("usage: %s\n\n%s\n", spec->usage, spec->doc);
    printf("\noptions:\n");
    for (const cmd_option *o = spec->options; o->name != NULL; o++) {
        char left[96];
        int  n = snprintf(left, sizeof left, "  %c%c%s--%s%s%s", o->letter != 0 ? '-' : ' ', o->letter != 0 ? o->letter : ' ',
                         o->letter != 0 ? ", " : "  ", o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");

        if (n < COLUMN) {
            printf("%-*s%s\n", COLUMN, left, o->doc);
        } else {
            printf("%s\n%*s%s\n", left, COLUMN, "", o->doc);
        }
    }
    printf("%-*s%s\n", COLUMN, "      --help", "print this");
    printf("\nSettings of Brasa (--threads, --memory, ...) are taken, too; --help-brasa lists them.\n");
}

static const cmd_option *find_long(const cmd_spec *spec, const char *name, size_t n)
{
    for (const cmd_option *o = spec->options; o->name != NULL; o++)
        if (strncmp(o->name, name, n) == 0 && o->name[n] == '\0') return o;
    return NULL;
}

static const cmd_option *find_letter(const cmd_spec *spec, char letter)
{
    for (const cmd_option *o = spec->options; o->name != NULL; o++)
        if (o->letter == letter && letter != 0) return o;
    return NULL;
}

static cmd_outcome unknown(const cmd_spec *spec, const char *program, const char *arg)
{
    const char *names[MOST_OPTIONS], *near;
    char        name[LONGEST + 1];
    int         n = 0;

    for (const cmd_option *o = spec->options; o->name != NULL && n < MOST_OPTIONS - 1; o++) names[n++] = o->name;
    names[n++] = "help";
    snprintf(name, sizeof name, "%s", arg + strspn(arg, "-"));
    name[strcspn(name, "=")] = '\0';
    near = cmd_nearest(name, names, n);
    fprintf(stderr, "%s: there is no option %s%s%s%s; --help lists the options\n", program, arg, near != NULL ? "; did you mean --" : "",
            near != NULL ? near : "", near != NULL ? "?" : "");
    return CMD_WRONG;
}

static void keep_value(const cmd_spec *spec, const cmd_option *o, const char *value)
{
    for (cmd_list *l = spec->lists; l != NULL && l->name != NULL; l++)
        if (strcmp(l->name, o->name) == 0) l->items[l->count++] = value;
    if (o->text != NULL) *o->text = value;
}

/* One option at argv[*i]; moves *i on when the value is the next argument. */
static cmd_outcome take_option(const cmd_spec *spec, const char *program, int argc, char **argv, int *i)
{
    const char       *arg = argv[*i], *value = NULL;
    const cmd_option *o;

    if (arg[1] == '-') {
        size_t n = strcspn(arg + 2, "=");

        o = find_long(spec, arg + 2, n);
        if (arg[2 + n] == '=') value = arg + 2 + n + 1;
    } else {
        o = find_letter(spec, arg[1]);
        if (arg[2] != '\0') value = arg + 2 + (arg[2] == '=');
    }
    if (o == NULL) return unknown(spec, program, arg);
    if (o->value == NULL && value != NULL) {
        fprintf(stderr, "%s: --%s takes no value\n", program, o->name);
        return CMD_WRONG;
    }
    if (o->value == NULL) {
        *o->flag = true;
        return CMD_RUN;
    }
    if (value == NULL && *i + 1 < argc) value = argv[++*i];
    if (value == NULL) {
        fprintf(stderr, "%s: --%s needs a value, %s\n", program, o->name, o->value);
        return CMD_WRONG;
    }
    keep_value(spec, o, value);
    return CMD_RUN;
}

cmd_outcome cmd_parse(const cmd_spec *spec, const char *program, int argc, char **argv, int *noperands)
{
    int  n = 0;
    bool options = true;

    for (int i = 1; i < argc; i++) {
        cmd_outcome o;

        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            continue;
        }
        if (!options || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[1 + n++] = argv[i];
            options = options && !spec->stop_early;
            continue;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(spec);
            return CMD_HELP;
        }
        o = take_option(spec, program, argc, argv, &i);
        if (o != CMD_RUN) return o;
    }
    *noperands = n;
    if (n >= spec->least && (spec->most < 0 || n <= spec->most)) return CMD_RUN;
    fprintf(stderr, "%s: %s\nusage: %s\n", program, n < spec->least ? "an argument is missing" : "too many arguments", spec->usage);
    return CMD_WRONG;
}

bool cmd_number(const char *text, int64_t low, int64_t high, int64_t *out)
{
    char     *end;
    long long v;

    errno = 0;
    v = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || v < low || v > high) return false;
    *out = v;
    return true;
}

bool cmd_bytes(const char *text, int64_t *out)
{
    static const char units[] = "KMGT";
    char             *end;
    long long         v;
    const char       *unit;

    errno = 0;
    v = strtoll(text, &end, 10);
    if (end == text || errno != 0 || v < 0) return false;
    unit = *end == '\0' ? NULL : strchr(units, *end & ~32);
    if (*end != '\0' && (unit == NULL || end[1] != '\0')) return false;
    for (long k = unit == NULL ? 0 : unit - units + 1; k > 0; k--) {
        if (v > INT64_MAX / 1024) return false;
        v *= 1024;
    }
    *out = v;
    return true;
}
