"""The gate: what judges every change, whatever door it came by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import Quad

from kg.gate.closed_world import ClosedWorld, Lookup
from kg.gate.shacl import judge
from kg.model.iris import Iris
from kg.model.node import Node
from kg.profile import Profile
from kg.report import Finding, Report
from kg.schema.names import RDF_TYPE, STEMMA
from kg.schema.shapes import Kind

_CHUNK = 200
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
        change = {n.id: n for n in nodes}
        for i in range(0, len(nodes), _CHUNK):
            findings.extend(self._shacl(nodes[i : i + _CHUNK], change, lookup))
        return Report.of(findings)

    def _shacl(self, nodes: Sequence[Node], change: dict[str, Node], lookup: Lookup) -> Iterable[Finding]:
        around = self._around(nodes, change, lookup)
        terms = {iri for n in (*nodes, *around) for _, iri in n.iris()}
        return judge(
            text=ntriples(q for n in nodes for q in n.quads()),
            context=ntriples(q for n in around for q in n.quads()) + self._types(terms),
            shapes=self.profile.shapes_graph,
            focus=[n.id for n in nodes],
        )

    def _around(self, nodes: Sequence[Node], change: dict[str, Node], lookup: Lookup) -> list[Node]:
        """The full records that these records refer to."""
        here = {n.id for n in nodes}
        kinds = (Kind.SOURCE, Kind.DIGEST, Kind.STATEMENT)
        wanted = {iri for n in nodes for f, iri in n.iris() if f.kind in kinds or f.path == STEMMA + "ofSource"}
        found = (change.get(iri) or lookup.get(iri) for iri in sorted(wanted - here))
        return [n for n in found if n is not None]

    def _types(self, iris: Iterable[str]) -> str:
        """The classes of terms, superclasses included."""
        terms = (self.profile.vocabulary.get(iri) for iri in sorted(iris))
        return "".join(f"<{t.iri}> <{RDF_TYPE}> <{c}> .\n" for t in terms if t for c in sorted(t.classes))


def ntriples(quads: Iterable[Quad]) -> str:
    """Quads as sorted canonical N-Triples, graph names left out."""
    return "".join(sorted(f"{q.subject} {q.predicate} {q.object} .\n" for q in quads))
