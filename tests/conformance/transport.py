"""The ways on which the cases go: the engine itself, our pieces in process, a workspace, HTTP."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
    serialize,
)

import kg
from kg.errors import KgError, QueryError
from kg.sparql.ledger import MARKS, follow
from kg.sparql.update import evaluate

AGENT = "https://w3id.org/stemma/agent/conformance"
_RESULTS = {"json": QueryResultsFormat.JSON, "csv": QueryResultsFormat.CSV, "tsv": QueryResultsFormat.TSV}
_MEDIA = {"json": "application/sparql-results+json", "csv": "text/csv", "tsv": "text/tab-separated-values"}
_PROLOGUE = re.compile(r"(?:\s|#[^\n]*\n|BASE\s*<[^>]*>|PREFIX\s*[^\s:]*:\s*<[^>]*>)*", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """An answer as it came: ``rows`` in a format, ``truth`` as JSON, or a ``graph`` as N-Triples."""

    kind: str
    format: str
    body: bytes


class Rejected(Exception):
    """The other side did not take a text, or could not do what it asks for."""

    @property
    def syntax(self) -> bool:
        """Whether it was told that the text is no SPARQL."""
        return "this is no SPARQL" in str(self)

    @property
    def failed(self) -> bool:
        """Whether it was told that the text was read, and then failed."""
        return any(told in str(self) for told in ("failed: ", "there is no such graph", "is there already"))


class Transport(Protocol):
    """A way to a store that holds the data of one case at a time."""

    def load(self, quads: Iterable[Quad]) -> None:
        """Hold these quads and no others."""

    def query(self, text: str, base: str, rows: str) -> Answer:
        """Answer a query."""

    def update(self, text: str, base: str) -> None:
        """Do an update."""

    def check_update(self, text: str, base: str) -> None:
        """Read an update; it may be done."""

    def quads(self) -> list[Quad]:
        """All that is held."""


class Engine:
    """pyoxigraph in process: the measure."""

    def __init__(self) -> None:
        self.store = Store()

    def load(self, quads: Iterable[Quad]) -> None:
        self.store = Store()
        self.store.extend(quads)

    def query(self, text: str, base: str, rows: str) -> Answer:
        try:
            answer = self.store.query(text, base_iri=base)
            if isinstance(answer, QueryBoolean):
                return Answer("truth", "json", answer.serialize(format=QueryResultsFormat.JSON) or b"")
            if isinstance(answer, QuerySolutions):
                return Answer("rows", rows, answer.serialize(format=_RESULTS[rows]) or b"")
            return Answer("graph", "nt", serialize(dict.fromkeys(answer), format=RdfFormat.N_TRIPLES) or b"")
        except (SyntaxError, RuntimeError, ValueError, OSError) as e:
            raise _rejected(e) from None

    def update(self, text: str, base: str) -> None:
        try:
            self.store.update(text, base_iri=base)
        except (SyntaxError, RuntimeError, ValueError, OSError) as e:
            raise _rejected(e) from None

    def check_update(self, text: str, base: str) -> None:
        """Read all of it and run none of it: an operation that fails stands before it."""
        place = _PROLOGUE.match(text)
        assert place is not None
        try:
            self.update(f"{text[: place.end()]} DROP GRAPH <urn:never> ; {text[place.end() :]}", base)
        except Rejected as e:
            if e.syntax:
                raise

    def quads(self) -> list[Quad]:
        return list(self.store)


class Pieces(Engine):
    """Queries by the engine, updates as the quads that :func:`kg.sparql.update.evaluate` finds."""

    def update(self, text: str, base: str) -> None:
        try:
            removes, adds = evaluate(self.store, text, base=base)
        except QueryError as e:
            raise Rejected(str(e)[:300]) from None
        follow(self.store, *(parse(input="".join(lines), format=RdfFormat.N_QUADS) for lines in (removes, adds)))

    def check_update(self, text: str, base: str) -> None:
        self.update(text, base)


class InWorkspace:
    """An open workspace of profile ``open``: its workers, its door and its journal."""

    def __init__(self, workspace: kg.Workspace) -> None:
        self.workspace = workspace

    def load(self, quads: Iterable[Quad]) -> None:
        self.update("DROP ALL", "http://example.org/")
        held = list(quads)
        if held:
            self.workspace.quads.add(held, agent=AGENT, why="conformance")

    def query(self, text: str, base: str, rows: str) -> Answer:
        try:
            answer = self.workspace.quads.ask(text, rows=rows, base=base)
        except KgError as e:
            raise Rejected(str(e)[:300]) from None
        return Answer(answer.kind, "json" if answer.kind == "truth" else answer.format, answer.body.read())

    def update(self, text: str, base: str) -> None:
        try:
            self.workspace.quads.update(text, agent=AGENT, base=base)
        except KgError as e:
            raise Rejected(str(e)[:300]) from None

    def check_update(self, text: str, base: str) -> None:
        self.update(text, base)

    def quads(self) -> list[Quad]:
        own = self.workspace.iris.of("graph", "")
        return [q for q in self.workspace.store.quads() if not str(q.graph_name).startswith((f"<{own}", f"{MARKS}"))]


class Http:
    """A server of a workspace of profile ``open``, by the SPARQL 1.1 Protocol.

    :param home: its address, ending in ``/``.
    :param key: a key that may write.
    """

    def __init__(self, home: str, key: str) -> None:
        self.home, self.key = home, key

    def load(self, quads: Iterable[Quad]) -> None:
        self.update("DROP ALL", "")
        graphs: dict[str, list[Quad]] = {}
        for q in quads:
            name = "default" if isinstance(q.graph_name, DefaultGraph) else f"graph={_quoted(q.graph_name.value)}"
            graphs.setdefault(name, []).append(Quad(q.subject, q.predicate, q.object))
        for name, held in graphs.items():
            body = serialize(held, format=RdfFormat.N_TRIPLES) or b""
            self._send(f"graphs?{name}", body, {"Content-Type": "application/n-triples"}, "PUT")

    def query(self, text: str, base: str, rows: str) -> Answer:
        accept = f"{_MEDIA[rows]}, application/sparql-results+json;q=0.9, application/n-triples;q=0.8"
        headers = {"Content-Type": "application/sparql-query", "Accept": accept}
        media, body = self._send("sparql", _based(text, base).encode(), headers)
        if media == "application/n-triples":
            return Answer("graph", "nt", body)
        return Answer("rows", next(f for f, m in _MEDIA.items() if m == media), body)

    def update(self, text: str, base: str) -> None:
        self._send("update", _based(text, base).encode(), {"Content-Type": "application/sparql-update"})

    def check_update(self, text: str, base: str) -> None:
        self.update(text, base)

    def quads(self) -> list[Quad]:
        graphs = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
        listed = json.loads(self.query(graphs, "", "json").body)["results"]["bindings"]
        found: list[Quad] = []
        for name in (None, *(row["g"]["value"] for row in listed)):
            place = f"graphs?graph={_quoted(name)}" if name else "graphs?default"
            _, body = self._send(place, None, {"Accept": "application/n-triples"}, "GET")
            for q in parse(input=body, format=RdfFormat.N_TRIPLES):
                found.append(Quad(q.subject, q.predicate, q.object, NamedNode(name) if name else DefaultGraph()))
        return found

    def _send(self, place: str, body: bytes | None, headers: dict[str, str], method: str = "POST") -> tuple[str, bytes]:
        headers = {**headers, "Authorization": f"Bearer {self.key}"}
        request = urllib.request.Request(self.home + place, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.headers.get_content_type(), answer.read()
        except urllib.error.HTTPError as e:
            told = e.read().decode("utf-8", "replace")
            raise Rejected(f"{e.code} {told[:400]}") from None


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _based(text: str, base: str) -> str:
    """A text with its base, which the protocol has no other place for."""
    return f"BASE <{base}>\n{text}" if base else text


def _rejected(error: Exception) -> Rejected:
    told = "this is no SPARQL" if isinstance(error, SyntaxError) else "it failed"
    return Rejected(f"{told}: {str(error)[:300]}")
