#!/usr/bin/env python3
"""Ranks that run different builds of a program are refused at the start: check_builds.py TWO THREE."""
import os
import subprocess
import sys

from harness import check


def together(*parts):
    command = ["timeout", "-k", "5", "200", "mpirun"]
    for i, (ranks, program) in enumerate(parts):
        command += [":"] * (i > 0) + ["-n", str(ranks), program]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    return done.returncode, done.stdout, done.stderr


def main():
    two, three = sys.argv[1:]
    status, out, err = together((1, two), (2, two))
    check(status == 0 and " 90 " in out, "one build on all ranks", (status, out, err))
    for parts in (((1, two), (2, three)), ((2, two), (1, three)), ((1, three), (1, two), (1, three))):
        status, out, err = together(*parts)
        check(status not in (0, 124) and out == "", f"{parts} is refused", (status, out, err))
        check("build" in err and "PEER" in err, f"{parts}: the message says why", err)
        check(err.count("tiny: ") == 1, f"{parts}: one message", err)


main()
