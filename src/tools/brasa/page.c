/* page.c -- template, styles, scripts and data put together into one file that needs nothing else.
 *
 * Names in a log are the users' own, so nothing of it may be taken for markup: the data stand in a script element of JSON, with every character that could
 * end it written as an escape, and a policy in the page lets only the scripts of this program run.
 */
#include "tools/brasa/page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const page_file *file_named(const char *name)
{
    for (const page_file *f = page_files; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && strcmp(s + n - m, end) == 0;
}

/* All files of a kind, in the order of their names. */
static void put_files(FILE *to, const char *end)
{
    for (const page_file *f = page_files; f->name != NULL; f++)
        if (ends_with(f->name, end)) fwrite(f->data, 1, f->bytes, to);
}

/* JSON inside a script element: < > & only stand in strings, where an escape means the same. */
static void put_json(FILE *to, const text_buf *json)
{
    const char *s = json->data, *end = s + json->length;

    while (s < end) {
        size_t n = strcspn(s, "<>&");

        fwrite(s, 1, n, to);
        s += n;
        if (s < end) fprintf(to, "\\u%04x", (unsigned)(unsigned char)*s++);
    }
}

static void put_escaped(FILE *to, const char *s)
{
    for (; *s != '\0'; s++) {
        if (strchr("<>&\"'", *s) != NULL) {
            fprintf(to, "&#%d;", *s);
        } else {
            fputc(*s, to);
        }
    }
}

/* What stands for each @NAME@ of the template. */
static void put_part(FILE *to, const char *part, size_t n, const char *title, const char *nonce, const text_buf *json)
{
    if (strncmp(part, "TITLE", n) == 0) {
        put_escaped(to, title);
    } else if (strncmp(part, "NONCE", n) == 0) {
        fputs(nonce, to);
    } else if (strncmp(part, "STYLE", n) == 0) {
        put_files(to, ".css");
    } else if (strncmp(part, "SCRIPT", n) == 0) {
        put_files(to, ".js");
    } else if (strncmp(part, "DATA", n) == 0) {
        put_json(to, json);
    }
}

static void put_page(FILE *to, const char *title, const text_buf *json)
{
    const page_file *f = file_named("page.html");
    const char      *s = (const char *)f->data, *end = s + f->bytes;
    unsigned char    random[16];
    char             nonce[2 * sizeof random + 1];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) abort();
    for (size_t i = 0; i < sizeof random; i++) snprintf(nonce + 2 * i, 3, "%02x", random[i]);
    while (s < end) {
        const char *at = memchr(s, '@', (size_t)(end - s));
        const char *close = at == NULL ? NULL : memchr(at + 1, '@', (size_t)(end - at - 1));

        fwrite(s, 1, (size_t)((close == NULL ? end : at) - s), to);
        if (close == NULL) return;
        put_part(to, at + 1, (size_t)(close - at - 1), title, nonce, json);
        s = close + 1;
    }
}

static bool failed(const char *program, const char *path, const char *temporary)
{
    fprintf(stderr, "%s: %s cannot be written: %s\n", program, path, strerror(errno));
    unlink(temporary);
    return false;
}

bool page_write(const char *program, const char *path, const char *title, const text_buf *json)
{
    char *temporary = NULL;
    int   fd = -1;
    FILE *to;
    bool  ok;

    if (asprintf(&temporary, "%s.part-%d", path, (int)getpid()) < 0) abort();
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    to = fd < 0 ? NULL : fdopen(fd, "w");
    if (to == NULL) {
        ok = failed(program, path, temporary);
    } else {
        put_page(to, title, json);
        ok = !ferror(to);
        ok = fclose(to) == 0 && ok;
        ok = ok && rename(temporary, path) == 0;
        if (!ok) failed(program, path, temporary);
    }
    free(temporary);
    return ok;
}
