-- group h2o-group
CREATE TABLE x AS SELECT 'id' || lpad(CAST(1 + (id * 7919) % 100 AS varchar), 3, '0') AS id1, 'id' || lpad(CAST(1 + (id * 104729) % 101 AS varchar), 3, '0') AS id2,
  'id' || lpad(CAST(1 + (id * 15485863) % {rows/100} AS varchar), 10, '0') AS id3, 1 + (id * 1299709) % 103 AS id4, 1 + (id * 611953) % 107 AS id5, 1 + (id * 32452843) % {rows/100} AS id6,
  1 + (id * 49979687) % 5 AS v1, 1 + (id * 86028121) % 15 AS v2, CAST((id * 179424673) % 100000007 AS double) / 1000000.0 AS v3 FROM range({rows}) r(id)
-- q1 sum by a string, 100 groups
SELECT count(*), sum(s) FROM (SELECT id1, sum(v1) AS s FROM x GROUP BY id1)
-- q2 sum by two strings, 10,000 groups
SELECT count(*), sum(s) FROM (SELECT id1, id2, sum(v1) AS s FROM x GROUP BY id1, id2)
-- q3 sum, avg by a long string, N/100 groups
SELECT count(*), sum(s), sum(m) FROM (SELECT id3, sum(v1) AS s, avg(v3) AS m FROM x GROUP BY id3)
-- q4 three averages by an integer
SELECT count(*), sum(a), sum(b), sum(c) FROM (SELECT id4, avg(v1) AS a, avg(v2) AS b, avg(v3) AS c FROM x GROUP BY id4)
-- q5 three sums by an integer, N/100 groups
SELECT count(*), sum(a), sum(b), sum(c) FROM (SELECT id6, sum(v1) AS a, sum(v2) AS b, sum(v3) AS c FROM x GROUP BY id6)
-- q6 median, stddev by two integers
SELECT count(*), sum(a), sum(b) FROM (SELECT id4, id5, median(v3) AS a, stddev(v3) AS b FROM x GROUP BY id4, id5)
-- q7 max - min by a long string
SELECT count(*), sum(a) FROM (SELECT id3, max(v1) - min(v2) AS a FROM x GROUP BY id3)
-- q8 two largest by an integer
SELECT count(*), sum(v3) FROM (SELECT id6, v3 FROM (SELECT id6, v3, row_number() OVER (PARTITION BY id6 ORDER BY v3 DESC) AS n FROM x) WHERE n <= 2)
-- q9 corr squared by a string and an integer
SELECT count(*), sum(a) FROM (SELECT id2, id4, pow(corr(v1, v2), 2) AS a FROM x GROUP BY id2, id4)
-- q10 by six keys, N groups
SELECT count(*), sum(a), sum(b) FROM (SELECT id1, id2, id3, id4, id5, id6, sum(v3) AS a, count(*) AS b FROM x GROUP BY id1, id2, id3, id4, id5, id6)

-- group h2o-join
CREATE TABLE x AS SELECT 1 + (id * 7919) % 11 AS id1, 1 + (id * 104729) % ({rows/1000} + 1000) AS id2, 1 + (id * 15485863) % ({rows} + 1000003) AS id3,
  'id' || CAST(1 + (id * 7919) % 11 AS varchar) AS id4, 'id' || CAST(1 + (id * 104729) % ({rows/1000} + 1000) AS varchar) AS id5, 'id' || CAST(1 + (id * 15485863) % ({rows} + 1000003) AS varchar) AS id6,
  CAST(id % 100 AS double) AS v1 FROM range({rows}) r(id);
CREATE TABLE small AS SELECT id + 1 AS id1, 'id' || CAST(id + 1 AS varchar) AS id4, CAST(id % 100 AS double) AS v2 FROM range(10) r(id);
CREATE TABLE medium AS SELECT 1 + id % 11 AS id1, id + 1 AS id2, 'id' || CAST(1 + id % 11 AS varchar) AS id4, 'id' || CAST(id + 1 AS varchar) AS id5, CAST(id % 100 AS double) AS v2 FROM range({rows/1000}) r(id);
CREATE TABLE big AS SELECT 1 + id % 11 AS id1, 1 + id % {rows/1000} AS id2, id + 1 AS id3, 'id' || CAST(1 + id % 11 AS varchar) AS id4, 'id' || CAST(1 + id % {rows/1000} AS varchar) AS id5,
  'id' || CAST(id + 1 AS varchar) AS id6, CAST(id % 100 AS double) AS v2 FROM range({rows}) r(id)
-- q1 small
SELECT count(*), sum(x.v1), sum(small.v2), max(x.id6) FROM x JOIN small USING (id1)
-- q2 medium
SELECT count(*), sum(x.v1), sum(medium.v2), max(medium.id4) FROM x JOIN medium USING (id2)
-- q3 medium, left
SELECT count(*), sum(x.v1), sum(medium.v2), max(medium.id4) FROM x LEFT JOIN medium USING (id2)
-- q4 medium by a string
SELECT count(*), sum(x.v1), sum(medium.v2), max(medium.id4) FROM x JOIN medium USING (id5)
-- q5 big
SELECT count(*), sum(x.v1), sum(big.v2), max(big.id4) FROM x JOIN big USING (id3)
-- q6 big by a string
SELECT count(*), sum(x.v1), sum(big.v2) FROM x JOIN big USING (id6)

-- group aggregate
CREATE TABLE t AS SELECT id, (id * 7919) % 1009 AS g, (id * 104729) % {rows/10} AS h, (id * 15485863) % 1000003 AS v, CAST((id * 32452843) % 100000007 AS double) / 1000.0 AS d,
  CAST((id * 179424673) % 10000019 AS decimal(12,2)) AS m, 'name ' || CAST((id * 49979687) % 10007 AS varchar) AS s, DATE '2000-01-01' + CAST(id % 5000 AS integer) AS day FROM range({rows}) r(id)
-- quantiles, whole
SELECT percentile_cont(0.1) WITHIN GROUP (ORDER BY d), percentile_cont(0.5) WITHIN GROUP (ORDER BY d), percentile_cont(0.9) WITHIN GROUP (ORDER BY d) FROM t
-- quantiles, per group
SELECT sum(a), sum(b) FROM (SELECT g, percentile_cont(0.1) WITHIN GROUP (ORDER BY d) AS a, percentile_disc(0.9) WITHIN GROUP (ORDER BY v) AS b FROM t GROUP BY g)
-- median, whole
SELECT median(d) FROM t
-- median, per group
SELECT sum(a) FROM (SELECT g, median(v) AS a FROM t GROUP BY g)
-- approximate percentile
ours: SELECT percentile_approx(d, 0.5) FROM t;
duck: SELECT approx_quantile(d, 0.5) FROM t
-- approximate percentile, per group
ours: SELECT sum(a) FROM (SELECT g, percentile_approx(d, 0.5) AS a FROM t GROUP BY g);
duck: SELECT sum(a) FROM (SELECT g, approx_quantile(d, 0.5) AS a FROM t GROUP BY g)
-- corr, whole
SELECT corr(v, d) FROM t
-- corr, per group
SELECT sum(a) FROM (SELECT g, corr(v, d) AS a FROM t GROUP BY g)
-- covariance, regression
SELECT covar_pop(v, d), regr_slope(v, d), regr_r2(v, d) FROM t
-- variance, whole
SELECT stddev(d), var_pop(v) FROM t
-- sums of doubles, per group
SELECT sum(a), sum(b) FROM (SELECT g, sum(d) AS a, avg(d) AS b FROM t GROUP BY g)
-- sums of decimals, per group
SELECT sum(a), sum(b) FROM (SELECT g, sum(m) AS a, max(m) AS b FROM t GROUP BY g)
-- skewness, kurtosis
SELECT skewness(d), kurtosis(d) FROM t
-- count distinct, whole
SELECT count(DISTINCT v), count(DISTINCT s) FROM t
-- count distinct, per group
SELECT sum(a) FROM (SELECT g, count(DISTINCT v) AS a FROM t GROUP BY g)
-- two distinct counts, per group
SELECT sum(a), sum(b) FROM (SELECT g, count(DISTINCT v) AS a, count(DISTINCT h) AS b, sum(v) AS c FROM t GROUP BY g)
-- approximate count distinct
SELECT approx_count_distinct(v), approx_count_distinct(s) FROM t
-- group-by of N/10 groups
SELECT count(*), sum(a) FROM (SELECT h, sum(v) AS a FROM t GROUP BY h)
-- group-by of 100 thousand groups
SELECT count(*), sum(a) FROM (SELECT h % 100003 AS k, sum(v) AS a FROM t GROUP BY 1)
-- group-by of a string
SELECT count(*), sum(a) FROM (SELECT s, sum(v) AS a FROM t GROUP BY s)
-- group-by of a computed string
SELECT count(*), sum(a) FROM (SELECT upper(s) AS k, sum(v) AS a FROM t GROUP BY 1)
-- group-by of a date and a number
SELECT count(*), sum(a) FROM (SELECT day, g % 10 AS k, sum(v) AS a FROM t GROUP BY 1, 2)
-- min, max of strings, per group
SELECT max(a), min(b) FROM (SELECT g, min(s) AS a, max(s) AS b FROM t GROUP BY g)
-- min_by, max_by, per group
ours: SELECT sum(a), sum(b) FROM (SELECT g, min_by(v, d) AS a, max_by(v, d) AS b FROM t GROUP BY g);
duck: SELECT sum(a), sum(b) FROM (SELECT g, arg_min(v, d) AS a, arg_max(v, d) AS b FROM t GROUP BY g)
-- first, any_value
SELECT sum(a), sum(b) FROM (SELECT g, first(v) AS a, any_value(d) AS b FROM t GROUP BY g)
-- mode, per group
SELECT sum(a) FROM (SELECT g, mode(v) AS a FROM t GROUP BY g)
-- arrays, per group
ours: SELECT sum(size(a)) FROM (SELECT g, collect_list(v) AS a FROM t GROUP BY g);
duck: SELECT sum(len(a)) FROM (SELECT g, list(v) AS a FROM t GROUP BY g)
-- arrays, per many groups
ours: SELECT sum(size(a)) FROM (SELECT h, collect_list(v) AS a FROM t GROUP BY h);
duck: SELECT sum(len(a)) FROM (SELECT h, list(v) AS a FROM t GROUP BY h)
-- joined strings, per group
SELECT sum(length(a)) FROM (SELECT g, string_agg(s, ',') AS a FROM t GROUP BY g)
-- joined strings in order, per group
SELECT sum(length(a)) FROM (SELECT g, string_agg(s, ',' ORDER BY v) AS a FROM t WHERE id % 4 = 0 GROUP BY g)
-- rollup
SELECT count(*), sum(a) FROM (SELECT g, day, sum(v) AS a FROM t WHERE id % 4 = 0 GROUP BY ROLLUP (g, day))
-- cube
SELECT count(*), sum(a) FROM (SELECT g % 7 AS p, g % 11 AS q, g % 13 AS r, sum(v) AS a FROM t GROUP BY CUBE (1, 2, 3))
-- FILTER
SELECT g, sum(v) FILTER (WHERE v % 2 = 0), sum(v) FILTER (WHERE v % 3 = 0), count(*) FILTER (WHERE d > 50) FROM t GROUP BY g
-- bits and booleans
SELECT bit_and(v), bit_or(v), bit_xor(v), bool_and(v > 5), bool_or(v < 5) FROM t

-- group window
CREATE TABLE t AS SELECT id, (id * 7919) % 1009 AS g, (id * 104729) % {rows/10} AS h, (id * 15485863) % 1000003 AS v, CAST((id * 32452843) % 100000007 AS double) / 1000.0 AS d,
  'name ' || CAST((id * 49979687) % 10007 AS varchar) AS s FROM range({rows/5}) r(id)
-- row_number, many partitions
SELECT sum(a) FROM (SELECT row_number() OVER (PARTITION BY h ORDER BY v) AS a FROM t)
-- rank, dense_rank, few partitions
SELECT sum(a), sum(b) FROM (SELECT rank() OVER (PARTITION BY g ORDER BY v) AS a, dense_rank() OVER (PARTITION BY g ORDER BY v) AS b FROM t)
-- row_number, no partition
SELECT sum(a * v) FROM (SELECT v, row_number() OVER (ORDER BY d) AS a FROM t)
-- ntile, percent_rank, cume_dist
SELECT sum(a), sum(b), sum(c) FROM (SELECT ntile(10) OVER w AS a, percent_rank() OVER w AS b, cume_dist() OVER w AS c FROM t WINDOW w AS (PARTITION BY g ORDER BY d))
-- lag, lead
SELECT sum(a), sum(b) FROM (SELECT lag(v) OVER w AS a, lead(v, 3, 0) OVER w AS b FROM t WINDOW w AS (PARTITION BY g ORDER BY d))
-- first_value, last_value, nth_value
SELECT sum(a), sum(b), sum(c) FROM (SELECT first_value(v) OVER w AS a, last_value(v) OVER w AS b, nth_value(v, 3) OVER w AS c FROM t WINDOW w AS (PARTITION BY g ORDER BY d))
-- sum over partitions
SELECT sum(a) FROM (SELECT v - sum(v) OVER (PARTITION BY g) AS a FROM t)
-- sum and avg of doubles over many partitions
SELECT sum(a), sum(b) FROM (SELECT sum(d) OVER (PARTITION BY h) AS a, avg(d) OVER (PARTITION BY h) AS b FROM t)
-- running sum
SELECT sum(a) FROM (SELECT sum(v) OVER (PARTITION BY g ORDER BY d) AS a FROM t)
-- running sum, no partition
SELECT sum(a) FROM (SELECT sum(v) OVER (ORDER BY d, id) AS a FROM t)
-- running sum of doubles
SELECT sum(a) FROM (SELECT sum(d) OVER (PARTITION BY g ORDER BY id) AS a FROM t)
-- sliding sum of 100 rows
SELECT sum(a) FROM (SELECT sum(v) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN 99 PRECEDING AND CURRENT ROW) AS a FROM t)
-- sliding average of doubles, 1,000 rows
SELECT sum(a) FROM (SELECT avg(d) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN 500 PRECEDING AND 500 FOLLOWING) AS a FROM t)
-- sliding min, max of 1,000 rows
SELECT sum(a), sum(b) FROM (SELECT min(v) OVER w AS a, max(d) OVER w AS b FROM t WINDOW w AS (PARTITION BY g ORDER BY id ROWS BETWEEN 500 PRECEDING AND 500 FOLLOWING))
-- sliding min, max of 100,000 rows
SELECT sum(a), sum(b) FROM (SELECT min(v) OVER w AS a, max(d) OVER w AS b FROM t WINDOW w AS (ORDER BY id ROWS BETWEEN 50000 PRECEDING AND 50000 FOLLOWING))
-- sliding min of strings
SELECT max(a) FROM (SELECT min(s) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN 500 PRECEDING AND CURRENT ROW) AS a FROM t)
-- sliding stddev, whole
SELECT sum(a) FROM (SELECT stddev(d) OVER (ORDER BY id ROWS BETWEEN 10000 PRECEDING AND CURRENT ROW) AS a FROM t)
-- range frame
SELECT sum(a) FROM (SELECT sum(v) OVER (PARTITION BY g ORDER BY v RANGE BETWEEN 1000 PRECEDING AND 1000 FOLLOWING) AS a FROM t)
-- remaining sum
SELECT sum(a) FROM (SELECT sum(v) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS a FROM t)
-- exclude current row
SELECT sum(a) FROM (SELECT sum(v) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN 50 PRECEDING AND 50 FOLLOWING EXCLUDE CURRENT ROW) AS a FROM t)
-- count and max, one partition, growing
SELECT sum(a), sum(b) FROM (SELECT count(*) OVER (ORDER BY d) AS a, max(v) OVER (ORDER BY d) AS b FROM t)
-- running count distinct
SELECT sum(a) FROM (SELECT count(DISTINCT h) OVER (PARTITION BY g % 4 ORDER BY id ROWS UNBOUNDED PRECEDING) AS a FROM t WHERE id % 10 = 0)
-- sliding count distinct
SELECT sum(a) FROM (SELECT count(DISTINCT h % 1000) OVER (PARTITION BY g % 4 ORDER BY id ROWS 1000 PRECEDING) AS a FROM t WHERE id % 10 = 0)
-- running median
SELECT sum(a) FROM (SELECT median(v) OVER (PARTITION BY g % 4 ORDER BY id ROWS UNBOUNDED PRECEDING) AS a FROM t WHERE id % 100 = 0)
-- sliding median
SELECT sum(a) FROM (SELECT median(v) OVER (PARTITION BY g % 4 ORDER BY id ROWS 1000 PRECEDING) AS a FROM t WHERE id % 10 = 0)
-- running mode
SELECT sum(a) FROM (SELECT mode(v % 100) OVER (PARTITION BY g % 4 ORDER BY id ROWS UNBOUNDED PRECEDING) AS a FROM t WHERE id % 100 = 0)
-- filtered running sum
SELECT sum(a) FROM (SELECT sum(v) FILTER (WHERE v % 2 = 0) OVER (PARTITION BY g ORDER BY id) AS a FROM t)
-- top 3 per group
SELECT sum(v) FROM (SELECT v, row_number() OVER (PARTITION BY g ORDER BY d) AS n FROM t) WHERE n <= 3
-- three windows
SELECT sum(a), sum(b), sum(c) FROM (SELECT row_number() OVER (PARTITION BY g ORDER BY id) AS a, sum(v) OVER (PARTITION BY h) AS b, lag(v) OVER (ORDER BY id) AS c FROM t)

-- group strings
CREATE TABLE t AS SELECT id, (id * 15485863) % 1000003 AS v, 'the quick brown fox ' || CAST((id * 7919) % 100003 AS varchar) || ' jumps over the lazy dog ' || CAST(id % 1009 AS varchar) AS s,
  'http://www.site' || CAST((id * 104729) % 5003 AS varchar) || '.example.org/path/' || CAST(id % 997 AS varchar) || '?q=' || CAST(id AS varchar) AS url,
  '{"id": ' || CAST(id AS varchar) || ', "name": "n' || CAST(id % 1009 AS varchar) || '", "tags": ["a", "b"], "in": {"x": ' || CAST(id % 100 AS varchar) || '.5}}' AS j FROM range({rows/10}) r(id)
-- LIKE '%x%'
SELECT count(*) FROM t WHERE s LIKE '%99 jumps%'
-- LIKE '%x%y%'
SELECT count(*) FROM t WHERE s LIKE '%99%lazy%7'
-- LIKE 'x%'
SELECT count(*) FROM t WHERE url LIKE 'http://www.site12%'
-- NOT LIKE '%x'
SELECT count(*) FROM t WHERE url NOT LIKE '%77'
-- ILIKE
SELECT count(*) FROM t WHERE s ILIKE '%FOX 99%'
-- regexp, match
ours: SELECT count(*) FROM t WHERE url RLIKE 'site[0-9]*7\\.example';
duck: SELECT count(*) FROM t WHERE regexp_matches(url, 'site[0-9]*7\.example')
-- regexp, replace
ours: SELECT max(k), count(*) FROM (SELECT regexp_replace(url, '^https?://(?:www\\.)?([^/]+)/.*$', '$1') AS k FROM t);
duck: SELECT max(k), count(*) FROM (SELECT regexp_replace(url, '^https?://(?:www\.)?([^/]+)/.*$', '\1') AS k FROM t)
-- regexp, extract
ours: SELECT max(k), count(*) FROM (SELECT regexp_extract(url, 'site([0-9]+)', 1) AS k FROM t);
duck: SELECT max(k), count(*) FROM (SELECT regexp_extract(url, 'site([0-9]+)', 1) AS k FROM t)
-- substring, length
SELECT sum(length(substring(s, 5, 20))), max(substring(url, 12, 8)) FROM t
-- upper, lower
SELECT max(upper(s)), min(lower(url)) FROM t
-- trim, lpad, reverse
SELECT max(trim(s)), max(lpad(url, 80, '*')), max(reverse(s)) FROM t
-- concat
SELECT max(s || '-' || url), max(concat_ws('/', s, url, s)) FROM t
-- replace
SELECT max(replace(s, 'o', '00')) FROM t
-- translate
SELECT max(translate(s, 'abc', 'xyz')) FROM t
-- position
ours: SELECT sum(locate('jumps', s)), sum(instr(url, '?q')) FROM t;
duck: SELECT sum(strpos(s, 'jumps')), sum(instr(url, '?q')) FROM t
-- split
ours: SELECT sum(size(split(s, ' '))) FROM t;
duck: SELECT sum(len(string_split(s, ' '))) FROM t
-- split_part
SELECT max(split_part(s, ' ', 5)) FROM t
-- starts, ends, contains
ours: SELECT count_if(startswith(url, 'http')), count_if(endswith(s, '7')), count_if(contains(s, 'brown')) FROM t;
duck: SELECT count_if(starts_with(url, 'http')), count_if(ends_with(s, '7')), count_if(contains(s, 'brown')) FROM t
-- md5
SELECT max(md5(s)) FROM t
-- sha256
ours: SELECT max(sha2(s, 256)) FROM t;
duck: SELECT max(sha256(s)) FROM t
-- levenshtein
SELECT max(levenshtein(s, 'the quick brown fox 1 jumps')) FROM t WHERE id % 10 = 0
-- cast number to string
SELECT max(CAST(v AS varchar)), max(CAST(v * 0.5 AS varchar)) FROM t
-- cast string to number
SELECT sum(CAST(substring(url, strpos(url, '=') + 1) AS bigint)) FROM t
-- by a string of many values
SELECT count(*), sum(c) FROM (SELECT url, count(*) AS c FROM t GROUP BY url)
-- by an expression of strings
SELECT count(*), sum(c) FROM (SELECT substring(url, 8, 12) AS k, count(*) AS c FROM t GROUP BY 1)
-- distinct strings
SELECT count(DISTINCT url) FROM t
-- string equality
SELECT count(*) FROM t WHERE s = 'the quick brown fox 7919 jumps over the lazy dog 1'
-- string IN list
SELECT count(*) FROM t WHERE substring(url, 12, 6) IN ('site1.', 'site20', 'site33', 'site44', 'site55')
-- CASE of strings
SELECT max(CASE WHEN v % 3 = 0 THEN s WHEN v % 3 = 1 THEN url ELSE 'other' END) FROM t
-- join by string
SELECT count(*), sum(a.v + b.v) FROM t a JOIN t b ON a.url = b.url
-- order by string
CREATE OR REPLACE TABLE o AS SELECT s, id FROM t ORDER BY s, id
-- order by long common prefix
CREATE OR REPLACE TABLE o AS SELECT url FROM t ORDER BY url
-- top-N by string
SELECT s, url FROM t ORDER BY s DESC, id LIMIT 10
-- JSON, a field
ours: SELECT max(get_json_object(j, '$.name')) FROM t;
duck: SELECT max(j->>'$.name') FROM t
-- JSON, nested field as number
ours: SELECT sum(CAST(get_json_object(j, '$.in.x') AS double)) FROM t;
duck: SELECT sum(CAST(j->>'$.in.x' AS double)) FROM t
-- JSON, whole
ours: SELECT max(from_json(j, 'id BIGINT, name STRING').id) FROM t;
duck: SELECT max(from_json(j, '{"id": "BIGINT", "name": "VARCHAR"}').id) FROM t

-- group misc
CREATE TABLE t AS SELECT id, (id * 7919) % 1009 AS g, (id * 104729) % {rows/10} AS h, (id * 15485863) % 1000003 AS v, CAST((id * 32452843) % 100000007 AS double) / 1000.0 AS d,
  DATE '2000-01-01' + CAST(id % 5000 AS integer) AS day, TIMESTAMP '2020-01-01 00:00:00' + CAST(id % 50000 AS integer) * INTERVAL '1' MINUTE AS ts, CASE WHEN id % 7 <> 0 THEN id % 13 END AS nv FROM range({rows}) r(id);
CREATE TABLE dim AS SELECT id AS h, id % 17 AS c, 'dim ' || CAST(id % 1009 AS varchar) AS name FROM range({rows/10}) r(id);
ours: CREATE TABLE arrs AS SELECT id % 1000 AS k, array(id, id + 1, id * 3 % 7, id % 5) AS a FROM range({rows/10}) r(id);
duck: CREATE TABLE arrs AS SELECT id % 1000 AS k, [id, id + 1, id * 3 % 7, id % 5] AS a FROM range({rows/10}) r(id)
-- filter, arithmetic
SELECT sum(v * 3 + h - g), sum(d * 2.5 + v) FROM t WHERE v % 3 = 1 AND d < 60000
-- filter, selective
SELECT count(*), sum(v) FROM t WHERE h = 4711
-- filter, OR and IN
SELECT count(*) FROM t WHERE (g IN (1, 5, 77, 300, 999) OR v < 1000) AND day >= DATE '2005-01-01'
-- CASE, coalesce
SELECT sum(CASE WHEN g < 100 THEN v WHEN g < 500 THEN h ELSE coalesce(nv, -1) END) FROM t
-- mathematics
SELECT sum(sqrt(d) + ln(d + 1) + sin(d)), sum(round(d, 2)), sum(floor(d)), sum(abs(v - 500000)) FROM t
-- pow, exp
SELECT sum(pow(d, 1.5)), sum(exp(-d / 100000)) FROM t
-- dates, parts
SELECT sum(year(day)), sum(month(day)), sum(day(day)), sum(quarter(day)) FROM t
-- dates, truncated
SELECT count(*), max(c) FROM (SELECT date_trunc('month', day) AS k, count(*) AS c FROM t GROUP BY 1)
-- timestamps, truncated
SELECT count(*), max(c) FROM (SELECT date_trunc('hour', ts) AS k, count(*) AS c FROM t GROUP BY 1)
-- timestamps, parts
SELECT sum(hour(ts)), sum(minute(ts)), count_if(ts > TIMESTAMP '2020-01-20 00:00:00') FROM t
-- dates, formatted
ours: SELECT max(date_format(ts, 'yyyy-MM-dd HH:mm')) FROM t WHERE id % 10 = 0;
duck: SELECT max(strftime(ts, '%Y-%m-%d %H:%M')) FROM t WHERE id % 10 = 0
-- order by, whole table
CREATE OR REPLACE TABLE o AS SELECT v, id, d FROM t ORDER BY v, d
-- order by a double, descending
CREATE OR REPLACE TABLE o AS SELECT d, v FROM t ORDER BY d DESC
-- order by many rows of payload
CREATE OR REPLACE TABLE o AS SELECT * FROM t WHERE id % 4 = 0 ORDER BY h, v
-- top 10
SELECT id, v, d FROM t ORDER BY d DESC, id LIMIT 10
-- top 10,000
SELECT count(*), sum(v) FROM (SELECT v, d FROM t ORDER BY d LIMIT 10000)
-- top 10 with offset
SELECT id, v, d FROM t ORDER BY v, id LIMIT 10 OFFSET 100000
-- join, foreign key
SELECT count(*), sum(v + c) FROM t JOIN dim ON t.h = dim.h
-- join, group by name
SELECT count(*), max(s) FROM (SELECT name, sum(v) AS s FROM t JOIN dim ON t.h = dim.h GROUP BY name)
-- join, left, anti
SELECT count(*) FROM t LEFT JOIN dim ON t.v = dim.h WHERE dim.h IS NULL
-- semi join
SELECT count(*) FROM t WHERE v IN (SELECT h FROM dim WHERE c = 3)
-- join, two keys
SELECT count(*) FROM t a JOIN t b ON a.h = b.h AND a.g = b.g WHERE b.id < 1000000
-- join, full
SELECT count(*), sum(coalesce(a.v, 0)), sum(coalesce(b.c, 0)) FROM t a FULL JOIN dim b ON a.v = b.h
-- join, inequality
SELECT count(*) FROM (SELECT * FROM t WHERE id < 20000) a JOIN (SELECT * FROM dim WHERE h < 10000) b ON a.v < b.h
-- join, range
SELECT count(*) FROM (SELECT * FROM t WHERE id < 100000) a JOIN (SELECT h * 100 AS lo, h * 100 + 50 AS hi FROM dim WHERE h < 10000) b ON a.v BETWEEN b.lo AND b.hi
-- cross join
SELECT count(*), sum(a.v + b.c) FROM (SELECT v FROM t WHERE id < 10000) a, (SELECT c FROM dim WHERE h < 5000) b
-- UNION ALL
SELECT count(*), sum(x) FROM (SELECT v AS x FROM t UNION ALL SELECT h FROM t)
-- UNION
SELECT count(*) FROM (SELECT v AS x FROM t UNION SELECT h FROM t)
-- INTERSECT
SELECT count(*) FROM (SELECT v AS x FROM t INTERSECT SELECT h FROM t)
-- EXCEPT
SELECT count(*) FROM (SELECT v AS x FROM t EXCEPT SELECT h FROM t)
-- DISTINCT
SELECT count(*) FROM (SELECT DISTINCT g, day FROM t)
-- unnest
ours: SELECT sum(e) FROM (SELECT explode(a) AS e FROM arrs);
duck: SELECT sum(e) FROM (SELECT unnest(a) AS e FROM arrs)
-- array functions
ours: SELECT sum(size(a)), sum(a[1]), count_if(array_contains(a, 3)), sum(array_max(a)) FROM arrs;
duck: SELECT sum(len(a)), sum(a[2]), count_if(list_contains(a, 3)), sum(list_max(a)) FROM arrs
-- array sort, distinct
ours: SELECT sum(size(array_distinct(a))), sum(array_sort(a)[0]) FROM arrs;
duck: SELECT sum(len(list_distinct(a))), sum(list_sort(a)[1]) FROM arrs
-- array lambda
ours: SELECT sum(size(filter(transform(a, x -> x * 2), x -> x > 5))) FROM arrs;
duck: SELECT sum(len(list_filter(list_transform(a, lambda x: x * 2), lambda x: x > 5))) FROM arrs
-- recursive CTE
WITH RECURSIVE r(n, f) AS (SELECT 1, CAST(1 AS bigint) UNION ALL SELECT n + 1, (f * 3 + n) % 1000007 FROM r WHERE n < 1000) SELECT sum(f) FROM r
-- recursive CTE, graph
WITH RECURSIVE r(n) AS (SELECT CAST(0 AS bigint) UNION SELECT (r.n * 3 + k.e) % 100003 FROM r, (SELECT h AS e FROM dim WHERE h < 2) k) SELECT count(*) FROM r
-- correlated subquery
SELECT count(*) FROM t a WHERE a.id < 1000000 AND a.v > (SELECT avg(b.v) FROM t b WHERE b.g = a.g)
-- CREATE TABLE AS
CREATE OR REPLACE TABLE o AS SELECT id, v * 2 AS w, d FROM t
-- create table of strings
CREATE OR REPLACE TABLE o AS SELECT id, 'name ' || CAST(v AS varchar) AS s FROM t WHERE id % 10 = 0

-- group hits
ours: CREATE TABLE hits AS SELECT id AS WatchID, CASE WHEN id % 3 = 0 THEN '' ELSE concat('Title of the page number ', (id * 7919) % 50021, ' of a site about things') END AS Title, timestamp_seconds(1372636800 + (id * 104729) % 2678400) AS EventTime,
  DATE '2013-07-01' + CAST((id * 104729) % 2678400 DIV 86400 AS int) AS EventDate, CAST(CASE WHEN id % 5 = 0 THEN 62 ELSE (id * 31) % 7001 END AS int) AS CounterID, CAST((id * 15485863) % 900007 AS int) AS ClientIP, CAST((id * 7919) % 5003 AS int) AS RegionID,
  (id * 32452843) % 700001 * 1000003 AS UserID, concat('http://example', (id * 7919) % 1009, '.ru/', CASE WHEN id % 400 = 0 THEN 'google/' ELSE 'path/' END, (id * 49979687) % 300007) AS URL,
  CASE WHEN id % 2 = 0 THEN '' ELSE concat('http://', CASE WHEN id % 7 = 0 THEN 'www.' ELSE '' END, 'ref', (id * 104729) % 3001, '.com/s?', (id * 86028121) % 100003) END AS Referer, CAST(id % 11 = 0 AS int) AS IsRefresh,
  (id * 86028121) % 100003 AS RefererHash, (id * 49979687) % 300007 AS URLHash, CAST((id * 611953) % 60 * 32 AS smallint) AS ResolutionWidth, CAST(CASE WHEN id % 20 = 0 THEN id % 90 ELSE 0 END AS smallint) AS MobilePhone,
  CASE WHEN id % 20 = 0 THEN concat('phone ', id % 170) ELSE '' END AS MobilePhoneModel, CASE WHEN id % 8 = 0 THEN concat('search for ', (id * 1299709) % 60013) ELSE '' END AS SearchPhrase, CAST(id % 90 AS smallint) AS SearchEngineID,
  CAST(id % 10 - 1 AS smallint) AS TraficSourceID, CAST(CASE WHEN id % 100 = 0 THEN id % 29 ELSE 0 END AS smallint) AS AdvEngineID, CAST(id % 9 = 0 AS int) AS IsLink, CAST(id % 50 = 1 AS int) AS IsDownload, CAST(id % 10 = 3 AS int) AS DontCountHits,
  CAST((id * 611953) % 2000 AS int) AS WindowClientWidth, CAST((id * 1299709) % 1000 AS int) AS WindowClientHeight FROM range({rows/2}) r(id);
duck: CREATE TABLE hits AS SELECT id AS WatchID, CASE WHEN id % 3 = 0 THEN '' ELSE concat('Title of the page number ', (id * 7919) % 50021, ' of a site about things') END AS Title, make_timestamp((1372636800 + (id * 104729) % 2678400) * 1000000) AS EventTime,
  DATE '2013-07-01' + CAST((id * 104729) % 2678400 // 86400 AS int) AS EventDate, CAST(CASE WHEN id % 5 = 0 THEN 62 ELSE (id * 31) % 7001 END AS int) AS CounterID, CAST((id * 15485863) % 900007 AS int) AS ClientIP, CAST((id * 7919) % 5003 AS int) AS RegionID,
  (id * 32452843) % 700001 * 1000003 AS UserID, concat('http://example', (id * 7919) % 1009, '.ru/', CASE WHEN id % 400 = 0 THEN 'google/' ELSE 'path/' END, (id * 49979687) % 300007) AS URL,
  CASE WHEN id % 2 = 0 THEN '' ELSE concat('http://', CASE WHEN id % 7 = 0 THEN 'www.' ELSE '' END, 'ref', (id * 104729) % 3001, '.com/s?', (id * 86028121) % 100003) END AS Referer, CAST(id % 11 = 0 AS int) AS IsRefresh,
  (id * 86028121) % 100003 AS RefererHash, (id * 49979687) % 300007 AS URLHash, CAST((id * 611953) % 60 * 32 AS smallint) AS ResolutionWidth, CAST(CASE WHEN id % 20 = 0 THEN id % 90 ELSE 0 END AS smallint) AS MobilePhone,
  CASE WHEN id % 20 = 0 THEN concat('phone ', id % 170) ELSE '' END AS MobilePhoneModel, CASE WHEN id % 8 = 0 THEN concat('search for ', (id * 1299709) % 60013) ELSE '' END AS SearchPhrase, CAST(id % 90 AS smallint) AS SearchEngineID,
  CAST(id % 10 - 1 AS smallint) AS TraficSourceID, CAST(CASE WHEN id % 100 = 0 THEN id % 29 ELSE 0 END AS smallint) AS AdvEngineID, CAST(id % 9 = 0 AS int) AS IsLink, CAST(id % 50 = 1 AS int) AS IsDownload, CAST(id % 10 = 3 AS int) AS DontCountHits,
  CAST((id * 611953) % 2000 AS int) AS WindowClientWidth, CAST((id * 1299709) % 1000 AS int) AS WindowClientHeight FROM range({rows/2}) r(id)
-- Q0
SELECT COUNT(*) FROM hits
-- Q1
SELECT COUNT(*) FROM hits WHERE AdvEngineID <> 0
-- Q2
SELECT SUM(AdvEngineID), COUNT(*), AVG(ResolutionWidth) FROM hits
-- Q3
SELECT AVG(UserID) FROM hits
-- Q4
SELECT COUNT(DISTINCT UserID) FROM hits
-- Q5
SELECT COUNT(DISTINCT SearchPhrase) FROM hits
-- Q6
SELECT MIN(EventDate), MAX(EventDate) FROM hits
-- Q7
SELECT AdvEngineID, COUNT(*) FROM hits WHERE AdvEngineID <> 0 GROUP BY AdvEngineID ORDER BY COUNT(*) DESC
-- Q8
SELECT RegionID, COUNT(DISTINCT UserID) AS u FROM hits GROUP BY RegionID ORDER BY u DESC LIMIT 10
-- Q9
SELECT RegionID, SUM(AdvEngineID), COUNT(*) AS c, AVG(ResolutionWidth), COUNT(DISTINCT UserID) FROM hits GROUP BY RegionID ORDER BY c DESC LIMIT 10
-- Q10
SELECT MobilePhoneModel, COUNT(DISTINCT UserID) AS u FROM hits WHERE MobilePhoneModel <> '' GROUP BY MobilePhoneModel ORDER BY u DESC LIMIT 10
-- Q11
SELECT MobilePhone, MobilePhoneModel, COUNT(DISTINCT UserID) AS u FROM hits WHERE MobilePhoneModel <> '' GROUP BY MobilePhone, MobilePhoneModel ORDER BY u DESC LIMIT 10
-- Q12
SELECT SearchPhrase, COUNT(*) AS c FROM hits WHERE SearchPhrase <> '' GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10
-- Q13
SELECT SearchPhrase, COUNT(DISTINCT UserID) AS u FROM hits WHERE SearchPhrase <> '' GROUP BY SearchPhrase ORDER BY u DESC LIMIT 10
-- Q14
SELECT SearchEngineID, SearchPhrase, COUNT(*) AS c FROM hits WHERE SearchPhrase <> '' GROUP BY SearchEngineID, SearchPhrase ORDER BY c DESC LIMIT 10
-- Q15
SELECT UserID, COUNT(*) FROM hits GROUP BY UserID ORDER BY COUNT(*) DESC LIMIT 10
-- Q16
SELECT UserID, SearchPhrase, COUNT(*) FROM hits GROUP BY UserID, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10
-- Q17
SELECT UserID, SearchPhrase, COUNT(*) FROM hits GROUP BY UserID, SearchPhrase LIMIT 10
-- Q18
SELECT UserID, extract(minute FROM EventTime) AS m, SearchPhrase, COUNT(*) FROM hits GROUP BY UserID, m, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10
-- Q19
SELECT UserID FROM hits WHERE UserID = 435090932899640449
-- Q20
SELECT COUNT(*) FROM hits WHERE URL LIKE '%google%'
-- Q21
SELECT SearchPhrase, MIN(URL), COUNT(*) AS c FROM hits WHERE URL LIKE '%google%' AND SearchPhrase <> '' GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10
-- Q22
SELECT SearchPhrase, MIN(URL), MIN(Title), COUNT(*) AS c, COUNT(DISTINCT UserID) FROM hits WHERE Title LIKE '%77%' AND URL NOT LIKE '%.google.%' AND SearchPhrase <> '' GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10
-- Q23
SELECT * FROM hits WHERE URL LIKE '%google%' ORDER BY EventTime LIMIT 10
-- Q24
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> '' ORDER BY EventTime LIMIT 10
-- Q25
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> '' ORDER BY SearchPhrase LIMIT 10
-- Q26
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> '' ORDER BY EventTime, SearchPhrase LIMIT 10
-- Q27
SELECT CounterID, AVG(length(URL)) AS l, COUNT(*) AS c FROM hits WHERE URL <> '' GROUP BY CounterID HAVING COUNT(*) > 100000 ORDER BY l DESC LIMIT 25
-- Q28
ours: SELECT regexp_replace(Referer, '^https?://(?:www\\.)?([^/]+)/.*$', '$1') AS k, AVG(length(Referer)) AS l, COUNT(*) AS c, MIN(Referer) FROM hits WHERE Referer <> '' GROUP BY 1 HAVING COUNT(*) > 100 ORDER BY l DESC LIMIT 25;
duck: SELECT regexp_replace(Referer, '^https?://(?:www\.)?([^/]+)/.*$', '\1') AS k, AVG(length(Referer)) AS l, COUNT(*) AS c, MIN(Referer) FROM hits WHERE Referer <> '' GROUP BY 1 HAVING COUNT(*) > 100 ORDER BY l DESC LIMIT 25
-- Q29
SELECT SUM(ResolutionWidth), SUM(ResolutionWidth + 1), SUM(ResolutionWidth + 2), SUM(ResolutionWidth + 3), SUM(ResolutionWidth + 4), SUM(ResolutionWidth + 5), SUM(ResolutionWidth + 6), SUM(ResolutionWidth + 7), SUM(ResolutionWidth + 8), SUM(ResolutionWidth + 9), SUM(ResolutionWidth + 10), SUM(ResolutionWidth + 11), SUM(ResolutionWidth + 12), SUM(ResolutionWidth + 13), SUM(ResolutionWidth + 14), SUM(ResolutionWidth + 15), SUM(ResolutionWidth + 16), SUM(ResolutionWidth + 17), SUM(ResolutionWidth + 18), SUM(ResolutionWidth + 19), SUM(ResolutionWidth + 20), SUM(ResolutionWidth + 21), SUM(ResolutionWidth + 22), SUM(ResolutionWidth + 23), SUM(ResolutionWidth + 24), SUM(ResolutionWidth + 25), SUM(ResolutionWidth + 26), SUM(ResolutionWidth + 27), SUM(ResolutionWidth + 28), SUM(ResolutionWidth + 29), SUM(ResolutionWidth + 30), SUM(ResolutionWidth + 31), SUM(ResolutionWidth + 32), SUM(ResolutionWidth + 33), SUM(ResolutionWidth + 34), SUM(ResolutionWidth + 35), SUM(ResolutionWidth + 36), SUM(ResolutionWidth + 37), SUM(ResolutionWidth + 38), SUM(ResolutionWidth + 39), SUM(ResolutionWidth + 40), SUM(ResolutionWidth + 41), SUM(ResolutionWidth + 42), SUM(ResolutionWidth + 43), SUM(ResolutionWidth + 44), SUM(ResolutionWidth + 45), SUM(ResolutionWidth + 46), SUM(ResolutionWidth + 47), SUM(ResolutionWidth + 48), SUM(ResolutionWidth + 49), SUM(ResolutionWidth + 50), SUM(ResolutionWidth + 51), SUM(ResolutionWidth + 52), SUM(ResolutionWidth + 53), SUM(ResolutionWidth + 54), SUM(ResolutionWidth + 55), SUM(ResolutionWidth + 56), SUM(ResolutionWidth + 57), SUM(ResolutionWidth + 58), SUM(ResolutionWidth + 59), SUM(ResolutionWidth + 60), SUM(ResolutionWidth + 61), SUM(ResolutionWidth + 62), SUM(ResolutionWidth + 63), SUM(ResolutionWidth + 64), SUM(ResolutionWidth + 65), SUM(ResolutionWidth + 66), SUM(ResolutionWidth + 67), SUM(ResolutionWidth + 68), SUM(ResolutionWidth + 69), SUM(ResolutionWidth + 70), SUM(ResolutionWidth + 71), SUM(ResolutionWidth + 72), SUM(ResolutionWidth + 73), SUM(ResolutionWidth + 74), SUM(ResolutionWidth + 75), SUM(ResolutionWidth + 76), SUM(ResolutionWidth + 77), SUM(ResolutionWidth + 78), SUM(ResolutionWidth + 79), SUM(ResolutionWidth + 80), SUM(ResolutionWidth + 81), SUM(ResolutionWidth + 82), SUM(ResolutionWidth + 83), SUM(ResolutionWidth + 84), SUM(ResolutionWidth + 85), SUM(ResolutionWidth + 86), SUM(ResolutionWidth + 87), SUM(ResolutionWidth + 88), SUM(ResolutionWidth + 89) FROM hits
-- Q30
SELECT SearchEngineID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits WHERE SearchPhrase <> '' GROUP BY SearchEngineID, ClientIP ORDER BY c DESC LIMIT 10
-- Q31
SELECT WatchID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits WHERE SearchPhrase <> '' GROUP BY WatchID, ClientIP ORDER BY c DESC LIMIT 10
-- Q32
SELECT WatchID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits GROUP BY WatchID, ClientIP ORDER BY c DESC LIMIT 10
-- Q33
SELECT URL, COUNT(*) AS c FROM hits GROUP BY URL ORDER BY c DESC LIMIT 10
-- Q34
SELECT 1, URL, COUNT(*) AS c FROM hits GROUP BY 1, URL ORDER BY c DESC LIMIT 10
-- Q35
SELECT ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3, COUNT(*) AS c FROM hits GROUP BY ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3 ORDER BY c DESC LIMIT 10
-- Q36
SELECT URL, COUNT(*) AS PageViews FROM hits WHERE CounterID = 62 AND EventDate >= DATE '2013-07-01' AND EventDate <= DATE '2013-07-31' AND DontCountHits = 0 AND IsRefresh = 0 AND URL <> '' GROUP BY URL ORDER BY PageViews DESC LIMIT 10
-- Q37
SELECT Title, COUNT(*) AS PageViews FROM hits WHERE CounterID = 62 AND EventDate >= DATE '2013-07-01' AND EventDate <= DATE '2013-07-31' AND DontCountHits = 0 AND IsRefresh = 0 AND Title <> '' GROUP BY Title ORDER BY PageViews DESC LIMIT 10
-- Q38
SELECT URL, COUNT(*) AS PageViews FROM hits WHERE CounterID = 62 AND EventDate >= DATE '2013-07-01' AND EventDate <= DATE '2013-07-31' AND IsRefresh = 0 AND IsLink <> 0 AND IsDownload = 0 GROUP BY URL ORDER BY PageViews DESC LIMIT 10 OFFSET 1000
-- Q39
SELECT TraficSourceID, SearchEngineID, AdvEngineID, CASE WHEN (SearchEngineID = 0 AND AdvEngineID = 0) THEN Referer ELSE '' END AS Src, URL AS Dst, COUNT(*) AS PageViews FROM hits WHERE CounterID = 62 AND EventDate >= DATE '2013-07-01' AND EventDate <= DATE '2013-07-31' AND IsRefresh = 0 GROUP BY TraficSourceID, SearchEngineID, AdvEngineID, Src, Dst ORDER BY PageViews DESC LIMIT 10 OFFSET 1000
-- Q40
SELECT URLHash, EventDate, COUNT(*) AS PageViews FROM hits WHERE CounterID = 62 AND EventDate >= DATE '2013-07-01' AND EventDate <= DATE '2013-07-31' AND IsRefresh = 0 AND TraficSourceID IN (-1, 6) AND RefererHash = 35940 GROUP BY URLHash, EventDate ORDER BY PageViews DESC LIMIT 10 OFFSET 100
-- Q41
SELECT WindowClientWidth, WindowClientHeight, COUNT(*) AS PageViews FROM hits WHERE CounterID = 62 AND EventDate >= DATE '2013-07-01' AND EventDate <= DATE '2013-07-31' AND IsRefresh = 0 AND DontCountHits = 0 AND URLHash = 28680 GROUP BY WindowClientWidth, WindowClientHeight ORDER BY PageViews DESC LIMIT 10 OFFSET 10000
-- Q42
SELECT DATE_TRUNC('minute', EventTime) AS M, COUNT(*) AS PageViews FROM hits WHERE CounterID = 62 AND EventDate >= DATE '2013-07-14' AND EventDate <= DATE '2013-07-15' AND IsRefresh = 0 AND DontCountHits = 0 GROUP BY DATE_TRUNC('minute', EventTime) ORDER BY DATE_TRUNC('minute', EventTime) LIMIT 10 OFFSET 1000
