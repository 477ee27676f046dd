#!/usr/bin/env python3
"""The reference page of functions: printed from SHOW FUNCTIONS and the examples beside the page.

usage: functions_page.py BRASA_SQL [--write]

Without --write the page must be what would be written.
"""
import pathlib
import subprocess
import sys

DOC = pathlib.Path(__file__).resolve().parents[2] / "doc"
MARK = "@@@"
HEAD = """# Functions

All functions, by group: how each is called and what it does, with an example and its result. The names and texts are those of
`SHOW FUNCTIONS`; this page is made by `tests/sql/functions_page.py BRASA_SQL --write`, the examples are in `functions.examples`.
Null arguments give null unless a function says otherwise. What does not fit a type is an error; the functions that begin with
`try_` give null instead.
"""


def run(brasa_sql, text):
    done = subprocess.run([brasa_sql, "--format", "tsv", "--null", "NULL", "-c", text], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("functions_page: " + done.stderr.strip())
    return done.stdout.splitlines()


def results(brasa_sql, examples):
    """The first value of each example."""
    names = sorted(examples)
    text = "".join(f"SELECT '{MARK}' AS mark;\nSELECT {examples[name]};\n" for name in names)
    found, lines = {}, run(brasa_sql, text)
    starts = [i for i, line in enumerate(lines) if line == MARK]
    for name, at in zip(names, starts):
        found[name] = lines[at + 2]
    return found


def cell(text):
    return text.replace("|", "\\|")


def page(brasa_sql):
    rows = [line.split("\t") for line in run(brasa_sql, "SHOW FUNCTIONS")[1:]]
    lines = (DOC / "functions.examples").read_text(encoding="utf-8").splitlines()
    examples = dict(line.split(": ", 1) for line in lines if line)
    known = {name for name, _, _ in rows}
    strangers = sorted(set(examples) - known)
    if strangers:
        sys.exit("functions_page: examples of what is no function: " + ", ".join(strangers))
    value = results(brasa_sql, examples)
    groups = {}
    for name, group, doc in rows:
        groups.setdefault(group, []).append((name, doc))
    text = HEAD
    for group in sorted(groups):
        text += f"\n## {group}\n\n| function | what it is | example | gives |\n|---|---|---|---|\n"
        for name, doc in groups[group]:
            example = f"`{cell(examples[name])}`" if name in examples else ""
            shown = f"`{cell(value[name])}`" if name in examples else ""
            text += f"| `{cell(name)}` | {cell(doc)} | {example} | {shown} |\n"
    return text


def main():
    path = DOC / "functions.md"
    text = page(sys.argv[1])
    if "--write" in sys.argv:
        path.write_text(text, encoding="utf-8")
        return
    if path.read_text(encoding="utf-8") != text:
        sys.exit(f"{path} is stale; make it by {sys.argv[0]} BRASA_SQL --write")


main()
