/* watch.c -- what is learnt from the standard error of a job. */
#include "tools/brasa_submit/watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%.*s", (int)strcspn(from, "\n"), from);
}

static void take_note(watch *w, const char *text)
{
    size_t n = strlen(w->token);

    if (strncmp(text, w->token, n) != 0 || text[n] != ' ') return;
    text += n + 1;
    if (sscanf(text, "end %d", &w->end_status) == 1) w->ended = true;
    if (!w->aborted && sscanf(text, "abort %d", &w->abort_status) == 1) w->aborted = true;
    if (strncmp(text, "stage ", 6) == 0) keep(w->stage, sizeof w->stage, text + 6);
    if (strncmp(text, "pid ", 4) == 0 && sscanf(text + 4, "%d %127s %d", &w->pid, w->pid_host, &w->deadline_s) < 2) w->pid = 0;
    if (strncmp(text, "shm ", 4) == 0) keep(w->shm, sizeof w->shm, text + 4);
}

/* The first that dies is the cause; what comes after is the end of the others. */
static void note_death(watch *w, int rank, const char *host, int signal, int code)
{
    if (w->died && (w->signal != 0 || signal == 0)) return;
    w->died = true;
    w->rank = rank;
    w->signal = signal;
    w->code = code;
    keep(w->host, sizeof w->host, host);
}

/* The names that strsignal has for them, which srun uses, to their numbers. */
static int signal_named(const char *name)
{
    for (int s = 1; s < 32; s++) {
        const char *known = strsignal(s);

        if (known != NULL && strncmp(name, known, strlen(known)) == 0) return s;
    }
    return 0;
}

/* "srun: error: n2: task 1: Killed", "srun: error: n2: tasks 0-1: Exited with exit code 3". */
static void read_srun(watch *w, const char *line)
{
    char host[128], what[128], program[256];
    int  rank, code = -1, used = 0;

    if (w->missing[0] == '\0' && sscanf(line, "slurmstepd-%127[^:]: error: execve(): %255[^:]:", host, program) == 2) {
        keep(w->missing, sizeof w->missing, program);
        keep(w->host, sizeof w->host, host);
    }
    if (sscanf(line, "srun: error: Node failure on %127[^,\n ]", host) == 1) {
        w->lost = true;
        keep(w->host, sizeof w->host, host);
        return;
    }
    if (sscanf(line, "srun: error: %127[^:]: task%*[s ]%d%n", host, &rank, &used) != 2 || used == 0) return;
    line = strstr(line + used, ": ");
    if (line == NULL) return;
    keep(what, sizeof what, line + 2);
    if (sscanf(what, "Exited with exit code %d", &code) == 1) {
        note_death(w, rank, host, 0, code);
        return;
    }
    int s = signal_named(what);
    if (s != 0 && s != SIGTERM) note_death(w, rank, host, s, -1);
}

static void read_mpirun(watch *w, const char *line)
{
    char host[128];
    int  rank, s;

    if (sscanf(line, "%*s noticed that process rank %d with PID %*d on node %127s exited on signal %d", &rank, host, &s) == 3)
        note_death(w, rank, host, s, -1);
    if (sscanf(line, "Executable: %255[^\n]", w->missing) == 1) w->host[0] = '\0';
    if (w->missing[0] != '\0' && w->host[0] == '\0' && sscanf(line, "Node: %127s", host) == 1) keep(w->host, sizeof w->host, host);
    if (sscanf(line, " Process name: [[%*d,%*d],%d]", &rank) == 1) note_death(w, rank, "", 0, -1);
    if (sscanf(line, " Exit code: %d", &s) == 1 && w->died && w->signal == 0 && w->code < 0) w->code = s;
    if (sscanf(line, " Remote daemon: %*s on node %127s", host) == 1) {
        w->lost = true;
        keep(w->host, sizeof w->host, host);
    }
}

/* Messages that say nothing about the job. */
static bool is_noise(watch *w, const char *line)
{
    if (strstr(line, "] mpirun: SIGPIPE detected on fd ") != NULL) w->deaf = true;
    return w->deaf || strcmp(line, "srun: cluster configuration lacks support for cpu binding") == 0;
}

size_t watch_bytes(watch *w, char *bytes, size_t n)
{
    size_t out = 0, begin = w->length == 0 ? 0 : n; /* where the line that is being read begins in what is passed on, if it does */

    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];

        if (c == '\x1e') {
            w->in_note = true;
            w->length = 0;
            continue;
        }
        if (!w->in_note && !w->deaf) bytes[out++] = c;
        if (c != '\n') {
            if (w->length + 1 < sizeof w->line) w->line[w->length++] = c;
            continue;
        }
        w->line[w->length] = '\0';
        if (w->in_note) {
            take_note(w, w->line);
        } else {
            read_srun(w, w->line);
            read_mpirun(w, w->line);
            if (begin < out && is_noise(w, w->line)) out = begin;
        }
        w->in_note = false;
        w->length = 0;
        begin = out;
    }
    w->said = w->said || out > 0;
    return out;
}
