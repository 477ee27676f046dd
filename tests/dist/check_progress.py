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
TASKS = 60


def on_terminal(ranks, columns, *args, term="xterm"):
    """Exit status, what the terminal got on standard error, standard output."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    job = subprocess.Popen(["timeout", "-k", "5", "250", *launcher, PROGRAM, str(TASKS), *args], stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": term})
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
    falls = sum(b < a for a, b in zip(done, done[1:]))  # the first job, which makes the partitions, has a bar where it takes long
    check(done and falls <= 1, "tasks done only grow, in each of two jobs", done)
    check(re.search(r"tasks, \S+( [kMG])? rows, .*/s", drawn[-1]), "rows and rate", drawn[-1])
    check(any(re.search(r"\d+:\d\d left", bar) for bar in drawn), "time left", drawn)
    check(seen.rstrip("\r\n").endswith("\x1b[K") and screen(seen) == "", "the bar is gone at the end", repr(seen[-200:]))
    check("(1 row)" in out, "the result", out)


def lines_in_a_log(ranks):
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    tasks = TASKS * max(ranks - 1, 1)  # a worker's time does not shrink with the number of workers
    command = [*launcher, PROGRAM, str(tasks), "--threads=1", "--progress", "log", "--progress-interval=1"]
    run = subprocess.run(["timeout", "-k", "5", "250", *command], capture_output=True, text=True)
    check(run.returncode == 0, "exit status", run.stderr[-800:])
    under_way(run.stderr, tasks)
    lines = re.findall(r"^\d\d:\d\d:\d\d job (\d+) stage (\d+) of (\d+) \(([^)]*)\): (\d+) tasks, (.*) rows in [\d.]+ s, .*/s$", run.stderr, re.M)
    lines = [line for line in lines if line[0] == "2"]  # the first job makes the partitions
    check(lines, "a line a stage", run.stderr[-800:])
    count = int(lines[0][2])
    check([int(line[1]) for line in lines] == list(range(1, count + 1)), "each stage once, in order", lines)
    check(int(lines[0][4]) == tasks and lines[0][5] == str(tasks), "tasks and rows of the first", lines[0])
    check("\x1b" not in run.stderr and "\r" not in run.stderr, "no control characters in a log")


def under_way(err, tasks):
    """Lines of a stage that runs, at intervals: they count up, and tell the time left."""
    found = re.findall(r"^\d\d:\d\d:\d\d job 2 stage 1 of \d+ \([^)]*\): (\d+)/%d tasks, (\d+) rows, .*/s, (\d+) s so far(, about \d+:\d\d left)?$" % tasks, err, re.M)
    check(found, "a line while the stage runs", err[-800:])
    done, seconds = [int(f[0]) for f in found], [int(f[2]) for f in found]
    check(done == sorted(done) and done[-1] <= tasks and all(n <= int(f[1]) <= tasks for n, f in zip(done, found)), "tasks and rows", found)
    check(seconds == sorted(set(seconds)) and seconds[0] >= 1, "no more than a line a second", found)
    check(found[0][3] or done[0] in (0, tasks), "the time left", found)


def objects_in_json(ranks):
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    run = subprocess.run(["timeout", "-k", "5", "250", *launcher, PROGRAM, str(TASKS), "--threads=1", "--progress", "json"], capture_output=True, text=True)
    check(run.returncode == 0, "exit status", run.stderr[-800:])
    seen = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    seen = [o for o in seen if o["job"] == 2]
    check([o["state"] for o in seen].count("done") == seen[0]["stages"], "an object at the end of each stage", seen)
    first = [o for o in seen if o["stage"] == 0]
    check(first[-1]["state"] == "done" and first[-1]["tasks_done"] == TASKS and first[-1]["rows"] == TASKS, "the first stage", first[-1])
    check(any(o["state"] == "running" and 0 < o["tasks_done"] < TASKS for o in first), "objects while it runs", first)
    check(all(o["workers_heard"] == o["workers"] == max(ranks - 1, 1) for o in first), "all workers are heard", first)


def nothing_without_a_terminal():
    run = subprocess.run(["timeout", "-k", "5", "250", PROGRAM], capture_output=True, text=True)
    check(run.returncode == 0 and run.stderr == "", "no progress in a pipe unless asked for", run.stderr)
    code, seen, _ = on_terminal(1, 80, "--progress=off")
    check(code == 0 and seen == "", "none when it is off", seen)
    code, seen, _ = on_terminal(1, 80, term="dumb")
    check(code == 0 and seen == "", "none on a terminal that cannot erase a line", seen)
    code, seen, _ = on_terminal(1, 20)
    drawn = re.findall(r"\r([^\r\x1b]+)\x1b\[K", seen)
    check(code == 0 and drawn and all(len(d) <= 19 and re.match(r"\d+/%d tasks" % TASKS, d) for d in drawn), "figures alone on a narrow one", drawn)


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
