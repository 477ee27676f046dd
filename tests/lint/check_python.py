#!/usr/bin/env python3
"""Python parses, and uses no name that it does not define: a check that dies of a NameError checks nothing."""

import ast
import subprocess
import sys

from tree import ROOT, finish, tracked


def main():
    problems, files = [], tracked(".py")
    for path in files:
        try:
            ast.parse((ROOT / path).read_text(), path)
        except SyntaxError as error:
            problems.append(f"{path}:{error.lineno}: {error.msg}")
    run = subprocess.run([sys.executable, "-m", "pyflakes", *files], cwd=ROOT, capture_output=True, text=True)
    if "No module named pyflakes" in run.stderr:
        print("pyflakes is not installed: only the syntax is checked")
    else:
        problems += (run.stdout + run.stderr).splitlines()
    finish(problems, len(files), "files")


main()
