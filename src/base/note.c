/* note.c -- notes of rank 0 to its launcher. */
#include "base/note.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "base/io.h"

bool brasa__note_wanted(void)
{
    return getenv("BRASA_SUBMIT") != NULL && brasa__ctx()->rank == 0;
}

void brasa__note(const char *form, ...)
{
    const char *to = getenv("BRASA_SUBMIT"), *colon = to ? strchr(to, ':') : NULL;
    char        line[512];
    va_list     args;
    brasa_error ignored;

    if (!colon) return;
    int n = snprintf(line, sizeof line, "\x1e%.*s ", (int)(colon - to > 64 ? 64 : colon - to), to);
    va_start(args, form);
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, form, args);
    va_end(args);
    size_t room = sizeof line - (size_t)n - 2, length = (size_t)n + (m < 0 ? 0 : (size_t)m > room ? room : (size_t)m);
    for (size_t i = (size_t)n; i < length; i++)
        if (line[i] == '\n') line[i] = ' ';
    line[length++] = '\n';
    brasa__error_clear(&ignored);
    (void)brasa__io_write(atoi(colon + 1), line, length, "the launcher", &ignored);
}
