#!/usr/bin/env python3
"""Many kinds of queries beside DuckDB, in one run: the groups of `wide.sql`, each over made-up tables in memory; medians of alternating passes and ratios, worst last.

usage: wide.py [--bin FOLDER] [--rows N] [--passes N] [--file FILE] [--only REGEX] [GROUP...]

The file has groups (`-- group NAME`), each of statements that prepare and then of queries (`-- NAME` before each). `{rows}` is --rows, `{rows/10}` a tenth of it. A query that starts
with `ours:` or `duck:` is for that side only. Both sides have two threads; a result is counted, not fetched. Needs duckdb from PyPI.
"""
import argparse
import math
import os
import re
import statistics
import subprocess
import time

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 2


def groups(path, rows):
    """Name -> (statements that prepare, {query's name: {"ours": text, "duck": text}})."""
    text = re.sub(r"\{rows(?:/(\d+))?\}", lambda m: str(rows // int(m[1] or 1)), open(path).read())
    found = {}
    for part in re.split(r"^-- group ", text, flags=re.M)[1:]:
        head, *queries = re.split(r"^-- (?=\S)", part, flags=re.M)
        name, _, prepare = head.partition("\n")
        named = {}
        for query in queries:
            label, _, body = query.partition("\n")
            named[label.strip()] = sides([s.strip() for s in body.split(";\n") if s.strip()])
        found[name.strip()] = ([sides([s.strip()]) for s in prepare.split(";\n") if s.strip()], named)
    return found


def sides(statements):
    both = {"ours": None, "duck": None}
    for s in statements:
        m = re.match(r"(ours|duck):\s*", s)
        for side in [m[1]] if m else both:
            both[side] = s[m.end():] if m else s
    return both


def ours(binaries, prepare, queries):
    """One process: prepares, then runs each query twice; the second time of each counts. A query that fails has no time."""
    statements = [p["ours"] for p in prepare if p["ours"]]
    mark = len(statements)
    for q in queries:
        statements += [q["ours"]] * 2
    done = subprocess.run([os.path.join(binaries, "brasa-sql"), f"--threads={THREADS}", "--timing", "--keep-going", "--format", "csv", "-f", "-"],
                          input=";\n".join(statements) + ";\n", capture_output=True, text=True)
    times, errors, failed = [], [], False
    for line in done.stderr.splitlines():
        if line.startswith("ERROR"):
            errors.append(line)
            failed = True
        elif m := re.match(r"Time: ([0-9.]+) s", line):
            times.append(None if failed else float(m[1]))
            failed = False
    return times[mark:], errors, done.stderr if len(times) != len(statements) else ""


def theirs(db, query):
    start = time.perf_counter()
    db.execute(query).fetchall()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(HERE, "../build/release/bin"))
    parser.add_argument("--file", default=os.path.join(HERE, "wide.sql"))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("groups", nargs="*")
    o = parser.parse_args()
    rows_of = []
    for group, (prepare, queries) in groups(o.file, o.rows).items():
        if o.groups and group not in o.groups:
            continue
        queries = {n: q for n, q in queries.items() if re.search(o.only, n)}
        db = duckdb.connect()
        db.execute(f"SET threads = {THREADS}")
        for p in prepare:
            if p["duck"]:
                db.execute(p["duck"])
        mine, other = {n: [] for n in queries}, {n: [] for n in queries}
        for _ in range(o.passes):
            times, errors, odd = ours(o.bin, prepare, queries.values())
            for e in errors:
                print("  ", e)
            if odd:
                print("   a statement is missing:", odd[-2000:])
            for i, name in enumerate(queries):
                if 2 * i + 1 < len(times) and times[2 * i + 1] is not None:
                    mine[name].append(times[2 * i + 1])
            for name, q in queries.items():
                other[name].append(theirs(db, q["duck"]))
        for name in queries:
            if mine[name]:
                a, b = statistics.median(mine[name]), statistics.median(other[name])
                rows_of.append((a / b, group, name, a, b))
    print(f"{'group':12} {'query':40} {'Brasa s':>9} {'DuckDB s':>9} {'ratio':>7}")
    for ratio, group, name, a, b in sorted(rows_of):
        print(f"{group:12} {name:40} {a:9.4f} {b:9.4f} {ratio:7.2f}")
    if rows_of:
        print(f"{len(rows_of)} queries, geometric mean of the ratios {math.exp(sum(math.log(r[0]) for r in rows_of) / len(rows_of)):.2f}")


main()
