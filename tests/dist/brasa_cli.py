#!/usr/bin/env python3
"""The brasa command: import, export, schema, head and verify, on one process and on several; messages and exit status."""
import gzip
import os
import shutil
import subprocess
import sys
import tempfile

BIN = os.environ.get("BRASA_TEST_BIN", "build/release/bin")
SOURCE = os.environ.get("BRASA_TEST_SOURCE", ".")


def run(*args, ranks=0, cwd=None):
    command = [os.path.join(BIN, "brasa"), *args]
    if ranks:
        command = ["timeout", "-k", "5", "250", "mpirun", "-n", str(ranks)] + command
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=260)
    return done.returncode, done.stdout, done.stderr


def check(condition, what, got=""):
    if not condition:
        print("FAILED:", what, got, file=sys.stderr)
        sys.exit(1)


def succeeds(*args, **kw):
    status, out, err = run(*args, **kw)
    check(status == 0, "exit status of " + " ".join(args), (status, out, err))
    return out


def fails(status, part, *args, **kw):
    got, out, err = run(*args, **kw)
    check(got == status, f"exit status {status} of " + " ".join(args), (got, out, err))
    check(part in err, f"'{part}' in the message of " + " ".join(args), err)
    return err


def write(path, text):
    with open(path, "w", newline="") as f:
        f.write(text)


def read(path):
    with open(path, newline="") as f:
        return f.read()


def check_help():
    check("import" in succeeds("--help"), "help lists import")
    for command in ["import", "export", "schema", "head", "verify"]:
        check("usage: brasa " + command in succeeds(command, "--help"), "help of " + command)
    fails(2, "did you mean import", "inport")
    fails(2, "did you mean --schema", "import", "a.csv", "-o", "b.h5", "--shcema", "a INT")
    fails(2, "an argument is missing", "import", "-o", "b.h5")
    fails(2, "-o", "import", "a.csv")
    fails(2, "did you mean append", "import", "a.csv", "-o", "b.h5", "--mode", "apend")


def check_round_trip(d, ranks):
    csv = "id,price,day,name\n1,1.50,2001-02-03,\"a,b\"\n2,,2001-02-04,\n3,-7.25,,\"two\nlines\"\n"
    table, out = f"{d}/t{ranks}.h5:/t", f"{d}/out{ranks}.csv"
    write(f"{d}/t.csv", csv)
    succeeds("import", f"{d}/t.csv", "-o", table, "--schema", "id BIGINT, price DECIMAL(8,2), day DATE, name STRING", "--codec", "deflate", ranks=ranks)
    succeeds("verify", table, ranks=ranks)
    schema = succeeds("schema", table, ranks=ranks)
    check("price" in schema and "DECIMAL(8,2)" in schema and "3 rows" in schema, "schema", schema)
    head = succeeds("head", "-n", "2", table, ranks=ranks)
    check("a,b" in head and "-7.25" not in head, "head", head)
    succeeds("export", table, "-o", out, ranks=ranks)
    check(read(out) == csv, "export gives the same CSV", read(out))
    fails(1, "EXISTS", "export", table, "-o", out, ranks=0)
    succeeds("export", table, "-o", f"{d}/out{ranks}.jsonl", ranks=ranks)
    check('{"id":1,"price":1.50,"day":"2001-02-03","name":"a,b"}' in read(f"{d}/out{ranks}.jsonl"), "json", read(f"{d}/out{ranks}.jsonl"))


def check_many_files(d):
    for i in range(5):
        write(f"{d}/part{i}.csv", "k,v\n" + "".join(f"{i},{j}\n" for j in range(1000)))
    succeeds("import", f"{d}/part[0-9].csv", "-o", f"{d}/many.h5:/m", "--partition-size", "1K", ranks=3)
    check("5000 rows" in succeeds("schema", f"{d}/many.h5:/m"), "all rows of all files")
    succeeds("import", f"{d}/part0.csv", f"{d}/part1.csv", "-o", f"{d}/two.h5:/m")
    check("2000 rows" in succeeds("schema", f"{d}/two.h5:/m"), "rows of two files")
    succeeds("import", f"{d}/part2.csv", "-o", f"{d}/two.h5:/m", "--mode", "append")
    check("3000 rows" in succeeds("schema", f"{d}/two.h5:/m"), "rows after an append")
    write(f"{d}/other.csv", "k,w\n1,2\n")
    fails(1, "differ", "import", f"{d}/part0.csv", f"{d}/other.csv", "-o", f"{d}/bad.h5")
    check(not os.path.exists(f"{d}/bad.h5"), "no output after an error")


def check_errors(d):
    write(f"{d}/orders.csv", "id,qty\n1,2\n3,abc\n")
    for ranks in [0, 3]:
        err = fails(1, "orders.csv:3: 'abc' is not BIGINT", "import", f"{d}/orders.csv", "-o", f"{d}/orders.h5", "--schema", "id BIGINT, qty BIGINT", ranks=ranks)
        check("qty" in err, "the column is named", err)
        check(not os.path.exists(f"{d}/orders.h5"), "no output after an error")
    fails(1, "NOT_FOUND", "schema", f"{d}/missing.h5")
    fails(1, "did you mean orders.csv", "head", f"{d}/order.csv")
    succeeds("import", f"{d}/orders.csv", "-o", f"{d}/orders.h5:/o", "--schema", "id BIGINT, qty BIGINT", "--skip-bad")
    check("1 rows" in succeeds("schema", f"{d}/orders.h5:/o"), "the good record is there")


def check_damage(d):
    write(f"{d}/big.csv", "n,s\n" + "".join(f"{i},text number {i * 7919 % 1000}\n" for i in range(20000)))
    succeeds("import", f"{d}/big.csv", "-o", f"{d}/big.h5:/b")
    whole = open(f"{d}/big.h5", "rb").read()
    at = whole.find((12345).to_bytes(8, "little"))
    check(at > 0, "a value in the file")
    with open(f"{d}/big.h5", "r+b") as f:
        f.seek(at)
        f.write(b"\xff")
    fails(1, "CORRUPT", "verify", f"{d}/big.h5:/b")


def check_tpch(d):
    program = os.path.join(BIN, "tpch_import")
    if not os.path.exists(program):
        return
    source = os.path.join(SOURCE, "tests/data/tpch")
    done = subprocess.run(["timeout", "-k", "5", "250", "mpirun", "-n", "3", program, source, f"{d}/tpch"], capture_output=True, text=True, timeout=260)
    check(done.returncode == 0, "tpch_import", (done.stdout, done.stderr))
    for name in ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]:
        with gzip.open(f"{source}/{name}.tbl.gz", "rt") as f:
            rows = sum(1 for _ in f)
        check(f" {rows} rows" in succeeds("schema", f"{d}/tpch/{name}.h5:/{name}"), f"rows of {name}")
    with gzip.open(f"{source}/part.tbl.gz", "rt") as f:
        want = "".join(line.rstrip("\n").removesuffix("|") + "\n" for line in f)
    succeeds("export", f"{d}/tpch/part.h5:/part", "-o", f"{d}/part.tbl")
    check(read(f"{d}/part.tbl") == want, "part comes out as it went in")


def main():
    if not os.path.exists(os.path.join(BIN, "brasa")):
        sys.exit(77)
    d = tempfile.mkdtemp(prefix="brasa-cli-")
    try:
        check_help()
        for ranks in [0, 2, 3]:
            check_round_trip(d, ranks)
        check_many_files(d)
        check_errors(d)
        check_damage(d)
        check_tpch(d)
    finally:
        shutil.rmtree(d, ignore_errors=True)
    print("ok")


main()
