"""The conflicts in the index, in order: pages, counts, and what stands on both sides."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kg.conflict.files import File

_SOME = 20_000
"""Up to how many conflicts of a kind or rule are sorted; of more, the claims are walked in order."""
_AT_ONCE = 500
"""How many claims are read at a time."""

_CLAIMS = "claim c CROSS JOIN verdict v ON v.me = c.stance CROSS JOIN claim o ON o.stance = v.other"
_VERDICTS = "verdict v CROSS JOIN claim c ON c.stance = v.me CROSS JOIN claim o ON o.stance = v.other"
_LOW, _HIGH = "min(c.iri, o.iri)", "max(c.iri, o.iri)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conflicts are asked for; what is empty asks for nothing in particular.

    :param kinds: words of stemma:ConflictKind.
    :param rules: places of rules, in the order of their IRIs.
    :param sources: IRIs; on either side.
    :param claim: IRI; on either side.
    """

    kinds: frozenset[str] = frozenset()
    rules: frozenset[int] = frozenset()
    sources: frozenset[str] = frozenset()
    claim: str | None = None

    @property
    def of_some(self) -> bool:
        """Whether only those of one claim or of some sources are wanted."""
        return self.claim is not None or bool(self.sources)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two claims that clash: which one the rule has on its left, the kind as a word, and the place of the rule."""

    low: str
    high: str
    rule: int
    kind: str
    left: str

    @property
    def right(self) -> str:
        """The claim on the right."""
        return self.high if self.left == self.low else self.low


@dataclass(frozen=True, slots=True)
class Side:
    """How a claim is told, and what it says as the index writes it."""

    told: str
    body: str


class Found:
    """Reads the conflicts of an index that is up to date; the caller holds the file."""

    def __init__(self, file: File) -> None:
        self._file = file

    def pairs(self, wanted: Wanted, after: tuple[str, str] | None = None, limit: int = -1) -> list[Pair]:
        """The pairs that are wanted, sorted by the two IRIs.

        :param after: the two IRIs after which they begin.
        :param limit: how many; below zero for all.
        """
        tables, where, given = self._asked(wanted)
        low, high = ("c.iri", "o.iri") if tables == _CLAIMS and not wanted.of_some else (_LOW, _HIGH)
        if after is not None:
            where.append(f"{low} >= ? AND ({low}, {high}) > (?, ?)")
            given += (after[0], *after)
        rows = self._db.execute(
            f"SELECT {_LOW}, {_HIGH}, v.rule, v.kind,"
            f" CASE v.way WHEN 1 THEN c.iri WHEN 2 THEN o.iri ELSE {_LOW} END"
            f" FROM {tables} WHERE {' AND '.join(where)} ORDER BY {low}, {high} LIMIT ?",
            (*given, limit),
        )
        return [Pair(*row) for row in rows]

    def count(self, wanted: Wanted) -> dict[tuple[int, str], int]:
        """How many are wanted, by rule and kind."""
        if not wanted.of_some:
            rows = self._db.execute("SELECT rule, kind, n FROM tally WHERE n > 0").fetchall()
            return {
                (rule, kind): n
                for rule, kind, n in rows
                if (not wanted.rules or rule in wanted.rules) and (not wanted.kinds or kind in wanted.kinds)
            }
        tables, where, given = self._asked(wanted)
        text = f"SELECT v.rule, v.kind, COUNT(*) FROM {tables} WHERE {' AND '.join(where)} GROUP BY v.rule, v.kind"
        return {(rule, kind): n for rule, kind, n in self._db.execute(text, given)}

    def sources(self, wanted: Wanted) -> dict[str, int]:
        """How many of those that are wanted each source stands in."""
        tables, where, given = self._asked(wanted)
        rest = f"FROM {tables} WHERE {' AND '.join(where)}"
        text = (
            f"SELECT f.iri, SUM(n) FROM (SELECT c.source AS s, COUNT(*) AS n {rest} GROUP BY c.source"
            f" UNION ALL SELECT o.source, COUNT(*) {rest} AND o.source <> c.source GROUP BY o.source)"
            " JOIN source f ON f.id = s GROUP BY s"
        )
        return dict(self._db.execute(text, given + given).fetchall())

    def claims(self, wanted: Wanted) -> int:
        """How many claims stand in those that are wanted."""
        if wanted == Wanted():
            standing = "EXISTS (SELECT 1 FROM verdict v WHERE v.me = s.id AND (v.other <> s.id OR s.n > 1))"
            (found,) = self._db.execute(f"SELECT COALESCE(SUM(n), 0) FROM stance s WHERE {standing}").fetchone()
        else:
            tables, where, given = self._asked(wanted)
            rest = f"FROM {tables} WHERE {' AND '.join(where)}"
            text = f"SELECT COUNT(*) FROM (SELECT c.id {rest} UNION SELECT o.id {rest})"
            (found,) = self._db.execute(text, given + given).fetchone()
        return int(found)

    def knows(self, claim: str) -> bool:
        """Whether a claim is in the index."""
        return self._db.execute("SELECT 1 FROM claim WHERE iri = ?", (claim,)).fetchone() is not None

    def sides(self, claims: Iterable[str]) -> Iterator[tuple[str, Side]]:
        """What is told of some claims."""
        every = sorted(set(claims))
        for start in range(0, len(every), _AT_ONCE):
            yield from self._sides(every[start : start + _AT_ONCE])

    @property
    def _db(self) -> sqlite3.Connection:
        return self._file.db

    def _sides(self, claims: Sequence[str]) -> list[tuple[str, Side]]:
        text = (
            "SELECT c.iri, c.told, t.body FROM claim c JOIN stance s ON s.id = c.stance"
            f" JOIN statement t ON t.id = s.statement WHERE c.iri IN ({_marks(claims)})"
        )
        return [(iri, Side(told, body)) for iri, told, body in self._db.execute(text, tuple(claims))]

    def _asked(self, wanted: Wanted) -> tuple[str, list[str], tuple[str | int, ...]]:
        """Tables, conditions and their values: each pair once, from where the fewest are looked at."""
        where, given = list[str](), tuple[str | int, ...]()
        for name, values in (("v.kind", sorted(wanted.kinds)), ("v.rule", sorted(wanted.rules))):
            if values:
                where.append(f"{name} IN ({_marks(values)})")
                given += tuple(values)
        mine = f"IN (SELECT id FROM source WHERE iri IN ({_marks(wanted.sources)}))"
        sources = tuple(sorted(wanted.sources))
        if wanted.claim is not None:
            where += ["c.iri = ?", "o.iri <> c.iri"]
            given += (wanted.claim,)
            if sources:
                where.append(f"(c.source {mine} OR o.source {mine})")
                given += sources + sources
        elif sources:
            where += [f"c.source {mine}", f"o.iri <> c.iri AND (c.iri < o.iri OR NOT o.source {mine})"]
            given += sources + sources
        elif where and sum(self.count(wanted).values()) <= _SOME:
            return _VERDICTS, [*where, "v.me <= v.other AND (v.me < v.other OR c.iri < o.iri)"], given
        else:
            where.append("c.iri < o.iri")
        return _CLAIMS, where, given


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
