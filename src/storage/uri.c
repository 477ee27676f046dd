/* uri.c -- split a table's name, and find the files it stands for. */
#include "storage/uri.h"

#include <string.h>
#include <strings.h>

#include "base/io.h"

const char *brasa__path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

char *brasa__path_dir(brasa_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) return brasa__arena_strdup(arena, ".");
    if (slash == path) return brasa__arena_strdup(arena, "/");
    return brasa__arena_strndup(arena, path, (size_t)(slash - path));
}

const char *brasa__path_suffix(const char *path)
{
    const char *base = brasa__path_base(path);
    const char *dot = strrchr(base, '.');

    return dot == NULL || dot == base ? base + strlen(base) : dot;
}

size_t brasa__packed_suffix(const char *path)
{
    static const char *const packed[] = {".gz", ".zst", ".bz2", ".lz4"};
    const char              *suffix = brasa__path_suffix(path);

    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++)
        if (strcasecmp(suffix, packed[i]) == 0) return strlen(suffix);
    return 0;
}

/* The colon that begins ":/inner", or NULL. */
static const char *inner_colon(brasa_arena *arena, const char *text)
{
    const char *c = strstr(text, ":/");

    if (c == NULL || c == text || c[2] == '/' || brasa__io_exists(text)) return NULL;
    /* Of several, the first whose left side is a file that is there; else the last. */
    for (const char *at = c; at != NULL; at = strstr(at + 1, ":/")) {
        if (brasa__io_exists(brasa__arena_strndup(arena, text, (size_t)(at - text)))) return at;
        c = at;
    }
    return c;
}

static const char *trimmed(brasa_arena *arena, const char *s, size_t n)
{
    while (n > 1 && s[n - 1] == '/') n--;
    return brasa__arena_strndup(arena, s, n);
}

brasa_status brasa__uri_parse(brasa_arena *arena, const char *text, brasa_uri *out, brasa_error *err)
{
    const char *colon;
    size_t      n;
    brasa_stat  st;

    memset(out, 0, sizeof *out);
    if (text == NULL || text[0] == '\0')
        return brasa__fail(err, BRASA_INVALID, "the name of a table is empty; give a path such as data.h5:/table");
    if (strncmp(text, "file://", 7) == 0) text += 7;
    colon = inner_colon(arena, text);
    n = colon == NULL ? strlen(text) : (size_t)(colon - text);
    out->is_dir = n > 0 && text[n - 1] == '/';
    out->path = trimmed(arena, text, n);
    out->has_inner = colon != NULL;
    out->inner = colon == NULL ? "/" : trimmed(arena, colon + 1, strlen(colon + 1));
    if (brasa__io_exists(out->path)) {
        if (brasa__io_stat(out->path, &st, NULL) == BRASA_OK && st.is_dir) out->is_dir = true;
    } else {
        out->is_glob = strpbrk(out->path, "*?[{") != NULL;
    }
    return BRASA_OK;
}

bool brasa__uri_is_hidden(const char *name)
{
    return name[0] == '.' || name[0] == '_';
}

static brasa_status files_of_dir(brasa_arena *arena, const char *dir, char ***files, int32_t *count, brasa_error *err)
{
    char  **names;
    int32_t n, m = 0;

    BRASA_TRY(brasa__io_list(arena, dir, &names, &n, err));
    *files = BRASA_NEWS(arena, char *, n + 1);
    for (int32_t i = 0; i < n; i++) {
        brasa_stat st;
        char      *path;

        if (brasa__uri_is_hidden(names[i])) continue;
        path = brasa__arena_printf(arena, "%s/%s", dir, names[i]);
        BRASA_TRY(brasa__io_stat(path, &st, err));
        if (!st.is_dir) (*files)[m++] = path;
    }
    *count = m;
    if (m == 0) return brasa__fail(err, BRASA_NOT_FOUND, "directory %s has no files to read", dir);
    return BRASA_OK;
}

static brasa_status not_there(brasa_arena *arena, const char *path, brasa_error *err)
{
    char      **names;
    int32_t     n;
    const char *near = NULL;

    if (brasa__io_list(arena, brasa__path_dir(arena, path), &names, &n, NULL) == BRASA_OK)
        near = brasa__near_miss(brasa__path_base(path), (const char *const *)names, n);
    if (near != NULL) return brasa__fail(err, BRASA_NOT_FOUND, "%s: no such file; did you mean %s?", path, near);
    return brasa__fail(err, BRASA_NOT_FOUND, "%s: no such file or directory; check the path", path);
}

brasa_status brasa__uri_files(brasa_arena *arena, const brasa_uri *uri, char ***files, int32_t *count, brasa_error *err)
{
    if (uri->is_glob) return brasa__io_glob(arena, uri->path, files, count, err);
    if (!brasa__io_exists(uri->path)) return not_there(arena, uri->path, err);
    if (uri->is_dir) return files_of_dir(arena, uri->path, files, count, err);
    *files = BRASA_NEWS(arena, char *, 1);
    (*files)[0] = brasa__arena_strdup(arena, uri->path);
    *count = 1;
    return BRASA_OK;
}
