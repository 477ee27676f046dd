/* program.c -- do all ranks run the same program?
 *
 * Functions of the user reach the workers by name and plans by their wire form, so another build may give wrong answers. Compared are the linker's build id
 * of the executable and the table of user functions.
 */
#include <elf.h>
#include <link.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/fault.h"
#include "base/hash.h"
#include "exec/message.h"
#include "expr/udf.h"

static uint64_t note_hash(const char *p, const char *end)
{
    while (p + sizeof(ElfW(Nhdr)) <= end) {
        const ElfW(Nhdr) *n = (const void *)p;
        const char *name = p + sizeof *n, *desc = name + ((size_t)n->n_namesz + 3) / 4 * 4;

        if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) return brasa__hash_bytes(desc, n->n_descsz);
        p = desc + ((size_t)n->n_descsz + 3) / 4 * 4;
    }
    return 0;
}

/* The executable comes first. */
static int read_build_id(struct dl_phdr_info *info, size_t size, void *out)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum && *(uint64_t *)out == 0; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        const char *at = (const char *)(uintptr_t)(info->dlpi_addr + h->p_vaddr);

        if (h->p_type == PT_NOTE) *(uint64_t *)out = note_hash(at, at + h->p_memsz);
    }
    return 1;
}

uint64_t brasa__program_id(void)
{
    uint64_t build = 0;

    dl_iterate_phdr(read_build_id, &build);
    if (BRASA_FAULT("program.differs")) build++;
    return brasa__hash_combine(build, brasa__udf_table_hash());
}

/* Collective: all ranks have found the same one. */
static brasa_status another_build(brasa_comm *world, int32_t rank, brasa_error *err)
{
    char host[sizeof brasa__ctx()->host];

    memcpy(host, brasa__ctx()->host, sizeof host);
    BRASA_TRY(brasa__comm_bcast(world, host, sizeof host, rank, err));
    return brasa__fail(err, BRASA_PEER,
                       "rank %d on host %s runs another build of the program than rank 0; start the same binary on all hosts", rank, host);
}

brasa_status brasa__same_program(brasa_comm *world, brasa_error *err)
{
    size_t       bytes = 2 * sizeof(uint64_t) * (size_t)world->size;
    uint64_t    *send = brasa__alloc(bytes), *recv = send + world->size, mine = brasa__program_id();
    brasa_status status;

    for (int32_t r = 0; r < world->size; r++) send[r] = mine;
    status = brasa__comm_alltoall(world, send, recv, sizeof mine, err);
    for (int32_t r = 1; r < world->size && status == BRASA_OK; r++)
        if (recv[r] != recv[0]) status = another_build(world, r, err);
    brasa__free(send, bytes);
    return status;
}
