"""Our HDF5 tables, opened by h5py: values as they are, in one part and in several."""

import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)


def null(i):
    return i % 7 == 3


def expect(name, i):
    if name == "b":
        return i % 2 == 1
    if name in ("f32", "f64"):
        return i / 4
    if name == "name":
        return f"é-{i}"
    if name == "word":
        return f"w{i % 5}"
    return i % 120


def check_group(g, rows, columns):
    assert g.attrs["rows"] == rows, (g.attrs["rows"], rows)
    for name in columns:
        d = g[name]
        assert d.shape == (rows,), (name, d.shape)
        values = d.asstr()[:] if h5py.check_string_dtype(d.dtype) else d[:]
        mask = g[d.attrs["valid"]][:] if "valid" in d.attrs else np.ones(rows, bool)
        for i in range(rows):
            nullable = name != "i64"
            assert bool(mask[i]) == (not (nullable and null(i))), (name, i)
            if mask[i]:
                assert values[i] == expect(name, i), (name, i, values[i])
            elif name in ("f32", "f64"):
                assert np.isnan(values[i]), (name, i)


ALL = ["b", "i8", "i16", "i32", "i64", "f32", "f64", "day", "ts", "clock", "name", "word", "dec"]
PLAIN = ["i64", "f64", "name", "word", "day"]


def check_rest(g, rows):
    """Long strings, lists and vectors, whose layout is ours."""
    assert g["vec"].shape == (rows, 3)
    assert list(g["vec"][1]) == [1.0, 2.0, 3.0]
    assert g["day"].attrs["units"] == "days since 1970-01-01"
    assert g["clock"].dtype == np.int64
    assert g["clock"].attrs["units"] == "microseconds"
    assert g["dec"].attrs["scale"] == 2
    assert g["dec"].attrs["brasa_type"] == "DECIMAL(12,2)"
    offsets, values = g["list/offsets"][:], g["list/values"][:]
    assert len(offsets) == rows + 1
    for i in range(rows):
        want = [] if null(i) else [i * 10 + k for k in range(i % 4)]
        assert list(values[offsets[i] : offsets[i + 1]]) == want, i
    if isinstance(g["text"], h5py.Group):
        offsets, data = g["text/offsets"][:], g["text/bytes"][:]
        for i in range(rows):
            size = 0 if null(i) else 20000 if i % 50 == 49 else 1 + i % 9
            assert offsets[i + 1] - offsets[i] == size, i
            assert size == 0 or data[offsets[i + 1] - 1] == ord("7"), i


def main():
    tool = os.path.join(os.environ["BRASA_TEST_BUILD"], "tests", "dist_h5_tool")
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([tool, "write", d], check=True, timeout=250)
        with h5py.File(f"{d}/one.h5", "r") as f:
            check_group(f, 1000, ALL)
            check_rest(f, 1000)
            names = list(f.attrs["columns"])
            assert names[:2] == ["b", "i8"] and names[-1] == "vec", names
        with h5py.File(f"{d}/small.h5", "r") as f:
            check_group(f["t"], 5, ALL)
        with h5py.File(f"{d}/deflate.h5", "r") as f:
            check_group(f["t"], 1000, ALL)
            check_rest(f["t"], 1000)
            assert f["t/i32"].compression == "gzip" and f["t/i32"].fletcher32
        with h5py.File(f"{d}/parts.h5", "r") as f:
            check_group(f["deep/t"], 900, ALL)
            assert f["deep/t/i32"].is_virtual
        with h5py.File(f"{d}/empty.h5", "r") as f:
            check_group(f["t"], 0, ALL)
        with h5py.File(f"{d}/two.h5", "r") as f:
            check_group(f["a"], 100, PLAIN)
            check_group(f["b"], 200, PLAIN)
        with h5py.File(f"{d}/grown.h5", "r") as f:
            g = f["t"]
            assert g.attrs["rows"] == 200
            assert list(g["i64"][:]) == list(range(100)) + list(range(100))
    print("ok")


if __name__ == "__main__":
    main()
