#!/usr/bin/env python3
"""Headers stand alone: each compiles by itself, has a guard and a comment at its head, and public functions are documented.

usage: check_headers.py COMPILER [DIRECTORY_OF_SYSTEM_HEADERS ...]
"""

import concurrent.futures
import re
import subprocess
import sys

from tree import ROOT, finish, tracked

FLAGS = "-std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -Wno-unused-function -Werror -x c -".split()
FUNCTION = re.compile(r"^[a-zA-Z_][^;{}#]*\)\s*(__attribute__\s*\(\(.*\)\)\s*)?;", re.M | re.S)


def compile_alone(header):
    """What the compiler says of a file that has only this header, twice."""
    text = f'#include "{header}"\n#include "{header}"\n'
    paths = [f"-I{ROOT / 'include'}", f"-I{ROOT / 'src'}", *(f"-isystem{path}" for path in sys.argv[2:] if path != "/usr/include")]
    run = subprocess.run([sys.argv[1], *FLAGS, *paths], input=text, text=True, capture_output=True)
    return [] if run.returncode == 0 else [f"{header}: does not compile alone:\n{run.stderr.strip()}"]


def undocumented(path, text):
    """Paragraphs of a public header that declare functions and say nothing about them.

    What a macro of the same paragraph's neighbour wraps (brasa_filter_at) is documented there.
    """
    for paragraph in re.split(r"\n\s*\n", text):
        flat = re.sub(r"\{[^{}]*\}", "{}", paragraph)
        match = FUNCTION.search(flat)
        if match and "/*" not in paragraph and not re.match(r"typedef|[^(]*_at\(", match.group(0)):
            yield f"{path}: no comment says what this does: {match.group(0).splitlines()[0]}"


def main():
    problems = []
    headers = [p for p in tracked(".h") if p.startswith(("src/", "include/")) and not p.endswith(".tmpl.h")]
    for path in headers:
        text = (ROOT / path).read_text()
        if not text.startswith("/*"):
            problems.append(f"{path}: no comment at its head")
        if not re.search(r"^#(ifndef \w+_H\b|pragma once)", text, re.M) and "include" in path.split("/")[0]:
            problems.append(f"{path}: no include guard")
        if path.startswith("include/"):
            problems += undocumented(path, text)
    guarded = [p for p in headers if re.search(r"^#(ifndef \w+_H_?\b|pragma once)", (ROOT / p).read_text(), re.M)]
    names = [p.split("/", 1)[1] for p in guarded]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for found in pool.map(compile_alone, names):
            problems += found
    finish(problems, len(headers), "headers")


main()
