"""Random queries in what SQLite, DuckDB and Spark mean alike: integers, nulls, joins, subqueries, groups, windows, sets."""
import random

TABLES = {"t": ("a", "b", "c"), "s": ("x", "y", "z"), "u": ("p", "q"), "e": ("k", "v")}
ROWS = {"t": 25, "s": 18, "u": 9, "e": 0}


def fill(rng):
    """CREATE and INSERT statements: small numbers, many nulls, rows that repeat."""
    out = []
    for name, columns in TABLES.items():
        out.append(f"CREATE TABLE {name} ({', '.join(c + ' INT' for c in columns)})")
        rows = []
        for _ in range(ROWS[name]):
            if rows and rng.random() < 0.2:
                rows.append(rng.choice(rows))
                continue
            rows.append("(" + ", ".join("NULL" if rng.random() < 0.15 else str(rng.randint(-3, 6)) for _ in columns) + ")")
        if rows:
            out.append(f"INSERT INTO {name} VALUES {', '.join(rows)}")
    return out


class Query:
    """Makes one query; `columns` are the names in reach."""

    def __init__(self, rng):
        self.rng = rng
        self.names = 0

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, p):
        return self.rng.random() < p

    def alias(self):
        self.names += 1
        return f"r{self.names}"

    # ---- expressions ----

    def number(self, columns, depth):
        r = self.rng.random()
        if depth <= 0 or r < 0.35:
            return self.rng.choice(columns) if columns and self.chance(0.8) else self.pick("0", "1", "2", "-1", "5", "NULL")
        if r < 0.6:
            return f"({self.number(columns, depth - 1)} {self.pick('+', '-', '*')} {self.number(columns, depth - 2)})"
        if r < 0.7:
            return f"coalesce({self.number(columns, depth - 1)}, {self.number(columns, depth - 1)})"
        if r < 0.8:
            return f"CASE WHEN {self.test(columns, depth - 1)} THEN {self.number(columns, depth - 1)} ELSE {self.number(columns, depth - 1)} END"
        if r < 0.87:
            return f"nullif({self.number(columns, depth - 1)}, {self.number(columns, depth - 1)})"
        if r < 0.92:
            return f"abs({self.number(columns, depth - 1)})"
        return self.scalar(columns, depth - 1)

    def inner(self, columns, depth):
        """FROM ... WHERE of a subquery, and its own columns."""
        name = self.rng.choice(list(TABLES))
        alias = self.alias()
        own = [f"{alias}.{c}" for c in TABLES[name]]
        reach = own + (columns if self.chance(0.6) else [])
        where = f" WHERE {self.test(reach, depth)}" if self.chance(0.75) else ""
        return f"FROM {name} {alias}{where}", own

    def scalar(self, columns, depth):
        body, own = self.inner(columns, depth)
        return f"(SELECT {self.pick('min', 'max', 'sum', 'count')}({self.rng.choice(own)}) {body})"

    def compare(self, columns, depth):
        return f"{self.number(columns, depth)} {self.pick('=', '<>', '<', '<=', '>', '>=')} {self.number(columns, depth)}"

    def test(self, columns, depth):
        r = self.rng.random()
        if depth <= 0 or r < 0.4:
            return self.compare(columns, depth - 1)
        if r < 0.6:
            return f"({self.test(columns, depth - 1)} {self.pick('AND', 'OR')} {self.test(columns, depth - 1)})"
        if r < 0.67:
            return f"NOT ({self.test(columns, depth - 1)})"
        if r < 0.75:
            return f"({self.number(columns, depth - 1)} IS {self.pick('', 'NOT ')}NULL)"
        if r < 0.81:
            return f"{self.number(columns, depth - 1)} {self.pick('', 'NOT ')}BETWEEN {self.number(columns, 0)} AND {self.number(columns, 0)}"
        if r < 0.87:
            values = ", ".join(self.number(columns, 0) for _ in range(self.rng.randint(1, 4)))
            return f"{self.number(columns, depth - 1)} {self.pick('', 'NOT ')}IN ({values})"
        body, own = self.inner(columns, depth - 1)
        if r < 0.94:
            return f"{self.number(columns, depth - 2)} {self.pick('', 'NOT ')}IN (SELECT {self.number(own, 1)} {body})"
        return f"{self.pick('', 'NOT ')}EXISTS (SELECT 1 {body})"

    # ---- FROM ----

    def source(self, depth):
        """A table or a subquery under an alias, with its columns."""
        alias = self.alias()
        if depth > 0 and self.chance(0.2):
            text, n = self.select(depth - 1, width=2)
            names = [f"c{i}" for i in range(n)]
            outer = self.alias()
            return f"(SELECT {', '.join(f'{outer}.{c}' for c in names)} FROM ({text}) {outer}) {alias}", [f"{alias}.{c}" for c in names]
        name = self.rng.choice(["t", "s", "u", "e", "t", "s"])
        return f"{name} {alias}", [f"{alias}.{c}" for c in TABLES[name]]

    def tables(self, depth):
        text, columns = self.source(depth)
        for _ in range(self.pick(0, 0, 1, 1, 2)):
            more, own = self.source(depth)
            kind = self.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "JOIN")
            if kind == "CROSS JOIN":
                text += f" CROSS JOIN {more}"
            else:
                on = f"{self.rng.choice(columns)} = {self.rng.choice(own)}"
                if self.chance(0.4):
                    on += f" {self.pick('AND', 'AND', 'OR')} {self.test(columns + own, 1 if depth > 0 else 0)}"
                text += f" {kind} {more} ON {on}"
            columns = columns + own
        return text, columns

    # ---- trees of joins ----

    def tree(self, depth):
        """Joins of every kind, to the left and to the right, of up to depth + 3 tables."""
        if depth == 0:
            name, alias = self.pick("s", "u", "u", "e"), self.alias()
            return f"{name} {alias}", [f"{alias}.{c}" for c in TABLES[name]]
        left, lc = self.tree(depth - 1)
        right, rc = self.tree(self.rng.randint(0, min(depth - 1, 2)) if self.chance(0.25) else 0)
        kind = self.pick("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN") if self.chance(0.5) else self.pick("JOIN", "LEFT JOIN")
        a, b = self.rng.choice(lc), self.rng.choice(rc)
        on = f"{a} = {b}"
        if kind != "FULL JOIN":
            on = self.pick(on, on, on, f"{on} AND {self.rng.choice(lc)} < {self.rng.choice(rc)}", f"{a} + {self.rng.choice(lc)} = {b}",
                           f"coalesce({a}, 1) = {b}", f"{b} = 2", f"{a} IS NOT DISTINCT FROM {b}")
        return f"({left} {kind} {right} ON {on})", lc + rc

    def looked_up(self, columns):
        """A condition that becomes a SEMI, ANTI or MARK join."""
        text, own = self.tree(self.pick(0, 0, 1))
        a, b = self.rng.choice(columns), self.rng.choice(own)
        return self.pick(f"EXISTS (SELECT 1 FROM {text} WHERE {a} = {b})", f"NOT EXISTS (SELECT 1 FROM {text} WHERE {a} = {b})", f"{a} IN (SELECT {b} FROM {text})",
                         f"{a} NOT IN (SELECT {b} FROM {text} WHERE {b} IS NOT NULL)", f"({a} IN (SELECT {b} FROM {text}) OR {a} = 1)",
                         f"{a} = (SELECT max({b}) FROM {text} WHERE {self.rng.choice(own)} = {self.rng.choice(columns)})")

    def joined(self):
        text, columns = self.tree(self.rng.randint(2, 4))
        tests = [self.looked_up(columns) if self.chance(0.5) else self.compare(columns, 0) if self.chance(0.6) else f"{self.rng.choice(columns)} IS NULL"
                 for _ in range(self.pick(0, 1, 2, 2))]
        keys = ", ".join(self.rng.sample(columns, 2))
        return f"SELECT {keys}, count(*) FROM {text}{' WHERE ' if tests else ''}{' AND '.join(tests)} GROUP BY {keys}"

    # ---- queries ----

    def grouped(self, text, columns, where, width, depth):
        keys = [self.number(columns, 1) if self.chance(0.3) else self.rng.choice(columns) for _ in range(self.pick(0, 1, 1, 2))]
        keys = [k for k in keys if any(c in k for c in columns) and "SELECT" not in k]

        def aggregate():
            distinct = self.pick("", "", "", "DISTINCT ")
            if self.chance(0.2):
                return "count(*)"
            return f"{self.pick('sum', 'min', 'max', 'count')}({distinct}{self.number(columns, 1)})"

        items = []
        for i in range(width):
            item = keys[i % len(keys)] if keys and self.chance(0.4) else aggregate()
            items.append(f"{item} AS c{i}")
        having = f" HAVING {aggregate()} {self.pick('>', '<=', '<>')} {self.number([], 0)}" if self.chance(0.3) else ""
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        if not keys and not any("(" in i for i in items):
            items[0] = "count(*) AS c0"
        return f"SELECT {', '.join(items)} FROM {text}{where}{group}{having}"

    def windowed(self, text, columns, where, width):
        order = ", ".join(c + self.pick("", "", " DESC") for c in self.rng.sample(columns, len(columns)))
        partition = f"PARTITION BY {self.rng.choice(columns)} " if self.chance(0.6) else ""
        frame = self.pick("", "", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING",
                          " ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING", " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW",
                          " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING EXCLUDE TIES")
        call = self.pick(f"{self.pick('sum', 'count', 'min', 'max')}({self.rng.choice(columns)})", "rank()", "dense_rank()",
                         f"lag({self.rng.choice(columns)}, 2)", f"lead({self.rng.choice(columns)})", f"first_value({self.rng.choice(columns)})",
                         "ntile(3)", "row_number()", "row_number()", "rank()")
        if not call.startswith(("sum", "count", "min", "max", "first")):
            frame = ""
        # one window: which of several equal rows comes first is open, and two windows may see them differently
        items = [f"{call} OVER ({partition}ORDER BY {order}{frame}) AS c0"] + [f"{self.rng.choice(columns)} AS c{i}" for i in range(1, width)]
        query = f"SELECT {', '.join(items)} FROM {text}{where}"
        if call in ("rank()", "dense_rank()", "row_number()") and self.chance(0.6):  # the first of each group
            query = f"SELECT * FROM ({query}) {self.alias()} WHERE c0 {self.pick('<= 2', '= 1', '< 4', 'IN (1, 3)')}"
        return query

    def plain(self, text, columns, where, width, depth):
        items = ", ".join(f"{self.number(columns, 2 if depth > 0 else 1)} AS c{i}" for i in range(width))
        return f"SELECT {self.pick('', '', 'DISTINCT ')}{items} FROM {text}{where}"

    def select(self, depth=2, width=None):
        """A query and how many columns it has."""
        width = width or self.rng.randint(1, 3)
        if depth > 0 and self.chance(0.15):
            left, _ = self.select(depth - 1, width)
            right, _ = self.select(depth - 1, width)
            return f"SELECT * FROM ({left}) {self.alias()} {self.pick('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT')} SELECT * FROM ({right}) {self.alias()}", width
        text, columns = self.tables(depth)
        where = f" WHERE {self.test(columns, depth)}" if self.chance(0.7) else ""
        r = self.rng.random()
        if r < 0.35:
            return self.grouped(text, columns, where, width, depth), width
        if r < 0.5:
            return self.windowed(text, columns, where, width), width
        return self.plain(text, columns, where, width, depth), width

    # ---- checks against ourselves ----

    def partitions(self):
        """TLP: rows of a query, and those for which a test is true, false and unknown."""
        text, columns = self.tables(1)
        test = self.test(columns, 2)
        what = ", ".join(columns)
        parts = [f"SELECT {what} FROM {text} WHERE {p}" for p in (test, f"NOT ({test})", f"({test}) IS NULL")]
        return f"SELECT {what} FROM {text}", " UNION ALL ".join(parts)

    def unoptimised(self):
        """NoREC: how many rows a filter keeps, and for how many rows its test is true."""
        text, columns = self.tables(1)
        test = self.test(columns, 2)
        return f"SELECT count(*) FROM {text} WHERE {test}", f"SELECT coalesce(sum(CASE WHEN {test} THEN 1 ELSE 0 END), 0) FROM {text}"


def make(seed):
    return random.Random(seed)
