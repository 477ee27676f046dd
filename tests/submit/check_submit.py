#!/usr/bin/env python3
"""brasa-submit on this host: sizes, refusals, precedence of settings, and how jobs end."""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("BRASA_TEST_SOURCE", "."), "tests/dist"))
from harness import BIN, check, scratch, wait_for_stage  # noqa: E402

SUBMIT = os.path.join(BIN, "brasa-submit")
NAP = os.path.join(os.path.dirname(BIN), "tests", "nap")
FLIGHTS = os.path.join(BIN, "flights")
SOURCE = os.environ.get("BRASA_TEST_SOURCE", ".")


def environment(**more):
    """Ours without what would change the sizes."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "BRASA_")) and k not in ("TMPDIR", "XDG_CONFIG_HOME")}
    return {**kept, "HOME": "/nonexistent", **more}


def submit(*args, env=None, cwd=None, seconds=200):
    done = subprocess.run(["timeout", "-k", "5", str(seconds), SUBMIT, *args], capture_output=True, text=True, env=environment(**(env or {})), cwd=cwd)
    return done.returncode, done.stdout, done.stderr


def line_of(*args, **kw):
    status, out, err = submit("--dry-run", *args, **kw)
    check(status == 0, f"--dry-run {args} succeeds", err)
    check(out.count("\n") == 1, "one line", out)
    return out.strip()


def value(line, name):
    found = re.search(rf"(?<![\w]){name}=(\S+)", line)
    return found.group(1) if found else None


def slurm(nodes, cpus, **more):
    return {"SLURM_JOB_ID": "77", "SLURM_JOB_NODELIST": nodes, "SLURM_JOB_CPUS_PER_NODE": cpus, **more}


# ---- sizes ----


def sizes():
    one_process()
    allocations()
    differing_nodes()
    as_slurm_was_asked()
    shapes()
    pasted()


def one_process():
    line = line_of("-n", "1", NAP, "5")
    check("mpirun" not in line and line.endswith(NAP + " 5"), "one worker is one process", line)
    line = line_of("-n", "3", "--threads", "2", "--oversubscribe", NAP)
    check(" -np 4 " in line, "a driver beside three workers", line)
    check(value(line, "BRASA_THREADS") == "2", "threads as asked", line)
    line = line_of("-n", "3", "--threads", "2", "--oversubscribe", "--driver-works", NAP)
    check(" -np 3 " in line and value(line, "BRASA_DRIVER_WORKS") == "true", "a driver that works", line)
    memory, driver = (int(value(line_of("-n", "2", "--oversubscribe", NAP), name)[:-1]) for name in ("BRASA_MEMORY", "BRASA_DRIVER_MEMORY"))
    with open("/proc/meminfo", encoding="ascii") as f:
        machine = int(f.readline().split()[1]) // 1024
    check(0 < 2 * memory + driver <= machine, "budgets fit the machine", (memory, driver, machine))


def hosts_of(line):
    return re.search(r"--nodelist=(\S+)", line).group(1).split(",")


def allocations():
    env = slurm("n[1-2,05],m7", "4(x2),8,6")
    hosts = hosts_of(line_of("--launcher", "srun", "-n", "4", NAP, env=env))
    check(hosts == ["n1", "n1", "n2", "n05", "m7"], "a worker a node, the driver on the first", hosts)
    hosts = hosts_of(line_of("--launcher", "srun", "--threads", "4", NAP, env=env))
    check(hosts == ["n1", "n1", "n2", "n05", "n05", "m7"], "as many workers of four threads as fit", hosts)
    hosts = hosts_of(line_of("--launcher", "srun", "-n", "2", NAP, env=slurm("r[1-2]n[08-09]", "4(x4)")))
    check(hosts == ["r1n08", "r1n08", "r1n09"], "two brackets; idle nodes are left out", hosts)
    line = line_of("--launcher", "mpirun", "-n", "5", NAP, env=slurm("a,b", "8,2"))
    check("--host a:5,b:1 " in line, "workers go where cores are", line)
    check(value(line, "BRASA_THREADS") == "2" and "keepalive_time=3" in line, "threads of the tightest node; lost hosts are noticed", line)


def differing_nodes():
    """Nodes of different size: all cores are used, and what a worker gets is there on each of them."""
    line = line_of("--launcher", "mpirun", NAP, env=slurm("a,b", "8,2"))
    check("--host a:5,b:1 " in line and value(line, "BRASA_THREADS") == "2", "as many workers as the cores of a node allow", line)
    line = line_of("--launcher", "mpirun", NAP, env=slurm("a,b", "8,6"))
    check("--host a:2,b:1 " in line and value(line, "BRASA_THREADS") == "6", "nodes that differ little", line)
    line = line_of("--launcher", "mpirun", "--threads", "2", NAP, env=slurm("a,b", "8,2", SLURM_MEM_PER_CPU="1000"))
    check(value(line, "BRASA_DRIVER_MEMORY") == "800M" and value(line, "BRASA_MEMORY") == "1400M", "memory by core: 80% of 8000 MiB for a driver and 4 workers, of 2000 for one", line)
    fake = scratch()
    with open(f"{fake}/scontrol", "w", encoding="ascii") as f:
        f.write('#!/bin/sh\n[ "$*" = "--oneliner show nodes a,b" ] || exit 1\n'
                'echo "NodeName=a Arch=x86_64 CoresPerSocket=4 RealMemory=9000 AllocMem=0"\necho "NodeName=b Arch=x86_64 RealMemory=1000 State=IDLE"\n')
    os.chmod(f"{fake}/scontrol", 0o755)
    env = {**slurm("a,b", "4(x2)", SLURM_MEM_PER_NODE="0"), "PATH": f"{fake}:{os.environ['PATH']}"}
    line = line_of("--launcher", "mpirun", NAP, env=env)
    check(value(line, "BRASA_MEMORY") == "800M", "without a limit of the job: what the smallest node has", line)


def as_slurm_was_asked():
    line = line_of(NAP, env=slurm("n1", "4", SLURM_CPUS_PER_TASK="2", SLURM_NTASKS="1", SLURM_TASKS_PER_NODE="1"))
    check(value(line, "BRASA_THREADS") == "2", "cores per task, on a node that is all ours", line)
    status, out, err = submit("--dry-run", NAP, env=slurm("n1", "4", SLURM_HET_SIZE="2"))
    check(status == 0 and "2 components" in err and "n1" in err and out.count("\n") == 1, "a job of several components", (status, err))


def shapes():
    env = slurm("n[1-3]", "4(x3)", SLURM_CPUS_PER_TASK="2", SLURM_NTASKS="6", SLURM_TASKS_PER_NODE="2(x3)")
    line = line_of("--launcher", "srun", NAP, env=env)
    check(len(hosts_of(line)) == 7 and value(line, "BRASA_THREADS") == "2", "tasks and cores per task as Slurm was asked", line)
    line = line_of("--launcher", "srun", NAP, env={**env, "SLURM_MEM_PER_NODE": "1000"})
    check(2 * int(value(line, "BRASA_MEMORY")[:-1]) + int(value(line, "BRASA_DRIVER_MEMORY")[:-1]) <= 800, "80% of the allocation's memory", line)


def pasted():
    line = line_of("-n", "2", "--oversubscribe", "--threads", "1", FLIGHTS, "--log=warn")
    shell = subprocess.run(["timeout", "-k", "5", "200", "sh", "-c", line], capture_output=True, text=True, env=environment(), cwd=SOURCE)
    status, out, err = submit("-n", "2", "--oversubscribe", "--threads", "1", FLIGHTS, "--log=warn", cwd=SOURCE)
    check(shell.returncode == 0, "the printed line runs", shell.stderr)
    check(status == 0 and out == shell.stdout and out.count("rows)") == 3, "and prints what brasa-submit prints", (status, err, out))
    status, alone, err = submit("-n", "1", FLIGHTS, cwd=SOURCE)
    check(status == 0 and alone == out, "one process prints the same", (status, err))
    left = glob.glob(f"/tmp/brasa-{os.getuid()}-*")
    check(value(line, "BRASA_SCRATCH") not in left, "the scratch directory is gone", left)


# ---- refusals ----


def refused_with(status, parts, *args, **kw):
    got, out, err = submit(*args, **kw)
    check(got == status and out == "", f"status {status}, nothing on standard output: {args}", (got, out, err))
    check(err.count("\n") == 1, f"one line: {args}", err)
    for part in parts:
        check(part in err, f"'{part}' in the message of {args}", err)


def refused():
    folder = scratch()
    script = os.path.join(folder, "job.sh")
    with open(script, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nexit 0\n")
    os.chmod(script, 0o755)
    refused_with(2, ["--worker", "did you mean --workers?"], "--worker", "2", NAP)
    refused_with(2, ["needs a value"], "--workers")
    refused_with(2, ["'bach-rows'", "did you mean batch-rows?"], "--conf", "bach-rows=64", NAP)
    refused_with(2, ["batch-rows", "64 to 2048"], "--conf", "batch-rows=65", NAP)
    refused_with(2, ["key=value"], "--conf", "batch-rows", NAP)
    refused_with(2, ["workers is 'two'", "whole number"], "-n", "two", NAP)
    refused_with(2, ["BRASA_THREDS", "did you mean threads?"], NAP, env={"BRASA_THREDS": "2"})
    refused_with(2, ["not a Brasa job"], "/bin/true")
    refused_with(2, ["not a Brasa job"], script)
    refused_with(2, ["no program", "nosuch"], "nosuch")
    refused_with(2, ["is not a file"], folder)
    refused_with(2, ["100000 workers", "this host has", "--workers"], "-n", "100000", NAP)
    refused_with(2, ["allocation of job 77", "has 4;", "--ntasks=4 --cpus-per-task=2"], "-n", "4", "--threads", "2", NAP, env=slurm("n[1-2]", "2(x2)"))
    refused_with(2, ["64", "more memory"], "-n", "2", "--launcher", "mpirun", NAP, env=slurm("n1", "4", SLURM_MEM_PER_NODE="100"))
    refused_with(2, ["900000000 MiB", "--memory"], "-n", "1", "--memory", "900000000M", NAP)
    refused_with(2, ["scratch directory", "--scratch"], "--scratch", folder + "/none", NAP)
    refused_with(2, ["names no nodes"], NAP, env={"SLURM_JOB_ID": "1"})
    refused_with(2, ["srun needs an allocation"], "--launcher", "srun", "-n", "2", "--oversubscribe", NAP)
    refused_with(2, ["without a launcher"], "--launcher", "none", "-n", "2", "--oversubscribe", NAP)
    refused_with(2, ["srun started this 3 times", "once"], NAP, env=slurm("n1", "4", SLURM_STEP_NUM_TASKS="3", SLURM_PROCID="0"))
    refused_with(2, ["mpirun started this 4 times"], NAP, env={"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "0"})
    refused_with(2, ["retries is '-1'", "whole number"], "--retries", "-1", NAP)
    refused_with(2, ["--time is for a batch job"], "--time", "1:00", NAP)
    full = next((m for m in ("/dev/shm",) if os.access(m, os.W_OK) and shutil.disk_usage(m).free < 64 << 20), None)
    if full:
        refused_with(2, ["free for scratch"], "--scratch", full, NAP)


# ---- which setting wins ----


def settings():
    folder = scratch()
    home = os.path.join(folder, "home", "brasa")
    os.makedirs(home)
    with open(os.path.join(home, "brasa.conf"), "w", encoding="ascii") as f:
        f.write("batch-rows = 64\nblock_rows=1000\nlog = error\ndeadline = 11\nworkers = 2\n")
    env = {"XDG_CONFIG_HOME": os.path.join(folder, "home"), "BRASA_OVERSUBSCRIBE": "true"}
    line = line_of(NAP, env=env, cwd=folder)
    check((value(line, "BRASA_BATCH_ROWS"), value(line, "BRASA_BLOCK_ROWS")) == ("64", "1000") and " -np 3 " in line, "the user's file", line)
    with open(os.path.join(folder, "brasa.conf"), "w", encoding="ascii") as f:
        f.write("# of this directory\n\nblock-rows = 2000\nlog = info\ndeadline = 12\n")
    line = line_of(NAP, env=env, cwd=folder)
    check((value(line, "BRASA_BATCH_ROWS"), value(line, "BRASA_BLOCK_ROWS")) == ("64", "2000"), "the directory's file over the user's", line)
    env["BRASA_LOG"] = "debug"
    env["BRASA_DEADLINE"] = "13"
    line = line_of("--conf", "deadline=14", NAP, env=env, cwd=folder)
    check(value(line, "BRASA_LOG") == "debug", "the environment over files", line)
    check(value(line, "BRASA_DEADLINE") == "14" and line.count("BRASA_DEADLINE=") == 1, "options over the environment", line)
    line = line_of("--conf", "workers=1", "--deadline", "15", NAP, env=env, cwd=folder)
    check("mpirun" not in line and value(line, "BRASA_DEADLINE") == "15", "options over all", line)
    with open(os.path.join(folder, "brasa.conf"), "w", encoding="ascii") as f:
        f.write("deadlin = 12\n")
    refused_with(2, ["brasa.conf:1", "did you mean deadline?"], NAP, env=env, cwd=folder)
    refused_with(2, ["cannot read", "none.conf"], "--conf-file", "none.conf", NAP, env=env, cwd=folder)
    status, out, err = submit("--conf-file", os.path.join(home, "brasa.conf"), "-n", "1", NAP, "3", "--deadline=600", env=env, cwd=folder)
    check(status == 0 and "| 3 |" in out, "a job runs with them", (status, out, err))
    failing = subprocess.run([NAP, "1"], capture_output=True, text=True, env=environment(BRASA_WORKERS="2", BRASA_HOSTS="x"))
    check(failing.returncode == 0, "a job by itself does not mind brasa-submit's variables", failing.stderr)


# ---- ends ----


def below(pid):
    """Processes below this one: {pid: (name, rank, MPI's number of the job)}."""
    found = {}
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            children = f.read().split()
    except OSError:
        return found
    for child in map(int, children):
        try:
            with open(f"/proc/{child}/comm", encoding="utf-8") as f:
                name = f.read().strip()
            with open(f"/proc/{child}/environ", "rb") as f:
                variables = f.read()
        except OSError:
            continue
        rank = re.search(rb"(?:^|\0)OMPI_COMM_WORLD_RANK=(\d+)", variables)
        space = re.search(rb"(?:^|\0)PMIX_NAMESPACE=(\d+)", variables)
        found[child] = (name, int(rank.group(1)) if rank else 0, int(space.group(1)) if space else 0)
        found.update(below(child))
    return found


class Started:
    """What must be gone when a job has ended."""

    def __init__(self, pids, space):
        self.pids = pids
        self.segments = f"/dev/shm/*_segment.*.{os.getuid()}.{space:x}.*"

    def alive(self):
        return [pid for pid in self.pids if os.path.exists(f"/proc/{pid}") and not is_zombie(pid)]


def start_nap(*args, env=None):
    """A job in the middle of its nap; its ranks by number."""
    logs = scratch()
    command = [SUBMIT, *args, "--event-log", logs, NAP, "1000000"]
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**(env or {})))
    check(wait_for_stage(logs, job, "doze"), "the job naps", job.poll() is None or job.communicate())
    time.sleep(0.5)
    found = below(job.pid)
    ranks = {rank: pid for pid, (name, rank, _) in found.items() if name == "nap"}
    return job, ranks, Started(set(found), next(space for _, (name, _, space) in found.items() if name == "nap"))


def end_of(job, started):
    try:
        _, err = job.communicate(timeout=250)
    except subprocess.TimeoutExpired:
        job.kill()
        check(False, "the job ends", "")
    check(not started.alive(), "no process is left", started.alive())
    check(not glob.glob(started.segments), "no shared memory is left", glob.glob(started.segments))
    return job.returncode, err


def is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def ends():
    job_statuses()
    killed_ranks()
    stopped()
    tried_again()
    signals()
    killed_launcher()
    killed_itself()


def job_statuses():
    status, out, err = submit("-n", "2", "--oversubscribe", NAP, "2")
    check(status == 0 and "| 2 |" in out, "a job", (status, out, err))
    status, out, err = submit(FLIGHTS, "--data", "/nonexistent.h5")
    check(status not in (0, 124), "status of a job that fails", (status, err))
    for args in (["-n", "2", "--oversubscribe"], ["-n", "1"]):
        status, out, err = submit(*args, os.path.join(BIN, "brasa"), "head", "none.csv")
        check(status == 1 and "none.csv" in err, "status of a job that fails is passed on", (status, err))
        check("\x1e" not in err, "notes to the launcher are taken out", err)
        status, out, err = submit(*args, NAP, "--thread=1")
        check(status == 2 and "did you mean --threads" in err, "a wrong option of the job is its own affair", (status, err))


def killed_ranks():
    folder = scratch()
    for args, victim in ((["-n", "2", "--oversubscribe"], 1), (["-n", "2", "--oversubscribe"], 0), (["-n", "1"], 0)):
        job, ranks, started = start_nap(*args, "--scratch", folder)
        check(len(glob.glob(folder + "/brasa-*")) == 1, "there is a scratch directory", os.listdir(folder))
        check(os.stat(glob.glob(folder + "/brasa-*")[0]).st_mode & 0o777 == 0o700, "for its owner only")
        os.kill(ranks[victim], signal.SIGKILL)
        status, err = end_of(job, started)
        check(status == 137, f"status after rank {victim} of {len(ranks)} was killed", (status, err))
        for part in (f"rank {victim} of", "on host", "signal 9", "in stage"):
            check(part in err, f"'{part}' in the message", err)
        check(not os.listdir(folder), "scratch is swept", os.listdir(folder))


def stopped():
    """Rank 0 alone: nobody beside it could miss it."""
    job, ranks, started = start_nap("-n", "1", "--deadline", "3", "--scratch", scratch())
    os.kill(ranks[0], signal.SIGSTOP)
    status, err = end_of(job, started)
    check(status == 1 and f"rank 0 (process {ranks[0]} on " in err and "has been stopped for 3 s" in err, "a stopped rank 0 is named", (status, err))
    check(err.count("\n") == 1, "in one line", err)
    status, _, err = submit("-n", "1", "--deadline", "2", NAP, env={"NAP_AT_BEGIN": "0"})
    check(status == 1 and "has been stopped for 2 s" in err, "one that is stopped before it could say who it is", (status, err))
    for args, victim in ((["-n", "2", "--oversubscribe"], 1), (["-n", "1"], 0)):
        status, out, err = submit(*args, "--deadline", "2", NAP, "2", env={"NAP_AT_END": str(victim)})
        check(status == 0 and "2" in out, "a job that is done is done", (status, out, err))
        check("the job is done, but its process" in err and "has been stopped for 2 s" in err, "who is stopped on the way out is ended", err)


def tried_again():
    """A rank was killed: the job starts again, as often as was asked; what is told to end does not."""
    job, ranks, _ = start_nap("-n", "2", "--oversubscribe", "--retries", "1", "--scratch", scratch())
    os.kill(ranks[2], signal.SIGKILL)
    again = {}
    end = time.monotonic() + 250
    while time.monotonic() < end and not (len(again) == 3 and not set(again.values()) & set(ranks.values())):
        time.sleep(0.1)
        again = {rank: pid for pid, (name, rank, _) in below(job.pid).items() if name == "nap"}
    check(len(again) == 3, "the ranks are started again", again)
    job.send_signal(signal.SIGTERM)
    out, err = job.communicate(timeout=250)
    check(job.returncode == 143 and err.count("starting the job again (1 of 1)") == 1 and out == "", "and told to end", (job.returncode, err))


def signals():
    for s, args, want in ((signal.SIGTERM, ["-n", "2"], 143), (signal.SIGINT, ["-n", "2"], 130), (signal.SIGTERM, ["-n", "1"], 143), (signal.SIGUSR1, ["-n", "2"], 75)):
        job, _, started = start_nap(*args, "--oversubscribe")
        job.send_signal(s)
        status, err = end_of(job, started)
        check(status == want, f"status after {s.name}", (status, err))
        check("ending the job" in err, "it says so", err)
        check("CANCELLED: the job was told to end by " + s.name in err, "and ends it in order", err)
        check("brasa-submit: rank" not in err, "and blames no rank", err)


def killed_launcher():
    for s, want in ((signal.SIGQUIT, (131,)), (signal.SIGINT, range(1, 256))):
        job, _, started = start_nap("-n", "2", "--oversubscribe")
        os.kill(next(pid for pid, (name, _, _) in below(job.pid).items() if name == "mpirun"), s)
        status, err = end_of(job, started)
        check(status in want and err.strip() != "", f"mpirun is told {s.name}: a status and a message", (status, err))


def killed_itself():
    job, _, started = start_nap("-n", "2", "--oversubscribe", "--scratch", scratch())
    job.kill()
    job.communicate()
    end = time.monotonic() + 250
    while time.monotonic() < end and started.alive():
        time.sleep(0.1)
    check(not started.alive(), "the job ends with brasa-submit, even when that is killed", started.alive())


{"sizes": sizes, "refused": refused, "settings": settings, "ends": ends}[sys.argv[1]]()
