#!/usr/bin/env python3
"""A job built outside of the tree, from what `cmake --install` left and pkg-config says: check_install.py BUILD COMPILER SOURCE PROGRAM."""
import os
import shutil
import subprocess
import sys
import tempfile

from harness import check

if shutil.which("pkg-config") is None:
    print("skipped: there is no pkg-config")
    sys.exit(77)


def run(*command, **more):
    done = subprocess.run(["timeout", "-k", "5", "300", *command], capture_output=True, text=True, **more)
    check(done.returncode == 0, " ".join(command), (done.returncode, done.stdout[-2000:], done.stderr[-2000:]))
    return done.stdout


def main():
    build, compiler, source, program = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="brasa-install-") as d:
        run("cmake", "--install", build, "--prefix", f"{d}/usr")
        places = [root for root, _, files in os.walk(f"{d}/usr") if "brasa.pc" in files]
        check(len(places) == 1, "brasa.pc is installed once", places)
        env = {**os.environ, "PKG_CONFIG_PATH": places[0]}
        flags = run("pkg-config", "--cflags", "--libs", "brasa", env=env).split()
        run(compiler, source, "-o", f"{d}/job", *flags)
        expected = run(program, source)
        check(len(expected) > 100, "the job says something", expected)
        check(run(f"{d}/job", source) == expected, "alone it prints the same")
        check(run("mpirun", "-n", "3", f"{d}/job", source) == expected, "and on three ranks")
        tools = sorted(os.listdir(f"{d}/usr/bin"))
        check("brasa" in tools and "brasa-sql" in tools, "the tools are there", tools)
        check("brasa" in run(f"{d}/usr/bin/brasa", "--help"), "and run")


main()
