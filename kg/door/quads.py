"""Quads that go and come in a workspace that admits any RDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg.door.payload import odd_term
from kg.model.iris import Iris
from kg.report import Finding, Report
from kg.sparql.ledger import MARKS, mark
from kg.store.base import Store
from kg.store.plan import QuadChange


def quad_change(
    removes: Iterable[str], adds: Iterable[str], store: Store, iris: Iris, *, agent: str, why: str, base: int
) -> QuadChange:
    """The change that quads ask for: what is there goes, what is not there comes.

    :param removes: N-Quads lines; ``adds``: likewise, as the store keeps them.
    :param store: what there is now.
    :param base: number of the commit on which they were found.
    :raises Refused: if a quad is not of RDF 1.1, or lies where the workspace keeps its own.
    """
    gone, come = read(removes), read(adds)
    findings = [f for q in (*gone, *come) if (f := _wrong(q, iris)) is not None]
    Report.of(findings[:100]).raise_for_violations()
    there = [q for q in gone if store.has(q)]
    new = [q for q in come if not store.has(q)]
    return QuadChange(_lines(there), _lines(new), agent, why, base)


def read(lines: Iterable[str]) -> Sequence[Quad]:
    """N-Quads lines as quads; blank nodes keep their labels."""
    return list(dict.fromkeys(parse(input="".join(lines), format=RdfFormat.N_QUADS)))


def _wrong(quad: Quad, iris: Iris) -> Finding | None:
    told = odd_term(quad)
    if told:
        return Finding("term-kind", told, value=str(quad)[:120])
    graph = quad.graph_name
    own = isinstance(graph, NamedNode) and graph.value.startswith(iris.of("graph", ""))
    if own or (graph == MARKS and quad != mark(quad.subject)):  # type: ignore[arg-type]
        message = "this graph is the workspace's own"
        return Finding("graph-reserved", message, about=str(graph), value=str(quad)[:120], hint="Use another name.")
    return None


def _lines(quads: Iterable[Quad]) -> tuple[str, ...]:
    return tuple(sorted(f"{q} .\n" for q in quads))
