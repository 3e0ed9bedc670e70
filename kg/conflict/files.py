"""The file of the index of conflicts: its tables, its seal, and one connection that all share."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

_LAYOUT = 3
"""Number of the form of the tables; a file of another form is made again."""

_MODE = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
_SCHEMA = """
CREATE TABLE state (commit_number INTEGER NOT NULL, rules TEXT NOT NULL);
CREATE TABLE topic (
    id INTEGER PRIMARY KEY, subject TEXT NOT NULL, relation TEXT NOT NULL, object TEXT NOT NULL,
    counted INTEGER NOT NULL, UNIQUE (relation, subject, object, counted));
CREATE TABLE clash (
    a INTEGER NOT NULL, rule INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, rule, b)) WITHOUT ROWID;
CREATE INDEX clash_b ON clash (b, rule, a);
CREATE TABLE statement (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, topic INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX statement_topic ON statement (topic);
CREATE TABLE source (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, published TEXT);
CREATE TABLE stance (
    id INTEGER PRIMARY KEY, statement INTEGER NOT NULL, polarity TEXT NOT NULL, certainty TEXT NOT NULL,
    source INTEGER NOT NULL, topic INTEGER NOT NULL, n INTEGER NOT NULL, counted INTEGER NOT NULL,
    stale INTEGER NOT NULL, UNIQUE (statement, polarity, certainty, source));
CREATE INDEX stance_source ON stance (source, topic);
CREATE INDEX stance_stale ON stance (stale) WHERE stale > 0;
CREATE INDEX stance_moved ON stance (id) WHERE n <> counted;
CREATE INDEX stance_gone ON stance (id) WHERE n = 0;
CREATE TABLE fit (
    topic INTEGER NOT NULL, rule INTEGER NOT NULL, side INTEGER NOT NULL, stance INTEGER NOT NULL,
    PRIMARY KEY (topic, rule, side, stance)) WITHOUT ROWID;
CREATE INDEX fit_stance ON fit (stance);
CREATE TABLE stands (
    topic INTEGER NOT NULL, rule INTEGER NOT NULL, side INTEGER NOT NULL,
    PRIMARY KEY (topic, rule, side)) WITHOUT ROWID;
CREATE TABLE claim (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, stance INTEGER NOT NULL, source INTEGER NOT NULL,
    told TEXT NOT NULL);
CREATE INDEX claim_stance ON claim (stance, iri, source);
CREATE INDEX claim_source ON claim (source);
CREATE TABLE verdict (
    me INTEGER NOT NULL, other INTEGER NOT NULL, rule INTEGER NOT NULL, kind TEXT NOT NULL, way INTEGER NOT NULL,
    PRIMARY KEY (me, other)) WITHOUT ROWID;
CREATE INDEX verdict_rule ON verdict (rule, kind, me, other, way);
CREATE TABLE tally (
    rule INTEGER NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (rule, kind)) WITHOUT ROWID;
"""


class File:
    """The tables, and one connection that whoever follows the commits and whoever reads share.

    :param path: the file; ``None`` keeps it in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._path, self._closed = path, False
        self.one = RLock()
        """Held by whoever reads or writes."""
        if path and not self._unsealed(path):
            _remove(path)
        try:
            self.db = _opened(path)
        except sqlite3.DatabaseError:  # it is derived: what is no index any more is made again
            _remove(path)
            self.db = _opened(path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside, or nothing of it."""
        with self.one:
            self.db.execute("BEGIN")
            try:
                yield
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def renew(self) -> None:
        """Begin again with an empty file."""
        with self.one:
            self.db.close()
            _remove(self._path)
            self.db = _opened(self._path)

    def close(self) -> None:
        """Let go of the file. Closing twice is no harm."""
        with self.one:
            if self._closed:
                return
            self._closed = True
            self.db.close()
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
    db = _connected(path)
    try:
        (layout,) = db.execute("PRAGMA user_version").fetchone()
        if layout == _LAYOUT:  # a table that is missing now shows when it is read
            db.executescript(_MODE)
            return db
        if db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            db.close()
            _remove(path)
            db = _connected(path)
        db.executescript(_MODE + _SCHEMA)
        db.execute(f"PRAGMA user_version = {_LAYOUT}")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _connected(path: Path | None) -> sqlite3.Connection:
    # One writer (the committer) and readers in the service's threads share the connection.
    return sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False, isolation_level=None)
