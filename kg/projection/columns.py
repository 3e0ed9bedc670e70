"""The columns of the claims, in an embedded DuckDB: roll-ups, and questions of people's own.

A change of one row of so wide a table takes ten milliseconds and more, so what changed waits until
somebody rolls up, until much is waiting, or until the file is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from kg.projection.fault import Fault
from kg.projection.filters import TEXT, VERIFICATION, Filters
from kg.projection.fold import RESTS_ON, Fold, in_order
from kg.projection.question import Condition, Question, condition, quoted
from kg.projection.rows import Row, Teller, within

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "512MB",
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "preserve_insertion_order": False,
}
_KEPT = {
    "claim_n": "INTEGER",
    "claim_id": "VARCHAR",
    "claim_version": "INTEGER",
    "claim_snapshot": "VARCHAR",
    "claim_made": "VARCHAR",
    "claim_agent": "VARCHAR",
    RESTS_ON: "VARCHAR[]",
}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (number BIGINT, stamp VARCHAR);
CREATE TABLE IF NOT EXISTS source (id VARCHAR, title VARCHAR, kind VARCHAR, published VARCHAR);
CREATE TABLE IF NOT EXISTS term (id VARCHAR, curie VARCHAR, label VARCHAR);
CREATE TABLE IF NOT EXISTS above (id VARCHAR, ancestor VARCHAR);
"""
_SOURCE = {"id": "VARCHAR", "title": "VARCHAR", "kind": "VARCHAR", "published": "VARCHAR"}
_MANIFOLD = ("entity", "statement")
"""Filters by whose values nearly every claim differs from the others."""
_MOST = 500
"""How many changed claims may wait."""
_FEW = 200
"""Up to how many numbers are written out in a question."""


class Columns:
    """The columns of every claim.

    :param path: the file; ``None`` keeps them in memory.
    :raises Fault: if the file is no such thing; later, if it cannot be read or written.
    """

    def __init__(self, path: Path | None, filters: Filters) -> None:
        self._filters, self._folder = filters, path.parent if path else None
        self._types = {**_KEPT, **_columns(filters)}
        self._spelt = lru_cache(maxsize=20_000)(self._spell)
        self._waiting: dict[int, Row | None] = {}
        self._waiting_sources: dict[str, Teller | None] = {}
        import duckdb  # takes a quarter of a second, and most commands never list anything

        self._error = duckdb.Error
        columns = ", ".join(f"{quoted(n)} {t}" for n, t in self._types.items())
        try:
            self._db = duckdb.connect(str(path) if path else ":memory:", config=_SETTINGS)
        except duckdb.Error as e:
            raise Fault(str(e)) from None
        try:
            self._run(_SCHEMA + f"CREATE TABLE IF NOT EXISTS claim ({columns});")
        except Fault:
            self._db.close()
            raise

    # ---- writing

    @property
    def state(self) -> tuple[int, str] | None:
        """The commit that they are in step with, and the stamp of what they were made by."""
        found = self._run("SELECT number, stamp FROM state")
        return (int(found[0][0]), str(found[0][1])) if found else None

    @contextmanager
    def change(self, number: int, stamp: str) -> Iterator[None]:
        """All that is written inside, and the commit that it brings them to, or nothing."""
        self._run("BEGIN")
        try:
            yield
            self._run("DELETE FROM state")
            self._run("INSERT INTO state VALUES (?, ?)", [number, stamp])
            self._run("COMMIT")
        except BaseException:
            self._run("ROLLBACK")
            raise

    def put(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Keep claims that are not kept yet, each by its number."""
        self._insert("claim", self._types, [self._told(n, row) for n, row in rows])

    def put_sources(self, tellers: Sequence[Teller]) -> None:
        """Keep sources that are not kept yet."""
        self._insert("source", _SOURCE, [{n: getattr(t, n) for n in _SOURCE} for t in tellers])

    @property
    def is_waiting(self) -> bool:
        """Whether anything changed that is not written yet."""
        return bool(self._waiting or self._waiting_sources)

    def wait(self, rows: Mapping[int, Row | None], sources: Mapping[str, Teller | None]) -> None:
        """Take what changed; ``None`` for what is gone."""
        self._waiting.update(rows)
        self._waiting_sources.update(sources)

    def write(self, number: int, stamp: str, *, many: bool = False) -> None:
        """Write what is waiting.

        :param number: the commit that it brings them to.
        :param many: only if much is waiting.
        """
        rows, sources = self._waiting, self._waiting_sources
        if (many and len(rows) < _MOST) or not (rows or sources or self.state != (number, stamp)):
            return
        with self.change(number, stamp):
            if rows:
                self._run(f"DELETE FROM claim WHERE claim_n IN {_LISTED}", [_json(list(rows))])
                self.put([(n, row) for n, row in rows.items() if row is not None])
            if sources:
                self._run(f"DELETE FROM source WHERE id IN {_NAMED}", [_json(list(sources))])
                self.put_sources([t for t in sources.values() if t is not None])
        self._waiting, self._waiting_sources = {}, {}

    def put_terms(self, terms: Sequence[Mapping[str, str]], above: Sequence[tuple[str, str]]) -> None:
        """Keep the terms of the vocabulary, and what stands above each."""
        self._insert("term", {"id": "VARCHAR", "curie": "VARCHAR", "label": "VARCHAR"}, list(terms))
        pairs = [{"id": a, "ancestor": b} for a, b in above]
        self._insert("above", {"id": "VARCHAR", "ancestor": "VARCHAR"}, pairs)

    def judge(self, states: Mapping[int, str]) -> None:
        """Keep whether the anchors of claims hold."""
        for n, row in self._waiting.items():
            if row is not None and n in states:
                self._waiting[n] = replace(row, values={**row.values, VERIFICATION: frozenset((states[n],))})
        self._run(
            f"""UPDATE claim SET "{VERIFICATION}" = told.state FROM
            (SELECT unnest(from_json(?, '[{{"n":"INTEGER","state":"VARCHAR"}}]'), max_depth := 2)) told
            WHERE claim.claim_n = told.n""",
            [_json([{"n": n, "state": state} for n, state in states.items()])],
        )

    # ---- reading

    def folds(
        self, question: Question, by: Sequence[str], count: Sequence[str], among: Sequence[int] | None
    ) -> list[Fold]:
        """The claims that pass, folded by their values of some filters; those with most claims first.

        :param by: what they are folded by; a claim with several values counts for each.
        :param count: filters with a closed list of words, which are counted in each fold.
        """
        told, given = self._among(question, among)
        among_them = f"SELECT * FROM claim WHERE {told}"
        for i, name in enumerate(by):  # one after the other: unnested at once, lists would be laid side by side
            among_them = f"SELECT *, {self._each(name)} AS k{i} FROM ({among_them})"
        counted = [(name, word) for name in count for word in self._filters.all[name].words]
        counts = [f"count(*) FILTER ({quoted(name)} = {_text(word)})" for name, word in counted]
        places = ", ".join(f"k{i}" for i in range(len(by)))
        text = f"""SELECT {", ".join([places, _EVIDENCE, "count(*)", "count(DISTINCT source)", *counts])}
            FROM ({among_them}) GROUP BY {places}"""
        found = []
        for row in self._all(text, given):
            (evidence, claims, sources), numbers = row[len(by) : len(by) + 3], row[len(by) + 3 :]
            tallied: dict[str, dict[str, int]] = {name: {} for name in count}
            for (name, word), n in zip(counted, numbers, strict=True):
                if n:
                    tallied[name][word] = n
            found.append(Fold(dict(zip(by, row, strict=False)), claims, sources, evidence, tallied))
        return in_order(found)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # ---- SQL

    def _among(self, question: Question, among: Sequence[int] | None) -> Condition:
        told, given = condition(question, self._filters)
        if among is None:
            return told, given
        if 0 < len(among) <= _FEW:
            return f"claim_n IN ({', '.join(map(str, among))}) AND {told}", given
        return f"claim_n IN {_LISTED} AND {told}", [_json(among), *given]

    def _told(self, number: int, row: Row) -> dict[str, object]:
        """The columns of a claim; what is empty is left out."""
        out: dict[str, object] = {"claim_n": number, **row.kept}
        for name, held in row.values.items():
            if held:
                out.update((self._spell if name in _MANIFOLD else self._spelt)(name, held))
        return out

    def _spell(self, name: str, held: frozenset[str]) -> dict[str, object]:
        """What stands in the columns of a filter."""
        found: dict[str, object] = {name: sorted(held) if name in self._filters.lists else min(held)}
        if self._filters.all[name].below:
            found[within(name)] = sorted({up for iri in held for up in self._filters.within(iri)})
        return found

    def _each(self, name: str) -> str:
        """A value of each claim, or NULL if it has none."""
        held = quoted(name)
        return f"unnest(CASE WHEN len({held}) = 0 THEN [NULL] ELSE {held} END)" if name in self._filters.lists else held

    def _insert(self, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows. They are handed over in a file: through parameters they would cost ten times as much."""
        if not rows:
            return
        shape = ", ".join(f"{quoted(n)}: '{t}'" for n, t in types.items())
        with NamedTemporaryFile(dir=self._folder, prefix="projection.", suffix=".rows") as file:
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
            file.flush()
            told = f"read_json(?, format = 'newline_delimited', columns = {{{shape}}})"
            self._run(f"INSERT INTO {table} BY NAME SELECT {_whole(types)} FROM {told}", [file.name])

    def _run(self, text: str, given: Sequence[object] = ()) -> list[Any]:
        """What the writer is told."""
        try:
            return self._db.execute(text, given).fetchall()
        except self._error as e:
            raise Fault(str(e)) from None

    def _all(self, text: str, given: Sequence[object]) -> list[Any]:
        """What a reader is told, as of the last change that is whole."""
        try:
            return self._db.cursor().execute(text, given).fetchall()
        except self._error as e:
            raise Fault(str(e)) from None


_LISTED = """(SELECT unnest(from_json(?, '["INTEGER"]')))"""
_EVIDENCE = f"coalesce(len(list_distinct(flatten(list({RESTS_ON}) FILTER (len({RESTS_ON}) > 0)))), 0)"
_NAMED = """(SELECT unnest(from_json(?, '["VARCHAR"]')))"""


def _whole(types: Mapping[str, str]) -> str:
    """Columns as they are kept; a list that is not told is empty."""
    return ", ".join(f"coalesce({quoted(n)}, []) AS {quoted(n)}" if "[]" in t else quoted(n) for n, t in types.items())


def _text(word: str) -> str:
    """A word in SQL."""
    return "'" + word.replace("'", "''") + "'"


def _columns(filters: Filters) -> dict[str, str]:
    """A column for each filter, and one for those of its terms with what stands above them."""
    found = {n: "VARCHAR[]" if n in filters.lists else "VARCHAR" for n in filters.all if n != TEXT}
    return {**found, **{within(n): "VARCHAR[]" for n, f in filters.all.items() if f.below}}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
