#!/usr/bin/env python3
"""Options of read_csv and its like, lists of files, directories of key=value: check_read.py BRASA_SQL."""
import os
import subprocess
import sys
import tempfile

FILES = {
    "notes.csv": b"# about\nn;x\n1;2,5\n# more\n2;-1\n",
    "short.csv": b"a,b\n1,x\nNA\nz,y\n",
    "latin.csv": "s\nm\u00fcde\n".encode("latin-1"),
    "a/1.csv": b"n,s\n1,x\n",
    "a/2.csv": b"s,t\ny,2.5\n",
    "hive/day=2024-01-01/k=a%3Db/p.csv": b"v\n1\n2\n",
    "hive/day=2024-01-02/k=__HIVE_DEFAULT_PARTITION__/p.csv": b"v\n3\n",
    "hive/_log/x.csv": b"broken",
    "j/1.json": b'[{"a": 1, "b": {"c": [1, 2]}},\n {"a": 2}]',
    "j/2.json": b'{"a": 3, "d": "x"}\n',
}
QUERIES = [
    ("SELECT n, x * 2 AS x FROM read_csv('notes.csv', comment = '#', decimal_separator = ',')", "n,x|1,5.0|2,-2.0"),
    ("SELECT * FROM read_csv('short.csv', mode => 'PERMISSIVE', columns => {'a': 'INT', 'b': 'STRING'}, nullstr => 'NA')", "a,b|1,x|,|,y"),
    ("SELECT * FROM read_csv('latin.csv', encoding := 'latin1', header = true)", "s|m\u00fcde"),
    ("SELECT * FROM read_csv(['a/1.csv', 'a/2.csv'], union_by_name = true, filename = true) ORDER BY filename",
     "n,s,t,filename|1,x,,a/1.csv|,y,2.5,a/2.csv"),
    ("SELECT * FROM read_csv(['a/1.csv', 'a/2.csv'])", "ERROR: the columns of a/1.csv and a/2.csv differ; union_by_name => true reads both"),
    ("SELECT *, typeof(day) AS t FROM read_csv('hive') ORDER BY v", "v,day,k,t|1,2024-01-01,a=b,date|2,2024-01-01,a=b,date|3,2024-01-02,,date"),
    ("SELECT sum(v) AS s FROM read_csv('hive/*/*/*.csv') WHERE day = DATE'2024-01-01'", "s|3"),
    ("SELECT * FROM read_csv('hive/*/*/*.csv', hive_partitioning => false) ORDER BY v", "v|1|2|3"),
    ("SELECT a, b.c, d FROM read_json('j/*.json', union_by_name => true) ORDER BY a", 'a,c,d|1,"[1, 2]",|2,,|3,,x'),
    ("SELECT a, filename FROM read_json(['j/2.json', 'j/1.json'], filename = true) ORDER BY a", "a,filename|1,j/1.json|2,j/1.json|3,j/2.json"),
    ("SELECT * FROM read_csv('notes.csv', coment = '#')", "ERROR: there is no option coment; there are schema, header"),
    ("SELECT * FROM read_csv('none.csv', filename = true)", "ERROR: none.csv: no such file"),
    ("CREATE TABLE t USING csv OPTIONS (comment '#', sep ';', inferSchema 'false') LOCATION 'notes.csv'; SELECT * FROM t", 'n,x|1,"2,5"|2,-1'),
]


def main():
    shell = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as d:
        for name, content in FILES.items():
            os.makedirs(os.path.dirname(f"{d}/{name}"), exist_ok=True)
            with open(f"{d}/{name}", "wb") as f:
                f.write(content)
        for query, want in QUERIES:
            r = subprocess.run([shell, "--format", "csv", "-c", query], cwd=d, capture_output=True, text=True, timeout=100)
            if want.startswith("ERROR: "):
                assert r.returncode != 0 and want[7:] in r.stderr, (query, r.stdout, r.stderr)
            else:
                assert r.returncode == 0 and r.stdout == want.replace("|", "\n") + "\n", (query, r.stdout, r.stderr)


main()
