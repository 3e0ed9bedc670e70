"""The SPARQL 1.1 Protocol, Graph Store Protocol and Service Description, against a live server.

The cases are data (README.md beside them tells how they are written), so that others can run them
too: set ``PROTOCOL_URL`` to a server's address, and ``PROTOCOL_KEY`` to a key, to run them there.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import RDF

import kg
from api.auth.access import Access
from api.command import start
from api.settings import Settings
from kg.access.own import OWN

HERE = Path(__file__).parent
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
PARSERS = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
}
Case = dict[str, Any]


def cases(name: str) -> list[Case]:
    found: list[Case] = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))["case"]
    return found


SUITES = {name: cases(name) for name in ("query", "update", "graphs", "description")}
TABLES = tomllib.loads((HERE / "negotiation.toml").read_text("utf-8"))["table"]


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()

    @property
    def graph(self) -> rdflib.Graph:
        return rdflib.Graph().parse(data=self.body, format=PARSERS[self.media])


@dataclass
class Server:
    """Where requests go, and the words that stand for addresses.

    :param key: sent with every request; ``None`` for no key.
    """

    url: str
    key: str | None = None
    words: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        data = {f"data{n}": f"http://data.example/data{n}.rdf" for n in (1, 2, 3)}
        host = urlsplit(self.url).netloc
        self.words |= {"host": host, **{n: f"{self.url}{n}" for n in ("sparql", "update", "graphs")}, **data}

    def told(self, text: str) -> str:
        return re.sub(r"\$([a-z]+\d?)", lambda m: self.words.get(m[1], m[0]), text)

    def send(self, step: Case) -> Answer:
        """Send exactly what a step says, and no header beside."""
        target = self.told(step.get("target", "$sparql")).removeprefix(self.url.rstrip("/"))
        pairs = [(n, self.told(v)) for n, v in step.get("params", [])]
        if pairs:
            target += ("&" if "?" in target else "?") + urlencode(pairs)
        headers = {n: self.told(v) for n, v in step.get("headers", {}).items()}
        body = self._body(step, headers)
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        method = step.get("method", "POST" if "form" in step else "GET")
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True, skip_host="Host" in headers)
            if body is not None and "Content-Length" not in headers:
                headers["Content-Length"] = str(len(body))
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            got = connection.getresponse()
            return Answer(got.status, {n.lower(): v for n, v in got.getheaders()}, got.read())
        finally:
            connection.close()

    def _body(self, step: Case, headers: dict[str, str]) -> bytes | None:
        if "form" in step:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            return "&".join(f"{quote_plus(n)}={quote_plus(self.told(v))}" for n, v in step["form"]).encode()
        if "body" not in step:
            return None
        text = self.told(step["body"])
        return (text.replace("\n", "\r\n") if step.get("crlf") else text).encode(step.get("encoding", "utf-8"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a workspace of profile open with three graphs in it."""
    given = os.environ.get("PROTOCOL_URL")
    if given:
        yield _filled(Server(given, os.environ.get("PROTOCOL_KEY")))
        return
    with kg.init(tmp_path_factory.mktemp("open") / "w", profile="open") as workspace:
        Access.of(workspace, Settings()).own_key()
        key = (workspace.path / OWN).read_text("utf-8").strip()
        with start(workspace) as running:
            yield _filled(Server(running.url, key))


def _filled(server: Server) -> Server:
    document = "http://xmlns.com/foaf/0.1/Document"
    graphs = " ".join(f"GRAPH <{g}> {{ <{g}> a <{document}> }}" for n, g in server.words.items() if "data" in n)
    answer = server.send({"target": "$update", "form": [["update", f"INSERT DATA {{ {graphs} }}"]]})
    assert 200 <= answer.status < 300, answer.body
    return server


def test_the_suites_are_whole() -> None:
    """No case is left out without a word."""
    counted = {name: (len(found), sum(len(c["step"]) for c in found)) for name, found in SUITES.items()}
    assert counted == {"query": (42, 55), "update": (28, 55), "graphs": (37, 85), "description": (5, 11)}
    assert {t["name"]: len(t["asks"]) for t in TABLES} == {"select": 19, "ask": 6, "construct": 14, "describe": 4}
    names = [c["name"] for found in SUITES.values() for c in found]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("suite", "case"),
    [pytest.param(suite, case, id=f"{suite}-{case['name']}") for suite, found in SUITES.items() for case in found],
)
def test_case(server: Server, suite: str, case: Case) -> None:
    for number, step in enumerate(case["step"], start=1):
        answer = server.send(step)
        told = f"step {number}: {answer.status} {answer.headers} {answer.body[:600]!r}"
        faults = list(judge(server, step, answer))
        assert not faults, f"{faults}; {told}"
        if step.get("location"):
            server.words["new"] = answer.headers["location"]
        if step.get("keep"):
            server.words["etag"] = answer.headers["etag"]


@pytest.mark.parametrize("table", [pytest.param(t, id=t["name"]) for t in TABLES])
@pytest.mark.parametrize("way", ["get", "form"])
def test_negotiation(server: Server, table: Case, way: str) -> None:
    wrong = []
    for accept, right in table["asks"]:
        step: Case = {"headers": {"Accept": accept} if accept else {}}
        step["params" if way == "get" else "form"] = [["query", table["query"]]]
        answer = server.send(step)
        got = answer.media if answer.status == 200 else answer.status
        if got != right or ("accept" not in answer.headers.get("vary", "").lower() and answer.status == 200):
            wrong.append((accept, right, got))
    assert not wrong


# ---- judging


def judge(server: Server, step: Case, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer."""
    wanted = step["status"]
    good = str(answer.status)[0] + "xx" == wanted if isinstance(wanted, str) else answer.status in wanted
    if not good:
        yield f"status {answer.status}, not {wanted}"
        return
    yield from _headers(step, answer)
    yield from _body(server, step, answer)
    if step.get("length_of_get"):
        whole = server.send({**step, "method": "GET"})
        if whole.headers.get("content-length") != answer.headers.get("content-length"):
            yield "the length is not that of GET"


def _headers(step: Case, answer: Answer) -> Iterator[str]:
    if "types" in step and answer.media not in step["types"]:
        yield f"media type {answer.media}"
    allowed = {m.strip() for m in answer.headers.get("allow", "").split(",")}
    if not set(step.get("allow", [])) <= allowed:
        yield f"Allow is {allowed}"
    for name in [*step.get("has", []), *(["Location"] if step.get("location") else [])]:
        if not answer.headers.get(name.lower()):
            yield f"there is no {name}"
    for name, pattern in step.get("matches", {}).items():
        if not re.fullmatch(pattern, answer.headers.get(name.lower(), "")):
            yield f"{name} is {answer.headers.get(name.lower())}"


def _body(server: Server, step: Case, answer: Answer) -> Iterator[str]:
    if "truth" in step and truth(answer) is not step["truth"]:
        yield f"the answer is {truth(answer)}"
    if "rows" in step and len(json.loads(answer.body)["results"]["bindings"]) != step["rows"]:
        yield "the number of rows"
    if "graph" in step and not isomorphic(
        answer.graph, rdflib.Graph().parse(data=server.told(step["graph"]), format="turtle")
    ):
        yield "the graph is another"
    if "graph_size" in step and len(answer.graph) != step["graph_size"]:
        yield f"{len(answer.graph)} triples"
    if step.get("empty") and answer.body:
        yield "there is a body"
    if "contains" in step and step["contains"] not in answer.body.decode("utf-8"):
        yield "the words are not there"
    if step.get("problem"):
        yield from _problem(answer)
    if "describes" in step:
        yield from _description(server, step, answer)


def truth(answer: Answer) -> bool | None:
    if answer.media.endswith("json"):
        found = json.loads(answer.body).get("boolean")
        return found if isinstance(found, bool) else None
    element = ElementTree.fromstring(answer.body).find("{http://www.w3.org/2005/sparql-results#}boolean")
    return None if element is None else element.text == "true"


def _problem(answer: Answer) -> Iterator[str]:
    if answer.media != "application/problem+json":
        yield f"no problem, but {answer.media}"
        return
    problem = json.loads(answer.body)
    if problem["status"] != answer.status or not problem["detail"] or not problem["code"]:
        yield "the problem does not tell what is wrong"


def _description(server: Server, step: Case, answer: Answer) -> Iterator[str]:
    graph = answer.graph
    services = list(graph.subjects(RDF.type, SD.Service))
    if len(services) != 1:
        yield f"{len(services)} services"
        return
    endpoint = step["describes"] if isinstance(step["describes"], str) else server.words["sparql"]
    if list(graph.objects(services[0], SD.endpoint)) != [rdflib.URIRef(endpoint)]:
        yield f"the endpoint is {list(graph.objects(services[0], SD.endpoint))}"
    for language in (SD.SPARQL11Query, SD.SPARQL11Update):
        if (services[0], SD.supportedLanguage, language) not in graph:
            yield f"no {language}"
    if (services[0], SD.feature, SD.UnionDefaultGraph) in graph:
        yield "the default graph is no union here"
    for dataset in graph.objects(services[0], SD.defaultDataset):
        named = list(graph.objects(dataset, SD.namedGraph))
        names = {str(n) for g in named for n in graph.objects(g, SD.name)}
        if (dataset, RDF.type, SD.Dataset) not in graph or not {server.words[f"data{n}"] for n in (1, 2, 3)} <= names:
            yield "the dataset is not told"
        if any(len(list(graph.objects(g, SD.name))) != 1 for g in named):
            yield "a named graph without its name"
    for subject, predicate in ((s, p) for s, p, _ in graph if str(p).startswith(str(SD))):
        if not KNOWN.fullmatch(str(predicate).removeprefix(str(SD))):
            yield f"{subject} has an unknown property {predicate}"


KNOWN = re.compile(
    "endpoint|feature|defaultEntailmentRegime|supportedEntailmentProfile|entailmentRegime|extensionFunction|"
    "extensionAggregate|languageExtension|supportedLanguage|propertyFeature|defaultDataset|availableGraphs|"
    "resultFormat|inputFormat|defaultGraph|namedGraph|name|graph"
)
"""The properties of the Service Description vocabulary."""
