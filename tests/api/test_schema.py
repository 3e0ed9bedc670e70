"""Ontology, shapes and contexts, in every format; a version of a context is for ever."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from urllib.request import Request, urlopen

import httpx
import pytest
import rdflib
from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, Quad, parse

import kg
from api.command import start
from api.formats import FORMATS, RDF_FORMATS


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_every_format_says_the_same(http: httpx.Client, workspace: kg.Workspace, name: str) -> None:
    files = workspace.profile.ontology_files if name == "ontology" else workspace.profile.shapes_files
    wanted = canonical(q for path in files for q in parse(path=str(path), rename_blank_nodes=True))
    for format in RDF_FORMATS:
        answer = http.get(f"/{name}.{format}")
        assert answer.status_code == 200
        assert http.get(f"/{name}.{format}").headers["etag"] == answer.headers["etag"], "blank nodes keep their names"
        assert canonical(parse(input=answer.content, format=FORMATS[format].rdf)) == wanted, format


def canonical(quads: Iterable[Quad]) -> set[Quad]:
    """Triples with names for blank nodes that hang on the triples alone."""
    found = Dataset(Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in quads)
    found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(found)


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_they_are_tagged_dated_licensed_and_have_a_page(http: httpx.Client, name: str) -> None:
    first = http.get(f"/{name}")
    assert first.headers["content-type"].startswith("text/turtle")
    assert http.get(f"/{name}", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert http.get(f"/{name}", headers={"If-Modified-Since": first.headers["last-modified"]}).status_code == 304
    assert 'rel="license"' in first.headers["link"]
    page = http.get(f"/{name}", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    listed = http.get(f"/{name}.json").json()
    assert listed["total"] == len(listed["items"]) > 90
    for item in listed["items"][:: listed["total"] // 5]:
        assert item.get("label", item.get("code")) in page.text
    assert http.get(f"/{name}", headers={"Accept": "image/png"}).status_code == 406
    assert http.get(f"/id/{name}", follow_redirects=True).text == first.text


@pytest.mark.parametrize("record", ["claim", "source", "snapshot", "statement"])
def test_a_version_of_a_context_is_for_ever(http: httpx.Client, record: str) -> None:
    now = http.get("/context.jsonld", params={"record": record})
    version = now.headers["content-location"]
    assert f"{version}>" in now.headers["link"]
    for _ in range(2):
        kept = http.get(version)
        assert kept.content == now.content
        assert kept.headers["content-type"].startswith("application/ld+json")
        assert "immutable" in kept.headers["cache-control"]
    assert "immutable" not in now.headers["cache-control"]
    assert http.get(version, headers={"If-None-Match": kept.headers["etag"]}).status_code == 304
    other = version.replace(version.split(".")[1], "0" * 16)
    for missing in (other, version.replace(record, "nobody")):
        assert http.get(missing).status_code == 404


def test_clients_that_negotiate_find_their_way(http: httpx.Client) -> None:
    """As rdflib does and as the standard library does: by Accept, following redirects."""
    claim = rdflib.URIRef("https://w3id.org/stemma/claim/c1-hope")
    graph = rdflib.Graph().parse(f"{http.base_url}id/claim/c1-hope")
    assert (claim, None, None) in graph
    asked = Request(f"{http.base_url}id/claim/c1-hope", headers={"Accept": "application/ld+json"})
    with urlopen(asked) as answer:
        assert json.load(answer)["id"] == str(claim)


def test_a_base_that_is_not_ascii_goes_into_headers_as_a_uri(tmp_path: Path) -> None:
    base = "https://kg.example.org/病/"
    with kg.init(tmp_path / "w", base=base) as workspace:
        workspace.add({"type": "source", "id": base + "source/leaflet", "kind": "web-page", "title": "A leaflet"})
        with start(workspace) as running, httpx.Client(base_url=running.url, timeout=60) as client:
            answer = client.get("/id/source/leaflet")
            assert answer.status_code == 200
            assert '<https://kg.example.org/%E7%97%85/source/leaflet>; rel="cite-as"' in answer.headers["link"]
            assert client.get("/.well-known/void").status_code == 200


@pytest.mark.parametrize(
    ("path", "example"),
    [
        ("/id/{path}", "/id/claim/c1-hope"),
        ("/.well-known/void", "/.well-known/void"),
        ("/queries", "/queries"),
        ("/queries/{name}", "/queries/roots"),
        ("/prefixes", "/prefixes"),
        ("/ontology", "/ontology"),
        ("/shapes", "/shapes"),
        ("/context.jsonld", "/context.jsonld"),
        ("/shapes/{record}.schema.json", "/shapes/claim.schema.json"),
    ],
)
def test_what_is_described_is_answered(http: httpx.Client, path: str, example: str) -> None:
    described = http.get("/openapi.json").json()["paths"][path]["get"]["responses"]["200"]["content"]
    assert described
    for media in described:
        answer = http.get(example, headers={"Accept": media})
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == media
