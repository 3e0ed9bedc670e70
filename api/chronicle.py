"""When each record was last touched, and what each agent did: read from the journal, and kept up with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Protocol

from kg.store.journal import Entry


class Log(Protocol):
    """What is needed of a journal."""

    @property
    def last(self) -> int:
        """The number of the last commit."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The commits after a number, oldest first."""


@dataclass(frozen=True, slots=True)
class Work:
    """What an agent committed: how many times, and when first and last (ISO 8601, UTC)."""

    commits: int
    first: str
    last: str


class Chronicle:
    """Reads the journal once, and then only what came since."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = Lock()
        self._read = 0
        self._touched: dict[str, str] = {}
        self._work: dict[str, Work] = {}
        self._last: str | None = None

    def modified(self, *records: str) -> datetime | None:
        """When the latest of some records was last touched by a commit; ``None`` if none ever was."""
        self._catch_up()
        times = [self._touched[r] for r in records if r in self._touched]
        return datetime.fromisoformat(max(times)) if times else None

    def work(self, agent: str) -> Work | None:
        """What an agent committed; ``None`` if nothing."""
        self._catch_up()
        return self._work.get(agent)

    @property
    def last(self) -> str | None:
        """The time of the last commit, ISO 8601 in UTC."""
        self._catch_up()
        return self._last

    def _catch_up(self) -> None:
        with self._lock:
            if self._read == self._log.last:
                return
            for entry in self._log.entries(after=self._read):
                self._touched.update(dict.fromkeys((t.id for t in entry.touched), entry.at))
                done = self._work.get(entry.agent, Work(0, entry.at, entry.at))
                self._work[entry.agent] = replace(done, commits=done.commits + 1, last=entry.at)
                self._read, self._last = entry.number, entry.at
