"""``check``: whether the files of a workspace still say what was written.

The journal's chain is read whole, the store is held against it quad by quad and against the
profile's ontology, every graph must be a record's, and every text is held against its digest.
Memory stays flat: a set of quads is compared by the sum of their hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import pyoxigraph
from pyoxigraph import NamedNode, Quad

from kg.document.library import Library
from kg.errors import Damaged
from kg.folder import FILE, read_settings, seal
from kg.model.iris import Iris
from kg.model.values import nquad
from kg.profile import ONTOLOGY_GRAPH, Profile
from kg.report import Finding, Report, Severity
from kg.schema.names import RDF_TYPE
from kg.store.base import Store
from kg.store.commit import mark_graph
from kg.store.journal import Journal
from kg.store.records import WITHHELD

_MOD = 1 << 256
_TYPE = NamedNode(RDF_TYPE)
_ONTOLOGY = NamedNode(ONTOLOGY_GRAPH)
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
    def profile(self) -> Profile:
        """What its records are."""

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
    found = (*_settings(workspace), *_journal_and_store(workspace, progress), *_texts(workspace, progress))
    return Report.of(found)


def _settings(workspace: Inspected) -> Iterator[Finding]:
    told = read_settings(workspace.path)
    if told.get("check") != seal(workspace.path, told):
        message = f"{FILE} or the workspace's own profile is not as it was made"
        hint = "If you changed it, all is well; else restore it from a backup."
        yield Finding("settings-changed", message, where=FILE, hint=hint, severity=Severity.WARNING)


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
    own = {mark_graph(workspace.iris), _ONTOLOGY}
    graphs = _Graphs(workspace)
    try:
        held, stored = 0, 0
        for quad in workspace.store.quads():
            if quad.graph_name not in own:
                held += _hash(nquad(quad))
                stored += 1
                graphs.look(quad)
        yield from graphs.foreign()
        yield from _ontology(workspace)
    except (OSError, RuntimeError) as e:
        yield Finding("store-damaged", f"the store cannot be read: {e}", where="store/", hint=_AGAIN)
        return
    if total % _MOD != held % _MOD:
        message = f"the store holds {stored:,} quads, and not those of the journal, which has {count:,}"
        yield Finding("store-differs", message, where="store/", hint=_AGAIN)


class _Graphs:
    """Sees to it that every graph is a record's, where records are all there is."""

    def __init__(self, workspace: Inspected) -> None:
        self._store, self._iris = workspace.store, workspace.iris
        shapes = {} if workspace.profile.admits_any else workspace.profile.shapes
        self._words = {str(s.target): str(s.record) for s in shapes.values()} | {WITHHELD: "claim"}
        self._any = workspace.profile.admits_any
        self._last: object = None
        self._open: set[object] = set()

    def look(self, quad: Quad) -> None:
        """One quad; those of a graph mostly stand together."""
        if self._any:
            return
        if quad.graph_name != self._last:
            self._last = quad.graph_name
            self._open.add(self._last)
        if self._told(quad):
            self._open.discard(self._last)

    def foreign(self) -> Iterator[Finding]:
        """The graphs that are no record's."""
        for graph in sorted(self._open, key=str):
            found = self._store.quads(graph, _TYPE, None, graph) if isinstance(graph, NamedNode) else ()
            if not any(map(self._told, found)):
                where = graph.value if isinstance(graph, NamedNode) else "the default graph"
                yield Finding("graph-foreign", "quads stand in a graph that is no record's", about=where)

    def _told(self, quad: Quad) -> bool:
        """Whether a quad says that its graph is a record's."""
        if quad.predicate != _TYPE or quad.subject != quad.graph_name:
            return False
        word = self._words.get(quad.object.value)  # type: ignore[union-attr]
        return word is not None and self._iris.is_(word, quad.subject.value)  # type: ignore[union-attr]


def _ontology(workspace: Inspected) -> Iterator[Finding]:
    """Whether the ontology in the store is the profile's, with one mark of it."""
    if workspace.profile.admits_any:
        return
    held = set(workspace.store.quads(graph=_ONTOLOGY))
    engine = pyoxigraph.Store()  # which writes some literals its own way
    engine.bulk_extend(Quad(t.subject, t.predicate, t.object, _ONTOLOGY) for t in workspace.profile.triples)
    profile = set(engine)
    if not profile <= held or len(held - profile) != 1:
        message = "the ontology in the store is not the profile's"
        yield Finding("ontology-differs", message, where="store/", hint=_AGAIN)


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
