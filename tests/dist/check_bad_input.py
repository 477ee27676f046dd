#!/usr/bin/env python3
"""Bad input: one clear error, a status that is not 0, no output, at every rank count."""
import os
import shutil
import subprocess

from harness import BIN, SANITIZED, SOURCE, check, fails, run, scratch, succeeds

RANKS = (0, 3) if SANITIZED else (0, 1, 3)


def damaged(folder, name, change):
    """A copy of the flights with some bytes changed."""
    data = os.path.join(folder, name)
    shutil.copytree(os.path.join(SOURCE, "jobs/data"), data)
    path = os.path.join(data, "flights.h5")
    with open(path, "rb") as f:
        content = bytearray(f.read())
    content = change(content)
    with open(path, "wb") as f:
        f.write(content)
    return data


def flip(at):
    def change(content):
        content[int(len(content) * at)] ^= 0x10
        return content

    return change


def check_files(folder):
    empty = os.path.join(folder, "empty")
    os.makedirs(empty)
    for ranks in RANKS:
        fails(["NOT_FOUND", "flights.h5", "flights.c"], "flights", "--data", empty, ranks=ranks)
        fails(["did you mean", "flights", "NOT_FOUND"], "brasa", "head", os.path.join(SOURCE, "jobs/data/flights.h5:/fligths"), ranks=ranks)
    truncated = damaged(folder, "truncated", lambda c: c[: len(c) // 2])
    fails("flights.h5", "flights", "--data", truncated)
    not_hdf5 = damaged(folder, "text", lambda c: bytearray(b"this is no HDF5 file\n" * 100))
    fails("flights.h5", "flights", "--data", not_hdf5)


def check_flips(folder):
    """A flipped bit gives the right answer (it hit what is not read) or an error; the flights fill most of the file, so most must be errors."""
    right = succeeds("flights", "--data", os.path.join(SOURCE, "jobs/data"))
    errors = 0
    for i in range(12):
        data = damaged(folder, f"flip{i}", flip((i + 0.5) / 12))
        status, out, err = run("flights", "--data", data, ranks=3 if i % 4 == 0 else 0)
        check(status in (0, 1), f"flip {i} ends in a status of ours", (status, err[-500:]))
        if status == 0:
            check(out == right, f"flip {i} gives the right answer")
        else:
            errors += 1
            check("flights.h5" in err, f"flip {i} names the file", err[-500:])
        shutil.rmtree(data)
    check(errors >= 6, "most flips are found", errors)


def check_csv(folder):
    path = os.path.join(folder, "bad.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("id,qty\n1,2\n2,abc\n")
    for ranks in RANKS:
        fails(["bad.csv:3", "abc", "qty"], "brasa", "import", path, "-o", os.path.join(folder, "bad.h5:/t"), "--schema", "id BIGINT, qty BIGINT", ranks=ranks)
        check(not os.path.exists(os.path.join(folder, "bad.h5")), "nothing is written")
    ragged = os.path.join(folder, "ragged.csv")
    with open(ragged, "w", encoding="utf-8") as f:
        f.write("a,b\n1,2\n3\n")
    fails("ragged.csv:3", "brasa", "import", ragged, "-o", os.path.join(folder, "ragged.h5:/t"))


def check_options():
    for ranks in RANKS:
        fails(["--treads", "did you mean --threads"], "wordcount", "--treads=2", "x", status=0, ranks=ranks)
        fails(["threads", "abc"], "flights", "--threads=abc", status=0, ranks=ranks)
    fails(["BRASA_TREADS", "threads"], "flights", status=2, env={"BRASA_TREADS": "2"})


def check_memory():
    for ranks in RANKS:
        fails(["NO_MEMORY", "memory"], "sort", "--rows", "3000000", "--memory=24M", ranks=ranks, status=0)


def check_output(folder):
    out = os.path.join(folder, "there.h5")
    succeeds("sort", "--rows", "1000", out + ":/t")
    before = os.path.getsize(out)
    csv = os.path.join(folder, "few.csv")
    with open(csv, "w", encoding="utf-8") as f:
        f.write("a\n1\n")
    fails(["EXISTS", "there.h5"], "brasa", "import", csv, "-o", out + ":/t")
    check(os.path.getsize(out) == before, "what was there is as it was")
    fails("few.csv", "brasa", "import", csv, "-o", os.path.join(csv, "folder/x.h5:/t"))


def check_full_output():
    """What was printed and is not there is no success."""
    if not os.path.exists("/dev/full"):
        return
    with open("/dev/full", "w", encoding="ascii") as full:
        for program, *words in (("brasa-sql", "-c", "SELECT 1"), ("brasa-sql", "--format", "csv", "-c", "SELECT * FROM range(300000)"), ("flights", "--data", f"{SOURCE}/jobs/data")):
            done = subprocess.run(["timeout", "-k", "5", "200", os.path.join(BIN, program), *words], stdout=full, stderr=subprocess.PIPE, text=True)
            check(done.returncode == 1 and "standard output could not be written to" in done.stderr, f"{program} {words} on a full disk", (done.returncode, done.stderr))


def main():
    folder = scratch()
    check_files(folder)
    check_flips(folder)
    check_csv(folder)
    check_options()
    check_memory()
    check_output(folder)
    check_full_output()


main()
