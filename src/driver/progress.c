/* progress.c -- the driver's part of showing progress: what runs, and where workers put their counters. */
#include "obs/progress.h"

#include "base/alloc.h"
#include "base/config.h"
#include "base/ctx.h"
#include "driver/inner.h"
#include "obs/show.h"

int64_t brasa__driver_stage_tasks(const brasa_job *job, int32_t i, const brasa_stage_report *reports)
{
    const brasa_source *s = &job->stages[i].source;
    int64_t             n = 0;

    if (s->kind == BRASA_SOURCE_CACHE) return s->nparts > 0 ? s->nparts : -1;
    if (s->kind != BRASA_SOURCE_STAGES) return s->nparts;
    for (int32_t k = 0; k < s->nstages; k++) {
        const brasa_stage_report *r = &reports[s->stages[k]];

        if (k == 0 && s->npick > 0) {
            n += s->npick;
            continue;
        }
        for (int32_t w = 0; w < r->nworkers; w++) n += r->workers[w].nparts;
    }
    return n;
}

typedef struct begin_call {
    brasa_driver             *d;
    const brasa_job          *job;
    int32_t                   i;
    const brasa_stage_report *reports;
    brasa_show_mode           mode;
} begin_call;

static void make_show(brasa_driver *d)
{
    if (d->progress == NULL) {
        d->progress = brasa__progress_new(0, d->world->size, d->topology.threads);
        if (d->local != NULL) brasa__ctx()->progress = d->progress;
    }
    d->show = brasa__show_new(d->progress);
    if (d->show == NULL) d->showing = false;
}

static brasa_status begin(void *arg, brasa_error *err)
{
    begin_call      *c = arg;
    brasa_arena     *arena = brasa__arena_new(NULL, "progress");
    brasa_text       name;
    brasa_show_stage stage;

    (void)err;
    if (c->d->show == NULL) make_show(c->d);
    brasa__text_init(&name, arena);
    brasa__stage_name(&c->job->stages[c->i], &name);
    stage = (brasa_show_stage) {.job = c->d->jobs,
                                .stage = c->i,
                                .nstages = c->job->nstages,
                                .name = name.s,
                                .tasks = brasa__driver_stage_tasks(c->job, c->i, c->reports),
                                .workers = c->d->topology.workers};
    brasa__progress_order(c->d->progress, c->d->orders);
    brasa__show_begin(c->d->show, c->mode, brasa__setting_int(BRASA_SET_PROGRESS_INTERVAL), &stage);
    brasa__arena_free(arena);
    return BRASA_OK;
}

void brasa__driver_show_begin(brasa_driver *d, const brasa_job *job, int32_t i, const brasa_stage_report *reports)
{
    begin_call  c = {.d = d, .job = job, .i = i, .reports = reports};
    brasa_error ignored;

    d->orders++;
    if (!d->showing) return;
    c.mode = brasa__show_mode(brasa__setting_text(BRASA_SET_PROGRESS));
    if (c.mode == BRASA_SHOW_OFF) return;
    brasa__error_clear(&ignored);
    (void)brasa__guarded(begin, &c, &ignored);
}

void brasa__driver_show_end(brasa_driver *d, const brasa_stage_report *report, brasa_status status)
{
    int64_t tasks = 0, rows = 0;

    if (d->show == NULL) return;
    for (int32_t w = 0; status == BRASA_OK && w < report->nworkers; w++) {
        tasks += report->workers[w].tasks;
        if (report->workers[w].nops > 0) rows += report->workers[w].ops[0].rows_out;
    }
    brasa__show_end(d->show, tasks, rows, status != BRASA_OK);
}

void brasa__driver_show_stop(brasa_driver *d)
{
    brasa__show_free(d->show);
    if (d->progress != NULL && brasa__ctx()->progress == d->progress) brasa__ctx()->progress = NULL;
    brasa__progress_free(d->progress);
    d->show = NULL;
    d->progress = NULL;
}

void brasa__driver_show(brasa_driver *d)
{
    d->showing = true;
}
