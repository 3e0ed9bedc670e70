"""Requests that nobody would send on purpose: each is answered, and never with a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kg
from api.auth.access import Access
from api.command import start
from api.settings import Settings
from kg.access.own import OWN

TEXTS = [
    "ASK {}",
    "SELECT * { ?s ?p ?o } LIMIT 3",
    "SELECT * { GRAPH ?g { ?s ?p ?o } }",
    "CONSTRUCT WHERE { ?s ?p ?o }",
    "DESCRIBE <a:b>",
    "INSERT DATA { <a:a> <b:b> 1 }",
    "CLEAR ALL",
    "CREATE GRAPH <g:g>",
    "DROP GRAPH <g:g>",
    "{",
    "INSERT DATA { _:a <b:b> <<( <a:a> <b:b> 1 )>> }",
    "ASK { FILTER(1/0 = <<x) }",
    "\x00",
    "ASK {" * 70,
    "",
    "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "LOAD <http://x/>",
    "BASE <rel> ASK { <x> ?p ?o }",
    "é" * 9,
]
WORDS = ["http://e.org/g", "http://[", "//", "a b", "rel", "urn:x", "", "0", "-1", "9" * 20, "json", "ttl", "ok", "%zz"]
GRAPHS = [
    "<a:a> <b:b> 1 .",
    "_:a <b:b> _:a .",
    '<a:a> <b:b> "x"@en--ltr .',
    '<a:a> <b:b> "\\uD800" .',
    "<" * 500,
    "(" * 500,
    "{}",
    "[]",
    '{"@context": "http://x/", "@id": "a:b"}',
    '{"@id": "a:b", "c:d": {"@list": [1]}}',
    "<!DOCTYPE x>",
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "--x--",
    "--x\r\n\r\n--x--\r\n",
    '--x\r\nContent-Disposition: form-data; name="a.ttl"\r\n\r\n<a:a> <b:b> 2 .\r\n--x--\r\n',
]
NAMES = [
    "query",
    "update",
    "default-graph-uri",
    "named-graph-uri",
    "using-graph-uri",
    "using-named-graph-uri",
    "format",
    "min_commit",
    "stale",
    "at",
    "graph",
    "default",
    "output",
    "x",
]
PATHS = [
    "/sparql",
    "/update",
    "/graphs",
    "/graphs/",
    "/graphs/a",
    "/graphs//x",
    "/graphs/%C3%A9/%00",
    "/graphs/%3Cx%3E",
]
MEDIA = [
    "application/sparql-query",
    "application/sparql-update",
    "application/x-www-form-urlencoded",
    "text/turtle",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/ld+json",
    "application/rdf+xml",
    "application/n-quads",
    "text/plain",
    "",
    "x",
    "application/sparql-query; charset=latin1",
]
ACCEPTS = ["", "*/*", "text/turtle", "text/html", "image/png", ";;;", ",,", "a/b;q=x", "*/*;q=9e999", "text/csv;q=nan"]
TAGS = ["*", '"x"', 'W/"x-ttl"', '"x.gzip"', "x", ""]
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(MEDIA),
        "Accept": st.sampled_from(ACCEPTS),
        "If-Match": st.sampled_from(TAGS),
        "If-None-Match": st.sampled_from(TAGS),
        "Accept-Encoding": st.sampled_from(["gzip", "gzip;q=0", "*", ""]),
        "Content-Encoding": st.sampled_from(["gzip", "identity"]),
        "Host": st.sampled_from(["x", "", "a b", "[::1]:80", "a/b", "x:y:z"]),
        "Origin": st.sampled_from(["null", "http://elsewhere.example"]),
    },
)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(TEXTS + WORDS)), max_size=3)
BODIES = (
    st.sampled_from([t.encode() for t in TEXTS + GRAPHS])
    | PAIRS.map(lambda pairs: "&".join(f"{n}={quote(v)}" for n, v in pairs).encode())
    | st.binary(max_size=60)
)
METHODS = st.sampled_from(["GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where a server listens, and the key to write there."""
    with kg.init(tmp_path_factory.mktemp("odd") / "w", profile="open") as workspace:
        Access.of(workspace, Settings()).own_key()
        key = (workspace.path / OWN).read_text("utf-8").strip()
        with start(workspace) as running:
            yield urlsplit(running.url).netloc, key


@settings(max_examples=200)
@given(METHODS, st.sampled_from(PATHS), PAIRS, HEADERS, BODIES, st.booleans())
def test_every_request_is_answered(
    server: tuple[str, str],
    method: str,
    path: str,
    pairs: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    signed: bool,
) -> None:
    target = path + ("?" + "&".join(f"{n}={quote(v)}" for n, v in pairs) if pairs else "")
    sent = dict(headers) | ({"Authorization": f"Bearer {server[1]}"} if signed else {})
    connection = HTTPConnection(server[0], timeout=60)
    try:
        connection.putrequest(method, target, skip_host="Host" in sent, skip_accept_encoding=True)
        for name, value in {**sent, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    media = answer.headers.get_content_type()
    assert answer.status < 500
    if answer.status >= 400 and method != "HEAD" and media != "text/html":
        assert (media, answer.status) in (("application/problem+json", answer.status), ("text/turtle", 422)), told
    if media == "application/problem+json" and told and answer.headers["content-encoding"] is None:
        assert json.loads(told)["status"] == answer.status
