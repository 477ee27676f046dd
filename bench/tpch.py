#!/usr/bin/env python3
"""TPC-H beside DuckDB, in one run: medians of alternating passes, ratios and their geometric mean.

usage: tpch.py [--bin FOLDER] [--scale N] [--data FOLDER] [--passes N] [--workers N] [QUERY...]

One worker of two threads beside DuckDB on two, tables in memory on both sides; with --workers 2: mpirun -n 3, one thread each. Needs duckdb and
tpchgen-cli from PyPI: python3 -m venv bench/venv && bench/venv/bin/pip install duckdb tpchgen-cli, then bench/venv/bin/python3 bench/tpch.py
"""
import argparse
import math
import os
import re
import statistics
import subprocess
import sys
import time

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
QUERIES = [1, 3, 5, 6, 10, 12, 18]
TABLES = ["lineitem", "orders", "customer", "nation", "region", "supplier", "part", "partsupp"]
THREADS = 2
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
       "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_pml": "ob1", "OMPI_MCA_btl": "self,vader,tcp",
       "OMPI_MCA_oob_tcp_if_include": "lo", "OMPI_MCA_btl_tcp_if_include": "lo"}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(HERE, "../build/release/bin"))
    parser.add_argument("--scale", default="1")
    parser.add_argument("--data", help="a folder with dbgen's .tbl files, or where they go; default bench/data/sfN")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("queries", type=int, nargs="*")
    o = parser.parse_args()
    o.queries = o.queries or QUERIES
    o.data = o.data or os.path.join(HERE, "data", f"sf{o.scale}")
    return o


def prepare(o):
    """dbgen's files and our tables of them; returns the folder of the tables."""
    tables = os.path.join(o.data, "hdf5")
    if not os.path.exists(os.path.join(o.data, "lineitem.tbl")):
        os.makedirs(o.data, exist_ok=True)
        generator = os.path.join(os.path.dirname(sys.executable), "tpchgen-cli")
        subprocess.run([generator, "-s", o.scale, "--format=tbl", "--output-dir", o.data], check=True)
    if not os.path.exists(os.path.join(tables, "supplier.h5")):
        os.makedirs(tables, exist_ok=True)
        subprocess.run([os.path.join(o.bin, "tpch_import"), o.data, tables], check=True)
    return tables


def peer(o):
    db = duckdb.connect()
    db.execute(f"SET threads = {THREADS}")
    schema = {t: text for t, text in re.findall(r"CREATE TABLE (\w+)\s*\((.*?)\);", SCHEMA, re.S)}
    for t in TABLES:
        db.execute(f"CREATE TABLE {t} ({schema[t]})")
        db.execute(f"COPY {t} FROM '{o.data}/{t}.tbl' (DELIMITER '|', HEADER false)")
    return db


SCHEMA = """
CREATE TABLE lineitem (l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INT, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2),
  l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag VARCHAR, l_linestatus VARCHAR, l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE,
  l_shipinstruct VARCHAR, l_shipmode VARCHAR, l_comment VARCHAR);
CREATE TABLE orders (o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus VARCHAR, o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority VARCHAR,
  o_clerk VARCHAR, o_shippriority INT, o_comment VARCHAR);
CREATE TABLE customer (c_custkey BIGINT, c_name VARCHAR, c_address VARCHAR, c_nationkey INT, c_phone VARCHAR, c_acctbal DECIMAL(15,2),
  c_mktsegment VARCHAR, c_comment VARCHAR);
CREATE TABLE nation (n_nationkey INT, n_name VARCHAR, n_regionkey INT, n_comment VARCHAR);
CREATE TABLE region (r_regionkey INT, r_name VARCHAR, r_comment VARCHAR);
CREATE TABLE supplier (s_suppkey BIGINT, s_name VARCHAR, s_address VARCHAR, s_nationkey INT, s_phone VARCHAR, s_acctbal DECIMAL(15,2), s_comment VARCHAR);
CREATE TABLE part (p_partkey BIGINT, p_name VARCHAR, p_mfgr VARCHAR, p_brand VARCHAR, p_type VARCHAR, p_size INT, p_container VARCHAR,
  p_retailprice DECIMAL(15,2), p_comment VARCHAR);
CREATE TABLE partsupp (ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INT, ps_supplycost DECIMAL(15,2), ps_comment VARCHAR);
"""

TEXT = {
    1: """SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), sum(l_extendedprice * (1 - l_discount)),
       sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)), avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*) FROM lineitem
       WHERE l_shipdate <= DATE '1998-09-02' GROUP BY ALL ORDER BY ALL""",
    3: """SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority FROM customer, orders, lineitem
       WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate < DATE '1995-03-15'
       AND l_shipdate > DATE '1995-03-15' GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10""",
    5: """SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier, nation, region
       WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey AND c_nationkey = s_nationkey AND s_nationkey = n_nationkey
       AND n_regionkey = r_regionkey AND r_name = 'ASIA' AND o_orderdate >= DATE '1994-01-01' AND o_orderdate < DATE '1995-01-01'
       GROUP BY n_name ORDER BY revenue DESC""",
    6: """SELECT sum(l_extendedprice * l_discount) FROM lineitem WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
       AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24""",
    10: """SELECT c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) AS revenue, c_acctbal, n_name, c_address, c_phone, c_comment
       FROM customer, orders, lineitem, nation WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate >= DATE '1993-10-01'
       AND o_orderdate < DATE '1994-01-01' AND l_returnflag = 'R' AND c_nationkey = n_nationkey
       GROUP BY c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment ORDER BY revenue DESC LIMIT 20""",
    12: """SELECT l_shipmode, sum(CASE WHEN o_orderpriority IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END),
       sum(CASE WHEN o_orderpriority NOT IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) FROM orders, lineitem WHERE o_orderkey = l_orderkey
       AND l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate AND l_shipdate < l_commitdate AND l_receiptdate >= DATE '1994-01-01'
       AND l_receiptdate < DATE '1995-01-01' GROUP BY l_shipmode ORDER BY l_shipmode""",
    18: """SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) FROM customer, orders, lineitem WHERE o_orderkey IN
       (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 300) AND c_custkey = o_custkey AND o_orderkey = l_orderkey
       GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice ORDER BY o_totalprice DESC, o_orderdate LIMIT 100""",
}


def ours(o, tables, repeat):
    """Seconds of each run of each query, in one start of the job; the first run warms up."""
    command = [os.path.join(o.bin, "tpch"), tables, *map(str, o.queries), "--cache", "--repeat", str(repeat + 1)]
    command += ["--threads=2"] if o.workers == 1 else ["--threads=1"]
    if o.workers > 1:
        command = ["mpirun", "-n", str(o.workers + 1)] + command
    done = subprocess.run(["timeout", "-k", "5", "600"] + command, capture_output=True, text=True, env={**MPI, **os.environ}, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return parse(done.stdout + done.stderr)


def parse(text):
    """Lines "q6 0.012 0.011 ..." or "q6: 0.012 s"."""
    seconds = {}
    for line in text.splitlines():
        m = re.match(r"[qQ](\d+)\b[: ]*(.*)$", line.strip())
        if m:
            seconds.setdefault(int(m[1]), []).extend(float(x) for x in re.findall(r"\d+\.\d+", m[2]))
    return {q: s[1:] if len(s) > 1 else s for q, s in seconds.items()}


def theirs(o, db, repeat):
    seconds = {}
    for q in o.queries:
        db.execute(TEXT[q]).fetchall()
        for _ in range(repeat):
            start = time.perf_counter()
            db.execute(TEXT[q]).fetchall()
            seconds.setdefault(q, []).append(time.perf_counter() - start)
    return seconds


def main():
    o = options()
    tables, db = prepare(o), peer(o)
    mine, other = {}, {}
    for _ in range(o.passes):
        for into, got in ((mine, ours(o, tables, 1)), (other, theirs(o, db, 1))):
            for q, s in got.items():
                into.setdefault(q, []).extend(s)
    ratios = []
    print(f"load {os.getloadavg()[0]:.1f}, scale factor {o.scale}, {o.workers} workers, {THREADS} threads in all, medians of {o.passes}")
    print(f"{'query':>6} {'brasa':>9} {'duckdb':>9} {'ratio':>6}")
    for q in o.queries:
        a, b = statistics.median(mine[q]), statistics.median(other[q])
        ratios.append(a / b)
        print(f"{'Q' + str(q):>6} {a:9.4f} {b:9.4f} {a / b:6.2f}")
    print(f"geometric mean of the ratios: {math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}")


main()
