#!/usr/bin/env python3
"""A rank, the driver or the launcher is killed, stopped, paused or told to end at a random moment of a job that reads, joins, aggregates and writes: it never hangs, a failure has a
status and a message, the output is the old one or the new one whole, and nothing is left behind.  A pause that is shorter than the deadline costs nothing but its time.

usage: check_kills.py FAULT_JOB [--rounds N] [--seed S]; the seed is printed, so that a round can be had again.
"""
import argparse
import glob
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("BRASA_TEST_SOURCE", "."), "tests/dist"))
from harness import BIN, SANITIZED, check, scratch  # noqa: E402

PATIENCE = 200
DEADLINE = 10
ROWS = 100000 if SANITIZED else 3000000


def below(pid):
    """Processes below this one: {pid: name}."""
    found = {}
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            children = f.read().split()
        for child in map(int, children):
            with open(f"/proc/{child}/comm", encoding="utf-8") as f:
                found[child] = f.read().strip()
            found.update(below(child))
    except OSError:
        pass
    return found


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Kills:
    def __init__(self, program, rng):
        self.program, self.rng = program, rng
        self.folder = scratch()
        self.tmp = scratch()
        self.source = f"{self.folder}/in.h5:/t"
        self.out = f"{self.folder}/out.h5"
        self.alone("make", self.source, str(ROWS))
        self.long = {}
        self.rows = {0: self.first()}

    def seconds_of(self, how):
        """Without a kill; asked once."""
        if how not in self.long:
            self.long[how] = self.measure(how)
        return self.long[how]

    def measure(self, how):
        begin = time.monotonic()
        done = subprocess.run(self.command(how, 0, "other.h5"), capture_output=True, text=True, timeout=PATIENCE)
        check(done.returncode == 0, f"{how} without a kill", (done.returncode, done.stderr))
        return time.monotonic() - begin

    def first(self):
        self.alone("run", self.source, self.out + ":/t", "0")
        return self.printed()

    def alone(self, *words):
        done = subprocess.run(["timeout", "-k", "5", "250", self.program, *words, "--threads=2"], capture_output=True, text=True)
        check(done.returncode == 0, f"{words} alone", (done.returncode, done.stderr[-2000:]))
        return done.stdout

    def printed(self):
        return self.alone("print", self.out + ":/t")

    def command(self, how, salt, out="out.h5"):
        run = [self.program, "run", self.source, f"{self.folder}/{out}:/t", str(salt), f"--deadline={DEADLINE}", "--threads=1"]
        if how == "alone":
            return run
        launcher, ranks = how.split("-")
        if launcher == "mpirun":
            return ["mpirun", "-n", ranks, *run]
        return [os.path.join(BIN, "brasa-submit"), "-n", str(int(ranks) - 1), "--oversubscribe", "--scratch", self.tmp, *run]

    def choose(self):
        how = self.rng.choice(("alone", "mpirun-3", "mpirun-3", "mpirun-5", "submit-3", "submit-3", "submit-5"))
        victim = "launcher" if how == "alone" else self.rng.choice(("launcher", *range(int(how.split("-")[1]))))
        kinds = ["SIGKILL", "SIGTERM", "SIGINT", "SIGUSR1"] + (["SIGSTOP", "SIGSEGV", "pause"] if victim != "launcher" else ["pause"] if how == "alone" else [])
        return how, victim, self.rng.choice(kinds), self.rng.uniform(0, 1.02)

    def hit(self, job, victim, kind):
        """Which processes there were; false: the job was over, or that rank was not there yet."""
        there = {job.pid: "", **below(job.pid)}
        ranks = sorted(p for p, name in there.items() if name == os.path.basename(self.program)[:15] and p != job.pid)
        target = job.pid if victim == "launcher" else ranks[victim] if victim < len(ranks) else None
        if target is None or job.poll() is not None:
            return there, False
        try:
            os.kill(target, signal.SIGSTOP if kind == "pause" else getattr(signal, kind))
            if kind == "pause":
                time.sleep(self.rng.uniform(0.1, DEADLINE / 4))
                os.kill(target, signal.SIGCONT)
        except ProcessLookupError:  # it ended just now
            return there, False
        return there, True

    def round(self, number):
        how, victim, kind, part = self.choose()
        after = part * self.seconds_of(how)
        said = f"round {number}: {kind} to {'rank ' if victim != 'launcher' else 'the '}{victim}, {how}, after {after:.2f} s"
        job = subprocess.Popen(self.command(how, number), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(after)
        there, was_hit = self.hit(job, victim, kind)
        begin = time.monotonic()
        err = self.end_of(job, said, how, there)
        print(f"{said}: {'status %d' % job.returncode if was_hit else 'missed'} after {time.monotonic() - begin:.1f} s", flush=True)
        self.judge(number, said, job.returncode, err, was_hit, kind, victim, how)
        self.nothing_left(said, how, victim, kind, there)

    def end_of(self, job, said, how, there):
        """Its messages.  mpirun by itself now and then does not end when ranks died while it started them (brasa_submit/run.c), and waits for a rank that is stopped on its way out,
        when no other waits for it any more; both are not ours."""
        for tries in range(PATIENCE // 20):
            try:
                return job.communicate(timeout=20)[1]
            except subprocess.TimeoutExpired:
                if "mpirun" in how and not any(alive(p) for p in below(job.pid)):
                    print(said + ": mpirun is stuck, all ranks have ended", flush=True)
                    job.kill()
                left = [p for p in below(job.pid) if alive(p)]
                if "mpirun" in how and tries * 20 > 2 * DEADLINE and len(left) == 1 and self.stopped(left[0]):
                    print(said + ": it is stopped on its way out, and all others have ended", flush=True)
                    os.kill(left[0], signal.SIGCONT)
        for p in there:
            if alive(p):
                os.kill(p, signal.SIGKILL)
        check(False, said + ": hangs", "")
        return ""

    @staticmethod
    def stopped(pid):
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "T"

    def judge(self, number, said, status, err, was_hit, kind, victim, how):
        if not was_hit or kind == "pause":
            check(status == 0, said + ": nobody was hit for long, so it succeeds", (status, err))
        silent = victim == "launcher" and (kind == "SIGKILL" or "mpirun" in how)  # who could say something is dead, or not ours
        check(status == 0 or silent or err.strip() != "" or status == -getattr(signal, kind), said + ": there is a message", (status, err))
        if "submit" in how and victim == "launcher" and kind == "SIGUSR1":
            check(status in (0, 75, -signal.SIGUSR1), said + ": it can be started again", (status, err))
        got = self.printed()
        old = [salt for salt, rows in self.rows.items() if rows == got]
        if status == 0 or not old:
            self.alone("run", self.source, f"{self.folder}/check.h5:/t", str(number))
            want = self.alone("print", f"{self.folder}/check.h5:/t")
            check(got == want, said + ": the output is new and whole, or the old one", (status, err, got[:500]))
            self.rows = {number: want}

    def nothing_left(self, said, how, victim, kind, there):
        end = time.monotonic() + 60
        while time.monotonic() < end and any(alive(p) for p in there):
            time.sleep(0.1)
        left = [p for p in there if alive(p)]
        check(not left, said + ": no process is left", [(p, there[p]) for p in left])
        left = os.listdir(self.tmp)
        if victim == "launcher" and kind == "SIGKILL":  # nobody is there to sweep
            for name in left:
                shutil.rmtree(os.path.join(self.tmp, name))
        else:
            check(not left, said + ": scratch is swept", left)
        last = max(self.rows)
        self.alone("run", self.source, self.out + ":/t", str(last))  # a write to that name sweeps what a killed one has left
        here = sorted(n for n in os.listdir(self.folder) if n.startswith(".") or n.endswith(".parts"))
        parts = glob.glob(self.out + ".parts/*")
        check(not [n for n in here if n.startswith(".")] and len(parts) <= 1, said + ": the next write sweeps the folder", (here, parts))
        check(self.printed() == self.rows[last], said + ": and its output is right")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--seed", type=int, default=int(time.time()))
    o = options.parse_args()
    print("seed", o.seed)
    kills = Kills(o.program, random.Random(o.seed))
    for number in range(1, o.rounds + 1):
        kills.round(number)


main()
