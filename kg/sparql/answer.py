"""What is asked of the query workers, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypedDict

from pyoxigraph import QueryResultsFormat, RdfFormat

if TYPE_CHECKING:
    from kg.store.journal import Entry

ROWS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
"""Formats of rows and truths (SPARQL 1.1 Query Results)."""

GRAPHS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
}
"""Formats of triples."""

PREFIXED = frozenset({"ttl", "rdf", "trig"})
"""The formats of triples that shorten IRIs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may cost.

    :param deadline: seconds from its arrival, waiting included.
    :param memory: bytes beyond what an idle worker holds.
    :param rows: most rows, or distinct triples, of the answer.
    :param bytes: longest answer.
    """

    deadline: float = 10.0
    memory: int = 1 << 30
    rows: int = 1_000_000
    bytes: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that the protocol names (SPARQL 1.1 Protocol, section 2.1.4).

    :param default: IRIs whose merge is the default graph.
    :param named: IRIs of the named graphs. With both empty it is what the query or the profile says.
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class Asking(TypedDict, total=False):
    """How a question is asked, beside its text. See :meth:`kg.sparql.pool.Pool.ask`."""

    dataset: Dataset
    rows: str | None
    graph: str | None
    limits: Limits
    stale: bool
    min_commit: int | None
    base: str | None


@dataclass(frozen=True, slots=True)
class At:
    """An earlier state to ask.

    :param number: the commit it is as of.
    :param back: gives, for the number ``n`` of a later commit, the commits from ``n`` down to
        ``number + 1``, newest first.
    """

    number: int
    back: Callable[[int], Iterable[Entry]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; one that is cut off is never given out.

    :param kind: ``rows``, ``truth`` or ``graph``.
    :param format: a key of :data:`ROWS` or :data:`GRAPHS`.
    :param body: its bytes, from the start; on disk if they are many. Close it.
    :param length: how many bytes.
    :param commit: the number of the commit it is as of.
    :param variables: of rows, in order.
    """

    kind: str
    format: str
    body: IO[bytes]
    length: int
    commit: int
    variables: tuple[str, ...] = ()

    def read(self) -> bytes:
        """The whole body at once, which closes it."""
        with self.body:
            return self.body.read()


@dataclass(frozen=True, slots=True)
class Delta:
    """What an update comes down to: sorted N-Quads lines, net.

    :param removes: lines that stand in the store and are to go.
    :param adds: lines that do not stand there and are to come.
    :param number: the commit that it was evaluated on.
    """

    removes: tuple[str, ...]
    adds: tuple[str, ...]
    number: int
