"""Kill -9 at random moments of every door: nothing acknowledged is lost, nothing is half there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from reliability.audit import Ack
from reliability.doors import HTTP, QUADS, RECORDS
from reliability.material import make
from reliability.tally import Case, Part, Tally
from reliability.victim import live

LONGEST = 0.3
"""Longest time that it is let write, in seconds; longer for what takes longer."""
DEEP = 5
"""Every so many cycles every record is judged and what is derived made again, to compare."""
AT_OPEN = 0.15
"""Share of the kills that come while it opens and checks."""
_TURNS: tuple[tuple[str, ...], ...] = (
    *((door,) for door in (*RECORDS, *QUADS)),
    RECORDS,
    ("add", *HTTP),
    (*RECORDS, *QUADS),
    ("bulk",),  # the last of its shelf, as what follows it takes longer
)
SHELF = len(_TURNS)
"""How many cycles one workspace goes through before a new one is made."""
_PATIENCE = 120.0
_SLOW = {"bulk": 3.0, "load": 0.6, "update": 0.8, "http_put": 0.8}


class Kills:
    """Cycles of a process that is killed, each on what the one before left.

    :param folder: where the workspaces lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["reliability.victim", "api.command"])
        self._acks: list[Ack] = []
        self._shelf = -1

    def cycle(self, number: int) -> Tally:
        """One kill, and what was found of the one before."""
        random, tally = Random(number), Tally()
        if number // SHELF != self._shelf:
            self._shelf = number // SHELF
            make(self._path, 3).close()
            self._acks = []
        doors = _TURNS[number % len(_TURNS)]
        early = random.random() < AT_OPEN
        longest = max((_SLOW.get(d, LONGEST) for d in doors), default=LONGEST)
        self._run(doors, number, random.choice((1, 1, 4)), random.uniform(0, 0.9 if early else longest), early, tally)
        tally.counts["kills"] += 1
        if number % SHELF == SHELF - 1:
            self.check(tally)
        return tally

    def check(self, tally: Tally) -> None:
        """Open what the last kill left, and look."""
        if self._shelf >= 0:
            self._run((), self._shelf, 0, 0, False, tally)

    @property
    def _path(self) -> Path:
        return self._folder / f"shelf-{self._shelf}" / "W"

    def _run(self, doors: tuple[str, ...], seed: int, threads: int, wait: float, early: bool, tally: Tally) -> None:
        deep = seed % DEEP == DEEP - 1
        told, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=live, args=(theirs, self._path, doors, seed, tuple(self._acks), threads, deep)
        )
        process.start()
        theirs.close()
        try:
            if early:
                process.join(wait)
                tally.counts["kills while it opened"] += 1
            else:
                self._whole(told, seed, tally)
                process.join(wait if threads else None)
        finally:
            process.kill()
            process.join()
        for kind, *rest in _received(told):
            self._heard(kind, rest, seed, tally)
        told.close()

    def _whole(self, told: Connection, seed: int, tally: Tally) -> None:
        if not told.poll(_PATIENCE):
            tally.faults.append(f"cycle {seed}: it did not open within {_PATIENCE:.0f} s")
            return
        try:
            kind, *rest = told.recv()
        except EOFError:
            tally.faults.append(f"cycle {seed}: it did not open")
            return
        self._heard(kind, rest, seed, tally)

    def _heard(self, kind: str, rest: list[Any], seed: int, tally: Tally) -> None:
        if kind == "whole":
            tally.counts["checks"] += 1
            tally.time("opening again", rest[0])
            tally.faults += [f"cycle {seed}: {f}" for f in rest[1]]
        elif kind == "ack":
            self._acks.append(rest[0])
            tally.counts["acknowledged changes"] += 1
            tally.counts[f"by {rest[0].door}"] += 1
        else:
            tally.faults.append(f"cycle {seed}: {rest[0]}")


def _received(told: Connection) -> Iterator[tuple[Any, ...]]:
    """What is left in the pipe of a process that is gone; a message that was cut short is none."""
    with suppress(EOFError, OSError):
        while told.poll(0):
            yield told.recv()


@contextmanager
def session(folder: Path, small: bool) -> Iterator[Case]:
    """Cycles in a folder."""
    kills = Kills(folder)
    last = Tally()
    yield kills.cycle
    kills.check(last)
    if last.faults:
        raise AssertionError("; ".join(last.faults))


PART = Part(
    "kills",
    "A process that is killed at any moment loses nothing that it acknowledged, and leaves no change half done.",
    "A process writes by every door (add, edit, review, load, bulk load, ingest, revert, UPDATE, graph PUT and POST, "
    "HTTP), by one thread or four, and is killed with SIGKILL at a random moment, sometimes while it opens. The next "
    "one checks journal, store, texts, every record, the conflicts and every acknowledged change, and goes on.",
    "kills",
    full=1000,
    small=4,
    session=session,
)
