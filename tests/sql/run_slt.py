#!/usr/bin/env python3
"""Run sqllogictest files through brasa-sql.

usage: run_slt.py [--launch "mpirun -n 3"] [--set k=v] BRASA_SQL FILE.slt...

The format of SQLite and DuckDB: `statement ok|maybe|count N`, `statement error [REGEX]` (or behind `----`), `query TYPES [nosort|rowsort|valuesort] [LABEL]`,
`query error`, `----` and the rows (one a line, columns between tabs or blanks) or values (one a line) or `N values hashing to MD5`; `<REGEX>:...` and
`<!REGEX>:...` as a value; `query` without types; options
between commas (CockroachDB's `colnames,rowsort`); control sortmode, include; skipif, onlyif, loop, foreach, mode skip, require (files that need other things are skipped), halt.  R columns are compared to 1e-9;
queries of one label have one result.
"""
import argparse
import glob
import hashlib
import math
import os
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


LOOPS = ("loop", "foreach", "concurrentloop", "concurrentforeach")
GROUPS = {"<integral>": "tinyint smallint integer bigint hugeint", "<numeric>": "tinyint smallint integer bigint hugeint float double",
          "<signed>": "tinyint smallint integer bigint hugeint", "<alltypes>": "tinyint smallint integer bigint hugeint float double bool varchar"}
ALWAYS = ("skip_reload", "noforcestorage", "vector_size", "64bit", "noalternativeverify", "no_alternative_verify", "notwindows", "block_size")


def loop_values(words):
    """The name of a loop's variable and what it becomes."""
    if words[0].endswith("foreach"):
        values = []
        for w in words[2:]:
            values = [v for v in values if v != w[1:]] if w.startswith("!") else values + GROUPS.get(w.lower(), w).split()
        return words[1], values
    return words[1], [str(i) for i in range(int(words[2]), int(words[3]))]


def expand(lines):
    """(number, line) with loops written out."""
    out, i = [], 0
    while i < len(lines):
        n, line = lines[i]
        words = line.split()
        if not words or words[0] not in LOOPS:
            out.append((n, line))
            i += 1
            continue
        depth, k = 1, i
        while depth > 0:
            k += 1
            if k == len(lines):
                sys.exit(f"line {n}: this {words[0]} does not end; endloop ends it")
            first = lines[k][1].split()[:1]
            depth += 1 if first and first[0] in LOOPS else -1 if first == ["endloop"] else 0
        name, values = loop_values(words)
        body = lines[i + 1:k]
        for v in values:
            out += expand([(m, text.replace("${" + name + "}", v)) for m, text in body]) + [(n, "")]
        i = k + 1
    return out


def lines_of(path, depth=0):
    """(number, line) of a file and of those that it includes, which have the number of their include."""
    out = []
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.rstrip("\n").rstrip("\r")
            words = line.split()
            if len(words) != 2 or words[0] != "include":
                out.append((n, line))
                continue
            if depth == 20:
                sys.exit(f"{path}:{n}: files include each other more than 20 deep")
            found = sorted(glob.glob(os.path.join(os.path.dirname(path), words[1])))
            if not found:
                sys.exit(f"{path}:{n}: there is no {words[1]}")
            for other in found:
                out += [(n, text) for _, text in lines_of(other, depth + 1)] + [(n, "")]
    return out


def blocks(path):
    """Non-empty runs of lines, with the number of the first."""
    block, first = [], 0
    lines = expand(lines_of(path))
    for n, line in lines + [(0, "")]:
        if line.strip() == "":
            if block:
                yield first, block
            block = []
            continue
        if not block:
            first = n
        block.append(line)


def for_us(word, system):
    return (system != "brasa") if word == "skipif" else (system == "brasa")


def leading(block, first):
    """What is left behind comments and conditions; None: it is not for us."""
    ours = True
    while block and block[0].startswith(("#", "skipif", "onlyif")):
        words = block[0].split()
        if words[0] in ("skipif", "onlyif"):
            ours = ours and for_us(words[0], words[1])
        block, first = block[1:], first + 1
    return (block, first) if ours else ([], first)


SORTS = ("nosort", "rowsort", "valuesort", "partialsort")
COLUMN_OPTIONS = ("colnames", "retry", "async", "kvtrace", "noticetrace", "round-in-strings")


def record(path, first, block, sortmode="nosort"):
    words = block[0].split()
    cut = block.index("----") if "----" in block else len(block)
    if words[0] == "statement":
        expected = " ".join(words[2:]) if words[1] == "error" else None
        if words[1] == "error" and cut < len(block):
            expected = " ".join(block[cut + 1:])
        return Record(first, words[1], expected, "\n".join(block[1:cut]), None)
    if words[0] == "query":
        if words[1:2] == ["error"]:
            return Record(first, "error", " ".join(words[2:]), "\n".join(block[1:cut]), None)
        options = [o for w in words[2:] for o in w.split(",")]
        types, expected = words[1] if len(words) > 1 else None, block[cut + 1:]
        if "colnames" in options:
            expected = expected[1:]
        options = [o for o in options if o not in COLUMN_OPTIONS]
        if not any(o in SORTS for o in options[:1]):
            options.insert(0, sortmode)
        return Record(first, "query", [types] + options, "\n".join(block[1:cut]), expected)
    sys.exit(f"{path}:{first}: '{block[0]}' is neither a statement nor a query")


def parse(path):
    """Records of a file; None: it needs what is not here."""
    records, skipping, sortmode = [], False, "nosort"
    for first, block in blocks(path):
        block, first = leading(block, first)
        while block and block[0].split()[0] in ("hash-threshold", "mode", "load", "require", "name:", "description:", "group:", "sleep", "restart", "set",
                                                "unzip", "control", "system", "reset", "subtest", "connection", "user", "test_unzip", "tags"):
            words = block[0].split()
            if words[0] == "mode":
                skipping = words[1] == "skip" if words[1] in ("skip", "unskip") else skipping
            if words[:2] == ["control", "sortmode"]:
                sortmode = words[2]
            if words[0] == "restart" or (words[0] == "require" and words[1] not in ALWAYS):
                return records if words[0] == "restart" else None
            block, first = leading(block[1:], first + 1)
        if not block or skipping:
            continue
        if block[0].split()[0] in ("halt", "mode"):
            break
        records.append(record(path, first, block, sortmode))
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
    if want.startswith("<REGEX>:"):
        return re.fullmatch(want[8:], got, re.S) is not None
    if want.startswith("<!REGEX>:"):
        return re.fullmatch(want[9:], got, re.S) is None
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
    sort = r.arg[1] if len(r.arg) > 1 else "nosort"
    lines = out.splitlines()
    if any(line.startswith("ERROR ") for line in lines[:1]):
        return "failed: " + out.strip()
    if not lines:
        return "no columns came back"
    width = lines[0].count("\t") + 1
    types = r.arg[0] or "?" * width
    if width != len(types):
        return f"{width} columns, not {len(types)}"
    hashing = len(r.expected) == 1 and re.fullmatch(r"\d+ values hashing to [0-9a-f]{32}", r.expected[0])
    rows = [[show(v, types[i], hashing) for i, v in enumerate(line.split("\t"))] for line in lines[1:]]
    if sort in ("rowsort", "partialsort"):
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
    if sort in ("rowsort", "partialsort"):
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
    if r.kind == "maybe":
        return None
    if r.kind in ("ok", "count"):
        return "failed: " + out.strip() if failed else None
    if not failed:
        return "it succeeded, an error was expected"
    pattern = r.arg and r.arg.replace("<REGEX>:", "").strip("/")
    if pattern and not re.search(pattern, out) and pattern not in out:
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
        if records is None:
            print(f"{path}: skipped, it requires what is not here")
            continue
        labels = {}
        for r, out in zip(records, run(command, records)):
            complaint = check(r, out)
            if complaint is None and r.kind == "query" and len(r.arg) > 2 and labels.setdefault(r.arg[2], out.split("\n")[1:]) != out.split("\n")[1:]:
                complaint = f"another query of label {r.arg[2]} gave other rows"
            if complaint:
                bad += 1
                print(f"{path}:{r.line}: {complaint}\n  {r.sql}\n")
        print(f"{path}: {len(records)} records")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
