#!/usr/bin/env python3
"""A join of which one key has most rows: its partition is spread over all workers, each gets a part, and the answers stay.  Tables of which nothing is known are measured.

usage: check_skew.py
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dist"))

# pylint: disable=wrong-import-position
from harness import check, scratch, succeeds  # noqa: E402

ROWS, KEYS = 60000, 500
TABLES = f"""
CREATE TABLE stream AS SELECT id, CASE WHEN id % 10 < 8 THEN 7 WHEN id % 1000 = 9 THEN NULL ELSE id % {KEYS * 2} END AS k FROM range({ROWS});
CREATE TABLE build AS SELECT id AS k, id * 2 AS w FROM range({KEYS}) UNION ALL SELECT 7, -1;
"""


def key(i):
    return 7 if i % 10 < 8 else None if i % 1000 == 9 else i % (KEYS * 2)


def matches(k):
    return [] if k is None or k >= KEYS else [2 * k, -1] if k == 7 else [2 * k]


def answers():
    """Queries and what they give, by the definition."""
    found = {i: matches(key(i)) for i in range(ROWS)}
    pairs = [(i, w) for i, ws in found.items() for w in ws]
    some, none = [i for i, ws in found.items() if ws], [i for i, ws in found.items() if not ws]
    yield "SELECT count(*), sum(id), sum(w) FROM stream JOIN build USING (k)", (len(pairs), sum(i for i, _ in pairs), sum(w for _, w in pairs))
    yield "SELECT count(*), sum(id), count(w) FROM stream LEFT JOIN build ON stream.k = build.k AND w < 0", (
        ROWS, ROWS * (ROWS - 1) // 2, sum(w < 0 for _, w in pairs))
    yield "SELECT count(*), sum(id) FROM stream WHERE EXISTS (SELECT 1 FROM build WHERE build.k = stream.k)", (len(some), sum(some))
    yield "SELECT count(*), sum(id) FROM stream LEFT ANTI JOIN build ON build.k = stream.k", (len(none), sum(none))
    yield "SELECT count(*), sum(id) FROM build RIGHT JOIN stream ON build.k = stream.k AND id % 3 = w % 3", (
        sum(max(1, sum(i % 3 == w % 3 if w > 0 else (i % 3 == -1) for w in ws)) for i, ws in found.items()),
        sum(i * max(1, sum(i % 3 == w % 3 if w > 0 else (i % 3 == -1) for w in ws)) for i, ws in found.items()))


def spread_stages(folder):
    """Of each decision to spread: how many rows each rank had of the join's stage."""
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            events = [json.loads(line) for line in f]
        for d in (e for e in events if e["event"] == "adaptive" and e["decision"] == "spread"):
            rows = {}
            for t in events:
                if t["event"] == "task" and (t["job"], t["stage"]) == (d["job"], d["stage"]):
                    rows[t["rank"]] = rows.get(t["rank"], 0) + t["rows_in"]
            yield d["text"], rows


def measured():
    """Rows from text, of which no statistics are known: what a join of them and a condition on them give is foreseen all the same."""
    folder = scratch()
    for name, text in (("f", (f"{i % 500},part {i % 40}" for i in range(40000))), ("d", (f"{i},region {i % 20}" for i in range(500)))):
        with open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in ["k,s", *text])
    tables = "".join(f"CREATE TABLE {t} AS SELECT * FROM read_csv('{folder}/{t}.csv', schema => 'k {k}, s STRING');" for t, k in (("f", "BIGINT"), ("d", "INT")))
    query = "SELECT count(*) FROM f JOIN d ON f.k = d.k JOIN d e ON e.k = f.k WHERE {}"
    for ranks in (0, 3):
        for where, rows in (("f.k < 400", 32000), ("d.s = 'region 17'", 2000), ("f.s = 'part 7'", 1000)):
            plan = succeeds("brasa-sql", "--threads=1", "-c", tables + "EXPLAIN ANALYZE " + query.format(where), ranks=ranks)
            top = re.search(r"Join.*?about (\d+) rows", plan)
            check(top and rows / 3 <= int(top[1]) <= rows * 3, f"an estimate near {rows} where {where}", plan)


def main():
    measured()
    asked = list(answers())
    for workers in (2, 3, 5):
        folder = scratch()
        script = os.path.join(folder, "skew.sql")
        with open(script, "w", encoding="utf-8") as f:
            f.write(TABLES + ";\n".join(query for query, _ in asked))
        for adaptive in ("true", "false") if workers == 3 else ("true",):
            log = os.path.join(folder, f"log-{adaptive}")
            out = succeeds("brasa-sql", "-f", script, "--format", "csv", "--threads=2", "--broadcast-bytes=0", "--skew-bytes=64K", "--shuffle-partitions=13",
                           f"--adaptive={adaptive}", f"--event-log={log}", ranks=workers + 1)
            got = [tuple(map(int, line.split(","))) for line in out.splitlines() if line[0].isdigit()]
            check(got == [want for _, want in asked], f"the answers at {workers} workers, adaptive {adaptive}", (got, asked))
            spread = list(spread_stages(log))
            check(len(spread) >= 3 if adaptive == "true" else not spread, "joins that are spread", (workers, adaptive, spread))
            for text, rows in spread:
                check(len(rows) == workers and min(rows.values()) > ROWS / workers / 2, "each worker has its part", (text, rows))


main()
