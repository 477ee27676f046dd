/* flights.c -- departure delays in the USA: by route, by airport, by hour of day.
 *
 * usage: flights [--data DIR] [--out FILE]
 *
 * Reads DIR/flights.h5:/flights and DIR/airports.h5:/airports (default: the sample that comes with the source), prints three tables, and with --out
 * writes them to an HDF5 file.  The same program runs alone or under mpirun, and prints the same.
 */
#include <stdio.h>
#include <string.h>

#include <brasa/brasa.h>

#ifndef JOB_DATA
#define JOB_DATA "jobs/data"
#endif

enum { PATH_BYTES = 4096 };

static brasa_frame *read_table(brasa_session *s, const char *dir, const char *name)
{
    char uri[PATH_BYTES];

    snprintf(uri, sizeof uri, "%s/%s.h5:/%s", dir, name, name);
    return brasa_read(s, uri);
}

static void save(brasa_frame *f, const char *out, const char *name)
{
    char uri[PATH_BYTES];

    if (out == NULL) return;
    snprintf(uri, sizeof uri, "%s:/%s", out, name);
    brasa_write(f, uri, .mode = BRASA_OVERWRITE);
}

/* The twenty routes with the worst mean delay, among those flown at least 30 times. */
static brasa_frame *worst_routes(brasa_frame *flights, brasa_frame *airports)
{
    brasa_frame *routes = brasa_aggregate(flights, "origin, destination",
                                          "count(*) AS flights, avg(delay) AS mean_delay, max(delay) AS worst, max(distance) AS miles");
    brasa_frame *places = brasa_select(airports, "iata, city");

    routes = brasa_filter(routes, "flights >= ?", BRASA_I64(30));
    routes = brasa_join(brasa_alias(routes, "r"), brasa_alias(places, "o"), "r.origin = o.iata", .how = BRASA_LEFT);
    routes = brasa_select(routes, "origin, destination, flights, mean_delay, worst, miles, city AS from_city");
    routes = brasa_join(brasa_alias(routes, "r"), brasa_alias(places, "d"), "r.destination = d.iata", .how = BRASA_LEFT);
    routes =
        brasa_select(routes, "origin, from_city, destination, city AS to_city, flights, round(mean_delay, 2) AS mean_delay, worst, miles");
    return brasa_limit(brasa_sort(routes, "mean_delay DESC, origin, destination"), 20, 0);
}

/* Airports by departures: how many, how late, how often on time. */
static brasa_frame *by_airport(brasa_frame *flights, brasa_frame *airports)
{
    brasa_frame *per =
        brasa_aggregate(flights, "origin", "count(*) AS departures, avg(delay) AS mean_delay, count_if(delay <= 0) AS on_time");

    per = brasa_join(brasa_alias(per, "p"), brasa_alias(airports, "a"), "p.origin = a.iata", .how = BRASA_LEFT);
    per = brasa_select(
        per,
        "origin, name, state, departures, round(mean_delay, 2) AS mean_delay, round(100.0 * on_time / departures, 1) AS on_time_percent");
    return brasa_limit(brasa_sort(per, "departures DESC, origin"), 20, 0);
}

static brasa_frame *by_hour(brasa_frame *flights)
{
    brasa_frame *hours =
        brasa_aggregate(flights, "hour(date) AS hour", "count(*) AS departures, avg(delay) AS mean_delay, max(delay) AS worst");

    return brasa_sort(brasa_select(hours, "hour, departures, round(mean_delay, 2) AS mean_delay, worst"), "hour");
}

int main(int argc, char **argv)
{
    brasa_session *s = brasa_start(&argc, &argv, .app = "flights", .keep_unknown = true);
    const char    *data = JOB_DATA, *out = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--data") == 0 && i + 1 < argc) {
            data = argv[++i];
        } else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            out = argv[++i];
        } else {
            fprintf(stderr, "flights: unknown argument %s\nusage: flights [--data DIR] [--out FILE]\n", argv[i]);
            brasa_stop(s);
            return 2;
        }
    }
    brasa_frame *flights = read_table(s, data, "flights");
    brasa_frame *airports = read_table(s, data, "airports");
    brasa_frame *routes = worst_routes(flights, airports), *ports = by_airport(flights, airports), *hours = by_hour(flights);

    printf("Worst routes (at least 30 flights)\n");
    brasa_show(routes, 20);
    printf("Busiest airports\n");
    brasa_show(ports, 20);
    printf("By hour of departure\n");
    brasa_show(hours, 24);
    save(routes, out, "routes");
    save(ports, out, "airports");
    save(hours, out, "hours");
    return brasa_stop(s);
}
