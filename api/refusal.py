"""A refusal as RDF: the ``sh:ValidationReport`` of SHACL, for clients that ask for it by Accept."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize
from starlette.requests import Request
from starlette.responses import Response

from api.negotiate import preferred
from api.problems import MEDIA_TYPE, PROBLEMS, answer_error
from kg.errors import NotAcceptable, Refused
from kg.model.iris import is_iri
from kg.report import Finding, Report
from kg.schema.names import RDF_TYPE, SHAPES, XSD

SH = "http://www.w3.org/ns/shacl#"

_OFFERS = {
    MEDIA_TYPE: None,
    "application/json": None,
    "text/turtle": RdfFormat.TURTLE,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
}


def install(app: FastAPI) -> None:
    """Tell refusals as RDF to those who ask for it, and as problems to everyone else."""
    app.add_exception_handler(Refused, _refused)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    request.state.problem = error
    told = as_rdf(error.report, request.headers.get("accept"))
    if told is None:
        return answer_error(request, error)
    return Response(told[0], 422, media_type=told[1], headers={"Vary": "Accept"})


def as_rdf(report: Report, accept: str | None) -> tuple[bytes, str] | None:
    """A report as a client wants it, with its media type.

    :param accept: the Accept header.
    :returns: ``None`` if the client likes JSON as well, or names no RDF.
    """
    try:
        media = preferred(accept, dict.fromkeys(_OFFERS, ""))
    except NotAcceptable:
        return None
    format = _OFFERS[media]
    if format is None:
        return None
    names = {"sh": SH} if format in (RdfFormat.TURTLE, RdfFormat.RDF_XML) else None
    return serialize(_triples(report), format=format, prefixes=names) or b"", media


def _triples(report: Report) -> Iterator[Triple]:
    whole = BlankNode("report")
    yield Triple(whole, NamedNode(RDF_TYPE), _sh("ValidationReport"))
    conforms = Literal("true" if report.conforms else "false", datatype=NamedNode(XSD + "boolean"))
    yield Triple(whole, _sh("conforms"), conforms)
    for number, finding in enumerate(report.findings):
        result = BlankNode(f"result{number}")
        yield Triple(whole, _sh("result"), result)
        yield from _result(result, finding)


def _result(node: BlankNode, finding: Finding) -> Iterator[Triple]:
    yield Triple(node, NamedNode(RDF_TYPE), _sh("ValidationResult"))
    yield Triple(node, _sh("focusNode"), _term(finding.about or finding.where))
    if is_iri(finding.pointer):
        yield Triple(node, _sh("resultPath"), NamedNode(finding.pointer))
    if finding.value:
        yield Triple(node, _sh("value"), _term(finding.value))
    hint = f". {finding.hint}" if finding.hint else ""
    yield Triple(node, _sh("resultMessage"), Literal(finding.message + hint, language="en"))
    yield Triple(node, _sh("resultSeverity"), _sh(finding.severity.value.capitalize()))
    if finding.code[:1].isupper():  # the name of a shape
        yield Triple(node, _sh("sourceShape"), NamedNode(SHAPES + finding.code))
    yield Triple(node, _sh("sourceConstraintComponent"), NamedNode(PROBLEMS + finding.code))


def _term(text: str) -> NamedNode | Literal:
    return NamedNode(text) if is_iri(text) else Literal(text)


def _sh(name: str) -> NamedNode:
    return NamedNode(SH + name)
