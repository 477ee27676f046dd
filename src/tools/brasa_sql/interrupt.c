/* interrupt.c -- Ctrl-C.  The handler sets flags and nothing else; whoever runs looks at them. */
#include <signal.h>

#include "tools/brasa_sql/shell.h"

static brasa_session        *session;
static volatile sig_atomic_t pressed;

static void on_interrupt(int number)
{
    if (pressed) { /* it was not heard: the second ends the program, as it would without us */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    pressed = 1;
    brasa_cancel(session);
}

void shell_catch_interrupts(shell *sh)
{
    struct sigaction act = {.sa_handler = on_interrupt}; /* no SA_RESTART: a line that is being read ends, too */

    session = sh->session;
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
}

void shell_forget_interrupt(void)
{
    pressed = 0;
    brasa_error_clear(session);
}

bool shell_interrupted(void)
{
    return pressed != 0;
}
