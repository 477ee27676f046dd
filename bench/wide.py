#!/usr/bin/env python3
"""Many kinds of queries beside DuckDB, in one run: the groups of `wide.sql` or another file; medians of alternating passes and ratios, worst last.

usage: wide.py [--bin FOLDER] [--rows N] [--passes N] [--file FILE] [--only REGEX] [--check] [--workers N] [--data FOLDER] [--tpch FOLDER] [GROUP...]

The file has groups (`-- group NAME`), each of statements that prepare and then of queries (`-- NAME` before each). `{rows}` is --rows, `{rows/10}` a tenth of it. A statement that starts
with `ours:` or `duck:` is for that side only. `copy: TABLE` writes DuckDB's table as CSV into --data and loads it into Brasa's memory; `scan: TABLE` leaves it there: both sides read the
file in every query. `{tpch}` is a folder of TPC-H's tables as Parquet. Both sides have two threads; --workers 2: mpirun -n 3, one thread each. A result is counted, not fetched; with
--check the rows of both sides are compared. Needs duckdb from PyPI.
"""
import argparse
import csv
import io
import math
import os
import re
import statistics
import subprocess
import tempfile
import time

import duckdb
from peers import MPI

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 2
NULL = "\\N"
MARK = "=== next statement"


def groups(path, o):
    """Name -> (statements that prepare, {query's name: {"ours": text, "duck": text}})."""
    text = re.sub(r"\{rows(?:/(\d+))?\}", lambda m: str(o.rows // int(m[1] or 1)), open(path, encoding="utf-8").read()).replace("{tpch}", o.tpch)
    found = {}
    for part in re.split(r"^-- group ", text, flags=re.M)[1:]:
        head, *queries = re.split(r"^-- (?=\S)", part, flags=re.M)
        name, _, prepare = head.partition("\n")
        named = {}
        for query in queries:
            label, _, body = query.partition("\n")
            named[label.strip()] = sides([s.strip() for s in body.split(";\n") if s.strip()])
        found[name.strip()] = ([s.strip() for s in prepare.split(";\n") if s.strip()], named)
    return found


def sides(statements):
    both = {"ours": None, "duck": None}
    for s in statements:
        m = re.match(r"(ours|duck):\s*", s)
        for side in [m[1]] if m else both:
            both[side] = s[m.end():] if m else s
    return both


def prepare(db, statements, folder):
    """Runs what prepares in DuckDB; returns the statements that do the same in Brasa."""
    mine = []
    for s in statements:
        m = re.match(r"(copy|scan):\s*(\w+)", s)
        if m:
            mine.append(exported(db, m[2], folder, m[1] == "scan"))
            continue
        both = sides([s])
        if both["duck"]:
            db.execute(both["duck"])
        if both["ours"]:
            mine.append(both["ours"])
    return mine


def exported(db, table, folder, leave):
    path = os.path.join(folder, table + ".csv")
    columns = [r[:2] for r in db.execute(f"DESCRIBE {table}").fetchall()]
    db.execute(f"COPY {table} TO '{path}' (HEADER, FORCE_QUOTE ({', '.join(c for c, t in columns if t == 'VARCHAR') or columns[0][0]}))")
    if leave:
        db.execute(f"DROP TABLE {table}")
        db.execute(f"CREATE VIEW {table} AS SELECT * FROM read_csv('{path}', columns = {{{', '.join(f'{c!r}: {t!r}' for c, t in columns)}}})")
    schema = ", ".join(f"{c} {'STRING' if t == 'VARCHAR' else t}" for c, t in columns)
    return f"CREATE {'VIEW' if leave else 'TABLE'} {table} AS SELECT * FROM read_csv('{path}', schema => '{schema}')"


def ours(o, statements, queries):
    """One process: prepares, then runs each query twice; the second time of each counts, None for one that fails. Returns times, texts of results, errors."""
    script = statements + [q["ours"] for q in queries for _ in range(2)]
    command = ["mpirun", "-n", str(o.workers + 1)] if o.workers > 1 else []
    command += [os.path.join(o.bin, "brasa-sql"), f"--threads={THREADS if o.workers == 1 else 1}", "--timing", "--keep-going", "--format", "csv", "--null", NULL, "-f"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as f:
        f.write("".join(f"{s};\n\\echo {MARK}\n" for s in script))
        f.flush()
        done = subprocess.run(command + [f.name], capture_output=True, text=True, env={**MPI, **os.environ}, check=False)
    times, errors, failed = [], [], False
    for line in done.stderr.splitlines():
        if line.startswith("ERROR"):
            errors.append(line)
            failed = True
        elif m := re.match(r"Time: ([0-9.]+) s", line):
            times.append(None if failed else float(m[1]))
            failed = False
    if len(times) != len(script):
        errors.append("a statement is missing: " + done.stderr[-2000:])
    return times[len(statements) + 1::2], done.stdout.split(MARK + "\n")[len(statements) + 1::2], errors


def theirs(db, query):
    start = time.perf_counter()
    rows = db.execute(query).fetchall()
    return time.perf_counter() - start, rows


def number(x):
    try:
        return float(x)
    except ValueError:
        return {"true": 1.0, "false": 0.0}.get(x.lower())


def same(x, y):
    if x == y:
        return True
    a, b = number(x), number(y)
    if a is None or b is None:
        return x.rstrip() == y.rstrip()
    return abs(a - b) <= 1e-4 + 1e-6 * max(abs(a), abs(b)) or a != a and b != b


def difference(text, theirs_rows):
    """In words what two results differ in, "" for nothing."""
    a = list(csv.reader(io.StringIO(text)))[1:]
    b = [[NULL if x is None else str(x) for x in row] for row in theirs_rows]
    if len(a) != len(b):
        return f"{len(a)} rows, not {len(b)}"
    if all(len(x) == len(y) and all(map(same, x, y)) for x, y in zip(a, b)):
        return ""
    order = lambda row: [(number(x) is None, round(number(x) or 0, 3), x if number(x) is None else "") for x in row]  # noqa: E731
    wrong = [(x, y) for x, y in zip(sorted(a, key=order), sorted(b, key=order)) if len(x) != len(y) or not all(map(same, x, y))]
    return f"{len(wrong)} rows differ: {str(wrong[0][0])[:200]}, not {str(wrong[0][1])[:200]}" if wrong else "another order"


def run_group(o, group, statements, queries):
    """[(ratio, group, query, our seconds, their seconds)]"""
    db = duckdb.connect()
    db.execute(f"SET threads = {THREADS}")
    db.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
    mine, other = {n: [] for n in queries}, {n: [] for n in queries}
    with tempfile.TemporaryDirectory(dir=o.data, prefix="wide-") as folder:
        statements = prepare(db, statements, folder)
        for turn in range(o.passes):
            times, texts, errors = ours(o, statements, queries.values())
            for e in errors:
                print("  ", e)
            for i, (name, q) in enumerate(queries.items()):
                seconds, rows = theirs(db, q["duck"])
                other[name].append(seconds)
                if i < len(times) and times[i] is not None:
                    mine[name].append(times[i])
                    if o.check and turn == 0 and (d := difference(texts[i], rows)):
                        print(f"   {group}, {name}: {d}")
        db.close()
    both = {n: (statistics.median(mine[n]), statistics.median(other[n])) for n in queries if mine[n]}
    return [(max(a, 0.0005) / b, group, n, a, b) for n, (a, b) in both.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(HERE, "../build/release/bin"))
    parser.add_argument("--file", default=os.path.join(HERE, "wide.sql"))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--data", help="a folder for files of CSV; default: the system's for temporary files")
    parser.add_argument("--tpch", default=os.path.join(HERE, "data/sf1/parquet"))
    parser.add_argument("groups", nargs="*")
    o = parser.parse_args()
    found = []
    for group, (statements, queries) in groups(o.file, o).items():
        if not o.groups or group in o.groups:
            found += run_group(o, group, statements, {n: q for n, q in queries.items() if re.search(o.only, n)})
    print(f"{'group':12} {'query':40} {'Brasa s':>9} {'DuckDB s':>9} {'ratio':>7}")
    for ratio, group, name, a, b in sorted(found):
        print(f"{group:12} {name:40} {a:9.4f} {b:9.4f} {ratio:7.2f}")
    if found:
        print(f"{len(found)} queries, geometric mean of the ratios {math.exp(sum(math.log(r[0]) for r in found) / len(found)):.2f}")


main()
