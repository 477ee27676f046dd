#!/usr/bin/env python3
"""A crash says which rank, where in the plan and in which user function, with a backtrace; a rank waits for a debugger."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from harness import SANITIZED, check, scratch

PROGRAM = sys.argv[1]


def crash(what, ranks):
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    command = ["timeout", "-k", "5", "250", *launcher, PROGRAM, what, "--threads=2"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr


def says_where(what, number, operator, function, ranks):
    code, err = crash(what, ranks)
    check(code not in (0, 124, 137), f"{what} at {ranks} ranks ends by itself, not well", (code, err[-1500:]))
    line = re.search(rf"^\d\d:\d\d:\d\d\.\d{{3}} error (\d+) \d+: crashed by {number} .*pid \d+, task thread \d+$", err, re.M)
    check(line, f"a line about {number} of {what} at {ranks} ranks", err[-1500:])
    check((int(line.group(1)) > 0) == (ranks > 1), "a worker crashed", line.group(0))
    check(re.search(rf"^  in stage \d+, operator {operator}.*user function {function}$", err, re.M), f"operator and function of {what}", err[-1500:])
    check(os.path.basename(PROGRAM) + "(" in err.split("backtrace", 1)[1], "frames of the program", err[-1500:])
    if not SANITIZED:  # under a sanitizer the handlers of before have their say too
        check("Process received signal" not in err, "only one handler speaks", err[-1500:])
    # each rank that crashes says so once
    said = re.findall(r" error (\d+) \d+: crashed by ", err)
    check(len(said) == len(set(said)), "each rank speaks once", said)


def leaves(ranks):
    """exit(0) in a user function is no success."""
    code, err = crash("leave", ranks)
    check(code == 1, f"status of a job that was left, at {ranks} ranks", (code, err[-1500:]))
    check(re.search(r" error \d \d: exit\(0\) was called; .*\n  in stage \d+, operator project.*, user function leave$", err, re.M), "who left", err[-1500:])


def hangs():
    """A user function that does not return: its worker says so, once, when the deadline has passed; nobody ends it."""
    job = subprocess.Popen(["timeout", "-k", "5", "250", "mpirun", "-n", "2", PROGRAM, "hang", "--threads=1", "--deadline=6"], stderr=subprocess.PIPE, text=True)
    line = job.stderr.readline()
    job.send_signal(signal.SIGTERM)
    rest = job.communicate()[1]
    check(re.search(r" warn 1 \d+: no batch of rows has been read for 6 s \(0 of \d+ tasks are done\).* gdb -p \d+ ", line), "which worker hangs", line + rest)
    check("no batch" not in rest, "it is said once", rest)


def waits_for_debugger(ranks, rank):
    if not shutil.which("gdb"):
        print("skipped: there is no gdb here to attach", file=sys.stderr)
        return
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    env = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
    env["ASAN_OPTIONS"] = "detect_leaks=0"  # the search for leaks does not work in a process that is traced
    job = subprocess.Popen(["timeout", "-k", "5", "250", *launcher, PROGRAM, "none", "--debug-rank", str(rank)], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, env=env)
    try:
        pid, seen = None, ""
        while pid is None:
            line = job.stderr.readline()
            check(line != "", "the rank says that it waits", seen)
            seen += line
            found = re.search(r"gdb -p (\d+)", line)
            pid = found and int(found.group(1))
        check(f"rank {rank} on host" in seen, "which rank waits", seen)
        time.sleep(0.3)
        check(job.poll() is None, "the job waits", seen)
        gdb = subprocess.run(["timeout", "-k", "5", "250", "gdb", "-p", str(pid), "-batch", "-nx", "-ex", "print 6 * 7", "-ex", "continue"],
                             capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if "ptrace: Operation not permitted" in gdb.stderr:
            print("skipped: this system does not let gdb attach", file=sys.stderr)
            return
        check("42" in gdb.stdout, "gdb attaches", gdb.stdout + gdb.stderr)
        out, err = job.communicate(timeout=250)
        check(job.returncode == 0, "the job goes on under gdb", (job.returncode, err[-1000:]))
        check("(first 3 rows)" in out, "its result", out)
    finally:
        if job.poll() is None:
            job.send_signal(signal.SIGTERM)
            job.wait(30)


def in_a_terminal():
    """With a display gdb is started in a terminal of its own: here one that says what it was asked, and lets gdb go on by itself."""
    folder = scratch()
    terminal = os.path.join(folder, "x-terminal-emulator")
    with open(terminal, "w", encoding="ascii") as f:
        f.write(f'#!/bin/sh\necho "$@" > {folder}/asked\nshift\nexec "$@" -batch -nx -ex continue > {folder}/gdb 2>&1 < /dev/null\n')
    os.chmod(terminal, 0o755)
    env = {**os.environ, "DISPLAY": ":99", "PATH": folder + ":" + os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0"}
    job = subprocess.run(["timeout", "-k", "5", "250", PROGRAM, "none", "--debug-rank=0"], capture_output=True, text=True, env=env)
    with open(f"{folder}/asked", encoding="ascii") as f:
        asked = f.read()
    with open(f"{folder}/gdb", encoding="utf-8", errors="replace") as f:
        gdb = f.read()
    if "Operation not permitted" in gdb:
        print("skipped: this system does not let gdb attach", file=sys.stderr)
        return
    check(re.fullmatch(r"-e gdb -p \d+\n", asked), "the terminal is asked to run gdb", asked)
    check(job.returncode == 0 and "(first 3 rows)" in job.stdout, "the job goes on under gdb", (job.returncode, job.stderr[-1000:], gdb[-1000:]))


def main():
    for ranks in (1, 3):
        says_where("wild", "SIGSEGV", "project", "wild", ranks)
        says_where("abort", "SIGABRT", "project", "give_up", ranks)
    says_where("aggregate", "SIGABRT", "aggregate", "worst", 1)
    says_where("map", "SIGABRT", "map", "scatter", 1)
    if not SANITIZED:  # a sanitizer has its own stacks, and words, for this
        says_where("overflow", "SIGSEGV", "project", "overflow", 1)
        code, err = crash("foreach", 1)
        check(code not in (0, 124, 137) and "error 0 -: crashed by SIGSEGV" in err, "the main thread's stack has run over", (code, err[-800:]))
        check("\n  while the function given to brasa_foreach_batch\n" in err, "what it did", err[-800:])
    leaves(1)
    leaves(3)
    hangs()
    waits_for_debugger(1, 0)
    waits_for_debugger(3, 1)
    if shutil.which("gdb"):
        in_a_terminal()


main()
