"""The claims' JSON, what each is found by and their words, in an embedded SQLite with a full-text index (FTS5)."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from threading import local
from typing import Any

import orjson

from kg.projection.marks import numbers as numbers_of
from kg.projection.rows import Row, Teller, words

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (number INTEGER NOT NULL, stamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS claim (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, statement TEXT NOT NULL, snapshot TEXT,
    codes BLOB NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS claim_statement ON claim (statement);
CREATE INDEX IF NOT EXISTS claim_snapshot ON claim (snapshot);
CREATE TABLE IF NOT EXISTS value (code INTEGER PRIMARY KEY, filter TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS text (snapshot TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source (id TEXT PRIMARY KEY, told BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS link (target TEXT NOT NULL, n INTEGER NOT NULL, type TEXT NOT NULL,
    PRIMARY KEY (target, n, type)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_n ON link (n);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    paraphrase, notes, title, names, tokenize = "unicode61 remove_diacritics 0 tokenchars '_'");
CREATE TABLE IF NOT EXISTS named (n INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS named_id ON named (id);
CREATE VIRTUAL TABLE IF NOT EXISTS name USING fts5(
    told, tokenize = "unicode61 remove_diacritics 0 tokenchars '_'", prefix = '2 3');
"""
_WEIGHTS = "8.0, 4.0, 2.0, 1.0"
"""What a word counts in the paraphrase, the notes, the source's title and the names of terms."""

SOURCE, TERM = "source", "term"


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a term or a source, in words."""

    id: str
    kind: str
    told: str


class Texts:
    """The JSON and the words of every claim.

    :param path: the file; ``None`` keeps them in memory, for one thread at a time.
    :raises sqlite3.DatabaseError: if the file is no such thing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._mine = local()
        self._every: list[sqlite3.Connection] = []
        self._writer = self._opened()
        try:
            self._writer.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            self.close()
            raise

    # ---- writing

    @property
    def state(self) -> tuple[int, str] | None:
        """The commit that they are in step with, and the stamp of what they were made by."""
        found = self._writer.execute("SELECT number, stamp FROM state").fetchone()
        return (int(found[0]), str(found[1])) if found else None

    @contextmanager
    def change(self, number: int, stamp: str) -> Iterator[None]:
        """All that is written inside, and the commit that it brings them to, or nothing."""
        self._writer.execute("BEGIN IMMEDIATE")
        self._mine.writes = True  # what is read inside is what was written
        try:
            yield
            self._writer.execute("DELETE FROM state")
            self._writer.execute("INSERT INTO state VALUES (?, ?)", (number, stamp))
            self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise
        finally:
            self._mine.writes = False

    def put(self, rows: Sequence[tuple[Row, Sequence[int]]], known: Mapping[str, int]) -> list[int]:
        """Keep claims, each with the codes of what it holds.

        :param known: the numbers of those that are kept already; see :meth:`numbers`.
        :returns: their numbers; a claim keeps its number.
        """
        self._forget_words(list(known.values()))
        free = self._free()
        numbers = [known[r.id] if r.id in known else next(free) for r, _ in rows]
        self._writer.executemany(
            "INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (n) DO UPDATE SET "
            "(statement, snapshot, codes, crc, body) = "
            "(excluded.statement, excluded.snapshot, excluded.codes, excluded.crc, excluded.body)",
            [
                (n, r.id, r.statement, r.kept["claim_snapshot"], orjson.dumps(codes), zlib.crc32(r.body), r.body)
                for n, (r, codes) in zip(numbers, rows, strict=True)
            ],
        )
        self._writer.executemany(
            "INSERT INTO words (rowid, paraphrase, notes, title, names) VALUES (?, ?, ?, ?, ?)",
            [(n, *r.words) for n, (r, _) in zip(numbers, rows, strict=True)],
        )
        links = [(to, n, type) for n, (r, _) in zip(numbers, rows, strict=True) for type, to in r.links]
        self._writer.executemany("INSERT OR IGNORE INTO link VALUES (?, ?, ?)", links)
        return numbers

    def put_values(self, known: Sequence[tuple[str, str]]) -> None:
        """Keep filter and value of each code, as far as they are not kept yet."""
        start = int(self._writer.execute("SELECT count(*) FROM value").fetchone()[0])
        rows = [(code, *known[code]) for code in range(start, len(known))]
        self._writer.executemany("INSERT INTO value VALUES (?, ?, ?)", rows)

    def put_codes(self, codes: Mapping[int, Sequence[int]]) -> None:
        """Keep other codes for claims that are kept."""
        told = [(orjson.dumps(several), n) for n, several in codes.items()]
        self._writer.executemany("UPDATE claim SET codes = ? WHERE n = ?", told)

    def _free(self) -> Iterator[int]:
        """Numbers that no claim ever had."""
        found = self._writer.execute("SELECT seq FROM sqlite_sequence WHERE name = 'claim'").fetchone()
        return count(int(found[0]) + 1 if found else 1)

    def drop(self, ids: Sequence[str]) -> list[int]:
        """Let claims go.

        :returns: the numbers they had.
        """
        numbers = list(self.numbers(ids).values())
        self._forget_words(numbers)
        self._writer.executemany("DELETE FROM claim WHERE n = ?", [(n,) for n in numbers])
        return numbers

    def judged_with(self, texts: Mapping[str, str]) -> None:
        """Remember the texts, by their digest, with which it was told whether anchors hold."""
        self._writer.execute("DELETE FROM text")
        self._writer.executemany("INSERT INTO text VALUES (?, ?)", list(texts.items()))

    def put_sources(self, tellers: Sequence[Teller], *, new: bool = False) -> None:
        """Keep sources.

        :param new: whether none of them is kept yet.
        """
        if not new:
            self.drop_sources([t.id for t in tellers])
        self._writer.executemany("INSERT INTO source VALUES (?, ?)", [(t.id, t.told) for t in tellers])
        self.put_names(Name(t.id, SOURCE, told) for t in tellers if (told := " ".join(words(t.title))))

    def drop_sources(self, ids: Sequence[str]) -> None:
        """Let sources go, and their names."""
        for id in ids:
            self._writer.execute("DELETE FROM name WHERE rowid IN (SELECT n FROM named WHERE id = ?)", (id,))
            self._writer.execute("DELETE FROM named WHERE id = ?", (id,))
            self._writer.execute("DELETE FROM source WHERE id = ?", (id,))

    def put_names(self, names: Iterable[Name]) -> None:
        """Keep names by which terms and sources are found."""
        for name in names:
            made = self._writer.execute("INSERT INTO named (id, kind) VALUES (?, ?)", (name.id, name.kind))
            self._writer.execute("INSERT INTO name (rowid, told) VALUES (?, ?)", (made.lastrowid, name.told))

    def _forget_words(self, numbers: Sequence[int]) -> None:
        if numbers:
            self._writer.executemany("DELETE FROM words WHERE rowid = ?", [(n,) for n in numbers])
            self._writer.executemany("DELETE FROM link WHERE n = ?", [(n,) for n in numbers])

    # ---- reading

    def numbers(self, ids: Sequence[str]) -> dict[str, int]:
        """The numbers of claims that are kept."""
        text = "SELECT id, n FROM claim WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._reader.execute(text, (_json(ids),)).fetchall())

    def count(self) -> int:
        """How many claims are kept."""
        return int(self._reader.execute("SELECT count(*) FROM claim").fetchone()[0])

    def judged(self) -> dict[str, str]:
        """The texts, by their digest, with which it was last told whether anchors hold."""
        return dict(self._reader.execute("SELECT snapshot, state FROM text").fetchall())

    def values(self) -> list[tuple[str, str]]:
        """Filter and value of each code."""
        return self._reader.execute("SELECT filter, value FROM value ORDER BY code").fetchall()

    def codes(self, numbers: Sequence[int] | None = None) -> Iterator[tuple[int, list[int]]]:
        """The codes of what claims hold, each with the claim's number.

        :param numbers: only of these; ``None`` for all.
        """
        text, given = "SELECT n, codes FROM claim", list[str]()
        if numbers is not None:
            text, given = f"{text} WHERE n IN (SELECT value FROM json_each(?))", [_json(numbers)]
        return ((n, orjson.loads(codes)) for n, codes in self._reader.execute(text, given))

    def stating(self, statements: Iterable[str]) -> list[int]:
        """The claims that make some statements."""
        text = "SELECT n FROM claim WHERE statement IN (SELECT value FROM json_each(?))"
        return [n for (n,) in self._reader.execute(text, (_json(list(statements)),))]

    def stated(self, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
        """The statement that each of some claims makes."""
        text = "SELECT n, statement FROM claim WHERE n IN (SELECT value FROM json_each(?))"
        return iter(self._reader.execute(text, (_json(numbers),)))

    def standing_in(self, snapshots: Sequence[str]) -> list[int]:
        """The claims that stand in some snapshots."""
        text = "SELECT n FROM claim WHERE snapshot IN (SELECT value FROM json_each(?))"
        return [n for (n,) in self._reader.execute(text, (_json(snapshots),))]

    def first(self, limit: int, after: str = "", among: int | None = None) -> list[int]:
        """The first claims by their IRIs.

        :param after: only those that come after this one.
        :param among: only these, as bits; ``None`` for all.
        """
        text = "SELECT n FROM claim WHERE id > ? ORDER BY id"
        if among is None:
            return [n for (n,) in self._reader.execute(f"{text} LIMIT ?", (after, limit))]
        many = among.bit_count()
        if many * many <= limit * among.bit_length():  # fewer than would be met on the way
            text = "SELECT c.n FROM json_each(?) j JOIN claim c ON c.n = j.value WHERE c.id > ? ORDER BY c.id LIMIT ?"
            return [n for (n,) in self._reader.execute(text, (_json(list(numbers_of(among))), after, limit))]
        bits = among.to_bytes(among.bit_length() // 8 + 1, "little")
        wanted = (
            n for (n,) in self._reader.execute(text, (after,)) if n >> 3 < len(bits) and bits[n >> 3] >> (n & 7) & 1
        )
        return list(islice(wanted, limit))

    def bodies(self, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The JSON of claims, as far as it is kept.

        :raises sqlite3.DatabaseError: if it is not as it was written.
        """
        text = "SELECT n, crc, body FROM claim WHERE n IN (SELECT value FROM json_each(?))"
        return {n: _read(crc, body) for n, crc, body in self._reader.execute(text, (_json(numbers),))}

    def sources(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What claims tell of their sources."""
        text = "SELECT id, told FROM source WHERE id IN (SELECT value FROM json_each(?))"
        return {id: orjson.loads(told) for id, told in self._reader.execute(text, (_json(ids),))}

    def found(self, match: str) -> list[int]:
        """The claims whose words match; in no order."""
        return [n for (n,) in self._reader.execute("SELECT rowid FROM words WHERE words MATCH ?", (match,))]

    def ranked(self, match: str) -> Iterator[tuple[float, int]]:
        """The claims whose words match with how far they are from the best, nearest first."""
        text = f"SELECT bm25(words, {_WEIGHTS}) AS far, rowid FROM words WHERE words MATCH ? ORDER BY far, rowid"
        return iter(self._reader.execute(text, (match,)))

    def named(self, match: str, limit: int) -> list[Name]:
        """Names that match."""
        text = (
            "SELECT named.id, kind, told FROM name JOIN named ON named.n = name.rowid WHERE name MATCH ? "
            "ORDER BY length(told), named.id LIMIT ?"
        )
        return [Name(*row) for row in self._reader.execute(text, (match, limit))]

    def linking(self, target: str) -> list[tuple[int, str]]:
        """The claims whose records point to something, with the type of the link."""
        text = "SELECT n, type FROM link JOIN claim USING (n) WHERE target = ? ORDER BY claim.id, type"
        return self._reader.execute(text, (target,)).fetchall()

    # ---- the files

    def check(self) -> None:
        """:raises sqlite3.DatabaseError: if the file is not as it was written."""
        told = self._writer.execute("PRAGMA quick_check").fetchone()
        if told != ("ok",):
            raise sqlite3.DatabaseError(str(told))
        for table in ("words", "name"):
            self._writer.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")

    def close(self) -> None:
        """Let go of the file."""
        for db in self._every:
            db.close()
        self._every.clear()

    @property
    def _reader(self) -> sqlite3.Connection:
        """A connection of this thread's own; in memory there is but one."""
        if self._path is None or getattr(self._mine, "writes", False):
            return self._writer
        found: sqlite3.Connection | None = getattr(self._mine, "reader", None)
        if found is None or found not in self._every:
            found = self._mine.reader = self._opened()
        return found

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(str(self._path or ":memory:"), check_same_thread=False, isolation_level=None)
        self._every.append(db)
        db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000;")
        return db


def _read(crc: int, body: bytes) -> dict[str, Any]:
    if zlib.crc32(body) != crc:
        raise sqlite3.DatabaseError("a record is not as it was written")
    found: dict[str, Any] = orjson.loads(body)
    return found


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
