#!/usr/bin/env python3
"""`brasa report` and `brasa history` as commands: which logs are read, which are refused and in what words, and that no name of a log gets out of its quotes."""

import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

from make_log import FIRST, HOSTILE, hostile

HERE = pathlib.Path(__file__).parent
BRASA = os.path.join(os.environ.get("BRASA_TEST_BIN", "build/release/bin"), "brasa")
def check(condition, what, got=""):
    if not condition:
        print("FAILED:", what, got, file=sys.stderr)
        sys.exit(1)


def brasa(*args):
    done = subprocess.run([BRASA, *map(str, args)], capture_output=True, text=True, timeout=250)
    return done.returncode, done.stdout, done.stderr


def data_of(page):
    """What the page's script will see, and the page without it."""
    text = page.read_text()
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    check(match, f"{page} holds data")
    return json.loads(match.group(1)), text[: match.start()] + text[match.end() :]


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def make(path, *options):
    subprocess.run([sys.executable, HERE / "make_log.py", path, *options], check=True, timeout=250)
    return path


def check_whole(d):
    log, page = make(d / "a.brasa.jsonl"), d / "a.html"
    status, _, said = brasa("report", log)
    check(status == 0 and page.exists(), "a log is read; its page has its name", said)
    check(stat.S_IMODE(page.stat().st_mode) == 0o600, "a page is its owner's alone", oct(page.stat().st_mode))
    data, rest = data_of(page)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    tasks = [line for line in lines if line["event"] == "task"]
    got = data["logs"][0]
    finishes = [line for line in lines if line["event"] == "finish"]
    check(len(got["events"]) == len(lines) - len(tasks) - len(finishes), "every event is there", len(got["events"]))
    check(got["finishes"]["start"] == [f["start"] for f in finishes] and set(got["finishes"]["what"]) == {3}, "what is not a task, by column", got["finishes"])
    for name, column in got["tasks"].items():
        check(column == [t[name] for t in tasks], f"column {name} of the tasks is as in the log")
    check(not got["cut"] and got["bad"] == 0, "nothing is missing")
    outside = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?\s*(?:https?:|//)', rest)
    check(not outside and "fetch(" not in rest and "XMLHttpRequest" not in rest, "a page asks for nothing from outside", outside)
    check(page.stat().st_size < log.stat().st_size + 200_000, "a page is not much larger than its log")
    status, _, said = brasa("report", log, log, "-o", d / "two.html")
    check(status == 0 and len(data_of(d / "two.html")[0]["logs"]) == 2, "two logs make one page", said)


def check_damaged(d):
    whole = make(d / "b.brasa.jsonl").read_bytes()
    for part in (0.999, 0.5, 0.07):
        log = write(d / "cut.brasa.jsonl", whole[: int(len(whole) * part)].rstrip(b"\n") + b'{"ev')
        status, _, said = brasa("report", log)
        data, _ = data_of(d / "cut.html")
        check(status == 0 and data["logs"][0]["cut"] and "is cut in its last line" in said, "a cut log is read up to its last whole line", said)
    status, _, said = brasa("report", write(d / "cut.brasa.jsonl", FIRST[:-1]))
    check(status == 0 and "is cut in its last line" in said, "a log of one line that is not whole", said)
    middle = FIRST + "garbage\n[1,2]\n\n" + '{"event":"application","us":1,"name":"x"}\n'
    status, _, said = brasa("report", write(d / "mid.brasa.jsonl", middle))
    check(status == 0 and "2 lines are not JSON objects" in said, "bad lines are counted", said)
    check(data_of(d / "mid.html")[0]["logs"][0]["bad"] == 2, "bad lines are told in the page")
    nul = FIRST.encode() + b'{"event":"application","us":1,"name":"a\x00b"}\n\x00\x00\n{"event":"application","us":1,"name":"\xff\xfe\xc3"}\n'
    status, _, said = brasa("report", write(d / "nul.brasa.jsonl", nul))
    check(status == 0, "bytes that are not text do no harm", said)


def check_refused(d):
    cases = [
        ("empty", "", "is empty"),
        ("text", "hello\nworld\n", "is not an event log"),
        ("other", '{"event":"task","us":1}\n', "is not an event log"),
        ("list", "[1]\n", "is not an event log"),
        ("binary", bytes(range(256)) * 64, "is not an event log"),
        ("unversioned", '{"event":"log","us":0}\n', "gives no version"),
        ("newer", FIRST.replace('"version":1', '"version":2').replace("0.1.0", "9.0"), "is an event log of version 2, written by brasa 9.0; this one reads up to version 1"),
        ("strange", FIRST.replace('"version":1', '"version":"1"'), "gives no version"),
        ("deep", "[" * 100000 + "\n", "is not an event log"),
    ]
    for name, text, message in cases:
        log = write(d / f"{name}.brasa.jsonl", text)
        status, _, said = brasa("report", log)
        check(status == 1 and message in said and str(log) in said, f"{name} is refused", (status, said))
        check(len(said.splitlines()) == 1, f"{name} is refused in one line", said)
        check(not (d / f"{name}.html").exists(), f"{name} leaves no page")
    status, _, said = brasa("report", d / "nowhere")
    check(status == 1 and "No such file" in said, "a log that is not there", said)
    status, _, said = brasa("report", d)
    check(status == 1 and "brasa history" in said, "a directory is no log", said)
    status, _, said = brasa("report", make(d / "c.brasa.jsonl"), "-o", d / "no" / "such.html")
    check(status == 1 and "cannot be written" in said, "an output that cannot be written", said)
    check(brasa("report")[0] == 2 and brasa("report", "--outptu", "x", "y")[0] == 2, "a command line that makes no sense")


def check_hostile(d):
    status, _, said = brasa("report", write(d / "h.brasa.jsonl", hostile()))
    check(status == 0, "a hostile log is read", said)
    data, rest = data_of(d / "h.html")
    check(data["logs"][0]["events"][1]["name"] == HOSTILE, "names stay what they are")
    check("owned" not in rest.replace(re.search("<title>.*?</title>", rest, re.S).group(0), ""), "names are only in the data")
    check("<script>window" not in (d / "h.html").read_text() and "<img" not in (d / "h.html").read_text(), "names are no markup")
    check(re.search(r"script-src 'nonce-[0-9a-f]{32}'", rest), "only the page's own script may run")


def check_history(d):
    logs = d / "logs"
    logs.mkdir()
    make(logs / "one.brasa.jsonl", "--name", "one")
    make(logs / "two.brasa.jsonl", "--killed", "--name", "two")
    write(logs / "bad.brasa.jsonl", "no\n")
    write(logs / "notes.txt", "not a log")
    write(logs / "javascript:alert(1) #?%.brasa.jsonl", FIRST)
    status, _, said = brasa("history", logs)
    check(status == 0 and "4 logs" in said and "bad.brasa.jsonl is not an event log" in said, "an index is made", said)
    data, _ = data_of(logs / "index.html")
    by_file = {entry["file"]: entry for entry in data["logs"]}
    check(len(by_file) == 4 and "refused" in by_file["bad.brasa.jsonl"], "every log is in the index", by_file)
    check(by_file["one.brasa.jsonl"]["status"] == "ok" and by_file["two.brasa.jsonl"]["status"] == "killed", "the index tells how jobs ended")
    check(by_file["one.brasa.jsonl"]["rows"] == 10 and by_file["one.brasa.jsonl"]["tasks"] > 300, "the index has the figures")
    page = logs / by_file["one.brasa.jsonl"]["link"]
    check(page.exists(), "a report is made beside its log")
    before = page.stat().st_mtime_ns
    brasa("history", logs)
    check(page.stat().st_mtime_ns == before, "a report that is there is kept")
    os.utime(page, ns=(1, 1))
    brasa("history", logs, "-o", d / "elsewhere.html")
    check(page.stat().st_mtime_ns > 1, "a report older than its log is made again")
    data, _ = data_of(d / "elsewhere.html")
    check(all(os.path.isabs(e["link"]) for e in data["logs"] if "link" in e), "links of an index elsewhere lead to the directory")
    (d / "none").mkdir()
    check(brasa("history", d / "none")[0] == 0, "a directory without logs")
    check(brasa("history", d / "nowhere")[0] == 1, "a directory that is not there")


def main():
    for part in (check_whole, check_damaged, check_refused, check_hostile, check_history):
        with tempfile.TemporaryDirectory() as directory:
            part(pathlib.Path(directory))
    print("ok")


main()
