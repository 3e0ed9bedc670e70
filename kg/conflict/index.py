"""The index of topics and their clashes: a small SQLite file, derived and rebuildable.

It is kept in step by every commit and carries the commit's number; if it is missing or behind, it
is made again from the store.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from threading import RLock

from kg.conflict.topics import Matcher, Partner, Topic
from kg.model.node import Node
from kg.store.records import is_withheld

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (commit_number INTEGER NOT NULL, rules TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS topic (
    id INTEGER PRIMARY KEY, subject TEXT NOT NULL, relation TEXT NOT NULL, object TEXT NOT NULL,
    UNIQUE (relation, subject, object));
CREATE TABLE IF NOT EXISTS claim (id TEXT PRIMARY KEY, topic INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claim_topic ON claim (topic);
CREATE TABLE IF NOT EXISTS clash (
    a INTEGER NOT NULL, b INTEGER NOT NULL, rule TEXT NOT NULL, PRIMARY KEY (a, b, rule)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS clash_b ON clash (b);
"""
_MOST = 400
"""How many pairs of subject and object are probed one by one; beyond that, subject by subject."""


class TopicIndex:
    """Topics, the claims on them, and which topics can clash.

    :param path: the file; ``None`` keeps it in memory.
    :param rules: digest of the rules and the vocabulary; another one means that it is made again.
    """

    def __init__(self, path: Path | None, matcher: Matcher, rules: str) -> None:
        self._matcher, self._rules = matcher, rules
        self._path, self._closed = path, False
        if path and not self._unsealed(path):
            _remove(path)
        self._one = RLock()  # whoever follows the commits and whoever reads share the connection
        try:
            self._db = _opened(path)
        except sqlite3.DatabaseError:  # it is derived: what is no index any more is made again
            _remove(path)
            self._db = _opened(path)

    @property
    def number(self) -> int | None:
        """The commit that it is in step with, or ``None`` if it must be made again."""
        with self._one:
            row = self._db.execute("SELECT commit_number, rules FROM state").fetchone()
        return row[0] if row and row[1] == self._rules else None

    def rebuild(self, number: int, claims: Iterator[tuple[str, Node]]) -> None:
        """Make it again from every claim and its statement."""
        with self._transaction():
            for table in ("state", "topic", "claim", "clash"):
                self._db.execute(f"DELETE FROM {table}")
            for claim, statement in claims:
                self._put(claim, Topic.of(statement))
            self._db.execute("INSERT INTO state VALUES (?, ?)", (number, self._rules))

    def update(self, number: int, gone: Sequence[str], came: Sequence[tuple[str, Node]]) -> None:
        """Follow one commit: claims that went, and claims that came with their statements."""
        with self._transaction():
            for claim in gone:
                self._remove(claim)
            for claim, statement in came:
                self._put(claim, Topic.of(statement))
            self._db.execute("UPDATE state SET commit_number = ?", (number,))

    def clashes(self, claim: str | None = None) -> list[tuple[str, list[str], list[str]]]:
        """Every pair of topics that can clash: rule, claims on the left, claims on the right.

        :param claim: only those on whose one side this claim is.
        """
        where: str = ""
        given: tuple[str, ...] = ()
        if claim is not None:
            mine = "SELECT topic FROM claim WHERE id = ?"
            where, given = f"WHERE a IN ({mine}) OR b IN ({mine})", (claim, claim)
        text = f"SELECT a, b, rule FROM clash {where} ORDER BY rule, a, b"
        with self._one:
            found = self._db.execute(text, given).fetchall()
            return [(rule, self._claims(a), self._claims(b)) for a, b, rule in found]

    def rights(self, rule: str, claim: str) -> list[str]:
        """The claims that a rule sets on the right of anything like this claim.

        Like it are the claims whose topics stand on the left of the rule together with its own.
        """
        mine = "SELECT topic FROM claim WHERE id = ?"
        text = f"SELECT id FROM claim WHERE topic IN (SELECT b FROM clash WHERE rule = ? AND a IN ({mine})) ORDER BY id"
        with self._one:
            return [row[0] for row in self._db.execute(text, (rule, claim))]

    def close(self) -> None:
        """Let go of the file. Closing twice is no harm."""
        with self._one:
            if self._closed:
                return
            self._closed = True
            self._db.close()
        if self._path:
            with suppress(OSError):  # without a seal it is taken as it is
                self._path.with_suffix(".seal").write_text(_sum(self._path), encoding="ascii")

    def _unsealed(self, path: Path) -> bool:
        """Whether the file is as it was closed, or was never closed. The seal is broken."""
        seal = path.with_suffix(".seal")
        try:
            told = seal.read_text("ascii")
            seal.unlink()
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            return False
        return path.exists() and told == _sum(path)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All that is done inside, or nothing of it."""
        with self._one:
            self._db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _claims(self, topic: int) -> list[str]:
        return [row[0] for row in self._db.execute("SELECT id FROM claim WHERE topic = ? ORDER BY id", (topic,))]

    def _remove(self, claim: str) -> None:
        row = self._db.execute("SELECT topic FROM claim WHERE id = ?", (claim,)).fetchone()
        if row is None:
            return
        self._db.execute("DELETE FROM claim WHERE id = ?", (claim,))
        if self._db.execute("SELECT 1 FROM claim WHERE topic = ? LIMIT 1", row).fetchone() is None:
            self._db.execute("DELETE FROM topic WHERE id = ?", row)
            self._db.execute("DELETE FROM clash WHERE a = ? OR b = ?", (row[0], row[0]))

    def _put(self, claim: str, topic: Topic) -> None:
        key = (topic.relation, topic.subject, topic.object or "")
        row = self._db.execute("SELECT id FROM topic WHERE relation = ? AND subject = ? AND object = ?", key).fetchone()
        if row is None:
            row = self._db.execute(
                "INSERT INTO topic (relation, subject, object) VALUES (?, ?, ?) RETURNING id", key
            ).fetchone()
            self._pair(row[0], topic)
        self._db.execute("INSERT OR REPLACE INTO claim VALUES (?, ?)", (claim, row[0]))

    def _pair(self, me: int, topic: Topic) -> None:
        for partner in self._matcher.partners(topic):
            for other, found in self._found(partner):
                if self._matcher.fits(partner, found):
                    a, b = (me, other) if partner.left else (other, me)
                    self._db.execute("INSERT OR IGNORE INTO clash VALUES (?, ?, ?)", (a, b, partner.rule.iri))

    def _found(self, partner: Partner) -> Iterator[tuple[int, Topic]]:
        for text, given in self._asked(partner):
            for id, s, r, o in self._db.execute(text, given).fetchall():
                if partner.objects is None or (o or None) in partner.objects:
                    yield id, Topic(s, r, o or None)

    def _asked(self, partner: Partner) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The probes that find every partner: as narrow as the rule lets them be."""
        text = "SELECT id, subject, relation, object FROM topic WHERE relation = ?"
        subjects, objects = partner.subjects, partner.objects
        for r in sorted(partner.relations):
            if subjects is None:
                yield text, (r,)
            elif objects is None or len(subjects) * len(objects) > _MOST:
                yield from ((text + " AND subject = ?", (r, s)) for s in subjects)
            else:
                asked = text + " AND subject = ? AND object = ?"
                yield from ((asked, (r, s, o or "")) for s, o in product(subjects, objects))


def is_claim(node: Node) -> bool:
    """Whether a record is a claim that counts: proposed or accepted."""
    return node.shape.record == "claim" and not is_withheld(node)


def _remove(path: Path | None) -> None:
    for part in path.parent.glob(f"{path.name}*") if path else ():
        part.unlink()


def _sum(path: Path) -> str:
    check = 0
    with path.open("rb") as f:
        while piece := f.read(1 << 20):
            check = zlib.crc32(piece, check)
    return f"{path.stat().st_size} {check:08x}"


def _opened(path: Path | None) -> sqlite3.Connection:
    # One writer (the committer) and readers in the service's threads share the connection.
    db = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False, isolation_level=None)
    try:
        db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db
