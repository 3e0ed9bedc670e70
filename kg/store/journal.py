"""The journal: every change, in order, checksummed and chained. Acknowledged means journalled.

One JSON object a line. It begins with ``prev``, the hash of the line before, and ends with
``hash``, the SHA-256 of its own bytes up to there, so a change, a cut or a swap of lines is found
without reading the JSON. Beside it a small mark tells how far it was acknowledged: what lies
behind the mark may be a write that a crash tore, what lies before it may not.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from kg.durable import sync_directory
from kg.errors import Damaged, WorkspaceError, WorkspaceFull

_FIRST = "sha256:" + "0" * 64
_HEAD = re.compile(rb'\{"prev":"(sha256:[0-9a-f]{64})","number":([0-9]+),')
_TAIL = re.compile(rb',"hash":"(sha256:[0-9a-f]{64})"\}\n\Z')
_TAIL_LENGTH = len(',"hash":""}\n') + len(_FIRST)
_RESTORE = "Restore the workspace from a backup; do not edit the journal."


@dataclass(frozen=True, slots=True)
class Touched:
    """One record that a commit changed: its id, and its version before and after (0: none)."""

    id: str
    record: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One commit.

    :param number: from 1, without gaps.
    :param at: when, ISO 8601 in UTC.
    :param agent: IRI of who did it.
    :param why: what for, in words.
    :param removes: N-Quads lines that went.
    :param adds: N-Quads lines that came.
    """

    number: int
    at: str
    agent: str
    why: str
    touched: tuple[Touched, ...]
    removes: tuple[str, ...]
    adds: tuple[str, ...]


class Journal:
    """An append-only file of commits.

    :param path: the file; made with the first commit.
    :param stored: number of the last commit that the store has; the journal may not end before it.
    :raises Damaged: if a line is broken, missing or changed. What follows the last acknowledged
        commit and is not whole is cut off instead, and kept beside the journal as ``….torn``.
    :raises WorkspaceError: if it cannot be read.
    """

    def __init__(self, path: Path, stored: int = 0) -> None:
        self._path, self._mark = path, path.with_name(path.name + ".mark")
        self._hash = _FIRST
        self._ends = array("Q", [0])  # byte offset at which each commit ends
        self._writing = Lock()
        try:
            self._recover(stored)
        except OSError as e:
            raise WorkspaceError(f"the journal cannot be read: {e.strerror}", where=str(path)) from None

    @property
    def last(self) -> int:
        """The number of the last commit."""
        return len(self._ends) - 1

    @property
    def hash(self) -> str:
        """The hash of the last line; the same hash means the same history."""
        return self._hash

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self._ends[-1]

    def end(self, number: int) -> int:
        """The byte offset at which a commit ends."""
        return self._ends[number]

    def hash_of(self, number: int) -> str:
        """The hash of one commit's line; of none, the hash that the first line names.

        :raises Damaged: if the line is not as it was written.
        """
        if number == 0:
            return _FIRST
        with self._path.open("rb") as f:
            f.seek(self._ends[number] - _TAIL_LENGTH)
            found = _TAIL.search(f.read(_TAIL_LENGTH))
        if found is None:
            raise self._damaged(number)
        return found[1].decode()

    def append(self, *entries: Entry) -> None:
        """Write commits, one write for all of them, and wait until the disk has them.

        :raises WorkspaceFull: if there is no room; the file is then as it was before.
        :raises WorkspaceError: if the disk refuses; likewise.
        """
        with self._writing:
            lines, name, ends = [], self._hash, list[int]()
            for entry in entries:
                line, name = _line(entry, name)
                lines.append(line)
                ends.append((ends[-1] if ends else self.size) + len(line))
            try:
                if not self.last and not self._path.exists():
                    self._path.touch()
                    sync_directory(self._path.parent)
                _append(self._path, b"".join(lines))
            except OSError as e:
                told = WorkspaceFull if e.errno in (errno.ENOSPC, errno.EDQUOT) else WorkspaceError
                raise told(
                    f"the journal cannot be written: {e.strerror}",
                    where=str(self._path),
                    hint="Nothing was changed. Free some space and try again.",
                ) from None
            self._hash = name
            self._ends.extend(ends)
            self._acknowledge()

    def entries(self, after: int = 0, to: int | None = None) -> Iterator[Entry]:
        """The commits with a number above ``after``, oldest first.

        :param to: the last one that is wanted; default: the last one there is.
        :raises Damaged: as the constructor.
        """
        to = self.last if to is None else min(to, self.last)
        if to <= after:
            return
        previous = self.hash_of(after)
        with self._path.open("rb") as f:
            f.seek(self._ends[after])
            for number in range(after + 1, to + 1):
                line = f.readline()
                name = _checked(line, number, previous)
                if name is None:
                    raise self._damaged(number)
                previous = name
                yield _entry(line)

    def entry(self, number: int) -> Entry:
        """One commit."""
        return next(self.entries(number - 1, number))

    # ---- opening

    def _recover(self, stored: int) -> None:
        if not self._path.exists():
            return self._check_end(stored)
        with self._path.open("rb") as f:
            for line in f:
                name = _checked(line, self.last + 1, self._hash)
                if name is None:
                    break
                self._hash = name
                self._ends.append(self.size + len(line))
        self._check_end(stored)
        if self._path.stat().st_size > self.size:
            self._cut()
        return None

    def _check_end(self, stored: int) -> None:
        """Whether every commit that was acknowledged is there."""
        number, name = self._acknowledged()
        if number == self.last and name != self._hash:
            raise self._damaged(number)
        known = max(number, stored)
        if known > self.last and self._path.exists() and self._path.stat().st_size > self.size:
            raise self._damaged(self.last + 1)
        if known > self.last:
            message = f"the journal ends at commit {self.last}, but commit {known} was acknowledged"
            raise Damaged(message, where=str(self._path), hint=_RESTORE)

    def _cut(self) -> None:
        """Take off what was never acknowledged; it is kept, for whoever wants to look."""
        with self._path.open("r+b") as f:
            f.seek(self.size)
            with self._path.with_name(self._path.name + ".torn").open("ab") as kept:
                while piece := f.read(1 << 20):
                    kept.write(piece)
            f.truncate(self.size)
            os.fdatasync(f.fileno())

    def _acknowledge(self) -> None:
        """Move the mark. It is not synced: after a power loss it tells less, never more."""
        text = f"{self.last} {self._hash}"
        data = f"{text} {zlib.crc32(text.encode()):08x}\n".encode().ljust(112)
        try:
            handle = os.open(self._mark, os.O_WRONLY | os.O_CREAT, 0o666)
            try:
                os.pwrite(handle, data, 0)
            finally:
                os.close(handle)
        except OSError:  # no room for it: the store's own mark still tells
            pass

    def _acknowledged(self) -> tuple[int, str]:
        try:
            text, check = self._mark.read_text("ascii").strip().rsplit(" ", 1)
            if int(check, 16) == zlib.crc32(text.encode()):
                number, name = text.split()
                return int(number), name
        except (OSError, ValueError):
            pass
        return 0, _FIRST

    def _damaged(self, number: int) -> Damaged:
        message = "this line of the journal is not as it was written"
        return Damaged(message, where=f"{self._path} line {number}", hint=_RESTORE)


def _line(entry: Entry, previous: str) -> tuple[bytes, str]:
    """An entry as a line, and the line's hash."""
    body: dict[str, Any] = {
        "prev": previous,
        "number": entry.number,
        "at": entry.at,
        "agent": entry.agent,
        "why": entry.why,
        "touched": entry.touched,
        "removes": entry.removes,
        "adds": entry.adds,
    }
    text = orjson.dumps(body)[:-1]
    name = "sha256:" + hashlib.sha256(text).hexdigest()
    return text + b',"hash":"' + name.encode() + b'"}\n', name


def _entry(line: bytes) -> Entry:
    body = orjson.loads(line)
    del body["prev"], body["hash"]
    touched = tuple(Touched(**t) for t in body.pop("touched"))
    removes, adds = _texts(body.pop("removes")), _texts(body.pop("adds"))
    return Entry(touched=touched, removes=removes, adds=adds, **body)


def _texts(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(lines)


def _checked(line: bytes, number: int, previous: str) -> str | None:
    """The hash of a line that is whole and stands where it belongs, else ``None``."""
    tail = _TAIL.search(line, max(0, len(line) - _TAIL_LENGTH))
    if tail is None:
        return None
    name = "sha256:" + hashlib.sha256(memoryview(line)[: tail.start()]).hexdigest()
    head = _HEAD.match(line)
    if head is None or tail[1].decode() != name or head[1].decode() != previous or int(head[2]) != number:
        return None
    return name


def _append(path: Path, data: bytes) -> None:
    """Append and sync, or leave the file as it was. Without a buffer, which would be written on closing."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(handle).st_size
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
            os.fdatasync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)
