"""The programs that tpch.py compares, each as an object: seconds, rows = peer.run(SQL); all keep their tables between runs.

Brasa is one brasa-sql (under mpirun with more than one worker) that runs a script of includes of two named pipes in turn: a statement is written to a pipe
when it is to run, and its time read from standard error. Spark is a process of its own (spark_peer.py), for its Python may be another.
"""
import csv
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = ["lineitem", "orders", "customer", "nation", "region", "supplier", "part", "partsupp"]
STATEMENTS = 100_000
END = "end of rows"
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
       "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_pml": "ob1", "OMPI_MCA_btl": "self,vader,tcp",
       "OMPI_MCA_oob_tcp_if_include": "lo", "OMPI_MCA_btl_tcp_if_include": "lo"}


class Brasa:
    def __init__(self, binaries, tables, in_memory, workers, threads, settings=(), columns=None):
        self.folder = tempfile.TemporaryDirectory(prefix="tpch-bench-")
        self.pipes = [os.path.join(self.folder.name, name) for name in ("a", "b")]
        self.turn = 0
        for pipe in self.pipes:
            os.mkfifo(pipe)
        script = os.path.join(self.folder.name, "script.sql")
        with open(script, "w", encoding="utf-8") as f:
            f.writelines(f"\\i {self.pipes[i % 2]}\n" for i in range(STATEMENTS))
        self.rows = open(os.path.join(self.folder.name, "rows.csv"), "w+", encoding="utf-8")
        command = ["mpirun", "-n", str(workers + 1)] if workers > 1 else []
        command += [os.path.join(binaries, "brasa-sql"), f"--threads={threads}", "--timing", "--format=csv", *settings, "-f", script]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.rows, stderr=subprocess.PIPE, text=True, env={**MPI, **os.environ})
        for t in TABLES:
            what = f"AS SELECT {columns[t] if columns else '*'} FROM read_hdf5('{{0}}')" if in_memory else "USING hdf5 WITH (location = '{0}')"
            self.run(f"CREATE TABLE {t} " + what.format(f"{tables}/{t}.h5:/{t}"))

    def run(self, sql):
        self.rows.seek(0)
        self.rows.truncate()
        with open(self.pipes[self.turn], "w", encoding="utf-8") as pipe:
            pipe.write(f"{sql};\n\\echo {END}\n")
        self.turn = 1 - self.turn
        for line in self.process.stderr:
            if line.startswith("ERROR") or "aborted" in line:
                sys.exit(line)
            m = re.match(r"Time: ([0-9.]+) s", line)
            if m:
                return float(m[1]), list(csv.reader(self.whole_output().splitlines()))[1:]
        sys.exit(f"brasa-sql ended: {sql}")

    def whole_output(self):
        """mpirun passes on two streams, each when it likes: the rows may come after the time."""
        for _ in range(10_000):
            self.rows.seek(0)
            text = self.rows.read()
            if text.endswith(END + "\n"):
                return text[: -len(END) - 1]
            time.sleep(0.001)
        sys.exit("brasa-sql does not end its output")

    def close(self):
        self.process.terminate()  # mpirun, killed, would leave its ranks
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Duck:
    def __init__(self, data, in_memory, threads):
        import duckdb
        self.db = duckdb.connect()
        self.db.execute(f"SET threads = {threads}")
        for t in TABLES:
            self.db.execute(f"CREATE {'TABLE' if in_memory else 'VIEW'} {t} AS SELECT * FROM read_parquet('{data}/parquet/{t}.parquet')")

    def run(self, sql):
        start = time.perf_counter()
        rows = self.db.execute(sql).fetchall()
        return time.perf_counter() - start, rows

    def close(self):
        self.db.close()


class Spark:
    def __init__(self, python, data, in_memory, threads):
        command = [python, os.path.join(HERE, "spark_peer.py"), data, "memory" if in_memory else "files", str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.answer("ready")

    def answer(self, what):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"Spark ended: {what}")
        return eval(line, {"__builtins__": {}})  # written by repr in spark_peer.py

    def run(self, sql):
        self.process.stdin.write(repr(sql) + "\n")
        self.process.stdin.flush()
        return self.answer(sql)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
