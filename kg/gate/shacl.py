"""SHACL by pySHACL: the engine that is always there, and that the others are held to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph
from pyoxigraph import NamedNode, RdfFormat
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from kg.gate.compiled import compiled
from kg.gate.results import failed, finding, is_theirs
from kg.report import Finding

NAME = "pyshacl"


def compile(shapes: Graph) -> Graph:
    """The shapes in the form that pySHACL judges fastest; they say the same."""
    return compiled(shapes)


def judge(text: str, context: str, shapes: Graph, focus: Iterable[str]) -> Iterator[Finding]:
    """Judge records by the shapes.

    :param text: the records as canonical N-Triples; exactly what will be stored.
    :param context: N-Triples of what they refer to: registered records, and the types of terms.
    :param shapes: the shapes graph; never from the data.
    :param focus: IRIs of the records; results about the context are not theirs.
    :returns: a finding a result. An engine that fails is a finding too: it refuses.
    """
    import pyshacl  # here, as it takes a third of the time that a command takes to begin

    wanted = set(focus)
    try:
        _, results, _ = pyshacl.validate(_graph(text + context), shacl_graph=shapes, advanced=False, inplace=True)
    except Exception as e:  # any failure of the engine refuses
        yield failed(e)
        return
    if not isinstance(results, Graph):
        yield failed("it gave no report")
        return
    for result in results.subjects(RDF.type, SH.ValidationResult):
        focus_node = str(results.value(result, SH.focusNode))
        if is_theirs(focus_node, wanted):
            yield _finding(results, result, focus_node, shapes)


def _graph(text: str) -> Graph:
    """The data as rdflib holds it, with every literal as it is written."""
    graph = Graph()
    for q in pyoxigraph.parse(input=text, format=RdfFormat.N_TRIPLES):
        graph.add((_term(q.subject), _term(q.predicate), _term(q.object)))
    return graph


def _term(term: object) -> Node:
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return BNode(term.value)
    if isinstance(term, pyoxigraph.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        return Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)
    raise ValueError("a triple term is no value")


def _finding(results: Graph, result: Node, focus: str, shapes: Graph) -> Finding:
    def one(predicate: URIRef) -> Node | None:
        return results.value(result, predicate)

    def iri(predicate: URIRef) -> str:
        found = one(predicate)
        return str(found) if isinstance(found, URIRef) else ""

    shape, value = one(SH.sourceShape), one(SH.value)
    told = shapes if isinstance(shape, URIRef) else results
    return finding(
        focus=focus,
        component=iri(SH.sourceConstraintComponent),
        shape=iri(SH.sourceShape),
        path=iri(SH.resultPath),
        value=str(value) if isinstance(value, Literal | URIRef) else "",
        severity=iri(SH.resultSeverity),
        messages=_messages(results, result) or [str(m) for m in told.objects(shape, SH.message)],
    )


def _messages(results: Graph, result: Node) -> list[str]:
    """What a query that a shape holds says itself; what pySHACL makes up is not told."""
    query = results.value(result, SH.sourceConstraint)
    if query is None or (query, SH.message, None) not in results:
        return []
    return [str(m) for m in results.objects(result, SH.resultMessage)]
