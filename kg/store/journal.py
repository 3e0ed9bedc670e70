"""The journal: every change, in order, checksummed and chained. Acknowledged means journalled.

One JSON object a line. Each line's ``hash`` is over the line without it, and ``prev`` is the hash
of the line before, so a change, a cut or a swap of lines is found on reading.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from kg.errors import Damaged, WorkspaceError
from kg.model.digest import digest

_FIRST = "sha256:" + "0" * 64


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
    :raises Damaged: if a line is broken, missing or changed. A torn last line, which was never
        acknowledged, is cut off instead.
    :raises WorkspaceError: if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.last = 0
        self._hash = _FIRST
        try:
            self._recover()
        except OSError as e:
            raise WorkspaceError(f"the journal cannot be read: {e.strerror}", where=str(path)) from None

    def append(self, entry: Entry) -> None:
        """Write a commit and wait until the disk has it.

        :raises WorkspaceError: if the disk refuses; the file is then as it was before.
        """
        body = {**asdict(entry), "prev": self._hash}
        name = digest(_compact(body))
        line = (_compact({**body, "hash": name}) + "\n").encode("utf-8")
        try:
            if not self._path.exists():
                self._path.touch()
                _sync_directory(self._path.parent)
            _append(self._path, line)
        except OSError as e:
            raise WorkspaceError(
                f"the journal cannot be written: {e.strerror}",
                where=str(self._path),
                hint="Nothing was changed. Free some space and try again.",
            ) from None
        self.last, self._hash = entry.number, name

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The commits with a number above ``after``, oldest first.

        :raises Damaged: as the constructor.
        """
        if not self._path.exists():
            return
        previous = _FIRST
        with self._path.open("rb") as f:
            for place, line in enumerate(f, start=1):
                body = self._checked(line, place, previous)
                previous = body.pop("hash")
                if body["number"] > after:
                    del body["prev"]
                    touched = tuple(Touched(**t) for t in body.pop("touched"))
                    removes, adds = tuple(body.pop("removes")), tuple(body.pop("adds"))
                    yield Entry(touched=touched, removes=removes, adds=adds, **body)

    def _recover(self) -> None:
        if not self._path.exists():
            return
        good = 0
        with self._path.open("r+b") as f:
            for place, line in enumerate(f, start=1):
                if not line.endswith(b"\n"):
                    f.truncate(good)
                    os.fdatasync(f.fileno())
                    return
                body = self._checked(line, place, self._hash)
                self.last, self._hash = body["number"], body["hash"]
                good += len(line)

    def _checked(self, line: bytes, place: int, previous: str) -> dict:  # type: ignore[type-arg]
        try:
            body: dict = json.loads(line)  # type: ignore[type-arg]
            told = body["hash"]
            whole = digest(_compact({k: v for k, v in body.items() if k != "hash"})) == told
            if whole and body["prev"] == previous and body["number"] == place:
                return body
        except (ValueError, KeyError, TypeError, UnicodeDecodeError):
            pass
        raise Damaged(
            "this line of the journal is not as it was written",
            where=f"{self._path} line {place}",
            hint="Restore the workspace from a backup; do not edit the journal.",
        )


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


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


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
