"""``check``: whether the files of a workspace still say what was written.

The journal's chain is read whole, the store is held against it quad by quad, every text against
its digest, and every registered text's length. Memory stays flat: a set of quads is compared by
the sum of their hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from pyoxigraph import NamedNode

from kg.document.library import Library
from kg.errors import Damaged
from kg.model.iris import Iris
from kg.profile import ONTOLOGY_GRAPH
from kg.report import Finding, Report
from kg.store.base import Store
from kg.store.commit import mark_graph, nquad
from kg.store.journal import Journal

_MOD = 1 << 256
_AGAIN = "Close the workspace, move its store/ away and open it again: the store is made from the journal."


class Inspected(Protocol):
    """What of a workspace is looked at."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def iris(self) -> Iris:
        """The IRIs of its records."""

    @property
    def journal(self) -> Journal:
        """Every commit."""

    @property
    def store(self) -> Store:
        """What was made of it."""

    @property
    def library(self) -> Library:
        """The texts that are held."""


def check(workspace: Inspected, progress: Callable[[str], None] = lambda step: None) -> Report:
    """Hold the files of a workspace against each other.

    :param progress: told what is looked at.
    :returns: a finding for everything that is not as it was written.
    """
    return Report.of((*_journal_and_store(workspace, progress), *_texts(workspace, progress)))


def _journal_and_store(workspace: Inspected, progress: Callable[[str], None]) -> Iterator[Finding]:
    progress("journal")
    total, count = 0, 0
    try:
        for entry in workspace.journal.entries():
            total += _sum(entry.adds) - _sum(entry.removes)
            count += len(entry.adds) - len(entry.removes)
    except Damaged as e:
        yield Finding("journal-damaged", e.message, where=e.where, hint=e.hint)
        return
    progress("store")
    own = {mark_graph(workspace.iris), NamedNode(ONTOLOGY_GRAPH)}
    try:
        held, stored = 0, 0
        for quad in workspace.store.quads():
            if quad.graph_name not in own:
                held += _hash(nquad(quad))
                stored += 1
    except (OSError, RuntimeError) as e:
        yield Finding("store-damaged", f"the store cannot be read: {e}", where="store/", hint=_AGAIN)
        return
    if total % _MOD != held % _MOD:
        message = f"the store holds {stored:,} quads, and not those of the journal, which has {count:,}"
        yield Finding("store-differs", message, where="store/", hint=_AGAIN)


def _texts(workspace: Inspected, progress: Callable[[str], None]) -> Iterator[Finding]:
    progress("library")
    for name in workspace.library:
        try:
            workspace.library.get(name)
        except Damaged as e:
            yield Finding("text-damaged", e.message, where=e.where, hint=e.hint)


def _sum(lines: Iterable[str]) -> int:
    return sum(map(_hash, lines))


def _hash(line: str) -> int:
    return int.from_bytes(hashlib.sha256(line.encode("utf-8")).digest(), "big")
