"""A question answered inside a worker: the engine's own bytes, counted as they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    Store,
    Triple,
    serialize,
)

from kg.sparql.answer import GRAPHS, PREFIXED, ROWS

_BUFFER = 1 << 16
_ROW_ENDS: Mapping[str, tuple[int, tuple[bytes, ...]]] = {
    "json": (1, (b'"}},{', b"{},")),
    "xml": (0, (b"<result>",)),
    "csv": (-1, (b"\r\n",)),
    "tsv": (-1, (b"\n",)),
}
"""What stands once for each row but the first, or for the header too. In JSON a row without values is
``{}``; in CSV a line break in a text counts."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query as a worker gets it.

    :param rows: format of rows and truths; ``graph`` of triples; ``None`` if that kind is not wanted.
    :param default: the graphs of the protocol's dataset, or ``None`` if it names none.
    :param union: whether the default graph is otherwise the union of all graphs.
    :param most_rows: most rows or triples; ``most_bytes``: longest answer.
    :param base: what relative IRIs are resolved against.
    """

    text: str
    rows: str | None
    graph: str | None
    default: tuple[str, ...] | None
    named: tuple[str, ...]
    union: bool
    most_rows: int
    most_bytes: int
    base: str | None = None

    def dataset(self) -> dict[str, Any]:
        """The dataset in the engine's words."""
        if self.default is None:
            return {"use_default_graph_as_union": True} if self.union else {}
        return {
            "default_graph": [NamedNode(g) if g else DefaultGraph() for g in self.default],
            "named_graphs": [NamedNode(g) for g in self.named],
        }


class TooMuch(Exception):
    """The answer is over a cap: ``rows`` or ``bytes``."""


class Unwanted(Exception):
    """The answer is of a kind for which no format was asked: ``rows``, ``truth`` or ``graph``."""


class Spout:
    """Takes the bytes of an answer and passes them on in larger parts.

    :param give: takes a part.
    :param first: how many rows there are before the first end; ``ends``: what stands once for each row.
    """

    def __init__(
        self, give: Callable[[bytes], None], question: Question, first: int = 0, ends: tuple[bytes, ...] = ()
    ) -> None:
        self._give, self._question, self._ends = give, question, ends
        self._carried = [b""] * len(ends)
        self._parts: list[bytes] = []
        self._held = self.length = 0
        self._rows = first

    def write(self, part: bytes) -> int:
        """Take some bytes.

        :raises TooMuch: if it is over a cap.
        """
        self.length += len(part)
        if self.length > self._question.most_bytes:
            raise TooMuch("bytes")
        for place, end in enumerate(self._ends):
            seen = self._carried[place] + part
            self._rows += seen.count(end)
            self._carried[place] = seen[len(seen) - len(end) + 1 :]
        if self._rows > self._question.most_rows:
            raise TooMuch("rows")
        self._parts.append(part)
        self._held += len(part)
        if self._held >= _BUFFER:
            self._give(self.rest())
        return len(part)

    def flush(self) -> None:
        """Nothing: parts leave when they are large enough."""

    def rest(self) -> bytes:
        """What was taken and not yet passed on."""
        held, self._parts, self._held = b"".join(self._parts), [], 0
        return held


def evaluate(
    store: Store, question: Question, prefixes: dict[str, str], give: Callable[[bytes], None]
) -> tuple[bytes, dict[str, Any]]:
    """Answer a query.

    :param give: takes what leaves early of a long answer.
    :returns: the last part, and what is to be told of the answer.
    :raises SyntaxError: if the text is no query.
    :raises TooMuch: if the answer is over a cap.
    :raises Unwanted: if no format for this kind of answer was asked.
    """
    result = store.query(question.text, base_iri=question.base, prefixes=prefixes, **question.dataset())
    if isinstance(result, QueryTriples):
        return _triples(result, question, prefixes, give)
    kind = "truth" if isinstance(result, QueryBoolean) else "rows"
    if question.rows is None:
        raise Unwanted(kind)
    spout = Spout(give, question, *(_ROW_ENDS[question.rows] if kind == "rows" else ()))
    result.serialize(spout, format=ROWS[question.rows])  # type: ignore[arg-type]
    variables = [v.value for v in result.variables] if isinstance(result, QuerySolutions) else []
    return spout.rest(), {"kind": kind, "format": question.rows, "variables": variables}


def _triples(
    result: QueryTriples, question: Question, prefixes: dict[str, str], give: Callable[[bytes], None]
) -> tuple[bytes, dict[str, Any]]:
    if question.graph is None:
        raise Unwanted("graph")
    spout = Spout(give, question)
    names = prefixes if question.graph in PREFIXED else None
    serialize(_distinct(result, question.most_rows), spout, GRAPHS[question.graph], prefixes=names)  # type: ignore[arg-type]
    return spout.rest(), {"kind": "graph", "format": question.graph, "variables": []}


def _distinct(triples: QueryTriples, most: int) -> Iterator[Triple]:
    """Each triple once; the engine gives one as often as the pattern matches."""
    seen: set[Triple] = set()
    for triple in triples:
        if triple not in seen:
            if len(seen) >= most:
                raise TooMuch("rows")
            seen.add(triple)
            yield triple
