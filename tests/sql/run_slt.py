#!/usr/bin/env python3
"""Run sqllogictest files through brasa-sql.

usage: run_slt.py [--launch "mpirun -n 3"] [--set k=v] BRASA_SQL FILE.slt...

The format of SQLite and DuckDB: `statement ok`, `statement error [REGEX]`, `query TYPES [nosort|rowsort|valuesort] [LABEL]`, `----` and the
rows (one a line, columns between tabs or blanks) or values (one a line) or `N values hashing to MD5`.  R columns are compared to 1e-9.
"""
import argparse
import hashlib
import math
import re
import shlex
import subprocess
import sys
import tempfile

MARK = "@@@ end of record"
NULL = "\\N"


class Record:
    def __init__(self, line, kind, arg, sql, expected):
        self.line, self.kind, self.arg, self.sql, self.expected = line, kind, arg, sql, expected


def blocks(path):
    """Non-empty runs of lines, with the number of the first."""
    block, first = [], 0
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if line.strip() == "":
                if block:
                    yield first, block
                block = []
                continue
            if not block:
                first = n
            block.append(line)
    if block:
        yield first, block


def parse(path):
    records = []
    for first, block in blocks(path):
        skip = False
        while block and (block[0].startswith("#") or block[0].startswith(("skipif", "onlyif"))):
            words = block[0].split()
            if words[0] == "skipif" and words[1] == "brasa" or words[0] == "onlyif" and words[1] != "brasa":
                skip = True
            block, first = block[1:], first + 1
        if not block or skip or block[0].startswith("hash-threshold"):
            continue
        words = block[0].split()
        if words[0] == "halt":
            break
        if words[0] == "statement":
            expected = " ".join(words[2:]) if words[1] == "error" else None
            records.append(Record(first, words[1], expected, "\n".join(block[1:]), None))
        elif words[0] == "query":
            cut = block.index("----") if "----" in block else len(block)
            records.append(Record(first, "query", words[1:], "\n".join(block[1:cut]), block[cut + 1:]))
        else:
            sys.exit(f"{path}:{first}: '{block[0]}' is neither a statement nor a query")
    return records


def run(command, records):
    """The output of each record: standard output and errors, in order."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as f:
        for r in records:
            f.write(r.sql.rstrip().rstrip(";") + "\n;\n\\echo " + MARK + "\n")
        f.flush()
        p = subprocess.run(command + ["-f", f.name, "--format", "tsv", "--keep-going", "--errors-in-output"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           encoding="utf-8", timeout=300, check=False)
    parts = p.stdout.split(MARK + "\n")
    if len(parts) != len(records) + 1:
        sys.exit(f"{len(parts) - 1} of {len(records)} records were run; the end of the output:\n{p.stdout[-2000:]}")
    return parts[:-1]


def unescape(s):
    return re.sub(r"\\(.)", lambda m: {"t": "\t", "n": "\n", "r": "\r"}.get(m.group(1), m.group(1)), s)


def show(text, kind, hashing):
    """A value as sqllogictest prints it."""
    if text == NULL:
        return "NULL"
    text = unescape(text)
    if text == "":
        return "(empty)"
    if kind == "I" and text in ("true", "false"):
        return "1" if text == "true" else "0"
    if hashing and kind == "R":
        return f"{float(text):.3f}"
    return text


def same(got, want, kind):
    if got == want:
        return True
    if kind == "T" and want in ("true", "false", "0", "1"):
        return {"true": "1", "false": "0"}.get(got, got) == {"true": "1", "false": "0"}.get(want, want)
    try:
        a, b = float(got), float(want)
    except ValueError:
        return False
    return kind != "T" and (math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b)))


def split_expected(lines, types, nrows):
    """Expected lines as rows: a row a line, or a value a line."""
    n = len(types)
    if n == 1:
        return [[line] for line in lines]
    if len(lines) == nrows * n and not any("\t" in line for line in lines):
        return [lines[i:i + n] for i in range(0, len(lines), n)]
    rows = []
    for line in lines:
        cells = line.split("\t")
        rows.append(cells if len(cells) == n else line.split())
    return rows


def check_query(r, out):
    types = r.arg[0]
    sort = r.arg[1] if len(r.arg) > 1 else "nosort"
    lines = out.splitlines()
    if any(line.startswith("ERROR ") for line in lines[:1]):
        return "failed: " + out.strip()
    if not lines:
        return "no columns came back"
    width = lines[0].count("\t") + 1
    if width != len(types):
        return f"{width} columns, not {len(types)}"
    hashing = len(r.expected) == 1 and re.fullmatch(r"\d+ values hashing to [0-9a-f]{32}", r.expected[0])
    rows = [[show(v, types[i], hashing) for i, v in enumerate(line.split("\t"))] for line in lines[1:]]
    if sort == "rowsort":
        rows.sort()
    if sort == "valuesort":
        rows = [[v] for v in sorted(v for row in rows for v in row)]
        types = types[0]
    if hashing:
        values = [v for row in rows for v in row]
        digest = hashlib.md5("".join(v + "\n" for v in values).encode()).hexdigest()
        got = f"{len(values)} values hashing to {digest}"
        return None if got == r.expected[0] else f"{got}, not {r.expected[0]}"
    want = split_expected(r.expected, types, len(rows))
    if sort == "rowsort":
        want.sort()
    if len(rows) != len(want):
        return f"{len(rows)} rows, not {len(want)}:\n" + "\n".join("\t".join(row) for row in rows[:20])
    for got_row, want_row in zip(rows, want):
        if len(got_row) != len(want_row) or not all(same(g, w, t) for g, w, t in zip(got_row, want_row, types)):
            return "a row is\n    " + "\t".join(got_row) + "\n  not\n    " + "\t".join(want_row)
    return None


def check(r, out):
    failed = re.search(r"^ERROR \d+:\d+: (.*)", out, re.M)
    if r.kind == "query":
        return check_query(r, out)
    if r.kind == "ok":
        return "failed: " + out.strip() if failed else None
    if not failed:
        return "it succeeded, an error was expected"
    if r.arg and not re.search(r.arg.strip("/"), out):
        return f"the error is\n    {out.strip()}\n  which does not match {r.arg}"
    return None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--launch", default="")
    p.add_argument("--set", action="append", default=[])
    p.add_argument("program")
    p.add_argument("files", nargs="+")
    a = p.parse_args()
    command = shlex.split(a.launch) + [a.program]
    for s in a.set:
        command += ["--set", s]
    bad = 0
    for path in a.files:
        records = parse(path)
        for r, out in zip(records, run(command, records)):
            complaint = check(r, out)
            if complaint:
                bad += 1
                print(f"{path}:{r.line}: {complaint}\n  {r.sql}\n")
        print(f"{path}: {len(records)} records")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
