#!/usr/bin/env python3
"""A rank that is stopped (SIGSTOP) in the middle of a job ends it within the deadline, with a message that names it and a status that is not 0."""
import os
import signal
import subprocess
import sys
import time

from check_killed import children_of, gone
from harness import check, scratch, wait_for_stage

PROGRAM, MEETING = sys.argv[1:3]
DEADLINE = 8  # long enough for a machine that does other work
TASKS = 200


def run(victim):
    logs = scratch()
    command = ["mpirun", "-n", "3", PROGRAM, str(TASKS), f"--deadline={DEADLINE}", "--threads=1", f"--event-log={logs}"]
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check(wait_for_stage(logs, job, '"job":2'), "the second job begins", job.poll() is None or job.communicate())
    ranks = children_of(os.path.basename(PROGRAM), job.pid)
    check(len(ranks) == 3, "all ranks are there", ranks)
    time.sleep(0.5)
    return job, ranks[victim]


def stop_one(victim):
    job, pid = run(victim)
    os.kill(pid, signal.SIGSTOP)
    start = time.monotonic()
    try:
        _, err = job.communicate(timeout=250)
    except subprocess.TimeoutExpired:
        os.kill(pid, signal.SIGCONT)
        job.kill()
        job.communicate()
        check(False, f"the job ends after rank {victim} was stopped")
    took = time.monotonic() - start
    check(job.returncode != 0, f"status after rank {victim} was stopped", job.returncode)
    check(DEADLINE / 2 < took, "the end does not come long before the deadline", (took, err))  # which counts from its last answer
    check(f"rank {victim} (process {pid} on " in err and "stopped" in err, "the message names the rank", err)
    check(gone(pid), "the rank is gone")


def pause_one(victim):
    """A stop shorter than the deadline costs nothing but its time."""
    job, pid = run(victim)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(DEADLINE / 3)
    os.kill(pid, signal.SIGCONT)
    out, err = job.communicate(timeout=250)
    check(job.returncode == 0, "the job goes on", err)
    check(str(TASKS) in out, "the answer is right", out)


def meet(how, parts, others):
    done = subprocess.run(["timeout", "-k", "5", "250", "mpirun", "-n", "5", MEETING, "1", how], capture_output=True, text=True, check=False)
    check(done.returncode == 3, "a meeting that ranks miss fails", (done.returncode, done.stderr))
    for part in parts:
        check(part in done.stderr, f"'{part}' in the message", done.stderr)
    for rank in others:
        check(f"rank {rank} (" not in done.stderr, f"rank {rank}, which waits or computes, is not named", done.stderr)


def miss_two():
    """A wait that passes its deadline names the ranks that have not come, and what they do; not those that wait as well."""
    meet("late", ("TIMEOUT: barrier: no progress for 4000 ms", "rank 1 (process ", " computes;", "rank 2 (process ", " does not answer; 2 others wait as this one"), (3, 4))
    meet("deaf", ("TIMEOUT: barrier: rank 2 (process ", "has not answered for 4 s"), (1, 3, 4))


miss_two()
stop_one(1)
stop_one(0)
pause_one(2)
