#!/usr/bin/env python3
"""Queries over random rows with many nulls give what SQLite gives.

against_sqlite.sql has a query a line; what stands behind ### is SQLite's form of it.  usage: check_against_sqlite.py BRASA_SQL [OPTION...]
"""
import csv
import os
import random
import sqlite3
import subprocess
import sys
import tempfile

TABLES = {"t": ("a", "b", "c"), "s": ("x", "y", "z"), "u": ("p", "q"), "e": ("k", "v")}
ROWS = {"t": 40, "s": 30, "u": 15, "e": 0}
MARK = "@@@"


def rows(rng, name):
    def value(low, high):
        return None if rng.random() < 0.15 else rng.randint(low, high)

    return [tuple(value(*((0, 8), (0, 5), (-3, 3))[i]) for i in range(len(TABLES[name]))) for _ in range(ROWS[name])]


def literal(v):
    return "NULL" if v is None else str(v)


def load(db, seed):
    """Fills SQLite; the statements that fill Brasa."""
    rng = random.Random(seed)
    text = ""
    for name, columns in TABLES.items():
        create = f"CREATE TABLE {name} ({', '.join(c + ' INT' for c in columns)})"
        db.execute(create)
        text += create + ";\n"
        data = rows(rng, name)
        if data:
            insert = f"INSERT INTO {name} VALUES " + ", ".join("(" + ", ".join(map(literal, r)) + ")" for r in data)
            db.execute(insert)
            text += insert + ";\n"
    return text


def plain(v):
    """A value in one spelling for both."""
    if v is None:
        return "NULL"
    if v in ("true", "false"):
        return str(int(v == "true"))
    try:
        return f"{float(v):.9g}"
    except ValueError:
        return str(v)


def outputs(command, script):
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as f:
        f.write(script)
        f.flush()
        p = subprocess.run(command + ["-f", f.name, "--format", "csv", "--null", "NULL", "--keep-going", "--errors-in-output"], capture_output=True,
                           encoding="utf-8", timeout=300, check=False)
    return p.stdout.split(MARK + "\n")


def main():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "against_sqlite.sql"), encoding="utf-8") as f:
        queries = [line.strip().split("###") for line in f if line.strip()]
    bad = 0
    for seed in (7, 8, 9):
        db = sqlite3.connect(":memory:")
        script = load(db, seed)
        script += "".join(f"{q[0]};\n\\echo {MARK}\n" for q in queries)
        parts = outputs(sys.argv[1:], script)
        if len(parts) != len(queries) + 1:
            sys.exit(f"{len(parts) - 1} of {len(queries)} queries were run: {parts[-1][-1000:]}")
        for q, part in zip(queries, parts):
            want = sorted(tuple(map(plain, r)) for r in db.execute(q[-1]))
            got = sorted(tuple(map(plain, r)) for r in list(csv.reader(part.splitlines()))[1:])
            if got != want:
                bad += 1
                print(f"seed {seed}: {q[0]}\n  want {want[:5]} ({len(want)})\n  got  {got[:5]} ({len(got)})\n  {part[:300] if 'ERROR' in part else ''}")
    sys.exit(1 if bad else 0)


main()
