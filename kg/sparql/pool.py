"""Queries and updates answered by worker processes that can be ended at any time.

A worker has its own copy of the store and is sent every later commit before it is asked, so that
an answer never predates a commit that was acknowledged before the question came.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

from pyoxigraph import NamedNode

from kg.errors import KgError, Overloaded, QueryEnded, QueryError, UsageError
from kg.schema.names import STEMMA
from kg.sparql import frames
from kg.sparql.answer import GRAPHS, ROWS, Answer, At, Dataset, Delta, Limits
from kg.sparql.backlog import Backlog, message_of
from kg.sparql.exchange import Whole, ended, exchange, question
from kg.sparql.keeper import Keeper, bring_up, closed
from kg.sparql.lanes import HEAVY, Lanes, Run, weigh
from kg.sparql.process import Gone, Worker
from kg.sparql.sandbox import expected
from kg.sparql.snapshot import Copied, Snapshots
from kg.store.journal import Entry
from kg.store.limits import scan

MARK = STEMMA + "commit"
"""Predicate of the number of the last commit in a store."""

MAX_UPDATE = 8 * 1024 * 1024
"""Longest update, in characters."""

_TICK = 0.01
"""Seconds between two looks at what runs."""
_IDLE = 100
"""After so many looks at nothing the watch sleeps."""
_TRIES = 4
"""How many workers may be gone before one has the question."""
_KNOWN = 512
"""How many texts are remembered as heavy."""
_COMMIT = 0.002
"""Processor time that a commit may take a worker, in seconds."""
_HELD = 512 << 20
"""A worker that holds more memory than this after its answer is replaced."""
_LOOK = 64
"""After so many commits the idle workers are brought up."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How a pool is doing.

    :param ended: how many questions were ended, by reason.
    """

    idle: int
    running: int
    waiting: int
    commit: int
    ended: Mapping[str, int]


class Pool:
    """Answers SPARQL in worker processes.

    One starts with the first question, the others a little later; :meth:`warm` starts all.

    :param store: what is asked; workers see copies of it.
    :param number: the last commit in it.
    :param folder: where the copies are; on the same disk, and nothing else in it.
    :param union: whether the default graph is the union of all graphs.
    :param prefixes: what no text need declare.
    :param mark: graph of the number of the last commit, to be hidden from who asks; ``None`` if it
        may be seen.
    :param size: how many questions run at once, at least 2 so that heavy ones leave one free. One
        more worker stands by.
    """

    def __init__(
        self,
        store: Copied,
        number: int,
        folder: Path,
        *,
        union: bool,
        prefixes: Mapping[str, str],
        mark: NamedNode | None = None,
        size: int = 2,
    ) -> None:
        self._folder = folder
        self._snapshots = Snapshots(folder)
        self._backlog = Backlog(number)
        settings = {
            "union": union,
            "prefixes": dict(prefixes),
            "mark": MARK,
            "hidden": mark.value if mark else "",
        }
        self._keeper = Keeper(store, self._snapshots, self._backlog, settings, size + 1)
        self._lanes = Lanes(size, self._keeper.usable, self._keeper.retire, self._keeper.all)
        self._one = Lock()
        self._started = self._closed = False
        self._busy = Event()
        self._watch = Thread(target=self._watching, name="query-watch", daemon=True)
        self._known_heavy: dict[str, None] = {}
        self._ended = Counter[str]()

    # ---- what is asked

    def ask(
        self,
        text: str,
        *,
        dataset: Dataset = Dataset(),  # noqa: B008
        rows: str | None = "json",
        graph: str | None = "nt",
        limits: Limits = Limits(),  # noqa: B008
        at: At | None = None,
        stale: bool = False,
        min_commit: int | None = None,
        base: str | None = None,
    ) -> Answer:
        """Answer a query.

        :param rows: format of rows and truths, a key of :data:`kg.sparql.answer.ROWS`; ``graph`` of
            triples, a key of :data:`kg.sparql.answer.GRAPHS`; ``None`` if that kind is of no use.
        :param at: an earlier state to ask.
        :param stale: take a worker as it is, commits behind or not.
        :param min_commit: a commit that the answer must know.
        :param base: what relative IRIs are resolved against.
        :raises QueryError: if the text is no query, not allowed, or fails.
        :raises NotAcceptable: if no format for this kind of answer is given.
        :raises QueryEnded: if it reached its deadline or a cap; nothing of it is given out.
        :raises Overloaded: if too many ask.
        """
        scanned = scan(text)
        for name, formats in ((rows, ROWS), (graph, GRAPHS)):
            if name is not None and name not in formats:
                raise UsageError("no such format", where=name, hint=f"Formats: {', '.join(formats)}.")
        self._check_number(min_commit if at is None else at.number)
        own = "from" in scanned.words
        asked = question(text, dataset, limits, rows=rows, graph=graph, own=own, base=base)
        message = frames.frame(frames.QUERY, asked)
        whole, commit = self._serve(message, limits, text, weigh(scanned), at=at, stale=stale)
        return Answer(whole.kind, whole.format, whole.body, whole.length, commit, whole.variables)

    def update(
        self,
        text: str,
        *,
        dataset: Dataset = Dataset(),  # noqa: B008
        limits: Limits = Limits(),  # noqa: B008
        base: str | None = None,
    ) -> Delta:
        """What an update comes down to; nothing is changed.

        :param dataset: what ``using-graph-uri`` and ``using-named-graph-uri`` name.
        :param base: what relative IRIs are resolved against.
        :raises QueryError: if the text is no update, not allowed, or fails.
        :raises QueryEnded: if it reached its deadline or a cap.
        :raises Overloaded: if too many ask.
        """
        if len(text) > MAX_UPDATE:
            raise QueryError(f"the update has {len(text):,} characters; at most {MAX_UPDATE:,} are read")
        message = frames.frame(frames.UPDATE, question(text, dataset, limits, base=base))
        whole, commit = self._serve(message, limits, text, 1)
        with whole.body:
            lines = [line.decode() for line in whole.body]
        return Delta(tuple(lines[: whole.removes]), tuple(lines[whole.removes :]), commit)

    # ---- what is followed

    def follow(self, entry: Entry) -> None:
        """Take a commit that the store has; quick. Commits come in order."""
        if not self._started:  # the base is not made yet
            self._backlog.restart(entry.number)
        elif not self._backlog.follow(entry):
            self._keeper.renew()
        elif entry.number % _LOOK == 0:
            self._keeper.look()

    def renew(self, number: int | None = None) -> None:
        """Start again from the store as it is now, as after a bulk load.

        :param number: its last commit; ``None`` if that is still the one that was followed last.
        """
        self._backlog.restart(self._backlog.number if number is None else number)
        self._keeper.renew()

    # ---- the pool itself

    def warm(self) -> None:
        """Start all workers, and wait until one is ready.

        :raises KgError: if none can be started.
        """
        self._start()
        self._keeper.all()
        self.ask("ASK {}", limits=Limits(deadline=60.0)).body.close()

    @property
    def number(self) -> int:
        """The last commit that was followed."""
        return self._backlog.number

    @property
    def sandbox(self) -> str:
        """What keeps a worker from the network: :data:`kg.sparql.sandbox.SECCOMP` or ``NONE``."""
        return self._keeper.sandbox or expected()

    def counts(self) -> Counts:
        """How it is doing."""
        return Counts(*self._lanes.counts(), self._backlog.number, dict(self._ended))

    def close(self) -> None:
        """End all workers and delete their copies. Closing twice is no harm."""
        with self._one:
            if self._closed:
                return
            self._closed = True
            started = self._started
        self._lanes.stop(closed())
        self._busy.set()
        if started:
            self._watch.join()
            self._keeper.close()
        self._snapshots.clean()

    # ---- one question

    def _start(self) -> None:
        with self._one:
            if self._closed:
                raise closed()
            if not self._started:
                self._started = True
                self._keeper.start(self._lanes)
                self._watch.start()

    def _watching(self) -> None:
        """Look after what runs; sleep when nothing did for a while."""
        idle = 0
        while not self._closed:
            idle = 0 if self._lanes.watch() else idle + 1
            if idle >= _IDLE:
                self._busy.clear()
                if not self._lanes.watch() and not self._closed:
                    self._busy.wait()
                idle = 0
            time.sleep(_TICK)

    def _check_number(self, number: int | None) -> None:
        if number is not None and number > self._backlog.number:
            raise UsageError(f"there is no commit {number:,} yet", hint=f"The last one is {self._backlog.number:,}.")

    def _serve(
        self, message: bytes, limits: Limits, text: str, weight: int, *, at: At | None = None, stale: bool = False
    ) -> tuple[Whole, int]:
        """Have a worker answer; the answer, and the commit that it is as of."""
        self._start()
        until = time.monotonic() + limits.deadline
        weight = HEAVY if text in self._known_heavy else weight
        for _ in range(_TRIES):
            with self._slot(weight, until, own=at is not None) as run:
                try:
                    worker = self._ready(run, at, stale=stale)
                except Gone:
                    continue  # it never had the question
                try:
                    found = exchange(worker, message, limits, self._folder)
                except Gone:
                    if run.ended == "evicted":
                        weight = HEAVY
                        self._remember(text)
                        continue
                    told = self._told(run, worker, limits)
                    if told is None:
                        continue
                    raise told from None
                run.whole = True
                if isinstance(found, Whole):
                    run.spent = run.spent or found.held > _HELD
            if isinstance(found, KgError):
                raise self._counted(found)
            return found, worker.number
        raise self._counted(ended("crash", limits))

    @contextmanager
    def _slot(self, weight: int, until: float, *, own: bool) -> Iterator[Run]:
        try:
            run = self._lanes.enter(weight, until, own=own)
        except Overloaded as e:
            raise self._counted(e) from None
        if not self._busy.is_set():
            self._busy.set()
        try:
            yield run
        finally:
            self._lanes.leave(run)

    def _ready(self, run: Run, at: At | None, *, stale: bool) -> Worker:
        """The run's worker, at the commit that is asked."""
        if at is not None:
            return self._earlier(run, at)
        worker = run.worker
        assert worker is not None
        before = worker.number
        if not stale and not bring_up(worker, self._backlog):
            raise Gone
        run.allowed = _COMMIT * (worker.number - before)
        return worker

    def _earlier(self, run: Run, at: At) -> Worker:
        """A worker of its own, taken back or forth from the base to an earlier commit."""
        worker = run.worker = self._fresh(run)
        if worker.number <= at.number:
            if not bring_up(worker, self._backlog, to=at.number):
                raise Gone
        else:
            for entry in at.back(worker.number):
                worker.say(message_of(entry, frames.BACK))
            worker.number = at.number
        return worker

    def _fresh(self, run: Run) -> Worker:
        wanted = self._keeper.fresh()
        try:
            return wanted.result(max(0.0, run.until - time.monotonic()))
        except TimeoutError:
            if not wanted.cancel():
                wanted.add_done_callback(self._unwanted)
            raise Overloaded("no worker for an earlier state was ready before the deadline", retry_after=5) from None

    def _unwanted(self, came: Future[Worker]) -> None:
        """A worker that came too late."""
        if came.exception() is None:
            self._keeper.retire(came.result())

    def _told(self, run: Run, worker: Worker, limits: Limits) -> KgError | None:
        """What is told of a question whose worker ended; nothing if that was no fault of the question."""
        if run.ended == "closed":
            return closed()
        reason = run.ended or worker.bury()
        return None if reason == "killed" else self._counted(ended(reason, limits))

    def _counted(self, error: KgError) -> KgError:
        if isinstance(error, QueryEnded | Overloaded):
            with self._one:
                self._ended[error.reason if isinstance(error, QueryEnded) else error.code] += 1
        return error

    def _remember(self, text: str) -> None:
        """Once heavy, heavy from the start."""
        with self._one:
            self._known_heavy[text] = None
            if len(self._known_heavy) > _KNOWN:
                del self._known_heavy[next(iter(self._known_heavy))]
