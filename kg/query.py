"""SPARQL answers as values: rows, a truth, or triples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import (
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
    serialize,
)

from kg.errors import UsageError
from kg.schema.names import XSD
from kg.schema.prefixes import Prefixes
from kg.sparql.answer import Answer

RESULTS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
"""Formats of rows and truths (SPARQL 1.1 Query Results)."""

GRAPHS = {"ttl": RdfFormat.TURTLE, "nt": RdfFormat.N_TRIPLES, "jsonld": RdfFormat.JSON_LD, "rdf": RdfFormat.RDF_XML}
"""Formats of triples."""

_NUMBERS = {XSD + "integer": int, XSD + "decimal": float, XSD + "double": float, XSD + "float": float}


@dataclass(frozen=True)
class Result:
    """The answer to one query, read out of the store once."""

    kind: str
    variables: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truth: bool | None = None
    triples: tuple[Triple, ...] = ()
    prefixes: Prefixes | None = None
    _json: bytes = b""

    @staticmethod
    def of(answer: Answer, prefixes: Prefixes) -> Result:
        """The answer of a worker, in JSON or N-Triples, as a value."""
        data = answer.read()
        if answer.kind == "graph":
            triples = tuple(q.triple for q in parse(input=data, format=RdfFormat.N_TRIPLES))
            return Result("graph", triples=triples, prefixes=prefixes)
        if answer.kind == "truth":
            return Result("truth", truth=bool(json.loads(data)["boolean"]), _json=data)
        return _rows(answer.variables, data)

    def serialize(self, format: str) -> bytes:
        """The answer in a format.

        :raises UsageError: if the format does not fit the kind of answer.
        """
        if self.kind == "graph":
            if format not in GRAPHS:
                raise UsageError("this query answers with triples", where=format, hint=f"Formats: {', '.join(GRAPHS)}.")
            names = self.prefixes.namespaces if self.prefixes and format in ("ttl", "rdf") else None
            return serialize(self.triples, format=GRAPHS[format], prefixes=names) or b""
        if format not in RESULTS:
            raise UsageError("this query answers with rows", where=format, hint=f"Formats: {', '.join(RESULTS)}.")
        if format == "json":
            return self._json
        answer = parse_query_results(input=self._json, format=QueryResultsFormat.JSON)
        return answer.serialize(format=RESULTS[format]) or b""

    def dicts(self) -> list[dict[str, Any]]:
        """The rows as plain mappings: IRIs and strings as text, numbers as numbers."""
        return [{v: _plain(t) for v, t in zip(self.variables, row, strict=True) if t is not None} for row in self.rows]

    def plain_rows(self) -> list[list[Any]]:
        """The rows as lists of plain values, ``None`` where unbound."""
        return [[None if t is None else _plain(t) for t in row] for row in self.rows]

    def frame(self) -> Any:
        """The rows as a pandas data frame; unbound is ``None``.

        :raises UsageError: if pandas is not installed, or the query is no SELECT.
        """
        if self.kind != "rows":
            raise UsageError("only a SELECT gives a frame")
        try:
            import pandas
        except ImportError:
            raise UsageError("pandas is not installed", hint="Install it: pip install 'stemma-kg[frame]'.") from None
        return pandas.DataFrame(self.plain_rows(), columns=list(self.variables))


def _rows(variables: Sequence[str], data: bytes) -> Result:
    again = parse_query_results(input=data, format=QueryResultsFormat.JSON)
    assert isinstance(again, QuerySolutions)
    rows = tuple(tuple(s[v] for v in variables) for s in again)
    return Result("rows", tuple(variables), rows, _json=data)


def _plain(term: Any) -> Any:
    datatype = getattr(term, "datatype", None)
    if datatype is not None and datatype.value in _NUMBERS:
        try:
            return _NUMBERS[datatype.value](term.value)
        except ValueError:  # a query can make what no number is
            return term.value
    if datatype is not None and datatype.value == XSD + "boolean":
        return term.value == "true"
    return term.value if hasattr(term, "value") else str(term)
