"""Whether a case passed.

Answers are compared as bags of rows or as graphs, up to the names of blank nodes, and literals by
their values: ``2.0`` and ``2`` are the same decimal.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
    parse_query_results,
)

from .suite import Case, Data
from .transport import Answer, Rejected, Transport

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_RDF = {".ttl": RdfFormat.TURTLE, ".rdf": RdfFormat.RDF_XML, ".nt": RdfFormat.N_TRIPLES}
_ROWS = {".srx": QueryResultsFormat.XML, ".srj": QueryResultsFormat.JSON, ".tsv": QueryResultsFormat.TSV}
_FORMATS = {"csv": QueryResultsFormat.CSV, "tsv": QueryResultsFormat.TSV, "json": QueryResultsFormat.JSON}

Row = dict[str, object]


@dataclass(frozen=True)
class Verdict:
    """What became of a case: ``passed``, or why not."""

    case: Case
    passed: bool
    told: str = ""


def run(case: Case, transport: Transport) -> Verdict:
    """Run one case."""
    try:
        told = _RUN[case.kind](case, transport)
    except Rejected as e:
        told = f"refused: {e}"
    return Verdict(case, not told, told)


def _query(case: Case, transport: Transport) -> str:
    transport.load(quads(case.before))
    assert case.result is not None
    rows = "tsv" if case.result.file.suffix == ".tsv" else "csv" if case.kind == "csv" else "json"
    return _differs(expected(case.result), found(transport.query(case.text, case.base, rows)))


def _update(case: Case, transport: Transport) -> str:
    transport.load(quads(case.before))
    transport.update(case.text, case.base)
    return "" if _same(quads(case.after), transport.quads()) else "another state is left"


def _good(case: Case, transport: Transport) -> str:
    """It is read; what it asks for may fail, such as dropping a graph that is not there."""
    try:
        _read_only(case, transport)
    except Rejected as e:
        return "" if e.failed else f"refused: {e}"
    return ""


def _bad(case: Case, transport: Transport) -> str:
    try:
        _read_only(case, transport)
    except Rejected as e:
        return "it was read" if e.failed else ""
    return "it was taken"


def _read_only(case: Case, transport: Transport) -> None:
    transport.load([])
    if case.kind.endswith("query"):
        transport.query(case.text, case.base, "json")
    else:
        transport.check_update(case.text, case.base)


_RUN = {
    "query": _query,
    "csv": _query,
    "update": _update,
    "good query": _good,
    "good update": _good,
    "bad query": _bad,
    "bad update": _bad,
}


# ---- what is expected and what is found, as quads that can be compared


def quads(files: Iterable[Data]) -> list[Quad]:
    """The quads of data files."""
    found: list[Quad] = []
    for data in files:
        parser = parse(path=str(data.file), format=_RDF[data.file.suffix], base_iri=data.base, rename_blank_nodes=True)
        name = NamedNode(data.graph) if data.graph else None
        found += [Quad(q.subject, q.predicate, q.object, name) if name else q for q in parser]
    return found


def expected(data: Data) -> list[Quad] | bool:
    """An answer that a file holds."""
    suffix = data.file.suffix
    if suffix == ".csv":
        return _csv(data.file.read_bytes())
    if suffix in _ROWS:
        return _read(data.file.read_bytes(), _ROWS[suffix])
    graph = quads([data])
    return _result_set(graph) if any(q.predicate.value == RS + "resultVariable" for q in graph) else graph


def found(answer: Answer) -> list[Quad] | bool:
    """An answer that came."""
    if answer.kind == "graph":
        return list(parse(input=answer.body, format=RdfFormat.N_TRIPLES))
    if answer.format == "csv":
        return _csv(answer.body)
    return _read(answer.body, _FORMATS[answer.format])


def _read(body: bytes, format: QueryResultsFormat) -> list[Quad] | bool:
    result = parse_query_results(input=body, format=format)
    if isinstance(result, QueryBoolean):
        return bool(result)
    assert isinstance(result, QuerySolutions)
    names = [v.value for v in result.variables]
    return _bag({n: s[n] for n in names if s[n] is not None} for s in result)


def _csv(body: bytes) -> list[Quad]:
    rows = csv.DictReader(io.StringIO(body.decode("utf-8")))
    return _bag({n: _cell(v) for n, v in row.items() if v} for row in rows)


def _cell(text: str) -> object:
    return BlankNode(text[2:]) if text.startswith("_:") else Literal(text)


def _result_set(graph: Sequence[Quad]) -> list[Quad]:
    """The rows of a result set that is written as RDF."""
    values = {(q.subject, q.predicate.value): q.object for q in graph}
    rows: list[Row] = []
    for solution in (q.object for q in graph if q.predicate.value == RS + "solution"):
        row: Row = {}
        for binding in (q.object for q in graph if q.subject == solution and q.predicate.value == RS + "binding"):
            name = values[binding, RS + "variable"]  # type: ignore[index]
            row[name.value] = values[binding, RS + "value"]  # type: ignore[index, union-attr]
        rows.append(row)
    return _bag(rows)


def _bag(rows: Iterable[Row]) -> list[Quad]:
    """Rows as quads: one new node a row, so that equal rows count as often as they come."""
    bag = []
    for i, row in enumerate(rows):
        node = BlankNode(f"row{i}of{id(rows)}")
        bag.append(Quad(node, NamedNode(RS + "solution"), Literal("")))
        bag += [Quad(node, NamedNode(f"{RS}{name}"), value) for name, value in row.items()]  # type: ignore[arg-type]
    return bag


def _differs(wanted: list[Quad] | bool, answer: list[Quad] | bool) -> str:
    if isinstance(wanted, bool) or isinstance(answer, bool):
        return "" if wanted == answer else f"{answer} instead of {wanted}"
    if _same(wanted, answer):
        return ""
    return f"{len(answer)} quads of an answer, not the same as the {len(wanted)} that are wanted"


def _same(one: Iterable[Quad], other: Iterable[Quad]) -> bool:
    sets = Dataset(_valued(one)), Dataset(_valued(other))
    for each in sets:
        each.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return sets[0] == sets[1]


def _valued(quads: Iterable[Quad]) -> Store:
    """Quads with each literal in the one spelling of its value."""
    store = Store()
    store.extend(quads)
    return store
