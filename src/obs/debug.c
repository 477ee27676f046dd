/* debug.c -- waiting for a debugger.
 *
 * Attached is who the kernel names as tracer of this process.  Where the system lets only ancestors attach (Yama), this process allows everybody of its
 * user.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ctx.h"
#include "base/io.h"
#include "obs/crash.h"

extern char **environ;

static bool is_traced(void)
{
    static const char key[] = "TracerPid:";
    char              text[4096];
    brasa_error       err;
    size_t            got = 0;
    int               fd;

    if (brasa__io_open("/proc/self/status", BRASA_IO_READ, &fd, &err) != BRASA_OK) return true; /* cannot be known: do not wait for ever */
    brasa_status status = brasa__io_read(fd, text, sizeof text - 1, &got, "/proc/self/status", &err);
    (void)brasa__io_close(fd, "/proc/self/status", &err);
    if (status != BRASA_OK) return true;
    text[got] = '\0';
    const char *line = strstr(text, key);
    return line == NULL || atoi(line + sizeof key - 1) != 0;
}

static void start_terminal(int pid)
{
    static const char *const terminals[] = {"x-terminal-emulator", "xterm"};
    char                     number[16];
    pid_t                    child;

    snprintf(number, sizeof number, "%d", pid);
    for (int i = 0; i < 2; i++) {
        char *argv[] = {
            (char *)(uintptr_t)terminals[i], (char *)(uintptr_t) "-e", (char *)(uintptr_t) "gdb", (char *)(uintptr_t) "-p", number, NULL};

        if (posix_spawnp(&child, terminals[i], NULL, NULL, argv, environ) == 0) return;
    }
}

void brasa__debug_wait(void)
{
    const brasa_ctx *ctx = brasa__ctx();
    int              pid = (int)getpid();

    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    fprintf(stderr, "rank %d on host %s waits for a debugger; attach with\n    gdb -p %d\nand let it go with 'continue'\n", ctx->rank,
            ctx->host, pid);
    fflush(stderr);
    if (getenv("DISPLAY") != NULL) start_terminal(pid);
    while (!is_traced()) brasa__sleep_us(100000);
}
