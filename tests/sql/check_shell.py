#!/usr/bin/env python3
"""brasa-sql as people use it: on a terminal (editing, history, completion, statements of many lines), through a pipe, and Ctrl-C, on one process and on several."""

import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

BIN = os.environ.get("BRASA_TEST_BIN", "build/release/bin")
SHELL = os.path.join(BIN, "brasa-sql")
EDITS = b"histedit" in open(SHELL, "rb").read() or b"el_gets" in open(SHELL, "rb").read()
ENDLESS = "SELECT count(*) FROM range(3000000) a, range(3000000) b WHERE (a.id * b.id) % 1000003 = 5;"


def check(condition, what, got=""):
    if not condition:
        print("FAILED:", what, got, file=sys.stderr)
        sys.exit(1)


class Terminal:
    """A shell on a pseudo-terminal."""

    def __init__(self, directory, *args):
        self.said = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            environment = {**os.environ, "HOME": str(directory), "TERM": "xterm", "BRASASQL_HISTORY": os.path.join(directory, "history"), "LC_ALL": "C.UTF-8"}
            os.execve(SHELL, [SHELL, "--threads=2", *args], environment)

    def until(self, pattern, seconds=250):
        """Read until the pattern comes; returns what was read up to its end."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.said, re.S)):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            try:
                more = os.read(self.fd, 65536) if ready else b""
            except OSError:
                more = b""
            check(more, f"the terminal shows {pattern!r}", self.said[-2000:])
            self.said += more.decode(errors="replace")
        text, self.said = self.said[: found.end()], self.said[found.end() :]
        return text

    def type(self, text):
        os.write(self.fd, text.encode())

    def ask(self, text, pattern):
        self.type(text)
        return self.until(pattern)

    def end(self, last=None):
        """Wait for its end.  `last` is typed again and again: a key that comes between the prompt and the editor's own mode of the terminal may be lost."""
        late = time.monotonic() + 250
        while (ended := os.waitpid(self.pid, os.WNOHANG))[0] == 0 and time.monotonic() < late:
            time.sleep(0.2)
            if last is not None:
                try:
                    self.type(last)
                except OSError:
                    pass
        if ended[0] == 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            check(False, "the shell leaves when it is told to")
        status = ended[1]
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def check_terminal(d):
    t = Terminal(d)
    t.until("brasa> ")
    t.ask("CREATE TABLE measurements (station INT, temperature DOUBLE);\r", "brasa> $")
    t.ask("SELECT 40 +\r", r"   \.\.\. ")
    t.ask("2 AS answer, ';' AS semicolon;\r", r"42.*brasa> $")
    t.ask("SELECT 'not;ended\r", r"   \.\.\. ")
    t.ask("now' AS x;\r", r"now.*brasa> $")
    t.ask("SELECT no_such FROM measurements;\r", r"ERROR 1:8: .*brasa> $")
    t.ask("SELECT 5 -- a comment;\r", r"   \.\.\. ")
    t.ask("AS five;\r", r"five.*5.*brasa> $")
    t.ask("\\timing\r", r"Timing is on.*brasa> $")
    t.ask("SELECT 1;\r", r"Time: [\d.]+ s.*brasa> $")
    t.ask("\\d measurements\r", r"temperature.*brasa> $")
    t.ask("\\nonsense\r", r"no command \\nonsense.*brasa> $")
    t.ask("\\q\r", "")
    check(t.end() == 0, "errors on a terminal do not count for the exit status")


def check_editing(d):
    t = Terminal(d)
    t.until("brasa> ")
    t.ask("CREATE TABLE measurements (station INT, temperature DOUBLE);\r", "brasa> $")
    t.ask("INSERT INTO measurements VALUES (7, 21.5);\r", "brasa> $")
    t.ask("SELECT 'first' AS x;\r", r"first.*first.*brasa> $")
    t.ask("\x1b[A\r", r"first.*first.*brasa> $")  # up, again
    t.ask("SELECT 12\x1b[D\x1b[D9\x05 AS edited;\r", r"\b912\b.*brasa> $")  # left, left, 9, end of the line
    t.type("sel\t")
    t.until("ect ")
    t.type("temp\x01\x0b")  # away with it
    t.type("SELECT * FROM meas\t")
    t.until("urements ")
    t.ask(";\r", r"21\.5.*brasa> $")
    t.type("SELECT station FROM measurements WHERE temper\t")
    t.until("ature ")
    t.ask("> 20;\r", r"station.*7.*brasa> $")
    t.type("\\ti\t")
    t.until("ming ")
    t.ask("\r", r"Timing is on.*brasa> $")
    check(t.end("\x04") == 0, "the end of the input leaves")
    history = pathlib.Path(d) / "history"
    check(history.exists() and history.stat().st_mode & 0o077 == 0, "the history is its owner's alone")
    t = Terminal(d)
    t.until("brasa> ")
    t.ask("\x1b[A\x1b[A\r", r"(station.*7|ERROR.*measurements).*brasa> $")
    t.end("\x04")


def runs(logs):
    """Until a stage of ENDLESS has begun."""
    for _ in range(2000):
        if any('"stage_start"' in path.read_text().partition("1000003")[2] for path in pathlib.Path(logs).glob("*.jsonl")):
            time.sleep(0.2)
            return
        time.sleep(0.05)
    check(False, "the statement runs")


def check_interrupt(d):
    t = Terminal(d, f"--event-log={d}/log")
    t.until("brasa> ")
    t.ask("SELECT half of a\r", r"   \.\.\. ")
    t.ask("\x03", r"\^C.*brasa> $")
    t.type(ENDLESS + "\r")
    runs(f"{d}/log")
    t.ask("\x03", r"ERROR 1:1: the job was told to stop.*brasa> $")
    t.ask("SELECT 6 * 7 AS answer;\r", r"42.*brasa> $")
    check(t.end("\x04") == 0, "the session goes on")


def rank_zero(launcher):
    """The process of rank 0 below a launcher."""
    for _ in range(100):
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                if b"OMPI_COMM_WORLD_RANK=0\0" in path.read_bytes() and f"PPid:\t{launcher}\n" in (path.parent / "status").read_text():
                    return int(path.parent.name)
            except OSError:
                pass
        time.sleep(0.1)
    return None


def check_pipe(d, ranks):
    command = [SHELL, f"--event-log={d}", "--keep-going", "--errors-in-output", "--format", "csv", "--threads=2"]
    launch = ["mpirun", "-n", str(ranks)] if ranks else []
    p = subprocess.Popen(launch + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        p.stdin.write("SELECT 'up' AS up;\n")
        p.stdin.flush()
        check(p.stdout.readline() == "up\n" and p.stdout.readline() == "up\n", "a statement runs when it has come, not at the end of the input")
        p.stdin.write(ENDLESS + "\nSELECT 1 AS one;\n\\echo two\n")
        p.stdin.flush()
        runs(d)
        target = rank_zero(p.pid) if ranks else p.pid
        if target is None:
            print("the process of rank 0 was not found below mpirun: cancelling is not tried at", ranks, "ranks")
            return
        os.kill(target, signal.SIGINT)
        line = p.stdout.readline()
        check(line == "ERROR 2:1: the job was told to stop\n", f"Ctrl-C cancels at {ranks} ranks, and the place is told", line)
        p.stdin.close()
        rest = p.stdout.read()
        p.wait(timeout=250)
        check(rest.startswith("one\n1\ntwo\n"), "the statements after it run", rest)
        check(p.returncode == 1, "an error counts for the exit status", p.returncode)
    finally:
        p.kill()
        p.wait()


def check_spark_format():
    """Rows as spark-sql prints them: no header, tabs, nested values with the names of their fields."""
    sql = """SELECT array('a', NULL, 'b'), named_struct('x', 1, 'y', array(1.5)), map('k', 1, 'l', NULL), 'a', NULL, array(), 1.50, DATE '2020-01-02', array(DATE '2020-01-02');
             SELECT 1 WHERE false;"""
    p = subprocess.run([SHELL, "--format", "spark", "-c", sql], capture_output=True, text=True, timeout=250)
    want = '["a",null,"b"]\t{"x":1,"y":[1.5]}\t{"k":1,"l":null}\ta\tNULL\t[]\t1.50\t2020-01-02\t[2020-01-02]\n'
    check(p.returncode == 0 and p.stdout == want, "the format of spark-sql", (p.stdout, p.stderr))


def check_json_format():
    """Each line is JSON, nested values too."""
    sql = """SELECT array(1, NULL) AS a, named_struct('x', 'p"q', 'y', array(1.5, 2.0)) AS s, map('k', DATE '2020-01-02', 'l', NULL) AS m, double('NaN') AS n, array(true) AS b, NULL AS z"""
    p = subprocess.run([SHELL, "--format", "json", "-c", sql], capture_output=True, text=True, timeout=250)
    want = {"a": [1, None], "s": {"x": 'p"q', "y": [1.5, 2.0]}, "m": {"k": "2020-01-02", "l": None}, "n": "NaN", "b": [True], "z": None}
    check(p.returncode == 0 and json.loads(p.stdout) == want, "lines of JSON", (p.stdout, p.stderr))


def check_nul_bytes():
    """A NUL byte is a character of a text like others: what follows it is not lost."""
    sql = "SELECT 'a' || chr(0) || 'b,' AS x, array('c' || chr(0) || 'd') AS y"
    for form, want in (("csv", b'x,y\n"a\0b,",[c\0d]\n'), ("tsv", b"x\ty\na\0b,\t[c\0d]\n"), ("spark", b'a\0b,\t["c\0d"]\n'),
                       ("json", b'{"x":"a\\u0000b,","y":["c\\u0000d"]}\n')):
        p = subprocess.run([SHELL, "--format", form, "-c", sql], capture_output=True, timeout=250)
        check(p.stdout == want, f"NUL bytes in {form}", (p.stdout, p.stderr))


def check_told_to_end():
    """SIGTERM ends the whole script, also with --keep-going."""
    p = subprocess.Popen([SHELL, "--keep-going", "--format", "csv"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        p.stdin.write("SELECT 'up' AS up;\n")
        p.stdin.flush()
        check(p.stdout.readline() == "up\n" and p.stdout.readline() == "up\n", "the session is up")
        p.send_signal(signal.SIGTERM)
        out, err = p.communicate(ENDLESS + "\nSELECT 1 AS one;\n", timeout=250)
        check(out == "" and err.count("SIGTERM") == 1, "nothing runs after it, and it is said once", (out, err))
        check(p.returncode == 143, "the status is the signal's", p.returncode)
    finally:
        p.kill()
        p.wait()


def main():
    with tempfile.TemporaryDirectory() as d:
        check_terminal(d)
    if EDITS:
        with tempfile.TemporaryDirectory() as d:
            check_editing(d)
    else:
        print("built without libedit: editing, history and completion are not tried")
    with tempfile.TemporaryDirectory() as d:
        check_interrupt(d)
    for ranks in (0, 2, 3):
        with tempfile.TemporaryDirectory() as d:
            check_pipe(d, ranks)
    check_spark_format()
    check_json_format()
    check_nul_bytes()
    check_told_to_end()
    print("ok")


main()
