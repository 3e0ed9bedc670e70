"""The canonical dump: every record as sorted N-Quads, so that two workspaces compare with ``diff``.

Records that others refer to come first, each kind sorted by IRI; a statement stands before the
first claim that makes it. One record's lines stand together and are sorted. Loaded into an empty
workspace it gives the same dump again. Texts are not in it: they never leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from kg.model.iris import Iris
from kg.model.node import Node
from kg.model.values import nquad
from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.store.base import Store
from kg.store.commit import mark_graph
from kg.store.records import Records

STATEMENT = STEMMA + "statement"


class Dumped(Protocol):
    """What of a workspace is dumped."""

    @property
    def profile(self) -> Profile:
        """What its records are."""

    @property
    def records(self) -> Records:
        """Its records."""

    @property
    def store(self) -> Store:
        """Its quads."""

    @property
    def iris(self) -> Iris:
        """The IRIs of its records."""


def dump(workspace: Dumped) -> Iterator[str]:
    """The lines of a dump, record by record."""
    if workspace.profile.admits_any:
        own = mark_graph(workspace.iris)
        yield from sorted(nquad(q) for q in workspace.store.quads() if q.graph_name != own)
        return
    told: set[str] = set()
    for word in _order(workspace.profile):
        for node in workspace.records.all(word):
            statement = node.one(STATEMENT)
            if word == "claim" and statement is not None and statement not in told:
                told.add(statement)
                yield from _lines(workspace.records.get(statement))
            yield from _lines(node)


def _order(profile: Profile) -> list[str]:
    first, last = ["source", "snapshot"], ["claim"]
    return [*first, *sorted(profile.shapes.keys() - {*first, *last, "statement"}), *last]


def _lines(node: Node | None) -> Iterator[str]:
    yield from sorted(node.lines()) if node is not None else ()
