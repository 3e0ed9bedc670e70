from __future__ import annotations

import csv
import io
from urllib.parse import urlencode

import anyio
import httpx
import pytest
import rdflib
from fastapi import FastAPI
from rdflib.query import Result

import kg
from api import problems
from kg.errors import KgError, Overloaded, QueryEnded, WorkspaceFull

SELECT = "SELECT ?claim ?says WHERE { ?claim stemma:paraphrase ?says } ORDER BY ?claim"
ASK = "ASK { ?claim a stemma:Claim }"
CONSTRUCT = "CONSTRUCT { ?claim a stemma:Claim } WHERE { ?claim a stemma:Claim }"
DIRECT = {"Content-Type": "application/sparql-query"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def pairs(body: bytes, format: str) -> set[tuple[str, str]]:
    return {(str(row[0]), str(row[1])) for row in Result.parse(io.BytesIO(body), format=format)}


def test_every_way_to_ask_gives_the_rows_of_the_workspace(http: httpx.Client, workspace: kg.Workspace) -> None:
    expected = workspace.query(SELECT).dicts()
    answers = [
        http.get("/sparql", params={"query": SELECT}),
        http.post("/sparql", data={"query": SELECT}),
        http.post("/sparql", content=SELECT, headers=DIRECT),
        http.post("/sparql", content=SELECT, headers={"Content-Type": "Application/SPARQL-Query; charset=utf-8"}),
    ]
    assert len(expected) == 7  # the rejected one is withheld
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/sparql-results+json"
        rows = answer.json()["results"]["bindings"]
        assert [{k: v["value"] for k, v in row.items()} for row in rows] == expected


@pytest.mark.parametrize(
    ("accept", "format"),
    [("application/sparql-results+json", "json"), ("application/sparql-results+xml", "xml")],
)
def test_rows_in_json_and_xml(http: httpx.Client, workspace: kg.Workspace, accept: str, format: str) -> None:
    answer = http.get("/sparql", params={"query": SELECT}, headers={"Accept": accept})
    assert answer.headers["content-type"] == accept
    assert "Accept" in answer.headers["vary"]
    expected = {(row["claim"], row["says"]) for row in workspace.query(SELECT).dicts()}
    assert pairs(answer.content, format) == expected


def test_rows_in_csv_and_tsv(http: httpx.Client, workspace: kg.Workspace) -> None:
    expected = [(row["claim"], row["says"]) for row in workspace.query(SELECT).dicts()]
    comma = http.get("/sparql", params={"query": SELECT}, headers={"Accept": "text/csv"})
    assert comma.headers["content-type"].startswith("text/csv")
    assert [tuple(r) for r in csv.reader(io.StringIO(comma.text))] == [("claim", "says"), *expected]
    tabs = http.get("/sparql", params={"query": SELECT, "format": "tsv"})
    assert tabs.headers["content-type"].startswith("text/tab-separated-values")
    assert len(tabs.text.splitlines()) == 8


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
def test_a_truth_in_every_format(http: httpx.Client, format: str) -> None:
    answer = http.get("/sparql", params={"query": ASK, "format": format})
    assert answer.status_code == 200
    assert "true" in answer.text


@pytest.mark.parametrize(
    ("accept", "parser"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
    ],
)
@pytest.mark.parametrize("query", [CONSTRUCT, "DESCRIBE <https://w3id.org/stemma/claim/c1-hope>"])
def test_triples_in_every_format(http: httpx.Client, accept: str, parser: str, query: str) -> None:
    answer = http.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(accept)
    graph = rdflib.Graph().parse(data=answer.content, format=parser)
    assert rdflib.URIRef("https://w3id.org/stemma/claim/c1-hope") in set(graph.subjects())


def test_the_defaults_are_json_and_turtle(http: httpx.Client) -> None:
    for query, media in ((SELECT, "application/sparql-results+json"), (CONSTRUCT, "text/turtle")):
        answer = httpx.get(f"{http.base_url}sparql", params={"query": query}, headers={"Accept": "*/*"})
        assert answer.headers["content-type"].startswith(media)


def test_weights_decide(http: httpx.Client) -> None:
    accept = {"Accept": "text/csv;q=0.2, application/sparql-results+xml;q=0.9, application/json;q=0.1"}
    answer = http.get("/sparql", params={"query": ASK}, headers=accept)
    assert answer.headers["content-type"] == "application/sparql-results+xml"


def test_the_parser_tells_the_place_in_the_query_as_it_was_sent(http: httpx.Client) -> None:
    answer = http.get("/sparql", params={"query": "SELECT ?x\nWHERE { ?x a stemma:Claim "})
    problem = answer.json()
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["where"] == "line 2, column 27"
    assert problem["code"] == "query"


@pytest.mark.parametrize(
    "query", ["SELECT * { SERVICE <http://elsewhere.example/> { ?s ?p ?o } }", "{" * 500, "INSERT DATA { <a:b> a 1 }"]
)
def test_what_is_not_allowed_is_a_problem(http: httpx.Client, query: str) -> None:
    answer = http.post("/sparql", content=query, headers=DIRECT)
    assert (answer.status_code, answer.json()["code"]) == (400, "query")


def test_odd_calls_are_problems(http: httpx.Client) -> None:
    told = urlencode({"query": ASK})
    cases = [
        (http.get("/sparql?query="), 400, "query"),
        (http.get("/sparql?update=CLEAR+ALL"), 400, "usage"),
        (http.get(f"/sparql?{told}&{told}"), 400, "usage"),
        (http.get(f"/sparql?{told}&default-graph-uri=no+iri"), 400, "usage"),
        (http.get(f"/sparql?{told}&min_commit=latest"), 400, "usage"),
        (http.get(f"/sparql?{told}&min_commit=999999"), 400, "usage"),
        (http.get(f"/sparql?{told}&format=docx"), 400, "usage"),
        (http.get(f"/sparql?{told}&format=ttl"), 406, "not-acceptable"),
        (http.get("/sparql?query=%FF"), 400, "usage"),
        (http.get(f"/sparql?{told}", headers={"Accept": "image/png"}), 406, "not-acceptable"),
        (http.post("/sparql", content=ASK, headers={"Content-Type": "text/plain"}), 415, "media-type"),
        (http.post("/sparql", content=b"\xff\xfe", headers=DIRECT), 400, "query"),
        (http.post("/sparql", content=b"#" * 400_000, headers=DIRECT), 413, "too-large"),
        (http.post("/sparql", content=b"format=json", headers=FORM), 400, "query"),
        (http.put("/sparql"), 405, "method"),
        (http.get("/update"), 405, "method"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert http.put("/sparql").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert http.options("/update").headers["allow"] == "OPTIONS, POST"


def test_a_stranger_changes_nothing(http: httpx.Client, workspace: kg.Workspace) -> None:
    before = workspace.committer.number
    update = "INSERT DATA { <a:a> <b:b> 1 }"
    for answer in (
        http.post("/update", data={"update": update}),
        http.post("/sparql", data={"update": update}),
        http.post("/sparql", content=update, headers={"Content-Type": "application/sparql-update"}),
        http.put("/graphs?default", content=b"", headers={"Content-Type": "text/turtle"}),
        http.post("/graphs", content=b"", headers={"Content-Type": "text/turtle"}),
        http.delete("/graphs?default"),
    ):
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="stemma"'), answer.text
    assert workspace.committer.number == before


def test_parameters_for_other_servers_are_passed_over(http: httpx.Client) -> None:
    answer = http.get("/sparql", params={"query": ASK, "colour": "red", "timeout": "5", "output": "xml"})
    assert answer.headers["content-type"] == "application/sparql-results+xml"


def test_an_answer_is_not_sent_twice(http: httpx.Client) -> None:
    first = http.get("/sparql", params={"query": SELECT})
    told = {"If-None-Match": first.headers["etag"]}
    again = http.get("/sparql", params={"query": SELECT}, headers=told)
    assert (again.status_code, again.content) == (304, b"")
    assert http.get("/sparql", params={"query": ASK}, headers=told).status_code == 200
    assert "etag" not in http.get("/sparql", params={"query": "SELECT (NOW() AS ?t) {}"}).headers


def test_an_earlier_commit_can_be_asked(http: httpx.Client, workspace: kg.Workspace) -> None:
    last = workspace.committer.number
    count = "SELECT (COUNT(?c) AS ?n) { ?c a stemma:Claim }"

    def claims(**when: int) -> int:
        answer = http.get("/sparql", params={"query": count, **when})
        assert answer.headers["stemma-commit"] == str(when.get("at", last))
        return int(answer.json()["results"]["bindings"][0]["n"]["value"])

    assert claims() == claims(at=last) == claims(min_commit=last) == 7
    assert claims(at=1) == 0
    late = http.get("/sparql", params={"query": count, "at": last + 1})
    assert (late.status_code, late.json()["code"]) == (400, "usage")


@pytest.mark.parametrize(
    ("error", "status", "again"),
    [
        (QueryEnded("too long", reason="deadline"), 504, "5"),
        (QueryEnded("too many rows", reason="rows"), 503, "5"),
        (QueryEnded("too much memory", reason="memory"), 503, "5"),
        (Overloaded("too many ask", retry_after=7), 503, "7"),
        (WorkspaceFull("the disk is full"), 507, "5"),
    ],
)
def test_what_passes_says_when_to_come_again(error: KgError, status: int, again: str) -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def ended() -> None:
        raise error

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.get("/")

    answer = anyio.run(ask)
    assert (answer.status_code, answer.headers["retry-after"]) == (status, again)
    assert (answer.json()["code"], answer.json()["detail"]) == (error.code, error.message)


def test_gzip_for_those_who_take_it(http: httpx.Client) -> None:
    query = {"query": "SELECT * { ?s ?p ?o } LIMIT 500"}
    plain = http.get("/sparql", params=query, headers={"Accept-Encoding": "identity"})
    packed = http.get("/sparql", params=query, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert packed.json() == plain.json()
    assert packed.headers["etag"] != plain.headers["etag"]
    for tag in (packed.headers["etag"], plain.headers["etag"]):
        assert http.get("/sparql", params=query, headers={"If-None-Match": tag}).status_code == 304
    assert {"Accept", "Accept-Encoding"} <= {v.strip() for v in plain.headers["vary"].split(",")}


def test_other_sites_may_ask(http: httpx.Client) -> None:
    answer = http.get("/sparql", params={"query": ASK}, headers={"Origin": "https://notebook.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    asked = {"Origin": "https://notebook.example", "Access-Control-Request-Method": "POST"}
    assert http.options("/sparql", headers=asked).status_code == 200
