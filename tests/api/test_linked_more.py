"""What dereferencing promises beside the formats: twins, tags, dates, links, tombstones, and no name left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import httpx
import pyoxigraph
import pytest
import rdflib
from pyoxigraph import NamedNode

import kg
from api.command import start
from api.formats import FORMATS, RDF_FORMATS

CLAIM = "https://w3id.org/stemma/claim/c1-hope"
PARSED = {"jsonld": "json-ld", "ttl": "turtle", "trig": "trig", "nq": "nquads", "nt": "nt", "rdf": "xml"}
Links = dict[str, list[tuple[str, str | None]]]


def links(answer: httpx.Response) -> Links:
    found: Links = {}
    for target, rel, media in re.findall(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?', answer.headers["link"]):
        found.setdefault(rel, []).append((target, media or None))
    return found


def ours(workspace: kg.Workspace) -> set[str]:
    """Every IRI of ours in the store, as the document that it is a part of."""
    parts = {p for q in workspace.store.quads() for p in (q.subject, q.predicate, q.object, q.graph_name)}
    named = {p.value.partition("#")[0] for p in parts if isinstance(p, NamedNode)}
    return {iri for iri in named if iri.startswith(workspace.iris.base)}


def test_no_name_of_ours_is_left_out(http: httpx.Client, workspace: kg.Workspace) -> None:
    names = sorted(ours(workspace))
    words = [n for n in names if n.startswith(("https://w3id.org/stemma/ontology/", "https://w3id.org/stemma/term/"))]
    assert len(words) > 500, "the ontology is in the store"
    chosen = [*(n for n in names if n not in words), *words[::40]]
    kinds = {n.removeprefix(workspace.iris.base).partition("/")[0] for n in chosen}
    assert {"claim", "statement", "source", "snapshot", "agent", "graph", "ontology", "term", "rule", ""} <= kinds
    for name in chosen:
        path = "/id/" + quote(name.removeprefix(workspace.iris.base), safe="/:")
        answer = http.get(path, headers={"Accept": "text/turtle"}, follow_redirects=True)
        assert answer.status_code == 200, name
        if answer.url.path.startswith("/id/"):
            triples = list(pyoxigraph.parse(input=answer.content, format=pyoxigraph.RdfFormat.TURTLE))
            assert any(name in (t.subject.value, t.object.value) or "graph/" in name for t in triples), name  # type: ignore[union-attr]


def test_shapes_problems_and_the_profile_have_names_too(http: httpx.Client, workspace: kg.Workspace) -> None:
    shapes = sorted({str(s) for s in workspace.profile.shapes_graph.subjects() if isinstance(s, rdflib.URIRef)})
    paths = ["/id/shapes/" + s.rsplit("/", 1)[-1] for s in shapes[::9]]
    problem = http.get("/id/claim/nobody").json()
    assert problem["status"] == 404
    paths += [problem["type"].replace("https://w3id.org/stemma/", "/id/"), "/id/profile/cell-therapy"]
    for path in paths:
        assert http.get(path).headers["content-type"].startswith("text/html")
        told = http.get(path + ".json").json()
        assert told["id"].endswith(path.removeprefix("/id/"))
        graph = rdflib.Graph().parse(data=http.get(path + ".ttl").text, format="turtle")
        assert (rdflib.URIRef(told["id"]), None, None) in graph
    shape = http.get("/id/shapes/Claim-agent.json").json()
    assert "exactly one agent" in shape["message"]
    assert shape["severity"] == "Violation"


def test_an_agent_is_told_with_what_it_did(http: httpx.Client, workspace: kg.Workspace) -> None:
    told = http.get("/id/agent/pass-1.json").json()
    rows = workspace.query("SELECT (COUNT(*) AS ?n) { ?claim stemma:agent agent:pass-1 }").dicts()
    assert told["kind"] == "software"
    assert told["records"]["agent"] == rows[0]["n"]
    committer = workspace.journal.entries().__next__().agent.rsplit("/", 1)[-1]
    mine = sum(e.agent.endswith("/" + committer) for e in workspace.log())
    assert http.get(f"/id/agent/{committer}.json").json()["commits"]["total"] == mine
    page = http.get("/id/claim/c1-hope", headers={"Accept": "text/html"}).text
    assert 'href="/id/agent/pass-1"' in page


@pytest.mark.parametrize(
    "name", ["agent/nobody", "shapes/Nothing", "problem/none", "profile/other", "claim/x y", "a<b"]
)
def test_what_is_not_there_is_404(http: httpx.Client, name: str) -> None:
    for suffix in ("", ".ttl", ".json"):
        answer = http.get(f"/id/{quote(name)}{suffix}", headers={"Accept": "application/json"})
        assert answer.status_code == 404
        assert answer.json()["code"] == "not-found"


@pytest.mark.parametrize(
    "name", ["/id/claim/c1-hope", "/id/ontology/slows", "/entity/MONDO:0004976", "/id/agent/pass-1"]
)
def test_each_format_has_a_twin(http: httpx.Client, name: str) -> None:
    same = {}
    for format in ("html", "json", *RDF_FORMATS):
        twin = http.get(f"{name}.{format}", headers={"Accept": "image/png"})
        assert twin.status_code == 200, format
        assert twin.headers["content-type"].startswith(FORMATS[format].media)
        assert "Accept" not in twin.headers.get("vary", "").split(", ")
        negotiated = http.get(name, headers={"Accept": FORMATS[format].media})
        assert negotiated.content == twin.content
        assert negotiated.headers["content-location"] == f"{name}.{format}"
        assert "Accept" in negotiated.headers["vary"].split(", ")
        if format in PARSED:
            told = rdflib.Dataset(default_union=True)
            told.parse(data=twin.content, format=PARSED[format])
            same[format] = {(s, p, str(o)) for s, p, o, _ in told.quads() if "annotation" not in f"{s}{o}"}
    assert same["ttl"] == same["nt"] == same["rdf"]
    assert http.get(f"{name}.png").status_code == 404


def test_a_name_that_ends_like_a_format_is_still_a_name(own: kg.Workspace) -> None:
    record = own.claim("c5-fat")
    twin = {k: v for k, v in record.items() if k not in ("version", "review", "provenance")}
    own.add({**twin, "id": CLAIM.replace("c1-hope", "c5-fat.ttl")}, agent="agent:pass-1")
    with start(own) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        asked = {"Accept": "application/json"}
        assert client.get("/id/claim/c5-fat.ttl", headers=asked).json()["id"].endswith("c5-fat.ttl")
        assert client.get("/id/claim/c5-fat.ttl.nt").status_code == 200
        assert client.get("/id/claim/c5-fat.nt").status_code == 200


def test_q_values_decide(http: httpx.Client) -> None:
    for accept, media in (
        ("text/turtle;q=0.4, application/n-quads;q=0.9", "application/n-quads"),
        ("application/rdf+xml, text/html;q=0.2", "application/rdf+xml"),
        ("application/*;q=0.5, text/turtle;q=0.4", "application/json"),
    ):
        assert http.get("/id/claim/c1-hope", headers={"Accept": accept}).headers["content-type"].startswith(media)
    assert http.get("/id/claim/c1-hope", headers={"Accept": "image/png"}).status_code == 406
    for address in ("claim/c1-hope?format=ttl&format=nt", "claim/c1-hope?format=exe"):
        assert http.get(f"/id/{address}").json()["code"] == "usage"
    assert http.get("/id/claim/c1-hope.ttl?format=ttl").status_code == 200
    assert http.get("/id/claim/c1-hope.ttl?format=nt").status_code == 404


def test_tags_and_dates_spare_the_second_answer(http: httpx.Client, workspace: kg.Workspace) -> None:
    entry = [e for e in workspace.log() if CLAIM in {t.id for t in e.touched}][-1]
    for format in ("html", "json", *RDF_FORMATS):
        path = f"/id/claim/c1-hope.{format}"
        first = http.get(path)
        again = http.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        date = first.headers["last-modified"]
        assert rdflib.Literal(entry.at, datatype=rdflib.XSD.dateTime).toPython().strftime("%H:%M:%S GMT") in date
        dated = http.get(path, headers={"If-Modified-Since": date}).status_code
        assert dated == (304 if format not in ("html", "json", "jsonld") else 200), "what is computed may change unseen"
        both = {"If-Modified-Since": date, "If-None-Match": '"other"'}
        assert http.get(path, headers=both).status_code == 200, "a tag counts before a date"
        assert http.get(path, headers={"If-Modified-Since": "yesterday"}).status_code == 200
    head = http.head("/id/claim/c1-hope.ttl")
    assert (head.content, head.headers["etag"]) == (b"", http.get("/id/claim/c1-hope.ttl").headers["etag"])
    tags = {http.get(f"/id/claim/c1-hope.{f}").headers["etag"] for f in ("html", "json", "ttl", "nt")}
    assert len(tags) == 4


def test_a_tag_changes_with_the_record_and_only_then(own: kg.Workspace) -> None:
    with start(own) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        before = {n: client.get(f"/id/claim/{n}.ttl").headers["etag"] for n in ("c5-fat", "c1-hope")}
        own.review(["c5-fat"], "accepted", by="agent:pass-2")
        after = {n: client.get(f"/id/claim/{n}.ttl").headers["etag"] for n in before}
        assert after["c5-fat"] != before["c5-fat"]
        assert after["c1-hope"] == before["c1-hope"]


def test_signposts_lead_from_the_page_to_the_data_and_back(http: httpx.Client) -> None:
    page = http.get("/id/claim/c1-hope", headers={"Accept": "text/html"})
    found = links(page)
    assert found["cite-as"] == [(CLAIM, None)]
    assert {t for t, _ in found["type"]} == {"https://schema.org/AboutPage", "https://schema.org/Claim"}
    assert found["license"] == [("https://creativecommons.org/licenses/by/4.0/", None)]
    assert found["author"] == [("https://w3id.org/stemma/agent/pass-1", None)]
    assert {m for _, m in found["describedby"]} == {FORMATS[f].media for f in ("json", *RDF_FORMATS)}
    for target, media in found["describedby"]:
        data = http.get(target)
        assert data.headers["content-type"].startswith(str(media))
        assert links(data)["describes"] == [(urljoin(str(page.url), "/id/claim/c1-hope.html"), "text/html")]
        assert links(data)["cite-as"] == [(CLAIM, None)]
    ((collection, media),) = found["collection"]
    members = http.get(collection, headers={"Accept": str(media)})
    for target, kind in links(members)["item"]:
        dump = http.get(target)
        assert dump.status_code == 200
        assert dump.headers["content-type"].startswith(str(kind))
    source = links(http.get("/id/source/courier.html"))
    assert ("https://schema.org/NewsArticle", None) in source["type"]
    assert "author" not in source


def test_a_retracted_claim_is_gone_and_says_why(own: kg.Workspace) -> None:
    comment = "It says less than that."
    own.review(["c2-denial"], "retracted", by="agent:pass-3", reason="wrong-statement", comment=comment)
    with start(own) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        gone(client)


def gone(client: httpx.Client) -> None:
    page = client.get("/id/claim/c2-denial", headers={"Accept": "text/html"})
    assert page.status_code == 410
    for words in ("retracted", "It says less than that.", "pass-3", "/id/claim/c2-denial.ttl"):
        assert words in page.text
    assert "The rival denies" not in page.text
    for accept in ("application/json", "application/problem+json"):
        told = client.get("/id/claim/c2-denial", headers={"Accept": accept})
        assert told.status_code == 410
        assert told.headers["content-type"] == "application/problem+json"
        body = told.json()
        assert (body["code"], body["reason"], body["status"]) == ("gone", "wrong-statement", 410)
        assert body["review"]["comment"] == "It says less than that."
    assert client.get("/api/v1/claims/c2-denial").json()["review"]["status"] == "retracted"
    for format in RDF_FORMATS:
        answer = client.get(f"/id/claim/c2-denial.{format}")
        assert answer.status_code == 410
        told = rdflib.Dataset(default_union=True)
        told.parse(data=answer.content, format=PARSED[format])
        me, ns = rdflib.URIRef(CLAIM.replace("c1-hope", "c2-denial")), "https://w3id.org/stemma/ontology/"
        values = {str(p).removeprefix(ns): str(o) for s, p, o, _ in told.quads() if s == me}
        assert values["reviewStatus"] == ns + "retracted"
        assert values["reviewReason"].startswith(ns)
        assert not {"withheldRecord", "paraphrase"} & set(values)
    problem = client.get("/id/problem/gone.json").json()
    assert problem["status"] == 410


def test_a_term_that_was_merged_points_to_its_successor(http: httpx.Client, workspace: kg.Workspace) -> None:
    old = next(t for t in workspace.profile.vocabulary if t.replaced_by)
    curie = workspace.profile.prefixes.compress(old.iri) or old.iri
    answer = http.get(f"/entity/{curie}", headers={"Accept": "text/turtle"})
    assert answer.status_code == 200
    assert links(answer)["successor-version"] == [(str(old.replaced_by), None)]


def test_names_below_another_base_are_found_too(tmp_path: Path) -> None:
    base = "https://kg.example.org/deep/er/"
    source: dict[str, Any] = {"type": "source", "id": base + "source/leaflet", "kind": "web-page", "title": "A leaflet"}
    with kg.init(tmp_path / "w", base=base) as workspace:
        workspace.add(source)
        with start(workspace) as running, httpx.Client(base_url=running.url, timeout=60) as client:
            told = client.get("/id/source/leaflet.json").json()
            assert told["id"] == base + "source/leaflet"
            assert links(client.get("/id/source/leaflet"))["cite-as"] == [(base + "source/leaflet", None)]
            assert client.get("/id/ontology/slows.json").json()["id"] == "https://w3id.org/stemma/ontology/slows"
            assert client.get("/id/agent/stemma-0.1.0").status_code == 200
            assert client.get("/id/", follow_redirects=True).status_code == 200
