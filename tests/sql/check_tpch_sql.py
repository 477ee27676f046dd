#!/usr/bin/env python3
"""The 22 queries of TPC-H as SQL equal the reference answers: at every rank count, thread count, with each optimiser pass off.

usage: check_tpch_sql.py ranks | settings | passes
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dist"))

# pylint: disable=wrong-import-position
from harness import RANKS, SANITIZED, SOURCE, check, same_rows, scratch, succeeds, tpch_tables  # noqa: E402

TABLES = "lineitem orders customer nation region part partsupp supplier".split()
MARK = "@@@ end of query"


def source(path):
    with open(os.path.join(SOURCE, "tests/data/tpch", path), encoding="utf-8") as f:
        return f.read()


def script(folder):
    """All tables, then all queries with a mark behind each."""
    text = "".join(f"CREATE TABLE {t} USING hdf5 LOCATION '{folder}/{t}.h5:/{t}';\n" for t in TABLES)
    for q in range(1, 23):
        text += source(f"queries/q{q:02d}.sql") + f"\n\\echo {MARK}\n"
    path = os.path.join(folder, "queries.sql")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def decimals(text, want):
    """A quotient of decimals has as many digits as Spark gives it; the answers have a double's."""
    got = text.splitlines()[1]
    digits = len(got.partition(".")[2])
    return "\n".join([want.splitlines()[0], f"{float(want.splitlines()[1]):.{digits}f}"]) + "\n"


def queries(path, *options, ranks=0):
    out = succeeds("brasa-sql", "-f", path, "--format", "csv", *options, ranks=ranks)
    parts = out.split(MARK + "\n")
    check(len(parts) == 23, "one part of output per query", len(parts))
    for q, part in enumerate(parts[:-1], 1):
        want = source(f"answers/q{q:02d}.csv")
        same_rows(part, decimals(part, want) if q == 14 else want, f"q{q:02d} {' '.join(options)} ranks {ranks}")


def main():
    path = script(tpch_tables(os.path.join(scratch(), "tpch"), ranks=3))
    if sys.argv[1] == "ranks":
        queries(path)
        for ranks in (3,) if SANITIZED else RANKS:
            for threads in (1, 2):
                queries(path, f"--threads={threads}", ranks=ranks)
    elif sys.argv[1] == "settings":
        for option in ("--batch-rows=64", "--block-rows=64", "--broadcast-bytes=0", "--shuffle-partitions=7"):
            queries(path, option)
            queries(path, option, "--threads=2", ranks=3)
    else:
        for name in [*succeeds("tpch", "--passes").split(), "all"]:
            queries(path, f"--disable-passes={name}", ranks=3 if name == "all" else 0)


main()
