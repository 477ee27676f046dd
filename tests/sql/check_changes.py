#!/usr/bin/env python3
"""INSERT, UPDATE, DELETE and MERGE on HDF5 tables: random sequences leave what the same leave of a session table; files without rows that change stay;
a statement that is killed leaves the old table or the new one; of two statements at once one fails or both count.

usage: check_changes.py BRASA_SQL [--seed S]
"""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dist"))

# pylint: disable=wrong-import-position
from harness import SANITIZED, check, scratch  # noqa: E402

SQL = sys.argv[1]
SMALL = ["--set", "merge-bytes=0", "--set", "threads=1"]
TABLE = "SELECT id, CAST(id % 7 AS INT) AS k, CASE WHEN id % 5 > 0 THEN CAST(id AS STRING) END AS s, CAST(id AS DOUBLE) / 4 AS x FROM range(400)"


def sql(text, *words, ranks=0, fails=False, cwd=None):
    launch = ["timeout", "-k", "5", "280"] + (["mpirun", "-n", str(ranks)] if ranks else [])
    done = subprocess.run([*launch, SQL, "--format", "csv", *words, "-c", text], capture_output=True, text=True, cwd=cwd)
    check((done.returncode != 0) == fails, text[-300:], (done.returncode, done.stderr[-2000:]))
    return done.stderr if fails else done.stdout


def condition(rng):
    a, b = rng.randrange(-20, 450), rng.randrange(0, 60)
    return rng.choice([f"id BETWEEN {a} AND {a + b}", f"k = {rng.randrange(8)}", f"s LIKE '%{rng.randrange(10)}'", f"x > {b * 3} AND id % 3 = 0", "s IS NULL AND id < 40",
                       f"id IN (SELECT max(id) - {b} FROM {{t}})", "EXISTS (SELECT 1 FROM src WHERE src.id = {t}.id)", f"id < {a} AND k > 3", "false"])


def statement(rng):
    c = condition(rng)
    return rng.choice([
        f"DELETE FROM {{t}} WHERE {c}",
        f"DELETE FROM {{t}} USING src WHERE {{t}}.id = src.id + {rng.randrange(400)} AND {{t}}.k < 5",
        f"UPDATE {{t}} SET k = k + 1, s = concat(s, '!') WHERE {c}",
        f"UPDATE {{t}} SET x = NULL, k = (SELECT CAST(count(*) % 50 AS INT) FROM {{t}}) WHERE {c}",
        f"UPDATE {{t}} SET s = src.w FROM src WHERE src.id = {{t}}.id AND {c}",
        f"INSERT INTO {{t}} SELECT id + {rng.randrange(1000)}, k, s, x FROM {{t}} WHERE {c}",
        f"INSERT INTO {{t}} (id, s) VALUES ({rng.randrange(500)}, NULL)",
        "MERGE INTO {t} USING src ON {t}.id = src.id AND {t}.k >= 0 WHEN MATCHED AND {t}.k > 4 THEN DELETE WHEN MATCHED THEN UPDATE SET s = src.w "
        "WHEN NOT MATCHED THEN INSERT (id, k, s) VALUES (src.id, -5, src.w)",
        f"MERGE INTO {{t}} USING (SELECT DISTINCT id FROM src) n ON {{t}}.id = n.id WHEN NOT MATCHED BY SOURCE AND {{t}}.id % {rng.randrange(2, 9)} = 0 THEN UPDATE SET x = 1",
    ])


def sequences(folder, seed, ranks):
    rng = random.Random(seed)
    path = f"{folder}/seq{seed}.h5:/t"
    src = "CREATE TABLE src AS SELECT id * 11 AS id, concat('w', CAST(id AS STRING)) AS w FROM range(45)"
    rounds = [statement(rng) for _ in range(8)]
    begin = [f"CREATE TABLE h USING hdf5 LOCATION '{path}' AS {TABLE}", f"CREATE TABLE m AS {TABLE}", src]
    begin += [f"INSERT INTO {t} SELECT id + {1000 * i}, k, s, x FROM m WHERE id < 100" for i in (1, 2) for t in ("h", "m")]
    texts = []
    for s in rounds:
        texts += [s.format(t="h"), s.format(t="m"), "SELECT count(*) AS n FROM ((SELECT * FROM h EXCEPT ALL SELECT * FROM m) UNION ALL (SELECT * FROM m EXCEPT ALL SELECT * FROM h)) AS d",
                  "SELECT count(*) FROM h"]
    out = sql(";\n".join(begin + texts), *(SMALL if seed % 3 else []), ranks=ranks).split()
    numbers = [w for w in out if w.isdigit()]
    check(len(numbers) == 2 * len(rounds), "an answer for each statement", out)
    wrong = [r for r, n in zip(rounds, numbers[::2]) if n != "0"]
    check(not wrong, f"seed {seed}, ranks {ranks}: the HDF5 table is what the session table is", (wrong[:1], rounds))
    sql(f"SELECT count(*) FROM read_hdf5('{path}')")


def parts_of(path):
    return {os.path.join(d, f) for d, _, files in os.walk(path + ".parts") for f in files}


def only_touched_files(folder):
    path = f"{folder}/parts.h5"
    make = f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t' AS SELECT id, id % 3 AS k FROM range(1000);"
    adds = ";".join(f"INSERT INTO t SELECT id + {1000 * i}, 5 FROM range(1000)" for i in (1, 2, 3))
    sql(make + adds, *SMALL)
    before = parts_of(path)
    check(len(before) == 4, "a file for each statement", before)
    table = f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t';"
    sql(table + "UPDATE t SET k = 9 WHERE id BETWEEN 1500 AND 1600", *SMALL)
    after = parts_of(path)
    check(len(before & after) == 3 and len(after) == 4, "one file is new", (before, after))
    sql(table + "DELETE FROM t WHERE id >= 2000 AND id < 3000; DELETE FROM t WHERE id = 77777", *SMALL)
    check(len(after & parts_of(path)) == 3 and len(parts_of(path)) == 3, "a file without rows goes", (after, parts_of(path)))
    got = sql(table + "SELECT count(*), sum(id), sum(k) FROM t", *SMALL).split()[-1]
    want = [i for i in range(4000) if not 2000 <= i < 3000]
    ks = sum(i % 3 if i < 1000 else 9 if 1500 <= i <= 1600 else 5 for i in want)
    check(got == f"{len(want)},{sum(want)},{ks}", "the rows are right", (got, ks))
    view = f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t'; CACHE TABLE t; SELECT count(*) FROM t; DELETE FROM t WHERE id < 100; SELECT count(*) FROM t; TRUNCATE TABLE t; SELECT count(*) FROM t"
    check([w for w in sql(view, *SMALL).split() if w.isdigit()] == ["3000", "2900", "0"], "cached rows follow")
    check(not parts_of(path), "an empty table is one file", parts_of(path))
    sql(f"CREATE TABLE f USING csv LOCATION '{folder}/x.csv' AS SELECT 1 AS a; DELETE FROM f WHERE a = 1", fails=True)


def alters(folder):
    """Columns of a table on disk: many files, and a process of its own after each statement."""
    path = f"{folder}/alter.h5"
    table = f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t';"
    sql(f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t' AS SELECT id AS a, id * 2 AS b, concat('x', id) AS c FROM range(4000)", *SMALL)
    sql(f"CREATE TABLE o USING hdf5 LOCATION '{path}:/o' AS SELECT 7 AS other")
    for change in ("ADD COLUMN d INT DEFAULT 5", "DROP COLUMN b", "RENAME COLUMN c TO cc", "ALTER COLUMN a TYPE INT"):
        sql(table + f"ALTER TABLE t {change}", *SMALL)
    got = sql(table + "DESCRIBE t; SELECT count(*), sum(a), sum(d), max(cc) FROM t", *SMALL).replace("NULL", "").split()
    check(got == ["col_name,data_type,comment", "a,int,", "cc,string,", "d,int,", 'count(1),sum(a),sum(d),max(cc)', "4000,7998000,20000,x999"], "columns are as they were made", got)
    sql(table + "INSERT INTO t (cc, a) VALUES ('new', -1); ALTER TABLE t ALTER COLUMN d SET NOT NULL", *SMALL, fails=True)
    sql(table + "ALTER TABLE t ALTER COLUMN cc TYPE INT", *SMALL, fails=True)
    sql(table + "ALTER TABLE t ADD COLUMN a INT", *SMALL, fails=True)
    got = sql(table + f"SELECT count(*), count(d), min(a), min(cc) FROM t; SELECT * FROM read_hdf5('{path}:/o')", *SMALL).split()
    check(got[1] == "4001,4000,-1,new" and got[-1] == "7", "a change that fails changes nothing", got)
    sql(table + f"ALTER TABLE t RENAME TO u; SELECT count(*) FROM u; CREATE TABLE f USING csv LOCATION '{folder}/y.csv' AS SELECT 1 AS a; ALTER TABLE f ADD COLUMN b INT", fails=True)


def kills(folder, rng):
    path = f"{folder}/kill.h5"
    rows = 20000 if SANITIZED else 200000
    table = f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t';"
    sql(f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t' AS SELECT id, 0 AS k FROM range({rows}); INSERT INTO t SELECT id + {rows}, 0 FROM range({rows})", *SMALL)
    look = table + "SELECT min(k), max(k), count(*), sum(id) FROM t"
    seconds, k = 0, 0
    for number in range(9):
        text = table + f"UPDATE t SET k = k + 1 WHERE id < {rows}; UPDATE t SET k = k + 1 WHERE id >= {rows}"
        begin = time.monotonic()
        job = subprocess.Popen([SQL, *SMALL, "-c", text], stderr=subprocess.PIPE)
        if number > 0:
            time.sleep(rng.uniform(0.1, 1) * seconds)
            job.kill()
        job.communicate(timeout=280)
        seconds = seconds or time.monotonic() - begin
        low, high, n, total = map(int, sql(look, *SMALL).split()[-1].split(","))
        check((low, high) in [(k, k), (k, k + 1), (k + 1, k + 1)] and n == 2 * rows and total == n * (n - 1) // 2, "the old table or the new one", (k, low, high, n))
        if low < high:
            sql(table + f"UPDATE t SET k = k + 1 WHERE id >= {rows}", *SMALL)
        k = high
    sql(table + "UPDATE t SET k = -1", *SMALL)
    left = [f for f in os.listdir(folder) if f.startswith(".kill")]
    stores = os.listdir(path + ".parts") if os.path.isdir(path + ".parts") else []  # a small table is one file
    check(not left and len(stores) <= 1, "the next statement removes what the killed ones left", (left, stores, parts_of(path)))


def names(folder):
    """However a table of several files is named, each statement leaves what belongs to it, and to others in the same file."""
    os.makedirs(f"{folder}/here")
    places = ["near.h5", "./near.h5", "../here/near.h5", f"{folder}/here/near.h5", f"{folder}//here/near.h5"]
    sql("CREATE TABLE t USING hdf5 LOCATION 'near.h5:/t' AS SELECT 1 AS id; INSERT INTO t VALUES (2)", *SMALL, cwd=f"{folder}/here")
    sql("CREATE TABLE o USING hdf5 LOCATION 'near.h5:/a/o' AS SELECT 1 AS id; INSERT INTO o VALUES (2)", *SMALL, cwd=f"{folder}/here")
    for n, place in enumerate(places):
        os.makedirs(f"{folder}/here/near.h5.parts/0123456789abcdef")  # of no table
        for inner in ("t", "a/o"):
            sql(f"CREATE TABLE t USING hdf5 LOCATION '{place}:/{inner}'; INSERT INTO t VALUES (3)", *SMALL, cwd=f"{folder}/here")
        got = sql(f"SELECT count(*) FROM read_hdf5('{place}:/t'); SELECT count(*) FROM read_hdf5('{place}:/a/o')", cwd=f"{folder}/here").split()
        check(got[1::2] == [str(n + 3)] * 2, f"rows are there by the name {place}", got)
        check(len(parts_of(f"{folder}/here/near.h5")) == 2 * (n + 3), "a file for each statement", parts_of(f"{folder}/here/near.h5"))
        check(not os.path.exists(f"{folder}/here/near.h5.parts/0123456789abcdef"), "what belongs to no table is removed")


def links(folder):
    """A name that is a symbolic link: what it leads to is read and written, its parts are beside that, and the link stays."""
    os.makedirs(f"{folder}/far")
    path, link = f"{folder}/far/real.h5", f"{folder}/link.h5"
    sql(f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t' AS SELECT id, 0 AS k FROM range(1000); INSERT INTO t VALUES (-1, 5)", *SMALL)
    os.symlink("inner.h5", link)
    os.symlink("far/real.h5", f"{folder}/inner.h5")
    sql(f"CREATE TABLE t USING hdf5 LOCATION '{link}:/t'; UPDATE t SET k = 7 WHERE id < 10; INSERT INTO t VALUES (-2, 1)", *SMALL)
    for name in (path, link):
        got = sql(f"SELECT count(*), sum(k) FROM read_hdf5('{name}:/t')").split()[-1]
        check(got == "1002,78", "both names are one table", (name, got))
    os.symlink("far/new.csv", f"{folder}/new.csv")  # it leads to nothing yet
    os.symlink("loop.csv", f"{folder}/loop.csv")
    sql(f"COPY (SELECT 1 AS a) TO '{folder}/new.csv'")
    check(os.path.isfile(f"{folder}/far/new.csv"), "the file is where the link leads")
    check(all(os.path.islink(f"{folder}/{f}") for f in ("link.h5", "inner.h5", "new.csv", "loop.csv")), "links stay")
    got = sql(f"SELECT z.a FROM '{folder}/new.csv' JOIN '{folder}/new.csv' z USING (a) WHERE a IN (SELECT a FROM '{folder}/far/new.csv') AND a IS NOT DISTINCT FROM '1'")
    check(got == "a\n1\n", "texts behind FROM and JOIN are files", got)
    check("none.csv" in sql(f"SELECT 1 FROM '{folder}/none.csv'", fails=True), "a file that is not there is named")
    check("loop.csv" in sql(f"COPY (SELECT 1 AS a) TO '{folder}/loop.csv'", fails=True), "a circle is told of")
    os.mkfifo(f"{folder}/pipe.csv")
    for name in (f"{folder}/pipe.csv", "/dev/stdout", "/dev/null"):
        said = sql(f"COPY (SELECT 1 AS a) TO '{name}' (FORMAT csv)", fails=True)
        check("neither a file nor a directory" in said, "what is no file is not replaced", said)


def at_once(folder):
    path = f"{folder}/two.h5"
    table = f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t';"
    sql(f"CREATE TABLE t USING hdf5 LOCATION '{path}:/t' AS SELECT id, 0 AS k FROM range(1000)")
    jobs = [subprocess.Popen([SQL, "-c", table + "UPDATE t SET k = k + 1 WHERE id % 2 = 0"], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [(job.communicate(timeout=280)[1], job.returncode) for job in jobs]
    good = sum(status == 0 for _, status in said)
    check(good > 0 and all(status == 0 or "was changed by someone else" in err for err, status in said), "the loser says so", said)
    got = sql(table + "SELECT max(k), sum(k) FROM t").split()[-1]
    check(got == f"{good},{500 * good}", "each that succeeded counts once", (got, said))


def main():
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    folder = scratch()
    for i in range(3 if SANITIZED else 8):
        sequences(folder, seed + i, 0)
    sequences(folder, seed + 100, 3)
    only_touched_files(folder)
    alters(folder)
    names(folder)
    links(folder)
    at_once(folder)
    kills(folder, random.Random(seed))


main()
