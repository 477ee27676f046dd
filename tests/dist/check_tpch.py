#!/usr/bin/env python3
"""TPC-H queries as frames equal the reference answers: at every rank count, thread count and with each optimiser pass off.

usage: check_tpch.py ranks | settings | passes
"""
import os
import sys

from harness import RANKS, SANITIZED, SOURCE, check, run, same_rows, scratch, succeeds, tpch_tables

QUERIES = (1, 3, 5, 6, 10, 12, 18)
PASSES = succeeds("tpch", "--passes").split()


def answer(query):
    with open(os.path.join(SOURCE, f"tests/data/tpch/answers/q{query:02d}.csv"), encoding="utf-8") as f:
        return f.read()


def queries(folder, *options, ranks=0):
    """All queries in one run; each starts with its header."""
    out = succeeds("tpch", folder, "--csv", *options, ranks=ranks)
    parts = out.split("\n\n")
    check(len(parts) == len(QUERIES) + 1 and parts[-1] == "", "one part of output per query", len(parts))
    for query, part in zip(QUERIES, parts):
        same_rows(part, answer(query), f"q{query:02d} {' '.join(options)} ranks {ranks}")


def main():
    folder = tpch_tables(os.path.join(scratch(), "tpch"), ranks=3)
    if sys.argv[1] == "ranks":
        queries(folder)
        for ranks in RANKS:
            for threads in (1, 2):
                queries(folder, f"--threads={threads}", ranks=ranks)
    elif sys.argv[1] == "settings":
        for options in (["--batch-rows=64"], ["--block-rows=64"], ["--broadcast-bytes=0"], ["--round-bytes=65536"], ["--shuffle-partitions=7"], ["--exact-float-sum=false"], ["--cache"]):
            queries(folder, *options)
            queries(folder, *options, "--threads=2", ranks=3)
    else:
        check(len(PASSES) >= 5, "there are passes", PASSES)
        for name in [*PASSES, "all"]:
            queries(folder, f"--disable-passes={name}", ranks=3 if SANITIZED or name == "all" else 0)
        status, _, err = run("tpch", folder, "--disable-passes=no-such-pass")
        check(status != 0 and "no-such-pass" in err, "an unknown pass is an error", (status, err))


main()
