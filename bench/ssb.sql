-- The Star Schema Benchmark, its tables made of TPC-H's, by wide.py: its 13 queries, then some on one wide table of the joined ones.
-- wide.py --file bench/ssb.sql --check [--tpch FOLDER]
-- group ssb
duck: CREATE TABLE supplier AS SELECT s_suppkey, s_name, s_address, substr(n_name, 1, 9) || CAST(s_suppkey % 10 AS varchar) AS s_city, n_name AS s_nation,
  r_name AS s_region, s_phone FROM '{tpch}/supplier.parquet' JOIN '{tpch}/nation.parquet' ON s_nationkey = n_nationkey JOIN '{tpch}/region.parquet' ON
  n_regionkey = r_regionkey;
duck: CREATE TABLE customer AS SELECT c_custkey, c_name, c_address, substr(n_name, 1, 9) || CAST(c_custkey % 10 AS varchar) AS c_city, n_name AS c_nation,
  r_name AS c_region, c_phone, c_mktsegment FROM '{tpch}/customer.parquet' JOIN '{tpch}/nation.parquet' ON c_nationkey = n_nationkey JOIN
  '{tpch}/region.parquet' ON n_regionkey = r_regionkey;
duck: CREATE TABLE part AS SELECT p_partkey, p_name, 'MFGR#' || CAST(1 + p_partkey % 5 AS varchar) AS p_mfgr, 'MFGR#' || CAST(1 + p_partkey % 5 AS varchar) ||
  CAST(1 + (p_partkey // 5) % 5 AS varchar) AS p_category, 'MFGR#' || CAST(1 + p_partkey % 5 AS varchar) || CAST(1 + (p_partkey // 5) % 5 AS varchar) ||
  CAST(1 + (p_partkey // 25) % 40 AS varchar) AS p_brand1, 'almond' AS p_color, p_type, p_size, p_container FROM '{tpch}/part.parquet';
duck: CREATE TABLE dates AS SELECT CAST(strftime(d, '%Y%m%d') AS int) AS d_datekey, strftime(d, '%B %d, %Y') AS d_date, dayname(d) AS d_dayofweek,
  monthname(d) AS d_month, CAST(year(d) AS int) AS d_year, CAST(strftime(d, '%Y%m') AS int) AS d_yearmonthnum, strftime(d, '%b%Y') AS d_yearmonth,
  CAST(weekofyear(d) AS int) AS d_weeknuminyear FROM (SELECT CAST(DATE '1992-01-01' + CAST(i AS int) AS date) AS d FROM range(2557) r(i));
duck: CREATE TABLE lineorder AS SELECT CAST(l_orderkey AS int) AS lo_orderkey, CAST(l_linenumber AS int) AS lo_linenumber, CAST(o_custkey AS int) AS
  lo_custkey, CAST(l_partkey AS int) AS lo_partkey, CAST(l_suppkey AS int) AS lo_suppkey, CAST(strftime(o_orderdate, '%Y%m%d') AS int) AS lo_orderdate,
  o_orderpriority AS lo_orderpriority, 0 AS lo_shippriority, CAST(l_quantity AS int) AS lo_quantity, CAST(l_extendedprice * 100 AS int) AS lo_extendedprice,
  CAST(o_totalprice * 100 AS int) AS lo_ordtotalprice, CAST(l_discount * 100 AS int) AS lo_discount, CAST(l_extendedprice * (100 - l_discount * 100) AS int)
  AS lo_revenue, CAST(l_extendedprice * 60 AS int) AS lo_supplycost, CAST(l_tax * 100 AS int) AS lo_tax, CAST(strftime(l_commitdate, '%Y%m%d') AS int) AS
  lo_commitdate, l_shipmode AS lo_shipmode FROM '{tpch}/lineitem.parquet' JOIN '{tpch}/orders.parquet' ON l_orderkey = o_orderkey;
copy: supplier;
copy: customer;
copy: part;
copy: dates;
copy: lineorder
-- 1.1
SELECT sum(lo_extendedprice * lo_discount) AS revenue FROM lineorder, dates WHERE lo_orderdate = d_datekey AND d_year = 1993 AND lo_discount BETWEEN 1 AND 3
  AND lo_quantity < 25
-- 1.2
SELECT sum(lo_extendedprice * lo_discount) AS revenue FROM lineorder, dates WHERE lo_orderdate = d_datekey AND d_yearmonthnum = 199401 AND lo_discount BETWEEN
  4 AND 6 AND lo_quantity BETWEEN 26 AND 35
-- 1.3
SELECT sum(lo_extendedprice * lo_discount) AS revenue FROM lineorder, dates WHERE lo_orderdate = d_datekey AND d_weeknuminyear = 6 AND d_year = 1994 AND
  lo_discount BETWEEN 5 AND 7 AND lo_quantity BETWEEN 26 AND 35
-- 2.1
SELECT sum(lo_revenue), d_year, p_brand1 FROM lineorder, dates, part, supplier WHERE lo_orderdate = d_datekey AND lo_partkey = p_partkey AND lo_suppkey =
  s_suppkey AND p_category = 'MFGR#12' AND s_region = 'AMERICA' GROUP BY d_year, p_brand1 ORDER BY d_year, p_brand1
-- 2.2
SELECT sum(lo_revenue), d_year, p_brand1 FROM lineorder, dates, part, supplier WHERE lo_orderdate = d_datekey AND lo_partkey = p_partkey AND lo_suppkey =
  s_suppkey AND p_brand1 BETWEEN 'MFGR#2221' AND 'MFGR#2228' AND s_region = 'ASIA' GROUP BY d_year, p_brand1 ORDER BY d_year, p_brand1
-- 2.3
SELECT sum(lo_revenue), d_year, p_brand1 FROM lineorder, dates, part, supplier WHERE lo_orderdate = d_datekey AND lo_partkey = p_partkey AND lo_suppkey =
  s_suppkey AND p_brand1 = 'MFGR#2239' AND s_region = 'EUROPE' GROUP BY d_year, p_brand1 ORDER BY d_year, p_brand1
-- 3.1
SELECT c_nation, s_nation, d_year, sum(lo_revenue) AS revenue FROM customer, lineorder, supplier, dates WHERE lo_custkey = c_custkey AND lo_suppkey =
  s_suppkey AND lo_orderdate = d_datekey AND c_region = 'ASIA' AND s_region = 'ASIA' AND d_year >= 1992 AND d_year <= 1997 GROUP BY c_nation, s_nation, d_year
  ORDER BY d_year ASC, revenue DESC
-- 3.2
SELECT c_city, s_city, d_year, sum(lo_revenue) AS revenue FROM customer, lineorder, supplier, dates WHERE lo_custkey = c_custkey AND lo_suppkey = s_suppkey
  AND lo_orderdate = d_datekey AND c_nation = 'UNITED STATES' AND s_nation = 'UNITED STATES' AND d_year >= 1992 AND d_year <= 1997 GROUP BY c_city, s_city,
  d_year ORDER BY d_year ASC, revenue DESC
-- 3.3
SELECT c_city, s_city, d_year, sum(lo_revenue) AS revenue FROM customer, lineorder, supplier, dates WHERE lo_custkey = c_custkey AND lo_suppkey = s_suppkey
  AND lo_orderdate = d_datekey AND (c_city = 'UNITED KI1' OR c_city = 'UNITED KI5') AND (s_city = 'UNITED KI1' OR s_city = 'UNITED KI5') AND d_year >= 1992
  AND d_year <= 1997 GROUP BY c_city, s_city, d_year ORDER BY d_year ASC, revenue DESC
-- 3.4
SELECT c_city, s_city, d_year, sum(lo_revenue) AS revenue FROM customer, lineorder, supplier, dates WHERE lo_custkey = c_custkey AND lo_suppkey = s_suppkey
  AND lo_orderdate = d_datekey AND (c_city = 'UNITED KI1' OR c_city = 'UNITED KI5') AND (s_city = 'UNITED KI1' OR s_city = 'UNITED KI5') AND d_yearmonth =
  'Dec1997' GROUP BY c_city, s_city, d_year ORDER BY d_year ASC, revenue DESC
-- 4.1
SELECT d_year, c_nation, sum(lo_revenue - lo_supplycost) AS profit FROM dates, customer, supplier, part, lineorder WHERE lo_custkey = c_custkey AND lo_suppkey
  = s_suppkey AND lo_partkey = p_partkey AND lo_orderdate = d_datekey AND c_region = 'AMERICA' AND s_region = 'AMERICA' AND (p_mfgr = 'MFGR#1' OR p_mfgr =
  'MFGR#2') GROUP BY d_year, c_nation ORDER BY d_year, c_nation
-- 4.2
SELECT d_year, s_nation, p_category, sum(lo_revenue - lo_supplycost) AS profit FROM dates, customer, supplier, part, lineorder WHERE lo_custkey = c_custkey
  AND lo_suppkey = s_suppkey AND lo_partkey = p_partkey AND lo_orderdate = d_datekey AND c_region = 'AMERICA' AND s_region = 'AMERICA' AND (d_year = 1997 OR
  d_year = 1998) AND (p_mfgr = 'MFGR#1' OR p_mfgr = 'MFGR#2') GROUP BY d_year, s_nation, p_category ORDER BY d_year, s_nation, p_category
-- 4.3
SELECT d_year, s_city, p_brand1, sum(lo_revenue - lo_supplycost) AS profit FROM dates, customer, supplier, part, lineorder WHERE lo_custkey = c_custkey AND
  lo_suppkey = s_suppkey AND lo_partkey = p_partkey AND lo_orderdate = d_datekey AND s_nation = 'UNITED STATES' AND (d_year = 1997 OR d_year = 1998) AND
  p_category = 'MFGR#14' GROUP BY d_year, s_city, p_brand1 ORDER BY d_year, s_city, p_brand1
-- flat, made
CREATE OR REPLACE TABLE flat AS SELECT d_year, d_yearmonthnum, d_weeknuminyear, c_city, c_nation, c_region, s_city, s_nation, s_region, p_mfgr, p_category,
  p_brand1, lo_quantity, lo_discount, lo_extendedprice, lo_revenue, lo_supplycost FROM lineorder JOIN dates ON lo_orderdate = d_datekey JOIN customer ON
  lo_custkey = c_custkey JOIN supplier ON lo_suppkey = s_suppkey JOIN part ON lo_partkey = p_partkey
-- flat 1.1
SELECT sum(lo_extendedprice * lo_discount) FROM flat WHERE d_year = 1993 AND lo_discount BETWEEN 1 AND 3 AND lo_quantity < 25
-- flat 1.3
SELECT sum(lo_extendedprice * lo_discount) FROM flat WHERE d_weeknuminyear = 6 AND d_year = 1994 AND lo_discount BETWEEN 5 AND 7 AND lo_quantity BETWEEN 26
  AND 35
-- flat 2.1
SELECT sum(lo_revenue), d_year, p_brand1 FROM flat WHERE p_category = 'MFGR#12' AND s_region = 'AMERICA' GROUP BY d_year, p_brand1 ORDER BY d_year, p_brand1
-- flat 2.2
SELECT sum(lo_revenue), d_year, p_brand1 FROM flat WHERE p_brand1 BETWEEN 'MFGR#2221' AND 'MFGR#2228' AND s_region = 'ASIA' GROUP BY d_year, p_brand1 ORDER BY
  d_year, p_brand1
-- flat 3.1
SELECT c_nation, s_nation, d_year, sum(lo_revenue) AS revenue FROM flat WHERE c_region = 'ASIA' AND s_region = 'ASIA' AND d_year >= 1992 AND d_year <= 1997
  GROUP BY c_nation, s_nation, d_year ORDER BY d_year ASC, revenue DESC
-- flat 3.3
SELECT c_city, s_city, d_year, sum(lo_revenue) AS revenue FROM flat WHERE c_city IN ('UNITED KI1', 'UNITED KI5') AND s_city IN ('UNITED KI1', 'UNITED KI5')
  AND d_year BETWEEN 1992 AND 1997 GROUP BY c_city, s_city, d_year ORDER BY d_year ASC, revenue DESC
-- flat 4.1
SELECT d_year, c_nation, sum(lo_revenue - lo_supplycost) AS profit FROM flat WHERE c_region = 'AMERICA' AND s_region = 'AMERICA' AND (p_mfgr = 'MFGR#1' OR
  p_mfgr = 'MFGR#2') GROUP BY d_year, c_nation ORDER BY d_year, c_nation
-- flat 4.3
SELECT d_year, s_city, p_brand1, sum(lo_revenue - lo_supplycost) AS profit FROM flat WHERE s_nation = 'UNITED STATES' AND (d_year = 1997 OR d_year = 1998) AND
  p_category = 'MFGR#14' GROUP BY d_year, s_city, p_brand1 ORDER BY d_year, s_city, p_brand1
