"""The commits since the base copy, as messages that bring a worker's copy up to them."""

from __future__ import annotations

from collections import deque
from threading import Lock

from kg.sparql import frames
from kg.store.journal import Entry

MAX_COMMITS = 1024
"""More commits than this since the base make a new base worth its while."""
MANY_COMMITS = 256
"""Likewise if a worker is to be started from it."""
MAX_BYTES = 16 << 20
"""Likewise of bytes."""
MAX_LINES = 20_000
"""A commit of more quads than this is not sent to workers; they start again from a new base."""


class Backlog:
    """Commits in order, without gaps.

    :param number: the last commit before the first that will follow.
    """

    def __init__(self, number: int) -> None:
        self._one = Lock()
        self._number = number
        self._held: deque[Entry | bytes] = deque()
        self._bytes = 0

    @property
    def number(self) -> int:
        """The last commit."""
        return self._number

    @property
    def long(self) -> bool:
        """Whether a new base is worth its while."""
        return len(self._held) > MAX_COMMITS or self._bytes > MAX_BYTES

    def follow(self, entry: Entry) -> bool:
        """Take a commit; false if it cannot be told to a worker, so that there must be a new base."""
        with self._one:
            if entry.number != self._number + 1 or len(entry.removes) + len(entry.adds) > MAX_LINES:
                self._number = max(entry.number, self._number)
                self._clear()
                return False
            self._number = entry.number
            self._held.append(entry)
            self._bytes += sum(map(len, entry.removes)) + sum(map(len, entry.adds))
            return True

    def restart(self, number: int) -> None:
        """Forget what was before a commit, which no message tells."""
        with self._one:
            self._number = max(number, self._number)
            self._clear()

    def after(self, number: int, to: int | None = None) -> tuple[int, bytes] | None:
        """The messages that lead from one commit to another, and the commit they lead to.

        :param to: where to stop; ``None`` for the last.
        :returns: ``None`` if the first of them is not held any more.
        """
        with self._one:
            last = self._number if to is None else min(to, self._number)
            if number >= last:
                return number, b""
            first = self._number - len(self._held)
            if number < first:
                return None
            return last, b"".join(self._message(n - first) for n in range(number, last))

    def forget(self, number: int) -> None:
        """Let go of the commits up to a number."""
        with self._one:
            while self._held and self._number - len(self._held) < number:
                gone = self._held.popleft()
                self._bytes -= len(gone) if isinstance(gone, bytes) else sum(map(len, (*gone.removes, *gone.adds)))

    def _message(self, place: int) -> bytes:
        held = self._held[place]
        if isinstance(held, bytes):
            return held
        message = message_of(held, frames.FOLLOW)
        self._bytes += len(message) - sum(map(len, (*held.removes, *held.adds)))
        self._held[place] = message
        return message

    def _clear(self) -> None:
        self._held.clear()
        self._bytes = 0


def message_of(entry: Entry, kind: bytes) -> bytes:
    """A commit as a message: to be made, or to be undone."""
    return frames.frame(kind, frames.commit(entry.number, _lines(entry.removes), _lines(entry.adds)))


def _lines(lines: tuple[str, ...]) -> bytes:
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines).encode()
