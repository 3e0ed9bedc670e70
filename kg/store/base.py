"""What a store must do. One behaviour suite runs against every one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples

from kg.model.values import Atom

Answer = QuerySolutions | QueryBoolean | QueryTriples


class Store(Protocol):
    """Quads in named graphs, with SPARQL over their union."""

    def quads(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Atom | BlankNode | None = None,
        graph: NamedNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """The quads that match; ``None`` matches anything."""

    def lines_of(self, graphs: Iterable[str]) -> str:
        """What stands in some graphs, as lines of N-Triples without their graphs, in no order.

        Many are read by one call of the engine, while other threads go on.
        """

    def has(self, quad: Quad) -> bool:
        """Whether a quad is there."""

    def apply(self, removes: Iterable[Quad], adds: Iterable[Quad]) -> None:
        """Remove and add quads, all or nothing."""

    def query(self, text: str, prefixes: Mapping[str, str] | None = None) -> Answer:
        """Answer a SPARQL query; the default graph is the union of all graphs.

        :param prefixes: what the query need not declare.
        :raises QueryError: if the text is no query, or fails.
        """

    def load(self, quads: Iterable[Quad]) -> None:
        """Add many quads fast."""

    def load_lines(self, lines: Iterable[str]) -> None:
        """Add many N-Quads lines fast; they hold no blank nodes."""

    def check_room(self, size: int) -> None:
        """Whether there is room for so many bytes of quads.

        :raises WorkspaceFull: if there is not.
        """

    def reopen(self) -> None:
        """Be able to write again, after a write that failed for want of room.

        :raises WorkspaceFull: if there is still none; reading goes on.
        """

    def flush(self) -> None:
        """Write out what is still in memory."""

    def close(self) -> None:
        """Let go of the files."""
