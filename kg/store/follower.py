"""Keeps what is derived from the records in step with them, behind the committer's back.

A commit hands over what went and what came and goes on; a thread of its own passes that to each
derived index, in order. Whoever reads an index waits until it has followed the last commit.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import Protocol

from kg.model.node import Node

_MOST = 512
"""How many commits may wait; beyond that, committing waits a while too."""
_PATIENCE = 1.0
"""How long it waits, in seconds."""

Event = tuple[int, Sequence[Node], Sequence[Node]]


class Derived(Protocol):
    """Something that follows from the records and is kept in step with them."""

    def catch_up(self, number: int) -> None:
        """Be as of that commit, made again if need be."""

    def rebuild(self, number: int) -> None:
        """Be made again, as of that commit."""

    def follow(self, number: int, gone: Sequence[Node], came: Sequence[Node]) -> None:
        """After a commit: the nodes that went, and the nodes that came."""


class Follower:
    """Passes commits on to what is derived.

    :param derived: who follows. One that fails is made to catch up before it is read again.
    :param number: tells the number of the last commit in the store.
    """

    def __init__(self, derived: Sequence[Derived], number: Callable[[], int]) -> None:
        self._derived, self._number = tuple(derived), number
        self._caught_up = [0] * len(self._derived)
        self._behind: set[int] = set()
        self._events: deque[Event] = deque()
        self._state = Condition()
        self._taken = self._followed = 0
        self._closed = False
        self._thread: Thread | None = None

    def catch_up(self) -> None:
        """Make each be as of the last commit.

        :raises KgError: if one cannot.
        """
        for place in range(len(self._derived)):
            self._catch_up(place)

    def follow(self, events: Sequence[Event]) -> None:
        """Take commits, oldest first; waits while too many are waiting already."""
        if not self._derived:
            return
        with self._state:
            self._state.wait_for(lambda: len(self._events) < _MOST or self._closed, timeout=_PATIENCE)
            self._events.extend(events)
            self._taken += len(events)
            if self._thread is None and not self._closed:
                self._thread = Thread(target=self._run, name="stemma follower", daemon=True)
                self._thread.start()
            self._state.notify_all()

    def settle(self) -> None:
        """Wait until each has followed every commit that was taken so far.

        :raises KgError: if one cannot catch up.
        """
        wanted = self._taken
        if self._followed >= wanted and not self._behind:
            return
        with self._state:
            self._state.wait_for(lambda: self._followed >= wanted or self._thread is None)
            for place in sorted(self._behind):
                self._catch_up(place)
                self._behind.discard(place)

    def rebuild(self) -> None:
        """Have each made again."""
        with self._state:
            self._state.wait_for(lambda: self._followed >= self._taken or self._thread is None)
            for place, each in enumerate(self._derived):
                number = self._number()
                each.rebuild(number)
                self._caught_up[place] = number
            self._behind.clear()

    def fall_behind(self) -> None:
        """Have each catch up before it is read again."""
        with self._state:
            self._behind.update(range(len(self._derived)))

    def close(self) -> None:
        """Follow what is waiting, then stop. Closing twice is no harm."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _catch_up(self, place: int) -> None:
        number = self._number()
        self._derived[place].catch_up(number)
        self._caught_up[place] = number

    def _run(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._events or self._closed)
                if not self._events:
                    return
                event = self._events.popleft()
            for place, each in enumerate(self._derived):
                self._pass(place, each, event)
            with self._state:
                self._followed += 1
                self._state.notify_all()

    def _pass(self, place: int, each: Derived, event: Event) -> None:
        number = event[0]
        if place in self._behind or number <= self._caught_up[place]:
            return
        try:
            each.follow(*event)
        except Exception:  # it is derived: whoever reads it next makes it catch up
            logging.getLogger(__name__).exception("%s could not follow commit %d", type(each).__name__, number)
            self._behind.add(place)
