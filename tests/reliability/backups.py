"""Backups taken while others write: each restores to exactly one commit."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kg
from kg.model.values import nquad
from kg.profile import ONTOLOGY_GRAPH
from kg.store.commit import mark_graph
from reliability.doors import Doors
from reliability.material import make
from reliability.tally import Case, Part, Tally

WRITERS = 3
_DOORS = ("add", "edit", "review", "put", "ingest", "add", "edit", "load")


class Backups:
    """Takes backups of one workspace that is written to all the time."""

    def __init__(self, workspace: kg.Workspace, folder: Path) -> None:
        self._workspace, self._folder = workspace, folder
        self._ended = threading.Event()
        self.wrong: list[str] = []
        self._threads = [threading.Thread(target=self._write, args=(i,)) for i in range(WRITERS)]
        self._turn = threading.Event()
        for thread in self._threads:
            thread.start()

    def _write(self, place: int) -> None:
        through, number = Doors(self._workspace, self._folder, place), 0
        while not self._ended.is_set():
            self._turn.wait()
            number += 1
            try:
                through(_DOORS[number % len(_DOORS)])
            except Exception as e:
                self.wrong.append(f"a writer: {e!r} {getattr(e, 'report', '')}")

    def end(self) -> None:
        """Let the writers end."""
        self._ended.set()
        self._turn.set()
        for thread in self._threads:
            thread.join()

    def case(self, number: int) -> Tally:
        """One backup while they write; then they wait while it is restored and compared."""
        tally, copy, again = Tally(), self._folder / "B", self._folder / "R"
        before = self._workspace.journal.last
        self._turn.set()
        time.sleep(0.02 * (number % 7))
        start = time.perf_counter()
        made = self._workspace.backup(copy)
        tally.time("a backup", time.perf_counter() - start)
        self._turn.clear()
        start = time.perf_counter()
        with kg.Workspace.restore(copy, again) as restored:
            tally.time("restoring it, judged", time.perf_counter() - start)
            if (restored.journal.last, restored.journal.hash) != (made.number, made.hash):
                tally.faults.append(f"backup {number} of commit {made.number} is of {restored.journal.last}")
            if _held(restored) != self._replayed(made.number):
                tally.faults.append(f"backup {number}: what it holds is not what commit {made.number} was")
            tally.faults += [f"backup {number}: {f}" for f in restored.check().violations]
        tally.counts["backups restored to their commit"] += not tally.faults
        tally.counts["commits meanwhile"] += made.number - before
        tally.faults += self.wrong
        self.wrong = []
        for folder in (copy, again):
            shutil.rmtree(folder)
        return tally

    def _replayed(self, number: int) -> set[str]:
        """The quads of the journal up to a commit."""
        lines: set[str] = set()
        for entry in self._workspace.journal.entries(to=number):
            lines -= set(entry.removes)
            lines |= set(entry.adds)
        return lines


def _held(workspace: kg.Workspace) -> set[str]:
    own = {ONTOLOGY_GRAPH, mark_graph(workspace.iris).value}
    return {nquad(q) for q in workspace.store.quads() if q.graph_name.value not in own}  # type: ignore[union-attr]


@contextmanager
def session(folder: Path, small: bool) -> Iterator[Case]:
    """One workspace with its writers."""
    with make(folder / "W", 3) as workspace:
        backups = Backups(workspace, folder)
        try:
            yield backups.case
        finally:
            backups.end()


PART = Part(
    "backups",
    "A backup that is taken while others write restores to exactly one commit.",
    f"{WRITERS} threads add, edit, review, ingest and load while a backup is taken; it is restored into a new folder, "
    "which judges all of it, and its quads are compared with the journal replayed up to the backup's commit.",
    "backups",
    full=100,
    small=2,
    session=session,
)
