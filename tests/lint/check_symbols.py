#!/usr/bin/env python3
"""What the archives use: MPI only in comm, HDF5 only in storage, memory and files only through base and mem, and no
mutable globals anywhere (comm/sim runs many ranks in one process).

usage: check_symbols.py DIRECTORY_OF_ARCHIVES
"""

import pathlib
import re
import subprocess
import sys

from tree import finish

MEMORY = "malloc calloc realloc free posix_memalign aligned_alloc memalign strdup strndup mmap munmap".split()
FILES = (
    "open open64 openat openat64 creat fopen fopen64 fdopen read pread pread64 write pwrite pwrite64 rename unlink mkdir rmdir "
    "fsync fdatasync truncate truncate64 ftruncate ftruncate64 opendir glob glob64 mkstemp mkstemp64"
).split()

# (folder, object) -> symbols it may use although they are not its own, with the reason.
EXCEPTIONS = {}

# Variables that are one for a process because what they guard is: (folder, name) -> the reason.
GLOBALS = {
    ("storage", "library"): "HDF5 has one lock for the process",
    ("storage", "once"): "HDF5 is opened once for the process",
}

# Writable sections; tables of constants that hold addresses are in .data.rel.ro.
WRITABLE = re.compile(r"^(\.data|\.bss|\*COM\*|\.data\.rel(\.local)?)$")


def rule_for(symbol):
    """The folders that may use the symbol, or None when all may."""
    if re.match(r"P?MPIX?_|ompi_", symbol):
        return {"comm"}
    if re.match(r"H5[A-Z]*_?[a-zA-Z]|H5open$", symbol):
        return {"storage"}
    if symbol.startswith("pg_query"):
        return {"sql"}
    if symbol in MEMORY:
        return {"base", "mem"}
    if symbol in FILES:
        return {"base"}
    return None


def run_nm(*args):
    return subprocess.run(["nm", *args], check=True, capture_output=True, text=True).stdout


def undefined(archive):
    """(object, symbol) of each symbol that an object of the archive takes from elsewhere."""
    member = ""
    for line in run_nm("-u", str(archive)).splitlines():
        if line.endswith(".o:"):
            member = line[:-1]
        elif line.strip():
            yield member, line.split()[-1]


def variables(archive):
    """(symbol, section) of each object in a writable section."""
    for line in run_nm("-f", "sysv", str(archive)).splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and fields[3] in ("OBJECT", "COMMON") and WRITABLE.match(fields[6]):
            yield fields[0], fields[6]


def main():
    problems, archives = [], sorted(pathlib.Path(sys.argv[1]).glob("libbrasa_*.a"))
    for archive in archives:
        folder = archive.stem.removeprefix("libbrasa_")
        if folder == "test_support":
            continue
        for member, symbol in undefined(archive):
            allowed = rule_for(symbol)
            source = member.removesuffix(".o")
            if allowed and folder not in allowed and symbol not in EXCEPTIONS.get((folder, source), {}):
                problems.append(f"src/{folder}/{source}: uses {symbol}, which is for {' and '.join(sorted(allowed))}")
        for name, section in variables(archive):
            if (folder, re.sub(r"\.\d+$", "", name)) in GLOBALS:
                continue
            problems.append(f"src/{folder}: {name} is a mutable global or static (in {section})")
    if not archives:
        problems.append(f"{sys.argv[1]}: no archives; build first")
    finish(problems, len(archives), "archives")


main()
