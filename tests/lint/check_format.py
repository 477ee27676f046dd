#!/usr/bin/env python3
"""C is formatted as .clang-format says.  Versions of clang-format differ, so only the one of Debian 12 is heard."""

import re
import shutil
import subprocess

from tree import ROOT, finish, skip, tracked

VERSION = "14"


def main():
    tool = shutil.which(f"clang-format-{VERSION}") or shutil.which("clang-format")
    if not tool:
        skip("clang-format is not installed")
    said = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
    if not re.search(rf"version {VERSION}\.", said):
        skip(f"clang-format {VERSION} is wanted, this is {said.strip()}")
    files = tracked(".c", ".h")
    problems = []
    for start in range(0, len(files), 50):
        run = subprocess.run([tool, "--dry-run", *files[start : start + 50]], cwd=ROOT, capture_output=True, text=True)
        lines = re.findall(r"^(\S+?:\d+):\d+: (?:warning|error)", run.stderr, re.M)
        problems += [f"{line}: not formatted; run clang-format -i" for line in dict.fromkeys(lines)]
    finish(problems, len(files), "files")


main()
