"""What an update has done so far, laid over a store that is as it was before and after.

The store is written only when a later operation must read what an earlier one did, and everything
written is taken back at the end. Named graphs are there or not by themselves, as the engine keeps
them: one comes with its first quad or with CREATE, and goes with DROP. As quads alone are journalled,
a graph that is there and empty is told by one quad, its *mark*, in a graph of marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

from kg.errors import QueryError

MARKS = NamedNode("https://w3id.org/stemma/ontology/emptyGraphs")
"""The graph of the marks of graphs that are there and empty."""
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_GRAPH = NamedNode("http://www.w3.org/ns/sparql-service-description#Graph")

GraphName = NamedNode | BlankNode | DefaultGraph


def mark(graph: NamedNode | BlankNode) -> Quad:
    """The quad that tells of an empty graph."""
    return Quad(graph, _TYPE, _GRAPH, MARKS)


def unmark(store: Store) -> None:
    """Make a private store show its empty graphs as such, not their marks."""
    for quad in list(store.quads_for_pattern(None, None, None, MARKS)):
        assert isinstance(quad.subject, NamedNode | BlankNode)
        store.add_graph(quad.subject)
    store.remove_graph(MARKS)


def follow(store: Store, removes: Iterable[Quad], adds: Iterable[Quad]) -> None:
    """Bring a private store, once unmarked, up to a commit.

    :param removes: the quads that went, marks among them; ``adds``: likewise those that came.
    """
    gone, come = list(removes), list(adds)
    for quad in gone:
        if quad.graph_name != MARKS:
            store.remove(quad)
    store.extend(q for q in come if q.graph_name != MARKS)
    for graph in {q.graph_name for q in gone if q.graph_name != MARKS} - {DefaultGraph()}:
        if not isinstance(graph, DefaultGraph) and _is_empty(store, graph):
            store.remove_graph(graph)
    for quad in gone:
        if quad.graph_name == MARKS and _is_empty(store, quad.subject):  # type: ignore[arg-type]
            store.remove_graph(quad.subject)  # type: ignore[arg-type]
    for quad in come:
        if quad.graph_name == MARKS:
            store.add_graph(quad.subject)  # type: ignore[arg-type]


class Ledger:
    """The net effect of operations on one store.

    :param store: private to the caller; :meth:`undo` gives it back as it was.
    :param most: how many quads may come and go at most.
    """

    def __init__(self, store: Store, most: int) -> None:
        self._store, self._most = store, most
        self._came: set[Quad] = set()
        self._gone: set[Quad] = set()
        self._put: set[Quad] = set()
        self._taken: set[Quad] = set()
        self._listed: dict[NamedNode | BlankNode, bool] = {}
        self._before: dict[NamedNode | BlankNode, tuple[bool, bool]] = {}

    # ---- changing

    def change(self, gone: Iterable[Quad], come: Iterable[Quad]) -> None:
        """Take quads away, then add quads.

        :raises QueryError: if that is too much, or a quad holds a triple term.
        """
        for quad in gone:
            self._remove(quad)
        for quad in come:
            self._add(quad)

    def create(self, graph: NamedNode | BlankNode) -> None:
        """Make an empty graph, if there is none of that name."""
        self._touch(graph)
        self._listed[graph] = True

    def drop(self, graph: NamedNode | BlankNode) -> None:
        """Have an empty graph go."""
        self._touch(graph)
        self._listed[graph] = False

    def _remove(self, quad: Quad) -> None:
        if quad in self._came:
            self._came.discard(quad)
        elif quad not in self._gone and quad not in self._put and (quad in self._taken or quad in self._store):
            self._gone.add(quad)
            self._check()

    def _add(self, quad: Quad) -> None:
        if isinstance(quad.object, Triple) or isinstance(quad.subject, Triple):
            raise QueryError("triple terms are not taken", where=str(quad)[:200])
        if not isinstance(quad.graph_name, DefaultGraph):
            self._touch(quad.graph_name)
            self._listed[quad.graph_name] = True
        if quad in self._gone:
            self._gone.discard(quad)
        elif quad not in self._came and quad not in self._taken and (quad in self._put or quad not in self._store):
            self._came.add(quad)
            self._check()

    def _check(self) -> None:
        if len(self._came) + len(self._gone) > self._most:
            raise QueryError(
                f"the update changes more than {self._most:,} quads",
                hint="Make it in parts, or load a file with `stemma add`.",
            )

    def _touch(self, graph: NamedNode | BlankNode) -> None:
        """Keep how a graph was, before anything is done to it."""
        if graph not in self._before:
            self._before[graph] = self._store.contains_named_graph(graph), _is_empty(self._store, graph)

    # ---- reading

    def settled(self) -> Store:
        """The store with all that was done so far."""
        for graph in {q.graph_name for q in chain(self._came, self._gone)}:
            if not isinstance(graph, DefaultGraph):
                self._touch(graph)
        self._write(self._came, self._gone)
        for graph, listed in self._listed.items():
            if listed != self._store.contains_named_graph(graph):
                (self._store.add_graph if listed else self._store.remove_graph)(graph)
        return self._store

    def quads(self, *graphs: GraphName) -> list[Quad]:
        """What is in some graphs now."""
        store = self.settled()
        return [q for graph in graphs for q in store.quads_for_pattern(None, None, None, graph)]

    def has(self, graph: NamedNode) -> bool:
        """Whether there is such a graph now."""
        return self._listed.get(graph, self._store.contains_named_graph(graph))

    def net(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The quads that went and those that came, marks among them, as sorted N-Quads lines."""
        gone, come = set(self._gone), set(self._came)
        still: dict[NamedNode | BlankNode, bool] = {}
        for quad in chain(self._came, self._gone):
            if not isinstance(quad.graph_name, DefaultGraph):
                still[quad.graph_name] = still.get(quad.graph_name, False) or quad in self._came
        for graph in (*still, *self._listed):
            self._touch(graph)
            listed, empty = self._before[graph]
            now = self._listed.get(graph, listed) and not still.get(graph) and self._is_empty_now(graph, empty)
            if now != (listed and empty):
                (come if now else gone).add(mark(graph))
        return _lines(gone), _lines(come)

    def _is_empty_now(self, graph: NamedNode | BlankNode, empty: bool) -> bool:
        """Whether nothing of what was in a graph is left, if nothing came into it."""
        if empty or not self._listed.get(graph, True):
            return True
        held = self._store.quads_for_pattern(None, None, None, graph)
        return all(q in self._gone or q in self._put for q in held) and not any(
            q.graph_name == graph for q in self._taken - self._gone
        )

    def undo(self) -> None:
        """Give the store back as it was."""
        self._write(set(), set())
        for graph, (listed, _) in self._before.items():
            if listed != self._store.contains_named_graph(graph):
                (self._store.add_graph if listed else self._store.remove_graph)(graph)

    def _write(self, came: set[Quad], gone: set[Quad]) -> None:
        for quad in (self._put - came) | (gone - self._taken):
            self._store.remove(quad)
        self._store.extend((came - self._put) | (self._taken - gone))
        self._put, self._taken = set(came), set(gone)


def _is_empty(store: Store, graph: NamedNode | BlankNode) -> bool:
    return next(iter(store.quads_for_pattern(None, None, None, graph)), None) is None


def _lines(quads: Iterable[Quad]) -> tuple[str, ...]:
    return tuple(sorted(f"{quad} .\n" for quad in quads))
