"""Which stances clash: judged when somebody reads, once for each pair of stances, and then kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import lru_cache

from kg.conflict.files import File
from kg.conflict.judge import CONTRADICTION, Judge
from kg.conflict.rules import Rule
from kg.conflict.stated import Stance

LEFTWARD, RIGHTWARD = 1, 2
"""Whether the one that is looked from stands on the left, or on the right; both may be."""

_AT_ONCE = 4000
"""How many new stances are judged in one transaction."""
_CACHED = 65536
"""How many stances are held in memory while judging."""

_IN_HAND = "stale > 0 AND stale = 2"  # told twice, so that SQLite takes the index of what is stale
_TAKE = "UPDATE stance SET stale = 2 WHERE id IN (SELECT id FROM stance WHERE stale > 0 LIMIT ?)"
_ADD = "INSERT INTO tally VALUES (?, ?, ?) ON CONFLICT (rule, kind) DO UPDATE SET n = n + excluded.n"
_ANYTHING = """SELECT EXISTS (SELECT 1 FROM stance WHERE stale > 0)
    OR EXISTS (SELECT 1 FROM stance WHERE n <> counted) OR EXISTS (SELECT 1 FROM stance WHERE n = 0)"""
_DELTA = """SELECT v.rule, v.kind, SUM(CASE WHEN v.other = v.me
        THEN (:n * (:n - 1) - :counted * (:counted - 1)) / 2 ELSE (:n - :counted) * o.counted END)
    FROM verdict v CROSS JOIN stance o ON o.id = v.other WHERE v.me = :id GROUP BY v.rule, v.kind"""
_FROM_LEFT = """SELECT l.rule, s.id, r.stance FROM stance s
    CROSS JOIN fit l ON l.stance = s.id AND l.side = 0
    CROSS JOIN clash c ON c.a = l.topic AND c.rule = l.rule
    CROSS JOIN fit r ON r.topic = c.b AND r.rule = c.rule AND r.side = 1
    CROSS JOIN stance t ON t.id = r.stance
    WHERE s.stale > 0 AND s.stale = 2 AND t.n > 0 AND t.stale <> 1"""
_FROM_RIGHT = """SELECT r.rule, l.stance, s.id FROM stance s
    CROSS JOIN fit r ON r.stance = s.id AND r.side = 1
    CROSS JOIN clash c ON c.b = r.topic AND c.rule = r.rule
    CROSS JOIN fit l ON l.topic = c.a AND l.rule = c.rule AND l.side = 0
    CROSS JOIN stance t ON t.id = l.stance
    WHERE s.stale > 0 AND s.stale = 2 AND t.n > 0 AND t.stale = 0"""
_SAYS_BOTH = """SELECT EXISTS (SELECT 1 FROM clash c CROSS JOIN stance s ON s.source = :source AND s.topic = c.b
    WHERE c.a = :topic AND c.rule = :rule AND s.n > 0)"""
_STANCE = """SELECT s.topic, s.polarity, s.certainty, s.source, t.body, f.published FROM stance s
    JOIN statement t ON t.id = s.statement LEFT JOIN source f ON f.id = s.source WHERE s.id = ?"""


class Verdicts:
    """Keeps what was judged in step with the stances.

    Of a pair that several rules find, a contradiction goes before anything else, then the rule
    whose IRI comes first.
    """

    def __init__(self, file: File, rules: tuple[Rule, ...], judge: Judge) -> None:
        self._file, self._rules, self._judge = file, rules, judge

    def refresh(self) -> None:
        """Judge what is new since it was read last."""
        with self._file.one:
            if not self._db.execute(_ANYTHING).fetchone()[0]:
                return
            with self._file.transaction():
                self._recount(self._moved("n <> counted AND (stale = 0 OR n = 0)"))
                self._forget()
            while self._db.execute("SELECT 1 FROM stance WHERE stale > 0 LIMIT 1").fetchone():
                with self._file.transaction():
                    self._judge_some()

    @property
    def _db(self) -> sqlite3.Connection:
        return self._file.db

    def _judge_some(self) -> None:
        self._db.execute(_TAKE, (_AT_ONCE,))
        self._recount([(id, 0, counted) for id, _, counted in self._moved(f"{_IN_HAND} AND counted > 0")])
        mine = f"SELECT id FROM stance WHERE {_IN_HAND}"
        self._db.execute(
            f"DELETE FROM verdict WHERE (me, other) IN (SELECT other, me FROM verdict WHERE me IN ({mine}))"
        )
        self._db.execute(f"DELETE FROM verdict WHERE me IN ({mine})")
        self._insert(self._judged())
        done = self._moved(_IN_HAND)
        self._db.execute(f"UPDATE stance SET stale = 0 WHERE {_IN_HAND}")
        self._recount(done)

    def _insert(self, found: dict[tuple[int, int], tuple[int, str, int, int]]) -> None:
        for (p, q), (_, kind, rule, way) in found.items():
            rows = {(p, q, rule, kind, way), (q, p, rule, kind, _turned(way) if p != q else way)}
            self._db.executemany("INSERT INTO verdict VALUES (?, ?, ?, ?, ?)", rows)

    def _judged(self) -> dict[tuple[int, int], tuple[int, str, int, int]]:
        """Each pair that clashes, the lower number first: rank and word of the kind, rule, and who is left."""
        stances, said = lru_cache(_CACHED)(self._stance), lru_cache(_CACHED)(self._says_both)
        best: dict[tuple[int, int], tuple[int, str, int, int]] = {}
        for rule, one, two in self._candidates():
            (topic, left), (_, right) = stances(one), stances(two)
            kind = self._judge.kind(self._rules[rule], left, right)
            if kind is None or (self._rules[rule].across_sources and said(rule, topic, left.source or 0)):
                continue
            pair = (min(one, two), max(one, two))
            way = (LEFTWARD if one <= two else 0) | (RIGHTWARD if two <= one else 0)
            told = (int(kind != CONTRADICTION), str(self._judge.vocabulary.terms[kind].notation), rule, way)
            known = best.get(pair)
            if known is None or (told[0], told[2]) < (known[0], known[2]):
                best[pair] = told
            elif told[:3] == known[:3]:
                best[pair] = (*told[:3], way | known[3])
        return best

    def _candidates(self) -> Iterator[tuple[int, int, int]]:
        """Rule, left and right of every pair of stances to be judged."""
        yield from self._db.execute(_FROM_LEFT)
        yield from self._db.execute(_FROM_RIGHT)

    def _stance(self, id: int) -> tuple[int, Stance]:
        topic, polarity, certainty, source, body, published = self._db.execute(_STANCE, (id,)).fetchone()
        return topic, Stance(self._judge.form.read(body), polarity, certainty, source or None, published)

    def _says_both(self, rule: int, topic: int, source: int) -> bool:
        """Whether the left source itself makes a claim that would stand on the right."""
        given = {"rule": rule, "topic": topic, "source": source}
        return bool(self._db.execute(_SAYS_BOTH, given).fetchone()[0])

    def _moved(self, where: str) -> list[tuple[int, int, int]]:
        """Number of each stance, how many claims take it, and how many are in the tallies."""
        return self._db.execute(f"SELECT id, n, counted FROM stance WHERE {where}").fetchall()

    def _recount(self, stances: list[tuple[int, int, int]]) -> None:
        """Tell in the tallies how many claims take some stances now."""
        for id, n, counted in stances:
            for rule, kind, delta in self._db.execute(_DELTA, {"id": id, "n": n, "counted": counted}).fetchall():
                self._db.execute(_ADD, (rule, kind, delta))
            self._db.execute("UPDATE stance SET counted = ? WHERE id = ?", (n, id))

    def _forget(self) -> None:
        """Take out stances that no claim takes any more, and what only they stood for."""
        gone = self._db.execute("SELECT id, statement FROM stance WHERE n = 0").fetchall()
        for id, statement in gone:
            mirrored = "DELETE FROM verdict WHERE other = ? AND me IN (SELECT other FROM verdict WHERE me = ?)"
            self._db.execute(mirrored, (id, id))
            self._db.execute("DELETE FROM verdict WHERE me = ?", (id,))
            self._db.execute("DELETE FROM fit WHERE stance = ?", (id,))
            self._db.execute("DELETE FROM stance WHERE id = ?", (id,))
            self._forget_statement(statement)

    def _forget_statement(self, statement: int) -> None:
        if self._db.execute("SELECT 1 FROM stance WHERE statement = ? LIMIT 1", (statement,)).fetchone():
            return
        row = self._db.execute("DELETE FROM statement WHERE id = ? RETURNING topic", (statement,)).fetchone()
        if row and not self._db.execute("SELECT 1 FROM statement WHERE topic = ? LIMIT 1", row).fetchone():
            self._db.execute("DELETE FROM stands WHERE topic = ?", row)
            self._db.execute("DELETE FROM clash WHERE a = ?", row)
            self._db.execute("DELETE FROM clash WHERE b = ?", row)
            self._db.execute("DELETE FROM topic WHERE id = ?", row)


def _turned(way: int) -> int:
    return (way & LEFTWARD) << 1 | (way & RIGHTWARD) >> 1
