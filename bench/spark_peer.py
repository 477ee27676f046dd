"""Spark beside tpch.py: reads statements from standard input, one repr a line, and writes (seconds, rows) after each. Arguments: data folder, memory or files, threads."""
import ast
import os
import sys
import time

from pyspark.sql import SparkSession

data, place, threads = sys.argv[1:4]
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what Spark itself prints is not an answer
spark = (SparkSession.builder.master(f"local[{threads}]").config("spark.driver.memory", "6g").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", threads).config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate())
for name in os.listdir(os.path.join(data, "parquet")):
    table = name.removesuffix(".parquet")
    spark.read.parquet(os.path.join(data, "parquet", name)).createOrReplaceTempView(table)
    if place == "memory":
        spark.sql(f"CACHE TABLE {table}")
print(repr("ready"), file=answers, flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    rows = spark.sql(ast.literal_eval(line)).collect()
    seconds = time.perf_counter() - start
    print(repr((seconds, [[None if v is None else str(v) for v in row] for row in rows])), file=answers, flush=True)
spark.stop()
