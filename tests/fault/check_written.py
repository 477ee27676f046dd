#!/usr/bin/env python3
"""A process that writes is killed before one call after the other that changes what is on disk (fault io.kill:N): the target is the old one or the new one, whole; the next
statement works, and with it goes what the killed one left: no hidden name, no file of rows that belongs to no table.

usage: check_written.py BRASA_SQL FAULT_JOB [--every K] [CASE...]
Every Kth call of every case, and always the last ones, in which a write is committed; --every 1: all.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.environ.get("BRASA_TEST_SOURCE", "."), "tests/dist"))
from harness import BIN, check, scratch  # noqa: E402

ENV = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}  # other checks look for leaks
ROWS = "SELECT id, CAST(id % 3 AS INT) AS k, concat('s', id) AS s FROM range({})"
FEW, MANY = "SET merge-bytes = 1000000;", "SET merge-bytes = 0;"
OWN = "CREATE TABLE {t} USING hdf5 LOCATION '{d}/t.h5:/t';"
MADE = f"CREATE TABLE {{t}} USING hdf5 LOCATION '{{d}}/t.h5:/t' AS {ROWS.format(40)};"
ADD = "INSERT INTO {t} SELECT id + 100, 7, 'new' FROM range(20);"
MORE = "INSERT INTO {t} SELECT id + 200, 8, 'more' FROM range(20);"
OTHER = f"CREATE TABLE o USING hdf5 LOCATION '{{d}}/t.h5:/o' AS {ROWS.format(5)}; INSERT INTO o VALUES (5, 5, 's');"
LOOK = "SELECT count(*), sum(id), sum(k), max(s) FROM read_hdf5('{d}/t.h5:/t');"
CSV, CSVS, JSON = (LOOK.replace("hdf5('{d}/t.h5:/t'", f"{form}('{{d}}/{name}'") for form, name in (("csv", "f.csv"), ("csv", "f/"), ("json", "f.jsonl")))


def copied(rows, to, options):
    return f"COPY ({ROWS.format(rows)}) TO '{{d}}/{to}' ({options});"


# Name: what is there before, what is killed, what is looked at, and, where the same statement does not write twice, one that does.
CASES = {
    "update": (MANY + MADE + ADD + MORE, MANY + OWN + "UPDATE {t} SET k = k + 1 WHERE id < 30", LOOK),
    "delete": (MANY + MADE + ADD, MANY + OWN + "DELETE FROM {t} WHERE id < 110", LOOK),
    "append one file": (MADE, FEW + OWN + ADD, LOOK),
    "append more files": (MADE, MANY + OWN + ADD, LOOK),
    "merge": (MANY + MADE + ADD, MANY + OWN + "MERGE INTO {t} USING (SELECT id * 10 AS id FROM range(9)) n ON {t}.id = n.id WHEN MATCHED THEN DELETE "
              "WHEN NOT MATCHED THEN INSERT VALUES (n.id, 0, 'merged')", LOOK),
    "create": ("", FEW + MADE, LOOK, copied(3, "t.h5:/t", "FORMAT hdf5")),
    "replace": (MANY + MADE + ADD, FEW + copied(9, "t.h5:/t", "FORMAT hdf5"), LOOK),
    "beside others": (MANY + MADE + ADD + OTHER, MANY + OWN + MORE, LOOK + LOOK.replace(":/t", ":/o")),
    "alter": (MANY + MADE + ADD, FEW + OWN + "ALTER TABLE {t} ADD COLUMN x INT DEFAULT 5", "DESCRIBE SELECT * FROM read_hdf5('{d}/t.h5:/t');" + LOOK,
              copied(3, "t.h5:/t", "FORMAT hdf5")),
    "array": (MANY + MADE + ADD, "COPY (SELECT id, id % 3 AS k FROM range(12)) TO '{d}/t.h5' (FORMAT hdf5, ARRAY 'id')",
              "SELECT count(*), sum(id), sum(k) FROM read_hdf5('{d}/t.h5')"),
    "text": (copied(40, "f.csv", "FORMAT csv"), copied(12, "f.csv", "FORMAT csv"), CSV),
    "append text": (copied(40, "f.csv", "FORMAT csv"), copied(12, "f.csv", "FORMAT csv, MODE append"), CSV),
    "folder": (copied(40, "f/", "FORMAT csv"), copied(12, "f/", "FORMAT csv"), CSVS),
    "folder without exchange": (copied(40, "f/", "FORMAT csv"), copied(12, "f/", "FORMAT csv"), CSVS),
    "append to folder": (copied(40, "f/", "FORMAT csv"), copied(12, "f/", "FORMAT csv, MODE append"), CSVS),
    "json": (copied(40, "f.jsonl", "FORMAT json"), copied(12, "f.jsonl", "FORMAT json"), JSON),
}
LAST = 3  # calls that are always tried
MOST = 400
MARK = "@@@"


def shape(folder):
    """Names in a folder, without the numbers of jobs and parts."""
    found = [os.path.relpath(os.path.join(d, n), folder) for d, folders, files in os.walk(folder) for n in files + folders]
    return sorted(re.sub(r"part-\d+", "part-N", re.sub(r"[0-9a-f]{16}", "JOB", n)) for n in found)


class Walk:
    def __init__(self, o, name):
        self.o, self.name, self.folder = o, name, scratch()
        self.before, self.change, self.look, *self.then = CASES[name]
        self.without = "without exchange" in name
        self.base = os.path.join(self.folder, "base")
        self.clean = os.path.join(self.folder, "clean")
        os.makedirs(self.base)
        self.run(self.base, self.before + "SELECT 1")
        shutil.copytree(self.base, self.clean)
        old, new, _ = self.steps([self.clean])[0]
        self.shapes = [shape(self.clean)]
        if self.then:  # what is there is not what the change has made
            shutil.rmtree(self.clean)
            shutil.copytree(self.base, self.clean)
            self.run(self.clean, self.change)
        again = self.steps([self.clean])[0]
        self.shapes.append(shape(self.clean))
        self.states = [old, new, again[1]]
        check(old != new and "ERROR" not in new and again[0] == new, f"{name}: the change shows", self.states)

    def run(self, folder, text, *words):
        command = ["timeout", "-k", "5", "250", self.o.sql, "--threads=1", "--keep-going", "--errors-in-output", "--format", "csv", *words]
        done = subprocess.run([*command, "-c", text.replace("{d}", folder).replace("{t}", "t")], capture_output=True, text=True, env=ENV)
        return self.well(done, text)

    def well(self, done, text):
        bad = "Sanitizer" in done.stderr or "runtime error" in done.stderr
        check(done.returncode in (0, 1, -9, 137) and not bad, text, (done.returncode, done.stderr[-2000:]))
        return done.returncode, done.stdout

    def steps(self, folders):
        """What is seen, what is seen after the change, in each folder: by one process."""
        script = os.path.join(self.folder, "script.sql")
        with open(script, "w", encoding="utf-8") as f:
            for i, folder in enumerate(folders):
                text = f"{self.look}\n;\n\\echo {MARK}\n{self.change}\n;\n\\echo {MARK}\n{self.look}\n;\n\\echo {MARK}\n{' '.join(self.then)}\n"
                f.write(text.replace("{d}", folder).replace("{t}", f"t{i}"))
        command = ["timeout", "-k", "5", "250", self.o.sql, "--threads=1", "--keep-going", "--errors-in-output", "--format", "csv", "-f", script]
        out = self.well(subprocess.run(command, capture_output=True, text=True, env=ENV), self.change)[1]
        parts = ["ERROR" if re.search("^ERROR", part, re.M) else part for part in out.split(MARK + "\n")]  # which names the folder
        check(len(parts) == 3 * len(folders) + 1, f"{self.name}: all statements run", out[-2000:])
        return [(parts[3 * i], parts[3 * i + 2], parts[3 * i + 1]) for i in range(len(folders))]

    def killed(self, n):
        """Kill at the nth call; false: there are not so many."""
        folder = os.path.join(self.folder, str(n))
        if os.path.exists(folder):
            return True
        shutil.copytree(self.base, folder)
        fault = f"--faults=io.kill:{n}" + (",io.exchange:1+" if self.without else "")
        return self.run(folder, self.change, fault)[0] in (-9, 137)

    def count(self):
        """How many calls there are: the number of the first that kills nothing, less one."""
        low, high = 0, 1
        while self.killed(high):
            low, high = high, high * 2
            check(high < MOST, f"{self.name}: it ends")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.killed(middle) else (low, middle)
        return low

    def walk(self):
        calls = self.count()
        for n in range(1, calls + 1):
            if n % self.o.every == 0 or n > calls - LAST:
                self.killed(n)
        tried = [n for n in range(1, calls + 1) if os.path.exists(os.path.join(self.folder, str(n)))]
        folders = [os.path.join(self.folder, str(n)) for n in tried]
        left = [shape(folder) for folder in folders]
        for n, folder, before, (got, now, said) in zip(tried, folders, left, self.steps(folders)):
            where = f"{self.name}, killed at call {n} of {calls}"
            if self.without and "f" not in before:
                got = self.states[0]  # between two renames: the next statement brings it back
            check(got in self.states[:2], where + ": the old or the new", (got, self.states, before))
            check(now == self.states[self.states.index(got) + 1], where + ": the next statement works", (now, said, self.states, before))
            check(shape(folder) in self.shapes, where + ": the next statement removes what was left", (shape(folder), self.shapes, before))
        return f"{self.name}: {len(tried)} of {calls} calls"


class Ranks:
    """The same for a job of the frame API on three processes, of which one is killed."""

    def __init__(self, o):
        self.o, self.folder = o, scratch()
        self.alone("make", f"{self.folder}/in.h5:/t", "3000")

    def alone(self, *words):
        done = subprocess.run(["timeout", "-k", "5", "250", self.o.job, *words, "--threads=1"], capture_output=True, text=True, env=ENV)
        check(done.returncode == 0, f"{words} alone", (done.returncode, done.stderr[-2000:]))
        return done.stdout

    def run(self, salt, *words):
        self.alone("run", f"{self.folder}/in.h5:/t", f"{self.folder}/out.h5:/t", str(salt), *words)
        return self.alone("print", f"{self.folder}/out.h5:/t")

    def kill(self, fault):
        submit = [os.path.join(BIN, "brasa-submit"), "-n", "2", "--oversubscribe", "--scratch", self.folder]
        job = [self.o.job, "run", f"{self.folder}/in.h5:/t", f"{self.folder}/out.h5:/t", "1", "--threads=1", "--merge-bytes=0", f"--faults={fault}"]
        done = subprocess.run(["timeout", "-k", "5", "250", *submit, *job], capture_output=True, text=True, env=ENV)
        check(done.returncode not in (124, -9) and (done.returncode != 0) == ("signal 9" in done.stderr), fault, (done.returncode, done.stderr[-2000:]))
        return done.returncode != 0

    def walk(self):
        killed = 0
        old, new = self.run(0), self.run(1)
        check(old != new, "another salt gives other rows")
        for fault in ("io.kill:2@2", "io.kill:2@0", "io.kill:5@0", "io.kill:9@0"):
            self.run(0)
            killed += self.kill(fault)
            left = shape(self.folder)
            got = self.alone("print", f"{self.folder}/out.h5:/t")
            check(got in (old, new), f"three ranks, {fault}: the old or the new", (got[:500], left))
            check(self.run(1) == new, f"three ranks, {fault}: the next write works", left)
            check(shape(self.folder) == ["in.h5", "out.h5"], f"three ranks, {fault}: and removes what was left", (shape(self.folder), left))
        check(killed > 1, "ranks are killed", killed)
        return f"three ranks: {killed} killed"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("sql")
    options.add_argument("job")
    options.add_argument("--every", type=int, default=1)
    options.add_argument("cases", nargs="*", default=[*CASES, "three ranks"])
    o = options.parse_intermixed_args()  # cases may stand behind an option
    with ThreadPoolExecutor(2) as pool:
        walks = [pool.submit(lambda name: Walk(o, name).walk(), name) if name in CASES else pool.submit(lambda: Ranks(o).walk()) for name in o.cases]
        for walk in walks:
            print(walk.result(), flush=True)


main()
