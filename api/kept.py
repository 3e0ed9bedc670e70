"""What takes long to make of a commit, kept until the next one."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

T = TypeVar("T")


class Kept:
    """Keeps what was made as of one state of a workspace; all of it goes when the state changes.

    :param state: tells the state, such as the number of the last commit.
    """

    def __init__(self, state: Callable[[], Hashable]) -> None:
        self._state = state
        self._lock = Lock()
        self._now: Hashable = None
        self._found: dict[Hashable, object] = {}

    def get(self, name: Hashable, make: Callable[[], T]) -> T:
        """What bears a name, made if it is not there. Names come from the code, never from a client:
        there must be few of them.

        :param make: makes it; two that ask at once may both make it, and that is no harm.
        """
        now = self._state()
        with self._lock:
            if now != self._now:
                self._now, self._found = now, {}
            if name in self._found:
                return cast(T, self._found[name])
        made = make()
        with self._lock:
            if now == self._now:
                self._found[name] = made
        return made
