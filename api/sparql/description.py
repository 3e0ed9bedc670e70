"""What the service says of itself: SPARQL 1.1 Service Description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from api.sparql.engine import graph_names, is_union
from api.sparql.formats import TRIPLES
from kg.schema.names import DCTERMS, RDF_TYPE
from kg.workspace import Workspace

SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMAT = "http://www.w3.org/ns/formats/"
_SIMPLE = NamedNode("http://www.w3.org/ns/entailment/Simple")

FORMATS = {m: f for m, f in TRIPLES.items() if f in ("ttl", "nt", "jsonld", "rdf")}
"""Media types of the description."""

_ROWS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPHS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads")
_WRITTEN = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
}
_MOST_GRAPHS = 100
"""How many named graphs are listed one by one; more are only counted."""


def describe(workspace: Workspace, endpoint: str, format: str, more: Iterable[Triple] = ()) -> bytes:
    """The description of the service.

    :param endpoint: the address that was asked.
    :param format: a format of :data:`FORMATS`.
    :param more: what else clients look for here, such as the classes that editors complete.
    """
    names = {"sd": SD, "dcterms": DCTERMS, "format": _FORMAT} if format in ("ttl", "rdf") else None
    told = [*_triples(workspace, endpoint), *more]
    return serialize(told, format=_WRITTEN[format], prefixes=names) or b""


def _triples(workspace: Workspace, endpoint: str) -> Iterator[Triple]:
    service, dataset, default = BlankNode("service"), BlankNode("dataset"), BlankNode("default")
    found, count = graph_names(workspace, _MOST_GRAPHS)
    told = "the union of the named graphs" if is_union(workspace) else "a graph of its own"
    yield from _about(service, "Service")
    yield Triple(service, _sd("endpoint"), NamedNode(endpoint))
    yield Triple(service, NamedNode(DCTERMS + "title"), Literal(f"SPARQL of {workspace.name}", language="en"))
    for language in ("SPARQL11Query", "SPARQL11Update"):
        yield Triple(service, _sd("supportedLanguage"), _sd(language))
    for name in (*_ROWS, *_GRAPHS):
        yield Triple(service, _sd("resultFormat"), NamedNode(_FORMAT + name))
    for name in _GRAPHS:
        yield Triple(service, _sd("inputFormat"), NamedNode(_FORMAT + name))
    yield Triple(service, _sd("feature"), _sd("UnionDefaultGraph" if is_union(workspace) else "EmptyGraphs"))
    yield Triple(service, _sd("defaultEntailmentRegime"), _SIMPLE)
    yield Triple(service, _sd("defaultDataset"), dataset)
    yield from _about(dataset, "Dataset")
    text = f"{count:,} named graph{'' if count == 1 else 's'}; the default graph is {told}."
    yield Triple(dataset, NamedNode(DCTERMS + "description"), Literal(text, language="en"))
    yield Triple(dataset, _sd("defaultGraph"), default)
    yield from _about(default, "Graph")
    for number, name in enumerate(found if count <= _MOST_GRAPHS else ()):
        graph = BlankNode(f"graph{number}")
        yield Triple(dataset, _sd("namedGraph"), graph)
        yield from _about(graph, "NamedGraph")
        yield Triple(graph, _sd("name"), NamedNode(name))


def _about(node: BlankNode, kind: str) -> Iterator[Triple]:
    yield Triple(node, NamedNode(RDF_TYPE), _sd(kind))


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)
