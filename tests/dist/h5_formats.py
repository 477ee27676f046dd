"""HDF5 files of other programs than h5py's own: MATLAB, sparse matrices, NeXus and others, in the forms that they give them."""

import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

from h5_foreign import check, refuse


def of_class(dset, name, **attrs):
    dset.attrs["MATLAB_class"] = np.bytes_(name)
    for k, v in attrs.items():
        dset.attrs[k] = v
    return dset


def text(group, name, words):
    """A char array of MATLAB: rows of the same length, 16-bit units, column by column."""
    units = np.array([np.frombuffer(w.encode("utf-16-le"), "u2") for w in words]).T
    return of_class(group.create_dataset(name, data=units), "char", MATLAB_int_decode=np.int32(2))


def matlab(d):
    path = f"{d}/saved.mat"
    with h5py.File(path, "w", userblock_size=512) as f:
        matrix = np.arange(15.0).reshape(5, 3)
        of_class(f.create_dataset("A", data=matrix.T, chunks=(2, 2), compression="gzip"), "double")
        of_class(f.create_dataset("down", data=np.arange(5.0).reshape(1, 5)), "double")
        of_class(f.create_dataset("across", data=np.arange(5, dtype="i2").reshape(5, 1)), "int16")
        of_class(f.create_dataset("z", data=np.array([[(1, 2), (3, 4)]], dtype=[("real", "f8"), ("imag", "f8")])), "double")
        text(f, "s", ["h\u00e9llo \u20ac\U0001f600"])
        text(f, "names", ["ab ", "cde", "f  "])
        of_class(f.create_dataset("ok", data=np.array([[1, 0, 1]], "u1")), "logical", MATLAB_int_decode=np.int32(1))
        of_class(f.create_dataset("none", data=np.array([0, 3], "u8")), "double", MATLAB_empty=np.uint8(1))
        of_class(f.create_dataset("tab", data=np.arange(6, dtype="u4").reshape(6, 1)), "table", MATLAB_object_decode=np.int32(3))
        refs = f.create_group("#refs#")
        words = [text(refs, f"w{k}", [w]).ref for k, w in enumerate(("one", "zwei", "three"))]
        ones = [of_class(refs.create_dataset(f"n{k}", data=np.array([[v]])), "double").ref for k, v in enumerate((0.5, np.nan, 3))]
        mixed = [words[0], ones[2], of_class(refs.create_dataset("v", data=np.array([[1.5], [2]])), "double").ref, f["ok"].ref]
        mixed += [of_class(refs.create_dataset("e", data=np.zeros(2, "u8")), "char", MATLAB_empty=np.uint8(1)).ref, h5py.Reference()]
        for name, cells in (("words", words), ("ones", ones), ("mixed", mixed)):
            of_class(f.create_dataset(name, (1, len(cells)), dtype=h5py.ref_dtype), "cell")[0, :] = cells
        of_class(f.create_dataset("grid", (2, 3), dtype=h5py.ref_dtype), "cell")[...] = [words, ones]
        s = f.create_group("s1")
        s.attrs["MATLAB_class"] = np.bytes_("struct")
        of_class(s.create_dataset("x", data=np.arange(3.0).reshape(1, 3)), "double")
        of_class(s.create_dataset("only", data=np.array([[7.0]])), "double")
        of_class(s.create_dataset("w", (1, 3), dtype=h5py.ref_dtype), "cell")[0, :] = words
        of_class(s.create_dataset("gone", data=np.zeros(2, "u8")), "double", MATLAB_empty=np.uint8(1))
        array = f.create_group("array")
        array.attrs["MATLAB_class"] = np.bytes_("struct")
        for name, cells in (("a", words), ("b", ones)):
            array.create_dataset(name, (1, 3), dtype=h5py.ref_dtype)[0, :] = cells
        p = f.create_group("params")
        of_class(p.create_dataset("rate", data=np.array([[7.5]])), "double")
        text(p, "unit", ["Hz"])
    rows = [[repr(v) for v in row] for row in matrix.tolist()]
    check(f"{path}:/A", "c0 DOUBLE, c1 DOUBLE, c2 DOUBLE", ["|".join(r) for r in rows])
    check(f"{path}:/A", "A VECTOR(3)", [f"[{', '.join(r)}]" for r in rows], "vector")
    check(f"{path}:/down", "down DOUBLE", [f"{k}.0" for k in range(5)])
    check(f"{path}:/across", "across SMALLINT", [str(k) for k in range(5)])
    check(f"{path}:/z", "real DOUBLE, imag DOUBLE", ["1.0|2.0", "3.0|4.0"])
    check(f"{path}:/s", "s STRING", ["h\u00e9llo \u20ac\U0001f600"])
    check(f"{path}:/names", "names STRING", ["ab", "cde", "f"])
    check(f"{path}:/ok", "ok BOOLEAN", ["true", "false", "true"])
    check(f"{path}:/none", "none BIGINT", [])
    check(f"{path}:/words", "words STRING", ["one", "zwei", "three"])
    check(f"{path}:/ones", "ones DOUBLE", ["0.5", "NaN", "3.0"])
    check(f"{path}:/mixed", "mixed STRING", ["one", "3", "[1.5, 2]", "[true, false, true]", "", "NULL"])
    check(f"{path}:/grid", "c0 STRING, c1 STRING", ["one|0.5", "zwei|NaN", "three|3"])
    check(f"{path}:/s1", "w STRING, x DOUBLE", ["one|0.0", "zwei|1.0", "three|2.0"])
    check(f"{path}:/array", "a STRING, b DOUBLE", ["one|0.5", "zwei|NaN", "three|3.0"])
    check(f"{path}:/params", "rate DOUBLE, unit STRING", ["7.5|Hz"])
    refuse(f"{path}:/tab", "UNSUPPORTED", "class table")


def references(d):
    path = f"{d}/refs.h5"
    with h5py.File(path, "w") as f:
        f["g/x"] = np.arange(3)
        f["deep/er/y"] = np.arange(3)
        f.create_dataset("r", (4,), dtype=h5py.ref_dtype)[:] = [f["g/x"].ref, f["deep/er"].ref, h5py.Reference(), f.ref]
        t = np.dtype([("k", "i4"), ("to", h5py.ref_dtype)])
        c = np.zeros(2, t)
        c["k"], c["to"] = [1, 2], [f["deep/er/y"].ref, f["g/x"].ref]
        f["c"] = c
        f.create_dataset("region", (1,), dtype=h5py.regionref_dtype)[0] = f["g/x"].regionref[0:2]
    check(f"{path}:/r", "r STRING", ["/g/x", "/deep/er", "NULL", "/"])
    check(f"{path}:/c", "k INT, to STRING", ["1|/deep/er/y", "2|/g/x"])
    refuse(f"{path}:/region", "UNSUPPORTED", "regions")


def sparse(d):
    """A row for each value that is stored; empty rows and columns; both ways round."""
    dense = np.array([[0, 5, 0, 0], [0, 0, 0, 0], [7, 0, 8, 0], [0, 9, 0, 0]])

    def compressed(m):
        at = [np.flatnonzero(row) for row in m]
        return np.concatenate([row[k] for row, k in zip(m, at)]), np.concatenate(at), np.cumsum([0] + [len(k) for k in at])

    by_rows = [f"{r}|{c}|{dense[r, c]}" for r in range(4) for c in range(4) if dense[r, c]]
    by_columns = [f"{r}|{c}|{dense[r, c]}" for c in range(4) for r in range(4) if dense[r, c]]
    path = f"{d}/sparse.h5"
    forms = {"csr": (dense, by_rows, {"encoding-type": "csr_matrix"}), "csc": (dense.T, by_columns, {"h5sparse_format": "csc"}),
             "observation/matrix": (dense, by_rows, {}), "sample/matrix": (dense.T, by_columns, {})}  # fmt: skip
    with h5py.File(path, "w") as f:
        for name, (m, _, attrs) in forms.items():
            g = f.create_group(name)
            g["data"], g["indices"], g["indptr"] = compressed(m)
            for k, v in attrs.items():
                g.attrs[k] = v
        m = f.create_group("tenx/matrix")  # genes by cells; five cells
        m["data"], m["indices"], m["indptr"] = compressed(np.vstack([dense.T, np.zeros((1, 4), int)]))
        m["shape"], m["barcodes"] = np.array([4, 5], "i4"), np.array([b"A", b"B", b"C", b"D", b"E"])
        m = f.create_group("m73")
        m.attrs["MATLAB_class"], m.attrs["MATLAB_sparse"] = np.bytes_("double"), np.uint64(4)
        m["data"], m["ir"], m["jc"] = (a.astype(t) for a, t in zip(compressed(dense.T), ("f8", "u8", "u8")))
        g = f.create_group("bad")
        g["data"], g["indices"], g["indptr"] = [1, 2], [0, 1], [0, 2, 1]
    for name, (_, rows, _) in forms.items():
        check(f"{path}:/{name}", "row BIGINT, column BIGINT, value BIGINT", rows)
    check(f"{path}:/tenx/matrix", "row BIGINT, column BIGINT, value BIGINT", by_columns)
    check(f"{path}:/m73", "row BIGINT, column BIGINT, value DOUBLE", [r + ".0" for r in by_columns])
    refuse(f"{path}:/bad", "CORRUPT", "without falling")
    n = 200000
    with h5py.File(path, "w") as f:
        f["data"], f["indices"], f["indptr"] = np.arange(n), np.arange(n) % 7, np.minimum(np.arange(n // 3 + 3) * 3, n)
    check(path, "row BIGINT, column BIGINT, value BIGINT", [f"{k // 3}|{k % 7}|{k}" for k in range(n)])


def ragged(d):
    """Values of many rows end to end: vaex and NWB."""
    path = f"{d}/vaex.hdf5"
    n = 150000
    words = [f"w{k}" * (k % 11) for k in range(n)]
    offsets = np.cumsum([0] + [len(w) for w in words])
    null = np.arange(n) % 5 == 2
    with h5py.File(path, "w") as f:
        g = f.create_group("table/columns")
        g["x/data"] = np.arange(n)
        g["s/data"], g["s/indices"] = np.frombuffer("".join(words).encode(), "u1"), offsets
        g["s/null_bitmap"] = np.packbits(~null, bitorder="little")
        g["m/data"], g["m/mask"] = np.arange(n, dtype="i4"), null
    rows = [f"{'NULL' if null[k] else k}|{'NULL' if null[k] else words[k]}|{k}" for k in range(n)]
    check(path, "m INT, s STRING, x BIGINT", rows)
    path = f"{d}/units.nwb"
    ends = np.cumsum(np.arange(n) % 4)
    with h5py.File(path, "w") as f:
        f["units/id"] = np.arange(n)
        f["units/times"], f["units/times_index"] = np.arange(int(ends[-1])) / 2, ends
        f["units/times_index"].attrs["neurodata_type"] = "VectorIndex"
    rows = [f"{k}|[{', '.join(str(v / 2) for v in range(ends[k] - k % 4, ends[k]))}]" for k in range(n)]
    check(f"{path}:/units", "id BIGINT, times ARRAY<DOUBLE>", rows)
    with h5py.File(path, "a") as f:
        f["units/times_index"][7] = 2**40
    refuse(f"{path}:/units", "CORRUPT", "times_index")


def pickled(d):
    """Texts in frames and series of pandas, format='fixed': arrays of Python objects."""
    import pickle

    def objects(group, name, values, protocol):
        v = group.create_dataset(name, (1,), dtype=h5py.vlen_dtype("u1"), chunks=(1,))
        v[0] = np.frombuffer(pickle.dumps(values, protocol), "u1")
        v.attrs["PSEUDOATOM"] = np.bytes_("object")

    path = f"{d}/fixed.h5"
    word = "a longer word \u00e9"
    columns = np.array([["x", word, np.nan], [1, 2**40, -3], [True, None, False], [1, 0.5, None], ["s", 7, 1.5], [None] * 3], object)
    for protocol in (2, 3, 4, 5):
        with h5py.File(path, "w") as f:
            g = f.create_group("df")
            g.attrs["pandas_type"] = np.bytes_("frame")
            g["axis0"], g["axis1"] = np.array([b"n", b"a", b"b", b"c", b"d", b"e", b"f"]), np.arange(3)
            g["block0_items"], g["block0_values"] = np.array([b"n"]), np.arange(3.0).reshape(3, 1)
            g["block1_items"] = np.array([b"a", b"b", b"c", b"d", b"e", b"f"])
            objects(g, "block1_values", columns.T if protocol > 3 else np.ascontiguousarray(columns.T), protocol)
            s = f.create_group("series")
            s.attrs["pandas_type"], s.attrs["name"] = np.bytes_("series"), np.bytes_("w")
            s["index"] = np.arange(3)
            objects(s, "values", np.array(["p", "p", word], object), protocol)
        schema = "index BIGINT, n DOUBLE, a STRING, b BIGINT, c BOOLEAN, d DOUBLE, e STRING, f STRING"
        rows = ["0|0.0|x|1|true|1.0|s|NULL", f"1|1.0|{word}|{2**40}|NULL|0.5|7|NULL", "2|2.0|NULL|-3|false|NULL|1.5|NULL"]
        check(f"{path}:/df", schema, rows)
        check(f"{path}:/series", "index BIGINT, w STRING", ["0|p", "1|p", f"2|{word}"])
    n = 140000
    with h5py.File(path, "w") as f:
        s = f.create_group("series")
        s.attrs["pandas_type"] = np.bytes_("series")
        s["index"] = np.arange(n)
        objects(s, "values", np.array([f"w{k % 1000}" for k in range(n)], object), 5)
        o = f.create_group("things")
        o.attrs["pandas_type"] = np.bytes_("frame")
        o["axis0"], o["axis1"], o["block0_items"] = np.array([b"a", b"b"]), np.arange(2), np.array([b"a", b"b"])
        objects(o, "block0_values", np.array([[1 + 2j, "x"], [3j, "y"]], object), 4)
    check(f"{path}:/series", "index BIGINT, values STRING", [f"{k}|w{k % 1000}" for k in range(n)])
    check(f"{path}:/things", "index BIGINT, b STRING", ["0|x", "1|y"])


def levels(d):
    """pandas' fixed format with several levels: of the index (texts, numbers, moments, nothing) and of the columns."""
    path = f"{d}/levels.h5"
    with h5py.File(path, "w") as f:
        g = f.create_group("df")
        g.attrs["pandas_type"] = np.bytes_("frame")
        day = 86400 * 10**9
        values = [np.array([b"x", b"yy"]), np.array([7, -8]), np.array([0.5, np.nan, 1e300]), np.array([0, day - 1, -day - 1])]
        codes = [[0, 1, -1, 0, 1], [1, 0, 1, 0, -1], [0, 1, 2, 0, 1], [0, 1, 2, -1, 0]]
        for k, name in enumerate((b"k", b"n", b"N.", b"when")):
            level = g.create_dataset(f"axis1_level{k}", data=values[k])
            level.attrs["name"], level.attrs["kind"] = np.bytes_(name), np.bytes_("datetime64" if k == 3 else "float")
            g[f"axis1_label{k}"] = np.array(codes[k], "i1")
        for at, labels in (("axis0", [[0, 0, 1], [1, 0, 0]]), ("block0_items", [[0, 1], [1, 0]]), ("block1_items", [[0], [0]])):
            for k in range(2):
                g[f"{at}_level{k}"], g[f"{at}_label{k}"] = [np.array([b"a", b"b"]), np.array([10, 20])][k], np.array(labels[k], "i1")
        g["block0_values"], g["block1_values"] = np.arange(10.0).reshape(5, 2), np.arange(5).reshape(5, 1)
    times = ["1970-01-01 00:00:00", "1970-01-01 23:59:59.999999", "1969-12-30 23:59:59.999999", "NULL", "1970-01-01 00:00:00"]
    rows = [f"{k}|{n}|{x}|{t}|{2 * i}.0|{i}|{2 * i + 1}.0" for i, (k, n, x, t) in enumerate(zip(
        ["x", "yy", "NULL", "x", "yy"], [-8, 7, -8, 7, "NULL"], ["0.5", "NaN", "1.0E300", "0.5", "NaN"], times))]  # fmt: skip
    schema = "k STRING, n BIGINT, level_2 DOUBLE, when TIMESTAMP, a.20 DOUBLE, a.10 BIGINT, b.10 DOUBLE"
    check(f"{path}:/df", schema, rows)


def lists_of_anything(d):
    """Lists of texts and of records; records in arrays."""
    path = f"{d}/lists.h5"
    n = 300
    hit = np.dtype([("x", "i4"), ("name", "S4"), ("w", ">f4")])
    event = np.dtype([("id", ">i4"), ("hits", h5py.vlen_dtype(hit)), ("two", [("p", "u1")], (2,))])
    with h5py.File(path, "w") as f:
        words = f.create_dataset("g/words", (n,), h5py.vlen_dtype(h5py.string_dtype()), chunks=(100,))
        pairs = f.create_dataset("g/pairs", (n,), h5py.vlen_dtype(np.dtype([("x", ">i2"), ("s", "S2")])))
        events = f.create_dataset("events", (3,), event)
        for k in range(1, n):  # the first is never written
            words[k] = np.array([f"\u00e9{k} " * j for j in range(k % 4)], object)
            pairs[k] = np.array([(j - 1, b"a") for j in range(k % 3)], pairs.dtype.metadata["vlen"])
        for k in range(3):
            events[k] = np.array((k, np.array([(j, f"h{j}", j / 2) for j in range(k)], hit), [(k,), (255,)]), event)
    rows = []
    for k in range(n):
        pair = ", ".join(f"{{{j - 1}, a}}" for j in range(k % 3))
        rows.append(f"[{pair}]|[" + ", ".join(f"\u00e9{k} " * j for j in range(k % 4)) + "]")
    check(f"{path}:/g", "pairs ARRAY<STRUCT<x: SMALLINT, s: STRING>>, words ARRAY<STRING>", rows)
    rows = ["0|[]|{0}|{255}", "1|[{0, h0, 0.0}]|{1}|{255}", "2|[{0, h0, 0.0}, {1, h1, 0.5}]|{2}|{255}"]
    schema = "id INT, hits ARRAY<STRUCT<x: INT, name: STRING, w: FLOAT>>, two_0 STRUCT<p: SMALLINT>, two_1 STRUCT<p: SMALLINT>"
    check(f"{path}:/events", schema, rows)


def groups_as_columns(d):
    """CGNS keeps an array in a group; 10x has notes beside its columns; PyTables strings as sequences of bytes."""
    path = f"{d}/grid.cgns"
    with h5py.File(path, "w") as f:
        for name in ("CoordinateX", "CoordinateY"):
            g = f.create_group(f"Base/Zone/GridCoordinates/{name}")
            g.attrs["label"] = np.bytes_("DataArray_t")
            g[" data"] = np.arange(4) / (2 if name[-1] == "X" else 4)
        f["Base/Zone/GridCoordinates/Other/ data"] = np.arange(9)
        f["features/id"], f["features/genome"] = np.array([b"g1", b"g2", b"g3"]), np.array([b"h"] * 3)
        f["features/_all_tag_keys"] = np.array([b"genome"])
        v = f.create_dataset("words", (3,), dtype=h5py.vlen_dtype("u1"), chunks=(2,), compression="gzip")
        v.attrs["PSEUDOATOM"] = np.bytes_("vlstring")
        for k, w in enumerate(("a", "", "a longer word, \u00e9")):
            v[k] = np.frombuffer(w.encode(), "u1")
    check(f"{path}:/Base/Zone/GridCoordinates", "CoordinateX DOUBLE, CoordinateY DOUBLE", [f"{k / 2}|{k / 4}" for k in range(4)])
    check(f"{path}:/features", "genome STRING, id STRING", ["h|g1", "h|g2", "h|g3"])
    check(f"{path}:/words", "words STRING", ["a", "", "a longer word, \u00e9"])


def nexus(d):
    path = f"{d}/run.nxs"
    with h5py.File(path, "w") as f:
        f.attrs["default"] = "entry"
        e = f.create_group("entry")
        e.attrs["default"] = "data"
        e["detector/other"] = np.arange(9)
        g = e.create_group("data")
        g.attrs["signal"] = "counts"
        g.attrs["axes"] = ["y", ".", "x"]
        g["counts"], g["errors"] = np.arange(12).reshape(3, 1, 4), np.arange(12.0).reshape(3, 1, 4)
        g["x"], g["y"], g["edges"] = np.arange(4) / 2, np.array([10, 20, 30]), np.arange(5)
    rows = [f"{10 * (k // 4 + 1)}|0|{k % 4 / 2}|{k}|{float(k)}" for k in range(12)]
    check(path, "y BIGINT, d1 BIGINT, x DOUBLE, counts BIGINT, errors DOUBLE", rows)
    with h5py.File(path, "w") as f:
        f.attrs["default"] = "data"
        f.create_group("data").attrs["signal"] = "counts"
        f["data/counts"], f["data/x"], f["data/edges"] = np.arange(3), np.arange(3) / 2, np.arange(4)
        f["other/z"] = np.arange(2)
    check(path, "counts BIGINT, x DOUBLE", [f"{k}|{k / 2}" for k in range(3)])


def one_table_somewhere(d):
    """Deep down, under several names, and where links go round."""
    path = f"{d}/deep.h5"
    with h5py.File(path, "w") as f:
        f["a/b/c/d/e/f/g/h/x"] = np.arange(3)
    check(path, "x BIGINT", ["0", "1", "2"])
    with h5py.File(path, "a") as f:
        f["again"] = f["a/b/c"]
        f["a/b/up"] = f["/"]
        f["a/b/soft"] = h5py.SoftLink("..")
        f["dead"] = h5py.SoftLink("/nope")
    check(path, "x BIGINT", ["0", "1", "2"])
    with h5py.File(path, "w") as f:
        for k in range(300):
            f[f"g{k:03}/x"] = np.arange(3)
    refuse(path, "INVALID", "g007, ...")


def main():
    for test in [matlab, references, sparse, ragged, pickled, levels, lists_of_anything, groups_as_columns, nexus, one_table_somewhere]:
        with tempfile.TemporaryDirectory() as d:
            test(d)
        print(test.__name__, "ok")


if __name__ == "__main__":
    main()
