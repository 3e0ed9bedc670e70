from __future__ import annotations

import httpx
import pyoxigraph
import pytest
import rdflib

import kg
from kg.store.records import Records

FORMATS = {
    "application/ld+json": "json-ld",
    "text/turtle": "turtle",
    "application/trig": "trig",
    "application/n-quads": "nquads",
}
NAMES = ["claim/c1-hope", "source/courier", "term/fatal", "ontology/slows", "ontology/affirmed"]


def records(workspace: kg.Workspace) -> Records:
    return workspace.records


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_ours_is_told_in_every_format(http: httpx.Client, name: str, accept: str) -> None:
    answer = http.get(f"/id/{name}", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(accept)
    assert "Accept" in answer.headers["vary"].split(", ")
    told = rdflib.Dataset(default_union=True)
    told.parse(data=answer.content, format=FORMATS[accept])
    assert (rdflib.URIRef(f"https://w3id.org/stemma/{name}"), None, None) in told


@pytest.mark.parametrize("format", ["json", "jsonld", "ttl", "trig", "nq"])
def test_the_parameter_names_the_format_too(http: httpx.Client, format: str) -> None:
    asked = {"Accept": "text/html"}
    answer = http.get("/id/claim/c1-hope", params={"format": format}, headers=asked)
    assert answer.status_code == 200
    assert not answer.headers["content-type"].startswith("text/html")
    assert "c1-hope" in answer.text


def test_statements_and_snapshots_are_told_too(http: httpx.Client, workspace: kg.Workspace) -> None:
    for record in ("statement", "snapshot"):
        iri = records(workspace).ids(record)[0]
        path = "/id/" + iri.removeprefix(workspace.iris.base)
        for accept in ("text/html", "application/json", *FORMATS):
            assert http.get(path, headers={"Accept": accept}).status_code == 200
        assert http.get(path, headers={"Accept": "application/json"}).json()["id"] == iri


def test_json_is_the_record_of_the_interface(http: httpx.Client, workspace: kg.Workspace) -> None:
    asked = {"Accept": "application/json"}
    assert http.get("/id/claim/c1-hope", headers=asked).json() == workspace.claim("c1-hope")
    assert http.get("/id/source/courier", headers=asked).json() == http.get("/api/v1/sources/courier").json()
    for name, path in (("stemma:slows", "/id/ontology/slows"), ("MONDO:0004976", "/entity/MONDO:0004976")):
        assert http.get(path, headers=asked).json() == http.get(f"/api/v1/entities/{name}").json()


def test_trig_is_what_the_store_holds(http: httpx.Client, workspace: kg.Workspace) -> None:
    iri = "https://w3id.org/stemma/claim/c1-hope"
    answer = http.get("/id/claim/c1-hope", headers={"Accept": "application/trig"})
    told = set(pyoxigraph.parse(input=answer.content, format=pyoxigraph.RdfFormat.TRIG))
    node = records(workspace).get(iri)
    assert node is not None
    assert set(node.quads()) <= told


def test_a_page_is_the_first_offer(http: httpx.Client) -> None:
    for accept in ("*/*", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"):
        assert http.get("/id/claim/c1-hope", headers={"Accept": accept}).headers["content-type"].startswith("text/html")


def test_a_foreign_term_has_a_page_here(http: httpx.Client) -> None:
    page = http.get("/entity/MONDO:0004976", headers={"Accept": "text/html"})
    assert "amyotrophic lateral sclerosis" in page.text
    turtle = http.get("/entity/MONDO:0004976", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=turtle.text, format="turtle")
    assert set(map(str, graph.subjects())) == {"http://purl.obolibrary.org/obo/MONDO_0004976"}
