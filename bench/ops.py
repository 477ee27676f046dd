#!/usr/bin/env python3
"""Single operations beside DuckDB, in one run: group-by, join and sort of made-up tables in memory; medians of alternating passes and ratios.

usage: ops.py [--bin FOLDER] [--rows N] [--sort-rows N] [--passes N] [OPERATION...]

Both sides run the same SQL on two threads: ours by brasa-sql, one process a pass; only the statement that is measured counts. Needs duckdb from PyPI.
"""
import argparse
import os
import re
import statistics
import subprocess
import time

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 2


def operations(rows, sort_rows):
    """Name -> statements that prepare, and the one that is measured."""
    keys = f"SELECT (id * 7919) % {{groups}} AS k, id % 1000 AS v FROM range({rows}) r(id)"
    group = "SELECT count(*), sum(s) FROM (SELECT k, sum(v) AS s, count(*) AS n FROM t GROUP BY k) g"
    return {
        "group-by 100": ([f"CREATE TABLE t AS {keys.format(groups=100)}"], group),
        "group-by 100K": ([f"CREATE TABLE t AS {keys.format(groups=100_003)}"], group),
        "group-by 10M": ([f"CREATE TABLE t AS {keys.format(groups=10_000_019)}"], group),
        "join 10M x 10M": (
            [f"CREATE TABLE a AS SELECT (id * 7919) % 10000019 AS k, id % 1000 AS v FROM range({rows}) r(id)",
             f"CREATE TABLE b AS SELECT (id * 104729) % 10000019 AS k, id % 1000 AS w FROM range({rows}) r(id)"],
            "SELECT count(*), sum(a.v + b.w) FROM a JOIN b ON a.k = b.k"),
        "sort 50M": (
            [f"CREATE TABLE t AS SELECT (id * 7919) % 1000003 AS k, id AS v FROM range({sort_rows}) r(id)"],
            "CREATE TABLE sorted AS SELECT k, v FROM t ORDER BY k, v"),
    }


def ours(binaries, prepare, measured):
    done = subprocess.run([os.path.join(binaries, "brasa-sql"), f"--threads={THREADS}", "--timing", "-c", "; ".join([*prepare, measured])],
                          capture_output=True, text=True, check=True)
    return float(re.findall(r"Time: ([0-9.]+) s", done.stderr)[-1])


def theirs(prepare, measured):
    db = duckdb.connect()
    db.execute(f"SET threads = {THREADS}")
    for statement in prepare:
        db.execute(statement)
    start = time.perf_counter()
    db.execute(measured).fetchall()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(HERE, "../build/release/bin"))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--sort-rows", type=int, default=50_000_000)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("operations", nargs="*")
    o = parser.parse_args()
    print(f"{'operation':16} {'Brasa s':>9} {'DuckDB s':>9} {'ratio':>6}")
    for name, (prepare, measured) in operations(o.rows, o.sort_rows).items():
        if o.operations and name not in o.operations:
            continue
        passes = [(ours(o.bin, prepare, measured), theirs(prepare, measured)) for _ in range(o.passes)]
        mine, other = (statistics.median(p[i] for p in passes) for i in (0, 1))
        print(f"{name:16} {mine:9.3f} {other:9.3f} {mine / other:6.2f}", flush=True)


main()
