"""Updates and graphs in a workspace of records: two doors to the same gate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import rdflib
from rdflib.namespace import RDF, SH

import kg
from api.auth.access import Access
from api.command import start
from api.settings import Settings
from kg.access.own import OWN

CLAIM = "https://w3id.org/stemma/claim/c5-fat"
STEMMA = rdflib.Namespace("https://w3id.org/stemma/")
TURTLE = {"Content-Type": "text/turtle"}
FOREIGN = "<http://example.org/msc> <http://example.org/treats> <http://example.org/als> ."
SAYS = f"SELECT ?says {{ <{CLAIM}> stemma:paraphrase ?says }}"


@pytest.fixture
def writer(own: kg.Workspace) -> Iterator[httpx.Client]:
    """A client that may write, of a service over a workspace of its own."""
    Access.of(own, Settings()).own_key()
    key = (own.path / OWN).read_text("utf-8").strip()
    with start(own) as running, httpx.Client(base_url=running.url) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def says(client: httpx.Client) -> str:
    answer: dict[str, Any] = client.get("/sparql", params={"query": SAYS}).json()
    return str(answer["results"]["bindings"][0]["says"]["value"])


def codes(answer: httpx.Response) -> set[str]:
    assert (answer.status_code, answer.json()["code"]) == (422, "refused"), answer.text
    return {f["code"] for f in answer.json()["findings"]}


def test_a_claims_graph_is_read_changed_and_put_back(own: kg.Workspace, writer: httpx.Client) -> None:
    there = {"graph": CLAIM}
    read = writer.get("/graphs", params=there, headers={"Accept": "text/turtle"})
    changed = read.text.replace("The cells can be taken from fat.", "Fat yields such cells.")
    assert changed != read.text
    tagged = {**TURTLE, "If-Match": read.headers["etag"]}
    done = writer.put("/graphs", params=there, content=changed.encode(), headers=tagged)
    assert done.status_code == 204, done.text
    assert done.headers["stemma-commit"] == str(own.committer.number)
    claim = own.claim(CLAIM)
    assert (claim["paraphrase"], claim["version"]) == ("Fat yields such cells.", 2)
    assert says(writer) == "Fat yields such cells."
    assert list(own.log())[-1].agent.rpartition("/")[2].startswith("key-")
    again = writer.put("/graphs", params=there, content=changed.encode(), headers=tagged)
    assert (again.status_code, again.json()["code"]) == (412, "precondition")


def test_an_update_is_a_change_of_records(own: kg.Workspace, writer: httpx.Client) -> None:
    change = "DELETE { GRAPH ?g { ?c stemma:paraphrase ?p } } INSERT { GRAPH ?g { ?c stemma:paraphrase ?n } } "
    change += (
        f"WHERE {{ GRAPH ?g {{ ?c stemma:paraphrase ?p }} BIND(CONCAT(?p, ' Yes.') AS ?n) FILTER(?c = <{CLAIM}>) }}"
    )
    done = writer.post("/update", data={"update": change})
    assert done.status_code == 200, done.text
    assert done.json()["commit"] == own.committer.number
    assert says(writer) == own.claim(CLAIM)["paraphrase"] == "The cells can be taken from fat. Yes."


def test_the_gate_refuses_through_either_door(own: kg.Workspace, writer: httpx.Client) -> None:
    before = own.committer.number
    lose = f"DELETE WHERE {{ GRAPH <{CLAIM}> {{ <{CLAIM}> stemma:source ?source }} }}"
    refused = [
        (writer.put("/graphs/mine", content=FOREIGN, headers=TURTLE), "graph-foreign"),
        (writer.post("/graphs", content=FOREIGN, headers=TURTLE), "graph-foreign"),
        (writer.put("/graphs?default", content=FOREIGN, headers=TURTLE), "graph-foreign"),
        (writer.delete("/graphs", params={"graph": CLAIM}), "record-removed"),
        (writer.post("/update", data={"update": f"DROP GRAPH <{CLAIM}>"}), "record-removed"),
        (writer.post("/update", data={"update": f"INSERT DATA {{ {FOREIGN} }}"}), "graph-foreign"),
    ]
    for answer, code in refused:
        assert code in codes(answer), answer.text
    assert codes(writer.post("/update", data={"update": lose}))
    assert own.committer.number == before


def test_a_refusal_is_a_shacl_report_for_who_asks(writer: httpx.Client) -> None:
    lose = f"DELETE WHERE {{ GRAPH <{CLAIM}> {{ <{CLAIM}> stemma:source ?source }} }}"
    for media, parser in (("text/turtle", "turtle"), ("application/ld+json", "json-ld")):
        answer = writer.post("/update", data={"update": lose}, headers={"Accept": media})
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (422, media)
        report = rdflib.Graph().parse(data=answer.content, format=parser)
        assert report.value(report.value(None, RDF.type, SH.ValidationReport), SH.conforms) == rdflib.Literal(False)
        assert rdflib.URIRef(CLAIM) in set(report.objects(None, SH.focusNode))


def test_the_default_graph_is_the_union(writer: httpx.Client) -> None:
    told = rdflib.Graph().parse(data=writer.get("/sparql").content, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert (None, sd.feature, sd.UnionDefaultGraph) in told
    ask = {"query": f"ASK {{ <{CLAIM}> a stemma:Claim }}"}
    assert writer.get("/sparql", params=ask).json()["boolean"] is True
    assert writer.get("/sparql", params={**ask, "default-graph-uri": CLAIM}).json()["boolean"] is True
    assert writer.get("/sparql", params={**ask, "default-graph-uri": "http://x.example/"}).json()["boolean"] is False
