"""Nothing that comes in makes the service fetch anything: forty ways to ask for it, and a listener that hears none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

import kg
from api.command import start
from kg.access.keys import Keyring
from kg.access.own import KEYS

SECRET = "the words in the file"
Vector = tuple[str, str, str, str | dict[str, Any]]

QUERIES = [
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <URL> { ?s ?p ?o } }",
    "SELECT * { sErViCe#c\n<URL> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o SERVICE<URL>{ ?s ?p ?o } }",
    "PREFIX s: <URL> SELECT * { SERVICE s: { ?s ?p ?o } }",
    "SELECT * { VALUES ?u { <URL> } SERVICE ?u { ?s ?p ?o } }",
    "SELECT * { BIND(IRI('URL') AS ?u) SERVICE ?u { ?s ?p ?o } }",
    "ASK { FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { SERVICE <URL> { ?s ?p ?o } } } }",
    "BASE <URL> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "SELECT * FROM <URL> { ?s ?p ?o }",
    "SELECT * FROM NAMED <URL> { GRAPH ?g { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } FROM <URL> WHERE { ?s ?p ?o }",
    "DESCRIBE <URL>",
    "SELECT * FROM <FILE> { ?s ?p ?o }",
    "SELECT * { SERVICE <FILE> { ?s ?p ?o } }",
    "SELECT * { GRAPH <URL> { ?s ?p ?o } }",
]
UPDATES = [
    "LOAD <URL>",
    "LOAD SILENT <URL>",
    "LOAD <URL> INTO GRAPH <urn:g>",
    "lOaD#c\n<URL>",
    "LOAD <FILE>",
    "INSERT DATA { <urn:a> <urn:b> 1 } ; LOAD <URL>",
    "INSERT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "INSERT { ?s ?p ?o } USING <URL> WHERE { ?s ?p ?o }",
    "WITH <URL> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "COPY <URL> TO <urn:g>",
    "INSERT DATA { <URL> <http://www.w3.org/2002/07/owl#imports> <URL> }",
]
PAYLOADS: list[tuple[str, str]] = [
    ("application/ld+json", '{"@context": "URL", "@id": "urn:a", "urn:b": "c"}'),
    ("application/ld+json", '{"@context": ["URL", {}], "@id": "urn:a", "urn:b": "c"}'),
    ("application/ld+json", '{"@context": {"@import": "URL"}, "@id": "urn:a"}'),
    ("application/ld+json", '{"@context": {"x": {"@id": "urn:x", "@context": "URL"}}, "x": {"urn:b": 1}}'),
    ("application/ld+json", '{"@context": "FILE", "@id": "urn:a"}'),
    ("application/rdf+xml", '<!DOCTYPE r [<!ENTITY e SYSTEM "URL">]><r>&e;</r>'),
    ("application/rdf+xml", '<!DOCTYPE r SYSTEM "URL"><r/>'),
    ("application/rdf+xml", '<!DOCTYPE r [<!ENTITY % p SYSTEM "URL"> %p;]><r/>'),
    ("application/rdf+xml", '<!DOCTYPE r [<!ENTITY e SYSTEM "FILE">]><r>&e;</r>'),
    (
        "application/rdf+xml",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:xi="http://www.w3.org/2001/XInclude">'
        '<xi:include href="URL"/></rdf:RDF>',
    ),
    ("text/turtle", "@base <URL> . <> <http://www.w3.org/2002/07/owl#imports> <URL> ."),
    ("text/turtle", "@prefix x: <URL> . x:a a <http://www.w3.org/ns/shacl#NodeShape> ."),
]


class Listener(ThreadingHTTPServer):
    """A server that notes whoever comes."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/again")
                self.end_headers()

            do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

            def log_message(self, *told: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "secret.ttl"
    path.write_text(f'<urn:a> <urn:b> "{SECRET}" .')
    return path


@pytest.fixture(scope="module", params=["open", "cell-therapy"])
def ask(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, listener: Listener, secret: Path
) -> Iterator[Callable[..., httpx.Response]]:
    """Sends something to the service, with the listener's address and the secret's in it."""
    url = f"http://127.0.0.1:{listener.server_address[1]}/x"
    with kg.init(tmp_path_factory.mktemp("f") / "w", profile=request.param) as workspace, start(workspace) as running:
        key = Keyring(workspace.path / KEYS).create("admin", by=workspace.agent(None)).text
        with httpx.Client(base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:

            def send(method: str, path: str, media: str, body: str) -> httpx.Response:
                text = body.replace("URL", url).replace("FILE", secret.as_uri())
                return client.request(method, path.replace("URL", url), content=text, headers={"Content-Type": media})

            yield send


def quiet(answer: httpx.Response, listener: Listener) -> None:
    assert answer.status_code < 500, answer.text
    assert SECRET not in answer.text
    assert listener.heard == []


@pytest.mark.parametrize("query", QUERIES)
def test_queries(ask: Callable[..., httpx.Response], listener: Listener, query: str) -> None:
    quiet(ask("POST", "/sparql", "application/sparql-query", query), listener)


@pytest.mark.parametrize("text", UPDATES)
def test_updates(ask: Callable[..., httpx.Response], listener: Listener, text: str) -> None:
    quiet(ask("POST", "/update", "application/sparql-update", text), listener)
    quiet(ask("POST", "/sparql", "application/sparql-query", "SELECT * { ?s ?p ?o } LIMIT 5"), listener)


@pytest.mark.parametrize(("media", "text"), PAYLOADS)
def test_payloads(ask: Callable[..., httpx.Response], listener: Listener, media: str, text: str) -> None:
    quiet(ask("PUT", "/graphs?graph=URL", media, text), listener)


def test_datasets_and_records(ask: Callable[..., httpx.Response], listener: Listener) -> None:
    for path in ("/sparql?query=ASK{}&default-graph-uri=URL", "/sparql?query=ASK{}&named-graph-uri=URL"):
        quiet(ask("GET", path, "text/plain", ""), listener)
    source = {"type": "source", "id": "s", "kind": "news", "title": "T", "url": "URL", "archived": ["URL"]}
    quiet(ask("POST", "/api/v1/claims", "application/json", json.dumps({"@context": "URL", **source})), listener)
    quiet(ask("GET", "/id/source/s", "text/plain", ""), listener)


def test_forty_ways_are_tried() -> None:
    assert len(QUERIES) + len(UPDATES) + len(PAYLOADS) >= 40
