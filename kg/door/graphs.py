"""The Graph Store Protocol's verbs as quads that go and come.

A graph is there if it holds quads, or if it was made empty (:func:`kg.sparql.ledger.mark`); the
default graph, ``None`` here, is always there. Nothing is written.
(SPARQL 1.1 Graph Store HTTP Protocol, section 5.)
"""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.sparql.ledger import mark
from kg.store.base import Store

Lines = tuple[str, ...]


def graph_quads(store: Store, graph: str | None) -> list[Quad] | None:
    """The quads of a graph, or ``None`` if there is no such graph.

    :param graph: its IRI, or ``None`` for the default graph.
    """
    found = list(store.quads(graph=_name(graph)))
    if found or graph is None or _marked(store, NamedNode(graph)):
        return found
    return None


def put_graph(store: Store, graph: str | None, quads: Iterable[Quad]) -> tuple[Lines, Lines]:
    """What goes and what comes when a graph shall hold these quads and no others."""
    return _change(store, graph, quads, keep=False)


def post_graph(store: Store, graph: str | None, quads: Iterable[Quad]) -> tuple[Lines, Lines]:
    """What comes when a graph shall hold these quads too."""
    return _change(store, graph, quads, keep=True)


def delete_graph(store: Store, graph: str | None) -> tuple[Lines, Lines] | None:
    """What goes when a graph goes, or ``None`` if there is no such graph."""
    found = graph_quads(store, graph)
    if found is None:
        return None
    marked = [mark(NamedNode(graph))] if graph is not None and _marked(store, NamedNode(graph)) else []
    return lines([*found, *marked]), ()


def put_quads(store: Store, quads: Iterable[Quad]) -> tuple[Lines, Lines]:
    """What comes when a store shall hold these quads of any graphs too."""
    new = [q for q in dict.fromkeys(quads) if not store.has(q)]
    named = {q.graph_name for q in new if isinstance(q.graph_name, NamedNode)}
    return lines(mark(g) for g in named if _marked(store, g)), lines(new)


def lines(quads: Iterable[Quad]) -> Lines:
    """Quads as sorted canonical N-Quads lines."""
    return tuple(sorted(f"{q} .\n" for q in quads))


def _change(store: Store, graph: str | None, quads: Iterable[Quad], *, keep: bool) -> tuple[Lines, Lines]:
    name = _name(graph)
    wanted = {Quad(q.subject, q.predicate, q.object, name) for q in quads}
    held = set(store.quads(graph=name))
    gone, come = set() if keep else held - wanted, wanted - held
    if isinstance(name, NamedNode):
        empty = not (wanted or (keep and held))
        marked = _marked(store, name)
        gone |= {mark(name)} if marked and not empty else set()
        come |= {mark(name)} if empty and not marked else set()
    return lines(gone), lines(come)


def _marked(store: Store, graph: NamedNode) -> bool:
    return store.has(mark(graph))


def _name(graph: str | None) -> NamedNode | DefaultGraph:
    return DefaultGraph() if graph is None else NamedNode(graph)
