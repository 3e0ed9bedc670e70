"""The formats that one thing is told in, and RDF written in each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from kg.export.jsonld import triples_jsonld
from kg.schema.prefixes import Prefixes


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name, which is its suffix and its ``?format=`` too, and its media type.

    :param rdf: how RDF is written in it; ``None`` if it is no RDF.
    :param graphs: whether it holds named graphs.
    """

    name: str
    media: str
    label: str
    rdf: RdfFormat | None = None
    graphs: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        f.name: f
        for f in (
            Format("html", "text/html", "HTML"),
            Format("json", "application/json", "JSON"),
            Format("jsonld", "application/ld+json", "JSON-LD", RdfFormat.JSON_LD),
            Format("ttl", "text/turtle", "Turtle", RdfFormat.TURTLE),
            Format("trig", "application/trig", "TriG", RdfFormat.TRIG, graphs=True),
            Format("nq", "application/n-quads", "N-Quads", RdfFormat.N_QUADS, graphs=True),
            Format("nt", "application/n-triples", "N-Triples", RdfFormat.N_TRIPLES),
            Format("rdf", "application/rdf+xml", "RDF/XML", RdfFormat.RDF_XML),
            Format("rq", "application/sparql-query", "SPARQL"),
        )
    }
)
"""Every format, the server's favourite first."""

RDF_FORMATS = tuple(name for name, f in FORMATS.items() if f.rdf is not None)
"""The names of the formats of RDF."""


def write(triples: Iterable[Triple], format: str, prefixes: Prefixes, graph: str | None = None) -> bytes:
    """Triples in a format of RDF.

    :param format: a name in :data:`RDF_FORMATS`.
    :param graph: the graph they stand in, for formats that hold graphs; ``None`` for the default graph.
    """
    told, how = _numbered(_together(triples)), FORMATS[format]
    blank = any(isinstance(part, BlankNode) for t in told for part in (t.subject, t.object))
    if how.rdf == RdfFormat.JSON_LD and not blank:
        return triples_jsonld(told, prefixes).encode("utf-8")
    statements: list[Triple] | list[Quad] = told
    if how.graphs:
        where = NamedNode(graph) if graph else DefaultGraph()
        statements = [Quad(t.subject, t.predicate, t.object, where) for t in told]
    names = used(told, prefixes) if how.rdf in (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.RDF_XML) else None
    return serialize(statements, format=how.rdf, prefixes=names) or b""


def _together(triples: Iterable[Triple]) -> list[Triple]:
    """Each subject's triples together, in the order in which the subjects come."""
    found: dict[NamedNode | BlankNode | Triple, list[Triple]] = {}
    for t in triples:
        found.setdefault(t.subject, []).append(t)
    return [t for several in found.values() for t in several]


def _numbered(triples: list[Triple]) -> list[Triple]:
    """The same with blank nodes named by the order in which they come, so that the bytes are the same."""
    names: dict[BlankNode, BlankNode] = {}

    def renamed(part: NamedNode | BlankNode | Literal | Triple) -> Any:
        return names.setdefault(part, BlankNode(f"b{len(names)}")) if isinstance(part, BlankNode) else part

    return [Triple(renamed(t.subject), t.predicate, renamed(t.object)) for t in triples]


def used(triples: Sequence[Triple], prefixes: Prefixes) -> dict[str, str]:
    """The prefixes that some IRI of the triples has."""
    iris = {part.value for t in triples for part in t if isinstance(part, NamedNode)}
    iris |= {part.datatype.value for t in triples for part in t if isinstance(part, Literal)}
    names = {curie.partition(":")[0] for iri in iris if (curie := prefixes.compress(iri))}
    return {p: n for p, n in sorted(prefixes.namespaces.items()) if p in names}
