/* program.c -- which file is the program, and is it a Brasa job?
 *
 * A job is an ELF executable with a section "brasa_job", which the library puts there.  It is looked at, not run: who knows what it does.
 */
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/brasa_submit/request.h"

static bool is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* In PATH, and else here: `brasa-submit flights` in the directory of flights is plain enough. */
static const char *in_path(text_pool *pool, const char *name)
{
    const char *path = getenv("PATH");

    for (const char *p = path; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, ":");
        char  *file = pool_format(pool, "%.*s/%s", (int)n, p, name);

        if (n > 0 && is_file(file) && access(file, X_OK) == 0) return file;
        p += n + (p[n] == ':');
    }
    return name;
}

const char *program_find(text_pool *pool, const char *name)
{
    const char *path = strchr(name, '/') == NULL ? in_path(pool, name) : name;
    char        real[PATH_MAX];

    if (realpath(path, real) == NULL) {
        fprintf(stderr, "brasa-submit: there is no program %s, here or in PATH: %s\n", name, strerror(errno));
        return NULL;
    }
    return pool_format(pool, "%s", real);
}

static bool read_at(FILE *f, long offset, void *to, size_t n)
{
    return fseek(f, offset, SEEK_SET) == 0 && fread(to, 1, n, f) == n;
}

/* false: not an ELF file of this machine's width, or none with that section. */
static bool has_section(FILE *f, const char *name)
{
    Elf64_Ehdr head;
    Elf64_Shdr names, s;
    char       found[64];

    if (!read_at(f, 0, &head, sizeof head) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64)
        return false;
    if (head.e_shentsize != sizeof s || head.e_shstrndx >= head.e_shnum) return false;
    if (!read_at(f, (long)(head.e_shoff + head.e_shstrndx * sizeof s), &names, sizeof names)) return false;
    for (size_t i = 0; i < head.e_shnum; i++) {
        if (!read_at(f, (long)(head.e_shoff + i * sizeof s), &s, sizeof s)) return false;
        if (fseek(f, (long)(names.sh_offset + s.sh_name), SEEK_SET) != 0 || fgets(found, sizeof found, f) == NULL) continue;
        if (strcmp(found, name) == 0) return true;
    }
    return false;
}

bool program_check(const char *path)
{
    FILE *f;
    bool  job;

    if (!is_file(path)) {
        fprintf(stderr, "brasa-submit: %s is not a file\n", path);
        return false;
    }
    if (access(path, X_OK) != 0) {
        fprintf(stderr, "brasa-submit: %s cannot be run: %s\n", path, strerror(errno));
        return false;
    }
    f = fopen(path, "re");
    job = f != NULL && has_section(f, "brasa_job");
    if (f != NULL) fclose(f);
    if (!job)
        fprintf(
            stderr,
            "brasa-submit: %s is not a Brasa job: it is no program that calls brasa_start (scripts are started by sbatch, and call brasa-submit)\n",
            path);
    return job;
}
