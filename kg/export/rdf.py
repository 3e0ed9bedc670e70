"""Records as RDF: N-Quads to load again, TriG with one graph a record, Turtle and JSON-LD to read.

N-Quads and TriG hold the quads of the store and nothing else. Turtle and JSON-LD say the same
without graphs and add each claim's anchor as a W3C Web Annotation. The view ``entities`` is what
the ontology says of the terms that claims speak of: no claim is ever written as a bare fact.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from kg.errors import UsageError
from kg.export.annotation import annotation
from kg.export.base import Exportable, Selection, select
from kg.export.entities import entities
from kg.export.jsonld import record_jsonld, records_jsonld, triples_jsonld
from kg.model.node import Node
from kg.model.values import nquad
from kg.profile import ONTOLOGY_GRAPH
from kg.schema.names import RDF_TYPE, STEMMA
from kg.schema.prefixes import Prefixes
from kg.schema.shapes import Kind


def nquads(workspace: Exportable, view: str, status: str | None) -> str:
    """Canonical N-Quads, one record's lines together; ``add --keep-review`` loads them again."""
    return "".join("".join(sorted(map(nquad, quads))) for quads in _graphs(workspace, view, status))


def trig(workspace: Exportable, view: str, status: str | None) -> str:
    """TriG: each record is a named graph that bears its name."""
    quads = [q for quads in _graphs(workspace, view, status) for q in quads]
    return _serialize(quads, RdfFormat.TRIG, workspace.profile.prefixes)


def turtle(workspace: Exportable, view: str, status: str | None) -> str:
    """Turtle, with the anchors as Web Annotations."""
    return _serialize(_triples(workspace, view, status), RdfFormat.TURTLE, workspace.profile.prefixes)


def jsonld(workspace: Exportable, view: str, status: str | None) -> str:
    """JSON-LD: the JSON records under their context, with the anchors as Web Annotations."""
    if view == "entities":
        return triples_jsonld(_triples(workspace, view, status), workspace.profile.prefixes)
    return records_jsonld(workspace, _records(select(workspace, status), view))


def record_document(workspace: Exportable, iri: str, format: str) -> bytes | None:
    """One record as a document that stands alone.

    In RDF the statement and source of a claim come with it, and the sources of a snapshot.

    :param format: ``ttl``, ``trig``, ``nq``, ``jsonld`` or ``json`` (the record as ``add`` takes it).
    :returns: UTF-8, or ``None`` if there is no such record.
    :raises UsageError: if there is no such format.
    """
    if format not in DOCUMENTS:
        raise UsageError(
            "there is no such format of one record", where=format, hint=f"Formats: {', '.join(DOCUMENTS)}."
        )
    node = workspace.records.get(iri)
    if node is None:
        return None
    return DOCUMENTS[format](workspace, node).encode("utf-8")


# ---- one record


def _json_document(workspace: Exportable, node: Node) -> str:
    record = workspace.claim_json(node) if node.shape.record == "claim" else workspace.writer.record(node)
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _nq_document(workspace: Exportable, node: Node) -> str:
    return "".join("".join(sorted(n.lines())) for n in _with_referred(workspace, node))


def _trig_document(workspace: Exportable, node: Node) -> str:
    quads = [q for n in _with_referred(workspace, node) for q in grouped(n)]
    return _serialize(quads, RdfFormat.TRIG, workspace.profile.prefixes)


def _ttl_document(workspace: Exportable, node: Node) -> str:
    triples = [t for n in _with_referred(workspace, node) for t in _told(n)]
    return _serialize(triples, RdfFormat.TURTLE, workspace.profile.prefixes)


def _jsonld_document(workspace: Exportable, node: Node) -> str:
    return record_jsonld(workspace, node, _with_referred(workspace, node)[1:])


def _with_referred(workspace: Exportable, node: Node) -> list[Node]:
    """The record, and the statement and sources that it refers to."""
    kinds = (Kind.STATEMENT, Kind.SOURCE)
    wanted = dict.fromkeys(iri for f, iri in node.iris() if f.kind in kinds or f.path == STEMMA + "ofSource")
    return [node, *(n for iri in wanted if (n := workspace.records.get(iri)) is not None)]


DOCUMENTS: Mapping[str, Callable[[Exportable, Node], str]] = MappingProxyType(
    {
        "json": _json_document,
        "jsonld": _jsonld_document,
        "nq": _nq_document,
        "trig": _trig_document,
        "ttl": _ttl_document,
    }
)
"""The formats of one record."""


# ---- many records


def _graphs(workspace: Exportable, view: str, status: str | None) -> Iterator[list[Quad]]:
    """The quads of a view, a list a record."""
    if view == "entities":
        graph = NamedNode(ONTOLOGY_GRAPH)
        yield from (
            [Quad(t.subject, t.predicate, t.object, graph) for t in triples] for triples in _terms(workspace, status)
        )
    else:
        yield from (grouped(n) for n in _records(select(workspace, status), view))


def _triples(workspace: Exportable, view: str, status: str | None) -> list[Triple]:
    if view == "entities":
        return [t for triples in _terms(workspace, status) for t in triples]
    return [t for n in _records(select(workspace, status), view) for t in _told(n)]


def _records(selection: Selection, view: str) -> Iterator[Node]:
    """Sources, snapshots, statements, claims, each kind sorted by IRI."""
    yield from selection.sources.values()
    yield from selection.snapshots.values()
    if view == "claims":
        yield from selection.statements.values()
        yield from selection.claims.values()


def _terms(workspace: Exportable, status: str | None) -> Iterator[list[Triple]]:
    """What the ontology says of each entity that claims speak of."""
    facts: dict[str, list[Triple]] = {e.iri: [] for e in entities(workspace, status)}
    for t in workspace.profile.triples:
        if isinstance(t.subject, NamedNode) and t.subject.value in facts:
            facts[t.subject.value].append(t)
    for triples in facts.values():
        yield sorted(triples, key=lambda t: (t.predicate.value != RDF_TYPE, str(t)))


def _told(node: Node) -> list[Triple]:
    own = [q.triple for q in grouped(node)]
    return [*own, *annotation(node)] if node.shape.record == "claim" else own


def grouped(node: Node) -> list[Quad]:
    """A record's quads, each subject's together and the record's own first."""
    return sorted(node.quads(), key=lambda q: (q.subject != NamedNode(node.id), str(q.subject)))


# ---- writing


def _serialize(statements: list[Quad] | list[Triple], format: RdfFormat, prefixes: Prefixes) -> str:
    names = _used(statements, prefixes)
    return (serialize(statements, format=format, prefixes=names) or b"").decode("utf-8")


def _used(statements: Iterable[Quad | Triple], prefixes: Prefixes) -> dict[str, str]:
    """The prefixes that some IRI of the statements has."""
    iris = {t for s in statements for t in _iris(s)}
    names = {(prefixes.compress(iri) or ":").split(":")[0] for iri in iris}
    return {p: n for p, n in sorted(prefixes.namespaces.items()) if p in names}


def _iris(statement: Quad | Triple) -> Iterator[str]:
    for term in (statement.subject, statement.predicate, statement.object):
        if isinstance(term, NamedNode):
            yield term.value
        elif isinstance(term, Literal):
            yield term.datatype.value
