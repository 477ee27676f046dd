#!/usr/bin/env python3
"""The event log obeys doc/event-log.md: its members, its order, its sums; it holds no values of rows; a killed job's log is readable."""
import collections
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time

from harness import SOURCE, check, run, scratch

SLOW = sys.argv[1]
SECRET = "Quetzalcoatlus"

# What every event of a kind has; all of it must be named in the page's row of that kind.
ALWAYS = {
    "log": "version brasa time",
    "application": "name argv user cwd build ranks workers threads",
    "environment": "system mpi hdf5 ranks",
    "configuration": "settings",
    "job_start": "job action plan",
    "stage_start": "job stage name sink tasks inputs plan operators",
    "task": "job stage task rank thread start end rows_in rows_out spilled wait_io wait_shuffle wait_barrier",
    "finish": "job stage operator name what rank thread start end",
    "rank": "job stage rank start end tasks rows_out bytes_out memory spilled wait_io wait_shuffle wait_barrier chunks_read chunks_skipped bytes_read",
    "shuffle": "job stage kind partitions rounds rows bytes ranks",
    "operators": "job stage operators",
    "adaptive": "job stage decision text",
    "stage_end": "job stage status rows bytes",
    "job_end": "job status rows",
    "error": "class message",
    "application_end": "status exit",
}


def page():
    """event -> the names that its row of the page mentions."""
    rows = {}
    for line in open(os.path.join(SOURCE, "doc/event-log.md")):
        cells = re.match(r"\| `(\w+)` \| (.*) \|$", line)
        if cells:
            rows[cells.group(1)] = set(re.findall(r"`(\w+)`", cells.group(2)))
    return rows


def log_of(folder):
    names = os.listdir(folder)
    check(len(names) == 1, "one log a run", names)
    check(re.fullmatch(r"[\w.-]+-\d{8}-\d{6}-\d+\.brasa\.jsonl", names[0]), "its name", names)
    path = os.path.join(folder, names[0])
    check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "only its owner reads it", oct(os.stat(path).st_mode))
    return path


def read(path, whole=True):
    data = open(path, "rb").read()
    check(data.endswith(b"\n") or not whole, "the last line is whole", data[-200:])
    events = [json.loads(line) for line in data.decode("utf-8").split("\n")[:-1]]
    check(events[0]["event"] == "log" and events[0]["version"] == 1, "the first line", events[0])
    return events


def obeys_the_page(events):
    rows = page()
    check(set(ALWAYS) <= set(rows), "the page has a row for every event", set(ALWAYS) - set(rows))
    for kind, members in ALWAYS.items():
        check(set(members.split()) <= rows[kind], f"the page names the members of {kind}", set(members.split()) - rows[kind])
    for e in events:
        kind = e["event"]
        check(kind in rows, "an event that the page knows", e)
        check(isinstance(e["us"], int) and e["us"] >= 0, "us", e)
        check(set(ALWAYS[kind].split()) <= set(e), f"members of {kind}", (set(ALWAYS[kind].split()) - set(e), e))
        check(set(e) <= rows[kind] | {"event", "us"}, f"members of {kind} that the page does not know", set(e) - rows[kind])
        for list_of in ("ranks", "settings", "inputs", "operators"):
            for item in e.get(list_of, []) if isinstance(e.get(list_of), list) else []:
                check(not isinstance(item, dict) or set(item) <= rows[kind], f"members of {kind}.{list_of}", (item, e["event"]))


def of(events, kind, **match):
    return [e for e in events if e["event"] == kind and all(e.get(k) == v for k, v in match.items())]


def stages_add_up(events, ranks):
    workers = set(range(1, ranks)) if ranks > 1 else {0}
    open_stage = None
    for e in events:
        if e["event"] == "stage_start":
            check(open_stage is None, "one stage at a time", e)
            open_stage = (e["job"], e["stage"])
        if e["event"] in ("task", "finish", "rank", "shuffle", "operators"):
            check(open_stage == (e["job"], e["stage"]), "inside of its stage", (open_stage, e))
        if e["event"] == "stage_end":
            check(open_stage == (e["job"], e["stage"]), "the stage that began ends", e)
            open_stage = None
    for start in of(events, "stage_start"):
        key = {"job": start["job"], "stage": start["stage"]}
        (end,) = of(events, "stage_end", **key)
        if end["status"] != "ok":
            continue
        tasks, per_rank = of(events, "task", **key), of(events, "rank", **key)
        (done,) = of(events, "operators", **key)
        check({r["rank"] for r in per_rank} == workers, "a rank event of each worker", (per_rank, workers))
        check(sum(r["tasks"] for r in per_rank) == len(tasks), "a task event of each task", (key, len(tasks)))
        check(start["tasks"] == -1 or len(tasks) <= start["tasks"], "no more than were planned", (start, len(tasks)))
        check(len({t["task"] for t in tasks}) == len(tasks), "each task once", key)
        check(sum(t["rows_in"] for t in tasks) == done["operators"][0]["rows_out"], "rows of the tasks are those of the source", (key, done))
        check([o.get("node") for o in start["operators"]] == [o.get("node") for o in done["operators"]], "operators in the same order", start)
        check(sum(r["rows_out"] for r in per_rank) == done["operators"][-1]["rows_out"], "rows of the ranks are those of the sink", (key, done))
        by_rank = {r["rank"]: r for r in per_rank}
        for t in tasks:
            r = by_rank[t["rank"]]
            check(r["start"] - 1 <= t["start"] <= t["end"] <= r["end"] + 1, "a task runs while its rank does", (t, r))
            check(t["wait_io"] + t["wait_shuffle"] <= t["end"] - t["start"] + 2, "waits are within the task", t)
        for t in of(events, "finish", **key):
            r = by_rank[t["rank"]]
            check(r["start"] - 1 <= t["start"] <= t["end"] <= r["end"] + 1, "what is not a task runs while its rank does, too", (t, r))
            check(t["name"] == start["operators"][t["operator"]]["name"] and t["what"] in ("open", "hand over", "merge", "give"), "and is an operator's", t)
        for r in per_rank:
            check(start["us"] - 1 <= r["start"] <= r["end"] <= end["us"] + 1, "a rank runs while the stage does", (start["us"], r, end["us"]))
        for shuffle in of(events, "shuffle", **key):
            n = len(shuffle["ranks"])
            check(set(shuffle["ranks"]) == workers and len(shuffle["bytes"]) == n and all(len(row) == n for row in shuffle["bytes"]), "a matrix", shuffle)
            check(all(shuffle["bytes"][i][i] == 0 for i in range(n)), "nothing is sent to oneself", shuffle)
            for i, row in enumerate(shuffle["bytes"]):
                check(sum(row) == by_rank[shuffle["ranks"][i]]["bytes_out"], "a row of it is what the rank sent", (shuffle, per_rank))
        check((start["sink"] in ("exchange", "broadcast")) == bool(of(events, "shuffle", **key)), "a matrix for each exchange", start)


def a_session(ranks, folder):
    table = os.path.join(folder, "people.csv")
    with open(table, "w") as f:
        f.write("id,name,weight\n" + "".join(f"{i},{SECRET if i == 77 else 'p%d' % (i % 50)},{i / 8}\n" for i in range(20000)))
    sql = os.path.join(folder, "job.sql")
    with open(sql, "w") as f:
        f.write(f"""CREATE VIEW people AS SELECT * FROM read_csv('{table}');
SELECT id % 100 AS k, count(*), sum(id) FROM range(0, 2000000) GROUP BY 1 ORDER BY 3 DESC LIMIT 5;
CREATE TABLE kept AS SELECT id, id % 7 AS k FROM range(0, 1500000) WHERE id % 3 = 0;
SELECT a.k, count(*) FROM kept a JOIN kept b ON a.id = b.id GROUP BY 1 ORDER BY 1;
SELECT name, count(*), avg(weight) FROM people GROUP BY name ORDER BY 2 DESC, 1 LIMIT 5;
SELECT count(*) FROM people a JOIN people b ON a.id = b.id + 1 WHERE b.weight < 1000;
SELECT a.name, b.n FROM people a JOIN (SELECT name, count(*) n FROM people GROUP BY name) b USING (name) WHERE a.id < 10;
SELECT sum(CAST(name AS BIGINT)) FROM people WHERE id = 77;
SELECT count(*) FROM people WHERE id > 10;
SELECT no_such_column FROM people;
""")
    logs = os.path.join(folder, "logs")
    code, out, err = run("brasa-sql", "-f", sql, "--keep-going", "--event-log", logs, "--threads=2", ranks=ranks)
    check(code != 0 and SECRET in err, "two statements fail", (code, err[-800:]))
    return log_of(logs)


def a_log_of(ranks):
    folder = scratch()
    path = a_session(ranks, folder)
    events = read(path)
    obeys_the_page(events)
    stages_add_up(events, max(ranks, 1))
    order = [e["event"] for e in events]
    check(order[:4] == ["log", "application", "environment", "configuration"] and order[-1] == "application_end", "first and last", order)
    (app,), (env,), (end,) = of(events, "application"), of(events, "environment"), of(events, "application_end")
    check(app["ranks"] == max(ranks, 1) and [r["rank"] for r in env["ranks"]] == list(range(max(ranks, 1))), "ranks", (app, env))
    check(app["argv"][0].endswith("brasa-sql") and "--keep-going" in app["argv"] and "--event-log" in app["argv"], "the command line as it was", app)
    check(end["exit"] == 0 and end["status"] == "ok", "the shell goes on after errors, and clears them", end)
    settings = {s["key"]: s for s in of(events, "configuration")[0]["settings"]}
    check(settings["threads"] == {"key": "threads", "value": "2", "from": "command line"}, "a setting of the command line", settings["threads"])
    check(settings["batch-rows"]["from"] == "default", "a default", settings["batch-rows"])
    starts, ends = of(events, "job_start"), of(events, "job_end")
    check([j["job"] for j in starts] == list(range(1, len(starts) + 1)), "jobs are numbered", starts)
    check([j["job"] for j in ends] == [j["job"] for j in starts], "each job that began ends", (starts, ends))
    check(all("sql" in j and j["plan"] for j in starts), "SQL and plan of each job", starts)
    check([j["status"] for j in ends].count("ok") == len(ends) - 1, "one job failed", ends)
    errors = of(events, "error")
    check(len(errors) == 2 and "job" in errors[0] and "job" not in errors[1], "two errors, one of a job", errors)
    check("no_such_column" in errors[1]["message"], "names of columns are told", errors[1])
    check(any(t["what"] == "give" and t["name"] == "aggregate" for t in of(events, "finish")), "groups are given when all tasks have ended", of(events, "finish"))
    held = {p["name"]: d["memory"] for e in of(events, "operators") for p, d in zip(of(events, "stage_start", job=e["job"], stage=e["stage"])[0]["operators"], e["operators"]) if d["memory"] > 1 << 13}
    check({"join", "aggregate"} <= set(held), "joins and aggregates hold memory", held)
    check(SECRET not in open(path).read(), "no value of a row", [e for e in events if SECRET in json.dumps(e)])
    if ranks > 2:
        sent = collections.Counter()
        for s in of(events, "shuffle"):
            for i, row in enumerate(s["bytes"]):
                sent[s["ranks"][i]] += sum(row)
        check(all(sent[w] > 0 for w in range(1, ranks)), "every worker sent something", sent)
    return events


def the_same_rows_at_any_number_of_ranks(logs):
    """What a job's last stage gave, whoever ran it."""
    rows = [[j["rows"] for j in of(events, "job_end") if j["status"] == "ok"] for events in logs]
    check(all(r == rows[0] for r in rows), "rows of jobs", rows)


def wait_for(path_of, test, what):
    for _ in range(4000):
        path = path_of()
        if path and test(open(path).read()):
            return path
        time.sleep(0.05)
    check(False, what)
    return None


def a_killed_job(ranks, victim):
    """Killed while tasks run: what is there is whole but perhaps for a cut last line, and says what ran."""
    logs = os.path.join(scratch(), "logs")
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    job = subprocess.Popen(["timeout", "-k", "5", "250", *launcher, SLOW, "1000", "--threads=1", "--event-log", logs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    path = wait_for(lambda: os.path.isdir(logs) and os.listdir(logs) and os.path.join(logs, os.listdir(logs)[0]),
                    lambda text: '"stage_start"' in text.rsplit('"job_start"', 1)[-1] and text.count('"job_start"') == 2, "the second job begins")
    (env,) = of(read(path, whole=False), "environment")
    os.kill(env["ranks"][victim]["pid"], signal.SIGKILL)
    check(job.wait(260) != 0, "the job has failed")
    events = read(path, whole=False)
    obeys_the_page(events)
    check(not of(events, "application_end"), "no end is told of a job that was killed", events[-1])
    check(events[-1]["event"] == "stage_start" and of(events, "job_end"), "it ends where the job was", events[-1])


def what_cannot_be_opened():
    folder = scratch()
    path = os.path.join(folder, "a file")
    open(path, "w").close()
    for ranks in (0, 3):
        code, out, err = run("brasa-sql", "-c", "SELECT 1", "--event-log", path, ranks=ranks)
        check(code == 1 and path in err and out == "", "a folder that is a file", (code, out, err[-500:]))


def main():
    logs = [a_log_of(ranks) for ranks in (0, 2, 3, 5)]
    the_same_rows_at_any_number_of_ranks(logs)
    a_killed_job(1, 0)
    a_killed_job(3, 0)
    a_killed_job(3, 2)
    what_cannot_be_opened()


main()
