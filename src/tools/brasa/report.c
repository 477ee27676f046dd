/* report.c -- `brasa report` and `brasa history`: event logs as pages that a person would rather look at.
 *
 * They need no session: a log is read where it lies, whatever wrote it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/brasa/commands.h"
#include "tools/brasa/page.h"
#include "tools/shared/cmdline.h"

#define LOG_END ".brasa.jsonl"

static const cmd_option end = {0, NULL, NULL, NULL, NULL, NULL};

/* "dir/a.brasa.jsonl" -> "dir/a.html". */
static char *page_of(const char *log)
{
    size_t n = strlen(log), m = strlen(LOG_END);
    char  *path = NULL;

    if (n > m && strcmp(log + n - m, LOG_END) == 0) n -= m;
    if (asprintf(&path, "%.*s.html", (int)n, log) < 0) abort();
    return path;
}

static void say_what_is_missing(const char *program, const char *path, const log_read *log)
{
    if (log->cut) fprintf(stderr, "%s: %s is cut in its last line; what stands before it was read\n", program, path);
    if (log->bad > 0) fprintf(stderr, "%s: %s: %lld lines are not JSON objects and were left out\n", program, path, (long long)log->bad);
}

static void begin_report(text_buf *json)
{
    text_addf(json, "{\"kind\":\"report\",\"brasa\":");
    text_add_string(json, brasa_version());
    text_addf(json, ",\"logs\":[");
}

/* ---- report ---- */

static int write_report(char **paths, int n, const char *output)
{
    text_buf json = {0};
    char     title[300] = "";
    char    *own = output == NULL ? page_of(paths[0]) : NULL;
    bool     ok = true;

    begin_report(&json);
    for (int i = 0; ok && i < n; i++) {
        log_read log;

        ok = log_open(paths[i], &log);
        if (ok) {
            say_what_is_missing("brasa report", paths[i], &log);
            if (i > 0) text_add(&json, ",", 1);
            text_add(&json, log.json.data, log.json.length);
            if (i == 0) snprintf(title, sizeof title, "%s - Brasa", log.summary.app[0] != '\0' ? log.summary.app : "job");
        } else {
            fprintf(stderr, "brasa report: %s\n", log.why);
        }
        log_free(&log);
    }
    text_addf(&json, "]}");
    ok = ok && page_write("brasa report", output != NULL ? output : own, title, &json);
    if (ok) fprintf(stderr, "brasa report: wrote %s\n", output != NULL ? output : own);
    text_free(&json);
    free(own);
    return ok ? STATUS_OK : STATUS_FAILED;
}

int brasa_cmd_report(int argc, char **argv)
{
    const char      *output = NULL;
    const cmd_option options[] = {{'o', "output", "FILE", "the page to write; default: the first log's name with .html", &output, NULL},
                                  end};
    const cmd_spec   spec = {
          .usage = "brasa report LOG... [-o FILE]",
          .doc =
              "Make one HTML page of the event logs of jobs (--event-log DIR writes them).  It needs no network: send it to whom you like.\n"
                "A log that was cut, because the job was killed, is read up to its last whole line.",
          .options = options,
          .least = 1,
          .most = -1};
    int         n;
    cmd_outcome o = cmd_parse(&spec, "brasa report", argc, argv, &n);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    return write_report(argv + 1, n, output);
}

/* ---- history ---- */

/* Where the entry of one log leads: its report, relative to the index. */
static bool make_report(const char *path, const char *page, const log_read *log)
{
    text_buf json = {0};
    char     title[300];
    bool     ok;

    begin_report(&json);
    text_add(&json, log->json.data, log->json.length);
    text_addf(&json, "]}");
    snprintf(title, sizeof title, "%s - Brasa", log->summary.app);
    ok = page_write("brasa history", page, title, &json);
    if (ok) say_what_is_missing("brasa history", path, log);
    text_free(&json);
    return ok;
}

/* Is the page there, and not older than its log? */
static bool is_fresh(const char *page, const char *log)
{
    struct stat p, l;

    return stat(page, &p) == 0 && stat(log, &l) == 0 &&
           (p.st_mtim.tv_sec > l.st_mtim.tv_sec || (p.st_mtim.tv_sec == l.st_mtim.tv_sec && p.st_mtim.tv_nsec >= l.st_mtim.tv_nsec));
}

static void add_summary(text_buf *json, const log_read *log)
{
    const log_summary *s = &log->summary;

    text_addf(json, ",\"app\":");
    text_add_string(json, s->app);
    text_addf(json, ",\"time\":");
    text_add_string(json, s->time);
    text_addf(json, ",\"status\":");
    text_add_string(json, s->ended ? s->status : "killed");
    text_addf(json, ",\"version\":");
    text_add_string(json, s->version);
    text_addf(json, ",\"us\":%.0f,\"rows\":%.0f,\"read\":%.0f,\"moved\":%.0f,\"spilled\":%.0f", s->duration_us, s->rows, s->bytes_read,
              s->bytes_moved, s->bytes_spilled);
    text_addf(json, ",\"jobs\":%lld,\"stages\":%lld,\"tasks\":%lld,\"errors\":%lld,\"workers\":%d,\"threads\":%d,\"cut\":%s",
              (long long)s->jobs, (long long)s->stages, (long long)s->tasks, (long long)s->errors, s->workers, s->threads,
              log->cut ? "true" : "false");
}

/* One log of the directory as an entry of the index; false: its report could not be written. */
static bool add_entry(text_buf *json, const char *directory, const char *name, const char *index, bool first)
{
    log_read log;
    char    *path = NULL, *page;
    bool     ok = true;

    if (asprintf(&path, "%s/%s", directory, name) < 0) abort();
    page = page_of(path);
    text_addf(json, "%s{\"file\":", first ? "" : ",\n");
    text_add_string(json, name);
    if (!log_open(path, &log)) {
        fprintf(stderr, "brasa history: %s\n", log.why);
        text_addf(json, ",\"refused\":");
        text_add_string(json, log.why);
    } else {
        add_summary(json, &log);
        if (!is_fresh(page, path)) ok = make_report(path, page, &log);
        /* The index may lie elsewhere: then the link needs the directory. */
        text_addf(json, ",\"link\":");
        text_add_string(json, index == NULL ? page + strlen(directory) + 1 : page);
    }
    text_addf(json, "}");
    log_free(&log);
    free(page);
    free(path);
    return ok;
}

static int is_log(const struct dirent *e)
{
    size_t n = strlen(e->d_name), m = strlen(LOG_END);

    return n > m && strcmp(e->d_name + n - m, LOG_END) == 0;
}

static int write_history(const char *directory, const char *output)
{
    struct dirent **names = NULL;
    int             n = scandir(directory, &names, is_log, alphasort);
    text_buf        json = {0};
    char           *own = NULL, *real = NULL;
    bool            ok = true;

    if (n < 0) {
        fprintf(stderr, "brasa history: %s is not a directory that can be read\n", directory);
        return STATUS_FAILED;
    }
    if (asprintf(&own, "%s/index.html", directory) < 0) abort();
    if (output != NULL) real = realpath(directory, NULL);
    text_addf(&json, "{\"kind\":\"history\",\"brasa\":");
    text_add_string(&json, brasa_version());
    text_addf(&json, ",\"directory\":");
    text_add_string(&json, directory);
    text_addf(&json, ",\"logs\":[");
    for (int i = 0; i < n; i++) {
        ok = add_entry(&json, real != NULL ? real : directory, names[i]->d_name, output, i == 0) && ok;
        free(names[i]);
    }
    free(names);
    text_addf(&json, "]}");
    ok = page_write("brasa history", output != NULL ? output : own, "Jobs - Brasa", &json) && ok;
    if (ok) fprintf(stderr, "brasa history: %d logs; wrote %s\n", n, output != NULL ? output : own);
    text_free(&json);
    free(own);
    free(real);
    return ok ? STATUS_OK : STATUS_FAILED;
}

int brasa_cmd_history(int argc, char **argv)
{
    const char      *output = NULL;
    const cmd_option options[] = {{'o', "output", "FILE", "the page to write; default: DIR/index.html", &output, NULL}, end};
    const cmd_spec   spec = {.usage = "brasa history DIR [-o FILE]",
                             .doc = "Make an index page of the event logs of a directory (*" LOG_END
                                    "), with the report of each beside its log,\n"
                                      "made when it is missing or older than the log.",
                             .options = options,
                             .least = 1,
                             .most = 1};
    int              n;
    cmd_outcome      o = cmd_parse(&spec, "brasa history", argc, argv, &n);

    if (o != CMD_RUN) return o == CMD_HELP ? STATUS_OK : STATUS_USAGE;
    return write_history(argv[1], output);
}
