#!/usr/bin/env python3
"""Event logs to try the report on, as doc/event-log.md has them: a job of many stages with skew, spilling and waits.

usage: make_log.py FILE [--tasks N] [--workers N] [--threads N] [--jobs N] [--name TEXT] [--killed | --failed | --hostile]
"""

import argparse
import json
import random

STAGES = [  # name, sink, inputs, share of tasks, operators
    ("scan nation, filter", "broadcast", [], 0.01, [("scan", "nation"), ("filter", "n_name = 'BRAZIL'")]),
    ("scan orders, filter", "exchange", [], 0.2, [("scan", "orders"), ("filter", "o_orderdate < DATE '1995-03-15'")]),
    ("scan lineitem, filter, join", "exchange", [(1, "broadcast")], 0.45, [("scan", "lineitem"), ("filter", "l_shipdate > DATE '1995-03-15'"), ("hash join", "s_nationkey = n_nationkey")]),
    ("join, aggregate", "exchange", [(3, "hash"), (2, "hash")], 0.24, [("shuffle", "hash(l_orderkey)"), ("hash join", "l_orderkey = o_orderkey"), ("aggregate", "sum(l_extendedprice * (1 - l_discount))")]),
    ("aggregate, top-n", "result", [(4, "hash")], 0.1, [("shuffle", "hash(l_orderkey)"), ("aggregate", "final"), ("top-n", "revenue DESC, 10")]),
]


def matrix(rng, workers, total):
    weights = [[rng.uniform(0.5, 1.5) * (6 if j == 1 else 1) for j in range(workers)] for _ in range(workers)]
    scale = total / sum(map(sum, weights))
    return [[int(w * scale) for w in row] for row in weights]


FIRST = '{"event":"log","us":0,"version":1,"brasa":"0.1.0","time":"2026-11-22T09:30:00Z"}\n'
HOSTILE = "</script><script>window.owned=1</script><img src=x onerror=window.owned=1>\u2028'\"&amp;]]>--><!--"


def hostile():
    """A log whose names are meant to get out of their quotes, and whose numbers are no numbers of anything."""
    lines = [
        {"event": "application", "us": 1, "name": HOSTILE, "argv": [HOSTILE, {"a": 1}, None], "user": HOSTILE, "workers": -3, "threads": 1e18, "slurm": "none"},
        {"event": "environment", "us": 1, "ranks": [{"rank": HOSTILE, "host": HOSTILE, "memory": -1}, 5, None]},
        {"event": "configuration", "us": 1, "settings": [{"key": HOSTILE, "value": HOSTILE, "from": HOSTILE}, 1]},
        {"event": "job_start", "us": 2, "job": 1, "action": HOSTILE, "at": HOSTILE, "sql": HOSTILE, "plan": HOSTILE},
        {"event": "stage_start", "us": 3, "job": 1, "stage": 1, "name": HOSTILE, "sink": HOSTILE, "tasks": 1, "inputs": [{"stage": 1, "by": HOSTILE}, {"stage": 2, "by": "hash"}, 7],
         "operators": [{"node": HOSTILE, "name": HOSTILE, "detail": HOSTILE, "estimate": 1e300}], "plan": HOSTILE},
        {"event": "stage_start", "us": 3, "job": 1, "stage": 2, "name": "x" * 5000, "inputs": [{"stage": 1, "by": "hash"}]},
        {"event": HOSTILE, "us": 4}, {"event": "constructor", "us": 4}, {"event": "__proto__", "us": 4},
        {"event": "task", "us": 5, "job": 1, "stage": 1, "rank": 1e300, "thread": -1e300, "start": HOSTILE, "end": None, "rows_in": 10**40},
        {"event": "task", "us": 5, "job": 1e18, "stage": -5, "rank": 1.5, "thread": 3, "start": 9, "end": 2},
        {"event": "finish", "us": 5, "job": 1, "stage": 1, "operator": 1e300, "name": HOSTILE, "what": HOSTILE, "rank": 1e300, "thread": HOSTILE, "start": 2, "end": 900},
        {"event": "finish"},
        {"event": "shuffle", "us": 5, "job": 1, "stage": 1, "kind": HOSTILE, "ranks": [HOSTILE], "bytes": [[1, 2, 3], [HOSTILE], 5, None, [1e300]]},
        {"event": "operators", "us": 5, "job": 1, "stage": 1, "operators": [{"node": HOSTILE, "rows_out": -1e300, "ns": 1e300}]},
        {"event": "adaptive", "us": 5, "decision": HOSTILE, "text": HOSTILE},
        {"event": "rank", "us": 5, "job": 1, "stage": 1, "rank": 2, "memory": 1e300, "start": 1e300, "end": -1e300},
        {"event": "error", "us": 6, "class": HOSTILE, "message": HOSTILE, "host": HOSTILE},
        {"event": "application_end", "us": 1e15, "status": HOSTILE},
    ]  # fmt: skip
    return FIRST + "".join(json.dumps(line) + "\n" for line in lines) + '{"event":"rank","us":1e999,"memory":-1e999}\n'


class Log:
    def __init__(self, options):
        self.o, self.rng, self.now, self.lines = options, random.Random(7), 0, []

    def add(self, event, **members):
        self.lines.append(json.dumps({"event": event, "us": int(members.pop("us", self.now)), **members}))

    def begin(self):
        o = self.o
        self.add("log", version=1, brasa="0.1.0", time="2026-11-22T09:30:00Z")
        self.add("application", name=o.name, argv=["build/release/bin/tpch", "data"], user="ana", cwd="/srv/data", build="4f1c9a", ranks=o.workers + 1, workers=o.workers, threads=o.threads,
                 slurm={"job": 4711, "name": o.name, "nodes": 2, "restarts": 0})
        ranks = [{"rank": r, "host": f"node{r // 4 + 1}", "pid": 4000 + r, "cores": o.threads, "threads": o.threads, "memory": 4 << 30} for r in range(o.workers + 1)]
        self.add("environment", system="Linux 6.1 x86_64", mpi="Open MPI 4.1.4", hdf5="1.10.8", ranks=ranks)
        keys = [("threads", str(o.threads), "command line"), ("memory", "4G", "environment"), ("deadline", "600", "default"), ("broadcast-bytes", "16M", "default"), ("log", "warn", "default"),
                ("exact-float-sum", "true", "default"), ("event-log", "logs", "command line"), ("shuffle-partitions", "0", "default")]
        self.add("configuration", settings=[{"key": k, "value": v, "from": f} for k, v, f in keys])
        self.now += 180000

    def stage(self, job, number, spec, ntasks):
        o, rng = self.o, self.rng
        name, sink, inputs, _, operators = spec
        start, rows_each = self.now, 60000
        ops = [{"node": 10 * number + i, "name": n, "detail": d, "estimate": int(ntasks * rows_each / (1 + i * (30 if n == "hash join" else 2)))} for i, (n, d) in enumerate(operators)]
        self.add("stage_start", job=job, stage=number, name=name, sink=sink, tasks=ntasks, inputs=[{"stage": s, "by": b} for s, b in inputs], plan="\n".join(f"{n}: {d}" for n, d in operators), operators=ops)
        clocks = {(r, t): start + rng.randrange(800) for r in range(1, o.workers + 1) for t in range(o.threads)}
        totals, tasks = {}, []
        for task in range(ntasks):
            where = min(clocks, key=clocks.get) if ntasks < 3000 else (task % o.workers + 1, task // o.workers % o.threads)
            rows = int(rows_each * rng.uniform(0.7, 1.3)) * (9 if number == 4 and task == 3 else 1)
            took = int(rows * 0.9 * rng.uniform(0.8, 1.3)) + 300
            io, shuffle = (int(took * 0.35 * rng.random()), 0) if "scan" in name else (0, int(took * 0.5 * rng.random()))
            at = clocks[where]
            clocks[where] = at + took + rng.randrange(400)
            out = rows // (3 if sink == "exchange" else 40)
            tasks.append(dict(us=at + took, job=job, stage=number, task=task, rank=where[0], thread=where[1], start=at, end=at + took, rows_in=rows, rows_out=out, bytes_in=rows * 24, bytes_out=out * 16,
                              spilled=rows * 24 if number == 4 and task % 5 == 0 else 0, wait_io=io, wait_shuffle=shuffle, wait_barrier=rng.randrange(300)))
            t = totals.setdefault(where[0], dict(tasks=0, rows_out=0, bytes_out=0, wait_io=0, wait_shuffle=0, wait_barrier=0, end=at))
            t["tasks"] += 1
            t["end"] = max(t["end"], at + took)
            for key in ("rows_out", "bytes_out", "wait_io", "wait_shuffle", "wait_barrier"):
                t[key] += tasks[-1][key]
        self.now = max(t["end"] for t in tasks) + 2000
        for t in tasks:
            self.add("task", **t)
        for (rank, thread), at in sorted(clocks.items()):
            if at < self.now - 2000:  # what is left of the stage's time
                self.add("finish", job=job, stage=number, operator=len(ops) - 1, name=ops[-1]["name"], what="give", rank=rank, thread=thread, start=at, end=self.now - 2000)
        for rank, t in sorted(totals.items()):
            self.add("rank", job=job, stage=number, rank=rank, start=start, memory=int((0.3 + 0.7 * rng.random()) * 900e6 * number), chunks_read=t["tasks"] * 3, chunks_skipped=t["tasks"], bytes_read=t["rows_out"] * 48 if "scan" in name else 0, **t)
        rows, size = sum(t["rows_out"] for t in tasks), sum(t["bytes_out"] for t in tasks)
        if sink in ("exchange", "broadcast"):
            self.add("shuffle", job=job, stage=number, kind="hash" if sink == "exchange" else "broadcast", partitions=o.workers * 4, rounds=3, rows=rows, ranks=list(range(1, o.workers + 1)), bytes=matrix(rng, o.workers, size))
        left = sum(t["rows_in"] for t in tasks)
        done = []
        for op in ops:
            came, left = left, left if op["name"] in ("scan", "shuffle") else left // 2
            done.append({"node": op["node"], "rows_in": came, "rows_out": left, "ns": int(sum(t["end"] - t["start"] for t in tasks) * 1000 * rng.uniform(0.1, 0.6)), "bytes": came * 8, "memory": came * 12, "batches": came // 2048 + 1,
                         "max_rows": left // max(1, o.workers) * 2, "min_rows": left // max(1, o.workers) // 2})
        self.add("operators", job=job, stage=number, operators=done)
        if number == 4:
            self.add("adaptive", job=job, stage=number, decision="split skewed", text="partition 3 holds 12.8 MiB, the median 1.4 MiB: split into 4")
        self.add("stage_end", job=job, stage=number, status="ok", rows=rows, bytes=size)

    def job(self, number):
        self.add("job_start", job=number, action="show", at="tpch.c:214", sql="SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue\nFROM customer, orders, lineitem\nWHERE c_custkey = o_custkey AND l_orderkey = o_orderkey\nGROUP BY l_orderkey ORDER BY revenue DESC LIMIT 10",
                 plan="top-n revenue DESC, 10\n  aggregate l_orderkey\n    join l_orderkey = o_orderkey\n      scan lineitem\n      scan orders")
        for i, spec in enumerate(STAGES, 1):
            self.stage(number, i, spec, max(1, int(self.o.tasks / self.o.jobs * spec[3])))
        self.add("job_end", job=number, status="ok", rows=10)
        self.now += 90000

    def write(self):
        self.begin()
        for number in range(1, self.o.jobs + 1):
            self.job(number)
        if self.o.failed:
            self.add("error", **{"class": "EXECUTION"}, message="division by zero; use try_divide for null", at="tpch.c:214", rank=2, host="node1", node=31, job=self.o.jobs, stage=3)
        if not self.o.killed:
            self.add("application_end", status="EXECUTION" if self.o.failed else "ok", exit=1 if self.o.failed else 0)
        with open(self.o.file, "w", encoding="utf-8") as f:
            f.write("\n".join(self.lines) + "\n")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    for name, value in (("tasks", 400), ("workers", 4), ("threads", 2), ("jobs", 1)):
        p.add_argument(f"--{name}", type=int, default=value)
    for name in ("--killed", "--failed", "--hostile"):
        p.add_argument(name, action="store_true")
    p.add_argument("--name", default="tpch")
    options = p.parse_args()
    if options.hostile:
        with open(options.file, "w", encoding="utf-8") as f:
            f.write(hostile())
    else:
        Log(options).write()


if __name__ == "__main__":
    main()
