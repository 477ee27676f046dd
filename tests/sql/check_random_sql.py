#!/usr/bin/env python3
"""Random queries give what SQLite gives (and DuckDB, where its module is there), and what the same question asked otherwise gives (NoREC, TLP).

usage: check_random_sql.py BRASA_SQL [--seconds N] [--queries N] [--seed N] [OPTION...]
Without --seconds one round of a fixed seed.  What differs is printed with its seed; OPTIONs go to brasa-sql.
"""
import argparse
import csv
import sqlite3
import subprocess
import sys
import tempfile
import time

import random_sql

MARK = "@@@"


def norm(v):
    if v is None or v == "NULL":
        return "NULL"
    try:
        return f"{float(v):.12g}"
    except ValueError:
        return str(v)


def rows_of(cursor):
    return sorted(tuple(map(norm, r)) for r in cursor)


def run(command, statements):
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as f:
        f.writelines(f"{s};\n\\echo {MARK}\n" for s in statements)
        f.flush()
        p = subprocess.run(command + ["-f", f.name, "--format", "csv", "--null", "NULL", "--keep-going", "--errors-in-output"], capture_output=True,
                           encoding="utf-8", timeout=600, check=False)
    parts = p.stdout.split(MARK + "\n")
    if len(parts) != len(statements) + 1:
        n = min(len(parts) - 1, len(statements) - 1)
        print(f"{n} of {len(statements)} statements were run, exit status {p.returncode}; it ended in:\n  {statements[n]}\n{p.stderr[-500:]}")
        sys.exit(1)
    return parts[:-1]


class Oracle:
    """Another database's answer, None where it does not take the query."""

    def __init__(self, name, connection):
        self.name, self.connection, self.skipped = name, connection, 0

    def ask(self, query):
        try:
            return rows_of(self.connection.execute(query).fetchall())
        except Exception:  # each module has its own errors
            self.skipped += 1
            return None


def oracles(fill):
    out = [Oracle("SQLite", sqlite3.connect(":memory:"))]
    try:
        import duckdb
        con = duckdb.connect()
        con.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
        out.append(Oracle("DuckDB", con))
    except ImportError:
        pass
    for o in out:
        for statement in fill:
            o.connection.execute(statement)
    return out


def answer(part):
    if part.startswith("ERROR "):
        return None
    return sorted(tuple(map(norm, r)) for r in list(csv.reader(part.splitlines()))[1:])


def one_round(command, seed, count):
    rng = random_sql.make(seed)
    fill = random_sql.fill(rng)
    others = oracles(fill)
    queries = [random_sql.Query(rng).select()[0] for _ in range(count)] + [random_sql.Query(rng).joined() for _ in range(count // 2)]
    pairs = [getattr(random_sql.Query(rng), kind)() for kind in ("partitions", "unoptimised") * (count // 4)]
    parts = run(command, fill + queries + [q for pair in pairs for q in pair])
    got, bad, asked = parts[len(fill):], 0, 0
    for query, part in zip(queries, got):
        rows = answer(part)
        answers = [(o.name, o.ask(query)) for o in others]
        answers = [a for a in answers if a[1] is not None]
        asked += len(answers)
        # each of the others has faults of its own (SQLite 3.40: FULL JOIN ON false; DuckDB: x = NULL above outer joins): agreeing with one will do
        if answers and all(rows != want for _, want in answers):
            bad += 1
            print(f"seed {seed}: {query}")
            for name, want in answers:
                print(f"  {name}: {want[:4]} ({len(want)})")
            print(f"  Brasa: {part[:300] if rows is None else f'{rows[:4]} ({len(rows)})'}\n")
    rest = got[len(queries):]
    for i, (a, b) in enumerate(pairs):
        x, y = answer(rest[2 * i]), answer(rest[2 * i + 1])
        if x is None and y is None:
            continue
        if x != y:
            bad += 1
            print(f"seed {seed}: {a}\n  and\n  {b}\n  differ: {rest[2 * i][:300]} and {rest[2 * i + 1][:300]}\n")
    return bad, asked, len(pairs), [o.name for o in others]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seconds", type=float, default=0)
    p.add_argument("--queries", type=int, default=120)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("program")
    a, options = p.parse_known_args()
    end, seed, bad = time.monotonic() + a.seconds, a.seed, 0
    while True:
        wrong, asked, pairs, names = one_round([a.program] + options, seed, a.queries)
        bad += wrong
        seed += 1
        if time.monotonic() >= end:
            break
    print(f"{seed - a.seed} rounds; the last: {asked} answers compared with {' and '.join(names)}{'' if len(names) > 1 else ' (no DuckDB module here)'}, {pairs} pairs; {bad} differ")
    sys.exit(1 if bad or asked == 0 else 0)


main()
