#!/usr/bin/env python3
"""The jobs print the same at every rank count; wordcount and sort against Python."""
import collections
import os
import re

from harness import RANKS, SOURCE, check, scratch, succeeds


def table(out):
    """Rows of a printed table."""
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in out.splitlines() if line.startswith("|")]
    return rows[1:]


def check_flights(folder):
    data = os.path.join(SOURCE, "jobs/data")
    alone = succeeds("flights", "--data", data)
    check(alone.count("(20 rows)") == 2 and "(24 rows)" in alone, "three tables", alone[-500:])
    for ranks in RANKS:
        for threads in (1, 2):
            out = succeeds("flights", "--data", data, f"--threads={threads}", ranks=ranks)
            check(out == alone, f"flights at {ranks} ranks, {threads} threads prints what it prints alone")
    first, second = os.path.join(folder, "one.h5"), os.path.join(folder, "three.h5")
    succeeds("flights", "--data", data, "--out", first)
    succeeds("flights", "--data", data, "--out", second, ranks=3)
    for name in ("routes", "airports", "hours"):
        check(succeeds("brasa", "head", "-n", "30", f"{first}:/{name}") == succeeds("brasa", "head", "-n", "30", f"{second}:/{name}"), f"the same rows of {name} are written")


def check_wordcount(folder):
    words = collections.Counter()
    paths = []
    for i in range(3):
        text = "\n".join(f"The quick {w} jumps; over the lazy dog's {w}{i} {'x' * (k % 300)}" for k, w in enumerate(["fox", "hen", "", "ÅNGSTRÖM"] * 50))
        path = os.path.join(folder, f"text{i}.txt")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text + "\n")
        paths.append(path)
        lowered = "".join(c.lower() if ord(c) < 128 else c for c in text)
        words.update(w.encode()[:256].decode("utf-8", "replace") for w in re.findall(r"[a-z0-9\u0080-\U0010ffff]+", lowered))
    want = sorted(words.items(), key=lambda p: (-p[1], p[0].encode()))[:12]
    for ranks in (0, 2, 3):
        got = table(succeeds("wordcount", os.path.join(folder, "text*.txt"), "12", ranks=ranks))
        check([(w, int(n)) for w, n in got] == want, f"words at {ranks} ranks", (got, want))


def check_sort(folder):
    for ranks in (0, 1, 2, 3, 5):
        out = succeeds("sort", "--rows", "100000", os.path.join(folder, f"sorted{ranks}.h5:/t"), ranks=ranks)
        check(out == "100000 records, 0 out of order\n", f"sort at {ranks} ranks", out)
    one = succeeds("brasa", "export", os.path.join(folder, "sorted1.h5:/t"), "-o", os.path.join(folder, "one.csv"))
    five = succeeds("brasa", "export", os.path.join(folder, "sorted5.h5:/t"), "-o", os.path.join(folder, "five.csv"))
    check(one is not None and five is not None, "exports end")
    with open(os.path.join(folder, "one.csv"), encoding="utf-8") as a, open(os.path.join(folder, "five.csv"), encoding="utf-8") as b:
        check(a.read() == b.read(), "the same order at 1 and 5 ranks")


def main():
    folder = scratch()
    check_flights(folder)
    check_sort(folder)
    check_wordcount(folder)


main()
