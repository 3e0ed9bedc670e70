"""The gate: what judges every change, whatever door it came by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Quad
from rdflib import Graph

from kg.gate.closed_world import ClosedWorld, Lookup, World
from kg.gate.compiled import compiled
from kg.gate.shacl import judge
from kg.model.iris import Iris
from kg.model.node import Node
from kg.profile import Profile
from kg.report import Finding, Report
from kg.schema.names import RDF_TYPE, STEMMA
from kg.schema.shapes import Kind

_CHUNK = 500
"""How many records SHACL judges at a time, so that memory stays flat."""


@dataclass(frozen=True)
class Gate:
    """Judges changes by one profile."""

    profile: Profile
    iris: Iris

    def judge(self, nodes: Sequence[Node], lookup: Lookup) -> Report:
        """Judge the records that a change would leave in the store.

        Closed-world checks come first, for all of them; SHACL judges the encoded text of what
        they left standing, so that one fault is told once.
        """
        closed = ClosedWorld(self.profile.vocabulary, self.profile.prefixes, self.iris)
        findings = list(closed.check(nodes, lookup))
        world = World(lookup, {n.id: n for n in nodes}, self.profile.vocabulary)
        for i in range(0, len(nodes), _CHUNK):
            findings.extend(self._shacl(nodes[i : i + _CHUNK], world))
        return Report.of(findings)

    @cached_property
    def _shapes(self) -> Graph:
        return compiled(self.profile.shapes_graph)

    def _shacl(self, nodes: Sequence[Node], world: World) -> Iterable[Finding]:
        around = self._around(nodes, world)
        terms = {iri for n in (*nodes, *around) for _, iri in n.iris()}
        return judge(
            text=ntriples(q for n in nodes for q in n.quads()),
            context=ntriples(q for n in around for q in n.quads()) + self._types(terms, world),
            shapes=self._shapes,
            focus=[n.id for n in nodes],
        )

    def _around(self, nodes: Sequence[Node], world: World) -> list[Node]:
        """The full records that these records refer to."""
        here = {n.id for n in nodes}
        kinds = (Kind.SOURCE, Kind.DIGEST, Kind.STATEMENT)
        wanted = {iri for n in nodes for f, iri in n.iris() if f.kind in kinds or f.path == STEMMA + "ofSource"}
        found = (world.change.get(iri) or world.lookup.get(iri) for iri in sorted(wanted - here))
        return [n for n in found if n is not None]

    def _types(self, iris: Iterable[str], world: World) -> str:
        """The classes of terms, superclasses included."""
        return "".join(f"<{i}> <{RDF_TYPE}> <{c}> .\n" for i in sorted(iris) for c in sorted(self._classes(i, world)))

    def _classes(self, iri: str, world: World) -> frozenset[str]:
        term = self.profile.vocabulary.get(iri)
        if term is not None:
            return term.classes
        registered = world.registered(iri)
        return self.profile.vocabulary.superclasses(registered) if registered else frozenset()


def ntriples(quads: Iterable[Quad]) -> str:
    """Quads as sorted canonical N-Triples, graph names left out."""
    return "".join(sorted(f"{q.subject} {q.predicate} {q.object} .\n" for q in quads))
