#!/usr/bin/env python3
"""The Nth allocation, system call or exchange fails, on one rank or on all: the right answer, or one clear error and nothing visible.

usage: check_faults.py PART PROGRAM; PART is alloc, io or shuffle.
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.environ.get("BRASA_TEST_SOURCE", "."), "tests/dist"))
from harness import check, scratch  # noqa: E402

CLASSES = "INVALID|NOT_FOUND|EXISTS|DATA|CORRUPT|IO|NO_SPACE|NO_MEMORY|PEER"
IO_POINTS = ["io.open", "io.open.enospc", "io.close", "io.close.enospc", "io.read", "io.read.short", "io.write", "io.write.enospc", "io.write.short",
             "io.truncate", "io.reserve", "io.fsync", "io.fsync.enospc", "io.rename", "io.rename.enospc", "io.unlink", "io.mkdir", "io.symlink",
             "io.symlink.enospc", "storage.write", "storage.commit"]
SHUFFLE_POINTS = ["shuffle.recv", "shuffle.send", "shuffle.corrupt", "shuffle.slow", "comm.fail"]


def growing(first, last, ratio):
    out, x = [], float(first)
    while x <= last:
        if not out or int(x) != out[-1]:
            out.append(int(x))
        x = max(x * ratio, x + 1)
    return out


def cases(part):
    """(ranks, faults); ranks 0: without mpirun."""
    if part == "alloc":
        yield from ((0, f"alloc:{n}") for n in growing(1, 20000, 1.09))
        yield from ((0, f"alloc:{n}+") for n in growing(5, 20000, 2))
        yield from ((3, f"alloc:{n}{where}") for n, where in ((20, "@2"), (150, ""), (700, "@0"), (2000, "@1"), (4000, "@2"), (5000, "")))
    elif part == "io":
        yield from ((0, f"{p}:{n}") for p in IO_POINTS for n in (1, 2, 3, 5, 9))
        yield from ((0, f"{p}:1+") for p in IO_POINTS if not p.endswith("short"))
        yield from ((3, f"{p}:{n}") for p, n in (("io.write.enospc", "1@2"), ("io.write.short", "1"), ("io.open", "2@1"), ("io.fsync", "1+"),
                                                 ("io.read", "1+@2"), ("io.rename", "1"), ("storage.write", "2@1"), ("storage.commit", "1")))
    else:
        yield from ((ranks, f"{p}:{n}") for p in SHUFFLE_POINTS for ranks, n in ((3, "1@1"), (3, "2"), (4, "4@3")))


class Scenario:
    def __init__(self, program):
        self.program = program
        self.folder = scratch()
        self.source = os.path.join(self.folder, "in.h5:/t")
        check(self.call(0, "make", self.source)[0] == 0, "the input is written")
        out = os.path.join(self.folder, "right.h5")
        status, _, err = self.call(0, "run", self.source, out + ":/t")
        check(status == 0, "the job runs without faults", err)
        self.right = self.rows(out)
        self.bad = []

    def call(self, ranks, *args):
        command = ["timeout", "-k", "5", "200"] + (["mpirun", "-n", str(ranks)] if ranks else []) + [self.program, *args, "--deadline=20", "--threads=2"]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ, errors="replace")
        return done.returncode, done.stdout, done.stderr

    def rows(self, path):
        status, out, err = self.call(0, "print", path + ":/t")
        check(status == 0, f"{path} can be read", err[-1500:])
        return hashlib.sha256(out.encode()).hexdigest()

    def verdict(self, ranks, faults, folder):
        """None when all is well, else what is wrong."""
        out = os.path.join(folder, "out.h5")
        status, printed, err = self.call(ranks, "run", self.source, out + ":/t", "--faults=" + faults)
        if status in (124, 137) or status < 0:
            return f"hangs or dies by a signal: status {status}", err
        if "Sanitizer" in err or "runtime error" in err:
            return "the sanitizer complains", err
        if status == 0:
            if not os.path.exists(out):
                return "success without output", err
            return None if self.rows(out) == self.right else ("a wrong answer", err)
        errors = re.findall(rf"^fault_job: (?:{CLASSES}): ", err, re.M)
        least, most = (1, ranks) if faults.startswith("comm.") else (1, 1)  # ranks that lose each other each say so
        if not least <= len(errors) <= most:
            return f"{len(errors)} messages", err
        if os.path.exists(out):
            return "output is visible after an error", err
        if printed:
            return "a failed job prints", printed
        return None

    def run(self, case):
        ranks, faults = case
        folder = os.path.join(self.folder, f"{ranks}-{faults}")
        os.makedirs(folder)
        wrong = self.verdict(ranks, faults, folder)
        left = glob.glob(os.path.join(folder, "**"), recursive=True)
        shutil.rmtree(folder)
        if wrong:
            self.bad.append((case, wrong[0]))
            print(f"FAILED: {ranks} ranks, {faults}: {wrong[0]}\n{wrong[1][-1500:]}\n{left}", file=sys.stderr)


def full_disk(scenario):
    """A file system without room for the output: one message that says how much was wanted and how much there is, and nothing left."""
    folder = os.path.join(scenario.folder, "small")
    os.makedirs(folder)
    script = f"""mount -t tmpfs -o size=16k none {folder} 2>/dev/null || exit 77
        timeout -k 5 200 {scenario.program} run {scenario.source} {folder}/out.h5:/t --deadline=20 --threads=2 --merge-bytes=0; status=$?
        ls -A {folder} >&2; exit $status"""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return print("full disk: skipped, needs root")
    done = subprocess.run(["unshare", "-m", "bash", "-c", script], capture_output=True, text=True, env=os.environ, errors="replace")
    if done.returncode == 77 or (done.returncode == 1 and "unshare" in done.stderr):
        return print("full disk: skipped, this machine mounts nothing")
    lines = done.stderr.splitlines()
    check(done.returncode == 1 and len([x for x in lines if x.startswith("fault_job: NO_SPACE: cannot ")]) == 1, "a full disk is one error", done)
    check(re.search(r"cannot (reserve|write) \d+ bytes .*small/.*; \d+ bytes are free there: free some", done.stderr), "it says what is free", done.stderr)
    check(not any("out.h5" in x and not x.startswith("fault_job") and " " not in x for x in lines), "nothing is left on a full disk", lines)


def main():
    scenario = Scenario(sys.argv[2])
    todo = list(cases(sys.argv[1]))
    if sys.argv[1] == "io":
        full_disk(scenario)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(scenario.run, todo))
    print(f"{len(todo)} cases")
    check(not scenario.bad, "all cases", scenario.bad)


main()
