"""HDF5 files as h5py, PyTables, pandas and netCDF write them, read by us: schema and rows as text."""

import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

TOOL = os.path.join(os.environ["BRASA_TEST_BUILD"], "tests", "dist_h5_tool")


def read(uri, *flags):
    r = subprocess.run([TOOL, "read", uri, *flags], capture_output=True, timeout=250)
    return r.returncode, r.stdout.decode(), r.stderr.decode()


def check(uri, schema, rows, *flags):
    code, out, err = read(uri, *flags)
    assert code == 0, (uri, err)
    lines = out.split("\n")[:-1]
    assert lines[0] == schema, (uri, lines[0])
    assert lines[1:] == rows, (uri, lines[1:20], rows[:20])


def refuse(uri, word, text):
    code, out, err = read(uri)
    assert code == 1 and err.startswith(word) and text in err, (uri, code, out[:200], err)


def atomic_columns(d):
    path = f"{d}/atoms.h5"
    n = 70
    i = np.arange(n)
    columns = {
        "i1": i.astype("i1"), "u1": i.astype("u1"), "i2": i.astype(">i2"), "u2": i.astype("<u2"), "i4": i.astype(">i4"),
        "u4": (i + 4294967000).astype("u4"), "i8": i.astype("i8"), "u8": i.astype("u8"), "f2": (i / 2).astype("f2"),
        "f4": (i / 4).astype(">f4"), "f8": (i / 8).astype("f8"), "b": i % 2 == 0,
        "fixed": np.array([f"s{k}" for k in i], dtype="S5"),
    }
    with h5py.File(path, "w", track_order=True) as f:
        g = f.create_group("g/t", track_order=True)
        for name, values in columns.items():
            g[name] = values
        g.create_dataset("vl", data=[f"é{k}" * 5 for k in i], dtype=h5py.string_dtype())
        colours = h5py.enum_dtype({"red": 0, "green": 1, "blue": 5}, basetype="u1")
        g.create_dataset("colour", data=np.array([0, 1, 5])[i % 3], dtype=colours)
        f["single"] = i * 3
        f["matrix"] = np.arange(12.0).reshape(4, 3)
        f["g/scalar"] = 5
    rows = []
    for k in range(n):
        flag = "true" if k % 2 == 0 else "false"
        colour = ["red", "green", "blue"][k % 3]
        rows.append(f"{k}|{k}|{k}|{k}|{k}|{k + 4294967000}|{k}|{k}|{k / 2}|{k / 4}|{k / 8}|{flag}|s{k}|" + f"é{k}" * 5 + f"|{colour}")
    schema = (
        "i1 TINYINT, u1 SMALLINT, i2 SMALLINT, u2 INT, i4 INT, u4 BIGINT, i8 BIGINT, u8 BIGINT, f2 FLOAT, f4 FLOAT, f8 DOUBLE,"
        " b BOOLEAN, fixed STRING, vl STRING, colour STRING"
    )
    check(f"{path}:/g/t", schema, rows)
    check(f"{path}:/single", "single BIGINT", [str(3 * k) for k in range(n)])
    check(f"{path}:/matrix", "c0 DOUBLE, c1 DOUBLE, c2 DOUBLE", [f"{3 * k}.0|{3 * k + 1}.0|{3 * k + 2}.0" for k in range(4)])
    check(f"{path}:/matrix", "matrix VECTOR(3)", [f"[{3 * k}.0, {3 * k + 1}.0, {3 * k + 2}.0]" for k in range(4)], "vector")
    check(f"{path}:/g", schema, rows)
    refuse(f"{path}:/g/tt", "NOT_FOUND", "/g/t")
    refuse(path, "UNSUPPORTED", "different lengths")


def single_values(d):
    path = f"{d}/single.h5"
    with h5py.File(path, "w") as f:
        f["params/redshift"] = 0.5
        f["params/name"] = "run é"
        f["params/flags"] = np.bool_(True)
        f["params/pair"] = np.array((3, 2.5), dtype=[("n", "i2"), ("x", "f8")])
        f["data/x"] = np.arange(3)
        f["data/count"] = 3
        f["nothing"] = h5py.Empty("f8")
    check(f"{path}:/params", "flags BOOLEAN, name STRING, pair.n SMALLINT, pair.x DOUBLE, redshift DOUBLE", ["true|run é|3|2.5|0.5"])
    check(f"{path}:/params/name", "name STRING", ["run é"])
    check(f"{path}:/params/pair", "n SMALLINT, x DOUBLE", ["3|2.5"])
    check(f"{path}:/data", "x BIGINT", ["0", "1", "2"])
    check(path, "x BIGINT", ["0", "1", "2"])
    refuse(f"{path}:/nothing", "UNSUPPORTED", "no values")


def large_unsigned(d):
    path = f"{d}/unsigned.h5"
    with h5py.File(path, "w") as f:
        f["ids"] = np.array([0, 1, 2**63 - 1, 2**63, 2**64 - 1], dtype="u8")
        f["ids"].attrs["_FillValue"] = np.uint64(1)
        f["plain"] = np.array([[5, 2**64 - 2], [7, 8]], dtype=">u8")
    refuse(f"{path}:/ids", "DATA", "uint64_decimal")
    check(f"{path}:/ids", "ids DECIMAL(20,0)", ["0", "NULL", str(2**63 - 1), str(2**63), str(2**64 - 1)], "uint64")
    check(f"{path}:/plain", "c0 DECIMAL(20,0), c1 DECIMAL(20,0)", [f"5|{2**64 - 2}", "7|8"], "uint64")


def bit_fields(d):
    path = f"{d}/bits.h5"
    types = {"b1": h5py.h5t.STD_B8LE, "b2": h5py.h5t.STD_B16BE, "b4": h5py.h5t.STD_B32LE, "b8": h5py.h5t.STD_B64BE}
    with h5py.File(path, "w") as f:
        for size, (name, t) in zip((1, 2, 4, 8), types.items()):
            values = np.array([0, 1, 2 ** (8 * size - 1) - 2], dtype=f"{'<>'[size in (2, 8)]}u{size}")
            h5py.h5d.create(f.id, name.encode(), t, h5py.h5s.create_simple((3,))).write(h5py.h5s.ALL, h5py.h5s.ALL, values, mtype=t)
    check(path, "b1 SMALLINT, b2 INT, b4 BIGINT, b8 BIGINT", ["0|0|0|0", "1|1|1|1", f"126|32766|{2**31 - 2}|{2**63 - 2}"])


def big_and_filtered(d):
    path = f"{d}/big.h5"
    n = 300000
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=np.arange(n), chunks=(1000,), compression="gzip", shuffle=True, fletcher32=True)
        f.create_dataset("y", data=np.arange(n) * 0.5, chunks=(n,), compression="lzf")
        f.create_dataset("z", data=np.arange(n, dtype="i4"))
    code, out, err = read(path)
    assert code == 0, err
    lines = out.split("\n")
    assert lines[0] == "x BIGINT, y DOUBLE, z INT" and len(lines) == n + 2
    for k in (0, 1, 999, 1000, 131071, 131072, 262144, n - 1):
        x, y, z = lines[k + 1].split("|")
        assert int(x) == k and float(y) == k / 2 and int(z) == k, lines[k + 1]


def too_large(d):
    path = f"{d}/u64.h5"
    with h5py.File(path, "w") as f:
        f["u"] = np.array([1, 2**63], dtype="u8")
    refuse(path, "DATA", "9223372036854775808")


def compounds(d):
    path = f"{d}/compound.h5"
    inner = np.dtype([("x", "f8"), ("y", "i4")])
    t = np.dtype([("id", "i8"), ("name", "S8"), ("pos", inner), ("v", "f4", (2,)), ("ok", "?")])
    a = np.zeros(100, t)
    for k in range(100):
        a[k] = (k, f"n{k}".encode(), (k / 2, -k), (k, k + 1), k % 2)
    with h5py.File(path, "w") as f:
        f["t"] = a
        f["c"] = np.arange(3) + 1j * np.arange(3)
    rows = [f"{k}|n{k}|{k / 2}|{-k}|{k}.0|{k + 1}.0|{'true' if k % 2 else 'false'}" for k in range(100)]
    check(f"{path}:/t", "id BIGINT, name STRING, pos.x DOUBLE, pos.y INT, v_0 FLOAT, v_1 FLOAT, ok BOOLEAN", rows)
    check(f"{path}:/c", "r DOUBLE, i DOUBLE", ["0.0|0.0", "1.0|1.0", "2.0|2.0"])


def pytables(d):
    try:
        import tables
    except ImportError:
        return
    path = f"{d}/pytables.h5"

    class Row(tables.IsDescription):
        a = tables.Int32Col(pos=0)
        b = tables.Float64Col(pos=1)
        c = tables.StringCol(6, pos=2)
        d = tables.BoolCol(pos=3)

    with tables.open_file(path, "w") as f:
        t = f.create_table("/group", "readings", Row, createparents=True, filters=tables.Filters(complevel=5, complib="zlib", shuffle=True))
        for k in range(500):
            t.row["a"], t.row["b"], t.row["c"], t.row["d"] = k, k * 0.25, f"c{k % 10}", k % 3 == 0
            t.row.append()
        t.flush()
    rows = [f"{k}|{k * 0.25}|c{k % 10}|{'true' if k % 3 == 0 else 'false'}" for k in range(500)]
    check(path, "a INT, b DOUBLE, c STRING, d BOOLEAN", rows)
    check(f"{path}:/group/readings", "a INT, b DOUBLE, c STRING, d BOOLEAN", rows)


def times_of_pytables(d):
    try:
        import tables
    except ImportError:
        return
    path = f"{d}/times.h5"
    with tables.open_file(path, "w") as f:
        t = f.create_table("/", "t", {"s": tables.Time32Col(pos=0), "us": tables.Time64Col(pos=1), "two": tables.Time64Col(shape=2, pos=2)})
        t.append([(-5, -5.75, (0, 1)), (1700000000, 1700000000.25, (1e9 + 0.000001, 2)), (2**31 - 1, 0, (3, 4))])
        f.create_earray("/g", "when", obj=np.array([0.5, -1.25]), atom=tables.Time64Atom(), createparents=True)
    rows = [
        "1969-12-31 23:59:55|1969-12-31 23:59:54.25|1970-01-01 00:00:00|1970-01-01 00:00:01",
        "2023-11-14 22:13:20|2023-11-14 22:13:20.25|2001-09-09 01:46:40.000001|1970-01-01 00:00:02",
        "2038-01-19 03:14:07|1970-01-01 00:00:00|1970-01-01 00:00:03|1970-01-01 00:00:04",
    ]
    check(f"{path}:/t", "s TIMESTAMP, us TIMESTAMP, two_0 TIMESTAMP, two_1 TIMESTAMP", rows)
    check(f"{path}:/g/when", "when TIMESTAMP", ["1970-01-01 00:00:00.5", "1969-12-31 23:59:58.75"])


def pandas_table(d):
    """What pandas.to_hdf(format='table') leaves, without pandas: blocks with pickled names."""
    import pickle

    path = f"{d}/pandas.h5"
    t = np.dtype([("index", "i8"), ("values_block_0", "f8", (2,)), ("values_block_1", "S4", (1,)), ("values_block_2", "i8", (1,))])
    a = np.zeros(10, t)
    for k in range(10):
        a[k] = (k, (k, k / 2), (b"nan" if k == 3 else f"s{k}".encode(),), (1577836800000000000 + k * 1000000000,))
    for protocol in (0, 4):
        with h5py.File(path, "w") as f:
            f["df/table"] = a
            f["df/_i_table/x"] = np.arange(3)
            for block, names in enumerate([["p", "q"], ["s"], ["when"]]):
                f["df/table"].attrs[f"values_block_{block}_kind"] = np.bytes_(pickle.dumps(names, protocol))
            f["df/table"].attrs["values_block_2_dtype"] = np.bytes_("datetime64[ns]")
            f["df/table"].attrs["nan_rep"] = np.bytes_("nan")
        rows = [f"{k}|{float(k)}|{k / 2}|{'NULL' if k == 3 else f's{k}'}|2020-01-01 00:00:0{k}" for k in range(10)]
        check(path, "index BIGINT, p DOUBLE, q DOUBLE, s STRING, when TIMESTAMP", rows)
        check(f"{path}:/df", "index BIGINT, p DOUBLE, q DOUBLE, s STRING, when TIMESTAMP", rows)


def categories(d):
    """Codes and names as pandas (table and fixed format) and anndata keep them."""
    path = f"{d}/coded.h5"
    with h5py.File(path, "w") as f:
        t = np.zeros(5, np.dtype([("index", "i8"), ("kind", "i1")]))
        t["index"], t["kind"] = np.arange(5), [1, 0, -1, 2, 1]
        f["df/table"] = t
        f["df"].attrs["pandas_type"] = np.bytes_("frame_table")
        f["df/table"].attrs["kind_kind"] = np.bytes_("(lp0\nVkind\np1\na.")
        f["df/table"].attrs["kind_meta"] = np.bytes_("category")
        f["df/meta/kind/meta/table"] = np.array([(0, b"x"), (1, b"yy"), (2, b"z")], np.dtype([("index", "i8"), ("values", "S2")]))
    check(path, "index BIGINT, kind STRING", ["0|yy", "1|x", "2|NULL", "3|z", "4|yy"])
    with h5py.File(path, "w") as f:
        f["df"] = h5py.SoftLink("/frame")
        g = f.create_group("frame")
        g.attrs["pandas_type"] = np.bytes_("frame")
        g["axis0"] = np.array([b"a", b"when", b"b", b"object"])
        g["axis1"] = np.arange(3) * 10
        g["block0_items"], g["block0_values"] = np.array([b"b", b"a"]), np.arange(6.0).reshape(3, 2)
        g["block1_items"], g["block1_values"] = np.array([b"when"]), np.array([[0], [1], [-(2**63)]]) * 1
        g["block1_values"].attrs["value_type"] = np.bytes_("datetime64[ns]")
        g["block2_items"] = np.array([b"object"])
        d2 = g.create_dataset("block2_values", (1,), dtype=h5py.vlen_dtype("u1"))
        d2[0] = np.arange(9, dtype="u1")
    rows = ["0|1.0|1970-01-01 00:00:00|0.0", "10|3.0|1970-01-01 00:00:00|2.0", "20|5.0|NULL|4.0"]
    check(f"{path}:/frame", "index BIGINT, a DOUBLE, when TIMESTAMP, b DOUBLE", rows)
    with h5py.File(path, "w") as f:
        g = f.create_group("obs")
        g.attrs["encoding-type"] = "dataframe"
        g["n"] = np.arange(3)
        g.create_dataset("cell/categories", data=["B", "T"], dtype=h5py.string_dtype())
        g["cell/codes"] = np.array([1, -1, 0], "i1")
    check(path + ":/obs", "n BIGINT, cell STRING", ["0|T", "1|NULL", "2|B"])


def frames_and_series(d):
    """anndata's nullable columns; pandas' series and differences of times."""
    path = f"{d}/frames.h5"
    with h5py.File(path, "w") as f:
        g = f.create_group("obs")
        g.attrs["encoding-type"] = "dataframe"
        g["n"] = np.arange(3)
        g["q/values"], g["q/mask"] = np.array([5, 1, 7]), np.array([False, True, False])
        g.create_dataset("s/values", data=["a", "", "c"], dtype=h5py.string_dtype())
        g["s/mask"] = np.array([True, False, False])
        s = f.create_group("series")
        s.attrs["pandas_type"], s.attrs["name"] = np.bytes_("series"), np.bytes_("val")
        s["index"], s["values"] = np.array([0, 86400 * 10**9, -(2**63)]), np.array([1500000000, -(2**63), 0])
        s["index"].attrs["kind"] = np.bytes_("datetime64[ns]")
        s["values"].attrs["value_type"] = np.bytes_("timedelta64[ns]")
        f["delta"] = np.array([90, "NaT"], "m8[s]").astype(h5py.opaque_dtype("m8[s]"))
        f["months"] = np.array([1, 2], "M8[M]").astype(h5py.opaque_dtype("M8[M]"))
        f["t"] = np.zeros(2, "i4")
        f["t.__table_column_meta__"] = np.array([b"a", b"b", b"c"])
        f["long"] = np.arange(5)
    check(f"{path}:/obs", "n BIGINT, q BIGINT, s STRING", ["0|5|NULL", "1|NULL|", "2|7|c"])
    check(f"{path}:/series", "index TIMESTAMP, val INTERVAL DAY TO SECOND", ["1970-01-01 00:00:00|INTERVAL '0 00:00:01.5' DAY TO SECOND", "1970-01-02 00:00:00|NULL", "NULL|INTERVAL '0 00:00:00' DAY TO SECOND"])
    check(f"{path}:/delta", "delta INTERVAL DAY TO SECOND", ["INTERVAL '0 00:01:30' DAY TO SECOND", "NULL"])
    refuse(path, "UNSUPPORTED", "option datasets")
    check(path, "t INT, delta INTERVAL DAY TO SECOND", ["0|INTERVAL '0 00:01:30' DAY TO SECOND", "0|NULL"], "datasets=t, delta")
    check(f"{path}:/obs", "n BIGINT, q/values BIGINT, /series/values INTERVAL DAY TO SECOND", ["0|5|INTERVAL '0 00:00:01.5' DAY TO SECOND", "1|1|NULL", "2|7|INTERVAL '0 00:00:00' DAY TO SECOND"], "datasets=n,q/values , /series/values")
    for names, word, text in (("nope", "NOT_FOUND", "/nope"), (",", "INVALID", "names none"), ("t,long", "UNSUPPORTED", "lengths"), ("obs", "NOT_FOUND", "/obs")):
        code, out, err = read(path, f"datasets={names}")
        assert code == 1 and err.startswith(word) and text in err, (names, err)


def lists_and_times(d):
    path = f"{d}/lists.h5"
    with h5py.File(path, "w", track_order=True) as f:
        g = f.create_group("t", track_order=True)
        for name, base, layout in (("plain", "i4", {}), ("other", ">i2", {}), ("packed", "f8", {"chunks": (7,), "compression": "gzip"})):
            ragged = g.create_dataset(name, (50,), dtype=h5py.vlen_dtype(np.dtype(base)), **layout)
            for k in range(50):
                ragged[k] = np.arange(k % 4)
        t = g.create_dataset("when", data=np.arange(50).astype("M8[s]").astype(h5py.opaque_dtype("M8[s]")))
        t[7] = np.array(["NaT"], "M8[s]").astype(t.dtype)[0]
        g["day"] = np.arange(50).astype("M8[D]").astype(h5py.opaque_dtype("M8[D]"))
        g["z"] = np.arange(50) * (1 + 2j)
    days = np.arange(50).astype("M8[D]")
    rows = []
    for k in range(50):
        ints, floats = [", ".join(str(form(v)) for v in range(k % 4)) for form in (int, float)]
        when = "NULL" if k == 7 else f"1970-01-01 00:00:{k:02}"
        rows.append(f"[{ints}]|[{ints}]|[{floats}]|{when}|{days[k]}|{float(k)}|{2.0 * k}")
    schema = "plain ARRAY<INT>, other ARRAY<SMALLINT>, packed ARRAY<DOUBLE>, when TIMESTAMP, day DATE, z.r DOUBLE, z.i DOUBLE"
    check(f"{path}:/t", schema, rows)


def bitshuffled(values, block, packed):
    """A chunk as the bitshuffle filter makes it; LZ4 as literals alone."""
    raw, size = values.tobytes(), values.dtype.itemsize
    out = len(raw).to_bytes(8, "big") + (block * size).to_bytes(4, "big") if packed else b""
    at = 0
    while len(values) - at >= 8:
        n = min(block, (len(values) - at) // 8 * 8)
        one = np.frombuffer(raw, "u1").reshape(-1, size)[at : at + n]
        planes = np.packbits(np.unpackbits(one, axis=1, bitorder="little").T, axis=1, bitorder="little").tobytes()
        if packed:
            k = len(planes) - 15
            head = bytes([0xF0]) + b"\xff" * (k // 255) + bytes([k % 255]) if k >= 0 else bytes([len(planes) << 4])
            planes = (len(head) + len(planes)).to_bytes(4, "big") + head + planes
        out += planes
        at += n
    return out + raw[at * size :]


def bitshuffle(d):
    path = f"{d}/bitshuffle.h5"
    wants = {}
    with h5py.File(path, "w") as f:
        for kind in ("<i4", ">u2", "f8", "i1", "S3"):
            for n, block in ((1000, 0), (37, 16), (5, 8), (4096, 128)):
                for packed in (False, True):
                    values = (np.arange(n) * 7 % 100).astype(kind)
                    size = values.dtype.itemsize
                    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                    plist.set_chunk((n,))
                    plist.set_filter(32008, h5py.h5z.FLAG_OPTIONAL, (0, 2, size, block, 2 if packed else 0))
                    chunk = bitshuffled(values, block or max(8192 // size // 8 * 8, 128), packed)
                    for cut in (0, 1):
                        group = f.require_group(f"cut{cut}/{n}")
                        name = f"{kind[-2:]}_{block}_{packed}".encode()
                        dset = h5py.h5d.create(group.id, name, h5py.h5t.py_create(values.dtype, logical=True), h5py.h5s.create_simple((n,)), plist)
                        dset.write_direct_chunk((0,), chunk[: len(chunk) - cut], 0)
                    wants.setdefault(n, {})[name.decode()] = [v.decode() if kind == "S3" else str(v) for v in values]
    for n, columns in wants.items():
        code, out, err = read(f"{path}:/cut0/{n}")
        lines = out.split("\n")[:-1]
        assert code == 0, err
        for k, name in enumerate(sorted(columns)):
            assert [line.split("|")[k] for line in lines[1:]] == columns[name], (n, name)
    for name in wants[37]:
        if "True" in name or "i1" not in name:
            code, out, err = read(f"{path}:/cut1/37/{name}")
            assert code == 1 and err.startswith("CORRUPT"), (name, err)


def codecs_of_pytables(d):
    try:
        import tables
    except ImportError:
        return
    for codec in ("blosc", "blosc:lz4", "blosc:zstd", "bzip2"):
        path = f"{d}/codec.h5"
        try:
            filters = tables.Filters(complevel=5, complib=codec, shuffle=True)
        except ValueError:
            continue
        with tables.open_file(path, "w") as f:
            f.create_carray("/", "x", obj=np.arange(100000) // 7, filters=filters)
        check(path, "x BIGINT", [str(k // 7) for k in range(100000)])


def netcdf(d):
    path = f"{d}/grid.nc"
    with h5py.File(path, "w") as f:
        f["time"] = np.array([0, 1, 2], "i4")
        f["time"].attrs["units"] = "days since 2000-01-01"
        f["lat"] = np.array([-10.0, 10.0])
        f["x"] = np.zeros(4, "f4")
        for name in ("time", "lat", "x"):
            f[name].make_scale(name)
        f["x"].attrs["NAME"] = np.bytes_("This is a netCDF dimension but not a netCDF variable         4")
        t = f.create_dataset("temp", data=np.arange(24, dtype="i2").reshape(3, 2, 4), chunks=(1, 2, 4))
        t.attrs["_FillValue"] = np.int16(5)
        t.attrs["scale_factor"] = 0.5
        t.attrs["add_offset"] = 100.0
        f["rain"] = np.arange(24.0).reshape(3, 2, 4)
        for name in ("temp", "rain"):
            for k, dim in enumerate(("time", "lat", "x")):
                f[name].dims[k].attach_scale(f[dim])
    rows = []
    for k in range(24):
        day, lat, x = k // 8, [-10.0, 10.0][k // 4 % 2], k % 4
        temp = "NULL" if k == 5 else 100 + k / 2
        rows.append(f"2000-01-0{day + 1}|{lat}|{x}|{float(k)}|{temp}")
    check(path, "time DATE, lat DOUBLE, x BIGINT, rain DOUBLE, temp DOUBLE", rows)
    check(f"{path}:/rain", "time DATE, lat DOUBLE, x BIGINT, rain DOUBLE", ["|".join(r.split("|")[:4]) for r in rows])


def scaled(f, name, values, dims, **attrs):
    """A variable over dimension scales that are there; a scale itself where dims is empty."""
    f[name] = values
    for k, v in attrs.items():
        f[name].attrs[k] = v
    if not dims:
        f[name].make_scale(name)
    for k, dim in enumerate(dims):
        f[name].dims[k].attach_scale(f[dim])


def coordinates(d):
    """Variables over some of a grid's dimensions repeat; strings are a dimension of characters; files go on along the first dimension."""
    for part, days in enumerate([(0, 1), (2, 3, 4)]):
        with h5py.File(f"{d}/day-{part}.nc", "w", track_order=True) as f:
            scaled(f, "time", np.array(days), (), units="days since 2000-01-01")
            scaled(f, "station", np.zeros(3), ())
            f["station"].attrs["NAME"] = np.bytes_("This is a netCDF dimension but not a netCDF variable         3")
            scaled(f, "strlen", np.zeros(4), ())
            scaled(f, "other", np.arange(2.0), ())
            scaled(f, "name", np.frombuffer(b"aa\0\0b   cccc", "S1").reshape(3, 4), ("station", "strlen"))
            scaled(f, "kind", np.array([1, 0, 1]), ("station",))
            f["kind2"] = np.array([True, False, True])
            f["kind2"].dims[0].attach_scale(f["station"])
            scaled(f, "cloud", np.array(days) * 1.5, ("time",), _FillValue=1.5)
            scaled(f, "elsewhere", np.arange(2), ("other",))
            scaled(f, "wide", np.arange(6.0).reshape(3, 2), ("station", "other"))
            scaled(f, "temp", np.array([[10 * t + s for s in range(3)] for t in days], "f4"), ("time", "station"), coordinates="name none")
    rows = [
        f"2000-01-0{t + 1}|{s}|{10 * t + s}.0|{('aa', 'b', 'cccc')[s]}|{(1, 0, 1)[s]}|{('true', 'false', 'true')[s]}|{'NULL' if t == 1 else t * 1.5}"
        for t in range(5)
        for s in range(3)
    ]
    schema = "time DATE, station BIGINT, temp FLOAT, name STRING, kind BIGINT, kind2 BOOLEAN, cloud DOUBLE"
    check(f"{d}/day-0.nc:/temp", "time DATE, station BIGINT, temp FLOAT, name STRING", ["|".join(r.split("|")[:4]) for r in rows[:6]])
    check(f"{d}/day-0.nc:/name", "name STRING", ["aa", "b", "cccc"])
    with h5py.File(f"{d}/day-0.nc", "a") as f:
        del f["wide"]
    with h5py.File(f"{d}/day-1.nc", "a") as f:
        del f["wide"]
    check(f"{d}/day-0.nc", schema, rows[:6])
    check(f"{d}/day-*.nc", schema, rows)
    with h5py.File(f"{d}/day-2.nc", "w") as f:
        f["temp"] = np.zeros((2, 3))
    refuse(f"{d}/day-*.nc", "TYPE", "same datasets")


def curved_grid(d):
    """Latitudes over two of three dimensions; arrays without scales are told by their lengths."""
    path = f"{d}/curved.nc"
    with h5py.File(path, "w") as f:
        for name, n in (("t", 2), ("y", 3), ("x", 2)):
            scaled(f, name, np.arange(n), ())
        scaled(f, "lat", np.arange(6.0).reshape(3, 2), ("y", "x"))
        scaled(f, "per", np.arange(4).reshape(2, 2), ("t", "x"))
        scaled(f, "v", np.arange(12).reshape(2, 3, 2), ("t", "y", "x"))
    rows = [f"{t}|{y}|{x}|{t * 6 + y * 2 + x}|{y * 2.0 + x}|{t * 2 + x}" for t in range(2) for y in range(3) for x in range(2)]
    check(path, "t BIGINT, y BIGINT, x BIGINT, v BIGINT, lat DOUBLE, per BIGINT", rows)
    with h5py.File(path, "w") as f:
        f["z"] = np.array([b"p", b"q"])
        f["cube"] = np.arange(24).reshape(2, 3, 4)
    rows = [f"{k // 12}|{k // 4 % 3}|{k % 4}|{k}|{'pq'[k // 12]}" for k in range(24)]
    check(path, "d0 BIGINT, d1 BIGINT, d2 BIGINT, cube BIGINT, z STRING", rows)


def packed_and_calendars(d):
    path = f"{d}/cf.nc"
    times = {
        "lenient": ("days since 2000-1-1 00:00:0.0", "standard", "2000-02-29|2000-03-01|2001-01-01", (59, 60, 366)),
        "old": ("days since 1-1-1 00:00:00", "gregorian", "0000-12-30|1582-10-15|2000-01-01", (0, 577737, 730121)),
        "proleptic": ("days since 0001-01-01", "proleptic_gregorian", "0001-01-01|1582-10-15|2000-01-01", (0, 577735, 730119)),
        "noleap": ("days since 2000-02-28", "noleap", "2000-02-28|2000-03-01|2004-03-01", (0, 1, 1461)),
        "early": ("hours since 0001-01-01", "365_day", "0001-03-01 12:00:00|0000-12-31 23:00:00|0002-01-01 00:00:00", (1428, -1, 8760)),
        "zone": ("seconds since 1990-01-01T00:00:00 +01:30", "standard", "1989-12-31 22:30:00|1989-12-31 22:30:01|1989-12-31 22:30:02", (0, 1, 2)),
        "days360": ("days since 2000-01-01", "360_day", "0|1|2", (0, 1, 2)),
    }
    for name, (units, calendar, want, values) in times.items():
        with h5py.File(path, "w") as f:
            f[name] = np.array(values)
            f[name].attrs["units"] = units
            f[name].attrs["calendar"] = calendar
        kind = "BIGINT" if name == "days360" else "DATE" if "days" in units else "TIMESTAMP"
        check(path, f"{name} {kind}", want.split("|"))
    with h5py.File(path, "w") as f:
        f["b"] = np.array([0, -6, -1, 127], "i1")
        f["i"] = np.array([0, -6, -1, -(2**15)], ">i2")
        for name, fill in (("b", np.int8(-1)), ("i", np.int16(-6))):
            f[name].attrs["_Unsigned"] = "true"
            f[name].attrs["_FillValue"] = fill
        f["b"].attrs["scale_factor"] = np.float32(0.5)
        f["ok"] = np.array([0, 1, 1, 0], "i1")
        f["ok"].attrs["dtype"] = "bool"
    check(path, "b DOUBLE, i INT, ok BOOLEAN", ["0.0|0|false", "125.0|NULL|true", "NULL|65535|true", "63.5|32768|false"])


def grids_of_any_shape(d):
    path = f"{d}/nd.h5"
    for shape in [(3, 5, 7), (1, 300, 70), (40, 50, 60), (2, 2, 2, 40000)]:
        n = int(np.prod(shape))
        with h5py.File(path, "w") as f:
            f["a"] = np.arange(n).reshape(shape)
        code, out, err = read(f"{path}:/a")
        assert code == 0, err
        lines = out.split("\n")[1:-1]
        assert len(lines) == n
        for k in range(0, n, max(1, n // 997)):
            want = [str(v) for v in np.unravel_index(k, shape)] + [str(k)]
            assert lines[k].split("|") == want, (shape, k, lines[k])


def one_dimensional_netcdf(d):
    path = f"{d}/series.nc"
    with h5py.File(path, "w") as f:
        f["time"] = np.array([0.0, 12.5, np.nan])
        f["time"].attrs["units"] = "hours since 1970-01-01 00:00:00"
        f["time"].make_scale("time")
        f["v"] = np.array([1.5, -999.0, 2.5], "f4")
        f["v"].attrs["missing_value"] = np.float32(-999.0)
        f["v"].dims[0].attach_scale(f["time"])
    check(path, "time TIMESTAMP, v FLOAT", ["1970-01-01 00:00:00|1.5", "1970-01-01 12:30:00|NULL", "NULL|2.5"])


def hostile(d):
    path = f"{d}/links.h5"
    with h5py.File(path, "w") as f:
        f["loop"] = h5py.SoftLink("/loop")
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["out"] = h5py.ExternalLink("other.h5", "/x")
        f["x"] = np.arange(5)
    with h5py.File(f"{d}/other.h5", "w") as f:
        f["x"] = np.arange(7)
    check(path, "x BIGINT", [str(k) for k in range(5)])
    refuse(f"{path}:/loop", "NOT_FOUND", "/loop")
    refuse(f"{path}:/out", "NOT_FOUND", "other.h5; the option allow_external")
    refuse(f"{path}:/dangling", "NOT_FOUND", "/nowhere, which is not there")
    check(f"{path}:/out", "out BIGINT", [str(k) for k in range(7)], "external")
    path = f"{d}/huge.h5"
    with h5py.File(path, "w") as f:
        f.create_dataset("x", shape=(2**40,), dtype="i8", chunks=(1000,))
    refuse(path, "CORRUPT", "claims")
    path = f"{d}/external.h5"
    with open(f"{d}/secret", "wb") as f:
        f.write(b"secret!!" * 10)
    with h5py.File(path, "w") as f:
        f.create_dataset("x", shape=(10,), dtype="i8", external=[(f"{d}/secret", 0, 80)])
    refuse(path, "UNSUPPORTED", "other files")
    layout = h5py.VirtualLayout(shape=(7,), dtype="i8")
    layout[:] = h5py.VirtualSource(f"{d}/other.h5", "x", shape=(7,))
    with h5py.File(f"{d}/virtual.h5", "w") as f:
        f.create_virtual_dataset("x", layout)
    refuse(f"{d}/virtual.h5", "UNSUPPORTED", "virtual")
    check(f"{d}/virtual.h5", "x BIGINT", [str(k) for k in range(7)], "external")
    layout = h5py.VirtualLayout(shape=(3,), dtype="i8")
    layout[:] = h5py.VirtualSource(".", "src", shape=(3,))
    with h5py.File(f"{d}/own.h5", "w") as f:
        f["src"] = np.arange(3)
        f.create_virtual_dataset("x", layout)
    check(f"{d}/own.h5:/x", "x BIGINT", ["0", "1", "2"])
    with open(f"{d}/text.h5", "w") as f:
        f.write("this is no HDF5 file, whatever its name says")
    refuse(f"{d}/text.h5", "CORRUPT", "text.h5")
    with open(f"{d}/empty.h5", "w"):
        pass
    refuse(f"{d}/empty.h5", "CORRUPT", "empty.h5")
    with h5py.File(f"{d}/nothing.h5", "w"):
        pass
    refuse(f"{d}/nothing.h5", "UNSUPPORTED", "no datasets")


def copied_by_others(d):
    """Our own tables after h5repack, whose index no longer fits: read as foreign ones, types and nulls kept."""
    subprocess.run([TOOL, "write", d], check=True, timeout=250)
    code, before, err = read(f"{d}/simple.h5:/t")
    assert code == 0, err
    try:
        subprocess.run(["h5repack", "-f", "GZIP=1", f"{d}/simple.h5", f"{d}/repacked.h5"], check=True, timeout=250)
        subprocess.run(["h5repack", "-f", "GZIP=1", f"{d}/deflate.h5", f"{d}/lists.h5"], check=True, timeout=250)
    except FileNotFoundError:
        return
    code, after, err = read(f"{d}/repacked.h5:/t")
    assert code == 0, err
    assert after == before
    refuse(f"{d}/lists.h5:/t", "UNSUPPORTED", "long strings or lists")


def globs(d):
    for k in range(3):
        with h5py.File(f"{d}/day-{k}.h5", "w") as f:
            f["x"] = np.arange(k * 10, k * 10 + 10)
    check(f"{d}/day-*.h5", "x BIGINT", [str(k) for k in range(30)])
    with h5py.File(f"{d}/day-3.h5", "w") as f:
        f["y"] = np.arange(3)
    refuse(f"{d}/day-*.h5", "TYPE", "same datasets")


def main():
    tests = [atomic_columns, single_values, large_unsigned, bit_fields, big_and_filtered, too_large, compounds, pytables, times_of_pytables,
             pandas_table, categories, frames_and_series, lists_and_times, bitshuffle, codecs_of_pytables, netcdf, coordinates, curved_grid, packed_and_calendars, grids_of_any_shape, one_dimensional_netcdf, hostile, copied_by_others, globs]  # fmt: skip
    for test in tests:
        with tempfile.TemporaryDirectory() as d:
            test(d)
        print(test.__name__, "ok")


if __name__ == "__main__":
    main()
