"""Keeps the workers there: starts them, replaces those that ended, and renews what they start from.

Every worker is started in one thread that lives as long as they do, because the system ends a
process with the thread that started it.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from kg.errors import KgError, WorkspaceError
from kg.sparql.backlog import MANY_COMMITS, Backlog
from kg.sparql.lanes import Lanes
from kg.sparql.process import Gone, Worker
from kg.sparql.snapshot import Copied, Snapshots, delete

_LAG = 64
"""An idle worker that is so many commits behind is brought up without being asked."""
_ALONE = 1.0
"""Seconds for which one worker is enough, unless someone waits: a command asks once and ends."""
_DYING = 0.05
"""Seconds between two looks at workers that were ended and are not gone yet."""
_AGAIN = 1.0
"""Seconds to wait after workers could not be started."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Base:
    """What workers start from: a copy of the store, and the last commit that was surely in it."""

    path: Path
    number: int
    epoch: int


class Keeper:
    """A thread that keeps so many workers ready.

    :param count: how many.
    :param settings: what a worker is told, but for its folder.
    """

    def __init__(
        self, store: Copied, snapshots: Snapshots, backlog: Backlog, settings: Mapping[str, Any], count: int
    ) -> None:
        self._store, self._snapshots, self._backlog = store, snapshots, backlog
        self._settings, self._count = settings, count
        self._turn = Condition()
        self._live: set[Worker] = set()
        self._lent: set[Worker] = set()
        self._gone: deque[Worker] = deque()
        self._dying: set[Worker] = set()
        self._wanted: deque[Future[Worker]] = deque()
        self._base: Base | None = None
        self._bad = 0
        self._pause = 0.0
        self._all_from = 0.0
        self._look = self._closed = False
        self.epoch = 0
        self.sandbox = ""
        self._thread = Thread(target=self._keep, name="query-workers", daemon=True)

    def start(self, lanes: Lanes) -> None:
        """Begin; workers are given to the lanes as they become ready."""
        self._lanes = lanes
        self._all_from = time.monotonic() + _ALONE
        self._thread.start()

    def usable(self, worker: Worker) -> bool:
        """Whether a worker runs, and started from a base that still holds."""
        return worker.epoch == self.epoch and worker.alive

    def retire(self, worker: Worker) -> None:
        """End a worker and replace it."""
        worker.kill()
        with self._turn:
            self._gone.append(worker)
            self._turn.notify()

    def fresh(self) -> Future[Worker]:
        """A worker as of the base, for the caller alone; :meth:`retire` it afterwards."""
        wanted: Future[Worker] = Future()
        with self._turn:
            if self._closed:
                raise closed()
            self._wanted.append(wanted)
            self._turn.notify()
        return wanted

    def renew(self) -> None:
        """From now on only workers are used that start from a copy made later than this."""
        with self._turn:
            self.epoch += 1
            self._look = True
            self._turn.notify()

    def all(self) -> None:
        """Have all workers now."""
        with self._turn:
            if self._all_from:
                self._all_from = 0.0
                self._turn.notify()

    def look(self) -> None:
        """Bring up what is behind, and make a new base if the backlog is long."""
        with self._turn:
            self._look = True
            self._turn.notify()

    def close(self) -> None:
        """End all workers."""
        with self._turn:
            self._closed = True
            self._turn.notify()
        for worker in (*self._live.copy(), *self._lent.copy()):
            worker.kill()
        self._thread.join()

    # ---- the thread

    def _keep(self) -> None:
        while self._wait():
            self._take_gone()
            try:
                self._work()
            except (KgError, OSError, Gone) as e:
                self._fail(e)
            self._bury()
        self._take_gone()
        for worker in (*self._dying, *self._live, *self._lent):
            worker.bury()
        for wanted in self._wanted:
            wanted.cancel()

    def _wait(self) -> bool:
        """Wait until there is something to do; false at the end."""
        with self._turn:
            while not self._closed:
                now = time.monotonic()
                if self._gone or (now >= self._pause and (self._wanted or self._look or self._missing(now))):
                    return True
                if any(not w.alive for w in self._dying):
                    return True
                later = [t - now for t in (self._pause, self._all_from) if t > now]
                later += [_DYING] if self._dying else []
                self._turn.wait(min(later, default=None))
            return False

    def _missing(self, now: float) -> int:
        """How many workers are to be started."""
        count = self._count if now >= self._all_from else 1
        return 0 if self._closed else max(0, count - len(self._live))

    def _work(self) -> None:
        look, self._look = self._look, False
        base = self._base
        missing = self._missing(time.monotonic())
        behind = self._backlog.number - base.number if base else 0
        if base is None or base.epoch != self.epoch or self._backlog.long or (missing and behind > MANY_COMMITS):
            self._renew()
        if look:
            self._lanes.sweep()
            self._bring_up()
        if missing:
            self._add()  # one at a time: whoever waits has the first one sooner so
        while self._wanted:
            self._give(self._wanted.popleft())

    def _add(self) -> None:
        """Start a worker and give it to the lanes."""
        worker = self._begin(self._live)
        self._ready(worker)
        self._bad = 0
        if self._is_up(worker):
            self._lanes.add(worker)
        else:  # a commit that cannot be followed: start from a base that has it
            self.retire(worker)
            self.renew()
            self._pause = time.monotonic() + _AGAIN

    def _renew(self) -> None:
        """Make a new base, and forget what leads to it once no worker needs it."""
        old, epoch, number = self._base, self.epoch, self._backlog.number
        self._base = Base(self._snapshots.base(self._store), number, epoch)
        if old is not None:
            delete(old.path)
        self._bring_up(behind=0)
        self._backlog.forget(min([number, *(w.number for w in self._live)]))

    def _drop_base(self) -> None:
        base, self._base = self._base, None
        if base is not None:
            delete(base.path)

    def _bring_up(self, behind: int = _LAG) -> None:
        """Bring idle workers up to the last commit."""
        wanted = lambda w: self._backlog.number - w.number > behind and self.usable(w)  # noqa: E731
        while worker := self._lanes.borrow(wanted):
            if self._is_up(worker):
                self._lanes.add(worker)
            else:
                self.retire(worker)

    def _is_up(self, worker: Worker) -> bool:
        """Bring a worker up to the last commit and wait until it is there."""
        if not bring_up(worker, self._backlog):
            return False
        try:
            worker.settle()
        except Gone:
            return False
        return True

    def _begin(self, among: set[Worker]) -> Worker:
        base = self._base
        assert base is not None
        worker = Worker(self._snapshots.copy(base.path), self._settings, base.number, base.epoch)
        among.add(worker)
        return worker

    def _ready(self, worker: Worker) -> None:
        try:
            worker.begin()
        except Gone:
            if not self._closed:
                _log.warning("a query worker did not start: %s", worker.words())
            raise
        self.sandbox = worker.sandbox

    def _give(self, wanted: Future[Worker]) -> None:
        if not wanted.set_running_or_notify_cancel():
            return
        try:
            worker = self._begin(self._lent)
            self._ready(worker)
        except (OSError, Gone) as e:
            wanted.set_exception(_no_workers(e))
        else:
            wanted.set_result(worker)

    def _take_gone(self) -> None:
        """Take out the workers that are not used again."""
        for _ in range(len(self._gone)):
            worker = self._gone.popleft()
            self._live.discard(worker)
            self._lent.discard(worker)
            self._dying.add(worker)

    def _bury(self) -> None:
        """Clean up behind those that are gone by now; a large one takes its time."""
        for worker in [w for w in self._dying if not w.alive]:
            worker.bury()
            self._dying.discard(worker)

    def _fail(self, error: BaseException) -> None:
        """Try again in a while; tell who waits, unless there is a worker left.

        What made a worker end as it started may be the base, so there is a new one, and the first
        time nobody is told.
        """
        for worker in [w for w in self._live if not w.alive or not w.sandbox]:
            worker.bury()
            self._live.discard(worker)
        if isinstance(error, Gone):
            self._drop_base()
            self._bad += 1
            if self._bad == 1:
                return
        self._pause = time.monotonic() + _AGAIN
        if not any(self.usable(w) for w in self._live):
            self._lanes.fail(_no_workers(error))


def bring_up(worker: Worker, backlog: Backlog, to: int | None = None) -> bool:
    """Tell a worker the commits that it lacks, up to one or to the last; false if that cannot be done."""
    told = backlog.after(worker.number, to)
    if told is None:
        return False
    if told[1]:
        try:
            worker.say(told[1])
        except Gone:
            return False
        worker.number = told[0]
    return True


def closed() -> WorkspaceError:
    """What is told after the end."""
    return WorkspaceError("the workspace is closed", hint="Open the workspace again.")


def _no_workers(error: BaseException) -> KgError:
    if isinstance(error, KgError):
        return error
    told = error.strerror if isinstance(error, OSError) else "they end as they start; the log says why"
    return WorkspaceError(f"no query worker can be started: {told}", hint="Writing and reading records goes on.")
