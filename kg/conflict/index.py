"""The index of conflicts: who says what, and which topics can clash; derived and rebuildable.

It is kept in step by every commit and carries the commit's number; if it is missing or behind, it
is made again from the store. A commit costs a few rows, whatever else is said of the same: claims
that say the same thing in the same way take one *stance*, and what a new stance clashes with is
judged when somebody reads (:mod:`kg.conflict.verdicts`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from kg.conflict.files import File
from kg.conflict.judge import Judge
from kg.conflict.stated import Stance, Stated
from kg.conflict.topics import Matcher, Partner, Topic
from kg.model.node import Node

_CACHED = 4096
"""How many lists of terms are held as SQLite takes them."""
LEFT, RIGHT = 0, 1
_SAID = "statement = ? AND polarity = ? AND certainty = ?"


@dataclass(frozen=True, slots=True)
class Making:
    """One claim as the index takes it.

    :param told: how it is told in an explanation.
    """

    claim: str
    statement: str
    polarity: str
    certainty: str
    source: str
    told: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the index asks of the store when a claim names what it does not know yet.

    :param statement: gives a statement.
    :param published: gives the date of a source, where known.
    """

    statement: Callable[[str], Node]
    published: Callable[[str], str | None]


class Index:
    """Claims, their stances, and which topics can clash.

    :param rules: digest of the rules and the vocabulary; another one means that it is made again.
    """

    def __init__(self, file: File, matcher: Matcher, judge: Judge, rules: str) -> None:
        self._file, self._matcher, self._judge, self._rules = file, matcher, judge, rules
        self._places = {rule.iri: place for place, rule in enumerate(matcher.rules)}
        self._across = [place for place, rule in enumerate(matcher.rules) if rule.across_sources]

    @property
    def number(self) -> int | None:
        """The commit that it is in step with, or ``None`` if it must be made again."""
        with self._file.one:
            row = self._db.execute("SELECT commit_number, rules FROM state").fetchone()
        return row[0] if row and row[1] == self._rules else None

    def rebuild(self, number: int, claims: Iterable[Making], lookup: Lookup) -> None:
        """Fill it with every claim; the file is new."""
        with self._file.transaction():
            for claim in claims:
                self._put(claim, lookup)
            self._db.execute("INSERT INTO state VALUES (?, ?)", (number, self._rules))

    def update(
        self,
        number: int,
        gone: Iterable[str],
        came: Iterable[Making],
        dated: Iterable[tuple[str, str | None]],
        lookup: Lookup,
    ) -> None:
        """Follow one commit: claims that went, claims that came, and sources with their dates."""
        with self._file.transaction():
            for source, published in dated:
                self._date(source, published)
            for claim in gone:
                self._remove(claim)
            for making in came:
                self._put(making, lookup)
            self._db.execute("UPDATE state SET commit_number = ?", (number,))

    # ---- claims

    @property
    def _db(self) -> sqlite3.Connection:
        return self._file.db

    def _put(self, claim: Making, lookup: Lookup) -> None:
        self._remove(claim.claim)
        statement, topic, stated = self._statement(claim.statement, lookup)
        source = self._source(claim.source, lookup)
        stance, n = self._stance(claim, statement, topic, stated, source)
        if n == 0:
            self._ripple(stance)
        self._db.execute("UPDATE stance SET n = n + 1 WHERE id = ?", (stance,))
        self._db.execute(
            "INSERT INTO claim (iri, stance, source, told) VALUES (?, ?, ?, ?)",
            (claim.claim, stance, source, claim.told),
        )

    def _remove(self, claim: str) -> None:
        row = self._db.execute("SELECT stance FROM claim WHERE iri = ?", (claim,)).fetchone()
        if row is None:
            return
        self._db.execute("DELETE FROM claim WHERE iri = ?", (claim,))
        left = self._db.execute("UPDATE stance SET n = n - 1 WHERE id = ? RETURNING n", row).fetchone()
        if left == (0,):  # it is taken out when somebody reads
            self._ripple(row[0])

    def _ripple(self, stance: int) -> None:
        """Have judged again what hangs on whether its source says anything on its topic."""
        source, topic = self._db.execute("SELECT source, topic FROM stance WHERE id = ?", (stance,)).fetchone()
        for rule in self._across if source else ():
            self._db.execute(
                "UPDATE stance SET stale = 1 WHERE source = ? AND topic IN"
                " (SELECT a FROM clash WHERE b = ? AND rule = ?)",
                (source, topic, rule),
            )

    def _date(self, source: str, published: str | None) -> None:
        row = self._db.execute("SELECT id, published FROM source WHERE iri = ?", (source,)).fetchone()
        if row is not None and row[1] != published:
            self._db.execute("UPDATE source SET published = ? WHERE id = ?", (published, row[0]))
            self._db.execute("UPDATE stance SET stale = 1 WHERE source = ?", (row[0],))

    def _source(self, iri: str, lookup: Lookup) -> int:
        row = self._db.execute("SELECT id FROM source WHERE iri = ?", (iri,)).fetchone()
        return int(
            row[0]
            if row
            else self._db.execute(
                "INSERT INTO source (iri, published) VALUES (?, ?) RETURNING id", (iri, lookup.published(iri))
            ).fetchone()[0]
        )

    def _statement(self, iri: str, lookup: Lookup) -> tuple[int, int, Stated]:
        row = self._db.execute("SELECT id, topic, body FROM statement WHERE iri = ?", (iri,)).fetchone()
        if row is not None:
            return row[0], row[1], self._judge.form.read(row[2])
        node = lookup.statement(iri)
        stated, topic = self._judge.form.of(node), self._topic(Topic.of(node))
        row = self._db.execute(
            "INSERT INTO statement (iri, topic, body) VALUES (?, ?, ?) RETURNING id",
            (iri, topic, self._judge.form.write(stated)),
        ).fetchone()
        return row[0], topic, stated

    # ---- stances

    def _stance(self, claim: Making, statement: int, topic: int, stated: Stated, source: int) -> tuple[int, int]:
        """The stance that a claim takes, and how many take it already."""
        key = (statement, claim.polarity, claim.certainty)
        alike = self._db.execute(f"SELECT source FROM stance WHERE {_SAID} LIMIT 1", key).fetchone()
        if alike is not None:  # those that say the same are parted by source, or are not
            source = source if alike[0] else 0
            given = (*key, source)
            row = self._db.execute(f"SELECT id, n FROM stance WHERE {_SAID} AND source = ?", given).fetchone()
            if row is not None:
                return row[0], row[1]
        stance, told = Stance(stated, claim.polarity, claim.certainty), self._told(topic)
        stands = [(partner, self._judge.fits(partner.side, stance)) for partner in self._matcher.partners(told)]
        if not any(_parts(partner, fits=fits) for partner, fits in stands):
            source = 0
        (id,) = self._db.execute(
            "INSERT INTO stance (statement, polarity, certainty, source, topic, n, counted, stale)"
            " VALUES (?, ?, ?, ?, ?, 0, 0, 1) RETURNING id",
            (*key, source, topic),
        ).fetchone()
        for partner, fits in stands:
            place, side = self._places[partner.rule.iri], LEFT if partner.left else RIGHT
            if fits or _hears_all(partner):
                self._stand(topic, place, side, partner)
            if fits:
                self._db.execute("INSERT INTO fit VALUES (?, ?, ?, ?)", (topic, place, side, id))
        return id, 0

    # ---- topics

    def _topic(self, topic: Topic) -> int:
        key = (topic.relation, topic.subject, topic.object or "", int(topic.counted))
        row = self._db.execute(
            "SELECT id FROM topic WHERE relation = ? AND subject = ? AND object = ? AND counted = ?", key
        ).fetchone()
        if row is None:
            row = self._db.execute(
                "INSERT INTO topic (relation, subject, object, counted) VALUES (?, ?, ?, ?) RETURNING id", key
            ).fetchone()
        return int(row[0])

    def _told(self, topic: int) -> Topic:
        s, r, o, counted = self._db.execute(
            "SELECT subject, relation, object, counted FROM topic WHERE id = ?", (topic,)
        ).fetchone()
        return Topic(s, r, o or None, bool(counted))

    def _stand(self, me: int, place: int, side: int, partner: Partner) -> None:
        """Let a topic stand on a side of a rule, and pair it with those on the other side."""
        if not self._db.execute("INSERT OR IGNORE INTO stands VALUES (?, ?, ?)", (me, place, side)).rowcount:
            return
        for other, found in self._found(partner, place, RIGHT if side == LEFT else LEFT):
            if self._matcher.fits(partner, found):
                a, b = (me, other) if partner.left else (other, me)
                self._db.execute("INSERT OR IGNORE INTO clash VALUES (?, ?, ?)", (a, place, b))

    def _found(self, partner: Partner, place: int, side: int) -> list[tuple[int, Topic]]:
        """Every topic that stands on a side and may be a partner."""
        where, given = ["relation IN (SELECT value FROM json_each(?))"], list[str | int]()
        given.append(_listed(partner.relations))
        for name, values in (("subject", partner.subjects), ("object", partner.objects)):
            if values is not None:
                where.append(f"{name} IN (SELECT value FROM json_each(?))")
                given.append(_listed(values))
        if partner.counted:
            where.append("counted = 1")
        where.append("EXISTS (SELECT 1 FROM stands s WHERE s.topic = t.id AND s.rule = ? AND s.side = ?)")
        text = f"SELECT id, subject, relation, object, counted FROM topic t WHERE {' AND '.join(where)}"
        rows = self._db.execute(text, (*given, place, side))
        return [(id, Topic(s, r, o or None, bool(counted))) for id, s, r, o, counted in rows]


def _hears_all(partner: Partner) -> bool:
    """Whether all that a source says on a topic counts for the rule, however it says it."""
    return partner.rule.across_sources and not partner.left


def _parts(partner: Partner, *, fits: bool) -> bool:
    """Whether it matters to the rule who takes a stance."""
    return _hears_all(partner) or (fits and (partner.rule.across_sources or partner.rule.as_of_its_date))


@lru_cache(_CACHED)
def _listed(values: frozenset[str] | frozenset[str | None]) -> str:
    return json.dumps(sorted(value or "" for value in values))
