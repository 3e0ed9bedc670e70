"""Long answers, and many who ask and write at once, over real connections."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

import httpx
import pytest
import rdflib

import kg
from api.auth.access import Access
from api.command import start
from api.settings import Settings
from kg.access.own import OWN

COUNT = 6_000
ROWS = "SELECT ?s ?o { ?s <http://example.org/p> ?o }"
TRIPLES = "CONSTRUCT WHERE { ?s <http://example.org/p> ?o }"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client that may write, of a service over many triples."""
    data = " ".join(f'<http://example.org/{n}> <http://example.org/p> "value {n} é" .' for n in range(COUNT))
    with kg.init(tmp_path_factory.mktemp("long") / "w", profile="open") as workspace:
        Access.of(workspace, Settings()).own_key()
        workspace.quads.update(f"INSERT DATA {{ {data} }}", agent=None)
        key = (workspace.path / OWN).read_text("utf-8").strip()
        with start(workspace) as running, httpx.Client(base_url=running.url, timeout=60) as opened:
            opened.headers["Authorization"] = f"Bearer {key}"
            yield opened


def test_a_long_answer_is_whole_plain_and_packed(client: httpx.Client) -> None:
    plain = client.get("/sparql", params={"query": ROWS}, headers={"Accept-Encoding": "identity"})
    assert len(plain.content) > 512 << 10
    assert plain.headers["content-length"] == str(len(plain.content))
    assert len(plain.json()["results"]["bindings"]) == COUNT
    with client.stream("GET", "/sparql", params={"query": ROWS}, headers={"Accept-Encoding": "gzip"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-length" not in packed.headers
        pieces = list(packed.iter_raw())
        assert sum(map(len, pieces)) < len(plain.content) / 4
    assert client.get("/sparql", params={"query": ROWS}).content == plain.content
    head = client.head("/sparql", params={"query": ROWS}, headers={"Accept-Encoding": "identity"})
    assert (head.content, head.headers["content-length"]) == (b"", plain.headers["content-length"])


@pytest.mark.parametrize(
    ("format", "parser"), [("ttl", "turtle"), ("nt", "nt"), ("nq", "nquads"), ("rdf", "xml"), ("jsonld", "json-ld")]
)
def test_a_long_graph_in_every_format(client: httpx.Client, format: str, parser: str) -> None:
    query = f"{TRIPLES} LIMIT 1500"
    answer = client.get("/sparql", params={"query": query, "format": format})
    assert answer.status_code == 200
    graph = rdflib.Dataset(default_union=True)
    graph.parse(data=answer.content, format=parser)
    assert len(graph) == 1500


def test_who_leaves_early_does_no_harm(client: httpx.Client) -> None:
    host, port = urlsplit(str(client.base_url)).netloc.split(":")
    request = f"GET /sparql?query={quote(ROWS)} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    for _ in range(20):
        with socket.create_connection((host, int(port)), timeout=60) as gone:
            gone.sendall(request)
            assert gone.recv(1000).startswith(b"HTTP/1.1 200")
    assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True


def test_everyone_reads_what_they_wrote(client: httpx.Client) -> None:
    def write_and_read(number: int) -> None:
        graph, value = f"http://example.org/own/{number % 4}", f"'{number}'"
        if number % 2:
            body = f"<http://example.org/{number}> <http://example.org/wrote> {value} ."
            done = client.post(
                "/graphs", params={"graph": graph}, content=body, headers={"Content-Type": "text/turtle"}
            )
        else:
            insert = f"<http://example.org/{number}> <http://example.org/wrote> {value}"
            done = client.post("/update", data={"update": f"INSERT DATA {{ GRAPH <{graph}> {{ {insert} }} }}"})
        assert done.status_code in (200, 201, 204), done.text
        ask = f"ASK {{ GRAPH <{graph}> {{ <http://example.org/{number}> <http://example.org/wrote> {value} }} }}"
        answer = client.get("/sparql", params={"query": ask})
        assert answer.json()["boolean"] is True
        assert int(answer.headers["stemma-commit"]) >= int(done.headers["stemma-commit"])

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(write_and_read, range(60)))
    count = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s <http://example.org/wrote> ?o } }"
    assert client.get("/sparql", params={"query": count}).json()["results"]["bindings"][0]["n"]["value"] == "60"


def test_two_writers_with_if_match_do_not_write_over_each_other(client: httpx.Client) -> None:
    counter, turtle = "/graphs/counter", {"Content-Type": "text/turtle"}
    assert client.put(counter, content="<> <http://example.org/n> 0 .", headers=turtle).status_code == 201

    def add(_: int) -> int:
        for tries in range(200):
            read = client.get(counter, headers={"Accept": "application/n-triples"})
            number = int(read.text.split('"')[1]) + 1
            body = f"<> <http://example.org/n> {number} ."
            done = client.put(counter, content=body, headers={**turtle, "If-Match": read.headers["etag"]})
            if done.status_code == 204:
                return tries
            assert (done.status_code, done.json()["code"]) == (412, "precondition")
        raise AssertionError("never got through")

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(add, range(12)))
    assert '"12"' in client.get(counter, headers={"Accept": "application/n-triples"}).text
