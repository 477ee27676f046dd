#!/usr/bin/env python3
"""The pages in a headless Chromium: makes logs and their pages, then runs page.test.js on them by playwright-core, which package-lock.json pins.

usage: browser.py                      the checks
       browser.py picture LOG FILE.png [light|dark [SECTION]]   a picture of a log's page, for the README
       browser.py time LOG             milliseconds until the page of a log is drawn
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BRASA = os.path.abspath(os.path.join(os.environ.get("BRASA_TEST_BIN", "build/release/bin"), "brasa"))
MODULES = pathlib.Path(os.environ.get("BRASA_TEST_BUILD", "build/release")).resolve() / "tests" / "node"


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def find(*names):
    return next(filter(None, map(shutil.which, names)), None)


def install():
    """playwright-core in the build folder, once."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]["playwright-core"]
    there = MODULES / "node_modules" / "playwright-core" / "package.json"
    if there.is_file() and json.loads(there.read_text())["version"] == wanted:
        return
    npm = find("npm") or skip("npm is not installed, nor playwright-core in " + str(MODULES))
    MODULES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, MODULES)
    done = subprocess.run(["timeout", "120", npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=MODULES, capture_output=True, text=True)
    if done.returncode != 0:
        skip(f"npm ci failed ({done.returncode}): " + done.stderr.strip()[-400:])


def node(chromium, script, *args):
    program = find("node", "nodejs") or skip("node is not installed")
    environment = {**os.environ, "NODE_PATH": str(MODULES / "node_modules")}
    for name in ("LD_PRELOAD", "ASAN_OPTIONS"):
        environment.pop(name, None)
    return subprocess.run([program, HERE / script, chromium, *map(str, args)], env=environment, timeout=500).returncode


def make(path, *options):
    subprocess.run([sys.executable, HERE / "make_log.py", path, *options], check=True, timeout=250)
    return path


def report(log, page):
    subprocess.run([BRASA, "report", log, "-o", page], check=True, capture_output=True, timeout=250)


def make_pages(d):
    report(make(d / "job.jsonl"), d / "job.html")
    report(make(d / "other.jsonl", "--tasks", "6000", "--workers", "32", "--threads", "2", "--jobs", "2"), d / "other.html")
    report(make(d / "hostile.jsonl", "--hostile"), d / "hostile.html")
    report(make(d / "failed.jsonl", "--failed"), d / "failed.html")
    whole = make(d / "cut.jsonl").read_bytes()
    (d / "cut.jsonl").write_bytes(whole[: len(whole) // 2].rstrip(b"\n") + b'{"event":')
    report(d / "cut.jsonl", d / "cut.html")
    (d / "logs").mkdir()
    make(d / "logs" / "a b#1%.brasa.jsonl", "--name", "first")
    make(d / "logs" / "javascript:window.owned=1 <i>.brasa.jsonl", "--name", "second <b>")
    subprocess.run([BRASA, "history", d / "logs"], check=True, capture_output=True, timeout=250)


def main():
    chromium = find("chromium", "chromium-browser", "google-chrome") or skip("Chromium is not installed")
    install()
    with tempfile.TemporaryDirectory() as directory:
        d = pathlib.Path(directory)
        if len(sys.argv) > 2:
            report(sys.argv[2], d / "page.html")
            sys.exit(node(chromium, "look.js", d / "page.html", *sys.argv[3:]))
        make_pages(d)
        sys.exit(node(chromium, "page.test.js", d))


main()
