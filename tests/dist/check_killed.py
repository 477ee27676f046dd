#!/usr/bin/env python3
"""A rank that is killed ends the job within seconds, with a message and a status that is not 0; what was being written is not visible."""
import os
import signal
import subprocess
import time

from harness import BIN, check, scratch, wait_for_stage


def children_of(name, parent):
    """Process ids of the ranks: this program, started under our mpirun."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                stat = f.read()
            with open(f"/proc/{pid}/environ", "rb") as f:
                rank = [v for v in f.read().split(b"\0") if v.startswith(b"OMPI_COMM_WORLD_RANK=")]
        except OSError:
            continue
        if f"({name[:15]})" in stat and rank and int(stat.rsplit(")", 1)[1].split()[1]) == parent:
            found.append((int(rank[0].split(b"=")[1]), int(pid)))
    return dict(found)


def kill_one(victim, after, folder):
    out = os.path.join(folder, f"killed{victim}.h5")
    logs = os.path.join(folder, f"log{victim}")
    command = ["mpirun", "-n", "3", os.path.join(BIN, "sort"), "--rows", "30000000", out + ":/t", "--event-log", logs]
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check(wait_for_stage(logs, job), "a stage begins", job.poll() is None or job.communicate())
    ranks = children_of("sort", job.pid)
    check(victim in ranks, f"rank {victim} is there", ranks)
    time.sleep(after)
    os.kill(ranks[victim], signal.SIGKILL)
    try:
        _, err = job.communicate(timeout=250)
    except subprocess.TimeoutExpired:
        job.kill()
        job.communicate()
        check(False, f"the job ends after rank {victim} was killed")
    check(job.returncode != 0, f"status after rank {victim} was killed", job.returncode)
    check(err.strip() != "", "there is a message")
    check(not os.path.exists(out), "nothing is visible")
    for pid in ranks.values():
        check(gone(pid), f"process {pid} is gone")


def gone(pid):
    """It has ended, or does so soon: the launcher may end before the last that it killed.  One that nobody has heard of yet (a zombie) has ended."""
    for _ in range(600):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                if f.read().rsplit(")", 1)[1].split()[0] in "ZX":
                    return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


def main():
    folder = scratch()
    kill_one(1, 0.1, folder)
    kill_one(2, 0.9, folder)
    kill_one(0, 0.5, folder)


if __name__ == "__main__":
    main()
