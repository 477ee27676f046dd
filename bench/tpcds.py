#!/usr/bin/env python3
"""Writes TPC-DS for wide.py: its 24 tables, made by DuckDB, and its 99 queries, as DuckDB has them.

usage: tpcds.py [--sf N] [--data FOLDER]; then: wide.py --file FOLDER/tpcds.sql --check

Needs duckdb and duckdb-extension-tpcds from PyPI, of the same version.
"""
import argparse
import glob
import importlib.util
import os

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sf", default="1")
    parser.add_argument("--data", default=os.path.join(HERE, "data"))
    o = parser.parse_args()
    package = os.path.dirname(importlib.util.find_spec("duckdb_extension_tpcds").origin)
    extension = glob.glob(os.path.join(package, "**", "tpcds.duckdb_extension"), recursive=True)[0]
    folder = os.path.abspath(os.path.join(o.data, f"tpcds-{o.sf}"))
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "tables.duckdb")
    made = os.path.exists(path)
    db = duckdb.connect(path, config={"allow_unsigned_extensions": "true"})  # a package's extension has no signature
    db.execute(f"LOAD '{extension}'")
    if not made:
        db.execute(f"CALL dsdgen(sf = {o.sf})")
    tables = [row[0] for row in db.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
    queries = db.execute("SELECT query_nr, query FROM tpcds_queries() ORDER BY 1").fetchall()
    db.close()
    with open(os.path.join(folder, "tpcds.sql"), "w", encoding="utf-8") as f:
        f.write(f"-- group tpcds\nduck: ATTACH '{path}' AS made (READ_ONLY);\n")
        f.writelines(f"duck: CREATE TABLE {t} AS FROM made.{t};\ncopy: {t};\n" for t in tables)
        f.writelines(f"-- q{number:02d}\n{query.strip().rstrip(';')};\n" for number, query in queries)
    print(os.path.join(folder, "tpcds.sql"))


main()
