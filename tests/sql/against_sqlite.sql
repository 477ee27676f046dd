select a, b from t where exists (select 1 from s where s.x = t.a)
select a, b from t where not exists (select 1 from s where s.x = t.a)
select a, b from t where a in (select x from s)
select a, b from t where a not in (select x from s)
select a, b from t where a not in (select x from s where x is not null)
select a, b from t where a not in (select k from e)
select a, b from t where a in (select x from s where s.y = t.b)
select a, b from t where a not in (select x from s where s.y = t.b)
select a, b, a in (select x from s) from t
select a, b, a not in (select x from s) from t
select a, b, a in (select x from s where s.y > t.b) from t
select a, b, a in (select k from e) from t
select a, exists (select 1 from s where s.x = t.a and s.y > t.b) from t
select a, (select count(*) from s where s.x = t.a) from t
select a, (select sum(y) from s where s.x = t.a) from t
select a, (select max(y) from s where s.x < t.a) from t
select a, (select count(*) from s where s.x < t.a and s.y = t.b) from t
select a, (select count(*) + 1 from s where s.x = t.a) from t
select a, (select coalesce(sum(y), -1) from s where s.x = t.a) from t
select a, (select count(*) from s where s.x = t.a having count(*) > 2) from t
select a, (select max(y) from s) from t
select a from t where b > (select avg(y) from s where s.x = t.a)
select a from t where b = (select max(y) from s where s.x = t.a) or a > 6
select a, (select y from s where s.x = t.a order by y desc, z limit 1) from t where a is not null
select a, (select y + t.b from s where s.x = t.a order by y desc, z limit 1) from t where a is not null
select a from t where exists (select 1 from s where s.x = t.a and exists (select 1 from u where u.p = s.y and u.q > t.b))
select a from t where exists (select 1 from s where s.x = t.a and not exists (select 1 from u where u.p = s.x and u.q = t.c))
select a, (select count(*) from s where s.x = t.a and s.y in (select p from u where u.q > t.b)) from t
select a, (select sum(cnt) from (select y, count(*) as cnt from s where s.x = t.a group by y) d) from t
select a, (select count(*) from (select x from s where s.x = t.a union all select p from u where u.p = t.a) d) from t
select a, (select count(*) from (select x from s where s.x = t.a union select p from u where u.p > t.a) d) from t
select a, (select count(*) from s left join u on u.p = s.x where s.y = t.b) from t
select a, (select count(u.p) from s left join u on u.p = s.x and u.q > t.a where s.y = t.b) from t
select a, (select count(*) from (select distinct y from s where s.x = t.a) d) from t
select a, b from t where (a, b) in (select x, y from s)
select a, b from t where a is not null and b is not null and (a, b) not in (select x, y from s where x is not null and y is not null)
select t.a, s.y from t join s on t.a = s.x and t.b < s.y
select t.a, s.y from t left join s on t.a = s.x and t.b < s.y
select * from t natural join (select x as a, y as d from s) n
select * from t join (select x as a, y as d from s) n using (a)
select a, t.a, n.a, d from t left join (select x as a, y as d from s) n using (a)
select a, t.a, n.a, d from t full join (select x as a, y as d from s) n using (a)
select a, d from t right join (select x as a, y as d from s) n using (a)
select t.a, s.x, u.p from t full join s on t.a = s.x left join u on u.p = s.y
select a, count(*), sum(b), avg(c) from t group by a
select a + 1, count(*) from t group by a + 1
select a + 1 as k, count(*) from t group by k having count(*) > 3
select a, count(*) from t group by 1 order by 2 desc, 1 limit 5
select count(*), sum(a) from e, t
select sum(k), count(k), max(v) from e
select a, sum(b) from t group by a having sum(b) > (select avg(y) * 3 from s)
select a, sum(b), (select count(*) from s where s.x = t.a) from t group by a
select a, sum(b) as sb from t group by a order by sb desc, a limit 3
select distinct a, b from t
select distinct a from t order by a desc limit 3
select count(distinct a), count(distinct b), sum(distinct c) from t
select count(*) filter (where a > 3), sum(b) filter (where c < 0) from t
select a from t union select x from s
select a from t union all select x from s order by 1 limit 7
select a from t intersect select x from s
select a from t except select x from s
with w as (select a, count(*) as n from t group by a) select w1.a, w2.n from w w1 join w w2 on w1.a = w2.a
with w(k, n) as (select a, count(*) from t group by a), v as (select max(n) as m from w) select k from w, v where n = m
with recursive r(n) as (select 1 union all select n + 1 from r where n < 20) select n, n * n from r
with recursive r(n) as (select a from t where a is not null union select (n * 3 + 1) % 17 from r) select * from r
select a, row_number() over (order by a, b, c) from t
select a, b, sum(b) over (partition by a) from t
select a, b, sum(b) over (partition by a order by b, c) from t where b is not null and c is not null
select a, b, rank() over (order by a) from t
select a, b, dense_rank() over (partition by b order by a) from t
select a, sum(sum(b)) over (order by a) from t group by a
select a, lag(a) over (order by a, b, c) from t
select a, b, sum(b) over (order by a, b, c rows between 1 preceding and 1 following) from t
select a, b, sum(b) over w, count(*) over w from t window w as (partition by a)
select a, rank() over (order by count(*) desc) from t group by a
select a, b from t order by c desc, a, b limit 5 offset 3
select case when a in (select x from s) then 'in' else 'out' end as w, count(*) from t group by w
select a from t where a > all (select x from s where x < 5 and x is not null) ### select a from t where a > (select max(x) from s where x < 5)
select a from t where a >= any (select x from s) ### select a from t where a >= (select min(x) from s)
select a, a < all (select y from s where s.x = t.b) from t ### select a, case when (select count(*) from s where s.x = t.b) = 0 then 1 when exists (select 1 from s where s.x = t.b and t.a >= y) then 0 when (select count(*) from s where s.x=t.b and (y is null or t.a is null)) > 0 then null else 1 end from t
select l.a, r.y from t l, lateral (select y from s where s.x = l.a) r ### select l.a, r.y from t l join s r on r.x = l.a
select l.a, r.n from t l, lateral (select count(*) as n from s where s.x = l.a) r ### select l.a, (select count(*) from s where s.x = l.a) from t l
select l.a, r.y from t l left join lateral (select y from s where s.x = l.a and y > l.b) r on true ### select l.a, r.y from t l left join s r on r.x = l.a and r.y > l.b
select l.a, r.y from t l cross join lateral (select y, z from s where s.x = l.a order by y desc, z desc limit 2) r ### select l.a, r.y from t l join (select x,y, row_number() over (partition by x order by y desc, z desc) rn from s) r on r.x = l.a and rn <= 2
select a, b, grouping(a), grouping(b), count(*) from t group by rollup(a, b) ### select a,b,0,0,count(*) from t group by a,b union all select a,null,0,1,count(*) from t group by a union all select null,null,1,1,count(*) from t
select a, b, count(*) from t group by cube(a, b) ### select a,b,count(*) from t group by a,b union all select a,null,count(*) from t group by a union all select null,null,count(*) from t union all select null,b,count(*) from t group by b
select a, sum(c) from t group by grouping sets ((a), ()) having sum(c) is not null ### select * from (select a,sum(c) s from t group by a union all select null,sum(c) from t) where s is not null
select distinct on (a) a, b, c from t order by a, b desc, c desc ### select a,b,c from (select a,b,c,row_number() over (partition by a order by b desc, c desc) rn from t) where rn=1
select a, count(*) from t group by all ### select a, count(*) from t group by a
select (select max(x) from s where s.y = t.b) as m, count(*) from t group by m
select max((select count(*) from s where s.x = t.a)) from t
select a from t where (select count(*) from s where s.x = t.a) > 2 and b in (1,2,3)
select a, b from t t1 where b = (select max(b) from t t2 where t2.a = t1.a)
select a, (select (select max(q) from u where u.p = s.x and u.q > t.b) from s where s.x = t.a order by y desc, z desc limit 1) from t where a is not null
select sum(a) from t where a between 2 and 5 or b is null
select a from t where not (a in (select x from s where s.y = 1) and b > 2)
select x from s where x in (select a from t where b in (select q from u where u.p = s.z or u.p = t.a))
select 1 where exists (select 1 from e) or 1 in (select a from t)
select a, b from t where a = 3 order by (select count(*) from s where s.x = t.b), b, c limit 3
select case when exists (select 1 from e) then 1 else 0 end as r, (select 5) as five
select v.a, v.n from (select a, count(*) as n from t group by a) v where v.n > (select avg(n) from (select count(*) as n from s group by x) z)
select a as z, -a as a from t order by a, z limit 5
