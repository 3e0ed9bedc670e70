"""The file of keys: read whole, changed whole, under a lock that processes share."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

import orjson

from kg.access.key import Key
from kg.durable import sync_directory
from kg.errors import Damaged, WorkspaceError

_FORMAT = 1
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was done to a key, for the journal.

    :param at: when, in UTC.
    :param by: IRI of who did it.
    """

    id: str
    at: str
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class State:
    """What the file holds: keys, and notes that the journal does not have yet."""

    keys: tuple[Key, ...] = ()
    notes: tuple[Note, ...] = field(default=())

    def with_key(self, key: Key) -> State:
        """With a key that is new or has changed; when it was last used is never set back."""
        known = {k.id: k for k in self.keys}
        before = known.get(key.id)
        known[key.id] = replace(key, used=before.used) if before else key
        return replace(self, keys=tuple(known.values()))

    def used(self, id: str, at: str) -> State:
        """With the time at which a key was used."""
        return replace(self, keys=tuple(replace(k, used=at) if k.id == id else k for k in self.keys))

    def with_note(self, note: Note) -> State:
        """With one more note."""
        return replace(self, notes=(*self.notes, note))

    def without_notes(self, notes: Sequence[Note]) -> State:
        """Without notes that the journal has."""
        done = {n.id for n in notes}
        return replace(self, notes=tuple(n for n in self.notes if n.id not in done))


class KeyFile:
    """One file of keys.

    :param path: the file; only its owner may read it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def mark(self) -> object:
        """What differs as soon as the file is another one; ``None`` if there is none."""
        try:
            told = self._path.stat()
        except FileNotFoundError:
            return None
        return told.st_ino, told.st_mtime_ns, told.st_size

    def read(self) -> State:
        """What it holds; nothing, if there is no file.

        :raises Damaged: if it is no file of keys.
        """
        try:
            body = orjson.loads(self._path.read_bytes())
            if body["format"] != _FORMAT:
                raise ValueError(f"it is of format {body['format']}")
            if body.pop("check") != _check(body):
                raise ValueError("they are not as they were written")
            keys = tuple(_key(k) for k in body["keys"])
            return State(keys, tuple(Note(**n) for n in body["notes"]))
        except FileNotFoundError:
            return State()
        except (OSError, ValueError, TypeError, KeyError) as e:
            hint = "Restore it, or remove it and make new keys."
            raise Damaged(f"the keys cannot be read: {e}", where=str(self._path), hint=hint) from None

    def change(self, change: Callable[[State], State]) -> State:
        """Change what it holds, one process at a time; a crash leaves the old file or the new one.

        :raises WorkspaceError: if it cannot be written; it is then as it was before.
        """
        try:
            with self._locked():
                state = change(self.read())
                body = {"format": _FORMAT, "keys": [asdict(k) for k in state.keys]}
                body["notes"] = [asdict(n) for n in state.notes]
                body["check"] = _check(body)
                write_private(self._path, orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n")
                return state
        except OSError as e:
            raise WorkspaceError(f"the keys cannot be written: {e.strerror}", where=str(self._path)) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, _PRIVATE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def write_private(path: Path, data: bytes) -> None:
    """Put a file in place that only its owner may read: whole and synced, or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(handle, "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    fresh.replace(path)
    sync_directory(path.parent)


def _check(body: dict[str, object]) -> str:
    """The digest of what the file says."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _key(body: dict[str, object]) -> Key:
    key = Key(**{**body, "scopes": tuple(body["scopes"])})  # type: ignore[arg-type]
    if key.expires:
        date.fromisoformat(key.expires)
    return key
