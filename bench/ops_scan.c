/* bench/ops_scan.c -- a scan of an HDF5 table beside pread of the same file, in one thread.
 *
 *     bin/bench_scan [million rows] [passes] [codec]
 *
 * The table has one column of float64 with full mantissas, is written into the directory of scratch files, and lies in the page cache when it is read.  Scanned means: read, checked against its
 * checksums, given as blocks.  Passes alternate; figures are medians after one that warms up.  The goal is half of pread.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <brasa/brasa.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "data/block.h"
#include "storage/table.h"

enum { MOST_PASSES = 100, PIECE = 512 << 10 };

typedef struct bench {
    const char *path;
    char       *piece;
    int64_t     rows, bytes; /* seen by the last pass */
} bench;

static double read_plain(bench *b)
{
    int64_t start = brasa__clock_ns(), at = 0;
    int     fd = open(b->path, O_RDONLY | O_CLOEXEC);

    for (ssize_t got; (got = pread(fd, b->piece, PIECE, at)) > 0;) at += got;
    close(fd);
    b->bytes = at;
    return (double)(brasa__clock_ns() - start) / 1e9;
}

static brasa_status scan(void *arg, brasa_error *err)
{
    bench             *b = arg;
    brasa_arena       *arena = brasa__arena_new(NULL, "bench");
    brasa_read_spec    spec = {.uri = b->path};
    brasa_scan_shared *shared;
    brasa_table       *t;
    int32_t            col = 0;

    b->rows = 0;
    BRASA_TRY(brasa__table_open(arena, &spec, &t, err));
    BRASA_TRY(brasa__scan_shared_open(arena, t, &col, 1, NULL, 0, &shared, err));
    for (int32_t p = 0; p < t->nparts; p++) {
        brasa_scan  *one;
        brasa_block *block = NULL;
        BRASA_TRY(brasa__scan_open(shared, p, &one, err));
        for (;;) {
            BRASA_TRY(brasa__scan_next(one, &block, err));
            if (block == NULL) break;
            b->rows += block->rows;
            brasa__block_unref(block);
            block = NULL;
        }
        brasa__scan_close(one);
    }
    brasa__scan_shared_close(shared);
    brasa__arena_free(arena);
    return BRASA_OK;
}

static double read_table(bench *b)
{
    int64_t     start = brasa__clock_ns();
    brasa_error err;

    brasa__error_clear(&err);
    if (brasa__guarded(scan, b, &err) != BRASA_OK) {
        fprintf(stderr, "bench_scan: %s\n", err.text);
        exit(1);
    }
    return (double)(brasa__clock_ns() - start) / 1e9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "bench_scan");
    const char    *dir = getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR");
    int            millions = argc > 1 ? atoi(argv[1]) : 64, passes = argc > 2 ? atoi(argv[2]) : 9;
    double         plain[MOST_PASSES], table[MOST_PASSES];
    char           path[4096];
    bench          b = {.path = path, .piece = aligned_alloc(4096, PIECE)};

    if (passes < 1 || passes > MOST_PASSES || millions < 1 || b.piece == NULL) return 2;
    brasa_set(s, "merge-bytes", "1024G"); /* one file */
    snprintf(path, sizeof path, "%s/brasa-bench-scan-%d.h5", dir, (int)getpid());
    brasa_frame *f = brasa_select(brasa_range(s, 0, (int64_t)millions * 1000000, 1), "sqrt(id) AS x");
    if (brasa_write(f, path, .codec = argc > 3 ? argv[3] : NULL, .mode = BRASA_OVERWRITE) == BRASA_OK) {
        for (int i = -1; i < passes; i++) {
            double p = read_plain(&b), t = read_table(&b);
            if (i < 0) continue;
            plain[i] = p;
            table[i] = t;
        }
        qsort(plain, (size_t)passes, sizeof plain[0], by_size);
        qsort(table, (size_t)passes, sizeof table[0], by_size);
        printf("%lld rows, %.0f MB: pread %.1f GB/s, scan %.1f GB/s of values, ratio %.2f\n", (long long)b.rows, (double)b.bytes / 1e6,
               (double)b.bytes / 1e9 / plain[passes / 2], (double)b.rows * 8 / 1e9 / table[passes / 2],
               (double)b.rows * 8 / (double)b.bytes * plain[passes / 2] / table[passes / 2]);
    }
    unlink(path);
    free(b.piece);
    return brasa_stop(s);
}
