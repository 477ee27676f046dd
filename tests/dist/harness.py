"""What the checks share: running programs alone or under mpirun, comparing what they print."""
import csv
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

BIN = os.environ.get("BRASA_TEST_BIN", "build/release/bin")
SOURCE = os.environ.get("BRASA_TEST_SOURCE", ".")
SANITIZED = os.environ.get("BRASA_TEST_FAULTS") == "1"
RANKS = (1, 2, 3, 5)


def run(program, *args, ranks=0, seconds=250, env=None, cwd=None):
    """Status, output and messages; ranks 0: without mpirun."""
    command = [os.path.join(BIN, program), *args]
    if ranks:
        command = ["mpirun", "-n", str(ranks)] + command
    command = ["timeout", "-k", "5", str(seconds)] + command
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


def check(condition, what, got=""):
    if not condition:
        print("FAILED:", what, got, file=sys.stderr)
        sys.exit(1)


def succeeds(program, *args, **kw):
    status, out, err = run(program, *args, **kw)
    check(status == 0, f"exit status of {program} {' '.join(args)} {kw}", (status, out[-2000:], err[-2000:]))
    return out


def fails(parts, program, *args, status=1, **kw):
    """Ends with this status (0: any but 0), each part in the messages, nothing on standard output."""
    got, out, err = run(program, *args, **kw)
    check(got == status if status else got != 0, f"exit status {status} of {program} {' '.join(args)} {kw}", (got, out[-2000:], err[-2000:]))
    check(got != 124, f"{program} {' '.join(args)} hangs", err[-2000:])
    for part in [parts] if isinstance(parts, str) else parts:
        check(part in err, f"'{part}' in the message of {program} {' '.join(args)} {kw}", err[-2000:])
    return err


def scratch():
    """A folder that goes when the check ends, however it ends."""
    import atexit

    path = tempfile.mkdtemp(prefix="brasa-test-")
    atexit.register(shutil.rmtree, path, True)
    return path


def wait_for_stage(logs, job, text=""):
    """Until an event log in the folder `logs` says that a stage of which the line holds `text` has begun; false when the job (a Popen) has ended before."""
    end = time.monotonic() + 200
    while time.monotonic() < end and (job is None or job.poll() is None):
        for path in glob.glob(os.path.join(logs, "*.brasa.jsonl")):
            with open(path, encoding="utf-8", errors="replace") as f:
                if any('"stage_start"' in line and text in line for line in f):
                    return True
        time.sleep(0.05)
    return False


def tpch_tables(folder, ranks=0):
    """TPC-H at scale factor 0.01 as HDF5 tables."""
    os.makedirs(folder, exist_ok=True)
    succeeds("tpch_import", os.path.join(SOURCE, "tests/data/tpch"), folder, ranks=ranks)
    return folder


def same_rows(got, want, what):
    """CSV texts: numbers to 1e-9, everything else to the letter."""
    a, b = list(csv.reader(got.splitlines())), list(csv.reader(want.splitlines()))
    check(len(a) == len(b), f"{what}: rows", (len(a), len(b), got[:1000]))
    for i, (x, y) in enumerate(zip(a[1:], b[1:])):
        check(len(x) == len(y), f"{what}: columns of row {i + 1}", (x, y))
        for u, v in zip(x, y):
            check(u == v or close(u, v), f"{what}: row {i + 1}", (u, v))


def close(u, v):
    try:
        return abs(float(u) - float(v)) <= 1e-9 * max(1.0, abs(float(v)))
    except ValueError:
        return False
