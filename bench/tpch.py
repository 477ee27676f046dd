#!/usr/bin/env python3
"""All 22 queries of TPC-H by SQL beside DuckDB or Spark, in one run: medians of alternating passes, ratios and their geometric mean.

usage: tpch.py [--bin FOLDER] [--sf N] [--from memory|hdf5] [--peer duckdb|pyspark] [--data FOLDER] [--passes N] [--workers N] [--in-turn] [QUERY...]

One worker of two threads beside two threads of the peer; with --workers 2: mpirun -n 3, one thread each. --from memory: tables in memory on both sides; hdf5: ours
from HDF5, the peer's from Parquet (as DuckDB writes it), both in the page cache. The rows of each query are compared with the peer's. Needs duckdb and tpchgen-cli
from PyPI (python3 -m venv bench/venv && bench/venv/bin/pip install duckdb tpchgen-cli); for --peer pyspark also pyspark, in the environment of --spark-python.
"""
import argparse
import datetime
import decimal
import glob
import math
import os
import re
import statistics
import subprocess
import sys

import duckdb
from peers import TABLES, Brasa, Duck, Spark

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 2


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(HERE, "../build/release/bin"))
    parser.add_argument("--sf", default="1")
    parser.add_argument("--from", dest="place", choices=["memory", "hdf5"], default="memory")
    parser.add_argument("--peer", choices=["duckdb", "pyspark"], default="duckdb")
    parser.add_argument("--data", help="a folder with dbgen's .tbl files, or where they go; default bench/data/sfN")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], help="a setting of Brasa, as --set disable-passes=share")
    parser.add_argument("--spark-python", default=sys.executable)
    parser.add_argument("--used-columns", action="store_true", help="load into Brasa's memory only columns that a query names")
    parser.add_argument("--drop-text", action="store_true", help="delete the .tbl files when both programs have their own form of them")
    parser.add_argument("--in-turn", action="store_true", help="the peer runs all queries and ends before Brasa starts: for tables that do not fit in memory twice")
    parser.add_argument("queries", type=int, nargs="*")
    o = parser.parse_args()
    o.queries = o.queries or list(range(1, 23))
    o.data = o.data or os.path.join(HERE, "data", f"sf{o.sf}")
    return o


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


def prepare(o):
    """dbgen's files, our tables of them, and Parquet; returns the folder of our tables."""
    tables, parquet = os.path.join(o.data, "hdf5"), os.path.join(o.data, "parquet")
    if os.path.exists(os.path.join(tables, "supplier.h5")) and os.path.exists(os.path.join(parquet, "partsupp.parquet")):
        return tables
    if not os.path.exists(os.path.join(o.data, "lineitem.tbl")):
        os.makedirs(o.data, exist_ok=True)
        generator = os.path.join(os.path.dirname(sys.executable), "tpchgen-cli")
        subprocess.run([generator, "-s", o.sf, "--output-dir", o.data], check=True)
    if not os.path.exists(os.path.join(tables, "supplier.h5")):
        os.makedirs(tables, exist_ok=True)
        subprocess.run([os.path.join(o.bin, "tpch_import"), o.data, tables], check=True)
    os.makedirs(parquet, exist_ok=True)
    schema = dict(re.findall(r"CREATE TABLE (\w+)\s*\((.*?)\);", SCHEMA, re.S))
    for t in TABLES:
        with duckdb.connect() as db:
            db.execute(f"SET threads = {THREADS}; CREATE TABLE {t} ({schema[t]})")
            db.execute(f"COPY {t} FROM '{o.data}/{t}.tbl' (DELIMITER '|', HEADER false)")
            db.execute(f"COPY {t} TO '{parquet}/{t}.parquet' (FORMAT parquet)")
    if o.drop_text:
        for name in glob.glob(os.path.join(o.data, "*.tbl")):
            os.remove(name)
    return tables


def query_text(q):
    with open(os.path.join(HERE, f"../tests/data/tpch/queries/q{q:02}.sql"), encoding="utf-8") as f:
        return f.read().strip().rstrip(";")


def used_columns():
    """Table -> those of its columns that a query names."""
    words = set(re.findall(r"\w+", " ".join(query_text(q) for q in range(1, 23))))
    schema = re.findall(r"CREATE TABLE (\w+)\s*\((.*?)\);", SCHEMA, re.S)
    return {t: ", ".join(c for c in re.findall(r"(\w+_\w+) [A-Z]", text) if c in words) for t, text in schema}


def plain(value):
    """One form for a value of any of the programs: numbers rounded to 9 digits (quotients of decimals have six digits behind the point), all else as text."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return str(value)
    try:
        return f"{decimal.Decimal(str(value)):.9g}"
    except decimal.InvalidOperation:
        return str(value)


def same_rows(a, b):
    def key(rows):
        return sorted([plain(v) for v in row] for row in rows)

    def close(x, y):
        try:
            return x == y or math.isclose(float(x), float(y), rel_tol=1e-6, abs_tol=1e-6)
        except ValueError:
            return False

    a, b = key(a), key(b)
    return len(a) == len(b) and all(len(x) == len(y) and all(map(close, x, y)) for x, y in zip(a, b))


def measure(peers, text, passes):
    """For each of the peers, passes alternating: the median of its seconds behind one pass that warms up, and its rows."""
    seconds, rows = [[] for _ in peers], [None] * len(peers)
    for i in range(passes + 1):
        for k, peer in enumerate(peers):
            s, rows[k] = peer.run(text)
            seconds[k] += [s] if i else []
    return [(statistics.median(s), r) for s, r in zip(seconds, rows)]


def compared(o, starts):
    """Query by query what measure says of both programs, which run side by side or, with --in-turn, the second before the first."""
    groups = [[starts[1]], [starts[0]]] if o.in_turn else [starts]
    found = []
    for group in groups:
        peers = []
        try:
            for start in group:
                peers.append(start())
            measured = (measure(peers, query_text(q), o.passes) for q in o.queries)
            if group is groups[-1]:
                for i, result in enumerate(measured):
                    yield result + found[i] if found else result
            else:
                found = list(measured)
        finally:  # also when nobody asks for more
            for peer in peers:
                peer.close()


def main():
    o = options()
    tables, memory = prepare(o), o.place == "memory"
    settings = [word for s in o.set for word in ("--set", s)]
    columns = used_columns() if o.used_columns else None
    starts = [lambda: Brasa(o.bin, tables, memory, o.workers, max(1, THREADS // o.workers), settings, columns),
              lambda: Duck(o.data, memory, THREADS) if o.peer == "duckdb" else Spark(o.spark_python, o.data, memory, THREADS)]
    print(f"load {os.getloadavg()[0]:.1f}, scale factor {o.sf}, from {o.place}, {o.workers} workers, {THREADS} threads in all, medians of {o.passes}"
          f"{', one program after the other' if o.in_turn else ''}")
    print(f"{'query':>6} {'brasa':>9} {o.peer:>9} {'ratio':>6}", flush=True)
    logs, totals = [], [0, 0]
    for q, ((a, mine), (b, other)) in zip(o.queries, compared(o, starts)):
        logs.append(math.log(a / b))
        totals = [totals[0] + a, totals[1] + b]
        print(f"{'Q' + str(q):>6} {a:9.4f} {b:9.4f} {a / b:6.2f}{'' if same_rows(mine, other) else '   other rows'}", flush=True)
    print(f"{'all':>6} {totals[0]:9.4f} {totals[1]:9.4f} {totals[0] / totals[1]:6.2f}")
    print(f"geometric mean of the ratios: {math.exp(sum(logs) / len(logs)):.2f}")


main()
