#!/usr/bin/env python3
"""A program that writes statements into brasa-sql's pipe and waits for their rows gets them: check_pipe.py BRASA_SQL."""
import subprocess
import sys
import threading


def main():
    shell = subprocess.Popen([sys.argv[1], "--format", "csv", "--keep-going"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)  # fmt: skip
    killer = threading.Timer(100, shell.kill)
    killer.start()

    def ask(text, *answer):
        shell.stdin.write(text)
        shell.stdin.flush()
        got = [shell.stdout.readline().rstrip("\n") for _ in answer]
        assert got == list(answer), (text, got)

    ask("SELECT 1 AS a;\n", "a", "1")
    ask("SELECT ';' AS b, -- not yet ;\n", *[])
    ask(" 2 AS c; SELECT 3\n", "b,c", ";,2")
    ask("AS d; SELECT 4 AS e; ", *[])
    ask("\n", "d", "3", "e", "4")
    ask("\\echo between\n", "between")
    ask("SELECT nothing;\n", "ERROR 6:8: there is no column nothing", "  SELECT nothing", "         ^")
    ask("SELECT 'a\nb' AS f;\n", "f", '"a', 'b"')
    shell.stdin.write("SELECT 5 AS g")
    shell.stdin.close()
    assert shell.stdout.read() == "g\n5\n"
    assert shell.wait() == 1
    killer.cancel()


main()
