/* show_text.c -- numbers, times and the bar as text. */
#include <stdio.h>
#include <string.h>

#include "obs/show.h"

enum { NARROW = 40 };

void brasa__show_count(double n, char out[static 16])
{
    static const char *const units[] = {"", " k", " M", " G", " T", " P"};
    int                      u = 0;

    while (n >= 999.5 && u < 5) {
        n /= 1000;
        u++;
    }
    if (u == 0)
        snprintf(out, 16, "%.0f", n);
    else
        snprintf(out, 16, "%.*f%s", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n, units[u]);
}

void brasa__show_time(double seconds, char out[static 24])
{
    long s = seconds < 0 ? 0 : seconds > 1e9 ? 1000000000 : (long)(seconds + 0.5);

    if (s < 3600)
        snprintf(out, 24, "%ld:%02ld", s / 60, s % 60);
    else
        snprintf(out, 24, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

/* Tasks done, rows, rate, time left: " 12/40 tasks, 6.0 M rows, 3.1 M/s, 0:12 left". */
static void figures(const brasa_show_state *st, char *out, size_t room)
{
    const brasa_progress_sum *sum = &st->sum;
    int64_t                   total = st->stage->tasks >= 0 ? st->stage->tasks : sum->total;
    char                      rows[16], rate[16], left[24];
    int                       n;

    brasa__show_count((double)sum->rows, rows);
    brasa__show_count(st->seconds > 0 ? (double)sum->rows / st->seconds : 0, rate);
    n = snprintf(out, room, " %lld/%lld tasks, %s rows, %s/s", (long long)sum->tasks, (long long)total, rows, rate);
    if (sum->tasks <= 0 || sum->tasks >= total || n < 0 || (size_t)n >= room) return;
    brasa__show_time(st->seconds * (double)(total - sum->tasks) / (double)sum->tasks, left);
    snprintf(out + n, room - (size_t)n, ", %s left", left);
}

void brasa__show_bar_text(const brasa_show_state *st, int width, char *out, int room)
{
    int64_t total = st->stage->tasks >= 0 ? st->stage->tasks : st->sum.total;
    double  part = total > 0 ? (double)st->sum.tasks / (double)total : 0;
    char    head[160], tail[120];
    int     n, bar, full;

    if (width > room - 1) width = room - 1;
    figures(st, tail, sizeof tail);
    if (width < NARROW) { /* no room for more than some of the figures */
        snprintf(out, (size_t)room, "%.*s", width, tail + 1);
        return;
    }
    snprintf(head, sizeof head, "[Stage %d/%d %s", st->stage->stage + 1, st->stage->nstages, st->stage->name);
    /* the figures come first, then a bar of 10 columns, then the name */
    n = width - (int)strlen(tail) - 14;
    if (n < (int)strlen(head)) {
        if (n < 0) n = 0;
        while (n > 0 && ((unsigned char)head[n] & 0xC0) == 0x80) n--; /* not inside of a character */
        head[n] = '\0';
    }
    bar = width - (int)strlen(head) - (int)strlen(tail) - 2;
    if (bar < 0) bar = 0;
    if (part > 1) part = 1;
    full = (int)(part * bar);
    n = snprintf(out, (size_t)room, "%s ", head);
    for (int i = 0; i < bar && n < width; i++) out[n++] = i < full ? '=' : i == full ? '>' : ' ';
    snprintf(out + n, (size_t)(room - n), "]%.*s", width - n - 1 < 0 ? 0 : width - n - 1, tail);
}
