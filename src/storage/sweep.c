/* sweep.c -- what a write that was killed left beside its target, and who owns what is there.
 *
 * Beside a job's hidden directory ".NAME.brasa-JOB" lies ".NAME.brasa-JOB.owner", a symbolic link whose text is host, process, when that began, and its pid namespace: made first,
 * in one call, so that no kill leaves it without its text.  The next write to NAME removes what belongs to processes that are gone.  What is another host's is left: it may be alive.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ctx.h"
#include "base/io.h"
#include "base/log.h"
#include "base/machine.h"
#include "storage/format.h"

static const char SUFFIX[] = ".owner";

static const char *owner_path(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target)
{
    return brasa__arena_printf(arena, "%s%s", brasa__write_temp_dir(arena, spec, target), SUFFIX);
}

static void name_space(char *out, size_t room)
{
    ssize_t n = readlink("/proc/self/ns/pid", out, room - 1);

    out[n < 0 ? 0 : n] = '\0';
}

brasa_status brasa__write_own(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target, brasa_error *err)
{
    const char  *path = owner_path(arena, spec, target), *text;
    char         state = 0, space[64];
    int64_t      start = -1;
    brasa_status status;

    (void)brasa__machine_process(getpid(), &state, &start);
    name_space(space, sizeof space);
    text = brasa__arena_printf(arena, "%s %lld %lld %s", brasa__ctx()->host, (long long)getpid(), (long long)start, space);
    status = brasa__io_symlink(text, path, err);
    if (status != BRASA_UNSUPPORTED) return status;
    brasa__log(BRASA_LOG_INFO, "%s; what a kill leaves of this write is not removed by the next one", err->text);
    brasa__error_clear(err);
    return BRASA_OK;
}

void brasa__write_disown(brasa_arena *arena, const brasa_write_spec *spec, const brasa_uri *target)
{
    (void)brasa__io_unlink(owner_path(arena, spec, target), NULL);
}

/* Is it known that nobody works on it any more? */
static bool is_dead(const char *owner)
{
    char      host[65], space[64], mine[64], state = 0;
    long long pid = 0, start = -1;
    int64_t   now = -1;

    name_space(mine, sizeof mine);
    if (sscanf(owner, "%64s %lld %lld %63s", host, &pid, &start, space) != 4 || start < 0) return false;
    if (strcmp(host, brasa__ctx()->host) != 0 || strcmp(space, mine) != 0) return false;
    return !brasa__machine_process(pid, &state, &now) || now != start || state == 'Z' ||
           state == 'X'; /* ended, and only its parent has not heard */
}

static void remove_left(const char *path)
{
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__io_exists(path) && brasa__io_remove_tree(path, &err) != BRASA_OK)
        brasa__log(BRASA_LOG_INFO, "cannot remove %s, which a write that was killed has left: %s", path, err.text);
}

/* "<dir>/.NAME.brasa-JOB.owner" */
static void sweep_one(brasa_arena *arena, const char *owner, const char *job, const brasa_write_left *left)
{
    size_t      n = strlen(owner) - (sizeof SUFFIX - 1);
    const char *dir = brasa__arena_strndup(arena, owner, n);
    char       *text;

    if (brasa__io_readlink(arena, owner, &text, NULL) != BRASA_OK || !is_dead(text)) return;
    brasa__log(BRASA_LOG_INFO, "removing %s, which a write that was killed has left", dir);
    remove_left(dir);
    remove_left(brasa__arena_printf(arena, "%s.h5", dir));
    if (left != NULL) left->remove(left->arg, job);
    (void)brasa__io_unlink(owner, NULL);
}

void brasa__write_sweep(brasa_arena *arena, const brasa_uri *target, const brasa_write_left *left)
{
    const char *dir = brasa__path_dir(arena, target->path);
    const char *begin = brasa__arena_printf(arena, ".%s.brasa-", brasa__path_base(target->path));
    size_t      n = strlen(begin);
    char      **names;
    int32_t     count = 0;
    brasa_error ignored;

    brasa__error_clear(&ignored);
    if (!brasa__io_exists(dir) || brasa__io_list(arena, dir, &names, &count, &ignored) != BRASA_OK) return;
    for (int32_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);

        if (strncmp(names[i], begin, n) != 0 || length != n + 16 + sizeof SUFFIX - 1 || strcmp(names[i] + n + 16, SUFFIX) != 0) continue;
        sweep_one(arena, brasa__arena_printf(arena, "%s/%s", dir, names[i]), brasa__arena_strndup(arena, names[i] + n, 16), left);
    }
}
