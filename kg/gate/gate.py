"""The gate: what judges every change, whatever door it came by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Quad

from kg.gate.closed_world import ClosedWorld, Lookup, World
from kg.gate.engines import Judging, engine
from kg.gate.facts import Facts, Layout, Record, lines
from kg.gate.sure import SureShapes
from kg.model.iris import Iris
from kg.model.node import Node, Properties
from kg.profile import Profile
from kg.report import Finding, Report
from kg.schema.names import RDF_TYPE
from kg.schema.shapes import Kind

_CHUNK = 500
"""How many records an engine judges at a time, so that memory stays flat."""

_REFERRED = frozenset([Kind.SOURCE, Kind.DIGEST, Kind.STATEMENT, Kind.IRI])
"""Fields that may hold the IRI of another record."""


@dataclass(frozen=True)
class Gate:
    """Judges changes by one profile.

    Records that surely hold to the shapes (:mod:`kg.gate.sure`) need no SHACL engine; what is told of
    the others, the engine tells.

    :param engine: name of the SHACL engine that judges every record; ``None`` for the fastest that is
        installed, and only for those that are in doubt.
    """

    profile: Profile
    iris: Iris
    engine: str | None = None

    def judge(self, nodes: Sequence[Node], lookup: Lookup, claimed: Container[str | None] | None = None) -> Report:
        """Judge the records that a change would leave in the store.

        Closed-world checks come first, for all of them; then SHACL judges the encoded text.

        :param claimed: the statements that a claim makes; ``None`` for those that the change claims.
        """
        layout = self.layout
        change = {n.id: Facts(n.id, n.shape, n.written, layout) for n in nodes}
        world = World(lookup, change, self.profile.vocabulary)
        findings = list(self.closed.check(world, claimed))
        findings.extend(self.shacl(world))
        return Report.of(findings)

    def shacl(self, world: World) -> Iterator[Finding]:
        """What SHACL says of the records of a change."""
        asked = self.doubtful(world)
        for i in range(0, len(asked), _CHUNK):
            part = asked[i : i + _CHUNK]
            text = "".join(sorted(line for id in part for line in lines(world.change[id].within)))
            yield from self.judging.judge(text, self._context(part, world), part)

    @cached_property
    def layout(self) -> Layout:
        """The profile's shapes by what they target."""
        return Layout(self.profile.shapes)

    @cached_property
    def closed(self) -> ClosedWorld:
        """The checks in code."""
        return ClosedWorld(self.profile.vocabulary, self.profile.prefixes, self.iris)

    @cached_property
    def judging(self) -> Judging:
        """The SHACL engine with the profile's shapes."""
        return Judging(engine(self.engine), self.profile.shapes_graph)

    @cached_property
    def _sure(self) -> SureShapes:
        return SureShapes(self.profile.shapes_graph, self.profile.vocabulary.terms)

    def doubtful(self, world: World) -> list[str]:
        """The records of a change that an engine is to judge."""
        if self.engine is not None:
            return list(world.change)
        return self._sure.doubtful({id: f.within for id, f in world.change.items()}, self._types(world))

    def _types(self, world: World) -> Callable[[str], Collection[str]]:
        """What an engine would see of the classes of an IRI."""
        referred = {iri for facts in world.change.values() for iri in _referred(facts)}
        terms, seen = self.profile.vocabulary.terms, dict[str, frozenset[str]]()

        def types(iri: str) -> Collection[str]:
            term = terms.get(iri)
            if term is not None:
                return term.classes
            if iri not in seen:
                record = world.find(iri) if iri in referred else None
                target = frozenset([str(record.shape.target)]) if record is not None else frozenset[str]()
                seen[iri] = target | self._classes(iri, world)
            return seen[iri]

        return types

    def _context(self, ids: Sequence[str], world: World) -> str:
        """What an engine may see beside some records: what they refer to, and the classes of terms."""
        facts, here = [world.change[id] for id in ids], set(ids)
        around = [r for i in sorted({i for f in facts for i in _referred(f)} - here) if (r := world.find(i))]
        terms = {iri for record in (*facts, *around) for _, iri in record.iris()}
        types = (f"<{i}> <{RDF_TYPE}> <{c}> .\n" for i in sorted(terms) for c in sorted(self._classes(i, world)))
        return "".join(line for record in around for line in lines(_within(record))) + "".join(types)

    def _classes(self, iri: str, world: World) -> frozenset[str]:
        term = self.profile.vocabulary.get(iri)
        if term is not None:
            return term.classes
        registered = world.registered(iri)
        return self.profile.vocabulary.superclasses(registered) if registered else frozenset()


def _referred(facts: Facts) -> Iterable[str]:
    """The records that a record refers to, as far as its shape wants them to be of a class."""
    return (iri for field, iri in facts.iris() if field.cls is not None and field.kind in _REFERRED)


def _within(record: Record) -> Mapping[str, Properties]:
    return record.within if isinstance(record, Facts) else record.written if isinstance(record, Node) else {}


def ntriples(quads: Iterable[Quad]) -> str:
    """Quads as sorted canonical N-Triples, graph names left out."""
    return "".join(sorted(f"{q.subject} {q.predicate} {q.object} .\n" for q in quads))
