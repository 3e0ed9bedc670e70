"""Calls that are made once however often they are sent (``Idempotency-Key``).

What a call was answered with is kept for a day in a file of the workspace, so that a client that
lost the answer gets the same one again, also after a restart.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from kg.errors import DataError, UsageError

_KEPT = 24 * 3600
"""For how long an answer is kept, in seconds."""
_LONGEST = 255
_SCHEMA = """CREATE TABLE IF NOT EXISTS answer (
    name TEXT PRIMARY KEY, body TEXT NOT NULL, status INTEGER NOT NULL, told TEXT NOT NULL, at REAL NOT NULL)"""


class KeyReused(DataError):
    """The same key came with another body."""

    code = "idempotency-key-reused"


class UnderWay(DataError):
    """A call with this key is being made."""

    code = "idempotency-key-in-use"


class Once:
    """Answers by caller and key.

    :param path: the file; one that is no such file any more is begun anew.
    """

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._under_way: set[str] = set()
        self._path = path

    @cached_property
    def _db(self) -> sqlite3.Connection:
        try:
            return _opened(self._path)
        except sqlite3.DatabaseError:
            self._path.unlink(missing_ok=True)
            return _opened(self._path)

    def begin(self, caller: str, key: str, body: bytes) -> tuple[int, dict[str, Any]] | None:
        """Begin a call, or get the answer of one that was made.

        :returns: status and body of the answer; ``None`` if the call is to be made now.
        :raises KeyReused: if the key came with another body before.
        :raises UnderWay: if the call is being made.
        """
        name = _name(caller, key)
        with self._lock:
            self._db.execute("DELETE FROM answer WHERE at < ?", (time.time() - _KEPT,))
            row = self._db.execute("SELECT body, status, told FROM answer WHERE name = ?", (name,)).fetchone()
            if row is None and name in self._under_way:
                raise UnderWay("a call with this key is being made", where="Idempotency-Key", hint="Try again later.")
            if row is None:
                self._under_way.add(name)
                return None
        if row[0] != _digest(body):
            raise KeyReused("this key came with another body before", where="Idempotency-Key", hint="Use a new key.")
        return int(row[1]), json.loads(row[2])

    def end(self, caller: str, key: str, body: bytes, answer: tuple[int, dict[str, Any]] | None) -> None:
        """End a call: keep its answer, or let it be made again if there is none."""
        name = _name(caller, key)
        with self._lock:
            self._under_way.discard(name)
            if answer is not None:
                row = (name, _digest(body), answer[0], json.dumps(answer[1]), time.time())
                self._db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)", row)


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(_SCHEMA)
    return db


def _name(caller: str, key: str) -> str:
    if not key or len(key) > _LONGEST or not key.isprintable():
        raise UsageError(f"a key is text of 1 to {_LONGEST} characters", where="Idempotency-Key")
    return _digest(f"{caller}\n{key}".encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
