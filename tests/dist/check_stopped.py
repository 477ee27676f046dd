#!/usr/bin/env python3
"""A rank that is stopped (SIGSTOP) in the middle of a job ends it within the deadline, with a message that names it and a status that is not 0."""
import os
import signal
import subprocess
import sys
import time

from check_killed import children_of
from harness import check

PROGRAM = sys.argv[1]
DEADLINE = 8  # long enough for a machine that does other work
TASKS = 200


def run(victim):
    job = subprocess.Popen(["mpirun", "-n", "3", PROGRAM, str(TASKS), f"--deadline={DEADLINE}", "--threads=1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ranks, end = {}, time.monotonic() + 60
    while len(ranks) < 3 and job.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
        ranks = children_of(os.path.basename(PROGRAM), job.pid)
    check(len(ranks) == 3, "all ranks start", ranks)
    time.sleep(1.5)
    return job, ranks[victim]


def stop_one(victim):
    job, pid = run(victim)
    os.kill(pid, signal.SIGSTOP)
    start = time.monotonic()
    try:
        _, err = job.communicate(timeout=90)
    except subprocess.TimeoutExpired:
        os.kill(pid, signal.SIGCONT)
        job.kill()
        job.communicate()
        check(False, f"the job ends after rank {victim} was stopped")
    took = time.monotonic() - start
    check(job.returncode != 0, f"status after rank {victim} was stopped", job.returncode)
    check(DEADLINE - 1 < took < DEADLINE + 60, "the end comes after the deadline, and soon", (took, err))
    check(f"rank {victim} (process {pid} on " in err and "stopped" in err, "the message names the rank", err)
    check(not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat", encoding="utf-8").read().split()[2] in "ZX", "the rank is gone")


def pause_one(victim):
    """A stop shorter than the deadline costs nothing but its time."""
    job, pid = run(victim)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(DEADLINE / 3)
    os.kill(pid, signal.SIGCONT)
    out, err = job.communicate(timeout=90)
    check(job.returncode == 0, "the job goes on", err)
    check(str(TASKS) in out, "the answer is right", out)


stop_one(1)
stop_one(0)
pause_one(2)
