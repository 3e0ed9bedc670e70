"""A refusal as the validation report of SHACL."""

from __future__ import annotations

import anyio
import httpx
import pytest
import rdflib
from fastapi import FastAPI
from rdflib.namespace import RDF, SH

import kg
from api import problems, refusal
from kg.errors import Refused
from kg.report import Finding, Report, Severity

REPORT = Report(
    (
        Finding(
            "Claim-polarity",
            "A claim has one polarity.",
            about="https://w3id.org/stemma/claim/x",
            pointer="https://w3id.org/stemma/polarity",
            value="perhaps",
            hint="Write affirmed or negated",
        ),
        Finding("term-unknown", "no such term", where="line 3", pointer="/statement/object", severity=Severity.WARNING),
    )
)


def answer(accept: str) -> httpx.Response:
    app = FastAPI()
    problems.install(app)
    refusal.install(app)

    @app.get("/")
    def refused() -> None:
        raise Refused(REPORT)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.get("/", headers={"Accept": accept} if accept else {})

    return anyio.run(ask)


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/problem+json", "image/png"])
@pytest.mark.parametrize("more", ["", ", text/turtle;q=0.5"])
def test_everyone_else_gets_a_problem(accept: str, more: str) -> None:
    if accept == "image/png" and more:
        return
    got = answer(f"{accept}{more}" if accept else "")
    assert (got.status_code, got.headers["content-type"]) == (422, "application/problem+json")
    assert [f["code"] for f in got.json()["findings"]] == ["Claim-polarity", "term-unknown"]


@pytest.mark.parametrize(
    ("accept", "parser"),
    [
        ("text/turtle", "turtle"),
        ("application/ld+json", "json-ld"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("text/turtle, application/json;q=0.5", "turtle"),
    ],
)
def test_who_asks_for_rdf_gets_the_report(accept: str, parser: str) -> None:
    got = answer(accept)
    assert got.status_code == 422
    assert got.headers["content-type"].startswith(accept.partition(",")[0])
    graph = rdflib.Graph().parse(data=got.content, format=parser)
    report = graph.value(None, RDF.type, SH.ValidationReport)
    assert graph.value(report, SH.conforms) == rdflib.Literal(False)
    results = list(graph.objects(report, SH.result))
    assert len(results) == 2
    for result in results:
        assert (result, RDF.type, SH.ValidationResult) in graph
        for needed in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, SH.resultMessage):
            assert len(list(graph.objects(result, needed))) == 1
    one = graph.value(None, SH.sourceShape, rdflib.URIRef("https://w3id.org/stemma/shapes/Claim-polarity"))
    assert graph.value(one, SH.focusNode) == rdflib.URIRef("https://w3id.org/stemma/claim/x")
    assert graph.value(one, SH.resultPath) == rdflib.URIRef("https://w3id.org/stemma/polarity")
    assert graph.value(one, SH.value) == rdflib.Literal("perhaps")
    assert graph.value(one, SH.resultSeverity) == SH.Violation
    assert SH.Warning in set(graph.objects(None, SH.resultSeverity))


def test_the_gates_own_refusal(own: kg.Workspace) -> None:
    with pytest.raises(Refused) as caught:
        own.add({"category": "efficacy"})
    told = refusal.as_rdf(caught.value.report, "text/turtle")
    assert told is not None
    graph = rdflib.Graph().parse(data=told[0], format="turtle")
    assert len(list(graph.subjects(RDF.type, SH.ValidationResult))) == len(caught.value.report.findings)
