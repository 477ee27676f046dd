#!/usr/bin/env python3
"""A rank that dies, or whose communication fails, ends the job within seconds and not with success."""

import os
import subprocess
import sys
import time

PROGRAM = sys.argv[1]
LIMIT_S = 250

if os.environ.get("BRASA_TEST_FAULTS") != "1":
    print("needs fault points")
    sys.exit(77)

bad = 0
for ranks in (2, 4):
    for fault in ("comm.kill:2@1", "comm.kill:40@1", "comm.kill:5@0", "comm.fail:12@1", "comm.fail:7@0"):
        begin = time.monotonic()
        command = ["timeout", "-k", "5", str(LIMIT_S), "mpirun", "-n", str(ranks), PROGRAM, fault]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        seconds = time.monotonic() - begin
        if seconds >= LIMIT_S or done.returncode == 0 or "ok " in done.stdout:
            print(f"{ranks} ranks, {fault}: status {done.returncode} after {seconds:.1f} s\n{done.stdout}")
            bad += 1
sys.exit(1 if bad else 0)
