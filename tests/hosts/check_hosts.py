#!/usr/bin/env python3
"""Ranks on three hosts that talk TCP: the same rows, a host that is cut off, a host with another build, and bytes that were counted.

Run by ctest it starts the hosts (slurm/local-cluster.sh, without Slurm) and itself again among them; they end with that, however it ends.
"""
import contextlib
import glob
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("BRASA_TEST_SOURCE", "."), "tests/dist"))
from harness import BIN, SOURCE, check, scratch, wait_for_stage  # noqa: E402

CLUSTER = os.path.join(SOURCE, "slurm/local-cluster.sh")
TESTS = os.path.join(os.path.dirname(BIN), "tests")
HOSTS = ("n1", "n2", "n3")


def enter_hosts():
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI_MCA_", "SLURM_", "BRASA_")) or k.startswith("BRASA_TEST_")}
    env["ASAN_OPTIONS"] = "detect_leaks=0"  # other checks look for leaks; under these launchers the search itself has crashed
    env |= {"CLUSTER_SLURM": "no", "CLUSTER_NODES": str(len(HOSTS)), "HOME": "/nonexistent", "OMPI_MCA_pml": "ob1"}
    why = subprocess.run([CLUSTER, "check"], capture_output=True, text=True, env=env)
    if why.returncode:
        print(why.stdout + why.stderr)
        sys.exit(77)
    command = ["setpriv", "--pdeathsig", "TERM", "timeout", "-k", "5", "560", CLUSTER, "run", sys.executable, __file__, "inside", *sys.argv[1:]]
    sys.exit(subprocess.run(command, env=env).returncode)


def command(*words):
    """brasa-submit on the first host, a worker on each."""
    agent = os.path.join(os.path.dirname(os.path.abspath(__file__)), "enter_host.sh")
    shared = ["--hosts", ",".join(f"{h}:2" for h in HOSTS), "--conf", f"remote-shell={agent}", "--threads", "2"]
    return ["timeout", "-k", "5", "250", CLUSTER, "on", "n1", os.path.join(BIN, "brasa-submit"), *shared, *words]


def submit(*words, cwd=None, status=0):
    done = subprocess.run(command(*words), capture_output=True, text=True, cwd=cwd or SOURCE)
    check(done.returncode == status, f"status {status} of {words}", (done.returncode, done.stdout[-2000:], done.stderr[-4000:]))
    return done.stdout, done.stderr


def on(host, *words):
    done = subprocess.run([CLUSTER, "on", host, *words], capture_output=True, text=True)
    check(done.returncode == 0, f"{words} on {host}", done.stderr)
    return done.stdout


# ---- the same rows, and the bytes that they took ----


def query():
    alone = subprocess.run([os.path.join(BIN, "flights"), "--threads=1"], capture_output=True, text=True, cwd=SOURCE)
    check(alone.returncode == 0, "flights alone", alone.stderr)
    out, _ = submit("--scratch", "/dev/shm", os.path.join(BIN, "flights"))
    check(out == alone.stdout, "three hosts give the same tables", out)
    for host in HOSTS:
        check("brasa-" not in on(host, "ls", "/dev/shm"), f"no scratch directory is left on {host}", on(host, "ls", "/dev/shm"))
    bytes_match()


def sent():
    return {h: json.loads(on(h, "ip", "-s", "-j", "link", "show", "eth0"))[0]["stats64"]["tx"]["bytes"] for h in HOSTS}


def bytes_match():
    """What the shuffle matrix says that a host's rank sent to others, and what its network interface counted: the same but for framing and control."""
    folder = scratch()
    made = subprocess.run([os.path.join(BIN, "sort"), "--rows", "2000000", "rows.h5:/t"], capture_output=True, text=True, cwd=folder)
    check(made.returncode == 0, "rows to sort", made.stderr)
    before = sent()
    submit("--event-log", folder, os.path.join(BIN, "sort"), "rows.h5:/t", "sorted.h5:/t", "value % 1000, key", cwd=folder)
    after = sent()
    said = said_by_log(folder)
    for h in HOSTS:
        wire = after[h] - before[h]
        check(said[h] > 1 << 20, f"{h} has sent rows worth counting", said)
        check(said[h] <= wire <= 1.04 * said[h] + (1 << 20), f"bytes that left {h}", (wire, said))


def said_by_log(folder):
    with open(glob.glob(os.path.join(folder, "*.brasa.jsonl"))[0], encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    host = {r["rank"]: r["host"] for r in next(e for e in events if e["event"] == "environment")["ranks"]}
    check(sorted(host[r] for r in host if r > 0) == list(HOSTS), "a worker on each host", host)
    said = dict.fromkeys(HOSTS, 0)
    for e in events:
        if e["event"] != "shuffle":
            continue
        for i, row in enumerate(e["bytes"]):
            for k, n in enumerate(row):
                if host[e["ranks"][i]] != host[e["ranks"][k]]:
                    said[host[e["ranks"][i]]] += n
    return said


# ---- a host that is cut off ----


def ranks_at(host, name="nap"):
    """Process ids of the ranks that nap there: by host name, for all of the processes are seen from here."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                wanted = f.read().strip() == name
            if wanted and os.readlink(f"/proc/{pid}/ns/uts") == os.readlink(f"/proc/{holder(host)}/ns/uts"):
                found.append(int(pid))
        except OSError:
            continue
    return found


def no_rank_at(host):
    end = time.monotonic() + 60
    while ranks_at(host) and time.monotonic() < end:
        time.sleep(0.1)
    check(not ranks_at(host), f"no rank is left on {host}", ranks_at(host))


def holder(host):
    with open(os.path.join(os.environ["CLUSTER_DIR"], host, "holder"), encoding="ascii") as f:
        return f.read().strip()


def napping(*options):
    logs = scratch()
    words = command("--scratch", "/dev/shm", "--event-log", logs, *options, os.path.join(TESTS, "nap"), "1000000")
    job = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check(wait_for_stage(logs, job, "doze"), "the job naps", job.poll() is None or job.communicate())
    time.sleep(1)
    return job


def cut():
    job = napping()
    check("brasa-0-" in on("n3", "ls", "/dev/shm"), "each host has its scratch directory", on("n3", "ls", "/dev/shm"))
    subprocess.run([CLUSTER, "unplug", "n3"], check=True)
    _, err = job.communicate(timeout=250)
    check(job.returncode not in (0, 124, 137), "a job that lost a host has not succeeded", (job.returncode, err))
    check("brasa-submit: host n3 was lost" in err and "in stage" in err, "it says which", err)
    for host in ("n1", "n2"):
        no_rank_at(host)
        check("brasa-" not in on(host, "ls", "/dev/shm"), f"no scratch directory is left on {host}", on(host, "ls", "/dev/shm"))
    subprocess.run([CLUSTER, "plug", "n3"], check=True)
    killed_elsewhere()


def killed_elsewhere():
    """A rank that dies on another host: named, and swept up after on all hosts."""
    left = ranks_at("n3") + ranks_at("n3", "orted")  # of the job before; its daemon, when it ends, takes Open MPI's folder there with it
    for pid in left:
        with contextlib.suppress(ProcessLookupError):  # it may end by itself meanwhile
            os.kill(pid, 9)
    while any(os.path.exists(f"/proc/{pid}") for pid in left):
        time.sleep(0.1)
    job = napping()
    os.kill(ranks_at("n2")[0], 9)
    _, err = job.communicate(timeout=250)
    check(job.returncode == 137 and "on host n2 was ended by signal 9" in err, "the rank is named with its host", (job.returncode, err))
    for host in ("n1", "n2"):
        left = on(host, "ls", "/dev/shm")
        check("brasa-" not in left and "_segment" not in left, f"nothing is left on {host}", left)


# ---- a rank that is stopped, alone on its host ----


def stopped():
    """Nobody beside it can see its state: others ask, and it does not answer."""
    job = napping("--conf", "deadline=8")
    rank = ranks_at("n3")[0]
    os.kill(rank, signal.SIGSTOP)
    _, err = job.communicate(timeout=250)
    check(job.returncode not in (0, 124, 137), "a job with a stopped rank has not succeeded", (job.returncode, err))
    check("rank 3 (process " in err and ("on n3) does not answer" in err or "on n3) has not answered for 8 s" in err), "it says which", err)
    for host in HOSTS:
        no_rank_at(host)
        check("brasa-" not in on(host, "ls", "/dev/shm"), f"no scratch directory is left on {host}", on(host, "ls", "/dev/shm"))


# ---- hosts that differ ----


def builds():
    one, other = os.path.join(TESTS, "dist_tiny_2"), os.path.join(TESTS, "dist_tiny_3")
    out, _ = submit(one)
    check("90" in out, "a job", out)
    on("n1", "mkdir", "/dev/shm/local")
    _, err = submit("--scratch", "/dev/shm/local", one, status=1)
    check("/dev/shm/local" in err and "on host n2" in err and "--scratch" in err, "a host without the scratch directory is named", err)
    on("n3", "mount", "--bind", other, one)
    _, err = submit(one, status=1)
    check("rank 3 on host n3 runs another build" in err, "the host with another build is named", err)


if len(sys.argv) > 2 and sys.argv[1] == "inside":
    {"query": query, "cut": cut, "stopped": stopped, "builds": builds}[sys.argv[2]]()
else:
    enter_hosts()
