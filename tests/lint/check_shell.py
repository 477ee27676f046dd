#!/usr/bin/env python3
"""Shell scripts pass shellcheck."""

import shutil
import subprocess

from tree import ROOT, finish, skip, tracked


def is_shell(path):
    with open(ROOT / path, "rb") as file:
        first = file.readline(80)
    return first.startswith(b"#!") and (b"bash" in first or b"/sh" in first)


def main():
    if not shutil.which("shellcheck"):
        skip("shellcheck is not installed")
    scripts = [path for path in tracked() if is_shell(path)]
    run = subprocess.run(["shellcheck", "-f", "gcc", "-S", "warning", *scripts], cwd=ROOT, capture_output=True, text=True)
    finish((run.stdout + run.stderr).splitlines(), len(scripts), "scripts")


main()
