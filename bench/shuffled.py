#!/usr/bin/env python3
"""Bytes that queries move between ranks, at several numbers of workers: by EXPLAIN ANALYZE, summed over the stages.

usage: shuffled.py [--bin FOLDER] [--tables FILE] [--workers N,N,...] [--set KEY=VALUE]... QUERY.sql...

--tables: statements that make the tables (CREATE TABLE ... USING hdf5 ...).  A line per query, in the form of a table.
"""
import argparse
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
       "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_pml": "ob1", "OMPI_MCA_btl": "self,vader,tcp",
       "OMPI_MCA_oob_tcp_if_include": "lo", "OMPI_MCA_btl_tcp_if_include": "lo"}

UNITS = {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(HERE, "../build/release/bin"))
    parser.add_argument("--tables", help="statements that are run before each query")
    parser.add_argument("--workers", default="2,4,8")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("queries", nargs="+")
    return parser.parse_args()


def moved(o, text, workers):
    """Bytes moved by one query's plan; None where it fails."""
    command = ["timeout", "-k", "5", "300", "mpirun", "-n", str(workers + 1), os.path.join(o.bin, "brasa-sql"), "--format", "tsv",
               "--set", "threads=1"]
    for s in o.set:
        command += ["--set", s]
    run = subprocess.run(command, input=text, capture_output=True, text=True, env={**os.environ, **MPI}, check=False)
    if run.returncode != 0:
        return None
    return sum(float(b) * UNITS[unit] for b, unit in re.findall(r"^stage .*? moved ([\d.]+) ([KMGT]?B)", run.stdout, re.M))


def main():
    o = options()
    tables = open(o.tables).read() if o.tables else ""
    counts = [int(w) for w in o.workers.split(",")]
    print("| query | " + " | ".join(f"{w} workers" for w in counts) + " |")
    print("|---" * (len(counts) + 1) + "|")
    sums = [0] * len(counts)
    for path in o.queries:
        text = tables + "EXPLAIN ANALYZE " + open(path).read().strip().rstrip(";") + ";\n"
        found = [moved(o, text, w) for w in counts]
        sums = [s + (b or 0) for s, b in zip(sums, found)]
        print(f"| {os.path.splitext(os.path.basename(path))[0]} | " + " | ".join("failed" if b is None else f"{b / 1e6:.2f}" for b in found) + " |",
              flush=True)
    print("| all | " + " | ".join(f"{s / 1e6:.1f}" for s in sums) + " |")


if __name__ == "__main__":
    main()
