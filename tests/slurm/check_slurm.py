#!/usr/bin/env python3
"""The batch scripts of slurm/, brasa-submit in and before allocations, and what is lost: in a local Slurm cluster of three nodes of four cores.

Run by ctest it starts the cluster and itself again in it; the cluster ends with that, however it ends.
"""
import glob
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("BRASA_TEST_SOURCE", "."), "tests/dist"))
from harness import BIN, SOURCE, check, scratch, wait_for_stage  # noqa: E402

CLUSTER = os.path.join(SOURCE, "slurm/local-cluster.sh")
SCRIPTS = os.path.join(SOURCE, "slurm")
NAP = os.path.join(os.path.dirname(BIN), "tests", "nap")
FLIGHTS = os.path.join(BIN, "flights")
LIMIT_S = 200


def enter_cluster():
    """Start the cluster with this check in it; its status is ours."""
    why = subprocess.run([CLUSTER, "check"], capture_output=True, text=True)
    if why.returncode:
        print(why.stdout + why.stderr)
        sys.exit(77)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI_MCA_", "SLURM_", "BRASA_")) or k.startswith("BRASA_TEST_")}
    env["ASAN_OPTIONS"] = "detect_leaks=0"  # other checks look for leaks; under these launchers the search itself has crashed
    env["PATH"] = BIN + ":" + env["PATH"]
    env["OMPI_MCA_pml"] = "ob1"
    env["HOME"] = "/nonexistent"
    env["TMPDIR"] = scratch()  # another cluster on this machine has jobs of the same numbers
    command = ["setpriv", "--pdeathsig", "TERM", "timeout", "-k", "5", "560", CLUSTER, "run", sys.executable, __file__, "inside", *sys.argv[1:]]
    sys.exit(subprocess.run(command, env=env).returncode)


def run(*command, cwd, status=0):
    done = subprocess.run(["timeout", "-k", "5", "250", *command], capture_output=True, text=True, cwd=cwd)
    check(done.returncode == status, f"status {status} of {' '.join(command)}", (done.returncode, done.stdout, done.stderr))
    return done.stdout


def sbatch(folder, *words):
    return run("sbatch", "--parsable", *words, cwd=folder).strip().split(";")[0]


def fields(job):
    out = subprocess.run(["scontrol", "--oneliner", "show", "job", job], capture_output=True, text=True).stdout
    return dict(word.split("=", 1) for word in out.split() if "=" in word)


def wait_for(job, states=("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL"), seconds=LIMIT_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job_fields = fields(job)
        if job_fields.get("JobState") in states:
            return job_fields
        time.sleep(0.1)
    check(False, f"job {job} comes to {states}", (fields(job), text_of(fields(job).get("StdOut", ""))))
    return {}


def output(folder, pattern, job_fields=None):
    paths = glob.glob(os.path.join(folder, pattern))
    check(len(paths) == 1, f"one {pattern}", (os.listdir(folder), job_fields))
    with open(paths[0], encoding="utf-8", errors="replace") as f:
        return f.read()


def completes(job):
    got = wait_for(job)
    check(got["JobState"] == "COMPLETED" and got["ExitCode"] == "0:0", f"job {job} succeeds", (got, text_of(got["StdOut"])))
    return got


def expected_flights():
    out = subprocess.run([FLIGHTS, "--threads=1"], capture_output=True, text=True, cwd=SOURCE)
    check(out.returncode == 0, "flights alone", out.stderr)
    return out.stdout


def link_data(folder):
    os.symlink(os.path.join(SOURCE, "jobs"), os.path.join(folder, "jobs"))


def nothing_left(folder):
    mine = glob.glob(f"{os.environ['TMPDIR']}/brasa-{os.getuid()}-*")
    check(not mine, "no scratch directory is left", mine)
    for node in ("n1", "n2", "n3"):
        names = run(CLUSTER, "on", node, "ls", "/dev/shm", cwd=folder)
        check("_segment" not in names, f"no shared memory is left on {node}", names)


# ---- the scripts ----


def scripts():
    folder = scratch()
    link_data(folder)
    want = expected_flights()
    one = sbatch(folder, f"{SCRIPTS}/one-node.sbatch", FLIGHTS)
    many = sbatch(folder, "--nodes=3", f"{SCRIPTS}/many-nodes.sbatch", FLIGHTS)
    array = start_array(folder)
    got = completes(one)
    check(got["NumNodes"] == "1" and output(folder, f"brasa-one-{one}.out") == want, "one node: the same tables", output(folder, f"brasa-one-{one}.out"))
    got = completes(many)
    check(got["NumNodes"] == "3" and output(folder, f"brasa-many-{many}.out") == want, "three nodes: the same tables", output(folder, f"brasa-many-{many}.out"))
    ranks_of(folder, {"n1": 2, "n2": 1, "n3": 1}, threads=4)
    check_array(folder, array)
    chain(folder)
    requeue(folder)
    nothing_left(folder)


def ranks_of(folder, want, threads):
    """The event log accounts for every rank: where it ran, with how many threads, and that it worked."""
    logs = glob.glob(os.path.join(folder, "*.brasa.jsonl"))
    check(len(logs) == 1, "one event log", os.listdir(folder))
    with open(logs[0], encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    ranks = next(e for e in events if e["event"] == "environment")["ranks"]
    hosts = {}
    for rank in ranks:
        hosts[rank["host"]] = hosts.get(rank["host"], 0) + 1
        check(rank["rank"] == 0 or rank["threads"] == threads, f"threads of rank {rank['rank']}", rank)
    check(hosts == want, "ranks by host", hosts)
    check(ranks[0]["host"] == "n1", "the driver is on the first node", ranks[0])
    worked = {e["rank"] for e in events if e["event"] == "rank"}
    check(worked == set(range(1, len(ranks))), "every worker has reported its stages", worked)


def start_array(folder):
    with open(os.path.join(folder, "inputs.txt"), "w", encoding="ascii") as f:
        for i in (1, 2, 3):
            with open(os.path.join(folder, f"text{i}.txt"), "w", encoding="ascii") as text:
                text.write("ember spark\n" * i)
            f.write(f"text{i}.txt\n")
    return sbatch(folder, "--array=1-3", f"{SCRIPTS}/array.sbatch", "inputs.txt", os.path.join(BIN, "wordcount"))


def check_array(folder, job):
    for i in (1, 2, 3):
        completes(f"{job}_{i}")
        out = output(folder, f"brasa-array-{job}-{i}.out")
        check(re.search(rf"\bember\b\D+{i}\b", out), f"words of input {i}", out)


def chain(folder):
    calls = [f"{SCRIPTS}/one-node.sbatch {BIN}/brasa import text1.txt -o one.h5:/t --format text", f"{SCRIPTS}/one-node.sbatch {BIN}/brasa head one.h5:/t"]
    first, second = run(f"{SCRIPTS}/chain.sh", *calls, cwd=folder).split()
    completes(first)
    completes(second)
    check("ember spark" in output(folder, f"brasa-one-{second}.out"), "the second reads what the first wrote")
    first, second = run(f"{SCRIPTS}/chain.sh", f"{SCRIPTS}/one-node.sbatch {BIN}/brasa head none.h5:/t", calls[1], cwd=folder).split()
    check(wait_for(first)["ExitCode"] == "1:0", "a job that fails has its status", fields(first))
    check(wait_for(second)["JobState"] == "CANCELLED", "what depends on it does not run", fields(second))


def wait_for_text(folder, pattern, text, seconds=LIMIT_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if any(text in text_of(p) for p in glob.glob(os.path.join(folder, pattern))):
            return
        time.sleep(0.1)
    check(False, f"'{text}' in {pattern}", [text_of(p) for p in glob.glob(os.path.join(folder, pattern))])


def requeue(folder):
    """What Slurm sends before the time limit, sent now: limits are whole minutes."""
    job = sbatch(folder, "--begin=now", f"{SCRIPTS}/requeue.sbatch", "--conf", "log=info", "--event-log", "requeued", NAP, "1000000")
    wait_for_nap(job, os.path.join(folder, "requeued"), 2)
    run("scancel", "--signal=USR1", "--batch", job, cwd=folder)
    got = completes(job)
    out = output(folder, f"brasa-requeue-{job}.out")
    check(got["Restarts"] == "1", "it was queued again, once", got)
    check("CANCELLED: the job was told to end by SIGUSR1" in out, "the first run ended in order", out)
    check("the time limit is near" in out and "| 1000000 |" in out, "it says why, and ends well the second time", out)


def wait_for_nap(job, logs, count):
    """Until the job naps: its ranks, which are at least so many."""
    check(wait_for_stage(logs, None, "doze"), f"job {job} naps", (fields(job), text_of(fields(job).get("StdOut", ""))))
    time.sleep(1)
    ranks = {p: variable(p, "OMPI_COMM_WORLD_RANK") or variable(p, "PMIX_RANK") or -1 for p in naps() if variable(p, "SLURM_JOB_ID") == job}
    check(len(ranks) >= count, f"the ranks of job {job}", (ranks, fields(job)))
    return {int(r): p for p, r in ranks.items()}


def text_of(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def naps():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                if f.read().strip() == "nap":
                    found.append(int(pid))
        except OSError:
            continue
    return found


def variable(pid, name):
    try:
        with open(f"/proc/{pid}/environ", "rb") as f:
            found = re.search(rb"(?:^|\0)" + name.encode() + rb"=([^\0]*)", f.read())
    except OSError:
        return None
    return found.group(1).decode() if found else None


# ---- brasa-submit ----


def submit():
    folder = scratch()
    link_data(folder)
    want = expected_flights()
    out = run("brasa-submit", "--slurm", "-N", "3", "--time", "10:00", "-o", "out-%j.out", FLIGHTS, cwd=folder)
    path, job = re.match(r"(\S+\.sbatch): job (\d+)\n$", out).groups()
    with open(os.path.join(folder, path), encoding="utf-8") as f:
        text = f.read()
    for part in ("#!/bin/bash\n", "#SBATCH --nodes=3\n", "#SBATCH --time=10:00\n", f" {FLIGHTS}\n"):
        check(part in text, f"'{part}' in the script", text)
    got = completes(job)
    check(got["NumNodes"] == "3" and output(folder, f"out-{job}.out") == want, "the job that brasa-submit wrote", output(folder, f"out-{job}.out"))
    launchers(folder, want)
    words = ["--slurm", "-n", "4", "--threads", "2", "--event-log", ".", "--script", "four.sbatch", "-o", "four.out", FLIGHTS]
    job = run("brasa-submit", *words, cwd=folder).split()[-1]
    completes(job)
    ranks_of(folder, {"n1": 3, "n2": 2}, threads=2)
    run("brasa-submit", *words, cwd=folder, status=1)  # the script is there
    small(folder)
    nothing_left(folder)


def launchers(folder, want):
    """In one allocation: srun and mpirun, with and without a driver of its own, print the same."""
    script = os.path.join(folder, "launchers.sh")
    with open(script, "w", encoding="ascii") as f:
        f.write(f"#!/bin/bash\n#SBATCH --nodes=2 --exclusive\n#SBATCH --output=launch-%j.out\nset -e\n"
                f"for how in '--launcher srun' '--launcher mpirun' '--launcher srun --driver-works' '-n 3 --threads 2'; do\n"
                f"brasa-submit --dry-run $how {FLIGHTS} | tail -n 1\nbrasa-submit $how {FLIGHTS}\ndone\n")
    job = sbatch(folder, script)
    completes(job)
    out = output(folder, f"launch-{job}.out")
    check(out.count(want) == 4, "every launcher gives the same tables", out)
    lines = [line for line in out.splitlines() if line.startswith("env ")]
    check(" srun " in lines[0] and " mpirun " in lines[1] and "--nodelist=n1,n1,n2" in lines[0] and "--host n1:2,n2:1" in lines[1], "as asked", lines)
    check("--nodelist=n1,n2 " in lines[2], "a driver that works is a process less", lines[2])


def small(folder):
    job = sbatch(folder, "--ntasks=1", "--output=small-%j.out", "--wrap", f"brasa-submit -n 4 --threads 4 {NAP} 1")
    got = wait_for(job)
    out = output(folder, f"small-{job}.out")
    check(got["ExitCode"] == "2:0" and f"allocation of job {job}" in out and "--ntasks=4" in out, "an allocation that is too small", (got, out))


# ---- what is lost ----


def failures():
    folder = scratch()
    killed_rank(folder, "srun")
    killed_rank(folder, "mpirun")
    cancelled(folder)
    lost_node(folder, "mpirun")


def start_nap(folder, *options):
    logs = os.path.join(scratch(), "logs")
    wrapped = f"exec brasa-submit {' '.join(options)} --event-log {logs} {NAP} 1000000"
    job = sbatch(folder, "--nodes=3", "--exclusive", "--no-requeue", "--output=nap-%j.out", "--wrap", wrapped)
    return job, wait_for_nap(job, logs, 4)


def killed_rank(folder, launcher):
    job, ranks = start_nap(folder, "--launcher", launcher)
    os.kill(ranks[2], 9)
    got = wait_for(job)
    out = output(folder, f"nap-{job}.out")
    check(got["ExitCode"].startswith("137:"), f"status of a job whose rank was killed, by {launcher}", (got, out))
    for part in ("brasa-submit: rank 2 of 4 on host n2", "signal 9", "in stage"):
        check(part in out, f"'{part}' in the output, by {launcher}", out)
    nothing_left(folder)


def cancelled(folder):
    job, ranks = start_nap(folder)
    run("scancel", job, cwd=folder)
    wait_for(job)
    end = time.monotonic() + 90
    while time.monotonic() < end and any(os.path.exists(f"/proc/{p}") for p in ranks.values()):
        time.sleep(0.1)
    check(not any(os.path.exists(f"/proc/{p}") for p in ranks.values()), "a cancelled job leaves no rank")


def lost_node(folder, launcher):
    job, _ = start_nap(folder, "--launcher", launcher)
    run(CLUSTER, "lose", "n3", cwd=folder)
    wait_for_text(folder, f"nap-{job}.out", "brasa-submit: ")
    got = wait_for(job)
    out = output(folder, f"nap-{job}.out")
    check(got["ExitCode"] != "0:0", "a job that lost a node has not succeeded", (got, out))
    check("n3 was lost" in out or "did not finish" in out, "it says so", out)


if len(sys.argv) > 2 and sys.argv[1] == "inside":
    {"scripts": scripts, "submit": submit, "failures": failures}[sys.argv[2]]()
else:
    enter_cluster()
