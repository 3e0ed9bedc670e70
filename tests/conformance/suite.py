"""The cases of a W3C SPARQL test suite, read from its manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
HOME = "https://w3c.github.io/rdf-tests/sparql/sparql11/"

KINDS = {
    MF + "QueryEvaluationTest": "query",
    MF + "CSVResultFormatTest": "csv",
    MF + "PositiveSyntaxTest11": "good query",
    MF + "NegativeSyntaxTest11": "bad query",
    MF + "UpdateEvaluationTest": "update",
    MF + "PositiveUpdateSyntaxTest11": "good update",
    MF + "NegativeUpdateSyntaxTest11": "bad update",
}


@dataclass(frozen=True)
class Data:
    """A file of RDF, and the graph it is: an IRI, or ``None`` for the default graph."""

    file: Path
    base: str
    graph: str | None


@dataclass(frozen=True)
class Case:
    """One case: a text, the data it runs on, and what must come of it.

    :param base: IRI of the text, against which its relative IRIs are resolved.
    :param result: the rows or the graph that a query answers with.
    :param after: what an update leaves.
    """

    iri: str
    name: str
    kind: str
    text: str
    base: str
    before: tuple[Data, ...] = ()
    result: Data | None = None
    after: tuple[Data, ...] = ()

    def __str__(self) -> str:
        return self.iri.rsplit("/tests/", 1)[-1]


def cases(folder: Path) -> list[Case]:
    """Every case that a manifest below a folder lists, in order.

    :raises FileNotFoundError: if there is no manifest.
    """
    found = [case for path in sorted(folder.rglob("manifest.ttl")) for case in _Manifest(path, folder).cases()]
    if not found:
        raise FileNotFoundError(f"no manifest lists a case below {folder}")
    return found


class _Manifest:
    def __init__(self, path: Path, folder: Path) -> None:
        self.folder = path.parent
        self.base = urljoin(HOME, path.relative_to(folder).as_posix())
        self.graph = Graph().parse(path, format="turtle", publicID=self.base)

    def cases(self) -> Iterator[Case]:
        for head in self.graph.objects(None, URIRef(MF + "entries")):
            for entry in Collection(self.graph, head):
                kind = KINDS.get(str(self.graph.value(entry, RDF.type)))
                if kind is None:
                    raise ValueError(f"{entry} is a case of an unknown kind")
                yield self._case(entry, kind)

    def _case(self, entry: Node, kind: str) -> Case:
        action = self._of(entry, MF + "action")
        result = self._of(entry, MF + "result")
        assert action is not None
        request = self._of(action, QT + "query") or self._of(action, UT + "request") or action
        updates = kind == "update"
        answer = self._data(result, None) if result is not None and kind in ("query", "csv") else None
        return Case(
            iri=str(entry),
            name=str(self._of(entry, MF + "name") or entry),
            kind=kind,
            text=self._file(request).read_text("utf-8"),
            base=str(request),
            before=tuple(self._dataset(action, UT if updates else QT)),
            result=answer,
            after=tuple(self._dataset(result, UT)) if updates and result is not None else (),
        )

    def _dataset(self, node: Node, namespace: str) -> Iterator[Data]:
        for data in self.graph.objects(node, URIRef(namespace + "data")):
            yield self._data(data, None)
        for data in self.graph.objects(node, URIRef(namespace + "graphData")):
            file = self._of(data, UT + "graph") or self._of(data, QT + "graph")
            label = self.graph.value(data, RDFS.label)
            yield self._data(file or data, str(label or file or data))

    def _data(self, file: Node, graph: str | None) -> Data:
        return Data(self._file(file), str(file), graph)

    def _file(self, node: Node) -> Path:
        return self.folder / str(node).removeprefix(self.base.rsplit("/", 1)[0] + "/")

    def _of(self, node: Node, predicate: str) -> Node | None:
        return self.graph.value(node, URIRef(predicate))
