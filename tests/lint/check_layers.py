#!/usr/bin/env python3
"""Who includes whom: a folder uses only the rows above its own, and the libraries that are its own to use."""

import re

from tree import ROOT, finish, tracked

ROWS = {
    "base": 1, "mem": 2, "obs": 2, "data": 3, "kernel": 4, "comm": 4, "expr": 5, "storage": 5, "plan": 6, "shuffle": 6,
    "sql": 7, "opt": 7, "stage": 7, "exec": 8, "driver": 9, "worker": 9, "api": 10, "ml": 11, "tools": 11,
}  # fmt: skip
PUBLIC_ONLY = 11
OWNERS = {"mpi.h": "comm", "hdf5.h": "storage", "hdf5_hl.h": "storage", "pg_query.h": "sql"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def folder_of(path):
    parts = path.split("/")
    return "tools" if parts[0] == "jobs" else parts[1]


def problem_of(path, bracket, target):
    """Why this include is wrong, or None."""
    me = folder_of(path)
    head, slash, rest = target.partition("/")
    if bracket == "<":
        owner = OWNERS.get(rest if slash and head == "protobuf-c" else target)
        return f"<{target}> belongs to src/{owner}" if owner and owner != me else None
    if not slash or head == me or head == "brasa":
        return None
    if head not in ROWS:
        return f'"{target}" is in no folder of the layer table'
    if ROWS[me] == PUBLIC_ONLY:
        return f'"{target}" is not a public header'
    if ROWS[head] >= ROWS[me]:
        return f'"{target}" is in row {ROWS[head]}, not above row {ROWS[me]}'
    return None


def main():
    problems, files = [], [p for p in tracked(".c", ".h") if p.startswith(("src/", "jobs/"))]
    for path in files:
        if folder_of(path) not in ROWS:
            problems.append(f"{path}: its folder is not in the layer table of tests/lint/check_layers.py")
            continue
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            why = problem_of(path, *match.groups()) if match else None
            if why:
                problems.append(f"{path}:{number}: {why}")
    finish(problems, len(files), "files")


main()
