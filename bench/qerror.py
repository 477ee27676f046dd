#!/usr/bin/env python3
"""How far estimates are from the truth: the q-error, max(estimated / true, true / estimated), of every operator of every query.

usage: qerror.py [--bin FOLDER] [--tables FILE] [--worst N] [--set KEY=VALUE]... QUERY.sql...

--tables: statements that make the tables (CREATE TABLE ... USING hdf5 ...).  Each query file holds one query.  Prints for each query the median and the largest q-error, the
operator that has it, and the seconds; at the end the distribution over all operators.  Rows are counted as at least one.
"""
import argparse
import os
import re
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
LINE = re.compile(r"^( *)(.*?)  \(about (\d+) rows.*?\)  \((?:true )?rows (\d+)")


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(HERE, "../build/release/bin"))
    parser.add_argument("--tables", help="statements that are run before each query")
    parser.add_argument("--worst", type=int, default=0, help="print this many of the worst operators")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("queries", nargs="+")
    return parser.parse_args()


def analyze(o, path):
    """[(q, estimated, true, operator)] and the seconds of a query."""
    text = open(o.tables).read() if o.tables else ""
    text += "EXPLAIN ANALYZE " + open(path).read().strip().rstrip(";") + ";\n"
    # filters made at run time would take rows away from operators whose own work is estimated
    command = [os.path.join(o.bin, "brasa-sql"), "--format", "tsv", "--set", "disable-passes=runtime-filters"]
    for s in o.set:
        command += ["--set", s]
    run = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600, check=False)
    if run.returncode != 0:
        return None, run.stderr.strip().splitlines()[0]
    found = []
    for line in run.stdout.splitlines():
        m = LINE.match(line)
        if m:
            estimated, true = max(1, int(m.group(3))), max(1, int(m.group(4)))
            found.append((max(estimated / true, true / estimated), estimated, true, m.group(2)))
    total = re.search(r"total: ([\d.]+) ms", run.stdout)
    return found, float(total.group(1)) / 1000 if total else 0.0


def main():
    o = options()
    every = []
    print(f"{'query':>12} {'nodes':>5} {'median':>8} {'largest':>10} {'seconds':>8}  operator")
    for path in o.queries:
        name = os.path.splitext(os.path.basename(path))[0]
        found, seconds = analyze(o, path)
        if not found:
            print(f"{name:>12} {seconds}")
            continue
        worst = max(found)
        every += [(*f, name) for f in found]
        print(f"{name:>12} {len(found):5d} {statistics.median(f[0] for f in found):8.2f} {worst[0]:10.1f} {seconds:8.3f}  "
              f"{worst[3][:80]}: about {worst[1]}, rows {worst[2]}")
    q = sorted(e[0] for e in every)
    if not q:
        return
    shares = ", ".join(f"{p}%: {q[min(len(q) - 1, len(q) * p // 100)]:.1f}" for p in (50, 75, 90, 95, 99, 100))
    print(f"{len(q)} operators; q-error at most {shares}")
    for e in sorted(every, reverse=True)[:o.worst]:
        print(f"{e[0]:10.1f} {e[4]}: {e[3][:140]}: about {e[1]}, rows {e[2]}")


if __name__ == "__main__":
    main()
