/* main.c -- every call of the public API, alone and under mpirun: dist_frames DIR [options of Brasa].
 *
 * Only rank 0 runs the checks and only its exit status counts, so that a failure never leaves other ranks waiting.
 */
#include <stdio.h>
#include <stdlib.h>

#include "frames.h"

int main(int argc, char **argv)
{
    static void (*const parts[])(frames *) = {frames_check_rows,   frames_check_order,   frames_check_joins, frames_check_groups,
                                              frames_check_udfs,   frames_check_results, frames_check_files, frames_check_metrics,
                                              frames_check_errors, frames_check_given};
    char           dir[] = "/tmp/brasa-frames-XXXXXX", command[64];
    brasa_session *s = brasa_start(&argc, &argv, .app = "frames");
    frames         t = {.s = s};

    if (mkdtemp(dir) == NULL) return 2;
    t.dir = dir;
    for (int round = 0; round < 2; round++) {
        t.spread = round == 1;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            brasa_scope_begin(s);
            parts[i](&t);
            brasa_scope_end(s);
            if (brasa_last_error(s) != NULL) {
                t.failed++;
                brasa_error_print(s, brasa_last_error(s));
                brasa_error_clear(s);
            }
        }
    }
    int32_t      workers = brasa_workers(s), threads = brasa_threads(s);
    brasa_frame *left = brasa_range(s, 0, 1, 1);
    int          status = brasa_stop(s);
    frames_check_ended(&t, left);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command) != 0) status = 2;
    printf("%d workers, %d threads: %d checks failed\n", (int)workers, (int)threads, (int)t.failed);
    return t.failed > 0 ? 1 : status;
}
