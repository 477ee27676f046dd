/* api/place.c -- where a rank runs.
 *
 * A launcher sizes a job (brasa-submit); each rank keeps to it: the cores that it binds itself to, so that this works under any MPI launcher, and a scratch
 * directory on its own host, which no launcher can make for it.
 */
#include "api/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/ctx.h"
#include "base/io.h"
#include "base/machine.h"
#include "base/note.h"

/* How brasa-submit knows a job program: it has this section. */
__attribute__((section("brasa_job"), used)) static const char job_mark[] = "brasa job";

/* Rank 0 where it only drives. */
static bool only_drives(const brasa_comm *world)
{
    return world->rank == 0 && world->size > 1 && !brasa__setting_bool(BRASA_SET_DRIVER_WORKS);
}

static void set_budget(const brasa_comm *world, int32_t count)
{
    int64_t memory = brasa__setting_int(BRASA_SET_MEMORY), drivers = brasa__setting_int(BRASA_SET_DRIVER_MEMORY);

    if (memory == 0) memory = (int64_t)((double)brasa__machine_memory() * 0.8 / count);
    if (only_drives(world) && drivers > 0) memory = drivers;
    brasa__memory_set_budget(brasa__ctx()->memory, (size_t)memory);
}

/* The driver computes nothing and is bound to nothing; workers of a host are counted without it. */
static void bind(const brasa_comm *world, int32_t index, bool with_driver)
{
    const char *how = brasa__setting_text(BRASA_SET_BIND);

    if (only_drives(world)) return;
    if (with_driver && index > 0) index--;
    if (how[0] == 'd') brasa__machine_bind_domain(index);
    if (how[0] == 'c') brasa__machine_bind_core(index, brasa__ctx()->threads);
}

/* Open MPI's segments are HOST.UID.ID.RANK at the end of their names; a killed job leaves them, and the launcher must know which were its own. */
static bool id_in_line(char *line, char *id, size_t room)
{
    char *name = strstr(line, "_segment."), *rank, *dot;

    if (name == NULL || (rank = strrchr(name, '.')) == NULL || rank == name) return false;
    *rank = '\0';
    dot = strrchr(name, '.');
    if (dot == NULL) return false;
    snprintf(id, room, "%s", dot + 1);
    return true;
}

static void note_segments(void)
{
    brasa_arena *arena;
    char        *maps, id[32] = "", *end;
    size_t       bytes;
    brasa_error  ignored;
    const char  *space = getenv("PMIX_NAMESPACE");
    uint64_t     number = space == NULL ? 0 : strtoull(space, &end, 10);

    if (!brasa__note_wanted()) return;
    if (number > 0 && *end == '\0') { /* mpirun's own numbering */
        brasa__note("shm %x", (unsigned)number);
        return;
    }
    arena = brasa__arena_new(NULL, "segments");
    brasa__error_clear(&ignored);
    if (brasa__io_slurp(arena, "/proc/self/maps", &maps, &bytes, &ignored) == BRASA_OK) {
        for (char *save = NULL, *line = strtok_r(maps, "\n", &save); line != NULL && id[0] == '\0'; line = strtok_r(NULL, "\n", &save))
            id_in_line(line, id, sizeof id);
    }
    if (id[0] != '\0') brasa__note("shm %s", id);
    brasa__arena_free(arena);
}

brasa_status brasa__place(brasa_comm *world, int32_t index, int32_t count, bool with_driver, brasa_error *err)
{
    const char *scratch = brasa__setting_text(BRASA_SET_SCRATCH);

    note_segments();
    if (brasa__note_wanted())
        brasa__note("pid %d %s %lld", (int)getpid(), brasa__ctx()->host,
                    brasa__setting_int(BRASA_SET_DEBUG_RANK) >= 0 ? 0LL : (long long)brasa__setting_int(BRASA_SET_DEADLINE));
    bind(world, index, with_driver);
    set_budget(world, count);
    if (scratch[0] == '\0') return BRASA_OK;
    if (brasa__io_private_dir(scratch, err) == BRASA_OK) return BRASA_OK;
    return brasa__fail_more(err, " on host %s; name a directory on a local disk by --scratch", brasa__ctx()->host);
}

void brasa__place_leave(void)
{
    const char *scratch = brasa__setting_text(BRASA_SET_SCRATCH);

    if (strstr(scratch, "/brasa-") != NULL) brasa__io_rmdir(scratch);
}
