#!/usr/bin/env python3
"""A job that is told to end (SIGTERM, SIGINT, SIGUSR1) ends in order: cancelled, the old output as it was, a whole event log, nothing left, its status by the signal."""
import glob
import json
import os
import signal
import subprocess
import sys
import time

from check_killed import children_of
from harness import check, scratch, wait_for_stage

PROGRAM = sys.argv[1]
TASKS = 1000  # of 60 ms: far longer than the check waits


def start(folder, ranks):
    command = [PROGRAM, str(TASKS), f"{folder}/out.h5", "--threads=1", f"--event-log={folder}/log", f"--scratch={folder}/brasa-scratch"]
    if ranks > 1:
        command = ["mpirun", "-n", str(ranks), *command]
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check(wait_for_stage(f"{folder}/log", job, '"sink":"write"'), "the stage that writes begins", job.poll() is None or job.communicate())
    time.sleep(0.3)
    return job


def end_of(job, folder, s, want):
    try:
        _, err = job.communicate(timeout=250)
    except subprocess.TimeoutExpired:
        job.kill()
        check(False, f"the job ends after {s.name}")
    check(job.returncode == want, f"status after {s.name}", (job.returncode, err))
    check("slow: CANCELLED: the job was told to end by " + s.name in err, "the message says why", err)
    whole_log(folder, s, want)
    left = sorted(set(os.listdir(folder)) - {"log", "out.h5"})
    check(not left, "nothing is left", left)


def whole_log(folder, s, want):
    with open(glob.glob(f"{folder}/log/*")[0], encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    ended = [e for e in events if e["event"] == "job_end"][-1]
    check(ended["status"] == "CANCELLED" and s.name in ended["reason"], "the end of the job is in the log", ended)
    last = events[-1]
    check(last["event"] == "application_end" and last["exit"] == want, "and that of the application", last)


def told(s, ranks, want):
    folder = scratch()
    os.makedirs(f"{folder}/log")
    before = b"what was there before"
    with open(f"{folder}/out.h5", "wb") as f:
        f.write(before)
    job = start(folder, ranks)
    # mpirun passes this on; others it would answer by killing all ranks, so rank 0 gets them from brasa-submit or from a batch system
    target = job.pid if ranks == 1 or s == signal.SIGUSR1 else children_of(os.path.basename(PROGRAM), job.pid)[0]
    os.kill(target, s)
    end_of(job, folder, s, want)
    with open(f"{folder}/out.h5", "rb") as f:
        check(f.read() == before, "the old output is as it was")


def between_actions():
    """A program that never comes to another action is ended by the signal."""
    job = subprocess.Popen([PROGRAM, "idle"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check(job.stdout.readline() == "idle\n", "it began")
    job.send_signal(signal.SIGTERM)
    job.communicate(timeout=250)
    check(job.returncode == -signal.SIGTERM, "SIGTERM ended it", job.returncode)


told(signal.SIGTERM, 1, 143)
told(signal.SIGINT, 3, 130)
told(signal.SIGUSR1, 3, 75)
between_actions()
