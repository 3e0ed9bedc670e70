"""Who may run when: what looks light goes first, and what takes long never has every slot.

What a query costs cannot be told from its text, so the text only sorts: a query that looks light may
have any slot, one that looks heavy must leave one slot free. A light one that turns out to take long
counts as heavy from then on; if that is one too many and light ones wait, it is ended and asks
again as a heavy one.
"""

from __future__ import annotations

import time
from bisect import insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock

from kg.errors import KgError, Overloaded
from kg.sparql.process import Worker
from kg.store.limits import Scan

LONG = 0.1
"""Processor time after which a query counts as heavy, in seconds."""
LONG_WAIT = 5.0
"""Likewise by the clock, which on a busy machine says little."""
VERY_LONG = 0.5
"""Seconds after which a heavy query runs at low priority; its worker is replaced afterwards."""
WAITING = 256
"""How many light queries may wait; ``WAITING_HEAVY``: how many heavy ones for each of their slots."""
WAITING_HEAVY = 16

HEAVY = 1 << 30
"""The weight of a query that looks heavy."""
_MOST_LIGHT = 12
_STRICT = 30.0
"""Seconds for which nothing of the weight of an evicted query passes as light."""
_LIGHT = 2.0
"""Seconds for which a light query lets expect another one."""
_COSTLY = frozenset(
    {"group", "having", "count", "sum", "avg", "min", "max", "sample", "group_concat", "regex", "replace", "concat"}
    | {"minus"}
)


def weigh(scan: Scan) -> int:
    """How many patterns a query has that is likely to take milliseconds, else :data:`HEAVY`.

    Such a query has few patterns, something is known in each, and it counts, sorts out or repeats
    nothing.
    """
    known = scan.constants >= scan.patterns or (scan.patterns == 1 and bool(scan.words & {"limit", "ask"}))
    if known and scan.constants <= 60 and not scan.repeats and not scan.words & _COSTLY:
        return scan.patterns
    return HEAVY


@dataclass(eq=False, slots=True)
class Run:
    """One question on its way.

    :param heavy: whether it may not have the last slot.
    :param weight: how it looks; the lighter goes first.
    :param until: its deadline, by the monotonic clock, in seconds.
    :param own: whether it brings its own worker.
    :param ended: why we ended it: ``deadline``, ``evicted`` or ``closed``; empty if we did not.
    :param whole: whether the worker's answer was taken to its end.
    :param spent: whether its worker shall not be used again in any case.
    :param burnt: the processor time that its worker may have had by the time it takes long, in
        seconds; unknown until the first look.
    :param allowed: processor time that was spent on the way to the question, in seconds.
    """

    weight: int
    until: float
    own: bool = False
    heavy: bool = True
    worker: Worker | None = None
    ended: str = ""
    whole: bool = False
    spent: bool = False
    since: float = 0.0
    burnt: float | None = None
    allowed: float = 0.0
    came: float = field(default_factory=time.monotonic)
    go: Event = field(default_factory=Event)

    def late(self) -> bool:
        """Whether it waited for so long that starting it is no use."""
        return time.monotonic() > self.until - 0.1 * (self.until - self.came)


class Lanes:
    """The slots, the idle workers, and who waits for them.

    :param size: how many questions run at once.
    :param usable: whether an idle worker may still be used.
    :param retire: takes a worker that is not used again.
    :param short: called when someone waits though there is a slot.
    """

    def __init__(
        self,
        size: int,
        usable: Callable[[Worker], bool],
        retire: Callable[[Worker], None],
        short: Callable[[], None],
    ) -> None:
        self._size, self._most_heavy = size, max(1, size - 1)
        self._usable, self._retire, self._short = usable, retire, short
        self._one = Lock()
        self._idle: list[Worker] = []
        self._running: set[Run] = set()
        self._light: list[Run] = []
        self._heavy: deque[Run] = deque()
        self._most_light, self._strict_until = _MOST_LIGHT, 0.0
        self._light_until = 0.0
        self._failed: KgError | None = None

    # ---- for askers

    def enter(self, weight: int, until: float, *, own: bool = False) -> Run:
        """Wait for a slot, and for a worker unless the run brings its own.

        :param weight: how it looks; :data:`HEAVY` if it is known to be heavy.
        :raises Overloaded: if too many wait, or none came free until the deadline.
        :raises KgError: if there are no workers, and why.
        """
        run = Run(weight, until, own)
        with self._one:
            self._queue(run)
            self._dispatch()
            if not run.go.is_set() and self._running:
                self._short()
        if not run.go.is_set() and not run.go.wait(max(0.0, until - time.monotonic())):
            self._give_up(run)
        if run.since:
            return run
        raise self._failed or Overloaded("no slot for this query came free before its deadline", retry_after=5)

    def leave(self, run: Run) -> None:
        """Give the slot back, and the worker if it can be used again."""
        with self._one:
            self._running.discard(run)
            worker, run.worker = run.worker, None
            if worker is not None:
                if not run.whole or run.spent or run.ended or run.own or not self._usable(worker):
                    self._retire(worker)
                else:
                    self._idle.append(worker)
            self._dispatch()

    # ---- for the keeper

    def add(self, worker: Worker) -> None:
        """A worker is ready."""
        with self._one:
            self._failed = None
            self._idle.append(worker)
            self._dispatch()

    def borrow(self, wanted: Callable[[Worker], bool]) -> Worker | None:
        """An idle worker, but not the last one, to be given back by :meth:`add`."""
        with self._one:
            found = next((w for w in self._idle if wanted(w)), None) if len(self._idle) > 1 else None
            if found is not None:
                self._idle.remove(found)
            return found

    def sweep(self) -> None:
        """Let go of idle workers that cannot be used."""
        with self._one:
            for worker in [w for w in self._idle if not self._usable(w)]:
                self._idle.remove(worker)
                self._retire(worker)

    def fail(self, error: KgError) -> None:
        """There are no workers: whoever waits is told why, and so is whoever comes until there is one."""
        with self._one:
            self._failed = error
            for run in (*self._light, *self._heavy):
                run.go.set()
            self._light.clear()
            self._heavy.clear()

    def stop(self, error: KgError) -> None:
        """End everything."""
        self.fail(error)
        with self._one:
            for run in list(self._running):
                self._end(run, "closed")
            for worker in self._idle:
                self._retire(worker)
            self._idle.clear()

    def counts(self) -> tuple[int, int, int]:
        """How many workers are idle, how many questions run, and how many wait."""
        with self._one:
            return len(self._idle), len(self._running), len(self._light) + len(self._heavy)

    # ---- for the watch

    def watch(self) -> bool:
        """End what is at its deadline, and see who takes long; whether anything runs."""
        now = time.monotonic()
        with self._one:
            for run in list(self._running):
                if run.worker is None:
                    continue
                if now >= run.until:
                    self._end(run, "deadline")
                elif run.heavy and not run.spent and now - run.since >= VERY_LONG:
                    run.spent = True
                    run.worker.lower()
            for run in list(self._running):
                if run.worker is not None and not run.heavy and self._takes_long(run, run.worker, now):
                    self._is_long(run)
            self._dispatch()
            return bool(self._running)

    def _takes_long(self, run: Run, worker: Worker, now: float) -> bool:
        if run.burnt is None:
            run.burnt = worker.seconds + LONG
        return now - run.since >= LONG_WAIT or worker.seconds >= run.burnt + run.allowed

    def _is_long(self, run: Run) -> None:
        if self._heavies() < self._most_heavy:
            run.heavy = True
        elif self._light and len(self._running) >= self._size:
            self._end(run, "evicted")
            self._strict_until = time.monotonic() + _STRICT
            self._most_light = max(1, min(self._most_light, run.weight - 1))

    def _end(self, run: Run, why: str) -> None:
        """End a run; its slot is free at once, its asker hears of it when the worker is gone."""
        self._running.discard(run)
        run.ended = why
        if run.worker is not None:
            run.worker.kill()

    # ---- with the lock held

    def _queue(self, run: Run) -> None:
        if self._failed is not None:
            raise self._failed
        if self._strict_until < time.monotonic():
            self._most_light = _MOST_LIGHT
        run.heavy = run.own or run.weight > self._most_light
        if len(self._heavy) >= WAITING_HEAVY * self._most_heavy if run.heavy else len(self._light) >= WAITING:
            raise Overloaded("too many queries are waiting", retry_after=5 if run.heavy else 1)
        if run.heavy:
            self._heavy.append(run)
        else:
            self._light_until = time.monotonic() + _LIGHT
            insort(self._light, run, key=lambda r: r.weight)

    def _give_up(self, run: Run) -> None:
        with self._one:
            if run in self._light:
                self._light.remove(run)
            elif run in self._heavy:
                self._heavy.remove(run)

    def _dispatch(self) -> None:
        while self._light and len(self._running) < self._size and (worker := self._pick()):
            self._start(self._light.pop(0), worker)
        while self._heavy and len(self._running) < self._size and self._heavies() < self._most_heavy:
            if self._heavy[0].late():
                self._heavy.popleft().go.set()
                continue
            own = self._heavy[0].own
            worker = None if own or not self._may_spare() else self._pick()
            if worker is None and not own:
                return
            self._start(self._heavy.popleft(), worker)

    def _may_spare(self) -> bool:
        """Whether a heavy one may have an idle worker: one is left for light ones, or comes back soon."""
        if len(self._idle) > 1 or not all(r.heavy for r in self._running):
            return True
        return not self._running and time.monotonic() > self._light_until

    def _start(self, run: Run, worker: Worker | None) -> None:
        run.worker, run.since = worker, time.monotonic()
        self._running.add(run)
        run.go.set()

    def _pick(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if self._usable(worker):
                return worker
            self._retire(worker)
        return None

    def _heavies(self) -> int:
        return sum(r.heavy for r in self._running)
