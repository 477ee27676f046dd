#!/usr/bin/env python3
"""Text that does not belong in a repository: keys, paths of one person's machine, notes to oneself, stray blanks, big files."""

import re

from tree import ROOT, finish, tracked

LIMIT = 12 << 20
BINARY = (".h5", ".hdf5", ".nc", ".gz", ".xz", ".png", ".zst", ".bin", ".parquet")
DATA = (".csv", ".tbl", ".json", ".jsonl", ".slt", ".txt", ".md", ".out")
RULES = [
    (re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bxox[bap]-[0-9A-Za-z-]{20,}"), "a key"),
    (re.compile(r"(?<![\w./$}~*-])/(work|home|root|Users|mnt)/\w"), "a path of one machine"),
    (re.compile(r"\b(FIXME|XXX|HACK)\b(?!XX)|\bTODO\b"), "a note to oneself; do it or file it"),
    (re.compile(r"^(<{7}|>{7}|={7})( |$)"), "a conflict marker"),
]
BLANKS = (re.compile(r"[ \t]+$|\r$"), "blanks at the end of the line")


def lines_of(path):
    return (ROOT / path).read_text(errors="replace").split("\n")


def main():
    problems, files = [], tracked()
    for path in files:
        size = (ROOT / path).stat().st_size
        if size > LIMIT:
            problems.append(f"{path}: {size} bytes; keep what is larger than {LIMIT} out of the repository")
        if path.endswith(BINARY) or path == "tests/lint/check_text.py" or path.startswith(("tests/data/", "tests/fuzz/corpus")):
            continue
        rules = RULES if path.endswith(DATA) else [*RULES, BLANKS]
        for number, line in enumerate(lines_of(path), 1):
            problems += [f"{path}:{number}: {why}" for pattern, why in rules if pattern.search(line)]
    finish(problems, len(files), "files")


main()
