#!/usr/bin/env python3
"""Progress: a bar on a terminal that is gone at the end, lines in a log, JSON; nothing where nobody looks."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

from harness import check, fails

# Long enough for a bar (half a second), with a shuffle; the user function sleeps, so the time does not hang on the machine.
PROGRAM = sys.argv[1]
TASKS = 40


def on_terminal(ranks, columns, *args):
    """Exit status, what the terminal got on standard error, standard output."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    job = subprocess.Popen(["timeout", "-k", "5", "90", *launcher, PROGRAM, *args], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            got = os.read(ours, 65536)
        except OSError:  # Linux says so at the end of a terminal
            break
        if not got:
            break
        seen += got
    out = job.stdout.read().decode()
    os.close(ours)
    return job.wait(), seen.decode(), out


def screen(text):
    """What is left on the line: what came after the last erasure."""
    return text.rstrip("\r\n").rsplit("\x1b[K", 1)[-1]


def bars(text):
    return re.findall(r"\r(\[Stage [^\r\x1b]*)\x1b\[K", text)


def a_bar_is_redrawn_and_gone(ranks, mode):
    code, seen, out = on_terminal(ranks, 100, *mode)
    check(code == 0, f"exit status at {ranks} ranks", (code, seen[-500:]))
    drawn = bars(seen)
    check(len(drawn) >= 2, "the bar is drawn more than once", seen[-800:])
    check(all(len(bar) <= 99 for bar in drawn), "a bar fits its line", max(drawn, key=len))
    check("\n" not in seen.replace("\r\n", "\n").strip("\n") or ranks > 1, "the bar stays on its line", repr(seen[-500:]))
    done = [int(n) for n in re.findall(r"\] (\d+)/%d tasks" % TASKS, seen)]
    check(done and done == sorted(done), "tasks done only grow", done)
    check(re.search(r"tasks, \S+( [kMG])? rows, .*/s", drawn[-1]), "rows and rate", drawn[-1])
    check(any(re.search(r"\d+:\d\d left", bar) for bar in drawn), "time left", drawn)
    check(seen.rstrip("\r\n").endswith("\x1b[K") and screen(seen) == "", "the bar is gone at the end", repr(seen[-200:]))
    check("(1 row)" in out, "the result", out)


def lines_in_a_log(ranks):
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    run = subprocess.run(["timeout", "-k", "5", "90", *launcher, PROGRAM, "--progress", "log"], capture_output=True, text=True)
    check(run.returncode == 0, "exit status", run.stderr[-800:])
    lines = re.findall(r"^\d\d:\d\d:\d\d job (\d+) stage (\d+) of (\d+) \(([^)]*)\): (\d+) tasks, (.*) rows in [\d.]+ s, .*/s$", run.stderr, re.M)
    lines = [line for line in lines if line[0] == "2"]  # the first job makes the partitions
    check(lines, "a line a stage", run.stderr[-800:])
    count = int(lines[0][2])
    check([int(line[1]) for line in lines] == list(range(1, count + 1)), "each stage once, in order", lines)
    check(int(lines[0][4]) == TASKS and lines[0][5] == str(TASKS), "tasks and rows of the first", lines[0])
    check("\x1b" not in run.stderr and "\r" not in run.stderr, "no control characters in a log")


def objects_in_json(ranks):
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    run = subprocess.run(["timeout", "-k", "5", "90", *launcher, PROGRAM, "--progress", "json"], capture_output=True, text=True)
    check(run.returncode == 0, "exit status", run.stderr[-800:])
    seen = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    seen = [o for o in seen if o["job"] == 2]
    check([o["state"] for o in seen].count("done") == seen[0]["stages"], "an object at the end of each stage", seen)
    first = [o for o in seen if o["stage"] == 0]
    check(first[-1]["state"] == "done" and first[-1]["tasks_done"] == TASKS and first[-1]["rows"] == TASKS, "the first stage", first[-1])
    check(any(o["state"] == "running" and 0 < o["tasks_done"] < TASKS for o in first), "objects while it runs", first)
    check(all(o["workers_heard"] == o["workers"] == max(ranks - 1, 1) for o in first), "all workers are heard", first)


def nothing_without_a_terminal():
    run = subprocess.run(["timeout", "-k", "5", "90", PROGRAM], capture_output=True, text=True)
    check(run.returncode == 0 and run.stderr == "", "no progress in a pipe unless asked for", run.stderr)
    code, seen, _ = on_terminal(1, 80, "--progress=off")
    check(code == 0 and seen == "", "none when it is off", seen)


def leaves_nothing_behind(before):
    left = [name for name in os.listdir("/dev/shm") if "brasa" in name and name not in before]
    check(left == [], "no shared memory stays", left)


def main():
    before = os.listdir("/dev/shm")
    a_bar_is_redrawn_and_gone(1, [])
    a_bar_is_redrawn_and_gone(3, ["--progress=bar"])
    for ranks in (1, 3):
        lines_in_a_log(ranks)
        objects_in_json(ranks)
    nothing_without_a_terminal()
    leaves_nothing_behind(before)
    fails("off, bar, log, json or auto", "brasa-sql", "--progress", "loud", "-c", "SELECT 1", status=2)


main()
