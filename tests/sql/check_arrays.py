"""Rows written as N-d arrays (COPY ... WITH (ARRAY 'z, y, x')): what h5py finds in the file, what Brasa reads back, and what is refused.

usage: check_arrays.py BRASA_SQL
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dist"))

# pylint: disable=wrong-import-position
from harness import check, scratch  # noqa: E402

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

SQL = sys.argv[1]
DAYS, LATS, LONS = 7, 5, 6
ROWS = f"""SELECT DATE '2024-02-27' + CAST(t.id AS INT) AS day, y.id * 0.5e0 - 1 AS lat, CAST(x.id * 10 AS INT) AS lon, CAST(t.id * 100 + y.id * 10 + x.id AS FLOAT) AS temp,
    CASE WHEN x.id = 4 THEN NULL ELSE t.id * 100 + y.id * 10 + x.id END AS n, CAST(x.id AS SMALLINT) AS whole FROM range({DAYS}) t, range({LATS}) y, range({LONS}) x"""


def sql(text, *words, ranks=0, fails=False):
    launch = ["timeout", "-k", "5", "250"] + (["mpirun", "-n", str(ranks)] if ranks else [])
    done = subprocess.run([*launch, SQL, "--format", "csv", *words, "-c", text], capture_output=True, text=True)
    check((done.returncode != 0) == fails, text[-300:], (done.returncode, done.stderr[-2000:]))
    return done.stderr if fails else done.stdout


def wanted():
    t, y, x = np.meshgrid(np.arange(DAYS), np.arange(LATS), np.arange(LONS), indexing="ij")
    return t * 100 + y * 10 + x


def look(path):
    with h5py.File(path) as f:
        cells = wanted()
        check(f["temp"].shape == (DAYS, LATS, LONS) and f["temp"].dtype == "f4", "the shape", f["temp"])
        hole = (np.arange(DAYS) == 1)[:, None, None] & (np.arange(LONS) == 2)[None, None, :] & np.ones((1, LATS, 1), bool)
        check(np.array_equal(f["temp"][:], np.where(hole, np.nan, cells).astype("f4"), equal_nan=True), "cells, and NaN where there is no row", f["temp"][:2])
        least = np.iinfo("i8").min
        check(f["n"].attrs["_FillValue"] == least, "the fill value of whole numbers", dict(f["n"].attrs))
        check(np.array_equal(f["n"][:], np.where(hole | (np.arange(LONS) == 4)[None, None, :], least, cells)), "nulls are fill values", f["n"][:2])
        scales = [d[0] for d in f["temp"].dims]
        check([s.name for s in scales] == ["/day", "/lat", "/lon"], "dimension scales", scales)
        check(list(f["lat"][:]) == [-1, -0.5, 0, 0.5, 1] and list(f["lon"][:]) == [0, 10, 20, 30, 40, 50], "coordinates in order", (f["lat"][:], f["lon"][:]))
        check(f["day"].attrs["units"] == "days since 1970-01-01" and f["day"][0] == 19780, "days as CF has them", f["day"][:])
        check(all(h5py.h5ds.is_scale(s.id) for s in scales), "they are scales")


def main():
    folder = scratch()
    part = "WHERE NOT (t.id = 1 AND x.id = 2)"
    for ranks in (0, 2, 3):
        path = f"{folder}/a{ranks}.nc"
        codec = ", CODEC deflate" if ranks == 2 else ""
        sql(f"COPY ({ROWS} {part}) TO '{path}' (FORMAT hdf5, ARRAY 'day, lat, lon'{codec})", "--set", "merge-bytes=0", "--set", "block-rows=64", ranks=ranks)
        look(path)
        back = f"SELECT day, lat, CAST(lon AS INT) AS lon, temp, n FROM read_hdf5('{path}') WHERE temp IS NOT NULL"
        whole = f"SELECT day, lat, lon, temp, n FROM ({ROWS} {part}) AS r"
        got = sql(f"SELECT count(*), (SELECT count(*) FROM ({back}) AS b) FROM ({back} EXCEPT ALL {whole}) AS d", ranks=ranks).split()[-1]
        check(got == f"0,{DAYS * LATS * LONS - LATS}", "what was written is read", got)
        check(sorted(os.listdir(folder))[0] == "a0.nc", "nothing else is there", os.listdir(folder))
    path = f"{folder}/a0.nc"
    sql(f"COPY (SELECT id, 1 AS one FROM range(10)) TO '{path}:/group/table' (FORMAT hdf5)")
    sql(f"COPY (SELECT id % 3 AS y, id // 3 AS x, id AS v FROM range(12)) TO '{path}:/more' (FORMAT hdf5, ARRAY 'x,y')")
    look(path)
    with h5py.File(path) as f:
        check(np.array_equal(f["more/v"][:], np.arange(12).reshape(4, 3)) and "_FillValue" not in f["more/v"].attrs, "an array in a group", f["more/v"][:])
    for kind, low, high in (("TINYINT", -128, 127), ("BIGINT", -(2**63), 2**63 - 1)):
        a, b = f"CAST({low} AS {kind})", f"CAST({high} AS {kind})"
        sql(f"COPY (VALUES (1, 1, {a}, {b}), (2, 2, NULL, CAST(0 AS {kind}))) TO '{folder}/f.nc' (FORMAT hdf5, ARRAY 'col1, col2', MODE 'overwrite')")
        got = sql(f"SELECT col3, col4 FROM read_hdf5('{folder}/f.nc') ORDER BY col1, col2").split()[1:]
        check(got == [f"{low},{high}", ",", ",", ",0"], "the fill value is a number that no row has", got)
        sql(f"COPY (VALUES (1, {a}), (2, {b})) TO '{folder}/f.nc' (FORMAT hdf5, ARRAY 'col1', MODE 'overwrite')")
        check(sql(f"SELECT sum(col2) FROM read_hdf5('{folder}/f.nc')").split()[-1] == "-1", "all numbers of the type, without holes")
        err = sql(f"COPY (VALUES (1, {a}), (2, {b}), (3, NULL)) TO '{folder}/g.nc' (FORMAT hdf5, ARRAY 'col1')", fails=True)
        check("cast it to a wider type" in err, "no number is left", err)
    for text, words in ((f"{ROWS} UNION ALL {ROWS} WHERE t.id = 3 AND y.id = 2 AND x.id = 1", "day = 2024-03-01, lat = 0.0, lon = 10; aggregate"),
                        ("SELECT CAST(NULL AS INT) AS day, 1 AS lat, 2 AS lon, 3 AS v", "a row has no day"), ("SELECT 1 AS day, 2 AS lat, 3 AS lon", "name the columns of coordinates"),
                        ("SELECT 1 AS day, 2 AS lat, 3 AS v", "no column lon"), ("SELECT 1 AS day, 2 AS lat, 3 AS lon, 'x' AS v", "column v is STRING"),
                        (f"{ROWS} WHERE false", "there are no rows"), ("SELECT id AS day, id AS lat, id AS lon, id AS v FROM range(2000)", "2000 rows would make an array of 8000000000 cells")):
        err = sql(f"COPY ({text}) TO '{path}' (FORMAT hdf5, ARRAY 'day, lat, lon')", fails=True)
        check(words in err, words, err)
        look(path)


main()
